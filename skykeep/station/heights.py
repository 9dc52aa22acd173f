"""What a run is given to make heights comparable: geoid and terrain sampled over its law, and the air pressure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from skykeep.facts.codec import Fact
from skykeep.facts.enacted import PressureSet, Volume
from skykeep.geo.altitude import Datum
from skykeep.rules.law import FOREVER_NS
from skykeep.station import geoid, terrain
from skykeep.station.boxes import Box, about_places, about_volumes, limits_of
from skykeep.station.terrain import SIGMA_ASSUMED_M, Sampled

QNH_SIGMA_PA = 100  # reports are rounded to the hectopascal, and the place where it was measured lies elsewhere
_NEED_THE_GEOID = frozenset({Datum.HAE, Datum.AMSL, Datum.STD})


def over_law(volumes: Iterable[Volume], files: Sequence[Path] = (), *, sigma_m: float = SIGMA_ASSUMED_M) -> Sampled:
    """Return the surfaces that these volumes' limits can be compared by: terrain where files are given, the geoid.

    Law that is all above the ground, without terrain, has no use for the geoid, and its record stays without it.
    """
    limited = [volume for volume in volumes if limits_of(volume)]
    if not files and not any(limit.datum in _NEED_THE_GEOID for volume in limited for limit in limits_of(volume)):
        return Sampled()
    return surfaces(about_volumes(limited), files, sigma_m=sigma_m)


def at_places(
    places: Iterable[tuple[int, int]], files: Sequence[Path] = (), *, sigma_m: float = SIGMA_ASSUMED_M
) -> Sampled:
    """Return the surfaces around places (lat_e7, lon_e7)."""
    return surfaces(about_places(places, margin_m=1_000.0), files, sigma_m=sigma_m)


def surfaces(boxes: Iterable[Box], files: Sequence[Path] = (), *, sigma_m: float = SIGMA_ASSUMED_M) -> Sampled:
    """Return geoid and terrain over boxes; raises Refused for a file that is no terrain."""
    areas = list(boxes)
    ground = terrain.load(files, areas, sigma_m=sigma_m)
    sha256s = (("geoid", geoid.sha256()), *ground.sha256s)
    return Sampled((*geoid.cut(areas), *ground.surfaces), ground.notes, sha256s)


def pressure(qnh_hpa: float, *, place: str = "here") -> PressureSet:
    """Return the QNH that somebody gives for all of a recording."""
    return PressureSet(
        place=place, qnh_pa=round(qnh_hpa * 100), sigma_pa=QNH_SIGMA_PA, t_ns=0, until_ns=FOREVER_NS
    )  # fmt: skip


def acts(sampled: Sampled, qnh_hpa: float | None, begin_ns: int) -> list[tuple[int, Fact]]:
    """Return surfaces and pressure as acts of a run that begins then."""
    told: list[tuple[int, Fact]] = [
        (begin_ns, msgspec.structs.replace(surface, t_ns=begin_ns)) for surface in sampled.surfaces
    ]
    return told + ([] if qnh_hpa is None else [(begin_ns, pressure(qnh_hpa))])
