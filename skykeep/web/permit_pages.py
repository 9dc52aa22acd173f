"""/permits: applications and permits, one of them beside the list; its forms are `skykeep.web.permit_acts`."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

import msgspec
from litestar import Controller, MediaType, Request, Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from skykeep.errors import Refused, SkykeepError
from skykeep.views.livemodels import PermitNow, PermitVolumeNow, ZoneNow
from skykeep.views.markup import Html
from skykeep.views.style import CSS
from skykeep.web import cases, permit_map, permit_rows, problems, shell
from skykeep.web.admitting import caller_of, may
from skykeep.web.cases import ApplicationNow
from skykeep.web.entering import sentence
from skykeep.web.headers import nonce
from skykeep.web.masked import shown_all
from skykeep.web.permit_rows import Row
from skykeep.web.problems import Failed, not_there
from skykeep.web.site import Site, site_of
from skykeep.web.words import marked, say

ASKS = Request[Any, Any, Any]
READ = {"action": "permit.read"}
MAP_STYLE = ".drawn{" + CSS.replace(":root", "&") + "}"
"""The styles of a map, for the map alone."""
DONE = {
    "apply": "Handed in. It stands in the office's record; two officers decide.",
    "ask": "The applicant is asked. It stands in the office's record.",
    "offer": "It was offered. It stands in the office's record.",
    "recommend": "Recommended. It permits nothing until a second officer grants it.",
    "grant": "Granted. The watch knows of it within a second.",
    "refuse": "Refused. It stands in the office's record.",
    "revoke": "Revoked. The watch knows of it within a second.",
}
WORDS = {
    "ask": "Ask for more", "offer": "Offer something else", "recommend": "Recommend", "grant": "Grant",
    "refuse": "Refuse", "revoke": "Revoke", "code": "Show the code",
}  # fmt: skip
PROMPTS = {
    "ask": "What is missing? The applicant reads it.",
    "offer": "Which other time, place or height? The applicant reads it.",
    "recommend": "Why are you for it? A second officer reads it, then grants or refuses.",
    "grant": "Why? It permits flights from then on.",
    "refuse": "Why not? The applicant reads it.",
    "revoke": "Why is it taken back? The applicant reads it. It permits nothing from then on.",
    "code": "Why do you need it? It holds every name and number whole; this is recorded.",
}
Group = Annotated[str, QueryParameter(name="state", max_length=20)]
Search = Annotated[str, QueryParameter(name="q", max_length=80)]
Soon = Annotated[str, QueryParameter(name="soon", max_length=3)]
Version = Annotated[int, QueryParameter(name="version", ge=0, lt=1 << 31)]


class Deed(msgspec.Struct, frozen=True):
    """Something that whoever looks may do now."""

    name: str
    words: str
    prompt: str
    grave: bool
    first: bool


class Typed(NamedTuple):
    """What somebody typed into the form of a decision."""

    deed: str
    reason: str
    version: int  # that the page showed; 0: the last one


class PermitPages(Controller):
    """Permits as pages."""

    path = "/permits"
    include_in_schema = False
    exception_handlers = shell.FAILED

    @get("/", opt=READ, media_type=MediaType.HTML)
    async def list_permits(
        self, request: ASKS, state_: Group = "", q: Search = "", soon: Soon = ""
    ) -> Response[str]:  # fmt: skip
        """Show applications and permits, those that wait first."""
        return await desk(request, None, wanted=(state_, q, soon))

    @get("/{permit_id:str}", opt=READ, media_type=MediaType.HTML)
    async def show_permit(
        self, request: ASKS, permit_id: FromPath[str], done: FromQuery[str] = "", state_: Group = "", q: Search = "",
        soon: Soon = "", version: Version = 0,
    ) -> Response[str]:  # fmt: skip
        """Show one of them beside the list: its last version, or the one asked for."""
        return await desk(request, permit_id, version=version, said=DONE.get(done, ""), wanted=(state_, q, soon))


async def desk(
    request: ASKS,
    permit_id: str | None,
    *,
    version: int = 0,
    typed: Typed | None = None,
    said: str = "",
    why: str = "",
    status: int = HTTPStatus.OK,
    wanted: tuple[str, str, str] = ("", "", ""),
) -> Response[str]:
    """Return the page; `said`: what became of an act, `why`: why not. Raises Failed where there is no such permit.

    `version`: of an application of the station's office; 0: the last one. `typed`: into a form that was not taken.
    """
    site = site_of(request)
    found, office = await _cases(request)
    permits = [] if not site.now_ns else _others(request, site, found)
    last = {each.permit_id: each.version for each in found}
    rows = [permit_rows.row(each, older=each.version != last[each.permit_id]) for each in latest(found)]
    rows += map(permit_rows.row_of_permit, permits)
    chosen = await _chosen(request, permit_id, typed.version if typed else version, permits)
    state, search, soon = wanted
    listed = [row for row in rows if _meets(row, state, search, soon, site.now_ns)]
    return shell.page(
        request,
        "permits.html",
        status=status,
        said=said,
        why=why,
        office=office,
        rows=sorted(listed, key=_order),
        waiting=sum(row.group == "waiting" for row in rows),
        total=len(rows),
        state=state,
        q=search,
        soon=soon,
        groups=permit_rows.GROUPS,
        query=_query(wanted),
        chosen=chosen,
        holds=cases.HOLDS,
        typed=typed,
        may_apply=bool(site.config.office.record) and may(caller_of(request), "permit.apply"),
        checks=bool(site.config.web.office_keys),
        style=MAP_STYLE if chosen else "",
        nonce=nonce(request.scope),
        key=secrets.token_urlsafe(12),
    )


async def again(request: ASKS, permit_id: str, error: Failed | SkykeepError, typed: Typed) -> Response[str]:
    """Return the page that a form was on, with why nothing was done and what was typed."""
    failed = error if isinstance(error, Failed) else problems.of_error(error)
    why = sentence(error) if isinstance(error, SkykeepError) else f"{failed.detail}."
    status = problems.KINDS[failed.name].status
    return await desk(request, permit_id, why=why, status=status, typed=typed)


async def _cases(request: ASKS) -> tuple[list[ApplicationNow], str]:
    """Return the office's applications and its name; nothing where the station holds none."""
    if not site_of(request).config.office.record:
        return [], ""
    told = await cases.cases(request)
    return cases.shown_to(request, told.cases), told.authority or told.office


