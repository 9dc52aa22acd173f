"""Which presences can only be of one track: sounds and the like, heard where exactly one track is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from skykeep.facts.concluded import FactRef
from skykeep.facts.observed import PresenceReported
from skykeep.geo.kernel import kernel
from skykeep.watch.ladder import LIKELIER_R
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.senses import BODY, family_of
from skykeep.watch.sensors import Columns, Sensors, visible
from skykeep.watch.table import LOST, MODALITIES, Tracks

_NUMBER = {name: number for number, name in enumerate(MODALITIES)}


class Support(NamedTuple):
    """A presence that can only be of one track (`supports`)."""

    track_id: int
    modality: str
    ref: FactRef
    sensor: int  # row in Sensors
    t_ns: int  # by the sensor's clock


def supports(presences: Sequence[tuple[PresenceReported, FactRef]], tracks: Tracks, sensors: Sensors) -> list[Support]:
    """Return the presences that must be of a track: heard by a physical sense in whose coverage exactly one track is.

    Two tracks in the coverage, or one that is less likely there than not, leave it open. From a transmitter it is left
    to the transmitter's own binding.
    """
    if not presences:
        return []
    found, columns = [], sensors.columns()
    only: dict[int, int] = {}
    for fact, ref in presences:
        row = sensor_row(sensors, fact.sensor_id, fact.modality)
        if fact.transmitter or row is None or not BODY[family_of(fact.modality)] or not sensors.covers[row]:
            continue
        if row not in only:
            only[row] = _only(columns, row, tracks.x, tracks.phase, tracks.r)
        if only[row] >= 0:
            found.append(Support(int(tracks.id[only[row]]), fact.modality, ref, row, fact.t_event_ns))
    return found


@kernel
def _only(columns: Columns, s: int, x: Floats, phase: Ints, r: Floats) -> int:
    """Return the row of the one track in a sensor's coverage; -1: there is none, or more, or a doubtful one."""
    found = -1
    for row in range(x.shape[0]):
        if int(phase[row]) != LOST and visible(columns, s, x[row, 0], x[row, 1], x[row, 2]):
            if found >= 0 or float(r[row]) < LIKELIER_R:
                return -1
            found = row
    return found


def sensor_row(sensors: Sensors, sensor_id: str, modality: str) -> int | None:
    """Return the row of a sensor as it reports of this modality, without making one."""
    row = sensors.rows.get((sensor_id, _NUMBER.get(modality, -1)))
    return sensors.rows.get((sensor_id, _NUMBER["other"])) if row is None else row
