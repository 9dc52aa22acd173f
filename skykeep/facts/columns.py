"""Columns of numbers and the rows they stand for: how `concluded.tracks/1` is written and read."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from skykeep.errors import Malformed
from skykeep.facts.concluded import FactRef, Phase, TrackEstimated, TracksEstimated
from skykeep.geo.altitude import Altitude, Datum

NONE = 255  # in the columns of datums
ASSUMED, SIMULATED, MANNED = 1, 2, 4  # marks
MODES = ("hovering", "smooth", "agile")
WIDE = (
    "before_us", "existence_ppm", "lat_e7", "lon_e7", "alt_mm", "pos_sigma_mm", "up_sigma_mm", "vel_east_mmps",
    "vel_north_mmps", "vel_up_mmps", "said_mm", "said_sigma_mm", "above_mm", "reports", "evidence_tick",
    "evidence_index", "evidence_item",
)  # fmt: skip
NARROW = ("phase", "said_datum", "above_datum", "marks", "mode")
_MAY_LACK = ("existence_ppm", "alt_mm", "up_sigma_mm", "vel_up_mmps", "said_mm", "said_sigma_mm", "above_mm")
_PHASES = (Phase.TENTATIVE, Phase.ESTABLISHED, Phase.LOST)
_SAID = (Datum.HAE, Datum.AMSL, Datum.STD)
_ABOVE = (Datum.AGL, Datum.TAKEOFF)
_LEAST, _MOST = -(2.0**31), 2.0**31 - 1.0
_UNKNOWN = -(2.0**63)  # the least int64, in a column that is given


class Estimate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where one track is: a row of `TracksEstimated`, or a `TrackEstimated`, read by the same names."""

    track_id: int
    t_ns: int  # the time the estimate is for, by the sensors' clocks
    phase: Phase
    existence_ppm: int | None  # None: not told
    lat_e7: int
    lon_e7: int
    pos_sigma_mm: int  # one standard deviation along the worse horizontal axis
    pos_assumed: bool  # the sensor gave no accuracy; its declared default was used
    altitude: Altitude | None  # as a report gave it last: HAE, AMSL or STD
    height: Altitude | None  # as a report gave it last: AGL or TAKEOFF
    alt_sigma_mm: int | None  # of these
    alt_mm: int | None  # HAE, as estimated; None: nothing measured a height
    up_sigma_mm: int | None
    vel_east_mmps: int
    vel_north_mmps: int
    vel_up_mmps: int | None
    reports: int  # how many reports made it so far
    simulated: bool
    manned: bool
    mode: str | None  # the likeliest motion, one of MODES
    evidence: FactRef  # the report that moved it last
    item: int  # its plot, where that fact is a scan, else 0

    @property
    def heights(self) -> tuple[Altitude, ...]:
        """Every height that is known of it, what it was told first, the estimate last."""
        measured = None if self.alt_mm is None else Altitude(self.alt_mm, Datum.HAE)
        return tuple(each for each in (self.altitude, self.height, measured) if each is not None)


def fold(t_ns: int, **columns: npt.NDArray[Any]) -> TracksEstimated:
    """Return the fact that holds these columns: each of its columns by name, (n,) int64 or float64, in its unit.

    Fractions are rounded half to even, and what does not fit is the nearest that does. Not known is NaN or the least
    int64 (or less); in the columns of datums, any negative number. Datums are numbered as the fact says, which is not
    as in `Reports`.
    """
    rows = len(columns["track_id"])
    wide = np.empty((len(WIDE), rows))
    for place, name in enumerate(WIDE):
        wide[place] = columns[name]
    known = wide > _UNKNOWN  # NaN is not
    np.rint(wide, out=wide)
    np.maximum(wide, _LEAST + 1.0, out=wide)
    np.minimum(wide, _MOST, out=wide)
    np.copyto(wide, _LEAST, where=~known)
    packed = {name: row.tobytes() for name, row in zip(WIDE, wide.astype("<i4"), strict=True)}
    for name in NARROW:
        packed[name] = _narrow(columns[name])
    return TracksEstimated(t_ns=t_ns, rows=rows, track_id=columns["track_id"].astype("<i8").tobytes(), **packed)


