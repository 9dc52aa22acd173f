"""Zones from files, published and ready to be asked: the same answers for the command line and for Python.

from skykeep.station.zonebook import open_book

book = open_book(["zones.json"], time="2026-05-01T10:00:00Z")
answer = book.at(60.3172, 24.9633, height="60m-agl")
print(answer.verdict.value, [zone.fact.zone_id for zone in book.inside(60.3172, 24.9633)])
"""

from __future__ import annotations

import dataclasses
import itertools
import re
import time as clock
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np

from skykeep.errors import Malformed, Refused
from skykeep.facts.concluded import Trust
from skykeep.facts.enacted import ZoneEnacted
from skykeep.facts.explained import Explanation
from skykeep.geo.altitude import Altitude, Datum
from skykeep.rules.decide import decide
from skykeep.rules.flight import Flight, Height
from skykeep.rules.law import Law, Zone, enact
from skykeep.station import heights, hours, zonefiles
from skykeep.station.law import LOOK_BACK_NS
from skykeep.station.settings import Settings, check
from skykeep.station.zonefiles import ZoneFile
from skykeep.wire.moments import iso_ns
from skykeep.wire.quantity import E7, FOOT, MILLI, Ratio, scaled

_HEIGHT = re.compile(r"([+-]?[0-9]{1,6}(?:\.[0-9]{1,6})?)\s*(m|ft)\s*[-\s]?\s*([a-z]+)", re.IGNORECASE)
_LEVEL = re.compile(r"FL\s*([0-9]{1,3})", re.IGNORECASE)
_UNITS = {"m": MILLI, "ft": FOOT}
_LEVEL_MM = Ratio(Decimal(30_480))  # a flight level is a hundred feet of pressure altitude
DATUMS = {"agl": Datum.AGL, "amsl": Datum.AMSL, "msl": Datum.AMSL, "hae": Datum.HAE, "takeoff": Datum.TAKEOFF}


@dataclasses.dataclass(frozen=True, slots=True)
class ZoneBook:
    """The zones of some files as law; `t_ns` is the moment that is asked about unless a question names another."""

    files: tuple[ZoneFile, ...]
    zones: tuple[ZoneEnacted, ...]
    refused: tuple[str, ...]
    law: Law
    t_ns: int
    terrain: tuple[Path, ...] = ()
    qnh_hpa: float | None = None
    notes: list[str] = dataclasses.field(default_factory=list)  # about the files and terrain: what a reader must know

    def flight(self, lat_deg: float, lon_deg: float, *, height: str | None = None, time: str | None = None) -> Flight:
        """Return a flight of nobody in particular at a place, known exactly: the question "may I fly here?"."""
        return Flight(
            t_ns=self.t_ns if time is None else parse_time(time),
            lat_e7=place_e7(lat_deg, "latitude", 90),
            lon_e7=place_e7(lon_deg, "longitude", 180),
            pos_sigma_m=0.0,
            heights=() if height is None else (Height(parse_height(height), 0),),
            uas_id=None,
            session_id=None,
            operator_id=None,
            trust=Trust.NONE,
            manned=False,
        )

    def inside(self, lat_deg: float, lon_deg: float) -> list[Zone]:
        """Return the zones whose outline holds a place, by id; heights and hours play no part."""
        flight = self.flight(lat_deg, lon_deg)
        near = self.law.zones_near(flight.lat_e7, flight.lon_e7, 0.0)
        return [zone for zone in near if _holds(zone, flight.lat_e7, flight.lon_e7)]

    def inside_many(self, places: Sequence[tuple[int, int]]) -> list[list[str]]:
        """Return for each place (lat_e7, lon_e7) the ids of the zones whose outline holds it."""
        starts, numbers = self.law.engine.inside_many(*as_arrays(places))
        ids = [self.law.zones[number].fact.zone_id for number in numbers.tolist()]
        return [ids[start:stop] for start, stop in itertools.pairwise(starts.tolist())]

    def holding(self, flights: Sequence[Flight]) -> list[list[str]]:
        """Return for each flight the ids of the zones in force that hold it, as far as its heights can be compared."""
        law = self.law_at([(flight.lat_e7, flight.lon_e7) for flight in flights])
        return [[zone.zone_id for zone in decide(flight, law).zones] for flight in flights]

    def at(self, lat_deg: float, lon_deg: float, *, height: str | None = None, time: str | None = None) -> Explanation:
        """Return what the law says to somebody without a permit at a place, with each clause that was asked."""
        flight = self.flight(lat_deg, lon_deg, height=height, time=time)
        return decide(flight, self.law_at([(flight.lat_e7, flight.lon_e7)]))

    def law_at(self, places: Sequence[tuple[int, int]]) -> Law:
        """Return the law with what is known there to compare heights: the geoid, terrain from files, the pressure."""
        sampled = heights.at_places(places, self.terrain)
        self.notes.extend(note for note in sampled.notes if note not in self.notes)
        acts = heights.acts(sampled, self.qnh_hpa, self.t_ns)
        return enact(self.law, (act for _, act in acts))


