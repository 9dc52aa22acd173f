"""The live stream: frames put onto a snapshot give what a new snapshot shows, for whoever may see it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from skykeep.facts.concluded import TrackLost, Verdict
from skykeep.facts.personal import Name, NameKind
from skykeep.rules.powers import Role
from skykeep.views.live import At
from skykeep.views.livetracks import LEAVES_AFTER_NS
from skykeep.web import streamrows
from skykeep.web.api.stream import PUBLIC_MAX, STREAMS_MAX, _full, _view
from skykeep.web.caller import Caller
from skykeep.web.masking import Masking
from skykeep.web.mirror import Mirror
from skykeep.web.stream import BUFFER_MAX_BYTES, SILENT_S, Streams, View, _Client
from skykeep.web.viewsdb import ViewsDb
from tests.views.livefacts import SECOND_NS, T0_NS, alarm, estimated, hour, identified, incident, system, verdict, zone
from tests.waiting import PATIENCE_S

Event = tuple[str, str, dict[str, Any]]


class Watch:
    """A mirror without a station, told tick by tick, and the streams of it."""

    def __init__(self, folder: Path) -> None:
        self.views = ViewsDb(folder / "views.db")
        self.mirror = Mirror(folder / "s", folder / "record", self.views)
        self.mirror.state = "catching_up"
        self.clock_s = 100.0
        self.streams = Streams(self.mirror, lambda: self.clock_s)
        self.entry = 0

    def tick(
        self,
        told: list[object],
        facts: list[object] | None = None,
        names: list[Name] | None = None,
        *,
        after_s: float = 1,
    ) -> None:
        now_ns = self.mirror.now_ns + int(after_s * SECOND_NS) if self.mirror.now_ns else T0_NS
        at = At(self.entry, self.entry, now_ns)
        changes = self.mirror.live.take(at, names or [], list(enumerate(facts or [])), told)
        self.views.take(changes)
        self.streams.took(changes, self.mirror.live)
        self.entry += 1
        self.beat(now_ns)

    def beat(self, now_ns: int, *, recorded: bool = True) -> None:
        self.mirror.now_ns, self.mirror.recorded = now_ns, recorded
        self.streams.beat(now_ns, recorded=recorded)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    made = Watch(tmp_path)
    yield made
    made.views.close()


def events(data: bytes) -> list[Event]:
    found: list[Event] = []
    for block in data.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines())
        if "data" in lines:
            found.append((lines["id"], lines["event"], msgspec.json.decode(lines["data"])))
    return found


async def take(stream: AsyncIterator[bytes]) -> list[Event]:
    async with asyncio.timeout(PATIENCE_S):
        return events(await anext(stream))


def snapshot(watch: Watch, view: View = View.MASKED) -> dict[str, Any]:
    ((_, event, shown),) = events(watch.streams._first(view, None))
    assert event == "snapshot"
    return shown


def put_on(shown: dict[str, dict[Any, Any]], frame: dict[str, Any]) -> None:
    """Do what a console does with a frame."""
    for track_id in frame.get("gone", ()):
        for kind in ("tracks", "about"):
            shown[kind].pop(track_id, None)
    for track_id in [row[0] for row in frame.get("tracks", ())]:
        shown["last"].pop(track_id, None)
    for kind in ("tracks", "about", "alarms", "incidents", "presences", "last"):
        shown[kind] |= {row[0]: row for row in frame.get(kind, ())}
    for kind in ("zones", "health"):
        shown[kind] |= {(row[0], row[1]): row for row in frame.get(kind, ())}


def empty() -> dict[str, dict[Any, Any]]:
    return {kind: {} for kind in ("tracks", "about", "alarms", "incidents", "presences", "zones", "health", "last")}


@pytest.mark.requirement("STATION-LIVE-4")
@pytest.mark.parametrize("seed", range(5))
def test_frames_put_onto_a_snapshot_show_what_a_new_snapshot_shows(watch: Watch, seed: int) -> None:
    ticks = hour(seed, ticks=250)

    async def go() -> dict[str, dict[Any, Any]]:
        shown = empty()
        for _at, names, facts, told in ticks[:40]:
            watch.tick(told, [fact for _, fact in facts], names, after_s=9)
        stream = watch.streams.frames(View.MASKED)
        ((_, _, first),) = await take(stream)
        put_on(shown, first)
        for _at, names, facts, told in ticks[40:]:
            watch.tick(told, [fact for _, fact in facts], names, after_s=9)
            watch.streams._send()  # as by the clock, for a tick that changed nothing
            for _, event, frame in await take(stream):
                assert event == "frame"
                put_on(shown, frame)
        await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
        return shown

    shown, fresh = asyncio.run(go()), empty()
    put_on(fresh, snapshot(watch, View.MASKED))
    for kind in ("tracks", "zones", "health"):
        assert shown[kind] == fresh[kind]
    for kind in ("about", "alarms", "incidents", "presences", "last"):
        assert {key: shown[kind][key] for key in fresh[kind]} == fresh[kind]
    assert fresh["tracks"]
    assert all(shown["alarms"][key][6] == "normal" for key in shown["alarms"].keys() - fresh["alarms"].keys())
    assert all(shown["incidents"][key][4] == "closed" for key in shown["incidents"].keys() - fresh["incidents"].keys())
    assert not any(shown["presences"][key][2] for key in shown["presences"].keys() - fresh["presences"].keys())


def test_rows_have_the_columns_that_the_reference_lists(watch: Watch) -> None:
    names = [Name("uas:1", NameKind.UAS_ID, "1596F0123456789"), Name("place:a", NameKind.PLACE, "50.1,30.25,12")]
    told = [estimated(T0_NS, 1), identified(1), verdict(1, Verdict.NOT_PERMITTED), alarm(3, 1, "unacknowledged")]
    watch.tick([*told, incident(2, alarm_ids=(3,), track_ids=(1,))], [system("tx:a", "place:a"), zone("Z")], names)
    shown = snapshot(watch, View.MASKED)
    (track,), (about,) = shown["tracks"], shown["about"]
    (alarmed,), (case,), (ruling,) = shown["alarms"], shown["incidents"], shown["zones"]
    track, about = dict(zip(streamrows.TRACK, track, strict=True)), dict(zip(streamrows.ABOUT, about, strict=True))
    assert (track["t_ms"], track["lat_e7"], track["alt_mm"], track["phase"]) == (T0_NS // 10**6, 500_000_000, 0, 1)
    assert (about["identity"], about["verdict"], about["zone_id"]) == ("1596…89", "not_permitted", "Z")
    assert (about["alarm_ids"], about["incident_ids"]) == ([3], [2])
    assert dict(zip(streamrows.ALARM, alarmed, strict=True))["seen"] == str(T0_NS)
    assert dict(zip(streamrows.INCIDENT, case, strict=True))["rung"] == "suspected"
    assert ruling == ["Z", 1, "announced", "no", (T0_NS + 10 * SECOND_NS) // 10**6, False, True]


@pytest.mark.requirement("CONSOLE-19")
@pytest.mark.parametrize("by_a_tick", [False, True])
def test_an_alarm_that_nobody_saw_keeps_who_and_where_after_its_flight_is_gone(watch: Watch, by_a_tick: bool) -> None:
    names = [Name("uas:1", NameKind.UAS_ID, "1596F0123456789")]
    flies = [estimated(T0_NS, 1, said_datum=1, said_mm=90_000, above_mm=-(2**63)), identified(1)]
    watch.tick([*flies, verdict(1, Verdict.NOT_PERMITTED, "Z"), alarm(3, 1, "unacknowledged")], [zone("Z")], names)
    watch.tick([verdict(1, Verdict.NO_RULE, "Z", clause="left_zone"), verdict(1, Verdict.CANNOT_TELL, "Y")])
    before = snapshot(watch)
    assert dict(zip(streamrows.ALARM, before["alarms"][0], strict=True))["zone_id"] == "Z"  # not where it is by now
    assert before["last"] == []

    async def gone() -> dict[str, Any]:
        stream = watch.streams.frames(View.MASKED)
        await take(stream)
        watch.tick([TrackLost(track_id=1, t_ns=T0_NS, last_heard_ns=T0_NS), alarm(3, 1, "returned_unacknowledged")])
        await take(stream)
        assert watch.mirror.now_ns
        if by_a_tick:
            watch.tick([], after_s=LEAVES_AFTER_NS / SECOND_NS)
        else:
            watch.beat(watch.mirror.now_ns + LEAVES_AFTER_NS)
        ((_, _, frame),) = await take(stream)
        await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
        return frame

    frame, after = asyncio.run(gone()), snapshot(watch)
    assert frame["gone"] == [1]
    assert after["tracks"] == []
    assert frame["last"] == after["last"] == before["tracks"]
    assert frame["about"] == after["about"]
    about = dict(zip(streamrows.ABOUT, after["about"][0], strict=True))
    assert (about["identity"], about["verdict"]) == ("1596…89", "cannot_tell")
    assert snapshot(watch, View.BARE)["about"][0][3] == "uas:1"
    assert "last" not in snapshot(watch, View.PUBLIC)
    watch.tick([alarm(3, 1, "normal")])
    assert (snapshot(watch)["last"], snapshot(watch)["about"]) == ([], [])


@pytest.mark.requirement("STATION-MASK-1")
@pytest.mark.parametrize(
    ("manned", "kind", "shown"),
    [(True, "callsign", "HELI2"), (False, "callsign", "H…"), (True, "serial", "H…"), (True, "registration", "H…")],
)
def test_the_callsign_of_a_manned_aircraft_is_no_secret(watch: Watch, manned: bool, kind: str, shown: str) -> None:
    called = msgspec.structs.replace(identified(1), manned=manned, id_kind=kind)
    watch.tick([estimated(T0_NS, 1), called], [], [Name("uas:1", NameKind.CALLSIGN, "HELI2")])
    assert snapshot(watch, View.MASKED)["about"][0][3] == shown
    assert snapshot(watch, View.BARE)["about"][0][3] == "uas:1"
    track = watch.mirror.live.tracks.one(1)
    names = watch.mirror.views.names
    for role, seen in ((Role.DUTY_OFFICER, shown), (Role.INTEGRATOR, "uas:1")):
        assert Masking(names)(Caller(roles=(role,), kind="session"), track).identity.uas_id == seen


@pytest.mark.requirement("STATION-LIVE-5")
def test_each_view_sees_what_it_may_and_no_more(watch: Watch) -> None:
    names = [Name("uas:1", NameKind.UAS_ID, "1596F0123456789"), Name("place:a", NameKind.PLACE, "50.1,30.25")]
    streams = {view: watch.streams.frames(view) for view in View}

    async def go() -> dict[View, str]:
        said = dict.fromkeys(View, "")
        for stream in streams.values():
            await anext(stream)
        watch.clock_s += SILENT_S
        watch.tick([estimated(T0_NS, 1), identified(1)], [system("tx:a", "place:a"), zone("Z")], names)
        for view, stream in streams.items():
            said[view] = (await anext(stream)).decode() + watch.streams._first(view, None).decode()
            await stream.aclose()  # type: ignore[attr-defined]
        return said

    said = asyncio.run(go())
    assert not any("501000000" in each or "50.1" in each for each in said.values())
    assert "1596…89" in said[View.MASKED]
    assert "1596" not in said[View.BARE]
    assert "uas:1" in said[View.BARE]
    assert "501000000" not in said[View.BARE]
    assert all("1596F0123456789" not in each for each in said.values())
    assert set(events(said[View.PUBLIC].encode())[0][2]) == {"now_ms", "recorded", "station", "zones"}
    assert "tracks" not in said[View.PUBLIC]


@pytest.mark.requirement("STATION-LIVE-5", "STATION-MASK-1")
@pytest.mark.parametrize(
    ("roles", "view"),
    [("public", View.PUBLIC), ("pilot", View.PUBLIC), ("admin publisher permit_officer", View.PUBLIC),
     ("integrator", View.BARE), ("integrator pilot admin", View.BARE), ("site_security", View.MASKED),
     ("duty_officer", View.MASKED), ("field_officer", View.MASKED), ("auditor", View.MASKED)],
)  # fmt: skip
def test_a_machine_of_others_sees_pseudonyms_where_people_see_masked_values(roles: str, view: View) -> None:
    assert _view(Caller(kind="token", roles=tuple(Role(each) for each in roles.split()))) is view


@pytest.mark.requirement("ASVS-2")
def test_the_public_takes_no_stream_from_who_must_see(watch: Watch) -> None:
    clients = watch.streams._clients
    clients[View.PUBLIC] = {_Client(): None for _ in range(PUBLIC_MAX)}
    assert _full(watch.streams, View.PUBLIC)
    assert not _full(watch.streams, View.MASKED)
    clients[View.MASKED] = {_Client(): None for _ in range(STREAMS_MAX - PUBLIC_MAX)}
    assert _full(watch.streams, View.MASKED)


def test_a_client_that_comes_back_gets_what_it_missed_and_nothing_twice(watch: Watch) -> None:
    for number in range(5):
        watch.tick([estimated(watch.mirror.now_ns, number)])
    ids = [f"{watch.streams._epoch}-{number}" for number in range(1, 6)]
    missed = events(watch.streams._first(View.MASKED, ids[1]))
    assert [(each, event) for each, event, _ in missed] == [(each, "frame") for each in ids[2:]]
    assert [frame["tracks"][0][0] for _, _, frame in missed] == [2, 3, 4]
    assert events(watch.streams._first(View.MASKED, ids[4])) == []


@pytest.mark.parametrize("last", ["", "x", "ffffffff-3", "{}-99", "{}--1", "{}-1" + "0" * 40, "{}-٣", "{}-"])
def test_a_client_that_names_no_frame_of_ours_gets_a_snapshot(watch: Watch, last: str) -> None:
    watch.tick([estimated(T0_NS, 1)])
    ((_, event, _),) = events(watch.streams._first(View.MASKED, last.format(watch.streams._epoch)))
    assert event == "snapshot"


def test_what_is_no_longer_remembered_is_a_snapshot(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skykeep.web.stream.REMEMBERED_FRAMES", 3)
    for number in range(6):
        watch.tick([estimated(watch.mirror.now_ns, number)])
    first = [events(watch.streams._first(View.MASKED, f"{watch.streams._epoch}-{n}"))[0][1] for n in (2, 3, 5)]
    assert first == ["snapshot", "frame", "frame"]


def test_a_lost_track_goes_by_the_clock_although_no_tick_says_so_and_comes_back(watch: Watch) -> None:
    async def go() -> list[dict[str, Any]]:
        watch.tick([estimated(T0_NS, 1, 2)])
        watch.tick([TrackLost(track_id=1, t_ns=T0_NS, last_heard_ns=T0_NS)])
        stream = watch.streams.frames(View.MASKED)
        frames = [(await take(stream))[0][2]]
        watch.beat(watch.mirror.now_ns + LEAVES_AFTER_NS)
        watch.beat(watch.mirror.now_ns + SECOND_NS)
        frames += [frame for _, _, frame in await take(stream)]
        frames.append(snapshot(watch))
        watch.tick([estimated(watch.mirror.now_ns, 1)])
        frames += [frame for _, _, frame in await take(stream)]
        await stream.aclose()  # type: ignore[attr-defined]
        return frames

    first, gone, between, back = asyncio.run(go())
    assert [row[0] for row in first["tracks"]] == [1, 2]
    assert gone["gone"] == [1]
    assert [row[0] for row in between["tracks"]] == [2]
    assert ([row[0] for row in back["tracks"]], back.get("gone")) == ([1], None)


@pytest.mark.requirement("STATION-LIVE-4")
def test_a_silent_sky_still_tells_the_time_and_a_silent_station_does_not(watch: Watch) -> None:
    async def go() -> list[dict[str, Any]]:
        watch.tick([estimated(T0_NS, 1)])
        stream = watch.streams.frames(View.MASKED)
        await take(stream)
        running = asyncio.create_task(watch.streams.run())
        frames = []
        for step in range(1, 4):
            watch.clock_s += SILENT_S
            if step < 3:  # then nothing is heard of the station
                watch.beat(T0_NS + step * SECOND_NS, recorded=step != 2)
            frames += [frame for _, _, frame in await take(stream)]
        running.cancel()
        await stream.aclose()  # type: ignore[attr-defined]
        return frames

    frames = asyncio.run(go())
    assert [frame["now_ms"] - T0_NS // 10**6 for frame in frames] == [1000, 2000, 2000]
    assert [frame["recorded"] for frame in frames] == [True, False, False]


def test_a_client_that_takes_too_little_is_cut_off_and_the_others_are_not(watch: Watch) -> None:
    async def go() -> tuple[int, int, bool]:
        deaf, well = watch.streams.frames(View.MASKED), watch.streams.frames(View.MASKED)
        await take(deaf)
        await take(well)
        taken, size = 0, 0
        while size <= BUFFER_MAX_BYTES:
            watch.tick([estimated(watch.mirror.now_ns, *range(3000))])
            data = await anext(well)
            size, taken = size + len(data), taken + 1
        ended = [each async for each in deaf] == []
        clients = watch.streams.clients
        await well.aclose()  # type: ignore[attr-defined]
        return watch.streams.cut_off, clients, ended

    assert asyncio.run(go()) == (1, 1, True)


class Socket:
    """An ASGI server's side of one request: takes what is sent as long as it is let."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.went = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.went.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await self.reads.wait()
        self.sent.append(message)


