"""Files and standard input as streams of frames, in order of arrival."""

from __future__ import annotations

import bisect
import dataclasses
import hashlib
import heapq
import itertools
import re
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from skykeep.errors import Malformed, Refused, Unavailable
from skykeep.facts.frame import Frame
from skykeep.facts.observed import LinkTrust, Unreadable
from skykeep.facts.personal import PlainNames
from skykeep.station.formats import Format, known, named, recognise
from skykeep.station.gunzip import GZIP, unpacked

HEAD_BYTES = 65_536
CHUNK_BYTES = 262_144
NO_TIME = -(2**63)
TIME_MAX_NS = 8 * 10**18  # the year 2223; before 1970 as far: with room to reckon in 64 bits
LINES_ASKED = 100
TIMELESS_MAX = 1_000
_PREFIX = re.compile(r"(\w[\w-]+)(?:@[\w.-]+)?:.")


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """One input: where it is, how it is read, and which sensor heard it."""

    path: Path
    shown: str
    format: Format
    sensor_id: str
    size: int
    sha256: str

    @property
    def told(self) -> str:
        """How a record's beginning names it: the format, and the sensor where it is not named after that."""
        return self.format.name + (f"@{self.sensor_id}" if self.sensor_id != self.format.name else "")


class Arrived(NamedTuple):
    """One frame in the order of the run: by arrival, then sensor, then bytes."""

    t_arrival_ns: int
    sensor_id: str
    data: bytes
    link: int = -1  # -1: none
    format: str = ""
    fault: str = ""  # why this cannot be read: the source broke off here, or its time is out of all bounds
    t_source_ns: int = NO_TIME  # what the source said, where its clock had run back
    keyed: bool = False  # its sensor proved who it is
    simulated: bool = False  # what it tells of is invented


def _spec() -> re.Pattern[str]:
    names = "|".join(map(re.escape, known()))
    return re.compile(rf"(?:(?P<format>{names})?(?:@(?P<sensor>[\w.-]+))?:)?(?P<path>.+)", re.DOTALL)


def open_source(spec: str, hashed: Callable[[int], None] = lambda _n: None) -> Source:
    """Return the source that `[FORMAT][@SENSOR]:PATH` or `PATH` names; `-` is standard input.

    Reads it once for its hash; raises Refused or Unavailable saying what is wrong with it.
    """
    match = _spec().fullmatch(spec)
    if match is None:
        raise Refused("an input has an empty name; give a file, or - for standard input")
    shown = match["path"]
    try:
        path = _regular(shown, spec)
        head = _head(path)
        form = named(match["format"]) if match["format"] and head else recognise(head, shown)
        size = path.stat().st_size
        return Source(path, shown, form, match["sensor"] or form.name, size, _sha256(path, hashed))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Refused(f"{shown}: there is no such file") from error
    except OSError as error:
        raise Unavailable(f"{shown} cannot be read: {error.strerror or error}") from error


def _regular(shown: str, spec: str) -> Path:
    """Return the path of a file that can be read twice; what cannot (standard input, a pipe) is copied to one."""
    if shown == "-":
        if _SPOOLED.get("-") is not None:
            raise Refused("- names standard input, which can be given once")
        return _spooled(sys.stdin.buffer, "-")
    path = Path(shown)
    if path.is_dir():
        raise Refused(f"{shown} is a directory: name the files in it")
    if path.is_fifo():
        with path.open("rb") as pipe:
            return _spooled(pipe, shown)
    prefix = _PREFIX.match(spec)
    if prefix is not None and prefix[1] not in known() and not path.exists():
        formats = ", ".join(known())
        raise Refused(f"{spec}: there is no such file, and no format {prefix[1]!r}; the formats are {formats}")
    if path.exists() and not path.is_file():
        raise Refused(f"{shown} is a device, not a recording: name a file, or - for standard input")
    return path


def _spooled(stream: IO[bytes], shown: str) -> Path:
    """Copy a stream to a file that ends with this process, since it is read twice."""
    directory = tempfile.TemporaryDirectory(prefix="skykeep-input-")
    path = Path(directory.name) / "spooled"
    with path.open("wb") as file:
        shutil.copyfileobj(stream, file)
    _SPOOLED[shown] = directory
    return path


_SPOOLED: dict[str, tempfile.TemporaryDirectory[str]] = {}


def _head(path: Path) -> bytes:
    """Return the first bytes, unpacked, as far as they can be."""
    head = b""
    try:
        for chunk in _chunks(path):
            head += chunk
            if len(head) >= HEAD_BYTES:
                break
    except (EOFError, zlib.error) as error:
        if not head:
            raise Refused(f"{path}: gzip, and nothing in it can be unpacked: {error}") from error
    return head


