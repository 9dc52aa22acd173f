"""The check of a record as the command line asks for it, and its answer in words and as JSON."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from skykeep.errors import Corrupt, Refused
from skykeep.ledger import checkpoint
from skykeep.ledger.errors import BadNote, LedgerError
from skykeep.ledger.note import Verifier
from skykeep.station.verify import Checked, check


def check_record(record: Path, vkey: str | None, since: Path | None, witnesses: tuple[str, ...] = ()) -> Checked:
    """Check a record; raises Corrupt where it does not hold, Refused where a key or checkpoint given is none."""
    try:
        verifiers = [Verifier.from_vkey(text) for text in witnesses]
        if vkey is not None:
            Verifier.from_vkey(vkey)
    except BadNote as error:
        raise Refused(f"not a verification key: {error}") from error
    try:
        kept = None if since is None else since.read_bytes()
        if kept is not None:
            checkpoint.parse(kept)
    except OSError as error:
        raise Refused(f"{since} cannot be read: {error.strerror}") from error
    except LedgerError as error:
        raise Refused(f"{since} is no checkpoint: {error}") from error
    checked = check(record, vkey, kept, witnesses=verifiers)
    missing = sorted(
        dict.fromkeys(each.name for each in verifiers if each.name not in [seen.name for seen in checked.cosigned])
    )
    if missing:
        raise Corrupt(f"{record}: the checkpoint bears no cosignature by {', '.join(missing)}")
    return checked


def lines(checked: Checked, vkey: str | None = None) -> list[str]:
    """Return the answer first, then what was checked and what was not; `vkey` is the key that was asked with."""
    told = [_answer(checked), *_of_key(checked, vkey)]
    told.append(
        f"{checked.n_entries} entries, {checked.n_facts} facts, {checked.n_leaves} leaves: each is what the log holds"
    )
    if checked.checkpoint_size:
        told.append(f"checkpoint: size {checked.checkpoint_size}, root sha256:{checked.checkpoint_root.hex()}")
    if checked.n_unsealed:
        told.append(f"{checked.n_unsealed} entries after the checkpoint are not sealed: nobody has signed them yet")
    if checked.n_erased:
        told.append(f"{checked.n_erased} leaves were erased: their hashes hold, their contents are gone")
    if checked.since_size is not None:
        told.append(f"nothing changed since the checkpoint of size {checked.since_size}")
    told += [
        f"key rotated at {each.size} entries ({moment(each.t_ns)}): {each.old.vkey} handed over to {each.new.vkey}"
        for each in checked.chain.rotations
    ]
    told += [f"cosigned by {each.name} at {each.t_cosigned_s} (Unix seconds)" for each in checked.cosigned]
    return told


def _answer(checked: Checked) -> str:
    if checked.signer_proved:
        return "verified: unchanged since it was signed, and signed by this key (unchanged is not the same as true)"
    return "internally consistent only; the signer is not proved (give --key VKEY, got from outside the record)"


def _of_key(checked: Checked, vkey: str | None) -> list[str]:
    """Say so where the key that was asked with has handed over: who holds it still could sign another record."""
    gone = None if vkey is None else checked.chain.until(Verifier.from_vkey(vkey))
    if gone is None:
        return []
    text = f"the key given was rotated away at {gone.size} entries, after it signed who takes over. Ask with "
    return [f"{text}{checked.chain.keys[-1].vkey} from now on: whoever has an old key could show you another record"]


def moment(t_ns: int) -> str:
    """Return a time as people read it, in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t_ns // 10**9))


def to_json(checked: Checked) -> str:
    """Return the same as one JSON object."""
    names = (
        "signer_proved",
        "n_entries",
        "n_unsealed",
        "n_facts",
        "n_leaves",
        "n_erased",
        "checkpoint_size",
        "since_size",
    )
    plain = {name: getattr(checked, name) for name in names}
    plain["checkpoint_root"] = checked.checkpoint_root.hex()
    plain["cosigned"] = [{"name": each.name, "time_s": each.t_cosigned_s} for each in checked.cosigned]
    plain["rotations"] = [
        {"size": each.size, "t_ns": each.t_ns, "old_vkey": each.old.vkey, "new_vkey": each.new.vkey}
        for each in checked.chain.rotations
    ]
    return msgspec.json.encode(plain).decode()
