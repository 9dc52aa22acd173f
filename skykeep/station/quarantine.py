"""Ticks that the watch could not step, kept on disk until what was heard in them stands in the record.

A file holds all of a tick before it was stepped: its frames, its personal values, its facts, and what went wrong. It is
durable before anything else is tried, so that nothing heard is lost however that ends. Once its tick is durable in the
record the file goes. What people or files enacted and the watch cannot take is in force nowhere and in no record: its
file stays under a name of its own (`refused-...`), for whoever looks for the fault.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import cast

import msgspec

from skykeep.errors import Malformed
from skykeep.facts import codec
from skykeep.facts.codec import Fact, Unknown
from skykeep.facts.frame import Frame
from skykeep.facts.personal import Name
from skykeep.station.database import unavailable_on_io
from skykeep.station.logfiles import LogFiles
from skykeep.station.ticks import Gathered

SUFFIX, DAMAGED, REFUSED = ".tick", ".damaged", "refused-"
FILES_MAX = 1_000  # of what was refused: beyond that the oldest go


class _Stored(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A tick as it lies in its file; each body in the encoding of the record."""

    now_ns: int
    why: str
    frames: list[bytes]
    names: list[bytes]
    facts: list[bytes]


class Quarantine:
    """The ticks in one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def keep(self, tick: Gathered, why: str, *, refused: bool = False) -> Path:
        """Make a tick durable; return its file. Raises Unavailable where the disk does not take it."""
        encoded = [codec.encode_all(some) for some in (tick.frames, tick.names, tick.facts)]
        stored = _Stored(tick.now_ns, why, *map(list, encoded))
        name = f"{REFUSED if refused else ''}{tick.now_ns}{SUFFIX}"
        with unavailable_on_io(self._directory):
            LogFiles(self._directory).write(name, msgspec.msgpack.encode(stored))
            self._trim()
        return self._directory / name

    def waiting(self) -> list[Path]:
        """Return the files of ticks that are not in the record, the oldest first."""
        found = [path for path in self._directory.glob(f"*{SUFFIX}") if path.name.removesuffix(SUFFIX).isdecimal()]
        return sorted(found, key=lambda path: int(path.name.removesuffix(SUFFIX)))

    def read(self, path: Path) -> Gathered:
        """Return a tick that was kept; raises Malformed, and sets the file aside, where it is damaged."""
        try:
            stored = msgspec.msgpack.decode(path.read_bytes(), type=_Stored)
            frames, names, facts = map(_decoded, (stored.frames, stored.names, stored.facts))
            tick = Gathered(stored.now_ns, cast("list[Frame]", frames), cast("list[Name]", names), facts)
            _require_sound(tick)
        except (msgspec.DecodeError, Malformed) as error:
            path.replace(path.with_suffix(DAMAGED))
            raise Malformed(
                f"{path.name}: a tick that could not be stepped lies there damaged ({error}); it is kept as {DAMAGED}"
            ) from error
        tick.bytes = sum(len(frame.data) for frame in tick.frames)
        return tick

    def drop(self, path: Path) -> None:
        """Forget a tick that stands in the record."""
        with contextlib.suppress(OSError):  # it would be taken up once more: heard twice is better than lost
            path.unlink(missing_ok=True)

    def _trim(self) -> None:
        for path in sorted(self._directory.glob(f"{REFUSED}*{SUFFIX}"))[:-FILES_MAX]:
            path.unlink(missing_ok=True)


def _decoded(bodies: list[bytes]) -> list[Fact]:
    facts: list[Fact] = []
    for body in bodies:
        fact = codec.decode(body)
        if isinstance(fact, Unknown):
            raise Malformed("another version of the program wrote it")
        facts.append(fact)
    return facts


def _require_sound(tick: Gathered) -> None:
    """Raise Malformed where a list holds what does not belong there."""
    if not all(isinstance(frame, Frame) for frame in tick.frames):
        raise Malformed("what stands for a frame is none")
    if not all(isinstance(name, Name) for name in tick.names):
        raise Malformed("what stands for a personal value is none")
    for fact in tick.facts:
        index = getattr(fact, "frame", None)
        if isinstance(fact, Frame | Name) or (isinstance(index, int) and not 0 <= index < len(tick.frames)):
            raise Malformed("what stands for a fact is none, or names a frame that is not there")
