"""An explanation by replay, in words and drawn: what made a track, what did not, and how surely."""

import json
import re

import msgspec
import pytest

from skykeep.facts.concluded import Rung, TrackClassified, TrackFlagged
from skykeep.views import traillanes
from skykeep.views.explain import explain, to_json, to_text
from skykeep.views.explainpage import render
from skykeep.views.trail import NEAR_KEPT, Seen, Trail
from tests.station import followed
from tests.views import scenes, skies
from tests.views.test_report import HOSTILE, Parsed


def explained(trail=None, ticks=None, **changes):
    own, seen = followed.followed()
    return explain(seen if ticks is None else ticks, followed.MINE, trail=own if trail is None else trail, **changes)


@pytest.fixture(scope="module")
def explanation():
    return explained()


@pytest.fixture(scope="module")
def text(explanation):
    return to_text(explanation)


def section(text, heading):
    lines = text.split("\n")
    start = lines.index(heading) + 1
    return "\n".join(lines[start : next((n for n in range(start, len(lines)) if not lines[n]), None)])


def test_the_questions_are_answered_in_their_order(text):
    headings = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert headings == [
        "Track 1", "Why it exists", "What fed it", "Considered and not taken", "How its identity was bound",
        "What speaks against it", "What it is", "Verdicts, in order", "What it neared", "Permits in the record",
        "Law in force", "Alarms", "Check it yourself",
    ]  # fmt: skip


def test_why_it_exists(text):
    said = section(text, "Why it exists")
    assert "Born of a plot of radar-north (tick 1, fact 0, plot 0) at 2026-11-24 16:00:00 UTC" in said
    assert "Established 2.0 s after it was first measured, with existence 85.0 %." in said
    assert "Existence at the end over 99.9 %, established, by 90 reports." in said
    assert "16:00:30 UTC: confirmed by radar and camera" in said


def test_what_fed_it_sensor_by_sensor_with_times_and_the_least_sure(text):
    said = section(text, "What fed it")
    assert "camera-2 (camera): 90 bearings; 16:00:00–16:01:29; each its own with 99.0 % on average" in said
    assert "radar-north (radar): 90 reports;" in said
    assert "least 62.0 % at 16:00:07; 6 below 90 %" in said
    assert "direction finder looked since and did not see it: -1.5 nats" in said


def test_what_was_considered_and_to_whom_it_went(text):
    said = section(text, "Considered and not taken")
    assert "radar-north (radar): 180 reports near it, given to track 2 (90); 90 to nobody: clutter" in said
    assert "67 m away, 1.3 standard deviations: under 0.1 % its own" in said
    assert "rather track 2's (97.0 %)" in said
    assert len([line for line in said.splitlines() if line.startswith("    ")]) == 5


def test_alternatives_of_the_binding_are_named(text):
    said = section(text, "How its identity was bound")
    assert "with 90.0 %\n    or that radio is track 2's (10.0 %)" in said


def test_a_flag_stands_with_its_odds_and_the_facts_behind_it():
    trail, ticks = followed.followed()
    flag = TrackFlagged(
        track_id=followed.MINE, t_ns=scenes.T0 + 89 * scenes.S, flag="rid_offset", up=True, log_odds_milli=5_200,
        evidence=(scenes.FactRef(90, 0),),
    )  # fmt: skip
    ticks.append(scenes.SeenTick(91, scenes.T0 + 89 * scenes.S, (), (), (flag,)))
    said = section(to_text(explain(ticks, followed.MINE, trail=trail)), "What speaks against it")
    assert "RAISED rid_offset, +5.2 nats: it is not seen where it says it is" in said
    assert "by tick 90, fact 0: scan/1 from sensor radar-north at 2026-11-24 16:01:29 UTC: 3 plots" in said
    assert "weighed and not raised: impossible_motion -4.5 nats" in said


