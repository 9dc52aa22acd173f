"""What the sources, or one speaker at two times, do not tell alike, in plain words.

It says where they differ and never who is right. Names of sources are their labels, words are theirs in quotation
marks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skykeep.account import matching
from skykeep.account.aliases import Aliases
from skykeep.account.propositions import Proposed, carried
from skykeep.account.voices import Voices
from skykeep.facts.accounted import Cell, Difference, Document, Figure, SpeakerSuggested, Standing, Unit
from skykeep.facts.claimed import Span, Stance, StatementMade

RENDERED_MIN = 0.6  # likeness at which two units of one speaker are two renderings of one remark
SAME_WORDS_MIN = 0.65  # likeness at which two speakers are given one remark
_SHARED_MIN = 0.7  # of the shorter one's words that carry meaning, for two remarks to be one given to two speakers
_WORDS_MIN = 4
_STOOD_MAX = 200  # standings of one proposition that are compared with each other
_SHOWN_MAX = 160  # characters of a quotation

Kind = Literal["only_in", "worded", "speaker", "when", "count", "where", "what", "changed"]

_SAYS = {
    Stance.AFFIRMS: "affirms it",
    Stance.DENIES: "denies it",
    Stance.DOES_NOT_KNOW: "says that it does not know",
    Stance.NO_COMMENT: "does not comment",
    Stance.ATTRIBUTES: "says that somebody else says so",
}


class Sources(NamedTuple):
    """What differences are looked for in."""

    documents: tuple[Document, ...]
    statements: Mapping[str, StatementMade]
    units: tuple[Unit, ...]
    alike: NDArray[np.float64]  # (n, n) between the units
    voices: Voices
    suggested: tuple[SpeakerSuggested, ...]
    proposed: tuple[Proposed, ...]
    cells: tuple[Cell, ...]

    def label(self, source: str | None) -> str:
        return next(
            (d.source.label or d.source.publisher or "" for d in self.documents if d.source.source_sha256 == source),
            "a source",
        )

    def source(self, statement_id: str) -> str:
        return self.statements[statement_id].source_sha256 or ""


def differences(sources: Sources) -> tuple[Difference, ...]:
    """Return the differences, by kind; none are looked for in one source alone, but what a speaker changed is."""
    found: list[Difference] = []
    if len(sources.documents) > 1:
        for look in (_speakers, _worded, _nights, _counts, _stances, _only_in):
            found += look(sources)
    return tuple(dict.fromkeys([*found, *_changed(sources)]))


def _made(kind: Kind, words: str, *figures: Figure) -> Difference:
    return Difference(kind=kind, words=words, figures=figures)


def _quoted(text: str) -> str:
    plain = " ".join(text.split())
    return f"“{plain if len(plain) <= _SHOWN_MAX else plain[:_SHOWN_MAX].rsplit(' ', 1)[0] + ' …'}”"


def _figure(sources: Sources, unit: Unit) -> Figure:
    return Figure(
        source_sha256=sources.source(unit.statement_id),
        span=unit.spans[0] if unit.spans else Span(0, 0),
        words=unit.text,
    )


def _pairs(sources: Sources, least: float) -> Iterator[tuple[Unit, Unit]]:
    """Go through pairs of units of two sources that are alike, each unit with its likeliest partner only."""
    if not sources.alike.size:
        return
    names = [sources.source(unit.statement_id) for unit in sources.units]
    order = {name: n for n, name in enumerate(dict.fromkeys(names))}
    codes = np.array([order[name] for name in names], dtype=np.int64)
    for n, one in enumerate(sources.units):
        row = np.where(codes == codes[n], 0.0, sources.alike[n, : len(names)])
        best = int(np.argmax(row))
        if row[best] >= least and len(one.text.split()) >= _WORDS_MIN and best > n:
            yield one, sources.units[best]


def _one_speaker(sources: Sources, one: str, other: str) -> bool:
    """Whether two statements are of one speaker, or of two names that may be one."""
    ids = [sources.voices.speaker_of.get(name) for name in (one, other)]
    pair = {sources.voices.name_of(name) for name in (one, other)}
    likely = len(pair) > 1 and any({same.name, same.other} == pair for same in sources.suggested)
    return ids[0] == ids[1] or likely


_NAMED_DAY = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may \d|june|july|august|september"
    r"|october|november|december|yesterday|today|tomorrow)\b", re.IGNORECASE,
)  # fmt: skip
_NOT = re.compile(r"\b(?:not|no|never|none|nobody|nothing|neither|without)\b|n['’]t\b", re.IGNORECASE)


_MODAL = re.compile(r"\b(?:must|will|should|shall|cannot)\b", re.IGNORECASE)


def _same_facts(one: Unit, other: Unit) -> bool:
    """Whether two units name the same numbers and days, and both or neither a "not": else more than words differs."""
    facts = []
    for unit in (one, other):
        figures = sorted(word[2:] for word in matching.features(unit.text, Aliases()).words if word.startswith("n:"))
        days = sorted(word.casefold() for word in _NAMED_DAY.findall(unit.text))
        modals = sorted(word.casefold() for word in _MODAL.findall(unit.text))
        facts.append((figures, days, modals, bool(_NOT.search(unit.text))))
    return facts[0] == facts[1]


def _same_words(one: Unit, other: Unit) -> bool:
    """Whether two units share the words that carry meaning, but for a few."""
    first, second = (set(carried(unit.text)) for unit in (one, other))
    shared = len(first & second)
    return shared >= _WORDS_MIN and shared >= _SHARED_MIN * min(len(first), len(second))


def _worded(sources: Sources) -> Iterator[Difference]:
    for one, other in _pairs(sources, RENDERED_MIN):
        speakers = [sources.voices.name_of(unit.statement_id) for unit in (one, other)]
        if None in speakers or _letters(one.text) == _letters(other.text) or not _same_facts(one, other):
            continue
        if not _one_speaker(sources, one.statement_id, other.statement_id):
            continue
        labels = [sources.label(sources.source(unit.statement_id)) for unit in (one, other)]
        yield _made(
            "worded",
            f"One remark of {speakers[0]} is worded differently: {_quoted(one.text)} ({labels[0]}), "
            f"{_quoted(other.text)} ({labels[1]}).",
            _figure(sources, one),
            _figure(sources, other),
        )


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _speakers(sources: Sources) -> Iterator[Difference]:
    for one, other in _pairs(sources, SAME_WORDS_MIN):
        speakers = [sources.voices.name_of(unit.statement_id) for unit in (one, other)]
        if (
            None in speakers
            or _nested(sources, one, other)
            or not (_same_facts(one, other) and _same_words(one, other))
        ):
            continue
        if speakers[0] == speakers[1] or _one_speaker(sources, one.statement_id, other.statement_id):
            continue
        labels = [sources.label(sources.source(unit.statement_id)) for unit in (one, other)]
        yield _made(
            "speaker",
            f"{_quoted(one.text)} is given to {speakers[0]} in {labels[0]}, {_quoted(other.text)} to {speakers[1]} in "
            f"{labels[1]}.",
            _figure(sources, one),
            _figure(sources, other),
        )


def _nested(sources: Sources, one: Unit, other: Unit) -> bool:
    """Whether one of two is told within another statement, so that its words have two speakers in its own source."""
    return any(sources.statements[unit.statement_id].within for unit in (one, other)) or any(
        statement.within in {one.statement_id, other.statement_id} for statement in sources.statements.values()
    )


# ---- when ------------------------------------------------------------------------------------------------------

_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_NIGHT = re.compile(
    rf"\b({_DAY}(?:['’]s)?)((?: [\w,'’-]+){{0,10}}?) (overnight|night|evening|morning)\b"
    rf"|\b(overnight|(?:in the|during the|at) night)((?: [\w,'’-]+){{0,4}}?) ({_DAY})\b"
)
_NEAR = 12  # characters between a day and a part of it that belong together for sure
_BY_DAY = re.compile(_DAY)


def _nights(sources: Sources) -> Iterator[Difference]:
    """Night or part of a day named beside different weekdays; what each day is the day of stays the reader's to see."""
    named: list[tuple[str, str, Figure]] = []
    for document in sources.documents:
        match = _NIGHT.search(document.text)
        if match:
            source = document.source.source_sha256
            day = _BY_DAY.search(match.group())
            ends, between = [part for part in match.groups() if part], match.group(2) or match.group(5) or ""
            words = match.group() if len(between) <= _NEAR else f"{ends[0]} … {ends[-1]}"
            figure = Figure(source_sha256=source, span=Span(match.start(), match.end()), words=words)
            named.append((source, day.group() if day else "", figure))
    days = {day for _, day, _ in named}
    if len(days) > 1:
        told = "; ".join(f"{_quoted(figure.words)} in {sources.label(source)}" for source, _, figure in named)
        words = f"The time is named beside different days, which may be those of the saying: {told}."
        yield _made("when", words, *(figure for _, _, figure in named))


