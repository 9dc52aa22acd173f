"""What is thought of each track: its class, its own word, how surely it is there; and what is only heard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from skykeep.facts.concluded import Concluded
from skykeep.facts.observed import AircraftHeard, BasicIdHeard, VehicleHeard
from skykeep.geo.kernel import kernel
from skykeep.watch.classify import classify
from skykeep.watch.flag import flag
from skykeep.watch.heard import Aligned
from skykeep.watch.hold import hold
from skykeep.watch.reports import POSITION, Floats, Ints, Pairs, Reports, chosen, no_reports
from skykeep.watch.state import State
from skykeep.watch.supports import supports
from skykeep.watch.weigh import weigh

_SAYING = frozenset((BasicIdHeard, AircraftHeard, VehicleHeard))
_LONE = 0.1  # a direction that is of a track with less than this is heard without a place
_NO_REPORTS = no_reports()


def consider(state: State, facts: Sequence[object], heard: Aligned, pairs: Pairs, now_ns: int) -> list[Concluded]:
    """Ask the stages that weigh what a track is; the existence ladder comes after those that it may rest on."""
    tracks, sensors, held = state.tracks, state.sensors, state.memories
    told: list[Concluded] = []
    told += classify(held.classes, tracks, heard.reports, pairs, _said(state, facts), now_ns)
    told += flag(held.flags, tracks, sensors, heard.reports, pairs, now_ns)
    helped = supports(heard.presences, tracks, sensors)
    told += weigh(
        held.ladder, tracks, sensors, heard.reports, pairs, state.benign, now_ns,
        permitted=state.permitted, supported=helped,
    )  # fmt: skip
    told += hold(
        held.presences, heard.presences, _lone(heard.reports, pairs), sensors, tracks, now_ns,
        radios=state.radios, benign=state.benign, permitted=state.permitted, supported=helped,
        silence_ns=int(state.settings.silence_max_s * 1e9),
    )  # fmt: skip
    return told


def _lone(reports: Reports, pairs: Pairs) -> Reports:
    """Return the directions that are of no track."""
    rows = np.empty(len(reports), np.int64)
    count = _rows_alone(reports.kind, pairs.report, pairs.probability, rows)
    return chosen(reports, rows[:count]) if count else _NO_REPORTS


@kernel
def _rows_alone(kind: Ints, report: Ints, probability: Floats, rows: Ints) -> int:
    """Fill `rows` with the directions that are of no track, in order; return how many there are."""
    count = 0
    for row in range(kind.shape[0]):
        if kind[row] != POSITION:
            rows[count] = row
            count = count + 1
    if count == 0:
        return 0
    of_track = np.zeros(kind.shape[0], np.int64)
    for k in range(report.shape[0]):
        if probability[k] > _LONE:
            of_track[int(report[k])] = 1
    left = 0
    for k in range(count):
        if of_track[int(rows[k])] == 0:
            rows[left] = int(rows[k])
            left = left + 1
    return left


def _said(state: State, facts: Sequence[object]) -> list[tuple[int, str]]:
    """Return what senders say they are: each latest track of theirs, with the type or category that they give."""
    said: list[tuple[int, str]] = []
    for fact in [fact for fact in facts if type(fact) in _SAYING]:
        if isinstance(fact, (BasicIdHeard, VehicleHeard)):
            what = f"rid:{fact.ua_type}"
        elif isinstance(fact, AircraftHeard) and fact.category is not None:
            what = f"adsb:{fact.category}"
        else:
            continue
        radio = state.transmitters.get(fact.transmitter)
        if radio is not None and radio.tracks:
            said.append((radio.tracks[-1], what))
    return said
