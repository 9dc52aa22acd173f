"""The attributions of one sentence: a cue, who stands as its subject, and where its content lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from skykeep.account import cues, phrases
from skykeep.account.attributed import Attribution, Verb, cue_of, has_clause, is_speech, stripped
from skykeep.account.boundaries import cut, without_doubles
from skykeep.account.contents import after_cue, around_cue, as_said, before_cue, denied_before, what_said
from skykeep.account.following import audience_end, tail_end, tells_circumstances
from skykeep.account.phrases import Phrase
from skykeep.account.sourced import according, noun
from skykeep.account.tokens import DASH, POSSESSIVE, QUOTATION, WORD, Token, listed
from skykeep.account.unsaid import is_said

NOBODY_VERBS = listed("say report allege believe think claim accuse describe announce confirm suspect")
_ISSUED = listed("statement letter message memo")  # what a participle may go on from: "a statement calling …"
_DENYING = listed("deny reject dismiss dispute refute")


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
    whole = [cut(tokens, one, made[i + 1 :]) for i, one in enumerate(made)]
    return without_doubles(tokens, [one for one in whole if is_said(tokens, one)])


def _at(tokens: Sequence[Token], at: int, made: Sequence[Attribution]) -> Attribution | None:
    low = tokens[at].low
    if low == "according" and at + 1 < len(tokens) and tokens[at + 1].low == "to":
        return according(tokens, at)
    if low in cues.NOUNS:
        owned = noun(tokens, at)
        if owned is not None:
            return owned
    if tokens[at].capital and at:
        return None  # "the United States"
    for verb in _verbs(tokens, at):
        one = _of_verb(tokens, verb, made)
        if one is not None:
            return one
    return None


def _verbs(tokens: Sequence[Token], at: int) -> Iterator[Verb]:
    low = tokens[at].low
    for rest, form in cues.PHRASES.get(low, ()):
        end = at + 1 + len(rest)
        if rest == ("it",) and end < len(tokens) and tokens[end].low in phrases.PREPOSITIONS:
            continue  # "put it at one", "put it in the sea"
        if tuple(token.low for token in tokens[at + 1 : end]) == rest:
            yield Verb(at, at + 1 + len(rest), phrases.group_start(tokens, at), form)
    if low in cues.FORMS:
        yield Verb(at, at + 1, phrases.group_start(tokens, at), cues.FORMS[low])


def _of_verb(tokens: Sequence[Token], verb: Verb, made: Sequence[Attribution]) -> Attribution | None:
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


def _finite(tokens: Sequence[Token], verb: Verb, made: Sequence[Attribution]) -> Attribution | None:
    announced = _announced(tokens, verb)
    if announced is not None:
        return announced
    inverted = _inverted(tokens, verb)
    if verb.form.lemma == "read" and inverted is None:
        return None  # what a banner or a sign reads is nobody's
    if inverted is not None:
        tail = (inverted.whole_end, tail_end(tokens, inverted.whole_end))
        return before_cue(tokens, verb, inverted, verb.start, tail)
    lowest = max((one.cue[1] for one in made if one.cue[1] <= verb.group), default=0)
    subject = phrases.before(tokens, verb.group, lowest)
    if subject is None:
        return _without_subject(tokens, verb, made)
    if not _agrees(tokens, verb, subject):
        return None
    if made and made[-1].speaker is not None and subject.start and tokens[subject.start - 1].low in phrases.BE:
        subject = made[-1].speaker  # "a man who said he was Bo's brother [said]"
    subject = _antecedent(tokens, subject) or subject
    return _with_subject(tokens, verb, subject)


def _inverted(tokens: Sequence[Token], verb: Verb) -> Phrase | None:
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
    if not quoted and ("c" not in verb.form.frames or not has_clause(tokens, 0, verb.start - 1)):
        return None
    return found


def _announced(tokens: Sequence[Token], verb: Verb) -> Attribution | None:
    """Read "Not so, says the mother: “…”": the subject after the verb, then a colon and a quotation."""
    if "c" not in verb.form.frames or verb.group != verb.start or verb.form.form not in (cues.PAST, cues.PRESENT):
        return None
    if verb.start and phrases.is_word(tokens[verb.start - 1]):
        return None
    found = phrases.after(tokens, verb.end) if verb.end < len(tokens) else None
    at = found.whole_end if found is not None else len(tokens)
    if found is None or at + 1 >= len(tokens) or tokens[at].text != ":" or tokens[at + 1].kind != QUOTATION:
        return None
    return Attribution(
        cue_of(tokens, verb), verb.form.lemma, "right", found, False, verb.start, ((at + 1, at + 2),), (at, at)
    )


def _agrees(tokens: Sequence[Token], verb: Verb, subject: Phrase) -> bool:
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


def _as_a_verb(tokens: Sequence[Token], verb: Verb, subject: Phrase) -> bool:
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


def _without_subject(tokens: Sequence[Token], verb: Verb, made: Sequence[Attribution]) -> Attribution | None:
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
    return after_cue(tokens, verb, subject, verb.start, elided=True) if subject is not None else None


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


def _with_subject(tokens: Sequence[Token], verb: Verb, subject: Phrase) -> Attribution | None:
    ahead = tokens[subject.whole_start - 1] if subject.whole_start else None
    clausal = "c" in verb.form.frames or "q" in verb.form.frames
    if ahead is not None and ahead.low == "as" and clausal and _in_passing(tokens, verb):
        return as_said(tokens, verb, subject)
    if ahead is not None and ahead.low in ("what", "which") and subject.end <= verb.start:
        return what_said(tokens, verb, subject)
    if clausal and ahead is not None and _says_before(tokens, verb, subject):
        return before_cue(tokens, verb, subject, subject.whole_start, (verb.end, tail_end(tokens, verb.end)))
    if subject.end > verb.start:
        return None
    if verb.form.lemma in _DENYING and (verb.end >= len(tokens) or not phrases.is_word(tokens[verb.end])):
        return denied_before(tokens, verb, subject)
    apart = around_cue(tokens, verb, subject) if clausal else None
    return apart or after_cue(tokens, verb, subject, subject.whole_start)


def _in_passing(tokens: Sequence[Token], verb: Verb) -> bool:
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


def _says_before(tokens: Sequence[Token], verb: Verb, subject: Phrase) -> bool:
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
    told_end = audience_end(tokens, after) if "a" in verb.form.frames else after
    if told_end < len(tokens) and not tells_circumstances(tokens[told_end]):
        return False
    tail = tail_end(tokens, after)
    told = tail > after and "a" in verb.form.frames
    follows = tokens[tail] if tail < len(tokens) else None
    if ahead.kind == QUOTATION and is_speech(ahead):
        return follows is None or follows.low != "that"
    if follows is not None and (follows.low == "that" or follows.text == ":" or follows.kind == QUOTATION):
        return False
    closed = follows is None or follows.text in (".", ",", ";") or follows.kind == DASH
    interrupts = tokens[after].text == ","
    return closed and (interrupts or ((told or tail > after) and _long_enough(tokens, subject.whole_start - 1)))


def _long_enough(tokens: Sequence[Token], end: int) -> bool:
    return end >= 2 or any(token.kind == QUOTATION for token in tokens[:end])


def _participle(tokens: Sequence[Token], verb: Verb, made: Sequence[Attribution]) -> Attribution | None:
    """Read ", adding that …", "a statement calling …", "was quoted as saying …"."""
    if verb.start == 0:
        return None
    ahead = tokens[verb.start - 1]
    quoted = [i for i in range(verb.start - 2, max(1, verb.start - 8), -1) if tokens[i].low in ("quoted", "cited")]
    if ahead.low == "as" and quoted:
        group = phrases.group_start(tokens, quoted[0])
        passive = any(token.low in phrases.BE for token in tokens[group : quoted[0]])
        subject = phrases.before(tokens, group) if passive else phrases.before(tokens, verb.start - 1, quoted[0] + 1)
        return after_cue(tokens, verb, subject, subject.whole_start) if subject is not None else None
    joined = ahead.text == "," or ahead.kind in (QUOTATION, DASH) or ahead.low in ("while", "by", "and")
    if not joined and ahead.low not in _ISSUED:
        return None
    subject = _subject_so_far(tokens, verb.start, made)
    return after_cue(tokens, verb, subject, verb.start, elided=True) if subject is not None else None


def _agent(tokens: Sequence[Token], at: int) -> Phrase | None:
    """Read "by the opposition leader, Arno Feld" after a passive verb, up to what it is about."""
    if tokens[at].low != "by" or at + 1 >= len(tokens):
        return None
    found = phrases.after(tokens, at + 1)
    if found is None:
        return None
    named = False
    for i in range(found.start, found.end):
        if named and tokens[i].low in ("of", "that", "as", "to") and not tokens[min(i + 1, found.end - 1)].capital:
            return Phrase(found.start, i, found.start, i, None)
        named = named or tokens[i].capital or i > found.start
    return found


def _passive(tokens: Sequence[Token], verb: Verb) -> Attribution | None:
    """Read "it was reported that …", "the driver is said to …", "… was accused by X of …"."""
    if verb.end >= len(tokens):
        return None
    speaker = _agent(tokens, verb.end)
    if speaker is not None and "o" in verb.form.frames and verb.form.lemma not in NOBODY_VERBS:
        subject = phrases.before(tokens, verb.group)
        return (
            None
            if subject is None
            else Attribution(
                cue_of(tokens, verb),
                verb.form.lemma,
                "object",
                speaker,
                False,
                subject.start,
                ((subject.start, subject.end),),
                (verb.end, verb.end),
            )
        )
    if verb.form.lemma not in NOBODY_VERBS:
        return None
    begin = speaker.end if speaker is not None else verb.end
    if begin >= len(tokens) or tokens[begin].low not in ("that", "to", "of", "as"):
        return None
    subject = phrases.before(tokens, verb.group)
    if subject is None or (tokens[begin].low == "as" and speaker is None):
        return None
    end = stripped(tokens, begin, len(tokens))
    that = tokens[begin].low == "that"
    content = ((begin + 1, end),) if that else ((subject.start, subject.end), (begin, end))
    if that and tokens[subject.start].low != "it":
        return None
    return Attribution(
        cue_of(tokens, verb), verb.form.lemma, "nobody", speaker, False, subject.start, content, (verb.end, verb.end)
    )
