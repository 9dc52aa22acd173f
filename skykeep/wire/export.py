"""What an export of zones gives: the bytes, and in words what their format could not carry."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Exported:
    """One file, and zone by zone what it does not say although the zone does.

    Each entry of `lost` begins with the zone's id and a colon: "CTR1: hours are not in the file".
    """

    data: bytes
    lost: list[str]
