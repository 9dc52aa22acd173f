"""Who sees which personal value: every field that holds one, by role, before and after it was revealed."""

import re
from unittest import mock

import msgspec
import pytest

from skykeep.rules.powers import Role
from skykeep.views import livemodels as models
from skykeep.web import examples
from skykeep.web.caller import Caller
from skykeep.web.masked import shown_pilot
from skykeep.web.masking import FIELDS, STAFF, WATCH, Masking, Sort, View, view
from skykeep.web.positions import PastPosition
from tests.house import checks
from tests.web.entrances import NAMES, house, names


@pytest.fixture(name="whole", scope="module")
def _whole(tmp_path_factory):
    with house(tmp_path_factory.mktemp("station")) as made:
        yield made


@pytest.fixture(name="at")
def _at(whole):
    made = whole.renew()
    made.enrol("anna", "duty_officer")
    return made


def test_every_field_that_holds_a_pseudonym_is_masked():
    """The interfaces' models say which fields do; one that is added and not masked fails here."""
    text = (checks.PACKAGE / "views" / "livemodels.py").read_text("utf-8")
    said = set()
    struct = ""
    for line in text.splitlines():
        if found := re.match(r"class (\w+)\(", line):
            struct = found[1]
        elif found := re.match(r"    (\w+): .*# .*\bpseudonyms?\b", line):
            said.add((struct, found[1]))
    assert len(said) >= 20
    assert said - {(kind.__name__, field) for kind, field in FIELDS} == set()
    for kind, field in FIELDS:
        assert field in kind.__struct_fields__


@pytest.mark.requirement("API-14")
@pytest.mark.parametrize("revealed", [True, False])
def test_where_an_operator_was_is_shown_to_whom_it_was_revealed(revealed):
    pilot = models.PilotNow(transmitter="tx:aaaa", place="p", kind="live", t_ns=1, entry_index=1, fact_index=0)
    position = msgspec.convert(examples.ANSWERS["list_positions"], list[PastPosition])[0]
    caller = Caller(person="anna", roles=(Role.DUTY_OFFICER,), unmasked=frozenset({7} if revealed else ()))
    app = mock.Mock(state={"mask": Masking(names)})
    request = mock.Mock(app=app, scope={"user": caller})
    shown = shown_pilot(request, 7, msgspec.structs.replace(position, pilot=pilot))
    assert shown.pilot.transmitter == ("02:53:49:4D:1B:F1" if revealed else "tx:aaaa")
    assert shown_pilot(request, 8, msgspec.structs.replace(position, pilot=pilot)).pilot.transmitter == "tx:aaaa"


@pytest.mark.requirement("STATION-MASK-1")
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("sort", list(Sort))
def test_each_role_sees_what_it_must_and_no_more(role, sort):
    before, after = view(sort, [role], revealed=False), view(sort, [role], revealed=True)
    if sort in {Sort.PERSON, Sort.WORDS}:
        assert before is after is (View.WHOLE if role in STAFF else View.PSEUDONYM)
    elif sort is Sort.CONTACT:
        assert before is after is (View.WHOLE if role in {Role.DUTY_OFFICER, Role.AUDITOR} else View.PSEUDONYM)
    elif sort is Sort.PERMIT:
        expected = View.WHOLE if role is Role.PERMIT_OFFICER else View.MASKED if role in WATCH else View.PSEUDONYM
        assert before is after is expected
    else:
        masked = View.MASKED if sort is Sort.IDENTITY else View.PSEUDONYM
        assert before is (masked if role in WATCH else View.PSEUDONYM)
        assert after is (View.WHOLE if role in WATCH else View.PSEUDONYM)
    if role in {Role.PUBLIC, Role.SENSOR, Role.INTEGRATOR, Role.PILOT}:
        assert before is after is View.PSEUDONYM


def test_nothing_changes_but_what_is_personal(at):
    caller = Caller(person="anna", roles=(Role.DUTY_OFFICER,), kind="session")
    track = at.seen.held[7]
    shown = Masking(names)(caller, track)
    assert shown.identity.uas_id == "1588…18"
    assert track.identity.uas_id == "uas:bbbb"
    assert msgspec.structs.replace(shown, identity=track.identity) == track
    position = models.HeightNow(value_mm=1, datum="agl")
    assert Masking(names)(caller, position) is position
    assert Masking(names)(Caller(), track) is track


