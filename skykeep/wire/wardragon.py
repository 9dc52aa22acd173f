"""What WarDragon kits and their kin publish over ZMQ: Remote ID as JSON, worded by the program that decoded it.

Sources: bkerler/DroneID (`OpenDroneID/`, zmq_decoder.py), alphafox02's DragonSync (core/telemetry_parser.py, tests),
antsdr_dji_droneid (dji_receiver.py), droneid-go's README, and the ESP32 scanners that kits carry. A ZMQ message is

    a list    [{"Basic ID": {...}}, {"Location/Vector Message": {...}, "MAC": "..."}, ...]   one message an object
    a dict    {"index": 7, "runtime": 12, "Basic ID": {...}, "Location/Vector Message": {...}, ...}   of an ESP32
    raw       {"DroneID": {"aa:bb:...": {"AdvData": "f019..."}}}, {"AUX_ADV_IND": {...}, "aext": {...}, "AdvData": ...}

or, in a recording, {"t": Unix seconds, "msg": one of these}. It tells no time at which anything was heard: that is when
it arrived. What is read of each message, and what of it not, is in `wardragon_message`.

An id that begins with "drone-alert" is the receiver's word for "a DJI radio whose id I cannot read"; it puts its own
place where the drone's should be, so that becomes PresenceReported (rf), without a place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from skykeep.errors import Malformed
from skykeep.facts.frame import Frame
from skykeep.facts.observed import IdKind, Observed, PresenceReported
from skykeep.facts.personal import NameKind, Names
from skykeep.wire import bluetooth_le, lines, remote_id
from skykeep.wire.jsontext import BOM, Json, kind, read, show
from skykeep.wire.moments import moment_ns
from skykeep.wire.quantity import take_text
from skykeep.wire.wardragon_message import MESSAGES, Heard

ALERT = "drone-alert"
MESSAGES_MAX = 100
_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")
_OF_THE_KIT = ("Health", "heartbeat", "gps_data", "system_stats")  # of the kit itself: no observation
_HEX_MAX = 2_048


class _Set(NamedTuple):
    """What one ZMQ message tells of one transmitter."""

    messages: list[tuple[str, Json]]
    mac: str
    by_esp32: bool


def decode(frame: Frame, index: int, names: Names) -> list[Observed]:
    """Return the facts of one ZMQ message; what of it cannot be read becomes Unreadable, alone. Never raises."""
    try:
        lines.refuse_long(frame.data)
        said, mac = _unwrapped(read(frame.data))
        if isinstance(said, dict) and ("DroneID" in said or "AdvData" in said):
            return _raw(said, frame, index, names)
        found = _set(said, mac)
    except Malformed as error:
        return [lines.unreadable(frame, index, str(error))]
    return [] if found is None else _facts_of(found, frame, index, names)


def _unwrapped(value: Json) -> tuple[Json, str]:
    """Return a ZMQ message and the address beside it, out of the line of a recording."""
    if isinstance(value, dict) and "msg" in value:
        return value["msg"], _mac(value, "mac")
    return value, ""


def _mac(of: dict[str, Json], key: str) -> str:
    """Return an address; "" where there is none. What follows it, such as "(random)", is cut."""
    said = take_text(of, key)
    mac = said.split()[0].lower() if said else ""
    if mac and not _MAC.fullmatch(mac):
        raise Malformed(f"{key}: {show(said)} is not six octets like aa:bb:cc:dd:ee:ff")
    return mac


def _set(said: Json, mac: str) -> _Set | None:
    """Return what is told; None where it is only of the kit itself."""
    if not isinstance(said, list | dict):
        raise Malformed(f"{kind(said)} where a list of messages or an object belongs")
    objects = said if isinstance(said, list) else [said]
    if len(objects) > MESSAGES_MAX:
        raise Malformed(f"{len(objects)} messages at once, at most {MESSAGES_MAX} are read")
    messages: list[tuple[str, Json]] = []
    for at, one in enumerate(objects):
        if one is None:
            continue  # how the decoder writes a message of a type that it does not know
        if not isinstance(one, dict):
            raise Malformed(f"[{at}]: {kind(one)} where an object belongs")
        messages += [(name, one[name]) for name in MESSAGES if name in one]
        mac = mac or _mac(one, "MAC") or _basic_mac(one) or _mac(_part(one, "aext"), "AdvA")
    if messages:
        return _Set(messages, mac, isinstance(said, dict))
    if isinstance(said, dict) and any(key in said for key in _OF_THE_KIT):
        return None
    raise Malformed(f"none of {', '.join(MESSAGES)}")


def _part(one: dict[str, Json], key: str) -> dict[str, Json]:
    part = one.get(key)
    return part if isinstance(part, dict) else {}


def _basic_mac(one: dict[str, Json]) -> str:
    return _mac(_part(one, "Basic ID"), "MAC")


def _facts_of(found: _Set, frame: Frame, index: int, names: Names) -> list[Observed]:
    basics = [said for name, said in found.messages if name == "Basic ID" and isinstance(said, dict)]
    ids = [said["id"].strip() for said in basics if isinstance(said.get("id"), str)]
    alert = next((one for one in ids if one.startswith(ALERT)), None)
    mac = found.mac or next((one.lower() for one in ids if _MAC.fullmatch(one.lower())), "")
    transmitter = _transmitter(mac, alert or next(iter(ids), ""), frame, names)
    if alert is not None:
        return [_presence(frame, index, transmitter)]
    heard = Heard(
        frame,
        index,
        transmitter,
        names,
        by_esp32=found.by_esp32,
        is_dji=any("description" in said for said in basics),
        labelled=not (found.by_esp32 and basics and not any("ua_type" in said or "MAC" in said for said in basics)),
    )
    facts: list[Observed] = []
    for name, said in found.messages:
        try:
            if not isinstance(said, dict):
                raise Malformed(f"{kind(said)} where an object belongs")
            facts += MESSAGES[name](heard, said)
        except Malformed as error:
            facts.append(lines.unreadable(frame, index, f"{name}: {error}", transmitter=transmitter))
    return facts


def _transmitter(mac: str, identity: str, frame: Frame, names: Names) -> str:
    """Return the pseudonym of the address, or where there is none, of the id as this sensor heard it.

    The messages of one ZMQ message are of one drone, and must not be taken for those of another that has no address.
    """
    if mac:
        return names.pseudonym(NameKind.TRANSMITTER, mac)
    if identity and identity not in {ALERT, "NONE", "unknown"}:
        return names.pseudonym(NameKind.TRANSMITTER, f"{frame.sensor_id}:{identity[:64]}")
    return ""


def _presence(frame: Frame, index: int, transmitter: str) -> Observed:
    return PresenceReported(
        sensor_id=frame.sensor_id,
        transmitter=transmitter,
        t_event_ns=frame.t_event_ns,
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=frame.link_trust,
        frame=index,
        modality="rf",
        manned=False,
        uas_id=None,
        id_kind=IdKind.NONE,
        operator_id=None,
    )


def _raw(said: dict[str, Json], frame: Frame, index: int, names: Names) -> list[Observed]:
    """Return the facts of messages that come as they were on air, from the ports before the decoder."""
    facts: list[Observed] = []
    for mac, payload in _payloads(said):
        transmitter = names.pseudonym(NameKind.TRANSMITTER, mac) if mac else ""
        try:
            facts += remote_id.facts_of(payload, frame, index, transmitter, names)
        except Malformed as error:
            facts.append(lines.unreadable(frame, index, str(error), transmitter=transmitter))
    return facts


def _payloads(said: dict[str, Json]) -> Iterator[tuple[str, bytes]]:
    if "AdvData" in said:
        mac = _mac(_part(said, "aext"), "AdvA") or _mac(said, "AdvA")
        yield from ((mac, one) for one in bluetooth_le.payloads(_hex(said)))
        return
    by_address = said["DroneID"]
    if not isinstance(by_address, dict) or len(by_address) > MESSAGES_MAX:
        raise Malformed(f"DroneID: {kind(by_address)} where an object of at most {MESSAGES_MAX} addresses belongs")
    for address, one in by_address.items():
        if isinstance(one, dict) and "AdvData" in one:
            yield _mac({"DroneID": address}, "DroneID"), _hex(one)


def _hex(of: dict[str, Json]) -> bytes:
    try:
        return bytes.fromhex(take_text(of, "AdvData", _HEX_MAX) or "")
    except ValueError as error:
        raise Malformed(f"AdvData: no hexadecimal: {error}") from error


def arrival_ns(line: bytes) -> int:
    """Return when a recorded message arrived; raises Malformed where the line does not say."""
    lines.refuse_long(line)
    value = read(line)
    moment = value.get("t", value.get("rx")) if isinstance(value, dict) else None
    if moment is None:
        raise Malformed("t: missing; a recording has the time of arrival beside each message")
    return moment_ns(moment)


def records(stream: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield (t_arrival_ns, line) for each line of a recording."""
    return lines.timed(lines.split(stream), arrival_ns)


def bare_records(stream: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield (0, ZMQ message) for each line of a file that says no times."""
    return ((0, line) for line in lines.split(stream))


def is_log(line: bytes) -> bool:
    """Say whether a stream that begins with this line is a recording with times."""
    begins = line.removeprefix(BOM)[:4_096]
    return re.match(rb'\s*\{\s*"(?:t|rx)"\s*:', begins) is not None and b'"msg"' in begins


def sniff(line: bytes) -> bool:
    """Say whether a stream that begins with this line holds ZMQ messages of such a kit, one a line."""
    begins = line.removeprefix(BOM)[:4_096].lstrip()
    return begins[:1] in {b"[", b"{"} and not is_log(line) and any(mark in begins for mark in _MARKS)


_MARKS = (b'"Basic ID"', b'"Location/Vector Message"', b'"DroneID"', b'"AUX_ADV_IND"')
