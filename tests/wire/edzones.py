"""Zones for the tests of export: as rich as the formats can carry, and richer; and how two imports are compared."""

import functools
import json

import msgspec
from hypothesis import strategies as st

from skykeep.facts.enacted import (
    Authority,
    Circle,
    ClockTime,
    Daily,
    Exemption,
    Interval,
    Period,
    Polygon,
    Rule,
    SunEvent,
    SunTime,
    Text,
    Volume,
    ZoneEnacted,
)
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import ed_periods, periods

JUDGED = ("rule", "exemptions", "volumes", "announced_at_ns", "effective_from_ns", "end_ns", "periods", "applicability",
          "applicability_span", "hours_unread")  # fmt: skip
CARRIED = ("zone_id", "name", "buffer_mm", "severity", "issuing_body", "legal_basis", "reason", "conditions", "contact",
           "appeal_contact", "authorities", "texts", "country", "carried")  # fmt: skip
NS = 10**9
DAY_S = 86_400
YEAR_2000_S, YEAR_2150_S = 946_684_800, 5_680_281_600

WORDS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12) | st.sampled_from(["x" * 300, "Zone 1"])
LANGS = st.sampled_from(["", "en-GB", "fi", "sr-Latn", "de-CH"])
IDS = st.text("ABCdef0123-_/é", min_size=1, max_size=12) | st.just("Z" * 150)


def differing(zones, others, fields):
    """Return (zone_id, field) wherever two imports of one file differ."""
    assert len(zones) == len(others)
    return [
        (zone.zone_id, field)
        for zone, other in zip(zones, others, strict=True)
        for field in fields
        if getattr(zone, field) != getattr(other, field)
    ]


def texts(*abouts):
    return st.lists(st.builds(Text, about=st.sampled_from(abouts), lang=LANGS, text=WORDS), max_size=3).map(tuple)


AUTHORITIES = st.builds(
    Authority,
    name=texts("authority_name"),
    service=texts("authority_service"),
    contact_name=texts("authority_contact_name"),
    site_url=st.sampled_from([None, "https://zones.example/a", "ask at the tower"]),
    email=st.sampled_from([None, "a@zones.example", "a (at) zones.example"]),
    phone=st.sampled_from([None, "+358 1", "9" * 201]),
    purpose=st.sampled_from([None, "AUTHORIZATION", "NOTIFICATION", "INFORMATION", "COFFEE"]),
    interval_before=st.sampled_from([None, "P10DT00H", "PT1H", "two days"]),
)

E7 = st.integers(-900_000_000, 900_000_000), st.integers(-1_800_000_000, 1_800_000_000)


