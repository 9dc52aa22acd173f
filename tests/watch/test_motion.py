"""The motion models against the book's matrices, and what must hold of any covariance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.geo.frames import geodetic_to_ecef
from skykeep.watch.frame import axes_at, level_distance_m, level_variance_m2
from skykeep.watch.lane import merge, place_fit, scalar_variance, take_scalar
from skykeep.watch.motion import AGO, BLOCK, DT, LANES, WIDTH, Z_COV, Z, collapse, mix, step_models, sum_up, take_places
from skykeep.watch.rows import MEAN, MODE, MODEL_WIDTH, MODELS, SPREAD, SPREAD_UP, SPREAD_V

NOISE = np.array([0.05, 0.002, 1.0, 0.1, 0.003, 0.0, 6.0, 0.2, 0.0])
RATE = 0.02
TRIU = np.triu_indices(3)


def packed(x, p):
    return np.concatenate([x, p[:3, :3][TRIU], p[:3, 3:].ravel(), p[3:, 3:][TRIU]])


def full(state):
    p = np.zeros((6, 6))
    p[:3, :3][TRIU], p[3:, 3:][TRIU], p[:3, 3:] = state[6:12], state[21:27], state[12:21].reshape(3, 3)
    p[3:, :3] = p[:3, 3:].T
    for block in (p[:3, :3], p[3:, 3:]):
        block[TRIU[1], TRIU[0]] = block[TRIU]
    return state[:6].copy(), p


LANE = 5  # the lane that is looked at; in the others stands something else
FIRST = [m * MODEL_WIDTH * LANES + LANE for m in range(MODELS)]


def block(xs, ps, mode):
    """Return a block with these models in LANE, the same models in another order in the lanes before it."""
    s = np.zeros((WIDTH, LANES))
    for lane in range(LANE + 1):
        turned = [(m + LANE - lane) % MODELS for m in range(MODELS)]
        s[:MODE, lane] = np.concatenate([packed(xs[m], ps[m]) for m in turned])
        s[MODE : MODE + MODELS, lane] = [mode[m] for m in turned]
    return s.reshape(BLOCK)


def model(s, m):
    return s.reshape(WIDTH, LANES)[MODEL_WIDTH * m : MODEL_WIDTH * (m + 1), LANE]


def fill(s, column, values):
    s.reshape(WIDTH, LANES)[column : column + len(values)] = np.array(values)[:, None]


def moments(ws, xs, ps):
    """Return mean and covariance of a mixture, by the definition."""
    ws = np.array(ws) / sum(ws)
    mean = sum(w * x for w, x in zip(ws, xs, strict=True))
    return mean, sum(w * (p + np.outer(x - mean, x - mean)) for w, x, p in zip(ws, xs, ps, strict=True))


def close(state, x, p):
    got_x, got_p = full(state)
    assert got_x == pytest.approx(x, rel=1e-9, abs=1e-6)
    assert np.allclose(got_p, p, rtol=1e-7, atol=1e-8 * np.abs(p).max())


@st.composite
def models(draw):
    """Draw the three models' states near each other somewhere on the globe, and their probabilities."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    place = np.array(geodetic_to_ecef(draw(st.floats(-90, 90)), draw(st.floats(-180, 180)), 100.0))
    xs, ps = [], []
    for _ in range(MODELS):
        half = rng.normal(0, 1, (6, 6)) * np.array([10, 10, 10, 3, 3, 3])[:, None]
        xs.append(np.concatenate([place + rng.normal(0, 5, 3), rng.normal(0, 10, 3)]))
        ps.append(half @ half.T + np.diag([1, 1, 1, 0.1, 0.1, 0.1]))
    mode = rng.dirichlet([1, 1, 1]) + 1e-3
    return xs, ps, mode / mode.sum(), rng


