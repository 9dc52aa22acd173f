"""Liars and a flood: how often each flag goes up where it should, where it should not, and what a flood costs.

    python -m benchmarks.spoof [--json] [--quick] [--runs 1000] [--floods 20] [--jobs 2]

Each run is a minute over ten square kilometres and more with one radar (1 Hz, 90 % detection, 20 false plots a scan)
and one Remote ID receiver (85 % of the messages), and in it, kilometres apart, one of each:

    honest           flies where it says (two of them): every flag is false
    dark             flies and says nothing: body_without_rid
    phantom          says that it flies, and nothing is there: rid_without_body
    offset           flies 400 m beside the place it says: rid_offset
    old_stamps       nothing there; another flight's messages, minutes old: replayed
    heard_before     a flight that was heard here, and its messages again a little later: replayed
    jumps            says two places 900 m apart by turns: impossible_motion
    word             says that it flies fast and stays where it is: impossible_motion
    far              heard here, says a place 120 km away near the ground: beyond_radio_horizon

A flag counts for a flight when it went up on a track that is then nearest to it. Rates stand with exact 95 % bounds
(Clopper, Pearson). What is also true of a liar (no body where it says) is neither a detection nor false.

The flood: 20 honest drones, ten more that come later, and from the 10th to the 70th second 10,000 Remote IDs that fly
nowhere, each heard once or twice. Lost: a real drone whose established track ends; late: later established than
without the flood, or a step longer than 250 ms.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import sys
from collections import Counter
from collections.abc import Iterator
from multiprocessing.pool import Pool
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from benchmarks.watching import Run, percentiles_ms, ticks, watched
from skykeep.facts.codec import Fact
from skykeep.facts.concluded import (
    FLAGS,
    AlarmChanged,
    Phase,
    TrackEstimated,
    TrackFlagged,
    TrackLost,
    TrackMerged,
    TracksEstimated,
)
from skykeep.facts.enacted import Coverage, SensorDeclared, plain_sensor
from skykeep.facts.observed import BasicIdHeard, FlightStatus, IdKind, LinkTrust, LocationHeard, ScanReported
from skykeep.geo.altitude import Altitude, Datum
from skykeep.geo.frames import (
    ecef_to_enu_all,
    ecef_to_geodetic_all,
    enu_frame,
    enu_to_ecef_all,
    geodetic_to_ecef_all,
)
from skykeep.sim import bounds

Floats = npt.NDArray[np.float64]

PLACE_DEG_M = (50.45, 30.52, 120.0)
FRAME = enu_frame(*PLACE_DEG_M)
START_NS = 1_780_000_000_000_000_000
SECONDS, STEP_S = 60, 0.25
RADAR_SIGMA = (6.0, 0.002, 0.004)  # m, rad, rad
RADAR_PD, RECEIVER_PD, FALSE_PLOTS = 0.9, 0.85, 20
REACH_M = 12_000.0
SPACING_M = 3_500.0
OFFSET_M, JUMP_M, FAR_M = 400.0, 900.0, 120_000.0
HEARD_UNTIL_S, AGAIN_FROM_S = 20.0, 32.0
KINDS = ("honest", "honest_too", "dark", "phantom", "offset", "old_stamps", "heard_before", "jumps", "word", "far")
EXPECTED = {
    "dark": "body_without_rid",
    "phantom": "rid_without_body",
    "offset": "rid_offset",
    "old_stamps": "replayed",
    "heard_before": "replayed",
    "jumps": "impossible_motion",
    "word": "impossible_motion",
    "far": "beyond_radio_horizon",
}
ALSO_TRUE = {
    "offset": {"rid_without_body", "body_without_rid"},
    "old_stamps": {"rid_without_body"},
    "heard_before": {"rid_without_body"},
    "jumps": {"rid_without_body"},
    "word": {"rid_without_body"},
    "far": {"rid_without_body"},
}
_BODIES = frozenset({"honest", "honest_too", "dark", "offset", "heard_before"})
KEPT = (TracksEstimated, TrackEstimated, TrackFlagged, TrackLost, TrackMerged, AlarmChanged)
_FULL_URAD, _QUARTER_URAD = 6_283_185, 1_570_796


def main() -> None:
    parser = argparse.ArgumentParser(description="Flags on liars, and the flood.")
    parser.add_argument("--json", action="store_true", help="one JSON object on one line")
    parser.add_argument("--quick", action="store_true", help="a few runs, to see that everything runs")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--floods", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if options.quick:
        options.runs, options.floods = 6, 1
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        found = {"flags": flags(options.runs, pool), "flood": floods(options.floods, pool)}
    print(json.dumps(found) if options.json else json.dumps(found, indent=2))


# ---- a world of liars ------------------------------------------------------------------------------


def flags(runs: int, pool: Pool) -> dict[str, Any]:
    """Return, for each kind, how often each flag went up on it, and when the right one did; then the same by flag."""
    found = []
    for each in pool.imap(liars, range(1, runs + 1), chunksize=4):
        found.append(each)
        if len(found) % 100 == 0:
            print(f"{len(found)} of {runs} runs", file=sys.stderr, flush=True)
    table: dict[str, Any] = {"runs": runs, "by_flag": {flag: of_flag(flag, found) for flag in FLAGS}}
    for kind in KINDS:
        up = [each[kind] for each in found]
        right = EXPECTED.get(kind)
        also = ALSO_TRUE.get(kind, set())
        false = sum(any(flag != right and flag not in also for flag in each) for each in up)
        table[kind] = {
            "expected": right,
            "false": rate(false, runs),
            "also": {flag: sum(flag in each for each in up) for flag in sorted(also)},
            "false_by_flag": {
                flag: count
                for flag in FLAGS
                if flag != right and flag not in also and (count := sum(flag in each for each in up))
            },
        }
        if right is not None:
            after = sorted(each[right] for each in up if right in each)
            table[kind] |= {
                "detected": rate(len(after), runs),
                "after_s_p50": after[len(after) // 2] if after else None,
                "after_s_p90": after[min(len(after) - 1, math.ceil(0.9 * len(after)) - 1)] if after else None,
            }
    return table


def of_flag(flag: str, found: list[dict[str, dict[str, float]]]) -> dict[str, Any]:
    """Return how often a flag went up where it should, and where it should not, over all flights of all runs."""
    right = [kind for kind in KINDS if EXPECTED.get(kind) == flag]
    wrong = [kind for kind in KINDS if kind not in right and flag not in ALSO_TRUE.get(kind, set())]
    detected, false = (sum(flag in each[kind] for each in found for kind in kinds) for kinds in (right, wrong))
    return {
        "detected": rate(detected, len(right) * len(found)) | {"flights": len(right) * len(found)},
        "false": rate(false, len(wrong) * len(found)) | {"flights": len(wrong) * len(found)},
    }


def rate(count: int, trials: int) -> dict[str, Any]:
    """Return a share with its exact 95 % bounds."""
    low, high = bounds.probability_interval(count, trials)
    return {"count": count, "rate": round(count / trials, 4), "low": round(low, 4), "high": round(high, 4)}


def liars(seed: int) -> dict[str, dict[str, float]]:
    """Run one world; return for each kind the flags that went up on it and how long after its lie began."""
    chance = np.random.default_rng([seed, 4])
    flights = {kind: flight(chance) for kind in KINDS}
    anchors = places_apart(chance)
    facts = [(START_NS, each) for each in declared()]
    facts += sorted(_heard(chance, flights, anchors), key=lambda one: one[0])
    run = watched(ticks(facts), keep=KEPT)
    return on_whom(run, anchors)


def flight(chance: np.random.Generator) -> tuple[Floats, Floats]:
    """Return places (k, 3) about an anchor and velocities (k, 3), every STEP_S: legs and turns within 600 m."""
    count = int(SECONDS / STEP_S) + 1
    place, velocity = np.zeros((count, 3)), np.zeros((count, 3))
    heading, speed, turn, left = chance.uniform(0, 2 * np.pi), chance.uniform(7, 13), 0.0, 0.0
    at, up = chance.uniform(-200, 200, 2), chance.uniform(50, 110)
    for k in range(count):
        if left <= 0:
            left, turn = chance.uniform(4, 10), chance.choice([0.0, 0.25, -0.25])
            speed = float(np.clip(speed + chance.normal(0, 2), 6, 14))
        if np.hypot(*at) > 450:
            home = np.arctan2(-at[0], -at[1])
            turn = 0.35 * float(np.sign(np.sin(home - heading)))
        heading, left = heading + turn * STEP_S, left - STEP_S
        v = np.array([speed * np.sin(heading), speed * np.cos(heading)])
        place[k], velocity[k] = (*at, up), (*v, 0.0)
        at = at + v * STEP_S
    return place, velocity


def places_apart(chance: np.random.Generator) -> dict[str, Floats]:
    """Return where each kind flies about: places of a grid, dealt anew in each run, none at the radar."""
    grid = [(i * SPACING_M, j * SPACING_M) for i in (-1, 0, 1) for j in (-1, 0, 1)] + [(2 * SPACING_M, 0.0)]
    order = chance.permutation(len(grid))
    places = {kind: np.array([*grid[spot], 0.0]) for kind, spot in zip(KINDS, order, strict=True)}
    for anchor in places.values():
        anchor[:2] += chance.uniform(-300, 300, 2) + (700.0 if not anchor[:2].any() else 0.0)
    bearing = chance.uniform(0, 2 * np.pi)
    places["far"] = np.array([FAR_M * np.sin(bearing), FAR_M * np.cos(bearing), 0.0])
    return places


def declared() -> list[SensorDeclared]:
    """Return the radar and the receiver, in the middle."""
    common: dict[str, Any] = {
        "lat_e7": round(PLACE_DEG_M[0] * 1e7),
        "lon_e7": round(PLACE_DEG_M[1] * 1e7),
        "alt_mm": round(PLACE_DEG_M[2] * 1e3),
        "period_ms": 1000,
        "latency_ms": 0,
        "clock": "synchronised",
        "clock_sigma_us": 100,
    }
    radar = plain_sensor(
        sensor_id="radar", modality="radar", pos_accuracy_mm=60_000, alt_accuracy_mm=60_000, simulated=True
    )
    receiver = plain_sensor(
        sensor_id="rid", modality="remote_id", pos_accuracy_mm=10_000, alt_accuracy_mm=15_000, simulated=True
    )
    look = msgspec.structs.replace(
        radar,
        **common,
        scan="whole",
        range_sigma_mm=round(RADAR_SIGMA[0] * 1e3),
        azimuth_sigma_urad=round(RADAR_SIGMA[1] * 1e6),
        elevation_sigma_urad=round(RADAR_SIGMA[2] * 1e6),
        detection_ppm=round(RADAR_PD * 1e6),
        clutter_milli=FALSE_PLOTS * 1000,
        coverage=_round(REACH_M),
    )
    listen = msgspec.structs.replace(
        receiver,
        **common,
        scan="each",
        detection_ppm=round(RECEIVER_PD * 1e6),
        clutter_milli=0,
        coverage=_round(15_000.0),
    )
    return [look, listen]


def _round(reach_m: float) -> Coverage:
    return Coverage(
        range_min_mm=0,
        range_max_mm=round(reach_m * 1e3),
        azimuth_from_urad=0,
        azimuth_to_urad=_FULL_URAD,
        elevation_min_urad=-_QUARTER_URAD,
        elevation_max_urad=_QUARTER_URAD,
        floor_mm=0,
        ceiling_mm=400_000,
        horizon_urad=(),
    )


def _heard(
    chance: np.random.Generator, flights: dict[str, tuple[Floats, Floats]], anchors: dict[str, Floats]
) -> Iterator[tuple[int, Fact]]:
    """Yield radar scans and messages of a run."""
    side = chance.uniform(0, 2 * np.pi)
    aside = OFFSET_M * np.array([np.sin(side), np.cos(side), 0.0])
    for second in range(SECONDS):
        k = round(second / STEP_S)
        bodies = [anchors[kind] + flights[kind][0][k] for kind in KINDS if kind in _BODIES and _flies(kind, second)]
        yield _ns(second), scan(chance, second, np.array(bodies))
    for number, kind in enumerate(KINDS):
        phase_s = float(chance.integers(0, 4)) * STEP_S
        for second in range(SECONDS):
            if kind == "dark" or chance.random() > RECEIVER_PD:
                continue
            at_s = second + phase_s
            told = says(kind, at_s, flights[kind], anchors[kind], aside)
            if told is not None:
                yield from messages(chance, number, kind, at_s, *told)


def _flies(kind: str, second: float) -> bool:
    return kind != "heard_before" or second < HEARD_UNTIL_S


def says(
    kind: str, at_s: float, flown: tuple[Floats, Floats], anchor: Floats, aside: Floats
) -> tuple[Floats, Floats, float] | None:
    """Return the place and velocity that a sender says, and by how much its time stamp is off; None: it is silent."""
    k = min(round(at_s / STEP_S), len(flown[0]) - 1)
    place, velocity, off_s = anchor + flown[0][k], flown[1][k], 0.0
    if kind == "offset":
        place = place + aside
    elif kind == "old_stamps":
        off_s = -437.0
    elif kind == "heard_before":
        if HEARD_UNTIL_S <= at_s < AGAIN_FROM_S:
            return None
        if at_s >= AGAIN_FROM_S:
            again = round((at_s - AGAIN_FROM_S) / STEP_S)
            place, velocity, off_s = anchor + flown[0][again], flown[1][again], -AGAIN_FROM_S
    elif kind == "jumps":
        place = place + (np.array([JUMP_M, 0.0, 0.0]) if int(at_s / 3) % 2 else 0.0)
    elif kind == "word":
        place, velocity = anchor + flown[0][0], np.array([25.0, 18.0, 0.0])
    return place, velocity, off_s


def messages(
    chance: np.random.Generator, number: int, kind: str, at_s: float, place: Floats, velocity: Floats, off_s: float
) -> Iterator[tuple[int, Fact]]:
    """Yield the location that a sender says, and with every third second its id."""
    replayed = kind == "heard_before" and at_s >= AGAIN_FROM_S
    noise_of = np.random.default_rng(round((at_s + off_s) * 4) + 1000 * number) if kind == "heard_before" else chance
    place = place + noise_of.normal(0, 1, 3) * (2.0, 2.0, 4.0)  # a replay repeats the noise too
    mac = f"tx:{number}{'b' if replayed else ''}"
    t_ns = _ns(at_s)
    if int(at_s) % 3 == 0:
        yield t_ns, basic_id(mac, t_ns, f"uas:{number}")
    yield t_ns, location(mac, t_ns, place, velocity, off_s)


def _ns(at_s: float) -> int:
    return START_NS + round(at_s * 1e9)


def basic_id(mac: str, t_ns: int, uas_id: str) -> BasicIdHeard:
    return BasicIdHeard(
        sensor_id="rid",
        transmitter=mac,
        t_event_ns=t_ns,
        t_arrival_ns=t_ns,
        link_trust=LinkTrust.OPEN,
        frame=0,
        id_kind=IdKind.SERIAL,
        ua_type=2,
        uas_id=uas_id,
    )


def location(mac: str, t_ns: int, place_enu_m: Floats, velocity: Floats, off_s: float) -> LocationHeard:
    lat_deg, lon_deg, alt_m = geodetic(place_enu_m[None])[0]
    return LocationHeard(
        sensor_id="rid",
        transmitter=mac,
        t_event_ns=t_ns,
        t_arrival_ns=t_ns,
        link_trust=LinkTrust.OPEN,
        frame=0,
        status=FlightStatus.AIRBORNE,
        lat_e7=round(float(lat_deg) * 1e7),
        lon_e7=round(float(lon_deg) * 1e7),
        altitude=Altitude(round(float(alt_m) * 2) * 500, Datum.HAE),
        pressure_altitude=None,
        height=None,
        speed_mmps=round(float(np.hypot(velocity[0], velocity[1])) * 4) * 250,
        vspeed_mmps=0,
        heading_mdeg=round(math.degrees(math.atan2(velocity[0], velocity[1]))) % 360 * 1000,
        pos_accuracy_mm=10_000,
        alt_accuracy_mm=10_000,
        pressure_accuracy_mm=None,
        speed_accuracy_mmps=1_000,
        t_claimed_ds=(t_ns // 100_000_000 + round(off_s * 10)) % 36_000,
        t_accuracy_ds=1,
    )


def geodetic(place_enu_m: Floats) -> Floats:
    found = np.empty_like(place_enu_m)
    enu_to_ecef_all(FRAME, np.ascontiguousarray(place_enu_m), found)
    ecef_to_geodetic_all(found, found)
    return found


def scan(chance: np.random.Generator, second: int, bodies: Floats) -> ScanReported:
    """Return one look of the radar, in order of azimuth."""
    seen = bodies[chance.random(len(bodies)) < RADAR_PD]
    false = chance.poisson(FALSE_PLOTS)
    reach, bearing = REACH_M * np.sqrt(chance.random(false)), chance.uniform(0, 2 * np.pi, false)
    places = np.r_[seen, np.c_[reach * np.sin(bearing), reach * np.cos(bearing), chance.uniform(20, 200, false)]]
    level = np.hypot(places[:, 0], places[:, 1])
    z = np.c_[np.hypot(level, places[:, 2]), np.arctan2(places[:, 0], places[:, 1]), np.arctan2(places[:, 2], level)]
    z += chance.normal(0, 1, z.shape) * RADAR_SIGMA
    z[:, 1] %= 2 * np.pi
    z = z[np.argsort(z[:, 1], kind="stable")]
    columns = [np.rint(column).astype("<i4").tobytes() for column in (z * (1e3, 1e6, 1e6)).T]
    return ScanReported(
        sensor_id="radar",
        transmitter="",
        t_event_ns=_ns(second),
        t_arrival_ns=_ns(second),
        link_trust=LinkTrust.KEYED,
        frame=0,
        modality="radar",
        plots=len(z),
        before_us=b"",
        range_mm=columns[0],
        azimuth_urad=columns[1],
        elevation_urad=columns[2],
        lat_e7=b"",
        lon_e7=b"",
        alt_mm=b"",
        doppler_mmps=b"",
        rcs_mdbsm=b"",
        pos_accuracy_mm=None,
        alt_accuracy_mm=None,
    )


def on_whom(run: Run, anchors: dict[str, Floats]) -> dict[str, dict[str, float]]:
    """Return the flags that went up on each kind, with the seconds since its lie began."""
    where = last_places(run)
    found: dict[str, dict[str, float]] = {kind: {} for kind in KINDS}
    names, spots = list(anchors), np.array(list(anchors.values()))
    for now_ns, fact in run.of(TrackFlagged):
        if not fact.up or fact.track_id not in where:
            continue
        at = place_before(where[fact.track_id], now_ns)
        kind = names[int(np.argmin(np.hypot(*(spots - at)[:, :2].T)))]
        began_s = AGAIN_FROM_S if kind == "heard_before" and fact.flag == EXPECTED[kind] else 0.0
        found[kind].setdefault(fact.flag, round((now_ns - START_NS) / 1e9 - began_s, 1))
    return found


def last_places(run: Run) -> dict[int, list[tuple[int, Floats]]]:
    """Return the places told of each track, in order."""
    told = list(run.estimates())
    if not told:
        return {}
    places = np.array([(each.lat_e7 / 1e7, each.lon_e7 / 1e7, PLACE_DEG_M[2]) for _, each in told])
    geodetic_to_ecef_all(places, places)
    ecef_to_enu_all(FRAME, places, places)
    found: dict[int, list[tuple[int, Floats]]] = {}
    for (now_ns, each), place in zip(told, places, strict=True):
        found.setdefault(each.track_id, []).append((now_ns, place))
    return found


def place_before(told: list[tuple[int, Floats]], now_ns: int) -> Floats:
    """Return the last place told until then, or the first."""
    before = [place for t_ns, place in told if t_ns <= now_ns]
    return before[-1] if before else told[0][1]


# ---- the flood ----------------------------------------------------------------------------------------

FLOOD_FROM_S, FLOOD_S, FLOOD_IDS = 10, 60, 10_000
FLOOD_SECONDS = 80
REAL, LATER = 20, 10
LATE_MS = 250.0


def floods(count: int, pool: Pool) -> dict[str, Any]:
    """Return what the flood cost the real drones, over all runs, beside the same runs without it."""
    total: dict[str, Any] = {"runs": count, "false_ids": FLOOD_IDS, "real": (REAL + LATER) * count}
    pool.apply(flood, (count + 1,), {"ids": FLOOD_IDS})  # compiles what only a flood asks for
    both = pool.map(with_and_without, range(1, count + 1), chunksize=1)
    for name, side in (("without", 0), ("with", 1)):
        runs = [pair[side] for pair in both]
        total[name] = {
            "never_established": sum(each["never"] for each in runs),
            "tracks_lost": sum(each["lost"] for each in runs),
            "longest_silence_s": max(each["silence_s"] for each in runs),
            "alarms": sum(each["alarms"] for each in runs),
            "step_ms": percentiles_ms([s for each in runs for s in each["cpu_s"]]),
            "step_ms_max": round(max(s for each in runs for s in each["cpu_s"]) * 1e3, 2),
            "state_tracks_max": max(each["tracks_max"] for each in runs),
        }
    later = [w - wo for wo_, w_ in both for wo, w in zip(wo_["established_s"], w_["established_s"], strict=True)]
    known = [each for each in later if each == each]  # noqa: PLR0124  # NaN is not itself
    total["established_later_s_max"] = round(max(known, default=0.0), 3)
    total["established_later_than_250_ms"] = sum(each > LATE_MS / 1e3 for each in known)
    total["steps_longer_than_250_ms"] = sum(s * 1e3 > LATE_MS for _, each in both for s in each["cpu_s"])
    return total


def with_and_without(seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a flood's seed comes to without the flood and with it."""
    return flood(seed, ids=0), flood(seed, ids=FLOOD_IDS)


