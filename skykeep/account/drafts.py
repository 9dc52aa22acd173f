"""Statements of a text before it is known who "he" is: places of content, cue, speaker, and what stands around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from skykeep.account import attributions, phrases, quotes, sentences
from skykeep.account.attributed import Attribution
from skykeep.account.tokens import QUOTATION, WORD, Token, paragraphs, tokens, with_names
from skykeep.facts.claimed import Mode, Span

_BARE = ".,;:!?…-—– \n\t"
_NESTED_RULES = ("as", "noun")


class Speaking(NamedTuple):
    """Who is said to speak: the tokens of the phrase, of what describes it, and whether it only goes on."""

    tokens: tuple[Token, ...]
    role: tuple[Token, ...]
    others: tuple[Token, ...]  # what stands between the phrase and its verb: a name may be there


class Draft(NamedTuple):
    """One statement; places are code points of the text."""

    sentence: int
    paragraph: int
    spans: tuple[Span, ...]
    mode: Mode
    cue: Span | None
    lemma: str
    rule: str  # those of `attributions`, "goes on" or "colon"
    speaking: Speaking | None
    tail: tuple[Token, ...]
    words: tuple[Token, ...]  # of its sentence
    inside: Span | None  # the quotation that it stands in


class Read(NamedTuple):
    """A text as read: its sentences (folded tokens) with their paragraphs, and its drafts in order."""

    sentences: list[tuple[int, list[Token]]]
    drafts: list[Draft]


def read(text: str) -> Read:
    """Read the drafts of a whole text."""
    where = paragraphs(text)
    found = quotes.quotations(text, where)
    by_start = {quotation.start: quotation for quotation in found}
    made: list[Draft] = []
    kept: list[tuple[int, list[Token]]] = []
    at = 0
    for number, (start, end) in enumerate(where):
        own = []
        while at < len(found) and found[at].start < end:
            own.append(found[at])
            at += 1
        folded = sentences.without_dateline(quotes.fold(with_names(tokens(text, start, end)), own, text))
        for one in sentences.sentences(folded):
            kept.append((number, one))
            made += _of_sentence(text, len(kept) - 1, kept, by_start, made)
    return Read(kept, made)


def _of_sentence(
    text: str,
    index: int,
    kept: Sequence[tuple[int, list[Token]]],
    by_start: dict[int, quotes.Quotation],
    made: Sequence[Draft],
) -> list[Draft]:
    paragraph, unit = kept[index]
    drafts = [_draft(text, index, paragraph, unit, one, by_start) for one in attributions.attributions(unit)]
    drafts = [one for one in drafts if one.spans]
    drafts += _goes_on(text, index, kept, drafts, made, by_start)
    for token in unit:
        if token.kind == QUOTATION:
            drafts += _nested(text, index, paragraph, by_start[token.start], drafts)
    return sorted(drafts, key=lambda one: (one.spans[0].start, -one.spans[-1].end))


def _draft(
    text: str,
    index: int,
    paragraph: int,
    unit: Sequence[Token],
    one: Attribution,
    by_start: dict[int, quotes.Quotation],
) -> Draft:
    pieces = [_piece(text, unit[a:b], by_start) for a, b in one.content if b > a]
    held = [token for a, b in one.content for token in unit[a:b]]
    direct = bool(held) and all(token.kind == QUOTATION or not phrases.is_word(token) for token in held)
    quoted = any(token.kind == QUOTATION for token in held)
    return Draft(
        sentence=index,
        paragraph=paragraph,
        spans=tuple(span for span in pieces if span.end > span.start),
        mode=Mode.DIRECT if direct else Mode.MIXED if quoted else Mode.INDIRECT,
        cue=Span(unit[one.cue[0]].start, unit[one.cue[1] - 1].end),
        lemma=one.lemma,
        rule=one.rule,
        speaking=None if one.speaker is None else _speaking(unit, one.speaker),
        tail=tuple(unit[one.tail[0] : one.tail[1]]),
        words=tuple(unit),
        inside=None,
    )


def _speaking(unit: Sequence[Token], phrase: phrases.Phrase) -> Speaking:
    role = () if phrase.role is None else tuple(unit[phrase.role[0] : phrase.role[1]])
    others = tuple(unit[phrase.end : phrase.whole_end]) if phrase.whole_end > phrase.end else ()
    return Speaking(tuple(unit[phrase.start : phrase.end]), role, others)


def _piece(text: str, held: Sequence[Token], by_start: dict[int, quotes.Quotation]) -> Span:
    """The place of some content: a quotation alone without its marks, else all of it without stops at its ends."""
    if len(held) == 1 and held[0].kind == QUOTATION:
        return _inner(text, by_start[held[0].start])
    start, end = held[0].start, held[-1].end
    while start < end and text[start] in _BARE:
        start += 1
    while end > start and text[end - 1] in _BARE and held[-1].kind != WORD:
        end -= 1
    return Span(start, end)


def _inner(text: str, quotation: quotes.Quotation) -> Span:
    start, end = quotation.inner_start, quotation.inner_end
    while start < end and text[start].isspace():
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] == ","):
        end -= 1
    return Span(start, end)


def _goes_on(
    text: str,
    index: int,
    kept: Sequence[tuple[int, list[Token]]],
    drafts: Sequence[Draft],
    made: Sequence[Draft],
    by_start: dict[int, quotes.Quotation],
) -> Iterator[Draft]:
    """Read a sentence that is all quotation and has no cue: its speaker is the one before."""
    paragraph, unit = kept[index]
    held = [token for token in unit if token.kind == QUOTATION]
    taken = [span for draft in drafts for span in draft.spans]
    loose = [token for token in held if not any(a.start < token.end and token.start < a.end for a in taken)]
    alone = not any(phrases.is_word(token) for token in unit)
    colon = [token for token in loose if _after_colon(unit, token)]
    for token in loose if alone else colon:
        span = _inner(text, by_start[token.start])
        if span.end <= span.start or text[span.start : span.end].isupper():
            continue  # a heading may stand in quotation marks
        phrase = _subject(unit, token) if not alone else None
        yield Draft(
            sentence=index,
            paragraph=paragraph,
            spans=(span,),
            mode=Mode.DIRECT,
            cue=None,
            lemma="",
            rule="goes on" if alone else "nobody" if phrase is None else "colon",
            speaking=None if phrase is None else _speaking(unit, phrase),
            tail=(),
            words=tuple(unit),
            inside=None,
        )
    _ = made


def _after_colon(unit: Sequence[Token], token: Token) -> bool:
    at = next(i for i, one in enumerate(unit) if one is token)
    return at > 1 and unit[at - 1].text == ":"


def _subject(unit: Sequence[Token], token: Token) -> phrases.Phrase | None:
    at = next(i for i, one in enumerate(unit) if one is token)
    for i in range(at):
        if phrases.is_finite(unit[i]):
            found = phrases.before(unit, phrases.group_start(unit, i))
            return found if found is not None and _can_speak(unit[found.start : found.end]) else None
    return None


def _can_speak(held: Sequence[Token]) -> bool:
    """Whether a subject before a colon may be who speaks: a name, a pronoun, a person; not "the banner"."""
    return any(token.capital and token.low not in phrases.DETERMINERS for token in held) or any(
        token.low in phrases.ROLES | phrases.PRONOUNS or token.low.endswith(("man", "men")) for token in held
    )


def _nested(
    text: str, index: int, paragraph: int, quotation: quotes.Quotation, drafts: Sequence[Draft]
) -> Iterator[Draft]:
    """Read what a quoted speaker says that others said, where that is plain."""
    inner = _inner(text, quotation)
    if not any(span.start < inner.end and inner.start < span.end for draft in drafts for span in draft.spans):
        return
    for unit in sentences.sentences(tokens(text, inner.start, inner.end)):
        for one in attributions.attributions(unit):
            if not _plain(unit, one):
                continue
            made = _draft(text, index, paragraph, unit, one, {})
            if made.spans:
                yield made._replace(inside=inner)


def _plain(unit: Sequence[Token], one: Attribution) -> bool:
    if one.speaker is None or one.elided:
        return False
    held = unit[one.speaker.start : one.speaker.end]
    named = any(token.capital and token.start != unit[0].start for token in held) or held[0].low not in phrases.PRONOUNS
    return named and (
        one.rule in _NESTED_RULES or (one.lemma in ("say", "tell", "claim") and any(t.capital for t in held))
    )
