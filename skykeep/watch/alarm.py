"""Sixth stage: what people must be told of at once, one alarm for each track and reason (words of ISA-18.2)."""

from __future__ import annotations

from skykeep.facts.concluded import AlarmChanged, Trust, Verdict, VerdictReached
from skykeep.watch.state import Alarm, State
from skykeep.watch.table import ESTABLISHED

NORMAL, UNACKNOWLEDGED, ACKNOWLEDGED, RETURNED_UNACKNOWLEDGED = (
    "normal",
    "unacknowledged",
    "acknowledged",
    "returned_unacknowledged",
)
ONSET, ACK, RETURN = "onset", "ack", "return"
NEXT = {
    (NORMAL, ONSET): UNACKNOWLEDGED,
    (UNACKNOWLEDGED, ACK): ACKNOWLEDGED,
    (UNACKNOWLEDGED, RETURN): RETURNED_UNACKNOWLEDGED,
    (ACKNOWLEDGED, RETURN): NORMAL,
    (RETURNED_UNACKNOWLEDGED, ONSET): UNACKNOWLEDGED,
    (RETURNED_UNACKNOWLEDGED, ACK): NORMAL,
}
PRIORITY = {"not_permitted": 1, "identity_contradicted": 2}


def alarm(state: State, told: list[VerdictReached], moved: list[int], now_ns: int) -> list[AlarmChanged]:
    """Move the alarms of the tracks whose verdict, identity or phase may have changed; tell of each move."""
    concerned = sorted(dict.fromkeys([verdict.track_id for verdict in told] + moved))
    established = (state.tracks.phase[state.tracks.rows(concerned)] == ESTABLISHED).tolist()
    changed = []
    for track_id, is_established in zip(concerned, established, strict=True):
        for kind, on in _conditions(state, track_id, established=is_established).items():
            changed += _move(state, track_id, kind, ONSET if on else RETURN, now_ns)
    return changed


def end(state: State, track_id: int, now_ns: int) -> list[AlarmChanged]:
    """End the alarms of a track that will be no more (it was merged into another): nobody must wait for them."""
    changed = []
    for kind in PRIORITY:
        if (track_id, kind) in state.alarms:
            changed += _move(state, track_id, kind, RETURN, now_ns)
    return changed


def _conditions(state: State, track_id: int, *, established: bool) -> dict[str, bool]:
    """Return which reasons for an alarm hold now; a tentative track raises none."""
    verdicts = state.verdicts.get(track_id, {}).values()
    lies = state.identities[track_id].trust is Trust.CONTRADICTED
    return {
        "not_permitted": established and any(told.verdict is Verdict.NOT_PERMITTED for told in verdicts),
        "identity_contradicted": established and lies,
    }


def _move(state: State, track_id: int, kind: str, event: str, now_ns: int) -> list[AlarmChanged]:
    held = state.alarms.get((track_id, kind))
    after = NEXT.get((held.state if held else NORMAL, event))
    if after is None:
        return []
    if held is None:
        held = state.alarms[track_id, kind] = Alarm(state.next_alarm_id, after)
        state.next_alarm_id += 1
    held.state = after
    return [
        AlarmChanged(
            alarm_id=held.alarm_id, track_id=track_id, reason=kind, state=after, priority=PRIORITY[kind], t_ns=now_ns
        )
    ]
