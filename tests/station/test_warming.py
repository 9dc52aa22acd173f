"""What a cold start says, and that it ends when it is told to."""

import pytest

from skykeep.errors import Unavailable
from skykeep.station import warming


def test_a_cold_start_says_once_what_it_does(monkeypatch):
    said = []
    monkeypatch.setattr(warming, "COLD_S", 0.0)
    warming.warm(said.append, seconds=1)
    (words,) = said
    assert "compiled for this machine" in words
    assert "it watches after that" in words


def test_a_warm_one_says_nothing(monkeypatch):
    said = []
    monkeypatch.setattr(warming, "COLD_S", float("inf"))
    assert warming.warm(said.append, seconds=1) > 0
    assert said == []


def test_it_ends_where_it_is_told_to():
    with pytest.raises(Unavailable, match="told to end"):
        warming.warm(print, seconds=1, ended=lambda: True)
