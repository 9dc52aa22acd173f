"""Logs in memory for the tests, and the RFC's definitions written naively, to compare with."""

import hashlib

from skykeep.ledger import checkpoint, note, verify
from skykeep.ledger.logwriter import LogWriter

ORIGIN = "example.org/station"
SIGNER = note.Signer.from_seed(ORIGIN, bytes(range(32)))
VKEY = SIGNER.verifier.vkey
WITNESS = note.Signer.from_seed("example.org/witness", bytes(range(1, 33)), note.COSIGNATURE_V1)


def naive_root(leaves):
    """MTH of RFC 6962, 2.1, over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m, leaves):
    """PATH of RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_proof(m, leaves, whole=True):  # noqa: FBT002 - the b of RFC 6962
    """SUBPROOF of RFC 6962, 2.1.2."""
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*naive_proof(m, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_proof(m - k, leaves[k:], False), naive_root(leaves[:k])]


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


class MemoryLog:
    """A tiled log in a dict of files, which remembers the checkpoints it gave out."""

    def __init__(self, signer=SIGNER):
        self.files = {}
        self.signer = signer
        self.writer = LogWriter(self.files.__setitem__)

    def read(self, name):
        try:
            return self.files[name]
        except KeyError:
            raise FileNotFoundError(name) from None

    def seal(self, entries):
        """Append entries and give the new signed checkpoint."""
        for entry in entries:
            self.writer.append(entry)
        self.writer.finish()
        for tile in self.writer.replaced():
            for name in [name for name in self.files if name.startswith(f"{tile.path}.p/")]:
                del self.files[name]
        head = checkpoint.Checkpoint(self.signer.name, self.writer.edge.size, self.writer.edge.root())
        return checkpoint.sign(head, self.signer).to_bytes()

    def verify(self, signed, **options):
        return verify.verify(signed, self.read, list(self.files), **options)


def refused(error, call, *arguments, **options):
    """Whether a call raises this error."""
    try:
        call(*arguments, **options)
    except error:
        return True
    return False


def flips(data):
    """Every copy of `data` with one bit changed."""
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        yield bit, bytes(changed)
