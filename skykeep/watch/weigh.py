"""How far anyone can say that something flies there: the ladder for people, track by track, told at every move.

What is known of a track makes an event; the table `NEXT` says where the ladder goes from there. Events:

    WORD      a report of which nobody else says anything yet: a sender's or a witness's word, or one likelier true (r)
    SIGHT     a machine sees it, and it is likely there
    SECOND    likely there, and another family saw it too; or one physical sense again and again, and sure
    PAIR      sure, and two physically independent modalities saw it within `WINDOW_NS`
    DISPUTED  as SECOND or PAIR, but a sense that covers it never saw it, look after look
    UNSEEN    a sense that covers it never saw it, look after look, and no physical sense does
    GONE      it was seen last by a sense that sees it no more, look after look, although it covers the place

Which modalities are independent: `senses`. Likely and sure speak of the tracker's existence probability `r`. How many
looks in vain are enough is a matter of their log-likelihood, `IN_VAIN_NATS`, so that a sensor that seldom detects needs
more of them and one that does not cover the place says nothing. Time enters only as the time between sightings: a tick
in which nothing was heard moves nothing.

The ladder is told whenever it moves, and when another family joins. Nothing on it deletes a track.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from skykeep.facts.concluded import ExistenceMoved, FactRef, Rung
from skykeep.geo.exact import atan2, hypot2
from skykeep.geo.frames import ecef_to_enu
from skykeep.geo.kernel import kernel
from skykeep.watch.benign import Benign, Case, explain, others, spreads
from skykeep.watch.reports import DIRECTION, POSITION, Floats, Ints, Pairs, Reports
from skykeep.watch.senses import (
    BODY,
    CAUSE,
    EYE,
    FAMILIES,
    FAMILY,
    LIGHT,
    NO_CAUSE,
    SUPPORTS,
    UNKNOWN,
    family_of,
)
from skykeep.watch.sensors import COVERS, MODALITY, PD, PERIOD_NS, PLACED, Columns, Sensors, detection, visible
from skykeep.watch.table import LOST, MODALITIES, Tracks

LIKELIER_R, LIKELY_R, SURE_R = 0.5, 0.8, 0.95
WINDOW_NS = 15_000_000_000  # two sightings so near in time count as of the same moment
AGAIN = 5  # looks of one physical sense that corroborate each other
IN_VAIN_NATS = -12.0  # log-likelihood of enough looks in vain: six at a detection probability of 0.9
LOST_NATS = -4.0  # of a track that the tracker has given up already: two such looks
IS_OF_R = 0.5  # a report moves a track in this ladder if it is likelier of it than not

NONE, REPORTED, SUSPECTED, CORROBORATED, CONFIRMED, REFUTED = range(6)
_RUNG = tuple(Rung)  # in the order of the numbers
NOTHING, WORDED, SIGHT, SECOND, PAIR, DISPUTED, UNSEEN, GONE = range(8)
EVENTS = ("NOTHING", "WORD", "SIGHT", "SECOND", "PAIR", "DISPUTED", "UNSEEN", "GONE")
NEXT = {
    (NONE, WORDED): REPORTED,
    (NONE, SIGHT): SUSPECTED,
    (NONE, SECOND): CORROBORATED,
    (NONE, PAIR): CONFIRMED,
    (NONE, DISPUTED): CORROBORATED,
    (REPORTED, SIGHT): SUSPECTED,
    (REPORTED, SECOND): CORROBORATED,
    (REPORTED, PAIR): CONFIRMED,
    (REPORTED, DISPUTED): CORROBORATED,
    (REPORTED, UNSEEN): REFUTED,
    (REPORTED, GONE): REFUTED,
    (SUSPECTED, SECOND): CORROBORATED,
    (SUSPECTED, PAIR): CONFIRMED,
    (SUSPECTED, DISPUTED): CORROBORATED,
    (SUSPECTED, UNSEEN): REFUTED,
    (SUSPECTED, GONE): REFUTED,
    (CORROBORATED, PAIR): CONFIRMED,
    (CORROBORATED, UNSEEN): REFUTED,
    (CONFIRMED, DISPUTED): CORROBORATED,
    (REFUTED, WORDED): REPORTED,
    (REFUTED, SIGHT): SUSPECTED,
    (REFUTED, SECOND): CORROBORATED,
    (REFUTED, PAIR): CONFIRMED,
    (REFUTED, DISPUTED): CORROBORATED,
}
"""(rung, event) -> rung; what is not there stays where it is."""

_NEXT = tuple(tuple(NEXT.get((rung, event), rung) for event in range(len(EVENTS))) for rung in range(6))
_MODALITIES, _FAMILIES = len(MODALITIES), len(FAMILIES)

# columns of a memory's `ints` (n, _INTS + 2 * words)
_TOLD = 0  # families that were told, a bit each
_LIGHT_NS, _LIGHT_SENSOR = 1, 2  # when light last came from a direction, and the sensor's row
_REF = 3  # tick and index of the latest report of each family
_HELP = _REF + 2 * _FAMILIES  # of each of `_SOLE`: sensor time of the latest presence that was of this track, and count
_SOLE = tuple(m for m in range(_MODALITIES) if BODY[FAMILY[m]])  # modalities of which a presence can be of a track
_INTS = _HELP + 2 * len(_SOLE)
_AZIMUTH, _AZIMUTH_SIGMA, _ELEVATION, _ELEVATION_SIGMA = range(4)  # columns of `floats`: that direction
_FLOATS = 4
_WORD_BITS = 62  # sensors a word of bits holds
_WITNESS_POINTS = 0.17  # rad: as well as a witness points, at best

NAMED_MAX = 16  # sensors that are named as not having seen it
_COVERED_PD = 0.2  # less than this, and a look in vain says next to nothing
_LOOKS = 2  # periods that a sensor has to look at a new track, before it is said to have seen nothing
_SAW_NS = 10_000_000_000  # a sensor saw it if it did in this or the last such span of time
_LEAST_IN_VAIN = -300.0
_INT, _FLOAT = "<i8", "<f8"


class LadderMemory(msgspec.Struct, kw_only=True):
    """What the ladder remembers of each track, sorted by id: arrays as bytes, so that it is stored as it is."""

    ids: bytearray = msgspec.field(default_factory=bytearray)  # (n,) int64
    ints: bytearray = msgspec.field(default_factory=bytearray)  # (n, _INTS + 2 * words) int64
    floats: bytearray = msgspec.field(default_factory=bytearray)  # (n, _FLOATS) float64
    helped: bool = False  # a presence was of a track once
    words: int = 1  # of bits, one a sensor: those that saw it in this span of time, then those of the span before
    span: int = 0


class Support(NamedTuple):
    """A presence that can only be of one track (`hold.supports`)."""

    track_id: int
    modality: str
    ref: FactRef
    sensor: int  # row in Sensors
    t_ns: int  # by the sensor's clock


def forget(memory: LadderMemory, track_ids: list[int]) -> None:
    """Drop what is known of these tracks."""
    ids = np.frombuffer(memory.ids, _INT)
    _keep(memory, ids[~np.isin(ids, np.array(track_ids, np.int64))])


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
    _fit(memory, tracks, sensors, now_ns)
    ints, floats = _arrays(memory)
    if len(pairs.report):
        _remember(ints, floats, tracks.rows(pairs.track_id), pairs, reports, sensors.columns())
    for one in supported:
        _support(memory, ints[tracks.row(one.track_id)], one)
    sightings = _sightings(memory, tracks, ints)
    rung, families = np.empty(len(tracks), np.int64), np.empty(len(tracks), np.int64)
    _climb(tracks.r, tracks.phase, *sightings, tracks.rung, ints, rung, families)
    moved = np.flatnonzero((rung != tracks.rung) | (ints[:, _TOLD] & families != families))
    tracks.rung[moved] = rung[moved]
    ints[moved, _TOLD] |= families[moved]
    return _tell(moved, tracks, sightings, sensors, memory, benign, permitted, now_ns) if len(moved) else []


Sightings = tuple[Ints, Ints, Floats]
"""Of each track and modality: when it saw it last, how often, and the log-likelihood of its looks in vain since."""


def _support(memory: LadderMemory, ints: Ints, one: Support) -> None:
    """Note a presence in the row of the track that it is of."""
    ref, place = _REF + 2 * family_of(one.modality), _HELP + 2 * _SOLE.index(MODALITIES.index(one.modality))
    ints[ref : ref + 2] = one.ref.tick, one.ref.index
    ints[place] = max(int(ints[place]), one.t_ns)
    ints[place + 1] += 1
    ints[_INTS + one.sensor // _WORD_BITS] |= 1 << (one.sensor % _WORD_BITS)
    memory.helped = True


def _sightings(memory: LadderMemory, tracks: Tracks, ints: Ints) -> Sightings:
    """Return what the tracker knows of sightings, and besides the presences that were of a track."""
    if not memory.helped:
        return tracks.seen_ns, tracks.seen, tracks.absence
    seen_ns, seen, absence = tracks.seen_ns.copy(), tracks.seen.copy(), tracks.absence.copy()
    for k, modality in enumerate(_SOLE):
        help_ns = ints[:, _HELP + 2 * k]
        absence[:, modality] = np.where((help_ns > 0) & (help_ns >= seen_ns[:, modality]), 0.0, absence[:, modality])
        seen_ns[:, modality] = np.maximum(seen_ns[:, modality], help_ns)
        seen[:, modality] += ints[:, _HELP + 2 * k + 1]
    return seen_ns, seen, absence


def _arrays(memory: LadderMemory) -> tuple[Ints, Floats]:
    """Return the memory's arrays; what is written to them is remembered."""
    wide = _INTS + 2 * memory.words
    ints = np.frombuffer(memory.ints, _INT).reshape(-1, wide)
    return ints, np.frombuffer(memory.floats, _FLOAT).reshape(-1, _FLOATS)