def flood(seed: int, *, ids: int) -> dict[str, Any]:
    """Run one flood; the real drones are the same for the same seed, whatever the number of false ids."""
    chance = np.random.default_rng([seed, 5])
    starts = chance.uniform(-6000, 6000, (REAL + LATER, 2))
    headings, speeds = chance.uniform(0, 2 * np.pi, REAL + LATER), chance.uniform(6, 14, REAL + LATER)
    velocity = np.c_[speeds * np.sin(headings), speeds * np.cos(headings), np.zeros(REAL + LATER)]
    begin_s = np.r_[np.zeros(REAL), chance.uniform(15, 60, LATER)]
    paths = np.c_[starts, chance.uniform(50, 110, REAL + LATER)]
    facts: list[tuple[int, Fact]] = [(START_NS, each) for each in declared()]
    for second in range(FLOOD_SECONDS):
        flying = begin_s <= second
        at = paths + velocity * (second - begin_s)[:, None]
        facts.append((_ns(second), scan(chance, second, at[flying])))
        for number in np.flatnonzero(flying):
            if chance.random() < RECEIVER_PD:
                noise = chance.normal(0, 1, 3) * (2.0, 2.0, 4.0)
                t_ns = _ns(second + 0.25)
                facts.append(
                    (
                        t_ns,
                        location(
                            f"tx:{number}", t_ns, at[number] + 0.25 * velocity[number] + noise, velocity[number], 0.0
                        ),
                    )
                )
                if second % 3 == 0:
                    facts.append((t_ns, basic_id(f"tx:{number}", t_ns, f"uas:{number}")))
    facts += _false_ids(seed, ids)
    facts.sort(key=lambda one: one[0])
    sizes: list[int] = []
    run = watched(ticks(facts), look=lambda state, _: sizes.append(len(state.tracks)), keep=KEPT)
    return real_drones(run, paths, velocity, begin_s) | {"cpu_s": run.cpu_s, "tracks_max": max(sizes)}


