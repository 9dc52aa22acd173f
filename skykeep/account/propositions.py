"""Propositions suggested from the statements of all sources, each with the units that it was made from.

First what the readers of `aspects` read, one proposition for each key; then, of the words that no reader covers,
clusters of units that say the same thing, worded by the plainest of them. What is not of the event is kept apart by
its scope. Ids are made of what is read, so that the same reading of a grown account gives the same id.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skykeep.account import aspects, stances, stems, wording
from skykeep.account.persons import People
from skykeep.account.reading import LIKELY, WEAK, Key, Part, reading
from skykeep.account.scopes import Scope, scope_of_rest
from skykeep.account.units import LONGEST_READ
from skykeep.facts.accounted import Proposition, Unit
from skykeep.facts.claimed import Aspect, PropositionWorded, Stance

ALIKE_MIN = 0.55  # likeness at which two units that no reader covers are one proposition
CHAINED_MIN = 0.35  # ... and at which a unit may join several that are, each of them
_CLUSTERED_MAX = 600  # units; above, only what the readers read is proposed
_WORDS_MIN = 5
_ARTICLE_WITHIN = 3  # words before a name: "the northern runway" is "the runway"
# What begins so hangs on the words before it, and would say something else alone.
_HANGING = frozenset(
    {"about", "of", "to", "was", "were", "is", "are", "who", "which", "that", "as", "seeing", "for", "with", "by", "in",
     "at", "on", "from", "because", "than", "or", "how", "why", "what", "when", "where", "being", "having"}
)  # fmt: skip
_NEGATION = re.compile(r"\b(?:not|no|never|none|nobody|without)\b|n['’]t\b", re.IGNORECASE)
_READERS_IN_ORDER = tuple(aspects.WORDINGS)
_NUMBERED = frozenset({"how_many", "flights", "hurt", "clock"})
_LAST = 1_000_000
# Words that carry nothing of their own; modals, directions and pronouns do: "must resign" is not "will resign".
_EMPTY = frozenset(
    """a an the that this these those has have had was were is are been be being it its there also then very just
    so and said says""".split()  # noqa: SIM905
)
ASPECTS_IN_ORDER = tuple(Aspect)
SCOPES_IN_ORDER: tuple[Scope, ...] = ("event", "later", "general", "earlier")


class Told(NamedTuple):
    """A unit with all that was read of it."""

    unit: Unit
    cue: str
    speaker: str | None  # as shown
    source: str | None
    stance: stances.Read
    parts: tuple[Part, ...]
    scope: Scope
    holds_others: bool  # others' words stand in it, and they are less than half of it


class Member(NamedTuple):
    """A unit that a proposition was made from."""

    told: Told
    part: Part | None  # None: by likeness
    same: bool = True  # by likeness: the same words that carry meaning, in one order; else it is suggested only


class Proposed(NamedTuple):
    """A proposition and the units that it was made from; none where a person worded it."""

    proposition: Proposition
    members: tuple[Member, ...]
    key: Key


def propose(
    told: Sequence[Told], alike: NDArray[np.float64], worded: Sequence[PropositionWorded], merging: aspects.Merging,
    people: People,
) -> tuple[Proposed, ...]:  # fmt: skip
    """Suggest propositions; `alike` is (n, n) between the units. A person's wording replaces a suggestion."""
    read = _by_key(told, merging, people)
    covered = frozenset(member.told.unit.unit_id for one in read for member in one.members if _covers(member))
    rest = [n for n, one in enumerate(told) if one.unit.unit_id not in covered and _can_stand(one)]
    found = {one.proposition.proposition_id: one for one in (*read, *_clusters(told, rest, alike))}
    for act in worded:
        known = found.get(act.proposition_id)
        members = known.members if known else _of_wording(act, told, merging, people)
        found[act.proposition_id] = _by_person(act, known, members)
    return tuple(sorted(found.values(), key=_order))


def _covers(member: Member) -> bool:
    """Whether a reader's part is laid for sure; of a denial or a not-knowing, what it is about is."""
    withheld = member.told.stance.stance in {Stance.DENIES, Stance.DOES_NOT_KNOW, Stance.NO_COMMENT}
    return member.part is not None and (withheld or member.part.score >= LIKELY)


