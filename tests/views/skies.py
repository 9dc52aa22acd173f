"""A record of many sensors made by hand: what the watch tells of existence, class, flags, approach, groups, bias."""

import math

import numpy as np

from skykeep.facts import columns
from skykeep.facts.concluded import (
    AlarmChanged,
    ApproachSeen,
    BiasEstimated,
    EntryForeseen,
    ExistenceMoved,
    FactRef,
    GroupMoved,
    PresenceHeld,
    Rung,
    TrackClassified,
    TrackFlagged,
    Trust,
    Verdict,
)
from skykeep.facts.enacted import SensorDeclared, SiteProtected
from skykeep.facts.observed import LinkTrust, ScanReported
from skykeep.views.picture import SeenTick
from tests.views import scenes
from tests.views.scenes import T0, S

NOT_KNOWN = np.iinfo(np.int64).min
RADAR, RECEIVER = "radar-north", "rid-roof"
BIRDS = range(20, 23)
CLUTTER = range(40, 90)


def radar():
    lat_e7, lon_e7 = scenes.e7(-1800, -400)
    return SensorDeclared(
        sensor_id=RADAR, modality="radar", pos_accuracy_mm=20_000, alt_accuracy_mm=40_000, simulated=True, lat_e7=lat_e7,
        lon_e7=lon_e7, alt_mm=40_000, range_sigma_mm=8_000, azimuth_sigma_urad=8_700, elevation_sigma_urad=12_000,
        doppler_sigma_mmps=None, period_ms=1000, scan="whole", latency_ms=300, clock="synchronised", clock_sigma_us=1000,
        detection_ppm=900_000, clutter_milli=4_000, coverage=None, patches=(), horizon_sha256=None,
    )  # fmt: skip


def receiver():
    return scenes.plain_sensor(
        sensor_id=RECEIVER, modality="remote_id", pos_accuracy_mm=30_000, alt_accuracy_mm=30_000, simulated=True
    )


def site():
    lat_e7, lon_e7 = scenes.e7(300, 900)
    return SiteProtected(
        site_id="SITE-1", version=1, name="Harbour power station", lat_e7=lat_e7, lon_e7=lon_e7, radius_mm=250_000,
        from_ns=T0, until_ns=None,
    )  # fmt: skip


def i4(*values):
    return np.array(values, "<i4").tobytes()


def scan(second, plots=3):
    return ScanReported(
        sensor_id=RADAR, transmitter="", t_event_ns=T0 + second * S, t_arrival_ns=T0 + second * S + S // 5,
        link_trust=LinkTrust.SIMULATED, frame=0, modality="radar", plots=plots, before_us=b"",
        range_mm=i4(*[1_500_000] * plots), azimuth_urad=i4(*[600_000] * plots), elevation_urad=i4(*[40_000] * plots),
        lat_e7=b"", lon_e7=b"", alt_mm=b"", doppler_mmps=b"", rcs_mdbsm=b"", pos_accuracy_mm=None, alt_accuracy_mm=None,
    )  # fmt: skip


def told(second, *rows):
    """One fact with the rows given as dicts."""
    plain = dict.fromkeys((*columns.WIDE, *columns.NARROW), 0)
    plain |= {"said_datum": -1, "above_datum": -1, "said_sigma_mm": NOT_KNOWN, "marks": columns.SIMULATED}
    full = [plain | row for row in sorted(rows, key=lambda row: row["track_id"])]
    return columns.fold(T0 + second * S, **{name: np.array([row[name] for row in full]) for name in full[0]})


def row(track, second, east_m, north_m, vel=(0.0, 0.0), *, established=True, ppm=995_000, index=0, **changes):
    lat_e7, lon_e7 = scenes.e7(east_m, north_m)
    return {
        "track_id": track, "phase": int(established), "existence_ppm": ppm, "lat_e7": lat_e7, "lon_e7": lon_e7,
        "alt_mm": 95_000, "pos_sigma_mm": 6_000, "up_sigma_mm": 9_000, "vel_east_mmps": round(vel[0] * 1000),
        "vel_north_mmps": round(vel[1] * 1000), "vel_up_mmps": 0, "reports": second + 1, "evidence_index": index,
        "mode": 1,
    } | changes  # fmt: skip


def rung(second, rung_, *, track=None, presence=None, modalities=("radar",), explained=(), absent=()):
    return ExistenceMoved(
        track_id=track, presence_id=presence, t_ns=T0 + second * S, rung=rung_, existence_ppm=990_000,
        modalities=modalities, absent=absent, not_covered=(), explained=explained, evidence=(FactRef(second + 1, 0),),
    )  # fmt: skip


def classified(track, second, *ppm):
    return TrackClassified(
        track_id=track, t_ns=T0 + second * S, ppm=ppm, why=(("speed", 2_300), ("doppler", -400)),
        evidence=(FactRef(second + 1, 0),),
    )  # fmt: skip


