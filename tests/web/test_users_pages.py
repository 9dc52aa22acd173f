"""/users: each power sees what it may, each form becomes its fact, secrets stand in one answer, strangers' forms fail."""

import asyncio
import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.datastructures import FormMultiDict

from skykeep.errors import Malformed
from skykeep.rules.powers import TABLE, Role
from skykeep.station import peopletokens, totp
from skykeep.station.peopledb import digest
from skykeep.web import users_pages
from skykeep.web.forms import form_of
from skykeep.web.people_routes import Change, MakeToken
from tests.web.entrances import GOOD, SAME, arguments, house

ROLES = sorted((role for role in Role if role not in {Role.PUBLIC, Role.SENSOR}), key=lambda role: role.value)


@pytest.fixture(name="whole", scope="module")
def _whole(tmp_path_factory):
    with house(tmp_path_factory.mktemp("station")) as made:
        made.seen.__class__.health = lambda _self: []
        yield made


@pytest.fixture(name="at")
def _at(whole):
    made = whole.renew()
    made.enrol("anna", "duty_officer", "field_officer")
    made.enrol("root-admin", "admin")
    return made


def session_of(at, name):
    """Sign somebody in, without what passwords cost."""
    _, cookie = at.people.sessions.begin(name, "password", at.clock(), agent="Browser of <i>somebody</i>")
    at.client.cookies.set("skykeep", cookie)


def sent(at, path, expected=303, **form):
    answer = at.client.post(path, data=form, headers=SAME)
    assert answer.status_code == expected, answer.text
    return answer


def shown(at, path="/users"):
    answer = at.client.get(path)
    assert answer.status_code == 200
    return answer.text


def secret(answer):
    assert answer.headers["cache-control"] == "no-store"
    return re.findall(r'<code class="secret">([^<]+)</code>', answer.text)[0]


def asks(at):
    return [(ask.action, ask.person, ask.subject, ask.reason) for ask in at.mirror.asks]


@pytest.mark.requirement("SERVED-1")
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.value)
def test_each_power_sees_its_own_account_and_of_others_what_it_may(at, role):
    at.enrol("who", role.value)
    at.people.sensors.make("north", at.clock())
    at.people.devices.make("anna", "Lost one", [Role.FIELD_OFFICER], at.clock(), made_by="root-admin", days=7)
    session_of(at, "who")
    page = shown(at)
    assert 'action="/users/tokens"' in page
    assert "Browser of &lt;i&gt;somebody" in page
    assert ("/users/people/anna" in page) == (role in TABLE["person.read"].roles)
    assert ('action="/users/people"' in page) == (role in TABLE["person.enrol"].roles)
    assert ("Lost one" in page) == (role in TABLE["device.read"].roles)
    assert ('action="/users/devices"' in page) == (role in TABLE["device.enrol"].roles)
    assert ("Keys of sensors" in page) == (role in TABLE["sensor.key"].roles)
    other = at.client.get("/users/people/anna")
    assert other.status_code == (200 if role in TABLE["person.read"].roles else 403)
    if role is Role.AUDITOR:
        assert "<form" not in other.text.partition("<main")[2]
    if other.status_code == 403:
        assert "Who can give it to you: <b>root-admin</b>" in other.text or role in {Role.PILOT, Role.INTEGRATOR}


@pytest.mark.requirement("SERVED-1")
def test_who_is_not_signed_in_sees_no_account(at):
    answer = at.client.get("/users")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?target=/users")
    assert at.client.post("/users/people", data={"name": "carla"}, headers=SAME).status_code == 401
    assert at.mirror.asks == []


