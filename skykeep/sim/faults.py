"""What goes wrong between a sensor and the station: reports lost, late, mixed up, doubled or false; files cut off.

Pure functions of a seed on lists of reports in order of their measurement. A report knows when it was measured and
when it arrived; `line` writes it as a generic track line, the format in which the two may differ.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence

from skykeep.sim.chance import Chance
from skykeep.sim.town import iso, place_e7


@dataclasses.dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Report:
    """One place of one flight as a sensor measured it."""

    t_event_ns: int
    t_arrival_ns: int
    sensor_id: str
    track: str
    east_m: float
    north_m: float
    accuracy_m: float = 10.0
    serial: str | None = None


def line(report: Report) -> bytes:
    """Return a report as a generic track line."""
    lat_e7, lon_e7 = place_e7(report.east_m, report.north_m)
    said = {
        "time": iso(report.t_event_ns),
        "arrival": iso(report.t_arrival_ns),
        "sensor": report.sensor_id,
        "track": report.track,
        "modality": "radar",
        "simulated": True,
        "lat": lat_e7 / 1e7,
        "lon": lon_e7 / 1e7,
        "accuracy_m": report.accuracy_m,
    }
    return json.dumps(said | ({"serial": report.serial} if report.serial else {})).encode()


def lines(reports: Iterable[Report]) -> bytes:
    """Return a file of track lines in order of arrival."""
    ordered = sorted(reports, key=lambda report: (report.t_arrival_ns, report))
    return b"".join(line(report) + b"\n" for report in ordered)


def drop(reports: Sequence[Report], seed: int, *, share: float) -> list[Report]:
    """Lose a share of the reports."""
    chance = Chance(seed, "drop")
    return [report for report in reports if chance.unit() >= share]


def delay(reports: Sequence[Report], seed: int, *, most_ns: int) -> list[Report]:
    """Let each report arrive up to `most_ns` later than it was measured; so their order changes too."""
    chance = Chance(seed, "delay")
    return [
        dataclasses.replace(report, t_arrival_ns=report.t_event_ns + chance.below(most_ns + 1)) for report in reports
    ]


def reorder(reports: Sequence[Report], seed: int, *, within: int) -> list[Report]:
    """Let runs of `within` reports change their arrival times among themselves; none arrives before it was measured."""
    chance = Chance(seed, "reorder")
    mixed: list[Report] = []
    for at in range(0, len(reports), within):
        run = list(reports[at : at + within])
        last_ns = max(report.t_event_ns for report in run)
        arrivals = chance.shuffled([last_ns + number * 1_000_000 for number in range(len(run))])
        mixed += [dataclasses.replace(report, t_arrival_ns=t) for report, t in zip(run, arrivals, strict=True)]
    return mixed


def duplicate(reports: Sequence[Report], seed: int, *, share: float, later_ns: int) -> list[Report]:
    """Deliver a share of the reports twice, the second time up to `later_ns` later."""
    chance = Chance(seed, "duplicate")
    doubled = []
    for report in reports:
        doubled.append(report)
        if chance.unit() < share:
            doubled.append(dataclasses.replace(report, t_arrival_ns=report.t_arrival_ns + 1 + chance.below(later_ns)))
    return doubled


def lie(reports: Sequence[Report], *, track: str, from_ns: int, by_m: float) -> list[Report]:
    """Let one flight tell a place `by_m` metres east of the true one from a moment on."""
    return [
        dataclasses.replace(report, east_m=report.east_m + by_m)
        if report.track == track and report.t_event_ns >= from_ns
        else report
        for report in reports
    ]


def cut(data: bytes, seed: int) -> bytes:
    """Break a file off somewhere, not before its first byte and not after its last."""
    return data[: 1 + Chance(seed, "cut").below(max(1, len(data) - 1))]
