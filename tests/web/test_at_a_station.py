"""The web process at a station that really runs: pages in a browser, numbers, the description held against answers."""

import contextlib
import datetime as dt
import json
import os
import pathlib
import re
import signal
import time
from unittest import mock

import httpx
import hypothesis
import pytest

from skykeep.rules.powers import Role
from skykeep.station.people import People
from tests.browsers import chromium
from tests.station import served
from tests.station.served import CONFIG
from tests.waiting import PATIENCE_S, until
from tests.web.test_described import CHECKS, asked_operations

PASSWORD = "correct horse battery staple"
HELD_S = 100_000 * 10**9
ROLES = (Role.DUTY_OFFICER, Role.PUBLISHER, Role.INTEGRATOR)


@contextlib.contextmanager
def people_at(station):
    people = People(station.home.people)
    with contextlib.closing(people):
        yield people


def token_of(station, role):
    """Return the headers of somebody with one power."""
    now_ns = time.time_ns()
    name = f"{role.value.replace('_', '-')}-one"
    with people_at(station) as people:
        if people.find(name) is None:
            people.enrol(name, [role], now_ns, password=PASSWORD)
        token = people.tokens.make(name, "test", [role], now_ns, expires_ns=now_ns + HELD_S)[1]
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def station(tmp_path_factory):
    patient = CONFIG.replace("port = {web}", "port = {web}\nrequests_per_minute = 1000000")
    patient += '[[feed]]\nname = "pushed"\nkind = "push"\nformat = "tracks"\n'
    patient += f'[backup]\ndirectory = "{tmp_path_factory.mktemp("copies")}"\n'
    with mock.patch.object(served, "CONFIG", patient), served.served() as one:
        one.url = f"http://127.0.0.1:{one.web}"
        officer = token_of(one, Role.DUTY_OFFICER)
        with httpx.Client(base_url=one.url, headers=officer, timeout=PATIENCE_S) as client:

            def alarmed():
                with contextlib.suppress(httpx.TransportError):
                    one.send(10)
                    return client.get("/api/v1/alarms").json()

            until(alarmed, "an alarm")
        yield one


def test_numbers_come_as_prometheus_reads_them_to_those_who_may_have_them(station):
    address = f"{station.url}/api/v1/metrics"
    answer = httpx.get(address, headers=token_of(station, Role.INTEGRATOR), timeout=PATIENCE_S)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    assert "# TYPE skykeep_station_up gauge" in lines
    assert "skykeep_station_up 1.0" in lines
    assert httpx.get(address, timeout=PATIENCE_S).status_code == 401
    assert httpx.get(address, headers=token_of(station, Role.PUBLISHER), timeout=PATIENCE_S).status_code == 403


@pytest.mark.requirement("API-12")
def test_the_record_of_a_station_that_runs_is_verified_copied_and_erased_from_by_http(station):
    address = f"{station.url}/api/v1"
    auditor, admin = token_of(station, Role.AUDITOR), token_of(station, Role.ADMIN)
    held = httpx.post(f"{address}/record/verify", headers=auditor, timeout=PATIENCE_S)
    assert held.json()["holds"], held.text
    assert httpx.post(f"{address}/record/verify", headers=admin, timeout=PATIENCE_S).status_code == 403
    once = {**admin, "Idempotency-Key": "the-only-copy"}
    first, second = (httpx.post(f"{address}/backups", headers=once, timeout=PATIENCE_S) for _ in range(2))
    assert first.status_code == 201, first.text
    assert second.json() == first.json()
    assert pathlib.Path(first.json()["path"]).is_dir()
    body = {"value": "NOBODY-BEARS-THIS", "kind": "uas", "reason": "asked for"}
    told = httpx.post(f"{address}/record/erase", headers=auditor, json=body, timeout=PATIENCE_S)
    assert (told.status_code, told.headers["content-type"]) == (409, "application/problem+json")
    body["value"] = "auditor-one"  # who asked for the verifying
    told = httpx.post(f"{address}/record/erase", headers=auditor, json=body | {"kind": "person"}, timeout=PATIENCE_S)
    assert told.json()["leaves"] > 0, told.text


