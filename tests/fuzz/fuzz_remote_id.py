"""Damaged Remote ID frames by the million: nothing raises, nothing damaged on air is believed.

    python -m tests.fuzz.fuzz_remote_id --count 1000000 --seed 1

Every case has a number; a failure prints the command that repeats that case alone.
"""

import argparse
import io
import json
import pathlib
import random
import sys
import time

from skykeep.errors import Malformed, Refused
from skykeep.facts import codec
from skykeep.facts.frame import Frame
from skykeep.facts.observed import LinkTrust, Unreadable
from skykeep.facts.personal import PlainNames
from skykeep.wire import bluetooth_le, ieee80211, pcap, remote_id
from skykeep.wire import remote_id_message as m

VECTORS = pathlib.Path(__file__).resolve().parents[1] / "vectors" / "remote_id"
MAC = bytes.fromhex("c0601f0b001b")
NAMES = PlainNames()
CRC_WORDS = ("CRC bad", "FCS bad")


def seeds():
    """(link, bytes) of valid and known-bad material: every vector bare and on each carrier, and captured frames."""
    found = []
    for name in ("messages", "malformed", "frames"):
        for vector in json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))["vectors"]:
            data = bytes.fromhex(vector["hex"])
            if name == "frames" and "ieee80211" in vector["frame"]:
                found.append((105, data))
            elif name != "frames":
                found.append((None, data))
                if 0 < len(data) <= 228:
                    found += [(105, ieee80211.beacon(MAC, 1, data, "x")), (251, bluetooth_le.advertisement(MAC, 1, data))]
    for path in sorted(VECTORS.glob("*.pcap*")):
        with path.open("rb") as stream:
            found += [(record.link, record.data) for record in list(pcap.records(stream))[::3]]
    reports = b"\x03\x01" + MAC + b"\x1f" + bluetooth_le.advertising_data(1, bytes(25)) + b"\xc4"
    found.append((187, b"\x04\x3e" + bytes((2 + len(reports), 0x02, 1)) + reports))
    return found


def captures():
    return [path.read_bytes()[:4000] for path in sorted(VECTORS.glob("*.pcap*"))]


def damaged(data, rng, other):
    """`data` after one to four blows."""
    data = bytearray(data)
    for _ in range(rng.randrange(1, 5)):
        at = rng.randrange(len(data) + 1)
        blow = rng.randrange(8)
        if blow < 3 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif blow == 3 and at < len(data):
            data[at] = rng.choice((0, 1, 25, 127, 128, 254, 255, rng.randrange(256)))
        elif blow == 4:
            del data[at:]
        elif blow == 5:
            del data[at : at + rng.randrange(1, 9)]
        elif blow == 6:
            data[at:at] = rng.randbytes(rng.randrange(1, 9))
        else:
            start = rng.randrange(len(other) + 1)
            data[at : at + 30] = other[start : start + 30]
    return bytes(data)


def refreshed(link, data, rng):
    """Half of the damaged link-layer packets get a CRC that fits again, or nobody would read on."""
    if link == 251 and len(data) > 9 and rng.random() < 0.5:
        end = min(6 + data[5], len(data) - 3)
        return data[:end] + bluetooth_le.crc24(data[4:end])
    return data


def case(number, seed, corpus, files):
    """One case, by its number alone."""
    rng = random.Random(seed << 40 | number)
    if number % 64 == 0:
        container = damaged(rng.choice(files), rng, b"")
        check_capture(container)
        return
    link, data = rng.choice(corpus)
    if number % 16 == 1:
        data = rng.randbytes(rng.randrange(300))
        link = rng.choice((None, *remote_id.LINKS))
    else:
        data = refreshed(link, damaged(data, rng, rng.choice(corpus)[1]), rng)
        if rng.random() < 0.1:
            link = rng.choice((None, *remote_id.LINKS))
    check_frame(link, data, number)
    if link is None:
        check_message(data)


def check_frame(link, data, number):
    form = remote_id.HEX_FORMAT if link is None and number % 8 == 3 else "remote-id"
    frame = Frame(form, link, "s", 1, 2, LinkTrust.OPEN, data)
    facts = remote_id.decode(frame, 3, NAMES)
    if any(isinstance(fact, Unreadable) and fact.reason.startswith(CRC_WORDS) for fact in facts):
        assert len(facts) == 1, "a damaged frame was partly believed"
        assert facts[0].transmitter == "", "the address in a damaged frame was believed"
    if number % 4 == 2:
        for fact in facts:
            assert codec.decode(codec.encode(fact)) == fact, "a fact does not survive the record"


def check_message(data):
    try:
        message = m.decode_message(data)
    except Malformed:
        return
    try:
        again = m.encode_message(message)
    except Refused:
        return
    assert again == data, "a message was not written as it was read"


def check_capture(data):
    try:
        for record in pcap.records(io.BytesIO(data)):
            remote_id.decode(Frame("remote-id", record.link, "s", record.t_ns, 2, LinkTrust.OPEN, record.data), 0, NAMES)
    except Malformed:
        return


def run(*, count, seed, start=0):
    """All cases from `start`; a failure names its case and is raised on."""
    corpus, files = seeds(), captures()
    for number in range(start, start + count):
        try:
            case(number, seed, corpus, files)
        except Exception:
            print(
                f"case {number} failed; repeat it: "
                f"python -m tests.fuzz.fuzz_remote_id --seed {seed} --start {number} --count 1",
                file=sys.stderr,
            )
            raise


def main():
    parser = argparse.ArgumentParser(description="Feed damaged Remote ID frames to the decoder.")
    parser.add_argument("--count", type=int, default=100_000, help="how many cases")
    parser.add_argument("--seed", type=int, default=1, help="which cases")
    parser.add_argument("--start", type=int, default=0, help="the first case's number")
    options = parser.parse_args()
    print(f"seed {options.seed}, cases {options.start} to {options.start + options.count - 1}", file=sys.stderr)
    began = time.perf_counter()
    run(count=options.count, seed=options.seed, start=options.start)
    print(f"{options.count} cases, no failure, {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
