"""Where permits allow flight, as a map shows it: what holds at a moment, and what begins within two hours.

Who may read permits sees them; nobody's name is in them.
"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, Request, get

from skykeep.errors import SkykeepError
from skykeep.views.livelaw import Law
from skykeep.views.livemodels import LimitNow
from skykeep.web import features, lawstate
from skykeep.web.problems import Failed, answer_failed, answer_family
from skykeep.web.site import site_of

SOON_NS = 2 * 3_600 * 10**9
SHOWN_MAX = 400
"""More are counted, those that begin last."""
HOLDS = frozenset({lawstate.IN_FORCE, lawstate.ANNOUNCED})


class PermitVolumeShown(msgspec.Struct, frozen=True, kw_only=True):
    """One volume of a permit."""

    permit_id: str
    version: int
    start_ns: int
    end_ns: int
    floor: LimitNow
    ceiling: LimitNow
    rings: list[list[list[float]]]  # (lon, lat) in degrees, the outer ring first


class PermitsShown(msgspec.Struct, frozen=True, kw_only=True):
    """The volumes of a moment."""

    volumes: list[PermitVolumeShown]
    more: int  # that are not listed


class PermitVolumes(Controller):
    """Volumes of permits."""

    path = "/console/permits"
    include_in_schema = False

    @get("/", opt={"action": "permit.read"}, exception_handlers={Failed: answer_failed, SkykeepError: answer_family})
    async def list_volumes(self, request: Request[Any, Any, Any]) -> PermitsShown:
        """List the volumes that hold now, or begin soon."""
        site = site_of(request)
        return shown_at(site.seen.enacted(), site.now_ns)


def shown_at(law: Law, now_ns: int) -> PermitsShown:
    """Return the volumes of a moment, those that begin first at the front."""
    found = [
        PermitVolumeShown(
            permit_id=permit.permit_id, version=permit.version, start_ns=each.start_ns, end_ns=each.end_ns,
            floor=each.volume.floor, ceiling=each.volume.ceiling,
            rings=features.polygon(each.volume.outline)["coordinates"],
        )
        for permit in lawstate.permits(law, now_ns)
        if permit.state in HOLDS
        for each in permit.volumes
        if each.start_ns - SOON_NS <= now_ns < each.end_ns
    ]  # fmt: skip
    found.sort(key=lambda each: (each.start_ns, each.permit_id))
    return PermitsShown(volumes=found[:SHOWN_MAX], more=max(0, len(found) - SHOWN_MAX))


def next_change_ns(law: Law, now_ns: int) -> int | None:
    """Return when time alone shows other volumes; None: never."""
    edges = [
        edge
        for versions in law.permits.values()
        for kept in versions.values()
        for each in kept.fact.volumes
        for edge in (each.start_ns - SOON_NS, each.start_ns, each.end_ns)
        if edge > now_ns
    ]
    edges += [act.t_ns for said in law.revoked.values() for act in said.revoked if act.t_ns > now_ns]
    return min(edges, default=None)
