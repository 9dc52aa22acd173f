"""What the forms of /zones do: the same acts as the interface asks of the station, answered as pages.

A form bears a key of its own, so that what is sent twice is done once. What was done leads back to the page, which says
so; what was refused shows the page again with what was typed and why.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from litestar import Controller, MediaType, Request, Response, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from skykeep.errors import SkykeepError
from skykeep.station import asked
from skykeep.views import words
from skykeep.web import problems, shell, zone_form, zone_rows
from skykeep.web.admitting import caller_of
from skykeep.web.api.drafts import HOUR_NS
from skykeep.web.asking import ask
from skykeep.web.forms import FORM
from skykeep.web.problems import Failed
from skykeep.web.site import site_of
from skykeep.web.words import say
from skykeep.web.zone_form import Incomplete, ZoneForm
from skykeep.web.zone_pages import back, base_of, draft_page, effect, form_page, import_page, why_of, zone_page

ASKS = Request[Any, Any, Any]
FILE = ("multipart/form-data",)
FILE_MAX_BYTES = 100_000_000
"""No station takes more, whatever its settings; its own limit is asked before the file is read."""
CONFIRM_HOURS_MAX = 24.0
KEY_MAX = 64
DIGITS_MAX = 18
ALL = "all"


def _act(path: str, action: str, *, takes: tuple[str, ...] = FORM, limit: int | None = None) -> Callable[..., Any]:
    """Return what makes a handler of a form."""
    opt = {"action": action, "takes": takes}
    sized = {} if limit is None else {"request_max_body_size": limit}
    return post(path, opt=opt, status_code=200, media_type=MediaType.HTML, **sized)  # type: ignore[arg-type]  # one limit


class ZoneForms(Controller):
    """Forms of zones."""

    path = "/zones"
    include_in_schema = False
    exception_handlers = shell.FAILED

    @_act("/draw", "zone.draft")
    async def draw(self, request: ASKS) -> Response[Any]:
        """Take a zone that was drawn or typed: `do` is "look" (tell what it would do), "keep" or "propose"."""
        sent = await request.form()
        form = zone_form.taken(dict(sent), [str(day) for day in sent.getall("days", [])])
        try:
            base, begun = base_of(request, form)
            data = zone_form.file_of(zone_form.zone_of(form, base))
            name, do = f"drawn: {form.name}", str(sent.get("do", ""))
            return await _drafted(request, data, name, do, begun, lambda told: _seen(request, form, told))
        except (Failed, SkykeepError) as error:
            return form_page(request, form, why=why_of(error), status=_status(error))

    @_act("/read", "zone.draft", takes=FILE, limit=FILE_MAX_BYTES)
    async def read_file(self, request: ASKS) -> Response[Any]:
        """Read a zone file and keep it as a draft of whoever gave it, with its report; nothing is published by it."""
        try:
            _require_size(request)
            data, name, form, key = await _file_of(request)
            arguments = asked.ZoneDraft(name=name, format=form, propose=False)
            told, _ = await ask(
                site_of(request), request, "zone.draft", asked.Draft, arguments=arguments, data=data, key=key
            )
        except (Failed, SkykeepError) as error:
            return import_page(request, why=why_of(error), status=_status(error))
        return back(f"/zones/drafts/{told.draft_id}", "drafted")

    @_act("/drafts/{draft_id:str}/propose", "zone.propose")
    async def propose(self, request: ASKS, draft_id: FromPath[str]) -> Response[Any]:
        """Propose one's own draft."""
        return await _of_draft(request, draft_id, "zone.propose", asked.Done, "proposed")

    @_act("/drafts/{draft_id:str}/publish", "zone.publish")
    async def publish(self, request: ASKS, draft_id: FromPath[str]) -> Response[Any]:
        """Publish what another proposed: it becomes law."""
        return await _of_draft(request, draft_id, "zone.publish", asked.Published, "published")

    @_act("/drafts/{draft_id:str}/refuse", "zone.discard")
    async def refuse(self, request: ASKS, draft_id: FromPath[str]) -> Response[Any]:
        """Refuse what is proposed, or discard one's own draft; with a reason."""
        return await _of_draft(request, draft_id, "zone.discard", asked.Done, "refused")

    @_act("/withdraw", "zone.withdraw")
    async def withdraw(self, request: ASKS) -> Response[Any]:
        """Withdraw a zone."""
        return await _of_zone(request, "zone.withdraw", "withdrawn")

    @_act("/lift", "zone.lift")
    async def lift(self, request: ASKS) -> Response[Any]:
        """Lift an emergency zone."""
        return await _of_zone(request, "zone.lift", "lifted")

    @_act("/confirm", "zone.confirm")
    async def confirm(self, request: ASKS) -> Response[Any]:
        """Confirm an emergency zone as the second officer."""
        return await _of_zone(request, "zone.confirm", "confirmed")


