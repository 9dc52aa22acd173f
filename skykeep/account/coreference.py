"""Who "he", "the mayor" or "Lund" is: every speaker under the fullest name that the source gives.

A pronoun that two people could be is marked as uncertain, with both, the likelier first: the last speaker where the
words say that somebody goes on ("added", "further"), else whoever the sentence before was about.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from skykeep.account import phrases
from skykeep.account.drafts import Draft, Read, Speaking
from skykeep.account.tokens import POSSESSIVE, QUOTATION, WORD, Token, listed
from skykeep.facts.claimed import Resolved

_HE = frozenset(["he", "she", "his", "her", "who"])
_IT = frozenset(["it", "its", "which"])
_THEY = frozenset(["they", "their", "we"])
_ISSUED = frozenset(["statement", "release"])
_GOES_ON = frozenset(["further", "also", "add", "continue", "conclude", "reiterate", "stress", "repeat"])
_BODIES = listed(
    """committee council ministry department service agency office government party union nations court police
    commission authority army navy force forces administration parliament senate house congress state states media
    brigade press kremlin company group board bank university team side embassy association organization
    organisation network channel corps command institute centre center hospital statement"""
)
_MEDIA = listed("media agency newspaper outlet channel network broadcaster station daily magazine service")
_BEFORE_NAMES = phrases.ROLES - _BODIES | _MEDIA  # words that a name may follow
_FEMALE = listed("mrs. ms. she her queen princess spokeswoman congresswoman chairwoman lady woman mother")
_MALE = listed("mr. he his king prince spokesman congressman chairman lord sir man father pope")
SENTENCES_BACK = 6
NAMES_MAX = 12  # people with one last name
SPEAKERS_BACK = 30  # statements that a pronoun may reach back over, so that hostile text is read in bounded time


class Known(NamedTuple):
    """A speaker as one statement has it."""

    speaker: str | None
    words: str | None
    start: int | None
    end: int | None
    role: str | None
    resolved: Resolved
    candidates: tuple[str, ...]


class _Person(NamedTuple):
    name: str
    person: bool
    plural: bool
    sentence: int
    gender: str  # "m", "f", ""


NOBODY = Known(None, None, None, None, None, Resolved.NOBODY, ())


def resolve(text: str, read: Read) -> list[Known]:
    """Resolve the speaker of every draft, in their order."""
    full = _full_names(read)
    subjects = _Subjects(read, full)
    said: list[_Person] = []
    made: list[Known] = []
    for draft in read.drafts:
        one = _resolve(text, draft, full, said, subjects, made)
        made.append(one)
        if one.speaker is not None and draft.inside is None and draft.rule not in ("as", "noun"):
            said.append(_person(one.speaker, draft.speaking, draft.sentence, said))
            del said[:-SPEAKERS_BACK]
    return made


def _resolve(
    text: str,
    draft: Draft,
    full: dict[str, list[str]],
    said: Sequence[_Person],
    subjects: _Subjects,
    made: Sequence[Known],
) -> Known:
    speaking = draft.speaking
    if draft.rule == "goes on":
        return _continued(said)
    if speaking is None or not speaking.tokens:
        return NOBODY
    held = speaking.tokens
    start, end = held[0].start, held[-1].end
    words = text[start:end]
    low = held[0].low
    if len(held) == 1 and low in _HE | _IT | _THEY:
        return _pronoun(draft, Known(None, words, start, end, None, Resolved.REFERRED, ()), said, subjects)
    name, role = _name_and_role(text, speaking)
    if held[-1].low in _ISSUED and len(held) <= 2:
        body = next((one for one in reversed(said) if not one.person), said[-1] if said else None)
        if body is not None:
            return Known(body.name, words, start, end, role, Resolved.REFERRED, ())
    fuller = full.get(name.split()[-1].lower() if name.split() else "", [])
    if len(name.split()) == 1 and held[-1].capital and fuller:
        return _short(Known(fuller[0], words, start, end, role, Resolved.REFERRED, ()), fuller, said)
    _ = made
    return Known(name, words, start, end, role, Resolved.NAMED, ())


def _continued(said: Sequence[_Person]) -> Known:
    if not said:
        return NOBODY
    return Known(said[-1].name, None, None, None, None, Resolved.CONTINUED, ())


def _short(known: Known, fuller: Sequence[str], said: Sequence[_Person]) -> Known:
    if len(fuller) == 1:
        return known
    names = [one.name for one in reversed(said)]
    ordered = sorted(fuller, key=lambda name: names.index(name) if name in names else len(names))
    if ordered[0] in names and ordered[1] not in names:
        return known._replace(speaker=ordered[0])
    return known._replace(speaker=ordered[0], resolved=Resolved.UNCERTAIN, candidates=tuple(ordered[:3]))


def _pronoun(draft: Draft, known: Known, said: Sequence[_Person], subjects: _Subjects) -> Known:
    low = (known.words or "").lower()
    fitting = [one for one in reversed(said) if _fits(low, one) and draft.sentence - one.sentence <= SENTENCES_BACK]
    fitting = fitting or [one for one in reversed(said) if _fits(low, one) or (low in _HE and _may_be_one(one))]
    if low in _HE and said and _may_be_one(said[-1]) and said[-1] not in fitting and not _fits(low, said[-1]):
        fitting = [said[-1], *fitting]
    about = subjects.before(draft.sentence, low)
    names = list(dict.fromkeys([*(one.name for one in fitting[:1])]))
    here = bool(fitting) and fitting[0].sentence == draft.sentence
    if about is not None and about.name not in names and not here:
        goes_on = draft.lemma in _GOES_ON or any(token.low in _GOES_ON for token in draft.words)
        names = [*names, about.name] if goes_on else [about.name, *names]
    if not names:
        return known._replace(speaker=known.words, resolved=Resolved.UNCERTAIN)
    if len(names) == 1:
        return known._replace(speaker=names[0])
    return known._replace(speaker=names[0], resolved=Resolved.UNCERTAIN, candidates=tuple(names))


def _fits(low: str, one: _Person) -> bool:
    if low in _IT:
        return not one.person
    if low in _THEY:
        return one.plural or not one.person
    unlike = {"he": "f", "his": "f", "she": "m", "her": "m"}.get(low, "")
    return (one.person and one.gender != unlike) or (one.person and unlike == "")


def _may_be_one(one: _Person) -> bool:
    """Whether a speaker of one word ("Lund") may be a person, though nothing says so."""
    return not one.plural and " " not in one.name and one.name[:1].isupper() and one.name.lower() not in _BODIES


def _person(name: str, speaking: Speaking | None, sentence: int, said: Sequence[_Person]) -> _Person:
    earlier = next((one for one in reversed(said) if one.name == name), None)
    lows = [] if speaking is None else [token.low for token in (*speaking.tokens, *speaking.role)]
    gender = "f" if any(low in _FEMALE for low in lows) else "m" if any(low in _MALE for low in lows) else ""
    if earlier is not None:
        return earlier._replace(sentence=sentence, gender=earlier.gender or gender)
    own = name.lower().split()
    last = own[-1] if own else ""
    titled = any(low in phrases.TITLES for low in lows)
    body = last in _BODIES or (any(word in _BODIES for word in own) and not titled)
    plural = " and " in name or (last.endswith("s") and not name[:1].isupper()) or last in ("police", "people")
    titled = any(low in phrases.ROLES and low not in _BODIES for low in lows)
    told = any(low in _HE for low in lows)
    person = told or (not body and not plural and (titled or len(own) > 1))
    return _Person(name, person, plural, sentence, gender)


# ---- names ---------------------------------------------------------------------------------------


def _name_and_role(text: str, speaking: Speaking) -> tuple[str, str | None]:
    """Part "Mayor Ada Lund" into a name and a role; "the spokesman for X, Ada Lund" too."""
    held = speaking.tokens
    own = _name_among(speaking.others)
    if own and not _is_name(held) and (any(token.low in phrases.ROLES for token in held) or not held[-1].capital):
        return _text(text, own), _text(text, held)
    role = _text(text, speaking.role) if speaking.role else None
    last = max((i for i, token in enumerate(held) if token.low in _BEFORE_NAMES), default=-1)
    if (
        0 <= last < len(held) - 2
        and held[last].low in ("secretary", "minister")
        and held[last + 1].low == "of"
        and held[last + 2].capital
    ):
        last += 2
    name = held[last + 1 :]
    linked = any(token.low in phrases.PREPOSITIONS or token.low == "and" for token in held[: max(last - 1, 0)])
    if last >= 0 and name and not linked and all(token.capital and token.kind == WORD for token in name):
        return _text(text, name), _text(text, held[: last + 1])
    begin = 1 if len(held) > 1 and (held[0].low in ("the", "a", "an") or held[0].low.endswith("-year-old")) else 0
    return _text(text, held[begin:]), role


def _name_among(others: Sequence[Token]) -> tuple[Token, ...]:
    piece: list[Token] = []
    for token in others:
        if token.kind == WORD and token.capital:
            piece.append(token)
        elif piece:
            break
        elif token.kind == WORD:
            return ()
    return tuple(piece) if 2 <= len(piece) <= 4 else ()


def _is_name(held: Sequence[Token]) -> bool:
    return all(token.capital and token.kind == WORD for token in held) and not any(t.low in phrases.ROLES for t in held)


def _text(text: str, held: Sequence[Token]) -> str:
    return " ".join(text[held[0].start : held[-1].end].split()) if held else ""


def _full_names(read: Read) -> dict[str, list[str]]:
    """Full names by last word: those with a title anywhere in the text, and those of speakers."""
    made: dict[str, list[str]] = {}
    for _, unit in read.sentences:
        for name in _titled(unit):
            _remember(made, name)
    for draft in read.drafts:
        if draft.speaking is not None:
            held = draft.speaking.tokens
            tail = [token.text for token in _name_tail(held)]
            if len(tail) > 1 and not any(word.lower() in _BODIES for word in tail):
                _remember(made, " ".join(tail))
            other = _name_among(draft.speaking.others)
            if other:
                _remember(made, " ".join(token.text for token in other))
    return made


def _remember(made: dict[str, list[str]], name: str) -> None:
    known = made.setdefault(name.rsplit(maxsplit=1)[-1].lower(), [])
    if len(known) < NAMES_MAX and not any(name in one for one in known):
        known[:] = [*(one for one in known if one not in name), name]


def _name_tail(held: Sequence[Token]) -> Sequence[Token]:
    at = len(held)
    while at > 0 and held[at - 1].capital and held[at - 1].kind == WORD and held[at - 1].low not in phrases.ROLES:
        at -= 1
    return held[at:]


def _titled(unit: Sequence[Token]) -> Iterator[str]:
    for at, token in enumerate(unit):
        if token.low in phrases.TITLES and at + 2 < len(unit):
            name = []
            for follower in unit[at + 1 : at + 5]:
                if not follower.capital or follower.kind != WORD or follower.low in phrases.TITLES:
                    break
                name.append(follower.text)
            if 2 <= len(name) <= 4:
                yield " ".join(name)


# ---- what a sentence is about --------------------------------------------------------------------


class _Subjects:
    """The person that each sentence without a statement is about, if it is about one."""

    def __init__(self, read: Read, full: dict[str, list[str]]) -> None:
        spoken = {draft.sentence for draft in read.drafts}
        self.of = {
            index: found
            for index, (_, unit) in enumerate(read.sentences)
            if index not in spoken and (found := _about(unit, index, full)) is not None
        }

    def before(self, sentence: int, low: str) -> _Person | None:
        """Return the person that the sentence just before is about, if the pronoun fits."""
        found = self.of.get(sentence - 1)
        return found if found is not None and low in _HE and _fits(low, found) else None


def _about(unit: Sequence[Token], index: int, full: dict[str, list[str]]) -> _Person | None:
    for at, token in enumerate(unit[:30]):
        if token.kind == QUOTATION:
            return None
        if phrases.is_finite(token):
            found = phrases.before(unit, phrases.group_start(unit, at))
            return None if found is None else _described(unit[found.start : found.end], index, full)
    return None


def _described(held: Sequence[Token], index: int, full: dict[str, list[str]]) -> _Person | None:
    known = full.get(held[-1].low, [])
    if known and held[-1].capital:
        return _Person(known[0], True, False, index, "")
    person = held[-1].low in phrases.ROLES - _BODIES or (len(held) > 1 and held[0].low in phrases.TITLES)
    if not person or held[0].kind == POSSESSIVE:
        return None
    words = [token.text for token in held]
    gender = "f" if held[-1].low in _FEMALE else "m" if held[-1].low in _MALE else ""
    return _Person(" ".join(words), True, False, index, gender)
