"""`skykeep erase`: the person is nowhere any more, and everything else holds."""

import json

import pytest

from skykeep.facts import codec
from skykeep.facts.personal import KeyedNames, NameKind
from skykeep.ledger import factproof
from skykeep.ledger.tick import LeafKind
from skykeep.station import erasing
from skykeep.station.store import Store
from tests.cli.calling import SERIAL, ZONES, call, rows

ADDRESS = "90:3A:E6:5B:C8:A8"


def forms(value):
    """All the bytes that a value may stand as."""
    plain = value.encode()
    found = [plain, plain.lower(), plain.upper(), plain.hex().encode(), plain.hex().upper().encode()]
    if ":" in value:
        address = bytes.fromhex(value.replace(":", ""))
        found += [address, address[::-1], address.hex().encode()]
    return found


def where(record, value):
    """The files, and the bodies in the database, that hold a value in any form."""
    found = [
        path.name for path in record.rglob("*") if path.is_file() and any(f in path.read_bytes() for f in forms(value))
    ]
    with Store.open(record, read_only=True) as store:
        for row in store.rows():
            found += [
                f"entry {row.entry_index} leaf {number}"
                for number, leaf in enumerate(row.leaves)
                if leaf.body is not None and any(form in leaf.body for form in forms(value))
            ]
            if row.state_sha256 is not None:
                state = store.get_snapshot(row.state_sha256)
                found += ["state"] * (state is not None and any(form in state for form in forms(value)))
    return found


def kept_leaves(record):
    """Leaves of other things than the person: places in the record to prove before and after."""
    with Store.open(record, read_only=True) as store:
        return [
            (row.entry_index, number)
            for row in store.rows()
            for number, leaf in enumerate(row.leaves)
            if leaf.kind in {LeafKind.FACT, LeafKind.CONCLUSION}
        ]


@pytest.mark.parametrize("value", [SERIAL, SERIAL.lower(), ADDRESS])
@pytest.mark.requirement("RECORD-5")
@pytest.mark.capability("Erase one person's values: proofs of the rest hold, replay stays identical")
def test_an_erased_value_is_nowhere_and_all_else_holds(record, vkey, tmp_path, value):
    assert where(record, value.upper())
    replayed = call("replay", record).stdout
    places = kept_leaves(record)[::40]
    for number, (entry, leaf) in enumerate(places):
        assert (
            call("prove", record, "--entry", entry, "--leaf", leaf, "-o", tmp_path / f"before-{number}").exit_code == 0
        )
    erased = call("erase", record, value)
    assert erased.exit_code == 0
    assert erased.stdout.startswith("erased 1 personal values and ")
    assert where(record, value.upper()) == []
    for number, (entry, leaf) in enumerate(places):
        call("prove", record, "--entry", entry, "--leaf", leaf, "-o", tmp_path / f"after-{number}")
        proofs = [(tmp_path / f"{when}-{number}").read_bytes() for when in ("before", "after")]
        assert proofs[0] == proofs[1]
        factproof.parse(proofs[1]).verify(vkey)
    assert call("replay", record).stdout == replayed
    assert call("replay", record).exit_code == 0
    verified = call("verify", record, "--key", vkey)
    assert verified.exit_code == 0
    names, frames = (int(word) for word in erased.stdout.split() if word.isdigit())
    assert f"{names + frames} leaves were erased: their hashes hold" in verified.stdout
    again = call("erase", record, value)
    assert (again.exit_code, "or it was erased already" in again.stderr) == (2, True)


def test_people_are_told_that_it_was_erased(record, tmp_path):
    call("erase", record, SERIAL)
    shown = call("run", "--zones", ZONES, "--record", record, record.parent / "small.pcap", "--json", "--reveal")
    (row,) = rows(shown)
    assert (row["identity_state"], SERIAL in shown.stdout) == ("erased", False)
    assert call("report", record, "-o", tmp_path / "page.html", "--reveal").exit_code == 0
    page = (tmp_path / "page.html").read_text()
    assert "erased" in page
    assert SERIAL not in page
    assert "erased" in call("explain", record, "--track", row["track_id"], "--reveal").stdout


