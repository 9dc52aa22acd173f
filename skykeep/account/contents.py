"""Where the content of a cue verb lies: before it, after it, on both sides, or in what it interrupts."""

from __future__ import annotations

from collections.abc import Sequence

from skykeep.account import cues, phrases
from skykeep.account.attributed import Attribution, Verb, cue_of, has_clause, is_speech, stripped
from skykeep.account.following import adjuncts_end, audience_end, past_aside, what_follows
from skykeep.account.phrases import Phrase
from skykeep.account.tokens import DASH, QUOTATION, Token, listed

_CHARGES = listed("charge charges")


def before_cue(
    tokens: Sequence[Token], verb: Verb, subject: Phrase, start: int, tail: tuple[int, int]
) -> Attribution | None:
    """Content before its attribution, and on after it where the attribution only interrupts."""
    end = start
    while end > 0 and (tokens[end - 1].text == "," or tokens[end - 1].kind == DASH):
        end -= 1
    begin = content_start(tokens, end)
    if end > 1 and tokens[end - 1].low in ("that", "which"):  # "one that, Ada Lund said, came down"
        antecedent = phrases.before(tokens, end - 1)
        begin, end = (end - 1, end) if antecedent is None else (antecedent.start, end)
    if begin >= end:
        return None
    ranges = [(begin, end)]
    more = _interrupted(tokens, begin, end, tail[1])
    if more is not None:
        ranges.append(more)
    rule = "left"
    return Attribution(cue_of(tokens, verb), verb.form.lemma, rule, subject, False, start, tuple(ranges), tail)


def content_start(tokens: Sequence[Token], end: int) -> int:
    """Where what was said begins: at the sentence's start, or after a semicolon, a connecting word put aside."""
    begin = 0
    for i in range(end - 1, -1, -1):
        if tokens[i].text == ";" or (tokens[i].text == ":" and i < end - 1):
            begin = i + 1
            break
    if tokens[end - 1].kind == QUOTATION and is_speech(tokens[end - 1]) and begin < end - 1:
        ahead = tokens[end - 2]
        if ahead.text in (",", ":", ".") or (begin == end - 2 and not phrases.is_word(ahead)):
            return end - 1
    for words in (("in", "addition", ","), ("meanwhile", ","), ("however", ","), ("moreover", ","), ("also", ",")):
        if tuple(token.low for token in tokens[begin : begin + len(words)]) == words:
            begin += len(words)
    while begin < end and not phrases.is_word(tokens[begin]) and tokens[begin].kind != QUOTATION:
        begin += 1
    return begin


def _interrupted(tokens: Sequence[Token], begin: int, end: int, tail_end: int) -> tuple[int, int] | None:
    """Read "The bridge, Ada Lund said, was shut." and "“…,” she said, “…”": where the content goes on."""
    if tail_end + 1 >= len(tokens) or not (tokens[tail_end].text == "," or tokens[tail_end].kind == DASH):
        return None
    first = tokens[tail_end + 1]
    if tokens[end - 1].kind == QUOTATION and is_speech(tokens[end - 1]):
        return (tail_end + 1, tail_end + 2) if first.kind == QUOTATION else None
    form = cues.FORMS.get(first.low)
    opens = tokens[begin].low in phrases.SUBORDINATORS or tokens[begin].low in phrases.PREPOSITIONS
    if first.kind == QUOTATION:
        return (tail_end + 1, tail_end + 2)
    if (form is not None and form.form == cues.GERUND) or (has_clause(tokens, begin, end) and not opens):
        return None
    stop = tail_end + 1
    while stop < len(tokens) and not _breaks(tokens, stop):
        stop += 1
    return (tail_end + 1, stripped(tokens, tail_end + 1, stop))


def _breaks(tokens: Sequence[Token], at: int) -> bool:
    follows = tokens[at + 1].low if at + 1 < len(tokens) else ""
    return tokens[at].text == "," and follows in ("although", "though", "but", "adding", "noting", "saying")


def as_said(tokens: Sequence[Token], verb: Verb, subject: Phrase) -> Attribution | None:
    """Read "as the mayor has said, …" and "…, as the mayor put it"."""
    start = subject.whole_start - 1
    comma = verb.end
    while comma < len(tokens) and comma - verb.end < 12 and tokens[comma].text != ",":
        comma += 1
    has_more = comma + 1 < len(tokens) and tokens[comma].text == ","
    begin, end = (comma + 1, stripped(tokens, comma + 1, len(tokens))) if has_more else (0, start)
    end = end if has_more else stripped(tokens, 0, start)
    if end - begin < 2 and not any(token.kind == QUOTATION for token in tokens[begin:end]):
        return None
    tail = (verb.end, min(comma, len(tokens)))
    return Attribution(cue_of(tokens, verb), verb.form.lemma, "as", subject, False, start, ((begin, end),), tail)


