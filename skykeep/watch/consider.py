"""What is thought of each track: its class, its own word, how surely it is there; and what is only heard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from skykeep.facts.concluded import Concluded
from skykeep.facts.observed import AircraftHeard, BasicIdHeard
from skykeep.watch.classify import classify
from skykeep.watch.flag import flag
from skykeep.watch.heard import Aligned
from skykeep.watch.hold import hold, supports
from skykeep.watch.reports import Pairs, Reports, chosen
from skykeep.watch.state import State
from skykeep.watch.weigh import weigh

_LONE = 0.1  # a direction that is of a track with less than this is heard without a place


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
    of_track = np.zeros(len(reports), np.bool_)
    of_track[pairs.report[pairs.probability > _LONE]] = True
    return chosen(reports, np.flatnonzero((reports.kind != 0) & ~of_track))


def _said(state: State, facts: Sequence[object]) -> list[tuple[int, str]]:
    """Return what senders say they are: each latest track of theirs, with the type or category that they give."""
    said: list[tuple[int, str]] = []
    for fact in facts:
        if isinstance(fact, BasicIdHeard):
            what = f"rid:{fact.ua_type}"
        elif isinstance(fact, AircraftHeard) and fact.category is not None:
            what = f"adsb:{fact.category}"
        else:
            continue
        radio = state.transmitters.get(fact.transmitter)
        if radio is not None and radio.tracks:
            said.append((radio.tracks[-1], what))
    return said
