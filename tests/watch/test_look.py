"""One look after another: rows, edges and probabilities, with the JIT on and off."""

import os
import subprocess
import sys

import numpy as np
import pytest

from skykeep.watch.assume import R_MAX
from skykeep.watch.rows import MEAN, MODE, MODEL_WIDTH, MODELS, RCS, SPREAD_V, TX, R
from tests.watch import look_bytes
from tests.watch.test_motion import full


@pytest.fixture(scope="module")
def slots():
    """All slots as they stood after each of twenty seconds."""
    found = []
    look_bytes.run(20, lambda slot, f, i: found.append((f, i, slot.edges, slot.p, slot.p_free)))
    return found


def test_the_bytes_are_the_same_without_the_jit(root):
    here = look_bytes.run(5)
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-W", "error", "-m", "tests.watch.look_bytes", "5"]
    there = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert there.returncode == 0, there.stderr
    assert there.stdout.strip() == here


def test_everything_that_is_a_probability_is_one(slots):
    for f, _, _, p, p_free in slots:
        assert ((f[:, R] > 0.0) & (f[:, R] <= R_MAX)).all()
        assert ((p > 0.0) & (p <= 1.0)).all()
        assert ((p_free >= 0.0) & (p_free <= 1.0)).all()
        assert (f[:, MODE : MODE + MODELS] > 0.0).all()
        assert f[:, MODE : MODE + MODELS].sum(axis=1) == pytest.approx(np.ones(len(f)), abs=1e-15)


def test_no_report_is_given_away_much_more_than_once(slots):
    """After a fixed number of rounds loopy propagation may be off by a little where rows contend for reports."""
    for *_, edges, p, _ in slots:
        for report in np.unique(edges[:, 0]):
            mine = (edges[:, 0] == report) & (edges[:, 1] != report)
            assert p[mine].sum() <= 1.02


def test_covariances_are_positive_and_nothing_is_not_a_number(slots):
    for f, *_ in slots:
        assert np.isfinite(np.delete(f, RCS, axis=1)).all()
        assert (f[:, SPREAD_V] > 0.0).all()
        for row in f:
            for m in range(MODELS):
                p = full(row[m * MODEL_WIDTH : (m + 1) * MODEL_WIDTH])[1]
                assert np.linalg.eigvalsh(p).min() > -1e-9 * np.abs(p).max()


def test_the_mean_is_the_models(slots):
    for f, *_ in slots:
        models = f[:, : MODELS * MODEL_WIDTH].reshape(-1, MODELS, MODEL_WIDTH)[:, :, :6]
        want = (f[:, MODE : MODE + MODELS, None] * models).sum(axis=1)
        assert np.allclose(f[:, MEAN : MEAN + 6], want, rtol=0, atol=1e-6)


def test_who_flies_is_found_and_who_sends_is_bound(slots):
    f, i, *_ = slots[-1]
    sure = f[:, R] > 0.9
    assert np.count_nonzero(sure) == 4
    assert np.count_nonzero((i[:, TX : TX + 4] == 7).any(axis=1)) == 1
