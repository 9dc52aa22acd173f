"""The head of a report in plain text: title, publisher, reporters, and the place and day of its dateline.

Read are labelled lines (`Title: …`), mastheads (`Outlet, 3 May 2023. By A`), bylines (`By A and B, Agency`), lines that
are a date and nothing else, and the dateline in front of the first sentence (`KYIV, May 3 (Agency) —`). A head is at
most 12 lines and 2,000 code points. What is not stated there is None; what can be read in two ways is None with a doubt
that names both.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from skykeep.account import days

HEAD_LINES = 12
HEAD_CHARS = 2_000
TITLE_CHARS = 160
ACRONYM_CHARS = 8

_LABEL = re.compile(
    r"[ \t]*(title|headline|publisher|source|outlet|authors?|byline|reporters?|date|published|posted|updated|dateline)"
    r"(?:[ \t]*:|(?=[ \t]+(?:on[ \t]+)?[\dA-Z]))[ \t]*(?:on[ \t]+)?",
    re.IGNORECASE,
)
_DATE_LABELS = ("date", "published", "posted", "updated", "dateline")
_NAME = r"[^\W\d_][\w.'’-]*(?:[ ][^\W\d_][\w.'’-]*){0,5}"
_BYLINE = re.compile(r"[ \t]*(?:by|BY|By)[ \t]+(?P<who>[^\n]{2,200})")
_BARE_BYLINE = re.compile(rf"[ \t]*(?P<who>{_NAME}),[ ](?P<outlet>[\w-]+\.[a-z]{{2,10}})[ \t]*")
_PLACE = r"[A-Z][\w.'’-]*(?:[ ][A-Z][\w.'’-]*){0,4}"
_DATELINE = re.compile(
    rf"[ \t]*(?:(?P<place>{_PLACE}(?:,[ ]{_PLACE}){{0,2}}?)(?:[,.][ ](?P<date>[^\n(—–]{{3,30}}?))?[ ]?)?"
    r"(?:\((?P<agency>[^()\n]{2,40})\)[ ]?)?(?P<dash>—|–|--|-(?=[ ]))[ ]?"
)
_TAIL = re.compile(  # a time of day with its zone; each part takes its own letters, so nothing is tried twice
    r"[\s,.;|:(]*(?:(?:at|T)\s*)?(?:\d{1,2}[:.]\d{2}(?::\d{2})?)?\s?(?:[AaPp]\.?[Mm]\b\.?)?\s?(?:[A-Z]{1,4}(?:[+-]\d{1,2})?)?[\s,.;|:)]*"
)
_OUTLET_WORDS = re.compile(
    r"\b(?:News|Times|Post|Press|Agency|Herald|Journal|Reuters|Today|Daily|Tribune|Guardian|Independent|Radio|TV|Wire"
    r"|Media|Network|Broadcasting|Service|Gazette|Mail|Telegraph|Chronicle|Observer|Bulletin|Courier)\b|\.[a-z]{2,6}$"
)
_MARKS = " \t|·•,.–—-"  # between the parts of a masthead
_SENTENCE_END = re.compile(r"[.!?…][\"”’'»)\]]*\s*$")


class Header(NamedTuple):
    """What the head of a report states."""

    title: str | None = None
    publisher: str | None = None
    reporters: tuple[str, ...] = ()
    place: str | None = None
    date_words: str | None = None
    day: str | None = None  # ISO 8601
    doubts: tuple[str, ...] = ()
    end: int = 0  # code points of the text that belong to the head


class _Date(NamedTuple):
    words: str
    readings: tuple[dt.date, ...]
    weekday: int | None
    label: str


class _Head:
    """What was found so far, going down the lines."""

    def __init__(self) -> None:
        self.title: str | None = None
        self.publisher: str | None = None
        self.reporters: list[str] = []
        self.place: str | None = None
        self.dates: list[_Date] = []
        self.doubts: list[str] = []
        self.end = 0


def read(text: str) -> Header:
    """Return what the first lines of a report's text state; an empty `Header` where they state nothing."""
    head = _Head()
    at = 0
    for number, line in enumerate(text[:HEAD_CHARS].split("\n")[: HEAD_LINES * 2]):
        cut = at + len(line) >= HEAD_CHARS and len(text) > HEAD_CHARS
        used = _line(head, line, whole=not cut, more=at + len(line) < len(text), first=number == 0 or head.end == 0)
        if line.strip() and used < len(line.rstrip()):
            head.end = max(head.end, at + used if used else head.end)
            break
        at += len(line) + 1
        head.end = min(at, len(text)) if used else head.end
    return _header(head)


