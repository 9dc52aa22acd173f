"""Second factors as they are kept: offered, held, used once, removed; and the file of an older version."""

import sqlite3
import threading

import pytest

from skykeep.errors import Refused
from skykeep.rules.powers import Role
from skykeep.station import peopledb, peopledevices, peoplefactors, totp
from skykeep.station.people import People

NS = 1_000_000_000
T0 = 1_790_000_000 * NS
STEP = totp.STEP_S * NS


@pytest.fixture(name="people")
def _people(tmp_path):
    people = People(tmp_path / "people.db")
    people.enrol("root-admin", [Role.ADMIN], T0)
    people.enrol("anna", [Role.DUTY_OFFICER], T0)
    yield people
    people.close()


def at(secret, now_ns, by=0):
    return totp.code(secret, totp.step(now_ns) + by)


def enrolled(people, person="anna", now_ns=T0):
    secret = people.factors.offer(person, "s1", now_ns)
    return secret, people.factors.enrol(person, "s1", at(secret, now_ns), now_ns)


@pytest.mark.requirement("STATION-PEOPLE-12")
def test_an_offer_is_proved_by_its_session_in_time(people):
    secret = people.factors.offer("anna", "s1", T0)
    assert people.factors.held("anna") is None
    assert not people.factors.proves("anna", "other", at(secret, T0), T0)
    assert not people.factors.proves("root-admin", "s1", at(secret, T0), T0)
    assert not people.factors.proves("anna", "s1", "000000", T0)
    late = T0 + 600 * NS
    assert people.factors.enrol("anna", "s1", at(secret, late), late) is None
    assert people.factors.proves("anna", "s1", at(secret, T0), T0)
    assert len(people.factors.enrol("anna", "s1", at(secret, T0), T0)) == 8
    assert people.factors.held("anna") == peoplefactors.Factor(made_ns=T0, recovery_left=8)
    assert people.factors.enrol("anna", "s1", at(secret, T0), T0) is None  # an offer is taken once


def test_a_newer_offer_voids_the_older_one_and_not_what_holds(people):
    held, _ = enrolled(people)
    first = people.factors.offer("anna", "s1", T0)
    people.factors.offer("anna", "s2", T0)
    assert not people.factors.proves("anna", "s1", at(first, T0), T0)
    assert people.factors.use("anna", at(held, T0 + STEP), T0 + STEP) == peoplefactors.CODE


@pytest.mark.requirement("STATION-PEOPLE-12")
def test_a_code_counts_once_and_none_before_it_any_more(people):
    secret, _ = enrolled(people)
    assert people.factors.use("anna", at(secret, T0), T0) is None  # it proved the enrolment
    now_ns = T0 + 2 * STEP
    assert people.factors.use("anna", at(secret, now_ns), now_ns) == peoplefactors.CODE
    assert people.factors.use("anna", at(secret, now_ns), now_ns) is None
    assert people.factors.use("anna", at(secret, now_ns, -1), now_ns) is None  # seen over a shoulder, typed later
    assert people.factors.use("anna", at(secret, now_ns, 1), now_ns) == peoplefactors.CODE
    assert people.factors.use("anna", at(secret, now_ns, 1), now_ns + STEP) is None


