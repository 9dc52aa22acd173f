"""Signed notes: a text, a blank line, signature lines (C2SP signed-note; Ed25519, type 0x01).

    vkey        <name>+<key id, 8 hex digits>+<base64(type || public key 32)>
    skey        PRIVATE+KEY+<name>+<key id>+<base64(type || seed 32)>   (Go's x/mod/sumdb/note)
    key id      SHA-256(name || 0x0a || type || public key)[:4]
    signature   U+2014 space <name> space base64(key id || signature bytes) newline

Unknown keys are passed over; a known key whose signature does not hold refuses the whole note.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from skykeep.ledger.errors import BadNote

ED25519: Final = 0x01
COSIGNATURE_V1: Final = 0x04
NOTE_SIZE_MAX: Final = 1_000_000
SIGNATURES_MAX: Final = 100
_KEY_SIZE: Final = 32
_PRIVATE: Final = "PRIVATE+KEY+"


class Signature(NamedTuple):
    """One signature line, not yet verified. `data` is what follows the key id."""

    name: str
    key_id: bytes
    data: bytes

    def line(self) -> str:
        """The line as it stands in a note, with its newline."""
        return f"— {self.name} {encode_base64(self.key_id + self.data)}\n"


class Note(NamedTuple):
    """A parsed note; `text` ends in a newline. Parsing proves nothing: ask a `Verifier`."""

    text: str
    signatures: tuple[Signature, ...]

    def to_bytes(self) -> bytes:
        """The note as bytes; `parse(note.to_bytes()) == note`."""
        return (self.text + "\n" + "".join(s.line() for s in self.signatures)).encode()


@dataclass(frozen=True)
class Verifier:
    """A public key under a name. `type_` says which message it signs (C2SP signed-note, Signature types)."""

    name: str
    type_: int
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that find a key, and prove nothing."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.type_]) + self.public_key).digest()[:4]

    @property
    def vkey(self) -> str:
        """The text form that people hand to each other."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.type_]) + self.public_key)}"

    @classmethod
    def from_vkey(cls, vkey: str) -> Verifier:
        """Read a vkey; BadNote if any part does not fit the others."""
        name, key_id, key = _split_key(vkey)
        verifier = cls(name, key[0], key[1:])
        if verifier.key_id.hex() != key_id:
            raise BadNote(f"vkey of {name!r}: key id {key_id!r} is not that of its key; was it copied whole?")
        return verifier

    def holds(self, message: bytes, signature: bytes) -> bool:
        """Whether the 64 bytes are this key's Ed25519 signature of `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Signer:
    """A private key under a name. It is kept out of `repr`, so that no log shows it."""

    name: str
    type_: int
    key: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"Signer({self.verifier.vkey})"

    @classmethod
    def from_seed(cls, name: str, seed: bytes, type_: int = ED25519) -> Signer:
        """A signer from the 32-byte Ed25519 seed (RFC 8032, 5.1.5)."""
        require_name(name)
        if len(seed) != _KEY_SIZE:
            raise BadNote(f"an Ed25519 seed has 32 bytes, this one has {len(seed)}")
        return cls(name, type_, Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def from_skey(cls, skey: str) -> Signer:
        """Read a private key as Go's note package writes it."""
        if not skey.startswith(_PRIVATE):
            raise BadNote("not a note signing key: it must begin with PRIVATE+KEY+")
        name, key_id, key = _split_key(skey.removeprefix(_PRIVATE))
        signer = cls.from_seed(name, key[1:], key[0])
        if signer.verifier.key_id.hex() != key_id:
            raise BadNote(f"signing key of {name!r}: its key id is not that of its key; was it copied whole?")
        return signer

    @property
    def skey(self) -> str:
        """The private text form: keep it out of the record, and out of logs."""
        secret = bytes([self.type_]) + self.key.private_bytes_raw()
        return f"{_PRIVATE}{self.name}+{self.verifier.key_id.hex()}+{encode_base64(secret)}"

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self.type_, self.key.public_key().public_bytes_raw())

    def sign(self, text: str) -> Signature:
        """Sign a note's text (type 0x01)."""
        if self.type_ != ED25519:
            raise BadNote(f"key {self.name!r} has type {self.type_:#04x}; plain notes need an Ed25519 key, 0x01")
        return Signature(self.name, self.verifier.key_id, self.key.sign(text.encode()))


