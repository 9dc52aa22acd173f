"""decide: it agrees with the watch, tells everything an answer rests on, and offers only what is free."""

import json
from importlib import resources

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Refused
from skykeep.facts import codec
from skykeep.facts.concluded import Trust, Verdict
from skykeep.facts.enacted import Authority, Exemption, Interval, PermitVolume, Rule, Text, Thresholds, ZonePin
from skykeep.facts.explained import ClauseAsked, Explanation
from skykeep.facts.schema import explanation_schema
from skykeep.geo.altitude import Altitude, Datum
from skykeep.rules import decide as module
from skykeep.rules.conflict import conflicts
from skykeep.rules.decide import decide
from skykeep.rules.flight import Flight
from skykeep.rules.operation import Operation, of_permit
from skykeep.rules.outline import compile_outline
from skykeep.rules.verdict import CLAUSES, judge
from tests.rules import examples as ex
from tests.rules import test_verdict as verdicts

S, T0 = ex.S, ex.T0
HOUR, DAY = 3600 * S, 86_400 * S
A = {"uas_id": "uas:a"}


def but(struct, **changes):
    return msgspec.structs.replace(struct, **changes)


PUBLISHED = json.loads(resources.files("skykeep").joinpath("schemas", "explanation.schema.json").read_text("utf-8"))
SCHEMA = jsonschema.Draft202012Validator(PUBLISHED)


def test_the_published_schema_is_the_one_of_today():
    assert explanation_schema() == PUBLISHED
    jsonschema.Draft202012Validator.check_schema(PUBLISHED)


# ---- a flight ------------------------------------------------------------------------------------


def agree(flight, law):
    """What `decide` says is what `judge` rules, zone by zone."""
    answer, rulings = decide(flight, law), judge(flight, law)
    told = [(z.zone_id, z.zone_version, z.verdict, z.clause, z.permit_id, z.permit_version, z.missing) for z in answer.zones]
    ruled = [
        (r.zone.fact.zone_id, r.zone.fact.version, r.verdict, r.clause, r.permit and r.permit.fact.permit_id,
         r.permit and r.permit.fact.version, r.missing)
        for r in rulings if r.zone
    ]  # fmt: skip
    assert told == ruled
    assert (answer.verdict, answer.clause) in {(r.verdict, r.clause) for r in rulings}
    coming = rulings[0].coming
    assert answer.coming_zone_id == (coming and coming.fact.zone_id)
    assert msgspec.json.decode(msgspec.json.encode(answer), type=Explanation) == answer
    SCHEMA.validate(codec.to_plain(answer))
    return answer


@pytest.mark.requirement("LAW-9")
@pytest.mark.parametrize("clause", verdicts.CASES)
def test_it_agrees_with_the_watch_by_every_clause(clause):
    flight, facts = verdicts.CASES[clause]
    answer = agree(flight, ex.law(*facts))
    assert answer.clause == clause
    for zone in answer.zones:
        assert [each.clause for each in zone.asked] == list(CLAUSES[: len(zone.asked)])
        assert zone.asked[-1] == ClauseAsked(clause=zone.clause, answer="rules")
        overruled = [each.clause for each in zone.asked if each.answer == "overruled"]
        assert overruled == (["no_permit"] if clause.startswith("zone_") and zone.verdict is Verdict.CANNOT_TELL else [])


