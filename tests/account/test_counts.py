"""How many of a thing invented sources tell of."""

import math

import pytest

from skykeep.account import counts
from tests.account.invented import document


def found(text):
    return [(one.thing, one.low, one.high) for one in counts.find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Two drones came.", [("drones", 2, 2)]),
        ("30 small attack drones", [("drones", 30, 30)]),
        ("at least three UAVs", [("drones", 3, math.inf)]),
        ("up to 12 missiles", [("missiles", 0, 12)]),
        ("dozens of drones", [("drones", 24, math.inf)]),
        ("a dozen rockets", [("rockets", 12, 12)]),
        ("about 100 flights", [("flights", 90, 110)]),
        ("1,200 homes", [("buildings", 1200, 1200)]),
        ("one helicopter and two fighter aircraft", [("helicopters", 1, 1), ("aircraft", 2, 2)]),
        ("No one was injured.", [("people injured", 0, 0)]),
        ("nobody was hurt and no deaths", [("people injured", 0, 0), ("people killed", 0, 0)]),
        ("two people were seriously wounded", [("people injured", 2, 2)]),
        ("killing five and injuring at least three", [("people killed", 5, 5), ("people injured", 3, math.inf)]),
        ("The death toll has risen to 15.", [("people killed", 15, 15)]),
        ("hundreds of residents were evacuated", [("people evacuated", 200, math.inf)]),
        ("20 others were slightly hurt", [("people injured", 20, math.inf)]),
        ("two million homes", [("buildings", 2_000_000, 2_000_000)]),
    ],
)
def test_figures_are_read_with_what_their_words_allow(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    ["no cars", "several drones", "two drone strikes", "2 drone", "20 percent drones", "Boeing 737 of the aircraft", "$5 drones", "drones", "two and drones", "5.5-3 drones", "two drones attacks"],
)  # fmt: skip
def test_what_counts_something_else_is_left_alone(text):
    assert found(text) == []


def check(*texts):
    return counts.check(tuple(document(text, f"source {number}") for number, text in enumerate(texts, 1)))


@pytest.mark.parametrize(
    ("one", "other", "outcome"),
    [
        ("Two drones.", "Three drones.", "differs"),
        ("Two drones.", "Two Ukrainian drones.", "agrees"),
        ("No one was injured.", "Two were injured.", "differs"),
        ("At least three drones.", "17 drones.", "agrees"),
        ("Dozens of drones.", "17 drones.", "differs"),
        ("Two drones; later five drones.", "Five drones.", "agrees"),
    ],
)
def test_sources_are_laid_side_by_side(one, other, outcome):
    (made,) = check(one, other)
    assert (made.kind, made.outcome) == ("count", outcome)
    assert ("differs between the sources" in made.words) == (outcome == "differs")
    assert "source 1: “" in made.words
    assert "source 2: “" in made.words


def test_different_things_are_never_laid_side_by_side():
    assert check("Two drones.", "Three missiles.", "Two injured.") == []


def test_one_of_three_sources_that_differs_is_enough():
    (made,) = check("Two drones.", "Two drones.", "Three drones.")
    assert made.outcome == "differs"
    assert len(made.figures) == 3


def test_many_figures_are_counted_not_listed():
    (made,) = check(" ".join(f"{number} drones." for number in range(2, 40)), "2 drones")
    assert "and 26 more" in made.words
