"""A permit office: a record of applications, signed steps and permits, folded.

An office's record is a record as any other: `skykeep verify` and `skykeep replay` check it, `skykeep erase` removes a
person from it.

Whoever opens the record checks every signature and every step against the table again, and what does not hold is
Corrupt. Who the officers are stands in the record itself: that nobody enrolled one by writing the disk is what
`skykeep verify --key` shows, under the office's key from outside.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from skykeep.errors import Corrupt, Refused
from skykeep.facts import codec
from skykeep.facts.acted import KeyRotated
from skykeep.facts.enacted import Consent, LawDeclared, PermitEnacted, PermitRevoked, ZoneEnacted, ZoneWithdrawn
from skykeep.facts.explained import Explanation
from skykeep.facts.granting import (
    ApplicationReceived,
    DoneOnce,
    OfficeOpened,
    OfficerAttested,
    OfficerDismissed,
    OfficerEnrolled,
    PermitStepped,
    Role,
    State,
    Step,
    signed_text,
    text_sha256,
)
from skykeep.facts.personal import Name
from skykeep.ledger.note import ED25519, Verifier
from skykeep.ledger.tick import LeafKind
from skykeep.rules.decide import decide
from skykeep.rules.law import Law, enact
from skykeep.rules.lifecycle import APPROVES, ENACTS, FINAL, TABLE, TAKES_BACK, Act, admit
from skykeep.rules.operation import of_permit
from skykeep.station.database import DATABASE
from skykeep.station.run import bodies
from skykeep.station.store import Store, TickRow

HOLDS = (State.GRANTED, State.ACTIVATED, State.SUSPENDED)
"""States of a permit that was granted and neither taken back nor given back."""
OF_PERMITS = frozenset(step for (before, step), row in TABLE.items() if before in HOLDS and row.role is not Role.OFFICE)
"""Steps that only a permit has, and no application."""


@dataclasses.dataclass(slots=True)
class Case:
    """One version of an application, from its first hand-in on."""

    permit_id: str
    version: int
    applications: list[ApplicationReceived] = dataclasses.field(default_factory=list)
    entries: list[int] = dataclasses.field(default_factory=list)  # of the record, in which each of them was handed in
    steps: list[PermitStepped] = dataclasses.field(default_factory=list)
    granted: PermitEnacted | None = None  # as it was enacted last
    granted_entry: int = 0  # the entry of the record that enacted it
    status_index: int = 0  # its number in the status list

    @property
    def state(self) -> State:
        """Where it stands, as its last step says."""
        return self.steps[-1].after if self.steps else State.DRAFT

    @property
    def shown_version(self) -> int:
        """The number by which people know it: that of the permit, before it is granted that of the application."""
        return self.version if self.granted is None else self.granted.version

    @property
    def last_version(self) -> int:
        """The last version of the permit that came of it; a permit that was resumed has a newer one."""
        return self.version if self.granted is None else max(self.version, self.granted.version)

    def is_called(self, version: int | None) -> bool:
        """Whether a version is this one, by the number handed in or by that of the permit; None: any is."""
        return version in {None, self.version} or (self.granted is not None and version == self.granted.version)

    @property
    def asked(self) -> PermitEnacted:
        """What is asked for, as it was handed in last."""
        return self.applications[-1].asked

    @property
    def end_ns(self) -> int:
        """When its last volume ends."""
        return max(part.end_ns for part in self.asked.volumes)

    @property
    def is_over(self) -> bool:
        """Whether nothing can become of it any more."""
        return self.state in FINAL

    def history(self) -> list[Act]:
        """Return what was done, as the rules about persons ask for it."""
        return [Act(step.step, step.role, step.public_key, step.officer) for step in self.steps]

    def since_hand_in(self) -> list[PermitStepped]:
        """Return the steps since the document that is decided on was handed in."""
        last = max(number for number, step in enumerate(self.steps) if step.step is Step.SUBMIT)
        return self.steps[last:]


@dataclasses.dataclass(frozen=True, slots=True)
class Received:
    """What an office says at once about an application."""

    case: Case
    weighed: Explanation
    lacking: tuple[str, ...]
    doubts: tuple[str, ...]


class Office:
    """An office's record, folded; `reading` and `writing` open one."""

    def __init__(self, store: Store) -> None:
        """Fold a record; raises Refused where it is none of an office, Corrupt where a step does not hold."""
        self._store = store
        self.name = ""
        self.public_key = b""  # the one that holds now
        self.public_keys: list[bytes] = []  # and all that did
        self.authority: str | None = None
        self._law = Law()
        self._to_enact: list[object] = []
        self.cases: dict[tuple[str, int], Case] = {}
        self.enrolled: dict[bytes, OfficerEnrolled] = {}
        self.attested: dict[bytes, OfficerAttested] = {}
        self.dismissed: dict[bytes, OfficerDismissed] = {}
        self.once: dict[str, DoneOnce] = {}  # by the hash of the key with which it was asked for
        self.names: dict[str, Name] = {}
        self.now_ns = 0
        self.zones: dict[tuple[str, int], ZoneEnacted] = {}
        self.withdrawn: set[tuple[str, int]] = set()
        self.law_complete: bool | None = None  # as it was declared last
        self._tick = 0
        self.issued = 0
        self._steps_of_tick: list[PermitStepped] = []
        for row in store.rows():
            self._take_row(row)
        if not self.name:
            raise Refused(
                f"{store.path} is a record, but not that of a permit office; make one: `skykeep permit office`"
            )

    # ---- folding ------------------------------------------------------------------------------------------

    def _take_row(self, row: TickRow) -> None:
        self._tick, self.now_ns = row.tick, max(self.now_ns, row.now_ns)
        for body in bodies(row, LeafKind.NAME):
            name = codec.decode_trusted(body)
            if isinstance(name, Name):
                self.names[name.pseudonym] = name
        self._take([codec.decode_trusted(body) for body in bodies(row, LeafKind.FACT)], row.entry_index)

    def _take(self, facts: Sequence[object], entry_index: int) -> None:
        """Fold the facts of one tick."""
        self._steps_of_tick = []
        for fact in facts:
            if isinstance(fact, OfficeOpened):
                self.name, self.public_key, self.authority = fact.office, fact.public_key, fact.authority
                self.public_keys.append(self.public_key)
            elif isinstance(fact, KeyRotated):
                self._rotate(fact, entry_index)
            elif isinstance(fact, OfficerEnrolled):
                self.enrolled[fact.public_key] = fact
            elif isinstance(fact, OfficerAttested):
                self.attested[fact.public_key] = fact
            elif isinstance(fact, OfficerDismissed):
                self.dismissed[fact.public_key] = fact
            elif isinstance(fact, ZoneEnacted | ZoneWithdrawn | LawDeclared):
                self._take_law(fact)
            elif isinstance(fact, ApplicationReceived):
                case = self._case(fact.asked.permit_id, fact.asked.version)
                case.applications.append(fact)
                case.entries.append(entry_index)
            elif isinstance(fact, DoneOnce):
                self.once[fact.key_sha256] = fact
            elif isinstance(fact, PermitStepped):
                self._take_step(fact)
            elif isinstance(fact, PermitEnacted | PermitRevoked):
                self._take_enacted(fact, entry_index)
        self._to_enact += facts

    def _take_law(self, fact: ZoneEnacted | ZoneWithdrawn | LawDeclared) -> None:
        if isinstance(fact, ZoneEnacted):
            self.zones[fact.zone_id, fact.version] = fact
        elif isinstance(fact, ZoneWithdrawn):
            self.withdrawn.add((fact.zone_id, fact.version))
        else:
            self.law_complete = fact.complete

    @property
    def law(self) -> Law:
        """The law as this office knows it; made when it is asked for, since making it takes longer than a tick."""
        if self._to_enact:
            self._law, self._to_enact = enact(self._law, self._to_enact), []
        return self._law

    def _case(self, permit_id: str, version: int) -> Case:
        return self.cases.setdefault((permit_id, version), Case(permit_id, version))

    def _take_step(self, step: PermitStepped) -> None:
        case = self._case(step.permit_id, step.version)
        where = f"{self._store.path}: step {step.number} ({step.step.value}) of permit {step.permit_id}"
        if fault := self._fault(case, step):
            raise Corrupt(f"{where}: {fault}; nothing of this office can be relied on")
        case.steps.append(step)
        self._steps_of_tick.append(step)

    def _fault(self, case: Case, step: PermitStepped) -> str:
        """Return what is wrong with a step that stands in the record, or ""."""
        previous = text_sha256(case.steps[-1], self.name) if case.steps else ""
        if (step.number, step.previous_sha256, step.before) != (len(case.steps) + 1, previous, case.state):
            return "it does not follow the step before"
        if not case.applications or step.document_sha256 != case.applications[-1].document_sha256:
            return "it is about another document than the one handed in"
        officer = self.enrolled.get(step.public_key)
        if step.role is Role.PERMIT_OFFICER and (officer is None or officer.officer != step.officer):
            return "it was signed by nobody whom this office has enrolled"
        if step.role is Role.PERMIT_OFFICER and step.public_key in self.dismissed:
            return "it was signed with a key that signs no longer"
        if step.role is Role.OFFICE and step.public_key != self.public_key:
            return "it is for the office's clock, and the office did not sign it"
        if not Verifier("step", ED25519, step.public_key).holds(signed_text(step, self.name), step.signature):
            return "its signature does not hold"
        try:
            require_not_named(case, step.step, step.officer)
            after = admit(case.state, case.history(), Act(step.step, step.role, step.public_key, step.officer))
        except Refused as error:
            return str(error)
        return "" if after is step.after else "it leads to another state than the table says"

    def _take_enacted(self, fact: PermitEnacted | PermitRevoked, entry_index: int) -> None:
        wanted = ENACTS if isinstance(fact, PermitEnacted) else TAKES_BACK
        step = next((each for each in self._steps_of_tick if each.permit_id == fact.permit_id), None)
        if step is None or step.step not in wanted:
            raise Corrupt(f"{self._store.path}: permit {fact.permit_id} changed without a signed step beside it")
        case = self._case(step.permit_id, step.version)
        if isinstance(fact, PermitEnacted):
            if fault := self._fault_of_grant(case, step, fact):
                raise Corrupt(f"{self._store.path}: permit {fact.permit_id} was granted {fault}")
            case.granted, case.granted_entry, case.status_index = fact, entry_index, self.issued
            self.issued += 1

    def _rotate(self, fact: KeyRotated, entry_index: int) -> None:
        """The office's key is that of its record: whoever took over signs for it from here on."""
        if Verifier.from_vkey(fact.old_vkey).public_key != self.public_key:
            raise Corrupt(f"{self._store.path}: entry {entry_index} rotates a key that is not this office's")
        self.public_key = Verifier.from_vkey(fact.new_vkey).public_key
        self.public_keys.append(self.public_key)

    def _fault_of_grant(self, case: Case, step: PermitStepped, fact: PermitEnacted) -> str:
        """Return in what a permit says something else than the signed steps behind it, or ""."""
        if _as_asked(fact) != _as_asked(case.asked):
            return "otherwise than it was asked for"
        if case.asked.zones and not {pin.zone_id for pin in fact.zones} <= {pin.zone_id for pin in case.asked.zones}:
            return "for other zones than it was asked for"
        if fact.consents != self.consents(case):
            return "with other consents than officers signed"
        if fact.granted_at_ns != step.t_ns or fact.issuer != (self.authority or self.name):
            return "at another time or by another authority than its signed step says"
        return ""

    # ---- asking -------------------------------------------------------------------------------------------

    def case(self, permit_id: str, version: int | None = None) -> Case:
        """Return an application by its number, the last version unless one is named; raises Refused where none is.

        A version is named by its number as it was handed in, or by the one of the permit that came of it.
        """
        found = [case for case in self.cases.values() if case.permit_id == permit_id and case.is_called(version)]
        if not found:
            if version is not None:
                self.case(permit_id)  # where there is none of that number at all, that is what is wrong
                raise Refused(f"{permit_id} has no version {version}; `skykeep permit show {permit_id}` lists them")
            known = ", ".join(dict.fromkeys(case.permit_id for case in self.cases.values())) or "none yet"
            raise Refused(f"this office has no application {permit_id!r}; it has {known}")
        return max(found, key=lambda case: case.version)

    def permits_now(self, permit_id: str) -> Case | None:
        """Return the version that was granted last, while it holds; None where none does.

        A newer version that only waits, or was refused, leaves it as it is; one that was granted took its place.
        """
        last = self.granted_last(permit_id)
        return last if last is not None and last.state in HOLDS else None

    def granted_last(self, permit_id: str) -> Case | None:
        """Return the version that was granted, or resumed, last, whatever became of it; None where none was."""
        granted = [case for case in self.versions(permit_id) if case.granted is not None]
        return max(granted, key=lambda case: case.granted_entry, default=None)

    def replaced(self, case: Case) -> bool:
        """Whether another version was granted after this one, which took its place for good."""
        return case.granted is not None and self.granted_last(case.permit_id) is not case

    def meant(self, permit_id: str, step: Step) -> Case:
        """Return the version that a step is about where none is named: the one that permits, or else the last one."""
        permits = self.permits_now(permit_id) if step in OF_PERMITS else None
        return permits or self.case(permit_id)

    def versions(self, permit_id: str) -> list[Case]:
        """Return all versions of an application, in the order in which they came."""
        return [case for case in self.cases.values() if case.permit_id == permit_id]

    def value(self, pseudonym: str) -> str | None:
        """Return the personal value that a pseudonym stands for; None where it was erased."""
        name = self.names.get(pseudonym)
        return None if name is None else name.value

    def weigh(self, asked: PermitEnacted, at_ns: int) -> Explanation:
        """Return what the law as this office knows it says of an application at a moment."""
        return decide(of_permit(asked, at_ns), self.law)

    def consents(self, case: Case) -> tuple[Consent, ...]:
        """Return the consents given since the document was handed in, each zone version once for each authority."""
        found: dict[tuple[str, int | None, str], Consent] = {}
        for step in case.since_hand_in():
            officer = self.enrolled.get(step.public_key)
            for pin in step.consents:
                authority = (officer.authority if officer else None) or self.authority or ""
                consent = Consent(
                    zone_id=pin.zone_id, zone_version=pin.version or 0, authority=authority,
                    officer=step.officer or "", t_ns=step.t_ns,
                )  # fmt: skip
                found.setdefault((pin.zone_id, pin.version, authority), consent)
        return tuple(found.values())


def require_not_named(case: Case, step: Step, officer: str | None) -> None:
    """Raise Refused where an officer would approve an application that names them as its holder or a pilot."""
    if step in APPROVES and officer is not None and officer in {case.asked.holder, *case.asked.pilots}:
        raise Refused("author is not approver: the application names this officer; another one must decide")


def _as_asked(permit: PermitEnacted) -> PermitEnacted:
    """Return a permit without what granting it adds."""
    return msgspec.structs.replace(permit, version=0, granted_at_ns=0, zones=(), consents=(), issuer=None)


@contextlib.contextmanager
def reading(path: Path) -> Iterator[Office]:
    """Open an office to look at it; others may act meanwhile."""
    require_there(path)
    with Store.open(path, read_only=True) as store:
        yield Office(store)


def require_there(path: Path) -> None:
    if not (path / DATABASE).is_file():
        raise Refused(f"{path} is no permit office; make one: `skykeep permit office {path}`")
