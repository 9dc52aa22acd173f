"""Facts a second of each format by itself, and of Remote ID beacons through the gatherer, on one core.

    python -m benchmarks.formats [--seconds N]

Frames are real or lines like real ones, prepared as bytes; time is that of the processor, the best of three turns.
"""

import argparse
import gzip
import json
import pathlib
import struct
import time

from skykeep.facts.frame import Frame
from skykeep.facts.observed import LinkTrust
from skykeep.facts.personal import KeyedNames
from skykeep.station.formats import FORMATS
from skykeep.station.inputs import Arrived
from skykeep.station.settings import Settings
from skykeep.station.ticks import Gatherer
from skykeep.wire import ieee80211

ROOT = pathlib.Path(__file__).parents[1]
VECTORS, DEMO = ROOT / "tests/vectors", ROOT / "skykeep/demo_data"
KEY = b"k" * 32
BEGIN_NS = 1_777_629_600_000_000_000


def rows(path: pathlib.Path) -> list[bytes]:
    """The lines of a file, unpacked where it is gzip."""
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines()


def track(number: int) -> bytes:
    """A track line with what most systems say."""
    said = {
        "time": 1777629600.25 + number,
        "track": str(number % 50),
        "modality": "radar",
        "lat": 50.45 + number * 1e-5,
    }
    return json.dumps(
        said | {"lon": 30.5, "alt_amsl_m": 210, "speed_mps": 14.5, "heading_deg": 271, "accuracy_m": 25}
    ).encode()


def sbs(number: int) -> bytes:
    """A position of BaseStation."""
    clock = f"2026/05/01,10:00:{number % 60:02}.{number % 1000:03}"
    return f"MSG,3,1,1,4B43{number % 200:02X},1,{clock},{clock},,1950,,,47.36{number},8.5,,,0,0,0,0".encode()


def beacons(drones: int, seconds: int) -> list[Arrived]:
    """A beacon a second of each drone: its Location, and in every third its name and its operator's place besides."""
    arrivals = []
    for second in range(seconds):
        for drone in range(drones):
            lat, lon = 504_500_000 + drone * 1_000 + second * 13, 305_000_000 + second * 17
            place = struct.pack(
                "<BBBBbiiHHHBBHBB", 0x12, 0x20, 90, 40, 0, lat, lon, 2200, 2260, 2100, 0x3B, 0x13, second * 10, 2, 0
            )
            name = bytes((0x02, 0x12)) + f"1581F4BR{drone:012d}".encode() + bytes(3)
            system = struct.pack(
                "<BBiiHBHHBHIB", 0x42, 4, lat + 1000, lon, 1, 0, 0, 0, 0x12, 2200, 200_000_000 + second, 0
            )
            whole = (second + drone) % 3 == 0
            pack = bytes((0xF2, 25, 3)) + name + place + system if whole else bytes((0xF2, 25, 1)) + place
            frame = ieee80211.beacon(b"\xc0\x60\x1f" + drone.to_bytes(3), second & 255, pack, "x")
            arrivals.append(Arrived(BEGIN_NS + second * 10**9 + drone * 10**6, "rx-1", frame, 105, "remote-id"))
    return arrivals


def cases() -> dict[str, list[bytes]]:
    """Frames by format."""
    wardragon = VECTORS / "wardragon"
    return {
        "dronescout": rows(VECTORS / "dronescout/ble_legacy.jsonl"),
        "wardragon": rows(wardragon / "dragonsync_generator_denver.jsonl.gz"),
        "wardragon-log": rows(wardragon / "droneid_zmq_anafi_part1.jsonl.gz"),
        "readsb": rows(DEMO / "readsb_snapshots_rega_zurich.jsonl.gz"),
        "adsb-rows": rows(DEMO / "heli_rega_zurich.jsonl.gz"),
        "sbs": [sbs(number) for number in range(1_000)],
        "tracks": [track(number) for number in range(1_000)],
    }


def decoded(form: str, data: list[bytes], seconds: float) -> float:
    """Facts a second of one codec."""
    frames = [Frame(form, None, "s", BEGIN_NS, BEGIN_NS, LinkTrust.OPEN, one) for one in data]
    decode, names, facts = FORMATS[form].decode, KeyedNames(KEY), 0
    begun = time.process_time()
    while (took := time.process_time() - begun) < seconds:
        for frame in frames:
            facts += len(decode(frame, 0, names))
    return facts / took


def gathered(arrivals: list[Arrived]) -> float:
    """Facts a second of beacons through the gatherer, with names that are all new."""
    gatherer = Gatherer(Settings(), KeyedNames(KEY), frozenset())
    begun = time.process_time()
    facts = sum(len(tick.facts) for tick in gatherer.ticks(arrivals, ()))
    return facts / (time.process_time() - begun)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how fast formats are decoded.")
    parser.add_argument("--seconds", type=float, default=0.5, help="how long each turn takes")
    seconds = parser.parse_args().seconds
    air = beacons(1_000, 10)
    print(f"{'remote-id, gathered':22}{max(gathered(air) for _ in range(3)):12,.0f} facts/s")
    for form, data in cases().items():
        print(f"{form:22}{max(decoded(form, data, seconds) for _ in range(3)):12,.0f} facts/s")


if __name__ == "__main__":
    main()
