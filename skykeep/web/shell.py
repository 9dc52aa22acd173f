"""The frame of the console's pages that the server makes: tabs, clock, person, and what is said when it must not be.

A tab stands there only where its page exists and whoever asks has its power: both are read from the routes of the
application themselves, so that no tab is ever dead. The pages need no script and load nothing from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from importlib import resources
from typing import Any, NamedTuple
from urllib.parse import quote

import jinja2
from litestar import MediaType, Request, Response
from litestar.routes import HTTPRoute

from skykeep.errors import SkykeepError
from skykeep.rules import powers
from skykeep.rules.powers import Role
from skykeep.views import words
from skykeep.web import spoken, unsent, wishes
from skykeep.web.admitting import caller_of, may
from skykeep.web.caller import Caller
from skykeep.web.masking import STAFF
from skykeep.web.problems import Failed, of_error, of_people
from skykeep.web.site import Site, site_of
from skykeep.web.words import count, marked, say

ASKS = Request[Any, Any, Any]
FRESH_NS = 5 * 10**9
"""A step older than this is no picture of now."""
ADMINS_MAX = 5
ROLE = {
    Role.PUBLISHER: "publisher of zones",
    Role.PERMIT_OFFICER: "permit officer",
    Role.DUTY_OFFICER: "duty officer",
    Role.FIELD_OFFICER: "field officer",
    Role.PILOT: "pilot",
    Role.SITE_SECURITY: "site security",
    Role.AUDITOR: "auditor",
    Role.SENSOR: "sensor",
    Role.INTEGRATOR: "integrator",
    Role.ADMIN: "admin",
    Role.PUBLIC: "everybody",
}


class Tab(NamedTuple):
    """A page of the console, as the head names it."""

    path: str
    words: str


TABS = (
    Tab("/live", marked("Live")),
    Tab("/replay", marked("Replay")),
    Tab("/zones", marked("Zones")),
    Tab("/permits", marked("Permits")),
    Tab("/reports", marked("Reports")),
    Tab("/sensors", marked("Sensors")),
    Tab("/audit", marked("Audit")),
    Tab("/users", marked("Users")),
)


class AsOf(NamedTuple):
    """For which moment a page holds."""

    t_ns: int  # of the last completed step; 0: there was none yet
    fresh: bool
    utc: str
    clock: str
    iso: str


def as_of(site: Site) -> AsOf:
    """Return for which moment what is shown holds."""
    t_ns = site.mirror.now_ns
    fresh = site.mirror.station_up and site.clock_ns() - t_ns < FRESH_NS
    at = words.moment(t_ns)
    return AsOf(t_ns, fresh, words.utc(t_ns), words.clock(t_ns), "" if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}")


def tabs(request: ASKS, caller: Caller | None = None) -> list[Tab]:
    """Return the pages that exist and that whoever asks may see; or somebody else, who is about to sign in."""
    caller, actions = caller or caller_of(request), _actions(request)
    known = [_applies(request, tab, caller) for tab in TABS if tab.path in actions]
    found = [tab for tab in known if may(caller, actions.get(tab.path, "permit.apply"))]
    own = Tab("/users", marked("Account"))
    return [tab if tab.path != "/users" or may(caller, "person.read") else own for tab in found]


def landing(request: ASKS, roles: Iterable[Role], target: str = "") -> str:
    """Return where somebody with these powers is led: to what they wanted, or to their first page of the console.

    A tab that they may not see would answer with a refusal, which is no way to be received.
    """
    actions = _actions(request)
    caller = Caller(roles=(*roles, Role.PUBLIC), kind="session")
    asked = actions.get(target.partition("?")[0].partition("#")[0])
    if target not in {"", "/"} and (asked is None or may(caller, asked)):
        return target
    return next((tab.path for tab in tabs(request, caller)), "/")


def _applies(request: ASKS, tab: Tab, caller: Caller) -> Tab:
    """Whoever may apply for permits and not read them all is led to their own, where there is an office to apply at."""
    held = bool(site_of(request).config.office.record)
    led = tab.path == "/permits" and held and may(caller, "permit.apply") and not may(caller, "permit.read")
    return Tab("/permits/mine", marked("My applications")) if led else tab


def exists(request: ASKS, path: str) -> bool:
    """Whether there is a page of this address that whoever asks may see."""
    routes = [route for route in request.app.routes if isinstance(route, HTTPRoute) and route.path == path]
    handlers = [handler for route in routes for handler in route.route_handlers if "GET" in handler.http_methods]
    return any(may(caller_of(request), str(handler.opt.get("action", ""))) for handler in handlers)


def page(
    request: ASKS,
    template: str,
    *,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
    **known: Any,  # noqa: ANN401  # what a template takes
) -> Response[str]:
    """Return a page in its frame; kept by nobody, for it is of one person and one moment."""
    site, caller = site_of(request), caller_of(request)
    text = _templates.get_template(template).render(
        **wishes.told(request),
        station=site.config.name,
        here=_here(request),
        tabs=tabs(request),
        as_of=as_of(site),
        person=caller.person,
        powers=powers_of(caller),
        may={action: True for action in powers.TABLE if may(caller, action)},
        **known,
    )
    held = {"Cache-Control": "no-store", **(headers or {})}
    return Response(text, status_code=status, media_type=MediaType.HTML, headers=held)


def _here(request: ASKS) -> str:
    """Return the tab that a page belongs to."""
    path = request.url.path.rstrip("/")
    shown, room = [tab.path for tab in tabs(request)], "/" + path.strip("/").partition("/")[0]
    return next((each for each in (path, room) if each in shown), None) or next(
        (each for each in shown if each.startswith(room + "/")), room
    )


def powers_of(caller: Caller) -> str:
    """Return the powers of somebody in words."""
    return ", ".join(say(ROLE[role]) for role in caller.roles if role is not Role.PUBLIC)


def answer_failed(request: ASKS, error: Failed | SkykeepError) -> Response[Any]:
    """Answer a problem as a page in the frame; who is not known is led to the entrance, and back from there."""
    failed = error if isinstance(error, Failed) else of_error(error)
    if failed.name == "not-signed-in" and request.method == "GET":
        return Response(None, status_code=303, headers={"Location": f"/sign-in?target={quote(request.url.path)}"})
    told = of_people(failed)
    if failed.action:
        told = told._replace(detail=_for_whom(request, failed.action))
    if failed.name == "not-signed-in" and (fields := unsent.kept(request)):
        address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return page(request, "unsent.html", status=told.status, fields=fields, address=address)
    return page(
        request,
        "failed.html",
        status=told.status,
        headers=failed.headers,
        told=told,
        english=not failed.action,
        admins=_admins(request) if failed.name == "not-admitted" else [],
    )


def _for_whom(request: ASKS, action: str) -> str:
    """Return for whom something is, and what whoever asks is, in their language."""
    roles = sorted(say(ROLE[role]) for role in powers.TABLE[action].roles)
    whom = ", ".join(roles)
    told = say("This page is for: {roles}.", roles=whom)
    if request.method != "GET":
        told = say("This act is for: {roles}.", roles=whom)
    caller = caller_of(request)
    mine = powers_of(caller) or say("no power")
    return f"{told} {say('You are signed in as {person}: {roles}.', person=caller.person, roles=mine)}"


FAILED: dict[int | type[Exception], Any] = {Failed: answer_failed, SkykeepError: answer_failed}
"""What a controller of pages names as its `exception_handlers`."""


def _admins(request: ASKS) -> list[str]:
    """Return who can give powers; only people of the station are told names."""
    guard = request.app.state.get("guard")
    if guard is None or not STAFF.intersection(caller_of(request).roles):
        return []
    people = guard.people.all()  # exception handlers cannot wait; a handful of rows
    return [each.name for each in people if Role.ADMIN in each.roles and each.dismissed_ns is None][:ADMINS_MAX]


def _actions(request: ASKS) -> Mapping[str, str]:
    """Return the act that each page of the head asks for, as its own handler names it."""
    known: dict[str, str] | None = request.app.state.get("tab_actions")
    if known is None:
        paths = {tab.path for tab in TABS}
        routes = [route for route in request.app.routes if isinstance(route, HTTPRoute) and route.path in paths]
        known = {
            route.path: str(handler.opt.get("action", ""))
            for route in routes
            for handler in route.route_handlers
            if "GET" in handler.http_methods
        }
        request.app.state["tab_actions"] = known
    return known


_templates = jinja2.Environment(
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    loader=jinja2.FunctionLoader(
        lambda name: resources.files("skykeep.web").joinpath(f"templates/{name}").read_text("utf-8")
    ),
)
_templates.filters |= {
    "shown": words.shown,
    "utc": words.utc,
    "clock": words.clock,
    "day": spoken.day,
    "capital": spoken.capital,
    "number": words.number,
    "role": lambda role: say(ROLE[role]),
}
_templates.globals |= {"_": say, "_n": count}  # for macros, which know nothing of the page
