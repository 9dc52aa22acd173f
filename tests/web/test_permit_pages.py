"""/permits, its forms and its interface at a real office: who sees what, each act to its step, what is refused and why."""

import html
import json
import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient

from skykeep.client import Station
from skykeep.facts.granting import State
from skykeep.rules.powers import TABLE, Role
from skykeep.station import credential
from skykeep.station.keys import Keys
from skykeep.station.office import reading
from skykeep.web import apply_form
from tests.station.offices import OPERATOR, SERIAL, T0
from tests.web import doubles, permit_scene
from tests.web.doubles import Through
from tests.web.permit_scene import ANNA, BORIS, CLARA, DUTY, NOW_NS, PILOT, body

S = 10**9
V1 = "/api/v1"
MALLORY = {"X-As": "mallory pilot"}
SAME = {"Origin": "http://testserver.local"}
ROLES = sorted((role for role in Role if role not in {Role.PUBLIC, Role.SENSOR}), key=lambda role: role.value)
FORM = {
    "holder": "Bridge office", "pilots": "A. Example\nB. Example", "operators": OPERATOR, "purpose": "survey",
    "aircraft": SERIAL, "endurance_min": "28", "lat": "-35.1986", "lon": "-56.1852", "radius": "320", "ceiling": "120",
    "datum": "agl", "date": "2026-05-28", "begins": "21:30", "ends": "23:30",
}  # fmt: skip


@pytest.fixture(name="whole", scope="module")
def _whole(tmp_path_factory):
    app, mirror = permit_scene.made(tmp_path_factory.mktemp("web"))
    with TestClient(app, base_url=SAME["Origin"], raise_server_exceptions=False) as client:
        client.mirror = mirror
        yield client


@pytest.fixture(name="at")
def _at(whole, tmp_path):
    permit_scene.renew(whole.mirror, tmp_path)
    whole.home = tmp_path
    return whole


def applied(at, by=PILOT, **changed):
    answer = at.post(f"{V1}/permits", json=body(**changed), headers=by)
    assert answer.status_code == 201, answer.text
    return answer.json()["permit_id"]


def acted(at, permit_id, step, by, status=200, **more):
    if step in {"recommend", "grant"}:
        more.setdefault("seen_ns", at.mirror.now_ns)
    answer = at.post(f"{V1}/permits/{permit_id}/{step}", json={"reason": "so be it", **more}, headers=by)
    assert answer.status_code == status, answer.text
    return answer.json()


def granted(at):
    permit_id = applied(at)
    acted(at, permit_id, "recommend", ANNA)
    acted(at, permit_id, "grant", BORIS)
    return permit_id


def page(at, path, by, status=200):
    answer = at.get(path, headers=by)
    assert answer.status_code == status, answer.text
    return html.unescape(answer.text)


def pressed(at, path, by, **form):
    return at.post(path, data=form, headers={**by, **SAME}, follow_redirects=False)


def case(at, permit_id):
    with reading(at.home / "office") as office:
        return office.case(permit_id)


# ---- the interface ------------------------------------------------------------------------------------------


@pytest.mark.requirement("PERMITS-5")
def test_an_applicant_reads_what_they_handed_in_by_http_and_where_it_was_told(at):
    sent = at.post(f"{V1}/permits", json=body(), headers=PILOT)
    permit_id, there = sent.json()["permit_id"], sent.headers["Location"]
    assert there == f"{V1}/applications/mine/{permit_id}"
    other = applied(at, ANNA)
    by_officer = at.post(f"{V1}/permits", json=body(), headers=ANNA).headers["Location"]
    assert at.get(by_officer, headers=ANNA).status_code == 200
    acted(at, permit_id, "ask", BORIS, reason="Which camera?")
    at.post(f"{V1}/permits", json={**body(), "permit_id": permit_id}, headers=PILOT)
    acted(at, permit_id, "recommend", BORIS, reason="Between us")
    seen = at.get(there, headers=PILOT).json()
    assert (seen["state"], seen["aircraft"], seen["possible"]) == ("recommended", [SERIAL], [])
    told = [(each["step"], each["person"], each["reason"], bool(each["key"])) for each in seen["steps"]]
    assert told == [
        ("submit", "pia", "", True), ("ask", None, "Which camera?", False), ("submit", "pia", "", True),
        ("recommend", None, "", False),
    ]  # fmt: skip
    (listed,) = at.get(f"{V1}/applications/mine", headers=PILOT).json()
    assert (listed["permit_id"], listed["steps"]) == (permit_id, seen["steps"])
    assert at.get(f"{V1}/applications/mine", headers=MALLORY).json() == []
    assert at.get(f"{V1}/applications/mine/{other}", headers=PILOT).status_code == 404
    assert at.get(f"{there}?version=7", headers=PILOT).status_code == 404
    assert at.get(there, headers=MALLORY).status_code == 404
    assert at.get(there, headers=DUTY).status_code == 403
    assert at.get(f"{V1}/applications/{permit_id}", headers=PILOT).status_code == 403


