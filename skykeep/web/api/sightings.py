"""/api/v1/sightings: drones that people report; nobody vouches for any of them."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, Response, get

from skykeep.views.livemodels import SightingNow
from skykeep.web.masked import shown_all
from skykeep.web.paging import PAGE, Cursor, Limit, Moment, stored_page
from skykeep.web.site import site_of
from skykeep.web.viewsdb import Filters


class Sightings(Controller):
    """Reports of people."""

    path = "/sightings"
    tags = ("incidents",)

    @get(opt={"action": "sighting.read"})
    async def list_sightings(
        self, request: Request[Any, Any, Any], limit: Limit = PAGE, cursor: Cursor = None, from_ns: Moment = None
    ) -> Response[list[SightingNow]]:
        """List drones that people reported, the newest first: anonymous, and unverified."""
        found = site_of(request).seen.page("sighting", cursor, limit, Filters(since_ns=from_ns))
        return stored_page(request, found, shown_all(request, found.items))
