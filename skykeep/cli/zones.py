"""Zones from files: read them with a report, check, ask, compare, convert and draw them."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skykeep.cli.saying import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from skykeep.station.zonebook import ZoneBook
    from skykeep.station.zonefiles import ZoneFile

DOES_NOT_HOLD = 1
FORMATS = ("ed318", "ed269", "geojson", "openair")

_files = click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
_form = click.option(
    "--format", "form", metavar="NAME", help="Read the files as this format instead of by their content."
)
_time = click.option(
    "--time", metavar="TIME", help="The moment that is asked about, such as 2026-05-01T10:00:00Z. Default: now."
)


@click.group()
def zones() -> None:
    """Zones from files: report, check, ask, compare, convert, draw.

    Known formats: ED-269, ED-318, GeoJSON, OpenAir, KML/KMZ, AIXM 5.1, FAA UASFM, NOTAM; known by content.
    """


@zones.command("import")
@_files
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the zones here, as lossless GeoJSON.")
@_form
@_json
def import_(files: tuple[Path, ...], output: Path | None, form: str | None, as_json: bool) -> None:
    """Read zone FILEs tolerantly and report each repair and doubt by zone; exit 0 even where there are doubts.

    One bad zone never sinks a file; what was left out is said. With -o the zones are kept, each with its native text.
    """
    from skykeep.station import zonefiles

    read = _read(files, form)
    for file in read:
        _print_report(file, as_json=as_json)
    if output is not None:
        made = zonefiles.write([zone for file in read for zone in file.zones], "geojson")
        _write(output, made.data)
        say(f"wrote {output}: {sum(len(file.zones) for file in read)} zones")


@zones.command()
@_files
@_form
@_json
def check(files: tuple[Path, ...], form: str | None, as_json: bool) -> None:
    """Ask whether zone FILEs can be read without any doubt: exit 1 where one was repaired, doubted or left out."""
    read = _read(files, form)
    for file in read:
        _print_report(file, as_json=as_json)
    if any(file.found.refused or file.found.doubted or file.found.doubts for file in read):
        sys.exit(DOES_NOT_HOLD)


@zones.command()
@_files
@click.option("--to", "to", required=True, type=click.Choice(FORMATS), help="The format to write.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write it. Default: standard output.")
@_form
def export(files: tuple[Path, ...], to: str, output: Path | None, form: str | None) -> None:
    """Write the zones of FILEs in another format; what that format cannot carry is named, zone by zone."""
    from skykeep.station import zonefiles

    made = zonefiles.write([zone for file in _read(files, form) for zone in file.zones], to)
    for loss in made.lost:
        say(loss)
    if output is None:
        sys.stdout.buffer.write(made.data)
    else:
        _write(output, made.data)
        say(
            f"wrote {output}; {len(made.lost)} things that {to} cannot carry"
            if made.lost
            else f"wrote {output}; nothing is lost"
        )


@zones.command()
@_files
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("zones.html"), show_default=True,
              help="A .html page to move about in, or an .svg picture.")  # fmt: skip
@click.option("--title", help="Title of the map. Default: the names of the files.")
@click.option("--lat", type=float, help="Mark this place (degrees).")
@click.option("--lon", type=float, help="Mark this place (degrees).")
@_time
@_form
def draw(files: tuple[Path, ...], output: Path, title: str | None, lat: float | None, lon: float | None,
         time: str | None, form: str | None) -> None:  # fmt: skip
    """Draw the zones of FILEs as one offline page, or as a picture: what holds where, how high and when."""
    from skykeep.station import zonedraw
    from skykeep.station.zonebook import open_book

    if (lat is None) != (lon is None):
        raise click.UsageError("--lat and --lon: give both or neither")
    with _working("reading"):
        book = open_book(files, time=time, form=form)
    place = None if lat is None or lon is None else (lat, lon)
    zonedraw.draw(book, output, title=title or ", ".join(path.stem for path in files), place=place)
    say(f"wrote {output}: {len(book.zones)} zones")


@zones.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--permits", multiple=True, type=click.Path(path_type=Path), help="Say which of these permits it hits. Repeatable."
)
@click.option("--record", type=click.Path(path_type=Path), help="Say which tracks of this record it hits.")
@_form
@_json
def diff(old: Path, new: Path, permits: tuple[Path, ...], record: Path | None, form: str | None, as_json: bool) -> None:
    """Say in plain words what changed between two zone files, OLD and NEW, and which permits and tracks it hits."""
    from skykeep.station import zonedifftext

    for line in zonedifftext.told(old, new, permits=permits, record=record, form=form, as_json=as_json):
        click.echo(line)


@zones.command()
@_files
@click.option("--lat", type=float, help="Latitude in degrees, north positive.")
@click.option("--lon", type=float, help="Longitude in degrees, east positive.")
@click.option(
    "--height", metavar="HEIGHT", help="Such as 60m-agl, 200ft-amsl, 95m-hae, FL65. Default: heights are not compared."
)
@_time
@click.option(
    "--points",
    type=click.Path(path_type=Path),
    help='Ask for many: a file {"points": [{"lat": …, "lon": …}, …]}; - is standard input.',
)
@click.option("--horizontal", is_flag=True, help="Ignore heights, hours and rules: which outlines hold the place.")
@click.option(
    "--terrain", multiple=True, type=click.Path(path_type=Path), help="Ground heights, GeoTIFF or HGT. Repeatable."
)
@click.option("--qnh", "qnh_hpa", type=float, metavar="HPA", help="Air pressure at sea level, for flight levels.")
@click.option("--lang", metavar="LANG", help="Language of the sentences: en, de. Default: that of the system.")
@_form
@_json
def at(files: tuple[Path, ...], lat: float | None, lon: float | None, height: str | None, time: str | None,
       points: Path | None, horizontal: bool, terrain: tuple[Path, ...], qnh_hpa: float | None, lang: str | None,
       form: str | None, as_json: bool) -> None:  # fmt: skip
    """Answer "may I fly here?" from zone FILEs, for one place (--lat, --lon) or for many (--points).

    Each zone is told with its rule and the words that decide. --points answers {"points": [{…, "inside": [ids]}]} in
    the order of the question. It is asked for somebody without a permit; no answer is an authorisation.
    """
    from skykeep.station import zoneanswers
    from skykeep.station.zonebook import open_book

    if (points is None) == (lat is None or lon is None):
        raise click.UsageError("give --lat and --lon for one place, or --points for many")
    with _working("reading"):
        book = open_book(files, time=time, form=form, terrain=terrain, qnh_hpa=qnh_hpa)
    _say_refused(book)
    if points is not None:
        click.echo(zoneanswers.many(book, points, height=height, horizontal=horizontal, as_json=as_json))
    elif lat is not None and lon is not None:
        asked = zoneanswers.Asked(lat, lon, height, time, horizontal=horizontal)
        click.echo(zoneanswers.one(book, asked, lang=lang, as_json=as_json))
    for note in book.notes:
        say(note)


def _read(files: tuple[Path, ...], form: str | None) -> list[ZoneFile]:
    from skykeep.station import zonefiles

    with _working("reading", sum(path.stat().st_size for path in files if path.is_file())) as step:
        read = []
        for path in files:
            read.append(zonefiles.read_file(path, form))
            step(read[-1].size)
    return read


@contextlib.contextmanager
def _working(what: str, size: int | None = None) -> Iterator[Callable[[int], None]]:
    from skykeep.station.terminal import progress

    with progress(what, size) as step:
        yield step


def _print_report(file: ZoneFile, *, as_json: bool) -> None:
    from skykeep.station import zonereport

    for line in zonereport.as_json(file) if as_json else zonereport.as_lines(file):
        click.echo(line)


def _say_refused(book: ZoneBook) -> None:
    for told in book.refused:
        say(f"left out: {told}")


def _write(path: Path, data: bytes) -> None:
    from skykeep.errors import Unavailable

    try:
        path.write_bytes(data)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}") from error