def _narrow(column: npt.NDArray[Any]) -> bytes:
    held: npt.NDArray[np.int64] = np.minimum(column, NONE).astype(np.int64)
    held[held < 0] = NONE
    return held.astype(np.uint8).tobytes()


def unfold(fact: TracksEstimated, tick: int = 0) -> list[Estimate]:
    """Return its rows; `tick` is where the fact stands, so that the evidence is named as others name it.

    Malformed where a column does not have a row for each track, or says what no row may say.
    """
    columns = _lists(fact)
    named = zip(*(columns[name] for name in _ROW), strict=True)
    try:
        return [_estimate(fact.t_ns, tick, *row) for row in named]
    except IndexError as error:
        raise Malformed("concluded.tracks/1: a phase, datum or mode has a number that none has") from error


def estimates(fact: TracksEstimated | TrackEstimated, tick: int = 0) -> list[Estimate]:
    """Return one estimate or many, for either kind of fact; see `unfold`."""
    return unfold(fact, tick) if isinstance(fact, TracksEstimated) else [_of_one(fact)]


_ROW = ("track_id", *WIDE, *NARROW)


def _lists(fact: TracksEstimated) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for name in _ROW:
        kind = "<i8" if name == "track_id" else "<i4" if name in WIDE else "u1"
        body = getattr(fact, name)
        if len(body) != fact.rows * int(kind[-1]):
            raise Malformed(f"concluded.tracks/1: column {name} has {len(body)} bytes for {fact.rows} rows")
        column = np.frombuffer(body, kind)
        found[name] = column.tolist()
        if name in WIDE and bool((column == _LEAST).any()):
            if name not in _MAY_LACK:
                raise Malformed(f"concluded.tracks/1: column {name} says not known, which no track may")
            found[name] = [None if value == _LEAST else value for value in column.tolist()]
    return found


def _estimate(  # noqa: PLR0913, PLR0917  # a row is as wide as its fact
    now_ns: int, tick: int, track_id: int, before_us: int, existence_ppm: int | None, lat_e7: int, lon_e7: int,
    alt_mm: int | None, pos_sigma_mm: int, up_sigma_mm: int | None, vel_east_mmps: int, vel_north_mmps: int,
    vel_up_mmps: int | None, said_mm: int | None, said_sigma_mm: int | None, above_mm: int | None, reports: int,
    evidence_tick: int, evidence_index: int, evidence_item: int, phase: int, said_datum: int, above_datum: int,
    marks: int, mode: int,
) -> Estimate:  # fmt: skip
    return Estimate(
        track_id=track_id,
        t_ns=now_ns - before_us * 1000,
        phase=_PHASES[phase],
        existence_ppm=existence_ppm,
        lat_e7=lat_e7,
        lon_e7=lon_e7,
        pos_sigma_mm=pos_sigma_mm,
        pos_assumed=bool(marks & ASSUMED),
        altitude=None if said_datum == NONE or said_mm is None else Altitude(said_mm, _SAID[said_datum]),
        height=None if above_datum == NONE or above_mm is None else Altitude(above_mm, _ABOVE[above_datum]),
        alt_sigma_mm=said_sigma_mm,
        alt_mm=alt_mm,
        up_sigma_mm=up_sigma_mm,
        vel_east_mmps=vel_east_mmps,
        vel_north_mmps=vel_north_mmps,
        vel_up_mmps=vel_up_mmps,
        reports=reports,
        simulated=bool(marks & SIMULATED),
        manned=bool(marks & MANNED),
        mode=MODES[mode],
        evidence=FactRef(tick - evidence_tick, evidence_index),
        item=evidence_item,
    )


def _of_one(fact: TrackEstimated) -> Estimate:
    said = {name: getattr(fact, name) for name in fact.__struct_fields__}
    return Estimate(
        **said, existence_ppm=None, alt_mm=None, up_sigma_mm=None, vel_up_mmps=None, manned=False, mode=None, item=0
    )