def what_said(tokens: Sequence[Token], verb: Verb, subject: Phrase) -> Attribution | None:
    """Read "what the mayor called “a disgrace”" and "which the mayor said was shut"."""
    if not {"c", "k", "x"} & set(verb.form.frames) or verb.end >= len(tokens):
        return None
    begin = verb.end
    if not (
        phrases.is_finite(tokens[begin])
        or tokens[begin].kind == QUOTATION
        or "k" in verb.form.frames
        or phrases.is_adverb(tokens[begin])
    ):
        return None
    end = stripped(tokens, begin, _clause_end(tokens, begin))
    start = subject.whole_start - 1
    return Attribution(
        cue_of(tokens, verb), verb.form.lemma, "what", subject, False, start, ((begin, end),), (begin, begin)
    )


def denied_before(tokens: Sequence[Token], verb: Verb, subject: Phrase) -> Attribution | None:
    """Read "…, something the port denies" and "…, a charge the port rejects": what is denied stands before."""
    start = subject.whole_start
    while start > 0 and subject.whole_start - start < 3 and phrases.is_word(tokens[start - 1]):
        start -= 1
    led = [token.low for token in tokens[start : subject.whole_start]]
    if start < 2 or not led or not (led[-1] in ("something", "which", "that") or led[-1] in cues.NOUNS | _CHARGES):
        return None
    end = stripped(tokens, 0, start)
    return Attribution(
        cue_of(tokens, verb), verb.form.lemma, "apart", subject, False, start, ((0, end),), (verb.end, verb.end)
    )


def _semicolon(tokens: Sequence[Token], at: int) -> int:
    return next((i for i in range(at, len(tokens)) if tokens[i].text == ";"), len(tokens))


def _clause_end(tokens: Sequence[Token], at: int) -> int:
    for i in range(at, len(tokens)):
        if tokens[i].text in (",", ";") or tokens[i].kind == DASH:
            return i
    return len(tokens)


def around_cue(tokens: Sequence[Token], verb: Verb, subject: Phrase) -> Attribution | None:
    """Read "a charge [that] the mayor said was groundless": the content stands on both sides."""
    if verb.end >= len(tokens) or tokens[verb.end].low not in phrases.AUXILIARIES:
        return None
    adjacent = subject.whole_start > 0 and phrases.is_word(tokens[subject.whole_start - 1])
    antecedent = phrases.before(tokens, subject.whole_start) if adjacent else None
    if antecedent is None:
        return None
    end = stripped(tokens, verb.end, len(tokens))
    content = ((antecedent.start, antecedent.end), (verb.end, end))
    return Attribution(
        cue_of(tokens, verb), verb.form.lemma, "apart", subject, False, antecedent.start, content, (verb.end, verb.end)
    )


def _main_clause(tokens: Sequence[Token], begin: int, end: int) -> int:
    """Where the main clause begins after "While the mayor said it fell, …"."""
    for i in range(begin + 1, end):
        if tokens[i].text == "," and has_clause(tokens, begin, i) and has_clause(tokens, i, end):
            return i
    return end


def after_cue(
    tokens: Sequence[Token], verb: Verb, subject: Phrase | None, start: int, *, elided: bool = False
) -> Attribution | None:
    """Content after the verb: a clause, a quotation, an object, or an infinitive."""
    begin = verb.end
    tail = begin
    if "a" in verb.form.frames:
        tail = audience_end(tokens, begin)
        if verb.form.lemma != "tell" and tail < len(tokens) and tokens[tail].kind == QUOTATION:
            tail = begin  # "warned the toll “may rise”": the toll is not whom it was told to
    tail = adjuncts_end(tokens, tail)
    if tail < len(tokens) and tokens[tail].text == ",":
        tail = max(tail, past_aside(tokens, tail) - 1)
    begin = tail
    rule = "right"
    while (
        begin < len(tokens) and (tokens[begin].text in (",", ":") or tokens[begin].low == "that") and begin - tail < 3
    ):
        begin += 1
    if begin >= len(tokens) or tokens[begin].text in (".", ";"):
        return None
    kind = what_follows(tokens, verb, tail, begin)
    if kind is None:
        return None
    if kind == "object":
        begin, rule = verb.end, "object"
    if kind == "speech":
        content = ((begin, begin + 1),)
        return Attribution(
            cue_of(tokens, verb), verb.form.lemma, "right", subject, elided, start, content, (verb.end, tail)
        )
    end = stripped(tokens, begin, _semicolon(tokens, begin))
    if start and tokens[start - 1].low in ("while", "although", "though", "whereas") and start == 1:
        end = _main_clause(tokens, begin, end)
    if end <= begin:
        return None
    return Attribution(
        cue_of(tokens, verb), verb.form.lemma, rule, subject, elided, start, ((begin, end),), (verb.end, tail)
    )
