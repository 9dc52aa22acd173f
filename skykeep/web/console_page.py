"""/live: the console's page, and what its script asks for besides the API.

The page holds what stands without a script too; the script takes over with the live stream. Sentences about a track
come from the words that every other page uses (`views.clauses`, `web.incident_page`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Controller, MediaType, Request, Response, get

from skykeep.errors import SkykeepError
from skykeep.facts.concluded import Trust, Verdict
from skykeep.facts.personal import NameKind
from skykeep.rules import powers
from skykeep.views import symbols, words
from skykeep.views.livemodels import TrackNow, ZoneNow
from skykeep.web import assets, checklists, incident_page, spoken, zone_rows
from skykeep.web.admitting import caller_of, may
from skykeep.web.masked import shown, shown_all
from skykeep.web.operators import Said, revealed_rows, said_of
from skykeep.web.pages import answer_page, fresh, page_of
from skykeep.web.paging import Index
from skykeep.web.problems import Failed, answer_failed, answer_family, not_there
from skykeep.web.shell import tabs
from skykeep.web.site import Site, site_of
from skykeep.web.wishes import wishes
from skykeep.web.words import say, script_words

ASKS = Request[Any, Any, Any]
NORMAL = "normal"
NEW = frozenset({"unacknowledged", "returned_unacknowledged"})
CITY_LON_LAT, CITY_ZOOM = (-56.165, -34.89), 11.6
KIND_OF = {verdict.value: symbols.kind(verdict, manned=False) for verdict in Verdict}
GRAVITY = (
    symbols.NOT_PERMITTED, symbols.CANNOT_TELL, symbols.PERMITTED, symbols.STATE, symbols.MANNED, symbols.NO_RULE,
)  # fmt: skip
LEGEND = {
    symbols.PERMITTED: "Permitted",
    symbols.CANNOT_TELL: "Cannot tell",
    symbols.NOT_PERMITTED: "Not permitted",
    symbols.STATE: "Exempt",
    symbols.MANNED: "Manned",
    symbols.NO_RULE: "No rule here",
}
SAID_OF = ("alarm.", "incident.", "identity.", "zone.", "sensor.read", "permit.read")
ACTS = tuple(name for name in powers.TABLE if name.startswith(SAID_OF))
SHAPES = {
    symbols.PERMITTED: [["M-8.5 0a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0-17 0", "fill"],
                        ["M-8.5 0a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0-17 0", "line"], ["M-3.8.2l2.7 2.9L4.2-3", "line"]],
    symbols.CANNOT_TELL: [[symbols.CLOVER, "fill"], [symbols.CLOVER, "line"],
                          ["M-2.4-1.8a2.5 2.5 0 1 1 3.6 2.2Q0 1 0 2.1M0 4.6v.1", "line"]],
    symbols.NOT_PERMITTED: [["M0-11L11 0 0 11-11 0z", "solid"], ["M0-5v5.6", "mark"],
                            ["M-1.6 4.9a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0-3.2 0", "dot"]],
    symbols.STATE: [[symbols.SHIELD, "fill"], [symbols.SHIELD, "line"], ["M-4-.5h8M0-4.5v8", "line"]],
    symbols.MANNED: [[symbols.CRAFT, "solid"]],
    symbols.NO_RULE: [["M-6.5 0a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0-13 0", "fill"],
                      ["M-6.5 0a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0-13 0", "line"], ["M-2.8 0h5.6", "line"]],
}  # fmt: skip
"""The shapes of `views.symbols` as a canvas draws them: path, and how."""


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """Why a track is judged as it is, in words; "" where there is nothing to say."""

    sentence: str
    clause: str
    basis: str
    missing: str
    remedy: str
    zone: str
    ladder: tuple[incident_page.Step, ...]
    refuted: bool
    rows: tuple[incident_page.Row, ...]
    operator: Said  # whether it says where its operator is, and whether whoever asks may see where


class ConsolePages(Controller):
    """The console."""

    path = "/"
    include_in_schema = False

    @get("/live", opt={"action": "track.read"}, media_type=MediaType.HTML, exception_handlers={
        Failed: answer_page, SkykeepError: answer_page})  # fmt: skip
    async def live(self, request: ASKS) -> Response[str]:
        """Show alarms and tracks as they are; a script keeps them so, without it the page reloads itself."""
        site = site_of(request)
        tracks = sorted(shown_all(request, site.seen.tracks()), key=lambda track: (_gravity(track), track.track_id))
        alarms = sorted(
            (each for each in site.seen.alarms() if each.state != NORMAL),
            key=lambda each: (each.state not in NEW, each.priority, each.began_ns),
        )
        return page_of(
            request,
            "live.html",
            alarms=alarms,
            tracks=[(track, _kind(track)) for track in tracks],
            as_of=words.utc(site.now_ns),
            fresh=fresh(site),
            told=told(request),
            tabs=tabs(request),
            icons={kind: symbols.icon(kind, 18) for kind in GRAVITY},
            reason=spoken.alarm,
            state=lambda name: say(words.ALARM_STATE.get(name) or str(name)),
            verdict=lambda name: say(words.VERDICT[Verdict(name)]) if name else say("Not judged yet"),
            person=caller_of(request).person,
        )

    @get("/console/zones/called", opt={"action": "zone.confirm"}, exception_handlers={
        Failed: answer_failed, SkykeepError: answer_family})  # fmt: skip
    async def called(self, request: ASKS) -> list[str]:
        """Return the emergency zones in force that whoever asks called: a second officer confirms those."""
        site = site_of(request)
        own = site.seen.pseudonym(NameKind.PERSON, caller_of(request).person)
        latest = zone_rows.latest(site.seen.enacted(), site.now_ns) if own else []
        return [zone.fact.zone_id for zone in latest if zone_rows.caller_of(zone.fact) == own]

    @get("/console/tracks/{track_id:int}", opt={"action": "track.read"}, exception_handlers={
        Failed: answer_failed, SkykeepError: answer_family})  # fmt: skip
    async def explain(self, request: ASKS, track_id: Index) -> Explained:
        """Say in words why a track is judged as it is, and what is known of it."""
        site = site_of(request)
        track = site.seen.track(track_id)
        if track is None:
            raise not_there(f"track {track_id}")
        zones = site.seen.zones(site.now_ns)
        return explained(shown(request, track), zones, said_of(request, track), revealed_rows(request, track))


def explained(
    track: TrackNow, zones: Sequence[ZoneNow], operator: Said, revealed: Sequence[incident_page.Row] = ()
) -> Explained:
    """Return a track in words, now or as it was with the zones of then, as whoever asks may see it."""
    why = incident_page.reasoned(track, zones)
    return Explained(
        sentence=why.sentence,
        clause=why.clause,
        basis=why.basis,
        missing=why.missing,
        remedy=why.remedy,
        zone=why.zone,
        ladder=incident_page.ladder(None if track.rung is None else track.rung.rung),
        refuted=track.rung is not None and track.rung.rung == "refuted",
        rows=(*incident_page.about(track), *revealed),
        operator=operator,
    )


def told(request: ASKS) -> Mapping[str, Any]:
    """Return what the script must know from the start."""
    site, caller = site_of(request), caller_of(request)
    return {
        "station": site.config.name,
        "person": caller.person,
        "phone": site.config.web.desk_phone,
        "lang": wishes().language,
        "units": wishes().units,
        "words": script_words(wishes().language),
        "reasons": spoken.table(words.ALARM),
        "states": spoken.table(words.ALARM_STATE),
        "verdicts": {verdict.value: _capital(say(words.VERDICT[verdict])) for verdict in Verdict},
        "trusts": {trust.value: say(words.TRUST[trust]) for trust in Trust},
        "kinds": KIND_OF,
        "gravity": GRAVITY,
        "shapes": SHAPES,
        "legend": list(spoken.table(LEGEND).items()),
        "checklists": msgspec.to_builtins(checklists.told(site.config.checklist)),
        "may": {act: may(caller, act) for act in ACTS},
        "map": _map(site),
    }


def _map(site: Site) -> dict[str, Any]:
    return {"tiles": True, "town": assets.town_map(site), "centre": CITY_LON_LAT, "zoom": CITY_ZOOM}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _kind(track: TrackNow) -> str:
    if track.position is not None and track.position.manned:
        return symbols.MANNED
    return KIND_OF.get(track.verdict or "", symbols.NO_RULE)


def _gravity(track: TrackNow) -> int:
    return GRAVITY.index(_kind(track))
