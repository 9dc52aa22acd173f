"""/api/v1/tracks/{id}/reveal: the identity behind a track, for an open incident and a reason; recorded first."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from skykeep.errors import Refused
from skykeep.station import asked
from skykeep.views.livemodels import TrackNow
from skykeep.web.asking import ask
from skykeep.web.entering import guard_of
from skykeep.web.masked import shown
from skykeep.web.problems import not_there
from skykeep.web.revealed import HELD_S
from skykeep.web.site import Site, site_of

ASKS = Request[Any, Any, Any]


class Reveal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why this identity must be known."""

    incident_id: Annotated[int, Meta(ge=1, lt=1 << 62)]
    reason: Annotated[str, Meta(min_length=1, max_length=2_000)]


class RevealedTrack(msgspec.Struct, frozen=True, kw_only=True):
    """A track with its identities whole, and until when this session sees them so."""

    track: TrackNow
    until_ns: int
    entry_index: int | None


class RevealRoutes(Controller):
    """Identities."""

    path = "/tracks"
    tags = ("tracks",)

    @post("/{track_id:int}/reveal", opt={"action": "identity.reveal", "shown_once": True}, status_code=200)
    async def reveal_identity(
        self, request: ASKS, track_id: FromPath[int], data: JSONBody[Reveal]
    ) -> Response[RevealedTrack]:
        """Reveal the identity behind a track of an open incident, to this session, for an hour. It is recorded."""
        site, guard, caller = site_of(request), guard_of(request), request.user
        track = site.seen.track(track_id)
        if track is None:
            raise not_there(f"track {track_id}")
        if not part_of_open(site, data.incident_id, track_id):
            raise Refused(
                f"incident {data.incident_id} is not open, or not about track {track_id}; name the one that is"
            )
        _, entry_index = await ask(
            site, request, "identity.reveal", asked.Done,
            subject=f"track:{track_id}", reason=data.reason, arguments=asked.Reveal(incident_id=data.incident_id),
        )  # fmt: skip
        now_ns = guard.now_ns()
        guard.revealed.reveal(caller.session_id, data.incident_id, (track_id,), now_ns)
        unmasked = guard.revealed.to(caller.session_id, now_ns)
        request.scope["user"] = msgspec.structs.replace(caller, unmasked=unmasked)
        until_ns = now_ns + int(HELD_S * 1_000_000_000)
        return Response(RevealedTrack(track=shown(request, track), until_ns=until_ns, entry_index=entry_index))


def part_of_open(site: Site, incident_id: int, track_id: int) -> bool:
    """Whether an incident is open and a track is part of it."""
    incident = site.seen.incident(incident_id)
    return incident is not None and incident.state == "open" and track_id in incident.track_ids
