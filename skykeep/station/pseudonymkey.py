"""The key of a record's pseudonyms, held against the record: under another one everybody in it would be a stranger."""

from __future__ import annotations

from skykeep.errors import Refused
from skykeep.facts import codec
from skykeep.facts.personal import KeyedNames, Name
from skykeep.ledger.tick import LeafKind
from skykeep.station.keys import CHECK, PSEUDONYMS, PUT_BACK, Keys, check_value
from skykeep.station.store import Store

LOOKED_AT = 10_000
"""Entries at its end in which a record of before the check value is searched for a name to try the key on."""


def of(store: Store, keys: Keys) -> bytes:
    """Return the key; raises Refused where it is not there, or another than the record was begun with.

    A record of before this was checked keeps its check value as soon as a name in it proves the key.
    """
    key = keys.pseudonym_key(store.meta["record_id"])
    kept = store.meta.get(CHECK)
    fits = _fits_names(store, key) if kept is None else kept == check_value(key)
    if fits is False:
        raise Refused(
            f"{keys.directory / PSEUDONYMS} is not the key that {store.path} was written with: under it no permit "
            f"would fit its aircraft and nobody could be erased. {PUT_BACK}"
        )
    if kept is None and fits and store.writes:
        store.keep_meta(CHECK, check_value(key))
    return key


def _fits_names(store: Store, key: bytes) -> bool | None:
    """Return whether the key makes the pseudonym of some name at the record's end; None where there is no name."""
    names, found = KeyedNames(key), None
    for row in store.rows(max(0, store.entries_count - LOOKED_AT)):
        for leaf in row.leaves:
            if leaf.kind != LeafKind.NAME or leaf.body is None:
                continue
            name = codec.decode_trusted(leaf.body)
            if isinstance(name, Name):
                found = names.pseudonym(name.kind, name.value) == name.pseudonym
                if found:
                    return True
    return found
