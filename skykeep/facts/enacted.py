"""What the authority and the station enacted: law, permits, sensors and runs.

Absent is never zero: a limit that a source did not state is None, "no limit" is the word "unlimited".
Times are Unix nanoseconds (UTC).
"""

from __future__ import annotations

import enum
from typing import Literal

import msgspec

from skykeep.geo.altitude import Altitude, Datum


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


class SunEvent(enum.Enum):
    """What the sun does at the zone's place (ED-318 `daylightEventType`; civil twilight is 6 degrees below)."""

    BMCT = "bmct"  # beginning of morning civil twilight
    SR = "sr"  # sunrise
    SS = "ss"  # sunset
    EECT = "eect"  # end of evening civil twilight (ED-269 writes EMCT)


class ClockTime(_Enacted, frozen=True, kw_only=True, tag="clock"):
    """A time of day by the clock of its schedule's time zone: seconds after midnight, 0 to 86400."""

    second: int


class SunTime(_Enacted, frozen=True, kw_only=True, tag="sun"):
    """So long after (or, negative, before) what the sun does that day."""

    event: SunEvent
    offset_s: int


class Daily(_Enacted, frozen=True, kw_only=True):
    """Hours that repeat: on `days`, from start to end; an end at or before the start lies on the next day."""

    days: tuple[int, ...]  # 0 Monday to 6 Sunday, ascending; empty: every day
    start: ClockTime | SunTime | None  # None: the beginning of the day
    end: ClockTime | SunTime | None  # None: the end of the day
    time_zone: str  # IANA name, "UTC" or an offset such as "+02:00"; days and clock times are meant in it


class Period(_Enacted, frozen=True, kw_only=True):
    """When a zone is in force, as its source says it: between two dates, there at any of `daily` (empty: always)."""

    start_ns: int | None
    end_ns: int | None
    daily: tuple[Daily, ...]


class Text(_Enacted, frozen=True, kw_only=True):
    """Words in one language (`lang` as the source writes it, such as "en-GB"; "" where it names none)."""

    about: str  # "name", "message", "conditions", "reason", "legal_basis", "authority_name" ...
    lang: str
    text: str


class Authority(_Enacted, frozen=True, kw_only=True):
    """Whom to ask about a zone, and for what (ED-318 `zoneAuthority`)."""

    name: tuple[Text, ...]
    service: tuple[Text, ...]
    contact_name: tuple[Text, ...]
    site_url: str | None
    email: str | None
    phone: str | None
    purpose: str | None  # "AUTHORIZATION", "NOTIFICATION", "INFORMATION"
    interval_before: str | None  # how long before the flight: an ISO 8601 duration


class Exemption(_Enacted, frozen=True, kw_only=True):
    """Whom a zone does not bind: a flight that meets every stated condition; None or empty states none."""

    mass_max_g: int | None
    height_max: Altitude | None
    categories: tuple[str, ...]  # any of: "open", "specific", "certified", "A1" ..., "C0" ...
    missions: tuple[str, ...]  # any of: "police", "rescue", "medical" ...
    words: str | None  # as the source says it


class ZoneEnacted(_Enacted, frozen=True, kw_only=True, tag="enacted.zone/2"):
    """One immutable version of a UAS geographical zone (DESIGN section 6; ED-318 terms)."""

    zone_id: str
    version: int
    supersedes: int | None  # the version that it says it replaces
    name: str  # for people: English where there is any, else the first
    rule: Rule
    exemptions: tuple[Exemption, ...]
    volumes: tuple[Volume, ...]
    buffer_mm: int | None  # warn this far outside; changes no verdict
    severity: int | None  # 1 (least) to 5, as the authority ranks it
    announced_at_ns: int | None  # None: not stated
    effective_from_ns: int | None  # law from then on; None: from the announcement
    end_ns: int | None  # law no longer; None: until withdrawn or superseded
    periods: tuple[Period, ...]  # hours as the source says them; empty: always
    applicability: tuple[Interval, ...] | None  # the same as UTC intervals, sorted and apart; None: always
    applicability_span: Interval | None  # the time for which they were worked out; None: all time
    hours_unread: str | None  # the words of a schedule that could not be read; judged CANNOT_TELL
    issuing_body: str | None
    legal_basis: str | None
    reason: str | None
    conditions: str | None
    contact: str | None  # for people, in one line
    appeal_contact: str | None
    authorities: tuple[Authority, ...]
    texts: tuple[Text, ...]  # the same words in every language given, and what else it says
    country: str | None
    carried: tuple[tuple[str, str], ...]  # what it says besides, unjudged: (ED-318 name, JSON text), sorted
    source_format: str  # "ed269", "ed318", "openair" ...
    source_sha256: str  # of the file it came from
    native: str  # the feature as it stood in that file
    doubts: tuple[str, ...]  # each repair or doubt of the import, in words


