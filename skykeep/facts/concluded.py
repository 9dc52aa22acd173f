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
    reason: str  # facts.alarms.PRIORITY; behind a colon its detail: "group:4", "health:disk:/var/lib/skykeep"
    state: str
    priority: int
    t_ns: int


class IncidentMoved(_Concluded, frozen=True, kw_only=True, tag="concluded.incident/1"):
    """An incident as it is from now on: what alarms and people made of it. It has one alarm, whatever happens in it."""

    incident_id: int
    t_ns: int
    state: str  # "open", "closed", "merged"
    alarm_state: str  # of its one alarm: a state of ISA-18.2's table (facts.alarms.STATES)
    priority: int  # of the worst alarm in it so far; 1 is the most urgent
    about: str  # reason of that alarm; "by_hand" where a person opened it
    alarm_ids: tuple[int, ...]
    track_ids: tuple[int, ...]
    opened_ns: int
    events: int  # alarms that sounded in it
    grouped: str  # "": it sounds for itself; else what it is grouped under while alarms come in a flood ("zone:<id>")
    escalation: int  # how often nobody answered in time, or a person escalated
    escalates_ns: int | None  # when that happens next, unless somebody acknowledges
    merged_into: int | None
    holder: str | None  # pseudonym of the officer who has it
    rung: Rung | None  # of its most certain track
    notes: int


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


class TracksEstimated(_Concluded, frozen=True, kw_only=True, tag="concluded.tracks/1"):
    """Where the tracks are that learned something in this tick: a column a quantity, a row a track, in order of id.

    Each track at most once a second, and whenever its phase changes; supersedes what was told of it before. Columns are
    little-endian; `int64` columns hold 8 bytes a row, `int32` 4, `uint8` 1. The least value of a type stands for "not
    known". `facts.columns` gives the rows.
    """

    t_ns: int  # tick time
    rows: int
    track_id: bytes  # int64
    before_us: bytes  # int32: how long before `t_ns` the estimate is for, by the sensors' clocks; negative: ahead
    phase: bytes  # uint8: 0 tentative, 1 established, 2 lost
    existence_ppm: bytes  # int32: probability that there is a body
    lat_e7: bytes  # int32
    lon_e7: bytes  # int32
    alt_mm: bytes  # int32: HAE as estimated; not known where nothing measured a height
    pos_sigma_mm: bytes  # int32: one standard deviation along the worse level axis
    up_sigma_mm: bytes  # int32
    vel_east_mmps: bytes  # int32
    vel_north_mmps: bytes  # int32
    vel_up_mmps: bytes  # int32
    said_mm: bytes  # int32: the latest height that a report gave, see `said_datum`
    said_datum: bytes  # uint8: 0 HAE, 1 AMSL, 2 STD, 255 none
    said_sigma_mm: bytes  # int32: of the latest height given, else of the height above ground or take-off
    above_mm: bytes  # int32: the latest height above ground or take-off
    above_datum: bytes  # uint8: 0 AGL, 1 TAKEOFF, 255 none
    reports: bytes  # int32: how many reports made it so far
    marks: bytes  # uint8: 1 the spread was assumed, 2 simulated, 4 manned
    mode: bytes  # uint8: the likeliest motion: 0 hovering, 1 smooth, 2 agile
    evidence_tick: bytes  # int32: ticks before this one
    evidence_index: bytes  # int32: the fact that moved it last
    evidence_item: bytes  # int32: its plot, where that fact is a scan, else 0


class TrackClassified(_Concluded, frozen=True, kw_only=True, tag="concluded.class/1"):
    """What kind of thing a track is, as probabilities; told when the likeliest changes, or by much."""

    track_id: int
    t_ns: int
    ppm: tuple[tuple[str, int], ...]  # (class, probability), the likeliest first: facts.concluded.CLASSES
    why: tuple[tuple[str, int], ...]  # (what spoke, thousandths of a nat for the likeliest against the next)
    evidence: tuple[FactRef, ...]


CLASSES = ("multirotor", "fixed_wing", "bird", "manned_aircraft", "balloon", "unknown")


