"""How good the picture is: the reference scenario, or a record against the truth."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from skykeep.errors import Unavailable

if TYPE_CHECKING:
    from skykeep.station.scoring import Scored

LEVELS = ("L0", "L1", "L2", "L3")
_SCENARIO = ("drones", "seed", "seconds", "clutter", "settings")  # what a record has no use for


@click.command()
@click.argument("record", required=False, type=click.Path(path_type=Path))
@click.option("--truth", type=click.Path(path_type=Path), help="Where the aircraft in RECORD truly were, JSON lines.")
@click.option("--level", type=click.Choice(LEVELS), help="The reference scenario of this level.")
@click.option("--n", "drones", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Drones in it.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Which one of its kind.")
@click.option(
    "--seconds", type=click.FloatRange(2.0, 86_400.0), default=60.0, show_default=True, help="How long it is."
)
@click.option("--clutter", type=click.FloatRange(0.0, 100_000.0), default=50.0, show_default=True,
              help="False reports a scan, on average.")  # fmt: skip
@click.option("--cutoff", "cutoff_m", type=click.FloatRange(0.1, 100_000.0), default=30.0, show_default=True,
              metavar="M", help="A track farther than this from every aircraft is false.")  # fmt: skip
@click.option("--settings", type=click.Path(path_type=Path), help="Settings file, TOML, for the scenario's run.")
@click.option("--plots", type=click.Path(path_type=Path), help="Write pictures into this directory.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with every figure.")
def score(
    record: Path | None,
    truth: Path | None,
    level: str | None,
    drones: int,
    seed: int,
    seconds: float,
    clutter: float,
    cutoff_m: float,
    settings: Path | None,
    plots: Path | None,
    as_json: bool,
) -> None:
    """Say how good the picture is: of the reference scenario of --level, or that in RECORD against --truth.

    The scenario, drones over a city, goes through the watch as a station runs it. Figures: GOSPA with its parts, SIAP,
    identity, delays, detection and false tracks with exact bounds, processor time.
    """
    if (level is None) == (record is None) or (record is None) != (truth is None):
        raise click.UsageError("give --level for the reference scenario, or RECORD with --truth")
    if record is not None:
        _refuse_for_record()
    if plots is not None:
        _room_for(plots)
    if record is not None and truth is not None:
        scored, title = _of_record(record, truth, cutoff_m), str(record)
    else:
        assert level is not None
        scored = _of_scenario(level, drones, seed, seconds, clutter, cutoff_m, settings)
        title = f"{level}, {drones} drones, seed {seed}"
    _print(scored, as_json=as_json)
    if plots is not None:
        from skykeep.station.scoreplot import draw

        for path in draw(scored, plots, title):
            print(f"wrote {path}", file=sys.stderr)


def _refuse_for_record() -> None:
    """Raise UsageError where an option was given that only the reference scenario listens to."""
    context = click.get_current_context()
    names = {parameter.name: parameter.opts[0] for parameter in context.command.params if parameter.name in _SCENARIO}
    given = [told for name, told in names.items() if context.get_parameter_source(name) is not ParameterSource.DEFAULT]
    if given:
        raise click.UsageError(f"{', '.join(given)}: only for the reference scenario of --level, not for a RECORD")


def _room_for(plots: Path) -> None:
    """Make the directory of the pictures before the long work, not after it."""
    try:
        plots.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"--plots: {plots} cannot be made: {error.strerror}; name a directory to write to") from error


def _of_record(record: Path, truth: Path, cutoff_m: float) -> Scored:
    from skykeep.station.scorerecord import score_record
    from skykeep.station.terminal import progress

    with progress("scoring", None) as progressed:
        return score_record(record, truth, progressed, cutoff_m=cutoff_m)


def _of_scenario(
    level: str, drones: int, seed: int, seconds: float, clutter: float, cutoff_m: float, settings: Path | None
) -> Scored:
    from skykeep.station.scoring import reference, score_scenario
    from skykeep.station.settings import load
    from skykeep.station.terminal import progress

    chosen = load(settings)
    with progress("watching", None) as progressed:
        scenario = reference(n=drones, level=level, seed=seed, duration_s=seconds, clutter=clutter)
        return score_scenario(scenario, chosen, lambda _ms: progressed(1), cutoff_m=cutoff_m)  # a tick, an entry


def _print(scored: Scored, *, as_json: bool) -> None:
    import msgspec

    from skykeep.station.scoretext import lines

    if as_json:
        print(msgspec.json.encode(scored.scores).decode())
        return
    for line in lines(scored.scores):
        print(line)
