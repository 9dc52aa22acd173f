"""The differences between two zone files, told: what changed first, then whom it concerns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from skykeep.facts.enacted import PermitEnacted
from skykeep.facts.personal import PlainNames
from skykeep.station import law, zonediff, zonefiles
from skykeep.station.seen import seen
from skykeep.station.store import Store
from skykeep.station.zonediff import Change, Kind
from skykeep.views import words
from skykeep.views.picture import fold

_SIGN = {Kind.ADDED: "+", Kind.REMOVED: "-", Kind.CHANGED: "~"}


def told(
    old: Path, new: Path, *, permits: Sequence[Path], record: Path | None, form: str | None, as_json: bool
) -> Iterator[str]:
    """Yield the lines of the comparison; raises Refused or Unavailable as reading the files does."""
    before, after = (zonefiles.read_file(path, form).zones for path in (old, new))
    changes = zonediff.compare(before, after)
    tracks = {}
    if record is not None:
        with Store.open(record, read_only=True) as store:
            picture = fold(seen(store))
        tracks = {track.track_id: picture.whole(track).points for track in picture.lives() if not track.faint}
    changes = zonediff.with_hits(changes, _permits(permits), tracks)
    if as_json:
        yield from map(_line, changes)
        return
    yield _summary(changes, before=len(before), after=len(after))
    for change in changes:
        yield from _lines(change)
    yield from _whom(changes, asked_permits=bool(permits), asked_tracks=record is not None)


def _permits(paths: Sequence[Path]) -> list[PermitEnacted]:
    return law.load((), paths, PlainNames()).permits


def _summary(changes: Sequence[Change], *, before: int, after: int) -> str:
    if not changes:
        return f"Nothing changed: {words.number(after, 'zone')} as before."
    counts = [(sum(change.kind is kind for change in changes), kind.value) for kind in Kind]
    said = ", ".join(f"{count} {kind}" for count, kind in counts if count)
    return f"{said}; {words.number(before, 'zone')} before, {after} now."


def _lines(change: Change) -> Iterator[str]:
    zone = change.after or change.before
    name = "" if zone is None or zone.name == change.zone_id else f" {words.shown(zone.name, 80)}"
    yield f"{_SIGN[change.kind]} {words.shown(change.zone_id, 80)}{name}: {change.kind.value}"
    for text in change.what:
        yield f"    {text}"
    for text in change.permits:
        yield f"    PERMIT {words.shown(text, 300)}"
    for text in change.tracks:
        yield f"    TRACK {text.removeprefix('track ')}"


def _whom(changes: Sequence[Change], *, asked_permits: bool, asked_tracks: bool) -> Iterator[str]:
    if asked_permits and not any(change.permits for change in changes):
        yield "No permit in those files meets a zone that changed."
    if asked_tracks and not any(change.tracks for change in changes):
        yield "No track in that record was, or would be, inside a zone that changed."


def _line(change: Change) -> str:
    said = {
        "zone_id": change.zone_id,
        "change": change.kind.value,
        "what": list(change.what),
        "permits": list(change.permits),
        "tracks": list(change.tracks),
    }
    return msgspec.json.encode(said).decode()
