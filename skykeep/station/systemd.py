"""What the supervisor tells systemd: that the watch sees, that it goes on, that it ends (sd_notify(3)).

    READY=1         once the station beats: its watch runs
    EXTEND_TIMEOUT  while it is not ready yet: a cold start compiles for minutes, and may
    WATCHDOG=1      at half of the time that the unit gives (WatchdogSec=); not sent by a supervisor that stands still
    STOPPING=1      when it begins to end
    STATUS=...      the last thing that it told people

The station that hangs is killed by the supervisor, the supervisor that hangs by systemd. Without `NOTIFY_SOCKET`
nothing is told. What cannot be told is let go: a service manager that does not listen must not end a watch.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping

SOCKET, WATCHDOG_US, WATCHDOG_PID = "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"
OURS = (SOCKET, WATCHDOG_US, WATCHDOG_PID)
"""What is for the supervisor alone: its children must not speak in its name."""
START_S = 60.0
"""How much longer a start may take, each time that it is told to go on."""
STARTING_S = 10.0


class ServiceManager:
    """Speaks to whoever started us as a service, if anybody listens; called from one thread."""

    def __init__(self, environment: Mapping[str, str] = os.environ, *, pid: int | None = None) -> None:
        self._address = environment.get(SOCKET, "")
        told = environment.get(WATCHDOG_US, "")
        for_us = environment.get(WATCHDOG_PID, "") in {"", str(os.getpid() if pid is None else pid)}
        self.pat_s = int(told) / 2e6 if told.isdecimal() and for_us else None  # None: nobody waits for it
        self._ready = False
        self._due_s = 0.0

    def look(self, now_s: float, *, ready: bool) -> None:
        """Tell what is due; `ready`: the watch runs."""
        if ready and not self._ready:
            self._ready, self._due_s = True, now_s
            self._tell("READY=1")
        if now_s < self._due_s:
            return
        if not self._ready:
            self._due_s = now_s + STARTING_S
            self._tell(f"EXTEND_TIMEOUT_USEC={round(START_S * 1e6)}")
        if self.pat_s is not None:
            self._due_s = now_s + (self.pat_s if self._ready else min(self.pat_s, STARTING_S))
            self._tell("WATCHDOG=1")

    def status(self, words: str) -> None:
        """Say in one line how it stands."""
        self._tell(f"STATUS={' '.join(words.split())}")

    def stopping(self) -> None:
        """Say that it ends."""
        self._tell("STOPPING=1")

    def _tell(self, line: str) -> None:
        if not self._address or not hasattr(socket, "AF_UNIX"):
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
            one.setblocking(False)  # its name is in the call
            one.sendto(line.encode(), address)


def without(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which nobody speaks to the service manager."""
    return {name: value for name, value in environment.items() if name not in OURS}
