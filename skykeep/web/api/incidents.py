"""/api/v1/incidents: what alarms and people made of them, and what officers do."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import JSONBody, QueryParameter

from skykeep.errors import Refused
from skykeep.rules import powers
from skykeep.station import asked
from skykeep.views.livemodels import IncidentNow
from skykeep.web import marks
from skykeep.web.api import bodies
from skykeep.web.api.acting import Acted, act
from skykeep.web.asking import ask
from skykeep.web.conditional import seen_ns, tag_of
from skykeep.web.masked import shown, shown_all
from skykeep.web.paging import PAGE, Cursor, Index, Limit, stored_page
from skykeep.web.problems import Failed, not_there
from skykeep.web.site import site_of
from skykeep.web.viewsdb import Filters

State = Annotated[Literal["open", "closed", "merged"] | None, QueryParameter(name="state")]


class IncidentOpened(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that a person opened."""

    incident_id: int
    entry_index: int | None


class Incidents(Controller):
    """Incidents."""

    path = "/incidents"
    tags = ("incidents",)

    @get(opt={"action": "incident.read"})
    async def list_incidents(
        self, request: Request[Any, Any, Any], limit: Limit = PAGE, cursor: Cursor = None, wanted: State = None
    ) -> Response[list[IncidentNow]]:
        """List incidents, the newest first."""
        found = site_of(request).seen.page("incident", cursor, limit, Filters(state=wanted))
        return stored_page(request, found, shown_all(request, found.items))

    @get("/{incident_id:int}", opt={"action": "incident.read"})
    async def read_incident(self, request: Request[Any, Any, Any], incident_id: Index) -> Response[IncidentNow]:
        """Read one incident with its log; its ETag says when it last moved."""
        incident = _incident(request, incident_id)
        return Response(shown(request, incident), headers={"ETag": tag_of(incident_id, incident.t_ns)})

    @post(opt={"action": "incident.open"})
    async def open_incident(
        self, request: Request[Any, Any, Any], data: JSONBody[bodies.IncidentOpen]
    ) -> Response[IncidentOpened]:
        """Open an incident by hand: something that no alarm told of; about a track that flies, or flew."""
        if data.track_id is not None and site_of(request).seen.track(data.track_id) is None:
            raise not_there(f"track {data.track_id}")
        told, entry_index = await ask(
            site_of(request), request, "incident.open", asked.IncidentOpened,
            reason=data.reason, arguments=asked.IncidentOpen(track_id=data.track_id),
        )  # fmt: skip
        opened = IncidentOpened(incident_id=told.incident_id, entry_index=entry_index)
        return Response(opened, status_code=201, headers={"Location": f"/api/v1/incidents/{told.incident_id}"})

    @post("/{incident_id:int}/ack", opt={"action": "incident.ack"}, status_code=200)
    async def ack_incident(self, request: Request[Any, Any, Any], incident_id: Index) -> Acted:
        """Acknowledge all alarms of an incident as they are now."""
        return await _plain(request, "incident.ack", incident_id)

    @post("/{incident_id:int}/note", opt={"action": "incident.note"}, status_code=200)
    async def note_incident(
        self, request: Request[Any, Any, Any], incident_id: Index, data: JSONBody[bodies.Note]
    ) -> Acted:
        """Add words to the log of an incident: of now, or about a moment of the past."""
        _incident(request, incident_id)
        about_ms = data.about_ms
        if about_ms is not None and about_ms > site_of(request).now_ns // marks.MS:
            raise Failed("malformed", "about_ms has not come yet", "Name a moment of the past.")
        words = data.words if about_ms is None else marks.written(about_ms, data.words)
        arguments = asked.IncidentNote(words=words)
        return await act(request, "incident.note", f"incident:{incident_id}", arguments=arguments)

    @post("/{incident_id:int}/merge", opt={"action": "incident.merge"}, status_code=200)
    async def merge_incident(
        self, request: Request[Any, Any, Any], incident_id: Index, data: JSONBody[bodies.Merge]
    ) -> Acted:
        """Make another incident part of this one."""
        incident = _incident(request, incident_id)
        _incident(request, data.other_id)
        arguments = asked.IncidentMerge(other_id=data.other_id, seen_ns=seen_ns(request, incident_id, incident.t_ns))
        return await act(request, "incident.merge", f"incident:{incident_id}", arguments=arguments)

    @post("/{incident_id:int}/hand-over", opt={"action": "incident.hand_over"}, status_code=200)
    async def hand_over_incident(
        self, request: Request[Any, Any, Any], incident_id: Index, data: JSONBody[bodies.HandOver]
    ) -> Acted:
        """Hand an incident over to another officer."""
        incident = _incident(request, incident_id)
        await _require_officer(request, data.to_person)
        arguments = asked.HandOver(to_person=data.to_person, seen_ns=seen_ns(request, incident_id, incident.t_ns))
        return await act(request, "incident.hand_over", f"incident:{incident_id}", arguments=arguments)

    @post("/{incident_id:int}/escalate", opt={"action": "incident.escalate"}, status_code=200)
    async def escalate_incident(
        self, request: Request[Any, Any, Any], incident_id: Index, data: JSONBody[bodies.Reason]
    ) -> Acted:
        """Escalate an incident: more people are told."""
        return await _plain(request, "incident.escalate", incident_id, data.reason)

    @post("/{incident_id:int}/close", opt={"action": "incident.close"}, status_code=200)
    async def close_incident(
        self, request: Request[Any, Any, Any], incident_id: Index, data: JSONBody[bodies.Reason]
    ) -> Acted:
        """Close an incident, with how it ended."""
        return await _plain(request, "incident.close", incident_id, data.reason)

    @post("/{incident_id:int}/reopen", opt={"action": "incident.reopen"}, status_code=200)
    async def reopen_incident(
        self, request: Request[Any, Any, Any], incident_id: Index, data: JSONBody[bodies.Reason]
    ) -> Acted:
        """Open a closed incident again."""
        return await _plain(request, "incident.reopen", incident_id, data.reason)

    @post("/{incident_id:int}/release", opt={"action": "incident.release"}, status_code=200)
    async def release_incident(
        self, request: Request[Any, Any, Any], incident_id: Index, data: JSONBody[bodies.Reason]
    ) -> Acted:
        """Release a closed incident: nothing is kept for it any longer than for ordinary flights."""
        return await _plain(request, "incident.release", incident_id, data.reason)


async def _plain(request: Request[Any, Any, Any], action: str, incident_id: int, reason: str = "") -> Acted:
    incident = _incident(request, incident_id)
    arguments = asked.Seen(seen_ns=seen_ns(request, incident_id, incident.t_ns))
    return await act(request, action, f"incident:{incident_id}", reason=reason, arguments=arguments)


async def _require_officer(request: Request[Any, Any, Any], name: str) -> None:
    """Refuse somebody who could not hold an incident: unknown, dismissed, or not of the watch."""
    guard = request.app.state.get("guard")
    if guard is None:
        return
    found = await asyncio.to_thread(guard.people.find, name)
    holders = powers.TABLE["incident.hand_over"].roles
    if found is None or found.dismissed_ns is not None or not holders.intersection(found.roles):
        raise Refused(f"nobody on the watch has the account {name[:64]!r}; name an officer who can take it")


def _incident(request: Request[Any, Any, Any], incident_id: int) -> IncidentNow:
    found = site_of(request).seen.incident(incident_id)
    if found is None:
        raise not_there(f"incident {incident_id}")
    return found
