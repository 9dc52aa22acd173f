"""The facts in a file, for the person who holds its bytes: nothing recorded, nothing masked."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from skykeep.facts.codec import to_plain
from skykeep.facts.frame import Frame
from skykeep.facts.observed import LinkTrust, Observed, Unreadable
from skykeep.facts.personal import PlainNames
from skykeep.station.formats import known, named
from skykeep.station.inputs import frames, open_source

_SHARED = ("fact", "sensor_id", "transmitter", "t_event_ns", "t_arrival_ns", "link_trust", "frame")


def decoded(form: str, path: str, note: Callable[[str], None]) -> Iterator[Observed]:
    """Yield the facts in a file, frame by frame; `frame` in each counts the frames that are ours."""
    source = open_source(f"{named(form).name}:{path}")
    names, index = PlainNames(), 0
    for arrived in frames(source):
        if arrived.fault:
            note(f"warning: {source.shown}: {arrived.fault}")
            continue
        link = None if arrived.link < 0 else arrived.link
        frame = Frame(
            arrived.format,
            link,
            arrived.sensor_id,
            arrived.t_arrival_ns,
            arrived.t_arrival_ns,
            LinkTrust.OPEN,
            arrived.data,
        )
        facts = known()[arrived.format].decode(frame, index, names)
        index += bool(facts)
        yield from facts


def line(fact: Observed) -> str:
    """Return a fact as one line that people read: kind, transmitter, and what it says, the unknown left out."""
    plain = to_plain(fact)
    said = " ".join(
        f"{name}={_short(value)}" for name, value in plain.items() if name not in _SHARED and value is not None
    )
    who = "unreadable" if isinstance(fact, Unreadable) else plain["fact"].removeprefix("observed.").partition("/")[0]
    return f"{plain['t_event_ns'] / 1e9:.3f} {who} {plain.get('transmitter', '')} {said}".rstrip()


def _short(value: object) -> str:
    if isinstance(value, dict):
        return f"{value['value_mm'] / 1000:g}m/{value['datum']}"
    return str(value)