def presence(second, number=1, *, holds=True, radius_mm=900_000, bearing=None):
    lat_e7, lon_e7 = scenes.e7(-1300, 700)
    return PresenceHeld(
        presence_id=number, t_ns=T0 + second * S, holds=holds, modality="acoustic", sensors=("mic-7",), transmitter="tx:m",
        uas_id=None, lat_e7=None if radius_mm is None else lat_e7, lon_e7=None if radius_mm is None else lon_e7,
        radius_mm=radius_mm, bearing_urad=bearing, bearing_sigma_urad=None if bearing is None else 52_000, reports=4,
        evidence=(FactRef(second + 1, 0),),
    )  # fmt: skip


def bias(*, applied=True):
    return BiasEstimated(
        sensor_id=RADAR, t_ns=T0 + 60 * S, range_mm=-24_000, range_sigma_mm=3_000, azimuth_urad=10_400,
        azimuth_sigma_urad=900, elevation_urad=0, elevation_sigma_urad=0, pairs=84, refused=6, applied=applied,
    )  # fmt: skip


def conclusions():
    """What is told at which second."""
    return {
        0: [scenes.reached(1, 0, Verdict.NOT_PERMITTED, "no_permit", "URY-2"), presence(0)],
        2: [
            rung(2, Rung.SUSPECTED, track=1),
            classified(1, 2, ("unknown", 600_000), ("multirotor", 400_000)),
            scenes.identified(2, 2, trust=Trust.SELF_DECLARED),
            scenes.reached(2, 2, Verdict.CANNOT_TELL, "identity_contradicted", "URY-2"),
            AlarmChanged(
                alarm_id=1, track_id=1, reason="not_permitted", state="unacknowledged", priority=1, t_ns=T0 + 2 * S
            ),
        ],
        10: [
            EntryForeseen(
                track_id=3, t_ns=T0 + 10 * S, zone_id="URY-1", zone_version=1, entry_ns=T0 + 70 * S,
                entry_sigma_ns=2 * S, evidence=FactRef(11, 0),
            ),
            scenes.reached(3, 10, Verdict.NO_RULE, "no_zone_here"),
            scenes.reached(4, 10, Verdict.NO_RULE, "no_zone_here"),
            GroupMoved(group_id=1, t_ns=T0 + 10 * S, track_ids=(3, 4)),
        ],
        30: [
            TrackFlagged(track_id=2, t_ns=T0 + 30 * S, flag="rid_without_body", up=True, log_odds_milli=5_200,
                         evidence=(FactRef(31, 0),)),
            rung(30, Rung.CONFIRMED, track=1, modalities=("radar", "camera")),
            rung(30, Rung.SUSPECTED, presence=1, modalities=("acoustic",), explained=(("permitted", "P-2231", 420_000),)),
            rung(30, Rung.REPORTED, track=2, modalities=("remote_id",), absent=(RADAR,)),
            classified(1, 30, ("multirotor", 931_000), ("bird", 40_000)),
            *(classified(bird, 30, ("bird", 960_000), ("multirotor", 20_000)) for bird in BIRDS),
        ],
        60: [bias(), ApproachSeen(
            track_id=1, t_ns=T0 + 60 * S, site_id="SITE-1", site_version=1, kind="approach", distance_mm=820_000,
            closest_mm=40_000, closest_ns=T0 + 118 * S, reach_ns=T0 + 90 * S, evidence=FactRef(61, 0),
        )],
        100: [ApproachSeen(
            track_id=1, t_ns=T0 + 100 * S, site_id="SITE-1", site_version=1, kind="within", distance_mm=210_000,
            closest_mm=None, closest_ns=None, reach_ns=None, evidence=FactRef(101, 0),
        )],
        110: [presence(110, holds=False)],
    }  # fmt: skip


def where(track, second):
    paths = {
        1: ((-900, -700), (9.5, 13.0)), 2: ((700, -500), (-3.0, 4.0)), 3: ((-2400, 900), (11.0, -4.0)),
        4: ((-2440, 860), (11.0, -4.0)), 20: ((1500, 600), (-6, 5)), 21: ((1520, 640), (-6, 5)), 22: ((1480, 610), (-6, 5)),
    }  # fmt: skip
    (east, north), vel = paths[track]
    bend = math.sin(second / 20 + track) * 30
    return (east + vel[0] * second + bend, north + vel[1] * second - bend), vel


def story():
    """Two minutes: an unknown drone by radar, a Remote ID that nothing sees, two that fly together, birds, clutter."""
    yield scenes.began()
    for second in range(121):
        facts = [scan(second), *scenes.heard(2, second, RECEIVER)]
        if second == 0:
            facts += [*scenes.law(), radar(), receiver(), site()]
        rows = []
        for track in (1, 2, 3, 4, *BIRDS):
            (place, vel) = where(track, second)
            rows.append(row(track, second, *place, vel, index=1 if track == 2 else 0))
        if second < len(CLUTTER):
            rows.append(row(CLUTTER[second], 0, second * 37 - 900, 400 - second * 23, established=False, ppm=120_000))
        concluded = [told(second, *rows), *conclusions().get(second, ())]
        yield SeenTick(
            second + 1, T0 + second * S, scenes.names() if second == 0 else (), tuple(facts), tuple(concluded)
        )
