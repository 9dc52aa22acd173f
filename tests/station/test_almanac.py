"""The sky over a place, against published positions, another program's sun, and what must hold anywhere."""

import datetime as dt
import math

import astral
import astral.sun
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skykeep.errors import Refused
from skykeep.facts import codec
from skykeep.station import almanac

NS = 10**9
DAY_S = 86_400


def unix_ns(text):
    return int(dt.datetime.fromisoformat(text + "+00:00").timestamp()) * NS


def at_start(sky, name):
    """Azimuth and elevation in degrees of a body in the first sample."""
    [body] = [one for one in sky.bodies if one.name == name]
    return math.degrees(body.azimuth_urad[0] / 1e6), math.degrees(body.elevation_urad[0] / 1e6)


def apart_deg(a, b):
    """The angle between two directions."""
    (az_a, el_a), (az_b, el_b) = (tuple(map(math.radians, one)) for one in (a, b))
    cosine = math.sin(el_a) * math.sin(el_b) + math.cos(el_a) * math.cos(el_b) * math.cos(az_a - az_b)
    return math.degrees(math.acos(min(1.0, cosine)))


def refraction_deg(elevation_deg):
    """Saemundsson 1986: what the air at sea level adds to a true elevation."""
    return 1.02 / 60.0 / math.tan(math.radians(elevation_deg + 10.3 / (elevation_deg + 5.11)))


@pytest.mark.parametrize(
    ("name", "moment", "place", "azimuth_deg", "elevation_deg"),
    [
        # Reda and Andreas, Solar Position Algorithm, NREL/TP-560-34302 (2008), table A5.1: zenith 50.11162 with refraction
        ("Sun", "2003-10-17T19:30:30", (39.742476, -105.1786, 1830.14), 194.34024, 90 - 50.11162),
        # Meeus, Astronomical Algorithms (1998), example 13.b: 68.0337 west of south, 15.1249 without refraction
        ("Venus", "1987-04-10T19:21:00", (38 + 55 / 60 + 17 / 3600, -(77 + 3 / 60 + 56 / 3600), 0.0),
         180 + 68.0337, 15.1249 + refraction_deg(15.1249)),
    ],
)  # fmt: skip
def test_published_positions(name, moment, place, azimuth_deg, elevation_deg):
    lat_deg, lon_deg, alt_m = place
    sky = almanac.bodies(round(lat_deg * 1e7), round(lon_deg * 1e7), alt_m, unix_ns(moment), 1)
    assert apart_deg(at_start(sky, name), (azimuth_deg, elevation_deg)) < 0.01


@settings(max_examples=40)
@given(
    lat_deg=st.floats(-60, 60),
    lon_deg=st.floats(-180, 180),
    moment_s=st.integers(unix_ns("2020-01-01T00:00:00") // NS, unix_ns("2035-01-01T00:00:00") // NS),
)
def test_the_sun_stands_where_astral_says(lat_deg, lon_deg, moment_s):
    sky = almanac.bodies(round(lat_deg * 1e7), round(lon_deg * 1e7), 0.0, moment_s * NS, 24)
    [sun] = [body for body in sky.bodies if body.name == "Sun"]
    place = astral.Observer(lat_deg, lon_deg)
    for step in range(0, len(sun.azimuth_urad), 24):
        moment = dt.datetime.fromtimestamp(moment_s + step * almanac.STEP_S, dt.UTC)
        theirs = astral.sun.azimuth(place, moment), astral.sun.elevation(place, moment)
        if theirs[1] > 3:  # near the horizon astral takes another model of the air
            ours = math.degrees(sun.azimuth_urad[step] / 1e6), math.degrees(sun.elevation_urad[step] / 1e6)
            assert apart_deg(ours, theirs) < 0.03


@pytest.mark.parametrize(
    ("name", "declination_deg"),  # of 2026: ESA, Hipparcos catalogue (1997), moved on to that year
    [("Sirius", -16.754), ("Vega", 38.809), ("Arcturus", 19.047), ("Aldebaran", 16.560)],
)
def test_a_star_culminates_at_the_height_of_its_declination(name, declination_deg):
    sky = almanac.bodies(504500000, 305200000, 0.0, unix_ns("2026-03-01T00:00:00"), 24)
    [star] = [body for body in sky.bodies if body.name == name]
    highest_deg = math.degrees(max(star.elevation_urad) / 1e6)
    true_deg = 90 - 50.45 + declination_deg
    assert highest_deg == pytest.approx(true_deg + refraction_deg(true_deg), abs=0.03)


def test_between_two_samples_a_straight_line_will_do():
    place = (504500000, 305200000, 150.0)
    from_ns = unix_ns("2026-11-22T00:00:00")
    coarse = almanac.bodies(*place, from_ns, 24)
    for offset_s in (60, 150, 250):
        fine = almanac.bodies(*place, from_ns + offset_s * NS, 23)
        for body in fine.bodies:
            [other] = [one for one in coarse.bodies if one.name == body.name]
            for step in range(len(body.azimuth_urad)):
                low = math.radians(1) < body.elevation_urad[step] / 1e6 < math.radians(25)
                if not low:
                    continue
                part = offset_s / almanac.STEP_S
                first, second = other.azimuth_urad[step], other.azimuth_urad[step + 1]
                second += 6_283_185 if second < first - 3_000_000 else 0
                line = (
                    first + part * (second - first),
                    other.elevation_urad[step] + part * (other.elevation_urad[step + 1] - other.elevation_urad[step]),
                )
                seen = body.azimuth_urad[step], body.elevation_urad[step]
                assert apart_deg(*(tuple(math.degrees(one / 1e6) for one in each) for each in (line, seen))) < 0.01


def test_venus_is_the_brightest_point_and_what_never_rises_is_left_out():
    sky = almanac.bodies(600000000, 250000000, 0.0, unix_ns("2026-08-15T12:00:00"), 24)
    brightness = {body.name: body.magnitude_centi for body in sky.bodies}
    assert brightness["Venus"] == min(mag for name, mag in brightness.items() if name not in ("Sun", "Moon"))
    assert -500 < brightness["Venus"] < -380
    assert brightness["Sirius"] == -144
    assert "Canopus" not in brightness  # of the far south
    assert "Canopus" in {body.name for body in almanac.bodies(-330000000, 0, 0.0, sky.from_ns, 24).bodies}


def test_a_day_is_one_small_fact_that_round_trips():
    sky = almanac.bodies(504500000, 305200000, 150.0, unix_ns("2026-11-22T18:00:00"), 24)
    data = codec.encode(sky)
    assert len(data) < 200_000
    assert codec.decode(data) == sky
    assert all(len(body.azimuth_urad) == len(body.elevation_urad) == 289 for body in sky.bodies)
    assert all(0 <= azimuth < 6_283_186 for body in sky.bodies for azimuth in body.azimuth_urad)


@pytest.mark.parametrize("hours", [0, -1, 73])
def test_a_span_that_is_none_or_too_long_is_refused(hours):
    with pytest.raises(Refused, match="name 1 to 72"):
        almanac.bodies(0, 0, 0.0, 0, hours)
