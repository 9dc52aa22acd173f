"""The live stream under load: many clients of one web process, over real sockets, and what that costs.

    python -m benchmarks.bench_stream [--seconds 20] [--clients 200] [--tracks 1000] [--json]

Three processes: this one plays the station (each track is estimated once a second, a tenth of them in each tick of
100 ms, one in fifty is judged anew), the web folds that, keeps views, puts frames together and serves them on uvicorn,
and a third reads all streams. Told are:

    processor   of one core, of the web process alone
    latency     from the station's socket to a client's: the frame's `now_ms` against the clock when it was read
    updates     track rows that each client got a second, and that none was missing
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import uvicorn

from skykeep.facts import codec, columns
from skykeep.facts.concluded import FactRef, TracksEstimated, Trust, Verdict, VerdictReached
from skykeep.station.link import PROTOCOL, Answer, Ask, Beat, Hello, Ticked, packed
from skykeep.station.linkserver import LinkServer
from skykeep.station.store import Store
from skykeep.web.mirror import Mirror
from skykeep.web.stream import Receive, Send, Streams, View
from skykeep.web.viewsdb import ViewsDb

TICK_S = 0.1
PARTS = 10
WARM_S = 3.0


def estimated(t_ns: int, ids: np.ndarray[Any, np.dtype[np.int64]], step: int) -> TracksEstimated:
    """Return where these tracks are: on circles, so that no row repeats."""
    angle = (ids % 360 + step) * (np.pi / 180)
    given: dict[str, Any] = dict.fromkeys((*columns.WIDE, *columns.NARROW), 0)
    given |= {"lat_e7": 504_500_000 + 90_000 * np.sin(angle), "lon_e7": 305_200_000 + 140_000 * np.cos(angle)}
    given |= {"vel_east_mmps": -12_000 * np.sin(angle), "vel_north_mmps": 12_000 * np.cos(angle), "alt_mm": 182_000}
    given |= {"phase": 1, "mode": 1, "existence_ppm": 999_000, "said_datum": 255, "above_mm": 80_000, "reports": step}
    filled = {name: np.broadcast_to(np.asarray(value, float), ids.shape) for name, value in given.items()}
    return columns.fold(t_ns, track_id=ids, **filled)


def judged(t_ns: int, track_id: int) -> VerdictReached:
    return VerdictReached(
        track_id=track_id, t_ns=t_ns, verdict=Verdict.NOT_PERMITTED, clause="no_permit", zone_id="CITY", zone_version=1,
        permit_id=None, permit_version=None, trust=Trust.NONE, law_complete=True, probability_inside_ppm=1_000_000,
        margin_mm=120_000, margin_height_mm=None, margin_time_ns=None, missing=(), coming_zone_id=None,
        coming_from_ns=None, evidence=FactRef(1, 0),
    )  # fmt: skip


async def play(folder: Path, tracks: int, seconds: float) -> None:
    """Play the station: ticks as they become durable, each with its beat."""

    async def execute(ask: Ask) -> Answer:
        return Answer(ask.number, None)

    hello = Hello(PROTOCOL, "bench", "0", "", time.time_ns(), 0, int(TICK_S * 1000))
    server = LinkServer(folder / "s", hello=lambda: hello, execute=execute)
    await server.start()
    while not server.clients:  # noqa: ASYNC110  # the server has no event for it
        await asyncio.sleep(0.05)
    began, ids = time.monotonic(), np.arange(1, tracks + 1, dtype=np.int64)
    for number in range(int(seconds / TICK_S)):
        await asyncio.sleep(max(0.0, began + number * TICK_S - time.monotonic()))
        now_ns, some = time.time_ns(), ids[number % PARTS :: PARTS]
        told = [estimated(now_ns, some, number), *(judged(now_ns, int(each)) for each in some[::50])]
        ticked = Ticked(number, number, now_ns, [], [], codec.encode_all(told))
        server.publish(packed(ticked) + packed(Beat(now_ns, recorded=True)))
    await server.close()


def serve(folder: Path, told: Connection) -> None:
    """Run the web process: the mirror, its views, the streams, uvicorn."""

    async def go() -> None:
        with ViewsDb(folder / "views.db") as views:
            mirror = Mirror(folder / "s", folder / "record", views)
            streams = Streams(mirror)

            async def app(_scope: object, receive: Receive, send: Send) -> None:
                await streams.serve(View.PILOT, None, receive, send)

            server = uvicorn.Server(
                uvicorn.Config(app, port=0, lifespan="off", log_level="critical", access_log=False, loop="uvloop")
            )
            tasks = [asyncio.create_task(each) for each in (mirror.run(), streams.run(), server.serve())]
            while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
                await asyncio.sleep(0.01)
            told.send(server.servers[0].sockets[0].getsockname()[1])
            await asyncio.gather(*tasks)

    with asyncio.Runner(loop_factory=__import__("uvloop").new_event_loop) as runner:
        runner.run(go())


def read(port: int, clients: int, seconds: float, told: Connection) -> None:
    """Read all streams; tell how late frames came, and how many rows each client got."""
    late_ms: list[float] = []
    rows = [0] * clients

    async def one(which: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
        writer.write(b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n")
        while line := await reader.readline():
            if line.startswith(b"data: "):
                now_ms = time.time() * 1000
                if time.monotonic() < from_s:
                    continue
                if which % 20 == 0:  # to parse all would load the machine more than what is measured
                    frame = json.loads(line[6:])
                    if frame.get("tracks"):
                        late_ms.append(now_ms - frame["now_ms"])
                    rows[which] += len(frame.get("tracks", ()))

    async def go() -> None:
        tasks = [asyncio.create_task(one(which)) for which in range(clients)]
        await asyncio.sleep(WARM_S + seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    from_s = time.monotonic() + WARM_S
    asyncio.run(go())
    told.send((late_ms, [each for which, each in enumerate(rows) if which % 20 == 0]))


def measure(clients: int, tracks: int, seconds: float) -> dict[str, float]:
    """Return what one run costs."""
    spawned = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        Store.create(folder / "record", meta={"record_id": "bench"}).close()
        heard, told = spawned.Pipe(duplex=False)
        web = spawned.Process(target=serve, args=(folder, told), daemon=True)
        web.start()
        port = heard.recv()
        got, done = spawned.Pipe(duplex=False)
        readers = spawned.Process(target=read, args=(port, clients, seconds, done), daemon=True)
        readers.start()

        async def go() -> tuple[float, float]:
            playing = asyncio.create_task(play(folder, tracks, WARM_S + seconds + 2))
            await asyncio.sleep(WARM_S)
            before = sum(psutil.Process(web.pid).cpu_times()[:2])
            await asyncio.sleep(seconds)
            used = sum(psutil.Process(web.pid).cpu_times()[:2]) - before
            rss = psutil.Process(web.pid).memory_info().rss
            await playing
            return used / seconds, rss

        core, rss = asyncio.run(go())
        late_ms, rows = got.recv()
        readers.join(10)
        web.terminate()
        web.join(10)
    late = sorted(late_ms)
    return {
        "clients": clients,
        "tracks": tracks,
        "core_percent": round(100 * core, 1),
        "rss_mb": round(rss / 1e6, 1),
        "latency_p50_ms": round(statistics.median(late), 1),
        "latency_p99_ms": round(late[int(len(late) * 0.99)], 1),
        "rows_per_second_least": round(min(rows) / seconds, 1),
        "load_average": round(os.getloadavg()[0], 1),
    }


def main() -> int:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--tracks", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="small, to see that it runs")
    asked = parser.parse_args()
    found = measure(10, 100, 3.0) if asked.quick else measure(asked.clients, asked.tracks, asked.seconds)
    print(json.dumps(found) if asked.json else "\n".join(f"{key:24} {value}" for key, value in found.items()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
