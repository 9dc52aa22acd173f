"""The audit trail in words: who did what to what, when and why, and what was there before and after, if known.

The record holds hashes of what was there before and after. Powers are few, so that a hash of some of them can be read;
of anything else the hash stands there, to be compared with what one has.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
from collections.abc import Iterable

import msgspec

from skykeep.facts.personal import NameKind
from skykeep.rules.powers import Role
from skykeep.views import words
from skykeep.views.livemodels import ActNow
from skykeep.web.shell import ROLE
from skykeep.web.words import say

ACTION: dict[str, str] = {
    "alarm.ack": "acknowledged an alarm",
    "alarm.shelve": "shelved an alarm",
    "alarm.unshelve": "took an alarm off the shelf",
    "alarm.remove": "took an alarm out of service",
    "alarm.restore": "put an alarm back into service",
    "incident.open": "opened an incident by hand",
    "incident.ack": "acknowledged an incident",
    "incident.note": "noted on an incident",
    "incident.merge": "merged incidents",
    "incident.hand_over": "handed an incident over",
    "incident.escalate": "escalated an incident",
    "incident.close": "closed an incident",
    "incident.reopen": "opened an incident again",
    "incident.release": "released an incident",
    "identity.reveal": "revealed an identity",
    "notify.subscribe": "changed who is notified",
    "zone.draft": "drafted zones",
    "zone.propose": "proposed a draft of zones",
    "zone.publish": "published zones",
    "zone.discard": "refused or discarded a draft",
    "zone.withdraw": "withdrew a zone",
    "zone.emergency": "called an emergency zone",
    "zone.confirm": "confirmed an emergency zone",
    "zone.lift": "lifted an emergency zone",
    "permit.apply": "applied for a permit",
    "permit.ask": "asked an applicant for more",
    "permit.offer": "offered an applicant something else",
    "permit.recommend": "recommended a permit",
    "permit.grant": "granted a permit",
    "permit.refuse": "refused a permit",
    "permit.revoke": "revoked a permit",
    "permit.code": "showed a permit's code",
    "sighting.report": "reported a drone",
    "sensor.key": "made a sensor's key",
    "sensor.withdraw": "withdrew a sensor's keys",
    "record.verify": "verified the record",
    "record.erase": "erased from the record",
    "backup.make": "made a backup",
    "person.enrol": "enrolled a person",
    "person.change": "changed a person's account",
    "person.dismiss": "dismissed a person",
    "device.enrol": "enrolled a device",
    "device.withdraw": "withdrew a device",
    "token.make": "made a token",
    "token.withdraw": "withdrew a token",
    "password.change": "changed a password",
    "factor.enrol": "added a second factor",
    "factor.remove": "removed their second factor",
    "factor.reset": "removed a person's second factor",
    "session.end": "ended a session",
    "session.lock": "was locked out by wrong passwords",
}
"""What somebody did, after their name."""
OF_POWERS = frozenset({"person.enrol", "person.change", "token.make", "device.enrol"})
"""Acts whose hashes are of powers."""
HASH_SHOWN = 12
_PSEUDONYMS = tuple(f"{kind.value}:" for kind in NameKind)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One act."""

    act_id: str
    entry_index: int
    utc: str
    person: str
    erased: bool  # its name is not in the record any more
    person_key: str  # what the trail is filtered by
    role: str
    action: str
    did: str
    subject: str
    subject_key: str
    address: str  # of the page of what it was done to; "" where it has none
    incident_id: int | None
    why: str
    before: str
    after: str


def row(act: ActNow, shown: ActNow) -> Row:
    """Return an act in words; `shown` is the same as whoever asks may see it."""
    return Row(
        act_id=act.act_id,
        entry_index=act.entry_index,
        utc=words.utc(act.t_ns),
        person=_named(shown.person) or say("somebody whose name was erased")
        if act.person
        else say("nobody in particular"),
        erased=bool(act.person) and not _named(shown.person),
        person_key=act.person,
        role=_role(act.role),
        action=act.action,
        did=say(ACTION[act.action]) if act.action in ACTION else act.action,
        subject=words.shown(_named(shown.subject) or shown.subject, 80),
        subject_key=act.subject,
        address=address(shown.subject),
        incident_id=act.incident_id,
        why=words.shown(_named(shown.reason), 400) if _named(shown.reason) or not shown.reason else say("(erased)"),
        before=held(act.action, act.before_sha256),
        after=held(act.action, act.after_sha256),
    )


def once(acts: Iterable[ActNow]) -> list[ActNow]:
    """Return acts, each once: what moves an alarm or an incident stands in the trail as that fact and as an act."""
    kept: list[ActNow] = []
    for act in acts:
        before = kept[-1] if kept else None
        if before is None or _what(before) != _what(act):
            kept.append(act)
            continue
        incident_id = before.incident_id if act.incident_id is None else act.incident_id
        fuller = before if before.role else act
        kept[-1] = msgspec.structs.replace(fuller, incident_id=incident_id, reason=before.reason or act.reason)
    return kept


def _what(act: ActNow) -> tuple[object, ...]:
    """Return what two lines of one deed have in common: where it stands, who, what, to what."""
    return (
        act.entry_index,
        act.t_ns,
        act.person,
        act.action,
        act.subject,
        act.action.split(".")[0] in _TWICE or act.act_id,
    )


_TWICE = frozenset({"alarm", "incident"})


def _named(value: str) -> str:
    """Return what a person may read; a pseudonym stands for what was erased, or for what they may not see."""
    return "" if value.startswith(_PSEUDONYMS) else words.shown(value, 400)


def _role(name: str) -> str:
    return say(ROLE[Role(name)]) if name in _ROLE_NAMES else words.shown(name, 40)


_ROLE_NAMES = frozenset(role.value for role in Role)


def address(subject: str) -> str:
    """Return where the page is of what an act was done to; "" where there is none."""
    kind, _, rest = subject.partition(":")
    if kind == "incident" and rest.isdecimal():
        return f"/reports/{rest}"
    return ""


def held(action: str, sha256: str | None) -> str:
    """Return what a hash stands for: powers in words, of anything else its beginning; "" of none."""
    if sha256 is None:
        return ""
    if action in OF_POWERS and sha256 in _sets():
        return ", ".join(say(ROLE[role]) for role in _sets()[sha256]) or say("no powers")
    return f"sha256 {sha256[:HASH_SHOWN]}…"


def digest(roles: Iterable[Role]) -> str:
    """Return the hash of some powers, as acts on accounts bear it."""
    return hashlib.sha256(" ".join(sorted({role.value for role in roles})).encode()).hexdigest()


@functools.cache
def _sets() -> dict[str, tuple[Role, ...]]:
    """Return all there can be, by hash: a couple of thousand."""
    some = [role for role in Role if role is not Role.PUBLIC]
    chosen = itertools.chain.from_iterable(itertools.combinations(some, size) for size in range(len(some) + 1))
    return {digest(roles): roles for roles in chosen}
