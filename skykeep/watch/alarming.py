"""What people must be told of: one alarm for each track and reason (words and states of ISA-18.2).

    reason                    holds while the track is established, surely enough there, and
    not_permitted             a verdict on it is NOT_PERMITTED
    identity_contradicted     its identity is contradicted
    site_approach             it nears a protected site, is within it or hovers near it, and is not there by permission
    group:<number>            two or more of a group hold one of the two above (not_permitted, site_approach)
    remote_id_flood:<count>   more new aircraft than the limit only say of themselves that they are there
    health:<what>:<subject>   no track: a part of the station is not well (facts.acted.Health)

Surely enough is a probability of existence of `existence` and more, until it falls below that by `dead_band`: no number
of reports counts. A condition must hold for the on-delay before its alarm sounds, and be over for the off-delay before
it returns; a lost track's alarms return at once. In a flood the alarms of its members are suppressed by design, told as
that, and sound when another sensor sees the aircraft or the flood is over; their verdicts are told all the same.

Conclusions of the tick come in as facts, so nothing else needs to be remembered in step with this. An alarm of a group
or a flood belongs to no track: its `track_id` is 0, and what stands behind the colon of its reason is its number, or
how many had come when it was told; that is told again whenever it has doubled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from skykeep.facts.acted import AlarmActed, AlarmDeed, HealthObserved
from skykeep.facts.alarms import (
    ACKNOWLEDGED,
    CONTRADICTED,
    FLOOD,
    GROUP,
    HEALTH,
    NEXT,
    NO_TRACK,
    NORMAL,
    NOT_PERMITTED,
    ONSET,
    PRIORITY,
    RESTORE,
    RETURN,
    SHELVED,
    SITE,
    SUPPRESS,
    SUPPRESSED,
    TRACK_REASONS,
    UNACKNOWLEDGED,
    UNSHELVE,
)
from skykeep.facts.concluded import (
    AlarmChanged,
    ApproachSeen,
    GroupMoved,
    TrackIdentified,
    Trust,
    Verdict,
    VerdictReached,
)
from skykeep.geo.kernel import kernel
from skykeep.rules.deeds import alarm_fault
from skykeep.rules.law import FOREVER_NS
from skykeep.watch import flood
from skykeep.watch.alarmmemory import Alarm, Alarms, drop_gone, found, move, of_gone, outlive, told_of, wait
from skykeep.watch.carried import row_of
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.table import ESTABLISHED, LOST, Tracks

PERMITTED = "permitted"  # no reason for an alarm, but one against it
Bools = npt.NDArray[np.bool_]
HEALTH_MAX = 1_000  # alarms of the station's health that are remembered though they are over


class Terms(NamedTuple):
    """What the alarms go by, from the settings."""

    existence: float = 0.9
    dead_band: float = 0.1
    on_delay_s: float = 0.0
    off_delay_s: float = 30.0
    on_delays_s: Mapping[str, float] = MappingProxyType({})  # of the reasons that have one of their own
    off_delays_s: Mapping[str, float] = MappingProxyType({})
    flood_tracks: int = 20
    flood_window_s: float = 10.0


USUAL = Terms()
AT_ONCE = Terms(on_delay_s=0.0, off_delay_s=0.0)


def alarming(
    memory: Alarms, tracks: Tracks, told: Sequence[object], now_ns: int, terms: Terms = USUAL
) -> list[AlarmChanged]:
    """Move the alarms by what this tick concluded; return each move, of the flood, then by track, then of groups.

    `told`: conclusions of this tick in their order; those that move no alarm are passed over.
    """
    window_ns = _ns(terms.flood_window_s)
    flood.arrive(memory.flood, tracks, now_ns, tracks_max=terms.flood_tracks, window_ns=window_ns)
    due = _due(memory, now_ns)
    concerned = dict.fromkeys([*_fold(memory, told), *_moved_existence(memory, tracks, terms), *due])
    concerned |= dict.fromkeys(flood.corroborate(memory.flood, tracks))
    waiting = _waiting(memory) if memory.flood.on and now_ns >= memory.flood.ends_ns else 0
    concerned |= dict.fromkeys(flood.end(memory.flood, now_ns, waiting=waiting, tracks_max=terms.flood_tracks))
    changed = _of_flood(memory, now_ns)
    if not concerned:
        return changed
    for track_id in sorted(each for each in due if each in memory.gone):
        changed += of_gone(memory, track_id, now_ns)
    track_ids = sorted(track_id for track_id in concerned if track_id != NO_TRACK)
    silent = flood.is_member(memory.flood, track_ids)
    for track_id, is_silent in zip(track_ids, silent, strict=True):
        changed += _of_track(memory, tracks, track_id, now_ns, terms, silent=is_silent)
    if NO_TRACK in concerned or any(track_id in concerned for some in memory.groups.values() for track_id in some):
        changed += _of_groups(memory, now_ns, terms)
    return changed


def next_due_ns(memory: Alarms) -> int:
    """Return when a tick must be stepped though nothing was heard: a delay or a flood ends (FOREVER_NS: never)."""
    return min(memory.flood.ends_ns, min(memory.due_ns.values(), default=FOREVER_NS))


def answer(memory: Alarms, act: AlarmActed, now_ns: int) -> list[AlarmChanged]:
    """Do what a person does to an alarm; return its moves. What cannot be done changes nothing."""
    held = found(memory, act.alarm_id)
    if held is None or alarm_fault(act, held.state, PRIORITY[held.reason], now_ns):
        return []
    changed = move(memory, held, act.deed.value, now_ns)
    if act.deed is AlarmDeed.SHELVE and act.until_ns is not None:
        held.until_ns = act.until_ns
        wait(memory, held.track_id, act.until_ns)
    if held.holds and act.deed.value in {UNSHELVE, RESTORE}:
        changed += move(memory, held, ONSET, now_ns)
    drop_gone(memory, held)
    return changed


def observe(memory: Alarms, seen: HealthObserved, now_ns: int) -> list[AlarmChanged]:
    """Move the alarm of one part of the station's health; whoever observes it has waited long enough already."""
    alarm = Alarm(NO_TRACK, f"{HEALTH}:{seen.what.value}", detail=seen.subject)
    held = memory.alarms.get(NO_TRACK, {}).get(alarm.name)
    if held is None and seen.well:
        return []
    if held is None:
        held = memory.alarms.setdefault(NO_TRACK, {})[alarm.name] = alarm
    changed = _settle(memory, held, now_ns, AT_ONCE, holds=not seen.well)
    _drop_well(memory)
    return changed


