"""The record on disk: a row for each tick, appended by one writer, read by any number.

**Acknowledgement**: entry i is acknowledged once `durable()` is greater than i. From then on it survives the
end of this process however it ends, and a loss of power as far as the disk keeps what it reports as written.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import secrets
import shutil
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from skykeep import errors
from skykeep.ledger import checkpoint, factproof, note, packed
from skykeep.ledger.entry import Entry, EntryKind
from skykeep.ledger.tick import SEED_SIZE, Leaf, LeafKind, TickLeaves
from skykeep.station import database
from skykeep.station.database import DATABASE, StoredTick, corrupt_unless_good, unavailable_on_io
from skykeep.station.filelock import FileLock
from skykeep.station.groupwriter import GroupWriter, Job
from skykeep.station.logfiles import sync_directory
from skykeep.station.sealing import HandOver, Seals

LOCK = "writer.lock"
ERASED_AT_ONCE = 64
"""Entries erased in one transaction."""

Selected = Callable[[int, int, Leaf], bool] | Iterable[tuple[int, int]]
"""Which leaves: asked for each (entry index, leaf index, leaf), or listed as (entry index, leaf index)."""


class TickRow(NamedTuple):
    """One tick as it was appended, less what was erased since."""

    entry_index: int
    kind: int
    tick: int
    now_ns: int
    leaves: tuple[Leaf, ...]
    state_sha256: bytes | None
    entry: Entry


class Store:
    """One record in a directory. Opened for writing it has one writer; others may read it meanwhile."""

    def __init__(self, path: Path, uri: str) -> None:
        """Use `create` or `open`."""
        self.path = path
        self.seals = Seals(path)
        self._uri = uri
        self._ending = contextlib.ExitStack()
        self._writer: GroupWriter | None = None
        self._random_bytes: Callable[[int], bytes] = secrets.token_bytes
        self._next_index = 0
        self._appending = threading.Lock()

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        meta: Mapping[str, str],
        on_durable: Callable[[int], None] = lambda _n: None,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> Self:
        """Make a new record in a directory that is empty or not there yet, and open it for writing."""
        with unavailable_on_io(path):
            if path.exists() and not path.is_dir():
                raise errors.Refused(f"{path} is a file: name a directory for the record, new or empty")
            if path.exists() and not all(_left_by_a_crash(each) for each in path.iterdir()):
                raise errors.Refused(f"{path} is not empty, and no record: choose another place for a new record")
            path.mkdir(parents=True, exist_ok=True)
            lock = FileLock(path / LOCK)
            try:
                if (path / DATABASE).exists():
                    raise errors.Refused(f"{path} was made a record by another program just now: open it")
                database.make(path, meta)
                sync_directory(path)
            finally:
                lock.release()
        return cls.open(path, on_durable=on_durable, random_bytes=random_bytes)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        read_only: bool = False,
        on_durable: Callable[[int], None] = lambda _n: None,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> Self:
        """Open a record; Refused if it is none, or if another writer holds it.

        `on_durable` is called on the writing thread with the number of durable entries; it must be quick.
        """
        with unavailable_on_io(path):
            is_there = (path / DATABASE).is_file()
        if not is_there:
            raise errors.Refused(f"{path} holds no record ({DATABASE} is not there): create one, or name another place")
        with contextlib.ExitStack() as ending:
            if read_only:
                with unavailable_on_io(path):
                    store = cls(path, database.reading_uri(path, ending))
            else:
                ending.callback(FileLock(path / LOCK).release)
                store = cls(path, database.shared_uri(path))
            store._require_format()
            if not read_only:
                store._start_writing(on_durable, random_bytes)
            store._ending = ending.pop_all()
        return store

    def _require_format(self) -> None:
        found = self.meta.get("format")
        if found != database.FORMAT:
            raise errors.Refused(f"{self.path}: format is {found!r}, not {database.FORMAT!r}: use a newer program")

    def _start_writing(self, on_durable: Callable[[int], None], random_bytes: Callable[[int], bytes]) -> None:
        with unavailable_on_io(self.path):
            db = database.connect_writing(self.path)
            durable = database.count(db)
        self._random_bytes = random_bytes
        self._next_index = durable
        self._writer = GroupWriter(db, self.path, durable=durable, on_durable=on_durable)

    def close(self) -> None:
        """Commit what waits and let the writer's lock go."""
        with self._ending:
            if self._writer is not None:
                self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Writing

    def append(
        self,
        kind: int,
        tick: int,
        now_ns: int,
        leaves: Sequence[Leaf],
        settings_sha256: bytes,
        program_sha256: bytes,
        state_sha256: bytes | None = None,
    ) -> int:
        """Queue one tick and give its entry index; it is acknowledged when `durable()` exceeds that.

        Waits while the queue is full. Unavailable: nothing was taken, and the index was not used up.
        """
        salted = TickLeaves(tuple(leaves), self._random_bytes(SEED_SIZE))
        counts = Counter(leaf.kind for leaf in leaves)
        if not counts.keys() <= set(LeafKind) or any(leaf.body is None for leaf in leaves):
            raise ValueError("leaves to append have bodies, and a kind that LeafKind names")
        n_frames, n_names, n_facts, n_concluded = (counts[k] for k in LeafKind)
        raw = Entry(
            EntryKind(kind), tick, now_ns, n_frames, n_names, n_facts, n_concluded,
            settings_sha256, program_sha256, salted.root(), state_sha256,
        ).to_bytes()  # fmt: skip
        stored = packed.pack(salted.to_bytes(), beside=raw)
        with self._appending:
            index = self._next_index
            arguments = (index, kind, _signed(tick), raw, stored)
            job = Job("INSERT INTO ticks VALUES (?, ?, ?, ?, ?)", arguments, len(raw) + len(stored), 1)
            self._require_writer().put(job)
            self._next_index += 1
        return index

    def durable(self) -> int:
        """Entries that are durable: all below this number are acknowledged."""
        return self.entries_count if self._writer is None else self._writer.durable()

    def wait_durable(self, n: int, timeout_s: float | None = None) -> bool:
        """Wait until `n` entries are durable; False after the timeout; Unavailable if writing fails."""
        writer = self._require_writer()
        return writer.wait(lambda: writer.durable() >= n, timeout_s)

    def retry(self) -> None:
        """After a full disk: try again what waits in memory."""
        self._require_writer().retry()

    def keep_meta(self, key: str, value: str) -> None:
        """Keep one thing more about the record; what is kept already stays as it is."""
        with self._require_writer().alone() as db:
            db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (key, value))

    def put_snapshot(self, state: bytes) -> bytes:
        """Queue a state and give its SHA-256; durable no later than a tick appended after it."""
        return self._put("snapshots", state, packed.pack(state))

    def put_blob(self, data: bytes) -> bytes:
        """Queue a photo, an article, a capture and give its SHA-256; durable no later than a tick appended after."""
        return self._put("blobs", data, data)

    def _put(self, table: str, content: bytes, stored: bytes) -> bytes:
        sha256 = hashlib.sha256(content).digest()
        job = Job(f"INSERT OR IGNORE INTO {table} VALUES (?, ?)", (sha256, stored), len(stored), 0)  # noqa: S608 - our own table names
        self._require_writer().put(job)
        return sha256

    # Erasing

    def erase(self, selected: Selected) -> int:
        """Destroy bodies and salts of leaves, for good, and give how many; their hashes and all other proofs stay.

        A few entries at a time, so that ticks still commit in between. Old copies leave the write-ahead log too before
        this returns. Unavailable, because a reader holds that up or the disk is full: asking once more finishes it.
        """
        writer, by_entry = self._require_writer(), self._select(selected)
        left = iter(by_entry.items())
        while some := list(itertools.islice(left, ERASED_AT_ONCE)):
            with writer.alone() as db:
                database.erase(db, some)
        with writer.alone() as db:
            self._empty_wal(db)
        return sum(len(leaf_indices) for leaf_indices in by_entry.values())

    def erase_blob(self, sha256: bytes) -> None:
        """Destroy a blob; facts that name it keep its hash."""
        self._delete("blobs", sha256)

    def erase_snapshot(self, sha256: bytes) -> None:
        """Destroy a state snapshot; replay then begins at an earlier one."""
        self._delete("snapshots", sha256)

    def _delete(self, table: str, sha256: bytes) -> None:
        with self._require_writer().alone() as db:
            db.execute(f"DELETE FROM {table} WHERE sha256 = ?", (sha256,))  # noqa: S608 - our own table names
            self._empty_wal(db)

    def _select(self, selected: Selected) -> dict[int, set[int]]:
        """Leaves to erase by entry, less those that are erased already."""
        self._require_writer().flush()
        if callable(selected):
            asked, rows = selected, self.rows()
        else:
            listed = set(selected)
            asked = lambda entry_index, i, _leaf: (entry_index, i) in listed  # noqa: E731 - the other kind of question
            rows = map(self.row, sorted({entry_index for entry_index, _ in listed}))
        by_entry = {
            row.entry_index: {
                i for i, f in enumerate(row.leaves) if f.body is not None and asked(row.entry_index, i, f)
            }
            for row in rows
        }
        return {entry_index: found for entry_index, found in by_entry.items() if found}

    def _empty_wal(self, db: sqlite3.Connection) -> None:
        (busy, _, _) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise errors.Unavailable(
                f"{self.path}: erased, but a reader keeps an old copy in the write-ahead log: close it, erase again"
            )

    # Reading

    @property
    def meta(self) -> dict[str, str]:
        """What the record was created with, and its format."""
        with self._reading() as db:
            return dict(db.execute("SELECT key, value FROM meta"))

    @property
    def writes(self) -> bool:
        """Whether this is the writer of the record."""
        return self._writer is not None

    @property
    def entries_count(self) -> int:
        """Entries appended; for a writer also those that wait to become durable."""
        if self._writer is not None:
            return self._next_index
        with self._reading() as db:
            return database.count(db)

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[TickRow]:
        """Durable ticks from entry `start`, in order; the end is what is durable when it is reached."""
        return (_row(stored) for stored in self.stored(start, stop))

    def row(self, entry_index: int) -> TickRow:
        """One tick; Refused if there is no such entry."""
        with self._reading() as db:
            return _row(database.fetch(db, entry_index))

    def stored(self, start: int = 0, stop: int | None = None) -> Iterator[StoredTick]:
        """Rows as they lie in the table."""
        with self._reading() as db:
            for row in database.fetch_all(db, start):
                if stop is not None and row.entry_index >= stop:
                    return
                yield row

    def get_snapshot(self, sha256: bytes) -> bytes | None:
        """A state by its hash, or None if it was erased or never put."""
        stored = self._get("SELECT state FROM snapshots WHERE sha256 = ?", sha256)
        if stored is None:
            return None
        with corrupt_unless_good(f"{DATABASE}: snapshot {sha256.hex()}"):
            return _require_hash(packed.unpack(stored), sha256, "snapshot")

    def get_blob(self, sha256: bytes) -> bytes | None:
        """A blob by its hash, or None if it was erased or never put."""
        stored = self._get("SELECT bytes FROM blobs WHERE sha256 = ?", sha256)
        return None if stored is None else _require_hash(stored, sha256, "blob")

    def _get(self, sql: str, sha256: bytes) -> bytes | None:
        if self._writer is not None:
            self._writer.flush()
        with self._reading() as db:
            found = db.execute(sql, (sha256,)).fetchone()
            return None if found is None else bytes(found[0])

    def integrity_check(self) -> str | None:
        """What SQLite finds wrong with its file, or None."""
        with self._reading() as db:
            (found,) = db.execute("PRAGMA integrity_check(1)").fetchone()
        return None if found == "ok" else str(found)

    def require_kept_hashes(self) -> None:
        """Raise Corrupt unless every snapshot and blob that was kept has the hash that it is kept under."""
        for table, get in (("snapshots", self.get_snapshot), ("blobs", self.get_blob)):
            with self._reading() as db:
                hashes = [bytes(sha256) for (sha256,) in db.execute(f"SELECT sha256 FROM {table}")]  # noqa: S608 - our own table names
            for sha256 in hashes:
                get(sha256)

    def space_left(self) -> int:
        """Bytes free on the record's disk: raise the alarm while this is still many hours of ticks."""
        with unavailable_on_io(self.path):
            return shutil.disk_usage(self.path).free

    # Sealing and proving

    def seal(
        self, signer: note.Signer, origin: str | None = None, *, successor: note.Signer | None = None
    ) -> checkpoint.Checkpoint:
        """Sign all durable entries: writes what the tiles lack, then the checkpoint. Nothing new: the old one stays.

        Only entries after the last checkpoint are read. Corrupt if what lies there is not what was signed. Where a
        rotation is recorded among them, `successor` signs that checkpoint too, and alone from then on.
        """
        size = self._require_writer().durable()
        if origin not in (None, signer.name):
            raise errors.Refused(
                f"origin {origin!r} is not the name of the key, {signer.name!r}: use a key of that name"
            )
        if size == 0:
            raise errors.Refused(f"{self.path}: nothing to seal, the record has no durable entry yet")
        hand_over = None if successor is None else lambda index: HandOver(successor, self._bare_proof(index, 0))
        return self.seals.seal(size, self._entries, signer, hand_over)

    def _entries(self, start: int, stop: int) -> Iterator[bytes]:
        return (row.entry for row in self.stored(start, stop))

    def prove(self, entry_index: int, leaf_index: int) -> factproof.FactProof:
        """Prove one leaf under the last checkpoint; Refused if it was erased, Unavailable if not sealed yet."""
        bare = self._bare_proof(entry_index, leaf_index)
        signed = self.seals.signed()
        with corrupt_unless_good(f"{self.path}: checkpoint"):
            size = checkpoint.parse(signed)[0].size
        if entry_index >= size:
            raise errors.Unavailable(f"entry {entry_index} is not sealed yet, only {size} are: seal first")
        return bare._replace(log_path=tuple(self.seals.path_of(entry_index, size)), signed=signed)

    def _bare_proof(self, entry_index: int, leaf_index: int) -> factproof.FactProof:
        """One leaf and the way to its tick, without the way to a checkpoint."""
        with self._reading() as db:
            stored = database.fetch(db, entry_index)
        _, salted = stored.decode()
        leaf = _require_leaf(salted, entry_index, leaf_index)
        return factproof.FactProof(
            salt=salted.salts()[leaf_index],
            kind=leaf.kind,
            body=leaf.body or b"",
            leaf_index=leaf_index,
            tick_path=tuple(salted.path(leaf_index)),
            entry=stored.entry,
            entry_index=entry_index,
            log_path=(),
            signed=b"",
        )

    def _require_writer(self) -> GroupWriter:
        if self._writer is None:
            raise errors.Refused(f"{self.path} was opened read-only: open it for writing")
        return self._writer

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with unavailable_on_io(self.path), contextlib.closing(database.connect(self._uri)) as db:
            yield db


