"""The filter against the book's matrices, and what must hold of any covariance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.geo.frames import geodetic_to_ecef
from skykeep.watch.frame import axes_at, level_distance_m, level_variance_m2
from skykeep.watch.kalman import GAP_NS, VELOCITY_VAR_AT_BIRTH, begin, predict, run, update

Q = 9.0


def book_predict(x, p, dt, q):
    """Bar-Shalom 2001, 6.2.2: F and Q of the continuous white-noise acceleration model."""
    eye = np.eye(3)
    f = np.block([[eye, dt * eye], [0 * eye, eye]])
    noise = q * np.block([[dt**3 / 3 * eye, dt**2 / 2 * eye], [dt**2 / 2 * eye, dt * eye]])
    return f @ x, f @ p @ f.T + noise


def book_update(x, p, axes, z, r):
    """One vector update with H made of the axes, R diagonal."""
    h = np.zeros((5, 6))
    h[:3, :3], h[3:, 3:] = axes, axes[:2]
    measured = np.concatenate([axes @ z[:3], z[3:]])
    rows = [i for i in range(5) if r[i] >= 0]
    h, measured, noise = h[rows], measured[rows], np.diag(r[rows])
    gain = p @ h.T @ np.linalg.inv(h @ p @ h.T + noise)
    return x + gain @ (measured - h @ x), (np.eye(6) - gain @ h) @ p


def take(x, p, axes, z, r):
    for i in range(3):
        update(x, p, axes[i], 0, float(axes[i] @ z[:3]), r[i])
    for i in range(2):
        if r[i + 3] >= 0:
            update(x, p, axes[i], 3, z[i + 3], r[i + 3])


places = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
reports = st.lists(
    st.tuples(st.floats(0.01, 30), st.tuples(*[st.floats(-50, 50)] * 3), st.floats(0.5, 1e4), st.floats(1, 1e6),
              st.none() | st.tuples(st.floats(-80, 80), st.floats(-80, 80)), st.floats(0.1, 100)),
    min_size=1, max_size=12,
)  # fmt: skip


@given(places, reports)
def test_it_is_the_books_filter(place, given_reports):
    axes = axes_at(*place)
    x, p, z = np.empty(6), np.empty((6, 6)), np.zeros(5)
    r = np.array([25.0, 25.0, 1e6, -1.0, -1.0])
    begin(x, p, axes, z, r)
    assert p[3:, 3:] == pytest.approx(np.eye(3) * VELOCITY_VAR_AT_BIRTH)
    book_x, book_p = x.copy(), p.copy()
    for dt, offset, var, up_var, velocity, speed_var in given_reports:
        z[:3], z[3:] = offset, velocity or (0, 0)
        r = np.array([var, var, up_var, *([speed_var] * 2 if velocity else [-1.0] * 2)])
        predict(x, p, dt, Q)
        take(x, p, axes, z, r)
        book_x, book_p = book_update(*book_predict(book_x, book_p, dt, Q), axes, z, r)
        scale = np.abs(book_p).max()
        assert np.allclose(x, book_x, rtol=1e-9, atol=1e-9 * max(1.0, np.abs(book_x).max()))
        assert np.allclose(p, book_p, rtol=1e-9, atol=1e-9 * scale)


@given(places, reports, st.floats(1e-4, 1e-2))
def test_the_covariance_stays_symmetric_and_positive(place, given_reports, finest):
    axes = axes_at(*place)
    x, p, z = np.empty(6), np.empty((6, 6)), np.zeros(5)
    begin(x, p, axes, z, np.array([1e10, 1e10, 1e10, -1.0, -1.0]))
    for dt, offset, _, up_var, velocity, _ in given_reports:
        z[:3], z[3:] = offset, velocity or (0, 0)
        predict(x, p, dt, Q)
        take(x, p, axes, z, np.array([finest, finest, up_var, *([0.01] * 2 if velocity else [-1.0] * 2)]))
        assert (p == p.T).all()
        assert np.isfinite(x).all()
        assert (np.diag(p) > 0).all()
        assert np.linalg.eigvalsh(p).min() > -1e-9 * np.abs(p).max()


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


def one_track(times, claims, places_e7=None, r=(25.0, 25.0, 1e6, -1.0, -1.0)):
    n = len(times)
    ids = np.array([1])
    settled = (
        np.zeros(1, np.int64),
        np.zeros((1, 6)),
        np.zeros((1, 6, 6)),
        np.zeros(1, np.int64),
        np.zeros((1, 3), np.int64),
    )
    now = (
        np.zeros(1, np.int64),
        np.zeros((1, 6)),
        np.zeros((1, 6, 6)),
        np.zeros(1, np.int64),
        np.zeros(1),
        np.zeros(1, np.int64),
    )
    e7 = places_e7 or [(0, 0)] * n
    z = np.array([[*geodetic_to_ecef(lat / 1e7, lon / 1e7, 0.0), 0.0, 0.0] for lat, lon in e7])
    rows = (
        np.ones(n, np.int64),
        np.array(times),
        np.array([a for a, _ in e7]),
        np.array([b for _, b in e7]),
        np.array(claims),
    )
    run(np.array([0]), ids, settled, now, (*rows, z, np.array([r] * n), np.zeros(n, np.int64)), 500_000_000, Q)
    return now


S = 10**9


@pytest.mark.parametrize(
    ("times", "claims", "counted"),
    [
        ([S, S + 1, 2 * S], [7, 7, 7], 1),  # the sender's stamp tells: the same message again
        ([S, 2 * S, 3 * S], [7, 8, 9], 3),  # hovering, but news each time
        ([S, S + S // 4, S + S // 3], [-1, -1, -1], 1),  # without a stamp: within half a second
        ([S, S + S // 2, 2 * S], [-1, -1, -1], 3),
        ([S, S, S], [-1, -1, -1], 1),
    ],
)
def test_repeats_do_not_count(times, claims, counted):
    assert one_track(times, claims)[3][0] == counted


def test_after_a_gap_it_begins_anew():
    far = [(0, 0), (0, 900), (5000, 5000)]
    soon = one_track([S, 2 * S, 2 * S + GAP_NS], [-1] * 3, far)
    late = one_track([S, 2 * S, 2 * S + GAP_NS + 1], [-1] * 3, far)
    assert (late[1][0, 3:] == 0).all()
    assert (soon[1][0, 3:] != 0).any()
    assert late[3][0] == 3
