"""Accounts, sessions, tokens, devices, locks and sensor keys: what holds, what ends, and what the file may tell."""

import os
import sqlite3
import threading

import pytest

from skykeep.errors import Corrupt, Refused, Unavailable
from skykeep.rules.powers import Role
from skykeep.station import peopledb, peopledevices, peoplelocks, peoplepasswords
from skykeep.station.people import People
from skykeep.station.peoplepasswords import Passwords

NS = 1_000_000_000
T0 = 1_790_000_000 * NS
GOOD = "kettle orbit mustard fjord"
TIMES = {"idle_s": 1800.0, "max_s": 43_200.0}


@pytest.fixture(name="people")
def _people(tmp_path):
    people = People(tmp_path / "people.db")
    people.enrol("root-admin", [Role.ADMIN], T0)
    yield people
    people.close()


def officer(people, name="anna", *roles):
    return people.enrol(name, roles or [Role.DUTY_OFFICER], T0)


# ---- the file ------------------------------------------------------------------------------------------------


def test_the_file_is_its_owners_only(people):
    assert people.db.path.stat().st_mode & 0o777 == 0o600
    people.db.path.chmod(0o640)
    with pytest.raises(Refused, match="chmod 600"):
        People(people.db.path)


def test_no_secret_stands_in_the_file(people, tmp_path):
    people.enrol("anna", [Role.DUTY_OFFICER], T0, password=GOOD)
    _, cookie = people.sessions.begin("anna", "password", T0, agent="Firefox")
    _, token = people.tokens.make("anna", "script", [Role.DUTY_OFFICER], T0, expires_ns=T0 + 86_400 * NS)
    _, code = people.devices.make("anna", "phone", [], T0, made_by="root-admin")
    _, key = people.sensors.make("north", T0)
    browser = people.locks.succeeded(people.locks.bucket("anna", ""), "anna", "", T0)
    people.db._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"root-admin" in held
    for secret in (GOOD, cookie, token, code, key, browser):
        assert secret.encode() not in held
        assert secret.split("_", 1)[-1].encode() not in held


def test_a_file_of_something_else_is_no_file_of_accounts(tmp_path):
    path = tmp_path / "people.db"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA application_id = 7")
    path.chmod(0o600)
    with pytest.raises(Corrupt):
        People(path)
    path.write_bytes(os.urandom(8192))
    with pytest.raises(Corrupt):
        People(path)


