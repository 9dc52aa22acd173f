"""ADS-B tracks as rows: one JSON object a line, a moment of one aircraft, as track archives export them.

    {"t": 1558732719.0, "icao24": "4b43ac", "callsign": "REGA1", "lat": 47.3665, "lon": 8.5006, "baro_alt_ft": 1950,
     "geo_alt_ft": 2175, "gs_kt": 51.08, "track_deg": 93.36, "vrate_fpm": 768, "squawk": "7100", "on_ground": false}

`t` is Unix seconds by the receiver's clock, `baro_alt_ft` is above 1013.25 hPa (STD), `geo_alt_ft` above the WGS 84
ellipsoid (HAE). `t` and `icao24` are required, null means unknown, and a key that is not above is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from skykeep.errors import Malformed
from skykeep.facts.frame import Frame
from skykeep.facts.observed import AircraftHeard, Observed
from skykeep.facts.personal import NameKind, Names
from skykeep.geo.altitude import Datum
from skykeep.wire import lines, quantity, readsb
from skykeep.wire.jsontext import BOM, Json, read_object, refuse_unknown, show
from skykeep.wire.moments import moment_ns

KEYS = (
    "t", "icao24", "callsign", "lat", "lon", "baro_alt_ft", "geo_alt_ft", "gs_kt", "track_deg", "vrate_fpm", "squawk",
    "on_ground",
)  # fmt: skip

_BEGINS = re.compile(rb'\s*\{\s*"t"\s*:')
_ICAO24 = re.compile(r"~?[0-9A-Fa-f]{6}")


def decode(frame: Frame, index: int, names: Names) -> list[Observed]:
    """Return the AircraftHeard of one row, or Unreadable with the reason. Never raises."""
    try:
        lines.refuse_long(frame.data)
        row = read_object(frame.data, unique=True)
        refuse_unknown(row, KEYS)
        return [_heard(frame, index, names, row)]
    except Malformed as error:
        return [lines.unreadable(frame, index, str(error))]


def _heard(frame: Frame, index: int, names: Names, row: dict[str, Json]) -> AircraftHeard:
    address = quantity.take_text(row, "icao24")
    if address is None or not _ICAO24.fullmatch(address):
        raise Malformed(f"icao24: {show(address)} is no 24-bit address in six hexadecimal digits")
    place = readsb.place_known(row)
    return AircraftHeard(
        sensor_id=frame.sensor_id,
        transmitter=names.pseudonym(NameKind.TRANSMITTER, address),
        t_event_ns=_t_ns(row),
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=frame.link_trust,
        frame=index,
        callsign=readsb.callsign(row, "callsign", names),
        source="adsb_row",
        category=None,
        on_ground=quantity.take_bool(row, "on_ground"),
        lat_e7=place and place[0],
        lon_e7=place and place[1],
        altitude=quantity.take_altitude(row, "geo_alt_ft", *readsb.ALT_FT, quantity.FOOT, Datum.HAE),
        pressure_altitude=quantity.take_altitude(row, "baro_alt_ft", *readsb.ALT_FT, quantity.FOOT, Datum.STD),
        speed_mmps=quantity.take(row, "gs_kt", *readsb.SPEED_KT, quantity.KNOT),
        vspeed_mmps=quantity.take(row, "vrate_fpm", *readsb.RATE_FTMIN, quantity.FOOT_A_MINUTE),
        heading_mdeg=quantity.take_heading_mdeg(row, "track_deg"),
        pos_accuracy_mm=None,
        alt_accuracy_mm=None,
        squawk=readsb.squawk(row),
    )


def _t_ns(row: dict[str, Json]) -> int:
    if row.get("t") is None:
        raise Malformed("t: missing; without it nobody knows when this was heard")
    return moment_ns(row["t"])


def arrival_ns(line: bytes) -> int:
    """Return the row's own time, which is all that an archive knows of its arrival."""
    lines.refuse_long(line)
    return _t_ns(read_object(line))


def records(stream: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield (t_arrival_ns, row) for each line of a stream."""
    return lines.timed(lines.split(stream), arrival_ns)


def sniff(line: bytes) -> bool:
    """Say whether a stream that begins with this line holds such rows."""
    begins = line.removeprefix(BOM)[:4096]
    return _BEGINS.match(begins) is not None and b'"icao24"' in begins
