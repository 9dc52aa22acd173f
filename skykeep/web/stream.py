"""The live stream: frames of server-sent events, put together once for each kind of looker, shared by all of them.

    event: snapshot    all that is shown, first
    event: frame       what changed since the frame before, and the time of the last completed step
    id                 of the frame: with it in `Last-Event-ID` a stream goes on after it, as long as it is remembered

A frame goes out with the beat of each tick that changed something, and twice a second in any case: `now_ms` is the
station's time of its last completed step, so that what is old looks old, whatever the connection says. Whoever takes
too little is cut off and comes again.
"""

from __future__ import annotations

import asyncio
import enum
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from skykeep.views.live import Changes, Live
from skykeep.web.mirror import Mirror
from skykeep.web.streamframes import Frames, Parts

SILENT_S = 0.5
"""A frame goes out after so long at the latest."""
REMEMBERED_FRAMES = 600
REMEMBERED_BYTES = 16 << 20
BUFFER_MAX_BYTES = 1 << 20
"""What one client may have waiting before it is cut off."""
RETRY_MS = 1000
NUMBER_DIGITS_MAX = 18
HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # a proxy that collected frames would make the sky late
]
_encoder = msgspec.json.Encoder()
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class View(enum.Enum):
    """What a kind of looker may see."""

    PUBLIC = "public"  # the law; never a track
    BARE = "bare"  # all that flies, personal values as pseudonyms: for machines of others
    MASKED = "masked"  # the watch, without the places of operators


class _Client:
    """One stream: what waits for it, and who waits."""

    def __init__(self) -> None:
        self.waiting: deque[bytes] = deque()
        self.waiting_bytes = 0
        self.cut = False
        self.task: asyncio.Task[Any] | None = None  # that sends; cancelled where the client is cut off
        self.more = asyncio.Event()

    def put(self, frame: bytes) -> bool:
        """Add a frame; False where that is more than a client may have waiting."""
        self.waiting.append(frame)
        self.waiting_bytes += len(frame)
        if self.waiting_bytes > BUFFER_MAX_BYTES:
            self.cut_off()
            return False
        self.more.set()
        return True

    def cut_off(self) -> None:
        self.cut = True
        self.waiting.clear()
        self.more.set()
        if self.task is not None:
            self.task.cancel()

    async def next(self) -> bytes:
        """Return all that waits, as one; empty where the client was cut off."""
        while not self.waiting and not self.cut:
            self.more.clear()
            await self.more.wait()
        data = self.waiting.popleft() if len(self.waiting) == 1 else b"".join(self.waiting)
        self.waiting.clear()
        self.waiting_bytes = 0
        return data


