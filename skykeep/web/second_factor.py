"""A person's own second factor: enrolled, replaced, removed by who knows the password, not by a session alone.

    GET, POST /second-factor            says how it stands; with the password: shows a secret to scan, or removes
    POST      /second-factor/confirm    a code of that secret: it holds from now on, and recovery codes are shown

Whoever has a second factor proves it too before another one is enrolled or it is removed: somebody who found a session
open, even one who knows the password, cannot take it away. Wrong passwords and codes are counted, codes by themselves,
so that no right password forgives wrong codes. What is shown once stands in that answer and nowhere else.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from typing import Annotated, Any

import msgspec
from litestar import Controller, MediaType, Response, get, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body
from msgspec import Meta

from skykeep.errors import Refused
from skykeep.station import peoplefactors, qr, totp
from skykeep.station.people import Person
from skykeep.web.entering import ASKS, OPEN, attempted, begun, forget_browsers, guard_of, note_lock, sentence, shown, to
from skykeep.web.entrance_page import SECRET_MAX, Choice, Field, Link, Page
from skykeep.web.guard import must_enrol
from skykeep.web.noting import note
from skykeep.web.problems import Failed
from skykeep.web.shell import landing
from skykeep.web.sign_in import right
from skykeep.web.site import site_of
from skykeep.web.words import count, marked, say

log = logging.getLogger("skykeep.web.people")
NS = 1_000_000_000
Secret = Annotated[str, Meta(max_length=SECRET_MAX)]


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A secret for an authenticator app, shown this once; it holds when a code of it comes back in time."""

    secret: str  # base32
    address: str  # the same as an app scans it
    qr_svg: str
    expires_ns: int


class Begin(msgspec.Struct, frozen=True, kw_only=True):
    """The form of /second-factor."""

    password: Secret
    code: Secret = ""
    act: Annotated[str, Meta(max_length=10)] = "enrol"  # or "remove"


class Confirm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of /second-factor/confirm."""

    code: Secret


BeginForm = Annotated[Begin, Body(media_type=RequestEncodingType.URL_ENCODED)]
ConfirmForm = Annotated[Confirm, Body(media_type=RequestEncodingType.URL_ENCODED)]


# ---- the acts ------------------------------------------------------------------------------------------------


async def own(request: ASKS) -> Person:
    """Return the person of a session that a password began; raises Failed or Refused for all others."""
    if request.user.kind == "public":
        raise Failed("not-signed-in", "a second factor is its person's own")
    if request.user.kind != "session":
        raise Refused("a second factor is changed by its person, signed in with the password; sign in")
    person = await asyncio.to_thread(guard_of(request).people.get, request.user.person)
    if person.issuer is not None:
        raise Refused(
            f"{person.name} signs in by {person.issuer}, which asks for a second factor or does not; ask there"
        )
    if person.must_change:
        raise Refused("this password was chosen by somebody else; choose another one first")
    return person


async def begin(request: ASKS, password: str, code: str) -> Offer:
    """Offer a secret to whoever proves to be this session's person; nothing holds yet."""
    person, guard = await own(request), guard_of(request)
    await _prove(request, person, password, code)
    now_ns = guard.now_ns()
    secret = await asyncio.to_thread(guard.people.factors.offer, person.name, request.user.session_id, now_ns)
    address = totp.address(secret, station=site_of(request).config.name, person=person.name)
    drawn = qr.svg(qr.make(address)).decode()
    expires_ns = now_ns + peoplefactors.OFFER_S * NS
    return Offer(secret=totp.written(secret), address=address, qr_svg=drawn, expires_ns=expires_ns)


