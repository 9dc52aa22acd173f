"""What is known of one flight at one moment: all that the law is allowed to look at."""

from __future__ import annotations

import msgspec

from skykeep.facts.concluded import Trust
from skykeep.geo.altitude import Altitude


class Height(msgspec.Struct, frozen=True):
    """One height with its spread (one standard deviation); `by` names what it was derived with, empty: as reported."""

    altitude: Altitude
    sigma_mm: int
    by: tuple[str, ...] = ()


class Stood(msgspec.Struct, frozen=True, array_like=True):
    """Where an aircraft stood on the ground by its own word, and the height above take-off that it gave there."""

    t_ns: int
    lat_e7: int
    lon_e7: int
    pos_sigma_mm: int
    above_takeoff_mm: int
    sigma_mm: int  # of that height


class Flight(msgspec.Struct, frozen=True):
    """A flight at `t_ns` as the watch knows it; the same type serves a request ("may I fly here?").

    `heights` holds at most one height for each datum. The ids are pseudonyms, None where none was heard:
    `uas_id` a serial, registration or UTM id, `other_ids` what it gives of those kinds besides, `session_id` a session
    id, `operator_id` an operator's registration. `takeoff_ground` is the height of the ground where it took off, AMSL
    or HAE; `stood` where it was on the ground, from which terrain can tell it. `levels` names what is known at its
    place to make datums comparable; `rules.heights` fills it in. Mass at take-off, category ("open", "A1" ...)
    and mission ("police" ...) are what whoever asks says of it: no sensor tells them, so the watch leaves them None.
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
    takeoff_ground: Height | None = None
    stood: Stood | None = None
    levels: tuple[str, ...] = ()
    mass_g: int | None = None
    category: str | None = None
    mission: str | None = None

    @property
    def contradicted(self) -> bool:
        """Whether another place or an impossible motion gives its identity the lie."""
        return self.trust is Trust.CONTRADICTED
