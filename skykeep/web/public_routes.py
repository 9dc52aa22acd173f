"""/: the page that everybody sees: may I fly here, what is closed now, what was before; it needs no script."""

from __future__ import annotations

import datetime as dt
import functools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from litestar import Controller, MediaType, Request, Response, get

from skykeep.errors import Malformed, SkykeepError
from skykeep.facts.enacted import Rule
from skykeep.rules.law import Law
from skykeep.station.publicconfig import PublicConfig
from skykeep.views.ground import Plane
from skykeep.web import assets, lawstate, mayfly, placewords, public_frame, public_map, public_zones, shell, spoken
from skykeep.web.admitting import caller_of
from skykeep.web.api import flying
from skykeep.web.mayfly import Mass, Question
from skykeep.web.placewords import Spot
from skykeep.web.problems import Failed
from skykeep.web.public_answer import Told, told
from skykeep.web.site import Site, site_of
from skykeep.web.words import Words, marked, words_of

ASKS = Request[Any, Any, Any]
ACCURACY_MAX_M: Final = 10_000
LISTED_MAX: Final = 200
HEIGHTS_M: Final = (30, 50, 60, 100, 120, 150)
WEIGHTS: Final[dict[str, Mass | None]] = {"": None, "light": "under_250_g", "heavy": "from_250_g"}
_ACCURACY_M = 10.0  # of coordinates that somebody types: nobody stands on a point
MONTHS = 12
SCRIPT: Final = (
    marked("Waiting for this device to say where it is…"),
    marked("This device does not tell its place. Type it, or tap the map."),
    marked("The place was not found. Type it, or tap the map."),
    marked("NO-DRONE"),
    marked("PERMIT ONLY"),
    marked("CONDITIONS"),
    marked("ALLOWED"),
    marked("EMERGENCY"),
    marked("not now"),
    marked("in {time}"),
    marked("ends in {time}"),
    marked("whether it holds now is not known"),
    marked("not yet confirmed"),
    marked("up to {limit}"),
    marked("all heights"),
    marked("unlimited"),
    marked("no lower limit"),
    marked("upper limit not stated"),
    marked("lower limit not stated"),
    marked("from the ground, upper limit not stated"),
    marked("above take-off"),
    marked("Map"),
    marked("Mark on the map"),
    marked("Closer"),
    marked("Farther"),
)
"""What the page's script says, and the map of the console that it uses."""


class Asked(NamedTuple):
    """What the form holds."""

    spot: Spot | None = None
    accuracy_m: float = _ACCURACY_M
    text: str = ""
    weight: str = ""
    height_m: int = 120
    reach_km: float = 0.0  # of the map; 0: as far as fits
    fault: str = ""  # why the place could not be read, for people


