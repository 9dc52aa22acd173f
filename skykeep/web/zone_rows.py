"""Zones, their versions, what is proposed and what is an emergency: the rows of the pages of zones, in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec

from skykeep.facts.enacted import Circle, Rule, ZoneEnacted
from skykeep.rules.zone import FOREVER_NS, Zone
from skykeep.station import asked, hours, zonediff
from skykeep.views import words
from skykeep.views.livelaw import Law, ZoneKept
from skykeep.web import lawstate, spoken
from skykeep.web.lawstate import ANNOUNCED, EMERGENCY, IN_FORCE, WITHDRAWN
from skykeep.web.sensor_rows import Stand
from skykeep.web.words import count, marked, say

RULE = {
    Rule.PROHIBITED: marked("No drones"),
    Rule.NEEDS_PERMIT: marked("By permit only"),
    Rule.CONDITIONAL: marked("Under conditions"),
    Rule.ALLOWED: marked("Allowed"),
}
NAME_MAX, LINE_MAX, TEXT_MAX = 80, 120, 2_000
Named = Callable[[str], str]
"""Gives the name behind the pseudonym of a person, as far as whoever asks may know it."""


class Row(NamedTuple):
    """One zone in the list, by its version that counts now."""

    address: str
    zone_id: str
    name: str
    rule: str
    sign: str  # "prohibited" ...: the rule as the style sheet knows it
    begins: str
    heights: str
    authority: str
    version: int
    stand: Stand
    note: str  # beside the state: when it changes


class Emergency(NamedTuple):
    """One emergency zone that holds."""

    address: str
    zone_id: str
    name: str
    reason: str
    left: str
    until: str
    called_by: str
    confirmed_by: str  # "" while one officer alone stands for it


class Proposal(NamedTuple):
    """One draft: proposed, or still its author's own."""

    address: str
    name: str
    zones: str
    by: str
    when: str
    stand: Stand
    own: bool
    set_aside: str


class Version(NamedTuple):
    """One version of a zone, with what is different from the one before."""

    number: int
    anchor: str
    stand: Stand
    announced: str
    law: str
    source: str
    entry_index: int
    differs: Sequence[str]
    first: bool
    terms: Sequence[tuple[str, str]]
    doubts: Sequence[str]
    ended: str


def address(zone_id: str, **more: object) -> str:
    """Return the address of a zone's page; an id may hold anything."""
    return f"/zones/zone?{urlencode({'id': zone_id, **more})}"


def latest(law: Law, now_ns: int) -> list[Zone]:
    """Return of each zone the version that counts: the one in force, else the next that is announced, else the last."""
    return [counting(law, zone_id, now_ns) for zone_id in law.zones]


def counting(law: Law, zone_id: str, now_ns: int) -> Zone:
    """Return the version of a zone that counts, as `latest` has it."""
    versions = lawstate.ruled(law, zone_id)
    states = {lawstate.state_of(one, now_ns): one for one in reversed(versions)}
    return states.get(IN_FORCE) or states.get(ANNOUNCED) or versions[-1]


def binding(law: Law, zone_id: str, now_ns: int) -> list[tuple[int, str]]:
    """Return the versions that are in force or announced, the oldest first, each with how it stands."""
    bind = [one for one in lawstate.ruled(law, zone_id) if lawstate.state_of(one, now_ns) in {IN_FORCE, ANNOUNCED}]
    return [(one.fact.version, _bound(one, now_ns)) for one in bind]


def _bound(zone: Zone, now_ns: int) -> str:
    if lawstate.state_of(zone, now_ns) == IN_FORCE:
        return _until(say("in force"), zone.ends_ns)
    return say("announced, law from {time}", time=words.utc(zone.begins_to_be_law_ns))


def _until(said: str, ends_ns: int) -> str:
    return said if ends_ns == FOREVER_NS else f"{said} {say('until {time}', time=words.utc(ends_ns))}"


def stand(zone: Zone, now_ns: int) -> Stand:
    """Return how a version stands."""
    state = lawstate.state_of(zone, now_ns)
    if state == ANNOUNCED:
        return Stand("doubt", say("from {time}", time=words.utc(zone.begins_to_be_law_ns)))
    if state != IN_FORCE:
        return Stand("off", say("withdrawn") if state == WITHDRAWN else say("ended"))
    rules = zone.force(now_ns).value
    if rules == "unknown":
        return Stand("doubt", say("in force; hours not known"))
    return Stand("well", say("in force")) if rules == "yes" else Stand("off", say("law, not at this hour"))


