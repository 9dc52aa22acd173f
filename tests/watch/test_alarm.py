"""The alarm table: complete, and the one that the pages draw."""

import itertools

import pytest

from skykeep.watch.alarm import (
    ACK,
    ACKNOWLEDGED,
    NEXT,
    NORMAL,
    ONSET,
    RETURN,
    RETURNED_UNACKNOWLEDGED,
    UNACKNOWLEDGED,
)

STATES = (NORMAL, UNACKNOWLEDGED, ACKNOWLEDGED, RETURNED_UNACKNOWLEDGED)
NOTHING_HAPPENS = {(NORMAL, ACK), (NORMAL, RETURN), (UNACKNOWLEDGED, ONSET), (ACKNOWLEDGED, ONSET), (ACKNOWLEDGED, ACK),
                   (RETURNED_UNACKNOWLEDGED, RETURN)}  # fmt: skip


@pytest.mark.requirement("WATCH-5")
def test_every_state_knows_every_event():
    assert set(NEXT) | NOTHING_HAPPENS == set(itertools.product(STATES, (ONSET, ACK, RETURN)))
    assert set(NEXT) & NOTHING_HAPPENS == set()
    assert set(NEXT.values()) <= set(STATES)


def test_every_state_can_be_reached_and_left_for_normal():
    for begin, end in itertools.permutations(STATES, 2):
        reached, waiting = {begin}, [begin]
        while waiting:
            now = waiting.pop()
            for (state, _), after in NEXT.items():
                if state == now and after not in reached:
                    reached.add(after)
                    waiting.append(after)
        assert end in reached


def test_what_is_on_is_never_normal_and_what_is_not_acknowledged_never_vanishes():
    assert all(after != NORMAL for (_, event), after in NEXT.items() if event == ONSET)
    assert NEXT[UNACKNOWLEDGED, RETURN] == RETURNED_UNACKNOWLEDGED
    assert {state for (state, event), after in NEXT.items() if after == NORMAL} == {
        ACKNOWLEDGED,
        RETURNED_UNACKNOWLEDGED,
    }
