"""A small witness: it cosigns a checkpoint only if it extends the last one it saw (C2SP tlog-witness).

It never cosigns two roots of one size nor a smaller tree, so a log that shows different records to different
people cannot have both cosigned. Whoever runs it lets one request through at a time, and gives a `remember`
that makes the new head durable before it returns: a witness that forgets can be led to sign both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from skykeep.ledger import checkpoint, cosignature
from skykeep.ledger.errors import BadNote, BadProof, WitnessRefused
from skykeep.ledger.note import Note, Signature, Signer, decode_base64, encode_base64
from skykeep.ledger.tree import EMPTY_ROOT, verify_consistency

PROOF_LINES_MAX = 63


class Seen(NamedTuple):
    """The last tree head cosigned for an origin."""

    size: int
    root: bytes


NOTHING_SEEN = Seen(0, EMPTY_ROOT)


class Witness:
    """Remembers one tree head for each origin it watches."""

    def __init__(
        self,
        signer: Signer,
        vkeys: Mapping[str, str],
        *,
        seen: Mapping[str, Seen] | None = None,
        remember: Callable[[str, Seen], None] = lambda _origin, _seen: None,
    ) -> None:
        """`vkeys`: origin to the log's vkey. `remember` must make its arguments durable before it returns."""
        self._signer = signer
        self._vkeys = dict(vkeys)
        self._seen = dict(seen or {})
        self._remember = remember

    def latest(self, origin: str) -> Seen:
        """What this witness cosigned last for the origin."""
        return self._seen.get(origin, NOTHING_SEEN)

    def cosign(self, signed: bytes, *, old_size: int, path: Sequence[bytes], now_s: int) -> Signature:
        """Cosign a signed checkpoint that `path` shows to extend the one of `old_size` seen last."""
        head, note = self._open(signed)
        last = self.latest(head.origin)
        if old_size != last.size:
            raise WitnessRefused(f"proof begins at {old_size}, this witness is at {last.size}", size=last.size)
        _require_extension(last, head, path)
        signature = cosignature.cosign(note.text, self._signer, now_s=now_s)
        self._remember(head.origin, Seen(head.size, head.root))
        self._seen[head.origin] = Seen(head.size, head.root)
        return signature

    def _open(self, signed: bytes) -> tuple[checkpoint.Checkpoint, Note]:
        head, _ = checkpoint.parse(signed)
        if head.origin not in self._vkeys:
            raise WitnessRefused(f"origin {head.origin!r} is not watched here: give this witness its vkey", size=0)
        return checkpoint.open_signed(signed, self._vkeys[head.origin])


def _require_extension(last: Seen, head: checkpoint.Checkpoint, path: Sequence[bytes]) -> None:
    if head.size < last.size:
        raise WitnessRefused(f"checkpoint of {head.size} entries is older than that of {last.size}", size=last.size)
    if last.size == 0:  # any tree extends the empty one, and no proof says so
        if path or (head.size == 0 and head.root != EMPTY_ROOT):
            raise WitnessRefused("the first checkpoint comes without a proof", size=0)
        return
    try:
        verify_consistency(old_size=last.size, size=head.size, path=path, old_root=last.root, root=head.root)
    except BadProof as error:
        raise WitnessRefused(f"checkpoint does not extend the one seen last: {error}", size=last.size) from error


def format_request(old_size: int, path: Sequence[bytes], signed: bytes) -> bytes:
    """The body of an add-checkpoint request (C2SP tlog-witness)."""
    lines = [f"old {old_size}", *(encode_base64(h) for h in path), ""]
    return "".join(f"{line}\n" for line in lines).encode() + signed


def parse_request(body: bytes) -> tuple[int, list[bytes], bytes]:
    """Old size, consistency proof and signed checkpoint out of an add-checkpoint request."""
    head, blank, signed = body.partition(b"\n\n")
    try:
        first, *proof = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise BadNote(f"request is not ASCII at byte {error.start}") from error
    if not blank or not first.startswith("old ") or len(proof) > PROOF_LINES_MAX:
        raise BadNote("request must be an 'old' line, at most 63 hashes, a blank line and a checkpoint")
    return checkpoint.parse_decimal(first.removeprefix("old ")), [decode_base64(p) for p in proof], signed
