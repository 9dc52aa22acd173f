"""What all commands do alike: talk on stderr, read a moment, write a file."""

from __future__ import annotations

import time
from pathlib import Path

import click

from skykeep.errors import Malformed, Unavailable


def say(text: str) -> None:
    """Talk to the person, apart from results."""
    click.echo(f"skykeep: {text}", err=True)


def moment_ns(at: str | None) -> int:
    """Return the moment of `--at` as Unix nanoseconds; now where none is given."""
    from skykeep.wire.moments import iso_ns

    if at is None:
        return time.time_ns()
    try:
        return iso_ns(at)
    except Malformed as error:
        raise click.BadParameter(str(error), param_hint="--at") from error


def write(path: Path, text: str) -> None:
    """Write a result to a file and say so."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}") from error
    say(f"wrote {path}")
