"""The second factor through the web: enrolled, asked for, required, reset; and what attackers try against it."""

import base64
import re

import pytest

from skykeep.station import peopledevices, totp
from skykeep.station.webconfig import PeopleConfig, SecondFactor, WebConfig
from tests.web.entrances import GOOD, NS, ORIGIN, OTHER, SAME, house
from tests.web.test_entrance import cookie

STEP_S = totp.STEP_S
REQUIRED = PeopleConfig(second_factor=SecondFactor.REQUIRED)


@pytest.fixture(name="whole", scope="module")
def _whole(tmp_path_factory):
    with house(tmp_path_factory.mktemp("station")) as made:
        yield made


@pytest.fixture(name="at")
def _at(whole):
    made = whole.renew()
    made.enrol("anna", "duty_officer", "field_officer")
    made.enrol("root-admin", "admin")
    return made


@pytest.fixture(name="strict_whole", scope="module")
def _strict_whole(tmp_path_factory):
    with house(tmp_path_factory.mktemp("strict"), people=REQUIRED) as made:
        yield made


@pytest.fixture(name="strict")
def _strict(strict_whole):
    made = strict_whole.renew()
    made.enrol("anna", "duty_officer")
    made.enrol("root-admin", "admin")
    return made


def post(at, path, body, client=None):
    """Send a form or, below /api, JSON."""
    how = {"json": body} if path.startswith("/api") else {"data": body}
    return (client or at.client).post(path, headers=SAME, follow_redirects=False, **how)


def now(at, secret):
    return totp.code(secret, totp.step(at.clock()))


def later(at, secret):
    """Return the next code, for each counts once."""
    at.clock.forward(2 * STEP_S)
    return now(at, secret)


def enrolled(at, name="anna", client=None):
    """Sign somebody in and enrol a second factor; returns its secret and the recovery codes."""
    at.sign_in(name, client=client)
    offer = post(at, "/api/v1/second-factor", {"password": GOOD}, client)
    assert offer.status_code == 200, offer.text
    secret = base64.b32decode(offer.json()["secret"])
    done = post(at, "/api/v1/second-factor/confirm", {"code": now(at, secret)}, client)
    assert done.status_code == 200, done.text
    return secret, done.json()["recovery_codes"]


def signed_in(client):
    return client.get("/api/v1/sessions").status_code == 200


# ---- as it is meant ------------------------------------------------------------------------------------------


@pytest.mark.requirement("STATION-PEOPLE-12", "ASVS-6")
def test_somebody_enrols_by_a_picture_and_signs_in_with_both(at):
    import io

    import zxingcpp
    from PIL import Image

    from skykeep.station import qr

    at.sign_in("anna")
    page = post(at, "/second-factor", {"password": GOOD})
    drawn = base64.b64decode(re.search(r"data:image/svg\+xml;base64,([^\"]+)", page.text)[1])
    assert drawn.startswith(b"<?xml")
    secret = base64.b32decode(re.search(r"<code>([A-Z2-7]+)</code>", page.text)[1])
    address = totp.address(secret, station="Test Station", person="anna")
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(qr.png(qr.make(address)))))
    assert read.text == address
    assert qr.svg(qr.make(address)) == drawn
    done = post(at, "/second-factor/confirm", {"code": now(at, secret)})
    codes = re.findall(r"<li>([a-z0-9-]{29})</li>", done.text)
    assert len(codes) == 8
    assert at.mirror.actions() == ["factor.enrol"]
    assert signed_in(at.client)
    browser = at.other_browser()
    half = at.sign_in("anna", client=browser, target="/incidents")
    assert (half.status_code, "Second step" in half.text) == (200, True)
    assert not signed_in(browser)
    entered = post(at, "/sign-in/code", {"code": later(at, secret), "target": "/incidents"}, browser)
    assert (entered.status_code, entered.headers["location"]) == (303, "/incidents")
    assert signed_in(browser)
    assert browser.get("/api/v1/second-factor").json() == {
        "required": False, "made_ns": at.clock() - 2 * STEP_S * NS, "recovery_left": 8,
    }  # fmt: skip


@pytest.mark.requirement("STATION-PEOPLE-12")
def test_a_recovery_code_lets_in_once(at, caplog):
    _, codes = enrolled(at)
    for status in (303, 401):
        browser = at.other_browser()
        at.sign_in("anna", client=browser)
        assert post(at, "/sign-in/code", {"code": codes[0].upper()}, browser).status_code == status
    assert "recovery code: anna" in caplog.text


