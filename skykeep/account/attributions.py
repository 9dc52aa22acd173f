"""The attributions of one sentence: a cue, who stands as its subject, and where its content lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from skykeep.account import cues, phrases
from skykeep.account.phrases import Phrase
from skykeep.account.tokens import DASH, MARK, POSSESSIVE, QUOTATION, WORD, Token, listed

NOBODY_VERBS = listed("say report allege believe think claim accuse describe announce confirm suspect")
_TO_COMMENT = listed(
    """comment say answer discuss elaborate confirm deny speculate threaten give name identify reveal disclose
    respond reply provide specify"""
)
_LETTERS = listed("statement letter message tweet post report note memo email interview briefing speech")
_ISSUED = listed("statement letter message memo")  # what a participle may go on from: "a statement calling …"
_CIRCUMSTANCES = listed("after when while as before last this earlier later late early since if")
_DENYING = listed("deny reject dismiss dispute refute")
_CHARGES = listed("charge charges")
_NO_OBJECT = listed("and or nor by as in out up that of")
_COMPLEMENT_MAX = 9


class Attribution(NamedTuple):
    """An attribution in tokens of its sentence; `content` are ranges of tokens."""

    cue: tuple[int, int]
    lemma: str
    rule: str  # "left", "right", "as", "what", "object", "noun", "according", "nobody", "apart"
    speaker: Phrase | None
    elided: bool  # the subject is that of the attribution before it, or of the sentence
    start: int  # where the attribution itself begins: its subject, or its cue
    content: tuple[tuple[int, int], ...]
    tail: tuple[int, int]  # tokens after the cue that tell to whom, when and where


class _Verb(NamedTuple):
    start: int
    end: int
    group: int
    form: cues.Form


def attributions(tokens: Sequence[Token]) -> list[Attribution]:
    """Find the attributions of a sentence, in the order of their cues."""
    made: list[Attribution] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        one = _at(tokens, at, made) if token.kind == WORD else None
        if one is not None:
            made.append(one)
        at = max(at + 1, one.cue[1]) if one is not None else at + 1
    return _without_doubles(tokens, [_cut(tokens, one, made[i + 1 :]) for i, one in enumerate(made)])


def _at(tokens: Sequence[Token], at: int, made: Sequence[Attribution]) -> Attribution | None:
    low = tokens[at].low
    if low == "according" and at + 1 < len(tokens) and tokens[at + 1].low == "to":
        return _according(tokens, at)
    if low in cues.NOUNS:
        noun = _noun(tokens, at)
        if noun is not None:
            return noun
    if tokens[at].capital and at:
        return None  # "the United States"
    for verb in _verbs(tokens, at):
        one = _of_verb(tokens, verb, made)
        if one is not None:
            return one
    return None


def _verbs(tokens: Sequence[Token], at: int) -> Iterator[_Verb]:
    low = tokens[at].low
    for rest, form in cues.PHRASES.get(low, ()):
        if tuple(token.low for token in tokens[at + 1 : at + 1 + len(rest)]) == rest:
            yield _Verb(at, at + 1 + len(rest), phrases.group_start(tokens, at), form)
    if low in cues.FORMS:
        yield _Verb(at, at + 1, phrases.group_start(tokens, at), cues.FORMS[low])


def _of_verb(tokens: Sequence[Token], verb: _Verb, made: Sequence[Attribution]) -> Attribution | None:
    group = [token.low for token in tokens[verb.group : verb.start]]
    ahead = tokens[verb.start - 1].low if verb.start else ""
    if ahead == "to" or (verb.start and tokens[verb.start - 1].kind == POSSESSIVE and verb.form.form != cues.GERUND):
        return None
    being = any(word in phrases.BE for word in group)
    if being and verb.form.form == cues.PAST:
        return _passive(tokens, verb)
    if verb.form.form == cues.GERUND and not being:
        return _participle(tokens, verb, made)
    if verb.form.form == cues.BASE and ahead in phrases.DETERMINERS:
        return None
    return _finite(tokens, verb, made)


# ---- a verb with its subject ---------------------------------------------------------------------


def _finite(tokens: Sequence[Token], verb: _Verb, made: Sequence[Attribution]) -> Attribution | None:
    inverted = _inverted(tokens, verb)
    if inverted is not None:
        tail = (inverted.whole_end, _tail_end(tokens, inverted.whole_end))
        return _left(tokens, verb, inverted, verb.start, tail)
    lowest = max((one.cue[1] for one in made if one.cue[1] <= verb.group), default=0)
    subject = phrases.before(tokens, verb.group, lowest)
    if subject is None:
        return _without_subject(tokens, verb, made)
    if not _agrees(tokens, verb, subject):
        return None
    subject = _antecedent(tokens, subject) or subject
    return _with_subject(tokens, verb, subject)


def _inverted(tokens: Sequence[Token], verb: _Verb) -> Phrase | None:
    """Read "…," said Ada Lund: a phrase after the verb that no verb follows."""
    if not {"c", "q"} & set(verb.form.frames) or "a" in verb.form.frames or verb.group != verb.start or verb.start == 0:
        return None
    ahead = tokens[verb.start - 1]
    if not (ahead.kind in (QUOTATION, DASH) or ahead.text == ",") or verb.end >= len(tokens):
        return None
    if tokens[verb.end].low in phrases.TIME_WORDS or (
        tokens[verb.end].low in phrases.PREPOSITIONS and not tokens[verb.end].capital
    ):
        return None
    found = phrases.after(tokens, verb.end)
    if found is None or any(phrases.is_finite(token) for token in tokens[found.start + 1 : found.end]):
        return None
    follows = tokens[found.end] if found.end < len(tokens) else None
    if follows is not None and (follows.low == "that" or phrases.is_finite(follows) or follows.text == ":"):
        return None
    quoted = any(token.kind == QUOTATION for token in tokens[max(0, verb.start - 2) : verb.start])
    if not quoted and ("c" not in verb.form.frames or not _has_clause(tokens, 0, verb.start - 1)):
        return None
    return found


def _agrees(tokens: Sequence[Token], verb: _Verb, subject: Phrase) -> bool:
    """Whether the form goes with the subject: "they say", not "the say"; and the subject is no author's "I"."""
    head = tokens[subject.end - 1]
    if tokens[verb.start].low in cues.ALSO_NOUNS and not _as_a_verb(tokens, verb, subject):
        return False
    if verb.form.form != cues.BASE:
        plural = head.low in ("they", "we")
        return not (verb.form.form == cues.PRESENT and plural)
    if any(token.low in phrases.AUXILIARIES for token in tokens[verb.group : verb.start]):
        return True
    several = head.low in ("they", "we", "who", "others", "some", "many", "police", "people", "media", "lawmakers")
    joined = any(token.low == "and" for token in tokens[subject.start : subject.end])
    return (
        several
        or joined
        or (head.low.endswith("s") and not head.low.endswith("ss"))
        or any(
            token.low.endswith("s") or token.low in ("some", "many", "people", "police")
            for token in tokens[subject.start : subject.end]
            if not token.capital or token.start == tokens[0].start
        )
    )


