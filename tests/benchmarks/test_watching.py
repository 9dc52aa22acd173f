"""Facts are cut into ticks as a station cuts them, and the benchmark sees the conclusions that the watch told."""

from benchmarks import tracking, watching
from skykeep.facts.concluded import TracksEstimated
from skykeep.facts.enacted import SensorDeclared
from skykeep.facts.observed import Heard
from skykeep.sim.scenario import make
from skykeep.sim.scenario_facts import EPOCH_NS

MS = 1_000_000


def test_a_tick_holds_what_arrived_before_it_closed():
    cut = watching.ticks([(0, "a"), (99 * MS, "b"), (100 * MS, "c"), (450 * MS, "d")])
    assert cut == [(100 * MS, ["a", "b"]), (200 * MS, ["c"]), (500 * MS, ["d"])]


def test_the_scenario_is_cut_so_that_a_whole_second_holds_what_arrived_until_then_and_not_after():
    scenario = make(n=3, level="L3", seed=1, duration_s=6.0)
    seen = 0
    for now_ns, facts in tracking.cut(scenario):
        assert now_ns % watching.TICK_NS == 0
        for fact in facts:
            if isinstance(fact, Heard):
                assert now_ns - watching.TICK_NS < fact.t_arrival_ns <= now_ns
                seen += 1
            else:
                assert (type(fact), now_ns) == (SensorDeclared, EPOCH_NS)
    assert seen > 20


def test_a_run_keeps_what_was_told_and_gives_the_same_digest_again():
    cut = tracking.cut(make(n=5, level="L0", seed=1, duration_s=8.0))
    one = watching.watched(cut, keep=(TracksEstimated,), digest=True)
    again = watching.watched(cut, keep=(), digest=True)
    assert one.digest == again.digest
    assert again.told == []
    assert one.facts == sum(len(facts) for _, facts in cut)
    assert len(one.cpu_s) == len(cut)
    tracks = watching.established(one)
    assert len(tracks) >= 5
    assert {estimate.phase.value for told in tracks.values() for _, estimate in told} == {"established"}
