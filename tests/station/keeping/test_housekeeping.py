"""A running station's own keeping: each thing at its time, and what fails is told."""

import shutil
import time

import pytest

from skykeep.errors import Unavailable
from skykeep.facts.acted import Health
from skykeep.facts.personal import KeyedNames
from skykeep.station.config import Config, Home, load
from skykeep.station.healthwatch import HealthWatch
from skykeep.station.keeping import copying, initial
from skykeep.station.keeping.housekeeping import Housekeeping
from skykeep.station.keys import Keys
from skykeep.station.store import Store
from skykeep.station.verify import check
from tests.station.keeping.records import small_record
from tests.waiting import until

HOUR_NS = 3_600 * 10**9
START_NS = 1_790_000_000 * 10**9


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("made") / "station"
    initial.make(path, initial.Asked(), START_NS)
    done = small_record(path / "record", Keys(path / "keys"))
    return path, done.vkey


class Station:
    """A station whose time the test sets."""

    def __init__(self, home, text=""):
        self.home, self.now_ns, self.health, self.acts = home, START_NS, HealthWatch(), []
        with home.file.open("a") as file:
            file.write(text)
        self.store = Store.open(home.record)
        self.keeping = Housekeeping(
            home, load(home), self.store, names=KeyedNames(b"k" * 32), enact=self.acts.extend,
            observe=self.health.observe, now_ns=lambda: self.now_ns, pause_s=0.0,
        )  # fmt: skip

    def after(self, hours):
        self.now_ns = START_NS + int(hours * HOUR_NS)
        self.keeping.look_after(self.now_ns)

        def copied():
            if self.keeping._copying is not None:
                self.keeping.look_after(self.now_ns)
            return self.keeping._copying is None

        until(copied, "the copy")
        return [(each.what, each.subject) for each in self.health.ill()]


@pytest.fixture
def station(made, tmp_path):
    shutil.copytree(made[0], tmp_path / "station")
    opened = []

    def opening(config=""):
        home = Home(tmp_path / "station")
        home.file.write_text(config)
        for each in opened:
            each.store.close()
        opened.append(Station(home))
        return opened[-1]

    yield opening
    for each in opened:
        each.store.close()


def test_backups_are_made_at_their_time_and_the_newest_are_kept(station, made, tmp_path):
    running = station('[backup]\ndirectory = "../copies"\ninterval_h = 6.0\nkeep = 2\n')
    assert running.after(0) == []
    first = copying.made_copies(tmp_path / "copies")
    assert len(first) == 1
    running.after(5.9)
    assert copying.made_copies(tmp_path / "copies") == first
    for hours in (6.0, 12.0):
        last_ns = copying.made_at_ns(copying.made_copies(tmp_path / "copies")[-1])
        while time.time_ns() < last_ns + 1_000_000_000:  # a copy is named by its second
            time.sleep(0.01)
        assert running.after(hours) == []
    newest = copying.made_copies(tmp_path / "copies")
    assert len(newest) == 2
    assert first[0] not in newest
    assert check(newest[0] / "record", made[1]).signer_proved


def test_a_restart_neither_repeats_nor_puts_off_a_backup(station, tmp_path):
    earlier = tmp_path / "copies" / "20260921T000000Z"
    earlier.mkdir(parents=True)
    (earlier / copying.MANIFEST).write_text("{}")
    running = station('[backup]\ndirectory = "../copies"\ninterval_h = 24.0\n')
    assert running.keeping._backup_due_ns == copying.made_at_ns(earlier) + 24 * HOUR_NS > START_NS
    later = station('[backup]\ndirectory = "../copies"\ninterval_h = 1.0\n')
    assert later.keeping._backup_due_ns == START_NS


def test_no_backups_unless_somebody_asks_for_them(station, tmp_path):
    running = station()
    running.after(100)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["station"]


def test_a_backup_that_fails_is_told_until_one_is_made(station, tmp_path):
    (tmp_path / "copies").write_text("in the way")
    running = station('[backup]\ndirectory = "../copies"\ninterval_h = 1.0\n')
    assert running.after(0) == [("outlet", "backup")]
    assert "copies" in running.health.ill()[0].unseen
    (tmp_path / "copies").unlink()
    assert running.after(1.0) == []


def test_what_is_past_its_time_is_erased_and_the_trail_goes_to_the_watch(station):
    running = station()
    running.after(0.5)
    assert running.acts
    assert {act.action for act in running.acts} == {"record.erase"}
    assert check(running.home.record).n_erased > 0


def test_retention_that_cannot_go_on_is_told_and_tried_again(station, monkeypatch):
    running = station()
    erase = running.store.erase

    def held_up(_selected):
        raise Unavailable("a reader holds it up")

    monkeypatch.setattr(running.store, "erase", held_up)
    assert running.after(0) == [("outlet", "retention")]
    monkeypatch.setattr(running.store, "erase", erase)
    assert running.after(0.5) == []
    assert check(running.home.record).n_erased > 0


def test_its_thread_begins_and_ends(station):
    running = station('[backup]\ndirectory = "../copies"\n')
    running.keeping.start()
    until(lambda: running.acts, "an act")
    running.keeping.stop()
    assert running.acts
    assert not running.keeping._thread.is_alive()


def test_health_of_keeping_is_in_the_table_of_health():
    assert {Health.RECORD, Health.OUTLET} <= set(Health)
    assert Config().backup.directory == ""