def _fit(memory: LadderMemory, tracks: Tracks, sensors: Sensors, now_ns: int) -> None:
    """Give the memory the rows of the tracks that there are, a bit for each sensor, and today's span of time."""
    words = max(1, -(-len(sensors) // _WORD_BITS))
    if words != memory.words:
        _widen(memory, words)
    if memory.ids != tracks.id.tobytes():
        _keep(memory, tracks.id)
    span = now_ns // _SAW_NS
    if span != memory.span:
        ints = _arrays(memory)[0]
        latest = ints[:, _INTS : _INTS + words].copy()
        ints[:, _INTS + words :] = latest if span == memory.span + 1 else 0
        ints[:, _INTS : _INTS + words] = 0
        memory.span = span


def _widen(memory: LadderMemory, words: int) -> None:
    ints = _arrays(memory)[0]
    old = memory.words
    wide = np.zeros((len(ints), _INTS + 2 * words), np.int64)
    wide[:, :_INTS] = ints[:, :_INTS]
    wide[:, _INTS : _INTS + old] = ints[:, _INTS : _INTS + old]
    wide[:, _INTS + words : _INTS + words + old] = ints[:, _INTS + old :]
    memory.ints, memory.words = bytearray(wide.tobytes()), words


def _keep(memory: LadderMemory, ids: Ints) -> None:
    """Give the memory these rows, sorted by id: what is known of each, nothing of a new one."""
    before = np.frombuffer(memory.ids, _INT)
    ints, floats = _arrays(memory)
    memory.ints, memory.floats = bytearray(8 * len(ids) * ints.shape[1]), bytearray(8 * len(ids) * _FLOATS)
    _carry(before, ints, floats, ids, *_arrays(memory))
    memory.ids = bytearray(ids.tobytes())


@kernel
def _carry(before: Ints, ints: Ints, floats: Floats, ids: Ints, more: Ints, new: Floats) -> None:
    """Fill `more` and `new`, a row for each of `ids`, from the rows of `before`; zeros stay for what is not there."""
    at = 0
    for row in range(ids.shape[0]):
        while at < before.shape[0] and int(before[at]) < int(ids[row]):
            at = at + 1
        if at < before.shape[0] and int(before[at]) == int(ids[row]):
            for column in range(ints.shape[1]):
                more[row, column] = int(ints[at, column])
            for column in range(_FLOATS):
                new[row, column] = float(floats[at, column])


def _remember(ints: Ints, floats: Floats, rows: Ints, pairs: Pairs, reports: Reports, columns: Columns) -> None:
    _remember_all(
        ints,
        floats,
        rows,
        pairs.report,
        pairs.probability,
        reports.sensor,
        reports.t_ns,
        reports.kind,
        reports.z,
        reports.cov,
        reports.sigma_m,
        reports.said_datum,
        reports.tick,
        reports.index,
        columns,
    )


@kernel
def _remember_all(
    ints: Ints,
    floats: Floats,
    rows: Ints,
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
    for k in range(rows.shape[0]):
        if float(probability[k]) < IS_OF_R:
            continue
        row = int(rows[k])
        i = int(report[k])
        s = int(sensor[i])
        family = FAMILY[int(columns.marks[s, MODALITY])]
        ints[row, _INTS + s // _WORD_BITS] |= 1 << (s % _WORD_BITS)
        ints[row, _REF + 2 * family] = int(tick[i])
        ints[row, _REF + 2 * family + 1] = int(index[i])
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
        direction[_AZIMUTH] = atan2(east, north)
        direction[_AZIMUTH_SIGMA] = spread
        direction[_ELEVATION] = atan2(up, level_m) if int(said_datum[i]) >= 0 else math.nan
        direction[_ELEVATION_SIGMA] = spread
    else:
        direction[_AZIMUTH] = float(z[i, 0])
        direction[_AZIMUTH_SIGMA] = math.sqrt(float(cov[i, 0]))
        direction[_ELEVATION] = float(z[i, 1]) if int(kind[i]) == DIRECTION else math.nan
        direction[_ELEVATION_SIGMA] = math.sqrt(float(cov[i, 1])) if int(kind[i]) == DIRECTION else 0.0
    ints[row, _LIGHT_NS] = int(t_ns[i])
    ints[row, _LIGHT_SENSOR] = s


@kernel
def _climb(
    r: Floats,
    phase: Ints,
    seen_ns: Ints,
    seen: Ints,
    absence: Floats,
    rung: Ints,
    ints: Ints,
    out_rung: Ints,
    out_families: Ints,
) -> None:
    """Fill the rung of each row, and the families that saw it within the window of the latest sighting."""
    for row in range(r.shape[0]):
        latest = 0
        for m in range(_MODALITIES):
            latest = max(latest, int(seen_ns[row, m]))
        if latest == 0:
            out_rung[row], out_families[row] = int(rung[row]), 0
            continue
        families = 0
        never = 0.0
        no_more = -math.inf  # of the sense that saw it last
        looks = 0
        for m in range(_MODALITIES):
            family = FAMILY[m]
            at = int(seen_ns[row, m])
            if at > 0 and at >= latest - WINDOW_NS:
                families = families | (1 << family)
                looks = max(looks, int(seen[row, m]) * BODY[family])
            if BODY[family] == 1 and at == 0:
                never = never + float(absence[row, m])
            if at > 0 and at == latest:
                no_more = max(no_more, float(absence[row, m]) if BODY[family] == 1 else 0.0)
        event = _event(float(r[row]), int(phase[row]), families, looks, never, no_more)
        out_families[row] = families if event != NOTHING else families & int(ints[row, _TOLD])
        out_rung[row] = _NEXT[int(rung[row])][event]
        if out_rung[row] == NONE or out_rung[row] == REFUTED:
            out_families[row] = families & int(ints[row, _TOLD])


@kernel
def _event(r: float, phase: int, families: int, looks: int, never: float, no_more: float) -> int:
    """Return what is known of a track as one event; the module's docstring says which."""
    supported = False
    for family in range(_FAMILIES):
        if families >> family & 1:
            supported = supported or SUPPORTS[family] == 1
    if no_more <= IN_VAIN_NATS or (phase == LOST and no_more <= LOST_NATS):
        return GONE
    if never <= IN_VAIN_NATS and not supported:
        return UNSEEN
    level = _level(r, families, looks)
    if never <= IN_VAIN_NATS and level >= SECOND:
        return DISPUTED
    return level


@kernel
def _level(r: float, families: int, looks: int) -> int:
    """Return WORDED, SIGHT, SECOND, PAIR or NOTHING."""
    causes = 0
    spoken = False
    for family in range(_FAMILIES):
        if families >> family & 1:
            spoken = spoken or BODY[family] == 0
            causes = causes if family == UNKNOWN else causes | (1 << CAUSE[family])
    if r >= SURE_R and _bits(causes) >= 2:
        return PAIR
    if (r >= LIKELY_R and _bits(families) >= 2) or (r >= SURE_R and looks >= AGAIN):
        return SECOND
    if r >= LIKELY_R and families & ~(1 << EYE) != 0:
        return SIGHT
    return WORDED if spoken or r >= LIKELIER_R else NOTHING


@kernel
def _bits(mask: int) -> int:
    count = 0
    while mask > 0:
        count = count + (mask & 1)
        mask = mask >> 1
    return count


@kernel
def _coverage(columns: Columns, ints: Ints, words: int, age_ns: Ints, x: Floats, out: Ints) -> None:
    """Fill `out` (k, sensors): 0 not known, or had no time to look; 1 saw it; 2 covers it and did not; 3 does not."""
    for row in range(out.shape[0]):
        for s in range(out.shape[1]):
            bit = 1 << (s % _WORD_BITS)
            latest = int(ints[row, _INTS + s // _WORD_BITS])
            before = int(ints[row, _INTS + words + s // _WORD_BITS])
            out[row, s] = 0
            if (latest | before) & bit:
                out[row, s] = 1
            elif columns.marks[s, COVERS] == 1:
                if not visible(columns, s, x[row, 0], x[row, 1], x[row, 2]):
                    out[row, s] = 3
                elif (
                    float(columns.numbers[s, PD]) >= 0.0
                    and int(age_ns[row]) >= _LOOKS * int(columns.marks[s, PERIOD_NS])
                    and detection(columns, s, x[row, 0], x[row, 1], x[row, 2]) >= _COVERED_PD
                ):
                    out[row, s] = 2


def _tell(
    rows: Ints,
    tracks: Tracks,
    sightings: Sightings,
    sensors: Sensors,
    memory: LadderMemory,
    benign: Benign,
    permitted: Mapping[int, str],
    now_ns: int,
) -> list[ExistenceMoved]:
    """Return what is to be told of these tracks."""
    ints = _arrays(memory)[0][rows]
    codes = np.empty((len(rows), len(sensors)), np.int64)
    _coverage(sensors.columns(), ints, memory.words, now_ns - tracks.born_ns[rows], tracks.x[rows], codes)
    near = others(tracks, permitted)
    names = [sensors.keys[row][0] for row in sensors.rank.argsort(kind="stable").tolist()]
    ranked = codes[:, sensors.rank.argsort(kind="stable")].tolist()
    columns = (tracks.id, tracks.rung, tracks.r, sightings[0], tracks.evidence)
    told = []
    for case, code, refs, track_id, rung, r, seen_ns, moved in zip(
        _cases(rows, tracks, sightings, sensors, memory),
        ranked,
        ints.tolist(),
        *(column[rows].tolist() for column in columns),
        strict=True,
    ):
        fact = ExistenceMoved(
            track_id=track_id,
            presence_id=None,
            t_ns=now_ns,
            rung=_RUNG[rung - 1],
            existence_ppm=round(r * 1e6),
            modalities=_independent(seen_ns),
            absent=_named(names, code, 2),
            not_covered=_named(names, code, 3),
            explained=explain(benign, case, near),
            evidence=_evidence(refs, moved),
        )
        told.append(fact)
    return told


def _cases(rows: Ints, tracks: Tracks, sightings: Sightings, sensors: Sensors, memory: LadderMemory) -> Iterator[Case]:
    """Yield what is to be explained of these tracks."""
    ints, floats = _arrays(memory)
    level, up = spreads(tracks.x[rows], tracks.p[rows])
    columns = (
        tracks.id[rows],
        tracks.t_ns[rows],
        tracks.x[rows, :3],
        level,
        up,
        sightings[1][rows],
        sightings[2][rows],
        ints[rows, _LIGHT_NS : _LIGHT_SENSOR + 1],
        floats[rows],
    )
    for track_id, t_ns, place, level_m2, up_m2, seen, absence, (light_ns, sensor), light in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        families, nats = _by_family(seen, absence)
        case = Case(t_ns, families, nats, track_id, (place[0], place[1], place[2]), level_m2, up_m2)
        if light_ns > 0 and t_ns - light_ns <= WINDOW_NS:
            case.azimuth, case.azimuth_sigma, case.elevation, case.elevation_sigma = light
            if sensors.placed[sensor]:
                case.eye = tuple(sensors.frame[sensor, 0].tolist())
        yield case


def _by_family(seen: list[int], absence: list[float]) -> tuple[tuple[int, ...], float]:
    """Return how often each family saw it, and the log-likelihood of the looks in vain of what can see a body."""
    count, in_vain = [0] * _FAMILIES, 0.0
    for family, times, nats in zip(FAMILY, seen, absence, strict=True):
        count[family] += times
        if BODY[family]:
            in_vain += nats
    return tuple(count), max(in_vain, _LEAST_IN_VAIN)


def _independent(seen_ns: list[int]) -> tuple[str, ...]:
    """Return a modality for each cause that moved within the window, the latest of it; none known: the unknown one."""
    latest = max(seen_ns)
    best: dict[int, int] = {}
    for m, at_ns in enumerate(seen_ns):
        cause = CAUSE[FAMILY[m]]
        if at_ns > 0 and at_ns >= latest - WINDOW_NS and (cause not in best or at_ns > seen_ns[best[cause]]):
            best[cause] = m
    known = [m for cause, m in best.items() if cause != NO_CAUSE]
    return tuple(MODALITIES[m] for m in sorted(known or best.values()))


def _named(names: list[str], code: list[int], wanted: int) -> tuple[str, ...]:
    """Return the sensors of this code, in the order of their names, each once; not all if there are many."""
    if wanted not in code:
        return ()
    found = dict.fromkeys(name for name, each in zip(names, code, strict=True) if each == wanted)
    return tuple(found)[:NAMED_MAX]


def _evidence(ints: list[int], moved: list[int]) -> tuple[FactRef, ...]:
    """Return the latest report of each family, and that which moved the track last, in the order of the record."""
    refs = {(moved[0], moved[1])} if any(moved) else set()
    for family in range(_FAMILIES):
        tick, index = ints[_REF + 2 * family : _REF + 2 * family + 2]
        if tick or index:
            refs.add((tick, index))
    return tuple(FactRef(tick, index) for tick, index in sorted(refs))