async def confirm(request: ASKS, code: str) -> tuple[list[str], int | None, Cookie]:
    """Let what was offered hold: its recovery codes, its entry in the record, and the cookie of a new session.

    All other sessions end, and this one begins anew: whoever holds one from before did not show the second factor.
    """
    person, guard = await own(request), guard_of(request)
    people, session_id = guard.people, request.user.session_id
    if not await asyncio.to_thread(people.factors.proves, person.name, session_id, code, guard.now_ns()):
        raise Failed("not-admitted", NOT_OF_IT, "Wait for the next code, or begin again.")
    entry_index = await note(site_of(request), "factor.enrol", person.name, person.roles, f"person:{person.name}")
    made = await asyncio.to_thread(people.factors.enrol, person.name, session_id, code, guard.now_ns())
    if made is None:
        raise Failed("not-admitted", NOT_OF_IT, "Wait for the next code, or begin again.")
    await _end_others(request, person)
    log.info("second factor enrolled: %s", person.name)
    return made, entry_index, await begun(request, person.name, "password")


async def remove(request: ASKS, password: str, code: str) -> int | None:
    """Remove the second factor of whoever proves to have it; returns its entry in the record."""
    person, guard = await own(request), guard_of(request)
    if must_enrol(guard.asks, person.roles):
        raise Refused("this station requires a second factor of you; enrol another one in its place")
    if await asyncio.to_thread(guard.people.factors.held, person.name) is None:
        raise Refused("you have no second factor: there is nothing to remove")
    await _prove(request, person, password, code)
    entry_index = await note(site_of(request), "factor.remove", person.name, person.roles, f"person:{person.name}")
    await asyncio.to_thread(guard.people.factors.remove, person.name)
    await _end_others(request, person)
    log.info("second factor removed: %s", person.name)
    return entry_index


async def _prove(request: ASKS, person: Person, password: str, code: str) -> None:
    """Ask for the password, and for a code where there is a second factor; raises Failed where one is wrong."""
    guard, locks = guard_of(request), guard_of(request).people.locks
    passwords, codes = locks.own("password", person.name), locks.own("code", person.name)
    await attempted(request, passwords)
    if not await right(guard, person.name, password):
        raise Failed("not-admitted", "The password is another one.", "Type the one you sign in with.")
    if await asyncio.to_thread(guard.people.factors.held, person.name) is not None:
        locks_s = await attempted(request, codes)
        if await asyncio.to_thread(guard.people.factors.use, person.name, code, guard.now_ns()) is None:
            log.warning("code refused: %r, signed in, from %s", person.name, request.scope["state"]["address"])
            if locks_s > 0:
                await note_lock(request, person.name, locks_s, "wrong codes after the right password, signed in")
            raise Failed("not-admitted", "This code does not hold; each counts once.", "Wait for the next one.")
        await asyncio.to_thread(locks.forget, codes)
    await asyncio.to_thread(locks.forget, passwords)


async def _end_others(request: ASKS, person: Person) -> None:
    people, mine = guard_of(request).people, request.user.session_id
    await asyncio.to_thread(lambda: people.sessions.end_all(person.name, spare=mine, of_devices=False))
    await asyncio.to_thread(people.devices.void, person.name)
    await forget_browsers(request, person.name)


# ---- the pages -----------------------------------------------------------------------------------------------


