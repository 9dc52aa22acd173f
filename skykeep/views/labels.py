"""Labels placed so that none covers another: each gets the first free place, in the order in which they ask."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

FAR_COST = 0.8  # of each further candidate, in pieces of shaded ground covered


@dataclasses.dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels, y downward."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Box) -> bool:
        """Whether two boxes share more than an edge."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    def within(self, other: Box) -> bool:
        """Whether this box lies wholly in the other."""
        return (
            self.x >= other.x
            and self.y >= other.y
            and self.x + self.width <= other.x + other.width
            and self.y + self.height <= other.y + other.height
        )


def text_width(text: str, size_px: float, *, bold: bool = False) -> float:
    """Return about how wide a text is set; Inter and Noto Sans differ by a few per cent."""
    return len(text) * size_px * (0.61 if bold else 0.57)


class Placer:
    """What is taken on one drawing."""

    def __init__(self, width: float, height: float) -> None:
        self._frame = Box(3, 3, width - 6, height - 6)
        self._taken: list[Box] = []
        self._soft: list[Box] = []

    def block(self, box: Box) -> None:
        """Keep labels off a place."""
        self._taken.append(box)

    def shade(self, box: Box) -> None:
        """Keep labels off a place where there is another as good."""
        self._soft.append(box)

    def place(self, candidates: Iterable[Box]) -> Box | None:
        """Take the candidate that covers nothing and least of what is shaded, earlier ones preferred; None: no room."""
        best: tuple[float, Box] | None = None
        for rank, box in enumerate(candidates):
            if best is not None and best[0] <= rank * FAR_COST:
                break
            if not box.within(self._frame) or any(box.overlaps(other) for other in self._taken):
                continue
            cost = rank * FAR_COST + sum(box.overlaps(other) for other in self._soft)
            if best is None or cost < best[0]:
                best = (cost, box)
        if best is None:
            return None
        self._taken.append(best[1])
        return best[1]


def around(x: float, y: float, width: float, height: float, *, far: bool = True) -> list[Box]:
    """Return places for a label about a symbol, the nearest first; the far ones need a line to it."""
    boxes = []
    for gap in (15, 26, 44, 68, 98) if far else (15, 26, 40):
        low, high = y + gap * 0.8, y - gap * 0.8 - height
        middle = y - height / 2
        boxes += [
            Box(x + gap, middle, width, height),
            Box(x - gap - width, middle, width, height),
            Box(x + gap * 0.6, high, width, height),
            Box(x + gap * 0.6, low, width, height),
            Box(x - gap * 0.6 - width, high, width, height),
            Box(x - gap * 0.6 - width, low, width, height),
            Box(x - width / 2, low, width, height),
            Box(x - width / 2, high, width, height),
        ]
    return boxes


def about(box: Box, frame: Box, width: float, height: float) -> list[Box]:
    """Return places for the label of an area: under it, over it, in it; all seen, as far as the frame allows."""
    left, right = max(box.x, frame.x), min(box.x + box.width, frame.x + frame.width)
    top, bottom = max(box.y, frame.y), min(box.y + box.height, frame.y + frame.height)
    middle = (left + right) / 2 - width / 2
    clamped = min(max(middle, frame.x + 4), frame.x + frame.width - width - 4)
    rows = (bottom + 4, top - height - 4, top + 8, bottom - height - 8, (top + bottom - height) / 2)
    steps = [top + (bottom - top) * part for part in (0.2, 0.35, 0.65, 0.8)]
    beside = [(top + bottom - height) / 2, *(row for row in steps if top <= row <= bottom - height)]
    places = [Box(clamped, row, width, height) for row in (*rows, *steps)]
    places += [Box(right + 6, row, width, height) for row in beside]
    places += [Box(left - width - 6, row, width, height) for row in beside]
    places += [Box(left + 8, row, width, height) for row in (*rows, *steps)]
    return places + [Box(right - width - 8, row, width, height) for row in (*rows, *steps)]
