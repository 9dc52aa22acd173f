"""/replay: the page that shows the past on the console's map, and what its script asks for besides the API.

Frames come from `/api/v1/replay`, as for everybody. Beside them: what happened, line by line, and why a track was
judged as it was at a moment, by the law of that moment. One act is offered here: a note about a moment, in the log of
the incident whose replay it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Controller, MediaType, Request, Response, get
from litestar.params import FromQuery, QueryParameter

from skykeep.errors import SkykeepError
from skykeep.rules import powers
from skykeep.views import words
from skykeep.views.livemodels import IncidentNow, PilotNow, TrackNow
from skykeep.web import console_page, lawstate, marks, operators, past_around, replay_span, spoken
from skykeep.web.admitting import caller_of, may
from skykeep.web.api.past import MomentMs, folding
from skykeep.web.api.stream import sees_names
from skykeep.web.happened import Happened, happened
from skykeep.web.masked import shown
from skykeep.web.pages import answer_page, page_of
from skykeep.web.paging import Index
from skykeep.web.past import Sky
from skykeep.web.past_around import Arounds
from skykeep.web.problems import Failed, answer_failed, answer_family, not_there, of_error
from skykeep.web.replay_span import Span, Wanted
from skykeep.web.report_pages import STATES
from skykeep.web.shell import tabs
from skykeep.web.site import Site, site_of
from skykeep.web.viewsdb import Filters
from skykeep.web.words import say

ASKS = Request[Any, Any, Any]
READ = {"action": "track.read"}
SEEN_BY = ("sensor.read", "permit.read")
"""What may be seen of what lies around flights; nothing may be done."""
NOTE = "incident.note"
INCIDENTS_LISTED = 8
MS = 1_000_000
From = Annotated[str, QueryParameter(name="from", max_length=60)]
"""`from` itself is a word of the language."""
JSON_PROBLEMS: dict[int | type[Exception], Any] = {Failed: answer_failed, SkykeepError: answer_family}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One incident that may be replayed, in the list of the page."""

    incident_id: int
    opened: str
    about: str
    state: str


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """Notes of an incident about moments, as its log holds them now."""

    may_note: bool  # whether whoever asks may write one
    marks: list[marks.Mark]


def to_entrance(request: ASKS, error: Failed | SkykeepError) -> Response[Any]:
    """Lead whoever is not signed in to the entrance, and back to the very moment from there."""
    failed = error if isinstance(error, Failed) else of_error(error)
    if failed.name != "not-signed-in":
        return answer_page(request, error)
    query = request.url.query
    target = request.url.path + (f"?{query}" if query else "")
    return Response(None, status_code=303, headers={"Location": f"/sign-in?target={quote(target, safe='/')}"})


