"""Zones into ED-318 and ED-269 alike: written, read again by our reader, what differs kept aside or named.

    identifier over 7 characters               3 of its own letters and digits, 4 of its SHA-256 in base32; kept whole
    words and the like without room            kept in extendedProperties.skykeep (ed_kept)
    a limit that the format has no word for    not stated: the zone binds at every height on that side
    hours that it has no word for              the dates alone: the zone is in force at any hour
    law from, law until, where zones differ    the dates of each zone's hours, cut to it
    exemptions, announcement, versions         not in the file

So the file never frees a flight that the zone binds. Every difference is found by reading the file again, and named.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import itertools
from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from skykeep.facts.enacted import Authority, ClockTime, Daily, Limit, Period, Rule, Text, ZoneEnacted
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import ed_kept, ed_periods, jsontext
from skykeep.wire.ed_zone import IDENTIFIER_MAX, NO_COUNTRY, REASONS
from skykeep.wire.export import Exported
from skykeep.wire.jsontext import Json
from skykeep.wire.periods import DAY_S, NOT_WORKED_OUT, clock_words, moment_words, schedule_words
from skykeep.wire.zonefile import NO_CEILING, Import

REFERENCES = {Datum.AGL: "AGL", Datum.AMSL: "AMSL", Datum.HAE: "WGS84"}
TYPES = {
    Rule.PROHIBITED: "PROHIBITED",
    Rule.NEEDS_PERMIT: "REQ_AUTHORIZATION",
    Rule.CONDITIONAL: "CONDITIONAL",
    Rule.ALLOWED: "NO_RESTRICTION",
}


class Dialect(NamedTuple):
    """One format: how a zone becomes a feature, features a file, and a file zones again."""

    feature: Callable[[Written], dict[str, Json]]
    file: Callable[[list[bytes], Shared], bytes]
    read: Callable[[bytes], Import]
    shares_dates: bool  # whether its metadata can bound every zone of a file


@dataclasses.dataclass(frozen=True, slots=True)
class Shared:
    """What holds for every zone of a file and stands in its metadata."""

    effective_from_ns: int | None = None
    end_ns: int | None = None
    metadata: Json = None


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """A zone on its way into a file."""

    zone: ZoneEnacted
    identifier: str
    periods: tuple[Period, ...]
    carried: dict[str, Json]
    kept: Json = None

    def extended(self) -> dict[str, Json]:
        """Return `extendedProperties`: those that came with the zone, and what is kept."""
        own = self.carried.get("extendedProperties")
        found = {key: value for key, value in own.items() if key != ed_kept.KEY} if isinstance(own, dict) else {}
        return found | ({} if self.kept is None else {ed_kept.KEY: self.kept})

    def texts(self, topic: str, otherwise: str | None = None) -> tuple[Text, ...]:
        """Return the words about one thing, or these where there are none."""
        found = tuple(text for text in self.zone.texts if text.about == topic)
        return found or ((Text(about=topic, lang="", text=otherwise),) if otherwise else ())


def export(zones: Iterable[ZoneEnacted], dialect: Dialect) -> Exported:
    """Return the zones as a file; `lost` says what it does not say to others, and what nobody gets back."""
    listed = list(zones)
    shared = _shared(listed, dates=dialect.shares_dates)
    lost: dict[int, list[str]] = {number: [] for number in range(len(listed))}
    names = identifiers([zone.zone_id for zone in listed])
    written: dict[int, Written] = {}
    for number, zone in enumerate(listed):
        periods = _periods(zone, shared)
        if periods is None:
            lost[number].append("it is never in force, so it is not in the file")
        else:
            written[number] = Written(zone, names[number], periods, _carried(zone))
    back = dialect.read(dialect.file([_feature(dialect, one) for one in written.values()], shared))
    found = {zone.zone_id: zone for zone in back.zones}
    why = {report.zone_id: "; ".join(report.what) for report in back.refused}
    features = list[bytes]()
    for number, one in written.items():
        again = found.get(one.identifier)
        if again is None:
            lost[number].append(
                f"it cannot be written, so it is not in the file: {why.get(one.identifier, 'no outline')}"
            )
            continue
        lost[number] += _differences(one, again)
        features.append(_feature(dialect, dataclasses.replace(one, kept=_kept(one.zone, again))))
    words = [f"{listed[number].zone_id}: {what}" for number, said in lost.items() for what in said]
    return Exported(dialect.file(features, shared), words)


def _feature(dialect: Dialect, written: Written) -> bytes:
    return jsontext_bytes(dialect.feature(written))


def jsontext_bytes(value: Json) -> bytes:
    """Return JSON with every decimal as it was written."""
    return _encoder.encode(value)


_encoder = msgspec.json.Encoder(decimal_format="number")


def identifiers(whole: list[str]) -> list[str]:
    """Return identifiers of at most 7 characters, each another one: short ones stay, as far as they stand once."""
    done: dict[int, str] = {}
    taken: set[str] = set()
    for number, one in enumerate(whole):
        if 0 < len(one) <= IDENTIFIER_MAX and one == one.strip() and one not in taken:
            done[number] = one
            taken.add(one)
    for number, one in enumerate(whole):
        if number not in done:
            done[number] = next(short for short in _shortened(one) if short not in taken)
            taken.add(done[number])
    return [done[number] for number in range(len(whole))]


def _shortened(whole: str) -> Iterable[str]:
    first = "".join(sign for sign in whole if sign.isascii() and sign.isalnum())[:3]
    for attempt in itertools.count():
        digest = hashlib.sha256(f"{whole}\n{attempt}".encode()).digest()
        yield first + base64.b32encode(digest).decode()[: IDENTIFIER_MAX - len(first)]


def _shared(zones: list[ZoneEnacted], *, dates: bool) -> Shared:
    bounds = list(dict.fromkeys((zone.effective_from_ns, zone.end_ns) for zone in zones))
    said = list(dict.fromkeys(dict(zone.carried).get("metadata") for zone in zones))
    from_ns, end_ns = bounds[0] if dates and len(bounds) == 1 else (None, None)
    text = said[0] if len(said) == 1 else None
    return Shared(from_ns, end_ns, None if text is None else jsontext.read(text.encode()))


def _carried(zone: ZoneEnacted) -> dict[str, Json]:
    return {name: jsontext.read(text.encode()) for name, text in zone.carried}


def _periods(zone: ZoneEnacted, shared: Shared) -> tuple[Period, ...] | None:
    """Return the periods to write, cut to when the zone is law where the file does not say so; None: never in force."""
    periods = _all_periods(zone)
    if zone.applicability == () and not zone.periods:
        return None
    low_ns = zone.effective_from_ns if shared.effective_from_ns is None else None
    high_ns = zone.end_ns if shared.end_ns is None else None
    if low_ns is None and high_ns is None:
        return periods
    cut = [_cut(period, low_ns, high_ns) for period in periods or (Period(start_ns=None, end_ns=None, daily=()),)]
    return tuple(one for one in cut if one is not None) or None


def _all_periods(zone: ZoneEnacted) -> tuple[Period, ...]:
    """Return the periods that a zone has, in the form in which a reader gives them; dates alone for hours in words."""
    unread = zone.hours_unread is not None and not zone.hours_unread.startswith(NOT_WORKED_OUT)
    if zone.periods and not unread:
        periods = tuple(ed_periods.plain(period) for period in zone.periods)
        return () if all(period == ed_periods.ALWAYS for period in periods) else periods
    if zone.applicability is None or zone.applicability_span is not None:
        return ()
    return tuple(Period(start_ns=one.start_ns, end_ns=one.end_ns, daily=()) for one in zone.applicability)


def _cut(period: Period, low_ns: int | None, high_ns: int | None) -> Period | None:
    starts = [ns for ns in (period.start_ns, low_ns) if ns is not None]
    ends = [ns for ns in (period.end_ns, high_ns) if ns is not None]
    start_ns, end_ns = max(starts, default=None), min(ends, default=None)
    if start_ns is not None and end_ns is not None and start_ns >= end_ns:
        return None
    return Period(start_ns=start_ns, end_ns=end_ns, daily=period.daily)


# What differs after reading.


def _kept(zone: ZoneEnacted, again: ZoneEnacted) -> Json:
    """Return what is kept aside of a zone, so that the second import has it; None: nothing."""
    differ = [field for field in ed_kept.Kept.__struct_fields__ if getattr(zone, field) != getattr(again, field)]
    return ed_kept.keep(zone, differ) if differ else None


def _differences(written: Written, again: ZoneEnacted) -> list[str]:
    zone = written.zone
    said = [*_volume_differences(zone, again), *_time_differences(written, again)]
    if zone.rule is not again.rule:
        said.append(f"rule {zone.rule.value} is {again.rule.value} in the file")
    if zone.exemptions:
        said.append("exemptions are not in the file: there it binds everyone")
    if zone.announced_at_ns is not None:
        said.append(f"its announcement at {moment_words(zone.announced_at_ns)} is not in the file")
    if (zone.version, zone.supersedes) != (1, None):
        said.append(f"version {zone.version} is not in the file")
    aside = [words for field, words in _ASIDE.items() if _says_less(field, zone, again)]
    if aside:
        said.append(f"{', '.join(aside)}: the format has no room for it; kept under extendedProperties.{ed_kept.KEY}")
    return said


_ASIDE = {
    "zone_id": "the whole identifier",
    "name": "name",
    "texts": "words in full",
    "authorities": "authorities in full",
    "issuing_body": "issuing body",
    "contact": "contact",
    "appeal_contact": "appeal contact",
    "legal_basis": "legal basis",
    "reason": "reason",
    "conditions": "conditions",
    "country": "country",
    "severity": "severity",
    "buffer_mm": "buffer",
    "carried": "what else it says",
}


def _says_less(field: str, zone: ZoneEnacted, again: ZoneEnacted) -> bool:
    """Whether the file says less in the format's own fields; what it must add, such as a variant, is no loss."""
    match field:
        case "carried":
            return any(one not in again.carried for one in zone.carried)
        case "texts":
            return any(text not in again.texts for text in zone.texts)
        case "authorities":
            return _without_defaults(zone.authorities, zone) != _without_defaults(again.authorities, zone)
        case _:
            return bool(getattr(zone, field) != getattr(again, field))


