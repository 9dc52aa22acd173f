"""What pages say, in the reader's language: the one place that every text of the console comes from.

English words are the keys; skykeep/locale/<language>/LC_MESSAGES/web.po has them in other languages, and
`python scripts/translations.py` finds every text that stands in `say(...)`, `marked(...)` or a template's `_(...)`,
`_n(...)`, in a script's `t(...)`, `tn(...)`, or in one of its tables. A language that is not there is English.

    words = words_of(request)          # ?lang=, else the cookie, else Accept-Language
    words.say("Checked at {time}", time=...)
    words.count(3, "{n} zone", "{n} zones")

    say("Checked at {time}", time=...)                # the same in the language of whoever asks now
    count(3, "{n} zone", "{n} zones")
    script_words("es")                                # what scripts say: one JSON beside the .po, made from it

What stands in the record (names of zones, reasons that people typed, sentences of the law) is quoted as it is.
"""

from __future__ import annotations

import contextvars
import functools
import gettext
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any, Final, Protocol

import msgspec

ENGLISH: Final = "en"
COOKIE: Final = "skykeep_language"
NAMES: Final = {"en": "English", "es": "Español"}
"""What speakers call each language that pages can be read in."""
_RANGES_MAX = 20


class Asks(Protocol):
    """As much of a request as says which language it wants."""

    @property
    def query_params(self) -> Mapping[str, Any]: ...
    @property
    def cookies(self) -> Mapping[str, str]: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


def marked(text: str) -> str:
    """Return a text as it is; it is said later, and the catalogue has it."""
    return text


class Words:
    """All texts in one language."""

    def __init__(self, code: str, pages: gettext.NullTranslations, law: gettext.NullTranslations) -> None:
        self.code = code
        self._pages, self._law = pages, law

    def say(self, text: str, /, **parts: object) -> str:
        """Return a text in this language, with its {parts} filled in."""
        said = self._pages.gettext(text) if text else ""
        return said.format(**parts) if parts else said

    def count(self, n: int, one: str, many: str, /, **parts: object) -> str:
        """Return one text or the other by a number, which stands in it as {n}."""
        return self._pages.ngettext(one, many, n).format(**{"n": n, **parts})

    def law(self, text: str) -> str:
        """Return a sentence of the law's answers (`views.sentences`) in this language."""
        return self._law.gettext(text) if text else ""

    def told(self, texts: Iterable[str]) -> dict[str, str]:
        """Return texts by their English words, for a script to say."""
        return {text: self.say(text) for text in texts}


_speaking: contextvars.ContextVar[str] = contextvars.ContextVar("language", default=ENGLISH)


def speak(code: str) -> None:
    """Have `say` and `count` use a language from here on, within this request."""
    _speaking.set(code)


def spoken() -> Words:
    """Return the texts in the language of whoever asks now; outside of a request, English."""
    return words(_speaking.get())


def say(text: str, /, **parts: object) -> str:
    """Return a text in the language of whoever asks now, with its {parts} filled in."""
    return spoken().say(text, **parts)


def count(n: int, one: str, many: str, /, **parts: object) -> str:
    """Return one text or the other by a number, in the language of whoever asks now."""
    return spoken().count(n, one, many, **parts)


@functools.cache
def script_words(code: str) -> Mapping[str, str | list[str]]:
    """Return what scripts say, by their English words; of what is counted, all forms. Empty where it is English."""
    path = resources.files("skykeep").joinpath("locale", code, "LC_MESSAGES", "script.json")
    if code == ENGLISH or code not in NAMES or not path.is_file():
        return {}
    return msgspec.json.decode(path.read_bytes(), type=dict[str, str | list[str]])


def languages() -> tuple[str, ...]:
    """Return the codes of the languages that pages can be read in, English first."""
    return tuple(code for code in NAMES if code == ENGLISH or _file(code, "web") is not None)


@functools.cache
def words(code: str) -> Words:
    """Return the texts of a language; of one that is not there, English."""
    return Words(code, _catalogue(code, "web"), _catalogue(code, "skykeep")) if code in NAMES else words(ENGLISH)


def words_of(request: Asks) -> Words:
    """Return the texts in the language that a request asks for."""
    return words(chosen(request.query_params.get("lang", ""), request.cookies.get(COOKIE, ""), request.headers))


def chosen(said: str, kept: str, headers: Mapping[str, str]) -> str:
    """Return the code of a language: the one said, else the one kept, else what the browser likes, else English."""
    there = languages()
    for code in (said, kept):
        if code in there:
            return code
    return next((code for code in _liked(headers.get("accept-language", "")) if code in there), ENGLISH)


def _liked(header: str) -> list[str]:
    """Return codes by their weight (RFC 9110, 12.5.4); regions count as their language."""
    found: list[tuple[float, str]] = []
    for part in header.split(",")[:_RANGES_MAX]:
        name, _, weight = part.partition(";")
        try:
            q = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if q > 0:
            found.append((-q, name.strip().lower().partition("-")[0]))
    return [code for _, code in sorted(found, key=lambda pair: pair[0])]


def _file(code: str, domain: str) -> Any:  # noqa: ANN401  # what importlib.resources gives
    path = resources.files("skykeep").joinpath("locale", code, "LC_MESSAGES", f"{domain}.mo")
    return path if path.is_file() else None


def _catalogue(code: str, domain: str) -> gettext.NullTranslations:
    path = None if code == ENGLISH else _file(code, domain)
    if path is None:
        return gettext.NullTranslations()
    with path.open("rb") as file:
        return gettext.GNUTranslations(file)