class ReplayPages(Controller):
    """The replay."""

    path = "/"
    include_in_schema = False

    @get("/replay", opt=READ, media_type=MediaType.HTML, exception_handlers={
        Failed: to_entrance, SkykeepError: to_entrance})  # fmt: skip
    async def replay(  # one for each thing that an address may name
        self, request: ASKS, *, from_: From = "", until: FromQuery[str] = "", at: FromQuery[str] = "",
        incident: FromQuery[str] = "", alarm: FromQuery[str] = "", track: FromQuery[str] = "",
    ) -> Response[str]:  # fmt: skip
        """Show a part of the past, by its ends or by what it was about; its script asks for the rest."""
        site = site_of(request)
        asked = replay_span.wanted(
            **{"from": from_, "until": until, "at": at, "incident": incident, "alarm": alarm, "track": track}
        )
        span = replay_span.span_of(site, asked)
        return page_of(
            request,
            "replay.html",
            told=_told(request, span, asked),
            tabs=tabs(request),
            span=span,
            begin=words.utc(span.from_ms * MS),
            end=words.utc(span.until_ms * MS),
            fields=(_field(span.from_ms), _field(span.until_ms)),
            incidents=_incidents(request),
            person=caller_of(request).person,
        )

    @get("/console/replay/happened", opt=READ, exception_handlers=JSON_PROBLEMS)
    async def read_happened(self, request: ASKS, after_ms: MomentMs, until_ms: MomentMs) -> Happened:
        """Read what happened after one moment, up to another; `next_ms` says where to go on."""
        site, named = site_of(request), sees_names(caller_of(request))
        if until_ms < after_ms:
            raise Failed("malformed", "until_ms lies before after_ms", "Name a moment at or after after_ms.")

        def fold() -> Happened:
            return happened(
                site.home.record, site.home.views, after_ms=after_ms, until_ms=min(until_ms, site.now_ns // MS),
                named=named,
            )  # fmt: skip

        return shown(request, await folding.fold(fold))

    @get("/console/replay/around", opt=READ, exception_handlers=JSON_PROBLEMS)
    async def read_around(self, request: ASKS, from_ms: MomentMs, until_ms: MomentMs) -> Arounds:
        """Read what lay around flights: sites, and what whoever asks may see of permits, sensors and operators."""
        site, caller = site_of(request), caller_of(request)
        if until_ms < from_ms:
            raise Failed("malformed", "until_ms lies before from_ms", "Name a moment at or after from_ms.")
        asked = past_around.Asked(
            from_ms=from_ms, until_ms=max(from_ms, min(until_ms, site.now_ns // MS)), tracks=caller.unmasked,
            sensors=may(caller, "sensor.read"), permits=may(caller, "permit.read"),
        )  # fmt: skip
        begun_ns = [run.t_ns for run in site.seen.enacted().runs]

        def fold() -> past_around.Told:
            return past_around.around(site.home.record, site.home.views, asked, begun_ns)

        found = await folding.fold(fold)
        return Arounds(
            from_ms=from_ms, until_ms=found.until_ms, next_ms=found.next_ms,
            moments=[_revealed(request, each) for each in found.moments],
        )  # fmt: skip

    @get("/console/replay/incidents/{incident_id:int}/marks", opt={"action": "incident.read"},
         exception_handlers=JSON_PROBLEMS)  # fmt: skip
    async def read_marks(self, request: ASKS, incident_id: Index) -> Marks:
        """Read the notes of an incident that are about a moment: of today, whatever moment is looked at."""
        incident = site_of(request).seen.incident(incident_id)
        if incident is None:
            raise not_there(f"incident {incident_id}")
        stands = incident.state in (powers.TABLE[NOTE].states or ())
        may_note = stands and may(caller_of(request), NOTE)
        return Marks(may_note=may_note, marks=marks.of_incident(shown(request, incident)))

    @get("/console/replay/tracks/{track_id:int}", opt=READ, exception_handlers=JSON_PROBLEMS)
    async def explain(self, request: ASKS, track_id: Index, at_ms: MomentMs) -> console_page.Explained:
        """Say in words why a track was judged as it was at a moment, and what was known of it then."""
        site = site_of(request)

        def fold() -> tuple[TrackNow, list[Any], PilotNow | None] | None:
            with Sky(site.home.record, site.home.views, at_ms * MS) as sky:
                track = sky.live.tracks.one(track_id)
                if track is None:
                    return None
                named = dict.fromkeys(each.zone_id for each in track.verdicts if each.zone_id is not None)
                zones = [zone for each in named for zone in lawstate.zones(sky.live.law, at_ms * MS, each)]
                return track, zones, sky.live.pilot_of(track)

        found = await folding.fold(fold)
        if found is None:
            raise not_there(f"track {track_id} at {words.utc(at_ms * MS)}")
        track, zones, pilot = found
        return console_page.explained(
            shown(request, track),
            zones,
            operators.said_by(request, track_id, pilot),
            operators.revealed_rows(request, track),
        )


def _revealed(request: ASKS, moment: past_around.Moment) -> past_around.Around:
    """Return a moment with the places of operators that were revealed to whoever asks."""
    if moment.pilots is None:
        return moment.around
    places = [operators.place_shown(request, track_id, pilot) for track_id, pilot in moment.pilots]
    return msgspec.structs.replace(moment.around, operators=[each for each in places if each is not None])


def _told(request: ASKS, span: Span, asked: Wanted) -> Mapping[str, Any]:
    """Return what the script must know from the start; of acts only what `read_marks` says is offered here."""
    incident = asked.incident_id
    sees = incident is not None and may(caller_of(request), "incident.read")
    links = {"incident": f"/i/{incident}", "report": f"/reports/{incident}"} if sees else {}
    about = {"incident": incident, "alarm": asked.alarm_id, "track": meant(site_of(request), asked)}
    replay = {**msgspec.to_builtins(span), "about": about, "links": links, "max_ms": replay_span.SPAN_MAX_MS}
    sees_what = {act: may(caller_of(request), act) for act in SEEN_BY}
    return {**console_page.told(request), "may": sees_what, "replay": replay}


def meant(site: Site, asked: Wanted) -> int | None:
    """Return the track that is picked from the start: the one that was named, or that of the alarm."""
    if asked.track_id is not None or asked.alarm_id is None:
        return asked.track_id
    alarm = site.seen.alarm(asked.alarm_id)
    return None if alarm is None else alarm.track_id


def _incidents(request: ASKS) -> list[Row]:
    """Return the last incidents, where whoever asks may see them."""
    if not may(caller_of(request), "incident.read"):
        return []
    found = site_of(request).seen.page("incident", None, INCIDENTS_LISTED, Filters()).items
    return [
        Row(
            incident_id=each.incident_id,
            opened=words.utc(each.opened_ns)[:-4],
            about=spoken.capital(spoken.alarm(each.about)),
            state=say(STATES.get(each.state, each.state)),
        )
        for each in found
        if isinstance(each, IncidentNow)
    ]


def _field(t_ms: int) -> str:
    """Return a moment as a field of date and time holds it, UTC."""
    at = words.moment(t_ms * MS)
    return "" if at is None else f"{at:%Y-%m-%dT%H:%M:%S}"
