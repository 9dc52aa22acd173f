"""The database of views made again from the record: beside the old one first, then in its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from skykeep.station.database import unavailable_on_io
from skykeep.station.store import Store
from skykeep.station.telling import Telling
from skykeep.web.mirror import fold
from skykeep.web.viewsdb import ViewsDb, locked, remove

FLUSH_TICKS = 500


class Rebuilt(NamedTuple):
    """What was made."""

    entries: int
    objects: int
    names: int


def rebuild(record: Path, path: Path, progressed: Callable[[int], None] = lambda _n: None) -> Rebuilt:
    """Fold a whole record into a new database of views at `path`; what was there goes when the new one is complete.

    `progressed` is called with the number of entries since the last time. Raises Refused while a web process uses the
    views, or where there is no record.
    """
    beside = path.with_name(f"{path.name}.new")
    with Store.open(record, read_only=True) as store, unavailable_on_io(path.parent):
        held = locked(path)
        try:
            remove(beside)
            made = _made(store, beside, progressed)
            remove(path)
            beside.replace(path)
        finally:
            held.release()
            beside.with_name(f"{beside.name}.lock").unlink(missing_ok=True)
    return made


def _made(store: Store, beside: Path, progressed: Callable[[int], None]) -> Rebuilt:
    telling = Telling()
    with ViewsDb(beside) as views:
        views.require_of(store.meta["record_id"])
        live = views.live()
        for row in store.rows():
            views.take(fold(live, telling.row(row)))
            if views.cursor % FLUSH_TICKS == 0:
                views.flush(live)
                progressed(FLUSH_TICKS)
        views.flush(live)
        return Rebuilt(views.cursor, views.objects_count, len(views.name_entries()))
