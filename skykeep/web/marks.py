"""Notes of an incident that are about a moment of the past: how they are written, and found again.

    [2026-11-23 12:00:05 UTC] it turns round here

The moment stands before the words in a form that is the same in every language, as the tick of a checklist does. What
somebody types in this form by hand is read alike, for it says the same.
"""

from __future__ import annotations

import re

import msgspec

from skykeep.errors import Malformed
from skykeep.views import words
from skykeep.views.livemodels import IncidentNow
from skykeep.web import replay_span
from skykeep.web.report_rows import readable

MS = 1_000_000
NOTE = "note"
_FORM = re.compile(r"\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC\] (.+)", re.DOTALL | re.ASCII)


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A note about a moment, as whoever asks may read it."""

    t_ms: int
    words: str
    person: str
    noted_ms: int


def written(t_ms: int, said: str) -> str:
    """Return a note about a moment, to the second, as it stands in the record."""
    return f"[{words.utc(t_ms * MS)}] {said}"


def read(note: str) -> tuple[int, str] | None:
    """Return the moment that a note is about, Unix milliseconds, and its words; None for any other note."""
    found = _FORM.fullmatch(note)
    if found is None:
        return None
    try:
        t_ms = replay_span.moment_ms(found[1])
    except Malformed:  # the thirtieth of February
        return None
    return None if t_ms is None else (t_ms, found[2])


def of_incident(incident: IncidentNow) -> list[Mark]:
    """Return the notes about moments that stand in the log of an incident; what was erased is none any more."""
    found = ((act, read(act.words)) for act in incident.acts if act.deed == NOTE)
    return [
        Mark(t_ms=said[0], words=said[1], person=readable(act.person), noted_ms=act.t_ns // MS)
        for act, said in found
        if said is not None
    ]


def address(incident_id: int, t_ms: int) -> str:
    """Return where the replay of an incident shows a moment."""
    return f"/replay?incident={incident_id}&at={t_ms}"