def _drop_well(memory: Alarms) -> None:
    """Forget the oldest alarms of health that are over, where there are too many: who sends makes up subjects."""
    some = memory.alarms[NO_TRACK]
    over = [name for name, one in some.items() if one.reason.startswith(HEALTH) and one.state == NORMAL]
    for name in over[: max(0, len(over) - HEALTH_MAX)]:
        memory.places.pop(some.pop(name).alarm_id, None)


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)


# ---- what the alarms rest on ------------------------------------------------------------------------


def _fold(memory: Alarms, told: Sequence[object]) -> list[int]:
    """Take in what was concluded; return the tracks of which something changed, NO_TRACK for a group."""
    concerned = []
    for fact in told:
        if isinstance(fact, VerdictReached) and fact.zone_id is not None:
            free = fact.verdict in {Verdict.PERMITTED, Verdict.EXEMPT}
            _cause(memory, fact.track_id, NOT_PERMITTED, fact.zone_id, on=fact.verdict is Verdict.NOT_PERMITTED)
            _cause(memory, fact.track_id, PERMITTED, fact.zone_id, on=free)
        elif isinstance(fact, TrackIdentified):
            _cause(memory, fact.track_id, CONTRADICTED, "", on=fact.trust is Trust.CONTRADICTED)
        elif isinstance(fact, ApproachSeen):
            _cause(memory, fact.track_id, SITE, fact.site_id, on=fact.kind != "none")
        elif isinstance(fact, GroupMoved):
            memory.groups.pop(fact.group_id, None)
            if fact.track_ids:
                memory.groups[fact.group_id] = list(fact.track_ids)
        else:
            continue
        concerned.append(NO_TRACK if isinstance(fact, GroupMoved) else fact.track_id)
    return concerned


