"""/api/v1/record: checkpoint and tiles for anyone (C2SP tlog-tiles), entries and proofs of facts for auditors."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, MediaType, Request, Response, get
from litestar.params import FromPath, QueryParameter

from skykeep.errors import Refused, Unavailable
from skykeep.ledger import tiles
from skykeep.ledger.errors import BadRecord
from skykeep.ledger.note import encode_base64
from skykeep.ledger.tick import LeafKind
from skykeep.station.logfiles import CHECKPOINT, LogFiles
from skykeep.station.store import Store
from skykeep.web.paging import Index
from skykeep.web.problems import not_there
from skykeep.web.site import site_of

TEXT = "text/plain; charset=utf-8"
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
Size = Annotated[int, QueryParameter(ge=0, le=(1 << 63) - 1)]
AT_ONCE = {"Cache-Control": "no-store"}


class EntrySummary(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the record: its header, and how much of it is still there."""

    entry_index: int
    tick: int
    now_ns: int
    frames: int
    names: int
    facts: int
    concluded: int
    erased: int
    facts_sha256: str  # root of the tree over the salted hashes of its leaves
    state_sha256: str | None


class Record(Controller):
    """The record."""

    path = "/record"
    tags = ("record",)

    @get("/checkpoint", opt={"action": "checkpoint.read"}, media_type=MediaType.TEXT, sync_to_thread=True)
    def read_checkpoint(self, request: Request[Any, Any, Any]) -> Response[bytes]:
        """Read the latest checkpoint: a signed note (C2SP tlog-checkpoint)."""
        return Response(_file(request, CHECKPOINT), media_type=TEXT, headers=AT_ONCE)

    @get(
        "/tile/{place:path}",
        opt={"action": "checkpoint.read"},
        media_type="application/octet-stream",
        sync_to_thread=True,
    )
    def read_tile(self, request: Request[Any, Any, Any], place: FromPath[str]) -> Response[bytes]:
        """Read a tile of hashes, or a bundle of entries (C2SP tlog-tiles): `0/000`, `1/000.p/7`, `entries/000`."""
        name = f"tile/{place.strip('/')}"
        try:
            tile = tiles.parse_path(name)
        except BadRecord as error:
            raise not_there(name) from error
        return Response(_tile(request, tile), media_type="application/octet-stream", headers=FOR_EVER)

    @get("/consistency", opt={"action": "checkpoint.read"}, media_type=MediaType.TEXT, sync_to_thread=True)
    def read_consistency(self, request: Request[Any, Any, Any], since: Size) -> Response[bytes]:
        """Prove that the log of `since` entries is the beginning of the latest checkpoint: one hash a line, base64."""
        with _store(request) as store:
            size = store.seals.read()[0].size
            if since > size:
                raise Refused(f"the latest checkpoint is of {size} entries, not yet of {since}; ask with one of those")
            path, signed = store.seals.prove_since(since)
        lines = "".join(f"{encode_base64(each)}\n" for each in path)
        return Response(lines.encode() + b"\n" + signed, media_type=TEXT, headers=AT_ONCE)

    @get("/entries/{entry_index:int}", opt={"action": "record.read"}, sync_to_thread=True)
    def read_entry(self, request: Request[Any, Any, Any], entry_index: Index) -> EntrySummary:
        """Read what one entry holds: counts and hashes."""
        with _store(request) as store:
            _require_entry(store, entry_index)
            row = store.row(entry_index)
        header = row.entry
        return EntrySummary(
            entry_index=entry_index,
            tick=row.tick,
            now_ns=row.now_ns,
            frames=header.n_frames,
            names=header.n_names,
            facts=header.n_facts,
            concluded=header.n_concluded,
            erased=sum(leaf.body is None for leaf in row.leaves),
            facts_sha256=header.root.hex(),
            state_sha256=row.state_sha256.hex() if row.state_sha256 else None,
        )

    @get(
        "/entries/{entry_index:int}/facts/{fact:int}/proof",
        opt={"action": "record.read"},
        media_type=MediaType.TEXT,
        sync_to_thread=True,
    )
    def prove_fact(self, request: Request[Any, Any, Any], entry_index: Index, fact: Index) -> Response[bytes]:
        """Prove one fact: a `.tlog-proof` that holds the fact and shows nobody else's."""
        with _store(request) as store:
            _require_entry(store, entry_index)
            leaves = store.row(entry_index).leaves
            places = [place for place, leaf in enumerate(leaves) if leaf.kind == LeafKind.FACT]
            if fact >= len(places):
                raise not_there(f"fact {fact} of entry {entry_index}, which has {len(places)},")
            made = store.prove(entry_index, places[fact]).to_bytes()
        return Response(made, media_type=TEXT)


def _store(request: Request[Any, Any, Any]) -> Store:
    return Store.open(site_of(request).home.record, read_only=True)


def _require_entry(store: Store, entry_index: int) -> None:
    if entry_index >= store.entries_count:
        raise not_there(f"entry {entry_index}")


def _file(request: Request[Any, Any, Any], name: str) -> bytes:
    """Return one of the log's files; Unavailable before the first seal."""
    try:
        return LogFiles(site_of(request).home.record).read(name)
    except FileNotFoundError as error:
        raise Unavailable("the record is not sealed yet, so it has no checkpoint; ask again in a minute") from error
    except OSError as error:
        raise Unavailable(f"the record cannot be read: {error.strerror}") from error


def _tile(request: Request[Any, Any, Any], tile: tiles.Tile) -> bytes:
    """Return a tile; a partial one may be cut from the longer one that replaced it."""
    files = LogFiles(site_of(request).home.record)
    try:
        if tile.level == tiles.ENTRIES:
            return tiles.pack_bundle(tiles.read_entries(tile, files.read))
        return tiles.read_tile(tile, files.read)
    except BadRecord as error:
        raise not_there(tile.path) from error
    except OSError as error:
        raise Unavailable(f"the record cannot be read: {error.strerror}") from error
