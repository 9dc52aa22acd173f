"""Explain: a record goes through the watch again, and the answer is the watch's own; what is not there is refused."""

import json
import re

import pytest

from skykeep.facts import codec
from skykeep.ledger.tick import LeafKind
from skykeep.station import explaining
from skykeep.station.store import Store
from tests.cli.calling import SERIAL, call, ticks
from tests.views.test_report import Parsed


def said(record, *rest, track=1):
    result = call("explain", record, "--track", track, "--json", *rest)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.requirement("WATCH-28")
def test_each_report_that_it_names_is_the_fact_that_stands_there(record):
    trail = said(record)["trail"]
    facts = {
        (tick, index): codec.decode(body)
        for tick, _, leaves, _ in ticks(record)
        for index, body in enumerate(leaf.body for leaf in leaves if leaf.kind == LeafKind.FACT)
    }
    assert len(trail["used"]) > 5
    for seen in trail["used"]:
        fact = facts[seen["ref"]["tick"], seen["ref"]["index"]]
        assert (fact.sensor_id, fact.t_event_ns) == (seen["sensor_id"], seen["t_ns"])
        assert (fact.lat_e7 / 1e7, fact.lon_e7 / 1e7) == (
            pytest.approx(seen["lat_deg"], abs=1e-7),
            pytest.approx(seen["lon_deg"], abs=1e-7),
        )
        assert 0.5 <= seen["probability"] <= 1.0


def test_the_replay_behind_it_concludes_what_the_record_holds(record):
    trail = said(record)["trail"]
    assert (trail["differs"], trail["skipped_ticks"]) == (None, 0)
    assert trail["moments"][-1]["phase"] == "established"
    counted = [moment["reports"] for moment in trail["moments"]]
    assert counted == sorted(counted)


def test_one_real_drone_heard_by_one_receiver(record):
    text = call("explain", record, "--track", 1).stdout
    for heading in ("Why it exists", "What fed it", "How its identity was bound", "What it is", "Verdicts, in order"):
        assert f"\n{heading}\n" in text
    assert re.search(r"Established \d+\.\d s after it was first measured, with existence", text)
    assert re.search(r"remote-id \(Remote ID\): \d+ reports; 16:15:\d\d–16:15:\d\d; each its own with ", text)
    assert "Bound to radio …" in text
    assert SERIAL not in text
    assert len(text.splitlines()) < 120, "it must read in a minute"


def test_at_a_time_nothing_later_is_known(record):
    whole = said(record)
    cut = (whole["trail"]["moments"][0]["now_ns"] + whole["trail"]["moments"][-1]["now_ns"]) // 2
    at = f"{explaining.words.utc(cut)[:19].replace(' ', 'T')}Z"
    early = said(record, "--at", at)
    assert 0 < len(early["trail"]["used"]) < len(whole["trail"]["used"])
    assert max(seen["t_ns"] for seen in early["trail"]["used"]) <= cut
    assert early["trail"]["used"] == whole["trail"]["used"][: len(early["trail"]["used"])]
    by_clock = said(record, "--at", at[11:19])
    assert by_clock["at_ns"] - early["at_ns"] == 999_999_999


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--track", "77"), r"there is no track 77 in the record; there are 1"),
        (
            ("--track", "1", "--at", "2031-01-01T00:00:00Z"),
            r"2031-01-01 00:00:00 UTC is outside the record: it spans \d",
        ),
        (("--track", "1", "--at", "1999-01-01T00:00:00Z"), r"is outside the record: it spans"),
        (("--track", "1", "--at", "25:00"), r"there is no such time of day"),
        (("--track", "1", "--at", "10:61"), r"there is no such time of day"),
        (("--track", "1", "--at", "yesterday"), r"--at: .*is no moment such as"),
        (("--track", "1", "--at", "2023-04-01T16:15:31"), r"names no time zone"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(record, arguments, words):
    result = call("explain", record, *arguments)
    assert result.exit_code == 2
    assert re.search(words, result.stderr), result.stderr
    assert result.stdout == ""


def test_it_draws_one_page_that_loads_nothing(record, tmp_path):
    result = call("explain", record, "--track", 1, "-o", tmp_path / "track.html")
    assert result.exit_code == 0
    assert result.stderr.endswith(f"wrote {tmp_path / 'track.html'}\n")
    page = (tmp_path / "track.html").read_text("utf-8")
    parsed = Parsed(page)
    assert parsed.tags.count("svg") >= 4
    assert SERIAL not in page
    assert not re.search(r"https?://|url\((?!#)|@import", page)
    assert "What fed it" in parsed.said
    nowhere = call("explain", record, "--track", 1, "-o", tmp_path / "nowhere" / "x.html")
    assert (nowhere.exit_code, "cannot be written" in nowhere.stderr) == (3, True)


def test_erased_ticks_are_counted_and_the_replay_goes_on(record):
    erased = call("erase", record, SERIAL)
    assert erased.exit_code == 0, erased.stderr
    text = call("explain", record, "--track", 1, "--reveal").stdout
    assert "erased" in text
    assert SERIAL not in text


# What a survey of a record knows


def test_of_many_tracks_the_nearest_are_named():
    found = explaining.Survey(first_told_ns=dict.fromkeys(range(1, 5001, 7), 5))
    with pytest.raises(explaining.Refused, match=r"there are 715, from 1 to 4999, the nearest 71, 78, 85, 92, 99, 106"):
        explaining.require_there(found, 97, None)
    with pytest.raises(explaining.Refused, match="holds no tracks"):
        explaining.require_there(explaining.Survey(), 97, None)


def test_a_track_that_begins_later_says_when():
    found = explaining.Survey(first_told_ns={4: 1_777_629_600_000_000_000})
    with pytest.raises(
        explaining.Refused, match=r"no track 4 yet at 2026-05-01 09:59:59 UTC: it begins 2026-05-01 10:00"
    ):
        explaining.require_there(found, 4, 1_777_629_599_000_000_000)
    explaining.require_there(found, 4, 1_777_629_600_000_000_000)


def test_a_time_of_day_is_on_the_day_on_which_the_record_begins_or_the_next():
    noon_ns, hour_ns = 1_777_636_800_000_000_000, 3_600_000_000_000  # 1 May 2026, 12:00 UTC
    found = explaining.Survey(first_ns=noon_ns, last_ns=noon_ns + 14 * hour_ns)
    assert explaining.moment_ns("13:00", found) == noon_ns + hour_ns + 999_999_999
    assert explaining.moment_ns("01:00:00", found) == noon_ns + 13 * hour_ns + 999_999_999
    assert explaining.moment_ns("12:00:00", found) == noon_ns + 999_999_999
    with pytest.raises(explaining.Refused, match="outside the record"):
        explaining.moment_ns("11:59", found)
    with pytest.raises(explaining.Refused, match="no tick yet"):
        explaining.moment_ns("12:00", explaining.Survey())


def test_a_family_is_all_that_became_one():
    found = explaining.Survey(merged_into={2: 1, 3: 2, 9: 8})
    assert found.family(1) == {1, 2, 3}
    assert found.family(8) == {8, 9}
    assert explaining.Survey(merged_into={1: 2, 2: 1}).family(1) == {1, 2}


def test_a_survey_knows_when_each_track_was_first_told_of(record):
    with Store.open(record, read_only=True) as store:
        found = explaining.survey(store)
    assert 1 in found.first_told_ns
    assert found.first_ns <= found.first_told_ns[1] <= found.last_ns
