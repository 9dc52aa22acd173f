"""How a process of a station learns that it is to end: by a signal, or because whoever started it has gone."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import sys
import threading


def told_to_end() -> threading.Event:
    """Return an event that is set by SIGTERM, by SIGINT, or when the pipe that is standard input closes."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())

    def wait_for_parent() -> None:
        with contextlib.suppress(OSError, ValueError):
            while os.read(sys.stdin.fileno(), 4096):
                pass
        ended.set()

    if _is_pipe():
        threading.Thread(target=wait_for_parent, name="parent", daemon=True).start()
    return ended


def _is_pipe() -> bool:
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
