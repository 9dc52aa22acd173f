"""Noun phrases by rules: who stands before a verb, who stands after it, and what only describes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from skykeep.account import cues
from skykeep.account.tokens import DASH, MARK, POSSESSIVE, QUOTATION, WORD, Token, listed

RELATIVE_MAX = 16  # tokens of a clause between a subject and its verb
PHRASE_MAX = 40  # tokens looked at on one side of a verb


PRONOUNS = listed("he she it they we i you who")
BE = listed("is are was were be been being am 's")
AUXILIARIES = BE | listed(
    """has have had having do does did will would can could may might must shall should cannot can't won't wouldn't
    didn't doesn't don't hasn't haven't hadn't isn't aren't wasn't weren't couldn't shouldn't ’s isn’t aren’t wasn’t
    weren’t didn’t doesn’t don’t hasn’t haven’t hadn’t won’t wouldn’t couldn’t shouldn’t can’t"""
)
NEGATIONS = listed(
    """not never neither no didn't doesn't don't hasn't haven't hadn't won't wouldn't couldn't can't cannot
    didn’t doesn’t don’t hasn’t haven’t hadn’t won’t wouldn’t couldn’t can’t"""
)
ADVERBS = listed(
    """also not never repeatedly now later then previously earlier already further just once again often still even
    both all first today yesterday recently soon long immediately simply only too instead meanwhile however
    meantime moreover separately similarly additionally furthermore nonetheless nevertheless initially since so thus
    therefore neither besides elsewhere perhaps indeed ever always"""
)
NOT_ADVERBS = listed("family ally reply supply italy july assembly early daily weekly monthly fly rally sicily")
DETERMINERS = listed(
    """the a an this that these those his her its their our my your some many several most all both no another
    other any each one two three four five six seven eight nine ten few more"""
)
SUBORDINATORS = listed(
    """that because although though while when if unless whether since whereas what which who whom whose why how where
    as but yet so until till once than whatever whoever after before nor"""
)
PREPOSITIONS = listed(
    """of for in on at from with to against about by under near over into inside outside between among through during
    without within across behind beyond toward towards upon amid despite following via per including like around
    along throughout alongside"""
)
TIME_WORDS = listed(
    """monday tuesday wednesday thursday friday saturday sunday today yesterday tonight overnight jan. feb. mar. apr.
    aug. sept. sep. oct. nov. dec. january february march april june july august september october november december
    week month year day morning afternoon evening night weekend weeks months years days hours"""
)
VERBS_COMMON = listed(
    """went came took made gave got began became saw knew kept held brought led met ran left fell felt lost paid sent
    sat stood spent won built broke rose grew hit put set let cut shows show showed says needs need wants want
    remains remain seems seem appears appear comes come takes take makes make goes go gives give gets get helped
    includes include continues continue follows become becomes keep keeps mean means works work believes believe
    faces face uses use flew shot struck heard drove threw
    thought""",
)
ROLES = listed(
    """spokesman spokeswoman spokesperson spokespeople secretary minister president senator mayor governor
    congressman congresswoman representative leader chief director chairman chairwoman chair commander general
    colonel major captain officer official officials analyst expert lawyer attorney ambassador envoy adviser advisor
    aide deputy head prosecutor commissioner professor researcher scientist witness resident residents survivor
    passenger driver pilot farmer lawmaker lawmakers king queen prince princess pope bishop rabbi imam doctor nurse
    teacher student author journalist reporter correspondent candidate chancellor premier veteran sergeant lieutenant
    inspector constable superintendent admiral judge justice strategist manager executive founder owner coach
    operator engineer physicist historian sheriff marshal negotiator counsel ombudsman controller media agency
    newspaper outlet channel network broadcaster station daily magazine service company firm group ministry committee
    council department mr. mrs. ms. dr. rep. sen. gov. gen. col. lt. sgt. capt. cmdr. adm. maj. prof. rev. sir dame
    mr mrs ms dr lord lady reps. sens. brig. neighbour neighbor shopkeeper fisherman baker dispatcher clerk warden
    harbourmaster"""
)
TITLES = listed(
    """mr. mrs. ms. dr. rep. sen. gov. gen. col. lt. sgt. capt. cmdr. adm. maj. prof. rev. sir dame lord lady president
    senator mayor governor minister secretary chancellor king queen prince princess pope general colonel major captain
    officer commander chief premier judge justice sheriff sergeant lieutenant inspector constable superintendent
    admiral congressman congresswoman ambassador commissioner director chairman chairwoman professor bishop
    spokesman spokeswoman spokesperson deputy mr mrs ms dr rep sen gov gen col lt sgt capt prof asst ch con supt det
    insp rev prime foreign defense defence interior former vice first"""
)


_LEADING = listed("but and yet so while although though whereas because")
_NO_ROLE = listed("who which whose in like including among with such")


class Phrase(NamedTuple):
    """A noun phrase: tokens from `start` to `end` (exclusive), and the whole stretch with what describes it."""

    start: int
    end: int
    whole_start: int
    whole_end: int
    role: tuple[int, int] | None  # tokens of an apposition


def is_word(token: Token) -> bool:
    """Whether a token is a word or a possessive ending."""
    return token.kind in (WORD, POSSESSIVE)


def is_adverb(token: Token) -> bool:
    """Whether a word is an adverb by list or by ending."""
    low = token.low
    return low in ADVERBS or (low.endswith("ly") and len(low) > 4 and low not in NOT_ADVERBS and not token.capital)


def is_finite(token: Token) -> bool:
    """Whether a word is, or looks like, a verb that has a subject."""
    low = token.low
    if token.kind != WORD or (token.capital and low not in AUXILIARIES):
        return False
    if low in AUXILIARIES or low in VERBS_COMMON:
        return True
    form = cues.FORMS.get(low)
    if form is not None:
        return form.form == cues.PAST
    return low.endswith("ed") and len(low) > 4 and "-" not in low


def group_start(tokens: Sequence[Token], at: int) -> int:
    """Return where the verb group of the verb at `at` begins: its auxiliaries, negations and adverbs."""
    start = at
    while start > 0 and at - start < 6:
        token = tokens[start - 1]
        if token.low in ("today", "yesterday", "so", "all", "both", "long", "since"):
            break
        if not (token.low in AUXILIARIES or (is_adverb(token) and not token.capital)):
            break
        start -= 1
    return start


def skip_time_back(tokens: Sequence[Token], at: int) -> int:
    """Return where a time that ends just before `at` begins: "on Friday", "Wednesday", "later on Monday"."""
    end = at
    if end > 1 and tokens[end - 1].low in TIME_WORDS and tokens[end - 1].kind == WORD:
        end -= 1
        while end > 1 and tokens[end - 1].low in ("on", "last", "this", "late", "early", "later", "in", "earlier"):
            end -= 1
        return end
    return at


def before(tokens: Sequence[Token], at: int, lowest: int = 0) -> Phrase | None:
    """Return the noun phrase that ends just before the token `at`, not reaching below `lowest`."""
    at = skip_time_back(tokens, at)
    if at <= lowest:
        return None
    if tokens[at - 1].text in (",", ")") or tokens[at - 1].kind == DASH:
        return _with_apposition(tokens, at, lowest)
    at = _before_participle(tokens, at, lowest)
    start = _trim(tokens, _left(tokens, at, lowest), at)
    if is_phrase(tokens, start, at):
        return Phrase(start, at, start, at, None)
    return _before_relative(tokens, at, lowest)


def _before_relative(tokens: Sequence[Token], at: int, lowest: int) -> Phrase | None:
    """Read "an officer who asked not to be named [said]"."""
    for i in range(at - 2, max(lowest, at - RELATIVE_MAX), -1):
        if not is_word(tokens[i]):
            return None
        if tokens[i].low == "who":
            start = _trim(tokens, _left(tokens, i, lowest), i)
            return Phrase(start, i, start, at, None) if is_phrase(tokens, start, i) else None
    return None


def _before_participle(tokens: Sequence[Token], at: int, lowest: int) -> int:
    """Read "a report released [found that]": the participle only describes."""
    last = tokens[at - 1]
    describes = at - 2 > lowest and last.low.endswith("ed") and not last.capital and last.low not in cues.FORMS
    return at - 1 if describes and tokens[at - 2].kind == WORD and tokens[at - 2].low not in AUXILIARIES else at


def _with_apposition(tokens: Sequence[Token], at: int, lowest: int) -> Phrase | None:
    """Read "Ada Lund, the mayor, who came late, [said]": the head is the first piece that is no adverbial."""
    floor = max(lowest, at - PHRASE_MAX)
    first = at - 1
    while first > floor and not (
        tokens[first - 1].kind == QUOTATION or tokens[first - 1].text in (":", ";", ".", "?", "!", "×", "•", "·", "|")
    ):
        first -= 1
    commas = [i for i in range(first, at - 1) if tokens[i].text in (",", "(") or tokens[i].kind == DASH]
    while first < at - 2 and tokens[first].low in _LEADING:
        first += 1  # "But her deputy, Karl Voss, [said]"
    if tokens[first].low in PREPOSITIONS and tokens[first + 1].low in TIME_WORDS and tokens[first + 2].text != ",":
        first += 2  # "On Monday Ada Lund, the mayor, [said]"
    commas = [i for i in commas if i > first]
    joined = next((i for i in commas if tokens[i + 1].low == "and" and i + 2 < at - 1), None)
    if joined is not None and _are_several(tokens, joined, at):
        begin = _trim(tokens, _left(tokens, commas[0], first), commas[0])
        return Phrase(begin, at - 1, begin, at, None) if is_phrase(tokens, begin, at - 1) else None
    starts = [first, *(i + 1 for i in commas)]
    ends = [*commas, at - 1]
    for piece, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if end <= start or _is_adverbial(tokens, start, end) or piece == len(starts) - 1:
            continue
        begin = _trim(tokens, _left(tokens, end, start), end)
        if not is_phrase(tokens, begin, end) or not _describe(tokens, starts[piece + 1 :], ends[piece + 1 :]):
            continue
        role = (starts[piece + 1], ends[piece + 1])
        return Phrase(begin, end, begin, at, role if _is_role(tokens, *role) else None)
    return None


def _are_several(tokens: Sequence[Token], joined: int, at: int) -> bool:
    """Read ", and the governor, Bo Berg, [said]": a second subject with a title or a name of its own."""
    named = all(token.text == "," or token.kind in (WORD, POSSESSIVE) for token in tokens[joined:at])
    held = tokens[joined + 2 : at]
    return (
        named
        and any(t.low in ROLES or t.capital for t in held)
        and not any(is_finite(t) or t.low == "who" for t in held)
    )


def _is_adverbial(tokens: Sequence[Token], start: int, end: int) -> bool:
    low = tokens[start].low
    if low in PREPOSITIONS or low in SUBORDINATORS:
        return True
    rest = tokens[start + 1 : end]
    led = is_adverb(tokens[start]) or low in TIME_WORDS or low in ("late", "early", "last", "this")
    return led and all(is_adverb(token) or token.low in TIME_WORDS for token in rest)


def _describe(tokens: Sequence[Token], starts: Sequence[int], ends: Sequence[int]) -> bool:
    """Whether every piece can stand between a subject and its verb."""
    for start, end in zip(starts, ends, strict=True):
        if end <= start:
            continue
        token = tokens[start]
        relative = token.low in ("who", "which", "whose", "whom", "where", "and", "or", "himself", "herself")
        opener = (
            relative or token.low in DETERMINERS or token.low in PREPOSITIONS or token.low in ("former", "then", "as")
        )
        opener = opener or token.capital or token.text[:1].isdigit() or token.low.endswith("ing") or token.low in ROLES
        opener = opener or token.low.endswith("ed") or token.low in ADVERBS or token.low in TIME_WORDS
        opener = opener or any(
            one.low in ROLES for one in tokens[start : min(start + 3, end)]
        )  # "press secretary to …"
        if not opener or (token.low in PRONOUNS and not relative):
            return False
    return True


def _is_role(tokens: Sequence[Token], start: int, end: int) -> bool:
    return any(token.low in ROLES for token in tokens[start:end]) and tokens[start].low not in _NO_ROLE


def _left(tokens: Sequence[Token], at: int, lowest: int) -> int:
    """Walk left from `at` over what can belong to one noun phrase."""
    start, joint = at, -1
    while start > lowest and at - start < PHRASE_MAX:
        token = tokens[start - 1]
        if token.kind not in (WORD, POSSESSIVE) or (token.low in SUBORDINATORS and token.low != "nor"):
            break
        if token.low == "nor" and start < at:
            both = _neither(tokens, start - 1, lowest)
            return start if both is None else both
        if token.low in PRONOUNS:
            return start - 1 if start == at else (joint if joint > 0 else start)
        if token.low in ("and", "or") and start < at:
            joint = start
        elif token.low in ("the", "a", "an") and start > lowest + 1 and _is_noun(tokens[start - 2]):
            return start - 1  # "a charge the mayor [denied]"
        elif _is_stop(tokens, start - 1, at):
            return joint if joint > 0 else start
        start -= 1
    return start


def _neither(tokens: Sequence[Token], at: int, lowest: int) -> int | None:
    """Where "neither Lund nor [Berg]" begins."""
    return next((i for i in range(at - 1, max(lowest - 1, at - 9), -1) if tokens[i].low == "neither"), None)


def _is_noun(token: Token) -> bool:
    low = token.low
    closed = low in PREPOSITIONS or low in SUBORDINATORS or low in DETERMINERS or low in ("and", "or", "half", "both")
    return token.kind == WORD and not token.capital and not closed and not is_adverb(token)


def is_time(token: Token) -> bool:
    """Whether a word is one of time; in capitals it is rather part of a name."""
    return token.low in TIME_WORDS and not (token.text.isupper() and len(token.text) > 1)


def _is_stop(tokens: Sequence[Token], i: int, at: int) -> bool:
    token, after = tokens[i], tokens[i + 1] if i + 1 < at else None
    if token.kind == POSSESSIVE:
        return False
    if after is None:
        return is_finite(token) and token.low != "united"
    if token.low in AUXILIARIES or (token.low in VERBS_COMMON and after.low != "of"):
        return True
    if after.capital and token.text.count("-") == 2 and token.text.replace("-", "").isdigit():
        return True  # a date of a heading
    form = cues.FORMS.get(token.low)
    if form is not None and form.form in (cues.PAST, cues.GERUND, cues.PRESENT) and not token.capital:
        return not (form.form == cues.PAST and after.low in ("by", "in", "at", "of", "for"))
    if token.low.endswith("ed") and after.low in DETERMINERS and not token.capital:
        return True
    name = after.capital and not token.capital and all(one.capital for one in tokens[i + 1 : at])
    plain = token.low not in ROLES and token.low not in DETERMINERS and token.low not in PREPOSITIONS
    described = token.low.endswith(("-born", "-based", "ian", "old"))
    return name and plain and token.kind == WORD and not described and not _is_trade(tokens, i)


def _is_trade(tokens: Sequence[Token], i: int) -> bool:
    """Whether a word before a name only tells a trade: ", harbour master Ines Calder [said]"."""
    at = i
    while at >= 0 and i - at < 4 and tokens[at].kind == WORD and not tokens[at].capital:
        if (
            not _is_noun(tokens[at])
            or tokens[at].low.endswith(("thing", "one"))
            or is_finite(tokens[at])
            or tokens[at].low in cues.FORMS
        ):
            return False
        at -= 1
    return at >= 0 and (tokens[at].text == "," or tokens[at].kind in (QUOTATION, DASH))


def _trim(tokens: Sequence[Token], start: int, end: int) -> int:
    """Drop what only leads to a noun phrase: adverbs, "and", a time, a preposition of place or time."""
    while start < end - 1:
        token, after = tokens[start], tokens[start + 1]
        participle = token.low.endswith(("ed", "en")) and after.low == "by"
        if (token.low in PREPOSITIONS and after.low in TIME_WORDS) or (participle and start + 2 < end):
            start += 2  # "[was] joined by Bo Berg, who [said]"
        elif token.low in PREPOSITIONS and token.low not in ("among", "including"):
            start = _after_preposition(tokens, start, end)
        elif token.low in ("and", "or", "even", "date") or token.low in TIME_WORDS or is_adverb(token):
            if token.low in ("all", "both", "no", "neither") or after.kind == POSSESSIVE:
                break
            start += 1
        else:
            break
    return start


def _after_preposition(tokens: Sequence[Token], start: int, end: int) -> int:
    """The last determiner or pronoun after a leading preposition begins the phrase proper; else the next word does."""
    for i in range(end - 1, start + 1, -1):
        if tokens[i].low in ("the", "a", "an") and tokens[i - 1].low not in PREPOSITIONS and i > start + 2:
            return i
    return start + 1


def is_phrase(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether these tokens can be who says something."""
    if end <= start:
        return False
    first, last = tokens[start], tokens[end - 1]
    if end - start == 1 and (first.low in DETERMINERS - {"some", "many", "others", "few", "several", "one", "another"}):
        return False
    if last.low in PREPOSITIONS or last.low in ("the", "a", "an", "and", "or", "to", "'s", "’s", "there"):
        return False
    if first.low in ("there", "i", "you") or (first.low in SUBORDINATORS and first.low != "who"):
        return False
    return any(token.kind == WORD and any(c.isalpha() for c in token.text) for token in tokens[start:end])


