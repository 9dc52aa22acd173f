"""How zones and permits stand at a time: what was enacted, asked of the rules, as people see it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from skykeep.facts.enacted import (
    Authority,
    Circle,
    Limit,
    PermitEnacted,
    Polygon,
    Text,
    Volume,
    ZoneEnacted,
    ZoneOverridden,
)
from skykeep.geo.altitude import Altitude
from skykeep.rules.zone import FOREVER_NS, Zone, by_saying
from skykeep.views.livelaw import Law, PermitKept, ZoneKept
from skykeep.views.livemodels import (
    CircleNow,
    ContactNow,
    LimitNow,
    OverrideNow,
    PermitNow,
    PermitVolumeNow,
    PinNow,
    PolygonNow,
    SpanNow,
    TextNow,
    VolumeNow,
    ZoneNow,
    height,
)

EMERGENCY_FORMAT, EMERGENCY = "emergency", "skykeep:emergency"  # as station.zonedesk writes them
ANNOUNCED, IN_FORCE, ENDED, WITHDRAWN = "announced", "in_force", "ended", "withdrawn"
EXPIRED, REVOKED, SUPERSEDED = "expired", "revoked", "superseded"


def zones(law: Law, now_ns: int, zone_id: str | None = None) -> list[ZoneNow]:
    """Return all versions of all zones, or of one, by id and version, the history of what ended among them."""
    ids = sorted(law.zones) if zone_id is None else [zone_id] * (zone_id in law.zones)
    return [each for one in ids for each in _versions(law, one, now_ns)]


def zone(law: Law, zone_id: str, version: int | None, now_ns: int) -> ZoneNow | None:
    """Return a version of a zone, the last one where none is named; None where there is none."""
    found = [each for each in zones(law, now_ns, zone_id) if version in {None, each.version}]
    return found[-1] if found else None


class Standing(NamedTuple):
    """How one version of a zone stands, without what it says."""

    zone_id: str
    version: int
    state: str
    rules: str
    changes_ns: int | None
    emergency: bool
    confirmed: bool


def standing(law: Law, now_ns: int, zone_ids: Iterable[str] | None = None) -> list[Standing]:
    """Return how all versions of these zones stand, or of all zones; much quicker than `zones`."""
    found: list[Standing] = []
    for zone_id in sorted(law.zones) if zone_ids is None else zone_ids:
        for one in ruled(law, zone_id):
            changes_ns = _known(one.next_change_ns(now_ns))
            state, rules = state_of(one, now_ns), one.force(now_ns).value
            found.append(Standing(zone_id, one.fact.version, state, rules, changes_ns, *emergency_of(one.fact)))
    return found


def next_change_ns(law: Law, now_ns: int) -> int | None:
    """Return when any zone may stand otherwise by itself; None: never."""
    times = [edge for zone_id in law.zones for one in ruled(law, zone_id) if (edge := one.next_change_ns(now_ns))]
    soonest = min(times, default=FOREVER_NS)
    return None if soonest == FOREVER_NS else soonest


def ruled(law: Law, zone_id: str) -> list[Zone]:
    """Return the versions of a zone for the rules to ask, in order, each with its end; outlines are left out.

    As `rules.law` has it: a newer version takes over when it first rules, and never if it was withdrawn before.
    """
    kept = law.zones.get(zone_id, {})
    said = law.said.get(zone_id)
    overrides = () if said is None else tuple(sorted(said.overrides, key=by_saying))
    done: list[Zone] = []
    for version in sorted(kept, reverse=True):
        withdrawn_ns = kept[version].withdrawn_ns
        newer = done[-1] if done else None
        ends_ns = FOREVER_NS if newer is None else min(newer.superseded_ns, newer.first_rules_ns())
        gone_ns = FOREVER_NS if withdrawn_ns is None else withdrawn_ns
        done.append(Zone(kept[version].fact, (), gone_ns, ends_ns, overrides))
    return done[::-1]


def _versions(law: Law, zone_id: str, now_ns: int) -> list[ZoneNow]:
    versions, said = ruled(law, zone_id), law.said.get(zone_id)
    entries = [law.zones[zone_id][one.fact.version].entry_index for one in versions]
    switched = () if said is None else zip(reversed(said.overrides), reversed(said.override_entries), strict=True)
    then = dict(switched)  # of one that was said twice, where it was said first
    over: int | None = None  # where the version was enacted that takes over from the one below
    found: list[ZoneNow] = []
    for at in reversed(range(len(versions))):
        one = versions[at]
        if at + 1 < len(versions) and versions[at + 1].first_rules_ns() <= one.superseded_ns:
            over = entries[at + 1]
        found.append(_zone(law.zones[zone_id][one.fact.version], one, now_ns, over, then))
    return found[::-1]


def state_of(one: Zone, now_ns: int) -> str:
    """Return how a version of a zone stands."""
    if one.withdrawn_ns <= now_ns:
        return WITHDRAWN
    if one.ends_ns <= now_ns:
        return ENDED
    return IN_FORCE if one.begins_to_be_law_ns <= now_ns else ANNOUNCED


def _zone(kept: ZoneKept, one: Zone, now_ns: int, over: int | None, switched: Mapping[ZoneOverridden, int]) -> ZoneNow:
    fact = kept.fact
    emergency, confirmed = emergency_of(fact)
    said = {name: getattr(fact, name) for name in _OF_ZONE}
    return ZoneNow(
        **said,
        entry_index=kept.entry_index,
        state=state_of(one, now_ns),
        rules=one.force(now_ns).value,
        changes_ns=_known(one.next_change_ns(now_ns)),
        emergency=emergency,
        confirmed=confirmed,
        rule=fact.rule.value,
        volumes=tuple(map(volume, fact.volumes)),
        applicability=None if fact.applicability is None else tuple(
            SpanNow(start_ns=each.start_ns, end_ns=each.end_ns) for each in fact.applicability
        ),
        withdrawn_ns=kept.withdrawn_ns,
        withdrawn_reason=kept.withdrawn_reason,
        withdrawn_entry=kept.withdrawn_entry,
        superseded_ns=_known(one.superseded_ns),
        superseded_entry=None if _known(one.superseded_ns) is None else over,
        overrides=tuple(
            OverrideNow(**{name: getattr(each, name) for name in _OF_OVERRIDE}, entry_index=switched[each])
            for each in one.overrides
        ),
        authorities=tuple(map(_contact, fact.authorities)),
        texts=tuple(TextNow(about=each.about, lang=each.lang, text=each.text) for each in fact.texts),
    )  # fmt: skip


_OF_OVERRIDE = ("active", "start_ns", "end_ns", "t_ns", "reason", "officer")
_OF_ZONE = (
    "zone_id", "version", "supersedes", "name", "severity", "buffer_mm", "announced_at_ns", "effective_from_ns",
    "end_ns", "hours_unread", "issuing_body", "legal_basis", "reason", "conditions", "contact", "appeal_contact",
    "country", "source_format", "source_sha256", "doubts",
)  # fmt: skip


def _known(t_ns: int) -> int | None:
    return None if t_ns == FOREVER_NS else t_ns


def emergency_of(fact: ZoneEnacted) -> tuple[bool, bool]:
    """Return whether it is an emergency zone, and whether a second officer confirmed it."""
    if fact.source_format != EMERGENCY_FORMAT:
        return False, True
    told = dict(fact.carried).get(EMERGENCY, "{}")
    return True, json.loads(told).get("confirmed_by") is not None


def volume(of: Volume) -> VolumeNow:
    """Return a volume as it is shown; its points are the fact's own."""
    return VolumeNow(outline=_outline(of.outline), floor=_limit(of.floor), ceiling=_limit(of.ceiling))


