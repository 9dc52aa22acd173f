"""Distances between invented places: readings, tolerances, and what cannot be checked."""

import math

import pytest
from geographiclib.geodesic import Geodesic

from skykeep.account import distances, quantities
from skykeep.account.places import Place
from tests.account.invented import PLACES, Gazetteer, document

NORTH_KM = Geodesic.WGS84.Inverse(50.0, 10.0, 51.0, 10.0)["s12"] / 1_000  # 111.2


def check(text):
    made = document(text)
    return distances.check(made, quantities.find(text), Gazetteer())


@pytest.mark.parametrize(
    "text",
    [
        "Westport is approximately 111 kilometers (about 69 miles) from Eastham.",
        "It is 111 km from Westport to Eastham.",
        "The distance between Westport and Eastham is about 111 km.",
        "The distance from Westport to Eastham is 111 km.",
        "They drove 111 km between Westport and Eastham.",
        "Westport, some 111 km south of Eastham, was hit.",
        "Meanwhile Eastham, 69 miles to the north of the city of Westport, was quiet.",
        "Eastham lies 60 nautical miles from the capital Westport's centre.",
        "Westport is 111 km away from Eastham.",
        "Westport, which is located about 110 km (68 miles) from Eastham, was hit.",
    ],
)
def test_a_distance_that_agrees(text):
    (made,) = check(text)
    assert made.outcome == "agrees", made.words
    assert made.computed == pytest.approx(NORTH_KM, abs=1e-3)
    assert {figure.words for figure in made.figures[1:]} == {"Westport", "Eastham"}
    assert "WGS 84 geodesic between invented points" in made.basis


def test_a_distance_that_differs_says_by_how_much_and_why_that_is_no_verdict():
    (made,) = check("Westport is 150 km from Eastham.")
    assert (made.kind, made.outcome, made.stated, made.unit) == ("distance", "differs", 150.0, "km")
    assert made.words == (
        "Stated 150 km between Westport (Norland; 1 more of that name) and Eastham (Norland); straight line 111 km (WGS 84 "
        "geodesic between invented points): differs by 39 km; the report does not give its route or end points."
    )


@pytest.mark.parametrize(("stated", "outcome"), [(118, "agrees"), (121, "differs"), (104, "agrees"), (101, "differs")])
def test_rounding_and_the_size_of_places_are_allowed_for(stated, outcome):
    tolerance_km = 0.5 + distances.extent_km(PLACES["westport"][0]) + distances.EXTENT_MIN_KM
    assert 8.0 < tolerance_km < 9.0
    (made,) = check(f"Westport is {stated} km from Eastham.")
    assert made.outcome == outcome


def test_the_size_of_a_place_holds_its_people():
    place = Place("x", "y", 0.0, 0.0, 4_000_000, "city")
    assert math.pi * distances.extent_km(place) ** 2 * distances.PEOPLE_PER_KM2 == pytest.approx(4_000_000)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Westport is 4,316 km from Eastham.", "which are meant is not said"),
        ("A boat sank 12 km south of Westport.", "no name to the other point"),
        ("Westport is 20 km from Norland.", "a country, which has no single point"),
        ("Westport is 20 km from Nowhereville.", "no place named Nowhereville"),
        ("Westport is 20 km from Westport.", "both names are the same"),
        ("It lies between Westport and Eastham, some 30 km from Eastham.", "no name to the other point"),
        ("The port lies 30 km from Westport and 20 km from Eastham.", "no name to the other point"),
        ("The port lies 30 km from Westport, 20 km from Eastham.", "no name to the other point"),
        ("It crashed 30 km north of Westport, about 600 km from Eastham.", "no name to the other point"),
        ("It crashed north of the city of Westport, about 600 km from Eastham.", "no name to the other point"),
        ("It flew from Westport, about 600 km from Eastham.", "no name to the other point"),
        ("A ship near Westport, some 600 km from Eastham, saw it.", "no name to the other point"),
        ("By road Westport is 150 km from Eastham.", "speaks of a way, which is not given"),
        ("Westport is a 150-kilometer drive from Eastham.", "speaks of a way"),
    ],
)
def test_what_cannot_be_checked_says_why(text, words):
    if "4,316" in text:
        text = text.replace("4,316", f"{Geodesic.WGS84.Inverse(10.0, 10.0, 51.0, 10.0)['s12'] / 1_000:,.0f}")
    made = check(text)[-1]
    assert made.outcome == "cannot_check"
    assert words in made.words
    assert {one.outcome for one in check(text)} == {"cannot_check"}


def test_a_road_is_never_shorter_than_the_straight_line():
    assert [made.outcome for made in check("Westport is 60 km from Eastham by road.")] == ["differs"]


def test_the_opposite_side_of_the_globe_has_a_length():
    (made,) = check("Westport is 20,000 km from Opposite.")
    assert made.outcome == "agrees"


def test_a_longer_name_is_preferred():
    (made,) = check("New Haven Bay is 70 km from Westport.")
    assert made.figures[1].words == "New Haven Bay"


@pytest.mark.parametrize(
    "text",
    [
        "Two drones were 5 m from the house.",
        "He ran 10 km. From Westport came news.",
        "Westport has 5 km of road from early on.",
    ],
)
def test_what_names_no_places_is_left_alone(text):
    assert check(text) == []


def test_the_gazetteer_is_asked_once_for_a_name():
    gazetteer = Gazetteer()
    text = "Westport is 150 km from Eastham. " * 50
    assert len(distances.check(document(text), quantities.find(text), gazetteer)) == 50
    assert len(gazetteer.asked) == len(set(gazetteer.asked))
