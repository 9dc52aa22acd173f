"""The web's side of the link, against a real record and a real socket: nothing is missed, and nothing taken twice."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from skykeep.errors import Unavailable
from skykeep.facts.personal import Name, NameKind
from skykeep.station.link import PROTOCOL, Answer, Ask, Beat, Hello, packed
from skykeep.station.linkserver import LinkServer
from skykeep.station.store import Store
from skykeep.station.telling import Telling
from skykeep.views.live import At, Changes, Live
from skykeep.web.mirror import Mirror, fold
from skykeep.web.viewsdb import ViewsDb
from tests.views.livefacts import T0_NS, Ticks, done, hour
from tests.waiting import PATIENCE_S
from tests.web.recorded import leaves

TICKS = hour(5, ticks=120)


class Station:
    """A record with one writer, and the link: what the station is to the web."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.record, self.path = folder, folder / "record", folder / "s"
        self.store = Store.create(self.record, meta={"record_id": "r"})
        self.telling = Telling()
        self.record_id = "r"
        self.server = LinkServer(self.path, hello=self.hello, execute=self.execute)

    def hello(self) -> Hello:
        return Hello(PROTOCOL, self.record_id, "0.2", "vkey", 1, self.store.durable(), 100)

    async def execute(self, ask: Ask) -> Answer:
        if ask.action == "never":
            await asyncio.Event().wait()
        return Answer(ask.number, 3, result=ask.arguments)

    def append(self, ticks: Ticks, *, publish: bool = True) -> None:
        for at, names, facts, told in ticks:
            told_of = leaves(names, facts, told)
            self.store.append(2 if at.tick else 1, at.tick, at.now_ns, told_of, bytes(32), bytes(32))
            self.store.wait_durable(at.entry_index + 1)
            ticked = self.telling.ticked(at.entry_index, at.tick, at.now_ns, told_of)
            if publish:
                self.server.publish(packed(ticked))
        self.server.publish(packed(Beat(ticks[-1][0].now_ns, recorded=True)))


class Noting:
    """Notes the order in which things were told."""

    def __init__(self) -> None:
        self.entries: list[int] = []
        self.beats: list[int] = []
        self.begun = 0
        self.from_entry = 0

    def took(self, changes: Changes, live: Live) -> None:
        assert live.at == changes.at
        self.entries.append(changes.at.entry_index)

    def beat(self, now_ns: int, *, recorded: bool) -> None:
        del recorded
        self.beats.append(now_ns)

    def anew(self, live: Live) -> None:
        self.begun += 1
        self.from_entry = live.at.entry_index


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:  # pytest's own paths can be longer than a socket's may be
        yield Path(name)


@pytest.fixture
def station(folder: Path) -> Iterator[Station]:
    made = Station(folder)
    yield made
    made.store.close()


@contextlib.asynccontextmanager
async def following(mirror: Mirror) -> AsyncIterator[Mirror]:
    task = asyncio.create_task(mirror.run())
    try:
        yield mirror
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110  # what is waited for tells nobody
            await asyncio.sleep(0.005)


def at_once(folder: Path, ticks: Ticks) -> list[tuple[object, ...]]:
    with ViewsDb(folder / "at-once.db") as db:
        db.require_of("r")
        view, telling = db.live(), Telling()
        for at, names, facts, told in ticks:
            db.take(fold(view, telling.ticked(at.entry_index, at.tick, at.now_ns, leaves(names, facts, told))))
        db.flush(view)
        return list(db.dump())


@pytest.mark.requirement("STATION-LIVE-1", "STATION-LIVE-2")
def test_what_came_before_and_what_comes_now_is_taken_once_each_in_order(station: Station) -> None:
    async def go() -> Noting:
        noting = Noting()
        station.append(TICKS[:50])
        await station.server.start()
        with ViewsDb(station.folder / "views.db") as views:
            async with following(Mirror(station.path, station.record, views, noting)) as mirror:
                await until(lambda: mirror.state == "up")
                station.append(TICKS[50:])
                await until(lambda: mirror.views.cursor == len(TICKS) and bool(noting.beats))
                assert mirror.station_up
                assert mirror.now_ns == TICKS[-1][0].now_ns
            found = list(views.dump())
        await station.server.close()
        assert found == at_once(station.folder, TICKS)
        return noting

    assert asyncio.run(go()).entries == list(range(len(TICKS)))


def test_what_the_link_leaves_out_is_read_in_the_record(station: Station) -> None:
    async def go() -> tuple[list[int], int]:
        noting = Noting()
        station.append(TICKS[:5])
        await station.server.start()
        with ViewsDb(station.folder / "views.db") as views:
            async with following(Mirror(station.path, station.record, views, noting)) as mirror:
                await until(lambda: mirror.state == "up")
                station.append(TICKS[5:40], publish=False)
                station.append(TICKS[40:41])
                await until(lambda: mirror.views.cursor == 41)
                gaps = mirror.gaps
        await station.server.close()
        return noting.entries, gaps

    assert asyncio.run(go()) == (list(range(41)), 35)