# ---- counts ----------------------------------------------------------------------------------------------------


def _counts(sources: Sources) -> Iterator[Difference]:
    """Numbers of one thing that differ between sources."""
    groups: dict[tuple[str, ...], list[Proposed]] = {}
    for one in sources.proposed:
        single = one.key[:2] == ("hurt", "hurt") and one.key[2] == "1"  # "a woman was hurt" counts nobody
        if (
            one.key
            and not single
            and one.key[0] in {"how_many", "hurt", "flights", "clock"}
            and one.proposition.scope == "event"
        ):
            what = (
                one.key[:1]
                if one.key[0] == "clock"
                else (one.key[0], one.key[2])
                if one.key[0] == "flights"
                else one.key[:2]
            )
            groups.setdefault(what, []).append(one)
    for what, group in groups.items():
        where = [{sources.source(m.told.unit.statement_id) for m in one.members} for one in group]
        if len(group) < 2 or all(place == where[0] for place in where) or _all_fit(group):
            continue
        if what[0] == "clock" and any(_ZONE.search(m.told.unit.text) for one in group for m in one.members):
            continue  # clocks of two zones are not compared
        told = "; ".join(f"{one.proposition.wording} ({_said_in(sources, one)})" for one in group)
        figures = [_figure(sources, one.members[0].told.unit) for one in group]
        yield _made("when" if what[0] == "clock" else "count", f"The figures differ: {told}.", *figures)


