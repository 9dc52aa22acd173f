"""The connection to one TAK server by TCP or mutual TLS: opened again whenever it breaks, a bounded line before it.

What waits is kept by event, so that a newer one takes the place of the older; when the line is full the oldest goes,
but none that says that something is over. A dead connection is found by what the kernel cannot deliver
(TCP_USER_TIMEOUT), and by pings, where the server is one that answers them.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import ssl
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from skykeep.errors import Refused
from skykeep.facts.acted import Health
from skykeep.station.config import Home
from skykeep.station.outlets.config import CotConfig
from skykeep.wire import cot

WAITING_MAX = 4_096  # events
AT_ONCE_BYTES = 65_536
CONNECT_S, DRAIN_S, CLOSE_S = 10.0, 10.0, 2.0
USER_TIMEOUT_MS = 20_000  # what was sent and not acknowledged for so long is not going to be
PONG = b"t-x-c-t-r"


class Pace(NamedTuple):
    """How patient a connection is, in seconds."""

    retry_min_s: float = 1.0
    retry_max_s: float = 60.0
    ping_s: float = 10.0
    pings_missed_max: int = 3
    tell_s: float = 5.0  # not connected for so long: it is told
    steady_s: float = 1.0  # connected for so long: it is one


USUAL = Pace()


class CotLink:
    """Sends events to one server for as long as it runs; `put` never waits."""

    def __init__(
        self, config: CotConfig, home: Home, observe: Callable[[Health, str, bool, str], None], pace: Pace = USUAL
    ) -> None:
        self.config, self._observe, self._pace = config, observe, pace
        self.host, self.port = address(config)
        self._tls = tls(config, home)
        self._waiting: OrderedDict[str, tuple[bytes, bool]] = OrderedDict()
        self._something = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._well: bool | None = None  # not told yet: an earlier run may have told that it is ill
        self._why = "not connected yet"
        self._up_s: float | None = None
        self._down_s: float | None = time.monotonic()
        self._answers = False  # the server has answered a ping: then it is to go on doing so
        self._heard_s = 0.0
        self.dropped = 0
        self.sent = 0

    def put(self, uid: str, event: bytes, *, final: bool = False) -> None:
        """Put an event in line, in the place of an older one with the same uid."""
        self._waiting[uid] = event, final
        self._something.set()
        self._empty.clear()
        if len(self._waiting) > WAITING_MAX:
            oldest = next((name for name, (_, over) in self._waiting.items() if not over), next(iter(self._waiting)))
            del self._waiting[oldest]
            self.dropped += 1

    @property
    def waiting(self) -> int:
        """How many events are in line."""
        return len(self._waiting)

    async def run(self) -> None:
        """Connect, send, connect again, until cancelled."""
        watching = asyncio.ensure_future(self._watch())
        tries = 0
        try:
            while True:
                try:
                    reader, writer = await self._connect()
                    self._up_s = time.monotonic()
                    await self._speak(reader, writer)
                except (OSError, asyncio.IncompleteReadError) as error:
                    tries = 0 if self._steady() else tries + 1
                    self._down(error)
                pause_s = min(self._pace.retry_max_s, self._pace.retry_min_s * 2.0 ** min(tries, 10))
                await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311  # many stations must not come at once
        finally:
            watching.cancel()

    async def flush(self) -> None:
        """Wait until the line is empty."""
        await self._empty.wait()

    async def _watch(self) -> None:
        """Tell when nothing has got out for a while, and when it does again and goes on doing so."""
        while True:
            await asyncio.sleep(self._pace.steady_s / 2)
            if self._steady():
                self._down_s = None
                self._tell(well=True)
            elif self._down_s is not None and time.monotonic() - self._down_s >= self._pace.tell_s:
                self._tell(well=False)

    def _steady(self) -> bool:
        """Return whether the connection has stood for a moment: a server that refuses us closes after the handshake."""
        return self._up_s is not None and time.monotonic() - self._up_s >= self._pace.steady_s

    def _down(self, error: Exception) -> None:
        self._up_s, self._why = None, f"{type(error).__name__}: {error}"
        if self._down_s is None:
            self._down_s = time.monotonic()

    def _tell(self, *, well: bool) -> None:
        if self._well is not well:
            self._well = well
            name = self.config.name
            said = f"TAK server {name} gets no tracks, who looks there sees none of ours ({self._why})"
            self._observe(Health.OUTLET, f"cot:{name}", well, "" if well else said)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_S):
            found = await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
            connected = await self._first(found)
            try:
                if self._tls is None:
                    return await asyncio.open_connection(sock=connected)
                name = self.config.server_name or self.host
                return await asyncio.open_connection(sock=connected, ssl=self._tls, server_hostname=name)
            except BaseException:
                connected.close()
                raise

    async def _first(self, found: Sequence[tuple[int, int, int, str, tuple[object, ...]]]) -> socket.socket:
        failed: OSError = OSError(f"{self.host} has no address")
        for family, kind, protocol, _, where in found:
            tried = socket.socket(family, kind, protocol)
            try:
                tried.setblocking(False)
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                if hasattr(socket, "TCP_USER_TIMEOUT"):
                    tried.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
                await asyncio.get_running_loop().sock_connect(tried, where)
            except OSError as error:
                tried.close()
                failed = error
            except BaseException:
                tried.close()
                raise
            else:
                return tried
        raise failed

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._heard_s = time.monotonic()
        both = [asyncio.ensure_future(self._listen(reader)), asyncio.ensure_future(self._send(writer))]
        try:
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        finally:
            for each in both:
                each.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            writer.close()
            with contextlib.suppress(OSError):
                await asyncio.wait_for(writer.wait_closed(), CLOSE_S)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        """Read what the server says, for its pongs only: nothing that comes from there is taken in."""
        tail = b""
        while data := await reader.read(AT_ONCE_BYTES):
            self._heard_s = time.monotonic()
            tail += data
            self._answers = self._answers or PONG in tail
            tail = tail[-len(PONG) :]
        raise ConnectionResetError("the server closed the connection")

    async def _send(self, writer: asyncio.StreamWriter) -> None:
        pinged_s = time.monotonic() - self._pace.ping_s
        while True:
            now_s = time.monotonic()
            if self._answers and now_s - self._heard_s > self._pace.ping_s * self._pace.pings_missed_max:
                raise ConnectionAbortedError("the server does not answer any more")
            if now_s - pinged_s >= self._pace.ping_s:
                pinged_s = now_s
                writer.write(cot.ping(f"skykeep-{self.config.name}-ping", time.time_ns()))
            await self._batch(writer)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._something.wait(), self._pace.ping_s / 2)

    async def _batch(self, writer: asyncio.StreamWriter) -> None:
        taken, size = list[tuple[str, bytes, bool]](), 0
        while self._waiting and size < AT_ONCE_BYTES:
            uid, (event, final) = self._waiting.popitem(last=False)
            taken.append((uid, event, final))
            size += len(event)
        if not self._waiting:
            self._something.clear()
        try:
            writer.writelines([event for _, event, _ in taken])
            await asyncio.wait_for(writer.drain(), DRAIN_S)
        except OSError:
            for uid, event, _ in reversed([each for each in taken if each[2]]):
                self._waiting.setdefault(uid, (event, True))
            raise
        self.sent += len(taken)
        if not self._waiting:
            self._empty.set()


def address(config: CotConfig) -> tuple[str, int]:
    """Return host and port; raises Refused where the address is not one."""
    host, colon, port = config.address.rpartition(":")
    if not (colon and host and port.isdecimal() and 0 < int(port) < 65_536):  # noqa: PLR2004
        raise Refused(f"[[cot]] {config.name}: address {config.address!r} is no host:port, such as tak.example:8089")
    try:
        host.encode("idna")  # as whoever looks it up does, who would fail each time and never be told of
    except UnicodeError as error:
        raise Refused(f"[[cot]] {config.name}: address {config.address!r} is no host:port: {error}") from error
    return host.strip("[]"), int(port)


def tls(config: CotConfig, home: Home) -> ssl.SSLContext | None:
    """Return how the connection is guarded; None: plain TCP. Raises Refused where a certificate cannot be read."""
    if not config.tls:
        return None
    try:
        context = ssl.create_default_context(cafile=str(home.at(config.ca_file)) if config.ca_file else None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if config.certificate_file:
            key = home.at(config.key_file) if config.key_file else None
            context.load_cert_chain(home.at(config.certificate_file), key)
    except (OSError, ssl.SSLError) as error:
        raise Refused(f"[[cot]] {config.name}: certificate or key cannot be read: {error}; PEM files are") from error
    return context
