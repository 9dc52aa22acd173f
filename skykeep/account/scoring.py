"""How well found statements agree with statements that people marked in the same text: counts, and what is missed.

A found statement may stand for a marked one when their contents have at least half of the words of the shorter one in
common, word by word at its place in the text (the "soft" overlap of Pareti 2012 and of PolNeAR, with a floor). Of all
such pairs the likest (token F1 of the contents, then overlapping cues) are paired first, each statement once; what is
paired is detected. Of a pair, the content is right when its token F1 is at least 0.8, quotation marks and punctuation
aside; the speaker is right when the marked words overlap with half of the shorter of both (PolNeAR), or when the marked
pattern is found in the speaker's words or name (seeds). Precision divides by what was found, recall by what was marked.

PolNeAR marks a quotation and what goes on from it in the same paragraph ("…," he said. "…") as one attribution, while
here the second half is a statement of its own with an empty cue; `joined` puts the halves together before scoring.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from skykeep.account import gold
from skykeep.facts.claimed import Mode, Span, StatementMade

OVERLAP_MIN = 0.5
CONTENT_F1_MIN = 0.8
_WORD = re.compile(r"\w+", re.UNICODE)


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """Counts over one or several texts, and the ids of what went wrong."""

    marked: int
    found: int
    detected: int
    content_right: int
    speaker_right: int
    both_right: int
    quoted_marked: int  # marked ones whose content has a quotation mark
    quoted_detected: int
    missed: tuple[str, ...]  # ids of marked ones
    spurious: tuple[str, ...]  # ids of found ones that nobody marked
    content_wrong: tuple[str, ...]  # ids of marked ones that were detected
    speaker_wrong: tuple[str, ...]

    @property
    def precision(self) -> float:
        """Detected among the found; 1 when nothing was found."""
        return _share(self.detected, self.found)

    @property
    def recall(self) -> float:
        """Detected among the marked; 1 when nothing was marked."""
        return _share(self.detected, self.marked)

    @property
    def both_precision(self) -> float:
        """Speaker and content both right, among the found."""
        return _share(self.both_right, self.found)

    @property
    def both_recall(self) -> float:
        """Speaker and content both right, among the marked."""
        return _share(self.both_right, self.marked)

    @property
    def quoted_recall(self) -> float:
        """Detected among the marked ones whose content has a quotation mark."""
        return _share(self.quoted_detected, self.quoted_marked)


def score(text: str, found: Sequence[StatementMade], marked: Sequence[gold.Attribution]) -> Score:
    """Compare the statements found in a text with those marked in it."""
    words = _Words(text)
    pairs = _pair(words, found, marked)
    detected = [mark for mark in marked if mark.gold_id in pairs]
    content = {m.gold_id for m in detected if _f1(words, pairs[m.gold_id].spans, m.contents) >= CONTENT_F1_MIN}
    speaker = {m.gold_id for m in detected if speaker_right(text, pairs[m.gold_id], m)}
    taken = {made.statement_id for made in pairs.values()}
    quoted = [mark for mark in marked if mark.quoted]
    return Score(
        marked=len(marked),
        found=len(found),
        detected=len(detected),
        content_right=len(content),
        speaker_right=len(speaker),
        both_right=len(content & speaker),
        quoted_marked=len(quoted),
        quoted_detected=sum(mark.gold_id in pairs for mark in quoted),
        missed=tuple(mark.gold_id for mark in marked if mark.gold_id not in pairs),
        spurious=tuple(made.statement_id for made in found if made.statement_id not in taken),
        content_wrong=tuple(mark.gold_id for mark in detected if mark.gold_id not in content),
        speaker_wrong=tuple(mark.gold_id for mark in detected if mark.gold_id not in speaker),
    )


def total(scores: Sequence[Score]) -> Score:
    """Add scores of several texts up, ids and all."""
    return Score(
        marked=sum(one.marked for one in scores),
        found=sum(one.found for one in scores),
        detected=sum(one.detected for one in scores),
        content_right=sum(one.content_right for one in scores),
        speaker_right=sum(one.speaker_right for one in scores),
        both_right=sum(one.both_right for one in scores),
        quoted_marked=sum(one.quoted_marked for one in scores),
        quoted_detected=sum(one.quoted_detected for one in scores),
        missed=tuple(name for one in scores for name in one.missed),
        spurious=tuple(name for one in scores for name in one.spurious),
        content_wrong=tuple(name for one in scores for name in one.content_wrong),
        speaker_wrong=tuple(name for one in scores for name in one.speaker_wrong),
    )


def joined(text: str, found: Sequence[StatementMade]) -> list[StatementMade]:
    """Join what goes on from a quotation (empty cue) to the statement before it of the same speaker and paragraph."""
    kept: list[StatementMade] = []
    for made in found:
        at = _begun(text, kept, made) if made.cue == "" else None
        if at is None:
            kept.append(made)
        else:
            kept[at] = msgspec.structs.replace(kept[at], spans=(*kept[at].spans, *made.spans))
    return kept


def _begun(text: str, kept: Sequence[StatementMade], made: StatementMade) -> int | None:
    """Which statement one without a cue goes on from: the last quoted one of its speaker and paragraph, or the last."""
    able = [at for at, one in enumerate(kept) if one.within is None and _goes_on(text, one, made)]
    quoted = [at for at in able if kept[at].mode is not Mode.INDIRECT]
    return max(quoted or able, default=None)


def speaker_right(text: str, made: StatementMade, mark: gold.Attribution) -> bool:
    """Return whether a found statement names the speaker that was marked; both may be nobody."""
    if mark.speaker_pattern is not None:
        names = (made.speaker_words or "", made.speaker or "")
        return any(re.search(mark.speaker_pattern, name) is not None for name in names)
    if not mark.speakers or made.speaker_span is None:
        return not mark.speakers and made.speaker is None
    words = _Words(text)
    ours, theirs = words.inside((made.speaker_span,)), words.inside(mark.speakers)
    return len(ours & theirs) >= OVERLAP_MIN * max(1, min(len(ours), len(theirs)))


def _goes_on(text: str, before: StatementMade, made: StatementMade) -> bool:
    between = text[before.spans[0].start : made.spans[0].start]
    return before.speaker == made.speaker and "\n\n" not in between


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


class _Words:
    """Where the words of a text begin, so that stretches of it are compared word by word."""

    def __init__(self, text: str) -> None:
        self.starts = [match.start() for match in _WORD.finditer(text)]

    def inside(self, spans: Sequence[Span]) -> set[int]:
        """The places of the words that begin inside any of the spans."""
        return {at for at in self.starts if any(span.start <= at < span.end for span in spans)}


def _f1(words: _Words, ours: Sequence[Span], theirs: Sequence[Span]) -> float:
    one, other = words.inside(ours), words.inside(theirs)
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 0.0


def _pair(
    words: _Words, found: Sequence[StatementMade], marked: Sequence[gold.Attribution]
) -> dict[str, StatementMade]:
    ours = [words.inside(made.spans) for made in found]
    theirs = [words.inside(mark.contents) for mark in marked]
    likely: list[tuple[float, int, int]] = []
    for i, one in enumerate(ours):
        for j, other in enumerate(theirs):
            common = len(one & other)
            if common and common >= OVERLAP_MIN * min(len(one), len(other)):
                cues = _cues_meet(found[i], marked[j])
                likely.append((-(2 * common / (len(one) + len(other)) + cues), i, j))
    pairs: dict[str, StatementMade] = {}
    used: set[int] = set()
    for _, i, j in sorted(likely):
        if i not in used and marked[j].gold_id not in pairs:
            used.add(i)
            pairs[marked[j].gold_id] = found[i]
    return pairs


def _cues_meet(made: StatementMade, mark: gold.Attribution) -> float:
    span = made.cue_span
    if span is None:
        return 0.1 if not mark.cues else 0.0
    return 0.1 if any(span.start < cue.end and cue.start < span.end for cue in mark.cues) else 0.0
