"""Late reports: any order of delivery within the lag gives the same rows, and only what is reached is run again."""

import random

import msgspec
import numpy as np
import pytest

from skykeep.facts.observed import Heard
from skykeep.sim.scenario import make
from skykeep.sim.scenario_facts import heard
from skykeep.watch import rows as row
from skykeep.watch import window as windows
from skykeep.watch.settings import WatchSettings
from skykeep.watch.state import State
from skykeep.watch.step import Tick, step
from skykeep.watch.window import spread

TICK_NS = 100_000_000
SECONDS = 5.0
NAMES = [
    *range(row.UID, row.UID + 1),
    *range(row.TX, row.TX_SENSOR + row.RADIOS),
    *range(row.EVIDENCE, row.EVIDENCE + 3),
]
"""Columns that number things in the order in which they came: all others must not know it."""


@pytest.fixture(scope="module")
def said():
    """Every fact of a small scene with two radars, Remote ID, direction finders, birds and spoofs."""
    scene = make(n=12, level="L3", seed=21, duration_s=SECONDS, clutter=6.0)
    return [fact for told in heard(scene) for fact in told.facts]


def delivered(facts, delay_ns):
    """Step the watch with each observation delayed as told; then until the lag has passed for all."""
    begin = min(fact.t_event_ns for fact in facts if isinstance(fact, Heard)) // TICK_NS * TICK_NS
    by_tick = {}
    for fact in facts:
        if isinstance(fact, Heard):
            fact = msgspec.structs.replace(fact, t_arrival_ns=fact.t_event_ns + delay_ns(fact))  # noqa: PLW2901
            by_tick.setdefault((fact.t_arrival_ns - begin) // TICK_NS, []).append(fact)
        else:
            by_tick.setdefault(0, []).insert(0, fact)
    state, looked = State(WatchSettings()), []
    for k in range(round(SECONDS * 10) + 45):
        state, _ = step(state, Tick(k + 1, begin + (k + 1) * TICK_NS, by_tick.get(k, ())))
        looked.append(state.window.versions.taken(state.window.newest()))
    return state, looked


def settled(state):
    return state.window.versions.taken(state.window.rows)


def content(f, i):
    """Return the rows without the numbers that delivery gives, in an order of their own."""
    ints = np.delete(i, NAMES, axis=1)
    whole = np.hstack([f.view(np.int64), ints])
    return whole[np.lexsort(whole.T)]


@pytest.mark.requirement("WATCH-1")
def test_any_order_of_delivery_within_the_lag_gives_the_same_rows(said):
    on_time, _ = delivered(said, lambda _fact: 0)
    expected = content(*settled(on_time))
    assert len(expected) >= 12
    for seed in range(2):
        chance = random.Random(seed)
        late, _ = delivered(said, lambda _fact, chance=chance: chance.randrange(0, 1_800_000_000))
        found = content(*settled(late))
        assert found.shape == expected.shape
        assert (found == expected).all()


def test_running_again_only_what_is_reached_gives_what_running_all_again_gives(said, monkeypatch):
    def delay_ns(fact):
        return (
            (fact.t_event_ns // 1_000 * 7919 + len(fact.transmitter) * 104_729) % 1_700_000_000
            if fact.transmitter
            else 90_000_000
        )

    _, some = delivered(said, delay_ns)
    run_from = windows.run_from

    def all_again(window, *rest):
        for slot in window.slots:
            slot.all_anew = True
        run_from(window, *rest)

    monkeypatch.setattr(windows, "run_from", all_again)
    _, whole = delivered(said, delay_ns)
    for (f, i), (all_f, all_i) in zip(some, whole, strict=True):
        assert f.tobytes() == all_f.tobytes()
        assert i.tobytes() == all_i.tobytes()


def test_what_is_connected_is_reached_and_nothing_else():
    active, concerned = np.array([True, False, False, False]), np.array([False, False, False, True])
    rows, reports = np.array([0, 1, 1, 3]), np.array([0, 0, 1, 2])
    none = np.zeros(0, np.int64)
    spread(rows, reports, none, none, active, concerned)
    assert active.tolist() == [True, True, False, False]
    assert concerned.tolist() == [True, True, False, True]
    spread(rows, reports, np.array([3]), np.array([2]), active, concerned)
    assert active.tolist() == [True, True, False, True]
    assert concerned.tolist() == [True, True, True, True]


def test_a_report_delivered_twice_counts_once(said):
    once, _ = delivered(said, lambda _fact: 0)
    twice, _ = delivered([fact for fact in said for _ in range(2 if isinstance(fact, Heard) else 1)], lambda _fact: 0)
    assert content(*settled(twice)).tobytes() == content(*settled(once)).tobytes()