def test_when_the_station_goes_it_is_said_and_when_it_comes_back_all_goes_on(station: Station) -> None:
    async def go() -> list[int]:
        noting = Noting()
        await station.server.start()
        with ViewsDb(station.folder / "views.db") as views:
            async with following(Mirror(station.path, station.record, views, noting)) as mirror:
                await until(lambda: mirror.state == "up")
                await station.server.close()
                await until(lambda: mirror.state == "down" and bool(mirror.problem))
                assert not mirror.station_up
                with pytest.raises(Unavailable, match="nothing was done; come again in a few seconds"):
                    await mirror.ask(Ask(0, "alarm.ack", "anna", [], "alarm:1", "", b"{}", ""))
                station.append(TICKS[:30])
                await station.server.start()
                await until(lambda: mirror.views.cursor == 30 and mirror.state == "up")
                assert mirror.problem == ""
        await station.server.close()
        return noting.entries

    assert asyncio.run(go()) == list(range(30))


def test_it_waits_for_a_station_that_was_never_there_yet(folder: Path) -> None:
    async def go() -> tuple[str, str]:
        with ViewsDb(folder / "views.db") as views:
            async with following(Mirror(folder / "s", folder / "record", views)) as mirror:
                await until(lambda: bool(mirror.problem))
                return mirror.state, mirror.problem

    state, problem = asyncio.run(go())
    assert state == "down"
    assert "No such file" in problem


def test_each_ask_gets_its_own_answer_and_one_without_an_answer_says_so(station: Station) -> None:
    async def go() -> list[bytes]:
        await station.server.start()
        with ViewsDb(station.folder / "views.db") as views:
            async with following(Mirror(station.path, station.record, views)) as mirror:
                await until(lambda: mirror.state == "up")
                asks = [Ask(0, "zone.draft", "anna", [], "", "", b"%d" % number, "") for number in range(20)]
                answers = await asyncio.gather(*(mirror.ask(each) for each in asks))
                with pytest.raises(Unavailable, match="look before asking again"):
                    await mirror.ask(Ask(0, "never", "anna", [], "", "", b"", ""), timeout_s=0.05)
                never = asyncio.create_task(mirror.ask(Ask(0, "never", "anna", [], "", "", b"", "")))
                await until(lambda: station.server.asked == 22)
                for client in list(station.server.clients):
                    client.cut()
                with pytest.raises(Unavailable, match="the link to the station broke"):
                    await never
        for task in station.server.acts:
            task.cancel()
        await station.server.close()
        return [answer.result for answer in answers]

    assert asyncio.run(go()) == [b"%d" % number for number in range(20)]


@pytest.mark.parametrize("other", ["an older copy", "another record", "a shorter record"])
def test_views_of_another_record_are_made_anew(station: Station, other: str) -> None:
    async def go() -> tuple[int, int, list[int]]:
        noting = Noting()
        station.append(TICKS[:20])
        with ViewsDb(station.folder / "views.db") as views:
            views.require_of("q" if other == "another record" else "r")
            view = views.live()
            for at, names, facts, told in hour(6, ticks=20):
                now = At(at.entry_index, at.tick, at.now_ns + (other == "an older copy"))
                views.take(view.take(now, names, facts, told))
            if other == "a shorter record":
                views.take(view.take(At(20, 20, T0_NS), [], [], []))
            views.flush(view)
        await station.server.start()
        with ViewsDb(station.folder / "views.db") as views:
            async with following(Mirror(station.path, station.record, views, noting)) as mirror:
                await until(lambda: mirror.state == "up")
                cursor = mirror.views.cursor
        await station.server.close()
        return cursor, noting.from_entry, noting.entries

    assert asyncio.run(go()) == (20, -1, list(range(20)))


def test_what_was_never_durable_is_not_kept_and_what_the_station_lost_is_taken_back(station: Station) -> None:
    async def go() -> tuple[list[int], int, int]:
        noting = Noting()
        station.append(TICKS[:20])
        await station.server.start()
        with ViewsDb(station.folder / "views.db") as views:
            async with following(Mirror(station.path, station.record, views, noting)) as mirror:
                await until(lambda: mirror.state == "up")
                at, names, facts, told = TICKS[20]
                lost = station.telling.ticked(20, at.tick, at.now_ns + 5, leaves(names, facts, told))
                station.server.publish(packed(lost) + packed(Beat(at.now_ns + 5, recorded=False)))
                await until(lambda: mirror.views.cursor == 21 and not mirror.recorded)
                views.flush(mirror.live)
                kept = views._stored_at().entry_index
                for client in list(station.server.clients):
                    client.cut()  # as by the station's end; then it goes on from what was durable
                station.append(TICKS[20:25])
                await until(lambda: mirror.views.cursor == 25 and mirror.state == "up")
        await station.server.close()
        return noting.entries, noting.from_entry, kept

    assert asyncio.run(go()) == ([*range(21), *range(20, 25)], 19, 19)


