"""Signing in and out: pages that work without scripts, by password, by invitation, by the code of a phone.

    GET, POST /sign-in     name and password; whoever has a second factor is asked for it (`second_step`)
    POST      /sign-out    ends this session
    GET, POST /password    another password; asks for the one before
    GET, POST /welcome     an invitation: a first password
    GET, POST /enrol       the code of a device, once within ten minutes

Whether a name is known cannot be told from answers or times: as much work is done, and as many tries are counted, for a
name that nobody has (OWASP ASVS 5.0, 6.3.8). A sign-in is not recorded in the record, for one must be able to sign in
when the station is not there; it stands in the log. What wrong passwords lock is recorded.
"""

from __future__ import annotations

import asyncio
import logging
import math
from typing import Annotated, Any

import msgspec
from litestar import Controller, MediaType, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery
from msgspec import Meta

from skykeep.errors import Refused
from skykeep.station import peopledevices, peoplepasswords
from skykeep.web import second_step, sessions
from skykeep.web.entering import (
    ASKS,
    OPEN,
    TRIES_PER_MINUTE,
    attempted,
    entered,
    first,
    forget_browsers,
    guard_of,
    local,
    note_lock,
    require_good,
    sentence,
    shown,
    to,
    waits,
)
from skykeep.web.entrance_page import NAME_MAX, SECRET_MAX, Field, Link, Page
from skykeep.web.forms import FORM
from skykeep.web.guard import Guard
from skykeep.web.noting import note
from skykeep.web.problems import Failed
from skykeep.web.shell import landing
from skykeep.web.site import site_of
from skykeep.web.untelling import untold
from skykeep.web.words import marked, say

log = logging.getLogger("skykeep.web.people")
WRONG = marked("This name and password do not go together.")
Name = Annotated[str, Meta(max_length=NAME_MAX)]
Secret = Annotated[str, Meta(max_length=SECRET_MAX)]


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """The form of /sign-in."""

    name: Name
    password: Secret
    target: Annotated[str, Meta(max_length=2_000)] = ""


class NewPassword(msgspec.Struct, frozen=True, kw_only=True):
    """The form of /password."""

    current: Secret
    password: Secret
    keep: bool = False  # tokens and devices


class Welcome(msgspec.Struct, frozen=True, kw_only=True):
    """The form of /welcome."""

    code: Secret
    password: Secret


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """The form of /enrol."""

    code: Secret


SignInForm = Annotated[SignIn, Body(media_type=RequestEncodingType.URL_ENCODED)]
NewPasswordForm = Annotated[NewPassword, Body(media_type=RequestEncodingType.URL_ENCODED)]
WelcomeForm = Annotated[Welcome, Body(media_type=RequestEncodingType.URL_ENCODED)]
CodeForm = Annotated[Code, Body(media_type=RequestEncodingType.URL_ENCODED)]