@pytest.mark.requirement("CLIENT-1")
def test_the_client_applies_reads_the_question_and_answers(at):
    with Station("http://station.test", transport=Through(at, PILOT)) as pilot:
        told = pilot.apply(body()["application"])
        acted(at, told.permit_id, "ask", ANNA, reason="Which camera?")
        asked = pilot.my_application(told.permit_id)
        assert (asked.state, asked.steps[-1].person, asked.steps[-1].reason) == ("needs_info", None, "Which camera?")
        pilot.apply(body()["application"], permit_id=told.permit_id)
        assert [each.state for each in pilot.my_applications()] == ["submitted"]


@pytest.mark.requirement("PERMITS-1")
@pytest.mark.capability("Apply, recommend, grant and revoke a permit over HTTP, with four eyes and signed steps")
def test_applied_recommended_granted_shown_verified_and_revoked_by_http(at):
    told = at.post(f"{V1}/permits", json=body(), headers=PILOT).json()
    permit_id = told["permit_id"]
    assert [zone["zone_id"] for zone in told["advice"]["zones"]] == ["SIMPZ02"]
    assert told["advice"]["free"]
    assert "endurance" in told["lacking"]
    seen = at.get(f"{V1}/applications/{permit_id}", headers=ANNA).json()
    assert (seen["state"], seen["aircraft"], seen["possible"][0]) == ("submitted", [SERIAL], "ask")
    acted(at, permit_id, "recommend", ANNA, seen_ns=seen["moved_ns"])
    assert "has changed" in acted(at, permit_id, "grant", BORIS, 409, seen_ns=seen["moved_ns"])["detail"]
    acted(at, permit_id, "grant", BORIS)
    code = acted(at, permit_id, "code", ANNA)
    vkey = Keys(at.home / "office-keys").signer("town").verifier.vkey

    def checked():
        at.mirror.desk.keep_status(at.mirror.now_ns)
        status = (at.home / "office.status").read_bytes()
        return credential.verify(code["text"], vkey, T0 // S + 3_700, status=status).answer

    assert checked() is credential.Answer.SIGNED
    acted(at, permit_id, "revoke", CLARA)
    assert checked() is credential.Answer.NOT_VALID
    steps = at.get(f"{V1}/applications/{permit_id}", headers=ANNA).json()["steps"]
    assert [(each["step"], each["person"], each["attested"]) for each in steps] == [
        ("submit", "pia", False), ("recommend", "anna", True), ("grant", "boris", True), ("revoke", "clara", True),
    ]  # fmt: skip


def test_what_is_granted_is_what_was_read(at):
    permit_id = applied(at)
    assert "seen_ns" in acted(at, permit_id, "recommend", ANNA, 409, seen_ns=None)["detail"]
    acted(at, permit_id, "recommend", ANNA)
    assert "seen_ns" in acted(at, permit_id, "grant", BORIS, 409, seen_ns=None)["detail"]
    assert case(at, permit_id).state is State.RECOMMENDED


def test_one_zone_in_two_writings_is_one_zone_and_a_disagreement_stops_no_revocation(at):
    permit_id = granted(at)
    law = at.mirror.seen.state
    zone = law.enacted[0]
    law.enacted[0] = msgspec.structs.replace(zone, native=zone.native + " ", source_sha256="00")
    waits = applied(at, start_h=40, end_h=41)
    law.enacted[0] = msgspec.structs.replace(zone, native="other", name="Other")
    answer = at.post(f"{V1}/permits", json=body(start_h=50, end_h=51), headers=PILOT)
    assert (answer.status_code, "says something else" in answer.text) == (409, True)
    assert "says something else" in acted(at, waits, "recommend", ANNA, 409)["detail"]
    acted(at, waits, "ask", ANNA)
    acted(at, permit_id, "revoke", ANNA)
    assert case(at, permit_id).state is State.REVOKED


def test_who_may_not_read_permits_is_told_that_one_is_in_the_way_and_not_whose(at):
    first = granted(at)
    told = at.post(f"{V1}/permits/preview", json=body(), headers=PILOT)
    assert first not in told.text
    (met,) = told.json()["advice"]["conflicts"]
    assert (met["permit_id"], met["start_ns"], met["gap_mm"], met["stands"]) == ("", 0, 0, True)
    checked = go(at, 2)
    assert first not in checked.text
    assert "A granted permit is too near." in checked.text
    assert first not in at.post(f"{V1}/permits", json=body(), headers=PILOT).text
    assert first in go(at, 2, by=ANNA).text


@pytest.mark.requirement("PERMITS-2")
def test_four_eyes_are_the_office_s_own_rule(at):
    permit_id = applied(at, ANNA)
    assert "author is not approver" in acted(at, permit_id, "recommend", ANNA, 409)["detail"]
    acted(at, permit_id, "recommend", BORIS)
    assert "second person" in acted(at, permit_id, "grant", BORIS, 409)["detail"]
    assert "author is not approver" in acted(at, permit_id, "grant", ANNA, 409)["detail"]
    assert case(at, permit_id).state is State.RECOMMENDED


def test_a_second_application_in_the_same_air_is_told_and_not_granted(at):
    first = granted(at)
    told = at.post(f"{V1}/permits/preview", json=body(), headers=ANNA).json()
    assert [met["permit_id"] for met in told["advice"]["conflicts"]] == [first]
    assert {each["kind"] for each in told["advice"]["instead"]} <= {"time", "height"}
    second = applied(at)
    acted(at, second, "recommend", ANNA)
    assert f"conflicts with {first}" in acted(at, second, "grant", BORIS, 409)["detail"]
    shown = page(at, f"/permits/{second}", BORIS)
    assert f"Overlaps permit {first}" in shown
    assert "Free instead" in shown
    assert len(at.get(f"{V1}/applications", headers=ANNA).json()) == 2


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"aircraft": ["O"]}, "aircraft"), ({"volumes": []}, "volumes"), ({"unknown": 1}, "unknown"), ({"operators": ["FIN"]}, "operators")],
)  # fmt: skip
def test_what_cannot_be_read_is_named(at, wrong, named):
    answer = at.post(f"{V1}/permits", json={"application": {**body()["application"], **wrong}}, headers=PILOT)
    assert answer.status_code == 409
    assert named in answer.json()["detail"]
    assert at.get(f"{V1}/applications", headers=ANNA).json() == []


