"""`skykeep erase`: the person is nowhere any more, and everything else holds."""

import pytest

from skykeep.facts import codec
from skykeep.ledger import factproof
from skykeep.ledger.tick import LeafKind
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
    erased = call("erase", record, "--track", 1)
    assert erased.exit_code == 0, erased.stderr
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
