"""A copy of a station while it runs: its record up to one moment, its people, its configuration; never a key.

    DESTINATION/20261122T180000Z/
        record/         record.sqlite as of that moment, the last checkpoint, the tiles and rotations that belong to it
        office/         of a station that holds a permit office: its record, in its place, copied after the station's
        people.db       accounts, tokens, devices: hashes, and the secrets of second factors
        skykeep.toml    and the files of law, mappings and recordings that it names in the station's directory
        backup.json     what this is, and the SHA-256 of each file beside the record

The database is read page by page in one read transaction, so the station goes on writing meanwhile. The tiles are made
from the copied entries, not copied: where the copy were not what was signed, that would show here. A copy gets its name
only after it verified. An office's keys are secrets like the station's own, and go where these go. What is erased later
stays in older copies until these are deleted: keep few.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

import skykeep
from skykeep.errors import Corrupt, Refused, Unavailable
from skykeep.ledger import checkpoint, rotation
from skykeep.ledger.logwriter import LogWriter
from skykeep.station import database
from skykeep.station.config import FILE, Config, Home, load
from skykeep.station.database import DATABASE, corrupt_unless_good, unavailable_on_io
from skykeep.station.keeping import named
from skykeep.station.keys import SIGNING, Keys
from skykeep.station.logfiles import CHECKPOINT, TEMPORARY, LogFiles, sync_directory
from skykeep.station.office import reading
from skykeep.station.peopledb import forget_signed_in
from skykeep.station.store import Store
from skykeep.station.verify import Checked
from skykeep.station.verify import check as verify_record

MANIFEST = "backup.json"
OFFICE_KEYS = "office-keys"
"""Beside the station's keys, wherever the station has them."""
UNFINISHED = ".unfinished"
NAMED = "%Y%m%dT%H%M%SZ"
_PAGES_AT_ONCE = 512  # 2 MiB

Progressed = Callable[[int], None]
"""Called with how many bytes more are done."""


class OfficeManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The permit office in a copy; places are within the station's directory."""

    record: str
    keys: str  # where its keys belong; "": outside of the station's directory
    name: str
    vkey: str  # believe the one that you kept elsewhere
    entries: int
    checkpoint_size: int
    acted_at: str  # its last act: what was granted or revoked since is not in the copy


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a copy says of itself."""

    form: str = "skykeep backup/1"
    made_at: str
    program_version: str
    record_id: str | None  # None: the station had no record yet
    vkey: str | None  # whose checkpoint it is; believe the one that you kept elsewhere
    entries: int
    checkpoint_size: int
    sha256s: dict[str, str]  # of each file beside the record
    left_out: list[str]  # what the configuration names and that lies outside the station's directory, or is not there
    office: OfficeManifest | None = None  # None: the station held none


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    path: Path
    manifest: Manifest
    checked: Checked | None


def back_up(
    home: Home, destination: Path, now_ns: int, progressed: Progressed = lambda _n: None, *, keys_to: Path | None = None
) -> Copied:
    """Copy a station into a new directory below `destination`; with `keys_to`, its keys and secrets to another place.

    Raises Refused where the keys would lie with the copy, Corrupt where the copy does not verify, Unavailable where the
    disk is full; nothing half done stays.
    """
    config = load(home)
    _require_apart(destination, home.path, keys_to)
    while (destination / f"{_name(now_ns)}{UNFINISHED}").exists():  # another is being made: each has its own second
        now_ns += 1_000_000_000
    name = _name(now_ns)
    with _whole(destination, name) as made:
        left_out = _copy_configuration(home, config, made.path)
        if home.people.exists():
            copy_database(home.people, made.people)
            forget_signed_in(made.people)
        vkey, checked = _copy_record(home.record, made.record, Keys(home.keys), progressed)
        office = _copy_office(home, config, made, left_out)
        manifest = _manifest(made, vkey, checked, left_out, office, now_ns)
        (made.path / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    if keys_to is not None:
        copy_keys(home, config, keys_to)
    return Copied(path=destination / name, manifest=manifest, checked=checked)


def command(home: Home, destination: Path, keep: int) -> list[str]:
    """Return how `back_up` runs as a process of its own."""
    return [sys.executable, "-m", "skykeep.cli", "backup", str(home.path), str(destination), "--keep", str(keep)]


def copy_database(source: Path, target: Path, progressed: Progressed = lambda _n: None) -> None:
    """Copy an SQLite database that is being written, as it is at one moment.

    The read transaction keeps that moment: without it every commit of another process would begin the copy anew.
    """
    with (
        contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as of,
        contextlib.closing(sqlite3.connect(target)) as to,
    ):
        of.isolation_level = None
        of.execute("BEGIN")
        (page_bytes,) = of.execute("PRAGMA page_size").fetchone()
        of.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        done = 0

        def advanced(_status: int, remaining: int, total: int) -> None:
            nonlocal done
            progressed((total - remaining - done) * page_bytes)
            done = total - remaining

        of.backup(to, pages=_PAGES_AT_ONCE, progress=advanced)
    target.chmod(0o600)


def copy_keys(home: Home, config: Config, target: Path) -> None:
    """Copy keys, the office's too, secrets and certificates into a new or empty directory only its owner can read."""
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.chmod(0o700)
        if any(target.iterdir()):
            raise Refused(f"{target} is not empty: name a new directory for the keys")
        of_office = [(home.at(config.office.keys), OFFICE_KEYS)] if config.office.record else []
        for source, name in [*((each, each.name) for each in (home.keys, home.secrets, home.tls)), *of_office]:
            if source.is_dir():
                shutil.copytree(source, target / name)
    except OSError as error:
        raise Unavailable(f"{target}: the keys cannot be copied there: {error}") from error


