"""The conditions that a permit may name by a code: a closed list, whose order is that of the bits in a credential.

A code is never taken away and never moves; a new one goes to the end. `CHECKED` are those that a program can compare
with a flight; of the others, and of conditions in words, a verdict says that nobody checked them.
"""

from __future__ import annotations

CONDITIONS: dict[str, str] = {
    "remote_id_on": "Remote ID is on from take-off to landing.",
    "height_reported": "The drone reports its height.",
    "daylight_only": "Only in daylight, from the beginning to the end of civil twilight.",
    "vlos_only": "Only within the pilot's sight.",
    "observer_present": "An observer stands beside the pilot.",
    "lights_on": "A green flashing light is on at night.",
    "no_people_below": "Not above people who take no part.",
    "no_crowd_below": "Not above a crowd.",
    "notify_before": "The contact of the zone is told before take-off.",
    "notify_after": "The contact of the zone is told after landing.",
    "pilot_reachable": "The pilot can be reached at the contact given.",
    "purpose_only": "Only for the purpose that the permit names.",
    "no_recording": "No pictures and no sound are recorded.",
    "geo_awareness_on": "Geo-awareness is on and up to date.",
}
CHECKED = ("remote_id_on", "height_reported", "purpose_only")


def bits(codes: tuple[str, ...]) -> int:
    """Return the codes as a bit mask, bit n for the nth of `CONDITIONS`; a code that is none raises ValueError."""
    order = list(CONDITIONS)
    return sum(1 << order.index(code) for code in dict.fromkeys(codes))


def codes(mask: int) -> tuple[str, ...]:
    """Return the codes of a bit mask, in the order of `CONDITIONS`; bits beyond them raise ValueError."""
    if not 0 <= mask < 1 << len(CONDITIONS):
        raise ValueError(f"condition bits {mask:#x} name conditions that this version does not know")
    return tuple(code for number, code in enumerate(CONDITIONS) if mask >> number & 1)
