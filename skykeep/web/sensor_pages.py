"""/sensors: how each sensor does, with the last hour of each: pages that need no script."""

from __future__ import annotations

from typing import Any

from litestar import Controller, MediaType, Request, Response, get
from litestar.params import FromPath

from skykeep.station.link import SensorStatus
from skykeep.views import words
from skykeep.views.livemodels import SensorNow
from skykeep.views.markup import Html
from skykeep.web import sensor_chart, sensor_rows, shell, spoken
from skykeep.web.admitting import caller_of, may
from skykeep.web.problems import not_there
from skykeep.web.sensor_chart import Point
from skykeep.web.sensor_hour import HOUR_NS, Reading, SensorHour
from skykeep.web.site import Site, site_of
from skykeep.web.words import say

ASKS = Request[Any, Any, Any]
READ = {"action": "sensor.read"}
OF_SENSORS = frozenset({"sensor_silent", "feed", "dropped", "blind"})
"""What of the station's health is told to whoever may read sensors; all of it to whoever may read its health."""


class SensorPages(Controller):
    """Sensors."""

    path = "/sensors"
    include_in_schema = False
    exception_handlers = shell.FAILED

    @get("/", opt=READ, media_type=MediaType.HTML)
    async def list_sensors(self, request: ASKS) -> Response[str]:
        """Show all sensors: those that are declared, and those that are heard."""
        site = site_of(request)
        rows = sorted(_rows(site), key=sensor_rows.gravity)
        whole = may(caller_of(request), "health.read")
        return shell.page(
            request,
            "sensors.html",
            rows=rows,
            heard=sum(row.stand.kind == sensor_rows.WELL for row in rows),
            ill=[each for each in site.seen.health() if not each.well and (each.what in OF_SENSORS or whole)],
            said=spoken.alarm,
            told=_told(site),
        )

    @get("/{name:path}", opt=READ, media_type=MediaType.HTML)
    async def show_sensor(self, request: ASKS, name: FromPath[str]) -> Response[str]:
        """Show one sensor: its last hour, what it covers, how far it is off; feeds name sensors as they like."""
        sensor_id = name.removeprefix("/")
        site = site_of(request)
        rows = _rows(site, sensor_id)
        if not rows:
            raise not_there(f"sensor {sensor_id[:64]}")
        declared, status = _declared(site).get(sensor_id), _heard(site).get(sensor_id)
        hour: SensorHour | None = request.app.state.get("sensor_hour")
        readings = [] if hour is None else hour.of(sensor_id)
        end_ns = site.mirror.now_ns
        return shell.page(
            request,
            "sensor.html",
            row=rows[0],
            sensor_id=sensor_id,
            sensor=status,
            latency=sensor_rows.latency(status),
            declared=[] if declared is None else sensor_rows.declared_terms(declared),
            bias=[] if declared is None or declared.bias is None else sensor_rows.bias_terms(declared.bias),
            late=0 if declared is None else declared.late,
            sector=None if declared is None or declared.coverage is None else sensor_chart.covered(declared.coverage),
            ill=sensor_rows.ill_of(sensor_id, status, site.seen.health()),
            charts=_charts(readings, end_ns),
            slots=sensor_rows.slots(readings, end_ns, HOUR_NS) if readings else [],
            since=None if hour is None or not hour.began_ns else words.utc(hour.began_ns),
            every_s=sensor_chart.READ_EVERY_S,
            told=_told(site),
        )


def _charts(readings: list[Reading], end_ns: int) -> list[tuple[str, Html]]:
    """Return (heading, SVG) of rate and latency; none where nothing was read."""
    rates = [Point(each.t_ns, each.rate_hz) for each in readings]
    late = [Point(each.t_ns, ns / 1e9) for each in readings if (ns := each.latency_ns) is not None and ns >= 0]
    span = f"{words.clock(end_ns - HOUR_NS)}–{words.clock(end_ns)} UTC"
    made = []
    if rates:
        drawn = sensor_chart.hour(rates, end_ns, sensor_rows.rate, f"{say('Frames a second')}, {span}")
        made.append((say("Frames a second"), drawn))
    if late:
        drawn = sensor_chart.hour(late, end_ns, sensor_rows.seconds, f"{say('Latency')}, {span}")
        made.append((say("Latency: from the message's own time to its arrival"), drawn))
    return made


def _rows(site: Site, only: str | None = None) -> list[sensor_rows.Row]:
    """Return all sensors in words, by name, or one of them; none where it is neither declared nor heard."""
    declared, heard = _declared(site), _heard(site)
    health = [each for each in site.seen.health() if not each.well]
    fresh, now_ns = shell.as_of(site).fresh, site.mirror.now_ns
    made = []
    for name in sorted({**declared, **heard}) if only is None else [only]:
        if name in declared or name in heard:
            ill = sensor_rows.ill_of(name, heard.get(name), health)
            made.append(sensor_rows.row(name, declared.get(name), heard.get(name), ill, now_ns, fresh=fresh))
    return made


def _declared(site: Site) -> dict[str, SensorNow]:
    return {sensor.sensor_id: sensor for sensor in site.seen.sensors()}


def _heard(site: Site) -> dict[str, SensorStatus]:
    status = site.mirror.status
    return {} if status is None else {each.sensor_id: each for each in status.sensors}


def _told(site: Site) -> str | None:
    """Return when the station told how its sensors do; None: it has not yet."""
    status = site.mirror.status
    return None if status is None else words.utc(status.now_ns)
