"""Which verdicts stood for a track, and from when to when, folded from those that were told."""

from __future__ import annotations

import bisect
import dataclasses

from skykeep.facts.concluded import Verdict, VerdictReached
from skykeep.views.picture import Track
from skykeep.views.words import GRAVITY

LEFT = "left_zone"


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """A stretch of time in which the same verdicts stood, one for each zone that the track may be in."""

    start_ns: int
    end_ns: int
    verdicts: tuple[VerdictReached, ...]

    @property
    def gravest(self) -> VerdictReached:
        """The one that counts for the flight as a whole."""
        return gravest(self.verdicts)


def gravity(verdict: Verdict) -> int:
    """Return how grave a verdict is: not permitted > cannot tell > permitted > exempt > no rule."""
    return GRAVITY.index(verdict)


def gravest(verdicts: tuple[VerdictReached, ...] | list[VerdictReached]) -> VerdictReached:
    """Return the gravest verdict; of equals the latest, which knows most."""
    return max(verdicts, key=lambda told: (gravity(told.verdict), told.t_ns))


def standings(track: Track) -> list[Standing]:
    """Return the stretches of a track's life by what stood, leaving out the times in which it was lost."""
    changes = _changes(track)
    if not changes:
        return []
    ends = [start for start, _ in changes[1:]] + [max(track.last_ns, changes[-1][0])]
    whole = [Standing(start, end, held) for (start, held), end in zip(changes, ends, strict=True)]
    silent = silences(track)
    backs = [back for _, back in silent]
    return [
        part for standing in whole for part in _heard(standing, silent[bisect.bisect_right(backs, standing.start_ns) :])
    ]


def _changes(track: Track) -> list[tuple[int, tuple[VerdictReached, ...]]]:
    held: dict[str | None, VerdictReached] = {}
    changes: list[tuple[int, tuple[VerdictReached, ...]]] = []
    for told in track.verdicts:
        if told.zone_id is None:
            held = {None: told}
        elif told.clause == LEFT:
            held.pop(told.zone_id, None)
        else:
            held.pop(None, None)
            held[told.zone_id] = told
        at_ns = max(told.t_ns, changes[-1][0]) if changes else told.t_ns
        if changes and changes[-1][0] == at_ns:
            changes.pop()
        changes.append((at_ns, tuple(held.values()) or (told,)))
    return changes


def silences(track: Track) -> list[tuple[int, int]]:
    """Return the stretches in which a track was lost and came back later."""
    times = [point.t_ns for point in track.points]
    found = []
    for lost in track.lost:
        after = bisect.bisect_right(times, lost.t_ns)
        if after < len(times):
            found.append((lost.last_heard_ns, times[after]))
    return sorted(found, key=lambda silence: silence[1])


def _heard(standing: Standing, silent: list[tuple[int, int]]) -> list[Standing]:
    parts = []
    start = standing.start_ns
    for gone, back in silent:
        if gone >= standing.end_ns:
            break
        if start < gone < standing.end_ns:
            parts.append(Standing(start, gone, standing.verdicts))
            start = min(back, standing.end_ns)
        elif gone <= start < back:
            start = min(back, standing.end_ns)
    return [*parts, Standing(start, standing.end_ns, standing.verdicts)] if start <= standing.end_ns else parts
