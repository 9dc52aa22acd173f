"""A story for ladder, explainer and presences, as one digest; run as a program it prints it."""

import hashlib
import math
import pathlib
import sys

import msgspec
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))  # run from anywhere, as a program too

from skykeep.facts.concluded import FactRef
from skykeep.watch import hold, laddermemory, supports, weigh
from skykeep.watch.benign import Benign, enact
from skykeep.watch.radios import Radios
from skykeep.watch.reports import DIRECTION, Pairs, no_reports
from skykeep.watch.table import MODALITIES
from tests.watch import existence as made
from tests.watch.existence import NS, T0

KINDS = ("radar", "camera", "acoustic", "witness", "remote_id", "rf", "other")


def digest():
    """The hash of all that is told in a minute of 40 tracks and 21 sensors, and of what is remembered after it."""
    chance = np.random.default_rng(4)
    sensors = made.table(*(
        made.sensor(f"{kind}{k}", kind, 900.0 * k, -300.0 * k, range_m=1_500.0 * (k + 1), pd=0.5 + 0.2 * k)
        for kind in KINDS for k in range(3)
    ))  # fmt: skip
    benign = Benign()
    for fact in (made.sky(("Venus", -4.2, 1.0, 0.2), ("Vega", 0.0, 4.0, 0.3)), made.balloon(700, 100)):
        enact(benign, fact)
    radios = Radios()
    for k in range(9):
        radios.number(f"T{k}")
    rows = made.tracks(40, r=0.0)
    rows.manned[::7] = 1
    rows.tx[::5, 0] = np.arange(8)
    ladder, presences, told = laddermemory.LadderMemory(), hold.PresenceMemory(), []
    for t_s in range(60):
        now_ns = T0 + t_s * NS
        rows.r[:] = np.minimum(1.0, rows.r + chance.uniform(0, 0.1, 40))
        rows.absence[:] -= chance.uniform(0, 1, rows.absence.shape)
        rows.x[:, :3] += chance.integers(-25, 26, (40, 3))
        facts = [
            (made.presence(f"{kind}{k}", kind, f"T{t_s // 9}" if k else "", now_ns), FactRef(t_s, 100 + k))
            for kind in ("acoustic", "rf", "remote_id") for k in range(3) if (t_s // 12 + k) % 2
        ]  # fmt: skip
        helped = supports.supports(facts, rows, sensors)
        reports, pairs = _heard(chance, rows, now_ns, t_s)
        told += weigh.weigh(
            ladder, rows, sensors, reports, pairs, benign, now_ns, permitted={3: "P-1", 18: "P-2"}, supported=helped
        )
        told += hold.hold(
            presences, facts, _lone(sensors, t_s), sensors, rows, now_ns, radios=radios, benign=benign,
            permitted={18: "P-2"}, supported=helped,
        )  # fmt: skip
    assert len(told) > 100
    data = msgspec.msgpack.encode((told, ladder, presences))
    return hashlib.sha256(data).hexdigest()


def _heard(chance, rows, now_ns, t_s):
    """Ten reports of ten tracks."""
    reports, which = no_reports(10), chance.permutation(40)[:10]
    reports.sensor[:] = chance.integers(0, 21, 10)
    reports.t_ns[:], reports.tick[:], reports.index[:] = now_ns, t_s, np.arange(10)
    reports.z[:] = rows.x[which, :3]
    reports.sigma_m[:] = 40.0
    for row, sensor in zip(which.tolist(), reports.sensor.tolist(), strict=True):
        made.sighted(rows, row, KINDS[sensor // 3], now_ns)
    assert set(KINDS) <= set(MODALITIES)
    return reports, Pairs(rows.id[which], np.arange(10), np.ones(10))


def _lone(sensors, t_s):
    reports = no_reports(3)
    reports.sensor[:] = [sensors.ids.index(name) for name in ("rf0", "camera1", "witness2")]
    reports.kind[:] = DIRECTION
    reports.z[:, 0] = [0.02 * t_s, 1.0, math.pi]
    reports.z[:, 1] = 0.2
    reports.cov[:, :2] = 1e-3
    reports.tick[:], reports.index[:] = t_s, np.arange(3)
    return reports


if __name__ == "__main__":
    print(digest())
