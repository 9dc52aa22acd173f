"""Damaged OpenAir and GeoJSON: nothing but Malformed is raised, and what is read is a zone that the record can hold.

`SKYKEEP_FUZZ_SEED=7 pytest tests/fuzz/test_fuzz_openair.py` tries other damage; a failure names its case.
"""

import os
import random

import pytest

from skykeep.errors import Malformed
from skykeep.facts import codec
from skykeep.facts.enacted import Circle
from skykeep.wire import geojson, geojson_write, openair, openair_write
from tests.fuzz.damage import damaged
from tests.wire.test_openair import ALL, ONE

SEED = int(os.environ.get("SKYKEEP_FUZZ_SEED", "20240401"))
CASES = 400
PIECES = (
    b"AC ", b"AN ", b"AI X\n", b"AL FL", b"AH UNL\n", b"DP ", b"DB ", b"DA 5, 0, 90\n", b"DC 1\n", b"DY 1\n", b"V X=", b"V D=-\n", b"AA NONE\n",
    b"46:00:00 N 008:00:00 E", b"91:00:00 N", b"\n", b"\r", b"*", b"\xc3", b"\xff", b"\0", b",", b'"', b"{", b"[", b"]}", b"1e999", b"NaN", b"null",
    b"-1", b"9" * 70, b'"Polygon"', b'"Point"', b'"mapping":"skykeep-zone/1"', b'"radius_m":5', b"GND", b"4500ft", b"TO x\n",
)  # fmt: skip



def check(reader, data):
    reader.sniff(data)
    try:
        done = reader.read(data, source_sha256="")
    except Malformed:
        return 0
    assert len({zone.zone_id for zone in done.zones}) == len(done.zones)
    for zone in done.zones:
        assert codec.decode(codec.encode(zone)) == zone
        assert zone.volumes
        for volume in zone.volumes:
            outline = volume.outline
            places = [(outline.lat_e7, outline.lon_e7)] if isinstance(outline, Circle) else [v for ring in outline.rings for v in ring]
            assert all(abs(lat) <= 900_000_000 and abs(lon) <= 1_800_000_000 for lat, lon in places)
    back = geojson.read(geojson_write.write(done.zones).data, source_sha256="")
    assert [zone.volumes for zone in back.zones] == [zone.volumes for zone in done.zones]
    openair.read(openair_write.write(done.zones).data, source_sha256="")
    return len(done.zones)


@pytest.mark.parametrize("form", ["openair", "geojson"])
def test_damage_is_refused_or_read_never_worse(form):
    reader = {"openair": openair, "geojson": geojson}[form]
    whole = [ALL.encode(), ONE.encode()]
    if form == "geojson":
        whole = [geojson_write.write(openair.read(data, source_sha256="").zones).data for data in whole]
    zones = 0
    for case in range(CASES):
        rng = random.Random(SEED << 20 | case)
        data = damaged(rng.choice(whole), rng, PIECES)
        try:
            zones += check(reader, data)
        except Exception as error:
            error.add_note(f"case {case} of seed {SEED}: {data[:2000]!r}")
            raise
    assert zones > CASES // 10
