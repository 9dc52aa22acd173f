"""Zone files put forward: a draft lies in a file of the station's directory until it is published or discarded.

A draft is no law. Lists are of heads, so that a page of all that waits costs little however large the files are; a
draft itself is read by its number.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from pathlib import Path

import msgspec

from skykeep.errors import Refused
from skykeep.station import asked, hours, zonefiles, zonewhere
from skykeep.station.database import unavailable_on_io
from skykeep.station.logfiles import LogFiles
from skykeep.views import words

DRAFTS_MAX = 200
DRAFT_MAX_BYTES = 24 << 20  # of one, as it is kept and answered: the link carries it beside the ticks
ALL_MAX_BYTES = 512 << 20
DAY_NS = 86_400 * 10**9
NAME_MAX = 200
_NUMBER = re.compile("[0-9a-f]{12}")


class Drafts:
    """Zone files put forward, each in a file of its own until a second person publishes it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._heads: dict[str, tuple[tuple[int, int], asked.DraftHead]] = {}  # by file: as it was when it was read

    def read(self, data: bytes, wanted: asked.ZoneDraft, *, now_ns: int) -> asked.Draft:
        """Return what a zone file holds, with a report by feature; raises Refused where nothing in it can be used."""
        found = zonefiles.read_data(data, wanted.name, wanted.format or None)
        zones = hours.publish_all(found.found.zones, from_ns=max(0, now_ns - DAY_NS))
        natives = {zone.zone_id: zone.native for zone in found.found.zones}
        faults = zonewhere.faults(data, found.found.refused, found.found.doubted, natives)
        draft = asked.Draft(
            draft_id=secrets.token_hex(6) if wanted.keep else "",
            name=wanted.name,
            format=found.found.source_format,
            sha256=found.sha256,
            drafted_by="",  # whoever asked, once that is admitted
            t_ns=now_ns,
            zones=zones,
            faults=faults,
            hits=asked.Hits(track_ids=[], not_permitted=[], permit_ids=[]),
            proposed=wanted.propose,
        )
        _encoded(draft)
        return draft

    def keep(self, draft: asked.Draft) -> None:
        """Keep a draft, or what became of it; raises Refused where too many wait, or they are too large."""
        path, data = self._path(draft.draft_id), _encoded(draft)
        others = {each: stamp[1] for each, stamp in self._files().items() if each != path}
        if len(others) >= DRAFTS_MAX or sum(others.values()) + len(data) > ALL_MAX_BYTES:
            raise Refused(f"{len(others)} drafts wait already: publish or discard some first")
        with unavailable_on_io(self._directory):
            LogFiles(self._directory).write(path.name, data)

    def heads(self) -> list[asked.DraftHead]:
        """Return what all drafts that wait are, the oldest first; each file is read once."""
        files = self._files()
        known = {path.name: head for path, stamp in files.items() if (head := self._head(path, stamp)) is not None}
        self._heads = known
        return sorted((head for _, head in known.values()), key=lambda head: (head.t_ns, head.draft_id))

    def _head(self, path: Path, stamp: tuple[int, int]) -> tuple[tuple[int, int], asked.DraftHead] | None:
        kept = self._heads.get(path.name)
        if kept is not None and kept[0] == stamp:
            return kept
        draft = _read(path)
        return None if draft is None else (stamp, head_of(draft))

    def one(self, draft_id: str) -> asked.Draft:
        """Return a draft by its number; raises Refused where there is none."""
        found = _read(self._path(draft_id)) if _NUMBER.fullmatch(draft_id) else None
        if found is None:
            raise Refused(
                f"there is no draft {draft_id!r}: it was published or discarded, or never made; "
                "ask for the list of drafts"
            )
        return found

    def drop(self, draft_id: str) -> None:
        """Forget a draft."""
        self._path(draft_id).unlink(missing_ok=True)

    def _path(self, draft_id: str) -> Path:
        return self._directory / f"{draft_id}.json"

    def _files(self) -> dict[Path, tuple[int, int]]:
        """Return the files of drafts, each with when it was written and its size."""
        found: dict[Path, tuple[int, int]] = {}
        for path in sorted(self._directory.glob("*.json")):
            with contextlib.suppress(FileNotFoundError):  # published just now
                stat = path.stat()
                found[path] = stat.st_mtime_ns, stat.st_size
        return found


def head_of(draft: asked.Draft) -> asked.DraftHead:
    """Return what a list says of a draft."""
    first = draft.zones[0].name or draft.zones[0].zone_id if draft.zones else "no zone"
    left_out = sum(not fault.used for fault in draft.faults)
    return asked.DraftHead(
        draft_id=draft.draft_id, name=words.shown(draft.name, NAME_MAX), format=draft.format, sha256=draft.sha256,
        drafted_by=draft.drafted_by, t_ns=draft.t_ns, proposed=draft.proposed, first=words.shown(first, NAME_MAX),
        zones=len(draft.zones), left_out=left_out, doubted=len(draft.faults) - left_out,
    )  # fmt: skip


def _read(path: Path) -> asked.Draft | None:
    with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):  # published just now; or none of ours
        return msgspec.json.decode(path.read_bytes(), type=asked.Draft)
    return None


def _encoded(draft: asked.Draft) -> bytes:
    data = msgspec.json.encode(draft)
    if len(data) > DRAFT_MAX_BYTES:
        most = f"{DRAFT_MAX_BYTES / 1e6:.0f} MB"
        raise Refused(f"what this file holds takes {len(data) / 1e6:.0f} MB with its report, at most {most}: split it")
    return data
