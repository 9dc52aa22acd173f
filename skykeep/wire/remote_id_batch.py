"""Open Drone ID Location messages decoded by the hundred thousand, with the values of the single decoder.

For studies over recorded traffic: codes become quantities through the tables of `remote_id_quantity`, so a batch says
what `remote_id.decode` says. Bytes are laid out in `remote_id_message`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from skykeep.errors import Malformed
from skykeep.wire import remote_id_quantity as quantity
from skykeep.wire.remote_id_message import SIZE

ABSENT = -(2**31)
"""Stands for None in the columns below; no quantity of a Location message reaches it."""

LOCATION = np.dtype(
    [
        ("lat_e7", "<i4"),  # ABSENT together with lon_e7
        ("lon_e7", "<i4"),
        ("altitude_mm", "<i4"),  # HAE
        ("pressure_altitude_mm", "<i4"),  # STD
        ("height_mm", "<i4"),  # above ground where height_agl, else above take-off
        ("speed_mmps", "<i4"),
        ("vspeed_mmps", "<i4"),
        ("heading_mdeg", "<i4"),
        ("pos_accuracy_mm", "<i4"),
        ("alt_accuracy_mm", "<i4"),
        ("pressure_accuracy_mm", "<i4"),
        ("speed_accuracy_mmps", "<i4"),
        ("t_claimed_ds", "<i4"),
        ("t_accuracy_ds", "<i4"),
        ("status", "u1"),  # the code, an index into `remote_id_quantity.STATUS`
        ("height_agl", "?"),
    ],
    align=True,
)

_WIRE = np.dtype(
    [("head", "u1"), ("bits", "u1"), ("direction", "u1"), ("speed", "u1"), ("vspeed", "u1"), ("lat", "<i4"),
     ("lon", "<i4"), ("pressure", "<u2"), ("geodetic", "<u2"), ("height", "<u2"), ("accuracy", "u1"),
     ("more_accuracy", "u1"), ("t_ds", "<u2"), ("t_accuracy", "u1"), ("reserved", "u1")]
)  # fmt: skip
_ROWS = 4096  # at a time, so that the columns in between stay in the cache

Column = npt.NDArray[np.int32]


def _column(table: quantity.Known) -> Column:
    return np.array([ABSENT if value is None else value for value in table], dtype=np.int32)


def _high(table: quantity.Known) -> Column:
    """By a whole byte whose high nibble is the code."""
    return np.repeat(_column(table), 16)


def _low(table: quantity.Known) -> Column:
    """By a whole byte whose low nibble is the code."""
    return np.tile(_column(table), 16)


_HEADING = _column(quantity.HEADING_MDEG)
_SPEED = _column(quantity.SPEED_MMPS)
_VSPEED = _column(quantity.VSPEED_MMPS)
_ALT_ACCURACY, _POS_ACCURACY = _high(quantity.ALT_ACCURACY_MM), _low(quantity.POS_ACCURACY_MM)
_PRESSURE_ACCURACY, _SPEED_ACCURACY = _high(quantity.ALT_ACCURACY_MM), _low(quantity.SPEED_ACCURACY_MMPS)
_T_ACCURACY = _low(quantity.T_ACCURACY_DS)


def locations(messages: npt.NDArray[np.uint8]) -> npt.NDArray[np.void]:
    """Return one row of `LOCATION` for each of the messages, (n, 25) bytes.

    Raises Malformed, naming the row, where a message is no Location; ask `is_location` first.
    """
    if messages.ndim != 2 or messages.shape[1] != SIZE or messages.dtype != np.uint8:
        raise Malformed(f"Remote ID batch: {messages.dtype} {messages.shape}, it takes uint8 (n, {SIZE})")
    others = np.flatnonzero(~is_location(messages))
    if others.size:
        raise Malformed(f"Remote ID batch: row {others[0]} is no Location ({others.size} of {len(messages)} rows)")
    wire = np.ascontiguousarray(messages).view(_WIRE)[:, 0]
    decoded = np.empty(len(wire), dtype=LOCATION)
    for at in range(0, len(wire), _ROWS):
        _fill(wire[at : at + _ROWS], decoded[at : at + _ROWS])
    return decoded


def is_location(messages: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Return which rows of (n, 25) bytes are Location messages, as (n,) booleans."""
    is_one: npt.NDArray[np.bool_] = messages[:, 0] >> 4 == 1
    return is_one


def _fill(wire: npt.NDArray[np.void], out: npt.NDArray[np.void]) -> None:
    lat, lon = wire["lat"].astype(np.int32), wire["lon"].astype(np.int32)
    unknown = (lat > 900_000_000) | (lat < -900_000_000) | (lon > 1_800_000_000) | (lon < -1_800_000_000)
    unknown |= (lat | lon) == 0
    lat[unknown] = lon[unknown] = ABSENT
    out["lat_e7"], out["lon_e7"] = lat, lon
    bits = wire["bits"].astype(np.intp)
    out["status"], out["height_agl"] = bits >> 4, bits >> 2 & 1
    out["heading_mdeg"] = _HEADING[(bits & 2) << 7 | wire["direction"]]
    out["speed_mmps"] = _SPEED[(bits & 1) << 8 | wire["speed"]]
    out["vspeed_mmps"] = _VSPEED[wire["vspeed"]]
    out["altitude_mm"] = _height_mm(wire["geodetic"])
    out["pressure_altitude_mm"] = _height_mm(wire["pressure"])
    out["height_mm"] = _height_mm(wire["height"])
    accuracy, more = wire["accuracy"].astype(np.intp), wire["more_accuracy"].astype(np.intp)
    out["alt_accuracy_mm"], out["pos_accuracy_mm"] = _ALT_ACCURACY[accuracy], _POS_ACCURACY[accuracy]
    out["pressure_accuracy_mm"], out["speed_accuracy_mmps"] = _PRESSURE_ACCURACY[more], _SPEED_ACCURACY[more]
    t_ds = wire["t_ds"].astype(np.int32)
    t_ds[t_ds > 36_000] = ABSENT
    out["t_claimed_ds"] = t_ds
    out["t_accuracy_ds"] = _T_ACCURACY[wire["t_accuracy"]]


def _height_mm(code: npt.NDArray[np.uint16]) -> Column:
    value = code.astype(np.int32)
    unknown = value == 0
    value *= 500
    value -= 1_000_000
    value[unknown] = ABSENT
    return value