@pytest.mark.requirement("API-13")
def test_what_was_live_is_replayed_and_each_track_has_its_positions(station):
    with httpx.Client(base_url=f"{station.url}/api/v1", headers=token_of(station, Role.DUTY_OFFICER),
                      timeout=PATIENCE_S) as client:  # fmt: skip
        alarm = client.get("/alarms").json()[0]
        track = client.get(f"/tracks/{alarm['track_id']}").json()
        from_ms = track["began_ns"] // 10**6 - 1_000
        span = {"from_ms": from_ms, "until_ms": from_ms + 5_000, "step_ms": 200}
        before, *after = client.get("/replay", params=span).json()["frames"]
        assert [row for row in before["data"]["tracks"] if row[0] == track["track_id"]] == []
        assert track["track_id"] in [row[0] for frame in after for row in frame["data"].get("tracks", ())]
        assert alarm["alarm_id"] in [row[0] for frame in after for row in frame["data"].get("alarms", ())]
        (first, *_) = client.get(f"/tracks/{track['track_id']}/positions").json()
        assert first["seen_ns"] >= track["began_ns"]
        assert first["position"]["lat_e7"] == track["position"]["lat_e7"]
        assert client.get("/replay", params={"from_ms": 9_000_000_000_000}).status_code == 400
        assert client.get("/replay", params={"from_ms": 9, "until_ms": 8}).status_code == 400
        assert client.get("/tracks/99999/positions").status_code == 404
    publisher = token_of(station, Role.PUBLISHER)
    assert httpx.get(f"{station.url}/api/v1/replay", params=span, headers=publisher, timeout=PATIENCE_S).status_code == 403


@pytest.mark.requirement("STATION-2")
def test_an_emergency_zone_that_would_forbid_nothing_is_refused_in_words_and_is_no_law(station):
    with httpx.Client(base_url=f"{station.url}/api/v1", headers=token_of(station, Role.DUTY_OFFICER),
                      timeout=PATIENCE_S) as client:  # fmt: skip
        before = client.get("/law").json()["bans_ever"]
        body = {"reason": "Fire", "circle": {"lat_deg": 47.3, "lon_deg": 8.6, "radius_m": 500}}
        for limits, why in (
            ({"floor": {"value_m": 200, "datum": "amsl"}, "ceiling": {"value_m": 100, "datum": "amsl"}}, "the floor"),
            ({"ceiling": {"value_m": 100, "datum": "takeoff"}}, "take-off"),
        ):
            for query in ({}, {"preview": "true"}):
                answer = client.post("/zones/emergency", json=body | limits, params=query)
                assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
                assert why in answer.json()["detail"]
                assert answer.json()["remedy"].startswith(("Raise", "Measure"))
        assert client.get("/law").json()["bans_ever"] == before


@pytest.mark.requirement("STATION-2")
def test_each_step_of_the_public_history_names_the_entry_that_says_so(station):
    with httpx.Client(base_url=f"{station.url}/api/v1", timeout=PATIENCE_S) as client:
        one, other = (token_of(station, role) for role in (Role.DUTY_OFFICER, Role.PUBLISHER))
        body = {"reason": "Fire", "circle": {"lat_deg": 47.3, "lon_deg": 8.6, "radius_m": 500}}
        made = client.post("/zones/emergency", json=body, headers=one).json()
        zone = f"/zones/{made['zone_id']}"
        confirmed = client.post(f"{zone}/confirm", json={"hours": 1}, headers=other).json()
        lifted = client.post(f"{zone}/lift", json={"reason": "The fire is out"}, headers=one).json()

        def steps():
            rows = [row for row in client.get("/law/history").json() if row["zone_id"] == made["zone_id"]]
            return {(row["what"], row["version"]): row["entry_index"] for row in rows}

        found = until(lambda: steps() if ("withdrawn", 2) in steps() else None, "the end of the zone")
        assert found == {
            ("published", 1): made["entry_index"],
            ("superseded", 1): confirmed["entry_index"],
            ("published", 2): confirmed["entry_index"],
            ("withdrawn", 2): lifted["entry_index"],
        }
        assert made["entry_index"] < confirmed["entry_index"] < lifted["entry_index"]