def after(tokens: Sequence[Token], at: int) -> Phrase | None:
    """Return the noun phrase that begins at `at`, of an inverted "said …"."""
    end = at
    while end < len(tokens) and end - at < PHRASE_MAX and _goes_on(tokens, at, end):
        end += 1
    while end > at and (tokens[end - 1].low in PREPOSITIONS or tokens[end - 1].low in ("and", "or")):
        end -= 1
    end = _trim_time(tokens, at, end)
    if not is_phrase(tokens, at, end) or not (
        tokens[at].capital or tokens[at].low in DETERMINERS | PRONOUNS | ROLES or end - at > 1
    ):
        return None
    role, whole = _following_apposition(tokens, end)
    return Phrase(at, end, at, whole, role)


def _goes_on(tokens: Sequence[Token], at: int, end: int) -> bool:
    token = tokens[end]
    if token.kind not in (WORD, POSSESSIVE) or token.low in SUBORDINATORS:
        return False
    if token.low in PRONOUNS:
        return end == at
    if end > at and tokens[end - 1].low in PRONOUNS:
        return False
    if token.low in ("in", "on", "at", "during", "by", "via", "through", "to", "about") and end > at:
        return (
            token.low in ("in", "at", "on")
            and tokens[end - 1].low in ROLES
            and end + 1 < len(tokens)
            and tokens[end + 1].low in ("the", "charge")
        )
    if token.low in TIME_WORDS and end > at and token.capital:
        return False
    return not (token.low in AUXILIARIES and token.kind == WORD)


