"""The station's heartbeat: what arrived and what was asked becomes a tick, is stepped, and goes to the record.

    take in      what feeds put into the inbox, acts of people, the law's news, what the station observed of itself
    step         the watch, while earlier ticks are still on their way to the disk
    hand over    to the recorder; when it is durable it is sent to the web process and to the outlets, and acts answered

Only this thread touches the state. It never waits for the disk, a socket or a person.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Protocol

import msgspec

from skykeep.errors import Refused, SkykeepError, Unavailable
from skykeep.facts.acted import Health
from skykeep.facts.codec import Fact
from skykeep.facts.observed import ClockStepped
from skykeep.ledger.tick import Leaf
from skykeep.station.ahead import NOTHING, Ahead
from skykeep.station.commands import Commands, Prepared
from skykeep.station.healthwatch import HealthWatch
from skykeep.station.inputs import Arrived
from skykeep.station.link import Answer, Ask, Beat, Ticked, packed
from skykeep.station.linkserver import problem_of
from skykeep.station.pushing import AGAIN
from skykeep.station.recorder import Recorder
from skykeep.station.recovering import Recovering
from skykeep.station.running import Running, Stepped
from skykeep.station.stationclock import StationClock
from skykeep.station.telling import Telling
from skykeep.station.ticks import Gathered
from skykeep.watch.state import State

Reply = Callable[[Answer], None]
CATCH_UP_NS = 8 * 10**9  # what was heard before the end is stepped for so long
LATE_STEPS = 512  # of which the times are kept


class Inbox(Protocol):
    """Where feeds put what they hear."""

    def take(self, max_bytes: int) -> list[Arrived]:
        """Return what waits, the oldest first, up to about so many bytes."""
        ...

    def waiting(self) -> int:
        """Return how many frames wait."""
        ...


class Publish(Protocol):
    """Where durable ticks go; called from several threads, never waits."""

    def __call__(self, data: bytes, ticked: Ticked | None, *, recorded: bool = True) -> None: ...


@dataclasses.dataclass(slots=True)
class _Pending:
    """An act that goes into this tick, and whoever waits for it."""

    ask: Ask
    prepared: Prepared
    answer: Answer | None = None


@dataclasses.dataclass(slots=True)
class Counts:
    """What the loop has done since it began."""

    ticks: int = 0
    facts: int = 0
    overruns: int = 0
    overruns_in_a_row: int = 0
    step_us: deque[int] = dataclasses.field(default_factory=lambda: deque(maxlen=LATE_STEPS))

    def p99_us(self) -> int:
        """Return the 99th percentile of how long the last ticks took."""
        ordered = sorted(self.step_us)
        return ordered[max(0, len(ordered) * 99 // 100 - 1)] if ordered else 0


@dataclasses.dataclass(frozen=True, slots=True)
class Parts:
    """What a loop is made of."""

    running: Running
    recorder: Recorder
    inbox: Inbox
    commands: Commands
    health: HealthWatch
    clock: StationClock
    publish: Publish


class Loop:
    """Runs one station's watch until it is told to stop."""

    def __init__(self, parts: Parts, *, snapshot_s: float = 60.0, overruns_max: int = 3) -> None:
        running = parts.running
        self._running, self._recorder, self._inbox = running, parts.recorder, parts.inbox
        self._commands, self._desk = parts.commands, parts.commands.desk
        self._health, self._clock, self._publish = parts.health, parts.clock, parts.publish
        self._tick_ns = running.settings.tick_ms * 1_000_000
        self._tick_bytes_max = running.settings.tick_bytes_max
        self._snapshot_ns, self._snapshot_due_ns = int(snapshot_s * 1e9), 0
        self._overruns_max = overruns_max
        self._asks: deque[tuple[Ask, Reply, Ahead]] = deque()
        self._copies: deque[Future[State]] = deque()  # of the state, that somebody wants to try something on
        self._waiting: dict[tuple[str, str], list[Reply]] = {}  # for the answer of an act that is under way, by key
        self._held: list[_Pending] = []
        self._replying = threading.Lock()
        self._acts: deque[Fact] = deque()
        self._stop = threading.Event()
        self._telling = Telling()
        self._told_ns = 0  # time of the last tick that was told
        self._paces = 0  # ticks in a row that were in time
        self.counts = Counts()
        self.recovering: Recovering | None = None  # of ticks that the watch cannot step; None: the process ends
        self._kept: deque[tuple[Path, Gathered]] = deque()  # such ticks of an earlier run, to be stepped first
        self.chore: Callable[[int], None] = lambda _now_ns: None  # once a second, between two ticks; must be quick
        self._chore_due_ns = 0
        self.now_ns = running.state.now_ns
        self._commands.state = lambda: running.state
        self._commands.began = False

    # ---- from other threads -------------------------------------------------------------------------

    def ask(self, ask: Ask, reply: Reply, known: Ahead = NOTHING) -> None:
        """Put an act in line; `reply` is called from some thread, once."""
        self._asks.append((ask, reply, known))

    def copy(self) -> State:
        """Return a copy of the state between two ticks, once the loop comes to it; raises Unavailable where it ends."""
        wanted: Future[State] = Future()
        self._copies.append(wanted)
        try:
            return wanted.result(COPY_S)
        except (TimeoutError, CancelledError) as error:
            wanted.cancel()
            raise Unavailable("the watch does not answer, or it ends: ask again in a moment") from error

    def answered(self, ask: Ask) -> bool:
        """Whether this key was used before, so that the answer stands; raises Refused where for something else."""
        with self._replying:
            return self._commands.answered(ask) is not None

    def enact(self, facts: Sequence[Fact]) -> None:
        """Put acts of the authority, or of the station, into the next tick."""
        self._acts.extend(facts)

    @property
    def enacting(self) -> bool:
        """Whether acts wait for the next tick, so that the state does not know them yet."""
        return bool(self._acts)

    def take_up(self, kept: Sequence[tuple[Path, Gathered]]) -> None:
        """Step these ticks, which an earlier run could not, before anything else."""
        self._kept.extend(kept)

    def stop(self) -> None:
        """End after the tick that is under way."""
        self._stop.set()

    # ---- the heartbeat ------------------------------------------------------------------------------

    def run(self) -> None:
        """Step a tick at each boundary until `stop`; then all that was heard, and a last one that keeps the state."""
        while not self._stop.is_set():
            now_ns = self._clock.now_ns()
            boundary_ns = (now_ns // self._tick_ns + 1) * self._tick_ns
            self._stop.wait((boundary_ns - now_ns) / 1e9)
            self.turn()
        self._catch_up()
        self.turn(last=True)  # keeps the state, so that the next start is quick

    def _catch_up(self) -> None:
        """Step what waits when nothing more comes in; who was too slow to the end says what is left."""
        end_ns = time.monotonic_ns() + CATCH_UP_NS
        while self._inbox.waiting() and not self._recorder.full and time.monotonic_ns() < end_ns:
            self._tick(self._inbox.take(self._tick_bytes_max), [], [], last=False)

    def turn(self, *, last: bool = False) -> None:
        """Step what has come, in as many ticks as its bytes need."""
        began_ns = time.monotonic_ns()
        self._look_at_clock()
        if self.now_ns >= self._chore_due_ns:
            self._chore_due_ns = self.now_ns + CHORE_NS
            self.chore(self.now_ns)
        while self._kept and not self._recorder.full:
            path, gathered = self._kept.popleft()
            self._step(dataclasses.replace(gathered, now_ns=self._next_ns()), [], last=False, kept=path)
        while self._copies:
            wanted = self._copies.popleft()
            if wanted.set_running_or_notify_cancel():
                wanted.set_result(self._running.state.copy())
        pending, acts = self._prepare(self._clock.now_ns()), self._take_acts()
        arrivals = [] if self._recorder.full else self._inbox.take(self._tick_bytes_max)
        self._tick(arrivals, acts, pending, last=last)
        while self._fills_a_tick(arrivals) and not self._recorder.full:
            arrivals = self._inbox.take(self._tick_bytes_max)
            self._tick(arrivals, [], [], last=False)
            if time.monotonic_ns() - began_ns > self._tick_ns:
                break
        self._commands.began = True
        self._note_pace((time.monotonic_ns() - began_ns) // 1_000)
        if self._recorder.waiting == 0:
            self._publish(packed(Beat(self.now_ns, recorded=True)), None)
        elif not self._recorder.recorded:
            self._publish(packed(Beat(self._told_ns, recorded=False)), None)

    def _fills_a_tick(self, arrivals: Sequence[Arrived]) -> bool:
        """Whether more waited than one tick takes; what came while that was stepped is for the next boundary."""
        return sum(len(each.data) for each in arrivals) >= self._tick_bytes_max

    def _take_acts(self) -> list[Fact]:
        acts: list[Fact] = []
        while self._acts:
            acts.append(self._acts.popleft())
        return acts + self._health.take()

    def _next_ns(self) -> int:
        """Return the time of a tick that closes now, after everything in it arrived."""
        self.now_ns = max(self.now_ns + 1, self._clock.now_ns())
        return self.now_ns

    def _tick(self, arrivals: list[Arrived], acts: list[Fact], pending: list[_Pending], *, last: bool) -> None:
        """Step one tick."""
        now_ns = self._next_ns()
        for each in pending:
            acts += each.prepared.facts
        self._step(self._running.gather(now_ns, arrivals, acts), pending, last=last)

    def _step(self, gathered: Gathered, pending: list[_Pending], *, last: bool, kept: Path | None = None) -> None:
        """Step what was gathered, and hand it over; `kept`: where it lies until it is durable."""
        now_ns, snapshot = gathered.now_ns, last
        try:
            stepped = self._running.step(gathered, always=last)
        except Exception as error:  # a mistake of ours, of any kind: what was heard must not be lost with it
            if self.recovering is None:
                raise
            mended = self.recovering.mend(gathered, [each.prepared.facts for each in pending], error, kept=kept)
            stepped, kept, snapshot = mended.stepped, mended.kept, last or self._mended_is_due(now_ns)
            _refuse(pending, mended.refused)
        if stepped is None:
            self._answer_all([each for each in pending if not each.prepared.heard], None, ())
            self._held += [each for each in pending if each.prepared.heard]
            return
        self.counts.ticks += 1
        self.counts.facts += len(stepped.facts)
        self._desk.take(stepped.concluded)
        answers = self._answers([*self._due(), *pending], stepped)
        entry = self._running.entry(stepped, snapshot=snapshot or self._snapshot_is_due(now_ns))
        told, leaves = False, entry.leaves  # not the entry: it holds `then`, and a circle waits for the collector

        def then(index: int, durable: bool) -> None:  # noqa: FBT001  # as the recorder calls it
            nonlocal told
            if not told:
                told = True
                self._tell(stepped, leaves, index, durable=durable)
            if durable:
                self._reply(answers, index)
                if kept is not None and self.recovering is not None:
                    self.recovering.drop(kept)

        entry.then = then
        self._recorder.put(entry)

    def _due(self) -> list[_Pending]:
        """Return the acts that waited for what feeds had taken in to be stepped, and now it is."""
        if not self._held or self._inbox.waiting():
            return []
        due, self._held = self._held, []
        return due

    def _snapshot_is_due(self, now_ns: int) -> bool:
        if now_ns < self._snapshot_due_ns:
            return False
        first, self._snapshot_due_ns = self._snapshot_due_ns == 0, now_ns + self._snapshot_ns
        return not first or self._running.behind > BEHIND_TICKS  # who dies again and again begins no later each time

    def _mended_is_due(self, now_ns: int) -> bool:
        """Whether a mended tick is to keep the state, so that the next mend makes it again from there.

        Not each of them: a sensor that sends one bad frame a tick would fill the disk with states.
        """
        if now_ns < self._mended_ns:
            return False
        self._mended_ns = now_ns + MENDED_NS
        return True

    _mended_ns = 0  # until then no state is kept for a mended tick

    def _look_at_clock(self) -> None:
        step = self._clock.look()
        now_ns = self._clock.now_ns()
        if step is not None:
            source_ns = now_ns if step.followed else now_ns + step.by_ns
            self._acts.append(ClockStepped(sensor_id="", t_arrival_ns=now_ns, t_source_ns=source_ns))
            words = (
                f"the system's clock was set {'forwards' if step.by_ns > 0 else 'backwards'} by "
                f"{abs(step.by_ns) / 1e9:.1f} s: what hours and permits say may be judged for the wrong time"
            )
            self._health.observe(Health.CLOCK, "", well=False, t_ns=now_ns, unseen=words, value=step.by_ns, unit="ns")
            self._clock_well_ns = now_ns + CLOCK_ALARM_NS
        elif self._clock.held:  # since before this run, too
            words = "the system's clock stands before the record's end: hours and permits may be judged wrongly"
            offset_ns = -self._clock.offset_ns
            self._health.observe(Health.CLOCK, "", well=False, t_ns=now_ns, unseen=words, value=offset_ns, unit="ns")
        elif now_ns >= self._clock_well_ns:
            self._health.observe(Health.CLOCK, "", well=True, t_ns=now_ns)

    _clock_well_ns = 0

    def _note_pace(self, took_us: int) -> None:
        self.counts.step_us.append(took_us)
        if took_us * 1_000 <= self._tick_ns:
            self.counts.overruns_in_a_row = 0
            self._paces += 1
            if self._paces >= GOOD_TICKS:
                self._health.observe(Health.TICK_OVERRUN, "", well=True, t_ns=self.now_ns)
            return
        self._paces = 0
        self.counts.overruns += 1
        self.counts.overruns_in_a_row += 1
        if self.counts.overruns_in_a_row >= self._overruns_max:
            self._health.observe(
                Health.TICK_OVERRUN, "", well=False, t_ns=self.now_ns, value=took_us, unit="us",
                unseen="the machine is too slow for what it hears: positions and verdicts are shown late",
            )  # fmt: skip

    # ---- acts ---------------------------------------------------------------------------------------

    def _prepare(self, now_ns: int) -> list[_Pending]:
        """Admit what was asked; what is refused is answered at once."""
        pending = []
        while self._asks:
            ask, reply, known = self._asks.popleft()
            key = (ask.person, ask.key)
            try:
                if self._asked_before(ask, reply):
                    continue
                prepared = self._commands.prepare(ask, self._running.names, now_ns, known)
            except SkykeepError as error:
                reply(Answer(ask.number, None, problem=problem_of(error), detail=str(error)))
                continue
            place = key if ask.key else (ask.person, f"\0{id(reply)}")
            self._waiting[place] = [_numbered(reply, ask.number)]
            self._commands.keep(ask, prepared)
            pending.append(_Pending(ask if ask.key else msgspec.structs.replace(ask, key=place[1]), prepared))
        return pending

    def _asked_before(self, ask: Ask, reply: Reply) -> bool:
        """Whether this key was used; then its answer is given, or will be together with the first."""
        with self._replying:
            kept = self._commands.answered(ask)
            if kept is None:
                return False
            again = _numbered(reply, ask.number, of_push=ask.action == "sensor.push")
            if not isinstance(kept, Answer):
                self._waiting[ask.person, ask.key].append(again)
                return True
        again(kept)
        return True

    def _answers(self, pending: list[_Pending], stepped: Stepped) -> list[_Pending]:
        """Work out what each act is answered, now that the tick is concluded."""
        if self._inbox.waiting():  # what was pushed just now may be among it
            self._held += [each for each in pending if each.prepared.heard]
            pending = [each for each in pending if not each.prepared.heard]
        for each in pending:
            try:
                result = each.prepared.conclude([*stepped.facts, *stepped.concluded])
                each.answer = Answer(each.ask.number, None, result=msgspec.json.encode(result))
            except Refused as error:
                each.answer = Answer(each.ask.number, None, problem="refused", detail=str(error))
        return pending

    def _reply(self, answers: list[_Pending], index: int) -> None:
        """Answer acts that are durable; called by whoever finds that they are."""
        for each in answers:
            if each.answer is None:
                continue
            answer = msgspec.structs.replace(
                each.answer, entry_index=index if each.prepared.facts or each.prepared.heard else None
            )
            try:
                each.prepared.after()
            except SkykeepError as error:
                answer = Answer(answer.number, index, problem=problem_of(error), detail=str(error))
            self._settle(each.ask, answer)

    def _answer_all(self, pending: list[_Pending], index: int | None, concluded: Sequence[object]) -> None:
        """Answer acts that put nothing into the record: reads, previews."""
        for each in pending:
            try:
                result = msgspec.json.encode(each.prepared.conclude(concluded))
                self._settle(each.ask, Answer(each.ask.number, index, result=result))
            except Refused as error:
                self._settle(each.ask, Answer(each.ask.number, index, problem="refused", detail=str(error)))

    def _settle(self, ask: Ask, answer: Answer) -> None:
        with self._replying:
            if ask.key and not ask.key.startswith("\0"):
                self._commands.keep(ask, answer)
            replies = self._waiting.pop((ask.person, ask.key), ())
        for reply in replies:
            reply(answer)

    def give_up(self) -> None:
        """Tell whoever still waits that the station ends."""
        for replies in list(self._waiting.values()):
            for reply in replies:
                reply(_ENDING)
        while self._copies:
            self._copies.popleft().cancel()
        while self._asks:
            ask, reply, _ = self._asks.popleft()
            reply(msgspec.structs.replace(_ENDING, number=ask.number))

    # ---- telling ------------------------------------------------------------------------------------

    def _tell(self, stepped: Stepped, leaves: Sequence[Leaf], index: int, *, durable: bool) -> None:
        """Send a tick to whoever looks on; it is durable, or everything is stamped as not recorded."""
        ticked = self._telling.ticked(index, stepped.tick, stepped.now_ns, leaves)
        self._told_ns = stepped.now_ns
        self._publish(packed(ticked) + packed(Beat(stepped.now_ns, recorded=durable)), ticked, recorded=durable)


BEHIND_TICKS = 100
"""So many ticks without a kept state are not gone through at a second start."""
CHORE_NS = 10**9
MENDED_NS = 10 * 10**9
"""So long no second state is kept because ticks are mended; one that is mended goes through as many ticks again."""
COPY_S = 10.0  # somebody waits so long for a copy of the state
GOOD_TICKS = 50
"""So many ticks in a row must be in time for the watch to be so again."""
CLOCK_ALARM_NS = 60 * 10**9
"""A clock that was set forwards, and followed, is told of for so long."""

_ENDING = Answer(
    0, None, problem="unavailable", detail="the station is ending; ask again with the same key in a moment"
)


def _refuse(pending: Sequence[_Pending], facts: Sequence[Fact]) -> None:
    """Answer the acts that put these facts into the tick: nothing of them holds."""

    def refuse(_concluded: Sequence[object]) -> msgspec.Struct:
        raise Refused(
            "the watch cannot take this in, so nothing of it holds; what was asked is kept in the station's directory "
            "under quarantine/: tell whoever looks after the program"
        )

    refused = {id(fact) for fact in facts}
    for each in pending:
        if any(id(fact) in refused for fact in each.prepared.facts):
            each.prepared = Prepared([], conclude=refuse)


def _numbered(reply: Reply, number: int, *, of_push: bool = False) -> Reply:
    """Return what answers under another number; `of_push`: to a push that came before, which says so."""

    def answered(answer: Answer) -> None:
        result = msgspec.json.encode(AGAIN) if of_push and not answer.problem else answer.result
        reply(msgspec.structs.replace(answer, number=number, result=result))

    return answered
