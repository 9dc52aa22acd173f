"""Formats that other packages add, by entry points of the group `skykeep.formats`.

An entry point names a `Format`, or a function without arguments that returns one:

    [project.entry-points."skykeep.formats"]
    acme = "acme_skykeep:FORMAT"

One that cannot be loaded is told of and left out, and never sinks the start. Ours are never replaced. Its functions run
behind a guard: what they raise becomes Unreadable, a sniff that fails is a no. They run in the station's process all
the same, with all that this may do: install only what you trust. Each failure is counted in `TALLY`: the station
tells of it and raises an alarm, a command says it when it ends.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from skykeep.errors import Malformed
from skykeep.facts import codec
from skykeep.facts.frame import Frame
from skykeep.facts.observed import ClockStepped, Observed
from skykeep.facts.personal import Names
from skykeep.wire.lines import unreadable

if TYPE_CHECKING:
    from skykeep.station.formats import Format

GROUP = "skykeep.formats"
NAME = re.compile(r"[a-z][a-z0-9_-]{1,39}")


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """How often one function of a codec failed so far, and how it did last."""

    form: str
    function: str  # "sniff", "decode", "records" or "sensor_of"
    count: int
    error: str  # what was raised, or given; never what a frame said

    @property
    def words(self) -> str:
        """Say it to a person."""
        times = "once" if self.count == 1 else f"{self.count:,} times"
        return f"the codec {self.form} failed {times} in {self.function}: {self.error}"


class Tally:
    """Counts what codecs do wrong; any thread may."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: dict[tuple[str, str], Failure] = {}

    def count(self, form: str, function: str, error: str) -> None:
        """Count one failure."""
        with self._lock:
            before = self._failures.get((form, function))
            number = 1 if before is None else before.count + 1
            self._failures[form, function] = Failure(form, function, number, error)

    def all(self) -> list[Failure]:
        """Return what failed since the process began, one for each function, in the order in which they first did."""
        with self._lock:
            return list(self._failures.values())


TALLY = Tally()
"""Of this process."""


def found(taken: Iterable[str]) -> tuple[list[Format], list[str]]:
    """Return the formats of other packages, and what is wrong with those that are left out."""
    names = set(taken)
    formats: list[Format] = []
    faults: list[str] = []
    for point in sorted(importlib.metadata.entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        told = f"format {point.name} of {point.dist.name if point.dist else 'an unknown package'} ({point.value})"
        try:
            form = _loaded(point)
            _check(form, names)
        except (Exception, SystemExit) as error:  # noqa: BLE001  # another's code may raise anything, and must not sink us
            faults.append(f"{told} is left out: {_words(error)}")
            continue
        names.add(form.name)
        formats.append(_guarded(form))
    return formats, faults


def _words(error: BaseException) -> str:
    return str(error) if isinstance(error, Malformed) else f"{type(error).__name__}: {error}"


def _loaded(point: importlib.metadata.EntryPoint) -> Format:
    from skykeep.station.formats import Format  # it asks us for what there is

    loaded = point.load()
    form = loaded if isinstance(loaded, Format) or not callable(loaded) else loaded()
    if not isinstance(form, Format):
        raise Malformed(f"it gives {type(form).__name__}, not a skykeep.station.formats.Format")
    return form


def _check(form: Format, names: set[str]) -> None:
    if not NAME.fullmatch(form.name):
        raise Malformed(f"its name {form.name!r} is not made of small letters, digits, - and _, 2 to 40 of them")
    if form.name in names:
        raise Malformed(f"there is a format {form.name} already, and none is replaced")


def _guarded(form: Format) -> Format:
    return dataclasses.replace(
        form,
        sniff=_or(form.name, "sniff", form.sniff, otherwise=False),
        decode=_decoded(form.name, form.decode),
        records=_recorded(form.name, form.records),
        sensor_of=None if form.sensor_of is None else _or(form.name, "sensor_of", form.sensor_of, otherwise=None),
    )


_Given = TypeVar("_Given")


def _or(name: str, function: str, ask: Callable[[bytes], _Given], *, otherwise: _Given) -> Callable[[bytes], _Given]:
    def asked(data: bytes) -> _Given:
        try:
            return ask(data)
        except Exception as error:  # noqa: BLE001  # another's code; a no is the answer that harms least
            TALLY.count(name, function, type(error).__name__)
            return otherwise

    return asked


_Decode = Callable[[Frame, int, Names], list[Observed]]
_Records = Callable[[Iterable[bytes]], Iterator[tuple[int, int | None, bytes]]]


def _decoded(name: str, decode: _Decode) -> _Decode:
    def guarded(frame: Frame, index: int, names: Names) -> list[Observed]:
        try:
            facts = list(decode(frame, index, names))
            strange = next((type(fact).__name__ for fact in facts if not _sound(fact, index)), None)
        except Exception as error:  # noqa: BLE001  # another's code; the frame is evidence whatever it raises
            TALLY.count(name, "decode", type(error).__name__)
            return [unreadable(frame, index, f"the codec {name} failed: {type(error).__name__}")]
        if strange is not None:
            TALLY.count(name, "decode", f"{strange} is no sound observation")
            return [unreadable(frame, index, f"the codec {name} gave {strange} that is no sound observation")]
        return facts

    return guarded


def _sound(fact: object, index: int) -> bool:
    """Say whether a fact is an observation of this frame that survives the record."""
    if not isinstance(fact, Observed) or isinstance(fact, ClockStepped) or fact.frame != index:
        return False
    return codec.decode(codec.encode(fact)) == fact


def _recorded(name: str, records: _Records) -> _Records:
    def guarded(stream: Iterable[bytes]) -> Iterator[tuple[int, int | None, bytes]]:
        try:
            yield from records(stream)
        except (Malformed, OSError, EOFError):
            raise
        except Exception as error:
            TALLY.count(name, "records", type(error).__name__)
            raise Malformed(f"the codec {name} failed: {type(error).__name__}: {error}") from error

    return guarded
