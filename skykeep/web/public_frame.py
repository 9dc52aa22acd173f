"""The frame of the pages for everybody: language, station, freshness, and what is said when something fails."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

import jinja2
from litestar import MediaType, Request, Response

from skykeep.errors import SkykeepError
from skykeep.views import words as plain
from skykeep.web import wishes, words
from skykeep.web.problems import Failed, of_error, of_people
from skykeep.web.site import site_of
from skykeep.web.words import words_of

ASKS = Request[Any, Any, Any]
FRESH_NS = 5 * 10**9


def page(
    request: ASKS,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **known: Any,  # noqa: ANN401  # what a template takes
) -> Response[str]:
    """Return a page in the reader's language."""
    site, text = site_of(request), words_of(request)
    t_ns = site.mirror.now_ns
    html = _templates.get_template(template).render(
        **wishes.told(request),
        station=site.config.name,
        place=site.config.place,
        public=site.config.public,
        checks=bool(site.config.web.office_keys),
        languages=[(code, words.NAMES[code]) for code in words.languages()],
        here=_here(request),
        fresh=site.mirror.station_up and site.clock_ns() - t_ns < FRESH_NS,
        as_of_ns=t_ns,
        **known,
    )
    return Response(
        html,
        status_code=status,
        media_type=MediaType.HTML,
        headers={"Cache-Control": "no-store", "Content-Language": text.code, "Vary": "Accept-Language, Cookie",
                 **(headers or {})},
    )  # fmt: skip


def _here(request: ASKS) -> list[tuple[str, str]]:
    """Return what the address says besides the language, for the links that change it."""
    return [(name, str(value)[:200]) for name, value in request.query_params.multi_items() if name != "lang"][:12]


def answer_failed(request: ASKS, error: Failed | SkykeepError) -> Response[str]:
    """Answer a problem as a page for everybody."""
    failed = error if isinstance(error, Failed) else of_error(error)
    told = of_people(failed)
    return page(request, "public_failed.html", status=told.status, headers=failed.headers, told=told)


def _iso(t_ns: int) -> str:
    at = plain.moment(t_ns)
    return "" if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _utc(t_ns: int) -> str:
    at = plain.moment(t_ns)
    return "" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"


_templates = jinja2.Environment(
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    loader=jinja2.FunctionLoader(
        lambda name: resources.files("skykeep.web").joinpath(f"templates/{name}").read_text("utf-8")
    ),
)
_templates.filters |= {"shown": plain.shown, "iso": _iso, "utc": _utc}
