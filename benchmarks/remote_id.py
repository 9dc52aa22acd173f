"""Open Drone ID Location messages a second: singly, as facts from whole beacons, in a batch, and beside plain struct.

    python -m benchmarks.remote_id [--json] [--count N] [--rounds N]

The peer is the decoder that a script would have: one struct.unpack into a dict of floats, no checks. All run in the
same process on the same messages, taking turns; a round is all of them once, the median of the rounds is printed.
"""

import argparse
import json
import random
import statistics
import struct
import time
from collections.abc import Callable

import numpy as np

from skykeep.facts.frame import Frame
from skykeep.facts.observed import FlightStatus, LinkTrust
from skykeep.facts.personal import KeyedNames
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import remote_id, remote_id_batch
from skykeep.wire.remote_id_message import decode_message, encode_message
from skykeep.wire.remote_id_quantity import location

GOALS = {"message": 200_000, "fact_bare": 200_000, "batch": 5_000_000}


def made(count: int, seed: int = 1) -> list[bytes]:
    """`count` Location messages of invented flights near one place, every field known."""
    rng = random.Random(seed)
    return [
        encode_message(
            location(
                status=rng.choice((FlightStatus.GROUND, FlightStatus.AIRBORNE, FlightStatus.EMERGENCY)),
                lat_e7=470_000_000 + rng.randrange(10_000_000),
                lon_e7=80_000_000 + rng.randrange(10_000_000),
                speed_mmps=rng.randrange(0, 100_000),
                vspeed_mmps=rng.randrange(-10_000, 10_000),
                heading_mdeg=rng.randrange(360_000),
                pos_accuracy_mm=10_000,
                alt_accuracy_mm=10_000,
                t_claimed_ds=rng.randrange(36_000),
                t_accuracy_ds=5,
                altitude=Altitude(rng.randrange(300_000, 900_000), Datum.HAE),
                pressure_altitude=Altitude(rng.randrange(300_000, 900_000), Datum.STD),
                height=Altitude(rng.randrange(0, 120_000), Datum.TAKEOFF),
            )
        )
        for _ in range(count)
    ]


_PEER = struct.Struct("<BBBBbiiHHHBBHBB")


def peer(data: bytes) -> dict[str, float]:
    """What a script does: unpack, multiply, put in a dict."""
    _, bits, direction, speed, vspeed, lat, lon, baro, geo, height, acc, acc2, t, t_acc, _ = _PEER.unpack(data)
    return {
        "status": bits >> 4,
        "height_type": bits >> 2 & 1,
        "direction": direction + (180 if bits & 2 else 0),
        "speed": speed * 0.75 + 63.75 if bits & 1 else speed * 0.25,
        "vspeed": vspeed * 0.5,
        "lat": lat / 1e7,
        "lon": lon / 1e7,
        "alt_baro": baro * 0.5 - 1000,
        "alt_geo": geo * 0.5 - 1000,
        "height": height * 0.5 - 1000,
        "acc_v": acc >> 4,
        "acc_h": acc & 15,
        "acc_baro": acc2 >> 4,
        "acc_speed": acc2 & 15,
        "time": t / 10,
        "acc_t": (t_acc & 15) / 10,
    }


def contenders(messages: list[bytes]) -> dict[str, Callable[[], None]]:
    """Name and a call that decodes all the messages once."""
    names = KeyedNames(bytes(32))

    def framed(link: int | None, data: bytes) -> Frame:
        return Frame("remote-id", link, "s", 1, 2, LinkTrust.OPEN, data)

    mac = bytes.fromhex("903ae65bc8a8")
    beacons = [framed(105, remote_id.beacon(mac, 1, b"\xf2\x19\x01" + data, "drone")) for data in messages]
    bare = [framed(None, data) for data in messages]
    rows = np.frombuffer(b"".join(messages), dtype=np.uint8).reshape(-1, 25)

    def facts(frames: list[Frame]) -> None:
        for frame in frames:
            remote_id.decode(frame, 0, names)

    def each(decode: Callable[[bytes], object]) -> None:
        for data in messages:
            decode(data)

    return {
        "peer": lambda: each(peer),
        "message": lambda: each(decode_message),
        "fact_bare": lambda: facts(bare),
        "fact_beacon": lambda: facts(beacons),
        "batch": lambda: void(remote_id_batch.locations(rows)),
    }


def void(_: object) -> None:
    """Nobody looks at the answer."""


WORDS = {
    "peer": "plain struct.unpack into a dict (peer)",
    "message": "one message to a struct, every bit kept",
    "fact_bare": "one message to a fact in units, range-checked",
    "fact_beacon": "whole Wi-Fi beacon with a pack of one, to a fact",
    "batch": "NumPy batch to integer columns, same values",
}


def measure(count: int, rounds: int) -> dict[str, float]:
    """Locations a second by contender, the median over the rounds."""
    runs = contenders(made(count))
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            began = time.perf_counter()
            run()
            rates[name].append(count / (time.perf_counter() - began))
    return {name: statistics.median(each) for name, each in rates.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the Open Drone ID decoders.")
    parser.add_argument("--count", type=int, default=50_000, help="messages a round")
    parser.add_argument("--rounds", type=int, default=9, help="rounds")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    rates = measure(options.count, options.rounds)
    for name, rate in rates.items():
        if options.json:
            row = {"benchmark": f"remote_id.{name}", "unit": "locations/s", "median": round(rate)}
            print(json.dumps(row | {"goal": GOALS.get(name)}))
        else:
            goal = f"   goal {GOALS[name]:>11,}" if name in GOALS else ""
            print(f"{WORDS[name]:<50} {rate:>13,.0f} /s   {rate / rates['peer']:>5.2f} x peer{goal}")


if __name__ == "__main__":
    main()
