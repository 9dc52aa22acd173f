"""All azimuths of a moment merged at once, against one after the other."""

import numpy as np
import pytest

from skykeep.geo.exact import atan2
from skykeep.geo.frames import ecef_to_enu, enu_frame, enu_to_ecef
from skykeep.watch import packed as rep
from skykeep.watch.azimuths import azimuths, first_azimuth
from skykeep.watch.lane import copy_lane, into
from skykeep.watch.motion import BLOCK, LANES
from skykeep.watch.reports import AZIMUTH
from skykeep.watch.rows import MODE, MODEL_WIDTH, MODELS
from skykeep.watch.update import take_rest

FRAME = enu_frame(50.45, 30.52, 150.0)
T_NS = 1_700_000_000_000_000_000
UPPER = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]


def block(rng, lane):
    """Return a block with one row in it: three models some metres apart, each with a covariance of its own."""
    s = np.zeros(BLOCK)
    for m in range(MODELS):
        root = rng.normal(0, 1, (6, 6)) * np.repeat((20.0, 4.0), 3)[:, None]
        p = root @ root.T
        x = [*enu_to_ecef(FRAME, *rng.normal((900, 1200, 100), 5).tolist()), *rng.normal(0, 8, 3)]
        packed = [p[a, b] for a, b in UPPER] + p[:3, 3:].ravel().tolist() + [p[3 + a, 3 + b] for a, b in UPPER]
        for c, value in enumerate([*x, *packed]):
            s[(m * MODEL_WIDTH + c) * LANES + lane] = value
        s[(MODE + m) * LANES + lane] = (0.5, 0.3, 0.2)[m]
    return s


def reports(rng, s, lane, count):
    east, north, _ = ecef_to_enu(FRAME, *(float(s[c * LANES + lane]) for c in range(3)))
    rf, ri = np.zeros((count, rep.FLOATS)), np.zeros((count, rep.INTS), np.int64)
    rf[:, rep.Z], rf[:, rep.COV], rf[:, rep.DOPPLER_VAR] = atan2(east, north) + rng.normal(0, 0.05, count), 4e-4, -1.0
    ri[:, rep.KIND], ri[:, rep.T_NS] = AZIMUTH, T_NS - 300_000_000
    return rf, ri


@pytest.mark.parametrize("seed", range(5))
def test_all_at_once_gives_the_moments_of_one_after_the_other(seed):
    rng, lane, count, top = np.random.default_rng(seed), seed % LANES, 9, 2
    carried = block(rng, lane)
    rf, ri = reports(rng, carried, lane, count)
    edges, beta = np.arange(count), rng.dirichlet(np.ones(count))
    likes = rng.uniform(0.2, 3.0, (count, MODELS))
    room, one = np.empty(18), np.zeros(BLOCK)
    at_once = carried.copy()
    for m in range(MODELS):
        at_once[(MODE + m) * LANES + lane] *= 0.1
    by_turns = at_once.copy()
    first = first_azimuth(rf, ri, edges, beta, 0, count, top)
    assert first == 0
    azimuths(at_once, lane, carried, rf, ri, edges, beta, likes, first, count, top, T_NS, FRAME, one, room)
    for e in range(count):
        if e != top and beta[e] > 1e-3:
            copy_lane(carried, lane, one, 0)
            take_rest(one, 0, rf, ri, e, T_NS, 1.0, FRAME, room)
            for m in range(MODELS):
                w = float(beta[e] * likes[e, m] * carried[(MODE + m) * LANES + lane])
                into(by_turns, lane, m, one, 0, w)
    moved = at_once.reshape(-1, LANES)[: MODE + MODELS, lane]
    expected = by_turns.reshape(-1, LANES)[: MODE + MODELS, lane]
    before = carried.reshape(-1, LANES)[: MODE + MODELS, lane]
    assert np.abs(moved - before).max() > 1.0
    assert moved == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_what_is_no_azimuth_alone_is_left_to_the_others():
    rng = np.random.default_rng(1)
    rf, ri = reports(rng, block(rng, 0), 0, 3)
    ri[0, rep.KIND], rf[1, rep.DOPPLER_VAR] = 0, 4.0
    edges, beta = np.arange(3), np.full(3, 0.3)
    assert first_azimuth(rf, ri, edges, beta, 0, 3, -1) == 2
    assert first_azimuth(rf, ri, edges, beta, 0, 3, 2) == -1
