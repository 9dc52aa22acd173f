"""Alarms, incidents and what people did about them, as the duty room sees them."""

from __future__ import annotations

import msgspec

from skykeep.facts.acted import ActDone, AlarmActed, AlarmDeed, HealthObserved, IncidentActed, IncidentDeed
from skykeep.facts.alarms import SITE
from skykeep.facts.claimed import DroneSighted
from skykeep.facts.concluded import AlarmChanged, IncidentMoved
from skykeep.views.livechanges import Changes, Recall
from skykeep.views.livemodels import (
    ActNow,
    AlarmActNow,
    AlarmNow,
    HealthNow,
    IncidentActNow,
    IncidentNow,
    SightingNow,
    TrackNow,
)
from skykeep.views.livetracks import Tracks, gravest

NORMAL, SHELVED, OPEN, BY_HAND = "normal", "shelved", "open", "by_hand"
_QUIET = frozenset({"", NORMAL, "returned_unacknowledged"})
ALARM_LEAVES_AFTER_NS = 600_000_000_000
"""How long an alarm that is over stays in memory; an incident that is not open, as long as the next says."""
INCIDENT_LEAVES_AFTER_NS = 3_600_000_000_000


class Cases:
    """Alarms, incidents and health, by id; those that are over leave memory after a while."""

    def __init__(self, recall: Recall, tracks: Tracks) -> None:
        self._recall = recall
        self._tracks = tracks
        self.alarms: dict[int, AlarmNow] = {}
        self.incidents: dict[int, IncidentNow] = {}
        self.health: dict[tuple[str, str], HealthNow] = {}
        self._leaving: dict[tuple[str, int], int] = {}  # ("alarm" or "incident", id) to when it leaves
        self._opened: list[IncidentActNow] = []  # by hand, in this tick; their numbers come with the conclusions

    def restore(self, kept: AlarmNow | IncidentNow | HealthNow) -> None:
        """Take in what was in memory when it was kept."""
        if isinstance(kept, AlarmNow):
            self.alarms[kept.alarm_id] = kept
            self._settle_alarm(kept)
        elif isinstance(kept, IncidentNow):
            self.incidents[kept.incident_id] = kept
            self._settle_incident(kept)
        else:
            self.health[kept.what, kept.subject] = kept

    def pass_time(self, changes: Changes) -> None:
        """Let those leave memory whose time is over, and forget openings that came to nothing."""
        self._opened.clear()
        now_ns = changes.at.now_ns
        for kind, number in [key for key, due_ns in self._leaving.items() if due_ns <= now_ns]:
            del self._leaving[kind, number]
            left = self.alarms.pop(number, None) if kind == "alarm" else self.incidents.pop(number, None)
            if left is not None:
                left.live = False
                changes.put(kind, number, left)

    # What the watch concluded

    def move_alarm(self, fact: AlarmChanged, changes: Changes) -> None:
        alarm = self._alarm(fact.alarm_id, changes)
        sounds = alarm.state in _QUIET and fact.state != NORMAL
        alarm.began_ns = alarm.began_ns or fact.t_ns
        alarm.t_ns, alarm.reason, alarm.state, alarm.priority = fact.t_ns, fact.reason, fact.state, fact.priority
        alarm.track_id = fact.track_id or None
        if fact.state != SHELVED:
            alarm.shelved_until_ns = None
        self._settle_alarm(alarm)
        track = self._tracks.touch_known(fact.track_id, changes) if fact.track_id else None
        if track is not None and fact.alarm_id not in track.alarm_ids:
            track.alarm_ids = (*track.alarm_ids, fact.alarm_id)
        if track is not None and sounds:
            _note_where(alarm, track)

    def move_incident(self, fact: IncidentMoved, changes: Changes) -> None:
        """Note how an incident stands from now on, and tell its alarms and tracks that they belong to it."""
        incident = self._incident(fact.incident_id, changes)
        new_alarms = [each for each in fact.alarm_ids if each not in incident.alarm_ids]
        new_tracks = [each for each in fact.track_ids if each not in incident.track_ids]
        for name in _OF_INCIDENT:
            setattr(incident, name, getattr(fact, name))
        incident.rung = None if fact.rung is None else fact.rung.value
        if fact.about == BY_HAND and self._opened and not incident.acts:
            incident.acts = (self._opened.pop(0),)
        self._settle_incident(incident)
        for alarm_id in new_alarms:
            self._alarm(alarm_id, changes).incident_id = fact.incident_id
        for track_id in new_tracks:
            track = self._tracks.touch_known(track_id, changes)
            if track is not None and fact.incident_id not in track.incident_ids:
                track.incident_ids = (*track.incident_ids, fact.incident_id)

    # What people did

    def act_on_alarm(self, fact: AlarmActed, index: int, changes: Changes) -> None:
        alarm, entry_index = self._alarm(fact.alarm_id, changes), changes.at.entry_index
        done = AlarmActNow(
            deed=fact.deed.value,
            person=fact.person,
            reason=fact.reason,
            until_ns=fact.until_ns,
            t_ns=fact.t_ns,
            entry_index=entry_index,
        )
        alarm.acts = (*alarm.acts, done)
        if fact.deed is AlarmDeed.SHELVE:
            alarm.shelved_until_ns = fact.until_ns
        said = _said(fact.t_ns, fact.person, fact.reason)
        _trail(f"alarm.{fact.deed.value}", f"alarm:{fact.alarm_id}", alarm.incident_id, said, index, changes)

    def act_on_incident(self, fact: IncidentActed, index: int, changes: Changes) -> None:
        """Note what a person did; an incident that was opened by hand gets its number with the conclusions."""
        done = IncidentActNow(
            deed=fact.deed.value,
            person=fact.person,
            words=fact.words,
            other_id=fact.other_id,
            to_person=fact.to_person,
            t_ns=fact.t_ns,
            entry_index=changes.at.entry_index,
        )
        number = fact.incident_id or None
        if fact.deed is IncidentDeed.OPEN or number is None:
            self._opened.append(done)
        else:
            incident = self._incident(number, changes)
            incident.acts = (*incident.acts, done)
        about = f"track:{fact.track_id}" if fact.track_id is not None else ""
        subject = about if number is None else f"incident:{number}"
        said = _said(fact.t_ns, fact.person, fact.words)
        _trail(f"incident.{fact.deed.value}", subject, number, said, index, changes)

    def act(self, fact: ActDone, index: int, changes: Changes) -> None:
        said = _said(fact.t_ns, fact.person, fact.reason) | {
            "role": fact.role,
            "before_sha256": fact.before_sha256,
            "after_sha256": fact.after_sha256,
        }
        _trail(fact.action, fact.subject, fact.incident_id, said, index, changes)

    def sight(self, fact: DroneSighted, changes: Changes) -> None:
        """Note a drone that somebody reports; nothing else moves."""
        said = {name: getattr(fact, name) for name in _OF_SIGHTING}
        at = {"entry_index": changes.at.entry_index, "t_ns": fact.t_recorded_ns}
        changes.put("sighting", fact.sighting_id, SightingNow(**said | at))

    def observe_health(self, fact: HealthObserved, changes: Changes) -> None:
        now = HealthNow(
            what=fact.what.value,
            subject=fact.subject,
            entry_index=changes.at.entry_index,
            well=fact.well,
            unseen=fact.unseen,
            value=fact.value,
            unit=fact.unit,
            since_ns=fact.t_ns,
        )
        self.health[now.what, now.subject] = now
        changes.put("health", f"{now.what}:{now.subject}", now)

    # Memory

    def _alarm(self, alarm_id: int, changes: Changes) -> AlarmNow:
        found = self.alarms.get(alarm_id)
        if found is None:
            earlier = self._recall("alarm", str(alarm_id))
            found = earlier if isinstance(earlier, AlarmNow) else AlarmNow(alarm_id=alarm_id)
            self.alarms[alarm_id] = found
            self._settle_alarm(found)
        found.live, found.entry_index = True, changes.at.entry_index
        changes.put("alarm", alarm_id, found)
        return found

    def _incident(self, incident_id: int, changes: Changes) -> IncidentNow:
        found = self.incidents.get(incident_id)
        if found is None:
            earlier = self._recall("incident", str(incident_id))
            found = earlier if isinstance(earlier, IncidentNow) else IncidentNow(incident_id=incident_id)
            self.incidents[incident_id] = found
            self._settle_incident(found)
        found.live, found.entry_index = True, changes.at.entry_index
        changes.put("incident", incident_id, found)
        return found

    def _settle_alarm(self, alarm: AlarmNow) -> None:
        self._leaving.pop(("alarm", alarm.alarm_id), None)
        if alarm.state == NORMAL:
            self._leaving["alarm", alarm.alarm_id] = alarm.t_ns + ALARM_LEAVES_AFTER_NS

    def _settle_incident(self, incident: IncidentNow) -> None:
        self._leaving.pop(("incident", incident.incident_id), None)
        if incident.state != OPEN:
            self._leaving["incident", incident.incident_id] = incident.t_ns + INCIDENT_LEAVES_AFTER_NS


