"""What happened to an application before and after it became a permit: signed steps, consents, who may sign.

A step is signed by whoever took it, with an Ed25519 key, over the text that `signed_text` gives: anyone who has the
record and the officers' public keys can check it, without a program of ours.
"""

from __future__ import annotations

import enum
import hashlib
import json

import msgspec

from skykeep.facts.enacted import PermitEnacted, ZonePin


class State(enum.Enum):
    """Where an application or a permit stands."""

    DRAFT = "draft"  # a file at the applicant's; nothing of it stands in a record
    SUBMITTED = "submitted"  # an office has it
    NEEDS_INFO = "needs_info"  # the office asked something
    OFFERED_ALTERNATIVE = "offered_alternative"  # the office offered another time, place or height
    RECOMMENDED = "recommended"  # one officer is for it; a second one must grant it
    GRANTED = "granted"  # it permits what its volumes say
    REFUSED = "refused"
    ACTIVATED = "activated"  # its holder said that a flight begins
    ENDED = "ended"  # withdrawn, or given back, by its holder
    SUSPENDED = "suspended"  # it permits nothing until it is resumed
    REVOKED = "revoked"
    EXPIRED = "expired"  # its times are over


class Step(enum.Enum):
    """What somebody may do with it."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    ASK = "ask"
    OFFER = "offer"
    CONSENT = "consent"
    RECOMMEND = "recommend"
    GRANT = "grant"
    REFUSE = "refuse"
    ACTIVATE = "activate"
    LAND = "land"
    END = "end"
    SUSPEND = "suspend"
    RESUME = "resume"
    REVOKE = "revoke"
    EXPIRE = "expire"


class Role(enum.Enum):
    """Who takes a step."""

    APPLICANT = "applicant"
    PERMIT_OFFICER = "permit_officer"
    OFFICE = "office"  # the office itself, by its clock


class _Granting(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """Encoding shared by all of them."""


class OfficeOpened(_Granting, frozen=True, kw_only=True, tag="granting.office/1"):
    """A record is the record of a permit office."""

    office: str  # its name as its key bears it; the issuer of its credentials
    public_key: bytes  # Ed25519, 32 bytes, of that key
    authority: str | None  # whose permits these are, by the name that zone files give it
    t_ns: int


class OfficerEnrolled(_Granting, frozen=True, kw_only=True, tag="granting.enrolled/1"):
    """A person may sign steps as a permit officer, with this key, for an authority."""

    officer: str  # pseudonym
    public_key: bytes  # Ed25519, 32 bytes
    authority: str | None  # whose zones they consent for, by its name in the zone file; None: those that name none
    t_ns: int


class OfficerAttested(_Granting, frozen=True, kw_only=True, tag="granting.attested/1"):
    """A station holds this officer's key and signs for them: it says that they asked, they did not sign themselves."""

    officer: str  # pseudonym, of the name of an account
    public_key: bytes  # Ed25519, 32 bytes; enrolled beside this
    station: str  # the name of the station's record, as its key bears it
    t_ns: int


class OfficerDismissed(_Granting, frozen=True, kw_only=True, tag="granting.dismissed/1"):
    """A key signs no further step from then on: its officer has left, or it was lost."""

    public_key: bytes  # Ed25519, 32 bytes
    reason: str
    t_ns: int


class ApplicationReceived(_Granting, frozen=True, kw_only=True, tag="granting.application/1"):
    """An application as the office read it; the document itself lies beside it as a frame and can be erased."""

    asked: PermitEnacted  # what would be granted; its time of grant is the time of receipt
    persons: tuple[str, ...]  # every pseudonym in it
    doubts: tuple[str, ...]  # of the document, in words
    document_sha256: str
    frame: int  # index among the frames of its tick
    t_ns: int


class DoneOnce(_Granting, frozen=True, kw_only=True, tag="granting.once/1"):
    """The idempotency key with which an application or a step came: the same one again does nothing a second time."""

    permit_id: str
    version: int
    key_sha256: str  # as `once_sha256` makes it
    document_sha256: str  # of what came with it: the document, or the step as it was asked for
    t_ns: int


class PermitStepped(_Granting, frozen=True, kw_only=True, tag="granting.step/1"):
    """One signed step in the life of an application or a permit."""

    permit_id: str
    version: int
    number: int  # of this version's steps, from 1
    step: Step
    before: State
    after: State
    t_ns: int
    role: Role
    officer: str | None  # pseudonym; None: an applicant, or the office; where an office hands in: who brought it
    public_key: bytes  # Ed25519, of the key that signed
    reason: str
    consents: tuple[ZonePin, ...]  # zones for whose authority this step agrees
    document_sha256: str  # of the application as it was then
    previous_sha256: str  # of the signed text of the step before; "" at the first
    signature: bytes  # Ed25519, 64 bytes, over `signed_text`


Granting = (
    OfficeOpened
    | OfficerEnrolled
    | OfficerAttested
    | OfficerDismissed
    | ApplicationReceived
    | DoneOnce
    | PermitStepped
)


def signed_text(step: PermitStepped, office: str) -> bytes:
    r"""Return what a step's signature is over: UTF-8 lines, each a word, a space and a value, each ended by "\n".

    The first line is "skykeep permit step/1". Texts are JSON strings in ASCII, so that no line can hold another;
    "consent" stands once for each zone, with its version or "any". The signature itself is not in it.
    """
    lines = [
        "skykeep permit step/1",
        f"office {_quoted(office)}",
        f"permit {_quoted(step.permit_id)}",
        f"version {step.version}",
        f"number {step.number}",
        f"step {step.step.value}",
        f"before {step.before.value}",
        f"after {step.after.value}",
        f"time {step.t_ns}",
        f"role {step.role.value}",
        f"officer {_quoted(step.officer or '')}",
        f"key {step.public_key.hex()}",
        f"reason {_quoted(step.reason)}",
        *(f"consent {_quoted(pin.zone_id)} {'any' if pin.version is None else pin.version}" for pin in step.consents),
        f"document {_quoted(step.document_sha256)}",
        f"previous {_quoted(step.previous_sha256)}",
    ]
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def once_sha256(person: str, key: str) -> str:
    """Return the hash of an idempotency key of one person, by their pseudonym: keys of two people never meet."""
    return hashlib.sha256(f"skykeep once\n{_quoted(person)}\n{_quoted(key)}\n".encode("ascii")).hexdigest()


def text_sha256(step: PermitStepped, office: str) -> str:
    """Return the hash by which the next step names this one."""
    return hashlib.sha256(signed_text(step, office)).hexdigest()


def _quoted(text: str) -> str:
    return json.dumps(text)
