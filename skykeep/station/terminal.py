"""What a terminal shows: a bar while something takes long, and the flights in blocks."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from skykeep.views.summary import TrackSummary
from skykeep.views.table import NO_MARGIN, SIMULATED, cells

STYLES = {
    "not_permitted": "bold red",
    "cannot_tell": "yellow",
    "permitted": "blue",
    "exempt": "green",
    "no_rule": "dim",
}
SIGNS = {"not_permitted": "◆", "cannot_tell": "?", "permitted": "✓", "exempt": "✚", "no_rule": "·"}
INDENT = 4


@contextlib.contextmanager
def progress(what: str, size: int | None) -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error if that is a terminal: of `size` bytes, or of entries nobody has counted (None)."""
    if not sys.stderr.isatty():
        yield lambda _n: None
        return
    unit = TextColumn("{task.completed:.0f} entries") if size is None else DownloadColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), unit, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=size)
        yield lambda advance: bar.advance(task, advance)


def print_flights(rows: list[TrackSummary], console: Console | None = None) -> None:
    """Print a block for each flight, gravest first as they come; colour only helps, the words and shapes say it."""
    console = console or Console(highlight=False)
    if not rows:
        console.print("No flights in this recording.")
    for row in rows:
        console.print(_block(row, console))


def _block(row: TrackSummary, console: Console) -> Text:
    """Return verdict and identity on the first line, the reason and the rest indented under them."""
    track, verdict, why, identity, seen, margin = (cell.split("\n") for cell in cells(row))
    sign = SIGNS[row.verdict] if (console.encoding or "").lower().startswith("utf") else "*"
    head = Text.assemble(
        (f"{sign} {verdict[0]}", STYLES[row.verdict]),
        "".join(f" ({part})" for part in verdict[1:]),
        (f"  track {' · '.join(part for part in track if part != SIMULATED)}", "bold"),
        f"  {', '.join(identity)}",
    )
    rest = [Text(line) for line in [*why, " · ".join([*seen, *(part for part in margin if part != NO_MARGIN)])]]
    label = f"{SIMULATED} " if row.simulated else ""
    return Text("\n").join(
        [
            *hanging(head, console, label),
            *(each for line in rest for each in hanging(line, console, label + " " * INDENT)),
            Text(),
        ]
    )


def hanging(text: Text, console: Console, label: str) -> list[Text]:
    """Return a text as the lines that a terminal has room for, each after its label."""
    wrapped = text.wrap(console, max(20, console.width - len(label) - 2))
    return [
        Text.assemble((label, "dim"), *([("  ", "")] if number else []), line) for number, line in enumerate(wrapped)
    ]
