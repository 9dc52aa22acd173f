"""What the authority and the station enacted: law, permits, sensors and runs.

Absent is never zero: a limit that a source did not state is None, "no limit" is the word "unlimited".
Times are Unix nanoseconds (UTC).
"""

from __future__ import annotations

import enum
from typing import Literal

import msgspec

from skykeep.geo.altitude import Altitude


class _Enacted(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """Encoding shared by all enacted facts and their parts."""


class Rule(enum.Enum):
    """What a zone says to an unmanned flight (ED-318 `type`, ED-269 `restriction`)."""

    PROHIBITED = "prohibited"
    NEEDS_PERMIT = "needs_permit"
    CONDITIONAL = "conditional"
    ALLOWED = "allowed"


class Polygon(_Enacted, frozen=True, kw_only=True, tag="polygon"):
    """Rings of (lat_e7, lon_e7), the first one outer, the others holes; edges straight in lat/lon (RFC 7946)."""

    rings: tuple[tuple[tuple[int, int], ...], ...]


class Circle(_Enacted, frozen=True, kw_only=True, tag="circle"):
    """A geodesic circle on the WGS 84 ellipsoid."""

    lat_e7: int
    lon_e7: int
    radius_mm: int


Limit = Altitude | Literal["unlimited"] | None
"""A floor or ceiling: a height with its datum, "unlimited", or None where the source did not state one."""


class Volume(_Enacted, frozen=True, kw_only=True):
    """An outline between two limits, both borders included."""

    outline: Polygon | Circle
    floor: Limit
    ceiling: Limit


class Interval(_Enacted, frozen=True, kw_only=True):
    """Time from `start_ns` (included) to `end_ns` (excluded); None is open."""

    start_ns: int | None
    end_ns: int | None


class ZoneEnacted(_Enacted, frozen=True, kw_only=True, tag="enacted.zone/1"):
    """One immutable version of a UAS geographical zone (DESIGN section 6; ED-318 terms)."""

    zone_id: str
    version: int
    name: str
    rule: Rule
    volumes: tuple[Volume, ...]
    announced_at_ns: int | None  # None: not stated
    applicability: tuple[Interval, ...]  # in force while inside any of these; empty: permanent
    hours_unread: str | None  # a schedule that this version could not turn into intervals; judged CANNOT_TELL
    issuing_body: str | None
    legal_basis: str | None
    reason: str | None
    conditions: str | None
    contact: str | None
    country: str | None
    source_format: str  # "ed269", "ed318" ...
    source_sha256: str  # of the file it came from
    native: str  # the feature as it stood in that file (JSON text)
    doubts: tuple[str, ...]  # each repair or doubt of the import, in words


class ZoneWithdrawn(_Enacted, frozen=True, kw_only=True, tag="enacted.zone_withdrawn/1"):
    """A zone is no longer law from `t_ns` on; what was judged before stays judged."""

    zone_id: str
    version: int
    t_ns: int
    reason: str


class LawDeclared(_Enacted, frozen=True, kw_only=True, tag="enacted.law_declared/1"):
    """Whether the authority declares the loaded zones to be all the law there is over this place."""

    complete: bool
    t_ns: int


class PermitVolume(_Enacted, frozen=True, kw_only=True):
    """Where and when a permit allows flight: a 4-D volume."""

    volume: Volume
    start_ns: int
    end_ns: int


class PermitEnacted(_Enacted, frozen=True, kw_only=True, tag="enacted.permit/1"):
    """One version of a granted permit; identities are pseudonyms (EU 2021/664 Annex IV, shortened)."""

    permit_id: str
    version: int
    granted_at_ns: int
    holder: str | None  # pseudonym
    aircraft: tuple[str, ...]  # pseudonyms of serials, registrations or UTM ids; empty: any aircraft of the operators
    operators: tuple[str, ...]  # pseudonyms of operator ids
    sessions: tuple[str, ...]  # pseudonyms of session ids
    volumes: tuple[PermitVolume, ...]
    zones: tuple[str, ...]  # zone ids it lifts; empty: each zone that its volumes reach
    state_flight: bool  # a standing permit of police or rescue: EXEMPT instead of PERMITTED
    conditions: tuple[str, ...]
    issuer: str | None


class PermitRevoked(_Enacted, frozen=True, kw_only=True, tag="enacted.permit_revoked/1"):
    """A permit ends at `t_ns`; it rules from the next tick on and never backwards."""

    permit_id: str
    t_ns: int
    reason: str
    officer: str | None


class SensorDeclared(_Enacted, frozen=True, kw_only=True, tag="enacted.sensor/1"):
    """A sensor with the defaults that apply where its reports do not say how sure they are ("assumed")."""

    sensor_id: str
    modality: str  # "remote_id", "adsb", "radar", "tracks" ...
    pos_accuracy_mm: int  # 95 % radius
    alt_accuracy_mm: int  # 95 % bound
    simulated: bool


class Began(_Enacted, frozen=True, kw_only=True, tag="enacted.began/1"):
    """A run begins: which program, which settings, which inputs, by hash."""

    record_id: str
    program_version: str
    program_sha256: str
    settings: str  # the settings as canonical JSON
    settings_sha256: str
    inputs: tuple[tuple[str, str], ...]  # (what it is, sha256), sorted
    resumed_after_tick: int | None


class Finished(_Enacted, frozen=True, kw_only=True, tag="enacted.finished/1"):
    """All inputs were read to their end."""

    t_ns: int
    frames: int
    frames_not_ours: int  # frames of other kinds in the same captures, counted and not kept


Enacted = ZoneEnacted | ZoneWithdrawn | LawDeclared | PermitEnacted | PermitRevoked | SensorDeclared | Began | Finished
