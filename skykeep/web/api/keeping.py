"""/api/v1/record/verify, /record/erase and /backups: acts upon the record as a whole, which may take minutes.

The answer comes when it is done. Whoever loses the connection meanwhile asks again with the same Idempotency-Key: while
it is under way that is refused (409), afterwards the answer is the one that was missed, and nothing is done twice.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, post
from litestar.params import FromQuery, JSONBody
from msgspec import Meta

from skykeep.facts.personal import NameKind
from skykeep.station import asked
from skykeep.web.api.bodies import Words
from skykeep.web.asking import ask
from skykeep.web.site import site_of

VALUE_MAX = 500


class Erase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A personal value, whole, as it was sent or written; it is destroyed wherever the record holds it."""

    value: Annotated[str, Meta(min_length=1, max_length=VALUE_MAX)]
    reason: Words
    kind: NameKind | None = None  # None: of whatever kind


class RecordVerified(msgspec.Struct, frozen=True, kw_only=True):
    """What verification found; `holds` false is an alarm of the station too."""

    holds: bool
    entries: int
    said: list[str]
    entry_index: int | None


class RecordErased(msgspec.Struct, frozen=True, kw_only=True):
    """How many leaves were destroyed, or of a preview would be: personal values and raw frames."""

    leaves: int
    names: int
    frames: int
    entry_index: int | None  # None of a preview


class BackedUp(msgspec.Struct, frozen=True, kw_only=True):
    """Where the copy lies at the station, and how many entries it holds."""

    path: str
    entries: int
    entry_index: int | None


class Keeping(Controller):
    """The record as a whole."""

    tags = ("record",)

    @post("/record/verify", opt={"action": "record.verify"}, status_code=200)
    async def verify_record(self, request: Request[Any, Any, Any]) -> RecordVerified:
        """Verify the whole record, hash by hash; it may take minutes, and the watch does not wait for it."""
        told, entry_index = await ask(site_of(request), request, "record.verify", asked.Verified)
        return RecordVerified(holds=told.holds, entries=told.entries, said=told.said, entry_index=entry_index)

    @post("/record/erase", opt={"action": "record.erase"}, status_code=200)
    async def erase_value(
        self, request: Request[Any, Any, Any], data: JSONBody[Erase], *, preview: FromQuery[bool] = False
    ) -> RecordErased:
        """Destroy a personal value wherever it stands, for good; with `preview`, only tell how much would go.

        One that stands nowhere as a whole is refused. The proofs of everything else go on holding.
        """
        kind = "" if data.kind is None else data.kind.value
        arguments = asked.RecordErase(value=data.value, kind=kind, preview=preview)
        told, entry_index = await ask(
            site_of(request), request, "record.erase", asked.Erased, reason=data.reason, arguments=arguments
        )
        return RecordErased(leaves=told.leaves, names=told.names, frames=told.frames, entry_index=entry_index)

    @post("/backups", opt={"action": "backup.make"})
    async def make_backup(self, request: Request[Any, Any, Any]) -> BackedUp:
        """Copy the station to the place that its configuration names, while it runs; the oldest copies go."""
        told, entry_index = await ask(site_of(request), request, "backup.make", asked.BackupMade)
        return BackedUp(path=told.path, entries=told.entries, entry_index=entry_index)