class FactorPages(Controller):
    """The same for people, without scripts."""

    path = "/second-factor"
    include_in_schema = False

    @get(opt=OPEN, media_type=MediaType.HTML)
    async def read(self, request: ASKS) -> Response[Any]:
        return await self._page(request)

    @post(opt=OPEN, media_type=MediaType.HTML)
    async def change(self, request: ASKS, data: BeginForm) -> Response[Any]:
        try:
            if data.act == "remove":
                await remove(request, data.password, data.code)
                return await self._page(request, said="Your second factor is removed.", good=True)
            offer = await begin(request, data.password, data.code)
        except Refused as error:
            return await self._page(request, said=sentence(error), status=409)
        except Failed as failed:
            return await self._page(request, said=failed.detail, status=_status(failed), headers=failed.headers)
        drawing = "data:image/svg+xml;base64," + base64.b64encode(offer.qr_svg.encode()).decode()
        return shown(request, msgspec.structs.replace(_SCAN, drawing=drawing, drawing_says=offer.secret))

    @post("/confirm", opt=OPEN, media_type=MediaType.HTML)
    async def confirm(self, request: ASKS, data: ConfirmForm) -> Response[Any]:
        try:
            made, _, cookie = await confirm(request, data.code)
        except Refused as error:
            return await self._page(request, said=sentence(error), status=409)
        except Failed as failed:
            if failed.detail != NOT_OF_IT:
                return await self._page(request, said=failed.detail, status=_status(failed))
            return shown(request, _AGAIN, said=failed.detail, status=401)
        person = await asyncio.to_thread(guard_of(request).people.get, request.user.person)
        onward = Link(landing(request, person.roles), marked("I have written them down"))
        done = msgspec.structs.replace(_DONE, lines=tuple(made), links=(onward,))
        return shown(request, done, cookies=(cookie,))

    async def _page(
        self,
        request: ASKS,
        *,
        said: str = "",
        status: int = 200,
        good: bool = False,
        headers: dict[str, str] | None = None,
    ) -> Response[Any]:
        """Return how it stands, and what one can do."""
        guard = guard_of(request)
        if request.user.kind != "session":
            return to("/sign-in?target=/second-factor")
        person = await asyncio.to_thread(guard.people.get, request.user.person)
        if person.issuer is not None:
            page = Page(
                title=TITLE, words=say("You sign in by {name}; what it asks for, it decides.", name=person.issuer)
            )
            return shown(request, page, said=said, status=status)
        held = await asyncio.to_thread(guard.people.factors.held, person.name)
        required = must_enrol(guard.asks, person.roles)
        page = _first(required=required) if held is None else _held(held, required=required)
        return shown(request, msgspec.structs.replace(page, good=good), said=said, status=status, headers=headers)


def _status(failed: Failed) -> int:
    return 429 if failed.name == "too-many" else 401


TITLE = marked("Second factor")
NOT_OF_IT = marked("This code is none of what you scanned, or it took too long.")
_PASSWORD = Field(
    name="password", words="Password", type="password", autocomplete="current-password", length_max=SECRET_MAX
)
_CODE = Field(name="code", words="Code", autocomplete="one-time-code", length_max=SECRET_MAX)


def _first(*, required: bool) -> Page:
    app = say("An authenticator app on your phone then shows six digits, which are asked for when you sign in.")
    asked = say("This station requires it of you, and shows nothing before.")
    return Page(
        title=TITLE,
        action="/second-factor",
        button="Show the code to scan",
        fields=(_PASSWORD,),
        words=f"{asked} {app}" if required else app,
    )


def _held(held: peoplefactors.Factor, *, required: bool) -> Page:
    return Page(
        title=TITLE,
        action="/second-factor",
        button="Use another phone",
        fields=(_PASSWORD, _CODE),
        choice=None if required else Choice("remove", "Remove it"),
        links=(Link("/", "Back"),),
        words=count(
            held.recovery_left,
            "You have one, and {n} recovery code that was not used.",
            "You have one, and {n} recovery codes that were not used.",
        )
        + " "
        + say(
            "Another phone brings new ones. A code counts once: wait for the next one if you just signed in with it."
        ),
    )


_SCAN = Page(
    title=TITLE,
    action="/second-factor/confirm",
    button="It shows this code",
    fields=(_CODE,),
    words="Scan this with your authenticator app, or type the letters into it; then type the six digits that it shows. "
    "This is shown once, and holds for ten minutes.",
)
_AGAIN = Page(
    title=TITLE,
    action="/second-factor/confirm",
    button="It shows this code",
    fields=(_CODE,),
    links=(Link("/second-factor", "Begin again"),),
)
_DONE = Page(
    title="Recovery codes",
    words="Your second factor holds from now on. Each of these codes lets you in once when the phone is not there. "
    "They are shown this once: keep them where the phone is not. All your other sessions have ended.",
)
