"""What the law answers, in plain sentences of the reader's language.

The translator is passed in: `translate(english) -> text`; the English words are the keys of the catalogues in
skykeep/locale. Every text that may be asked of it stands in `MESSAGES`, and a clause has the same words as in a report.
Whatever is put into a sentence (names, numbers, moments) is never translated; a zone is named without an article, so
that languages with cases can say it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from skykeep.facts.concluded import Verdict
from skykeep.facts.conditions import CONDITIONS
from skykeep.facts.enacted import Interval, Limit, Rule
from skykeep.facts.explained import Alternative, Conflict, Explanation, ZoneExplained
from skykeep.geo.altitude import Altitude, Datum
from skykeep.views.clauses import CLAUSES, COMPLETE, NOT_COMPLETE, ZONE, Translate
from skykeep.views.words import flight_level, moment, shown

VERDICT = {
    Verdict.NOT_PERMITTED: "Not permitted:",
    Verdict.CANNOT_TELL: "Cannot tell:",
    Verdict.PERMITTED: "Permitted:",
    Verdict.EXEMPT: "Exempt:",
    Verdict.NO_RULE: "No rule:",
}
RULE = {
    Rule.PROHIBITED: "no drones",
    Rule.NEEDS_PERMIT: "only with a permit",
    Rule.CONDITIONAL: "under conditions",
    Rule.ALLOWED: "drones allowed",
}
BAND = {
    Datum.AGL: "{low} to {high} {unit} above ground",
    Datum.AMSL: "{low} to {high} {unit} above sea level",
    Datum.HAE: "{low} to {high} {unit} above the ellipsoid",
    Datum.TAKEOFF: "{low} to {high} {unit} above take-off",
    Datum.STD: "{low} to {high} {unit} pressure altitude",
}
UP_TO = {
    Datum.AGL: "up to {high} {unit} above ground",
    Datum.AMSL: "up to {high} {unit} above sea level",
    Datum.HAE: "up to {high} {unit} above the ellipsoid",
    Datum.TAKEOFF: "up to {high} {unit} above take-off",
    Datum.STD: "up to {high} {unit} pressure altitude",
}
FROM = {
    Datum.AGL: "from {low} {unit} above ground",
    Datum.AMSL: "from {low} {unit} above sea level",
    Datum.HAE: "from {low} {unit} above the ellipsoid",
    Datum.TAKEOFF: "from {low} {unit} above take-off",
    Datum.STD: "from {low} {unit} pressure altitude",
}
LEVELS = "{low} to {high}"  # flight levels, such as FL65
UP_TO_LEVEL = "up to {high}"
FROM_LEVEL = "from {low}"
ALL_HEIGHTS = "at every height"
UNSTATED_HEIGHTS = "at every height, as no limits are stated"
POINT = "."  # between whole and tenth
ZONE_SAYS = "Zone {name} (version {version}): {rule}, {heights}."
ZONE_WHOLE = "zone {name} (version {version}: {rule}, {heights})"
ZONE_AT = "zone {name} (version {version}: {rule}, {heights}; {times})"
SPAN = "{start} to {end} UTC"
MISSING = "What is missing: {what}."
UNCHECKED = "Conditions of the permit that nobody checked: {what}"
IN_WORDS = "Those in its own words."
UNTIL = "Next change: {time} UTC."
COMING = "From {time} UTC on, zone {name} applies here."
CONSENT = "Needs consent: {zones}. Whoever flies there needs a permit, and {who} must agree to it."
NO_CONSENT_OF_OTHERS = "Needs a permit: {zones}. No other authority has to agree to it."
CONFLICT = {
    "granted_first": "Permit {permit} was granted first and comes too near, {span}; it stands.",
    "goes_first": "Permit {permit} goes first and comes too near, {span}; it stands.",
    "gives_way": "Permit {permit} comes too near, {span}; it gives way, and its holder is to be told.",
}
HEIGHTS_UNKNOWN = "Whether its heights overlap cannot be compared, so it is taken as if they did."
LATER = "It would be free {shift} later, {span}."
HIGHER = "It would be free {shift} m higher."
LOWER = "It would be free {shift} m lower."
NOTHING_FREE = "Within a day nothing free was found."
NEEDED = (
    "identity", "an identity that can be true", "an identity of the kind that the permit names",
    "a better position", "a better height", "any height of the flight", "terrain", "geoid", "air pressure (QNH)",
    "ground height at take-off", "whether it took off where it says", "heights that can be compared with the zone's",
    "the zone's hours", "whether the zone's conditions are met", "whether the zone's exemption applies",
    "a height to compare with the zone's exemption", "the drone's mass", "the category", "the mission",
)  # fmt: skip
NEEDED_OF = {
    r"whether the permit lifts version (\S+) of the zone": "whether the permit lifts version {0} of the zone",
    r"whether the heights of permit (.+) overlap": "whether the heights of permit {0} overlap",
}
MESSAGES: tuple[str, ...] = tuple(
    dict.fromkeys(
        [
            *(text for clause in CLAUSES.values() for text in (clause.sentence, clause.remedy)),
            COMPLETE, NOT_COMPLETE, *VERDICT.values(), *RULE.values(), *BAND.values(), *UP_TO.values(), *FROM.values(),
            LEVELS, UP_TO_LEVEL, FROM_LEVEL, ALL_HEIGHTS, UNSTATED_HEIGHTS,
            POINT, ZONE, ZONE_SAYS, ZONE_WHOLE, ZONE_AT, SPAN, MISSING, UNCHECKED, IN_WORDS, UNTIL, COMING,
            CONSENT, NO_CONSENT_OF_OTHERS, *CONFLICT.values(), HEIGHTS_UNKNOWN, LATER, HIGHER, LOWER, NOTHING_FREE,
            *NEEDED, *NEEDED_OF.values(), *CONDITIONS.values(),
        ]
    )
)  # fmt: skip
_WORDS_UNCHECKED = "whether the permit's conditions are met"
_TOLD_BY_CLAUSE = (
    "identity", "an identity that can be true", "an identity of the kind that the permit names", "the zone's hours",
    "whether the zone's conditions are met",
)  # fmt: skip
_LIFTS = re.compile(next(iter(NEEDED_OF)))
_CODE_UNCHECKED = re.compile(r"whether the permit's condition (\w+) is met")


def sentence(explanation: Explanation, translate: Translate) -> str:
    """Return the answer and why, as one to a few sentences; the gravest zone speaks for a flight."""
    tell = _of_flight if explanation.about == "flight" else _of_operation
    return " ".join(tell(explanation, translate))


def remedy(explanation: Explanation, translate: Translate) -> str:
    """Return what would settle or change the answer, in one sentence."""
    return translate(CLAUSES[explanation.clause].remedy)


def _of_flight(told: Explanation, translate: Translate) -> Iterator[str]:
    zone = told.ruling
    yield f"{translate(VERDICT[told.verdict])} {_why(told, zone, translate)}"
    yield from _lacking(zone.missing if zone is not None else told.missing, translate)
    if zone is not None:
        yield translate(ZONE_SAYS).format(**_zone_parts(zone, translate))
    if zone is not None and zone.margin_time_ns is not None:
        yield translate(UNTIL).format(time=_time(told.t_ns + zone.margin_time_ns))
    if told.coming_zone_id is not None and told.coming_from_ns is not None:
        name = shown(told.coming_zone_name or told.coming_zone_id)
        yield translate(COMING).format(time=_time(told.coming_from_ns), name=name)


def _why(told: Explanation, zone: ZoneExplained | None, translate: Translate) -> str:
    text = translate(CLAUSES[told.clause].sentence).format(
        zone="" if zone is None else translate(ZONE).format(name=shown(zone.name or zone.zone_id)),
        permit="" if zone is None or zone.permit_id is None else shown(zone.permit_id),
        law=translate(COMPLETE if told.law_complete else NOT_COMPLETE),
    )
    return text[0].upper() + text[1:]


def _lacking(missing: tuple[str, ...], translate: Translate) -> Iterator[str]:
    """Say what is missing to tell, apart from the conditions that nobody checked."""
    codes = [found[1] for found in map(_CODE_UNCHECKED.fullmatch, missing) if found is not None]
    lacking = [one for one in missing if one != _WORDS_UNCHECKED and not _CODE_UNCHECKED.fullmatch(one)]
    lacking = [one for one in lacking if one not in _TOLD_BY_CLAUSE and not _LIFTS.fullmatch(one)]
    if lacking:
        yield translate(MISSING).format(what=", ".join(needed(one, translate) for one in lacking))
    unchecked = [translate(CONDITIONS[code]) for code in codes if code in CONDITIONS]
    unchecked += [translate(IN_WORDS)] if _WORDS_UNCHECKED in missing else []
    if unchecked:
        yield translate(UNCHECKED).format(what=" ".join(unchecked))


def needed(what: str, translate: Translate) -> str:
    """Return what is missing in the reader's language; what a newer program may miss is said as it is."""
    for pattern, text in NEEDED_OF.items():
        found = re.fullmatch(pattern, what)
        if found is not None:
            return translate(text).format(shown(found[1]))
    return translate(what) if what in NEEDED else shown(what)


