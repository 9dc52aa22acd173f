"""Rings that cross themselves, holes that are none, and the bounds of the work, against shapely and real files."""

import itertools
import json
import math
import random
from decimal import Decimal

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.geo import volumes
from skykeep.wire import crossings, openair, outlines

D = 10**7


def closed(*places):
    ring = [(round(lat * D), round(lon * D)) for lat, lon in places]
    return (*ring, ring[0])


def checked(ring, name="outline"):
    doubts = []
    return crossings.ring_checked(ring, name, doubts), doubts


SQUARE = [(50, 30), (50, 31), (51, 31), (51, 30)]


@pytest.mark.parametrize(
    "places",
    [
        SQUARE,
        [*SQUARE, (50, 30), (50, 29), (49, 29), (49, 30)],  # two squares that share a corner
        [(50, 30), (50, 31), (51, 31), (52, 32), (51, 31), (51, 30)],  # out and back
        [(50, 30), (50, 31), (50.2, 30.5), (51, 31), (51, 30), (50.2, 30.5)],  # touches itself inside
        [(75, 0), (75, 90), (75, 180), (75, -90)],
        [(75, -180), (75, -90), (75, 0), (75, 90), (75, 180), (90, 180), (90, -180)],
        [(-90, -180), (-90, 180), (90, 180), (90, -180)],
        [(10, 179), (10, -179), (11, -179), (11, 179)],
    ],
)
def test_rings_that_do_not_cross_themselves_are_taken_as_they_are(places):
    ring = closed(*places)
    assert checked(ring) == (ring, [])


@pytest.mark.parametrize(
    ("places", "words"),
    [
        (
            [(50, 30), (51, 31), (50, 31), (51, 30)],
            "outline: the ring crosses itself near 50.50000, 30.50000; 50% of it",
        ),
        ([(10, 179), (11, -179), (10, -179), (11, 179)], r"crosses itself near 10.50000, -?180.00000"),
        ([*SQUARE, *SQUARE], "the ring goes round 2 times, beginning near 50.00000, 30.00000"),
        ([(75, 0), (75, 90), (80, 60), (74, 80), (75, 180), (75, -90)], "crosses itself near 7"),
    ],
)
@pytest.mark.capability("A zone whose border crosses itself is refused with the place where it does")
def test_gross_crossings_are_refused_with_the_place_and_the_remedy(places, words):
    with pytest.raises(Malformed, match=words) as refusal:
        checked(closed(*places))
    assert "give its vertices in their order along the border" in str(refusal.value)


def test_a_slight_crossing_is_kept_with_a_doubt():
    ring = closed(*SQUARE, (49.9999, 30.0005))
    got, doubts = checked(ring)
    assert got == ring
    assert len(doubts) == 1
    assert doubts[0].startswith("outline: the ring crosses itself near 50.00000, 30.000")
    assert "all that it encloses counts as inside" in doubts[0]


def test_what_lies_inside_a_ring_twice_counts_as_inside_too():
    """A loop inwards: even-odd would leave a hole where it overlaps; the hull has none."""
    loop = [(50, 30), (50, 35), (55, 35), (55, 31), (54.95, 30.97), (54.95, 31.03), (55, 30.99), (55, 30)]
    got, doubts = checked(closed(*loop))
    twice = 549_700_000, 310_000_000
    as_written, hull = (volumes.compile_polygon([ring]) for ring in (closed(*loop), got))
    assert volumes.polygon_side(as_written.lat_e7, as_written.lon_e7, as_written.starts, *twice) == volumes.OUTSIDE
    assert volumes.polygon_side(hull.lat_e7, hull.lon_e7, hull.starts, *twice) == volumes.INSIDE
    assert len(doubts) == 1


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=3, max_size=8, unique=True))
def test_what_is_taken_without_a_doubt_is_simple_or_touches_itself(places):
    """Oracle: in a ring that does not cross itself no two edges cross by shapely's reckoning."""
    ring = closed(*places)
    try:
        got, doubts = checked(ring)
    except Malformed:
        return
    edges = [shapely.LineString([a, b]) for a, b in itertools.pairwise(ring)]
    crossing = any(a.crosses(b) for k, a in enumerate(edges) for b in edges[k + 1 :])
    assert bool(doubts) or not crossing
    assert doubts or got == ring


@pytest.mark.parametrize(
    ("hole", "kept", "words"),
    [
        ([(50.2, 30.2), (50.2, 30.4), (50.4, 30.4)], True, None),
        ([(50, 30), (50, 30.4), (50.4, 30.4)], True, None),  # along the outline
        ([(52, 30.2), (52, 30.4), (52.4, 30.4)], False, "hole 1 lies outside the outline"),
        ([(50.5, 30.2), (50.5, 30.4), (51.5, 30.4), (51.5, 30.2)], False, "50% of it lies outside"),
        ([(50.2, 30.2), (50.2, 30.4), (51.001, 30.3)], True, "hole 1 crosses the outline"),
    ],
)
def test_holes_outside_the_outline_take_nothing_away(hole, kept, words):
    doubts = []
    rings = crossings.holes_checked([closed(*SQUARE), closed(*hole)], doubts)
    assert len(rings) == 1 + kept
    assert [words] == [words] if words and any(words in doubt for doubt in doubts) else (words, doubts) == (None, [])


