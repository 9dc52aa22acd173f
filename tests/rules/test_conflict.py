"""Conflicts: distances against shapely and pyproj, times and heights case by case, who gives way, InterUSS's own case."""

import math
import re

import pyproj
import pytest
import shapely
import shapely.affinity
from hypothesis import assume, given
from hypothesis import strategies as st

from skykeep.facts.enacted import Circle, PermitVolume, Polygon, Thresholds
from skykeep.geo.altitude import Datum
from skykeep.rules import conflict
from skykeep.rules.operation import Operation
from skykeep.rules.outline import compile_outline
from tests.rules import examples as ex

S, T0 = ex.S, ex.T0
HOUR = 3600 * S
NONE = Thresholds(horizontal_mm=0, vertical_mm=0, time_ns=0)
FAR_M = 1e5


def gap(one, other, reach_m=FAR_M):
    return conflict.gap(compile_outline(one), compile_outline(other), reach_m)


def ring(lat, lon, corners_m):
    """A ring about a place, from (east, north) in metres, by degrees of that place."""
    north_m, east_m = 111_320.0, 111_320.0 * math.cos(math.radians(lat))
    return tuple((round((lat + y / north_m) * 1e7), round((lon + x / east_m) * 1e7)) for x, y in corners_m)


def star(lat, lon, radii_m, shift_m):
    turn = 2 * math.pi / len(radii_m)
    corners = [(shift_m[0] + r * math.cos(i * turn), shift_m[1] + r * math.sin(i * turn)) for i, r in enumerate(radii_m)]
    return Polygon(rings=(ring(lat, lon, corners),))


stars = st.lists(st.floats(20, 900), min_size=3, max_size=9)
shifts = st.tuples(st.floats(-2500, 2500), st.floats(-2500, 2500))
latitudes = st.floats(-75, 75)


def in_plane(outline, plane):
    """The outline in a plane about the place, its edges bent as straight lines in latitude and longitude are there."""
    rings = []
    for one in outline.rings:
        line = shapely.segmentize(shapely.LinearRing([(lon / 1e7, lat / 1e7) for lat, lon in one]), 0.0005)
        east, north = plane([p[0] for p in line.coords], [p[1] for p in line.coords])
        rings.append(list(zip(east, north, strict=True)))
    return shapely.Polygon(rings[0], rings[1:])


def plane_at(lat, lon):
    return pyproj.Proj(f"+proj=aeqd +lat_0={lat} +lon_0={lon} +ellps=WGS84")


@given(stars, stars, shifts, latitudes)
def test_polygons_are_as_far_apart_as_shapely_says_in_a_plane_of_pyproj(one, other, shift, lat):
    a, b = star(lat, 30.0, one, (0.0, 0.0)), star(lat, 30.0, other, shift)
    plane = plane_at(lat, 30.0)
    expected = in_plane(a, plane).distance(in_plane(b, plane))
    assert gap(a, b) == pytest.approx(expected, rel=2e-3, abs=0.05)


@given(stars, stars, shifts, st.sampled_from([0.0, 52.0, -33.0]), st.sampled_from([30.0, 179.999, -179.999]))
def test_polygons_meet_where_shapely_says_so_in_their_own_integers(one, other, shift, lat, lon):
    a, b = star(lat, 0.0, one, (0.0, 0.0)), star(lat, 0.0, other, shift)
    shapes = [shapely.Polygon([(lon_e7, lat_e7) for lat_e7, lon_e7 in each.rings[0]]) for each in (a, b)]
    expected = shapes[0].intersects(shapes[1])
    assume(all(shape.is_valid for shape in shapes))
    if not expected or shapes[0].intersection(shapes[1]).area > 0:  # of a mere touch shapely's floats cannot be sure
        moved = [
            Polygon(rings=(tuple((y, turned(x + round(lon * 1e7))) for y, x in each.rings[0]),)) for each in (a, b)
        ]
        assert conflict.meet(*(compile_outline(each).shape for each in moved)) is expected


def turned(lon_e7):
    return (lon_e7 + 1_800_000_000) % 3_600_000_000 - 1_800_000_000


@given(st.floats(1, 900), st.floats(1, 900), shifts, latitudes)
def test_circles_are_as_far_apart_as_their_centres_less_their_radii(radius, other_radius, shift, lat):
    (at,), (there,) = ring(lat, 30.0, [(0.0, 0.0)]), ring(lat, 30.0, [shift])
    a = Circle(lat_e7=at[0], lon_e7=at[1], radius_mm=round(radius * 1e3))
    b = Circle(lat_e7=there[0], lon_e7=there[1], radius_mm=round(other_radius * 1e3))
    metres = pyproj.Geod(ellps="WGS84").inv(at[1] / 1e7, at[0] / 1e7, there[1] / 1e7, there[0] / 1e7)[2]
    expected = max(0.0, metres - a.radius_mm / 1e3 - b.radius_mm / 1e3)
    assert gap(a, b) == pytest.approx(expected, abs=0.002)


