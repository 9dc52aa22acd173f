"""Signing in and out, by password, invitation and device: what lets in, what does not, and what is told to whom."""

import hashlib
import re

import pytest

from skykeep.errors import Refused
from skykeep.rules.powers import Role
from skykeep.station.outlets.subscriptions import FILE, Subscriptions
from skykeep.station.webconfig import PeopleConfig, WebConfig
from tests.station.outlets.test_push import Browser
from tests.web.entrances import _CHEAP, GOOD, NS, ORIGIN, OTHER, SAME, house

TLS = WebConfig(public_url=ORIGIN.replace("http:", "https:"))
BEARS = re.compile(r"sk[tswkbei]_[A-Za-z0-9_-]{40,}")


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


def cookie(answer):
    return next(
        line for line in answer.headers.get_list("set-cookie") if line.startswith(("skykeep=", "__Host-skykeep="))
    )


# ---- passwords -----------------------------------------------------------------------------------------------


@pytest.mark.requirement("ASVS-7", "STATION-PEOPLE-1")
def test_somebody_signs_in_and_out(at):
    assert at.client.get("/api/v1/sessions").status_code == 401
    entered = at.sign_in(" Anna ", target="/incidents?open=1")
    assert (entered.status_code, entered.headers["location"]) == (303, "/incidents?open=1")
    assert at.client.get("/api/v1/sessions").json()[0]["person"] == "anna"
    of_a_form = {"Content-Type": "application/x-www-form-urlencoded"}  # browsers say so of an empty one too
    left = at.client.post("/sign-out", headers=SAME | of_a_form, follow_redirects=False)
    assert left.headers["location"] == "/sign-in"
    assert "storage" in left.headers["clear-site-data"]
    assert at.client.get("/api/v1/sessions").status_code == 401


def test_what_the_entrance_is_drawn_with_is_there_for_everybody(at):
    asked = re.findall(r'<link rel="stylesheet" href="([^"]+)"', at.client.get("/sign-in").text)
    assert asked
    assert {at.other_browser().get(each).status_code for each in asked} == {200}


def test_a_cookie_that_was_signed_out_is_worth_nothing(at):
    kept = cookie(at.sign_in("anna")).partition(";")[0]
    at.client.post("/sign-out", headers=SAME)
    assert at.other_browser().get("/api/v1/sessions", headers={"cookie": kept}).status_code == 401


@pytest.mark.requirement("ASVS-6")
@pytest.mark.parametrize(
    ("name", "password"), [("anna", "wrong"), ("nobody", GOOD), ("", ""), ("anna", GOOD + " "), ("ANNA\0", GOOD)]
)
def test_wrong_and_unknown_are_told_alike(at, name, password):
    answer = at.sign_in(name, password)
    assert answer.status_code == 401
    assert "This name and password do not go together" in answer.text
    assert "set-cookie" not in answer.headers
    assert password not in answer.text or not password


def test_an_unknown_name_costs_as_much_work(at, monkeypatch):
    checked, check = [], at.people.passwords.check
    monkeypatch.setattr(at.people.passwords, "check", lambda kept, said: checked.append(kept) or check(kept, said))
    at.sign_in("nobody")
    at.sign_in("anna", "wrong")
    assert [kept is None for kept in checked] == [True, False]


