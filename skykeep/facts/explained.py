"""Why the law answers a flight or an application as it does: one shape for both, plain enough to be shown or sent.

An explanation is worked out on demand and never stands in a record: what it is worked out from does. Identities in it
are the pseudonyms of the facts. Fields that a question has no answer to are empty.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from skykeep.facts.concluded import Trust, Verdict
from skykeep.facts.enacted import Interval, Limit, PermitVolume, Rule
from skykeep.geo.altitude import Altitude


class _Explained(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Encoding shared by all of them: objects with names, for people and other programs."""


class ClauseAsked(_Explained, frozen=True, kw_only=True):
    """One clause of the table that was asked, and what came of it."""

    clause: str
    answer: Literal["no", "overruled", "rules"]  # overruled: it would hold, if the flight surely were in the zone


class HeightCompared(_Explained, frozen=True, kw_only=True):
    """How a flight's height was compared with the limit that is nearest to deciding."""

    limit: Altitude
    lowest_mm: int | None  # the flight is surely above this, in the limit's datum; None: not comparable
    highest_mm: int | None  # and surely below this
    by: tuple[str, ...]  # what it was derived with: "geoid", "terrain" ...; empty: as reported


class PermitLooked(_Explained, frozen=True, kw_only=True):
    """One permit that was compared with a flight, for one zone."""

    permit_id: str
    version: int
    identity: Literal["yes", "no", "absent", "other_kind"]  # whether it is for whoever flies
    lifts: Literal["yes", "other_version", "no_consent"]  # whether it lifts this version of the zone
    timely: bool  # within its hours
    revoked: bool
    where: str  # "inside", "outside", "between" or "unknown" of its volume
    margin_mm: int  # across, to the border of its volume: positive inside
    margin_height_mm: int | None  # up or down, to its nearer limit; None: unlimited, or not comparable
    height: HeightCompared | None = None


class ZoneExplained(_Explained, frozen=True, kw_only=True):
    """The answer for one zone: the clause that ruled, those asked before it, and the figures."""

    zone_id: str
    zone_version: int
    name: str
    rule: Rule
    issuing_body: str | None
    floor: Limit  # of the volume that was compared
    ceiling: Limit
    verdict: Verdict
    clause: str
    permit_id: str | None
    permit_version: int | None
    asked: tuple[ClauseAsked, ...]  # in the order of the table, the one that ruled last
    permits: tuple[PermitLooked, ...]
    probability_inside_ppm: int | None
    margin_mm: int | None  # across: positive inside the zone
    margin_height_mm: int | None
    margin_time_ns: int | None  # until the zone or the permit begins or ceases to rule; None: never
    missing: tuple[str, ...]
    consent_of: tuple[str, ...]  # an application: who must agree to it; empty: nobody need
    contact: str | None
    in_force: tuple[Interval, ...]  # an application: when, within the time asked for, the zone rules or may rule
    height: HeightCompared | None = None


class Conflict(_Explained, frozen=True, kw_only=True):
    """A granted permit that comes too near to what is asked for, in place, height and time at once."""

    permit_id: str
    version: int
    asked_part: int  # number of the volume that is asked for, from 0
    part: int  # number of the volume of that permit
    start_ns: int  # when the two overlap, thresholds included
    end_ns: int
    gap_mm: int  # between the two outlines; 0 where they meet
    apart_needed_mm: int  # the sum of both thresholds
    heights: Literal["overlap", "not_comparable"]
    stands: bool  # the other one stays, and what is asked for must change; else it gives way, with notice
    because: Literal["granted_first", "goes_first", "gives_way"]


class Alternative(_Explained, frozen=True, kw_only=True):
    """Another time or height for the same flight, at which nothing stands against it."""

    kind: Literal["time", "height"]
    shift_ns: int
    shift_mm: int
    volumes: tuple[PermitVolume, ...]


class Explanation(_Explained, frozen=True, kw_only=True):
    """The answer to "may this fly?", with everything that it rests on."""

    about: Literal["flight", "operation"]
    t_ns: int  # the moment asked about, or the first one
    until_ns: int | None  # an application: the end of its last volume
    verdict: Verdict  # the gravest of all zones
    clause: str  # that gave it
    trust: Trust
    zones: tuple[ZoneExplained, ...]  # by id; empty: no zone in force reaches it
    coming_zone_id: str | None  # a rule that is announced and not yet in force here
    coming_zone_name: str | None
    coming_from_ns: int | None
    missing: tuple[str, ...]  # of all zones and conflicts
    law_complete: bool
    conflicts: tuple[Conflict, ...]
    alternatives: tuple[Alternative, ...]

    @property
    def ruling(self) -> ZoneExplained | None:
        """The zone whose verdict is the gravest, the first of equals; None where there is none."""
        return next((zone for zone in self.zones if (zone.verdict, zone.clause) == (self.verdict, self.clause)), None)

    @property
    def free_of_conflict(self) -> bool:
        """Whether no granted permit stands against it."""
        return not any(conflict.stands for conflict in self.conflicts)
