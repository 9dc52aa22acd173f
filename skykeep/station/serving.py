"""The station process: its parts put together, started in order and ended in order.

`python -m skykeep.station.serving DIR` runs it; `skykeep serve` starts it beside the web process.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from skykeep import __version__
from skykeep.errors import SkykeepError
from skykeep.facts.acted import Health
from skykeep.facts.alarms import NORMAL, RETURNED_UNACKNOWLEDGED
from skykeep.facts.concluded import AlarmChanged
from skykeep.facts.personal import KeyedNames
from skykeep.ledger.entry import EntryKind
from skykeep.station import geoid, livelaw, logs, officedesk
from skykeep.station.ahead import LONG, NOTHING
from skykeep.station.besides import Besides
from skykeep.station.codecwatch import CodecWatch
from skykeep.station.commands import Commands
from skykeep.station.config import Config, Home, load
from skykeep.station.desk import Desk
from skykeep.station.ending import told_to_end
from skykeep.station.feeds.inbox import Inbox
from skykeep.station.feeds.running import Feeds
from skykeep.station.healthwatch import HealthWatch, well_again
from skykeep.station.housework import Housework, unverified
from skykeep.station.keeping.housekeeping import Housekeeping
from skykeep.station.keys import Keys
from skykeep.station.link import PROTOCOL, Answer, Ask, Beat, Hello, SensorStatus, Ticked, packed
from skykeep.station.linkserver import LinkServer
from skykeep.station.loop import Loop, Parts
from skykeep.station.outlets.outlets import Outlets
from skykeep.station.peopledb import PeopleDb
from skykeep.station.peoplesensors import SensorKeys
from skykeep.station.pushing import Pushing
from skykeep.station.quarantine import Quarantine
from skykeep.station.recorder import Recorder
from skykeep.station.recovering import Recovering
from skykeep.station.rubbish import Rubbish
from skykeep.station.running import Note, Running, opened
from skykeep.station.stationclock import StationClock
from skykeep.station.supervising import heartbeat
from skykeep.station.telling import Telling
from skykeep.station.warming import warm
from skykeep.watch.incidents import recalled

FAILED, WORLD_FAILED = {"Refused": 2}, 3
ENDED_S = 20.0


class Station:
    """One running station."""

    def __init__(self, home: Home, note: Note, ended: threading.Event | None = None) -> None:
        """Read everything that the start needs; raises Refused or Unavailable before anything runs."""
        self._ended = ended or threading.Event()
        self.home, self.note = home, note
        self.config = load(home)
        self.recorder: Recorder | None = None
        self.store = opened(home.record, Keys(home.keys), self._durable, note)
        try:
            self._assemble()
        except BaseException:
            self.store.close()
            raise

    def _assemble(self) -> None:
        home, config = self.home, self.config
        warm(self.note, ended=self._ended.is_set)
        running = Running(self.store, Keys(home.keys), config.watch, self.note, simulated=_simulated(config))
        self.clock = StationClock(
            floor_ns=running.state.now_ns, step_ns=config.health.clock_step_max_ms * 1_000_000
        )  # fmt: skip
        given = livelaw.given(home, config, running.names, self.clock.now_ns())
        fresh, doubts = livelaw.news(given.facts, running.state)
        for text in (*given.notes, *doubts):
            self.note(f"warning: {text}")
        running.gatherer.declare(given.sensors.sensor_ids(), given.sensors.simulated())
        self.running, self.health = running, HealthWatch()
        self.recorder = Recorder(self.store, note=self.note)
        recovering = Recovering(running, self.store, self.recorder, Quarantine(home.quarantine), self.health, self.note)
        if kept := recovering.waiting():
            recovering.look_at_state(self.clock.now_ns())
        self.recorder.put(running.began(given.inputs))
        self.inbox = Inbox()
        self.feeds = self._made_feeds()
        self.commands = Commands(home, config, Desk())
        self.commands.push = Pushing(self.feeds).prepare
        self.commands.office = officedesk.required(
            home, config, station=running.pen.vkey.partition("+")[0], watched=lambda: running.state
        )  # fmt: skip
        self.server = LinkServer(home.socket, hello=self._hello, execute=self._execute, backlog=self._backlog)
        self.outlets = Outlets(config, home, self.note, self._observe)
        parts = Parts(running, self.recorder, self.inbox, self.commands, self.health, self.clock, self._publish)
        self.loop = Loop(parts, overruns_max=config.health.overrun_ticks_max)
        self.offices = livelaw.Offices(home, config, running.names, self._fresh_names)
        self._follow_own_office()
        self.loop.chore, self.loop.recovering = self._chore, recovering
        self.loop.take_up(kept)
        self.codecs = CodecWatch(self.health, self.note)
        self.loop.enact(fresh)
        self._recall_alarms()
        self._look_at_geoid()
        self._rubbish = Rubbish()
        self.housework = Housework(
            self.store, parts, self.loop, config=config.health, expected=given.sensors.sensor_ids(),
            sensors=self._sensors, publish=self.server.publish, note=self.note, expects=bool(config.feed),
            clients=lambda: len(self.server.clients),
        )  # fmt: skip
        self.keeping = Housekeeping(
            home, config, self.store, names=running.names, enact=self.loop.enact, observe=self.health.observe,
            now_ns=self.clock.now_ns,
        )  # fmt: skip
        self.besides = Besides(
            home, config, self.store, vkey=lambda: running.pen.vkey,
            fresh=self._fresh_names,
        )  # fmt: skip
        self._slow = ThreadPoolExecutor(1, "besides")
        self.besides.forget = running.names.forget
        self.besides.seal = running.pen.seal
        self.besides.found = lambda holds, said: self._observe(Health.RECORD, "", holds, unverified(said))
        self.io: asyncio.AbstractEventLoop | None = None

    def _fresh_names(self) -> KeyedNames:
        """Return pseudonyms under the record's key, that know of nobody yet."""
        return KeyedNames(self.running.pseudonym_key)

    def _follow_own_office(self) -> None:
        """What is granted or taken back in the station's office is looked for at once."""
        office = self.commands.office
        if office is not None:
            office.acted = self.offices.look
            self.offices.besides = lambda: self._keep_status(office)

    def _keep_status(self, office: officedesk.OfficeDesk) -> None:
        """Write the office's list of withdrawn permits; what stands in its way is an alarm."""
        try:
            office.keep_status(self.clock.now_ns())
        except SkykeepError as error:
            self._observe(Health.FEED, "office status", well=False, unseen=f"no new list of withdrawn permits: {error}")
        else:
            self._observe(Health.FEED, "office status", well=True, unseen="")

    def _made_feeds(self) -> Feeds:
        """Return the feeds; sensors prove themselves by keys of the station's own store, which the web writes."""
        keys = SensorKeys(PeopleDb(self.home.people))
        return Feeds(
            self.config.feed, self.home, self.inbox, self.clock.now_ns, self.note,
            verify=lambda key: keys.verify(key, self.clock.now_ns()),
            keyed={each.sensor_id for each in keys.all()},
        )  # fmt: skip

    # ---- what parts ask of each other ---------------------------------------------------------------

    def _durable(self, _count: int) -> None:
        if self.recorder is not None:
            self.recorder.durable_now()

    def _hello(self) -> Hello:
        return Hello(
            PROTOCOL, self.running.record_id, __version__, self.running.pen.vkey, self._began_ns,
            self.store.durable(), self.config.watch.tick_ms,
        )  # fmt: skip

    def _backlog(self) -> bytes:
        """Return what was told and is not durable, for a client that comes just now: it is not in the record yet."""
        assert self.recorder is not None
        entries = [entry for entry in self.recorder.told_undurable() if entry.kind == EntryKind.TICK]
        if not entries:
            return b""
        telling = Telling()
        ticks = [telling.ticked(entry.index, entry.tick, entry.now_ns, entry.leaves) for entry in entries]
        return b"".join(map(packed, ticks)) + packed(Beat(entries[-1].now_ns, recorded=False))

    _began_ns = 0
    _told_vkey = ""

    async def _execute(self, ask: Ask) -> Answer:
        """Give an act to the loop, and wait for it to be durable."""
        io = asyncio.get_running_loop()
        done: asyncio.Future[Answer] = io.create_future()

        def settle(answer: Answer) -> None:
            if not done.done():
                done.set_result(answer)

        def reply(answer: Answer) -> None:
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
                io.call_soon_threadsafe(settle, answer)

        known = NOTHING
        if ask.action in LONG and not self.loop.answered(ask):
            known = await asyncio.to_thread(self.commands.beforehand, ask, self.clock.now_ns(), self.loop.copy)
        self.loop.ask(ask, reply, known)
        try:
            answer = await asyncio.wait_for(done, timeout=ANSWER_S)
            if self.besides.takes(ask.action) and not answer.problem:
                answer = msgspec.structs.replace(answer, result=await self._beside(io, ask))
            return answer
        except TimeoutError:
            detail = (
                "not recorded yet: the disk does not take it; ask again with the same key to learn what became of it"
            )
            return Answer(ask.number, None, problem="unavailable", detail=detail)

    async def _beside(self, io: asyncio.AbstractEventLoop, ask: Ask) -> bytes:
        """Do what takes minutes on a thread of its own: an emergency zone must not wait for one of those."""
        return await io.run_in_executor(self._slow, self.besides.do, ask)

    def _publish(self, data: bytes, ticked: Ticked | None, *, recorded: bool = True) -> None:
        self.server.publish(data)
        if ticked is not None and self.io is not None:
            with contextlib.suppress(RuntimeError):
                self.io.call_soon_threadsafe(self._take_out, ticked, recorded)

    def _take_out(self, ticked: Ticked, recorded: bool) -> None:  # noqa: FBT001  # as the loop calls it
        self.outlets.take(ticked, recorded=recorded)

    def _observe(self, what: Health, subject: str, well: bool, unseen: str) -> None:  # noqa: FBT001  # as outlets call it
        self.health.observe(what, subject, well=well, unseen=unseen, t_ns=self.clock.now_ns())

    def _chore(self, now_ns: int) -> None:
        """Once a second, on the loop: what offices granted, what feeds say of themselves."""
        heartbeat()
        self._rubbish.look(now_ns)
        self._look_at_key(now_ns)
        if self.loop.recovering is not None:
            self.loop.recovering.look(now_ns)
        self.codecs.look(now_ns)
        if not self.loop.enacting:  # else what stands in the files could seem new once more
            facts, doubts = self.offices.take(self.running.state)
            self.loop.enact(facts)
            for text in doubts:
                self.note(f"warning: {text}")
        for office, fault in list(self.offices.faults.items()):
            self.health.observe(
                Health.FEED, office, well=not fault, t_ns=now_ns,
                unseen=f"permit office {office} cannot be read: what it grants and takes back is missed: {fault}",
            )  # fmt: skip
        for seen in self.feeds.observations():
            self.health.observe(
                seen.what, seen.subject, well=seen.well, unseen=seen.unseen, value=seen.value, unit=seen.unit,
                t_ns=now_ns,
            )  # fmt: skip

    def _look_at_key(self, now_ns: int) -> None:
        """Record a rotation of the record's key that was asked for; tell whoever follows once it is handed over."""
        assert self.recorder is not None
        rotated = self.running.rotated(now_ns)
        if rotated is not None:
            self.recorder.put(rotated)
        fault = self.running.pen.next_fault
        self.health.observe(
            Health.RECORD, "next key", well=not fault, t_ns=now_ns,
            unseen="the record's key is not rotated, the one before goes on signing: the next key cannot be read; "
            f"put it right, or take it away and rotate again: {fault}",
        )  # fmt: skip
        if self.running.pen.vkey != self._told_vkey:
            if self._told_vkey:
                self.note(f"the record's key was rotated; from now on it verifies under {self.running.pen.vkey}")
                self.server.publish(packed(self._hello()))
            self._told_vkey = self.running.pen.vkey

    def _sensors(self) -> list[SensorStatus]:
        """Return how each sensor does, as its feed and the gatherer count."""
        now_ns, counted = self.clock.now_ns(), self.running.gatherer.counted
        feeds = {each.name: each for each in self.inbox.feeds()}
        told = []
        for each in self.inbox.sensors():
            facts, unreadable = counted.get(each.sensor_id, (0, 0))
            told.append(
                SensorStatus(
                    sensor_id=each.sensor_id, feed=each.feed, format=each.format, keyed=each.keyed,
                    connected=feeds[each.feed].connected, frames=each.frames, facts=facts, unreadable=unreadable,
                    dropped=feeds[each.feed].dropped, last_ns=each.last_ns, rate_hz=each.rate_hz(now_ns),
                    latency_ns=self.running.gatherer.latency_ns(each.sensor_id), ended=feeds[each.feed].ended,
                )
            )  # fmt: skip
        return told

    def _recall_alarms(self) -> None:
        """Take up how alarms and incidents stood when the record ended."""
        held = self.running.state.memories
        told = recalled(held.incidents, held.alarms, self.running.state.now_ns)
        self.commands.desk.take(told)
        self.outlets.recall([*self.running.state.enacted, *told])
        alarms = [alarm for alarm in told if isinstance(alarm, AlarmChanged)]
        self.loop.enact(well_again([alarm.reason for alarm in alarms], self.clock.now_ns()))
        holding = [alarm for alarm in alarms if alarm.state not in {NORMAL, RETURNED_UNACKNOWLEDGED}]
        self.health.resume([alarm.reason for alarm in holding], self.clock.now_ns())

    def _look_at_geoid(self) -> None:
        fault = geoid.fault()
        self.health.observe(
            Health.GEOID, "", well=not fault, t_ns=self.clock.now_ns(),
            unseen=f"heights above the sea and above the ellipsoid cannot be compared: {fault}",
        )  # fmt: skip

    # ---- running ------------------------------------------------------------------------------------

    def run(self, ended: threading.Event) -> None:
        """Run until `ended`; then let everything go in order, the record last."""
        self._began_ns = self.clock.now_ns()
        io_thread = threading.Thread(target=self._run_io, name="io", daemon=True)
        io_thread.start()
        self._ready.wait(ENDED_S)
        watch = threading.Thread(target=self.loop.run, name="watch", daemon=True)
        watch.start()
        self.feeds.start()
        self.housework.start()
        self.offices.start()
        self.keeping.start()
        self._rubbish.begin(self.clock.now_ns())
        self.note(f"watching since {time.strftime('%H:%M:%S', time.gmtime(self._began_ns / 1e9))} UTC")
        ended.wait()
        self.note("ending")
        self._rubbish.end()
        self.keeping.stop()
        self.offices.stop()
        self.feeds.stop()
        self.loop.stop()
        watch.join(ENDED_S)
        if left := self.inbox.waiting():
            self.note(f"warning: {left} frames that were heard last could not be judged before the end: not recorded")
        self.loop.give_up()
        self.housework.stop()
        self._close(io_thread)

    def _close(self, io_thread: threading.Thread) -> None:
        assert self.recorder is not None
        if not self.recorder.close():
            self.note(f"not everything could be recorded: {self.recorder.fault}")
        if self.io is not None:
            asyncio.run_coroutine_threadsafe(self._stop_io(), self.io).result(ENDED_S)
        io_thread.join(ENDED_S)
        with contextlib.suppress(SkykeepError):
            self.running.pen.seal()
        self.store.close()

    def _run_io(self) -> None:
        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve_io())

    async def _serve_io(self) -> None:
        self.io = asyncio.get_running_loop()
        self._io_ended = asyncio.Event()
        await self.server.start()
        self.outlets.start(self.io, self.running.record_id)
        self._ready.set()
        await self._io_ended.wait()

    async def _stop_io(self) -> None:
        await self.outlets.stop()
        await self.server.close()
        self._io_ended.set()

    @property
    def _ready(self) -> threading.Event:
        if not hasattr(self, "_ready_event"):
            self._ready_event = threading.Event()
        return self._ready_event


ANSWER_S = 15.0


def _simulated(config: Config) -> frozenset[str]:
    return frozenset(feed.sensor_id for feed in config.feed if feed.simulated and feed.sensor_id)


def main(arguments: list[str]) -> int:
    """Run the station in a directory until told to end; 2: it cannot run like this, 3: the world failed."""
    note = logs.configure("station")
    ended = told_to_end()
    failed: list[str] = []

    def fail(of: threading.ExceptHookArgs) -> None:
        """A thread ended by a mistake of ours: nothing goes on without it, the process is started again."""
        failed.append(f"{of.thread.name if of.thread else 'a thread'} failed: {of.exc_value!r}")
        threading.__excepthook__(of)
        ended.set()

    threading.excepthook = fail
    try:
        Station(Home(Path(arguments[0])), note, ended).run(ended)
    except SkykeepError as error:
        note(str(error))
        return FAILED.get(type(error).__name__, WORLD_FAILED)
    for text in failed:
        note(text)
    return WORLD_FAILED if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
