"""/i/<number>: who may see the page, and what its two buttons ask of the station."""

import re

import msgspec
import pytest

from skykeep.station.link import Answer
from skykeep.web import headers
from tests.web.doubles import AUDITOR, DUTY, PUBLISHER, serving

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("station")) as found:
        yield found


@pytest.fixture
def served(standing):
    client, mirror, seen = standing
    mirror.__init__()
    seen.__dict__ = {**type(seen)().__dict__}
    seen._incident = msgspec.structs.replace(seen._incident, state="open", alarm_state="unacknowledged")
    return client, mirror, seen


def field(text, name):
    return re.findall(f'name="{name}" value="([^"]+)"', text)


@pytest.mark.requirement("OUT-9")
def test_acknowledging_asks_for_what_was_seen_and_comes_back(served):
    client, mirror, seen = served
    number = seen._incident.incident_id
    shown = client.get(f"/i/{number}", headers=DUTY)
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    form = {"key": field(shown.text, "key")[-1], "seen_ns": field(shown.text, "seen_ns")[0]}
    done = client.post(f"/i/{number}/ack", data=form, headers=DUTY, follow_redirects=False)
    assert (done.status_code, done.headers["location"]) == (303, f"/i/{number}?done=ack")
    (asked,) = mirror.asks
    assert (asked.action, asked.subject, asked.person) == ("incident.ack", f"incident:{number}", "silva")
    assert msgspec.json.decode(asked.arguments) == {"seen_ns": seen._incident.t_ns}
    assert "Acknowledged. It stands in the record." in client.get(done.headers["location"], headers=DUTY).text
    client.post(f"/i/{number}/ack", data=form, headers=DUTY, follow_redirects=False)
    assert mirror.asks[1].key == asked.key


@pytest.mark.requirement("ASVS-7")
def test_one_signs_out_from_where_a_notification_led(served):
    client, _, seen = served
    page = client.get(f"/i/{seen._incident.incident_id}", headers=DUTY).text
    assert "Signed in as silva." in page
    assert 'action="/sign-out"' in page


def test_a_note_is_words_for_the_record(served):
    client, mirror, seen = served
    number = seen._incident.incident_id
    data = {"key": "0123456789", "words": "Patrol 12 is on its way"}
    assert client.post(f"/i/{number}/note", data=data, headers=DUTY, follow_redirects=False).status_code == 303
    assert msgspec.json.decode(mirror.asks[0].arguments) == {"words": "Patrol 12 is on its way"}


def test_what_is_refused_is_said_on_the_page(served):
    client, mirror, seen = served
    mirror.next = Answer(0, None, problem="refused", detail="it has moved since you saw it")
    data = {"key": "0123456789", "seen_ns": "1"}
    answer = client.post(f"/i/{seen._incident.incident_id}/ack", data=data, headers=DUTY, follow_redirects=False)
    assert answer.status_code == 409
    assert "Not done: it has moved since you saw it" in answer.text
    mirror.station_up = False
    answer = client.post(f"/i/{seen._incident.incident_id}/ack", data=data, headers=DUTY, follow_redirects=False)
    assert answer.status_code == 503
    assert "The station does not answer" in answer.text


@pytest.mark.requirement("OUT-9")
def test_whoever_is_not_signed_in_is_led_there_and_back(served):
    client, mirror, _ = served
    answer = client.get("/i/3", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?target=/i/3")
    assert client.post("/i/3/ack", data={"key": "0123456789", "seen_ns": "1"}).status_code == 401
    assert mirror.asks == []


def test_only_the_watch_acts_and_others_may_look(served):
    client, mirror, seen = served
    number = seen._incident.incident_id
    assert client.get(f"/i/{number}", headers=AUDITOR).status_code == 200
    assert client.get(f"/i/{number}", headers=PUBLISHER).status_code == 403
    form = {"key": "0123456789", "seen_ns": "1"}
    assert client.post(f"/i/{number}/ack", data=form, headers=AUDITOR).status_code == 403
    assert mirror.asks == []


@pytest.mark.parametrize(
    "form", [{}, {"key": "x", "seen_ns": "1"}, {"key": "0123456789"}, {"key": "0123456789", "seen_ns": "now"}]
)
def test_a_form_that_is_none_is_refused(served, form):
    client, mirror, seen = served
    assert client.post(f"/i/{seen._incident.incident_id}/ack", data=form, headers={**DUTY, **FORM}).status_code == 400
    assert mirror.asks == []


def test_an_incident_that_is_not_there(served):
    client, _, _ = served
    told = client.get("/i/999999", headers=DUTY)
    assert (told.status_code, told.json()["detail"]) == (404, "incident 999999 is not there")
    page = client.get("/i/999999", headers={**DUTY, "Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "incident 999999 is not there" in page.text
    assert "Sign out" in page.text
    assert client.get("/i/x", headers=DUTY).status_code == 404


def test_its_style_bears_the_nonce_that_the_policy_allows(tmp_path):
    with serving(tmp_path, before_send=[headers.hook(tls=False)]) as (client, _, seen):
        answer = client.get(f"/i/{seen._incident.incident_id}", headers=DUTY)
    (nonce,) = re.findall("'nonce-([^']+)'", answer.headers["content-security-policy"].split("style-src")[1])
    assert f'<style nonce="{nonce}">' in answer.text
