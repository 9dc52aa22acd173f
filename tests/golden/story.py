"""The golden story: fifty seconds of the town's story as committed files, and the conclusions that they must yield.

`python -m tests.golden` runs it here and prints the hash of its conclusions; with `--update` it writes them anew.
"""

import gzip
import pathlib
import sys
import tempfile
from collections.abc import Iterator

import msgspec

from skykeep.facts import codec, columns
from skykeep.facts.codec import Fact
from skykeep.facts.concluded import TracksEstimated
from skykeep.ledger.tick import LeafKind
from skykeep.sim.radio import Captured, pcap
from skykeep.station.replay import replay
from skykeep.station.run import bodies
from skykeep.station.simulated import LaidOut, story
from skykeep.station.store import Store
from skykeep.wire import pcap as reader
from skykeep.wire import readsb
from tests.sim.telling import RECORD_ID, START_NS, run_job

FOLDER = pathlib.Path(__file__).resolve().parent / "town"
CONCLUSIONS = FOLDER / "conclusions.jsonl"
SHA256 = FOLDER / "conclusions.sha256"
FROM_S, TO_S = 60, 110  # a copied serial, a changed radio address, a revocation, a ban that begins
SEED = 1


def inputs() -> LaidOut:
    """Return the committed files, ready to be run."""
    return LaidOut(
        inputs=(
            f"remote-id@sim-north:{FOLDER / 'sim-north.pcap.gz'}",
            f"remote-id@sim-south:{FOLDER / 'sim-south.pcap.gz'}",
            f"readsb@sim-adsb:{FOLDER / 'sim-adsb.jsonl.gz'}",
        ),
        zones=FOLDER / "zones.json",
        permits=FOLDER / "permits.json",
        simulated=frozenset({"sim-north", "sim-south", "sim-adsb"}),
    )


def run_and_replay(folder: pathlib.Path, laid: LaidOut) -> tuple[bytes, str]:
    """Run the story into a record and replay it; return its conclusions as JSON lines and their hash."""
    record = folder / "record"
    run_job(laid.job(record, record_id=RECORD_ID))
    replayed = replay(record)
    assert replayed.identical, replayed.first
    return b"".join(line + b"\n" for line in lines(record)), replayed.sha256


def lines(record: pathlib.Path) -> Iterator[bytes]:
    """Yield the conclusions of a record, one a line."""
    with Store.open(record, read_only=True) as store:
        for row in store.rows():
            for body in bodies(row, LeafKind.CONCLUSION):
                yield from readable(row.tick, codec.decode_trusted(body))


def readable(tick: int, fact: Fact) -> list[bytes]:
    """Return a conclusion as lines that people can compare: columns as their rows."""
    if not isinstance(fact, TracksEstimated):
        return [codec.to_json(fact)]
    told = {"fact": codec.to_plain(fact)["fact"], "told_ns": fact.t_ns}
    return [msgspec.json.encode(told | msgspec.structs.asdict(row)) for row in columns.unfold(fact, tick)]


def write_inputs() -> None:
    """Cut the committed files out of the story."""
    of = story(SEED, START_NS)
    from_ns, to_ns = START_NS + FROM_S * 10**9, START_NS + TO_S * 10**9
    for name, data in of.files.items():
        if name.endswith(".pcap"):
            within = (one for one in reader.records([data]) if from_ns <= one.t_ns < to_ns)
            kept = pcap(Captured(one.t_ns, "", one.data) for one in within)
        else:
            lines = data.splitlines(keepends=True)
            kept = b"".join(line for line in lines if from_ns <= readsb.arrival_ns(line) < to_ns)
        (FOLDER / f"{name}.gz").write_bytes(gzip.compress(kept, mtime=0))
    (FOLDER / "zones.json").write_bytes(of.zones)
    (FOLDER / "permits.json").write_bytes(of.permits)


def main(arguments: list[str]) -> int:
    """Print the hash of the conclusions; `--update` writes conclusions anew, `--update-inputs` the inputs before."""
    if unknown := [one for one in arguments if one not in {"--update", "--update-inputs"}]:
        print(f"python -m tests.golden [--update | --update-inputs], not {unknown[0]}", file=sys.stderr)
        return 2
    if "--update-inputs" in arguments:
        write_inputs()
    with tempfile.TemporaryDirectory() as folder:
        lines, sha256 = run_and_replay(pathlib.Path(folder), inputs())
    if arguments:
        CONCLUSIONS.write_bytes(lines)
        SHA256.write_text(sha256 + "\n", "ascii")
    print(sha256)
    return 0
