"""The command line: verbs, results on stdout, talk on stderr.

Exit codes: 0 done, whatever was found; 1 the question was "does it hold?" and it does not; 2 wrong usage, or what was
named cannot be used; 3 the world failed (disk, file, key); 130 interrupted.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import skykeep
from skykeep.cli import interrupting
from skykeep.cli.saying import say
from skykeep.errors import Corrupt, Malformed, Refused, SkykeepError, Unavailable

# What a command needs is imported inside it: `--version` and `verify` must not wait for numba.
if TYPE_CHECKING:
    from skykeep.station.run import Done
    from skykeep.views.picture import SeenTick
    from skykeep.views.summary import TrackSummary

DOES_NOT_HOLD, WRONG_USAGE, WORLD_FAILED, INTERRUPTED = 1, 2, 3, 130
SCHEMAS = (
    "run-output", "permit-output", "fact", "permits", "application", "explanation", "track-line", "plot-line",
    "account",
)  # fmt: skip
_EXIT = {Refused: WRONG_USAGE, Malformed: WORLD_FAILED, Unavailable: WORLD_FAILED, Corrupt: DOES_NOT_HOLD}

_record = click.argument("record", type=click.Path(path_type=Path))
_keys = click.option(
    "--keys", type=click.Path(path_type=Path), envvar="SKYKEEP_KEYS", help="Directory of the secret keys."
)
_mappings = click.option(
    "--mapping",
    "mappings",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Mapping file: describes JSON lines as format mapped-NAME. Repeatable.",
)
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
_reveal = click.option("--reveal", is_flag=True, help="Show identities whole instead of masked.")


class _Group(click.Group):
    """A group that turns the four families of failure into a sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # click's own signature
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")  # a terminal of few letters gets "?" for the others
        try:
            made = super().invoke(ctx)
            sys.stdout.flush()
            return made
        except SkykeepError as error:
            say(str(error))
            ctx.exit(_EXIT[type(error)])
        except KeyboardInterrupt as interrupt:
            _let_go(interrupt)
            kept = "; what is recorded is safe, the same command goes on from there"
            say(f"interrupted{kept if ctx.invoked_subcommand == 'run' else ''}")
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:  # whoever read our output has had enough
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the last flush is quiet
            ctx.exit(0)
        except OSError as error:  # what no room has put into better words is the world's failure all the same
            say(f"{error.filename or 'output'}: {error.strerror or error}; is it there, and may it be used?")
            ctx.exit(WORLD_FAILED)


def _let_go(interrupt: KeyboardInterrupt) -> None:
    """Free what the interrupt cut short; what a library had half made may not complain of it on standard error."""
    told = sys.unraisablehook
    sys.unraisablehook = lambda _: None
    try:
        traceback.clear_frames(interrupt.__traceback__)
    finally:
        sys.unraisablehook = told


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(skykeep.__version__, message="skykeep %(version)s")
def main() -> None:
    """Skykeep keeps the sky over a place: which flight is not permitted, by which words of which rule.

    It says "cannot tell" when it cannot. It never fires, jams or takes control. Not certified; a person decides.
    """