def test_what_it_is_and_what_spoke_for_that(text):
    said = section(text, "What it is")
    assert "multirotor (93\N{NO-BREAK SPACE}%); else bird 4 %" in said
    assert "by speed +2.3, doppler -0.4 (nats, for it against the next)" in said
    assert "It moves: hovering 5.0 %, smooth 85.0 %, agile 10.0 %." in said


def test_a_class_without_probabilities_breaks_nothing():
    trail, ticks = followed.followed(3)
    told = TrackClassified(track_id=followed.MINE, t_ns=scenes.T0, ppm=(), why=(), evidence=())
    ticks.append(scenes.SeenTick(9, scenes.T0, (), (), (told,)))
    assert "Track 1" in to_text(explain(ticks, followed.MINE, trail=trail))


def test_a_program_that_concludes_otherwise_says_so_first():
    trail, ticks = followed.followed(5)
    trail.differs, trail.skipped_ticks = "From tick 3 on another program.", 4
    said = section(to_text(explain(ticks, followed.MINE, trail=trail)), "Why it exists")
    assert said.startswith("  From tick 3 on another program.\n  4 ticks hold erased facts")


def test_without_a_replay_the_estimates_tell_who_fed_it():
    _, ticks = followed.followed()
    text = to_text(explain(ticks, followed.MINE))
    assert "radar-north (radar): moved 90 of its 90 estimates last" in section(text, "What fed it")
    assert "Considered and not taken" not in text


def test_as_json_everything_is_there(explanation):
    plain = json.loads(to_json(explanation))["trail"]
    assert len(plain["used"]) == 180
    assert plain["used"][0]["ref"] == {"tick": 1, "index": 0}
    assert {"sensor_id": "radar-north", "given_to": 2, "repeat": False, "reports": 90} in plain["near_counts"]
    assert plain["moments"][2]["phase"] == "established"
    assert plain["standing"]["radios"][0]["others"] == [[2, 0.1]]
    _, ticks = followed.followed(3)
    assert json.loads(to_json(explain(ticks, followed.MINE)))["trail"] is None


# The page


@pytest.fixture(scope="module")
def drawn(explanation):
    return render(explanation, title="A sky")


def test_the_page_is_whole_and_may_load_nothing(drawn):
    parsed = Parsed(drawn)
    assert len(parsed.ids) == len(set(parsed.ids))
    assert "default-src 'none'" in drawn
    assert not re.search(r"https?://|url\((?!#)|@import|\son[a-z]+=| style=", drawn)
    referred = {value for _, name, value in parsed.attributes if name == "aria-labelledby"}
    assert referred <= set(parsed.ids)
    assert drawn.count("RECORD · not live") >= 3
    assert "SIMULATED" in drawn


def test_each_report_is_drawn_once_on_each_map_and_lane(drawn):
    for figure in re.findall(r"<svg class=\"map .*?</svg>", drawn, re.DOTALL):
        assert figure.count('class="own') == 90
        assert figure.count('class="own doubtful"') == 6
        assert figure.count('class="other"') == figure.count('class="other nobody"') == 90
        assert 10 < figure.count('class="ray"') <= 24
        assert 8 <= figure.count('class="spread"') <= 13
    for figure in re.findall(r"<svg class=\"time .*?</svg>", drawn, re.DOTALL):
        assert figure.count('class="own') == 180
        assert figure.count('class="curve') == 2
        assert figure.count('class="rung"') == 3


def test_the_page_tells_the_same_sentences(drawn, explanation):
    said = Parsed(drawn).said
    for each in explanation.sections[1:]:
        for line in each.lines:
            assert re.sub(r"\s+", " ", line).strip() in said


def test_a_time_is_said_to_be_one(explanation):
    at = msgspec.structs.replace(explanation, at_ns=scenes.T0 + 30 * scenes.S)
    assert "As it stood at 2026-11-24 16:00:30 UTC" in render(at, title="x")


def test_names_of_sensors_stay_text():
    trail, ticks = followed.followed(5)
    for seen in (trail.used, trail.near):
        seen[:] = [msgspec.structs.replace(each, sensor_id=HOSTILE) for each in seen]
    page = render(explain(ticks, followed.MINE, trail=trail), title=HOSTILE)
    assert "<script>alert" not in page
    assert "\x1b" not in page
    Parsed(page)


