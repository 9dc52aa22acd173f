"""The permission table, cell by cell: role × act × state, then reasons, incidents and four eyes; and its page."""

import re

import pytest

from skykeep.errors import Refused
from skykeep.rules import powers
from skykeep.rules.powers import TABLE, Role, admit
from tests.house import checks

STATES = sorted({state for power in TABLE.values() for state in power.states or ()} | {"nowhere"})
WATCHES = {Role.DUTY_OFFICER, Role.FIELD_OFFICER}
GIVEN = {"reason": "because", "incident_open": True, "before": "anna", "person": "bert"}
PAGE = checks.ROOT / "docs" / "explanation" / "powers.md"


@pytest.mark.requirement("ASVS-8", "STATION-POWERS-1")
@pytest.mark.parametrize("action", sorted(TABLE))
def test_every_cell_of_the_table(action):
    """Each role by itself, in each state: admitted where the table says so, refused everywhere else."""
    power = TABLE[action]
    for role in Role:
        for state in (None, *STATES):
            may = (role in power.roles or Role.PUBLIC in power.roles) and (
                power.states is None or state in power.states
            )
            if may:
                assert admit([role], action, state=state, **GIVEN) in power.roles
            else:
                with pytest.raises(Refused):
                    admit([role], action, state=state, **GIVEN)


@pytest.mark.parametrize("action", sorted(action for action, power in TABLE.items() if power.reason))
def test_a_reason_is_words(action):
    role, state = next(iter(TABLE[action].roles)), next(iter(TABLE[action].states or [None]))
    for nothing in ("", " ", "\n\t"):
        with pytest.raises(Refused, match="reason"):
            admit([role], action, state=state, **{**GIVEN, "reason": nothing})


@pytest.mark.parametrize("action", sorted(action for action, power in TABLE.items() if power.incident))
def test_an_incident_must_be_open(action):
    for role in TABLE[action].roles:
        with pytest.raises(Refused, match="incident"):
            admit([role], action, **{**GIVEN, "incident_open": False})


@pytest.mark.requirement("STATION-POWERS-2")
@pytest.mark.parametrize("action", sorted(action for action, power in TABLE.items() if power.four_eyes))
def test_four_eyes_are_two_persons(action):
    role, state = next(iter(TABLE[action].roles)), next(iter(TABLE[action].states or [None]))
    assert admit([role], action, state=state, **GIVEN)
    for before, person in (("anna", "anna"), (None, "anna"), ("anna", None), (None, None)):
        with pytest.raises(Refused, match="second person"):
            admit([role], action, state=state, **{**GIVEN, "before": before, "person": person})


@pytest.mark.requirement("STATION-POWERS-3")
def test_permits_watch_and_audit_are_separate():
    """No role acts in two of them, and who enrols people acts in none."""
    kinds = {
        "watch": {
            action for action in TABLE if action.startswith(("alarm.", "incident.")) and not action.endswith(".read")
        }
        - {"incident.release"},
        "permits": {action for action in TABLE if action.startswith("permit.")} - {"permit.read"},
        "audit": {action for action in TABLE if action.startswith(("record.", "audit."))}
        | {"incident.release"},  # of how long the record keeps what: nothing of the watch moves
    }
    for role in Role:
        held = {kind for kind, actions in kinds.items() if any(role in TABLE[action].roles for action in actions)}
        assert len(held) <= 1, f"{role.value} acts in {held}"
    assert not any(Role.ADMIN in TABLE[action].roles for actions in kinds.values() for action in actions)
    assert Role.ADMIN not in TABLE["identity.reveal"].roles | TABLE["track.read"].roles


def test_nobody_in_particular_sees_the_law_and_nothing_of_the_watch():
    open_to_all = {action for action, power in TABLE.items() if Role.PUBLIC in power.roles}
    assert open_to_all == {
        "time.read", "law.read", "checkpoint.read", "credential.check", "session.begin", "session.lock",
        "sighting.report",
    }  # fmt: skip
    for action in open_to_all:
        assert admit([], action) is Role.PUBLIC


def test_several_powers_are_the_sum_of_them():
    assert admit([Role.AUDITOR, Role.PUBLISHER], "zone.draft") is Role.PUBLISHER
    with pytest.raises(Refused, match="power of admin"):
        admit([Role.AUDITOR, Role.PUBLISHER], "person.enrol")


def test_a_sensor_pushes_and_no_more():
    held = {action for action, power in TABLE.items() if Role.SENSOR in power.roles}
    assert held == {"sensor.push"}


def drawn():
    """The table as its page shows it."""
    lines = ["| Act | Who | Asks for | In state |", "| --- | --- | --- | --- |"]
    for action, power in TABLE.items():
        who = ", ".join(role.value for role in Role if role in power.roles)
        asks = ", ".join(
            words for words, asked in
            (("reason", power.reason), ("open incident", power.incident), ("second person", power.four_eyes)) if asked
        )  # fmt: skip
        lines.append(f"| `{action}` | {who} | {asks} | {', '.join(sorted(power.states or ()))} |")
    return "\n".join(lines)


def test_the_page_shows_the_table():
    """Written anew with `python -m tests.rules.test_powers`."""
    text = PAGE.read_text(encoding="utf-8")
    assert re.search(r"<!-- table -->\n(.*?)\n<!-- end -->", text, re.DOTALL)[1] == drawn()


def test_every_power_is_told_on_the_page():
    text = PAGE.read_text(encoding="utf-8")
    assert [role.value for role in Role if f"**{role.value}**" not in text] == []


if __name__ == "__main__":
    before = PAGE.read_text(encoding="utf-8")
    head, _, rest = before.partition("<!-- table -->\n")
    PAGE.write_text(
        f"{head}<!-- table -->\n{drawn()}\n<!-- end -->{rest.partition('<!-- end -->')[2]}", encoding="utf-8"
    )
    print(f"wrote {PAGE.name}, {len(powers.TABLE)} acts")
