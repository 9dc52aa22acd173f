"""/reports: incidents found by state and day, counted by day and zone, and one of them told from first to last."""

import re

import msgspec
import pytest
from litestar.testing import TestClient

from skykeep.rules.powers import TABLE, Role
from skykeep.web import report_pages, report_rows
from tests.web import pages_scene
from tests.web.pages_scene import NS, SERIAL, T_NS

ROLES = sorted((role for role in Role if role is not Role.PUBLIC), key=lambda role: role.value)
DUTY = {"X-As": "silva duty_officer"}


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


def shown(client, address="/reports", headers=DUTY):
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


def listed(page):
    return [int(each) for each in re.findall(r'<a href="/reports/(\d+)">', page)]


@pytest.mark.requirement("SERVED-1")
@pytest.mark.requirement("SERVED-5")
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.value)
@pytest.mark.parametrize("path", ["/reports", "/reports/4"])
def test_who_may_read_incidents_sees_them_and_nobody_a_whole_serial(served, path, role):
    client, _, _ = served
    answer = client.get(path, headers={"X-As": f"anna {role.value}"})
    may = role in TABLE["incident.read"].roles
    assert answer.status_code == (200 if may else 403)
    assert ("Legislative Palace" in answer.text) == may
    for value in pages_scene.NAMES.values():
        assert value in {"anna", "silva", "perez"} or value not in answer.text or value.endswith(".")
    assert SERIAL not in answer.text
    assert "uas:bbbb" not in answer.text
    assert "person:silva" not in answer.text
    words = pages_scene.NAMES["text:landed"]
    assert (words in answer.text) == (may and path == "/reports/4" and role is not Role.INTEGRATOR)


@pytest.mark.requirement("SERVED-6")
def test_incidents_are_found_by_state_and_day(served):
    client, _, _ = served
    assert listed(shown(client)) == [5, 4, 3, 2, 1]
    assert listed(shown(client, "/reports?state=open")) == [5]
    assert listed(shown(client, "/reports?state=closed")) == [4, 3, 1]
    assert listed(shown(client, "/reports?day=2025-12-31")) == [4, 3]
    assert listed(shown(client, "/reports?day=2025-12-31&state=merged")) == []
    assert "No incident like this." in shown(client, "/reports?day=2025-11-11")
    assert listed(shown(client, "/reports?state=nonsense")) == [5, 4, 3, 2, 1]
    assert client.get("/reports?day=tomorrow", headers=DUTY).status_code == 400
    assert client.get("/reports?days=9999", headers=DUTY).status_code == 400


@pytest.mark.requirement("SERVED-6")
def test_incidents_are_counted_by_day_and_zone(served):
    client, _, _ = served
    page = shown(client, "/reports?days=7")
    days = re.findall(
        r'>(\d+ December 2025|1 January 2026)(?:</a>)?</th><td class="figure">(\d+)</td><td class="figure">(\d+)', page
    )
    assert days[:3] == [("1 January 2026", "1", "0"), ("31 December 2025", "2", "1"), ("30 December 2025", "1", "1")]
    assert [each[1:] for each in days[3:]] == [("0", "0")] * 4
    assert re.findall(r'<th scope="row">(Legislative Palace|no zone)</th><td class="figure">(\d+)', page) == [
        ("Legislative Palace", "3"), ("no zone", "1"),
    ]  # fmt: skip
    month = shown(client, "/reports?days=30")
    assert '>12 December 2025</a></th><td class="figure">1<' in month


def test_long_lists_come_in_pages_and_counts_say_where_they_end(served, monkeypatch):
    client, _, seen = served
    seen._incidents = seen._incidents[1:2] * 120
    page = shown(client, "/reports?state=closed")
    (address,) = re.findall(r'rel="next" href="([^"]+)"', page)
    assert len(listed(shown(client, address.replace("&amp;", "&")))) == 50
    monkeypatch.setattr(report_pages, "COUNTED_MAX", 100)
    assert "the newest 100 of them" in shown(client)


@pytest.mark.requirement("SERVED-6")
def test_an_incident_is_told_from_first_to_last(served):
    client, _, _ = served
    page = shown(client, "/reports/4")
    times = re.findall(r'<th scope="row" role="rowheader" class="nowrap">([^<]+)<', page)
    assert times == sorted(times)
    assert len(times) == 6
    for words in ("the incident was opened", "handed it over to perez", "Patrol 12 is there.", "1588…18", "<svg"):
        assert words in page
    assert 'href="/i/4"' in page
    assert client.get("/reports/77", headers=DUTY).status_code == 404
    silent = shown(client, "/reports/5")
    assert "No flight: it is of the station itself" in silent


def test_what_was_erased_is_said_to_be_so(served):
    client, _, seen = served
    act = msgspec.structs.replace(seen._incidents[1].acts[1], person="person:gone", words="text:gone")
    seen._incidents[1] = msgspec.structs.replace(seen._incidents[1], acts=(act,))
    page = shown(client, "/reports/4")
    assert "an officer" in page
    assert "(erased)" in page
    assert "text:gone" not in page


def test_the_style_of_the_map_bears_the_nonce_of_the_policy(served):
    client, _, _ = served
    answer = client.get("/reports/4", headers=DUTY)
    (nonce,) = re.findall("'nonce-([^']+)'", answer.headers["content-security-policy"].split("style-src")[1])
    assert f'<style nonce="{nonce}">' in answer.text
    assert "style=" not in answer.text


@pytest.mark.requirement("SERVED-5")
def test_accounts_are_files_for_those_who_may_read_the_record(tmp_path):
    app, _, _ = pages_scene.made(tmp_path)
    folder = tmp_path / "accounts"
    folder.mkdir()
    (folder / "night é.html").write_text("<script>alert(1)</script>", "utf-8")
    (folder / "notes.txt").write_text("x", "utf-8")
    (tmp_path / "secret.html").write_text("the key", "utf-8")
    (folder / "link.html").symlink_to(tmp_path / "secret.html")
    auditor = {"X-As": "ada auditor"}
    with TestClient(app, raise_server_exceptions=False) as client:
        (address,) = re.findall(r'href="(/reports/accounts/[^"]+)"', shown(client, headers=auditor))
        assert "/reports/accounts/" not in shown(client)
        given = client.get(address, headers=auditor)
        assert given.text == "<script>alert(1)</script>"
        assert given.headers["content-disposition"].startswith("attachment")
        assert given.headers["content-security-policy"].startswith("sandbox;")
        assert client.get(address, headers=DUTY).status_code == 403
        for name in ("link.html", "notes.txt", "nothing.html", "..%2Fsecret.html", "%2e%2e"):
            assert client.get(f"/reports/accounts/{name}", headers=auditor).status_code == 404, name


def test_a_station_without_accounts_names_none(served):
    client, _, _ = served
    assert "Accounts</b>" not in shown(client, headers={"X-As": "ada auditor"})


def test_a_day_begins_and_ends_in_utc():
    begin_ns, end_ns = report_pages._day("2026-01-01")
    assert (begin_ns, end_ns - begin_ns) == (T_NS, 86_400 * NS)
    assert report_rows.by_day([], begin_ns, 2)[0].key == "2026-01-02"