@pytest.mark.requirement("SERVED-4")
@pytest.mark.requirement("SERVED-5")
def test_an_account_has_a_life_by_forms_and_each_step_is_recorded_first(at):
    session_of(at, "root-admin")
    made = sent(at, "/users/people", 200, name="carla", roles=["pilot", "auditor"])
    assert "/welcome#ski_" in secret(made)
    assert secret(made) not in shown(at)
    changed = sent(at, "/users/people/carla/change", roles="auditor", reason="moved")
    assert changed.headers["location"] == "/users/people/carla?done=changed"
    assert "The powers were changed" in shown(at, changed.headers["location"])
    assert at.people.get("carla").roles == (Role.AUDITOR,)
    again = sent(at, "/users/people/carla/invite", 200, reason="lost")
    assert secret(again) != secret(made)
    assert at.people.get("carla").roles == (Role.AUDITOR,)
    sent(at, "/users/people/carla/sign-out", reason="a phone was lost")
    sent(at, "/users/people/carla/dismiss", reason="left")
    assert at.people.find("carla").dismissed_ns == at.clock()
    assert asks(at) == [
        ("person.enrol", "root-admin", "person:carla", ""),
        ("person.change", "root-admin", "person:carla", "moved"),
        ("person.change", "root-admin", "person:carla", "lost"),
        ("person.change", "root-admin", "person:carla", "a phone was lost"),
        ("person.dismiss", "root-admin", "person:carla", "left"),
    ]
    assert arguments(at.mirror.asks[1])["before_sha256"] == digest("auditor pilot").hex()
    assert "<form" not in shown(at, "/users/people/carla").partition("<main")[2]


@pytest.mark.requirement("SERVED-4")
@pytest.mark.requirement("SERVED-5")
def test_tokens_devices_sessions_and_keys_are_made_shown_once_and_ended(at):
    session_of(at, "root-admin")
    token = secret(sent(at, "/users/tokens", 200, label="export", roles="admin", days="7"))
    assert token.startswith("skt_")
    (kept,) = at.people.tokens.of("root-admin", list(Role))
    assert (kept.label, kept.roles) == ("export", (Role.ADMIN,))
    device = sent(at, "/users/devices", 200, person="anna", label="phone", roles="field_officer", days="3")
    assert "/enrol#ske_" in secret(device)
    assert 'src="data:image/svg+xml;base64,' in device.text
    (phone,) = at.people.devices.all()
    key = secret(sent(at, "/users/sensor-keys", 200, sensor_id="north", overlap_hours="1"))
    assert at.people.sensors.verify(key, at.clock()) == "north"
    page = shown(at)
    assert all(each not in page for each in (token, key, secret(device)))
    other, _ = at.people.sessions.begin("root-admin", "password", at.clock(), agent="the other browser")
    sent(at, f"/users/tokens/{kept.id}/withdraw")
    sent(at, f"/users/devices/{phone.id}/withdraw")
    sent(at, f"/users/sessions/{other}/end")
    gone = sent(at, "/users/sensor-keys/withdraw", sensor_id="north", reason="stolen")
    assert "keys ended" in shown(at, gone.headers["location"])
    assert at.people.tokens.of("root-admin", list(Role)) == at.people.devices.all() == at.people.sensors.all() == []
    assert [action for action, *_ in asks(at)] == [
        "token.make", "device.enrol", "sensor.key", "token.withdraw", "device.withdraw", "sensor.withdraw",
    ]  # fmt: skip


@pytest.mark.requirement("SERVED-4")
def test_what_is_not_done_is_said_on_the_page_that_it_was_asked_on(at):
    session_of(at, "root-admin")
    last = sent(at, "/users/people/root-admin/change", 409, roles="pilot", reason="x")
    assert "Not done: " in last.text
    assert "<h1>root-admin</h1>" in last.text
    assert at.mirror.asks == []
    twice = sent(at, "/users/people", 409, name="anna", roles="pilot")
    assert "Not done: " in twice.text
    assert "Enrol a person" in twice.text
    assert sent(at, "/users/people/anna/change", 400, roles="emperor", reason="x").status_code == 400
    assert "reason" in sent(at, "/users/people/anna/dismiss", 400).text
    assert sent(at, "/users/tokens/nothing/withdraw", 404).text.count("Not done: ") == 1
    assert sent(at, "/users/people/nobody/dismiss", 404, reason="x")
    at.mirror.problem = "unavailable"
    away = sent(at, "/users/people/anna/dismiss", 503, reason="left")
    assert "The station said no; try later." in away.text
    assert at.people.get("anna").dismissed_ns is None


@pytest.mark.requirement("SERVED-5")
@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site", **SAME}],
    ids=str,
)
def test_a_form_of_another_site_does_nothing(at, headers):
    session_of(at, "root-admin")
    answer = at.client.post("/users/people/anna/dismiss", data={"reason": "x"}, headers=headers)
    assert answer.status_code == 403
    assert at.people.get("anna").dismissed_ns is None
    assert at.mirror.asks == []


