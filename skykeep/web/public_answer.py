"""The answer to "May I fly here?" in words: one head line, what changes with height and time, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from skykeep.facts.enacted import Limit, Rule
from skykeep.geo.altitude import Altitude, Datum
from skykeep.views import sentences
from skykeep.views import words as plain
from skykeep.views.clauses import CLAUSES, ZONE
from skykeep.views.livemodels import HeightNow, LimitNow
from skykeep.web import mayfly, spoken
from skykeep.web.mayfly import ForMass, Mass, MayFly, Stretch, ZoneSays
from skykeep.web.words import Words, marked

YES, ASK, NO, UNSURE = "free", "ask", "no", "unsure"
LOOK: Final = {
    "no_zone_forbids": YES,
    "conditions": ASK,
    "needs_permit": ASK,
    "prohibited": NO,
    "cannot_tell": UNSURE,
}
MASSES: Final[dict[Mass, str]] = {
    "under_250_g": marked("Under 250 g"),
    "from_250_g": marked("250 g or heavier"),
    "as_given": marked("With this weight"),
}
HEAD: Final = {
    "prohibited": marked("No drones here"),
    "needs_permit": marked("Only with a permit"),
    "conditions": marked("Only under conditions that a person must read"),
    "cannot_tell": marked("Cannot tell"),
}
SHORT: Final = {
    "prohibited": marked("no drones"),
    "needs_permit": marked("permit needed"),
    "conditions": marked("only under conditions that a person must read"),
    "cannot_tell": marked("cannot tell"),
}
MISSING: Final = {
    mayfly.LAW_MAY_LACK: marked(
        "No zone known here forbids it. But nobody declared these zones to be all the law, so there may be more."
    ),
    mayfly.STATION_IS_OLD: marked("The station does not answer, so what it knows may have changed since."),
    mayfly.TOO_MANY_LIMITS: marked("Too many zones begin and end above this place for one answer: read the list."),
    "a better position": marked("The place is too near to the border of a zone for how well it is known."),
    "the drone's mass": marked("It depends on the drone's weight: a zone exempts a part of this class."),
}


WHAT_TO_DO: Final = {
    "prohibited": marked("Do not fly here."),
    "needs_permit": marked("Apply for a permit before you fly; a person decides."),
    "conditions": marked("Read the conditions below before you fly."),
    "cannot_tell": marked("Do not fly before you know more."),
}
SHOULD_STAY: Final = marked("Stay below that height, or do first what is asked above it.")


class Line(NamedTuple):
    """One line under the head line: for which heights, and what holds there."""

    look: str
    text: str


class Why(NamedTuple):
    """One zone behind the answer, in words."""

    name: str
    zone_id: str
    version: int
    heights: str
    rule: str
    sentence: str
    clause: str
    issuing_body: str
    legal_basis: str
    reason: str
    conditions: str
    contact: str
    appeal: str
    changes_ns: int | None
    border: str


class Told(NamedTuple):
    """The whole answer in words."""

    look: str
    head: str
    lines: tuple[Line, ...]
    missing: tuple[str, ...]
    why: tuple[Why, ...]
    permit: bool  # a permit would help
    until_ns: int | None  # when a zone that was named begins or ceases to rule
    endless: bool  # a zone forbids something here, and nothing says until when
    todo: tuple[str, ...]  # what whoever asks can do now


def told(answer: MayFly, mass: Mass | None, words: Words) -> Told:
    """Return an answer in words, for one class of weight or for all of them."""
    shown = [one for one in answer.answers if mass in {None, one.mass}] or list(answer.answers)
    same = all(one.stretches == shown[0].stretches for one in shown)
    looks = {LOOK[one.first.answer] for one in shown}
    stretches = [each for one in shown for each in one.stretches]
    until_ns = min((zone.changes_ns for zone in answer.zones if zone.changes_ns is not None), default=None)
    return Told(
        look=looks.pop() if len(looks) == 1 else ASK,
        head=_head(shown[0], words) if same else _by_mass(shown, words),
        lines=tuple(_lines(shown[:1] if same else shown, words, named=not same)),
        missing=tuple(_missing(stretches, words)),
        why=tuple(_why(zone, words) for zone in answer.zones),
        permit=any(each.answer == "needs_permit" for each in stretches),
        until_ns=until_ns,
        endless=until_ns is None and any(each.answer in WHAT_TO_DO and each.zones for each in stretches),
        todo=tuple(_todo(answer, shown, words)),
    )


def _todo(answer: MayFly, shown: Sequence[ForMass], words: Words) -> list[str]:
    """Return what to do where one may not simply fly, and whom to ask: by what holds at the ground, else higher up."""
    first = max((one.first.answer for one in shown), key=mayfly.GRAVITY.index)
    higher = max((one.gravest.answer for one in shown), key=mayfly.GRAVITY.index)
    said = WHAT_TO_DO.get(first) or (SHOULD_STAY if higher in WHAT_TO_DO else None)
    asked = dict.fromkeys(
        who.strip() for zone in answer.zones for who in (zone.contact, zone.appeal_contact) if who and who.strip()
    )
    whom = [words.say(marked("Ask: {who}"), who=", ".join(plain.shown(who, 200) for who in asked))] if asked else []
    return [words.say(said), *whom] if said else []


def _head(one: ForMass, words: Words) -> str:
    first = one.first
    if first.answer != "no_zone_forbids":
        return words.say(HEAD[first.answer])
    if len(one.stretches) > 1 and first.sharp:
        return words.say(marked("No zone forbids it below {height}"), height=spoken.below(first.to_mm + 1))
    return words.say(marked("No zone forbids it, up to {height}"), height=spoken.below(first.to_mm))


def _by_mass(shown: Sequence[ForMass], words: Words) -> str:
    """Return one sentence for each weight: what is allowed and what needs a permit, never both of one drone."""
    return " ".join(
        words.say(marked("{weight}: {answer}."), weight=words.say(MASSES[one.mass]), answer=_short(one, words))
        for one in shown
    )


def _short(one: ForMass, words: Words) -> str:
    first = one.first
    if first.answer != "no_zone_forbids":
        return words.say(SHORT[first.answer])
    if len(one.stretches) > 1 and first.sharp:
        return words.say(marked("no zone forbids it below {height}"), height=spoken.below(first.to_mm + 1))
    return words.say(marked("no zone forbids it, up to {height}"), height=spoken.below(first.to_mm))


def _lines(shown: Sequence[ForMass], words: Words, *, named: bool) -> list[Line]:
    """Return what holds higher up, where that differs from the ground."""
    lines = []
    for one in shown:
        before = f"{words.say(MASSES[one.mass])} · " if named else ""
        for below, each in zip(one.stretches, one.stretches[1:], strict=False):
            low = spoken.below(each.from_mm if below.sharp else below.to_mm)
            what = words.say(marked("no zone forbids it") if each.answer == "no_zone_forbids" else SHORT[each.answer])
            last = each is one.stretches[-1]
            text = (
                words.say(marked("From {low}: {answer}"), low=low, answer=what)
                if last
                else words.say(
                    marked("From {low} to {high}: {answer}"), low=low, high=spoken.below(each.to_mm + 1), answer=what
                )
            )
            lines.append(Line(LOOK[each.answer], before + text))
    return lines


def _missing(stretches: Sequence[Stretch], words: Words) -> list[str]:
    """Return what would have to be known, each once."""
    found = dict.fromkeys(what for each in stretches for what in each.missing)
    said = [words.say(MISSING[what]) for what in found if what in MISSING]
    others = [sentences.needed(what, words.law) for what in found if what not in MISSING]
    return [*said, *([words.say(marked("What is missing: {what}."), what=", ".join(others))] if others else [])]


def _why(zone: ZoneSays, words: Words) -> Why:
    name = words.law(ZONE).format(name=zone.name or zone.zone_id)
    sentence = _sentence(zone, name, words)
    inside = zone.inside_m or 0
    border = words.say(marked("{far} inside its border"), far=spoken.metres(inside))
    if inside < 0:
        border = words.say(marked("{far} outside its border"), far=spoken.metres(-inside))
    return Why(
        name=zone.name or zone.zone_id,
        zone_id=zone.zone_id,
        version=zone.version,
        heights=spoken.law_heights(_limit(zone.floor), _limit(zone.ceiling)),
        rule=zone.rule,
        sentence=sentence[:1].upper() + sentence[1:],
        clause=zone.clause,
        issuing_body=zone.issuing_body or "",
        legal_basis=zone.legal_basis or "",
        reason=zone.reason or "",
        conditions=zone.conditions or "",
        contact=zone.contact or "",
        appeal=zone.appeal_contact or "",
        changes_ns=zone.changes_ns,
        border="" if zone.inside_m is None else border,
    )


def _sentence(zone: ZoneSays, name: str, words: Words) -> str:
    """Return what the zone says; and what of it decides, where that is more than that a permit is not there."""
    heights = spoken.law_heights(_limit(zone.floor), _limit(zone.ceiling))
    rule = words.law(sentences.RULE[Rule(zone.rule)])
    says = words.law(sentences.ZONE_SAYS).format(
        name=zone.name or zone.zone_id, version=zone.version, rule=rule, heights=heights
    )
    if zone.clause == "no_permit":
        return says
    return f"{says} {words.law(CLAUSES[zone.clause].sentence).format(zone=name, permit='', law='')}"


def _limit(limit: LimitNow) -> Limit:
    return Altitude(limit.value_mm, Datum(limit.datum)) if isinstance(limit, HeightNow) else limit
