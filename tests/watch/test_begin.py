"""What was never detected: by how long a place goes unseen, and by what may come in over the edge of what is covered."""

import pytest

from skykeep.watch import begin
from skykeep.watch.assume import EDGE_SPEED_MPS, GATHERED_S
from tests.watch import hearing as he
from tests.watch.test_sensors import at, table


def radar(name="radar", **given):
    return he.radar(sensor_id=name, **given)


def waiting_s(columns, azimuth_deg, range_m, period_s=7.0):
    return begin.undetected_s(columns, *at(azimuth_deg, range_m), period_s)


@pytest.mark.requirement("WATCH-14")
def test_what_stays_unseen_is_what_comes_between_two_looks_of_all_who_look():
    one, two = table(radar()).columns(), table(radar(), radar("other")).columns()
    assert waiting_s(one, 40.0, 3_000.0) == pytest.approx(1.0 / 0.9)
    assert waiting_s(two, 40.0, 3_000.0) == pytest.approx(0.5 / 0.9)


def test_more_waits_where_something_may_come_in_from_what_nobody_covers():
    columns = table(radar()).columns()
    reach_m = next(m for m in range(1_000, 60_000, 5) if begin.unseen_s(columns, *at(0.0, float(m))) < 0.0)
    inside = waiting_s(columns, 0.0, reach_m - 10 * EDGE_SPEED_MPS)
    at_edge = waiting_s(columns, 0.0, reach_m - 0.5 * EDGE_SPEED_MPS)
    assert at_edge - inside == pytest.approx(0.25 * GATHERED_S)


def test_where_nobody_says_what_he_covers_a_look_is_worth_its_period():
    columns = table(he.tell.sensor("s")).columns()
    assert waiting_s(columns, 40.0, 3_000.0) == 7.0
    assert waiting_s(columns, 40.0, 3_000.0, 0.0) == 1.0
