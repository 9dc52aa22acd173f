"""Which language a text is in: what the page says of itself, else py3langid's answer where it is plain enough."""

from __future__ import annotations

import functools
import re
from typing import Any

CHARS_READ = 20_000
CHARS_MIN = 60  # of less, the answer is a guess and not taken
_SURE = 0.8
# Languages in which reports are likely to come; the library's others are answers to noise more often than not.
_PLAUSIBLE = (
    "ar", "be", "bg", "cs", "da", "de", "el", "en", "es",
    "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "it", "ja", "ka",
    "kk", "ko", "lt", "lv", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "tr", "uk", "ur", "vi", "zh",
)  # fmt: skip


def read(text: str, declared: str | None) -> tuple[str | None, tuple[str, ...]]:
    """Return the BCP 47 tag of a text's language, or None, and doubts in words."""
    found, likelihood = _found(text)
    sure = likelihood >= _SURE and len(text) >= CHARS_MIN
    language, doubts = found if sure else None, list[str]()
    if declared and re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", declared):
        language = declared
        if sure and declared[:2].lower() != found:
            doubts.append(f"The page says that its language is {declared}; its words look like {found}")
    elif not sure:
        doubts.append(f"The language is unsure, perhaps {found}" if found else "The language cannot be told")
    if language and not language.lower().startswith("en"):
        doubts.append(f"The language is {language}; the rules read English only, so statements will be missed")
    return language, tuple(doubts)


def _found(text: str) -> tuple[str | None, float]:
    sample = text[:CHARS_READ].encode("utf-8", "replace").decode("utf-8")
    if not any(letter.isalpha() for letter in sample):
        return None, 0.0
    language, likelihood = _identifier().classify(sample)
    return str(language), float(likelihood)


@functools.cache
def _identifier() -> Any:  # noqa: ANN401  # the library is untyped
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]  # ships no types

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(_PLAUSIBLE))
    return identifier
