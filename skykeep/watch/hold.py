"""What was heard or seen without a place: a row of its own, with the area it must be in, until it falls silent.

    from a transmitter             one row for each transmitter and family of modality, whoever hears it
    without one                    one row for each sensor
    a bearing that moved no track  one row for each direction, by sensor; a machine's is told from the second on
    of a transmitter that is bound to a track with a place   none: that track is its row
    that supports exactly one track (`supports`)             none: that track was heard

A flood stays small: at most `SENDERS_MAX` transmitters and `BEARINGS_MAX` directions a sensor have rows of their own,
what is more shares that sensor's row. Time is the tick's, so that a sensor's clock holds nothing up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec
import numpy as np

from skykeep.facts.concluded import ExistenceMoved, FactRef, PresenceHeld, Rung
from skykeep.facts.observed import PresenceReported
from skykeep.geo.exact import PI, hypot2, log
from skykeep.geo.frames import RAD_PER_DEG, enu_frame, enu_to_ecef
from skykeep.geo.kernel import kernel
from skykeep.watch.area import SIGMAS, Area, Bearing, area_of
from skykeep.watch.benign import NOTHING, Benign, Case, Others, existence, explain, others
from skykeep.watch.ladder import IN_VAIN_NATS, NEXT, NONE, SIGHT, UNSEEN, WORDED
from skykeep.watch.moves import NAMED_MAX
from skykeep.watch.reports import DIRECTION, POSITION, Floats, Reports
from skykeep.watch.senses import BODY, EYE, FAMILIES, FAMILY, SUPPORTS, family_of
from skykeep.watch.sensors import (
    COVERS,
    HEIGHT,
    MODALITY,
    PERIOD_NS,
    PLACED,
    Columns,
    Sensors,
    detection,
    visible,
)
from skykeep.watch.supports import Support, sensor_row
from skykeep.watch.table import LOST, MODALITIES, Tracks

SILENCE_NS = 10_000_000_000
SENDERS_MAX = 64
BEARINGS_MAX = 16
_NEVER_NS = 2**63 - 1
_BEARINGS_READ = 64  # of one sensor in one tick; the rest is counted
_EVIDENCE_MAX = 4
_TOLD_AGAIN_NS = 1_000_000_000  # area, bearing and what covers it are looked at again at most this often
_MATERIAL = 0.2  # of the radius
_MATERIAL_ANGLE = 5.0 * RAD_PER_DEG
_SWING = 2.0 * RAD_PER_DEG  # how far a bearing may swing in a second and be the same
_LEAST_GATE = 1e-3
_COVERED_PD = 0.5  # over all of the area, for a look to say anything of it
_LOOKS_MAX = 8
_HIGH_M = 60.0  # above the sensor that heard it: where others are asked whether they would see it
_TURN = 2.0 * PI


class Radios(Protocol):
    """Transmitters by number."""

    names: dict[int, str]
    numbers: dict[str, int]


class Told(msgspec.Struct, array_like=True):
    """What was told of a presence last."""

    sensors: tuple[str, ...]
    area: Area | None  # lat_e7, lon_e7, radius_mm
    bearing: float | None


class Held(msgspec.Struct, array_like=True):
    """One presence."""

    presence_id: int
    modality: str
    transmitter: str
    uas_id: str | None
    began_ns: int
    slot: str  # whose share of rows it takes
    alone: bool  # a bearing without a transmitter: told from the second report on
    reports: int = 0
    heard_ns: dict[str, int] = {}  # by sensor; msgspec copies it
    bearings: dict[str, Bearing] = {}
    evidence: list[tuple[int, int]] = []
    told: Told | None = None
    rung: int = NONE
    checked_ns: int = 0
    strongest: tuple[str, str] | None = None


class PresenceMemory(msgspec.Struct):
    """What is held, by key; how many rows of each slot are taken; when the next silence may end."""

    held: dict[str, Held] = {}  # msgspec copies it
    taken: dict[str, list[str]] = {}
    next_id: int = 1
    due_ns: int = _NEVER_NS


class _Heard(NamedTuple):
    """One report without a place."""

    modality: str
    transmitter: str
    uas_id: str | None
    sensor_id: str
    bearing: Bearing | None
    ref: tuple[int, int]


class _Around(NamedTuple):
    """What is there besides, for one call."""

    sensors: Sensors
    tracks: Tracks
    benign: Benign
    permitted: Mapping[int, str]
    now_ns: int


def next_due_ns(memory: PresenceMemory) -> int:
    """Return when `hold` must be called even if nothing was heard; early does no harm."""
    return memory.due_ns


def forget(memory: PresenceMemory, track_ids: list[int]) -> None:
    """Drop what is known of these tracks: nothing is kept by track."""


def hold(
    memory: PresenceMemory,
    presences: Sequence[tuple[PresenceReported, FactRef]],
    lone: Reports,
    sensors: Sensors,
    tracks: Tracks,
    now_ns: int,
    *,
    radios: Radios,
    benign: Benign,
    permitted: Mapping[int, str],
    supported: Sequence[Support] = (),
    silence_ns: int = SILENCE_NS,
) -> list[PresenceHeld | ExistenceMoved]:
    """Take in what was heard without a place; return what began, changed, ended or moved on the ladder for people.

    `lone` are the rows of this tick that moved no track; those of a kind that has a place are passed over.
    """
    if not presences and not len(lone) and now_ns < memory.due_ns:
        return []
    around = _Around(sensors, tracks, benign, permitted, now_ns)
    told: list[PresenceHeld | ExistenceMoved] = []
    touched: dict[str, None] = {}
    for key in _ended(memory, now_ns, silence_ns, touched):
        told += _end(memory, key, now_ns)
    heard = [*_of_presences(presences, supported), *_of_lone(lone, sensors, radios, now_ns)]
    for one, bound in zip(heard, _bound(heard, tracks, radios), strict=True):
        if bound:
            key = _sender_key(one)
            told += _end(memory, key, now_ns) if key in memory.held else []
            touched.pop(key, None)
        else:
            touched[_hear(memory, one, around, silence_ns)] = None
    near = others(tracks, permitted) if touched else None
    for key in touched:
        assert near is not None
        told += _news(memory.held[key], around, near)
    return told


def _of_presences(presences: Sequence[tuple[PresenceReported, FactRef]], supported: Sequence[Support]) -> list[_Heard]:
    helped = {(one.ref.tick, one.ref.index) for one in supported}
    return [
        _Heard(fact.modality, fact.transmitter, fact.uas_id, fact.sensor_id, None, (ref.tick, ref.index))
        for fact, ref in presences
        if (ref.tick, ref.index) not in helped
    ]


def _of_lone(lone: Reports, sensors: Sensors, radios: Radios, now_ns: int) -> list[_Heard]:
    """Return the bearings among the reports that moved no track; of a sensor's flood in one tick only the first."""
    if not len(lone):
        return []
    heard, count = [], dict.fromkeys(range(len(sensors)), 0)
    for row in np.flatnonzero(lone.kind != POSITION).tolist():
        sensor = int(lone.sensor[row])
        count[sensor] += 1
        if count[sensor] > _BEARINGS_READ:
            continue
        measured = bool(lone.kind[row] == DIRECTION)
        bearing = Bearing(
            float(lone.z[row, 0]),
            math.sqrt(float(lone.cov[row, 0])),
            float(lone.z[row, 1]) if measured else math.nan,
            math.sqrt(float(lone.cov[row, 1])) if measured else 0.0,
            now_ns,
        )
        modality = MODALITIES[int(sensors.modality[sensor])]
        sender = radios.names.get(int(lone.tx[row]), "")
        ref = (int(lone.tick[row]), int(lone.index[row]))
        heard.append(_Heard(modality, sender, None, sensors.keys[sensor][0], bearing, ref))
    return heard


