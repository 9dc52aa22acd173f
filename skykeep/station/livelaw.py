"""What a station's files enact when it begins, less what its record holds already; and what comes of them later."""

from __future__ import annotations

import dataclasses
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from skykeep.errors import SkykeepError
from skykeep.facts.codec import Fact
from skykeep.facts.enacted import (
    BodiesSampled,
    LawDeclared,
    ObjectKnown,
    PermitEnacted,
    PermitRevoked,
    PressureSet,
    SensorDeclared,
    SiteProtected,
    SurfaceSampled,
    Volume,
    ZoneEnacted,
    ZoneWithdrawn,
)
from skykeep.facts.personal import KeyedNames, Name, Names
from skykeep.station import almanac, heights, law, officelaw, sensorfile
from skykeep.station.config import Config, Home
from skykeep.station.database import DATABASE
from skykeep.station.sensorfile import GivenSensors
from skykeep.watch.state import State

DAY_NS = 86_400 * 10**9


@dataclasses.dataclass(slots=True)
class Given:
    """What the files of a station say."""

    facts: list[Fact]
    sensors: GivenSensors
    inputs: list[tuple[str, str]]  # kind and SHA-256 of each file
    notes: list[str]


def given(home: Home, config: Config, names: Names, now_ns: int) -> Given:
    """Read the files that the configuration names; raises Refused for one that cannot be used."""
    files = config.law
    read = law.load(_paths(home, files.zones), _paths(home, files.permits), names, _paths(home, config.offices))
    terrain = _paths(home, files.terrain)
    levels = heights.over_law(read.volumes(), terrain, sigma_m=config.watch.terrain_sigma_m)
    sensors = sensorfile.load_all(_paths(home, files.sensors), terrain, frozenset())
    acts = read.acts(now_ns, complete=config.watch.law_complete)
    acts += heights.acts(levels, config.watch.qnh_hpa, now_ns)
    sky = almanac.over(sensors.facts, now_ns)
    facts: list[Fact] = [_from_now(fact, now_ns) for _, fact in acts]
    inputs = [*read.sha256s, *levels.sha256s, *sensors.sha256s, *almanac.sha256s(sensors.facts)]
    notes = [*read.refused, *read.doubts, *levels.notes, *sensors.notes]
    return Given([*facts, *sensors.facts, *sky], sensors, inputs, notes)


def _from_now(fact: Fact, now_ns: int) -> Fact:
    """Return a pressure as one that holds from now on: an earlier run may have set another."""
    return msgspec.structs.replace(fact, t_ns=now_ns) if isinstance(fact, PressureSet) else fact


def _paths(home: Home, names: Sequence[str]) -> list[Path]:
    return [home.at(name) for name in names]


def news(facts: Sequence[Fact], state: State) -> tuple[list[Fact], list[str]]:
    """Return what of these facts the watch does not know yet, and in words what cannot be taken over.

    What says how one thing stands (a sensor's place, the pressure) is held against what was said of it last.
    """
    known = {_subject(fact): fact for fact in state.enacted}
    withdrawn: dict[str, int] = {}
    for act in state.enacted:
        if isinstance(act, ZoneWithdrawn):
            withdrawn[act.zone_id] = max(act.version, withdrawn.get(act.zone_id, 0))
    fresh: list[Fact] = []
    notes: list[str] = []
    for fact in facts:
        before = known.get(_subject(fact))
        if before is None:
            if isinstance(fact, ZoneEnacted) and fact.version <= withdrawn.get(fact.zone_id, 0):
                notes.append(f"zone {fact.zone_id} version {fact.version} is not in force: a later one was withdrawn")
            else:
                fresh.append(fact)
        elif _said(fact) != _said(before):
            fresh.append(fact)
        elif isinstance(fact, ZoneEnacted) and isinstance(before, ZoneEnacted) and fact.native != before.native:
            notes.append(
                f"zone {fact.zone_id}: its file says something else than version {fact.version} in the record; "
                "a version never changes: raise the version in the file"
            )
    return fresh, notes


