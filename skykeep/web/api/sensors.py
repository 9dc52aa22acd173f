"""/api/v1/sensors: how each does, and what they send by HTTP."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, HeaderParameter, QueryParameter

from skykeep.station import asked
from skykeep.station.link import SensorStatus
from skykeep.views.livemodels import SensorNow
from skykeep.web.admitting import JSON, caller_of
from skykeep.web.asking import ask
from skykeep.web.jsondepth import require_shallow
from skykeep.web.paging import PAGE, Cursor, Limit, page
from skykeep.web.problems import Failed, not_there
from skykeep.web.site import Site, site_of

LINES = ("application/x-ndjson", "application/jsonl")
RAW = ("application/octet-stream",)
JSON_MAX_BYTES = 1 << 20
_SEQUENCE = re.compile(r"[0-9]{1,18}")
Sequence = Annotated[
    str | None,
    HeaderParameter(
        name="X-Sequence",
        description="The sensor's own running number: what was taken is not taken again.",
    ),
]
Format = Annotated[
    str,
    QueryParameter(
        name="format", max_length=40, pattern="^[a-z0-9_.-]*$",
        description="Codec by name; empty: as the feed says, else known by the content.",
    ),
]  # fmt: skip


class SensorShown(msgspec.Struct, frozen=True, kw_only=True):
    """One sensor: as it is declared, and how it does; None where either is not known."""

    sensor_id: str
    declared: SensorNow | None
    status: SensorStatus | None


class Sensors(Controller):
    """Sensors."""

    path = "/sensors"
    tags = ("sensors",)

    @get(opt={"action": "sensor.read"})
    async def list_sensors(
        self, request: Request[Any, Any, Any], limit: Limit = PAGE, cursor: Cursor = None
    ) -> Response[list[SensorShown]]:
        """List sensors by name: those that are declared, and those that are heard."""
        return page(request, _shown(site_of(request)), lambda one: (0, one.sensor_id), limit=limit, cursor=cursor)

    @get("/{sensor_id:str}", opt={"action": "sensor.read"})
    async def read_sensor(self, request: Request[Any, Any, Any], sensor_id: FromPath[str]) -> SensorShown:
        """Read one sensor."""
        found = next((one for one in _shown(site_of(request)) if one.sensor_id == sensor_id), None)
        if found is None:
            raise not_there(f"sensor {sensor_id}")
        return found

    @post(
        "/{sensor_id:str}/observations",
        opt={"action": "sensor.push", "takes": (*JSON, *LINES, *RAW)},
        status_code=200,
        request_max_body_size=None,  # checked below by kind and setting
    )
    async def push_observations(
        self, request: Request[Any, Any, Any], sensor_id: FromPath[str], form: Format = "", sequence: Sequence = None
    ) -> Response[asked.Pushed]:
        """Send what a sensor heard: one detection as JSON, many as lines of JSON, or a raw frame with `format`."""
        if caller_of(request).person != sensor_id or caller_of(request).kind != "sensor":
            raise Failed("not-admitted", f"the key sent is not that of sensor {sensor_id}", "Send that sensor's key.")
        number = _number(sequence)
        data = await _body(request)
        told, _ = await ask(
            site_of(request), request, "sensor.push", asked.Pushed,
            subject=f"sensor:{sensor_id}", arguments=asked.Push(format=form, sequence=number), data=data,
            key="" if number is None else f"sensor:{sensor_id}:{number}",
        )  # fmt: skip
        return Response(told)


def _shown(site: Site) -> list[SensorShown]:
    declared = {sensor.sensor_id: sensor for sensor in site.seen.sensors()}
    heard = {each.sensor_id: each for each in site.mirror.status.sensors} if site.mirror.status else {}
    return [
        SensorShown(sensor_id=name, declared=declared.get(name), status=heard.get(name))
        for name in sorted({*declared, *heard})
    ]


def _number(sequence: str | None) -> int | None:
    if sequence is None:
        return None
    if not _SEQUENCE.fullmatch(sequence):
        raise Failed("malformed", "X-Sequence: a whole number of at most 18 digits is one")
    return int(sequence)


async def _body(request: Request[Any, Any, Any]) -> bytes:
    """Return the body, limited by its kind; a problem where it is empty, too large or nested too deeply."""
    is_json = request.headers.get("content-type", "").split(";")[0].strip().lower() in JSON
    most = site_of(request).config.web.body_max_bytes
    most = min(most, JSON_MAX_BYTES) if is_json else most
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > most:
            raise Failed("too-large", f"more than {most} bytes", "Send fewer detections at a time.")
    if not data:
        raise Failed("malformed", "an empty body; nothing was heard, so send nothing")
    if is_json:
        require_shallow(bytes(data))
    return bytes(data)
