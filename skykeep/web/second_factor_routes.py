"""/api/v1/second-factor: a person's own second factor; and /api/v1/people/{name}/reset-second-factor, by an admin.

What is shown once (the secret, the recovery codes) stands in that one answer and nowhere else. A session that owes a
second factor can ask for these and for nothing else; so they ask for no power, and see to it themselves.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from skykeep.errors import Refused
from skykeep.web import second_factor
from skykeep.web.entering import ASKS, guard_of
from skykeep.web.entrance_page import SECRET_MAX
from skykeep.web.guard import must_enrol
from skykeep.web.noting import note
from skykeep.web.problems import not_there
from skykeep.web.second_factor import Offer
from skykeep.web.site import site_of
from skykeep.web.untelling import untold

OPEN = {"action": "session.begin"}
ONCE: dict[str, Any] = {"action": "session.begin", "shown_once": True}
Secret = Annotated[str, Meta(max_length=SECRET_MAX)]


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Encoding shared by all bodies."""


class Proof(_Body, frozen=True, kw_only=True):
    """The password, and a code of the second factor that is held, if any."""

    password: Secret
    code: Secret = ""


class FactorCode(_Body, frozen=True, kw_only=True):
    """A code of the secret that was offered."""

    code: Secret


class ResetReason(_Body, frozen=True, kw_only=True):
    """Why; it stands in the record."""

    reason: Annotated[str, Meta(min_length=1, max_length=2_000)]


class FactorState(msgspec.Struct, frozen=True, kw_only=True):
    """How one's own second factor stands."""

    required: bool  # of this person, by the station's configuration
    made_ns: int | None  # None: there is none
    recovery_left: int  # recovery codes that were not used


class RecoveryCodes(msgspec.Struct, frozen=True, kw_only=True):
    """What lets in once each when the phone is not there; shown this once."""

    recovery_codes: list[str]
    entry_index: int | None


class FactorEnded(msgspec.Struct, frozen=True, kw_only=True):
    """It is over."""

    entry_index: int | None


class FactorRoutes(Controller):
    """One's own."""

    path = "/second-factor"
    tags = ("people",)

    @get(opt=OPEN)
    async def read_second_factor(self, request: ASKS) -> FactorState:
        """Read how one's own second factor stands."""
        person, guard = await second_factor.own(request), guard_of(request)
        held = await asyncio.to_thread(guard.people.factors.held, person.name)
        return FactorState(
            required=must_enrol(guard.asks, person.roles),
            made_ns=None if held is None else held.made_ns,
            recovery_left=0 if held is None else held.recovery_left,
        )

    @post(opt=ONCE, status_code=200)
    async def offer_second_factor(self, request: ASKS, data: JSONBody[Proof]) -> Offer:
        """Get a secret for an authenticator app, shown this once; it holds when a code of it is sent to `confirm`."""
        return await second_factor.begin(request, data.password, data.code)

    @post("/confirm", opt=ONCE, status_code=200)
    async def confirm_second_factor(self, request: ASKS, data: JSONBody[FactorCode]) -> Response[RecoveryCodes]:
        """Let the secret hold that was offered. Other sessions end; this one goes on with a new cookie."""
        made, entry_index, cookie = await second_factor.confirm(request, data.code)
        return Response(RecoveryCodes(recovery_codes=made, entry_index=entry_index), cookies=[cookie])

    @post("/remove", opt=ONCE, status_code=200)
    async def remove_second_factor(self, request: ASKS, data: JSONBody[Proof]) -> FactorEnded:
        """Remove one's own second factor, with the password and a code of it; other sessions end."""
        return FactorEnded(entry_index=await second_factor.remove(request, data.password, data.code))


@post("/people/{name:str}/reset-second-factor", opt={"action": "factor.reset"}, tags=["people"], status_code=200)
async def reset_second_factor(request: ASKS, name: FromPath[str], data: JSONBody[ResetReason]) -> FactorEnded:
    """Forget the second factor of somebody else whose phone is lost; sessions, tokens and devices end."""
    people, caller = guard_of(request).people, request.user
    if name == caller.person:
        raise Refused("nobody resets their own second factor; ask another admin, or whoever runs the machine")
    if await asyncio.to_thread(people.factors.held, name) is None:
        raise not_there(f"a second factor of {name[:64]}")
    entry_index = await note(
        site_of(request), "factor.reset", caller.person, caller.roles, f"person:{name}", reason=data.reason
    )
    await asyncio.to_thread(people.reset_factor, name)
    await untold(request, name)
    return FactorEnded(entry_index=entry_index)


FACTOR_ROUTES: tuple[ControllerRouterHandler, ...] = (FactorRoutes, reset_second_factor)
"""What goes below /api/v1."""
