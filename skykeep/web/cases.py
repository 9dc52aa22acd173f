"""Applications and permits of the station's office as people and programs are shown them, persons by power."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Request

from skykeep.facts.explained import Alternative, Conflict, Explanation, ZoneExplained
from skykeep.facts.personal import masked
from skykeep.station import asked
from skykeep.views.livemodels import PermitVolumeNow, PinNow
from skykeep.web import lawstate
from skykeep.web.admitting import caller_of, may
from skykeep.web.asking import ask
from skykeep.web.caller import Caller
from skykeep.web.masking import Sort, View, view
from skykeep.web.site import site_of

HIDDEN = "(hidden)"
ERASED = "(erased)"
HOLDS = frozenset({"granted", "activated", "suspended"})
"""States of the version of a permit that permits, or would but for its suspension."""
TO_THE_APPLICANT = frozenset({"ask", "offer", "refuse", "suspend", "resume", "revoke", "expire"})
"""Steps of the office whose reason is meant for whoever applied; that of the others is for a second officer."""
S = 10**9


class _Case(msgspec.Struct, frozen=True, kw_only=True):
    """Encoding shared by all of them."""


class ZoneMet(_Case, frozen=True, kw_only=True):
    """A zone that an application reaches, and what it asks for."""

    zone_id: str
    version: int
    name: str
    rule: str
    clause: str
    issuing_body: str | None
    consent_of: list[str]  # authorities that must agree


class ConflictMet(_Case, frozen=True, kw_only=True):
    """A granted permit that comes too near; who may not read permits is told no more than that there is one.

    Then `permit_id` is "", and version, times and gap are 0.
    """

    permit_id: str
    version: int
    start_ns: int
    end_ns: int
    gap_mm: int  # between the outlines; 0: they meet
    heights: str  # "overlap", "not_comparable"
    stands: bool  # False: the other one gives way
    because: str  # "granted_first", "goes_first", "gives_way"


class FreeInstead(_Case, frozen=True, kw_only=True):
    """Another time or height at which nothing stands against it."""

    kind: str  # "time", "height"
    shift_ns: int
    shift_mm: int
    start_ns: int
    end_ns: int


class Advice(_Case, frozen=True, kw_only=True):
    """What the law says of an application at a moment. A person decides."""

    t_ns: int
    verdict: str
    clause: str
    free: bool  # no granted permit stands against it
    law_complete: bool
    zones: list[ZoneMet]
    conflicts: list[ConflictMet]
    instead: list[FreeInstead]
    missing: list[str]


class VersionNow(_Case, frozen=True, kw_only=True):
    """One version of an application beside the others."""

    version: int
    state: str


class StepNow(_Case, frozen=True, kw_only=True):
    """One signed step."""

    step: str
    before: str
    after: str
    t_ns: int
    role: str
    person: str | None  # to an applicant: None of all others
    key: str  # a short name of the key; "" to an applicant, but of their own steps
    attested: bool  # the station holds the key and says that this person asked
    by_office: bool
    reason: str  # "" to an applicant where it is for a second officer


class ApplicationNow(_Case, frozen=True, kw_only=True):
    """One version of an application, or of the permit that came of it."""

    permit_id: str
    version: int
    handed_in: int  # the version as which it was handed in; another than `version` only once something was resumed
    state: str
    versions: list[VersionNow]  # all there are, this one too: an older one may hold while a newer one waits
    applied_ns: int
    moved_ns: int  # its last step; send it back as `seen_ns`
    end_ns: int
    holder: str | None
    contact: str | None
    pilots: list[str]
    aircraft: list[str]
    operators: list[str]
    sessions: list[str]
    volumes: list[PermitVolumeNow]
    zones: list[PinNow]
    purpose: str | None
    category: str | None
    operation: str | None
    conditions: list[str]
    condition_codes: list[str]
    state_flight: bool
    standing: bool
    priority: int
    advice: Advice | None  # None once it is decided
    doubts: list[str]
    lacking: list[str]  # of EU 2021/664 Annex IV; empty in a list
    consents: list[str]  # given, in words
    steps: list[StepNow]
    possible: list[str]  # what an officer may do now; of one's own nothing
    document_sha256: str
    granted_entry: int | None
    credential: str


async def cases(request: Request[Any, Any, Any], permit_id: str | None = None) -> asked.Cases:
    """Ask the station for its office's applications; raises Refused where it holds no office."""
    told, _ = await ask(
        site_of(request), request, "permit.read", asked.Cases, arguments=asked.CasesRead(permit_id=permit_id)
    )
    return told


async def own(request: Request[Any, Any, Any], permit_id: str | None = None) -> list[asked.CaseTold]:
    """Ask the station for what whoever asks handed in; raises Refused where it holds no office."""
    arguments = asked.CasesRead(permit_id=permit_id)
    told, _ = await ask(site_of(request), request, "permit.own", asked.Cases, arguments=arguments)
    return told.cases