@given(models(), st.floats(1e-3, 10))
def test_mixing_is_the_books(given_models, dt):
    xs, ps, mode, _ = given_models
    s = block(xs, ps, mode)
    fill(s, DT, [dt])
    mix(s, LANE + 1, RATE)
    leave = RATE * dt / (1 + 2 * RATE * dt)
    pi = np.full((3, 3), leave) + np.eye(3) * (1 - 3 * leave)
    assert s.reshape(WIDTH, LANES)[MODE : MODE + MODELS, LANE] == pytest.approx(pi.T @ mode)
    for j in range(MODELS):
        close(model(s, j), *moments(pi[:, j] * mode, xs, ps))


@given(models())
def test_collapse_and_merge_keep_mean_and_covariance(given_models):
    xs, ps, mode, _ = given_models
    row, out = np.concatenate([packed(*each) for each in zip(xs, ps, strict=True)]), np.zeros(30)
    assert collapse(row, 5.0 * mode, out, 3) == pytest.approx(5.0)
    close(out[3:], *moments(mode, xs, ps))
    s, other = block(xs, ps, mode), block(xs[::-1], ps[::-1], mode)
    merge(s, FIRST[1], other, FIRST[2], 0.3)
    close(model(s, 1), *moments([0.7, 0.3], [xs[1], xs[0]], [ps[1], ps[0]]))


@given(models(), st.floats(1e-3, 10))
def test_a_step_is_the_books(given_models, dt):
    """Bar-Shalom 2001, 6.2.2: F and Q of continuous white-noise acceleration; hovering damps the velocity."""
    xs, ps, _, _ = given_models
    s = block(xs, ps, np.ones(MODELS) / MODELS)
    fill(s, DT, [dt])
    step_models(s, LANE + 1, NOISE)
    up = xs[0][:3] / np.linalg.norm(xs[0][:3])
    eye = np.eye(3)
    for j in range(MODELS):
        level, rise, tau = NOISE[3 * j : 3 * j + 3]
        a = tau / (tau + dt) if tau else 1.0
        f = np.block([[eye, dt * a * eye], [0 * eye, a * eye]])
        q = level * (eye - np.outer(up, up)) + rise * np.outer(up, up)
        noise = np.block([[dt**3 / 3 * q, dt**2 / 2 * q], [dt**2 / 2 * q, dt * q]])
        close(model(s, j), f @ xs[j], f @ ps[j] @ f.T + noise)


@given(models(), st.floats(0.1, 1e4), st.floats(-0.5, 0.5))
def test_a_place_is_weighed_and_taken_as_by_matrices(given_models, var, ago_s):
    xs, ps, _, rng = given_models
    half = rng.normal(0, 1, (3, 3))
    r = var * (half @ half.T + np.eye(3))
    z = xs[0][:3] + rng.normal(0, 10, 3)
    measured = np.concatenate([z, r[TRIU]])[None]
    state = block(xs, ps, np.ones(MODELS) / MODELS)
    fill(state, Z, z)
    fill(state, Z_COV, r[TRIU])
    fill(state, AGO, [ago_s])
    d2, det = place_fit(state, FIRST[0], ago_s, measured, 0, 0, 3)
    y, s = z - (xs[0][:3] - ago_s * xs[0][3:]), ps[0][:3, :3] + r
    assert det == pytest.approx(np.linalg.det(s), rel=1e-6)
    assert d2 == pytest.approx(y @ np.linalg.solve(s, y), rel=1e-6)
    take_places(state, LANE + 1)
    for m in range(MODELS):
        gain = ps[m][:, :3] @ np.linalg.inv(ps[m][:3, :3] + r)
        y = z - (xs[m][:3] - ago_s * xs[m][3:])
        close(model(state, m), xs[m] + gain @ y, ps[m] - gain @ ps[m][:3])


