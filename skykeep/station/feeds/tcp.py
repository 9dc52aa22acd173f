"""Streams over TCP, by us or to us: bounded, timed, and read no faster than the station takes them in."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from skykeep.errors import Malformed, Unavailable
from skykeep.station.feeds import address, cutting, tls
from skykeep.station.feeds.admitting import Admission
from skykeep.station.feeds.door import NOBODY, Door, Who

CHUNK_BYTES = 65_536
KEY_MAX = 512
_PROBE_AFTER_S, _PROBE_EACH_S, _PROBES = 30, 10, 3


class TcpClient:
    """We connect to a sensor, or to a program that hears for it."""

    def __init__(self, door: Door) -> None:
        self._door, config = door, door.config
        cutting.of_stream(door.form)  # refuses at once what cannot be cut
        self._where = address.parsed(config.address)
        self._tls = tls.for_client(config, door.home, asked=self._where.scheme in {"tls", "ssl"})
        # Who shows a certificate of the authority that is configured for this sensor has proved to be it.
        self._proves = bool(self._tls and config.ca_file and config.sensor_id)

    async def run(self) -> None:
        """Connect and hear until cancelled; raises Unavailable where the connection is lost."""
        config = self._door.config
        async with asyncio.timeout(config.connect_s):
            reader, writer = await asyncio.open_connection(
                self._where.host, self._where.port, ssl=self._tls, limit=CHUNK_BYTES
            )
        async with _closing(writer):
            self._door.connected()
            who = self._door.proved(config.sensor_id) if self._proves else NOBODY
            raise Unavailable(await hear(self._door, reader, who))


class TcpServer:
    """Sensors connect to us; each proves who it is by a certificate or by a key in its first line."""

    def __init__(self, door: Door) -> None:
        self._door, config = door, door.config
        cutting.of_stream(door.form)  # refuses at once what cannot be cut
        self._where = address.parsed(config.address)
        self._admission = Admission(config)
        self._tasks: set[asyncio.Task[None]] = set()
        self._tls = tls.for_server(config, door.home)
        door.warn_of_open_keys(self._where.host, encrypted=self._tls is not None)

    async def run(self) -> None:
        """Listen until cancelled; raises Unavailable where it cannot."""
        shake_s = self._door.config.line_s if self._tls else None
        try:
            server = await asyncio.start_server(
                self._begin,
                self._where.host or None,
                self._where.port,
                ssl=self._tls,
                ssl_handshake_timeout=shake_s,
                limit=CHUNK_BYTES,
            )
        except OSError as error:
            raise Unavailable(f"cannot listen on {self._door.config.address}: {error}") from error
        self._door.bound = server.sockets[0].getsockname()[:2]
        self._door.connected()
        try:
            async with server:
                await server.serve_forever()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hear one connection; whatever it sends, only itself ends by it."""
        peer = str((writer.get_extra_info("peername") or ("", 0))[0])
        async with _closing(writer):
            if why := self._admission.why_not(peer):
                self._door.turned_away(why)
                return
            with self._admission.entered(peer):
                try:
                    await self._greeted(reader, writer, peer)
                except OSError as error:
                    self._door.note(f"{peer}: {str(error) or 'timed out'}")
                except Exception as error:  # noqa: BLE001  # a format of another package may raise anything
                    self._door.note(f"{peer}: it failed: {type(error).__name__}: {error}")

    async def _greeted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> None:
        who = await self._who(reader, writer)
        if who is None:
            self._door.turned_away(f"{peer} did not prove who it is")
            return
        self._door.note(f"{peer}: {await hear(self._door, reader, who)}")

    async def _who(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Who | None:
        """Return who sends, as its certificate or its first line proves; None where neither does."""
        config = self._door.config
        if config.client_ca_file:
            name = tls.common_name(writer.get_extra_info("ssl_object").getpeercert())
            return self._door.proved(name) if name else None
        if config.anonymous:
            return NOBODY
        try:
            async with asyncio.timeout(config.line_s):
                line = await reader.readuntil(b"\n")
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return None
        if len(line) > KEY_MAX:
            return None
        return await self._door.known(line.decode("utf-8", "replace").strip())


async def hear(door: Door, reader: asyncio.StreamReader, who: Who) -> str:
    """Take in a stream until it ends, and return why it ended."""
    config, cutter = door.config, cutting.of_stream(door.form)
    loop = asyncio.get_running_loop()
    begun_s: float | None = None  # when the frame began that is not complete
    while True:
        wait_s = config.idle_s if begun_s is None else max(0.0, begun_s + config.line_s - loop.time())
        try:
            async with asyncio.timeout(min(wait_s, config.idle_s)):
                data = await reader.read(CHUNK_BYTES)
        except TimeoutError:
            return "a frame began and did not end in time" if begun_s is not None else "nothing came for too long"
        if not data:
            return "the other side closed the connection"
        try:
            pieces = cutter.feed(data)
        except Malformed as error:
            return str(error)
        if pieces or not cutter.unfinished:
            begun_s = None
        if cutter.unfinished and begun_s is None:
            begun_s = loop.time()
        await door.take_in(pieces, who)
        if begun_s is not None and pieces:
            begun_s = loop.time()  # waiting for room was our own doing


@contextlib.asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    """Probe a connection while it is quiet, so that one whose other end vanished is noticed; close it in the end."""
    probed = writer.get_extra_info("socket")
    with contextlib.suppress(OSError, AttributeError):
        probed.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        probed.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _PROBE_AFTER_S)
        probed.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _PROBE_EACH_S)
        probed.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _PROBES)
    try:
        yield
    finally:
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
