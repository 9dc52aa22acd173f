"""What all ways of signing in share: the session that begins, where it leads, who must wait, what is recorded."""

from __future__ import annotations

import asyncio
import logging
import math
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie

from skykeep.errors import Refused, Unavailable
from skykeep.rules.powers import Role
from skykeep.station import peoplepasswords
from skykeep.station.people import Person
from skykeep.web import sessions
from skykeep.web.entrance_page import Page, answer
from skykeep.web.guard import Guard, must_enrol
from skykeep.web.noting import note
from skykeep.web.problems import Failed
from skykeep.web.shell import landing
from skykeep.web.site import site_of
from skykeep.web.words import count, say

log = logging.getLogger("skykeep.web.people")
FORM = ("application/x-www-form-urlencoded",)
OPEN = {"action": "session.begin", "takes": FORM}
TRIES_PER_MINUTE = 20  # of one address, for all names
PASSWORD_PAGE, FACTOR_PAGE = "/password", "/second-factor"  # addresses
ASKS = Request[Any, Any, Any]


def guard_of(request: ASKS) -> Guard:
    """Return the guard that an application was made with."""
    found = request.app.state["guard"]
    assert isinstance(found, Guard)
    return found


async def entered(
    request: ASKS,
    name: str,
    kind: str,
    target: str,
    cookies: tuple[Cookie, ...] = (),
    *,
    device: str | None = None,
    roles: str | None = None,
    max_age_s: int | None = None,
) -> Response[Any]:
    """Begin a session and lead to where its person wanted to go; one that this browser had before ends."""
    mine = await begun(request, name, kind, device=device, roles=roles, max_age_s=max_age_s)
    return to(target, (mine, *cookies))


async def begun(
    request: ASKS,
    name: str,
    kind: str,
    *,
    device: str | None = None,
    roles: str | None = None,
    max_age_s: int | None = None,
) -> Cookie:
    """Begin a session and return its cookie; one that this browser had before ends."""
    guard = guard_of(request)
    before = request.user
    if before.kind in {"session", "device"}:
        await asyncio.to_thread(guard.people.sessions.end, before.person, before.session_id)
    now_ns, agent = guard.now_ns(), request.headers.get("user-agent", "")
    session_id, cookie = await asyncio.to_thread(
        guard.people.sessions.begin, name, kind, now_ns, agent=agent, device=device, roles=roles
    )
    log.info("signed in: %s by %s, session %s, from %s", name, kind, session_id, request.scope["state"]["address"])
    return guard.cookies.set(guard.cookies.session, cookie, max_age_s=max_age_s)


async def first(request: ASKS, person: Person, target: str) -> str:
    """Return where a session leads that a password began: what must be done before all else, or where it wanted to."""
    if person.must_change:
        return PASSWORD_PAGE
    guard = guard_of(request)
    held = await asyncio.to_thread(guard.people.factors.held, person.name)
    if must_enrol(guard.asks, person.roles) and held is None:
        return FACTOR_PAGE
    return landing(request, person.roles, local(target))


def local(target: str) -> str:
    """Return where to go within this station: what leads elsewhere leads to its first page."""
    parts = urlsplit(target)
    plain = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if plain and not parts.scheme and not parts.netloc and "\\" not in target else "/"


async def require_good(request: ASKS, name: str, password: str) -> None:
    """Refuse a password of somebody that is too easy to guess: by its words, or because it was breached elsewhere."""
    config, breached = site_of(request).config, guard_of(request).breached
    peoplepasswords.require_good(password, [name, config.name, config.place])
    if breached is not None:
        await asyncio.to_thread(breached.require_absent, password)


async def attempted(request: ASKS, bucket: bytes) -> float:
    """Count a try of somebody before it is made; returns how long the account waits where it is wrong.

    Raises Failed where nothing may be tried yet.
    """
    guard = guard_of(request)
    config = guard.config
    waits_s, locks_s = await asyncio.to_thread(
        guard.people.locks.attempt, bucket, guard.now_ns(), tries=config.sign_in_tries, lock_s=config.lock_out_s
    )
    if waits_s > 0:
        wait = {"Retry-After": str(math.ceil(waits_s))}
        raise Failed(
            "too-many", say("Too many wrong passwords or codes; wait {time}.", time=waits(waits_s)), headers=wait
        )
    return locks_s


async def forget_browsers(request: ASKS, name: str) -> None:
    """Count the tries of all browsers for a name together again, but of this one."""
    guard = guard_of(request)
    spare = sessions.read(request.headers.get("cookie", ""), guard.cookies.browser)
    await asyncio.to_thread(lambda: guard.people.locks.forget_browsers(name, spare=spare))


async def note_lock(request: ASKS, name: str, locks_s: float, what: str = "wrong passwords") -> None:
    """Have the record say that an account waits; where the station is not there, the log must do."""
    log.warning("sign-in locked: %r for %.0f s, %s", name[:64], locks_s, what)
    known = await asyncio.to_thread(guard_of(request).people.find, name)
    if known is None:  # a name that nobody has is no person of the record
        return
    minutes = math.ceil(locks_s / 60)
    reason = f"{what}; waits {'a minute' if minutes <= 1 else f'{minutes} minutes'}"  # the record is English
    try:
        await note(site_of(request), "session.lock", "", (Role.PUBLIC,), f"person:{name}", reason=reason)
    except (Unavailable, Refused) as error:
        log.warning("the station did not note the lock: %s", error)


def waits(wait_s: float) -> str:
    """Return a time to wait in words."""
    minutes = math.ceil(wait_s / 60)
    return say("a minute") if minutes <= 1 else count(minutes, "{n} minute", "{n} minutes")


def sentence(error: Exception) -> str:
    """Return the words of an error as a sentence."""
    text = str(error)
    return text[:1].upper() + text[1:] + "."


def shown(
    request: ASKS,
    page: Page,
    *,
    said: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
    cookies: tuple[Cookie, ...] = (),
) -> Response[str]:
    """Return a page of the entrance; `said`: what happened."""
    page = msgspec.structs.replace(page, said=said) if said else page
    return answer(request.scope, site_of(request).config, page, status=status, headers=headers, cookies=cookies)


def to(target: str, cookies: tuple[Cookie, ...] = ()) -> Response[Any]:
    """Return an answer that leads elsewhere."""
    return Response(None, status_code=303, headers={"Location": target}, cookies=list(cookies))
