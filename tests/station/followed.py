"""A track as the tracker holds it, tick by tick, made by hand: a radar, a camera, a neighbour, clutter."""

import dataclasses
import math

import numpy as np

from skykeep.facts.concluded import CLASSES, FLAGS, Rung
from skykeep.facts.observed import LinkTrust, PresenceReported
from skykeep.geo.frames import ecef_to_enu, enu_frame, geodetic_to_ecef
from skykeep.station.following import Follower
from skykeep.views.picture import SeenTick
from skykeep.watch.reports import AZIMUTH, POSITION, Pairs, no_reports
from skykeep.watch.table import ESTABLISHED, MODALITIES, TENTATIVE, no_tracks
from tests.views import scenes, skies
from tests.views.scenes import T0, S

CAMERA = "camera-2"
MINE, OTHER = 1, 2
RADIO = 7


@dataclasses.dataclass(frozen=True)
class Tick:
    tick: int
    now_ns: int
    facts: tuple


def camera():
    lat_e7, lon_e7 = scenes.e7(600, -900)
    return dataclasses_replace(skies.radar(), sensor_id=CAMERA, modality="camera", lat_e7=lat_e7, lon_e7=lon_e7)


def dataclasses_replace(fact, **changes):
    return type(fact)(**({name: getattr(fact, name) for name in fact.__struct_fields__} | changes))


def ecef(east_m, north_m, up_m=95.0):
    return np.array(geodetic_to_ecef(*scenes.place(east_m, north_m), up_m))


FRAME = enu_frame(scenes.LAT, scenes.LON, 0.0)


def where(second):
    (east_m, north_m), vel = skies.where(MINE, second)
    return ecef(east_m, north_m), vel


def wobble(second, seed):
    return 12.0 * math.sin(second * 2.4 + seed), 12.0 * math.cos(second * 1.7 + seed)


def heard(second):
    """The facts of a tick and its rows: a plot of mine, one of the neighbour, one of nobody, and a bearing."""
    east_m, north_m = skies.where(MINE, second)[0]
    de, dn = wobble(second, 0)
    plots = [(east_m + de, north_m + dn), (east_m + 55 + dn, north_m - 40), (east_m - 50, north_m + 45 - de)]
    reports = no_reports(4)
    reports.kind[:] = (POSITION, POSITION, POSITION, AZIMUTH)
    for place, plot in enumerate(plots):
        reports.z[place] = ecef(*plot)
    reports.cov[:3, 0] = reports.cov[:3, 3] = reports.cov[:3, 5] = 15.0**2
    stands = camera()
    frame = enu_frame(stands.lat_e7 / 1e7, stands.lon_e7 / 1e7, stands.alt_mm / 1e3)
    east, north, _ = ecef_to_enu(frame, *where(second)[0])
    reports.z[3, 0] = math.atan2(east, north) + 0.004 * math.sin(second)
    reports.cov[3, 0] = 0.006**2
    reports.sigma_m[:] = 15.0
    reports.t_ns[:] = T0 + second * S
    reports.tick[:] = second + 1
    reports.index[:] = (0, 0, 0, 1)
    reports.item[:] = (0, 1, 2, 0)
    reports.tx[3] = RADIO
    seen = PresenceReported(
        sensor_id=CAMERA, transmitter="tx:lens-00042", t_event_ns=T0 + second * S, t_arrival_ns=T0 + second * S,
        link_trust=LinkTrust.SIMULATED, frame=0, modality="camera", manned=None, uas_id=None,
        id_kind=scenes.IdKind.NONE, operator_id=None,
    )  # fmt: skip
    declared = (skies.radar(), camera(), *scenes.law(), skies.site()) if second == 0 else ()
    return (skies.scan(second), seen, *declared), reports


def held(second):
    """The table after the tick."""
    tracks = no_tracks(2)
    tracks.id[:] = (MINE, OTHER)
    tracks.phase[:] = ESTABLISHED if second >= 2 else TENTATIVE
    tracks.t_ns[:] = T0 + second * S
    tracks.born_ns[:] = T0
    tracks.r[:] = (1.0 - 0.6 * 0.5**second, 0.8)
    place, (ve, vn) = where(second)
    tracks.x[0, :3] = place
    tracks.x[0, 3:] = FRAME[1] * ve + FRAME[2] * vn
    tracks.x[1, :3] = ecef(skies.where(MINE, second)[0][0] + 55, skies.where(MINE, second)[0][1] - 40)
    wide, along = 40.0**2 / (second + 1) + 36.0, FRAME[2]
    tracks.p[:, :3, :3] = np.eye(3) * wide + np.outer(along, along) * wide
    tracks.reports[:] = second + 1
    tracks.mode[:] = (0.05, 0.85, 0.10)
    tracks.class_log[0, CLASSES.index("multirotor")] = 3.0
    tracks.flag_log[0, FLAGS.index("impossible_motion")] = -4.5
    tracks.seen[0, MODALITIES.index("radar")] = second + 1
    tracks.seen_ns[0, MODALITIES.index("radar")] = T0 + second * S
    tracks.absence[0, MODALITIES.index("rf")] = -1.5
    tracks.tx[:, 0] = RADIO
    tracks.tx_weight[:, 0] = (0.9, 0.1)
    return tracks


def pairs(second):
    sure = 0.62 if second % 15 == 7 else 0.96
    return Pairs(np.array([MINE, OTHER, OTHER, MINE]), np.array([0, 0, 1, 3]), np.array([sure, 1.0 - sure, 0.97, 0.99]))


def followed(seconds=90, mine=frozenset({MINE})):
    """The trail of a follower who looked on, and the ticks as views fold them."""
    follower = Follower(mine)
    ticks = [scenes.began()]
    for second in range(seconds):
        facts, reports = heard(second)
        follower(Tick(second + 1, T0 + second * S, facts), reports, pairs(second), held(second))
        told = [fact for fact in skies.conclusions().get(second, ()) if getattr(fact, "track_id", MINE) == MINE]
        if second == 45:
            told.append(scenes.reached(MINE, 45, scenes.Verdict.NOT_PERMITTED, "no_permit", "URY-1"))
        if second == 50:
            told.append(skies.rung(50, Rung.CONFIRMED, track=MINE, modalities=("radar", "camera")))
        row = skies.row(
            MINE, second, *skies.where(MINE, second)[0], skies.where(MINE, second)[1], established=second >= 2
        )
        told.append(skies.told(second, row))
        ticks.append(SeenTick(second + 1, T0 + second * S, (), facts, tuple(told)))
    return follower.trail, ticks
