"""Zone files of any format: recognised by what is in them, read with a report by zone, written out again."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType

import msgspec

from skykeep.errors import Malformed, Refused, Unavailable
from skykeep.facts.enacted import Circle, Volume, ZoneEnacted
from skykeep.rules.outline import compile_outline
from skykeep.wire import (
    aixm,
    ed269,
    ed269_write,
    ed318,
    ed318_write,
    geojson,
    geojson_write,
    kml,
    notam,
    openair,
    openair_write,
    uasfm,
)
from skykeep.wire.export import Exported
from skykeep.wire.zonefile import BYTES_MAX, Import, ZoneReport

READERS: tuple[ModuleType, ...] = (kml, aixm, ed269, uasfm, geojson, ed318, notam, openair)
"""In the order in which they are asked whether a file is theirs; the more particular ones first."""

WRITERS: dict[str, Callable[[Iterable[ZoneEnacted]], Exported]] = {
    "ed318": ed318_write.write,
    "ed269": ed269_write.write,
    "geojson": geojson_write.write,
    "openair": openair_write.write,
}


@dataclasses.dataclass(frozen=True, slots=True)
class ZoneFile:
    """One file of zones as it was read; a zone whose outline cannot be used is among `found.refused`."""

    path: Path
    sha256: str
    size: int
    found: Import

    @property
    def zones(self) -> list[ZoneEnacted]:
        """What can be enacted."""
        return self.found.zones

    @property
    def left_out(self) -> list[str]:
        """What is in the file and cannot be enacted, in words."""
        return [
            f"{self.path}, feature {report.index} ({report.zone_id or 'no id'}): {'; '.join(report.what)}"
            for report in self.found.refused
        ]

    @property
    def told(self) -> str:
        """The file in a line: its name, format and hash."""
        return f"{self.path.name} ({self.found.source_format}, sha256 {self.sha256[:12]}…)"


def read_file(path: Path, form: str | None = None) -> ZoneFile:
    """Read a zone file, its format known by its content unless `form` names it.

    Raises Refused where the file is none or nothing in it can be used, Unavailable where it cannot be read.
    """
    return read_data(read_bytes(path), path, form)


def read_data(data: bytes, name: str | Path, form: str | None = None) -> ZoneFile:
    """Read the bytes of a zone file that lies nowhere; as `read_file`, `name` is how it is told of."""
    path = Path(name)
    reader = _reader(path, data, form)
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        found: Import = reader.read(data, source_sha256=sha256)
    except Malformed as error:
        raise Refused(f"{path}: {error}") from error
    return ZoneFile(path, sha256, len(data), _usable(found))


def _reader(path: Path, data: bytes, form: str | None) -> ModuleType:
    if form is not None:
        named = next((reader for reader in READERS if form == reader.SOURCE_FORMAT), None)
        if named is None:
            known = ", ".join(reader.SOURCE_FORMAT for reader in READERS)
            raise Refused(f"there is no zone format {form!r}; there are {known}")
        return named
    for reader in READERS:
        if reader.sniff(data):
            return reader
    known = ", ".join(reader.SOURCE_FORMAT for reader in READERS)
    raise Refused(f"{path} is no zone file that is known here ({known}); name its format with --format if it is one")


def _usable(found: Import) -> Import:
    """Move zones whose outline cannot be compiled to the refused ones."""
    faults = [(zone, outline_fault(zone.volumes)) for zone in found.zones]
    refused = [ZoneReport(at, zone.zone_id, (fault,), zone.native) for at, (zone, fault) in enumerate(faults) if fault]
    if not refused:
        return found
    kept = [zone for zone, fault in faults if not fault]
    return dataclasses.replace(found, zones=kept, refused=[*found.refused, *refused])


def outline_fault(volumes: Iterable[Volume]) -> str:
    """Return why an outline cannot be compiled, or encloses nothing, or ""."""
    try:
        for volume in volumes:
            compile_outline(volume.outline)
            if isinstance(volume.outline, Circle) and volume.outline.radius_mm < 1:
                return f"a circle of {volume.outline.radius_mm} mm encloses nothing"
    except Refused as error:
        return str(error)
    return ""


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file of law; refused where it is none, or too large to be one."""
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


def add(known: dict[str, ZoneEnacted], zones: Iterable[ZoneEnacted]) -> list[str]:
    """Add the zones of one more file to those by id; returns in words what became of ids that two files share.

    The same zone again is added once; another zone with an id that is taken becomes `...~2`, so that no law is lost.
    """
    told = []
    for zone in zones:
        taken = known.get(zone.zone_id)
        if taken is not None and (taken.native, taken.source_format) == (zone.native, zone.source_format):
            continue
        zone_id = next(one for one in _names(zone.zone_id) if one not in known)
        if zone_id != zone.zone_id:
            told.append(
                f"zone id {zone.zone_id} stands in another file too, with other words; this one became {zone_id}"
            )
        known[zone_id] = zone if taken is None else _renamed(zone, zone_id, told[-1])
    return told


def _names(zone_id: str) -> Iterator[str]:
    yield zone_id
    yield from (f"{zone_id}~{number}" for number in itertools.count(2))


def _renamed(zone: ZoneEnacted, zone_id: str, doubt: str) -> ZoneEnacted:
    return msgspec.structs.replace(zone, zone_id=zone_id, doubts=(*zone.doubts, doubt))


def write(zones: Iterable[ZoneEnacted], form: str) -> Exported:
    """Return zones in a format; Refused where that format is not written here."""
    if form not in WRITERS:
        raise Refused(f"{form} is not written here; choose one of {', '.join(WRITERS)}")
    return WRITERS[form](zones)
