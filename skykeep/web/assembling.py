"""The web process of a station put together: mirror, views, guards, pages and interface."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncGenerator

from litestar import Litestar

from skykeep.station import metrics
from skykeep.station.config import Config, Home
from skykeep.web import app
from skykeep.web.entrance import entrance
from skykeep.web.mirror import Mirror
from skykeep.web.seen import MirrorSeen
from skykeep.web.sensor_hour import SensorHour
from skykeep.web.site import Site
from skykeep.web.stream import Streams
from skykeep.web.viewsdb import ViewsDb

log = logging.getLogger("skykeep.web")


def _require_going(task: asyncio.Task[None]) -> None:
    """End the process where what follows the station has ended by a mistake: its supervisor starts it anew."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("the station is followed no longer; this process ends", exc_info=error)
        signal.raise_signal(signal.SIGTERM)


def assemble(home: Home, config: Config) -> Litestar:
    """Return the application of a station; raises Refused or Unavailable where that cannot begin."""
    views = ViewsDb(home.views)
    mirror = Mirror(home.socket, home.record, views)
    streams, hour = Streams(mirror), SensorHour(mirror)
    site = Site(home, config, mirror, MirrorSeen(mirror))

    @contextlib.asynccontextmanager
    async def following(app_: Litestar) -> AsyncGenerator[None, None]:
        app_.state["mirror"], app_.state["streams"], app_.state["sensor_hour"] = mirror, streams, hour
        tasks = [asyncio.create_task(mirror.run()), asyncio.create_task(streams.run())]
        for task in tasks:
            task.add_done_callback(_require_going)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            views.close()

    def numbers(_of: Site) -> bytes:
        following = metrics.Following(mirror.station_up, mirror.now_ns, mirror.recorded, mirror.gaps)
        return metrics.render(mirror.status, following)

    gate = entrance(site, views.names)
    return app.make(
        site,
        routers=gate.routers,
        middleware=gate.middleware,
        before_send=gate.before_send,
        mask=gate.mask,
        metrics=numbers,
        lifespan=[following, gate.lifespan],
    )


def _end_where_it_failed(task: asyncio.Task[None]) -> None:
    """End the process by a mistake of ours, to be started again: nobody is shown a sky that stands still."""
    if task.cancelled() or task.exception() is None:
        return
    logging.getLogger("skykeep.web").error("what follows the station failed", exc_info=task.exception())
    signal.raise_signal(signal.SIGTERM)
