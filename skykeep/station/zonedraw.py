"""Zones drawn into a file: an offline page to move about in, or a picture that stands by itself."""

from __future__ import annotations

from pathlib import Path

from skykeep.errors import Refused, Unavailable
from skykeep.rules.law import Force, Zone
from skykeep.station import hours
from skykeep.station.zonebook import ZoneBook, place_e7
from skykeep.views import zonemap
from skykeep.views.zonemap import Mark, ZoneRow

_STATE = {Force.YES: "in force", Force.NO: "not in force", Force.UNKNOWN: "hours not known"}


def draw(book: ZoneBook, output: Path, *, title: str, place: tuple[float, float] | None = None) -> None:
    """Write the map of a book's zones, as they are at its moment; `place` (lat, lon in degrees) is marked."""
    rows = [_row(zone, book.t_ns) for zone in book.law.zones]
    marks = (
        []
        if place is None
        else [Mark(place_e7(place[0], "latitude", 90), place_e7(place[1], "longitude", 180), "here")]
    )
    match output.suffix.lower():
        case ".html" | ".htm":
            sources = [file.told for file in book.files]
            text = zonemap.render(rows, title=title, sources=sources, t_ns=book.t_ns, marks=marks)
        case ".svg":
            text = zonemap.picture(rows, title=title, marks=marks)
        case other:
            raise Refused(f"{output}: {other or 'no ending'} is not drawn here; name a .html page or an .svg picture")
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise Unavailable(f"{output} cannot be written: {error.strerror}") from error


def _row(zone: Zone, t_ns: int) -> ZoneRow:
    return ZoneRow(zone.fact, _STATE[zone.force(t_ns)], hours.words(zone.fact))
