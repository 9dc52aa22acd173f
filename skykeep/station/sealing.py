"""Sealing: the tiles beside the database catch up with it, then the checkpoint is signed.

    checkpoint      the signed tree head (C2SP tlog-checkpoint)
    tile/           the log's hashes and entries (C2SP tlog-tiles)

After a crash the tiles lag behind the database, never the other way round: only durable entries are sealed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from skykeep import errors
from skykeep.ledger import checkpoint, note, tiles, tree
from skykeep.ledger.logwriter import LogWriter
from skykeep.station.database import DATABASE, corrupt_unless_good, unavailable_on_io
from skykeep.station.logfiles import CHECKPOINT, LogFiles


class Seals:
    """The sealed side of one record."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files = LogFiles(path)
        self._log: LogWriter | None = None
        self._lock = threading.Lock()

    def seal(
        self, size: int, entries: Callable[[int, int], Iterable[bytes]], signer: note.Signer
    ) -> checkpoint.Checkpoint:
        """Sign the first `size` entries; `entries(start, stop)` reads those that the last checkpoint lacks."""
        with self._lock, unavailable_on_io(self._path), corrupt_unless_good(str(self._path)):
            log, self._log = self._log or self._resume(size, signer), None  # forgotten unless all goes well
            if log.edge.size < size:
                for entry in entries(log.edge.size, size):
                    log.append(entry)
                log.finish()
                head = checkpoint.Checkpoint(signer.name, size, log.edge.root())
                self._write(checkpoint.sign(head, signer))
                for tile in log.replaced():
                    self._files.remove_partials(tile)
            self._log = log
            return self.read()[0]

    def _resume(self, size: int, signer: note.Signer) -> LogWriter:
        """Take up the log where the last checkpoint left it."""
        if not (self._path / CHECKPOINT).exists():
            return LogWriter(self._files.write)
        signed = self.signed()
        self._require_same_key(note.parse(signed), signer.verifier)
        head, _ = checkpoint.open_signed(signed, signer.verifier.vkey)
        if head.size > size:
            raise errors.Corrupt(f"{self._path}: {head.size} entries were sealed, {DATABASE} holds {size}")
        log = LogWriter.resume(head.size, self._files.read, self._files.write)
        if log.edge.root() != head.root:
            raise errors.Corrupt(f"{self._path}: the tiles at size {head.size} do not have the root that was signed")
        return log

    def require_key(self, verifier: note.Verifier) -> None:
        """Raise Refused where the record was sealed with another key; one that was never sealed takes any."""
        if (self._path / CHECKPOINT).exists():
            self._require_same_key(note.parse(self.signed()), verifier)

    def _require_same_key(self, signed: note.Note, verifier: note.Verifier) -> None:
        if (verifier.name, verifier.key_id) not in {(s.name, s.key_id) for s in signed.signatures}:
            raise errors.Refused(f"{self._path} was sealed with another key than {verifier.vkey}: use that one")

    def signed(self) -> bytes:
        """The checkpoint file; Unavailable before the first seal."""
        try:
            return self._files.read(CHECKPOINT)
        except FileNotFoundError as error:
            raise errors.Unavailable(f"{self._path}: not sealed yet, so there is no checkpoint: seal first") from error

    def read(self) -> tuple[checkpoint.Checkpoint, note.Note]:
        """The checkpoint, its signature not proved."""
        with corrupt_unless_good(f"{self._path}: checkpoint"):
            return checkpoint.parse(self.signed())

    def attach(self, cosignature: note.Signature) -> None:
        """Add a witness's cosignature, which the caller has verified, to the checkpoint file."""
        with self._lock, unavailable_on_io(self._path):
            _, signed = self.read()
            self._write(signed._replace(signatures=tuple(dict.fromkeys([*signed.signatures, cosignature]))))

    def path_of(self, entry_index: int, size: int) -> list[bytes]:
        """Inclusion path of a sealed entry."""
        with corrupt_unless_good(str(self._path)):
            return tree.prove_inclusion(entry_index, size, self._hashes(size))

    def prove_since(self, old_size: int) -> tuple[list[bytes], bytes]:
        """Consistency proof from an older size to the last checkpoint, and that checkpoint."""
        signed = self.signed()
        with corrupt_unless_good(str(self._path)):
            size = checkpoint.parse(signed)[0].size
            if old_size > size:
                raise errors.Corrupt(f"{self._path}: {size} entries are sealed, {old_size} were: cut, or written anew")
            return tree.prove_consistency(old_size, size, self._hashes(size)) if old_size else [], signed

    def _hashes(self, size: int) -> tiles.TileHashes:
        return tiles.TileHashes(size, self._files.read)

    def _write(self, signed: note.Note) -> None:
        self._files.write(CHECKPOINT, signed.to_bytes())
