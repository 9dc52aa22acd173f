"""Applications and permits of an office as the web is told of them: with the values of persons, which it masks."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from skykeep.errors import Malformed
from skykeep.facts import codec
from skykeep.facts.enacted import PermitEnacted
from skykeep.facts.explained import Explanation
from skykeep.facts.frame import Frame
from skykeep.facts.granting import PermitStepped, Role
from skykeep.facts.personal import KeyedNames
from skykeep.ledger.tick import LeafKind
from skykeep.rules.lifecycle import TABLE
from skykeep.station import asked
from skykeep.station.office import HOLDS, Case, Office
from skykeep.station.officecredential import list_name
from skykeep.station.officetext import ERASED, key_name
from skykeep.station.run import bodies
from skykeep.station.store import Store
from skykeep.wire import application

SUPERSEDED = "superseded"
"""What a granted version is once a newer one was granted."""


def told(office: Office, case: Case, weighed: Explanation | None, document: bytes | None) -> asked.CaseTold:
    """Return one case; `document`: as it was handed in last, where that is asked for and was not erased."""
    permit = case.granted or case.asked
    replaced = case.state in HOLDS and office.replaced(case)
    steps = (
        []
        if replaced
        else [step for (before, step), row in TABLE.items() if before is case.state and row.role is Role.PERMIT_OFFICER]
    )
    state = SUPERSEDED if replaced else case.state.value
    return asked.CaseTold(
        permit_id=case.permit_id, version=case.shown_version, handed_in=case.version, state=state, end_ns=case.end_ns,
        applied_ns=case.steps[0].t_ns, moved_ns=case.steps[-1].t_ns, permit=valued(office, permit), weighed=weighed,
        doubts=list(case.applications[-1].doubts), lacking=lacking(document), document=_text(document),
        document_sha256=case.applications[-1].document_sha256,
        steps=[_step(office, step) for step in case.steps], possible=[step.value for step in steps],
        granted_entry=case.granted_entry if case.granted is not None else None,
        credential=f"number {case.status_index} in {list_name(office)}" if case.granted is not None else "",
    )  # fmt: skip


def valued(office: Office, permit: PermitEnacted) -> PermitEnacted:
    """Return a permit with what its pseudonyms stand for; what was erased says so."""

    def one(pseudonym: str | None) -> str | None:
        return None if pseudonym is None else office.value(pseudonym) or ERASED

    def several(pseudonyms: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(office.value(each) or ERASED for each in pseudonyms)

    return msgspec.structs.replace(
        permit, holder=one(permit.holder), contact=one(permit.contact), pilots=several(permit.pilots),
        aircraft=several(permit.aircraft), operators=several(permit.operators), sessions=several(permit.sessions),
        consents=tuple(
            msgspec.structs.replace(each, officer=office.value(each.officer) or ERASED) for each in permit.consents
        ),
    )  # fmt: skip


def document(path: Path, case: Case) -> bytes | None:
    """Return the document that was handed in last; None where it was erased."""
    if not case.entries:
        return None
    with Store.open(path, read_only=True) as store:
        row = store.row(case.entries[-1])
    for body in bodies(row, LeafKind.FRAME):
        frame = codec.decode_trusted(body)
        if isinstance(frame, Frame):
            return frame.data
    return None


def lacking(document: bytes | None) -> list[str]:
    """Return what Annex IV asks for and a document does not say; nothing of one that was erased."""
    if document is None:
        return []
    with contextlib.suppress(Malformed):
        read = application.read(document, KeyedNames(bytes(32)), permit_id="", version=1, received_ns=0)
        return list(read.lacking)
    return []


def _text(document: bytes | None) -> str:
    return "" if document is None else document.decode("utf-8", "replace")


def _step(office: Office, step: PermitStepped) -> asked.StepTold:
    return asked.StepTold(
        step=step.step.value, before=step.before.value, after=step.after.value, t_ns=step.t_ns, role=step.role.value,
        person=None if step.officer is None else office.value(step.officer) or ERASED,
        key=key_name(step.public_key), attested=step.public_key in office.attested,
        by_office=step.public_key in office.public_keys, reason=step.reason,
    )  # fmt: skip
