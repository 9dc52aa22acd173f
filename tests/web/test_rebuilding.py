"""`skykeep rebuild`: the views come out of the record as they came out of the running station."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from skykeep.ledger.tick import LeafKind
from skykeep.station.store import Store
from skykeep.station.telling import Telling
from skykeep.web.mirror import fold
from skykeep.web.viewsdb import ViewsDb
from tests.cli.calling import call
from tests.views.livefacts import hour
from tests.web.recorded import appended, leaves

ROOT = Path(__file__).parents[2]
TICKS = hour(11, ticks=700)


@pytest.fixture
def station(tmp_path: Path) -> Path:
    with Store.create(tmp_path / "record", meta={"record_id": "r"}) as store:
        appended(store, TICKS)
    return tmp_path


def shown(path: Path) -> list[tuple[object, ...]]:
    with ViewsDb(path) as db:
        return list(db.dump())


def made_live(path: Path) -> list[tuple[object, ...]]:
    """Return the views as the web makes them of what goes over the link."""
    telling = Telling()
    with ViewsDb(path) as db:
        db.require_of("r")
        view = db.live()
        for at, names, facts, told in TICKS:
            ticked = telling.ticked(at.entry_index, at.tick, at.now_ns, leaves(names, facts, told))
            db.take(fold(view, ticked))
            if at.entry_index % 7 == 0:
                db.flush(view)
        db.flush(view)
        return list(db.dump())


@pytest.mark.requirement("STATION-LIVE-2")
def test_rebuilt_views_are_those_made_live(station: Path) -> None:
    result = call("rebuild", station, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["entries"] == len(TICKS)
    assert shown(station / "views.db") == made_live(station / "live.db")


def test_what_was_there_is_replaced_whatever_it_was(station: Path) -> None:
    (station / "views.db").write_bytes(b"nothing of ours")
    (station / "views.db-wal").write_bytes(b"nor this")
    (station / "views.db.new").write_bytes(b"left by a crash")
    assert call("rebuild", station).exit_code == 0
    before = shown(station / "views.db")
    result = call("rebuild", station)
    assert f"of {len(TICKS)} entries" in result.stdout
    assert shown(station / "views.db") == before
    assert not list(station.glob("views.db.new*"))


def test_while_the_web_uses_the_views_it_is_refused(station: Path) -> None:
    with ViewsDb(station / "views.db") as db:
        result = call("rebuild", station)
        assert db.cursor == 0
    assert result.exit_code == 2
    assert "is being written by" in result.stderr


def test_without_a_record_it_is_refused(tmp_path: Path) -> None:
    result = call("rebuild", tmp_path)
    assert result.exit_code == 2
    assert "holds no record" in result.stderr
    assert not (tmp_path / "views.db").exists()


@pytest.mark.requirement("STATION-LIVE-3")
def test_what_was_erased_from_the_record_is_not_in_the_new_views(station: Path) -> None:
    with Store.open(station / "record") as store:
        assert store.erase(lambda _entry, _index, leaf: leaf.kind == LeafKind.NAME) > 10
    assert json.loads(call("rebuild", station, "--json").stdout)["names"] == 0


@pytest.mark.requirement("STATION-LIVE-2")
@pytest.mark.skipif(sys.platform == "win32", reason="nothing there ends a process as SIGKILL does")
def test_killed_while_it_folds_it_goes_on_to_the_same_views(station: Path) -> None:
    chance, kills, cursor = random.Random(4), 0, 0
    while cursor < len(TICKS):
        paths = str(station / "record"), str(station / "killed.db")
        command = [sys.executable, "-m", "tests.web.folder", *paths, str(kills)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as folding:
            assert folding.stdout is not None
            last = cursor + chance.randint(150, 300)
            for line in folding.stdout:
                assert int(line) > cursor  # what was flushed before the kill is there after it
                cursor = int(line)
                if cursor >= last:
                    folding.kill()
                    kills += 1
                    break
            else:
                cursor = len(TICKS)
        if cursor < len(TICKS):
            with ViewsDb(station / "killed.db") as db:
                assert db.cursor >= cursor
    assert kills >= 2
    assert shown(station / "killed.db") == made_live(station / "live.db")
