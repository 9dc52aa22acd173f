"""How fast the ledger proves and verifies, and what a fact costs in the record.

    python benchmarks/ledger.py [--entries 10000000] [--facts 200000] [--json]

Builds a log of that many entries (hash tiles in a temporary directory), then times proofs of random entries, each
read from the files anew, and their verification. Then appends facts to a store and counts facts a second, until all
are durable, and bytes a fact. The facts are Remote ID locations, a tick of 2,000 each, made from one seed.
Goals: proof <= 2 ms, verification <= 50 µs, 20,000 facts a second.
"""

import argparse
import json
import pathlib
import random
import statistics
import tempfile
import time
from collections.abc import Callable

from skykeep.facts import codec
from skykeep.facts.frame import Frame
from skykeep.facts.observed import FlightStatus, LinkTrust, LocationHeard
from skykeep.geo.altitude import Altitude, Datum
from skykeep.ledger import note, tree
from skykeep.ledger.entry import SIZE
from skykeep.ledger.tick import Leaf, LeafKind
from skykeep.ledger.tiles import Edge, Tile, TileHashes
from skykeep.station.logfiles import LogFiles
from skykeep.station.store import Store
from skykeep.station.verify import check

TICK_FACTS = 2_000
SAMPLES = 2_000
SIGNER = note.Signer.from_seed("example.org/benchmark", bytes(32))


def build(size: int, place: pathlib.Path) -> bytes:
    """Write the hash tiles of a log of `size` entries, not synced; gives the root."""
    edge = Edge()
    for i in range(size):
        for tile, data in edge.append(tree.leaf_hash(entry(i))):
            write(place, tile, data)
    for tile, data in edge.partials():
        write(place, tile, data)
    return edge.root()


def entry(i: int) -> bytes:
    """As many bytes as an Entry/1 has."""
    return i.to_bytes(SIZE, "big")


def write(place: pathlib.Path, tile: Tile, data: bytes) -> None:
    file = place / tile.path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def prove_and_verify(size: int, root: bytes, read: Callable[[str], bytes]) -> dict[str, float]:
    chance = random.Random(1)
    proving, verifying = [], []
    for _ in range(SAMPLES):
        index = chance.randrange(size)
        t0 = time.perf_counter()
        path = tree.prove_inclusion(index, size, TileHashes(size, read))
        t1 = time.perf_counter()
        tree.verify_inclusion(leaf=tree.leaf_hash(entry(index)), index=index, size=size, path=path, root=root)
        verifying.append(time.perf_counter() - t1)
        proving.append(t1 - t0)
    return {
        "inclusion_proof_median_ms": statistics.median(proving) * 1e3,
        "inclusion_proof_p99_ms": statistics.quantiles(proving, n=100)[98] * 1e3,
        "verify_median_us": statistics.median(verifying) * 1e6,
    }


def ticks_of(n_facts: int) -> list[list[Leaf]]:
    """Locations of 1,000 drones, encoded as the record holds them, each after the frame it was read from."""
    chance = random.Random(2)
    return [
        [leaf for n in range(TICK_FACTS) for leaf in heard(chance, t * TICK_FACTS + n)]
        for t in range(n_facts // TICK_FACTS)
    ]


def heard(chance: random.Random, n: int) -> tuple[Leaf, Leaf]:
    """One frame of 25 + 50 bytes (message and its link's header), and the location read from it."""
    t_ns = 1_700_000_000_000_000_000 + n * 50_000
    raw = Frame("remote-id", 105, "roof-1", t_ns, t_ns + 3_000_000, LinkTrust.OPEN, chance.randbytes(75))
    fact = LocationHeard(
        sensor_id="roof-1", transmitter=f"tx:{chance.randrange(1_000):016d}", t_event_ns=t_ns,
        t_arrival_ns=t_ns + 3_000_000, link_trust=LinkTrust.OPEN, frame=n % TICK_FACTS, status=FlightStatus.AIRBORNE,
        lat_e7=504_500_000 + chance.randrange(2_000_000), lon_e7=305_200_000 + chance.randrange(3_000_000),
        altitude=Altitude(chance.randrange(400_000), Datum.HAE), pressure_altitude=None,
        height=Altitude(chance.randrange(120_000), Datum.TAKEOFF), speed_mmps=chance.randrange(25_000),
        vspeed_mmps=chance.randrange(-4_000, 4_000), heading_mdeg=chance.randrange(360_000), pos_accuracy_mm=10_000,
        alt_accuracy_mm=10_000, pressure_accuracy_mm=None, speed_accuracy_mmps=1_000,
        t_claimed_ds=n % 36_000, t_accuracy_ds=1,
    )  # fmt: skip
    return Leaf(LeafKind.FRAME, codec.encode(raw)), Leaf(LeafKind.FACT, codec.encode(fact))


def append(n_facts: int, place: pathlib.Path) -> dict[str, float]:
    ticks = ticks_of(n_facts)
    n_facts = len(ticks) * TICK_FACTS
    body_bytes = sum(len(leaf.body or b"") for leaves in ticks for leaf in leaves)
    with Store.create(place, meta={}) as store:
        t0 = time.perf_counter()
        for i, leaves in enumerate(ticks):
            store.append(1, i, i, leaves, bytes(32), bytes(32))
        store.wait_durable(len(ticks))
        took_s = time.perf_counter() - t0
        t0 = time.perf_counter()
        store.seal(SIGNER)
        sealed_s = time.perf_counter() - t0
    t0 = time.perf_counter()
    check(place, SIGNER.verifier.vkey)
    checked_s = time.perf_counter() - t0
    disk_bytes = sum(p.stat().st_size for p in place.rglob("*") if p.is_file())
    return {
        "append_facts_per_s": n_facts / took_s,
        "check_facts_per_s": n_facts / checked_s,
        "seal_ms": sealed_s * 1e3,
        "bytes_a_fact_and_its_frame": body_bytes / n_facts,
        "disk_bytes_a_fact_and_its_frame": disk_bytes / n_facts,
    }


def silent(n_ticks: int, place: pathlib.Path) -> dict[str, float]:
    """What a tick costs by itself: one fact each, all waiting to be committed together."""
    with Store.create(place, meta={}) as store:
        t0 = time.perf_counter()
        for i in range(n_ticks):
            store.append(1, i, i, [Leaf(LeafKind.FACT, b"x")], bytes(32), bytes(32))
        store.wait_durable(n_ticks)
        took_s = time.perf_counter() - t0
    disk_bytes = sum(p.stat().st_size for p in place.rglob("*") if p.is_file())
    return {"ticks_per_s": n_ticks / took_s, "disk_bytes_a_tick": disk_bytes / n_ticks}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=10_000_000, help="size of the log that proofs are taken from")
    parser.add_argument("--facts", type=int, default=200_000, help="facts to append to a store")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="skykeep-benchmark-") as text:
        place = pathlib.Path(text)
        t0 = time.perf_counter()
        root = build(asked.entries, place / "log")
        numbers: dict[str, float] = {"entries": asked.entries, "build_s": time.perf_counter() - t0}
        numbers |= prove_and_verify(asked.entries, root, LogFiles(place / "log").read)
        numbers |= append(asked.facts, place / "record") | silent(5_000, place / "silent")
    if asked.json:
        print(json.dumps(numbers))
    else:
        for name, value in numbers.items():
            print(f"{name:34} {value:,.3f}")


if __name__ == "__main__":
    main()
