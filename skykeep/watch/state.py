"""All that the watch remembers between two ticks: arrays with one row a track, and tables beside them.

`step` consumes the state that it is given (arrays are changed in place); whoever needs it again takes a `copy`.
"""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from skykeep.facts.concluded import FactRef, Phase, Trust, Verdict
from skykeep.facts.enacted import Enacted, SensorDeclared
from skykeep.geo.altitude import Altitude
from skykeep.rules.flight import Stood
from skykeep.rules.law import Law
from skykeep.watch.frame import Floats
from skykeep.watch.kalman import Ints, Now, Settled
from skykeep.watch.settings import WatchSettings

PHASES = (Phase.TENTATIVE, Phase.ESTABLISHED, Phase.LOST)
TENTATIVE, ESTABLISHED, LOST = range(3)

RECENT = np.dtype(
    [
        ("track", "i8"),  # track id
        ("t_ns", "i8"),  # when measured, by the sensor's clock
        ("lat_e7", "i8"),
        ("lon_e7", "i8"),
        ("claim", "i8"),  # the sender's own time stamp, -1 unknown: tells repeats from news
        ("z", "f8", (5,)),  # place (m) in the watch's frame; velocity (m/s) along that place's east and north
        (
            "r",
            "f8",
            (5,),
        ),  # variances along that place's axes and of the velocity; negative: not measured
        ("assumed", "i8"),  # 1: the spread of the place was assumed
    ]
)
"""A report within the lag, sorted by track, time and everything else: the order that delivery cannot change."""


@dataclasses.dataclass(slots=True)
class Tracks:
    """One row a track, sorted by id; n rows.

    `x` (n, 6) float64: position (m) and velocity (m/s), earth-centred (see `frame`); `p` (n, 6, 6) its covariance;
    `t_ns` (n,) what time they are for. `settled_...` is the same at the end of the lag, where reports are folded in
    for good. `last` identifies the last report that counted, to know repeats.
    """

    id: Ints
    phase: Ints
    born_ns: Ints
    heard_ns: Ints  # tick time of the last sign of life
    told_ns: Ints  # estimate time of the last TrackEstimated
    told_phase: Ints  # the phase last told of
    judged_ns: Ints  # what time the last verdict is for: no later one is for an earlier time
    reports: Ints
    t_ns: Ints
    x: Floats
    p: Floats
    settled_t_ns: Ints  # 0: nothing settled yet
    settled_x: Floats
    settled_p: Floats
    settled_reports: Ints
    last: Ints  # (n, 3): lat_e7, lon_e7, claim of the last settled report
    sigma_m: Floats  # standard deviation of the latest report: averaging does not remove a GNSS receiver's drift
    assumed: Ints  # 1: that spread was assumed
    manned: Ints  # 1: a report says that it is manned, and none that it is not
    unmanned: Ints  # 1: a report says that it is not
    simulated: Ints

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.id)

    def row(self, track_id: int) -> int:
        """Return the row of a track that exists, else where it would be."""
        return int(self.id.searchsorted(track_id))

    def rows(self, track_ids: list[int]) -> Ints:
        """Return the rows of tracks that exist."""
        return self.id.searchsorted(np.array(track_ids, np.int64))

    def settled(self) -> Settled:
        """Return the settled states as the kernels take them."""
        return self.settled_t_ns, self.settled_x, self.settled_p, self.settled_reports, self.last

    def now(self) -> Now:
        """Return the present states as the kernels take them."""
        return self.t_ns, self.x, self.p, self.reports, self.sigma_m, self.assumed


def no_tracks() -> Tracks:
    """Return a table without rows."""
    shapes: dict[str, tuple[int, ...]] = {
        "x": (6,),
        "settled_x": (6,),
        "p": (6, 6),
        "settled_p": (6, 6),
        "last": (3,),
        "sigma_m": (),
    }
    arrays: dict[str, Any] = {}
    for field in dataclasses.fields(Tracks):
        kind = np.float64 if field.type == "Floats" else np.int64
        arrays[field.name] = np.zeros((0, *shapes.get(field.name, ())), dtype=kind)
    return Tracks(**arrays)


NO_ID = 2**63 - 1  # of a row that no track has taken yet: greater than any, so that the rows stay sorted


def append_rows(tracks: Tracks, count: int) -> None:
    """Add `count` rows of zeros at the end, with NO_ID."""
    for field in dataclasses.fields(Tracks):
        old = getattr(tracks, field.name)
        more = np.full((count, *old.shape[1:]), NO_ID if field.name == "id" else 0, dtype=old.dtype)
        setattr(tracks, field.name, np.concatenate([old, more]))


def trim_rows(tracks: Tracks) -> None:
    """Drop the rows that no track has taken."""
    count = tracks.row(NO_ID)
    if count < len(tracks):
        for field in dataclasses.fields(Tracks):
            setattr(tracks, field.name, getattr(tracks, field.name)[:count])


