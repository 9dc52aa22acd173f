"""Questions to zones answered for people and for programs: one place in words, or many places in one file."""

from __future__ import annotations

import dataclasses
import os
import re
import sys
from pathlib import Path

import msgspec

from skykeep.errors import Malformed, Refused
from skykeep.facts import codec
from skykeep.facts.explained import Explanation, ZoneExplained
from skykeep.rules.flight import Flight
from skykeep.station import zonefiles
from skykeep.station.language import translator
from skykeep.station.zonebook import ZoneBook, parse_height, parse_time
from skykeep.views import words
from skykeep.views.mapframe import lat_words, lon_words
from skykeep.views.sentences import sentence
from skykeep.wire.jsontext import Json, kind, read, show
from skykeep.wire.quantity import take_place, take_text

POINTS_MAX = 1_000_000
_MADE_UP = re.compile(r"~[0-9]+$")  # what tells zones apart that one file calls alike (wire/zonefile)


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """One question: a place in degrees, and what else was said."""

    lat_deg: float
    lon_deg: float
    height: str | None
    time: str | None
    horizontal: bool


def one(book: ZoneBook, asked: Asked, *, lang: str | None, as_json: bool) -> str:
    """Return the answer for one place: the sentence first, then each zone with what decides there."""
    if asked.horizontal:
        inside = [zone.fact.zone_id for zone in book.inside(asked.lat_deg, asked.lon_deg)]
        return _json({"inside": inside}) if as_json else "\n".join(inside) or "No zone's outline holds this place."
    answer = book.at(asked.lat_deg, asked.lon_deg, height=asked.height, time=asked.time)
    said = sentence(answer, translator(lang, os.environ))
    if as_json:
        return _json({"sentence": said, "answer": codec.to_plain(answer)})
    return "\n".join(_lines(book, asked, answer, said))


def _lines(book: ZoneBook, asked: Asked, answer: Explanation, said: str) -> list[str]:
    place = f"{lat_words(asked.lat_deg, 5)}, {lon_words(asked.lon_deg, 5)}"
    height = "no height given" if asked.height is None else words.altitude(parse_height(asked.height))
    lines = [f"{place} · {height} · {words.utc(answer.t_ns)}", "", said, ""]
    lines += [line for zone in answer.zones for line in _zone_lines(zone)]
    if answer.coming_zone_id is not None and answer.coming_from_ns is not None:
        name = words.shown(answer.coming_zone_name or answer.coming_zone_id)
        lines.append(f"coming: {name} from {words.utc(answer.coming_from_ns)}")
    if book.refused:
        lines.append(f"Not in the answer, since it could not be used: {words.number(len(book.refused), 'feature')}.")
    lines.append(f"Asked of {', '.join(file.told for file in book.files)}, for somebody without a permit. {_LIMITS}")
    return lines


_LIMITS = "What these files do not hold is not in the answer; no answer is an authorisation."


def _zone_lines(zone: ZoneExplained) -> list[str]:
    band = words.heights_between(zone.floor, zone.ceiling)
    head = f"  {words.shown(zone.zone_id, 60)}  {words.shown(zone.name, 80)} · {words.RULE[zone.rule].lower()} · {band}"
    margins = []
    if zone.margin_mm is not None:
        side = "inside" if zone.margin_mm >= 0 else "outside"
        margins.append(f"{words.metres(abs(zone.margin_mm) / 1e3)} {side} the border")
    if zone.margin_height_mm is not None:
        side = "inside" if zone.margin_height_mm >= 0 else "outside"
        margins.append(f"{words.metres(abs(zone.margin_height_mm) / 1e3)} {side} the heights")
    if zone.margin_time_ns is not None:
        margins.append(f"for {words.duration(zone.margin_time_ns)} more")
    lines = [head, f"      {words.VERDICT[zone.verdict]} (clause {zone.clause}); {' · '.join(margins)}"]
    if zone.height is not None:
        lines.append(f"      height: {words.compared(zone.height)}")
    if zone.missing:
        lines.append(f"      missing: {', '.join(zone.missing)}")
    if zone.contact:
        lines.append(f"      ask: {words.shown(zone.contact, 200)}")
    return lines


def many(book: ZoneBook, path: Path, *, height: str | None, horizontal: bool, as_json: bool) -> str:
    """Return the answers for the points of a file, in its order, each with the ids of the zones that hold it.

    Ids are those of the authority: zones that one file calls alike are named once. Unless `horizontal`, a zone counts
    where it is in force and the height, as far as it is given and can be compared, is not outside its limits.
    """
    points = [_point(number, said) for number, said in enumerate(_document(path))]
    if horizontal:
        found = book.inside_many([(point.lat_e7, point.lon_e7) for point in points])
    else:
        found = book.holding([_flight(book, point, height) for point in points])
    named = [list(dict.fromkeys(_MADE_UP.sub("", zone_id) for zone_id in ids)) for ids in found]
    if as_json:
        return _json({"points": [{**point.said, "inside": ids} for point, ids in zip(points, named, strict=True)]})
    return "\n".join(f"{point.lat_e7 / 1e7:.7f} {point.lon_e7 / 1e7:.7f}  {', '.join(ids) or '–'}"
                     for point, ids in zip(points, named, strict=True))  # fmt: skip


def _flight(book: ZoneBook, point: _Point, height: str | None) -> Flight:
    flight = book.flight(point.lat_e7 / 1e7, point.lon_e7 / 1e7, height=point.height or height)
    return flight if point.t_ns is None else msgspec.structs.replace(flight, t_ns=point.t_ns)


@dataclasses.dataclass(frozen=True, slots=True)
class _Point:
    said: dict[str, Json]
    lat_e7: int
    lon_e7: int
    height: str | None
    t_ns: int | None


def _document(path: Path) -> list[Json]:
    data = sys.stdin.buffer.read() if str(path) == "-" else zonefiles.read_bytes(path)
    try:
        document = read(data)
    except Malformed as error:
        raise Refused(f"{path}: {error}") from error
    if not isinstance(document, dict) or not isinstance(points := document.get("points"), list):
        raise Refused(f'{path}: {kind(document)} where {{"points": [{{"lat": …, "lon": …}}, …]}} belongs')
    if len(points) > POINTS_MAX:
        raise Refused(f"{path}: {len(points)} points; at most {POINTS_MAX} at once: split the file")
    return points


def _point(number: int, said: Json) -> _Point:
    try:
        if not isinstance(said, dict):
            raise Malformed(f"{kind(said)} where an object belongs")
        place = take_place(said)
        if place is None:
            raise Malformed("neither lat nor lon is given")
        time, height = take_text(said, "time"), take_text(said, "height")
        return _Point(said, *place, height, None if time is None else parse_time(time))
    except (Malformed, Refused) as error:
        raise Refused(f"points[{number}] ({show(said)}): {error}") from error


def _json(said: object) -> str:
    return _encoder.encode(said).decode()


_encoder = msgspec.json.Encoder(decimal_format="number")
