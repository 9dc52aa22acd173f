"""The station's secrets: the key that signs checkpoints and the one under which persons get pseudonyms.

They lie in one directory, with the keys that signed before or will sign next:

    signing.key                     signs
    signing.next.key                will sign, as soon as a record handed over to it (rotating.py)
    signing.retired-<8 hex>.key     signed once; kept until a person destroys it, named by its public half
    handed-over-<16 hex>            size and root at which a record was handed over last, so that nobody who has an old
                                    key can write that record anew as if it had never been
    pseudonyms.key
    officers.key                    of an office that a station holds: makes the keys by which it signs for officers

Whoever reads one of them can do all that it can: keep the directory apart from the record.

They are made with a new record or before it, never for one that is there: under a new key the persons of a record would
be strangers to it, and what it permits would be permitted to nobody.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

import platformdirs

from skykeep.errors import Refused, Unavailable
from skykeep.ledger.checkpoint import Checkpoint, parse_text
from skykeep.ledger.errors import BadNote
from skykeep.ledger.note import Signer
from skykeep.station.logfiles import LogFiles, sync_directory

SIGNING, PSEUDONYMS, OFFICERS = "signing.key", "pseudonyms.key", "officers.key"
NEXT, RETIRED = "signing.next.key", "signing.retired-*.key"
SECRET_BYTES = 32
ORIGIN = "skykeep.local"
CHECK = "pseudonyms_check"
"""In a record's meta: by which its pseudonym key is known again, and which tells nothing of it."""

_WITHOUT = {
    SIGNING: "nothing can be signed without it, and a new one would be somebody else's",
    PSEUDONYMS: "under a new one no permit would fit its aircraft and nobody could be erased",
    OFFICERS: "without it the station signs for none of the office's people",
}


