"""A permit office: two keys, consents, conflicts, what is signed, and that nothing forged in its record is believed."""

import contextlib
import hashlib
import json
import os
import random
import shutil
import sqlite3
import sys

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from skykeep.errors import Corrupt, Refused, Unavailable
from skykeep.facts import codec
from skykeep.facts.enacted import Consent, PermitEnacted, PermitRevoked, ZonePin
from skykeep.facts.granting import ApplicationReceived, PermitStepped, State, Step, signed_text, text_sha256
from skykeep.facts.personal import KeyedNames, NameKind
from skykeep.ledger.entry import EntryKind
from skykeep.ledger.tick import Leaf, LeafKind
from skykeep.sim import town
from skykeep.station import (
    credential,
    database,
    office,
    officeacts,
    officecredential,
    officekeys,
    officelaw,
    officetext,
)
from skykeep.station.erasing import erase_from, erase_value, sought
from skykeep.station.keys import Keys
from skykeep.station.replay import replay
from skykeep.station.run import bodies
from skykeep.station.store import Store
from skykeep.station.verify import check
from tests.station.offices import (
    ALICE,
    ANNA,
    AUTHORITY,
    BORIS,
    CLARA,
    HARBOUR_MASTER,
    HOUR,
    OPERATOR,
    OTHER_SERIAL,
    SERIAL,
    T0,
    Desk,
    application,
    of_harbour_master,
    signer,
    volume,
    zones,
)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def facts(path, kind):
    with Store.open(path, read_only=True) as store:
        read = [codec.decode(body) for row in store.rows() for body in bodies(row, LeafKind.FACT)]
    return [fact for fact in read if isinstance(fact, kind)]


def entries(path):
    with Store.open(path, read_only=True) as store:
        return store.entries_count


# ---- an application becomes a permit -------------------------------------------------------------------------


@pytest.mark.capability("Apply for a permit and hear at once which zones, whose consent and which permits matter")
def test_an_application_is_answered_at_once(desk):
    received = desk.apply()
    assert (received.case.permit_id, received.case.state) == ("P-2026-001", State.SUBMITTED)
    assert [zone.zone_id for zone in received.weighed.zones] == [town.MEADOWS]
    assert "mode of operation (vlos, bvlos)" in received.lacking
    words = "\n".join(officetext.weighed_lines(received.weighed))
    assert "zone: SIMPZ02 version 1" in words
    assert "conflicts: none" in words


@pytest.mark.requirement("GRANT-1")
@pytest.mark.capability("Grant a permit with two officers' keys, each step signed, in a record that verifies")
def test_two_officers_grant_a_permit_and_the_record_verifies_and_replays(desk):
    case = desk.granted()
    assert case.state is State.GRANTED
    (permit,) = facts(desk.path, PermitEnacted)
    assert permit == case.granted
    assert permit.zones == (ZonePin(zone_id=town.MEADOWS, version=1),)
    assert [(one.zone_id, one.authority) for one in permit.consents] == [(town.MEADOWS, AUTHORITY)]
    assert (permit.issuer, permit.granted_at_ns) == (AUTHORITY, T0 - 24 * HOUR)
    assert permit.application_sha256 == case.applications[-1].document_sha256
    assert check(desk.path, desk.vkey).signer_proved
    assert replay(desk.path).holds


def test_every_step_can_be_checked_with_a_key_and_a_text_alone(desk):
    desk.granted(signer=ALICE)
    steps = facts(desk.path, PermitStepped)
    by_key = {each.verifier.public_key: each for each in (ALICE, ANNA, BORIS)}
    assert [by_key[step.public_key] for step in steps] == [ALICE, ANNA, BORIS]
    previous = ""
    for number, step in enumerate(steps, start=1):
        lines = [
            "skykeep permit step/1", 'office "skykeep.local/town"', 'permit "P-2026-001"', "version 1",
            f"number {number}", f"step {step.step.value}", f"before {step.before.value}", f"after {step.after.value}",
            f"time {step.t_ns}", f"role {step.role.value}", f"officer {json.dumps(step.officer or '')}",
            f"key {step.public_key.hex()}", f"reason {json.dumps(step.reason)}",
            *(['consent "SIMPZ02" 1'] if number > 1 else []),
            f'document "{step.document_sha256}"', f'previous "{previous}"',
        ]  # fmt: skip
        text = "".join(f"{line}\n" for line in lines).encode()
        Ed25519PublicKey.from_public_bytes(step.public_key).verify(step.signature, text)
        previous = hashlib.sha256(text).hexdigest()


