"""/api/v1/stream: what happens, as it happens, by server-sent events (docs/reference/live-stream.md)."""

from __future__ import annotations

import asyncio
import contextlib
from http import HTTPMethod
from typing import Any

from litestar import Request, asgi
from litestar.types import Receive, Scope, Send

from skykeep.web.admitting import caller_of, may
from skykeep.web.caller import Caller
from skykeep.web.masking import WATCH
from skykeep.web.problems import Failed
from skykeep.web.stream import Streams, View

STREAMS_MAX = 500
PUBLIC_MAX = 300
"""Of these, what anybody may take: the rest is for who must see what flies."""
HOLDS_EACH_S = 10.0
"""How often it is asked whether somebody may still look."""


@asgi("/stream", opt={"action": "law.read", "parameters": ("person",)}, copy_scope=True)
async def follow(scope: Scope, receive: Receive, send: Send) -> None:
    """Follow the station: officers see tracks and alarms, everybody the law; ends when the power to look does."""
    request: Request[Any, Any, Any] = Request(scope)
    if request.method != HTTPMethod.GET:
        raise Failed("not-so", f"{request.method} is not for a stream", headers={"Allow": "GET"})
    streams: Streams | None = request.app.state.get("streams")
    if streams is None:
        raise Failed("unavailable", "there is no stream")
    caller = caller_of(request)
    _require_that(request, caller)
    view = _view(caller)
    if _full(streams, view):
        raise Failed("unavailable", "as many look already as may")
    last = request.headers.get("last-event-id")
    serving = asyncio.create_task(streams.serve(view, last, receive, send))  # type: ignore[arg-type]  # plain ASGI
    try:
        while not serving.done() and await _holds(request, caller):
            await asyncio.wait({serving}, timeout=HOLDS_EACH_S)
    finally:
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving


def _require_that(request: Request[Any, Any, Any], caller: Caller) -> None:
    """Raise Failed where `?person=` names somebody else: no screen of theirs goes on as another's, or as nobody's."""
    person = request.query_params.get("person")
    if person is not None and (caller.person != person or not may(caller, "track.read")):
        raise Failed("not-signed-in", "this is the stream of somebody who is not signed in any more")


def _full(streams: Streams, view: View) -> bool:
    """Whether there is no room for one more that looks like this."""
    return streams.clients >= STREAMS_MAX or (view is View.PUBLIC and streams.clients_of(view) >= PUBLIC_MAX)


def _view(caller: Caller) -> View:
    """Return how much somebody sees; of the watch only its people see masked serials and colleagues by name."""
    if not may(caller, "track.read"):
        return View.PUBLIC
    return View.MASKED if sees_names(caller) else View.BARE


def sees_names(caller: Caller) -> bool:
    """Whether somebody sees masked serials and colleagues by name, not pseudonyms alone."""
    return bool(WATCH.intersection(caller.roles))


async def _holds(request: Request[Any, Any, Any], caller: Caller) -> bool:
    guard = request.app.state.get("guard")
    return guard is None or bool(await asyncio.to_thread(guard.holds, caller))
