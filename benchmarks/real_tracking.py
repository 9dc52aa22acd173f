"""The watch on what really flew: Remote ID captures, ADS-B with its addresses taken away, drones seen by cameras alone.

    python -m benchmarks.real_tracking [--json] [--quick]

Reads ../shared/data (or the folder in SKYKEEP_DATA); what is absent is skipped and the reason printed. Nothing of it is
copied. Everything goes through `watch.step`, tick by tick, as a station steps it.

    captures   Remote ID and ADS-B as recorded: how many tracks, and which flags went up. A real drone must make one
               track without a flag; captures that their authors call spoofed should be flagged
    blanked    322 aircraft near Zurich, 842 over Switzerland: addresses and call signs removed, so that the watch must
               tell them apart by place and motion. Purity: share of a track's reports that are of the aircraft it is
               mostly of. Continuity: share of an aircraft's reports that its longest track holds
    cameras    a hexacopter seen by 4 and by 6 consumer cameras (benchmarks/cameras.py says what the resection uses):
               each label is a direction of a declared camera, nothing else is heard; error against RTK on the part of
               the flight that the resection did not use. Beside it plain triangulation of the same directions, which
               waits for the rays on both sides of an instant. The authors reconstruct the whole flight at once
               (arXiv 2003.04784): their error is after a similarity transform onto RTK, all views and all times used
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import os
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from benchmarks import cameras
from benchmarks.watching import Run, established, percentiles_ms, ticks, watched
from skykeep.facts.codec import Fact
from skykeep.facts.concluded import FLAGS, Phase, TrackEstimated, TrackFlagged, TrackIdentified, TracksEstimated
from skykeep.facts.enacted import Coverage, SensorDeclared, plain_sensor
from skykeep.facts.observed import AircraftHeard, IdKind, LinkTrust, PositionReported, ScanReported
from skykeep.facts.personal import KeyedNames
from skykeep.geo.altitude import Altitude, Datum
from skykeep.geo.frames import ecef_to_enu_all, ecef_to_geodetic, enu_frame, enu_to_ecef_all, geodetic_to_ecef_all
from skykeep.station import inputs
from skykeep.station.settings import Settings
from skykeep.station.ticks import Gatherer
from skykeep.watch.settings import WatchSettings
from skykeep.wire import pcap

DATA = Path(os.environ.get("SKYKEEP_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
CAPTURES = (  # name, file, how it is read, what its authors say of it
    ("Parrot Anafi, Remote ID over Wi-Fi", "tracking/remote_id_wifi/parrot_anafi4_real.pcapng", "real"),
    ("the same flight, its first part", "sensors/remote_id/parrot_anafi_flight_part1.pcap", "real"),
    ("rescue helicopter REGA 1, readsb", "sensors/adsb/readsb_snapshots_rega_zurich.jsonl.gz", "real"),
    ("Bluetooth 5 sample", "sensors/remote_id/odid_bt5_lr_sample.pcapng", "sample"),
    ("Wi-Fi sample", "sensors/remote_id/odid_wifi_sample.pcap", "sample"),
)
ROWS = (  # ADS-B rows of one aircraft or a few, with their addresses
    ("airliner under GNSS spoofing", "tracking/adsb/noisy_spoofing.json.gz", "spoofed"),
    ("fire-fighting aircraft", "tracking/adsb/calfire.json.gz", "real"),
)
DJI = (
    ("15 invented Mavics, DJI DroneID over Wi-Fi", "tracking/remote_id_wifi/mavic_multiple_spoofed.pcapng", "spoofed"),
    ("one invented Mavic, DJI DroneID over Wi-Fi", "sensors/remote_id/dji_droneid_ie_spoofed_one.pcap", "spoofed"),
)
BLANKED = (
    ("322 aircraft near Zurich, blanked", "sensors/adsb/traffic_zurich_20180801.jsonl.gz"),
    ("842 aircraft over Switzerland, blanked", "tracking/adsb/switzerland.json.gz"),
)
MULTICAM = "tracking/multicam_drone_rtk"
BLANKED_SETTINGS = WatchSettings(silence_max_s=45.0)  # these samples hold one report in ten seconds, with gaps
FT_M, KT_MPS, FPM_MPS = 0.3048, 1852 / 3600, 0.3048 / 60
KEPT = (TracksEstimated, TrackEstimated, TrackFlagged, TrackIdentified)


def main() -> None:
    parser = argparse.ArgumentParser(description="The watch on real recordings.")
    parser.add_argument("--json", action="store_true", help="one JSON object on one line")
    parser.add_argument("--quick", action="store_true", help="shorter parts, to see that everything runs")
    options = parser.parse_args()
    found = measured(quick=options.quick)
    print(json.dumps(found) if options.json else json.dumps(found, indent=2))


def measured(*, quick: bool) -> dict[str, Any]:
    """Return all figures; a part whose data is absent says so."""
    watched(ticks([_defaults(FLIGHT_NS)]))  # compiles
    found: dict[str, Any] = {"captures": {}, "blanked": {}, "cameras": {}}
    for name, path, said in CAPTURES:
        found["captures"][name] = _if_there(path, lambda file, said=said: capture(file, said))
    for name, path, said in ROWS:
        found["captures"][name] = _if_there(path, lambda file, said=said: rows(file, said, quick=quick))
    for name, path, said in DJI:
        found["captures"][name] = _if_there(path, lambda file, said=said: dji(file, said))
    for name, path in BLANKED:
        found["blanked"][name] = _if_there(path, lambda file: blanked(file, 1800.0 if quick else 7200.0))
    for flight in cameras.FLIGHTS:
        found["cameras"][flight.name] = _if_there(
            f"{MULTICAM}/{flight.name}", lambda _, flight=flight: bearings_only(flight, 60.0 if quick else 1e9)
        )
    return found


def _if_there(path: str, measure: Any) -> dict[str, Any]:  # noqa: ANN401  # one of the functions below
    file = DATA / path
    return measure(file) if file.exists() else {"skipped": f"{path} is not among the shared data"}


# ---- as recorded -----------------------------------------------------------------------------------


def capture(file: Path, said: str) -> dict[str, Any]:
    """Run a recording that the station can read."""
    source = inputs.open_source(str(file))
    settings = Settings()
    gatherer = Gatherer(settings, KeyedNames(bytes(32)), frozenset())
    arrivals = inputs.merged([source], 2_000_000_000)
    cut = [(tick.now_ns, tick.facts) for tick in gatherer.ticks(arrivals, [])]
    return flags_of(watched(cut, keep=KEPT), said)


def flags_of(run: Run, said: str) -> dict[str, Any]:
    """Return how many tracks there were and which flags went up, on how many of them."""
    tracks = {estimate.track_id for _, estimate in run.estimates()}
    up: dict[str, set[int]] = {flag: set() for flag in FLAGS}
    for _, fact in run.of(TrackFlagged):
        if fact.up:
            up[fact.flag].add(fact.track_id)
    contradicted = {fact.track_id for _, fact in run.of(TrackIdentified) if fact.trust.value == "contradicted"}
    return {
        "said_to_be": said,
        "facts": run.facts,
        "tracks": len(tracks),
        "established": len(established(run)),
        "flagged_tracks": {flag: len(ids) for flag, ids in up.items() if ids},
        "identity_contradicted_tracks": len(contradicted),
        "why_contradicted": sorted({flag for _, fact in run.of(TrackIdentified) for flag in fact.flags}),
        "step_ms": percentiles_ms(run.cpu_s),
    }


def aircraft(row: dict[str, Any], transmitter: str, callsign: str | None) -> tuple[int, AircraftHeard]:
    """Return a row of the traffic library as a report, with its time."""
    t_ns = round(float(row["t"]) * 1e9)
    speed, heading, climb = row.get("gs_kt"), row.get("track_deg"), row.get("vrate_fpm")
    high_ft = row.get("geo_alt_ft")
    return t_ns, AircraftHeard(
        sensor_id="adsb",
        transmitter=transmitter,
        t_event_ns=t_ns,
        t_arrival_ns=t_ns,
        link_trust=LinkTrust.OPEN,
        frame=0,
        callsign=callsign,
        source="adsb_icao",
        category=None,
        on_ground=None,
        lat_e7=round(row["lat"] * 1e7),
        lon_e7=round(row["lon"] * 1e7),
        altitude=None if high_ft is None else Altitude(round(high_ft * FT_M * 1e3), Datum.HAE),
        pressure_altitude=_pressure(row.get("baro_alt_ft")),
        speed_mmps=None if speed is None else round(speed * KT_MPS * 1e3),
        vspeed_mmps=None if climb is None else round(climb * FPM_MPS * 1e3),
        heading_mdeg=None if heading is None else round(heading * 1e3) % 360_000,
        pos_accuracy_mm=None,
        alt_accuracy_mm=None,
        squawk=None,
    )


def _pressure(feet: float | None) -> Altitude | None:
    return None if feet is None else Altitude(round(feet * FT_M * 1e3), Datum.STD)


def read_rows(file: Path) -> list[dict[str, Any]]:
    """Return the rows that have a place by time, in the names of ../shared/data/sensors/adsb."""
    text = gzip.decompress(file.read_bytes()).decode("utf-8")
    if file.name.endswith(".jsonl.gz"):
        found = [json.loads(line) for line in text.splitlines()]
    else:
        loaded = json.loads(text)
        if isinstance(loaded, dict):  # by column, then by row
            keys = list(loaded["timestamp"])
            loaded = [{name: column[key] for name, column in loaded.items()} for key in keys]
        found = [_renamed(row) for row in loaded]
    kept = [row for row in found if row.get("lat") is not None and row.get("lon") is not None]
    return sorted(kept, key=lambda row: (row["t"], row["icao24"]))


def _renamed(row: dict[str, Any]) -> dict[str, Any]:
    stamp = row["timestamp"] if row.get("last_position") is None else row["last_position"]
    names = {
        "lat": "latitude",
        "lon": "longitude",
        "gs_kt": "groundspeed",
        "track_deg": "track",
        "vrate_fpm": "vertical_rate",
        "baro_alt_ft": "altitude",
        "icao24": "icao24",
        "callsign": "callsign",
        "geo_alt_ft": "geoaltitude",
    }
    return {"t": stamp / 1e3, **{ours: row.get(theirs) for ours, theirs in names.items()}}


def rows(file: Path, said: str, *, quick: bool) -> dict[str, Any]:
    """Run ADS-B rows as they were sent."""
    read = read_rows(file)
    read = read[:2000] if quick else read
    facts: list[tuple[int, Fact]] = [aircraft(row, row["icao24"], row["callsign"]) for row in _news(read)]
    return flags_of(watched(ticks([_defaults(facts[0][0]), *facts]), keep=KEPT), said)


def _news(read: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the rows that say something new: a resampled file repeats a position until the next."""
    last: dict[str, tuple[Any, ...]] = {}
    for row in read:
        told = (row["t"], row["lat"], row["lon"])
        if last.get(row["icao24"]) != told:
            last[row["icao24"]] = told
            yield row


