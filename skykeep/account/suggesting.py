"""Which propositions a statement is about, how its speaker stands to them, and what goes into the matrix.

What a reader read is laid at once, marked as nobody's act; what is merely alike is only suggested. A person's act
replaces what the program would lay for the same statement and proposition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skykeep.account.propositions import Member, Proposed, Told
from skykeep.account.reading import LIKELY, SURE, WEAK, Key, Part
from skykeep.account.stances import Read, towards
from skykeep.account.units import LONGEST_READ
from skykeep.facts.accounted import Cell, Match, Standing, Suggested
from skykeep.facts.claimed import Aspect, Stance, StanceTaken, StatementMade

LAID_MIN = 0.6  # score at which a match is laid in a cell: what a reader is sure of, and clusters
ALIKE_SCORE = 0.55  # a likeness of 1 without a reader: always below LAID_MIN
SUGGESTED_MIN = 0.12
TOP = 3
_WITHHELD = frozenset({Stance.DENIES, Stance.DOES_NOT_KNOW, Stance.NO_COMMENT})
# Which of several things "no information about …" or "denied …" is about: that it happened, before how and where.
_CORE: dict[Key, int] = {("what",): 0, ("who",): 1, ("stopped",): 2, ("nobody",): 2, ("hurt",): 2, ("damage",): 2}
_DETAIL = 9
_DOUBT_REACHES = 15  # characters: "two drones may have been seen", not "the ban is to keep away drones, which could …"


class Placed(NamedTuple):
    """A match, with whom its words are attributed to and how it got there."""

    match: Match
    statement_id: str
    attributed_to: str | None


def matches(
    told: Sequence[Told],
    proposed: Sequence[Proposed],
    alike: NDArray[np.float64],
    within: Mapping[str, str],
    worded: Sequence[str] = (),
) -> dict[str, list[Placed]]:
    """Return all matches of each statement, the likeliest first; `within`: units told as another's words, and whose."""
    found: dict[str, dict[str, Placed]] = {}
    for placed in (
        *_read(told, proposed, within),
        *_in_general(told, proposed),
        *_alike(told, proposed, alike, worded),
    ):
        best = found.setdefault(placed.statement_id, {})
        known = best.get(placed.match.proposition_id)
        if known is None or placed.match.score > known.match.score:
            best[placed.match.proposition_id] = placed
    return {
        name: sorted(best.values(), key=lambda one: (-one.match.score, one.match.proposition_id))
        for name, best in found.items()
    }


def _read(told: Sequence[Told], proposed: Sequence[Proposed], within: Mapping[str, str]) -> list[Placed]:
    core = {one.unit.unit_id: _core(one) for one in told}
    found = []
    for one in proposed:
        for member in one.members:
            placed = _placed(one, member, core[member.told.unit.unit_id], within)
            if placed:
                found.append(placed)
    return found


_BARE_DENIED = re.compile(
    r"\W*(?:(?:the|these|those|this|any|all|such)\s)?(?:[\w’'-]{1,30}\s){0,2}"
    r"(?:accounts?|claims?|accusations?|allegations?|charges?|version)\W*"
)


_WHO_UNKNOWN = re.compile(
    r"\bwho (?:had |has |have |might have |was |is )?(?:\w+ )?"
    r"(?:launched|sent|fl[eo]wn?|fired|attacked|ordered|behind|responsible|carried out|operated|controlled)\b"
)


