"""The demo in two acts: real recordings, then an invented town; then the proofs, and one flipped byte."""

from __future__ import annotations

import dataclasses
import shutil
import sqlite3
import sys
import tempfile
import webbrowser
from collections import Counter
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
from skykeep.views.picture import Picture, Track, fold

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
    _title(
        console,
        "SKYKEEP DEMO",
        "Who flies here, is it permitted, and by which words of which rule? Five answers are possible: NOT PERMITTED, "
        "PERMITTED, EXEMPT (manned aircraft, flights of the state), NO RULE (no zone there), and CANNOT TELL, with "
        "what is missing. First two real recordings, then an invented town, then the proof.",
    )
    real = [_drone(output, keys, console), _helicopter(output, keys, console)]
    town = _town(output, keys, console)
    _proofs([*real, town], output, console)
    pages = _pages([*real, town], output)
    console.print("\n[bold]Look at it[/bold]")
    for shown, page in pages.items():
        console.print(f"    {shown:<12} {page}", soft_wrap=True)
    console.print("Ask on")
    for question in (f"explain {town.path} --track 7", f"verify {town.path} --key {town.done.vkey}"):
        console.print(f"    {_program()} {question}", soft_wrap=True)
    console.print("\nNot certified; a person decides. It never fires, jams or takes control.")
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


def _program() -> str:
    """Return what to type to run Skykeep: its name where the shell finds it, else where it lies."""
    beside = Path(sys.executable).with_name("skykeep")
    found = shutil.which("skykeep")
    if found is not None or not beside.exists():
        return "skykeep"
    return str(beside.relative_to(Path.cwd()) if beside.is_relative_to(Path.cwd()) else beside)


def _data(name: str) -> Path:
    return Path(str(resources.files("skykeep").joinpath("demo_data", name)))


def _drone(output: Path, keys: Keys, console: Console) -> _Shown:
    _title(
        console,
        "ACT 1 · REAL",
        "Switzerland, 1 April 2023: a small drone hovers a few metres up, and a Wi-Fi receiver writes down what it "
        "broadcasts about itself (Remote ID: a number plate by radio, that anybody can forge). The recording is real; "
        "the two zones around the drone are invented.",
    )
    shown = _ran(output, keys, "drone", (f"remote-id:{_data('parrot_anafi_flight_part1.pcap')}",))
    counts = shown.picture.counts
    located, named = counts["observed.location/1"], counts["observed.basic_id/1"]
    console.print(
        f"{located} broadcasts heard, most repeat a position told before; {located - named} say where it is but not "
        "who. It gives no height above sea level, only above the spot where it took off. So in the zone without a "
        "height limit the answer is clear; in the zone that ends at 50 m above ground Skykeep cannot tell, for it does "
        "not know how high the ground is where it took off.\n"
    )
    print_flights(summary.rows(shown.picture), console)
    return shown


def _helicopter(output: Path, keys: Keys, console: Console) -> _Shown:
    console.print(
        "Zurich, 24 May 2019: the rescue helicopter REGA 1 crosses an invented no-drone zone. It was heard by ADS-B, "
        "the broadcast that manned aircraft use, so a rule for drones does not bind it. In the end it left "
        "the zone.\n"
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
        "Three invented minutes over an invented town: eleven flights, two receivers of Remote ID and one of ADS-B. "
        "The watch gets their recordings, the zones and the permits; it never sees the names, which are the story's. "
        "Told by the minute: what happens, and after each arrow what the watch says of it.",
    )
    told = story(STORY_SEED, STORY_START_NS)
    inputs = output / "town-inputs"
    inputs.mkdir()
    job = lay_out(told, inputs).job(output / "town", record_id="town")
    shown = _shown("town", run(job, keys, Watching()), job.record)
    _tell(told, shown.picture, console)
    rows = summary.rows(shown.picture)
    ended = Text(f"At the end, each flight by the gravest answer that it got: {_counted(rows)}.")
    console.print("", *hanging(ended, console, "SIMULATED "), "", sep="\n")
    print_flights(rows, console)
    return shown


def _counted(rows: list[summary.TrackSummary]) -> str:
    """Return how many flights got each verdict, the gravest first as the rows come."""
    counts = Counter(row.verdict for row in rows)
    return ", ".join(f"{count} {verdict.replace('_', ' ')}" for verdict, count in counts.items())


def _tell(told: Story, picture: Picture, console: Console) -> None:
    """Tell what happens and what the watch says of it, in order of time; each line says that it is simulated.

    The clock never goes back: what the watch says of a report stands under the second in which its cause was told.
    """
    events = [(caption.t_ns, CAPTION_FIRST_NS, caption.text, "dim") for caption in told.captions]
    for track in picture.lives():
        who = f"track {track.track_id} ({_played(told, picture, track)})"
        for verdict in _changes(picture.whole(track).verdicts):
            zone = picture.zones.get(verdict.zone_id or "")
            answer = verdict.verdict.value.replace("_", " ").upper()
            said = f"{answer}. {sentence(verdict, zone.name if zone else None)}"
            events.append((verdict.t_ns, 0, f"  -> {who}: {said}", STYLES[verdict.verdict.value]))
    seconds = 0
    for t_ns, _, text, style in sorted(events, key=lambda event: event[0] - event[1]):
        seconds = max(seconds, (t_ns - told.start_ns) // 1_000_000_000)
        console.print(
            *hanging(Text(f"{seconds // 60}:{seconds % 60:02} {text}", style=style), console, "SIMULATED "), sep="\n"
        )


def _played(told: Story, picture: Picture, track: Track) -> str:
    """Return who plays this track in the story, by its radio address: the teller knows it, the watch does not."""
    heard = {picture.name(known.transmitter) for known in picture.whole(track).identities}
    return next((role.name for role in told.cast if any(each in heard for each in role.transmitters)), "nobody of ours")


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
        "Everything above stands in three records. Anyone can recompute every conclusion (replay), and anyone who has "
        "the signer's public key can see whether a byte was changed since it was signed (verify). Here the key was "
        "made with the demo; in earnest it comes from the authority, by another way than the record.",
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
        "drone": "A real drone, invented zones: Switzerland, 2023",
        "helicopter": "A real rescue helicopter, an invented zone: Zurich, 2019",
        "town": "Three minutes over an invented town",
    }
    pages = {}
    for shown in all_shown:
        pages[shown.name] = output / f"{shown.name}.html"
        write_page(shown.path, pages[shown.name], title=titles[shown.name], vkey=shown.done.vkey)
    return pages