def _defaults(t_ns: int) -> tuple[int, Fact]:
    return t_ns, plain_sensor(
        sensor_id="adsb", modality="adsb", pos_accuracy_mm=100_000, alt_accuracy_mm=60_000, simulated=False
    )


_DJI = bytes.fromhex("26371258621310")  # DJI's OUI, its type, and the sub-command of a flight's telemetry


def dji(file: Path, said: str) -> dict[str, Any]:
    """Run DJI's own DroneID, which the station keeps as unreadable: read here, as positions (Department 13, 2017).

    From the OUI on: 7 bytes, version, u16 sequence, u16 state, 16 letters of serial, i32 longitude and latitude
    (radians times 1e7), i16 altitude and height (m), i16 velocity north, east and up (cm/s).
    """
    facts: list[tuple[int, Fact]] = []
    with file.open("rb") as stream:
        for record in pcap.records(stream):
            at = record.data.find(_DJI)
            if at >= 0:
                address = record.data[2] + 256 * record.data[3] + 10
                facts.append((record.t_ns, _dji(record.t_ns, record.data[address : address + 6], record.data[at:])))
    sensor = plain_sensor(
        sensor_id="wifi", modality="remote_id", pos_accuracy_mm=30_000, alt_accuracy_mm=30_000, simulated=False
    )
    senders = {fact.transmitter for _, fact in facts if isinstance(fact, PositionReported)}
    return flags_of(watched(ticks([(facts[0][0], sensor), *facts]), keep=KEPT), said) | {"senders": len(senders)}