# ---- an application --------------------------------------------------------------------------------


def _of_operation(told: Explanation, translate: Translate) -> Iterator[str]:
    asking = [zone for zone in told.zones if zone.clause == "no_permit"]
    if asking:
        yield _consent(told, asking, translate)
    others = [zone for zone in told.zones if zone.clause != "no_permit"]
    for zone in others:
        words = translate(CLAUSES[zone.clause].sentence).format(zone=_timed(told, zone, translate), permit="", law="")
        yield f"{translate(VERDICT[zone.verdict])} {words[0].upper() + words[1:]}"
    if not told.zones:
        yield f"{translate(VERDICT[told.verdict])} {_why(told, None, translate)}"
    yield from _lacking(tuple(what for zone in others for what in zone.missing), translate)
    for conflict in told.conflicts:
        yield from _conflict(conflict, translate)
    if not told.free_of_conflict:
        yield from (_alternative(one, translate) for one in told.alternatives)
        if not told.alternatives:
            yield translate(NOTHING_FREE)


def _consent(told: Explanation, zones: list[ZoneExplained], translate: Translate) -> str:
    names = "; ".join(_timed(told, zone, translate) for zone in zones)
    who = dict.fromkeys(shown(one) for zone in zones for one in zone.consent_of)
    return translate(CONSENT if who else NO_CONSENT_OF_OTHERS).format(zones=names, who=", ".join(who))


