"""/i/<number>: the page that a notification opens, and what its two buttons do."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

import msgspec
from litestar import Controller, MediaType, Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery
from msgspec import Meta

from skykeep.errors import SkykeepError
from skykeep.station import asked
from skykeep.views.livemodels import IncidentNow
from skykeep.web import incident_page, problems, shell, unsent
from skykeep.web.admitting import caller_of, may
from skykeep.web.asking import ask
from skykeep.web.masked import shown
from skykeep.web.paging import Index
from skykeep.web.problems import Failed, not_there
from skykeep.web.site import site_of
from skykeep.web.words import marked, say

FORM = ("application/x-www-form-urlencoded",)
SAID = {
    "ack": marked("Acknowledged. It stands in the record."),
    "note": marked("The note stands in the record."),
}
ASKS = Request[Any, Any, Any]
Key = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{8,64}$")]


class Acknowledge(msgspec.Struct, frozen=True, kw_only=True):
    """The form of the button "Acknowledge"."""

    key: Key
    seen_ns: int


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """The form under "Note"."""

    key: Key
    words: Annotated[str, Meta(min_length=1, max_length=incident_page.NOTE_MAX)]


AcknowledgeForm = Annotated[Acknowledge, Body(media_type=RequestEncodingType.URL_ENCODED)]
NoteForm = Annotated[Note, Body(media_type=RequestEncodingType.URL_ENCODED)]


def answer_failed(request: ASKS, error: Failed) -> Response[Any]:
    """Answer a problem as a page to a browser, and to programs as one of the interface.

    Whoever is not signed in is led to the page where that is done, and back here from there; a form stays theirs.
    """
    led = error.name == "not-signed-in" and request.method == "GET"
    if led or unsent.kept(request) or "text/html" in request.headers.get("Accept", ""):
        return shell.answer_failed(request, error)
    return problems.answer_failed(request, error)


class IncidentPages(Controller):
    """The page of one incident, for phones."""

    path = "/i"
    include_in_schema = False
    exception_handlers = {Failed: answer_failed}  # noqa: RUF012  # as Litestar reads it

    @get("/{incident_id:int}", opt={"action": "incident.read"}, media_type=MediaType.HTML)
    async def show(self, request: ASKS, incident_id: Index, done: FromQuery[str] = "") -> Response[str]:
        """Show an incident; `done`: which button was pressed just now."""
        return _page(request, _incident(request, incident_id), say(SAID.get(done, "")))

    @post("/{incident_id:int}/ack", opt={"action": "incident.ack", "takes": FORM}, status_code=303)
    async def acknowledge(self, request: ASKS, incident_id: Index, data: AcknowledgeForm) -> Response[Any]:
        """Acknowledge an incident as it was seen."""
        return await _do(request, incident_id, "ack", data.key, asked.Seen(seen_ns=data.seen_ns))

    @post("/{incident_id:int}/note", opt={"action": "incident.note", "takes": FORM}, status_code=303)
    async def note(self, request: ASKS, incident_id: Index, data: NoteForm) -> Response[Any]:
        """Add a note to an incident."""
        return await _do(request, incident_id, "note", data.key, asked.IncidentNote(words=data.words))


async def _do(request: ASKS, incident_id: int, what: str, key: str, arguments: msgspec.Struct) -> Response[Any]:
    """Ask the station, and show the page again: with what was done, or with why it was not."""
    incident = _incident(request, incident_id)
    key = f"page:{caller_of(request).person}:{incident_id}:{what}:{key}"
    try:
        await ask(
            site_of(request), request, f"incident.{what}", asked.Done, subject=f"incident:{incident_id}",
            arguments=arguments, key=key,
        )  # fmt: skip
    except SkykeepError as error:
        return _page(
            request,
            incident,
            say("Not done: {why}", why=error),
            status=problems.KINDS[problems.of_error(error).name].status,
        )
    return Response(None, status_code=303, headers={"Location": f"/i/{incident_id}?done={what}"})


def _page(request: ASKS, incident: IncidentNow, said: str, status: int = 200) -> Response[str]:
    site = site_of(request)
    found = (site.seen.track(each) for each in incident.track_ids[: incident_page.TRACKS_MAX])
    made = incident_page.page(
        shown(request, incident),
        [shown(request, each) for each in found if each is not None],
        site.seen.zones(site.now_ns),
        waits=incident_page.waits(incident, site.seen.alarm),
        now_ns=site.now_ns,
        fresh=site.mirror.station_up,
        station=site.config.name,
        place=site.config.place,
    )
    caller = caller_of(request)
    made = msgspec.structs.replace(
        made,
        can_acknowledge=made.can_acknowledge and may(caller, "incident.ack"),
        can_note=made.can_note and may(caller, "incident.note"),
    )
    nonce: str = request.scope["state"].setdefault("csp_nonce", secrets.token_urlsafe(16))
    text = incident_page.render(made, nonce=nonce, key=secrets.token_urlsafe(12), said=said, person=caller.person)
    return Response(text, status_code=status, media_type=MediaType.HTML, headers={"Cache-Control": "no-store"})


def _incident(request: ASKS, incident_id: int) -> IncidentNow:
    found = site_of(request).seen.incident(incident_id)
    if found is None:
        raise not_there(f"incident {incident_id}")
    return found
