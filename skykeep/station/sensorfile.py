"""Sensor files, TOML: what stands where and measures how well, protected sites, harmless objects that are known of.

Read strictly: an unknown key, a number out of its range or half a place is refused, with the table and the key. The
keys are told in docs/reference/formats/sensors.md. Where terrain files are given, the horizon of each sensor with a
coverage is worked out from them (`horizon`), unless the file gives one.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import math
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from skykeep.errors import Refused, Unavailable
from skykeep.facts.enacted import (
    Coverage,
    ObjectKnown,
    Patch,
    SensorDeclared,
    SiteProtected,
)
from skykeep.station import horizon

_Latitude = Annotated[float, Meta(ge=-90, le=90)]
_Longitude = Annotated[float, Meta(ge=-180, le=180)]
_Height = Annotated[float, Meta(ge=-999, le=100_000)]
_Metres = Annotated[float, Meta(gt=0, le=2_000_000)]
_Spread = Annotated[float, Meta(gt=0, le=100_000)]
_Angle = Annotated[float, Meta(gt=0, le=57)]
_Share = Annotated[float, Meta(ge=0, le=1)]
_Azimuth = Annotated[float, Meta(ge=-360, le=720)]
_Elevation = Annotated[float, Meta(ge=-90, le=90)]
_Name = Annotated[str, Meta(min_length=1, max_length=200)]
_Moment = Annotated[dt.datetime, Meta(tz=True)]
_TURN_DEG = 360.0
_YEARS = (1971, 2199)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

SensorFact = SensorDeclared | SiteProtected | ObjectKnown


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all tables have in common: nothing unknown may stand in them."""


class CoverageTable(_Table, frozen=True, kw_only=True):
    """`[sensor.coverage]`: a part of a sphere about the sensor, above its horizon, between two heights."""

    range_max_m: _Metres  # slant range
    range_min_m: Annotated[float, Meta(ge=0, le=2_000_000)] = 0.0
    azimuth_from_deg: _Azimuth = 0.0  # clockwise from true north
    azimuth_to_deg: _Azimuth = 360.0
    elevation_min_deg: _Elevation = -90.0
    elevation_max_deg: _Elevation = 90.0
    floor_hae_m: _Height | None = None
    ceiling_hae_m: _Height | None = None
    horizon_deg: Annotated[list[_Elevation], Meta(max_length=3_600)] | None = None  # clockwise from north, even steps


class PatchTable(_Table, frozen=True, kw_only=True):
    """`[[sensor.patch]]`: a sector in which it sees better or worse; of several that hold a place the first counts."""

    detection: _Share
    clutter: Annotated[float, Meta(ge=0, le=1_000)] = 1.0  # times the sensor's own density of false reports
    azimuth_from_deg: _Azimuth = 0.0
    azimuth_to_deg: _Azimuth = 360.0
    range_from_m: Annotated[float, Meta(ge=0, le=2_000_000)] = 0.0
    range_to_m: _Metres = 2_000_000.0


class SensorTable(_Table, frozen=True, kw_only=True):
    """`[[sensor]]`: one sensor; what is not given is not known."""

    id: _Name
    modality: Literal["remote_id", "adsb", "radar", "rf", "camera", "acoustic", "witness", "tracks", "other"]
    lat: _Latitude | None = None
    lon: _Longitude | None = None
    alt_hae_m: _Height | None = None
    alt_amsl_m: _Height | None = None  # instead of alt_hae_m; turned by the EGM96 geoid
    pos_accuracy_m: _Spread = 30.0  # 95 % radius of its places, where a report does not say
    alt_accuracy_m: _Spread = 30.0  # 95 % bound
    range_sigma_m: _Spread | None = None
    azimuth_sigma_deg: _Angle | None = None
    elevation_sigma_deg: _Angle | None = None
    doppler_sigma_mps: Annotated[float, Meta(gt=0, le=1_000)] | None = None
    period_s: Annotated[float, Meta(gt=0, le=86_400)] | None = None
    scan: Literal["whole", "each"] = "each"
    latency_s: Annotated[float, Meta(ge=0, le=86_400)] | None = None
    clock: Literal["synchronised", "free", "unknown"] = "unknown"
    clock_sigma_s: Annotated[float, Meta(gt=0, le=86_400)] | None = None
    detection: _Share | None = None
    clutter_per_scan: Annotated[float, Meta(ge=0, le=1_000_000)] | None = None
    simulated: bool = False
    coverage: CoverageTable | None = None
    patch: Annotated[list[PatchTable], Meta(max_length=1_000)] = []