def _in_general(told: Sequence[Told], proposed: Sequence[Proposed]) -> list[Placed]:
    """Lay "denied the claims" and "no information about drones" to what others affirm, where it can be but one thing.

    A denial goes to what happened or who did it, if one alone is affirmed; not to know of drones is not to know either
    how many there were.
    """
    found = []
    for one in told:
        denies = one.stance.stance is Stance.DENIES and not one.parts and _BARE_DENIED.fullmatch(one.unit.text)
        unknown = one.stance.stance is Stance.DOES_NOT_KNOW and [part.key for part in one.parts] == [
            ("what", "sighting")
        ]
        who = one.stance.stance is Stance.DOES_NOT_KNOW and not one.parts and _WHO_UNKNOWN.search(one.unit.text)
        if one.scope != "event" or not (denies or unknown or who):
            continue
        core = [other for other in proposed if other.key[:1] in {("what",), ("who",)} and _affirmed(other, one)]
        core = [other for other in core if not who or other.key[0] == "who"]
        aimed = core if len(core) == 1 else []
        if unknown and not any(other.key[:1] == ("what",) for other in core):
            aimed = [other for other in proposed if other.key[:2] == ("how_many", "drone") and _affirmed(other, one)]
        for other in aimed:
            match = Match(
                proposition_id=other.proposition.proposition_id, unit_id=one.unit.unit_id,
                stance=Stance.DENIES if denies else Stance.DOES_NOT_KNOW, score=LIKELY,
                why=("of the whole, which others affirm", f"stance read from: {one.stance.words}"),
            )  # fmt: skip
            found.append(Placed(match, one.unit.statement_id, None))
    return found


def _affirmed(proposed: Proposed, by_others: Told) -> bool:
    """Whether somebody else affirms a proposition, without a doubt."""
    return proposed.proposition.scope == "event" and any(
        member.part is not None
        and member.part.holds
        and member.part.score >= LIKELY
        and member.told.stance.stance is Stance.AFFIRMS
        and member.told.stance.doubt_at is None
        and member.told.speaker not in {None, by_others.speaker}
        for member in proposed.members
    )


def _core(told: Told) -> int | None:
    """Return which rank of parts a denial or a not-knowing reaches; None: all, there being one only; -1: no telling."""
    if told.stance.deed and any(part.key[0] == "who" for part in told.parts):
        return _CORE[("who",)]  # "denied having attacked the pier" says who did not do it
    ranks = [_CORE.get(part.key[:1], _DETAIL) for part in told.parts if part.start >= told.stance.start]
    if len(ranks) < 2:
        return None
    return min(ranks) if min(ranks) < _DETAIL else -1


_THERE_WERE = re.compile(
    r"\bthere (?:was|were|is|are|had been|have been|has been)\b|\b(?:reports?|claims?|sightings?) of\b"
)


def _beyond_denial(part: Part, read: Read, text: str) -> bool:
    """Whether a denial leaves a part open: how many, when and where of a deed, or a number that is not the point."""
    if read.stance is not Stance.DENIES or part.key[0] == "absent":
        return False
    if read.deed and part.aspect in {Aspect.HOW_MANY, Aspect.WHEN, Aspect.WHERE}:
        return True
    return part.aspect is Aspect.HOW_MANY and not _THERE_WERE.search(text.lower())


def _reached(part: Part, core: int | None) -> bool:
    return core is None or _CORE.get(part.key[:1], _DETAIL) == core


def _placed(one: Proposed, member: Member, core: int | None, within: Mapping[str, str]) -> Placed | None:
    read, part, unit = member.told.stance, member.part, member.told.unit
    if read.stance is None:
        return None
    stance, score = read.stance, part.score if part else LIKELY if member.same else WEAK
    attributed_to = read.attributed_to
    if stance in _WITHHELD:
        if part and part.start < read.start and part.end <= read.start:
            # It stands before the words that withhold: "… was seen, and we have no information" affirms it, "of … we
            # have no information" does not. A person decides.
            stance, score = Stance.AFFIRMS, WEAK
        elif part and (_beyond_denial(part, read, unit.text) or not _reached(part, core)):
            score = WEAK - 0.1
        elif part or member.same:
            score = SURE
    if (
        part
        and part.aspect is not Aspect.RULE
        and read.doubt_at is not None
        and read.doubt_at < part.end + _DOUBT_REACHES
    ):
        score = min(score, WEAK)
    if stance is Stance.AFFIRMS and unit.unit_id in within:
        stance, attributed_to = Stance.ATTRIBUTES, within[unit.unit_id]
    why = [f"reads: {unit.text[part.start : part.end].strip()}"] if part else ["alike in words"]
    why += [f"stance read from: {read.words}"] if read.words else []
    match = Match(
        proposition_id=one.proposition.proposition_id, unit_id=unit.unit_id,
        stance=towards(stance, holds=part.holds if part else True), score=round(score, 3), why=tuple(why),
    )  # fmt: skip
    return Placed(match, unit.statement_id, attributed_to if stance is Stance.ATTRIBUTES else None)


