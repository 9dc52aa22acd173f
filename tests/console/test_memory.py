"""A console that is open for a whole shift holds no more at its end than after its first hour."""

import contextlib

import pytest

from tests.console import soaked

BOUNDED = {"tracks": 30, "life_s": 40}


@contextlib.contextmanager
def told(browser, standing, **crowd):
    with soaked.page_of(browser, standing.url, standing.state["everybody"]) as page:
        soaked.begin(page, **crowd)
        yield page, page.context.new_cdp_session(page)


def test_what_is_over_leaves_the_page_and_the_worker(browser, standing):
    """Minutes, of flights of less than a minute; the hours are the soak's."""
    with told(browser, standing, **BOUNDED) as (page, session):
        soaked.hours(page, session, 1, seconds=480)  # what it keeps to be quick is full by then
        first, *_, last = soaked.hours(page, session, 3, seconds=160)
        assert page.evaluate("soak.state()") == "live"
        assert page.evaluate("soak.flights()") > 5 * BOUNDED["tracks"]
        assert page.evaluate("soak.drawn()") > 0
    assert last["tracks"] == last["about"] == last["kept_tracks"] == BOUNDED["tracks"]
    for name in ("alarms", "presences", "announced", "kept_alarms"):
        assert last[name] <= first[name] + 1, name
    assert last["explained"] <= 8  # of sixteen that somebody looked at, those that may still fly
    assert last["own_mb"] < 1.1 * first["own_mb"]
    assert last["heap_mb"] < 1.25 * first["heap_mb"]


@pytest.mark.soak
def test_eight_hours_leave_no_more_than_the_first(browser, standing):
    with told(browser, standing, tracks=200) as (page, session):
        first, *later = soaked.hours(page, session, 8)
    for each in later:
        assert each["own_mb"] < 1.05 * first["own_mb"]
        assert each["heap_mb"] < 1.25 * first["heap_mb"]
        assert each["kept_incidents"] <= first["kept_incidents"] + 2