def _as_a_verb(tokens: Sequence[Token], verb: _Verb, subject: Phrase) -> bool:
    """Whether a form that is also a noun stands as a verb: a named subject, and words after it that it can have."""
    if verb.group != verb.start or verb.end - verb.start > 1:
        return True
    first, follows = tokens[subject.start], tokens[verb.end] if verb.end < len(tokens) else None
    named = (
        first.capital
        or first.low in phrases.DETERMINERS | phrases.PRONOUNS
        or tokens[subject.end - 1].low.endswith("s")
    )
    if follows is None or not phrases.is_word(follows):
        return named
    if subject.start and tokens[subject.start - 1].low in ("what", "which"):
        return True
    return named and follows.low not in phrases.PREPOSITIONS and not phrases.is_finite(follows)


def _antecedent(tokens: Sequence[Token], subject: Phrase) -> Phrase | None:
    """Read "critics, who [said]": who is meant stands before."""
    if subject.end - subject.start != 1 or tokens[subject.start].low not in ("who", "which", "that"):
        return None
    at = subject.start - 1 if subject.start and tokens[subject.start - 1].text == "," else subject.start
    return phrases.before(tokens, at) if at > 0 else None


def _without_subject(tokens: Sequence[Token], verb: _Verb, made: Sequence[Attribution]) -> Attribution | None:
    """Read "… and warned …": the subject is the one before; "critics who say" has it before "who"."""
    if verb.group == 0 or verb.form.form == cues.BASE:
        return None
    ahead = tokens[verb.group - 1]
    if ahead.low in ("who", "which") and verb.group > 1:
        at = verb.group - 1 - (tokens[verb.group - 2].text == ",")
        found = phrases.before(tokens, at) if at > 0 else None
        return _with_subject(tokens, verb, found) if found is not None else None
    if ahead.low not in ("and", "but", "then", "yet") and ahead.text != ",":
        return None
    subject = _subject_so_far(tokens, verb.group, made)
    return _right(tokens, verb, subject, verb.start, elided=True) if subject is not None else None


