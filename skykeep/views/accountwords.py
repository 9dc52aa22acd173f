"""How the parts of an account are said to people: stances, how a speaker is known, what was measured, commands."""

from __future__ import annotations

import shlex

from skykeep.facts.accounted import Reading
from skykeep.facts.claimed import Aspect, Mode, Moment, Resolved, Stance
from skykeep.views import words

STANCE = {
    Stance.AFFIRMS: "affirms",
    Stance.DENIES: "denies",
    Stance.DOES_NOT_KNOW: "does not know",
    Stance.NO_COMMENT: "no comment",
    Stance.ATTRIBUTES: "attributes",
}
STANCE_MEANS = {
    Stance.AFFIRMS: "the speaker says that it is so",
    Stance.DENIES: "the speaker says that it is not so",
    Stance.DOES_NOT_KNOW: "the speaker says that they do not know; that is no denial",
    Stance.NO_COMMENT: "the speaker was asked and would not say",
    Stance.ATTRIBUTES: "the speaker says that somebody else says it",
}
ASPECT = {
    Aspect.WHAT: "What happened",
    Aspect.HOW_MANY: "How many",
    Aspect.WHERE: "Where",
    Aspect.WHEN: "When",
    Aspect.WHO: "Who",
    Aspect.INTENT: "What was intended",
    Aspect.DAMAGE: "Damage",
    Aspect.CASUALTIES: "People hurt",
    Aspect.RESPONSE: "What was done about it",
    Aspect.RULE: "Rules and rights",
}
SCOPE = {"event": "of the event", "earlier": "earlier", "later": "later", "general": "in general"}
READING = {
    Reading.MEASURED: "measured",
    Reading.NOT_MEASURABLE: "not measurable",
    Reading.NOT_COVERED: "not covered",
}
READING_MEANS = {
    Reading.MEASURED: "a sensor of the record looked there and then",
    Reading.NOT_MEASURABLE: "no sensor measures it: an intent, a right, a law",
    Reading.NOT_COVERED: "a sensor could, but none looked there and then, or no record was given",
}
MODE = {
    Mode.DIRECT: "in quotation marks",
    Mode.INDIRECT: "in the source's own words",
    Mode.MIXED: "the source's words with quoted ones among them",
    Mode.UNKNOWN: "not recorded",
}
RESOLVED = {
    Resolved.NAMED: "named here",
    Resolved.REFERRED: "referred to; only one person can be meant here",
    Resolved.UNCERTAIN: "uncertain",
    Resolved.CONTINUED: "the quotation goes on from the speaker before",
    Resolved.NOBODY: "the source does not say who",
    Resolved.UNKNOWN: "not recorded",
}
OUTCOME = {"agrees": "agrees", "differs": "differs", "cannot_check": "cannot check"}
CHECK = {
    "distance": "distance",
    "unit": "unit",
    "date": "date",
    "count": "count",
    "record": "against the record",
}
DIFFERENCE = {
    "what": "What is said to have happened",
    "count": "Numbers",
    "where": "Places",
    "when": "Times",
    "worded": "Worded differently",
    "speaker": "Laid to different speakers",
    "only_in": "Only in one source",
    "changed": "What changed over time",
}
MEDIA = {"text/plain": "plain text", "text/html": "HTML", "application/pdf": "PDF"}
NO_SPEAKER = "nobody named"
ERASED = "its text was erased, or is not the one that was taken in"


def stance(taken: Stance, attributed_to: str | None) -> str:
    """Return a stance in words: "denies", "attributes to the mayor"."""
    if taken is not Stance.ATTRIBUTES:
        return STANCE[taken]
    return f"attributes to {words.shown(attributed_to, 80)}" if attributed_to else "attributes to another"


def moment(reading: Moment) -> str:
    """Return one reading of a time: its interval in UTC, and how it was read."""
    return f"{words.period(reading.start_ns, reading.end_ns)} ({words.shown(reading.how)})"


def letter(place: int) -> str:
    """Return the letter of a source by its place from 0: A ... Z, AA, AB ..."""
    rest, last = divmod(place, 26)
    return (letter(rest - 1) if rest else "") + chr(ord("A") + last)


def joining(name: str, other: str) -> str:
    """Return the command with which a person says that two names are one speaker."""
    return f"skykeep account same CASE {shlex.quote(words.shown(name))} {shlex.quote(words.shown(other))} --by NAME"


def retracting(what: str) -> str:
    """Return the command with which a person says that what was found is no statement, or takes an act back."""
    return f"skykeep account retract CASE {what} --reason WHY --by NAME"


def confirming(statement_id: str, proposition_id: str, taken: Stance) -> str:
    """Return the command with which a person confirms a suggested match; CASE and NAME are theirs to fill in."""
    return (
        f"skykeep account confirm CASE --statement {shlex.quote(statement_id)} "
        f"--proposition {shlex.quote(proposition_id)} --stance {taken.value} --by NAME"
    )
