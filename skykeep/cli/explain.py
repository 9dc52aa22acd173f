"""Why a track exists, what fed it, what was rejected, who it is, and which rule judged it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from skykeep.errors import Unavailable

if TYPE_CHECKING:
    from skykeep.views.explain import Explanation


@click.command()
@click.argument("record", type=click.Path(path_type=Path))
@click.option("--track", "track_id", type=int, required=True, metavar="ID", help="The track to explain.")
@click.option(
    "--at",
    "at",
    metavar="TIME",
    help="Only what was known at this UTC time (2026-05-01T10:00:00Z, or 10:00:00 on the record's first day).",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Draw it too, as one offline page, to this file.")
@click.option("--reveal", is_flag=True, help="Show identities whole instead of masked.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
def explain(*, record: Path, track_id: int, at: str | None, output: Path | None, reveal: bool, as_json: bool) -> None:
    """Replay RECORD and say why a track is there: its reports, what was not taken, identity, flags, class, verdicts.

    The numbers are the watch's own, worked out again from the facts. Exit 2 where there is no such track or time.
    """
    from skykeep.station.explaining import explain as explained
    from skykeep.station.terminal import progress
    from skykeep.views import explain as explaining

    with progress("replaying", None) as advance:
        found = explained(record, track_id, at=at, reveal=reveal, progressed=advance)
    click.echo(explaining.to_json(found) if as_json else explaining.to_text(found))
    if output is not None:
        _draw(found, output, record)


def _draw(found: Explanation, output: Path, record: Path) -> None:
    from skykeep.views.explainpage import render

    try:
        output.write_text(render(found, title=record.resolve().name), "utf-8")
    except OSError as error:
        raise Unavailable(f"{output} cannot be written: {error.strerror}") from error
    click.echo(f"skykeep: wrote {output}", err=True)
