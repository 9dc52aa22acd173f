"""One writer at a time: a lock on a file, held by the operating system and let go when its holder dies."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import IO

from skykeep import errors

_LOCKED_BYTE = 1 << 30  # far behind the text: Windows lets nobody read a locked range


class FileLock:
    """Held from construction to `release`, or to the end of the process however it ends."""

    def __init__(self, path: Path) -> None:
        """Take the lock, or raise Refused saying who holds it."""
        self._file = _open(path)
        if not _try_lock(self._file):
            holder = _holder(self._file)
            self._file.close()
            raise errors.Refused(f"{path.parent} is being written by {holder}: stop that first")
        self._file.seek(0)
        self._file.truncate()
        self._file.write(f"process {os.getpid()} on {socket.gethostname()}\n".encode())
        self._file.flush()

    def release(self) -> None:
        """Let go; the file stays, since removing it would let two holders lock two different files."""
        self._file.close()


def is_held(path: Path) -> bool:
    """Whether another process, or another lock of this one, holds the lock at this moment."""
    with _open(path) as file:
        return not _try_lock(file)


def _open(path: Path) -> IO[bytes]:
    try:
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644), "r+b")
    except OSError as error:
        raise errors.Unavailable(
            f"{path}: cannot open the lock file ({error.strerror}); is the disk there, and may one write to it?"
        ) from error


def _holder(file: IO[bytes]) -> str:
    return file.read(200).decode(errors="replace").strip() or "another process"


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        file.seek(_LOCKED_BYTE)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            file.seek(0)
        return True

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