def test_one_officer_does_not_grant_alone_and_leaves_no_trace_of_trying(desk):
    desk.apply()
    desk.step(Step.RECOMMEND, ANNA)
    before = entries(desk.path)
    with pytest.raises(Refused, match="two persons grant a permit"):
        desk.step(Step.GRANT, ANNA)
    assert entries(desk.path) == before
    assert facts(desk.path, PermitEnacted) == []


def test_an_officer_who_applies_does_not_approve(desk):
    desk.apply(signer=ANNA)
    with pytest.raises(Refused, match="author is not approver"):
        desk.step(Step.RECOMMEND, ANNA)


def test_an_officer_whom_the_application_names_does_not_approve_it_but_may_refuse_it(desk):
    desk.apply(application(pilots=[ANNA.name]))
    with pytest.raises(Refused, match="the application names this officer"):
        desk.step(Step.RECOMMEND, ANNA)
    assert desk.step(Step.REFUSE, ANNA).state is State.REFUSED


def test_whoever_decides_sees_what_the_applicant_claims_and_what_the_law_says(desk):
    thresholds = {"horizontal_m": 20, "vertical_m": 10, "time_s": 60}
    desk.apply(application(state_flight=True, standing=True, priority=7, thresholds=thresholds, mode="vlos"))
    with office.reading(desk.path) as seen:
        words = "\n".join(officetext.case_lines(seen, seen.case("P-2026-001"), reveal=False))
    assert (
        "claims: a state flight; standing: it holds again and again; priority 7; deviation allowed: 20 m across"
        in words
    )
    assert "what: delivery; vlos" in words
    assert "zone: SIMPZ02 version 1" in words


def test_one_person_has_one_key_and_a_dismissed_one_signs_no_more(desk):
    with desk.at(-40) as office_:
        with pytest.raises(Refused, match="one person, one key"):
            office_.enrol(officekeys.make(desk.path.parent / "second.key", ANNA.name).verifier.vkey, None)
        office_.dismiss(ANNA.verifier.vkey, "her laptop was stolen")
    desk.apply()
    with pytest.raises(Refused, match="laptop was stolen"):
        desk.step(Step.RECOMMEND, ANNA)
    again = signer("second")
    again = type(again)(ANNA.name, again.type_, again.key)
    with desk.at(-12) as office_:
        office_.enrol(again.verifier.vkey, AUTHORITY)
        with pytest.raises(Refused, match="signs no more"):
            office_.enrol(ANNA.verifier.vkey, AUTHORITY)
    assert desk.step(Step.RECOMMEND, again).state is State.RECOMMENDED


def test_strangers_and_people_without_a_key_take_no_officers_step(desk):
    desk.apply()
    with pytest.raises(Refused, match=r"clara\.example is no officer"):
        desk.step(Step.RECOMMEND, CLARA)
    with pytest.raises(Refused, match="sign with the key of one"):
        desk.step(Step.RECOMMEND, None)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (" ", "is empty; say it in words"),
        ("x" * 2_001, "at most 2000"),
        ("a\nconsent", "on one line"),
        ("\udcff", "cannot be shown"),
    ],
)
def test_a_reason_is_words_on_one_line(desk, reason, said):
    desk.apply()
    with pytest.raises(Refused, match=said):
        desk.step(Step.RECOMMEND, ANNA, reason=reason)
    with desk.at(-12) as acting, pytest.raises(Refused, match=said):
        acting.dismiss(ANNA.verifier.vkey, reason)


def test_the_number_of_a_permit_is_words_too(desk):
    assert desk.apply(permit_id="Bridge 7").case.permit_id == "Bridge 7"
    with pytest.raises(Refused, match="at most 100"):
        desk.apply(permit_id="x" * 101)


def test_heights_that_cannot_be_compared_are_a_conflict_and_said(desk):
    desk.granted()
    above = volume() | {"floor": {"value_m": 400, "datum": "amsl"}, "ceiling": {"value_m": 420, "datum": "amsl"}}
    received = desk.apply(application(above, aircraft=[OTHER_SERIAL]), -20)
    assert "their heights cannot be compared" in "\n".join(officetext.weighed_lines(received.weighed))


def test_only_its_applicant_withdraws_it(desk):
    desk.apply(signer=ALICE)
    with pytest.raises(Refused, match="whoever handed"):
        desk.step(Step.WITHDRAW, CLARA)
    with pytest.raises(Refused, match="whoever handed"):
        desk.step(Step.WITHDRAW, None)
    assert desk.step(Step.WITHDRAW, ALICE).state is State.ENDED


def test_who_applied_without_a_key_withdraws_at_the_desk(desk):
    desk.apply()
    assert desk.step(Step.WITHDRAW, None).state is State.ENDED


