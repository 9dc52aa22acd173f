"""Each clause of the verdict table as a plain sentence.

A sentence claims no more than its verdict: what was compared and what came of it, never what a pilot meant.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from skykeep.facts.concluded import Verdict, VerdictReached
from skykeep.views.words import shown


@dataclasses.dataclass(frozen=True, slots=True)
class Clause:
    """One row of the table; `sentence` may name {zone}, {permit} and {law}."""

    verdict: Verdict
    sentence: str
    remedy: str  # what would change or settle the answer


CLAUSES: dict[str, Clause] = {
    "manned_aircraft": Clause(
        Verdict.EXEMPT,
        "It is reported as a manned aircraft, which the drone rules of {zone} do not bind.",
        "Check the report if the aircraft does not look like one.",
    ),
    "zone_allows": Clause(
        Verdict.NO_RULE,
        "The one thing in force here is {zone}, and it restricts nothing.",
        "Nothing to settle.",
    ),
    "zone_exempts": Clause(
        Verdict.NO_RULE,
        "{zone} does not bind such a flight: it exempts it in its own words.",
        "Nothing to settle, as long as what was said of the flight is true.",
    ),
    "conditions_not_readable": Clause(
        Verdict.CANNOT_TELL,
        "The conditions of {zone} are words that no program can check.",
        "A person reads the zone's conditions.",
    ),
    "hours_not_readable": Clause(
        Verdict.CANNOT_TELL,
        "The hours of {zone} could not be read, so it is not known whether it was in force.",
        "A person reads the zone's hours; its publisher can state them as dates and times.",
    ),
    "state_flight": Clause(
        Verdict.EXEMPT,
        "Permit {permit} for state flights covers it in {zone}, and the identity that it gives matches.",
        "The identity is as good as its trust says.",
    ),
    "identity_contradicted": Clause(
        Verdict.CANNOT_TELL,
        "What it says of itself cannot be true as told, so no permit or exemption can be matched with it in {zone}.",
        "Somebody looks: one of those who give this identity is lying, and radio does not say which.",
    ),
    "identity_absent": Clause(
        Verdict.CANNOT_TELL,
        "Permit {permit} reaches this flight in {zone}, but it gave no identity to compare with it.",
        "The drone's identity, by radio or by a look at it.",
    ),
    "permitted": Clause(
        Verdict.PERMITTED,
        "Permit {permit} covers this flight in {zone}, and the identity that it gives matches.",
        "The identity is as good as its trust says.",
    ),
    "permitted_within_thresholds": Clause(
        Verdict.PERMITTED,
        "This flight is outside the volume of permit {permit} in {zone}, but within the deviation that it allows, and "
        "the identity that it gives matches.",
        "The identity is as good as its trust says.",
    ),
    "permit_border": Clause(
        Verdict.CANNOT_TELL,
        "The identity matches permit {permit}, but the flight is too near the permit's border or height limit to say "
        "on which side of it.",
        "A better position or height.",
    ),
    "permit_height_unknown": Clause(
        Verdict.CANNOT_TELL,
        "The identity matches permit {permit}, but the flight's height cannot be compared with the permit's.",
        "What is listed as missing, such as the ground height at take-off.",
    ),
    "permit_zone_version": Clause(
        Verdict.CANNOT_TELL,
        "The identity matches permit {permit}, but the permit was granted for another version of {zone}, or before it "
        "was announced, and it cannot be told whether it still holds.",
        "The zone's authority says so, or grants a new version of the permit.",
    ),
    "identity_other_kind": Clause(
        Verdict.CANNOT_TELL,
        "Permit {permit} reaches this flight in {zone}, but the two name aircraft in different ways, such as a serial "
        "number and a registration, and cannot be compared.",
        "An identity of the kind that the permit names, or a permit that names both.",
    ),
    "exemption_not_known": Clause(
        Verdict.CANNOT_TELL,
        "{zone} exempts some flights, and what decides that cannot be told of this one.",
        "What is listed as missing, such as the drone's mass.",
    ),
    "permit_without_consent": Clause(
        Verdict.NOT_PERMITTED,
        "Its permit {permit} lacks the consent of the authority for {zone}.",
        "The consent of that authority.",
    ),
    "permit_condition": Clause(
        Verdict.NOT_PERMITTED,
        "A condition of its permit {permit} is not met, in {zone}.",
        "The permit's conditions.",
    ),
    "permit_revoked": Clause(
        Verdict.NOT_PERMITTED,
        "Its permit {permit} was taken back, and no other covers it in {zone}.",
        "The permit's record says who took it back, when and why.",
    ),
    "permit_hours": Clause(
        Verdict.NOT_PERMITTED,
        "Its permit {permit} does not hold at this time, and no other covers it in {zone}.",
        "The permit's hours.",
    ),
    "permit_height": Clause(
        Verdict.NOT_PERMITTED,
        "It is inside the outline of its permit {permit}, but outside the permit's heights, in {zone}.",
        "The permit's heights.",
    ),
    "permit_area": Clause(
        Verdict.NOT_PERMITTED,
        "It is outside the outline of its permit {permit}, in {zone}.",
        "The permit's area.",
    ),
    "permit_of_another": Clause(
        Verdict.NOT_PERMITTED,
        "Permit {permit} reaches it in {zone}, but is for others than the identity that it gives.",
        "A permit of its own.",
    ),
    "no_permit": Clause(
        Verdict.NOT_PERMITTED,
        "No permit covers this flight in {zone}.",
        "A permit for this aircraft, place and time.",
    ),
    "zone_border": Clause(
        Verdict.CANNOT_TELL,
        "It is too near the border of {zone} to say on which side of it; inside, it would not be permitted.",
        "A better position.",
    ),
    "zone_height_border": Clause(
        Verdict.CANNOT_TELL,
        "It is too near the lower or upper limit of {zone} to say on which side of it; inside, it would not be "
        "permitted.",
        "A better height.",
    ),
    "zone_height_unknown": Clause(
        Verdict.CANNOT_TELL,
        "Its height cannot be compared with the limits of {zone}; inside them, it would not be permitted.",
        "What is listed as missing, such as the ground height at take-off.",
    ),
    "no_zone_here": Clause(
        Verdict.NO_RULE,
        "No zone in force reaches it. {law}",
        "If the law is not declared complete, there may be rules that the record does not hold.",
    ),
    "left_zone": Clause(
        Verdict.NO_RULE,
        "{zone} no longer applies to it: it left, or the zone is no longer in force.",
        "Nothing to settle.",
    ),
}
COMPLETE = "The law given is declared to be all there is here."
NOT_COMPLETE = "The law given is not declared to be all there is here."


ZONE = "zone {name}"
Translate = Callable[[str], str]


def as_it_is(english: str) -> str:
    """Return the English words, where nobody asked for another language."""
    return english


def sentence(verdict: VerdictReached, zone_name: str | None, translate: Translate = as_it_is) -> str:
    """Return why a verdict is what it is, in one or two plain sentences."""
    clause = CLAUSES.get(verdict.clause)
    if clause is None:
        return f"Decided by clause {shown(verdict.clause)}, for which this version has no words."
    text = translate(clause.sentence).format(
        zone=zone_words(verdict.zone_id, zone_name, translate),
        permit=shown(verdict.permit_id or "(not named)"),
        law=translate(COMPLETE if verdict.law_complete else NOT_COMPLETE),
    )
    return text[0].upper() + text[1:]


def zone_words(zone_id: str | None, zone_name: str | None, translate: Translate = as_it_is) -> str:
    """Return how a zone is named in a sentence."""
    name = zone_name or zone_id
    if name is None:
        return "an unnamed zone"
    told = f"“{shown(name)}”" if any(mark in name for mark in ",:;.()") else shown(name)
    if any(each in name.casefold() for each in ("zone", translate(ZONE).split()[0])):
        return f"“{shown(name)}”"
    return translate(ZONE).format(name=told)
