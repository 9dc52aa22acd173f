"""What an OpenAir class and type of airspace, made for manned aviation, mean for an unmanned flight.

No OpenAir file says so. Only P is plain: nobody flies there. Everything else is a judgement, and the zone says so in
a doubt. Class (AC) and type (AY) are each read by this table, and the stricter reading holds:

    prohibited     P
    needs a permit R, CTR, ATZ, MATZ, HTZ, TRA, TSA, TFR, MTA, and the controlled classes A, B, C, D
    conditional    Q (danger), W, GSEC, ASRA, RMZ, TMZ, TIZ, TIA, MTR, TRAFR, ALERT, WARNING, OFR, ADIZ, N
    allowed        E, F, G, and what only gliders or radios heed: GP, FIR, UIR, FIS, ACCSEC, VFRSEC, VFRR, TRZ
    by the other   TMA, CTA, LTA, UTA, AWY, CUSTOM, NONE, UNC; where the other says nothing either: needs a permit
    unknown words  needs a permit

Older files write types where the class belongs, and openAIP's files write whole words; both are read.
"""

from __future__ import annotations

from skykeep.facts.enacted import Rule

PERMIT = ("R", "CTR", "ATZ", "MATZ", "HTZ", "TRA", "TSA", "TFR", "MTA", "A", "B", "C", "D")
CONDITIONAL = (
    *("Q", "W", "GSEC", "ASRA", "RMZ", "TMZ", "TIZ", "TIA", "MTR", "TRAFR", "ALERT", "WARNING", "OFR", "ADIZ", "N"),
    *("PROTECTED", "TRP"),
)
ALLOWED = ("E", "F", "G", "GP", "FIR", "UIR", "FIS", "ACCSEC", "VFRSEC", "VFRR", "TRZ")
SILENT = ("TMA", "CTA", "LTA", "UTA", "AWY", "CUSTOM", "NONE", "UNC", "")

RULES: dict[str, Rule] = {"P": Rule.PROHIBITED}
RULES |= dict.fromkeys(PERMIT, Rule.NEEDS_PERMIT) | dict.fromkeys(CONDITIONAL, Rule.CONDITIONAL)
RULES |= dict.fromkeys(ALLOWED, Rule.ALLOWED)

LONG = {
    "UNCLASSIFIED": "UNC", "PROHIBITED": "P", "RESTRICTED": "R", "DANGER": "Q", "D-OTHER": "Q", "GLIDING": "GSEC",
    "GLIDING_SECTOR": "GSEC", "AERIAL_SPORTING_RECREATIONAL": "ASRA", "OVERFLIGHT_RESTRICTION": "OFR", "NOTAM": "N",
    "ACC_SECTOR": "ACCSEC", "VFR_SECTOR": "VFRSEC", "FIS_SECTOR": "FIS", "MCTR": "CTR", "MRT": "MTR", "WAVE": "W",
}  # fmt: skip

STRICTEST = (Rule.PROHIBITED, Rule.NEEDS_PERMIT, Rule.CONDITIONAL, Rule.ALLOWED)
WORDS = {
    Rule.PROHIBITED: "prohibited",
    Rule.NEEDS_PERMIT: "needs a permit",
    Rule.CONDITIONAL: "conditional",
    Rule.ALLOWED: "no restriction",
}

WRITTEN = {
    Rule.PROHIBITED: ("UNC", "P"),
    Rule.NEEDS_PERMIT: ("UNC", "R"),
    Rule.CONDITIONAL: ("UNC", "Q"),
    Rule.ALLOWED: ("G", ""),
}
"""The class and type that a zone from elsewhere gets in an OpenAir file."""


def rule(air_class: str, air_type: str, doubts: list[str]) -> Rule:
    """Return what a class and a type ("" where absent) say to an unmanned flight, with a doubt where it is judged."""
    given = [LONG.get(word.upper(), word.upper()) for word in (air_class, air_type)]
    unknown = [word for word in given if word not in RULES and word not in SILENT]
    known = [RULES[word] for word in given if word in RULES]
    said = " ".join(word for word in (air_class, air_type) if word) or "none given"
    if unknown or not known:
        known.append(Rule.NEEDS_PERMIT)
        doubts.append(f"airspace class and type ({said}) do not say what they ask; read as: needs a permit")
    found = next(one for one in STRICTEST if one in known)
    if found is not Rule.PROHIBITED and not unknown:
        doubts.append(f"airspace {said} is meant for manned aviation; read as: {WORDS[found]}")
    return found