_OF_INCIDENT = (
    "t_ns", "state", "alarm_state", "priority", "about", "alarm_ids", "track_ids", "opened_ns", "events", "grouped",
    "escalation", "escalates_ns", "merged_into", "holder", "notes",
)  # fmt: skip


_OF_SIGHTING = (
    "sighting_id", "t_claimed_ns", "what", "place", "place_words", "heading_mdeg", "hovering", "contact",
)  # fmt: skip


def _note_where(alarm: AlarmNow, track: TrackNow) -> None:
    """Keep where an alarm sounded: its flight goes elsewhere, and leaves."""
    found = gravest(track.verdicts).zone_id if track.verdicts else None
    alarm.zone_id = found or alarm.zone_id
    if alarm.reason == SITE and track.approaches:
        alarm.site_id = track.approaches[-1].site_id


def _said(t_ns: int, person: str, reason: str) -> dict[str, str | int | None]:
    return {"t_ns": t_ns, "person": person, "reason": reason, "role": "", "before_sha256": None, "after_sha256": None}


def _trail(  # a row of the trail is as wide as what it tells
    action: str,
    subject: str,
    incident_id: int | None,
    said: dict[str, str | int | None],
    index: int,
    changes: Changes,
) -> None:
    entry_index = changes.at.entry_index
    act_id = f"{entry_index}.{index}"
    row = {"act_id": act_id, "entry_index": entry_index, "action": action, "subject": subject} | said
    changes.put("act", act_id, msgspec.convert(row | {"incident_id": incident_id}, ActNow))
