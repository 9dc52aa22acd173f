"""The end of a station: what was heard before it is in the record."""

import json
import time

from skykeep.ledger.tick import LeafKind
from skykeep.station.inputs import Arrived
from skykeep.station.run import bodies
from skykeep.station.store import Store
from tests.station.living import CONFIG, INSIDE, home, living

FRAMES = 3_000


def plots():
    now_ns = time.time_ns()
    for number in range(FRAMES):
        line = {
            "time": now_ns / 1e9, "sensor": "radar-1", "track": str(number % 7), "modality": "radar",
            "lat": INSIDE[0], "lon": INSIDE[1], "alt_amsl_m": 700, "accuracy_m": 10,
        }  # fmt: skip
        yield Arrived(now_ns + number, "radar-1", json.dumps(line).encode(), format="tracks")


def test_what_waited_when_the_station_was_ended_is_recorded():
    with home(CONFIG + "\n[watch]\ntick_bytes_max = 500\n") as at:
        with living(at) as one:
            assert one.station.inbox.put_all("push", list(plots())) == FRAMES
        assert not [note for note in one.notes if "could not be judged" in note]
        with Store.open(at.record, read_only=True) as store:
            assert sum(len(list(bodies(row, LeafKind.FRAME))) for row in store.rows()) == FRAMES
