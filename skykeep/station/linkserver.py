"""The station's side of the link: one Unix socket, served so that no client can make the station wait.

    publish()     from any thread, never waits: puts bytes into a queue and wakes the serving loop
    each client   gets `Hello` first, then everything published after it, through a buffer of bounded size
    too slow      the client is cut off; it comes again and reads what it missed in the record
    each `Ask`    is handed to `execute`; whoever asked may go, what was begun is done

No gap can open: a client is listed before its `Hello` says how far the record is durable, so that a tick that becomes
durable later reaches it. A tick may reach it twice, once in the record and once here; clients skip what they have.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

from skykeep.errors import Corrupt, Malformed, Refused, SkykeepError, Unavailable
from skykeep.station.link import MESSAGE_MAX, Answer, Ask, Hello, Reader, packed

BUFFER_MAX_BYTES = 32 << 20
"""Unsent bytes that a client may have."""
ASKS_MAX = 256
"""Asks of one client that may be under way at once."""
PATH_MAX_BYTES = 107
"""Of a Unix socket's path (unix(7): sun_path has 108 bytes, the last one zero)."""

Execute = Callable[[Ask], Awaitable[Answer]]


class LinkServer:
    """Serves the socket on the loop that `start` runs on; `publish` may be called from any thread."""

    def __init__(
        self,
        path: Path,
        *,
        hello: Callable[[], Hello],
        execute: Execute,
        backlog: Callable[[], bytes] = lambda: b"",
        buffer_max_bytes: int = BUFFER_MAX_BYTES,
    ) -> None:
        """`hello` is called on the serving loop, for each client that comes; it must be quick.

        So is `backlog`, which gives the messages of ticks that were told though the disk has not taken them yet.
        """
        self.path = path
        self.buffer_max_bytes = buffer_max_bytes
        self.hello, self.backlog = hello, backlog
        self.execute = execute
        self.clients: set[_Client] = set()  # asked, counted, written to; their order means nothing
        self.cut_off = 0  # clients that read too slowly
        self.malformed = 0  # clients that sent what is no message
        self.asked = 0
        self.acts: set[asyncio.Task[None]] = set()
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._overrun = False
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; raises Unavailable where the socket cannot be made. The caller holds the record's lock."""
        self._loop = asyncio.get_running_loop()
        listening = _listening(self.path)
        self._server = await self._loop.create_unix_server(lambda: _Client(self), sock=listening)

    async def close(self) -> None:
        """Send what waits, let every client go, finish the acts that were begun, and take the socket away."""
        if self._server is None:
            return
        self._server.close()
        if self.acts:
            await asyncio.gather(*self.acts, return_exceptions=True)
        self._drain()
        for client in list(self.clients):
            client.end()
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
        self._server = self._loop = None

    def publish(self, data: bytes) -> None:
        """Send packed messages (`link.packed`) to every client; thread-safe, never waits, keeps the order."""
        with self._lock:
            loop, wake = self._loop, not self._queue
            if loop is None:
                return
            self._queue.append(data)
            self._queued_bytes += len(data)
            if self._queued_bytes > self.buffer_max_bytes:  # the serving loop stands still: nobody is sent a gap
                self._queue.clear()
                self._queued_bytes, self._overrun = 0, True
        if wake:
            with contextlib.suppress(RuntimeError):  # the loop was closed just now: nobody is there to be told
                loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        with self._lock:
            waiting, self._queue = self._queue, deque()
            self._queued_bytes, overrun, self._overrun = 0, self._overrun, False
        if overrun:
            for client in list(self.clients):
                client.cut()
        elif waiting and self.clients:
            data = b"".join(waiting)
            for client in list(self.clients):
                client.send(data)


class _Client(asyncio.Protocol):
    """One web process, or whoever else may open the socket."""

    def __init__(self, server: LinkServer) -> None:
        self._server = server
        self._reader = Reader()
        self._transport: asyncio.WriteTransport | None = None
        self._asks = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's is none by type
        self._server.clients.add(self)
        self.send(packed(self._server.hello()) + self._server.backlog())

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # it went; why makes no difference
        self._transport = None
        self._server.clients.discard(self)

    def data_received(self, data: bytes) -> None:
        try:
            for message in self._reader.feed(data):
                if not isinstance(message, Ask):
                    raise Malformed(f"link: a client sent {type(message).__name__}; it may only ask")
                self._begin(message)
        except Malformed:
            self._server.malformed += 1
            self._abort()

    def _begin(self, ask: Ask) -> None:
        if self._asks >= ASKS_MAX:
            detail = f"{ASKS_MAX} asks of this client are under way: wait for an answer, then ask again"
            self.send(packed(Answer(ask.number, None, problem="unavailable", detail=detail)))
            return
        self._asks += 1
        self._server.asked += 1
        task = asyncio.get_running_loop().create_task(self._answer(ask))
        self._server.acts.add(task)
        task.add_done_callback(self._server.acts.discard)

    async def _answer(self, ask: Ask) -> None:
        try:
            answer = await self._server.execute(ask)
        except SkykeepError as error:
            answer = Answer(ask.number, None, problem=problem_of(error), detail=str(error))
        finally:
            self._asks -= 1
        self.send(self._sized(packed(answer), ask))

    def _sized(self, data: bytes, ask: Ask) -> bytes:
        """Return an answer, or that it is too large to be one: sent, it would cut the client off."""
        if len(data) <= min(MESSAGE_MAX, self._server.buffer_max_bytes):
            return data
        said = f"{ask.action}: the answer has {len(data)} bytes, too many to be sent; whatever was asked for is done"
        return packed(Answer(ask.number, None, problem=problem_of(Unavailable(said)), detail=said))

    def send(self, data: bytes) -> None:
        """Write, or cut the client off where it has not read what was written before."""
        if self._transport is None or self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() > self._server.buffer_max_bytes:
            self.cut()
            return
        self._transport.write(data)

    def cut(self) -> None:
        self._server.cut_off += 1
        self._abort()

    def end(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def problem_of(error: SkykeepError) -> str:
    """Return the word that an `Answer` has for a family of failure."""
    families = ((Refused, "refused"), (Malformed, "malformed"), (Unavailable, "unavailable"), (Corrupt, "corrupt"))
    return next(word for family, word in families if isinstance(error, family))


def _listening(path: Path) -> socket.socket:
    """Return a socket that only its owner may open; whoever comes before it listens is refused."""
    if len(os.fsencode(path)) > PATH_MAX_BYTES:
        raise Unavailable(f"{path}: longer than a socket's path may be, {PATH_MAX_BYTES} bytes: use a shorter one")
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # of a station that was killed: the record's lock says that none runs
        made.bind(str(path))
        path.chmod(0o600)
        made.listen()  # at once: who sees the socket finds somebody behind it
    except OSError as error:
        made.close()
        raise Unavailable(f"{path}: the socket cannot be made: {error}; see who may write there") from error
    return made
