"""A station made again from a copy: checked before, checked after, and nothing of it believed unchecked."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import msgspec

from skykeep.errors import Corrupt, Refused, Unavailable
from skykeep.station import officerkeys, pseudonymkey
from skykeep.station.config import Home, load
from skykeep.station.database import DATABASE
from skykeep.station.keeping import named
from skykeep.station.keeping.copying import MANIFEST, OFFICE_KEYS, Manifest, OfficeManifest
from skykeep.station.keys import OFFICERS, PSEUDONYMS, SIGNING, Keys
from skykeep.station.office import reading
from skykeep.station.store import Store
from skykeep.station.verify import Checked
from skykeep.station.verify import check as verify_record


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    home: Home
    manifest: Manifest
    checked: Checked | None
    office: Checked | None  # None: the copy holds none
    missing: list[str]  # what the station needs and the copy does not hold


def restore(copy: Path, target: Path, *, keys_from: Path | None = None, vkey: str | None = None) -> Restored:
    """Make a station in `target`, new or empty, from a copy; with `keys_from`, its keys and secrets too.

    Verified under `vkey`, else under the keys given; without either the record is internally consistent only. Raises
    Refused where this is no copy or the target holds anything, Corrupt where something of the copy is not as it was.
    """
    manifest = read_manifest(copy)
    home = Home(target)
    _require_new(target)
    if keys_from is not None and not any((keys_from / home.keys.name).glob("*.key")):
        raise Refused(f"{keys_from} holds no keys: name the place that `skykeep backup --with-keys` was given")
    _require_beside(copy, manifest)
    _require_record(Home(copy), manifest, vkey)
    _require_office(copy, manifest.office, None)
    try:
        shutil.copytree(copy, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(MANIFEST))
        for directory in (target, home.keys, home.secrets, home.run, home.tls):
            directory.mkdir(mode=0o700, exist_ok=True)
            directory.chmod(0o700)
        if keys_from is not None:
            _put_back_keys(home, manifest, keys_from)
    except OSError as error:
        raise Unavailable(f"{target} cannot be restored to: {error}; is there room?") from error
    checked = _require_record(home, manifest, vkey or _own_vkey(home, manifest))
    office = _require_office(target, manifest.office, _office_vkey(target, manifest.office))
    return Restored(home=home, manifest=manifest, checked=checked, office=office, missing=_missing(home, manifest))


def read_manifest(copy: Path) -> Manifest:
    """Return what a copy says of itself; raises Refused where it is none."""
    try:
        return msgspec.json.decode((copy / MANIFEST).read_bytes(), type=Manifest)
    except OSError as error:
        raise Refused(f"{copy} is no backup: {MANIFEST} cannot be read ({error.strerror})") from error
    except msgspec.MsgspecError as error:
        raise Refused(f"{copy / MANIFEST} is none of ours: {error}; was it made by a newer version?") from error


def _require_new(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Refused(f"{target} is not empty: restore into a new directory, then look at it")


def _require_beside(copy: Path, manifest: Manifest) -> None:
    """Raise Corrupt where a file beside the record is not the one that was copied."""
    for name, sha256 in manifest.sha256s.items():
        path = copy / name
        if not path.resolve().is_relative_to(copy.resolve()):
            raise Refused(f"{copy / MANIFEST} names {name!r}, which lies outside the copy")
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise Corrupt(f"{path} is missing or cannot be read ({error.strerror}): take another copy") from error
        if found != sha256:
            raise Corrupt(f"{path} is not the file that was copied: take another copy")


def _require_record(home: Home, manifest: Manifest, vkey: str | None) -> Checked | None:
    if manifest.record_id is None:
        return None
    return _required(home.record, manifest, vkey)


def _require_office(directory: Path, told: OfficeManifest | None, vkey: str | None) -> Checked | None:
    """Check an office's record, and each signed step in it."""
    if told is None:
        return None
    record = directory / told.record
    if not record.resolve().is_relative_to(directory.resolve()):
        raise Refused(f"{directory / MANIFEST} names {told.record!r}, which lies outside the copy")
    checked = _required(record, told, vkey)
    with reading(record):
        return checked


