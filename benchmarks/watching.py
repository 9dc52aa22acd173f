"""Facts through the watch as a station steps it, with what the steps cost: shared by the benchmarks of the tracker.

A tick closes every 100 ms. Its facts are msgpack bytes before the clock starts, as in a record; decoding them and the
step are timed apart, in CPU seconds of this process. What the watch concludes is kept by its kind.
"""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from skykeep.facts import codec
from skykeep.facts.codec import Fact
from skykeep.facts.columns import Estimate, estimates
from skykeep.facts.concluded import Concluded, Phase, TrackEstimated, TracksEstimated
from skykeep.watch.settings import WatchSettings
from skykeep.watch.state import State
from skykeep.watch.step import Tick, next_due_ns, step

TICK_NS = 100_000_000
_DUE_LIMIT = 10_000  # silent ticks between two that hold something: more would be a watch that never rests

Look = Callable[[State, int], None]


@dataclasses.dataclass(slots=True)
class Run:
    """What the steps cost and what was told; `cpu_s` has an entry a tick that held facts, `silent_s` the others."""

    facts: int = 0
    cpu_s: list[float] = dataclasses.field(default_factory=list)
    decode_s: float = 0.0
    silent_s: float = 0.0
    told: list[tuple[int, Concluded]] = dataclasses.field(default_factory=list)
    digest: str = ""

    @property
    def all_s(self) -> float:
        """CPU seconds of everything: decoding, steps, silent steps."""
        return self.decode_s + self.silent_s + sum(self.cpu_s)

    def of(self, *kinds: type) -> list[tuple[int, Concluded]]:
        """Return what was told of these kinds, with the tick's time."""
        return [(now_ns, fact) for now_ns, fact in self.told if isinstance(fact, kinds)]

    def estimates(self) -> Iterator[tuple[int, Estimate]]:
        """Yield each estimate that was told, with the tick's time."""
        for now_ns, fact in self.told:
            if isinstance(fact, TracksEstimated | TrackEstimated):
                for estimate in estimates(fact):
                    yield now_ns, estimate


def close_ns(t_ns: int) -> int:
    """Return when the tick closes that an instant belongs to, as a station cuts them."""
    return (t_ns // TICK_NS + 1) * TICK_NS


def ticks(facts: Iterable[tuple[int, Fact]]) -> list[tuple[int, list[Fact]]]:
    """Return facts, each with its time of arrival and in that order, cut into ticks."""
    cut: dict[int, list[Fact]] = {}
    for t_ns, fact in facts:
        cut.setdefault(close_ns(t_ns), []).append(fact)
    return sorted(cut.items())


def watched(
    cut: Iterable[tuple[int, Sequence[Fact]]],
    settings: WatchSettings | None = None,
    look: Look | None = None,
    *,
    keep: tuple[type, ...] | None = None,
    digest: bool = False,
) -> Run:
    """Step the watch through ticks (when, facts); `look` sees the state after each. `keep`: only these conclusions."""
    bodies = [(now_ns, [codec.encode(fact) for fact in facts]) for now_ns, facts in cut]
    state, run, number, sha = State(settings or WatchSettings()), Run(), 0, hashlib.sha256()
    for now_ns, body in bodies:
        number = _silent(state, run, number, now_ns, look, keep)
        number += 1
        began = time.process_time()
        facts = [codec.decode_trusted(each) for each in body]
        decoded = time.process_time()
        state, told = step(state, Tick(number, now_ns, facts))
        run.cpu_s.append(time.process_time() - decoded)
        run.decode_s += decoded - began
        run.facts += len(facts)
        _keep(run, now_ns, told, keep)
        if digest:
            for fact in told:
                sha.update(codec.encode(fact))
        if look is not None:
            look(state, now_ns)
    run.digest = sha.hexdigest()
    return run


def _silent(
    state: State, run: Run, number: int, until_ns: int, look: Look | None, keep: tuple[type, ...] | None
) -> int:
    """Step the ticks before `until_ns` that hold nothing but in which something is due, as a station does."""
    for _ in range(_DUE_LIMIT):
        due_ns = next_due_ns(state)
        if due_ns > until_ns - TICK_NS:
            return number
        due_ns = -(-due_ns // TICK_NS) * TICK_NS
        number += 1
        began = time.process_time()
        _, told = step(state, Tick(number, due_ns, ()))
        run.silent_s += time.process_time() - began
        _keep(run, due_ns, told, keep)
        if look is not None:
            look(state, due_ns)
    raise RuntimeError("the watch is due again and again without being told anything")


def _keep(run: Run, now_ns: int, told: list[Concluded], keep: tuple[type, ...] | None) -> None:
    run.told += [(now_ns, fact) for fact in told if keep is None or isinstance(fact, keep)]


def percentiles_ms(seconds: Sequence[float]) -> dict[str, float]:
    """Return median and 99th percentile in milliseconds."""
    if not seconds:
        return {"p50": 0.0, "p99": 0.0}
    middle, high = np.percentile(np.asarray(seconds) * 1e3, [50, 99])
    return {"p50": round(float(middle), 3), "p99": round(float(high), 3)}


def established(run: Run) -> dict[int, list[tuple[int, Estimate]]]:
    """Return the estimates of established tracks by track, in order of telling."""
    found: dict[int, list[tuple[int, Estimate]]] = {}
    for now_ns, estimate in run.estimates():
        if estimate.phase is Phase.ESTABLISHED:
            found.setdefault(estimate.track_id, []).append((now_ns, estimate))
    return found