@pytest.mark.parametrize("attempt", range(8))
def test_two_processes_make_it_at_once(tmp_path, attempt):
    made, failed = [], []

    def begin():
        try:
            made.append(People(tmp_path / "people.db"))
        except Exception as error:  # noqa: BLE001  # whatever it is, the test shows it
            failed.append(error)

    threads = [threading.Thread(target=begin) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    made[0].enrol("anna", [Role.DUTY_OFFICER], T0)
    assert [people.find("anna").roles for people in made] == [(Role.DUTY_OFFICER,)] * 6
    for people in made:
        people.close()


def test_a_transaction_is_whole_or_not_at_all(people):
    def half_done():
        with people.db.writing() as db:
            db.execute("UPDATE persons SET roles = 'auditor'")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_done()
    assert people.find("root-admin").roles == (Role.ADMIN,)


def test_a_copy_of_the_file_signs_nobody_in(people):
    officer(people)
    _, cookie = people.sessions.begin("anna", "password", T0, agent="")
    _, token = people.tokens.make("anna", "", [Role.DUTY_OFFICER], T0, expires_ns=T0 + NS)
    invitation = people.devices.invite("anna", T0)
    peopledb.forget_signed_in(people.db.path)
    assert people.sessions.find(cookie, T0, **TIMES) is None
    assert people.devices.about(peopledevices.INVITATION, invitation, T0) is None
    assert people.tokens.find(token, T0).person == "anna"


# ---- accounts ------------------------------------------------------------------------------------------------


def test_a_name_is_given_once(people):
    officer(people)
    with pytest.raises(Refused, match="given once"):
        officer(people)
    people.dismiss("anna", T0)
    with pytest.raises(Refused, match="given once"):
        officer(people)
    assert people.find("anna").dismissed_ns == T0


@pytest.mark.parametrize(
    "name", ["", "a", "Anna", "anna b", "anna@example", "../x", "a" * 65, "anna\n", "änna", "-anna"]
)
def test_what_cannot_name_an_account(people, name):
    with pytest.raises(Refused):
        officer(people, name)


@pytest.mark.parametrize("roles", [[], [Role.SENSOR], [Role.PUBLIC], [Role.ADMIN, Role.SENSOR]])
def test_powers_that_no_person_has(people, roles):
    with pytest.raises(Refused):
        people.enrol("anna", roles, T0)


def test_the_last_admin_stays(people):
    with pytest.raises(Refused, match="only admin"):
        people.dismiss("root-admin", T0)
    with pytest.raises(Refused, match="only admin"):
        people.set_roles("root-admin", [Role.AUDITOR], T0)
    officer(people, "second", Role.ADMIN)
    people.dismiss("root-admin", T0)
    with pytest.raises(Refused, match="only admin"):
        people.dismiss("second", T0)


def test_dismissing_ends_all_that_somebody_holds(people):
    people.enrol("anna", [Role.DUTY_OFFICER, Role.FIELD_OFFICER], T0, password=GOOD)
    _, cookie = people.sessions.begin("anna", "password", T0, agent="")
    _, token = people.tokens.make("anna", "", [Role.DUTY_OFFICER], T0, expires_ns=T0 + NS)
    _, code = people.devices.make("anna", "phone", [Role.FIELD_OFFICER], T0, made_by="root-admin")
    invitation = people.devices.invite("anna", T0)
    people.dismiss("anna", T0)
    assert people.sessions.find(cookie, T0, **TIMES) is None
    assert people.tokens.find(token, T0) is None
    assert people.devices.enrol(code, T0) is None
    assert people.devices.use(peopledevices.INVITATION, invitation, T0) is None
    assert people.kept("anna") is None


def test_somebody_of_a_provider_keeps_one_name_and_gets_the_powers_of_the_day(people):
    who = {"issuer": "https://id.example", "subject": "17"}
    people.federate("anna@id.example", [Role.DUTY_OFFICER], T0, **who)
    again = people.federate("other@id.example", [Role.AUDITOR], T0 + NS, **who)
    assert (again.name, again.roles) == ("anna@id.example", (Role.AUDITOR,))
    people.dismiss("anna@id.example", T0)
    with pytest.raises(Refused):
        people.federate("anna@id.example", [Role.AUDITOR], T0, **who)
    assert people.vouched(**who).dismissed_ns == T0


# ---- passwords -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    [
        "short", "elevenchars", "x" * 129, "aaaaaaaaaaaaaaaa", "passwordpassword", "Password1234!", "qwertyuiopasdf",
        "1234567890123", "abcdefghijklmnop", "p@ssw0rd2026!!", "iloveyou12345", "zaq12wsxcde34rfv", "skykeep-admin-1",
        "anna anna anna", "annamuellerhof", "liverpool2019", "abcabcabcabcabc", "letmein letmein", "Summer2026!!!!",
        "professional", "International99", "peanutbutter", "cheeseburger 7", "michael-jackson", "1q2w3e4r5t6y", "a1s2d3f4g5h6",
        "159753456852", "+49 170 83456712", "transformers!", "tr4n5f0rmer5", "p3anutbutt3r", "qawsedrftgyh",
    ],
)  # fmt: skip
def test_passwords_that_are_guessed(password):
    with pytest.raises(Refused):
        peoplepasswords.require_good(password, ["anna.mueller", "Muellerhof"])


@pytest.mark.parametrize(
    "password",
    [GOOD, "peanut butter jelly", "swan pickle-9-gravel", "correct horse battery staple", "Vogelbeerbaum", "ünïcödé wörter ja", "x7Gq-91kfLw2z", "  spaced words out  ",
     "密码学是一门很有意思的学科吧", "🦉🌋🎻🧭🪁🥨🚲🪵🧩🛶🪗🦔"],
)  # fmt: skip
def test_passwords_that_are_not(password):
    peoplepasswords.require_good(password, ["anna"])
    passwords = Passwords()
    kept = passwords.hash(password).result()
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.check(kept, password).result()
    assert not passwords.check(kept, password + " ").result()
    passwords.close()


