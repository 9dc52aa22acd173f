"""/api/v1/law and /api/v1/zones to read: what is in force, what is announced, what was; for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Request, Response, get
from litestar.params import FromPath, QueryParameter

from skykeep.views.livemodels import ZoneNow
from skykeep.web import features
from skykeep.web.paging import PAGE, Cursor, Index, Limit, page
from skykeep.web.problems import not_there
from skykeep.web.site import Site, site_of

State = Annotated[Literal["announced", "in_force", "ended", "withdrawn"] | None, QueryParameter(name="state")]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How much law there is, counted in public."""

    complete: bool | None  # whether the zones are declared to be all the law over this place; None: nobody said
    zones_in_force: int
    zones_announced: int
    zones_past: int
    emergency_zones: int  # in force
    emergency_unconfirmed: int  # of these, by one officer alone until now
    permits_in_force: int
    permits_revoked: int
    state_flights: int  # standing permits of police and rescue, in force
    bans_ever: int  # versions of zones that there ever were


class Ban(msgspec.Struct, frozen=True, kw_only=True):
    """One step in the public history of the law; nothing in it ever goes away."""

    t_ns: int | None  # None: its source does not say when it was announced
    what: Literal["published", "withdrawn", "superseded", "switched_on", "switched_off"]
    zone_id: str
    version: int
    name: str
    rule: str
    emergency: bool
    reason: str | None
    issuing_body: str | None
    legal_basis: str | None
    appeal_contact: str | None
    effective_from_ns: int | None
    end_ns: int | None
    entry_index: int | None  # of the record, which says so


class LawRead(Controller):
    """The law, for everybody."""

    tags = ("law",)

    @get("/law", opt={"action": "law.read"})
    async def count_law(self, request: Request[Any, Any, Any]) -> Counts:
        """Count zones and permits, as they stand now."""
        site = site_of(request)
        zones, permits = site.seen.zones(site.now_ns), site.seen.permits(site.now_ns)
        emergencies = [zone for zone in zones if zone.emergency and zone.state == "in_force"]
        in_force = [permit for permit in permits if permit.state == "in_force"]
        return Counts(
            complete=site.seen.law().complete,
            zones_in_force=sum(zone.state == "in_force" for zone in zones),
            zones_announced=sum(zone.state == "announced" for zone in zones),
            zones_past=sum(zone.state in {"ended", "withdrawn"} for zone in zones),
            emergency_zones=len(emergencies),
            emergency_unconfirmed=sum(not zone.confirmed for zone in emergencies),
            permits_in_force=len(in_force),
            permits_revoked=sum(permit.state == "revoked" for permit in permits),
            state_flights=sum(permit.state_flight for permit in in_force),
            bans_ever=len(zones),
        )

    @get("/law/history", opt={"action": "law.read"})
    async def read_history(
        self, request: Request[Any, Any, Any], limit: Limit = PAGE, cursor: Cursor = None
    ) -> Response[list[Ban]]:
        """List what became of each zone, the newest first: the public, append-only history of bans."""
        site = site_of(request)
        bans = [ban for zone in site.seen.zones(site.now_ns) for ban in _history(zone)]
        return page(
            request,
            bans,
            lambda ban: (-(ban.t_ns or 0), f"{ban.zone_id}/{ban.version}/{ban.what}"),
            limit=limit,
            cursor=cursor,
        )

    @get("/zones", opt={"action": "law.read"})
    async def list_zones(
        self, request: Request[Any, Any, Any], limit: Limit = PAGE, cursor: Cursor = None, wanted: State = None
    ) -> Response[list[ZoneNow]]:
        """List zones: those in force and announced, or those of one state."""
        found = _zones(site_of(request), wanted)
        return page(request, map(public, found), lambda zone: (zone.version, zone.zone_id), limit=limit, cursor=cursor)

    @get("/zones.geojson", opt={"action": "law.read"}, media_type=features.MEDIA_TYPE)
    async def map_zones(self, request: Request[Any, Any, Any], wanted: State = None) -> Response[features.Collection]:
        """Read zones as GeoJSON: those in force and announced, or those of one state."""
        return Response(features.of_zones(_zones(site_of(request), wanted)), media_type=features.MEDIA_TYPE)

    @get("/zones/{zone_id:str}", opt={"action": "law.read"})
    async def read_zone(self, request: Request[Any, Any, Any], zone_id: FromPath[str]) -> list[ZoneNow]:
        """Read all versions of a zone, the newest first."""
        return _versions(site_of(request), zone_id)

    @get("/zones/{zone_id:str}/versions/{version:int}", opt={"action": "law.read"})
    async def read_version(self, request: Request[Any, Any, Any], zone_id: FromPath[str], version: Index) -> ZoneNow:
        """Read one version of a zone, which never changes but for its state."""
        found = next((zone for zone in _versions(site_of(request), zone_id) if zone.version == version), None)
        if found is None:
            raise not_there(f"version {version} of zone {zone_id}")
        return found


def public(zone: ZoneNow) -> ZoneNow:
    """Return a zone without the officers who switched it."""
    overrides = tuple(msgspec.structs.replace(each, officer=None) for each in zone.overrides)
    return msgspec.structs.replace(zone, overrides=overrides)


def _zones(site: Site, wanted: str | None) -> list[ZoneNow]:
    states = {"in_force", "announced"} if wanted is None else {wanted}
    return [zone for zone in site.seen.zones(site.now_ns) if zone.state in states]


def _versions(site: Site, zone_id: str) -> list[ZoneNow]:
    found = [public(zone) for zone in site.seen.zones(site.now_ns, zone_id)]
    if not found:
        raise not_there(f"zone {zone_id}")
    return sorted(found, key=lambda zone: -zone.version)


def _history(zone: ZoneNow) -> Iterator[Ban]:
    """Yield what became of one version, each step with the entry of the record that says so."""
    begun = zone.announced_at_ns or zone.effective_from_ns
    yield _ban(zone, "published", begun, zone.reason, zone.entry_index)
    for override in zone.overrides:
        what = "switched_on" if override.active else "switched_off"
        yield _ban(zone, what, override.t_ns, override.reason, override.entry_index)
    if zone.superseded_ns is not None:
        yield _ban(zone, "superseded", zone.superseded_ns, None, zone.superseded_entry)
    if zone.withdrawn_ns is not None:
        yield _ban(zone, "withdrawn", zone.withdrawn_ns, zone.withdrawn_reason, zone.withdrawn_entry)


def _ban(zone: ZoneNow, what: Any, t_ns: int | None, reason: str | None, entry_index: int | None) -> Ban:  # noqa: ANN401 - one of Ban.what
    return Ban(
        t_ns=t_ns,
        what=what,
        zone_id=zone.zone_id,
        version=zone.version,
        name=zone.name,
        rule=zone.rule,
        emergency=zone.emergency,
        reason=reason,
        issuing_body=zone.issuing_body,
        legal_basis=zone.legal_basis,
        appeal_contact=zone.appeal_contact,
        effective_from_ns=zone.effective_from_ns,
        end_ns=zone.end_ns,
        entry_index=entry_index,
    )
