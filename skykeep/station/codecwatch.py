"""Whether codecs fail while a station runs: what `plugins.TALLY` counts, told and observed as health."""

from __future__ import annotations

from collections.abc import Callable

from skykeep.facts.acted import Health
from skykeep.station.healthwatch import HealthWatch
from skykeep.station.plugins import TALLY, Tally

QUIET_NS = 600 * 10**9
"""So long after its last failure a codec is held to be well again."""


class CodecWatch:
    """Looks at the tally once a second; tells of each function that begins to fail, and of each tenfold."""

    def __init__(self, health: HealthWatch, note: Callable[[str], None], *, tally: Tally | None = None) -> None:
        self._health, self._note, self._tally = health, note, tally or TALLY
        self._seen: dict[tuple[str, str], int] = {}
        self._failed_ns: dict[str, int] = {}  # by codec: when more of its failures were seen last

    def look(self, now_ns: int) -> None:
        """Take in what failed since the last look."""
        for each in self._tally.all():
            key = (each.form, each.function)
            before = self._seen.get(key, 0)
            if each.count == before:
                continue
            self._seen[key] = each.count
            self._failed_ns[each.form] = now_ns
            if len(str(each.count)) > len(str(before)) or not before:
                self._note(f"warning: {each.words}; what it should read is not understood")
            self._health.observe(
                Health.CODEC, each.form, well=False, t_ns=now_ns, value=each.count, unit="failures",
                unseen=f"{each.words}: what sensors of this format tell is recorded, and not understood",
            )  # fmt: skip
        for form in [form for form, t_ns in self._failed_ns.items() if now_ns - t_ns > QUIET_NS]:
            del self._failed_ns[form]
            self._health.observe(Health.CODEC, form, well=True, t_ns=now_ns)
