"""/api/v1/alarms: as they are (ISA-18.2), and what officers do to them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import Controller, Request, Response, get, post
from litestar.params import FromQuery, JSONBody, QueryParameter

from skykeep.station import asked
from skykeep.views.livemodels import AlarmNow
from skykeep.web.api import bodies
from skykeep.web.api.acting import Acted, act
from skykeep.web.conditional import seen_ns, tag_of
from skykeep.web.masked import shown, shown_all
from skykeep.web.paging import PAGE, Cursor, Index, Limit, page, stored_page
from skykeep.web.problems import not_there
from skykeep.web.site import site_of
from skykeep.web.viewsdb import Filters

MINUTE_NS = 60 * 10**9
NORMAL = "normal"
AlarmState = Literal[
    "normal",
    "unacknowledged",
    "acknowledged",
    "returned_unacknowledged",
    "suppressed_by_design",
    "shelved",
    "out_of_service",
]
State = Annotated[AlarmState | None, QueryParameter(name="state")]


class Alarms(Controller):
    """Alarms."""

    path = "/alarms"
    tags = ("alarms",)

    @get(opt={"action": "alarm.read"})
    async def list_alarms(
        self,
        request: Request[Any, Any, Any],
        limit: Limit = PAGE,
        cursor: Cursor = None,
        wanted: State = None,
        *,
        past: FromQuery[bool] = False,
    ) -> Response[list[AlarmNow]]:
        """List alarms that are not normal, by priority, then age; with `past` all there were, the newest first."""
        seen = site_of(request).seen
        if past:
            stored = seen.page("alarm", cursor, limit, Filters(state=wanted))
            return stored_page(request, stored, shown_all(request, stored.items))
        found = [alarm for alarm in seen.alarms() if alarm.state != NORMAL and wanted in {None, alarm.state}]
        return page(request, shown_all(request, found), _order, limit=limit, cursor=cursor)

    @get("/{alarm_id:int}", opt={"action": "alarm.read"})
    async def read_alarm(self, request: Request[Any, Any, Any], alarm_id: Index) -> Response[AlarmNow]:
        """Read one alarm, with what people did to it; its ETag says when it last moved."""
        alarm = _alarm(request, alarm_id)
        return Response(shown(request, alarm), headers={"ETag": tag_of(alarm_id, alarm.t_ns)})

    @post("/{alarm_id:int}/ack", opt={"action": "alarm.ack"}, status_code=200)
    async def ack_alarm(self, request: Request[Any, Any, Any], alarm_id: Index) -> Acted:
        """Acknowledge an alarm: somebody has seen it. With If-Match only what was seen is acknowledged."""
        return await self._plain(request, "alarm.ack", alarm_id)

    @post("/{alarm_id:int}/shelve", opt={"action": "alarm.shelve"}, status_code=200)
    async def shelve_alarm(
        self, request: Request[Any, Any, Any], alarm_id: Index, data: JSONBody[bodies.Shelve]
    ) -> Acted:
        """Shelve an alarm for a while, with a reason; it comes back by itself. Refused for priority 1."""
        alarm = _alarm(request, alarm_id)
        until_ns = site_of(request).now_ns + data.minutes * MINUTE_NS
        arguments = asked.AlarmShelve(until_ns=until_ns, seen_ns=seen_ns(request, alarm_id, alarm.t_ns))
        return await act(request, "alarm.shelve", f"alarm:{alarm_id}", reason=data.reason, arguments=arguments)

    @post("/{alarm_id:int}/unshelve", opt={"action": "alarm.unshelve"}, status_code=200)
    async def unshelve_alarm(self, request: Request[Any, Any, Any], alarm_id: Index) -> Acted:
        """Bring a shelved alarm back at once."""
        return await self._plain(request, "alarm.unshelve", alarm_id)

    @post("/{alarm_id:int}/remove", opt={"action": "alarm.remove"}, status_code=200)
    async def remove_alarm(
        self, request: Request[Any, Any, Any], alarm_id: Index, data: JSONBody[bodies.Reason]
    ) -> Acted:
        """Take an alarm out of service, with a reason, until somebody restores it. Refused for priority 1."""
        return await self._plain(request, "alarm.remove", alarm_id, data.reason)

    @post("/{alarm_id:int}/restore", opt={"action": "alarm.restore"}, status_code=200)
    async def restore_alarm(self, request: Request[Any, Any, Any], alarm_id: Index) -> Acted:
        """Put an alarm back in service."""
        return await self._plain(request, "alarm.restore", alarm_id)

    async def _plain(self, request: Request[Any, Any, Any], action: str, alarm_id: int, reason: str = "") -> Acted:
        alarm = _alarm(request, alarm_id)
        arguments = asked.Seen(seen_ns=seen_ns(request, alarm_id, alarm.t_ns))
        return await act(request, action, f"alarm:{alarm_id}", reason=reason, arguments=arguments)


def _alarm(request: Request[Any, Any, Any], alarm_id: int) -> AlarmNow:
    found = site_of(request).seen.alarm(alarm_id)
    if found is None:
        raise not_there(f"alarm {alarm_id}")
    return found


def _order(alarm: AlarmNow) -> tuple[int, str]:
    return alarm.priority, f"{alarm.began_ns:020d}{alarm.alarm_id:020d}"
