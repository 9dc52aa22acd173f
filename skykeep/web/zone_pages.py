"""/zones: what is law, was and is announced, each zone with its versions, what is proposed, and zones as files.

Lists and pages need no script; with one there is a map. What changes anything is in `skykeep.web.zone_acts`.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import msgspec
from litestar import Controller, MediaType, Request, Response, get
from litestar.params import FromPath, FromQuery

from skykeep.errors import SkykeepError
from skykeep.facts.enacted import ZoneEnacted
from skykeep.facts.personal import NameKind
from skykeep.rules.zone import Zone
from skykeep.station import asked, zonediff, zonedrafts, zonefiles
from skykeep.views import words
from skykeep.views.livemodels import OverrideNow
from skykeep.web import features, lawstate, shell, zone_form, zone_map, zone_rows
from skykeep.web.admitting import caller_of
from skykeep.web.api.drafts import masked
from skykeep.web.api.drafts import one as draft_of
from skykeep.web.asking import ask
from skykeep.web.lawstate import ANNOUNCED, IN_FORCE
from skykeep.web.masked import shown
from skykeep.web.problems import Failed, not_there
from skykeep.web.site import site_of
from skykeep.web.words import ENGLISH, marked, say
from skykeep.web.zone_form import Wrong, ZoneForm
from skykeep.wire.periods import WEEK

ASKS = Request[Any, Any, Any]
READ = {"action": "zone.read"}
PAGE = 100
CHANGES_PAGE = 60
STATES = {"": marked("in force and announced"), "in_force": marked("in force"), "announced": marked("announced"),
          "over": marked("ended or withdrawn"), "all": marked("all there ever were")}  # fmt: skip
TYPES = {"geojson": features.MEDIA_TYPE, "ed318": "application/json", "ed269": "application/json",
         "openair": "text/plain; charset=utf-8"}  # fmt: skip
ENDINGS = {"geojson": "geojson", "ed318": "ed318.json", "ed269": "ed269.json", "openair": "openair.txt"}
DONE = {
    "drafted": marked("Kept as your draft. Nobody can publish it until you propose it. It stands in the record."),
    "proposed": marked("Proposed. A second publisher can publish it now. It stands in the record."),
    "published": marked("Published: it is law from now on, and judged with the next step. It stands in the record."),
    "refused": marked("Refused and discarded, with the reason. It stands in the record."),
    "withdrawn": marked("Withdrawn: it is no longer law. It stands in the record."),
    "withdrawn_one": marked("That version is withdrawn; how the others stand is said below. It stands in the record."),
    "lifted": marked("Lifted: it no longer holds. It stands in the record."),
    "confirmed": marked("Confirmed by a second officer. It stands in the record."),
}


class Why(NamedTuple):
    """Why nothing was done."""

    words: str
    lang: str  # of the words; "": the page's


class ZonePages(Controller):
    """Zones as pages."""

    path = "/zones"
    include_in_schema = False
    exception_handlers = shell.FAILED

    @get("/", opt=READ, media_type=MediaType.HTML)
    async def list_zones(
        self,
        request: ASKS,
        *,
        q: FromQuery[str] = "",
        which: FromQuery[str] = "",
        at: FromQuery[int] = 0,
        done: FromQuery[str] = "",
    ) -> Response[str]:
        """List zones, what is proposed, and emergencies with the time that is left."""
        site = site_of(request)
        now_ns, chosen = site.now_ns, which if which in STATES else ""
        latest = zone_rows.latest(site.seen.enacted(), now_ns)
        wanted = (zone for zone in latest if _wanted(zone, q.strip().lower(), chosen, now_ns))
        found = sorted(wanted, key=lambda zone: _order(zone, now_ns))
        first = min(max(0, at), max(0, len(found) - 1)) // PAGE * PAGE
        emergencies = [zone for zone in latest if _emergency(zone, now_ns)]
        drafts = await _drafts(request)
        return shell.page(
            request,
            "zones.html",
            rows=[zone_rows.row(zone, now_ns) for zone in found[first : first + PAGE]],
            total=len(found),
            known=len(latest),
            first=first,
            pages=_pages(q, chosen, first, len(found)),
            q=q,
            which=chosen,
            states=STATES,
            emergencies=[zone_rows.emergency(zone, now_ns, named(request)) for zone in emergencies],
            drafts=drafts,
            said=DONE.get(done, ""),
            map=zone_map.terms(request, src="/api/v1/zones.geojson"),
        )

    @get("/zone", opt=READ, media_type=MediaType.HTML)
    async def show_zone(self, request: ASKS, zone_id: FromQuery[str] = "", done: FromQuery[str] = "") -> Response[str]:
        """Show one zone with all its versions, and what differs between them."""
        return await zone_page(request, request.query_params.get("id", zone_id), said=DONE.get(done, ""))

    @get("/drafts/{draft_id:str}", opt=READ, media_type=MediaType.HTML)
    async def show_draft(
        self, request: ASKS, draft_id: FromPath[str], done: FromQuery[str] = "", at: FromQuery[int] = 0
    ) -> Response[str]:
        """Show what is proposed: what was read and set aside, what it changes, whom it would touch now."""
        return await draft_page(request, draft_id, said=DONE.get(done, ""), first=at)

    @get("/new", opt={"action": "zone.draft"}, media_type=MediaType.HTML)
    async def new_zone(self, request: ASKS) -> Response[str]:
        """Show the form in which a zone is drawn or typed; `change` names one that it begins from."""
        zone_id = request.query_params.get("change", "")
        if not zone_id:
            return form_page(request, ZoneForm(zone_id=f"Z-{secrets.token_hex(3).upper()}"))
        base = standing(request, zone_id)
        form = msgspec.structs.replace(zone_form.form_of(base), base_last=str(last_of(request, zone_id)))
        if (base.effective_from_ns or 0) <= site_of(request).now_ns:
            form = msgspec.structs.replace(form, begins="")  # a change never binds before it is published
        return form_page(request, form)

    @get("/import", opt={"action": "zone.draft"}, media_type=MediaType.HTML)
    async def import_file(self, request: ASKS) -> Response[str]:
        """Show where a zone file is given."""
        return import_page(request)

    @get("/file", opt=READ)
    async def export(self, request: ASKS, form: FromQuery[str] = "geojson") -> Response[bytes]:
        """Give a version of a zone as a file."""
        zone_id, version = request.query_params.get("id", ""), request.query_params.get("version", "")
        kept = site_of(request).seen.enacted().zones.get(zone_id, {})
        if not version.isdecimal() or len(version) > 18 or int(version) not in kept or form not in TYPES:  # noqa: PLR2004  # digits
            raise not_there(f"zone {words.shown(zone_id, 60)}, version {words.shown(version, 20)}, as {form[:20]}")
        made = await asyncio.to_thread(zonefiles.write, [kept[int(version)].fact], form)
        safe = "".join(each if each.isascii() and (each.isalnum() or each in "-_") else "_" for each in zone_id)[:60]
        name = f'attachment; filename="{safe or "zone"}-{version}.{ENDINGS[form]}"'
        return Response(
            made.data, media_type=TYPES[form], headers={"Content-Disposition": name, "Cache-Control": "no-store"}
        )


def _wanted(zone: Zone, q: str, state: str, now_ns: int) -> bool:
    stands = lawstate.state_of(zone, now_ns)
    if q and not any(q in (said or "").lower() for said in (zone.fact.zone_id, zone.fact.name, zone.fact.issuing_body)):
        return False
    if state == "":
        return stands in {IN_FORCE, ANNOUNCED}
    return state in {"all", stands} or (state == "over" and stands not in {IN_FORCE, ANNOUNCED})


def _order(zone: Zone, now_ns: int) -> tuple[int, str, str]:
    stands = lawstate.state_of(zone, now_ns)
    rank = {IN_FORCE: 0, ANNOUNCED: 1}.get(stands, 2)
    return rank, (zone.fact.name or zone.fact.zone_id).lower(), zone.fact.zone_id


def _emergency(zone: Zone, now_ns: int) -> bool:
    return lawstate.emergency_of(zone.fact)[0] and lawstate.state_of(zone, now_ns) == IN_FORCE


def _pages(q: str, state: str, first: int, total: int) -> tuple[str, str]:
    """Return the addresses of the next page and of the first; "" where there is none."""
    after = first + PAGE
    base = {name: said for name, said in (("q", q), ("which", state)) if said}
    following = f"/zones?{urlencode({**base, 'at': after})}" if after < total else ""
    return following, f"/zones?{urlencode(base)}" if first else ""


def named(request: ASKS) -> Callable[[str], str]:
    """Return what gives the name behind a pseudonym, to those who may know it."""

    def name(pseudonym: str) -> str:
        bare = OverrideNow(active=True, start_ns=0, end_ns=None, t_ns=0, reason="", officer=pseudonym, entry_index=0)
        said = shown(request, bare).officer or ""
        return say("an officer") if said.startswith("person:") else words.shown(said, 60)

    return name


def self_of(request: ASKS) -> str:
    """Return the pseudonym of whoever asks; "" of somebody who never did anything here."""
    return site_of(request).seen.pseudonym(NameKind.PERSON, caller_of(request).person) or ""


async def _drafts(request: ASKS) -> list[zone_rows.Proposal] | None:
    """Return what waits, the newest first; None where the station is not there to ask."""
    try:
        told, _ = await ask(site_of(request), request, "zone.read", asked.Drafts)
    except SkykeepError:
        return None
    own = self_of(request)
    ordered = sorted(told.heads, key=lambda head: -head.t_ns)
    return [zone_rows.proposal(head, named(request), own) for head in ordered]


def standing(request: ASKS, zone_id: str) -> ZoneEnacted:
    """Return the version of a zone that would be changed; a problem where there is no such zone."""
    site = site_of(request)
    law = site.seen.enacted()
    if zone_id not in law.zones:
        raise not_there(f"zone {words.shown(zone_id, 60)}")
    found = zone_rows.standing(law, zone_id, site.now_ns)
    return law.zones[zone_id][max(law.zones[zone_id])].fact if found is None else found.fact


def last_of(request: ASKS, zone_id: str) -> int:
    """Return the last version of a zone that there ever was; 0 of one that never was."""
    return max(site_of(request).seen.enacted().zones.get(zone_id, {}), default=0)


def base_of(request: ASKS, form: ZoneForm) -> tuple[ZoneEnacted | None, dict[str, int]]:
    """Return the version that a form began from, and the last one by zone; raises Refused where there is another."""
    if not form.base:
        return None, {form.zone_id: 0}
    base, last = standing(request, form.base), last_of(request, form.base)
    if (form.base_version, form.base_last) != (str(base.version), str(last)):
        raise Wrong(
            say(
                "zone {zone} has changed since this form was opened: it began from version {before}, and version {now} "
                "counts now. Open the zone, and change that",
                zone=form.base, before=form.base_version or "?", now=base.version,
            )
        )  # fmt: skip
    return base, {form.base: last}


async def zone_page(
    request: ASKS,
    zone_id: str,
    *,
    said: str = "",
    why: Why | None = None,
    status: int = HTTPStatus.OK,
    reason: str = "",
) -> Response[str]:
    """Return the page of a zone; a problem where there is none."""
    site = site_of(request)
    law, now_ns = site.seen.enacted(), site.now_ns
    if zone_id not in law.zones:
        raise not_there(f"zone {words.shown(zone_id, 60)}")
    counts = zone_rows.counting(law, zone_id, now_ns)
    facts = [zone.fact for zone in lawstate.ruled(law, zone_id)]
    place = facts.index(counts.fact)
    own, stands = self_of(request), lawstate.state_of(counts, now_ns)
    emergency = zone_rows.emergency(counts, now_ns, named(request)) if lawstate.emergency_of(counts.fact)[0] else None
    return shell.page(
        request,
        "zone.html",
        status=status,
        said=said,
        why=why,
        zone_id=zone_id,
        row=zone_rows.row(counts, now_ns),
        terms=zone_rows.terms(counts.fact),
        versions=zone_rows.versions(law, zone_id, now_ns),
        emergency=emergency,
        own=emergency is not None and zone_rows.caller_of(counts.fact) == own,
        reason=reason,
        binding=zone_rows.binding(law, zone_id, now_ns),
        last_version=max(law.zones[zone_id]),
        holds=stands == IN_FORCE,
        binds=stands in {IN_FORCE, ANNOUNCED},
        forms=list(zonefiles.WRITERS),
        once=secrets.token_hex(12),
        map=zone_map.terms(request, [counts.fact], before=facts[place - 1 : place]),
    )


async def draft_page(
    request: ASKS,
    draft_id: str,
    *,
    said: str = "",
    why: Why | None = None,
    status: int = HTTPStatus.OK,
    reason: str = "",
    first: int = 0,
) -> Response[str]:
    """Return the page of a draft, weighed against what is in force and in the air now."""
    draft = await draft_of(request, draft_id)
    own, names = self_of(request), named(request)
    return shell.page(
        request,
        "zone_draft.html",
        status=status,
        said=said,
        why=why,
        draft=zone_rows.proposal(zonedrafts.head_of(draft), names, own),
        number=draft_id,
        proposed=draft.proposed,
        by=names(draft.drafted_by),
        own=draft.drafted_by == own,
        moved=_moved(request, draft),
        reason=reason,
        once=secrets.token_hex(12),
        **await effect(request, draft, first),
    )


def _moved(request: ASKS, draft: asked.Draft) -> list[tuple[str, str, int]]:
    """Return the zones that have another version than the draft began from: (id, address, version now)."""
    last = {zone.zone_id: last_of(request, zone.zone_id) for zone in draft.zones}
    return [
        (words.shown(zone_id, 60), zone_rows.address(zone_id), version)
        for zone_id, version in last.items()
        if version != draft.base_versions.get(zone_id, 0)
    ]


async def effect(request: ASKS, draft: asked.Draft, first: int = 0) -> dict[str, Any]:
    """Return what a template needs to show what a draft does: changes, hits, what was set aside, and its map.

    What is new or changed comes first, a page at a time from `first`; what says the same is a number.
    """
    site = site_of(request)
    law, now_ns = site.seen.enacted(), site.now_ns
    before = {zone.zone_id: zone_rows.standing(law, zone.zone_id, now_ns) for zone in draft.zones}
    listed = await asyncio.to_thread(zone_rows.changes, draft.zones, before, now_ns)
    changed = [each for each, _ in listed if each.kind != "unchanged"]
    first = min(max(0, first), max(0, len(changed) - 1)) // CHANGES_PAGE * CHANGES_PAGE
    shown_zones = [zone for _, zone in listed][: zone_map.ZONES_MAX]
    hits = masked(request, draft.hits)
    wrong, unsure = set(hits.not_permitted or ()), set(hits.cannot_tell or ())
    return {
        "changes": changed[first : first + CHANGES_PAGE],
        "changed": len(changed),
        "first": first,
        "page": CHANGES_PAGE,
        "drawn": len(shown_zones),
        "all_zones": len(draft.zones),
        "areas": await asyncio.to_thread(_areas, draft.zones),
        "source": f"{draft.format}, sha256 {draft.sha256[:12]}…",
        "set_aside": zone_rows.faults(draft.faults, used=False),
        "doubted": zone_rows.faults(draft.faults, used=True),
        "hits": hits,
        "tracks": [(number, number in wrong, number in unsure) for number in hits.track_ids or ()],
        "weighed": words.utc(now_ns),
        "map": zone_map.terms(
            request,
            shown_zones,
            before=[kept.fact for zone in shown_zones if (kept := before[zone.zone_id]) is not None],
            aside=draft.faults,
            hits=draft.hits,
        ),
    }


def _areas(zones: Sequence[ZoneEnacted]) -> str:
    if len(zones) > zone_map.ZONES_MAX:
        return say("not reckoned for so many")
    return zonediff.area_words(sum(zonediff.area_m2(zone) for zone in zones if zone.volumes))


def form_page(
    request: ASKS,
    form: ZoneForm,
    *,
    why: Why | None = None,
    status: int = HTTPStatus.OK,
    weighed: Mapping[str, Any] | None = None,
) -> Response[str]:
    """Return the form; `weighed` is what `effect` gave of it."""
    site = site_of(request)
    base = standing(request, form.base) if form.base in site.seen.enacted().zones else None
    others = {} if weighed is None else dict(weighed)
    area = others.pop("map", None) or zone_map.terms(request, before=[] if base is None else [base])
    defaults = {"issuing_body": site.config.law.issuing_body or site.config.name}
    return shell.page(
        request,
        "zone_new.html",
        status=status,
        why=why,
        form=form,
        base=base,
        defaults=defaults if base is None and weighed is None and why is None else {},
        kept_datums=("", "") if base is None else zone_form.datums_of(base),
        hours=zone_rows.hours_of(base) if base is not None else "",
        rules=zone_rows.RULE,
        week=WEEK,
        once=secrets.token_hex(12),
        weighed=others or None,
        map={**area, "edits": True, "around": "/api/v1/zones.geojson"},
    )


def import_page(request: ASKS, *, why: Why | None = None, status: int = HTTPStatus.OK) -> Response[str]:
    """Return the page on which a zone file is given."""
    most = site_of(request).config.web.body_max_bytes
    return shell.page(
        request, "zone_import.html", status=status, why=why, most=most, most_words=f"{most / 1e6:.0f} MB",
        formats=[reader.SOURCE_FORMAT for reader in zonefiles.READERS], once=secrets.token_hex(12),
        told=zone_map.speech(request),
    )  # fmt: skip


def back(address: str, done: str) -> Response[None]:
    """Lead back to a page that says what was done, so that reloading does nothing twice."""
    sign = "&" if "?" in address else "?"
    return Response(None, status_code=303, headers={"Location": f"{address}{sign}done={quote(done)}"})


def why_of(error: Failed | SkykeepError) -> Why:
    """Return why nothing was done, as a sentence."""
    if isinstance(error, Failed):
        return Why(f"{error.detail}. {error.remedy}".strip(), ENGLISH)
    text = str(error)
    return Why(text + ("" if text.endswith(".") else "."), "" if isinstance(error, Wrong) else ENGLISH)
