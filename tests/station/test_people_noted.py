"""What the web does to accounts stands in the record first: every such act, under pseudonyms, and by those who may."""

import msgspec
import pytest

from skykeep.errors import Refused
from skykeep.facts.acted import ActDone
from skykeep.facts.personal import KeyedNames
from skykeep.rules import powers
from skykeep.station import asked
from skykeep.station.commands import ACTS, Commands
from skykeep.station.config import Config, Home
from skykeep.station.link import Ask

NOTED = sorted(action for action, (arguments, _) in asked.ASKED.items() if arguments is asked.Noted)


def ask(action, roles, subject="person:anna", reason="because"):
    said = msgspec.json.encode(asked.Noted(after_sha256="00" * 32))
    return Ask(1, action, "root-admin", roles, subject, reason, said, "")


@pytest.fixture(name="commands")
def _commands(tmp_path):
    return Commands(Home(tmp_path), Config(), None)


@pytest.mark.parametrize("action", NOTED)
def test_every_act_on_accounts_is_noted(commands, action):
    names = KeyedNames(b"k" * 32)
    role = min(power.value for power in powers.TABLE[action].roles)
    (fact,) = commands.prepare(ask(action, [role]), names, 7).facts
    assert isinstance(fact, ActDone)
    assert (fact.action, fact.role, fact.after_sha256, fact.t_ns) == (action, role, "00" * 32, 7)
    named = {name.pseudonym: name.value for name in names.take_new()}
    assert named[fact.subject] == "anna"  # the name is a leaf of its own, which can be erased
    assert named[fact.person] == "root-admin"
    assert named[fact.reason] == "because"


def test_whoever_may_not_is_refused_by_the_station_too(commands):
    names = KeyedNames(b"k" * 32)
    with pytest.raises(Refused, match="power of admin"):
        commands.prepare(ask("person.enrol", ["duty_officer"]), names, 7)
    assert names.take_new() == []


def test_nothing_that_is_noted_is_missing():
    assert set(asked.ASKED) == set(ACTS)