_ZONE = re.compile(r"\b(?:GMT|UTC|BST|CES?T|EES?T|E[SD]T|P[SD]T|MSK|local time|Z)\b")
_ABOUT = 0.15  # "about 30" may be 31


def _all_fit(group: list[Proposed]) -> bool:
    """Whether all figures of one thing can hold together: "at least 30" and 35, "about 30" and 31."""
    spans = [_span(one.key[1] if one.key[0] in {"flights", "clock"} else one.key[2]) for one in group]
    if group[0].key[0] == "clock":
        return False
    return max(low for low, _ in spans) <= min(high for _, high in spans)


def _span(number: str) -> tuple[float, float]:
    """Return the least and the most that a number with its bound may mean; words of no number leave both open."""
    *bound, last = number.split()
    if not last.isdigit():
        return 2.0, math.inf
    value = float(last)
    spans = {"at least": (value, math.inf), "more than": (value + 1, math.inf), "up to": (0.0, value),
             "fewer than": (0.0, value - 1), "about": (value * (1 - _ABOUT), value * (1 + _ABOUT))}  # fmt: skip
    return spans.get(" ".join(bound), (value, value))


def _said_in(sources: Sources, one: Proposed) -> str:
    labels = dict.fromkeys(sources.label(sources.source(member.told.unit.statement_id)) for member in one.members)
    return ", ".join(labels)


# ---- stances ---------------------------------------------------------------------------------------------------


class _Stood(NamedTuple):
    proposed: Proposed
    speaker: str
    standing: Standing
    source: str


