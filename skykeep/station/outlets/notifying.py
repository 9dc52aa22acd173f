"""Tells people: decides who is called as incidents move, keeps it on disk, and sends it until it is taken.

    take      on the station's loop, with each tick: decides, and hands over to a thread that writes
    deliver   one task a receiver: tries, waits longer each time, gives up after `give_up_s`

Where the disk does not take a message it is sent once all the same, because not to tell is worse. Where it does not
take that a message was sent, that is remembered, and it is not sent again in this run.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, Protocol, TypeVar

import msgspec

from skykeep.errors import Refused, SkykeepError
from skykeep.facts.acted import Health
from skykeep.facts.concluded import AlarmChanged, IncidentMoved
from skykeep.rules import powers
from skykeep.station.config import Config, Home
from skykeep.station.outlets import calling, notices
from skykeep.station.outlets.calling import Addressee, Known
from skykeep.station.outlets.mail import Mail
from skykeep.station.outlets.notices import Notice, Sender
from skykeep.station.outlets.outbox import FILE, Outbox, Waiting
from skykeep.station.outlets.sky import Change, Sky
from skykeep.station.outlets.subscriptions import FILE as SUBSCRIPTIONS
from skykeep.station.outlets.subscriptions import Subscription, Subscriptions
from skykeep.station.outlets.webhook import Webhook
from skykeep.station.peopledb import PeopleDb

AT_ONCE = 16  # messages on their way at the same time
PUSH = "push:"
Answer = TypeVar("Answer")


class Pace(NamedTuple):
    """How patient it is, in seconds."""

    retry_min_s: float = 5.0
    retry_max_s: float = 300.0
    tell_after_tries: int = 2
    look_s: float = 2.0  # how often the list of browsers is read again
    stop_s: float = 3.0  # what is on its way may arrive for so long


USUAL = Pace()


class Receiver(Addressee, Protocol):
    """Somebody who is told, and how."""

    async def send(self, notice: Notice) -> None: ...


class Browser(NamedTuple):
    """A browser as somebody who is told."""

    name: str
    priority_max: int
    after_escalation: int = 0


class Notifying:
    """All that tells people."""

    def __init__(
        self,
        config: Config,
        home: Home,
        sky: Sky,
        note: Callable[[str], None],
        observe: Callable[[Health, str, bool, str], None],
        pace: Pace = USUAL,
    ) -> None:
        told = config.notify
        self._sky, self._note, self._observe, self._pace = sky, note, observe, pace
        self._give_up_s = told.give_up_s
        self._sender = Sender(config.name, config.place, told.public_url or config.web.public_url)
        self.receivers: dict[str, Receiver] = {}
        configured: list[Receiver] = [*(Webhook(one, home) for one in told.webhook), *_mail(config, home, note)]
        for each in configured:
            if each.name in self.receivers:
                raise Refused(f"[notify] two receivers are called {each.name}: give each a `name`")
            self.receivers[each.name] = each
        self._subscriptions: Subscriptions | None = None
        self.push = None
        if told.web_push:
            from skykeep.station.outlets.push import WebPush

            self._subscriptions = Subscriptions(home.path / SUBSCRIPTIONS)
            self.push = WebPush(told, home, self._subscriptions)
        self._home = home
        self._browsers: list[Subscription] = []
        self._known: dict[int, Known] = {}
        self._ill: dict[int, list[str]] = {}
        self._failing: set[str] = set()
        self._proved: set[str] = set()  # told to be well or ill in this run: an earlier one may have told otherwise
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._sent: set[int] = set()  # taken by the receiver, and still waiting on disk

    @property
    def active(self) -> bool:
        """Whether anybody is told at all."""
        return bool(self.receivers) or self.push is not None

    # ---- life ------------------------------------------------------------------------------------

    def start(self, loop: asyncio.AbstractEventLoop, record_id: str) -> None:
        """Begin, on this loop: what waits from before is sent too."""
        self._loop = loop
        self._record = record_id
        self._outbox = Outbox(self._home.path / FILE)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="outbox")
        self._busy = asyncio.Semaphore(AT_ONCE)
        self._known, self._ill = self._outbox.known(record_id), self._outbox.ill(record_id)
        self._look()
        self._tasks["look"] = self._loop.create_task(self._look_again())
        self._wake()

    async def stop(self) -> None:
        """Let what is on its way arrive, within a few seconds; the rest waits on disk for the next start."""
        for name in ("look", "wake"):
            if task := self._tasks.pop(name, None):
                task.cancel()
        await self._loop.run_in_executor(self._pool, _nothing)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks.values(), timeout=0.0 if self._failing else self._pace.stop_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await asyncio.to_thread(self._pool.shutdown)
        self._outbox.close()

    # ---- deciding --------------------------------------------------------------------------------

    def take(self, change: Change) -> None:
        """Take in what a tick changed; never waits."""
        for moved in change.incidents:
            self.moved(moved)
        for alarm in change.health:
            self._watch_moved(alarm)

    def moved(self, after: IncidentMoved) -> None:
        """Take in how an incident is now; the same one twice changes nothing."""
        before = self._known.get(after.incident_id)
        if before is not None and after.opened_ns > before.moved.opened_ns:
            before = None  # told when nothing was recorded, and lost: the number is another incident's now
        kind = calling.kind_of(before, after)
        told = [] if before is None else list(before.told)
        to: list[str] = []
        if kind is not None:
            to = calling.receivers(kind, after, before, self._addressees())
        known = self._known[after.incident_id] = Known(after, list(dict.fromkeys((*told, *to))))
        notice = notices.of_incident(self._sender, self._sky, after, kind) if kind is not None and to else None
        self._write(
            lambda body, now_s: self._outbox.put_incident(self._record, known, _id(notice), body, to, now_s), notice, to
        )

    def _watch_moved(self, alarm: AlarmChanged) -> None:
        told = self._ill.get(alarm.alarm_id)
        kind = calling.health_kind(told is not None, alarm)
        if kind is None:
            return
        well = kind == notices.WELL
        to = (
            [each for each in told or [] if each in self._names()]
            if well
            else [each.name for each in self._addressees() if alarm.priority <= each.priority_max]
        )
        kept = None if well else to
        self._ill.pop(alarm.alarm_id, None)
        if kept is not None:
            self._ill[alarm.alarm_id] = kept
        notice = notices.of_health(self._sender, self._sky, alarm, well=well) if to else None
        self._write(
            lambda body, now_s: self._outbox.put_ill(self._record, alarm.alarm_id, kept, _id(notice), body, now_s, to),
            notice,
            to,
        )

    def _addressees(self) -> list[Addressee]:
        return [*self.receivers.values(), *(Browser(f"{PUSH}{each.id}", each.priority_max) for each in self._browsers)]

    def _names(self) -> list[str]:
        return [each.name for each in self._addressees()]

    def _write(self, put: Callable[[bytes, float], None], notice: Notice | None, to: Sequence[str]) -> None:
        body = b"" if notice is None else msgspec.json.encode(notice)

        def done(written: Future[None]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                self._loop.call_soon_threadsafe(self._written, written.exception(), notice, to)

        self._pool.submit(put, body, time.time()).add_done_callback(done)

    def _written(self, error: BaseException | None, notice: Notice | None, to: Sequence[str]) -> None:
        if error is None:
            self._tell("outbox", well=True)
            self._wake()
            return
        self._note(f"notifying: {FILE} cannot be written, a message is sent once and not again: {error}")
        self._tell("outbox", well=False, why=f"{FILE} cannot be written")
        for name in to if notice is not None else ():
            task = self._loop.create_task(self._once(name, notice))
            place = f"once {name} {id(task)}"
            self._tasks[place] = task
            task.add_done_callback(functools.partial(self._over, place))

    def _over(self, place: str, _task: asyncio.Task[None]) -> None:
        self._tasks.pop(place, None)

    async def _once(self, name: str, notice: Notice | None) -> None:
        with contextlib.suppress(SkykeepError):
            if notice is not None:
                await self._send(name, notice)

    # ---- sending ---------------------------------------------------------------------------------

    def _wake(self) -> None:
        if "wake" not in self._tasks or self._tasks["wake"].done():
            self._tasks["wake"] = self._loop.create_task(self._spread())
        else:
            self._again = True

    _again = False

    async def _spread(self) -> None:
        """See to it that each receiver for whom something waits has a task."""
        while True:
            self._again = False
            try:
                names = await self._ask(self._outbox.receivers)
            except sqlite3.Error as error:
                self._tell("outbox", well=False, why=f"{FILE} cannot be read: {error}")
                await asyncio.sleep(self._pace.retry_min_s)
                continue
            for name in names:
                task = self._tasks.get(f"to {name}")
                if task is None or task.done():
                    self._tasks[f"to {name}"] = self._loop.create_task(self._deliver(name))
            if not self._again:
                return

    async def _deliver(self, name: str) -> None:
        """Send what waits for one receiver until nothing does; a disk that fails meanwhile is told, and waited for."""
        failed = False
        while True:
            try:
                await self._deliver_all(name)
            except sqlite3.Error as error:
                failed = True
                self._tell("outbox", well=False, why=f"{FILE} cannot be read or written: {error}")
                await asyncio.sleep(self._pace.retry_min_s)
            else:
                if failed:
                    self._tell("outbox", well=True)
                return

    async def _deliver_all(self, name: str) -> None:
        while True:
            now_s = time.time()
            waiting = await self._ask(self._outbox.due, name, now_s)
            if waiting is not None:
                async with self._busy:
                    await self._try(waiting)
                continue
            next_s = await self._ask(self._outbox.next_s, name)
            if next_s is None:
                return
            await asyncio.sleep(min(max(next_s - now_s, 0.01), self._pace.look_s))

    async def _try(self, waiting: Waiting) -> None:
        name = waiting.receiver
        try:
            if waiting.number not in self._sent:
                await self._send(name, _notice(waiting))
        except _Nobody as error:
            await self._ask(self._outbox.give_up, waiting.number, str(error))
        except SkykeepError as error:
            await self._failed(waiting, error)
        else:
            self._sent.add(waiting.number)
            await self._ask(self._outbox.sent, waiting.number)
            self._sent.discard(waiting.number)
            self._tell(_subject(name), well=True)

    async def _failed(self, waiting: Waiting, error: SkykeepError) -> None:
        name, now_s = waiting.receiver, time.time()
        final = isinstance(error, Refused) or now_s - waiting.since_s >= self._give_up_s
        if final:
            self._note(f"notifying: message {waiting.message} to {name} is given up: {error}")
            await self._ask(self._outbox.give_up, waiting.number, str(error))
        else:
            wait_s = min(self._pace.retry_max_s, self._pace.retry_min_s * 2.0 ** min(waiting.tries, 20))
            wait_s *= random.uniform(0.5, 1.0)  # noqa: S311  # so that not all come at once
            await self._ask(self._outbox.later, waiting.number, now_s + wait_s)
        if final or waiting.tries + 1 >= self._pace.tell_after_tries:
            self._tell(_subject(name), well=False, why=str(error))

    async def _send(self, name: str, notice: Notice) -> None:
        if name in self.receivers:
            await self.receivers[name].send(notice)
            return
        browser = next((each for each in self._browsers if f"{PUSH}{each.id}" == name), None)
        if browser is None or self.push is None:
            raise _Nobody(f"{name} is no receiver any more")
        await self.push.send(browser, notice)

    def _tell(self, subject: str, *, well: bool, why: str = "") -> None:
        if well is (subject in self._failing) or subject not in self._proved:
            self._proved.add(subject)
            (self._failing.discard if well else self._failing.add)(subject)
            said = f"Messages to {subject} do not get out, whoever waits for them is not told ({why})"
            self._observe(Health.NOTIFYING, subject, well, "" if well else said)

    # ---- what is on disk -------------------------------------------------------------------------

    async def _ask(self, function: Callable[..., Answer], *values: object) -> Answer:
        return await self._loop.run_in_executor(self._pool, function, *values)

    def _look(self) -> None:
        if self._subscriptions is not None:
            kept = self._subscriptions.all()
            told = people_told(self._home) if kept else frozenset()
            self._browsers = [each for each in kept if each.person in told]

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(self._pace.look_s)
            with contextlib.suppress(SkykeepError):
                await asyncio.to_thread(self._look)


def people_told(home: Home) -> frozenset[str]:
    """Return the people who may be told: not dismissed, with the power to subscribe still theirs."""
    with contextlib.closing(PeopleDb(home.people)) as accounts:
        rows = accounts.rows("SELECT name, roles FROM persons WHERE dismissed_ns IS NULL")
    allowed = {role.value for role in powers.TABLE["notify.subscribe"].roles}
    return frozenset(name for name, roles in rows if allowed.intersection(roles.split()))


class _Nobody(SkykeepError):
    """A message to somebody who is told no more."""


def _mail(config: Config, home: Home, note: Callable[[str], None]) -> list[Mail]:
    return [] if config.notify.email is None else [Mail(config.notify.email, home, note)]


def _notice(waiting: Waiting) -> Notice:
    """Return a message as it was put on disk; raises Refused where another version did, and it cannot be read."""
    try:
        return msgspec.json.decode(waiting.body, type=Notice)
    except msgspec.MsgspecError as error:
        raise Refused(f"the message in {FILE} cannot be read: {error}; it was written by another version") from error


def _subject(name: str) -> str:
    return "push" if name.startswith(PUSH) else name


def _id(notice: Notice | None) -> str:
    return "" if notice is None else notice.id


def _nothing() -> None:
    """Done when the thread has done all that came before."""
