"""The station's side of the link: who gets what in which order, and who is cut off."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import stat
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from skykeep.errors import Refused, Unavailable
from skykeep.station.link import PROTOCOL, Answer, Ask, Beat, Hello, Message, Reader, packed
from skykeep.station.linkserver import ASKS_MAX, LinkServer
from tests.waiting import PATIENCE_S

_OPENED: list[asyncio.StreamWriter] = []


def hello(durable: int = 7) -> Hello:
    return Hello(PROTOCOL, "record", "0.1", "vkey", 1, durable, 100)


def ask(number: int, action: str = "alarm.ack") -> Ask:
    return Ask(number, action, "anna", ["duty_officer"], "alarm:1", "", b"{}", "")


async def done(request: Ask) -> Answer:
    await asyncio.sleep(0)
    return Answer(request.number, 11, result=request.subject.encode())


class Client:
    """Reads messages one by one, with a deadline."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._cut = Reader()
        self._waiting: list[Message] = []

    async def next(self) -> Message | None:
        while not self._waiting:
            data = await asyncio.wait_for(self.reader.read(1 << 16), PATIENCE_S)
            if not data:
                return None
            self._waiting += self._cut.feed(data)
        return self._waiting.pop(0)


@pytest.fixture
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own paths can be longer than a socket's may be
        yield Path(folder) / "run" / "station.sock"


@contextlib.asynccontextmanager
async def serving(server: LinkServer) -> AsyncIterator[LinkServer]:
    await server.start()
    try:
        yield server
    finally:
        await server.close()
        while _OPENED:
            writer = _OPENED.pop()
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def came(path: Path) -> Client:
    reader, writer = await asyncio.open_unix_connection(str(path))
    _OPENED.append(writer)
    return Client(reader, writer)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110  # what is waited for is the server's, which tells nobody
            await asyncio.sleep(0.002)


def test_a_client_hears_hello_and_then_all_that_is_published_from_another_thread_in_order(path: Path) -> None:
    def beat(server: LinkServer) -> None:
        for number in range(500):
            server.publish(packed(Beat(number, recorded=True)))

    async def go() -> list[Message | None]:
        async with serving(LinkServer(path, hello=hello, execute=done)) as server:
            client = await came(path)
            first = await client.next()
            thread = threading.Thread(target=beat, args=(server,))
            thread.start()
            told = [first, *[await client.next() for _ in range(500)]]
            thread.join()
            return told

    told = asyncio.run(go())
    assert told[0] == hello()
    assert [message.now_ns for message in told[1:] if isinstance(message, Beat)] == list(range(500))


@pytest.mark.requirement("STATION-LIVE-1")
def test_only_the_owner_may_open_the_socket_and_it_is_gone_afterwards(path: Path) -> None:
    async def go() -> int:
        async with serving(LinkServer(path, hello=hello, execute=done)):
            return stat.S_IMODE(path.stat().st_mode)  # noqa: ASYNC240  # nothing else runs here

    assert asyncio.run(go()) == 0o600
    assert not path.exists()


def test_a_socket_left_by_a_station_that_was_killed_is_replaced(path: Path) -> None:
    path.parent.mkdir()
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()

    async def go() -> Message | None:
        async with serving(LinkServer(path, hello=hello, execute=done)):
            return await (await came(path)).next()

    assert asyncio.run(go()) == hello()


def test_each_ask_gets_its_answer_also_when_another_takes_longer(path: Path) -> None:
    async def execute(request: Ask) -> Answer:
        if request.action == "slow":
            await held.wait()
        if request.action == "no":
            raise Refused("no: ask an admin")
        return await done(request)

    async def go() -> list[Message | None]:
        async with serving(LinkServer(path, hello=hello, execute=execute)):
            client = await came(path)
            await client.next()
            client.writer.write(packed(ask(1, "slow")) + packed(ask(2)) + packed(ask(3, "no")))
            answers = [await client.next(), await client.next()]
            held.set()
            return [*answers, await client.next()]

    held = asyncio.Event()
    answers = asyncio.run(go())
    assert answers[2] == Answer(1, 11, result=b"alarm:1")
    assert sorted(a.number for a in answers[:2] if isinstance(a, Answer)) == [2, 3]
    assert Answer(3, None, problem="refused", detail="no: ask an admin") in answers


