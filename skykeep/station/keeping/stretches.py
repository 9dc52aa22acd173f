"""What retention knows of a record: its stretches from one kept state to the next, and whose flights lie there.

A stretch is erased whole or not at all, so that replay can go on behind it from the state that was kept at its end. All
of this is made of what retention never erases; it is kept in a file only so that a start is quick, and made again from
the record where that file is not there or of another record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import numpy as np

from skykeep.facts import codec
from skykeep.facts.acted import ActDone
from skykeep.facts.alarms import CLOSED, NORMAL, SUPPRESSED
from skykeep.facts.codec import Fact, Unknown
from skykeep.facts.concluded import AlarmChanged, IncidentMoved, TrackMerged, TracksEstimated
from skykeep.facts.personal import NameKind
from skykeep.ledger.entry import EntryKind
from skykeep.ledger.tick import LeafKind
from skykeep.station.store import TickRow

_PSEUDONYM = re.compile(rb"(?:%s):[a-z2-7]{16}" % "|".join(kind.value for kind in NameKind).encode())
_OBSERVED, _TAG_WITHIN = b"observed.", 16
_RELEASE = "incident.release"
_OVER = frozenset({NORMAL, SUPPRESSED})  # nobody is called, and nobody can answer
_DAY_NS = 86_400 * 10**9
_NEVER = 1 << 62


class Stretch(msgspec.Struct):
    """Entries from the one after a kept state up to the next one that keeps a state."""

    first: int  # entry
    stop: int
    from_ns: int
    to_ns: int
    state_before: str | None  # SHA-256 of the state that it begins from; None: the record begins here
    names_gone: bool = False
    facts_gone: bool = False


class Kept(msgspec.Struct):
    """An incident, as far as it decides what is kept."""

    tracks: list[int] = []
    alarms: list[int] = []
    about: str = ""
    opened_ns: int = 0
    closed_ns: int | None = None
    merged_into: int | None = None
    released: bool = False  # by a person, since it was closed


class Sounded(msgspec.Struct):
    """An alarm about a track, as far as it decides what is kept."""

    track_id: int
    first_ns: int
    last_ns: int
    state: str


class Memory(msgspec.Struct):
    """All that retention remembers of one record."""

    record_id: str
    scanned: int = 0  # entries
    open: Stretch | None = None  # no state was kept at its end yet
    state_sha256: str | None = None  # of the last kept state
    stretches: list[Stretch] = []
    tracks: dict[int, list[int]] = {}  # when a track was first and last told of
    merged: dict[int, int] = {}
    alarms: dict[int, Sounded] = {}
    incidents: dict[int, Kept] = {}
    said: set[str] = set()  # pseudonyms in law, acts and claims: who did what stays known as long as that it was done
    names_left: list[tuple[int, int, str]] = []  # (entry, leaf, pseudonym) kept for an incident in an erased stretch

    def take(self, row: TickRow) -> None:
        """Take in the next row of the record."""
        self.scanned = row.entry_index + 1
        if self.open is None:
            self.open = Stretch(row.entry_index, 0, row.now_ns, row.now_ns, self.state_sha256)
        stretch = self.open
        if row.kind == EntryKind.TICK:
            stretch.from_ns = stretch.from_ns or row.now_ns
            stretch.to_ns = max(stretch.to_ns, row.now_ns)
        stretch.stop = row.entry_index + 1
        for leaf in row.leaves:
            if leaf.body is None:
                continue
            if leaf.kind == LeafKind.CONCLUSION:
                self._conclude(codec.decode_trusted(leaf.body), row.now_ns)
            elif leaf.kind == LeafKind.FACT and _OBSERVED not in leaf.body[:_TAG_WITHIN]:
                self.said |= pseudonyms_in(leaf.body)
                if _RELEASE.encode() in leaf.body:
                    self._release(codec.decode_trusted(leaf.body))
        if row.state_sha256 is not None:
            self.stretches.append(stretch)
            self.open, self.state_sha256 = None, row.state_sha256.hex()

    def _conclude(self, fact: Fact | Unknown, now_ns: int) -> None:
        if isinstance(fact, TracksEstimated):
            for track_id in np.frombuffer(fact.track_id, "<i8").tolist():
                self._tell(track_id, now_ns)
            return
        if isinstance(fact, TrackMerged):
            self.merged[fact.track_id] = fact.into_track_id
        elif isinstance(fact, IncidentMoved):
            self._move(fact)
        elif isinstance(fact, AlarmChanged) and fact.track_id:
            alarm = self.alarms.setdefault(fact.alarm_id, Sounded(fact.track_id, now_ns, now_ns, fact.state))
            alarm.last_ns, alarm.state = now_ns, fact.state
        track_id = getattr(fact, "track_id", None)
        if isinstance(track_id, int):
            self._tell(track_id, now_ns)

    def _tell(self, track_id: int, now_ns: int) -> None:
        seen = self.tracks.get(track_id)
        if seen is None:
            self.tracks[track_id] = [now_ns, now_ns]
        else:
            seen[1] = now_ns

    def _move(self, fact: IncidentMoved) -> None:
        kept = self.incidents.setdefault(fact.incident_id, Kept())
        kept.tracks = sorted({*kept.tracks, *fact.track_ids})
        kept.alarms = sorted({*kept.alarms, *fact.alarm_ids})
        kept.about, kept.opened_ns, kept.merged_into = fact.about, fact.opened_ns, fact.merged_into
        if fact.state == CLOSED:
            kept.closed_ns = fact.t_ns if kept.closed_ns is None else kept.closed_ns  # a note moves it, not its end
        else:
            kept.closed_ns, kept.released = None, False

    def _release(self, fact: Fact | Unknown) -> None:
        if isinstance(fact, ActDone) and fact.action == _RELEASE and fact.incident_id in self.incidents:
            self.incidents[fact.incident_id].released = True

    # What incidents need

    def needed(self, now_ns: int, incidents_days: float | None, around_ns: int) -> list[tuple[int, int]]:
        """Return the times (from, to) of which everything is kept: of incidents that are open or not released."""
        times: list[tuple[int, int]] = []
        for incident_id in sorted(self.incidents):
            if not self.released(incident_id, now_ns, incidents_days):
                times += self._times(self.incidents[incident_id])
        told = {alarm_id for kept in self.incidents.values() for alarm_id in kept.alarms}
        for alarm_id, alarm in self.alarms.items():
            if alarm_id not in told and alarm.state not in _OVER:  # somebody can still answer it
                times += [(alarm.first_ns, alarm.last_ns), *self._flights([alarm.track_id])]
        return sorted((first_ns - around_ns, last_ns + around_ns) for first_ns, last_ns in times)

    def released(self, incident_id: int, now_ns: int, incidents_days: float | None) -> bool:
        """Whether the flights of an incident are ordinary again: by a person's act, or over for so long."""
        kept = self._final(incident_id)
        if kept.closed_ns is None or kept.released:
            return kept.released
        if incidents_days is None:
            return False
        return now_ns - kept.closed_ns > incidents_days * _DAY_NS

    def _final(self, incident_id: int) -> Kept:
        """Return what an incident has become part of; itself, where it was not merged."""
        kept = self.incidents[incident_id]
        for _ in range(len(self.incidents)):
            if kept.merged_into is None or kept.merged_into not in self.incidents:
                break
            kept = self.incidents[kept.merged_into]
        return kept

    def _times(self, kept: Kept) -> Iterator[tuple[int, int]]:
        yield from self._flights(kept.tracks)
        if kept.about == "by_hand":
            yield kept.opened_ns, kept.closed_ns or _NEVER

    def _flights(self, track_ids: list[int]) -> Iterator[tuple[int, int]]:
        """Yield when these tracks flew, and those that turned out to be one of them."""
        wanted = set(track_ids)
        for track_id, into in reversed(self.merged.items()):
            if into in wanted:
                wanted.add(track_id)
        for track_id in sorted(wanted):
            if track_id in self.tracks:
                first_ns, last_ns = self.tracks[track_id]
                yield first_ns, last_ns

    def drop(self, before_ns: int, now_ns: int, incidents_days: float | None) -> None:
        """Drop what can decide nothing any more: erased stretches, flights and incidents that were over before."""
        self.stretches = [each for each in self.stretches if not (each.names_gone and each.facts_gone)]
        over = [each for each in self.incidents if self.released(each, now_ns, incidents_days)]
        for incident_id in [each for each in over if (self._final(each).closed_ns or _NEVER) < before_ns]:
            self._drop(incident_id)
        held = {track_id for kept in self.incidents.values() for track_id in kept.tracks}
        self._drop_alarms(before_ns)
        held |= {alarm.track_id for alarm in self.alarms.values()}
        for track_id, into in reversed(self.merged.items()):
            if into in held:
                held.add(track_id)
        for track_id in [each for each, (_, last) in self.tracks.items() if last < before_ns and each not in held]:
            del self.tracks[track_id]
            self.merged.pop(track_id, None)

    def _drop(self, incident_id: int) -> None:
        for alarm_id in self.incidents.pop(incident_id).alarms:
            self.alarms.pop(alarm_id, None)

    def _drop_alarms(self, before_ns: int) -> None:
        """Drop alarms that no incident holds, and that nobody can answer any more."""
        told = {alarm_id for kept in self.incidents.values() for alarm_id in kept.alarms}
        over = [each for each, alarm in self.alarms.items() if alarm.state in _OVER and alarm.last_ns < before_ns]
        for alarm_id in over:
            if alarm_id not in told:
                del self.alarms[alarm_id]


def pseudonyms_in(body: bytes) -> set[str]:
    """Return the pseudonyms in the bytes of a fact."""
    return {found.decode() for found in _PSEUDONYM.findall(body)}
