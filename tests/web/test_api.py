"""The interface for programs: who is admitted, what acts ask of the station, how problems read."""

import base64

import msgspec
import pytest

from skykeep.errors import Refused, Unavailable
from skykeep.rules import powers
from skykeep.station import asked, zonedesk
from skykeep.station.link import Answer
from skykeep.web import app, problems
from skykeep.web.api import bodies, drafts
from tests.web.doubles import AUDITOR, DUTY, PUBLISHER, SENSOR, T_NS, serving

V1 = "/api/v1"
REASON = {"reason": "Because."}


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("station")) as found:
        yield found


@pytest.fixture
def served(standing):
    """One application for all tests; the station behind it is new for each."""
    client, mirror, seen = standing
    mirror.__init__()
    seen.__dict__ = {**type(seen)().__dict__}
    return client, mirror, seen


def is_problem(answer, status, name):
    told = msgspec.json.decode(answer.content, type=problems.Problem)
    assert answer.headers["content-type"] == problems.MEDIA_TYPE
    assert (answer.status_code, told.status, told.type) == (status, status, problems.TYPES + name), answer.text
    assert told.instance.endswith(answer.headers["x-request-id"])
    assert told.title
    assert told.remedy
    return told


def handlers(made):
    for route in made.routes:
        yield from getattr(route, "route_handlers", ())


@pytest.mark.requirement("API-1")
def test_every_handler_names_its_act(served):
    client, _, _ = served
    found = [handler for handler in handlers(client.app) if handler.http_methods != {"OPTIONS"}]
    assert len(found) > 50
    assert [str(handler) for handler in found if handler.opt.get("action") not in powers.TABLE] == []


@pytest.mark.requirement("API-1")
def test_a_handler_that_names_none_is_refused_to_everybody(tmp_path):
    from litestar import get

    @get("/nameless")
    async def nameless() -> str:
        return "reached"

    with serving(tmp_path, routers=[nameless]) as (client, _, _):
        is_problem(client.get("/nameless", headers=DUTY), 403, "not-admitted")


@pytest.mark.requirement("API-1")
def test_who_is_not_known_signs_in_and_who_lacks_the_power_asks_an_admin(served):
    client, mirror, _ = served
    answer = client.get(f"{V1}/tracks")
    is_problem(answer, 401, "not-signed-in")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    told = is_problem(client.post(f"{V1}/alarms/17/ack", headers=AUDITOR), 403, "not-admitted")
    assert "duty_officer" in told.detail
    assert mirror.asks == []


@pytest.mark.parametrize(
    "path",
    [
        "/time",
        "/law",
        "/law/history",
        "/zones",
        "/zones.geojson",
        "/zones/KEEP-OUT",
        "/health/live",
        "/health/ready",
        "/openapi.json",
        "/problems/refused",
    ],
)
def test_what_is_public_is_public(served, path):
    client, _, _ = served
    assert client.get(V1 + path).status_code == 200


@pytest.mark.requirement("REPLAY-3")
def test_a_note_about_a_moment_says_which_and_of_what_is_to_come_is_none(served):
    client, mirror, _ = served
    said = {"words": "it turns", "about_ms": 1_234_567_890_900}
    assert client.post(f"{V1}/incidents/3/note", json=said, headers=DUTY).status_code == 200
    assert asked.arguments("incident.note", mirror.asks[0].arguments).words == "[2009-02-13 23:31:30 UTC] it turns"
    assert client.post(f"{V1}/incidents/3/note", json=said | {"about_ms": 10**14}, headers=DUTY).status_code == 400
    assert len(mirror.asks) == 1