@pytest.mark.requirement("ASVS-6", "STATION-PEOPLE-2")
@pytest.mark.parametrize("name", ["anna", "nobody"])
def test_guessing_locks_a_name_known_or_not(at, name):
    answers = [at.sign_in(name, f"guess {number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert int(answers[5].headers["retry-after"]) == 300
    assert "wait 5 minutes" in answers[5].text
    assert at.sign_in(name).status_code == 429  # nor with the right one
    at.clock.forward(301)
    assert at.sign_in(name).status_code == (303 if name == "anna" else 401)


def test_a_lock_stands_in_the_record_where_the_name_is_somebodys(at):
    for number in range(5):
        at.sign_in("anna", f"guess {number}")
        at.clock.forward(4)
        at.sign_in("nobody", f"guess {number}")
        at.clock.forward(4)
    (ask,) = at.mirror.asks
    assert (ask.action, ask.subject, ask.person, ask.roles) == ("session.lock", "person:anna", "", ["public"])


@pytest.mark.requirement("STATION-PEOPLE-2")
def test_who_signed_in_before_is_let_in_while_others_guess(at):
    at.sign_in("anna")
    at.client.post("/sign-out", headers=SAME)
    stranger = at.other_browser()
    for number in range(8):
        at.sign_in("anna", f"guess {number}", client=stranger)
        at.clock.forward(4)
    assert at.sign_in("anna", client=stranger).status_code == 429
    assert at.sign_in("anna").status_code == 303


def test_one_address_cannot_try_all_names(at):
    codes = [at.sign_in(f"name-{number}", "x").status_code for number in range(21)]
    assert codes == [401] * 20 + [429]


def test_a_station_that_is_not_there_lets_people_in_all_the_same(at):
    at.mirror.problem = "unavailable"
    for number in range(5):
        at.sign_in("anna", f"guess {number}")
    at.clock.forward(301)
    assert at.sign_in("anna").status_code == 303


def test_more_sign_ins_than_can_be_worked_on_are_put_off(at, monkeypatch):
    monkeypatch.setattr(at.people.passwords._free, "acquire", lambda blocking: False)
    answer = at.sign_in("anna")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


def test_yesterdays_hash_is_made_anew_at_the_next_sign_in(tmp_path):
    with house(tmp_path, dear=True) as at:
        at.enrol("anna", "duty_officer")
        at.people.set_password("anna", _CHEAP.hash(GOOD), at.clock())
        assert at.sign_in("anna").status_code == 303
        assert at.people.kept("anna").startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert at.sign_in("anna").status_code == 303


# ---- sessions ------------------------------------------------------------------------------------------------


@pytest.mark.requirement("ASVS-3", "ASVS-7")
def test_cookies_are_bound_to_this_host_by_tls(tmp_path):
    with house(tmp_path, web=TLS) as at:
        at.enrol("anna", "duty_officer")
        answer = at.client.post("/sign-in", data={"name": "anna", "password": GOOD}, headers={"Origin": TLS.public_url},
                                follow_redirects=False)  # fmt: skip
        assert answer.status_code == 303
        for line in answer.headers.get_list("set-cookie"):
            assert line.startswith("__Host-")
            parts = {part.strip().lower() for part in line.split(";")[1:]}
            assert {"httponly", "secure", "path=/"} <= parts
            assert not any(part.startswith("domain") for part in parts)
            assert {"samesite=lax", "samesite=strict"} & parts
        assert answer.headers["strict-transport-security"].startswith("max-age=63072000")


def test_without_tls_there_is_no_promise_of_it(at):
    answer = at.sign_in("anna")
    assert "HttpOnly" in cookie(answer)
    assert "Secure" not in cookie(answer)
    assert "strict-transport-security" not in answer.headers


@pytest.mark.requirement("ASVS-7")
def test_a_session_ends_idle_and_old(at):
    at.sign_in("anna")
    at.clock.forward(1_801)
    assert at.client.get("/api/v1/sessions").status_code == 401
    at.sign_in("anna")
    for _ in range(30):
        at.clock.forward(1_500)
        last = at.client.get("/api/v1/sessions").status_code
    assert last == 401


@pytest.mark.requirement("ASVS-7")
def test_signing_in_again_is_a_new_session_and_ends_the_one_before(at):
    first, second = (cookie(at.sign_in("anna")).partition(";")[0] for _ in range(2))
    assert first != second
    assert len(at.client.get("/api/v1/sessions").json()) == 1
    assert at.other_browser().get("/api/v1/sessions", headers={"cookie": first}).status_code == 401


def test_a_cookie_that_somebody_chose_is_nobodys(at):
    for said in ("skykeep=x", "skykeep=" + "a" * 5_000, 'skykeep="', "=;;=", "skykeep=skw_" + "A" * 43):
        assert at.other_browser().get("/api/v1/sessions", headers={"cookie": said}).status_code == 401


@pytest.mark.requirement("ASVS-7", "STATION-PEOPLE-3")
def test_one_sees_and_ends_ones_own_sessions_only(at):
    phone = at.other_browser()
    at.sign_in("anna", client=phone)
    at.sign_in("anna")
    at.enrol("bert", "duty_officer")
    bert = at.other_browser()
    at.sign_in("bert", client=bert)
    held = {each["id"] for each in at.client.get("/api/v1/sessions").json()}
    assert len(held) == 2
    (berts,) = bert.get("/api/v1/sessions").json()
    assert at.client.delete(f"/api/v1/sessions/{berts['id']}", headers=SAME).status_code == 404
    (phones,) = [each["id"] for each in phone.get("/api/v1/sessions").json() if each["id"] != _mine(at)]
    assert at.client.delete(f"/api/v1/sessions/{phones}", headers=SAME).status_code == 200
    assert phone.get("/api/v1/sessions").status_code == 401
    assert bert.get("/api/v1/sessions").status_code == 200


@pytest.mark.requirement("ASVS-7", "STATION-PEOPLE-3")
def test_one_proves_once_more_who_one_is_before_one_ends_other_sessions(at):
    phone = at.other_browser()
    at.sign_in("anna", client=phone)
    at.sign_in("anna")
    (other,) = [each["id"] for each in phone.get("/api/v1/sessions").json() if each["id"] != _mine(at)]
    end = f"/users/sessions/{other}/end"
    assert end in at.client.get("/users").text
    at.clock.forward(601)
    page = at.client.get("/users").text
    assert end not in page
    assert 'href="/sign-in?target=/users"' in page
    for headers in (SAME, at.token("anna", "duty_officer", "field_officer")):
        refused = at.client.delete(f"/api/v1/sessions/{other}", headers=headers)
        assert (refused.status_code, "sign in once more" in refused.json()["detail"]) == (409, True)
    assert phone.get("/api/v1/sessions").status_code == 200
    at.sign_in("anna")
    assert at.client.delete(f"/api/v1/sessions/{other}", headers=SAME).status_code == 200
    assert phone.get("/api/v1/sessions").status_code == 401
    at.clock.forward(601)
    assert at.client.delete(f"/api/v1/sessions/{_mine(at)}", headers=SAME).status_code == 200  # one's own, always


def _mine(at):
    from skykeep.web import sessions

    held = at.client.cookies.get("skykeep")
    assert sessions.read(f"skykeep={held}", "skykeep") == held
    return at.guard.session(held).id


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "evil", "/a\nb", "\\\\e", ""],
)
def test_after_signing_in_one_stays_here(at, target):
    assert at.sign_in("anna", target=target).headers["location"] == "/live"


