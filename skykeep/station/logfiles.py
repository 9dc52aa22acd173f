"""A log's files in a directory: none is ever seen half written, none is lost once its name is there."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from skykeep.ledger import rotation
from skykeep.ledger.tiles import Tile

CHECKPOINT = "checkpoint"
TEMPORARY = ".writing"  # suffix of a file that has not got its name yet; a crash may leave one, it means nothing


class LogFiles:
    """Reads and writes below one directory, by the paths of C2SP tlog-tiles."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, name: str) -> bytes:
        """A file's bytes; FileNotFoundError if there is none."""
        return (self._path / name).read_bytes()

    def names(self) -> Iterator[str]:
        """All files of the log below `tile`."""
        for file in (self._path / "tile").rglob("*"):
            if not file.is_dir() and not file.name.endswith(TEMPORARY):
                yield file.relative_to(self._path).as_posix()

    def handovers(self) -> list[bytes]:
        """The files below `rotation`: by each of them one key handed over to the next."""
        found = sorted((self._path / rotation.DIRECTORY).glob("*.tlog-proof"))
        return [file.read_bytes() for file in found]

    def write(self, name: str, data: bytes) -> None:
        """Write a file so that its name always leads to all of its bytes, also after the power fails."""
        path = self._path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(path.name + TEMPORARY)
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except OSError:  # a full disk: give the half back
            temporary.unlink(missing_ok=True)
            raise
        sync_directory(path.parent)

    def remove_partials(self, tile: Tile) -> None:
        """Remove the partial files of a tile that is full now."""
        partials = self._path / f"{tile.path}.p"
        if partials.is_dir():
            for file in partials.iterdir():
                file.unlink()
            with contextlib.suppress(OSError):  # an empty directory left behind does no harm
                partials.rmdir()


def sync_directory(directory: Path) -> None:
    """Make names in a directory durable; Windows does so by itself."""
    if sys.platform == "win32":
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
