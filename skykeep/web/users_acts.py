"""What the forms of /users do: the same as the interface does, by the same handlers, answered as pages.

A form comes from our own pages or is refused (`skykeep.web.csrf`). What was made and is shown once stands in that one
answer, which nobody keeps; everything else leads back to the page, which says what was done, or why it was not.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import quote

from litestar import Controller, MediaType, Request, Response, post
from litestar.params import FromPath

from skykeep.errors import SkykeepError
from skykeep.web import people_routes as routes
from skykeep.web import second_factor_routes, shell
from skykeep.web.forms import FORM, form_of
from skykeep.web.problems import Failed
from skykeep.web.users_pages import again
from skykeep.web.words import say

ASKS = Request[Any, Any, Any]
ROOT = "/users"
Routes = TypeVar("Routes", bound=Controller)


def _act(path: str, action: str) -> Callable[..., Any]:
    """Return what makes a handler of a form."""
    opt = {"action": action, "takes": FORM, "shown_once": True}  # no answer is kept for an Idempotency-Key
    return post(path, opt=opt, status_code=200, media_type=MediaType.HTML)


class UsersActs(Controller):
    """Forms of accounts."""

    path = ROOT
    include_in_schema = False
    exception_handlers = shell.FAILED

    @_act("/people", "person.enrol")
    async def enrol(self, request: ASKS) -> Response[Any]:
        """Add an account, and show its invitation once."""

        async def done() -> Response[Any]:
            made = await _asked(request, routes.PeopleRoutes, "enrol_person", await form_of(request, routes.Enrol))
            return _invited(request, made.content)

        return await _tried(request, None, done)

    @_act("/people/{name:str}/change", "person.change")
    async def change(self, request: ASKS, name: FromPath[str]) -> Response[Any]:
        """Give other powers."""

        async def done() -> Response[Any]:
            change = await form_of(request, routes.Change, invite=False, sign_out=False)
            await _asked(request, routes.PeopleRoutes, "change_person", change, name=name)
            return _back(name, "changed")

        return await _tried(request, name, done)

    @_act("/people/{name:str}/invite", "person.change")
    async def invite(self, request: ASKS, name: FromPath[str]) -> Response[Any]:
        """Forget the password, and show another invitation once."""

        async def done() -> Response[Any]:
            change = await form_of(request, routes.Change, roles=None, invite=True)
            return _invited(request, await _asked(request, routes.PeopleRoutes, "change_person", change, name=name))

        return await _tried(request, name, done)

    @_act("/people/{name:str}/sign-out", "person.change")
    async def sign_out(self, request: ASKS, name: FromPath[str]) -> Response[Any]:
        """End all that somebody has signed in."""

        async def done() -> Response[Any]:
            change = await form_of(request, routes.Change, roles=None, sign_out=True)
            await _asked(request, routes.PeopleRoutes, "change_person", change, name=name)
            return _back(name, "signed-out")

        return await _tried(request, name, done)

    @_act("/people/{name:str}/dismiss", "person.dismiss")
    async def dismiss(self, request: ASKS, name: FromPath[str]) -> Response[Any]:
        """Let somebody sign in no more."""

        async def done() -> Response[Any]:
            reason = await form_of(request, routes.Reason)
            await _asked(request, routes.PeopleRoutes, "dismiss_person", reason, name=name)
            return _back(name, "dismissed")

        return await _tried(request, name, done)

    @_act("/people/{name:str}/reset-second-factor", "factor.reset")
    async def reset_factor(self, request: ASKS, name: FromPath[str]) -> Response[Any]:
        """Forget somebody's second factor."""

        async def done() -> Response[Any]:
            reason = await form_of(request, second_factor_routes.ResetReason)
            await second_factor_routes.reset_second_factor.fn(request, name, reason)
            return _back(name, "factor-reset")

        return await _tried(request, name, done)

    @_act("/tokens", "token.make")
    async def make_token(self, request: ASKS) -> Response[Any]:
        """Make a token of one's own, and show it once."""

        async def done() -> Response[Any]:
            made = await _asked(request, routes.TokenRoutes, "make_token", await form_of(request, routes.MakeToken))
            return _made(request, say("A token"), made.content.token, say("Programs send it as Authorization: Bearer."))

        return await _tried(request, None, done)

    @_act("/tokens/{token_id:str}/withdraw", "token.withdraw")
    async def withdraw_token(self, request: ASKS, token_id: FromPath[str]) -> Response[Any]:
        """Withdraw a token of one's own."""

        async def done() -> Response[Any]:
            await _asked(request, routes.TokenRoutes, "withdraw_token", token_id=token_id)
            return _back(None, "token-withdrawn")

        return await _tried(request, None, done)

    @_act("/devices", "device.enrol")
    async def enrol_device(self, request: ASKS) -> Response[Any]:
        """Prepare a phone, and show its code once."""

        async def done() -> Response[Any]:
            made = await _asked(
                request, routes.DeviceRoutes, "enrol_device", await form_of(request, routes.EnrolDevice)
            )
            words = say("Scan it with the phone's camera within ten minutes and tap Enrol. It enrols one phone.")
            return _made(request, say("A device"), made.content.link, words, qr_svg=made.content.qr_svg)

        return await _tried(request, None, done)

    @_act("/devices/{device_id:str}/withdraw", "device.withdraw")
    async def withdraw_device(self, request: ASKS, device_id: FromPath[str]) -> Response[Any]:
        """End a device."""

        async def done() -> Response[Any]:
            await _asked(request, routes.DeviceRoutes, "withdraw_device", device_id=device_id)
            return _back(None, "device-withdrawn")

        return await _tried(request, None, done)

    @_act("/sessions/{session_id:str}/end", "session.end")
    async def end_session(self, request: ASKS, session_id: FromPath[str]) -> Response[Any]:
        """End a session of one's own."""

        async def done() -> Response[Any]:
            await _asked(request, routes.SessionRoutes, "end_session", session_id=session_id)
            return _back(None, "session-ended")

        return await _tried(request, None, done)

    @_act("/sensor-keys", "sensor.key")
    async def make_key(self, request: ASKS) -> Response[Any]:
        """Make a key of a sensor, and show it once."""

        async def done() -> Response[Any]:
            sensor_id = str((await request.form()).get("sensor_id", "")).strip()
            body = await form_of(request, routes.MakeSensorKey)
            made = await _asked(request, routes.SensorKeyRoutes, "make_sensor_key", body, sensor_id=sensor_id)
            words = (
                say("The key of sensor {name}.", name=sensor_id)
                + " "
                + say("The one before holds on for {hours} hours.", hours=f"{body.overlap_hours:g}")
            )
            return _made(request, say("A sensor's key"), made.content.key, words)

        return await _tried(request, None, done)

    @_act("/sensor-keys/withdraw", "sensor.withdraw")
    async def withdraw_keys(self, request: ASKS) -> Response[Any]:
        """End all keys of a sensor."""

        async def done() -> Response[Any]:
            sensor_id = str((await request.form()).get("sensor_id", ""))
            reason = await form_of(request, routes.Reason)
            await _asked(request, routes.SensorKeyRoutes, "withdraw_sensor_keys", reason, sensor_id=sensor_id)
            return _back(None, "keys-withdrawn")

        return await _tried(request, None, done)