def test_what_was_begun_is_done_although_whoever_asked_has_gone(path: Path) -> None:
    finished: list[int] = []

    async def execute(request: Ask) -> Answer:
        await held.wait()
        finished.append(request.number)
        return await done(request)

    async def go() -> None:
        async with serving(LinkServer(path, hello=hello, execute=execute)) as server:
            client = await came(path)
            client.writer.write(packed(ask(1)))
            await until(lambda: server.asked == 1)
            client.writer.close()
            await until(lambda: not server.clients)
            held.set()

    held = asyncio.Event()
    asyncio.run(go())
    assert finished == [1]


def test_more_asks_than_a_client_may_have_under_way_are_told_so(path: Path) -> None:
    async def execute(request: Ask) -> Answer:
        await held.wait()
        return await done(request)

    async def go() -> Message | None:
        async with serving(LinkServer(path, hello=hello, execute=execute)):
            client = await came(path)
            await client.next()
            client.writer.write(b"".join(packed(ask(number)) for number in range(ASKS_MAX + 1)))
            answer = await client.next()
            held.set()
            return answer

    held = asyncio.Event()
    answer = asyncio.run(go())
    assert isinstance(answer, Answer)
    assert (answer.number, answer.problem) == (ASKS_MAX, "unavailable")


@pytest.mark.requirement("STATION-LIVE-1")
def test_a_client_that_does_not_read_is_cut_off_and_the_others_miss_nothing(path: Path) -> None:
    async def go() -> tuple[int, list[int]]:
        async with serving(LinkServer(path, hello=hello, execute=done, buffer_max_bytes=200_000)) as server:
            deaf, well = await came(path), await came(path)
            deaf.writer.transport.pause_reading()  # type: ignore[attr-defined]  # the transport reads too
            await until(lambda: len(server.clients) == 2)
            heard: list[int] = []
            await well.next()
            number = 0
            while server.cut_off == 0:
                server.publish(b"".join(packed(Beat(number + i, recorded=True)) for i in range(1000)))
                for _ in range(1000):
                    message = await well.next()
                    assert isinstance(message, Beat)
                    heard.append(message.now_ns)
                number += 1000
            await until(lambda: len(server.clients) == 1)
            return len(server.clients), heard

    clients, heard = asyncio.run(go())
    assert clients == 1
    assert heard == list(range(len(heard)))


@pytest.mark.requirement("STATION-LIVE-1")
def test_when_the_serving_loop_stands_still_clients_are_cut_off_rather_than_sent_a_gap(path: Path) -> None:
    async def go() -> tuple[int, Message | None, Message | None]:
        async with serving(LinkServer(path, hello=hello, execute=done, buffer_max_bytes=1000)) as server:
            client = await came(path)
            first = await client.next()
            for number in range(200):  # no await: the loop does not get to send
                server.publish(packed(Beat(number, recorded=True)))
            await until(lambda: not server.clients)
            return server.cut_off, first, await client.next()

    assert asyncio.run(go()) == (1, hello(), None)


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff", packed(Beat(1, recorded=True)), b"\0\0\0\1\xc1"])
def test_who_sends_what_is_no_ask_is_cut_off(path: Path, data: bytes) -> None:
    async def go() -> tuple[int, Message | None, Message | None]:
        async with serving(LinkServer(path, hello=hello, execute=done)) as server:
            client = await came(path)
            first = await client.next()
            client.writer.write(data)
            last = await client.next()
            return server.malformed, first, last

    malformed, first, last = asyncio.run(go())
    assert (first, last) == (hello(), None)
    assert malformed == 1


def test_hello_is_asked_for_after_the_client_is_listed_so_that_no_tick_falls_between(path: Path) -> None:
    listed: list[int] = []

    def said() -> Hello:
        listed.append(len(server.clients))
        return hello()

    async def go() -> None:
        async with serving(server):
            await (await came(path)).next()

    server = LinkServer(path, hello=said, execute=done)
    asyncio.run(go())
    assert listed == [1]


def test_a_path_too_long_for_a_socket_is_told(tmp_path: Path) -> None:
    server = LinkServer(tmp_path / ("x" * 120) / "station.sock", hello=hello, execute=done)
    with pytest.raises(Unavailable, match="longer than a socket's path"):
        asyncio.run(server.start())


def test_publishing_before_the_start_and_after_the_end_is_no_error(path: Path) -> None:
    async def go() -> int:
        server.publish(b"early")
        async with serving(server):
            pass
        server.publish(b"late")
        return len(server.clients)

    server = LinkServer(path, hello=hello, execute=done)
    assert asyncio.run(go()) == 0
