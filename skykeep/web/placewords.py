"""A place as people type it: coordinates in the usual ways, or the name of one that the station knows.

-34.8941, -56.1530        34.8941 S 56.1530 W        34°53'38.8"S 56°09'10.8"W        Plaza Mayor
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from skykeep.errors import Malformed

TEXT_MAX = 200
WORDS_MIN = 3  # fewer letters of a name may mean anything
_LAT_MAX, _LON_MAX = 90.0, 180.0
_NUMBER = r"[+-]?\d{1,3}(?:[.]\d{1,12})?"
_ANGLE = (
    rf"(?P<degrees>{_NUMBER})\s*°?\s*"
    r"(?:(?P<minutes>\d{1,2}(?:[.]\d{1,12})?)\s*['′’]\s*)?"
    r"(?:(?P<seconds>\d{1,2}(?:[.]\d{1,12})?)\s*(?:[\"″”]|'')\s*)?"
)
_LETTER = r"(?P<letter>[NSEWO])\s*"
_BEFORE = re.compile(rf"\s*{_LETTER}{_ANGLE}", re.IGNORECASE)
_AFTER = re.compile(rf"\s*{_ANGLE}{_LETTER}", re.IGNORECASE)
_PLAIN = re.compile(rf"\s*({_NUMBER})\s*[,;\s]\s*({_NUMBER})\s*")
_SIXTY = 60.0
_DIRECTIONS = {"N": (True, 1), "S": (True, -1), "E": (False, 1), "W": (False, -1), "O": (False, -1)}
"""By letter: whether it is a latitude, and its sign. O is west, as in Spanish, French and Italian."""


class Spot(NamedTuple):
    """A place in degrees, and what it is called where it has a name."""

    lat_deg: float
    lon_deg: float
    name: str = ""


def read(text: str, known: Iterable[Spot] = ()) -> Spot:
    """Return the place that a text means; raises Malformed for one that means none, or more than one."""
    if len(text) > TEXT_MAX:
        raise Malformed(f"a place of {len(text)} characters; at most {TEXT_MAX}")
    wanted = _folded(text)
    named = [spot for spot in known if _folded(spot.name) == wanted]
    if named:
        return named[0]
    begun = [spot for spot in known if wanted and _folded(spot.name).startswith(wanted)]
    if len(begun) == 1:
        return begun[0]
    plain = _PLAIN.fullmatch(text)
    return _within(float(plain[1]), float(plain[2])) if plain else _lettered(text)


def one_of(text: str, names: Iterable[str]) -> int | None:
    """Return which of some names a text means, by whole words of it; None where it means none, or more than one."""
    wanted = _folded(text)
    if len(wanted) < WORDS_MIN:
        return None
    words = re.compile(rf"\b{re.escape(wanted)}\b")
    folded = [_folded(name) for name in names]
    within = [number for number, name in enumerate(folded) if words.search(name)]
    whole = [number for number in within if folded[number] == wanted] or within
    return whole[0] if len(whole) == 1 else None


def _lettered(text: str) -> Spot:
    """Read two parts, each with its direction."""
    found: dict[bool, float] = {}
    rest = text.replace(",", " ").replace(";", " ")
    for _ in range(2):
        part = _BEFORE.match(rest) or _AFTER.match(rest)
        if part is None:
            raise Malformed(f"{text[:40]!r} is no place that is known here")
        is_lat, sign = _DIRECTIONS[part["letter"].upper()]
        minutes, seconds = float(part["minutes"] or 0), float(part["seconds"] or 0)
        if is_lat in found or minutes >= _SIXTY or seconds >= _SIXTY or float(part["degrees"]) < 0:
            raise Malformed(f"{text[:40]!r} is no place that is known here")
        found[is_lat] = sign * (float(part["degrees"]) + minutes / 60 + seconds / 3600)
        rest = rest[part.end() :]
    if rest.strip():
        raise Malformed(f"{text[:40]!r} is no place that is known here")
    return _within(found[True], found[False])


def _within(lat_deg: float, lon_deg: float) -> Spot:
    if not (abs(lat_deg) <= _LAT_MAX and abs(lon_deg) <= _LON_MAX):
        raise Malformed(f"{lat_deg:g}, {lon_deg:g} is outside the globe: latitude first, then longitude")
    return Spot(lat_deg, lon_deg)


def _folded(text: str) -> str:
    """Return a name without accents, capitals and spaces too many."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(each for each in bare if not unicodedata.combining(each)).split())
