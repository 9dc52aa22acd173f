"""The demo of an account plays, and what it shows holds: an invented night, told twice and seen by two sensors."""

import io

import msgspec
import pytest
from rich.console import Console

from skykeep.errors import Corrupt, Refused
from skykeep.facts.accounted import Reading
from skykeep.facts.claimed import Aspect
from skykeep.station import demo_account
from skykeep.station.replay import replay
from skykeep.station.verify import check


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    told = io.StringIO()
    made = demo_account.play(tmp_path_factory.mktemp("demo") / "out", Console(file=told, width=100))
    return made, told.getvalue()


@pytest.mark.slow
@pytest.mark.capability("Play an invented night: two reports, a radar and a camera, and the account of them all")
def test_the_demo_shows_two_drones_told_and_two_tracks_measured(shown):
    made, told = shown
    (two,) = [each for each in made.account.propositions if each.aspect is Aspect.HOW_MANY and "two" in each.wording]
    reading = next(each for each in made.account.measured if each.proposition_id == two.proposition_id)
    assert reading.reading is Reading.MEASURED
    assert len(reading.tracks) == 2
    assert "SIMULATED" in made.account.record
    assert str(made.page.name) in told
    assert "There were two drones" in told


@pytest.mark.slow
def test_its_records_verify_and_replay(shown):
    made, _ = shown
    assert check(made.case).n_entries > 4
    assert check(made.record).n_entries > 100
    assert replay(made.record).holds


@pytest.mark.slow
def test_what_somebody_took_back_is_not_confirmed_any_more(shown):
    made, _ = shown
    confirmed = [one for cell in made.account.cells for one in cell.standings if one.confirmed_by]
    assert confirmed
    assert {one.confirmed_by for one in confirmed} == {demo_account.CONFIRMS}


def test_only_what_an_earlier_demo_made_is_emptied(tmp_path):
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(Refused, match="not made by this demo"):
        demo_account.play(tmp_path, Console(file=io.StringIO()))
    assert (tmp_path / "mine.txt").read_text() == "keep me"


@pytest.mark.slow
def test_what_does_not_hold_ends_it(shown, monkeypatch):
    made, _ = shown
    without = msgspec.structs.replace(made.account, checks=())
    with pytest.raises(Corrupt, match="the distance differs does not hold"):
        demo_account._check(without, made.case)
