"""What a request of the interface says besides its address: nothing that is misspelt, and nothing that is missing.

A query parameter that nobody reads would be believed by whoever wrote it: `previev=true` is no preview, and a zone
would be law. So a name that the handler has not, or that comes twice, is refused, as unknown keys of bodies are.
"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter

from skykeep.web.admitting import JSON
from skykeep.web.problems import Failed

PREFIX = "/api/v1/"
OF_EVERY = ("lang", "theme", "units")
"""What any address may be asked with: the wishes of a reader, which are kept as cookies."""
SAID_MAX = 40
Connection = ASGIConnection[Any, Any, Any, Any]


def parameters(handler: BaseRouteHandler) -> list[str]:
    """Return the names of the query parameters that a handler takes."""
    known = handler.parsed_fn_signature.parameters.items()
    declared = [(name, field.kwarg_definition) for name, field in known]
    own = [how.name or name for name, how in declared if isinstance(how, QueryParameter)]
    return sorted([*own, *handler.opt.get("parameters", ())])


def asked_rightly(connection: Connection, handler: BaseRouteHandler) -> None:
    """Refuse a query parameter that the handler does not take, or that comes twice; a guard."""
    if not connection.scope["query_string"] or not connection.scope["path"].startswith(PREFIX):
        return
    there = parameters(handler)
    names = [name for name, _ in connection.query_params.multi_items()]
    for name in names:
        if name not in there and name not in OF_EVERY:
            ours = f"these are: {', '.join(there)}" if there else "this takes none"
            raise Failed("malformed", f"{name[:SAID_MAX]!r} is no query parameter here; {ours}", "Correct its name.")
        if names.count(name) > 1:
            raise Failed("malformed", f"the query parameter {name} comes twice", "Say once what you mean.")


async def with_body(connection: Connection, handler: BaseRouteHandler) -> None:
    """Refuse a request without the body that the handler takes, and say what that would be; a guard."""
    taken = handler.parsed_fn_signature.parameters.get("data")
    ours = connection.scope["path"].startswith(PREFIX) and handler.opt.get("takes", JSON) == JSON
    if taken is None or not ours or not isinstance(connection, Request) or await connection.body():
        return
    fields = msgspec.structs.fields(taken.annotation)
    needed = [field.encode_name for field in fields if field.required]
    others = [field.encode_name for field in fields if not field.required]
    said = f"with {' and '.join(needed)}" if needed else ""
    more = f"it may have {', '.join(others)}" if others else ""
    raise Failed(
        "malformed",
        f"the body is missing: a JSON object {'; '.join(each for each in (said, more) if each)}",
        "Send one, as application/json; /api/v1/openapi.json has an example.",
    )
