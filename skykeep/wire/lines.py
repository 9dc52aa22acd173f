"""Streams cut into lines of bounded length, each with the time that it arrived.

However the stream is cut into chunks, the same lines come out. A line longer than `LINE_MAX` comes out as its first
`LINE_MAX + 1` bytes, so that its decoder can see that it was cut and say so; blank lines do not come out at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from skykeep.errors import Malformed
from skykeep.facts.frame import Frame
from skykeep.facts.observed import Heard, Unreadable
from skykeep.wire.jsontext import BOM

LINE_MAX = 1 << 20
_WAITING_MAX = 1_000


class Lines:
    """Cuts chunks into lines; keeps only the unread tail, and never more than a line's length of it."""

    def __init__(self) -> None:
        self._tail = bytearray()
        self._first = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the lines that `data` completes, without their line ends."""
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            self._keep(data[start:end])
            yield from self.close()
            start = end + 1
        self._keep(data[start:])

    def close(self) -> Iterator[bytes]:
        """Yield the last line, which no line end completed."""
        line = bytes(self._tail)
        if self._first and line:
            self._first, line = False, line.removeprefix(BOM)
        self._tail.clear()
        if not line.isspace() and (line := line.rstrip(b"\r")):
            yield line

    def _keep(self, part: bytes) -> None:
        self._tail += part[: LINE_MAX + 1 - len(self._tail)]


def split(stream: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of a stream of chunks of any size (an open binary file is such a stream)."""
    lines = Lines()
    for chunk in stream:
        yield from lines.feed(chunk)
    yield from lines.close()


def timed(lines: Iterable[bytes], arrival_ns: Callable[[bytes], int]) -> Iterator[tuple[int, bytes]]:
    """Yield each line with its arrival time; a line without a readable one takes the time of the line before it.

    Unreadable lines at the very beginning wait for the first readable time (at most a thousand of them; then, and
    where no line has a time, theirs is 0).
    """
    last_ns: int | None = None
    waiting: list[bytes] = []
    for line in lines:
        try:
            last_ns = arrival_ns(line)
        except Malformed:
            if last_ns is None and len(waiting) < _WAITING_MAX:
                waiting.append(line)
                continue
        last_ns = last_ns or 0
        yield from [(last_ns, early) for early in waiting]
        waiting.clear()
        yield last_ns, line
    yield from [(0, early) for early in waiting]


def refuse_long(line: bytes) -> None:
    """Raise Malformed for a line that was cut."""
    if len(line) > LINE_MAX:
        raise Malformed(f"longer than {LINE_MAX} bytes; only the beginning was kept")


def heard(frame: Frame, index: int, transmitter: str) -> Heard:
    """Return what every fact of a frame says of where it came from."""
    return Heard(
        sensor_id=frame.sensor_id,
        transmitter=transmitter,
        t_event_ns=frame.t_event_ns,
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=frame.link_trust,
        frame=index,
    )


def unreadable(frame: Frame, index: int, reason: str, *, transmitter: str = "") -> Unreadable:
    """Return the fact that a frame, or a part of it, could not be read, and why."""
    return Unreadable(
        sensor_id=frame.sensor_id,
        transmitter=transmitter,
        t_event_ns=frame.t_event_ns,
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=frame.link_trust,
        frame=index,
        reason=reason,
    )