def _order(one: Proposed) -> tuple[int, int, int, int, str]:
    """Order by scope and aspect, then what one reader reads together, its numbers from small to large."""
    scope, aspect = one.proposition.scope, one.proposition.aspect
    reader = _READERS_IN_ORDER.index(one.key[0]) if one.key and one.key[0] in aspects.WORDINGS else _LAST
    numbers = [int(figure) for word in one.key[1:] if one.key[0] in _NUMBERED for figure in re.findall(r"\d+", word)]
    number = (numbers or [_LAST])[0]
    return SCOPES_IN_ORDER.index(scope), ASPECTS_IN_ORDER.index(aspect), reader, number, one.proposition.wording


def _of_wording(
    act: PropositionWorded, told: Sequence[Told], merging: aspects.Merging, people: People
) -> tuple[Member, ...]:
    """Return the units that say what a person's wording says, by the same readers; part of it only: not for sure."""
    own = {merging.key(part.key): part.holds for part in aspects.parts(reading(act.wording, people))}
    found = []
    for one in told if own else ():
        shared = [part for part in one.parts if merging.key(part.key) in own]
        if one.scope == "event" and shared:
            part, whole = shared[0], len({merging.key(part.key) for part in shared}) == len(own)
            holds = part.holds == own[merging.key(part.key)]
            found.append(Member(one, part._replace(holds=holds, score=part.score if whole else WEAK)))
    return tuple(found)


def _by_person(act: PropositionWorded, known: Proposed | None, members: tuple[Member, ...]) -> Proposed:
    scope = known.proposition.scope if known else scope_of_rest(act.wording)
    proposition = Proposition(
        proposition_id=act.proposition_id, aspect=act.aspect, wording=act.wording, worded_by=act.by,
        scope="event" if scope == "general" else scope,
    )  # fmt: skip
    return Proposed(proposition, members, known.key if known else ())


def identity(key: Key) -> str:
    return "q" + hashlib.sha256("\x1f".join(key).encode("utf-8", "surrogatepass")).hexdigest()[:12]


# ---- what the readers read -----------------------------------------------------------------------------------------


def _by_key(told: Sequence[Told], merging: aspects.Merging, people: People) -> list[Proposed]:
    members: dict[Key, list[Member]] = {}
    for one in told:
        if one.scope == "event":
            for part in one.parts:
                members.setdefault(merging.key(part.key), []).append(Member(one, part))
    _add_contraries(members)
    target = _target(members)
    return [
        _proposed(key, tuple(group), target, people)
        for key, group in members.items()
        if any(member.part and member.part.score >= LIKELY for member in group)
    ]


def _add_contraries(members: dict[Key, list[Member]]) -> None:
    """Lay "three people were hurt" against "nobody was hurt" too, where somebody says so."""
    for key, group in list(members.items()):
        contrary = ("nobody", key[1]) if key[0] == "hurt" else ()
        if contrary in members:
            members[contrary] += [
                Member(member.told, member.part._replace(key=contrary, holds=not member.part.holds, score=LIKELY))
                for member in group
                if member.part and member.part.holds
            ]


def _proposed(key: Key, group: tuple[Member, ...], target: str, people: People) -> Proposed:
    keys = tuple(member.part.key for member in group if member.part)
    named = _reason(group) if key[0] == "reason" else _named(key, group)
    words = aspects.worded(aspects.Told(key, keys, named, target, people))
    part = group[0].part
    aspect = part.aspect if part else Aspect.WHAT
    proposition = Proposition(
        proposition_id=identity(key), aspect=aspect, wording=words, worded_by=None, scope="event"
    )  # fmt: skip
    return Proposed(proposition, group, key)


def _named(key: Key, group: Sequence[Member]) -> str:
    """Return the place or occasion of a key as it is named: a place at its shortest, an occasion at its fullest."""
    skip = aspects.name_at(key)
    if skip is None:
        return ""
    spoken = [
        _spoken(member.told.unit.text, member.part, (member.part.key if key[0] == "eve" else key)[skip:])
        for member in group
        if member.part and len(member.part.key) > skip
    ]
    spoken = [words for words in spoken if words]
    if not spoken:
        return " ".join(word.capitalize() for word in key[skip:])
    lengths = {words: len(words.removeprefix("the ")) * (-1 if key[0] == "eve" else 1) for words in spoken}
    return min(spoken, key=lambda words: (lengths[words], -len(words), words))


def _spoken(text: str, part: Part, name: Key) -> str:
    """Return the words of a name in a part as they stand, with the article; "": they stand otherwise there."""
    words = re.split(r"\s+", text[part.start : part.end].strip())
    last = [word.casefold().strip("“”\"'’.,") for word in words]
    inside = [n for n in range(len(words)) if re.sub(r"['’]s$", "", last[n]) in name]
    if not inside:
        return ""
    low, high = inside[0], inside[-1] + 1
    within = 1 if part.key[0] == "eve" else _ARTICLE_WITHIN
    article = "the " if "the" in last[max(0, low - within) : low] else ""
    return article + re.sub(r"['’]s$", "", " ".join(words[low:high]).strip(' .,;:“”"'))


