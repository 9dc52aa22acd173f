"""The documents that people hand in at a permit office, without what must not enter a record."""

from __future__ import annotations

import re
from collections.abc import Iterator

from skykeep.errors import Refused
from skykeep.wire.identity import operator_doubt
from skykeep.wire.jsontext import BOM, Json, read_object

_FULL_OPERATOR = re.compile(rb"([A-Za-z]{3}[A-Za-z0-9]{13})-[A-Za-z0-9]{3}")


WORDS_MAX = 2_000


def words(text: str, what: str, longest: int = WORDS_MAX) -> str:
    """Return a text that is signed and kept, without spaces around it; raises Refused for what cannot be."""
    text = text.strip()
    if not text:
        raise Refused(f"{what} is empty; say it in words")
    if len(text) > longest:
        raise Refused(f"{what} has {len(text)} characters; at most {longest} are kept")
    if not text.isprintable():
        raise Refused(f"{what} holds a character that cannot be shown; write it in plain letters, on one line")
    return text


def without_secrets(data: bytes) -> bytes:
    """Return a document without the secret part of EU operator ids, which must not enter a record (EN 4709-002).

    An id whose check character does not fit is left for the reader to refuse. Raises Refused for one that is written
    so that it cannot be found, with a JSON escape; Malformed where the document is no JSON object.
    """
    kept = _FULL_OPERATOR.sub(lambda found: found[0] if operator_doubt(found[0].decode()) else found[1], data)
    for text in _texts(read_object(kept.removeprefix(BOM))):
        if _FULL_OPERATOR.fullmatch(text.encode()) and operator_doubt(text) is None:
            raise Refused(f"{text[:16]}-…: write operator ids plainly, so that their secret part can be cut")
    return kept


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
