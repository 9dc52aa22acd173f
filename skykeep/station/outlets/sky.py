"""What outlets know of the sky: a small fold of durable ticks, of what is there now and nothing before.

Nothing in it grows without end: a track leaves when it is lost, merged or long silent; of incidents, operators' places
and health the latest ones are kept.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from collections.abc import Iterable
from typing import TypeVar

from skykeep.facts import codec, concluded
from skykeep.facts.acted import Health, HealthObserved
from skykeep.facts.columns import Estimate, estimates
from skykeep.facts.enacted import Began, ZoneEnacted
from skykeep.facts.observed import SystemHeard
from skykeep.facts.personal import Name, NameKind
from skykeep.station.link import Ticked
from skykeep.views.standing import LEFT, gravest

INCIDENTS_MAX = 2_000
PLACES_MAX = 10_000
FORGET_NS = 300_000_000_000  # a track of which nothing was told for so long is no more, said or unsaid
LOOK_NS = 60_000_000_000
HEALTH = "health:"  # reasons of alarms that are of the watch and not of the air begin so
Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclasses.dataclass(slots=True)
class Flight:
    """One track as it is now."""

    track_id: int
    told_ns: int = 0  # when anything was told of it last
    estimate: Estimate | None = None
    identity: concluded.TrackIdentified | None = None
    verdicts: dict[str | None, concluded.VerdictReached] = dataclasses.field(default_factory=dict)
    existence: concluded.ExistenceMoved | None = None
    likeliest: str | None = None  # facts.concluded.CLASSES

    @property
    def verdict(self) -> concluded.VerdictReached | None:
        """The gravest verdict that stands; None: not judged yet."""
        return gravest(list(self.verdicts.values())) if self.verdicts else None

    @property
    def manned(self) -> bool:
        """Whether anything says that people are on board: one voice is enough."""
        said = self.identity is not None and self.identity.manned
        seen = self.estimate is not None and self.estimate.manned
        return said or seen or self.likeliest == "manned_aircraft"

    @property
    def simulated(self) -> bool:
        """Whether it is invented."""
        return self.estimate is not None and self.estimate.simulated


@dataclasses.dataclass(slots=True)
class Change:
    """What one tick changed."""

    now_ns: int
    moved: list[int] = dataclasses.field(default_factory=list)  # tracks with a new estimate
    judged: list[int] = dataclasses.field(default_factory=list)  # tracks whose verdict, kind or identity is another
    ended: list[Flight] = dataclasses.field(default_factory=list)
    incidents: list[concluded.IncidentMoved] = dataclasses.field(default_factory=list)
    health: list[concluded.AlarmChanged] = dataclasses.field(default_factory=list)  # alarms of the watch itself


class Sky:
    """Flights, incidents and the names of zones, as the durable ticks so far make them."""

    def __init__(self, *, pilots: bool = False) -> None:
        self.record_id = ""
        self.recorded = True  # whether the last tick is durable
        self.flights: dict[int, Flight] = {}
        self.incidents: OrderedDict[int, concluded.IncidentMoved] = OrderedDict()
        self.ill: dict[tuple[Health, str], HealthObserved] = {}
        self._zones: dict[str, ZoneEnacted] = {}
        self._now_ns = self._looked_ns = 0
        self._keeps_pilots = pilots
        self._claimed: OrderedDict[str, str] = OrderedDict()  # transmitter -> pseudonym of the operator's place
        self._places: OrderedDict[str, str] = OrderedDict()  # pseudonym -> "lat,lon[,HAE m]"

    def zone(self, zone_id: str | None) -> ZoneEnacted | None:
        """Return the latest version of a zone, or None."""
        return None if zone_id is None else self._zones.get(zone_id)

    def zone_name(self, zone_id: str | None) -> str | None:
        """Return how people call a zone."""
        found = self.zone(zone_id)
        return zone_id if found is None else found.name or zone_id

    def pilot(self, flight: Flight) -> str | None:
        """Return the place that its operator claims, "lat,lon[,HAE m]"; None: none is known."""
        if flight.identity is None:
            return None
        return self._places.get(self._claimed.get(flight.identity.transmitter, ""))

    def take(self, ticked: Ticked) -> Change:
        """Take in one durable tick; raises Malformed where a fact cannot be read."""
        change = Change(ticked.now_ns)
        self._now_ns = ticked.now_ns
        if self._keeps_pilots:
            self._name(codec.decode_all_trusted(ticked.names))
        for _, body in ticked.facts:
            self._fact(codec.decode_trusted(body))
        for told in codec.decode_all_trusted(ticked.concluded):
            self._conclusion(told, ticked.tick, change)
        if self._now_ns - self._looked_ns >= LOOK_NS:
            self._forget(change)
        return change

    def _forget(self, change: Change) -> None:
        self._looked_ns = self._now_ns
        gone = [each for each in self.flights.values() if self._now_ns - each.told_ns > FORGET_NS]
        for flight in gone:
            del self.flights[flight.track_id]
        change.ended += gone

    def recall(self, told: Iterable[object]) -> Change:
        """Take in facts and conclusions that stand from before."""
        change = Change(0)
        for each in told:
            self._fact(each)
            self._conclusion(each, 0, change)
        return change

    def _name(self, names: Iterable[object]) -> None:
        for name in names:
            if isinstance(name, Name) and name.kind is NameKind.PLACE:
                _keep(self._places, name.pseudonym, name.value, PLACES_MAX)

    def _fact(self, fact: object) -> None:
        if isinstance(fact, ZoneEnacted):
            self._zones[fact.zone_id] = fact
        elif isinstance(fact, HealthObserved):
            self.ill.pop((fact.what, fact.subject), None)
            if not fact.well:
                self.ill[fact.what, fact.subject] = fact
        elif isinstance(fact, Began):
            self.record_id = fact.record_id
        elif isinstance(fact, SystemHeard) and self._keeps_pilots:
            self._claimed.pop(fact.transmitter, None)
            if fact.operator_place is not None:
                _keep(self._claimed, fact.transmitter, fact.operator_place, PLACES_MAX)

    def _conclusion(self, told: object, tick: int, change: Change) -> None:
        match told:
            case concluded.TracksEstimated() | concluded.TrackEstimated():
                for estimate in estimates(told, tick):
                    self._flight(estimate.track_id).estimate = estimate
                    change.moved.append(estimate.track_id)
            case concluded.VerdictReached():
                judge(self._flight(told.track_id), told)
                change.judged.append(told.track_id)
            case concluded.TrackIdentified():
                self._flight(told.track_id).identity = told
                change.judged.append(told.track_id)
            case concluded.TrackClassified():
                self._flight(told.track_id).likeliest = told.ppm[0][0] if told.ppm else None
                change.judged.append(told.track_id)
            case concluded.ExistenceMoved() if told.track_id is not None:
                self._flight(told.track_id).existence = told
            case concluded.TrackLost() | concluded.TrackMerged():
                ended = self.flights.pop(told.track_id, None)
                change.ended += [] if ended is None else [ended]
            case concluded.IncidentMoved():
                _keep(self.incidents, told.incident_id, told, INCIDENTS_MAX)
                change.incidents.append(told)
            case concluded.AlarmChanged() if told.reason.startswith(HEALTH):
                change.health.append(told)

    def _flight(self, track_id: int) -> Flight:
        found = self.flights.get(track_id)
        if found is None:
            found = self.flights[track_id] = Flight(track_id)
        found.told_ns = self._now_ns
        return found


def judge(flight: Flight, told: concluded.VerdictReached) -> None:
    """Take in a verdict: one stands for each zone that the flight may be in, or one that no zone reaches it."""
    if told.zone_id is None:
        flight.verdicts = {None: told}
    elif told.clause == LEFT:
        flight.verdicts.pop(told.zone_id, None)
        if not flight.verdicts:
            flight.verdicts = {None: told}
    else:
        flight.verdicts.pop(None, None)
        flight.verdicts[told.zone_id] = told


def _keep(kept: OrderedDict[Key, Value], key: Key, value: Value, most: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > most:
        kept.popitem(last=False)
