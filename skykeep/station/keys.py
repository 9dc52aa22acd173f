"""The station's secrets: the key that signs checkpoints and the one under which persons get pseudonyms."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

import platformdirs

from skykeep.errors import Refused, Unavailable
from skykeep.ledger.errors import BadNote
from skykeep.ledger.note import Signer

SIGNING, PSEUDONYMS = "signing.key", "pseudonyms.key"
SECRET_BYTES = 32
ORIGIN = "skykeep.local"


class Keys:
    """Two secret files in one directory, made at first use and readable by their owner only."""

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory or default_directory()

    def signer(self, record_id: str) -> Signer:
        """Return one record's checkpoint signer: the station's key under the record's name (C2SP: a log's origin)."""
        try:
            return Signer.from_seed(f"{ORIGIN}/{record_id}", self._secret(SIGNING))
        except BadNote as error:
            raise Refused(f"{record_id!r} cannot name a record: no spaces, no plus sign") from error

    def pseudonym_key(self, record_id: str) -> bytes:
        """Return the key for one record's pseudonyms: another record, other pseudonyms."""
        return hmac.digest(self._secret(PSEUDONYMS), b"skykeep record " + record_id.encode(), hashlib.sha256)

    def _secret(self, name: str) -> bytes:
        path = self.directory / name
        try:
            secret = bytes.fromhex(_kept(path, secrets.token_hex(SECRET_BYTES)).strip())
        except ValueError:
            secret = b""
        if len(secret) != SECRET_BYTES:
            raise Refused(f"{path} is no key of {SECRET_BYTES} bytes in hexadecimal; put the right one there, or name "
                          "another directory with --keys")  # fmt: skip
        return secret


def default_directory() -> Path:
    """Return where the keys are kept unless `--keys` or SKYKEEP_KEYS says otherwise."""
    named = os.environ.get("SKYKEEP_KEYS")
    return Path(named) if named else platformdirs.user_config_path("skykeep") / "keys"


def _kept(path: Path, made: str) -> str:
    """Return what the file holds; where there is none, write `made` first. One of two who race wins for both.

    The file gets its name when it is whole, so that nobody reads half a key and no crash leaves one.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            whole = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
            descriptor = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(made + "\n")
                file.flush()
                os.fsync(file.fileno())
            _name_unless_taken(whole, path)
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(f"key file {path}: {error}; name a directory that can be written with --keys") from error


def _name_unless_taken(whole: Path, path: Path) -> None:
    """Give a file its name unless another has it already."""
    try:
        with contextlib.suppress(FileExistsError):
            os.link(whole, path)
    except OSError:  # a file system without links: two who race may then get two keys, of which the later stays
        if not path.exists():
            whole.replace(path)
    whole.unlink(missing_ok=True)