def _subject_so_far(tokens: Sequence[Token], at: int, made: Sequence[Attribution]) -> Phrase | None:
    earlier = [one for one in made if one.cue[0] < at and one.speaker is not None and one.rule not in ("as", "noun")]
    if earlier:
        return earlier[-1].speaker
    for i in range(at):
        if phrases.is_finite(tokens[i]):
            found = phrases.before(tokens, phrases.group_start(tokens, i))
            if found is not None and tokens[found.start].low not in ("who", "which", "that", "there"):
                return found
    return None


def _with_subject(tokens: Sequence[Token], verb: _Verb, subject: Phrase) -> Attribution | None:
    ahead = tokens[subject.whole_start - 1] if subject.whole_start else None
    clausal = "c" in verb.form.frames or "q" in verb.form.frames
    if ahead is not None and ahead.low == "as" and clausal and _in_passing(tokens, verb):
        return _as(tokens, verb, subject)
    if ahead is not None and ahead.low in ("what", "which") and subject.end <= verb.start:
        return _what(tokens, verb, subject)
    if clausal and ahead is not None and _says_before(tokens, verb, subject):
        return _left(tokens, verb, subject, subject.whole_start, (verb.end, _tail_end(tokens, verb.end)))
    if subject.end > verb.start:
        return None
    if verb.form.lemma in _DENYING and (verb.end >= len(tokens) or not phrases.is_word(tokens[verb.end])):
        return _denied_before(tokens, verb, subject)
    apart = _apart(tokens, verb, subject) if clausal else None
    return apart or _right(tokens, verb, subject, subject.whole_start)


def _in_passing(tokens: Sequence[Token], verb: _Verb) -> bool:
    """Whether an "as the mayor has said" ends there, so that it only tells whose words stand around it."""
    if "c" not in verb.form.frames:
        return False
    end = verb.end
    while end < len(tokens) and end - verb.end < 8 and tokens[end].kind in (WORD, POSSESSIVE):
        end += 1
    held = tokens[verb.end : end]
    if held and (held[0].low in ("to", "that", "the", "a", "an") or held[0].low in phrases.PRONOUNS):
        return verb.form.lemma == "put it"
    return end >= len(tokens) or tokens[end].text in (",", ".") or tokens[end].kind == DASH


def _says_before(tokens: Sequence[Token], verb: _Verb, subject: Phrase) -> bool:
    """Whether the content stands before "…, Ada Lund said": a comma or quotation before, and no clause after."""
    ahead = tokens[subject.whole_start - 1]
    if ahead.text == "," and subject.whole_start > 1 and tokens[subject.whole_start - 2].kind == QUOTATION:
        ahead = tokens[subject.whole_start - 2]  # British style: “…”, she said
    if not (ahead.kind in (QUOTATION, DASH) or ahead.text in (",", "?", "!")):
        return False
    if ahead.kind != QUOTATION and "c" not in verb.form.frames:
        return False
    if subject.whole_start < 2 and ahead.kind != QUOTATION:
        return False
    after = verb.end
    if after >= len(tokens) or tokens[after].text in (".", ";", ")") or tokens[after].kind == DASH:
        return True
    told_end = _audience_end(tokens, after) if "a" in verb.form.frames else after
    if told_end < len(tokens) and not _tells_circumstances(tokens[told_end]):
        return False
    tail = _tail_end(tokens, after)
    told = tail > after and "a" in verb.form.frames
    follows = tokens[tail] if tail < len(tokens) else None
    if ahead.kind == QUOTATION and _is_speech(ahead):
        return follows is None or follows.low != "that"
    if follows is not None and (follows.low == "that" or follows.text == ":" or follows.kind == QUOTATION):
        return False
    closed = follows is None or follows.text in (".", ",", ";") or follows.kind == DASH
    interrupts = tokens[after].text == ","
    return closed and (interrupts or ((told or tail > after) and _long_enough(tokens, subject.whole_start - 1)))


def _tells_circumstances(token: Token) -> bool:
    """Whether a word after the verb begins when, where or how it was said, and not what."""
    if not phrases.is_word(token):
        return True
    low = token.low
    if low in phrases.NEGATIONS or low == "to":
        return False
    return low in phrases.PREPOSITIONS | phrases.TIME_WORDS or phrases.is_adverb(token) or low in _CIRCUMSTANCES


