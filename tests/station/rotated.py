"""Records whose key is rotated, for tests: small, of ticks that mean nothing, with keys in a directory of their own."""

from skykeep.facts import codec
from skykeep.facts.acted import KeyRotated
from skykeep.ledger import checkpoint, note, rotation
from skykeep.ledger.entry import EntryKind
from skykeep.ledger.tick import Leaf, LeafKind
from skykeep.station import rotating
from skykeep.station.keys import Keys
from skykeep.station.store import Store

RECORD_ID = "town"
NOW_NS = 1_780_000_000_000_000_000
SETTINGS, PROGRAM = bytes([1]) * 32, bytes([2]) * 32


def fill(store, n):
    """Append ticks of one fact each, durable when this returns."""
    start = store.entries_count
    for i in range(start, start + n):
        store.append(EntryKind.TICK, i, NOW_NS + i, [Leaf(LeafKind.FACT, b"heard %d" % i)], SETTINGS, PROGRAM)
    store.wait_durable(start + n)


def make(path, keys, n=5):
    """Make a record of `n` ticks, sealed; returns its verification key."""
    with Store.create(path, meta=keys.begun(RECORD_ID)) as store:
        fill(store, n)
        store.seal(keys.signer(RECORD_ID))
    return keys.signer(RECORD_ID).verifier.vkey


def grow(path, keys, n=5):
    """Append and seal as a program does that opens the record; returns the checkpoint."""
    with Store.open(path) as store:
        pen = rotating.Pen(store, keys)
        fill(store, n)
        pen.seal()
    return (path / "checkpoint").read_bytes()


def turn(path, keys, at_ns=NOW_NS):
    """Rotate the key; returns what came of it."""
    return rotating.rotate(path, keys, at_ns)


def record_rotation(store, old, new):
    """Append the entry of a rotation, whoever asks for it."""
    fact = KeyRotated(old_vkey=old.verifier.vkey, new_vkey=new.verifier.vkey, t_ns=NOW_NS)
    store.append(EntryKind.ROTATED, 9, NOW_NS, [Leaf(LeafKind.FACT, codec.encode(fact))], SETTINGS, PROGRAM)
    store.wait_durable(store.entries_count)


def resign(path, *signers):
    """Sign the last checkpoint again, with these keys alone: what somebody does who has them and the disk."""
    head, _ = checkpoint.parse((path / "checkpoint").read_bytes())
    (path / "checkpoint").write_bytes(note.sign(head.text(), signers).to_bytes())


def handover(path, index):
    """Where the handover at an entry lies."""
    return path / rotation.path_of(index)


def another(seed=7):
    """A key of somebody else, under the record's name."""
    return note.Signer.from_seed(f"skykeep.local/{RECORD_ID}", bytes([seed]) * 32)


__all__ = [
    "NOW_NS",
    "RECORD_ID",
    "Keys",
    "another",
    "fill",
    "grow",
    "handover",
    "make",
    "record_rotation",
    "resign",
    "turn",
]