def _dji(t_ns: int, mac: bytes, element: bytes) -> PositionReported:
    lon_rad7, lat_rad7, _, _, north_cmps, east_cmps = struct.unpack_from("<iihhhh", element, 28)
    heading_deg = math.degrees(math.atan2(east_cmps, north_cmps))
    return PositionReported(
        sensor_id="wifi",
        transmitter=f"tx:{mac.hex()}",
        t_event_ns=t_ns,
        t_arrival_ns=t_ns,
        link_trust=LinkTrust.OPEN,
        frame=0,
        modality="remote_id",
        manned=None,
        uas_id=f"uas:{element[12:28].hex()}",
        id_kind=IdKind.SERIAL,
        operator_id=None,
        lat_e7=round(math.degrees(lat_rad7)),
        lon_e7=round(math.degrees(lon_rad7)),
        altitude=None,
        height=None,
        speed_mmps=round(math.hypot(north_cmps, east_cmps) * 10),
        vspeed_mmps=None,
        heading_mdeg=round(heading_deg * 1e3) % 360_000,
        pos_accuracy_mm=None,
        alt_accuracy_mm=None,
    )


# ---- addresses taken away ----------------------------------------------------------------------------


def blanked(file: Path, seconds: float) -> dict[str, Any]:
    """Run rows without address and call sign; score the tracks by the addresses."""
    read = read_rows(file)
    read = [row for row in read if row["t"] < read[0]["t"] + seconds]
    facts: list[tuple[int, Fact]] = [aircraft(row, "", None) for row in read]
    cut = ticks([_defaults(facts[0][0]), *facts])
    owners = {(t_ns, fact.lat_e7, fact.lon_e7): row["icao24"] for (t_ns, fact), row in zip(facts, read, strict=True)}
    run = watched(cut, BLANKED_SETTINGS, keep=(TracksEstimated, TrackEstimated))
    period_s = float(np.median(np.diff(np.unique([t_ns for t_ns, _ in facts])))) / 1e9
    return told_apart(run, cut, owners) | {
        "period_s": period_s,
        "reports": len(read),
        "step_ms": percentiles_ms(run.cpu_s),
    }