def _left_by_a_crash(file: Path) -> bool:
    """Whether this is what a crash in the middle of making a record leaves: nothing that holds anything yet."""
    return file.name == LOCK or file.name.startswith(database.UNFINISHED)


def _row(stored: StoredTick) -> TickRow:
    header, salted = stored.decode()
    return TickRow(
        stored.entry_index, header.kind, header.tick, header.now_ns, salted.leaves, header.state_sha256, header
    )


def _require_leaf(salted: TickLeaves, entry_index: int, leaf_index: int) -> Leaf:
    if not 0 <= leaf_index < len(salted.leaves):
        raise errors.Refused(f"entry {entry_index} has {len(salted.leaves)} leaves, none is number {leaf_index}")
    leaf = salted.leaves[leaf_index]
    if leaf.body is None:
        raise errors.Refused(f"leaf {leaf_index} of entry {entry_index} was erased; only its hash is left")
    return leaf


def _require_hash(content: bytes, sha256: bytes, what: str) -> bytes:
    if hashlib.sha256(content).digest() != sha256:
        raise errors.Corrupt(f"{DATABASE}: {what} {sha256.hex()} does not have this hash")
    return content


def _signed(number: int) -> int:
    """A u64 as SQLite's i64, bit for bit."""
    return number - (1 << 64) if number >> 63 else number
