"""A small air seen by a radar, a receiver of Remote ID and a finder of bearings, look by look: `python -m ... [scans]`.

Prints the sha256 of rows, edges and probabilities after each slot, which must not depend on who compiled the kernels.
"""

import hashlib
import sys

import msgspec
import numpy as np

from skykeep.facts.enacted import Coverage, plain_sensor
from skykeep.geo.exact import atan2
from skykeep.geo.frames import ecef_to_enu, ecef_to_geodetic, enu_frame, enu_to_ecef
from skykeep.watch import assume, packed, window
from skykeep.watch.reports import AZIMUTH, DIRECTION, joined, no_reports
from skykeep.watch.sensors import Sensors, declare
from skykeep.watch.settings import WatchSettings

S = 10**9
FRAME = enu_frame(50.0, 30.0, 100.0)
RADAR, RECEIVER, FINDER = range(3)


def sensors():
    """Return the table of the three."""
    where = {"lat_e7": 500_000_000, "lon_e7": 300_000_000, "alt_mm": 100_000}
    cover = Coverage(
        range_min_mm=0, range_max_mm=3_000_000, azimuth_from_urad=0, azimuth_to_urad=6_283_185,
        elevation_min_urad=-1_570_796, elevation_max_urad=1_570_796, floor_mm=0, ceiling_mm=400_000, horizon_urad=(),
    )  # fmt: skip
    common = {"pos_accuracy_mm": 30_000, "alt_accuracy_mm": 30_000, "simulated": True}
    changed = (
        ({"sensor_id": "a radar", "modality": "radar"}, {
            "scan": "whole", "period_ms": 1000, "detection_ppm": 900_000, "clutter_milli": 2_000, "coverage": cover,
            **where}),
        ({"sensor_id": "b receiver", "modality": "remote_id"}, {}),
        ({"sensor_id": "c finder", "modality": "rf"}, {"azimuth_sigma_urad": 20_000, **where}),
    )  # fmt: skip
    told = [msgspec.structs.replace(plain_sensor(**names, **common), **more) for names, more in changed]
    table = Sensors()
    for each in told:
        declare(table, each)
    return table


def plots(sensor, t_ns, enu, sigma_m):
    """Return reports of places."""
    reports = no_reports(len(enu))
    reports.sensor[:], reports.t_ns[:], reports.sigma_m[:] = sensor, t_ns, sigma_m
    for k, (east, north, up) in enumerate(enu.tolist()):
        reports.z[k] = enu_to_ecef(FRAME, east, north, up)
        reports.cov[k, [0, 3, 5]] = sigma_m * sigma_m
        lat, lon, _ = ecef_to_geodetic(*reports.z[k].tolist())
        reports.lat_e7[k], reports.lon_e7[k] = round(lat * 1e7), round(lon * 1e7)
    return reports


def heard(rng, scan):
    """Return what is heard in one second of four drones, two of them close together, one that sends, and echoes."""
    t = float(scan)
    flying = np.array([[100 + 15 * t, 500, 120], [100 + 15 * t, 520, 120], [-800, 300 - 10 * t, 80], [900, -900, 60]])
    t_ns = 1_700_000_000 * S + scan * S
    seen = flying[rng.random(4) < 0.9]
    echoes = rng.uniform(-2000, 2000, (2, 3)) * (1, 1, 0.05) + (0, 0, 120)
    radar = plots(RADAR, t_ns, np.concatenate([seen + rng.normal(0, 8, seen.shape), echoes]), 8.0)
    radar.doppler[:1], radar.doppler_var[:1] = 3.0, 4.0
    sent = plots(RECEIVER, t_ns + S // 5, flying[2:3] + rng.normal(0, 3, (1, 3)), 3.0)
    sent.tx[:], sent.vel[:], sent.vel_var[:], sent.claim[:] = 7, (0.0, -10.0), 1.0, scan
    bearings = no_reports(2)
    bearings.sensor[:], bearings.t_ns[:], bearings.kind[:] = FINDER, t_ns + S // 2, (AZIMUTH, DIRECTION)
    for k in range(2):
        east, north, up = ecef_to_enu(FRAME, *enu_to_ecef(FRAME, *flying[k + 2].tolist()))
        level = float(np.sqrt(east * east + north * north))
        bearings.z[k, :2] = atan2(east, north), atan2(up, level)
        bearings.cov[k, :2] = 4e-4
    return joined([radar, sent, bearings])


def run(scans, each=lambda slot, f, i: None):
    """Return the digest of all that the tracker has after each slot; `each` is shown it."""
    rng, settings, sha = np.random.default_rng(3), WatchSettings(), hashlib.sha256()
    kept, table, params = window.no_window(), sensors(), assume.parameters(settings)
    for scan in range(scans):
        reports = heard(rng, scan)
        rf, ri = packed.pack(reports, kept.next_uid)
        kept.next_uid += len(reports)
        window.take(kept, rf, ri, np.zeros((0, 2), np.int64), table, settings, params)
        for slot in kept.slots:
            f, i = kept.versions.taken(slot.rows)
            each(slot, f, i)
            for array in (f, i, slot.edges, slot.p, slot.p_free):
                sha.update(np.ascontiguousarray(array).tobytes())
        while len(kept.slots) > 2:
            window.settle(kept)
    return sha.hexdigest()


if __name__ == "__main__":
    print(run(int(sys.argv[1])))
