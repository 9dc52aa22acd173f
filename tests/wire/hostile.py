"""Zone files that mean harm, and a child process that reads them with its memory bounded.

    python -m tests.wire.hostile FORMAT ...  reads every case of these formats, a JSON line each: format, case, outcome, words, seconds of the processor

Each format has a fork of its own, which finds what is the same for all formats made already. An outcome is "malformed" (the file was refused) or "read" (zones and reports); anything else ends the process.
"""

import functools
import gc
import io
import json
import math
import os
import pathlib
import resource
import sys
import time
import traceback
import zipfile

from skykeep.errors import Malformed
from skykeep.station.zonefiles import READERS

MEMORY_MAX = 1_200_000_000
"""Bytes of address space that a reader may take beyond what is there before it begins, the file itself included."""

NUMBERS = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "-1e400",
    "1e-400",
    "9" * 5_000,
    "0." + "9" * 5_000,
    "1e99999999999",
    "0x1F",
    "--1",
    "",
    "\u0661",
)

KML = ('<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{zones}</Document></kml>',
       '<Placemark id="{id}"><name>Zone</name>{extra}<Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>',
       lambda lat, lon: f"{lon},{lat} ")  # fmt: skip
AIXM = ('<m:AIXMBasicMessage xmlns:m="m" xmlns:aixm="http://www.aixm.aero/schema/5.1" xmlns:gml="g">{zones}</m:AIXMBasicMessage>',
        ('<m:hasMember><aixm:Airspace><gml:identifier>{id}</gml:identifier><aixm:timeSlice><aixm:AirspaceTimeSlice><aixm:type>P</aixm:type>'
        '<aixm:designator>{id}</aixm:designator>{extra}<aixm:geometryComponent><aixm:AirspaceGeometryComponent><aixm:theAirspaceVolume><aixm:AirspaceVolume>'
        '<aixm:horizontalProjection><aixm:Surface srsName="EPSG:4326"><gml:patches><gml:PolygonPatch><gml:exterior><gml:LinearRing><gml:posList>{ring}</gml:posList>'
        '</gml:LinearRing></gml:exterior></gml:PolygonPatch></gml:patches></aixm:Surface></aixm:horizontalProjection></aixm:AirspaceVolume></aixm:theAirspaceVolume>'
        '</aixm:AirspaceGeometryComponent></aixm:geometryComponent></aixm:AirspaceTimeSlice></aixm:timeSlice></aixm:Airspace></m:hasMember>'),
        lambda lat, lon: f"{lat} {lon} ")  # fmt: skip
ED269 = ('{{"features": [{zones}]}}',
         ('{{"identifier": "{id}", "country": "FIN", "name": "Zone", "type": "COMMON", "restriction": "PROHIBITED", "x": "{extra}", "geometry": [{{"uomDimensions": "M", "lowerLimit": 0,'
         ' "lowerVerticalReference": "AGL", "upperLimit": 120, "upperVerticalReference": "AGL", "horizontalProjection": {{"type": "Polygon", "coordinates": [[{ring}]]}}}}]}},'),
         lambda lat, lon: f"[{lon},{lat}],")  # fmt: skip
ED318 = ('{{"type": "FeatureCollection", "features": [{zones}]}}',
         '{{"type": "Feature", "properties": {{"identifier": "{id}", "type": "PROHIBITED", "x": "{extra}"}}, "geometry": {{"type": "Polygon", "coordinates": [[{ring}]]}}}},',
         lambda lat, lon: f"[{lon},{lat}],")  # fmt: skip
UASFM = (ED318[0], '{{"type": "Feature", "properties": {{"CEILING": 100, "APT1_ICAO": "KLGA", "OBJECTID": "{id}", "x": "{extra}"}}, "geometry": {{"type": "Polygon", "coordinates": [[{ring}]]}}}},',
         lambda lat, lon: f"[{lon},{lat}],")  # fmt: skip


def _dms(degree, width, signs):
    try:
        seconds = round(abs(degree) * 3600 * 100)
    except (TypeError, OverflowError, ValueError):
        return f"{degree}{signs[0]}"
    whole, rest = divmod(seconds, 100)
    return f"{whole // 3600:0{width}}{whole // 60 % 60:02}{whole % 60:02}.{rest:02}{signs[degree < 0]}"


def _colons(degree, width, signs):
    text = _dms(degree, width, signs)
    return text if not text[:6].isdecimal() else f"{text[:width]}:{text[width : width + 2]}:{text[width + 2 :]}"


NOTAM = ("{zones}", "(A{id} NOTAMN\nQ) UKBV/QRTCA/IV/BO/W/000/030/5030N03030E025\nA) UKBV B) 2605010600 C) 2605301800\nE) AREA {ring} {extra}\nF) SFC G) 3000FT AMSL)\n",
         lambda lat, lon: f"{_dms(lat, 2, 'NS')}{_dms(lon, 3, 'EW')} - ")  # fmt: skip
