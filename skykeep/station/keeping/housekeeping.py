"""What a running station does for its own keeping: it erases what is past its time, and has itself copied.

Erasure goes in small steps on a thread of its own, with pauses, so that the watch has the machine. A backup is
`skykeep backup` in a process of its own at the lowest priority; while it reads, nothing is erased, so that the two do
not wait for each other. What fails is told as health, and tried again at its next time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from skykeep.errors import SkykeepError
from skykeep.facts.acted import Health
from skykeep.facts.codec import Fact
from skykeep.facts.personal import KeyedNames
from skykeep.station.config import Config, Home
from skykeep.station.keeping import copying
from skykeep.station.keeping.retaining import Retention
from skykeep.station.store import Store

PAUSE_S = 0.05  # after each step of an erasure
MEMORY = "retention.memory"
LEFT_S = 6 * 3_600.0
"""No backup takes so long: what is unfinished for so long will stay so."""
_S_NS = 10**9
_TAIL = 300


class Observe(Protocol):
    """Takes in how something is; `station.healthwatch.HealthWatch.observe`."""

    def __call__(self, what: Health, subject: str, *, well: bool, t_ns: int, unseen: str = "") -> None: ...


class Housekeeping:
    """Call `start` when the loop runs and `stop` before the store closes."""

    def __init__(
        self,
        home: Home,
        config: Config,
        store: Store,
        *,
        names: KeyedNames,
        enact: Callable[[Sequence[Fact]], None],
        observe: Observe,
        now_ns: Callable[[], int] = time.time_ns,
        pause_s: float = PAUSE_S,
    ) -> None:
        """`names`: of the running watch; `enact` puts facts into its next tick; `now_ns` is the station's time."""
        self._home, self._config = home, config
        self._observe, self._now_ns, self._pause_s = observe, now_ns, pause_s
        memory = home.path / MEMORY
        self._retention = Retention(store, config.retention, memory, forget=names.forget, enact=enact)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)
        self._copying: subprocess.Popen[bytes] | None = None
        self._retention_due_ns = now_ns()
        self._backup_due_ns = self._first_backup_ns()

    def start(self) -> None:
        """Begin to look after things."""
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """End after the step that is under way; a backup that is under way is given up."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        if self._copying is not None:
            self._copying.kill()
            self._copying.communicate()

    def _run(self) -> None:
        while not self._stop.wait(1.0):
            self.look_after(self._now_ns())

    def look_after(self, now_ns: int) -> None:
        """Do everything that is due by now; a backup is begun, and looked at the next time."""
        if self._copying is not None and not self._copied(now_ns):
            return
        if now_ns >= self._retention_due_ns:
            self._retention_due_ns = now_ns + int(self._config.retention.interval_s * _S_NS)
            self._retain(now_ns)
        if self._config.backup.directory and now_ns >= self._backup_due_ns:
            self._backup_due_ns = now_ns + int(self._config.backup.interval_h * 3_600 * _S_NS)
            self._back_up(now_ns)

    # ---- erasing ------------------------------------------------------------------------------------

    def _retain(self, now_ns: int) -> None:
        try:
            for _ in self._retention.steps(now_ns):
                if self._stop.wait(self._pause_s):
                    return
        except SkykeepError as error:
            unseen = f"nothing goes unseen; what is past its time is not erased yet: {error}"
            self._observe(Health.OUTLET, "retention", well=False, t_ns=now_ns, unseen=unseen)
        else:
            self._observe(Health.OUTLET, "retention", well=True, t_ns=now_ns)

    # ---- copying ------------------------------------------------------------------------------------

    def _back_up(self, now_ns: int) -> None:
        destination = self._destination()
        command = copying.command(self._home, destination, self._config.backup.keep)
        try:
            for left in destination.glob(f"*{copying.UNFINISHED}"):  # by a station that ended; not just now, by hand
                if time.time() - left.stat().st_mtime > LEFT_S:
                    shutil.rmtree(left)
            self._copying = subprocess.Popen(  # noqa: S603  # our own program, our own configuration
                ["nice", "-n", "19", *command] if os.name == "posix" else command,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            )  # fmt: skip
        except OSError as error:
            self._tell_copied(now_ns, str(error))

    def _copied(self, now_ns: int) -> bool:
        """Whether the backup that was begun has ended; then how is told."""
        assert self._copying is not None
        if self._copying.poll() is None:
            return False
        _, stderr = self._copying.communicate()
        said = stderr.decode("utf-8", "replace").strip()
        code, self._copying = self._copying.returncode, None
        self._tell_copied(now_ns, "" if code == 0 else said[-_TAIL:] or f"exit code {code}")
        return True

    def _tell_copied(self, now_ns: int, fault: str) -> None:
        unseen = f"nothing goes unseen; nothing new is in any copy of the record: {fault}" if fault else ""
        self._observe(Health.OUTLET, "backup", well=not fault, t_ns=now_ns, unseen=unseen)

    def _destination(self) -> Path:
        return self._home.at(self._config.backup.directory)

    def _first_backup_ns(self) -> int:
        """When the last copy is older than the interval, at once: a restart does not put it off."""
        now_ns = self._now_ns()
        if not self._config.backup.directory:
            return now_ns
        last_ns = max((copying.made_at_ns(path) for path in copying.made_copies(self._destination())), default=0)
        return max(now_ns, last_ns + int(self._config.backup.interval_h * 3_600 * _S_NS))