def _bound(heard: list[_Heard], tracks: Tracks, radios: Radios) -> list[bool]:
    """Say of each whether it comes from a transmitter that a live track is bound to."""
    numbers = np.array([radios.numbers.get(one.transmitter, -1) if one.transmitter else -1 for one in heard], np.int64)
    if not len(numbers) or not len(tracks):
        return [False] * len(numbers)
    known = tracks.tx[tracks.phase != LOST].ravel()
    bound: list[bool] = ((numbers >= 0) & np.isin(numbers, known)).tolist()
    return bound


def _sender_key(one: _Heard) -> str:
    return f"{FAMILIES[family_of(one.modality)]} from {one.transmitter}"


def _hear(memory: PresenceMemory, one: _Heard, around: _Around, silence_ns: int) -> str:
    """Note a report; return the key of the presence that it is of."""
    slot = f"{FAMILIES[family_of(one.modality)]} at {one.sensor_id}"
    key = _sender_key(one) if one.transmitter else _direction_key(memory, one, slot, around.now_ns)
    if one.transmitter and key not in memory.held and len(memory.taken.get(slot, ())) >= SENDERS_MAX:
        key = slot
    held = memory.held.get(key)
    if held is None:
        held = memory.held[key] = _new(memory, one, key, slot, around.now_ns)
    held.reports += 1
    held.heard_ns[one.sensor_id] = around.now_ns
    held.uas_id = one.uas_id or held.uas_id
    if one.bearing is not None and key != slot:
        held.bearings[one.sensor_id] = one.bearing
    if one.ref not in held.evidence:
        held.evidence = [*held.evidence[:1], *held.evidence[1:][-_EVIDENCE_MAX + 2 :], one.ref]
    memory.due_ns = min(memory.due_ns, around.now_ns + silence_ns + 1)
    return key


