"""Who is asking: tokens, keys and cookies, limits, and requests that other sites make a browser send."""

import threading

import pytest

from skykeep.rules.powers import Role
from skykeep.station.peoplepasswords import Passwords
from skykeep.station.webconfig import WebConfig
from skykeep.web import csrf
from skykeep.web.limits import Limits, address_key, client_address
from tests.waiting import PATIENCE_S, until
from tests.web.entrances import GOOD, ORIGIN, SAME, house


@pytest.fixture(name="whole", scope="module")
def _whole(tmp_path_factory):
    with house(tmp_path_factory.mktemp("station")) as made:
        yield made


@pytest.fixture(name="at")
def _at(whole):
    made = whole.renew()
    made.enrol("anna", "duty_officer")
    return made


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


# ---- tokens and keys -----------------------------------------------------------------------------------------


@pytest.mark.requirement("ASVS-8")
def test_a_token_may_what_it_and_its_person_may(at):
    token = at.token("anna", "duty_officer")
    assert at.client.get("/api/v1/tracks/7", headers=token).status_code == 200
    assert at.client.get("/api/v1/people", headers=token).status_code == 403
    at.enrol("root-admin", "admin")
    at.people.set_roles("anna", [Role.PUBLISHER], at.clock())
    assert at.client.get("/api/v1/tracks/7", headers=token).status_code == 403
    at.people.dismiss("anna", at.clock())
    assert at.client.get("/api/v1/tracks/7", headers=token).status_code == 401


@pytest.mark.requirement("ASVS-16")
def test_who_is_refused_stands_in_the_log_in_one_line(at, caplog):
    at.client.get("/api/v1/people", headers=at.token("anna", "duty_officer"))
    at.client.get("/api/v1/people/x%0ainjected", headers=bearer("skt_guess"))
    at.client.get("/api/v1/people/x%0ainjected")
    at.sign_in("anna\ninjected", "wrong")
    said = [record.getMessage() for record in caplog.records]
    assert said[0] == "refused (403): 'GET' '/api/v1/people' to anna from ?"
    assert said[1] == "refused: a token or key that does not hold, from ?"
    assert len(said) == 5
    assert all("\n" not in line for line in said)


def test_a_token_ends(at):
    token = at.token("anna", "duty_officer")
    at.clock.forward(86_401)
    answer = at.client.get("/api/v1/tracks/7", headers=token)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "said", ["Bearer", "Bearer x", "Basic YTpi", "Bearer skt_" + "A" * 43, "Bearer sks_x", "skt_x", "\xe9"]
)
def test_what_is_no_token_is_nobody_even_with_a_cookie(at, said):
    at.sign_in("anna")
    answer = at.client.get("/api/v1/sessions", headers={"Authorization": said.encode("latin-1")})
    assert answer.status_code == 401


def test_a_sensor_may_push_and_nothing_else(at):
    _, key = at.people.sensors.make("north", at.clock())
    assert at.guard.caller({"authorization": f"Bearer {key}"}).roles == (Role.SENSOR, Role.PUBLIC)
    assert at.client.get("/api/v1/tracks/7", headers=bearer(key)).status_code == 403
    at.people.sensors.withdraw("north")
    assert at.client.get("/api/v1/tracks/7", headers=bearer(key)).status_code == 401


def test_what_lasts_ends_with_what_let_it_in(at):
    cookie = at.sign_in("anna").cookies["skykeep"]
    caller = at.guard.caller({"cookie": f"skykeep={cookie}"})
    token = at.guard.caller({k.lower(): v for k, v in at.token("anna", "duty_officer").items()})
    assert at.guard.holds(caller)
    assert at.guard.holds(token)
    at.enrol("root-admin", "admin")
    at.people.set_roles("anna", [Role.AUDITOR], at.clock())
    assert not at.guard.holds(caller)
    assert not at.guard.holds(token)


# ---- limits --------------------------------------------------------------------------------------------------


@pytest.mark.requirement("ASVS-2", "STATION-PEOPLE-8")
def test_an_address_that_asks_too_much_waits(tmp_path):
    with house(tmp_path, web=WebConfig(requests_per_minute=5)) as at:
        codes = [at.client.get("/sign-in").status_code for _ in range(6)]
        assert codes == [200] * 5 + [429]
        answer = at.client.get("/sign-in")
        assert int(answer.headers["retry-after"]) == 12
        assert answer.json()["type"].endswith("/too-many")
        at.clock.forward(12)
        assert at.client.get("/sign-in").status_code == 200


def test_a_token_has_a_limit_of_its_own_and_a_wrong_one_counts_for_the_address(tmp_path):
    with house(tmp_path, web=WebConfig(requests_per_minute=5)) as at:
        at.enrol("anna", "duty_officer")
        token = at.token("anna", "duty_officer")
        guessed = [at.client.get("/api/v1/tracks/7", headers=bearer("skt_guess")).status_code for _ in range(6)]
        assert guessed == [401] * 5 + [429]
        assert [at.client.get("/api/v1/tracks/7", headers=token).status_code for _ in range(6)] == [200] * 5 + [429]