async def _asked(
    request: ASKS,
    controller: type[Routes],
    handler: str,
    data: object = None,
    **path: str,
) -> Any:  # noqa: ANN401  # what that handler answers
    """Do what a handler of the interface does; whoever asks was admitted for the same act before."""
    body = {} if data is None else {"data": data}
    bare = controller.__new__(controller)  # its handlers know nothing of a router
    return await getattr(controller, handler).fn(bare, request, **path, **body)


async def _tried(request: ASKS, name: str | None, act: Callable[[], Awaitable[Response[Any]]]) -> Response[Any]:
    try:
        return await act()
    except (Failed, SkykeepError) as error:
        return await again(request, name, error)


def _back(name: str | None, done: str) -> Response[None]:
    """Lead back to the page of an account, or of all, so that reloading does nothing twice."""
    address = ROOT if name is None else f"{ROOT}/people/{quote(name, safe='')}"
    return Response(None, status_code=303, headers={"Location": f"{address}?done={done}"})


def _invited(request: ASKS, invited: routes.Invited) -> Response[str]:
    name = invited.person.name
    words = say(
        "{name} chooses a password by this link, once, within three days. Hand it over so that only they read it.",
        name=name,
    )
    return _made(request, say("An invitation for {name}", name=name), invited.invitation or "", words)


def _made(request: ASKS, title: str, secret: str, words: str, *, qr_svg: str = "") -> Response[str]:
    """Return the page that shows a secret once."""
    drawn = base64.b64encode(qr_svg.encode()).decode()
    return shell.page(request, "made.html", title=title, secret=secret, words=words, qr=drawn)
