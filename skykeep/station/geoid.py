"""The shipped geoid, cut out for the areas where heights matter, as facts: what a replay needs lies in the record."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from importlib import resources

from skykeep.errors import SkykeepError, Unavailable
from skykeep.facts.enacted import SurfaceSampled
from skykeep.geo import geoid
from skykeep.geo.altitude import Datum
from skykeep.geo.surface import Shorts
from skykeep.station.boxes import Box

NAME = "EGM96, 15' grid"


def cut(boxes: Iterable[Box]) -> list[SurfaceSampled]:
    """Return the geoid over each box."""
    return [_cut(box) for box in boxes]


def sha256() -> str:
    """Return the hash of the grid as it is shipped."""
    return hashlib.sha256(_bytes()).hexdigest()


def fault() -> str:
    """Return why the grid that is shipped cannot be used, or ""."""
    try:
        geoid.unpack(_bytes())  # not kept: most stations never need the whole of it
    except SkykeepError as error:
        return str(error)
    return ""


def _cut(box: Box) -> SurfaceSampled:
    grid = geoid.cut(_nodes(), box.south_e7, box.north_e7, box.west_e7, box.width_e7)
    rows, columns = grid.nodes.shape
    return SurfaceSampled(
        kind="geoid",
        datum=Datum.HAE,
        south_e7=grid.south_e7,
        west_e7=grid.west_e7,
        lat_step_e7=grid.lat_step_e7,
        lon_step_e7=grid.lon_step_e7,
        rows=rows,
        columns=columns,
        base_mm=grid.base_mm,
        unit_mm=grid.unit_mm,
        nodes=grid.nodes.astype(">i2").tobytes(),
        sigma_mm=geoid.SIGMA_MM,
        source=NAME,
        source_sha256=sha256(),
        t_ns=0,
    )


@functools.cache
def _nodes() -> Shorts:
    return geoid.unpack(_bytes())


@functools.cache
def _bytes() -> bytes:
    try:
        return resources.files("skykeep").joinpath("geodata", "egm96_15.zz").read_bytes()
    except OSError as error:
        raise Unavailable(f"the geoid grid of this installation cannot be read: {error.strerror}") from error
