"""The demo of an account: an invented night as two outlets tell it, and as a radar and a camera saw it."""

from __future__ import annotations

import dataclasses
import shutil
from importlib import resources
from pathlib import Path

from rich.console import Console

from skykeep.errors import Corrupt, Refused
from skykeep.facts.accounted import Account, Reading
from skykeep.facts.claimed import Aspect, Stance
from skykeep.sim import night
from skykeep.station import accounting, caseacts, casefile
from skykeep.station.accounting import Models, Wanted
from skykeep.station.inputs import open_source
from skykeep.station.keys import Keys
from skykeep.station.run import Job, Watching, run
from skykeep.station.seen import seen
from skykeep.station.settings import Settings
from skykeep.station.store import Store
from skykeep.station.terminal import progress
from skykeep.station.verify import check
from skykeep.views import accountpage, accounttext, measured
from skykeep.views.picture import fold

MARK = "demo-account.txt"
REPORTS = ("account_a.txt", "account_b.txt")
CONFIRMS, TAKES_BACK = "Vera Lund (invented)", "Tom Ray (invented)"
S = 1_000_000_000
MORNING_NS = night.START_NS + 6 * 3_600 * S


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """What the demo made."""

    account: Account
    page: Path
    case: Path
    record: Path


def play(output: Path, console: Console | None = None) -> Shown:
    """Play the demo into a directory; raises Corrupt if anything that must hold does not."""
    console = console or Console(highlight=False)
    _empty(output)
    keys = Keys(output / "keys")
    console.print("Two reports of one night, and what a radar and a camera saw of it. Everything is invented.\n")
    record = _watch(output, keys)
    found = _incident(record)
    case = _open(output, keys)
    _persons(case, keys)
    with casefile.reading(case) as read:
        made = accounting.of_case(read, Models(), Wanted("One night in Ternhaven (invented)", found))
    page = output / "account.html"
    page.write_text(accountpage.render(made), "utf-8")
    _check(made, case)
    console.print("\n".join(accounttext.lines(made)), markup=False, soft_wrap=True)
    console.print("\n[bold]Look at it[/bold]")
    console.print(f"    {page}", soft_wrap=True)
    console.print("Ask on")
    for command in (f"account {case}", f"verify {case}", f"report {record} -o night.html"):
        console.print(f"    skykeep {command}", soft_wrap=True)
    console.print(
        "\nThe page calls nobody right or wrong: people affirm, deny or do not know, figures agree or differ."
    )
    return Shown(made, page, case, record)


def _empty(output: Path) -> None:
    """Make an empty directory; only one that an earlier demo made is ever emptied."""
    if output.exists() and any(output.iterdir()):
        if not (output / MARK).exists():
            raise Refused(f"{output} is not empty and was not made by this demo: name another place with -o")
        shutil.rmtree(output)
    output.mkdir(parents=True, exist_ok=True)
    (output / MARK).write_text("Made by `skykeep account demo`, which empties this directory when it runs again.\n")


def _watch(output: Path, keys: Keys) -> Path:
    """Run the watch over what the radar and the camera saw."""
    place = output / "night"
    place.mkdir()
    files = {"plots.jsonl": night.plots(), "sensors.toml": night.sensors(), "zones.json": night.zones()}
    for name, data in files.items():
        (place / name).write_bytes(data)
    plots = place / "plots.jsonl"
    job = Job(
        record=output / "night-record", sources=(open_source(f"plots:{plots}"),), zones=(place / "zones.json",),
        sensors=(place / "sensors.toml",), settings=Settings(law_complete=True), record_id="night-demo",
    )  # fmt: skip
    with progress("watching the night", plots.stat().st_size) as advance:
        run(job, keys, Watching(read_bytes=advance))
    return job.record


def _incident(record: Path) -> measured.Incident:
    """Return all incidents of the night as one."""
    with Store.open(record, read_only=True) as store:
        numbers = sorted(measured.incidents(fold(seen(store))))
    return accounting.read_incident(record, numbers)


def _open(output: Path, keys: Keys) -> Path:
    """Take both reports into a case."""
    case = output / "case"
    names = [str(resources.files("skykeep").joinpath("demo_data", name)) for name in REPORTS]
    reports = accounting.take_in(names, MORNING_NS, Models())
    with caseacts.opening(case, keys, MORNING_NS) as acting:
        for each in reports:
            acting.take_in(each.document, each.data, each.found)
    return case


def _persons(case: Path, keys: Keys) -> None:
    """Let one invented person confirm what is suggested of how many there were, and another take the last one back."""
    with casefile.reading(case) as read:
        made = accounting.of_case(read, Models(), Wanted())
    counted = {each.proposition_id: each for each in made.propositions if each.aspect is Aspect.HOW_MANY}
    stood = [
        (one, counted[cell.proposition_id])
        for cell in made.cells
        if cell.proposition_id in counted
        for one in cell.standings
    ]
    with caseacts.writing(case, keys, MORNING_NS + 600 * S) as acting:
        acts = [acting.confirm(one.statement_id, about, one.stance, by=CONFIRMS) for one, about in stood]
    with caseacts.writing(case, keys, MORNING_NS + 900 * S) as acting:
        acting.retract(acts[-1].act_id, by=TAKES_BACK, reason="to be heard again before it is confirmed")


def _check(made: Account, case: Path) -> None:
    """Fail loudly: the demo claims nothing that it did not check."""
    stances = {one.stance for cell in made.cells for one in cell.standings}
    held = {
        "denial and no information stand apart": {Stance.DENIES, Stance.DOES_NOT_KNOW} <= stances,
        "somebody confirmed something": any(one.confirmed_by for cell in made.cells for one in cell.standings),
        "how many was measured": any(
            reading.reading is Reading.MEASURED
            for each, reading in zip(made.propositions, made.measured, strict=True)
            if each.aspect is Aspect.HOW_MANY
        ),
        "the distance differs": any(each.kind == "distance" and each.outcome == "differs" for each in made.checks),
        "every text stands whole": all(each.text for each in made.documents),
    }
    for what, holds in held.items():
        if not holds:
            raise Corrupt(f"the demo of accounts: {what} does not hold")
    check(case)
