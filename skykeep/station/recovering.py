"""What the station does with a tick that its watch cannot step: keeps it, finds what fails, goes on without that.

    1. the tick goes to the quarantine, durable, before anything else
    2. the state, which a failed step has spoilt, is made again from the record
    3. what cannot be stepped is found by halves, on copies of that state
    4. the others are stepped; each frame that cannot be stands in the record with its bytes, as unreadable, with why
    5. an alarm says of whom something was not judged; an act that cannot be taken in is refused, and in force nowhere
    6. where that is an act of the law, the law is declared incomplete: no flight is called free of rules

Where that fails too the process ends, and is started again; the tick is then taken up from the quarantine. A watch that
cannot step even an empty tick then lets go of its tracks and goes on with the law and the alarms. All of it replays:
the record holds only what was stepped.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

from skykeep.errors import Malformed, SkykeepError, Unavailable
from skykeep.facts.acted import Health
from skykeep.facts.codec import Fact
from skykeep.facts.enacted import (
    LawDeclared,
    PermitEnacted,
    PermitRevoked,
    SensorDeclared,
    ZoneEnacted,
    ZoneOverridden,
    ZoneWithdrawn,
)
from skykeep.facts.observed import Observed
from skykeep.station.healthwatch import HealthWatch
from skykeep.station.isolating import Sifted, sift, told, units_of
from skykeep.station.quarantine import Quarantine
from skykeep.station.recorder import Recorder
from skykeep.station.running import Note, Running, Stepped
from skykeep.station.store import Store
from skykeep.station.supervising import heartbeat
from skykeep.station.ticks import Gathered

DRAIN_S = 20.0
QUIET_NS = 600 * 10**9
"""So long after frames of a sensor were set aside last the watch is held to be well again."""
OF_THE_LAW = (ZoneEnacted, ZoneOverridden, ZoneWithdrawn, PermitEnacted, PermitRevoked, LawDeclared)
_IDS = ("zone_id", "permit_id", "sensor_id", "site_id", "object_id", "place", "incident_id", "alarm_id")


@dataclasses.dataclass(frozen=True, slots=True)
class Mended:
    """A tick that was stepped after all, less what could not be."""

    stepped: Stepped
    kept: Path | None  # its file, to be dropped once it is durable in the record
    refused: list[Fact]  # acts that are in force nowhere


class Recovering:
    """Mends the ticks of one station; the loop's thread calls it, and nothing goes on meanwhile."""

    def __init__(
        self,
        running: Running,
        store: Store,
        recorder: Recorder,
        quarantine: Quarantine,
        health: HealthWatch,
        note: Note,
    ) -> None:
        self._running, self._store, self._recorder = running, store, recorder
        self._quarantine, self._health, self._note = quarantine, health, note
        self._ill: dict[str, int] = {}  # by subject: when something heard of it was set aside last
        self.count = 0  # units that were set aside since the station began

    def waiting(self) -> list[tuple[Path, Gathered]]:
        """Return what was heard in ticks that an earlier run could not step.

        Not what was asked for in them: whoever asked was told that the station ends, and to ask again.
        """
        found: list[tuple[Path, Gathered]] = []
        for path in self._quarantine.waiting():
            try:
                tick = self._quarantine.read(path)
            except Malformed as error:
                self._note(f"warning: {error}")
                continue
            except OSError as error:  # it stays, and the watch begins without it
                self._note(f"warning: {path.name}: a tick that could not be stepped lies there and cannot be read "
                           f"({error}); it is tried again at the next start")  # fmt: skip
                continue
            self._note(f"{len(tick.frames)} frames that were heard before are stepped now, from {path.name}")
            tick.facts = [fact for fact in tick.facts if isinstance(fact, Observed | SensorDeclared)]
            found.append((path, tick))
        return found

    def look_at_state(self, now_ns: int) -> None:
        """Let go of the tracks where the watch cannot go on with them; before the run begins in the record."""
        error = self._running.fault(now_ns, ())
        if error is not None:
            self._note(
                f"THE WATCH CANNOT GO ON with the tracks that it had ({told(error)}): "
                "they begin anew; law and alarms stay"
            )
            self._running.begin_anew()

    def mend(
        self, tick: Gathered, together: Sequence[Sequence[Fact]], error: Exception, *, kept: Path | None = None
    ) -> Mended:
        """Step what can be stepped of a tick that failed with `error`; raises Unavailable where nothing can be."""
        why = told(error)
        self._note(f"A TICK CANNOT BE STEPPED: {why}")
        kept = kept or self._keep(tick, why)
        if isinstance(error, MemoryError):  # says nothing of what was heard
            raise error
        if not self._recorder.drain(DRAIN_S):
            raise Unavailable(f"a tick cannot be stepped ({why}), and the disk does not take those before it")
        self._running.rebuild(self._store, self._note)
        sifted = self._sifted(tick, together, why)
        stepped = self._running.step(sifted.tick, always=True)
        assert stepped is not None, "it was to be stepped always"
        self._tell(sifted, why, tick.now_ns)
        return Mended(stepped, kept, sifted.acts)

    def drop(self, kept: Path | None) -> None:
        """Forget a tick that is durable in the record now."""
        if kept is not None:
            self._quarantine.drop(kept)

    def look(self, now_ns: int) -> None:
        """Say that a sensor is well again, once nothing of it was set aside for a while.

        Not so an act: it holds nowhere until it is tried again, when the station begins the next time.
        """
        for subject in [subject for subject, t_ns in self._ill.items() if now_ns - t_ns > QUIET_NS]:
            del self._ill[subject]
            self._health.observe(Health.UNSTEPPED, subject, well=True, t_ns=now_ns)

    def _keep(self, tick: Gathered, why: str) -> Path | None:
        try:
            return self._quarantine.keep(tick, why)
        except SkykeepError as fault:  # then it is in memory only, until it is in the record
            self._note(f"it cannot be kept in the quarantine: {fault}")
            return None

    def _sifted(self, tick: Gathered, together: Sequence[Sequence[Fact]], why: str) -> Sifted:
        now_ns, running = tick.now_ns, self._running
        if (fault := running.fault(now_ns, ())) is not None:
            raise Unavailable(f"the watch cannot step an empty tick either ({told(fault)}): it begins again")

        def works(facts: Sequence[Fact]) -> bool:
            heartbeat()  # a long mend is no hang
            return running.fault(now_ns, facts) is None

        sifted = sift(tick, units_of(tick, together), works, why)
        self._doubt_law(sifted, works)
        if sifted.acts:
            self._keep_refused(Gathered(now_ns, names=tick.names, facts=sifted.acts), why)
        return sifted

    def _keep_refused(self, acts: Gathered, why: str) -> None:
        try:
            self._quarantine.keep(acts, why, refused=True)
        except SkykeepError as fault:
            self._note(f"what is refused cannot be kept: {fault}")

    def _doubt_law(self, sifted: Sifted, works: Callable[[Sequence[Fact]], bool]) -> None:
        """Declare the law incomplete, in the same tick, where an act of it holds nowhere: a zone may be missing."""
        if not any(isinstance(act, OF_THE_LAW) for act in sifted.acts):
            return
        facts = sifted.tick.facts
        declared = [self._running.state.law.complete, *(act.complete for act in facts if isinstance(act, LawDeclared))]
        doubt = LawDeclared(complete=False, t_ns=sifted.tick.now_ns)
        if not declared[-1]:
            return
        if works([*facts, doubt]):
            facts.append(doubt)
        else:  # the tick is worth more; the alarm holds all the same
            self._note("THE LAW STILL COUNTS AS COMPLETE: the watch cannot take in that it is not")

    def _tell(self, sifted: Sifted, why: str, now_ns: int) -> None:
        for sensor_id, count in sifted.sensors.items():
            self._ill[sensor_id] = now_ns
            self._set_aside(
                sensor_id, count, now_ns,
                f"{count} frames of {sensor_id} are recorded, not judged: the watch cannot take them in ({why})",
            )  # fmt: skip
        for act in sifted.acts:
            named = _named(act)
            if isinstance(act, Observed):  # a source's clock that was set: heard, and gone by
                self._ill[named] = now_ns
            self._set_aside(
                named, 1, now_ns, f"an act ({named}) holds nowhere: the watch cannot take it in ({why})", unit="acts"
            )

    def _set_aside(self, subject: str, count: int, now_ns: int, words: str, unit: str = "frames") -> None:
        self.count += count
        self._note(words)
        self._health.observe(Health.UNSTEPPED, subject, well=False, t_ns=now_ns, unseen=words, value=count, unit=unit)


def _named(act: Fact) -> str:
    """Return what an act is and which one, so that two zones are two alarms."""
    ids = [str(getattr(act, name)) for name in _IDS if hasattr(act, name)]
    return " ".join([type(act).__name__, *ids[:1]])