def _is_speech(token: Token) -> bool:
    """Whether a quotation ends as speech does: with a comma, a stop, or after three words."""
    return token.text.rstrip().endswith((",", ".", "!", "?", "…", "-", "—")) or len(token.text.split()) > 3


def _long_enough(tokens: Sequence[Token], end: int) -> bool:
    return end >= 2 or any(token.kind == QUOTATION for token in tokens[:end])


def _tail_end(tokens: Sequence[Token], at: int) -> int:
    """Return where what follows the verb (to whom, when, where, "when asked …") ends."""
    end = at
    while end < len(tokens) and tokens[end].kind in (WORD, POSSESSIVE) and end - at < phrases.PHRASE_MAX:
        if tokens[end].low == "that":
            break
        end += 1
    return end


def _left(
    tokens: Sequence[Token], verb: _Verb, subject: Phrase, start: int, tail: tuple[int, int]
) -> Attribution | None:
    """Content before its attribution, and on after it where the attribution only interrupts."""
    end = start
    while end > 0 and (tokens[end - 1].text == "," or tokens[end - 1].kind == DASH):
        end -= 1
    begin = _content_start(tokens, end)
    if begin >= end:
        return None
    ranges = [(begin, end)]
    more = _interrupted(tokens, begin, end, tail[1])
    if more is not None:
        ranges.append(more)
    rule = "left"
    return Attribution(_cue(tokens, verb), verb.form.lemma, rule, subject, False, start, tuple(ranges), tail)


def _content_start(tokens: Sequence[Token], end: int) -> int:
    """Where what was said begins: at the sentence's start, or after a semicolon, a connecting word put aside."""
    begin = 0
    for i in range(end - 1, -1, -1):
        if tokens[i].text == ";" or (tokens[i].text == ":" and i < end - 1):
            begin = i + 1
            break
    if tokens[end - 1].kind == QUOTATION and _is_speech(tokens[end - 1]) and begin < end - 1:
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
    if tokens[end - 1].kind == QUOTATION and _is_speech(tokens[end - 1]):
        return (tail_end + 1, tail_end + 2) if first.kind == QUOTATION else None
    form = cues.FORMS.get(first.low)
    opens = tokens[begin].low in phrases.SUBORDINATORS or tokens[begin].low in phrases.PREPOSITIONS
    if first.kind == QUOTATION:
        return (tail_end + 1, tail_end + 2)
    if (form is not None and form.form == cues.GERUND) or (_has_clause(tokens, begin, end) and not opens):
        return None
    stop = tail_end + 1
    while stop < len(tokens) and not _breaks(tokens, stop):
        stop += 1
    return (tail_end + 1, _strip(tokens, tail_end + 1, stop))


def _breaks(tokens: Sequence[Token], at: int) -> bool:
    follows = tokens[at + 1].low if at + 1 < len(tokens) else ""
    return tokens[at].text == "," and follows in ("although", "though", "but", "adding", "noting", "saying")


def _has_clause(tokens: Sequence[Token], begin: int, end: int) -> bool:
    return any(phrases.is_finite(token) for token in tokens[begin:end])


def _as(tokens: Sequence[Token], verb: _Verb, subject: Phrase) -> Attribution | None:
    """Read "as the mayor has said, …" and "…, as the mayor put it"."""
    start = subject.whole_start - 1
    comma = verb.end
    while comma < len(tokens) and comma - verb.end < 12 and tokens[comma].text != ",":
        comma += 1
    has_more = comma + 1 < len(tokens) and tokens[comma].text == ","
    begin, end = (comma + 1, _strip(tokens, comma + 1, len(tokens))) if has_more else (0, start)
    end = end if has_more else _strip(tokens, 0, start)
    if end - begin < 2 and not any(token.kind == QUOTATION for token in tokens[begin:end]):
        return None
    tail = (verb.end, min(comma, len(tokens)))
    return Attribution(_cue(tokens, verb), verb.form.lemma, "as", subject, False, start, ((begin, end),), tail)


def _what(tokens: Sequence[Token], verb: _Verb, subject: Phrase) -> Attribution | None:
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
    end = _strip(tokens, begin, _clause_end(tokens, begin))
    start = subject.whole_start - 1
    return Attribution(
        _cue(tokens, verb), verb.form.lemma, "what", subject, False, start, ((begin, end),), (begin, begin)
    )


