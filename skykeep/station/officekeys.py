"""The key files of permit officers and applicants: one Ed25519 key under one name, readable by its owner only.

A file holds one line, a private key as Go's note package writes it: PRIVATE+KEY+<name>+<id>+<base64>.
"""

from __future__ import annotations

import os
import secrets
import stat
import sys
from pathlib import Path

from skykeep.errors import Refused, Unavailable
from skykeep.ledger.errors import BadNote
from skykeep.ledger.note import ED25519, Signer, Verifier

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make(path: Path, name: str) -> Signer:
    """Make a key under a name and write it to a new file; raises Refused where the file is there already."""
    try:
        signer = Signer.from_seed(name, secrets.token_bytes(32))
        line = f"{signer.skey}\n".encode()
    except BadNote as error:
        raise Refused(f"{name!r} cannot name a key: no spaces, no plus sign; write a.example") from error
    except UnicodeEncodeError as error:
        raise Refused("this name holds a letter that cannot be written; write it in plain letters") from error
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Refused(f"{path} is there already; a key is never overwritten: name another file") from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    return signer


def load(path: Path) -> Signer:
    """Return the key in a file; raises Refused where it is none, or others than its owner may read it."""
    try:
        mode, text = path.stat().st_mode, path.read_text("utf-8")
    except FileNotFoundError as error:
        raise Refused(f"{path}: there is no such key file; make one with `skykeep permit key`") from error
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(f"key file {path} cannot be read: {error}") from error
    if sys.platform != "win32" and mode & _OTHERS:
        raise Refused(f"{path} may be read by others than its owner; `chmod 600 {path}`, and make a new key if it was")
    try:
        signer = Signer.from_skey(text.strip())
    except BadNote as error:
        raise Refused(f"{path} is no key file: {error}") from error
    if signer.type_ != ED25519:
        raise Refused(f"{path} is the key of a witness; steps are signed with a key of `skykeep permit key`")
    return signer


def signing(path: Path | None) -> Signer | None:
    """Return the key in a file that may not have been named."""
    return None if path is None else load(path)


def verifier(vkey: str) -> Verifier:
    """Return the public key that a person handed in; raises Refused where it is none."""
    try:
        found = Verifier.from_vkey(vkey)
    except BadNote as error:
        raise Refused(f"not a verification key: {error}") from error
    if found.type_ != ED25519:
        raise Refused(f"{found.name} is the key of a witness; an officer signs with a key of `skykeep permit key`")
    return found
