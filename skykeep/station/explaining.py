"""A track explained by replay: the record goes through the watch once more, and the watch's own numbers are kept.

Nothing is guessed afterwards: which report moved the track, how surely, what else it may have been of, is what the
tracker worked out when it took the tick in, and comes out the same here because a replay does.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

import skykeep
from skykeep.errors import Malformed, Refused
from skykeep.facts import codec
from skykeep.facts.concluded import TrackEstimated, TrackMerged, TracksEstimated
from skykeep.ledger.entry import EntryKind
from skykeep.ledger.tick import LeafKind
from skykeep.station.following import Follower
from skykeep.station.run import bodies
from skykeep.station.seen import seen_tick
from skykeep.station.store import Store
from skykeep.station.walk import Walk, Walked
from skykeep.views import words
from skykeep.views.explain import Explanation
from skykeep.views.explain import explain as put_together
from skykeep.views.picture import SeenTick
from skykeep.wire.moments import iso_ns

NEAREST = 8  # ids named in the message about a track that is not there
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")
_S = 1_000_000_000
_DAY_NS = 86_400 * _S


@dataclasses.dataclass(slots=True)
class Survey:
    """What a record holds, before anything of it is replayed."""

    first_ns: int | None = None
    last_ns: int | None = None
    first_told_ns: dict[int, int] = dataclasses.field(default_factory=dict)  # track to when it was first told of
    merged_into: dict[int, int] = dataclasses.field(default_factory=dict)

    def family(self, track_id: int) -> frozenset[int]:
        """Return a track and those that turned out to be it."""
        found = {track_id}
        while more := {old for old, into in self.merged_into.items() if into in found} - found:
            found |= more
        return frozenset(found)


def explain(
    record: Path,
    track_id: int,
    *,
    at: str | None = None,
    reveal: bool = False,
    progressed: Callable[[int], None] = lambda _n: None,
) -> Explanation:
    """Explain one track of a record, as it stood at a time; Refused where there is no such track or no such time."""
    with Store.open(record, read_only=True) as store:
        found = survey(store)
        at_ns = None if at is None else moment_ns(at, found)
        require_there(found, track_id, at_ns)
        going = Replaying(store, Follower(found.family(track_id)))
        ticks = going.ticks(at_ns, progressed)
        return put_together(ticks, track_id, at_ns=at_ns, reveal=reveal, trail=going.follower.trail)


def survey(store: Store) -> Survey:
    """Return what a record holds, in one pass over its conclusions."""
    found = Survey()
    for row in store.rows():
        if row.kind != EntryKind.TICK:
            continue
        found.first_ns = row.now_ns if found.first_ns is None else min(found.first_ns, row.now_ns)
        found.last_ns = row.now_ns if found.last_ns is None else max(found.last_ns, row.now_ns)
        for body in bodies(row, LeafKind.CONCLUSION):
            _survey(found, codec.decode_trusted(body), row.now_ns)
    return found


def _survey(found: Survey, told: object, now_ns: int) -> None:
    if isinstance(told, TrackMerged):
        found.merged_into[told.track_id] = told.into_track_id
    elif isinstance(told, TracksEstimated):
        for track_id in np.frombuffer(told.track_id[: len(told.track_id) // 8 * 8], "<i8").tolist():
            found.first_told_ns.setdefault(track_id, now_ns)
    elif isinstance(told, TrackEstimated):
        found.first_told_ns.setdefault(told.track_id, now_ns)


def moment_ns(text: str, found: Survey) -> int:
    """Return a moment as Unix nanoseconds: ISO 8601, or a time of day on the day on which the record begins (UTC).

    A time of day is as people read it off the text: all of that second is meant. Refused where it is neither, and
    where it lies outside the record.
    """
    first_ns, last_ns = found.first_ns, found.last_ns
    if first_ns is None or last_ns is None:
        raise Refused("the record holds no tick yet: there is nothing to explain")
    clock = _CLOCK.fullmatch(text.strip())
    try:
        at_ns = iso_ns(text) if clock is None else _on_day(clock, text, first_ns)
    except Malformed as error:
        raise Refused(f"--at: {error}") from error
    if not first_ns <= at_ns <= last_ns + (0 if clock is None else _S - 1):
        raise Refused(f"{words.utc(at_ns)} is outside the record: it spans {words.period(first_ns, last_ns)}")
    return at_ns


def _on_day(clock: re.Match[str], text: str, first_ns: int) -> int:
    hour, minute, second = (int(part or 0) for part in clock.groups())
    if hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004
        raise Malformed(f"{text}: there is no such time of day")
    at_ns = first_ns // _DAY_NS * _DAY_NS + (hour * 3600 + minute * 60 + second) * _S + _S - 1
    return at_ns if at_ns >= first_ns else at_ns + _DAY_NS


def require_there(found: Survey, track_id: int, at_ns: int | None) -> None:
    """Refuse a track that the record does not hold, or not yet at that time, and say which it holds."""
    first_ns = found.first_told_ns.get(track_id)
    if first_ns is not None and (at_ns is None or first_ns <= at_ns):
        return
    if first_ns is not None and at_ns is not None:
        raise Refused(f"there is no track {track_id} yet at {words.utc(at_ns)}: it begins {words.utc(first_ns)}")
    there = sorted(found.first_told_ns)
    if not there:
        raise Refused(f"there is no track {track_id}: the record holds no tracks")
    if len(there) <= 2 * NEAREST:
        raise Refused(f"there is no track {track_id} in the record; there are {', '.join(map(str, there))}")
    near = sorted(sorted(there, key=lambda other: (abs(other - track_id), other))[:NEAREST])
    said = f"there is no track {track_id} in the record; there are {len(there)}, from {there[0]} to {there[-1]}"
    raise Refused(f"{said}, the nearest {', '.join(map(str, near))}")


class Replaying:
    """Takes a record through the watch again, with somebody who follows one track."""

    def __init__(self, store: Store, follower: Follower) -> None:
        self._store, self.follower = store, follower
        self._walk = Walk(store, follower)

    def ticks(self, at_ns: int | None, progressed: Callable[[int], None] = lambda _n: None) -> Iterator[SeenTick]:
        """Yield the ticks as views fold them, each once it was replayed, up to a time."""
        for row in self._store.rows():
            if at_ns is not None and row.kind == EntryKind.TICK and row.now_ns > at_ns:
                break
            walked = self._walk.take(row)
            self.follower.trail.skipped_ticks = self._walk.skipped_ticks
            if walked is not None:
                self._compare(walked)
            progressed(1)
            yield seen_tick(row)

    def _compare(self, walked: Walked) -> None:
        trail, row = self.follower.trail, walked.row
        if trail.differs is None and any(walked.differing()):
            trail.differs = (
                f"From tick {row.tick} on ({words.utc(row.now_ns)}), Skykeep {skykeep.__version__} concludes otherwise "
                "than the record: what is said of single reports is by this program, and its tracks may be others."
            )
