"""The law and the sensors as they were enacted, version by version; how they stand at a time is asked of the rules."""

from __future__ import annotations

import msgspec

from skykeep.facts.concluded import BiasEstimated
from skykeep.facts.enacted import (
    Began,
    LawDeclared,
    PermitEnacted,
    PermitRevoked,
    SensorDeclared,
    SiteProtected,
    ZoneEnacted,
    ZoneOverridden,
    ZoneWithdrawn,
)
from skykeep.views.livechanges import Changes
from skykeep.views.livemodels import BiasNow, CoverageNow, LawNow, RunNow, SensorNow, SiteNow


class ZoneKept(msgspec.Struct, kw_only=True):
    """One version of a zone, and what was said of it since."""

    entry_index: int  # where it was enacted
    fact: ZoneEnacted
    withdrawn_ns: int | None = None
    withdrawn_reason: str | None = None
    withdrawn_entry: int | None = None  # where that was said


class ZoneSaid(msgspec.Struct, kw_only=True):
    """What was said of a zone, whatever its version."""

    zone_id: str
    entry_index: int
    overrides: tuple[ZoneOverridden, ...] = ()
    override_entries: tuple[int, ...] = ()  # where each of them was said
    withdrawn: tuple[ZoneWithdrawn, ...] = ()  # before the version was enacted: the order of facts decides nothing
    withdrawn_entries: tuple[int, ...] = ()


class PermitKept(msgspec.Struct, kw_only=True):
    """One version of a permit."""

    entry_index: int
    fact: PermitEnacted


class PermitSaid(msgspec.Struct, kw_only=True):
    """The revocations of a permit, whatever its version."""

    permit_id: str
    entry_index: int
    revoked: tuple[PermitRevoked, ...]