class SiteTable(_Table, frozen=True, kw_only=True):
    """`[[site]]`: a place that is watched over."""

    id: _Name
    name: _Name
    lat: _Latitude
    lon: _Longitude
    radius_m: _Metres
    version: Annotated[int, Meta(ge=1, le=2**31)] = 1
    begin: _Moment | None = msgspec.field(default=None, name="from")
    until: _Moment | None = None


class ObjectTable(_Table, frozen=True, kw_only=True):
    """`[[object]]`: something harmless that is known to be somewhere."""

    id: _Name
    kind: Literal["balloon", "kite", "crane", "lantern", "other"]
    lat: _Latitude
    lon: _Longitude
    radius_m: _Metres
    begin: _Moment = msgspec.field(name="from")
    until: _Moment
    source: _Name
    floor_hae_m: _Height | None = None
    ceiling_hae_m: _Height | None = None


@dataclasses.dataclass(slots=True)
class GivenSensors:
    """What sensor files say, as facts in the order of the files; what is doubtful in words; hashes of the files."""

    facts: list[SensorFact] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    sha256s: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    def sensor_ids(self) -> frozenset[str]:
        """Return the names of the sensors that are declared."""
        return frozenset(fact.sensor_id for fact in self.facts if isinstance(fact, SensorDeclared))

    def simulated(self) -> frozenset[str]:
        """Return the names of those whose flights are invented."""
        return frozenset(fact.sensor_id for fact in self.facts if isinstance(fact, SensorDeclared) and fact.simulated)


def load_all(
    paths: Iterable[Path], terrain_files: Sequence[Path] = (), simulated: frozenset[str] = frozenset()
) -> GivenSensors:
    """Return what sensor files declare; raises Refused for what makes no sense, also for one name in two of them.

    The flights of the sensors in `simulated` are invented, whatever their file says of it.
    """
    given = GivenSensors()
    for path in paths:
        text = _read(path)
        given.sha256s.append(("sensors", hashlib.sha256(text).hexdigest()))
        given.facts += _facts(path, text)
    _refuse_twice(given.facts)
    given.facts = [
        msgspec.structs.replace(fact, simulated=True)
        if isinstance(fact, SensorDeclared) and fact.sensor_id in simulated
        else fact
        for fact in given.facts
    ]
    if terrain_files:
        given.facts = [
            horizon.with_horizon(fact, terrain_files, given.notes) if isinstance(fact, SensorDeclared) else fact
            for fact in given.facts
        ]
    return given


def load(path: Path, terrain_files: Sequence[Path] = ()) -> list[SensorFact]:
    """Return what one sensor file declares."""
    return load_all([path], terrain_files).facts


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise Refused(f"{path}: there is no such file") from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}") from error


_Made = TypeVar("_Made", bound=_Table)


def _facts(path: Path, data: bytes) -> list[SensorFact]:
    try:
        tables = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused(f"{path} is no TOML: {error}") from error
    except RecursionError as error:
        raise Refused(f"{path}: brackets are nested too deeply") from error
    for key in tables:
        if key not in {"sensor", "site", "object"}:
            raise Refused(f"{path}: unknown table {key!r}; there are [[sensor]], [[site]] and [[object]]")
    facts: list[SensorFact] = []
    for kind, make in (("sensor", _sensor), ("site", _site), ("object", _object)):
        entries = tables.get(kind, [])
        if not isinstance(entries, list):
            raise Refused(f"{path}: write [[{kind}]] with two brackets; there may be several")
        for number, entry in enumerate(entries):
            where = f"{path}: {kind} {_called(entry, number)}"
            facts.append(make(entry, where))
    return facts


def _called(entry: Any, number: int) -> str:  # noqa: ANN401  # whatever stands in a TOML file
    name = entry.get("id") if isinstance(entry, dict) else None
    return repr(name) if isinstance(name, str) else f"number {number + 1}"