def test_a_question_is_answered_by_a_new_document_and_recommended_anew(desk):
    desk.apply()
    desk.step(Step.RECOMMEND, ANNA)
    desk.step(Step.ASK, BORIS, reason="Which pilot?")
    with pytest.raises(Refused, match="waits for information cannot be granted"):
        desk.step(Step.GRANT, BORIS)
    answered = desk.apply(application(pilots=["Paul Pilot"]), -11, permit_id="P-2026-001")
    assert (answered.case.version, answered.case.state) == (1, State.SUBMITTED)
    with pytest.raises(Refused, match="cannot be granted"):
        desk.step(Step.GRANT, BORIS, hour=-11)
    desk.step(Step.RECOMMEND, ANNA, hour=-10)
    assert desk.step(Step.GRANT, BORIS, hour=-10).granted.pilots == answered.case.asked.pilots


def test_what_waits_for_the_office_is_not_handed_in_twice(desk):
    desk.apply()
    with pytest.raises(Refused, match="waits for the office"):
        desk.apply(permit_id="P-2026-001")


# ---- consent and conflict ------------------------------------------------------------------------------------


def test_a_zone_of_another_authority_needs_its_consent(tmp_path):
    desk = Desk(tmp_path, of_harbour_master)
    received = desk.apply(application(volume(-1500, 0), volume()))
    (harbour,) = [zone for zone in received.weighed.zones if zone.zone_id == town.HARBOUR]
    assert harbour.consent_of == (HARBOUR_MASTER,)
    desk.step(Step.RECOMMEND, ANNA)
    with pytest.raises(Refused, match=f"lacks the consent of {HARBOUR_MASTER[:14]}"):
        desk.step(Step.GRANT, BORIS)
    with desk.at(-11) as office_:
        office_.enrol(CLARA.verifier.vkey, HARBOUR_MASTER)
    assert desk.step(Step.CONSENT, CLARA, hour=-11).state is State.RECOMMENDED
    permit = desk.step(Step.GRANT, BORIS, hour=-10).granted
    assert {(one.zone_id, one.authority) for one in permit.consents} == {
        (town.HARBOUR, HARBOUR_MASTER), (town.MEADOWS, AUTHORITY),
    }  # fmt: skip
    assert {pin.zone_id for pin in permit.zones} == {town.HARBOUR, town.MEADOWS}


def test_an_officer_consents_for_no_authority_but_their_own(tmp_path):
    desk = Desk(tmp_path, of_harbour_master)
    desk.apply()
    with desk.at(-11) as office_:
        office_.enrol(CLARA.verifier.vkey, HARBOUR_MASTER)
    with pytest.raises(Refused, match="needs no consent of this officer's authority"):
        desk.step(Step.CONSENT, CLARA, hour=-11)


def test_what_conflicts_is_not_granted_and_an_alternative_is_offered_that_can_be(desk):
    first = desk.granted()
    received = desk.apply(application(aircraft=[OTHER_SERIAL]), -20)
    assert [conflict.permit_id for conflict in received.weighed.conflicts] == [first.permit_id]
    words = "\n".join(officetext.weighed_lines(received.weighed))
    assert "conflict: permit P-2026-001 overlaps it" in words
    assert "offered: " in words
    second = received.case.permit_id
    desk.step(Step.RECOMMEND, ANNA, second, -19)
    with pytest.raises(Refused, match="P-2026-002 conflicts with P-2026-001; offer another time or height"):
        desk.step(Step.GRANT, BORIS, second, -19)
    assert desk.step(Step.OFFER, BORIS, second, -18, reason="two hours later").state is State.OFFERED_ALTERNATIVE
    moved = application(volume(start_h=4, end_h=6), aircraft=[OTHER_SERIAL])
    assert desk.apply(moved, -17, permit_id=second).weighed.conflicts == ()
    desk.step(Step.RECOMMEND, ANNA, second, -16)
    assert desk.step(Step.GRANT, BORIS, second, -16).state is State.GRANTED


# ---- taken back, suspended, over -----------------------------------------------------------------------------


def status(desk, hour):
    with office.reading(desk.path) as seen:
        return officecredential.status_list(seen, T0 + hour * HOUR)


def test_a_revoked_permit_is_a_fact_and_a_bit(desk):
    desk.granted()
    assert status(desk, -1).withdrawn(0) is False
    assert desk.step(Step.REVOKE, ANNA, hour=1, reason="storm").state is State.REVOKED
    (fact,) = facts(desk.path, PermitRevoked)
    assert (fact.permit_id, fact.t_ns, fact.reason) == ("P-2026-001", T0 + HOUR, "storm")
    assert status(desk, 1).withdrawn(0) is True
    with pytest.raises(Refused, match="nothing leads out of this"):
        desk.step(Step.RESUME, ANNA, hour=1)