class Law:
    """All versions of zones and permits, sites, sensors and runs."""

    def __init__(self) -> None:
        self.zones: dict[str, dict[int, ZoneKept]] = {}
        self.said: dict[str, ZoneSaid] = {}
        self.permits: dict[str, dict[int, PermitKept]] = {}
        self.revoked: dict[str, PermitSaid] = {}
        self.sites: dict[str, SiteNow] = {}
        self.sensors: dict[str, SensorNow] = {}
        self.runs: list[RunNow] = []
        self.declared = LawNow()
        self.changed = 0  # how often zones, or whether they are all the law, did

    def restore(self, kept: object) -> None:  # one line a kind
        """Take in what was kept."""
        self.changed += 1
        if isinstance(kept, ZoneKept):
            self.zones.setdefault(kept.fact.zone_id, {})[kept.fact.version] = kept
        elif isinstance(kept, ZoneSaid):
            self.said[kept.zone_id] = kept
        elif isinstance(kept, PermitKept):
            self.permits.setdefault(kept.fact.permit_id, {})[kept.fact.version] = kept
        elif isinstance(kept, PermitSaid):
            self.revoked[kept.permit_id] = kept
        elif isinstance(kept, SiteNow):
            self.sites[kept.site_id] = kept
        elif isinstance(kept, SensorNow):
            self.sensors[kept.sensor_id] = kept
        elif isinstance(kept, RunNow):
            self.runs.append(kept)
        elif isinstance(kept, LawNow):
            self.declared = kept

    def begin(self, fact: Began, changes: Changes) -> None:
        at = changes.at
        run = RunNow(
            entry_index=at.entry_index,
            t_ns=at.now_ns,
            record_id=fact.record_id,
            program_version=fact.program_version,
            program_sha256=fact.program_sha256,
            settings_sha256=fact.settings_sha256,
        )
        self.runs.append(run)
        changes.put("run", at.entry_index, run)

    def declare(self, fact: LawDeclared, changes: Changes) -> None:
        self.changed += 1
        self.declared = LawNow(entry_index=changes.at.entry_index, complete=fact.complete, t_ns=fact.t_ns)
        changes.put("law", "law", self.declared)

    # Zones

    def enact_zone(self, fact: ZoneEnacted, changes: Changes) -> None:
        """A version that is enacted twice counts as it was enacted first."""
        self.changed += 1
        versions = self.zones.setdefault(fact.zone_id, {})
        if fact.version not in versions:
            kept = versions[fact.version] = ZoneKept(entry_index=changes.at.entry_index, fact=fact)
            changes.put("zone", f"{fact.zone_id}/{fact.version}", kept)
            said = self.said.get(fact.zone_id)
            if said is not None:
                for act, entry_index in zip(said.withdrawn, said.withdrawn_entries, strict=True):
                    if act.version == fact.version:
                        self._withdraw(act, entry_index, changes)

    def withdraw(self, fact: ZoneWithdrawn, changes: Changes) -> None:
        self.changed += 1
        if fact.version in self.zones.get(fact.zone_id, {}):
            self._withdraw(fact, changes.at.entry_index, changes)
        else:
            said = self._said(fact.zone_id, changes)
            said.withdrawn = (*said.withdrawn, fact)
            said.withdrawn_entries = (*said.withdrawn_entries, changes.at.entry_index)

    def _withdraw(self, fact: ZoneWithdrawn, entry_index: int, changes: Changes) -> None:
        kept = self.zones[fact.zone_id][fact.version]
        if kept.withdrawn_ns is None or fact.t_ns < kept.withdrawn_ns:
            kept.withdrawn_ns, kept.withdrawn_reason, kept.withdrawn_entry = fact.t_ns, fact.reason, entry_index
            changes.put("zone", f"{fact.zone_id}/{fact.version}", kept)

    def override(self, fact: ZoneOverridden, changes: Changes) -> None:
        self.changed += 1
        said = self._said(fact.zone_id, changes)
        said.overrides = (*said.overrides, fact)
        said.override_entries = (*said.override_entries, changes.at.entry_index)

    def _said(self, zone_id: str, changes: Changes) -> ZoneSaid:
        said = self.said.setdefault(zone_id, ZoneSaid(zone_id=zone_id, entry_index=changes.at.entry_index))
        said.entry_index = changes.at.entry_index
        changes.put("zone_said", zone_id, said)
        return said

    # Permits

    def grant(self, fact: PermitEnacted, changes: Changes) -> None:
        versions = self.permits.setdefault(fact.permit_id, {})
        if fact.version not in versions:
            kept = versions[fact.version] = PermitKept(entry_index=changes.at.entry_index, fact=fact)
            changes.put("permit", f"{fact.permit_id}/{fact.version}", kept)

    def revoke(self, fact: PermitRevoked, changes: Changes) -> None:
        before = self.revoked.get(fact.permit_id)
        acts = (fact,) if before is None else (*before.revoked, fact)
        said = PermitSaid(permit_id=fact.permit_id, entry_index=changes.at.entry_index, revoked=acts)
        self.revoked[fact.permit_id] = said
        changes.put("permit_said", fact.permit_id, said)

    # Sites and sensors

    def protect(self, fact: SiteProtected, changes: Changes) -> None:
        known = self.sites.get(fact.site_id)
        if known is None or fact.version >= known.version:
            said = {name: getattr(fact, name) for name in SiteNow.__struct_fields__ if name != "entry_index"}
            site = self.sites[fact.site_id] = SiteNow(**said, entry_index=changes.at.entry_index)
            changes.put("site", fact.site_id, site)

    def declare_sensor(self, fact: SensorDeclared, changes: Changes) -> None:
        sensor = self._sensor(fact.sensor_id, changes)
        for name in _OF_SENSOR:
            setattr(sensor, name, getattr(fact, name))
        seen = fact.coverage
        fields = CoverageNow.__struct_fields__
        sensor.coverage = None if seen is None else CoverageNow(**{name: getattr(seen, name) for name in fields})

    def estimate_bias(self, fact: BiasEstimated, changes: Changes) -> None:
        said = {name: getattr(fact, name) for name in BiasNow.__struct_fields__}
        self._sensor(fact.sensor_id, changes).bias = BiasNow(**said)

    def come_late(self, sensor_id: str, changes: Changes) -> None:
        self._sensor(sensor_id, changes).late += 1

    def _sensor(self, sensor_id: str, changes: Changes) -> SensorNow:
        sensor = self.sensors.setdefault(sensor_id, SensorNow(sensor_id=sensor_id))
        sensor.entry_index, sensor.t_ns = changes.at.entry_index, changes.at.now_ns
        changes.put("sensor", sensor_id, sensor)
        return sensor


_OF_SENSOR = (
    "modality", "simulated", "lat_e7", "lon_e7", "alt_mm", "pos_accuracy_mm", "alt_accuracy_mm", "range_sigma_mm",
    "azimuth_sigma_urad", "elevation_sigma_urad", "period_ms", "latency_ms", "clock", "detection_ppm",
)  # fmt: skip
