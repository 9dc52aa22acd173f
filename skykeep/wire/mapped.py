"""JSON lines of another system, read by a mapping that says what is where, in which unit and above what.

A mapping turns each report of a line into a track line (`tracks`), whose checks then hold for it too. It names values
by JSON Pointer (RFC 6901) within a report; a report is the line itself, or each item of the list at `each`.

    name = "acme"
    modality = "radar"
    each = "/detections"
    only = [{at = "/kind", equals = "drone"}]
    time = {at = "/t", form = "unix_ms"}
    track = {at = "/id"}
    lat = {at = "/pos/0", unit = "e7", unknown = [0]}
    lon = {at = "/pos/1", unit = "e7", unknown = [0]}
    altitude = {at = "/alt", unit = "ft", datum = "amsl", unknown = [-9999]}

null, empty text and what stands in `unknown` are unknown. A pointer that leads nowhere makes the report Unreadable,
because a misspelt one must not become "no height"; with `optional = true` it is unknown. Keys that no pointer names are
not looked at. A report whose place is unknown is a presence, without what belongs to a place. Every fault of a mapping
is Malformed with the key.
"""

from __future__ import annotations

import dataclasses
import decimal
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

import msgspec

from skykeep.errors import Malformed
from skykeep.facts.frame import Frame
from skykeep.facts.observed import Observed
from skykeep.facts.personal import Names
from skykeep.wire import lines, tracks
from skykeep.wire.jsontext import NUMBER_MAX, Json, kind, read, show
from skykeep.wire.moments import heard_ns, moment_ns
from skykeep.wire.reportline import time_ns

NAME = re.compile(r"[a-z][a-z0-9-]{0,29}")
REPORTS_MAX = 10_000
Value = str | int | float | bool

ANGLE = {"deg": "1", "e7": "1e-7"}
HEADING = {"deg": "1", "cdeg": "0.01", "mdeg": "0.001"}
LENGTH = {"m": "1", "mm": "0.001", "cm": "0.01", "km": "1000", "ft": "0.3048"}
SPEED = {
    "m/s": "1", "mm/s": "0.001", "cm/s": "0.01", "km/h": "5/18", "kt": "463/900", "mph": "0.44704", "ft/min": "0.00508",
}  # fmt: skip
TIME = ("iso8601", "iso8601_utc", "unix_s", "unix_ms", "unix_us", "unix_ns")
_PER_SECOND = {"unix_s": 1, "unix_ms": 1_000, "unix_us": 1_000_000, "unix_ns": 1_000_000_000}
_EXACT = decimal.Context(prec=2 * NUMBER_MAX, Emin=-(10**6), Emax=10**6, traps=[])
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,30})?")


