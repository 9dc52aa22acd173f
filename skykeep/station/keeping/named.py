"""The files that a configuration names: secrets, certificates, law, mappings, recordings."""

from __future__ import annotations

from collections.abc import Iterator

from skykeep.station.feeds.config import FeedConfig


def files(value: object, before: str = "") -> Iterator[tuple[str, str]]:
    """Yield (key, file) of everything in a configuration that names a file which must be there."""
    for field in getattr(value, "__struct_fields__", ()):
        inner, key = getattr(value, field), f"{before}{field}"
        if isinstance(inner, str) and inner and (field.endswith("_file") or field == "mapping"):
            yield key, inner
        elif before == "law." and isinstance(inner, list):
            yield from ((key, name) for name in inner)
        elif isinstance(inner, list):
            for number, each in enumerate(inner):
                yield from files(each, f"{key}[{number}].")
        else:
            yield from files(inner, f"{key}.")
    if isinstance(value, FeedConfig) and (recording := recorded(value)):
        yield f"{before}address", recording


def recorded(feed: FeedConfig) -> str:
    """Return the recording that a feed plays; "" where it plays none."""
    return feed.address if feed.kind == "replay" else ""
