"""One track as the record tells it: everything that was concluded about it, in the order of the record."""

from __future__ import annotations

import dataclasses

from skykeep.facts.columns import Estimate
from skykeep.facts.concluded import (
    AlarmChanged,
    ApproachSeen,
    EntryForeseen,
    ExistenceMoved,
    FactRef,
    Phase,
    Rung,
    TrackClassified,
    TrackFlagged,
    TrackIdentified,
    TrackLost,
    VerdictReached,
)

BIRD_PPM = 800_000  # from this probability on, a track of which nothing else is known is counted among the birds


@dataclasses.dataclass(slots=True)
class Track:
    """Everything that was concluded about one track, in the order of the record."""

    track_id: int
    points: list[Estimate] = dataclasses.field(default_factory=list)
    identities: list[TrackIdentified] = dataclasses.field(default_factory=list)
    classes: list[TrackClassified] = dataclasses.field(default_factory=list)
    flags: list[TrackFlagged] = dataclasses.field(default_factory=list)
    rungs: list[ExistenceMoved] = dataclasses.field(default_factory=list)
    verdicts: list[VerdictReached] = dataclasses.field(default_factory=list)
    entries: list[EntryForeseen] = dataclasses.field(default_factory=list)
    approaches: list[ApproachSeen] = dataclasses.field(default_factory=list)
    alarms: list[AlarmChanged] = dataclasses.field(default_factory=list)
    lost: list[TrackLost] = dataclasses.field(default_factory=list)
    merged_into: int | None = None
    merged: list[int] = dataclasses.field(default_factory=list)  # tracks that turned out to be this one
    evidence: list[FactRef] = dataclasses.field(default_factory=list)  # the facts behind identity and verdicts
    fed: dict[str, int] = dataclasses.field(default_factory=dict)  # estimates that each sensor's report moved last

    @property
    def simulated(self) -> bool:
        """Whether any of its reports was invented: then none of it is evidence of a real flight."""
        return any(point.simulated for point in self.points[-1:] + self.points[:1])

    @property
    def manned(self) -> bool:
        """Whether it was last held to be a manned aircraft."""
        by_word = bool(self.identities) and self.identities[-1].manned
        return by_word or (bool(self.points) and self.points[-1].manned)

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

    @property
    def established(self) -> bool:
        """Whether it was ever more than tentative."""
        return any(point.phase is Phase.ESTABLISHED for point in self.points)

    @property
    def likeliest(self) -> tuple[str, int] | None:
        """What kind of thing it was last held to be, with the probability in millionths; None: nothing was told."""
        return self.classes[-1].ppm[0] if self.classes and self.classes[-1].ppm else None

    @property
    def raised(self) -> list[TrackFlagged]:
        """The flags that were up at the end, in the order in which they went up."""
        last = {told.flag: told for told in self.flags}
        return [told for told in sorted(last.values(), key=lambda told: told.t_ns) if told.up]

    @property
    def alarmed(self) -> bool:
        """Whether an alarm ever sounded for it; one that was suppressed did not."""
        return any(told.state == "unacknowledged" for told in self.alarms)

    @property
    def named(self) -> bool:
        """Whether it ever gave an identity."""
        return any(told.uas_id is not None or told.session_id is not None for told in self.identities)

    @property
    def faint(self) -> bool:
        """Whether too little was heard to say that something flew: never established, and never alarming."""
        return bool(self.points) and not self.established and not self.alarmed

    @property
    def refuted(self) -> bool:
        """Whether sensors that look there saw nothing, to the end; an alarm that sounded is told all the same."""
        return bool(self.rungs) and self.rungs[-1].rung is Rung.REFUTED and not self.alarmed

    @property
    def bird(self) -> bool:
        """Whether it is told among the birds: likely one, without an identity and without an alarm."""
        name, ppm = self.likeliest or ("", 0)
        return name == "bird" and ppm >= BIRD_PPM and not self.named and not self.alarmed


def put_together(track: Track, parts: list[Track]) -> Track:
    """Return a track together with those that turned out to be it, in the order of time."""
    every = [track, *parts]
    fed: dict[str, int] = {}
    for part in every:
        for sensor_id, count in part.fed.items():
            fed[sensor_id] = fed.get(sensor_id, 0) + count
    return Track(
        track.track_id,
        points=sorted((told for part in every for told in part.points), key=lambda told: told.t_ns),
        identities=sorted((told for part in every for told in part.identities), key=lambda told: told.t_ns),
        classes=sorted((told for part in every for told in part.classes), key=lambda told: told.t_ns),
        flags=sorted((told for part in every for told in part.flags), key=lambda told: told.t_ns),
        rungs=sorted((told for part in every for told in part.rungs), key=lambda told: told.t_ns),
        verdicts=sorted((told for part in every for told in part.verdicts), key=lambda told: told.t_ns),
        entries=sorted((told for part in every for told in part.entries), key=lambda told: told.t_ns),
        approaches=sorted((told for part in every for told in part.approaches), key=lambda told: told.t_ns),
        alarms=sorted((told for part in every for told in part.alarms), key=lambda told: told.t_ns),
        lost=track.lost,
        merged=sorted(part.track_id for part in parts),
        evidence=[ref for part in every for ref in part.evidence],
        fed=fed,
    )
