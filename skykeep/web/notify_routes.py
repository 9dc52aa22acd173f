"""/notify: the page on which officers subscribe their browsers to notifications, and the programs that it needs."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from importlib import resources
from typing import Any

import httpx
import jinja2
import msgspec
from litestar import Controller, MediaType, Request, Response, get, post
from litestar.params import FromPath

from skykeep.errors import Malformed
from skykeep.station import asked
from skykeep.station.outlets.subscriptions import FILE, Subscription, Subscriptions, name_of
from skykeep.views.style import CSS
from skykeep.web import wishes
from skykeep.web.admitting import caller_of
from skykeep.web.asking import ask
from skykeep.web.incident_routes import FORM, answer_failed
from skykeep.web.jsondepth import require_shallow
from skykeep.web.problems import Failed, not_there
from skykeep.web.site import site_of
from skykeep.web.words import marked, say, script_words

ASKS = Request[Any, Any, Any]
ACT = {"action": "notify.subscribe"}
SCRIPT = "text/javascript; charset=utf-8"
WORDS = {1: marked("priority 1 only"), 2: marked("priority 1 and 2"), 3: marked("all incidents")}


class Subscribing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the page sends."""

    subscription: msgspec.Raw  # PushSubscription.toJSON(), as the browser made it
    priority_max: int = 2


class Subscribed(msgspec.Struct, frozen=True):
    """A browser that is told from now on."""

    id: str


class Device(msgspec.Struct, frozen=True):
    """One browser of the person, as the page names it."""

    id: str
    host: str  # of its push service
    words: str


class NotifyPages(Controller):
    """Subscribing browsers; each person their own."""

    path = "/notify"
    include_in_schema = False
    exception_handlers = {Failed: answer_failed}  # noqa: RUF012  # as Litestar reads it

    @get("/", opt=ACT, media_type=MediaType.HTML)
    async def show(self, request: ASKS) -> Response[str]:
        """Show the person's browsers, and the button that adds this one."""
        site, kept = site_of(request), _kept(request)
        key = await asyncio.to_thread(kept.public_key) if site.config.notify.web_push else None
        mine = await asyncio.to_thread(kept.all, caller_of(request).person)
        nonce: str = request.scope["state"].setdefault("csp_nonce", secrets.token_urlsafe(16))
        lang = wishes.wishes().language
        devices = [_device(each) for each in mine]
        text = _template.render(
            station=site.config.name, key=key, devices=devices, nonce=nonce, css=CSS,
            told={"lang": lang, "words": script_words(lang)}, **wishes.told(request),
        )  # fmt: skip
        return Response(text, media_type=MediaType.HTML, headers={"Cache-Control": "no-store"})

    @get("/page.js", opt=ACT)
    async def page_program(self) -> Response[str]:
        """The button's program."""
        return Response(_program("notify.js"), media_type=SCRIPT)

    @get("/worker.js", opt={"action": "time.read"})
    async def worker_program(self) -> Response[str]:
        """The program that shows a message while no page is open; browsers fetch it anew without signing in."""
        return Response(_program("notify-worker.js"), media_type=SCRIPT, headers={"Service-Worker-Allowed": "/"})

    @post("/devices", opt=ACT)
    async def add(self, request: ASKS) -> Subscribed:
        """Tell a browser from now on; it stands in the record first."""
        body = await request.body()
        require_shallow(body)
        try:
            said = msgspec.json.decode(body, type=Subscribing)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Malformed(f"no subscription: {error}") from error
        given, kept = bytes(said.subscription), _kept(request)
        name = name_of(given)
        await _noted(request, name, asked.Noted(after_sha256=hashlib.sha256(given).hexdigest()))
        person = caller_of(request).person
        await asyncio.to_thread(kept.add, person, given, priority_max=said.priority_max)
        return Subscribed(name)

    @post("/devices/{device_id:str}/remove", opt={**ACT, "takes": FORM}, status_code=303)
    async def remove(self, request: ASKS, device_id: FromPath[str]) -> Response[None]:
        """Tell one of the person's browsers no more."""
        kept, person = _kept(request), caller_of(request).person
        found = [each for each in await asyncio.to_thread(kept.all, person) if each.id == device_id]
        if not found:
            raise not_there(f"device {device_id[:40]}")
        before = hashlib.sha256(found[0].endpoint.encode()).hexdigest()
        await _noted(request, device_id, asked.Noted(before_sha256=before))
        await asyncio.to_thread(kept.remove, device_id, person=person)
        return Response(None, status_code=303, headers={"Location": "/notify"})


async def _noted(request: ASKS, name: str, arguments: asked.Noted) -> None:
    site = site_of(request)
    await ask(site, request, "notify.subscribe", asked.Done, subject=f"device:{name}", arguments=arguments)


def _kept(request: ASKS) -> Subscriptions:
    return Subscriptions(site_of(request).home.path / FILE)


def _device(kept: Subscription) -> Device:
    return Device(kept.id, httpx.URL(kept.endpoint).host, say(WORDS.get(kept.priority_max, WORDS[3])))


def _program(name: str) -> str:
    return resources.files("skykeep.web").joinpath("static", name).read_text("utf-8")


_template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True).from_string(
    resources.files("skykeep.web").joinpath("templates/notify.html").read_text("utf-8")
)
