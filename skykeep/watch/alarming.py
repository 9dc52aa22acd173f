"""Last stage: what people must be told of at once, one alarm for each incident (words and states of ISA-18.2).

    reason                    holds while the track is established, surely enough there, and
    not_permitted             a verdict on it is NOT_PERMITTED
    identity_contradicted     its identity is contradicted
    site_approach             it nears a protected site, is within it or hovers near it, and is not there by permission
    group:<number>            two or more of a group hold one of the two above (not_permitted, site_approach)
    remote_id_flood:<count>   more new aircraft than the limit only say of themselves that they are there

Surely enough is a probability of existence of `existence` and more, until it falls below that by `dead_band`: no number
of reports counts. A condition must hold for the on-delay before its alarm sounds, and be over for the off-delay before
it returns; a lost track's alarms return at once. In a flood the alarms of its members are suppressed by design, told as
that, and sound when another sensor sees the aircraft or the flood is over; their verdicts are told all the same.

Conclusions of the tick come in as facts, so nothing else needs to be remembered in step with this. An alarm of a group
or a flood belongs to no track: its `track_id` is 0, and what stands behind the colon of its reason is its number, or
how many had come when it was told; that is told again whenever it has doubled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

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
from skykeep.rules.law import FOREVER_NS
from skykeep.watch import flood
from skykeep.watch.carried import row_of
from skykeep.watch.flood import Flood
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.table import ESTABLISHED, LOST, Tracks

NORMAL, UNACKNOWLEDGED, ACKNOWLEDGED, RETURNED_UNACKNOWLEDGED, SUPPRESSED, SHELVED, OUT_OF_SERVICE = STATES = (
    "normal",
    "unacknowledged",
    "acknowledged",
    "returned_unacknowledged",
    "suppressed_by_design",
    "shelved",
    "out_of_service",
)
ONSET, RETURN, SUPPRESS, ACK, SHELVE, UNSHELVE, REMOVE, RESTORE = EVENTS = (
    "onset",
    "return",
    "suppress",
    "ack",
    "shelve",
    "unshelve",
    "remove",
    "restore",
)
NEXT = {
    (NORMAL, ONSET): UNACKNOWLEDGED,
    (NORMAL, SUPPRESS): SUPPRESSED,
    (UNACKNOWLEDGED, ACK): ACKNOWLEDGED,
    (UNACKNOWLEDGED, RETURN): RETURNED_UNACKNOWLEDGED,
    (ACKNOWLEDGED, RETURN): NORMAL,
    (RETURNED_UNACKNOWLEDGED, ONSET): UNACKNOWLEDGED,
    (RETURNED_UNACKNOWLEDGED, ACK): NORMAL,
    (SUPPRESSED, ONSET): UNACKNOWLEDGED,
    (SUPPRESSED, RETURN): NORMAL,
    (UNACKNOWLEDGED, SHELVE): SHELVED,
    (ACKNOWLEDGED, SHELVE): SHELVED,
    (RETURNED_UNACKNOWLEDGED, SHELVE): SHELVED,
    (SHELVED, UNSHELVE): NORMAL,  # and on from there, where its condition holds
    (NORMAL, REMOVE): OUT_OF_SERVICE,
    (UNACKNOWLEDGED, REMOVE): OUT_OF_SERVICE,
    (ACKNOWLEDGED, REMOVE): OUT_OF_SERVICE,
    (RETURNED_UNACKNOWLEDGED, REMOVE): OUT_OF_SERVICE,
    (SUPPRESSED, REMOVE): OUT_OF_SERVICE,
    (SHELVED, REMOVE): OUT_OF_SERVICE,
    (OUT_OF_SERVICE, RESTORE): NORMAL,  # the same
}
"""The state table: what is not in it changes nothing."""

REASONS = NOT_PERMITTED, CONTRADICTED, SITE = "not_permitted", "identity_contradicted", "site_approach"
GROUP, FLOOD = "group", "remote_id_flood"
PRIORITY = {NOT_PERMITTED: 1, CONTRADICTED: 2, SITE: 1, GROUP: 1, FLOOD: 2}
PERMITTED = "permitted"  # no reason for an alarm, but one against it
Bools = npt.NDArray[np.bool_]
GROUPED = 0  # stands for the track where there is none
RETURNED_MAX = 100  # alarms of dissolved groups that are remembered


class Terms(NamedTuple):
    """What the alarms go by, from the settings."""

    existence: float = 0.9
    dead_band: float = 0.1
    on_delay_s: float = 0.0
    off_delay_s: float = 3.0
    flood_tracks: int = 20
    flood_window_s: float = 10.0


USUAL = Terms()


class Alarm(msgspec.Struct, array_like=True):
    """One alarm's place in the state table, and whether its condition holds."""

    track_id: int
    reason: str
    alarm_id: int = 0  # 0: never told
    state: str = NORMAL
    holds: bool = False
    since_ns: int = 0  # when that last changed
    until_ns: int = 0  # of a shelved one: when it comes back
    detail: str = ""


