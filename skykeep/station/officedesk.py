"""A permit office that a station holds: people of the station apply and decide in it, the station signs for them.

    the record    is the office's own; every act opens it as its only writer, and lets it go: `skykeep permit` may act
                  between two acts of the station, never during one
    the keys      are the office's, and one for each officer that is made of `officers.key`: only this process has them
    the law       is the station's: the office learns each zone before it decides, and both must find it grantable

A key that the station holds says that somebody who was signed in as that officer asked for the step, no more. The
record names such keys (`granting.attested/1`). The rules about persons are those of `rules.lifecycle`, and each step is
checked again by whoever opens the record.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import msgspec

from skykeep.errors import Malformed, Refused, SkykeepError
from skykeep.facts.enacted import LawDeclared, ZoneEnacted, ZoneWithdrawn
from skykeep.facts.explained import Explanation
from skykeep.facts.granting import Step, once_sha256
from skykeep.facts.personal import KeyedNames, NameKind
from skykeep.rules import powers
from skykeep.rules.decide import decide
from skykeep.rules.lifecycle import FINAL
from skykeep.rules.operation import of_permit
from skykeep.rules.powers import Role
from skykeep.station import asked, officecases, officecredential, officerkeys, pseudonymkey, qr, zonefiles
from skykeep.station.config import Config, Home
from skykeep.station.keys import Keys
from skykeep.station.link import OTHER_REQUEST, Ask
from skykeep.station.livelaw import stamp
from skykeep.station.office import HOLDS, Case, Office, reading
from skykeep.station.officeacts import WEIGHED, WritingOffice, require_grantable, writing
from skykeep.station.officepapers import without_secrets, words
from skykeep.station.store import Store
from skykeep.watch.state import State as Watched
from skykeep.wire import application

Arguments = TypeVar("Arguments", bound=msgspec.Struct)
STEPS = {
    f"permit.{step.value}": step
    for step in (Step.ASK, Step.OFFER, Step.RECOMMEND, Step.GRANT, Step.REFUSE, Step.REVOKE)
}
READS = frozenset({"permit.read", "permit.own"})
ACTIONS = frozenset({*STEPS, "permit.apply", "permit.code", *READS})
_OF_WHAT_WAS_READ = frozenset({"permit.recommend", "permit.grant"})
KEPT_MAX = 1_000
ONCE_NS = 24 * 3_600 * 10**9
"""For so long a key is one of what was done, as the interface says of every Idempotency-Key."""
STATUS_EVERY_NS = 600 * 10**9
_OF_WHAT_PERMITS = frozenset({"permit.revoke", "permit.code"})


@dataclasses.dataclass(frozen=True, slots=True)
class Handled:
    """What came of an act in the office: in which power it was admitted, what it was about, what is answered."""

    role: Role
    subject: str
    result: msgspec.Struct
    acted: bool  # False: it was only read


class OfficeDesk:
    """The office of one station; any thread may ask."""

    def __init__(self, home: Home, config: Config, *, station: str, watched: Callable[[], Watched]) -> None:
        """Raise Refused where there is no such office, or the keys are not its own: the station does not begin."""
        self._path, self._keys = home.at(config.office.record), Keys(home.at(config.office.keys))
        self._status = home.at(config.office.status)
        self._station, self._watched = station, watched
        self._doing, self._looking = threading.Lock(), threading.Lock()
        self._seen: tuple[tuple[int, ...], Office] | None = None
        self._done: OrderedDict[tuple[str, str], tuple[bytes, Handled]] = OrderedDict()
        self._status_ns, self._status_of = 0, 0
        self.acted: Callable[[], None] = lambda: None  # whoever follows the office looks at once
        officecredential.signer(self._look(), self._keys)
        with Store.open(self._path, read_only=True) as store:
            pseudonymkey.of(store, self._keys)

    def holds(self, permit_id: str) -> bool:
        """Whether a permit is one of this office, granted or only applied for."""
        return any(case.permit_id == permit_id for case in self._look().cases.values())

    def handle(self, ask: Ask, now_ns: int) -> Handled:
        """Do an act of `ACTIONS`, or read; raises Refused, Malformed or Unavailable, and then nothing was done.

        The same key of the same person does nothing twice while this process lives, and changes nothing twice within
        a day also after it began anew: then the office's record knows.
        """
        if ask.action in READS:
            return self._read(ask, now_ns)
        if ask.action == "permit.apply" and _arguments(ask, asked.PermitApply).preview:
            return self._preview(ask, now_ns)
        with self._doing:
            place, told = (ask.person, ask.key), msgspec.msgpack.encode(msgspec.structs.replace(ask, number=0))
            kept = self._done.get(place) if ask.key else None
            if kept is not None and kept[0] == told:
                return kept[1]
            handled = self._done_before(ask, now_ns) or self._act(ask, now_ns)
            if ask.key:
                self._done[place] = told, handled
                while len(self._done) > KEPT_MAX:
                    self._done.popitem(last=False)
        self.acted()
        return handled

    def keep_status(self, now_ns: int) -> None:
        """Write the list of withdrawn permits where it changed, and every ten minutes so that it does not grow old."""
        office = self._look()
        if now_ns < self._status_ns + STATUS_EVERY_NS and office.now_ns == self._status_of:
            return
        qr.write(self._status, officecredential.status(office, max(now_ns, office.now_ns), self._keys))
        self._status_ns, self._status_of = now_ns, office.now_ns

    # ---- acts ---------------------------------------------------------------------------------------

    def _act(self, ask: Ask, now_ns: int) -> Handled:
        if ask.action == "permit.apply":
            return self._apply(ask, now_ns)
        if ask.action == "permit.code":
            return self._code(ask)
        step = STEPS[ask.action]
        with self._open(now_ns, weighs=step in WEIGHED) as office:
            return self._step(office, ask, step)

    def _apply(self, ask: Ask, now_ns: int) -> Handled:
        role, arguments = _admitted(ask), _arguments(ask, asked.PermitApply)
        _require_own(self._look(), ask, arguments.permit_id)
        with self._open(now_ns) as office:
            received = office.apply(
                ask.data, permit_id=arguments.permit_id, brought_by=_person(ask), key=ask.key
            )  # fmt: skip
        return self._received(role, received.case, received.lacking, received.doubts, now_ns)

    def _done_before(self, ask: Ask, now_ns: int) -> Handled | None:
        """Return what is answered to what the record knows by its key as done; None where it knows none such.

        Raises Refused where the key came with something else.
        """
        if ask.action not in {"permit.apply", *STEPS} or not ask.key:
            return None
        office = self._look()
        names = KeyedNames(self._keys.pseudonym_key(office.name.rpartition("/")[2]))
        once = office.once.get(once_sha256(names.pseudonym(NameKind.PERSON, _person(ask)), ask.key))
        if once is None or now_ns >= once.t_ns + ONCE_NS:
            return None
        if ask.action != "permit.apply":
            if once.document_sha256 != _asked_sha256(ask):
                raise Refused(OTHER_REQUEST)
            return Handled(powers.able(_roles(ask), ask.action), ask.subject, asked.Done(), acted=True)
        role, wanted = _admitted(ask), _arguments(ask, asked.PermitApply).permit_id
        handed_in = hashlib.sha256(without_secrets(ask.data)).hexdigest()
        if wanted not in {None, once.permit_id} or once.document_sha256 != handed_in:
            raise Refused(OTHER_REQUEST)
        case = office.case(once.permit_id, once.version)
        document = officecases.document(self._path, case)
        return self._received(role, case, officecases.lacking(document), case.applications[-1].doubts, now_ns)

    def _received(
        self, role: Role, case: Case, lacking: Sequence[str], doubts: Sequence[str], now_ns: int
    ) -> Handled:  # fmt: skip
        told = asked.Received(
            permit_id=case.permit_id, version=case.shown_version, weighed=self._weigh(case, now_ns),
            lacking=list(lacking), doubts=list(doubts),
        )  # fmt: skip
        return Handled(role, f"permit:{case.permit_id}", told, acted=True)

    def _step(self, office: WritingOffice, ask: Ask, step: Step) -> Handled:
        case = _case_of(office, ask)
        if ask.action != "permit.revoke":
            _require_seen(case, _arguments(ask, asked.Seen).seen_ns)
        role = _admitted(ask, state=_state(ask, case), before=_recommended_by(office, case))
        reason = words(ask.reason, "the reason")
        _require_read(ask)
        if step is Step.GRANT:
            weighed = self._weigh(case, office.at_ns)
            if not weighed.free_of_conflict:  # also with what other offices granted, of which this one does not know
                require_grantable(case.permit_id, weighed, ())
        signer = officerkeys.signer(office, self._keys, _person(ask))
        office.attest(signer.verifier, self._station)
        office.step(
            case.permit_id, step, signer=signer, reason=reason, version=case.version, key=ask.key,
            asked_sha256=_asked_sha256(ask),
        )  # fmt: skip
        return Handled(role, ask.subject, asked.Done(), acted=True)

    def _code(self, ask: Ask) -> Handled:
        office = self._look()
        case = _case_of(office, ask)
        role = _admitted(ask, state=_state(ask, case))
        text = officecredential.text(office, case, self._keys)
        svg = qr.svg(qr.make(text)).decode()
        return Handled(role, ask.subject, asked.PermitCode(text=text, svg=svg), acted=True)

    @contextlib.contextmanager
    def _open(self, now_ns: int, *, weighs: bool = True) -> Iterator[WritingOffice]:
        """Open the office for one act, at the station's time or the office's where that is later.

        What weighs nothing, such as a revocation, does not wait until both agree about the law.
        """
        at_ns = max(now_ns, self._look().now_ns)
        with writing(self._path, self._keys, at_ns) as office:
            if weighs:
                office.learn(_law(list(self._watched().enacted)))
            yield office

    # ---- reading ------------------------------------------------------------------------------------

    def _look(self) -> Office:
        """Return the office as it stands; folded again only where its record changed."""
        with self._looking:
            now = stamp(self._path)
            if self._seen is None or self._seen[0] != now:
                with reading(self._path) as office:
                    self._seen = now, office
            return self._seen[1]

    def _read(self, ask: Ask, now_ns: int) -> Handled:
        role, wanted = _admitted(ask), _arguments(ask, asked.CasesRead).permit_id
        office = self._look()
        cases = [case for case in office.cases.values() if wanted in {None, case.permit_id}]
        if ask.action == "permit.own":
            cases = [case for case in cases if _brought_by(office, case.permit_id) == _person(ask)]
        told = [self._told(office, case, now_ns, whole=wanted is not None) for case in cases]
        result = asked.Cases(office=office.name, authority=office.authority, t_ns=office.now_ns, cases=told)
        return Handled(role, ask.subject, result, acted=False)

    def _told(self, office: Office, case: Case, now_ns: int, *, whole: bool) -> asked.CaseTold:
        waits = case.state not in FINAL and case.granted is None
        weighed = self._weigh(case, now_ns) if waits else None
        document = officecases.document(self._path, case) if whole else None
        return officecases.told(office, case, weighed, document)

    def _preview(self, ask: Ask, now_ns: int) -> Handled:
        """Say what the law says of an application that nobody handed in yet; nothing of it is kept."""
        role = _admitted(ask)
        _require_own(self._look(), ask, _arguments(ask, asked.PermitApply).permit_id)
        try:
            read = application.read(
                ask.data, KeyedNames(bytes(32)), permit_id="(not handed in)", version=1, received_ns=now_ns
            )
        except Malformed as error:
            raise Refused(str(error)) from error
        if fault := zonefiles.outline_fault(part.volume for part in read.asked.volumes):
            raise Refused(f"application: {fault}")
        if max(part.end_ns for part in read.asked.volumes) <= now_ns:
            raise Refused("all of its times are over; apply for coming ones")
        mine = msgspec.structs.replace(read.asked, issuer=self._look().authority)
        told = asked.Received(
            permit_id="", version=0, weighed=decide(of_permit(mine, now_ns), self._watched().law),
            lacking=list(read.lacking), doubts=[f"{doubt.where}: {doubt.what}" for doubt in read.doubts],
        )  # fmt: skip
        return Handled(role, ask.subject, told, acted=False)

    def _weigh(self, case: Case, now_ns: int) -> Explanation:
        """Return what the station's law says of an application: all its zones, and what every office granted."""
        return decide(of_permit(case.asked, now_ns), self._watched().law)


