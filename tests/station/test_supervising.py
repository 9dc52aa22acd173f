"""The supervisor: children are kept up, a refusal of the vital one ends everything, and nobody is left behind."""

import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import threading

import pytest

from skykeep.station import supervising
from skykeep.station.supervising import Child, Supervisor
from skykeep.station.systemd import OURS, ServiceManager
from tests.waiting import PATIENCE_S, until

WAIT = "import sys; sys.stdin.buffer.read()"


def child(code, *, name="one", vital=True):
    return Child(name, [sys.executable, "-c", code], vital=vital)


class Kept:
    def __init__(self, *kept, **terms):
        self.notes, self.ended, self.code = [], threading.Event(), None
        self.supervisor = Supervisor(kept, self.notes.append, **terms)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        self.code = self.supervisor.run(self.ended)

    def end(self):
        self.ended.set()
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()
        return self.code


def test_a_child_that_ends_is_started_again_and_all_end_together():
    one, two = child(WAIT), child(WAIT, name="two", vital=False)
    kept = Kept(one, two)
    first = until(lambda: one.process and one.process.pid, "the first")
    os.kill(first, 9)
    second = until(lambda: one.starts == 2 and one.process and one.process.pid, "the second")
    assert (one.starts, two.starts) == (2, 1)
    assert "by signal 9" in kept.notes[0]
    assert kept.end() == 0
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


def test_a_vital_child_that_refuses_to_run_ends_everything():
    kept = Kept(child("raise SystemExit(2)"), child(WAIT, name="two", vital=False))
    kept.thread.join(PATIENCE_S)
    assert kept.code == 2


def test_another_that_refuses_to_run_is_tried_again():
    web = child("raise SystemExit(2)", name="web", vital=False)
    kept = Kept(child(WAIT), web)
    until(lambda: web.starts > 1, "a second start")
    assert kept.end() == 0


def test_children_end_when_the_supervisor_is_killed(tmp_path):
    code = (
        "import sys, threading; from skykeep.station.supervising import Child, Supervisor\n"
        f"one = Child('one', [sys.executable, '-c', {WAIT!r}], vital=True)\n"
        "thread = threading.Thread(target=Supervisor([one], print).run, args=(threading.Event(),)); thread.start()\n"
        "while one.process is None: pass\n"
        "print(one.process.pid, flush=True); thread.join()"
    )
    running = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    with running:
        pid = int(running.stdout.readline())
        running.kill()
        running.wait()

        def gone():
            try:
                return pathlib.Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0] == "Z"
            except FileNotFoundError:
                return True

        until(gone, "the child to end")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such modes")
def test_what_a_child_writes_is_its_owners(tmp_path):
    path = tmp_path / "record"
    kept = Kept(child(f"open({str(path)!r}, 'w').close(); {WAIT}"))
    until(path.exists, "the file")
    assert kept.end() == 0
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.requirement("STATION-12")
def test_a_child_that_stands_still_is_killed_and_started_again():
    beating = "from skykeep.station.supervising import heartbeat; heartbeat(); import sys; sys.stdin.buffer.read()"
    one, silent = child(beating), child(WAIT, name="silent")
    kept = Kept(one, silent, still_s=0.5)
    until(lambda: one.starts > 1, "another start")
    assert "stood still" in kept.notes[0]
    assert silent.starts == 1
    assert kept.end() == 0


def failing_once(real, error):
    """Return `real`, which fails when it is called first."""
    calls = []

    def called(*arguments, **terms):
        calls.append(arguments)
        if len(calls) == 1:
            raise error
        return real(*arguments, **terms)

    return called


@pytest.mark.requirement("STATION-12")
def test_a_child_that_cannot_be_forked_is_tried_again_and_the_other_runs(monkeypatch):
    fault = BlockingIOError(11, "Resource temporarily unavailable")
    monkeypatch.setattr(subprocess, "Popen", failing_once(subprocess.Popen, fault))
    one, two = child(WAIT), child(WAIT, name="two")
    kept = Kept(one, two)
    until(lambda: (one.starts and two.starts) or not kept.thread.is_alive(), "both")
    assert (one.starts, two.starts) == (1, 1)
    assert "one cannot be started" in kept.notes[0]
    assert one.pause_s > supervising.PAUSE_MIN_S
    assert kept.end() == 0