def _trim_time(tokens: Sequence[Token], at: int, end: int) -> int:
    while end > at + 1 and tokens[end - 1].low in ADVERBS | TIME_WORDS | {"last", "this", "late"}:
        end -= 1
    return end


def _following_apposition(tokens: Sequence[Token], end: int) -> tuple[tuple[int, int] | None, int]:
    """Read ", a physicist who is …" after a name: its tokens up to the next comma, and where the describing ends."""
    if end + 1 >= len(tokens) or tokens[end].text != ",":
        return None, end
    first = tokens[end + 1]
    describes = (
        first.low in ("a", "an", "the", "who", "whose", "which", "former", "chief", "head") or first.low in ROLES
    )
    named = tokens[end - 1].low in ROLES and not tokens[end - 1].capital and first.capital and tokens[end + 2 :]
    if named and tokens[end + 2].capital and tokens[end + 2].kind == WORD:
        return None, end + 3  # "the leader, Bo Berg"
    if not describes and not first.text[0].isdigit():
        return None, end
    stop = end + 1
    while stop < len(tokens) and tokens[stop].kind != QUOTATION and tokens[stop].text not in (".", ",", ";", "!", "?"):
        stop += 1
    if first.text[0].isdigit() and stop == end + 2:  # "Tom Riley, 54, a docker"
        return _following_apposition(tokens, stop) if tokens[stop : stop + 1] else (None, stop)
    role = (end + 1, stop) if first.low not in ("who", "whose", "which") and not first.text[0].isdigit() else None
    return role, stop


def is_mark(token: Token, *signs: str) -> bool:
    """Whether a token is one of these marks."""
    return token.kind == MARK and token.text in signs
