"""What the forms of /permits do: the acts of the interface, with a reason, answered as pages."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Controller, MediaType, Request, Response, post
from litestar.params import FromPath
from msgspec import Meta

from skykeep.errors import SkykeepError
from skykeep.station import asked
from skykeep.web import cases, permit_rows, shell
from skykeep.web.admitting import caller_of
from skykeep.web.asking import ask
from skykeep.web.forms import FORM, form_of
from skykeep.web.permit_pages import Typed, again, permits_now
from skykeep.web.problems import Failed
from skykeep.web.site import site_of

ASKS = Request[Any, Any, Any]
REASON_MAX, VERSION_DIGITS = 2_000, 10


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a decision."""

    reason: Annotated[str, Meta(max_length=REASON_MAX)] = ""
    key: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{8,64}$")]
    seen_ns: Annotated[int, Meta(ge=0, le=(1 << 63) - 1)] = 0
    version: Annotated[int, Meta(ge=0, lt=1 << 31)] = 0  # that the page showed


def _act(name: str) -> Callable[..., Any]:
    """Return what makes a handler of a form."""
    opt = {"action": f"permit.{name}", "takes": FORM, "shown_once": True}
    return post(f"/{{permit_id:str}}/{name}", opt=opt, status_code=200, media_type=MediaType.HTML)


class PermitFormActs(Controller):
    """Forms of permits."""

    path = "/permits"
    include_in_schema = False
    exception_handlers = shell.FAILED

    @_act("ask")
    async def ask_for_more(self, request: ASKS, permit_id: FromPath[str]) -> Response[Any]:
        """Ask the applicant."""
        return await _done(request, permit_id, "ask")

    @_act("offer")
    async def offer(self, request: ASKS, permit_id: FromPath[str]) -> Response[Any]:
        """Offer something else."""
        return await _done(request, permit_id, "offer")

    @_act("recommend")
    async def recommend(self, request: ASKS, permit_id: FromPath[str]) -> Response[Any]:
        """Recommend."""
        return await _done(request, permit_id, "recommend")

    @_act("grant")
    async def grant(self, request: ASKS, permit_id: FromPath[str]) -> Response[Any]:
        """Grant what another one recommended."""
        return await _done(request, permit_id, "grant")

    @_act("refuse")
    async def refuse(self, request: ASKS, permit_id: FromPath[str]) -> Response[Any]:
        """Refuse."""
        return await _done(request, permit_id, "refuse")

    @_act("revoke")
    async def revoke(self, request: ASKS, permit_id: FromPath[str]) -> Response[Any]:
        """Take a permit back."""
        return await _done(request, permit_id, "revoke")

    @_act("code")
    async def code(self, request: ASKS, permit_id: FromPath[str]) -> Response[Any]:
        """Show the code of a permit, to be handed out or printed."""
        try:
            form = await form_of(request, Reason)
            told, _ = await ask(
                site_of(request), request, "permit.code", asked.PermitCode, subject=f"permit:{permit_id}",
                reason=form.reason, key=_key(request, permit_id, "code", form.key),
            )  # fmt: skip
            found = cases.shown_to(request, (await cases.cases(request, permit_id)).cases)
        except (Failed, SkykeepError) as error:
            return await again(request, permit_id, error, await _typed(request, "code"))
        case = permits_now(found) or found[-1]
        drawn = base64.b64encode(told.svg.encode()).decode()
        return shell.page(
            request, "permit_code.html", permit_id=permit_id, version=case.version, terms=permit_rows.terms(case),
            stand=permit_rows.stand(case.state), qr=drawn, text=told.text, reason=form.reason,
        )  # fmt: skip


async def _done(request: ASKS, permit_id: str, deed: str) -> Response[Any]:
    """Ask the station; then lead back, so that reloading does nothing twice, or say why it was not done."""
    try:
        form = await form_of(request, Reason)
        seen = asked.Seen(seen_ns=form.seen_ns or None) if deed != "revoke" else None
        await ask(
            site_of(request), request, f"permit.{deed}", asked.Done, subject=f"permit:{permit_id}", reason=form.reason,
            arguments=seen, key=_key(request, permit_id, deed, form.key),
        )  # fmt: skip
    except (Failed, SkykeepError) as error:
        return await again(request, permit_id, error, await _typed(request, deed))
    which = f"&version={form.version}" if form.version else ""
    where = f"/permits/{quote(permit_id, safe='')}?done={deed}{which}"
    return Response(None, status_code=303, headers={"Location": where})


async def _typed(request: ASKS, deed: str) -> Typed:
    """Return what somebody typed, so that nobody types it again because it was not taken."""
    sent = await request.form()
    version = str(sent.get("version", ""))
    known = int(version) if version.isascii() and version.isdecimal() and len(version) < VERSION_DIGITS else 0
    return Typed(deed, str(sent.get("reason", ""))[:REASON_MAX], known)


def _key(request: ASKS, permit_id: str, deed: str, key: str) -> str:
    return f"page:{caller_of(request).person}:{permit_id}:{deed}:{key}"
