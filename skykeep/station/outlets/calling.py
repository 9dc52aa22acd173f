"""Who is called, and about what: one message for each thing that is worth waking somebody for, and never twice.

    opened       an incident's alarm begins to sound, and nobody was told of the incident before
    again        it sounds once more, or got more urgent
    escalated    nobody answered in time, or a person escalated it: the next receivers too
    closed       or became part of another: to whoever was told of it
    ill, well    the watch itself, not the air

What was told is kept on disk together with what waits to be sent, so that a restart repeats nothing and loses nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Protocol

from skykeep.facts.alarms import MERGED, OPEN, OUT_OF_SERVICE, SHELVED, STANDING, UNACKNOWLEDGED, sounds
from skykeep.facts.concluded import AlarmChanged, IncidentMoved
from skykeep.station.outlets import notices


class Addressee(Protocol):
    """Somebody who is told."""

    @property
    def name(self) -> str: ...
    @property
    def priority_max(self) -> int: ...
    @property
    def after_escalation(self) -> int: ...


@dataclasses.dataclass(slots=True)
class Known:
    """How an incident was when it moved last, and who was told of it."""

    moved: IncidentMoved
    told: list[str] = dataclasses.field(default_factory=list)


def kind_of(before: Known | None, after: IncidentMoved) -> str | None:
    """Return what kind of message a move is, or None: nobody need be told."""
    told = before is not None and bool(before.told)
    was = None if before is None else before.moved
    if after.state != OPEN:
        if not told or was is None or was.state != OPEN:
            return None
        return notices.MERGED if after.state == MERGED else notices.CLOSED
    if not sounds(was, after):
        return None
    if was is not None and after.escalation > was.escalation:
        return notices.ESCALATED
    return notices.AGAIN if told else notices.OPENED


def receivers(kind: str, moved: IncidentMoved, before: Known | None, addressees: Iterable[Addressee]) -> list[str]:
    """Return the names of those who are told."""
    if kind in {notices.CLOSED, notices.MERGED}:
        told = [] if before is None else before.told
        return [each.name for each in addressees if each.name in told]
    return [
        each.name
        for each in addressees
        if moved.priority <= each.priority_max and each.after_escalation <= moved.escalation
    ]


def health_kind(before: bool | None, moved: AlarmChanged) -> str | None:  # noqa: FBT001  # what was told last, or None
    """Return what kind of message a move of an alarm of the watch is; `before`: whether it was told as ill last."""
    if moved.state == UNACKNOWLEDGED and not before:
        return notices.ILL
    if before and moved.state not in STANDING and moved.state not in {SHELVED, OUT_OF_SERVICE}:
        return notices.WELL
    return None
