"""Surfaces and pressures for the tests, about the square of `examples`: planes of ground, a flat geoid, a QNH."""

import numpy as np

from skykeep.facts.enacted import PressureSet, SurfaceSampled
from skykeep.geo.altitude import Datum
from skykeep.rules.heights import Levels, with_levels
from skykeep.rules.law import FOREVER_NS
from tests.rules import examples as ex

STEP_E7 = 10_000  # 111 m northward
NODES = 101  # 11 km


def surface(kind="terrain", *, metres=0.0, north_slope=0.0, sigma_m=1.0, datum=None, source="test", unknown=False):
    """A plane: `metres` in the middle of `examples`, rising northward by `north_slope` metres a metre."""
    rows = np.arange(NODES) - NODES // 2
    values = np.rint((metres + rows * STEP_E7 * ex.NORTH_M * north_slope) * 10).astype(int)
    nodes = np.repeat(values[:, None], NODES, axis=1)
    if unknown:
        nodes[:] = -32768
    return SurfaceSampled(
        kind=kind, datum=datum or (Datum.HAE if kind == "geoid" else Datum.AMSL),
        south_e7=ex.LAT - NODES // 2 * STEP_E7, west_e7=ex.LON - NODES // 2 * STEP_E7, lat_step_e7=STEP_E7,
        lon_step_e7=STEP_E7, rows=NODES, columns=NODES, base_mm=0, unit_mm=100, nodes=nodes.astype(">i2").tobytes(),
        sigma_mm=round(sigma_m * 1000), source=source, source_sha256="", t_ns=0,
    )  # fmt: skip


def geoid(metres=30.0, sigma_m=0.5):
    return surface("geoid", metres=metres, sigma_m=sigma_m)


def pressure(qnh_hpa=1013.25, *, place="here", sigma_hpa=1.0, start=0, until=FOREVER_NS):
    return PressureSet(
        place=place, qnh_pa=round(qnh_hpa * 100), sigma_pa=round(sigma_hpa * 100), t_ns=start, until_ns=until
    )  # fmt: skip


def levels(*facts):
    return with_levels(Levels(), facts)