class PublicPages(Controller):
    """The page for everybody."""

    path = "/"
    include_in_schema = False
    exception_handlers = {Failed: public_frame.answer_failed, SkykeepError: public_frame.answer_failed}  # noqa: RUF012  # the framework's way

    @get("/", opt={"action": "law.read"}, media_type=MediaType.HTML)
    async def public(self, request: ASKS) -> Response[str]:
        """Answer whether one may fly, and show what is closed."""
        site, text, caller = site_of(request), words_of(request), caller_of(request)
        law = await flying.law_of(request)
        now_ns = site.now_ns
        of_zone = functools.partial(public_zones.place, law, now_ns=now_ns)
        asked = _asked(request.query_params, site.config.public, text, of_zone)
        answer: Told | None = None
        coming: tuple[str, int] | None = None
        if asked.spot is not None:
            question = Question(
                flying.e7(asked.spot.lat_deg), flying.e7(asked.spot.lon_deg), asked.accuracy_m, asked.height_m
            )
            found = await flying.answered(request, question)
            answer, coming = told(found, WEIGHTS[asked.weight], text), _coming(found)
        view = _view(asked, site.config.public, law)
        near = law.zones_near(round(view.lat_deg * 1e7), round(view.lon_deg * 1e7), public_map.reach_m(view))
        cards = sorted(
            (public_zones.card(zone, text, now_ns) for zone in public_zones.standing(near, now_ns)),
            key=public_zones.weight,
        )
        closed = public_zones.everywhere(law, site.config.public, now_ns)

        def address(**changed: object) -> str:
            return "/?" + urlencode({**_kept(asked), **changed})

        return public_frame.page(
            request,
            "public.html",
            status=400 if asked.fault else 200,
            asked=asked,
            answer=answer,
            coming=coming,
            closed=[public_zones.card(zone, text, now_ns) for zone in closed],
            cards=cards[:LISTED_MAX],
            left_out=max(0, len(cards) - LISTED_MAX),
            all_zones=len(law.zones),
            map=public_map.drawn(
                view,
                cards[:LISTED_MAX],
                _pin(asked),
                text,
                lambda lat, lon, metres: address(lat=f"{lat:.6f}", lon=f"{lon:.6f}", accuracy=metres, place=""),
            ),
            apply=site.config.public.permit_link or ("/permits/apply" if site.config.office.record else ""),
            closer=_reach_link(view, -1, address),
            farther=_reach_link(view, 1, address),
            shown={"lat": view.lat_deg, "lon": view.lon_deg, "km": public_map.WIDTH * view.metres_per_px / 2000},
            tiles=_has_tiles(site, view),
            town=assets.town_map(site),
            known=[each.name for each in site.config.public.place],
            heights=[
                (each, spoken.below(each * 1_000))
                for each in sorted({*HEIGHTS_M, asked.height_m, site.config.public.height_m})
            ],
            accuracy=spoken.metres(asked.accuracy_m),
            complete=law.complete,
            history=public_zones.history(site.seen.enacted(), text, now_ns),
            counts=_counts(law, now_ns),
            incidents=_incidents(site) if site.config.public.incident_counts else None,
            told=text.told(SCRIPT),
            person=caller.person,
            console=shell.landing(request, caller.roles) if caller.person else "",
        )


# ---- what was asked ---------------------------------------------------------------------------------------------


def _asked(
    query: Mapping[str, Any], config: PublicConfig, text: Words, of_zone: Callable[[str], Spot | None]
) -> Asked:
    """Return what the form says; what cannot be read is told on the page, and never guessed.

    `of_zone` gives a place in the one zone that a text names.
    """
    weight = str(query.get("weight", ""))
    asked = Asked(
        text=str(query.get("place", ""))[: placewords.TEXT_MAX],
        weight=weight if weight in WEIGHTS else "",
        height_m=int(_number(query.get("height"), config.height_m, 1, mayfly.HEIGHT_MAX_M)),
        reach_km=_number(query.get("km"), 0.0, 0.2, 200.0),
        accuracy_m=_number(query.get("accuracy"), _ACCURACY_M, 0.0, math.inf),
    )
    said = f"{query.get('lat', '')}, {query.get('lon', '')}" if query.get("lat") and query.get("lon") else ""
    if not asked.text and not said:
        return asked
    places = [Spot(each.lat_deg, each.lon_deg, each.name) for each in config.place]
    try:
        spot = _read(asked.text or said[: placewords.TEXT_MAX], places, of_zone)
        if not asked.text and asked.accuracy_m > ACCURACY_MAX_M:
            raise Malformed("where the device is, it knows too roughly")  # told as any place that is not known
    except Malformed:
        fault = text.say(
            "This place is not known here: {place}. Type latitude and longitude, such as -34.8941, -56.1530.",
            place=(asked.text or said)[:60],
        )
        return asked._replace(fault=fault)
    accuracy_m = _ACCURACY_M if asked.text else asked.accuracy_m
    return asked._replace(
        spot=spot, accuracy_m=accuracy_m, text=asked.text or f"{spot.lat_deg:.5f}, {spot.lon_deg:.5f}"
    )


def _read(text: str, places: Sequence[Spot], of_zone: Callable[[str], Spot | None]) -> Spot:
    try:
        return placewords.read(text, places)
    except Malformed:
        if (spot := of_zone(text)) is None:
            raise
        return spot


def _number(said: object, otherwise: float, least: float, most: float) -> float:
    """Return a number of the address, within bounds; another where it is none."""
    try:
        value = float(str(said)[:20])
    except ValueError:
        return otherwise
    return min(max(value, least), most) if math.isfinite(value) else otherwise


