"""Passwords that were breached elsewhere: a file of their SHA-1 hashes, as the well-known lists have it.

    AAF4C61DDCC5E8A2DABEDE0F3B482CD9AEA9434D:253581

One hash a line, 40 hex digits, in order; what follows a colon (how often it was seen) is not read. The file may have
tens of gigabytes and is never read whole: a bisection of its bytes asks for some forty lines of it. Source: the form of
Have I Been Pwned's "Pwned Passwords", ordered by hash.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import BinaryIO

from skykeep.errors import Refused, Unavailable

LINE_MAX_BYTES = 80
PROBES = 32  # lines that are looked at in the beginning: are they hashes, and in order?
_LINE = re.compile(rb"([0-9A-Fa-f]{40})(?::[0-9]{1,12})?\r?\n?")


class Breached:
    """One list."""

    def __init__(self, path: Path) -> None:
        """Look at the file; raises Refused where it cannot be read, holds something else, or is not in order."""
        self.path = path
        try:
            with path.open("rb") as file:
                size = _size(file)
                probed = [_line_from(file, size * part // PROBES) for part in range(PROBES)]
        except (OSError, ValueError) as error:
            raise Refused(f"[people] breached_passwords: {path}: {_words(error)}; {_WANTED}") from error
        hashes = [found[1] for found in probed if found is not None]
        if not hashes or hashes != sorted(hashes):
            raise Refused(f"[people] breached_passwords: {path}: it is empty or not in order; {_WANTED}")

    def holds(self, password: str) -> bool:
        """Whether a password is on the list; raises Unavailable where that cannot be told. Reads the disk."""
        wanted = hashlib.sha1(password.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest().upper()
        try:
            with self.path.open("rb") as file:
                return _holds(file, wanted.encode())
        except (OSError, ValueError) as error:
            raise Unavailable(f"{self.path}: {_words(error)}; whether a password was breached cannot be told, so none "
                              "is taken: mend the file, or take it out of [people]") from error  # fmt: skip

    def require_absent(self, password: str) -> None:
        """Refuse a password that is on the list."""
        if self.holds(password):
            raise Refused("this password was stolen elsewhere and stands on lists that are tried first; take another "
                          "one, that you use nowhere else")  # fmt: skip


_WANTED = "name a file of SHA-1 hashes in hex, one a line, sorted"


def _holds(file: BinaryIO, wanted: bytes) -> bool:
    """Bisect by byte: what is wanted begins at `low` or later, and before `high`."""
    low, high = 0, _size(file)
    while low < high:
        middle = (low + high) // 2
        found = _line_from(file, middle)
        if found is None or found[0] >= high or found[1] > wanted:
            high = middle
        elif found[1] == wanted:
            return True
        else:
            low = found[2]
    return False


def _line_from(file: BinaryIO, at: int) -> tuple[int, bytes, int] | None:
    """Return the first line that begins at a byte or later: its begin, its hash in capitals, its end.

    None where none begins there any more; raises ValueError where it holds something else.
    """
    file.seek(max(0, at - 1))
    if at > 0:
        file.readline(LINE_MAX_BYTES)  # the rest of the line before
    begin = file.tell()
    line = file.readline(LINE_MAX_BYTES)
    if not line:
        return None
    parts = _LINE.fullmatch(line)
    if parts is None:
        raise ValueError(f"byte {begin} begins no line of a hash")
    return begin, parts[1].upper(), begin + len(line)


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size


def _words(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