def _cause(memory: Alarms, track_id: int, reason: str, what: str, *, on: bool) -> None:
    """Note that something is, or is no longer, a reason."""
    of_track = memory.causes.get(track_id, {})
    held = [one for one in of_track.get(reason, ()) if one != what]
    if on:
        memory.causes.setdefault(track_id, of_track)[reason] = [*held, what]
    elif reason in of_track:
        of_track[reason] = held
        if not held:
            del of_track[reason]
        if not of_track:
            del memory.causes[track_id]
            memory.sure.pop(track_id, None)


def _moved_existence(memory: Alarms, tracks: Tracks, terms: Terms) -> list[int]:
    """Return the tracks with a reason that became, or ceased to be, surely enough there."""
    if not memory.causes:
        return []
    ids = np.fromiter(memory.causes, np.int64, len(memory.causes))
    before = np.fromiter(map(memory.sure.__contains__, memory.causes), np.bool_, len(memory.causes))
    count = _changed_surely(ids, before, tracks.id, tracks.phase, tracks.r, terms.existence, terms.dead_band)
    moved: list[int] = ids[:count].tolist()
    for track_id in moved:
        if memory.sure.pop(track_id, None) is None:
            memory.sure[track_id] = True
    return moved


@kernel
def _changed_surely(
    ids: Ints, before: Bools, track_ids: Ints, phase: Ints, r: Floats, existence: float, dead_band: float
) -> int:
    """Gather in front those of `ids` (k,) that became, or ceased to be, surely there; return how many they are.

    `before` (k,) says of each whether it was so; a track that is no more is not.
    """
    count = 0
    for k in range(ids.shape[0]):
        row = row_of(track_ids, int(ids[k]))
        needed = existence - dead_band if before[k] else existence
        sure = row >= 0 and int(phase[row]) == ESTABLISHED and float(r[row]) >= needed
        if sure != bool(before[k]):
            ids[count] = ids[k]
            count = count + 1
    return count


def _due(memory: Alarms, now_ns: int) -> list[int]:
    """Return the tracks whose time has come."""
    found = [track_id for track_id, due_ns in memory.due_ns.items() if due_ns <= now_ns]
    for track_id in found:
        del memory.due_ns[track_id]
    return found


def _waiting(memory: Alarms) -> int:
    """Return how many tracks have an alarm that is suppressed."""
    return sum(any(one.state == SUPPRESSED for one in some.values()) for some in memory.alarms.values())


# ---- how they move ----------------------------------------------------------------------------------


def _of_track(
    memory: Alarms, tracks: Tracks, track_id: int, now_ns: int, terms: Terms, *, silent: bool
) -> list[AlarmChanged]:
    """Return the moves of one track's alarms; `silent`: it is a member of a flood."""
    causes, sure = memory.causes.get(track_id, {}), track_id in memory.sure
    row = tracks.row(track_id)
    gone = row == len(tracks) or int(tracks.id[row]) != track_id or int(tracks.phase[row]) == LOST
    changed: list[AlarmChanged] = []
    for reason in TRACK_REASONS:
        welcome = reason == SITE and PERMITTED in causes and NOT_PERMITTED not in causes
        holds = sure and reason in causes and not welcome
        held = memory.alarms.get(track_id, {}).get(reason)
        if held is None and holds:
            held = memory.alarms.setdefault(track_id, {})[reason] = Alarm(track_id, reason)
        if held is not None:
            changed += _settle(memory, held, now_ns, terms, holds=holds, silent=silent, at_once=gone)
    return changed