@given(stars, st.floats(1, 900), shifts, latitudes)
def test_a_polygon_and_a_circle(one, radius, shift, lat):
    a = star(lat, 30.0, one, (0.0, 0.0))
    ((lat_e7, lon_e7),) = ring(lat, 30.0, [shift])
    circle = Circle(lat_e7=lat_e7, lon_e7=lon_e7, radius_mm=round(radius * 1e3))
    plane = plane_at(lat_e7 / 1e7, lon_e7 / 1e7)  # true to scale from its middle, which is the circle's
    expected = max(0.0, in_plane(a, plane).distance(shapely.Point(0, 0)) - circle.radius_mm / 1e3)
    assert gap(a, circle) == gap(circle, a) == pytest.approx(expected, rel=2e-3, abs=0.05)


@given(stars, stars, shifts, st.floats(0, 800))
def test_a_reach_hides_nothing_within_it(one, other, shift, reach_m):
    a, b = star(50.0, 30.0, one, (0.0, 0.0)), star(50.0, 30.0, other, shift)
    whole = gap(a, b)
    assert gap(a, b, reach_m) in ({whole} if whole <= reach_m else {whole, None})
    assert (gap(a, b, reach_m) is None) or whole <= reach_m * 1.002 + 0.02


def test_what_lies_in_a_hole_is_apart_by_the_hole():
    ring_ = ex.square(1000, holes=[ex.square(500)])
    assert gap(ring_, ex.square(100)) == pytest.approx(400, rel=1e-3)
    assert gap(ring_, ex.circle(100)) == pytest.approx(400, rel=1e-3)
    assert gap(ring_, ex.square(500)) == 0.0  # it touches the hole's border
    assert gap(ring_, ex.square(700)) == 0.0
    assert gap(ex.square(2000), ring_) == 0.0
    assert gap(ring_, ex.square(50, east_m=750)) == 0.0


def test_a_shared_border_meets_and_a_metre_between_does_not():
    assert gap(ex.square(100), ex.square(100, east_m=200), 0.0) == 0.0
    assert gap(ex.square(100), ex.square(100, east_m=201), 0.0) is None
    assert gap(ex.square(100), ex.square(100, east_m=201), 1.0) == pytest.approx(1.0, abs=0.02)
    assert gap(ex.square(100), ex.square(100, east_m=201, north_m=300), 10.0) is None


def test_across_the_antimeridian_and_with_every_turn():
    a = Polygon(rings=(ring(0.0, 179.9995, [(-10, -10), (10, -10), (10, 10), (-10, 10)]),))
    b = Polygon(rings=(ring(0.0, -179.9995, [(-10, -10), (10, -10), (10, 10), (-10, 10)]),))
    assert gap(a, b) == pytest.approx(111.32 - 20, rel=2e-3)
    wide = Polygon(rings=(((-1000, 1_799_990_000), (-1000, -1_799_990_000), (1000, -1_799_990_000), (1000, 1_799_990_000)),))
    assert gap(wide, b) == gap(b, wide) == 0.0


# ---- height and time -----------------------------------------------------------------------------


def band(floor, ceiling, datum=Datum.AMSL):
    return ex.volume(None, *(None if one is None else ex.metres(one, datum) for one in (floor, ceiling)))


@pytest.mark.parametrize(
    ("one", "other", "slack_m", "expected"),
    [
        (band(0, 60), band(60, 120), 0, True), (band(0, 60), band(60.001, 120), 0, False),
        (band(0, 60), band(70, 120), 10, True), (band(0, 60), band(70.001, 120), 10, False),
        (band(100, 120), band(0, 60), 0, False), (band(None, 60), band(100, None), 0, False),
        (band(None, None), band(100, 120), 0, True), (band(0, 60), band(61, 90, Datum.HAE), 0, None),
        (band(0, 60, Datum.AGL), band(500, 600), 0, None), (band(10, 60, Datum.TAKEOFF), band(70, 90, Datum.TAKEOFF), 0, None),
        (band(0, None, Datum.AGL), band(None, 100), 0, True),
    ],
)  # fmt: skip
def test_height_bands(one, other, slack_m, expected):
    assert conflict.heights_meet(one, other, slack_m * 1000) is expected
    assert conflict.heights_meet(other, one, slack_m * 1000) is expected


@pytest.mark.parametrize(
    ("start", "end", "slack_s", "expected"),
    [(100, 200, 0, None), (99, 200, 0, (99, 100)), (-50, 0, 0, None), (-50, 1, 0, (0, 1)), (20, 30, 0, (20, 30)),
     (105, 200, 5, None), (104, 200, 5, (100, 104)), (-50, -5, 5, None), (-50, -4, 5, (-4, 0))],
)  # fmt: skip
def test_times(start, end, slack_s, expected):
    one = PermitVolume(volume=ex.volume(), start_ns=0, end_ns=100 * S)
    other = PermitVolume(volume=ex.volume(), start_ns=start * S, end_ns=end * S)
    found = conflict.overlap_ns(one, other, slack_s * S)
    assert found == (None if expected is None else (expected[0] * S, expected[1] * S))
    assert found == conflict.overlap_ns(other, one, slack_s * S)


