"""The web process as an application: routes, guards and problems put together; one for each station."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.middleware import ASGIMiddleware
from litestar.params import FromPath
from litestar.types import ASGIApp, ControllerRouterHandler, Message, Middleware, Receive, Scope, Send

from skykeep.errors import SkykeepError
from skykeep.web import openapi, problems, unsent
from skykeep.web.account_files import AccountFiles
from skykeep.web.admitting import admitted, typed
from skykeep.web.api import (
    alarms,
    applications,
    audit,
    drafts,
    flying,
    health,
    incidents,
    keeping,
    law,
    moment,
    past,
    permits,
    record,
    sensors,
    sightings,
    stream,
    tracks,
)
from skykeep.web.apply_pages import ApplyPages
from skykeep.web.assets import Assets
from skykeep.web.audit_pages import AuditPages
from skykeep.web.check_pages import CheckPages
from skykeep.web.conditional import Conditional
from skykeep.web.console_page import ConsolePages
from skykeep.web.incident_routes import IncidentPages
from skykeep.web.jsondepth import ShallowRequest
from skykeep.web.lawbook import LawBook
from skykeep.web.masked import Mask, as_it_is
from skykeep.web.notify_routes import NotifyPages
from skykeep.web.once import Answers, Once
from skykeep.web.operators import Operators
from skykeep.web.own_permits import OwnPermits
from skykeep.web.pages import answer_nowhere
from skykeep.web.people_routes import ROUTES
from skykeep.web.permit_acts import PermitFormActs
from skykeep.web.permit_pages import PermitPages
from skykeep.web.permit_volumes import PermitVolumes
from skykeep.web.public_routes import PublicPages
from skykeep.web.replay_page import ReplayPages
from skykeep.web.report_pages import ReportPages
from skykeep.web.reveal_routes import RevealRoutes
from skykeep.web.second_factor_routes import FACTOR_ROUTES
from skykeep.web.sensor_pages import SensorPages
from skykeep.web.sighting_routes import SightingPages, SightingsRead
from skykeep.web.site import Site
from skykeep.web.strict import asked_rightly, with_body
from skykeep.web.surroundings import Surroundings
from skykeep.web.users_acts import UsersActs
from skykeep.web.users_pages import UsersPages
from skykeep.web.wishes import Wishing
from skykeep.web.zone_acts import ZoneForms
from skykeep.web.zone_pages import ZonePages

PREFIX: Final = openapi.PREFIX
BODY_MAX_BYTES = 1 << 20
"""Of JSON that handlers decode; files and pushes have a limit of their own."""
API: tuple[ControllerRouterHandler, ...] = (
    moment.read_time,
    law.LawRead,
    flying.ask_law,
    drafts.Drafts,
    drafts.ZoneActs,
    permits.Permits,
    applications.Applications,
    applications.PermitActs,
    permits.Credentials,
    tracks.TracksRead,
    past.Past,
    alarms.Alarms,
    incidents.Incidents,
    sightings.Sightings,
    sensors.Sensors,
    record.Record,
    keeping.Keeping,
    health.read_live,
    health.read_ready,
    health.read_health,
    health.read_metrics,
    audit.list_acts,
    stream.follow,
)

PAGES: tuple[ControllerRouterHandler, ...] = (
    Assets,
    ConsolePages,
    Operators,
    Surroundings,
    PermitVolumes,
    ReplayPages,
    IncidentPages,
    NotifyPages,
    PublicPages,
    CheckPages,
    SightingPages,
    SightingsRead,
    SensorPages,
    AuditPages,
    ReportPages,
    AccountFiles,
    ApplyPages,
    OwnPermits,
    PermitPages,
    PermitFormActs,
    UsersPages,
    UsersActs,
    ZonePages,
    ZoneForms,
)


class Named(ASGIMiddleware):
    """Gives each answer the id of its request, the same that its problem and the log name."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        name = scope["state"].setdefault("request_id", secrets.token_hex(8))

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message["headers"])
                if all(each.lower() != b"x-request-id" for each, _ in headers):
                    message["headers"] = [*headers, (b"x-request-id", name.encode())]
            await send(message)

        await next_app(scope, receive, named)


class ProblemKind(msgspec.Struct, frozen=True, kw_only=True):
    """What a type of problem means."""

    type: str
    title: str
    status: int
    meaning: str
    remedy: str


@get("/problems/{name:str}", opt={"action": "time.read"}, tags=("problems",))
async def read_problem(name: FromPath[str]) -> ProblemKind:
    """Read what a type of problem means, and what usually helps."""
    kind = problems.KINDS.get(name)
    if kind is None:
        raise problems.not_there(f"problem {name}")
    return ProblemKind(
        type=problems.TYPES + name, title=kind.title, status=kind.status, meaning=kind.meaning, remedy=kind.remedy
    )


DESCRIBED: tuple[ControllerRouterHandler, ...] = (*API, read_problem, *ROUTES, *FACTOR_ROUTES, RevealRoutes)
"""All that the description tells of, also what whoever puts the station together serves beside the interface's own."""


@get("/openapi.json", opt={"action": "time.read"}, include_in_schema=False, sync_to_thread=True)
def read_openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Read the description of this interface; it is made when it is first asked for."""
    return Response(openapi.document(request.app.state["described"]), media_type=openapi.MEDIA_TYPE)


def make(
    site: Site,
    *,
    routers: Sequence[ControllerRouterHandler] = (),
    middleware: Sequence[Middleware] = (),
    before_send: Sequence[Any] = (),
    mask: Mask = as_it_is,
    metrics: health.Metrics | None = None,
    lifespan: Sequence[Any] = (),
) -> Litestar:
    """Make the application of a station. `middleware` finds out who asks, before everything else is decided.

    `routers` come besides the interface's own: pages, sign-in, the stream. Raises Unavailable where the file of answers
    cannot be opened.
    """
    answers = Answers(site.home.run / "answered.db", site.clock_ns)
    once = Once(answers, body_max_bytes=site.config.web.body_max_bytes)
    known = {"site": site, "mask": mask, "metrics": metrics, "lawbook": LawBook(), "described": DESCRIBED}
    return Litestar(
        route_handlers=[
            Router(PREFIX, route_handlers=[*API, read_problem, read_openapi]),
            *PAGES,
            *routers,
        ],
        middleware=[Named(), Wishing(), *middleware, once, Conditional()],
        request_class=ShallowRequest,
        guards=[unsent.keep, admitted, asked_rightly, typed, with_body],
        exception_handlers={
            problems.Failed: problems.answer_failed,
            SkykeepError: problems.answer_family,
            HTTPException: answer_nowhere,
            Exception: problems.answer_fault,
        },
        before_send=list(before_send),
        state=State(known, deep_copy=False),
        request_max_body_size=min(BODY_MAX_BYTES, site.config.web.body_max_bytes),
        openapi_config=None,
        lifespan=list(lifespan),
        on_shutdown=[answers.close],
        logging_config=None,
        debug=False,
    )
