"""What the station does when it is asked: each act as facts of the next tick, and an answer once they are durable.

An act is admitted by `rules.powers` here as well as in the web process, with what the station knows of the state of
what it is done to. The same idempotency key of the same person gives the same answer and does nothing twice.
"""

from __future__ import annotations

import dataclasses
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from skykeep.errors import Malformed, Refused, SkykeepError, Unavailable
from skykeep.facts.acted import ActDone, AlarmActed, AlarmDeed, IncidentActed, IncidentDeed
from skykeep.facts.alarms import CLOSED
from skykeep.facts.claimed import DroneSighted
from skykeep.facts.codec import Fact
from skykeep.facts.concluded import IncidentMoved
from skykeep.facts.enacted import PermitEnacted, PermitRevoked, ZoneWithdrawn
from skykeep.facts.personal import KeyedNames, NameKind
from skykeep.rules import powers
from skykeep.rules.deeds import alarm_fault, incident_fault
from skykeep.rules.powers import Role
from skykeep.station import ahead, asked, officedesk, zonedesk, zonedrafts, zoneversions
from skykeep.station.ahead import NOTHING, Ahead, Copy
from skykeep.station.config import Config, Home
from skykeep.station.desk import Desk
from skykeep.station.feeds.pushed import number_used
from skykeep.station.link import OTHER_REQUEST, Ask
from skykeep.station.officedesk import OfficeDesk
from skykeep.watch.state import State

KEYS_MAX = 20_000
DIGITS_MAX = 18
SIGHTING_ID = re.compile("S-[A-Z2-7]{10}")

Result = msgspec.Struct
Conclude = Callable[[Sequence[object]], Result]


def _done(_concluded: Sequence[object]) -> Result:
    return asked.Done()


@dataclasses.dataclass(slots=True)
class Prepared:
    """An act that was admitted: what the next tick is to hold, and what is answered when that is durable."""

    facts: list[Fact] = dataclasses.field(default_factory=list)
    heard: bool = False  # feeds took something in for it: it is answered once that is durable
    conclude: Conclude = _done
    after: Callable[[], None] = lambda: None  # done once it is durable


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """An `Ask` as the acts below take it."""

    ask: Ask
    person: str  # pseudonym
    now_ns: int
    names: KeyedNames
    ahead: Ahead = NOTHING  # what was worked out before, of what takes long

    @property
    def roles(self) -> list[Role]:
        return [Role(role) for role in self.ask.roles]

    def subject(self, kind: str) -> str:
        """Return what the act is done to; raises Malformed where it is not of this kind."""
        head, _, rest = self.ask.subject.partition(":")
        if head != kind or not rest:
            raise Malformed(f"{self.ask.action}: the subject is {kind}:<id>, not {self.ask.subject!r}")
        return rest

    @property
    def about(self) -> str:
        """What the act is done to, as it stands in the trail: of a person the pseudonym, `person:...`."""
        head, _, rest = self.ask.subject.partition(":")
        return self.names.pseudonym(NameKind.PERSON, rest) if head == "person" else self.ask.subject

    def number(self, kind: str) -> int:
        """Return the number of what the act is done to."""
        text = self.subject(kind)
        if not text.isdecimal() or len(text) > DIGITS_MAX:
            raise Malformed(f"{self.ask.action}: {self.ask.subject!r} has no number")
        return int(text)

    def words(self, text: str) -> str:
        """Return the pseudonym of what a person wrote; "" of nothing."""
        return self.names.pseudonym(NameKind.TEXT, text.strip()) if text.strip() else ""


Act = Callable[["Commands", Asked, Any], Prepared]


