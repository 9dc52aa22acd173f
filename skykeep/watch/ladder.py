"""The ladder for people: which events move a track on it, and where each leads.

What is known of a track makes an event; the table `NEXT` says where the ladder goes from there. Events:

    WORD      a report of which nobody else says anything yet: a sender's or a witness's word, or one likelier true (r)
    SIGHT     a machine sees it, and it is likely there
    SECOND    likely there, and another family saw it too; or one physical sense again and again, and sure
    PAIR      sure, and two physically independent modalities saw it within `WINDOW_NS`
    DISPUTED  as SECOND or PAIR, but a sense that covers it never saw it, look after look
    UNSEEN    a sense that covers it never saw it, look after look, and no physical sense does
    GONE      it was seen last by a sense that sees it no more, look after look, although it covers the place

Which modalities are independent: `senses`. Likely and sure speak of the tracker's existence probability `r`. How many
looks in vain are enough is a matter of their log-likelihood, `IN_VAIN_NATS`, so that a sensor that seldom detects needs
more of them and one that does not cover the place says nothing. Time enters only as the time between sightings: a tick
in which nothing was heard moves nothing.
"""

from __future__ import annotations

import math

from skykeep.geo.kernel import kernel
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.senses import BODY, CAUSE, EYE, FAMILIES, FAMILY, SUPPORTS, UNKNOWN
from skykeep.watch.table import LOST, MODALITIES

LIKELIER_R, LIKELY_R, SURE_R = 0.5, 0.8, 0.95
WINDOW_NS = 15_000_000_000  # two sightings so near in time count as of the same moment
AGAIN = 5  # looks of one physical sense that corroborate each other
IN_VAIN_NATS = -12.0  # log-likelihood of enough looks in vain: six at a detection probability of 0.9
LOST_NATS = -4.0  # of a track that the tracker has given up already: two such looks

NONE, REPORTED, SUSPECTED, CORROBORATED, CONFIRMED, REFUTED = range(6)  # 1 + the number in facts.concluded.Rung
NOTHING, WORDED, SIGHT, SECOND, PAIR, DISPUTED, UNSEEN, GONE = range(8)
EVENTS = ("NOTHING", "WORD", "SIGHT", "SECOND", "PAIR", "DISPUTED", "UNSEEN", "GONE")
NEXT = {
    (NONE, WORDED): REPORTED,
    (NONE, SIGHT): SUSPECTED,
    (NONE, SECOND): CORROBORATED,
    (NONE, PAIR): CONFIRMED,
    (NONE, DISPUTED): CORROBORATED,
    (REPORTED, SIGHT): SUSPECTED,
    (REPORTED, SECOND): CORROBORATED,
    (REPORTED, PAIR): CONFIRMED,
    (REPORTED, DISPUTED): CORROBORATED,
    (REPORTED, UNSEEN): REFUTED,
    (REPORTED, GONE): REFUTED,
    (SUSPECTED, SECOND): CORROBORATED,
    (SUSPECTED, PAIR): CONFIRMED,
    (SUSPECTED, DISPUTED): CORROBORATED,
    (SUSPECTED, UNSEEN): REFUTED,
    (SUSPECTED, GONE): REFUTED,
    (CORROBORATED, PAIR): CONFIRMED,
    (CORROBORATED, UNSEEN): REFUTED,
    (CONFIRMED, DISPUTED): CORROBORATED,
    (REFUTED, WORDED): REPORTED,
    (REFUTED, SIGHT): SUSPECTED,
    (REFUTED, SECOND): CORROBORATED,
    (REFUTED, PAIR): CONFIRMED,
    (REFUTED, DISPUTED): CORROBORATED,
}
"""(rung, event) -> rung; what is not there stays where it is."""

_NEXT = tuple(tuple(NEXT.get((rung, event), rung) for event in range(len(EVENTS))) for rung in range(6))
_MODALITIES, _FAMILIES = len(MODALITIES), len(FAMILIES)


@kernel
def climb(r: float, phase: int, rung: int, told: int, seen_ns: Ints, seen: Ints, absence: Floats) -> tuple[int, int]:
    """Return the rung of a track that stands on `rung`, and the families (a bit each) to be told with it.

    `seen_ns`, `seen`, `absence` (modalities,) are a row of `Tracks`; `told` the families that were told already.
    """
    latest = 0
    for m in range(_MODALITIES):
        latest = max(latest, int(seen_ns[m]))
    if latest == 0:
        return rung, 0
    families = 0
    never = 0.0
    no_more = -math.inf  # of the sense that saw it last
    looks = 0
    for m in range(_MODALITIES):
        family = FAMILY[m]
        at = int(seen_ns[m])
        if at > 0 and at >= latest - WINDOW_NS:
            families = families | (1 << family)
            looks = max(looks, int(seen[m]) * BODY[family])
        if BODY[family] == 1 and at == 0:
            never = never + float(absence[m])
        if at > 0 and at == latest:
            no_more = max(no_more, float(absence[m]) if BODY[family] == 1 else 0.0)
    event = _event(r, phase, families, looks, never, no_more)
    after = _NEXT[rung][event]
    if event == NOTHING or after in (NONE, REFUTED):
        families = families & told
    return after, families


@kernel
def _event(r: float, phase: int, families: int, looks: int, never: float, no_more: float) -> int:
    """Return what is known of a track as one event; the module's docstring says which."""
    supported = False
    for family in range(_FAMILIES):
        if families >> family & 1:
            supported = supported or SUPPORTS[family] == 1
    if no_more <= IN_VAIN_NATS or (phase == LOST and no_more <= LOST_NATS):
        return GONE
    if never <= IN_VAIN_NATS and not supported:
        return UNSEEN
    level = _level(r, families, looks)
    if never <= IN_VAIN_NATS and level >= SECOND:
        return DISPUTED
    return level


@kernel
def _level(r: float, families: int, looks: int) -> int:
    """Return WORDED, SIGHT, SECOND, PAIR or NOTHING."""
    causes = 0
    spoken = False
    for family in range(_FAMILIES):
        if families >> family & 1:
            spoken = spoken or BODY[family] == 0
            causes = causes if family == UNKNOWN else causes | (1 << CAUSE[family])
    if r >= SURE_R and _bits(causes) >= 2:
        return PAIR
    if (r >= LIKELY_R and _bits(families) >= 2) or (r >= SURE_R and looks >= AGAIN):
        return SECOND
    if r >= LIKELY_R and families & ~(1 << EYE) != 0:
        return SIGHT
    return WORDED if spoken or r >= LIKELIER_R else NOTHING


@kernel
def _bits(mask: int) -> int:
    count = 0
    while mask > 0:
        count = count + (mask & 1)
        mask = mask >> 1
    return count
