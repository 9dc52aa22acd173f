"""What people and machines see of a running station: the structs that are the models of its interfaces.

Named fields, JSON as it stands. Times are Unix nanoseconds (UTC), places 1e-7 degree, lengths millimetres, speeds
millimetres a second, probabilities parts in a million, as in the facts that they are folded from. Whatever is personal
stands as a pseudonym (`facts.personal`): who may see more is asked elsewhere. None: not known, or not there.
`entry_index` is where in the record it last changed.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from skykeep.geo.altitude import Altitude


class _Now(msgspec.Struct, kw_only=True):
    """Encoding shared by what is folded in place."""


class _Said(msgspec.Struct, kw_only=True, frozen=True):
    """Encoding shared by what is replaced as a whole."""


class HeightNow(_Said, frozen=True):
    """A height with its datum: "hae", "amsl", "agl", "takeoff", "std"."""

    value_mm: int
    datum: str


class FactAt(_Said, frozen=True):
    """Where the fact stands that says so: its tick, and its index among that tick's facts."""

    tick: int
    index: int


# ---- tracks --------------------------------------------------------------------------------------------------


class PositionNow(_Said, frozen=True):
    """Where a track is, as estimated last."""

    t_ns: int  # the time it is for, by the sensors' clocks
    phase: str  # "tentative", "established", "lost"
    existence_ppm: int | None  # that there is a body at all
    lat_e7: int
    lon_e7: int
    alt_hae_mm: int | None  # as estimated; None: nothing measured a height
    pos_sigma_mm: int  # one standard deviation along the worse level axis
    pos_assumed: bool  # the sensor gave no accuracy; its declared default was used
    up_sigma_mm: int | None
    vel_east_mmps: int
    vel_north_mmps: int
    vel_up_mmps: int | None
    altitude: HeightNow | None  # as a report gave it last: HAE, AMSL or STD
    height: HeightNow | None  # as a report gave it last: AGL or TAKEOFF
    said_sigma_mm: int | None  # of these
    reports: int
    simulated: bool  # an invented flight
    manned: bool
    mode: str | None  # the likeliest motion: "hovering", "smooth", "agile"
    evidence: FactAt  # the report that moved it last


class IdentityNow(_Said, frozen=True):
    """Who a track says it is."""

    t_ns: int
    transmitter: str  # pseudonym
    uas_id: str | None  # pseudonym
    id_kind: str
    operator_id: str | None  # pseudonym
    session_id: str | None  # pseudonym
    trust: str  # "signed", "corroborated", "self_declared", "contradicted", "none"
    manned: bool
    flags: tuple[str, ...]


class ClassNow(_Said, frozen=True):
    """What kind of thing it is, one of the possibilities."""

    name: str
    ppm: int


class FlagNow(_Said, frozen=True):
    """Something speaks for or against what a track says of itself."""

    flag: str
    since_ns: int
    log_odds_milli: int


class RungNow(_Said, frozen=True):
    """How far anyone can say that something flies there: the ladder for people."""

    rung: str  # "reported", "suspected", "corroborated", "confirmed", "refuted"
    t_ns: int
    existence_ppm: int
    modalities: tuple[str, ...]
    absent: tuple[str, ...]  # sensors that cover the place and do not see it
    not_covered: tuple[str, ...]
    explained: tuple[tuple[str, str, int], ...]  # (kind, which, ppm)


class VerdictNow(_Said, frozen=True):
    """Whether a track is permitted in a zone, by which words."""

    t_ns: int
    verdict: str  # "no_rule", "not_permitted", "permitted", "cannot_tell", "exempt"
    clause: str
    zone_id: str | None
    zone_version: int | None
    permit_id: str | None
    permit_version: int | None
    law_complete: bool
    probability_inside_ppm: int | None
    margin_mm: int | None
    margin_height_mm: int | None
    margin_time_ns: int | None
    missing: tuple[str, ...]
    coming_zone_id: str | None
    coming_from_ns: int | None
    evidence: FactAt


class EntryNow(_Said, frozen=True):
    """A zone that a track enters if it goes on as it does."""

    zone_id: str
    zone_version: int
    entry_ns: int
    entry_sigma_ns: int | None
    t_ns: int  # when that was told