def _conflict(conflict: Conflict, translate: Translate) -> Iterator[str]:
    span = _span(conflict.start_ns, conflict.end_ns, translate)
    yield translate(CONFLICT[conflict.because]).format(permit=shown(conflict.permit_id), span=span)
    if conflict.heights == "not_comparable":
        yield translate(HEIGHTS_UNKNOWN)


def _alternative(one: Alternative, translate: Translate) -> str:
    if one.kind == "time":
        start_ns, end_ns = min(part.start_ns for part in one.volumes), max(part.end_ns for part in one.volumes)
        shift = f"{one.shift_ns // 3_600_000_000_000}:{one.shift_ns // 60_000_000_000 % 60:02d} h"
        return translate(LATER).format(shift=shift, span=_span(start_ns, end_ns, translate))
    return translate(HIGHER if one.shift_mm > 0 else LOWER).format(shift=_metres(abs(one.shift_mm), translate))


# ---- names, heights, times -------------------------------------------------------------------------


def _timed(told: Explanation, zone: ZoneExplained, translate: Translate) -> str:
    """Name a zone with what it says, and when, where that is not all the time asked for."""
    whole = told.until_ns is not None and _whole(zone.in_force, told.t_ns, told.until_ns)
    if whole or not zone.in_force:
        return translate(ZONE_WHOLE).format(**_zone_parts(zone, translate))
    times = ", ".join(_span(one.start_ns or 0, one.end_ns or 0, translate) for one in zone.in_force)
    return translate(ZONE_AT).format(**_zone_parts(zone, translate), times=times)