@main.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "--record", required=True, type=click.Path(path_type=Path), help="Directory of the record, new or to be continued."
)
@click.option(
    "--zones", multiple=True, type=click.Path(path_type=Path), help="Zone file of any known format. Repeatable."
)
@click.option("--permits", multiple=True, type=click.Path(path_type=Path), help="Permit file, JSON. Repeatable.")
@click.option(
    "--terrain",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Ground heights, GeoTIFF or HGT: makes heights above ground and above the sea comparable. Repeatable.",
)
@click.option(
    "--sensors",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Sensor file, TOML: where sensors stand, what they measure and see. Repeatable.",
)
@click.option("--qnh", type=float, metavar="HPA", help="Air pressure at sea level (QNH) for all of the recording.")
@click.option(
    "--office",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Permits of this permit office's record. Repeatable.",
)
@click.option("--simulated", multiple=True, metavar="SENSOR", help="This sensor's flights are invented. Repeatable.")
@click.option(
    "--law-complete", is_flag=True, help="The authority declares these zones to be all the law there is here."
)
@click.option("--settings", type=click.Path(path_type=Path), help="Settings file, TOML.")
@click.option(
    "--record-id", help="Name of a new record; the same name and keys give the same pseudonyms. Default: random."
)
@click.option(
    "--acknowledged", type=click.Path(path_type=Path), help="Append a line to this file each time entries are durable."
)
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice(["not-permitted", "cannot-tell"]),
    help="Exit 1 if a flight got this verdict in any zone. Repeatable.",
)
@_mappings
@_keys
@_reveal
@_json
def run(
    *,
    inputs: tuple[str, ...],
    record: Path,
    zones: tuple[Path, ...],
    permits: tuple[Path, ...],
    terrain: tuple[Path, ...],
    sensors: tuple[Path, ...],
    qnh: float | None,
    office: tuple[Path, ...],
    simulated: tuple[str, ...],
    law_complete: bool,
    settings: Path | None,
    record_id: str | None,
    acknowledged: Path | None,
    fail_on: tuple[str, ...],
    mappings: tuple[Path, ...],
    keys: Path | None,
    reveal: bool,
    as_json: bool,
) -> None:
    """Watch what recordings heard: every INPUT through the watch into one record, and a verdict for each flight.

    INPUT is a file, or - for standard input; [FORMAT][@SENSOR]:FILE forces a format or names the sensor. Formats are
    known by content, gzip too. Exit 0 whatever was found; a record of other inputs or settings is refused with 2;
    3 if disk, file or key fails; 130 if interrupted: the same command then goes on where it ended.
    """
    import msgspec

    from skykeep.station import run as runs
    from skykeep.station.inputs import open_source
    from skykeep.station.keys import Keys
    from skykeep.station.settings import check, load

    chosen = load(settings)
    if law_complete:
        chosen = msgspec.structs.replace(chosen, law_complete=True)
    if qnh is not None:
        chosen = check(msgspec.structs.replace(chosen, qnh_hpa=qnh))
    _take_in(mappings)
    sources = tuple(open_source(spec) for spec in inputs)
    with _progress("reading", sum(source.size for source in sources)) as read, _acknowledging(acknowledged) as durable:
        job = runs.Job(
            record, sources, zones, permits, terrain, frozenset(simulated), chosen, record_id, office, sensors
        )
        done = runs.run(job, Keys(keys), runs.Watching(read, durable, say, tick=interrupting.look))
    _say_done(done, record)
    rows = _print_flights(record, reveal=reveal, as_json=as_json)
    reached = {verdict for row in rows for verdict in (row.verdict, *(zone.verdict for zone in row.zones))}
    if reached & {verdict.replace("-", "_") for verdict in fail_on}:
        sys.exit(DOES_NOT_HOLD)


def _take_in(mappings: tuple[Path, ...]) -> None:
    """Make the formats of other packages and of mapping files known."""
    from skykeep.station import formats
    from skykeep.station.mappings import load

    for fault in formats.faults():
        say(f"warning: {fault}")
    for mapping in mappings:
        load(mapping)
    click.get_current_context().call_on_close(_say_failed_codecs)


def _say_failed_codecs() -> None:
    """Tell what codecs did wrong meanwhile: a sniff that fails is a no, and must not be a silent one."""
    from skykeep.station.plugins import TALLY

    for failure in TALLY.all():
        say(f"warning: {failure.words}")


