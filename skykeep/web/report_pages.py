"""/reports: incidents by day and zone, and each of them as a page to print: what was seen, why, who did what."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Controller, MediaType, Request, Response, get
from litestar.params import FromQuery, QueryParameter

from skykeep.errors import Malformed
from skykeep.views.livemodels import IncidentNow, TrackNow
from skykeep.views.style import CSS
from skykeep.web import account_files, incident_page, report_rows, shell, spoken
from skykeep.web.admitting import caller_of, may
from skykeep.web.headers import nonce
from skykeep.web.masked import shown
from skykeep.web.paging import Index
from skykeep.web.problems import not_there
from skykeep.web.report_rows import DAY_NS, Zones
from skykeep.web.site import Site, site_of
from skykeep.web.viewsdb import Filters

ASKS = Request[Any, Any, Any]
READ = {"action": "incident.read"}
PAGE = 50
COUNTED_MAX = 2_000
AT_ONCE = 50
DAYS = (7, 30, 90)
TRACKS_LOOKED_AT = 5
"""Flights of an incident that are asked for its zone; the list would else read thousands."""
STATES = {"": "all", "open": "open", "closed": "closed", "merged": "part of another"}
MAP_STYLE = ".drawn{" + CSS.replace(":root", "&") + "}"
"""The styles of a map, for the map alone."""
State = Annotated[str, QueryParameter(name="state", max_length=20)]
"""`state` itself is taken: the framework gives its own by that name."""
Days = Annotated[int, QueryParameter(ge=1, le=max(DAYS))]


class ReportPages(Controller):
    """Reports."""

    path = "/reports"
    include_in_schema = False
    exception_handlers = shell.FAILED

    @get("/", opt=READ, media_type=MediaType.HTML)
    async def list_incidents(
        self, request: ASKS, *, state_: State = "", day: FromQuery[str] = "", days: Days = 7,
        cursor: FromQuery[str] = "",
    ) -> Response[str]:  # fmt: skip
        """Show incidents, the newest first, and how many there were by day and zone."""
        site, state = site_of(request), state_
        begin_ns, end_ns = _day(day) if day else (0, None)
        wanted = Filters(state=state if state in STATES and state else None, until_ns=end_ns)
        found = site.seen.page("incident", cursor or None, PAGE, wanted)
        items = [each for each in found.items if each.opened_ns >= begin_ns]
        after = found.after if len(items) == len(found.items) else None
        zones = _zones(site)
        first_ns = site.now_ns // DAY_NS * DAY_NS - (days - 1) * DAY_NS
        placed = await _counted(site, first_ns, zones)
        counted = [each for each, _ in placed]
        query = {name: value for name, value in {"state": state, "day": day, "days": days}.items() if value}
        return shell.page(
            request,
            "reports.html",
            rows=[
                report_rows.row(
                    shown(request, each), _zone(site, each, zones), waits=incident_page.waits(each, site.seen.alarm)
                )
                for each in items
            ],
            by_day=report_rows.by_day(counted, first_ns, days),
            by_zone=report_rows.by_zone(placed),
            capped=COUNTED_MAX if len(counted) >= COUNTED_MAX else 0,
            since=spoken.day(first_ns),
            state=state,
            day=day,
            days=days,
            spans=DAYS,
            states=spoken.table(STATES),
            next=f"/reports?{urlencode({**query, 'cursor': after})}" if after else "",
            first=f"/reports?{urlencode(query)}" if cursor else "",
            accounts=await asyncio.to_thread(account_files.files, site)
            if may(caller_of(request), "record.read")
            else [],
            sightings=shell.exists(request, "/reports/sightings"),
        )

    @get("/{incident_id:int}", opt=READ, media_type=MediaType.HTML)
    async def report(self, request: ASKS, incident_id: Index) -> Response[str]:
        """Show one incident from first to last, to be read or printed."""
        site = site_of(request)
        incident = site.seen.incident(incident_id)
        if incident is None:
            raise not_there(f"incident {incident_id}")
        seen, zones = shown(request, incident), _zones(site)
        tracks = [shown(request, each) for each in _tracks(site, incident, incident_page.TRACKS_MAX)]
        alarms = [each for number in incident.alarm_ids if (each := site.seen.alarm(number)) is not None]
        waits = incident_page.waits(incident, site.seen.alarm)
        summary = incident_page.page(
            seen, tracks, site.seen.zones(site.now_ns), waits=waits, now_ns=site.now_ns,
            fresh=shell.as_of(site).fresh, station=site.config.name, place=site.config.place,
        )  # fmt: skip
        worst = report_rows.gravest(tracks)
        return shell.page(
            request,
            "report.html",
            row=report_rows.row(seen, report_rows.zone_name(worst, zones), waits=waits),
            summary=summary,
            flights=[report_rows.flight(each, zones) for each in tracks],
            more=len(incident.track_ids) - len(tracks),
            lines=report_rows.timeline(
                seen, [shown(request, each) for each in alarms], lambda alarm: spoken.alarm(alarm.reason)
            ),
            style=MAP_STYLE,
            nonce=nonce(request.scope),
            entry_index=incident.entry_index,
        )


async def _counted(site: Site, first_ns: int, zones: Zones) -> list[tuple[IncidentNow, str]]:
    """Return the incidents that were opened since, the newest first, each with the zone it is of.

    Whoever follows the live stream is served between them: thousands of flights are read for this.
    """
    placed: list[tuple[IncidentNow, str]] = []
    cursor: str | None = None
    while True:
        found = site.seen.page("incident", cursor, AT_ONCE, Filters())
        for each in found.items:
            if each.opened_ns < first_ns or len(placed) >= COUNTED_MAX:
                return placed
            placed.append((each, _zone(site, each, zones)))
        cursor = found.after
        if cursor is None:
            return placed
        await asyncio.sleep(0)


def _zones(site: Site) -> Zones:
    return {(each.zone_id, each.version): each for each in site.seen.zones(site.now_ns)}


def _zone(site: Site, incident: IncidentNow, zones: Zones) -> str:
    return report_rows.zone_name(report_rows.gravest(_tracks(site, incident, TRACKS_LOOKED_AT)), zones)


def _tracks(site: Site, incident: IncidentNow, most: int) -> list[TrackNow]:
    found = (site.seen.track(number) for number in incident.track_ids[:most])
    return [each for each in found if each is not None]


def _day(typed: str) -> tuple[int, int]:
    """Return when a day begins and ends, UTC; raises Malformed where it is none."""
    try:
        at = dt.datetime.combine(dt.date.fromisoformat(typed), dt.time(), dt.UTC)
    except ValueError as error:
        raise Malformed(f"{typed[:20]!r} is no day: give it as 2026-11-24 (UTC)") from error
    begin_ns = int(at.timestamp()) * 10**9
    return begin_ns, begin_ns + DAY_NS