def test_other_persons_stay(record):
    def values():
        with Store.open(record, read_only=True) as store:
            return [
                codec.decode_trusted(leaf.body).value
                for row in store.rows()
                for leaf in row.leaves
                if leaf.kind == LeafKind.NAME and leaf.body is not None
            ]

    before = values()
    call("erase", record, SERIAL)
    assert values() == [value for value in before if value != SERIAL]


@pytest.mark.requirement("RECORD-5")
def test_all_that_a_track_said_of_persons_can_be_erased_at_once(record, vkey):
    replayed = call("replay", record).stdout
    with Store.open(record, read_only=True) as store:
        leaves = [leaf for row in store.rows() for leaf in row.leaves]
    said = [codec.decode_trusted(leaf.body).value for leaf in leaves if leaf.kind == LeafKind.NAME]
    assert {SERIAL, ADDRESS.lower()} <= {each if each == SERIAL else each.lower() for each in said}
    told = call("erase", record, "--track", 1, "--dry-run").stdout
    assert where(record, SERIAL)
    erased = call("erase", record, "--track", 1)
    assert erased.exit_code == 0, erased.stderr
    assert told == f"would {erased.stdout.strip().replace('erased', 'erase', 1)}; nothing was erased\n"
    for value in said:
        assert where(record, value) == [], value
    assert call("replay", record).stdout == replayed
    assert call("verify", record, "--key", vkey).exit_code == 0
    again = call("erase", record, "--track", 1)
    assert (again.exit_code, "or it was erased already" in again.stderr) == (2, True)


def test_what_to_erase_is_said_in_one_of_two_ways(record):
    for options in ((), (SERIAL, "--track", 1)):
        result = call("erase", record, *options)
        assert (result.exit_code, "either a VALUE or --track ID" in result.stderr) == (2, True)
    assert "holds no track 77" in call("erase", record, "--track", 77).stderr


def test_whoever_is_not_there_cannot_be_erased(record, tmp_path):
    nobody = call("erase", record, "NOBODY")
    assert (nobody.exit_code, "does not hold 'NOBODY'" in nobody.stderr) == (2, True)
    with Store.open(record):
        assert call("erase", record, SERIAL).exit_code == 2


def test_a_damaged_frame_that_holds_the_value_goes_too(tmp_path):
    lines = tmp_path / "tracks.jsonl"
    lines.write_text(
        '{"time": "2026-05-01T10:00:00Z", "lat": 47.0, "lon": 8.0, "serial": "PERSON0001"}\n'
        '{"time": "2026-05-01T10:00:01Z", "lat": 470, "lon": 8.0, "serial": "PERSON0001"}\n'
        '{"time": "2026-05-01T10:00:02Z", "lat": "PERSON0001", "lon": 8.0, "PERSON0001": 3}\n'
        '{"time": "2026-05-01T10:00:02Z", "modality": "PERSON0001"}\n'
        '{"time": "PERSON0001"}\n'
        '{"time": "2026-05-01T10:00:02Z", "modality": "\\"PERSON0001 and a text that is so long that it is cut somewhere"}\n'
        '{"time": "2026-05-01T10:00:02Z", "lat": 47.0, "lon": 8.0, "serial": "person0001", "cut\n'
    )
    record = tmp_path / "record"
    assert call("run", "--record", record, f"tracks:{lines}").exit_code == 0
    assert len(where(record, "PERSON0001")) >= 3
    assert call("erase", record, "PERSON0001").exit_code == 0
    assert where(record, "PERSON0001") == []
    assert call("replay", record).exit_code == 0


# ---- whole values, and nobody else's ---------------------------------------------------------------------


@pytest.fixture
def tracks(tmp_path):
    """A record of three who begin alike, heard as text, of which the last sends a frame that cannot be read."""
    lines = tmp_path / "tracks.jsonl"
    said = [
        ("PERSON0001", "XSMnobody0000001"),
        ("PERSON00012", "XSMnobody0000002"),
        ("PERSON0001A", "XSMnobody0000002"),
    ]
    rows_of = [
        {"time": f"2026-05-01T10:00:{n:02}Z", "lat": 47.0 + k / 100, "lon": 8.0, "serial": serial, "operator": operator}
        for n in range(5)
        for k, (serial, operator) in enumerate(said)
    ]
    lines.write_text("".join(f"{json.dumps(row)}\n" for row in rows_of) + '{"time": "x", "serial": "PERSON0001A"}\n')
    record = tmp_path / "alike"
    assert call("run", "--record", record, f"tracks:{lines}").exit_code == 0
    return record