permits = st.builds(
    lambda permit, pins, applied, codes, thresholds: but(
        permit, zones=pins, application_sha256="0" * 64 if applied else None, condition_codes=codes, thresholds=thresholds
    ),
    verdicts.permits,
    st.sampled_from([(), (ZonePin(zone_id="Z", version=1),), (ZonePin(zone_id="Z", version=2),), (ZonePin(zone_id="Y", version=None),)]),
    st.booleans(), st.sampled_from([(), ("purpose_only",), ("daylight_only",)]),
    st.sampled_from([None, Thresholds(horizontal_mm=80_000, vertical_mm=10_000, time_ns=9 * S)]),
)  # fmt: skip
zones = st.builds(
    lambda zone_id, volume, kind, exemptions, times: ex.zone(zone_id, volume, rule=kind, exemptions=exemptions, times=times),
    st.sampled_from("YZ"), verdicts.volumes, st.sampled_from(Rule),
    st.sampled_from([(), (Exemption(mass_max_g=250, height_max=None, categories=(), missions=("media",), words=None),)]),
    st.sampled_from([(), [(T0, None)], [(T0 + S, None)], [(None, T0)]]),
)  # fmt: skip
flights = st.builds(
    lambda flight, mass_g, mission: but(flight, mass_g=mass_g, mission=mission),
    verdicts.flights, st.sampled_from([None, 200, 300]), st.sampled_from([None, "media"]),
)  # fmt: skip


@pytest.mark.requirement("LAW-9")
@given(flights, st.lists(zones, max_size=3), st.lists(permits, max_size=4))
def test_it_agrees_with_the_watch_in_random_worlds(flight, some, granted):
    answer = agree(flight, ex.law(*some, *granted))
    assert answer.verdict is max((zone.verdict for zone in answer.zones), key=module._GRAVITY.index, default=Verdict.NO_RULE)


@given(flights, st.lists(permits, max_size=3), st.integers(2, 40))
def test_permits_far_away_and_for_others_change_nothing(flight, granted, count):
    far = [
        ex.permit(f"far-{n}", ex.volume(ex.square(50, east_m=20_000 + 300 * n)), aircraft=(f"uas:{n}",)) for n in range(count)
    ]
    with_far, without = (ex.law(ex.zone(), *granted, *more) for more in (far, ()))
    assert len(with_far.permits_for(flight)) <= len(granted)
    assert decide(flight, with_far) == decide(flight, without)


def test_what_is_told_of_a_flight():
    permit = ex.permit("P", ex.volume(ex.square(100), ceiling=ex.metres(120)), end=T0 + 7 * S)
    other = ex.permit("Q", aircraft=("uas:b",), zones=("Z",))
    zone = but(ex.zone("Z", ex.volume(None, ex.metres(0), ex.metres(150))), name="Old town", issuing_body="City")
    answer = agree(ex.flight(40, **A, heights=[ex.height(100)]), ex.law(zone, permit, other, ex.declared(complete=True)))
    (told,) = answer.zones
    assert (told.name, told.issuing_body, told.floor, told.ceiling) == ("Old town", "City", ex.metres(0), ex.metres(150))
    assert (told.margin_mm, told.margin_height_mm, told.margin_time_ns) == (pytest.approx(960_000, abs=20), 50_000, 7 * S)
    first, second = told.permits
    assert (first.permit_id, first.identity, first.lifts, first.where, first.timely) == ("P", "yes", "yes", "inside", True)
    assert (first.margin_mm, first.margin_height_mm) == (pytest.approx(60_000, abs=20), 20_000)
    assert (second.permit_id, second.identity) == ("Q", "no")
    assert (answer.about, answer.law_complete, answer.trust) == ("flight", True, Trust.SELF_DECLARED)
    assert answer.ruling == told


def test_what_is_coming_is_told():
    answer = agree(ex.flight(), ex.law(ex.zone("B", times=[(T0 + S, None)], announced=T0 - S)))
    assert (answer.clause, answer.zones, answer.ruling) == ("no_zone_here", (), None)
    assert (answer.coming_zone_id, answer.coming_zone_name, answer.coming_from_ns) == ("B", "B", T0 + S)


# ---- an application ------------------------------------------------------------------------------


def asked(volume=None, *, start=T0, end=T0 + HOUR, **changes):
    part = PermitVolume(volume=volume or ex.volume(ex.square(100), ex.metres(0), ex.metres(60)), start_ns=start, end_ns=end)
    return Operation(**({"asked_ns": T0 - DAY, "volumes": (part,)} | changes))


