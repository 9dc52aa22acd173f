"""Files and standard input as streams of frames, in order of arrival."""

from __future__ import annotations

import bisect
import dataclasses
import gzip
import hashlib
import heapq
import re
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from skykeep.errors import Malformed, Refused, Unavailable
from skykeep.station.formats import FORMATS, Format, named, recognise

HEAD_BYTES = 65_536
CHUNK_BYTES = 262_144
_GZIP = b"\x1f\x8b"
NO_TIME = -(2**63)
_SPEC = re.compile(rf"(?:(?P<format>{'|'.join(FORMATS)})?(?:@(?P<sensor>[\w.-]+))?:)?(?P<path>.+)", re.DOTALL)


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """One input: where it is, how it is read, and which sensor heard it."""

    path: Path
    shown: str
    format: Format
    sensor_id: str
    size: int
    sha256: str


class Arrived(NamedTuple):
    """One frame in the order of the run: by arrival, then sensor, then bytes."""

    t_arrival_ns: int
    sensor_id: str
    data: bytes
    link: int = -1  # -1: none
    format: str = ""
    fault: str = ""  # the source broke off here
    t_source_ns: int = NO_TIME  # what the source said, where its clock had run back


def open_source(spec: str, hashed: Callable[[int], None] = lambda _n: None) -> Source:
    """Return the source that `[FORMAT][@SENSOR]:PATH` or `PATH` names; `-` is standard input.

    Reads it once for its hash; raises Refused or Unavailable saying what is wrong with it.
    """
    match = _SPEC.fullmatch(spec)
    if match is None:
        raise Refused(f"{spec!r} names no input")
    shown = match["path"]
    try:
        path = _spooled() if shown == "-" else Path(shown)
        if path.is_dir():
            raise Refused(f"{shown} is a directory: name the files in it")
        with path.open("rb") as file:
            head = _plain(file, shown).read(HEAD_BYTES)
        form = named(match["format"]) if match["format"] else recognise(head, shown)
        if not head:
            recognise(head, shown)
        size = path.stat().st_size
        return Source(path, shown, form, match["sensor"] or form.name, size, _sha256(path, hashed))
    except (OSError, EOFError, zlib.error) as error:
        if isinstance(error, FileNotFoundError):
            raise Refused(f"{shown}: there is no such file") from error
        raise Unavailable(f"{shown} cannot be read: {error}") from error


def _spooled() -> Path:
    """Copy standard input to a file that ends with this process, since it is read twice."""
    file = tempfile.NamedTemporaryFile(prefix="skykeep-stdin-", delete=True)  # noqa: SIM115 - it must outlive this call
    shutil.copyfileobj(sys.stdin.buffer, file)
    file.flush()
    _SPOOLED.append(file)
    return Path(file.name)


_SPOOLED: list[IO[bytes]] = []


def _plain(file: IO[bytes], shown: str) -> IO[bytes]:
    """Return the file, or what it holds where it is gzip."""
    head = file.read(2)
    file.seek(0)
    del shown
    return gzip.GzipFile(fileobj=file) if head == _GZIP else file  # type: ignore[return-value]  # typeshed: GzipFile is no IO[bytes]


def _sha256(path: Path, hashed: Callable[[int], None]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            hashed(len(chunk))
    return digest.hexdigest()


def chunks(source: Source, read: Callable[[int], None] = lambda _n: None) -> Iterator[bytes]:
    """Yield the bytes of a source, unpacked; `read` is told of the progress in bytes of the file."""
    with source.path.open("rb") as file:
        plain, before = _plain(file, source.shown), 0
        while chunk := plain.read(CHUNK_BYTES):
            yield chunk
            at = file.tell()
            read(at - before)
            before = at


def frames(source: Source, read: Callable[[int], None] = lambda _n: None) -> Iterator[Arrived]:
    """Yield the frames of one source as they stand in it; where it breaks off, one last frame says why."""
    last_ns = 0
    form = source.format
    try:
        for t_ns, link, data in form.records(chunks(source, read)):
            last_ns = t_ns
            sensor_id = form.sensor_of(data) if form.sensor_of is not None else None
            yield Arrived(t_ns, sensor_id or source.sensor_id, data, -1 if link is None else link, form.name)
    except Malformed as error:
        yield Arrived(last_ns, source.sensor_id, b"", -1, form.name, fault=str(error))
    except (OSError, EOFError, zlib.error) as error:
        yield Arrived(last_ns, source.sensor_id, b"", -1, form.name, fault=f"broken off: {error}")


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
    sources: Iterable[Source], window_ns: int, read: Callable[[int], None] = lambda _n: None
) -> Iterator[Arrived]:
    """Yield the frames of all sources by (arrival, sensor, bytes); a frame that comes twice comes once.

    So it makes no difference how a recording is split into files.
    """
    before: Arrived | None = None
    for arrived in heapq.merge(*(in_order(frames(source, read), window_ns) for source in sources)):
        if arrived != before:
            yield arrived
        before = arrived
