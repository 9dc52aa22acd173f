"""What the watch concludes of many sensors, as a report tells it; what is too faint to tell is counted in a line."""

import msgspec
import pytest

from skykeep.facts import columns
from skykeep.facts.concluded import PresenceHeld, Rung
from skykeep.facts.observed import ScanReported
from skykeep.views import background, findings, report, table
from skykeep.views.picture import SeenTick, fold
from skykeep.views.presences import area_words
from skykeep.views.summary import rows
from tests.views import scenes, skies
from tests.views.test_report import Parsed, page

NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture(scope="module")
def picture():
    return fold(skies.story())


@pytest.fixture(scope="module")
def by_id(picture):
    return {row.track_id: row for row in rows(picture)}


@pytest.fixture(scope="module")
def said():
    return Parsed(page(skies.story())).said


def test_rows_of_one_fact_are_points_of_their_tracks(picture):
    assert [len(picture.tracks[track].points) for track in (1, 2, 20)] == [121, 121, 121]
    first = picture.tracks[1].points[0]
    assert (first.lat_e7, first.lon_e7) == scenes.e7(*skies.where(1, 0)[0])
    assert first.evidence.tick == 1


def test_only_flights_are_rows_and_the_rest_is_counted_in_a_line_each(picture, by_id):
    assert sorted(by_id) == [1, 2, 3, 4]
    faint, birds = findings.set_aside(picture)
    assert faint.startswith("50 tracks were never established: too little was heard to say that something flew (tracks")
    assert faint.endswith("40, 41, 42, 43, 44, 45 …).")
    assert birds == "3 tracks are likely birds (tracks 20, 21, 22)."


def test_of_a_flood_of_names_the_first_few_are_rows():
    clutter = [skies.row(track, 0, 0, 0, established=False) for track in range(1, 1001)]
    names = [scenes.identified(track, 0) for track in range(1, 1001)]
    picture = fold([SeenTick(1, scenes.T0, (), (), (skies.told(0, *clutter), *names))])
    assert [row.track_id for row in rows(picture)] == list(range(1, findings.ONCE_MAX + 1))
    assert findings.set_aside(picture)[0].startswith("980 tracks were never established")


def test_what_a_receiver_heard_once_is_a_flight_and_an_echo_of_a_scan_is_none():
    heard, echo = skies.row(1, 0, 0, 0, established=False, index=1), skies.row(2, 0, 0, 0, established=False)
    facts = (skies.scan(0), *scenes.heard(1, 0, skies.RECEIVER))
    picture = fold([SeenTick(1, scenes.T0, (), facts, (skies.told(0, heard, echo | {"evidence_tick": 0}),))])
    assert [row.track_id for row in rows(picture)] == [1]
    assert findings.set_aside(picture) == [
        "1 track was never established: too little was heard to say that something flew (track 2)."
    ]


@pytest.mark.parametrize("changes", ["named", "alarm"])
def test_a_bird_that_gives_an_identity_or_alarms_stays_a_row(changes):
    ticks = list(skies.story())
    told = scenes.identified(20, 40) if changes == "named" else scenes.AlarmChanged(
        alarm_id=9, track_id=20, reason="not_permitted", state="unacknowledged", priority=1, t_ns=scenes.T0 + 40 * scenes.S,
    )  # fmt: skip
    ticks.append(SeenTick(300, scenes.T0 + 40 * scenes.S, (), (), (told,)))
    assert 20 in {row.track_id for row in rows(fold(ticks))}


def test_existence_rung_kind_sensors_and_company(by_id):
    one, two, three = (by_id[track] for track in (1, 2, 3))
    assert (one.existence, one.rung, one.rung_words) == (0.995, "confirmed", "confirmed by radar and camera")
    assert (one.kind, one.kind_words, one.kind_probability) == ("multirotor", f"multirotor (93{NBSP}%)", 0.931)
    assert one.sensors == (skies.RADAR,)
    assert (two.sensors, two.absent, two.rung) == ((skies.RECEIVER,), (skies.RADAR,), "reported")
    assert (three.kind, three.rung, three.together_with) == (None, None, (4,))


def test_what_explains_a_flight_by_itself_is_not_named_again():
    ticks = list(skies.story())
    explained = (
        ("manned_aircraft", "track 1", 900_000),
        ("manned_aircraft", "track 3", 60_000),
        ("permitted", "P", 40_000),
    )
    moved = skies.rung(90, skies.Rung.CONFIRMED, track=1, explained=explained)
    ticks.append(SeenTick(300, moved.t_ns, (), (), (moved,)))
    one = {row.track_id: row for row in rows(fold(ticks))}[1]
    assert one.explained == (f"manned aircraft track 3 (6{NBSP}%)", f"flight with permit P (4{NBSP}%)")


