"""The picture of a record: law, tracks, names and counts, folded from its ticks in one pass.

Nothing is decided here: each list holds the facts themselves, in the order of the record.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from skykeep.facts.codec import Unknown
from skykeep.facts.concluded import (
    AlarmChanged,
    FactRef,
    LateIgnored,
    TrackEstimated,
    TrackIdentified,
    TrackLost,
    TrackMerged,
    VerdictReached,
)
from skykeep.facts.enacted import (
    Began,
    Finished,
    LawDeclared,
    PermitEnacted,
    PermitRevoked,
    PressureSet,
    SensorDeclared,
    SurfaceSampled,
    ZoneEnacted,
    ZoneWithdrawn,
)
from skykeep.facts.observed import AircraftHeard, Heard, LocationHeard, PositionReported, SystemHeard, Unreadable
from skykeep.facts.personal import Name


@dataclasses.dataclass(frozen=True, slots=True)
class SeenTick:
    """One tick as the record holds it; None stands where a fact was erased, so that indices stay true."""

    tick: int
    now_ns: int
    names: tuple[Name, ...]
    facts: tuple[object, ...]
    concluded: tuple[object, ...]


@dataclasses.dataclass(slots=True)
class Track:
    """Everything that was concluded about one track, in the order of the record."""

    track_id: int
    points: list[TrackEstimated] = dataclasses.field(default_factory=list)
    identities: list[TrackIdentified] = dataclasses.field(default_factory=list)
    verdicts: list[VerdictReached] = dataclasses.field(default_factory=list)
    alarms: list[AlarmChanged] = dataclasses.field(default_factory=list)
    lost: list[TrackLost] = dataclasses.field(default_factory=list)
    merged_into: int | None = None
    merged: list[int] = dataclasses.field(default_factory=list)  # tracks that turned out to be this one
    evidence: list[FactRef] = dataclasses.field(default_factory=list)  # the facts behind identity and verdicts

    @property
    def simulated(self) -> bool:
        """Whether any of its reports was invented: then none of it is evidence of a real flight."""
        return any(point.simulated for point in self.points[-1:] + self.points[:1])

    @property
    def manned(self) -> bool:
        """Whether it was last held to be a manned aircraft."""
        return bool(self.identities) and self.identities[-1].manned

    @property
    def first_ns(self) -> int:
        """When it was first told of."""
        return min(
            [
                *(point.t_ns for point in self.points[:1]),
                *(told.t_ns for told in self.verdicts[:1]),
                *(told.t_ns for told in self.identities[:1]),
            ],
            default=0,
        )

    @property
    def last_ns(self) -> int:
        """When it was last heard, as far as was told."""
        return max(
            [
                *(point.t_ns for point in self.points[-1:]),
                *(told.t_ns for told in self.verdicts[-1:]),
                *(lost.last_heard_ns for lost in self.lost[-1:]),
            ],
            default=0,
        )


@dataclasses.dataclass(slots=True)
class SensorSeen:
    """One sensor: what was declared of it and what came from it."""

    sensor_id: str
    declared: SensorDeclared | None = None
    facts: int = 0
    unreadable: int = 0
    late: int = 0
    positions: int = 0
    positions_without_accuracy: int = 0
    first_ns: int | None = None
    last_ns: int | None = None


@dataclasses.dataclass(slots=True)
class Picture:
    """What a record shows, folded; times are Unix nanoseconds (UTC)."""

    zones: dict[str, ZoneEnacted] = dataclasses.field(default_factory=dict)  # the latest version of each
    zone_versions: dict[tuple[str, int], ZoneEnacted] = dataclasses.field(default_factory=dict)
    permits: dict[str, PermitEnacted] = dataclasses.field(default_factory=dict)  # the latest version of each
    revocations: dict[str, PermitRevoked] = dataclasses.field(default_factory=dict)
    withdrawals: dict[str, ZoneWithdrawn] = dataclasses.field(default_factory=dict)
    surfaces: list[SurfaceSampled] = dataclasses.field(default_factory=list)
    pressures: list[PressureSet] = dataclasses.field(default_factory=list)
    acts: list[tuple[int, object]] = dataclasses.field(default_factory=list)  # (tick's time, act of law), as recorded
    sensors: dict[str, SensorSeen] = dataclasses.field(default_factory=dict)
    tracks: dict[int, Track] = dataclasses.field(default_factory=dict)
    names: dict[str, Name] = dataclasses.field(default_factory=dict)  # by pseudonym; those erased are missing
    counts: dict[str, int] = dataclasses.field(default_factory=dict)  # facts by kind
    unknown: dict[str, int] = dataclasses.field(default_factory=dict)  # facts of kinds not ours, by tag
    began: list[Began] = dataclasses.field(default_factory=list)
    finished: Finished | None = None
    law_complete: bool | None = None  # None: nobody declared it, either way
    ticks: int = 0
    erased: int = 0
    unreadable: int = 0
    late: int = 0
    first_ns: int | None = None
    last_ns: int | None = None
    operator_places: dict[str, str] = dataclasses.field(default_factory=dict)  # transmitter to pseudonym of the place

    def name(self, pseudonym: str | None) -> str | None:
        """Return the value that a pseudonym stands for; None where it was erased or never was."""
        found = self.names.get(pseudonym or "")
        return None if found is None else found.value

    def zone_name(self, zone_id: str | None, version: int | None = None) -> str | None:
        """Return a zone's name, of that version where it is known."""
        if zone_id is None:
            return None
        zone = self.zone_versions.get((zone_id, version or 0)) or self.zones.get(zone_id)
        return None if zone is None else zone.name or zone.zone_id

    def lives(self) -> list[Track]:
        """Return the tracks that stand for an aircraft, by id: those that merged are told with the one they became."""
        return [track for _, track in sorted(self.tracks.items()) if self.heir(track) is track]

    def whole(self, track: Track) -> Track:
        """Return a track together with those that turned out to be it, in the order of time."""
        parts = [track, *(self.tracks[other] for other in sorted(self._merged(track)))]
        if len(parts) == 1:
            return track
        return Track(
            track.track_id,
            points=sorted((told for part in parts for told in part.points), key=lambda told: told.t_ns),
            identities=sorted((told for part in parts for told in part.identities), key=lambda told: told.t_ns),
            verdicts=sorted((told for part in parts for told in part.verdicts), key=lambda told: told.t_ns),
            alarms=sorted((told for part in parts for told in part.alarms), key=lambda told: told.t_ns),
            lost=track.lost,
            merged=sorted(self._merged(track)),
            evidence=[ref for part in parts for ref in part.evidence],
        )

    def _merged(self, track: Track) -> dict[int, None]:
        found: dict[int, None] = {}
        waiting = list(track.merged)
        while waiting:
            other = waiting.pop()
            if other not in found and other != track.track_id and other in self.tracks:
                found[other] = None
                waiting += self.tracks[other].merged
        return found

    def heir(self, track: Track) -> Track:
        """Return the track that this one turned out to be, itself where it is its own."""
        met = {track.track_id}
        while track.merged_into is not None and track.merged_into in self.tracks and track.merged_into not in met:
            track = self.tracks[track.merged_into]
            met.add(track.track_id)
        return track


