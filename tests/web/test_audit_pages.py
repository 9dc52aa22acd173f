"""/audit: who may see it, what it finds, what it says of hashes and of the erased, and what an export may hold."""

import csv
import io
import re
import types

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

from skykeep.facts.personal import Name, NameKind
from skykeep.rules.powers import TABLE, Role
from skykeep.station import asked
from skykeep.station.link import Answer
from skykeep.views.live import At, Changes
from skykeep.web import audit_csv, audit_rows
from skykeep.web.people_routes import _digest
from skykeep.web.viewsdb import ViewsDb
from tests.web import doubles, pages_scene
from tests.web.pages_scene import T_NS

AUDITOR = {"X-As": "ada auditor"}
READS = frozenset({"zone.read", "permit.read", "permit.own", "sensor.push"})
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
    client.app.state["verified"] = None
    return client, mirror, seen


def shown(client, address="/audit", headers=AUDITOR):
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.requirement("SERVED-1")
@pytest.mark.parametrize("role", SIGNED_IN, ids=lambda role: role.value)
@pytest.mark.parametrize("path", ["/audit", "/audit/acts.csv"])
def test_only_an_auditor_sees_the_trail(served, path, role):
    client, _, _ = served
    answer = client.get(path, headers={"X-As": f"anna {role.value}"})
    assert answer.status_code == (200 if role in TABLE["audit.read"].roles else 403)
    assert ("silva" in answer.text) == (role is Role.AUDITOR)


@pytest.mark.requirement("SERVED-3")
def test_a_row_says_who_did_what_to_what_and_why(served):
    client, _, _ = served
    page = shown(client)
    assert "called an emergency zone" in page
    assert "Fire at the palace; helicopters are coming." in page
    assert "<code>pilot</code>" in page
    assert "<code>duty officer, field officer</code>" in page
    assert "<code>sha256 9f9f9f9f9f9f…</code>" in page
    assert "somebody whose name was erased" in page
    assert "nobody in particular" in page
    assert "person:gone" not in re.sub(r'href="[^"]*"', "", page)


@pytest.mark.requirement("SERVED-3")
@pytest.mark.parametrize(
    ("query", "entries"),
    [
        ("person=silva", [900, 899, 898]),
        ("person=Silva%20", [900, 899, 898]),
        ("person=person%3Asilva", [900, 899, 898]),
        ("person=person%3Agone", [895]),
        ("person=nobody", []),
        ("action=zone.publish", [896]),
        ("subject=incident%3A3", [895]),
        ("subject=person%3Asilva", [897]),
        ("begin=2025-12-31T23:59&end=2026-01-01T00:00", [899]),
        ("begin=2025-12-31T20:59-03:00", [900, 899]),
        ("person=silva&action=alarm.ack", [899]),
    ],
)
def test_the_trail_is_found_by_person_act_thing_and_time(served, query, entries):
    client, _, _ = served
    page = shown(client, f"/audit?{query}")
    assert [int(each) for each in re.findall(r'data-label="Entry" class="figure">(\d+)<', page)] == entries
    assert ("No act like this stands in the record" in page) == (not entries)
    rows = list(csv.DictReader(io.StringIO(client.get(f"/audit/acts.csv?{query}", headers=AUDITOR).text)))
    assert [int(each["entry"]) for each in rows] == entries


@pytest.mark.parametrize("query", ["begin=yesterday", "end=9999-99-99T00:00"])
def test_a_time_that_is_none_is_said_to_be_so(served, query):
    client, _, _ = served
    answer = client.get(f"/audit?{query}", headers=AUDITOR)
    assert answer.status_code == 400
    assert "is no time" in answer.text


@pytest.mark.requirement("SERVED-3")
def test_pages_follow_one_another_with_what_was_asked_for(served):
    client, _, seen = served
    seen._acts = seen._acts * 40
    page = shown(client, "/audit?person=silva")
    (address,) = re.findall(r'rel="next" href="([^"]+)"', page)
    assert address == "/audit?person=silva&amp;cursor=100"
    second = shown(client, address.replace("&amp;", "&"))
    assert second.count('data-label="Entry"') == 20
    assert 'href="/audit?person=silva">First page' in second


