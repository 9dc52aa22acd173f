"""Processes killed at any moment: nothing that was told as durable is lost, and what is left goes on or comes again."""

import os
import random
import urllib.request

import pytest

from skykeep.facts import codec
from skykeep.facts.concluded import VerdictReached
from tests.station.served import positions, require_kept, served
from tests.waiting import PATIENCE_S, until

KILLS, SOAK_KILLS = 4, 100


def killed(count):
    """Kill the station or the web so often while positions come in; returns the seed's story for a failure."""
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    print(f"seed {seed}")
    with served() as one:
        for number in range(count):
            one.send(chance.randrange(1, 40))
            hellos = len(one.heard.hellos)
            web = number % 2 == 1
            os.kill(one.web_process if web else one.station, 9)
            if not web:
                until(
                    lambda hellos=hellos: len(one.heard.hellos) > hellos,
                    lambda number=number: f"the station again (seed {seed}, kill {number}): {one.said[-8:]}",
                )
        one.heard.statuses.clear()  # those of stations that are no more
        one.send(20)
        until(
            lambda: one.heard.statuses and one.heard.statuses[-1].facts >= 20,
            lambda: f"what was sent last (seed {seed}): {one.heard.statuses[-1:]}, {one.said[-8:]}",
        )
        told = dict(one.heard.durable)
        assert one.end() == 0
        rows = require_kept(one.home, told)
        assert positions(rows) >= 20
        ticks = [row.tick for row in rows.values()]
        assert ticks == sorted(ticks)
        return told


@pytest.mark.slow
@pytest.mark.capability(
    "Station and web killed at any moment: nothing that was told as durable is lost, and both come again"
)
@pytest.mark.requirement("STATION-5")
def test_station_and_web_are_killed_at_random():
    assert killed(KILLS)


@pytest.mark.soak
def test_a_hundred_kills_at_random():
    assert killed(SOAK_KILLS)


@pytest.mark.slow
@pytest.mark.requirement("STATION-6")
def test_a_web_that_is_killed_or_stands_still_does_not_touch_the_watch():
    with served() as one:
        first = one.web_process
        os.kill(first, 9)
        again = until(lambda: one.web_process != first and one.web_process, "another web process")
        os.kill(again, 19)  # it stands still: SIGSTOP
        one.send(30)

        def judged():
            one.send(5)
            return [
                fact for ticked in list(one.heard.durable.values()) for body in ticked.concluded
                if isinstance(fact := codec.decode(body), VerdictReached)
            ]  # fmt: skip

        assert until(judged, "a verdict")
        assert len(one.heard.hellos) == 1
        os.kill(again, 18)
        assert until(lambda: one.heard.statuses, "a status")[-1].recorded


@pytest.mark.slow
def test_a_station_that_is_killed_is_told_by_the_web_and_comes_again():
    def health():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{one.web}/api/v1/health/ready", timeout=PATIENCE_S) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    with served() as one:
        until(lambda: health() == 200, "the web to be ready")
        os.kill(one.station, 19)
        os.kill(one.station, 9)
        until(lambda: health() == 503, "the web to say that the station is away")
        until(lambda: health() == 200, "the web to be ready again")