def test_what_is_not_there_is_not_there(at):
    assert at.get(f"{V1}/applications/P-1999-001", headers=ANNA).status_code == 404
    page(at, "/permits/P-1999-001", ANNA, 404)
    assert acted(at, "P-1999-001", "recommend", ANNA, 409)["type"].endswith("refused")


# ---- who sees what ------------------------------------------------------------------------------------------


@pytest.mark.requirement("PERMITS-3")
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.value)
def test_each_power_sees_what_it_may_and_no_more(at, role):
    waiting, holds = applied(at, start_h=30, end_h=31), granted(at)
    by = {"X-As": f"wilma {role.value}"}
    reads = role in TABLE["permit.read"].roles
    listed = page(at, "/permits", by, 200 if reads else 403)
    assert (waiting in listed and holds in listed) == reads
    officer = role is Role.PERMIT_OFFICER
    leads = "/permits/apply" if reads else "/permits/mine"
    assert (leads in listed) == (role in TABLE["permit.apply"].roles)
    page(at, "/permits/mine", by, 200 if role in TABLE["permit.own"].roles else 403)
    page(at, "/permits/apply", by, 200 if role in TABLE["permit.apply"].roles else 403)
    for permit_id, deeds in ((waiting, ("recommend", "refuse", "ask", "offer")), (holds, ("revoke", "code"))):
        shown = page(at, f"/permits/{permit_id}", by, 200 if reads else 403)
        for deed in deeds:
            assert (f'action="/permits/{permit_id}/{deed}"' in shown) == officer
            if not officer:
                assert pressed(at, f"/permits/{permit_id}/{deed}", by, reason="x", key="k" * 12).status_code == 403
        assert (SERIAL in shown) == officer
        assert ("Pia Pilot" in shown) == officer
        assert ("S1M0…03" in shown) == (reads and not officer)


