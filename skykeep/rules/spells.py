"""When a zone rules, as a table: from which time on it does, does not, or may.

The same answer as `Zone.force` gives for one time, for all times at once; the first spell begins with time itself.
"""

from __future__ import annotations

import numpy as np

from skykeep.facts.enacted import ZoneEnacted
from skykeep.rules.zone import FOREVER_NS, Force, Zone

NOT, RULES, MAYBE = 0, 1, 2
BEGINNING_NS = -(2**63)
_FEW = 8  # intervals up to which asking at each edge is faster than arrays
_STATE = {Force.NO: NOT, Force.YES: RULES, Force.UNKNOWN: MAYBE}
Spells = list[tuple[int, int]]  # (from when on, state), times ascending


def spells(zone: Zone) -> Spells:
    """Return the table of a zone; neighbouring spells differ."""
    fact, begin_ns, end_ns = zone.fact, zone.begins_to_be_law_ns, zone.ends_ns
    if end_ns <= begin_ns:
        return [(BEGINNING_NS, NOT)]
    few = fact.applicability is not None and len(fact.applicability) <= _FEW
    if few and not zone.overrides and fact.applicability_span is None:
        table = _in_order(fact, begin_ns, end_ns)
        if table is not None:
            return table
    if zone.overrides or few:
        edges = sorted({0, *zone.edges_ns()})
        return _joined([(BEGINNING_NS, NOT), *((edge, _STATE[zone.force(edge)]) for edge in edges)])
    open_state = RULES if fact.hours_unread is None else MAYBE
    if fact.applicability is None and fact.applicability_span is None:
        return [(BEGINNING_NS, NOT), (begin_ns, open_state), (end_ns, NOT)]
    return _by_hours(fact, begin_ns, end_ns, open_state)


def _in_order(fact: ZoneEnacted, begin_ns: int, end_ns: int) -> Spells | None:
    """Return the table of a zone by its hours alone, each after the one before it; None where they are not so."""
    open_state = RULES if fact.hours_unread is None else MAYBE
    table = [(BEGINNING_NS, NOT)]
    last_ns = BEGINNING_NS
    for one in fact.applicability or ():
        start_ns = BEGINNING_NS if one.start_ns is None else one.start_ns
        stop_ns = FOREVER_NS if one.end_ns is None else one.end_ns
        if not last_ns <= start_ns < stop_ns:
            return None
        last_ns = stop_ns
        start_ns, stop_ns = max(start_ns, begin_ns), min(stop_ns, end_ns)
        if start_ns == table[-1][0] and len(table) > 1:
            table[-1] = stop_ns, NOT  # it goes on where the one before ends
        elif start_ns < stop_ns:
            table += (start_ns, open_state), (stop_ns, NOT)
    return table


def _by_hours(fact: ZoneEnacted, begin_ns: int, end_ns: int, open_state: int) -> Spells:
    """Return the table of a zone without overrides: within the span by its hours, beyond it unknown."""
    edges = [begin_ns, end_ns]
    starts, ends = np.zeros(0, np.int64), np.zeros(0, np.int64)
    if fact.applicability is not None:
        pairs = [
            (BEGINNING_NS if one.start_ns is None else one.start_ns, FOREVER_NS if one.end_ns is None else one.end_ns)
            for one in fact.applicability
        ]
        real = np.array([pair for pair in pairs if pair[0] < pair[1]], np.int64).reshape(-1, 2)
        starts, ends = np.sort(real[:, 0]), np.sort(real[:, 1])
    span = fact.applicability_span
    low_ns = BEGINNING_NS if span is None or span.start_ns is None else span.start_ns
    high_ns = FOREVER_NS if span is None or span.end_ns is None else span.end_ns
    times = np.unique(np.concatenate([starts, ends, np.array([*edges, low_ns, high_ns], np.int64)]))
    times = times[(times >= begin_ns) & (times < end_ns)]
    state = np.full(len(times), open_state)
    if fact.applicability is not None:
        held = np.searchsorted(starts, times, "right") > np.searchsorted(ends, times, "right")
        state = np.where(held, open_state, NOT)
    state = np.where((times >= low_ns) & (times < high_ns), state, MAYBE)
    table = [(BEGINNING_NS, NOT), *zip(times.tolist(), state.tolist(), strict=True), (end_ns, NOT)]
    return _joined(table)


def _joined(table: Spells) -> Spells:
    done = table[:1]
    for since_ns, state in table[1:]:
        if state != done[-1][1]:
            done.append((since_ns, state))
    return done
