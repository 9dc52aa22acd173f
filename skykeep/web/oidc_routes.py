"""/sign-in/oidc: to the provider and back; whoever it vouches for gets the powers that it names, and no others."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

from litestar import Controller, MediaType, Request, Response, get
from litestar.params import FromQuery

from skykeep.errors import Refused, Unavailable
from skykeep.rules.powers import Role
from skykeep.station import asked
from skykeep.station.people import Person
from skykeep.web import sessions
from skykeep.web.entering import OPEN, TRIES_PER_MINUTE, entered, guard_of, local, sentence
from skykeep.web.entrance_page import Link, Page, answer
from skykeep.web.noting import note
from skykeep.web.oidc import PENDING_S, Oidc, Powerless, Vouched
from skykeep.web.problems import not_there
from skykeep.web.shell import landing
from skykeep.web.site import site_of
from skykeep.web.untelling import untold

ASKS = Request[Any, Any, Any]
QUERY_MAX = 4_096


class OidcPages(Controller):
    """Two addresses: where a sign-in begins, and where the provider sends people back to."""

    path = "/sign-in/oidc"
    include_in_schema = False

    @get(opt=OPEN, media_type=MediaType.HTML)
    async def begin(self, request: ASKS, target: FromQuery[str] = "") -> Response[Any]:
        guard = guard_of(request)
        guard.count(
            f"oidc {request.scope['state']['address']}", times=guard.config.requests_per_minute / TRIES_PER_MINUTE
        )
        try:
            begun = await _oidc(request).begin(_back(request), local(target))
        except (Unavailable, Refused) as error:
            return _said(request, sentence(error), status=503)
        cookie = guard.cookies.set(guard.cookies.pending, begun.cookie, max_age_s=PENDING_S)
        return Response(None, status_code=303, headers={"Location": begun.address}, cookies=[cookie])

    @get("/done", opt=OPEN, media_type=MediaType.HTML)
    async def done(self, request: ASKS) -> Response[Any]:
        guard = guard_of(request)
        query = {key: value[:QUERY_MAX] for key, value in request.query_params.items()}
        cookie = sessions.read(request.headers.get("cookie", ""), guard.cookies.pending)
        try:
            vouched = await _oidc(request).finish(query, cookie)
            person = await _enrolled(request, vouched)
        except Powerless as error:
            try:
                await _ended(request, error.subject)
            except Unavailable as unavailable:
                return _said(request, sentence(unavailable), status=503)
            return _said(request, sentence(error), status=401)
        except Refused as error:
            return _said(request, sentence(error), status=401)
        except Unavailable as error:
            return _said(request, sentence(error), status=503)
        cleared = guard.cookies.clear(guard.cookies.pending)
        return await entered(request, person.name, "oidc", landing(request, person.roles, vouched.target), (cleared,))


async def _enrolled(request: ASKS, vouched: Vouched) -> Person:
    """Return the account of whom the provider vouches for; a new one, or one with other powers, is recorded first."""
    people, now_ns = guard_of(request).people, guard_of(request).now_ns()
    known = await asyncio.to_thread(people.vouched, vouched.issuer, vouched.subject)
    if known is not None and known.dismissed_ns is not None:
        raise Refused("this account was dismissed; ask an admin")
    if known is not None and known.roles == vouched.roles:
        return known
    name = vouched.name
    if known is not None:
        name = known.name
    elif await asyncio.to_thread(people.find, name) is not None:  # another subject has it: a name is one person
        name = f"{hashlib.sha256(vouched.subject.encode()).hexdigest()[:12]}@{name.partition('@')[2]}"
    action = "person.enrol" if known is None else "person.change"
    digests = asked.Noted(
        before_sha256=None if known is None else _digest(known.roles), after_sha256=_digest(vouched.roles)
    )
    await note(
        site_of(request), action, vouched.issuer, (Role.ADMIN,), f"person:{name}",
        reason=f"as {vouched.issuer} says", arguments=digests,
    )  # fmt: skip
    return await asyncio.to_thread(
        people.federate, name, vouched.roles, now_ns, issuer=vouched.issuer, subject=vouched.subject
    )


async def _ended(request: ASKS, subject: str) -> None:
    """End all that somebody holds whom the provider names no power for any more: sessions, tokens, devices."""
    people, oidc = guard_of(request).people, site_of(request).config.oidc
    assert oidc is not None
    known = await asyncio.to_thread(people.vouched, oidc.issuer, subject)
    if known is None or known.dismissed_ns is not None:
        return
    before = asked.Noted(before_sha256=_digest(known.roles), after_sha256=_digest(()))
    reason = f"{oidc.issuer} names no power any more"
    await note(
        site_of(request), "person.change", oidc.issuer, (Role.ADMIN,), f"person:{known.name}",
        reason=reason, arguments=before,
    )  # fmt: skip
    await asyncio.to_thread(people.sign_out, known.name)
    await untold(request, known.name)


def _digest(roles: tuple[Role, ...]) -> str:
    return hashlib.sha256(" ".join(sorted(role.value for role in roles)).encode()).hexdigest()


def _oidc(request: ASKS) -> Oidc:
    found = request.app.state.get("oidc")
    if not isinstance(found, Oidc):
        raise not_there(request.url.path)
    return found


def _back(request: ASKS) -> str:
    """Return the address that the provider sends people back to; register it there."""
    guard = guard_of(request)
    base = guard.config.public_url.rstrip("/") or guard.origins({"host": request.headers.get("host", "")})[0]
    return f"{base}/sign-in/oidc/done"


def _said(request: ASKS, said: str, *, status: int) -> Response[str]:
    page = Page(title="Sign in", said=said, links=(Link("/sign-in", "Back"),))
    return answer(request.scope, site_of(request).config, page, status=status)
