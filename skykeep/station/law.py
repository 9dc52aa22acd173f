"""The law a run is given: zone and permit files read, reported on, and turned into acts with their times."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable
from pathlib import Path

from skykeep.errors import Malformed, Refused, Unavailable
from skykeep.facts.codec import Fact
from skykeep.facts.enacted import LawDeclared, PermitEnacted, PermitRevoked, Volume, ZoneEnacted
from skykeep.facts.personal import Names
from skykeep.rules.outline import compile_outline
from skykeep.wire import ed269, ed318, permits

BYTES_MAX = 100_000_000


@dataclasses.dataclass(slots=True)
class GivenLaw:
    """What the files say, what was refused in them, and their hashes."""

    zones: list[ZoneEnacted] = dataclasses.field(default_factory=list)
    permits: list[PermitEnacted] = dataclasses.field(default_factory=list)
    revocations: list[PermitRevoked] = dataclasses.field(default_factory=list)
    refused: list[str] = dataclasses.field(default_factory=list)
    doubts: list[str] = dataclasses.field(default_factory=list)
    sha256s: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    def acts(self, begin_ns: int, *, complete: bool) -> list[tuple[int, Fact]]:
        """Return each act with the time from which it is in the record: never before it was announced or granted."""
        acts: list[tuple[int, Fact]] = [(begin_ns, LawDeclared(complete=complete, t_ns=begin_ns))]
        acts += [(max(begin_ns, zone.announced_at_ns or begin_ns), zone) for zone in self.zones]
        acts += [(max(begin_ns, permit.granted_at_ns), permit) for permit in self.permits]
        acts += [(max(begin_ns, act.t_ns), act) for act in self.revocations]
        return acts


def load(zone_paths: Iterable[Path], permit_paths: Iterable[Path], names: Names) -> GivenLaw:
    """Read zone files (ED-269, ED-318) and permit files; one bad zone or permit is reported and sinks nothing else."""
    law = GivenLaw()
    for path in zone_paths:
        _load_zones(law, path)
    for path in permit_paths:
        _load_permits(law, path, names)
    return law


def _load_zones(law: GivenLaw, path: Path) -> None:
    data = _bytes(path)
    sha256 = hashlib.sha256(data).hexdigest()
    reader = ed318 if ed318.sniff(data) else ed269 if ed269.sniff(data) else None
    if reader is None:
        raise Refused(f"{path} is neither ED-269 nor ED-318: no list of zones stands in it")
    try:
        read = reader.read(data, source_sha256=sha256)
    except Malformed as error:
        raise Refused(f"{path}: {error}") from error
    known = {zone.zone_id for zone in law.zones}
    for zone in read.zones:
        problem = (
            f"zone id {zone.zone_id} stands in another file too"
            if zone.zone_id in known
            else _outline_fault(zone.volumes)
        )
        if problem:
            law.refused.append(f"{path}, zone {zone.zone_id}: {problem}")
        else:
            law.zones.append(zone)
    law.refused += [
        f"{path}, feature {report.index} ({report.zone_id or 'no id'}): {'; '.join(report.what)}"
        for report in read.refused
    ]
    law.doubts += [f"{path}: {doubt}" for doubt in read.doubts]
    law.doubts += [f"{path}, zone {report.zone_id}: {'; '.join(report.what)}" for report in read.doubted]
    law.sha256s.append(("zones", sha256))
    if not law.zones:
        raise Refused(f"{path}: not one zone in it can be used: {'; '.join(law.refused[:3]) or 'it lists none'}")


def _outline_fault(volumes: Iterable[Volume]) -> str:
    """Return why an outline cannot be compiled, or ""."""
    try:
        for volume in volumes:
            compile_outline(volume.outline)
    except Refused as error:
        return str(error)
    return ""


def _load_permits(law: GivenLaw, path: Path, names: Names) -> None:
    data = _bytes(path)
    try:
        read = permits.read(data, names)
    except Malformed as error:
        raise Refused(f"{path}: {error}") from error
    for permit in read.permits:
        problem = _outline_fault(part.volume for part in permit.volumes)
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


def _bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise Refused(f"{path} is a directory: name the files in it")
        if path.stat().st_size > BYTES_MAX:
            raise Refused(f"{path} has {path.stat().st_size} bytes; a file of law may have {BYTES_MAX}: split it")
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Refused(f"{path}: there is no such file") from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}") from error
