"""However a recording is cut into files, and in whatever order they are given, the record says the same."""

import pathlib

import pytest

from skykeep.facts.enacted import Began
from skykeep.ledger.tick import LeafKind
from skykeep.sim.chance import Chance
from skykeep.sim.radio import Captured, pcap
from skykeep.station.run import bodies
from skykeep.station.simulated import LaidOut, lay_out, story
from skykeep.station.store import Store
from skykeep.wire import pcap as reader
from tests.sim.telling import RECORD_ID, START_NS, run_job


def said(record: pathlib.Path) -> list[tuple]:
    """Everything that a record says but `Began`: ticks, and the bodies of each kind of leaf in their order."""
    with Store.open(record, read_only=True) as store:
        return [
            (row.tick, row.now_ns, *(bodies(row, kind) for kind in LeafKind))
            for row in store.rows()
            if Began.__struct_config__.tag.encode() not in b"".join(bodies(row, LeafKind.FACT))
        ]


def in_pieces(laid: LaidOut, folder: pathlib.Path, chance: Chance, count: int) -> tuple[str, ...]:
    """Cut each input into `count` files between two frames, and mix them."""
    inputs = []
    for spec in laid.inputs:
        head, _, path = spec.partition(":")
        inputs += [f"{head}:{piece}" for piece in _cut(pathlib.Path(path), folder, chance, count)]
    return tuple(chance.shuffled(inputs))


def _cut(path: pathlib.Path, folder: pathlib.Path, chance: Chance, count: int) -> list[pathlib.Path]:
    if path.suffix == ".pcap":
        records = [Captured(record.t_ns, "", record.data) for record in reader.records([path.read_bytes()])]
    else:
        records = path.read_bytes().splitlines(keepends=True)
    borders = sorted({1 + chance.below(len(records) - 1) for _ in range(count - 1)})
    pieces = []
    for number, (first, after) in enumerate(zip([0, *borders], [*borders, len(records)], strict=True)):
        part = records[first:after]
        piece = folder / f"{path.stem}-{number}{path.suffix}"
        piece.write_bytes(pcap(part) if path.suffix == ".pcap" else b"".join(part))
        pieces.append(piece)
    return pieces


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    laid = lay_out(story(4, START_NS), folder)
    run_job(laid.job(folder / "record", record_id=RECORD_ID))
    return laid, said(folder / "record")


@pytest.mark.parametrize(("seed", "count"), [(1, 2), (2, 3), (3, 7)])
def test_files_cut_between_frames_and_mixed_give_the_same_record(whole, tmp_path, seed, count):
    laid, expected = whole
    inputs = in_pieces(laid, tmp_path, Chance(seed, "split"), count)
    pieces = LaidOut(inputs, laid.zones, laid.permits, laid.simulated)
    run_job(pieces.job(tmp_path / "record", record_id=RECORD_ID))
    assert said(tmp_path / "record") == expected, f"seed {seed}, {count} pieces: {inputs}"


def test_a_file_given_twice_changes_nothing(whole, tmp_path):
    laid, expected = whole
    twice = LaidOut((*laid.inputs, *laid.inputs), laid.zones, laid.permits, laid.simulated)
    run_job(twice.job(tmp_path / "record", record_id=RECORD_ID))
    assert said(tmp_path / "record") == expected
