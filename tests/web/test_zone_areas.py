"""Zones on the maps of pages are drawn as on the console: the same edge for the same meaning, and a key that says which."""

import re
from importlib import resources

import pytest

from skykeep.facts.enacted import Rule
from skykeep.views import style
from skykeep.views.livemodels import PermitVolumeNow
from skykeep.web import lawstate, permit_map, zone_areas
from tests.web import law_of_a_city as city

STATIC = resources.files("skykeep.web").joinpath("static")


def dash(css):
    (said,) = re.findall(r"\.conditional \.edge\s*\{[^}]*stroke-dasharray:([\d. ]+)", css)
    return [float(each) / 2 for each in said.split()]  # an edge is 2 wide


def areas(*zones):
    now = lawstate.zones(city.live(*zones).law, city.T_NS)
    return [zone_areas.area(each, volume) for each in now for volume in each.volumes]


def test_what_needs_a_permit_has_the_edge_that_the_console_draws():
    console = STATIC.joinpath("console/zones.js").read_text("utf-8")
    (said,) = re.findall(r"permit: \{ width: [\d.]+, dash: \[([\d., ]+)\]", console)
    wanted = [float(each) for each in said.split(",")]
    assert dash(style.CSS) == dash(STATIC.joinpath("public/public.css").read_text("utf-8")) == wanted
    assert ".permit-only .edge,.conditional .edge{stroke:var(--permit);" in style.CSS


@pytest.mark.parametrize("rule", Rule)
def test_what_does_not_hold_now_is_not_drawn_as_if_it_did(rule):
    holds = city.zone("A", rule=rule)
    coming = city.zone("B", rule=rule, effective_from_ns=city.T_NS + city.HOUR_NS)
    drawn = {each.name: each.style for each in areas(holds, coming)}
    assert drawn == {"A": zone_areas.STYLE[rule], "B": "later"}


def test_the_key_tells_of_what_is_drawn_and_of_nothing_else():
    coming = city.zone("LATER", effective_from_ns=city.T_NS + city.HOUR_NS)
    key = zone_areas.key(areas(city.PALACE, city.PARK), "k")
    assert re.findall(r"</svg>([^<]+)</li>", key) == ["No drones", "Only with a permit"]
    assert re.findall(r"</svg>([^<]+)</li>", zone_areas.key(areas(coming), "k")) == ["not now"]
    assert zone_areas.key([], "k") == ""


def test_the_name_of_a_zone_over_all_of_a_permit_does_not_stand_in_the_permit():
    (wide,) = lawstate.zones(city.live(city.zone("W", city.circle(east_m=19_500, radius_m=20_000), rule=Rule.NEEDS_PERMIT, name="Invented: Old Harbour, by permit only")).law, city.T_NS)  # fmt: skip
    small = lawstate.volume(city.zone("S", city.circle(radius_m=300)).volumes[0])
    svg = permit_map.drawn([PermitVolumeNow(small, 0, 1)], [wide])
    (name,) = re.findall(r'class="lab permit-only"[^>]*>(.*?)</g>', svg)
    assert_outside(svg, name)


def assert_outside(svg, name):
    """The lines of a label stand above or below the round area that a map is about."""
    (edge,) = re.findall(r'class="area permit-asked".*?M([\d.]+) ([\d.]+)a([\d.]+) ', svg)
    _, middle, radius = map(float, edge)
    heights = [float(each) for each in re.findall(r' y="([\d.]+)"', name)]
    assert heights
    assert all(abs(each - 4 - middle) > radius for each in heights)


def test_the_name_of_another_permit_stands_not_within_what_is_asked_for_which_the_key_tells_apart():
    """One permit is above the other, so the places about the upper one's edge are taken by its own name."""
    small, wide, wider = (
        [PermitVolumeNow(lawstate.volume(city.zone("S", city.circle(radius_m=size)).volumes[0]), 0, 1)]
        for size in (150, 450, 460)
    )
    svg = permit_map.drawn(small, [], [("P-1", wide), ("P-2", wider)], label="asked for")
    for name in re.findall(r'class="lab permit-area"[^>]*>(.*?)</g>', svg):
        assert_outside(svg, name)
    assert re.findall(r"</svg>([^<]+)</li>", svg) == ["Asked for", "Permit"]