@st.composite
def polygons(draw):
    """A triangle with a hole, or without: any three corners that are not on one line."""
    lat, lon = draw(st.integers(-800_000_000, 799_000_000)), draw(st.integers(-1_700_000_000, 1_699_000_000))
    size = draw(st.integers(10, 9_999_999))
    ring = ((lat, lon), (lat, lon + size), (lat + size, lon + draw(st.integers(0, size))), (lat, lon))
    third = size // 5
    hole = tuple((lat + third + (a - lat) // 9, lon + third * 2 + (b - lon) // 9) for a, b in ring)
    enclose = len(set(hole)) == 3 and size > 1000
    return Polygon(rings=(ring, hole) if enclose and draw(st.booleans()) else (ring,))


CIRCLES = st.builds(Circle, lat_e7=E7[0], lon_e7=E7[1], radius_mm=st.integers(1, 1_000_000_000))
WRITABLE = (Datum.AGL, Datum.AMSL)


@st.composite
def volumes(draw, datums):
    altitudes = st.builds(Altitude, st.integers(-500_000, 30_000_000), st.sampled_from(datums))
    floor, ceiling = draw(st.none() | altitudes), draw(st.none() | st.just("unlimited") | altitudes)
    if isinstance(floor, Altitude) and isinstance(ceiling, Altitude) and floor.datum is ceiling.datum:
        low, high = sorted((floor.value_mm, ceiling.value_mm))
        floor, ceiling = Altitude(low, floor.datum), Altitude(high + 1, floor.datum)
    return Volume(outline=draw(polygons() | CIRCLES), floor=floor, ceiling=ceiling)


MINUTES = st.integers(0, 1438).map(lambda minute: ClockTime(second=minute * 60))
STARTS = st.none() | MINUTES | st.builds(SunTime, event=st.sampled_from(SunEvent), offset_s=st.just(0))
ENDS = STARTS | st.just(ClockTime(second=DAY_S)) | st.integers(1, 86_000).map(lambda second: ClockTime(second=second))


@st.composite
def dailies(draw, zones):
    start, end = draw(STARTS), draw(ENDS)
    by_clock = isinstance(start, ClockTime) or isinstance(end, ClockTime)
    days = draw(st.sets(st.integers(0, 6), max_size=7))
    if start is None and end is None and len(days) in (0, 7):
        start = ClockTime(second=60)
        by_clock = True
    return Daily(days=tuple(sorted(days)), start=start, end=end, time_zone=draw(st.sampled_from(zones)) if by_clock else "UTC")


# To the nanosecond, to the second, and the last second of a day, which is the end of a day to those who read it.
EDGES = st.integers(YEAR_2000_S * NS, YEAR_2150_S * NS) | st.integers(YEAR_2000_S, YEAR_2150_S).map(lambda s: s * NS) | (
    st.integers(YEAR_2000_S // DAY_S, YEAR_2150_S // DAY_S).map(lambda day: (day * DAY_S - 1) * NS))  # fmt: skip


@st.composite
def periods_of(draw, zones):
    edges = sorted(draw(st.sets(EDGES, min_size=2, max_size=2)))
    start_ns, end_ns = (edge if draw(st.booleans()) else None for edge in edges)
    daily = draw(st.lists(dailies(zones), max_size=3))
    return Period(start_ns=start_ns, end_ns=end_ns, daily=tuple(daily))


JSON = st.recursive(st.none() | st.booleans() | st.integers(-9, 9) | WORDS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2), max_leaves=4)  # fmt: skip
ITEMS = st.fixed_dictionaries({}, optional={
    "variant": st.sampled_from(["COMMON", "CUSTOMIZED", "OWN"]), "region": st.integers(-5, 9) | WORDS,
    "reason": st.lists(st.sampled_from(["AIR_TRAFFIC", "NOISE", "OTHER", "Foreign territory"]), min_size=1, max_size=3, unique=True),
    "regulationExemption": st.sampled_from(["YES", "NO", "MAYBE"]), "uSpaceClass": WORDS,
    "dataSource": st.fixed_dictionaries({}, optional={"creationDate": st.just("2024-01-01"), "originator": st.just({"lang": "", "text": "x"})}),
    "extendedProperties": st.dictionaries(WORDS, JSON, min_size=1, max_size=3) | WORDS,
})  # fmt: skip


def as_carried(items):
    return tuple((name, json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)) for name, value in sorted(items.items()))


@st.composite
def zones(draw, zone_id, *, datums, time_zones=("UTC", "+02:00", "-03:30"), bounds=(None, None)):
    """A zone that a format of these datums can carry, its words and what it carries besides any that a source gave."""
    hours = tuple(ed_periods.plain(one) for one in draw(st.lists(periods_of(time_zones), max_size=3)))
    if all(one == ed_periods.ALWAYS for one in hours):
        hours = ()
    applicability, unread = periods.in_force(hours)
    optional = st.none() | WORDS
    return ZoneEnacted(
        zone_id=zone_id, version=1, supersedes=None, name=draw(WORDS), rule=draw(st.sampled_from(Rule)), exemptions=(),
        volumes=tuple(draw(st.lists(volumes(datums), min_size=1, max_size=3))), buffer_mm=draw(st.none() | st.integers(0, 10**9)),
        severity=draw(st.none() | st.integers(1, 5)), announced_at_ns=None, effective_from_ns=bounds[0], end_ns=bounds[1],
        periods=hours, applicability=applicability, applicability_span=None, hours_unread=unread,
        issuing_body=draw(optional), legal_basis=draw(optional), reason=draw(optional), conditions=draw(optional),
        contact=draw(optional), appeal_contact=draw(optional), authorities=tuple(draw(st.lists(AUTHORITIES, max_size=2))),
        texts=draw(texts("name", "message", "conditions", "reason", "legal_basis")), country=draw(st.sampled_from([None, "FIN", "Finland", "FI"])),
        carried=as_carried(draw(ITEMS)), source_format="ed318", source_sha256="x", native="{}", doubts=(),
    )  # fmt: skip


@st.composite
def files(draw, *, datums, shared_dates):
    """Zones as one file of a format holds them."""
    names = draw(st.lists(IDS, min_size=1, max_size=4, unique=True))
    bounds = draw(st.sampled_from([(None, None), (YEAR_2000_S * NS, None), (None, YEAR_2150_S * NS + 7), (5 * NS, 9 * NS)]))
    return [draw(zones(name, datums=datums, bounds=bounds if shared_dates else (None, None))) for name in names]


def _later_ns(start_s, span_s):
    return span_s and (start_s + span_s) * NS


@st.composite
def any_zones(draw):
    """Zones with what these formats have no words for, too."""
    found = []
    for name in draw(st.lists(IDS, min_size=1, max_size=3)):
        zone = draw(zones(name, datums=tuple(Datum), time_zones=("UTC", "Europe/Helsinki", "+05:45")))
        start_s = draw(st.none() | st.integers(YEAR_2000_S, YEAR_2150_S))
        changes = {
            "effective_from_ns": None if start_s is None else start_s * NS,
            "end_ns": draw(st.sampled_from([None, 0, 7, 10**9]).map(functools.partial(_later_ns, start_s or YEAR_2000_S))),
            "exemptions": draw(st.sampled_from([(), (Exemption(mass_max_g=250, height_max=None, categories=(), missions=(), words=None),)])),
            "announced_at_ns": draw(st.sampled_from([None, 7 * NS])),
            "version": draw(st.sampled_from([1, 1, 4])),
        }  # fmt: skip
        if draw(st.integers(0, 4)) == 0:
            changes["hours_unread"] = "schedule: what was meant?"
        if not zone.periods and draw(st.integers(0, 2)) == 0:
            some = Interval(start_ns=YEAR_2000_S * NS, end_ns=YEAR_2000_S * NS + 1)
            changes["applicability"] = draw(st.sampled_from([(some,), ()]))
            changes["applicability_span"] = draw(st.sampled_from([None, Interval(start_ns=0, end_ns=2**61)]))
        found.append(msgspec.structs.replace(zone, **changes))
    return found
