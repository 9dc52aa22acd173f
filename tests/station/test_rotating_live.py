"""The key of a station is rotated while it runs, or stopped; of its copies too: all of them go on."""

import pytest

from skykeep.errors import Refused, Unavailable
from skykeep.facts.acted import Health, HealthObserved
from skykeep.facts.enacted import Began
from skykeep.station import rotating
from skykeep.station.keeping import checks
from skykeep.station.keeping.checkup import Level, check_up
from skykeep.station.keeping.copying import back_up
from skykeep.station.keeping.restoring import restore
from skykeep.station.keys import NEXT, Keys
from skykeep.station.replay import replay
from skykeep.station.store import Store
from skykeep.station.verify import check
from tests.cli.calling import call
from tests.station.living import OUTSIDE, home, living, until
from tests.station.rotated import NOW_NS


@pytest.mark.requirement("RECORD-9")
def test_a_running_station_hands_over_when_asked_and_goes_on_signing(tmp_path):
    with home() as at:
        with living(at) as station:
            station.see(OUTSIDE)
            old = station.hello.vkey
            asked = call("keys", "rotate", at.path)
            assert asked.exit_code == 0, asked.stderr
            assert "the station runs" in asked.stderr
            new = asked.stdout.strip()
            until(lambda: station.hello.vkey == new, "the web to be told of the new key")
            _, entry_index = station.see(OUTSIDE)
            assert any("the record's key was rotated" in text for text in station.notes)
            verified, _ = station.ask("record.verify", roles=("auditor",))
            assert verified.holds
            copied = back_up(at, tmp_path / "copies", NOW_NS)
            assert copied.manifest.vkey == new
        for vkey in (old, new):
            checked = check(at.record, vkey)
            assert (checked.n_unsealed, len(checked.chain.rotations)) == (0, 1)
            assert checked.n_entries > entry_index > checked.chain.rotations[0].entry_index
        assert replay(at.record).identical
        assert not (at.keys / NEXT).exists()
        assert restore(copied.path, tmp_path / "again", vkey=old).checked.signer_proved
        with living(at) as station:
            assert station.hello.vkey == new
            station.see(OUTSIDE)
            assert len(station.facts(Began)) <= 1


def test_a_rotation_asked_for_while_the_station_stops_is_done_at_its_next_start():
    with home() as at:
        with living(at) as station:
            station.see(OUTSIDE)
            old = station.hello.vkey
        with Store.open(at.record), pytest.raises(Unavailable, match="or at its next start") as told:
            rotating.rotate_here_or_there(
                at.record, Keys(at.keys), NOW_NS, runs=True, wait_s=0.0, say=lambda _text: None
            )
        found = [each for each in check_up(at.path, (checks.secrets,)) if each.level is Level.WARN]
        assert any("skykeep keys rotate" in each.remedy for each in found)
        with living(at) as station:
            new = until(lambda: station.hello.vkey != old and station.hello.vkey, "the new key", 60)
        assert new in str(told.value)
        assert check(at.record, old).chain.keys[-1].vkey == new


def test_a_stopped_station_is_rotated_by_the_command_and_doctor_is_content(tmp_path):
    with home() as at:
        with living(at) as station:
            station.see(OUTSIDE)
        done = call("keys", "rotate", at.path)
        assert done.exit_code == 0, done.stderr
        found = [each for each in check_up(at.path, [checks.secrets, checks.record]) if each.what in {"keys", "record"}]
        assert {each.level for each in found} == {Level.OK}, found
        copied = back_up(at, tmp_path / "copies", NOW_NS, keys_to=tmp_path / "apart")
        again = restore(copied.path, tmp_path / "again", keys_from=tmp_path / "apart")
        assert again.checked.signer_proved
        assert len(list((tmp_path / "again" / "keys").glob("signing*.key"))) == 2
        assert call("keys", "rotate", tmp_path / "again").exit_code == 0


def test_a_station_whose_key_directory_was_put_back_to_the_old_state_refuses_with_words(tmp_path):
    """A backup of the keys from before the rotation holds the old key alone: it must not sign on."""
    with home() as at:
        with living(at) as station:
            station.see(OUTSIDE)
        before = {file.name: file.read_text() for file in at.keys.iterdir()}
        assert call("keys", "rotate", at.path).exit_code == 0
        for file in at.keys.iterdir():
            file.unlink()
        for name, text in before.items():
            (at.keys / name).write_text(text)
            (at.keys / name).chmod(0o600)
        with pytest.raises(Refused, match="was sealed with another key"), living(at):
            pass


def test_an_empty_next_key_is_an_alarm_and_the_watch_goes_on_and_starts_again():
    with home() as at:
        with living(at) as station:
            (at.keys / NEXT).write_text("")
            (told,) = until(lambda: _next_key(station), "the alarm")
            assert not told.well
            assert "take it away" in told.unseen
            station.see(OUTSIDE)
        with living(at) as station:
            station.see(OUTSIDE)
            (at.keys / NEXT).unlink()
            until(lambda: any(fact.well for fact in _next_key(station)), "it to be well")
        assert check(at.record, station.hello.vkey).n_unsealed == 0


def _next_key(station):
    return [fact for fact in station.facts(HealthObserved) if (fact.what, fact.subject) == (Health.RECORD, "next key")]