def test_a_suspended_permit_is_withdrawn_until_it_is_resumed_as_a_new_version(desk):
    desk.granted()
    desk.step(Step.SUSPEND, ANNA, hour=-6)
    assert status(desk, -6).withdrawn(0) is True
    resumed = desk.step(Step.RESUME, BORIS, hour=-5)
    assert (resumed.state, resumed.granted.version, resumed.status_index) == (State.GRANTED, 2, 1)
    listed = status(desk, -5)
    assert (listed.withdrawn(0), listed.withdrawn(1)) == (True, False)
    with office.reading(desk.path) as seen:
        last = [permit for permit in seen.law.permits if permit.known(T0)]
        assert [(permit.fact.version, permit.revoked_ns > T0) for permit in last] == [(2, True)]
        assert officecredential.claims(seen, seen.case("P-2026-001")).version == 2


def test_a_newer_version_supersedes_the_older_ones_credential(desk):
    desk.granted()
    received = desk.apply(application(volume(radius_m=100)), -20, permit_id="P-2026-001")
    assert received.case.version == 2
    assert received.weighed.conflicts == ()
    assert status(desk, -20).withdrawn(0) is False
    desk.step(Step.RECOMMEND, ANNA, hour=-19)
    desk.step(Step.GRANT, BORIS, hour=-19)
    assert [status(desk, -19).withdrawn(index) for index in (0, 1)] == [True, False]


def in_force(seen):
    """Which versions the law takes for granted and not taken back."""
    return [permit.fact.version for permit in seen.law.permits if permit.known(T0) and permit.revoked_ns > T0]


@pytest.mark.requirement("PERMITS-5")
def test_what_was_granted_last_holds_also_where_an_older_version_was_resumed_while_it_waited(desk):
    desk.granted(hour=-24)
    desk.step(Step.SUSPEND, ANNA, hour=-20)
    waits = desk.apply(application(volume(radius_m=100)), -19, permit_id="P-2026-001").case
    desk.step(Step.RESUME, ANNA, hour=-18)  # of what permits, though a newer version waits
    with office.reading(desk.path) as seen:
        resumed = seen.permits_now("P-2026-001")
        assert (waits.version, resumed.version, resumed.granted.version) == (2, 1, 3)
        assert in_force(seen) == [3]
    desk.step(Step.RECOMMEND, ANNA, hour=-17)
    desk.step(Step.GRANT, BORIS, hour=-16)
    with office.reading(desk.path) as seen:
        last = seen.permits_now("P-2026-001")
        assert (last.version, last.granted.version) == (2, 4)
        assert last.granted.volumes[0].volume.outline.radius_mm == 100_000
        assert in_force(seen) == [4]
        assert [seen.case("P-2026-001", number).version for number in (1, 2, 3, 4)] == [1, 2, 1, 2]
        assert "version 4 (handed in as version 2)" in officetext.headline(last)
    listed = status(desk, -15)
    assert [listed.withdrawn(number) for number in (0, 1, 2)] == [True, True, False]


@pytest.mark.requirement("PERMITS-5")
@pytest.mark.parametrize("first", [Step.GRANT, Step.SUSPEND])
@pytest.mark.parametrize("step", [Step.SUSPEND, Step.RESUME, Step.REVOKE, Step.END])
def test_a_version_that_was_replaced_is_neither_ended_nor_resumed_and_the_newer_one_holds(desk, first, step):
    desk.granted()
    if first is Step.SUSPEND:
        desk.step(Step.SUSPEND, ANNA, hour=-21)
    desk.apply(application(volume(radius_m=100)), -20, permit_id="P-2026-001")
    desk.step(Step.RECOMMEND, ANNA, hour=-19)
    desk.step(Step.GRANT, BORIS, hour=-19)
    by = None if step is Step.END else ANNA
    with desk.at(-18) as acting, pytest.raises(Refused, match="version 2 was granted since and took its place"):
        acting.step("P-2026-001", step, signer=by, reason="because", version=1)
    with office.reading(desk.path) as seen:
        assert in_force(seen) == [2]
        assert seen.permits_now("P-2026-001").version == 2