def fold(ticks: Iterable[SeenTick]) -> Picture:
    """Fold a record into its picture, in one pass."""
    picture = Picture()
    for tick in ticks:
        picture.ticks += 1
        picture.names |= {name.pseudonym: name for name in tick.names}
        if not _begins(tick.facts):
            picture.first_ns = tick.now_ns if picture.first_ns is None else min(picture.first_ns, tick.now_ns)
            picture.last_ns = tick.now_ns if picture.last_ns is None else max(picture.last_ns, tick.now_ns)
        for fact in tick.facts:
            _count(picture, fact)
            _see(picture, fact, tick.now_ns)
        for told in tick.concluded:
            _count(picture, told)
            _conclude(picture, told)
    return picture


def _begins(facts: Sequence[object]) -> bool:
    return bool(facts) and all(isinstance(fact, Began) for fact in facts)


def _count(picture: Picture, fact: object) -> None:
    if fact is None:
        picture.erased += 1
    elif isinstance(fact, Unknown):
        picture.unknown[fact.tag] = picture.unknown.get(fact.tag, 0) + 1
    else:
        kind = str(getattr(type(fact), "__struct_config__").tag)  # noqa: B009  # mypy knows it of msgspec.Struct alone
        picture.counts[kind] = picture.counts.get(kind, 0) + 1


