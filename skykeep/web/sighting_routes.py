"""/report-a-drone: a plain form for whoever saw one, and /reports/sightings, where officers read what was reported.

What is sent becomes a fact of the record, anonymous and unverified. The watch concludes nothing from it: a thousand
invented reports move no alarm. Words, place and contact are values of their own that can be erased.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from typing import Any, Final, NamedTuple

from litestar import Controller, MediaType, Request, Response, get, post
from litestar.params import FromQuery

from skykeep.errors import Malformed, SkykeepError
from skykeep.station import asked
from skykeep.station.asked import SIGHTING_LINE_MAX, SIGHTING_WORDS_MAX
from skykeep.views.livemodels import SightingNow
from skykeep.web import placewords, public_frame, shell
from skykeep.web.api.flying import e7
from skykeep.web.asking import ask
from skykeep.web.guard import too_many
from skykeep.web.limits import Limits
from skykeep.web.masked import shown_all
from skykeep.web.placewords import Spot
from skykeep.web.problems import Failed, not_there
from skykeep.web.site import Site, site_of
from skykeep.web.viewsdb import NO_FILTERS
from skykeep.web.words import Words, marked, words_of

ASKS = Request[Any, Any, Any]
FORM: Final = ("application/x-www-form-urlencoded",)
PAGE: Final = 50
ALL_PER_MINUTE: Final = 60
"""Reports of everybody together: a flood must not fill the record."""
MINUTES: Final = (0, 5, 15, 30, 60, 180)
HEADINGS: Final = {
    "n": (marked("north"), 0),
    "ne": (marked("north-east"), 45_000),
    "e": (marked("east"), 90_000),
    "se": (marked("south-east"), 135_000),
    "s": (marked("south"), 180_000),
    "sw": (marked("south-west"), 225_000),
    "w": (marked("west"), 270_000),
    "nw": (marked("north-west"), 315_000),
}
HOVERING: Final = "hover"
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
_HOUR_IN_MINUTES = 60.0


class Filled(NamedTuple):
    """The form as it was filled in."""

    key: str
    what: str = ""
    place: str = ""
    minutes: str = ""
    heading: str = ""
    contact: str = ""


class Doors:
    """How many reports are let in: of one address, and of all together."""

    def __init__(self, per_hour: int) -> None:
        self._address, self._all = Limits(per_hour), Limits(ALL_PER_MINUTE)

    def enter(self, address: str, now_s: float) -> None:
        """Count a report; raises Failed where there were too many."""
        wait_s = self._address.take(address, now_s / _HOUR_IN_MINUTES) * _HOUR_IN_MINUTES
        wait_s = wait_s or self._all.take("all", now_s)
        if wait_s > 0:
            raise too_many(wait_s, "more reports than one address may send in an hour, or all together in a minute")


class SightingPages(Controller):
    """The form for everybody."""

    path = "/report-a-drone"
    include_in_schema = False
    exception_handlers = {Failed: public_frame.answer_failed, SkykeepError: public_frame.answer_failed}  # noqa: RUF012  # the framework's way

    @get("/", opt={"action": "sighting.report"}, media_type=MediaType.HTML)
    async def form(self, request: ASKS, place: FromQuery[str] = "") -> Response[str]:
        """Show the form."""
        _require_open(site_of(request))
        return _form(request, Filled(key=secrets.token_urlsafe(24), place=place[:SIGHTING_LINE_MAX]), [])

    @post("/", opt={"action": "sighting.report", "takes": FORM}, media_type=MediaType.HTML, status_code=201)
    async def report(self, request: ASKS) -> Response[str]:
        """Take a report in, and give its receipt."""
        site = site_of(request)
        _require_open(site)
        said = await request.form()
        filled = Filled(**{name: str(said.get(name, ""))[: SIGHTING_WORDS_MAX * 2] for name in Filled._fields})
        faults = _faults(filled, words_of(request))
        if said.get("website"):  # people do not see this field; programs that fill in everything do
            faults.append(("website", words_of(request).say(marked("This form is not whole. Open the page again."))))
        if faults:
            return _form(request, filled, faults, status=400)
        number = receipt(filled.key)
        _doors(request).enter(str(request.scope["state"].get("address", "?")), site.clock_ns() / 1e9)
        await ask(
            site, request, "sighting.report", asked.Done, subject=f"sighting:{number}",
            arguments=_arguments(filled, site), key=f"sighting:{filled.key}",
        )  # fmt: skip
        return public_frame.page(request, "sighting_sent.html", status=201, number=number)


class SightingsRead(Controller):
    """What was reported, for officers."""

    path = "/reports/sightings"
    include_in_schema = False
    exception_handlers = shell.FAILED

    @get("/", opt={"action": "sighting.read"}, media_type=MediaType.HTML)
    async def sightings(self, request: ASKS, cursor: FromQuery[str] = "") -> Response[str]:
        """List what people reported, the newest first."""
        found = site_of(request).seen.page("sighting", cursor or None, PAGE, NO_FILTERS)
        items = shown_all(request, found.items)
        return shell.page(request, "sightings.html", rows=[row(each) for each in items], after=found.after)


class Row(NamedTuple):
    """One report as officers read it."""

    number: str
    t_ns: int
    t_claimed_ns: int | None
    what: str
    place: str
    heading: str
    contact: str


def row(of: SightingNow) -> Row:
    """Return a report in words; what was erased is told as such."""
    names = {mdeg: name for name, mdeg in HEADINGS.values()}
    heading = (
        "hovered" if of.hovering else "" if of.heading_mdeg is None else f"to the {names.get(of.heading_mdeg, '?')}"
    )
    place = " · ".join(_value(each) for each in (of.place_words, of.place) if each)
    return Row(of.sighting_id, of.t_ns, of.t_claimed_ns, _value(of.what), place, heading, _value(of.contact or ""))


def _value(said: str) -> str:
    return "(erased, or not yours to read)" if re.fullmatch("(text|place):[a-z2-7]{16}", said) else said


def receipt(key: str) -> str:
    """Return the number of a report: the same for the same form that is sent twice."""
    digest = hashlib.sha256(b"skykeep sighting\0" + key.encode()).digest()
    return "S-" + base64.b32encode(digest).decode()[:10]


def _require_open(site: Site) -> None:
    if not site.config.public.sightings:
        raise not_there("form: this station takes no reports here")


def _doors(request: ASKS) -> Doors:
    found = request.app.state.get("sighting_doors")
    if found is None:
        found = request.app.state["sighting_doors"] = Doors(site_of(request).config.public.sightings_per_hour)
    assert isinstance(found, Doors)
    return found


def _form(request: ASKS, filled: Filled, faults: list[tuple[str, str]], status: int = 200) -> Response[str]:
    text = words_of(request)
    return public_frame.page(
        request,
        "sighting.html",
        status=status,
        filled=filled,
        faults=faults,
        wrong={name for name, _ in faults},
        minutes=[(str(each), _ago(each, text)) for each in MINUTES],
        headings=[(code, text.say(name)) for code, (name, _) in HEADINGS.items()],
        words_max=SIGHTING_WORDS_MAX,
        line_max=SIGHTING_LINE_MAX,
    )


def _ago(minutes: int, text: Words) -> str:
    return text.count(minutes, "{n} minute ago", "{n} minutes ago") if minutes else text.say(marked("just now"))


def _faults(filled: Filled, text: Words) -> list[tuple[str, str]]:
    """Return what is wrong, by field, in words."""
    found: list[tuple[str, str]] = []
    if not _KEY.fullmatch(filled.key):
        found.append(("key", text.say(marked("This form is not whole. Open the page again."))))
    if not filled.what.strip():
        found.append(("what", text.say(marked("Say what you saw or heard."))))
    for name, most in (("what", SIGHTING_WORDS_MAX), ("place", SIGHTING_LINE_MAX), ("contact", SIGHTING_LINE_MAX)):
        if len(getattr(filled, name)) > most:
            found.append((name, text.say(marked("This is too long: at most {n} characters."), n=most)))
    if filled.minutes and filled.minutes not in {str(each) for each in MINUTES}:
        found.append(("minutes", text.say(marked("Choose one of the times."))))
    if filled.heading and filled.heading not in {*HEADINGS, HOVERING}:
        found.append(("heading", text.say(marked("Choose one of the directions."))))
    return found


def _arguments(filled: Filled, site: Site) -> asked.SightingReport:
    known = [Spot(each.lat_deg, each.lon_deg, each.name) for each in site.config.public.place]
    try:
        spot = placewords.read(filled.place, known)
    except Malformed:
        spot = None  # it stands in words
    return asked.SightingReport(
        what=filled.what.strip(),
        ago_ns=int(filled.minutes) * 60 * 10**9 if filled.minutes else None,
        place=None if spot is None else (e7(spot.lat_deg), e7(spot.lon_deg)),
        place_words=filled.place.strip(),
        heading_mdeg=HEADINGS[filled.heading][1] if filled.heading in HEADINGS else None,
        hovering=True if filled.heading == HOVERING else False if filled.heading else None,
        contact=filled.contact.strip(),
    )