def test_a_kind_that_is_not_likely_is_not_named():
    assert findings.kind_words("multirotor", 400_000) == "of unknown kind"
    assert findings.kind_words("unknown", 990_000) == "of unknown kind"


def test_flags_that_are_up_speak_against_it(by_id):
    assert by_id[2].flags == ("rid_without_body",)
    assert by_id[2].flags_words == ("where it says it is, sensors that look there see nothing",)
    ticks = list(skies.story())
    (flag,) = fold(skies.story()).tracks[2].raised
    down = msgspec.structs.replace(flag, up=False, t_ns=flag.t_ns + scenes.S)
    ticks.append(SeenTick(300, down.t_ns, (), (), (down,)))
    assert {row.track_id: row.flags for row in rows(fold(ticks))}[2] == ()


def test_the_gravest_moment_at_a_protected_site_is_told(by_id):
    (site,) = by_id[1].sites
    assert (site.kind, site.distance_m, site.site_name) == ("within", 210.0, "Harbour power station")
    assert site.sentence == "within reach of Harbour power station, 210 m away at 16:01:40"
    approach = skies.conclusions()[60][1]
    assert findings.approach_words(approach, "X") == (
        "on course for X, 820 m away at 16:01:00; if it goes on, 40 m away at 16:01:58"
    )


def test_an_entry_that_is_no_longer_foreseen_is_not_told(by_id):
    assert by_id[3].foreseen == ("entry into Legislative Palace foreseen at 16:00:10 for 16:01:10 ± 4 s",)
    ticks = list(skies.story())
    over = msgspec.structs.replace(skies.conclusions()[10][0], entry_ns=None, entry_sigma_ns=None)
    ticks.append(SeenTick(300, over.t_ns, (), (), (over,)))
    assert {row.track_id: row.foreseen for row in rows(fold(ticks))}[3] == ()


def test_the_page_says_it_all_once_and_stays_one_row_a_flight(said):
    assert "4 flights, the gravest first" in said
    assert said.count("50 tracks were never established") == 1
    for words in (
        "multirotor (93 %) confirmed", "not by radar-north, though covered", "moved together with track 4",
        "Within reach of Harbour power station, 210 m away at 16:01:40.", "PROTECTED",
        "where it says it is, sensors that look there see nothing",
    ):  # fmt: skip
        assert words in said
    assert "Track 40" not in said
    assert "Track 20" not in said


def test_what_was_heard_without_a_place_has_a_row_and_an_area_on_the_map(said):
    assert "Heard, place unknown Sensors heard or saw something and cannot say where." in said
    assert "mic-7 (microphone) 4 reports suspected by microphone" in said
    assert f"may be flight with permit P-2231 (42{NBSP}%)".replace(NBSP, " ") in said
    assert "HEARD, PLACE UNKNOWN" in said
    assert "16:00:00 – 16:01:50" in said


def test_a_record_of_presences_alone_does_not_say_that_nothing_is_in_the_air():
    picture = fold([SeenTick(1, scenes.T0, (), (skies.scan(0, 0),), (skies.presence(0),))])
    assert report.nothing(picture) == "Something was heard, place unknown. 1 sensor heard."
    assert "Heard, place unknown" in page([SeenTick(1, scenes.T0, (), (), (skies.presence(0),))])


def test_an_area_that_nobody_knows_is_said_to_be_unknown():
    assert area_words(skies.presence(0, radius_mm=None)).startswith("an unknown area")
    told: PresenceHeld = skies.presence(0, bearing=2_146_755)
    assert area_words(told).endswith("W, bearing 123° ± 6° from mic-7")


def test_a_sensor_that_is_off_is_said_to_be_and_by_how_much(said, picture):
    words = "off by −24 m ± 5.9 m in range, +0.60° ± 0.10° in azimuth: taken off what it measures; by 84 measurements"
    assert words in said
    assert background.bias_words(skies.bias(applied=False))[0].find("too uncertain to be taken off") > 0
    assert background.bias_words(None) == []
    assert picture.sensors[skies.RADAR].plots == 363


def test_plots_that_give_a_place_without_an_accuracy_are_counted():
    plain = skies.scan(0, 2)
    placed: ScanReported = msgspec.structs.replace(plain, lat_e7=skies.i4(1, 2), lon_e7=skies.i4(1, 2), range_mm=b"")
    sensor = fold([SeenTick(1, scenes.T0, (), (plain, placed), ())]).sensors[skies.RADAR]
    assert (sensor.plots, sensor.positions, sensor.positions_without_accuracy) == (4, 2, 2)