def _new(memory: PresenceMemory, one: _Heard, key: str, slot: str, now_ns: int) -> Held:
    family = family_of(one.modality)
    sender = one.transmitter if key != slot else ""
    alone = one.bearing is not None and not sender and family != EYE
    held = Held(memory.next_id, one.modality, sender, one.uas_id, now_ns, slot, alone)
    memory.next_id += 1
    memory.taken.setdefault(slot, []).append(key)
    return held


def _direction_key(memory: PresenceMemory, one: _Heard, slot: str, now_ns: int) -> str:
    """Return the key of the presence of a sensor in this direction, else a new one; without a direction the slot."""
    if one.bearing is None:
        return slot
    directed = [
        key for key in memory.taken.get(slot, ()) if memory.held[key].bearings and not memory.held[key].transmitter
    ]
    best, least = "", 1.0
    for key in directed:
        before = memory.held[key].bearings[one.sensor_id]
        swing = _SWING * (now_ns - before.now_ns) / 1e9
        gate = SIGMAS * hypot2(before.azimuth_sigma, one.bearing.azimuth_sigma) + swing + _LEAST_GATE
        off = abs(_turned(one.bearing.azimuth - before.azimuth)) / gate
        if off < least:
            best, least = key, off
    if best or len(directed) >= BEARINGS_MAX:
        return best or slot
    return f"{slot} towards {memory.next_id}"


def _turned(angle: float) -> float:
    if angle > PI:
        return angle - _TURN
    return angle + _TURN if angle < -PI else angle


def _ended(memory: PresenceMemory, now_ns: int, silence_ns: int, touched: dict[str, None]) -> list[str]:
    """Drop the sensors that hear a presence no more; return the presences that none hears, `touched` by the others."""
    if now_ns < memory.due_ns:
        return []
    over, due_ns = [], _NEVER_NS
    for key, held in memory.held.items():
        silent = [sensor_id for sensor_id, at_ns in held.heard_ns.items() if now_ns - at_ns > silence_ns]
        for sensor_id in silent:
            del held.heard_ns[sensor_id]
            held.bearings.pop(sensor_id, None)
        if not held.heard_ns:
            over.append(key)
            continue
        if silent:
            touched[key] = None
        due_ns = min(due_ns, min(held.heard_ns.values()) + silence_ns + 1)
    memory.due_ns = due_ns
    return over


def _end(memory: PresenceMemory, key: str, now_ns: int) -> list[PresenceHeld | ExistenceMoved]:
    """Let go of a presence; one that was never told ends as silently."""
    held = memory.held.pop(key)
    rows = memory.taken[held.slot]
    rows.remove(key)
    if not rows:
        del memory.taken[held.slot]
    return [] if held.told is None else [_fact(held, held.told, holds=False, now_ns=now_ns)]


