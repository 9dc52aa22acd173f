"""`[retention]` and `[backup]` of a station's configuration: how long what is kept, and where copies go."""

from __future__ import annotations

import msgspec


class RetentionConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[retention]`: when bodies of the record are destroyed; hashes, and proofs of the rest, always stay."""

    ordinary_h: float = 24.0  # frames, facts and names of flights that are part of no incident
    incidents_days: float | None = None  # those that are, after it was closed; None: until a person releases it
    names_h: float = 24.0  # personal values that no incident needs
    around_s: float = 60.0  # everything is kept for so long before and after a flight of an incident
    interval_s: float = 600.0  # how often it is looked after


class BackupConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[backup]`: copies of the record while the station runs."""

    directory: str = ""  # "": none are made
    interval_h: float = 24.0  # from one copy to the next
    keep: int = 7  # so many of the newest; older ones are deleted