def _holds(zone: Zone, lat_e7: int, lon_e7: int) -> bool:
    return any(outline.margin_m(lat_e7, lon_e7) >= 0.0 for outline in zone.outlines)


def open_book(
    paths: Iterable[Path | str],
    *,
    time: str | None = None,
    form: str | None = None,
    terrain: Iterable[Path | str] = (),
    qnh_hpa: float | None = None,
) -> ZoneBook:
    """Read zone files of any known format and publish them as law about a moment (ISO 8601; None: now).

    A zone that cannot be used is among `refused`, in words; an id that stands in two files makes two zones. Terrain
    files (GeoTIFF, HGT) and the pressure at sea level make heights of different kinds comparable.
    Raises Refused where a file is none, or the pressure none at sea level.
    """
    t_ns = clock.time_ns() if time is None else parse_time(time)
    check(Settings(qnh_hpa=qnh_hpa))
    files = tuple(zonefiles.read_file(Path(path), form) for path in paths)
    zones: dict[str, ZoneEnacted] = {}
    refused: list[str] = []
    doubts: list[str] = []
    for file in files:
        refused += file.left_out
        doubts += [f"{file.path}: {told}" for told in zonefiles.add(zones, file.zones)]
    published = tuple(hours.publish_all(zones.values(), from_ns=max(0, t_ns - LOOK_BACK_NS)))
    law = enact(Law(), published)
    return ZoneBook(files, published, tuple(refused), law, t_ns, tuple(map(Path, terrain)), qnh_hpa, doubts)


def place_e7(value_deg: float, name: str, most: int) -> int:
    """Return degrees as 1e-7 degree; Refused outside the globe."""
    if not -most <= value_deg <= most:
        raise Refused(f"{name} {value_deg} is outside -{most} to {most} degrees")
    return scaled(Decimal(repr(float(value_deg))), E7)


def parse_height(text: str) -> Altitude:
    """Return "60m-agl", "200 ft amsl", "FL65" as a height; Refused with what is understood."""
    level = _LEVEL.fullmatch(text.strip())
    if level is not None:
        return Altitude(scaled(Decimal(level[1]), _LEVEL_MM), Datum.STD)
    found = _HEIGHT.fullmatch(text.strip())
    datum = None if found is None else DATUMS.get(found[3].lower())
    if found is None or datum is None:
        raise Refused(
            f"height {text!r} is not understood: write a number, a unit and above what, such as 60m-agl, 200ft-amsl, "
            "95m-hae, 40m-takeoff or FL65"
        )
    return Altitude(scaled(Decimal(found[1]), _UNITS[found[2].lower()]), datum)


def parse_time(text: str) -> int:
    """Return an ISO 8601 moment with its zone as Unix nanoseconds; Refused with what is understood."""
    try:
        return iso_ns(text)
    except Malformed as error:
        raise Refused(str(error)) from error


def as_arrays(points: Sequence[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Return (lat_e7, lon_e7) pairs as two int64 arrays (n,)."""
    flat = np.array(points, dtype=np.int64).reshape(-1, 2)
    return flat[:, 0].copy(), flat[:, 1].copy()