class ZoneOverridden(_Enacted, frozen=True, kw_only=True, tag="enacted.zone_override/1"):
    """A zone is switched on or off for a time, whatever its hours say: an activation, said by an officer or a NOTAM."""

    zone_id: str
    active: bool
    start_ns: int
    end_ns: int | None  # None: until the next override of this zone
    t_ns: int  # when it was said; it never works backwards
    reason: str
    officer: str | None  # pseudonym


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


class ZonePin(_Enacted, frozen=True, kw_only=True):
    """A zone that a permit lifts; pinned to one version of it, or None: whichever is in force."""

    zone_id: str
    version: int | None


class Thresholds(_Enacted, frozen=True, kw_only=True):
    """How far a flight may deviate from its volumes and still be within its permit (EU 2021/664, Annex IV)."""

    horizontal_mm: int
    vertical_mm: int
    time_ns: int


class Consent(_Enacted, frozen=True, kw_only=True):
    """An authority agreed that a permit lifts its zone."""

    zone_id: str
    zone_version: int
    authority: str
    officer: str  # pseudonym
    t_ns: int


class PermitEnacted(_Enacted, frozen=True, kw_only=True, tag="enacted.permit/2"):
    """One version of a granted permit; identities are pseudonyms (EU 2021/664 Annex IV; DESIGN section 6)."""

    permit_id: str
    version: int
    granted_at_ns: int
    holder: str | None  # pseudonym
    pilots: tuple[str, ...]  # pseudonyms
    aircraft: tuple[str, ...]  # pseudonyms of serials, registrations or UTM ids; empty: any aircraft of the operators
    operators: tuple[str, ...]  # pseudonyms of operator ids
    sessions: tuple[str, ...]  # pseudonyms of session ids
    volumes: tuple[PermitVolume, ...]
    thresholds: Thresholds | None
    zones: tuple[ZonePin, ...]  # that it lifts; empty: each zone that its volumes reach
    consents: tuple[Consent, ...]
    state_flight: bool  # a standing permit of police or rescue: EXEMPT instead of PERMITTED
    standing: bool  # holds again and again without a new application; counted in public
    priority: int  # 0 ordinary; a higher one goes first where two conflict
    purpose: str | None  # "survey", "police", "rescue", "media" ...
    category: str | None  # "open", "specific", "certified"
    operation: str | None  # "vlos", "bvlos"
    conditions: tuple[str, ...]  # words that no program checks
    condition_codes: tuple[str, ...]  # of docs/reference/formats/permits.md: "remote_id_on", "daylight_only" ...
    contact: str | None  # pseudonym: how to reach whoever flies
    issuer: str | None
    application_sha256: str | None  # of the application as it was granted


class PermitRevoked(_Enacted, frozen=True, kw_only=True, tag="enacted.permit_revoked/1"):
    """A permit ends at `t_ns`; it rules from the next tick on and never backwards."""

    permit_id: str
    t_ns: int
    reason: str
    officer: str | None


class SurfaceSampled(_Enacted, frozen=True, kw_only=True, tag="enacted.surface/1"):
    """A grid of ground heights or geoid heights over an area, sampled when it was published.

    Node (row, column) lies at south_e7 + row * lat_step_e7, west_e7 + column * lon_step_e7; its height is
    base_mm + unit_mm * k above `datum`, with k a big-endian int16 of `nodes`, rows from the south, -32768 for unknown.
    """

    kind: Literal["terrain", "geoid"]
    datum: Datum  # of the heights: AMSL or HAE; a geoid's are HAE
    south_e7: int
    west_e7: int
    lat_step_e7: int
    lon_step_e7: int
    rows: int
    columns: int
    base_mm: int
    unit_mm: int
    nodes: bytes
    sigma_mm: int  # standard deviation of what the grid says, its sampling included
    source: str
    source_sha256: str
    t_ns: int


class PressureSet(_Enacted, frozen=True, kw_only=True, tag="enacted.pressure/1"):
    """The air pressure reduced to mean sea level (QNH) of a place, from `t_ns` until the next one or `until_ns`."""

    place: str
    qnh_pa: int
    sigma_pa: int
    t_ns: int
    until_ns: int


class Patch(_Enacted, frozen=True, kw_only=True):
    """A part of a sensor's coverage where it sees better or worse: a sector, by bearing and distance from it.

    `azimuth_to_urad` may lie beyond a full turn, so that a sector may cross north.
    """

    azimuth_from_urad: int
    azimuth_to_urad: int
    range_from_mm: int
    range_to_mm: int
    detection_ppm: int  # of a target there, each time it is looked at
    clutter_ppm: int  # of the sensor's clutter density; 1,000,000 leaves it as it is


