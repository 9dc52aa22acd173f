"""Zones written as OpenAir 2.1, with words for all that the format has no record for.

One airspace a volume; the volumes of a zone share its AI, and come back as one zone. Places, radii and heights come
back as the same integers. A zone that was read from OpenAir keeps its class, its type and its other records.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from skykeep.errors import Malformed
from skykeep.facts.enacted import Circle, Interval, Limit, Rule, Volume, ZoneEnacted
from skykeep.geo.altitude import Datum
from skykeep.wire import jsontext, openair, openair_class, openair_quantity, outlines, zonefile
from skykeep.wire.export import Exported
from skykeep.wire.openair import CARRIED, LINE_MAX
from skykeep.wire.periods import in_force, moment_words, union

HEADER = "*VERSION: 2.1\n*WRITTEN_BY: Skykeep\n"
"""As Naviter's description asks for it."""

LOST = {
    "exemptions": "exemptions",
    "buffer_mm": "buffer",
    "severity": "severity",
    "announced_at_ns": "the moment it was announced",
    "effective_from_ns": "the moment it becomes law",
    "end_ns": "the moment it ends as law",
    "issuing_body": "issuing body",
    "legal_basis": "legal basis",
    "reason": "reason",
    "conditions": "conditions",
    "appeal_contact": "appeal contact",
    "authorities": "authorities",
    "texts": "texts by language",
    "country": "country",
}
"""Fields of a zone that OpenAir has no record for, in words."""

ALWAYS = Interval(start_ns=None, end_ns=None)

_KEPT = re.compile(r"TP|A[A-Z]")
_WRITTEN_ANEW = ("AC", "AY", "AN", "AI", "AL", "AH")


def write(zones: Iterable[ZoneEnacted]) -> Exported:
    """Return zones as one OpenAir file, UTF-8, a blank line between airspaces."""
    lost: list[str] = []
    blocks = [block for zone in zones for block in _airspaces(zone, lost)]
    return Exported("\n".join([HEADER, *blocks]).encode(), lost)


def _airspaces(zone: ZoneEnacted, lost: list[str]) -> Iterator[str]:
    head = _head(zone, lost)
    if missing := [words for field, words in LOST.items() if getattr(zone, field) not in (None, ())]:
        lost.append(f"{zone.zone_id}: not in the file: {', '.join(missing)}")
    if not zone.volumes:
        lost.append(f"{zone.zone_id}: it has no volume, so it is not in the file")
    for number, volume in enumerate(zone.volumes, start=1):
        name = zone.zone_id if len(zone.volumes) == 1 else f"{zone.zone_id}: volume {number}"
        yield "".join(f"{line}\n" for line in (*head, *_limits(volume, name, lost), *_outline(volume, name, lost)))


def _head(zone: ZoneEnacted, lost: list[str]) -> list[str]:
    """Return the records that all airspaces of a zone share."""
    carried = _carried(zone, lost)
    if zone.contact is not None and not carried.keys() & {"AF", "AG"}:
        lost.append(f"{zone.zone_id}: not in the file: contact")
    air_class, air_type = _class(zone, carried, lost)
    records = [f"AC {air_class}", f"AY {air_type}"] if air_type else [f"AC {air_class}"]
    records.append(f"AN {_line(zone.name, 'name', zone.zone_id, lost)}")
    records.append(f"AI {_line(zone.zone_id, 'id', zone.zone_id, lost)}")
    records += [f"AA {words}" for words in _hours(zone, carried.get("AA", []), lost)]
    kept = ((code, words) for code, listed in carried.items() for words in listed)
    return records + [f"{code} {words}" for code, words in kept if code not in (*_WRITTEN_ANEW, "AA")]


def _carried(zone: ZoneEnacted, lost: list[str]) -> dict[str, list[str]]:
    """Return the records that the zone brought along from OpenAir."""
    found: dict[str, list[str]] = {}
    for name, text in zone.carried:
        code = name.removeprefix(CARRIED)
        if name.startswith(CARRIED) and _KEPT.fullmatch(code) and (words := _words(text)):
            found[code] = words
        else:
            lost.append(f"{zone.zone_id}: not in the file: {name}")
    return found


