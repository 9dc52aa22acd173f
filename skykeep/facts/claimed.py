"""What people said: statements with their speaker and source, never taken as measurements."""

from __future__ import annotations

import msgspec


class StatementMade(
    msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True, tag="claimed.statement/1"
):
    """One statement, verbatim, with who made it and where it stands (speaker and text are pseudonyms)."""

    statement_id: str
    t_recorded_ns: int
    t_said_ns: int | None
    speaker: str | None
    text: str
    source_sha256: str | None


Claimed = StatementMade
