"""The key that signs a record: which ones there were, and another one from now on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from skykeep.cli.saying import say

if TYPE_CHECKING:
    from skykeep.station.rotating import Rotated

_record = click.argument("record", metavar="RECORD", type=click.Path(path_type=Path))
_keys = click.option(
    "--keys", type=click.Path(path_type=Path), envvar="SKYKEEP_KEYS", help="Directory of the secret keys."
)
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


@click.group()
def keys() -> None:
    """The key that signs a record's checkpoints."""


@keys.command()
@_record
@_keys
@click.option("--wait-s", type=float, default=60.0, show_default=True, help="How long to wait for a running station.")
@_json
def rotate(record: Path, keys: Path | None, wait_s: float, as_json: bool) -> None:
    """Have another key sign RECORD from now on; RECORD may be a station's directory, whether the station runs or not.

    The rotation stands in the record, and both keys sign the checkpoint that ends with it. The old key is kept beside
    the new one. Prints the new verification key: publish it where the old one was. Run again after an interruption.
    """
    import time

    import msgspec

    from skykeep.station import rotating
    from skykeep.station.keys import Keys

    where, held = _places(record, keys)
    done = rotating.rotate_here_or_there(
        where, Keys(held), time.time_ns(), runs=where != record, wait_s=wait_s, say=say
    )
    if as_json:
        click.echo(msgspec.json.encode(done._asdict()))
        return
    _print_rotated(where, done)


def _print_rotated(record: Path, done: Rotated) -> None:
    if done.was_begun:
        say("a rotation that was interrupted is finished; no other was begun")
    say(f"signed by both keys at {done.size} entries; the old key signs nothing more: {done.old_vkey}")
    say(f"to check it: skykeep verify {record} --key {done.new_vkey}")
    click.echo(done.new_vkey)


@keys.command("list")
@_record
@_json
def list_keys(record: Path, as_json: bool) -> None:
    """List the keys that signed RECORD, oldest first, with the sizes that each signed; shows no secret.

    What is printed comes with the record: compare it with what you were given by another way.
    """
    import msgspec

    from skykeep.station import rotating

    for tenure in rotating.tenures(_places(record, None)[0]):
        if as_json:
            click.echo(msgspec.json.encode(tenure._asdict()))
        else:
            until = "signs now" if tenure.until_size is None else f"until {tenure.until_size} entries"
            click.echo(f"{tenure.vkey}  from {tenure.from_size} entries {until}")


def _places(record: Path, keys: Path | None) -> tuple[Path, Path | None]:
    """Return the record and its keys: those of a station, where RECORD is a station's directory."""
    from skykeep.station.config import FILE, Home

    home = Home(record)
    return (home.record, home.keys) if (record / FILE).is_file() else (record, keys)