class Commands:
    """The acts of one station, upon its state; called by the loop only."""

    def __init__(self, home: Home, config: Config, desk: Desk) -> None:
        self.home, self.config, self.desk = home, config, desk
        self.drafts = zonedrafts.Drafts(home.path / "drafts")
        self.state: Callable[[], State] = lambda: State(config.watch.watch)
        self.push: Callable[[Asked, asked.Push], Prepared] = _no_push
        self.office: OfficeDesk | None = None
        self.began = True  # False: a loop waits for its first turn, so that the state does not know the law of today
        self.taken: set[str] = set()  # drafts that were published or discarded, durable or not yet
        self.promised: dict[str, int] = {}  # by zone: the version that was published last, law already or not yet
        self._answered: OrderedDict[tuple[str, str], tuple[bytes, object]] = OrderedDict()

    # ---- once and only once -------------------------------------------------------------------------

    def answered(self, ask: Ask) -> object | None:
        """Return what was kept for this person and key; raises Refused where the key was used for something else."""
        if not ask.key:
            return None
        kept = self._answered.get((ask.person, ask.key))
        if kept is None:
            return None
        if kept[0] != ask.fingerprint:
            raise Refused(_of_other_request(ask))
        return kept[1]

    def keep(self, ask: Ask, answer: object) -> None:
        """Keep an answer, or what will become one, under the key of whoever asked."""
        if ask.key:
            self._answered[ask.person, ask.key] = (ask.fingerprint, answer)
            while len(self._answered) > KEYS_MAX:
                self._answered.popitem(last=False)

    def untaken(self, of: Asked) -> asked.Draft:
        """Return the draft of an act; raises Refused for one that somebody has just published or discarded."""
        draft_id = of.subject("draft")
        if draft_id in self.taken:
            raise Refused(f"draft {draft_id} was published or discarded just now; ask for the list of drafts again")
        return of.ahead.draft or self.drafts.one(draft_id)

    # ---- admitting ----------------------------------------------------------------------------------

    def beforehand(self, ask: Ask, now_ns: int, copy: Copy) -> Ahead:
        """Work out what takes long of an act of `LONG`; any thread may ask.

        Raises Refused or Malformed, and Unavailable until the first tick has taken in the law: weighed against none,
        everything looks free.
        """
        if not self.began:
            raise Unavailable("the station is just beginning and has not taken in its law yet: ask again in a second")
        if ask.action in officedesk.ACTIONS:
            return self._in_office(ask, now_ns)
        return ahead.Desk(self.home, self.config, self.drafts).work_out(ask, now_ns, copy)

    def _in_office(self, ask: Ask, now_ns: int) -> Ahead:
        """Let the station's office handle an act; nothing where a permit to be revoked is another's."""
        if ask.action == "permit.revoke" and not self._is_of_office(ask):
            return NOTHING
        if self.office is None:
            raise Refused(
                "this station holds no permit office, so nobody can apply or decide here: name one as [office], or use "
                "`skykeep permit` where the office's keys are"
            )
        return Ahead(handled=self.office.handle(ask, now_ns))

    def _is_of_office(self, ask: Ask) -> bool:
        return self.office is not None and self.office.holds(ask.subject.removeprefix("permit:"))

    def prepare(self, ask: Ask, names: KeyedNames, now_ns: int, known: Ahead = NOTHING) -> Prepared:
        """Return what an act puts into the next tick; raises Refused or Malformed, and nothing has happened.

        `known` is what `beforehand` returned.
        """
        arguments = asked.arguments(ask.action, ask.arguments)
        met = names.new_count
        try:
            person = names.pseudonym(NameKind.PERSON, ask.person or "public")
            prepared = ACTS[ask.action](self, Asked(ask, person, now_ns, names, known), arguments)
        except SkykeepError:
            names.undo(met)  # whoever was refused leaves no name behind
            raise
        if not prepared.facts and not prepared.heard:
            names.undo(met)  # nor whoever only asked: no tick would hold the name, and it would count as recorded
        return prepared

    def admit(self, of: Asked, **terms: Any) -> Role:  # noqa: ANN401  # what `powers.admit` takes
        """Admit by the table; the role that admitted."""
        return powers.admit(of.roles, of.ask.action, reason=of.ask.reason, person=of.person, **terms)

    def trail(self, of: Asked, role: Role, *, incident_id: int | None = None, **digests: str | None) -> ActDone:
        """Return the line of the trail for an act."""
        return ActDone(
            action=of.ask.action,
            role=role.value,
            person=of.person,
            subject=of.about,
            incident_id=incident_id,
            reason=of.words(of.ask.reason),
            before_sha256=digests.get("before_sha256"),
            after_sha256=digests.get("after_sha256"),
            t_ns=of.now_ns,
        )


