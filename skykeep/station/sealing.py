"""Sealing: the tiles beside the database catch up with it, then the checkpoint is signed.

    checkpoint      the signed tree head (C2SP tlog-checkpoint)
    rotation/       by which one key handed over to the next, a proof each (ledger/rotation.py)
    tile/           the log's hashes and entries (C2SP tlog-tiles)

After a crash the tiles lag behind the database, never the other way round: only durable entries are sealed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from skykeep import errors
from skykeep.ledger import checkpoint, factproof, note, rotation, tiles, tree
from skykeep.ledger.entry import is_rotation
from skykeep.ledger.logwriter import LogWriter
from skykeep.station.database import DATABASE, corrupt_unless_good, unavailable_on_io
from skykeep.station.logfiles import CHECKPOINT, LogFiles


class HandOver(NamedTuple):
    """What sealing an entry of rotation needs: who takes over, and the fact that says so with the way to its tick."""

    successor: note.Signer
    proof: factproof.FactProof  # its outer half is filled in by sealing


class Seals:
    """The sealed side of one record."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files = LogFiles(path)
        self._log: LogWriter | None = None
        self._lock = threading.Lock()

    def seal(
        self,
        size: int,
        entries: Callable[[int, int], Iterable[bytes]],
        signer: note.Signer,
        hand_over: Callable[[int], HandOver] | None = None,
    ) -> checkpoint.Checkpoint:
        """Sign the first `size` entries; `entries(start, stop)` reads those that the last checkpoint lacks.

        Where an entry of these says that the key was rotated, `hand_over` gives for its index what to do; the
        checkpoint that ends with it is signed with both keys, and what comes after with the new one.
        """
        with self._lock, unavailable_on_io(self._path), corrupt_unless_good(str(self._path)):
            log, self._log = self._log or self._resume(size, signer), None  # forgotten unless all goes well
            self._require_holder(signer.verifier)
            if log.edge.size < size:
                for raw in entries(log.edge.size, size):
                    handed = self._asked(log.edge.size, hand_over) if is_rotation(raw) else None
                    log.append(raw)
                    if handed is not None:
                        signer = self._hand_over(log, handed, signer)
                if self._size() < size:
                    log.finish()
                    self._sign(log, [signer])
            self._log = log
            return self.read()[0]

    def _require_holder(self, verifier: note.Verifier) -> None:
        """Never sign with a key that handed over, though it signed the last checkpoint too."""
        if self.chain().holder(self._size()) not in {None, verifier}:
            raise errors.Refused(f"{self._path}: {verifier.vkey} was rotated away: sign with the key that took over")

    def _asked(self, index: int, hand_over: Callable[[int], HandOver] | None) -> HandOver:
        if hand_over is None:
            raise errors.Refused(
                f"{self._path}: the key was rotated at entry {index}, and the new one is not at hand: "
                f"finish it with `skykeep keys rotate {self._path}`"
            )
        return hand_over(index)

    def _hand_over(self, log: LogWriter, handed: HandOver, signer: note.Signer) -> note.Signer:
        """Sign with both keys, keep how the one handed over to the other, and return the other.

        The proof is durable before the checkpoint: where one is signed by the new key, it can be shown why.
        """
        named, index = rotation.read(handed.proof.body), log.edge.size - 1
        if (named.old_vkey, named.new_vkey) != (signer.verifier.vkey, handed.successor.verifier.vkey):
            raise errors.Refused(
                f"{self._path}: entry {index} does not say that {signer.verifier.vkey} handed over to "
                f"{handed.successor.verifier.vkey}, but {named.old_vkey} to {named.new_vkey}"
            )
        if handed.successor.verifier in {signer.verifier, *self.chain().keys}:
            raise errors.Refused(f"{self._path}: entry {index} brings {named.new_vkey} back: a key is used once")
        log.finish()
        head = checkpoint.Checkpoint(signer.name, log.edge.size, log.edge.root())
        signed = note.sign(head.text(), [signer, handed.successor])
        path = tree.prove_inclusion(index, head.size, self._hashes(head.size))
        proof = handed.proof._replace(entry_index=index, log_path=tuple(path), signed=signed.to_bytes())
        rotation.prove(proof.to_bytes())  # what is kept must hold, and nothing else is signed after it
        self._files.write(rotation.path_of(index), proof.to_bytes())
        self._sign(log, [signer, handed.successor])
        return handed.successor

    def _sign(self, log: LogWriter, signers: Sequence[note.Signer]) -> None:
        head = checkpoint.Checkpoint(signers[0].name, log.edge.size, log.edge.root())
        self._write(note.sign(head.text(), signers))
        for tile in log.replaced():
            self._files.remove_partials(tile)

    def _size(self) -> int:
        return self.read()[0].size if self.is_there() else 0

    def chain(self) -> rotation.Chain:
        """How one key handed over to the next, as far as the checkpoint goes; Corrupt where that does not hold."""
        with unavailable_on_io(self._path), corrupt_unless_good(f"{self._path}: {rotation.DIRECTORY}"):
            size = self._size()  # first: the handovers read after it are no fewer
            return rotation.Chain.of(self._files.handovers(), size)

    def _resume(self, size: int, signer: note.Signer) -> LogWriter:
        """Take up the log where the last checkpoint left it."""
        if not self.is_there():
            return LogWriter(self._files.write)
        signed = self.signed()
        self._require_same_key(note.parse(signed), signer.verifier)
        head, _ = self.chain().open_signed(signed, signer.verifier.vkey)
        if head.size > size:
            raise errors.Corrupt(f"{self._path}: {head.size} entries were sealed, {DATABASE} holds {size}")
        log = LogWriter.resume(head.size, self._files.read, self._files.write)
        if log.edge.root() != head.root:
            raise errors.Corrupt(f"{self._path}: the tiles at size {head.size} do not have the root that was signed")
        return log

    def is_there(self) -> bool:
        """Whether anything was sealed yet."""
        return (self._path / CHECKPOINT).exists()

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

    def require_prefix(self, size: int, root: bytes) -> None:
        """Raise Corrupt unless the sealed log begins with the tree of this size and root."""
        path, signed = self.prove_since(size)
        with corrupt_unless_good(str(self._path)):
            head, _ = checkpoint.parse(signed)
            tree.verify_consistency(old_size=size, size=head.size, path=path, old_root=root, root=head.root)

    def _hashes(self, size: int) -> tiles.TileHashes:
        return tiles.TileHashes(size, self._files.read)

    def _write(self, signed: note.Note) -> None:
        self._files.write(CHECKPOINT, signed.to_bytes())
