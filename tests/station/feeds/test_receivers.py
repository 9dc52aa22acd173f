"""The kit that people own, from what it publishes to the facts: over a real broker, over ZMQ."""

import gzip
import json
import pathlib

import pytest

from skykeep.facts.observed import LocationHeard
from skykeep.facts.personal import KeyedNames
from skykeep.station.settings import Settings
from skykeep.station.ticks import Gatherer
from tests.station.feeds import peers

VECTORS = pathlib.Path(__file__).parents[2] / "vectors"
DRONESCOUT = (VECTORS / "dronescout/ble_legacy.jsonl").read_bytes().splitlines()
WARDRAGON = [
    json.dumps(json.loads(line)["msg"]).encode()
    for line in gzip.decompress((VECTORS / "wardragon/dragonsync_generator_denver.jsonl.gz").read_bytes()).splitlines()
]


@pytest.mark.parametrize(("kind", "form", "payloads", "sensor_id", "own_time"), [
    (peers.Broker, "dronescout", DRONESCOUT, "SNSTAC-CUAS-0002", True), (peers.Publishing, "wardragon", WARDRAGON, "kit", False),
], ids=["dronescout", "wardragon"])  # fmt: skip
def test_what_a_receiver_publishes_becomes_facts(kind, form, payloads, sensor_id, own_time, tmp_path, station):
    peer = kind(tmp_path)
    try:
        one = station(format=form, sensor_id="kit", anonymous=True, address=peer.address(), **kind.settings)
        one.connected()
        peer.send(payloads)
        one.until_frames(len(payloads))
    finally:
        peer.kill()
    gatherer = Gatherer(Settings(), KeyedNames(b"k" * 32), frozenset())
    tick = gatherer.gather(one.taken[-1].t_arrival_ns, one.taken, ())
    heard = [fact for fact in tick.facts if isinstance(fact, LocationHeard)]
    assert gatherer.faults == []
    assert len(heard) >= len(payloads)
    assert {fact.sensor_id for fact in heard} == {sensor_id}
    assert all((fact.t_event_ns != fact.t_arrival_ns) == own_time for fact in heard)
    assert gatherer.counted[sensor_id][1] == 0