def _line(head: _Head, line: str, *, whole: bool, more: bool, first: bool) -> int:
    """Read one line; return how many code points of it belong to the head, 0 for none."""
    used = _labelled(head, line)
    rest = line[used:]
    if not rest.strip():
        return used
    readers = (_byline, _date_alone, _masthead, _dateline) if first else (_byline, _date_alone, _dateline)
    for reader in readers:
        took = reader(head, rest)
        if took:
            return used + took
    if first and whole and more and head.title is None and _is_title(rest):
        head.title = rest.strip()
        return len(line)
    return used


def _is_title(line: str) -> bool:
    return len(line.strip()) <= TITLE_CHARS and not _SENTENCE_END.search(line) and line.strip()[0] not in '"“„«'


def _labelled(head: _Head, line: str) -> int:
    match = _LABEL.match(line)
    if not match:
        return 0
    label, value = match[1].lower(), line[match.end() :].strip()
    if label in _DATE_LABELS:
        return _labelled_date(head, line, match, label)
    if ":" not in match[0] or not value or len(value) > TITLE_CHARS:
        return 0
    if label in ("title", "headline"):
        head.title = head.title or value
    elif label in ("publisher", "source", "outlet"):
        head.publisher = head.publisher or value
    else:
        _people(head, re.sub(r"^[Bb]y\s+", "", value))
    return len(line)


def _labelled_date(head: _Head, line: str, match: re.Match[str], label: str) -> int:
    """Read the date after a label; what follows it on the line may be a byline or the text itself."""
    found = days.find(line, match.end(), min(len(line), match.end() + 60))
    if not found or line[match.end() : found[0].start].strip():
        return 0
    head.dates.append(_Date(found[0].words, found[0].readings, found[0].weekday, label))
    tail = _TAIL.match(line, found[0].end)
    rest_empty = tail is not None and tail.end() == len(line)
    return len(line) if rest_empty else found[0].end + (line[found[0].end : found[0].end + 1] == " ")


def _byline(head: _Head, line: str) -> int:
    match = _BYLINE.fullmatch(line.rstrip())
    if match and not _SENTENCE_END.search(re.sub(r"\b\w\.", "", match["who"])):
        return len(line) if _people(head, match["who"]) else 0
    bare = _BARE_BYLINE.fullmatch(line)
    if bare:
        head.reporters.append(bare["who"])
        head.publisher = head.publisher or bare["outlet"]
        return len(line)
    return 0


def _people(head: _Head, words: str) -> bool:
    """Read "A, B and C, Outlet" or "A for Outlet"; False where these are not names."""
    names, outlet = words.strip(), None
    for mark in (" | ", " for ", " of ", " — ", " – ", " - "):
        if mark in names:
            names, _, outlet = names.partition(mark)
            break
    parts = [part.strip() for part in re.split(r",\s+(?:and\s+)?|\s+and\s+|\s*;\s*|\s+&\s+", names) if part.strip()]
    last = parts[-1] if parts else ""
    if outlet is None and len(parts) > 1 and names.endswith(", " + last):
        if _is_outlet(last) or " and " in names[: -len(last)]:
            outlet = parts.pop()
        elif " " not in last:
            outlet = parts.pop()
            head.doubts.append(f"{outlet!r} in the byline is taken for the publisher; it may be a name")
    if not parts or not all(re.fullmatch(_NAME, part) and part[0].isupper() for part in parts):
        return False
    head.reporters += [part for part in parts if part not in head.reporters]
    head.publisher = head.publisher or (outlet.strip() if outlet else None)
    return True


def _is_outlet(words: str) -> bool:
    return bool(_OUTLET_WORDS.search(words)) or (words.isupper() and len(words) <= ACRONYM_CHARS)