@main.command()
@click.argument("form", metavar="FORMAT")
@click.argument("path", metavar="FILE")
@_mappings
@_json
def decode(form: str, path: str, mappings: tuple[Path, ...], as_json: bool) -> None:
    """Show the facts in a FILE of a FORMAT, one a line; - is standard input.

    Formats: remote-id (pcap, pcapng), odid-hex, mavlink, mavlink-raw, dronescout, wardragon, wardragon-log,
    readsb, adsb-rows, sbs, plots, tracks, and those of other packages. Identities are shown as they are.
    """
    from skykeep.facts import codec
    from skykeep.station.decode import decoded, line

    _take_in(mappings)
    out = sys.stdout.buffer
    for fact in decoded(form, path, say):
        out.write((codec.to_json(fact) if as_json else line(fact).encode()) + b"\n")


@main.command()
@_record
@_json
def replay(record: Path, as_json: bool) -> None:
    """Recompute every conclusion in RECORD and compare: "identical sha256:…", or the first difference and exit 1."""
    from skykeep.station.replay import replay as recompute
    from skykeep.station.replaytext import as_lines, as_object

    with _progress("replaying") as step:
        found = recompute(record, step)
    click.echo(as_object(found) if as_json else "\n".join(as_lines(found)))
    if not found.holds:
        sys.exit(DOES_NOT_HOLD)


