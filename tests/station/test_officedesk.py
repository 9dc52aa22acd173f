"""An office that a station holds: applying and deciding over the link, each step a fact in the office's record."""

import contextlib
import json
import time

import pytest

from skykeep.errors import Malformed, Refused, Unavailable
from skykeep.facts import codec
from skykeep.facts.acted import ActDone
from skykeep.facts.concluded import Verdict, VerdictReached
from skykeep.facts.enacted import PermitEnacted, PermitRevoked
from skykeep.facts.granting import OfficerAttested, State
from skykeep.ledger.tick import LeafKind
from skykeep.station import asked, credential, officeacts
from skykeep.station.keys import Keys
from skykeep.station.link import Ask
from skykeep.station.office import reading
from skykeep.station.run import bodies
from skykeep.station.serving import Station
from skykeep.station.store import Store
from skykeep.wire import statuslist
from skykeep.wire.credential import open_envelope
from tests.station.living import CONFIG, INSIDE, home, living
from tests.station.offices import OPERATOR, SERIAL, signer
from tests.waiting import until

OFFICE = CONFIG + '\n[office]\nrecord = "office"\nkeys = "office-keys"\n'
OFFICER = ("permit_officer",)
PILOT = ("pilot",)
HOUR_S = 3600


def document(start_s=-600, **changed):
    def at(seconds):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))

    volume = {
        "area": {"center": [INSIDE[1], INSIDE[0]], "radius_m": 500}, "floor": {"value_m": 0, "datum": "agl"},
        "ceiling": "unlimited", "from": at(start_s), "until": at(start_s + 2 * HOUR_S),
    }  # fmt: skip
    said = {"holder": "Parcel trial", "pilots": ["Pia Pilot"], "aircraft": [SERIAL], "operators": [OPERATOR],
            "purpose": "delivery", "volumes": [volume]}  # fmt: skip
    return json.dumps({"application": said | changed}).encode()


def found(at):
    return officeacts.found(
        at.path / "office", Keys(at.path / "office-keys"), 1_000, name="city", authority="Nobody: invented"
    )


@contextlib.contextmanager
def held():
    """A running station that holds an office."""
    with home(OFFICE) as at:
        found(at)
        with living(at) as one:
            yield at, one


def apply(one, person="ortega", roles=OFFICER, **more):
    told, _ = one.ask("permit.apply", person, roles, data=more.pop("data", None) or document(), **more)
    return told


def step(one, name, person, permit_id, **more):
    if name in {"recommend", "grant"}:
        more.setdefault("seen_ns", time.time_ns() + HOUR_S * 10**9)
    return one.ask(f"permit.{name}", person, OFFICER, subject=f"permit:{permit_id}",
                   reason=more.pop("reason", "because it is so"), **more)  # fmt: skip


def granted(one, person="ortega", roles=OFFICER):
    permit_id = apply(one, person, roles).permit_id
    step(one, "recommend", "anna", permit_id)
    step(one, "grant", "boris", permit_id)
    return permit_id


def cases_of(one, permit_id):
    return one.ask("permit.read", "anna", OFFICER, permit_id=permit_id)[0].cases


def facts_of(path, kind):
    with Store.open(path, read_only=True) as store:
        every = [codec.decode_trusted(body) for row in store.rows() for body in bodies(row, LeafKind.FACT)]
    return [fact for fact in every if isinstance(fact, kind)]


