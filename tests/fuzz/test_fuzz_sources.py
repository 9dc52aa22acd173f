"""Damaged reports: a document comes out, or one of our errors, and the checks of it end.

`SKYKEEP_FUZZ_SEED=7 pytest tests/fuzz/test_fuzz_sources.py` tries other damage; a failure names its case.
"""

import os
import random
import sys

import pytest

from skykeep.account import checks
from skykeep.errors import Malformed, Refused
from skykeep.facts import codec
from skykeep.station import sources
from tests.account.invented import Gazetteer
from tests.fuzz.damage import damaged
from tests.station.test_sources import PAGE, RECORDED_NS, WORDS, pdf

SEED = int(os.environ.get("SKYKEEP_FUZZ_SEED", "20240401"))
CASES = 150
TEXT = f"""Two drones over Westport
By Ann Bell, IPN
WESTPORT, Norland, Wednesday 7 February 2024 (IPN) — {WORDS} Westport is about 862 km (535 miles) from Eastham.
“No one was injured,” he said on Tuesday. At least three drones, or dozens, flew at 60 mph (97 km/h) on 07/02/2024.
"""
SEEDS = {
    "text": TEXT.encode(),
    "utf-16": TEXT.encode("utf-16"),
    "cp1252": TEXT.encode("cp1252"),
    "page": PAGE.encode(),
    "pdf": pdf("Two drones were seen.", "Westport is 862 km from Eastham."),
    "locked": pdf("Two drones were seen.", password=""),
}
PIECES = (
    b"%PDF-", b"<html>", b"<p>", b"</p>", b"<!--", b"-->", b"<script>", b"<![CDATA[", b"&#xD800;", b"&#0;", b"&amp;", b"<title>", b"\xff\xfe",
    b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\0", b"\r", b"\n", b"\xe2\x80\xae", b"endobj", b"stream\n", b"/Length 999999999", b"/Kids [1 0 R]",
    b"/Filter [/FlateDecode /LZWDecode]", b"9" * 70, b"km (", b" from ", b"30 February 2024 ", b"99/99/9999 ", b"By ", b"date ", b"\xe2\x80\x9c" * 40,
)  # fmt: skip



def case(kind, number):
    """Read one damaged file, by its number alone; return whether it was read."""
    rng = random.Random(f"{SEED} {kind} {number}")
    refused = "x: "
    try:
        document = sources.read(damaged(SEEDS[kind], rng, PIECES, again_max=29), "x", RECORDED_NS)
    except (Malformed, Refused) as error:
        document, refused = None, str(error)
    assert refused.startswith("x: ")
    if document is None:
        return False
    assert codec.decode(codec.encode(document.source)) == document.source
    for check in checks.check((document,), Gazetteer()):
        for figure in check.figures:
            assert document.text[figure.span.start : figure.span.end] == figure.words
    return True


@pytest.fixture(autouse=True)
def in_place(monkeypatch):
    """PDFs are read in this process: a process for each of hundreds would take a minute, and is tested elsewhere."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)


@pytest.mark.parametrize("kind", SEEDS)
def test_damaged_reports_are_read_or_refused(kind):
    read = 0
    for number in range(CASES):
        try:
            read += case(kind, number)
        except Exception:
            print(f"{kind}, case {number}: SKYKEEP_FUZZ_SEED={SEED}")
            raise
    assert read > 0


@pytest.mark.soak
@pytest.mark.parametrize("kind", SEEDS)
def test_thousands_of_damaged_reports(kind):
    assert sum(case(kind, number) for number in range(CASES, 5_000)) > 0