# ---- another password ----------------------------------------------------------------------------------------


@pytest.mark.requirement("ASVS-6", "ASVS-7")
def test_a_password_is_changed_by_who_knows_the_one_before(at):
    other = at.other_browser()
    at.sign_in("anna", client=other)
    at.sign_in("anna")
    wrong = at.client.post("/password", data={"current": "wrong", "password": OTHER}, headers=SAME)
    assert wrong.status_code == 401
    easy = at.client.post("/password", data={"current": GOOD, "password": "password1234"}, headers=SAME)
    assert easy.status_code == 409
    assert "what everybody uses" in easy.text
    assert at.mirror.asks == []
    done = at.client.post("/password", data={"current": GOOD, "password": OTHER}, headers=SAME, follow_redirects=False)
    assert done.status_code == 303
    assert at.mirror.actions() == ["password.change"]
    assert at.client.get("/api/v1/sessions").status_code == 200
    assert other.get("/api/v1/sessions").status_code == 401
    assert at.sign_in("anna", GOOD, client=other).status_code == 401
    assert at.sign_in("anna", OTHER, client=other).status_code == 303


@pytest.mark.requirement("ASVS-7")
@pytest.mark.parametrize("path", ["/password", "/second-factor"])
def test_the_entrance_too_has_a_way_out_for_who_is_signed_in(at, path):
    assert 'action="/sign-out"' not in at.client.get("/sign-in").text
    at.sign_in("anna")
    page = at.client.get(path).text
    assert "Signed in as anna." in page
    assert 'action="/sign-out"' in page


