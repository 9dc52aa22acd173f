"""How zones and permits stand at a time; the rules themselves are the oracle."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.facts.enacted import Interval, PermitEnacted, PermitRevoked, PermitVolume, ZoneOverridden, ZoneWithdrawn
from skykeep.rules.law import Law, enact
from skykeep.views.live import At, Live
from skykeep.web import lawstate
from tests.views.livefacts import SECOND_NS, T0_NS, zone


def live(*facts: object) -> Live:
    view = Live()
    view.take(At(0, 1, T0_NS), [], list(enumerate(facts)), [])
    return view


def at(seconds: float) -> int:
    return T0_NS + int(seconds * SECOND_NS)


def test_a_zone_is_announced_then_in_force_then_withdrawn() -> None:
    view = live(zone("A"), ZoneWithdrawn(zone_id="A", version=1, t_ns=at(60), reason="over"))
    states = [lawstate.zones(view.law, at(when))[0].state for when in (0, 9.9, 10, 59.9, 60)]
    assert states == ["announced", "announced", "in_force", "in_force", "withdrawn"]
    assert lawstate.next_change_ns(view.law, at(0)) == at(10)
    assert lawstate.next_change_ns(view.law, at(60)) is None


def test_an_older_version_ends_when_the_newer_one_rules_and_stays_in_the_history() -> None:
    view = live(zone("A"), zone("A", 2, effective_from_ns=at(100)), zone("B", effective_from_ns=at(0)))
    assert [(each.zone_id, each.version, each.state) for each in lawstate.zones(view.law, at(50))] == [
        ("A", 1, "in_force"),
        ("A", 2, "announced"),
        ("B", 1, "in_force"),
    ]
    assert [each.state for each in lawstate.zones(view.law, at(100), "A")] == ["ended", "in_force"]
    newest = lawstate.zone(view.law, "A", None, at(50))
    assert newest is not None
    assert (newest.version, newest.entry_index) == (2, 0)
    assert lawstate.zone(view.law, "C", None, at(50)) is None


def test_what_became_of_a_zone_is_told_with_the_entry_that_says_so() -> None:
    view = Live()
    switched = [
        ZoneOverridden(zone_id="A", active=on, start_ns=at(0), end_ns=None, t_ns=at(t), reason="x", officer=None)
        for on, t in ((True, 30), (False, 20))
    ]
    for entry, fact in enumerate(
        [
            zone("A"),
            ZoneWithdrawn(zone_id="A", version=2, t_ns=at(90), reason="x"),  # of a version that comes later
            switched[0],
            switched[1],
            zone("A", 2, effective_from_ns=at(50)),
            switched[0],
            zone("A", 3, effective_from_ns=at(40)),
            ZoneWithdrawn(zone_id="A", version=3, t_ns=at(80), reason="x"),
        ],
        start=100,
    ):
        view.take(At(entry, entry, T0_NS), [], [(0, fact)], [])
    found = lawstate.zones(view.law, at(200))
    assert [(each.entry_index, each.superseded_entry, each.withdrawn_entry) for each in found] == [
        (100, 106, None),
        (104, 106, 101),
        (106, None, 107),
    ]
    assert [(each.t_ns, each.entry_index) for each in found[0].overrides] == [(at(20), 103), (at(30), 102), (at(30), 102)]


@pytest.mark.parametrize("by", [None, "person:bo"])
def test_an_emergency_zone_is_told_as_one_and_whether_it_was_confirmed(by: str | None) -> None:
    carried = (("skykeep:emergency", json.dumps({"called_by": "person:anna", "confirmed_by": by})),)
    (found,) = lawstate.zones(live(zone("E", source_format="emergency", carried=carried)).law, at(0))
    assert (found.emergency, found.confirmed) == (True, by is not None)


def test_a_zone_outside_its_hours_is_in_force_and_does_not_rule() -> None:
    hours = (Interval(start_ns=at(100), end_ns=at(200)),)
    view = live(zone("A", applicability=hours))
    assert [(each.state, each.rules) for each in lawstate.zones(view.law, at(50))] == [("in_force", "no")]
    assert [(each.state, each.rules) for each in lawstate.zones(view.law, at(150))] == [("in_force", "yes")]


seconds = st.integers(0, 200).map(at)
enacted = st.one_of(
    st.builds(zone, st.sampled_from("AB"), st.integers(1, 3), announced_at_ns=seconds, effective_from_ns=seconds),
    st.builds(
        ZoneWithdrawn, zone_id=st.sampled_from("AB"), version=st.integers(1, 3), t_ns=seconds, reason=st.just("x")
    ),
    st.builds(
        ZoneOverridden,
        zone_id=st.sampled_from("AB"),
        active=st.booleans(),
        start_ns=seconds,
        end_ns=st.none() | seconds,
        t_ns=seconds,
        reason=st.just("x"),
        officer=st.none(),
    ),
)


@given(st.lists(enacted, max_size=8), st.integers(0, 250).map(at))
def test_the_rules_say_the_same(facts: list[object], now_ns: int) -> None:
    shown = {(each.zone_id, each.version): each.rules for each in lawstate.zones(live(*facts).law, now_ns)}
    zones = enact(Law(), facts).zones
    assert shown == {(each.fact.zone_id, each.fact.version): each.force(now_ns).value for each in zones}


def overridden(said_s: float, *, active: bool) -> ZoneOverridden:
    return ZoneOverridden(
        zone_id="A", active=active, start_ns=at(0), end_ns=None, t_ns=at(said_s), reason="x", officer=None
    )


def test_the_override_that_was_said_last_decides_in_whatever_order_they_came() -> None:
    view = live(zone("A"), overridden(20, active=True), overridden(10, active=False))
    assert [each.rules for each in lawstate.zones(view.law, at(30))] == ["yes"]


def test_a_withdrawal_that_came_before_its_zone_holds() -> None:
    view = live(ZoneWithdrawn(zone_id="A", version=1, t_ns=at(60), reason="over"), zone("A"), zone("A", 2))
    assert [each.withdrawn_ns for each in lawstate.zones(view.law, at(60))] == [at(60), None]


def permit(version: int = 1, granted_s: float = 0) -> PermitEnacted:
    lasting = PermitVolume(volume=zone("A").volumes[0], start_ns=at(10), end_ns=at(100))
    return PermitEnacted(
        permit_id="P", version=version, granted_at_ns=at(granted_s), holder=None, pilots=(), aircraft=(), operators=(),
        sessions=(), volumes=(lasting,), thresholds=None, zones=(), consents=(), state_flight=False, standing=False,
        priority=0, purpose=None, category=None, operation=None, conditions=(), condition_codes=(), contact=None,
        issuer=None, application_sha256=None,
    )  # fmt: skip


def test_a_permit_is_announced_in_force_expired_revoked_or_superseded() -> None:
    view = live(permit(), permit(2, 50))
    assert [each.state for each in lawstate.permits(view.law, at(5), "P")] == ["announced", "announced"]
    assert [each.state for each in lawstate.permits(view.law, at(20), "P")] == ["in_force", "announced"]
    assert [each.state for each in lawstate.permits(view.law, at(60), "P")] == ["superseded", "in_force"]
    assert [each.state for each in lawstate.permits(view.law, at(100), "P")][1] == "expired"
    view = live(permit(), PermitRevoked(permit_id="P", t_ns=at(30), reason="why", officer=None))
    (found,) = lawstate.permits(view.law, at(30))
    assert (found.state, found.revoked_ns, found.revoked_reason) == ("revoked", at(30), "why")
