"""What the station observes of itself, each told when it changes: facts that the watch turns into alarms."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from skykeep.facts.acted import Health, HealthObserved
from skykeep.facts.codec import Fact
from skykeep.station.link import HealthStatus

Key = tuple[Health, str]
WELL_WHEN_SEEN = frozenset({Health.SENSOR_SILENT, Health.BLIND, Health.RECORD})


class HealthWatch:
    """Remembers what is ill; any thread may observe, the loop takes what changed into its next tick."""

    def __init__(self) -> None:
        self._ill: dict[Key, HealthStatus] = {}
        self._changed: list[HealthObserved] = []
        self._lock = threading.Lock()

    def observe(
        self, what: Health, subject: str, *, well: bool, t_ns: int, unseen: str = "", value: int | None = None,
        unit: str = "",
    ) -> None:  # fmt: skip
        """Take in how something is; nothing is told where that is as before, but that more packets were lost."""
        with self._lock:
            key = (what, subject)
            same = well == (key not in self._ill)
            if same and (well or what is not Health.DROPPED or self._ill[key].value == value):
                return
            if well:
                del self._ill[key]
            else:
                self._ill[key] = HealthStatus(what.value, subject, unseen, t_ns, value, unit)
            self._changed.append(
                HealthObserved(
                    what=what,
                    subject=subject,
                    well=well,
                    unseen="" if well else unseen,
                    value=value,
                    unit=unit,
                    t_ns=t_ns,
                )
            )

    def resume(self, reasons: Iterable[str], t_ns: int) -> None:
        """Hold for ill what was so in an earlier run and is not known to be well."""
        with self._lock:
            for what, subject in _named(reasons):
                if what in WELL_WHEN_SEEN:
                    unseen = "it was so before the station began again, and nothing has shown that it is over"
                    self._ill[what, subject] = HealthStatus(what.value, subject, unseen, t_ns, None, "")

    def take(self) -> list[Fact]:
        """Return what changed since the last call, in order."""
        with self._lock:
            changed, self._changed = self._changed, []
            return list(changed)

    def ill(self) -> list[HealthStatus]:
        """Return what is not well now, in the order in which it fell ill."""
        with self._lock:
            return list(self._ill.values())


def well_again(reasons: Iterable[str], t_ns: int) -> list[Fact]:
    """Return what ends the health alarms of an earlier run: whatever is still ill is observed, and told, anew.

    Not so what is only known by waiting: a silent sensor is well when it is heard, a blind watch when anybody is, the
    record when it was verified.
    """
    return [
        HealthObserved(what=what, subject=subject, well=True, unseen="", value=None, unit="", t_ns=t_ns)
        for what, subject in _named(reasons)
        if what not in WELL_WHEN_SEEN
    ]


def _named(reasons: Iterable[str]) -> list[Key]:
    """Return the parts of health that reasons of alarms name."""
    named = [reason.split(":", 2)[1:] for reason in reasons if reason.startswith("health:")]
    known = {each.value for each in Health}
    return [(Health(what), "".join(subject)) for what, *subject in named if what in known]