def _column(values: Iterable[int]) -> bytes:
    return np.array(list(values), "<i4").tobytes()


def told_apart(run: Run, cut: list[tuple[int, list[Fact]]], owners: dict[tuple[int, int, int], str]) -> dict[str, Any]:
    """Return purity and continuity: each estimate names the report that moved its track last."""
    of_track: dict[int, Counter[str]] = {}
    of_owner: dict[str, Counter[int]] = {}
    at = dict(cut)
    for now_ns, estimate in run.estimates():
        facts, index = at.get(now_ns, []), estimate.evidence.index
        fact = facts[index] if 0 <= index < len(facts) else None
        if estimate.phase is Phase.LOST or not isinstance(fact, AircraftHeard):
            continue
        owner = owners[fact.t_event_ns, fact.lat_e7 or 0, fact.lon_e7 or 0]
        of_track.setdefault(estimate.track_id, Counter())[owner] += 1
        of_owner.setdefault(owner, Counter())[estimate.track_id] += 1
    used = sum(sum(counts.values()) for counts in of_track.values())
    pure = sum(max(counts.values()) for counts in of_track.values())
    long = sum(max(counts.values()) for counts in of_owner.values())
    total = Counter(owners.values())
    return {
        "aircraft": len(total),
        "tracks": len(of_track),
        "purity": round(pure / max(used, 1), 4),
        "continuity": round(long / max(sum(total.values()), 1), 4),
        "reports_in_tracks": round(used / max(sum(total.values()), 1), 4),
    }


# ---- bearings only -------------------------------------------------------------------------------------