def latest(found: list[ApplicationNow]) -> list[ApplicationNow]:
    """Return the last version of each, and the one that permits meanwhile where that is another; as handed in."""
    last = {each.permit_id: each for each in found}
    return [each for each in found if last[each.permit_id] is each or each.state in cases.HOLDS]


def permits_now(found: list[ApplicationNow]) -> ApplicationNow | None:
    """Return which version of one application permits now, None where none does."""
    return next((each for each in found if each.state in cases.HOLDS), None)


def _others(request: ASKS, site: Site, found: list[ApplicationNow]) -> list[PermitNow]:
    """Return permits of files, and of offices beside the station, each in its last version."""
    own = {each.permit_id for each in found}
    last = {each.permit_id: each for each in site.seen.permits(site.now_ns) if each.permit_id not in own}
    return shown_all(request, list(last.values()))


def _order(row: Row) -> tuple[int, int, str]:
    return ({"waiting": 0, "granted": 1}.get(row.group, 2), row.start_ns, row.permit_id)


def _meets(row: Row, state: str, search: str, soon: str, now_ns: int) -> bool:
    inside = row.start_ns <= now_ns + permit_rows.SOON_NS and row.group != "over"
    text = f"{row.permit_id} {row.holder} {row.purpose} {row.where}".casefold()
    return (not state or row.group == state) and (not soon or inside) and search.casefold().strip() in text


def _query(wanted: tuple[str, str, str]) -> str:
    names = ("state", "q", "soon")
    query = urlencode({name: each for name, each in zip(names, wanted, strict=True) if each})
    return f"?{query}" if query else ""


async def _chosen(
    request: ASKS, permit_id: str | None, version: int, permits: list[PermitNow]
) -> dict[str, Any] | None:
    """Return what is shown of one permit; None where none is chosen."""
    if permit_id is None:
        return None
    site = site_of(request)
    if site.config.office.record and (told := (await cases.cases(request, permit_id)).cases):
        return _of_case(request, site, cases.shown_to(request, told), version)
    other = next((each for each in permits if each.permit_id == permit_id), None)
    if other is None:
        raise not_there(f"permit {permit_id[:64]}")
    return _of_permit(request, site, other)


def _of_case(request: ASKS, site: Site, versions: list[ApplicationNow], version: int) -> dict[str, Any]:
    case = cases.called(versions, version or None)
    if case is None:
        raise not_there(f"version {version} of {versions[-1].permit_id[:64]}")
    others = [each for each in site.seen.permits(site.now_ns) if _near(case, each)]
    return {
        "permit_id": case.permit_id,
        "version": case.version,
        "older": case is not versions[-1],
        "holder": case.holder or "",
        "stand": permit_rows.stand(case.state),
        "beside": _beside(versions, case),
        "check": None if case.advice is None else permit_rows.check(case.advice),
        "map": _map(case.volumes, _zones(site, case), [(each.permit_id, each.volumes) for each in others], case.state),
        "terms": permit_rows.terms(case),
        "advice": [] if case.advice is None else permit_rows.said(case.advice),
        "instead": [] if case.advice is None else permit_rows.instead(case.advice),
        "lacking": case.lacking,
        "doubts": case.doubts,
        "history": permit_rows.history(case),
        "deeds": deeds(request, case),
        "why_not": _why_not(request, case),
        "moved_ns": case.moved_ns,
        "own": True,
        "answer": case.state in {"needs_info", "offered_alternative"} and may(caller_of(request), "permit.apply"),
        "credential": case.credential,
        "sha256": case.document_sha256,
    }


