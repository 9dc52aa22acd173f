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
        ("two Norlandish-made Kestrel drones", [("drones", 2, 2)]),
        ("no hostile drones", [("drones", 0, 0)]),
        ("Ten were killed and 14 injured after drones hit.", [("people killed", 10, 10), ("people injured", 14, 14)]),
        ("On Sunday 5 October two drones came.", [("drones", 2, 2)]),
        ("The raid of May 3 killed two people.", [("people killed", 2, 2)]),
        ("In 2022 two drones came.", [("drones", 2, 2)]),
        ("10 Killed After Drones Hit Port", [("people killed", 10, 10)]),
        ("two unmanned aircraft and six unmanned aerial vehicles", [("drones", 2, 2), ("drones", 6, 6)]),
        ("12 vehicles, 3 Drones", [("vehicles", 12, 12), ("drones", 3, 3)]),
    ],
)
def test_figures_are_read_with_what_their_words_allow(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    ["no cars", "several drones", "two drone strikes", "2 drone", "20 percent drones", "Boeing 737 of the aircraft", "$5 drones", "drones", "two and drones", "5.5-3 drones", "two drones attacks", "no information about drones", "No Information On Drones", "5 October drones", "12 and three-drones", "20 after drones",
     "12 soldiers saw drones", "12 Soldiers Saw Drones",  "12 minus drones", "Flight 12 jets", "age 12 killed", "In 2022 drones", "none of the drones",
     "on May 3 killed the", "12 passengers on flights", "Two killed a dog.", "no sign of explosions", "men aged 20 and 30 were arrested"],
)  # fmt: skip
def test_what_counts_something_else_is_left_alone(text):
    assert found(text) == []


def check(*texts):
    return counts.check(tuple(document(text, f"source {number}") for number, text in enumerate(texts, 1)))


@pytest.mark.parametrize(
    ("one", "other", "outcome"),
    [
        ("Two drones were seen.", "Three drones were seen.", "differs"),
        ("Police saw two drones.", "Two Norlandish drones were spotted.", "agrees"),
        ("No one was injured.", "Two were injured.", "differs"),
        ("At least 30 were hurt.", "35 people were hurt.", "agrees"),
        ("At least three drones were shot down.", "The army shot down 17 drones.", "agrees"),
        ("Norland sent dozens of drones.", "17 drones were sent.", "differs"),
        ("It sent two drones; later it sent five drones.", "An attack with five drones.", "agrees"),
        ("Two flights were cancelled.", "12 flights cancelled on Monday.", "differs"),
        ("Two flights to Westport were diverted.", "Westport diverted two flights.", "agrees"),
        ("Two explosions were heard.", "There were three explosions.", "differs"),
        ("Two houses were damaged.", "The fire damaged about 20 houses.", "differs"),
    ],
)
def test_sources_are_laid_side_by_side(one, other, outcome):
    (made,) = check(one, other)
    assert (made.kind, made.outcome) == ("count", outcome), made.words
    assert ("differs between the sources" in made.words) == (outcome == "differs")
    assert "source 1: “" in made.words
    assert "source 2: “" in made.words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Most passengers on 12 flights slept.", "Two flights were cancelled."),
        ("Two flights were diverted.", "Five flights were delayed."),
        ("Two drones were shot down.", "Police saw five drones."),
        ("Two drones.", "Three drones."),
        ("Two drones were seen.", "Two drones shot down a plane."),
        ("Two houses were damaged.", "Five houses were destroyed."),
        ("Two flights were cancelled.", "Seven flights were cancelled or diverted."),
        ("Two of the three drones were shot down.", "Two drones were shot down."),
    ],
)
def test_figures_of_which_no_fate_is_told_alike_are_shown_and_not_judged(one, other):
    (made,) = check(one, other)
    assert made.outcome == "cannot_check"
    assert made.words.endswith("whether they count the same is not said.")


@pytest.mark.parametrize(
    "other",
    [
        "The army has 300 drones.",
        "Norland operates more than 40 drones.",
        "Last year police saw 40 drones.",
        "In 2022 police saw 40 drones.",
        "Police had previously seen 40 drones.",
        "Five drones were seen a month ago.",
        "Each night 40 drones are seen.",
        "It could have seen 40 drones.",
        "The army denied that it had seen 40 drones.",
    ],
)
def test_what_is_held_or_of_another_time_is_not_of_the_event(other):
    assert check("Police saw two drones.", other) == []


def test_a_toll_of_another_year_is_not_of_the_event():
    assert check("Two people were killed.", "Last year 40 people were killed.") == []


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("at least 30", "35", True),
        ("at least 30", "29", False),
        ("about 100", "95", True),
        ("about 100", "80", False),
        ("dozens", "30 people", True),
        ("dozens of drones", "12", False),
        ("up to 12", "twelve", True),
        ("fewer than 12", "13", False),
        ("no one", "one", False),
        ("two", "2", True),
        ("two", "3", False),
        ("20 to 30", "25", True),
        ("20-30", "31", False),
        ("between 20 and 30", "at least 29", True),
        ("1,200", "1200", True),
        ("several", "2", True),
        ("", "2", True),
    ],
)
def test_two_worded_figures_that_can_be_one_number(one, other, expected):
    assert counts.compatible(one, other) is expected
    assert counts.compatible(other, one) is expected


def test_different_things_are_never_laid_side_by_side():
    assert check("Two drones came.", "Three missiles came.", "Two injured.") == []


def test_one_of_three_sources_that_differs_is_enough():
    (made,) = check("Two drones came.", "Two drones came.", "Three drones came.")
    assert made.outcome == "differs"
    assert len(made.figures) == 3


def test_many_figures_are_counted_not_listed():
    (made,) = check(" ".join(f"{number} drones." for number in range(2, 40)), "2 drones")
    assert "and 26 more" in made.words
