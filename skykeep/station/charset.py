"""From the bytes of a text to its code points: by mark, UTF-8, what it declares, or a guess that is told.

In this order: a byte order mark, UTF-8, the character set that the file itself declares, UTF-8 with a few broken bytes
replaced, the guess of charset_normalizer. A guess and every replaced byte is a doubt in words, never silent.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

GUESSED_FROM_BYTES = 200_000  # a guess rests on so much of the beginning at most
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""(?:charset|encoding)\s{0,9}=\s{0,9}["']?([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
# What a browser reads under these names (WHATWG Encoding): the wider set, which has quotation marks and dashes.
_WIDER = {"iso8859-1": "cp1252", "ascii": "cp1252"}
_USUAL = "cp1252"
_TEXTUAL = (
    "utf",
    "cp",
    "iso8859",
    "koi8",
    "mac",
    "big5",
    "gb",
    "euc",
    "shift",
    "hz",
    "iso2022",
    "tis",
    "johab",
    "ptcp",
)


class Decoded(NamedTuple):
    """A text and what is unsure of its letters."""

    text: str
    doubts: tuple[str, ...]


def decode(data: bytes) -> Decoded:
    """Return the text of `data`, verbatim but for its mark; whatever could not be read is U+FFFD, with a doubt."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _replaced(data[len(mark) :], name)
    try:
        return Decoded(data.decode("utf-8"), ())
    except UnicodeDecodeError:
        return _declared(data) or _mostly_utf8(data) or _guessed(data)


def _declared(data: bytes) -> Decoded | None:
    match = _DECLARED.search(data[:4_096])
    try:
        name = codecs.lookup(match[1].decode("ascii")).name if match else "utf-8"
    except LookupError:
        return None
    name = _WIDER.get(name, name)
    if name == "utf-8" or name.startswith(("utf-7", "utf-16", "utf-32")) or not name.startswith(_TEXTUAL):
        return None  # a page that can be read far enough to declare UTF-16 is not UTF-16
    return _replaced(data, name)


def _mostly_utf8(data: bytes) -> Decoded | None:
    """Take it for UTF-8 with damage where well-formed letters beyond ASCII outnumber the broken bytes."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    beyond = len(text.encode("utf-8")) - len(text) - 2 * broken  # bytes beyond the first of each letter
    return _replaced(data, "utf-8") if beyond > 2 * broken else None


def _guessed(data: bytes) -> Decoded:
    import charset_normalizer  # slow to import, seldom needed

    best = charset_normalizer.from_bytes(data[:GUESSED_FROM_BYTES]).best()
    name = best.encoding if best and codecs.lookup(best.encoding).name.startswith(_TEXTUAL) else _USUAL
    if best and _USUAL in best.could_be_from_charset:
        name = _USUAL
    text, doubts = _replaced(data, name)
    return Decoded(text, (f"The file does not say its character set; its letters are read as {name}, a guess", *doubts))


def _replaced(data: bytes, name: str) -> Decoded:
    try:
        text = data.decode(name, "replace")
    except (UnicodeError, ValueError, OverflowError):  # some codecs break on what others replace
        text, name = data.decode("utf-8", "replace"), "utf-8"
    already = data.count("\ufffd".encode(name)) if name.startswith("utf") else 0
    broken = text.count("\ufffd") - already
    if broken <= 0:
        return Decoded(text, ())
    where = "one place" if broken == 1 else f"{broken:,} places"
    return Decoded(text, (f"The file is no {name} in {where}; a replacement sign (U+FFFD) stands there",))
