"""The shapes that stand for verdicts: each is told apart by outline and mark, colour only helps."""

from __future__ import annotations

from skykeep.facts.concluded import Verdict
from skykeep.views.markup import Html, tag

PERMITTED, CANNOT_TELL, NOT_PERMITTED, STATE, MANNED, NO_RULE = (
    "permit",
    "unknown",
    "unpermit",
    "state",
    "manned",
    "norule",
)
_BY_VERDICT = {
    Verdict.NOT_PERMITTED: NOT_PERMITTED,
    Verdict.CANNOT_TELL: CANNOT_TELL,
    Verdict.PERMITTED: PERMITTED,
    Verdict.EXEMPT: STATE,
    Verdict.NO_RULE: NO_RULE,
}
RADIUS = 11  # of the largest, in the units that they are drawn in

CLOVER = (
    "M0-9a5 5 0 0 1 4.6 4.4A5 5 0 0 1 9 0 5 5 0 0 1 4.6 4.6 5 5 0 0 1 0 9a5 5 0 0 1-4.6-4.4A5 5 0 0 1-9 0"
    "a5 5 0 0 1 4.4-4.6A5 5 0 0 1 0-9z"
)
SHIELD = "M-8-7.5h16v7c0 5-4 8-8 9.5-4-1.5-8-4.5-8-9.5z"
CRAFT = (
    "M0-11c1.1 0 1.8 1.5 1.8 3.5v3L11 1v2.4L1.8 1v5L5 8.5V10L0 8.8-5 10V8.5L-1.8 6V1L-11 3.4V1l9.2-5.5v-3"
    "C-1.8-9.5-1.1-11 0-11z"
)
_SHAPES = {
    PERMITTED: '<circle r="8.5" class="s-fill"/><circle r="8.5" class="s-line"/>'
    '<path d="M-3.8.2l2.7 2.9L4.2-3" class="s-line s-round"/>',
    CANNOT_TELL: f'<path d="{CLOVER}" class="s-fill"/><path d="{CLOVER}" class="s-line"/>'
    '<path d="M-2.4-1.8a2.5 2.5 0 1 1 3.6 2.2Q0 1 0 2.1M0 4.6v.1" class="s-line s-round"/>',
    NOT_PERMITTED: '<path d="M0-11L11 0 0 11-11 0z" class="s-solid"/><path d="M0-5v5.6" class="s-mark"/>'
    '<circle cy="4.9" r="1.6" class="s-markdot"/>',
    STATE: f'<path d="{SHIELD}" class="s-fill"/><path d="{SHIELD}" class="s-line"/>'
    '<path d="M-4-.5h8M0-4.5v8" class="s-line"/>',
    MANNED: f'<path d="{CRAFT}" class="s-craft"/>',
    NO_RULE: '<circle r="6.5" class="s-fill"/><circle r="6.5" class="s-line"/>'
    '<path d="M-2.8 0h5.6" class="s-line s-round"/>',
}


def kind(verdict: Verdict, *, manned: bool) -> str:
    """Return which shape a flight with this verdict has; a manned aircraft always looks like one."""
    return MANNED if manned else _BY_VERDICT[verdict]


def drawn(shape: str, x: float, y: float, *, scale: float = 1.0, heading_deg: float | None = None) -> Html:
    """Return a shape at a place in a drawing; only an aircraft turns with its course."""
    turn = f" rotate({heading_deg:.0f})" if heading_deg is not None and shape == MANNED else ""
    return Html(
        f'<g class="sym {shape}" transform="translate({x:.1f} {y:.1f}) scale({scale:g}){turn}">{_SHAPES[shape]}</g>'
    )


def icon(shape: str, size: int = 22) -> Html:
    """Return a shape as a little picture in running text; the words beside it carry the meaning."""
    return tag(
        "svg",
        Html(f'<g class="sym {shape}">{_SHAPES[shape]}</g>'),
        class_="ic",
        width=size,
        height=size,
        viewBox="-13 -13 26 26",
        aria_hidden="true",
        focusable="false",
    )
