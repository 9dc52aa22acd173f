"""A bounded share of the fuzzing of zone importers on every run; `make soak` takes more."""

import pytest

from tests.fuzz import fuzz_zones
from tests.wire import hostile

FORMS = sorted(hostile.READER)


@pytest.mark.parametrize("form", FORMS)
def test_damaged_files_are_read_or_refused(form):
    read = fuzz_zones.run(form, count=300, seed=1)
    assert 0 < read < 300  # neither all harmless nor all refused at the door


@pytest.mark.soak
@pytest.mark.parametrize("form", FORMS)
def test_twenty_thousand_damaged_files(form):
    fuzz_zones.run(form, count=20_000, seed=2)


def test_a_failure_names_the_command_that_repeats_it(monkeypatch, capsys):
    monkeypatch.setattr(fuzz_zones, "check", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fuzz_zones.run("kml", count=5, seed=9, start=3)
    assert "python -m tests.fuzz.fuzz_zones --format kml --seed 9 --start 3 --count 1" in capsys.readouterr().err