def _sha256(path: Path, hashed: Callable[[int], None]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            hashed(len(chunk))
    return digest.hexdigest()


def _chunks(path: Path, read: Callable[[int], None] = lambda _n: None) -> Iterator[bytes]:
    """Yield the bytes of a file, unpacked where it is gzip; `read` is told of the progress in bytes of the file."""
    with path.open("rb") as file:
        begin, before = file.read(len(GZIP)), 0
        file.seek(0)
        for chunk in unpacked(file) if begin == GZIP else iter(lambda: file.read(CHUNK_BYTES), b""):
            yield chunk
            at = file.tell()
            read(at - before)
            before = at


def frames(
    source: Source,
    read: Callable[[int], None] = lambda _n: None,
    note: Callable[[str], None] = lambda _text: None,
) -> Iterator[Arrived]:
    """Yield the frames of one source as they stand in it; where it breaks off, one last frame says why.

    Raises Refused where nothing came before that.
    """
    last_ns: int | None = None
    form, fault = source.format, ""
    timeless: list[Arrived] = []
    try:
        for t_ns, link, data in form.records(_chunks(source.path, read)):
            sensor_id = (form.sensor_of(data) if form.sensor_of is not None else None) or source.sensor_id
            arrived = Arrived(t_ns, sensor_id, data, -1 if link is None else link, form.name)
            if not -TIME_MAX_NS < t_ns < TIME_MAX_NS:
                arrived = arrived._replace(t_arrival_ns=last_ns or 0, fault=f"its time is out of bounds: {t_ns} ns")
                if last_ns is None:
                    timeless.append(arrived)
                    if len(timeless) <= TIMELESS_MAX:
                        continue
                    break
            else:
                last_ns = t_ns
                yield from [early._replace(t_arrival_ns=t_ns) for early in timeless]
                timeless.clear()
            yield arrived
    except Malformed as error:
        fault = str(error)
    except (OSError, EOFError, zlib.error) as error:
        fault = f"broken off: {error}"
    if last_ns is None and (fault or timeless):
        why = fault or timeless[0].fault
        raise Refused(f"{source.shown}: {why}: nothing in it can be used; leave it out, or name its format")
    if fault:
        note(f"warning: {source.shown}: {fault}; what came before is used")
        yield Arrived(last_ns or 0, source.sensor_id, b"", -1, form.name, fault=fault)


def require_readable(source: Source) -> None:
    """Refuse a source that cannot be run: of a format without times, or lines of which the first are all unreadable."""
    if not source.format.timed:
        raise Refused(f"{source.shown}: {source.format.name} tells no times, so it cannot be run; see `skykeep decode`")
    names, reason = PlainNames(), ""
    for arrived in itertools.islice(frames(source), LINES_ASKED):
        t_ns, sensor_id = arrived.t_arrival_ns, arrived.sensor_id
        frame = Frame(source.format.name, None, sensor_id, t_ns, t_ns, LinkTrust.OPEN, arrived.data)
        facts = [] if arrived.link >= 0 or arrived.fault else source.format.decode(frame, 0, names)
        unreadable = [fact for fact in facts if isinstance(fact, Unreadable)]
        if len(unreadable) < max(len(facts), 1):
            return
        reason = reason or unreadable[0].reason
    if reason:
        raise Refused(
            f"{source.shown}: not one of its first {LINES_ASKED} lines can be read as {source.format.name} ({reason}); "
            "name its right format, or leave it out"
        )


def in_order(arrivals: Iterable[Arrived], window_ns: int) -> Iterator[Arrived]:
    """Put frames in order of arrival, as far back as the window reaches; one older than that is placed at the present.

    Such a frame keeps its own time in `t_source_ns`: the source's clock was set back, which becomes a fact.
    """
    waiting: list[Arrived] = []
    newest_ns = emitted_ns = NO_TIME
    for arrived in arrivals:
        placed = arrived
        if arrived.t_arrival_ns < emitted_ns:
            placed = arrived._replace(t_arrival_ns=newest_ns, t_source_ns=arrived.t_arrival_ns)
        waiting.append(placed)
        if placed.t_arrival_ns > newest_ns:
            newest_ns = placed.t_arrival_ns
            if waiting[0].t_arrival_ns < newest_ns - 2 * window_ns:
                waiting.sort()
                ready = bisect.bisect_left(waiting, (newest_ns - window_ns,))
                yield from waiting[:ready]
                emitted_ns = newest_ns - window_ns
                del waiting[:ready]
    yield from sorted(waiting)


def merged(
    sources: Iterable[Source],
    window_ns: int,
    read: Callable[[int], None] = lambda _n: None,
    note: Callable[[str], None] = lambda _text: None,
) -> Iterator[Arrived]:
    """Yield the frames of all sources by (arrival, sensor, bytes); a frame that comes twice comes once.

    So it makes no difference how a recording is split into files.
    """
    before: Arrived | None = None
    for arrived in heapq.merge(*(in_order(frames(source, read, note), window_ns) for source in sources)):
        if arrived != before:
            yield arrived
        before = arrived
