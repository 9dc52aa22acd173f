import pytest

from skykeep.errors import Refused


def test_the_town_comes_in_as_it_happens_marked_as_invented(station):
    one = station(kind="simulator", seed=4)
    one.until(lambda: len({arrived.sensor_id for arrived in one.take()}) == 4)
    assert all(arrived.simulated and not arrived.keyed for arrived in one.taken)
    assert {arrived.format for arrived in one.taken} == {"remote-id", "readsb", "plots"}
    assert {each.sensor_id for each in one.feeds.status().sensors} == {
        "sim-north",
        "sim-south",
        "sim-adsb",
        "sim-radar",
    }


def test_its_flights_cannot_be_sped_up(station):
    with pytest.raises(Refused, match="leave speed out"):
        station(kind="simulator", speed=2.0)
