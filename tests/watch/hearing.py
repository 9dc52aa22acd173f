"""Sensors and scans for the tests of what is heard: one radar over a city, columns made of plain numbers."""

import dataclasses

import msgspec
import numpy as np

from skykeep.facts.enacted import Coverage, Patch, plain_sensor
from skykeep.facts.observed import LinkTrust, ScanReported
from skykeep.watch import heard
from skykeep.watch.radios import Radios
from skykeep.watch.sensors import Sensors, declare
from skykeep.watch.settings import WatchSettings
from tests.watch import stories as tell

T0, S = tell.T0, tell.S
LAT, LON, ALT = 50.45, 30.52, 150.0
COLUMNS = ("before_us", "range_mm", "azimuth_urad", "elevation_urad", "lat_e7", "lon_e7", "alt_mm", "doppler_mmps", "rcs_mdbsm")  # fmt: skip
MISSING = -(2**31)


@dataclasses.dataclass
class World:
    """What `align` asks of a state."""

    settings: WatchSettings = dataclasses.field(default_factory=WatchSettings)
    sensors: Sensors = dataclasses.field(default_factory=Sensors)
    radios: Radios = dataclasses.field(default_factory=Radios)
    bias: object = None


def coverage(**given):
    fields = {
        "range_min_mm": 0, "range_max_mm": 20_000_000, "azimuth_from_urad": 0, "azimuth_to_urad": 6_283_185,
        "elevation_min_urad": -100_000, "elevation_max_urad": 1_500_000, "floor_mm": None, "ceiling_mm": None,
        "horizon_urad": (),
    }  # fmt: skip
    return Coverage(**(fields | given))


def patch(azimuth=(0, 6_283_185), ranges=(0, 10**9), detection_ppm=500_000, clutter_ppm=2_000_000):
    return Patch(
        azimuth_from_urad=azimuth[0], azimuth_to_urad=azimuth[1], range_from_mm=ranges[0], range_to_mm=ranges[1],
        detection_ppm=detection_ppm, clutter_ppm=clutter_ppm,
    )  # fmt: skip


def radar(sensor_id="radar", modality="radar", **given):
    fields = {
        "lat_e7": round(LAT * 1e7), "lon_e7": round(LON * 1e7), "alt_mm": round(ALT * 1e3), "range_sigma_mm": 5_000,
        "azimuth_sigma_urad": 2_618, "elevation_sigma_urad": 5_236, "doppler_sigma_mmps": 500, "period_ms": 1_000,
        "scan": "whole", "clock": "synchronised", "detection_ppm": 900_000, "clutter_milli": 50_000,
        "coverage": coverage(),
    }  # fmt: skip
    plain = plain_sensor(
        sensor_id=sensor_id, modality=modality, pos_accuracy_mm=30_000, alt_accuracy_mm=40_000, simulated=False
    )
    return msgspec.structs.replace(plain, **(fields | given))


def world(*declared, bias=None, **settings):
    made = World(WatchSettings(**settings), bias=bias)
    for fact in declared:
        declare(made.sensors, fact)
    return made


def column(values):
    if values is None or all(value is None for value in values):
        return b""
    return np.array([MISSING if value is None else value for value in values], "<i4").tobytes()


def scan(t_ns=T0, sensor="radar", modality="radar", transmitter="", plots=None, link=LinkTrust.OPEN, **given):
    """A scan of columns that are lists of integers, in the units of the fact, None for "not in this plot"."""
    count = plots if plots is not None else max((len(given[name]) for name in COLUMNS if name in given), default=0)
    fields = {"pos_accuracy_mm": None, "alt_accuracy_mm": None} | {
        name: column(given.pop(name, None)) for name in COLUMNS
    }
    return ScanReported(
        **tell.heard(t_ns, transmitter, sensor, link), modality=modality, plots=count, **(fields | given)
    )


def align(facts, state, now_ns=T0, tick=7):
    return heard.align(facts, state, tick=tick, now_ns=now_ns)