class TrackFlagged(_Concluded, frozen=True, kw_only=True, tag="concluded.flag/1"):
    """Something speaks for or against what a track says of itself; told when a flag goes up or down."""

    track_id: int
    t_ns: int
    flag: str  # facts.concluded.FLAGS
    up: bool
    log_odds_milli: int  # thousandths of a nat, for the flag
    evidence: tuple[FactRef, ...]


FLAGS = (
    "rid_without_body",
    "body_without_rid",
    "rid_offset",
    "impossible_motion",
    "beyond_radio_horizon",
    "replayed",
)


class Rung(enum.Enum):
    """The existence ladder for people: how far anyone can say that something flies there."""

    REPORTED = "reported"
    SUSPECTED = "suspected"
    CORROBORATED = "corroborated"
    CONFIRMED = "confirmed"  # by two physically independent modalities
    REFUTED = "refuted"


class ExistenceMoved(_Concluded, frozen=True, kw_only=True, tag="concluded.existence/1"):
    """A track, or something heard without a place, moved on the ladder for people."""

    track_id: int | None  # None: heard without a place, see `presence_id`
    presence_id: int | None
    t_ns: int
    rung: Rung
    existence_ppm: int
    modalities: tuple[str, ...]  # physically independent ones that saw it
    absent: tuple[str, ...]  # sensors that cover the place and do not see it
    not_covered: tuple[str, ...]  # sensors that could not have seen it
    explained: tuple[tuple[str, str, int], ...]  # (kind, which, ppm): "manned_aircraft", "permitted", "planet" ...
    evidence: tuple[FactRef, ...]


class PresenceHeld(_Concluded, frozen=True, kw_only=True, tag="concluded.presence/1"):
    """Something was heard or seen by sensors that cannot say where: it is within this area, or it is over."""

    presence_id: int
    t_ns: int
    holds: bool
    modality: str
    sensors: tuple[str, ...]
    transmitter: str
    uas_id: str | None
    lat_e7: int | None  # of the middle of the area; None: the sensors' places are not declared
    lon_e7: int | None
    radius_mm: int | None
    bearing_urad: int | None  # from the first of the sensors, where it gave one
    bearing_sigma_urad: int | None
    reports: int
    evidence: tuple[FactRef, ...]


class BiasEstimated(_Concluded, frozen=True, kw_only=True, tag="concluded.bias/1"):
    """How far a sensor's measurements are off, by cooperative targets; told when it changes by a sigma."""

    sensor_id: str
    t_ns: int
    range_mm: int
    range_sigma_mm: int
    azimuth_urad: int
    azimuth_sigma_urad: int
    elevation_urad: int
    elevation_sigma_urad: int
    pairs: int  # measurements that it rests on
    refused: int  # measurements that were gated out
    applied: bool  # significant, so taken off the measurements


class EntryForeseen(_Concluded, frozen=True, kw_only=True, tag="concluded.entry/1"):
    """A track will enter a zone if it goes on as it does, or will no longer."""

    track_id: int
    t_ns: int
    zone_id: str
    zone_version: int
    entry_ns: int | None  # None: no longer foreseen
    entry_sigma_ns: int | None
    evidence: FactRef


class ApproachSeen(_Concluded, frozen=True, kw_only=True, tag="concluded.approach/1"):
    """A track nears a protected site, hovers near it, or does so no longer."""

    track_id: int
    t_ns: int
    site_id: str
    site_version: int
    kind: str  # "approach", "within", "hover", "none"
    distance_mm: int
    closest_mm: int | None  # if it goes on as it does
    closest_ns: int | None
    reach_ns: int | None  # when it will be within the site's radius
    evidence: FactRef


class GroupMoved(_Concluded, frozen=True, kw_only=True, tag="concluded.group/1"):
    """Tracks that move together; a group without tracks has dissolved."""

    group_id: int
    t_ns: int
    track_ids: tuple[int, ...]


Concluded = (
    TrackEstimated
    | TracksEstimated
    | TrackIdentified
    | TrackClassified
    | TrackFlagged
    | ExistenceMoved
    | PresenceHeld
    | BiasEstimated
    | EntryForeseen
    | ApproachSeen
    | GroupMoved
    | VerdictReached
    | AlarmChanged
    | IncidentMoved
    | LateIgnored
    | TrackLost
    | TrackMerged
)