class Streams:
    """All live streams of one mirror; it tells the mirror itself that it listens."""

    def __init__(self, mirror: Mirror, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._mirror, self._clock = mirror, clock_s
        self._frames = Frames(mirror, mirror.views.names)
        self.cut_off = 0
        self.frames_sent = 0
        self._epoch = secrets.token_hex(4)
        self._number = 0
        self._clients: dict[View, dict[_Client, None]] = {view: {} for view in View}
        self._remembered: deque[tuple[int, dict[View, bytes]]] = deque()
        self._remembered_bytes = 0
        self._snapshots: dict[View, bytes] = {}
        self._begin()
        mirror.listeners.append(self)

    def _begin(self) -> None:
        self._frames.begin()
        self._sent_s = self._law_sent_s = 0.0

    @property
    def clients(self) -> int:
        """How many streams there are."""
        return sum(map(len, self._clients.values()))

    def clients_of(self, view: View) -> int:
        """Return how many streams of one view there are."""
        return len(self._clients[view])

    # What the mirror tells

    def took(self, changes: Changes, live: Live) -> None:
        """Note what a tick changed; it goes out with the beat."""
        del live  # the mirror has it
        self._frames.took(changes)

    def beat(self, now_ns: int, *, recorded: bool) -> None:
        """Send a frame where something changed; else the next one is due by the clock."""
        del recorded  # the mirror knows
        if self._frames.due(now_ns):
            self._send()

    def anew(self, live: Live) -> None:
        """Begin again: what clients have is of another record."""
        del live
        self._epoch = secrets.token_hex(4)
        self._remembered.clear()
        self._remembered_bytes = 0
        self._begin()
        self._snapshots.clear()
        for view, clients in self._clients.items():
            for client in list(clients):
                self._give(clients, client, self._snapshot(view))

    async def run(self) -> None:
        """Send a frame every half second where nothing else was sent, until cancelled."""
        while True:
            await asyncio.sleep(max(0.01, self._sent_s + SILENT_S - self._clock()))
            if self._clock() - self._sent_s >= SILENT_S:
                self._send()

    # Frames

    def _send(self) -> None:
        self._number += 1
        self._snapshots.clear()
        frames = self._next()
        self._remember(frames)
        for view, frame in frames.items():
            for client in list(self._clients[view]):
                self._give(self._clients[view], client, frame)
        self.frames_sent += 1

    def _give(self, clients: dict[_Client, None], client: _Client, frame: bytes) -> None:
        if not client.put(frame):
            del clients[client]
            self.cut_off += 1

    def _next(self) -> dict[View, bytes]:
        """Return the next frame for each view; the public has none where only tracks changed."""
        now_s, parts = self._clock(), self._frames.next(self._mirror.now_ns)
        frames = self._framed("frame", parts)
        self._sent_s = now_s
        if parts.law or now_s - self._law_sent_s >= SILENT_S:
            self._law_sent_s = now_s
        else:
            del frames[View.PUBLIC]
        return frames

    def _snapshot(self, view: View) -> bytes:
        if view not in self._snapshots:
            self._snapshots = self._framed("snapshot", self._frames.whole(self._mirror.now_ns))
        return self._snapshots[view]

    def _framed(self, event: str, parts: Parts) -> dict[View, bytes]:
        """Return a frame as each view has it."""
        before = f"id: {self._epoch}-{self._number}\nevent: {event}\ndata: ".encode()
        law = self._stands() | parts.law
        seen = _encoder.encode(law | parts.watch)  # the same for all who see tracks, and never empty
        bare, named = (_joined(seen, _encoder.encode(each)) for each in (parts.bare, parts.named))
        masked = before + named + b"\n\n"
        return {
            View.PUBLIC: before + _encoder.encode(law) + b"\n\n",
            View.BARE: masked if bare == named else before + bare + b"\n\n",  # one frame for both, where it can be
            View.MASKED: masked,
        }

    def _stands(self) -> dict[str, Any]:
        mirror = self._mirror
        state = mirror.state if mirror.station_up or mirror.state != "up" else "silent"
        return {"now_ms": mirror.now_ns // 1_000_000, "recorded": mirror.recorded, "station": state}

    def _remember(self, frames: dict[View, bytes]) -> None:
        self._remembered.append((self._number, frames))
        self._remembered_bytes += _size(frames)
        while len(self._remembered) > REMEMBERED_FRAMES or self._remembered_bytes > REMEMBERED_BYTES:
            _, oldest = self._remembered.popleft()
            self._remembered_bytes -= _size(oldest)

    # Clients

    def _first(self, view: View, last_event_id: str | None) -> bytes:
        """Return what a client is sent first: the frames it missed, or a snapshot."""
        retry = b"retry: %d\n\n" % RETRY_MS
        epoch, _, number = (last_event_id or "").partition("-")
        if epoch == self._epoch and number.isascii() and number.isdigit() and len(number) <= NUMBER_DIGITS_MAX:
            last, oldest = int(number), self._remembered[0][0] if self._remembered else self._number + 1
            if oldest - 1 <= last <= self._number:
                return retry + b"".join(frames.get(view, b"") for each, frames in self._remembered if each > last)
        return retry + self._snapshot(view)

    async def frames(self, view: View, last_event_id: str | None = None) -> AsyncIterator[bytes]:
        """Yield the stream for one client, as bytes of server-sent events; ends where it takes too little."""
        client = _Client()
        first = self._first(view, last_event_id)
        self._clients[view][client] = None  # nothing is awaited in between: no frame falls into a gap
        try:
            yield first
            while data := await client.next():
                yield data
        finally:
            self._clients[view].pop(client, None)

    async def serve(self, view: View, last_event_id: str | None, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI) with the stream, until the client goes or is cut off; cheaper than `frames`."""
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        client = _Client()
        client.waiting.append(self._first(view, last_event_id))
        client.task = asyncio.create_task(_send_all(client, send))
        self._clients[view][client] = None
        gone = asyncio.create_task(_disconnected(receive))
        try:
            await asyncio.wait({client.task, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._clients[view].pop(client, None)
            client.task.cancel()
            gone.cancel()
            await asyncio.gather(client.task, gone, return_exceptions=True)


def _size(frames: dict[View, bytes]) -> int:
    """Return what frames take, those that views share once."""
    return sum({id(frame): len(frame) for frame in frames.values()}.values())


def _joined(one: bytes, more: bytes) -> bytes:
    """Return two objects of JSON as one; the first is not empty."""
    return one if more == b"{}" else one[:-1] + b"," + more[1:]


async def _send_all(client: _Client, send: Send) -> None:
    while data := await client.next():
        await send({"type": "http.response.body", "body": data, "more_body": True})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