def _settle(
    memory: Alarms, held: Alarm, now_ns: int, terms: Terms, *, holds: bool, silent: bool = False, at_once: bool = False
) -> list[AlarmChanged]:
    """Move one alarm by whether its condition holds, once that has been so for the delay."""
    if holds != held.holds:
        held.holds, held.since_ns = holds, now_ns
    changed: list[AlarmChanged] = []
    if held.state == SHELVED and held.until_ns <= now_ns:
        changed += move(memory, held, UNSHELVE, now_ns)
    elif held.state == SHELVED:
        wait(memory, held.track_id, held.until_ns)
    due_ns = held.since_ns + _ns(_delay_s(terms, held.reason, holds=holds))
    silent = holds and silent and held.state in {NORMAL, SUPPRESSED}
    event = SUPPRESS if silent else ONSET if holds else RETURN
    if now_ns >= due_ns or (at_once and not holds):
        return changed + move(memory, held, event, now_ns)
    if (held.state, event) in NEXT:
        wait(memory, held.track_id, due_ns)
    return changed


def _delay_s(terms: Terms, reason: str, *, holds: bool) -> float:
    if holds:
        return terms.on_delays_s.get(reason, terms.on_delay_s)
    return terms.off_delays_s.get(reason, terms.off_delay_s)


# ---- alarms of no single track ----------------------------------------------------------------------


def _of_groups(memory: Alarms, now_ns: int, terms: Terms) -> list[AlarmChanged]:
    """Return the moves of the groups' alarms, by number."""
    grouped = memory.alarms.get(NO_TRACK, {})
    numbers = sorted({*memory.groups, *(int(one.detail) for one in grouped.values() if one.reason == GROUP)})
    changed: list[AlarmChanged] = []
    for number in numbers:
        name, members = f"{GROUP}:{number}", memory.groups.get(number, [])
        silent = flood.is_member(memory.flood, members)
        loud = [not mute and _is_loud(memory, one) for one, mute in zip(members, silent, strict=True)]
        held = grouped.get(name)
        if held is None and sum(loud) > 1:
            held = Alarm(NO_TRACK, GROUP, detail=str(number))
            grouped = memory.alarms.setdefault(NO_TRACK, grouped)
            grouped[name] = held
        if held is not None:
            changed += _settle(memory, held, now_ns, terms, holds=sum(loud) > 1)
    for held in [one for one in grouped.values() if one.state == SHELVED and one.reason.startswith(HEALTH)]:
        changed += _settle(memory, held, now_ns, AT_ONCE, holds=held.holds)
    _drop_dissolved(memory, grouped)
    return changed


def _is_loud(memory: Alarms, track_id: int) -> bool:
    held = memory.alarms.get(track_id, {})
    return any(held[reason].holds for reason in (NOT_PERMITTED, SITE) if reason in held)


def _drop_dissolved(memory: Alarms, grouped: dict[str, Alarm]) -> None:
    """Let go of the alarms of groups that have dissolved; those that people still have to do with outlive them."""
    over = [name for name, one in grouped.items() if one.reason == GROUP and int(one.detail) not in memory.groups]
    for name in over:
        held = grouped[name]
        if not held.holds and (held.state, RETURN) not in NEXT:
            outlive(memory, grouped.pop(name))
    if not grouped:
        memory.alarms.pop(NO_TRACK, None)


def _of_flood(memory: Alarms, now_ns: int) -> list[AlarmChanged]:
    """Return the moves of the flood's alarm, and its count whenever that has doubled."""
    held = memory.alarms.get(NO_TRACK, {}).get(FLOOD)
    if held is None and not memory.flood.on:
        return []
    if held is None:
        held = memory.alarms.setdefault(NO_TRACK, {})[FLOOD] = Alarm(NO_TRACK, FLOOD, detail="0")
    before, held.detail = held.detail, str(memory.flood.count)
    changed = _settle(memory, held, now_ns, AT_ONCE, holds=memory.flood.on)
    if changed:
        return changed
    if held.state in {UNACKNOWLEDGED, ACKNOWLEDGED} and memory.flood.count >= 2 * int(before):
        return [told_of(held, now_ns)]
    held.detail = before
    return []
