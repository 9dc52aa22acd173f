"""Long lists a page at a time: a cursor that says where to go on, and the header Link (RFC 8288).

A cursor holds the sort key of the last item of the page before, so that what came in between moves nothing twice.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response
from litestar.params import PathParameter, QueryParameter

from skykeep.web.problems import Failed
from skykeep.web.viewsdb import LIMIT_MAX, Page

Item = TypeVar("Item")
CURSOR_MAX = 200
PAGE = 100
"""Items of a page where nothing else is asked for."""
Limit = Annotated[
    int,
    QueryParameter(
        name="limit",
        ge=1,
        le=LIMIT_MAX,
        description="Items of a page.",
    ),
]
Cursor = Annotated[
    str | None,
    QueryParameter(
        name="cursor",
        max_length=CURSOR_MAX,
        description="Where to go on: from the header Link.",
    ),
]
Moment = Annotated[int | None, QueryParameter(ge=0, le=(1 << 63) - 1)]
Number = Annotated[int | None, QueryParameter(ge=0, le=(1 << 63) - 1)]
Index = Annotated[int, PathParameter(ge=0, le=(1 << 63) - 1)]
Key = tuple[int, str]
"""What lists are sorted by: a number and a name, ascending."""


def cursor_of(key: Key) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode("ascii").rstrip("=")


def key_of(cursor: str) -> Key:
    """Return the key that a cursor holds; a problem where it is none of ours."""
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        number, name = msgspec.json.decode(data, type=Key)
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise Failed("malformed", "cursor: it is none that was given here", "Take it from the header Link.") from error
    return number, name


def stored_page(request: Request[Any, Any, Any], found: Page, items: list[Item]) -> Response[list[Item]]:
    """Return a page that the database of views made, and the way to the next."""
    return Response(items, headers={} if found.after is None else _link(request, found.after))


def next_link(request: Request[Any, Any, Any], key: Key) -> dict[str, str]:
    """Return the header that leads on to where a key says."""
    return _link(request, cursor_of(key))


def _link(request: Request[Any, Any, Any], cursor: str) -> dict[str, str]:
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return {"Link": f'<{request.url.path}?{urlencode([*query, ("cursor", cursor)])}>; rel="next"'}


def page(
    request: Request[Any, Any, Any],
    items: Iterable[Item],
    key: Callable[[Item], Key],
    *,
    limit: int,
    cursor: str | None,
) -> Response[list[Item]]:
    """Return the page of `items` after `cursor`, in order of `key`, and the way to the next."""
    after = None if cursor is None else key_of(cursor)
    ordered = sorted(((key(item), item) for item in items), key=lambda pair: pair[0])
    left = [pair for pair in ordered if after is None or pair[0] > after]
    shown = left[:limit]
    headers = _link(request, cursor_of(shown[-1][0])) if len(left) > limit else {}
    return Response([item for _, item in shown], headers=headers)
