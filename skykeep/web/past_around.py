"""What lay around flights in a part of the past: sites, permits, what sensors saw, and operators that were revealed.

Told as moments: how all of it was at the beginning, then each second in which a part of it was otherwise than before.
All of it is folded from the record. What the record does not hold is not told:

    which feed brings a sensor, and how often it was heard: so a sensor sees where it was heard within a minute and no
    silence of it was told, and is silent from when that was told, half a minute after the last message
    a time when nothing was recorded, facts that were erased: whether any sensor saw then is not known
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from skykeep.facts import codec
from skykeep.ledger.tick import LeafKind
from skykeep.station.store import TickRow
from skykeep.views.live import Live
from skykeep.views.livechanges import Changes
from skykeep.views.livemodels import PilotNow, SensorNow, SiteNow
from skykeep.web import permit_volumes, surroundings
from skykeep.web.coverage import Stands
from skykeep.web.operators import OperatorShown
from skykeep.web.past import Sky
from skykeep.web.permit_volumes import PermitsShown
from skykeep.web.surroundings import CoverageShown

MS, SECOND_NS = 1_000_000, 1_000_000_000
HEARD_NS = 60 * SECOND_NS
"""Heard so long ago, a sensor counts as heard: it takes as long until silence is told, and there are slow radars."""
FRESH_NS = 5 * SECOND_NS
"""Heard so lately, a sensor is not listened for."""
QUIET_NS = 15 * SECOND_NS
"""Nothing recorded for so long: the station did not run, or heard nobody."""
TICKS_MAX = 3_000
SILENT = "sensor_silent"
PERMITS = frozenset({"permit", "permit_said"})
Part = TypeVar("Part")
OBSERVED, HEAD = b"observed.", 24  # a fact's tag, and in how many bytes it begins


class Around(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From this moment on it was so; a part that is left out was as before."""

    t_ms: int
    sites: list[SiteNow] | None = None
    coverage: CoverageShown | None = None
    permits: PermitsShown | None = None
    operators: list[OperatorShown] | None = None


class Arounds(msgspec.Struct, frozen=True, kw_only=True):
    """The moments of a span, and after which to go on; None: that was all."""

    from_ms: int
    until_ms: int
    next_ms: int | None
    moments: list[Around]


class Asked(NamedTuple):
    """Of which span, and what whoever asks may see."""

    from_ms: int
    until_ms: int
    tracks: frozenset[int]  # that were revealed
    sensors: bool
    permits: bool


class Moment(NamedTuple):
    """One moment, with places of operators as the record has them: pseudonyms."""

    around: Around
    pilots: tuple[tuple[int, PilotNow], ...] | None

    @property
    def says(self) -> bool:
        """Whether anything is otherwise."""
        return self.pilots is not None or self.around != Around(t_ms=self.around.t_ms)


class Told(NamedTuple):
    """What is answered, before it is masked for whoever asks."""

    until_ms: int
    next_ms: int | None
    moments: list[Moment]


def around(record: Path, views: Path, asked: Asked, begun_ns: Sequence[int]) -> Told:
    """Return the moments of a span; `begun_ns`: when the runs of the station began.

    Raises Unavailable where the views cannot be read, Refused where there is no record.
    """
    early_ns = HEARD_NS if asked.sensors else 0
    with Sky(record, views, asked.from_ms * MS - early_ns) as sky:
        teller = _Teller(sky, asked, begun_ns)
        for changes in sky.forward(asked.from_ms * MS):
            teller.took(changes)
        t_ms, began = asked.from_ms, sky.folded
        moments = [teller.moment(t_ms)]
        while t_ms < asked.until_ms and sky.folded - began < TICKS_MAX:
            t_ms = min(t_ms + 1_000, asked.until_ms)
            for changes in sky.forward(t_ms * MS):
                teller.took(changes)
            moments.append(teller.moment(t_ms))
    return Told(t_ms, t_ms if t_ms < asked.until_ms else None, [each for each in moments if each.says])