def _without_defaults(authorities: tuple[Authority, ...], zone: ZoneEnacted) -> list[Authority]:
    unsaid = {number for number, one in enumerate(zone.authorities) if one.purpose is None}
    return [
        msgspec.structs.replace(one, purpose=None) if number in unsaid else one
        for number, one in enumerate(authorities[: len(zone.authorities)])
    ]


def _volume_differences(zone: ZoneEnacted, again: ZoneEnacted) -> list[str]:
    if len(zone.volumes) != len(again.volumes):
        return [f"{len(zone.volumes) - len(again.volumes)} of its volumes are not in the file"]
    said: list[str] = []
    for number, (volume, other) in enumerate(zip(zone.volumes, again.volumes, strict=True)):
        if volume.outline != other.outline:
            said.append(f"volume {number}: its outline is another one in the file")
        for edge in ("floor", "ceiling"):
            if getattr(volume, edge) != getattr(other, edge):
                limit = _limit_words(getattr(volume, edge))
                said.append(f"volume {number}: {edge} {limit} is {_limit_words(getattr(other, edge))} in the file")
    return said


def _limit_words(limit: Limit) -> str:
    if isinstance(limit, Altitude):
        return f"{limit.value_mm / 1000:g} m {limit.datum.name}"
    return limit or "not stated"