@pytest.mark.requirement("ASVS-7", "STATION-PEOPLE-3")
@pytest.mark.parametrize("way", ["page", "interface"])
@pytest.mark.parametrize("keep", [False, True])
def test_a_changed_password_ends_tokens_and_devices_unless_they_are_kept(at, way, keep):
    token = at.token("anna", "duty_officer")
    _, code = at.people.devices.make("anna", "p", [Role.FIELD_OFFICER], at.clock(), made_by="root-admin")
    phone, other = at.other_browser(), at.other_browser()
    phone.post("/enrol", data={"code": code}, headers=SAME)
    at.sign_in("anna", client=other)
    at.sign_in("anna")
    kept = Subscriptions(at.site.home.path / FILE)
    kept.remove_person("anna")
    kept.add("anna", Browser("https://push.example.org/1").subscription())
    if way == "page":
        assert "Keep my tokens and devices" in at.client.get("/password").text
        form = {"current": GOOD, "password": OTHER, **({"keep": "true"} if keep else {})}
        assert at.client.post("/password", data=form, headers=SAME, follow_redirects=False).status_code == 303
    else:
        body = {"current": GOOD, "password": OTHER, "keep_tokens": keep}
        assert at.client.post("/api/v1/password", json=body, headers=SAME).status_code == 200
    holds = 200 if keep else 401
    assert at.other_browser().get("/api/v1/tracks/7", headers=token).status_code == holds
    assert phone.get("/api/v1/sessions").status_code == holds
    assert len(kept.all()) == keep
    assert other.get("/api/v1/sessions").status_code == 401
    assert at.client.get("/api/v1/sessions").status_code == 200


@pytest.mark.requirement("STATION-PEOPLE-13", "ASVS-6")
def test_a_password_that_was_stolen_elsewhere_is_not_taken(tmp_path):
    digests = sorted(
        hashlib.sha1(each.encode(), usedforsecurity=False).hexdigest().upper() for each in (OTHER, "b", "c")
    )
    (tmp_path / "stolen").write_text("".join(f"{each}:3\r\n" for each in digests))
    with house(tmp_path, people=PeopleConfig(breached_passwords="stolen")) as at:
        at.enrol("anna", "duty_officer")
        at.sign_in("anna")
        refused = at.client.post("/password", data={"current": GOOD, "password": OTHER}, headers=SAME)
        assert (refused.status_code, "stolen elsewhere" in refused.text) == (409, True)
        at.people.enrol("carla", at.people.find("anna").roles, at.clock())
        welcome = {"code": at.people.devices.invite("carla", at.clock()), "password": OTHER}
        assert at.client.post("/welcome", data=welcome, headers=SAME).status_code == 409
        assert at.mirror.asks == []
        body = {"current": GOOD, "password": "another orbit kettle fjord"}
        (tmp_path / "stolen").unlink()
        assert at.client.post("/api/v1/password", json=body, headers=SAME).status_code == 503
        (tmp_path / "stolen").write_text("".join(f"{each}\n" for each in digests))
        assert at.client.post("/api/v1/password", json=body, headers=SAME).status_code == 200


def test_a_list_of_stolen_passwords_that_is_none_is_said_when_the_web_begins(tmp_path):
    (tmp_path / "stolen").write_text("password\n")
    with (
        pytest.raises(Refused, match="breached_passwords"),
        house(tmp_path, people=PeopleConfig(breached_passwords="stolen")),
    ):
        raise AssertionError("it began")


def test_a_name_that_is_typed_holds_up_nobody_who_is_signed_in(at):
    at.sign_in("anna")
    stranger = at.other_browser()
    for what in ("anna password", "signed in, password: anna", "anna code"):
        for number in range(6):
            at.sign_in(what, f"guess {number}", client=stranger)
            at.clock.forward(4)
    body = {"current": GOOD, "password": OTHER}
    assert at.client.post("/api/v1/password", json=body, headers=SAME).status_code == 200


def test_a_session_left_open_is_no_way_to_guess(at):
    at.sign_in("anna")
    said = [
        at.client.post("/api/v1/password", json={"current": f"guess {n}", "password": OTHER}, headers=SAME)
        for n in range(6)
    ]
    assert [answer.status_code for answer in said] == [403] * 5 + [429]
    again = at.client.post("/api/v1/password", json={"current": GOOD, "password": OTHER}, headers=SAME)
    assert again.status_code == 429


