"""Appends to a store until it is killed, and prints each acknowledgement: a program for the crash tests."""

import pathlib
import sys

from skykeep.ledger import note
from skykeep.ledger.tick import Leaf
from skykeep.station.store import Store

SIGNER = note.Signer.from_seed("example.org/station", bytes(range(32)))


def leaves_of(i):
    return [Leaf(n % 4 + 1, b"leaf %d of tick %d" % (n, i)) for n in range(i % 9)]


def main(path):
    with Store.open(path, on_durable=lambda n: print(n, flush=True)) as store:
        print("open", flush=True)
        while True:
            i = store.entries_count
            store.append(1, i, i, leaves_of(i), bytes(32), bytes(32))
            if i % 50 == 49:
                store.seal(SIGNER)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