def _whole(intervals: tuple[Interval, ...], start_ns: int, end_ns: int) -> bool:
    return any((one.start_ns or 0) <= start_ns and (one.end_ns or 0) >= end_ns for one in intervals)


def _zone_parts(zone: ZoneExplained, translate: Translate) -> dict[str, str]:
    return {
        "name": shown(zone.name or zone.zone_id),
        "version": str(zone.zone_version),
        "rule": translate(RULE[zone.rule]),
        "heights": heights(zone.floor, zone.ceiling, translate),
    }


def heights(floor: Limit, ceiling: Limit, translate: Translate, *, feet: bool = False) -> str:
    """Return a band of heights; a limit that is not stated limits nothing, as in the verdict, and that is said.

    In feet it is the band of whole feet that holds all of it: it never seems smaller than it is.
    """
    unit = "ft" if feet else "m"
    low = floor if isinstance(floor, Altitude) else None
    high = ceiling if isinstance(ceiling, Altitude) else None
    if low is None and high is None:
        return translate(UNSTATED_HEIGHTS if floor is None and ceiling is None else ALL_HEIGHTS)
    levels = ["" if limit is None else flight_level(limit) for limit in (low, high)]
    if low is not None and high is not None and low.datum is high.datum and bool(levels[0]) == bool(levels[1]):
        figures = {
            "low": levels[0] or _figure(low.value_mm, translate, feet=feet, up=False),
            "high": levels[1] or _figure(high.value_mm, translate, feet=feet, up=True),
            "unit": unit,
        }
        return translate(LEVELS if levels[0] else BAND[low.datum]).format(**figures)
    parts = []
    if low is not None:
        said = translate(FROM_LEVEL if levels[0] else FROM[low.datum])
        figure = levels[0] or _figure(low.value_mm, translate, feet=feet, up=False)
        parts.append(said.format(low=figure, unit=unit))
    if high is not None:
        said = translate(UP_TO_LEVEL if levels[1] else UP_TO[high.datum])
        figure = levels[1] or _figure(high.value_mm, translate, feet=feet, up=True)
        parts.append(said.format(high=figure, unit=unit))
    return " ".join(parts)


def _figure(value_mm: int, translate: Translate, *, feet: bool, up: bool) -> str:
    return str(whole_feet(value_mm, up=up)) if feet else _metres(value_mm, translate)


def whole_feet(value_mm: int, *, up: bool) -> int:
    """Return a height in whole feet, rounded up or down; exact: a foot is 304.8 mm."""
    tenths_mm = value_mm * 10
    return -(-tenths_mm // 3048) if up else tenths_mm // 3048


def _metres(value_mm: int, translate: Translate) -> str:
    """Return metres with a tenth where there is one: 120, 30.5."""
    tenths = (value_mm + 50) // 100
    whole, tenth = divmod(abs(tenths), 10)
    return f"{'-' if tenths < 0 else ''}{whole}" + (f"{translate(POINT)}{tenth}" if tenth else "")


def _time(t_ns: int) -> str:
    """Return "2026-05-01 10:00", with seconds where there are any; the same in every language."""
    at = moment(t_ns)
    if at is None:
        return f"{t_ns} ns"
    return f"{at:%Y-%m-%d %H:%M:%S}" if at.second else f"{at:%Y-%m-%d %H:%M}"


def _span(start_ns: int, end_ns: int, translate: Translate) -> str:
    """Return two moments, the day once where it is one day."""
    start, end = _time(start_ns), _time(end_ns)
    return translate(SPAN).format(start=start, end=end[11:] if start[:10] == end[:10] else end)
