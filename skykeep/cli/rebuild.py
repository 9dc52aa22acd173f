"""The database of views, made again from the record."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def rebuild(directory: Path, as_json: bool) -> None:  # as click calls it
    """Make the views of the station in DIR again from its record: what the web shows, and answers from.

    Nothing is lost by it, for views hold nothing of their own. Stop the station first; what was there stays until the
    new views are complete.
    """
    import msgspec

    from skykeep.station.config import Home
    from skykeep.station.terminal import progress
    from skykeep.web import rebuilding

    home = Home(directory)
    with progress("folding", None) as progressed:
        made = rebuilding.rebuild(home.record, home.views, progressed)
    if as_json:
        click.echo(msgspec.json.encode({"path": str(home.views), **made._asdict()}))
        return
    click.echo(f"{home.views}: {made.objects} objects and {made.names} names of {made.entries} entries")
