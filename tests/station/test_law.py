"""The law that a run is given: what cannot be used is refused by name and sinks nothing else."""

import json

from skykeep.facts.personal import PlainNames
from skykeep.station import law
from skykeep.station.zonebook import open_book

ROUND_THE_EQUATOR = [[-180.0, 1.0], [-90.0, -1.0], [0.0, 1.0], [90.0, -1.0], [180.0, 1.0]]
SQUARE = [[8.0, 47.0], [8.1, 47.0], [8.1, 47.1], [8.0, 47.1], [8.0, 47.0]]


def permit(permit_id, ring):
    return {
        "id": permit_id,
        "granted_at": "2026-05-01T00:00:00Z",
        "aircraft": ["S1M08SURVEY01"],
        "volumes": [
            {
                "area": {"type": "Polygon", "coordinates": [ring]},
                "floor": None,
                "ceiling": {"value_m": 120, "datum": "agl"},
                "from": "2026-05-01T08:00:00Z",
                "until": "2026-05-01T12:00:00Z",
            }
        ],
    }


def test_a_permit_whose_outline_cannot_be_used_is_refused_by_name_and_the_others_kept(tmp_path):
    path = tmp_path / "permits.json"
    path.write_text(json.dumps({"permits": [permit("P-ROUND", ROUND_THE_EQUATOR), permit("P-GOOD", SQUARE)]}))
    given = law.load((), (path,), PlainNames())
    assert [each.permit_id for each in given.permits] == ["P-GOOD"]
    (refused,) = given.refused
    assert "P-ROUND" in refused
    assert "pole" in refused


def zone(name, radius):
    return {
        "identifier": "A", "country": "XXX", "name": name, "type": "COMMON", "restriction": "PROHIBITED",
        "applicability": [{"permanent": "YES"}], "zoneAuthority": [],
        "geometry": [{"uomDimensions": "M", "horizontalProjection": {"type": "Circle", "center": [8.0, 47.0], "radius": radius}}],
    }  # fmt: skip


def test_one_id_in_two_files_loses_no_law(tmp_path):
    paths = [tmp_path / name for name in ("one.json", "two.json", "again.json")]
    for path, (name, radius) in zip(paths, [("Here", 100), ("There", 200), ("Here", 100)], strict=True):
        path.write_text(json.dumps({"features": [zone(name, radius)]}))
    given = law.load(paths, (), PlainNames())
    assert [(each.zone_id, each.name) for each in given.zones] == [("A", "Here"), ("A~2", "There")]
    assert given.refused == []
    (doubt,) = given.doubts
    assert doubt == f"{paths[1]}: zone id A stands in another file too, with other words; this one became A~2"
    assert given.zones[1].doubts[-1] in doubt
    book = open_book(paths, time="2026-05-01T10:00:00Z")
    assert [each.fact.zone_id for each in book.inside(47.0, 8.0)] == ["A", "A~2"]
    assert book.notes == [doubt]
