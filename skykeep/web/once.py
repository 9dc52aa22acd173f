"""An act that is sent twice is done once: the header Idempotency-Key on any POST of somebody who is known.

The same person, address, key and body get the same answer for 24 hours, also from a web process that was restarted
meanwhile; the same key with another body or address is refused (422), and so is one whose act is still under way (409).
The station gets the key too, and does nothing twice by itself. Answers that say that nothing was done because
something was not there (5xx), or that nobody was admitted, are not kept: the act may be tried again.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

import msgspec
from litestar import Request
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPReceiveMessage, HTTPSendMessage, Message, Receive, Scope, Send

from skykeep.errors import Unavailable
from skykeep.web.admitting import admitted
from skykeep.web.caller import PUBLIC, Caller
from skykeep.web.problems import Failed

PREFIX = "/api/v1/"
HEADER = b"idempotency-key"
KEPT_NS = 24 * 3_600 * 10**9
KEPT_MAX = 100_000
"""Answers kept; the oldest go first."""
ANSWER_MAX_BYTES = 1 << 20
KEPT_HEADERS = frozenset({b"content-type", b"etag", b"location", b"link"})
KEPT_STATUS = frozenset({HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED})
_KEY = re.compile(rb"[!-~]{1,128}")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS answered (
    who TEXT NOT NULL, key TEXT NOT NULL, t_ns INTEGER NOT NULL, request BLOB NOT NULL, answer BLOB NOT NULL,
    PRIMARY KEY (who, key)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answered_t ON answered (t_ns);
"""


class Answered(msgspec.Struct, frozen=True, array_like=True):
    """An answer as it was given."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Slot(NamedTuple):
    """Whose key, and the digest of what it came with."""

    who: str
    key: str
    request: bytes


class Answers:
    """The answers of the last 24 hours, in a small SQLite file that may be thrown away."""

    def __init__(self, path: Path, now_ns: Callable[[], int]) -> None:
        """Open it; raises Unavailable where it cannot be opened."""
        self._now_ns = now_ns
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            path.chmod(0o600)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise Unavailable(f"{path} cannot be opened: {error}; it may be removed") from error

    def close(self) -> None:
        self._db.close()

    def find(self, slot: Slot) -> Answered | None:
        """Return the answer kept for a key; a problem where the key was used for something else."""
        old = self._now_ns() - KEPT_NS
        row = self._db.execute(
            "SELECT request, answer FROM answered WHERE who = ? AND key = ? AND t_ns > ?", (slot.who, slot.key, old)
        ).fetchone()
        if row is None:
            return None
        if row[0] != slot.request:
            raise Failed("key-used", "Idempotency-Key came before, with another address or another body")
        return msgspec.msgpack.decode(row[1], type=Answered)

    def keep(self, slot: Slot, answered: Answered) -> None:
        """Keep an answer, and forget what is older than a day or too many."""
        now_ns = self._now_ns()
        row = (slot.who, slot.key, now_ns, slot.request, msgspec.msgpack.encode(answered))
        self._db.execute("INSERT OR REPLACE INTO answered VALUES (?, ?, ?, ?, ?)", row)
        self._db.execute("DELETE FROM answered WHERE t_ns <= ?", (now_ns - KEPT_NS,))
        newest = "SELECT t_ns FROM answered ORDER BY t_ns DESC LIMIT 1 OFFSET ?"
        self._db.execute(f"DELETE FROM answered WHERE t_ns < ({newest})", (KEPT_MAX,))  # noqa: S608 - our own words


class Once(ASGIMiddleware):
    """Gives a POST with a key that came before the answer that it had."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, answers: Answers, *, body_max_bytes: int) -> None:
        self._answers, self._body_max_bytes = answers, body_max_bytes
        self._busy: set[tuple[str, str]] = set()

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        key = dict(scope["headers"]).get(HEADER)
        caller = scope.get("user") or PUBLIC
        ours = scope["path"].startswith(PREFIX) and scope.get("method") == "POST"
        if not ours or key is None or caller.kind == PUBLIC.kind or _is_secret(scope):
            await next_app(scope, receive, send)
            return
        if not _KEY.fullmatch(key):
            raise Failed("malformed", "Idempotency-Key: 1 to 128 visible ASCII characters are one")
        body = await self._whole(receive)
        slot = _slot(scope, caller, key, body)
        kept = self._answers.find(slot)
        if kept is not None:
            admitted(Request(scope), scope["route_handler"])  # whoever lost the power gets no answer of before
            await _again(kept, send)
            return
        with self._alone(slot):
            taken = _Taking(send)
            await next_app(scope, _from(body, receive), taken)
            if taken.is_kept:
                self._answers.keep(slot, Answered(taken.status, taken.headers, bytes(taken.body)))

    async def _whole(self, receive: Receive) -> bytes:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise HTTPException(status_code=400, detail="the body ended before its end")
            assert message["type"] == "http.request"
            body += message["body"]
            if len(body) > self._body_max_bytes:
                raise Failed("too-large", f"more than {self._body_max_bytes} bytes")
            if not message.get("more_body"):
                return bytes(body)

    @contextlib.contextmanager
    def _alone(self, slot: Slot) -> Iterator[None]:
        place = slot.who, slot.key
        if place in self._busy:
            raise Failed("refused", "the act with this Idempotency-Key is still under way", "Wait for its answer.")
        self._busy.add(place)
        try:
            yield
        finally:
            self._busy.discard(place)


def _is_secret(scope: Scope) -> bool:
    """Whether what is answered is shown once, and never kept."""
    return bool(scope["route_handler"].opt.get("shown_once", False))


def _slot(scope: Scope, caller: Caller, key: bytes, body: bytes) -> Slot:
    where = scope["raw_path"] + b"?" + scope["query_string"]
    seen = dict(scope["headers"]).get(b"if-match", b"")
    digest = hashlib.sha256(b"\0".join((where, seen, hashlib.sha256(body).digest()))).digest()
    return Slot(f"{caller.kind}:{caller.person}", key.decode("ascii"), digest)


def _from(body: bytes, receive: Receive) -> Receive:
    """Return a receiver that gives a body once more, then what the connection says."""
    waiting = [body]

    async def again() -> HTTPReceiveMessage:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()  # type: ignore[return-value]  # of HTTP: a request or its end

    return again


class _Taking:
    """Passes an answer on and remembers it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status, self.headers, self.body = 0, list[tuple[bytes, bytes]](), bytearray()
        self._whole = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [pair for pair in message["headers"] if pair[0].lower() in KEPT_HEADERS]
        elif message["type"] == "http.response.body":
            self.body += message["body"][: ANSWER_MAX_BYTES + 1]
            self._whole = not message.get("more_body")
        await self._send(message)

    @property
    def is_kept(self) -> bool:
        good = self.status < HTTPStatus.MULTIPLE_CHOICES or self.status in KEPT_STATUS
        return self._whole and good and len(self.body) <= ANSWER_MAX_BYTES


async def _again(kept: Answered, send: Send) -> None:
    headers = [*kept.headers, (b"idempotent-replayed", b"true"), (b"cache-control", b"no-store")]
    headers.append((b"content-length", str(len(kept.body)).encode()))
    start: HTTPSendMessage = {"type": "http.response.start", "status": kept.status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": kept.body, "more_body": False})
