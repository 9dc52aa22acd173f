"""Kill the writer at any moment: what was acknowledged is there, and the record verifies."""

import random
import subprocess
import sys
import time

import pytest

from skykeep import errors
from skykeep.station import database
from skykeep.station.store import Store
from skykeep.station.verify import check
from tests.station import appender

VKEY = appender.SIGNER.verifier.vkey


def run_and_kill(path, wait_s):
    """Start the appender, kill it after a while, and give the last acknowledgement it printed."""
    command = [sys.executable, "-m", "tests.station.appender", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "open\n"
        time.sleep(wait_s)
        process.kill()
        said = process.stdout.read()
    lines = said.split("\n")[:-1]  # the last line may have been cut; what was cut was not said
    return int(lines[-1]) if lines else 0


@pytest.mark.requirement("RECORD-2")
def test_kill_at_random_moments(tmp_path):
    path = tmp_path / "record"
    Store.create(path, meta={}).close()
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    known = 0
    for round_ in range(8):
        acknowledged = run_and_kill(path, chance.uniform(0, 0.25))
        where = f"seed {seed}, round {round_}"
        sealed = (path / "checkpoint").exists()
        report = check(path, VKEY if sealed else None)
        assert report.n_entries >= max(acknowledged, known), where
        assert report.checkpoint_size <= report.n_entries, where
        with Store.open(path) as store:
            for row in store.rows(known):
                assert list(row.leaves) == appender.leaves_of(row.entry_index), where
            known = store.durable()
            if known:
                assert store.seal(appender.SIGNER).size == known, where
                assert check(path, VKEY).n_unsealed == 0, where
    assert known > 0


def test_a_killed_writer_holds_no_lock(tmp_path):
    path = tmp_path / "record"
    Store.create(path, meta={}).close()
    command = [sys.executable, "-m", "tests.station.appender", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "open\n"
        with pytest.raises(errors.Refused, match=f"process {process.pid} on"):
            Store.open(path)
        process.kill()
        process.stdout.read()
    Store.open(path).close()


@pytest.mark.requirement("RECORD-2")
def test_a_crash_while_a_record_is_made_leaves_no_record_and_no_obstacle(tmp_path, monkeypatch):
    """At no moment is there a database by the record's name that is not whole."""
    place = tmp_path / "record"
    with monkeypatch.context() as broken:
        broken.setattr(database, "_SCHEMA", database._SCHEMA.replace("CREATE TABLE ticks", "CRASH"))
        with pytest.raises(errors.SkykeepError):
            Store.create(place, meta={"record_id": "x"})
    assert any(file.name.startswith(database.UNFINISHED) for file in place.iterdir())
    assert not (place / database.DATABASE).exists()
    with Store.create(place, meta={"record_id": "x"}) as store:
        assert store.meta["record_id"] == "x"
    assert not any(file.name.startswith(database.UNFINISHED) for file in place.iterdir())
    with pytest.raises(errors.Refused, match="not empty"):
        Store.create(place, meta={"record_id": "y"})
