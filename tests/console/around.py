"""What lies around flights, told to a scripted station: sensors with what they cover, permits, a site, an operator."""

import time

from msgspec.structs import replace

from skykeep.facts.acted import Health, HealthObserved
from skykeep.facts.enacted import Coverage, SiteProtected, plain_sensor
from skykeep.facts.personal import Name, NameKind
from skykeep.station.link import SensorStatus
from tests.console.scripted import LAT_E7, LON_E7, circle
from tests.rules.examples import permit
from tests.views.livefacts import system

HOUR_NS = 3_600 * 10**9
FULL_URAD = 6_283_185
SERIAL = "1588E040445AC004418"
OPERATOR = "-34.8990,-56.1500"


def sensor(sensor_id, lat_e7=LAT_E7, lon_e7=LON_E7, range_m=2_000, **said):
    """Return a declaration of a sensor that looks all round unless `said` narrows its coverage."""
    given = {
        "range_min_mm": 0, "range_max_mm": range_m * 1_000, "azimuth_from_urad": 0, "azimuth_to_urad": FULL_URAD,
        "elevation_min_urad": 0, "elevation_max_urad": 1_570_796, "floor_mm": None, "ceiling_mm": None,
        "horizon_urad": (),
    }  # fmt: skip
    plain = plain_sensor(
        sensor_id=sensor_id, modality="radar", pos_accuracy_mm=30_000, alt_accuracy_mm=90_000, simulated=True
    )
    return replace(plain, lat_e7=lat_e7, lon_e7=lon_e7, alt_mm=20_000, coverage=Coverage(**given | said))


def heard(sensor_id, **said):
    """Return how a sensor does that was heard just now."""
    given = {
        "sensor_id": sensor_id, "feed": f"feed-{sensor_id}", "format": "plots", "keyed": True, "connected": True,
        "frames": 9, "facts": 9, "unreadable": 0, "dropped": 0, "last_ns": time.time_ns(), "rate_hz": 1.0,
        "latency_ns": 1,
    }  # fmt: skip
    return SensorStatus(**given | said)


def silent(sensor_id, *, well=False, t_ns=None):
    unseen = "" if well else f"what {sensor_id} alone sees"
    return HealthObserved(
        what=Health.SENSOR_SILENT, subject=sensor_id, well=well, unseen=unseen, value=None, unit="",
        t_ns=time.time_ns() if t_ns is None else t_ns,
    )  # fmt: skip


def site(site_id, name, lat_e7=LAT_E7 + 30_000, lon_e7=LON_E7, radius_m=200, **said):
    given = {"from_ns": 0, "until_ns": None, "version": 1} | said
    return SiteProtected(site_id=site_id, name=name, lat_e7=lat_e7, lon_e7=lon_e7, radius_mm=radius_m * 1_000, **given)


def operator(station, transmitter="tx:a"):
    """Say where the operator of what this transmitter flies says to be."""
    named = Name(pseudonym="place:op", kind=NameKind.PLACE, value=OPERATOR)
    serial = Name(pseudonym="uas:1", kind=NameKind.UAS_ID, value=SERIAL)
    station.say(facts=[system(transmitter, "place:op", time.time_ns())], names=[named, serial])


def all_around(station):
    """Say that two sensors are there, of which the eastern fell silent, and a hospital."""
    station.sensors = [heard("rid-west"), heard("radar-east")]
    east, now_ns = LON_E7 + 250_000, time.time_ns()
    station.say(facts=[
        permit("P-now", circle(), granted=0, start=0, end=now_ns + HOUR_NS),
        permit("P-soon", circle(), granted=0, start=now_ns + HOUR_NS, end=now_ns + 2 * HOUR_NS),
        permit("P-later", circle(), granted=0, start=now_ns + 3 * HOUR_NS, end=now_ns + 4 * HOUR_NS),
        sensor("rid-west"), sensor("radar-east", lon_e7=east), site("hospital", "City hospital"), silent("radar-east"),
    ])  # fmt: skip