def test_who_is_not_signed_in_is_led_to_the_entrance(at):
    for path in ("/permits", "/permits/apply", "/permits/mine"):
        answer = at.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?target={path}")
    assert at.mirror.asks == []


def test_names_of_people_are_masked_for_the_watch_by_the_interface_too(at):
    permit_id = granted(at)
    told = at.get(f"{V1}/applications/{permit_id}", headers=DUTY)
    assert SERIAL not in told.text
    assert "Pia Pilot" not in told.text
    assert told.json()["aircraft"] == ["S1M0…03"]


# ---- the desk -----------------------------------------------------------------------------------------------


@pytest.mark.requirement("PERMITS-3")
@pytest.mark.parametrize(("step", "after"), [("ask", "needs_info"), ("offer", "offered_alternative"), ("refuse", "refused"), ("recommend", "recommended")])  # fmt: skip
def test_each_decision_is_a_form_with_a_reason_and_a_step(at, step, after):
    permit_id = applied(at)
    shown = page(at, f"/permits/{permit_id}", ANNA)
    key = re.search(rf'name="key" value="([^"]+-{step})"', shown)[1]
    moved = re.search(r'name="seen_ns" value="(\d+)"', shown)[1]
    nothing = pressed(at, f"/permits/{permit_id}/{step}", ANNA, reason=" ", key=key, seen_ns=moved)
    assert nothing.status_code == 409
    assert "Not done:" in nothing.text
    done = pressed(at, f"/permits/{permit_id}/{step}", ANNA, reason="We <thought>", key=key, seen_ns=moved)
    assert (done.status_code, done.headers["location"]) == (303, f"/permits/{permit_id}?done={step}")
    assert case(at, permit_id).state.value == after
    assert case(at, permit_id).steps[-1].reason == "We <thought>"
    assert "We &lt;thought&gt;" in at.get(f"/permits/{permit_id}", headers=ANNA).text
    again = pressed(at, f"/permits/{permit_id}/{step}", ANNA, reason="We <thought>", key=key, seen_ns=moved)
    assert again.status_code == 303
    assert len(case(at, permit_id).steps) == 2


def test_the_second_officer_grants_and_the_first_is_told_why_not(at):
    permit_id = applied(at)
    acted(at, permit_id, "recommend", ANNA)
    shown = page(at, f"/permits/{permit_id}", ANNA)
    assert "a second officer grants it" in shown
    assert f"/permits/{permit_id}/grant" not in shown
    assert f"/permits/{permit_id}/grant" in page(at, f"/permits/{permit_id}", BORIS)
    own = applied(at, CLARA)
    assert "two other officers decide" in page(at, f"/permits/{own}", CLARA)


@pytest.mark.requirement("PERMITS-5")
def test_what_permits_is_shown_and_revoked_beside_a_newer_version_that_waits_or_was_refused(at):
    permit_id = granted(at)
    assert at.post(f"{V1}/permits", json=body(start_h=40, end_h=41) | {"permit_id": permit_id}, headers=PILOT).json()["version"] == 2  # fmt: skip
    for state, after in (("submitted", "refuse"), ("refused", "")):
        listed = page(at, "/permits", ANNA)
        assert f'href="/permits/{permit_id}?version=1"' in listed
        assert f'href="/permits/{permit_id}"' in listed
        assert listed.count(f">{permit_id}</a>") == 2
        assert page(at, "/permits?state=granted", ANNA).count(f">{permit_id}</a>") == 1
        newest = page(at, f"/permits/{permit_id}", ANNA)
        assert "Version 1 of it holds meanwhile" in newest
        assert f'action="/permits/{permit_id}/revoke"' not in newest
        holding = page(at, f"/permits/{permit_id}?version=1", ANNA)
        assert "Version 2 was handed in later" in holding
        assert f'action="/permits/{permit_id}/revoke"' in holding
        code = pressed(at, f"/permits/{permit_id}/code", ANNA, reason="The applicant is here", key=f"{state:k<9}")
        assert "2026-05-28" in code.text
        assert "version 1" in code.text.lower()
        if after:
            acted(at, permit_id, after, ANNA)
    done = pressed(at, f"/permits/{permit_id}/revoke", ANNA, reason="Helicopter", key="k" * 12, version="1")
    assert done.headers["location"] == f"/permits/{permit_id}?done=revoke&version=1"
    assert "revoke" not in re.findall(r'action="([^"]+)"', page(at, done.headers["location"], ANNA))
    states = {each["version"]: each["state"] for each in at.get(f"{V1}/applications", headers=ANNA).json()}
    assert states == {1: "revoked", 2: "refused"}
    page(at, f"/permits/{permit_id}?version=7", ANNA, 404)


