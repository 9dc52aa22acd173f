"""What is known of one flight at one moment: all that the law is allowed to look at."""

from __future__ import annotations

import msgspec

from skykeep.facts.concluded import Trust
from skykeep.geo.altitude import Altitude


class Height(msgspec.Struct, frozen=True):
    """One height with its spread (one standard deviation)."""

    altitude: Altitude
    sigma_mm: int


class Flight(msgspec.Struct, frozen=True):
    """A flight at `t_ns` as the watch knows it; the same type serves a request ("may I fly here?").

    `heights` holds at most one height for each datum. The ids are pseudonyms, None where none was heard:
    `uas_id` a serial, registration or UTM id, `other_ids` what it gives of those kinds besides, `session_id` a session
    id, `operator_id` an operator's registration.
    """

    t_ns: int
    lat_e7: int
    lon_e7: int
    pos_sigma_m: float
    heights: tuple[Height, ...]
    uas_id: str | None
    session_id: str | None
    operator_id: str | None
    trust: Trust
    manned: bool
    other_ids: tuple[str, ...] = ()

    @property
    def contradicted(self) -> bool:
        """Whether another place or an impossible motion gives its identity the lie."""
        return self.trust is Trust.CONTRADICTED
