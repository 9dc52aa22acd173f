"""The demo in two acts: real recordings, then an invented town; then the proofs, and one flipped byte."""

from __future__ import annotations

import dataclasses
import shutil
import sqlite3
import tempfile
import webbrowser
from importlib import resources
from pathlib import Path

from rich.console import Console
from rich.text import Text

from skykeep.errors import Corrupt, Refused
from skykeep.facts.concluded import VerdictReached
from skykeep.ledger import entry
from skykeep.sim.story import Story
from skykeep.station import goverifier
from skykeep.station.inputs import open_source
from skykeep.station.keys import Keys
from skykeep.station.page import write_page
from skykeep.station.replay import replay
from skykeep.station.replaytext import as_lines
from skykeep.station.run import Done, Job, Watching, run
from skykeep.station.seen import seen
from skykeep.station.simulated import lay_out, story
from skykeep.station.store import Store
from skykeep.station.terminal import STYLES, hanging, print_flights
from skykeep.station.verify import check
from skykeep.station.verifytext import lines as verify_lines
from skykeep.views import summary
from skykeep.views.clauses import sentence
from skykeep.views.picture import Picture, fold

STORY_SEED = 1
STORY_START_NS = 1_780_000_000_000_000_000  # 28 May 2026, 20:26:40 UTC
MARK = "demo.txt"
FLIPPED_ENTRY = 20
LENGTH_BYTES = 2  # before each entry of a bundle (C2SP tlog-tiles)
CAPTION_FIRST_NS = 1_000_000_000  # a verdict is for the last report, which may be a second older than its cause


@dataclasses.dataclass(frozen=True, slots=True)
class _Shown:
    """One record that the demo made."""

    name: str
    path: Path
    done: Done
    picture: Picture


def play(output: Path, *, do_open: bool, console: Console | None = None) -> None:
    """Play both acts into a directory; raises Corrupt if anything that must hold does not."""
    console = console or Console(highlight=False)
    console.width = min(console.width, 110)
    _clear(output)
    keys = Keys(output / "keys")
    _title(console, "SKYKEEP DEMO", "Who flies here, is it permitted, and by which words of which rule?")
    real = [_drone(output, keys, console), _helicopter(output, keys, console)]
    town = _town(output, keys, console)
    _proofs([*real, town], output, console)
    pages = _pages([*real, town], output)
    console.print("\n[bold]Look at it[/bold]")
    for shown, page in pages.items():
        console.print(f"    {shown:<12} {page}", soft_wrap=True)
    console.print("    Not certified; a person decides. It never fires, jams or takes control.")
    if do_open:
        webbrowser.open(pages[town.name].resolve().as_uri())


def _clear(output: Path) -> None:
    """Make an empty directory; only one that an earlier demo made is ever emptied."""
    if output.exists() and any(output.iterdir()):
        if not (output / MARK).exists():
            raise Refused(f"{output} is not empty and was not made by the demo: name another place with -o")
        shutil.rmtree(output)
    output.mkdir(parents=True, exist_ok=True)
    (output / MARK).write_text("Made by `skykeep demo`, which empties this directory when it runs again.\n", "utf-8")


def _title(console: Console, title: str, text: str) -> None:
    console.print()
    console.rule(f"[bold]{title}[/bold]", align="left")
    console.print(text)
    console.print()


def _data(name: str) -> Path:
    return Path(str(resources.files("skykeep").joinpath("demo_data", name)))


def _drone(output: Path, keys: Keys, console: Console) -> _Shown:
    _title(
        console,
        "ACT 1 · REAL",
        "Switzerland, 1 April 2023: a small drone hovers, and a Wi-Fi receiver writes down what it broadcasts about "
        "itself (Remote ID, a number plate by radio). The recording is real; the two zones around it are invented.",
    )
    shown = _ran(output, keys, "drone", (f"remote-id:{_data('parrot_anafi_flight_part1.pcap')}",))
    counts = shown.picture.counts
    located, named = counts["observed.location/1"], counts["observed.basic_id/1"]
    console.print(
        f"{located} broadcasts heard; {located - named} of them say where it is but not who. It gives no height above "
        "sea level, only above the spot where it took off. So in the zone without a height limit the answer is clear; "
        "in the zone that ends at 50 m above ground nobody can tell, for the ground at its take-off is not known.\n"
    )
    print_flights(summary.rows(shown.picture), console)
    return shown


def _helicopter(output: Path, keys: Keys, console: Console) -> _Shown:
    console.print(
        "Zurich, 24 May 2019: the rescue helicopter REGA 1 crosses an (invented) no-drone zone, heard by ADS-B.\n"
    )
    shown = _ran(output, keys, "helicopter", (f"readsb:{_data('readsb_snapshots_rega_zurich.jsonl.gz')}",))
    print_flights(summary.rows(shown.picture), console)
    return shown


def _ran(output: Path, keys: Keys, name: str, inputs: tuple[str, ...]) -> _Shown:
    job = Job(
        output / name, tuple(open_source(spec) for spec in inputs), (_data("zones_invented.json"),), record_id=name
    )
    return _shown(name, run(job, keys, Watching()), job.record)


def _shown(name: str, done: Done, path: Path) -> _Shown:
    with Store.open(path, read_only=True) as store:
        return _Shown(name, path, done, fold(seen(store)))