def _beside(versions: list[ApplicationNow], case: ApplicationNow) -> ApplicationNow | None:
    """Return the version that whoever looks at this one must know of: the one that permits, or the newest."""
    permits = permits_now(versions)
    if permits is not None and permits is not case:
        return permits
    return versions[-1] if versions[-1] is not case else None


def _of_permit(request: ASKS, site: Site, permit: PermitNow) -> dict[str, Any]:
    zones = [each for each in _in_force(site) if any(pin.zone_id == each.zone_id for pin in permit.zones)]
    row = permit_rows.row_of_permit(permit)
    told = [
        ("Holder", permit.holder), ("Drones", ", ".join(permit.aircraft)),
        ("Operators", ", ".join(permit.operators)), ("Purpose", permit.purpose), ("When", f"{row.when} UTC"),
        ("Heights", row.ceiling), (marked("Issuer"), permit.issuer), (marked("Revoked"), permit.revoked_reason),
    ]  # fmt: skip
    revocable = permit.state in {"announced", "in_force"} and may(caller_of(request), "permit.revoke")
    return {
        "permit_id": permit.permit_id, "version": permit.version, "holder": row.holder, "stand": row.stand,
        "beside": None, "older": False,
        "check": None, "map": _map(permit.volumes, zones, (), permit.state),
        "terms": [permit_rows.Term(say(name), each) for name, each in told if each], "advice": [], "instead": [],
        "lacking": [], "doubts": [], "history": [], "deeds": [_deed("revoke")] if revocable else [], "why_not": "",
        "moved_ns": 0, "own": False, "answer": False, "credential": "", "sha256": "",
    }  # fmt: skip


def deeds(request: ASKS, case: ApplicationNow) -> list[Deed]:
    """Return what whoever looks may do with it now; the station decides again."""
    caller = caller_of(request)
    possible = [*case.possible, *(["code"] if case.state in cases.HOLDS else [])]
    wanted = [name for name in ("refuse", "ask", "offer", "recommend", "grant", "revoke", "code") if name in possible]
    if _why_not(request, case):
        wanted = [name for name in wanted if name not in {"recommend", "grant"}]
    return [_deed(name) for name in wanted if may(caller, f"permit.{name}")]


def _deed(name: str) -> Deed:
    return Deed(name, WORDS[name], PROMPTS[name], name in {"refuse", "revoke"}, name in {"recommend", "grant"})


def _why_not(request: ASKS, case: ApplicationNow) -> str:
    """Return why whoever looks can neither recommend nor grant it; "": they may."""
    person = caller_of(request).person
    if not may(caller_of(request), "permit.grant") or not {"recommend", "grant"} & {*case.possible}:
        return ""
    if any(step.step == "submit" and step.person == person for step in case.steps):
        return say("You handed this application in: two other officers decide on it.")
    recommended = [step.person for step in case.steps if step.step == "recommend"]
    if "grant" in case.possible and recommended and recommended[-1] == person:
        return say("You recommended it: a second officer grants it, or refuses.")
    return ""


def _map(
    volumes: list[PermitVolumeNow] | tuple[PermitVolumeNow, ...],
    zones: list[ZoneNow],
    others: Any,  # noqa: ANN401  # as permit_map.drawn takes it
    state: str,
) -> Html:
    label = say("asked for") if permit_rows.group(state) == "waiting" else say("area")
    try:
        return permit_map.drawn(volumes, zones, others, label=label)
    except Refused:  # an outline that no map can show
        return Html()


def _in_force(site: Site) -> list[ZoneNow]:
    last = {zone.zone_id: zone for zone in site.seen.zones(site.now_ns) if zone.state in {"in_force", "announced"}}
    return list(last.values())


def _zones(site: Site, case: ApplicationNow) -> list[ZoneNow]:
    """Return the zones that it meets, or lifts."""
    met = {zone.zone_id for zone in case.advice.zones} if case.advice else {pin.zone_id for pin in case.zones}
    return [zone for zone in _in_force(site) if zone.zone_id in met]


def _near(case: ApplicationNow, permit: PermitNow) -> bool:
    """Whether a permit is one that the rules found too near."""
    if case.advice is None or permit.permit_id == case.permit_id:
        return False
    return any(met.permit_id == permit.permit_id and met.version == permit.version for met in case.advice.conflicts)
