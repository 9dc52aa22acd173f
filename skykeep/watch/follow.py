"""Second stage: which track each report is of, and where each track is; late reports run again what they touch.

`window` does the tracking, slot by slot; here a tick's reports are handed to it, what leaves the lag is settled (and
teaches registration biases and tracks that only bearings saw), and what changed is published.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from skykeep.facts.concluded import BiasEstimated
from skykeep.watch import packed as rep
from skykeep.watch import rows as row
from skykeep.watch import window as windows
from skykeep.watch.bias import learn, residuals
from skykeep.watch.finding import found
from skykeep.watch.heard import Aligned
from skykeep.watch.publish import Published, phases, publish
from skykeep.watch.reports import DATUMS, POSITION, Ints, Pairs
from skykeep.watch.sensors import AZIMUTH_SIGMA, ELEVATION_SIGMA, RANGE_SIGMA
from skykeep.watch.slots import Slot
from skykeep.watch.state import State
from skykeep.watch.table import LOST, Tracks
from skykeep.watch.triangulate import starts

_SURE = 0.9  # a pair teaches a bias, and a fix is a reference, only when as probable as this


@dataclasses.dataclass(slots=True)
class Followed:
    """What a tick did to the tracks."""

    pairs: Pairs
    moved: Ints  # rows of `Tracks` that learned something or changed their phase, as the table was then
    moved_ids: Ints  # and their ids, which ascend
    born: list[int]
    gone: list[int]  # tracks whose row is no more
    biases: list[BiasEstimated]


def follow(state: State, aligned: Aligned, now_ns: int) -> Followed:
    """Track the reports of a tick; return what changed."""
    first_uid = state.window.next_uid
    count = len(aligned.reports)
    touched: list[Slot] = []
    looks = aligned.looks[:, :2]
    if count or len(looks):
        rf, ri = rep.pack(aligned.reports, first_uid)
        state.window.next_uid += count
        touched = windows.take(state.window, rf, ri, looks, state.sensors, state.settings, state.params)
    biases = _settle(state, now_ns)
    versions = state.window.versions
    published = publish(
        state.tracks, versions.f, versions.i, state.window.newest(), state.settings, state.next_track_id, now_ns
    )
    state.next_track_id += len(published.born)
    pairs = _pairs(touched, first_uid, state.tracks)
    moved = _heard(state, aligned, pairs, published, now_ns)
    return Followed(pairs, moved, state.tracks.id[moved], published.born, published.gone, biases)


def _pairs(touched: list[Slot], first_uid: int, tracks: Tracks) -> Pairs:
    """Return which tracks the reports of this tick are of, by report, then track."""
    parts = [(slot.edges, slot.p) for slot in touched if len(slot.edges)]
    if not parts:
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    edges, p = (np.concatenate(each) if len(parts) > 1 else each[0] for each in zip(*parts, strict=True))
    new = np.flatnonzero(edges[:, 0] >= first_uid)
    track = found(tracks.uid, edges[new, 1])
    known = np.flatnonzero(track >= 0)
    new, track_id = new[known], tracks.id[track[known]]
    report = edges[new, 0] - first_uid
    by_report = np.lexsort((track_id, report))
    return Pairs(track_id[by_report], report[by_report], p[new[by_report]])


def _heard(state: State, aligned: Aligned, pairs: Pairs, published: Published, now_ns: int) -> Ints:
    """Note signs of life and phases; return the rows that learned something or changed their phase."""
    tracks = state.tracks
    if len(pairs.report):
        tracks.heard_ns[tracks.rows(pairs.track_id[pairs.probability > 0.5])] = now_ns
    if aligned.alive:
        numbers = [state.radios.numbers.get(name, -1) for name in dict.fromkeys(aligned.alive)]
        _alive(tracks, np.array([number for number in numbers if number >= 0], np.int64), now_ns)
    other = phases(tracks, now_ns, state.settings)
    if published.gone:
        tracks.phase[tracks.rows(np.array(published.gone, np.int64))] = LOST
    moved = np.zeros(len(tracks), np.bool_)
    moved[published.changed], moved[other] = True, True
    return np.flatnonzero(moved & (tracks.phase != LOST))


def _alive(tracks: Tracks, numbers: Ints, now_ns: int) -> None:
    """Keep alive the track that each of these radios moved last; what it moved before may be another radio's."""
    row, place = np.nonzero(np.isin(tracks.tx, numbers))
    number = tracks.tx[row, place]
    order = np.lexsort((-row, tracks.t_ns[row], number))
    last = np.append(np.diff(number[order]) != 0, True) if len(order) else np.zeros(0, np.bool_)
    tracks.heard_ns[row[order[last]]] = now_ns