ACTS = [
    ("alarms/17/ack", "alarm.ack", DUTY, None, "alarm:17"),
    ("alarms/17/shelve", "alarm.shelve", DUTY, {**REASON, "minutes": 5}, "alarm:17"),
    ("alarms/17/unshelve", "alarm.unshelve", DUTY, None, "alarm:17"),
    ("alarms/17/remove", "alarm.remove", DUTY, REASON, "alarm:17"),
    ("alarms/17/restore", "alarm.restore", DUTY, None, "alarm:17"),
    ("incidents", "incident.open", DUTY, {**REASON, "track_id": 3}, ""),
    ("incidents/3/ack", "incident.ack", DUTY, None, "incident:3"),
    ("incidents/3/note", "incident.note", DUTY, {"words": "seen"}, "incident:3"),
    ("incidents/3/merge", "incident.merge", DUTY, {"other_id": 3}, "incident:3"),
    ("incidents/3/hand-over", "incident.hand_over", DUTY, {"to_person": "x"}, "incident:3"),
    ("incidents/3/escalate", "incident.escalate", DUTY, REASON, "incident:3"),
    ("incidents/3/close", "incident.close", DUTY, REASON, "incident:3"),
    ("incidents/3/reopen", "incident.reopen", DUTY, REASON, "incident:3"),
    ("incidents/3/release", "incident.release", AUDITOR, REASON, "incident:3"),
    ("drafts/d1/publish", "zone.publish", PUBLISHER, None, "draft:d1"),
    ("drafts/d1/propose", "zone.propose", PUBLISHER, None, "draft:d1"),
    ("drafts/d1/discard", "zone.discard", PUBLISHER, {"reason": "r"}, "draft:d1"),
    ("zones/KEEP-OUT/withdraw", "zone.withdraw", PUBLISHER, REASON, "zone:KEEP-OUT"),
    ("zones/KEEP-OUT/confirm", "zone.confirm", DUTY, {"hours": 1.5}, "zone:KEEP-OUT"),
    ("zones/KEEP-OUT/lift", "zone.lift", DUTY, REASON, "zone:KEEP-OUT"),
    ("permits/P-2026-0007/revoke", "permit.revoke", {"X-As": "o permit_officer"}, REASON, "permit:P-2026-0007"),
    *(
        (f"permits/P-2026-0007/{step}", f"permit.{step}", {"X-As": "o permit_officer"}, REASON, "permit:P-2026-0007")
        for step in ("ask", "offer", "recommend", "grant", "refuse")
    ),
    ("record/verify", "record.verify", AUDITOR, None, ""),
    ("record/erase", "record.erase", AUDITOR, {**REASON, "value": "1588E", "kind": "uas"}, ""),
    ("backups", "backup.make", {"X-As": "max admin"}, None, ""),
]  # fmt: skip


@pytest.mark.requirement("API-2")
@pytest.mark.parametrize(("path", "action", "headers", "body", "subject"), ACTS)
def test_an_act_is_asked_of_the_station_as_its_table_says(served, path, action, headers, body, subject):
    client, mirror, _ = served
    answer = client.post(f"{V1}/{path}", json=body, headers=headers)
    assert answer.status_code in {200, 201}, answer.text
    assert answer.json()["entry_index"] == 7
    (ask,) = mirror.asks
    assert (ask.action, ask.subject) == (action, subject)
    assert isinstance(asked.arguments(action, ask.arguments), asked.ASKED[action][0])
    assert ask.reason == (body or {}).get("reason", "")
    assert ask.person == headers["X-As"].split()[0]


@pytest.mark.requirement("API-3")
@pytest.mark.parametrize(
    ("problem", "status", "name"),
    [("refused", 409, "refused"), ("malformed", 400, "malformed"), ("unavailable", 503, "unavailable"), ("corrupt", 500, "corrupt")],
)  # fmt: skip
def test_the_four_families_are_problems(served, problem, status, name):
    client, mirror, _ = served
    mirror.next = Answer(0, None, problem=problem, detail="alarm 17 is shelved; unshelve it first")
    told = is_problem(client.post(f"{V1}/alarms/17/ack", headers=DUTY), status, name)
    assert (told.detail, told.remedy) == ("alarm 17 is shelved", "Unshelve it first.")


