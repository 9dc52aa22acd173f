"""The report page of a record: what its tables hold, checked first, written to one file."""

from __future__ import annotations

from pathlib import Path

from skykeep.errors import Corrupt, Unavailable
from skykeep.station.replay import replay
from skykeep.station.replaytext import as_lines
from skykeep.station.seen import seen
from skykeep.station.store import Store
from skykeep.station.verifytext import check_record, lines
from skykeep.views.picture import fold
from skykeep.views.report import render


def write_page(
    record: Path,
    output: Path,
    *,
    title: str | None = None,
    vkey: str | None = None,
    do_replay: bool = True,
    reveal: bool = False,
) -> None:
    """Write the page; a record that does not verify still gets one, which says so first."""
    try:
        verified = lines(check_record(record, vkey, None))[0]
    except Corrupt as error:
        verified = f"DOES NOT VERIFY: {error}"
    replayed = as_lines(replay(record))[0] if do_replay else None
    with Store.open(record, read_only=True) as store:
        picture = fold(seen(store))
    sealed = record / "checkpoint"
    checkpoint_text = sealed.read_text("utf-8") if sealed.is_file() else ""
    page = render(
        picture,
        title=title or record.resolve().name,
        checkpoint_text=checkpoint_text,
        vkey=vkey,
        replayed=replayed,
        verified=verified,
        reveal=reveal,
    )
    try:
        output.write_text(page, "utf-8")
    except OSError as error:
        raise Unavailable(f"{output} cannot be written: {error.strerror}") from error