def test_holes_in_one_another_are_both_left_out():
    doubts = []
    large, small = ([(50.5 + k, 30.5), (50.5, 30.5 + k), (50.5 - k, 30.5), (50.5, 30.5 - k)] for k in (0.4, 0.1))
    beside = [(50.01, 30.01), (50.01, 30.05), (50.05, 30.01)]
    rings = crossings.holes_checked([closed(*SQUARE), closed(*large), closed(*beside), closed(*small)], doubts)
    assert rings == (closed(*SQUARE), closed(*beside))
    assert doubts == ["holes 1 and 3 overlap; both were left out, so the area there counts as inside"]


def test_a_hole_across_the_antimeridian_is_inside_its_outline():
    outer, hole = closed((10, 170), (10, -170), (20, -170), (20, 170)), closed((15, -179), (16, -178), (16, -179))
    doubts = []
    assert crossings.holes_checked([outer, hole], doubts) == (outer, hole)
    assert doubts == []


@pytest.mark.slow
def test_real_files_lose_no_zone_to_their_crossings(shared):
    """Ten outlines of the OpenAir files are no simple rings; three cross themselves, all slightly."""
    doubts = []
    for name in ("ch_switzerland_2016.txt", "fr_france_2026-07-30.txt"):
        data = (shared / "data" / "zones" / "openair" / name).read_bytes()
        for zone in openair.read(data, source_sha256="0" * 64).zones:
            for volume in zone.volumes:
                if hasattr(volume.outline, "rings"):
                    got = crossings.ring_checked(volume.outline.rings[0], zone.name, doubts)
                    assert got == volume.outline.rings[0]
    assert [doubt.split(":")[0][:12] for doubt in doubts] == ["LOCARNO 1 TM", "LOCARNO 6 TM", "TMA NANTES 6"]


def test_the_zones_of_finland_and_luxembourg_are_simple(shared):
    for name in ("fi_traficom_flattened.geojson", "lu_dac_flattened.geojson"):
        text = (shared / "data" / "zones" / name).read_text(encoding="utf-8-sig")
        for feature in json.loads(text, parse_float=Decimal)["features"]:
            doubts = []
            outlines.polygon(feature["geometry"]["coordinates"], doubts)
            assert not [doubt for doubt in doubts if "cross" in doubt or "hole" in doubt]


# ---- hostile rings: refused, or read, after bounded work -------------------------------------------


def zigzag(count):
    chance = random.Random(1)
    return [(chance.randint(0, D), chance.randint(0, D)) for _ in range(count)]


def comb(teeth):
    """A comb of long diagonal teeth: no two cross, each box overlaps all others."""
    return [place for k in range(teeth) for place in ((100 * k, 0), (10**8 + 100 * k + 50, 10**8))] + [
        (2 * 10**8, 2 * 10**8)
    ]


def touching_saw(count):
    return [(0, 100 * k) for k in range(count)] + [(1 if k % 2 else 0, 100 * k) for k in range(count - 1, 0, -1)]


@pytest.mark.parametrize(
    ("ring", "words"),
    [
        (zigzag(1_000), "meets itself more than 2000 times, as near 0."),
        (zigzag(100_000), "meets itself more than 2000 times"),
        (comb(50_000), "100001 edges lie so much across each other"),
        (touching_saw(50_000), "meets itself more than 2000 times"),
        (zigzag(1_000_000), "1000001 vertices; at most 200000 are read, so simplify the ring"),
    ],
)
def test_hostile_rings_are_refused(ring, words):
    with pytest.raises(Malformed, match=words):
        crossings.ring_checked((*ring, ring[0]), "outline", [])


def test_a_round_ring_of_a_hundred_thousand_vertices_is_read():
    turns = [2 * math.pi * k / 100_000 for k in range(100_000)]
    ring = closed(*((50 + 9 * math.sin(turn), 30 + 9 * math.cos(turn)) for turn in turns))
    assert checked(ring) == (ring, [])


def test_too_many_vertices_are_refused_before_they_are_read():
    with pytest.raises(Malformed, match="outline: 1000000 vertices; at most 200000"):
        outlines.polygon([[None] * 1_000_000], [])


def test_too_many_holes_are_refused():
    with pytest.raises(Malformed, match="1002 rings"):
        crossings.holes_checked([closed(*SQUARE)] * 1_002, [])
