"""What each reader wishes for themselves: language, dark or light, and in which units heights and speeds are said.

A wish that an address names (`?lang=es`, `?theme=dark`, `?units=feet`) holds for that page and is kept in a cookie of
this browser, so that all pages follow it, with a script and without one. What was never wished for follows the browser:
`Accept-Language`, and its colour scheme. Units are metric until somebody wishes otherwise.
"""

from __future__ import annotations

import contextvars
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from skykeep.web import words

THEMES: Final = ("system", "dark", "light")
METRIC, FEET = "metric", "feet"
UNITS: Final = (METRIC, FEET)
THEME_COOKIE: Final = "skykeep_theme"
UNITS_COOKIE: Final = "skykeep_units"
KEPT_S: Final = 365 * 86_400


class Wishes(NamedTuple):
    """What a reader wishes."""

    language: str = words.ENGLISH
    theme: str = "system"
    units: str = METRIC


_held: contextvars.ContextVar[Wishes] = contextvars.ContextVar("wishes", default=Wishes())  # noqa: B039  # it cannot change


def wishes() -> Wishes:
    """Return what whoever asks now wishes; outside of a request, what nobody wished otherwise."""
    return _held.get()


def of(connection: words.Asks) -> Wishes:
    """Return the wishes of a request."""
    query, cookies = connection.query_params, connection.cookies
    return Wishes(
        words.chosen(query.get("lang", ""), cookies.get(words.COOKIE, ""), connection.headers),
        _one(THEMES, query.get("theme", ""), cookies.get(THEME_COOKIE, "")),
        _one(UNITS, query.get("units", ""), cookies.get(UNITS_COOKIE, "")),
    )


def _one(there: tuple[str, ...], said: str, kept: str) -> str:
    return said if said in there else kept if kept in there else there[0]


def kept(query: Mapping[str, Any], *, secure: bool) -> list[Cookie]:
    """Return the cookies that keep what an address names; scripts of our pages may turn the theme, and no more."""
    named = (
        ("lang", words.COOKIE, words.languages()), ("theme", THEME_COOKIE, THEMES), ("units", UNITS_COOKIE, UNITS)
    )  # fmt: skip
    return [
        Cookie(
            key=key, value=query[name], max_age=KEPT_S, httponly=key != THEME_COOKIE, samesite="lax", secure=secure
        )
        for name, key, there in named
        if query.get(name) in there
    ]  # fmt: skip


class Wishing(ASGIMiddleware):
    """Has every page know what its reader wishes, and keeps what they wish anew."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        wished = of(connection)
        _held.set(wished)  # never reset: each request is a task of its own, and errors are answered outside of here
        words.speak(wished.language)
        cookies = kept(connection.query_params, secure=scope["scheme"] == "https") if scope["query_string"] else []

        async def keeping(message: Message) -> None:
            if message["type"] == "http.response.start" and cookies:
                headers = list(message["headers"])
                headers += [(b"set-cookie", each.to_header(header="").encode()) for each in cookies]
                message["headers"] = headers
            await send(message)

        await next_app(scope, receive, keeping)


class Choice(NamedTuple):
    """One thing that can be wished, and the address of this page that wishes it."""

    words: str
    address: str
    holds: bool
    language: str = ""  # of the words, where they are of another than the page
    short: str = ""  # in place of the words, where there is little room


class Choices(NamedTuple):
    """All that can be wished of one kind."""

    heading: str
    name: str
    each: list[Choice]


def choices(request: Request[Any, Any, Any]) -> list[Choices]:
    """Return what can be wished, for the menu of a page."""
    wished, names = wishes(), words.NAMES
    there = [(code, names[code]) for code in words.languages()]
    return [
        Choices(words.say("Language"), "lang", [
            Choice(name, address(request, "lang", code), code == wished.language, code) for code, name in there
        ]),
        _choices(request, words.say("Colours"), "theme", _THEMES, wished.theme),
        _choices(request, words.say("Units"), "units", _UNITS, wished.units),
    ]  # fmt: skip


def _choices(request: Request[Any, Any, Any], heading: str, name: str, there: Mapping[str, str], held: str) -> Choices:
    made = [
        Choice(words.say(said), address(request, name, code), code == held, short=_SHORT.get(code, ""))
        for code, said in there.items()
    ]
    return Choices(heading, name, made)


_THEMES = {"system": words.marked("as the system"), "dark": words.marked("dark"), "light": words.marked("light")}
_UNITS = {METRIC: words.marked("metres, m/s"), FEET: words.marked("feet, knots")}

_SHORT = {METRIC: "m", FEET: "ft"}


def address(request: Request[Any, Any, Any], name: str, code: str) -> str:
    """Return where this page is with one wish more; of the answer to a form, where its part of the console is."""
    if request.method != "GET":
        return f"/{quote(request.url.path.strip('/').partition('/')[0])}?{urlencode({name: code})}"
    query = [(each, str(value)[:200]) for each, value in request.query_params.multi_items() if each not in _NAMED]
    return f"?{urlencode([*query[:20], (name, code)])}"


_NAMED = frozenset({"lang", "theme", "units"})


def told(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Return what every template takes: the words, the language, the classes of the page, and the menu of wishes."""
    wished = wishes()
    return {
        "_": words.say,
        "_n": words.count,
        "lang": wished.language,
        "theme": "" if wished.theme == "system" else wished.theme,
        "units": wished.units,
        "wishes": choices(request),
    }