def keep_rows(tracks: Tracks, kept: npt.NDArray[np.bool_]) -> None:
    """Drop the rows where `kept` (n,) is False."""
    for field in dataclasses.fields(Tracks):
        setattr(tracks, field.name, getattr(tracks, field.name)[kept])


SESSION, OPERATOR, CALLSIGN = "session", "operator", "callsign"
_BEST_FIRST = ("serial", "registration", "utm", "reserved", "none", CALLSIGN)


class Named:
    """What calls itself something: `ids` holds one name of each kind, F3411's id kinds, "operator" and "callsign"."""

    __slots__ = ()
    ids: dict[str, str]

    @property
    def id_kind(self) -> str:
        """The kind of `uas_id`; "none" without one."""
        return next((kind for kind in _BEST_FIRST if kind in self.ids), "none")

    @property
    def uas_id(self) -> str | None:
        """The name that identifies the aircraft best."""
        return self.ids.get(self.id_kind)

    @property
    def session_id(self) -> str | None:
        """The session id, which stands for the aircraft during one flight."""
        return self.ids.get(SESSION)

    @property
    def operator_id(self) -> str | None:
        """The operator's registration."""
        return self.ids.get(OPERATOR)

    def of_aircraft(self) -> list[str]:
        """Return the names that no two aircraft may share, the best first."""
        return [self.ids[kind] for kind in _BEST_FIRST[:-1] if kind in self.ids] if self.ids else []


@dataclasses.dataclass(slots=True)
class Transmitter(Named):
    """What was heard from one radio: the tracks it moves, and who it says it is."""

    tracks: list[int]
    heard_ns: int = 0
    ids: dict[str, str] = dataclasses.field(default_factory=dict)
    said_ns: dict[str, int] = dataclasses.field(default_factory=dict)  # by kind: when the name was said, sensor time
    named_ns: int = 0  # tick time when a name was last heard
    evidence: tuple[FactRef, ...] = ()


@dataclasses.dataclass(slots=True)
class Identity(Named):
    """Who a track says it is, and what speaks against it."""

    transmitters: list[str]  # those that moved it, in the order met
    ids: dict[str, str] = dataclasses.field(default_factory=dict)
    manned: bool = False  # as last told
    trust: Trust = Trust.NONE
    flags: tuple[str, ...] = ()
    evidence: tuple[FactRef, ...] = ()


@dataclasses.dataclass(slots=True)
class Heights:
    """The latest heights reported of a track, and the report that moved it last."""

    altitude: Altitude | None = None  # HAE, AMSL or STD
    altitude_sigma_mm: int = 0
    pressure_altitude: Altitude | None = None  # STD
    pressure_sigma_mm: int = 0
    height: Altitude | None = None  # AGL or TAKEOFF
    height_sigma_mm: int = 0
    stood: Stood | None = None  # where it last said that it stands on the ground
    t_ns: int = 0
    evidence: FactRef = dataclasses.field(default_factory=lambda: FactRef(0, 0))


class Told(msgspec.Struct, frozen=True, array_like=True):
    """All of a verdict that is worth telling again when it changes; margins move all the time."""

    verdict: Verdict
    clause: str
    zone_version: int | None
    permit: str | None  # "id/version"
    missing: tuple[str, ...]
    coming: str | None  # "zone id/version"
    trust: Trust
    law_complete: bool


@dataclasses.dataclass(slots=True)
class Alarm:
    """One alarm's place in the state table."""

    alarm_id: int
    state: str


@dataclasses.dataclass(slots=True)
class State:
    """Everything `step` knows; the tables are dicts in the order of the record, never iterated as sets."""

    settings: WatchSettings
    law: Law = dataclasses.field(default_factory=Law)
    enacted: list[Enacted] = dataclasses.field(default_factory=list)  # the facts that made `law` and `sensors`
    sensors: dict[str, SensorDeclared] = dataclasses.field(default_factory=dict)
    tracks: Tracks = dataclasses.field(default_factory=no_tracks)
    recent: npt.NDArray[np.void] = dataclasses.field(default_factory=lambda: np.zeros(0, RECENT))
    transmitters: dict[str, Transmitter] = dataclasses.field(default_factory=dict)
    identities: dict[int, Identity] = dataclasses.field(default_factory=dict)
    by_uas_id: dict[str, list[int]] = dataclasses.field(default_factory=dict)  # tracks that give this id, sorted
    heights: dict[int, Heights] = dataclasses.field(default_factory=dict)
    verdicts: dict[int, dict[str, Told]] = dataclasses.field(default_factory=dict)  # by track, then zone ("": none)
    alarms: dict[tuple[int, str], Alarm] = dataclasses.field(default_factory=dict)
    next_track_id: int = 1
    next_alarm_id: int = 1
    now_ns: int = 0

    def copy(self) -> State:
        """Return a state that shares nothing that `step` changes."""
        shared = {id(self.law): self.law, id(self.settings): self.settings}
        return copy.deepcopy(self, shared)