def _reason(group: Sequence[Member]) -> str:
    said = [member.told.unit.text[member.part.start :] for member in group if member.part]
    return wording.quoted(min(said, key=lambda words: (len(words), words))) if said else ""


def _target(members: Mapping[Key, Sequence[Member]]) -> str:
    """Return what most of those who name a target name, as they name it; empty where two are named as often."""
    aimed = sorted(((len(group), key) for key, group in members.items() if key[0] == "aimed"), reverse=True)
    if not aimed or (len(aimed) > 1 and aimed[1][0] == aimed[0][0]):
        return ""
    return _named(aimed[0][1], members[aimed[0][1]])


# ---- what no reader covers -----------------------------------------------------------------------------------------


def _can_stand(one: Told) -> bool:
    """Whether words can be a proposition: something is claimed, in some words, of somebody or something."""
    words = one.unit.text.split()
    opens = words[0].strip("\"'“‘").casefold() if words else ""
    read = one.stance.stance is not None and len(one.unit.text) <= LONGEST_READ
    return read and len(words) >= _WORDS_MIN and opens not in _HANGING


def _clusters(told: Sequence[Told], rest: Sequence[int], alike: NDArray[np.float64]) -> list[Proposed]:
    """Cluster units that say the same; one that stands alone is proposed only where it tells of something earlier."""
    if len(rest) > _CLUSTERED_MAX or not alike.size:
        return []
    left, found = list(rest), []
    while left:
        first = left.pop(0)
        group = [first]
        for other in list(left):
            if _joins(told, alike, group, other):
                group.append(other)
                left.remove(other)
        members = tuple(Member(told[n], None) for n in group)
        several = len({(member.told.speaker, member.told.source) for member in members}) > 1
        if several or (told[first].scope == "earlier" and told[first].parts):
            found.append(_cluster(members))
    return found


def _joins(told: Sequence[Told], alike: NDArray[np.float64], group: Sequence[int], other: int) -> bool:
    """Whether a unit says the same as a group: like one of it, not too unlike any, and comparable with all."""
    near = [float(alike[one, other]) for one in group]
    return (
        max(near) >= ALIKE_MIN
        and min(near) >= CHAINED_MIN
        and all(_one_way(told[one], told[other]) and not _holds_other(told[one], told[other]) for one in group)
    )


def _holds_other(one: Told, other: Told) -> bool:
    """Whether one of two units only holds the other among more words: they are alike, and not the same."""
    return any(long.holds_others and short.unit.text in long.unit.text for long, short in ((one, other), (other, one)))


def _one_way(one: Told, other: Told) -> bool:
    """Whether two units are of one scope and both negate or neither does, so that their stances can be compared."""
    negated = [bool(_NEGATION.search(unit.unit.text)) for unit in (one, other)]
    withheld = [unit.stance.stance in {Stance.DENIES, Stance.DOES_NOT_KNOW, Stance.NO_COMMENT} for unit in (one, other)]
    return (
        negated[0] == negated[1]
        and withheld[0] == withheld[1]
        and (one.scope == "earlier") == (other.scope == "earlier")
    )


def carried(text: str) -> tuple[str, ...]:
    """Return the words of a text that carry meaning, without endings, in order: what two that say the same share."""
    return tuple(stems.stem(word) for word in stems.words(stems.folded(text)) if word not in _EMPTY)


def _cluster(members: tuple[Member, ...]) -> Proposed:
    plainest = min((member.told for member in members), key=lambda told: wording.plainness(told.unit.text))
    text = plainest.unit.text
    words_in_order = carried(text)
    members = tuple(member._replace(same=carried(member.told.unit.text) == words_in_order) for member in members)
    words = (
        wording.accused(text, plainest.speaker) if "accus" in plainest.cue else wording.neutral(text, plainest.speaker)
    )
    scope: Scope = "earlier" if members[0].told.scope == "earlier" else scope_of_rest(text)
    part = plainest.parts[0] if plainest.parts else None
    proposition = Proposition(
        proposition_id=identity(("said", words)), aspect=part.aspect if part else Aspect.WHAT, wording=words,
        worded_by=None, scope=scope,
    )  # fmt: skip
    return Proposed(proposition, members, ("said", words))
