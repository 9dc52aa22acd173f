"""A station made again from a copy: checked before, checked after, and nothing of it believed unchecked."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import msgspec

from skykeep.errors import Corrupt, Refused, Unavailable
from skykeep.station.config import Home
from skykeep.station.database import DATABASE
from skykeep.station.keeping.copying import MANIFEST, Manifest
from skykeep.station.keys import Keys
from skykeep.station.verify import Checked
from skykeep.station.verify import check as verify_record


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    home: Home
    manifest: Manifest
    checked: Checked | None
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
    try:
        shutil.copytree(copy, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(MANIFEST))
        for directory in (target, home.keys, home.secrets, home.run, home.tls):
            directory.mkdir(mode=0o700, exist_ok=True)
            directory.chmod(0o700)
        if keys_from is not None:
            _put_back_keys(home, keys_from)
    except OSError as error:
        raise Unavailable(f"{target} cannot be restored to: {error}; is there room?") from error
    checked = _require_record(home, manifest, vkey or _own_vkey(home, manifest))
    return Restored(home=home, manifest=manifest, checked=checked, missing=_missing(home, manifest))


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
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise Corrupt(f"{path} is missing or cannot be read ({error.strerror}): take another copy") from error
        if found != sha256:
            raise Corrupt(f"{path} is not the file that was copied: take another copy")


def _require_record(home: Home, manifest: Manifest, vkey: str | None) -> Checked | None:
    if manifest.record_id is None:
        return None
    if not (home.record / DATABASE).is_file():
        raise Corrupt(f"{home.record} is missing, though {MANIFEST} says that there is one: take another copy")
    checked = verify_record(home.record, vkey if manifest.checkpoint_size else None)
    if (checked.n_entries, checked.checkpoint_size) != (manifest.entries, manifest.checkpoint_size):
        raise Corrupt(
            f"{home.record} holds {checked.n_entries} entries, {checked.checkpoint_size} sealed; {MANIFEST} says "
            f"{manifest.entries} and {manifest.checkpoint_size}: take another copy"
        )
    return checked


def _put_back_keys(home: Home, keys_from: Path) -> None:
    for directory in (home.keys, home.secrets, home.tls):
        source = keys_from / directory.name
        if source.is_dir():
            shutil.copytree(source, directory, dirs_exist_ok=True)


def _own_vkey(home: Home, manifest: Manifest) -> str | None:
    """Return the key of the restored station; None where its keys were not put back. Makes none."""
    if manifest.record_id is None or not any(home.keys.iterdir()):
        return None
    return Keys(home.keys).signer(manifest.record_id).verifier.vkey


def _missing(home: Home, manifest: Manifest) -> list[str]:
    missing = [] if any(home.keys.iterdir()) else [f"the keys: put them into {home.keys}"]
    missing += [] if any(home.secrets.iterdir()) else [f"secrets, if the configuration names any: into {home.secrets}"]
    return missing + [f"{name}, which lay outside the station's directory" for name in manifest.left_out]