def held(record):
    """How many leaves hold each serial, and how many are left."""
    with Store.open(record, read_only=True) as store:
        left = [leaf.body for row in store.rows() for leaf in row.leaves if leaf.body is not None]
    return [sum(f'"{serial}"'.encode() in body for body in left) for serial in SERIALS], len(left)


SERIALS = ("PERSON0001", "PERSON00012", "PERSON0001A")


@pytest.mark.requirement("RECORD-5")
@pytest.mark.parametrize(
    "options",
    [
        ("PERSON000",),
        ("PERSON0001", "--kind", "opr"),
        ("nobody",),
        ("nobody", "--kind", "uas"),
        ("serial",),
        ("serial", "--kind", "uas"),
        ("operator",),
    ],
)
def test_a_part_of_a_value_a_word_of_the_format_and_another_kind_erase_nothing(tracks, options):
    before = held(tracks)
    for more in ((), ("--dry-run",)):
        refused = call("erase", tracks, *options, *more)
        assert (refused.exit_code, "give it whole" in refused.stderr) == (2, True), refused.output
    assert held(tracks) == before


def test_the_dry_run_shows_that_a_whole_word_of_every_frame_is_nobodys_value(tracks):
    told = call("erase", tracks, "2026", "--dry-run")
    assert told.stdout == "would erase 0 personal values and 15 raw frames; nothing was erased\n"
    assert call("erase", tracks, "2026", "--kind", "uas").exit_code == 2


@pytest.mark.requirement("RECORD-5")
@pytest.mark.parametrize("kind", [(), ("--kind", "uas")])
def test_who_begins_alike_stays_and_the_dry_run_tells_what_goes(tracks, kind):
    before, count = held(tracks)
    assert before == [5, 5, 6]
    told = call("erase", tracks, "PERSON0001", *kind, "--dry-run")
    assert told.stdout == "would erase 1 personal values and 5 raw frames; nothing was erased\n"
    assert held(tracks) == (before, count)
    done = call("erase", tracks, "PERSON0001", *kind)
    assert done.stdout == "erased 1 personal values and 5 raw frames\n"
    assert held(tracks) == ([0, 5, 6], count - 6)
    assert call("erase", tracks, "PERSON0001A", *kind).stdout == "erased 1 personal values and 6 raw frames\n"
    assert held(tracks)[0] == [0, 5, 0]


def test_what_stands_beside_a_value_in_bytes():
    what = erasing.sought(KeyedNames(b"k" * 32), "Mara Holt", None)
    whole = [
        b"Mara Holt",
        b'{"by":"mara holt"}',
        b"\0\0MARA HOLT\0",
        b"(Mara Holt)",
        rb'{"said": "Once\nMara Holt came"}',
    ]
    parts = [b"Mara Holter", b"Tamara Holt", b'{"Mara Holt" : 1}', "éMara Holt".encode(), b"Mara  Holt", b"Mara Hol"]
    assert [what.stands_whole(data) for data in whole] == [True] * 5
    assert [what.stands_whole(data) for data in parts] == [False] * 6
    assert what.may_stand(b"\x01AMara Holt\0"), "the byte before it is the end of another field"
    assert not any(what.may_stand(data) for data in (b"AMara Holt", b"\x01TaMara Holt\0", b"\x01Mara Holter\0"))
    address = erasing.sought(KeyedNames(b"k" * 32), "90:3A:E6:5B:C8:A8", None)
    assert address.stands_whole(b"1" + bytes.fromhex("903ae65bc8a8") + b"1")
    assert not erasing.sought(KeyedNames(b"k" * 32), "90:3A:E6:5B:C8:A8", NameKind.UAS_ID).stands_whole(
        bytes.fromhex("903ae65bc8a8")
    )
