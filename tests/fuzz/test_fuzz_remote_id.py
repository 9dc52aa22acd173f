"""A bounded share of the fuzzing on every run, with a seed that names itself in the test; `make soak` takes more."""

import pytest

from tests.fuzz import fuzz_remote_id


@pytest.mark.parametrize("seed", [1, 2])
def test_ten_thousand_damaged_frames(seed):
    fuzz_remote_id.run(count=10_000, seed=seed)


@pytest.mark.soak
def test_a_million_damaged_frames():
    fuzz_remote_id.run(count=1_000_000, seed=3)


def test_a_failure_names_the_command_that_repeats_it(monkeypatch, capsys):
    monkeypatch.setattr(fuzz_remote_id, "check_frame", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fuzz_remote_id.run(count=5, seed=9)
    assert "python -m tests.fuzz.fuzz_remote_id --seed 9 --start 1 --count 1" in capsys.readouterr().err