def _denied_before(tokens: Sequence[Token], verb: _Verb, subject: Phrase) -> Attribution | None:
    """Read "…, something the port denies" and "…, a charge the port rejects": what is denied stands before."""
    start = subject.whole_start
    while start > 0 and subject.whole_start - start < 3 and phrases.is_word(tokens[start - 1]):
        start -= 1
    led = [token.low for token in tokens[start : subject.whole_start]]
    if start < 2 or not led or not (led[-1] in ("something", "which", "that") or led[-1] in cues.NOUNS | _CHARGES):
        return None
    end = _strip(tokens, 0, start)
    return Attribution(
        _cue(tokens, verb), verb.form.lemma, "apart", subject, False, start, ((0, end),), (verb.end, verb.end)
    )


def _semicolon(tokens: Sequence[Token], at: int) -> int:
    return next((i for i in range(at, len(tokens)) if tokens[i].text == ";"), len(tokens))


def _clause_end(tokens: Sequence[Token], at: int) -> int:
    for i in range(at, len(tokens)):
        if tokens[i].text in (",", ";") or tokens[i].kind == DASH:
            return i
    return len(tokens)


def _apart(tokens: Sequence[Token], verb: _Verb, subject: Phrase) -> Attribution | None:
    """Read "a charge [that] the mayor said was groundless": the content stands on both sides."""
    if verb.end >= len(tokens) or tokens[verb.end].low not in phrases.AUXILIARIES:
        return None
    adjacent = subject.whole_start > 0 and phrases.is_word(tokens[subject.whole_start - 1])
    antecedent = phrases.before(tokens, subject.whole_start) if adjacent else None
    if antecedent is None:
        return None
    end = _strip(tokens, verb.end, len(tokens))
    content = ((antecedent.start, antecedent.end), (verb.end, end))
    return Attribution(
        _cue(tokens, verb), verb.form.lemma, "apart", subject, False, antecedent.start, content, (verb.end, verb.end)
    )


def _right(
    tokens: Sequence[Token], verb: _Verb, subject: Phrase | None, start: int, *, elided: bool = False
) -> Attribution | None:
    """Content after the verb: a clause, a quotation, an object, or an infinitive."""
    begin = verb.end
    tail = begin
    if "a" in verb.form.frames:
        tail = _audience_end(tokens, begin)
        if verb.form.lemma != "tell" and tail < len(tokens) and tokens[tail].kind == QUOTATION:
            tail = begin  # "warned the toll “may rise”": the toll is not whom it was told to
    tail = _adjuncts_end(tokens, tail)
    if tail < len(tokens) and tokens[tail].text == ",":
        tail = max(tail, _past_aside(tokens, tail) - 1)
    begin = tail
    rule = "right"
    while (
        begin < len(tokens) and (tokens[begin].text in (",", ":") or tokens[begin].low == "that") and begin - tail < 3
    ):
        begin += 1
    if begin >= len(tokens) or tokens[begin].text in (".", ";"):
        return None
    kind = _what_follows(tokens, verb, tail, begin)
    if kind is None:
        return None
    if kind == "object":
        begin, rule = verb.end, "object"
    if kind == "speech":
        content = ((begin, begin + 1),)
        return Attribution(
            _cue(tokens, verb), verb.form.lemma, "right", subject, elided, start, content, (verb.end, tail)
        )
    end = _strip(tokens, begin, _semicolon(tokens, begin))
    if end <= begin:
        return None
    return Attribution(
        _cue(tokens, verb), verb.form.lemma, rule, subject, elided, start, ((begin, end),), (verb.end, tail)
    )


def _what_follows(tokens: Sequence[Token], verb: _Verb, tail: int, begin: int) -> str | None:
    """Say whether what follows is "speech" (a quotation alone), a "clause" or an "object" that the verb may have."""
    frames = verb.form.frames
    between = [token.text for token in tokens[tail:begin]]
    clausal = bool({"c", "t", "q"} & set(frames))
    ends = begin + 1 >= len(tokens)
    if clausal and tokens[begin].kind == QUOTATION and (ends or (between and "that" not in between)):
        return "speech"
    if clausal and ("that" in [one.lower() for one in between] or ":" in between):
        return "clause"
    if "," in between:
        return None
    if "c" in frames and _is_clause(tokens, begin, verb):
        return "clause"
    return "object" if _is_object(tokens, verb) else None