@pytest.mark.requirement("PERMITS-5")
def test_a_program_is_told_both_versions_where_an_older_one_holds(at):
    permit_id = granted(at)
    at.post(f"{V1}/permits", json=body(start_h=40, end_h=41) | {"permit_id": permit_id}, headers=PILOT)
    last = at.get(f"{V1}/applications/{permit_id}", headers=ANNA).json()
    assert (last["version"], last["state"]) == (2, "submitted")
    assert last["versions"] == [{"version": 1, "state": "granted"}, {"version": 2, "state": "submitted"}]
    first = at.get(f"{V1}/applications/{permit_id}?version=1", headers=ANNA).json()
    assert (first["version"], first["handed_in"], first["state"]) == (1, 1, "granted")
    assert first["versions"] == last["versions"]
    assert {each["version"]: each["versions"] == last["versions"] for each in at.get(f"{V1}/applications", headers=ANNA).json()} == {1: True, 2: True}  # fmt: skip
    assert at.get(f"{V1}/applications/{permit_id}?version=7", headers=ANNA).status_code == 404


def test_a_reason_that_was_not_taken_stands_in_its_form_again(at):
    permit_id = applied(at)
    acted(at, permit_id, "recommend", ANNA)
    told = pressed(at, f"/permits/{permit_id}/grant", BORIS, reason="Long <thought>", key="k" * 12, seen_ns="1")
    assert told.status_code == 409
    assert re.search(r'<details name="deed" open><summary[^>]*>Grant…', told.text)
    assert told.text.count("Long &lt;thought&gt;</textarea>") == 1
    acted(at, permit_id, "refuse", ANNA)
    gone = pressed(at, f"/permits/{permit_id}/grant", BORIS, reason="Long <thought>", key="k" * 13, seen_ns="1")
    assert gone.status_code == 409
    assert "<q>Long &lt;thought&gt;</q>" in gone.text


def test_the_list_is_narrowed_by_state_holder_and_time(at):
    waits, soon = applied(at, start_h=300, end_h=301, holder="Later Ltd"), granted(at)
    refused = applied(at, start_h=60, end_h=61)
    acted(at, refused, "refuse", ANNA)
    for query, there in (
        ("", {waits, soon, refused}), ("?state=waiting", {waits}), ("?state=granted", {soon}), ("?state=over", {refused}),
        ("?q=later+ltd", {waits}), ("?soon=yes", {soon}), ("?q=nobody", set()),
    ):  # fmt: skip
        listed = page(at, f"/permits{query}", ANNA)
        assert {each for each in (waits, soon, refused) if f">{each}</a>" in listed} == there, query


def test_the_code_is_one_answer_that_nobody_keeps_with_who_and_why_in_the_trail(at):
    permit_id = granted(at)
    answer = pressed(at, f"/permits/{permit_id}/code", ANNA, reason="The applicant is here", key="k" * 12)
    assert answer.headers["cache-control"] == "no-store"
    assert "SKP1:" in answer.text
    assert "data:image/svg+xml;base64," in answer.text
    assert at.mirror.acts()[-1] == ("permit.code", "anna", f"permit:{permit_id}", "The applicant is here")
    assert pressed(at, f"/permits/{permit_id}/code", ANNA, reason=" ", key="k" * 13).status_code == 409


def test_a_form_of_another_site_does_nothing(at):
    permit_id = applied(at)
    answer = at.post(f"/permits/{permit_id}/recommend", data={"reason": "x", "key": "short"}, headers={**ANNA, **SAME})
    assert answer.status_code == 400
    assert case(at, permit_id).state is State.SUBMITTED


