"""All that the watch remembers between two ticks: arrays with one row a track, and tables beside them.

`step` consumes the state that it is given (arrays are changed in place); whoever needs it again takes a `copy`.
"""

from __future__ import annotations

import copy
import dataclasses

import msgspec

from skykeep.facts.concluded import FactRef, Phase, Trust, Verdict
from skykeep.facts.enacted import Enacted, SiteProtected
from skykeep.rules.flight import Stood
from skykeep.rules.law import Law
from skykeep.watch.alarmmemory import Alarms
from skykeep.watch.assume import parameters
from skykeep.watch.bearings import Bearings, no_bearings
from skykeep.watch.benign import Benign
from skykeep.watch.bias import Biases, no_biases
from skykeep.watch.classify import ClassMemory
from skykeep.watch.flagmemory import FlagMemory
from skykeep.watch.foresee import Foresight
from skykeep.watch.group import Groups
from skykeep.watch.guard import Guard
from skykeep.watch.hold import PresenceMemory
from skykeep.watch.incidentmemory import Incidents
from skykeep.watch.laddermemory import LadderMemory
from skykeep.watch.radios import Radios
from skykeep.watch.reports import Floats
from skykeep.watch.sensors import Sensors
from skykeep.watch.settings import WatchSettings
from skykeep.watch.table import Tracks, no_tracks
from skykeep.watch.window import Window, no_window

PHASES = (Phase.TENTATIVE, Phase.ESTABLISHED, Phase.LOST)

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
    trust: Trust = Trust.NONE
    flags: tuple[str, ...] = ()
    evidence: tuple[FactRef, ...] = ()


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
class Memories:
    """What the later stages remember, one field each; a snapshot holds them as they are."""

    flags: FlagMemory = dataclasses.field(default_factory=FlagMemory)
    classes: ClassMemory = dataclasses.field(default_factory=ClassMemory)
    ladder: LadderMemory = dataclasses.field(default_factory=LadderMemory)
    presences: PresenceMemory = dataclasses.field(default_factory=PresenceMemory)
    foresight: Foresight = dataclasses.field(default_factory=Foresight)
    guard: Guard = dataclasses.field(default_factory=Guard)
    groups: Groups = dataclasses.field(default_factory=Groups)
    alarms: Alarms = dataclasses.field(default_factory=Alarms)
    incidents: Incidents = dataclasses.field(default_factory=Incidents)


@dataclasses.dataclass(slots=True)
class State:
    """Everything `step` knows; the tables are dicts in the order of the record, never iterated as sets."""

    settings: WatchSettings
    law: Law = dataclasses.field(default_factory=Law)
    enacted: list[Enacted] = dataclasses.field(default_factory=list)  # the facts that made `law` and `sensors`
    sensors: Sensors = dataclasses.field(default_factory=Sensors)
    tracks: Tracks = dataclasses.field(default_factory=no_tracks)
    window: Window = dataclasses.field(default_factory=no_window)
    radios: Radios = dataclasses.field(default_factory=Radios)
    bias: Biases = dataclasses.field(default_factory=no_biases)
    bearings: Bearings = dataclasses.field(default_factory=no_bearings)
    transmitters: dict[str, Transmitter] = dataclasses.field(default_factory=dict)
    identities: dict[int, Identity] = dataclasses.field(default_factory=dict)
    by_uas_id: dict[str, list[int]] = dataclasses.field(default_factory=dict)  # tracks that give this id, sorted
    stood: dict[int, Stood] = dataclasses.field(
        default_factory=dict
    )  # where a track last said that it is on the ground
    verdicts: dict[int, dict[str, Told]] = dataclasses.field(default_factory=dict)  # by track, then zone ("": none)
    permitted: dict[int, str] = dataclasses.field(default_factory=dict)  # by track: the permit it flies under
    benign: Benign = dataclasses.field(default_factory=Benign)
    sites: list[SiteProtected] = dataclasses.field(default_factory=list)
    memories: Memories = dataclasses.field(default_factory=Memories)
    next_track_id: int = 1
    now_ns: int = 0

    @property
    def params(self) -> Floats:
        """What the kernels take of the settings."""
        return parameters(self.settings)

    def copy(self) -> State:
        """Return a state that shares nothing that `step` changes."""
        shared: dict[int, object] = {id(self.law): self.law, id(self.settings): self.settings}
        shared |= {id(fact): fact for fact in (*self.enacted, *self.sites)}  # nothing changes a fact
        return copy.deepcopy(self, shared)