@pytest.mark.requirement("PERMITS-5")
def test_without_a_version_what_permits_is_taken_back_and_what_waits_is_decided(desk):
    desk.granted()
    desk.apply(application(volume(radius_m=100)), -20, permit_id="P-2026-001")
    assert desk.step(Step.RECOMMEND, ANNA, hour=-19).version == 2
    with office.reading(desk.path) as seen:
        first, second = seen.versions("P-2026-001")
        assert "version 1 of it permits meanwhile" in "\n".join(officetext.case_lines(seen, second, reveal=False))
        assert "a newer version 2 is a recommended application" in "\n".join(
            officetext.case_lines(seen, first, reveal=False)
        )
        with pytest.raises(Refused, match="has no version 9"):
            seen.case("P-2026-001", 9)
    revoked = desk.step(Step.REVOKE, ANNA, hour=-18)
    assert (revoked.version, revoked.state) == (1, State.REVOKED)
    with office.reading(desk.path) as seen:
        assert in_force(seen) == []
        assert seen.case("P-2026-001").state is State.RECOMMENDED


def test_a_permit_expires_by_the_offices_clock(desk):
    desk.granted()
    desk.apply(application(volume(start_h=5, end_h=6)), 4)
    with office.reading(desk.path) as seen:
        case = seen.case("P-2026-001")
        assert (case.state, case.steps[-1].public_key) == (State.EXPIRED, seen.public_key)
    with pytest.raises(Refused, match="for the office's clock alone"):
        desk.step(Step.EXPIRE, ANNA, "P-2026-002", hour=4)


def test_its_holder_activates_lands_and_gives_it_back(desk):
    desk.granted(signer=ALICE)
    assert desk.step(Step.ACTIVATE, ALICE, hour=1).state is State.ACTIVATED
    assert desk.step(Step.LAND, ALICE, hour=2).state is State.GRANTED
    assert desk.step(Step.END, ALICE, hour=2).state is State.ENDED
    assert status(desk, 2).withdrawn(0) is True


def test_time_never_runs_backwards_in_an_office(desk):
    desk.apply(hour=-10)
    with pytest.raises(Refused, match="acted at 2026-05-28 10:26:40 UTC already"):
        desk.apply(hour=-11)


def test_what_is_over_is_not_applied_for(desk):
    with pytest.raises(Refused, match="all of its times are over"):
        desk.apply(hour=3)


# ---- the credential ------------------------------------------------------------------------------------------