def granted(permit_id="P", volume=None, *, start=T0, end=T0 + HOUR, **more):
    volume = volume or ex.volume(ex.square(100), ex.metres(0), ex.metres(60))
    return ex.permit(permit_id, volume, start=start, end=end, granted=T0 - 2 * DAY, **more)


def authority(name, purpose="AUTHORIZATION"):
    return Authority(
        name=(Text(about="authority_name", lang="en", text=name),), service=(), contact_name=(), site_url=None, email=None,
        phone=None, purpose=purpose, interval_before=None,
    )  # fmt: skip


@pytest.mark.requirement("PERMIT-1")
def test_which_zones_it_meets_and_who_must_consent():
    city = but(ex.zone("A", rule=Rule.PROHIBITED), issuing_body="City")
    port = but(ex.zone("B"), authorities=(authority("Told only", "INFORMATION"), authority("Port", None), authority("Tower")))
    nature, free = ex.zone("C", rule=Rule.CONDITIONAL), ex.zone("D", rule=Rule.ALLOWED)
    far, nameless = ex.zone("E", ex.volume(ex.square(50, east_m=400))), ex.zone("F")
    answer = decide(asked(), ex.law(city, port, nature, free, far, nameless))
    told = {zone.zone_id: (zone.clause, zone.consent_of) for zone in answer.zones}
    assert told == {
        "A": ("no_permit", ("City",)), "B": ("no_permit", ("Port", "Tower")), "C": ("conditions_not_readable", ()),
        "D": ("zone_allows", ()), "F": ("no_permit", ("the authority of zone F",)),
    }  # fmt: skip
    assert (answer.about, answer.verdict, answer.clause) == ("operation", Verdict.NOT_PERMITTED, "no_permit")
    own = decide(asked(issuer="City"), ex.law(city))
    assert own.zones[0].consent_of == ()


@pytest.mark.requirement("PERMIT-1")
@pytest.mark.parametrize(
    ("zone", "clause", "hours"),
    [
        (ex.zone(), "no_permit", [(0, 3600)]), (ex.zone(times=[(T0 + 600 * S, None)]), "no_permit", [(600, 3600)]),
        (ex.zone(times=[(T0, T0 + 60 * S), (T0 + 120 * S, T0 + 180 * S)]), "no_permit", [(0, 60), (120, 180)]),
        (ex.zone(times=[(T0 + HOUR, None)]), None, None), (ex.zone(times=[(None, T0)]), None, None),
        (ex.zone(announced=T0), None, None),  # nobody knew of it when it was asked
        (ex.zone(hours_unread="Mo-Fr"), "hours_not_readable", [(0, 3600)]),
        (ex.zone(span=Interval(start_ns=None, end_ns=T0 + 60 * S)), "no_permit", [(0, 60), (60, 3600)]),
        (ex.zone("Z", ex.volume(None, ex.metres(61), None)), None, None),
        (ex.zone("Z", ex.volume(None, ex.metres(60), None)), "no_permit", [(0, 3600)]),
        (ex.zone("Z", ex.volume(None, ex.metres(61, Datum.AMSL), None)), "zone_height_unknown", [(0, 3600)]),
        (ex.zone(exemptions=(verdicts.LIGHT,)), "exemption_not_known", [(0, 3600)]),
        (ex.zone("Z", ex.volume(ex.square(50, east_m=151))), None, None),
    ],
)  # fmt: skip
def test_when_a_zone_is_met(zone, clause, hours):
    answer = decide(asked(), ex.law(zone))
    assert answer.clause == (clause or "no_zone_here")
    if hours is not None:
        (told,) = answer.zones
        assert [(one.start_ns - T0, one.end_ns - T0) for one in told.in_force] == [(a * S, b * S) for a, b in hours]


