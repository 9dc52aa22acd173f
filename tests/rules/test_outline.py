"""Outlines compiled many at once are those compiled one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Refused
from skykeep.facts.enacted import Polygon
from skykeep.geo import volumes
from skykeep.rules import outline as outlines
from skykeep.rules.outline import compile_outline, compile_outlines
from tests.rules import examples as ex
from tests.rules import made

FEW = st.sampled_from([0, 1, 2, 899_999_999, 900_000_000, -900_000_000])
LONS = st.sampled_from([0, 1, 2, 1_799_999_999, 1_800_000_000, -1_800_000_000, 1_800_000_001, 3_600_000_000, 900_000_001])
VERTICES = st.tuples(FEW | st.integers(-900_000_000, 900_000_000), LONS | st.integers(-1_800_000_000, 1_800_000_000))


def same(one, other):
    assert (one.box_e7, one.east_min_m) == (other.box_e7, other.east_min_m)
    if isinstance(one.shape, volumes.Polygon):
        for name in ("lat_e7", "lon_e7", "starts"):
            a, b = getattr(one.shape, name), getattr(other.shape, name)
            assert (a.tolist(), a.dtype, a.flags.writeable) == (b.tolist(), b.dtype, b.flags.writeable)
        assert one.shape.polar == other.shape.polar
    else:
        assert one.shape == other.shape


def refusal(facts):
    """Return why outlines are refused, or ""."""
    try:
        compile_outlines(facts)
    except Refused as error:
        return str(error)
    return ""


@given(st.lists(st.lists(VERTICES, max_size=7), min_size=1, max_size=8))
def test_rings_of_any_kind_are_compiled_or_refused_alike(rings):
    facts = []
    for ring in rings:
        fact = Polygon(rings=(tuple(ring),))
        why = refusal([fact])
        assert why == refusal([fact] * outlines._MANY)
        facts += [] if why else [fact]
    many = compile_outlines(facts * outlines._MANY)
    for one, other in zip([compile_outline(fact) for fact in facts] * outlines._MANY, many, strict=True):
        same(one, other)


def test_shapes_of_all_kinds_keep_their_places():
    chance = np.random.default_rng(3)
    facts = [made.outline(chance)[0] for _ in range(300)] + [ex.square(holes=(ex.square(10.0),))]
    for one, other in zip([compile_outline(fact) for fact in facts], compile_outlines(facts), strict=True):
        same(one, other)


def test_a_number_that_is_far_from_any_place_is_refused_and_not_a_fault():
    ring = ((0, 0), (0, 10), (10**30, 5))
    with pytest.raises(Refused, match="no place"):
        compile_outlines([Polygon(rings=(ring,))] * outlines._MANY)