@pytest.mark.requirement("API-3")
def test_a_station_that_is_not_there_is_said(served):
    client, mirror, _ = served
    mirror.station_up = False
    answer = client.post(f"{V1}/alarms/17/ack", headers=DUTY)
    is_problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "2"
    is_problem(client.get(f"{V1}/health/ready"), 503, "unavailable")
    assert client.get(f"{V1}/health/live").status_code == 200


@pytest.mark.requirement("API-3")
@pytest.mark.parametrize("action", [name for name, power in powers.TABLE.items() if power.states is not None])
@pytest.mark.parametrize("state", ["normal", "over", None])
def test_what_cannot_be_done_in_a_state_says_so_and_what_to_do(action, state):
    power = powers.TABLE[action]
    if state in power.states:
        return
    with pytest.raises(Refused) as raised:
        powers.admit(power.roles, action, state=state, reason="x", before="a", person="b")
    told = problems.of_error(raised.value)
    assert all(each in told.detail for each in power.states)
    assert told.detail.endswith(f"this is in state {state}" if state else "this is not there")
    assert told.remedy == "Look at it as it stands now."


@pytest.mark.requirement("API-3")
def test_a_mistake_of_ours_shows_nothing_of_itself(served, caplog):
    client, _, seen = served
    seen.tracks = lambda: 1 / 0
    told = is_problem(client.get(f"{V1}/tracks", headers=DUTY), 500, "fault")
    assert "ZeroDivision" not in str(told)
    assert told.instance.rpartition(":")[2] in caplog.text


def test_problems_of_the_framework_are_problems_too(served):
    client, _, _ = served
    is_problem(client.get("/nowhere"), 404, "not-there")
    is_problem(client.delete(f"{V1}/tracks", headers=DUTY), 405, "not-so")
    is_problem(client.get(f"{V1}/tracks?limit=0", headers=DUTY), 400, "malformed")
    is_problem(client.get(f"{V1}/tracks/999", headers=DUTY), 404, "not-there")
    is_problem(client.get(f"{V1}/tracks?cursor=!!", headers=DUTY), 400, "malformed")


@pytest.mark.requirement("API-4")
def test_pages_lead_on_until_the_end_and_miss_nothing(served):
    client, _, _ = served
    found, path = [], f"{V1}/tracks?limit=3&verdict=not_permitted"
    while path:
        answer = client.get(path, headers=DUTY)
        found += [track["track_id"] for track in answer.json()]
        path = answer.links.get("next", {}).get("url")
    assert found == [1, 2, 3, 4, 5, 6, 7]
    answer = client.get(f"{V1}/incidents?state=open", headers=DUTY)
    assert "state=open" in answer.links["next"]["url"]
    assert "cursor=more" in answer.links["next"]["url"]


