"""What the live map shows besides flights and zones: protected sites, what sensors see, and where nobody looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Controller, Request, get

from skykeep.errors import SkykeepError
from skykeep.station.link import SensorStatus
from skykeep.views import words
from skykeep.views.livelaw import Law
from skykeep.views.livemodels import SensorNow, SiteNow
from skykeep.web import coverage, sensor_rows
from skykeep.web.coverage import Hole, Shape, Stands, State
from skykeep.web.pages import fresh
from skykeep.web.problems import Failed, answer_failed, answer_family
from skykeep.web.site import Site, site_of
from skykeep.web.words import say

ASKS = Request[Any, Any, Any]


class SensorShown(msgspec.Struct, frozen=True, kw_only=True):
    """One sensor: whether it sees, and what."""

    sensor_id: str
    modality: str
    state: State
    since_ns: int | None
    covers: str
    lat_e7: int | None
    lon_e7: int | None
    shape: Shape  # empty where nothing is declared


class CoverageShown(msgspec.Struct, frozen=True, kw_only=True):
    """What all sensors see together, and the holes."""

    height_m: float
    sensors: list[SensorShown]
    seen: Shape
    holes: list[Hole]


class Surroundings(Controller):
    """Sites and coverage."""

    path = "/console"
    include_in_schema = False
    exception_handlers = {Failed: answer_failed, SkykeepError: answer_family}  # noqa: RUF012  # as Litestar reads it

    @get("/sites", opt={"action": "track.read"})
    async def list_sites(self, request: ASKS) -> list[SiteNow]:
        """List the protected sites that are watched over now."""
        site = site_of(request)
        return sites(site.seen.enacted(), site.now_ns)

    @get("/coverage", opt={"action": "sensor.read"})
    async def read_coverage(self, request: ASKS) -> CoverageShown:
        """Tell what the declared sensors see, and what is lost while some are silent."""
        site = site_of(request)
        heard = {each.sensor_id: each for each in site.mirror.status.sensors} if site.mirror.status else {}
        return shown([_stands(each, heard.get(each.sensor_id), site) for each in site.seen.sensors()])


def sites(law: Law, now_ns: int) -> list[SiteNow]:
    """Return the sites that are protected at a moment, by name."""
    found = [each for each in law.sites.values() if each.from_ns <= now_ns < (each.until_ns or 2**63)]
    return sorted(found, key=lambda each: (each.name, each.site_id))


def shown(stands: Sequence[Stands]) -> CoverageShown:
    """Return what sensors see that stand so, and the holes."""
    found = coverage.areas([each for each in stands if each.state != "undeclared"])
    return CoverageShown(
        height_m=coverage.HEIGHT_M,
        sensors=[_shown(each, found.outlines.get(each.sensor.sensor_id, [])) for each in stands],
        seen=found.seen,
        holes=found.holes,
    )


def _stands(sensor: SensorNow, status: SensorStatus | None, site: Site) -> Stands:
    ill = sensor_rows.ill_of(sensor.sensor_id, status, site.seen.health())
    stand = sensor_rows.stand(status, ill, fresh=fresh(site))
    since_ns = min((each.since_ns for each in ill if each.what in {"sensor_silent", "feed"}), default=None)
    if sensor.coverage is None:
        return Stands(sensor, "undeclared", since_ns)
    return Stands(sensor, _STATE.get(stand.kind, "unknown"), since_ns if stand.kind == sensor_rows.ILL else None)


_STATE: dict[str, State] = {sensor_rows.WELL: "sees", sensor_rows.ILL: "silent"}


def _shown(stands: Stands, shape: Shape) -> SensorShown:
    sensor = stands.sensor
    return SensorShown(
        sensor_id=sensor.sensor_id,
        modality=say(words.MODALITY.get(sensor.modality, sensor.modality)),
        state=stands.state,
        since_ns=stands.since_ns,
        covers=sensor_rows.covers(sensor.coverage),
        lat_e7=sensor.lat_e7,
        lon_e7=sensor.lon_e7,
        shape=shape,
    )
