"""One connection's protocol by itself: what it counts, whatever pieces the bytes come in, and what it cuts off."""

import asyncio

import pytest
import uvicorn
from uvicorn.server import ServerState

from skykeep.station.webconfig import WebConfig
from skykeep.web import serving
from skykeep.web.patience import HEADERS_MAX_BYTES, Share, patient


class Wire(asyncio.Transport):
    """What the protocol writes, and whether it closed."""

    def __init__(self, address="192.0.2.1"):
        super().__init__({"peername": (address, 1), "sockname": ("127.0.0.1", 80)})
        self.written, self.closed = b"", False

    def write(self, data):
        self.written += data

    def close(self):
        self.closed = True

    def is_closing(self):
        return self.closed

    def pause_reading(self):
        """Nothing is read here."""

    def resume_reading(self):
        """Nothing is read here."""

    def set_write_buffer_limits(self, high=None, low=None):
        """Nothing is held back here."""


async def app(scope, receive, send):
    while (await receive()).get("more_body"):
        """To its end."""
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def told(pieces, kind=None):
    """Return what a connection answers to bytes that come in these reads, and whether it is closed."""

    async def run():
        config = uvicorn.Config(app, log_config=None, access_log=False)
        config.load()
        wire = Wire()
        connection = (kind or patient(header_s=9, body_s=9))(config, ServerState(), {})
        connection.connection_made(wire)
        for piece in pieces:
            if not wire.closed:
                connection.data_received(piece)
                await asyncio.sleep(0)
        for _ in range(5):
            await asyncio.sleep(0)
        said = wire.written.split(b"\r\n")[0], wire.closed
        connection.connection_lost(None)
        return said

    return asyncio.run(run())


BEGIN, END = b"GET / HTTP/1.1\r\nHost: x\r\n", b"\r\n"
SHAPES = {
    "one long header": BEGIN + b"X: " + b"a" * HEADERS_MAX_BYTES + b"\r\n" + END,
    "many short ones": BEGIN + b"X: a\r\n" * (HEADERS_MAX_BYTES // 6 + 1) + END,
    "a long address": b"GET /" + b"a" * HEADERS_MAX_BYTES + b" HTTP/1.1\r\nHost: x\r\n" + END,
    "with a body": BEGIN + b"Content-Length: 3\r\nX: " + b"a" * HEADERS_MAX_BYTES + b"\r\n" + END + b"abc",
}


@pytest.mark.requirement("SERVE-2", "STATION-PEOPLE-14")
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("piece_bytes", [10_000_000, 20_000, 1_000])
def test_too_many_headers_are_cut_off_however_they_come(shape, piece_bytes):
    sent = SHAPES[shape]
    pieces = [sent[at : at + piece_bytes] for at in range(0, len(sent), piece_bytes)]
    assert told(pieces) == (b"HTTP/1.1 431 Request Header Fields Too Large", True)


@pytest.mark.parametrize("pieces", [1, 7])
def test_as_many_as_there_may_be_are_read(pieces):
    sent = BEGIN + b"X: " + b"a" * (HEADERS_MAX_BYTES - 100) + b"\r\n" + END
    size = -(-len(sent) // pieces)
    assert told([sent[at : at + size] for at in range(0, len(sent), size)]) == (b"HTTP/1.1 204 No Content", False)


def test_a_large_body_is_no_header():
    body = b"a" * (HEADERS_MAX_BYTES * 2)
    sent = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    assert told([sent]) == (b"HTTP/1.1 204 No Content", False)


def test_trailers_have_the_same_end():
    sent = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    assert told([sent, b"X: a\r\n" * 10_000 + b"\r\n"]) == (b"", True)


def test_the_headers_of_each_request_are_counted_anew():
    one = BEGIN + b"X: " + b"a" * (HEADERS_MAX_BYTES // 2) + b"\r\n" + END
    assert told([one, one, one, one]) == (b"HTTP/1.1 204 No Content", False)


@pytest.mark.requirement("STATION-PEOPLE-14")
def test_a_share_is_held_given_back_and_told_of_now_and_then(caplog):
    share = Share(2)
    assert [share.take("a", 0.0) for _ in range(4)] == [True, True, False, False]
    assert share.take("b", 0.0)
    share.give("a")
    assert share.take("a", 1.0)
    assert not share.take("a", 59.0)
    assert len(caplog.records) == 1
    assert not share.take("a", 61.0)
    assert len(caplog.records) == 2
    for address in "aab":
        share.give(address)
    assert not share._held


def test_a_connection_beyond_the_share_is_told_so_and_not_counted_twice():
    kind = patient(header_s=9, body_s=9, each_max=1)
    assert kind.share.take("192.0.2.1", 0.0)
    assert told([], kind) == (b"HTTP/1.1 503 Service Unavailable", True)
    assert kind.share._held == {"192.0.2.1": 1}
    kind.share.give("192.0.2.1")
    assert told([BEGIN + END], kind) == (b"HTTP/1.1 204 No Content", False)
    assert not kind.share._held


@pytest.mark.parametrize(
    ("config", "each_max"),
    [({}, 250), ({"connections_max": 3}, 1), ({"connections_each_max": 7}, 7),
     ({"connections_each_max": 7, "trust_proxy": True}, 0)],
)  # fmt: skip
def test_the_share_is_a_quarter_unless_said_and_none_behind_a_proxy(config, each_max):
    assert serving._each_max(WebConfig(**config)) == each_max