def test_thresholds_meet_zones_too():
    beside = ex.zone("Z", ex.volume(ex.square(50, east_m=160)))
    assert decide(asked(), ex.law(beside)).zones == ()
    near = Thresholds(horizontal_mm=11_000, vertical_mm=0, time_ns=0)
    (told,) = decide(asked(thresholds=near), ex.law(beside)).zones
    assert told.margin_mm == pytest.approx(-10_000, abs=50)
    later = ex.zone(times=[(T0 + HOUR + 5 * S, None)])
    assert decide(asked(), ex.law(later)).zones == ()
    assert decide(asked(thresholds=but(near, time_ns=6 * S)), ex.law(later)).clause == "no_permit"


def test_a_light_drone_is_exempt_in_an_application_too():
    assert decide(asked(mass_g=200), ex.law(ex.zone(exemptions=(verdicts.LIGHT,)))).clause == "zone_exempts"
    low = Exemption(mass_max_g=None, height_max=ex.metres(60), categories=(), missions=(), words=None)
    assert decide(asked(), ex.law(ex.zone(exemptions=(low,)))).clause == "zone_exempts"
    assert decide(asked(), ex.law(ex.zone(exemptions=(but(low, height_max=ex.metres(59)),)))).clause == "no_permit"


def test_of_a_permit_comes_the_operation_that_it_would_allow():
    permit = granted(priority=3, state=True)
    operation = of_permit(permit, T0)
    assert (operation.volumes, operation.priority, operation.state_flight, operation.permit_id) == (permit.volumes, 3, True, "P")
    assert decide(operation, ex.law(permit)).conflicts == ()
    with pytest.raises(ValueError, match="no volume"):
        of_permit(but(permit, volumes=()), T0)
    with pytest.raises(Refused, match="without a volume"):
        decide(but(operation, volumes=()), ex.law(permit))


@pytest.mark.requirement("PERMIT-3")
def test_a_later_time_and_another_height_are_offered():
    law = ex.law(ex.zone(), granted(), granted("Q", start=T0 + HOUR, end=T0 + HOUR + 90 * S))
    answer = decide(asked(), law)
    assert [one.permit_id for one in answer.conflicts] == ["P"]
    SCHEMA.validate(codec.to_plain(answer))
    later, higher = answer.alternatives
    assert (later.kind, later.shift_ns, later.shift_mm) == ("time", HOUR + 120 * S, 0)  # to the next whole minute
    assert (higher.kind, higher.shift_ns, higher.shift_mm) == ("height", 0, 61_000)
    assert higher.volumes[0].volume.floor == ex.metres(61)


def test_lower_is_offered_where_that_is_nearer_and_above_the_ground():
    high = ex.volume(ex.square(100), ex.metres(60), ex.metres(90))
    answer = decide(asked(high), ex.law(granted("P", ex.volume(ex.square(100), ex.metres(80), ex.metres(200)))))
    assert [one.shift_mm for one in answer.alternatives if one.kind == "height"] == [-11_000]
    amsl = ex.volume(ex.square(100), *(Altitude(v, Datum.AMSL) for v in (60_000, 90_000)))
    other = ex.volume(ex.square(100), *(Altitude(v, Datum.AMSL) for v in (80_000, 200_000)))
    answer = decide(asked(amsl), ex.law(granted("P", other)))
    assert [one.shift_mm for one in answer.alternatives if one.kind == "height"] == [141_000]  # where the ground is, AMSL does not say


def test_nothing_is_offered_where_nothing_is_free_or_nothing_stands():
    always = granted("P", ex.volume(ex.square(100)), start=T0 - DAY, end=T0 + 3 * DAY)
    assert decide(asked(), ex.law(always)).alternatives == ()
    assert decide(asked(priority=1), ex.law(granted())).alternatives == ()
    assert decide(asked(), ex.law()).alternatives == ()


