"""What the station process and the web process say to each other, over a local socket.

    each message    4 bytes length, big-endian; then MessagePack of one tagged struct below

The station serves the socket (`run/station.sock`, readable by its owner only); it sends `Hello` at once, then `Ticked`
for each tick once that is durable, `Beat` after each step, also of silent ticks, and `Status` each second. The web
asks with `Ask` and gets one `Answer` for each. Whoever reads too slowly is cut off and comes again: it reads what it
missed in the record. Nothing that the web does, or fails to do, makes the station wait.

Only what views are made of goes over the link: what the authority enacted, what people did, what the station observed
of itself, the Remote ID System messages that move an operator's place, and every conclusion. Observations stay in the
record. Personal values go over it (`names`): the web masks them by the power of whoever asks.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Union

import msgspec

from skykeep.errors import Malformed

PROTOCOL = 1
LENGTH_BYTES = 4
MESSAGE_MAX = 64 << 20


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """Who the station is, and how far its record is durable."""

    protocol: int
    record_id: str
    program_version: str
    vkey: str  # of the record's checkpoints
    began_ns: int  # when this run began
    durable: int  # entries; what is to be read in the record, the rest comes as `Ticked`
    tick_ms: int


class Ticked(msgspec.Struct, frozen=True, tag="ticked"):
    """One durable tick, as far as views are made of it; bodies as `facts.codec` encodes them."""

    entry_index: int
    tick: int
    now_ns: int
    names: list[bytes]
    facts: list[tuple[int, bytes]]  # (index among the facts of the tick, body)
    concluded: list[bytes]


class Beat(msgspec.Struct, frozen=True, tag="beat"):
    """A step is complete up to `now_ns`, and what it concluded is durable, or not within a second (`recorded`)."""

    now_ns: int
    recorded: bool


class SensorStatus(msgspec.Struct, frozen=True):
    """How one sensor does; counts are since the station began."""

    sensor_id: str
    feed: str
    format: str
    keyed: bool  # it proved who it is
    connected: bool
    frames: int
    facts: int
    unreadable: int
    dropped: int  # packets that the kernel threw away
    last_ns: int | None  # when something of it arrived last
    rate_hz: float  # frames, over the last ten seconds
    latency_ns: int | None  # of the last one: from its own time to its arrival, where it has one
    ended: bool = False  # it was heard in a recording that was played to its end: it is not silent, there is no more


class HealthStatus(msgspec.Struct, frozen=True):
    """One thing that is not well."""

    what: str  # facts.acted.Health
    subject: str
    unseen: str
    since_ns: int
    value: int | None
    unit: str


class Status(msgspec.Struct, frozen=True, tag="status"):
    """How the station does: not from the record, and not kept."""

    now_ns: int
    recorded: bool
    durable: int
    ticks: int
    step_p99_us: int
    overruns: int
    waiting_ticks: int  # not durable yet
    tracks: int
    facts: int  # since the beginning of the run
    disk_free_bytes: int
    rss_bytes: int
    clock_offset_ns: int  # of the system's clock against the station's time
    sensors: list[SensorStatus]
    ill: list[HealthStatus]


OTHER_REQUEST = "this idempotency key was used for another request: use a new one for each thing you ask"


class Ask(msgspec.Struct, frozen=True, tag="ask"):
    """Somebody wants something done; the web says who it is, the station admits by `rules.powers` once more."""

    number: int  # of this connection, for the answer
    action: str  # a row of rules.powers.TABLE
    person: str  # account name; "" for the public
    roles: list[str]
    subject: str  # "alarm:17", "incident:3", "zone:KEEP-OUT" ...; "" where there is none
    reason: str
    arguments: bytes  # JSON, as station.commands takes it for this action
    key: str  # idempotency: the same key gives the same answer and does nothing twice; "" for none
    data: bytes = b""  # a file that belongs to it

    @property
    def fingerprint(self) -> bytes:
        """What is asked for, whoever asks over whichever connection: the same key may come again with this alone."""
        return msgspec.msgpack.encode((self.action, self.subject, self.reason, self.arguments, self.data))


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """What came of it; done, once it is durable."""

    number: int
    entry_index: int | None  # where it stands in the record; None: it is not recorded
    result: bytes = b"null"  # JSON
    problem: str = ""  # "": done; else "refused", "malformed", "unavailable", "corrupt"
    detail: str = ""


Message = Union[Hello, Ticked, Beat, Status, Ask, Answer]  # noqa: UP007  # msgspec wants the union itself
_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


def packed(message: Message) -> bytes:
    """Return a message as it goes over the link."""
    body = _encoder.encode(message)
    return struct.pack(">I", len(body)) + body


class Reader:
    """Cuts a stream into messages; keeps only the unread tail."""

    def __init__(self) -> None:
        self._tail = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """Yield the messages that `data` completes; Malformed where it is none of ours: close the link then."""
        self._tail += data
        start = 0
        while len(self._tail) - start >= LENGTH_BYTES:
            (length,) = struct.unpack_from(">I", self._tail, start)
            if length > MESSAGE_MAX:
                raise Malformed(f"link: a message of {length} bytes; at most {MESSAGE_MAX} can be")
            end = start + LENGTH_BYTES + length
            if len(self._tail) < end:
                break
            try:
                yield _decoder.decode(bytes(self._tail[start + LENGTH_BYTES : end]))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:  # msgspec lets those through
                raise Malformed(f"link: no message of ours: {error}") from error
            start = end
        del self._tail[:start]
