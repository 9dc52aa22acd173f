"""A drone that somebody reports, at a station that runs: recorded, told, erased, and nothing concluded from it."""

import pytest

from skykeep.errors import Malformed
from skykeep.facts import codec
from skykeep.facts.acted import ActDone
from skykeep.facts.claimed import DroneSighted
from skykeep.facts.concluded import AlarmChanged, IncidentMoved
from skykeep.facts.personal import Name
from skykeep.station import replay, verify
from tests.station.living import home, living
from tests.waiting import until

SAID = {
    "what": "Four lights",
    "place": [-348_941_000, -561_530_000],
    "place_words": "the school",
    "contact": "anna@b.c",
}


def report(one, number="S-AAAAAAAAAA", **changed):
    return one.ask("sighting.report", "", ["public"], subject=f"sighting:{number}", key=number, **(SAID | changed))


def names(one):
    told = [codec.decode(body) for ticked in list(one.ticks) for body in ticked.names]
    return {each.value for each in told if isinstance(each, Name)}


@pytest.mark.requirement("PUBLIC-8")
def test_a_report_is_recorded_told_and_erased_and_nothing_is_concluded_from_it():
    with home() as at:
        with living(at) as one:
            moved = len(one.facts((AlarmChanged, IncidentMoved)))
            for _ in range(2):  # a form that is sent twice is one report
                report(one)
            (fact,) = until(lambda: one.facts(DroneSighted), "the report")
            assert (fact.sighting_id, fact.heading_mdeg, fact.hovering) == ("S-AAAAAAAAAA", None, None)
            assert {"Four lights", "-34.8941000,-56.1530000", "the school", "anna@b.c"} <= names(one)
            assert "anna" not in repr(fact)
            trail = [each for each in one.facts(ActDone) if each.action == "sighting.report"]
            assert [(each.subject, each.role) for each in trail] == [("sighting:S-AAAAAAAAAA", "public")]
            told, _ = one.ask("record.erase", "eva", ["auditor"], reason="asked", value="anna@b.c", kind="text")
            assert told.leaves == 1
            report(one, "S-BBBBBBBBBB", what="x" * 5_000, contact="")
            until(lambda: len(one.facts(DroneSighted)) == 2, "another report")
            assert max(map(len, names(one))) <= 1_000
            sensors = [each for each in one.facts((AlarmChanged, IncidentMoved))[moved:] if "sight" in repr(each)]
            assert sensors == []
        verify.check(at.record)
        assert replay.replay(at.record).differing == 0


@pytest.mark.requirement("PUBLIC-9")
@pytest.mark.parametrize("number", ["", "S-1", "S-aaaaaaaaaa", "S-AAAAAAAAAA<b>", "17"])
def test_a_receipt_that_is_none_is_refused(standing, number):
    with pytest.raises(Malformed):
        report(standing, number)
    assert standing.facts(DroneSighted) == []


@pytest.fixture(scope="module")
def standing():
    with home() as at, living(at) as one:
        yield one