class Where(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a value stands, or what it always is."""

    at: str | None = None  # JSON Pointer within a report
    value: Value | None = None  # instead of `at`: the same for all reports
    unit: str | None = None
    datum: str | None = None  # of a height: above what
    form: str | None = None  # of a time: how it is written
    kind: str | None = None  # of an id: serial, registration or session
    unknown: list[Value] = []  # what the sender writes where it does not know
    optional: bool = False  # nothing need stand there


class Only(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A report is taken in where this holds; others are passed over."""

    at: str
    equals: Value


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is where in the lines of one system."""

    name: str
    time: Where
    modality: str = "other"
    caption: str = ""
    each: str = ""  # JSON Pointer to the list of reports in a line; "": the line is the report
    only: list[Only] = []
    sensor: Where | None = None
    track: Where | None = None
    lat: Where | None = None
    lon: Where | None = None
    altitude: Where | None = None  # datum hae, amsl or std
    height: Where | None = None  # datum agl or takeoff
    speed: Where | None = None
    vspeed: Where | None = None
    heading: Where | None = None
    accuracy: Where | None = None  # 95 % radius
    alt_accuracy: Where | None = None  # 95 % bound
    uas_id: Where | None = None
    operator: Where | None = None
    manned: Where | None = None
    simulated: bool = False


_UNITS = {
    "lat": ANGLE, "lon": ANGLE, "altitude": LENGTH, "height": LENGTH, "accuracy": LENGTH, "alt_accuracy": LENGTH,
    "speed": SPEED, "vspeed": SPEED, "heading": HEADING,
}  # fmt: skip
_CHOICES = {
    ("altitude", "datum"): ("hae", "amsl", "std"), ("height", "datum"): ("agl", "takeoff"), ("time", "form"): TIME,
    ("uas_id", "kind"): ("serial", "registration", "session"),
}  # fmt: skip
_TEXTS = ("sensor", "track", "operator")


def checked(value: object) -> Mapping:
    """Return the mapping that a table (of TOML, as dicts) is; raises Malformed with the key that is wrong."""
    try:
        mapping = msgspec.convert(value, Mapping)
    except msgspec.ValidationError as error:
        raise Malformed(_words(error)) from error
    _refuse(mapping)
    return mapping


def _words(error: msgspec.ValidationError) -> str:
    said, _, at = str(error).partition(" - at `$")
    said = said.replace("Object contains unknown field", "there is no key").replace(
        "Object missing required field", "missing:"
    )
    return f"{at.rstrip('`').lstrip('.')}: {said}" if at else said


def _refuse(mapping: Mapping) -> None:
    if not NAME.fullmatch(mapping.name):
        raise Malformed(f"name: {show(mapping.name)} is not made of small letters, digits and -, at most 30 of them")
    if mapping.modality not in tracks.MODALITIES:
        raise Malformed(f"modality: {show(mapping.modality)} is none of {', '.join(tracks.MODALITIES)}")
    if (mapping.lat is None) != (mapping.lon is None):
        raise Malformed("lat and lon: only one of the two is mapped")
    _path("each", mapping.each)
    for number, only in enumerate(mapping.only):
        _path(f"only[{number}].at", only.at)
    for key in mapping.__struct_fields__:
        if isinstance(where := getattr(mapping, key), Where):
            _refuse_where(key, where)


def _refuse_where(key: str, where: Where) -> None:
    if (where.at is None) == (where.value is None):
        raise Malformed(f"{key}: give either at (where it stands) or value (what it always is)")
    _path(f"{key}.at", where.at or "")
    if where.value is not None and key == "time":
        raise Malformed("time: a time is not the same for all reports; give at")
    units = _UNITS.get(key)
    if units is None and where.unit is not None:
        raise Malformed(f"{key}.unit: {key} has no unit")
    if units is not None and where.unit not in units:
        raise Malformed(f"{key}.unit: {_said(where.unit)}; the units are {', '.join(units)}")
    for attribute in ("datum", "form", "kind"):
        choices = _CHOICES.get((key, attribute))
        said = getattr(where, attribute)
        if choices is None and said is not None:
            raise Malformed(f"{key}.{attribute}: {key} has no {attribute}")
        if choices is not None and said not in choices:
            raise Malformed(f"{key}.{attribute}: {_said(said)}; it is one of {', '.join(choices)}")


def _said(value: str | None) -> str:
    return "missing" if value is None else f"{show(value)} is not known"


def _path(key: str, pointer: str) -> tuple[str, ...]:
    """Return the steps of a JSON Pointer (RFC 6901, section 4)."""
    if pointer and not pointer.startswith("/"):
        raise Malformed(f"{key}: {show(pointer)} is no JSON Pointer; one begins with /, such as /position/lat")
    if re.search(r"~(?![01])", pointer):
        raise Malformed(f"{key}: {show(pointer)}: ~ stands for itself as ~0, and / as ~1")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


_Take = Callable[[Json], Json]


@dataclasses.dataclass(frozen=True, slots=True)
class _Field:
    """One key of a track line, and how it is taken out of a report."""

    key: str
    path: tuple[str, ...]
    constant: Json
    unknown: tuple[Json, ...]
    optional: bool
    take: _Take


class Reader:
    """Reads lines by one mapping; each of its functions is a codec's."""

    def __init__(self, mapping: Mapping) -> None:
        self._each = _path("each", mapping.each)
        self._only = [(_path("only", only.at), _plain(only.equals)) for only in mapping.only]
        self._fields = list(_fields(mapping))
        self._time = next(field for field in self._fields if field.key == "time")
        self._sensor = next((field for field in self._fields if field.key == "sensor"), None)
        self._always = {"modality": mapping.modality} | ({"simulated": True} if mapping.simulated else {})

    def decode(self, frame: Frame, index: int, names: Names) -> list[Observed]:
        """Return a fact for each report of a line; one that cannot be read becomes Unreadable. Never raises."""
        facts: list[Observed] = []
        try:
            reports = self._reports(frame.data)
        except Malformed as error:
            return [lines.unreadable(frame, index, str(error))]
        for where, report in reports:
            try:
                said = self._always | {field.key: _taken(field, report) for field in self._fields}
                if said.get("lat") is None or said.get("lon") is None:
                    said = _without_place(said)
                facts.append(tracks.reported(frame, index, names, said))
            except Malformed as error:
                facts.append(lines.unreadable(frame, index, f"{where}{error}"))
        return facts

    def _reports(self, data: bytes) -> list[tuple[str, Json]]:
        lines.refuse_long(data)
        line = read(data)
        if not self._each:
            found = [("", line)]
        else:
            each = _at(line, self._each)
            if not isinstance(each, list) or len(each) > REPORTS_MAX:
                where, what = "/".join(("", *self._each)), "nothing" if each is _NOWHERE else kind(each)
                raise Malformed(f"{where}: {what} where a list of at most {REPORTS_MAX} reports belongs")
            found = [(f"[{number}]: ", report) for number, report in enumerate(each)]
        return [one for one in found if all(_same(_at(one[1], path), equals) for path, equals in self._only)]

    def sensor_of(self, data: bytes) -> str | None:
        """Return the sensor that a line names, of its first report that does; None: none. Never raises."""
        if self._sensor is None:
            return None
        try:
            named = (_taken(self._sensor, report) for _, report in self._reports(data))
            return next((name for name in named if isinstance(name, str) and name), None)
        except Malformed:
            return None

    def arrival_ns(self, data: bytes) -> int:
        """Return the time of a line's first report; raises Malformed where that cannot be read."""
        reports = self._reports(data)
        if not reports:
            raise Malformed("no report, so no time")
        return time_ns({"time": _taken(self._time, reports[0][1])}, "time")

    def records(self, stream: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
        """Yield (t_arrival_ns, line) for each line of a stream."""
        return lines.timed(lines.split(stream), self.arrival_ns)

    def sniff(self, line: bytes) -> bool:
        """Say whether a line is one of this mapping: it has a time where that says."""
        try:
            return self.arrival_ns(line) > 0
        except Malformed:
            return False


def _fields(mapping: Mapping) -> Iterator[_Field]:
    for name in mapping.__struct_fields__:
        where = getattr(mapping, name)
        if isinstance(where, Where):
            yield _Field(
                _key(name, where),
                _path(name, where.at or ""),
                None if where.value is None else _plain(where.value),
                tuple(map(_plain, where.unknown)),
                where.optional,
                _take(name, where),
            )


def _key(name: str, where: Where) -> str:
    """Return the key of a track line for a key of a mapping."""
    match name:
        case "altitude":
            return f"alt_{where.datum}_m"
        case "height":
            return f"height_{where.datum}_m"
        case "uas_id":
            return str(where.kind)
    return {
        "speed": "speed_mps", "vspeed": "vspeed_mps", "heading": "heading_deg", "accuracy": "accuracy_m",
        "alt_accuracy": "alt_accuracy_m",
    }.get(name, name)  # fmt: skip


def _take(name: str, where: Where) -> _Take:
    if name in _UNITS:
        return _scaled(_UNITS[name][str(where.unit)])
    if name == "time":
        return _moment(str(where.form))
    return _text if name in _TEXTS or name == "uas_id" else lambda value: value


def _plain(value: Value) -> Json:
    """Return a value of TOML as JSON has it: decimals and no floats."""
    return Decimal(repr(value)) if isinstance(value, float) else value


_NOWHERE: Json = object()


def _at(value: Json, path: tuple[str, ...]) -> Json:
    """Return what stands at the end of a path; `_NOWHERE` where it leads nowhere."""
    for step in path:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isascii() and step.isdigit() and len(step) < 6 and int(step) < len(value):
            value = value[int(step)]
        else:
            return _NOWHERE
    return value


def _same(value: Json, other: Json) -> bool:
    """Say whether two values are equal; true is not 1."""
    return isinstance(value, bool) == isinstance(other, bool) and bool(value == other)


def _taken(field: _Field, report: Json) -> Json:
    value = field.constant if field.constant is not None else _at(report, field.path)
    if value is _NOWHERE:
        if field.optional:
            return None
        where = "/".join(("", *field.path))
        raise Malformed(f"{field.key}: nothing stands at {where}; if that may be, map it with optional = true")
    if value is None or value == "" or any(_same(value, one) for one in field.unknown):
        return None
    try:
        return field.take(value)
    except Malformed as error:
        raise Malformed(f"{field.key}: {error}") from error


def _without_place(said: dict[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in said.items() if key not in _OF_A_PLACE}


_OF_A_PLACE = frozenset({"lat", "lon", *tracks.OF_A_PLACE})


def _number(value: Json) -> Decimal:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return Decimal(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Malformed(f"{kind(value)} ({show(value)}) where a number belongs")
    if isinstance(value, int) and abs(value) >> 100:
        raise Malformed("a number with too many digits")
    return Decimal(value)


def _scaled(factor: str) -> _Take:
    over, _, under = factor.partition("/")
    times, by = Decimal(over), Decimal(under or 1)

    def scaled(value: Json) -> Decimal:
        product = _EXACT.multiply(_number(value), times)
        return product if by == 1 else _EXACT.divide(product, by)

    return scaled


def _moment(form: str) -> _Take:
    def moment(value: Json) -> Json:
        if form == "iso8601_utc":
            return _EXACT.divide(Decimal(heard_ns(_required_text(value), zone_assumed=True)), Decimal(10**9))
        if form == "iso8601":
            return _EXACT.divide(Decimal(moment_ns(_required_text(value))), Decimal(10**9))
        return _EXACT.divide(_number(value), Decimal(_PER_SECOND[form]))

    return moment


def _required_text(value: Json) -> str:
    if not isinstance(value, str):
        raise Malformed(f"{kind(value)} ({show(value)}) where a moment such as 2026-05-01T10:00:00Z belongs")
    return value


def _text(value: Json) -> Json:
    """Return text; a whole number is the text of its digits."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
