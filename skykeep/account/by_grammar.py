"""Statements that the grammar of a text shows and the rules did not find.

They become drafts like those of the rules, so that who "he" is, when it was said and who told whom are found in one way
for both. Where both found a statement, that of the rules is kept, but for what a parser sees better: a cue that
is part of a name, on which side of the cue its clause stands and where its object ends, and whose verb it is.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from skykeep.account import grammatical, parsed
from skykeep.account.drafts import Draft, Read, Speaking
from skykeep.account.grammatical import Found
from skykeep.account.tokens import POSSESSIVE, QUOTATION, Token
from skykeep.account.tree import Tree
from skykeep.facts.claimed import Mode, Span

FINDER = "nlp/1"
RULE = "grammar"  # of a draft that was added here
_KEPT = (RULE, "as", "goes on")  # what is in them for good reasons is not mended
COVERED = 0.5  # of the shorter of two contents: from there on they are one statement
_DESCRIBING = frozenset({"relcl", "appos", "acl", "case"})
_LEADING = frozenset({"advmod", "cc", "preconj"})  # "even", "and", "both": before the head only


def add(text: str, reading: Read, grammar: parsed.Grammar) -> Read:
    """Return what was read by rules, and with it what the grammar adds, in the order of the text."""
    tree = Tree(text, grammar.words(text))
    places = _Places(reading)
    kept: dict[int, list[Draft]] = {}
    names = _names(tree)
    for draft in reading.drafts:
        if draft.cue is None or draft.cue.start not in names:
            kept.setdefault(draft.sentence, []).append(draft)
    shown = [(found.way, _draft(tree, places, found)) for found in grammatical.find(tree)]
    others = [new.cue for _, new in shown if new is not None and new.cue is not None]
    for way, new in shown:
        if new is not None:
            kept[new.sentence] = _joined(text, kept.get(new.sentence, []), new, way, others)
    drafts = [draft for number in sorted(kept) for draft in sorted(kept[number], key=_place)]
    return Read(reading.sentences, drafts)


def _joined(text: str, known: list[Draft], new: Draft, way: str, others: Sequence[Span]) -> list[Draft]:
    """Return the drafts of a sentence with a further one: it mends one of them, is new, or is left out."""
    mended = [_mended(text, each, new, way, others) for each in known]
    return mended if mended != known or not _is_new(new, known) else [*known, new]


def _names(tree: Tree) -> frozenset[int]:
    """Return where words begin that are part of a name: no cue, whatever they look like ("the United States")."""
    return frozenset(each.start for each in tree.words if each.pos == "PROPN" and tree.text[each.start].isupper())


def _mended(text: str, known: Draft, new: Draft, way: str, others: Sequence[Span]) -> Draft:
    """Return a draft of the rules, with the content or the speaker that the grammar shows where that is better."""
    if known.cue is None or new.cue is None or known.rule in _KEPT or not _common((known.cue,), (new.cue,)):
        return known
    better = known.mode is Mode.INDIRECT and _is_better(text, known, new, way, others)
    if better and new.speaking is None:
        return new._replace(speaking=known.speaking)
    return new if better else known._replace(speaking=new.speaking, rule=RULE) if _disagree(known, new) else known


def _is_better(text: str, known: Draft, new: Draft, way: str, others: Sequence[Span]) -> bool:
    """Return whether the grammar's content of one cue is the better one: by what the rules are known to get wrong."""
    first, last = new.spans[0], new.spans[-1]
    begin, end = known.spans[0].start, known.spans[-1].end
    if known.rule == "left":
        return way == "clause" and new.cue is not None and first.start >= new.cue.end  # it stands behind the cue
    if known.rule == "object":
        return way in {"object", "expressed"} and end > last.end
    if known.rule == "according":
        return _length(new.spans) > _length(known.spans) and _common(known.spans, new.spans) == _length(known.spans)
    if known.rule == "noun":
        return way == "noun" and begin == first.start and end > last.end
    if known.rule != "right":
        return False
    led_in = way == "clause" and begin < first.start and text[begin : first.start].rstrip().endswith("that")
    too_far = way == "clause" and begin == first.start and any(last.end <= cue.start < end for cue in others)
    return led_in or too_far or (way == "infinitive" and begin > first.start)


def _disagree(known: Draft, new: Draft) -> bool:
    """Return whether the speakers have no word in common, or the rules have "office" for "the mayor's office"."""
    if known.speaking is None or new.speaking is None or known.rule == "noun":
        return False
    ours = {each.start for each in known.speaking.tokens}
    more = [each for each in new.speaking.tokens if each.start not in ours]
    owner = len(more) + len(ours) == len(new.speaking.tokens) and any(each.kind == POSSESSIVE for each in more)
    return owner or len(more) == len(new.speaking.tokens)


class _Places:
    """In which sentence of the rules a place of the text lies."""

    def __init__(self, reading: Read) -> None:
        self._sentences = reading.sentences
        self._starts = [unit[0].start for _, unit in reading.sentences]

    def at(self, place: int) -> tuple[int, int, list[Token]] | None:
        """Return number, paragraph and tokens of a place's sentence; None: it lies in no word of one."""
        number = bisect.bisect_right(self._starts, place) - 1
        if number < 0 or not any(each.start <= place < each.end for each in self._sentences[number][1]):
            return None
        return number, *self._sentences[number]