def _see(picture: Picture, fact: object, now_ns: int) -> None:
    if isinstance(fact, Heard):
        _hear(picture, fact)
    elif isinstance(fact, SensorDeclared):
        _sensor(picture, fact.sensor_id).declared = fact
    elif isinstance(fact, Began):
        picture.began.append(fact)
    elif isinstance(fact, Finished):
        picture.finished = fact
    elif isinstance(fact, SurfaceSampled):
        picture.surfaces.append(fact)
    elif isinstance(fact, PressureSet):
        picture.pressures.append(fact)
    else:
        _enact(picture, fact, now_ns)


def _hear(picture: Picture, fact: Heard) -> None:
    sensor = _sensor(picture, fact.sensor_id)
    sensor.facts += 1
    sensor.first_ns = fact.t_event_ns if sensor.first_ns is None else min(sensor.first_ns, fact.t_event_ns)
    sensor.last_ns = fact.t_event_ns if sensor.last_ns is None else max(sensor.last_ns, fact.t_event_ns)
    if isinstance(fact, Unreadable):
        sensor.unreadable += 1
        picture.unreadable += 1
    elif isinstance(fact, (LocationHeard, AircraftHeard, PositionReported)) and fact.lat_e7 is not None:
        sensor.positions += 1
        sensor.positions_without_accuracy += fact.pos_accuracy_mm is None
    elif isinstance(fact, SystemHeard) and fact.operator_place is not None:
        picture.operator_places[fact.transmitter] = fact.operator_place


def _sensor(picture: Picture, sensor_id: str) -> SensorSeen:
    return picture.sensors.setdefault(sensor_id, SensorSeen(sensor_id))


def _enact(picture: Picture, fact: object, now_ns: int) -> None:
    if isinstance(fact, ZoneEnacted):
        picture.zone_versions[fact.zone_id, fact.version] = fact
        before = picture.zones.get(fact.zone_id)
        if before is None or fact.version >= before.version:
            picture.zones[fact.zone_id] = fact
    elif isinstance(fact, ZoneWithdrawn):
        picture.withdrawals[fact.zone_id] = fact
    elif isinstance(fact, PermitEnacted):
        held = picture.permits.get(fact.permit_id)
        if held is None or fact.version >= held.version:
            picture.permits[fact.permit_id] = fact
    elif isinstance(fact, PermitRevoked):
        picture.revocations[fact.permit_id] = fact
    elif isinstance(fact, LawDeclared):
        picture.law_complete = fact.complete
    else:
        return
    picture.acts.append((now_ns, fact))


def _conclude(picture: Picture, told: object) -> None:
    if isinstance(told, LateIgnored):
        picture.late += 1
        _sensor(picture, told.sensor_id).late += 1
    elif isinstance(told, (TrackEstimated, TrackIdentified, VerdictReached, AlarmChanged, TrackLost, TrackMerged)):
        _conclude_of(picture, picture.tracks.setdefault(told.track_id, Track(told.track_id)), told)


def _conclude_of(
    picture: Picture,
    track: Track,
    told: TrackEstimated | TrackIdentified | VerdictReached | AlarmChanged | TrackLost | TrackMerged,
) -> None:
    if isinstance(told, TrackEstimated):
        track.points.append(told)
    elif isinstance(told, TrackIdentified):
        track.identities.append(told)
        track.evidence += told.evidence
    elif isinstance(told, VerdictReached):
        track.verdicts.append(told)
        track.evidence.append(told.evidence)
    elif isinstance(told, AlarmChanged):
        track.alarms.append(told)
    elif isinstance(told, TrackLost):
        track.lost.append(told)
    else:
        track.merged_into = told.into_track_id
        track.evidence.append(told.evidence)
        heir = picture.tracks.setdefault(told.into_track_id, Track(told.into_track_id))
        heir.merged.append(told.track_id)
