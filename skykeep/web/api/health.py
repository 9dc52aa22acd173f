"""/api/v1/health and /api/v1/metrics: whether web, station and record are there, and what is not being seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, get

from skykeep import __version__
from skykeep.station.link import Status
from skykeep.views.livemodels import HealthNow
from skykeep.web.problems import Failed, not_there
from skykeep.web.site import Site, site_of

READY_MAX_NS = 5 * 10**9
"""A step older than this is no live picture."""
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Metrics = Callable[[Site], bytes]


class Living(msgspec.Struct, frozen=True, kw_only=True):
    """The web process answers."""

    live: bool
    version: str


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """What is answered is fresh."""

    ready: bool
    step_ns: int
    recorded: bool


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of the station's health; `status` None: the station is not there."""

    connected: bool
    record_id: str | None
    vkey: str | None
    program_version: str | None
    status: Status | None
    ill: list[HealthNow]


@get("/health/live", opt={"action": "time.read"}, tags=("health",))
async def read_live() -> Living:
    """Say that the web process answers, whatever the station does."""
    return Living(live=True, version=__version__)


@get("/health/ready", opt={"action": "time.read"}, tags=("health",))
async def read_ready(request: Request[Any, Any, Any]) -> Ready:
    """Say whether what is answered is fresh: 503 while the station is not there, or its last step is old."""
    site = site_of(request)
    if not site.mirror.station_up:
        raise Failed("unavailable", "the station process is not there; what is shown is what it said last")
    age_ns = site.clock_ns() - site.mirror.now_ns
    if age_ns > READY_MAX_NS:
        raise Failed("unavailable", f"the last completed step is {age_ns / 1e9:.0f} s old")
    status = site.mirror.status
    return Ready(ready=True, step_ns=site.mirror.now_ns, recorded=status is None or status.recorded)


@get("/health", opt={"action": "health.read"}, tags=("health",))
async def read_health(request: Request[Any, Any, Any]) -> Health:
    """Read how the station does, and each thing that is not well with what is now not being seen."""
    site = site_of(request)
    hello = site.mirror.hello
    return Health(
        connected=site.mirror.station_up,
        record_id=hello.record_id if hello else None,
        vkey=hello.vkey if hello else None,
        program_version=hello.program_version if hello else None,
        status=site.mirror.status,
        ill=[each for each in site.seen.health() if not each.well],
    )


@get("/metrics", opt={"action": "metrics.read"}, tags=("health",), media_type=MediaType.TEXT)
async def read_metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Read the numbers of the station and the web process, as Prometheus takes them."""
    metrics: Metrics | None = request.app.state.get("metrics")
    if metrics is None:
        raise not_there("metrics")
    return Response(metrics(site_of(request)), media_type=METRICS_TYPE)