def _of_other_request(ask: Ask) -> str:
    """Return why a key that was used for something else is refused; a sensor gave a number, and knows of no key."""
    arguments = asked.arguments(ask.action, ask.arguments)
    if isinstance(arguments, asked.Push) and arguments.sequence is not None:
        return number_used(arguments.sequence)
    return OTHER_REQUEST


def _no_push(of: Asked, _arguments: asked.Push) -> Prepared:
    raise Refused(f"{of.ask.subject}: this station has no feed that takes observations by HTTP: add one of kind push")


# ---- alarms and incidents -------------------------------------------------------------------------------


def _alarm(commands: Commands, of: Asked, arguments: asked.Seen | asked.AlarmShelve) -> Prepared:
    alarm = commands.desk.alarm(of.number("alarm"), arguments.seen_ns)
    role = commands.admit(of, state=alarm.state)
    deed = AlarmDeed(of.ask.action.partition(".")[2])
    until_ns = arguments.until_ns if isinstance(arguments, asked.AlarmShelve) else None
    act = AlarmActed(
        alarm_id=alarm.alarm_id, deed=deed, until_ns=until_ns, reason=of.words(of.ask.reason), person=of.person,
        t_ns=of.now_ns,
    )  # fmt: skip
    _require_no_fault(alarm_fault(act, alarm.state, alarm.priority, of.now_ns))
    return Prepared([act, commands.trail(of, role)])


def _incident(commands: Commands, of: Asked, arguments: msgspec.Struct) -> Prepared:
    """Everything that is done to an incident that is there."""
    incident = commands.desk.incident(of.number("incident"), getattr(arguments, "seen_ns", None))
    role = commands.admit(of, state=incident.state)
    other_id = arguments.other_id if isinstance(arguments, asked.IncidentMerge) else None
    other_state = None if other_id is None else commands.desk.incident(other_id).state
    words = arguments.words if isinstance(arguments, asked.IncidentNote) else of.ask.reason
    to_person = arguments.to_person if isinstance(arguments, asked.HandOver) else None
    act = IncidentActed(
        incident_id=incident.incident_id, deed=IncidentDeed(of.ask.action.partition(".")[2]), other_id=other_id,
        track_id=None, to_person=None if to_person is None else of.names.pseudonym(NameKind.PERSON, to_person),
        words=of.words(words), person=of.person, t_ns=of.now_ns,
    )  # fmt: skip
    held = [commands.desk.alarms.get(number) for number in incident.alarm_ids]
    states = [alarm.state for alarm in held if alarm is not None]
    _require_no_fault(incident_fault(act, incident.state, states, other_state=other_state))
    return Prepared([act, commands.trail(of, role, incident_id=incident.incident_id)])


def _require_no_fault(fault: str) -> None:
    if fault:
        raise Refused(fault)


def _open(commands: Commands, of: Asked, arguments: asked.IncidentOpen) -> Prepared:
    role = commands.admit(of)
    track_id = arguments.track_id
    if track_id is not None and not 0 < track_id < commands.state().next_track_id:
        raise Refused(f"there is no track {track_id}, and there never was; ask for the list of tracks")
    act = IncidentActed(
        incident_id=0, deed=IncidentDeed.OPEN, other_id=None, track_id=track_id, to_person=None,
        words=of.words(of.ask.reason), person=of.person, t_ns=of.now_ns,
    )  # fmt: skip

    def conclude(concluded: Sequence[object]) -> Result:
        opened = [fact for fact in concluded if isinstance(fact, IncidentMoved) and fact.opened_ns == fact.t_ns]
        of_track = [track_id] if track_id else []  # others may open one in the same tick
        by_hand = [fact.incident_id for fact in opened if fact.about == "by_hand" and list(fact.track_ids) == of_track]
        if not by_hand:
            raise Refused("the watch opened no incident: the track is part of one already; act on that one")
        return asked.IncidentOpened(incident_id=by_hand[0])

    return Prepared([act, commands.trail(of, role)], conclude=conclude)


