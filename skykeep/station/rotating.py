"""Rotation of a record's signing key: begun by a person, finished wherever it was interrupted.

    1  the next key is made               signing.next.key, beside the one that signs
    2  the rotation is recorded           an entry of its own, with one fact that names both keys
    3  the handover is kept               rotation/<entry>.tlog-proof, whose checkpoint both keys sign
    4  the checkpoint is replaced         by that one
    5  where that was is remembered       handed-over-…, with the keys: not to be believed otherwise again
    6  the next key takes the first place signing.key; the old one is kept aside, and signs nothing more

Between any two of these the power may fail. The record says how far it came, so whoever opens it next goes on there. A
station that runs does all of it itself, as soon as it finds the next key; any other record is rotated by the command.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from skykeep.errors import Corrupt, Refused, Unavailable
from skykeep.facts import codec
from skykeep.facts.acted import KeyRotated
from skykeep.ledger import note
from skykeep.ledger.checkpoint import Checkpoint
from skykeep.ledger.entry import EntryKind
from skykeep.ledger.tick import Leaf, LeafKind
from skykeep.station import program
from skykeep.station.filelock import is_held
from skykeep.station.keys import NEXT, PUT_BACK, SIGNING, Keys
from skykeep.station.sealing import Seals
from skykeep.station.store import LOCK, Store, TickRow


class Rotated(NamedTuple):
    """A rotation that is complete: the checkpoint of `size` entries bears both signatures."""

    old_vkey: str
    new_vkey: str
    size: int
    was_begun: bool  # an interrupted one was finished, and no other begun


class Pen:
    """What signs one record: the key that holds, and after a rotation the one that took over. For any thread."""

    def __init__(self, store: Store, keys: Keys) -> None:
        """Finish what was interrupted; raises Refused where the record was sealed with a key that does not sign."""
        self._store, self._keys = store, keys
        self._record_id = store.meta["record_id"]
        self._lock = threading.Lock()
        self._successor: note.Signer | None = None
        self.next_fault = ""  # why the next key, which lies there, cannot be taken; "" where that is not so
        _require_known(store, keys)
        _finish(store, keys)
        self.signer = keys.signer(self._record_id)
        require_holder(store, keys, self.signer)

    @property
    def vkey(self) -> str:
        """The verification key that holds now."""
        return self.signer.verifier.vkey

    @property
    def hands_over(self) -> bool:
        """Whether a rotation is under way, which the next seal completes: do not let it wait."""
        return self._successor is not None

    def due(self, t_ns: int) -> KeyRotated | None:
        """Return what to record, once, where a next key waits and nothing is under way; then `seal` hands over.

        A next key that cannot be read is not waited for, and ends nothing: `next_fault` says why.
        """
        if not self._lock.acquire(blocking=False):  # it seals just now, and the watch does not wait for that
            return None
        try:
            following = None if self._successor else self._following()
            if following is None or self._store.entries_count == 0:
                return None
            self._successor = following
            return KeyRotated(old_vkey=self.vkey, new_vkey=following.verifier.vkey, t_ns=t_ns)
        finally:
            self._lock.release()

    def seal(self) -> Checkpoint:
        """Sign what is durable; a rotation among it is completed, and before that one whose last step failed."""
        with self._lock:
            self._complete()
            head = self._store.seal(self.signer, successor=self._successor)
            self._complete()
            return head

    def _complete(self) -> None:
        """Let the successor sign once the record is handed over to it: the key before may sign nothing more."""
        if self._successor is not None and holder(self._store.seals) == self._successor.verifier:
            _remember(self._store, self._keys)
            self._keys.promote()
            self.signer, self._successor = self._successor, None

    def _following(self) -> note.Signer | None:
        """Return the next key; None where none lies there, or where it cannot be read."""
        try:
            following, self.next_fault = self._keys.next_signer(self._record_id), ""
        except (Refused, Unavailable, OSError) as error:
            following, self.next_fault = None, str(error)
        return following


def rotate(record: Path, keys: Keys, now_ns: int) -> Rotated:
    """Rotate the key of a record that nobody writes, or finish what was interrupted; raises Refused where it cannot."""
    with Store.open(record) as store:
        _require_known(store, keys)
        finished = _finish(store, keys)
        if finished is not None:
            return finished
        old, new = _keys_of(store, keys)
        last = store.row(store.entries_count - 1)
        fact = KeyRotated(old_vkey=old.verifier.vkey, new_vkey=new.verifier.vkey, t_ns=max(now_ns, last.now_ns))
        store.seal(old)  # what the new key is to be answerable for begins with the handover
        store.append(
            EntryKind.ROTATED, last.tick, last.now_ns, leaves(fact), last.entry.settings_sha256, program.sha256()
        )
        store.wait_durable(store.entries_count)
        return _hand_over(store, keys, fact, was_begun=False)


def leaves(fact: KeyRotated) -> list[Leaf]:
    """Return the leaves of the entry that records a rotation."""
    return [Leaf(LeafKind.FACT, codec.encode(fact))]


def holder(seals: Seals) -> note.Verifier | None:
    """Return who must sign next by the record's rotations; None where there was none."""
    rotations = seals.chain().rotations
    return rotations[-1].new if rotations else None


