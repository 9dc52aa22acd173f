"""/api/v1/drafts and /api/v1/zones to change: law is put forward by one person and published by another."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from skykeep.station import asked
from skykeep.web.admitting import caller_of, may
from skykeep.web.api import bodies
from skykeep.web.api.acting import Acted, act
from skykeep.web.asking import ask
from skykeep.web.problems import Failed, not_there
from skykeep.web.site import site_of

FILES = (
    "application/octet-stream", "application/json", "application/geo+json", "application/xml", "text/xml", "text/plain",
    "application/vnd.google-earth.kml+xml", "application/vnd.google-earth.kmz",
)  # fmt: skip
HOUR_NS = 3_600 * 10**9
FileName = Annotated[
    str, QueryParameter(name="name", min_length=1, max_length=200, description="Of the file, for people.")
]
Format = Annotated[
    str,
    QueryParameter(
        name="format",
        max_length=40,
        pattern="^[a-z0-9_.-]*$",
        description="ed269, ed318, geojson, openair, ...; empty: by its content.",
    ),
]


class DraftZone(msgspec.Struct, frozen=True, kw_only=True):
    """One zone of a draft."""

    zone_id: str
    name: str
    rule: str
    volumes: int
    effective_from_ns: int | None
    end_ns: int | None
    doubts: list[str]


class DraftTold(msgspec.Struct, frozen=True, kw_only=True):
    """Zones that one person put forward: what was read, what was left out and why, and whom they would touch."""

    draft_id: str  # "" of a preview
    name: str
    format: str
    sha256: str
    drafted_by: str
    t_ns: int
    proposed: bool  # False: it waits for its author's word, and nobody may publish it yet
    zones: list[DraftZone]
    faults: list[asked.Faults]
    hits: asked.HitsTold


class PublishedTold(msgspec.Struct, frozen=True, kw_only=True):
    """Which zones became law."""

    zones: list[tuple[str, int]]
    entry_index: int | None


class EmergencyTold(msgspec.Struct, frozen=True, kw_only=True):
    """An emergency zone as it was enacted, or, of a preview, as it would be."""

    zone_id: str  # "" of a preview
    version: int
    end_ns: int  # when it lapses, unless a second officer confirms it
    hits: asked.HitsTold
    entry_index: int | None  # None of a preview


class Drafts(Controller):
    """Zones that wait for a second person."""

    path = "/drafts"
    tags = ("zones",)

    @get(opt={"action": "zone.read"})
    async def list_drafts(self, request: Request[Any, Any, Any]) -> list[asked.DraftHead]:
        """List drafts, the newest first: how much each holds; one by one they are read whole."""
        told, _ = await ask(site_of(request), request, "zone.read", asked.Drafts)
        return sorted(told.heads, key=lambda head: -head.t_ns)

    @get("/{draft_id:str}", opt={"action": "zone.read"})
    async def read_draft(self, request: Request[Any, Any, Any], draft_id: FromPath[str]) -> DraftTold:
        """Read one draft, its preview made anew."""
        return _told(request, await one(request, draft_id))

    @post(opt={"action": "zone.draft", "takes": FILES}, request_max_body_size=None)
    async def make_draft(
        self,
        request: Request[Any, Any, Any],
        name: FileName,
        form: Format = "",
        *,
        preview: FromQuery[bool] = False,
        propose: FromQuery[bool] = True,
    ) -> Response[DraftTold]:
        """Put a zone file of any known format forward; with `preview` it is only read, reported and weighed.

        Without `propose` it waits until its author proposes it, and nobody can publish it before.
        """
        data = await whole(request)
        told, _ = await ask(
            site_of(request), request, "zone.draft", asked.Draft,
            arguments=asked.ZoneDraft(name=name, format=form, keep=not preview, propose=propose), data=data,
        )  # fmt: skip
        headers = {} if preview else {"Location": f"/api/v1/drafts/{told.draft_id}"}
        return Response(_told(request, told), status_code=200 if preview else 201, headers=headers)

    @post("/{draft_id:str}/propose", opt={"action": "zone.propose"}, status_code=200)
    async def propose_draft(self, request: Request[Any, Any, Any], draft_id: FromPath[str]) -> Acted:
        """Propose a draft of one's own: a second publisher may publish it from now on."""
        return await act(request, "zone.propose", f"draft:{draft_id}")

    @post("/{draft_id:str}/publish", opt={"action": "zone.publish"}, status_code=200)
    async def publish_draft(self, request: Request[Any, Any, Any], draft_id: FromPath[str]) -> PublishedTold:
        """Publish a draft: it becomes law. Whoever drafted it cannot."""
        told, entry_index = await ask(
            site_of(request), request, "zone.publish", asked.Published, subject=f"draft:{draft_id}"
        )
        return PublishedTold(zones=told.zones, entry_index=entry_index)

    @post("/{draft_id:str}/discard", opt={"action": "zone.discard"}, status_code=200)
    async def discard_draft(
        self, request: Request[Any, Any, Any], draft_id: FromPath[str], data: JSONBody[bodies.Reason]
    ) -> Acted:
        """Refuse what somebody proposed, or discard one's own draft."""
        return await act(request, "zone.discard", f"draft:{draft_id}", reason=data.reason)


