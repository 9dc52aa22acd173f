"""What `skykeep doctor` says of the permit office that a station holds: its record, its keys, its codes' check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skykeep.errors import Corrupt, Refused
from skykeep.station import officecredential, officerkeys, pseudonymkey
from skykeep.station.keeping.checkup import Found, Looked, fail, ok, others_may, warn
from skykeep.station.keys import OFFICERS, PSEUDONYMS, SIGNING, Keys
from skykeep.station.office import Office, reading
from skykeep.station.store import Store
from skykeep.station.verify import check as verify_record

_BACK = "put them back from where keys are kept apart: without them nobody decides, and nothing can be withdrawn"


def office(looked: Looked) -> Iterator[Found]:
    """Whether the office opens, each signed step holds, and its keys are its own; nothing where none is configured."""
    given = looked.config.office
    if not given.record:
        return
    record, directory = looked.home.at(given.record), looked.home.at(given.keys)
    try:
        with reading(record) as seen:
            folded = seen
    except Refused as error:
        yield fail("office", str(error), "name the office's record as `record` in [office]; the station does not begin")
        return
    except Corrupt as error:
        yield fail("office", str(error), "seal it away and restore a copy, or begin a new office; never repair it")
        return
    yield from _keys(record, folded, Keys(directory))
    if (directory / SIGNING).is_file():
        yield from _record(looked, folded, officecredential.signer(folded, Keys(directory)).verifier.vkey)
    if folded.now_ns > looked.now_s * 1e9:
        yield warn("office", "its last act lies ahead of the clock", "set the clock: an office never acts before that")


def _keys(record: Path, folded: Office, keys: Keys) -> Iterator[Found]:
    needed = [SIGNING, PSEUDONYMS, *([OFFICERS] if officerkeys.living(folded) else [])]
    missing = [name for name in needed if not (keys.directory / name).is_file()]
    there = [keys.directory, *keys.directory.glob("*")] if keys.directory.is_dir() else []
    if missing:
        yield fail("office keys", f"{keys.directory / missing[0]} is not there", _BACK)
    elif others := _another(record, folded, keys):
        yield fail("office keys", others, _BACK)
    elif open_ones := [path for path in there if others_may(path)]:
        yield fail("office keys", f"others on this machine may read {open_ones[0]}", f"chmod go= {open_ones[0]}")
    else:
        yield ok("office keys", "there, and readable by their owner only")


def _another(record: Path, folded: Office, keys: Keys) -> str:
    """Return which key is not the office's own; "" where none is told. Who signed it is looked at apart."""
    try:
        with Store.open(record, read_only=True) as store:
            pseudonymkey.of(store, keys)
        officerkeys.require_own(folded, keys)
    except Refused as error:
        return str(error)
    return ""


def _record(looked: Looked, folded: Office, vkey: str) -> Iterator[Found]:
    given, web = looked.config.office, looked.config.web
    try:
        held = verify_record(looked.home.at(given.record), vkey)
    except Corrupt as error:
        yield fail("office", str(error), "seal it away and restore a copy, or begin a new office; never repair it")
        return
    waiting = sum(case.granted is None and not case.is_over for case in folded.cases.values())
    text = f"{folded.name}: verified, {held.n_entries} entries, every signed step holds; {waiting} applications wait"
    yield ok("office", text)
    if vkey not in web.office_keys:
        remedy = f'put "{vkey}" into office_keys in [web]'
        yield warn("office", "its codes cannot be checked at this station: its key is not named", remedy)
    if given.status not in web.status_lists:
        remedy = f'put "{given.status}" into status_lists in [web]'
        yield warn("office", "its codes read as too old here: its list of withdrawn permits is not named", remedy)