@pytest.mark.requirement("API-5")
def test_what_has_not_changed_is_not_sent_again(served):
    client, _, seen = served
    for path in ("tracks", "alarms/17", "zones.geojson"):
        first = client.get(f"{V1}/{path}", headers=DUTY)
        again = client.get(f"{V1}/{path}", headers={**DUTY, "If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    seen._alarm.t_ns += 1
    assert client.get(f"{V1}/alarms/17", headers={**DUTY, "If-None-Match": f'"17-{T_NS}"'}).status_code == 200


@pytest.mark.requirement("API-5")
def test_an_act_names_what_was_seen(served):
    client, mirror, _ = served
    tag = client.get(f"{V1}/alarms/17", headers=DUTY).headers["etag"]
    assert client.post(f"{V1}/alarms/17/ack", headers={**DUTY, "If-Match": tag}).status_code == 200
    assert asked.arguments("alarm.ack", mirror.asks[0].arguments).seen_ns == T_NS
    is_problem(client.post(f"{V1}/alarms/17/ack", headers={**DUTY, "If-Match": '"18-5"'}), 412, "changed")


@pytest.mark.requirement("API-5")
def test_an_act_on_what_has_moved_since_is_refused_before_it_is_asked(served):
    client, mirror, seen = served
    tag = client.get(f"{V1}/incidents/3", headers=DUTY).headers["etag"]
    seen._incident.t_ns += 1
    is_problem(client.post(f"{V1}/incidents/3/close", json=REASON, headers={**DUTY, "If-Match": tag}), 412, "changed")
    assert mirror.asks == []


@pytest.mark.requirement("API-6")
def test_the_same_key_does_nothing_twice(served):
    client, mirror, _ = served
    headers = {**DUTY, "Idempotency-Key": "k1"}
    first = client.post(f"{V1}/incidents", json=REASON, headers=headers)
    again = client.post(f"{V1}/incidents", json=REASON, headers=headers)
    assert (first.status_code, first.json(), first.headers["location"]) == (
        201,
        again.json(),
        again.headers["location"],
    )
    assert again.headers["idempotent-replayed"] == "true"
    assert len(mirror.asks) == 1
    is_problem(client.post(f"{V1}/incidents", json={"reason": "Else."}, headers=headers), 422, "key-used")
    is_problem(client.post(f"{V1}/incidents/3/close", json=REASON, headers=headers), 422, "key-used")
    other = {"X-As": "perez duty_officer", "Idempotency-Key": "k1"}
    assert client.post(f"{V1}/incidents", json=REASON, headers=other).status_code == 201
    assert len({ask.key for ask in mirror.asks}) == 2


@pytest.mark.requirement("API-6", "STATION-PEOPLE-10")
def test_a_key_is_no_power(served):
    client, mirror, _ = served
    headers = {**DUTY, "Idempotency-Key": "k3"}
    assert client.post(f"{V1}/incidents", json=REASON, headers=headers).status_code == 201
    lesser = {"X-As": DUTY["X-As"].replace("duty_officer", "site_security"), "Idempotency-Key": "k3"}
    is_problem(client.post(f"{V1}/incidents", json=REASON, headers=lesser), 403, "not-admitted")
    assert len(mirror.asks) == 1


@pytest.mark.requirement("API-6")
def test_what_was_not_done_may_be_tried_again_with_the_same_key(served):
    client, mirror, _ = served
    headers = {**DUTY, "Idempotency-Key": "k2"}
    mirror.station_up = False
    assert client.post(f"{V1}/incidents", json=REASON, headers=headers).status_code == 503
    mirror.station_up = True
    assert client.post(f"{V1}/incidents", json=REASON, headers=headers).status_code == 201


@pytest.mark.requirement("API-6")
def test_keys_outlive_the_process_and_end_after_a_day(tmp_path):
    from skykeep.web.once import KEPT_NS, Answered, Answers, Slot

    path, now = tmp_path / "a.db", [1]
    slot = Slot("session:silva", "k", b"digest")
    first = Answers(path, lambda: now[0])
    first.keep(slot, Answered(200, [], b"{}"))
    first.close()
    again = Answers(path, lambda: now[0])
    assert again.find(slot) == Answered(200, [], b"{}")
    with pytest.raises(problems.Failed, match="came before"):
        again.find(slot._replace(request=b"other"))
    now[0] += KEPT_NS
    assert again.find(slot) is None
    again.close()
    with pytest.raises(Unavailable):
        Answers(tmp_path, lambda: 0)


@pytest.mark.requirement("API-7")
@pytest.mark.parametrize(
    ("kind", "body", "status", "name"),
    [
        ("text/plain", b"{}", 415, "wrong-type"),
        ("application/json", b"{", 400, "malformed"),
        ("application/json", b'{"reason": "a", "unknown": 1}', 400, "malformed"),
        ("application/json", b'{"reason": ""}', 400, "malformed"),
        ("application/json", b'{"reason": "' + b"a" * 3_000 + b'"}', 400, "malformed"),
        ("application/json", b'{"reason": ' + b"[" * 100_000, 400, "malformed"),
        ("application/json", b'{"reason": "' + b"a" * (1 << 21) + b'"}', 413, "too-large"),
    ],
)  # fmt: skip
def test_bodies_are_taken_strictly(served, kind, body, status, name):
    client, mirror, _ = served
    answer = client.post(f"{V1}/incidents", content=body, headers={**DUTY, "Content-Type": kind})
    is_problem(answer, status, name)
    assert mirror.asks == []


def push(client, body, kind="application/json", **headers):
    sent = {**SENSOR, "Content-Type": kind, **headers}
    return client.post(f"{V1}/sensors/rid-north/observations", content=body, headers=sent)


@pytest.mark.requirement("API-8")
def test_a_sensor_pushes_one_detection_many_or_a_frame(served):
    client, mirror, _ = served
    assert push(client, b'{"time": 1}').json() == {
        "frames": 1, "facts": 1, "unreadable": 0, "again": False, "late": 0, "why": "",
    }  # fmt: skip
    assert push(client, b"{}\n{}\n", "application/x-ndjson").status_code == 200
    raw = client.post(f"{V1}/sensors/rid-north/observations?format=odid-hex", content=b"\x00\xff",
                      headers={**SENSOR, "Content-Type": "application/octet-stream", "X-Sequence": "12"})  # fmt: skip
    assert raw.status_code == 200
    assert [ask.data for ask in mirror.asks] == [b'{"time": 1}', b"{}\n{}\n", b"\x00\xff"]
    assert {ask.person for ask in mirror.asks} == {"sensor:rid-north"}
    last = asked.arguments("sensor.push", mirror.asks[-1].arguments)
    assert (last.format, last.sequence) == ("odid-hex", 12)


@pytest.mark.requirement("API-8")
def test_a_push_is_refused_that_is_not_the_sensors_or_breaks_limits(served):
    client, mirror, _ = served
    is_problem(client.post(f"{V1}/sensors/other/observations", json={}, headers=SENSOR), 403, "not-admitted")
    is_problem(client.post(f"{V1}/sensors/rid-north/observations", json={}, headers=DUTY), 403, "not-admitted")
    is_problem(push(client, b""), 400, "malformed")
    is_problem(push(client, b"[" * 40 + b"]" * 40), 400, "malformed")
    is_problem(push(client, b" " * (1 << 20) + b"{}"), 413, "too-large")
    is_problem(push(client, b"{}", **{"X-Sequence": "-1"}), 400, "malformed")
    is_problem(push(client, b"{}", "text/csv"), 415, "wrong-type")
    assert mirror.asks == []


CIRCLE = {"lat_deg": -34.8911, "lon_deg": -56.1872, "radius_m": 800}


@pytest.mark.requirement("API-9")
def test_an_emergency_zone_is_shown_before_it_is_made(served):
    client, mirror, _ = served
    body = {"reason": "Fire.", "circle": CIRCLE, "ceiling": {"value_m": 120.5, "datum": "agl"}}
    preview = client.post(f"{V1}/zones/emergency?preview=true", json=body, headers=DUTY)
    made = client.post(f"{V1}/zones/emergency", json=body, headers=DUTY)
    assert (preview.status_code, made.status_code) == (200, 201)
    assert preview.json()["hits"]["track_ids"] == [417]
    assert made.headers["location"] == f"{V1}/zones/E-1"
    first, second = (asked.arguments(ask.action, ask.arguments) for ask in mirror.asks)
    assert (first.preview, second.preview) == (True, False)
    assert second.circle == (-348_911_000, -561_872_000, 800_000)
    assert second.ceiling.value_mm == 120_500


@pytest.mark.requirement("API-10")
def test_a_zone_is_confirmed_for_as_long_as_the_description_says(served):
    client, mirror, _ = served
    (limit,) = [each for each in msgspec.structs.fields(bodies.Confirm)[0].type.__metadata__ if each.le]
    assert limit.le * drafts.HOUR_NS == zonedesk.CONFIRMED_MAX_NS
    address = f"{V1}/zones/KEEP-OUT/confirm"
    is_problem(client.post(address, json={"hours": limit.le + 1}, headers=DUTY), 400, "malformed")
    assert client.post(address, json={"hours": limit.le}, headers=DUTY).status_code == 200
    assert len(mirror.asks) == 1


@pytest.mark.parametrize(
    "area",
    [
        {},
        {"circle": CIRCLE, "polygon": [{"lat_deg": 0, "lon_deg": 0}] * 3},
        {"circle": {**CIRCLE, "lat_deg": 91}},
        {"circle": {**CIRCLE, "radius_m": 1e-9}},
        {"polygon": []},
    ],
)
def test_an_emergency_zone_has_one_area(served, area):
    client, mirror, _ = served
    is_problem(client.post(f"{V1}/zones/emergency", json={"reason": "Fire.", **area}, headers=DUTY), 400, "malformed")
    assert mirror.asks == []


def test_a_file_of_zones_is_put_forward_or_only_read(served):
    client, mirror, _ = served
    headers = {**PUBLISHER, "Content-Type": "application/octet-stream"}
    preview = client.post(f"{V1}/drafts?name=a.json&preview=true", content=b"{}", headers=headers)
    kept = client.post(f"{V1}/drafts?name=a.json&format=ed318", content=b"{}", headers=headers)
    assert (preview.status_code, kept.status_code) == (200, 201)
    assert [asked.arguments(ask.action, ask.arguments).keep for ask in mirror.asks] == [False, True]
    is_problem(client.post(f"{V1}/drafts?name=a", content=b"", headers=headers), 400, "malformed")
    is_problem(client.post(f"{V1}/drafts?name=a", content=b" " * 16_000_001, headers=headers), 413, "too-large")


def test_zones_are_mapped_with_longitude_first(served):
    client, _, _ = served
    answer = client.get(f"{V1}/zones.geojson")
    assert answer.headers["content-type"].startswith("application/geo+json")
    (feature,) = answer.json()["features"]
    ring = feature["geometry"]["coordinates"][0]
    assert ring[0] == ring[-1]
    assert len(ring) == 73
    assert all(-56.2 < lon < -56.17 and -34.91 < lat < -34.88 for lon, lat in ring)
    assert feature["properties"]["circle"] == [-56.1872, -34.8911, 800.0]


def test_tracks_on_a_map_say_nothing_of_who_they_are(served):
    client, _, _ = served
    answer = client.get(f"{V1}/tracks.geojson", headers=DUTY).json()
    assert len(answer["features"]) == 7
    assert not any("id" in name and name != "track_id" for name in answer["features"][0]["properties"])


def test_what_is_personal_goes_through_the_mask(tmp_path):
    def mask(caller, thing):
        return msgspec.structs.replace(thing, person="") if hasattr(thing, "person") else thing

    with serving(tmp_path, mask=mask) as (client, _, _):
        assert client.get(f"{V1}/audit", headers=AUDITOR).json()[0]["person"] == ""


def test_metrics_are_told_where_somebody_counts(tmp_path):
    admin = {"X-As": "a admin"}
    with serving(tmp_path, metrics=lambda site: b"skykeep_up 1\n") as (client, _, _):
        answer = client.get(f"{V1}/metrics", headers=admin)
        assert answer.text == "skykeep_up 1\n"
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    with serving(tmp_path) as (client, _, _):
        is_problem(client.get(f"{V1}/metrics", headers=admin), 404, "not-there")


def test_a_stream_is_got_and_not_posted(served):
    client, _, _ = served
    is_problem(client.post(f"{V1}/stream", json={}), 405, "not-so")
    is_problem(client.get(f"{V1}/stream"), 503, "unavailable")


def test_other_origins_are_told_nothing(served):
    client, _, _ = served
    answer = client.get(f"{V1}/time", headers={"Origin": "https://elsewhere.example"})
    assert not any(name.startswith("access-control") for name in answer.headers)


def test_a_cursor_is_none_of_theirs(served):
    client, _, _ = served
    forged = base64.urlsafe_b64encode(b'{"a":1}').decode()
    is_problem(client.get(f"{V1}/tracks?cursor={forged}", headers=DUTY), 400, "malformed")


def test_the_interface_has_one_prefix():
    assert app.PREFIX == V1
