"""What the client gives back: structs of the interface without what programs seldom ask; others are passed over.

Times are Unix nanoseconds (UTC), places 1e-7 degree, lengths millimetres, probabilities parts in a million. None: not
known. Personal values are pseudonyms, or masked.
"""

from __future__ import annotations

from typing import Any

import msgspec


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """Encoding shared by all of them."""


class Time(_Told, frozen=True, kw_only=True):
    """The server's clock, and its station's last completed step."""

    now_ns: int
    step_ns: int | None


class Height(_Told, frozen=True, kw_only=True):
    """A height with its datum: "hae", "amsl", "agl", "takeoff", "std"."""

    value_mm: int
    datum: str


class Position(_Told, frozen=True, kw_only=True):
    """Where a track is."""

    t_ns: int
    phase: str
    lat_e7: int
    lon_e7: int
    alt_hae_mm: int | None
    pos_sigma_mm: int
    vel_east_mmps: int
    vel_north_mmps: int
    vel_up_mmps: int | None
    existence_ppm: int | None = None
    height: Height | None = None
    simulated: bool = False
    manned: bool = False


class Verdict(_Told, frozen=True, kw_only=True):
    """Whether a track is permitted in a zone, and by which words."""

    t_ns: int
    verdict: str
    clause: str
    zone_id: str | None
    zone_version: int | None
    permit_id: str | None
    margin_mm: int | None = None
    missing: list[str] = []


class Track(_Told, frozen=True, kw_only=True):
    """One track."""

    track_id: int
    t_ns: int
    live: bool
    position: Position | None
    verdict: str | None  # the gravest that stands
    verdicts: list[Verdict] = []
    alarm_ids: list[int] = []
    incident_ids: list[int] = []


class Alarm(_Told, frozen=True, kw_only=True):
    """One alarm in its state table (ISA-18.2)."""

    alarm_id: int
    t_ns: int
    began_ns: int
    track_id: int | None
    reason: str
    state: str
    priority: int
    incident_id: int | None = None
    shelved_until_ns: int | None = None


class Incident(_Told, frozen=True, kw_only=True):
    """One incident."""

    incident_id: int
    opened_ns: int
    t_ns: int
    state: str
    alarm_state: str
    priority: int
    about: str
    alarm_ids: list[int] = []
    track_ids: list[int] = []
    holder: str | None = None


class Zone(_Told, frozen=True, kw_only=True):
    """One version of a zone; `volumes` as the interface gives them."""

    zone_id: str
    version: int
    state: str
    rules: str
    name: str
    rule: str
    emergency: bool
    volumes: list[dict[str, Any]]
    reason: str | None = None
    effective_from_ns: int | None = None
    end_ns: int | None = None


class Applied(_Told, frozen=True, kw_only=True):
    """An application that was handed in; `lacking`: what EU 2021/664 Annex IV asks for and it does not say."""

    permit_id: str
    version: int
    lacking: list[str]
    doubts: list[str]
    entry_index: int | None


class Step(_Told, frozen=True, kw_only=True):
    """One step in the life of an application; `person`: None of the office's officers."""

    step: str
    after: str
    t_ns: int
    person: str | None
    reason: str


class Application(_Told, frozen=True, kw_only=True):
    """One version of an application, or of the permit that came of it."""

    permit_id: str
    version: int
    state: str
    applied_ns: int
    moved_ns: int
    end_ns: int
    lacking: list[str]
    steps: list[Step]


class Acted(_Told, frozen=True, kw_only=True):
    """Where an act stands in the record."""

    entry_index: int | None


class Verified(_Told, frozen=True, kw_only=True):
    """What verifying the record found."""

    holds: bool
    entries: int
    said: list[str]
    entry_index: int | None


class Erased(_Told, frozen=True, kw_only=True):
    """How many leaves of the record were destroyed, or of a preview would be: personal values and raw frames."""

    leaves: int
    names: int
    frames: int
    entry_index: int | None  # None of a preview


class BackedUp(_Told, frozen=True, kw_only=True):
    """Where a copy lies at the station, and how many entries it holds."""

    path: str
    entries: int
    entry_index: int | None


class Opened(_Told, frozen=True, kw_only=True):
    """An incident that was opened."""

    incident_id: int
    entry_index: int | None


class Pushed(_Told, frozen=True, kw_only=True):
    """What became of a push; `again`: it was taken before; `late`: recorded, and not used; `why`: of the first such."""

    frames: int
    facts: int
    unreadable: int
    again: bool
    late: int = 0
    why: str = ""


class Permit(_Told, frozen=True, kw_only=True):
    """One version of a permit; `volumes` as the interface gives them, persons and aircraft as pseudonyms."""

    permit_id: str
    version: int
    state: str  # "announced", "in_force", "expired", "revoked", "superseded"
    granted_at_ns: int
    holder: str | None
    aircraft: list[str]
    volumes: list[dict[str, Any]]
    state_flight: bool = False
    purpose: str | None = None
    revoked_ns: int | None = None
    revoked_reason: str | None = None


class Declared(_Told, frozen=True, kw_only=True):
    """A sensor as it is declared; `late`: reports that came too late to be used."""

    modality: str
    lat_e7: int | None = None
    lon_e7: int | None = None
    late: int = 0


class Heard(_Told, frozen=True, kw_only=True):
    """How a sensor does since the station began."""

    feed: str
    format: str
    connected: bool
    frames: int
    facts: int
    unreadable: int
    last_ns: int | None
    latency_ns: int | None


class Sensor(_Told, frozen=True, kw_only=True):
    """One sensor; None: nothing is declared of it, or it was not heard since the station began."""

    sensor_id: str
    declared: Declared | None
    status: Heard | None


class Ill(_Told, frozen=True, kw_only=True):
    """One thing that is not well: since when, and what nobody sees meanwhile."""

    what: str
    subject: str
    unseen: str
    since_ns: int


class Standing(_Told, frozen=True, kw_only=True):
    """How a station does that is there; `recorded` False: what it hears is not durable."""

    now_ns: int
    recorded: bool
    tracks: int
    ill: list[Ill] = []


class Health(_Told, frozen=True, kw_only=True):
    """How the station does; `status` None: it is not there."""

    connected: bool
    record_id: str | None
    program_version: str | None
    status: Standing | None


class Hits(_Told, frozen=True, kw_only=True):
    """What a zone touches, in numbers; and which, as far as whoever asks may see that (None: not)."""

    track_ids: list[int] | None
    not_permitted: list[int] | None
    permit_ids: list[str] | None
    cannot_tell: list[int] | None = None
    tracks: int = 0
    tracks_not_permitted: int = 0
    tracks_cannot_tell: int = 0
    permits: int = 0


class Emergency(_Told, frozen=True, kw_only=True):
    """An emergency zone, made or, with an empty `zone_id`, only shown."""

    zone_id: str
    version: int
    end_ns: int
    hits: Hits
    entry_index: int | None


class Event(_Told, frozen=True, kw_only=True):
    """One event of the live stream: "snapshot" or "frame", rows as docs/reference lists them."""

    id: str
    event: str
    data: dict[str, Any]
