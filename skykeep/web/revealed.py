"""Which tracks whose identities somebody had revealed, for how long; forgotten when the web process ends.

Revealing is an act of its own (`identity.reveal`): with an open incident that the track is part of, and a reason,
recorded by the station before anything is shown. It holds for one session or token, for one track, for an hour, and
only while the incident is open.
"""

from __future__ import annotations

from collections.abc import Callable

HELD_S = 3600.0
KEPT_MAX = 10_000
NS = 1_000_000_000
StillOpen = Callable[[int, int], bool]
"""Whether an incident is open and a track is part of it: (incident, track)."""


class Revealed:
    """Who sees which tracks unmasked; for one thread at a time."""

    def __init__(self, still_open: StillOpen) -> None:
        self._still_open = still_open
        self._until_ns: dict[tuple[str, int, int], int] = {}  # (session, incident, track)

    def reveal(self, session_id: str, incident_id: int, track_ids: tuple[int, ...], now_ns: int) -> None:
        """Note that this session sees these tracks unmasked from now on."""
        self._until_ns = {key: until_ns for key, until_ns in self._until_ns.items() if until_ns > now_ns}
        for track_id in track_ids[: KEPT_MAX - len(self._until_ns)]:
            self._until_ns[session_id, incident_id, track_id] = now_ns + int(HELD_S * NS)

    def to(self, session_id: str, now_ns: int) -> frozenset[int]:
        """Return the tracks that a session sees unmasked now."""
        return frozenset(
            track_id
            for (owner, incident_id, track_id), until_ns in list(self._until_ns.items())
            if owner == session_id and until_ns > now_ns and self._still_open(incident_id, track_id)
        )