@pytest.mark.requirement("SERVED-3")
def test_an_export_holds_all_acts_and_no_formula(served):
    client, _, seen = served
    seen._acts = seen._acts * 100
    answer = client.get("/audit/acts.csv", headers=AUDITOR)
    assert answer.headers["content-disposition"] == 'attachment; filename="skykeep-acts-2026-01-01T000000Z.csv"'
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert tuple(rows[0]) == audit_csv.HEAD
    assert len(rows) == 701
    assert all(field[:1] not in audit_csv.FORMULA for row in rows for field in row)
    assert '\'=HYPERLINK("http://evil.example","x")' in rows[6]
    assert answer.text.splitlines()[6].startswith('"')


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1), max_size=5))
def test_whatever_people_write_is_read_back_and_calculates_nothing(rows):
    text = audit_csv.lines(rows).decode()
    back = list(csv.reader(io.StringIO(text, newline="")))
    assert back == [[audit_csv.safe(field) for field in row] for row in rows]
    for row, fields in zip(rows, back, strict=True):
        for wrote, field in zip(row, fields, strict=True):
            assert field[:1] not in audit_csv.FORMULA
            assert field.removeprefix("'") == wrote.removeprefix("'")


@pytest.mark.requirement("SERVED-4")
def test_verifying_is_asked_of_the_station_and_said_on_the_page(served):
    client, mirror, _ = served
    assert "Record not verified since this web process began." in shown(client)
    form = {"Content-Type": "application/x-www-form-urlencoded", **AUDITOR}
    done = client.post("/audit/verify", headers=form, follow_redirects=False)
    assert (done.status_code, done.headers["location"]) == (303, "/audit")
    assert [(ask.action, ask.person) for ask in mirror.asks] == [("record.verify", "ada")]
    page = shown(client)
    assert "Record verified to entry 7." in page
    assert 'At 2026-01-01 00:00:00 UTC, asked for by ada: <span lang="en">7 entries; the record holds.' in page
    told = asked.Verified(holds=False, entries=7, said=["entry 5 was changed"])
    mirror.next = Answer(0, 8, msgspec.json.encode(told))
    client.post("/audit/verify", headers=form)
    assert "The record does not verify." in shown(client)
    assert client.post("/audit/verify", headers={**form, "X-As": "anna admin"}).status_code == 403
    mirror.hello = types.SimpleNamespace(record_id="another")
    assert "Record not verified since" in shown(client)


def test_a_record_that_the_station_found_wanting_is_said_first(served):
    client, _, seen = served
    from skykeep.views.livemodels import HealthNow

    seen._health = [HealthNow(what="record", subject="", entry_index=1, well=False, value=None, unit="", since_ns=T_NS,
                              unseen="entry 17 was changed")]  # fmt: skip
    page = shown(client)
    assert 'role="alert"><b>The record does not verify.</b> <span lang="en">entry 17 was changed' in page


def test_a_deed_that_stands_in_the_trail_twice_is_shown_once(served):
    client, _, seen = served
    deed = seen._acts[1]
    twin = msgspec.structs.replace(deed, act_id="899.1", role="duty_officer", incident_id=None)
    other = msgspec.structs.replace(deed, subject="alarm:18", act_id="899.2")
    seen._acts = [twin, msgspec.structs.replace(deed, incident_id=3, reason="text:crane"), other]
    page = shown(client)
    assert page.count("acknowledged an alarm<span") == 2
    assert page.count("The crane carries a beacon.") == 1
    rows = list(csv.DictReader(io.StringIO(client.get("/audit/acts.csv", headers=AUDITOR).text)))
    assert [(each["subject"], each["role"], each["incident"]) for each in rows] == [
        ("alarm:17", "duty_officer", "3"), ("alarm:18", "", ""),
    ]  # fmt: skip


def test_every_act_that_can_stand_in_the_trail_has_words():
    assert set(asked.ASKED) - READS <= set(audit_rows.ACTION) <= set(TABLE)


@given(st.sets(st.sampled_from([role for role in Role if role is not Role.PUBLIC])))
def test_hashes_of_powers_are_those_that_acts_bear(roles):
    assert audit_rows.digest(roles) == _digest(tuple(roles))
    words = audit_rows.held("person.change", _digest(tuple(roles)))
    assert words != audit_rows.held("zone.publish", _digest(tuple(roles)))
    assert words.count(",") == max(0, len(roles) - 1)


def test_a_person_is_found_in_the_views_as_long_as_the_record_names_them(tmp_path):
    with ViewsDb(tmp_path / "views.db") as views:
        live = views.live()
        names = [Name("person:aa", NameKind.PERSON, "anna"), Name("text:bb", NameKind.TEXT, "anna")]
        views.take(Changes(At(0, 1, T_NS), names=names))
        views.flush(live)
        assert views.pseudonym(NameKind.PERSON, "anna") == "person:aa"
        assert views.pseudonym(NameKind.PERSON, "bo") is None
        views.forget(["person:aa"])
        assert views.pseudonym(NameKind.PERSON, "anna") is None


def test_what_others_serve_without_names_is_shown_too(tmp_path):
    with doubles.serving(tmp_path) as (client, _, _):
        assert "acknowledged an alarm" in client.get("/audit", headers=AUDITOR).text
