"""JSON from outside, read strictly, with every decimal kept as it was written.

Stricter than most readers, because these bytes become law or evidence: no NaN, no lone surrogates, no text that is
not UTF-8, no number longer than `NUMBER_MAX` characters, and (in `read_unique`) no key twice in one object.
Every failure is `Malformed` with what and where.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any

import msgspec

from skykeep.errors import Malformed

NUMBER_MAX = 64
"""Longest decimal number in characters; `quantity.scaled` is exact up to here."""

BOM = b"\xef\xbb\xbf"

Json = Any  # what a JSON text may say has no narrower type; every reader checks what it takes


def _decimal(text: str) -> Decimal:
    if len(text) > NUMBER_MAX:
        raise ValueError(f"a number of {len(text)} characters; {NUMBER_MAX} are read")
    return Decimal(text)


_decoder = msgspec.json.Decoder(float_hook=_decimal)


def read(data: bytes) -> Json:
    """Return what a JSON text says: dicts, lists, text, bool, None, int and Decimal."""
    try:
        return _decoder.decode(data)
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8: {error.reason} (byte {error.start})") from error
    except RecursionError as error:
        raise Malformed("brackets are nested too deeply") from error
    except (msgspec.DecodeError, ValueError, ArithmeticError) as error:
        raise Malformed(f"not JSON: {_words(error)}") from error


def _words(error: Exception) -> str:
    if isinstance(error, ArithmeticError):
        return "a number with an impossible exponent"
    return str(error).removeprefix("JSON is malformed: ")


def read_unique(data: bytes) -> Json:
    """Like `read`, and refuse a key that stands twice in one object: which one was meant nobody can say."""
    value = read(data)
    try:
        _keys_once.decode(data.decode())
    except RecursionError as error:
        raise Malformed("brackets are nested too deeply") from error
    return value


def _refuse_twice(pairs: list[tuple[str, object]]) -> None:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise Malformed(f"{show(key)} stands twice in one object; keep one")
        seen.add(key)


_keys_once = json.JSONDecoder(object_pairs_hook=_refuse_twice, parse_float=len, parse_int=len)


def read_object(data: bytes, *, unique: bool = False) -> dict[str, Json]:
    """Return the JSON object that `data` is."""
    value = read_unique(data) if unique else read(data)
    if not isinstance(value, dict):
        raise Malformed(f"{kind(value)} where an object {{…}} belongs")
    return value


def kind(value: Json) -> str:
    """Name the kind of a JSON value, for people."""
    if isinstance(value, bool):
        return "true or false"
    names = ((str, "text"), ((int, Decimal), "a number"), (list, "a list"), (dict, "an object"))
    return next((name for of, name in names if isinstance(value, of)), "null")


def show(value: Json) -> str:
    """Return a value for a message, shortened to one readable line."""
    if isinstance(value, Decimal):
        return str(value)
    try:
        text = msgspec.json.encode(value).decode()
    except RecursionError:  # it was read some calls less deep than here
        return kind(value)
    return text if len(text) <= 60 else text[:57] + "…"


def refuse_unknown(keys: Iterable[str], known: Collection[str], *, meant: dict[str, str] | None = None) -> None:
    """Raise Malformed for the first key that is not known, with the one that was probably meant."""
    for key in keys:
        if key not in known:
            raise Malformed(f"unknown key {show(key)}{_suggestion(key, list(known), meant or {})}")


def _suggestion(key: str, known: list[str], meant: dict[str, str]) -> str:
    if key.lower() in meant:
        return f"; write {meant[key.lower()]}"
    near = difflib.get_close_matches(key[:64], known, n=1, cutoff=0.5)
    return f"; did you mean {show(near[0])}?" if near else f"; known are {', '.join(known)}"
