"""Who "he", "the mayor" or "Lund" is: every speaker under the fullest name that the source gives.

A pronoun goes to the nearest sentence that speaks of somebody it fits: to who spoke there, then to whom it is about,
then to others in it. Where more than one fits it is marked as uncertain with all of them, the likelier first, for a
statement laid to the wrong speaker with certainty is worse than one left open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from skykeep.account import phrases
from skykeep.account.drafts import Draft, Read, Speaking
from skykeep.account.mentions import BODIES, Mention, gender_of, is_people, is_person, mentions
from skykeep.account.names import full_names, name_and_role
from skykeep.account.tokens import Token
from skykeep.facts.claimed import Resolved

_HE = frozenset(["he", "she", "his", "her", "who"])
_IT = frozenset(["it", "its", "which"])
_THEY = frozenset(["they", "their", "we"])
_FEMININE = frozenset(["she", "her"])
_MASCULINE = frozenset(["he", "his"])
_ISSUED = frozenset(["statement", "release", "notice", "circular", "communique", "bulletin", "dispatch"])
_GOES_ON = frozenset(["further", "also", "add", "continue", "conclude", "reiterate", "stress", "repeat"])
_DENYING = frozenset(["deny", "reject", "dismiss", "refute", "dispute", "respond", "reply", "answer", "counter"])
SENTENCES_BACK = 6
CANDIDATES_MAX = 4
SPEAKERS_BACK = 30  # statements that a pronoun may reach back over, so that hostile text is read in bounded time
_COURTESY = frozenset(["mr.", "mrs.", "ms.", "mr", "mrs", "ms", "dr", "dr.", "prof", "prof.", "sir", "dame", "former"])
_EITHER = frozenset(["operator", "owner", "guard", "maker", "union", "station", "daily"])


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
    """Somebody, or some body, that a pronoun may mean."""

    name: str
    person: bool
    body: bool  # both: a single name like "Lund", of which nothing says what it is
    plural: bool
    gender: str  # "m", "f", ""


NOBODY = Known(None, None, None, None, None, Resolved.NOBODY, ())


def resolve(text: str, read: Read) -> list[Known]:
    """Resolve the speaker of every draft, in their order."""
    story = _Story(read)
    made: list[Known] = []
    for draft in read.drafts:
        one = _resolve(text, draft, story)
        made.append(one)
        if one.speaker is not None and draft.inside is None and draft.rule not in ("as", "noun"):
            story.spoke(draft, one)
    return made


def _resolve(text: str, draft: Draft, story: _Story) -> Known:
    speaking = draft.speaking
    if draft.rule == "goes on":
        return _continued(draft, story)
    if speaking is None or not speaking.tokens:
        return NOBODY
    speaking = _issuer(speaking)
    held = speaking.tokens
    start, end = held[0].start, held[-1].end
    words = text[start:end]
    if len(held) == 1 and held[0].low in _HE | _IT | _THEY:
        return _pronoun(draft, Known(None, words, start, end, None, Resolved.REFERRED, ()), story)
    name, role = name_and_role(text, speaking)
    known = Known(name, words, start, end, role, Resolved.REFERRED, ())
    if held[-1].low in _ISSUED and len(held) <= 2:
        body = story.last_body()
        if body is not None:
            return known._replace(speaker=body)
    fuller = story.full.get(name.split()[-1].lower() if name.split() else "", [])
    if len(name.split()) == 1 and held[-1].capital and fuller:
        if story.another(fuller[0], held):
            names = (words, *fuller[: CANDIDATES_MAX - 1])
            return known._replace(speaker=words, resolved=Resolved.UNCERTAIN, candidates=names)
        return _short(known._replace(speaker=fuller[0]), fuller, story)
    return known._replace(resolved=Resolved.NAMED)


def _issuer(speaking: Speaking) -> Speaking:
    """Read "a statement from the ministry": the ministry."""
    held = speaking.tokens
    for at in range(len(held) - 2):
        if held[at].low in _ISSUED and held[at + 1].low in ("from", "by"):
            return speaking._replace(tokens=held[at + 2 :])
    return speaking


def _continued(draft: Draft, story: _Story) -> Known:
    """A quotation without a cue: of the speaker before it; uncertain where a sentence stands between."""
    last = story.last
    if last is None or last.speaker is None:
        return NOBODY
    known = NOBODY._replace(speaker=last.speaker, resolved=Resolved.CONTINUED)
    between = range(draft.sentence - 1, max(story.last_sentence, draft.sentence - SENTENCES_BACK), -1)
    others = [name for index in between for name in story.subjects(index)]
    if last.resolved is not Resolved.UNCERTAIN and not between:
        return known
    names = dict.fromkeys([*others[:1], *(last.candidates or [last.speaker])])
    return known._replace(
        speaker=next(iter(names)), resolved=Resolved.UNCERTAIN, candidates=tuple(names)[:CANDIDATES_MAX]
    )


def _short(known: Known, fuller: Sequence[str], story: _Story) -> Known:
    if len(fuller) == 1:
        return known
    names = story.spoken_last()
    ordered = sorted(fuller, key=lambda name: names.index(name) if name in names else len(names))
    if ordered[0] in names and ordered[1] not in names:
        return known._replace(speaker=ordered[0])
    return known._replace(speaker=ordered[0], resolved=Resolved.UNCERTAIN, candidates=tuple(ordered[:3]))


def _pronoun(draft: Draft, known: Known, story: _Story) -> Known:
    low = (known.words or "").lower()
    names, near = _candidates(draft, low, story)
    if not names:
        return known._replace(speaker=known.words, resolved=Resolved.UNCERTAIN)
    names = sorted(names, key=lambda name: story.unlikely(low, name))
    if len(names) == 1 and near and _surely(low, story.people[names[0]]):
        return known._replace(speaker=names[0])
    return known._replace(speaker=names[0], resolved=Resolved.UNCERTAIN, candidates=tuple(names[:CANDIDATES_MAX]))


def _candidates(draft: Draft, low: str, story: _Story) -> tuple[list[str], bool]:
    """Names of the nearest sentence that has any that fit, the likeliest first, and whether they are near enough."""
    found: list[str] = []
    spoke: list[str] = []
    answers = draft.lemma in _DENYING  # who denies is rather the one spoken of than the one who spoke
    for index in range(draft.sentence, max(-1, draft.sentence - SENTENCES_BACK - 1), -1):
        own = draft if index == draft.sentence else None
        spoke = [name for name in story.speakers(index) if _fits(low, story.people[name])]
        if spoke and own is not None and not answers:
            return spoke, True
        others = [name for name in story.mentioned(index, own) if _fits(low, story.people[name])]
        found = [*others, *spoke] if answers else [*spoke, *others]
        if found:
            break
    owner = story.owner(index, low) if spoke else None
    if owner is not None and _fits(low, story.people[owner]):
        return list(dict.fromkeys([owner, *found])), True
    sure = any(_surely(low, story.people[name]) for name in found)
    last = None if spoke and sure else story.last_speaker(low, sure=bool(found))
    if last is not None and last not in found:
        goes_on = draft.lemma in _GOES_ON or any(token.low in _GOES_ON for token in draft.words)
        near = bool(found)
        found = [last, *found] if goes_on else [*found, last]
        return found, near
    return list(dict.fromkeys(found)), True


def _fits(low: str, one: _Person) -> bool:
    if low in _IT:
        return one.body and not one.plural
    if low in _THEY:
        return one.plural or one.body
    unlike = "f" if low in _MASCULINE else "m" if low in _FEMININE else "x"
    return one.person and not one.plural and one.gender != unlike


def _surely(low: str, one: _Person) -> bool:
    return one.person is not one.body or low in _THEY


class _Story:
    """Who spoke and who was spoken of so far, by sentence."""

    def __init__(self, read: Read) -> None:
        self.full = full_names(read)
        self.people: dict[str, _Person] = {}
        self.last: Known | None = None
        self.last_sentence = -1
        self._read = read
        self._spoken: list[str] = []
        self._titles: dict[str, frozenset[str]] = {}
        self._guessed: dict[str, str] = {}  # whom an uncertain "she" was first taken for is not the likeliest "he"
        self._speakers: dict[int, list[str]] = {}
        self._mentions: dict[int, list[Mention]] = {}
        self._drafts: dict[int, list[Draft]] = {}
        for draft in read.drafts:
            self._drafts.setdefault(draft.sentence, []).append(draft)

    def spoke(self, draft: Draft, known: Known) -> None:
        """Remember who spoke; what stands in another's words counts less, and not at all where it is "a pilot"."""
        nested = draft.cue is not None and any(
            other is not draft and any(s.start <= draft.cue.start and draft.cue.end <= s.end for s in other.spans)
            for other in self._drafts[draft.sentence]
        )
        if nested and draft.speaking is not None and draft.speaking.tokens[0].low in ("a", "an"):
            return
        names = list(known.candidates or ([known.speaker] if known.speaker else []))
        if known.resolved is Resolved.UNCERTAIN and not known.candidates:
            names = []  # a pronoun that is nobody known is no one whom a later one could mean
        for name in names:
            self._learn(name, draft.speaking, sure=known.resolved is not Resolved.UNCERTAIN)
        if known.resolved is Resolved.UNCERTAIN and names and (known.words or "").lower() in _HE:
            self._guessed[names[0]] = gender_of([(known.words or "").lower()])
        here = self._speakers.setdefault(draft.sentence, [])
        here[:] = list(dict.fromkeys([*here, *names] if nested else [*names, *here]))
        if not nested:
            self.last, self.last_sentence = known, draft.sentence
            self._spoken[:] = [*self._spoken[-SPEAKERS_BACK:], *reversed(names)]

    def _learn(self, name: str, speaking: Speaking | None, *, sure: bool) -> None:
        earlier = self.people.pop(name, None)
        lows = [] if speaking is None else [token.low for token in (*speaking.tokens, *speaking.role)]
        made = earlier or _person(name, lows)
        ranks = frozenset(low for low in lows if (low in phrases.TITLES or is_person(low)) and low not in _COURTESY)
        self._titles[name] = self._titles.get(name, frozenset()) | ranks
        if sure and lows:
            made = made._replace(gender=made.gender or gender_of(lows))
        if sure and len(lows) == 1 and lows[0] in _HE:
            made = made._replace(person=True, body=False)
        self.people[name] = made

    def unlikely(self, low: str, name: str) -> bool:
        """Whether an uncertain pronoun of the other gender was taken for somebody."""
        return {gender_of([low]), self._guessed.get(name, "")} == {"f", "m"}

    def another(self, name: str, held: Sequence[Token]) -> bool:
        """Whether "Sergeant Lund" may be another than the nurse Ada Lund: a rank not hers, where hers is told."""
        ranks = {token.low for token in held if token.low in phrases.TITLES - _COURTESY}
        told = self._titles.get(name, frozenset())
        return bool(ranks and told) and ranks.isdisjoint(told)

    def owner(self, sentence: int, low: str) -> str | None:
        """Whose deputy spoke, where "her deputy" did and "she" is asked for: the speaker before."""
        heads = [one.speaking.tokens[0].low for one in self._drafts.get(sentence, []) if one.speaking is not None]
        if not any(head in ("his", "her") and gender_of([head]) == gender_of([low]) for head in heads):
            return None
        here = self.speakers(sentence)
        return next((name for name in reversed(self._spoken) if name not in here), None)

    def speakers(self, sentence: int) -> list[str]:
        """Names of those who spoke in a sentence so far, the last one first, those in another's words after them."""
        return self._speakers.get(sentence, [])

    def last_speaker(self, low: str, *, sure: bool) -> str | None:
        """The last speaker of all whom a pronoun fits."""
        fitting = (name for name in reversed(self._spoken) if _fits(low, self.people[name]))
        return next((name for name in fitting if not sure or _surely(low, self.people[name])), None)

    def spoken_last(self) -> list[str]:
        """Names of those who spoke, the last one first."""
        return list(dict.fromkeys(reversed(self._spoken)))

    def last_body(self) -> str | None:
        """The last speaker that is no person, else the last speaker."""
        bodies = (name for name in reversed(self._spoken) if not self.people[name].person)
        return next(bodies, self._spoken[-1] if self._spoken else None)

    def mentioned(self, sentence: int, own: Draft | None) -> list[str]:
        """Names of those whom a sentence speaks of, besides its speakers; of the own one only what stands before."""
        made = self._found(sentence)
        if own is not None and own.speaking is not None:
            until = own.speaking.tokens[0].start
            made = [
                one for one in made if one.end <= until and not any(s.start <= one.start < s.end for s in own.spans)
            ]
        return [self._known(one) for one in made]

    def subjects(self, sentence: int) -> list[str]:
        """Names of those that a sentence is about."""
        return [self._known(one) for one in self._found(sentence) if one.subject]

    def _known(self, one: Mention) -> str:
        if one.name not in self.people:
            self.people[one.name] = _Person(one.name, one.person, one.body, one.plural, one.gender)
        return one.name

    def _found(self, sentence: int) -> list[Mention]:
        if sentence not in self._mentions:
            drafts = self._drafts.get(sentence, [])
            taken = [_place(draft) for draft in drafts if draft.speaking is not None and draft.speaking.tokens]
            self._mentions[sentence] = [
                one
                for one in mentions(self._read.sentences[sentence][1], self.full)
                if not any(start <= one.start < end for start, end in taken) and (one.definite or not drafts)
            ]
        return self._mentions[sentence]


def _place(draft: Draft) -> tuple[int, int]:
    """Where the words for a speaker stand, with what describes it."""
    speaking = draft.speaking
    held = () if speaking is None else (*speaking.tokens, *speaking.role, *speaking.others)
    return min(token.start for token in held), max(token.end for token in held)


def _person(name: str, lows: Sequence[str]) -> _Person:
    """Judge by its words what a speaker is."""
    own = name.split()
    head = next((own[:i] for i, word in enumerate(own) if i and word.lower() in phrases.PREPOSITIONS), own)
    last = head[-1].lower() if head else ""
    titled = any(low in phrases.TITLES or is_person(low) for low in (*lows, last))
    body = last in BODIES or (any(word.lower() in BODIES for word in head) and not titled)
    plural = " and " in name or is_people(last) or (last.endswith("s") and not name[:1].isupper())
    if last in _EITHER or (len(own) == 1 and name[:1].isupper() and not body and not titled):
        return _Person(name, not plural, True, plural, gender_of(lows))
    person = not plural and (titled or (not body and name[:1].isupper()))
    return _Person(name, person and not (body and not titled), body or not (person or plural), plural, gender_of(lows))