def _finish(store: Store, keys: Keys) -> Rotated | None:
    """Complete a rotation that stands in the record and was not handed over; None where there is none."""
    fact = _recorded(store)
    if fact is not None:
        return _hand_over(store, keys, fact, was_begun=True)
    _remember(store, keys)
    chain = store.seals.chain().rotations
    try:
        following = keys.next_signer(store.meta["record_id"])
    except (Refused, Unavailable):  # nothing is asked of it here: the record goes on without, and `due` says so
        following = None
    if chain and following is not None and chain[-1].new == following.verifier:
        keys.promote()
        return Rotated(chain[-1].old.vkey, chain[-1].new.vkey, chain[-1].size, was_begun=True)
    return None


def _hand_over(store: Store, keys: Keys, fact: KeyRotated, *, was_begun: bool) -> Rotated:
    record_id = store.meta["record_id"]
    old = _at_hand(store, keys, fact.old_vkey, keys.all_signers(record_id))
    fresh = [keys.signer(record_id), keys.next_signer(record_id)]  # whatever the record says: never to a retired one
    new = _at_hand(store, keys, fact.new_vkey, [each for each in fresh if each is not None])
    store.seal(old, successor=new)
    _remember(store, keys)
    following = keys.next_signer(store.meta["record_id"])
    if following is not None and following.verifier == new.verifier:
        keys.promote()
    return Rotated(fact.old_vkey, fact.new_vkey, store.seals.chain().rotations[-1].size, was_begun)


def _require_known(store: Store, keys: Keys) -> None:
    """Raise Refused where the record lacks the handover that these keys saw: whoever has an old key could sign that."""
    kept = keys.handed_over(store.meta["record_id"])
    rotations = store.seals.chain().rotations
    if kept is not None and (kept.size, kept.root) not in {(each.size, each.root) for each in rotations}:
        raise Refused(
            f"{store.path} was handed over to another key at {kept.size} entries, and here that never happened: it was "
            "written anew with an old key, or is an older copy. Verify it against a checkpoint that others kept. "
            f"To go on with an older copy, take away {keys.memory_of(store.meta['record_id'])}"
        )


def _remember(store: Store, keys: Keys) -> None:
    """Keep with the keys where the record was handed over last."""
    rotations, record_id = store.seals.chain().rotations, store.meta["record_id"]
    kept = keys.handed_over(record_id)
    if rotations and (kept is None or kept.size < rotations[-1].size):
        last = rotations[-1]
        keys.keep_handed_over(record_id, Checkpoint(last.new.name, last.size, last.root))


def _recorded(store: Store) -> KeyRotated | None:
    """Return the rotation among the entries that are not sealed yet."""
    sealed = store.seals.read()[0].size if store.seals.is_there() else 0
    found = [_fact(row) for row in store.rows(sealed) if row.kind == EntryKind.ROTATED]
    if len(found) > 1:
        raise Corrupt(f"{store.path}: two rotations of the key are recorded and not handed over: not written by us")
    return found[0] if found else None


def _fact(row: TickRow) -> KeyRotated:
    fact = codec.decode(row.leaves[0].body or b"") if row.leaves and row.leaves[0].body else None
    if not isinstance(fact, KeyRotated):
        raise Corrupt(f"entry {row.entry_index} says that the key was rotated, but holds no such fact")
    return fact


def _at_hand(store: Store, keys: Keys, vkey: str, signers: Sequence[note.Signer]) -> note.Signer:
    for each in signers:
        if each.verifier.vkey == vkey:
            return each
    raise Refused(
        f"{store.path}: a rotation of its key was begun, and {vkey} is not in {keys.directory}, or retired there: put "
        f"that key back, the new one as {NEXT}; nothing can be signed without it"
    )