OPENAIR = ("{zones}", "AC P\nAN Zone {id}\n* {extra}\nAH 1000ft AMSL\nAL GND\n{ring}\n\n", lambda lat, lon: f"DP {_colons(lat, 2, 'NS')} {_colons(lon, 3, 'EW')}\n")  # fmt: skip
TEMPLATES = {"ed269": ED269, "ed318": ED318, "geojson": ED318, "uasfm": UASFM, "kml": KML, "aixm": AIXM, "notam": NOTAM, "openair": OPENAIR}  # fmt: skip
READER = {reader.SOURCE_FORMAT: reader for reader in READERS}

SQUARE = ((50.0, 10.0), (50.0, 10.5), (50.5, 10.5), (50.5, 10.0), (50.0, 10.0))
CROSSING = ((50.0, 10.0), (50.5, 10.5), (50.5, 10.0), (50.0, 10.5), (50.0, 10.0))


def identifier(form, number):
    return f"{number % 10_000:04}/26" if form == "notam" else f"Z{number}"


def zone(form, points, *, number=1, extra=""):
    _, each, place = TEMPLATES[form]
    ring = "".join(place(lat, lon) for lat, lon in points).rstrip(", -" if form != "notam" else " -")
    return each.format(id=identifier(form, number), extra=extra, ring=ring)


def file(form, *zones):
    text = TEMPLATES[form][0].format(zones="".join(zones).rstrip(","))
    return text.encode()


def seed(form):
    """A small honest file of the format."""
    return file(form, zone(form, SQUARE), zone(form, [(lat + 1, lon) for lat, lon in SQUARE], number=2))


@functools.cache
def circle(count):
    step = 2 * math.pi / count
    points = [(round(50 + 5 * math.sin(n * step), 9), round(10 + 5 * math.cos(n * step), 9)) for n in range(count)]
    return [*points, points[0]]


@functools.cache
def zip_bomb(declared=None):
    """Two hundred million spaces in a KMZ, which may say that they are fewer."""
    return zipped(b" " * 200_000_000, declared=declared)


