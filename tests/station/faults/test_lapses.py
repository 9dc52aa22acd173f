"""Emergency zones at a living station whose clock is moved: they end by themselves, unless a second person confirms."""

import datetime as dt
import time

import pytest

from skykeep.errors import Refused
from skykeep.facts.concluded import AlarmChanged, Verdict, VerdictReached
from skykeep.station import replay, verify
from tests.station.living import OUTSIDE, home, living
from tests.waiting import until

pytestmark = pytest.mark.requirement("STATION-2")
MINUTE_NS = 60 * 10**9
AREA = [round(OUTSIDE[0] * 1e7), round(OUTSIDE[1] * 1e7), 3_000_000]


LEAD_NS = 3 * 10**9


class Moved:
    """A living station whose system clock is so far ahead, and drones over its emergency zone."""

    def __init__(self, one):
        self.one, self.by_ns, self.flights = one, 0, 0
        one.station.clock._wall = self.now_ns

    def now_ns(self):
        return time.time_ns() + self.by_ns

    def to(self, t_ns):
        """Set the clock to a moment, and wait until the station follows; who flies then is another drone."""
        self.by_ns, self.flights = t_ns - time.time_ns(), self.flights + 1
        until(lambda: self.one.beats[-1].now_ns >= t_ns, "the station's time")

    def fly(self, holds, what):
        """Fly until something holds."""

        def look():
            told = dt.datetime.fromtimestamp(self.now_ns() / 1e9, dt.UTC).isoformat()
            self.one.see(OUTSIDE, sensor=f"radar-{self.flights}", track=str(self.flights), time=told)
            return holds()

        return until(look, what)

    def judged(self, zone):
        """Fly; return the verdict under the zone, or where no rule is."""
        already = len(self.one.facts(VerdictReached))

        def verdicts():
            fresh = self.one.facts(VerdictReached)[already:]
            return [each.verdict for each in fresh if each.zone_id in {zone, None}]

        return self.fly(verdicts, "a verdict")[-1]

    def alarms(self):
        return [alarm for alarm in self.one.facts(AlarmChanged) if alarm.reason == "not_permitted"]


def called(one):
    made, _ = one.ask("zone.emergency", circle=AREA, reason="Smoke over the square", minutes=60)
    return made.zone_id, made.end_ns


def require_replays(at):
    verify.check(at.record)
    assert replay.replay(at.record).differing == 0


@pytest.mark.capability("An emergency zone lapses after its hour, by the clock of a living station")
def test_an_emergency_zone_lapses_after_sixty_minutes():
    with home() as at:
        with living(at) as one:
            zone, end_ns = called(one)
            moved = Moved(one)
            assert moved.judged(zone) is Verdict.NOT_PERMITTED
            moved.to(end_ns - LEAD_NS)  # all but the last seconds of its hour later
            sounds = moved.fly(moved.alarms, "the alarm")[-1]
            moved.fly(lambda: moved.alarms()[-1].state == "returned_unacknowledged", "its end")
            assert moved.alarms()[-1].alarm_id == sounds.alarm_id
            assert moved.now_ns() >= end_ns
            last = [fact for fact in one.facts(VerdictReached) if fact.track_id == sounds.track_id][-1]
            assert last.verdict is Verdict.NO_RULE
            with pytest.raises(Refused):  # too late
                one.ask("zone.confirm", "bo", subject=f"zone:{zone}", until_ns=moved.now_ns() + 60 * MINUTE_NS)
        require_replays(at)


@pytest.mark.capability("Confirmed by a second officer it holds longer, and ends then")
def test_a_confirmed_emergency_zone_holds_on_and_ends_when_that_is_over():
    with home() as at:
        with living(at) as one:
            zone, end_ns = called(one)
            moved = Moved(one)
            moved.to(end_ns - 10 * MINUTE_NS)
            longer_ns = end_ns + 50 * MINUTE_NS
            with pytest.raises(Refused, match="second person"):
                one.ask("zone.confirm", subject=f"zone:{zone}", until_ns=longer_ns)
            one.ask("zone.confirm", "bo", subject=f"zone:{zone}", until_ns=longer_ns)
            moved.to(end_ns + MINUTE_NS)
            assert moved.judged(zone) is Verdict.NOT_PERMITTED
            moved.to(longer_ns - MINUTE_NS)
            assert moved.judged(zone) is Verdict.NOT_PERMITTED
            moved.to(longer_ns)
            assert moved.judged(zone) is Verdict.NO_RULE
        require_replays(at)