class Coverage(_Enacted, frozen=True, kw_only=True):
    """Where a sensor can see: a part of a sphere about it, above its horizon, between two heights."""

    range_min_mm: int
    range_max_mm: int
    azimuth_from_urad: int  # clockwise from true north
    azimuth_to_urad: int  # from + 6,283,185: all round
    elevation_min_urad: int
    elevation_max_urad: int
    floor_mm: int | None  # HAE; the heights over which its clutter is spread, and outside which it sees nothing
    ceiling_mm: int | None
    horizon_urad: tuple[int, ...]  # elevation of the terrain's edge, in equal steps clockwise from north; empty: none


class SensorDeclared(_Enacted, frozen=True, kw_only=True, tag="enacted.sensor/2"):
    """A sensor as data: where it is, what it measures how well, how often, and where it can see.

    What is None is not known, and nothing is concluded from it: a sensor without `coverage` is never held to have
    looked in vain, one without `place` can give no polar measurement. A later declaration replaces an earlier one.
    """

    sensor_id: str
    modality: str  # "remote_id", "adsb", "radar", "rf", "camera", "acoustic", "witness", "tracks", "other"
    pos_accuracy_mm: int  # 95 % radius, where a report does not say
    alt_accuracy_mm: int  # 95 % bound
    simulated: bool
    lat_e7: int | None
    lon_e7: int | None
    alt_mm: int | None  # HAE
    range_sigma_mm: int | None  # one standard deviation each; None: it does not measure this
    azimuth_sigma_urad: int | None
    elevation_sigma_urad: int | None
    doppler_sigma_mmps: int | None
    period_ms: int | None  # how often it looks at the same place, or a sender sends
    scan: Literal["whole", "each"]  # whole: reports of one instant are one look at all it covers; each: as they come
    latency_ms: int | None  # from the measurement to the station, at most, when all is well
    clock: Literal["synchronised", "free", "unknown"]  # free: its times mean nothing to others, so it is not merged
    clock_sigma_us: int | None
    detection_ppm: int | None  # of a target in its coverage, each time it is looked at
    clutter_milli: int | None  # false reports a scan over all its coverage, in thousandths
    coverage: Coverage | None
    patches: tuple[Patch, ...]  # detection and clutter by place; the first that holds a place counts
    horizon_sha256: str | None  # of the terrain that the horizon was worked out from


def plain_sensor(
    *, sensor_id: str, modality: str, pos_accuracy_mm: int, alt_accuracy_mm: int, simulated: bool
) -> SensorDeclared:
    """Return the declaration of a sensor of which only the defaults are known."""
    return SensorDeclared(
        sensor_id=sensor_id,
        modality=modality,
        pos_accuracy_mm=pos_accuracy_mm,
        alt_accuracy_mm=alt_accuracy_mm,
        simulated=simulated,
        lat_e7=None,
        lon_e7=None,
        alt_mm=None,
        range_sigma_mm=None,
        azimuth_sigma_urad=None,
        elevation_sigma_urad=None,
        doppler_sigma_mmps=None,
        period_ms=None,
        scan="each",
        latency_ms=None,
        clock="unknown",
        clock_sigma_us=None,
        detection_ppm=None,
        clutter_milli=None,
        coverage=None,
        patches=(),
        horizon_sha256=None,
    )


class SiteProtected(_Enacted, frozen=True, kw_only=True, tag="enacted.site/1"):
    """A place that is watched over: approach to it and hovering near it are told. A later version moves it."""

    site_id: str
    version: int
    name: str
    lat_e7: int
    lon_e7: int
    radius_mm: int
    from_ns: int
    until_ns: int | None


class ObjectKnown(_Enacted, frozen=True, kw_only=True, tag="enacted.object/1"):
    """Something harmless that is known to be somewhere, as a balloon: it explains reports and permits nothing."""

    object_id: str
    kind: str  # "balloon", "kite", "crane", "lantern", "other"
    lat_e7: int
    lon_e7: int
    radius_mm: int
    floor_mm: int | None  # HAE
    ceiling_mm: int | None
    from_ns: int
    until_ns: int
    source: str


class Body(_Enacted, frozen=True, kw_only=True):
    """One bright body of the sky over time; below the horizon its elevation is negative."""

    name: str  # "Venus", "Jupiter", "Sirius", "Moon" ...
    magnitude_centi: int  # apparent, in hundredths; the smaller the brighter
    azimuth_urad: tuple[int, ...]  # one a step, clockwise from true north
    elevation_urad: tuple[int, ...]


class BodiesSampled(_Enacted, frozen=True, kw_only=True, tag="enacted.bodies/1"):
    """Where the bright bodies of the sky stand over a place, worked out before the run begins."""

    lat_e7: int
    lon_e7: int
    from_ns: int
    step_ns: int
    bodies: tuple[Body, ...]
    source: str  # library and version


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


Enacted = (
    ZoneEnacted
    | ZoneOverridden
    | ZoneWithdrawn
    | LawDeclared
    | PermitEnacted
    | PermitRevoked
    | SurfaceSampled
    | PressureSet
    | SensorDeclared
    | SiteProtected
    | ObjectKnown
    | BodiesSampled
    | Began
    | Finished
)
