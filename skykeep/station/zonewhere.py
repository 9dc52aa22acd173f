"""Where in a zone file the features are that were left out or doubted: their line, and a sketch for a map.

What was left out is no zone, so its outline is only a sketch for people: pairs of numbers that could be places, in the
order of GeoJSON. A file in which the feature's own bytes cannot be found again gives no line, and is not searched for
long: a packed one (KMZ) never, another until some features were not found.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from skykeep.errors import Malformed
from skykeep.station import asked
from skykeep.wire.jsontext import Json, read
from skykeep.wire.zonefile import ZoneReport

CORNERS_MAX = 200
AGAIN_MAX = 20  # a search of the whole file holds everything else up, by some 2 ms a megabyte
PACKED = b"PK"
LAT_MAX, LON_MAX = 90, 180
_E7 = 10**7
_PAIR = 2
_DEPTH_MAX = 12


def faults(
    data: bytes, refused: Sequence[ZoneReport], doubted: Sequence[ZoneReport], natives: Mapping[str, str]
) -> list[asked.Faults]:
    """Return what is to be said of each feature: first what was left out, then what was doubted."""
    lines = _Lines(data)
    told = [_fault(report, lines.of(report.native), sketch(report.native), used=False) for report in refused]
    lines = _Lines(data)
    told += [_fault(report, lines.of(natives.get(report.zone_id or "", "")), [], used=True) for report in doubted]
    return told


def _fault(report: ZoneReport, line: int | None, outline: list[tuple[int, int]], *, used: bool) -> asked.Faults:
    return asked.Faults(
        index=report.index, zone_id=report.zone_id, used=used, what=list(report.what), line=line, outline=outline
    )


class _Lines:
    """Finds features in the order in which they stand, so that two alike are told apart.

    One that stands before the last one found is looked for from the beginning, as many times as may be.
    """

    def __init__(self, data: bytes) -> None:
        self._data, self._from, self._line = data, 0, 1
        self._again = 0 if data.startswith(PACKED) else AGAIN_MAX

    def of(self, native: str) -> int | None:
        """Return the line on which a feature begins."""
        if not native or not self._again:
            return None
        found = self._data.find(native.encode(), self._from)
        if found < 0:
            self._again -= 1
            found = self._data.find(native.encode())
            if found < 0:
                return None
            self._from, self._line = 0, 1
        self._line += self._data.count(b"\n", self._from, found)
        self._from = found
        line = self._line
        self._line += self._data.count(b"\n", found, found + 1)
        self._from = found + 1
        return line


def sketch(native: str) -> list[tuple[int, int]]:
    """Return places (lat_e7, lon_e7) of a feature that is JSON, at most 200, in the order in which they stand."""
    try:
        said = read(native.encode())
    except Malformed:
        return []
    return list(itertools.islice(_places(said, 0), CORNERS_MAX))


def _places(said: Json, depth: int) -> Iterator[tuple[int, int]]:
    if depth > _DEPTH_MAX:
        return
    if isinstance(said, dict):
        for value in said.values():
            yield from _places(value, depth + 1)
    elif isinstance(said, list):
        place = _place(said)
        if place is not None:
            yield place
            return
        for value in said:
            yield from _places(value, depth + 1)


def _place(said: list[Json]) -> tuple[int, int] | None:
    if len(said) < _PAIR or not all(isinstance(one, int | Decimal) and not isinstance(one, bool) for one in said):
        return None
    lon, lat = (Decimal(one) for one in said[:_PAIR])
    if not (lat.is_finite() and lon.is_finite() and abs(lat) <= LAT_MAX and abs(lon) <= LON_MAX):
        return None
    return int(lat * _E7), int(lon * _E7)