class ApproachNow(_Said, frozen=True):
    """A protected site that a track nears, or hovers near."""

    site_id: str
    site_version: int
    kind: str  # "approach", "within", "hover"
    distance_mm: int
    closest_mm: int | None
    closest_ns: int | None
    reach_ns: int | None
    t_ns: int


class PilotNow(_Said, frozen=True):
    """Where a drone says its operator is: self-declared, unverified."""

    transmitter: str  # pseudonym
    place: str  # pseudonym of "lat,lon[,HAE m]"
    kind: str  # "takeoff", "live", "fixed", "reserved"
    t_ns: int
    entry_index: int
    fact_index: int


class TrackNow(_Now):
    """One track: where it is, who it says it is, what is concluded of it."""

    track_id: int
    entry_index: int = 0
    began_ns: int = 0  # first told of
    t_ns: int = 0  # when anything but its position changed last
    live: bool = True  # False: it left the live table
    lost_ns: int | None = None  # since when nothing was heard of it, as told
    merged_into: int | None = None  # the track that it turned out to be
    position: PositionNow | None = None
    identity: IdentityNow | None = None
    likely: tuple[ClassNow, ...] = ()  # the likeliest first
    flags: tuple[FlagNow, ...] = ()  # that are up
    rung: RungNow | None = None
    verdicts: tuple[VerdictNow, ...] = ()  # that stand, a zone each; of zone None: nothing rules there
    verdict: str | None = None  # the gravest that stands
    worst: VerdictNow | None = None  # the gravest there was
    entries: tuple[EntryNow, ...] = ()
    approaches: tuple[ApproachNow, ...] = ()
    group_id: int | None = None
    alarm_ids: tuple[int, ...] = ()
    incident_ids: tuple[int, ...] = ()


class PresenceNow(_Now):
    """Something heard or seen by sensors that cannot say where: within this area."""

    presence_id: int
    entry_index: int = 0
    began_ns: int = 0
    t_ns: int = 0
    holds: bool = True
    modality: str = ""
    sensors: tuple[str, ...] = ()
    transmitter: str = ""  # pseudonym
    uas_id: str | None = None  # pseudonym
    lat_e7: int | None = None
    lon_e7: int | None = None
    radius_mm: int | None = None
    bearing_urad: int | None = None
    bearing_sigma_urad: int | None = None
    reports: int = 0
    rung: RungNow | None = None
    live: bool = True


class GroupNow(_Now):
    """Tracks that move together; without tracks it has dissolved."""

    group_id: int
    entry_index: int
    t_ns: int
    track_ids: tuple[int, ...]


# ---- alarms, incidents, acts ---------------------------------------------------------------------------------


class AlarmActNow(_Said, frozen=True):
    """What a person did to an alarm."""

    deed: str  # facts.acted.AlarmDeed
    person: str  # pseudonym
    reason: str  # pseudonym of the words; "": none
    until_ns: int | None  # of shelving
    t_ns: int
    entry_index: int


class AlarmNow(_Now):
    """One alarm in its state table (ISA-18.2)."""

    alarm_id: int
    entry_index: int = 0
    began_ns: int = 0
    t_ns: int = 0  # when it last moved: what `seen_ns` of an act on it is compared with
    track_id: int | None = None  # None: of a group, a flood, or the station's health
    reason: str = ""
    state: str = ""
    priority: int = 0
    incident_id: int | None = None
    zone_id: str | None = None  # in which zone its flight was when it sounded last
    site_id: str | None = None  # of an alarm about a protected site: which
    shelved_until_ns: int | None = None
    acts: tuple[AlarmActNow, ...] = ()
    live: bool = True


class IncidentActNow(_Said, frozen=True):
    """What a person did to an incident, notes among it."""

    deed: str  # facts.acted.IncidentDeed
    person: str  # pseudonym
    words: str  # pseudonym of what was written; "": nothing
    other_id: int | None
    to_person: str | None  # pseudonym
    t_ns: int
    entry_index: int