# ---- who gives way -------------------------------------------------------------------------------


def asked(volume=None, **changes):
    part = PermitVolume(volume=volume or ex.volume(), start_ns=T0, end_ns=T0 + HOUR)
    return Operation(**({"asked_ns": T0 - S, "volumes": (part,)} | changes))


def against(operation, *facts):
    law = ex.law(*facts)
    parts = [(part, compile_outline(part.volume.outline)) for part in operation.volumes]
    return list(conflict.conflicts(operation, parts, law.permits))


def granted(permit_id="P", volume=None, **more):
    return ex.permit(permit_id, volume or ex.volume(), start=T0, end=T0 + HOUR, **more)


@pytest.mark.requirement("PERMIT-2")
@pytest.mark.parametrize(
    ("mine", "others", "stands", "because"),
    [
        ({}, {}, True, "granted_first"), ({"priority": 1}, {}, False, "gives_way"), ({}, {"priority": 1}, True, "goes_first"),
        ({"priority": 1}, {"priority": 1}, True, "granted_first"), ({"state_flight": True}, {"priority": 900}, False, "gives_way"),
        ({"state_flight": True}, {"state": True}, True, "granted_first"), ({"priority": 900}, {"state": True}, True, "goes_first"),
    ],
)  # fmt: skip
def test_who_gives_way(mine, others, stands, because):
    (found,) = against(asked(**mine), granted(**others))
    assert (found.stands, found.because) == (stands, because)


def test_what_is_no_conflict():
    assert against(asked(permit_id="P"), granted()) == []  # an older version of the same
    assert against(asked(), granted(), ex.revoked(t_ns=T0 - S)) == []
    assert against(asked(), granted(granted=T0)) == []  # not granted yet
    assert against(asked(), granted("P", ex.volume(ex.square(100, east_m=1200)))) == []
    assert against(asked(band(0, 60)), granted("P", band(61, 90))) == []
    assert against(asked(), ex.permit("P", start=T0 + HOUR, end=T0 + 2 * HOUR)) == []


def test_thresholds_of_both_are_added():
    own = Thresholds(horizontal_mm=30_000, vertical_mm=0, time_ns=0)
    others = Thresholds(horizontal_mm=20_000, vertical_mm=0, time_ns=0)
    for apart_m, conflicts in ((49, 1), (51, 0)):
        volume = ex.volume(ex.square(100, east_m=1100 + apart_m))
        found = against(asked(thresholds=own), granted("P", volume, thresholds=others))
        assert len(found) == conflicts
    assert found == []
    (near,) = against(asked(thresholds=own), granted("P", ex.volume(ex.square(100, east_m=1140)), thresholds=others))
    assert (near.gap_mm, near.apart_needed_mm) == (pytest.approx(40_000, abs=100), 50_000)


def test_heights_that_cannot_be_compared_count_as_a_conflict_and_are_said():
    (found,) = against(asked(band(0, 60)), granted("P", band(100, 120, Datum.HAE)))
    assert (found.heights, found.stands) == ("not_comparable", True)


# ---- InterUSS's conflicting flights --------------------------------------------------------------


def interuss(text, name):
    """Read one `full` flight of flight_intents_conflicting.yaml: its polygon, its heights (W84, metres), its priority."""
    block = re.search(rf"^  {name}:\n(.*?)(?=^  \w|\Z)", text, re.MULTILINE | re.DOTALL)[1]
    vertices = re.findall(r"\{lng:\s*(\S+),\s*lat:\s*(\S+)\}", block)
    low, high = (float(value) for value in re.findall(r"value: (\S+)\n\s+reference: W84", block))
    corners = tuple((round(float(lat) * 1e7), round(float(lon) * 1e7)) for lon, lat in vertices)
    assert len(corners) == 4
    priority = int(re.search(r"priority: (\d+)", block)[1])
    return ex.volume(Polygon(rings=(corners,)), ex.metres(low, Datum.HAE), ex.metres(high, Datum.HAE)), priority


@pytest.mark.requirement("PERMIT-2")
def test_the_conflicting_flights_of_interuss(shared):
    """Apache-2.0, interuss/monitoring: flight 2 (priority 100) cuts flight 1; with equal priorities the first stands."""
    text = (shared / "data/zones/interuss/flight_intents_conflicting.yaml").read_text()
    (one, low), (two, high) = interuss(text, "flight1_planned"), interuss(text, "flight2_planned")
    assert (low, high) == (0, 100)
    (found,) = against(asked(two, priority=high), granted("flight1", one, priority=low))
    assert (found.stands, found.because, found.gap_mm, found.heights) == (False, "gives_way", 0, "overlap")
    (found,) = against(asked(one, priority=low), granted("flight2", two, priority=high))
    assert (found.stands, found.because) == (True, "goes_first")
    (found,) = against(asked(two), granted("flight1", one))
    assert (found.stands, found.because) == (True, "granted_first")
