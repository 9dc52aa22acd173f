"""What is told of the tracks that moved on the ladder: who saw each, who did not, what else it may be, and why."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping

import numpy as np

from skykeep.facts.concluded import ExistenceMoved, FactRef, Rung
from skykeep.geo.kernel import kernel
from skykeep.watch import laddermemory as lm
from skykeep.watch.benign import Benign, Case, explain, others, spreads
from skykeep.watch.ladder import WINDOW_NS
from skykeep.watch.laddermemory import LadderMemory
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.senses import BODY, CAUSE, CAUSES, FAMILIES, FAMILY, NO_CAUSE
from skykeep.watch.sensors import COVERS, PD, PERIOD_NS, Columns, Sensors, detection, visible
from skykeep.watch.table import MODALITIES, Tracks

NAMED_MAX = 16  # sensors that are named as not having seen it
_COVERED_PD = 0.2  # less than this, and a look in vain says next to nothing
_LOOKS = 2  # periods that a sensor has to look at a new track, before it is said to have seen nothing
_LEAST_IN_VAIN = -300.0
_RUNG = tuple(Rung)  # in the order of the numbers
_MODALITIES, _FAMILIES, _CAUSES = len(MODALITIES), len(FAMILIES), len(CAUSES)
_SAW_NOT, _COVERS_NOT = 2, 3


def tell(
    rows: Ints,
    tracks: Tracks,
    sensors: Sensors,
    memory: LadderMemory,
    benign: Benign,
    permitted: Mapping[int, str],
    now_ns: int,
) -> list[ExistenceMoved]:
    """Return what is to be told of these tracks."""
    ints = lm.arrays(memory)[0][rows]
    codes = np.empty((len(rows), len(sensors)), np.int64)
    ranked = sensors.rank.argsort(kind="stable")
    _coverage(sensors.columns(), ints, memory.words, now_ns - tracks.born_ns[rows], tracks.x[rows], ranked, codes)
    names = [sensors.keys[row][0] for row in ranked.tolist()]
    near = others(tracks, permitted)
    seen, in_vain, by = np.empty((len(rows), _FAMILIES), np.int64), np.empty(len(rows)), np.empty(len(rows), np.int64)
    _sum_up(rows, ints, tracks.seen_ns, tracks.seen, tracks.absence, seen, in_vain, by)
    columns = (tracks.id[rows], tracks.rung[rows], tracks.r[rows], tracks.evidence[rows], by, codes, ints)
    told = []
    for case, (track_id, rung, r, moved, modalities, code, refs) in zip(
        _cases(rows, tracks, sensors, memory, seen, in_vain),
        zip(*(column.tolist() for column in columns), strict=True),
        strict=True,
    ):
        fact = ExistenceMoved(
            track_id=track_id,
            presence_id=None,
            t_ns=now_ns,
            rung=_RUNG[rung - 1],
            existence_ppm=round(r * 1e6),
            modalities=_names_of(modalities),
            absent=_named(names, code, _SAW_NOT),
            not_covered=_named(names, code, _COVERS_NOT),
            explained=explain(benign, case, near),
            evidence=_evidence(refs, moved),
        )
        told.append(fact)
    return told


@kernel
def _sum_up(
    rows: Ints, ints: Ints, seen_ns: Ints, seen: Ints, absence: Floats, count: Ints, in_vain: Floats, by: Ints
) -> None:
    """Fill `count` (k, families), how often each saw it; `in_vain` (k,), the log-likelihood of those looks; `by` (k,).

    `by` are modalities, a bit each: of each cause that moved within the window the latest; none known: the unknown one.
    """
    own_ns, own = np.empty(_MODALITIES, np.int64), np.empty(_MODALITIES, np.int64)
    vain, best = np.empty(_MODALITIES), np.empty(_CAUSES, np.int64)
    for k in range(rows.shape[0]):
        row = int(rows[k])
        lm.sight(ints[k], seen_ns[row], seen[row], absence[row], own_ns, own, vain)
        latest, total = 0, 0.0
        best[:] = -1
        count[k] = 0
        for m in range(_MODALITIES):
            latest = max(latest, int(own_ns[m]))
        for m in range(_MODALITIES):
            family = FAMILY[m]
            cause = CAUSE[family]
            count[k, family] += int(own[m])
            total = total + (float(vain[m]) if BODY[family] == 1 else 0.0)
            at = int(own_ns[m])
            if at > 0 and at >= latest - WINDOW_NS and (best[cause] < 0 or at > int(own_ns[int(best[cause])])):
                best[cause] = m
        in_vain[k] = max(total, _LEAST_IN_VAIN)
        by[k] = 0
        for cause in range(_CAUSES):
            if cause != NO_CAUSE and best[cause] >= 0:
                by[k] = int(by[k]) | (1 << int(best[cause]))
        if by[k] == 0 and best[NO_CAUSE] >= 0:
            by[k] = 1 << int(best[NO_CAUSE])


@kernel
def _coverage(columns: Columns, ints: Ints, words: int, age_ns: Ints, x: Floats, ranked: Ints, out: Ints) -> None:
    """Fill `out` (k, sensors): 0 not known, or had no time to look; 1 saw it; 2 covers it and did not; 3 does not.

    Its columns are the sensors `ranked` (sensors,) by name.
    """
    for row in range(out.shape[0]):
        for place in range(out.shape[1]):
            s = int(ranked[place])
            bit = 1 << (s % lm.WORD_BITS)
            latest = int(ints[row, lm.INTS + s // lm.WORD_BITS])
            before = int(ints[row, lm.INTS + words + s // lm.WORD_BITS])
            out[row, place] = 0
            if (latest | before) & bit:
                out[row, place] = 1
            elif columns.marks[s, COVERS] == 1:
                if not visible(columns, s, x[row, 0], x[row, 1], x[row, 2]):
                    out[row, place] = _COVERS_NOT
                elif (
                    float(columns.numbers[s, PD]) >= 0.0
                    and int(age_ns[row]) >= _LOOKS * int(columns.marks[s, PERIOD_NS])
                    and detection(columns, s, x[row, 0], x[row, 1], x[row, 2]) >= _COVERED_PD
                ):
                    out[row, place] = _SAW_NOT


def _cases(
    rows: Ints, tracks: Tracks, sensors: Sensors, memory: LadderMemory, seen: Ints, in_vain: Floats
) -> Iterator[Case]:
    """Yield what is to be explained of these tracks."""
    ints, floats = lm.arrays(memory)
    x = tracks.x[rows]
    level, up = spreads(x, tracks.p[rows])
    light = ints[rows, lm.LIGHT_NS : lm.LIGHT_SENSOR + 1]
    columns = (tracks.id[rows], tracks.t_ns[rows], x, level, up, seen, in_vain, light, floats[rows])
    for track_id, t_ns, place, level_m2, up_m2, count, nats, (light_ns, sensor), direction in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        case = Case(t_ns, tuple(count), nats, track_id, (place[0], place[1], place[2]), level_m2, up_m2)
        if light_ns > 0 and t_ns - light_ns <= WINDOW_NS:
            case.azimuth, case.azimuth_sigma, case.elevation, case.elevation_sigma = direction
            if sensors.placed[sensor]:
                case.eye = tuple(sensors.frame[sensor, 0].tolist())
        yield case


@functools.cache
def _names_of(modalities: int) -> tuple[str, ...]:
    return tuple(name for m, name in enumerate(MODALITIES) if modalities >> m & 1)


def _named(names: list[str], code: list[int], wanted: int) -> tuple[str, ...]:
    """Return the sensors of this code, in the order of their names, each once; not all if there are many."""
    if wanted not in code:
        return ()
    found = dict.fromkeys(name for name, each in zip(names, code, strict=True) if each == wanted)
    return tuple(found)[:NAMED_MAX]


def _evidence(ints: list[int], moved: list[int]) -> tuple[FactRef, ...]:
    """Return the latest report of each family, and that which moved the track last, in the order of the record."""
    refs = {(moved[0], moved[1])} if any(moved) else set()
    for at in range(lm.REF, lm.REF + 2 * _FAMILIES, 2):
        if ints[at] or ints[at + 1]:
            refs.add((ints[at], ints[at + 1]))
    return tuple([FactRef(tick, index) for tick, index in sorted(refs)])
