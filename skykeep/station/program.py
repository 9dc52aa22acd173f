"""Which program this is: its version, and a hash over all sources that can change a conclusion."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import skykeep

ROOMS = ("errors.py", "geo", "facts", "rules", "watch")
"""What decides conclusions; `wire` does not, because replay begins at facts."""


@functools.cache
def sha256() -> bytes:
    """Return the hash of the sources below the line, line ends as on Unix."""
    root = Path(skykeep.__file__).parent
    files = sorted(
        file for room in ROOMS for file in ([root / room] if room.endswith(".py") else (root / room).glob("*.py"))
    )
    digest = hashlib.sha256()
    for file in files:
        source = file.read_bytes().replace(b"\r\n", b"\n")
        digest.update(file.relative_to(root).as_posix().encode() + b"\0" + len(source).to_bytes(8, "big") + source)
    return digest.digest()
