"""A zone on the maps of pages, drawn as the console draws it, and the key of what such a map shows."""

from __future__ import annotations

from collections.abc import Iterable

from skykeep.facts.enacted import Rule
from skykeep.views import words
from skykeep.views.areas import STYLE, Area, sample
from skykeep.views.livemodels import VolumeNow, ZoneNow
from skykeep.views.markup import Html, tag
from skykeep.web import spoken
from skykeep.web.volumes import volume_of
from skykeep.web.words import marked, say

STATE = {"in_force": marked("in force"), "announced": marked("announced"), "ended": marked("ended"),
         "withdrawn": marked("withdrawn")}  # fmt: skip
"""How a zone stands, on its label."""
ALLOWED, LATER = "allowed", "later"
ASKED = "permit-asked"  # the area of the permit that a map is about
_KEY = {
    "no-drone": marked("No drones"),
    "permit-only": marked("Only with a permit"),
    "conditional": marked("Under conditions"),
    LATER: marked("not now"),
    "permit-area": marked("Permit"),
}


def area(zone: ZoneNow, volume: VolumeNow) -> Area:
    """Return one volume of a zone as an area to draw; what does not hold now is grey and dashed."""
    rule, drawn = Rule(zone.rule), volume_of(volume)
    holds = zone.state == "in_force" and zone.rules != "no"
    return Area(
        drawn, STYLE[rule] if holds else LATER, say(words.RULE[rule]), words.shown(zone.name or zone.zone_id, 44),
        spoken.heights(drawn), say(STATE[zone.state]) if zone.state in STATE else zone.state,
    )  # fmt: skip


def key(shown: Iterable[Area], patterns: str, *, asked: str = "") -> Html:
    """Return what the edges on a map mean; `patterns` names its hatchings. Empty where there is nothing to tell.

    `asked`: what the area is that the map is about, as its label says it.
    """
    styles = {each.style for each in shown}
    words = {ASKED: spoken.capital(asked)} if asked else {}
    words |= {style: say(said) for style, said in _KEY.items()}
    items = [tag("li", sample(style, patterns), said) for style, said in words.items() if style in styles]
    return tag("ul", *items, class_="legend") if items else Html()
