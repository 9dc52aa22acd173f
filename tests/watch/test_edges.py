"""Candidates from the grid against asking every pair."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.geo.frames import enu_frame, enu_to_ecef
from skykeep.watch import rows as row
from skykeep.watch.edges import GATE_SIGMAS, WIDE_M, ahead, coarse
from skykeep.watch.reports import AZIMUTH, POSITION
from skykeep.watch.rows import no_rows

S = 10**9
NOW = 100 * S


def matrices(n, rng, frame, extent_m, speed_mps):
    """Return n rows about a place, a second old or less."""
    f, i = no_rows(1)
    f, i = np.zeros((n, f.shape[1])), np.zeros((n, i.shape[1]), np.int64)
    enu = rng.uniform(-extent_m, extent_m, (n, 3)) * (1, 1, 0.02)
    f[:, row.MEAN : row.MEAN + 3] = np.reshape([enu_to_ecef(frame, *map(float, each)) for each in enu], (n, 3))
    f[:, row.MEAN + 3 : row.MEAN + 6] = rng.normal(0, speed_mps, (n, 3))
    f[:, row.SPREAD], f[:, row.SPREAD_UP] = rng.uniform(1, 60, n), rng.uniform(1, 900, n)
    f[:, row.SPREAD_V] = rng.uniform(0, 15, n)
    i[:, row.T_NS] = NOW - rng.integers(0, S, n)
    i[:, row.TX : row.TX + 4] = -1
    return f, i


def brute(f, i, rows, reports, columns, frame, widen):
    """Ask every pair, with matrices."""
    kind, z, spread, tx = columns
    found, at = [], np.empty(6)
    for a in rows.tolist():
        ahead(f, i, a, NOW, at)
        for j in reports.tolist():
            away = z[j] - at[:3]
            if kind[j] == POSITION:
                up = z[j] / np.linalg.norm(z[j])
                level = np.linalg.norm(away - (away @ up) * up)
                inside = level <= widen * GATE_SIGMAS * (at[3] + spread[j, 0])
                inside = inside and abs(away @ up) <= widen * GATE_SIGMAS * (at[4] + spread[j, 1])
            else:
                east, north = frame[1:3] @ (at[:3] - frame[0])
                off = abs((z[j, 0] - np.arctan2(east, north) + np.pi) % (2 * np.pi) - np.pi)
                inside = off <= widen * GATE_SIGMAS * (at[3] / np.hypot(east, north) + spread[j, 0])
            if inside or (tx[j] >= 0 and tx[j] in i[a, row.TX : row.TX + 4]):
                found.append((a, j))
    return found


@given(
    st.integers(0, 2**32), st.tuples(st.floats(-89, 89), st.floats(-180, 180)), st.integers(0, 40), st.integers(0, 60),
    st.sampled_from([50.0, 2_000.0, 200_000.0]), st.sampled_from([1.0, 2.0]),
)  # fmt: skip
def test_the_grid_finds_what_asking_every_pair_finds(seed, place, n, m, extent_m, widen):
    rng = np.random.default_rng(seed)
    frame = enu_frame(*place, 50.0)
    f, i = matrices(n, rng, frame, extent_m, 20.0)
    kind = np.where(rng.random(m) < 0.2, AZIMUTH, POSITION)
    enu = rng.uniform(-extent_m, extent_m, (m, 3)) * (1, 1, 0.02)
    z = np.array([enu_to_ecef(frame, *map(float, each)) for each in enu]).reshape(m, 3)
    z[kind == AZIMUTH] = rng.uniform(-np.pi, np.pi, (np.count_nonzero(kind == AZIMUTH), 1))
    spread = np.where(kind[:, None] == AZIMUTH, 0.02, rng.choice([5.0, 40.0, 3 * WIDE_M], (m, 2)))
    tx = np.where(rng.random(m) < 0.5, rng.integers(0, 300, m), -1)
    bound = rng.random(n) < 0.5
    i[bound, row.TX] = rng.integers(0, 300, np.count_nonzero(bound))
    i[bound, row.TX + 2] = rng.integers(0, 300, np.count_nonzero(bound))
    rows, reports = np.flatnonzero(rng.random(n) < 0.9), np.flatnonzero(rng.random(m) < 0.9)
    edges = coarse(f, i, rows, reports, (kind, z, spread, tx), frame, NOW, widen)
    assert list(zip(edges[0].tolist(), edges[1].tolist(), strict=True)) == brute(
        f, i, rows, reports, (kind, z, spread, tx), frame, widen
    )


@pytest.mark.parametrize("m", [3, 200])
def test_a_row_that_may_be_anywhere_gets_every_report_in_order(m):
    rng = np.random.default_rng(5)
    frame = enu_frame(50.0, 30.0, 0.0)
    f, i = matrices(2, rng, frame, 100.0, 0.0)
    f[:, row.SPREAD] = f[:, row.SPREAD_UP] = 1e5
    z = np.array([enu_to_ecef(frame, *each) for each in rng.uniform(-5e3, 5e3, (m, 3)).tolist()])
    columns = (np.zeros(m, np.int64), z, np.full((m, 2), 5.0), np.full(m, -1))
    rows, reports = coarse(f, i, np.arange(2), np.arange(m), columns, frame, NOW, 1.0)
    assert rows.tolist() == [0] * m + [1] * m
    assert reports.tolist() == [*range(m), *range(m)]