def test_what_was_erased_is_a_pseudonym_for_everybody(at):
    caller = Caller(person="anna", roles=(Role.DUTY_OFFICER,), kind="session", unmasked=frozenset({7}))
    shown = Masking(lambda _pseudonyms: {})(caller, at.seen.held[7])
    assert shown == at.seen.held[7]


# ---- revealing -----------------------------------------------------------------------------------------------


def reveal(at, headers, *, track=7, incident=3, reason="who is it"):
    body = {"incident_id": incident, "reason": reason}
    return at.client.post(f"/api/v1/tracks/{track}/reveal", json=body, headers=headers)


def identity(at, headers, track=7):
    return at.client.get(f"/api/v1/tracks/{track}", headers=headers).json()["identity"]


@pytest.mark.requirement("STATION-MASK-2")
def test_revealing_is_recorded_then_shown_to_this_session_for_this_track(at):
    mine, other = at.token("anna", "duty_officer"), at.token("anna", "duty_officer")
    assert identity(at, mine)["uas_id"] == "1588…18"
    answer = reveal(at, mine)
    assert answer.status_code == 200
    assert answer.json()["track"]["identity"]["uas_id"] == NAMES["uas:bbbb"]
    (ask,) = at.mirror.asks
    assert (ask.action, ask.subject, ask.reason, ask.person) == ("identity.reveal", "track:7", "who is it", "anna")
    assert identity(at, mine)["transmitter"] == NAMES["tx:aaaa"]
    assert identity(at, mine, track=8)["uas_id"] == "1588…18"
    assert identity(at, other)["uas_id"] == "1588…18"
    at.clock.forward(3_601)
    assert identity(at, mine)["uas_id"] == "1588…18"


@pytest.mark.requirement("STATION-MASK-2")
@pytest.mark.parametrize(
    ("more", "status"),
    [({"track": 8}, 409), ({"incident": 4}, 409), ({"track": 9}, 404), ({"reason": ""}, 400), ({"reason": "  "}, 200)],
)
def test_revealing_asks_for_an_open_incident_of_the_track_and_a_reason(at, more, status):
    """Of a reason of blanks the station says no: it is asked, and here it answers yes."""
    mine = at.token("anna", "duty_officer")
    assert reveal(at, mine, **more).status_code == status
    assert [ask.reason for ask in at.mirror.asks] == ([""] if status == 200 else [])


def test_a_closed_incident_hides_it_again(at):
    mine = at.token("anna", "duty_officer")
    reveal(at, mine)
    at.seen.open = msgspec.structs.replace(at.seen.open, state="closed")
    assert identity(at, mine)["uas_id"] == "1588…18"
    assert reveal(at, mine).status_code == 409


@pytest.mark.parametrize("problem", ["unavailable", "refused"])
def test_what_is_not_recorded_is_not_shown(at, problem):
    mine = at.token("anna", "duty_officer")
    at.mirror.problem = problem
    assert reveal(at, mine).status_code in {409, 503}
    assert identity(at, mine)["uas_id"] == "1588…18"


@pytest.mark.parametrize("role", ["integrator", "site_security", "admin", "publisher", "permit_officer", "pilot"])
def test_others_reveal_nothing(at, role):
    at.enrol("other", role)
    assert reveal(at, at.token("other", role)).status_code == 403
    assert at.mirror.asks == []


def test_a_power_that_is_lost_hides_what_was_revealed(at):
    at.enrol("root-admin", "admin")
    mine = at.token("anna", "duty_officer")
    reveal(at, mine)
    at.people.set_roles("anna", [Role.PUBLISHER], at.clock())
    assert at.client.get("/api/v1/tracks/7", headers=mine).status_code == 403


def test_a_track_s_integrator_sees_pseudonyms(at):
    at.enrol("tak", "integrator")
    assert identity(at, at.token("tak", "integrator"))["uas_id"] == "uas:bbbb"
