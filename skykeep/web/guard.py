"""Who is asking: the guard before all handlers finds out by cookie, token or key, and turns the greedy away.

    Authorization: Bearer skt_…   a token of a person, for programs
    Authorization: Bearer sks_…   a sensor's key
    cookie                        the session of a browser or device

What it finds is `request.user`, a `Caller`; what that one may do, the table of powers says (`rules.powers`). A token or
key that does not hold is refused (401); a cookie that does not hold is nobody's, so that its browser can sign in again.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus

import msgspec
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from skykeep.rules.powers import Role
from skykeep.station import peoplesensors, peopletokens
from skykeep.station.breached import Breached
from skykeep.station.people import People
from skykeep.station.peoplesessions import Session
from skykeep.station.webconfig import PeopleConfig, SecondFactor, WebConfig
from skykeep.web import csrf, sessions, unsent
from skykeep.web.caller import PUBLIC, Caller
from skykeep.web.limits import Limits, address_key, client_address
from skykeep.web.problems import Failed
from skykeep.web.revealed import Revealed

SENSOR_TIMES = 0.05  # a request of a sensor counts as a twentieth: it sends ten a second
FILE_TIMES = 0.05  # so does one for a file or a piece of the map: a page needs dozens of them
FILES = ("/static/", "/map/")
BEARER = "bearer "
FORWARDED = b"x-forwarded-for"
"""Some proxies add a line of their own below what the sender said: all lines count as one (RFC 9110, 5.3)."""
REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
WITHOUT_FACTOR = frozenset({Role.PILOT, Role.INTEGRATOR, Role.PUBLIC})
"""Whom `second_factor = "required"` leaves out: they see or decide nothing of others, or are machines with tokens."""
log = logging.getLogger("skykeep.web.people")


class Guard:
    """The accounts of a station as its web process asks for them."""

    def __init__(
        self,
        people: People,
        config: WebConfig,
        revealed: Revealed,
        now_ns: Callable[[], int] = time.time_ns,
        *,
        asks: PeopleConfig | None = None,
        breached: Breached | None = None,
    ) -> None:
        self.people, self.config, self.revealed, self.now_ns = people, config, revealed, now_ns
        self.asks, self.breached = asks or PeopleConfig(), breached
        self.cookies = sessions.Cookies(sessions.by_tls(config))
        self.limits = Limits(config.requests_per_minute)

    def session(self, cookie: str) -> Session | None:
        """Return the session of a cookie; None where it does not hold."""
        config = self.config
        if not cookie:
            return None
        return self.people.sessions.find(
            cookie, self.now_ns(), idle_s=config.session_idle_s, max_s=config.session_max_s
        )

    def caller(self, headers: Mapping[str, str]) -> Caller:
        """Return who sends a request with these headers; raises Failed where a token or key does not hold."""
        said = headers.get("authorization", "")
        if said:
            return self._bearer(said)
        found = self.session(sessions.read(headers.get("cookie", ""), self.cookies.session))
        return PUBLIC if found is None else self._of_session(found)

    async def found(self, headers: Mapping[str, str]) -> Caller:
        """Return who sends a request, without keeping the others waiting for the disk."""
        said = headers.get("authorization", "")
        if not said and "cookie" not in headers:
            return PUBLIC
        if peoplesensors.PREFIX in said:  # is at hand in memory, and comes by the hundred a second
            return self.caller(headers)
        return await asyncio.to_thread(self.caller, headers)

    def holds(self, caller: Caller) -> bool:
        """Whether somebody who was let in may stay with the same powers: asked now and then by what lasts."""
        now_ns, config = self.now_ns(), self.config
        if caller.kind in {"session", "device"}:
            times = {"idle_s": config.session_idle_s, "max_s": config.session_max_s}
            found = next(
                (s for s in self.people.sessions.of(caller.person, now_ns, **times) if s.id == caller.session_id), None
            )
            return found is not None and self._of_session(found).roles == caller.roles
        if caller.kind == "token":
            token = self.people.tokens.get(caller.session_id)
            return token is not None and token.expires_ns > now_ns and _held(token.allowed) == caller.roles
        return True

    def _of_session(self, found: Session) -> Caller:
        lacks = found.kind == "password" and not found.second_factor and must_enrol(self.asks, found.roles)
        return Caller(
            person=found.person,
            roles=(Role.PUBLIC,) if found.must_change or lacks else _held(found.roles),
            kind="device" if found.kind == "device" else "session",
            session_id=found.id,
        )

    def _bearer(self, said: str) -> Caller:
        presented = said[len(BEARER) :].strip() if said[: len(BEARER)].lower() == BEARER else ""
        if presented.startswith(peopletokens.PREFIX):
            token = self.people.tokens.find(presented, self.now_ns())
            if token is not None:
                return Caller(
                    person=token.person,
                    roles=_held(token.allowed),
                    kind="token",
                    session_id=token.id,
                )
        if presented.startswith(peoplesensors.PREFIX):
            sensor_id = self.people.sensors.verify(presented, self.now_ns())
            if sensor_id is not None:
                return Caller(person=sensor_id, roles=_held((Role.SENSOR,)), kind="sensor")
        raise Failed("not-signed-in", "the token or key does not hold: unknown, expired or withdrawn")

    def address(self, scope: HTTPScope) -> str:
        """Return what the sender's address counts as."""
        client = scope.get("client")
        peer = client[0] if client else ""
        forwarded = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == FORWARDED)
        return address_key(client_address(peer, forwarded, trust_proxy=self.config.trust_proxy))

    def count(self, key: str, *, times: float = 1.0) -> None:
        """Count a request of somebody; raises Failed with Retry-After where they ask too much."""
        wait_s = self.limits.take(key, self.now_ns() / 1e9, times=times)
        if wait_s > 0:
            raise too_many(wait_s, "more requests than one address, token or session may send in a minute")

    def origins(self, headers: Mapping[str, str]) -> tuple[str, ...]:
        """Return the origins that our own pages have."""
        if self.config.public_url:
            return ("/".join(self.config.public_url.split("/")[:3]),)
        host = headers.get("host", "")
        return (f"{'https' if self.cookies.tls else 'http'}://{host}",)