def test_a_granted_permit_has_a_credential_that_verifies_and_names_its_applicants_key(desk):
    case = desk.granted(signer=ALICE)
    with office.reading(desk.path) as seen:
        claims = officecredential.claims(seen, case)
    assert claims.holder_key == ALICE.verifier.public_key
    assert (claims.aircraft, claims.operators, claims.pilots) == ((SERIAL,), (OPERATOR[:16],), ("Pia Pilot",))
    key = desk.keys.signer("town")
    text = credential.issue(claims, key)
    listed = credential.issue_status(status(desk, 1), key)
    assert credential.verify(text, desk.vkey, (T0 + HOUR) // 10**9, status=listed).holds
    with Store.open(desk.path, read_only=True) as store:
        found = [codec.decode(body) for body in bodies(store.row(claims.log_index), LeafKind.FACT)]
    assert case.granted in found


def test_there_is_none_before_it_is_granted_and_no_key_in_it_that_is_the_offices(desk):
    case = desk.apply().case
    with office.reading(desk.path) as seen, pytest.raises(Refused, match="made when it is granted"):
        officecredential.claims(seen, case)
    desk.step(Step.RECOMMEND, ANNA)
    case = desk.step(Step.GRANT, BORIS)
    with office.reading(desk.path) as seen:
        assert officecredential.claims(seen, case).holder_key is None


# ---- zones ---------------------------------------------------------------------------------------------------


def test_a_zone_version_never_changes_and_the_same_file_adds_nothing(desk, tmp_path):
    def renamed(features):
        features[0]["reason"] = ["SENSITIVE"]

    with desk.at(-40) as acting:
        before = entries(desk.path)
        assert acting.publish([zones(tmp_path / "again.json")]) == []
        assert entries(desk.path) == before
        with pytest.raises(Refused, match="give the changed zone a new version"):
            acting.publish([zones(tmp_path / "changed.json", renamed)])


# ---- persons -------------------------------------------------------------------------------------------------


def everything(path):
    return b"".join(file.read_bytes() for file in path.rglob("*") if file.is_file())


def leaf_bytes(path):
    with Store.open(path, read_only=True) as store:
        return b"".join(leaf.body or b"" for row in store.rows() for leaf in row.leaves)


def test_no_secret_of_an_operator_id_enters_the_record(desk):
    desk.apply()
    assert b"XSMparcel0000033" in leaf_bytes(desk.path)
    assert b"XSMparcel0000033-" not in leaf_bytes(desk.path)
    (received,) = facts(desk.path, ApplicationReceived)
    assert received.asked.application_sha256 == received.document_sha256
    escaped = application().replace(b"XSMparcel0000033-s3m", b"XSMparcel0000033\\u002ds3m")
    with pytest.raises(Refused, match="write operator ids plainly"):
        desk.apply(escaped)


def test_a_wrong_application_is_refused_with_its_place_and_leaves_nobodys_name(desk):
    before = entries(desk.path)
    with pytest.raises(Refused, match="its check character is"):
        desk.apply(application(operators=["XSMparcel0000034-s3m"]))
    with desk.at(-20) as acting:
        with pytest.raises(Refused, match=r"application\.volumes\[0\]"):
            acting.apply(application({**volume(), "until": "2020-01-01T00:00:00Z"}, pilots=["Nobody Else"]))
        assert entries(desk.path) == before
        acting.apply(application())
    assert b"Nobody Else" not in leaf_bytes(desk.path)


def test_an_erased_person_leaves_the_record_whole_and_no_credential(desk):
    case = desk.granted(application(pilots=["Jörg Pilot"]))
    assert erase_value(desk.path, "Jörg Pilot", desk.keys) == (1, 1)
    assert "Jörg".encode() not in leaf_bytes(desk.path)
    assert b"Pilot" not in everything(desk.path / "tile")
    assert check(desk.path, desk.vkey).n_erased == 2
    with office.reading(desk.path) as seen:
        assert "pilot (erased)" in "\n".join(officetext.case_lines(seen, seen.case(case.permit_id), reveal=True))
        with pytest.raises(Refused, match="was erased from the record"):
            officecredential.claims(seen, case)
    names = KeyedNames(bytes(32))
    told = officelaw.load(desk.path, names)
    assert told.erased == [case.permit_id]
    assert told.permits[0].aircraft == (names.pseudonym(NameKind.UAS_ID, SERIAL),)


def test_asking_once_more_finishes_what_a_reader_held_up(desk, monkeypatch):
    desk.granted(application(pilots=["Jörg Pilot"]))
    monkeypatch.setattr(database, "READER_WAIT_S", 0.01)
    log = desk.path / f"{database.DATABASE}-wal"
    asked = sought(KeyedNames(bytes(32)), "Jörg Pilot", None)
    with Store.open(desk.path) as store:
        with contextlib.closing(sqlite3.connect(desk.path / database.DATABASE, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM ticks").fetchone()
            with pytest.raises(Unavailable, match="erase again"):
                erase_from(store, asked)
            assert log.stat().st_size
        with pytest.raises(Refused, match="erased already"):
            erase_from(store, asked)
        assert log.stat().st_size == 0


def test_a_name_that_the_document_writes_with_escapes_is_erased_too(desk):
    desk.apply(json.dumps(json.loads(application(pilots=["Jörg Pilot"]))).encode())
    assert b"J\\u00f6rg Pilot" in leaf_bytes(desk.path)
    assert erase_value(desk.path, "Jörg Pilot", desk.keys) == (1, 1)
    assert b"rg Pilot" not in leaf_bytes(desk.path)


def test_a_watch_gets_the_same_acts_under_its_own_pseudonyms(desk):
    desk.granted()
    desk.step(Step.REVOKE, ANNA, hour=1)
    names = KeyedNames(bytes(32))
    told = officelaw.load(desk.path, names)
    (permit,) = told.permits
    assert permit.operators == (names.pseudonym(NameKind.OPERATOR_ID, OPERATOR),)
    assert permit.pilots == (names.pseudonym(NameKind.PERSON, "Pia Pilot"),)
    assert permit.consents[0].officer == names.pseudonym(NameKind.PERSON, ANNA.name)
    (stored,) = facts(desk.path, PermitEnacted)
    assert (permit.volumes, permit.granted_at_ns) == (stored.volumes, stored.granted_at_ns)
    assert permit.aircraft != stored.aircraft
    assert told.revocations[0].officer == names.pseudonym(NameKind.PERSON, ANNA.name)


# ---- nothing forged is believed ------------------------------------------------------------------------------


def forge(desk, *forged):
    """Append facts as one could who can write the disk, and holds the office's own keys too."""
    with Store.open(desk.path) as store:
        tick = entries(desk.path)
        leaves = [Leaf(LeafKind.FACT, codec.encode(fact)) for fact in forged]
        store.append(EntryKind.TICK, tick, T0 - 12 * HOUR, leaves, bytes(32), bytes(32))
        store.wait_durable(store.entries_count)
        store.seal(desk.keys.signer("town"))


def opened(desk):
    with office.reading(desk.path) as seen:
        return seen.cases


@pytest.mark.requirement("GRANT-4")
def test_a_permit_without_its_signed_step_is_not_believed(desk):
    asked = desk.apply().case.asked
    forge(desk, asked)
    with pytest.raises(Corrupt, match="changed without a signed step"):
        opened(desk)


def test_a_revocation_without_its_signed_step_is_not_believed(desk):
    desk.granted()
    forge(desk, PermitRevoked(permit_id="P-2026-001", t_ns=T0, reason="x", officer=None))
    with pytest.raises(Corrupt, match="changed without a signed step"):
        opened(desk)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"reason": "other words"}, "its signature does not hold"),
        ({"signature": bytes(64)}, "its signature does not hold"),
        ({"t_ns": T0}, "its signature does not hold"),
        ({"public_key": CLARA.verifier.public_key}, "nobody whom this office has enrolled"),
        ({"officer": "person:aaaaaaaaaaaaaaaa"}, "nobody whom this office has enrolled"),
        ({"number": 7}, "does not follow the step before"),
        ({"previous_sha256": ""}, "does not follow the step before"),
        ({"before": State.RECOMMENDED}, "does not follow the step before"),
        ({"document_sha256": "00"}, "another document"),
        ({"after": State.GRANTED}, "its signature does not hold"),
        ({"consents": (ZonePin(zone_id="X", version=1),)}, "its signature does not hold"),
    ],
)
@pytest.mark.requirement("GRANT-4")
def test_a_step_that_was_changed_is_not_believed(desk, tmp_path, changed, words):
    desk.apply()
    shutil.copytree(desk.path, tmp_path / "copy")
    desk.step(Step.RECOMMEND, ANNA)
    step = facts(desk.path, PermitStepped)[-1]
    desk.path = tmp_path / "copy"
    forge(desk, msgspec.structs.replace(step, **changed))
    with pytest.raises(Corrupt, match=words):
        opened(desk)