def _town(output: Path, keys: Keys, console: Console) -> _Shown:
    _title(
        console,
        "ACT 2 · SIMULATED",
        "Three invented minutes over an invented town, sent by our own Remote ID encoder to two invented receivers.",
    )
    told = story(STORY_SEED, STORY_START_NS)
    inputs = output / "town-inputs"
    inputs.mkdir()
    job = lay_out(told, inputs).job(output / "town", record_id="town")
    shown = _shown("town", run(job, keys, Watching()), job.record)
    _tell(told, shown.picture, console)
    console.print()
    print_flights(summary.rows(shown.picture), console)
    return shown


def _tell(told: Story, picture: Picture, console: Console) -> None:
    """Tell what happens and what the watch says of it, in order of time; each line says that it is simulated."""
    events = [(caption.t_ns, CAPTION_FIRST_NS, caption.text, "dim") for caption in told.captions]
    for track in picture.lives():
        for verdict in _changes(picture.whole(track).verdicts):
            zone = picture.zones.get(verdict.zone_id or "")
            said = (
                f"{verdict.verdict.value.replace('_', ' ').upper()}. {sentence(verdict, zone.name if zone else None)}"
            )
            events.append((verdict.t_ns, 0, f"  -> track {track.track_id}: {said}", STYLES[verdict.verdict.value]))
    for t_ns, _, text, style in sorted(events, key=lambda event: event[0] - event[1]):
        seconds = (t_ns - told.start_ns) // 1_000_000_000
        console.print(
            *hanging(Text(f"{seconds // 60}:{seconds % 60:02} {text}", style=style), console, "SIMULATED "), sep="\n"
        )


def _changes(verdicts: list[VerdictReached]) -> list[VerdictReached]:
    """Return the verdicts that say something else than the one before them in the same zone."""
    before: dict[str | None, tuple[object, ...]] = {}
    changed = []
    for verdict in verdicts:
        said = (verdict.verdict, verdict.clause, verdict.permit_id)
        if before.get(verdict.zone_id) != said:
            changed.append(verdict)
        before[verdict.zone_id] = said
    return changed


def _proofs(all_shown: list[_Shown], output: Path, console: Console) -> None:
    _title(
        console,
        "PROOF",
        "Everything above stands in records. Anyone can recompute every conclusion, and nobody can quietly change one.",
    )
    for shown in all_shown:
        found = replay(shown.path)
        console.print(f"[bold]replay {shown.name}[/bold]: {as_lines(found)[0]}", soft_wrap=True)
        if not found.identical:
            raise Corrupt(f"{shown.path}: the replay is not identical")
        console.print(
            f"[bold]verify {shown.name}[/bold]: {verify_lines(check(shown.path, shown.done.vkey))[0]}", soft_wrap=True
        )
    _flip(all_shown[-1], output, console)


def _flip(shown: _Shown, output: Path, console: Console) -> None:
    """Change one byte in two copies, in the log and in the database, and show who notices."""
    log = _copy(shown.path, output / "flipped-log")
    bundle = next((log / "tile" / "entries").rglob("*.p/*"))
    data = bytearray(bundle.read_bytes())
    data[LENGTH_BYTES + entry.SIZE // 2] ^= 1  # the middle of the bundle's first entry
    bundle.write_bytes(data)
    console.print(f"\none byte flipped in the log ({bundle.relative_to(output).as_posix()}):")
    _must_refuse(log, shown.done.vkey, console)
    _go(shown, log, console)
    rows = _copy(shown.path, output / "flipped-database")
    with sqlite3.connect(rows / "record.sqlite") as database:
        (blob,) = database.execute("SELECT leaves FROM ticks WHERE entry_index = ?", (FLIPPED_ENTRY,)).fetchone()
        changed = bytearray(blob)
        changed[len(changed) // 2] ^= 1
        database.execute("UPDATE ticks SET leaves = ? WHERE entry_index = ?", (bytes(changed), FLIPPED_ENTRY))
    database.close()
    console.print(f"one byte flipped in what was heard (the database, entry {FLIPPED_ENTRY}):")
    _must_refuse(rows, shown.done.vkey, console)


def _copy(source: Path, to: Path) -> Path:
    return Path(shutil.copytree(source, to))


def _must_refuse(record: Path, vkey: str, console: Console) -> None:
    try:
        check(record, vkey)
    except Corrupt as error:
        console.print(f"    Skykeep refuses: {error}", soft_wrap=True)
        return
    raise Corrupt(f"{record}: one byte was flipped and nobody noticed")


def _go(shown: _Shown, flipped: Path, console: Console) -> None:
    with tempfile.TemporaryDirectory(prefix="skykeep-go-") as directory:
        program = goverifier.build(Path(directory))
        if program is None:
            console.print(f"    Go's own verifier was not asked: {goverifier.WANTED}")
            return
        good = goverifier.verify(program, shown.path, shown.done.vkey)
        bad = goverifier.verify(program, flipped, shown.done.vkey)
    if good.returncode != 0 or bad.returncode == 0:
        raise Corrupt(f"Go's verifier disagrees: {good.stderr} {bad.stdout}")
    console.print(f"    Go's verifier (golang.org/x/mod/sumdb) refuses: {bad.stderr.strip()}", soft_wrap=True)
    console.print(f"    and of the unchanged record it says: {good.stdout.strip()}", soft_wrap=True)


def _pages(all_shown: list[_Shown], output: Path) -> dict[str, Path]:
    titles = {
        "drone": "A drone hovers near Zurich, 2023",
        "helicopter": "Rescue helicopter over Zurich, 2019",
        "town": "Three minutes over an invented town",
    }
    pages = {}
    for shown in all_shown:
        pages[shown.name] = output / f"{shown.name}.html"
        write_page(shown.path, pages[shown.name], title=titles[shown.name], vkey=shown.done.vkey)
    return pages
