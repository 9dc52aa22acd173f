"""A station's numbers as Prometheus reads them; base units, counters end in `_total`, names are told in docs.

The web process serves them: what the station told it last (`link.Status`), and how the web follows. A station that
is not heard of has `skykeep_station_up` 0, and none of the numbers that would then be old.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

import skykeep
from skykeep.station.link import SensorStatus, Status

_NS = 1e-9


class Following(NamedTuple):
    """How the web process follows the station."""

    up: bool  # the station is there, and what is shown is of now
    now_ns: int  # of the last completed step that the web knows
    recorded: bool  # what is shown is durable
    gaps: int  # ticks that the link left out and the record gave


_GAUGES: tuple[tuple[str, str, str, float], ...] = (
    ("recorded", "recorded", "1: all that is shown is durable, 0: NOT RECORDED.", 1.0),
    ("tick_step_p99_seconds", "step_p99_us", "99th percentile of how long the last ticks took.", 1e-6),
    ("ticks_waiting", "waiting_ticks", "Ticks that are not durable yet.", 1.0),
    ("tracks", "tracks", "Tracks that are live now.", 1.0),
    ("record_disk_free_bytes", "disk_free_bytes", "Bytes free on the record's disk.", 1.0),
    ("station_resident_memory_bytes", "rss_bytes", "Memory of the station process.", 1.0),
    ("clock_offset_seconds", "clock_offset_ns", "The system's clock against the station's time.", _NS),
)  # fmt: skip
_COUNTERS: tuple[tuple[str, str, str], ...] = (
    ("record_entries", "durable", "Durable entries of the record."),
    ("ticks", "ticks", "Ticks since the station began."),
    ("facts", "facts", "Facts since the station began."),
    ("tick_overruns", "overruns", "Ticks that ended later than the next should have begun."),
)
_SENSOR_COUNTERS: tuple[tuple[str, str, str], ...] = (
    ("frames", "frames", "Frames heard of a sensor."),
    ("facts", "facts", "Facts read from them."),
    ("unreadable", "unreadable", "Frames that break their standard."),
    ("dropped", "dropped", "Packets that the kernel threw away before they were read."),
)
_SENSOR_GAUGES: tuple[tuple[str, str, str, float], ...] = (
    ("connected", "connected", "1: its feed is connected.", 1.0),
    ("keyed", "keyed", "1: it proved who it is.", 1.0),
    ("frame_rate_hertz", "rate_hz", "Frames a second over the last ten.", 1.0),
    ("last_heard_timestamp_seconds", "last_ns", "When it was heard last, Unix time.", _NS),
    ("latency_seconds", "latency_ns", "From the time in its last message to its arrival.", _NS),
)
_SENSOR = ("sensor", "feed")


def render(status: Status | None, following: Following) -> bytes:
    """Return the exposition in text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats)."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Snapshot(status if following.up else None, following))
    return generate_latest(registry)


class _Snapshot(Collector):
    def __init__(self, status: Status | None, following: Following) -> None:
        self._status, self._following = status, following

    def collect(self) -> Iterable[Metric]:
        yield from _of_web(self._following)
        if self._status is not None:
            yield from _of_station(self._status)
            yield from _of_sensors(self._status.sensors)


def _of_web(following: Following) -> Iterator[Metric]:
    build = GaugeMetricFamily("skykeep_build_info", "Which program this is; always 1.", labels=("version",))
    build.add_metric((skykeep.__version__,), 1)
    yield build
    yield GaugeMetricFamily("skykeep_station_up", "1: the web process follows the station.", int(following.up))
    yield GaugeMetricFamily(
        "skykeep_last_step_timestamp_seconds", "Time of the last completed step, Unix time.", following.now_ns * _NS
    )
    yield CounterMetricFamily(
        "skykeep_web_link_gaps", "Ticks that the link left out and the record gave.", following.gaps
    )


def _of_station(status: Status) -> Iterator[Metric]:
    for name, field, words, unit in _GAUGES:
        yield GaugeMetricFamily(f"skykeep_{name}", words, getattr(status, field) * unit)
    for name, field, words in _COUNTERS:
        yield CounterMetricFamily(f"skykeep_{name}", words, getattr(status, field))
    ill = GaugeMetricFamily("skykeep_unwell", "1 for each thing that is not well now.", labels=("what", "subject"))
    for each in status.ill:
        ill.add_metric((each.what, each.subject), 1)
    yield ill


def _of_sensors(sensors: Sequence[SensorStatus]) -> Iterator[Metric]:
    for name, field, words in _SENSOR_COUNTERS:
        counter = CounterMetricFamily(f"skykeep_sensor_{name}", words, labels=_SENSOR)
        for sensor in sensors:
            counter.add_metric((sensor.sensor_id, sensor.feed), getattr(sensor, field))
        yield counter
    for name, field, words, unit in _SENSOR_GAUGES:
        gauge = GaugeMetricFamily(f"skykeep_sensor_{name}", words, labels=_SENSOR)
        for sensor in sensors:
            value = getattr(sensor, field)
            if value is not None:
                gauge.add_metric((sensor.sensor_id, sensor.feed), float(value) * unit)
        yield gauge
