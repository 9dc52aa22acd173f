"""What the world does to a station: the power goes, the disk is full, clocks are set, senders flood, a page is damaged."""

import contextlib
import json
import pathlib
import random
import shutil
import socket
import sqlite3
import subprocess
import time

import pytest

from skykeep.errors import Corrupt
from skykeep.facts import codec
from skykeep.facts.acted import Health, HealthObserved
from skykeep.facts.concluded import AlarmChanged, Verdict, VerdictReached
from skykeep.facts.observed import ClockStepped, LinkTrust, PositionReported
from skykeep.ledger.tick import LeafKind
from skykeep.station import verify
from skykeep.station.database import DATABASE
from skykeep.station.housework import verifying
from skykeep.station.run import bodies
from skykeep.station.serving import Station
from tests.ports import free_port
from tests.station.living import CONFIG, INSIDE, home, living
from tests.station.served import Heard, Served, require_kept
from tests.waiting import PATIENCE_S, until

HERE = pathlib.Path(__file__).parent
CUTS, SOAK_CUTS = 2, 30


@pytest.fixture(scope="module")
def power_cut(tmp_path_factory):
    """The library that remembers what was durable."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler to intercept fsync")
    made = tmp_path_factory.mktemp("power") / "power_cut.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", made, HERE / "power_cut.c", "-ldl", "-lpthread"], check=True
    )
    return made


def cut_and_restore(power_cut, cuts):
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    with home() as at:
        told = {}
        for number in range(cuts):
            durable = at.path / f"durable-{number}"
            durable.mkdir()
            for name in (DATABASE, f"{DATABASE}-wal"):  # what was there before is durable
                if (at.record / name).exists():
                    shutil.copy(at.record / name, durable)
            one = Served(at, environment={
                "LD_PRELOAD": str(power_cut), "POWER_CUT_OF": str(at.record), "POWER_CUT_TO": str(durable),
            })  # fmt: skip
            one.send(chance.randrange(20, 60))
            until(lambda one=one: one.heard.durable, f"something durable (seed {seed})")
            told |= dict(one.heard.durable)
            subprocess.run(["kill", "-9", str(one.process.pid), str(one.station)], check=True)
            one.process.wait()
            one.end()
            for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
                (at.record / name).unlink(missing_ok=True)
            made = durable / f"{DATABASE}.new"  # its name until it was whole
            shutil.copy(made if not (durable / DATABASE).exists() else durable / DATABASE, at.record / DATABASE)
            if (durable / f"{DATABASE}-wal").exists():
                shutil.copy(durable / f"{DATABASE}-wal", at.record)
        return require_kept(at, told)


@pytest.mark.slow
@pytest.mark.capability("The power cut in the middle of it: what was told as durable is there")
@pytest.mark.requirement("STATION-7")
def test_the_power_is_cut(power_cut):
    assert cut_and_restore(power_cut, CUTS)


@pytest.mark.soak
def test_the_power_is_cut_many_times(power_cut):
    assert cut_and_restore(power_cut, SOAK_CUTS)


def pages(at):
    with contextlib.closing(sqlite3.connect(at.record / DATABASE)) as db:
        (count,) = db.execute("PRAGMA page_count").fetchone()
    return count


@pytest.mark.requirement("STATION-4")
def test_the_disk_is_full_while_it_watches():
    with home() as at:
        with living(at) as one:
            one.fly(INSIDE, lambda: one.facts(VerdictReached), "a verdict")
            writer = one.station.store._require_writer()
            with writer.alone() as db:
                db.execute(f"PRAGMA max_page_count = {pages(at)}")
            numbers = []

            def not_recorded():
                numbers.append(
                    one.begin_ask(
                        "zone.emergency", circle=[470000000, 80000000, 9000], reason="x" * 3000, key=f"k{len(numbers)}"
                    )
                )
                return [beat for beat in one.beats if not beat.recorded]

            until(not_recorded, "NOT RECORDED")
            until(
                lambda: [ill for status in one.statuses for ill in status.ill if ill.what == "not_recorded"],
                "the health",
            )
            late = Heard(at.socket)  # whoever comes now sees what is not recorded, too
            until(lambda: late.unrecorded, "the ticks that are not recorded")
            late.end()
            asked = len(numbers)
            before = len(one.answers)
            assert before < asked
            writer._db.execute("PRAGMA max_page_count = 1073741823")
            until(lambda: one.beats[-1].recorded, "what waits to be recorded")
            until(lambda: set(numbers) <= set(one.answers), "every answer")
            assert {answer.problem for number, answer in one.answers.items() if number in numbers} == {""}
            until(
                lambda: [fact for fact in one.facts(HealthObserved) if fact.what is Health.NOT_RECORDED and fact.well],
                "the health to be well again",
            )
            told = {ticked.entry_index: ticked for ticked in one.ticks}
        require_kept(at, told)


@pytest.mark.requirement("STATION-8")
def test_a_disk_that_is_nearly_full_is_an_alarm_before_it_is_an_error():
    with home(CONFIG + "[health]\ndisk_min_bytes = 1_000_000_000_000_000\n") as at, living(at) as one:
        until(lambda: [fact for fact in one.facts(HealthObserved) if fact.what is Health.DISK], "the health")
        until(lambda: [fact for fact in one.facts(AlarmChanged) if fact.reason.startswith("health:disk")], "the alarm")


@pytest.mark.requirement("STATION-3")
@pytest.mark.parametrize("hours", [-1, 1])
def test_the_systems_clock_is_set_by_an_hour(hours):
    with home() as at:
        with living(at) as one:
            one.fly(INSIDE, lambda: one.facts(VerdictReached), "a verdict")
            by_ns = hours * 3600 * 10**9
            one.station.clock._wall = lambda: time.time_ns() + by_ns
            until(lambda: [fact for fact in one.facts(HealthObserved) if fact.what is Health.CLOCK], "the health")
            until(lambda: [fact for fact in one.facts(AlarmChanged) if "clock" in fact.reason], "the alarm")
            times = [ticked.now_ns for ticked in one.ticks]
            assert times == sorted(times)
            told = {ticked.entry_index: ticked for ticked in one.ticks}
        rows = require_kept(at, told)
        steps = [
            fact
            for row in rows.values()
            for fact in map(codec.decode, bodies(row, LeafKind.FACT))
            if isinstance(fact, ClockStepped)
        ]
        assert len(steps) == 1
        back_ns = steps[0].t_arrival_ns - steps[0].t_source_ns
        assert abs(back_ns - (3600 * 10**9 if hours < 0 else 0)) < 10**9


FLOODED = """
name = "Flooded"
[law]
zones = ["zones.json"]
[[feed]]
name = "push"
kind = "push"
format = "tracks"
anonymous = true
[[feed]]
name = "air"
kind = "udp"
format = "tracks"
address = "127.0.0.1:{port}"
anonymous = true
buffer_frames = 50
receive_buffer_bytes = 4096
"""


@pytest.mark.requirement("STATION-9")
def test_a_flood_on_one_feed_is_counted_and_does_not_hold_up_another():
    port = free_port()
    with home(FLOODED.format(port=port)) as at, living(at) as one:
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        line = b'{"time": "2026-11-22T19:00:00Z", "sensor": "liar", "lat": 47.3, "lon": 8.6}'

        def flooded():
            for _ in range(2_000):
                sender.sendto(line, ("127.0.0.1", port))
            return [fact for fact in one.facts(HealthObserved) if fact.what is Health.DROPPED]

        lost = until(flooded, "the loss to be told")
        sender.close()
        assert lost[0].unit == "packets"
        assert lost[0].value > 0
        one.fly(
            INSIDE, lambda: [v for v in one.facts(VerdictReached) if v.verdict is Verdict.NOT_PERMITTED], "a verdict"
        )


@pytest.mark.requirement("STATION-10")
def test_a_damaged_page_of_the_record_is_found():
    with home() as at:
        with living(at) as one:
            one.fly(INSIDE, lambda: one.facts(VerdictReached), "a verdict")
            vkey = one.hello.vkey
        file = at.record / DATABASE
        with contextlib.closing(sqlite3.connect(file)) as db:
            (stored,) = db.execute("SELECT leaves FROM ticks ORDER BY entry_index DESC LIMIT 1").fetchone()
        data = bytearray(file.read_bytes())
        data[data.rindex(stored[-40:]) + 20] ^= 1
        file.write_bytes(data)
        with pytest.raises(Corrupt):
            verify.check(at.record)
        beside = verifying(at.record, vkey)
        _, said = beside.communicate(timeout=PATIENCE_S)
        assert beside.returncode == 1
        assert said


def test_a_record_whose_first_page_is_damaged_is_refused_with_words():
    with home() as at:
        with living(at) as one:
            one.see(INSIDE)
        file = at.record / DATABASE
        file.write_bytes(b"\0" * 4096 + file.read_bytes()[4096:])
        with pytest.raises(Corrupt, match="record"):
            Station(at, print)


PLAYED = """
name = "Played"
[law]
zones = ["zones.json"]
[[feed]]
name = "recording"
kind = "replay"
format = "tracks"
address = "recording.jsonl"
speed = 1000
"""
PLAYED_S = 1_800


@pytest.mark.capability("Half an hour's recording replayed at a thousand times its pace: every report counted, none lost")
@pytest.mark.requirement("STATION-14")
def test_half_an_hour_is_played_a_thousand_times_as_fast_and_every_report_is_in_the_record():
    lines = [
        {"time": 1_777_629_600 + second, "sensor": f"radar-{drone}", "track": "1", "modality": "radar",
         "lat": (round(INSIDE[0] * 1e7) + 1_000 * drone + second) / 1e7, "lon": INSIDE[1], "alt_amsl_m": 700, "accuracy_m": 10}
        for second in range(PLAYED_S)
        for drone in range(2)
    ]  # fmt: skip
    with home(PLAYED) as at:
        (at.path / "recording.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        with living(at) as one:
            counts = lambda: one.station.inbox.feeds()[0]  # noqa: E731  # asked again and again
            until(lambda: counts().frames == len(lines) and not counts().waiting, "the whole recording to be heard")
            until(
                lambda: one.statuses[-1].sensors and sum(each.facts for each in one.statuses[-1].sensors) >= len(lines),
                "the whole recording to be read",
            )
            assert (counts().refused, counts().dropped) == (0, 0)
            until(
                lambda: [v for v in one.facts(VerdictReached) if v.verdict is Verdict.NOT_PERMITTED], "a verdict of it"
            )
        rows = require_kept(at, {ticked.entry_index: ticked for ticked in one.ticks})
        heard = [
            fact
            for row in rows.values()
            for fact in map(codec.decode, bodies(row, LeafKind.FACT))
            if isinstance(fact, PositionReported)
        ]
        for drone in range(2):
            begin_e7 = round(INSIDE[0] * 1e7) + 1_000 * drone  # a second is a step of 1e-7 degree
            lats_e7 = [fact.lat_e7 for fact in heard if fact.sensor_id == f"radar-{drone}"]
            assert lats_e7 == list(range(begin_e7, begin_e7 + PLAYED_S))
        assert {fact.link_trust for fact in heard} == {LinkTrust.SIMULATED}
