"""How well the alarms serve whoever must answer them: the figures of ISA-18.2 and EEMUA 191, of one span of time.

An alarm is counted when it begins to sound. A call is what people hear: an incident that calls (`facts.alarms.sounds`),
or an alarm of the station's health, which is of no incident. ISA-18.2 (clause 16) and EEMUA 191 (appendix 4) ask
for about one in ten minutes, and for no more than ten in any ten minutes; an alarm chatters when it begins three times
within a minute; one that stands for a day is stale.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from skykeep.facts.alarms import HEALTH, SHELVED, STANDING, SUPPRESSED, UNACKNOWLEDGED, reason_of, sounds
from skykeep.facts.concluded import AlarmChanged, IncidentMoved

TEN_MINUTES_NS = 600_000_000_000
CHATTER_NS, CHATTER_ONSETS = 60_000_000_000, 3
STALE_NS = 86_400_000_000_000
FLOOD_CALLS = 10


class AlarmScore(msgspec.Struct, frozen=True, kw_only=True):
    """The figures; rates are per ten minutes."""

    minutes: float
    alarms: int  # times that an alarm began to sound
    calls: int  # times that people were called
    incidents: int  # opened
    alarms_per_10min: float
    calls_per_10min: float
    calls_most_in_10min: int  # in any ten minutes, wherever they begin
    flood_share: float  # of the time, in which more than ten calls came within the ten minutes before
    chattering: tuple[int, ...]  # alarms that did
    stale: int  # alarms that stood for a day
    standing: int  # alarms that stand at the end
    suppressed: int  # times that an alarm or an incident was silent by design
    shelved: int
    escalated: int
    by_reason: tuple[tuple[str, int], ...]  # alarms, the most frequent first
    by_priority: tuple[tuple[int, int], ...]  # calls


def alarm_score(told: Iterable[object], from_ns: int, to_ns: int) -> AlarmScore:
    """Return the figures of what was told between two times; what moves neither alarm nor incident is passed over."""
    fold = _Fold()
    for fact in told:
        if isinstance(fact, AlarmChanged):
            fold.alarm(fact)
        elif isinstance(fact, IncidentMoved):
            fold.incident(fact)
    return fold.score(from_ns, max(to_ns, from_ns + 1))


class _Fold:
    """What is counted while the facts go by."""

    def __init__(self) -> None:
        self._alarms: dict[int, AlarmChanged] = {}
        self._incidents: dict[int, IncidentMoved] = {}
        self._onsets_ns: dict[int, list[int]] = {}
        self._standing_ns: dict[int, int] = {}  # since when
        self._longest_ns: dict[int, int] = {}
        self._reasons: dict[str, int] = {}
        self._calls: list[tuple[int, int]] = []  # when, and how urgent
        self._opened = self._suppressed = self._shelved = self._escalated = 0

    def alarm(self, fact: AlarmChanged) -> None:
        """Take in a move of an alarm."""
        before = self._alarms.get(fact.alarm_id)
        self._alarms[fact.alarm_id] = fact
        state = None if before is None else before.state
        self._stand(fact)
        if fact.state == state:
            return
        self._suppressed += fact.state == SUPPRESSED
        self._shelved += fact.state == SHELVED
        if fact.state == UNACKNOWLEDGED:
            self._onsets_ns.setdefault(fact.alarm_id, []).append(fact.t_ns)
            name = reason_of(fact.reason)[0]
            self._reasons[name] = self._reasons.get(name, 0) + 1
            if name.startswith(HEALTH):
                self._calls.append((fact.t_ns, fact.priority))

    def _stand(self, fact: AlarmChanged) -> None:
        if fact.state in STANDING:
            self._standing_ns.setdefault(fact.alarm_id, fact.t_ns)
        elif fact.alarm_id in self._standing_ns:
            stood_ns = fact.t_ns - self._standing_ns.pop(fact.alarm_id)
            self._longest_ns[fact.alarm_id] = max(stood_ns, self._longest_ns.get(fact.alarm_id, 0))

    def incident(self, fact: IncidentMoved) -> None:
        """Take in how an incident stands."""
        before = self._incidents.get(fact.incident_id)
        self._incidents[fact.incident_id] = fact
        self._opened += before is None
        self._escalated += fact.escalation - (0 if before is None else before.escalation)
        self._suppressed += fact.alarm_state == SUPPRESSED and (before is None or before.alarm_state != SUPPRESSED)
        if sounds(before, fact):
            self._calls.append((fact.t_ns, fact.priority))

    def score(self, from_ns: int, to_ns: int) -> AlarmScore:
        """Return the figures."""
        times_ns = sorted(t_ns for t_ns, _ in self._calls)
        tens = (to_ns - from_ns) / TEN_MINUTES_NS
        longest = self._longest_ns | {
            number: max(to_ns - since_ns, self._longest_ns.get(number, 0))
            for number, since_ns in self._standing_ns.items()
        }
        alarms = sum(map(len, self._onsets_ns.values()))
        priorities = [priority for _, priority in self._calls]
        return AlarmScore(
            minutes=(to_ns - from_ns) / 60e9,
            alarms=alarms,
            calls=len(times_ns),
            incidents=self._opened,
            alarms_per_10min=alarms / tens,
            calls_per_10min=len(times_ns) / tens,
            calls_most_in_10min=_most(times_ns),
            flood_share=_flooded_ns(times_ns, to_ns) / (to_ns - from_ns),
            chattering=tuple(sorted(number for number, some in self._onsets_ns.items() if _chatters(some))),
            stale=sum(stood_ns >= STALE_NS for stood_ns in longest.values()),
            standing=len(self._standing_ns),
            suppressed=self._suppressed,
            shelved=self._shelved,
            escalated=self._escalated,
            by_reason=tuple(sorted(self._reasons.items(), key=lambda one: (-one[1], one[0]))),
            by_priority=tuple((each, priorities.count(each)) for each in sorted(dict.fromkeys(priorities))),
        )


def _chatters(onsets_ns: list[int]) -> bool:
    last = CHATTER_ONSETS - 1
    return any(onsets_ns[k] - onsets_ns[k - last] <= CHATTER_NS for k in range(last, len(onsets_ns)))


def _most(times_ns: list[int]) -> int:
    """Return how many of these, ascending, lie in the fullest ten minutes."""
    first = most = 0
    for k, t_ns in enumerate(times_ns):
        while t_ns - times_ns[first] >= TEN_MINUTES_NS:
            first += 1
        most = max(most, k - first + 1)
    return most


def _flooded_ns(times_ns: list[int], to_ns: int) -> int:
    """Return for how long more than `FLOOD_CALLS` of these lay within the ten minutes before."""
    flooded_ns = until_ns = 0
    for k in range(FLOOD_CALLS, len(times_ns)):
        from_ns, end_ns = times_ns[k], min(times_ns[k - FLOOD_CALLS] + TEN_MINUTES_NS, to_ns)
        flooded_ns += max(0, end_ns - max(from_ns, until_ns))
        until_ns = max(until_ns, end_ns)
    return flooded_ns
