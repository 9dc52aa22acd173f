"""/audit: who did what, when, to what, why; found by person, act, thing and time, and taken along as CSV."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from litestar import Controller, MediaType, Request, Response, get, post
from litestar.params import FromQuery
from litestar.response import Stream

from skykeep.errors import Malformed
from skykeep.facts.personal import NameKind
from skykeep.ledger import checkpoint
from skykeep.ledger.errors import BadNote
from skykeep.station import asked
from skykeep.station.logfiles import CHECKPOINT, LogFiles
from skykeep.views import words
from skykeep.views.livemodels import ActNow
from skykeep.web import audit_csv, audit_rows, shell, spoken
from skykeep.web.admitting import caller_of
from skykeep.web.asking import ask
from skykeep.web.incident_routes import FORM
from skykeep.web.masked import shown_all
from skykeep.web.site import Site, site_of
from skykeep.web.viewsdb import LIMIT_MAX, Filters

ASKS = Request[Any, Any, Any]
READ = {"action": "audit.read"}
PAGE = 100
SAID_LINES = 2  # of what verifying said: that it holds or what is wrong, and of how much
FIELD_MAX = 200
NOBODY = "person:-"
"""No pseudonym: what nobody did."""


class Wanted(NamedTuple):
    """What the form asks for, as it was typed."""

    person: str = ""
    action: str = ""
    subject: str = ""
    begin: str = ""
    end: str = ""

    def query(self, cursor: str = "") -> str:
        """Return it as the query of an address."""
        given = {**self._asdict(), "cursor": cursor}
        return urlencode({name: value for name, value in given.items() if value})


class Verified(NamedTuple):
    """What verifying the record found, and when."""

    t_ns: int
    person: str
    holds: bool
    entries: int
    said: str
    record_id: str  # of which this was found


class AuditPages(Controller):
    """The audit trail."""

    path = "/audit"
    include_in_schema = False
    exception_handlers = shell.FAILED

    @get("/", opt=READ, media_type=MediaType.HTML)
    async def list_acts(  # one for each field of the form
        self,
        request: ASKS,
        *,
        person: FromQuery[str] = "",
        action: FromQuery[str] = "",
        subject: FromQuery[str] = "",
        begin: FromQuery[str] = "",
        end: FromQuery[str] = "",
        cursor: FromQuery[str] = "",
    ) -> Response[str]:
        """Show acts of people, the newest first."""
        site = site_of(request)
        wanted = _wanted(person, action, subject, begin, end)
        found = site.seen.page("act", cursor or None, PAGE, _filters(site, wanted))
        return shell.page(
            request,
            "audit.html",
            wanted=wanted,
            rows=_rows(request, audit_rows.once(found.items)),
            actions=sorted(spoken.table(audit_rows.ACTION).items()),
            next=f"/audit?{wanted.query(found.after)}" if found.after else "",
            first=f"/audit?{wanted.query()}" if cursor else "",
            export=f"/audit/acts.csv?{wanted.query()}",
            sealed=_sealed(site),
            verified=_verified(request),
            unwell=[each for each in site.seen.health() if each.what == "record" and not each.well],
        )

    @get("/acts.csv", opt=READ)
    async def export_acts(
        self,
        request: ASKS,
        *,
        person: FromQuery[str] = "",
        action: FromQuery[str] = "",
        subject: FromQuery[str] = "",
        begin: FromQuery[str] = "",
        end: FromQuery[str] = "",
    ) -> Stream:
        """Give all acts that the form asks for, as CSV."""
        site = site_of(request)
        filters = _filters(site, _wanted(person, action, subject, begin, end))
        at = words.moment(site.now_ns)
        name = "skykeep-acts.csv" if at is None else f"skykeep-acts-{at:%Y-%m-%dT%H%M%SZ}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Stream(_lines(request, filters), media_type=audit_csv.MEDIA_TYPE, headers=headers)

    @post("/verify", opt={"action": "record.verify", "takes": FORM}, status_code=303)
    async def verify(self, request: ASKS) -> Response[None]:
        """Verify the record now, which may take minutes, and show what was found."""
        site = site_of(request)
        told, _ = await ask(site, request, "record.verify", asked.Verified)
        said = "; ".join(told.said[:SAID_LINES])
        person = caller_of(request).person
        request.app.state["verified"] = Verified(site.now_ns, person, told.holds, told.entries, said, _record_id(site))
        return Response(None, status_code=303, headers={"Location": "/audit"})


def _verified(request: ASKS) -> Verified | None:
    """Return what verifying found last; None of a record that this is not, such as one before a restart."""
    found: Verified | None = request.app.state.get("verified")
    return found if found is not None and found.record_id == _record_id(site_of(request)) else None


def _record_id(site: Site) -> str:
    return "" if site.mirror.hello is None else site.mirror.hello.record_id


def _rows(request: ASKS, acts: list[ActNow]) -> list[audit_rows.Row]:
    """Return acts in words; `acts` are each once."""
    return [audit_rows.row(act, shown) for act, shown in zip(acts, shown_all(request, acts), strict=True)]


async def _lines(request: ASKS, filters: Filters) -> AsyncIterator[bytes]:
    """Yield the file piece by piece: a trail of years need not be in memory."""
    yield audit_csv.head()
    cursor: str | None = None
    while True:
        found = site_of(request).seen.page("act", cursor, LIMIT_MAX, filters)
        acts = audit_rows.once(found.items)
        yield audit_csv.body(zip(acts, _rows(request, acts), strict=True))
        cursor = found.after
        if cursor is None:
            return


def _wanted(*typed: str) -> Wanted:
    return Wanted(*(each.strip()[:FIELD_MAX] for each in typed))


def _filters(site: Site, wanted: Wanted) -> Filters:
    """Return what the views are asked; raises Malformed where a time is none."""
    subject: str | None = wanted.subject or None
    if wanted.subject.startswith("person:"):
        subject = _pseudonym(site, wanted.subject.removeprefix("person:"), wanted.subject)
    return Filters(
        state=wanted.action or None,
        person=_pseudonym(site, wanted.person, wanted.person) if wanted.person else None,
        subject=subject,
        since_ns=_moment(wanted.begin),
        until_ns=_moment(wanted.end),
    )


def _pseudonym(site: Site, name: str, typed: str) -> str:
    """Return what stands in the record for a person; what was typed itself where that is a pseudonym."""
    found = site.seen.pseudonym(NameKind.PERSON, name.strip().casefold())
    if found is not None:
        return found
    return typed if typed.startswith("person:") else NOBODY


def _moment(typed: str) -> int | None:
    """Return a time of the form, which is UTC; raises Malformed where it is none."""
    if not typed:
        return None
    try:
        at = dt.datetime.fromisoformat(typed)
        at = at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at
        return int(at.timestamp()) * 10**9
    except (ValueError, OverflowError) as error:
        raise Malformed(f"{typed!r} is no time: give it as 2026-11-24T16:08 (UTC)") from error


def _sealed(site: Site) -> int | None:
    """Return how many entries the latest signed checkpoint is of; None where there is none that can be read."""
    try:
        return checkpoint.parse(LogFiles(site.home.record).read(CHECKPOINT))[0].size
    except (OSError, BadNote):
        return None