def _kept(asked: Asked) -> dict[str, object]:
    kept: dict[str, object] = {}
    if asked.spot is not None:
        kept |= {"lat": f"{asked.spot.lat_deg:.6f}", "lon": f"{asked.spot.lon_deg:.6f}", "accuracy": asked.accuracy_m}
    if asked.weight:
        kept["weight"] = asked.weight
    kept["height"] = asked.height_m
    if asked.reach_km:
        kept["km"] = f"{asked.reach_km:g}"
    return kept


# ---- the map ----------------------------------------------------------------------------------------------------


def _view(asked: Asked, config: PublicConfig, law: Law) -> Plane:
    """Return what the map shows: about the place that was asked, else the place that is kept, else all zones."""
    if asked.spot is not None:
        return public_map.plane(asked.spot.lat_deg, asked.spot.lon_deg, asked.reach_km or 2.0)
    if config.lat_deg is not None and config.lon_deg is not None:
        return public_map.plane(config.lat_deg, config.lon_deg, asked.reach_km or max(config.radius_km, 0.5) * 1.05)
    boxes = [outline.box_e7 for zone in law.zones for outline in zone.outlines]
    if not boxes:
        return public_map.plane(0.0, 0.0, asked.reach_km or 200.0)
    south, north = min(box[0] for box in boxes) / 1e7, max(box[1] for box in boxes) / 1e7
    west, east = min(box[2] for box in boxes) / 1e7, max(box[3] for box in boxes) / 1e7
    lat_deg, lon_deg = (south + north) / 2, (west + east) / 2
    wide_km = (east - west) * 111.0 * math.cos(math.radians(lat_deg)) / 2
    fits_km = min(max(wide_km, (north - south) * 111.0 / 2, 1.0) * 1.1, 200.0)
    return public_map.plane(lat_deg, (lon_deg + 540.0) % 360.0 - 180.0, asked.reach_km or fits_km)


def _pin(asked: Asked) -> public_map.Pin | None:
    return None if asked.spot is None else public_map.Pin(asked.spot.lat_deg, asked.spot.lon_deg, asked.accuracy_m)


def _reach_link(view: Plane, step: int, address: Any) -> str | None:  # noqa: ANN401  # a function with free names
    """Return the address of the same page, its map one step closer or farther; None where there is none."""
    km = view.metres_per_px * public_map.WIDTH / 2_000
    near = [each for each in public_map.REACH_KM if each < km * 0.99]
    far = [each for each in public_map.REACH_KM if each > km * 1.01]
    found = near[-1:] if step < 0 else far[:1]
    return str(address(km=found[0])) if found else None


def _has_tiles(site: Site, view: Plane) -> bool:
    """Whether there is a map of streets for what is shown: the station's own, or the demo city where it lies there."""
    south, west, north, east = -34.99, -56.34, -34.81, -55.99
    in_demo = south <= view.lat_deg <= north and west <= view.lon_deg <= east
    return assets.own_map(site) is not None or in_demo


# ---- what becomes, and became -------------------------------------------------------------------------------------


def _coming(found: mayfly.MayFly) -> tuple[str, int] | None:
    if found.coming_from_ns is None or found.coming_zone_id is None:
        return None
    return found.coming_zone_name or found.coming_zone_id, found.coming_from_ns


def _counts(law: Law, now_ns: int) -> dict[str, int]:
    """Count zones in public: by what they do now, and all there ever were."""
    holding = [zone for zone in law.zones if zone.in_force(now_ns)]
    announced = [zone for zone in law.zones if lawstate.state_of(zone, now_ns) == lawstate.ANNOUNCED]
    return {
        "bans": sum(zone.fact.rule is Rule.PROHIBITED for zone in holding),
        "permits": sum(zone.fact.rule in {Rule.NEEDS_PERMIT, Rule.CONDITIONAL} for zone in holding),
        "announced": len(announced),
        "ever": len(law.zones),
    }


def _incidents(site: Site) -> list[tuple[str, int]]:
    """Return how many incidents began in each of the last months, the newest first; never where, nor whose."""
    months: dict[str, int] = {}
    for began_ns in site.seen.begun_ns("incident"):
        month = dt.datetime.fromtimestamp(began_ns / 1e9, dt.UTC).strftime("%Y-%m")
        months[month] = months.get(month, 0) + 1
    return sorted(months.items(), reverse=True)[:MONTHS]