def test_no_alternative_leads_into_a_zone_that_was_not_met():
    above = ex.zone("Z", ex.volume(None, ex.metres(100), None))
    evening = ex.zone("Y", times=[(T0 + HOUR + 60 * S, None)])
    assert [one.kind for one in decide(asked(), ex.law(granted(), above)).alternatives] == ["time"]
    assert [one.kind for one in decide(asked(), ex.law(granted(), evening)).alternatives] == ["height"]
    assert decide(asked(), ex.law(granted(), above, evening)).alternatives == ()


bands = st.sampled_from([(0, 60), (50, 120), (100, 150), (0, None), (None, None)])
worlds = st.lists(
    st.builds(
        lambda n, e, half, b, begin, long, t, p: granted(
            f"P{n}", ex.volume(ex.square(half, east_m=e), *(None if v is None else ex.metres(v) for v in b)),
            start=T0 + begin * S, end=T0 + (begin + long) * S, priority=p,
            thresholds=None if t is None else Thresholds(horizontal_mm=t, vertical_mm=t // 10, time_ns=t * 1_000_000),
        ),
        st.integers(0, 9), st.integers(-600, 600), st.integers(50, 400), bands, st.integers(-4000, 8000), st.integers(60, 7200),
        st.sampled_from([None, 50_000]), st.sampled_from([0, 0, 5]),
    ), max_size=5, unique_by=lambda permit: permit.permit_id,
)  # fmt: skip


@pytest.mark.requirement("PERMIT-3")
@given(worlds, bands, st.sampled_from([None, Thresholds(horizontal_mm=30_000, vertical_mm=5_000, time_ns=30 * S)]))
def test_every_alternative_is_free_when_it_is_decided_again(permits, band, thresholds):
    volume = ex.volume(ex.square(150), *(None if v is None else ex.metres(v) for v in band))
    law = ex.law(ex.zone("Z", ex.volume(ex.square(300))), *permits)
    operation = asked(volume, thresholds=thresholds)
    answer = decide(operation, law)
    assert bool(answer.alternatives) <= (not answer.free_of_conflict)
    for one in answer.alternatives:
        again = decide(but(operation, volumes=one.volumes), law)
        assert again.free_of_conflict
        assert {zone.zone_id for zone in again.zones} <= {zone.zone_id for zone in answer.zones}
        (moved,), (before,) = one.volumes, operation.volumes
        assert moved.end_ns - moved.start_ns == before.end_ns - before.start_ns
        assert 0 <= one.shift_ns <= DAY
        assert moved.volume.outline == before.volume.outline


wide = st.builds(
    lambda n, e, north, half, t: granted(
        f"W{n}", ex.volume(ex.square(half, east_m=e, north_m=north)),
        thresholds=None if t is None else Thresholds(horizontal_mm=t, vertical_mm=0, time_ns=0),
    ),
    st.integers(0, 30), st.integers(-60_000, 60_000), st.integers(-60_000, 60_000), st.integers(5, 30_000),
    st.sampled_from([None, 9_000_000]),
)  # fmt: skip


@given(st.lists(wide, max_size=8, unique_by=lambda permit: permit.permit_id), st.integers(5, 20_000), st.sampled_from([0, 3_000_000]))
def test_no_conflict_is_missed_by_looking_only_at_what_is_near(permits, half_m, slack_mm):
    law = ex.law(*permits)
    operation = asked(ex.volume(ex.square(half_m)), thresholds=Thresholds(horizontal_mm=slack_mm, vertical_mm=0, time_ns=0))
    parts = [(part, compile_outline(part.volume.outline)) for part in operation.volumes]
    assert decide(operation, law).conflicts == tuple(conflicts(operation, parts, law.permits))


def test_one_function_answers_both():
    law = ex.law(ex.zone())
    assert decide(ex.flight(), law).about == "flight"
    assert decide(asked(), law).about == "operation"
    assert isinstance(ex.flight(), Flight)
