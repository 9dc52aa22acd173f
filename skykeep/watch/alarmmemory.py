"""What is remembered of alarms: by track and reason while the track is there, and those that outlive it.

A track is forgotten a while after it was lost. Its alarm is not, as long as it waits for an answer, is shelved or out
of service: it goes on under `gone`, so that people can still answer what they were told of. Of more than `GONE_MAX`
such tracks, and `GROUPS_MAX` groups, the oldest are forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from skykeep.facts.alarms import FLOOD, NEXT, NO_TRACK, NORMAL, PRIORITY, RETURN, SHELVED, UNSHELVE
from skykeep.facts.concluded import AlarmChanged
from skykeep.rules.law import FOREVER_NS
from skykeep.watch import flood
from skykeep.watch.flood import Flood

GONE_MAX = 5_000
GROUPS_MAX = 1_000  # the same of groups that dissolved


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

    @property
    def name(self) -> str:
        """What it stands under among the alarms of its track."""
        alone = self.track_id != NO_TRACK or self.reason == FLOOD  # the flood's detail is how many there are
        return self.reason if alone else f"{self.reason}:{self.detail}"


class Alarms(msgspec.Struct, array_like=True):
    """All alarms, by track and reason, and what they rest on."""

    alarms: dict[int, dict[str, Alarm]] = {}
    causes: dict[int, dict[str, list[str]]] = {}  # by track and reason: zones, sites
    sure: dict[int, bool] = {}  # the tracks that are surely enough there; all of them True
    groups: dict[int, list[int]] = {}
    due_ns: dict[int, int] = {}  # by track: when its alarms must be looked at though nothing was told
    flood: Flood = msgspec.field(default_factory=Flood)
    next_id: int = 1
    gone: dict[int, dict[str, Alarm]] = {}  # those that outlived their track
    places: dict[int, tuple[int, str]] = {}  # by alarm: its track and its name there


def found(memory: Alarms, alarm_id: int) -> Alarm | None:
    """Return an alarm that people may still answer, by its number."""
    track_id, name = memory.places.get(alarm_id, (NO_TRACK, ""))
    return memory.alarms.get(track_id, {}).get(name) or memory.gone.get(track_id, {}).get(name)


def placed(memory: Alarms) -> dict[int, tuple[int, str]]:
    """Return where each alarm stands, for a memory that does not know."""
    every = ((track_id, name, one) for track_id, some in memory.alarms.items() for name, one in some.items())
    return dict(sorted((one.alarm_id, (track_id, name)) for track_id, name, one in every if one.alarm_id))


def move(memory: Alarms, held: Alarm, event: str, now_ns: int) -> list[AlarmChanged]:
    """Move an alarm by the table; return the move, if it is one."""
    after = NEXT.get((held.state, event))
    if after is None:
        return []
    if not held.alarm_id:
        held.alarm_id, memory.next_id = memory.next_id, memory.next_id + 1
        memory.places[held.alarm_id] = (held.track_id, held.name)
    held.state = after
    return [told_of(held, now_ns)]


def told_of(held: Alarm, now_ns: int) -> AlarmChanged:
    """Return what is told of an alarm."""
    return AlarmChanged(
        alarm_id=held.alarm_id,
        track_id=held.track_id,
        reason=f"{held.reason}:{held.detail}" if held.detail else held.reason,
        state=held.state,
        priority=PRIORITY[held.reason],
        t_ns=now_ns,
    )


def wait(memory: Alarms, track_id: int, due_ns: int) -> None:
    """Note that a track's alarms must be looked at then."""
    memory.due_ns[track_id] = min(due_ns, memory.due_ns.get(track_id, FOREVER_NS))


def end(memory: Alarms, track_id: int, now_ns: int) -> list[AlarmChanged]:
    """End the alarms of a track that will be no more (it was merged into another)."""
    told: list[AlarmChanged] = []
    for held in memory.alarms.get(track_id, {}).values():
        held.holds, held.since_ns = False, now_ns
        told += move(memory, held, RETURN, now_ns)
    return told


def forget(memory: Alarms, track_ids: Iterable[int]) -> None:
    """Drop what is remembered of these tracks, but for alarms that people still have to do with."""
    gone = list(track_ids)
    for track_id in gone:
        for some in (memory.causes, memory.sure, memory.due_ns):
            some.pop(track_id, None)
        for held in memory.alarms.pop(track_id, {}).values():
            outlive(memory, held)
    while len(memory.gone) > GONE_MAX:
        for held in memory.gone.pop(next(iter(memory.gone))).values():
            memory.places.pop(held.alarm_id, None)
    flood.forget(memory.flood, gone)


def outlive(memory: Alarms, held: Alarm) -> None:
    """Keep an alarm whose track or group is no more, if there is anything left to do with it."""
    held.holds = False
    if held.state == NORMAL:
        memory.places.pop(held.alarm_id, None)
        return
    some = memory.gone.setdefault(held.track_id, {})
    some[held.name] = held
    if len(some) > GROUPS_MAX:
        memory.places.pop(some.pop(next(iter(some))).alarm_id, None)
    if held.state == SHELVED:
        wait(memory, held.track_id, held.until_ns)
    elif (held.state, RETURN) in NEXT:
        wait(memory, held.track_id, 0)


def of_gone(memory: Alarms, track_id: int, now_ns: int) -> list[AlarmChanged]:
    """Return the moves of alarms that outlived their track: none of them holds, and the shelved come back in time."""
    told: list[AlarmChanged] = []
    for held in list(memory.gone.get(track_id, {}).values()):
        if held.state == SHELVED and held.until_ns <= now_ns:
            told += move(memory, held, UNSHELVE, now_ns)
        elif held.state == SHELVED:
            wait(memory, track_id, held.until_ns)
        else:
            told += move(memory, held, RETURN, now_ns)
        drop_gone(memory, held)
    return told


def drop_gone(memory: Alarms, held: Alarm) -> None:
    """Forget an alarm that outlived its track, once nothing is left to do with it."""
    some = memory.gone.get(held.track_id, {})
    if held.state != NORMAL or some.get(held.name) is not held:
        return
    del some[held.name]
    memory.places.pop(held.alarm_id, None)
    if not some:
        del memory.gone[held.track_id]
