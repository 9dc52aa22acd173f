"""A report taken in: from the bytes of a file to a text whose places never shift, with what it states of itself.

What the bytes are is told by their content, never by a file's name. Nothing is fetched. The text is verbatim but for
ends of lines, which become one sign, and for halves of a sign (lone surrogates) that no encoding can hold.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import NamedTuple

from skykeep.account import header
from skykeep.errors import Malformed, Refused
from skykeep.facts.accounted import Document
from skykeep.facts.claimed import SourceKept
from skykeep.station import charset, pdfprocess, textlanguage, webpage

BYTES_MAX = 20_000_000
CHARS_MAX = 5_000_000
LINE_LONG = 100_000  # a line of more is told
FIELD_CHARS = 300  # of a title or a name; hostile pages put whole texts there
PEOPLE_MAX = 20
_CONTROLS_MAX_SHARE = 0.05

_OTHER_FORMATS = (  # by their first bytes
    (b"PK\x03\x04", "a zip file or an office document"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"{\\rtf", "a rich text document"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"%!PS", "a PostScript file"),
    (b"\x7fELF", "a program"),
)
_PDF = re.compile(rb"\A(?:\xef\xbb\xbf)?[\s\x00]{0,1024}%PDF-")
_HTML_BEGINS = re.compile(
    r"\s*(?:<\?xml[^<>]{0,200}>\s*)?(?:<!--[^<>]{0,2000}-->\s*){0,5}<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE,
)
_HTML_CLOSES = re.compile(r"</(?:p|div|article|body|head|h1|h2|span|section|title)\s*>", re.IGNORECASE)
_HTML_OPENS = re.compile(r"\s*<[a-z!/]", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")


class _Read(NamedTuple):
    """What a reader of one kind of file found; the head of the text may add to it."""

    media_type: str
    text: str
    title: str | None = None
    publisher: str | None = None
    reporters: tuple[str, ...] = ()
    date: str | None = None
    language: str | None = None
    doubts: tuple[str, ...] = ()


def read(data: bytes, label: str, t_recorded_ns: int) -> Document:
    """Return the report in `data`; `label` is its short name for people, a file's name or "standard input".

    Raises Refused where it is too large, empty, encrypted or of a kind that is not read; Malformed where it is broken.
    """
    label = _clean(label)[0][:FIELD_CHARS] or "unnamed"
    if len(data) > BYTES_MAX:
        raise Refused(f"{label}: {len(data):,} bytes, more than {BYTES_MAX:,}; hand in the text of the report alone")
    found = _read(data, label)
    text, doubts = _clean(found.text)
    if not text.strip():
        raise Refused(f"{label}: there are no words in it; hand in the text of the report")
    if len(text) > CHARS_MAX:
        raise Refused(f"{label}: {len(text):,} characters of text, more than {CHARS_MAX:,}; hand in the report alone")
    found = found._replace(text=text, doubts=(*found.doubts, *doubts, *_oddities(text)))
    return Document(source=_source(data, label, found, t_recorded_ns), text=text)


def _read(data: bytes, label: str) -> _Read:
    if _PDF.match(data):
        pages = pdfprocess.read(data, label, CHARS_MAX)
        return _Read("application/pdf", pages.text, title=pages.title, doubts=pages.doubts)
    for start, what in _OTHER_FORMATS:
        if data.startswith(start):
            raise Refused(f"{label}: this is {what}; text, HTML and PDF are read: save it as one of these")
    decoded = charset.decode(data)
    _check_text(decoded.text, label)
    if not _is_html(decoded.text):
        return _Read("text/plain", decoded.text, doubts=decoded.doubts)
    page = webpage.read(decoded.text)
    doubts = (*decoded.doubts, *page.doubts)
    return _Read("text/html", page.text, page.title, page.publisher, page.reporters, page.date, page.language, doubts)


def _check_text(text: str, label: str) -> None:
    sample = text[:100_000]
    controls = len(_CONTROL.findall(sample)) + sample.count("\ufffd")
    if controls > _CONTROLS_MAX_SHARE * len(sample):
        where = f"{controls:,} of its first {len(sample):,} characters"
        raise Malformed(f"{label}: this is no text, {where} cannot be shown; save it as UTF-8 text, HTML or PDF")


def _is_html(text: str) -> bool:
    if _HTML_BEGINS.match(text[:20_000]):
        return True
    return bool(_HTML_OPENS.match(text[:1_000])) and len(_HTML_CLOSES.findall(text[:200_000])) >= 1


def _clean(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the text with one sign for the end of a line and no half of a sign."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text, halves = _SURROGATE.subn("\ufffd", text)
    doubt = f"{halves:,} halves of a sign (lone surrogates) are replaced, since no encoding holds them"
    return text, (doubt,) if halves else ()


def _oddities(text: str) -> tuple[str, ...]:
    """Tell what is kept as it is and may mislead a reader."""
    doubts = []
    if turned := len(_BIDI.findall(text)):
        doubts.append(
            f"{turned:,} signs that turn the direction of writing stand in the text: it may look other than it is"
        )
    if controls := len(_CONTROL.findall(text)):
        doubts.append(f"{controls:,} control characters stand in the text")
    longest = max(map(len, text.split("\n")))
    if longest > LINE_LONG:
        doubts.append(f"One line has {longest:,} characters: paragraphs may be lost")
    return tuple(doubts)


def _source(data: bytes, label: str, found: _Read, t_recorded_ns: int) -> SourceKept:
    """Join what the file states with what the head of its text states; the file comes first."""
    head = header.read(found.text)
    language, spoken = textlanguage.read(found.text, found.language)
    title = _field(found.title) or _field(head.title)
    day = found.date or head.day
    doubts = (*found.doubts, *_dates(found.date, head, t_recorded_ns), *spoken)
    return SourceKept(
        source_sha256=hashlib.sha256(data).hexdigest(),
        t_recorded_ns=t_recorded_ns,
        frame=None,
        media_type=found.media_type,
        text_sha256=hashlib.sha256(found.text.encode("utf-8")).hexdigest(),
        label=label,
        title=title,
        publisher=_field(found.publisher) or _field(head.publisher),
        reporters=_people(found.reporters) or _people(head.reporters),
        dateline_place=_field(head.place),
        dateline_words=_field(head.date_words) or found.date,
        dateline_day=day,
        language=language,
        doubts=tuple(dict.fromkeys(doubts)),
    )


def _dates(stated: str | None, head: header.Header, t_recorded_ns: int) -> tuple[str, ...]:
    """Tell what is unsure of the day: two that differ, or one that lies after the report was taken in."""
    doubts = list(head.doubts)
    if stated and head.day and stated != head.day:
        doubts.append(f"The page's own data say {stated}, the head of its text {head.day}; the first is taken")
    day = stated or head.day
    recorded = dt.date(1970, 1, 1) + dt.timedelta(days=max(0, t_recorded_ns) // 86_400_000_000_000)
    if day and dt.date.fromisoformat(day) > recorded + dt.timedelta(days=1):
        doubts.append(f"The report is dated {day}, after the day on which it was taken in, {recorded.isoformat()}")
    return tuple(doubts)


def _field(words: str | None) -> str | None:
    return " ".join(_clean(words)[0].split())[:FIELD_CHARS] or None if words else None


def _people(names: tuple[str, ...]) -> tuple[str, ...]:
    fields = (_field(name) for name in names[:PEOPLE_MAX])
    return tuple(dict.fromkeys(name for name in fields if name))
