"""A file that says where aircraft truly were: JSON lines, one fix a line, and where each was between its fixes."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np

from skykeep.errors import Malformed, Refused, Unavailable
from skykeep.facts.enacted import SensorDeclared
from skykeep.geo.frames import ecef_to_enu_all, enu_frame, enu_to_ecef_all, geodetic_to_ecef_all
from skykeep.sim.assignment import Floats, Ints

GAP_S = 5.0  # between fixes farther apart than this nobody says where the aircraft was


class TruthLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a truth file: where one aircraft truly was."""

    time: str | float  # ISO 8601 with its offset, or Unix seconds
    id: str
    lat: float
    lon: float
    alt_hae_m: float | None = None
    uas_id: str | None = None  # what it says it is by Remote ID, if it does


@dataclasses.dataclass(frozen=True, slots=True)
class Flown:
    """Where one aircraft truly was: `t_ns` (k,) ascending, `pos_m` (k, 3) in the local frame, height NaN if unknown."""

    name: str
    uas_id: str | None
    t_ns: Ints
    pos_m: Floats


class Truth:
    """A truth file, in a local frame about its first fix; aircraft are numbered in the order of the file."""

    def __init__(self, lines: list[TruthLine]) -> None:
        first = lines[0]
        self._frame = enu_frame(first.lat, first.lon, first.alt_hae_m or 0.0)
        by_name: dict[str, list[TruthLine]] = {}
        for line in lines:
            by_name.setdefault(line.id, []).append(line)
        self.paths = [self._path(name, of) for name, of in by_name.items()]
        self.first_ns = min(int(path.t_ns[0]) for path in self.paths)
        self.last_ns = max(int(path.t_ns[-1]) for path in self.paths)

    def _path(self, name: str, lines: list[TruthLine]) -> Flown:
        t_ns = np.array([_ns(line.time) for line in lines], np.int64)
        places = np.array([(line.lat, line.lon, line.alt_hae_m or 0.0) for line in lines])
        pos_m = self.to_local(places)
        pos_m[[line.alt_hae_m is None for line in lines], 2] = np.nan
        order = np.argsort(t_ns, kind="stable")
        uas_id = next((line.uas_id for line in lines if line.uas_id), None)
        return Flown(name, uas_id, t_ns[order], pos_m[order])

    def to_local(self, places: Floats) -> Floats:
        """Return metres east, north, up (n, 3) of lat_deg, lon_deg, alt_hae_m (n, 3)."""
        local = np.empty((len(places), 3))
        geodetic_to_ecef_all(np.ascontiguousarray(places, np.float64), local)
        ecef_to_enu_all(self._frame, local, local)
        return local

    def from_site(self, sensor: SensorDeclared, offset_m: Floats) -> Floats | None:
        """Return places (n, 3) that lie `offset_m` east, north, up of a sensor; None where nobody said where it is."""
        if sensor.lat_e7 is None or sensor.lon_e7 is None or sensor.alt_mm is None:
            return None
        local = np.empty((len(offset_m), 3))
        enu_to_ecef_all(enu_frame(sensor.lat_e7 / 1e7, sensor.lon_e7 / 1e7, sensor.alt_mm / 1e3), offset_m, local)
        ecef_to_enu_all(self._frame, local, local)
        return local

    def at(self, t_ns: int) -> tuple[Ints, Floats, Floats]:
        """Return number, place and velocity of each aircraft at a time, between its fixes."""
        found = [
            (number, *path) for number, each in enumerate(self.paths) if (path := _between(each, t_ns)) is not None
        ]
        return (
            np.array([number for number, _, _ in found], np.int64),
            np.array([place for _, place, _ in found]).reshape(-1, 3),
            np.array([velocity for _, _, velocity in found]).reshape(-1, 3),
        )


def _between(path: Flown, t_ns: int) -> tuple[Floats, Floats] | None:
    """Return place and velocity between the two fixes about a time; None before, after and in a long gap."""
    after = int(np.searchsorted(path.t_ns, t_ns, side="right"))
    if after == len(path.t_ns) and after and path.t_ns[-1] == t_ns:
        after -= 1
    if not 0 < after < len(path.t_ns):
        return None
    apart_s = float(path.t_ns[after] - path.t_ns[after - 1]) / 1e9
    if apart_s > GAP_S or apart_s <= 0.0:
        return None
    velocity_mps = (path.pos_m[after] - path.pos_m[after - 1]) / apart_s
    return path.pos_m[after - 1] + velocity_mps * (float(t_ns - path.t_ns[after - 1]) / 1e9), velocity_mps


def read_truth(path: Path) -> Truth:
    """Read a truth file; Malformed names the line, Refused an empty file."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}") from error
    lines: list[TruthLine] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            one = msgspec.json.decode(line, type=TruthLine)
            _ns(one.time)
        except (msgspec.DecodeError, ValueError) as error:
            raise Malformed(f"{path}, line {number}: {error}") from error
        lines.append(one)
    if not lines:
        raise Refused(f"{path} says nothing of where anything was; docs/how-to/score-the-watch.md shows the lines")
    return Truth(lines)


def _ns(time: str | float) -> int:
    """Return Unix nanoseconds, to the microsecond."""
    if isinstance(time, str):
        moment = datetime.fromisoformat(time)
        if moment.tzinfo is None:
            raise ValueError(f"time {time} has no offset; write Z for UTC")
        return round(moment.timestamp() * 1e6) * 1000
    return round(time * 1e6) * 1000
