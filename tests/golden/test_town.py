"""The golden story yields the committed conclusions, byte for byte; they change only by `python -m tests.golden`."""

import json

import pytest

from skykeep.station.simulated import LaidOut
from tests.golden import story


def test_the_conclusions_are_the_committed_ones(tmp_path):
    lines, sha256 = story.run_and_replay(tmp_path, story.inputs())
    expected = story.CONCLUSIONS.read_bytes()
    for number, (now, golden) in enumerate(zip(lines.splitlines(), expected.splitlines(), strict=False), 1):
        assert now == golden, f"line {number} differs; is that meant? python -m tests.golden --update"
    assert lines == expected
    assert sha256 == story.SHA256.read_text("ascii").strip()


def test_the_files_in_another_order_yield_the_same(tmp_path):
    laid = story.inputs()
    turned = LaidOut(laid.inputs[::-1], laid.zones, laid.permits, laid.simulated)
    assert story.run_and_replay(tmp_path, turned)[1] == story.SHA256.read_text("ascii").strip()


def test_the_golden_story_shows_what_it_is_kept_for():
    facts = [json.loads(line) for line in story.CONCLUSIONS.read_bytes().splitlines()]
    clauses = {fact.get("clause") for fact in facts}
    assert clauses >= {
        "permitted", "no_permit", "permit_revoked", "identity_absent", "identity_contradicted", "permit_height_unknown",
        "zone_border", "manned_aircraft", "left_zone", "no_zone_here",
    }  # fmt: skip
    assert {flag for fact in facts for flag in fact.get("flags", ())} == {"rekeyed", "serial_in_two_places"}
    assert {fact["fact"] for fact in facts} >= {"concluded.track_merged/1", "concluded.alarm/1", "concluded.tracks/1"}
    assert all(fact["simulated"] for fact in facts if fact["fact"] == "concluded.tracks/1")


def test_the_command_refuses_what_it_does_not_know(capsys):
    assert story.main(["--updat"]) == 2
    assert "--updat" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["zones.json", "permits.json", "sim-north.pcap.gz", "sim-south.pcap.gz"])
def test_the_inputs_are_there(name):
    assert (story.FOLDER / name).stat().st_size > 1000
