"""Plot lines: one JSON object a line, what a sensor measured itself in one look, before anybody followed anything.

    {"time": "2026-05-01T10:00:00Z", "sensor": "radar-a", "modality": "radar", "plots": [
      {"range_m": 4120.5, "azimuth_deg": 271.3, "elevation_deg": 1.2, "doppler_mps": -14.5, "ago_ms": 220},
      {"lat": 50.4501, "lon": 30.5234, "alt_hae_m": 210, "rcs_dbsm": -18}]}
    {"time": 1777629600.5, "sensor": "df-1", "modality": "rf", "azimuth_deg": 87.5, "transmitter": "60:60:1f:00:00:01"}

Each line becomes one ScanReported. A scan has `plots`, a list that may be empty: looked, and saw nothing. A line with
one plot may carry its keys itself. A plot is polar, from the sensor's declared place (range_m with azimuth_deg, or
azimuth_deg alone, either with elevation_deg or without), or it is a place. The keys, their units and ranges are
published as skykeep/schemas/plot-line.schema.json and told in docs/reference/formats/plots.md. As with track lines
nothing is ignored: what is unknown, misspelt, out of its range or half said makes the line Unreadable.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

import msgspec
import numpy as np

from skykeep.errors import Malformed
from skykeep.facts.frame import Frame
from skykeep.facts.observed import LinkTrust, Observed, ScanReported
from skykeep.facts.personal import NameKind, Names
from skykeep.geo.altitude import Datum
from skykeep.wire import lines, quantity
from skykeep.wire.jsontext import BOM, Json, kind, read_object, refuse_unknown
from skykeep.wire.quantity import MILLI, Ratio, take, take_bool, take_text
from skykeep.wire.reportline import (  # a codec has all of these, be it its own or shared
    accuracy_mm,
    arrival_ns,  # noqa: F401
    modality,
    records,  # noqa: F401
    sensor_of,  # noqa: F401
    time_ns,
)

MODALITIES = ("radar", "rf", "camera", "acoustic", "witness", "other")
ABOUT = ("time", "arrival", "sensor", "transmitter", "modality", "accuracy_m", "alt_accuracy_m", "simulated")
POLAR = ("range_m", "azimuth_deg", "elevation_deg")
OF_A_PLOT = (*POLAR, "lat", "lon", "alt_hae_m", "doppler_mps", "rcs_dbsm")
PLOT_KEYS = (*OF_A_PLOT, "ago_ms")
KEYS = (*ABOUT, *OF_A_PLOT, "plots")
MISSING = -(2**31)
"""Stands in a column of ScanReported for "not in this plot"."""

_LINE, _PLOT = dict.fromkeys(KEYS), dict.fromkeys(PLOT_KEYS)
_URAD = Ratio(Decimal("17453.2925199432957692369076848861"))  # degree -> microradian
_MICRO = Ratio(Decimal(1_000))  # millisecond -> microsecond
_TURN_URAD = 6_283_185
_SNIFF = re.compile(rb'"(?:plots|azimuth_deg|range_m)"\s*:')

_MEANT = {
    "altitude": '"alt_hae_m", above the ellipsoid', "alt": '"alt_hae_m", above the ellipsoid',
    "alt_m": '"alt_hae_m", above the ellipsoid', "alt_amsl_m": '"alt_hae_m", or a track line',
    "height": '"alt_hae_m", or a track line', "height_agl_m": '"alt_hae_m", or a track line',
    "latitude": '"lat"', "longitude": '"lon"', "lng": '"lon"', "timestamp": '"time"', "ts": '"time"', "t": '"time"',
    "range": '"range_m", the slant range', "distance_m": '"range_m", the slant range',
    "azimuth": '"azimuth_deg", clockwise from true north', "bearing": '"azimuth_deg", clockwise from true north',
    "bearing_deg": '"azimuth_deg", clockwise from true north', "elevation": '"elevation_deg", above level',
    "doppler": '"doppler_mps", positive away', "range_rate_mps": '"doppler_mps", positive away',
    "radial_velocity_mps": '"doppler_mps", positive away', "rcs": '"rcs_dbsm"', "sensor_id": '"sensor"',
    "type": '"modality"', "detections": '"plots"', "mac": '"transmitter"',
    "track": "a track line (format tracks): a plot is of nothing that anybody follows",
    "serial": "a track line (format tracks): a plot has no name",
    "ago_ms": '"time" itself: a line of one plot is of that time',
}  # fmt: skip


class _Plot(NamedTuple):
    """One plot in the units of the fact; None: not measured."""

    before_us: int | None
    range_mm: int | None
    azimuth_urad: int | None
    elevation_urad: int | None
    lat_e7: int | None
    lon_e7: int | None
    alt_mm: int | None
    doppler_mmps: int | None
    rcs_mdbsm: int | None


def decode(frame: Frame, index: int, names: Names) -> list[Observed]:
    """Return the one scan that a line says, or Unreadable with the reason. Never raises."""
    try:
        line = _read(frame.data)
        return [_reported(frame, index, names, line)]
    except Malformed as error:
        return [lines.unreadable(frame, index, str(error))]


def _read(data: bytes) -> dict[str, Json]:
    lines.refuse_long(data)
    line = read_object(data, unique=True)
    refuse_unknown(line, _LINE, meant=_MEANT)
    return line


def _reported(frame: Frame, index: int, names: Names, line: dict[str, Json]) -> ScanReported:
    plots = _plots(line)
    latest_us = min((plot.before_us or 0 for plot in plots), default=0)
    columns = {name: _column([getattr(plot, name) for plot in plots]) for name in _Plot._fields[1:]}
    transmitter = take_text(line, "transmitter")
    take_text(line, "sensor")  # checked here, used by `sensor_of`
    if line.get("arrival") is not None:
        time_ns(line, "arrival")  # checked here, used by `records`
    return ScanReported(
        sensor_id=frame.sensor_id,
        transmitter="" if transmitter is None else names.pseudonym(NameKind.TRANSMITTER, transmitter),
        t_event_ns=time_ns(line, "time") - 1_000 * latest_us,
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=LinkTrust.SIMULATED if take_bool(line, "simulated") else frame.link_trust,
        frame=index,
        modality=modality(line, MODALITIES),
        plots=len(plots),
        before_us=_column(_before(plots, latest_us)),
        **columns,
        pos_accuracy_mm=accuracy_mm(line, "accuracy_m"),
        alt_accuracy_mm=accuracy_mm(line, "alt_accuracy_m"),
    )


def _before(plots: list[_Plot], latest_us: int) -> list[int | None]:
    """Return how long before the latest plot each was measured; empty where all were at once."""
    before = [(plot.before_us or 0) - latest_us for plot in plots]
    return list(before) if any(before) else []


def _column(values: list[int | None]) -> bytes:
    """Return a column of ScanReported: little-endian int32, empty where no plot has it."""
    if all(value is None for value in values):
        return b""
    return np.array([MISSING if value is None else value for value in values], "<i4").tobytes()


def _plots(line: dict[str, Json]) -> list[_Plot]:
    given = [key for key in OF_A_PLOT if line.get(key) is not None]
    plots = line.get("plots")
    if plots is None:
        if not given:
            raise Malformed("plots: missing; an empty list says that the sensor looked and saw nothing")
        return [_plot(line)]
    if given:
        raise Malformed(f"{given[0]}: given beside plots; put it into one of them")
    if not isinstance(plots, list):
        raise Malformed(f"plots: {kind(plots)} where a list […] belongs")
    return [_plot_of(plot, number) for number, plot in enumerate(plots)]


def _plot_of(plot: Json, number: int) -> _Plot:
    try:
        if not isinstance(plot, dict):
            raise Malformed(f"{kind(plot)} where an object {{…}} belongs")
        refuse_unknown(plot, _PLOT, meant=_MEANT)
        return _plot(plot)
    except Malformed as error:
        raise Malformed(f"plots[{number}]: {error}") from error


def _plot(of: dict[str, Json]) -> _Plot:
    place = quantity.take_place(of)
    if place == (0, 0):
        raise Malformed("lat, lon: 0, 0 is how broken senders say unknown; leave both out")
    altitude = quantity.take_altitude(of, "alt_hae_m", -999, 100_000, MILLI, Datum.HAE)
    azimuth_urad = take(of, "azimuth_deg", -180, 360, _URAD)
    plot = _Plot(
        before_us=take(of, "ago_ms", 0, 600_000, _MICRO),
        range_mm=_range_mm(of),
        azimuth_urad=None if azimuth_urad is None else azimuth_urad % _TURN_URAD,
        elevation_urad=take(of, "elevation_deg", -90, 90, _URAD),
        lat_e7=None if place is None else place[0],
        lon_e7=None if place is None else place[1],
        alt_mm=None if altitude is None else altitude.value_mm,
        doppler_mmps=take(of, "doppler_mps", -2_000, 2_000, MILLI),
        rcs_mdbsm=take(of, "rcs_dbsm", -100, 100, MILLI),
    )
    _refuse_half(of, plot)
    return plot


def _refuse_half(of: dict[str, Json], plot: _Plot) -> None:
    """Refuse what is said twice, or is no measurement without what is missing."""
    polar = [key for key in POLAR if of.get(key) is not None]
    if plot.lat_e7 is not None and polar:
        raise Malformed(f"{polar[0]}: given beside lat and lon; a plot is polar or a place")
    if plot.lat_e7 is None and plot.azimuth_urad is None:
        missing = f"{polar[0]}: given without azimuth_deg" if polar else "neither azimuth_deg nor lat and lon"
        raise Malformed(f"{missing}; that says of no place where it is")
    if plot.alt_mm is not None and plot.lat_e7 is None:
        raise Malformed("alt_hae_m: given without lat and lon; a polar plot has elevation_deg")


def _range_mm(of: dict[str, Json]) -> int | None:
    value = quantity.take_number(of, "range_m", 0, 2_000_000)
    if value == 0:
        raise Malformed("range_m: 0; nothing is where the sensor is, leave it out where it is unknown")
    return None if value is None else max(1, quantity.scaled(value, MILLI))


def sniff(line: bytes) -> bool:
    """Say whether a stream that begins with this line holds plot lines; a place alone is a track line."""
    begins = line.removeprefix(BOM).lstrip()[:4096]
    return begins.startswith(b"{") and b'"time"' in begins and _SNIFF.search(begins) is not None


# ---- the way back --------------------------------------------------------------------------------

_OUT = {
    "range_mm": ("range_m", 3), "azimuth_urad": ("azimuth_deg", 0), "elevation_urad": ("elevation_deg", 0),
    "lat_e7": ("lat", 7), "lon_e7": ("lon", 7), "alt_mm": ("alt_hae_m", 3), "doppler_mmps": ("doppler_mps", 3),
    "rcs_mdbsm": ("rcs_dbsm", 3), "before_us": ("ago_ms", 3),
}  # fmt: skip


def encode(scan: ScanReported) -> bytes:
    """Return the line that says a scan: read again it is the same, but for the name of its transmitter."""
    line: dict[str, Json] = {
        "time": Decimal(scan.t_event_ns).scaleb(-9),
        "sensor": scan.sensor_id,
        "transmitter": scan.transmitter or None,
        "modality": scan.modality,
        "accuracy_m": None if scan.pos_accuracy_mm is None else Decimal(scan.pos_accuracy_mm).scaleb(-3),
        "alt_accuracy_m": None if scan.alt_accuracy_mm is None else Decimal(scan.alt_accuracy_mm).scaleb(-3),
        "simulated": True if scan.link_trust is LinkTrust.SIMULATED else None,
    }
    columns = {name: np.frombuffer(getattr(scan, name), "<i4").tolist() for name in _OUT}
    plots = [
        {_OUT[name][0]: _said(name, values[k]) for name, values in columns.items() if values and values[k] != MISSING}
        for k in range(scan.plots)
    ]
    line = {key: value for key, value in line.items() if value is not None} | {"plots": plots}
    return msgspec.json.Encoder(decimal_format="number").encode(line)


def _said(name: str, value: int) -> Decimal:
    """Return a value of a column in the unit of the line; an angle with more digits than a microradian has."""
    places = _OUT[name][1]
    if places:
        return Decimal(value).scaleb(-places)
    return (Decimal(value) / _URAD.over).quantize(Decimal("1e-7"))