@pytest.mark.requirement("STATION-12")
def test_a_child_that_no_thread_can_listen_to_is_killed_and_started_again(monkeypatch):
    one, notes, processes = child(WAIT), [], []
    supervisor = Supervisor([one], notes.append)
    monkeypatch.setattr(
        threading.Thread, "start", failing_once(threading.Thread.start, RuntimeError("can't start new thread"))
    )
    try:

        def started():
            supervisor._look(one)
            processes.extend({one.process} - {None, *processes})
            return one.starts

        until(started, "its start")
        assert [process.poll() for process in processes] == [-9, None]
    finally:
        supervisor._end()
    assert "cannot be listened to" in notes[0]
    assert "by signal 9" in notes[1]


# ---- what systemd is told -----------------------------------------------------------------------------


class Manager:
    """A service manager: it listens where `NOTIFY_SOCKET` says."""

    def __init__(self, address):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.setblocking(False)
        self.lines = []

    def read(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                self.lines += self._socket.recv(4096).decode().splitlines()
        return self.lines


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path):
    address = str(tmp_path / "notify") if request.param == "path" else f"@skykeep-test-{os.getpid()}"
    one = Manager(address)
    one.environment = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "20000", "WATCHDOG_PID": str(os.getpid())}
    yield one
    one._socket.close()


BEATING = (
    "import os, sys, time, threading\n"
    "from skykeep.station.supervising import heartbeat\n"
    "threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()\n"
    "while not os.path.exists(sys.argv[1]): time.sleep(0.01)\n"
    "while True: heartbeat(); time.sleep(0.05)"
)


@pytest.mark.requirement("STATION-UNIT-2")
def test_systemd_is_told_when_the_watch_runs_that_it_goes_on_and_that_it_ends(manager, tmp_path):
    sees = tmp_path / "sees"
    one = Child("station", [sys.executable, "-c", BEATING, str(sees)], vital=True)
    web = child(WAIT, name="web", vital=False)
    kept = Kept(one, web, manager=ServiceManager(manager.environment))
    until(lambda: manager.read().count("WATCHDOG=1") > 2, "the watchdog to be patted while it starts")
    assert "EXTEND_TIMEOUT_USEC=60000000" in manager.lines
    assert "READY=1" not in manager.lines
    sees.touch()
    until(lambda: "READY=1" in manager.read(), "the word that the watch runs")
    patted = manager.lines.count("WATCHDOG=1")
    until(lambda: manager.read().count("WATCHDOG=1") > patted + 2, "the watchdog to be patted")
    os.kill(one.process.pid, 9)
    until(lambda: [line for line in manager.read() if line.startswith("STATUS=station ended (by signal 9)")], "how")
    assert kept.end() == 0
    lines = manager.read()
    assert lines.count("READY=1") == lines.count("STOPPING=1") == 1
    assert lines.index("READY=1") < lines.index("STOPPING=1") == len(lines) - 1


@pytest.mark.requirement("STATION-UNIT-2")
def test_a_child_does_not_speak_in_the_supervisors_name(manager, tmp_path, monkeypatch):
    for name, value in manager.environment.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "environment"
    code = f"import os; open({str(path)!r}, 'w').write(repr(sorted(os.environ)) + 'whole'); {WAIT}"
    kept = Kept(child(code))
    until(lambda: path.exists() and path.read_text().endswith("whole"), "the child's environment")
    assert kept.end() == 0
    assert "SKYKEEP_HEARTBEAT" in path.read_text()
    assert not [name for name in OURS if name in path.read_text()]


@pytest.mark.parametrize(
    ("environment", "pat_s"),
    [({}, None), ({"WATCHDOG_USEC": "60000000"}, 30.0), ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
     ({"WATCHDOG_USEC": "soon"}, None)],
)  # fmt: skip
def test_whom_the_watchdog_is_not_for_does_not_pat_it(environment, pat_s):
    one = ServiceManager(environment, pid=7)
    one.look(1.0, ready=True)  # nobody listens: nothing happens
    assert one.pat_s == pat_s


def test_a_manager_that_is_gone_ends_nobody(tmp_path):
    one = ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone"), "WATCHDOG_USEC": "1"})
    one.look(1.0, ready=True)
    one.stopping()
    assert not (tmp_path / "gone").exists()
