"""A stand-in for the tracker, for tests of what comes after it: tracks that are where they are told to be."""

import dataclasses
import math

import numpy as np

from skykeep.facts.concluded import FLAGS
from skykeep.facts.enacted import Coverage, plain_sensor
from skykeep.geo.frames import ecef_to_geodetic, enu_frame, enu_to_ecef
from skykeep.watch.flag import FlagMemory, flag
from skykeep.watch.reports import Pairs, no_reports
from skykeep.watch.sensors import Sensors, declare
from skykeep.watch.table import ESTABLISHED, MODALITIES, no_tracks

S = 1_000_000_000
T0 = 1_700_000_000 * S - (1_700_000_000 * S) % (3600 * S)  # on the hour
RID, ADSB, RADAR = (MODALITIES.index(name) for name in ("remote_id", "adsb", "radar"))
LAT, LON, HAE = 50.45, 30.52, 150.0
FRAME = enu_frame(LAT, LON, HAE)


def ecef(east_m, north_m, up_m=0.0):
    return np.array(enu_to_ecef(FRAME, east_m, north_m, up_m))


def turned(east, north, up=0.0):
    """A vector of the frame's axes, earth-centred."""
    return ecef(east, north, up) - FRAME[0]


EVERYWHERE = Coverage(
    range_min_mm=0, range_max_mm=12_000_000, azimuth_from_urad=0, azimuth_to_urad=6_283_185,
    elevation_min_urad=-1_570_000, elevation_max_urad=1_570_000, floor_mm=None, ceiling_mm=None, horizon_urad=(),
)  # fmt: skip


def sensors(**given):
    """A Remote ID receiver, an ADS-B receiver and a radar, all at the origin, 20 m up; row 0, 1, 2."""
    table = Sensors()
    for name, modality in (("rid", "remote_id"), ("adsb", "adsb"), ("radar", "radar")):
        plain = plain_sensor(
            sensor_id=name, modality=modality, pos_accuracy_mm=30_000, alt_accuracy_mm=30_000, simulated=False
        )
        placed = {"lat_e7": round(LAT * 1e7), "lon_e7": round(LON * 1e7), "alt_mm": round(HAE * 1e3) + 20_000}
        fields = {field: getattr(plain, field) for field in plain.__struct_fields__} | placed
        if modality == "radar":
            fields["coverage"] = EVERYWHERE
        declare(table, type(plain)(**(fields | given)))
    return table


@dataclasses.dataclass
class Said:
    """One self-report: by which track and transmitter, where (m), when, and what else."""

    track: int
    tx: int
    east: float
    north: float
    up: float = 100.0
    level: bool = False  # no height was sent
    vel: tuple[float, float] | None = None
    claim: int = -1
    sensor: int = 0
    sigma: float = 3.0
    at_ns: int | None = None
    pressure_m: float | None = None