@given(models(), st.floats(0.01, 100), st.floats(-50, 50))
def test_a_number_is_taken_as_by_matrices(given_models, r, innovation):
    xs, ps, _, rng = given_models
    h = rng.normal(0, 1, 6)
    state = block(xs, ps, np.ones(MODELS) / MODELS)
    s = h @ ps[1] @ h + r
    assert scalar_variance(state, FIRST[1], h, r) == pytest.approx(s, rel=1e-9)
    log_density = take_scalar(state, FIRST[1], h, innovation, r, np.empty(6))
    assert log_density == pytest.approx(-0.5 * (innovation**2 / s + np.log(2 * np.pi * s)), rel=1e-9)
    gain = ps[1] @ h / s
    close(model(state, 1), xs[1] + gain * innovation, ps[1] - np.outer(gain, h @ ps[1]))


@given(models(), st.lists(st.tuples(st.floats(0.01, 30), st.floats(1e-4, 1e6)), min_size=1, max_size=12))
def test_covariances_stay_positive(given_models, looks):
    xs, ps, mode, rng = given_models
    s = block(xs, ps, mode)
    for dt, var in looks:
        fill(s, DT, [dt])
        mix(s, LANE + 1, RATE)
        step_models(s, LANE + 1, NOISE)
        fill(s, Z, model(s, 0)[:3] + rng.normal(0, 5, 3))
        fill(s, Z_COV, var * np.eye(3)[TRIU])
        take_places(s, LANE + 1)
        assert s.reshape(WIDTH, LANES)[MODE : MODE + MODELS, LANE].sum() == pytest.approx(1.0)
        for j in range(MODELS):
            p = full(model(s, j))[1]
            assert np.isfinite(p).all()
            assert (np.diag(p) > 0).all()
            assert np.linalg.eigvalsh(p).min() > -1e-9 * np.abs(p).max()


def test_where_there_is_no_inverse_nothing_is_taken():
    s = np.zeros(BLOCK)
    measured = np.array([[1.0, 2.0, 3.0, 0, 0, 0, 0, 0, 0]])
    assert place_fit(s, FIRST[0], 0.0, measured, 0, 0, 3) == (1e300, 0.0)
    fill(s, Z, measured[0, :3])
    take_places(s, LANES)
    assert not s[: MODE * LANES].any()


@given(models())
def test_a_row_is_summed_up_by_its_models(given_models):
    xs, ps, mode, _ = given_models
    s = block(xs, ps, 3.0 * mode)
    sum_up(s, LANE + 1)
    row = s.reshape(WIDTH, LANES)[:, LANE]
    x, p = moments(mode, xs, ps)
    assert row[MODE : MODE + MODELS] == pytest.approx(mode)
    assert row[MEAN : MEAN + 6] == pytest.approx(x, rel=1e-9, abs=1e-6)
    up = x[:3] / np.linalg.norm(x[:3])
    rise = up @ p[:3, :3] @ up
    want = np.sqrt([np.trace(p[:3, :3]) - rise, rise, np.trace(p[3:, 3:])])
    assert row[[SPREAD, SPREAD_UP, SPREAD_V]] == pytest.approx(want, rel=1e-7)


def test_the_level_spread_is_the_greater_eigenvalue_wherever_it_is():
    for place in ((0.0, 0.0), (50.0, 30.0), (-89.0, 179.0), (90.0, 0.0)):
        axes = axes_at(*place)
        p = np.zeros((6, 6))
        p[:3, :3] = axes.T @ np.array([[4.0, 1.5, 0], [1.5, 9.0, 0], [0, 0, 1e6]]) @ axes
        want = np.linalg.eigvalsh([[4.0, 1.5], [1.5, 9.0]]).max()
        assert level_variance_m2(axes, p) == pytest.approx(want, rel=1e-9)


def test_a_difference_in_height_is_no_level_distance():
    low, high = (np.array(geodetic_to_ecef(50.0, 30.0, h)) for h in (0.0, 4000.0))
    x = np.concatenate([low, np.zeros(3)])
    assert level_distance_m(50.0, 30.0, x, 0.0, high) == pytest.approx(0.0, abs=1e-6)
