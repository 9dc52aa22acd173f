"""Mapping files: formats of JSON lines that somebody described, and nobody programmed."""

from __future__ import annotations

import tomllib
from pathlib import Path

from skykeep.errors import Malformed, Refused, Unavailable
from skykeep.station import formats
from skykeep.station.formats import Format
from skykeep.wire import mapped
from skykeep.wire.lines import Lines

FORMAT = "mapped"
"""What a feed's `format` says whose `mapping` names the file."""

_read: dict[str, mapped.Mapping] = {}


def load(path: Path) -> Format:
    """Return the format `mapped-NAME` that a mapping file describes, and make it known.

    The same mapping again is the same format. Another one of that name is Refused, as is a file with a fault.
    """
    mapping = _mapping(path)
    name = f"{FORMAT}-{mapping.name}"
    if _read.get(name) == mapping:
        return formats.named(name)
    form = described(mapping)
    formats.add(form)
    _read[name] = mapping
    return form


def _mapping(path: Path) -> mapped.Mapping:
    try:
        return mapped.checked(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError as error:
        raise Refused(f"mapping {path}: there is no such file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, Malformed) as error:
        raise Refused(f"mapping {path}: {error}; docs/reference/formats/mapped.md tells all keys") from error
    except OSError as error:
        raise Unavailable(f"mapping {path} cannot be read: {error.strerror or error}") from error


def described(mapping: mapped.Mapping) -> Format:
    """Return the format of a mapping."""
    reader = mapped.Reader(mapping)
    return Format(
        f"{FORMAT}-{mapping.name}",
        "tracks",  # whatever it senses with: it reports what it follows
        mapping.caption or "JSON lines by a mapping",
        formats.first_line(reader.sniff),
        formats.timed_lines(reader.records),
        reader.decode,
        sensor_of=reader.sensor_of if mapping.sensor is not None else None,
        cutter=Lines,
        whole=False,
    )
