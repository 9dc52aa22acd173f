"""Accounts over the interface: who may list, make and end what, and that the station records it first."""

import pytest

from skykeep.rules.powers import Role
from skykeep.station.outlets.subscriptions import FILE, Subscriptions
from skykeep.station.peopledb import digest
from tests.station.outlets.test_push import Browser
from tests.web.entrances import GOOD, OTHER, SAME, arguments, house


@pytest.fixture(name="whole", scope="module")
def _whole(tmp_path_factory):
    with house(tmp_path_factory.mktemp("station")) as made:
        yield made


@pytest.fixture(name="at")
def _at(whole):
    made = whole.renew()
    made.enrol("anna", "duty_officer", "publisher")
    made.enrol("root-admin", "admin")
    return made


# ---- accounts ------------------------------------------------------------------------------------------------


@pytest.mark.requirement("STATION-PEOPLE-4")
def test_an_account_has_a_life_and_each_step_is_recorded_first(at):
    admin = at.token("root-admin", "admin")
    made = at.client.post("/api/v1/people", json={"name": "carla", "roles": ["pilot"]}, headers=admin)
    assert made.status_code == 201
    assert made.headers["location"] == "/api/v1/people/carla"
    change = {"roles": ["auditor"], "reason": "moved"}
    changed = at.client.post("/api/v1/people/carla/change", json=change, headers=admin)
    assert changed.json()["person"]["roles"] == ["auditor"]
    assert changed.json()["invitation"] is None
    gone = at.client.post("/api/v1/people/carla/dismiss", json={"reason": "left"}, headers=admin)
    assert gone.json() == {"entry_index": 3}
    assert at.client.get("/api/v1/people/carla", headers=admin).json()["dismissed_ns"] == at.clock()
    told = [(ask.action, ask.person, ask.subject, ask.reason, ask.key) for ask in at.mirror.asks]
    assert told == [
        ("person.enrol", "root-admin", "person:carla", "", ""),
        ("person.change", "root-admin", "person:carla", "moved", ""),
        ("person.dismiss", "root-admin", "person:carla", "left", ""),
    ]
    assert arguments(at.mirror.asks[1])["before_sha256"] == digest("pilot").hex()
    assert arguments(at.mirror.asks[1])["after_sha256"] == digest("auditor").hex()


ACTS = [
    ("post", "/api/v1/people", {"name": "carla", "roles": ["pilot"]}),
    ("post", "/api/v1/people/anna/change", {"roles": ["pilot"], "reason": "x"}),
    ("post", "/api/v1/people/anna/change", {"sign_out": True, "reason": "x"}),
    ("post", "/api/v1/people/anna/dismiss", {"reason": "x"}),
    ("post", "/api/v1/tokens", {"label": "x", "roles": ["admin"], "days": 0.5}),
    ("post", "/api/v1/devices", {"person": "finn", "label": "phone"}),
    ("post", "/api/v1/sensor-keys/north", {}),
]


@pytest.mark.requirement("STATION-PEOPLE-4")
@pytest.mark.parametrize("problem", ["unavailable", "refused"])
@pytest.mark.parametrize(("method", "path", "body"), ACTS)
def test_what_the_station_does_not_record_is_not_done(at, method, path, body, problem):
    at.enrol("finn", "field_officer")
    admin = at.token("root-admin", "admin")
    at.sign_in("anna", client=at.other_browser())
    before = dump(at)
    at.mirror.problem = problem
    answer = getattr(at.client, method)(path, json=body, headers=admin)
    assert answer.status_code == {"unavailable": 503, "refused": 409}[problem]
    assert dump(at) == before
    at.mirror.problem = ""
    assert getattr(at.client, method)(path, json=body, headers=admin).status_code in {200, 201}
    assert dump(at) != before


KEPT = (
    "SELECT name, roles, password, dismissed_ns FROM persons",
    "SELECT id, person, roles FROM tokens",
    "SELECT id FROM sessions",
    "SELECT id FROM devices",
    "SELECT about FROM codes",
    "SELECT id FROM sensor_keys",
)


