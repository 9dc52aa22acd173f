"""The measured column: what sensors say of a proposition, what they cannot, and where they did not look."""

import re

import pytest

from skykeep.errors import Refused
from skykeep.facts.accounted import Proposition, Reading
from skykeep.facts.claimed import Aspect
from skykeep.facts.concluded import IncidentMoved
from skykeep.views import measured, picture, words
from tests.views import scenes, skies

DAY = 86_400_000_000_000


@pytest.fixture(scope="module")
def seen():
    return picture.fold(skies.story())


@pytest.fixture(scope="module")
def found(seen):
    return measured.incident(seen, [1], record="town")


def proposition(aspect, wording, scope="event"):
    return Proposition(proposition_id="p", aspect=aspect, wording=wording, worded_by=None, scope=scope)


def read(found, aspect, wording, scope="event"):
    (one,) = measured.measured([proposition(aspect, wording, scope)], found)
    return one


@pytest.mark.requirement("ACCOUNT-5")
@pytest.mark.parametrize(
    ("aspect", "wording", "told"),
    [
        (Aspect.HOW_MANY, "Two drones", r"^1 track: track 1 \(confirmed"),
        (Aspect.WHAT, "A drone was seen", r"^track 1: .*multirotor"),
        (Aspect.WHERE, "Drones were over the power station", r"^track 1: .*Harbour power station"),
        (Aspect.WHEN, "At night", r" UTC to .* UTC$"),
    ],
)
def test_what_sensors_see_is_measured(found, aspect, wording, told):
    one = read(found, aspect, wording)
    assert one.reading is Reading.MEASURED
    assert one.tracks == (1,)
    assert re.search(told, one.words), one.words


@pytest.mark.requirement("ACCOUNT-5")
@pytest.mark.parametrize(
    ("aspect", "wording"),
    [
        (Aspect.INTENT, "The drones were sent to kill"),
        (Aspect.RULE, "Drone flights are banned"),
        (Aspect.RESPONSE, "The port may respond"),
        (Aspect.CASUALTIES, "Nobody was injured"),
        (Aspect.WHO, "The neighbours sent the drones"),
        (Aspect.DAMAGE, "The drones were brought down"),
        (Aspect.WHERE, "The steward was not in the building"),
        (Aspect.WHAT, "Lissmark defends its own shore"),
    ],
)
def test_what_no_sensor_measures_is_said_with_a_record_and_without(found, aspect, wording):
    for given in (found, None):
        one = read(given, aspect, wording)
        assert one.reading is Reading.NOT_MEASURABLE
        assert one.tracks == ()
        assert one.words


@pytest.mark.requirement("ACCOUNT-5")
def test_without_a_record_nothing_is_measured(found):
    one = read(None, Aspect.HOW_MANY, "Two drones")
    assert (one.reading, one.words) == (Reading.NOT_COVERED, measured.NO_RECORD)
    one = read(found, Aspect.WHAT, "A drone came down in April", scope="earlier")
    assert (one.reading, one.words) == (Reading.NOT_COVERED, measured.ELSEWHEN)


@pytest.mark.requirement("ACCOUNT-5")
@pytest.mark.parametrize(
    ("aspect", "wording"),
    [
        (Aspect.WHAT, "A drone attack on the pier was made or attempted"),
        (Aspect.WHERE, "The drones were aimed at the power station"),
        (Aspect.WHEN, "It happened on the eve of the Lantern Festival"),
    ],
)
def test_that_something_flew_is_not_shown_as_measuring_what_it_was_for(found, aspect, wording):
    one = read(found, aspect, wording)
    assert one.reading is Reading.NOT_MEASURABLE
    assert "beside it: " in one.words
    assert one.tracks == (1,)


def test_an_incident_takes_those_along_that_moved_together(seen):
    seen.tracks[3].alarms.append(scenes.AlarmChanged(
        alarm_id=7, track_id=3, reason="not_permitted", state="unacknowledged", priority=1, t_ns=scenes.T0,
    ))  # fmt: skip
    try:
        assert measured.incident(seen, [7], record="town").tracks == (3, 4)
        assert measured.incident(seen, [1, 7, 1], record="town").tracks == (1, 3, 4)
    finally:
        seen.tracks[3].alarms.pop()


def test_an_unknown_incident_is_refused_with_those_there_are(seen):
    with pytest.raises(Refused, match=r"town has no incident 9; there are 1: .*track 1"):
        measured.incident(seen, [9], record="town")
    with pytest.raises(Refused, match="name one"):
        measured.incident(seen, [], record="town")


def test_what_the_column_rests_on_says_that_it_is_invented_and_who_says_so(found):
    told = measured.record_words(found)
    assert "SIMULATED" in told
    assert "incident 1" in told
    assert "nothing here does" in told


@pytest.mark.parametrize(("days", "outcome"), [(0, "agrees"), (1, "agrees"), (30, "differs"), (-9, "differs")])
def test_a_dateline_far_from_the_record_differs(found, days, outcome):
    start = scenes.T0 // DAY * DAY + days * DAY
    (one,) = measured.record_checks(found, [("a.txt", start)])
    assert (one.kind, one.outcome) == ("record", outcome)
    assert words.day(start) in one.words


def told(number, *track_ids, about="not_permitted", merged_into=None):
    return IncidentMoved(
        incident_id=number, t_ns=scenes.T0, state="open", alarm_state="unacknowledged", priority=1, about=about,
        alarm_ids=(), track_ids=track_ids, opened_ns=scenes.T0, events=1, grouped="", escalation=0, escalates_ns=None,
        merged_into=merged_into, holder=None, rung=None, notes=0,
    )  # fmt: skip


def test_where_there_are_incidents_their_numbers_count_and_not_those_of_alarms():
    tick = picture.SeenTick(10_000, scenes.T0, (), (), (
        told(5, 1), told(6, 3), told(7), told(8, 1, 3, about="group:4"), told(9, 2, merged_into=5), told(6, 3, 2),
    ))  # fmt: skip
    seen = picture.fold([*skies.story(), tick])
    assert measured.incident(seen, [5], record="town").tracks == (1,)
    assert measured.incident(seen, [8], record="town").tracks == (1, 3, 4)
    assert measured.incident(seen, [6], record="town").numbers == (6,)
    with pytest.raises(Refused, match=r"no incident 1; there are 5: not permitted, track 1; 6: .*tracks 3, 2; 8: several"):
        measured.incident(seen, [1], record="town")
    assert seen.incidents_of(seen.tracks[1]) == (5, 8)
    assert seen.incidents_of(seen.tracks[2]) == (6,)


def test_a_record_without_any_says_so():
    with pytest.raises(Refused, match="holds no incident of any track"):
        measured.incident(picture.fold([]), [1], record="town")
