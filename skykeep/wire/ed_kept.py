"""What ED-269 and ED-318 have no field for, kept in their `extendedProperties` under "skykeep".

Only what no verdict rests on is kept there, and an identifier longer than the standards' 7 characters: so what a file
says to any reader of the standard and what it says to us is the same law.
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from skykeep.errors import Malformed
from skykeep.facts.enacted import Authority, Text, ZoneEnacted
from skykeep.wire.jsontext import Json, read_unique
from skykeep.wire.zonefile import Draft

KEY = "skykeep"
IDENTIFIER_MAX = 200
LEVELS = range(1, 6)
BUFFER_MAX_MM = 1_000_000_000


class Kept(msgspec.Struct, forbid_unknown_fields=True):
    """The fields of a zone that are kept, as the fact has them."""

    zone_id: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    texts: tuple[Text, ...] | UnsetType = UNSET
    authorities: tuple[Authority, ...] | UnsetType = UNSET
    issuing_body: str | UnsetType | None = UNSET
    contact: str | UnsetType | None = UNSET
    appeal_contact: str | UnsetType | None = UNSET
    legal_basis: str | UnsetType | None = UNSET
    reason: str | UnsetType | None = UNSET
    conditions: str | UnsetType | None = UNSET
    country: str | UnsetType | None = UNSET
    severity: int | UnsetType | None = UNSET
    buffer_mm: int | UnsetType | None = UNSET
    carried: tuple[tuple[str, str], ...] | UnsetType = UNSET


def keep(zone: ZoneEnacted, fields: list[str]) -> Json:
    """Return these fields of a zone as the JSON that stands under `KEY`."""
    return msgspec.to_builtins(Kept(**{field: getattr(zone, field) for field in fields}))


def restore(read: Draft, said: Json, doubts: list[str]) -> None:
    """Put back what `keep` wrote; what it cannot have written changes nothing and is a doubt."""
    if said is None:
        return
    try:
        kept = msgspec.convert(said, Kept)
        carried = {} if kept.carried is UNSET else {name: read_unique(text.encode()) for name, text in kept.carried}
        _check(kept)
    except (msgspec.ValidationError, Malformed, RecursionError) as error:
        doubts.append(f"extendedProperties.{KEY} was not understood and changes nothing: {error}")
        return
    for field in Kept.__struct_fields__:
        if field != "carried" and getattr(kept, field) is not UNSET:
            setattr(read, "identifier" if field == "zone_id" else field, getattr(kept, field))
    if kept.carried is not UNSET:
        read.carried = carried


def _check(kept: Kept) -> None:
    if kept.zone_id is not UNSET and not 0 < len(kept.zone_id) <= IDENTIFIER_MAX:
        raise Malformed(f"zone_id: {len(kept.zone_id)} characters; 1 to {IDENTIFIER_MAX} are right")
    if kept.severity is not UNSET and kept.severity is not None and kept.severity not in LEVELS:
        raise Malformed(f"severity {kept.severity} is not 1 to 5")
    if kept.buffer_mm is not UNSET and kept.buffer_mm is not None and not 0 <= kept.buffer_mm <= BUFFER_MAX_MM:
        raise Malformed(f"buffer_mm {kept.buffer_mm} is not 0 to {BUFFER_MAX_MM}")
