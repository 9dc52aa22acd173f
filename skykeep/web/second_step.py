"""The second step of signing in: a code of the authenticator app, or a recovery code, after a right password.

    POST /sign-in/code    the code

Between the two steps nobody is signed in. The browser holds a secret of its own for five minutes, made when the
password was right: it says whose code is awaited, and is worth nothing without one. The session begins after the second
step, with a secret that nobody had before. A wrong code counts like a wrong password, at the same place: beginning anew
gives no more tries.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Annotated, Any

import msgspec
from litestar import Controller, MediaType, Response, get, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body
from msgspec import Meta

from skykeep.station import peopledevices, peoplefactors
from skykeep.web import sessions, words
from skykeep.web.entering import (
    ASKS,
    OPEN,
    TRIES_PER_MINUTE,
    attempted,
    entered,
    first,
    guard_of,
    local,
    note_lock,
    shown,
    to,
)
from skykeep.web.entrance_page import SECRET_MAX, Field, Link, Page
from skykeep.web.problems import Failed

log = logging.getLogger("skykeep.web.people")
OVER = words.marked("This took too long, or was done already; sign in again.")
WRONG = words.marked("This code does not hold. Each counts once, for half a minute: wait for the next one.")


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """The form of /sign-in/code."""

    code: Annotated[str, Meta(max_length=SECRET_MAX)]
    target: Annotated[str, Meta(max_length=2_000)] = ""


CodeForm = Annotated[Code, Body(media_type=RequestEncodingType.URL_ENCODED)]


class SecondStep(Controller):
    """The page that asks for a code."""

    path = "/sign-in/code"
    include_in_schema = False

    @get(opt=OPEN, media_type=MediaType.HTML)
    async def begin_anew(self) -> Response[Any]:
        return to("/sign-in")  # whoever reloads or comes back: the page is an answer to a password

    @post(opt=OPEN, media_type=MediaType.HTML)
    async def enter(self, request: ASKS, data: CodeForm) -> Response[Any]:
        guard, people = guard_of(request), guard_of(request).people
        address, header = request.scope["state"]["address"], request.headers.get("cookie", "")
        guard.count(f"sign-in {address}", times=guard.config.requests_per_minute / TRIES_PER_MINUTE)
        half = sessions.read(header, guard.cookies.half_way)
        name = await asyncio.to_thread(people.devices.about, peopledevices.SECOND_STEP, half, guard.now_ns())
        if name is None:
            return shown(request, _OVER, status=401, cookies=(guard.cookies.clear(guard.cookies.half_way),))
        browser = sessions.read(header, guard.cookies.browser)
        bucket = await asyncio.to_thread(people.locks.bucket, name, browser)
        page = _page(local(data.target))
        try:
            locks_s = await attempted(request, bucket)
        except Failed as failed:
            return shown(request, page, said=failed.detail, status=429, headers=failed.headers)
        means = await asyncio.to_thread(people.factors.use, name, data.code, guard.now_ns())
        if means is None:
            log.warning("code refused: %r from %s", name, address)
            if locks_s > 0:
                await note_lock(request, name, locks_s, "wrong codes after the right password")
            return shown(request, page, said=WRONG, status=401)
        if await asyncio.to_thread(people.devices.use, peopledevices.SECOND_STEP, half, guard.now_ns()) is None:
            return shown(request, _OVER, status=401, cookies=(guard.cookies.clear(guard.cookies.half_way),))
        if means == peoplefactors.RECOVERY:
            log.warning("signed in with a recovery code: %s", name)
        cookies = (await marked(request, bucket, name, browser), guard.cookies.clear(guard.cookies.half_way))
        person = await asyncio.to_thread(people.get, name)
        return await entered(request, name, "password", await first(request, person, data.target), cookies)


async def asked_for(request: ASKS, name: str, target: str) -> Response[str]:
    """Ask somebody for a code whose password was right, or who just chose one."""
    guard = guard_of(request)
    half = await asyncio.to_thread(guard.people.devices.half_way, name, guard.now_ns())
    held = guard.cookies.set(guard.cookies.half_way, half, max_age_s=peopledevices.SECOND_STEP_S, same_site="strict")
    return shown(request, _page(target), cookies=(held,))


async def marked(request: ASKS, bucket: bytes, name: str, browser: str) -> Cookie:
    """Forget somebody's wrong tries, for all that is asked was right; return the mark of this browser."""
    guard = guard_of(request)
    mark = await asyncio.to_thread(guard.people.locks.succeeded, bucket, name, browser, guard.now_ns())
    age_s = sessions.BROWSER_DAYS * 86_400
    return guard.cookies.set(guard.cookies.browser, mark, max_age_s=age_s, same_site="strict")


def _page(target: str) -> Page:
    return Page(
        title="Second step",
        action="/sign-in/code",
        button="Sign in",
        target=target if target != "/" else "",
        fields=(Field(name="code", words="Code", autocomplete="one-time-code", length_max=SECRET_MAX),),
        links=(Link("/sign-in", "Back"),),
        words="The six digits that your authenticator app shows now, or one of your recovery codes.",
    )


_OVER = Page(title="Second step", said=OVER, links=(Link("/sign-in", "Sign in"),))