def test_enrolling_ends_other_sessions_and_renews_this_one(at):
    other = at.other_browser()
    at.sign_in("anna", client=other)
    at.sign_in("anna")
    before = at.client.cookies["skykeep"]
    enrolled(at)
    assert at.client.cookies["skykeep"] != before
    assert signed_in(at.client)
    assert not signed_in(other)
    assert at.other_browser().get("/api/v1/sessions", headers={"cookie": f"skykeep={before}"}).status_code == 401


def test_tokens_and_devices_go_on_without_it(at):
    token = at.token("anna", "duty_officer")
    admin = at.token("root-admin", "admin")
    made = at.client.post("/api/v1/devices", json={"person": "anna", "label": "p"}, headers=admin).json()
    phone = at.other_browser()
    post(at, "/enrol", {"code": made["link"].split("#")[1]}, phone)
    enrolled(at)
    assert at.client.get("/api/v1/tracks/7", headers=token).status_code == 200
    assert signed_in(phone)


def test_it_is_replaced_and_removed_by_who_has_it(at):
    secret, _ = enrolled(at)
    offer = post(at, "/api/v1/second-factor", {"password": GOOD, "code": later(at, secret)})
    newer = base64.b32decode(offer.json()["secret"])
    assert post(at, "/api/v1/second-factor/confirm", {"code": now(at, newer)}).status_code == 200
    gone = post(at, "/second-factor", {"password": GOOD, "code": later(at, secret), "act": "remove"})
    assert gone.status_code == 401  # the phone before
    done = post(at, "/second-factor", {"password": GOOD, "code": later(at, newer), "act": "remove"})
    assert "is removed" in done.text
    assert at.sign_in("anna", client=at.other_browser()).status_code == 303
    assert at.mirror.actions() == ["factor.enrol", "factor.enrol", "factor.remove"]
    assert post(at, "/api/v1/second-factor/remove", {"password": GOOD}).status_code == 409


def test_an_admin_resets_it_for_somebody_whose_phone_is_lost(at):
    enrolled(at)
    token = at.token("anna", "duty_officer")
    admin = at.token("root-admin", "admin")
    assert [each["second_factor"] for each in at.client.get("/api/v1/people", headers=admin).json()] == [True, False]
    path = "/api/v1/people/{}/reset-second-factor"
    assert at.client.post(path.format("anna"), json={}, headers=admin).status_code == 400
    done = at.client.post(path.format("anna"), json={"reason": "lost phone"}, headers=admin)
    assert done.status_code == 200
    ask = at.mirror.asks[-1]
    assert (ask.action, ask.person, ask.subject, ask.reason) == (
        "factor.reset", "root-admin", "person:anna", "lost phone",
    )  # fmt: skip
    assert not signed_in(at.client)
    assert at.client.get("/api/v1/tracks/7", headers=token).status_code == 401
    assert at.sign_in("anna").status_code == 303
    assert at.client.post(path.format("anna"), json={"reason": "x"}, headers=admin).status_code == 404


@pytest.mark.requirement("STATION-PEOPLE-4", "STATION-PEOPLE-12")
def test_what_is_not_recorded_of_it_is_not_done(at):
    secret, _ = enrolled(at)
    kept = at.people.db.rows("SELECT * FROM factors")
    at.mirror.problem = "unavailable"
    offer = post(at, "/api/v1/second-factor", {"password": GOOD, "code": later(at, secret)})
    newer = base64.b32decode(offer.json()["secret"])
    assert post(at, "/api/v1/second-factor/confirm", {"code": now(at, newer)}).status_code == 503
    assert post(at, "/api/v1/second-factor/remove", {"password": GOOD, "code": later(at, secret)}).status_code == 503
    admin = at.token("root-admin", "admin")
    reset = at.client.post("/api/v1/people/anna/reset-second-factor", json={"reason": "x"}, headers=admin)
    assert reset.status_code == 503
    assert [row[:3] for row in at.people.db.rows("SELECT * FROM factors")] == [row[:3] for row in kept]