class _Teller:
    """Tells each part where it is otherwise than it was told last."""

    def __init__(self, sky: Sky, asked: Asked, begun_ns: Sequence[int]) -> None:
        self._live, self._asked, self._begun_ns = sky.live, asked, sorted(begun_ns)
        self._heard_ns: dict[str, int] = {}
        self._told: dict[str, object] = {}
        self._permits_due_ns: int | None = 0
        if asked.permits:
            sky.know_permits()
        if asked.sensors:
            sky.listens = self._listen

    def took(self, changes: Changes) -> None:
        """Note what a tick changed."""
        if any(kind in PERMITS for kind, _ in changes.objects):
            self._permits_due_ns = 0

    def moment(self, t_ms: int) -> Moment:
        """Return what is otherwise at a moment."""
        t_ns, live = t_ms * MS, self._live
        pilots = self._new("pilots", tuple(self._pilots(live)))
        stands = self._new("coverage", tuple(self._stands(t_ns))) if self._asked.sensors else None
        said = Around(
            t_ms=t_ms,
            sites=self._new("sites", surroundings.sites(live.law, t_ns)),
            coverage=None if stands is None else surroundings.shown(stands),
            permits=self._permits(t_ns),
        )
        return Moment(said, pilots)

    def _new(self, name: str, part: Part) -> Part | None:
        """Return a part that is otherwise than it was told last, None where it is the same."""
        if name in self._told and self._told[name] == part:
            return None
        self._told[name] = part
        return part

    def _permits(self, t_ns: int) -> PermitsShown | None:
        if not self._asked.permits or self._permits_due_ns is None or t_ns < self._permits_due_ns:
            return None
        self._permits_due_ns = permit_volumes.next_change_ns(self._live.law, t_ns)
        return self._new("permits", permit_volumes.shown_at(self._live.law, t_ns))

    def _pilots(self, live: Live) -> Iterator[tuple[int, PilotNow]]:
        for track_id in sorted(self._asked.tracks):
            track = live.tracks.live.get(track_id)
            pilot = None if track is None else live.pilot_of(track)
            if pilot is not None:
                yield track_id, pilot

    # ---- sensors

    def _listen(self, row: TickRow) -> None:
        """Note which sensors are heard in a tick; what was heard just now is not looked for again."""
        wanted = {
            each.sensor_id
            for each in self._live.law.sensors.values()
            if each.coverage is not None and row.now_ns - self._heard_ns.get(each.sensor_id, 0) > FRESH_NS
        }
        for leaf in row.leaves:
            if not wanted:
                return
            if leaf.kind != LeafKind.FACT or leaf.body is None or OBSERVED not in leaf.body[:HEAD]:
                continue
            sensor_id = getattr(codec.decode_trusted(leaf.body), "sensor_id", None)
            if sensor_id in wanted:
                wanted.remove(sensor_id)
                self._heard_ns[sensor_id] = row.now_ns

    def _stands(self, t_ns: int) -> Iterator[Stands]:
        live = self._live
        ran = max((each for each in self._begun_ns if each <= t_ns), default=0)
        recorded = t_ns - live.at.now_ns <= QUIET_NS
        for sensor in sorted(live.law.sensors.values(), key=lambda each: each.sensor_id):
            yield self._stand(_declared(sensor), t_ns, recorded=recorded, ran_ns=ran)

    def _stand(self, sensor: SensorNow, t_ns: int, *, recorded: bool, ran_ns: int) -> Stands:
        ill = self._live.cases.health.get((SILENT, sensor.sensor_id))
        heard_ns = self._heard_ns.get(sensor.sensor_id, 0)
        if sensor.coverage is None:
            return Stands(sensor, "undeclared", None)
        if not recorded:
            return Stands(sensor, "unknown", None)
        if ill is not None and not ill.well:
            return Stands(sensor, "silent", ill.since_ns)
        heard = heard_ns >= max(ran_ns, t_ns - HEARD_NS)
        return Stands(sensor, "sees" if heard else "unknown", None)


def _declared(sensor: SensorNow) -> SensorNow:
    """Return a sensor without what is found out of it all the time: as a copy, since the fold changes it in place."""
    return msgspec.structs.replace(sensor, entry_index=0, t_ns=0, bias=None, late=0)
