"""Each rung of trust, and that what contradicts comes first."""

import numpy as np
import pytest

from skykeep.facts.concluded import FLAGS, Trust
from skykeep.watch.trust import CONTRADICTS, contradicted, corroborated, grade
from tests.watch.flagworld import ADSB, RADAR, RID, T0, S, World


def heard(seen=0, *, modality=RID, last_s=0, sight_s=0):
    """One track that spoke for itself at `last_s` and was seen by radar `seen` times, last at `sight_s`."""
    world = World(1)
    world.put(1, 0.0, 0.0, at_ns=T0 + max(last_s, sight_s) * S)
    world.see(1, T0 + last_s * S, modality)
    for _ in range(seen):
        world.see(1, T0 + sight_s * S, RADAR)
    return world.tracks


def test_what_nobody_saw_is_self_declared():
    assert grade(heard(), 0, signed=False, lies=False) is Trust.SELF_DECLARED


@pytest.mark.parametrize("modality", [RID, ADSB])
def test_a_body_seen_where_it_says_corroborates(modality):
    assert grade(heard(2, modality=modality), 0, signed=False, lies=False) is Trust.CORROBORATED


def test_one_sight_may_be_false():
    assert grade(heard(1), 0, signed=False, lies=False) is Trust.SELF_DECLARED


@pytest.mark.parametrize(("last_s", "sight_s"), [(0, 6), (6, 0)])
def test_both_have_to_be_recent(last_s, sight_s):
    assert grade(heard(3, last_s=last_s, sight_s=sight_s), 0, signed=False, lies=False) is Trust.SELF_DECLARED


@pytest.mark.requirement("WATCH-21")
def test_remote_id_and_adsb_do_not_corroborate_each_other():
    """Both are its own word."""
    tracks = heard()
    tracks.seen[0, ADSB], tracks.seen_ns[0, ADSB] = 9, T0
    assert grade(tracks, 0, signed=False, lies=False) is Trust.SELF_DECLARED


def test_signed_is_more_than_corroborated():
    assert grade(heard(2), 0, signed=True, lies=False) is Trust.SIGNED


@pytest.mark.requirement("WATCH-21")
@pytest.mark.parametrize("signed", [False, True])
def test_a_lie_of_names_contradicts_whatever_else_there_is(signed):
    assert grade(heard(2), 0, signed=signed, lies=True) is Trust.CONTRADICTED


@pytest.mark.parametrize("flag", FLAGS)
def test_the_flags_of_the_table_contradict_and_no_others(flag):
    tracks = heard(2)
    tracks.flag_up[0, FLAGS.index(flag)] = 1
    expected = Trust.CONTRADICTED if CONTRADICTS[flag] else Trust.CORROBORATED
    assert grade(tracks, 0, signed=False, lies=False) is expected
    assert contradicted(tracks, np.array([0])).tolist() == [CONTRADICTS[flag]]
    assert corroborated(tracks, np.array([0])).tolist() == [True]


def test_every_flag_stands_in_the_table():
    assert tuple(CONTRADICTS) == FLAGS
