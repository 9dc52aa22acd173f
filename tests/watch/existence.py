"""Sensors, tracks and reports to try the existence ladder on: made by hand, about one place."""

import msgspec
import numpy as np

from skykeep.facts.enacted import BodiesSampled, Body, Coverage, ObjectKnown, plain_sensor
from skykeep.facts.observed import IdKind, LinkTrust, PresenceReported
from skykeep.geo.frames import enu_frame, enu_to_ecef
from skykeep.watch.reports import Pairs, no_reports
from skykeep.watch.sensors import Sensors, declare
from skykeep.watch.table import MODALITIES, no_tracks

NS = 10**9
T0 = 1_790_000_000 * NS
LAT_E7, LON_E7 = 504500000, 305200000
FRAME = enu_frame(LAT_E7 / 1e7, LON_E7 / 1e7, 100.0)
TURN = 6_283_186


def at(east, north, up=100.0):
    """Earth-centred place, metres from the middle."""
    return enu_to_ecef(FRAME, east, north, up)


def geodetic(east, north):
    """lat_e7 and lon_e7 of a place near the middle."""
    from skykeep.geo.frames import enu_to_geodetic

    lat, lon, _ = enu_to_geodetic(FRAME, east, north, 0.0)
    return round(lat * 1e7), round(lon * 1e7)


def sensor(name, modality, east=0.0, north=0.0, *, range_m=None, pd=0.9, period_s=1.0, sector=(0, TURN), **changes):
    """A declared sensor; without a range its coverage is not declared."""
    lat_e7, lon_e7 = geodetic(east, north)
    cover = None if range_m is None else Coverage(
        range_min_mm=0, range_max_mm=round(range_m * 1e3), azimuth_from_urad=sector[0], azimuth_to_urad=sector[1],
        elevation_min_urad=-1_500_000, elevation_max_urad=1_570_797, floor_mm=None, ceiling_mm=None, horizon_urad=(),
    )  # fmt: skip
    plain = plain_sensor(
        sensor_id=name, modality=modality, pos_accuracy_mm=30_000, alt_accuracy_mm=30_000, simulated=False
    )
    values = {
        "lat_e7": lat_e7, "lon_e7": lon_e7, "alt_mm": 100_000, "coverage": cover, "clutter_milli": 1000,
        "detection_ppm": None if pd is None else round(pd * 1e6), "period_ms": round(period_s * 1e3),
    }  # fmt: skip
    return msgspec.structs.replace(plain, **(values | changes))


def table(*declared):
    sensors = Sensors()
    for fact in declared:
        declare(sensors, fact)
    return sensors


def tracks(count=1, *, east=0.0, north=0.0, sigma_m=10.0, r=0.99, first=1):
    """Rows that nothing has seen yet, 100 m apart to the east."""
    rows = no_tracks(count)
    rows.id[:] = np.arange(first, first + count)
    rows.phase[:] = 1
    rows.t_ns[:] = rows.born_ns[:] = rows.heard_ns[:] = T0
    rows.r[:] = r
    for row in range(count):
        rows.x[row, :3] = at(east + 100.0 * row, north)
        rows.p[row] = np.diag([sigma_m**2] * 3 + [1.0] * 3)
    return rows


def sighted(rows, row, modality, t_ns, count=1):
    """Write a sighting as the tracker does."""
    m = MODALITIES.index(modality)
    rows.seen[row, m] += count
    rows.seen_ns[row, m] = max(rows.seen_ns[row, m], t_ns)
    rows.absence[row, m] = 0.0
    rows.t_ns[row] = max(rows.t_ns[row], t_ns)


def in_vain(rows, row, modality, nats):
    rows.absence[row, MODALITIES.index(modality)] += nats


def report(sensors, name, track_id, *, tick=1, index=0, t_ns=T0, probability=1.0, kind=0, **columns):
    """One row of Reports, and the pair that says which track it moved."""
    rows = no_reports(1)
    rows.sensor[0] = sensors.ids.index(name)
    rows.t_ns[0], rows.tick[0], rows.index[0], rows.kind[0] = t_ns, tick, index, kind
    for column, value in columns.items():
        getattr(rows, column)[0] = value
    return rows, Pairs(np.array([track_id], np.int64), np.zeros(1, np.int64), np.array([probability]))


def nothing_heard():
    return no_reports(), Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))


def presence(name, modality, transmitter="", t_ns=T0, **changes):
    values = {
        "sensor_id": name, "transmitter": transmitter, "t_event_ns": t_ns, "t_arrival_ns": t_ns,
        "link_trust": LinkTrust.KEYED, "frame": 0, "modality": modality, "manned": None, "uas_id": None,
        "id_kind": IdKind.NONE, "operator_id": None,
    }  # fmt: skip
    return PresenceReported(**(values | changes))


def balloon(east=0.0, north=0.0, *, radius_m=100.0, from_ns=0, until_ns=2 * T0, **changes):
    lat_e7, lon_e7 = geodetic(east, north)
    values = {
        "object_id": "B1", "kind": "balloon", "lat_e7": lat_e7, "lon_e7": lon_e7, "radius_mm": round(radius_m * 1e3),
        "floor_mm": 100_000, "ceiling_mm": 400_000, "from_ns": from_ns, "until_ns": until_ns, "source": "a notice",
    }  # fmt: skip
    return ObjectKnown(**(values | changes))


def sky(*bodies, sun_urad=-500_000, steps=12):
    """An hour about T0; each body is (name, magnitude, azimuths, elevations), in rad; the sun is down by default."""

    def body(name, magnitude, azimuth, elevation):
        azimuths = azimuth if isinstance(azimuth, tuple) else (azimuth,) * (steps + 1)
        elevations = elevation if isinstance(elevation, tuple) else (elevation,) * (steps + 1)
        return Body(
            name=name,
            magnitude_centi=round(magnitude * 100),
            azimuth_urad=tuple(round(each * 1e6) for each in azimuths),
            elevation_urad=tuple(round(each * 1e6) for each in elevations),
        )

    sun = body("Sun", -26.7, 0.0, sun_urad / 1e6)
    return BodiesSampled(
        lat_e7=LAT_E7, lon_e7=LON_E7, from_ns=T0 - 300 * NS, step_ns=300 * NS,
        bodies=(sun, *(body(*each) for each in bodies)), source="made for a test",
    )  # fmt: skip
