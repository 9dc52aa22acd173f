"""The light process that starts the two of a station, keeps them up, and ends them together.

Each is started again when it ends, after a pause that grows while it keeps failing. A station that cannot run as it is
configured (exit code 2) is not tried again: everything ends, with its words. A web process that cannot is: the watch
goes on without it, and says so. Both end when this process ends, however it ends: they hold a pipe of it.

A process that stands still is killed and started again: once it has begun to beat, a byte a second on its standard
output (`heartbeat`), silence of `STILL_S` means that it hangs. A cold start, which compiles for minutes, does not beat.
Who looks after this process is systemd, where it started it (`systemd`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from skykeep.station.systemd import ServiceManager, without

PAUSE_MIN_S, PAUSE_MAX_S = 0.2, 5.0  # while nobody watches, a processor that is busy in vain is the lesser evil
HELD_S = 30.0  # whoever ran for so long has not failed at once
END_S = 25.0
REFUSED = 2
STILL_S = 60.0
BEATS = "SKYKEEP_HEARTBEAT"
"""In the environment of a process that is to beat."""
UMASK = -1 if sys.platform == "win32" else 0o077
"""What a station writes holds names and places: it is its owner's, also where its directory is open to others."""


@dataclasses.dataclass(slots=True)
class Child:
    """One process to keep up."""

    name: str
    command: Sequence[str]
    vital: bool  # without it everything ends, where it refuses to run
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    due_s: float = 0.0
    pause_s: float = PAUSE_MIN_S
    starts: int = 0
    beat_s: float | None = None  # when it beat last; None: not since it was started


def heartbeat() -> None:
    """Beat, where somebody asked for it; never waits, whoever does not listen."""
    if BEATS in os.environ:
        with contextlib.suppress(OSError):
            os.set_blocking(1, False)
            os.write(1, b".")


def children(home: Path) -> list[Child]:
    """Return the two processes of the station in a directory."""
    return [
        Child("station", [sys.executable, "-m", "skykeep.station.serving", str(home)], vital=True),
        Child("web", [sys.executable, "-m", "skykeep.web", str(home)], vital=False),
    ]


class Supervisor:
    """Keeps processes up until `ended` is set; `note` is told of each start and end."""

    def __init__(
        self,
        kept: Sequence[Child],
        note: Callable[[str], None],
        *,
        still_s: float = STILL_S,
        manager: ServiceManager | None = None,
    ) -> None:
        """`manager`: the service manager that started us, if one did."""
        self.kept, self._say, self._still_s = list(kept), note, still_s
        self._manager = manager or ServiceManager({})

    def _note(self, words: str) -> None:
        self._say(words)
        self._manager.status(words)

    def run(self, ended: threading.Event) -> int:
        """Return 0 when told to end; else the exit code of the vital process that refused to run."""
        code = 0
        while not ended.is_set():
            for child in self.kept:
                code = self._look(child)
                if code:
                    break
            if code:
                break
            self._manager.look(time.monotonic(), ready=all(child.beat_s for child in self.kept if child.vital))
            ended.wait(0.1)
        self._manager.stopping()
        self._end()
        return code

    def _look(self, child: Child) -> int:
        """Start a process that is due; return the code with which everything is to end, or 0."""
        now_s = time.monotonic()
        if child.process is None:
            if now_s >= child.due_s:
                self._start(child, now_s)
            return 0
        code = child.process.poll()
        if code is None:
            if child.beat_s is not None and now_s - child.beat_s > self._still_s:
                self._note(f"{child.name} has stood still for {self._still_s:g} s; it is killed")
                child.beat_s = None
                child.process.kill()
            return 0
        _close(child.process)
        child.process = None
        if code == REFUSED and child.vital and child.starts == 1:
            return code
        if now_s - child.started_s > HELD_S:
            child.pause_s = PAUSE_MIN_S
        self._put_off(child, now_s, f"ended ({_how(code)})")
        return 0

    def _put_off(self, child: Child, now_s: float, why: str) -> None:
        """Let a child wait until it is started again, each time longer."""
        self._note(f"{child.name} {why}; it is started again in {child.pause_s:.1f} s")
        child.due_s = now_s + child.pause_s
        child.pause_s = min(2 * child.pause_s, PAUSE_MAX_S)

    def _start(self, child: Child, now_s: float) -> None:
        """Start a child; where the system has no process or thread to give just now, it is tried again."""
        child.started_s, child.beat_s = now_s, None
        try:
            child.process = process = _opened(child)
        except OSError as error:
            self._put_off(child, now_s, f"cannot be started ({error})")
            return
        listener = threading.Thread(target=_listen, args=(child, process), name=f"beats of {child.name}", daemon=True)
        try:
            listener.start()
        except RuntimeError as error:
            self._note(f"{child.name} cannot be listened to ({error}); it is killed")
            process.kill()  # that it has ended is seen as of any other
        else:
            child.starts += 1

    def _end(self) -> None:
        """Ask all to end, the last started first, and wait; whoever does not is killed."""
        for child in reversed(self.kept):
            if child.process is not None:
                if child.process.stdin is not None:
                    child.process.stdin.close()  # which tells it to end, as the signal does
                child.process.terminate()
        deadline_s = time.monotonic() + END_S
        for child in self.kept:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, deadline_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._note(f"{child.name} does not end; it is killed")
                child.process.kill()
                child.process.wait()
            _close(child.process)


def _opened(child: Child) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  # our own programs
        child.command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        umask=UMASK,
        env={**without(os.environ), BEATS: "1"},
    )


def _listen(child: Child, process: subprocess.Popen[bytes]) -> None:
    """Note each beat, as long as this is the child's process."""
    assert process.stdout is not None
    with contextlib.suppress(OSError, ValueError):
        while os.read(process.stdout.fileno(), 4096):
            if child.process is process:
                child.beat_s = time.monotonic()


def _close(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def _how(code: int) -> str:
    return f"by signal {-code}" if code < 0 else f"exit code {code}"
