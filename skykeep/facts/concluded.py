"""What the watch concluded: recomputed by replay, byte for byte.

A conclusion's struct never gains a field; a change is a new tag.
"""

from __future__ import annotations

import enum

import msgspec

from skykeep.geo.altitude import Altitude


class _Concluded(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """Encoding shared by all conclusions and their parts."""


class FactRef(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a fact stands: the tick, and its index among that tick's facts."""

    tick: int
    index: int


class Phase(enum.Enum):
    """The track ladder of machines: tentative, established, lost."""

    TENTATIVE = "tentative"
    ESTABLISHED = "established"
    LOST = "lost"


class Trust(enum.Enum):
    """How far an identity is to be believed: signed > corroborated > self-declared > contradicted."""

    SIGNED = "signed"
    CORROBORATED = "corroborated"
    SELF_DECLARED = "self_declared"
    CONTRADICTED = "contradicted"
    NONE = "none"  # no identity heard


class Verdict(enum.Enum):
    """The answer for one track and one zone (DESIGN section 5)."""

    NO_RULE = "no_rule"
    NOT_PERMITTED = "not_permitted"
    PERMITTED = "permitted"
    CANNOT_TELL = "cannot_tell"
    EXEMPT = "exempt"


class TrackEstimated(_Concluded, frozen=True, kw_only=True, tag="concluded.track/1"):
    """Where a track is, at most once a second for each track; supersedes the one before it."""

    track_id: int
    t_ns: int  # the time the estimate is for, by the sensors' clocks
    phase: Phase
    lat_e7: int
    lon_e7: int
    pos_sigma_mm: int  # one standard deviation along the worse horizontal axis
    pos_assumed: bool  # the sensor gave no accuracy; its declared default was used
    altitude: Altitude | None
    height: Altitude | None
    alt_sigma_mm: int | None
    vel_east_mmps: int
    vel_north_mmps: int
    reports: int  # how many reports made it so far
    simulated: bool
    evidence: FactRef  # the report that moved it last


class TrackIdentified(_Concluded, frozen=True, kw_only=True, tag="concluded.identity/1"):
    """Who a track says it is, and how far that is to be believed; told again whenever it changes."""

    track_id: int
    t_ns: int
    transmitter: str
    uas_id: str | None
    id_kind: str
    operator_id: str | None
    session_id: str | None
    trust: Trust
    manned: bool
    flags: tuple[str, ...]  # "serial_in_two_places", "rekeyed" ...
    evidence: tuple[FactRef, ...]


class VerdictReached(_Concluded, frozen=True, kw_only=True, tag="concluded.verdict/1"):
    """Whether a track is permitted in a zone, by which words; told again whenever it changes."""

    track_id: int
    t_ns: int
    verdict: Verdict
    clause: str  # which row of the table decided, e.g. "identity_absent"; docs/reference/verdicts.md
    zone_id: str | None
    zone_version: int | None
    permit_id: str | None
    permit_version: int | None
    trust: Trust
    law_complete: bool
    probability_inside_ppm: int | None
    margin_mm: int | None  # horizontal, positive inside the zone
    margin_height_mm: int | None  # positive inside; None: cannot be compared
    margin_time_ns: int | None  # until the ruling zone or permit ends or begins
    missing: tuple[str, ...]  # what would be needed to tell, or was left unchecked
    coming_zone_id: str | None  # an announced rule that is not yet in force here
    coming_from_ns: int | None
    evidence: FactRef


class AlarmChanged(_Concluded, frozen=True, kw_only=True, tag="concluded.alarm/1"):
    """An alarm moved in its state table (ISA-18.2)."""

    alarm_id: int
    track_id: int
    reason: str  # "not_permitted", "identity_contradicted"
    state: str
    priority: int
    t_ns: int


class LateIgnored(_Concluded, frozen=True, kw_only=True, tag="concluded.late/1"):
    """A report came later than the lag allows, or its sensor's clock is ahead by more: recorded, counted, not used."""

    sensor_id: str
    t_ns: int
    late_ns: int  # negative: ahead
    evidence: FactRef


class TrackLost(_Concluded, frozen=True, kw_only=True, tag="concluded.track_lost/1"):
    """Nothing was heard of a track for the silence that settings allow."""

    track_id: int
    t_ns: int
    last_heard_ns: int


class TrackMerged(_Concluded, frozen=True, kw_only=True, tag="concluded.track_merged/1"):
    """Two tracks were one aircraft (it changed its radio address, or has two radios); the older id goes on."""

    track_id: int
    into_track_id: int
    t_ns: int
    evidence: FactRef


Concluded = TrackEstimated | TrackIdentified | VerdictReached | AlarmChanged | LateIgnored | TrackLost | TrackMerged
