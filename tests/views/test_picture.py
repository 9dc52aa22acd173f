import itertools
import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.facts.codec import Unknown
from skykeep.facts.concluded import TrackLost, Verdict
from skykeep.facts.enacted import ZoneWithdrawn
from skykeep.views import standing, words
from skykeep.views.picture import Picture, SeenTick, Track, fold
from tests.views import scenes


@pytest.fixture(scope="module")
def picture():
    return fold(scenes.story())


def test_it_holds_law_tracks_names_and_counts(picture):
    assert sorted(picture.zones) == ["URY-1", "URY-2", "URY-3"]
    assert sorted(picture.permits) == ["P-2231", "P-2240", "POL-STANDING"]
    assert list(picture.revocations) == ["P-2240"]
    assert sorted(picture.tracks) == [1, 2, 3, 4, 5, 6, 7]
    assert picture.name("uas:1") == scenes.SERIALS[1]
    assert picture.name("uas:none") is None
    assert picture.counts["observed.location/1"] == 181
    assert (picture.unreadable, picture.late, picture.law_complete) == (1, 1, True)
    assert picture.sensors["sim-rid"].facts == 363
    assert picture.finished.frames == 200
    assert picture.began[0].record_id == "0123456789abcdef"


def test_the_beginning_of_a_run_is_no_time_of_the_sky(picture):
    assert picture.first_ns == scenes.T0
    assert picture.last_ns == scenes.T0 + 181 * scenes.S


def test_facts_that_this_program_does_not_know_are_counted_and_carried():
    unknown = Unknown("observed.smell/1", b"\x91\xa1x")
    picture = fold([SeenTick(1, scenes.T0, (), (unknown, unknown, None), (Unknown("concluded.mood/2", b""),))])
    assert picture.unknown == {"observed.smell/1": 2, "concluded.mood/2": 1}
    assert picture.erased == 1
    assert picture.tracks == {}


def test_the_latest_version_of_a_zone_is_the_zone_and_the_older_keeps_its_name():
    old = scenes.zone("Z", "Old name", scenes.PALACE)
    new = scenes.zone("Z", "New name", scenes.PALACE, version=2)
    withdrawn = ZoneWithdrawn(zone_id="Z", version=2, t_ns=scenes.T0, reason="over")
    picture = fold([SeenTick(1, scenes.T0, (), (new, old, withdrawn), ())])
    assert picture.zones["Z"].name == "New name"
    assert picture.zone_name("Z", 1) == "Old name"
    assert picture.zone_name("Z", 9) == "New name"
    assert picture.withdrawals["Z"].reason == "over"


def test_tracks_that_merged_are_told_as_one():
    told = [
        scenes.estimated(1, 0, 0, 0), scenes.estimated(2, 5, 0, 0), scenes.estimated(3, 8, 0, 0),
        scenes.reached(2, 5, Verdict.NOT_PERMITTED, "no_permit", "Z"),
        scenes.merged(2, 3, 9), scenes.merged(1, 2, 10),
    ]  # fmt: skip
    picture = fold([SeenTick(1, scenes.T0, (), (), tuple(told))])
    assert [track.track_id for track in picture.lives()] == [1]
    whole = picture.whole(picture.tracks[1])
    assert whole.merged == [2, 3]
    assert [point.track_id for point in whole.points] == [1, 2, 3]
    assert whole.verdicts[0].verdict is Verdict.NOT_PERMITTED


def test_merges_that_run_in_a_circle_end():
    picture = fold([SeenTick(1, 0, (), (), (scenes.merged(1, 2, 0), scenes.merged(2, 1, 0)))])
    assert len(picture.lives()) <= 1
    assert picture.whole(picture.tracks[1]).merged == [2]