@pytest.mark.parametrize("how", ["goes", "stops reading"])
def test_as_an_asgi_answer_it_ends_when_the_client_goes_or_stops_reading(watch: Watch, how: str) -> None:
    async def go() -> list[Any]:
        socket = Socket()
        task = asyncio.create_task(watch.streams.serve(View.MASKED, None, socket.receive, socket.send))
        async with asyncio.timeout(PATIENCE_S):
            while len(socket.sent) < 2:  # noqa: ASYNC110  # the socket tells nobody
                await asyncio.sleep(0)
            if how == "goes":
                socket.went.set()
            else:
                socket.reads.clear()
                while watch.streams.clients:
                    watch.tick([estimated(watch.mirror.now_ns, *range(3000))])
                    await asyncio.sleep(0)
            await task
        assert watch.streams.clients == 0
        return socket.sent

    start, first, *_ = asyncio.run(go())
    assert (start["status"], dict(start["headers"])[b"content-type"]) == (200, b"text/event-stream")
    assert first["more_body"]
    assert events(first["body"])[0][1] == "snapshot"


def test_another_record_is_a_new_snapshot_for_all(watch: Watch) -> None:
    async def go() -> list[Event]:
        watch.tick([estimated(T0_NS, 1)])
        stream = watch.streams.frames(View.MASKED)
        await take(stream)
        watch.views.begin_anew()
        watch.mirror._anew()
        found = await take(stream)
        await stream.aclose()  # type: ignore[attr-defined]
        return found

    ((_, event, shown),) = asyncio.run(go())
    assert (event, shown["tracks"], shown["zones"]) == ("snapshot", [], [])


def test_a_zone_that_begins_to_rule_is_told_by_the_clock_and_once(watch: Watch) -> None:
    async def go() -> list[dict[str, Any]]:
        watch.tick([], [zone("Z"), zone("Y", effective_from_ns=T0_NS)])
        stream = watch.streams.frames(View.PUBLIC)
        frames = [(await take(stream))[0][2]]
        for seconds in (9, 10, 11):
            watch.beat(T0_NS + seconds * SECOND_NS)
        frames += [frame for _, _, frame in await take(stream)]
        await stream.aclose()  # type: ignore[attr-defined]
        return frames

    first, begins = asyncio.run(go())
    assert [row[:4] for row in first["zones"]] == [["Y", 1, "in_force", "yes"], ["Z", 1, "announced", "no"]]
    assert [row[:4] for row in begins["zones"]] == [["Z", 1, "in_force", "yes"]]
    assert begins["now_ms"] == (T0_NS + 10 * SECOND_NS) // 10**6