def row(zone: Zone, now_ns: int) -> Row:
    """Return a zone as a row of the list."""
    fact = zone.fact
    begins_ns = zone.begins_to_be_law_ns
    return Row(
        address=address(fact.zone_id),
        zone_id=words.shown(fact.zone_id, NAME_MAX),
        name=words.shown(fact.name or fact.zone_id, NAME_MAX),
        rule=say(RULE[fact.rule]),
        sign=fact.rule.value,
        begins=words.utc(begins_ns) if begins_ns else say("not dated"),
        heights=_heights(fact),
        authority=words.shown(fact.issuing_body or "", NAME_MAX),
        version=fact.version,
        stand=stand(zone, now_ns),
        note=say("until {time}", time=words.utc(fact.end_ns)) if fact.end_ns is not None else "",
    )


def emergency(zone: Zone, now_ns: int, named: Named) -> Emergency:
    """Return an emergency zone with who answers for it."""
    fact, end_ns = zone.fact, zone.ends_ns
    told = json.loads(dict(fact.carried).get(EMERGENCY, "{}"))
    return Emergency(
        address=address(fact.zone_id),
        zone_id=fact.zone_id,
        name=words.shown(fact.name, NAME_MAX),
        reason=words.shown(fact.reason or "", LINE_MAX),
        left=words.duration(max(0, end_ns - now_ns)),
        until=words.utc(end_ns),
        called_by=named(str(told.get("called_by") or "")),
        confirmed_by=named(str(told.get("confirmed_by") or "")),
    )


def caller_of(fact: ZoneEnacted) -> str:
    """Return the pseudonym of whoever called an emergency zone."""
    return str(json.loads(dict(fact.carried).get(EMERGENCY, "{}")).get("called_by") or "")


def proposal(draft: asked.DraftHead, named: Named, own: str) -> Proposal:
    """Return a draft as a row."""
    more = f" {say('and {n} more', n=draft.zones - 1)}" if draft.zones > 1 else ""
    aside = count(draft.left_out, "{n} feature set aside", "{n} features set aside") if draft.left_out else ""
    return Proposal(
        address=f"/zones/drafts/{draft.draft_id}",
        name=words.shown(draft.name, NAME_MAX),
        zones=words.shown(draft.first, NAME_MAX) + more,
        by=named(draft.drafted_by),
        when=words.utc(draft.t_ns),
        stand=Stand("doubt", say("proposed")) if draft.proposed else Stand("off", say("draft")),
        own=draft.drafted_by == own,
        set_aside=aside,
    )


def versions(law: Law, zone_id: str, now_ns: int) -> list[Version]:
    """Return all versions of a zone, the newest first."""
    kept, found = law.zones[zone_id], list[Version]()
    before: ZoneEnacted | None = None
    for zone in lawstate.ruled(law, zone_id):
        found.append(_version(zone, kept[zone.fact.version], before, now_ns))
        before = zone.fact
    return found[::-1]


def _version(zone: Zone, kept: ZoneKept, before: ZoneEnacted | None, now_ns: int) -> Version:
    fact, gone = zone.fact, kept.withdrawn_reason
    return Version(
        number=fact.version,
        anchor=f"version-{fact.version}",
        stand=stand(zone, now_ns),
        announced=words.utc(fact.announced_at_ns) if fact.announced_at_ns is not None else say("not stated"),
        law=_law_words(zone),
        source=f"{fact.source_format}, sha256 {fact.source_sha256[:12]}…",
        entry_index=kept.entry_index,
        differs=[] if before is None else differences(before, fact),
        first=before is None,
        terms=terms(fact),
        doubts=[words.shown(doubt, 300) for doubt in fact.doubts],
        ended=words.shown(gone, 300) if gone is not None else "",
    )


def _law_words(zone: Zone) -> str:
    begins = zone.begins_to_be_law_ns
    return _until(say("from {time}", time=words.utc(begins)) if begins else say("from no stated time"), zone.ends_ns)


def terms(fact: ZoneEnacted) -> list[tuple[str, str]]:
    """Return what a zone says, as pairs; what it does not say is left out."""
    known = [
        (say("Rule"), say(RULE[fact.rule])),
        (say("Area"), f"{area(fact)}; {_shape(fact)}"),
        (say("Heights"), _heights(fact)),
        (say("Hours"), hours_of(fact)),
        (say("Law"), _dates(fact)),
        (say("Authority"), fact.issuing_body),
        (say("Stands on"), fact.legal_basis),
        (say("Why"), fact.reason),
        (say("Conditions"), fact.conditions),
        (say("Whom to ask"), fact.contact),
        (say("Where to appeal"), fact.appeal_contact),
        (say("Exempt"), "; ".join(one.words or say("by structured terms") for one in fact.exemptions)),
    ]
    return [(name, words.shown(said, TEXT_MAX)) for name, said in known if said]


def _heights(fact: ZoneEnacted) -> str:
    return "; ".join(dict.fromkeys(map(spoken.heights, fact.volumes))) or say("no volume")


