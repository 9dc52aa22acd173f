"""What a station does beside its watch: it seals the record, looks at the disk and who is silent, tells how it does.

All of it runs on one thread of its own and may wait; the watch does not wait for it. What would keep a processor busy
for long (verifying the record) runs in a process of its own, at the lowest priority.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from skykeep.errors import SkykeepError
from skykeep.facts.acted import Health
from skykeep.facts.enacted import SensorDeclared
from skykeep.rules.aboveground import unlevelled
from skykeep.rules.law import Law
from skykeep.station.config import HealthConfig
from skykeep.station.link import SensorStatus, Status, packed
from skykeep.station.loop import Loop, Parts
from skykeep.station.running import Note
from skykeep.station.store import Store

SEAL_S = 10.0
GROUND_NS = 600 * 10**9
UNSEALED_NS = 60 * 10**9
"""So long sealing may fail before it is told: a disk that is slow or full for a moment alarms nobody."""
SILENT_PERIODS = 5  # a sensor of a known period is silent after so many
SILENT_MIN_S = 5.0
ALONE_S = 10  # without anybody who reads the link, the web process is away


def without_ground(lacking: Sequence[str]) -> str:
    """Return in words what law cannot be judged for want of ground heights."""
    few = ", ".join(lacking[:3]) + (" and others" if len(lacking) > 3 else "")  # noqa: PLR2004
    return (
        f"limits above the ground cannot be judged, no ground heights are loaded for {few}: flights there read CANNOT "
        "TELL unless they say their own height above ground"
    )


class Housework:
    """One station's chores; `start` begins, `stop` ends with a last seal."""

    def __init__(  # noqa: PLR0913  # what it looks after
        self,
        store: Store,
        parts: Parts,
        loop: Loop,
        *,
        config: HealthConfig,
        expected: Iterable[str] = (),
        sensors: Callable[[], list[SensorStatus]],
        publish: Callable[[bytes], None],
        note: Note,
        expects: bool = True,
        clients: Callable[[], int] = lambda: 1,
    ) -> None:
        """`expected`: sensors of which the configuration tells, so that they are missed though never heard.

        `expects`: there are feeds, so that hearing nobody means being blind. `clients`: who reads the link now.
        """
        self._expected = sorted(expected)
        self._store, self._pen, self._running, self._loop = store, parts.running.pen, parts.running, loop
        self._recorder, self._health, self._clock, self._config = parts.recorder, parts.health, parts.clock, config
        self._sensors, self._publish, self._note, self._expects = sensors, publish, note, expects
        self._began_ns = parts.clock.now_ns()
        self._clients, self._alone_s = clients, 0
        self._looked_at: tuple[Law, int] | None = None  # which law was held against the ground, and when
        self._trouble: dict[str, str] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housework", daemon=True)
        self._seal_due_s = self._verify_due_s = 0.0
        self._unsealed_ns: int | None = None  # since when sealing fails
        self._verifying: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin; the first verification comes after the interval, unless the record did not verify before."""
        doubted = any(each.what == Health.RECORD.value and not each.subject for each in self._health.ill())
        self._verify_due_s = time.monotonic() + (0.0 if doubted else self._config.verify_interval_s)
        self._thread.start()

    def stop(self) -> None:
        """End, after the chore that is under way."""
        self._stop.set()
        if self._verifying is not None:
            self._verifying.kill()
        self._thread.join(timeout=10.0)

    def _run(self) -> None:
        while not self._stop.wait(1.0):
            now_ns = self._clock.now_ns()
            for chore in (self._look, self._seal, self._verify, self._tell):
                try:
                    chore(now_ns)
                except (SkykeepError, OSError) as error:  # the system has no process or file to give just now
                    if self._trouble.get(chore.__name__) != str(error):  # said once, not each second
                        self._note(f"housework: {error}")
                    self._trouble[chore.__name__] = str(error)
                else:
                    self._trouble.pop(chore.__name__, None)

    # ---- health -------------------------------------------------------------------------------------

    def _look(self, now_ns: int) -> None:
        self._look_at_disk(now_ns)
        recorded = self._recorder.recorded
        self._health.observe(
            Health.NOT_RECORDED, "", well=recorded, t_ns=now_ns, value=self._recorder.late_ns(), unit="ns",
            unseen=f"NOT RECORDED: what is shown is not on disk ({self._recorder.fault or 'the disk is slow'})",
        )  # fmt: skip
        sensors = self._sensors()
        for sensor in sensors:
            self._look_at_sensor(sensor, now_ns)
        heard = {sensor.sensor_id for sensor in sensors}
        for sensor_id in self._expected:
            if sensor_id not in heard:
                self._look_at_unheard(sensor_id, now_ns)
        self._look_whether_blind(sensors, now_ns)
        self._alone_s = 0 if self._clients() else self._alone_s + 1
        self._health.observe(
            Health.WEB, "", well=self._alone_s < ALONE_S, t_ns=now_ns, value=self._alone_s, unit="s",
            unseen="the web process is away: nobody can see what the watch says, but messages go out",
        )  # fmt: skip
        if self._config.terrain_expected:
            self._look_at_ground(now_ns)

    def _look_at_ground(self, now_ns: int) -> None:
        """Hold the law against the ground heights: when it changed, and now and then, since law begins and ends."""
        law = self._running.state.law
        if self._looked_at is not None and self._looked_at[0] is law and now_ns < self._looked_at[1] + GROUND_NS:
            return
        self._looked_at = law, now_ns
        lacking = unlevelled(law, now_ns)
        self._health.observe(
            Health.TERRAIN, "", well=not lacking, t_ns=now_ns, value=len(lacking), unseen=without_ground(lacking)
        )

    def _look_at_disk(self, now_ns: int) -> None:
        free = self._store.space_left()
        self._health.observe(
            Health.DISK, str(self._store.path), well=free >= self._config.disk_min_bytes, t_ns=now_ns, value=free,
            unit="bytes", unseen="the disk of the record is nearly full: soon nothing more can be recorded",
        )  # fmt: skip

    def _look_at_sensor(self, sensor: SensorStatus, now_ns: int) -> None:
        if sensor.last_ns is not None:
            silent_ns = now_ns - sensor.last_ns
            well = sensor.ended or self._is_heard(sensor.sensor_id, silent_ns)
            self._tell_silence(sensor.sensor_id, silent_ns, now_ns, well=well)

    def _look_at_unheard(self, sensor_id: str, now_ns: int) -> None:
        """A sensor that should be there and was not heard since the station began is silent, and never well."""
        silent_ns = now_ns - self._began_ns
        if not self._is_heard(sensor_id, silent_ns):
            self._tell_silence(sensor_id, silent_ns, now_ns, well=False)

    def _is_heard(self, sensor_id: str, silent_ns: int) -> bool:
        return silent_ns / 1e9 <= self._silence_s(sensor_id)

    def _tell_silence(self, sensor_id: str, silent_ns: int, now_ns: int, *, well: bool) -> None:
        self._health.observe(
            Health.SENSOR_SILENT, sensor_id, well=well, t_ns=now_ns, value=silent_ns // 10**9, unit="s",
            unseen=f"{sensor_id} is silent: what only it covers is not being seen",
        )  # fmt: skip

    def _look_whether_blind(self, sensors: list[SensorStatus], now_ns: int) -> None:
        """Tell when not one sensor is heard, where there should be any."""
        heard = any(
            sensor.last_ns is not None and (now_ns - sensor.last_ns) / 1e9 <= self._silence_s(sensor.sensor_id)
            for sensor in sensors
        )
        if self._expects and not sensors and (now_ns - self._began_ns) / 1e9 <= self._config.silent_s:
            return  # they may come yet; whether it sees nobody knows
        self._health.observe(
            Health.BLIND, "", well=heard or not self._expects, t_ns=now_ns,
            unseen="no sensor is heard: the sky over this place is not being watched at all",
        )  # fmt: skip

    def _silence_s(self, sensor_id: str) -> float:
        declared = self._declared().get(sensor_id)
        if declared is None or declared.period_ms is None or declared.scan != "whole":
            return self._config.silent_s
        return max(SILENT_MIN_S, SILENT_PERIODS * declared.period_ms / 1e3)

    def _declared(self) -> dict[str, SensorDeclared]:
        return {fact.sensor_id: fact for fact in list(self._running.state.enacted) if isinstance(fact, SensorDeclared)}

    # ---- the record ---------------------------------------------------------------------------------

    def _seal(self, now_ns: int) -> None:
        if not self._store.durable() or (time.monotonic() < self._seal_due_s and not self._pen.hands_over):
            return
        self._seal_due_s = time.monotonic() + SEAL_S
        try:
            self._pen.seal()
        except (SkykeepError, OSError) as error:
            self._tell_unsealed(str(error), now_ns)
            raise
        self._unsealed_ns = None
        self._health.observe(Health.RECORD, "seal", well=True, t_ns=now_ns)

    def _tell_unsealed(self, why: str, now_ns: int) -> None:
        """Tell that sealing fails, once it has for a while."""
        self._unsealed_ns = now_ns if self._unsealed_ns is None else self._unsealed_ns
        if now_ns - self._unsealed_ns > UNSEALED_NS:
            self._health.observe(
                Health.RECORD, "seal", well=False, t_ns=now_ns,
                unseen=f"the record is not sealed: what is recorded since proves nothing to others yet: {why[-300:]}",
            )  # fmt: skip

    def _verify(self, now_ns: int) -> None:
        if self._verifying is not None:
            self._end_of_verifying(now_ns)
        elif time.monotonic() >= self._verify_due_s:
            self._verifying = verifying(self._store.path, self._pen.vkey)  # where it cannot begin it is still due
            self._verify_due_s = time.monotonic() + self._config.verify_interval_s

    def _end_of_verifying(self, now_ns: int) -> None:
        assert self._verifying is not None
        code = self._verifying.poll()
        if code is None:
            return
        said = (self._verifying.stderr.read() if self._verifying.stderr else b"").decode("utf-8", "replace").strip()
        self._verifying = None
        self._health.observe(
            Health.RECORD, "", well=code == 0, t_ns=now_ns,
            unseen=unverified(said) if code == 1 else f"the record could not be read to verify it: {said[-300:]}",
        )  # fmt: skip

    # ---- how it does --------------------------------------------------------------------------------

    def _tell(self, now_ns: int) -> None:
        self._publish(packed(self.status(now_ns)))

    def status(self, now_ns: int) -> Status:
        """Return how the station does now."""
        counts = self._loop.counts
        return Status(
            now_ns=now_ns,
            recorded=self._recorder.recorded,
            durable=self._store.durable(),
            ticks=counts.ticks,
            step_p99_us=counts.p99_us(),
            overruns=counts.overruns,
            waiting_ticks=self._recorder.waiting,
            tracks=len(self._running.state.tracks),
            facts=counts.facts,
            disk_free_bytes=self._store.space_left(),
            rss_bytes=rss_bytes(),
            clock_offset_ns=self._clock.offset_ns,
            sensors=self._sensors(),
            ill=self._health.ill(),
        )


def rss_bytes() -> int:
    """Return the memory that this process has in use; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def unverified(said: str) -> str:
    """Return what an alarm says where verifying ended with these words."""
    return f"the record does not verify: what it holds proves nothing any more. {said[-300:]}"


def verifying(record: Path, vkey: str, *, told: bool = False) -> subprocess.Popen[bytes]:
    """Start to verify a record, beside everything else: what is wrong to stderr; with `told`, the rest to stdout."""
    command = [sys.executable, "-m", "skykeep.cli", "verify", str(record), "--key", vkey]
    return subprocess.Popen(  # noqa: S603  # our own program, our own arguments
        ["nice", "-n", "19", *command] if os.name == "posix" else command,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE if told else subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