class IncidentNow(_Now):
    """One incident: what alarms and people made of it."""

    incident_id: int
    entry_index: int = 0
    opened_ns: int = 0
    t_ns: int = 0  # when it last moved
    state: str = ""  # "open", "closed", "merged"
    alarm_state: str = ""
    priority: int = 0
    about: str = ""
    alarm_ids: tuple[int, ...] = ()
    track_ids: tuple[int, ...] = ()
    events: int = 0
    grouped: str = ""
    escalation: int = 0
    escalates_ns: int | None = None
    merged_into: int | None = None
    holder: str | None = None  # pseudonym
    rung: str | None = None
    notes: int = 0
    acts: tuple[IncidentActNow, ...] = ()
    live: bool = True


class ActNow(_Said, frozen=True):
    """One row of the audit trail: who did what, when, to what, why."""

    act_id: str  # "<entry index>.<index of the fact>"
    entry_index: int
    t_ns: int
    action: str  # a row of rules.powers.TABLE
    role: str  # "": the act itself does not name it
    person: str  # pseudonym; "" : nobody in particular
    subject: str
    incident_id: int | None
    reason: str  # pseudonym of the words, or the words of a published law; "": none
    before_sha256: str | None
    after_sha256: str | None


class SightingNow(_Said, frozen=True):
    """A drone that somebody who is not known reports: unverified."""

    sighting_id: str  # the receipt that was given
    entry_index: int
    t_ns: int  # when it was reported
    t_claimed_ns: int | None  # when it was seen, as said
    what: str  # pseudonym of the words
    place: str | None  # pseudonym of "lat,lon"
    place_words: str | None  # pseudonym of the place as it was typed
    heading_mdeg: int | None  # where it flew to, as said
    hovering: bool | None
    contact: str | None  # pseudonym: how to reach who reports it
    unverified: bool = True


class HealthNow(_Now):
    """A part of the station, well or not."""

    what: str
    subject: str
    entry_index: int
    well: bool
    unseen: str
    value: int | None
    unit: str
    since_ns: int


# ---- law, sensors --------------------------------------------------------------------------------------------


class PolygonNow(_Said, frozen=True, tag_field="type", tag="polygon"):
    """Rings of (lat_e7, lon_e7), the first one outer, the others holes."""

    rings: tuple[tuple[tuple[int, int], ...], ...]


class CircleNow(_Said, frozen=True, tag_field="type", tag="circle"):
    """A geodesic circle."""

    lat_e7: int
    lon_e7: int
    radius_mm: int


LimitNow = HeightNow | Literal["unlimited"] | None


class VolumeNow(_Said, frozen=True):
    """An outline between two limits; a limit is a height, "unlimited", or None: not stated."""

    outline: PolygonNow | CircleNow
    floor: LimitNow
    ceiling: LimitNow


class SpanNow(_Said, frozen=True):
    """Time from `start_ns` to `end_ns` (excluded); None is open."""

    start_ns: int | None
    end_ns: int | None


class TextNow(_Said, frozen=True):
    """Words in one language."""

    about: str
    lang: str
    text: str


class ContactNow(_Said, frozen=True):
    """Whom to ask about a zone, and for what."""

    name: str
    email: str | None
    phone: str | None
    site_url: str | None
    purpose: str | None


class OverrideNow(_Said, frozen=True):
    """A zone switched on or off for a time, whatever its hours say."""

    active: bool
    start_ns: int
    end_ns: int | None
    t_ns: int
    reason: str
    officer: str | None  # pseudonym
    entry_index: int  # where it was said


class ZoneNow(_Said, frozen=True):
    """One version of a zone, and how it stands at a time."""

    zone_id: str
    version: int
    entry_index: int  # where it was enacted
    supersedes: int | None
    state: str  # "announced", "in_force", "ended", "withdrawn"
    rules: str  # whether it rules at this very time, by its hours: "yes", "no", "unknown"
    changes_ns: int | None  # when that may be otherwise
    emergency: bool
    confirmed: bool  # an emergency zone that a second officer confirmed; True for all others
    name: str
    rule: str
    volumes: tuple[VolumeNow, ...]
    severity: int | None
    buffer_mm: int | None
    announced_at_ns: int | None
    effective_from_ns: int | None
    end_ns: int | None
    applicability: tuple[SpanNow, ...] | None  # None: always
    hours_unread: str | None
    withdrawn_ns: int | None
    withdrawn_reason: str | None
    withdrawn_entry: int | None  # where that was said
    superseded_ns: int | None
    superseded_entry: int | None  # where the version was enacted that takes over
    overrides: tuple[OverrideNow, ...]
    issuing_body: str | None
    legal_basis: str | None
    reason: str | None
    conditions: str | None
    contact: str | None
    appeal_contact: str | None
    authorities: tuple[ContactNow, ...]
    texts: tuple[TextNow, ...]
    country: str | None
    source_format: str
    source_sha256: str
    doubts: tuple[str, ...]