def made_copies(destination: Path) -> list[Path]:
    """Return the copies below a directory, oldest first."""
    if not destination.is_dir():
        return []
    return sorted(path for path in destination.iterdir() if (path / MANIFEST).is_file())


def _name(now_ns: int) -> str:
    return dt.datetime.fromtimestamp(now_ns / 1e9, dt.UTC).strftime(NAMED)


def made_at_ns(copy: Path) -> int:
    """Return when a copy was made, by its name; 0 where that is no time."""
    try:
        return int(dt.datetime.strptime(copy.name, NAMED).replace(tzinfo=dt.UTC).timestamp()) * 1_000_000_000
    except ValueError:
        return 0


def prune(destination: Path, keep: int) -> list[Path]:
    """Delete all copies but the newest `keep`; returns what went."""
    old = made_copies(destination)[:-keep] if keep > 0 else []
    for path in old:
        shutil.rmtree(path)
    return old


def _require_apart(destination: Path, station: Path, keys_to: Path | None) -> None:
    inside = destination.resolve()
    if inside.is_relative_to(station.resolve()):
        raise Refused(f"{destination} lies in the station's own directory: name another place, best another disk")
    if keys_to is not None and keys_to.resolve().is_relative_to(inside):
        raise Refused(f"{keys_to} lies with the copies: who finds one then has both; name another place for the keys")


@contextlib.contextmanager
def _whole(destination: Path, name: str) -> Iterator[Home]:
    """A directory that gets its name when all that is in it is on disk; on failure it goes."""
    unfinished = destination / f"{name}{UNFINISHED}"
    try:
        destination.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (destination / name).exists():
            raise Refused(f"{destination / name} is there already: a copy was made in this very second")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        yield Home(unfinished)
        _sync_all(unfinished)
        unfinished.rename(destination / name)
        sync_directory(destination)
    except sqlite3.Error as error:
        raise Unavailable(f"{destination}: the copy could not be made: {error}") from error
    except OSError as error:
        raise Unavailable(f"{destination}: the copy could not be made: {error}; is there room?") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _sync_all(directory: Path) -> None:
    for path in directory.rglob("*"):
        if path.is_dir():
            sync_directory(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())
    sync_directory(directory)


def _copy_configuration(home: Home, config: Config, target: Path) -> list[str]:
    """Copy the configuration and what it names below the station's directory; return what lies elsewhere."""
    shutil.copyfile(home.file, target / FILE)
    of_feeds = [name for each in config.feed for name in (each.mapping, named.recorded(each)) if name]
    left_out = []
    for name in dict.fromkeys([*(name for names in _law(config) for name in names), *of_feeds]):
        source, whole = home.at(name), home.path.resolve()
        if not source.resolve().is_relative_to(whole):
            left_out.append(name)
        elif source.is_file():
            copy = target / _within(source, home.path)  # a name may be an absolute one, or go up and down
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
    return left_out


def _within(source: Path, directory: Path) -> Path:
    """Return where a file lies in a directory: by its name, or by what that stands for where it leads elsewhere."""
    named, whole = (Path(os.path.normpath(path.absolute())) for path in (source, directory))
    if named.is_relative_to(whole):
        return named.relative_to(whole)
    return source.resolve().relative_to(directory.resolve())


def _law(config: Config) -> list[list[str]]:
    law = config.law
    return [law.zones, law.permits, law.terrain, law.sensors]