@main.command()
@_record
@click.option("--key", "vkey", metavar="VKEY", help="The signer's verification key, got from outside the record.")
@click.option(
    "--since",
    type=click.Path(path_type=Path),
    help="A checkpoint kept from earlier: prove that nothing before it changed.",
)
@click.option(
    "--witness",
    multiple=True,
    metavar="VKEY",
    help="Verification key of a witness whose cosignature must hold. Repeatable.",
)
@click.option(
    "--rotation",
    "rotations",
    multiple=True,
    type=click.Path(path_type=Path),
    help="With a proof: a file of the record's rotation directory, if the key was rotated since. Repeatable.",
)
@_json
def verify(
    *,
    record: Path,
    vkey: str | None,
    since: Path | None,
    witness: tuple[str, ...],
    rotations: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Check the RECORD: checkpoint, tiles, entries, and every row against them. Exit 1 if anything does not hold.

    RECORD may also be a proof that `skykeep prove` wrote: then --key is needed, and the fact is shown. Without --key
    the signer of a record is not proved. Where the key was rotated, any key of the record will do: who handed over to
    whom is followed and said. Tamper-evident means unchanged, not true.
    """
    from skykeep.station.proving import check_proof, is_proof
    from skykeep.station.verifytext import check_record, lines, to_json

    if is_proof(record):
        click.echo(check_proof(record, vkey, rotations))
        return
    if rotations:
        raise Refused("--rotation is for a proof: a record has its rotations with it")
    checked = check_record(record, vkey, since, witness)
    click.echo(to_json(checked) if as_json else "\n".join(lines(checked, vkey)))


@main.command()
@_record
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="Where to write the page.",
)
@click.option("--title", help="Title of the page. Default: the record's name.")
@click.option("--key", "vkey", metavar="VKEY", help="The signer's verification key, got from outside the record.")
@click.option(
    "--replay/--no-replay", "do_replay", default=True, help="Replay the record first and say on the page what came out."
)
@_reveal
def report(record: Path, output: Path, title: str | None, vkey: str | None, do_replay: bool, reveal: bool) -> None:
    """Draw RECORD as one offline page: map, verdicts, timeline, table, and how to check it."""
    from skykeep.station.page import write_page

    write_page(record, output, title=title, vkey=vkey, do_replay=do_replay, reveal=reveal)
    say(f"wrote {output}")


@main.command()
@_record
@click.argument("value", required=False)
@click.option(
    "--track", "track_id", type=int, metavar="ID", help="Everything that this track's radios said of persons."
)
@click.option(
    "--kind",
    type=click.Choice(["uas", "opr", "tx", "call", "place", "text", "person", "reg"]),
    help="What VALUE is: a drone's serial or session id, an operator's id, a radio address... Default: any of them.",
)
@click.option("--dry-run", is_flag=True, help="Only say how much would go.")
@_keys
def erase(
    record: Path, value: str | None, track_id: int | None, kind: str | None, dry_run: bool, keys: Path | None
) -> None:
    """Destroy a person's VALUE (a serial, an operator id, a radio address) in RECORD, with all raw frames that hold it.

    Or, with --track, all that a track's radios said of persons. Give a value whole: a part of one is refused. Hashes
    stay, so every other proof still holds, and replay stays identical. It cannot be undone: look with --dry-run first.
    """
    from skykeep.facts.personal import NameKind
    from skykeep.station.erasing import erase_track, erase_value
    from skykeep.station.keys import Keys

    if (value is None) == (track_id is None):
        raise Refused("say what to erase: either a VALUE or --track ID")
    if track_id is not None:
        gone = erase_track(record, track_id, preview=dry_run)
    elif value is not None:
        asked = None if kind is None else NameKind(kind)
        gone = erase_value(record, value, Keys(keys), kind=asked, preview=dry_run)
    told = f"{gone.names} personal values and {gone.frames} raw frames"
    click.echo(f"would erase {told}; nothing was erased" if dry_run else f"erased {told}")


@main.command()
@_record
@click.option("--tick", type=int, help="Tick of a fact, as `explain` names it.")
@click.option("--fact", type=int, help="Number of the fact in that tick, as `explain` names it.")
@click.option("--entry", type=int, help="Instead of --tick: entry of the record.")
@click.option("--leaf", type=int, help="Instead of --fact: leaf of that entry (frames and conclusions are leaves too).")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Where to write the proof.")
def prove(
    *, record: Path, tick: int | None, fact: int | None, entry: int | None, leaf: int | None, output: Path
) -> None:
    """Write a proof that one fact stands in RECORD; it shows nobody else's facts. `skykeep verify FILE` checks it."""
    from skykeep.station.proving import prove_fact, prove_leaf

    if tick is not None and fact is not None and entry is None and leaf is None:
        proof = prove_fact(record, tick, fact)
    elif entry is not None and leaf is not None and tick is None and fact is None:
        proof = prove_leaf(record, entry, leaf)
    else:
        raise Refused("say which fact: either --tick and --fact, as `explain` names them, or --entry and --leaf")
    try:
        output.write_bytes(proof)
    except OSError as error:
        raise Unavailable(f"{output} cannot be written: {error.strerror}") from error
    say(f"wrote {output}")


@main.command()
@_record
@click.option(
    "--key", "vkey", metavar="VKEY", required=True, help="The record's verification key, got from outside the record."
)
@click.option(
    "--witness-key",
    type=click.Path(path_type=Path),
    required=True,
    help="The witness's secret key file, made at first use.",
)
@click.option(
    "--seen",
    type=click.Path(path_type=Path),
    required=True,
    help="Where the witness remembers the last checkpoint it saw.",
)
def witness(record: Path, vkey: str, witness_key: Path, seen: Path) -> None:
    """Cosign RECORD's checkpoint, if it grew out of the last one seen and nothing before that changed."""
    from skykeep.station.witnessing import cosign

    click.echo(cosign(record, vkey, witness_key, seen))


@main.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for a SHELL; see docs/how-to/shell-completion."""
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    if made is not None:
        click.echo(made(main, {}, "skykeep", "_SKYKEEP_COMPLETE").source())


@main.command()
@click.argument("name", type=click.Choice(SCHEMAS))
def schema(name: str) -> None:
    """Print the JSON schema NAME of an input or an output."""
    from importlib import resources

    click.echo(resources.files("skykeep").joinpath("schemas", f"{name}.schema.json").read_text("utf-8"), nl=False)


@main.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("town"),
    show_default=True,
    help="Directory for the files; it must be new or empty.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed moves everybody a little.")
def simulate(output: Path, seed: int) -> None:
    """Write three minutes over an invented town as recordings, zones and permits, and say how to run them."""
    from skykeep.station.simulated import lay_out, new_directory, story

    start_ns = 1_780_000_000_000_000_000  # 28 May 2026, 20:26:40 UTC: the same files every time
    laid_out = lay_out(story(seed, start_ns), new_directory(output))
    sensors = " ".join(f"--simulated {sensor}" for sensor in sorted(laid_out.simulated))
    click.echo(
        f"skykeep run --record {output / 'record'} --law-complete --zones {laid_out.zones} "
        f"--permits {laid_out.permits} {sensors} {' '.join(laid_out.inputs)}"
    )


@main.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("demo-out"),
    show_default=True,
    help="Directory for what the demo makes.",
)
@click.option("--open/--no-open", "do_open", default=True, help="Open the page in a browser at the end.")
def demo(output: Path, do_open: bool) -> None:
    """Show the whole job in two acts: a real recording, then an invented town; then replay, and a flipped byte."""
    from skykeep.station.demo import play

    play(output, do_open=do_open)


def _say_done(done: Done, record: Path) -> None:
    if done.already_complete:
        say(f"{record} is complete already: nothing was added")
    else:
        say(f"{done.frames} frames read, {done.not_ours} of other kinds passed over, {done.entries} entries recorded")
    say(f"to check it: skykeep verify {record} --key {done.vkey}")


def _print_flights(record: Path, *, reveal: bool, as_json: bool) -> list[TrackSummary]:
    import msgspec

    from skykeep.views import picture, summary
    from skykeep.views.findings import set_aside

    with _seen(record) as ticks:
        folded = picture.fold(ticks)
    rows = summary.rows(folded, reveal=reveal)
    for text in set_aside(folded):
        say(text)
    if as_json:
        for row in rows:
            click.echo(msgspec.json.encode(row))
        return rows
    from skykeep.station.terminal import print_flights

    print_flights(rows)
    return rows


@contextlib.contextmanager
def _seen(record: Path) -> Iterator[Iterator[SeenTick]]:
    from skykeep.station.seen import seen
    from skykeep.station.store import Store

    with Store.open(record, read_only=True) as store:
        yield seen(store)


@contextlib.contextmanager
def _progress(what: str, size: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a bar on a terminal, nothing where nobody looks; Control-C is obeyed between two steps."""
    from skykeep.station.terminal import progress

    with interrupting.held(), progress(what, size) as advance:

        def step(count: int) -> None:
            interrupting.look()
            advance(count)

        yield step


@contextlib.contextmanager
def _acknowledging(path: Path | None) -> Iterator[Callable[[int], None]]:
    """Append the number of durable entries to a file, a line each time it grows."""
    if path is None:
        yield lambda _n: None
        return
    failed: list[OSError] = []
    try:
        file = path.open("ab", buffering=0)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}") from error
    with file:

        def acknowledge(entries: int) -> None:
            try:
                file.write(f"{entries}\n".encode())
            except OSError as error:  # on the writing thread, which must go on
                failed.append(error)

        yield acknowledge
    if failed:
        raise Unavailable(f"{path} cannot be written: {failed[0].strerror}; it lacks lines, the record lacks nothing")


from skykeep.cli.account import account  # noqa: E402
from skykeep.cli.explain import explain  # noqa: E402
from skykeep.cli.keeping import backup, restore  # noqa: E402
from skykeep.cli.keys import keys  # noqa: E402
from skykeep.cli.people import people  # noqa: E402
from skykeep.cli.permit import permit  # noqa: E402  # groups of their own, which import nothing heavy
from skykeep.cli.rebuild import rebuild  # noqa: E402
from skykeep.cli.score import score  # noqa: E402
from skykeep.cli.serve import serve  # noqa: E402
from skykeep.cli.station import config, doctor, init, tls  # noqa: E402
from skykeep.cli.zones import zones  # noqa: E402

main.add_command(account)
main.add_command(backup)
main.add_command(config)
main.add_command(doctor)
main.add_command(explain)
main.add_command(init)
main.add_command(keys)
main.add_command(people)
main.add_command(permit)
main.add_command(rebuild)
main.add_command(restore)
main.add_command(score)
main.add_command(serve)
main.add_command(zones)
main.add_command(tls)
