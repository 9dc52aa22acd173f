"""Raw bytes as they came from outside, a leaf of the record in their own right."""

from __future__ import annotations

import msgspec

from skykeep.facts.observed import LinkTrust


class Frame(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="frame/1", gc=False):
    """One frame as a source delivered it; `wire` turns it into facts, the record keeps it beside them.

    `format` names the codec ("remote-id", "readsb" ...); `link` is the pcap link type where that matters
    (105 = IEEE 802.11, 127 = radiotap, 251 = Bluetooth LE, 272 = nRF sniffer), else None.
    """

    format: str
    link: int | None
    sensor_id: str
    t_event_ns: int
    t_arrival_ns: int
    link_trust: LinkTrust
    data: bytes
