"""What is said to people when a chore of the station fails: what is really wrong, not what its kind is called."""

import pytest

from skykeep.facts.concluded import AlarmChanged
from skykeep.station.outlets.notices import Sender, of_health
from skykeep.station.outlets.sky import Sky

SENDER = Sender("Harbour station", "Montevideo", "https://sky.example.org")


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("backup", "No new copy of the record is made"),
        ("retention", "What is past its time is not erased"),
        ("tak-1", "Another system does not get what it should: tak-1"),
    ],
)
def test_a_chore_that_fails_is_called_by_its_name(subject, title):
    moved = AlarmChanged(
        alarm_id=1, track_id=0, reason=f"health:outlet:{subject}", state="unacknowledged", priority=3, t_ns=1
    )
    assert of_health(SENDER, Sky(), moved, well=False).title == title
    assert of_health(SENDER, Sky(), moved, well=True).title == f"Over · {title}"
