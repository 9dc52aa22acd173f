"""/api/v1/audit: who did what, when, to what, why."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromQuery

from skykeep.views.livemodels import ActNow
from skykeep.web.masked import shown_all
from skykeep.web.paging import PAGE, Cursor, Limit, Moment, Number, stored_page
from skykeep.web.site import site_of
from skykeep.web.viewsdb import Filters


@get("/audit", opt={"action": "audit.read"}, tags=("audit",))
async def list_acts(  # noqa: PLR0913  # one for each filter
    request: Request[Any, Any, Any],
    limit: Limit = PAGE,
    cursor: Cursor = None,
    *,
    action: FromQuery[str | None] = None,
    person: FromQuery[str | None] = None,
    subject: FromQuery[str | None] = None,
    incident_id: Number = None,
    from_ns: Moment = None,
    until_ns: Moment = None,
) -> Response[list[ActNow]]:
    """List acts of people, the newest first; filter by act, pseudonym of the person, subject and time."""
    filters = Filters(
        state=action, person=person, subject=subject, incident_id=incident_id, since_ns=from_ns, until_ns=until_ns
    )
    found = site_of(request).seen.page("act", cursor, limit, filters)
    return stored_page(request, found, shown_all(request, found.items))
