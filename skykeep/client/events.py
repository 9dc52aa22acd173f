"""Server-sent events out of bytes, however they are cut (WHATWG HTML, "Server-sent events", interpreting a stream)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Sent(NamedTuple):
    """One event as it was sent."""

    id: str
    event: str
    data: bytes


class Events:
    """Takes bytes, gives events; keeps the unread tail, the last id, and how long to wait before coming again."""

    def __init__(self) -> None:
        self.last_id = ""  # of the last event that came whole
        self._id = ""
        self.retry_ms = 1_000
        self._tail = b""
        self._event = "message"
        self._data: list[bytes] = []

    def feed(self, data: bytes) -> Iterator[Sent]:
        """Yield the events that `data` completes."""
        *lines, self._tail = (self._tail + data).split(b"\n")
        for line in lines:
            sent = self._line(line.removesuffix(b"\r"))
            if sent is not None:
                yield sent

    def again(self) -> None:
        """Forget what was begun: the connection broke."""
        self._tail, self._id, self._event, self._data = b"", self.last_id, "message", []

    def _line(self, line: bytes) -> Sent | None:
        if not line:
            return self._end()
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(value)
        elif field == b"event":
            self._event = value.decode("utf-8", "replace")
        elif field == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        elif field == b"retry" and value.isdigit():
            self.retry_ms = min(int(value), 60_000)
        return None

    def _end(self) -> Sent | None:
        self.last_id = self._id
        data, event = self._data, self._event
        self._data, self._event = [], "message"
        return Sent(self.last_id, event, b"\n".join(data)) if data else None