async def _drafted(
    request: ASKS,
    data: bytes,
    name: str,
    do: str,
    begun: dict[str, int],
    seen: Callable[[asked.Draft], Awaitable[Response[Any]]],
) -> Response[Any]:
    """Ask for a draft of a file that was made from a form, or only for what it would do."""
    arguments = asked.ZoneDraft(
        name=words.shown(name, 200), format="geojson", keep=do != "look", propose=do == "propose", base_versions=begun
    )
    told, _ = await ask(
        site_of(request), request, "zone.draft", asked.Draft, arguments=arguments, data=data,
        key="" if do == "look" else await _once(request),
    )  # fmt: skip
    if do == "look":
        return await seen(told)
    return back(f"/zones/drafts/{told.draft_id}", "proposed" if do == "propose" else "drafted")


async def _seen(request: ASKS, form: ZoneForm, told: asked.Draft) -> Response[Any]:
    """Show the form again, with what the zone would do as things are now."""
    return form_page(request, form, weighed=await effect(request, told))


async def _of_draft(request: ASKS, draft_id: str, action: str, told: type[msgspec.Struct], done: str) -> Response[Any]:
    sent = await request.form()
    try:
        found, _ = await ask(
            site_of(request), request, action, told, subject=f"draft:{draft_id}", reason=str(sent.get("reason", "")),
            key=await _once(request),
        )  # fmt: skip
    except (Failed, SkykeepError) as error:
        try:
            reason = str(sent.get("reason", ""))[: zone_rows.TEXT_MAX]
            return await draft_page(
                request, draft_id, why=why_of(error), status=_status(error), reason=reason
            )
        except Failed:
            raise error from None  # it is gone: that is what there is to say
    if isinstance(found, asked.Published) and len(found.zones) == 1:
        return back(zone_rows.address(found.zones[0][0]), done)
    return back(f"/zones/drafts/{draft_id}" if action == "zone.propose" else "/zones", done)


async def _of_zone(request: ASKS, action: str, done: str) -> Response[Any]:
    sent = await request.form()
    zone_id, why_so = str(sent.get("zone_id", "")), str(sent.get("reason", ""))
    try:
        confirms = action == "zone.confirm"
        arguments = _confirmed(request, str(sent.get("hours", ""))) if confirms else _withdrawn(dict(sent))
        await ask(
            site_of(request), request, action, asked.Done, subject=f"zone:{zone_id}", reason=why_so,
            arguments=arguments, key=await _once(request),
        )  # fmt: skip
    except (Failed, SkykeepError) as error:
        reason = why_so[: zone_rows.TEXT_MAX]
        return await zone_page(request, zone_id, why=why_of(error), status=_status(error), reason=reason)
    one = isinstance(arguments, asked.ZoneWithdraw) and arguments.version is not None
    return back(zone_rows.address(zone_id), "withdrawn_one" if one else done)


def _withdrawn(sent: Mapping[str, object]) -> asked.ZoneWithdraw:
    """Return which versions are meant, "all" or one by its number; raises Incomplete where the form does not say."""
    said, seen = str(sent.get("version", "")), str(sent.get("seen_version", ""))
    if not all(number.isdecimal() and len(number) < DIGITS_MAX for number in (seen, "0" if said == ALL else said)):
        raise Incomplete(say("which version: choose one of those that the page shows, or all of them"))
    return asked.ZoneWithdraw(version=None if said == ALL else int(said), seen_version=int(seen))


def _confirmed(request: ASKS, hours: str) -> asked.ZoneConfirm:
    """Return until when a confirmed zone holds; raises Incomplete where it is no number of hours up to a day."""
    try:
        span = float(hours)
    except ValueError:
        span = 0.0
    if not 0 < span <= CONFIRM_HOURS_MAX:
        most = f"{CONFIRM_HOURS_MAX:.0f}"
        raise Incomplete(say("hours: {said} is no number up to {most}", said=repr(hours[:20]), most=most))
    return asked.ZoneConfirm(until_ns=site_of(request).now_ns + int(span * HOUR_NS))


async def _once(request: ASKS) -> str:
    """Return the form's own key, as the station knows it: of this person, for this address."""
    said, caller = str((await request.form()).get("once", "")), caller_of(request)
    kept = "".join(each for each in said if each.isascii() and each.isalnum())[:KEY_MAX]
    return f"{caller.kind}:{caller.person}:{request.url.path}:{kept}" if kept else ""


def _require_size(request: ASKS) -> None:
    """Refuse a body that says to be larger than the station takes, before it is read."""
    most, said = site_of(request).config.web.body_max_bytes, request.headers.get("content-length", "")
    if said.isdecimal() and int(said) > most:
        raise Failed("too-large", f"more than {most} bytes", "Split the file.")


async def _file_of(request: ASKS) -> tuple[bytes, str, str, str]:
    """Return the file that was given, its name, the format that was chosen, and the form's key."""
    sent = await request.form()
    file = sent.get("file")
    if not isinstance(file, UploadFile):
        raise Incomplete(say("no file was chosen"))
    data = await file.read()
    if not data:
        raise Incomplete(say("no file was chosen, or it is empty"))
    if len(data) > site_of(request).config.web.body_max_bytes:
        raise Failed("too-large", f"more than {site_of(request).config.web.body_max_bytes} bytes", "Split the file.")
    return data, words.shown(file.filename or "a file", 120), str(sent.get("form", "")), await _once(request)


def _status(error: Failed | SkykeepError) -> int:
    failed = error if isinstance(error, Failed) else problems.of_error(error)
    return problems.KINDS[failed.name].status
