"""Statements that people marked in a text, read from the two forms that such marks come in.

seeds    JSON: "attributions", each with article, cue (a lemma), speaker_regex, content, start, end; places may be
         missing or wrong, so the content is looked for in the text, word by word, the nearest to its cue
brat     stand-off lines (PolNeAR): T lines are spans "Source", "Cue", "Content" with places "3 9;12 20", E lines
         are attributions that name them
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from skykeep.errors import Malformed
from skykeep.facts.claimed import Span

_WORD = re.compile(r"\w+", re.UNICODE)
_QUOTES = frozenset('"“”„«»')
_PAST = {"say": "said", "tell": "told", "put": "put", "write": "wrote", "find": "found", "hold": "held", "": ""}


class Attribution(msgspec.Struct, frozen=True, kw_only=True):
    """One marked statement."""

    gold_id: str
    contents: tuple[Span, ...]  # empty: its words do not stand in the text
    cues: tuple[Span, ...]
    speakers: tuple[Span, ...]  # empty: none is marked, or only a pattern
    speaker_pattern: str | None  # a regular expression, case counts
    quoted: bool  # its content has a quotation mark, or lies between two


class _Seed(msgspec.Struct, frozen=True):
    id: str
    article: str
    cue: str
    speaker_regex: str
    content: str
    start: int | None
    end: int | None


class _Seeds(msgspec.Struct, frozen=True):
    attributions: list[_Seed]


def articles_of_seeds(data: bytes) -> tuple[str, ...]:
    """Name the texts that a seeds file marks, in its order. Malformed if it is none."""
    return tuple(dict.fromkeys(seed.article for seed in _seeds(data).attributions))


def of_seeds(data: bytes, article: str, text: str) -> list[Attribution]:
    """Read what a seeds file marks in one text. Malformed if it is none."""
    return [_of_seed(seed, text) for seed in _seeds(data).attributions if seed.article == article]


def of_brat(annotations: str, text: str) -> list[Attribution]:
    """Read the attributions of a brat stand-off file. Malformed if a line breaks the form."""
    spans: dict[str, tuple[Span, ...]] = {}
    events: list[tuple[str, str]] = []
    for line in annotations.splitlines():
        name, _, rest = line.partition("\t")
        if name.startswith("T"):
            spans[name] = tuple(_brat_spans(rest.partition("\t")[0]))
        elif name.startswith("E"):
            events.append((name, rest))
    return [_of_event(name, rest, spans, text) for name, rest in events]


def _seeds(data: bytes) -> _Seeds:
    try:
        return msgspec.json.decode(data, type=_Seeds)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"not a file of marked statements: {error}; it needs a list 'attributions'"
        raise Malformed(message) from error


def _of_seed(seed: _Seed, text: str) -> Attribution:
    cues = list(_forms(seed.cue, text))
    contents = _locate(seed, text, cues)
    near = min(cues, key=lambda cue: _gap(cue, contents), default=None) if contents else None
    return Attribution(
        gold_id=seed.id,
        contents=contents,
        cues=() if near is None else (near,),
        speakers=(),
        speaker_pattern=seed.speaker_regex,
        quoted=_is_quoted(text, contents),
    )


def _forms(cue: str, text: str) -> Iterator[Span]:
    """Where forms of a cue's lemma stand: "deny" in "denied"; irregular pasts by a table."""
    if not cue:
        return
    stem = cue[: max(3, len(cue) - 1)].lower()
    past = _PAST.get(cue, stem)
    for match in _WORD.finditer(text):
        word = match[0].lower()
        if word.startswith((stem, past)):
            yield Span(match.start(), match.end())


def _locate(seed: _Seed, text: str, cues: Sequence[Span]) -> tuple[Span, ...]:
    """Find the words of the content: in one piece, else in the narrowest stretch that has them in order."""
    wanted = [match[0].lower() for match in _WORD.finditer(seed.content)]
    words = [(match[0].lower(), match.start(), match.end()) for match in _WORD.finditer(text)]
    found = [Span(words[i][1], words[i + len(wanted) - 1][2]) for i in _runs(wanted, words)]
    if found:
        given = seed.start if seed.start is not None else 0
        return (
            min(
                found, key=lambda span: (min((_gap(cue, (span,)) for cue in cues), default=0), abs(span.start - given))
            ),
        )
    return _scattered(wanted, words)


def _runs(wanted: Sequence[str], words: Sequence[tuple[str, int, int]]) -> Iterator[int]:
    for i in range(len(words) - len(wanted) + 1 if wanted else 0):
        if all(words[i + j][0] == word for j, word in enumerate(wanted)):
            yield i


def _scattered(wanted: Sequence[str], words: Sequence[tuple[str, int, int]]) -> tuple[Span, ...]:
    best: list[int] = []
    for first in range(len(words)):
        places: list[int] = []
        for at in range(first, min(len(words), first + 4 * len(wanted) + 20)):
            if len(places) < len(wanted) and words[at][0] == wanted[len(places)]:
                places.append(at)
        whole = bool(wanted) and len(places) == len(wanted)
        if whole and (not best or places[-1] - places[0] < best[-1] - best[0]):
            best = places
    return tuple(_merged(best, words))


def _merged(places: Sequence[int], words: Sequence[tuple[str, int, int]]) -> Iterator[Span]:
    begin = 0
    for i, at in enumerate(places):
        if i + 1 == len(places) or places[i + 1] != at + 1:
            yield Span(words[places[begin]][1], words[at][2])
            begin = i + 1


def _gap(cue: Span, contents: Sequence[Span]) -> int:
    return min((max(span.start - cue.end, cue.start - span.end, 0) for span in contents), default=0)


def _brat_spans(body: str) -> Iterator[Span]:
    try:
        for piece in body.partition(" ")[2].split(";"):
            start, end = piece.split()
            yield Span(int(start), int(end))
    except ValueError as error:
        message = f"'{body[:60]}' is no span of a brat file; it should read 'Content 3 9;12 20'"
        raise Malformed(message) from error


def _of_event(name: str, body: str, spans: dict[str, tuple[Span, ...]], text: str) -> Attribution:
    parts: dict[str, list[Span]] = {"Source": [], "Cue": [], "Content": []}
    for role, _, target in (piece.partition(":") for piece in body.split()):
        if role.rstrip("0123456789") in parts:
            parts[role.rstrip("0123456789")] += spans.get(target, ())
    contents = tuple(sorted(parts["Content"], key=lambda span: span.start))
    return Attribution(
        gold_id=name,
        contents=contents,
        cues=tuple(parts["Cue"]),
        speakers=tuple(parts["Source"]),
        speaker_pattern=None,
        quoted=_is_quoted(text, contents),
    )


def _is_quoted(text: str, contents: Sequence[Span]) -> bool:
    return any(any(mark in _QUOTES for mark in text[max(0, span.start - 1) : span.end + 1]) for span in contents)