def _outline(of: Polygon | Circle) -> PolygonNow | CircleNow:
    if isinstance(of, Circle):
        return CircleNow(lat_e7=of.lat_e7, lon_e7=of.lon_e7, radius_mm=of.radius_mm)
    return PolygonNow(rings=of.rings)


def _limit(of: Limit) -> LimitNow:
    return height(of) if isinstance(of, Altitude) else of


def _contact(of: Authority) -> ContactNow:
    return ContactNow(
        name=_words((*of.name, *of.service)), email=of.email, phone=of.phone, site_url=of.site_url, purpose=of.purpose
    )


def _words(of: Iterable[Text]) -> str:
    return " · ".join(dict.fromkeys(each.text for each in of))


# ---- permits -------------------------------------------------------------------------------------------------


def permits(law: Law, now_ns: int, permit_id: str | None = None) -> list[PermitNow]:
    """Return all versions of all permits, or of one, by id and version."""
    ids = sorted(law.permits) if permit_id is None else [permit_id] * (permit_id in law.permits)
    return [_permit(law, kept, now_ns) for one in ids for _, kept in sorted(law.permits[one].items())]


def _permit(law: Law, kept: PermitKept, now_ns: int) -> PermitNow:
    fact = kept.fact
    revoked_ns, reason = _revoked(law, fact)
    said = {name: getattr(fact, name) for name in _OF_PERMIT}
    return PermitNow(
        **said,
        entry_index=kept.entry_index,
        state=_permit_state(law, fact, revoked_ns, now_ns),
        volumes=tuple(
            PermitVolumeNow(volume=volume(each.volume), start_ns=each.start_ns, end_ns=each.end_ns)
            for each in fact.volumes
        ),
        zones=tuple(PinNow(zone_id=each.zone_id, version=each.version) for each in fact.zones),
        revoked_ns=revoked_ns,
        revoked_reason=reason,
    )


_OF_PERMIT = (
    "permit_id", "version", "granted_at_ns", "holder", "pilots", "aircraft", "operators", "sessions", "state_flight",
    "standing", "priority", "purpose", "category", "operation", "conditions", "condition_codes", "contact", "issuer",
)  # fmt: skip


def _revoked(law: Law, fact: PermitEnacted) -> tuple[int | None, str | None]:
    """Return when a version was revoked, and why; as `rules.law`: an earlier revocation ends the first grant only."""
    said = law.revoked.get(fact.permit_id)
    first_ns = min(each.fact.granted_at_ns for each in law.permits[fact.permit_id].values())
    acts = [
        (each.t_ns, each.reason)
        for each in (() if said is None else said.revoked)
        if fact.granted_at_ns == first_ns or fact.granted_at_ns <= each.t_ns
    ]
    return min(acts, default=(None, None), key=lambda act: act[0] or 0)


def _permit_state(law: Law, fact: PermitEnacted, revoked_ns: int | None, now_ns: int) -> str:
    newer = [each.fact for each in law.permits[fact.permit_id].values() if each.fact.version > fact.version]
    if revoked_ns is not None and revoked_ns <= now_ns:
        return REVOKED
    if any(each.granted_at_ns <= now_ns for each in newer):
        return SUPERSEDED
    if fact.volumes and max(each.end_ns for each in fact.volumes) <= now_ns:
        return EXPIRED
    begins_ns = max(fact.granted_at_ns, min((each.start_ns for each in fact.volumes), default=0))
    return IN_FORCE if begins_ns <= now_ns else ANNOUNCED
