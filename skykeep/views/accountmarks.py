"""The signs of an account's matrix: each stance and each reading is told apart by shape, and has its word beside it."""

from __future__ import annotations

from skykeep.facts.accounted import Reading
from skykeep.facts.claimed import Stance
from skykeep.views.markup import Html

# No tick, cross, plus or minus: a stance is what somebody says, and is neither right nor wrong here.
_BUBBLE = "M4 3.5h16v11.5h-8.5L7 19.5v-4.5H4z"
_STANCES = {
    Stance.AFFIRMS: f'<path d="{_BUBBLE}" fill="currentColor"/>',
    Stance.DENIES: f'<path d="{_BUBBLE}"/><path d="M4.5 14.5L19.5 4M9.5 14.5L20 7.5M4.5 9.5L13 3.6"/>',
    Stance.DOES_NOT_KNOW: f'<path d="{_BUBBLE}"/><path d="M9.8 7.6a2.2 2.2 0 1 1 3.1 2Q12 10 12 11M12 12.8v.2"/>',
    Stance.NO_COMMENT: f'<path d="{_BUBBLE}"/><path d="M8 9.3h.1M12 9.3h.1M16 9.3h.1" stroke-width="2.6"/>',
    Stance.ATTRIBUTES: f'<path d="{_BUBBLE}"/><path d="M8 9.3h7.5M12.6 6.4l3 2.9-3 2.9"/>',
}
_READINGS = {
    Reading.MEASURED: '<circle cx="12" cy="16.5" r="2.3" fill="currentColor"/>'
    '<path d="M7.5 13a5.7 5.7 0 0 1 9 0M4 9.6a10.3 10.3 0 0 1 16 0"/>',
    Reading.NOT_MEASURABLE: '<path d="M5 12h14M5 8.5v7M19 8.5v7" stroke-dasharray="2.5 2.5"/>',
    Reading.NOT_COVERED: '<circle cx="12" cy="16.5" r="2.3"/>'
    '<path d="M7.5 13a5.7 5.7 0 0 1 9 0M4 9.6a10.3 10.3 0 0 1 16 0" stroke-dasharray="2 2.6"/>',
}


def sign(of: Stance | Reading, size: int = 18) -> Html:
    """Return the sign of a stance or a reading; the word beside it carries the meaning."""
    drawn = _STANCES[of] if isinstance(of, Stance) else _READINGS[of]
    return Html(
        f'<svg class="sg" width="{size}" height="{size}" viewBox="2 2 20 20" fill="none" stroke="currentColor" '
        f'stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">'
        f"{drawn}</svg>"
    )