def _required(record: Path, told: Manifest | OfficeManifest, vkey: str | None) -> Checked:
    if not (record / DATABASE).is_file():
        raise Corrupt(f"{record} is missing, though {MANIFEST} says that there is one: take another copy")
    checked = verify_record(record, vkey if told.checkpoint_size else None)
    if (checked.n_entries, checked.checkpoint_size) != (told.entries, told.checkpoint_size):
        raise Corrupt(
            f"{record} holds {checked.n_entries} entries, {checked.checkpoint_size} sealed; {MANIFEST} says "
            f"{told.entries} and {told.checkpoint_size}: take another copy"
        )
    return checked


def _put_back_keys(home: Home, manifest: Manifest, keys_from: Path) -> None:
    places = [(keys_from / each.name, each) for each in (home.keys, home.secrets, home.tls)]
    if (office := _office_keys(home.path, manifest.office)) is not None:
        places.append((keys_from / OFFICE_KEYS, office))
    for source, place in places:
        if source.is_dir():
            shutil.copytree(source, place, dirs_exist_ok=True)
            place.chmod(0o700)


def _office_keys(directory: Path, told: OfficeManifest | None) -> Path | None:
    """Return where an office's keys belong; None where there is no office, or they lie elsewhere."""
    place = None if told is None or not told.keys else directory / told.keys
    return place if place is not None and place.resolve().is_relative_to(directory.resolve()) else None


def _office_vkey(directory: Path, told: OfficeManifest | None) -> str | None:
    """Return the key of the restored office; None where its keys were not put back."""
    place = _office_keys(directory, told)
    if told is None or place is None or not (place / SIGNING).is_file():
        return None
    return Keys(place).signer(told.name.rpartition("/")[2]).verifier.vkey


def _own_vkey(home: Home, manifest: Manifest) -> str | None:
    """Return the key of the restored station; None where it was not put back."""
    if manifest.record_id is None or not (home.keys / SIGNING).is_file():
        return None
    return Keys(home.keys).signer(manifest.record_id).verifier.vkey


def _missing(home: Home, manifest: Manifest) -> list[str]:
    missing = [*_missing_keys(home.record, home.keys), *_missing_of_office(home, manifest.office)]
    missing += [f"{name}, which was not copied" for name in manifest.left_out]
    return missing + [
        f"{home.at(name)}, which the configuration names as {key}"
        for key, name in named.files(load(home))
        if name not in manifest.left_out and not home.at(name).exists()
    ]


def _missing_of_office(home: Home, told: OfficeManifest | None) -> list[str]:
    if told is None:
        return []
    place = _office_keys(home.path, told)
    if place is None:
        return [f"the keys of the office {told.name}: put them where [office] names them"]
    if not (place / SIGNING).is_file():
        return [f"the keys of the office {told.name}: put them into {place}"]
    with reading(home.path / told.record) as seen:
        needs_officers = bool(officerkeys.living(seen)) and not (place / OFFICERS).is_file()
    lacking = [f"{place / OFFICERS}: put it back"] if needs_officers else []
    return [*_missing_keys(home.path / told.record, place), *lacking]


def _missing_keys(record: Path, place: Path) -> list[str]:
    """Return which keys a record lacks in their place; a station without a record makes what is not there."""
    if not (place.is_dir() and any(place.iterdir())):
        return [f"the keys: put them into {place}"]
    if not (record / DATABASE).is_file():
        return []
    lacking = [f"{place / name}: put it back" for name in (SIGNING, PSEUDONYMS) if not (place / name).is_file()]
    if not lacking:
        try:
            with Store.open(record, read_only=True) as store:
                pseudonymkey.of(store, Keys(place))
        except Refused as error:
            return [f"the right key: {error}"]
    return lacking