# ---- the form of an application -----------------------------------------------------------------------------


def go(at, step, wanted="next", by=PILOT, **changed):
    return pressed(at, "/permits/apply", by, step=str(step), go=wanted, **{**FORM, **changed})


@pytest.mark.requirement("PERMITS-4")
def test_an_application_is_filled_in_page_by_page_weighed_and_sent(at):
    for step, title in ((0, "Drone"), (1, "Where and when")):
        answer = go(at, step)
        assert answer.status_code == 200
        assert f"<title>{title} ·" in answer.text
        assert 'value="Bridge office"' in answer.text
    checked = html.unescape(go(at, 2).text)
    assert "No conflict" in checked
    assert "River Meadows" in checked
    assert "<dt>Measured</dt><dd>above ground</dd>" in checked
    assert "Procedure for a lost command and control link" in checked
    assert at.mirror.asks[-1].arguments == b'{"permit_id":null,"preview":true}'
    assert case_count(at) == 0
    key = re.search(r'name="key" value="([^"]+)"', checked)[1]
    sent = go(at, 3, "send", key=key)
    permit_id = re.search(r"Sent: (P-2026-\d+)", sent.text)[1]
    assert go(at, 3, "send", key=key).text.count(permit_id) == sent.text.count(permit_id)
    assert case_count(at) == 1
    asked = case(at, permit_id).asked
    assert (asked.volumes[0].volume.outline.radius_mm, asked.purpose, len(asked.pilots)) == (320_000, "survey", 2)


def case_count(at):
    with reading(at.home / "office") as office:
        return len(office.cases)


@pytest.mark.requirement("PERMITS-4")
@pytest.mark.parametrize(
    ("step", "wrong", "name"),
    [
        (0, {"holder": ""}, "holder"), (0, {"operators": "FIN87astrdge12k8-xxx"}, "operators"),
        (1, {"aircraft": "S1M08PARCEL0O"}, "aircraft"), (1, {"aircraft": "", "operators": ""}, "aircraft"),
        (1, {"endurance_min": "long"}, "endurance_min"), (2, {"lat": "91"}, "lat"), (2, {"lon": "west"}, "lon"),
        (2, {"radius": "0"}, "radius"), (2, {"date": "tomorrow"}, "date"), (2, {"ends": "21:30"}, "ends"),
        (2, {"uas_class": "C9"}, "uas_class"), (2, {"datum": "moon"}, "datum"), (2, {"ceiling": "inf"}, "ceiling"),
        (2, {"ceiling": "1,000"}, "ceiling"), (2, {"radius": "1,500"}, "radius"),
        (2, {"begins": "09:30+03:00"}, "begins"),
    ],
)  # fmt: skip
def test_a_fault_stands_on_top_and_at_its_field_and_all_answers_stay(at, step, wrong, name):
    answer = go(at, step, **wrong)
    assert answer.status_code == 200
    assert f'href="#{name}"' in answer.text
    assert f'id="{name}-bad"' in answer.text or f'id="{name}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    for kept, value in {**FORM, **wrong}.items():
        if kept not in {"datum", "uas_class"} and value:
            assert html.escape(value.split("\n")[0], quote=True) in answer.text
    assert at.mirror.asks == []


def test_back_keeps_everything_and_what_is_over_is_said(at):
    back = go(at, 2, "back")
    assert "Step 2 of 5" in back.text
    assert 'name="lat" value="-35.1986"' in back.text
    over = go(at, 2, date="2020-01-01")
    assert over.status_code == 409
    assert "times are over" in over.text


def test_the_answer_of_an_applicant_begins_with_what_was_handed_in(at):
    permit_id = applied(at)
    acted(at, permit_id, "ask", ANNA)
    shown = page(at, f"/permits/{permit_id}", ANNA)
    assert f"/permits/apply?answer={permit_id}" in shown
    first = page(at, f"/permits/apply?answer={permit_id}", ANNA)
    assert 'value="Parcel trial"' in first
    assert 'name="radius" value="320"' in first
    assert 'value="Parcel trial"' in page(at, f"/permits/apply?answer={permit_id}", PILOT)
    assert "Parcel trial" not in page(at, f"/permits/apply?answer={permit_id}", MALLORY)
    checked = go(at, 2, by=ANNA, answer=permit_id)
    key = re.search(r'name="key" value="([^"]+)"', checked.text)[1]
    go(at, 3, "send", by=ANNA, answer=permit_id, key=key)
    assert [step.step.value for step in case(at, permit_id).steps] == ["submit", "ask", "submit"]


