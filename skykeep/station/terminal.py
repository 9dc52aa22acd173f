"""What a terminal shows: a bar while something takes long, and the flights as a table."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from skykeep.views.summary import TrackSummary
from skykeep.views.table import HEADINGS, cells

STYLES = {
    "not_permitted": "bold red",
    "cannot_tell": "yellow",
    "permitted": "blue",
    "exempt": "green",
    "no_rule": "dim",
}


@contextlib.contextmanager
def progress(what: str, specs: tuple[str, ...]) -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error if that is a terminal; the total is the size of the files, where it is known."""
    if not sys.stderr.isatty():
        yield lambda _n: None
        return
    sizes = [path.stat().st_size for spec in specs if (path := Path(spec.rpartition(":")[2])).is_file()]
    total = sum(sizes) if len(sizes) == len(specs) and sizes else None
    unit = DownloadColumn() if specs else TextColumn("{task.completed:.0f} entries")
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), unit, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda advance: bar.advance(task, advance)


def print_table(rows: list[TrackSummary], console: Console | None = None) -> None:
    """Print the flights, gravest first as they come; colour only helps, the words say it."""
    console = console or Console()
    if not rows:
        console.print("No drones in the air in this recording.")
        return
    table = Table(*HEADINGS, show_lines=True)
    for row in rows:
        table.add_row(*cells(row), style=STYLES.get(row.verdict))
    console.print(table)
