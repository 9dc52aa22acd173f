"""Personal values as leaves of their own, and the keyed pseudonyms that stand for them everywhere else.

The watch sees pseudonyms only, so no conclusion depends on a value that may be erased. A pseudonym is
HMAC-SHA256 under the record's key, cut to 80 bits: whoever holds the key can test a guess, nobody else can.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
from collections.abc import Collection
from typing import Protocol

import msgspec


class NameKind(enum.Enum):
    """What sort of personal value a pseudonym stands for."""

    UAS_ID = "uas"  # a serial number or a session id: what the drone bears from its maker, or takes for a flight
    OPERATOR_ID = "opr"
    TRANSMITTER = "tx"
    CALLSIGN = "call"
    PLACE = "place"
    TEXT = "text"
    PERSON = "person"
    REGISTRATION = "reg"  # what an authority gave the aircraft: a registration mark, or a UTM id

    __hash__ = object.__hash__  # the members are one of a kind, and are asked for with every name that is heard


class Name(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="personal.name/1"):
    """One personal value and its pseudonym: erasing this leaf erases the person, not the proofs."""

    pseudonym: str
    kind: NameKind
    value: str


class Names(Protocol):
    """Turns personal values into what may stand in a fact."""

    def pseudonym(self, kind: NameKind, value: str) -> str:
        """Return what stands for `value` in facts; the same value always gives the same answer."""
        ...


def normal(kind: NameKind, value: str) -> str:
    """Return the form of `value` that decides equality: trimmed, ids in upper case, an operator's secret part cut.

    EN 4709-002: the three characters after the hyphen of a full EU operator id are secret and never broadcast.
    """
    value = value.strip(" \0")
    if kind in {NameKind.UAS_ID, NameKind.REGISTRATION, NameKind.OPERATOR_ID, NameKind.CALLSIGN, NameKind.TRANSMITTER}:
        value = value.upper()
    if kind is NameKind.OPERATOR_ID and len(value) == 20 and value[16] == "-":
        value = value[:16]
    return value


KNOWN_MAX = 200_000
"""Values whose pseudonyms are kept at hand: a place that moves is another value each second."""

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(first + second for first in _BASE32 for second in _BASE32)  # by ten bits


def _base32(digest: bytes) -> str:
    """Return 80 bits in base 32 (RFC 4648, section 6), in small letters: as `base64` has it, at a fifth of the time."""
    bits = int.from_bytes(digest)
    pairs = _PAIRS
    return (
        pairs[bits >> 70] + pairs[bits >> 60 & 1023] + pairs[bits >> 50 & 1023] + pairs[bits >> 40 & 1023]
        + pairs[bits >> 30 & 1023] + pairs[bits >> 20 & 1023] + pairs[bits >> 10 & 1023] + pairs[bits & 1023]
    )  # fmt: skip


class KeyedNames:
    """Pseudonyms under one record's key; collects each new value once, for the record to keep as a leaf."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: dict[tuple[NameKind, str], str] = {}
        self._recorded: set[str] = set()
        self._new: list[Name] = []

    def pseudonym(self, kind: NameKind, value: str) -> str:
        """Return `kind:xxxxxxxxxxxxxxxx`; remembers the value as new the first time it is met."""
        found = self._known.get((kind, value))
        if found is None:
            message = kind.value.encode() + b"\0" + normal(kind, value).encode()
            digest = hmac.digest(self._key, message, hashlib.sha256)[:10]
            found = f"{kind.value}:{_base32(digest)}"
            if len(self._known) >= KNOWN_MAX:
                self._known.clear()
            self._known[kind, value] = found
            if found not in self._recorded:
                self._recorded.add(found)
                self._new.append(Name(found, kind, value))
        return found

    def take_new(self) -> list[Name]:
        """Return the values met since the last call, in the order met, and forget that they are new."""
        new, self._new = self._new, []
        return new

    def undo(self, new_before: int) -> None:
        """Forget the values met since `new_count` was that: what was to hold them is not recorded after all."""
        for name in self._new[new_before:]:
            self._recorded.discard(name.pseudonym)
            self._known.pop((name.kind, name.value), None)
        del self._new[new_before:]

    @property
    def new_count(self) -> int:
        """How many values were met that `take_new` has not given yet."""
        return len(self._new)

    def mark_recorded(self, pseudonym: str) -> None:
        """Say that this pseudonym's value already stands in the record (used when a run is resumed)."""
        self._recorded.add(pseudonym)

    def forget(self, pseudonyms: Collection[str]) -> None:
        """Forget values that were erased from the record: whoever is heard again is recorded again."""
        for key, pseudonym in list(self._known.items()):
            if pseudonym in pseudonyms:
                self._known.pop(key, None)
        for pseudonym in sorted(pseudonyms):
            self._recorded.discard(pseudonym)


class PlainNames:
    """No pseudonyms: for showing a capture to the person who holds its bytes anyway (`skykeep decode`)."""

    def pseudonym(self, kind: NameKind, value: str) -> str:
        """Return the value as it was."""
        del kind
        return value


WORDS_MAX = 6
"""Of a longer text no more words are shown by their first signs."""


def masked(value: str) -> str:
    """Return `value` with its middle hidden: enough to recognise, not enough to look up; a short one shows one sign.

    Of a name in several words each shows its first: "M… F… (S…)".
    """
    words = value.split()
    if len(words) > 1:
        return " ".join([_masked_word(word) for word in words[:WORDS_MAX]] + ["…"] * (len(words) > WORDS_MAX))
    if len(value) >= 10:  # a serial or an operator id: four signs name the maker or the country
        return f"{value[:4]}…{value[-2:]}"
    return f"{value[:1]}…"


def _masked_word(word: str) -> str:
    """Return the first sign of a word, in its brackets; a very short one would be shown whole by that."""
    opened, closed = word[: word.startswith("(")], word[len(word) - word.endswith(")") :]
    inner = word.removeprefix("(").removesuffix(")")
    return f"{opened}{inner[: len(inner) > 2]}…{closed}"