class Alarms(msgspec.Struct, array_like=True):
    """All alarms, by track and reason, and what they rest on."""

    alarms: dict[int, dict[str, Alarm]] = {}
    causes: dict[int, dict[str, list[str]]] = {}  # by track and reason: zones, sites
    sure: dict[int, bool] = {}  # the tracks that are surely enough there; all of them True
    groups: dict[int, list[int]] = {}
    due_ns: dict[int, int] = {}  # by track: when its alarms must be looked at though nothing was told
    flood: Flood = msgspec.field(default_factory=Flood)
    next_id: int = 1


def alarming(
    memory: Alarms, tracks: Tracks, told: Sequence[object], now_ns: int, terms: Terms = USUAL
) -> list[AlarmChanged]:
    """Move the alarms by what this tick concluded; return each move, of the flood, then by track, then of groups.

    `told`: conclusions of this tick in their order; those that move no alarm are passed over.
    """
    window_ns = _ns(terms.flood_window_s)
    flood.arrive(memory.flood, tracks, now_ns, tracks_max=terms.flood_tracks, window_ns=window_ns)
    concerned = dict.fromkeys([*_fold(memory, told), *_moved_existence(memory, tracks, terms), *_due(memory, now_ns)])
    concerned |= dict.fromkeys(flood.corroborate(memory.flood, tracks))
    waiting = _waiting(memory) if memory.flood.on and now_ns >= memory.flood.ends_ns else 0
    concerned |= dict.fromkeys(flood.end(memory.flood, now_ns, waiting=waiting, tracks_max=terms.flood_tracks))
    changed = _of_flood(memory, now_ns, terms)
    if not concerned:
        return changed
    track_ids = sorted(track_id for track_id in concerned if track_id != GROUPED)
    silent = flood.is_member(memory.flood, track_ids)
    for track_id, is_silent in zip(track_ids, silent, strict=True):
        changed += _of_track(memory, tracks, track_id, now_ns, terms, silent=is_silent)
    if GROUPED in concerned or any(track_id in concerned for some in memory.groups.values() for track_id in some):
        changed += _of_groups(memory, now_ns, terms)
    return changed


def next_due_ns(memory: Alarms) -> int:
    """Return when a tick must be stepped though nothing was heard: a delay or a flood ends (FOREVER_NS: never)."""
    return min(memory.flood.ends_ns, min(memory.due_ns.values(), default=FOREVER_NS))


def act(memory: Alarms, alarm_id: int, event: str, now_ns: int, *, until_ns: int = 0) -> list[AlarmChanged]:
    """Do what a person does to an alarm (ACK, SHELVE until a time, UNSHELVE, REMOVE, RESTORE); return its moves."""
    held = next((one for some in memory.alarms.values() for one in some.values() if one.alarm_id == alarm_id), None)
    if held is None or event in {ONSET, RETURN, SUPPRESS}:
        return []
    changed = _move(memory, held, event, now_ns)
    if changed and held.state == SHELVED:
        held.until_ns = until_ns
        _wait(memory, held.track_id, until_ns)
    if changed and held.holds and event in {UNSHELVE, RESTORE}:
        changed += _move(memory, held, ONSET, now_ns)
    return changed


def end(memory: Alarms, track_id: int, now_ns: int) -> list[AlarmChanged]:
    """End the alarms of a track that will be no more (it was merged into another): nobody must wait for them."""
    changed: list[AlarmChanged] = []
    for held in memory.alarms.get(track_id, {}).values():
        held.holds, held.since_ns = False, now_ns
        changed += _move(memory, held, RETURN, now_ns)
    return changed


def forget(memory: Alarms, track_ids: Iterable[int]) -> None:
    """Drop what is remembered of these tracks."""
    gone = list(track_ids)
    for track_id in gone:
        for some in (memory.alarms, memory.causes, memory.sure, memory.due_ns):
            some.pop(track_id, None)
    flood.forget(memory.flood, gone)


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)


# ---- what the alarms rest on ------------------------------------------------------------------------