@pytest.mark.requirement("PERMITS-1")
def test_from_the_application_to_the_grant_and_back_by_people_of_the_station():
    with held() as (at, one):
        told = apply(one)
        assert told.permit_id.endswith("-001")
        assert "DEMO-A" in [zone.zone_id for zone in told.weighed.zones]
        step(one, "recommend", "anna", told.permit_id)
        step(one, "grant", "boris", told.permit_id)
        until(lambda: one.facts(PermitEnacted), "the watch knows of the permit")
        (permit,) = one.facts(PermitEnacted)
        assert (permit.permit_id, permit.zones[0].zone_id) == (told.permit_id, "DEMO-A")
        step(one, "revoke", "anna", told.permit_id, reason="Helicopter")
        until(lambda: one.facts(PermitRevoked), "and of its revocation")
        done = [(act.action, act.subject) for act in one.facts(ActDone) if act.action.startswith("permit.")]
        subject = f"permit:{told.permit_id}"
        assert done == [(f"permit.{each}", subject) for each in ("apply", "recommend", "grant", "revoke")]
        with reading(at.path / "office") as office:  # which checks every signature again
            case = office.case(told.permit_id)
            assert case.state is State.REVOKED
            assert [office.value(each.officer) for each in case.steps] == ["ortega", "anna", "boris", "anna"]
        attested = facts_of(at.path / "office", OfficerAttested)
        assert len(attested) == 2
        until((at.path / "office.status").is_file, "the list of withdrawn permits")

        def withdrawn():
            listed = statuslist.decode(open_envelope((at.path / "office.status").read_bytes()).payload)
            return listed.bits[0] & 1

        until(withdrawn, "the credential is withdrawn in the list")


def test_nothing_is_weighed_before_the_law_is_taken_in():
    with home(OFFICE) as at:
        found(at)
        station = Station(at, lambda _: None)
        ask = Ask(1, "permit.apply", "ortega", list(OFFICER), "", "", b"{}", "", document())
        with pytest.raises(Unavailable, match="just beginning"):
            station.commands.beforehand(ask, time.time_ns(), station.loop.copy)
        station.loop.turn()
        told = station.commands.beforehand(ask, time.time_ns(), station.loop.copy).handled.result
        assert "DEMO-A" in [zone.zone_id for zone in told.weighed.zones]
        station.recorder.close()


@pytest.mark.requirement("PERMITS-2")
def test_who_hands_in_recommends_or_grants_does_not_do_the_next():
    with held() as (_, one):
        permit_id = apply(one, "anna").permit_id
        with pytest.raises(Refused, match="author is not approver"):
            step(one, "recommend", "anna", permit_id)
        with pytest.raises(Refused, match="recommended"):
            step(one, "grant", "clara", permit_id)
        step(one, "recommend", "boris", permit_id)
        for person, why in (("anna", "author is not approver"), ("boris", "second person")):
            with pytest.raises(Refused, match=why):
                step(one, "grant", person, permit_id)
        step(one, "grant", "clara", permit_id)


def test_who_has_not_got_the_power_leaves_nothing_in_either_record():
    with held() as (at, one):
        permit_id = apply(one).permit_id
        for roles in (("duty_officer",), ("admin",), ("auditor",), ("pilot",)):
            with pytest.raises(Refused, match="power"):
                one.ask("permit.recommend", "mallory", roles, subject=f"permit:{permit_id}", reason="I want it")
        with pytest.raises(Refused, match="reason"):
            step(one, "recommend", "anna", permit_id, reason=" ")
        assert [act.action for act in one.facts(ActDone)] == ["permit.apply"]
        with reading(at.path / "office") as office:
            assert "mallory" not in {name.value for name in office.names.values()}


def test_the_same_key_does_nothing_twice():
    with held() as (at, one):
        data = document()
        first, again = apply(one, data=data, key="k1"), apply(one, data=data, key="k1")
        assert first == again
        with reading(at.path / "office") as office:
            assert len(office.cases) == 1


@pytest.mark.requirement("PERMITS-6")
def test_the_same_key_hands_nothing_in_twice_after_the_station_began_anew():
    with home(OFFICE) as at:
        found(at)
        data = document()
        with living(at) as one:
            first = apply(one, data=data, key="k1")
        with living(at) as one:
            again = apply(one, data=data, key="k1")
            assert (again.permit_id, again.version, again.lacking) == (first.permit_id, first.version, first.lacking)
            assert [zone.zone_id for zone in again.weighed.zones] == [zone.zone_id for zone in first.weighed.zones]
            with pytest.raises(Refused, match="used for another request"):
                apply(one, data=document(pilots=["Otto"]), key="k1")
            assert len(one.ask("permit.read", "anna", OFFICER)[0].cases) == 1
            other = apply(one, "boris", data=data, key="k1")  # the key of another person
            assert other.permit_id != first.permit_id
            step(one, "ask", "anna", first.permit_id)
            answer = document(pilots=["Otto"])
            apply(one, data=answer, permit_id=first.permit_id, key="k2")
        with living(at) as one:
            apply(one, data=answer, permit_id=first.permit_id, key="k2")
            (case,) = cases_of(one, first.permit_id)
            assert [each.step for each in case.steps] == ["submit", "ask", "submit"]