def _subject(fact: object) -> tuple[object, ...]:
    """Return what a fact is about: two of the same subject are the same act, unless they say something else."""
    match fact:
        case ZoneEnacted():
            return ("zone", fact.zone_id, fact.version)
        case PermitEnacted():
            return ("permit", fact.permit_id, fact.version)
        case PermitRevoked():
            return ("revoked", fact.permit_id, fact.t_ns)
        case LawDeclared():
            return ("declared",)
        case PressureSet():
            return ("pressure", fact.place)
        case SurfaceSampled():
            return ("surface", msgspec.structs.replace(fact, t_ns=0))
        case BodiesSampled():
            return ("sky", fact.from_ns // DAY_NS)
        case SensorDeclared():
            return ("sensor", fact.sensor_id)
        case SiteProtected() | ObjectKnown():
            return ("stands", fact)
        case _:
            return ("other", id(fact))


def _said(fact: object) -> object:
    """Return what a fact says of its subject, where that may change and change back; None for all others."""
    match fact:
        case LawDeclared():
            return fact.complete
        case PressureSet():
            return fact.qnh_pa
        case SensorDeclared():
            return fact
        case _:
            return None


@dataclasses.dataclass(frozen=True, slots=True)
class _Read:
    """What one office enacted, and the personal values that its facts stand for."""

    facts: list[Fact]
    names: list[Name]


class Offices:
    """Looks whether a permit office granted or took back anything since; reads on a thread of its own."""

    def __init__(self, home: Home, config: Config, names: KeyedNames, fresh: Callable[[], KeyedNames]) -> None:
        """`fresh`: pseudonyms under the record's key, of nobody yet: those of the watch are for its thread alone."""
        self._paths, self._names, self._fresh = _paths(home, config.offices), names, fresh
        self._seen: dict[Path, tuple[int, ...]] = {}
        self._read: deque[_Read] = deque()
        self._stop, self._wake = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self.besides: Callable[[], None] = lambda: None  # done on the same thread, after each look
        self.faults: dict[str, str] = {}  # by office: why it could not be read when it was looked at last; "": it could

    def start(self) -> None:
        """Begin to read, where there are offices."""
        if self._paths:
            self._thread = threading.Thread(target=self._run, name="offices", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End, after the office that is being read."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=10.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            self.read()
            self.besides()
            self._wake.wait(LOOK_S)
            self._wake.clear()

    def look(self) -> None:
        """Look at once: somebody acted in an office just now."""
        self._wake.set()

    def read(self) -> None:
        """Read the offices whose records have changed; cheap where none has."""
        for path in self._paths:
            found = stamp(path)
            if self._seen.get(path) == found:
                continue
            names = self._fresh()
            try:
                read = officelaw.load(path, names)
            except SkykeepError as error:
                self.faults[str(path)] = str(error)
                continue
            self._read.append(_Read([*read.permits, *read.revocations], names.take_new()))
            self._seen[path] = found
            self.faults[str(path)] = ""

    def take(self, state: State) -> tuple[list[Fact], list[str]]:
        """Return what is new of what was read, and in words what is doubtful; on the watch's thread."""
        if not self._read:
            return [], []
        read = self._read.popleft()
        fresh, doubts = news(read.facts, state)
        if fresh:
            for name in read.names:  # the same pseudonym, by the same key; now its value stands in the record too
                self._names.pseudonym(name.kind, name.value)
        return fresh, doubts


LOOK_S = 1.0


def stamp(path: Path) -> tuple[int, ...]:
    """Return what changes when a record does."""
    stamps = []
    for name in (DATABASE, f"{DATABASE}-wal"):
        try:
            found = (path / name).stat()
            stamps += [found.st_mtime_ns, found.st_size]
        except OSError:
            stamps += [0, 0]
    return tuple(stamps)


def surfaces_under(volumes: Sequence[Volume], home: Home, config: Config, now_ns: int) -> list[Fact]:
    """Return ground and geoid under volumes that are new, for their heights to be comparable."""
    levels = heights.over_law(volumes, _paths(home, config.law.terrain), sigma_m=config.watch.terrain_sigma_m)
    return [fact for _, fact in heights.acts(levels, None, now_ns)]
