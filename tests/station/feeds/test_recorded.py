import json
import time

import pytest

from skykeep.facts.acted import Health
from skykeep.station.feeds.recorded import _RETIMED
from skykeep.wire.moments import moment_ns

BEGIN_S = 1_777_629_600


def _recording(home, count, every_s):
    lines = [
        json.dumps({"time": BEGIN_S + number * every_s, "sensor": "radar", "plots": []}) for number in range(count)
    ]
    (home.path / "scans.jsonl").write_text("\n".join(lines) + "\n")


def test_a_recording_is_played_as_if_it_came_now_and_marked_as_invented(station, home):
    _recording(home, 40, 1)
    before_ns = time.time_ns()
    one = station(kind="replay", format="plots", address="scans.jsonl", speed=1000.0)
    one.until_frames(40)
    assert {(each.sensor_id, each.format, each.simulated, each.keyed) for each in one.taken} == {
        ("radar", "plots", True, False)
    }
    for arrived in one.taken:
        assert arrived.t_arrival_ns >= before_ns
        told_ns = moment_ns(json.loads(arrived.data)["time"])
        assert abs(told_ns - arrived.t_arrival_ns) < 1_000
    one.until(lambda: not one.counts().connected)
    assert one.health(Health.FEED) == []


def test_it_keeps_its_pace(station, home):
    _recording(home, 3, 3600)
    one = station(kind="replay", format="plots", address="scans.jsonl")
    one.until_frames(1)
    assert len(one.take()) == 1
    assert one.counts().connected


def test_with_loop_it_begins_again(station, home):
    _recording(home, 5, 1)
    one = station(kind="replay", format="plots", address="scans.jsonl", speed=1000.0, loop=True)
    assert len(one.until_frames(12)) >= 12


def test_what_cannot_be_played_is_told_and_not_tried_again(station, home):
    one = station(kind="replay", address="not-there.pcap")
    one.until(lambda: one.health(Health.FEED))
    assert "not tried again" in one.counts().trouble


@pytest.mark.parametrize(
    ("format_name", "line", "moved"),
    [
        ("readsb", b'{"now":100.5,"aircraft":[]}', b'{"now":103.5,"aircraft":[]}'),
        ("adsb-rows", b'{"t":100,"icao24":"4b43ac"}', b'{"t":103.0,"icao24":"4b43ac"}'),
        ("tracks", b'{"time":100.5,"arrival":"1970-01-01T00:01:41Z"}',
         b'{"time":"1970-01-01T00:01:43.500000000Z","arrival":"1970-01-01T00:01:44Z"}'),
        ("sbs", b"MSG,3,1,1,4B43AC,1,2026/05/01,23:59:58.500,2026/05/01,23:59:59.000,,1000,,,,,,,,,,0",
         b"MSG,3,1,1,4B43AC,1,2026/05/02,00:00:01.500,2026/05/02,00:00:02.000,,1000,,,,,,,,,,0"),
        *[(name, line, line) for name in ("readsb", "plots", "sbs") for line in (b"", b"\xff{", b"[1]", b'{"now":"x"}', b"," * 30)],
    ],
)  # fmt: skip
def test_what_tells_the_time_is_told_another_one_and_what_cannot_be_read_stays(format_name, line, moved):
    assert _RETIMED[format_name](line, 3_000_000_000) == moved
