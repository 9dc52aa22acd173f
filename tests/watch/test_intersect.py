"""Covariance intersection: known answers, and honest covariances where a plain update is too sure."""

import numpy as np
import pytest

from skykeep.watch import packed as rep
from skykeep.watch.intersect import NOTHING_NEW, intersect, place_ratio, weight
from skykeep.watch.motion import AGO, BLOCK, DT, LANES, WIDTH, Z_COV, Z, carry, take_places
from skykeep.watch.reports import AZIMUTH, POSITION
from skykeep.watch.rows import MODE, MODEL_WIDTH, MODELS
from tests.watch.test_motion import TRIU, full, packed

S = 10**9
FRAME = np.vstack([np.zeros(3), np.eye(3)])
ACCELERATION_M2PS3 = 0.5
MEASURED_M = 10.0


def block(x, p):
    s = np.zeros((WIDTH, LANES))
    for m in range(MODELS):
        s[MODEL_WIDTH * m : MODEL_WIDTH * (m + 1)] = packed(x, p)[:, None]
    s[MODE : MODE + MODELS] = 1 / MODELS
    return s.reshape(BLOCK)


def report(kind, z, cov, vel_var=-1.0):
    rf, ri = np.zeros((1, rep.FLOATS)), np.zeros((1, rep.INTS), np.int64)
    rf[0, rep.Z : rep.Z + len(z)], rf[0, rep.COV : rep.COV + len(cov)] = z, cov
    rf[0, rep.VEL_VAR], ri[0, rep.KIND] = vel_var, kind
    return rf, ri


def put(s, lane, z, cov):
    columns = s.reshape(WIDTH, LANES)
    columns[Z : Z + 3, lane], columns[Z_COV : Z_COV + 6, lane], columns[AGO, lane] = z, cov[TRIU], 0.0


def state(s, lane):
    return full(s.reshape(WIDTH, LANES)[:MODEL_WIDTH, lane])


def test_four_times_the_variance_gives_two_thirds_to_the_state():
    """For mu = p / r alike along three axes, w = mu / (2 mu - 2): the derivative of the determinant's logarithm."""
    place = np.array([6.4e6, 0.0, 0.0])
    s = block(np.concatenate([place, np.zeros(3)]), np.diag([4.0, 4, 4, 9, 9, 9]))
    put(s, 2, place, np.eye(3))
    rf, ri = report(POSITION, place, np.eye(3)[TRIU])
    assert intersect(s, 2, rf, ri, 0, 0, FRAME, np.empty(18)) == pytest.approx(3.0)
    take_places(s, LANES)
    assert state(s, 2)[1] == pytest.approx(np.diag([2.0, 2, 2, 13.5, 13.5, 13.5]))


def test_the_weight_is_the_one_of_the_least_determinant():
    rng = np.random.default_rng(1)
    for _ in range(20):
        half, other = rng.normal(0, 20, (6, 6)), rng.normal(0, 2, (3, 3))
        p, r = half @ half.T + np.eye(6), other @ other.T + np.eye(3)
        s = block(np.array([6.4e6, 0, 0, 0, 0, 0]), p)
        put(s, 0, np.zeros(3), r)
        got = weight(*place_ratio(s, 0, 0), 0.0)
        tried = np.linspace(0.001, 0.999, 999)
        information, new = np.linalg.inv(p), np.zeros((6, 6))
        new[:3, :3] = np.linalg.inv(r)
        best = tried[np.argmax([np.linalg.slogdet(w * information + (1 - w) * new)[1] for w in tried])]
        assert got == pytest.approx(best, abs=2e-3)


def test_what_is_no_surer_than_the_state_adds_nothing():
    place = np.array([6.4e6, 0.0, 0.0])
    s = block(np.concatenate([place, np.zeros(3)]), np.diag([2.0, 2, 2, 9, 9, 9]))
    put(s, 0, place, np.eye(3))
    before = s.copy()
    rf, ri = report(POSITION, place, np.eye(3)[TRIU])
    assert intersect(s, 0, rf, ri, 0, 0, FRAME, np.empty(18)) == NOTHING_NEW
    assert s.tobytes() == before.tobytes()
    rf, ri = report(POSITION, place, np.eye(3)[TRIU], vel_var=1.0)  # but a velocity that is surer does
    assert intersect(s, 0, rf, ri, 0, 0, FRAME, np.empty(18)) > 1.0


def test_a_bearing_is_weighed_by_its_own_angle():
    far = np.array([0.0, 1000.0, 0.0])
    rf, ri = report(AZIMUTH, [0.0], [1e-4])  # 10 m at 1 km
    for sigma_m, adds in ((20.0, False), (40.0, True)):
        s = block(np.concatenate([far, np.zeros(3)]), np.diag([sigma_m**2] * 3 + [9.0] * 3))
        assert (intersect(s, 0, rf, ri, 0, 0, FRAME, np.empty(18)) > 1.0) == adds


def flown(rng, steps):
    """Return where something was each second, and what a tracker of its own sends of it: places, covariances."""
    q = ACCELERATION_M2PS3 * np.kron([[1 / 3, 1 / 2], [1 / 2, 1]], np.eye(3))
    move = np.kron([[1.0, 1.0], [0.0, 1.0]], np.eye(3))
    start = np.concatenate([[6.4e6, 0.0, 0.0], rng.normal(0, 5, 3)])
    x, p = start.copy(), np.diag([100.0] * 3 + [25.0] * 3)
    true = start + np.linalg.cholesky(p) @ rng.normal(0, 1, 6)
    for _ in range(steps):
        true = move @ true + np.linalg.cholesky(q) @ rng.normal(0, 1, 6)
        x, p = move @ x, move @ p @ move.T + q
        gain = p[:, :3] @ np.linalg.inv(p[:3, :3] + MEASURED_M**2 * np.eye(3))
        x = x + gain @ (true[:3] + rng.normal(0, MEASURED_M, 3) - x[:3])
        p = p - gain @ p[:3]
        yield true, x[:3].copy(), p[:3, :3].copy()


def normalised_error(intersected):
    """Return the mean over flights and seconds of the squared error of the place in sigmas: 3 if the sigmas are true."""
    noise = np.array([ACCELERATION_M2PS3, ACCELERATION_M2PS3, 0.0] * MODELS)
    rng, found = np.random.default_rng(5), []
    for _ in range(40):
        s = None
        for k, (true, z, cov) in enumerate(flown(rng, 40)):
            if s is None:
                s = block(
                    np.concatenate([z, np.zeros(3)]),
                    np.block([[cov, np.zeros((3, 3))], [np.zeros((3, 3)), 50 * np.eye(3)]]),
                )
                continue
            s.reshape(WIDTH, LANES)[DT] = 1.0
            carry(s, 1, 0.02, noise)
            put(s, 0, z, cov)
            if not intersected:
                take_places(s, 1)
            else:
                rf, ri = report(POSITION, z, cov[TRIU])
                if intersect(s, 0, rf, ri, 0, 0, FRAME, np.empty(18)) != NOTHING_NEW:
                    take_places(s, 1)
            if k >= 10:
                x, p = state(s, 0)
                found.append((true - x)[:3] @ np.linalg.solve(p[:3, :3], (true - x)[:3]))
    return np.mean(found)


def test_the_covariance_stays_honest_where_a_plain_update_is_too_sure():
    assert normalised_error(intersected=False) > 4.5
    assert 0.5 < normalised_error(intersected=True) <= 3.0