def test_columns_that_do_not_fit_are_said_to_be_unreadable():
    broken = msgspec.structs.replace(skies.told(0, skies.row(1, 0, 0, 0)), rows=9)
    picture = fold([SeenTick(1, scenes.T0, (), (), (broken,))])
    assert picture.unknown == {"concluded.tracks/1": 1}
    assert picture.tracks == {}


def test_the_terminal_tells_the_same(by_id):
    track, _, why, *_ = table.cells(by_id[1])
    assert track == f"1\nSIMULATED\nmultirotor (93{NBSP}%)\nconfirmed by radar and camera"
    assert "within reach of Harbour power station" in why


def test_a_height_that_was_only_estimated_is_shown(said):
    assert "95 m HAE" in said


def test_every_rung_has_its_word():
    assert {findings.rung_words(skies.rung(0, each)) for each in Rung} == {f"{each.value} by radar" for each in Rung}


def test_the_story_is_what_columns_say():
    (one, *_) = columns.unfold(next(iter(list(skies.story())[1].concluded)), 1)
    assert (one.simulated, one.alt_mm, one.height) == (True, 95_000, None)


def alarm(track, reason, state="unacknowledged"):
    return scenes.AlarmChanged(
        alarm_id=7, track_id=track, reason=reason, state=state, priority=2, t_ns=scenes.T0 + 5 * scenes.S
    )


def test_an_alarm_of_a_flood_is_a_line_and_no_track():
    told = [alarm(0, "remote_id_flood:21"), alarm(0, "remote_id_flood:42"), alarm(0, "group:3")]
    picture = fold([SeenTick(1, scenes.T0, (), (), tuple(told))])
    assert picture.tracks == {}
    assert findings.set_aside(picture) == [
        "Alarm at 16:00:05: several of a group (3).",
        "Alarm at 16:00:05: flood of aircraft that only say of themselves that they are there (42).",
    ]


def test_an_alarm_that_was_suppressed_did_not_sound():
    clutter = skies.row(1, 0, 0, 0, established=False)
    for state, faint in (("suppressed_by_design", True), ("unacknowledged", False)):
        ticks = [
            SeenTick(1, scenes.T0, (), (skies.scan(0),), (skies.told(0, clutter), alarm(1, "not_permitted", state)))
        ]
        assert fold(ticks).tracks[1].faint is faint


def test_of_very_many_flights_the_gravest_are_shown_and_all_are_counted(monkeypatch):
    monkeypatch.setattr(report, "FLIGHTS_MAX", 50)
    rows_ = [skies.row(track, 0, track * 5, 0) for track in range(1, 82)]
    verdicts = [scenes.reached(track, 0, scenes.Verdict.NO_RULE, "no_zone_here") for track in range(1, 81)]
    verdicts.append(scenes.reached(81, 0, scenes.Verdict.NOT_PERMITTED, "no_permit", "Z"))
    text = page([SeenTick(1, scenes.T0, (), (skies.scan(0),), (skies.told(0, *rows_), *verdicts))])
    said = Parsed(text).said
    assert "1 flight was not permitted. 80 met no rule." in said
    assert "The 50 gravest are shown here" in said
    assert text.count("<tr role") < 60
    assert "Track 81" in said


def test_what_was_refuted_is_counted_unless_it_alarmed():
    row = skies.row(1, 0, 0, 0)
    refuted = skies.rung(1, Rung.REFUTED, track=1, modalities=("remote_id",), absent=(skies.RADAR,))
    ticks = [SeenTick(1, scenes.T0, (), (skies.scan(0),), (skies.told(0, row), refuted))]
    picture = fold(ticks)
    assert rows(picture) == []
    assert findings.set_aside(picture) == ["1 track was refuted: nothing there, though sensors looked (track 1)."]
    ticks.append(SeenTick(2, scenes.T0, (), (), (alarm(1, "not_permitted"),)))
    assert [one.track_id for one in rows(fold(ticks))] == [1]


def test_a_wide_area_is_left_to_the_table():
    for radius_mm, shown in ((60_000, True), (9_000_000, False)):
        told = (skies.told(0, skies.row(1, 0, -1300, 700)), skies.presence(0, radius_mm=radius_mm))
        text = page([SeenTick(1, scenes.T0, (), (skies.radar(), skies.scan(0)), told)])
        assert ("area presence" in text) is shown
        assert "Heard, place unknown" in Parsed(text).said