@pytest.mark.requirement("STATION-PEOPLE-4")
def test_what_is_not_recorded_is_not_done(at):
    at.sign_in("anna")
    at.mirror.problem = "unavailable"
    answer = at.client.post("/api/v1/password", json={"current": GOOD, "password": OTHER}, headers=SAME)
    assert answer.status_code == 503
    assert at.sign_in("anna", GOOD).status_code == 303


def test_a_token_changes_no_password(at):
    answer = at.client.post(
        "/api/v1/password", json={"current": GOOD, "password": OTHER}, headers=at.token("anna", "duty_officer")
    )
    assert answer.status_code == 409


@pytest.mark.requirement("ASVS-6")
def test_a_password_of_somebody_elses_choosing_is_good_for_choosing_another(at):
    at.people.enrol("new", at.people.find("anna").roles, at.clock(), password=GOOD, must_change=True)
    entered = at.sign_in("new", target="/incidents")
    assert entered.headers["location"] == "/password"
    assert at.client.get("/api/v1/sessions").status_code == 403
    assert at.client.get("/api/v1/tracks/7").status_code == 403
    at.client.post("/password", data={"current": GOOD, "password": OTHER}, headers=SAME)
    assert at.client.get("/api/v1/tracks/7").status_code == 200


# ---- invitations, devices ------------------------------------------------------------------------------------


def enrolled(at, name="carla", roles=("field_officer",)):
    answer = at.client.post("/api/v1/people", json={"name": name, "roles": list(roles)}, headers=SAME)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.mark.requirement("ASVS-6", "STATION-PEOPLE-5")
def test_an_invitation_lets_its_person_choose_a_password_once(at):
    at.sign_in("root-admin")
    link = enrolled(at)["invitation"]
    page, code = link.split("#")
    assert page == f"{ORIGIN}/welcome"
    carla = at.other_browser()
    assert carla.get("/welcome").status_code == 200
    assert carla.post("/welcome", data={"code": code, "password": "carla carla 12"}, headers=SAME).status_code == 409
    done = carla.post("/welcome", data={"code": code, "password": OTHER}, headers=SAME, follow_redirects=False)
    assert done.status_code == 303
    assert carla.get("/api/v1/sessions").json()[0]["person"] == "carla"
    assert at.other_browser().post("/welcome", data={"code": code, "password": GOOD}, headers=SAME).status_code == 401
    assert at.mirror.actions() == ["person.enrol", "password.change"]


def test_an_invitation_ends_after_three_days(at):
    at.sign_in("root-admin")
    code = enrolled(at)["invitation"].split("#")[1]
    at.clock.forward(3 * 86_400 + 1)
    assert at.client.post("/welcome", data={"code": code, "password": OTHER}, headers=SAME).status_code == 401


@pytest.mark.requirement("STATION-PEOPLE-6")
def test_a_phone_is_enrolled_by_one_scan_with_few_powers(at):
    import io

    import zxingcpp
    from PIL import Image

    from skykeep.station import qr

    at.enrol("finn", "field_officer", "duty_officer")
    at.sign_in("root-admin")
    made = at.client.post("/api/v1/devices", json={"person": "finn", "label": "phone"}, headers=SAME)
    assert made.status_code == 201
    link = made.json()["link"]
    assert made.json()["qr_svg"].startswith("<?xml")
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(qr.png(qr.make(link)))))
    page, code = read.text.split("#")
    assert page == f"{ORIGIN}/enrol"
    phone = at.other_browser()
    answer = phone.post("/enrol", data={"code": code}, headers=SAME, follow_redirects=False)
    assert answer.status_code == 303
    assert int(re.search(r"Max-Age=(\d+)", cookie(answer))[1]) == 7 * 86_400
    (session,) = phone.get("/api/v1/sessions").json()
    assert (session["kind"], session["roles"]) == ("device", ["field_officer"])
    assert at.other_browser().post("/enrol", data={"code": code}, headers=SAME).status_code == 401
    assert phone.post("/api/v1/password", json={"current": GOOD, "password": OTHER}, headers=SAME).status_code == 409
    assert at.client.delete(f"/api/v1/devices/{made.json()['id']}", headers=SAME).status_code == 200
    assert phone.get("/api/v1/sessions").status_code == 401
    assert at.mirror.actions() == ["device.enrol", "device.withdraw"]