class ZoneActs(Controller):
    """What changes a zone that is law."""

    path = "/zones"
    tags = ("zones",)

    @post("/emergency", opt={"action": "zone.emergency"})
    async def make_emergency(
        self, request: Request[Any, Any, Any], data: JSONBody[bodies.Emergency], *, preview: FromQuery[bool] = False
    ) -> Response[EmergencyTold]:
        """Close the sky over a place at once; with `preview`, only tell which tracks and permits that would hit."""
        told, entry_index = await ask(
            site_of(request), request, "zone.emergency", asked.EmergencyMade,
            reason=data.reason, arguments=bodies.emergency(data, preview=preview),
        )  # fmt: skip
        made = EmergencyTold(
            zone_id=told.zone_id,
            version=told.version,
            end_ns=told.end_ns,
            hits=masked(request, told.hits),
            entry_index=entry_index,
        )
        headers = {} if preview else {"Location": f"/api/v1/zones/{told.zone_id}"}
        return Response(made, status_code=200 if preview else 201, headers=headers)

    @post("/{zone_id:str}/confirm", opt={"action": "zone.confirm"}, status_code=200)
    async def confirm_zone(
        self, request: Request[Any, Any, Any], zone_id: FromPath[str], data: JSONBody[bodies.Confirm]
    ) -> Acted:
        """Confirm an emergency zone as the second officer; whoever called it cannot."""
        _zone(request, zone_id)
        until_ns = site_of(request).now_ns + int(data.hours * HOUR_NS)
        return await act(request, "zone.confirm", f"zone:{zone_id}", arguments=asked.ZoneConfirm(until_ns=until_ns))

    @post("/{zone_id:str}/lift", opt={"action": "zone.lift"}, status_code=200)
    async def lift_zone(
        self, request: Request[Any, Any, Any], zone_id: FromPath[str], data: JSONBody[bodies.Reason]
    ) -> Acted:
        """Lift an emergency zone before it ends."""
        _zone(request, zone_id)
        return await act(request, "zone.lift", f"zone:{zone_id}", reason=data.reason)

    @post("/{zone_id:str}/withdraw", opt={"action": "zone.withdraw"}, status_code=200)
    async def withdraw_zone(
        self, request: Request[Any, Any, Any], zone_id: FromPath[str], data: JSONBody[bodies.Reason]
    ) -> Acted:
        """Withdraw a zone: it is no longer law; what was judged before stays judged."""
        _zone(request, zone_id)
        return await act(request, "zone.withdraw", f"zone:{zone_id}", reason=data.reason)


async def one(request: Request[Any, Any, Any], draft_id: str) -> asked.Draft:
    """Return a draft with what it would touch now; a problem where there is none."""
    arguments = asked.ZonesRead(draft_id=draft_id)
    told, _ = await ask(site_of(request), request, "zone.read", asked.Drafts, arguments=arguments)
    found = next((draft for draft in told.drafts if draft.draft_id == draft_id), None)
    if found is None:
        raise not_there(f"draft {draft_id}")
    return found


async def whole(request: Request[Any, Any, Any]) -> bytes:
    """Return a file that was sent; a problem where it is empty or larger than the station takes."""
    most = site_of(request).config.web.body_max_bytes
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > most:
            raise Failed("too-large", f"more than {most} bytes")
    if not data:
        raise Failed("malformed", "an empty body; send the file itself")
    return bytes(data)


def _zone(request: Request[Any, Any, Any], zone_id: str) -> None:
    site = site_of(request)
    if not site.seen.zones(site.now_ns, zone_id):
        raise not_there(f"zone {zone_id}")


def masked(request: Request[Any, Any, Any], hits: asked.Hits) -> asked.HitsTold:
    """Return how much a zone would touch, and by number what whoever asks may see besides: flights, permits."""
    caller = caller_of(request)
    tracks, permits = may(caller, "track.read"), may(caller, "permit.read")
    return asked.HitsTold(
        track_ids=hits.track_ids if tracks else None,
        not_permitted=hits.not_permitted if tracks else None,
        cannot_tell=hits.cannot_tell if tracks else None,
        permit_ids=hits.permit_ids if permits else None,
        tracks=len(hits.track_ids),
        tracks_not_permitted=len(hits.not_permitted),
        tracks_cannot_tell=len(hits.cannot_tell),
        permits=len(hits.permit_ids),
    )


def _told(request: Request[Any, Any, Any], draft: asked.Draft) -> DraftTold:
    zones = [
        DraftZone(
            zone_id=zone.zone_id,
            name=zone.name,
            rule=zone.rule.value,
            volumes=len(zone.volumes),
            effective_from_ns=zone.effective_from_ns,
            end_ns=zone.end_ns,
            doubts=list(zone.doubts),
        )
        for zone in draft.zones
    ]
    return DraftTold(
        draft_id=draft.draft_id,
        name=draft.name,
        format=draft.format,
        sha256=draft.sha256,
        drafted_by=draft.drafted_by,
        t_ns=draft.t_ns,
        proposed=draft.proposed,
        zones=zones,
        faults=draft.faults,
        hits=masked(request, draft.hits),
    )
