"""The alarms of the town of `make serve`: those that its script asks for, and no flash beside them."""

import tomllib

import msgspec
import pytest

from skykeep.facts.concluded import AlarmChanged
from skykeep.facts.personal import KeyedNames
from skykeep.sim import living
from skykeep.station import livelaw
from skykeep.station.config import Home, load
from skykeep.station.inputs import Arrived
from skykeep.station.keeping import demotown
from skykeep.station.ticks import Gatherer
from skykeep.watch.state import State
from skykeep.watch.step import Tick, next_due_ns, step
from skykeep.wire.remote_id_air import on_air

START_NS, S_NS, TICK_NS = 1_800_000_000_000_000_000, 10**9, 10**8
COPIED_S = living.PLANS["copy"].first_s
SEED = 2  # in which the copy is heard twice before the radar has looked in vain


def alarms(home, settings):
    """Return the alarms of identity in the seconds around the first copy, each as (track, state)."""
    names, config = KeyedNames(b"k" * 32), load(home)
    given = livelaw.given(home, config, names, START_NS)
    gatherer = Gatherer(config.watch, names, frozenset())
    gatherer.declare(given.sensors.sensor_ids(), given.sensors.simulated())
    town, state, acts, told = living.Living(SEED, START_NS, on_air), State(settings), list(given.facts), []
    for _ in range(COPIED_S - 10):
        town.second()  # before anybody listened
    heard = []
    for number in range(10 * (COPIED_S - 10), 10 * (COPIED_S + 12)):
        heard += town.second() if number % 10 == 0 else []
        now_ns = START_NS + (number + 1) * TICK_NS
        due = sorted(one for one in heard if one.t_ns < now_ns)
        heard = [one for one in heard if one.t_ns >= now_ns]
        arrivals = [Arrived(one.t_ns, one.sensor_id, one.data, one.link, one.format, simulated=True) for one in due]
        tick = gatherer.gather(now_ns, arrivals, acts)
        acts = []
        if tick.facts or next_due_ns(state) <= now_ns:
            state, concluded = step(state, Tick(number, now_ns, tick.facts))
            moved = [fact for fact in concluded if isinstance(fact, AlarmChanged)]
            told += [(fact.track_id, fact.state) for fact in moved if fact.reason == "identity_contradicted"]
    return told


@pytest.fixture
def home(tmp_path):
    tables = demotown.tables().replace("{office_vkey}", demotown.lay_out(tmp_path, START_NS))
    (tmp_path / "skykeep.toml").write_text(f'name = "town"\n{tables}')
    return Home(tmp_path)


def test_a_copied_serial_is_one_alarm_and_its_ghost_no_flash(home):
    chosen = load(home).watch.watch
    assert tomllib.loads(demotown.tables())["watch"]["watch"]["alarm_on_delays_s"] == chosen.alarm_on_delays_s
    calm, hasty = alarms(home, chosen), alarms(home, msgspec.structs.replace(chosen, alarm_on_delays_s={}))
    assert [state for _, state in calm] == ["unacknowledged"]  # of the flight that is really there
    assert len({track_id for track_id, _ in hasty} - dict(calm).keys()) == 1  # without the delay its ghost sounds too