def _words(text: str) -> list[str]:
    """Return the words of a carried record, of which there may be several; none where it is no such thing."""
    try:
        said = jsontext.read(text.encode())
    except Malformed:
        return []
    listed = said if isinstance(said, list) else [said]
    return listed if all(isinstance(one, str) and one == _plain(one) for one in listed) else []


def _plain(words: str) -> str:
    """Return words as they would be read again from one line."""
    return openair.words_of(re.sub(r"[\r\n\0]", " ", words)[: LINE_MAX - 10])


def _line(words: str, what: str, zone_id: str, lost: list[str]) -> str:
    plain = _plain(words)
    if plain != words:
        lost.append(f"{zone_id}: its {what} is written as {jsontext.show(plain)}; a record holds one line, no comment")
    return plain


def _class(zone: ZoneEnacted, carried: dict[str, list[str]], lost: list[str]) -> tuple[str, str]:
    """Return class and type: those that it came with if they say the same still, else those of its rule."""
    air_class, air_type = (carried.get(code, [""])[0] for code in ("AC", "AY"))
    if (air_class or air_type) and openair_class.rule(air_class or "UNC", air_type, []) is zone.rule:
        return air_class or "UNC", air_type
    if zone.rule is Rule.CONDITIONAL:
        lost.append(f"{zone.zone_id}: OpenAir has no conditional zone; it is written as a danger area (Q)")
    return openair_class.WRITTEN[zone.rule]


def _hours(zone: ZoneEnacted, kept: list[str], lost: list[str]) -> list[str]:
    """Return AA records: dates as they are; of hours that repeat OpenAir knows nothing."""
    dates = union((period.start_ns, period.end_ns) for period in zone.periods) or zone.applicability or ()
    said = [*(_interval_text(one) for one in dates if one != ALWAYS), *kept]
    periods, unread = openair.hours(said, _plain(zone.name), [])
    read_back = (None, unread) if unread else in_force(periods)
    if read_back != (zone.applicability, zone.hours_unread):
        lost.append(f"{zone.zone_id}: its hours are not in the file as they are: {_hours_words(zone, said, unread)}")
    return said


def _hours_words(zone: ZoneEnacted, said: list[str], unread: str | None) -> str:
    if unread is not None and unread != zone.hours_unread:
        return unread
    return "only its dates are" if said else "it reads as always in force"


def _interval_text(interval: Interval) -> str:
    start, end = ("NONE" if t_ns is None else moment_words(t_ns) for t_ns in (interval.start_ns, interval.end_ns))
    return f"{start}/{end}"


def _limits(volume: Volume, name: str, lost: list[str]) -> Iterator[str]:
    unclear = zonefile.at_or_below(volume.ceiling, volume.floor)
    for code, what, limit in (("AL", "lower", volume.floor), ("AH", "upper", volume.ceiling)):
        words = None if unclear or (code, limit) == ("AL", "unlimited") else openair_quantity.limit_text(limit)
        if words is not None and openair_quantity.limit(words, what, []) == limit:
            yield f"{code} {words}"
        elif limit is not None:
            lost.append(f"{name}: its {what} limit ({_said(limit)}) is not in the file")


def _said(limit: Limit) -> str:
    if limit is None or limit == "unlimited":
        return str(limit)
    reference = {Datum.HAE: "above the ellipsoid", Datum.TAKEOFF: "above take-off"}.get(limit.datum, limit.datum.name)
    return f"{limit.value_mm / 1000:g} m {reference}"


def _outline(volume: Volume, name: str, lost: list[str]) -> Iterator[str]:
    outline = volume.outline
    if isinstance(outline, Circle):
        if not 0 < outline.radius_mm <= outlines.RADIUS_MAX_MM:
            lost.append(f"{name}: a circle of {outline.radius_mm / 1000:g} m is no airspace and will not be read")
        yield f"V X={openair_quantity.place_text((outline.lat_e7, outline.lon_e7))}"
        yield f"DC {openair_quantity.length_text(outline.radius_mm)}"
        return
    if len(outline.rings) > 1:
        lost.append(f"{name}: its {len(outline.rings) - 1} holes are not in the file: the area there counts as inside")
    yield from (f"DP {openair_quantity.place_text(vertex)}" for ring in outline.rings[:1] for vertex in ring)