def _release(commands: Commands, of: Asked, arguments: asked.Seen) -> Prepared:
    """Nothing of the watch moves: retention reads it in the trail."""
    incident_id = of.number("incident")
    old = commands.desk.forgotten(incident_id)
    state = CLOSED if old else commands.desk.incident(incident_id, arguments.seen_ns).state
    role = commands.admit(of, state=state)
    return Prepared([commands.trail(of, role, incident_id=incident_id)])


def _reveal(commands: Commands, of: Asked, arguments: asked.Reveal) -> Prepared:
    incident = commands.desk.incident(arguments.incident_id)
    role = commands.admit(of, incident_open=incident.state == "open")
    if of.number("track") not in incident.track_ids:
        raise Refused(
            f"{of.ask.subject} is not part of incident {incident.incident_id}: name the one that it belongs to"
        )
    return Prepared([commands.trail(of, role, incident_id=incident.incident_id)])


def _sight(commands: Commands, of: Asked, arguments: asked.SightingReport) -> Prepared:
    """What nobody in particular reports: it stands in the record, and the watch concludes nothing from it."""
    number = of.subject("sighting")
    if not SIGHTING_ID.fullmatch(number):
        raise Malformed(f"{of.ask.subject!r} is no receipt of a report")
    role = commands.admit(of)
    place = None if arguments.place is None else f"{arguments.place[0] / 1e7:.7f},{arguments.place[1] / 1e7:.7f}"
    claimed_ns = None if arguments.ago_ns is None else of.now_ns - arguments.ago_ns
    act = DroneSighted(
        sighting_id=number, t_recorded_ns=of.now_ns, t_claimed_ns=claimed_ns,
        what=of.words(arguments.what[: asked.SIGHTING_WORDS_MAX]),
        place=None if place is None else of.names.pseudonym(NameKind.PLACE, place),
        place_words=of.words(arguments.place_words[: asked.SIGHTING_LINE_MAX]) or None,
        heading_mdeg=arguments.heading_mdeg, hovering=arguments.hovering,
        contact=of.words(arguments.contact[: asked.SIGHTING_LINE_MAX]) or None,
    )  # fmt: skip
    return Prepared([act, commands.trail(of, role)])


_UNTOUCHED = asked.Hits(track_ids=[], not_permitted=[], permit_ids=[])


# ---- the law --------------------------------------------------------------------------------------------


def _drafts(commands: Commands, of: Asked, _arguments: asked.ZonesRead) -> Prepared:
    commands.admit(of)
    drafts = of.ahead.drafts or asked.Drafts()
    return Prepared(conclude=lambda _concluded: drafts)


def _draft(commands: Commands, of: Asked, arguments: asked.ZoneDraft) -> Prepared:
    role = commands.admit(of)
    assert of.ahead.draft is not None, "it is read before the loop is asked"
    draft = msgspec.structs.replace(of.ahead.draft, drafted_by=of.person)
    if not arguments.keep:
        return Prepared(conclude=lambda _concluded: draft)
    commands.drafts.keep(draft)
    named = dataclasses.replace(of, ask=msgspec.structs.replace(of.ask, subject=f"draft:{draft.draft_id}"))
    trail = commands.trail(named, role, after_sha256=draft.sha256)
    return Prepared([trail], conclude=lambda _concluded: draft)


def _stage(draft: asked.Draft) -> str:
    return "draft" if draft.proposed else "unproposed"


def _propose(commands: Commands, of: Asked, _arguments: asked.Nothing) -> Prepared:
    draft = commands.untaken(of)
    role = commands.admit(of, state=_stage(draft))
    if draft.drafted_by != of.person:
        raise Refused(f"draft {draft.draft_id} is somebody else's: whoever made it proposes it, or discards it")
    commands.drafts.keep(msgspec.structs.replace(draft, proposed=True))
    return Prepared([commands.trail(of, role, after_sha256=draft.sha256)])