def test_a_step_as_it_was_signed_is_believed(desk, tmp_path):
    desk.apply()
    shutil.copytree(desk.path, tmp_path / "copy")
    desk.step(Step.RECOMMEND, ANNA)
    step = facts(desk.path, PermitStepped)[-1]
    desk.path = tmp_path / "copy"
    forge(desk, step)
    assert opened(desk)["P-2026-001", 1].state is State.RECOMMENDED


def test_a_grant_by_one_person_is_not_believed_even_signed(desk):
    desk.apply()
    desk.step(Step.RECOMMEND, ANNA)
    with officeacts.writing(desk.path, desk.keys, T0 - 12 * HOUR) as acting:
        case = acting.case("P-2026-001")
        recommended = case.steps[-1]
    alone = msgspec.structs.replace(
        recommended, number=3, step=Step.GRANT, before=State.RECOMMENDED, after=State.GRANTED,
        previous_sha256=text_sha256(recommended, "skykeep.local/town"), signature=b"",
    )  # fmt: skip
    signed = msgspec.structs.replace(alone, signature=ANNA.key.sign(signed_text(alone, "skykeep.local/town")))
    forge(desk, signed, msgspec.structs.replace(case.asked, granted_at_ns=T0))
    with pytest.raises(Corrupt, match="two persons grant a permit"):
        opened(desk)


@pytest.mark.parametrize(("changed", "words"), [
    ({"consents": (Consent(zone_id="SIMND01", zone_version=1, authority=AUTHORITY, officer="x", t_ns=T0),)},
     "with other consents than officers signed"),
    ({"granted_at_ns": T0 - 400 * HOUR}, "at another time"),
    ({"issuer": HARBOUR_MASTER}, "by another authority"),
    ({"zones": (ZonePin(zone_id="SIMND01", version=1),)}, "for other zones"),
])  # fmt: skip
def test_a_grant_says_no_more_than_the_signed_steps_behind_it(desk, changed, words):
    desk.granted(application(zones=["SIMPZ02"]))
    with Store.open(desk.path, read_only=True) as store:
        *_, last = store.rows()
    granted, step = (
        next(fact for fact in _facts(last) if isinstance(fact, kind)) for kind in (PermitEnacted, PermitStepped)
    )
    with office.reading(desk.path) as seen:
        seen._steps_of_tick = [step]
        seen._take_enacted(granted, last.entry_index)
        with pytest.raises(Corrupt, match=words):
            seen._take_enacted(msgspec.structs.replace(granted, **changed), last.entry_index)