def _time_differences(written: Written, again: ZoneEnacted) -> list[str]:
    zone, said = written.zone, list[str]()
    if zone.hours_unread is not None and not zone.hours_unread.startswith(NOT_WORKED_OUT):
        said.append(f"hours in words ({zone.hours_unread}) are not in the file: there it is in force at any hour")
    elif written.periods != again.periods:
        daily = schedule_words(one for period in zone.periods for one in period.daily)
        said.append(f"hours ({daily or 'dates'}) are not in the file as they are: there it is in force longer")
    elif zone.applicability_span is not None and not zone.periods:
        said.append("its intervals have no hours behind them and are not in the file: there it is always in force")
    for field, words in (("effective_from_ns", "law from"), ("end_ns", "law until")):
        ns = getattr(zone, field)
        if ns is not None and ns != getattr(again, field):
            said.append(f"{words} {moment_words(ns)}: in the file its hours are cut to it")
    return said


# Parts that both formats write alike.


def periods(of: tuple[Period, ...], event_names: dict[str, str]) -> list[dict[str, Json]]:
    """Return periods as JSON; one with hours that the formats have no words for is written with its dates alone."""
    return [_period(period, event_names) for period in of]


def _period(period: Period, event_names: dict[str, str]) -> dict[str, Json]:
    found: dict[str, Json] = {} if period.start_ns is None else {"startDateTime": moment_words(period.start_ns)}
    if period.end_ns is not None:
        found["endDateTime"] = end_words(period.end_ns)
    if period.daily and all(map(_has_words, period.daily)):
        found["schedule"] = [_daily(daily, event_names) for daily in period.daily]
    return found


