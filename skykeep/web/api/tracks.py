"""/api/v1/tracks: what flies, who it says it is, what is concluded of it; identities are masked."""

from __future__ import annotations

from typing import Any, Literal

from litestar import Controller, Request, Response, get
from litestar.params import FromQuery

from skykeep.views.livemodels import PresenceNow, TrackNow
from skykeep.web import features
from skykeep.web.conditional import tag_of
from skykeep.web.masked import shown, shown_all
from skykeep.web.paging import PAGE, Cursor, Index, Limit, Moment, page, stored_page
from skykeep.web.problems import not_there
from skykeep.web.site import site_of
from skykeep.web.viewsdb import Filters

Verdict = Literal["no_rule", "not_permitted", "permitted", "cannot_tell", "exempt"]


class TracksRead(Controller):
    """Tracks."""

    tags = ("tracks",)

    @get("/tracks", opt={"action": "track.read"})
    async def list_tracks(
        self,
        request: Request[Any, Any, Any],
        limit: Limit = PAGE,
        cursor: Cursor = None,
        verdict: FromQuery[Verdict | None] = None,
    ) -> Response[list[TrackNow]]:
        """List live tracks by number; `verdict` asks for those whose gravest verdict is this."""
        found = [track for track in site_of(request).seen.tracks() if verdict is None or track.verdict == verdict]
        return page(request, shown_all(request, found), lambda track: (track.track_id, ""), limit=limit, cursor=cursor)

    @get("/tracks.geojson", opt={"action": "track.read"}, media_type=features.MEDIA_TYPE)
    async def map_tracks(self, request: Request[Any, Any, Any]) -> Response[features.Collection]:
        """Read live tracks as GeoJSON points, without identities."""
        return Response(features.of_tracks(site_of(request).seen.tracks()), media_type=features.MEDIA_TYPE)

    @get("/tracks/past", opt={"action": "track.read"})
    async def list_past(
        self,
        request: Request[Any, Any, Any],
        limit: Limit = PAGE,
        cursor: Cursor = None,
        from_ns: Moment = None,
        until_ns: Moment = None,
    ) -> Response[list[TrackNow]]:
        """List tracks that are over, by when they began, the newest first."""
        filters = Filters(live=False, since_ns=from_ns, until_ns=until_ns)
        found = site_of(request).seen.page("track", cursor, limit, filters)
        return stored_page(request, found, shown_all(request, found.items))

    @get("/tracks/{track_id:int}", opt={"action": "track.read"})
    async def read_track(self, request: Request[Any, Any, Any], track_id: Index) -> Response[TrackNow]:
        """Read one track, live or over; personal values stand as pseudonyms unless they were revealed to the reader."""
        track = site_of(request).seen.track(track_id)
        if track is None:
            raise not_there(f"track {track_id}")
        return Response(shown(request, track), headers={"ETag": tag_of(track_id, track.t_ns)})

    @get("/presences", opt={"action": "track.read"})
    async def list_presences(
        self, request: Request[Any, Any, Any], limit: Limit = PAGE, cursor: Cursor = None
    ) -> Response[list[PresenceNow]]:
        """List what was heard or seen by sensors that cannot say where."""
        found = shown_all(request, site_of(request).seen.presences())
        return page(request, found, lambda each: (each.presence_id, ""), limit=limit, cursor=cursor)
