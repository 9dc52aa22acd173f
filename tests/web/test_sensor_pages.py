"""/sensors: what each power sees, that every number has its time, and that a gap is drawn as one."""

import itertools
import math
import re
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

from skykeep.rules.powers import TABLE, Role
from skykeep.views.livemodels import CoverageNow
from skykeep.web import sensor_chart, sensor_rows
from skykeep.web.sensor_chart import Point
from skykeep.web.sensor_hour import EVERY_NS, HOUR_NS, READINGS_MAX, SensorHour
from tests.web import pages_scene
from tests.web.pages_scene import NS, T_NS

SIGNED_IN = sorted((role for role in Role if role is not Role.PUBLIC), key=lambda role: role.value)


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    app, mirror, seen = pages_scene.made(tmp_path_factory.mktemp("station"))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client, mirror, seen


@pytest.fixture
def served(standing):
    client, mirror, seen = standing
    mirror.__init__()
    seen.__init__()
    return client, mirror, seen


def as_of(role):
    return {"X-As": f"anna {role.value}"}


@pytest.mark.requirement("SERVED-1")
@pytest.mark.parametrize("role", SIGNED_IN, ids=lambda role: role.value)
@pytest.mark.parametrize("path", ["/sensors", "/sensors/radar-c"])
def test_who_may_ask_how_sensors_do_sees_it_and_others_are_told_whom_to_ask(served, path, role):
    client, _, _ = served
    page = client.get(path, headers=as_of(role))
    if role in TABLE["sensor.read"].roles:
        assert page.status_code == 200
        assert 'aria-current="page">Sensors</a>' in page.text
    else:
        assert page.status_code == 403
        assert "radar-c" not in page.text
        assert "Ask an admin" in page.text
        assert "/sensors" not in re.findall(r'<a href="([^"]+)"', page.text)


