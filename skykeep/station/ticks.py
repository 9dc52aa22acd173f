"""Frames cut into ticks: what a tick holds, from the bytes to the facts, ready for the record and the watch."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator

import msgspec

from skykeep.facts.codec import Fact
from skykeep.facts.enacted import plain_sensor
from skykeep.facts.frame import Frame
from skykeep.facts.observed import ClockStepped, Heard, LinkTrust, Unreadable
from skykeep.facts.personal import KeyedNames, Name
from skykeep.station.formats import known
from skykeep.station.inputs import NO_TIME, Arrived
from skykeep.station.plugins import TALLY
from skykeep.station.settings import Settings
from skykeep.wire.lines import unreadable

_QUOTED = re.compile(r'(?<!did you mean )"(?:[^"\\]|\\.)*("|…|$)|(?<=number )\([^)]*\)')


def _unquoted(fact: Unreadable) -> Unreadable:
    """Return a fact as it may stand in the record: why a frame is unreadable, without the words quoted from it.

    They may be a person's, and facts are never erased; the frame itself, which may be, lies beside the fact.
    """
    if _QUOTED.search(fact.reason):
        return msgspec.structs.replace(fact, reason=_QUOTED.sub('"…"', fact.reason))
    return fact


@dataclasses.dataclass(slots=True)
class Gathered:
    """One tick before it is stepped: frames, personal values and facts, each in the order of the record."""

    now_ns: int
    frames: list[Frame] = dataclasses.field(default_factory=list)
    names: list[Name] = dataclasses.field(default_factory=list)
    facts: list[Fact] = dataclasses.field(default_factory=list)
    bytes: int = 0


class Gatherer:
    """Cuts frames into ticks and decodes them; counts what is not ours."""

    def __init__(
        self,
        settings: Settings,
        names: KeyedNames,
        simulated: frozenset[str],
        declared: frozenset[str] = frozenset(),  # sensors that a file declares: of them nothing is assumed
    ) -> None:
        self._settings = settings
        self._tick_ns = settings.tick_ms * 1_000_000
        self._formats = known()
        self._names = names
        self._simulated = simulated
        self._declared: set[str] = set(declared)
        self.frames = 0
        self.not_ours = 0
        self.faults: list[str] = []
        self.counted: dict[str, tuple[int, int]] = {}  # by sensor: facts, frames that could not be read
        self._last: dict[str, Fact] = {}  # by sensor: the last that it told

    def declare(self, sensor_ids: frozenset[str], simulated: frozenset[str]) -> None:
        """Say which sensors are declared by files, of which nothing is assumed, and whose flights are invented."""
        self._declared |= sensor_ids
        self._simulated |= simulated

    def close_ns(self, t_ns: int) -> int:
        """Return when the tick closes that an instant belongs to."""
        return (t_ns // self._tick_ns + 1) * self._tick_ns

    def ticks(self, arrivals: Iterable[Arrived], acts: Iterable[tuple[int, Fact]]) -> Iterator[Gathered]:
        """Yield the ticks that hold anything; `acts` are what the authority enacts, by time."""
        waiting = sorted(acts, key=lambda act: act[0])
        tick: Gathered | None = None
        for arrived in arrivals:
            now_ns = self.close_ns(arrived.t_arrival_ns)
            if tick is not None and (tick.now_ns != now_ns or tick.bytes >= self._settings.tick_bytes_max):
                if tick.facts:
                    yield tick
                tick = None
            while waiting and self.close_ns(waiting[0][0]) < now_ns:
                yield from self._acts_only(waiting)
            if tick is None:
                tick = Gathered(now_ns)
                self._enact(tick, waiting)
            self._take(tick, arrived)
        if tick is not None and tick.facts:
            yield tick

    def gather(self, now_ns: int, arrivals: Iterable[Arrived], acts: Iterable[Fact]) -> Gathered:
        """Return one tick of a running station: what arrived, in its order, after what was enacted or done."""
        tick = Gathered(now_ns)
        tick.facts += acts
        tick.names += self._names.take_new()
        for arrived in arrivals:
            self._take(tick, arrived)
        return tick

    def latency_ns(self, sensor_id: str) -> int | None:
        """Return how long after a sensor's own time its last report arrived; None of one that was not heard."""
        last = self._last.get(sensor_id)
        return last.t_arrival_ns - last.t_event_ns if isinstance(last, Heard) else None

    def _acts_only(self, waiting: list[tuple[int, Fact]]) -> Iterator[Gathered]:
        tick = Gathered(self.close_ns(waiting[0][0]))
        self._enact(tick, waiting)
        yield tick

    def _enact(self, tick: Gathered, waiting: list[tuple[int, Fact]]) -> None:
        while waiting and self.close_ns(waiting[0][0]) <= tick.now_ns:
            tick.facts.append(waiting.pop(0)[1])
        tick.names += self._names.take_new()

    def _take(self, tick: Gathered, arrived: Arrived) -> None:
        self.frames += 1
        trust = LinkTrust.KEYED if arrived.keyed else LinkTrust.OPEN
        if arrived.simulated or arrived.sensor_id in self._simulated:
            trust = LinkTrust.SIMULATED
        link = None if arrived.link < 0 else arrived.link
        frame = Frame(
            arrived.format, link, arrived.sensor_id, arrived.t_arrival_ns, arrived.t_arrival_ns, trust, arrived.data
        )
        facts = self._read(frame, len(tick.frames), arrived)
        known, unread = self.counted.get(arrived.sensor_id, (0, 0))
        self.counted[arrived.sensor_id] = (
            known + len(facts),
            unread + (len(facts) == 1 and type(facts[0]) is Unreadable),
        )
        if not facts:
            self.not_ours += 1
            return
        if type(facts[-1]) is not Unreadable:  # which tells no time of its own
            self._last[arrived.sensor_id] = facts[-1]
        self._declare(tick, arrived, simulated=trust is LinkTrust.SIMULATED)
        tick.frames.append(frame)
        tick.bytes += len(frame.data)
        tick.names += self._names.take_new()
        tick.facts += facts

    def _read(self, frame: Frame, index: int, arrived: Arrived) -> list[Fact]:
        if arrived.fault:
            self.faults.append(f"{arrived.sensor_id}: {arrived.fault}")
            return [unreadable(frame, index, arrived.fault)]
        try:
            heard = self._formats[frame.format].decode(frame, index, self._names)
        except Exception as error:  # noqa: BLE001  # a mistake of ours; the frame is evidence whatever it makes of it
            TALLY.count(frame.format, "decode", type(error).__name__)
            return [unreadable(frame, index, f"the codec {frame.format} failed: {type(error).__name__}")]
        facts: list[Fact] = list(heard)
        for place, fact in enumerate(heard):
            if type(fact) is Unreadable:
                facts[place] = _unquoted(fact)
        if facts and arrived.t_source_ns != NO_TIME:
            stepped = ClockStepped(
                sensor_id=frame.sensor_id, t_arrival_ns=frame.t_arrival_ns, t_source_ns=arrived.t_source_ns
            )
            return [stepped, *facts]
        return facts

    def _declare(self, tick: Gathered, arrived: Arrived, *, simulated: bool) -> None:
        """State a sensor's defaults the first time it is heard."""
        if arrived.sensor_id in self._declared:
            return
        self._declared.add(arrived.sensor_id)
        form = self._formats[arrived.format]
        tick.facts.append(
            plain_sensor(
                sensor_id=arrived.sensor_id,
                modality=form.modality,
                pos_accuracy_mm=form.pos_accuracy_mm,
                alt_accuracy_mm=form.alt_accuracy_mm,
                simulated=simulated,
            )
        )
