"""How far anyone can say that something flies there: each track on the ladder for people, told at every move.

`ladder` says which events there are and where each leads, `laddermemory` what is remembered of each track, `moves` what
is told. The ladder is told whenever it moves, and when another family joins. Nothing on it deletes a track.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from skykeep.facts.concluded import ExistenceMoved
from skykeep.geo.exact import atan2, hypot2
from skykeep.geo.frames import ecef_to_enu
from skykeep.geo.kernel import kernel
from skykeep.watch import laddermemory as lm
from skykeep.watch.benign import Benign
from skykeep.watch.carried import row_of
from skykeep.watch.ladder import climb
from skykeep.watch.laddermemory import LadderMemory
from skykeep.watch.moves import tell
from skykeep.watch.reports import DIRECTION, POSITION, Floats, Ints, Pairs, Reports
from skykeep.watch.senses import EYE, FAMILY, LIGHT
from skykeep.watch.sensors import MODALITY, PLACED, Columns, Sensors
from skykeep.watch.supports import Support
from skykeep.watch.table import MODALITIES, Tracks

IS_OF_R = 0.5  # a report moves a track in this ladder if it is likelier of it than not
_WITNESS_POINTS = 0.17  # rad: as well as a witness points, at best


def weigh(
    memory: LadderMemory,
    tracks: Tracks,
    sensors: Sensors,
    reports: Reports,
    pairs: Pairs,
    benign: Benign,
    now_ns: int,
    *,
    permitted: Mapping[int, str],
    supported: Sequence[Support] = (),
) -> list[ExistenceMoved]:
    """Move the tracks on the ladder and write `tracks.rung`; return what is to be told, in the order of ids.

    `permitted` says of tracks that were found permitted or exempt by which permit: it explains, and changes no rung.
    `supported` are the presences that can only be of one track: they count as seen by their modality.
    """
    lm.fit(memory, tracks.id, len(sensors), now_ns)
    ints, floats = lm.arrays(memory)
    moved = np.empty(len(tracks), np.int64)
    count = _weigh(
        ints, floats, tracks.id, pairs.track_id, pairs.report, pairs.probability, reports.sensor, reports.t_ns,
        reports.kind, reports.z, reports.cov, reports.sigma_m, reports.said_datum, reports.tick, reports.index,
        sensors.columns(), _helps(memory, tracks, supported) if supported else _NO_HELP,
        tracks.r, tracks.phase, tracks.seen_ns, tracks.seen, tracks.absence, tracks.rung, moved,
    )  # fmt: skip
    return tell(moved[:count], tracks, sensors, memory, benign, permitted, now_ns) if count else []


_ROW, _MODALITY, _TICK, _INDEX, _SENSOR, _T_NS = range(6)  # columns of what helps: rows of tracks and sensors
_NO_HELP = np.zeros((0, 6), np.int64)


def _helps(memory: LadderMemory, tracks: Tracks, supported: Sequence[Support]) -> Ints:
    """Return (k, 6) the presences that are of tracks, and note that there were some."""
    memory.helped = True
    return np.array(
        [
            (
                tracks.row(one.track_id),
                MODALITIES.index(one.modality),
                one.ref.tick,
                one.ref.index,
                one.sensor,
                one.t_ns,
            )
            for one in supported
        ],
        np.int64,
    )


@kernel
def _weigh(
    ints: Ints,
    floats: Floats,
    ids: Ints,
    track_id: Ints,
    report: Ints,
    probability: Floats,
    sensor: Ints,
    t_ns: Ints,
    kind: Ints,
    z: Floats,
    cov: Floats,
    sigma_m: Floats,
    said_datum: Ints,
    tick: Ints,
    index: Ints,
    columns: Columns,
    helps: Ints,
    r: Floats,
    phase: Ints,
    seen_ns: Ints,
    seen: Ints,
    absence: Floats,
    rung: Ints,
    moved: Ints,
) -> int:
    """Remember what was heard, and move each row on the ladder; fill `moved` with those to tell of, return how many."""
    _remember(
        ints, floats, ids, track_id, report, probability, sensor, t_ns, kind, z, cov, sigma_m, said_datum, tick, index,
        columns,
    )  # fmt: skip
    for k in range(helps.shape[0]):
        _support(ints[int(helps[k, _ROW])], helps[k])
    count = 0
    own_ns, own = np.empty(len(MODALITIES), np.int64), np.empty(len(MODALITIES), np.int64)
    in_vain = np.empty(len(MODALITIES))
    for row in range(r.shape[0]):
        lm.sight(ints[row], seen_ns[row], seen[row], absence[row], own_ns, own, in_vain)
        told = int(ints[row, lm.TOLD])
        after, families = climb(float(r[row]), int(phase[row]), int(rung[row]), told, own_ns, own, in_vain)
        if after != int(rung[row]) or told | families != told:
            rung[row] = after
            ints[row, lm.TOLD] = told | families
            moved[count] = row
            count = count + 1
    return count


@kernel
def _support(ints: Ints, help_: Ints) -> None:
    """Note a presence in the row of the track that it is of."""
    modality, s = int(help_[_MODALITY]), int(help_[_SENSOR])
    ref, place = lm.REF + 2 * FAMILY[modality], lm.HELP
    for k in range(len(lm.SOLE)):
        if lm.SOLE[k] == modality:
            place = lm.HELP + 2 * k
    ints[ref], ints[ref + 1] = int(help_[_TICK]), int(help_[_INDEX])
    ints[place] = max(int(ints[place]), int(help_[_T_NS]))
    ints[place + 1] = int(ints[place + 1]) + 1
    ints[lm.INTS + s // lm.WORD_BITS] |= 1 << (s % lm.WORD_BITS)


@kernel
def _remember(
    ints: Ints,
    floats: Floats,
    ids: Ints,
    track_id: Ints,
    report: Ints,
    probability: Floats,
    sensor: Ints,
    t_ns: Ints,
    kind: Ints,
    z: Floats,
    cov: Floats,
    sigma_m: Floats,
    said_datum: Ints,
    tick: Ints,
    index: Ints,
    columns: Columns,
) -> None:
    """Note which sensors saw each track, the latest report of each family, and where light came from."""
    for k in range(track_id.shape[0]):
        row = row_of(ids, int(track_id[k])) if float(probability[k]) >= IS_OF_R else -1
        if row < 0:
            continue
        i = int(report[k])
        s = int(sensor[i])
        family = FAMILY[int(columns.marks[s, MODALITY])]
        ints[row, lm.INTS + s // lm.WORD_BITS] |= 1 << (s % lm.WORD_BITS)
        ints[row, lm.REF + 2 * family] = int(tick[i])
        ints[row, lm.REF + 2 * family + 1] = int(index[i])
        if family in (LIGHT, EYE):
            _look(ints, floats, row, i, s, family, t_ns, kind, z, cov, sigma_m, said_datum, columns)


@kernel
def _look(
    ints: Ints,
    floats: Floats,
    row: int,
    i: int,
    s: int,
    family: int,
    t_ns: Ints,
    kind: Ints,
    z: Floats,
    cov: Floats,
    sigma_m: Floats,
    said_datum: Ints,
    columns: Columns,
) -> None:
    """Note the direction that light came from: a bearing as given, or a witness's line to the place named."""
    direction = floats[row]
    if int(kind[i]) == POSITION:
        if family != EYE or int(columns.marks[s, PLACED]) == 0:
            return
        east, north, up = ecef_to_enu(columns.frame[s], z[i, 0], z[i, 1], z[i, 2])
        level_m = max(hypot2(east, north), 1.0)
        spread = max(float(sigma_m[i]) / level_m, _WITNESS_POINTS)
        direction[lm.AZIMUTH] = atan2(east, north)
        direction[lm.AZIMUTH_SIGMA] = spread
        direction[lm.ELEVATION] = atan2(up, level_m) if int(said_datum[i]) >= 0 else math.nan
        direction[lm.ELEVATION_SIGMA] = spread
    else:
        direction[lm.AZIMUTH] = float(z[i, 0])
        direction[lm.AZIMUTH_SIGMA] = math.sqrt(float(cov[i, 0]))
        direction[lm.ELEVATION] = float(z[i, 1]) if int(kind[i]) == DIRECTION else math.nan
        direction[lm.ELEVATION_SIGMA] = math.sqrt(float(cov[i, 1])) if int(kind[i]) == DIRECTION else 0.0
    ints[row, lm.LIGHT_NS] = int(t_ns[i])
    ints[row, lm.LIGHT_SENSOR] = s
