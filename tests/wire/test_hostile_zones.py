"""Zone files that mean harm: each importer refuses them or reads them with words, in bounded memory, and never hangs.

Every case of `hostile.cases` is read in a child process whose address space may grow by `hostile.MEMORY_MAX` and no
more. The children have half an hour only so that a reader that never ends fails the test instead of stopping it.
"""

import functools
import itertools
import json
import subprocess
import sys

import pytest

from skykeep.errors import Malformed
from skykeep.facts.enacted import Circle
from tests.conftest import ROOT
from tests.wire import hostile
from tests.wire.zonecheck import read

FORMS = sorted(hostile.READER)
HALVES = {form: FORMS[number % 2 :: 2] for number, form in enumerate(FORMS)}


def half(form):
    """Return the mark of a test of a format: those of one half go to one worker, where its children run once for all."""
    return pytest.mark.xdist_group(f"hostile-{HALVES[form][0]}")


CHILDREN = [pytest.param(form, marks=half(form)) for form in FORMS]
MUST_BE_REFUSED = (
    "billion laughs", "quadratic blow-up", "external entity", "zip bomb, declared", "zip bomb, undeclared",
    "100 MB of spaces", "100 MB of NUL", "100 MB of brackets", "100 MB of angles", "100 MB of empty elements",
    "100 MB of one attribute", "100 MB of one comment", "100 MB of quotes", "over 100 MB",
)  # fmt: skip


@functools.cache
def all_told(*forms):
    """Return what became of each case of several formats, as the children tell it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.wire.hostile", *forms],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1_800,
        check=False,
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    said = f"{rows[-1]['form']}, after {rows[-1]['case']}" if rows else "before the first case"
    assert done.returncode == 0, f"{said}: {done.stderr[-2000:]}"
    return rows


def told(form):
    """Return what became of each case of a format, as its child tells it."""
    return {row["case"]: row for row in all_told(*HALVES[form]) if row["form"] == form}


@pytest.mark.slow
@pytest.mark.requirement("LAW-10")
@pytest.mark.capability("Meet hostile zone files with a refusal, in bounded time and memory")
@pytest.mark.parametrize("form", CHILDREN)
def test_every_case_ends_in_words_within_bounded_memory(form):
    rows = told(form)
    assert len(rows) >= 60
    assert {row["outcome"] for row in rows.values()} <= {"malformed", "read"}
    assert max(row["length"] for row in rows.values()) < 400


@pytest.mark.slow
@pytest.mark.parametrize("form", CHILDREN)
def test_what_no_zone_file_can_be_is_refused_as_a_whole(form):
    rows = told(form)
    assert [name for name in MUST_BE_REFUSED if rows[name]["outcome"] != "malformed"] == []


@pytest.mark.slow
@pytest.mark.parametrize("form", [one for one in CHILDREN if one.values[0] in {"aixm", "kml"}])
def test_definitions_inside_a_file_are_named_as_the_reason(form):
    for case in ("billion laughs", "quadratic blow-up", "external entity"):
        assert "DOCTYPE" in told(form)[case]["words"]
    assert "deep" in told(form)["200,000 nested <a>"]["words"]


@pytest.mark.slow
@half("kml")
def test_a_zip_bomb_is_named_as_the_reason():
    assert "would have" in told("kml")["zip bomb, declared"]["words"]
    assert "not a KMZ file" in told("kml")["zip bomb, undeclared"]["words"]


def test_a_reader_that_takes_too_much_memory_is_found():
    """The bound is real: the child cannot get more."""
    program = "from tests.wire import hostile\nhostile._bound()\nheld = bytearray(hostile.MEMORY_MAX + 10**8)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "MemoryError" in done.stderr


@pytest.mark.parametrize("form", FORMS)
def test_the_honest_file_beside_them_is_read(form):
    raw = hostile.seed(form)
    reader = hostile.READER[form]
    assert reader.sniff(raw)
    done = read(reader, raw)
    assert (len(done.zones), done.refused) == (2, [])
    assert not any(isinstance(volume.outline, Circle) for zone in done.zones for volume in zone.volumes)


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_breaks_off_anywhere_is_refused_or_read_with_words(form):
    raw = hostile.seed(form)
    outcomes = [hostile.outcome(hostile.READER[form], raw[: len(raw) * part // 50]) for part in range(50)]
    assert {outcome for outcome, _ in outcomes} <= {"malformed", "read"}
    if form not in {"notam", "openair"}:  # these have no end that could be missing
        assert {outcome for outcome, _ in outcomes[1:49]} == {"malformed"}


@pytest.mark.parametrize(("name", "form"), [
    ("shapes/aixm51-gb.xml", "aixm"), ("shapes/faa-uasfm.json", "uasfm"), ("shapes/ed269-ch.json", "ed269"), ("ed318_official/Example_Collection.json", "ed318"),
    ("interuss/rid_flights_zurich.kml", "kml"), ("openair/ch_disentis_2025_mil_on.txt", "openair"),
])  # fmt: skip
def test_real_files_that_break_off_at_every_fiftieth(shared, name, form):
    raw = (shared / "data/zones" / name).read_bytes()
    whole = hostile.READER[form].read(raw, source_sha256="x")
    for part in range(50):
        outcome, _ = hostile.outcome(hostile.READER[form], raw[: len(raw) * part // 50])
        assert outcome in {"malformed", "read"}
    assert whole.zones


def test_no_reader_takes_the_file_of_another():
    """Where two readers both know a file, the order in which they are asked decides; nobody knows a file of another family."""
    kin = {
        "ed269": {"ed269"},
        "ed318": {"ed318", "geojson"},
        "uasfm": {"uasfm", "ed318", "geojson"},
        "geojson": {"ed318", "geojson"},
    }
    for form, other in itertools.product(FORMS, FORMS):
        known = hostile.READER[other].sniff(hostile.seed(form))
        assert not known or other in kin.get(form, {form})


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("number", hostile.NUMBERS)
def test_a_number_that_is_none_never_becomes_a_place(form, number):
    raw = hostile.file(
        form, hostile.zone(form, ((number, 10.0), *hostile.SQUARE)), hostile.zone(form, hostile.SQUARE, number=2)
    )
    try:
        done = read(hostile.READER[form], raw)
    except Malformed:
        return
    for zone in done.zones:
        for volume in zone.volumes:
            outline = volume.outline
            if isinstance(outline, Circle):  # of the Q) line of a NOTAM
                assert form == "notam"
            elif number not in ("1e-400", "0." + "9" * 5_000):  # these are places: 0 and almost 1 degree north
                assert all(499_999_999 < lat < 505_000_001 for ring in outline.rings for lat, _ in ring)


@pytest.mark.parametrize("form", FORMS)
def test_a_ring_that_crosses_itself_encloses_nothing_that_is_known(form):
    done = read(
        hostile.READER[form],
        hostile.file(form, hostile.zone(form, hostile.CROSSING), hostile.zone(form, hostile.SQUARE, number=2)),
    )
    if form == "notam":  # the circle of Q), which encloses it
        assert isinstance(done.zones[0].volumes[0].outline, Circle)
        assert any("crosses itself" in doubt for doubt in done.zones[0].doubts)
    else:
        assert len(done.zones) == 1
        assert "crosses itself near 50.25" in done.refused[0].what[0]
