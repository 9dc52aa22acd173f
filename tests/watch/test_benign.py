"""The benign explainer: what agrees is named, with a probability; what does not is not; a permit is never made of it."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.station import almanac
from skykeep.watch import benign
from skykeep.watch.benign import PRIOR, Benign, Case, enact, existence, explain, facts, others
from skykeep.watch.senses import ECHO, EMISSION, EYE, FAMILIES, LIGHT, SOUND, WORD
from skykeep.watch.table import LOST, no_tracks
from tests.watch import existence as made
from tests.watch.existence import NS, T0

NOBODY = others(no_tracks(), {})


def seen_by(*families, times=1):
    return tuple(times if family in families else 0 for family in range(len(FAMILIES)))


def case(*families, place=None, sigma_m=100.0, in_vain=0.0, **more):
    return Case(
        t_ns=T0,
        seen=seen_by(*(families or (EYE,))),
        in_vain=in_vain,
        place=place,
        level_var_m2=sigma_m**2,
        up_var_m2=sigma_m**2,
        **more,
    )


def known(*many):
    state = Benign()
    for fact in many:
        enact(state, fact)
    return state


def manned(east, north, up=0.0, *, sigma_m=20.0, velocity=(0.0, 0.0, 0.0), t_ns=T0, count=1):
    rows = made.tracks(count, sigma_m=sigma_m, first=7)
    rows.x[:, :3] = made.at(east, north, up)
    rows.x[:, 3:] = velocity
    rows.t_ns[:] = t_ns
    rows.manned[:] = 1
    return rows


def of(kind, explained):
    """The probability of a kind, in parts of one."""
    return sum(ppm for each, _, ppm in explained if each == kind) / 1e6


# ---- aircraft ------------------------------------------------------------------------------------


def test_a_manned_aircraft_at_the_place_explains_it_and_one_elsewhere_does_not():
    place = made.at(500, 0, 0)
    assert of("manned_aircraft", explain(Benign(), case(place=place), others(manned(520, 30), {}))) > 0.98
    assert explain(Benign(), case(place=place), others(manned(2_500, 0), {})) == ()
    assert explain(Benign(), case(place=place), others(manned(500, 0, 5_000), {})) == ()  # high above


def test_a_vague_place_near_an_aircraft_leaves_it_open():
    found = explain(Benign(), case(place=made.at(0, 0, 0), sigma_m=1_500.0), others(manned(1_500, 0), {}))
    assert 0.2 < of("manned_aircraft", found) < 0.9


def test_it_is_the_model_that_the_page_describes():
    """Worked out by hand: a place with 80 m of spread, an aircraft 100 m off with 60 m."""
    rows = manned(100, 0, sigma_m=60.0)
    [(kind, which, ppm)] = explain(Benign(), case(place=made.at(0, 0, 0), sigma_m=80.0), others(rows, {}))
    variance = 80.0**2 + 60.0**2 + 50.0**2
    weight = 1.0 * (math.pi * 5_000.0**2) / (2 * math.pi * variance) * math.exp(-0.5 * 100.0**2 / variance)
    assert (kind, which) == ("manned_aircraft", "track 7")
    assert ppm == pytest.approx(1e6 * weight / (1 + weight), rel=1e-4)


def test_an_aircraft_is_taken_where_it_is_at_the_time_of_the_report():
    velocity = tuple(np.array(made.at(60, 0)) - np.array(made.at(0, 0)))
    rows = manned(0, 0, velocity=velocity, t_ns=T0 - 10 * NS)
    assert of("manned_aircraft", explain(Benign(), case(place=made.at(600, 0, 0)), others(rows, {}))) > 0.9
    assert explain(Benign(), case(place=made.at(-600, 0, 0)), others(rows, {})) == ()
    rows.t_ns[:] = T0 - 61 * NS
    assert explain(Benign(), case(place=made.at(3_660, 0, 0)), others(rows, {})) == ()


def test_lost_unmanned_and_unpermitted_ones_explain_nothing():
    rows = manned(0, 0, count=3)
    rows.phase[0] = LOST
    rows.manned[1:] = (0, -1)
    assert explain(Benign(), case(place=made.at(0, 0, 0)), others(rows, {})) == ()
    found = explain(Benign(), case(place=made.at(0, 0, 0)), others(rows, {9: "P-3"}))
    assert [each[:2] for each in found] == [("permitted", "P-3")]


def test_a_track_is_explained_by_what_it_says_of_itself_and_never_by_being_near_itself():
    rows = manned(0, 0)
    itself = case(WORD, place=made.at(0, 0, 0), track_id=7)
    assert explain(Benign(), itself, others(rows, {})) == (("manned_aircraft", "track 7", 950_000),)
    assert explain(Benign(), itself, others(rows, {7: "P-1"})) == (("permitted", "P-1", 950_000),)
    rows.manned[:] = 0
    assert explain(Benign(), itself, others(rows, {})) == ()


def test_a_manned_aircraft_does_not_explain_what_it_cannot_move():
    place, near = made.at(0, 0, 0), others(manned(150, 0), {})
    sight = of("manned_aircraft", explain(Benign(), case(EYE, place=place), near))
    radio = of("manned_aircraft", explain(Benign(), case(EYE, EMISSION, place=place), near))
    assert sight > radio
    assert sight > 0.9
    assert radio == 0.0
    area = case(SOUND, EMISSION, place=place, radius_m=1_000.0)
    odds = [
        of("manned_aircraft", explain(Benign(), each, near))
        for each in (area, case(SOUND, place=place, radius_m=1_000.0))
    ]
    assert odds == [0.0, pytest.approx(0.5)]


def test_in_an_area_all_who_are_in_it_are_alike():
    area = case(SOUND, place=made.at(0, 0, 0), radius_m=1_000.0)
    assert of("manned_aircraft", explain(Benign(), area, others(manned(900, 0), {}))) == pytest.approx(0.5)
    assert explain(Benign(), area, others(manned(1_500, 0), {})) == ()
    assert of("permitted", explain(Benign(), area, others(manned(900, 0), {7: "P"}))) == pytest.approx(0.5)


@pytest.mark.parametrize(("azimuth", "found"), [(math.pi / 2, True), (math.pi / 2 - 2 * math.pi, True), (0.0, False)])
def test_an_aircraft_on_the_bearing(azimuth, found):
    look = case(LIGHT, eye=made.at(0, 0, 0), azimuth=azimuth, azimuth_sigma=0.02)
    near = others(manned(3_000, 0, 300), {})
    assert (of("manned_aircraft", explain(Benign(), look, near)) > 0.8) == found
    high = case(LIGHT, eye=made.at(0, 0, 0), azimuth=azimuth, azimuth_sigma=0.02, elevation=0.6, elevation_sigma=0.02)
    assert explain(Benign(), high, near) == ()
    far = case(LIGHT, eye=made.at(-20_000, 0, 0), azimuth=azimuth, azimuth_sigma=0.02)
    assert explain(Benign(), far, near) == ()


# ---- objects -------------------------------------------------------------------------------------


def test_a_known_balloon_explains_what_is_there_while_it_is():
    there = case(ECHO, place=made.at(80, 0, 150))
    assert of("balloon", explain(known(made.balloon()), there, NOBODY)) > 0.9
    assert explain(known(made.balloon(until_ns=T0 - 1)), there, NOBODY) == ()
    assert explain(known(made.balloon(from_ns=T0 + 1)), there, NOBODY) == ()
    assert explain(known(made.balloon(5_000, 0)), there, NOBODY) == ()
    assert explain(known(made.balloon(floor_mm=3_000_000, ceiling_mm=3_500_000)), there, NOBODY) == ()
    assert of("balloon", explain(known(made.balloon()), case(WORD, place=made.at(80, 0, 150)), NOBODY)) == 0.0


def test_a_later_word_on_an_object_replaces_the_earlier_and_an_unheard_of_kind_is_another():
    moved = known(made.balloon(), made.balloon(5_000, 0))
    assert explain(moved, case(ECHO, place=made.at(80, 0, 150)), NOBODY) == ()
    odd = known(made.balloon(kind="chimney"))
    assert explain(odd, case(ECHO, place=made.at(80, 0, 150)), NOBODY)[0][:2] == ("other", "B1")


# ---- the sky -------------------------------------------------------------------------------------

VENUS = made.sky(("Venus", -4.2, 1.5, 0.2))
LOOK = {"azimuth": 1.5, "azimuth_sigma": 0.05}


def sky_of(fact, **more):
    return explain(known(fact), case(**(LOOK | more)), NOBODY)


def test_a_planet_on_the_bearing_explains_a_witness_and_not_a_radar_or_a_sound():
    assert of("planet", sky_of(VENUS)) > 0.7
    assert of("planet", explain(known(VENUS), case(LIGHT, **LOOK), NOBODY)) > 0.7
    assert explain(known(VENUS), case(EMISSION, **LOOK), NOBODY) == ()
    assert explain(known(VENUS), case(EYE, SOUND, **LOOK), NOBODY) == ()


@pytest.mark.parametrize(
    ("body", "sun", "explains"),
    [
        (("Venus", -4.2, 1.5, 0.2), -0.5, True),
        (("Venus", -4.2, 1.5, 0.2), -0.05, True),  # twilight: the brightest only
        (("Venus", -4.2, 1.5, 0.2), 0.1, False),  # by day nobody sees it
        (("Mars", 1.4, 1.5, 0.2), -0.5, True),
        (("Mars", 1.4, 1.5, 0.2), -0.05, False),
        (("Saturn", 1.6, 1.5, 0.2), -0.5, False),  # too faint to be noticed
        (("Venus", -4.2, 1.5, 0.45), -0.5, False),  # high in the sky
        (("Venus", -4.2, 1.5, -0.02), -0.5, False),  # below the horizon
        (("Moon", -10.0, 1.5, 0.2), 0.1, True),
        (("Venus", -4.2, 2.5, 0.2), -0.5, False),  # elsewhere
        (("Venus", -4.2, 1.5 + 6.283, 0.2), -0.5, True),  # a full turn is no difference
    ],
)
def test_which_bodies_are_taken_for_something_near(body, sun, explains):
    found = sky_of(made.sky(body, sun_urad=round(sun * 1e6)))
    assert [which for _, which, _ in found] == ([body[0]] if explains else [])


def test_a_planet_is_likelier_than_a_star_and_an_elevation_that_fits_makes_it_likelier():
    star = of("star", sky_of(made.sky(("Sirius", -1.4, 1.5, 0.2))))
    assert 0 < star < of("planet", sky_of(VENUS))
    fits = of("planet", sky_of(VENUS, elevation=0.21, elevation_sigma=0.05))
    assert fits > of("planet", sky_of(VENUS))
    assert sky_of(VENUS, elevation=0.6, elevation_sigma=0.05) == ()


def test_a_body_is_taken_where_it_stands_at_the_moment_across_north_too():
    moving = made.sky(("Venus", -4.2, tuple(6.2 + 0.02 * k if k < 5 else 0.02 * k - 0.083 for k in range(13)), 0.2))
    for t_s, azimuth in ((0, 6.22), (150, 6.23), (1_050, 6.29), (1_200, 0.0172), (1_350, 0.027)):
        late = case(azimuth=azimuth, azimuth_sigma=0.01)
        late.t_ns = T0 + t_s * NS
        aside = case(azimuth=azimuth + 0.3, azimuth_sigma=0.01)
        aside.t_ns = late.t_ns
        assert of("planet", explain(known(moving), late, NOBODY)) > 0.8
        assert explain(known(moving), aside, NOBODY) == ()


def test_a_sky_of_another_time_or_place_says_nothing():
    for shift_s in (-301, 3_300):
        late = case(**LOOK)
        late.t_ns = T0 + shift_s * NS
        assert explain(known(VENUS), late, NOBODY) == ()
    far = msgspec.structs.replace(VENUS, lat_e7=VENUS.lat_e7 + 20_000_000)
    assert explain(known(far), case(eye=made.at(0, 0, 0), **LOOK), NOBODY) == ()
    assert of("planet", explain(known(far), case(**LOOK), NOBODY)) > 0.7  # nobody knows where the witness stands


@pytest.mark.requirement("WATCH-23")
def test_the_real_sky_explains_the_evening_star():
    """Venus over Kyiv on 2025-01-20 at 17:00 UTC stood in the south-west, 25 degrees high an hour before."""
    from_ns = 1_737_392_400 * NS - 3_600 * NS
    sampled = almanac.bodies(made.LAT_E7, made.LON_E7, 100.0, from_ns, 6)
    [venus] = [body for body in sampled.bodies if body.name == "Venus"]
    step = next(k for k, high in enumerate(venus.elevation_urad) if high < math.radians(20) * 1e6)
    look = case(azimuth=venus.azimuth_urad[step] / 1e6 + 0.05, azimuth_sigma=0.1)
    look.t_ns = from_ns + step * sampled.step_ns
    assert explain(known(sampled), look, NOBODY)[0][:2] == ("planet", "Venus")


# ---- nothing -------------------------------------------------------------------------------------


def test_nothing_though_covered_grows_with_the_looks_in_vain():
    shares = [of(benign.NOTHING, explain(Benign(), case(in_vain=-nats), NOBODY)) for nats in (0.5, 2.0, 5.0, 12.0)]
    assert shares[0] == 0.0
    assert shares == sorted(shares)
    assert shares[-1] > 0.999
    assert of(benign.NOTHING, explain(Benign(), case(in_vain=-2.0), NOBODY)) == pytest.approx(
        0.3 / (0.3 + math.exp(-2.0)), abs=1e-6
    )


def test_what_a_radar_saw_often_is_not_nothing():
    often = Case(t_ns=T0, seen=seen_by(ECHO, times=100), in_vain=-5.0)
    assert of(benign.NOTHING, explain(Benign(), often, NOBODY)) < 0.02
    assert existence(often) > 0.98
    assert existence(case(EYE)) == pytest.approx(1 / 1.3)


# ---- what always holds ---------------------------------------------------------------------------


@given(
    families=st.lists(st.integers(0, len(FAMILIES) - 1), min_size=1, max_size=4),
    in_vain=st.floats(-300, 0),
    offset=st.tuples(st.floats(-3_000, 3_000), st.floats(-3_000, 3_000)),
    sigma_m=st.floats(1, 2_000),
    azimuth=st.floats(-math.pi, 2 * math.pi),
    kind=st.sampled_from(["place", "area", "bearing"]),
)
def test_probabilities_are_of_one_whole_and_in_order(families, in_vain, offset, sigma_m, azimuth, kind):
    tried = case(*families, in_vain=in_vain, sigma_m=sigma_m)
    if kind != "bearing":
        tried.place, tried.radius_m = made.at(*offset, 0), 500.0 if kind == "area" else 0.0
    if kind != "place":
        tried.eye, tried.azimuth, tried.azimuth_sigma = made.at(0, 0, 0), azimuth, 0.1
    found = explain(known(VENUS, made.balloon()), tried, others(manned(100, 0, count=9), {8: "P-1"}))
    assert sum(ppm for _, _, ppm in found) <= 1_000_005
    assert [ppm for _, _, ppm in found] == sorted((ppm for _, _, ppm in found), reverse=True)
    assert all(10_000 <= ppm <= 1_000_000 for _, _, ppm in found)
    assert len(found) <= 5
    assert all(kind in PRIOR or kind == benign.NOTHING for kind, _, _ in found)


def test_a_snapshot_is_the_facts():
    state = known(made.balloon(), VENUS, made.balloon(object_id="B2"))
    again = known(*facts(state))
    assert (again.objects, again.skies) == (state.objects, state.skies)
    enact(state, "nothing of that kind")
    assert facts(state) == facts(again)
    for _ in range(100):
        enact(state, VENUS)
    assert len(state.skies) == 64