def push_to(station, body, sequence=None):
    """Send what a sensor with a key hears, to the real station by the real web; it has a feed of that kind."""
    with people_at(station) as people:
        key = people.sensors.make("radar-9", time.time_ns())[1]
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    headers |= {} if sequence is None else {"X-Sequence": str(sequence)}
    address = f"{station.url}/api/v1/sensors/radar-9/observations"
    return httpx.post(address, content=body, headers=headers, timeout=PATIENCE_S)


def plot(ago_s=0, **more):
    when = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=ago_s)
    return json.dumps({"time": when.isoformat(), "lat": 47.3, "lon": 8.6, "alt_amsl_m": 700, **more}).encode()


@pytest.mark.requirement("STATION-FEEDS-9", "API-8")
def test_what_a_sensor_pushes_again_is_said_to_have_come_and_another_push_of_its_number_is_refused(station):
    body = plot()
    first, again = push_to(station, body, 7), push_to(station, body, 7)
    assert (first.status_code, first.json()["again"], first.json()["frames"]) == (200, False, 1), first.text
    assert (again.status_code, again.json()["again"], again.json()["frames"]) == (200, True, 0), again.text
    other = push_to(station, plot(lat=47.31), 7)
    assert (other.status_code, other.json()["type"].rpartition("/")[2]) == (409, "refused")
    assert "number 7 of this sensor was used before" in other.json()["detail"]
    assert "dempotency" not in other.text
    assert push_to(station, plot(), 8).json()["again"] is False


@pytest.mark.requirement("API-8")
def test_a_push_that_shows_nothing_says_why(station):
    late, ahead, fine = push_to(station, plot(86_400)), push_to(station, plot(-86_400)), push_to(station, plot())
    assert (late.json()["facts"], late.json()["late"]) == (1, 1)
    assert "too long ago to be used" in late.json()["why"]
    assert "ahead of the station's" in ahead.json()["why"]
    assert (fine.json()["facts"], fine.json()["late"], fine.json()["why"]) == (1, 0, "")
    broken = push_to(station, b'{"time": ')
    assert (broken.status_code, broken.json()["unreadable"]) == (200, 1)
    assert broken.json()["why"]


def test_no_incident_is_opened_about_a_track_that_never_was(station):
    with httpx.Client(base_url=f"{station.url}/api/v1", headers=token_of(station, Role.DUTY_OFFICER),
                      timeout=PATIENCE_S) as client:  # fmt: skip
        answer = client.post("/incidents", json={"reason": "seen", "track_id": 99_999})
        assert (answer.status_code, answer.json()["detail"]) == (404, "track 99999 is not there")
        assert [row for row in client.get("/incidents").json() if 99_999 in row["track_ids"]] == []


@pytest.fixture(scope="module")
def browser():
    with chromium() as made:
        yield made


@contextlib.contextmanager
def looking(browser, **terms):
    """Give a page, with all that it asked for and all that went wrong in it."""
    context = browser.new_context(**terms)
    page = context.new_page()
    page.asked, page.wrong = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda said: page.wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    try:
        yield page
    finally:
        context.close()


def sign_in(page, station):
    page.goto(f"{station.url}/live")
    assert "/sign-in" in page.url
    page.fill("input[name=name]", "duty-officer-one")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/live")


@contextlib.contextmanager
def stopped(station):
    """Hold the station's process: it says nothing more, and its sockets stay open."""
    process = station.station
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def test_an_officer_signs_in_sees_an_alarm_acknowledges_it_and_sees_when_it_is_old(station, browser):
    with looking(browser, viewport={"width": 1440, "height": 900}) as page:
        page.goto(station.url)
        assert "without drones" in page.inner_text("body")
        sign_in(page, station)
        page.wait_for_selector("#pill.live")
        station.send(10)
        page.wait_for_selector("button.ack:enabled")
        number = page.locator("button.ack").first.get_attribute("value")
        page.click(f"button.ack[value='{number}']")  # another one may be the first by now
        page.get_by_text(f"Alarm {number} is acknowledged.").wait_for()
        page.locator(f"button.ack[value='{number}']").wait_for(state="detached")
        with stopped(station):
            page.wait_for_selector("#pill.old", timeout=PATIENCE_S * 1000)
            assert "NOT LIVE" in page.inner_text("#banner")
        page.wait_for_selector("#pill.live", timeout=PATIENCE_S * 1000)
        assert page.wrong == []
        assert [url for url in page.asked if not url.startswith((station.url, "data:"))] == []