def shown(
    caller: Caller, case: asked.CaseTold, versions: list[VersionNow], *, own: bool = False
) -> ApplicationNow:  # fmt: skip
    """Return a case as somebody may see it; `versions`: of the same application; `own`: they handed it in."""
    permit, value = case.permit, str if own else _valued(caller)
    return ApplicationNow(
        permit_id=case.permit_id, version=case.version, handed_in=case.handed_in, state=case.state, versions=versions,
        applied_ns=case.applied_ns, moved_ns=case.moved_ns, end_ns=case.end_ns,
        holder=None if permit.holder is None else value(permit.holder),
        contact=None if permit.contact is None else value(permit.contact),
        pilots=[*map(value, permit.pilots)], aircraft=[*map(value, permit.aircraft)],
        operators=[*map(value, permit.operators)], sessions=[*map(value, permit.sessions)],
        volumes=[
            PermitVolumeNow(volume=lawstate.volume(each.volume), start_ns=each.start_ns, end_ns=each.end_ns)
            for each in permit.volumes
        ],
        zones=[PinNow(zone_id=pin.zone_id, version=pin.version) for pin in permit.zones],
        purpose=permit.purpose, category=permit.category, operation=permit.operation,
        conditions=[*permit.conditions], condition_codes=[*permit.condition_codes], state_flight=permit.state_flight,
        standing=permit.standing, priority=permit.priority,
        advice=None if case.weighed is None else advice_to(caller, case.weighed),
        doubts=case.doubts, lacking=case.lacking,
        consents=[f"{one.authority} for {one.zone_id} version {one.zone_version}" for one in permit.consents],
        steps=[_to_applicant(step, caller.person) if own else step for step in map(_step, case.steps)],
        possible=[] if own else case.possible, document_sha256=case.document_sha256, granted_entry=case.granted_entry,
        credential=case.credential,
    )  # fmt: skip


def _step(step: asked.StepTold) -> StepNow:
    return StepNow(**{name: getattr(step, name) for name in StepNow.__struct_fields__})


def _to_applicant(step: StepNow, person: str) -> StepNow:
    """Return a step as whoever applied may see it: of the office no officer is named, nor by their key."""
    if step.person == person:
        return step
    reason = step.reason if step.step in TO_THE_APPLICANT else ""
    return msgspec.structs.replace(step, person=None, key="", reason=reason)


def shown_to(
    request: Request[Any, Any, Any], told: list[asked.CaseTold], *, own: bool = False
) -> list[ApplicationNow]:  # fmt: skip
    """Return cases as whoever asks may see them; `own`: they handed them in."""
    versions: dict[str, list[VersionNow]] = {}
    for case in told:
        versions.setdefault(case.permit_id, []).append(VersionNow(version=case.version, state=case.state))
    return [shown(caller_of(request), case, versions[case.permit_id], own=own) for case in told]


def called(versions: list[ApplicationNow], version: int | None) -> ApplicationNow | None:
    """Return the version of one application that somebody names, the last where none is named, None where none is."""
    named = [each for each in versions if version in {None, each.version, each.handed_in}]
    return named[-1] if named else None


def _valued(caller: Caller) -> Callable[[str], str]:
    """Return how a person's value is said to somebody: whole, masked, or not at all."""
    how = view(Sort.PERMIT, caller.roles, revealed=False)

    def value(text: str) -> str:
        if text == ERASED or how is View.WHOLE:
            return text
        return masked(text) if how is View.MASKED else HIDDEN

    return value


def advice(weighed: Explanation) -> Advice:
    """Return what the law says of an application."""
    return Advice(
        t_ns=weighed.t_ns, verdict=weighed.verdict.value, clause=weighed.clause, free=weighed.free_of_conflict,
        law_complete=weighed.law_complete, zones=[*map(_zone, weighed.zones)],
        conflicts=[*map(_conflict, weighed.conflicts)], instead=[*map(_instead, weighed.alternatives)],
        missing=[*weighed.missing],
    )  # fmt: skip


def advice_to(caller: Caller, weighed: Explanation) -> Advice:
    """Return what the law says to somebody: whose permit is in the way, where and when, is for readers of permits."""
    told = advice(weighed)
    if may(caller, "permit.read"):
        return told
    bare = [
        msgspec.structs.replace(met, permit_id="", version=0, start_ns=0, end_ns=0, gap_mm=0) for met in told.conflicts
    ]
    return msgspec.structs.replace(told, conflicts=bare)


def _zone(zone: ZoneExplained) -> ZoneMet:
    return ZoneMet(
        zone_id=zone.zone_id, version=zone.zone_version, name=zone.name, rule=zone.rule.value, clause=zone.clause,
        issuing_body=zone.issuing_body, consent_of=[*zone.consent_of],
    )  # fmt: skip


def _conflict(met: Conflict) -> ConflictMet:
    return ConflictMet(**{name: getattr(met, name) for name in ConflictMet.__struct_fields__})


def _instead(other: Alternative) -> FreeInstead:
    return FreeInstead(
        kind=other.kind, shift_ns=other.shift_ns, shift_mm=other.shift_mm,
        start_ns=min(part.start_ns for part in other.volumes), end_ns=max(part.end_ns for part in other.volumes),
    )  # fmt: skip


def moment(t_ns: int) -> str:
    """Return a time as forms have it: UTC, to the minute."""
    return f"{dt.datetime.fromtimestamp(t_ns // S, dt.UTC):%Y-%m-%dT%H:%M}"