ORIGIN_DEG_M = (47.4, 8.5, 450.0)  # the data's own origin is not given: an invented one
FLIGHT_NS = 1_780_000_000_000_000_000
CAMERA_HZ = 10.0
FRAME = enu_frame(*ORIGIN_DEG_M)


def bearings_only(flight: cameras.Flight, seconds: float) -> dict[str, Any]:
    """Run what the cameras saw after the resection's part, and compare the estimates with RTK."""
    seen = cameras.see(DATA / MULTICAM, flight)
    until_s = min(seen.until_s, max(float(each.t_s[-1]) for each in seen.cameras), seen.test_from_s + seconds)
    facts: list[tuple[int, Fact]] = [(_ns(seen.test_from_s), declared(each)) for each in seen.cameras]
    facts += sorted(directions(seen, until_s), key=lambda one: (one[0], one[1].sensor_id))
    run = watched(ticks(facts), keep=(TracksEstimated, TrackEstimated))
    grid = np.arange(seen.test_from_s, until_s, 0.2)
    plain = np.linalg.norm(cameras.triangulated(seen, grid) - seen.truth(grid), axis=1)
    return {
        "cameras": [
            {
                "sigma_mrad": round(each.sigma_rad * 1e3, 2),
                "train_px": round(each.train_px, 2),
                "test_px": round(each.test_px, 2),
            }
            for each in seen.cameras
        ],
        "survey_off_m": [round(each, 2) for each in cameras.survey_off_m(DATA / MULTICAM, seen)],
        "test_s": round(until_s - seen.test_from_s, 1),
        "directions": len(facts) - len(seen.cameras),
        "watch": against_rtk(run, seen, grid),
        "triangulation": _errors(plain[np.isfinite(plain)])
        | {"share_of_time": round(float(np.isfinite(plain).mean()), 3)},
        "step_ms": percentiles_ms(run.cpu_s),
    }


def _ns(t_s: float) -> int:
    return FLIGHT_NS + round(t_s * 1e9)


def declared(camera: cameras.Camera) -> SensorDeclared:
    """Return a camera as its operator would declare it: place, sigma of a direction, what its labels span."""
    ecef = np.empty((1, 3))
    enu_to_ecef_all(FRAME, camera.place_enu_m[None], ecef)
    lat_deg, lon_deg, alt_m = _geodetic(ecef[0])
    plain = plain_sensor(
        sensor_id=f"cam{camera.number}",
        modality="camera",
        pos_accuracy_mm=5_000,
        alt_accuracy_mm=5_000,
        simulated=False,
    )
    sigma_urad = round(camera.sigma_rad * 1e6)
    level = np.hypot(camera.direction_enu[:, 0], camera.direction_enu[:, 1])
    elevation = np.arctan2(camera.direction_enu[:, 2], level)
    return msgspec.structs.replace(
        plain,
        lat_e7=round(lat_deg * 1e7),
        lon_e7=round(lon_deg * 1e7),
        alt_mm=round(alt_m * 1e3),
        azimuth_sigma_urad=sigma_urad,
        elevation_sigma_urad=sigma_urad,
        period_ms=round(1e3 / CAMERA_HZ),
        scan="each",
        clock="synchronised",
        clock_sigma_us=10_000,
        latency_ms=0,
        detection_ppm=500_000,
        clutter_milli=1,
        coverage=_around(camera, float(elevation.min()), float(elevation.max())),
    )


def _around(camera: cameras.Camera, low_rad: float, high_rad: float) -> Coverage:
    azimuth = np.arctan2(camera.direction_enu[:, 0], camera.direction_enu[:, 1])
    middle = np.arctan2(np.sin(azimuth).mean(), np.cos(azimuth).mean())
    aside = np.abs((azimuth - middle + np.pi) % (2 * np.pi) - np.pi).max()
    begin = float((middle - aside) % (2 * np.pi))
    return Coverage(
        range_min_mm=0,
        range_max_mm=400_000,
        azimuth_from_urad=round(begin * 1e6),
        azimuth_to_urad=round((begin + 2 * float(aside)) * 1e6),
        elevation_min_urad=round((low_rad - 0.02) * 1e6),
        elevation_max_urad=round((high_rad + 0.02) * 1e6),
        floor_mm=None,
        ceiling_mm=None,
        horizon_urad=(),
    )