@pytest.mark.parametrize("path", ["/", "/live"])
def test_nothing_hangs_over_on_a_phone(station, browser, path):
    with looking(browser, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True) as page:
        sign_in(page, station)
        page.goto(station.url + path)
        station.send(10)
        if path == "/live":
            page.wait_for_selector("#pill.live")  # its script runs
            page.tap("[data-to=track]")
            page.wait_for_selector("#tracks tr")
        if shots := os.environ.get("SHOTS"):
            page.screenshot(path=f"{shots}/phone{path.strip('/')}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def ask_all(station, role, cases):
    """Ask all that the description allows, as somebody with one power; returns the status codes that came."""
    held, codes = token_of(station, role), set()
    with httpx.Client(base_url=station.url, timeout=PATIENCE_S) as plain:
        for operation in asked_operations():

            @hypothesis.seed(20)
            @hypothesis.settings(
                max_examples=cases, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck)
            )
            @hypothesis.given(case=operation.as_strategy())
            def holds(case):
                answer = case.call(base_url=station.url, headers=held, timeout=PATIENCE_S)
                codes.add(answer.status_code)
                told = "\n".join([answer.text_lossy(), *station.said[-5:]])  # a fault's trace stands in the log
                assert answer.status_code < 500 or answer.status_code == 503, told
                case.validate_response(answer, checks=CHECKS)

            holds()
        assert plain.get("/api/v1/health/live").status_code == 200
    return codes


@pytest.mark.requirement("API-10")
@pytest.mark.parametrize("role", ROLES)
def test_the_real_station_answers_as_it_is_described(station, role):
    codes = ask_all(station, role, 4)
    assert {200, 403} <= codes
    assert station.process.poll() is None


@pytest.mark.soak
@pytest.mark.parametrize("role", ROLES)
def test_the_real_station_answers_as_it_is_described_for_long(station, role):
    assert {200, 403, 404} <= ask_all(station, role, 300)


@pytest.mark.requirement("SERVED-4")
def test_forms_of_a_real_station_become_facts_of_its_record_and_the_pages_tell_of_them(station):
    with people_at(station) as people:
        people.enrol("forms-one", [Role.ADMIN, Role.AUDITOR], time.time_ns(), password=PASSWORD)
        _, cookie = people.sessions.begin("forms-one", "password", time.time_ns(), agent="test")
    with httpx.Client(base_url=station.url, cookies={"skykeep": cookie}, timeout=PATIENCE_S) as client:
        client.headers["Origin"] = station.url
        enrolled = client.post("/users/people", data={"name": "finn", "roles": ["pilot"]})
        assert "/welcome#ski_" in enrolled.text
        changed = client.post("/users/people/finn/change", data={"roles": ["auditor"], "reason": "moved to audit"})
        assert changed.status_code == 303
        form = {"content-type": "application/x-www-form-urlencoded"}
        assert client.post("/audit/verify", headers=form).status_code == 303
        until(lambda: "moved to audit" in client.get("/audit?person=forms-one").text, "the trail to tell of it")
        page = client.get("/audit?person=forms-one").text
        assert "<code>pilot</code>" in page
        assert "Record verified to entry " in page
        assert client.get("/audit/acts.csv?subject=person:finn").text.count("\r\n") == 3
        sensor = client.get("/sensors/radar-1")
        assert (sensor.status_code, "Last words" in sensor.text) == (200, True)
        assert 'href="/reports/1"' in client.get("/reports").text
        assert client.get("/reports/1").status_code == 200
        tabs = re.findall(r'<a href="(/[a-z]+)"', page.partition('<nav class="tabs"')[2].partition("</nav>")[0])
        assert {"/live", "/reports", "/sensors", "/audit", "/users"} <= set(tabs)
        assert {path: client.get(path).status_code for path in tabs} == dict.fromkeys(tabs, 200)


def test_it_ends_without_a_word_of_failure(station):
    with httpx.stream("GET", f"{station.url}/api/v1/stream", timeout=PATIENCE_S) as stream:
        next(stream.iter_bytes())
        assert station.end() == 0
    assert [line for line in station.said if "Traceback" in line or "CancelledError" in line] == []
