"""Which facts of a tick it is that the watch cannot step: searched for by halves, on copies of its state.

What belongs together stays together: the facts of one frame, and those of one act of a person. First it is found whose
they are: the frames of a sensor are tried as a whole, and so are acts of a kind. Only among those that fail is it
searched further, so that a few bad frames of one sensor cost no other sensor anything.
"""

from __future__ import annotations

import dataclasses
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import skykeep
from skykeep.facts.codec import Fact
from skykeep.facts.observed import ClockStepped, Observed
from skykeep.station.ticks import Gathered
from skykeep.wire.lines import unreadable

TRIALS_MAX = 100
"""Of one tick, among the guilty; what of theirs was not tried by then is set aside: the watch must go on."""
OWNERS_TRIALS_MAX = 200
"""To find the guilty: enough for a hundred sensors that all are; beyond that, who was not tried counts as guilty."""
_ROOM = Path(skykeep.__file__).resolve().parent


@dataclasses.dataclass(frozen=True, slots=True)
class Unit:
    """Facts that are stepped together or not at all."""

    facts: list[Fact]
    frame: int | None = None  # the number of their frame in the tick


@dataclasses.dataclass(frozen=True, slots=True)
class Sifted:
    """A tick, less what the watch cannot take."""

    tick: Gathered
    sensors: dict[str, int]  # frames that were set aside, by sensor
    acts: list[Fact]  # what is in force nowhere


def units_of(tick: Gathered, together: Sequence[Sequence[Fact]]) -> list[Unit]:
    """Cut a tick into units, in its order; `together`: facts that one act of a person put into it."""
    of_act = {id(fact): number for number, facts in enumerate(together) for fact in facts}
    units: list[Unit] = []
    last: tuple[str, int] | None = None
    for fact in tick.facts:
        frame = _frame_of(fact)
        number = of_act.get(id(fact))
        key = ("frame", frame) if frame is not None else ("act", number) if number is not None else None
        if key is not None and key == last:
            units[-1].facts.append(fact)
        else:
            units.append(Unit([fact], frame))
        last = key
    return units


def _frame_of(fact: Fact) -> int | None:
    return fact.frame if isinstance(fact, Observed) and not isinstance(fact, ClockStepped) else None


def sift(tick: Gathered, units: Sequence[Unit], works: Callable[[list[Fact]], bool], why: str) -> Sifted:
    """Return the tick without what cannot be stepped: each such frame says instead that it was not taken in, and why.

    `works` says whether the watch can step these facts; it is asked a bounded number of times: the watch must go on.
    """
    aside = set(_Search(units, works).aside(_by_owner(tick, units)))
    facts: list[Fact] = []
    sensors: dict[str, int] = {}
    acts: list[Fact] = []
    for number, unit in enumerate(units):
        if number not in aside:
            facts += unit.facts
        elif unit.frame is None:
            acts += unit.facts
        else:
            frame = tick.frames[unit.frame]
            sensors[frame.sensor_id] = sensors.get(frame.sensor_id, 0) + 1
            facts.append(unreadable(frame, unit.frame, f"the watch could not take it in: {why}"))
    return Sifted(dataclasses.replace(tick, facts=facts), sensors, acts)


def _by_owner(tick: Gathered, units: Sequence[Unit]) -> list[list[int]]:
    """Return the numbers of the units of each sensor, and of the acts of each kind, in the order of the tick."""
    owners: dict[tuple[str, str], list[int]] = {}
    for number, unit in enumerate(units):
        first = unit.facts[0]
        if unit.frame is not None:
            owner = ("sensor", tick.frames[unit.frame].sensor_id)
        elif isinstance(first, ClockStepped):
            owner = ("sensor", first.sensor_id)
        else:
            owner = ("act", type(first).__name__)
        owners.setdefault(owner, []).append(number)
    return list(owners.values())


class _Search:
    """Finds the units without which the others can be stepped; what is kept so far goes along in each trial."""

    def __init__(self, units: Sequence[Unit], works: Callable[[list[Fact]], bool]) -> None:
        self._units, self._works = units, works
        self._kept: list[int] = []

    def aside(self, owners: Sequence[list[int]]) -> list[int]:
        """Return the numbers of the units to set aside; whoever has few goes first, and leaves others its trials."""
        if self._keeps([number for owner in owners for number in owner]):
            return []
        guilty, _ = self._without(owners, OWNERS_TRIALS_MAX)
        left, found = TRIALS_MAX, list[int]()
        for place, owner in enumerate(sorted(guilty, key=len)):
            bad, used = self._without([[number] for number in owner], left // (len(guilty) - place))
            found += [number for each in bad for number in each]
            left -= used
        return found

    def _without(self, items: Sequence[list[int]], trials_max: int) -> tuple[list[list[int]], int]:
        """Return which of these fail, who fail together, or were not tried; and the trials that it took."""
        if len(items) <= 1:
            return list(items), 0
        bad: list[list[int]] = []
        waiting, trials = _halves(items), 0
        while waiting:
            some = waiting.pop()
            if trials >= trials_max:
                bad += some
                continue
            trials += 1
            if self._keeps([number for item in some for number in item]):
                continue
            if len(some) == 1:
                bad += some
            else:
                waiting += _halves(some)
        return bad, trials

    def _keeps(self, numbers: list[int]) -> bool:
        """Keep these units with the others, in the order of the tick, where that can be stepped."""
        together = sorted([*self._kept, *numbers])
        works = self._works([fact for number in together for fact in self._units[number].facts])
        if works:
            self._kept = together
        return works


def _halves(items: Sequence[list[int]]) -> list[Sequence[list[int]]]:
    """Return the second half, and the first, which is taken first."""
    half = len(items) // 2
    return [items[half:], items[:half]]


def told(error: BaseException) -> str:
    """Return what failed, and where in our own program; not its words, which may quote what was heard of people."""
    stack = traceback.extract_tb(error.__traceback__)
    places = [frame for frame in stack if Path(frame.filename).is_relative_to(_ROOM)]
    where = f" in {Path(places[-1].filename).relative_to(_ROOM).as_posix()}:{places[-1].lineno}" if places else ""
    return f"{type(error).__name__}{where}"
