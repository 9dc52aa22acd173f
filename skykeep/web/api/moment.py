"""/api/v1/time: the server's clock, for round trips that measure how old what is shown really is."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get

from skykeep.web.site import site_of


class Time(msgspec.Struct, frozen=True, kw_only=True):
    """The moment at which this was answered, and how far the watch has come."""

    now_ns: int  # this machine's clock
    step_ns: int | None  # the station's last completed step; None: none is known


@get("/time", opt={"action": "time.read"}, tags=("time",))
async def read_time(request: Request[Any, Any, Any]) -> Response[Time]:
    """Tell the time: the difference to the middle of the round trip is the offset of a reader's clock."""
    site = site_of(request)
    told = Time(now_ns=site.clock_ns(), step_ns=site.mirror.now_ns or None)
    return Response(told, headers={"Cache-Control": "no-store"})