def must_enrol(asks: PeopleConfig, roles: Collection[Role]) -> bool:
    """Whether somebody with these powers needs a second factor besides a password."""
    return asks.second_factor is SecondFactor.REQUIRED and not WITHOUT_FACTOR.issuperset(roles)


def _times(path: str, caller: Caller) -> float:
    """Return how dear a request is."""
    if caller.kind == "sensor":
        return SENSOR_TIMES
    return FILE_TIMES if path.startswith(FILES) else 1.0


def _held(roles: tuple[Role, ...]) -> tuple[Role, ...]:
    return (*roles, Role.PUBLIC)


def too_many(wait_s: float, detail: str) -> Failed:
    """Return the problem of somebody who must wait."""
    return Failed("too-many", detail, headers={"Retry-After": str(max(1, math.ceil(wait_s)))})


class Guarding(ASGIMiddleware):
    """Asks the guard of each request, before anything is read of it."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, guard: Guard) -> None:
        self.guard = guard

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        assert scope["type"] == ScopeType.HTTP
        guard = self.guard
        headers = _headers(scope)
        scope["user"], scope["auth"] = PUBLIC, None
        address = guard.address(scope)
        try:
            caller = await guard.found(headers)
        except Failed:
            log.warning("refused: a token or key that does not hold, from %s", address)
            guard.count(f"address {address}")  # guessing is not free
            raise
        key = f"{caller.kind} {caller.session_id or caller.person}" if caller is not PUBLIC else f"address {address}"
        guard.count(key, times=_times(scope["path"], caller))
        by_cookie = caller.kind in {"session", "device"}
        wrong = csrf.fault(scope["method"], headers, guard.origins(headers), by_cookie=by_cookie)
        if wrong and "authorization" not in headers:
            log.warning("refused: %r to %s from %s: %s", scope["path"], caller.person or "somebody", address, wrong)
            raise Failed("not-admitted", wrong, "Send it from the station's own pages, or with a token.")
        ours = csrf.fault(scope["method"], headers, guard.origins(headers), by_cookie=True) is None
        scope["state"][unsent.OURS] = ours
        unmasked = guard.revealed.to(caller.session_id, guard.now_ns()) if caller.session_id else frozenset()
        scope["user"] = msgspec.structs.replace(caller, unmasked=unmasked) if unmasked else caller
        scope["state"]["address"] = address
        await next_app(scope, receive, _noting(scope, send, address))


def _noting(scope: HTTPScope, send: Send, address: str) -> Send:
    """Return a sender that writes down who was refused what."""

    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] in REFUSED:
            caller = scope["user"]
            who = caller.person or "somebody"
            log.warning(
                "refused (%d): %r %r to %s from %s", message["status"], scope["method"], scope["path"], who, address
            )
        await send(message)

    return noting


def _headers(scope: HTTPScope) -> dict[str, str]:
    """Return the headers that the guard reads; of one that stands twice, all but the first count for nothing."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in reversed(list(scope["headers"]))}