@pytest.mark.requirement("PERMITS-6")
def test_the_same_key_takes_no_step_twice_after_the_station_began_anew():
    steps = [("ask", "anna"), ("offer", "anna"), ("recommend", "anna"), ("grant", "boris"), ("revoke", "clara")]
    seen = {"seen_ns": time.time_ns() + HOUR_S * 10**9}

    def of(name):
        return {} if name == "revoke" else seen

    with home(OFFICE) as at:
        found(at)
        with living(at) as one:
            permit_id, refused = apply(one).permit_id, apply(one, data=document(3 * 24 * HOUR_S)).permit_id
            for name, person in steps:
                step(one, name, person, permit_id, key=name, **of(name))
                if name in {"ask", "offer"}:
                    apply(one, permit_id=permit_id)
            step(one, "refuse", "anna", refused, key="no", **seen)
        with living(at) as one:
            with pytest.raises(Refused, match="power"):
                one.ask("permit.ask", "anna", PILOT, subject=f"permit:{permit_id}", reason="because it is so",
                        key="ask", **seen)  # fmt: skip
            for name, person in steps:
                assert step(one, name, person, permit_id, key=name, **of(name))[0] == asked.Done()
            for changed in ({"reason": "another one"}, {"seen_ns": 1}):
                with pytest.raises(Refused, match="used for another request"):
                    step(one, "refuse", "anna", refused, key="no", **seen | changed)
            with pytest.raises(Refused, match="used for another request"):
                apply(one, "anna", key="no")
            with pytest.raises(Refused, match="state"):
                step(one, "refuse", "boris", refused, key="no", **seen)  # the key of another person
            done = [[each.step for each in cases_of(one, number)[0].steps] for number in (permit_id, refused)]
            whole = ["submit", "ask", "submit", "offer", "submit", "recommend", "grant", "revoke"]
            assert done == [whole, ["submit", "refuse"]]


def test_a_key_is_forgotten_after_a_day_as_the_interface_says():
    with home(OFFICE) as at:
        found(at)
        station = Station(at, lambda _: None)
        station.loop.turn()
        desk, now_ns = station.commands.office, time.time_ns()
        ask = Ask(1, "permit.apply", "ortega", list(OFFICER), "", "", b"{}", "k1", document(start_s=3 * 24 * HOUR_S))
        told = []
        for later_s in (0, 24 * HOUR_S - 1, 24 * HOUR_S + 1):
            desk._done.clear()  # as after a restart
            told.append(desk.handle(ask, now_ns + later_s * 10**9).result.permit_id)
        assert told[0] == told[1] != told[2]
        station.recorder.close()


def test_asked_offered_and_answered():
    with held() as (_, one):
        permit_id = apply(one).permit_id
        step(one, "ask", "anna", permit_id, reason="Which pilot?")
        answered = apply(one, data=document(pilots=["Otto"]), permit_id=permit_id)
        assert (answered.permit_id, answered.version) == (permit_id, 1)
        step(one, "offer", "boris", permit_id, reason="An hour later")
        step(one, "refuse", "boris", permit_id, reason="No answer")
        cases, _ = one.ask("permit.read", "anna", OFFICER, permit_id=permit_id)
        (case,) = cases.cases
        assert [each.step for each in case.steps] == ["submit", "ask", "submit", "offer", "refuse"]
        assert json.loads(case.document)["application"]["pilots"] == ["Otto"]
        assert "endurance" in case.lacking
        with pytest.raises(Refused, match="no application"):
            apply(one, permit_id="P-1999-001")