def end_words(end_ns: int) -> str:
    """Return a closing date; one in the last minute of a day by another clock, so that nobody reads the whole day."""
    if end_ns // (60 * 10**9) % 1440 != 1439:
        return moment_words(end_ns)
    return moment_words(end_ns + 3600 * 10**9).replace("Z", "+01:00")


def _has_words(daily: Daily) -> bool:
    by_name = daily.time_zone != "UTC" and daily.time_zone[:1] not in ("+", "-")
    times = [time for time in (daily.start, daily.end) if time is not None]
    clocks = [time for time in times if isinstance(time, ClockTime)]
    if by_name and (clocks or daily.days):
        return False
    return all(isinstance(time, ClockTime) or time.offset_s == 0 for time in times)


def _daily(daily: Daily, event_names: dict[str, str]) -> dict[str, Json]:
    found: dict[str, Json] = {"day": [ed_periods.DAYS[day] for day in daily.days] or ["ANY"]}
    zone = "Z" if daily.time_zone == "UTC" else daily.time_zone
    for edge, time in (("start", daily.start), ("end", daily.end)):
        if isinstance(time, ClockTime):
            shown = "23:59:59" if time.second == DAY_S else clock_words(time.second)
            found[f"{edge}Time"] = (shown if len(shown) == 8 else f"{shown}:00") + zone
        elif time is not None:
            found[f"{edge}Event"] = event_names.get(time.event.name, time.event.name)
    return found


def country(zone: ZoneEnacted) -> str:
    """Return the country, which the standards want in three letters."""
    return zone.country if zone.country is not None and len(zone.country) == 3 else NO_COUNTRY


def kind_of_zone(written: Written) -> str:
    """Return ED-318's word for the rule."""
    uspace = written.carried.get("type") == "USPACE" and written.zone.rule is Rule.NEEDS_PERMIT
    return "USPACE" if uspace else TYPES[written.zone.rule]


def variant(written: Written) -> str:
    """Return COMMON or CUSTOMIZED."""
    return "CUSTOMIZED" if written.carried.get("variant") == "CUSTOMIZED" else "COMMON"


def reasons(written: Written) -> list[str]:
    """Return the reasons that the formats know; any other one is OTHER."""
    listed = written.carried.get("reason")
    given = [str(one) for one in listed] if isinstance(listed, list) else []
    found = [one for one in given if one in REASONS]
    if len(found) < len(given) or (not given and written.zone.reason):
        found.append("OTHER")
    return list(dict.fromkeys(found))[:9]


def other_reason(written: Written) -> tuple[Text, ...]:
    """Return the reason in words, where it is more than the codes."""
    reason = written.zone.reason
    return written.texts("reason", None if reason == ", ".join(reasons(written)) else reason)


def authorities(zone: ZoneEnacted) -> tuple[Authority, ...]:
    """Return whom to ask; where the zone lists nobody, its issuing body and contact."""
    if zone.authorities or not (zone.issuing_body or zone.contact):
        return zone.authorities
    name = (Text(about="authority_name", lang="", text=zone.issuing_body),) if zone.issuing_body else ()
    service = (Text(about="authority_service", lang="", text=zone.contact),) if zone.contact else ()
    return (
        Authority(
            name=name,
            service=service,
            contact_name=(),
            site_url=None,
            email=None,
            phone=None,
            purpose=None,
            interval_before=None,
        ),
    )


def limit(edge: str, of: Limit, datums: frozenset[Datum]) -> tuple[Json, str] | None:
    """Return value in metres and reference of a limit; None where it is not stated or the format has no word for it."""
    if of == "unlimited":
        return (NO_CEILING, "AMSL") if edge == "upper" else None
    if not isinstance(of, Altitude) or of.datum not in datums:
        return None
    return metres(of.value_mm), REFERENCES[of.datum]


def metres(value_mm: int) -> Json:
    """Return millimetres in metres, as a number that reads back as the same."""
    return value_mm // 1000 if value_mm % 1000 == 0 else value_mm / 1000


def degrees(value_e7: int) -> float:
    """Return 1e-7 degrees in degrees, as the shortest number that reads back as the same."""
    return value_e7 / 10_000_000


def ring(vertices: Iterable[tuple[int, int]]) -> list[list[float]]:
    """Return a ring of (lat_e7, lon_e7) as GeoJSON's [lon, lat]."""
    return [[degrees(lon_e7), degrees(lat_e7)] for lat_e7, lon_e7 in vertices]
