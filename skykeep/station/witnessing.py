"""A witness on the command line: cosigns a record's checkpoint when it grew out of the last one seen."""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

import msgspec

from skykeep.errors import Corrupt, Refused, Unavailable
from skykeep.ledger.errors import BadNote, WitnessRefused
from skykeep.ledger.note import COSIGNATURE_V1, Signer, Verifier
from skykeep.ledger.witness import Seen, Witness
from skykeep.station.sealing import Seals


class _Remembered(msgspec.Struct, forbid_unknown_fields=True):
    """What the witness keeps between two calls: origin to (size, root), and to the keys that signed it in turn."""

    seen: dict[str, tuple[int, str]] = {}
    keys: dict[str, list[str]] = {}  # where the key was rotated


def cosign(record: Path, vkey: str, key_file: Path, seen_file: Path) -> str:
    """Cosign and attach; returns what to tell. Corrupt where the checkpoint does not extend the one seen last.

    `vkey` may be a key that was rotated away since: the handovers are followed, and who took over is remembered, so
    that the older key counts no more, though the handovers be taken away.
    """
    try:
        Verifier.from_vkey(vkey)
    except BadNote as error:
        raise Refused(f"--key: not a verification key: {error}") from error
    signer = _signer(key_file)
    remembered = _read(seen_file)
    origin = vkey.partition("+")[0]
    before = {name: Seen(size, bytes.fromhex(root)) for name, (size, root) in remembered.seen.items()}

    seals = Seals(record)
    line = _line(seals, remembered.keys.get(origin, []), vkey)

    def remember(name: str, head: Seen) -> None:
        remembered.seen[name] = (head.size, head.root.hex())
        if len(line) > 1:
            remembered.keys[name] = line
        _write(seen_file, msgspec.json.encode(remembered))

    witness = Witness(signer, {origin: line[-1]}, seen=before, remember=remember)
    last = witness.latest(origin)
    path, signed = seals.prove_since(last.size)
    try:
        seals.attach(witness.cosign(signed, old_size=last.size, path=path, now_s=int(time.time())))
    except (WitnessRefused, BadNote) as error:
        raise Corrupt(f"{record}: not cosigned: {error}") from error
    return f"cosigned {origin} at {witness.latest(origin).size} entries; witness key: {signer.verifier.vkey}"


def _line(seals: Seals, known: list[str], asked: str) -> list[str]:
    """Return the keys that signed, up to the one that holds now: those known, and by the record's handovers the rest.

    A key that is known to have handed over is not believed again; one that is not known is what its operator says.
    """
    line = known if asked in known else [*known, asked]
    chain = seals.chain()
    vkeys = [key.vkey for key in chain.keys]
    if line[-1] not in vkeys:
        return line
    for each in chain.rotations:
        seals.require_prefix(each.size, each.root)
    return line + vkeys[vkeys.index(line[-1]) + 1 :]


def _signer(path: Path) -> Signer:
    if not path.exists():
        made = Signer.from_seed("skykeep.local/witness", secrets.token_bytes(32), COSIGNATURE_V1).skey
        _write(path, made.encode() + b"\n")
    try:
        return Signer.from_skey(path.read_text("ascii").strip())
    except (BadNote, UnicodeDecodeError) as error:
        raise Refused(f"{path} is no witness key: {error}") from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}") from error


def _read(path: Path) -> _Remembered:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Remembered)
    except FileNotFoundError:
        return _Remembered()
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise Refused(f"{path} is no memory of a witness: {error}; it must not be lost or edited") from error


def _write(path: Path, data: bytes) -> None:
    """Replace a file so that it is either the old or the new one, on disk before this returns; for its owner only."""
    beside = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}") from error