def _is_clause(tokens: Sequence[Token], begin: int, verb: _Verb) -> bool:
    """Whether a clause with a subject and a verb of its own begins here."""
    first = tokens[begin]
    if first.kind == QUOTATION:
        return True
    if phrases.is_finite(first) or first.low in ("to", "of", "by", "and", "or", "in", "on"):
        return (
            verb.form.lemma == "say" and first.low in ("in", "on", "to") and _has_clause(tokens, begin + 1, len(tokens))
        )
    if first.low in ("when", "whether", "how", "why", "what", "who", "where", "if"):
        return True
    if first.low in ("he", "she", "they", "we", "i", "there") or (first.low == "it" and verb.form.lemma != "call"):
        return True
    for i in range(begin + 1, min(begin + 30, len(tokens))):
        token = tokens[i]
        if token.text in (".", ";") or (token.low == "that" and i == begin + 1):
            return False
        if token.kind == QUOTATION and verb.form.lemma in ("say", "add", "insist"):
            return True
        if phrases.is_finite(token) and token.low not in ("having", "being", "been"):
            return True
    return verb.form.lemma == "say" and begin + 3 < len(tokens)


def _is_object(tokens: Sequence[Token], verb: _Verb) -> bool:
    frames, at = verb.form.frames, verb.end
    if at >= len(tokens) or tokens[at].text in (".", ",", ";", ":"):
        return False
    near = [token.low for token in tokens[at : at + 14]]
    if "n" in frames:
        return near[0] in _TO_COMMENT
    if near[0] == "to":
        negated = any(token.low in phrases.NEGATIONS for token in tokens[verb.group : verb.start])
        return "v" in frames or (verb.form.lemma in ("respond", "reply", "answer") and negated)
    if "k" in frames:
        return _has_complement(tokens, at)
    if "r" in frames or "s" in frames:
        return "as" in near
    if "e" in frames:
        return any(word in cues.EXPRESSED for word in near[:4])
    if "v" in frames and "o" not in frames:
        return False
    if verb.form.lemma in ("claim", "order") and not phrases.is_word(tokens[at]):
        return False
    return bool({"o", "x"} & set(frames)) and near[0] not in _NO_OBJECT


def _has_complement(tokens: Sequence[Token], at: int) -> bool:
    """Whether "call" names something so: "called it a lie", "called the visit “brave”", not "called a meeting"."""
    for i in range(at, min(at + _COMPLEMENT_MAX, len(tokens))):
        token = tokens[i]
        if token.kind == QUOTATION:
            return i > at
        if token.text in (".", ",", ";") or token.low in ("to", "for", "that", "and"):
            return False
        if (i > at and token.low in ("a", "an")) or (
            i > at + 1 and token.low == "the" and tokens[i - 1].low not in phrases.PREPOSITIONS
        ):
            return True
    return False


def _audience_end(tokens: Sequence[Token], at: int) -> int:
    """Where "reporters", "CNN" or "the paper's weekly programme" ends, told before what is told."""
    end = at
    while end < len(tokens) and end - at < 10:
        token = tokens[end]
        if token.kind not in (WORD, POSSESSIVE) or token.low in ("that", "there") or token.low in phrases.PREPOSITIONS:
            break
        if phrases.is_time(token) or (token.low in phrases.PRONOUNS and end > at):
            break
        if (end > at and token.low in phrases.DETERMINERS) or phrases.is_finite(token):
            break
        end += 1
    return end


def _adjuncts_end(tokens: Sequence[Token], at: int) -> int:
    """Skip when and where it was said: "on Wednesday", "in a statement", "Sunday", "at a news conference"."""
    end = at
    while end < len(tokens):
        after = _adjunct(tokens, end)
        if after == end:
            return end
        end = after
    return end


def _adjunct(tokens: Sequence[Token], at: int) -> int:
    token = tokens[at]
    if token.low in phrases.TIME_WORDS and at + 1 < len(tokens):
        return at + 1
    nxt = tokens[at + 1].low if at + 1 < len(tokens) else ""
    if (
        token.low in ("on", "in", "last", "this", "late", "early", "earlier", "later", "next")
        and nxt in phrases.TIME_WORDS
    ):
        return at + 2
    if token.low in ("again", "also", "repeatedly", "separately", "earlier", "later"):
        return at + 1
    if token.low in ("in", "at", "during", "through", "via", "by", "on", "to", "after", "of", "from"):
        return _place_end(tokens, at)
    return at


def _place_end(tokens: Sequence[Token], at: int) -> int:
    """The end of "in a statement", if what was said then follows: "that", a comma with a quotation, or a colon."""
    for i in range(at + 1, min(at + 14, len(tokens))):
        token = tokens[i]
        if token.low == "that" or token.text == ":" or (token.kind == QUOTATION and i > at + 1):
            return i
        if token.text == ",":
            return i if i + 1 < len(tokens) and (tokens[i + 1].kind == QUOTATION or tokens[i + 1].low == "that") else at
        if token.low in _LETTERS and i + 1 < len(tokens) and tokens[i + 1].kind == WORD:
            return i + 1 if tokens[i + 1].low not in phrases.PREPOSITIONS else at
        if phrases.is_finite(token) or token.kind not in {WORD, POSSESSIVE}:
            return at
    return at