def dump(at):
    return [at.people.db.rows(sql) for sql in KEPT]


def test_what_would_fail_is_refused_before_it_is_recorded(at):
    admin = at.token("root-admin", "admin")
    for path, body in (
        ("/api/v1/people", {"name": "anna", "roles": ["pilot"]}),
        ("/api/v1/people", {"name": "Carla", "roles": ["pilot"]}),
        ("/api/v1/people", {"name": "carla", "roles": ["sensor"]}),
        ("/api/v1/people", {"name": "carla", "roles": []}),
        ("/api/v1/people/root-admin/dismiss", {"reason": "x"}),
        ("/api/v1/people/root-admin/change", {"roles": ["pilot"], "reason": "x"}),
        ("/api/v1/devices", {"person": "anna", "label": "x"}),
        ("/api/v1/devices", {"person": "anna", "label": "x", "roles": ["duty_officer"]}),
    ):
        assert at.client.post(path, json=body, headers=admin).status_code == 409, (path, body)
    for path, body in (
        ("/api/v1/people", {"name": "carla", "roles": ["king"]}),
        ("/api/v1/people", {"name": "carla", "roles": ["pilot"], "password": GOOD}),
        ("/api/v1/people/anna/dismiss", {}),
        ("/api/v1/devices", {"person": "anna", "label": "x", "days": 1_000}),
    ):
        assert at.client.post(path, json=body, headers=admin).status_code == 400, (path, body)
    assert at.client.post("/api/v1/people/nobody/dismiss", json={"reason": "x"}, headers=admin).status_code == 404
    assert at.mirror.asks == []


@pytest.mark.requirement("ASVS-8")
@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.PUBLIC, Role.SENSOR, Role.ADMIN}])
def test_nobody_but_an_admin_enrols_people(at, role):
    at.enrol("other", role.value)
    token = at.token("other", role.value)
    for method, path, body in ACTS[:4]:
        assert getattr(at.client, method)(path, json=body, headers=token).status_code == 403
    assert at.mirror.asks == []


def test_a_lost_password_is_chosen_anew_by_its_person(at):
    anna = at.other_browser()
    at.sign_in("anna", client=anna)
    token, admin = at.token("anna", "publisher"), at.token("root-admin", "admin")
    answer = at.client.post("/api/v1/people/anna/change", json={"invite": True, "reason": "forgot"}, headers=admin)
    assert anna.get("/api/v1/sessions").status_code == 401
    assert at.client.get("/api/v1/tokens", headers=token).status_code == 401
    assert at.sign_in("anna").status_code == 401
    code = answer.json()["invitation"].split("#")[1]
    assert anna.post("/welcome", data={"code": code, "password": OTHER}, headers=SAME).status_code == 303
    assert at.sign_in("anna", OTHER).status_code == 303


# ---- tokens --------------------------------------------------------------------------------------------------


@pytest.mark.requirement("STATION-PEOPLE-10", "ASVS-8")
def test_a_lesser_token_neither_lists_makes_nor_ends_a_greater_one(at):
    at.sign_in("anna")
    great = at.client.post(
        "/api/v1/tokens", json={"label": "great", "roles": ["duty_officer", "publisher"]}, headers=SAME
    )
    small = at.client.post("/api/v1/tokens", json={"label": "small", "roles": ["publisher"], "days": 5}, headers=SAME)
    lesser = {"Authorization": f"Bearer {small.json()['token']}"}
    assert [token["label"] for token in at.client.get("/api/v1/tokens", headers=lesser).json()] == ["small"]
    for roles in (["duty_officer"], ["publisher", "duty_officer"], ["admin"], []):
        body = {"label": "x", "roles": roles, "days": 1}
        assert at.client.post("/api/v1/tokens", json=body, headers=lesser).status_code == 409
    longer = at.client.post("/api/v1/tokens", json={"label": "x", "roles": ["publisher"], "days": 6}, headers=lesser)
    assert longer.status_code == 409
    assert (
        at.client.post(
            "/api/v1/tokens", json={"label": "x", "roles": ["publisher"], "days": 5}, headers=lesser
        ).status_code
        == 201
    )
    assert at.client.delete(f"/api/v1/tokens/{great.json()['id']}", headers=lesser).status_code == 404
    greater = {"Authorization": f"Bearer {great.json()['token']}"}
    assert {each["label"] for each in at.client.get("/api/v1/tokens", headers=greater).json()} == {
        "great",
        "small",
        "x",
    }
    assert at.client.delete(f"/api/v1/tokens/{small.json()['id']}", headers=greater).status_code == 200
    assert at.client.get("/api/v1/tokens", headers=lesser).status_code == 401


