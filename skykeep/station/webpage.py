"""From a web page to its article: main text and what the page says of title, author, date and site (trafilatura).

Nothing is ever fetched: the page is what was handed in, and of trafilatura only the reading of a string is called. A
page of many elements, or one in which no article is found, is read whole instead, and a doubt says so.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from trafilatura.settings import Document

ELEMENTS_MAX = 60_000  # beyond, finding the article would take minutes
CHARS_MAX = 8_000_000  # of the page's source
_TAG = re.compile(r"<[A-Za-z!?/][^<>]*>")
_UNSEEN = re.compile(r"<(script|style|template|noscript)\b[^<>]*>[^<]*(?:<(?!/\1)[^<]*)*", re.IGNORECASE)
_LANG = re.compile(r"<html\b[^<>]{0,2000}?\blang\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9-]{2,35})", re.IGNORECASE)
_SHARE_MIN = 0.5


class Page(NamedTuple):
    """What was read of a web page."""

    text: str
    title: str | None
    publisher: str | None
    reporters: tuple[str, ...]
    date: str | None  # ISO 8601 day, as the page's own data state it
    language: str | None
    doubts: tuple[str, ...]


def read(source: str) -> Page:
    """Return the article of a page; its text is empty where the page has no words at all."""
    lang = _LANG.search(source[:20_000])
    language = lang[1] if lang else None
    elements = source.count("<")
    if elements > ELEMENTS_MAX or len(source) > CHARS_MAX:
        size = f"{elements:,} marks and {len(source):,} characters"
        return _whole(source, language, f"The page has {size}, too many to look for its article")
    found = _extracted(source)
    text = ((found.text if found else None) or "").strip()
    if found is None or not text:
        return _whole(source, language, "No article was found in the page")
    people = tuple(dict.fromkeys(one.strip() for one in (found.author or "").split(";") if one.strip()))
    day = found.date if re.fullmatch(r"\d{4}-\d\d-\d\d", found.date or "") else None
    return Page(text, found.title, found.sitename, people, day, language, _left_out(source, text))


def _extracted(source: str) -> Document | None:
    """Return what trafilatura found, or None where it found nothing or gave up."""
    from trafilatura.core import bare_extraction

    dates = {"original_date": True, "extensive_search": False, "max_date": "2100-01-01"}  # no clock is asked
    try:
        found = bare_extraction(
            source, include_comments=False, include_tables=True, with_metadata=True, date_extraction_params=dates
        )
        return None if isinstance(found, dict) else found
    except Exception:  # noqa: BLE001  # hostile pages break it in many ways; they are read whole then, with a doubt
        return None


def _whole(source: str, language: str | None, why: str) -> Page:
    doubt = f"{why}: all words of the page are taken, menus and notes among them; check title, author and date"
    title = re.search(r"<title\b[^<>]*>([^<]{1,300})", source[:200_000], re.IGNORECASE)
    name = " ".join(html.unescape(title[1]).split()) if title else None
    return Page(_words(source), name or None, None, (), None, language, (doubt,))


def _words(source: str) -> str:
    """Return the words of a page without its marks, one paragraph a line; linear in its length."""
    seen = "\n".join(map(_uncommented, source.split("<!--")))
    seen = _UNSEEN.sub("\n", seen) if seen.count("<") <= ELEMENTS_MAX else seen
    text = html.unescape(_TAG.sub("\n", seen))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _uncommented(part: str) -> str:
    """Return what follows a comment; a comment that never ends is kept, for it may hide the report."""
    return part.partition("-->")[2] or part


def _left_out(source: str, text: str) -> tuple[str, ...]:
    """Tell how much was left out, where it is more than half of the page's words."""
    whole = len(_words(source))
    if len(text) >= _SHARE_MIN * whole:
        return ()
    return (
        f"The article has {len(text):,} of the page's {whole:,} characters; menus, notes or parts of it are left out",
    )
