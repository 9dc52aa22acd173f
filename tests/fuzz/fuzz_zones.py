"""Damaged zone files of every format: each ends in Malformed, or in zones and reports with words.

    python -m tests.fuzz.fuzz_zones --format kml --count 10000 --seed 1

Every case has a number; a failure prints the command that repeats that case alone.
"""

import argparse
import contextlib
import pathlib
import random
import sys
import time
import warnings

from skykeep.errors import Malformed
from tests.wire import hostile
from tests.wire.zonecheck import read

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = ROOT / "tests" / "vectors"
SHARED = ROOT.parent / "shared" / "data" / "zones"
LENGTH_MAX = 60_000

REAL = {
    "ed269": (VECTORS / "zones/ch_cis_sample_ed269.json", SHARED / "shapes/ed269-ch.json"),
    "ed318": (VECTORS / "zones/Example_Collection.json", SHARED / "shapes/es_enaire_0006-4.json"),
    "aixm": (SHARED / "shapes/aixm51-gb.xml",),
    "kml": (SHARED / "interuss/rid_flights_zurich.kml",),
    "uasfm": (SHARED / "shapes/faa-uasfm.json",),
    "notam": (VECTORS / "zones_invented/areas.notam.txt",),
    "openair": (SHARED / "openair/ch_disentis_2025_mil_on.txt",),
}
PIECES = (
    b"", b"0", b"-", b".", b"9" * 40, b"1e9", b"NaN", b"\0", b"\xff", b"\xc3\xa4", b'"', b"<", b">", b"&", b"/", b"[", b"]", b"{", b"}", b",", b":",
    b"null", b"true", b"180", b"-180", b"90", b"99999", b"FL999", b"UNL", b"GND", b"EXC", b"\n", b" ", b"<!DOCTYPE a>", b"<![CDATA[", b"xlink:href='#a1v'",
)  # fmt: skip


def seeds(form):
    """Valid files: an invented one, and real ones where they are beside this clone; a zipped one for KML."""
    found = [hostile.seed(form), *(path.read_bytes()[:LENGTH_MAX] for path in REAL.get(form, ()) if path.is_file())]
    if form == "kml":
        found.append(hostile.zipped(found[0]))
    return found


WORDS = (
    b"0",
    b"-1",
    b"1e9",
    b"NaN",
    b"9" * 40,
    b"181",
    b"99999",
    b"FL999",
    b"UNL",
    b"GND",
    b"SUBTR",
    b"R",
    b"",
    b"x",
    b"24:00",
    b"2026-02-30",
    b"\xc3\xa4",
)


def reworded(raw, chance):
    """Replace a few words or numbers by others, so that what holds them stays whole."""
    data = bytearray(raw)
    for _ in range(chance.randint(1, 4)):
        (start, end), (other, its_end) = (_word(data, chance.randrange(len(data))) for _ in range(2))
        data[start:end] = chance.choice((bytes(data[other:its_end]), chance.choice(WORDS)))
    return bytes(data)


def _word(data, at):
    start = end = at
    while start > 0 and data[start - 1 : start].isalnum():
        start -= 1
    while end < len(data) and data[end : end + 1].isalnum():
        end += 1
    return start, end


def damaged(raw, chance):
    """Cut, repeat, replace, swap and flip, a few times; or change words alone."""
    if chance.randrange(2):
        return reworded(raw, chance)
    data = bytearray(raw)
    for _ in range(chance.randint(1, 6)):
        at, length = chance.randrange(len(data) + 1), chance.choice((1, 1, 2, 4, 16, 200))
        match chance.randrange(6):
            case 0:
                data[at : at + length] = b""
            case 1:
                data[at:at] = data[at : at + length] * chance.randint(1, 3)
            case 2:
                data[at : at + chance.choice((0, 0, 1, length))] = chance.choice(PIECES)
            case 3:
                other = chance.randrange(len(data) + 1)
                data[at : at + length], data[other : other + length] = (
                    data[other : other + length],
                    data[at : at + length],
                )
            case 4 if at < len(data):
                data[at] ^= 1 << chance.randrange(8)
            case _:
                data[at : at + length] = bytes(chance.randrange(256) for _ in range(min(length, 8)))
    return bytes(data)


def check(form, data):
    """Read one damaged file; True where it was read, False where it was refused."""
    reader = hostile.READER[form]
    reader.sniff(data)
    with contextlib.suppress(Malformed), warnings.catch_warnings():
        warnings.simplefilter("error")
        read(reader, data)
        return True
    return False


def run(form, *, count, seed, start=0):
    """Read `count` damaged files; return how many of them were read and not refused."""
    honest, done = seeds(form), 0
    for number in range(start, start + count):
        chance = random.Random(f"{form} {seed} {number}")
        data = damaged(chance.choice(honest), chance)
        try:
            done += check(form, data)
        except BaseException:
            print(
                f"repeat: python -m tests.fuzz.fuzz_zones --format {form} --seed {seed} --start {number} --count 1",
                file=sys.stderr,
            )
            raise
    return done


def main():
    """Fuzz one format from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--format", choices=sorted(hostile.READER), required=True)
    for name, default in (("count", 1_000), ("seed", 1), ("start", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    begin = time.perf_counter()
    done = run(given.format, count=given.count, seed=given.seed, start=given.start)
    print(
        f"{given.format}: {given.count} damaged files, {done} read, {given.count - done} refused, {time.perf_counter() - begin:.1f} s"
    )


if __name__ == "__main__":
    main()
