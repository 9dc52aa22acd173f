"""Files that several processes make at once: going over to SQLite's write-ahead log is waited for."""

import multiprocessing
import sqlite3

import pytest

from skykeep.station import logahead
from skykeep.station.outlets.subscriptions import Subscriptions
from skykeep.station.people import People

PROCESSES = 4
FILES = 80
WAIT_S = 120


def _begin(directory, together, failed):
    """Make every file at the same moment as the others do."""
    for number in range(FILES):
        together.wait(WAIT_S)
        try:
            Subscriptions(directory / f"{number}-subscriptions.db").all()
            People(directory / f"{number}-people.db").close()
        except Exception as error:  # noqa: BLE001  # whatever it is, the test shows it
            failed.put(f"{number}: {error!r}")
    failed.put(None)


def test_several_processes_make_a_file_at_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    together, failed = context.Barrier(PROCESSES), context.Queue()
    others = [context.Process(target=_begin, args=(tmp_path, together, failed)) for _ in range(PROCESSES)]
    for each in others:
        each.start()
    said = []
    while said.count(None) < PROCESSES:
        said.append(failed.get(timeout=WAIT_S))
    for each in others:
        each.join()
    assert said == [None] * PROCESSES


class _Busy:
    """A connection whose file is busy for a while, with a code of SQLite."""

    def __init__(self, code, times):
        self.code, self.left = code, times

    def execute(self, _statement):
        if self.left:
            self.left -= 1
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = self.code
            raise error


@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY, sqlite3.SQLITE_BUSY_SNAPSHOT])
def test_every_way_of_being_busy_is_waited_for(code):
    busy = _Busy(code, times=3)
    logahead.go_over(busy, WAIT_S)
    assert busy.left == 0


def test_what_is_no_waiting_is_raised_at_once():
    with pytest.raises(sqlite3.OperationalError):
        logahead.go_over(_Busy(sqlite3.SQLITE_READONLY, times=1), WAIT_S)


def test_waiting_has_an_end():
    with pytest.raises(sqlite3.OperationalError):
        logahead.go_over(_Busy(sqlite3.SQLITE_BUSY, times=10**9), 0.0)
