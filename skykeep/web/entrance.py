"""The entrance of the web process put together: accounts, guard, headers, pages and routes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from litestar import Litestar, Router
from litestar.middleware import ASGIMiddleware
from litestar.types import ControllerRouterHandler

from skykeep.errors import SkykeepError
from skykeep.station.breached import Breached
from skykeep.station.people import People
from skykeep.web import headers
from skykeep.web.guard import Guard, Guarding
from skykeep.web.masking import Masking, Names
from skykeep.web.oidc import Oidc
from skykeep.web.oidc_routes import OidcPages
from skykeep.web.people_routes import ROUTES
from skykeep.web.reveal_routes import RevealRoutes, part_of_open
from skykeep.web.revealed import Revealed
from skykeep.web.second_factor import FactorPages
from skykeep.web.second_factor_routes import FACTOR_ROUTES
from skykeep.web.second_step import SecondStep
from skykeep.web.sign_in import SignInPages
from skykeep.web.site import Site

PREFIX = "/api/v1"
PRUNE_S = 600.0
log = logging.getLogger("skykeep.web.people")


@dataclass(frozen=True, slots=True)
class Entrance:
    """What `skykeep.web.app.make` takes: routers, middleware, before_send, mask, lifespan."""

    guard: Guard
    routers: tuple[ControllerRouterHandler, ...]
    middleware: tuple[ASGIMiddleware, ...]
    before_send: tuple[headers.Hook, ...]
    mask: Masking
    lifespan: Callable[[Litestar], contextlib.AbstractAsyncContextManager[None]]


def entrance(site: Site, names: Names, *, now_ns: Callable[[], int] = time.time_ns) -> Entrance:
    """Open the accounts of a station and return its entrance; raises Refused where its configuration is wrong."""
    people = People(site.home.people)
    try:
        revealed = Revealed(lambda incident_id, track_id: part_of_open(site, incident_id, track_id))
        guard = Guard(people, site.config.web, revealed, now_ns, asks=site.config.people, breached=_breached(site))
        oidc = None if site.config.oidc is None else _oidc(site, now_ns)
    except SkykeepError:
        people.close()
        raise

    @contextlib.asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncGenerator[None, None]:
        app.state["guard"], app.state["oidc"] = guard, oidc
        pruning = asyncio.create_task(_prune(guard))
        try:
            yield
        finally:
            pruning.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await pruning
            await asyncio.to_thread(people.close)

    return Entrance(
        guard=guard,
        routers=(
            SignInPages,
            SecondStep,
            FactorPages,
            OidcPages,
            Router(PREFIX, route_handlers=[*ROUTES, *FACTOR_ROUTES, RevealRoutes]),
        ),
        middleware=(Guarding(guard),),
        before_send=(headers.hook(tls=guard.cookies.tls),),
        mask=Masking(names),
        lifespan=lifespan,
    )


def _oidc(site: Site, now_ns: Callable[[], int]) -> Oidc:
    config = site.config.oidc
    assert config is not None
    site.home.secret(config.client_secret_file)  # what is wrong with it is said when the process begins
    return Oidc(config, lambda: site.home.secret(config.client_secret_file), now_ns)


def _breached(site: Site) -> Breached | None:
    name = site.config.people.breached_passwords
    return Breached(site.home.at(name)) if name else None


async def _prune(guard: Guard) -> None:
    """Remove what is over, now and then."""
    config, people = guard.config, guard.people
    while True:
        try:
            times = {"idle_s": config.session_idle_s, "max_s": config.session_max_s}
            await asyncio.to_thread(people.sessions.prune, guard.now_ns(), **times)
            await asyncio.to_thread(people.locks.prune, guard.now_ns())
            await asyncio.to_thread(people.factors.prune, guard.now_ns())
        except SkykeepError as error:
            log.warning("accounts are not cleaned up: %s", error)
        await asyncio.sleep(PRUNE_S)