# ---- a verb without a subject of its own, or without anybody -------------------------------------


def _participle(tokens: Sequence[Token], verb: _Verb, made: Sequence[Attribution]) -> Attribution | None:
    """Read ", adding that …", "a statement calling …", "was quoted as saying …"."""
    if verb.start == 0:
        return None
    ahead = tokens[verb.start - 1]
    if ahead.low == "as" and verb.start > 2 and tokens[verb.start - 2].low in ("quoted", "cited"):
        subject = phrases.before(tokens, phrases.group_start(tokens, verb.start - 2))
        return _right(tokens, verb, subject, subject.whole_start) if subject is not None else None
    joined = ahead.text == "," or ahead.kind in (QUOTATION, DASH) or ahead.low in ("while", "by", "and")
    if not joined and ahead.low not in _ISSUED:
        return None
    subject = _subject_so_far(tokens, verb.start, made)
    return _right(tokens, verb, subject, verb.start, elided=True) if subject is not None else None


def _passive(tokens: Sequence[Token], verb: _Verb) -> Attribution | None:
    """Read "it was reported that …", "the driver is said to …", "… was accused by X of …"."""
    if verb.form.lemma not in NOBODY_VERBS or verb.end >= len(tokens):
        return None
    speaker = (
        phrases.after(tokens, verb.end + 1) if tokens[verb.end].low == "by" and verb.end + 1 < len(tokens) else None
    )
    begin = speaker.end if speaker is not None else verb.end
    if begin >= len(tokens) or tokens[begin].low not in ("that", "to", "of", "as"):
        return None
    subject = phrases.before(tokens, verb.group)
    if subject is None or (tokens[begin].low == "as" and speaker is None):
        return None
    end = _strip(tokens, begin, len(tokens))
    that = tokens[begin].low == "that"
    content = ((begin + 1, end),) if that else ((subject.start, subject.end), (begin, end))
    if that and tokens[subject.start].low != "it":
        return None
    return Attribution(
        _cue(tokens, verb), verb.form.lemma, "nobody", speaker, False, subject.start, content, (verb.end, verb.end)
    )


def _according(tokens: Sequence[Token], at: int) -> Attribution | None:
    """Read "according to X, …" and "…, according to X"."""
    end = at + 2
    while end < len(tokens) and tokens[end].kind in (WORD, POSSESSIVE) and end - at < phrases.PHRASE_MAX:
        end += 1
    if not phrases.is_phrase(tokens, at + 2, end):
        return None
    stop = _time_start(tokens, at + 2, end)
    speaker = Phrase(at + 2, stop, at + 2, stop, None)
    if at <= 1:
        begin = _past_aside(tokens, end)
        content = (begin, _strip(tokens, begin, len(tokens)))
    else:
        content = (_content_start(tokens, at), _strip(tokens, 0, at))
    if content[1] <= content[0]:
        return None
    return Attribution((at, at + 2), "according to", "according", speaker, False, at, (content,), (stop, end))


def _past_aside(tokens: Sequence[Token], comma: int) -> int:
    """Where what was said begins after a comma: past ", citing the ministry,", where that stands between."""
    begin = comma + 1
    if begin < len(tokens) and tokens[begin].low in ("citing", "quoting", "when", "asked"):
        return next((i + 1 for i in range(begin, len(tokens)) if tokens[i].text == ","), begin)
    return begin


def _time_start(tokens: Sequence[Token], start: int, end: int) -> int:
    at = phrases.skip_time_back(tokens, end)
    return at if at > start else end


def _noun(tokens: Sequence[Token], at: int) -> Attribution | None:
    """Read "Moscow's claim that …", "claims by X that …", "allegations that …"."""
    if at > 1 and tokens[at - 1].low in ("a", "an") and tokens[at - 2].low in ("in", "issued"):
        return None  # "said in a statement that": the verb has it
    that = at + 1
    speaker = _owner(tokens, at)
    if that < len(tokens) and tokens[that].low in ("by", "from"):
        speaker = phrases.after(tokens, that + 1)
        that = speaker.end if speaker is not None else that
    owned = speaker is not None and speaker.end <= at and tokens[speaker.end].kind == POSSESSIVE
    opener = tokens[that].low if that < len(tokens) else ""
    if opener != "that" and not (owned and opener == "about"):
        return None
    end = _strip(tokens, that + 1, _noun_clause_end(tokens, that + 1))
    if end - that < 3 or (
        speaker is None and not tokens[at].low.endswith("s") and tokens[at - 1].low not in ("an", "a", "the")
    ):
        return None
    start = speaker.start if speaker is not None and speaker.start < at else at
    return Attribution((at, at + 1), tokens[at].low, "noun", speaker, False, start, ((that + 1, end),), (that, that))


