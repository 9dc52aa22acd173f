"""The law as a web process knows it, ready for the rules to be asked: what `skykeep zones at` asks of files."""

from __future__ import annotations

import asyncio
import threading

from skykeep.facts.enacted import LawDeclared, ZoneEnacted, ZoneOverridden, ZoneWithdrawn
from skykeep.rules.law import Law, enact
from skykeep.views.livelaw import Law as Kept

Act = ZoneEnacted | ZoneWithdrawn | ZoneOverridden | LawDeclared
AT_ONCE = 2
"""Questions that are worked out at the same time: what follows the station must not wait for the public."""
_Key = tuple[object, ...]


def acts(kept: Kept) -> dict[_Key, Act]:
    """Return what was enacted of zones, by what tells two acts apart. Permits are nobody's who asks in general."""
    found: dict[_Key, Act] = {}
    for zone_id, versions in kept.zones.items():
        for version, one in versions.items():
            found[zone_id, version] = one.fact
            if one.withdrawn_ns is not None:
                gone = ZoneWithdrawn(
                    zone_id=zone_id, version=version, t_ns=one.withdrawn_ns, reason=one.withdrawn_reason or ""
                )
                found[zone_id, version, one.withdrawn_ns] = gone
    for zone_id, said in kept.said.items():
        found |= {("override", zone_id, place): one for place, one in enumerate(said.overrides)}
    if kept.declared.complete is not None:
        declared = LawDeclared(complete=kept.declared.complete, t_ns=kept.declared.t_ns or 0)
        found["law", kept.declared.entry_index] = declared
    return found


class LawBook:
    """The law of one station; each act is compiled once. May be asked on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.turns = asyncio.Semaphore(AT_ONCE)
        self._of: Kept | None = None
        self._changed = -1
        self._law, self._known = Law(), dict[_Key, Act]()

    def current(self, kept: Kept) -> Law | None:
        """Return the law where nothing changed since it was compiled; None where `take` must be asked."""
        return self._law if self._of is kept and self._changed == kept.changed else None

    def take(self, kept: Kept, changed: int, told: dict[_Key, Act]) -> Law:
        """Return the law with `told`, the acts of `kept` when it had changed so often. Takes long after many acts."""
        with self._lock:
            if any(key not in told for key in self._known):  # another record
                self._law, self._known = Law(), {}
            new = [act for key, act in told.items() if key not in self._known]
            self._law = enact(self._law, sorted(new, key=lambda act: getattr(act, "t_ns", 0)))
            self._known, self._of, self._changed = told, kept, changed
            return self._law
