"""HTTP with an end to its patience: who sends too slowly or too much, or takes too many connections, is cut off.

header_s     from the connection, or the first byte of the next request, until its headers are complete
body_s       from there until the body is complete
HEADERS_MAX  bytes of headers, and of trailers, in however many reads they come (RFC 6585: 431)
share        how many connections one address (one network of IPv6) may hold at once; more are closed with 503
ACKED_MS     what is sent must be taken by then (TCP_USER_TIMEOUT), so that half-open connections end
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections import Counter
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from skykeep.web.limits import address_key

log = logging.getLogger("skykeep.web.people")
HEADERS_MAX_BYTES = 32_768
FIELD_BYTES = 4  # of a header besides its name and value: colon, space, end of line
ACKED_MS = 30_000
TOLD_S = 60.0  # who takes too many connections stands in the log at most so often
TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)
TOO_MANY = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\nretry-after: 10\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-type: text/plain\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Share:
    """How many connections each address holds; for one thread."""

    def __init__(self, each_max: int) -> None:
        """Begin with none; 0 counts nothing, for a proxy before us is one address for all."""
        self._each_max = each_max
        self._held: Counter[str] = Counter()
        self._told_s = -TOLD_S

    def take(self, address: str, now_s: float) -> bool:
        """Count a connection of an address; says whether it may have this one too."""
        if self._each_max and self._held[address] >= self._each_max:
            if now_s - self._told_s >= TOLD_S:
                self._told_s = now_s
                log.warning("refused: a connection of %s, which holds %d", address, self._each_max)
            return False
        self._held[address] += 1
        return True

    def give(self, address: str) -> None:
        """Count a connection less."""
        self._held[address] -= 1
        if not self._held[address]:
            del self._held[address]


class TooLargeError(Exception):
    """Headers are more than they may be; ends the parser's work on what was read."""


class Patient(HttpToolsProtocol):
    """One connection."""

    header_s = 10.0
    body_s = 60.0
    share = Share(0)

    def __init__(self, config: Config, server_state: Any, app_state: dict[str, Any], _loop: Any = None) -> None:  # noqa: ANN401  # uvicorn's
        super().__init__(config, server_state, app_state, _loop)
        self._timer: asyncio.TimerHandle | None = None
        self._in_headers = True
        self._header_bytes = 0  # as they were read
        self._field_bytes = 0  # as the parser told of them: a read may hold all of them and a body
        self._address: str | None = None  # None: not counted

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        sock = transport.get_extra_info("socket")
        if sock is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, ACKED_MS)
        address = address_key(self.client[0] if self.client else "")
        if not self.share.take(address, self.loop.time()):
            self._cut(TOO_MANY)
            return
        self._address = address
        self._wait(self.header_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait(None)
        if self._address is not None:
            self.share.give(self._address)
            self._address = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_headers:
            if self._timer is None:  # the first byte of the next request
                self._wait(self.header_s)
            self._header_bytes += len(data)
        super().data_received(data)
        if self._in_headers and self._header_bytes > HEADERS_MAX_BYTES:
            self._cut(TOO_LARGE)

    def on_message_begin(self) -> None:
        self._field_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + FIELD_BYTES)
        super().on_header(name, value)

    def _count(self, length_bytes: int) -> None:
        self._field_bytes += length_bytes
        if self._field_bytes > HEADERS_MAX_BYTES:
            raise TooLargeError

    def send_400_response(self, msg: str) -> None:
        if self._field_bytes > HEADERS_MAX_BYTES:
            self._cut(TOO_LARGE)
        else:
            super().send_400_response(msg)

    def on_headers_complete(self) -> None:
        self._in_headers, self._header_bytes, self._field_bytes = False, 0, 0
        super().on_headers_complete()
        self._wait(self.body_s)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._wait(None)
        self._in_headers = True

    def _wait(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None else self.loop.call_later(seconds, self._cut, TOO_SLOW)

    def _cut(self, answer: bytes) -> None:
        self._wait(None)
        if self.transport.is_closing():
            return
        cycle: object = self.cycle  # None before the first request, whatever its type says
        if cycle is None or self.cycle.response_complete:
            self.transport.write(answer)
        self.transport.close()


def patient(*, header_s: float, body_s: float, each_max: int = 0) -> type[Patient]:
    """Return the protocol with a station's times; `each_max`: connections of one address, 0 for any number."""
    return type("Patient", (Patient,), {"header_s": header_s, "body_s": body_s, "share": Share(each_max)})