def _table(entry: Any, kind: type[_Made], where: str) -> _Made:  # noqa: ANN401
    try:
        return msgspec.convert(entry, kind)
    except (msgspec.ValidationError, OverflowError) as error:
        raise Refused(f"{where}: {error}") from error


def _refuse_twice(facts: list[SensorFact]) -> None:
    seen: set[tuple[type, str]] = set()
    for fact in facts:
        name = fact.sensor_id if isinstance(fact, SensorDeclared) else _name_of(fact)
        if (type(fact), name) in seen:
            raise Refused(f"{name!r} is declared twice; keep one")
        seen.add((type(fact), name))


def _name_of(fact: SiteProtected | ObjectKnown) -> str:
    return fact.site_id if isinstance(fact, SiteProtected) else fact.object_id


# ---- tables into facts ---------------------------------------------------------------------------


def _milli(value: float) -> int:
    return round(value * 1e3)


def _milli_or_none(value: float | None) -> int | None:
    return None if value is None else max(1, round(value * 1e3))


def _height_mm(value: float | None) -> int | None:
    return None if value is None else round(value * 1e3)


def _urad(degrees: float) -> int:
    return round(math.radians(degrees) * 1e6)


def _urad_or_none(degrees: float | None) -> int | None:
    return None if degrees is None else max(1, _urad(degrees))


def _ppm(share: float) -> int:
    return round(share * 1e6)


def _ns(moment: dt.datetime, where: str) -> int:
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise Refused(f"{where}: {moment.isoformat()} lies outside {_YEARS[0]} to {_YEARS[1]}")
    return (moment - _EPOCH) // dt.timedelta(microseconds=1) * 1_000


def _sensor(entry: Any, where: str) -> SensorDeclared:  # noqa: ANN401
    table = _table(entry, SensorTable, where)
    _refuse_half(table, where)
    return SensorDeclared(
        sensor_id=table.id,
        modality=table.modality,
        pos_accuracy_mm=max(1, _milli(table.pos_accuracy_m)),
        alt_accuracy_mm=max(1, _milli(table.alt_accuracy_m)),
        simulated=table.simulated,
        lat_e7=None if table.lat is None else round(table.lat * 1e7),
        lon_e7=None if table.lon is None else round(table.lon * 1e7),
        alt_mm=_alt_mm(table),
        range_sigma_mm=_milli_or_none(table.range_sigma_m),
        azimuth_sigma_urad=_urad_or_none(table.azimuth_sigma_deg),
        elevation_sigma_urad=_urad_or_none(table.elevation_sigma_deg),
        doppler_sigma_mmps=_milli_or_none(table.doppler_sigma_mps),
        period_ms=_milli_or_none(table.period_s),
        scan=table.scan,
        latency_ms=None if table.latency_s is None else _milli(table.latency_s),
        clock=table.clock,
        clock_sigma_us=None if table.clock_sigma_s is None else max(1, round(table.clock_sigma_s * 1e6)),
        detection_ppm=None if table.detection is None else _ppm(table.detection),
        clutter_milli=None if table.clutter_per_scan is None else _milli(table.clutter_per_scan),
        coverage=None if table.coverage is None else _coverage(table.coverage, where),
        patches=tuple(_patch(patch, f"{where}: patch {number + 1}") for number, patch in enumerate(table.patch)),
        horizon_sha256=None,
    )


def _refuse_half(table: SensorTable, where: str) -> None:
    """Refuse what cannot be used as it stands: half a place, and what is measured from a place that is not given."""
    if table.alt_hae_m is not None and table.alt_amsl_m is not None:
        raise Refused(f"{where}: alt_hae_m and alt_amsl_m are both given; keep one")
    heights = [height for height in (table.alt_hae_m, table.alt_amsl_m) if height is not None]
    given = [value is not None for value in (table.lat, table.lon)] + [bool(heights)]
    if any(given) and not all(given):
        raise Refused(f"{where}: a place is lat, lon and a height (alt_hae_m or alt_amsl_m); give all three or none")
    if all(given):
        return
    for name in ("range_sigma_m", "azimuth_sigma_deg", "elevation_sigma_deg", "coverage"):
        if getattr(table, name) is not None:
            raise Refused(
                f"{where}: {name} is given, and no place that it is measured from; give lat, lon and a height"
            )
    if table.patch:
        raise Refused(f"{where}: a patch is given, and no place that it is measured from; give lat, lon and a height")


