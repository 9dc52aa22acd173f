"""Check a whole record: its sealed log, and that every row of the database is what the log holds.

Rows after the checkpoint are checked against their own entries only, and counted: until they are sealed,
whoever can write the disk can write them anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from skykeep import errors
from skykeep.ledger import cosignature, entry, note, rotation, tree
from skykeep.ledger import verify as ledger
from skykeep.ledger.tick import LeafKind, TickLeaves
from skykeep.station.database import DATABASE, StoredTick, corrupt_unless_good
from skykeep.station.logfiles import CHECKPOINT, LogFiles
from skykeep.station.store import Store


@dataclass(frozen=True)
class Checked:
    """What held. Without `signer_proved`: internally consistent only; the signer is not proved."""

    n_entries: int
    n_unsealed: int
    n_facts: int
    n_leaves: int
    n_erased: int
    checkpoint_size: int
    checkpoint_root: bytes
    signer_proved: bool
    cosigned: tuple[cosignature.Cosigned, ...]
    since_size: int | None
    files_beyond: tuple[str, ...]
    chain: rotation.Chain = rotation.NEVER


def check(
    path: Path,
    vkey: str | None = None,
    since: bytes | None = None,
    *,
    witnesses: Sequence[note.Verifier] = (),
) -> Checked:
    """Check the record in `path`; Corrupt names what does not hold, and where.

    `vkey` must come from outside the record, and may be one that was rotated away; `since` is a checkpoint kept from
    earlier. A record that was never sealed passes only when neither is asked for.
    """
    with Store.open(path, read_only=True) as store:
        _require_sound(store)
        rows = _Rows(store)
        sealed = (path / CHECKPOINT).exists() or vkey is not None or since is not None
        report = _check_log(path, vkey, since, witnesses, rows) if sealed else _UNSEALED
        _require_name(store, report.origin)
        n_sealed = rows.n_entries
        while rows.next() is not None:
            pass
    return Checked(
        n_entries=rows.n_entries, n_unsealed=rows.n_entries - n_sealed, n_facts=rows.counts[LeafKind.FACT],
        n_leaves=rows.counts.total(), n_erased=rows.n_erased, checkpoint_size=report.size,
        checkpoint_root=report.root, signer_proved=report.signer_proved, cosigned=report.cosigned,
        since_size=report.since_size, files_beyond=report.beyond, chain=report.chain,
    )  # fmt: skip


_UNSEALED = ledger.Report("", 0, tree.EMPTY_ROOT, signer_proved=False, cosigned=(), since_size=None, beyond=())


def _check_log(
    path: Path, vkey: str | None, since: bytes | None, witnesses: Sequence[note.Verifier], rows: _Rows
) -> ledger.Report:
    with corrupt_unless_good(str(path)):
        files = LogFiles(path)
        return ledger.verify(
            _checkpoint(files),
            files.read,
            files.names(),
            vkey=vkey,
            since=since,
            witnesses=witnesses,
            on_entry=rows.compare,
            handovers=files.handovers(),
        )


def _checkpoint(files: LogFiles) -> bytes:
    try:
        return files.read(CHECKPOINT)
    except FileNotFoundError as error:
        raise errors.Corrupt("checkpoint: the file is missing: never sealed, or taken away") from error


def _require_sound(store: Store) -> None:
    """Ask SQLite about its own file."""
    complaint = store.integrity_check()
    if complaint is not None:
        raise errors.Corrupt(f"{store.path / DATABASE}: {complaint}")
    store.require_kept_hashes()


def _require_name(store: Store, origin: str) -> None:
    """The record's name, under which its pseudonyms were made, is the one that its key signs for."""
    name = store.meta.get("record_id")
    if origin and name is not None and not origin.endswith(f"/{name}"):
        raise errors.Corrupt(f"{DATABASE}: the record's name is {name!r}, its checkpoint is of {origin!r}")


class _Rows:
    """The database's rows in order, each checked for itself."""

    def __init__(self, store: Store) -> None:
        self._stored = store.stored()
        self.n_entries = 0
        self.n_erased = 0
        self.counts: Counter[int] = Counter()

    def compare(self, index: int, logged: bytes) -> None:
        """Hold the next row against the log's entry of that number."""
        row = self.next()
        if row is None:
            raise errors.Corrupt(f"{DATABASE}: entry {index} is missing, though the checkpoint covers it")
        if row.entry != logged:
            raise errors.Corrupt(f"{DATABASE}: entry {index} is not the one in the log")

    def next(self) -> StoredTick | None:
        """The next row, checked; None at the end."""
        row = next(self._stored, None)
        if row is None:
            return None
        if row.entry_index != self.n_entries:
            raise errors.Corrupt(f"{DATABASE}: entry {self.n_entries} is missing, {row.entry_index} follows")
        header, salted = row.decode()
        _require_match(row, header, salted)
        self.n_entries += 1
        self.n_erased += sum(leaf.body is None for leaf in salted.leaves)
        self.counts.update(leaf.kind for leaf in salted.leaves)
        return row


def _require_match(row: StoredTick, header: entry.Entry, salted: TickLeaves) -> None:
    """A row's columns and leaves are what its entry says."""
    where = f"{DATABASE}: entry {row.entry_index}"
    if (row.kind, row.tick % (1 << 64)) != (header.kind, header.tick):
        raise errors.Corrupt(f"{where}: columns say kind {row.kind}, tick {row.tick}; the entry says otherwise")
    counts = Counter(leaf.kind for leaf in salted.leaves)
    said = (header.n_frames, header.n_names, header.n_facts, header.n_concluded)
    if len(salted.leaves) != header.n_leaves or tuple(counts[kind] for kind in LeafKind) != said:
        raise errors.Corrupt(f"{where}: its leaves are not as many of each kind as the entry says")
    if salted.root() != header.root:
        raise errors.Corrupt(f"{where}: its leaves do not have the root that the entry holds")