class Keys:
    """Secret files in one directory, readable by their owner only; one that is asked for and not there is Refused."""

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory or default_directory()

    def make(self, *names: str) -> None:
        """Make those that are not there: for a record that is not there yet either."""
        for name in names:
            _kept(self.directory / name, secrets.token_hex(SECRET_BYTES))

    def begun(self, record_id: str) -> dict[str, str]:
        """Make what is not there for a record that begins now, and return what the record keeps in its meta."""
        self.make(SIGNING, PSEUDONYMS)
        return {"record_id": record_id, CHECK: check_value(self.pseudonym_key(record_id))}

    def signer(self, record_id: str) -> Signer:
        """Return one record's checkpoint signer: the station's key under the record's name (C2SP: a log's origin)."""
        return _signer(record_id, self._secret(SIGNING))

    def next_signer(self, record_id: str, *, make: bool = False) -> Signer | None:
        """Return the key that waits to take over, under the record's name; None where none waits, unless `make`."""
        if not make and not (self.directory / NEXT).exists():
            return None
        if make:
            self.signer(record_id)  # where there is no key to take over from, this is the wrong place for the next one
            self.make(NEXT)
        return _signer(record_id, self._secret(NEXT))

    def all_signers(self, record_id: str) -> list[Signer]:
        """Return all signing keys here under the record's name: the one that signs, the next, the retired."""
        there = [name for name in (SIGNING, NEXT) if (self.directory / name).exists()]
        there += sorted(path.name for path in self.directory.glob(RETIRED))
        return [_signer(record_id, self._secret(name)) for name in there]

    def handed_over(self, record_id: str) -> Checkpoint | None:
        """Return the tree at which a record was handed over last, as far as these keys know."""
        path = self.memory_of(record_id)
        try:
            return parse_text(path.read_text("utf-8")) if path.exists() else None
        except (OSError, UnicodeDecodeError) as error:
            raise Unavailable(f"{path} cannot be read: {error}") from error
        except BadNote as error:
            raise Refused(f"{path} does not say where a record was handed over: {error}; put it back") from error

    def keep_handed_over(self, record_id: str, head: Checkpoint) -> None:
        """Remember the tree at which a record was handed over."""
        path = self.memory_of(record_id)
        try:
            LogFiles(self.directory).write(path.name, head.text().encode())
            path.chmod(0o600)  # no secret, but all that lies here is its owner's alone
        except OSError as error:
            raise Unavailable(f"{path} cannot be written: {error}") from error

    def memory_of(self, record_id: str) -> Path:
        """Return where it is kept at which size and root a record was handed over."""
        return self.directory / f"handed-over-{hashlib.sha256(record_id.encode()).hexdigest()[:16]}"

    def promote(self) -> None:
        """Let the next key sign from now on, and keep the one that signed aside. Safe to be interrupted and repeated.

        There is a `signing.key` at every moment: without one nothing would start.
        """
        following, signing = self.directory / NEXT, self.directory / SIGNING
        if not following.exists():
            return
        public = _signer("public", self._secret(SIGNING)).verifier.public_key
        aside = signing.with_name(RETIRED.replace("*", hashlib.sha256(public).hexdigest()[:8]))
        _kept(aside, signing.read_text("ascii").strip())
        try:
            sync_directory(self.directory)
            following.replace(signing)
            sync_directory(self.directory)
        except OSError as error:
            raise Unavailable(f"{signing}: the next key cannot take its place: {error}") from error

    def pseudonym_key(self, record_id: str) -> bytes:
        """Return the key for one record's pseudonyms: another record, other pseudonyms."""
        return hmac.digest(self._secret(PSEUDONYMS), b"skykeep record " + record_id.encode(), hashlib.sha256)

    def officer(self, record_id: str, name: str) -> Signer:
        """Return the key by which a station signs in an office's record for the account of a name.

        Ask `officerkeys.signer`, which knows whether it is the office's own.
        """
        told = b"skykeep officer " + record_id.encode() + b"\0" + name.encode()
        try:
            return Signer.from_seed(name, hmac.digest(self._secret(OFFICERS), told, hashlib.sha256))
        except BadNote as error:
            raise Refused(f"{name!r} cannot name an officer: no spaces, no plus sign") from error

    def _secret(self, name: str) -> bytes:
        path = self.directory / name
        if not _is_there(path):
            why = f": {_WITHOUT[name]}" if name in _WITHOUT else ""
            raise Refused(f"{path} is not there{why}. {PUT_BACK}")
        try:
            secret = bytes.fromhex(_read(path).strip())
        except ValueError:
            secret = b""
        if len(secret) != SECRET_BYTES:
            raise Refused(f"{path} is no key of {SECRET_BYTES} bytes in hexadecimal; put the right one there, or name "
                          "another directory with --keys")  # fmt: skip
        return secret


PUT_BACK = "Put it back from where the keys are kept apart (a command takes another directory of keys as --keys)"


def check_value(pseudonym_key: bytes) -> str:
    """Return by what a record knows the key of its pseudonyms again; no kind of name begins as this message does."""
    return hmac.digest(pseudonym_key, b"skykeep check of the key of pseudonyms", hashlib.sha256).hex()


def _signer(record_id: str, secret: bytes) -> Signer:
    try:
        return Signer.from_seed(f"{ORIGIN}/{record_id}", secret)
    except BadNote as error:
        raise Refused(f"{record_id!r} cannot name a record: no spaces, no plus sign") from error


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
    except OSError as error:
        raise Unavailable(f"key file {path}: {error}; name a directory that can be written with --keys") from error
    return _read(path)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise Unavailable(f"key file {path}: {error}; name a directory that can be read with --keys") from error


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(f"key file {path}: {error}; name a directory that can be read with --keys") from error


def _name_unless_taken(whole: Path, path: Path) -> None:
    """Give a file its name unless another has it already."""
    try:
        with contextlib.suppress(FileExistsError):
            os.link(whole, path)
    except OSError:  # a file system without links: two who race may then get two keys, of which the later stays
        if not path.exists():
            whole.replace(path)
    whole.unlink(missing_ok=True)