class PermitVolumeNow(_Said, frozen=True):
    """Where and when a permit allows flight."""

    volume: VolumeNow
    start_ns: int
    end_ns: int


class PinNow(_Said, frozen=True):
    """A zone that a permit lifts; version None: whichever is in force."""

    zone_id: str
    version: int | None


class PermitNow(_Said, frozen=True):
    """One version of a permit, and how it stands at a time."""

    permit_id: str
    version: int
    entry_index: int
    state: str  # "announced" (its times are to come), "in_force", "expired", "revoked", "superseded"
    granted_at_ns: int
    holder: str | None  # pseudonym
    pilots: tuple[str, ...]  # pseudonyms
    aircraft: tuple[str, ...]  # pseudonyms
    operators: tuple[str, ...]  # pseudonyms
    sessions: tuple[str, ...]  # pseudonyms
    volumes: tuple[PermitVolumeNow, ...]
    zones: tuple[PinNow, ...]
    state_flight: bool
    standing: bool
    priority: int
    purpose: str | None
    category: str | None
    operation: str | None
    conditions: tuple[str, ...]
    condition_codes: tuple[str, ...]
    contact: str | None  # pseudonym
    issuer: str | None
    revoked_ns: int | None
    revoked_reason: str | None


class BiasNow(_Said, frozen=True):
    """How far a sensor's measurements are off."""

    t_ns: int
    range_mm: int
    range_sigma_mm: int
    azimuth_urad: int
    azimuth_sigma_urad: int
    elevation_urad: int
    elevation_sigma_urad: int
    pairs: int
    applied: bool


class CoverageNow(_Said, frozen=True):
    """Where a sensor can see, as far as a map shows it."""

    range_min_mm: int
    range_max_mm: int
    azimuth_from_urad: int
    azimuth_to_urad: int
    elevation_min_urad: int
    elevation_max_urad: int
    floor_mm: int | None
    ceiling_mm: int | None
    horizon_urad: tuple[int, ...]


class SensorNow(_Now):
    """A sensor as it is declared, and what the watch found out about it."""

    sensor_id: str
    entry_index: int = 0
    t_ns: int = 0
    modality: str = ""  # "": nothing is declared of it
    simulated: bool = False
    lat_e7: int | None = None
    lon_e7: int | None = None
    alt_mm: int | None = None
    pos_accuracy_mm: int | None = None
    alt_accuracy_mm: int | None = None
    range_sigma_mm: int | None = None
    azimuth_sigma_urad: int | None = None
    elevation_sigma_urad: int | None = None
    period_ms: int | None = None
    latency_ms: int | None = None
    clock: str = "unknown"
    detection_ppm: int | None = None
    coverage: CoverageNow | None = None
    bias: BiasNow | None = None
    late: int = 0  # reports that came too late to be used


class SiteNow(_Now):
    """A place that is watched over."""

    site_id: str
    version: int
    entry_index: int
    name: str
    lat_e7: int
    lon_e7: int
    radius_mm: int
    from_ns: int
    until_ns: int | None


class RunNow(_Said, frozen=True):
    """A run of the program that the record holds."""

    entry_index: int
    t_ns: int
    record_id: str
    program_version: str
    program_sha256: str
    settings_sha256: str


class LawNow(_Now):
    """Whether the zones are declared to be all the law there is over this place; None: nobody said."""

    entry_index: int = 0
    complete: bool | None = None
    t_ns: int = 0


def height(of: Altitude | None) -> HeightNow | None:
    """Return a height as it is shown."""
    return None if of is None else HeightNow(value_mm=of.value_mm, datum=of.datum.value)
