"""Outlines that no zone can have."""

import pytest

from skykeep.facts.enacted import Circle, Volume
from skykeep.station.zonefiles import outline_fault


@pytest.mark.parametrize(("radius_mm", "said"), [(0, "encloses nothing"), (-5, "encloses nothing"), (1, "")])
def test_a_circle_that_encloses_nothing_is_told(radius_mm, said):
    circle = Circle(lat_e7=0, lon_e7=0, radius_mm=radius_mm)
    assert said in outline_fault([Volume(outline=circle, floor=None, ceiling="unlimited")])
    assert bool(said) == bool(outline_fault([Volume(outline=circle, floor=None, ceiling=None)]))
