"""The slow way to ask the law of a place, kept as an oracle: the rules are asked of all zones at each height."""

import msgspec

from skykeep.facts.concluded import Verdict
from skykeep.rules.decide import decide
from skykeep.web import mayfly
from skykeep.web.mayfly import CLASSES, GRAVITY, ForMass, MayFly


def ask(question, law, *, now_ns, fresh, with_levels):
    """Return what `mayfly.ask` does; takes seconds over a hundred zones."""
    near = law.zones_near(question.lat_e7, question.lon_e7, question.accuracy_m * 2)
    law = mayfly._comparable(law, near, with_levels)
    told, found = {}, []

    def one(height_mm, mass_g):
        flight = msgspec.structs.replace(mayfly._flight(question, height_mm, now_ns), mass_g=mass_g)
        explanation = decide(flight, law)
        found.append(explanation)
        for zone in explanation.zones:
            key = zone.zone_id, zone.zone_version
            if key not in told or grade(zone) > grade(told[key]):
                told[key] = zone
        return said(explanation)

    heights, whole = mayfly._heights(question, near)
    by_mass = any(one.mass_max_g is not None for zone in near for one in zone.fact.exemptions)
    answers = []
    for mass, masses in (CLASSES if question.mass_g is None else {"as_given": (question.mass_g,)}).items():
        ones = [mayfly._joined([one(height, each) for each in masses[: None if by_mass else 1]]) for height in heights]
        answers.append(ForMass(mass=mass, stretches=mayfly._stretches(heights, ones)))
    if any(mayfly._may_reach(question, zone, now_ns) for zone in near if mayfly._key_of(zone) not in told):
        answers = [mayfly._unsure_where_free(answer) for answer in answers]
    if not whole or not fresh:
        why = mayfly.TOO_MANY_LIMITS if fresh else mayfly.STATION_IS_OLD
        answers = [mayfly._unsure(answer, why) for answer in answers]
    coming = next((each for each in found if each.coming_zone_id is not None), None)
    zones = {mayfly._key_of(zone): zone for zone in near}
    return MayFly(
        lat_e7=question.lat_e7,
        lon_e7=question.lon_e7,
        accuracy_m=question.accuracy_m,
        height_m=question.height_m,
        t_ns=now_ns,
        fresh=fresh,
        law_complete=law.complete,
        answers=tuple(answers),
        zones=tuple(mayfly._says(each, zones[key], now_ns) for key, each in sorted(told.items())),
        coming_zone_id=coming.coming_zone_id if coming else None,
        coming_zone_name=coming.coming_zone_name if coming else None,
        coming_from_ns=coming.coming_from_ns if coming else None,
    )


def grade(zone):
    return GRAVITY.index(mayfly._kind(zone))


def said(told):
    """Return what one answer of the rules comes to for somebody who wants to fly."""
    if told.verdict is Verdict.NO_RULE:
        zones = tuple((zone.zone_id, zone.zone_version) for zone in told.zones)
        known = told.law_complete
        return mayfly._One("no_zone_forbids" if known else "cannot_tell", zones, () if known else (mayfly.LAW_MAY_LACK,))
    graded = [(grade(zone), zone) for zone in told.zones if grade(zone)]
    answer = GRAVITY[max(each for each, _ in graded)] if graded else "cannot_tell"
    gravest = [zone for each, zone in graded if GRAVITY[each] == answer]
    zones = tuple((zone.zone_id, zone.zone_version) for zone in gravest)
    missing = tuple(dict.fromkeys(what for zone in gravest for what in zone.missing)) or told.missing
    return mayfly._One(answer, zones, missing if answer == "cannot_tell" else ())
