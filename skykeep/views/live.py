"""The live view: what a running station shows, folded tick by tick from its facts and conclusions.

    take(tick)      -> what it changed; whoever stores that stores it before the next tick
    restore(...)    what was stored, so that a view goes on where it was

Nothing is decided here and nothing asked but the record, so that the same record gives the same view: live, caught up,
or made again from the beginning. Memory is bounded by what is going on: what is over leaves it and is asked for again
(`recall`) when something more is said of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from skykeep.errors import Malformed
from skykeep.facts import acted, concluded, enacted
from skykeep.facts.claimed import DroneSighted
from skykeep.facts.observed import SystemHeard
from skykeep.facts.personal import Name
from skykeep.views.livecases import Cases
from skykeep.views.livechanges import At, Changes, Key, Recall
from skykeep.views.livelaw import Law, PermitKept, PermitSaid, ZoneKept, ZoneSaid
from skykeep.views.livemodels import (
    ActNow,
    AlarmNow,
    GroupNow,
    HealthNow,
    IncidentNow,
    LawNow,
    PilotNow,
    PresenceNow,
    RunNow,
    SensorNow,
    SightingNow,
    SiteNow,
    TrackNow,
)
from skykeep.views.liveplaces import PlaceMoves
from skykeep.views.livetracks import Tracks

KINDS: dict[str, type[msgspec.Struct]] = {
    "track": TrackNow,
    "presence": PresenceNow,
    "group": GroupNow,
    "pilot": PilotNow,
    "alarm": AlarmNow,
    "incident": IncidentNow,
    "act": ActNow,
    "sighting": SightingNow,
    "health": HealthNow,
    "zone": ZoneKept,
    "zone_said": ZoneSaid,
    "permit": PermitKept,
    "permit_said": PermitSaid,
    "site": SiteNow,
    "sensor": SensorNow,
    "run": RunNow,
    "law": LawNow,
}
"""The kinds of objects that a view keeps."""


def _nothing(_kind: str, _object_id: str) -> None:
    return None


class Live:
    """All that is shown now. `tracks`, `cases` and `law` are read by whoever shows it, and changed by `take` alone."""

    def __init__(self, recall: Recall = _nothing) -> None:
        self.tracks = Tracks(recall)
        self.cases = Cases(recall, self.tracks)
        self.law = Law()
        self.pilots: dict[str, PilotNow] = {}  # by transmitter, the one that moved last at the end
        self.at = At(-1, 0, 0)  # the tick that was taken last
        self.not_read = 0  # conclusions whose columns do not agree: of a record that somebody else wrote
        self._moves = PlaceMoves()
        self._of_concluded = self._table()

    def take(
        self,
        at: At,
        names: Sequence[Name],
        facts: Iterable[tuple[int, object]],
        told: Iterable[object],
    ) -> Changes:
        """Take a tick in: `facts` are pairs (index in the tick, fact), `told` its conclusions; the rest is ignored."""
        changes = Changes(at, names=list(names))
        for index, fact in facts:
            self._see(fact, index, changes)
        for each in told:
            fold = self._of_concluded.get(type(each))
            if fold is not None:
                fold(each, changes)
        self.tracks.pass_time(changes)
        self.cases.pass_time(changes)
        self.at = at
        return changes

    def restore(self, objects: Iterable[tuple[str, msgspec.Struct]], positions: bytes, at: At) -> None:
        """Go on from what was stored: the objects that were live, and where the tracks were."""
        pilots: list[PilotNow] = []
        for _kind, kept in objects:
            if isinstance(kept, (TrackNow, PresenceNow, GroupNow)):
                self.tracks.restore(kept)
            elif isinstance(kept, (AlarmNow, IncidentNow, HealthNow)):
                self.cases.restore(kept)
            elif isinstance(kept, PilotNow):
                pilots.append(kept)
            else:
                self.law.restore(kept)
        for pilot in sorted(pilots, key=lambda each: (each.entry_index, each.fact_index)):
            self.pilots[pilot.transmitter] = pilot
            self._moves.places[pilot.transmitter] = pilot.place
        self.law.runs.sort(key=lambda run: run.entry_index)
        self.tracks.positions.from_bytes(positions)
        self.at = at

    def pilot_of(self, track: TrackNow) -> PilotNow | None:
        """Return where a track's operator is, as it says: self-declared, unverified."""
        return None if track.identity is None else self.pilots.get(track.identity.transmitter)

    def _see(self, fact: object, index: int, changes: Changes) -> None:  # noqa: C901, PLR0912  # one line a kind
        if isinstance(fact, SystemHeard):
            self._place(fact, index, changes)
        elif isinstance(fact, acted.AlarmActed):
            self.cases.act_on_alarm(fact, index, changes)
        elif isinstance(fact, acted.IncidentActed):
            self.cases.act_on_incident(fact, index, changes)
        elif isinstance(fact, acted.ActDone):
            self.cases.act(fact, index, changes)
        elif isinstance(fact, DroneSighted):
            self.cases.sight(fact, changes)
        elif isinstance(fact, acted.HealthObserved):
            self.cases.observe_health(fact, changes)
        elif isinstance(fact, enacted.ZoneEnacted):
            self.law.enact_zone(fact, changes)
        elif isinstance(fact, enacted.ZoneWithdrawn):
            self.law.withdraw(fact, changes)
        elif isinstance(fact, enacted.ZoneOverridden):
            self.law.override(fact, changes)
        elif isinstance(fact, enacted.PermitEnacted):
            self.law.grant(fact, changes)
        elif isinstance(fact, enacted.PermitRevoked):
            self.law.revoke(fact, changes)
        elif isinstance(fact, enacted.SiteProtected):
            self.law.protect(fact, changes)
        elif isinstance(fact, enacted.SensorDeclared):
            self.law.declare_sensor(fact, changes)
        elif isinstance(fact, enacted.LawDeclared):
            self.law.declare(fact, changes)
        elif isinstance(fact, enacted.Began):
            self._begin(fact, changes)

    def _begin(self, fact: enacted.Began, changes: Changes) -> None:
        self.law.begin(fact, changes)
        self._moves.begin()
        for transmitter in list(self.pilots):
            del self.pilots[transmitter]
            changes.remove("pilot", transmitter)

    def _place(self, fact: SystemHeard, index: int, changes: Changes) -> None:
        if not self._moves.moves(fact) or fact.operator_place is None:
            return
        self.pilots.pop(fact.transmitter, None)
        pilot = self.pilots[fact.transmitter] = PilotNow(
            transmitter=fact.transmitter,
            place=fact.operator_place,
            kind=fact.operator_place_kind.value,
            t_ns=fact.t_event_ns,
            entry_index=changes.at.entry_index,
            fact_index=index,
        )
        changes.put("pilot", fact.transmitter, pilot)
        for transmitter in [each for each in (next(iter(self.pilots)),) if each not in self._moves.places]:
            del self.pilots[transmitter]
            changes.remove("pilot", transmitter)

    def _estimate(self, fact: concluded.TracksEstimated | concluded.TrackEstimated, changes: Changes) -> None:
        try:
            self.tracks.estimate(fact, changes)
        except Malformed:  # it is counted; a view that stopped here would show nobody anything
            self.not_read += 1

    def _table(self) -> dict[type, Callable[..., None]]:
        tracks, cases, law = self.tracks, self.cases, self.law
        return {
            concluded.TracksEstimated: self._estimate,
            concluded.TrackEstimated: self._estimate,
            concluded.TrackIdentified: tracks.identify,
            concluded.TrackClassified: tracks.classify,
            concluded.TrackFlagged: tracks.flag,
            concluded.ExistenceMoved: tracks.climb,
            concluded.PresenceHeld: tracks.hold,
            concluded.BiasEstimated: law.estimate_bias,
            concluded.EntryForeseen: tracks.foresee,
            concluded.ApproachSeen: tracks.approach,
            concluded.GroupMoved: tracks.group,
            concluded.VerdictReached: tracks.judge,
            concluded.AlarmChanged: cases.move_alarm,
            concluded.IncidentMoved: cases.move_incident,
            concluded.LateIgnored: lambda fact, changes: law.come_late(fact.sensor_id, changes),
            concluded.TrackLost: tracks.lose,
            concluded.TrackMerged: tracks.merge,
        }


def is_live(kept: msgspec.Struct) -> bool:
    """Whether an object is in memory, so that a view that goes on needs it."""
    return not isinstance(kept, (ActNow, SightingNow)) and bool(getattr(kept, "live", True))


__all__ = ["KINDS", "At", "Changes", "Key", "Live", "Recall", "is_live"]