@pytest.mark.requirement("STATION-PEOPLE-12")
def test_of_two_who_send_a_code_at_once_one_is_let_in(people):
    secret, codes = enrolled(people)
    now_ns = T0 + 3 * STEP
    others = [People(people.db.path) for _ in range(4)]
    for said in (at(secret, now_ns), codes[0]):
        got = []
        threads = [
            threading.Thread(
                target=lambda each=each, said=said, got=got: got.append(each.factors.use("anna", said, now_ns))
            )
            for each in others
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(found is not None for found in got) == 1
    for each in others:
        each.close()


@pytest.mark.requirement("STATION-PEOPLE-12")
def test_recovery_codes_let_in_once_each_and_are_kept_as_hashes(people, tmp_path):
    _, codes = enrolled(people)
    assert len({*codes}) == 8
    assert all(len(code.replace("-", "")) == 24 for code in codes)
    assert people.factors.use("root-admin", codes[0], T0) is None
    assert people.factors.use("anna", codes[0].replace("-", " ").upper(), T0) == peoplefactors.RECOVERY
    assert people.factors.use("anna", codes[0], T0) is None
    assert people.factors.held("anna").recovery_left == 7
    people.db._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not any(code.encode() in held or code.replace("-", "").encode() in held for code in codes)
    _, newer = enrolled(people)
    assert people.factors.use("anna", codes[1], T0) is None
    assert people.factors.use("anna", newer[1], T0) == peoplefactors.RECOVERY


def test_a_clock_that_was_set_back_lets_no_old_code_in(people):
    secret, codes = enrolled(people)
    now_ns = T0 + 10 * STEP
    assert people.factors.use("anna", at(secret, now_ns), now_ns) == peoplefactors.CODE
    before_ns = T0 + 5 * STEP
    assert people.factors.use("anna", at(secret, before_ns), before_ns) is None
    assert people.factors.use("anna", codes[3], before_ns) == peoplefactors.RECOVERY


def test_dismissing_and_resetting_forget_it(people):
    for end in (lambda: people.reset_factor("anna"), lambda: people.dismiss("anna", T0)):
        secret, codes = enrolled(people)
        half = people.devices.half_way("anna", T0)
        people.factors.offer("anna", "s1", T0)
        end()
        assert people.factors.held("anna") is None
        assert people.factors.use("anna", at(secret, T0 + STEP), T0 + STEP) is None
        assert people.factors.use("anna", codes[0], T0) is None
        assert people.devices.about(peopledevices.SECOND_STEP, half, T0) is None
        assert people.db.rows("SELECT * FROM factor_offers") == []


def test_a_sign_in_that_is_half_done_ends_with_its_password_and_in_time(people):
    half = people.devices.half_way("anna", T0)
    assert people.devices.about(peopledevices.SECOND_STEP, half, T0 + 299 * NS) == "anna"
    assert people.devices.about(peopledevices.SECOND_STEP, half, T0 + 300 * NS) is None
    assert people.devices.about(peopledevices.INVITATION, half, T0) is None
    people.set_password("anna", "hash", T0, keep_tokens=True)
    assert people.devices.about(peopledevices.SECOND_STEP, half, T0) is None


def test_what_was_not_proved_is_removed_in_time(people):
    people.factors.offer("anna", "s1", T0)
    people.factors.prune(T0 + 599 * NS)
    assert people.db.row("SELECT count(*) FROM factor_offers") == (1,)
    people.factors.prune(T0 + 600 * NS)
    assert people.db.row("SELECT count(*) FROM factor_offers") == (0,)


def test_a_copy_keeps_the_factor_and_no_offer(people):
    secret, _ = enrolled(people)
    people.factors.offer("anna", "s1", T0)
    peopledb.forget_signed_in(people.db.path)
    assert people.factors.use("anna", at(secret, T0 + STEP), T0 + STEP) == peoplefactors.CODE
    assert people.db.rows("SELECT * FROM factor_offers") == []


# ---- the file of an older version --------------------------------------------------------------------------------


def aged(path):
    """Make a file as the version before wrote it."""
    people = People(path)
    people.enrol("anna", [Role.DUTY_OFFICER], T0)
    people.close()
    with sqlite3.connect(path) as db:
        for table in ("factors", "factor_offers", "recovery_codes"):
            db.execute(f"DROP TABLE {table}")
        db.execute("PRAGMA user_version = 1")
    db.close()


def test_a_file_of_the_version_before_is_brought_up_by_whoever_comes_first(tmp_path):
    aged(tmp_path / "people.db")
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
    enrolled(made[0])
    assert [people.get("anna").second_factor for people in made] == [True] * 6
    for people in made:
        people.close()


def test_a_file_of_a_newer_version_is_refused(people):
    people.db._writer.execute(f"PRAGMA user_version = {peopledb.VERSION + 1}")
    with pytest.raises(Refused, match="newer Skykeep"):
        People(people.db.path)


# ---- locks -----------------------------------------------------------------------------------------------------


@pytest.mark.requirement("STATION-PEOPLE-2")
def test_many_who_try_at_once_have_no_more_tries_than_one_after_the_other(people):
    others, let = [People(people.db.path) for _ in range(4)], []

    def guess(each):
        bucket = each.locks.bucket("anna", "")
        let.extend(each.locks.attempt(bucket, T0, tries=5, lock_s=300)[0] == 0 for _ in range(5))

    threads = [threading.Thread(target=guess, args=(each,)) for each in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(let) == 5
    for each in others:
        each.close()


@pytest.mark.parametrize("tries", [1, 2, 5])
def test_a_right_password_forgives_no_wrong_code(people, tries):
    locks, bucket = people.locks, people.locks.bucket("anna", "")
    wrong = 0
    while True:
        waits_s, locks_s = locks.attempt(bucket, T0, tries=tries, lock_s=300)
        assert waits_s == 0
        locks.give_back(bucket, tries=tries, locked=locks_s > 0)  # the password: right, and half of it
        _, locks_s = locks.attempt(bucket, T0, tries=tries, lock_s=300)  # a code: wrong
        wrong += 1
        if locks_s > 0:
            break
    assert wrong == tries
    assert locks.wait_s(bucket, T0) == 300
    assert locks.attempt(bucket, T0 + 301 * NS, tries=tries, lock_s=300)[0] == 0