def test_a_code_of_ten_minutes_ago_enrols_nothing(at):
    at.enrol("finn", "field_officer")
    at.sign_in("root-admin")
    link = at.client.post("/api/v1/devices", json={"person": "finn", "label": "phone"}, headers=SAME).json()["link"]
    at.clock.forward(600)
    assert at.client.post("/enrol", data={"code": link.split("#")[1]}, headers=SAME).status_code == 401


def test_codes_are_not_guessed_by_the_thousand(at):
    codes = [at.client.post("/enrol", data={"code": f"ske_{n}"}, headers=SAME).status_code for n in range(21)]
    assert codes == [401] * 20 + [429]


# ---- what is told to logs and browsers -----------------------------------------------------------------------


@pytest.mark.requirement("ASVS-16", "STATION-PEOPLE-7")
def test_no_secret_gets_into_a_log_or_an_ask(at, caplog):
    caplog.set_level("DEBUG")
    shown = [GOOD, OTHER]
    at.sign_in("anna", "wrong secret word")
    shown += BEARS.findall(str(at.sign_in("root-admin").headers))
    link = enrolled(at)["invitation"]
    shown += BEARS.findall(link)
    at.client.post("/welcome", data={"code": link.split("#")[1], "password": OTHER}, headers=SAME)
    at.sign_in("root-admin")
    token = at.client.post("/api/v1/tokens", json={"label": "x", "roles": ["admin"]}, headers=SAME).json()["token"]
    key = at.client.post("/api/v1/sensor-keys/north", json={}, headers=SAME).json()["key"]
    shown += [token, key, "wrong secret word"]
    assert len(shown) >= 7
    told = caplog.text + repr(at.mirror.asks)
    assert "anna" in told
    assert [secret for secret in shown if secret in told] == []


@pytest.mark.requirement("ASVS-3")
@pytest.mark.parametrize("path", ["/sign-in", "/api/v1/sessions", "/nowhere", "/welcome"])
def test_every_answer_bears_the_headers(at, path):
    headers = at.client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"].startswith("strict-origin")
    assert "camera=()" in headers["permissions-policy"]
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    for what in ("default-src", "object-src", "frame-ancestors", "base-uri"):
        assert policy[what] == "'none'"
    assert not {"*", "https:", "'unsafe-inline'", "'unsafe-eval'"} & set(policy["script-src"].split())


@pytest.mark.requirement("ASVS-3")
def test_scripts_and_styles_of_a_page_bear_a_nonce_of_their_own(at):
    nonces = set()
    for path in ("/sign-in", "/welcome", "/enrol"):
        answer = at.client.get(path)
        (said,) = set(re.findall(r"'nonce-([^']+)'", answer.headers["content-security-policy"]))
        tags = re.findall(r"<(?:script|style)\b[^>]*>", answer.text)
        assert tags
        assert all(f'nonce="{said}"' in tag for tag in tags)
        assert not re.search(r"\son\w+=|style=", answer.text)
        nonces.add(said)
    assert len(nonces) == 3


@pytest.mark.requirement("ASVS-1")
def test_what_somebody_types_is_text_on_the_page(at):
    answer = at.sign_in('"><script>alert(1)</script>', "x", target='/"><b>')
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert '"><b>' not in answer.text


def test_forms_that_break_their_format_are_refused(at):
    big = at.client.post("/sign-in", data={"name": "x" * 300, "password": "y"}, headers=SAME)
    assert big.status_code == 400
    assert at.client.post("/sign-in", json={"name": "anna", "password": GOOD}, headers=SAME).status_code == 415
    assert at.client.post("/sign-in", data={"name": "anna"}, headers=SAME).status_code == 400


def test_time_to_live_of_devices_is_told_in_whole_seconds(at):
    at.enrol("finn", "field_officer")
    at.sign_in("root-admin")
    answer = at.client.post("/api/v1/devices", json={"person": "finn", "label": "p", "days": 0.5}, headers=SAME)
    assert answer.json()["expires_ns"] == at.clock() + 600 * NS