def test_who_is_not_signed_in_is_led_to_the_entrance_and_back(served):
    client, _, _ = served
    answer = client.get("/sensors/radar-c", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?target=/sensors/radar-c")


@pytest.mark.requirement("SERVED-2")
def test_every_number_of_a_sensor_has_its_time(served):
    client, mirror, _ = served
    page = client.get("/sensors", headers=as_of(Role.DUTY_OFFICER)).text
    assert "ten seconds before 2026-01-01 00:00:00 UTC" in page
    assert "2025-12-31 23:55:58 UTC" in page
    assert "4 min 2 s before 00:00:00" in page
    assert 'role="alert"' not in page
    assert page.index("rf-west") < page.index("rid-north")
    mirror.station_up = False
    old = client.get("/sensors", headers=as_of(Role.DUTY_OFFICER)).text
    assert 'role="alert">NOT LIVE: the station does not answer. What stands here is how it was at 2026-01-01' in old
    assert "OLD · as of" in old
    assert old.count("Not known now") == 4
    assert "Heard</span>" not in old


def test_a_station_that_has_told_nothing_yet_is_no_station_that_is_well(served):
    client, mirror, seen = served
    mirror.status, seen._health, mirror.now_ns = None, [], 0
    page = client.get("/sensors", headers=as_of(Role.ADMIN)).text
    assert "nothing heard yet" in page
    assert "The station has not told yet" in page
    seen.sensors = list
    assert "is not being watched" in client.get("/sensors", headers=as_of(Role.ADMIN)).text
    del seen.sensors


@pytest.mark.requirement("SERVED-2")
def test_a_sensor_shows_its_hour_its_bias_and_what_it_covers(served):
    client, _, _ = served
    page = client.get("/sensors/radar-c", headers=as_of(Role.DUTY_OFFICER)).text
    assert page.count('<svg class="chart"') == 2
    assert page.count('class="gap"') == 2
    assert page.count('class="series"') == 4
    assert "nothing read" in page
    assert "−12.4 m ± 3.1 m" in page
    assert "yes: taken off each measurement" in page
    assert "from 300° clockwise to 120°" in page
    assert "7 reports came too late" in page
    silent = client.get("/sensors/rf-west", headers=as_of(Role.DUTY_OFFICER)).text
    assert "what only it covers is not being seen" in silent
    assert "not known: its messages bear no time" in silent
    assert "has not found out" in silent
    assert client.get("/sensors/nobody", headers=as_of(Role.DUTY_OFFICER)).status_code == 404


def test_a_field_officer_is_told_of_sensors_and_not_of_the_machine(served):
    client, _, seen = served
    seen._health[1].well, seen._health[1].unseen = False, "the disk of the record is nearly full"
    field, duty = (client.get("/sensors", headers=as_of(role)).text for role in (Role.FIELD_OFFICER, Role.DUTY_OFFICER))
    assert "rf-west is silent" in field
    assert "nearly full" not in field
    assert "nearly full" in duty


def test_a_name_of_a_sensor_never_becomes_a_program(served):
    client, _, _ = served
    page = client.get("/sensors", headers=as_of(Role.ADMIN)).text
    assert "<b>yard</b>" not in page
    (address,) = re.findall(r'href="(/sensors/mic[^"]+)"', page)
    own = client.get(address, headers=as_of(Role.ADMIN))
    assert own.status_code == 200
    assert "<h1>mic-&lt;b&gt;yard&lt;/b&gt;</h1>" in own.text
    assert "<b>yard" not in own.text
    assert "<script" not in page


def _hour():
    mirror = types.SimpleNamespace(listeners=[], status=None)
    hour = SensorHour(mirror)
    assert mirror.listeners == [hour]
    return mirror, hour


def test_an_hour_is_remembered_and_no_more():
    mirror, hour = _hour()
    hour.beat(T_NS, recorded=True)
    assert (hour.began_ns, hour.of("radar-c")) == (0, [])
    for number in range(2 * READINGS_MAX):
        mirror.status = pages_scene.status(T_NS + number * EVERY_NS)
        for part in range(3):
            hour.beat(T_NS + number * EVERY_NS + part * NS, recorded=True)
    readings = hour.of("radar-c")
    assert len(readings) == READINGS_MAX
    assert readings[-1].t_ns - readings[0].t_ns == HOUR_NS
    assert hour.began_ns == T_NS
    assert hour.of("nobody") == []


def test_another_record_and_a_clock_set_back_begin_anew():
    mirror, hour = _hour()
    mirror.status = pages_scene.status()
    hour.beat(T_NS, recorded=True)
    hour.beat(T_NS - 3600 * NS, recorded=True)
    assert [each.t_ns for each in hour.of("radar-c")] == [T_NS - 3600 * NS]
    hour.anew(None)
    assert (hour.of("radar-c"), hour.began_ns) == ([], 0)


@given(st.lists(st.integers(0, 400), unique=True, max_size=40))
def test_a_line_never_goes_through_what_was_not_read(numbers):
    points = [Point(T_NS + number * EVERY_NS, 1.0) for number in sorted(numbers)]
    pieces = sensor_chart.runs(points)
    assert [point for piece in pieces for point in piece] == points
    for piece in pieces:
        assert all(b.t_ns - a.t_ns <= sensor_chart.GAP_NS for a, b in itertools.pairwise(piece))
    for before, after in itertools.pairwise(pieces):
        assert after[0].t_ns - before[-1].t_ns > sensor_chart.GAP_NS


@given(st.floats(min_value=0, max_value=1e12))
def test_a_scale_holds_its_values_and_is_not_much_larger(value):
    top = sensor_chart.highest(value)
    assert top >= value or math.isclose(top, value)
    assert value <= sensor_chart.LEAST or top <= 2.6 * value


@given(st.integers(0, 6_283_185), st.integers(1, 6_283_185), st.integers(0, 10**7), st.integers(1, 10**8))
def test_every_sector_can_be_drawn(begin, turn, near, wide):
    drawn = sensor_chart.covered(
        CoverageNow(
            range_min_mm=near, range_max_mm=near + wide, azimuth_from_urad=begin, azimuth_to_urad=begin + turn,
            elevation_min_urad=0, elevation_max_urad=1, floor_mm=None, ceiling_mm=None, horizon_urad=(),
        )
    )  # fmt: skip
    assert "nan" not in drawn
    assert drawn.startswith("<svg")


def test_a_clock_that_is_ahead_is_no_latency(served):
    client, mirror, _ = served
    mirror.status = pages_scene.status(latency_ns=-250_000_000)
    page = client.get("/sensors/rid-north", headers=as_of(Role.ADMIN)).text
    assert "none to tell: its clock is ahead by 250 ms" in page


def test_no_frame_at_all_is_no_rate_of_many():
    assert sensor_rows.rate(0.0) == "0.0/s"
    assert sensor_rows.rate(1234.5) == "1,234/s"
    assert (sensor_rows.seconds(0.048), sensor_rows.seconds(4.25), sensor_rows.seconds(312.0)) == (
        "48 ms",
        "4.2 s",
        "312 s",
    )