def test_an_applicant_without_the_desk_answers_by_the_number(at):
    permit_id = applied(at)
    acted(at, permit_id, "ask", ANNA)
    assert '<input name="answer"' in page(at, "/permits/apply", PILOT)
    assert f"Answer to {permit_id}" in page(at, f"/permits/apply?answer={permit_id}", PILOT)
    checked = go(at, 2, answer=permit_id)
    key = re.search(r'name="key" value="([^"]+)"', checked.text)[1]
    go(at, 3, "send", answer=permit_id, key=key)
    assert [step.step.value for step in case(at, permit_id).steps] == ["submit", "ask", "submit"]
    other = go(at, 2, by=MALLORY, answer=permit_id)
    assert (other.status_code, "you have handed in no application" in html.unescape(other.text).lower()) == (409, True)


@pytest.mark.requirement("PERMITS-3")
def test_an_applicant_sees_their_own_with_the_question_and_whose_turn_it_is(at):
    permit_id, other = applied(at), applied(at, by=MALLORY, start_h=30, end_h=31)
    assert "waits for a first officer" in page(at, "/permits/mine", PILOT)
    at.post(f"{V1}/permits/{permit_id}/ask", json={"reason": "Which camera?"}, headers=ANNA)
    mine = page(at, "/permits/mine", PILOT)
    assert "waits for the applicant" in mine
    assert "</b> Which camera?" in mine
    assert f'href="/permits/apply?answer={permit_id}"' in mine
    assert SERIAL in mine  # they wrote it themselves
    assert "anna" not in mine  # of the office, nobody is named
    assert other not in mine
    hers = page(at, "/permits/mine", MALLORY)
    assert permit_id not in hers
    assert "Which camera?" not in hers
    checked = go(at, 2, answer=permit_id)
    sent = go(at, 3, "send", answer=permit_id, key=re.search(r'name="key" value="([^"]+)"', checked.text)[1])
    assert f'href="/permits/mine#{permit_id}"' in sent.text
    answered = page(at, "/permits/mine", PILOT)
    assert "?answer=" not in answered
    acted(at, permit_id, "refuse", ANNA)
    assert "</b> so be it" in page(at, "/permits/mine", PILOT)


@pytest.mark.requirement("PERMITS-3")
def test_what_one_officer_writes_to_another_is_not_shown_to_whoever_applied(at):
    permit_id = applied(at)
    acted(at, permit_id, "recommend", ANNA, reason="He is my cousin")
    mine = page(at, "/permits/mine", PILOT)
    assert "the office</b> recommended it" in mine
    assert "cousin" not in mine
    assert "cousin" in page(at, f"/permits/{permit_id}", BORIS)
    acted(at, permit_id, "grant", BORIS, reason="So says my book")
    mine = page(at, "/permits/mine", PILOT)
    assert "the office</b> granted it" in mine
    assert "my book" not in mine
    acted(at, permit_id, "revoke", ANNA, reason="The road is open again")
    mine = page(at, "/permits/mine", PILOT)
    assert mine.count("The road is open again") == 2  # as the last that happened, and in the history
    assert "cousin" not in mine


def test_whose_permit_is_in_the_way_is_not_told_on_ones_own_page(at):
    there = granted(at)
    applied(at, by=MALLORY)
    hers = page(at, "/permits/mine", MALLORY)
    assert "A granted permit is too near." in hers
    assert there not in hers


@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_a_drawn_map_follows_the_theme_that_somebody_pinned(at, theme):
    permit_id = granted(at)
    at.cookies.set("skykeep_theme", theme)
    wanted = f'class="drawn {"" if theme == "system" else theme}"'
    assert wanted in page(at, f"/permits/{permit_id}", ANNA)
    assert wanted in html.unescape(go(at, 2).text)
    at.cookies.clear()


