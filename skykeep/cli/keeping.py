"""Copies of a station: made while it runs, and made a station again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from skykeep.cli.saying import say

if TYPE_CHECKING:
    from skykeep.station.verify import Checked

_json = click.option("--json", "as_json", is_flag=True, help="One JSON object.")


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("destination", metavar="DESTINATION", type=click.Path(path_type=Path))
@click.option(
    "--with-keys",
    "keys_to",
    metavar="PLACE",
    type=click.Path(path_type=Path),
    help="Copy keys, secrets and certificates too, to this other PLACE, which must be new or empty.",
)
@click.option("--keep", type=int, default=0, help="Delete all but so many of the newest copies there. Default: none.")
@_json
def backup(directory: Path, destination: Path, keys_to: Path | None, keep: int, as_json: bool) -> None:
    """Copy the station in DIR into a new directory below DESTINATION, while it runs or not, and verify the copy.

    The copy holds record, accounts, configuration and law as of one moment; never a key, unless --with-keys names
    another place for them.
    """
    import time

    import msgspec

    from skykeep.station.config import Home
    from skykeep.station.database import DATABASE
    from skykeep.station.keeping import copying
    from skykeep.station.terminal import progress

    home = Home(directory)
    record = home.record / DATABASE
    with progress("copying", record.stat().st_size if record.exists() else 0) as progressed:
        copied = copying.back_up(home, destination, time.time_ns(), progressed, keys_to=keys_to)
    for old in copying.prune(destination, keep):
        say(f"deleted {old}")
    if as_json:
        click.echo(msgspec.json.encode({"path": str(copied.path), "manifest": copied.manifest}))
        return
    click.echo(f"{copied.path}: {copied.manifest.entries} entries, {copied.manifest.checkpoint_size} of them sealed")
    click.echo("verified" if copied.manifest.vkey else "nothing of it is sealed yet, so no signature was checked")
    if (office := copied.manifest.office) is not None:
        click.echo(f"office {office.name}: {office.entries} entries, verified; its last act was at {office.acted_at}")
    for name in copied.manifest.left_out:
        say(f"warning: {name} lies outside {directory}, or is not there, and was not copied")
    if keys_to is not None:
        say(f"keys and secrets, the office's too: {keys_to}; keep them apart from the copy")


@click.command()
@click.argument("copy", metavar="COPY", type=click.Path(path_type=Path))
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--keys", "keys_from", metavar="PLACE", type=click.Path(path_type=Path), help="What `backup --with-keys` wrote."
)
@click.option("--key", "vkey", metavar="VKEY", help="The record's verification key, got from outside the copy.")
@_json
def restore(copy: Path, directory: Path, keys_from: Path | None, vkey: str | None, as_json: bool) -> None:
    """Make a station in DIR, new or empty, from the COPY that `skykeep backup` made; verify before and after.

    Give --keys or --key: without either it is not proved who signed the record.
    """
    import msgspec

    from skykeep.station.keeping.restoring import restore as make_again

    restored = make_again(copy, directory, keys_from=keys_from, vkey=vkey)
    checked = restored.checked
    if as_json:
        entries, proved = (0, False) if checked is None else (checked.n_entries, checked.signer_proved)
        kept = restored.office
        office = None if kept is None else {"entries": kept.n_entries, "signer_proved": kept.signer_proved}
        plain = {"entries": entries, "signer_proved": proved, "office": office, "missing": restored.missing}
        click.echo(msgspec.json.encode({"directory": str(directory), **plain}))
        return
    if checked is None:
        click.echo(f"{directory}: configuration and accounts; the copy holds no record")
    else:
        click.echo(f"{directory}: {checked.n_entries} entries, {_held(checked)}")
    if restored.office is not None and (told := restored.manifest.office) is not None:
        click.echo(f"office {told.name}: {restored.office.n_entries} entries, {_held(restored.office)}")
        say(f"the office stands as of {told.acted_at}: what it granted or revoked since is not in it")
        say("revoke again what was revoked since: here it holds; a code granted since verifies until its end")
    for text in restored.missing:
        say(f"missing: {text}")
    say(f"next: skykeep doctor {directory}, then skykeep serve {directory}; stop the old station first")


def _held(checked: Checked) -> str:
    return "verified" if checked.signer_proved else "internally consistent only; the signer is not proved"