@pytest.mark.requirement("PERMITS-5")
def test_what_permits_is_taken_back_and_shown_whatever_newer_version_waits_or_was_refused():
    with held() as (_, one):
        permit_id = granted(one)
        second = apply(one, data=document(start_s=8 * HOUR_S), permit_id=permit_id)
        assert second.version == 2
        assert step(one, "code", "anna", permit_id)[0].text.startswith("SKP1:")
        step(one, "refuse", "anna", permit_id)
        assert [(each.version, each.state) for each in cases_of(one, permit_id)] == [(1, "granted"), (2, "refused")]
        step(one, "code", "anna", permit_id)
        apply(one, data=document(start_s=9 * HOUR_S), permit_id=permit_id)
        step(one, "revoke", "anna", permit_id)
        until(lambda: one.facts(PermitRevoked), "the watch knows that it permits no longer")
        states = [(each.version, each.state) for each in cases_of(one, permit_id)]
        assert states == [(1, "revoked"), (2, "refused"), (3, "submitted")]
        with pytest.raises(Refused, match="in_force"):
            step(one, "revoke", "anna", permit_id)


@pytest.mark.requirement("PERMITS-5")
def test_a_newer_version_that_was_granted_takes_the_place_of_the_one_before():
    with held() as (_, one):
        permit_id = granted(one)
        apply(one, data=document(start_s=8 * HOUR_S), permit_id=permit_id)
        step(one, "recommend", "anna", permit_id)
        step(one, "grant", "boris", permit_id)
        first, second = cases_of(one, permit_id)
        assert (first.state, first.possible, second.state) == ("superseded", [], "granted")
        step(one, "revoke", "anna", permit_id)
        assert [each.state for each in cases_of(one, permit_id)] == ["superseded", "revoked"]
        for gone in ("revoke", "code"):
            with pytest.raises(Refused, match="in_force"):
                step(one, gone, "anna", permit_id)


@pytest.mark.requirement("PERMITS-5")
def test_nobody_answers_the_application_of_somebody_else_or_learns_its_number():
    with held() as (_, one):
        waits = apply(one, "pia", PILOT).permit_id
        step(one, "ask", "anna", waits)
        holds = granted(one, "pia", PILOT)
        told = set()
        for permit_id in (waits, holds, "P-1999-001"):
            for preview in (False, True):
                with pytest.raises(Refused, match="you have handed in no application") as why:
                    apply(one, "mallory", PILOT, permit_id=permit_id, preview=preview)
                told.add(str(why.value).replace(permit_id, "P"))
        assert len(told) == 1
        assert [each.version for each in cases_of(one, holds)] == [1]
        answered = apply(one, "pia", PILOT, data=document(pilots=["Otto"]), permit_id=waits)
        assert (answered.permit_id, answered.version) == (waits, 1)
        assert apply(one, "pia", PILOT, data=document(start_s=HOUR_S), permit_id=holds).version == 2
        step(one, "ask", "anna", waits)
        assert apply(one, "boris", OFFICER, permit_id=waits).version == 1  # an officer enters what the applicant says
        with pytest.raises(Refused, match="no application"):
            apply(one, "boris", OFFICER, permit_id="P-1999-001")


def test_what_moved_since_it_was_seen_is_looked_at_again():
    with held() as (_, one):
        permit_id = apply(one).permit_id
        seen_ns = one.ask("permit.read", "anna", OFFICER)[0].cases[0].moved_ns
        step(one, "recommend", "anna", permit_id, seen_ns=seen_ns)
        with pytest.raises(Refused, match="changed since you saw it"):
            step(one, "grant", "boris", permit_id, seen_ns=seen_ns)
        with pytest.raises(Refused, match="send `seen_ns`"):
            step(one, "grant", "boris", permit_id, seen_ns=None)