def _alt_mm(table: SensorTable) -> int | None:
    if table.alt_hae_m is not None:
        return _milli(table.alt_hae_m)
    if table.alt_amsl_m is None or table.lat is None or table.lon is None:
        return None
    return _milli(table.alt_amsl_m) + horizon.geoid_mm(round(table.lat * 1e7), round(table.lon * 1e7))


def _coverage(table: CoverageTable, where: str) -> Coverage:
    if table.range_max_m <= table.range_min_m:
        raise Refused(f"{where}: coverage: range_max_m is not beyond range_min_m")
    if table.elevation_max_deg <= table.elevation_min_deg:
        raise Refused(f"{where}: coverage: elevation_max_deg is not above elevation_min_deg")
    both = table.floor_hae_m is not None and table.ceiling_hae_m is not None
    if both and (table.ceiling_hae_m or 0.0) <= (table.floor_hae_m or 0.0):
        raise Refused(f"{where}: coverage: ceiling_hae_m is not above floor_hae_m")
    begin, end = _sector(table.azimuth_from_deg, table.azimuth_to_deg, f"{where}: coverage")
    return Coverage(
        range_min_mm=_milli(table.range_min_m),
        range_max_mm=_milli(table.range_max_m),
        azimuth_from_urad=begin,
        azimuth_to_urad=end,
        elevation_min_urad=_urad(table.elevation_min_deg),
        elevation_max_urad=_urad(table.elevation_max_deg),
        floor_mm=_height_mm(table.floor_hae_m),
        ceiling_mm=_height_mm(table.ceiling_hae_m),
        horizon_urad=tuple(_urad(angle) for angle in table.horizon_deg or ()),
    )


def _sector(from_deg: float, to_deg: float, where: str) -> tuple[int, int]:
    """Return a sector in microradians; one that ends before it begins crosses north."""
    wide = to_deg - from_deg if to_deg > from_deg else to_deg - from_deg + _TURN_DEG
    if not 0.0 < wide <= _TURN_DEG:
        raise Refused(f"{where}: azimuth_from_deg {from_deg:g} to azimuth_to_deg {to_deg:g} is no sector")
    return _urad(from_deg), _urad(from_deg) + _urad(wide)


def _patch(table: PatchTable, where: str) -> Patch:
    if table.range_to_m <= table.range_from_m:
        raise Refused(f"{where}: range_to_m is not beyond range_from_m")
    begin, end = _sector(table.azimuth_from_deg, table.azimuth_to_deg, where)
    return Patch(
        azimuth_from_urad=begin,
        azimuth_to_urad=end,
        range_from_mm=_milli(table.range_from_m),
        range_to_mm=_milli(table.range_to_m),
        detection_ppm=_ppm(table.detection),
        clutter_ppm=_ppm(table.clutter),
    )


def _site(entry: Any, where: str) -> SiteProtected:  # noqa: ANN401
    table = _table(entry, SiteTable, where)
    begin_ns, until_ns = (
        0 if table.begin is None else _ns(table.begin, where),
        None if table.until is None else _ns(table.until, where),
    )
    if until_ns is not None and until_ns <= begin_ns:
        raise Refused(f"{where}: until is not after from")
    return SiteProtected(
        site_id=table.id,
        version=table.version,
        name=table.name,
        lat_e7=round(table.lat * 1e7),
        lon_e7=round(table.lon * 1e7),
        radius_mm=_milli(table.radius_m),
        from_ns=begin_ns,
        until_ns=until_ns,
    )


def _object(entry: Any, where: str) -> ObjectKnown:  # noqa: ANN401
    table = _table(entry, ObjectTable, where)
    if table.until <= table.begin:
        raise Refused(f"{where}: until is not after from")
    return ObjectKnown(
        object_id=table.id,
        kind=table.kind,
        lat_e7=round(table.lat * 1e7),
        lon_e7=round(table.lon * 1e7),
        radius_mm=_milli(table.radius_m),
        floor_mm=_height_mm(table.floor_hae_m),
        ceiling_mm=_height_mm(table.ceiling_hae_m),
        from_ns=_ns(table.begin, where),
        until_ns=_ns(table.until, where),
        source=table.source,
    )