@pytest.mark.requirement("STATION-PEOPLE-7")
def test_no_secret_of_it_gets_into_a_log_an_ask_or_a_kept_answer(at, caplog):
    caplog.set_level("DEBUG")
    secret, codes = enrolled(at)
    code = later(at, secret)
    browser = at.other_browser()
    half = at.sign_in("anna", client=browser)
    post(at, "/sign-in/code", {"code": "123321"}, browser)
    post(at, "/sign-in/code", {"code": code}, browser)
    cookies = [line.partition("=")[2].partition(";")[0] for line in half.headers.get_list("set-cookie")]
    kept = (at.site.home.run / "answered.db").read_bytes().decode("latin-1")
    told = caplog.text + repr(at.mirror.asks) + kept
    assert "anna" in told
    shown = [totp.written(secret), code, "123321", *codes, *cookies]
    assert [each for each in shown if each and each in told] == []


# ---- required ------------------------------------------------------------------------------------------------


@pytest.mark.requirement("STATION-PEOPLE-12", "ASVS-6")
def test_where_it_is_required_nothing_is_shown_before(strict):
    entered = strict.sign_in("anna", target="/incidents")
    assert entered.headers["location"] == "/second-factor"
    assert strict.client.get("/api/v1/tracks/7").status_code == 403
    assert post(strict, "/api/v1/tokens", {"label": "x", "roles": ["duty_officer"]}).status_code == 403
    assert "requires it of you" in strict.client.get("/second-factor").text
    secret, _ = enrolled(strict)
    assert strict.client.get("/api/v1/tracks/7").status_code == 200
    refused = post(strict, "/api/v1/second-factor/remove", {"password": GOOD, "code": later(strict, secret)})
    assert refused.status_code == 409
    assert "Remove it" not in strict.client.get("/second-factor").text


@pytest.mark.parametrize(
    ("role", "needs"),
    [("admin", True), ("auditor", True), ("publisher", True), ("permit_officer", True), ("duty_officer", True),
     ("field_officer", True), ("site_security", True), ("pilot", False), ("integrator", False)],
)  # fmt: skip
def test_officers_need_it_and_pilots_do_not(strict, role, needs):
    strict.enrol("other", role)
    assert (strict.sign_in("other").headers["location"] == "/second-factor") is needs
    strict.enrol("both", role, "pilot")
    assert (strict.sign_in("both").headers["location"] == "/second-factor") is needs


def test_a_first_password_leads_to_it(strict):
    strict.enrol("carla", "auditor", password=None)
    code = strict.people.devices.invite("carla", strict.clock())
    entered = post(strict, "/welcome", {"code": code, "password": OTHER})
    assert entered.headers["location"] == "/second-factor"
    assert strict.client.get("/api/v1/people").status_code == 403


def test_a_password_of_somebody_elses_choosing_comes_first(strict):
    strict.people.enrol("new", strict.people.find("anna").roles, strict.clock(), password=GOOD, must_change=True)
    assert strict.sign_in("new").headers["location"] == "/password"
    assert post(strict, "/api/v1/second-factor", {"password": GOOD}).status_code == 409
    changed = post(strict, "/password", {"current": GOOD, "password": OTHER})
    assert changed.headers["location"] == "/second-factor"


def test_sessions_from_before_it_was_required_owe_it(at, strict):
    at.sign_in("anna")
    assert at.client.get("/api/v1/tracks/7").status_code == 200
    at.guard.asks = REQUIRED
    try:
        assert at.client.get("/api/v1/tracks/7").status_code == 403
    finally:
        at.guard.asks = PeopleConfig()


# ---- attacks -------------------------------------------------------------------------------------------------


@pytest.mark.requirement("STATION-PEOPLE-12")
def test_between_the_steps_nobody_is_signed_in(at):
    enrolled(at)
    thief = at.other_browser()
    half = at.sign_in("anna", client=thief)
    held = next(line for line in half.headers.get_list("set-cookie") if line.startswith("skykeep-half-way="))
    assert {"HttpOnly", "Max-Age=300", "SameSite=strict"} <= {part.strip() for part in held.split(";")}
    assert not any(line.startswith("skykeep=") for line in half.headers.get_list("set-cookie"))
    value = held.partition(";")[0].partition("=")[2]
    for said in (f"skykeep={value}", f"skykeep-browser={value}"):
        assert at.other_browser().get("/api/v1/sessions", headers={"cookie": said}).status_code == 401
    bearer = {"Authorization": f"Bearer {value}"}
    assert at.other_browser().get("/api/v1/sessions", headers=bearer).status_code == 401
    for path in ("/enrol", "/welcome"):
        assert post(at, path, {"code": value, "password": OTHER}, thief).status_code == 401


