"""FAA facility maps: a cell needs an authorisation from the ground up; its CEILING is no limit of the zone."""

import json

import pytest

from skykeep.errors import Malformed
from skykeep.facts.enacted import Rule
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import ed318, uasfm
from tests.wire.zonecheck import read

RING = [[-73.90, 40.76], [-73.88, 40.76], [-73.88, 40.78], [-73.90, 40.78], [-73.90, 40.76]]


def cell(*, ring=RING, geometry=None, **said):
    properties = {"CEILING": 200, "UNIT": "Feet", "APT1_ICAO": "KLGA", "APT1_NAME": "LaGuardia", "APT1_LAANC": 1} | said
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": geometry or {"type": "Polygon", "coordinates": [ring]},
    }


def file(*features):
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def one(**said):
    done = read(uasfm, file(cell(**said)))
    assert done.refused == []
    return done.zones[0]


def test_the_sample_of_new_york(shared):
    raw = (shared / "data/zones/shapes/faa-uasfm.json").read_bytes()
    assert uasfm.sniff(raw)
    done = read(uasfm, raw)
    assert [zone.zone_id for zone in done.zones] == ["UASFM-N4076000W07390000", "UASFM-N4076000W07392000"]
    none, up_to_200 = done.zones
    for zone in done.zones:
        assert (zone.rule, zone.name, zone.legal_basis) == (
            Rule.NEEDS_PERMIT,
            "KLGA LaGuardia Airport",
            "14 CFR 107.41",
        )
        assert (zone.volumes[0].floor, zone.volumes[0].ceiling) == (Altitude(0, Datum.AGL), "unlimited")
        assert zone.effective_from_ns is None
    assert none.conditions == "An authorisation of the FAA is needed; none is given automatically, at any height."
    assert "LAANC may give it by itself up to 200 ft above ground" in up_to_200.conditions
    assert dict(up_to_200.carried)["uasfm.CEILING"] == "200"
    assert dict(up_to_200.carried)["uasfm.MAP_EFF"] == '"2026-06-12"'
    assert done.doubts[0].startswith("MAP_EFF says since when")


@pytest.mark.parametrize(("ceiling", "words", "doubted"), [
    (0, "at any height", False), ("100", "up to 100 ft", False), ("100.0", "up to 100 ft", False), (400, "up to 400 ft", False), (None, "at any height", True),
    (-50, "at any height", True), (500, "at any height", True), (99.5, "at any height", True), ("many", "at any height", True), (True, "at any height", True),
])  # fmt: skip
def test_a_ceiling_that_is_none_authorises_nothing(ceiling, words, doubted):
    zone = one(CEILING=ceiling)
    assert words in zone.conditions
    assert (len(zone.doubts) == 2) is doubted
    assert zone.doubts[-1] == uasfm.TOP


def test_without_laanc_the_way_is_another():
    assert "not by LAANC, up to 200 ft" in one(APT1_LAANC=0).conditions
    assert (
        "LAANC may give it by itself" in one(APT1_LAANC=0, APT2_ICAO="KJFK", APT2_NAME="JFK", APT2_LAANC=1).conditions
    )
    assert one(APT2_ICAO="KJFK", APT2_NAME="JFK").name == "KLGA LaGuardia / KJFK JFK"


def test_the_name_of_a_cell_is_its_place_whatever_its_number():
    assert one(OBJECTID=7).zone_id == one(OBJECTID=900).zone_id == "UASFM-N4076000W07390000"
    south = [[-0.5, -1.0], [0.5, -1.0], [0.5, 0.0], [-0.5, -1.0]]
    assert one(ring=south).zone_id == "UASFM-S0100000W00050000"


def test_cells_in_several_parts_and_bad_ones():
    parts = {"type": "MultiPolygon", "coordinates": [[RING], [[[1, 1], [2, 1], [2, 2], [1, 1]]]]}
    done = read(
        uasfm, file(cell(geometry=parts), cell(ring=RING[:2]), cell(geometry={"type": "Point"}), {"geometry": {}}, 7)
    )
    assert [len(zone.volumes) for zone in done.zones] == [2]
    assert [report.index for report in done.refused] == [1, 2, 3, 4]


def test_what_is_no_facility_map():
    for raw in (b"{}", b"[]", b"<kml/>", json.dumps({"features": 7}).encode()):
        assert not uasfm.sniff(raw)
        with pytest.raises(Malformed):
            uasfm.read(raw, source_sha256="x")
    assert ed318.sniff(file(cell()))  # so the facility map must be asked first