def zipped(text, *, declared=None):
    held = io.BytesIO()
    with (
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("doc.kml", "w", force_zip64=False) as member,
    ):
        for _ in range(len(text) // 1_000_000 + 1):
            member.write(text[:1_000_000])
    raw = bytearray(held.getvalue())
    if declared is not None:
        at = raw.index(b"PK\x01\x02")
        raw[at + 24 : at + 28] = declared.to_bytes(4, "little")
        raw[22:26] = declared.to_bytes(4, "little")
    return bytes(raw)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


def cases(form):
    """Yield (name, bytes) of every case, one after the other, so that only one is in memory."""
    honest = seed(form)
    root = "kml" if form == "kml" else "AIXMBasicMessage"
    yield "billion laughs", f'<!DOCTYPE {root} [<!ENTITY l0 "ha">{LAUGHS}]><{root}>&l11;</{root}>'.encode()
    yield (
        "quadratic blow-up",
        f'<!DOCTYPE {root} [<!ENTITY a "{"a" * 100_000}">]><{root}>{"&a;" * 100_000}</{root}>'.encode(),
    )
    yield "external entity", f'<!DOCTYPE {root} [<!ENTITY x SYSTEM "file:///etc/passwd">]><{root}>&x;</{root}>'.encode()
    yield "zip bomb, declared", zip_bomb()
    yield "zip bomb, undeclared", zip_bomb(declared=1_000)
    yield "a million vertices", file(form, zone(form, circle(1_000_000)))
    yield "two million vertices", two_million(form)
    yield "twenty thousand zones", file(form, *(zone(form, SQUARE, number=n) for n in range(20_000)))
    yield "one identifier twenty thousand times", file(form, *([zone(form, SQUARE)] * 20_000))
    for sign in ("[", "{", '{"a":', "<a>", "(", '[{"features":['):
        yield f"200,000 nested {sign}", (sign * 200_000).encode()
        yield f"200,000 nested {sign} in a zone", file(form, zone(form, SQUARE, extra=sign * 200_000))
    for number in NUMBERS:
        yield (
            f"{number[:12]} as a coordinate",
            file(form, zone(form, ((number, 10.0), *SQUARE)), zone(form, ((50.0, number), *SQUARE), number=2)),
        )
    yield "a ring that crosses itself", file(form, zone(form, CROSSING))
    yield "100 MB of spaces", b" " * 100_000_000
    yield "100 MB of spaces inside", honest[:-3] + b" " * 99_000_000 + honest[-3:]
    yield "100 MB of line ends", b"\n" * 99_000_000 + honest
    yield "100 MB of the same again", (honest * (100_000_000 // len(honest)))[:100_000_000]
    yield "100 MB of one word", honest.replace(b"Zone", b"Z" * 99_000_000)
    yield "100 MB of NUL", bytes(100_000_000)
    yield "100 MB of brackets", b"[" * 100_000_000
    yield "100 MB of angles", b"<" * 100_000_000
    yield "100 MB of empty elements", b"<kml>" + b"<a/>" * 24_000_000
    yield "100 MB of one attribute", b"<kml a='" + b"a" * 99_000_000
    yield "100 MB of one comment", b"<kml><!--" + b"a" * 99_000_000
    yield "100 MB of quotes", b'{"features": ["' + b'\\"' * 49_000_000
    yield "over 100 MB", honest + b" " * 100_000_001
    for at in range(0, len(honest), max(1, len(honest) // 20)):
        yield f"NUL at {at}", honest[:at] + b"\0" + honest[at:]
    for encoding in ("utf-16", "utf-16-le", "utf-32", "utf-7", "cp037", "shift_jis"):
        yield f"in {encoding}", honest.decode().encode(encoding)
    yield "not UTF-8", honest.replace(b"Zone", b"Z\xf6ne").replace(b"AREA", b"\xc4REA").replace(b"KLGA", b"K\xff")
    yield "lone surrogate", honest.replace(b"Zone", b"Z\xed\xa0\x80").replace(b"AREA", b"\xed\xa0\x80")
    yield "great arcs", great_arcs(form)


def two_million(form):
    """A zone of two million vertices, four places again and again."""
    place = TEMPLATES[form][2]
    ring = "".join(place(lat, lon) for lat, lon in SQUARE[:4])
    return file(form, zone(form, SQUARE)).replace(ring.encode(), ring.encode() * 500_000)


def great_arcs(form):
    """A small file that draws arcs of a thousand kilometres, each of some fifty thousand vertices."""
    if form == "openair":
        return b"".join(
            b"AC P\nAN Arc %d\nAH UNL\nAL GND\nV X=50:00:00 N 010:00:00 E\nDA 500,0,359\n\n" % n for n in range(2_000)
        )
    if form != "aixm":
        return seed(form)
    arc = ('<gml:Ring><gml:curveMember><gml:Curve><gml:segments><gml:ArcByCenterPoint><gml:pos>80 10</gml:pos><gml:radius uom="KM">1000</gml:radius><gml:startAngle>0</gml:startAngle>'
           "<gml:endAngle>359</gml:endAngle></gml:ArcByCenterPoint></gml:segments></gml:Curve></gml:curveMember></gml:Ring>")  # fmt: skip
    each = zone(form, ()).replace("<gml:LinearRing><gml:posList></gml:posList></gml:LinearRing>", arc)
    assert arc in each
    return file(form, *([each] * 2_000))


def _bound():
    """Let this process have no more address space than it has now and MEMORY_MAX."""
    now = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY_MAX, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _unbound():
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def outcome(reader, data):
    """Return what became of a file: ("malformed", words) or ("read", counts)."""
    reader.sniff(data)
    try:
        done = reader.read(data, source_sha256="x")
    except Malformed as error:
        return "malformed", str(error)
    said = [*(report.what for report in done.refused), *(report.what for report in done.doubted), done.doubts]
    if any(not word.strip() for words in said for word in words) or not (done.zones or done.refused or done.doubts):
        raise AssertionError("an import without a word")
    return "read", f"{len(done.zones)} zones, {len(done.refused)} refused, {len(done.doubted)} doubted"


def read_all(form):
    """Read every case of a format and print what became of it."""
    reader = READER[form]
    reader.read(seed(form), source_sha256="x")  # what is compiled and imported on first use is no part of the measure
    for name, data in cases(form):
        _bound()
        begin = time.process_time()
        became, words = outcome(reader, data)
        cpu_s = time.process_time() - begin
        _unbound()
        print(
            json.dumps(
                {
                    "form": form,
                    "case": name,
                    "outcome": became,
                    "words": words[:300],
                    "length": len(words),
                    "cpu_s": round(cpu_s, 2),
                }
            ),
            flush=True,
        )


def main(forms):
    """Read the cases of several formats, each in a fork; returns an exit code."""
    circle(1_000_000), zip_bomb(), zip_bomb(declared=1_000)
    gc.freeze()  # what is held here is no garbage that a fork should look through
    for form in forms:
        child = os.fork()
        if child == 0:
            try:
                read_all(form)
            except BaseException:  # noqa: BLE001 - as the interpreter itself does
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
