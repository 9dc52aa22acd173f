"""/api/v1/applications and what is done with them: applying for a permit, and deciding in the station's office."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, JSONBody

from skykeep.station import asked
from skykeep.web import cases
from skykeep.web.admitting import caller_of, may
from skykeep.web.api import bodies
from skykeep.web.api.acting import Acted, act
from skykeep.web.api.permits import Version
from skykeep.web.asking import ask
from skykeep.web.cases import Advice, ApplicationNow
from skykeep.web.problems import not_there
from skykeep.web.site import site_of

ASKS = Request[Any, Any, Any]


class Weighed(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the way of an application that nobody handed in yet."""

    advice: Advice
    lacking: list[str]  # what EU 2021/664 Annex IV asks for and it does not say
    doubts: list[str]


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """An application was handed in: its number, and what the law says of it. A person decides."""

    permit_id: str
    version: int
    advice: Advice
    lacking: list[str]
    doubts: list[str]
    entry_index: int | None


class PermitCode(msgspec.Struct, frozen=True, kw_only=True):
    """The credential of a permit; it holds every identity whole."""

    text: str  # SKP1:...
    svg: str


class Applications(Controller):
    """Applications in the station's permit office, and what became of them."""

    path = "/applications"
    tags = ("permits",)

    @get(opt={"action": "permit.read"})
    async def list_applications(self, request: ASKS) -> list[ApplicationNow]:
        """List applications, decided ones too, in the order in which they came."""
        return cases.shown_to(request, (await cases.cases(request)).cases)

    @get("/mine", opt={"action": "permit.own"})
    async def list_own_applications(self, request: ASKS) -> list[ApplicationNow]:
        """List what whoever asks handed in, in the order in which it came; of the office no officer is named."""
        return cases.shown_to(request, await cases.own(request), own=True)

    @get("/mine/{permit_id:str}", opt={"action": "permit.own"})
    async def read_own_application(
        self, request: ASKS, permit_id: FromPath[str], version: Version = None
    ) -> ApplicationNow:  # fmt: skip
        """Read one application of one's own: its last version or the one asked for, what the office asked or decided.

        Those of others are not there.
        """
        return _called(cases.shown_to(request, await cases.own(request, permit_id), own=True), permit_id, version)

    @get("/{permit_id:str}", opt={"action": "permit.read"})
    async def read_application(
        self, request: ASKS, permit_id: FromPath[str], version: Version = None
    ) -> ApplicationNow:  # fmt: skip
        """Read one application: its last version or the one asked for, its history, what stands in its way now.

        `versions` names them all: the one that permits may be older than the last, which waits or was refused.
        """
        return _called(cases.shown_to(request, (await cases.cases(request, permit_id)).cases), permit_id, version)


class PermitActs(Controller):
    """What is done in the station's permit office: each a signed step in its record."""

    path = "/permits"
    tags = ("permits",)

    @post("/preview", opt={"action": "permit.apply"}, status_code=200)
    async def preview_application(self, request: ASKS, data: JSONBody[bodies.Application]) -> Weighed:
        """Say what stands in the way of an application, and keep nothing of it."""
        told, _ = await _applied(request, data, preview=True)
        return Weighed(advice=_advice(request, told), lacking=told.lacking, doubts=told.doubts)

    @post(opt={"action": "permit.apply"})
    async def apply_for_permit(self, request: ASKS, data: JSONBody[bodies.Application]) -> Response[Applied]:
        """Hand an application in, or with `permit_id` the answer to what the office asked or offered."""
        told, entry_index = await _applied(request, data, preview=False)
        applied = Applied(
            permit_id=told.permit_id, version=told.version, advice=_advice(request, told), lacking=told.lacking,
            doubts=told.doubts, entry_index=entry_index,
        )  # fmt: skip
        own = "" if may(caller_of(request), "permit.read") else "mine/"
        headers = {"Location": f"/api/v1/applications/{own}{told.permit_id}"}
        return Response(applied, status_code=201, headers=headers)

    @post("/{permit_id:str}/ask", opt={"action": "permit.ask"}, status_code=200)
    async def ask_applicant(self, request: ASKS, permit_id: FromPath[str], data: JSONBody[bodies.Decision]) -> Acted:
        """Ask the applicant for more; the reason says what."""
        return await _step(request, "ask", permit_id, data)

    @post("/{permit_id:str}/offer", opt={"action": "permit.offer"}, status_code=200)
    async def offer_other(self, request: ASKS, permit_id: FromPath[str], data: JSONBody[bodies.Decision]) -> Acted:
        """Offer the applicant another time, place or height; the reason says which."""
        return await _step(request, "offer", permit_id, data)

    @post("/{permit_id:str}/recommend", opt={"action": "permit.recommend"}, status_code=200)
    async def recommend_permit(self, request: ASKS, permit_id: FromPath[str], data: JSONBody[bodies.Decision]) -> Acted:
        """Recommend an application: it permits nothing until a second officer grants it."""
        return await _step(request, "recommend", permit_id, data)

    @post("/{permit_id:str}/grant", opt={"action": "permit.grant"}, status_code=200)
    async def grant_permit(self, request: ASKS, permit_id: FromPath[str], data: JSONBody[bodies.Decision]) -> Acted:
        """Grant what another officer recommended; the watch knows of it within a second."""
        return await _step(request, "grant", permit_id, data)

    @post("/{permit_id:str}/refuse", opt={"action": "permit.refuse"}, status_code=200)
    async def refuse_permit(self, request: ASKS, permit_id: FromPath[str], data: JSONBody[bodies.Decision]) -> Acted:
        """Refuse an application, with the reason that its applicant will read."""
        return await _step(request, "refuse", permit_id, data)

    @post("/{permit_id:str}/code", opt={"action": "permit.code", "shown_once": True}, status_code=200)
    async def show_code(self, request: ASKS, permit_id: FromPath[str], data: JSONBody[bodies.Reason]) -> PermitCode:
        """Show the credential of a granted permit, with every identity whole; who asked and why is recorded."""
        told, _ = await ask(
            site_of(request), request, "permit.code", asked.PermitCode, subject=f"permit:{permit_id}",
            reason=data.reason,
        )  # fmt: skip
        return PermitCode(text=told.text, svg=told.svg)


def _called(found: list[ApplicationNow], permit_id: str, version: int | None) -> ApplicationNow:
    if not found:
        raise not_there(f"application {permit_id}")
    case = cases.called(found, version)
    if case is None:
        raise not_there(f"version {version} of application {permit_id}")
    return case


def _advice(request: ASKS, told: asked.Received) -> Advice:
    return cases.advice_to(caller_of(request), told.weighed)


async def _applied(request: ASKS, data: bodies.Application, *, preview: bool) -> tuple[asked.Received, int | None]:
    document = msgspec.json.encode({"application": data.application})
    arguments = asked.PermitApply(permit_id=data.permit_id, preview=preview)
    return await ask(
        site_of(request), request, "permit.apply", asked.Received, arguments=arguments, data=document
    )  # fmt: skip


async def _step(request: ASKS, step: str, permit_id: str, data: bodies.Decision) -> Acted:
    return await act(
        request, f"permit.{step}", f"permit:{permit_id}", reason=data.reason,
        arguments=asked.Seen(seen_ns=data.seen_ns),
    )  # fmt: skip