@pytest.mark.requirement("SERVED-5")
def test_a_secret_is_kept_for_no_key_of_idempotency(at):
    session_of(at, "root-admin")
    headers = {**SAME, "Idempotency-Key": "0123456789abcdef"}
    form = {"label": "x", "roles": "admin", "days": "1"}
    made = at.client.post("/users/tokens", data=form, headers=headers)
    held = (at.site.home.run / "answered.db").read_bytes()
    assert secret(made).encode() not in held


@pytest.mark.requirement("SERVED-5")
def test_nobody_gives_powers_by_a_form_that_they_do_not_have(at):
    session_of(at, "anna")
    for path, form in (
        ("/users/people", {"name": "x", "roles": "admin"}),
        ("/users/people/anna/change", {"roles": "admin", "reason": "x"}),
        ("/users/people/anna/reset-second-factor", {"reason": "x"}),
        ("/users/sensor-keys", {"sensor_id": "north"}),
    ):
        sent(at, path, 403, **form)
    sent(at, "/users/tokens", 409, label="x", roles="admin", days="1")
    sent(at, "/users/devices", 409, person="root-admin", label="x", roles="field_officer", days="1")
    assert at.mirror.asks == []
    mine = at.people.sessions.begin("root-admin", "password", at.clock(), agent="x")[0]
    sent(at, f"/users/sessions/{mine}/end", 404)


def test_a_device_is_offered_no_token(at):
    device, code = at.people.devices.make("anna", "x", [Role.FIELD_OFFICER], at.clock(), made_by="root-admin", days=7)
    at.client.post("/enrol", data={"code": code}, headers=SAME)
    page = shown(at)
    assert 'action="/users/tokens"' not in page
    assert "an enrolled device" in page
    assert "duty officer" not in page.partition("<main")[2]
    assert device


def test_a_second_factor_is_forgotten_by_another_admin_only(at):
    at.enrol("second-admin", "admin")
    session_of(at, "root-admin")
    sent(at, "/users/people/root-admin/reset-second-factor", 409, reason="x")
    sent(at, "/users/people/second-admin/reset-second-factor", 404, reason="x")
    assert at.mirror.asks == []
    offered = at.people.factors.offer("second-admin", "s", at.clock())
    code = totp.code(offered, totp.step(at.clock()))
    assert at.people.factors.enrol("second-admin", "s", code, at.clock())
    assert "Forget it" in shown(at, "/users/people/second-admin")
    sent(at, "/users/people/second-admin/reset-second-factor", reason="phone lost")
    assert at.people.factors.held("second-admin") is None
    assert asks(at) == [("factor.reset", "root-admin", "person:second-admin", "phone lost")]


def test_every_end_of_an_act_has_words(at):
    session_of(at, "root-admin")
    for done, words in users_pages.DONE.items():
        assert words in html.unescape(shown(at, f"/users?done={done}"))
    assert "<script>" not in shown(at, "/users?done=<script>x</script>")


class Sent:
    """A request with a form."""

    def __init__(self, *items):
        self._items = FormMultiDict(items)

    async def form(self):
        return self._items


def read(kind, *items, **known):
    return asyncio.run(form_of(Sent(*items), kind, **known))


def test_boxes_that_are_ticked_are_a_list_however_many():
    assert read(MakeToken, ("label", "x")).roles == ()
    assert read(MakeToken, ("label", "x"), ("roles", "pilot")).roles == (Role.PILOT,)
    made = read(MakeToken, ("label", "x"), ("roles", "pilot"), ("roles", "admin"), ("days", "2.5"), ("more", "y"))
    assert (made.roles, made.days) == ((Role.PILOT, Role.ADMIN), 2.5)
    assert read(Change, ("reason", "x"), ("sign_out", "true"), roles=None, sign_out=False) == Change(reason="x")


@given(st.lists(st.tuples(st.sampled_from(["label", "roles", "days", "x"]), st.text()), max_size=6))
def test_a_form_is_read_or_said_to_be_none(items):
    try:
        days = read(MakeToken, *items).days
    except Malformed:
        days = None
    assert days is None or 0 < days <= peopletokens.DAYS_MAX


def test_a_person_who_signed_in_by_password_does_it_all(at):
    assert at.sign_in("root-admin", GOOD, target="/users").headers["location"] == "/users"
    assert "Your own account" in shown(at)
