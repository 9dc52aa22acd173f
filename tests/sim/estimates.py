"""Estimates as the watch would tell them, made for tests of what reads them."""

import numpy as np

from skykeep.facts.columns import fold
from skykeep.sim.scenario_facts import seconds_to_ns
from skykeep.sim.scenario_place import city_to_geodetic

TENTATIVE, ESTABLISHED, LOST = range(3)


def columns(t_s, rows, evidence=None):
    """Many estimates in one fact: rows of (id, phase, place, velocity); `evidence` (fact, plot) a row, of this tick."""
    places = city_to_geodetic(np.array([place for _, _, place, _ in rows], float))
    velocity = np.array([velocity for *_, velocity in rows], float)
    count = len(rows)
    plain = {
        name: np.zeros(count)
        for name in (
            "before_us", "existence_ppm", "pos_sigma_mm", "up_sigma_mm", "said_mm", "said_sigma_mm", "above_mm",
            "reports", "marks", "mode",
        )
    }  # fmt: skip
    return fold(
        seconds_to_ns(t_s),
        **plain,
        track_id=np.array([row[0] for row in rows], np.int64),
        phase=np.array([row[1] for row in rows], np.int64),
        lat_e7=places[:, 0] * 1e7,
        lon_e7=places[:, 1] * 1e7,
        alt_mm=places[:, 2] * 1e3,
        vel_east_mmps=velocity[:, 0] * 1e3,
        vel_north_mmps=velocity[:, 1] * 1e3,
        vel_up_mmps=velocity[:, 2] * 1e3,
        said_datum=np.full(count, -1),
        above_datum=np.full(count, -1),
        evidence_tick=np.full(count, 0 if evidence else 1),
        evidence_index=np.array([index for index, _ in evidence]) if evidence else np.full(count, 3),
        evidence_item=np.array([item for _, item in evidence]) if evidence else np.arange(count),
    )
