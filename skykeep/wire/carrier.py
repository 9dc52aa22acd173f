"""What a radio frame carried of Remote ID, before anybody reads the message itself.

A carrier module answers a link-layer frame with a list of these: empty where the frame is not Remote ID at all.
"""

from __future__ import annotations

from typing import NamedTuple


class Carried(NamedTuple):
    """One Remote ID payload found in a frame, or the reason why there is none although it is one."""

    mac: str  # of the sender, "aa:bb:cc:dd:ee:ff"; "" where the frame does not say, or cannot be trusted to
    payload: bytes  # one message or one pack, without the counter before it
    fault: str = ""  # why `payload` must not be read
    is_dji: bool = False  # the payload is an element of DJI's DroneID, from its OUI on, and no Open Drone ID


def mac_text(address: bytes) -> str:
    """Return six bytes, first on air first, as people write them."""
    return address.hex(":")