def _law(enacted: Sequence[object]) -> list[object]:
    """Return what an office must know of the station's law."""
    return [fact for fact in enacted if isinstance(fact, ZoneEnacted | ZoneWithdrawn | LawDeclared)]


def _roles(ask: Ask) -> list[Role]:
    return [Role(role) for role in ask.roles]


def _asked_sha256(ask: Ask) -> str:
    return hashlib.sha256(ask.fingerprint).hexdigest()


def _admitted(ask: Ask, *, state: str | None = None, before: str | None = None) -> Role:
    person = ask.person or None
    return powers.admit(_roles(ask), ask.action, state=state, reason=ask.reason, before=before, person=person)


def _arguments(ask: Ask, kind: type[Arguments]) -> Arguments:
    found = asked.arguments(ask.action, ask.arguments)
    assert isinstance(found, kind), f"{ask.action} takes {kind.__name__}"
    return found


def _permit_id(ask: Ask) -> str:
    head, _, rest = ask.subject.partition(":")
    if head != "permit" or not rest:
        raise Malformed(f"{ask.action}: the subject is permit:<id>, not {ask.subject!r}")
    return rest


def _person(ask: Ask) -> str:
    if not ask.person:
        raise Refused(f"{ask.action} is for people who are signed in")
    return ask.person