def _draft(tree: Tree, places: _Places, found: Found) -> Draft | None:
    """Return a statement that a tree shows; None inside a quotation: what is said there is the quoted speaker's."""
    cue = tree.words[found.cue[0]]
    spans = tuple(tree.spans(_bare(tree, found.content)))
    place = places.at(cue.start)
    if place is None or not spans:
        return None
    number, paragraph, unit = place
    if any(each.kind == QUOTATION and each.start <= cue.start < each.end for each in unit):
        return None
    mode = _mode(unit, spans)
    spans = _whole(tree, unit, spans) if mode is Mode.DIRECT else spans
    return Draft(
        sentence=number,
        paragraph=paragraph,
        spans=spans,
        mode=mode,
        cue=Span(cue.start, tree.words[found.cue[-1]].end if len(found.cue) > 1 else cue.end),
        lemma=found.lemma,
        rule=RULE,
        speaking=_speaking(tree, unit, found),
        tail=_tail(unit, cue.end, spans),
        words=tuple(unit),
        inside=None,
    )


def _bare(tree: Tree, content: Sequence[int]) -> Sequence[int]:
    """Return the words of a content without the "that" before it and the "and" behind it."""
    last = len(content)
    while last and tree.words[content[last - 1]].dep in {"cc", "punct"}:
        last -= 1
    return content[1 if last > 1 and tree.shown(content[0]).lower() == "that" else 0 : last]


def _mode(unit: Sequence[Token], spans: Sequence[Span]) -> Mode:
    quotations = [each for each in unit if each.kind == QUOTATION]
    if all(any(one.start <= span.start and span.end <= one.end for one in quotations) for span in spans):
        return Mode.DIRECT
    touched = any(one.start < span.end and span.start < one.end for span in spans for one in quotations)
    return Mode.MIXED if touched else Mode.INDIRECT


def _whole(tree: Tree, unit: Sequence[Token], spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return all of the quotations that spans lie in: a tree has one sentence of them only."""
    holding = [one for one in unit if one.kind == QUOTATION and _common((Span(one.start, one.end),), spans)]
    inner = [(one, tree.stretch(one.start, one.end)) for one in holding]
    return tuple(Span(span.start, _with_stop(tree.text, span.end, one.end)) for one, span in inner if span is not None)


def _with_stop(text: str, end: int, limit: int) -> int:
    return end + 1 if end < limit and text[end] in ".!?" else end


def _speaking(tree: Tree, unit: Sequence[Token], found: Found) -> Speaking | None:
    """Return the tokens of who speaks, without what describes them, and those of an apposition."""
    if found.speaker is None:
        return None
    hung = [(each, tree.words[each].dep) for each in tree.children[found.speaker]]
    describing = [each for each, dep in hung if dep in _DESCRIBING or (each < found.speaker and dep in _LEADING)]
    own = _tokens(tree, unit, tree.below(found.speaker, without={*describing, found.cue[0]}))
    roles = [each for each in describing if tree.words[each].dep == "appos"]
    role = _tokens(tree, unit, tree.below(roles[0])) if roles else ()
    return Speaking(own, role, role) if own else None


def _tokens(tree: Tree, unit: Sequence[Token], numbers: Sequence[int]) -> tuple[Token, ...]:
    spans = tree.spans(numbers)[:1]
    return tuple(each for each in unit for span in spans if span.start <= each.start and each.end <= span.end)


def _tail(unit: Sequence[Token], after: int, spans: Sequence[Span]) -> tuple[Token, ...]:
    """Return what stands between the cue and the content behind it: to whom, when and where it was said."""
    stop = min((span.start for span in spans if span.start >= after), default=unit[-1].end)
    return tuple(each for each in unit if after <= each.start < stop)


def _place(draft: Draft) -> tuple[int, int]:
    return draft.spans[0].start, -draft.spans[-1].end


def _is_new(draft: Draft, known: Sequence[Draft]) -> bool:
    thought = draft.lemma in grammatical.THOUGHT
    return not any(_same(draft, other) or (thought and _holds(other, draft)) for other in known)


def _same(one: Draft, other: Draft) -> bool:
    """Return whether two are one: by their cue, or by most of their words where neither has the other's cue."""
    if one.cue is not None and other.cue is not None and _common((one.cue,), (other.cue,)):
        return True
    if _holds(one, other) or _holds(other, one):
        return False
    shorter = min(_length(one.spans), _length(other.spans))
    return _common(one.spans, other.spans) >= COVERED * shorter


def _holds(outer: Draft, inner: Draft) -> bool:
    """Return whether a statement has another one's cue among its own words."""
    return inner.cue is not None and _common(outer.spans, (inner.cue,)) > 0


def _common(ones: Sequence[Span], others: Sequence[Span]) -> int:
    return sum(max(0, min(one.end, other.end) - max(one.start, other.start)) for one in ones for other in others)


def _length(spans: Sequence[Span]) -> int:
    return sum(span.end - span.start for span in spans)