def _news(held: Held, around: _Around, near: Others) -> list[PresenceHeld | ExistenceMoved]:
    """Return what is to be told of a presence that was heard, or that fewer sensors hear."""
    if held.told is None and held.alone and held.reports < 2:
        return []
    sensors = tuple(sorted(held.heard_ns))
    fresh = around.now_ns - held.checked_ns >= _TOLD_AGAIN_NS
    if held.told is not None and held.told.sensors == sensors and not fresh:
        return []
    held.checked_ns = around.now_ns
    bearing = held.bearings.get(sensors[0])
    azimuth = None if bearing is None else bearing.azimuth
    now = Told(sensors, area_of(held.heard_ns, held.modality, held.bearings, around.sensors), azimuth)
    told: list[PresenceHeld | ExistenceMoved] = []
    if held.told is None or _material(held.told, now, bearing):
        held.told = now
        told.append(_fact(held, now, holds=True, now_ns=around.now_ns))
    return told + _climb(held, now.area, around, near)


def _material(before: Told, now: Told, bearing: Bearing | None) -> bool:
    """Say whether it is worth telling again: other sensors, another area, another direction."""
    if before.sensors != now.sensors or (before.area is None) != (now.area is None):
        return True
    if before.bearing is None or now.bearing is None:
        turned = before.bearing is not now.bearing
    else:
        least = _MATERIAL_ANGLE if bearing is None else max(_MATERIAL_ANGLE, SIGMAS * bearing.azimuth_sigma)
        turned = abs(_turned(now.bearing - before.bearing)) > least
    if before.area is None or now.area is None or before.area == now.area:
        return turned
    if before.area[2] is None or now.area[2] is None or now.bearing is not None:  # of a bearing the area is the wedge
        return turned or before.area[2] is not now.area[2]
    return turned or abs(before.area[2] - now.area[2]) > _MATERIAL * before.area[2]


def _fact(held: Held, told: Told, *, holds: bool, now_ns: int) -> PresenceHeld:
    bearing = held.bearings.get(told.sensors[0])
    return PresenceHeld(
        presence_id=held.presence_id,
        t_ns=now_ns,
        holds=holds,
        modality=held.modality,
        sensors=told.sensors,
        transmitter=held.transmitter,
        uas_id=held.uas_id,
        lat_e7=None if told.area is None else told.area[0],
        lon_e7=None if told.area is None else told.area[1],
        radius_mm=None if told.area is None else told.area[2],
        bearing_urad=None if told.bearing is None else round(_clockwise(told.bearing) * 1e6),
        bearing_sigma_urad=None if bearing is None else round(bearing.azimuth_sigma * 1e6),
        reports=held.reports,
        evidence=tuple(FactRef(tick, index) for tick, index in held.evidence),
    )


def _clockwise(angle: float) -> float:
    return angle + _TURN if angle < 0.0 else angle


# ---- the ladder ----------------------------------------------------------------------------------


def _climb(held: Held, area: Area | None, around: _Around, near: Others) -> list[PresenceHeld | ExistenceMoved]:
    """Move a presence on the ladder for people: reported, suspected, or refuted by those who cover all of its area."""
    family = family_of(held.modality)
    case, in_vain, not_covered = _case(held, area, around, family)
    event = SIGHT if family != EYE and held.reports > 1 else WORDED
    if case.in_vain <= IN_VAIN_NATS and not SUPPORTS[family]:
        event = UNSEEN
    rung = NEXT.get((held.rung, event), held.rung)
    explained = explain(around.benign, case, near)
    strongest = next(
        ((kind, which) for kind, which, _ in explained if kind != NOTHING), None
    )  # that is the rung's news
    if rung == NONE or (rung == held.rung and strongest == held.strongest):
        return []
    held.rung, held.strongest = rung, strongest
    return [
        ExistenceMoved(
            track_id=None,
            presence_id=held.presence_id,
            t_ns=around.now_ns,
            rung=tuple(Rung)[rung - 1],
            existence_ppm=round(existence(case) * 1e6),
            modalities=(held.modality,),
            absent=in_vain,
            not_covered=not_covered,
            explained=explained,
            evidence=tuple(FactRef(tick, index) for tick, index in held.evidence),
        )
    ]