def test_a_limit_lets_a_minute_through_and_forgets_the_oldest():
    limits = Limits(60, keys_max=3)
    assert [limits.take("a", 100.0) for _ in range(60)] == [0.0] * 60
    assert limits.take("a", 100.0) == pytest.approx(1.0)
    assert limits.take("a", 101.0) == 0.0
    assert limits.take("b", 101.0, times=60) == 0.0
    assert limits.take("b", 101.0) > 0
    for key in "cdefg":
        limits.take(key, 101.0)
    assert len(limits._idle_s) == 3
    assert limits.take("a", 101.0) == 0.0


@pytest.mark.parametrize(
    ("address", "key"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("::ffff:192.0.2.7", "192.0.2.7"),
     ("fe80::1%eth0", "fe80::/64"), ("unix", "?"), ("", "?")],
)  # fmt: skip
def test_what_an_address_counts_as(address, key):
    assert address_key(address) == key


def test_only_our_own_proxy_is_believed():
    assert client_address("127.0.0.1", "1.2.3.4, 5.6.7.8", trust_proxy=True) == "5.6.7.8"
    assert client_address("127.0.0.1", "1.2.3.4", trust_proxy=False) == "127.0.0.1"
    assert client_address("127.0.0.1", "", trust_proxy=True) == "127.0.0.1"


@pytest.mark.requirement("STATION-PEOPLE-8", "ASVS-4")
def test_a_proxy_that_adds_a_line_is_believed_and_not_the_line_before_it(tmp_path):
    with house(tmp_path, web=WebConfig(trust_proxy=True)) as at:
        lines = [(b"x-forwarded-for", b"192.0.2.1"), (b"x-forwarded-for", b"192.0.2.2, 198.51.100.7")]
        assert at.guard.address({"client": ("127.0.0.1", 1), "headers": lines}) == "198.51.100.7"


# ---- other sites ---------------------------------------------------------------------------------------------


@pytest.mark.requirement("ASVS-3")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": ORIGIN}, 303),
        ({"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}, 303),
        ({}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ORIGIN + ".evil.example"}, 403),
        ({"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, 403),
    ],
)
def test_only_our_own_pages_send_what_a_cookie_signs(at, headers, status):
    at.sign_in("anna")
    assert at.client.post("/sign-out", headers=headers, follow_redirects=False).status_code == status
    assert at.client.get("/api/v1/sessions").status_code == (401 if status == 303 else 200)


def test_another_site_signs_nobody_in(at):
    form = {"name": "anna", "password": GOOD}
    evil = at.client.post("/sign-in", data=form, headers={"Origin": "https://evil.example"}, follow_redirects=False)
    assert evil.status_code == 403
    program = at.client.post("/sign-in", data=form, follow_redirects=False)  # curl says nothing, and has no cookie
    assert program.status_code == 303


def test_a_token_is_not_sent_by_browsers(at):
    headers = {**at.token("anna", "duty_officer"), "Origin": "https://other.example"}
    made = at.client.post(
        "/api/v1/tokens", json={"label": "x", "roles": ["duty_officer"], "days": 0.5}, headers=headers
    )
    assert made.status_code == 201


@pytest.mark.parametrize("method", sorted(csrf.SAFE))
def test_reading_needs_no_page(method):
    assert csrf.fault(method, {"origin": "https://evil.example"}, (ORIGIN,), by_cookie=True) is None


# ---- floods --------------------------------------------------------------------------------------------------


@pytest.mark.requirement("STATION-PEOPLE-9")
def test_a_flood_of_sign_ins_does_not_hold_up_the_others(at, monkeypatch):
    monkeypatch.setattr(at.people, "passwords", Passwords(threads=1, queue_max=4))
    token, gate, answers = at.token("anna", "duty_officer"), threading.Event(), []
    busy = at.people.passwords._begin(gate.wait, PATIENCE_S)  # the only thread
    flood = [
        threading.Thread(target=lambda name=f"name-{n}": answers.append(at.sign_in(name, "x").status_code))
        for n in range(20)
    ]
    try:
        for thread in flood:
            thread.start()
        until(lambda: len(answers) >= 16, "those whom the queue does not hold to be put off at once")
        assert answers == [503] * 16
        assert at.client.get("/api/v1/tracks/7", headers=token).status_code == 200
    finally:
        gate.set()
        for thread in flood:
            thread.join()
    assert busy.result()
    assert sorted(answers) == [401] * 4 + [503] * 16
    at.people.passwords.close()


def test_safe_headers_come_from_our_pages(at):
    assert at.client.post("/sign-out", headers=SAME, follow_redirects=False).status_code == 303


def test_a_file_counts_as_a_twentieth_of_a_request(at):
    at.guard.limits.__init__(2)
    codes = [at.client.get("/static/page.css").status_code for _ in range(41)]
    assert codes == [200] * 40 + [429]