class SignInPages(Controller):
    """The pages of the entrance."""

    path = "/"
    include_in_schema = False

    @get("/sign-in", opt=OPEN, media_type=MediaType.HTML)
    async def sign_in_page(self, request: ASKS, target: FromQuery[str] = "") -> Response[str]:
        return shown(request, _sign_in(request, local(target)))

    @get("/signed-in", opt={"action": "law.read"}, media_type=MediaType.HTML)
    async def signed_in(self, request: ASKS) -> Response[str]:
        """Say to whoever signed in beside a form that waits where to go on."""
        return shown(
            request,
            Page(title="You are signed in", words="Go back to the page that is still open, and send it again."),
        )

    @post("/sign-in", opt=OPEN, media_type=MediaType.HTML)
    async def sign_in(self, request: ASKS, data: SignInForm) -> Response[Any]:
        guard, name = guard_of(request), data.name.strip().casefold()
        guard.count(
            f"sign-in {request.scope['state']['address']}", times=guard.config.requests_per_minute / TRIES_PER_MINUTE
        )
        browser = sessions.read(request.headers.get("cookie", ""), guard.cookies.browser)
        bucket = await asyncio.to_thread(guard.people.locks.bucket, name, browser)
        config = guard.config
        waits_s, locks_s = await asyncio.to_thread(
            guard.people.locks.attempt, bucket, guard.now_ns(), tries=config.sign_in_tries, lock_s=config.lock_out_s
        )
        page = _sign_in(request, local(data.target), name)
        if waits_s > 0:
            return _wait(request, page, waits_s)
        if not await right(guard, name, data.password):
            log.warning("sign-in refused: %r from %s", name[:64], request.scope["state"]["address"])
            if locks_s > 0:
                await note_lock(request, name, locks_s)
            return shown(request, page, said=WRONG, status=401)
        if await asyncio.to_thread(guard.people.factors.held, name) is not None:
            give_back = guard.people.locks.give_back
            await asyncio.to_thread(give_back, bucket, tries=config.sign_in_tries, locked=locks_s > 0)
            return await second_step.asked_for(request, name, local(data.target))
        marked = await second_step.marked(request, bucket, name, browser)
        person = await asyncio.to_thread(guard.people.get, name)
        return await entered(request, name, "password", await first(request, person, data.target), (marked,))

    @post("/sign-out", opt={"action": "session.begin", "takes": FORM}, status_code=303)
    async def sign_out(self, request: ASKS) -> Response[None]:
        guard = guard_of(request)
        caller = request.user
        if caller.kind in {"session", "device"}:
            await asyncio.to_thread(guard.people.sessions.end, caller.person, caller.session_id)
            log.info("signed out: %s", caller.person)
        cookies = [guard.cookies.clear(guard.cookies.session)]
        headers = {"Clear-Site-Data": '"cache", "storage"', "Location": "/sign-in"}
        return Response(None, status_code=303, headers=headers, cookies=cookies)

    @get("/password", opt=OPEN, media_type=MediaType.HTML)
    async def password_page(self, request: ASKS) -> Response[Any]:
        if request.user.kind != "session":
            return to("/sign-in?target=/password")
        return shown(request, _CHANGE)

    @post("/password", opt=OPEN, media_type=MediaType.HTML)
    async def change(self, request: ASKS, data: NewPasswordForm) -> Response[Any]:
        if request.user.kind != "session":
            return to("/sign-in?target=/password")
        try:
            await change_password(request, data.current, data.password, keep_tokens=data.keep)
        except Refused as error:
            return shown(request, _CHANGE, said=sentence(error), status=409)
        except Failed as failed:
            return shown(request, _CHANGE, said=failed.detail, status=429 if failed.name == "too-many" else 401)
        return to(await first(request, await asyncio.to_thread(guard_of(request).people.get, request.user.person), "/"))

    @get("/welcome", opt=OPEN, media_type=MediaType.HTML)
    async def welcome_page(self, request: ASKS) -> Response[str]:
        return shown(request, _WELCOME)

    @post("/welcome", opt=OPEN, media_type=MediaType.HTML)
    async def welcome(self, request: ASKS, data: WelcomeForm) -> Response[Any]:
        guard = guard_of(request)
        _count_code(request)
        devices, code = guard.people.devices, data.code.strip()
        name = await asyncio.to_thread(devices.about, peopledevices.INVITATION, code, guard.now_ns())
        if name is None:
            return shown(
                request, _WELCOME, said="This invitation does not hold any more; ask for a new one.", status=401
            )
        try:
            await require_good(request, name, data.password)
        except Refused as error:
            page = msgspec.structs.replace(_WELCOME, fields=(_code(code), *_WELCOME.fields[1:]))
            return shown(request, page, said=sentence(error), status=409)
        hashed = await asyncio.wrap_future(guard.people.passwords.hash(data.password))
        person = await asyncio.to_thread(guard.people.get, name)
        await note(site_of(request), "password.change", name, person.roles, f"person:{name}")
        if await asyncio.to_thread(devices.use, peopledevices.INVITATION, code, guard.now_ns()) is None:
            return shown(request, _WELCOME, said="This invitation was used a moment ago.", status=401)
        await asyncio.to_thread(guard.people.set_password, name, hashed, guard.now_ns())
        if await asyncio.to_thread(guard.people.factors.held, name) is not None:  # an invitation is one factor only
            return await second_step.asked_for(request, name, "/")
        return await entered(request, name, "password", await first(request, person, "/"))

    @get("/enrol", opt=OPEN, media_type=MediaType.HTML)
    async def enrol_page(self, request: ASKS) -> Response[str]:
        return shown(request, _ENROL)

    @post("/enrol", opt=OPEN, media_type=MediaType.HTML)
    async def enrol(self, request: ASKS, data: CodeForm) -> Response[Any]:
        guard = guard_of(request)
        _count_code(request)
        device = await asyncio.to_thread(guard.people.devices.enrol, data.code.strip(), guard.now_ns())
        if device is None:
            return shown(request, _ENROL, said="This code does not hold: used, or older than ten minutes.", status=401)
        roles = " ".join(role.value for role in device.roles)
        age_s = max(1, (device.expires_ns - guard.now_ns()) // 1_000_000_000)
        target = landing(request, device.roles)
        return await entered(request, device.person, "device", target, device=device.id, roles=roles, max_age_s=age_s)


async def right(guard: Guard, name: str, password: str) -> bool:
    """Whether a password is somebody's; one that was hashed with yesterday's parameters is hashed anew."""
    people = guard.people
    kept = await asyncio.to_thread(people.kept, name)
    if not await asyncio.wrap_future(people.passwords.check(kept, password)):
        return False
    assert kept is not None, "nobody's password is never right"
    if peoplepasswords.outdated(kept):
        hashed = await asyncio.wrap_future(people.passwords.hash(password))
        await asyncio.to_thread(people.renew_hash, name, kept, hashed)
    return True


async def change_password(request: ASKS, current: str, password: str, *, keep_tokens: bool = False) -> None:
    """Change the password of whoever is signed in; raises Refused or Failed where that must not be.

    Wrong ones are counted as when signing in: a session that somebody left open is no way to guess. All other sessions
    end, and, unless they are to be kept, tokens and devices.
    """
    guard, caller = guard_of(request), request.user
    bucket = guard.people.locks.own("password", caller.person)
    await attempted(request, bucket)
    if not await right(guard, caller.person, current):
        raise Failed("not-admitted", "The password before is another one.", "Type the one you signed in with.")
    await require_good(request, caller.person, password)
    if password == current:
        raise Refused("this is the password before; choose another one")
    hashed = await asyncio.wrap_future(guard.people.passwords.hash(password))
    person = await asyncio.to_thread(guard.people.get, caller.person)
    await note(site_of(request), "password.change", caller.person, person.roles, f"person:{caller.person}")
    await asyncio.to_thread(
        guard.people.set_password, caller.person, hashed, guard.now_ns(),
        spare_session=caller.session_id, keep_tokens=keep_tokens,
    )  # fmt: skip
    await asyncio.to_thread(guard.people.locks.forget, bucket)
    await forget_browsers(request, caller.person)
    if not keep_tokens:
        await untold(request, caller.person)


def _count_code(request: ASKS) -> None:
    guard = guard_of(request)
    guard.count(f"code {request.scope['state']['address']}", times=guard.config.requests_per_minute / TRIES_PER_MINUTE)


def _wait(request: ASKS, page: Page, wait_s: float) -> Response[str]:
    said = say("Too many wrong passwords or codes for this name; wait {time}.", time=waits(wait_s))
    said += " " + say("A browser that signed in before is not held up.")
    return shown(request, page, said=said, status=429, headers={"Retry-After": str(math.ceil(wait_s))})


def _sign_in(request: ASKS, target: str, name: str = "") -> Page:
    oidc = site_of(request).config.oidc
    return Page(
        title="Sign in",
        action="/sign-in",
        button="Sign in",
        target=target if target != "/" else "",
        fields=(
            Field(name="name", words="Name", autocomplete="username", value=name),
            Field(
                name="password",
                words="Password",
                type="password",
                autocomplete="current-password",
                length_max=SECRET_MAX,
            ),
        ),
        links=(Link("/sign-in/oidc", oidc.name),) if oidc is not None else (),
    )


def _code(value: str = "") -> Field:
    return Field(name="code", words="Code", value=value, length_max=SECRET_MAX)


def _new(words: str) -> Field:
    return Field(name="password", words=words, type="password", autocomplete="new-password", length_max=SECRET_MAX)


_LONG = marked("At least 12 characters; several words that have nothing to do with each other are good.")
_CHANGE = Page(
    title="Choose a password",
    action="/password",
    button="Change it",
    fields=(
        Field(
            name="current",
            words="Password before",
            type="password",
            autocomplete="current-password",
            length_max=SECRET_MAX,
        ),
        _new(marked("New password")),
        Field(name="keep", words="Keep my tokens and devices", type="checkbox", value="true", required=False),
    ),
    words="At least 12 characters; several words that have nothing to do with each other are good. "
    "All your other sessions end, and your tokens and devices too unless you keep them: whoever knew "
    "the password before may have made some.",
)
_WELCOME = Page(
    title="Welcome",
    action="/welcome",
    button="Begin",
    fields=(_code(), _new(marked("Password"))),
    words=_LONG,
    from_hash=True,
)
_ENROL = Page(
    title="Enrol this device",
    action="/enrol",
    button="Enrol",
    fields=(_code(),),
    words="The code holds ten minutes and is used once. The device stays signed in until it is withdrawn.",
    from_hash=True,
)
