"""What track lines and plot lines have in common: when, by which sensor, of which modality, how sure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from skykeep.errors import Malformed
from skykeep.wire import lines, quantity
from skykeep.wire.jsontext import Json, kind, read_object, show
from skykeep.wire.moments import moment_ns
from skykeep.wire.quantity import MILLI, take_text


def accuracy_mm(line: dict[str, Json], key: str) -> int | None:
    """Return an accuracy given in metres, at least 1 mm; None where it is not given."""
    value = quantity.take_number(line, key, 0, 1_000_000)
    if value == 0:
        raise Malformed(f"{key}: 0; nothing is exact, leave it out where it is unknown")
    return None if value is None else max(1, quantity.scaled(value, MILLI))


def modality(line: dict[str, Json], known: tuple[str, ...]) -> str:
    """Return the line's modality, "other" where it names none; raises Malformed where it is not among `known`."""
    named = line.get("modality")
    if named is None:
        return "other"
    if named not in known:
        raise Malformed(f"modality: {show(named)} is none of {', '.join(known)}")
    return str(named)


def time_ns(line: dict[str, Json], key: str) -> int:
    """Return the moment under a key (Unix nanoseconds); raises Malformed where it is missing or none."""
    value = line.get(key)
    if value is None:
        raise Malformed(f"{key}: missing; without it nobody knows when this was seen")
    if isinstance(value, bool | list | dict):
        raise Malformed(f"{key}: {kind(value)} where a moment belongs")
    try:
        return moment_ns(value)
    except Malformed as error:
        raise Malformed(f"{key}: {error}") from error


def sensor_of(line: bytes) -> str | None:
    """Return the sensor that a line names; None where it names none or cannot be read. Never raises."""
    try:
        lines.refuse_long(line)
        return take_text(read_object(line), "sensor")
    except Malformed:
        return None


def arrival_ns(line: bytes) -> int:
    """Return `arrival`, else `time`; raises Malformed where neither can be read."""
    lines.refuse_long(line)
    of = read_object(line)
    return time_ns(of, "arrival" if of.get("arrival") is not None else "time")


def records(stream: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield (t_arrival_ns, line) for each line of a stream."""
    return lines.timed(lines.split(stream), arrival_ns)