def _false_ids(seed: int, ids: int) -> Iterator[tuple[int, Fact]]:
    """Yield one message, or two a second apart, of each false id, and its name."""
    chance = np.random.default_rng([seed, 6])
    at_s = np.sort(chance.uniform(FLOOD_FROM_S, FLOOD_FROM_S + FLOOD_S, ids))
    place = np.c_[chance.uniform(-7000, 7000, (ids, 2)), chance.uniform(30, 120, ids)]
    velocity = np.c_[chance.normal(0, 8, (ids, 2)), np.zeros(ids)]
    for number in range(ids):
        mac = f"tx:false{number}"
        for again in range(1 + int(chance.random() < 0.5)):
            t_ns = _ns(float(at_s[number]) + again)
            yield t_ns, location(mac, t_ns, place[number] + again * velocity[number], velocity[number], 0.0)
            yield t_ns, basic_id(mac, t_ns, f"uas:false{number}")


def real_drones(run: Run, paths: Floats, velocity: Floats, begin_s: Floats) -> dict[str, Any]:
    """Return which of the real drones had an established track, when first, and what ended."""
    first = np.full(len(paths), np.nan)
    heard: dict[int, list[float]] = {}
    tracks: dict[int, Counter[int]] = {}
    for now_ns, each in run.estimates():
        if each.phase is not Phase.ESTABLISHED:
            continue
        at_s = (each.t_ns - START_NS) / 1e9
        place = np.array([[each.lat_e7 / 1e7, each.lon_e7 / 1e7, PLACE_DEG_M[2]]])
        geodetic_to_ecef_all(place, place)
        ecef_to_enu_all(FRAME, place, place)
        real = paths[:, :2] + velocity[:, :2] * (at_s - begin_s)[:, None]
        apart = np.hypot(*(real - place[0, :2]).T)
        drone = int(np.argmin(np.where(begin_s <= at_s + 0.1, apart, np.inf)))
        if apart[drone] < 60.0:
            now_s = (now_ns - START_NS) / 1e9
            first[drone] = now_s if np.isnan(first[drone]) else first[drone]
            heard.setdefault(drone, []).append(now_s)
            tracks.setdefault(drone, Counter())[each.track_id] += 1
    mainly = {counts.most_common(1)[0][0] for counts in tracks.values()}  # false ids may fly near a drone for a while
    ended = {fact.track_id for _, fact in run.of(TrackLost)} & mainly
    silence = [float(np.diff([*times, FLOOD_SECONDS]).max()) for times in heard.values()]
    raised = [fact for _, fact in run.of(AlarmChanged) if fact.state == "unacknowledged"]
    return {
        "never": int(np.isnan(first).sum()),
        "lost": len(ended),
        "silence_s": round(max(silence, default=float(FLOOD_SECONDS)), 2),
        "established_s": first.tolist(),
        "alarms": len(raised),
    }


if __name__ == "__main__":
    main()
