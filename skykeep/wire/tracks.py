"""Track lines: one JSON object a line, the easiest way in for a system that already follows something.

    {"time": "2026-05-01T10:00:00.25Z", "sensor": "radar-north", "track": "17", "modality": "radar",
     "lat": 50.4501, "lon": 30.5234, "alt_amsl_m": 210, "speed_mps": 14.5, "heading_deg": 271, "accuracy_m": 25}

Only `time` is required. With `lat` and `lon` a line becomes PositionReported, without them PresenceReported. The keys,
their units and ranges are published as skykeep/schemas/track-line.schema.json and told in
docs/reference/formats/tracks.md. Nothing is ignored: an unknown key, a number written as text or a value out of its
range makes the line Unreadable, with the name of the field, because a misspelt height must not become "no height".
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from skykeep.errors import Malformed
from skykeep.facts.frame import Frame
from skykeep.facts.observed import IdKind, LinkTrust, Observed, PositionReported, PresenceReported
from skykeep.facts.personal import NameKind, Names
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import lines, quantity
from skykeep.wire.identity import name_kind, without_secret
from skykeep.wire.jsontext import BOM, Json, read_object, refuse_unknown
from skykeep.wire.quantity import MILLI, take, take_altitude, take_bool, take_text
from skykeep.wire.reportline import (  # a codec has all of these, be it its own or shared
    accuracy_mm,
    arrival_ns,  # noqa: F401
    modality,
    records,  # noqa: F401
    sensor_of,  # noqa: F401
    time_ns,
)

MODALITIES = ("radar", "rf", "remote_id", "adsb", "camera", "acoustic", "witness", "other")

ALTITUDES = {"alt_hae_m": Datum.HAE, "alt_amsl_m": Datum.AMSL, "alt_std_m": Datum.STD}
HEIGHTS = {"height_agl_m": Datum.AGL, "height_takeoff_m": Datum.TAKEOFF}
IDENTITIES = {"serial": IdKind.SERIAL, "registration": IdKind.REGISTRATION, "session": IdKind.SESSION}
ABOUT = ("time", "arrival", "sensor", "track", "modality", "operator", "manned", "simulated")
OF_A_PLACE = (*ALTITUDES, *HEIGHTS, "speed_mps", "heading_deg", "vspeed_mps", "accuracy_m", "alt_accuracy_m")
KEYS = (*ABOUT, *IDENTITIES, "lat", "lon", *OF_A_PLACE)

_KNOWN = dict.fromkeys(KEYS)

LOWEST_M, HIGHEST_M = -999, 100_000

_WHICH_HEIGHT = "alt_hae_m, alt_amsl_m, height_agl_m or height_takeoff_m: say above what"
_MEANT = {
    "altitude": _WHICH_HEIGHT, "alt": _WHICH_HEIGHT, "alt_m": _WHICH_HEIGHT, "altitude_m": _WHICH_HEIGHT,
    "height": _WHICH_HEIGHT, "height_m": _WHICH_HEIGHT, "elevation": _WHICH_HEIGHT, "z": _WHICH_HEIGHT,
    "latitude": '"lat"', "longitude": '"lon"', "lng": '"lon"', "long": '"lon"',
    "timestamp": '"time"', "ts": '"time"', "t": '"time"', "datetime": '"time"', "sensor_id": '"sensor"',
    "id": '"track", "serial", "registration" or "session"', "uas_id": '"serial", "registration" or "session"',
    "speed": '"speed_mps", in metres a second', "velocity": '"speed_mps", in metres a second',
    "heading": '"heading_deg", the direction of motion', "course": '"heading_deg", the direction of motion',
    "type": '"modality"', "operator_id": '"operator"',
}  # fmt: skip


def decode(frame: Frame, index: int, names: Names) -> list[Observed]:
    """Return the one fact that a line says, or Unreadable with the reason. Never raises."""
    try:
        line = _read(frame.data)
        return [reported(frame, index, names, line)]
    except Malformed as error:
        return [lines.unreadable(frame, index, str(error))]


def _read(data: bytes) -> dict[str, Json]:
    lines.refuse_long(data)
    line = read_object(data, unique=True)
    refuse_unknown(line, _KNOWN, meant=_MEANT)
    return line


def reported(frame: Frame, index: int, names: Names, line: dict[str, Json]) -> Observed:
    """Return the fact of one track line, read and with known keys only; raises Malformed with the key that is wrong.

    Its sensor is the frame's: who cuts frames asks `sensor_of`, and knows whether that sensor may be named there.
    """
    take_text(line, "sensor")  # checked here, used by `sensor_of`
    uas_id, id_kind = _identity(line, names)
    operator = take_text(line, "operator")
    presence = PresenceReported(
        sensor_id=frame.sensor_id,
        transmitter=_transmitter(line, frame.sensor_id, names),
        t_event_ns=time_ns(line, "time"),
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=LinkTrust.SIMULATED if take_bool(line, "simulated") else frame.link_trust,
        frame=index,
        modality=modality(line, MODALITIES),
        manned=take_bool(line, "manned"),
        uas_id=uas_id,
        id_kind=id_kind,
        operator_id=None if operator is None else names.pseudonym(NameKind.OPERATOR_ID, without_secret(operator)),
    )
    if line.get("arrival") is not None:
        time_ns(line, "arrival")  # checked here, used by `records`
    place = quantity.take_place(line)
    return _without_place(line, presence) if place is None else _with_place(line, presence, place)


def _without_place(line: dict[str, Json], presence: PresenceReported) -> PresenceReported:
    for key in OF_A_PLACE:
        if line.get(key) is not None:
            raise Malformed(f"{key}: given without lat and lon; a report without a place has no {key} either")
    return presence


def _with_place(line: dict[str, Json], presence: PresenceReported, place: tuple[int, int]) -> PositionReported:
    if place == (0, 0):
        raise Malformed("lat, lon: 0, 0 is how broken senders say unknown; leave both out")
    altitude, height = _height(line, ALTITUDES), _height(line, HEIGHTS)
    alt_accuracy_mm = accuracy_mm(line, "alt_accuracy_m")
    if alt_accuracy_mm is not None and altitude is None and height is None:
        raise Malformed("alt_accuracy_m: given without a height")
    return PositionReported(
        **msgspec.structs.asdict(presence),
        lat_e7=place[0],
        lon_e7=place[1],
        altitude=altitude,
        height=height,
        speed_mmps=take(line, "speed_mps", 0, 1_000, MILLI),
        vspeed_mmps=take(line, "vspeed_mps", -500, 500, MILLI),
        heading_mdeg=quantity.take_heading_mdeg(line, "heading_deg"),
        pos_accuracy_mm=accuracy_mm(line, "accuracy_m"),
        alt_accuracy_mm=alt_accuracy_mm,
    )


def _one_of(line: dict[str, Json], keys: Iterable[str]) -> str | None:
    given = [key for key in keys if line.get(key) is not None]
    if len(given) > 1:
        raise Malformed(f"{' and '.join(given)}: only one of them can be kept; give one")
    return given[0] if given else None


def _height(line: dict[str, Json], datums: dict[str, Datum]) -> Altitude | None:
    key = _one_of(line, datums)
    if key is None:
        return None
    return take_altitude(line, key, LOWEST_M, HIGHEST_M, MILLI, datums[key])


def _identity(line: dict[str, Json], names: Names) -> tuple[str | None, IdKind]:
    key = _one_of(line, IDENTITIES)
    value = None if key is None else take_text(line, key)
    if key is None or value is None:
        return None, IdKind.NONE
    return names.pseudonym(name_kind(IDENTITIES[key]), value), IDENTITIES[key]


def _transmitter(line: dict[str, Json], sensor_id: str, names: Names) -> str:
    """Return the pseudonym of the track within its sensor: two radars may both have a track 17."""
    track = line.get("track")
    if isinstance(track, int | Decimal) and not isinstance(track, bool):
        text: str | None = str(quantity.take_whole(line, "track", -(10**18), 10**18))
    else:
        text = take_text(line, "track")
    return "" if text is None else names.pseudonym(NameKind.TRANSMITTER, f"{sensor_id}:{text}")


def sniff(line: bytes) -> bool:
    """Say whether a stream that begins with this line holds track lines."""
    begins = line.removeprefix(BOM).lstrip()[:4096]
    return begins.startswith(b"{") and b'"time"' in begins and b'"now"' not in begins
