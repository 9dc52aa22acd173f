"""What every handler gets: the station's directory, its configuration, what it says, and how it is asked."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any, Protocol

from litestar import Request

from skykeep.facts.personal import NameKind
from skykeep.station.config import Config, Home
from skykeep.station.link import Answer, Ask, Hello, Status
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
from skykeep.web.viewsdb import Filters, Page


class Seen(Protocol):
    """What views are asked: the fold of all that the station said so far."""

    def tracks(self) -> list[TrackNow]: ...
    def track(self, track_id: int) -> TrackNow | None: ...
    def pilot(self, track_id: int) -> PilotNow | None: ...
    def presences(self) -> list[PresenceNow]: ...
    def alarms(self) -> list[AlarmNow]: ...
    def alarm(self, alarm_id: int) -> AlarmNow | None: ...
    def incident(self, incident_id: int) -> IncidentNow | None: ...
    def zones(self, now_ns: int, zone_id: str | None = None) -> list[ZoneNow]: ...
    def permits(self, now_ns: int, permit_id: str | None = None) -> list[PermitNow]: ...
    def sensors(self) -> list[SensorNow]: ...
    def page(self, kind: str, after: str | None, limit: int, filters: Filters) -> Page: ...
    def pseudonym(self, kind: NameKind, value: str) -> str | None: ...
    def begun_ns(self, kind: str) -> list[int]: ...
    def first_ns(self) -> int | None: ...
    def health(self) -> list[HealthNow]: ...
    def law(self) -> LawNow: ...
    def enacted(self) -> Law: ...


class Mirror(Protocol):
    """The web's side of the link to the station."""

    @property
    def station_up(self) -> bool: ...
    @property
    def hello(self) -> Hello | None: ...
    @property
    def status(self) -> Status | None: ...
    @property
    def now_ns(self) -> int:
        """The time of the last completed step; 0 before there was one."""

    async def ask(self, ask: Ask) -> Answer:
        """Return what the station answers; raises Unavailable where it is not there, or does not in time."""


@dataclasses.dataclass(frozen=True, slots=True)
class Site:
    """One station as its web process knows it."""

    home: Home
    config: Config
    mirror: Mirror
    seen: Seen
    clock_ns: Callable[[], int] = time.time_ns

    @property
    def now_ns(self) -> int:
        """The station's time where it said one, else this machine's."""
        return self.mirror.now_ns or self.clock_ns()


def site_of(request: Request[Any, Any, Any]) -> Site:
    """Return the site that an application was made for."""
    found = request.app.state["site"]
    assert isinstance(found, Site)
    return found
