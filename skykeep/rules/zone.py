"""One zone version: its fact with the outlines compiled, and when it rules."""

from __future__ import annotations

import bisect
import dataclasses
import enum
from typing import TYPE_CHECKING

from skykeep.facts.enacted import Interval, ZoneEnacted, ZoneOverridden

if TYPE_CHECKING:  # whoever asks only when a zone rules, as the web does, needs no compiled geometry
    from skykeep.rules.outline import Outline

FOREVER_NS = 2**63 - 1


class Force(enum.Enum):
    """Whether a zone rules at a moment."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"  # its hours could not be read, or were not worked out so far ahead


@dataclasses.dataclass(frozen=True, slots=True)
class Zone:
    """One zone version with its outlines compiled; it ceased to be law when withdrawn or superseded."""

    fact: ZoneEnacted
    outlines: tuple[Outline, ...]
    withdrawn_ns: int = FOREVER_NS
    superseded_ns: int = FOREVER_NS
    overrides: tuple[ZoneOverridden, ...] = ()  # of this zone, sorted by `by_saying`

    @property
    def begins_to_be_law_ns(self) -> int:
        """When it begins to be law, whatever its hours; 0 where neither announcement nor effect is dated."""
        return max(self.fact.announced_at_ns or 0, self.fact.effective_from_ns or 0)

    @property
    def ends_ns(self) -> int:
        """When it ceases to be law, whatever its hours."""
        end_ns = FOREVER_NS if self.fact.end_ns is None else self.fact.end_ns
        return min(self.withdrawn_ns, self.superseded_ns, end_ns)

    def known(self, t_ns: int) -> bool:
        """Whether the zone was announced by `t_ns` and has not ended."""
        return (self.fact.announced_at_ns or 0) <= t_ns < self.ends_ns

    def force(self, t_ns: int) -> Force:
        """Say whether the zone rules at `t_ns`: it is law, and an override or else its hours say so.

        The override that was said last decides, from when it was said. Hours beyond the span for which they were
        worked out are unknown, and so are those in words that no program read; dates still exclude.
        """
        if not self.begins_to_be_law_ns <= t_ns < self.ends_ns:
            return Force.NO
        for override in reversed(self.overrides):
            if max(override.t_ns, override.start_ns) <= t_ns and (override.end_ns is None or t_ns < override.end_ns):
                return Force.YES if override.active else Force.NO
        span = self.fact.applicability_span
        if span is not None and not covers(span, t_ns):
            return Force.UNKNOWN
        if self.fact.applicability is not None and not self._covered(t_ns):
            return Force.NO
        return Force.YES if self.fact.hours_unread is None else Force.UNKNOWN

    def _covered(self, t_ns: int) -> bool:
        """Whether an interval holds `t_ns`; they are sorted by their beginning, and may overlap in older files."""
        times = self.fact.applicability or ()
        after = bisect.bisect_right(
            times, t_ns, key=lambda interval: 0 if interval.start_ns is None else interval.start_ns
        )
        return any(covers(interval, t_ns) for interval in reversed(times[:after]))

    def in_force(self, t_ns: int) -> bool:
        """Whether the zone rules at `t_ns`, or may: unknown hours do not clear a flight."""
        return self.force(t_ns) is not Force.NO

    def next_change_ns(self, t_ns: int) -> int:
        """Return the next time after `t_ns` when this zone begins or ceases to rule (FOREVER_NS: never)."""
        return min((edge for edge in self.edges_ns() if edge > t_ns), default=FOREVER_NS)

    def edges_ns(self) -> list[int]:
        """Return all times at which it may begin or cease to rule, in no order."""
        spans = [*(self.fact.applicability or ()), *(part for part in (self.fact.applicability_span,) if part)]
        edges = [edge for interval in spans for edge in (interval.start_ns, interval.end_ns)]
        edges += [edge for one in self.overrides for edge in (max(one.t_ns, one.start_ns), one.end_ns)]
        edges += [self.fact.announced_at_ns, self.fact.effective_from_ns, self.fact.end_ns]
        edges += [self.withdrawn_ns, self.superseded_ns]
        return [edge for edge in edges if edge is not None]

    def begins_ns(self, t_ns: int) -> int | None:
        """Return when a zone that does not rule at `t_ns` will, if that is announced; else None."""
        if not self.known(t_ns):
            return None
        known = dataclasses.replace(self, overrides=tuple(one for one in self.overrides if one.t_ns <= t_ns))
        edges = sorted(edge for edge in known.edges_ns() if t_ns < edge < self.ends_ns)
        return next((edge for edge in edges if known.force(edge) is Force.YES), None)

    def first_rules_ns(self) -> int:
        """Return when it rules for the first time (FOREVER_NS: withdrawn before); 0 where no beginning is stated."""
        times = self.fact.applicability
        starts = [0] if times is None else [interval.start_ns or 0 for interval in times] or [FOREVER_NS]
        first_ns = max(min(starts), self.begins_to_be_law_ns)
        return first_ns if first_ns < self.withdrawn_ns else FOREVER_NS


def by_saying(one: ZoneOverridden) -> tuple[int, int, bool]:
    """Return what overrides of a zone are sorted by, whatever their order in the record: the last one decides."""
    return one.t_ns, one.start_ns, one.active


def covers(interval: Interval, t_ns: int) -> bool:
    """Whether `t_ns` lies in the interval (start included, end excluded)."""
    return (interval.start_ns is None or interval.start_ns <= t_ns) and (
        interval.end_ns is None or t_ns < interval.end_ns
    )