def test_a_track_without_reports_is_still_a_page():
    _, ticks = followed.followed(3)
    page = render(explain(ticks, followed.MINE, trail=Trail()), title="x")
    assert '<svg class="map' not in page
    assert "Verdicts, in order" in Parsed(page).said


def many(count):
    return [
        Seen(
            t_ns=scenes.T0 + n * 10_000_000, sensor_id=skies.RADAR, kind="place", lat_deg=scenes.LAT, lon_deg=scenes.LON,
            azimuth_deg=None, sigma_m=5.0, probability=0.5 if n == 777 else 1.0, other=None, other_probability=0.0, repeat=False,
            distance_m=1.0, off=0.1, ref=scenes.FactRef(1, 0), item=0,
        )
        for n in range(count)
    ]  # fmt: skip


def test_of_very_many_reports_no_two_lie_on_each_other_and_the_doubtful_is_seen():
    trail, ticks = followed.followed(5)
    trail.used = many(9000)
    page = render(explain(ticks, followed.MINE, trail=trail), title="x")
    for figure in re.findall(r"<svg class=\"time .*?</svg>", page, re.DOTALL):
        assert figure.count('class="own') <= traillanes.MARKS_MAX
        assert figure.count('class="own doubtful"') == 1
    assert len(page) < 1_500_000


def test_what_is_kept_of_the_rest_is_bounded_and_counted():
    trail, _ = followed.followed(400)
    assert len(trail.near) == NEAR_KEPT
    assert sum(trail.near_count.values()) == 800


def test_reports_that_made_it_before_it_had_a_number_are_counted():
    trail, ticks = followed.followed(5)
    trail.moments[0] = msgspec.structs.replace(trail.moments[0], reports=5)
    said = section(to_text(explain(ticks, followed.MINE, trail=trail)), "Why it exists")
    assert "First measured 2026-11-24 16:00:00 UTC; 3 reports made it before it had a number." in said
    assert "The first after that: a plot of radar-north (tick 1, fact 0, plot 0)" in said


def test_flags_that_are_as_good_as_excluded_are_counted():
    trail, ticks = followed.followed(3)
    flags = tuple((name, -9.0, False) for name, _, _ in trail.standing.flags)
    trail.standing = msgspec.structs.replace(trail.standing, flags=flags)
    said = section(to_text(explain(ticks, followed.MINE, trail=trail)), "What speaks against it")
    assert said == "  6 flags weighed and not raised; none is likelier than 1 in 150."


def test_of_two_rungs_at_one_place_the_later_has_its_word():
    trail, ticks = followed.followed(90)
    rungs = [skies.rung(0, Rung.REPORTED, track=1), skies.rung(1, Rung.CORROBORATED, track=1)]
    ticks.append(scenes.SeenTick(99, scenes.T0 + 89 * scenes.S, (), (), ()))
    ticks[1] = scenes.SeenTick(1, scenes.T0, (), ticks[1].facts, (*rungs, *ticks[1].concluded))
    page = render(explain(ticks, followed.MINE, trail=trail), title="x")
    wide = re.search(r"<svg class=\"time wide.*?</svg>", page, re.DOTALL)[0]
    said = re.findall(r'class="rungword"[^>]*>(\w+)<', wide)
    assert "reported" not in said
    assert said[0] in {"corroborated", "suspected"}
    assert "confirmed" in said


def test_to_very_many_tracks_the_most_are_named():
    trail, ticks = followed.followed(3)
    trail.near_count = {("df", other, False): other for other in range(11, 30)} | {("df", None, True): 4}
    said = section(to_text(explain(ticks, followed.MINE, trail=trail)), "Considered and not taken")
    assert "given to tracks 29 (29), 28 (28), 27 (27), 26 (26), 25 (25) and 14 more; 4 repeats of what was" in said
