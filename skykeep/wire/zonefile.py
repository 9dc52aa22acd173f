"""What the zone formats share: one zone after the other, each with the words for what was repaired or doubted.

One bad zone never sinks the file. Where a zone's words are unclear the reading is the stricter one, and it says so:

    limit not given, or not a number         None: not stated, so a verdict there cannot be reached by height
    99999 as a ceiling                       "unlimited"
    ceiling at or below the floor            both not stated
    unknown restriction                      needs a permit
    date or daily schedule not understood    `hours_unread`: whether it rules at a moment cannot be told
    identifier missing or used twice         one is made up, `...~2`
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NamedTuple, TypeVar

import msgspec

from skykeep.errors import Malformed
from skykeep.facts.enacted import (
    Authority,
    Exemption,
    Interval,
    Limit,
    Period,
    Rule,
    Text,
    Volume,
    ZoneEnacted,
)
from skykeep.geo.altitude import Altitude, Datum, difference_mm
from skykeep.wire import quantity
from skykeep.wire.jsontext import BOM, Json, kind, read_unique, show
from skykeep.wire.periods import in_force

BYTES_MAX = 100_000_000
LISTS_MAX = 1_200_000  # a vertex is a list: about a million vertices, and room for the rest
ZONE_LISTS_MAX = 250_000
OBJECTS_MAX = 1_000_000
COMMAS_MAX = 10_000_000

NO_CEILING = 99_999  # ED-269 has no word for "unlimited"; states write this number, in metres or in feet

DATUMS = {"AGL": Datum.AGL, "AMSL": Datum.AMSL, "WGS84": Datum.HAE, "HAE": Datum.HAE}
UNITS = {"M": quantity.MILLI, "FT": quantity.FOOT}
RULES = {
    "PROHIBITED": Rule.PROHIBITED,
    "REQ_AUTHORISATION": Rule.NEEDS_PERMIT,
    "REQ_AUTHORIZATION": Rule.NEEDS_PERMIT,
    "CONDITIONAL": Rule.CONDITIONAL,
    "NO_RESTRICTION": Rule.ALLOWED,
}

_LIMIT_TEXT = re.compile(r"[+-]?[0-9]{1,12}(?:\.[0-9]{1,20})?")


Form = TypeVar("Form", bound=msgspec.Struct)
Parsed = TypeVar("Parsed")


@dataclasses.dataclass(frozen=True, slots=True)
class ZoneReport:
    """What was repaired, doubted or refused in one feature of a file."""

    index: int  # of the feature in the file, from 0
    zone_id: str | None
    what: tuple[str, ...]
    native: str = dataclasses.field(default="", compare=False, repr=False)  # the feature, of what is not in `zones`


@dataclasses.dataclass(frozen=True, slots=True)
class Import:
    """The zones of one file, and what to tell the person who loads it."""

    source_format: str
    zones: list[ZoneEnacted]
    refused: list[ZoneReport]  # features, or volumes of a feature, that are not in `zones`
    doubted: list[ZoneReport]  # features that are in `zones`, with a repair or a doubt
    doubts: list[str]  # about the file as a whole


@dataclasses.dataclass(kw_only=True, slots=True)
class Draft:
    """A zone as its codec reads it; `lost` names the volumes that could not be read.

    Hours may be given as `periods` alone: from them follow `applicability`, and `hours_unread` where there are daily
    schedules, until station.hours has worked them out. A codec that sets either itself is taken at its word.
    """

    identifier: str | None
    name: str | None
    rule: Rule
    volumes: list[Volume]
    lost: list[str] = dataclasses.field(default_factory=list)
    applicability: list[Interval] = dataclasses.field(default_factory=list)
    hours_unread: str | None = None
    periods: tuple[Period, ...] = ()
    effective_from_ns: int | None = None
    end_ns: int | None = None
    announced_at_ns: int | None = None
    exemptions: tuple[Exemption, ...] = ()
    issuing_body: str | None = None
    legal_basis: str | None = None
    reason: str | None = None
    conditions: str | None = None
    contact: str | None = None
    appeal_contact: str | None = None
    country: str | None = None
    severity: int | None = None
    buffer_mm: int | None = None
    authorities: tuple[Authority, ...] = ()
    texts: tuple[Text, ...] = ()
    carried: dict[str, Json] = dataclasses.field(default_factory=dict)  # ED-318 name -> what it says, as JSON


def envelope(data: bytes, form: type[Form]) -> Form:
    """Return the outermost object of a file with its features still as bytes; refuse what no zone file can be."""
    data = data.removeprefix(BOM)
    if len(data) > BYTES_MAX:
        raise Malformed(f"{len(data)} bytes; a zone file may have {BYTES_MAX}")
    for sign, most in ((b"[", LISTS_MAX), (b"{", OBJECTS_MAX), (b",", COMMAS_MAX)):
        if (count := data.count(sign)) > most:
            raise Malformed(f"{count} times {sign.decode()!r}; a zone file may have {most}. Split the file")
    try:
        return msgspec.json.decode(data, type=form)
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8: {error.reason} (byte {error.start})") from error
    except RecursionError as error:
        raise Malformed("brackets are nested too deeply for a zone file") from error
    except msgspec.DecodeError as error:
        raise Malformed(f"not a zone file: {str(error).removeprefix('JSON is malformed: ')}") from error


def import_features(
    features: Iterable[msgspec.Raw],
    draft: Callable[[dict[str, Json], list[str]], Draft],
    *,
    source_format: str,
    source_sha256: str,
    doubts: list[str],
) -> Import:
    """Read each feature, a JSON object, with `draft`, which appends its doubts to the list that it is given."""

    def read_one(raw: msgspec.Raw, said: list[str]) -> Draft:
        if (count := bytes(raw).count(b"[")) > ZONE_LISTS_MAX:  # asked first: reading the numbers is what takes long
            raise Malformed(f"about {count} vertices; a zone may have {ZONE_LISTS_MAX}, so simplify or cut it")
        feature = read_unique(bytes(raw))
        if not isinstance(feature, dict):
            raise Malformed(f"{kind(feature)} where a feature belongs")
        return draft(feature, said)

    pairs = ((bytes(raw), raw) for raw in features)
    return import_parsed(pairs, read_one, source_format=source_format, source_sha256=source_sha256, doubts=doubts)


def import_parsed(
    features: Iterable[tuple[bytes, Parsed]],
    draft: Callable[[Parsed, list[str]], Draft],
    *,
    source_format: str,
    source_sha256: str,
    doubts: list[str],
) -> Import:
    """Read each feature of any format: its bytes as they stood in the file, and what `draft` makes a zone of.

    `draft` raises Malformed where a feature is none; it is reported, and the others are read.
    """
    done = Import(source_format, [], [], [], doubts)
    taken: dict[str, int] = {}
    for index, (native, parsed) in enumerate(features):
        _import_one(done, taken, index, native, functools.partial(draft, parsed), source_sha256)
    if not done.zones and not done.refused:
        doubts.append("the file holds no zone")
    return done


def _import_one(
    done: Import,
    taken: dict[str, int],
    index: int,
    native: bytes,
    draft: Callable[[list[str]], Draft],
    source_sha256: str,
) -> None:
    doubts: list[str] = []
    identifier = None
    try:
        read = draft(doubts)
        identifier = read.identifier
        if not read.volumes:
            raise Malformed("; ".join(read.lost) or "it has no volume")
        carried = tuple((name, compact(value)) for name, value in sorted(read.carried.items()))
    except Malformed as error:
        done.refused.append(ZoneReport(index, identifier, (str(error),), native.decode(errors="replace")))
        return
    if read.lost:
        done.refused.append(ZoneReport(index, identifier, tuple(read.lost), native.decode(errors="replace")))
        doubts.extend(f"left out: {one}" for one in read.lost)
    zone_id = _zone_id(index, identifier, taken, doubts)
    source = _Source(done.source_format, source_sha256, native.decode())
    done.zones.append(_enacted(read, zone_id, carried, doubts, source))
    if doubts:
        done.doubted.append(ZoneReport(index, zone_id, tuple(doubts)))


def _zone_id(index: int, identifier: str | None, taken: dict[str, int], doubts: list[str]) -> str:
    if identifier is None:
        doubts.append("it has no identifier; one was made from its place in the file")
        identifier = f"feature-{index}"
    zone_id, number = identifier, taken.get(identifier, 1)
    while zone_id in taken:
        number += 1
        zone_id = f"{identifier}~{number}"
    if zone_id != identifier:
        doubts.append(f"identifier {identifier} stands in this file already; this one became {zone_id}")
    taken[identifier] = number  # so that a file of one identifier a million times is read in one pass
    taken.setdefault(zone_id, 1)
    return zone_id


class _Source(NamedTuple):
    form: str
    sha256: str
    native: str


def _enacted(
    read: Draft, zone_id: str, carried: tuple[tuple[str, str], ...], doubts: list[str], source: _Source
) -> ZoneEnacted:
    applicability, hours_unread = tuple(read.applicability) or None, read.hours_unread
    if applicability is None and hours_unread is None:
        applicability, hours_unread = in_force(read.periods)
    return ZoneEnacted(
        zone_id=zone_id,
        version=1,
        supersedes=None,
        name=read.name or zone_id,
        rule=read.rule,
        exemptions=read.exemptions,
        volumes=tuple(read.volumes),
        buffer_mm=read.buffer_mm,
        severity=read.severity,
        announced_at_ns=read.announced_at_ns,
        effective_from_ns=read.effective_from_ns,
        end_ns=read.end_ns,
        periods=read.periods,
        applicability=applicability,
        applicability_span=None,
        hours_unread=hours_unread,
        issuing_body=read.issuing_body,
        legal_basis=read.legal_basis,
        reason=read.reason,
        conditions=read.conditions,
        contact=read.contact,
        appeal_contact=read.appeal_contact,
        authorities=read.authorities,
        texts=read.texts,
        country=read.country,
        carried=carried,
        source_format=source.form,
        source_sha256=source.sha256,
        native=source.native,
        doubts=tuple(doubts),
    )


def compact(value: Json) -> str:
    """Return JSON text without spaces, keys sorted, every decimal as it was written."""
    try:
        return _compact.encode(value).decode()
    except RecursionError as error:
        raise Malformed("brackets are nested too deeply") from error


_compact = msgspec.json.Encoder(order="sorted", decimal_format="number")


def knows_rule(word: Json) -> bool:
    """Say whether a restriction word is one that `rule` knows."""
    return isinstance(word, str) and word.strip().upper() in RULES


def rule(word: Json, doubts: list[str]) -> Rule:
    """Return what a restriction word means; an unknown word means that a permit is needed."""
    found = RULES.get(word.strip().upper()) if isinstance(word, str) else None
    if found is not None:
        return found
    if word == "USPACE":
        doubts.append("U-space airspace: its services are not modelled; read as: needs a permit")
    else:
        doubts.append(f"restriction {show(word)} is not known; read as: needs a permit")
    return Rule.NEEDS_PERMIT


def unit(word: Json) -> quantity.Ratio:
    """Return the ratio from a unit of length to millimetres; metres where none is given."""
    if word is None or word == "":
        return quantity.MILLI
    found = UNITS.get(word.strip().upper()) if isinstance(word, str) else None
    if found is None:
        raise Malformed(f"unit {show(word)} is neither m nor ft")
    return found


def limits(
    lower: tuple[Json, Json], upper: tuple[Json, Json], ratio: quantity.Ratio, doubts: list[str]
) -> tuple[Limit, Limit]:
    """Return floor and ceiling from two (value, reference) pairs."""
    floor = _limit("lower limit", *lower, ratio, doubts)
    ceiling = _limit("upper limit", *upper, ratio, doubts)
    if floor == "unlimited":
        doubts.append(f"lower limit {NO_CEILING} is none; taken as not stated")
        floor = None
    if at_or_below(ceiling, floor):
        doubts.append(
            f"lower limit {show(lower[0])} is not below upper limit {show(upper[0])}; both taken as not stated"
        )
        return None, None
    return floor, ceiling


def at_or_below(ceiling: Limit, floor: Limit) -> bool:
    """Say whether two comparable limits leave no height between them."""
    if not isinstance(ceiling, Altitude) or not isinstance(floor, Altitude):
        return False
    above_mm = difference_mm(ceiling, floor)
    return above_mm is not None and above_mm <= 0


def _limit(name: str, value: Json, reference: Json, ratio: quantity.Ratio, doubts: list[str]) -> Limit:
    if isinstance(value, str) and _LIMIT_TEXT.fullmatch(value.strip()):
        value = Decimal(value.strip())
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        doubts.append(f"{name} {show(value)} is no number; taken as not stated")
        return None
    if value == NO_CEILING:
        if name == "upper limit":
            doubts.append(f"upper limit {NO_CEILING} read as unlimited")
        return "unlimited"
    datum = DATUMS.get(reference.strip().upper()) if isinstance(reference, str) else None
    if datum is None or not -20_000 <= value <= 400_000:
        why = f"its reference is {show(reference)}" if datum is None else "that is no height of an airspace"
        doubts.append(f"{name} {show(value)}: {why}; taken as not stated")
        return None
    return Altitude(quantity.scaled(value, ratio), datum)


def words(value: Json) -> str | None:
    """Return the text of a plain or a multilingual field, English before the first language given."""
    if isinstance(value, str):
        return value.strip() or None
    if not isinstance(value, list):
        return None
    said = [one for one in value if isinstance(one, dict) and isinstance(one.get("text"), str)]
    said.sort(key=lambda one: not str(one.get("lang", "")).lower().startswith("en"))
    plain = [one.strip() for one in value if isinstance(one, str) and one.strip()]
    return words(said[0]["text"]) if said else ", ".join(plain) or None
