"""Control-C where something long runs: it is remembered, and obeyed between two steps.

A `KeyboardInterrupt` that Python raises wherever it happens to be is lost inside a `__del__` (it is printed, and what
was to be interrupted goes on to its end); inside the compiler of the kernels it can crash the process.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

_pressed = threading.Event()


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Hold the first Control-C for `look`, which whoever does something long calls now and then; the second interrupts.

    Nothing is held in a thread, or where Control-C means something else: behind a shell it is ignored.
    """
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield
        return

    def press(number: int, frame: FrameType | None) -> None:
        if _pressed.is_set():
            signal.default_int_handler(number, frame)
        _pressed.set()

    _pressed.clear()
    signal.signal(signal.SIGINT, press)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    look()


def look() -> None:
    """Raise the KeyboardInterrupt that is held, if there is one."""
    if _pressed.is_set():
        _pressed.clear()
        raise KeyboardInterrupt
