"""What handlers ask of the views: the live fold in memory, and what left it in the database of views."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from skykeep.errors import Refused
from skykeep.facts.personal import NameKind
from skykeep.views.live import Live
from skykeep.views.livelaw import Law
from skykeep.views.livemodels import (
    AlarmNow,
    HealthNow,
    IncidentNow,
    LawNow,
    PermitNow,
    PilotNow,
    PresenceNow,
    SensorNow,
    TrackNow,
    ZoneNow,
)
from skykeep.web import lawstate
from skykeep.web.mirror import Mirror
from skykeep.web.problems import Failed
from skykeep.web.viewsdb import Filters, Page

Kind = TypeVar("Kind", bound=msgspec.Struct)


class MirrorSeen:
    """The views of a mirror, as they are when they are asked."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror

    @property
    def _live(self) -> Live:
        return self._mirror.live

    def tracks(self) -> list[TrackNow]:
        tracks = self._live.tracks
        return [found for number in tracks.live if (found := tracks.one(number)) is not None]

    def track(self, track_id: int) -> TrackNow | None:
        return self._live.tracks.one(track_id) or self._recall("track", track_id, TrackNow)

    def pilot(self, track_id: int) -> PilotNow | None:
        """Return where the operator of a live track says to be, as the record has it: a pseudonym."""
        track = self._live.tracks.live.get(track_id)
        return None if track is None else self._live.pilot_of(track)

    def presences(self) -> list[PresenceNow]:
        return list(self._live.tracks.presences.values())

    def alarms(self) -> list[AlarmNow]:
        return list(self._live.cases.alarms.values())

    def alarm(self, alarm_id: int) -> AlarmNow | None:
        return self._live.cases.alarms.get(alarm_id) or self._recall("alarm", alarm_id, AlarmNow)

    def incident(self, incident_id: int) -> IncidentNow | None:
        return self._live.cases.incidents.get(incident_id) or self._recall("incident", incident_id, IncidentNow)

    def zones(self, now_ns: int, zone_id: str | None = None) -> list[ZoneNow]:
        return lawstate.zones(self._live.law, now_ns, zone_id)

    def permits(self, now_ns: int, permit_id: str | None = None) -> list[PermitNow]:
        return lawstate.permits(self._live.law, now_ns, permit_id)

    def sensors(self) -> list[SensorNow]:
        return list(self._live.law.sensors.values())

    def page(self, kind: str, after: str | None, limit: int, filters: Filters) -> Page:
        """Return a page of all there ever were; what changed since the last second is written first."""
        self._mirror.views.flush(self._live)
        try:
            return self._mirror.views.page(kind, after, limit, filters)
        except Refused as error:
            raise Failed("malformed", str(error), "Take the cursor from the header Link.") from error

    def pseudonym(self, kind: NameKind, value: str) -> str | None:
        """Return what stands for a value in the record; None where no name says it, or says it any more."""
        self._mirror.views.flush(self._live)
        return self._mirror.views.pseudonym(kind, value)

    def begun_ns(self, kind: str) -> list[int]:
        return self._mirror.views.begun_ns(kind)

    def first_ns(self) -> int | None:
        """Return the time of the record's first tick; None: none is kept yet."""
        return self._mirror.views.first_ns()

    def health(self) -> list[HealthNow]:
        return list(self._live.cases.health.values())

    def law(self) -> LawNow:
        return self._live.law.declared

    def enacted(self) -> Law:
        """Return the law as it was enacted: for reading, on this thread."""
        return self._live.law

    def _recall(self, kind: str, number: int, model: type[Kind]) -> Kind | None:
        found = self._mirror.views.recall(kind, str(number))
        return found if isinstance(found, model) else None