def test_a_preview_keeps_nothing_and_names_what_is_in_the_way():
    with held() as (at, one):
        permit_id = apply(one).permit_id
        step(one, "recommend", "anna", permit_id)
        step(one, "grant", "boris", permit_id)
        until(lambda: one.facts(PermitEnacted), "the permit")
        told = apply(one, preview=True)
        assert [each.permit_id for each in told.weighed.conflicts] == [permit_id]
        assert told.permit_id == ""
        with reading(at.path / "office") as office:
            assert len(office.cases) == 1
        second = apply(one).permit_id
        step(one, "recommend", "anna", second)
        with pytest.raises(Refused, match=f"conflicts with {permit_id}"):
            step(one, "grant", "boris", second)
        for wrong in (b"{", document(start_s=-9 * HOUR_S), document(volumes=[])):
            with pytest.raises((Refused, Malformed)):
                apply(one, data=wrong, preview=True)


def test_the_code_is_shown_for_a_reason_and_only_while_it_holds():
    with held() as (_, one):
        permit_id = apply(one).permit_id
        with pytest.raises(Refused, match="in_force"):
            step(one, "code", "anna", permit_id)
        step(one, "recommend", "anna", permit_id)
        step(one, "grant", "boris", permit_id)
        code, entry = step(one, "code", "anna", permit_id, reason="The applicant asked")
        assert code.text.startswith("SKP1:")
        assert code.svg.startswith("<?xml")
        assert entry is not None


def test_a_person_with_a_key_of_their_own_signs_with_that():
    with home(OFFICE) as at:
        found(at)
        with officeacts.writing(at.path / "office", Keys(at.path / "office-keys"), 2_000) as office:
            office.enrol(signer("anna").verifier.vkey, None)
        with living(at) as one:
            permit_id = apply(one).permit_id
            with pytest.raises(Refused, match="one person, one key"):
                step(one, "recommend", "anna", permit_id)


def test_between_two_acts_the_command_line_may_act():
    with held() as (at, one):
        permit_id = apply(one).permit_id
        with officeacts.writing(at.path / "office", Keys(at.path / "office-keys"), time.time_ns() + 10**9) as office:
            office.enrol(signer("clara.example").verifier.vkey, None)
        step(one, "recommend", "anna", permit_id)


def test_a_station_with_a_wrong_office_does_not_begin():
    with home(OFFICE) as at, pytest.raises(Refused, match="no permit office"), living(at):
        pass
    with home(OFFICE) as at:
        found(at)
        (at.path / "office-keys").rename(at.path / "elsewhere")
        with pytest.raises(Refused, match=r"signing\.key is not there"), living(at):
            pass
        Keys(at.path / "office-keys").begun("another")
        with pytest.raises(Refused, match="do not sign for"), living(at):
            pass


def test_without_an_office_nobody_can_apply():
    with home() as at, living(at) as one:
        for action, more in (("permit.apply", {"data": document()}), ("permit.read", {})):
            with pytest.raises(Refused, match="holds no permit office"):
                one.ask(action, "anna", OFFICER, **more)


@pytest.mark.requirement("PERMITS-1")
@pytest.mark.capability(
    "A permit granted at a running station permits the flight at once, and its revocation ends that"
)
def test_a_flight_is_permitted_by_the_grant_and_not_permitted_after_the_revocation():
    with held() as (at, one):

        def judged(clause):
            return lambda: [
                each for each in one.facts(VerdictReached) if each.zone_id == "DEMO-A" and each.clause == clause
            ]

        def fly(clause):
            return one.fly(INSIDE, judged(clause), clause, modality="other", serial=SERIAL)

        fly("no_permit")
        permit_id = apply(one).permit_id
        step(one, "recommend", "anna", permit_id)
        step(one, "grant", "boris", permit_id)
        assert fly("permitted")[-1].permit_id == permit_id
        code, _ = step(one, "code", "boris", permit_id)
        vkey = Keys(at.path / "office-keys").signer("city").verifier.vkey
        until((at.path / "office.status").is_file, "the list of withdrawn permits")

        def checked():
            status = (at.path / "office.status").read_bytes()
            return credential.verify(code.text, vkey, time.time_ns() // 10**9, status=status).answer

        until(lambda: checked() is credential.Answer.SIGNED, "the code holds")
        step(one, "revoke", "anna", permit_id)
        assert fly("permit_revoked")[-1].verdict is Verdict.NOT_PERMITTED
        until(lambda: checked() is credential.Answer.NOT_VALID, "the code holds no more")
