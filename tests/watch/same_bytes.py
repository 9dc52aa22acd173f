"""Print the sha256 of what the watch concludes of the reference scenario: `python -m tests.watch.same_bytes [...]`.

    --levels L0 L1 L2 L3 --n 20 --seconds 20 --seed 1     one line a level: level and digest
    --threads 2                                           each level in two threads at once: both must agree
    --keep FOLDER                                         read the facts from there, or write them where there are none

The digest is over the canonical bytes of every conclusion, in order. Facts are decoded from their bytes as in a replay.
They are kept from one circumstance to the next, because what makes them (NumPy's distributions and trigonometry) may
well depend on the processor, and may: it is what the watch makes of them that must not.
"""

import argparse
import hashlib
import pathlib
import sys
import threading

import msgspec

from skykeep.facts import codec
from skykeep.sim.scenario import make
from skykeep.sim.scenario_facts import heard
from skykeep.watch.settings import WatchSettings
from skykeep.watch.state import State
from skykeep.watch.step import Tick, next_due_ns, step

LEVELS = ("L0", "L1", "L2", "L3")
TICK_NS = 100_000_000


def ticks(level: str, n: int, seconds: float, seed: int) -> list[tuple[int, list[bytes]]]:
    """Return the scenario's ticks, facts as bytes."""
    scenario = make(n=n, level=level, seed=seed, duration_s=seconds)
    return [(tick.now_ns, [codec.encode(fact) for fact in tick.facts]) for tick in heard(scenario)]


def kept(folder: pathlib.Path | None, level: str, n: int, seconds: float, seed: int) -> list[tuple[int, list[bytes]]]:
    """Return the ticks from a folder, made and written there at the first time."""
    if folder is None:
        return ticks(level, n, seconds, seed)
    file = folder / f"{level}-{n}-{seconds:g}-{seed}.msgpack"
    if not file.exists():
        file.write_bytes(msgspec.msgpack.encode(ticks(level, n, seconds, seed)))
    return msgspec.msgpack.decode(file.read_bytes(), type=list[tuple[int, list[bytes]]])


def digest(bodies: list[tuple[int, list[bytes]]]) -> str:
    """Step through the ticks, and those between in which something is due; return the digest of the conclusions."""
    state, sha, number = State(WatchSettings()), hashlib.sha256(), 0
    for now_ns, body in bodies:
        while (due_ns := next_due_ns(state)) <= now_ns - TICK_NS:
            number += 1
            _step(state, Tick(number, -(-due_ns // TICK_NS) * TICK_NS, ()), sha)
        number += 1
        _step(state, Tick(number, now_ns, [codec.decode_trusted(each) for each in body]), sha)
    return sha.hexdigest()


def _step(state: State, tick: Tick, sha) -> None:
    _, told = step(state, tick)
    for fact in told:
        body = codec.encode(fact)
        sha.update(len(body).to_bytes(4, "big") + body)


def together(bodies: list[tuple[int, list[bytes]]], threads: int) -> list[str]:
    """Return the digest of each of so many threads that step the same ticks at once."""
    found = [""] * threads

    def run(place: int) -> None:
        found[place] = digest(bodies)

    each = [threading.Thread(target=run, args=(place,)) for place in range(threads)]
    for thread in each:
        thread.start()
    for thread in each:
        thread.join()
    return found


def main(arguments: list[str]) -> int:
    """Print one line a level."""
    parser = argparse.ArgumentParser(description="Digests of the watch's conclusions.")
    parser.add_argument("--levels", nargs="+", choices=LEVELS, default=list(LEVELS))
    parser.add_argument("--n", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--keep", type=pathlib.Path)
    options = parser.parse_args(arguments)
    for level in options.levels:
        bodies = kept(options.keep, level, options.n, options.seconds, options.seed)
        found = together(bodies, options.threads)
        if len(dict.fromkeys(found)) > 1:
            print(f"{level}: threads differ: {found}", file=sys.stderr)
            return 1
        print(level, found[0])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