def _copy_record(
    source: Path, target: Path, keys: Keys | None, progressed: Progressed = lambda _n: None
) -> tuple[str | None, Checked | None]:
    """Copy a record as it is now; return its verification key and what held of the copy.

    Without its keys it is not proved who signed it.
    """
    if not (source / DATABASE).exists():
        return None, None
    target.mkdir(mode=0o700, parents=True)
    # before the checkpoint: should the key be rotated now, it is followed from the older one
    held = None if keys is None else _own_vkey(source, keys)
    signed = source / CHECKPOINT
    last_signed = signed.read_bytes() if signed.exists() else None  # first: the entries copied after it are no fewer
    handed = source / rotation.DIRECTORY
    if handed.is_dir():
        shutil.copytree(handed, target / rotation.DIRECTORY, ignore=shutil.ignore_patterns(f"*{TEMPORARY}"))
    with unavailable_on_io(source):
        copy_database(source / DATABASE, target / DATABASE, progressed)
    with Store.open(target, read_only=True) as store:
        if last_signed is not None:
            _rebuild_tiles(store, target, last_signed)
    vkey = held if last_signed is not None else None
    return vkey, verify_record(target, vkey)


def _own_vkey(record: Path, keys: Keys) -> str:
    with Store.open(record, read_only=True) as store:
        return keys.signer(store.meta.get("record_id", "")).verifier.vkey


def _copy_office(home: Home, config: Config, made: Home, left_out: list[str]) -> OfficeManifest | None:
    """Copy the office's record, after the station's: the station takes up what an office did, never the other way.

    The copy is folded, so that each signed step in it was checked. What is not in the station's directory is left out.
    """
    if not config.office.record:
        return None
    source, keys = home.at(config.office.record), Keys(home.at(config.office.keys))
    if not source.resolve().is_relative_to(home.path.resolve()) or not (source / DATABASE).is_file():
        left_out.append(config.office.record)
        return None
    place = _within(source, home.path)
    there = (keys.directory / SIGNING).is_file()  # else it is copied unproved: its keys may lie where nobody signs
    vkey, checked = _copy_record(source, made.path / place, keys if there else None)
    assert checked is not None, "its database is there"
    with reading(made.path / place) as seen:
        acted_ns, name = seen.now_ns, seen.name
    _close_wal(made.path / place / DATABASE)
    inside = keys.directory.resolve().is_relative_to(home.path.resolve())
    return OfficeManifest(
        record=place.as_posix(), keys=_within(keys.directory, home.path).as_posix() if inside else "", name=name,
        vkey=vkey or "", entries=checked.n_entries, checkpoint_size=checked.checkpoint_size, acted_at=_iso(acted_ns),
    )  # fmt: skip


def _rebuild_tiles(store: Store, record: Path, last_signed: bytes) -> None:
    """Make the tiles of a checkpoint from the entries that were copied; Corrupt where they are not what was signed."""
    with corrupt_unless_good(str(record)):
        head, _ = checkpoint.parse(last_signed)
        files = LogFiles(record)
        log = LogWriter(files.write)
        for stored in store.stored(0, head.size):
            log.append(stored.entry)
        log.finish()
    if (log.edge.size, log.edge.root()) != (head.size, head.root):
        raise Corrupt(f"{record}: the copied entries are not those that the checkpoint of size {head.size} signs")
    files.write(CHECKPOINT, last_signed)


def _manifest(
    made: Home,
    vkey: str | None,
    checked: Checked | None,
    left_out: list[str],
    office: OfficeManifest | None,
    now_ns: int,
) -> Manifest:
    records = {made.record} if office is None else {made.record, made.path / office.record}
    beside = sorted(path for path in made.path.rglob("*") if path.is_file() and not records.intersection(path.parents))
    record_id = None
    if checked is not None:
        with Store.open(made.record, read_only=True) as store:
            record_id = store.meta.get("record_id")
    _close_wal(made.record / DATABASE)
    return Manifest(
        made_at=_iso(now_ns),
        program_version=skykeep.__version__,
        record_id=record_id,
        vkey=vkey,
        entries=0 if checked is None else checked.n_entries,
        checkpoint_size=0 if checked is None else checked.checkpoint_size,
        sha256s={path.relative_to(made.path).as_posix(): _sha256(path) for path in beside},
        left_out=left_out,
        office=office,
    )


def _iso(at_ns: int) -> str:
    return dt.datetime.fromtimestamp(at_ns / 1e9, dt.UTC).isoformat()


def _close_wal(path: Path) -> None:
    """Leave nothing beside the database that the copy would need."""
    if path.exists():
        with contextlib.closing(database.connect(path.absolute().as_uri())) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