@given(st.dictionaries(st.sampled_from(apply_form.NAMES), st.text(max_size=40)), st.integers(0, 2))
@settings(max_examples=150)
def test_no_answer_breaks_the_form(sent, step):
    """What was sent either has a fault at a field of the form, or makes a document that is read, or refused at a field."""
    given_ = apply_form.answers(sent)
    assert set(given_) == set(apply_form.NAMES)
    found = [fault for page_ in range(3) for fault in apply_form.faults(given_, page_)]
    assert all(fault.name in apply_form.NAMES and fault.words for fault in found)
    if not found:
        fault = apply_form.unreadable(given_)
        assert fault is None or fault.name in apply_form.NAMES
    assert apply_form.faults(given_, step) == [each for each in found if apply_form.BY_NAME[each.name].step == step]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("area", "center", "ceiling", "from", "value_m")), inner)))  # fmt: skip
@settings(max_examples=60)
def test_whatever_was_handed_in_fills_the_form_or_leaves_it_empty(volumes):
    try:
        filled = apply_form.filled({"holder": "A", "volumes": volumes})
    except (TypeError, KeyError, IndexError, ValueError, AttributeError):
        return  # the page then begins empty, as it does for an application that no form could have made
    assert set(filled) == set(apply_form.NAMES)


def test_what_the_form_cannot_say_is_told_and_times_are_utc(at):
    permit_id = applied(at, by=ANNA, conditions=["Not over people"])
    acted(at, permit_id, "ask", BORIS)
    first = page(at, f"/permits/apply?answer={permit_id}", CLARA)
    assert "holds what the form cannot say: conditions" in first
    plain = apply_form.document(apply_form.answers(FORM))
    assert apply_form.unsayable(plain) == []
    (where,) = plain["volumes"]
    local = where | {"from": "2026-11-24T22:00:00-03:00", "until": "2026-11-25T01:30:00-03:00"}
    filled = apply_form.filled(plain | {"volumes": [local]})
    assert (filled["date"], filled["begins"], filled["ends"]) == ("2026-11-25", "01:00", "04:30")
    for changed, lost in (
        ({"floor": {"value_m": 60, "datum": "agl"}}, "its lower limit"), ({"until": "2027-01-01T00:00:00Z"}, "its times"),
        ({"from": "2026-05-28T21:30:30Z"}, "its times"), ({"ceiling": "unlimited"}, "its upper limit"),
        ({"area": {"polygon": []}}, "an area that is no circle"),
    ):  # fmt: skip
        assert apply_form.unsayable(plain | {"volumes": [where | changed]}) == [lost]
    assert apply_form.unsayable(plain | {"volumes": [where, where]}) == ["2 volumes"]


def test_a_comma_stands_within_a_name_and_in_a_coordinate():
    told = apply_form.document(
        apply_form.answers({**FORM, "pilots": "Meyer, Anna\nBo", "lat": "-35,198", "radius": "32,5"})
    )
    assert told["pilots"] == ["Meyer, Anna", "Bo"]
    assert told["volumes"][0]["area"] == {"center": [-56.1852, -35.198], "radius_m": 32.5}
    assert not apply_form.faults(apply_form.answers({**FORM, "lat": "-35,198"}), 2)


def test_a_form_and_its_document_say_the_same():
    told = apply_form.document(apply_form.answers(FORM))
    assert apply_form.filled(told) == {
        **apply_form.answers(FORM),
        "radius": "320.0",
        "ceiling": "120.0",
        "endurance_min": "28.0",
    }
    assert json.loads(json.dumps(told)) == told
    night = apply_form.volume(apply_form.answers({**FORM, "begins": "23:00", "ends": "01:00"}))
    assert (night["from"], night["until"]) == ("2026-05-28T23:00:00Z", "2026-05-29T01:00:00Z")


def test_a_station_without_an_office_says_so_and_shows_what_holds(tmp_path):
    with doubles.serving(tmp_path) as (client, _, _):
        shown = client.get("/permits", headers=ANNA).text
        assert "holds no permit office" in shown
        assert "P-2026-0007" in shown
        assert "/permits/apply" not in shown
        assert "revoke" in client.get("/permits/P-2026-0007", headers=ANNA).text
        assert client.get("/permits/apply", headers=ANNA).status_code == 409
        assert "nobody can apply here" in client.get("/permits/mine", headers=PILOT).text


def test_time_of_the_scene_is_before_its_flights():
    assert NOW_NS < T0
