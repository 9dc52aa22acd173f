"""A form that was sent after its session ended: what was typed goes back to whoever typed it, to be sent again.

Whoever is not signed in is refused before anything is read. A form of our own pages is read all the same, up to
`FORM_MAX_BYTES`, and stands on the page that refuses it: the station keeps nothing of it, and does nothing. What
another site made a browser send is not given back, and neither is a form with a secret in it.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from skykeep.web.admitting import caller_of, may
from skykeep.web.forms import FORM

FORM_MAX_BYTES: Final = 200_000
FIELDS_MAX: Final = 200
SECRETS: Final = ("password", "code", "secret", "token")
"""What the name of a field has in it that is never shown again."""
OURS: Final = "from_our_pages"
"""Under which name a request's state says that its browser said so: see `skykeep.web.guard`."""
_KEPT: Final = "unsent"
Connection = ASGIConnection[Any, Any, Any, Any]
Fields = list[tuple[str, str]]


async def keep(connection: Connection, handler: BaseRouteHandler) -> None:
    """Read a form that will be refused because nobody is signed in; a guard before the one that refuses."""
    if not isinstance(connection, Request) or connection.method != "POST" or handler.opt.get("takes") != FORM:
        return
    caller, said = caller_of(connection), connection.headers.get("content-length", "")
    if caller.kind != "public" or may(caller, str(handler.opt.get("action", "time.read"))):
        return
    ours = connection.scope["state"].get(OURS, False)
    if not ours or not said.isdecimal() or int(said) > FORM_MAX_BYTES:
        return
    sent = [(name, str(value)) for name, value in (await connection.form()).multi_items()]
    if len(sent) <= FIELDS_MAX and not any(part in name.lower() for name, _ in sent for part in SECRETS):
        connection.scope["state"][_KEPT] = sent


def kept(request: Request[Any, Any, Any]) -> Fields:
    """Return the fields of a form that was refused because nobody is signed in; none where there was none."""
    found: Fields = request.scope["state"].get(_KEPT, [])
    return found
