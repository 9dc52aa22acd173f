"""The law a run is given: zone and permit files read, reported on, and turned into acts with their times."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable
from pathlib import Path

from skykeep.errors import Malformed, Refused
from skykeep.facts.codec import Fact
from skykeep.facts.enacted import LawDeclared, PermitEnacted, PermitRevoked, Volume, ZoneEnacted
from skykeep.facts.personal import Names
from skykeep.station import hours, zonefiles
from skykeep.wire import permits

LOOK_BACK_NS = 86_400_000_000_000  # a day


@dataclasses.dataclass(slots=True)
class GivenLaw:
    """What the files say, what was refused in them, and their hashes."""

    zones: list[ZoneEnacted] = dataclasses.field(default_factory=list)
    permits: list[PermitEnacted] = dataclasses.field(default_factory=list)
    revocations: list[PermitRevoked] = dataclasses.field(default_factory=list)
    refused: list[str] = dataclasses.field(default_factory=list)
    doubts: list[str] = dataclasses.field(default_factory=list)
    sha256s: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    def volumes(self) -> list[Volume]:
        """Return the volumes of all zones and permits."""
        volumes = [volume for zone in self.zones for volume in zone.volumes]
        return volumes + [part.volume for permit in self.permits for part in permit.volumes]

    def acts(self, begin_ns: int, *, complete: bool) -> list[tuple[int, Fact]]:
        """Return each act with the time from which it is in the record: never before it was announced or granted.

        Hours are worked out from a day before, because what sensors heard may be a little older than the run.
        """
        acts: list[tuple[int, Fact]] = [(begin_ns, LawDeclared(complete=complete, t_ns=begin_ns))]
        published = hours.publish_all(self.zones, from_ns=max(0, begin_ns - LOOK_BACK_NS))
        acts += [(max(begin_ns, zone.announced_at_ns or begin_ns), zone) for zone in published]
        acts += [(max(begin_ns, permit.granted_at_ns), permit) for permit in self.permits]
        acts += [(max(begin_ns, act.t_ns), act) for act in self.revocations]
        return acts


def load(
    zone_paths: Iterable[Path], permit_paths: Iterable[Path], names: Names, office_paths: Iterable[Path] = ()
) -> GivenLaw:
    """Read zone files, permit files and the records of permit offices.

    One bad zone or permit is reported and sinks nothing else.
    """
    law = GivenLaw()
    for path in zone_paths:
        _load_zones(law, path)
    for path in permit_paths:
        _load_permits(law, path, names)
    for path in office_paths:
        _load_office(law, path, names)
    return law


def _load_zones(law: GivenLaw, path: Path) -> None:
    file = zonefiles.read_file(path)
    known = {zone.zone_id: zone for zone in law.zones}
    law.doubts += [f"{path}: {told}" for told in zonefiles.add(known, file.zones)]
    law.zones = list(known.values())
    law.refused += file.left_out
    law.doubts += [f"{path}: {doubt}" for doubt in file.found.doubts]
    law.doubts += [f"{path}, zone {report.zone_id}: {'; '.join(report.what)}" for report in file.found.doubted]
    law.sha256s.append(("zones", file.sha256))
    if not law.zones:
        raise Refused(f"{path}: not one zone in it can be used: {'; '.join(law.refused[:3]) or 'it lists none'}")


def _load_permits(law: GivenLaw, path: Path, names: Names) -> None:
    data = zonefiles.read_bytes(path)
    try:
        read = permits.read(data, names)
    except Malformed as error:
        raise Refused(f"{path}: {error}") from error
    for permit in read.permits:
        problem = zonefiles.outline_fault(part.volume for part in permit.volumes)
        if problem:
            law.refused.append(f"{path}, permit {permit.permit_id}: {problem}; this permit permits nothing")
        else:
            law.permits.append(permit)
    law.revocations += read.revocations
    law.refused += [f"{path}, {report}" for report in map(_permit_report, read.refused)]
    law.doubts += [f"{path}, {report}" for report in map(_permit_report, read.doubted)]
    law.sha256s.append(("permits", hashlib.sha256(data).hexdigest()))


def _permit_report(report: permits.PermitReport) -> str:
    named = f"permit {report.permit_id}: " if report.permit_id else ""
    return f"{named}{report.where}: {report.what}"


def _load_office(law: GivenLaw, path: Path, names: Names) -> None:
    from skykeep.station import officelaw  # it reads records, which a run without an office need not

    read = officelaw.load(path, names)
    law.permits += read.permits
    law.revocations += read.revocations
    law.doubts += [f"{path}, permit {permit_id}: somebody was erased from it" for permit_id in read.erased]
    law.sha256s.append(("office", read.sha256))
