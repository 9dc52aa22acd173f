"""/api/v1/law/at: may I fly here? For everybody."""

from __future__ import annotations

import asyncio
import math
from typing import Annotated, Any

from litestar import Request, get
from litestar.params import QueryParameter

from skykeep.rules.law import Law, enact
from skykeep.station import heights
from skykeep.web import mayfly
from skykeep.web.lawbook import LawBook, acts
from skykeep.web.mayfly import MayFly, Question
from skykeep.web.problems import Failed
from skykeep.web.site import Site, site_of

ASKED_TIMES = 4.0
"""An answer counts as so many requests of an address: it is dearer than a page."""
FRESH_NS = 5 * 10**9

LatDeg = Annotated[float, QueryParameter(name="lat_deg", ge=-90, le=90)]
LonDeg = Annotated[float, QueryParameter(name="lon_deg", ge=-180, le=180)]
AccuracyM = Annotated[float, QueryParameter(name="accuracy_m", ge=0, le=10_000)]
HeightM = Annotated[int, QueryParameter(name="height_m", ge=0, le=mayfly.HEIGHT_MAX_M)]
MassG = Annotated[int | None, QueryParameter(name="mass_g", ge=1, le=100_000)]


@get("/law/at", opt={"action": "law.read"}, tags=("law",))
async def ask_law(
    request: Request[Any, Any, Any],
    lat_deg: LatDeg,
    lon_deg: LonDeg,
    accuracy_m: AccuracyM = 0.0,
    height_m: HeightM = 120,
    mass_g: MassG = None,
) -> MayFly:
    """Ask whether somebody without a permit may fly at a place, from the ground up to a height above it.

    `cannot_tell` is an answer: the law was not declared complete, a zone cannot be compared, or the station is not
    heard. No answer is an authorisation.
    """
    return await answered(request, Question(e7(lat_deg), e7(lon_deg), accuracy_m, height_m, mass_g))


async def answered(request: Request[Any, Any, Any], question: Question) -> MayFly:
    """Return the answer to a question, counted against whoever asks."""
    count(request, ASKED_TIMES)
    site = site_of(request)
    law = await law_of(request)
    now_ns, is_fresh = site.now_ns, fresh(site)

    def with_levels(known: Law) -> Law:
        files = [site.home.at(name) for name in site.config.law.terrain]
        sampled = heights.at_places([(question.lat_e7, question.lon_e7)], files)
        return enact(known, [act for _, act in heights.acts(sampled, site.config.watch.qnh_hpa, 0)])

    async with request.app.state["lawbook"].turns:
        return await asyncio.to_thread(
            mayfly.ask, question, law, now_ns=now_ns, fresh=is_fresh, with_levels=with_levels
        )


async def law_of(request: Request[Any, Any, Any]) -> Law:
    """Return the law as it stands in the views, compiled; what is new is compiled beside the loop."""
    book: LawBook = request.app.state["lawbook"]
    kept = site_of(request).seen.enacted()
    law = book.current(kept)
    return law if law is not None else await asyncio.to_thread(book.take, kept, kept.changed, acts(kept))


def count(request: Request[Any, Any, Any], times: float) -> None:
    """Count a request of somebody as so many; raises Failed where they ask too much."""
    guard = request.app.state.get("guard")
    if guard is not None:
        caller = request.scope.get("user")
        address = request.scope["state"].get("address", "?")
        name = "" if caller is None else caller.session_id or caller.person
        guard.count(f"{caller.kind} {name}" if name else f"address {address}", times=times)


def fresh(site: Site) -> bool:
    """Whether the station was heard within the last seconds."""
    return site.mirror.station_up and site.clock_ns() - site.mirror.now_ns < FRESH_NS


def e7(value_deg: float) -> int:
    """Return degrees as 1e-7 degree; a problem where it is no number."""
    if not math.isfinite(value_deg):
        raise Failed("malformed", f"{value_deg} is no place", "Give latitude and longitude in degrees.")
    return round(value_deg * 1e7)
