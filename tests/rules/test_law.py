"""What is law when: versions, hours, grants and revocations, none of them backwards in time."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Refused
from skykeep.facts.concluded import Verdict
from skykeep.facts.enacted import Interval, Polygon, Rule
from skykeep.rules.law import FOREVER_NS, Force, Law, enact
from skykeep.rules.verdict import judge
from tests.rules import examples as ex

T0, S = ex.T0, ex.S


def clauses(law, t_ns, **flight):
    return [(r.verdict, r.clause) for r in judge(ex.flight(t_ns=t_ns, uas_id="uas:a", **flight), law)]


def rules_at(law, t_ns):
    return [zone.fact.version for zone in law.zones if zone.in_force(t_ns)]


@pytest.mark.requirement("LAW-1")
@pytest.mark.parametrize(
    ("fact", "before", "after"),
    [
        (ex.zone(announced=T0), [], [1]),
        (ex.zone(announced=T0 - S, times=[(T0, None)]), [], [1]),
        (ex.zone(times=[(None, T0)]), [1], []),
        (ex.zone(times=[(T0 - S, T0), (T0, T0 + S)]), [1], [1]),
    ],
)
def test_a_zone_rules_from_its_time_to_the_nanosecond(fact, before, after):
    law = ex.law(fact)
    assert (rules_at(law, T0 - 1), rules_at(law, T0)) == (before, after)


@pytest.mark.requirement("LAW-1")
def test_a_withdrawal_holds_to_the_nanosecond_and_for_its_version_only():
    law = ex.law(ex.zone(version=1), ex.withdrawn(version=1, t_ns=T0))
    assert (rules_at(law, T0 - 1), rules_at(law, T0)) == ([1], [])
    assert rules_at(ex.law(ex.zone(version=2), ex.withdrawn(version=1)), T0) == [2]


@pytest.mark.requirement("LAW-1")
def test_a_grant_and_a_revocation_hold_to_the_nanosecond():
    law = ex.law(ex.zone(), ex.permit(granted=T0), ex.revoked(t_ns=T0 + S))
    got = [clauses(law, t)[0][1] for t in (T0 - 1, T0, T0 + S - 1, T0 + S)]
    assert got == ["no_permit", "permitted", "permitted", "permit_revoked"]


@pytest.mark.requirement("LAW-1")
def test_a_permits_hours_hold_to_the_nanosecond():
    law = ex.law(ex.zone(), ex.permit(start=T0, end=T0 + S))
    got = [clauses(law, t)[0][1] for t in (T0 - 1, T0, T0 + S - 1, T0 + S)]
    assert got == ["permit_hours", "permitted", "permitted", "permit_hours"]


@pytest.mark.requirement("LAW-2")
def test_a_zones_newer_version_takes_over_when_it_first_rules_and_not_before():
    law = ex.law(ex.zone(version=1), ex.zone(version=2, announced=T0 - S, times=[(T0, T0 + S)]))
    assert [rules_at(law, t) for t in (T0 - 2 * S, T0 - 1, T0, T0 + S)] == [[1], [1], [2], []]
    assert [(c.fact.version, b) for z in law.zones for c, b in [(z, z.begins_ns(T0 - 1))] if b] == [(2, T0)]


@pytest.mark.requirement("LAW-2")
def test_hours_of_a_version_that_will_be_law_no_more_are_not_named_as_coming():
    evening = ex.zone(version=1, times=[(T0 - 9 * S, T0 - 8 * S), (T0 + 5 * S, T0 + 6 * S)])
    law = ex.law(evening, ex.zone(version=2, announced=T0 - 9 * S, times=[(T0 + 4 * S, None)]))
    assert [zone.begins_ns(T0) for zone in law.zones] == [None, T0 + 4 * S]
    (ruling,) = judge(ex.flight(), law)
    assert (ruling.coming.fact.version, ruling.coming_from_ns) == (2, T0 + 4 * S)
    gone = ex.law(evening, ex.withdrawn(version=1, t_ns=T0 + 5 * S))
    assert gone.zones[0].begins_ns(T0) is None


@pytest.mark.requirement("LAW-2")
def test_a_newer_version_withdrawn_before_it_rules_never_takes_over():
    coming = ex.zone(version=2, announced=T0 - S, times=[(T0, None)])
    assert rules_at(ex.law(ex.zone(version=1), coming, ex.withdrawn(version=2, t_ns=T0)), T0) == [1]
    assert rules_at(ex.law(ex.zone(version=1), coming, ex.withdrawn(version=2, t_ns=T0 + 1)), T0 + 1) == []


@pytest.mark.requirement("LAW-2")
def test_a_permits_newer_version_takes_over_when_it_is_granted():
    elsewhere = ex.volume(ex.square(50, east_m=500))
    law = ex.law(ex.zone(), ex.permit(version=1), ex.permit("P", elsewhere, version=2, granted=T0))
    assert [clauses(law, t)[0][1] for t in (T0 - 1, T0)] == ["permitted", "permit_area"]


@pytest.mark.requirement("LAW-3")
def test_a_grant_after_a_revocation_is_new_and_a_revocation_dated_before_the_first_grant_still_holds():
    law = ex.law(ex.zone(), ex.permit(version=1), ex.revoked(t_ns=T0), ex.permit(version=2, granted=T0 + S))
    assert [clauses(law, t)[0][1] for t in (T0, T0 + S)] == ["permit_revoked", "permitted"]
    swapped = ex.law(ex.zone(), ex.revoked(t_ns=T0 - 900 * S), ex.permit(granted=T0 - 800 * S))
    assert clauses(swapped, T0)[0][1] == "permit_revoked"


@pytest.mark.requirement("LAW-3")
def test_facts_in_any_order_make_the_same_law():
    facts = [
        ex.zone(version=1), ex.zone(version=2, times=[(T0, None)]), ex.withdrawn(version=2, t_ns=T0 + S),
        ex.permit(), ex.revoked(), ex.permit(version=2, granted=T0 + S),
    ]  # fmt: skip
    laws = [ex.law(*order) for order in itertools.permutations(facts)]
    ends = [[(z.fact, z.withdrawn_ns, z.superseded_ns) for z in law.zones] for law in laws]
    assert all(each == ends[0] for each in ends)
    grants = [[(p.fact, p.revoked_ns, p.superseded_ns) for p in law.permits] for law in laws]
    assert all(each == grants[0] for each in grants)
    assert all(law.edges_ns == laws[0].edges_ns for law in laws)


@pytest.mark.requirement("LAW-3")
def test_enacting_one_by_one_is_enacting_together():
    facts = [ex.zone("B"), ex.zone("A"), ex.permit(), ex.revoked(), ex.zone("A", version=2, announced=T0)]
    law = Law()
    for fact in facts:
        law = enact(law, [fact])
    assert [(z.fact, z.superseded_ns) for z in law.zones] == [(z.fact, z.superseded_ns) for z in ex.law(*facts).zones]
    assert [z.fact.zone_id for z in law.zones] == ["A", "A", "B"]


def test_a_version_is_immutable_and_nothing_enacted_is_the_same_law():
    law = ex.law(ex.zone(rule=Rule.PROHIBITED))
    again = enact(law, [ex.zone(rule=Rule.ALLOWED)])
    assert [zone.fact.rule for zone in again.zones] == [Rule.PROHIBITED]
    assert enact(law, [ex.flight(), "x"]) is law


def test_an_outline_that_is_none_is_refused():
    with pytest.raises(Refused):
        ex.law(ex.zone("Z", ex.volume(Polygon(rings=()))))


times = st.integers(T0 - 5 * S, T0 + 5 * S)
intervals = st.lists(st.tuples(st.none() | times, st.none() | times), max_size=2)
acts = st.one_of(
    st.builds(lambda v, a, i, r: ex.zone("ZY"[v % 2], version=v, announced=a, times=i, rule=r),
              st.integers(1, 4), times, intervals, st.sampled_from(Rule)),
    st.builds(lambda v, t: ex.withdrawn("ZY"[v % 2], version=v, t_ns=t), st.integers(1, 4), times),
    st.builds(lambda v, g, a, b: ex.permit("PQ"[v % 2], version=v, granted=g, start=min(a, b), end=max(a, b)),
              st.integers(1, 4), times, times, times),
    st.builds(ex.revoked, st.sampled_from("PQ"), times),
)  # fmt: skip


def time_of(act):
    for name in ("announced_at_ns", "granted_at_ns", "t_ns"):
        if hasattr(act, name):
            return getattr(act, name)
    raise AssertionError


@pytest.mark.requirement("LAW-1")
@given(st.lists(acts, max_size=6), acts, st.lists(times, min_size=1, max_size=8))
def test_an_act_never_changes_a_verdict_on_a_flight_before_it(before, act, moments):
    # The one exception fails closed: a revocation dated before its permit's first grant.
    law, after = ex.law(*before), ex.law(*before, act)
    for t_ns in moments:
        if t_ns < time_of(act):
            assert clauses(law, t_ns) == clauses(after, t_ns)


@given(st.lists(acts, max_size=8), st.lists(times, min_size=2, max_size=9))
def test_between_two_edges_nothing_changes(facts, moments):
    law = ex.law(*facts)
    for t_ns in sorted(moments):
        edge_ns = law.next_change_ns(t_ns)
        assert edge_ns > t_ns
        plain = [e for z in (*law.zones, *law.permits) for e in z.edges_ns() if e > t_ns]
        assert edge_ns == min(plain, default=FOREVER_NS)
        if edge_ns < FOREVER_NS:
            assert clauses(law, edge_ns - 1) == clauses(law, t_ns)


@given(st.lists(acts, max_size=8), times)
def test_of_one_zone_or_permit_one_version_counts(facts, t_ns):
    law = ex.law(*facts)
    ruling = [zone.fact.zone_id for zone in law.zones if zone.in_force(t_ns)]
    assert len(ruling) == len(set(ruling))
    known = [permit.fact.permit_id for permit in law.permits if permit.known(t_ns)]
    assert len(known) == len(set(known))
    assert all(r.verdict is not Verdict.PERMITTED or r.permit is not None for r in judge(ex.flight(t_ns=t_ns), law))


@pytest.mark.parametrize(("changes", "expected"), [
    ({}, Force.YES),
    ({"times": ((T0 - S, T0 + S),)}, Force.YES),
    ({"times": ((T0 - 9 * S, T0 - S), (T0 + S, T0 + 9 * S))}, Force.NO),
    ({"times": ((T0 - 9 * S, T0),)}, Force.NO),
    ({"times": ((T0, None),)}, Force.YES),
    ({"hours_unread": "by day"}, Force.UNKNOWN),
    ({"hours_unread": "by day", "times": ((T0 + S, None),)}, Force.NO),
    ({"times": ((T0 - 9 * S, T0 - 8 * S),), "span": (T0 - 9 * S, T0)}, Force.UNKNOWN),
    ({"times": ((T0 - 9 * S, T0 - 8 * S),), "span": (T0 - 9 * S, T0 + 1)}, Force.NO),
    ({"effective": T0 + 1}, Force.NO),
    ({"effective": T0}, Force.YES),
    ({"end": T0}, Force.NO),
    ({"announced": T0 + 1}, Force.NO),
])  # fmt: skip
def test_force(changes, expected):
    if "span" in changes:
        changes |= {"span": Interval(start_ns=changes["span"][0], end_ns=changes["span"][1])}
    zone = ex.law(ex.zone(**changes)).zones[0]
    assert zone.force(T0) is expected
    assert zone.in_force(T0) is (expected is not Force.NO)


def test_an_override_decides_from_when_it_was_said_and_the_last_one_said_wins():
    off = ex.overridden(active=False, start=T0, end=T0 + 9 * S, said=T0 + 2 * S)
    on = ex.overridden(active=True, start=T0 + 4 * S, end=T0 + 6 * S, said=T0 + 3 * S)
    for facts in ((off, on), (on, off)):
        zone = ex.law(ex.zone(), *facts).zones[0]
        told = [zone.in_force(T0 + second * S) for second in range(11)]
        assert told == [True, True, False, False, True, True, False, False, False, True, True]
        assert zone.next_change_ns(T0) == T0 + 2 * S


def test_an_override_activates_a_zone_outside_its_hours_and_not_one_that_is_no_law():
    hours = ex.zone(times=((T0 - 9 * S, T0 - 8 * S),))
    on = ex.overridden(active=True, start=T0)
    zone = ex.law(hours, on).zones[0]
    assert zone.force(T0) is Force.YES
    assert zone.begins_ns(T0 - S) is None  # nobody had said so yet
    assert ex.law(hours, ex.overridden(active=True, start=T0, said=T0 - 5 * S)).zones[0].begins_ns(T0 - S) == T0
    assert ex.law(ex.zone(end=T0), on).zones[0].force(T0) is Force.NO
    assert ex.law(ex.zone("Other"), on).zones[0].overrides == ()
