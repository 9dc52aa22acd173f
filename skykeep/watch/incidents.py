"""Incidents: what belongs together of what alarms tell, so that people are called once, and who answers it.

    an alarm that begins to sound    joins the open incident of its track, or of a track of its group; else it opens one
    a track that becomes another     takes its incident along; of two incidents the later becomes part of the earlier
    what a person does               opens one by hand, answers, notes, merges, hands over, escalates, closes, reopens

An incident has one alarm, which moves by the same table (`facts.alarms.NEXT`). It begins to sound with the first alarm
in it, and sounds again when one joins that is more urgent, or as urgent and the first of its kind, when a person
escalates it, or when nobody answers in time, each time after twice as long. It is answered when a person acknowledges
the incident, and so all its alarms, or the last of them; what joins later has a time of its own to be answered in. It
returns when none of them has stood for `quiet_s`, so that what comes and goes is one occurrence. It stays open until a
person closes it. Alarms of the station's health are of no incident: they are of the watch, not of the air.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from skykeep.facts.acted import AlarmActed, HealthObserved, IncidentActed, IncidentDeed
from skykeep.facts.alarms import (
    ACK,
    ACKNOWLEDGED,
    BY_HAND,
    BY_HAND_PRIORITY,
    CLOSED,
    FLOOD,
    GROUP,
    HEALTH,
    MERGED,
    NEXT,
    NO_TRACK,
    NORMAL,
    NOT_PERMITTED,
    ONSET,
    OPEN,
    PRIORITY,
    REALARM,
    RETURN,
    STANDING,
    SUPPRESS,
    SUPPRESSED,
    UNACKNOWLEDGED,
    WAITING,
    reason_of,
)
from skykeep.facts.concluded import AlarmChanged, ExistenceMoved, IncidentMoved, TrackMerged
from skykeep.rules.deeds import incident_fault
from skykeep.rules.law import FOREVER_NS
from skykeep.watch import alarming, alarmmemory, incidentflood
from skykeep.watch import incidentmemory as kept
from skykeep.watch.alarmmemory import Alarms
from skykeep.watch.incidentmemory import ALARMS_MAX, CLOSED_MAX, OPEN_MAX, RUNGS, Incident, Incidents, IncidentTerms

ACTS = frozenset((AlarmActed, IncidentActed, HealthObserved))
_CONCERNING = frozenset((AlarmChanged, TrackMerged, ExistenceMoved))
_RUNG = {rung: certain for certain, rung in enumerate(RUNGS)}


@dataclasses.dataclass(slots=True)
class Round:
    """One tick of the incidents: take in what happened, in order, then `end` it."""

    memory: Incidents
    alarms: Alarms
    now_ns: int
    terms: IncidentTerms
    touched: dict[int, Incident] = dataclasses.field(default_factory=dict)

    def answer(self, facts: Iterable[object]) -> list[AlarmChanged]:
        """Do what people did and what the station observed of itself; return the moves of alarms."""
        moved: list[AlarmChanged] = []
        for fact in facts:
            changed: list[AlarmChanged] = []
            if isinstance(fact, AlarmActed):
                changed = alarming.answer(self.alarms, fact, self.now_ns)
            elif isinstance(fact, HealthObserved):
                changed = alarming.observe(self.alarms, fact, self.now_ns)
            elif isinstance(fact, IncidentActed):
                changed = self._act(fact)
            self.take(changed)
            moved += changed
        return moved

    def take(self, told: Iterable[object]) -> None:
        """Take in conclusions of this tick; those that move no incident are passed over."""
        for fact in [fact for fact in told if type(fact) in _CONCERNING]:
            if isinstance(fact, AlarmChanged):
                self._alarm(fact)
            elif isinstance(fact, TrackMerged):
                self._rename(fact.track_id, fact.into_track_id)
            elif isinstance(fact, ExistenceMoved) and fact.track_id is not None:
                self._climb(fact.track_id, _RUNG[fact.rung])

    def end(self) -> list[IncidentMoved]:
        """Do what is due, and tell of each incident that is another now, by number."""
        memory, now_ns = self.memory, self.now_ns
        grouped, waiting = incidentflood.end(memory, now_ns, self.terms)
        for incident in grouped:
            self._touch(incident)
        for incident in waiting:
            _walk(incident, ONSET)
        if not self.touched and now_ns < memory.due_ns:
            return []
        due = [number for number, due_ns in memory.dues_ns.items() if due_ns <= now_ns]
        for number in sorted({*self.touched, *due}):
            memory.dues_ns.pop(number, None)
            if number in memory.open:
                self._settle(memory.open[number])
        memory.due_ns = min(memory.dues_ns.values(), default=FOREVER_NS)
        return [kept.told_of(memory, incident, now_ns) for _, incident in sorted(self.touched.items())]

    @property
    def _quiet_ns(self) -> int:
        return round(self.terms.quiet_s * 1e9)

    def _touch(self, incident: Incident) -> None:
        self.touched[incident.incident_id] = incident

    # ---- alarms ----------------------------------------------------------------------------------

    def _alarm(self, fact: AlarmChanged) -> None:
        """Take in a move of an alarm."""
        memory = self.memory
        incident = memory.open.get(memory.of_alarm.get(fact.alarm_id, 0))
        if incident is None:
            if fact.state != UNACKNOWLEDGED or fact.reason.startswith(HEALTH):
                return
            incident = self._home(fact)
        before, joins = incident.alarms.get(fact.alarm_id, NORMAL), fact.alarm_id not in incident.alarms
        recounted = reason_of(fact.reason)[0] == reason_of(incident.about)[0] == FLOOD != incident.about != fact.reason
        if before == fact.state and not recounted:
            return
        self._touch(incident)
        incident.alarms[fact.alarm_id] = fact.state
        incident.about = fact.reason if recounted else incident.about
        if fact.state == UNACKNOWLEDGED and before != UNACKNOWLEDGED:
            self._onset(incident, fact, news=joins and self._is_news(incident, fact))
        elif before in WAITING and WAITING.isdisjoint(incident.alarms.values()):
            _answered(incident)

    def _home(self, fact: AlarmChanged) -> Incident:
        """Return the incident that an alarm joins, or opens."""
        memory, track_ids = self.memory, self._tracks_of(fact)
        incident = self._known(track_ids)
        if incident is None or len(incident.alarms) >= ALARMS_MAX:
            zones = self.alarms.causes.get(fact.track_id, {}).get(NOT_PERMITTED, [])
            incident = self._open(fact.reason, fact.priority)
            zone_id = min(zones) if zones else None
            incidentflood.arrive(memory.grouping, incident, zone_id, self.now_ns, self.terms)
        memory.of_alarm[fact.alarm_id] = incident.incident_id
        self._add_tracks(incident, track_ids)
        return incident

    def _tracks_of(self, fact: AlarmChanged) -> list[int]:
        name, number = reason_of(fact.reason)
        if name == GROUP:
            return list(self.alarms.groups.get(int(number), ()))
        return [fact.track_id] if fact.track_id else []

    def _known(self, track_ids: Sequence[int]) -> Incident | None:
        """Return the oldest open incident of these tracks, else of tracks that move with them."""
        of_track = self.memory.of_track
        mine = [of_track[each] for each in track_ids if each in of_track]
        if not mine:
            company = (some for some in self.alarms.groups.values() if not set(some).isdisjoint(track_ids))
            mine = [of_track[each] for some in company for each in some if each in of_track]
        return self.memory.open[min(mine)] if mine else None

    def _open(self, about: str, priority: int) -> Incident:
        memory = self.memory
        if len(memory.open) >= OPEN_MAX:
            self._make_room()
        incident = Incident(memory.next_id, self.now_ns, about, priority)
        memory.open[incident.incident_id] = incident
        memory.next_id += 1
        self._touch(incident)
        return incident

    def _make_room(self) -> None:
        over = (each for each in self.memory.open.values() if STANDING.isdisjoint(each.alarms.values()))
        oldest = next(over, None)
        if oldest is not None:
            self._close(oldest)

    def _add_tracks(self, incident: Incident, track_ids: Iterable[int]) -> None:
        for track_id in track_ids:
            self.memory.of_track.setdefault(track_id, incident.incident_id)
            if track_id not in incident.tracks:
                incident.tracks.append(track_id)

    def _onset(self, incident: Incident, fact: AlarmChanged, *, news: bool) -> None:
        """Let the incident's alarm sound for one in it that began to."""
        first = incident.events == 0
        worse = fact.priority < incident.priority or (fact.priority == incident.priority and news)
        incident.events += 1
        incident.quiet_ns = 0
        if first or worse:
            self._urge(incident, fact.reason, fact.priority)
        if incidentflood.begins(self.memory.grouping, incident):
            _walk(incident, SUPPRESS)
        elif not incidentflood.is_silent(self.memory.grouping, incident):
            _walk(incident, ONSET, *([REALARM] if worse else []))

    def _is_news(self, incident: Incident, fact: AlarmChanged) -> bool:
        """Whether no other alarm in it tells of the same: who answered an approach knew nothing of an intrusion."""
        others = (alarmmemory.found(self.alarms, each) for each in incident.alarms if each != fact.alarm_id)
        return reason_of(fact.reason)[0] not in {reason_of(one.reason)[0] for one in others if one is not None}

    def _urge(self, incident: Incident, about: str, priority: int) -> None:
        """Make an incident about something, and as urgent; one that a person opened may become less so by its first."""
        incident.about, incident.priority = about, priority
        incidentflood.worsen(self.memory.grouping, incident)

    def _settle(self, incident: Incident) -> None:
        """Let its alarm return when it has been quiet; note when it must be looked at next."""
        quiet = STANDING.isdisjoint(incident.alarms.values()) and (incident.alarm_state, RETURN) in NEXT
        incident.quiet_ns = (incident.quiet_ns or self.now_ns) if quiet else 0
        if incident.quiet_ns and self.now_ns >= incident.quiet_ns + self._quiet_ns:
            incident.quiet_ns = 0
            _walk(incident, RETURN)
            self._touch(incident)
        self._press(incident)
        due_ns = kept.due_ns(incident, self._quiet_ns)
        if due_ns < FOREVER_NS:
            self.memory.dues_ns[incident.incident_id] = due_ns

    def _press(self, incident: Incident) -> None:
        """Escalate it if nobody answered in time, and note when that is next."""
        priority = self._unanswered_priority(incident)
        if priority is None:
            incident.escalates_ns = 0
            return
        if incident.escalates_ns and self.now_ns >= incident.escalates_ns:
            self._escalate(incident)
        delay_s = self.terms.escalate_s.get(priority, 0.0)
        due_ns = self.now_ns + (round(delay_s * 1e9) << min(incident.unanswered, 30)) if delay_s else 0
        incident.escalates_ns = min(incident.escalates_ns or due_ns, due_ns) if due_ns else 0

    def _unanswered_priority(self, incident: Incident) -> int | None:
        """Return how urgent it is that somebody answers: the incident, or what joined after it was answered."""
        if incident.alarm_state in WAITING:
            return incident.priority
        if incident.alarm_state == SUPPRESSED:
            return None
        waiting = (alarmmemory.found(self.alarms, each) for each, state in incident.alarms.items() if state in WAITING)
        return min((PRIORITY[reason_of(one.reason)[0]] for one in waiting if one is not None), default=None)

    def _escalate(self, incident: Incident) -> None:
        self._touch(incident)
        incident.escalation += 1
        incident.unanswered += 1
        incident.grouped = ""
        incident.escalates_ns = 0
        _walk(incident, ONSET if incident.alarm_state in {NORMAL, SUPPRESSED} else REALARM)

    # ---- tracks ----------------------------------------------------------------------------------

    def _rename(self, track_id: int, into_track_id: int) -> None:
        """Let the incident of a track that was merged go on with the other one."""
        memory = self.memory
        gone, going_on = memory.of_track.pop(track_id, 0), memory.of_track.get(into_track_id, 0)
        rung = memory.rungs.pop(track_id, 0)
        if gone in memory.open:
            incident = memory.open[gone]
            incident.rung = max(incident.rung, rung)
            if going_on not in memory.open:
                self._touch(incident)
                self._add_tracks(incident, [into_track_id])
            elif gone != going_on:
                self._merge(memory.open[min(gone, going_on)], memory.open[max(gone, going_on)])

    def _climb(self, track_id: int, rung: int) -> None:
        memory = self.memory
        incident = memory.open.get(memory.of_track.get(track_id, 0))
        before = 0 if incident is None else kept.rung_of(memory, incident)
        memory.rungs[track_id] = rung
        if incident is not None and kept.rung_of(memory, incident) != before:
            self._touch(incident)

    # ---- people ----------------------------------------------------------------------------------

    def _act(self, act: IncidentActed) -> list[AlarmChanged]:
        """Do what a person does to an incident, if it can be done; return the moves of its alarms."""
        incident, other = kept.found(self.memory, act.incident_id), kept.found(self.memory, act.other_id)
        states = [] if incident is None else list(incident.alarms.values())
        state, other_state = (None if each is None else each.state for each in (incident, other))
        of_track = self.memory.of_track.get(act.track_id or NO_TRACK)
        if incident_fault(act, state, states, other_state=other_state, of_track=of_track):
            return []
        if act.deed is IncidentDeed.OPEN:
            self._add_tracks(self._open(BY_HAND, BY_HAND_PRIORITY), [act.track_id] if act.track_id else [])
            return []
        assert incident is not None  # or there would be a fault
        self._touch(incident)
        incident.notes += act.deed is IncidentDeed.NOTE
        if act.deed is IncidentDeed.ACK:
            return self._acknowledge(incident, act.person)
        if act.deed is IncidentDeed.HAND_OVER:
            incident.holder = act.to_person or ""
        elif act.deed is IncidentDeed.ESCALATE:
            self._escalate(incident)
        elif act.deed is IncidentDeed.CLOSE:
            self._close(incident)
        elif act.deed is IncidentDeed.REOPEN:
            self._reopen(incident)
        elif act.deed is IncidentDeed.MERGE and other is not None:
            self._merge(incident, other)
        return []

    def _acknowledge(self, incident: Incident, person: str) -> list[AlarmChanged]:
        incident.holder = incident.holder or person
        moved: list[AlarmChanged] = []
        for alarm_id in incident.alarms:
            held = alarmmemory.found(self.alarms, alarm_id)
            if held is not None:
                moved += alarmmemory.move(self.alarms, held, ACK, self.now_ns)
                alarmmemory.drop_gone(self.alarms, held)
        _answered(incident)
        return moved

    def _close(self, incident: Incident) -> None:
        memory = self.memory
        _walk(incident, ACK, RETURN)
        incident.state, incident.grouped, incident.escalates_ns, incident.quiet_ns = CLOSED, "", 0, 0
        self._touch(incident)
        self._release(incident)
        memory.closed[incident.incident_id] = incident
        if len(memory.closed) > CLOSED_MAX:
            del memory.closed[next(iter(memory.closed))]

    def _release(self, incident: Incident) -> None:
        """Take an incident from the open ones: what is in it joins it no more."""
        memory = self.memory
        incident.rung = kept.rung_of(memory, incident)
        del memory.open[incident.incident_id]
        for alarm_id in incident.alarms:
            if memory.of_alarm.get(alarm_id) == incident.incident_id:
                del memory.of_alarm[alarm_id]
        for track_id in incident.tracks:
            if memory.of_track.get(track_id) == incident.incident_id:
                del memory.of_track[track_id]

    def _reopen(self, incident: Incident) -> None:
        """Open a closed incident again, with those of its alarms and tracks that are in no other by now."""
        memory = self.memory
        del memory.closed[incident.incident_id]
        incident.state = OPEN
        memory.open[incident.incident_id] = incident
        for alarm_id in incident.alarms:
            held = alarmmemory.found(self.alarms, alarm_id)
            incident.alarms[alarm_id] = NORMAL if held is None or alarm_id in memory.of_alarm else held.state
            memory.of_alarm.setdefault(alarm_id, incident.incident_id)
        for track_id in incident.tracks:
            if track_id in memory.rungs:
                memory.of_track.setdefault(track_id, incident.incident_id)
        if not WAITING.isdisjoint(incident.alarms.values()):
            _walk(incident, ONSET)

    def _merge(self, incident: Incident, other: Incident) -> None:
        """Make another open incident part of this one."""
        memory = self.memory
        self._touch(incident)
        self._touch(other)
        self._release(other)
        incident.alarms |= other.alarms
        memory.of_alarm |= dict.fromkeys(other.alarms, incident.incident_id)
        self._add_tracks(incident, [each for each in other.tracks if each in memory.rungs])
        incident.tracks += [each for each in other.tracks if each not in incident.tracks]
        incident.opened_ns = min(incident.opened_ns, other.opened_ns)
        incident.rung, incident.notes = max(incident.rung, other.rung), incident.notes + other.notes
        incident.holder = incident.holder or other.holder
        first, incident.events = incident.events == 0, incident.events + other.events
        if other.events and (first or other.priority < incident.priority):
            self._urge(incident, other.about, other.priority)
        if other.alarm_state in WAITING:
            _walk(incident, ONSET, REALARM)
        elif other.alarm_state == ACKNOWLEDGED and incident.alarm_state == NORMAL:
            _walk(incident, ONSET, ACK)
        other.state, other.merged_into, other.alarm_state = MERGED, incident.incident_id, NORMAL
        other.grouped, other.escalates_ns = "", 0


def recalled(incidents: Incidents, alarms: Alarms, now_ns: int) -> list[AlarmChanged | IncidentMoved]:
    """Return how every alarm that was told and every incident that is remembered stands, as if told now."""
    memories = (*alarms.alarms.values(), *alarms.gone.values())
    told = {one.alarm_id: one for some in memories for one in some.values() if one.alarm_id}
    kept_incidents = {**incidents.closed, **incidents.open}
    return [
        *(alarmmemory.told_of(told[number], now_ns) for number in sorted(told)),
        *(kept.told_of(incidents, kept_incidents[number], now_ns) for number in sorted(kept_incidents)),
    ]


def _walk(incident: Incident, *events: str) -> None:
    """Move an incident's alarm by the table, event by event; what is not in it changes nothing."""
    for event in events:
        incident.alarm_state = NEXT.get((incident.alarm_state, event), incident.alarm_state)


def _answered(incident: Incident) -> None:
    _walk(incident, ACK)
    incident.unanswered, incident.escalates_ns = 0, 0
