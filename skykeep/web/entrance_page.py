"""The pages of the entrance as HTML: one template for signing in, choosing a password, enrolling a device."""

from __future__ import annotations

from importlib import resources

import jinja2
import msgspec
from litestar import MediaType, Response
from litestar.datastructures import Cookie
from litestar.types import Scope

from skykeep.station.config import Config
from skykeep.web.caller import Caller
from skykeep.web.headers import nonce
from skykeep.web.wishes import wishes
from skykeep.web.words import say

NAME_MAX, SECRET_MAX = 200, 512


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a form."""

    name: str
    words: str
    type: str = "text"
    autocomplete: str = "off"
    value: str = ""
    length_max: int = NAME_MAX
    required: bool = True


class Choice(msgspec.Struct, frozen=True):
    """A second button of a form, which sends `act` with this value."""

    value: str
    words: str


class Link(msgspec.Struct, frozen=True):
    """Another way to go."""

    address: str
    words: str


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What a page of the entrance says and asks for; the words are English, and said in the reader's language."""

    title: str
    action: str = ""
    button: str = ""
    fields: tuple[Field, ...] = ()
    choice: Choice | None = None
    links: tuple[Link, ...] = ()
    said: str = ""  # what happened
    good: bool = False
    words: str = ""
    drawing: str = ""  # a picture to be scanned, as a data: address
    drawing_says: str = ""  # the same in letters
    lines: tuple[str, ...] = ()  # what is to be written down
    target: str = ""  # where to go afterwards
    from_hash: bool = False  # a code may stand behind the # of the link


_template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
    resources.files("skykeep.web").joinpath("templates/entrance.html").read_text("utf-8"), {"_": say}
)


def answer(
    scope: Scope,
    config: Config,
    page: Page,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    cookies: tuple[Cookie, ...] = (),
) -> Response[str]:
    """Return a page as a response."""
    wished = wishes()
    theme = "" if wished.theme == "system" else wished.theme
    text = _template.render(
        page=page, station=config.name, place=config.place, person=_signed_in(scope), nonce=nonce(scope),
        lang=wished.language, theme=theme,
    )
    return Response(text, status_code=status, media_type=MediaType.HTML, headers=headers, cookies=list(cookies))


def _signed_in(scope: Scope) -> str:
    """Return who has a session to end, "" where there is none."""
    caller = scope.get("user")
    return caller.person if isinstance(caller, Caller) and caller.kind in {"session", "device"} else ""