def _settle(state: State, now_ns: int) -> list[BiasEstimated]:
    """Settle the slots that no report can join any more; learn from them what holds afterwards."""
    window, slot_ns = state.window, state.settings.slot_ms * 1_000_000
    horizon = (now_ns - int(state.settings.lag_s * 1e9)) // slot_ns
    told: list[BiasEstimated] = []
    begun: list[windows.Begun] = []
    while window.slots and window.slots[0].number < horizon:
        slot = windows.settle(window)
        told += _learn(state, slot, slot_ns)
        begun += _starts(state, slot, (slot.number + 1) * slot_ns)
    windows.forget_old(window, horizon * slot_ns, state.settings)
    if begun:
        windows.start(window, begun, state.sensors, state.settings, state.params)
    return told


def _starts(state: State, slot: Slot, slot_ns: int) -> list[windows.Begun]:
    """Begin rows where the bearings of a settled slot, with those before, say that something flies."""
    if not len(state.bearings) and (slot.ri[:, rep.KIND] == POSITION).all():
        return []
    looked = slot.looks[:, 0], slot.looks[:, 1]
    flown = starts(state.bearings, state.sensors, rep.unpack(slot.rf, slot.ri), slot.p_free, slot_ns, looked)
    begun = []
    for each in flown:
        begun.append(windows.begun(state.window.next_uid, each, state.sensors))
        state.window.next_uid += 1
    return begun


def _learn(state: State, slot: Slot, slot_ns: int) -> list[BiasEstimated]:
    """Hold the polar measurements of a settled slot against what aircraft say of their own places."""
    polar = slot.rf[:, rep.POLAR + 1]
    if not len(slot.edges) or not len(slot.rows) or np.isnan(polar).all():
        return []
    versions = state.window.versions
    sure = slot.edges[slot.p >= _SURE]
    row_at, report_at = found(versions.i[slot.rows, row.UID], sure[:, 1]), found(slot.ri[:, rep.UID], sure[:, 0])
    there = row_at >= 0
    rows, reports = slot.rows[row_at[there]], report_at[there]
    asked = (versions.i[rows, row.COOP_NS] != 0) & ~np.isnan(polar[reports])
    rows, reports = rows[asked], reports[asked]
    told = []
    for sensor in np.unique(slot.ri[reports, rep.SENSOR]).tolist():
        mine = slot.ri[reports, rep.SENSOR] == sensor
        told.append(_learn_sensor(state, slot, sensor, rows[mine], reports[mine], slot_ns))
    return [each for each in told if each is not None]


def _learn_sensor(
    state: State, slot: Slot, sensor: int, rows: Ints, reports: Ints, slot_ns: int
) -> BiasEstimated | None:
    numbers = state.sensors.columns().numbers[sensor]
    sigma = numbers[[RANGE_SIGMA, AZIMUTH_SIGMA, ELEVATION_SIGMA]]
    var = np.where(sigma > 0.0, sigma * sigma, np.nan)
    f, i = state.window.versions.taken(rows)
    said = i[:, row.HEIGHTS : row.HEIGHTS + 3]
    up_var = np.where(said[:, 1] == DATUMS.index("hae"), (said[:, 2] / 1e3) * (said[:, 2] / 1e3), -1.0)
    found = residuals(
        state.sensors.frame[sensor],
        slot.rf[reports, rep.POLAR : rep.POLAR + 3],
        np.tile(var, (len(rows), 1)),
        slot.ri[reports, rep.T_NS],
        i[:, row.UID],
        fix=f[:, row.COOP : row.COOP + 6],
        fix_ns=i[:, row.COOP_NS],
        level_var=f[:, row.COOP_VAR],
        up_var=up_var,
    )
    end_ns = (slot.number + 1) * slot_ns
    from_ns = end_ns + int(state.settings.lag_s * 1e9) + slot_ns
    return learn(state.bias, sensor, state.sensors.ids[sensor], end_ns, found, from_ns)
