"""What is asked of the station: every act has its arguments, and what is wrong in them is named."""

import msgspec
import pytest

from skykeep.errors import Malformed
from skykeep.rules import powers
from skykeep.station import asked


def test_every_row_is_an_act_of_the_table():
    assert set(asked.ASKED) <= set(powers.TABLE)


def test_an_act_that_changes_something_is_asked_of_the_station():
    reads = {action for action in powers.TABLE if action.endswith((".read", ".check"))}
    assert set(powers.TABLE) - reads - set(asked.ASKED) == {
        "session.begin",  # nobody has to wait for a station to sign in, least of all when it is not well
    }


@pytest.mark.parametrize("action", sorted(asked.ASKED))
def test_unknown_arguments_are_refused(action):
    with pytest.raises(Malformed, match=action):
        asked.arguments(action, b'{"unknown": 1}')


def test_arguments_come_back_as_they_were_sent():
    sent = asked.AlarmShelve(until_ns=5, seen_ns=3)
    assert asked.arguments("alarm.shelve", msgspec.json.encode(sent)) == sent
    assert asked.arguments("zone.publish", b"") == asked.Nothing()


def test_what_nobody_asks_for_is_refused():
    with pytest.raises(Malformed, match="not asked"):
        asked.arguments("track.read", b"{}")
