"""Outlines of a whole country, read as the station reads them, at points that others placed."""

import json

import pytest

from skykeep.rules.index import build
from skykeep.rules.outline import compile_outline
from skykeep.wire import ed269


@pytest.mark.capability("A real country's zones: all 1,000 points of an independent list are found in the right ones")
def test_a_thousand_points_in_the_zones_of_finland(shared):
    """Data: Traficom, CC BY 4.0; which zones contain each point was computed by others with shapely."""
    folder = shared / "data" / "zones"
    zones = ed269.read((folder / "fi_ed269_reshaped.json").read_bytes(), source_sha256="0" * 64).zones
    points = json.loads((folder / "fi_points_expected.json").read_text(encoding="utf-8"))["points"]
    assert (len(zones), len(points)) == (722, 1000)
    outlines = [[compile_outline(volume.outline) for volume in zone.volumes] for zone in zones]
    index = build(outlines)
    for point in points:
        place = round(point["lat"] * 1e7), round(point["lon"] * 1e7)
        held = [
            number
            for number in index.near(*place, 0.0)
            if any(outline.margin_m(*place) >= 0 for outline in outlines[number])
        ]
        assert sorted(zones[number].zone_id for number in held) == sorted(point["inside"]), point
        assert {number for number, of in enumerate(outlines) if any(one.margin_m(*place) >= 0 for one in of)} == set(
            held
        )