def hours_of(fact: ZoneEnacted) -> str:
    """Return at which hours a zone holds, without the dates between which it is law."""
    return hours.words(msgspec.structs.replace(fact, effective_from_ns=None, end_ns=None), say)


def _dates(fact: ZoneEnacted) -> str:
    began_ns, end_ns = fact.effective_from_ns, fact.end_ns
    begins = say("from {time}", time=words.utc(began_ns)) if began_ns is not None else ""
    ends = say("until {time}", time=words.utc(end_ns)) if end_ns is not None else ""
    return " ".join(part for part in (begins, ends) if part)


def area(fact: ZoneEnacted) -> str:
    """Return how large the ground is that a zone covers, in words."""
    return zonediff.area_words(zonediff.area_m2(fact)) if fact.volumes else say("no volume")


def _shape(fact: ZoneEnacted) -> str:
    parts = []
    for volume in fact.volumes[:3]:
        outline = volume.outline
        if isinstance(outline, Circle):
            at = f"{outline.lat_e7 / 1e7:.5f}, {outline.lon_e7 / 1e7:.5f}"
            radius = spoken.metres(outline.radius_mm / 1e3)
            parts.append(say("circle of {radius} about {place}", radius=radius, place=at))
        else:
            corners, holes = len(outline.rings[0]) - 1, len(outline.rings) - 1
            within = f", {count(holes, '{n} hole', '{n} holes')}" if holes else ""
            parts.append(say("polygon of {n} corners", n=corners) + within)
    more = len(fact.volumes) - len(parts)
    return "; ".join(parts) + (f"; {count(more, '{n} more part', '{n} more parts')}" if more else "")


def differences(before: ZoneEnacted, after: ZoneEnacted) -> list[str]:
    """Return in words what is not the same in two versions."""
    return [text for change in zonediff.compare([before], [after], spoken.VOICE) for text in change.what]


class Change(NamedTuple):
    """What a draft makes of one zone, against its version that holds, or that is announced to."""

    zone_id: str
    name: str
    rule: str
    sign: str
    kind: str  # "new", "changed", "unchanged"
    what: Sequence[str]
    begins: str
    doubts: Sequence[str]
    against: str  # which version that is; "" of a new one


def changes(
    after: Sequence[ZoneEnacted], before: Mapping[str, Zone | None], now_ns: int
) -> list[tuple[Change, ZoneEnacted]]:
    """Return what is different for all zones of a draft: what is new or changed first, each in the file's order."""
    made = [(change(zone, before.get(zone.zone_id), now_ns), zone) for zone in after]
    return sorted(made, key=lambda each: each[0].kind == "unchanged")


def change(after: ZoneEnacted, stood: Zone | None, now_ns: int) -> Change:
    """Return what is different for one zone of a draft."""
    before = None if stood is None else stood.fact
    what = [] if before is None else differences(_same_source(before, after), after)
    begins_ns = after.effective_from_ns
    return Change(
        zone_id=words.shown(after.zone_id, NAME_MAX),
        name=words.shown(after.name or after.zone_id, NAME_MAX),
        rule=say(RULE[after.rule]),
        sign=after.rule.value,
        kind="new" if before is None else "changed" if what else "unchanged",
        what=what,
        begins=say("at once when published")
        if begins_ns is None
        else say("not before {time}", time=words.utc(begins_ns)),
        doubts=[words.shown(doubt, 300) for doubt in after.doubts],
        against="" if stood is None else f"{say('version {n}', n=stood.fact.version)}, {_bound(stood, now_ns)}",
    )


def _same_source(before: ZoneEnacted, after: ZoneEnacted) -> ZoneEnacted:
    """Return a version with the times that publishing itself sets: they are no difference to a person."""
    return msgspec.structs.replace(
        before, announced_at_ns=after.announced_at_ns, effective_from_ns=after.effective_from_ns
    )


def standing(law: Law, zone_id: str, now_ns: int) -> Zone | None:
    """Return the last version of a zone that holds, or is announced to; None where there is none."""
    found = [one for one in lawstate.ruled(law, zone_id) if lawstate.state_of(one, now_ns) in {IN_FORCE, ANNOUNCED}]
    return found[-1] if found else None


def place(one: asked.Faults) -> str:
    """Return where in its file a feature stands."""
    return say("line {n}", n=one.line) if one.line is not None else say("feature {n}", n=one.index + 1)


def faults(told: Iterable[asked.Faults], *, used: bool) -> list[tuple[str, str, str]]:
    """Return what an import says of features as (where, which, what), those that were used or those set aside."""
    return [
        (
            place(one),
            words.shown(one.zone_id or say("no identifier"), NAME_MAX),
            words.shown("; ".join(one.what), 400),
        )
        for one in told
        if one.used is used
    ]
