"""How small pages are put together, and how a problem is answered as one."""

from __future__ import annotations

from http import HTTPStatus
from importlib import resources
from typing import Any

import jinja2
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from skykeep.errors import SkykeepError
from skykeep.views import words
from skykeep.web import shell, wishes
from skykeep.web.admitting import caller_of
from skykeep.web.problems import Failed, answer_http, not_there, of_error, of_people
from skykeep.web.site import Site, site_of
from skykeep.web.words import count, say

ASKS = Request[Any, Any, Any]
FRESH_NS = 5 * 10**9
PATH_MAX = 80


def answer_page(request: ASKS, error: Failed | SkykeepError) -> Response[Any]:
    """Answer a problem as a page: to who is signed in with the tabs of the console; who is not known may have to be."""
    failed = error if isinstance(error, Failed) else of_error(error)
    if failed.name == "not-signed-in" or caller_of(request).person:
        return shell.answer_failed(request, failed)  # in the frame of the console: with a way on
    told = of_people(failed)
    return page_of(request, "problem.html", told.status, told=told)


def answer_nowhere(request: ASKS, error: HTTPException) -> Response[Any]:
    """Answer what the framework found wrong: as a page where a browser asked for one that is not there."""
    asked = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
    if asked and error.status_code == HTTPStatus.NOT_FOUND:
        return answer_page(request, not_there(words.shown(request.url.path, PATH_MAX)))
    return answer_http(request, error)


def page_of(request: ASKS, name: str, status: int = HTTPStatus.OK, **known: Any) -> Response[str]:  # noqa: ANN401  # what a template takes
    config = site_of(request).config
    html = _templates.get_template(name).render(
        **wishes.told(request), station=config.name, place=config.place, brand=_BRAND, **known
    )
    return Response(html, status_code=status, media_type=MediaType.HTML)


def fresh(site: Site) -> bool:
    return site.mirror.station_up and site.clock_ns() - site.mirror.now_ns < FRESH_NS


_BRAND = (
    '<svg width="22" height="22" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 2l8 3v6c0 5-3.4 8.7-8 11-4.6-2.3-8'
    '-6-8-11V5z" fill="none" stroke="currentColor" stroke-width="2"/><path d="M7.5 13l4.5-4 4.5 4" fill="none" '
    'stroke="currentColor" stroke-width="2"/></svg>'
)
_templates = jinja2.Environment(
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    loader=jinja2.FunctionLoader(
        lambda name: resources.files("skykeep.web").joinpath(f"templates/{name}").read_text("utf-8")
    ),
)
_templates.filters["shown"] = words.shown
_templates.globals |= {"_": say, "_n": count}  # for macros, which know nothing of the page
