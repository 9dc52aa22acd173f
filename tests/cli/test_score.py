"""`skykeep score`: the reference scenario, and a record against the truth."""

import json
import math
import shutil

import pytest

from tests.cli.calling import call
from tests.docs import test_tutorial as tutorial

T0 = 1777629600


@pytest.mark.requirement("WATCH-29")
@pytest.mark.capability(
    "How good the picture is, with exact bounds: on a city where all is known, or a record against truth"
)
def test_the_scenario_is_scored_and_drawn(tmp_path):
    arguments = ["score", "--level", "L2", "--n", "5", "--seconds", "12", "--clutter", "2"]
    found = call(*arguments, "--json", "--plots", tmp_path / "plots")
    assert found.exit_code == 0
    scores = json.loads(found.stdout)
    assert scores["of"]["level"] == "L2"
    assert scores["of"]["drones"] == 5
    assert scores["told"]["space"]["moments"] == 7
    assert {path.name for path in (tmp_path / "plots").iterdir()} >= {"map.png", "gospa.png"}
    assert "wrote" in found.stderr
    assert "GOSPA in space" in call(*arguments).stdout


def test_settings_reach_the_watch(tmp_path):
    settings = tmp_path / "settings.toml"
    settings.write_text("[watch]\ntold_interval_s = 5.0\n")
    arguments = ["score", "--level", "L2", "--n", "5", "--seconds", "12", "--clutter", "2", "--json"]
    plain, seldom = (json.loads(call(*arguments, *more).stdout) for more in ((), ("--settings", settings)))
    assert plain["held"] == seldom["held"]
    assert seldom["purity"]["reports"] < plain["purity"]["reports"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["record"],
        ["record", "--level", "L0"],
        ["--level", "L0", "--truth", "file"],
        ["--level", "L7"],
        ["--level", "L0", "--seconds", "0"],
    ],
)
def test_wrong_usage(arguments):
    assert call("score", *arguments).exit_code == 2


def test_what_a_record_has_no_use_for_is_refused_and_not_passed_over(tmp_path):
    found = call("score", tmp_path, "--truth", tmp_path / "truth", "--n", "5", "--clutter", "3")
    assert found.exit_code == 2
    assert "--n, --clutter: only for the reference scenario" in found.stderr


def test_a_place_for_pictures_that_cannot_be_is_said_before_the_work(tmp_path):
    (tmp_path / "file").touch()
    found = call("score", "--level", "L0", "--n", "2", "--seconds", "3", "--plots", tmp_path / "file" / "plots")
    assert found.exit_code == 3
    assert not found.stdout
    assert "--plots:" in found.stderr


@pytest.fixture
def flown(tmp_path):
    """A record of two aircraft, one of which is never detected, and the truth of both."""
    heard, true = [], []
    for second in range(40):
        lat = 50.0 + second * 9e-5  # 10 m/s northward
        line = {"time": T0 + second, "sensor": "s", "track": "1", "modality": "radar", "lat": lat + 2e-5, "lon": 30.0,
                "alt_hae_m": 150, "accuracy_m": 10, "alt_accuracy_m": 10, "serial": "1581F4BRDGE000000001"}  # fmt: skip
        heard.append(json.dumps(line))
        true += [
            {"time": T0 + second, "id": "a", "lat": lat, "lon": 30.0, "alt_hae_m": 150,
             "uas_id": "1581f4brdge000000001"},
            {"time": T0 + second, "id": "b", "lat": 50.1, "lon": 30.0, "alt_hae_m": 150},
        ]  # fmt: skip
    (tmp_path / "heard.jsonl").write_text("\n".join(heard))
    (tmp_path / "truth.jsonl").write_text("\n".join(json.dumps(line) for line in true))
    done = call("run", tmp_path / "heard.jsonl", "--record", tmp_path / "record", "--keys", tmp_path / "keys")
    assert done.exit_code == 0, done.output
    return tmp_path


def test_a_record_is_scored_against_the_truth(flown):
    found = call("score", flown / "record", "--truth", flown / "truth.jsonl", "--json", "--plots", flown / "plots")
    assert found.exit_code == 0, found.output
    scores = json.loads(found.stdout)
    assert scores["of"]["aircraft"] == 2
    told = scores["told"]["space"]
    assert math.isclose(told["rmse_m"], 2.2, abs_tol=1.5)
    assert math.isclose(told["n_missed"], 1.0, abs_tol=0.1)
    assert told["n_false"] == 0.0
    assert math.isclose(scores["siap"]["completeness"], 0.5, abs_tol=0.05)
    assert scores["identity"] == {"right": 30, "wrong": 0, "abstained": 0, "rightly_none": 0,
                                  "accuracy": 1.0, "abstention": 0.0}  # fmt: skip
    assert scores["purity"]["purity"] == 1.0
    assert scores["detection"]["drones"] == scores["detection"]["detected"] == 1
    assert 0.0 < scores["established"]["p50_s"] < 3.0
    assert scores["oracle"] is None
    assert (scores["alarms"]["calls"], scores["alarms"]["standing"]) == (0, 0)
    assert 0.6 < scores["alarms"]["minutes"] < 1.0
    assert {path.name for path in (flown / "plots").iterdir()} == {"map.png", "gospa.png", "latency.png"}
    text = call("score", flown / "record", "--truth", flown / "truth.jsonl").stdout
    assert "oracle" not in text
    assert "Alarms (ISA-18.2)" in text


def test_a_truth_too_short_is_refused(flown):
    (flown / "short.jsonl").write_text((flown / "truth.jsonl").read_text().splitlines()[0])
    found = call("score", flown / "record", "--truth", flown / "short.jsonl")
    assert found.exit_code == 2
    assert "nothing to score" in found.stderr


def test_a_truth_of_another_day_finds_nothing_but_misses(flown):
    text = (flown / "truth.jsonl").read_text().replace(str(T0)[:6], "177773")
    (flown / "other.jsonl").write_text(text)
    scores = json.loads(call("score", flown / "record", "--truth", flown / "other.jsonl", "--json").stdout)
    assert scores["siap"]["completeness"] == 0.0
    assert scores["detection"]["drones"] == 0
    assert scores["detection"]["probability"] is None


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash, in which the page is written")
def test_what_the_page_shows_is_what_comes_out(tmp_path):
    page = tutorial.checks.ROOT / "docs" / "how-to" / "score-the-watch.md"
    told = tutorial.commands(page.read_text(encoding="utf-8"))
    assert len(told) == 5
    came = tutorial.played("\n".join(f"{command}\necho '{tutorial.MARK}' $?" for command, _ in told), tmp_path)
    for (command, shown), printed, code in zip(told, came[::2], came[1::2], strict=False):
        assert code == "0", f"{command}\nends with {code}:\n{printed}"
        assert not shown or tutorial.as_pattern(shown).fullmatch(printed), f"{command}\nprints:\n{printed}"
