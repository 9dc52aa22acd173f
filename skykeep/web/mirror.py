"""The web's side of the link: follows the station, catches up from the record, and asks for what people want done.

    down          the station is not there; what is shown is old, and says so by its time
    catching_up   what was missed is read in the record
    up            ticks come as they become durable

The record is the truth and the link only the quick way to it: whatever is lost between the two, as a link breaks or a
web process is killed or falls behind, is read in the record, from the cursor of the database of views on. What comes
twice is taken once, by its place in the record.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import sqlite3
import time
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from skykeep.errors import Malformed, Refused, SkykeepError, Unavailable
from skykeep.facts import codec
from skykeep.facts.personal import Name
from skykeep.ledger.tick import LeafKind
from skykeep.station.link import PROTOCOL, Answer, Ask, Beat, Hello, Message, Reader, Status, Ticked, packed
from skykeep.station.store import Store, TickRow
from skykeep.station.telling import Telling
from skykeep.views.live import At, Changes, Live
from skykeep.views.livemodels import ActNow
from skykeep.web.viewsdb import LIMIT_MAX, NOTHING, Filters, ViewsDb

READ_BYTES = 1 << 18
BATCH_TICKS = 100
FLUSH_S = 1.0
SILENT_MAX_S = 3.0
"""Without any message for so long, the station counts as not there; it beats at every tick."""
BACK_OFF_S = (0.1, 0.2, 0.5, 1.0, 2.0)
ANSWER_S = 10.0
ANSWER_LONG_S = 1_000.0
"""Of what goes over the whole record (`station.besides`), which ends by itself before."""
LONG = frozenset({"record.verify", "record.erase", "backup.make"})
ERASED = "record.erase"
_ENTRIES = re.compile(r"\bentries:(\d{1,18})-(\d{1,18})\b")
ERASED_LATELY_NS = 3_600_000_000_000
FORGET_AFTER_S = (0.0, 5.0, 60.0)
"""When to look which names are gone, after an erasure was noted: it may be noted before it is done."""


class Listener(Protocol):
    """Whoever wants to know at once what changed; called on the loop, and must be quick."""

    def took(self, changes: Changes, live: Live) -> None:
        """A tick was folded."""

    def beat(self, now_ns: int, *, recorded: bool) -> None:
        """A step is complete up to `now_ns`."""

    def anew(self, live: Live) -> None:
        """What was shown is of another record: begin again with this view."""


class Mirror:
    """Follows one station; everything on one loop, but what reads the record, which has a thread."""

    def __init__(self, socket: Path, record: Path, views: ViewsDb, *listeners: Listener) -> None:
        self.socket, self.record, self.views = socket, record, views
        self.listeners = list(listeners)
        self.live = views.live()
        self.state = "down"
        self.hello: Hello | None = None
        self.status: Status | None = None
        self.now_ns = self.live.at.now_ns  # of the last completed step
        self.recorded = True
        self.problem = ""  # why it is not up, or views are not kept; "": all is well
        self.gaps = 0  # ticks that the link left out and the record gave
        self._heard_s = -SILENT_MAX_S
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._number = 0
        self._forgetting: set[asyncio.Task[None]] = set()
        self._erasures: list[range] = []
        self._damaged: sqlite3.DatabaseError | None = None  # found while views were written; mended between two links

    @property
    def station_up(self) -> bool:
        """Whether the station said anything within the last seconds; a socket that is open proves nothing."""
        return self._writer is not None and time.monotonic() - self._heard_s < SILENT_MAX_S

    async def run(self) -> None:
        """Follow the station until cancelled; whatever fails is tried again, and `problem` says what it was."""
        flusher = asyncio.create_task(self._flush_on())
        lately = Filters(state=ERASED, since_ns=self.live.at.now_ns - ERASED_LATELY_NS)
        self._note_erasures(self.views.page("act", limit=LIMIT_MAX, filters=lately).items)  # a kill may have stopped it
        failed = 0
        try:
            while True:
                try:
                    await self._follow()
                    failed = 0
                except sqlite3.DatabaseError as error:
                    self._damaged = error
                except (SkykeepError, OSError) as error:
                    self.problem = str(error)
                finally:
                    was_up, self.state = self.state == "up", "down"
                    self._drop()
                self._mend()
                failed = 0 if was_up else failed + 1
                await asyncio.sleep(BACK_OFF_S[min(failed, len(BACK_OFF_S) - 1)])
        finally:
            flusher.cancel()
            for task in list(self._forgetting):
                task.cancel()
            await asyncio.gather(flusher, *self._forgetting, return_exceptions=True)
            with contextlib.suppress(Unavailable):  # the record has it all the same
                self.views.flush(self.live)

    def _mend(self) -> None:
        """Make views anew where they are damaged: the record has all of them."""
        if self._damaged is None:
            return
        self.problem = f"{self.views.path}: {self._damaged}; made anew from the record"
        try:
            self.views.renew()
            self._anew()
        except (SkykeepError, OSError) as error:  # it is tried again after the next pause
            self.problem = str(error)
        else:
            self._damaged = None

    async def ask(self, ask: Ask, timeout_s: float | None = None) -> Answer:
        """Ask the station (its `number` is given here); raises Unavailable where it is not there or does not answer."""
        timeout_s = timeout_s or (ANSWER_LONG_S if ask.action in LONG else ANSWER_S)
        if self._writer is None or not self.station_up:
            raise Unavailable(
                "the station does not answer, so nothing was done; come again in a few seconds, and where that "
                "does not help tell whoever looks after the station"
            )
        self._number += 1
        number = self._number
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answered
        try:
            self._writer.write(packed(msgspec.structs.replace(ask, number=number)))
            async with asyncio.timeout(timeout_s):
                return await answered
        except TimeoutError as error:
            raise Unavailable(
                f"the station did not answer within {timeout_s:g} s: it may have been done; look before asking again"
            ) from error
        finally:
            self._waiting.pop(number, None)

    # The link

    async def _follow(self) -> None:
        with contextlib.suppress(Refused):  # no record yet: the station makes it
            await self._agree(None)
            await self._catch_up(None)
        reader, self._writer = await asyncio.open_unix_connection(str(self.socket))
        messages = Reader()
        while data := await self._read(reader):
            self._heard_s = time.monotonic()
            for message in messages.feed(data):
                await self._take(message)
        self.problem = "the station closed the link"

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        try:
            async with asyncio.timeout(2 * SILENT_MAX_S):
                return await reader.read(READ_BYTES)
        except TimeoutError as error:
            raise Unavailable(f"the station said nothing for {2 * SILENT_MAX_S:g} s, and the link is open") from error

    async def _take(self, message: Message) -> None:
        if isinstance(message, Ticked):
            await self._tick(message)
        elif isinstance(message, Beat):
            self.now_ns, self.recorded = message.now_ns, message.recorded
            self.views.durable = message.recorded
            for listener in self.listeners:
                listener.beat(message.now_ns, recorded=message.recorded)
        elif isinstance(message, Answer):
            waiting = self._waiting.get(message.number)
            if waiting is not None and not waiting.done():
                waiting.set_result(message)
        elif isinstance(message, Status):
            self.status = message
        elif isinstance(message, Hello):
            await self._greet(message)
        else:
            raise Malformed(f"link: the station sent {type(message).__name__}")

    async def _greet(self, hello: Hello) -> None:
        if hello.protocol != PROTOCOL:
            raise Unavailable(f"the station speaks protocol {hello.protocol}, this web {PROTOCOL}: restart both")
        self.hello = hello
        await self._agree(hello.record_id)
        await self._catch_up(hello.durable)
        self.state, self.problem = "up", ""

    async def _agree(self, served: str | None) -> None:
        """Take back what was folded and does not stand in the record: what was never durable, or is of another one."""
        looked = await asyncio.to_thread(_looked, self.record, self.live.at.entry_index)
        if served not in {None, looked.record_id}:
            raise Unavailable(
                f"{self.record} is not the record that the station writes: see what `skykeep serve` names"
            )
        self.views.require_of(looked.record_id)
        if self.views.at == self.live.at == looked.at:
            return
        self.views.reload()
        looked = await asyncio.to_thread(_looked, self.record, self.views.at.entry_index)
        if looked.at != self.views.at:
            self.views.begin_anew()
            self.views.require_of(looked.record_id)
        self._anew()

    def _anew(self) -> None:
        self.live = self.views.live()
        for listener in self.listeners:
            listener.anew(self.live)

    def _drop(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
            self._writer = None
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(
                    Unavailable("the link to the station broke: it may have been done; look before asking again")
                )

    # Ticks

    async def _tick(self, ticked: Ticked) -> None:
        if ticked.entry_index > self.views.cursor:
            self.gaps += ticked.entry_index - self.views.cursor
            await self._catch_up(ticked.entry_index)
            self.state = "up"
        if ticked.entry_index == self.views.cursor:
            self.views.durable = False  # until the beat that follows it
            self._fold(ticked)

    def _fold(self, ticked: Ticked) -> None:
        changes = fold(self.live, ticked)
        self.views.take(changes)
        for listener in self.listeners:
            listener.took(changes, self.live)
        self._note_erasures(changes.objects.values())

    async def _catch_up(self, stop: int | None) -> None:
        """Fold what the record has from the cursor on, up to `stop`; None: to its end."""
        if stop is not None and self.views.cursor >= stop:
            return
        self.state = "catching_up"
        telling = Telling()
        while batch := await asyncio.to_thread(_some, self.record, telling, self.views.cursor, stop):
            for ticked in batch:
                self._fold(ticked)
            self.views.durable = True  # what was read in the record is, and all before it
            self.views.flush(self.live)
            await asyncio.sleep(0)
        if stop is not None and self.views.cursor < stop:
            raise Unavailable(f"{self.record}: entry {self.views.cursor} cannot be read yet; trying again")

    async def _flush_on(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            try:
                self.views.flush(self.live)
            except Unavailable as error:
                self.problem = str(error)
            except sqlite3.DatabaseError as error:  # whoever follows is busy with them: it mends
                self._damaged = error
                self._drop()

    def _note_erasures(self, objects: Iterable[msgspec.Struct]) -> None:
        acts = [each for each in objects if isinstance(each, ActNow) and each.action == ERASED]
        self._erasures += [_entries(each.subject) for each in acts]
        if acts and not self._forgetting:
            task = asyncio.create_task(self._forget())
            self._forgetting.add(task)
            task.add_done_callback(self._forgetting.discard)

    async def _forget(self) -> None:
        """Destroy the names that the record has no longer."""
        while self._erasures:
            spans, self._erasures = self._erasures, []
            left = spans
            for wait_s in FORGET_AFTER_S:
                await asyncio.sleep(wait_s)
                try:
                    await self._forget_within(spans)
                    left = []
                except SkykeepError as error:  # it stays to be done
                    self.problem, left = str(error), spans
            self._erasures += left

    async def _forget_within(self, spans: list[range]) -> None:
        self.views.flush(self.live)
        names = [each for each in self.views.name_entries() if any(each[0] in span for span in spans)]
        gone = await asyncio.to_thread(erased, self.record, names)
        if gone:
            self.views.forget(gone)


def _entries(subject: str) -> range:
    """Return the entries that an erasure was of: those it names, as retention does, else all."""
    named = _ENTRIES.search(subject)
    return range(2**63) if named is None else range(int(named[1]), int(named[2]) + 1)


def fold(live: Live, ticked: Ticked) -> Changes:
    """Take a tick of the link, or of the record, into a view."""
    names = [name for name in codec.decode_all_trusted(ticked.names) if isinstance(name, Name)]
    facts = [(index, codec.decode_trusted(body)) for index, body in ticked.facts]
    at = At(ticked.entry_index, ticked.tick, ticked.now_ns)
    return live.take(at, names, facts, codec.decode_all_trusted(ticked.concluded))


class _Looked(NamedTuple):
    record_id: str
    at: At  # of the entry that was asked for; NOTHING where there is none


def _looked(record: Path, entry_index: int) -> _Looked:
    with Store.open(record, read_only=True) as store:
        record_id = store.meta["record_id"]
        if not 0 <= entry_index < store.entries_count:
            return _Looked(record_id, NOTHING)
        row = store.row(entry_index)
        return _Looked(record_id, At(row.entry_index, row.tick, row.now_ns))


def _some(record: Path, telling: Telling, start: int, stop: int | None) -> list[Ticked]:
    """Return what is told of the next ticks of a record; none at its end."""
    with Store.open(record, read_only=True) as store, contextlib.closing(iter_rows(store, start, stop)) as rows:
        return [telling.row(row) for row in itertools.islice(rows, BATCH_TICKS)]


def iter_rows(store: Store, start: int, stop: int | None) -> Generator[TickRow, None, None]:
    """Yield ticks; closed, it lets the store's connection go."""
    yield from store.rows(start, stop)


def erased(record: Path, names: list[tuple[int, str]]) -> list[str]:
    """Return the pseudonyms, of (entry index, pseudonym), whose value the record has no longer."""
    by_entry: dict[int, list[str]] = {}
    for entry_index, pseudonym in names:
        by_entry.setdefault(entry_index, []).append(pseudonym)
    gone: list[str] = []
    with Store.open(record, read_only=True) as store:
        for entry_index, pseudonyms in by_entry.items():
            bodies = [leaf.body for leaf in store.row(entry_index).leaves if leaf.kind == LeafKind.NAME]
            there = {getattr(codec.decode_trusted(body), "pseudonym", None) for body in bodies if body is not None}
            gone += [each for each in pseudonyms if each not in there]
    return gone