def test_a_grant_of_something_else_than_was_asked_for_is_not_believed(desk):
    desk.granted()
    with Store.open(desk.path, read_only=True) as store:
        *_, last = store.rows()
    granted, step = (
        next(fact for fact in _facts(last) if isinstance(fact, kind)) for kind in (PermitEnacted, PermitStepped)
    )
    assert step.step is Step.GRANT
    with office.reading(desk.path) as seen:
        seen._steps_of_tick = [step]
        with pytest.raises(Corrupt, match="granted otherwise than it was asked for"):
            seen._take_enacted(msgspec.structs.replace(granted, state_flight=True), 0)


def _facts(row):
    return [codec.decode(body) for body in bodies(row, LeafKind.FACT)]


def test_another_record_is_no_office_and_other_keys_do_not_act(desk, tmp_path):
    with pytest.raises(Refused, match="is no permit office"), office.reading(tmp_path / "nowhere"):
        pass
    others = Keys(tmp_path / "others")
    others.begun("another")
    with pytest.raises(Refused, match="sealed with another key"), officeacts.writing(desk.path, others, T0):
        pass


def tried(desk, chance):
    """Let people try steps by chance, granting more often than anything else."""
    asked = [application(), application(volume(-1500, 0)), application(pilots=[ANNA.name])]
    hour = -40.0
    for _ in range(60):
        hour += chance.choice([0, 0.1, 1])
        permit_id = chance.choice(["A", "B"])
        with contextlib.suppress(Refused):
            if chance.random() < 0.2:
                desk.apply(chance.choice(asked), hour, permit_id=permit_id, signer=chance.choice([None, ALICE, ANNA]))
            else:
                step = chance.choice([*Step, *[Step.RECOMMEND, Step.GRANT] * 20])
                by, version = chance.choice([ANNA, BORIS, BORIS, CLARA, ALICE, None]), chance.choice([None, None, 1, 2])
                with desk.at(hour) as acting:
                    acting.step(permit_id, step, signer=by, reason="because", version=version)


@pytest.mark.slow
@pytest.mark.requirement("GRANT-1")
def test_whatever_people_try_the_record_opens_and_a_granted_permit_has_two_officers(tmp_path):
    granted = 0
    for seed in range(8):
        desk = Desk(tmp_path / str(seed))
        tried(desk, random.Random(seed))
        with office.reading(desk.path) as seen:
            for case in seen.cases.values():
                approvals = [step for step in case.steps if step.step in {Step.RECOMMEND, Step.GRANT}]
                if case.granted is not None:
                    granted += 1
                    assert [step.step for step in approvals[-2:]] == [Step.RECOMMEND, Step.GRANT], f"seed {seed}"
                    assert len({step.officer for step in approvals[-2:]}) == 2, f"seed {seed}"
                    assert case.steps[0].public_key not in {step.public_key for step in approvals[-2:]}, f"seed {seed}"
            permits = [permit.fact for permit in seen.law.permits if permit.known(T0) and permit.revoked_ns > T0]
            now = [seen.permits_now(permit_id) for permit_id in ("A", "B")]
            holding = [case for case in now if case is not None and case.state is not State.SUSPENDED]
            assert {(case.permit_id, case.granted.version) for case in holding} == {
                (permit.permit_id, permit.version) for permit in permits
            }, f"seed {seed}"
        assert check(desk.path, desk.vkey).signer_proved
        assert replay(desk.path).holds
    assert granted >= 3


# ---- key files -----------------------------------------------------------------------------------------------


def test_a_key_file_is_its_owners_alone_and_is_never_overwritten(tmp_path):
    path = tmp_path / "keys" / "anna.key"
    made = officekeys.make(path, "anna.example")
    assert officekeys.load(path).verifier == made.verifier
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o077 == 0
        os.chmod(path, 0o644)  # noqa: PTH101
        with pytest.raises(Refused, match="may be read by others"):
            officekeys.load(path)
    with pytest.raises(Refused, match="never overwritten"):
        officekeys.make(path, "anna.example")


@pytest.mark.parametrize("text", ["", "x", "PRIVATE+KEY+a+00000000+AAAA"])
def test_what_is_no_key_file_says_so(tmp_path, text):
    path = tmp_path / "x.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(Refused, match="is no key file"):
        officekeys.load(path)
    with pytest.raises(Refused, match="no such key file"):
        officekeys.load(tmp_path / "none")
    with pytest.raises(Refused, match="cannot name a key"):
        officekeys.make(tmp_path / "y.key", "two words")
    with pytest.raises(Refused, match="cannot be written"):
        officekeys.make(tmp_path / "y.key", "ann\udcff")
    assert not (tmp_path / "y.key").exists()
