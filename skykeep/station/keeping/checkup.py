"""`skykeep doctor`: is all well with a station, and what is to be done where it is not.

Each check looks at one thing, changes nothing, and yields what it found. A check that breaks is itself a finding.
"""

from __future__ import annotations

import dataclasses
import enum
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from skykeep.errors import SkykeepError
from skykeep.station.config import Config, Home, load


class Level(enum.Enum):
    """How well a thing is."""

    OK = "ok"
    WARN = "warn"  # it runs, and somebody should look
    FAIL = "fail"  # it will not run, or not keep what it must


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """What one check found."""

    what: str
    level: Level
    said: str
    remedy: str = ""  # what to do; "" where nothing is


@dataclasses.dataclass(frozen=True, slots=True)
class Looked:
    """What checks look at."""

    home: Home
    config: Config
    now_s: float


Check = Callable[[Looked], Iterator[Found]]


def ok(what: str, said: str) -> Found:
    """All is well with this."""
    return Found(what, Level.OK, said)


def warn(what: str, said: str, remedy: str) -> Found:
    """It runs, and somebody should look."""
    return Found(what, Level.WARN, said, remedy)


def fail(what: str, said: str, remedy: str) -> Found:
    """It will not run, or not keep what it must."""
    return Found(what, Level.FAIL, said, remedy)


def others_may(path: Path) -> bool:
    """Whether others than its owner may read or change a file, as far as the system says."""
    return sys.platform != "win32" and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def check_up(path: Path, checks: tuple[Check, ...]) -> Iterator[Found]:
    """Yield what each check finds; without a configuration that can be read, that alone."""
    home = Home(path)
    try:
        config = load(home)
    except SkykeepError as error:
        yield fail("configuration", str(error), "mend it; `skykeep config reference` prints every key there is")
        return
    yield ok("configuration", f"{home.file} is read")
    looked = Looked(home, config, time.time())
    for check in checks:
        try:
            yield from check(looked)
        except (SkykeepError, OSError) as error:
            yield fail(check.__name__.replace("_", " "), str(error), "see what it names")


def worst(found: list[Found]) -> Level:
    """Return how well it is as a whole."""
    levels = [each.level for each in found]
    return next((level for level in (Level.FAIL, Level.WARN) if level in levels), Level.OK)
