"""What follows a cue verb: to whom, when and where it was said, and whether a clause, words or an object come then."""

from __future__ import annotations

from collections.abc import Sequence

from skykeep.account import cues, phrases
from skykeep.account.attributed import Verb, has_clause
from skykeep.account.tokens import POSSESSIVE, QUOTATION, WORD, Token, listed

_TO_COMMENT = listed(
    """comment say answer discuss elaborate confirm deny speculate threaten give name identify reveal disclose
    respond reply provide specify"""
)
_LETTERS = listed("statement letter message tweet post report note memo email interview briefing speech")
_CIRCUMSTANCES = listed("after when while as before last this earlier later late early since if")
_NO_OBJECT = listed("and or nor by as in out up that of")
_COMPLEMENT_MAX = 9
_SAYING = listed("say tell add insist state claim")


def tells_circumstances(token: Token) -> bool:
    """Whether a word after the verb begins when, where or how it was said, and not what."""
    if not phrases.is_word(token):
        return True
    low = token.low
    if low in phrases.NEGATIONS or low == "to":
        return False
    return low in phrases.PREPOSITIONS | phrases.TIME_WORDS or phrases.is_adverb(token) or low in _CIRCUMSTANCES


def tail_end(tokens: Sequence[Token], at: int) -> int:
    """Return where what follows the verb (to whom, when, where, "when asked …") ends."""
    end = at
    while end < len(tokens) and tokens[end].kind in (WORD, POSSESSIVE) and end - at < phrases.PHRASE_MAX:
        if tokens[end].low == "that":
            break
        end += 1
    return end


def what_follows(tokens: Sequence[Token], verb: Verb, tail: int, begin: int) -> str | None:
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


def _is_clause(tokens: Sequence[Token], begin: int, verb: Verb) -> bool:
    """Whether a clause with a subject and a verb of its own begins here."""
    first = tokens[begin]
    if first.kind == QUOTATION:
        return True
    if phrases.is_finite(first) or first.low in ("to", "of", "by", "and", "or", "in", "on"):
        return (
            verb.form.lemma == "say" and first.low in ("in", "on", "to") and has_clause(tokens, begin + 1, len(tokens))
        )
    if first.low in ("when", "whether", "how", "why", "what", "who", "where", "if"):
        return True
    if first.low in ("he", "she", "they", "we", "i", "there") or (first.low == "it" and verb.form.lemma != "call"):
        return True
    for i in range(begin + 1, min(begin + 30, len(tokens))):
        token = tokens[i]
        if token.low == "that" and i == begin + 1 and first.low in cues.NOUNS and verb.form.lemma in _SAYING:
            return sum(phrases.is_finite(one) for one in tokens[i:]) > 1  # "said reports that it fell were false"
        if token.text in (".", ";") or (token.low == "that" and i == begin + 1):
            return False
        if token.kind == QUOTATION and verb.form.lemma in ("say", "add", "insist"):
            return True
        if phrases.is_finite(token) and token.low not in ("having", "being", "been"):
            return True
    return verb.form.lemma == "say" and begin + 3 < len(tokens)


def _is_object(tokens: Sequence[Token], verb: Verb) -> bool:
    frames, at = verb.form.frames, verb.end
    if at >= len(tokens) or tokens[at].text in (".", ",", ";", ":"):
        return False
    near = [token.low for token in tokens[at : at + 14]]
    if "n" in frames:
        return near[0] in _TO_COMMENT
    if verb.form.lemma == "report" and near[0].endswith("ing"):
        return True  # "reported hearing three bangs"
    if verb.form.lemma in ("promise", "pledge", "vow"):
        return near[0] == "to" or any(token.kind == QUOTATION for token in tokens[at : at + 5])
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


def audience_end(tokens: Sequence[Token], at: int) -> int:
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


def adjuncts_end(tokens: Sequence[Token], at: int) -> int:
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


def past_aside(tokens: Sequence[Token], comma: int) -> int:
    """Where what was said begins after a comma: past ", citing the ministry,", where that stands between."""
    begin = comma + 1
    if begin < len(tokens) and tokens[begin].low in ("citing", "quoting", "when", "asked"):
        return next((i + 1 for i in range(begin, len(tokens)) if tokens[i].text == ","), begin)
    return begin