def _publish(commands: Commands, of: Asked, _arguments: asked.Nothing) -> Prepared:
    draft = commands.untaken(of)
    role = commands.admit(of, state=_stage(draft), before=draft.drafted_by)
    zoneversions.require_base(commands.state().law, draft.zones, draft.base_versions, commands.promised)
    commands.taken.add(draft.draft_id)
    zones = zonedesk.published(draft, commands.state(), of.now_ns)
    commands.promised |= {zone.zone_id: zone.version for zone in zones}
    told = asked.Published(zones=[(zone.zone_id, zone.version) for zone in zones])
    return Prepared(
        [*of.ahead.ground, *zones, commands.trail(of, role, after_sha256=draft.sha256)],
        conclude=lambda _concluded: told,
        after=lambda: commands.drafts.drop(draft.draft_id),
    )


def _discard(commands: Commands, of: Asked, _arguments: asked.Nothing) -> Prepared:
    draft = commands.untaken(of)
    role = commands.admit(of, state=_stage(draft))
    if not draft.proposed and draft.drafted_by != of.person:
        raise Refused(f"draft {draft.draft_id} is somebody else's and not proposed: whoever made it discards it")
    commands.taken.add(draft.draft_id)
    trail = commands.trail(of, role, before_sha256=draft.sha256)
    return Prepared([trail], after=lambda: commands.drafts.drop(draft.draft_id))


def _withdraw(commands: Commands, of: Asked, arguments: asked.ZoneWithdraw) -> Prepared:
    """`zone.withdraw` of any zone; `zone.lift` of an emergency zone."""
    zones, stands = zoneversions.withdrawn(commands.state().law, of.subject("zone"), arguments, of.now_ns)
    role = commands.admit(of, state=stands)
    if of.ask.action == "zone.lift" and any(zonedesk.called_by(zone) is None for zone in zones):
        raise Refused(f"zone {zones[0].zone_id} is no emergency zone: a publisher withdraws it")
    why = of.ask.reason.strip()
    acts = [ZoneWithdrawn(zone_id=each.zone_id, version=each.version, t_ns=of.now_ns, reason=why) for each in zones]
    return Prepared([*acts, commands.trail(of, role)])


def _emergency(commands: Commands, of: Asked, arguments: asked.ZoneEmergency) -> Prepared:
    preview = dataclasses.replace(of, ask=msgspec.structs.replace(of.ask, reason=of.ask.reason or "preview"))
    role = commands.admit(preview if arguments.preview else of)
    zone = zonedesk.emergency_zone(
        arguments, commands.config.law, authority=commands.config.name, person=of.person,
        reason=of.ask.reason.strip(), now_ns=of.now_ns,
    )  # fmt: skip
    made = asked.EmergencyMade(
        zone_id="" if arguments.preview else zone.zone_id, version=1, end_ns=zone.end_ns or 0,
        hits=of.ahead.hits or _UNTOUCHED,
    )  # fmt: skip
    if arguments.preview:
        return Prepared(conclude=lambda _concluded: made)

    def conclude(concluded: Sequence[object]) -> Result:
        hits = zonedesk.touched(commands.state().law, [zone], concluded, of.now_ns)
        return msgspec.structs.replace(made, hits=hits)

    named = dataclasses.replace(of, ask=msgspec.structs.replace(of.ask, subject=f"zone:{zone.zone_id}"))
    return Prepared([*of.ahead.ground, zone, commands.trail(named, role)], conclude=conclude)


def _confirm(commands: Commands, of: Asked, arguments: asked.ZoneConfirm) -> Prepared:
    zone, stands = zonedesk.in_force(commands.state(), of.subject("zone"), of.now_ns)
    caller = zonedesk.called_by(zone)
    if caller is None:
        raise Refused(f"zone {zone.zone_id} is no emergency zone: there is nothing to confirm")
    role = commands.admit(of, state=stands, before=caller)
    longer = zonedesk.confirmed(zone, person=of.person, until_ns=arguments.until_ns, now_ns=of.now_ns)
    return Prepared([longer, commands.trail(of, role)])


