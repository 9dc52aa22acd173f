"""Folds a record into a database of views until it is killed: a program for the crash tests."""

import pathlib
import random
import sys

from skykeep.station.store import Store
from skykeep.station.telling import Telling
from skykeep.web.mirror import fold
from skykeep.web.viewsdb import ViewsDb


def main(record: pathlib.Path, path: pathlib.Path, seed: int) -> None:
    """Go on from the cursor; flush by chance, and print the cursor after each flush."""
    chance, telling = random.Random(seed), Telling()
    with ViewsDb(path) as views, Store.open(record, read_only=True) as store:
        views.require_of("r")
        live = views.live()
        for row in store.rows(views.cursor):
            views.take(fold(live, telling.row(row)))
            if chance.random() < 0.2:
                views.flush(live)
                print(views.cursor, flush=True)
        views.flush(live)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3]))