def _date_alone(head: _Head, line: str) -> int:
    """Read a line that is a date, with a time or not, and nothing else."""
    found = days.find(line[:120])
    if len(found) != 1 or line[: found[0].start].strip(" \t(|,"):
        return 0
    tail = _TAIL.match(line, found[0].end)
    if tail is None or tail.end() != len(line):
        return 0
    head.dates.append(_Date(found[0].words, found[0].readings, found[0].weekday, "date"))
    return len(line)


def _masthead(head: _Head, line: str) -> int:
    """Read "Outlet, 3 May 2023. By A and B" or "Outlet | 2023-05-03": an outlet, one date, then nothing or a byline."""
    found = days.find(line[:TITLE_CHARS])
    if len(found) != 1 or len(line) > 2 * TITLE_CHARS:
        return 0
    outlet = line[: found[0].start].rstrip(_MARKS)
    mark, rest = line[len(outlet) : found[0].start].strip(), line[found[0].end :].strip(_MARKS)
    named = bool(mark) and outlet[:1].isupper() and (_is_outlet(outlet) or bool(set(mark) & set("|·•")))
    if not named or (rest and not _byline(head, rest)):
        return 0
    head.publisher = head.publisher or outlet
    head.dates.append(_Date(found[0].words, found[0].readings, found[0].weekday, "date"))
    return len(line)


def _dateline(head: _Head, line: str) -> int:
    """Read "PLACE, May 3 (Agency) —" in front of a sentence; a place in small letters needs an agency or a date."""
    match = _DATELINE.match(line[:160])
    if not match or not (match["place"] or match["agency"]) or not line[match.end() :].strip():
        return 0
    place, said = match["place"], match["date"]
    found = days.find(said) if said else []
    region = said[: found[0].start if found else None].strip(" ,") if said else ""
    if region:
        place = f"{place}, {region}"
    first = (place or "").split(",")[0]
    if not (first.isupper() or match["agency"] or found or match["dash"] in ("—", "--")):
        return 0
    head.place = head.place or place
    if found:
        one = found[0]
        head.dates.append(_Date(one.words, one.readings or _with_year(head, one), one.weekday, "dateline"))
    if match["agency"] and head.publisher is None:
        head.publisher = match["agency"].strip()
    return match.end()


def _with_year(head: _Head, day: days.Day) -> tuple[dt.date, ...]:
    """Return a day without a year in the year of a date above it, where there is one."""
    if day.month is None or day.day is None:
        return ()
    years = list(dict.fromkeys(reading.year for date in head.dates for reading in date.readings))
    return tuple(found for year in years if (found := days.on(year, day.month, day.day)))


def _header(head: _Head) -> Header:
    dates = [date for date in head.dates if date.label != "updated"] or head.dates
    words, day = None, None
    if dates:
        words, day = dates[0].words, _settled(head, dates[0])
    for other in dates[1:]:
        if day and other.readings and all(reading.isoformat() != day for reading in other.readings):
            head.doubts.append(f"The head names two days, {words!r} and {other.words!r}; the first is taken")
    people = tuple(dict.fromkeys(head.reporters))
    return Header(head.title, head.publisher, people, head.place, words, day, tuple(head.doubts), head.end)


def _settled(head: _Head, date: _Date) -> str | None:
    """Return the one reading of a date, or None with a doubt."""
    readings = date.readings
    if len(readings) > 1 and date.weekday is not None:
        fitting = tuple(reading for reading in readings if reading.weekday() == date.weekday)
        readings = fitting or readings
    if len(readings) == 1:
        if date.weekday is not None and readings[0].weekday() != date.weekday:
            head.doubts.append(f"{date.words!r}: {readings[0]} is a {days.WEEKDAYS[readings[0].weekday()]}")
        return readings[0].isoformat()
    if readings:
        both = " or ".join(reading.isoformat() for reading in readings)
        head.doubts.append(f"The date {date.words!r} can be read as {both}; neither is taken")
    else:
        head.doubts.append(f"The date {date.words!r} states no year, or no day that the calendar has")
    return None
