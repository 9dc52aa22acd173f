"""What `skykeep doctor` finds at a record."""

import pytest

from skykeep.station.config import Config, Home
from skykeep.station.feeds.config import FeedConfig
from skykeep.station.keeping import checks
from skykeep.station.keeping.checkup import Looked
from skykeep.station.store import Store
from tests.station.living import OUTSIDE, home, living


@pytest.fixture(scope="module")
def ended():
    """The home of a station that ended, and when its last tick was."""
    with home() as at:
        with living(at) as station:
            station.see(OUTSIDE)
        with Store.open(at.record, read_only=True) as store:
            last_s = max(row.now_ns for row in store.rows(0)) / 1e9
        yield at, last_s


@pytest.mark.parametrize(("behind_s", "said"), [(0, []), (5, []), (3_600, ["the record is ahead of the clock"])])
def test_a_record_that_grew_while_it_was_looked_at_is_not_ahead_of_the_clock(ended, behind_s, said):
    at, last_s = ended
    found = checks.record(Looked(at, Config(name="Test", place="Montevideo"), last_s - behind_s))
    assert [each.said for each in found if each.what == "clock"] == said


@pytest.mark.parametrize(
    ("kind", "allow", "said"),
    [("udp", [], "networks"), ("udp", ["192.0.2.0/24"], "tunnel"), ("zmq", [], "tunnel"), ("tcp_server", [], "keys")],
)
def test_who_can_prove_nothing_is_not_told_to_take_a_key(tmp_path, kind, allow, said):
    feed = FeedConfig(name="roof", kind=kind, anonymous=True, allow=allow)
    (warned,) = (each for each in checks.feeds(Looked(Home(tmp_path), Config(feed=[feed]), 0.0)) if each.remedy)
    assert said in warned.remedy