def _owner(tokens: Sequence[Token], at: int) -> Phrase | None:
    for i in range(at - 1, max(-1, at - 4), -1):
        if tokens[i].kind == POSSESSIVE:
            return phrases.before(tokens, i)
        if tokens[i].low in ("their", "his", "her", "its"):
            return Phrase(i, i + 1, i, i + 1, None)
        if not phrases.is_word(tokens[i]) or tokens[i].low in phrases.DETERMINERS:
            break
    if at and tokens[at - 1].capital and tokens[at - 1].kind == WORD and at - 1 > 0:
        return Phrase(at - 1, at, at - 1, at, None)
    return None


def _noun_clause_end(tokens: Sequence[Token], at: int) -> int:
    for i in range(at, len(tokens)):
        if tokens[i].text in (",", ";") or tokens[i].kind == DASH:
            return i
    return len(tokens)


# ---- where content ends --------------------------------------------------------------------------


def _cue(tokens: Sequence[Token], verb: _Verb) -> tuple[int, int]:
    """The verb, from its negation on where it has one: "have not said"."""
    negated = any(token.low in phrases.NEGATIONS for token in tokens[verb.group : verb.start])
    return (verb.group if negated else verb.start, verb.end)


def _strip(tokens: Sequence[Token], begin: int, end: int) -> int:
    while end > begin and tokens[end - 1].kind in (MARK, DASH) and tokens[end - 1].text not in ("%", ")", "$"):
        end -= 1
    return end


def _cut(tokens: Sequence[Token], one: Attribution, later: Sequence[Attribution]) -> Attribution:
    """End the content where the next attribution of its own begins."""
    if one.rule == "left" or not one.content:
        return one
    begin, end = one.content[-1]
    for other in later:
        place = _parting(tokens, other)
        if begin < place < end:
            end = max(_strip(tokens, begin, place), begin + 1)
            break
    return one._replace(content=(*one.content[:-1], (begin, end)))


def _parting(tokens: Sequence[Token], other: Attribution) -> int:
    """Where content before another attribution ends, or -1 when the other one is part of it."""
    if other.rule == "what":
        pronoun = other.speaker is not None and tokens[other.speaker.start].low in phrases.PRONOUNS
        return other.start - 1 if pronoun and other.start and tokens[other.start - 1].low == "in" else -1
    if other.rule in ("as", "noun", "nobody", "according", "left"):
        return -1
    at = min(other.start, other.cue[0])
    conjunction = False
    while at > 0 and tokens[at - 1].low in (
        "and",
        "but",
        "while",
        "although",
        "though",
        "yet",
        "whereas",
        "then",
        "or",
    ):
        at, conjunction = at - 1, True
    ahead = tokens[at - 1] if at else None
    if ahead is None:
        return -1
    if ahead.kind == QUOTATION:
        return at
    if ahead.text in (",", ";") or ahead.kind == DASH:
        return at - 1
    same = other.elided or (other.speaker is not None and tokens[other.speaker.start].low in ("he", "she", "they"))
    return at if conjunction and same else -1


def _without_doubles(tokens: Sequence[Token], made: Sequence[Attribution]) -> list[Attribution]:
    """Keep what stands on its own; of nested ones only those that say plainly who says it."""
    kept: list[Attribution] = []
    for one in made:
        outer = [o for o in made if o is not one and _holds(o, one) and not (_holds(one, o) and one.cue < o.cue)]
        if not outer or _stands_nested(tokens, one):
            kept.append(one)
    return kept


def _holds(outer: Attribution, one: Attribution) -> bool:
    if outer.rule == "apart" and outer.lemma in _DENYING:
        return False  # what is denied is a statement of somebody else
    return any(a <= one.cue[0] < b for a, b in outer.content)


def _stands_nested(tokens: Sequence[Token], one: Attribution) -> bool:
    if one.rule in ("as", "what", "noun", "apart"):
        return True
    if one.speaker is None or one.elided or tokens[one.speaker.start].low in phrases.PRONOUNS:
        return False
    return one.lemma in cues.STRONG and one.rule in ("right", "left")