def _stood(sources: Sources) -> Iterator[_Stood]:
    by_id = {one.proposition.proposition_id: one for one in sources.proposed}
    names = {speaker.speaker_id: speaker.name for speaker in sources.voices.speakers}
    for cell in sources.cells:
        for standing in cell.standings:
            yield _Stood(
                by_id[cell.proposition_id], names[cell.speaker_id], standing, sources.source(standing.statement_id)
            )


def _stances(sources: Sources) -> Iterator[Difference]:
    """One speaker told to stand to one thing in two ways, without two times being named for it."""
    for one, other in _turned(sources):
        if not _times(sources, one, other):
            yield _made(
                "what",
                f"{one.proposed.proposition.wording}: {one.speaker} {_SAYS[one.standing.stance]} in "
                f"{sources.label(one.source)}, {other.speaker} {_SAYS[other.standing.stance]} in "
                f"{sources.label(other.source)}.",
                *(_place(sources, two) for two in (one, other)),
            )


def _turned(sources: Sources) -> Iterator[tuple[_Stood, _Stood]]:
    """Go through pairs in which one speaker stands to one proposition in two ways."""
    by_proposition: dict[str, list[_Stood]] = {}
    for one in _stood(sources):
        if one.standing.stance is not Stance.ATTRIBUTES:
            by_proposition.setdefault(one.proposed.proposition.proposition_id, []).append(one)
    for stood in by_proposition.values():
        for n, one in enumerate(stood[:_STOOD_MAX]):
            for other in stood[n + 1 : _STOOD_MAX]:
                unlike = one.standing.stance is not other.standing.stance
                names = one.standing.statement_id, other.standing.statement_id
                if unlike and _one_speaker(sources, *names):
                    yield one, other


def _place(sources: Sources, one: _Stood) -> Figure:
    statement = sources.statements[one.standing.statement_id]
    span = statement.spans[0] if statement.spans else Span(0, 0)
    return Figure(source_sha256=one.source, span=span, words=statement.text)


def _changed(sources: Sources) -> Iterator[Difference]:
    """What one speaker said at one time and not at another, where the sources tell the times."""
    for one, other in _turned(sources):
        times = _times(sources, one, other)
        if times:
            first, second = (one, other) if times[0] < times[1] else (other, one)
            words = [sources.statements[two.standing.statement_id].said_words or "" for two in (first, second)]
            yield _made(
                "changed",
                f"{one.proposed.proposition.wording}: {first.speaker} {_SAYS[first.standing.stance]}"
                f"{' ' + words[0] if words[0] else ''}, and later{' (' + words[1] + ')' if words[1] else ''} "
                f"{_SAYS[second.standing.stance]}.",
                _place(sources, first),
                _place(sources, second),
            )


def _times(sources: Sources, one: _Stood, other: _Stood) -> tuple[int, int] | None:
    """Return when two were said, where one was surely said before the other; None: not known."""
    spans = []
    for stood in (one, other):
        readings = sources.statements[stood.standing.statement_id].said_at
        if not readings:
            return None
        spans.append((min(moment.start_ns for moment in readings), max(moment.end_ns for moment in readings)))
    apart = spans[0][1] <= spans[1][0] or spans[1][1] <= spans[0][0]
    return (spans[0][0], spans[1][0]) if apart else None


# ---- only in one -----------------------------------------------------------------------------------------------


def _only_in(sources: Sources) -> Iterator[Difference]:
    for one in sources.proposed:
        cells = [cell for cell in sources.cells if cell.proposition_id == one.proposition.proposition_id]
        ids = [standing.statement_id for cell in cells for standing in cell.standings]
        where = dict.fromkeys(sources.source(name) for name in ids)
        if len(where) == 1:
            names = {speaker.speaker_id: speaker.name for speaker in sources.voices.speakers}
            who = ", ".join(names[cell.speaker_id] for cell in cells)
            source = next(iter(where))
            statement = sources.statements[ids[0]]
            span = statement.spans[0] if statement.spans else Span(0, 0)
            yield _made(
                "only_in",
                f"Only in {sources.label(source)}: {one.proposition.wording} ({who}).",
                Figure(source_sha256=source, span=span, words=statement.text),
            )