def test_tokens_of_others_are_not_there(at):
    at.enrol("bert", "duty_officer")
    bert = at.token("bert", "duty_officer")
    (held,) = at.client.get("/api/v1/tokens", headers=bert).json()
    anna = at.token("anna", "duty_officer", "publisher")
    assert [each["person"] for each in at.client.get("/api/v1/tokens", headers=anna).json()] == ["anna"]
    assert at.client.delete(f"/api/v1/tokens/{held['id']}", headers=anna).status_code == 404
    assert at.client.get("/api/v1/tokens", headers=bert).status_code == 200


@pytest.mark.requirement("STATION-PEOPLE-7")
def test_no_list_holds_a_secret(at):
    admin = at.token("root-admin", "admin")
    at.enrol("finn", "field_officer")
    shown = [
        at.client.post("/api/v1/sensor-keys/north", json={}, headers=admin).json()["key"],
        at.client.post("/api/v1/devices", json={"person": "finn", "label": "p"}, headers=admin)
        .json()["link"]
        .split("#")[1],
        at.client.post("/api/v1/tokens", json={"label": "x", "roles": ["admin"], "days": 0.5}, headers=admin).json()[
            "token"
        ],
    ]
    told = "".join(
        at.client.get(f"/api/v1/{what}", headers=admin).text
        for what in ("people", "tokens", "devices", "sessions", "sensor-keys")
    )
    assert "north" in told
    assert [secret for secret in shown if secret in told or digest(secret).hex() in told] == []
    assert "argon2" not in told


@pytest.mark.requirement("STATION-PEOPLE-7")
def test_what_is_shown_once_is_not_kept_for_a_second_time(at):
    admin = {**at.token("root-admin", "admin"), "Idempotency-Key": "once"}
    body = {"label": "x", "roles": ["admin"], "days": 0.5}
    first, second = (at.client.post("/api/v1/tokens", json=body, headers=admin).json()["token"] for _ in range(2))
    assert first != second
    kept = (at.site.home.run / "answered.db").read_bytes()
    assert first.encode() not in kept


# ---- sensor keys ---------------------------------------------------------------------------------------------


@pytest.mark.requirement("STATION-PEOPLE-11")
def test_a_sensor_changes_its_key_without_a_gap(at):
    admin = at.token("root-admin", "admin")

    def make(**body):
        answer = at.client.post("/api/v1/sensor-keys/north", json=body, headers=admin)
        assert answer.status_code == 201
        return answer.json()["key"]

    def holds(key):
        return at.people.sensors.verify(key, at.clock()) == "north"

    first, second = make(), make(overlap_hours=1)
    assert [holds(first), holds(second)] == [True, True]
    at.clock.forward(3_600)
    assert [holds(first), holds(second)] == [False, True]
    noted = arguments(at.mirror.asks[-1])
    assert noted["key_sha256"] == digest(second).hex()
    ended = at.client.post("/api/v1/sensor-keys/north/withdraw", json={"reason": "stolen"}, headers=admin)
    assert ended.json()["ended"] == 2
    assert not holds(second)
    assert at.client.post("/api/v1/sensor-keys/north/withdraw", json={"reason": "x"}, headers=admin).status_code == 404


# ---- what was stolen ---------------------------------------------------------------------------------------------