def _case(held: Held, area: Area | None, around: _Around, family: int) -> tuple[Case, tuple[str, ...], tuple[str, ...]]:
    """Return what is to be explained, the sensors that looked at all its area in vain, those that do not cover it."""
    seen = tuple(held.reports if each == family else 0 for each in range(len(FAMILIES)))
    case = Case(t_ns=around.now_ns, seen=seen, in_vain=0.0)
    first = next((name for name in sorted(held.heard_ns) if name in held.bearings), "")
    bearing = held.bearings.get(first)
    if bearing is not None:
        case.azimuth, case.azimuth_sigma = bearing.azimuth, bearing.azimuth_sigma
        case.elevation, case.elevation_sigma = bearing.elevation, bearing.elevation_sigma
    sensors = around.sensors
    rows = [row for name in sorted(held.heard_ns) if (row := sensor_row(sensors, name, held.modality)) is not None]
    eye = sensor_row(sensors, first, held.modality) if first else None
    if eye is not None and sensors.placed[eye]:
        case.eye = tuple(sensors.frame[eye, 0].tolist())
    placed = [row for row in rows if sensors.placed[row]]
    if area is None or area[2] is None or not placed:
        return case, (), ()
    return _looked(case, area, held, around, placed)


def _looked(
    case: Case, area: Area, held: Held, around: _Around, placed: list[int]
) -> tuple[Case, tuple[str, ...], tuple[str, ...]]:
    """Add the area, and what others who cover all of it did not see there."""
    sensors, columns = around.sensors, around.sensors.columns()
    points = _points(area, float(sensors.all_numbers[placed[0], HEIGHT]) + _HIGH_M)
    case.place, case.radius_m = (points[0][0], points[0][1], points[0][2]), float(area[2] or 0) / 1e3
    least = np.empty(len(sensors))
    _least(columns, np.array(points), least)
    saw = _saw(case, held.began_ns, around.tracks)
    looked, blind = [], []
    for row in range(len(sensors)):
        modality = int(columns.marks[row, MODALITY])
        name = sensors.keys[row][0]
        if not BODY[FAMILY[modality]] or not columns.marks[row, COVERS] or name in held.heard_ns or saw[modality]:
            continue
        period_ns = int(columns.marks[row, PERIOD_NS])
        if least[row] < 0.0:
            blind.append(name)
        elif least[row] >= _COVERED_PD and period_ns > 0:
            looks = min(_LOOKS_MAX, (around.now_ns - held.began_ns) // period_ns)
            if looks > 0:
                case.in_vain += looks * log(1.0 - min(float(least[row]), 0.99))
                looked.append(name)
    return case, tuple(sorted(looked)[:NAMED_MAX]), tuple(sorted(blind)[:NAMED_MAX])


def _points(area: Area, alt_hae_m: float) -> list[tuple[float, float, float]]:
    """Return the middle of an area and four places on its rim, earth-centred."""
    frame = enu_frame(area[0] / 1e7, area[1] / 1e7, alt_hae_m)
    radius_m = float(area[2] or 0) / 1e3
    away = ((0.0, 0.0), (radius_m, 0.0), (0.0, radius_m), (-radius_m, 0.0), (0.0, -radius_m))
    return [enu_to_ecef(frame, east, north, 0.0) for east, north in away]


def _saw(case: Case, since_ns: int, tracks: Tracks) -> list[bool]:
    """Say of each modality whether it saw a track in the area since: then it did not look in vain."""
    assert case.place is not None
    x, y, z = (tracks.x[:, axis] - case.place[axis] for axis in range(3))
    inside = x * x + y * y + z * z <= case.radius_m * case.radius_m
    recent = tracks.seen_ns[inside] >= since_ns - SILENCE_NS
    return [bool(recent[:, modality].any()) for modality in range(len(MODALITIES))]


@kernel
def _least(columns: Columns, points: Floats, out: Floats) -> None:
    """Fill for each sensor the least probability of detection over points; -1: it does not cover the first."""
    for s in range(out.shape[0]):
        out[s] = -1.0
        if columns.marks[s, PLACED] == 1 and visible(columns, s, points[0, 0], points[0, 1], points[0, 2]):
            out[s] = 1.0
            for k in range(points.shape[0]):
                out[s] = min(float(out[s]), detection(columns, s, points[k, 0], points[k, 1], points[k, 2]))
