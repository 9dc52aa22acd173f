"""What `skykeep doctor` finds at a record."""

import pytest

from skykeep.station.config import Config
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
