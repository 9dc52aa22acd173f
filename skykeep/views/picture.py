"""The picture of a record: law, tracks, names and counts, folded from its ticks in one pass.

Nothing is decided here: each list holds the facts themselves, in the order of the record.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from skykeep.errors import Malformed
from skykeep.facts import columns
from skykeep.facts.acted import KeyRotated
from skykeep.facts.codec import Unknown
from skykeep.facts.concluded import (
    AlarmChanged,
    ApproachSeen,
    BiasEstimated,
    EntryForeseen,
    ExistenceMoved,
    FactRef,
    GroupMoved,
    IncidentMoved,
    LateIgnored,
    PresenceHeld,
    TrackClassified,
    TrackEstimated,
    TrackFlagged,
    TrackIdentified,
    TrackLost,
    TrackMerged,
    TracksEstimated,
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
    SiteProtected,
    SurfaceSampled,
    ZoneEnacted,
    ZoneWithdrawn,
)
from skykeep.facts.observed import (
    AircraftHeard,
    Heard,
    LocationHeard,
    PositionReported,
    ScanReported,
    SystemHeard,
    Unreadable,
)
from skykeep.facts.personal import Name
from skykeep.views.track import Track as Track  # noqa: PLC0414  # most views ask for both in one breath
from skykeep.views.track import put_together

NO_TRACK = 0  # what an alarm names that belongs to none
TICKS_KEPT = 256  # of who was heard, for estimates that say which fact moved them last


@dataclasses.dataclass(frozen=True, slots=True)
class SeenTick:
    """One tick as the record holds it; None stands where a fact was erased, so that indices stay true."""

    tick: int
    now_ns: int
    names: tuple[Name, ...]
    facts: tuple[object, ...]
    concluded: tuple[object, ...]


@dataclasses.dataclass(slots=True)
class Presence:
    """Something that was heard or seen without a place, in the order of the record."""

    presence_id: int
    told: list[PresenceHeld] = dataclasses.field(default_factory=list)
    rungs: list[ExistenceMoved] = dataclasses.field(default_factory=list)


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
    plots: int = 0  # in its scans
    bias: BiasEstimated | None = None  # as told last
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
    presences: dict[int, Presence] = dataclasses.field(default_factory=dict)
    alarms: list[AlarmChanged] = dataclasses.field(default_factory=list)  # of no track: of a group, of a flood
    incidents: dict[int, IncidentMoved] = dataclasses.field(default_factory=dict)  # each as it was told last
    groups: dict[int, list[GroupMoved]] = dataclasses.field(default_factory=dict)
    sites: dict[str, SiteProtected] = dataclasses.field(default_factory=dict)  # the latest version of each
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
        parts = [self.tracks[other] for other in sorted(self._merged(track))]
        return put_together(track, parts) if parts else track

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

    def incidents_of(self, track: Track) -> tuple[int, ...]:
        """Return the incidents that a track is part of, or that others which turned out to be it are part of."""
        ids = {track.track_id, *track.merged}
        there = (told for told in self.incidents.values() if told.merged_into is None)
        return tuple(sorted(told.incident_id for told in there if not ids.isdisjoint(told.track_ids)))

    def company(self, track_id: int) -> tuple[int, ...]:
        """Return the tracks that a track last moved together with."""
        found: tuple[int, ...] = ()
        for told in self.groups.values():
            met = [each for each in told if track_id in each.track_ids]
            if met:
                found = tuple(other for other in met[-1].track_ids if other != track_id)
        return found


def fold(ticks: Iterable[SeenTick]) -> Picture:
    """Fold a record into its picture, in one pass."""
    picture = Picture()
    heard: dict[int, list[str | None]] = {}  # tick to the sensor of each of its facts
    for tick in ticks:
        picture.ticks += 1
        picture.names |= {name.pseudonym: name for name in tick.names}
        if not _begins(tick.facts):
            picture.first_ns = tick.now_ns if picture.first_ns is None else min(picture.first_ns, tick.now_ns)
            picture.last_ns = tick.now_ns if picture.last_ns is None else max(picture.last_ns, tick.now_ns)
        for fact in tick.facts:
            _count(picture, fact)
            _see(picture, fact, tick.now_ns)
        heard[tick.tick] = [getattr(fact, "sensor_id", None) for fact in tick.facts]
        if len(heard) > TICKS_KEPT:
            heard.pop(next(iter(heard)))
        for told in tick.concluded:
            _count(picture, told)
            _conclude(picture, told, tick.tick, heard)
    return picture


def _begins(facts: Sequence[object]) -> bool:
    return bool(facts) and all(isinstance(fact, (Began, KeyRotated)) for fact in facts)


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
    elif isinstance(fact, SiteProtected):
        known = picture.sites.get(fact.site_id)
        if known is None or fact.version >= known.version:
            picture.sites[fact.site_id] = fact
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
    elif isinstance(fact, ScanReported):
        placed = fact.plots if fact.lat_e7 else 0
        sensor.plots += fact.plots
        sensor.positions += placed
        sensor.positions_without_accuracy += placed if fact.pos_accuracy_mm is None else 0
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


_OfTrack = (
    TrackIdentified
    | TrackClassified
    | TrackFlagged
    | VerdictReached
    | EntryForeseen
    | ApproachSeen
    | AlarmChanged
    | TrackLost
    | TrackMerged
)


def _conclude(picture: Picture, told: object, tick: int, heard: Mapping[int, list[str | None]]) -> None:
    if isinstance(told, (TracksEstimated, TrackEstimated)):
        _estimate(picture, told, tick, heard)
    elif isinstance(told, LateIgnored):
        picture.late += 1
        _sensor(picture, told.sensor_id).late += 1
    elif isinstance(told, BiasEstimated):
        _sensor(picture, told.sensor_id).bias = told
    elif isinstance(told, PresenceHeld):
        _presence(picture, told.presence_id).told.append(told)
    elif isinstance(told, ExistenceMoved):
        _climb(picture, told)
    elif isinstance(told, AlarmChanged) and told.track_id == NO_TRACK:
        picture.alarms.append(told)
    elif isinstance(told, IncidentMoved):
        picture.incidents[told.incident_id] = told
    elif isinstance(told, GroupMoved):
        picture.groups.setdefault(told.group_id, []).append(told)
    elif isinstance(told, _OfTrack):
        _conclude_of(picture, _track(picture, told.track_id), told)


def _estimate(
    picture: Picture, told: TracksEstimated | TrackEstimated, tick: int, heard: Mapping[int, list[str | None]]
) -> None:
    try:
        points = columns.estimates(told, tick)
    except Malformed:  # of a record that somebody else wrote: said, as for a kind that is not ours
        name = str(type(told).__struct_config__.tag)
        picture.unknown[name] = picture.unknown.get(name, 0) + 1
        return
    for point in points:
        track = _track(picture, point.track_id)
        track.points.append(point)
        sensors = heard.get(point.evidence.tick, [])
        sensor_id = sensors[point.evidence.index] if 0 <= point.evidence.index < len(sensors) else None
        if sensor_id is not None:
            track.fed[sensor_id] = track.fed.get(sensor_id, 0) + 1


def _track(picture: Picture, track_id: int) -> Track:
    found = picture.tracks.get(track_id)
    if found is None:
        found = picture.tracks[track_id] = Track(track_id)
    return found


def _presence(picture: Picture, presence_id: int) -> Presence:
    return picture.presences.setdefault(presence_id, Presence(presence_id))


def _climb(picture: Picture, told: ExistenceMoved) -> None:
    if told.track_id is not None:
        track = _track(picture, told.track_id)
        track.rungs.append(told)
        track.evidence += told.evidence
    elif told.presence_id is not None:
        _presence(picture, told.presence_id).rungs.append(told)


def _conclude_of(picture: Picture, track: Track, told: _OfTrack) -> None:
    if isinstance(told, TrackLost):
        track.lost.append(told)
    elif isinstance(told, TrackMerged):
        track.merged_into = told.into_track_id
        track.evidence.append(told.evidence)
        _track(picture, told.into_track_id).merged.append(told.track_id)
    else:
        getattr(track, _LISTS[type(told)]).append(told)
        evidence: tuple[FactRef, ...] | FactRef = getattr(told, "evidence", ())
        track.evidence += evidence if isinstance(evidence, tuple) else (evidence,)


_LISTS: dict[type, str] = {
    TrackIdentified: "identities",
    TrackClassified: "classes",
    TrackFlagged: "flags",
    VerdictReached: "verdicts",
    EntryForeseen: "entries",
    ApproachSeen: "approaches",
    AlarmChanged: "alarms",
}