def a_phone(at, person="anna", *roles):
    """A browser that was enrolled as a device of this person."""
    made = at.client.post(
        "/api/v1/devices",
        json={"person": person, "label": "p", "roles": roles},
        headers=at.token("root-admin", "admin"),
    ).json()
    phone = at.other_browser()
    phone.post("/enrol", data={"code": made["link"].split("#")[1]}, headers=SAME, follow_redirects=False)
    return phone, made["id"]


@pytest.mark.requirement("STATION-PEOPLE-6", "ASVS-8")
def test_a_device_makes_nothing_that_outlives_it(at):
    at.enrol("finn", "field_officer")
    phone, _ = a_phone(at, "finn", "field_officer")
    body = {"label": "x", "roles": ["field_officer"], "days": 300}
    assert phone.get("/api/v1/tokens", headers=SAME).status_code == 200
    assert phone.post("/api/v1/tokens", json=body, headers=SAME).status_code == 409
    assert "token.make" not in at.mirror.actions()


@pytest.mark.requirement("STATION-PEOPLE-3", "ASVS-7", "ASVS-8")
def test_what_has_fewer_powers_neither_sees_nor_ends_a_greater_session(at):
    at.enrol("finn", "field_officer", "duty_officer")
    desk = at.other_browser()
    at.sign_in("finn", client=desk)
    phone, _ = a_phone(at, "finn", "field_officer")
    (great,) = [each["id"] for each in desk.get("/api/v1/sessions").json() if each["kind"] == "password"]
    lesser = at.token("finn", "field_officer")
    for client, headers in ((phone, SAME), (at.client, lesser)):
        assert [each["kind"] for each in client.get("/api/v1/sessions", headers=headers).json()] == ["device"]
        assert client.delete(f"/api/v1/sessions/{great}", headers=headers).status_code == 404
    assert len(desk.get("/api/v1/sessions").json()) == 2


@pytest.mark.requirement("STATION-PEOPLE-6")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/api/v1/devices/{device}", None),
        ("POST", "/api/v1/people/finn/dismiss", {"reason": "left"}),
        ("POST", "/api/v1/people/finn/change", {"reason": "lost a phone", "sign_out": True}),
    ],
)
def test_a_phone_that_is_out_is_told_of_nothing(at, method, path, body):
    at.enrol("finn", "field_officer")
    kept = Subscriptions(at.site.home.path / FILE)
    for person, number in (("finn", 1), ("anna", 2)):
        kept.add(person, Browser(f"https://push.example.org/{number}").subscription())
    _, device = a_phone(at, "finn", "field_officer")
    answer = at.client.request(method, path.format(device=device), json=body, headers=at.token("root-admin", "admin"))
    assert answer.status_code == 200
    assert [each.person for each in kept.all()] == ["anna"]


@pytest.mark.parametrize(
    ("name", "status"),
    [("finn", 200), ("anna", 200), ("root-admin", 409), ("left", 409), ("nobody", 409), ("<b>", 409)],
)
def test_an_incident_is_handed_to_somebody_who_can_take_it(at, name, status):
    at.enrol("finn", "field_officer")
    at.enrol("left", "duty_officer")
    at.people.dismiss("left", at.clock())
    headers = at.token("anna", "duty_officer")
    answer = at.client.post("/api/v1/incidents/3/hand-over", json={"to_person": name}, headers=headers)
    assert answer.status_code == status
    assert len(at.mirror.asks) == (status == 200)


@pytest.mark.requirement("STATION-PEOPLE-4")
def test_whose_device_it_is_stands_in_the_record(at):
    at.enrol("finn", "field_officer")
    a_phone(at, "finn", "field_officer")
    assert [(ask.action, ask.reason) for ask in at.mirror.asks] == [("device.enrol", "of finn")]


@pytest.mark.requirement("ASVS-16")
def test_a_body_that_is_no_text_is_no_fault_of_ours(at):
    headers = {**at.token("root-admin", "admin"), "Content-Type": "application/json"}
    answer = at.client.post("/api/v1/people", content=b'{"name": "\xff\xfe"}', headers=headers)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (400, "malformed")
