"""Fetches what browsers are given that others wrote, as requirements/vendor.lock pins it.

    python scripts/refresh_vendored.py            fetches each package, checks archive and files, and puts them in place
    python scripts/refresh_vendored.py --accept   the same, and writes down the hashes of what came
    python scripts/refresh_vendored.py --check    asks no network: is what is there what the lock says?

Packages come by `npm pack`. An archive whose hash is not the one of the lock is refused before it is opened.
"""

from __future__ import annotations

import base64
import hashlib
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "vendor.lock"


class Package(NamedTuple):
    """One package of the lock."""

    name: str
    version: str
    licence: str
    integrity: str  # of the archive: "sha512-…", base64
    into: pathlib.Path | None  # None: a tool that is not kept
    files: dict[str, str]  # path in the archive -> SHA-256 of the file
    ours: dict[str, str]  # name of a file that we wrote beside them -> SHA-256

    def kept(self) -> dict[pathlib.Path, str]:
        """Return the hash that each file must have."""
        assert self.into is not None
        named = {self.into / pathlib.PurePosixPath(path).name: sha256 for path, sha256 in self.files.items()}
        return named | {self.into / name: sha256 for name, sha256 in self.ours.items()}


def packages(kind: str = "package") -> list[Package]:
    """Return what the lock pins: packages that are kept, or "tool"."""
    tables = tomllib.loads(LOCK.read_text("utf-8")).get(kind, [])
    return [
        Package(
            each["name"], each["version"], each["licence"], each["integrity"],
            ROOT / each["into"] if "into" in each else None, each.get("files", {}), each.get("ours", {}),
        )
        for each in tables
    ]  # fmt: skip


def sha256(data: bytes) -> str:
    """Return a SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def wrong() -> list[str]:
    """Return what is not as the lock says, in words."""
    said, known = [], set[pathlib.Path]()
    for package in packages():
        known |= set(package.kept())
        for path, wanted in package.kept().items():
            if not path.exists():
                said.append(f"{path}: is not there")
            elif sha256(path.read_bytes()) != wanted:
                said.append(f"{path}: has another hash than requirements/vendor.lock says")
    folders = {package.into.parent for package in packages() if package.into}
    there = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    return said + [f"{path}: is not in requirements/vendor.lock" for path in sorted(there - known)]


def fetch(package: Package, folder: pathlib.Path) -> tuple[pathlib.Path, str]:
    """Fetch an archive; returns where it is, and its integrity."""
    named = f"{package.name}@{package.version}"
    done = subprocess.run(["npm", "pack", "--silent", named], cwd=folder, check=True, capture_output=True, text=True)
    path = folder / done.stdout.split()[-1]
    return path, "sha512-" + base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()


def read(archive: pathlib.Path, wanted: dict[str, str]) -> dict[str, bytes]:
    """Return files out of an archive of npm by their path in it."""
    with tarfile.open(archive) as tar:
        found = {path: tar.extractfile(f"package/{path}") for path in wanted}
        return {path: member.read() for path, member in found.items() if member is not None}


def refresh(package: Package, folder: pathlib.Path, *, accept: bool) -> dict[str, str]:
    """Put a package's files in place; returns what in the lock is to be replaced by what."""
    archive, integrity = fetch(package, folder)
    if integrity != package.integrity and not accept:
        raise SystemExit(f"{package.name} {package.version}: the archive is {integrity}, not {package.integrity}")
    hashes = {"integrity": integrity}
    for path, data in read(archive, package.files).items():
        if sha256(data) != package.files[path] and not accept:
            raise SystemExit(f"{package.name} {package.version}: {path} has another hash than the lock says")
        hashes[path] = sha256(data)
        if package.into is not None:
            package.into.mkdir(parents=True, exist_ok=True)
            (package.into / pathlib.PurePosixPath(path).name).write_bytes(data)
    ours = {name: sha256((package.into / name).read_bytes()) for name in package.ours} if package.into else {}
    return hashes | ours


def accepted(text: str, package: Package, hashes: dict[str, str]) -> str:
    """Return the text of the lock with new hashes of one package."""
    head, mark, rest = text.partition(f'name = "{package.name}"')
    table, between, after = rest.partition("\n[[")
    for key, value in hashes.items():
        name = key if key == "integrity" else f'"{key}"'
        table = re.sub(rf'^{re.escape(name)} = "[^"]*"', f'{name} = "{value}"', table, flags=re.MULTILINE)
    return head + mark + table + between + after


def main(arguments: list[str]) -> int:
    """Refresh, or check; returns 1 where something is not as the lock says."""
    if "--check" not in arguments:
        with tempfile.TemporaryDirectory() as folder:
            for package in packages() + (packages("tool") if "--accept" in arguments else []):
                hashes = refresh(package, pathlib.Path(folder), accept="--accept" in arguments)
                if "--accept" in arguments:
                    LOCK.write_text(accepted(LOCK.read_text("utf-8"), package, hashes), "utf-8")
    said = wrong()
    print(*said, sep="\n", end="\n" if said else "", file=sys.stderr)
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