def _alike(
    told: Sequence[Told], proposed: Sequence[Proposed], alike: NDArray[np.float64], worded: Sequence[str]
) -> list[Placed]:
    """Suggest by likeness alone: the row of a unit against the units that each proposition was made from.

    What a person worded is compared too: the rows after the units', in the order of `worded`.
    """
    if not alike.size:
        return []
    row = {one.unit.unit_id: n for n, one in enumerate(told)}
    columns = [[row[member.told.unit.unit_id] for member in one.members] for one in proposed]
    at = {one.proposition.proposition_id: n for n, one in enumerate(proposed)}
    for n, name in enumerate(worded, start=len(told)):
        columns[at[name]].append(n)
    found = []
    for n, one in enumerate(told):
        if one.stance.stance is None or len(one.unit.text) > LONGEST_READ:
            continue
        scores = [max((float(alike[n, k]) for k in own if k != n), default=0.0) for own in columns]
        order = sorted(range(len(scores)), key=lambda k: (-scores[k], k))[:TOP]
        for k in order:
            other = proposed[k].proposition
            if scores[k] * ALIKE_SCORE < SUGGESTED_MIN or (other.scope == "event") != (one.scope == "event"):
                continue
            match = Match(
                proposition_id=other.proposition_id, unit_id=one.unit.unit_id, stance=one.stance.stance,
                score=round(scores[k] * ALIKE_SCORE, 3), why=("alike in words to another that is laid there",),
            )  # fmt: skip
            found.append(Placed(match, one.unit.statement_id, one.stance.attributed_to))
    return found


def suggest(statements: Sequence[StatementMade], placed: Mapping[str, Sequence[Placed]]) -> tuple[Suggested, ...]:
    """Return the three likeliest matches of each statement that has any, in the statements' order."""
    return tuple(
        Suggested(statement_id=name, matches=tuple(one.match for one in placed[name][:TOP]))
        for name in (statement.statement_id for statement in statements)
        if placed.get(name)
    )


def cells(
    statements: Sequence[StatementMade], proposed: Sequence[Proposed], placed: Mapping[str, Sequence[Placed]],
    acts: Sequence[StanceTaken], speaker_of: Mapping[str, str],
) -> tuple[Cell, ...]:  # fmt: skip
    """Lay statements in cells, propositions and speakers in their order; acts replace what the program would lay."""
    standing: dict[tuple[str, str], dict[str, list[Standing]]] = {}
    confirmed = {(act.statement_id, act.proposition_id): act for act in acts}  # the latest act of a pair holds
    for statement in statements:
        name = statement.statement_id
        speaker = speaker_of.get(name)
        for proposition, one in _standings(name, placed.get(name, ()), confirmed) if speaker else ():
            standing.setdefault((proposition, speaker or ""), {}).setdefault(name, []).append(one)
    speakers = list(dict.fromkeys(speaker_of[s.statement_id] for s in statements if s.statement_id in speaker_of))
    return tuple(
        Cell(
            proposition_id=proposition,
            speaker_id=speaker,
            standings=tuple(one for ones in found.values() for one in ones),
        )
        for proposition in (one.proposition.proposition_id for one in proposed)
        for speaker in speakers
        if (found := standing.get((proposition, speaker)))
    )


def _standings(
    name: str, placed: Sequence[Placed], confirmed: Mapping[tuple[str, str], StanceTaken]
) -> list[tuple[str, Standing]]:
    found = []
    for one in placed:
        if one.match.score >= LAID_MIN and (name, one.match.proposition_id) not in confirmed:
            suggested = Standing(
                statement_id=name,
                stance=one.match.stance,
                attributed_to=one.attributed_to,
                act_id=None,
                confirmed_by=None,
            )
            found.append((one.match.proposition_id, suggested))
    for (statement, proposition), act in confirmed.items():
        if statement == name:
            taken = Standing(
                statement_id=name,
                stance=act.stance,
                attributed_to=act.attributed_to,
                act_id=act.act_id,
                confirmed_by=act.by,
            )
            found.append((proposition, taken))
    return found