def directions(seen: cameras.Seen, until_s: float) -> Iterator[tuple[int, ScanReported]]:
    """Yield the cameras' labels as scans of one direction, each camera at most CAMERA_HZ times a second."""
    for camera in seen.cameras:
        last_s = -1e9
        for t_s, direction in zip(camera.t_s, camera.direction_enu, strict=True):
            if not seen.test_from_s <= t_s < until_s or t_s - last_s < 0.98 / CAMERA_HZ:
                continue
            last_s = float(t_s)
            azimuth, elevation = _local(camera, direction)
            yield _ns(last_s), _look(f"cam{camera.number}", _ns(last_s), azimuth, elevation)


def _local(camera: cameras.Camera, direction: cameras.Floats) -> tuple[float, float]:
    """Return azimuth and elevation by the level of the camera itself, a hair off that of the origin."""
    ends = np.empty((2, 3))
    enu_to_ecef_all(FRAME, np.stack([camera.place_enu_m, camera.place_enu_m + 100.0 * direction]), ends)
    frame = enu_frame(*_geodetic(ends[0]))
    local = np.empty((1, 3))
    ecef_to_enu_all(frame, ends[1:], local)
    east, north, up = local[0]
    return float(np.arctan2(east, north) % (2 * np.pi)), float(np.arctan2(up, np.hypot(east, north)))


def _geodetic(ecef: cameras.Floats) -> tuple[float, float, float]:
    lat_deg, lon_deg, alt_m = ecef_to_geodetic(float(ecef[0]), float(ecef[1]), float(ecef[2]))
    return float(lat_deg), float(lon_deg), float(alt_m)


def _look(sensor_id: str, t_ns: int, azimuth: float, elevation: float) -> ScanReported:
    return ScanReported(
        sensor_id=sensor_id,
        transmitter="",
        t_event_ns=t_ns,
        t_arrival_ns=t_ns,
        link_trust=LinkTrust.KEYED,
        frame=0,
        modality="camera",
        plots=1,
        before_us=b"",
        range_mm=b"",
        azimuth_urad=_column([round(azimuth * 1e6)]),
        elevation_urad=_column([round(elevation * 1e6)]),
        lat_e7=b"",
        lon_e7=b"",
        alt_mm=b"",
        doppler_mmps=b"",
        rcs_mdbsm=b"",
        pos_accuracy_mm=None,
        alt_accuracy_mm=None,
    )


def against_rtk(run: Run, seen: cameras.Seen, grid: cameras.Floats) -> dict[str, Any]:
    """Return the error of what was told of established tracks, and the share of the time in which one was told."""
    tracks = established(run)
    told = sorted((one for each in tracks.values() for one in each), key=lambda one: (one[0], one[1].track_id))
    if not told:
        return {"tracks": 0}
    places = np.array([(each.lat_e7 / 1e7, each.lon_e7 / 1e7, (each.alt_mm or 0) / 1e3) for _, each in told])
    enu = np.empty_like(places)
    geodetic_to_ecef_all(places, enu)
    ecef_to_enu_all(FRAME, enu, enu)
    at_s = np.array([(each.t_ns - FLIGHT_NS) / 1e9 for _, each in told])
    apart = np.linalg.norm(enu - seen.truth(at_s), axis=1)
    near = np.array([np.abs(at_s - each).min() < 1.05 for each in grid])
    counts = Counter(each.track_id for _, each in told)
    return _errors(apart) | {
        "tracks": len(tracks),
        "longest_track_share": round(max(counts.values()) / len(told), 3),
        "told": len(told),
        "share_of_time": round(float(near.mean()), 3),
        "first_after_s": round(float(at_s.min()) - seen.test_from_s, 2),
    }


def _errors(apart: cameras.Floats) -> dict[str, float]:
    if not len(apart):
        return {}
    return {
        "mean_m": round(float(apart.mean()), 3),
        "median_m": round(float(np.median(apart)), 3),
        "rms_m": round(float(np.sqrt((apart**2).mean())), 3),
        "p95_m": round(float(np.percentile(apart, 95)), 3),
    }


if __name__ == "__main__":
    main()