def _of_office(commands: Commands, of: Asked, _arguments: msgspec.Struct) -> Prepared:
    """What was done stands in the office's record; here the trail says who did it."""
    handled = of.ahead.handled
    assert handled is not None, "the office handles it before the loop is asked"
    if not handled.acted:
        return Prepared(conclude=lambda _concluded: handled.result)
    named = dataclasses.replace(of, ask=msgspec.structs.replace(of.ask, subject=handled.subject))
    return Prepared([commands.trail(named, handled.role)], conclude=lambda _concluded: handled.result)


def _revoke(commands: Commands, of: Asked, _arguments: asked.Nothing) -> Prepared:
    if of.ahead.handled is not None:
        return _of_office(commands, of, _arguments)
    permit_id, state = of.subject("permit"), commands.state()
    held = [fact for fact in state.enacted if isinstance(fact, PermitEnacted) and fact.permit_id == permit_id]
    if not held:
        raise Refused(f"there is no permit {permit_id}; ask for the list of permits")
    last = max(held, key=lambda permit: permit.version)
    revoked = any(
        isinstance(fact, PermitRevoked) and fact.permit_id == permit_id and fact.t_ns >= last.granted_at_ns
        for fact in state.enacted
    )
    over = max(part.end_ns for part in last.volumes) <= of.now_ns
    role = commands.admit(of, state="over" if revoked or over else "in_force")
    act = PermitRevoked(permit_id=permit_id, t_ns=of.now_ns, reason=of.ask.reason.strip(), officer=of.person)
    return Prepared([act, commands.trail(of, role)])


# ---- the rest -------------------------------------------------------------------------------------------


def _push(commands: Commands, of: Asked, arguments: asked.Push) -> Prepared:
    commands.admit(of)
    return commands.push(of, arguments)


def _erase(commands: Commands, of: Asked, arguments: asked.RecordErase) -> Prepared:
    role = commands.admit(of)
    return Prepared([] if arguments.preview else [commands.trail(of, role)])


def _noted(commands: Commands, of: Asked, arguments: asked.Noted | asked.SensorKey | asked.Nothing) -> Prepared:
    """What the web does itself, once it stands in the record."""
    role = commands.admit(of)
    if isinstance(arguments, asked.SensorKey):
        return Prepared([commands.trail(of, role, after_sha256=arguments.key_sha256)])
    if not isinstance(arguments, asked.Noted):
        return Prepared([commands.trail(of, role)])
    digests = {"before_sha256": arguments.before_sha256, "after_sha256": arguments.after_sha256}
    return Prepared([commands.trail(of, role, incident_id=arguments.incident_id, **digests)])


ACTS: dict[str, Act] = {
    **dict.fromkeys(("alarm.ack", "alarm.shelve", "alarm.unshelve", "alarm.remove", "alarm.restore"), _alarm),
    "incident.open": _open,
    **dict.fromkeys(
        (
            "incident.ack", "incident.note", "incident.merge", "incident.hand_over", "incident.escalate",
            "incident.close", "incident.reopen",
        ),
        _incident,
    ),
    "incident.release": _release,
    "identity.reveal": _reveal,
    "sighting.report": _sight,
    "zone.read": _drafts,
    "zone.draft": _draft,
    "zone.propose": _propose,
    "zone.publish": _publish,
    "zone.discard": _discard,
    "zone.withdraw": _withdraw,
    "zone.lift": _withdraw,
    "zone.emergency": _emergency,
    "zone.confirm": _confirm,
    "permit.revoke": _revoke,
    **dict.fromkeys(sorted(officedesk.ACTIONS - {"permit.revoke"}), _of_office),
    "sensor.push": _push,
    **dict.fromkeys(
        (
            "sensor.key", "sensor.withdraw", "person.enrol", "person.change", "person.dismiss", "device.enrol",
            "device.withdraw", "token.make", "token.withdraw", "password.change", "session.end", "session.lock",
            "factor.enrol", "factor.remove", "factor.reset", "notify.subscribe",
            "record.verify", "backup.make",
        ),
        _noted,
    ),
    "record.erase": _erase,
}  # fmt: skip
"""By action; `record.*` and `backup.make` are noted here, and then done beside the loop (`station.besides`)."""