def _case_of(office: Office, ask: Ask) -> Case:
    """Return the version that an act is about: the one that permits, to take back or to show, else the last one."""
    permit_id = _permit_id(ask)
    permits = office.permits_now(permit_id) if ask.action in _OF_WHAT_PERMITS else None
    return permits or office.case(permit_id)


def _require_own(office: Office, ask: Ask, permit_id: str | None) -> None:
    """Raise Refused where somebody would answer an application of somebody else; permit officers enter any answer.

    Whether there is one of that number is told to officers alone.
    """
    if permit_id is None:
        return
    if Role.PERMIT_OFFICER.value in ask.roles:
        office.case(permit_id)  # the office alone gives numbers here
        return
    if _brought_by(office, permit_id) != _person(ask):
        raise Refused(f"you have handed in no application {permit_id!r}; leave the number out to hand a new one in")


def _brought_by(office: Office, permit_id: str) -> str | None:
    """Return the name of who handed an application in first; None where nobody did, or the name was erased."""
    first = next((case for case in office.cases.values() if case.permit_id == permit_id), None)
    return None if first is None or first.steps[0].officer is None else office.value(first.steps[0].officer)


def _state(ask: Ask, case: Case) -> str:
    """Return where it stands, in the words of the table of powers."""
    if ask.action in _OF_WHAT_PERMITS:
        return "in_force" if case.state in HOLDS else case.state.value
    return case.state.value


def _recommended_by(office: Office, case: Case) -> str | None:
    """Return the name of who recommended it last; a pseudonym where the name was erased."""
    officers = [step.officer for step in case.steps if step.step is Step.RECOMMEND and step.officer is not None]
    return office.value(officers[-1]) or officers[-1] if officers else None


def _require_read(ask: Ask) -> None:
    """Raise Refused where somebody is for an application without saying as of when they read it."""
    if ask.action in _OF_WHAT_WAS_READ and _arguments(ask, asked.Seen).seen_ns is None:
        raise Refused(f"{ask.action} is of what was read: send `seen_ns`, which is `moved_ns` of the application")


def _require_seen(case: Case, seen_ns: int | None) -> None:
    if seen_ns is not None and case.steps[-1].t_ns > seen_ns:
        raise Refused(f"{case.permit_id} has changed since you saw it; look at it again, then act")


def required(home: Home, config: Config, *, station: str, watched: Callable[[], Watched]) -> OfficeDesk | None:
    """Return the office that a configuration names, None where it names none."""
    if not config.office.record:
        return None
    try:
        return OfficeDesk(home, config, station=station, watched=watched)
    except SkykeepError as error:
        raise Refused(f"[office] record = {config.office.record!r}: {error}") from error