def _fold(memory: Alarms, told: Sequence[object]) -> list[int]:
    """Take in what was concluded; return the tracks of which something changed, GROUPED for a group."""
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
        concerned.append(GROUPED if isinstance(fact, GroupMoved) else fact.track_id)
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
    for reason in REASONS:
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
        changed += _move(memory, held, UNSHELVE, now_ns)
    elif held.state == SHELVED:
        _wait(memory, held.track_id, held.until_ns)
    due_ns = held.since_ns + _ns(terms.on_delay_s if holds else terms.off_delay_s)
    silent = holds and silent and held.state in {NORMAL, SUPPRESSED}
    event = SUPPRESS if silent else ONSET if holds else RETURN
    if now_ns >= due_ns or (at_once and not holds):
        return changed + _move(memory, held, event, now_ns)
    if (held.state, event) in NEXT:
        _wait(memory, held.track_id, due_ns)
    return changed


def _wait(memory: Alarms, track_id: int, due_ns: int) -> None:
    memory.due_ns[track_id] = min(due_ns, memory.due_ns.get(track_id, FOREVER_NS))


def _move(memory: Alarms, held: Alarm, event: str, now_ns: int) -> list[AlarmChanged]:
    """Move an alarm by the table; return the move, if it is one."""
    after = NEXT.get((held.state, event))
    if after is None:
        return []
    if not held.alarm_id:
        held.alarm_id, memory.next_id = memory.next_id, memory.next_id + 1
    held.state = after
    return [_changed(held, now_ns)]


def _changed(held: Alarm, now_ns: int) -> AlarmChanged:
    return AlarmChanged(
        alarm_id=held.alarm_id,
        track_id=held.track_id,
        reason=f"{held.reason}:{held.detail}" if held.detail else held.reason,
        state=held.state,
        priority=PRIORITY[held.reason],
        t_ns=now_ns,
    )


# ---- alarms of no single track ----------------------------------------------------------------------


def _of_groups(memory: Alarms, now_ns: int, terms: Terms) -> list[AlarmChanged]:
    """Return the moves of the groups' alarms, by number."""
    grouped = memory.alarms.get(GROUPED, {})
    numbers = sorted({*memory.groups, *(int(one.detail) for one in grouped.values() if one.reason == GROUP)})
    changed: list[AlarmChanged] = []
    for number in numbers:
        name, members = f"{GROUP}:{number}", memory.groups.get(number, [])
        silent = flood.is_member(memory.flood, members)
        loud = [not mute and _is_loud(memory, one) for one, mute in zip(members, silent, strict=True)]
        held = grouped.get(name)
        if held is None and sum(loud) > 1:
            held = Alarm(GROUPED, GROUP, detail=str(number))
            grouped = memory.alarms.setdefault(GROUPED, grouped)
            grouped[name] = held
        if held is not None:
            changed += _settle(memory, held, now_ns, terms, holds=sum(loud) > 1)
    _drop_returned(memory, grouped)
    return changed


def _is_loud(memory: Alarms, track_id: int) -> bool:
    held = memory.alarms.get(track_id, {})
    return any(held[reason].holds for reason in (NOT_PERMITTED, SITE) if reason in held)


def _drop_returned(memory: Alarms, grouped: dict[str, Alarm]) -> None:
    """Forget alarms of groups that have dissolved: those that are over, and of those nobody answered the oldest."""
    over = [name for name, one in grouped.items() if one.reason == GROUP and int(one.detail) not in memory.groups]
    normal = [name for name in over if grouped[name].state == NORMAL and not grouped[name].holds]
    unanswered = [name for name in over if grouped[name].state == RETURNED_UNACKNOWLEDGED]
    for name in (*normal, *unanswered[: max(0, len(unanswered) - RETURNED_MAX)]):
        del grouped[name]
    if not grouped:
        memory.alarms.pop(GROUPED, None)


def _of_flood(memory: Alarms, now_ns: int, terms: Terms) -> list[AlarmChanged]:
    """Return the moves of the flood's alarm, and its count whenever that has doubled."""
    held = memory.alarms.get(GROUPED, {}).get(FLOOD)
    if held is None and not memory.flood.on:
        return []
    if held is None:
        held = memory.alarms.setdefault(GROUPED, {})[FLOOD] = Alarm(GROUPED, FLOOD, detail="0")
    before, held.detail = held.detail, str(memory.flood.count)
    changed = _settle(memory, held, now_ns, terms._replace(on_delay_s=0.0, off_delay_s=0.0), holds=memory.flood.on)
    if changed:
        return changed
    if held.state in {UNACKNOWLEDGED, ACKNOWLEDGED} and memory.flood.count >= 2 * int(before):
        return [_changed(held, now_ns)]
    held.detail = before
    return []