@pytest.mark.requirement("ASVS-3", "STATION-PEOPLE-12")
def test_by_tls_what_is_held_between_the_steps_is_bound_to_this_host(tmp_path):
    with house(tmp_path, web=WebConfig(public_url=ORIGIN.replace("http:", "https:"))) as at:
        at.enrol("anna", "duty_officer")
        secret = at.people.factors.offer("anna", "s", at.clock())
        assert at.people.factors.enrol("anna", "s", now(at, secret), at.clock())
        form = {"name": "anna", "password": GOOD}
        half = at.client.post("/sign-in", data=form, headers={"Origin": at.site.config.web.public_url})
        (line,) = half.headers.get_list("set-cookie")
        assert line.startswith("__Host-skykeep-half-way=skc_")
        assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in line.split(";")}
        evil = at.client.post("/sign-in/code", data={"code": "000000"}, headers={"Origin": "https://evil.example"})
        assert evil.status_code == 403


def test_whoever_reloads_begins_anew(at):
    answer = at.client.get("/sign-in/code", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


@pytest.mark.requirement("ASVS-7", "STATION-PEOPLE-12")
def test_a_session_fixed_before_is_not_the_one_that_begins(at):
    secret, _ = enrolled(at)
    victim = at.other_browser()
    victim.cookies.set("skykeep", "skw_" + "A" * 43)
    at.sign_in("anna", client=victim)
    entered = post(at, "/sign-in/code", {"code": later(at, secret)}, victim)
    begun = cookie(entered).partition(";")[0]
    assert begun.startswith("skykeep=skw_")
    assert "AAAA" not in begun
    planted = at.other_browser().get("/api/v1/sessions", headers={"cookie": "skykeep=skw_" + "A" * 43})
    assert planted.status_code == 401


def test_a_half_way_secret_that_was_planted_lets_nobody_in_as_somebody_else(at):
    """An attacker signs in half way and plants the cookie: the victim's code is none of the attacker's account."""
    at.enrol("mallory", "duty_officer")
    enrolled(at, "mallory", at.other_browser())
    secret, _ = enrolled(at)
    at.sign_in("mallory", client=(mallory := at.other_browser()))
    victim = at.other_browser()
    victim.cookies.set("skykeep-half-way", mallory.cookies["skykeep-half-way"])
    assert post(at, "/sign-in/code", {"code": later(at, secret)}, victim).status_code == 401
    assert not signed_in(victim)


def test_the_code_page_without_a_right_password_is_a_dead_end(at):
    secret, codes = enrolled(at)
    for held in ("", "skc_" + "A" * 43, "x" * 500):
        stranger = at.other_browser()
        if held:
            stranger.cookies.set("skykeep-half-way", held)
        for code in (later(at, secret), codes[0]):
            assert post(at, "/sign-in/code", {"code": code}, stranger).status_code == 401
            assert not signed_in(stranger)
    assert at.people.factors.held("anna").recovery_left == 8


@pytest.mark.requirement("STATION-PEOPLE-12", "ASVS-6")
def test_a_code_that_was_seen_is_not_used_again_by_another(at):
    secret, _ = enrolled(at)
    thief, owner = at.other_browser(), at.other_browser()
    at.sign_in("anna", client=thief)
    at.sign_in("anna", client=owner)
    code = later(at, secret)
    assert post(at, "/sign-in/code", {"code": code}, owner).status_code == 303
    assert post(at, "/sign-in/code", {"code": code}, thief).status_code == 401
    assert not signed_in(thief)


def test_the_second_step_is_done_once(at):
    secret, _ = enrolled(at)
    browser = at.other_browser()
    at.sign_in("anna", client=browser)
    held = browser.cookies["skykeep-half-way"]
    assert post(at, "/sign-in/code", {"code": later(at, secret)}, browser).status_code == 303
    again = at.other_browser()
    again.cookies.set("skykeep-half-way", held)
    assert post(at, "/sign-in/code", {"code": later(at, secret)}, again).status_code == 401


@pytest.mark.requirement("STATION-PEOPLE-2", "STATION-PEOPLE-12", "ASVS-6")
def test_codes_are_not_guessed_over_many_sign_ins(at):
    """Who knows the password begins anew for each guess, from one browser or many: five guesses are all there are."""
    secret, _ = enrolled(at)
    at.client.cookies.clear()
    said = []
    for number in range(12):
        browser = at.other_browser()
        step = at.sign_in("anna", client=browser)
        if step.status_code == 200:
            step = post(at, "/sign-in/code", {"code": f"{number:06}"}, browser)
        said.append(step.status_code)
        at.clock.forward(5)
    assert said == [401] * 5 + [429] * 7
    (ask,) = [ask for ask in at.mirror.asks if ask.action == "session.lock"]
    assert "wrong codes after the right password" in ask.reason
    held = at.other_browser()
    held.cookies.set("skykeep-half-way", at.people.devices.half_way("anna", at.clock()))
    answer = post(at, "/sign-in/code", {"code": now(at, secret)}, held)  # nor with the right one
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_half_way_secrets_that_were_kept_give_no_more_tries(at):
    enrolled(at)
    browsers = [at.other_browser() for _ in range(8)]
    assert [at.sign_in("anna", client=each).status_code for each in browsers] == [200] * 8
    at.clock.forward(60)
    said = [post(at, "/sign-in/code", {"code": "000000"}, each).status_code for each in browsers]
    assert said == [401] * 5 + [429] * 3


@pytest.mark.requirement("STATION-PEOPLE-2")
def test_who_guesses_codes_elsewhere_keeps_no_owner_out(at):
    secret, _ = enrolled(at)
    at.client.post("/sign-out", headers=SAME)
    thief = at.other_browser()
    for _ in range(6):
        at.sign_in("anna", client=thief)
        post(at, "/sign-in/code", {"code": "000000"}, thief)
        at.clock.forward(8)
    assert at.sign_in("anna", client=thief).status_code == 429
    assert at.sign_in("anna").status_code == 200
    assert post(at, "/sign-in/code", {"code": later(at, secret)}).status_code == 303


def test_browsers_that_a_thief_signed_in_with_before_give_no_more_guesses(at):
    """Each browser that signed in has tries of its own: those from before the second factor lose them."""
    marked = [at.other_browser() for _ in range(4)]
    for each in marked:
        at.sign_in("anna", client=each)
    secret, _ = enrolled(at)
    at.clock.forward(60)
    said = []
    for number, each in enumerate(marked * 2):
        at.sign_in("anna", client=each)
        said.append(post(at, "/sign-in/code", {"code": f"{number:06}"}, each).status_code)
        at.clock.forward(6)
    assert said[:5] == [401] * 5
    assert 401 not in said[6:]
    at.client.post("/sign-out", headers=SAME)
    assert at.sign_in("anna").status_code == 200  # the owner's own browser, in which it was enrolled
    assert post(at, "/sign-in/code", {"code": later(at, secret)}).status_code == 303


def test_a_session_alone_takes_no_factor_away_and_sets_none(at):
    secret, _ = enrolled(at)
    for body in (
        {"password": "guess", "code": later(at, secret)},
        {"password": GOOD},
        {"password": GOOD, "code": ""},
        {"password": GOOD, "code": "000000"},
        {"password": GOOD, "code": later(at, secret)[::-1]},
    ):
        for path in ("/api/v1/second-factor", "/api/v1/second-factor/remove"):
            assert post(at, path, body).status_code in {403, 429}, (path, body)
    assert at.people.factors.held("anna").recovery_left == 8
    assert at.mirror.actions()[-1:] != ["factor.remove"]


@pytest.mark.requirement("STATION-PEOPLE-12")
def test_a_right_password_forgives_no_wrong_codes_of_a_session_either(at):
    """Changing the password between guesses of codes gives no more guesses."""
    enrolled(at)
    said, passwords = [], [GOOD, OTHER]
    for number in range(8):
        answer = post(at, "/api/v1/second-factor/remove", {"password": passwords[0], "code": f"{number:06}"})
        said.append(answer.status_code)
        body = {"current": passwords[0], "password": passwords[1]}
        assert post(at, "/api/v1/password", body).status_code == 200
        passwords.reverse()
    assert said == [403] * 5 + [429] * 3


def test_an_offer_is_confirmed_by_its_own_session_only(at):
    at.sign_in("anna")
    other = at.other_browser()
    at.sign_in("anna", client=other)
    secret = base64.b32decode(post(at, "/api/v1/second-factor", {"password": GOOD}).json()["secret"])
    refused = post(at, "/api/v1/second-factor/confirm", {"code": now(at, secret)}, other)
    assert refused.status_code == 403
    assert at.people.factors.held("anna") is None


def test_an_invitation_alone_is_no_way_around_it(at):
    secret, _ = enrolled(at)
    admin = at.token("root-admin", "admin")
    answer = at.client.post("/api/v1/people/anna/change", json={"invite": True, "reason": "forgot"}, headers=admin)
    thief = at.other_browser()
    code = answer.json()["invitation"].split("#")[1]
    half = post(at, "/welcome", {"code": code, "password": OTHER}, thief)
    assert "Second step" in half.text
    assert not signed_in(thief)
    assert post(at, "/sign-in/code", {"code": later(at, secret)}, thief).status_code == 303


def test_an_admins_session_does_not_reset_its_own(at):
    enrolled(at, "root-admin")
    refused = post(at, "/api/v1/people/root-admin/reset-second-factor", {"reason": "x"})
    assert refused.status_code == 409
    assert at.people.factors.held("root-admin") is not None


@pytest.mark.parametrize("kind", ["token", "device", "nobody"])
def test_a_token_a_device_and_nobody_change_none(at, kind):
    client, headers = at.other_browser(), dict(SAME)
    if kind == "token":
        headers |= at.token("anna", "duty_officer")
    if kind == "device":
        _, code = at.people.devices.make(
            "anna", "p", [at.people.find("anna").roles[0]], at.clock(), made_by="root-admin"
        )
        post(at, "/enrol", {"code": code}, client)
    for path, body in (
        ("/api/v1/second-factor", {"password": GOOD}),
        ("/api/v1/second-factor/confirm", {"code": "000000"}),
        ("/api/v1/second-factor/remove", {"password": GOOD, "code": "000000"}),
    ):
        answer = client.post(path, json=body, headers=headers)
        assert answer.status_code == (401 if kind == "nobody" else 409)
    assert client.get("/api/v1/second-factor", headers=headers).status_code == (401 if kind == "nobody" else 409)


def test_somebody_of_a_provider_has_none_here(at):
    from skykeep.rules.powers import Role

    at.people.federate("olga@id", [Role.AUDITOR], at.clock(), issuer="https://id.example", subject="1")
    _, held = at.people.sessions.begin("olga@id", "oidc", at.clock(), agent="")
    client = at.other_browser()
    client.cookies.set("skykeep", held)
    assert post(at, "/api/v1/second-factor", {"password": GOOD}, client).status_code == 409
    assert "https://id.example" in client.get("/second-factor").text


def test_a_wrong_password_says_nothing_of_the_second_factor(at):
    plain = at.sign_in("anna", "wrong", client=at.other_browser())
    enrolled(at)
    guarded = at.sign_in("anna", "wrong", client=at.other_browser())
    told = [(answer.status_code, answer.text.partition("<body>")[2]) for answer in (plain, guarded)]
    assert told[0] == told[1]
    assert "set-cookie" not in guarded.headers


def test_every_step_that_might_match_is_looked_at(at, monkeypatch):
    """The time that a wrong code takes does not tell a near one from a far one."""
    secret, _ = enrolled(at)
    made, code = [], totp.code
    monkeypatch.setattr(totp, "code", lambda secret, counter: made.append(counter) or code(secret, counter))
    step = totp.step(at.clock())
    for by in (-1, 0, 1, 5):
        made.clear()
        totp.matching(secret, code(secret, step + by), at.clock())
        assert made == [step - 1, step, step + 1]


def test_who_is_dismissed_between_the_steps_is_not_let_in(at):
    secret, _ = enrolled(at)
    browser = at.other_browser()
    at.sign_in("anna", client=browser)
    at.people.dismiss("anna", at.clock())
    assert post(at, "/sign-in/code", {"code": later(at, secret)}, browser).status_code == 401


def test_the_second_step_takes_five_minutes_at_most(at):
    secret, _ = enrolled(at)
    browser = at.other_browser()
    at.sign_in("anna", client=browser)
    value = browser.cookies["skykeep-half-way"]
    at.clock.forward(peopledevices.SECOND_STEP_S)
    answer = browser.post("/sign-in/code", data={"code": now(at, secret)},
                          headers={**SAME, "cookie": f"skykeep-half-way={value}"})  # fmt: skip
    assert (answer.status_code, "took too long" in answer.text) == (401, True)