def sign(text: str, signers: Iterable[Signer]) -> Note:
    """Sign a text that ends in a newline."""
    _require_text(text)
    return Note(text, tuple(signer.sign(text) for signer in signers))


def parse(data: bytes) -> Note:
    """Read a note strictly: anything that could be written in two ways is refused."""
    if len(data) > NOTE_SIZE_MAX:
        raise BadNote(f"note of {len(data)} bytes; at most {NOTE_SIZE_MAX} are read")
    try:
        whole = data.decode()
    except UnicodeDecodeError as error:
        raise BadNote(f"note is not UTF-8 at byte {error.start}") from error
    text, blank, tail = whole.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise BadNote("note has no blank line followed by signature lines that end in a newline")
    _require_text(text + "\n")
    lines = tail[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise BadNote(f"note with {len(lines)} signatures; at most {SIGNATURES_MAX} are read")
    return Note(text + "\n", tuple(parse_signature(line) for line in lines))


def parse_signature(line: str) -> Signature:
    """Read one signature line, given without its newline."""
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "—":
        raise BadNote(f"signature line does not begin with an em dash: {line[:40]!r}")
    require_name(name)
    blob = decode_base64(encoded)
    if len(blob) <= 4:
        raise BadNote(f"signature by {name!r} is empty")
    return Signature(name, blob[:4], blob[4:])


def verify(note: Note, verifiers: Sequence[Verifier]) -> tuple[Verifier, ...]:
    """Those of the keys whose signature holds, at least one; a known key's wrong signature refuses the note."""
    proved = []
    for verifier in verifiers:
        for signature in note.signatures:
            if (signature.name, signature.key_id) != (verifier.name, verifier.key_id):
                continue
            if verifier.type_ != ED25519 or not verifier.holds(note.text.encode(), signature.data):
                raise BadNote(f"signature by {verifier.name!r} does not hold: text or signature was changed")
            proved.append(verifier)
    if not proved:
        raise BadNote("no signature by a known key: is this the right key for this record?")
    return tuple(dict.fromkeys(proved))


def require_name(name: str) -> None:
    """Refuse a key name that is empty, or holds a space, a plus or a control character."""
    if not name or "+" in name or any(c.isspace() or ord(c) < 0x20 for c in name):
        raise BadNote(f"bad key name {name!r}: not empty, no spaces, no plus sign")


def _require_text(text: str) -> None:
    if not text.endswith("\n"):
        raise BadNote("note text must end in a newline")
    for offset, char in enumerate(text):
        if ord(char) < 0x20 and char != "\n":
            raise BadNote(f"note text has control character {ord(char):#04x} at character {offset}")


def _split_key(text: str) -> tuple[str, str, bytes]:
    """name, key id in hex, type byte and key."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3:
        raise BadNote("a note key is three parts joined by plus signs: name, key id, base64 of type and key")
    require_name(parts[0])
    key = decode_base64(parts[2])
    if len(key) != 1 + _KEY_SIZE or key[0] not in (ED25519, COSIGNATURE_V1):
        raise BadNote(f"key {parts[0]!r} is not an Ed25519 key (types 0x01 and 0x04, 32 bytes)")
    return parts[0], parts[1], key


def encode_base64(data: bytes) -> str:
    """Standard base64 (RFC 4648, 4)."""
    return base64.b64encode(data).decode()


def decode_base64(text: str) -> bytes:
    """Standard base64, and only the one spelling an encoder would choose."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadNote(f"not base64: {text[:40]!r}") from error
    if encode_base64(data) != text:
        raise BadNote(f"base64 with stray bits at its end: {text[-40:]!r}")
    return data