@pytest.mark.requirement("STATION-LIVE-3")
def test_views_that_turn_out_damaged_as_they_are_written_are_made_anew(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skykeep.web.mirror.FLUSH_S", 0.01)
    monkeypatch.setattr("skykeep.web.mirror.BACK_OFF_S", (0.01,))
    harms: list[str] = []

    async def go() -> list[tuple[object, ...]]:
        await station.server.start()
        with ViewsDb(station.folder / "views.db") as views:
            put = views._put_meta

            def harmed(key: str, value: bytes) -> None:
                if key == "at" and views.cursor > 20 and len(harms) < 2:
                    harms.append(key)
                    raise sqlite3.DatabaseError("database disk image is malformed")
                put(key, value)

            monkeypatch.setattr(views, "_put_meta", harmed)
            async with following(Mirror(station.path, station.record, views)) as mirror:
                await until(lambda: mirror.state == "up")
                station.append(TICKS[:25])
                await until(lambda: len(harms) == 2)
                await until(lambda: mirror.state == "up" and views._stored_at().entry_index == 24)
                found = list(views.dump())
        await station.server.close()
        return found

    assert asyncio.run(go()) == at_once(station.folder, TICKS[:25])


def test_a_station_that_writes_another_record_than_lies_here_is_told(station: Station) -> None:
    async def go() -> tuple[str, str]:
        station.record_id = "q"
        await station.server.start()
        with ViewsDb(station.folder / "views.db") as views:
            async with following(Mirror(station.path, station.record, views)) as mirror:
                await until(lambda: "is not the record" in mirror.problem)
                found = mirror.state, mirror.problem
        await station.server.close()
        return found

    assert asyncio.run(go())[0] != "up"


@pytest.mark.requirement("STATION-LIVE-3")
@pytest.mark.parametrize("subject", ["person:x", "policy:names entries:0-0 leaves:1 bytes:30"])
def test_an_erasure_that_the_record_tells_of_reaches_the_views(
    station: Station, monkeypatch: pytest.MonkeyPatch, subject: str
) -> None:
    monkeypatch.setattr("skykeep.web.mirror.FORGET_AFTER_S", (0.0, 0.01, 0.05))
    name = Name("uas:gone", NameKind.UAS_ID, "GONESERIAL")
    ticks: Ticks = [
        (At(0, 0, T0_NS), [name, Name("uas:stays", NameKind.UAS_ID, "STAYS")], [], []),
        (At(1, 1, T0_NS + 1), [], [(0, done("record.erase", subject))], []),
        (At(2, 2, T0_NS + 2), [], [(0, done("record.erase", "policy:names entries:1-1 leaves:1 bytes:3"))], []),
    ]

    async def go() -> list[str]:
        await station.server.start()
        with ViewsDb(station.folder / "views.db") as views:
            async with following(Mirror(station.path, station.record, views)) as mirror:
                await until(lambda: mirror.state == "up")
                station.append(ticks[:1])
                await until(lambda: "uas:gone" in views.names(["uas:gone"]))
                station.store.erase([(0, 0)])
                station.append(ticks[1:])
                await until(lambda: not views.names(["uas:gone"]))
                await until(lambda: not mirror._forgetting)
                left = views.names(["uas:gone", "uas:stays"])
        await station.server.close()
        return list(left)

    assert asyncio.run(go()) == ["uas:stays"]


def test_names_that_cannot_be_destroyed_yet_are_tried_again_and_do_not_pile_up(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skykeep.web.mirror.FORGET_AFTER_S", (0.0, 0.0, 0.0))
    tried: list[int] = []

    async def unreadable(spans: list[range]) -> None:
        tried.append(len(spans))
        if len(tried) <= 3 * 5:
            raise Unavailable("the disk does not answer")

    async def go() -> None:
        with ViewsDb(station.folder / "views.db") as views:
            mirror = Mirror(station.path, station.record, views)
            monkeypatch.setattr(mirror, "_forget_within", unreadable)
            mirror._erasures = [range(1)]
            await mirror._forget()

    asyncio.run(go())
    assert tried == [1] * 3 * 6


@pytest.mark.requirement("STATION-LIVE-3")
def test_an_erasure_that_a_kill_kept_from_the_views_is_done_at_the_next_beginning(station: Station) -> None:
    told = Name("uas:gone", NameKind.UAS_ID, "GONESERIAL")
    with ViewsDb(station.folder / "views.db") as views:
        views.require_of("r")
        view = views.live()
        views.take(view.take(At(0, 0, T0_NS), [told], [(0, done("record.erase", "person:x"))], []))
        views.flush(view)
    station.append([(At(0, 0, T0_NS), [told], [(0, done("record.erase", "person:x"))], [])])
    station.store.erase([(0, 0)])

    async def go() -> None:
        with ViewsDb(station.folder / "views.db") as views:
            assert views.names(["uas:gone"])
            async with following(Mirror(station.path, station.record, views)):
                await until(lambda: not views.names(["uas:gone"]))

    asyncio.run(go())
