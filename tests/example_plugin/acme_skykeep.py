"""The semicolon lines of an invented radar: time;track;latitude;longitude;metres above mean sea level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation

from skykeep.errors import Malformed
from skykeep.facts.frame import Frame
from skykeep.facts.observed import IdKind, Observed, PositionReported
from skykeep.facts.personal import NameKind, Names
from skykeep.geo.altitude import Altitude, Datum
from skykeep.station.formats import Format
from skykeep.wire import lines
from skykeep.wire.moments import moment_ns


def _fields(line: bytes) -> list[str]:
    fields = line.decode("ascii", "replace").split(";")
    if len(fields) != 6 or fields[0] != "ACME":
        raise Malformed(f"{len(fields)} fields that are not ACME;time;track;lat;lon;altitude")
    return fields


def _scaled(name: str, text: str, factor: int, limit: int) -> int:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise Malformed(f"{name}: no number") from error
    if not value.is_finite() or not -limit <= value <= limit:
        raise Malformed(f"{name}: out of range")
    return round(value * factor)


def decode(frame: Frame, index: int, names: Names) -> list[Observed]:
    """Return the plot of one line, or Unreadable with the reason. Never raises."""
    try:
        _, time, track, lat, lon, altitude = _fields(frame.data)
        return [
            PositionReported(
                sensor_id=frame.sensor_id,
                transmitter=names.pseudonym(NameKind.TRANSMITTER, f"{frame.sensor_id}:{track}"),
                t_event_ns=moment_ns(time),
                t_arrival_ns=frame.t_arrival_ns,
                link_trust=frame.link_trust,
                frame=index,
                modality="radar",
                manned=None,
                uas_id=None,
                id_kind=IdKind.NONE,
                operator_id=None,
                lat_e7=_scaled("latitude", lat, 10_000_000, 90),
                lon_e7=_scaled("longitude", lon, 10_000_000, 180),
                altitude=Altitude(_scaled("altitude", altitude, 1_000, 20_000), Datum.AMSL),
                height=None,
                speed_mmps=None,
                vspeed_mmps=None,
                heading_mdeg=None,
                pos_accuracy_mm=None,
                alt_accuracy_mm=None,
            )
        ]
    except Malformed as error:
        return [lines.unreadable(frame, index, str(error))]


def _records(stream: Iterable[bytes]) -> Iterator[tuple[int, int | None, bytes]]:
    timed = lines.timed(lines.split(stream), lambda line: moment_ns(_fields(line)[1]))
    return ((t_ns, None, line) for t_ns, line in timed)


FORMAT = Format(
    "acme",
    "radar",
    "semicolon lines of an invented radar",
    lambda head: head.startswith(b"ACME;"),
    _records,
    decode,
    cutter=lines.Lines,
    whole=False,
)
