"""/permits/apply: an application, one group of questions a page, without a script; it is weighed before it is sent."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Controller, MediaType, Request, Response, get, post
from litestar.params import FromQuery

from skykeep.errors import Malformed, Refused, SkykeepError
from skykeep.station import asked
from skykeep.views.livemodels import CircleNow, HeightNow, PermitVolumeNow, VolumeNow
from skykeep.views.markup import Html
from skykeep.web import apply_form, cases, permit_map, permit_rows, problems, shell
from skykeep.web.admitting import caller_of, may
from skykeep.web.apply_form import FIELDS, STEPS, Fault
from skykeep.web.asking import ask
from skykeep.web.entering import sentence
from skykeep.web.forms import FORM
from skykeep.web.headers import nonce
from skykeep.web.permit_pages import MAP_STYLE
from skykeep.web.problems import Failed
from skykeep.web.site import site_of
from skykeep.web.words import ENGLISH, say

ASKS = Request[Any, Any, Any]
CHECK = STEPS.index("Check")
PAGES = tuple(str(page) for page in range(CHECK + 1))
E7, MM = 10_000_000, 1000


class ApplyPages(Controller):
    """The form of an application."""

    path = "/permits/apply"
    include_in_schema = False
    exception_handlers = shell.FAILED

    @get("/", opt={"action": "permit.apply"}, media_type=MediaType.HTML)
    async def begin(self, request: ASKS, answer: FromQuery[str] = "") -> Response[str]:
        """Show the first page; `answer`: the application that this one answers, filled in as it was."""
        _require_office(request)
        given, lost = apply_form.answers({}), list[str]()
        if answer:
            given, lost = await _filled(request, answer)
        words = say(
            "This application holds what the form cannot say: {what}. Sending replaces all of it; answer this one by "
            "file.",
            what="; ".join(lost),
        )
        faults = [Fault("", words)]
        return _page(request, given, 0, faults if lost else [], answer=answer)

    @post("/", opt={"action": "permit.apply", "takes": FORM, "shown_once": True}, status_code=200,
          media_type=MediaType.HTML)  # fmt: skip
    async def go(self, request: ASKS) -> Response[Any]:
        """Take a page's answers in, and show the next one, the one before, or what came of it."""
        _require_office(request)
        sent = await request.form()
        given, step = apply_form.answers(sent), _step(str(sent.get("step", "")))
        answer, wanted = str(sent.get("answer", ""))[:100], str(sent.get("go", "next"))
        if wanted == "back":
            return _page(request, given, max(0, step - 1), answer=answer)
        if wanted.startswith("to-"):
            return _page(request, given, _step(wanted[3:]), answer=answer)
        for before in range(min(step, CHECK - 1) + 1):
            if found := apply_form.faults(given, before):
                return _page(request, given, before, found, answer=answer)
        if step + 1 < CHECK:
            return _page(request, given, step + 1, answer=answer)
        if (fault := apply_form.unreadable(given)) is not None:
            at = apply_form.BY_NAME[fault.name].step
            return _page(request, given, at, [fault], answer=answer)
        if step < CHECK or wanted != "send":
            return await _check(request, given, answer)
        return await _send(request, given, answer, str(sent.get("key", "")))


def _step(text: str) -> int:
    return int(text) if text in PAGES else 0


def _require_office(request: ASKS) -> None:
    if not site_of(request).config.office.record:
        raise Refused(
            "this station holds no permit office: apply where the authority tells; whoever looks after the station "
            "names an office as [office]"
        )


async def _filled(request: ASKS, permit_id: str) -> tuple[dict[str, str], list[str]]:
    """Return an application as it was handed in, and what of it the form cannot say; empty to whom it is not shown."""
    reads = may(caller_of(request), "permit.read") and may(caller_of(request), "permit.revoke")
    found = (await cases.cases(request, permit_id)).cases if reads else await cases.own(request, permit_id)
    try:
        plain = json.loads(found[-1].document)["application"]
        return apply_form.filled(plain), apply_form.unsayable(plain)
    except (IndexError, ValueError, KeyError, TypeError, AttributeError):
        return apply_form.answers({}), []