def test_what_stood_follows_from_what_was_told(picture):
    five = standing.standings(picture.tracks[5])
    assert [(part.gravest.verdict, (part.end_ns - part.start_ns) // scenes.S) for part in five] == [
        (Verdict.PERMITTED, 95),
        (Verdict.NOT_PERMITTED, 83),
    ]
    two = standing.standings(picture.tracks[2])
    assert [len(part.verdicts) for part in two] == [1, 2]


def test_leaving_a_zone_ends_what_stood_in_it(picture):
    three = standing.standings(picture.tracks[3])
    assert [part.gravest.clause for part in three] == ["no_zone_here", "zone_border", "no_zone_here"]


def test_nothing_stands_while_a_track_is_lost():
    track = Track(1)
    track.points = [scenes.estimated(1, second, 0, 0) for second in (0, 10, 60, 70)]
    track.verdicts = [scenes.reached(1, 0, Verdict.NO_RULE, "no_zone_here")]
    track.lost = [TrackLost(track_id=1, t_ns=scenes.T0 + 20 * scenes.S, last_heard_ns=scenes.T0 + 10 * scenes.S)]
    stood = standing.standings(track)
    assert [((part.start_ns - scenes.T0) // scenes.S, (part.end_ns - scenes.T0) // scenes.S) for part in stood] == [
        (0, 10),
        (60, 70),
    ]


verdicts = st.lists(
    st.tuples(st.integers(0, 50), st.sampled_from([None, "A", "B"]), st.sampled_from(list(Verdict)), st.booleans()),
    max_size=12,
)


@given(verdicts, st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), max_size=3))
def test_stretches_follow_each_other_and_never_overlap(told, lost):
    track = Track(1)
    track.points = [scenes.estimated(1, second, 0, 0) for second in (0, 15, 30, 50)]
    track.verdicts = [
        scenes.reached(1, second, verdict, "left_zone" if left and zone else "x", zone)
        for second, zone, verdict, left in told
    ]
    track.lost = [
        TrackLost(track_id=1, t_ns=scenes.T0 + (at + late) * scenes.S, last_heard_ns=scenes.T0 + at * scenes.S)
        for at, late in sorted(lost)
    ]
    stood = standing.standings(track)
    assert bool(stood) <= bool(told)
    for part in stood:
        assert part.start_ns <= part.end_ns
        assert part.verdicts
    for before, after in itertools.pairwise(stood):
        assert before.end_ns <= after.start_ns


def test_an_empty_record_is_an_empty_picture():
    assert fold([]) == Picture()


@pytest.mark.parametrize(
    ("t_ns", "said"),
    [
        (scenes.T0, "2026-11-24 16:00:00 UTC"),
        (-1, "1969-12-31 23:59:59 UTC"),
        (2**70, f"{2**70} ns since 1970"),
        (-(2**70), f"{-(2**70)} ns since 1970"),
    ],
)
def test_times_are_utc_and_none_breaks_anything(t_ns, said):
    assert words.utc(t_ns) == said


@given(st.text())
def test_shown_text_cannot_steer(text):
    shown = words.shown(text)
    assert len(shown) <= words.TEXT_MAX + 1
    assert all(character.isprintable() or character.isspace() for character in shown)
    assert "\x1b" not in shown
    assert "\n" not in shown
    assert words.shown(shown) == shown or len(text) > words.TEXT_MAX


def test_words_of_heights():
    volume = scenes.law()[2].volumes[0]
    assert words.heights(volume) == "0–500 m AGL"
    assert words.heights(msgspec.structs.replace(volume, ceiling="unlimited")) == "from 0 m AGL, no upper limit"
    assert words.heights(msgspec.structs.replace(volume, floor=None)) == "lower limit not stated, up to 500 m AGL"
    assert words.heights(msgspec.structs.replace(volume, floor=None, ceiling=None)) == "height limits not stated"


def test_a_probability_is_never_certain():
    assert words.probability(1_000_000) == "over 99.9 %"
    assert words.probability(0) == "under 0.1 %"
    assert words.probability(994_000) == "99.4 %"


def test_a_track_that_comes_and_goes_for_hours_is_told_in_time():
    track = Track(1)
    for second in range(0, 60_000, 30):
        track.points.append(scenes.estimated(1, second, 0, 0))
        track.verdicts.append(scenes.reached(1, second, Verdict.NO_RULE, "no_zone_here"))
        at_ns = scenes.T0 + second * scenes.S
        track.lost.append(TrackLost(track_id=1, t_ns=at_ns + 10 * scenes.S, last_heard_ns=at_ns))
    begun = time.perf_counter()
    assert len(standing.standings(track)) == 2000
    assert time.perf_counter() - begun < 2