class World:
    """Tracks 1 to n, and the memory of the flags."""

    def __init__(self, count, table=None):
        self.tracks = no_tracks(count)
        self.tracks.id[:] = np.arange(1, count + 1)
        self.tracks.phase[:] = ESTABLISHED
        self.tracks.r[:] = 0.99
        self.tracks.p[:] = np.diag([9.0, 9.0, 9.0, 1.0, 1.0, 1.0])
        self.memory = FlagMemory()
        self.sensors = table or sensors()
        self.tick = 0
        self.told = []

    def row(self, track):
        return self.tracks.row(track)

    def put(self, track, east, north, up=100.0, vel=(0.0, 0.0), at_ns=0):
        """Say where the estimate of a track is."""
        row = self.row(track)
        self.tracks.x[row, :3], self.tracks.x[row, 3:] = ecef(east, north, up), turned(*vel)
        self.tracks.t_ns[row] = at_ns

    def see(self, track, at_ns, modality=RADAR):
        row = self.row(track)
        self.tracks.seen[row, modality] += 1
        self.tracks.seen_ns[row, modality] = at_ns
        self.tracks.absence[row, modality] = 0.0

    def miss(self, track, pd, modality=RADAR):
        """One look in vain."""
        self.tracks.absence[self.row(track), modality] += np.log(1.0 - pd)

    def step(self, now_ns, said=(), sights=()):
        """One tick; `sights` are tracks that the radar saw."""
        reports = no_reports(len(said) + len(sights))
        reports.tick[:] = self.tick
        reports.index[:] = np.arange(len(reports))
        for k, one in enumerate(said):
            self._say(reports, k, one, now_ns)
        for k, track in enumerate(sights):
            reports.sensor[len(said) + k], reports.t_ns[len(said) + k] = 2, now_ns
            self.see(track, now_ns)
        ids = np.array([*(one.track for one in said), *sights], np.int64)
        pairs = Pairs(ids, np.arange(len(ids)), np.ones(len(ids)))
        told = flag(self.memory, self.tracks, self.sensors, reports, pairs, now_ns)
        self.tick += 1
        self.told += told
        return told

    def _say(self, reports, k, one, now_ns):
        place = ecef(one.east, one.north, one.up)
        lat, lon, _ = ecef_to_geodetic(*place)
        at_ns = now_ns if one.at_ns is None else one.at_ns
        reports.sensor[k], reports.t_ns[k], reports.tx[k], reports.claim[k] = one.sensor, at_ns, one.tx, one.claim
        reports.z[k], reports.lat_e7[k], reports.lon_e7[k] = place, round(lat * 1e7), round(lon * 1e7)
        up = FRAME[3]
        up_var = 1e6 if one.level else 25.0
        cov = one.sigma**2 * np.eye(3) + (up_var - one.sigma**2) * np.outer(up, up)
        reports.cov[k] = cov[np.triu_indices(3)]
        reports.sigma_m[k] = one.sigma
        if one.pressure_m is not None:
            reports.std_mm[k], reports.std_sigma_mm[k] = round(one.pressure_m * 1e3), 30_000
        if one.vel is not None:
            reports.vel[k], reports.vel_var[k] = one.vel, 1.0
        row, modality = self.row(one.track), int(self.sensors.modality[one.sensor])
        self.see(one.track, at_ns, modality)
        self.tracks.coop[row, :3], self.tracks.coop[row, 3:] = place, turned(*(one.vel or (0.0, 0.0)))
        self.tracks.coop_ns[row], self.tracks.coop_var[row] = at_ns, one.sigma**2

    def up(self, track):
        """The flags of a track that are up."""
        row = self.row(track)
        return {name for name, up in zip(FLAGS, self.tracks.flag_up[row], strict=True) if up}

    def log(self, track, flag_name):
        return float(self.tracks.flag_log[self.row(track), FLAGS.index(flag_name)])


def claim_of(at_ns):
    return at_ns // 100_000_000 % 36_000


def fly(seconds, seed, *, turns):
    """East, north and velocity each second of a flight that goes straight, or turns every five seconds."""
    rng = np.random.default_rng(seed)
    place, heading, path = rng.uniform(-2000, 2000, 2), rng.uniform(0, 6.28), []
    turn = rng.uniform(-0.4, 0.4) if turns else 0.0
    for k in range(seconds):
        if turns and k % 5 == 0:
            turn = rng.uniform(-0.4, 0.4)
        heading += turn
        vel = 12.0 * np.array([math.cos(heading), math.sin(heading)])
        place = place + vel
        path.append((place.copy(), vel))
    return path


def say_path(world, path, begin_ns, *, stamps_ns, tx, track):
    for k, (place, vel) in enumerate(path):
        now = begin_ns + k * S
        world.put(track, *place, at_ns=now)
        world.step(now, [Said(track, tx, *place, vel=tuple(vel), claim=claim_of(stamps_ns + k * S))])