async def _check(request: ASKS, given: dict[str, str], answer: str, *, said: str = "") -> Response[str]:
    """Show all answers, and what stands in their way: nothing is handed in yet."""
    try:
        told = await _asked(request, given, answer, preview=True)
    except (Failed, SkykeepError) as error:
        return _refused(request, given, error, answer)
    advice = cases.advice_to(caller_of(request), told.weighed)
    site = site_of(request)
    met = {zone.zone_id for zone in advice.zones}
    zones = {zone.zone_id: zone for zone in site.seen.zones(site.now_ns) if zone.zone_id in met}
    volumes = [_volume(given)]
    said_of = [field for field in FIELDS if given[field.name]]
    shown = [permit_rows.Term(say(field.words), apply_form.shown(field, given)) for field in said_of]
    return shell.page(
        request, "apply_check.html", steps=STEPS, step=CHECK, given=given, answer=answer, terms=shown, said=said,
        stand=permit_rows.check(advice), advice=permit_rows.said(advice), instead=permit_rows.instead(advice),
        lacking=told.lacking, doubts=told.doubts, when=permit_rows.when(volumes), key=secrets.token_urlsafe(12),
        map=_map(volumes, list(zones.values())), style=MAP_STYLE, nonce=nonce(request.scope),
    )  # fmt: skip


async def _send(request: ASKS, given: dict[str, str], answer: str, key: str) -> Response[Any]:
    """Hand it in, and show its number."""
    try:
        told = await _asked(request, given, answer, preview=False, key=key)
    except (Failed, SkykeepError) as error:
        return _refused(request, given, error, answer)
    there = may(caller_of(request), "permit.read")
    number = quote(told.permit_id, safe="")
    address = f"/permits/{number}?done=apply" if there else f"/permits/mine#{number}"
    return shell.page(
        request, "apply_sent.html", steps=STEPS, step=CHECK + 1, permit_id=told.permit_id, address=address,
        lacking=told.lacking, said=permit_rows.said(cases.advice_to(caller_of(request), told.weighed)),
    )  # fmt: skip


def _refused(request: ASKS, given: dict[str, str], error: Failed | SkykeepError, answer: str) -> Response[str]:
    """Show the last page of questions with why it was not taken."""
    failed = error if isinstance(error, Failed) else problems.of_error(error)
    words = sentence(error) if isinstance(error, SkykeepError) else f"{failed.detail}."
    status = problems.KINDS[failed.name].status
    return _page(request, given, CHECK - 1, [Fault("", words, ENGLISH)], answer=answer, status=status)


async def _asked(request: ASKS, given: dict[str, str], answer: str, *, preview: bool, key: str = "") -> asked.Received:
    data = msgspec.json.encode({"application": apply_form.document(given)})
    arguments = asked.PermitApply(permit_id=answer or None, preview=preview)
    once = f"page:{caller_of(request).person}:apply:{key[:64]}" if key else ""
    told, _ = await ask(
        site_of(request), request, "permit.apply", asked.Received, arguments=arguments, data=data, key=once
    )
    return told


def _page(
    request: ASKS,
    given: dict[str, str],
    step: int,
    faults: list[Fault] | None = None,
    *,
    answer: str,
    status: int = HTTPStatus.OK,
) -> Response[str]:
    """Return one page of questions, what is wrong on top and at each field: that is no failure of the request."""
    wrong = faults or []
    return shell.page(
        request,
        "apply.html",
        status=status,
        steps=STEPS,
        step=step,
        fields=[field for field in FIELDS if field.step == step],
        kept=[(field.name, given[field.name]) for field in FIELDS if field.step != step],
        given=given,
        answer=answer,
        faults=wrong,
        wrong={fault.name: fault for fault in wrong},
        by_name=apply_form.BY_NAME,
    )


def _volume(given: dict[str, str]) -> PermitVolumeNow:
    """Return where and when, as the map takes it."""
    told = apply_form.volume(given)
    lon, lat = told["area"]["center"]
    outline = CircleNow(lat_e7=round(lat * E7), lon_e7=round(lon * E7), radius_mm=round(told["area"]["radius_m"] * MM))
    ceiling = HeightNow(value_mm=round(told["ceiling"]["value_m"] * MM), datum=told["ceiling"]["datum"])
    volume = VolumeNow(outline=outline, floor=HeightNow(value_mm=0, datum="agl"), ceiling=ceiling)
    return PermitVolumeNow(volume=volume, start_ns=_ns(told["from"]), end_ns=_ns(told["until"]))


def _ns(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).timestamp()) * 10**9


def _map(volumes: list[PermitVolumeNow], zones: list[Any]) -> Html:
    try:
        return permit_map.drawn(volumes, zones)
    except (Refused, Malformed):
        return Html()