def test_a_generated_password_is_good_and_never_the_same():
    made = {peoplepasswords.generated() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        peoplepasswords.require_good(password)


def test_nobody_is_never_right():
    passwords = Passwords()
    assert not passwords.check(None, "").result()
    assert not passwords.check(None, GOOD).result()
    assert not passwords.check("$argon2id$v=19$m=8,t=1,p=1$broken", GOOD).result()
    passwords.close()


def test_more_than_the_queue_holds_is_refused_and_forgotten():
    passwords, gate = Passwords(threads=1, queue_max=2), threading.Event()
    waiting = [passwords._begin(gate.wait) for _ in range(3)]
    with pytest.raises(Unavailable, match="too many"):
        passwords.check(None, GOOD)
    gate.set()
    assert [future.result() for future in waiting] == [True] * 3
    assert not passwords.check(None, GOOD).result()
    passwords.close()


def test_a_hash_of_yesterday_is_made_again(people):
    import argon2

    old = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(GOOD)
    assert peoplepasswords.outdated(old)
    officer(people)
    people.set_password("anna", old, T0)
    new = people.passwords.hash(GOOD).result()
    assert not peoplepasswords.outdated(new)
    people.renew_hash("anna", old, new)
    assert people.kept("anna") == new
    people.renew_hash("anna", old, "late")
    assert people.kept("anna") == new


# ---- sessions ------------------------------------------------------------------------------------------------


def test_a_session_is_idle_or_old_and_ends(people):
    officer(people)
    _, cookie = people.sessions.begin("anna", "password", T0, agent="Firefox")
    at = T0
    while at < T0 + 43_200 * NS:
        assert people.sessions.find(cookie, at, **TIMES).person == "anna"
        at += 1_700 * NS
    assert people.sessions.find(cookie, T0 + 43_201 * NS, **TIMES) is None  # old, however busy
    _, other = people.sessions.begin("anna", "password", T0, agent="")
    assert people.sessions.find(other, T0 + 1_801 * NS, **TIMES) is None  # idle
    people.sessions.prune(T0 + 90_000 * NS, **TIMES)
    assert people.db.row("SELECT count(*) FROM sessions") == (0,)


def test_powers_of_a_session_are_those_of_the_person_now(people):
    officer(people, "anna", Role.DUTY_OFFICER, Role.PUBLISHER)
    _, cookie = people.sessions.begin("anna", "password", T0, agent="")
    people.set_roles("anna", [Role.AUDITOR], T0)
    assert people.sessions.find(cookie, T0, **TIMES).roles == (Role.AUDITOR,)


def test_a_changed_password_ends_the_other_sessions(people):
    people.enrol("anna", [Role.DUTY_OFFICER], T0, password=GOOD, must_change=True)
    mine, cookie = people.sessions.begin("anna", "password", T0, agent="")
    _, other = people.sessions.begin("anna", "password", T0, agent="")
    assert people.sessions.find(cookie, T0, **TIMES).must_change
    people.set_password("anna", people.passwords.hash(GOOD + "!").result(), T0, spare_session=mine)
    assert not people.sessions.find(cookie, T0, **TIMES).must_change
    assert people.sessions.find(other, T0, **TIMES) is None


def test_one_ends_ones_own_sessions_only(people):
    officer(people)
    officer(people, "bert")
    mine, cookie = people.sessions.begin("anna", "password", T0, agent="")
    assert not people.sessions.end("bert", mine)
    assert [each.id for each in people.sessions.of("anna", T0, **TIMES)] == [mine]
    assert people.sessions.of("bert", T0, **TIMES) == []
    assert people.sessions.end("anna", mine)
    assert people.sessions.find(cookie, T0, **TIMES) is None


# ---- tokens --------------------------------------------------------------------------------------------------


def test_a_token_does_what_both_it_and_its_person_may(people):
    officer(people, "anna", Role.DUTY_OFFICER, Role.PUBLISHER)
    _, token = people.tokens.make("anna", "export", [Role.DUTY_OFFICER], T0, expires_ns=T0 + 10 * NS)
    assert token.startswith("skt_")
    assert people.tokens.find(token, T0).allowed == (Role.DUTY_OFFICER,)
    assert people.tokens.find(token, T0 + 10 * NS) is None
    assert people.tokens.find(token + "x", T0) is None
    people.set_roles("anna", [Role.PUBLISHER], T0)
    assert people.tokens.find(token, T0).allowed == ()


def test_a_lesser_token_neither_sees_nor_makes_a_greater_one(people):
    officer(people, "anna", Role.DUTY_OFFICER, Role.PUBLISHER)
    small, _ = people.tokens.make("anna", "s", [Role.PUBLISHER], T0, expires_ns=T0 + NS)
    great, _ = people.tokens.make("anna", "g", [Role.DUTY_OFFICER, Role.PUBLISHER], T0, expires_ns=T0 + NS)
    assert [each.id for each in people.tokens.of("anna", [Role.PUBLISHER])] == [small]
    assert {each.id for each in people.tokens.of("anna", people.find("anna").roles)} == {small, great}
    require = people.tokens.require_lesser
    require("anna", [Role.PUBLISHER], [Role.PUBLISHER], count_now=0)
    for wanted in ([Role.DUTY_OFFICER], [Role.PUBLISHER, Role.ADMIN], []):
        with pytest.raises(Refused):
            require("anna", [Role.PUBLISHER], wanted, count_now=0)
    with pytest.raises(Refused, match="withdraw one"):
        require("anna", [Role.PUBLISHER], [Role.PUBLISHER], count_now=100)


@pytest.mark.parametrize("expires_s", [-1, 0, 367 * 86_400, 101])
def test_a_token_ends_in_time(people, expires_s):
    with pytest.raises(Refused):
        people.tokens.require_time(T0, T0 + expires_s * NS, maker_expires_ns=T0 + 100 * NS)
    people.tokens.require_time(T0, T0 + 100 * NS, maker_expires_ns=T0 + 100 * NS)


# ---- devices -------------------------------------------------------------------------------------------------


def test_a_code_enrols_one_device_once_within_ten_minutes(people):
    officer(people, "finn", Role.FIELD_OFFICER)
    device_id, code = people.devices.make("finn", "phone", [Role.FIELD_OFFICER], T0, made_by="root-admin")
    assert people.devices.enrol(code, T0 + 599 * NS).id == device_id
    assert people.devices.enrol(code, T0 + 599 * NS) is None
    _, late = people.devices.make("finn", "phone", [Role.FIELD_OFFICER], T0, made_by="root-admin")
    assert people.devices.enrol(late, T0 + 600 * NS) is None


def test_of_two_who_come_at_once_one_is_enrolled(people):
    officer(people, "finn", Role.FIELD_OFFICER)
    _, code = people.devices.make("finn", "phone", [Role.FIELD_OFFICER], T0, made_by="root-admin")
    others = [People(people.db.path) for _ in range(4)]
    got = []
    threads = [threading.Thread(target=lambda each=each: got.append(each.devices.enrol(code, T0))) for each in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(device is not None for device in got) == 1
    for each in others:
        each.close()


def test_a_device_session_has_the_devices_powers_and_time(people):
    officer(people, "finn", Role.FIELD_OFFICER, Role.DUTY_OFFICER)
    device_id, _ = people.devices.make("finn", "phone", [Role.FIELD_OFFICER], T0, made_by="root-admin", days=1)
    _, cookie = people.sessions.begin("finn", "device", T0, agent="", device=device_id, roles="field_officer")
    assert people.sessions.find(cookie, T0 + 7_200 * NS, **TIMES).roles == (Role.FIELD_OFFICER,)
    assert people.sessions.find(cookie, T0 + 40_000 * NS, **TIMES) is not None
    assert people.sessions.find(cookie, T0 + 80_000 * NS, **TIMES) is not None
    assert people.sessions.find(cookie, T0 + 86_400 * NS, **TIMES) is None
    assert people.devices.withdraw(device_id)
    assert people.sessions.find(cookie, T0 + 40_000 * NS, **TIMES) is None


@pytest.mark.parametrize(
    ("owner", "wanted", "days"),
    [
        ([Role.DUTY_OFFICER], [Role.DUTY_OFFICER], 1),
        ([Role.DUTY_OFFICER], [Role.FIELD_OFFICER], 1),
        ([Role.FIELD_OFFICER, Role.ADMIN], [Role.FIELD_OFFICER, Role.ADMIN], 1),
        ([Role.FIELD_OFFICER], [], 1),
        ([Role.FIELD_OFFICER], [Role.FIELD_OFFICER], 31),
        ([Role.FIELD_OFFICER], [Role.FIELD_OFFICER], 0),
        ([Role.FIELD_OFFICER], [Role.FIELD_OFFICER], float("nan")),
    ],
)
def test_devices_that_are_not_enrolled(owner, wanted, days):
    with pytest.raises(Refused):
        peopledevices.require_lesser(owner, wanted, days)
    peopledevices.require_lesser([Role.FIELD_OFFICER], [Role.FIELD_OFFICER], 30)


# ---- locks ---------------------------------------------------------------------------------------------------


def test_guessing_waits_longer_each_time_and_never_for_ever(people):
    locks, bucket, at, waits = people.locks, people.locks.bucket("anna", ""), T0, []
    for _ in range(6):
        tried = [locks.failed(bucket, at, tries=3, lock_s=300) for _ in range(3)]
        assert tried[:2] == [0.0, 0.0]
        waits.append(tried[2])
        assert locks.wait_s(bucket, at) == tried[2]
        at += int(tried[2] * NS)
        assert locks.wait_s(bucket, at) == 0.0
    assert waits == [300, 600, 1200, 2400, 2400, 2400]
    locks.failed(bucket, at + int((peoplelocks.FORGOTTEN_S + 1) * NS), tries=1, lock_s=300)
    assert locks.wait_s(bucket, at + int((peoplelocks.FORGOTTEN_S + 1) * NS)) == 300


def test_who_signed_in_before_is_not_locked_out_by_others(people):
    officer(people)
    locks = people.locks
    mark = locks.succeeded(locks.bucket("anna", ""), "anna", "", T0)
    for _ in range(50):
        locks.failed(locks.bucket("anna", ""), T0, tries=3, lock_s=300)
    assert locks.wait_s(locks.bucket("anna", ""), T0) > 0
    assert locks.wait_s(locks.bucket("anna", "skb_guess"), T0) > 0
    assert locks.wait_s(locks.bucket("anna", mark), T0) == 0
    assert locks.bucket("bert", mark) == locks.bucket("bert", "")  # of no use for anybody else's account
    for _ in range(3):  # and no more tries than anybody
        locks.failed(locks.bucket("anna", mark), T0, tries=3, lock_s=300)
    assert locks.wait_s(locks.bucket("anna", mark), T0) > 0


def test_marks_of_browsers_do_not_grow_without_end(people):
    officer(people)
    marks = [people.locks.succeeded(people.locks.bucket("anna", ""), "anna", "", T0 + at) for at in range(30)]
    known = [mark for mark in marks if people.locks.bucket("anna", mark) != people.locks.bucket("anna", "")]
    assert known == marks[-peoplelocks.BROWSERS_MAX :]
    assert people.locks.succeeded(people.locks.bucket("anna", marks[-1]), "anna", marks[-1], T0) == marks[-1]


# ---- sensor keys ---------------------------------------------------------------------------------------------


def test_two_keys_of_a_sensor_hold_for_a_while(people):
    sensors = people.sensors
    _, first = sensors.make("north", T0)
    assert sensors.verify(first, T0) == "north"
    _, second = sensors.make("north", T0, overlap_s=100)
    assert [sensors.verify(key, T0 + 99 * NS) for key in (first, second)] == ["north", "north"]
    assert [sensors.verify(key, T0 + 100 * NS) for key in (first, second)] == [None, "north"]
    _, third = sensors.make("north", T0 + NS, overlap_s=100)
    assert [sensors.verify(key, T0 + 2 * NS) for key in (first, second, third)] == [None, "north", "north"]
    assert len(sensors.all()) == 2
    _, fourth = sensors.make("north", T0 + 3 * NS, overlap_s=0)
    assert [sensors.verify(key, T0 + 3 * NS) for key in (second, third, fourth)] == [None, None, "north"]


def test_a_withdrawn_key_ends_in_the_other_process_too(people):
    station = People(people.db.path)
    _, key = people.sensors.make("north", T0)
    assert station.sensors.verify(key, T0) == "north"
    assert people.sensors.withdraw("north") == 1
    assert station.sensors.verify(key, T0) is None
    assert station.sensors.verify("sks_guess", T0) is None
    station.close()


@pytest.mark.parametrize("sensor_id", ["", "a b", "x" * 65, "-north", "north\n"])
def test_what_cannot_name_a_sensor(people, sensor_id):
    with pytest.raises(Refused):
        people.sensors.make(sensor_id, T0)
