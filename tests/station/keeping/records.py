"""Small records to keep: made by the program itself."""

import struct

from skykeep.station import run
from skykeep.station.inputs import open_source
from skykeep.station.settings import Settings
from skykeep.station.simulated import story
from tests.cli.calling import REGA, ZONES


def small_record(path, keys, record_id="kept"):
    """A record of one helicopter over Zurich, sealed; returns what the run says."""
    job = run.Job(
        path,
        (open_source(str(REGA)),),
        zones=(ZONES,),
        settings=Settings(law_complete=True, snapshot_interval_s=60.0),
        record_id=record_id,
    )
    return run.run(job, keys, run.Watching())


S_NS = 10**9
T0_NS = 1_780_000_000 * S_NS
PHASES = ((1, 0, 40), (2, 600, 110), (3, 1500, 6))  # seed, from when, how many seconds: alarms sound in the second one


def three_nights(directory, keys):
    """A record in which nothing happens, then alarms sound, then nothing happens; returns what the run says."""
    stories = [story(seed, T0_NS + at_s * S_NS) for seed, at_s, _ in PHASES]
    (directory / "zones.json").write_bytes(stories[1].zones)
    (directory / "permits.json").write_bytes(stories[1].permits)
    heard = directory / "south.pcap"
    parts = [
        _until(told.files["sim-south.pcap"], T0_NS + (at_s + long_s) * S_NS)
        for told, (_, at_s, long_s) in zip(stories, PHASES, strict=True)
    ]
    heard.write_bytes(parts[0] + b"".join(part[24:] for part in parts[1:]))
    job = run.Job(
        directory / "record",
        (open_source(f"remote-id@sim-south:{heard}"),),
        zones=(directory / "zones.json",),
        permits=(directory / "permits.json",),
        simulated=frozenset({"sim-south"}),
        settings=Settings(law_complete=True, snapshot_interval_s=10.0),
        record_id="nights",
    )
    return run.run(job, keys, run.Watching())


def _until(capture, end_ns):
    """A capture cut at a moment."""
    at = 24
    while at < len(capture):
        seconds, nanos, size, _ = struct.unpack_from("<IIII", capture, at)
        if seconds * S_NS + nanos > end_ns:
            break
        at += 16 + size
    return capture[:at]
