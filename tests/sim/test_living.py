import hashlib
import itertools
import json

from skykeep.facts.frame import Frame
from skykeep.facts.observed import LinkTrust, Unreadable
from skykeep.facts.personal import PlainNames
from skykeep.sim import cast, living, living_law
from skykeep.station import law, sensorfile
from skykeep.station.formats import FORMATS
from skykeep.wire.remote_id_air import on_air

START_NS = 1_800_000_000_000_000_000


def _seconds(count, seed=1):
    town = living.Living(seed, START_NS, on_air)
    return [town.second() for _ in range(count)]


def _digest(seconds):
    return hashlib.sha256(repr(seconds).encode()).hexdigest()


def test_the_same_seed_gives_the_same_bytes_and_another_one_others():
    assert _digest(_seconds(40)) == _digest(_seconds(40))
    assert _digest(_seconds(40)) != _digest(_seconds(40, seed=2))


def test_every_frame_can_be_read_and_comes_in_its_second():
    names, kinds = PlainNames(), {}
    for number, heard in enumerate(_seconds(120)):
        for one in heard:
            assert START_NS + (number - 1) * 10**9 <= one.t_ns < START_NS + (number + 1) * 10**9
            link = None if one.link < 0 else one.link
            frame = Frame(one.format, link, one.sensor_id, one.t_ns, one.t_ns, LinkTrust.SIMULATED, one.data)
            facts = FORMATS[one.format].decode(frame, 0, names)
            assert not [fact for fact in facts if isinstance(fact, Unreadable)]
            for fact in facts:
                kinds[type(fact).__name__] = kinds.get(type(fact).__name__, 0) + 1
    assert kinds["ScanReported"] == 120
    assert {"LocationHeard", "BasicIdHeard", "SystemHeard", "AircraftHeard"} <= kinds.keys()


def test_all_sensors_go_on_hearing_something():
    heard = {}
    for second in _seconds(400):
        for one in second:
            heard.setdefault(one.sensor_id, []).append(one.t_ns)
    assert heard.keys() == {"sim-north", "sim-south", "sim-adsb", "sim-radar"}
    for times in heard.values():
        assert max(after - before for before, after in itertools.pairwise(times)) < 10 * 10**9


def test_flights_come_again_and_what_has_no_body_is_nowhere_for_the_radar():
    town = living.Living(3, START_NS, on_air)
    names = []
    for number in range(living.PLANS["copy"].first_s + 20):
        town.second()
        names.append({flight.name for flight in town._flights})
        assert len(town._flights) == len({flight.name for flight in town._flights}), number
    assert set().union(*names) == living.PLANS.keys()
    copy = next(flight for flight in town._flights if flight.name == "copy")
    assert not copy.body
    place = copy.at(living.PLANS["copy"].first_s + 10)
    scan = json.loads(town._scan(living.PLANS["copy"].first_s + 10).data)
    ranges = [living._plot(place.east_m, place.north_m, place.up_m, cast.Chance(1))["range_m"]]
    assert all(abs(plot["range_m"] - ranges[0]) > 60 for plot in scan["plots"])


def test_its_files_are_read_without_a_complaint(tmp_path):
    files = {
        "zones.json": living_law.zones(),
        "permits.json": living_law.permits(START_NS),
        "sensors.toml": living_law.sensors(),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    given = law.load((tmp_path / "zones.json",), (tmp_path / "permits.json",), PlainNames(), ())
    assert (given.refused, given.doubts) == ([], []), given
    sensors = sensorfile.load_all([tmp_path / "sensors.toml"])
    assert sensors.sensor_ids() == {"sim-north", "sim-south", "sim-adsb", "sim-radar"} == sensors.simulated()
