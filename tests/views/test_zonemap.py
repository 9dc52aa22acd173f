"""The page of zones: every zone drawn and told, hostile names harmless, the picture standing by itself."""

import itertools
import re
import xml.etree.ElementTree as ET

import pytest

from skykeep.facts.enacted import Circle, Polygon, Rule
from skykeep.geo.altitude import Altitude, Datum
from skykeep.views import words, zonemap
from skykeep.views.zonemap import Mark, ZoneRow
from tests.views import scenes

NS = {"svg": "http://www.w3.org/2000/svg"}
T0 = scenes.T0


def square(lat, lon, size=0.01):
    corners = [(lat, lon), (lat + size, lon), (lat + size, lon + size), (lat, lon + size), (lat, lon)]
    return Polygon(rings=(tuple((round(a * 1e7), round(b * 1e7)) for a, b in corners),))


def rows(*zones, state="in force"):
    return [ZoneRow(zone, state, "always") for zone in zones]


def three():
    return rows(
        scenes.zone("A", "Old town", square(60.0, 25.0)),
        scenes.zone(
            "B", "Harbour", Circle(lat_e7=600_500_000, lon_e7=250_300_000, radius_mm=800_000), Rule.NEEDS_PERMIT
        ),
        scenes.zone("C", "Field", square(60.1, 25.1), Rule.ALLOWED, doubts=("limits made up", "closed with an edge")),
    )


def page(which, **changes):
    return zonemap.render(which, **{"title": "Law", "sources": ["a.json"], "t_ns": T0, **changes})


@pytest.mark.parametrize("draw", [page, lambda which: zonemap.picture(which, title="Law")])
def test_every_zone_is_drawn_once_and_named(draw):
    text = draw(three())
    for at, name in enumerate(("Old town", "Harbour", "Field")):
        assert len(re.findall(rf'<g class="zone" data-zone="{at}"', text)) == 1
        assert name in text


def test_the_answer_stands_first_and_the_list_tells_rule_heights_hours_and_doubts():
    text = page(three())
    assert "3 zones: 1 no-drone, 1 by permit only, 1 allowed." in text
    assert text.index("3 zones") < text.index('class="map zonemap"')
    assert "2 doubts" in text
    assert "limits made up" in text
    assert text.count('<tr data-zone="') == 3


def test_a_zone_that_is_not_in_force_is_pale():
    assert '<g class="zone asleep" data-zone="0"' in page(rows(three()[0].zone, state="not in force"))


def test_flight_levels_are_said_as_pilots_say_them():
    levels = [Altitude(level * 30_480, Datum.STD) for level in (65, 115)]
    assert words.heights_between(*levels) == "FL65–FL115"
    assert words.heights_between(None, levels[1]) == "lower limit not stated, up to FL115 (3505 m)"
    assert words.altitude(levels[0], short=True) == "FL65"
    assert words.altitude(Altitude(1_000_000, Datum.STD)) == "1000 m pressure altitude (STD)"
    assert words.altitude(Altitude(65 * 30_480, Datum.AMSL)) == "1981 m AMSL"


def test_an_outline_of_many_corners_is_drawn_whole():
    corners = [(60.0 + 0.01 * (at % 2), 25.0 + at / 4e4) for at in range(1_990)] + [(59.9, 25.0), (60.0, 25.0)]
    jagged = Polygon(rings=(tuple((round(a * 1e7), round(b * 1e7)) for a, b in corners),))
    paths = re.findall(r'<path d="([^"]*)"[^>]*class="edge"', page(rows(scenes.zone("A", "Coast", jagged))))
    assert len(paths[0]) > 20_000
    assert re.fullmatch(r"M[-0-9. L]+z", paths[0])


def test_the_picture_is_xml_that_stands_by_itself():
    text = zonemap.picture(three(), title="Law", marks=[Mark(600_000_000, 250_000_000, "here")])
    root = ET.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.find("svg:style", NS) is not None
    assert [one.text for one in root.iter("{http://www.w3.org/2000/svg}text") if one.text == "here"] == ["here"]
    assert "http" not in text.replace('xmlns="http://www.w3.org/2000/svg"', "")  # it loads nothing


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x>', "\u202eevil", "]]>", "a" * 5000])
def test_no_name_becomes_markup(name):
    text = page(rows(scenes.zone("Z", name, square(1.0, 1.0), issuing_body=name, conditions=name)))
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "\u202e" not in text
    assert text.count("<script>") == 1
    assert "a" * 3000 not in text


def test_nothing_to_draw_is_said():
    assert "No zone." in page([])
    assert ET.fromstring(zonemap.picture([], title="Nothing")) is not None


def test_a_zone_across_the_date_line_is_drawn_in_one_piece():
    across = square(-17.0, 179.995)
    text = page(rows(scenes.zone("F", "Taveuni", across)))
    path = re.search(r'd="M([^"]*)" class="edge"', text)[1]
    xs = [float(place.split(" ")[0]) for place in path.rstrip("z").split("L")]
    assert max(xs) - min(xs) < zonemap.WIDTH


def test_the_page_loads_nothing():
    text = page(three())
    assert "default-src 'none'" in text
    assert not re.search(r'(src|href)="(?!data:|#)', text)


def test_labels_never_cover_each_other_at_their_own_enlargement():
    many = rows(*(scenes.zone(f"Z{k}", f"Zone number {k}", square(60 + k * 0.002, 25.0, 0.05)) for k in range(40)))
    text = page(many)
    labels = re.findall(r'<g class="lab no-drone z(\d)" transform="translate\(([\d.-]+) ([\d.-]+)\)"', text)
    assert len(labels) == 40
    for level, lift in enumerate(zonemap.LEVELS):
        shown = [(float(x), float(y)) for at, x, y in labels if int(at) <= level]
        px = lift / zonemap.UNIT
        heights = sorted(y * px for _, y in shown)
        assert all(below - above >= 20 for above, below in itertools.pairwise(heights))