def _keys_of(store: Store, keys: Keys) -> tuple[note.Signer, note.Signer]:
    """Return who signed the record so far, and who is to take over: another record may have rotated already."""
    if store.entries_count == 0:
        raise Refused(f"{store.path}: nothing is recorded yet, so there is no signature to hand over")
    record_id = store.meta["record_id"]
    signing = keys.signer(record_id)
    if not store.seals.is_there():
        old = signing
    else:
        held = holder(store.seals)
        ids = {(each.name, each.key_id) for each in store.seals.read()[1].signatures}
        known = [each for each in keys.all_signers(record_id) if (each.name, each.verifier.key_id) in ids]
        known = [each for each in known if held in {None, each.verifier}]
        if not known:
            if (signing.name, signing.verifier.key_id) not in ids:
                raise _another(store, keys, signing)
            raise Refused(
                f"{store.path}: the key that took over is not in {keys.directory}: name its place with --keys"
            )
        old = known[0]
    if old.verifier != signing.verifier:
        return old, signing
    following = keys.next_signer(record_id, make=True)
    assert following is not None
    return old, following


def require_holder(store: Store, keys: Keys, signer: note.Signer) -> None:
    """Raise Refused where the record is signed by another key; say so where that one was retired for another record."""
    if not store.seals.is_there():
        return
    held = holder(store.seals)
    ids = {(each.name, each.key_id) for each in store.seals.read()[1].signatures}
    if held in {None, signer.verifier} and (signer.name, signer.verifier.key_id) in ids:
        return
    retired = [each for each in keys.all_signers(store.meta["record_id"]) if each.verifier != signer.verifier]
    if any((each.name, each.verifier.key_id) in ids and held in {None, each.verifier} for each in retired):
        raise Refused(
            f"{store.path} was sealed with a key that was rotated away for another record since: "
            f"hand it over too, with `skykeep keys rotate {store.path} --keys {keys.directory}`"
        )
    raise _another(store, keys, signer)


def _another(store: Store, keys: Keys, signer: note.Signer) -> Refused:
    return Refused(
        f"{store.path} was sealed with another key than {signer.verifier.vkey}, which is {keys.directory / SIGNING}. "
        f"{PUT_BACK}"
    )


class Tenure(NamedTuple):
    """Which sizes of a record a key signs, both included; `until_size` None: it signs now."""

    vkey: str
    from_size: int
    until_size: int | None


def tenures(record: Path) -> list[Tenure]:
    """Return the keys of a record, oldest first, as the record itself proves them; without a rotation, by key id."""
    with Store.open(record, read_only=True) as store:
        rotations = store.seals.chain().rotations
        head, signed = store.seals.read()
    if not rotations:
        own = [each for each in signed.signatures if each.name == head.origin]
        return [Tenure(f"{each.name}+{each.key_id.hex()}+…", 1, None) for each in own]
    starts = [1, *(each.size for each in rotations)]
    ends = [*(each.size for each in rotations), None]
    names = [rotations[0].old.vkey, *(each.new.vkey for each in rotations)]
    return [Tenure(*each) for each in zip(names, starts, ends, strict=True)]


def rotate_here_or_there(
    record: Path, keys: Keys, now_ns: int, *, runs: bool, wait_s: float, say: Callable[[str], None]
) -> Rotated:
    """Rotate a record; `runs`: where another process writes it, that is a station with these keys, which does it.

    Raises Unavailable where the station did not within `wait_s`: it does so later, or when it is started next.
    """
    try:
        return rotate(record, keys, now_ns)
    except Refused:
        if not runs or not is_held(record / LOCK):
            raise
    say("the station runs: it is asked to hand over, which takes it some seconds")
    return _wait(record, _ask(record, keys), wait_s)


def _ask(record: Path, keys: Keys) -> note.Signer:
    """Lay the next key where the running station finds it."""
    with Store.open(record, read_only=True) as store:
        following = keys.next_signer(store.meta["record_id"], make=True)
    assert following is not None
    return following


def _wait(record: Path, following: note.Signer, wait_s: float) -> Rotated:
    with Store.open(record, read_only=True) as store:
        ends_s = time.monotonic() + wait_s
        while True:
            done = [each for each in store.seals.chain().rotations if each.new == following.verifier]
            if done:
                return Rotated(done[0].old.vkey, done[0].new.vkey, done[0].size, was_begun=False)
            if time.monotonic() > ends_s:
                raise Unavailable(
                    f"the station did not hand over within {wait_s:g} s; it will, or at its next start: "
                    f"the new key lies ready, and will be {following.verifier.vkey}"
                )
            time.sleep(POLL_S)


POLL_S = 0.2
