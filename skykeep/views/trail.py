"""What a replay saw of one track: the reports that made it, those that came near, and its own numbers over time."""

from __future__ import annotations

import dataclasses

import msgspec

from skykeep.facts.concluded import FactRef

SURE = 0.5  # a report counts as this track's from this probability of association on
NEAR_KEPT = 500  # of the reports that came near and were not its own; the rest are counted


class Seen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One report: what a sensor measured, and how surely it was of the track."""

    t_ns: int  # when measured, by the sensor's clock
    sensor_id: str
    kind: str  # "place", "bearing", "direction"
    lat_deg: float | None  # of a place
    lon_deg: float | None
    azimuth_deg: float | None  # of a bearing or direction, at its sensor
    sigma_m: float | None  # of a place, one standard deviation along the worse level axis
    probability: float  # that it is of the track
    other: int | None  # the track that it was rather given to; None: nobody, or this one
    other_probability: float
    repeat: bool  # the same was heard before, by this or another sensor, so it tells nothing new
    distance_m: float | None  # from where the track was then; None: of a bearing
    off: float  # the same, or the angle, in standard deviations of both
    ref: FactRef
    item: int  # the plot, where the fact is a scan


class Moment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The track at the end of a tick in which it learnt something, or something passed it by."""

    t_ns: int  # what time it is for
    now_ns: int  # time of the tick
    existence: float
    phase: str  # "tentative", "established", "lost"
    lat_deg: float
    lon_deg: float
    major_m: float  # one standard deviation along the axes of its level ellipse
    minor_m: float
    turn_deg: float  # of the major axis, clockwise from north
    reports: int


class Radio(msgspec.Struct, frozen=True, kw_only=True):
    """A transmitter that the track is bound to, and who else is."""

    transmitter: str  # pseudonym
    weight: float
    others: tuple[tuple[int, float], ...]  # (track, weight), the surest first


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What the watch held of the track at the end, in its own numbers."""

    born_ns: int  # when it was first measured
    existence: float
    modes: tuple[tuple[str, float], ...]  # (way of moving, probability)
    classes: tuple[tuple[str, float], ...]  # (kind, probability), the likeliest first
    flags: tuple[tuple[str, float, bool], ...]  # (flag, log-odds in nats, whether it is up)
    seen: tuple[tuple[str, int, int], ...]  # (kind of sensor, how often, when last), those that saw it
    absence: tuple[tuple[str, float], ...]  # (kind of sensor, log-likelihood of its looks in vain), below zero
    radios: tuple[Radio, ...]


@dataclasses.dataclass(slots=True)
class Trail:
    """Filled by a replay while the record goes by; everything in the order of the record."""

    used: list[Seen] = dataclasses.field(default_factory=list)
    near: list[Seen] = dataclasses.field(default_factory=list)  # NEAR_KEPT of them
    near_count: dict[tuple[str, int | None, bool], int] = dataclasses.field(default_factory=dict)
    """How many, by sensor, by the track that it was given to, and whether it was a repeat."""
    moments: list[Moment] = dataclasses.field(default_factory=list)
    standing: Standing | None = None
    differs: str | None = None  # where this program concludes otherwise than the record, in words
    skipped_ticks: int = 0  # whose facts were erased

    @property
    def unseen(self) -> int:
        """How many reports made it before it had a number, so that nobody can say which they were."""
        if not self.moments:
            return 0
        first = self.moments[0]
        own = sum(seen.t_ns <= first.t_ns for seen in self.used)
        return max(first.reports - own, 0)

    @property
    def established(self) -> Moment | None:
        """When it was first established."""
        return next((moment for moment in self.moments if moment.phase == "established"), None)


def as_plain(trail: Trail) -> dict[str, object]:
    """Return a trail as one object for other programs."""
    near = [
        {"sensor_id": sensor_id, "given_to": other, "repeat": repeat, "reports": count}
        for (sensor_id, other, repeat), count in trail.near_count.items()
    ]
    return {
        "used": [msgspec.structs.asdict(seen) | {"ref": _ref(seen)} for seen in trail.used],
        "near": [msgspec.structs.asdict(seen) | {"ref": _ref(seen)} for seen in trail.near],
        "near_counts": near,
        "moments": trail.moments,
        "standing": trail.standing,
        "differs": trail.differs,
        "skipped_ticks": trail.skipped_ticks,
    }


def _ref(seen: Seen) -> dict[str, int]:
    return {"tick": seen.ref.tick, "index": seen.ref.index}
