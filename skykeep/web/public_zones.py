"""Zones as everybody reads them: what holds, from when to when, by whom and why; and what became of zones before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from skykeep.facts.enacted import Limit, Rule, ZoneEnacted
from skykeep.geo.altitude import Altitude
from skykeep.rules.inside import at_ground
from skykeep.rules.law import Law
from skykeep.rules.outline import Outline
from skykeep.rules.zone import FOREVER_NS, Zone
from skykeep.station.publicconfig import PublicConfig
from skykeep.views.livelaw import Law as Kept
from skykeep.web import lawstate, placewords, spoken
from skykeep.web.lawstate import ANNOUNCED, IN_FORCE
from skykeep.web.placewords import Spot
from skykeep.web.words import Words, marked

NO, ASK, FREE = "no", "ask", "free"
KIND: Final = {Rule.PROHIBITED: NO, Rule.NEEDS_PERMIT: ASK, Rule.CONDITIONAL: ASK, Rule.ALLOWED: FREE}
RULE: Final = {
    Rule.PROHIBITED: marked("No drones"),
    Rule.NEEDS_PERMIT: marked("Only with a permit"),
    Rule.CONDITIONAL: marked("Only under conditions"),
    Rule.ALLOWED: marked("Drones allowed"),
}
HOLDS: Final = {
    "yes": marked("holds now"),
    "no": marked("does not hold now"),
    "unknown": marked("whether it holds now is not known"),
}
HISTORY_MAX = 40
GLOBE_M = 2.1e7


class ZoneCard(NamedTuple):
    """One version of a zone, in words."""

    zone_id: str
    version: int
    kind: str  # NO, ASK or FREE
    name: str
    rule: str
    heights: tuple[str, ...]
    state: str
    holds: str  # "yes", "no", "unknown"
    holds_words: str
    begins_ns: int | None
    ends_ns: int | None
    changes_ns: int | None
    issuing_body: str
    legal_basis: str
    reason: str
    conditions: str
    contact: str
    appeal: str
    emergency: bool
    confirmed: bool
    fact: ZoneEnacted


def card(zone: Zone, words: Words, now_ns: int) -> ZoneCard:
    """Return a zone in a language; where it says something in that language itself, in its own words."""
    fact, holds = zone.fact, zone.force(now_ns).value
    emergency, confirmed = lawstate.emergency_of(fact)
    bands = (spoken.law_heights(each.floor, each.ceiling) for each in fact.volumes)
    return ZoneCard(
        zone_id=fact.zone_id,
        version=fact.version,
        kind=KIND[fact.rule],
        name=_said(fact, "name", words, fact.name) or fact.zone_id,
        rule=words.say(RULE[fact.rule]),
        heights=tuple(dict.fromkeys(bands)),
        state=lawstate.state_of(zone, now_ns),
        holds=holds,
        holds_words=words.say(HOLDS[holds]),
        begins_ns=zone.begins_to_be_law_ns or None,
        ends_ns=None if zone.ends_ns == FOREVER_NS else zone.ends_ns,
        changes_ns=None if (edge := zone.next_change_ns(now_ns)) == FOREVER_NS else edge,
        issuing_body=fact.issuing_body or "",
        legal_basis=_said(fact, "legal_basis", words, fact.legal_basis),
        reason=_said(fact, "reason", words, fact.reason),
        conditions=_said(fact, "conditions", words, fact.conditions),
        contact=fact.contact or "",
        appeal=fact.appeal_contact or "",
        emergency=emergency,
        confirmed=confirmed,
        fact=fact,
    )


def _said(fact: ZoneEnacted, about: str, words: Words, otherwise: str | None) -> str:
    found = [text.text for text in fact.texts if text.about == about and text.lang[:2].lower() == words.code]
    return found[0] if found else otherwise or ""


def weight(one: ZoneCard) -> tuple[bool, bool, int, str]:
    """Order cards: what holds first, then announced after in force, then the stricter rule."""
    return one.holds != "yes", one.state != IN_FORCE, (NO, ASK, FREE).index(one.kind), one.name


def standing(zones: list[Zone], now_ns: int) -> list[Zone]:
    """Return those that are law now or will be."""
    return [zone for zone in zones if lawstate.state_of(zone, now_ns) in {IN_FORCE, ANNOUNCED}]


def everywhere(law: Law, config: PublicConfig, now_ns: int) -> list[Zone]:
    """Return the zones that close the whole place from the ground up, now: the strictest first.

    Which place that is, the configuration says; where it does not, none is known to hold all of it.
    """
    if config.lat_deg is None or config.lon_deg is None:
        return []
    lat_e7, lon_e7 = round(config.lat_deg * 1e7), round(config.lon_deg * 1e7)
    found = [
        zone
        for zone in law.zones_near(lat_e7, lon_e7, 0.0)
        if zone.in_force(now_ns) and zone.fact.rule in {Rule.PROHIBITED, Rule.NEEDS_PERMIT}
        if any(
            _from_the_ground(volume.floor) and outline.margin_m(lat_e7, lon_e7) >= config.radius_km * 1e3
            for volume, outline in zip(zone.fact.volumes, zone.outlines, strict=True)
        )
    ]
    return sorted(found, key=lambda zone: (KIND[zone.fact.rule] != NO, zone.fact.zone_id))


def _from_the_ground(floor: Limit) -> bool:
    return not isinstance(floor, Altitude) or at_ground(floor)


class Step(NamedTuple):
    """One step in the history of zones."""

    t_ns: int
    what: str
    name: str
    zone_id: str
    version: int
    emergency: bool
    rule: str
    reason: str


WHAT: Final = {
    "published": marked("published"),
    "withdrawn": marked("withdrawn"),
    "ended": marked("ended"),
    "switched_on": marked("switched on"),
    "switched_off": marked("switched off"),
}


def history(kept: Kept, words: Words, now_ns: int) -> list[Step]:
    """Return the newest steps, the last one first; what its source gave no time is not among them."""
    steps = [step for step in _steps(kept) if step.t_ns <= now_ns]
    steps.sort(key=lambda step: (-step.t_ns, step.zone_id, step.version))
    return [step._replace(what=words.say(WHAT[step.what]), rule=words.say(step.rule)) for step in steps[:HISTORY_MAX]]


def _steps(kept: Kept) -> Iterator[Step]:
    for zone_id, versions in kept.zones.items():
        for version, one in versions.items():
            fact = one.fact
            step = Step(
                0, "", fact.name or zone_id, zone_id, version, lawstate.emergency_of(fact)[0], RULE[fact.rule], ""
            )
            begun_ns = fact.announced_at_ns or fact.effective_from_ns
            if begun_ns is not None:
                yield step._replace(t_ns=begun_ns, what="published", reason=fact.reason or "")
            if one.withdrawn_ns is not None:
                yield step._replace(t_ns=one.withdrawn_ns, what="withdrawn", reason=one.withdrawn_reason or "")
            elif fact.end_ns is not None:
                yield step._replace(t_ns=fact.end_ns, what="ended")
        said = kept.said.get(zone_id)
        for each in () if said is None or not versions else said.overrides:
            last = versions[max(versions)].fact
            what = "switched_on" if each.active else "switched_off"
            name, emergency = last.name or zone_id, lawstate.emergency_of(last)[0]
            yield Step(each.t_ns, what, name, zone_id, last.version, emergency, RULE[last.rule], each.reason or "")


def place(law: Law, text: str, *, now_ns: int) -> Spot | None:
    """Return a place well within the one zone of the public map whose name has these words; None: none, or several."""
    zones = [zone for zone in standing(list(law.zones), now_ns) if zone.outlines]
    found = placewords.one_of(text, [zone.fact.name for zone in zones])
    within = None if found is None else _within(zones[found].outlines[0])
    return None if found is None or within is None else Spot(within[0] / 1e7, within[1] / 1e7, zones[found].fact.name)


def _within(outline: Outline) -> tuple[int, int] | None:
    """Return the place of a grid over an outline that is farthest within it; None: the outline is too thin for any."""
    south, north, west, east = outline.box_e7
    for parts in _GRIDS:
        grid = [
            (south + (north - south) * row // parts, west + (east - west) * column // parts)
            for row in range(1, parts)
            for column in range(1, parts)
        ]
        far_m, place = max((outline.margin_m(*place), place) for place in grid)
        if far_m > 0:
            return place
    return None


_GRIDS = (2, 8, 32)
