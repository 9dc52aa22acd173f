"""GeoNames' places by their names."""

import pytest

from skykeep.errors import Unavailable
from skykeep.station import gazetteer

PLACES = gazetteer.GeoNames()


@pytest.mark.parametrize(
    ("name", "country", "lat_deg", "lon_deg"),
    [
        ("Kyiv", "Ukraine", 50.45, 30.52), ("KIEV", "Ukraine", 50.45, 30.52), ("Moscow", "Russia", 55.75, 37.62),
        ("Zürich", "Switzerland", 47.37, 8.55), ("zurich", "Switzerland", 47.37, 8.55), ("the Hague", "The Netherlands", 52.08, 4.30),
        ("New York", "United States", 40.71, -74.01), ("Łódź", "Poland", 51.77, 19.47),
    ],
)  # fmt: skip
def test_a_city_is_found_under_its_names(name, country, lat_deg, lon_deg):
    place = PLACES.places(name)[0]
    assert place.country == country
    assert (place.lat_deg, place.lon_deg) == (pytest.approx(lat_deg, abs=0.05), pytest.approx(lon_deg, abs=0.05))


def test_the_most_populous_comes_first_and_each_once():
    found = PLACES.places("Paris")
    assert [place.population for place in found] == sorted((place.population for place in found), reverse=True)
    assert (found[0].country, len(found)) == ("France", len(set(found)))
    assert len(found) > 1


@pytest.mark.parametrize("name", ["Ukraine", "ukraine", "the U.S.", "Britain", "UAE"])
def test_a_country_has_no_point(name):
    (place,) = (one for one in PLACES.places(name) if one.kind == "country")
    assert (place.lat_deg, place.lon_deg) == (None, None)


@pytest.mark.parametrize("name", ["", " ", "the ", "Nowhereville", "MOW", "x" * 10_000, "\ud800"])
def test_what_is_no_name_is_not_found(name):
    assert PLACES.places(name) == ()


def test_without_its_files_it_says_so():
    with pytest.raises(Unavailable, match="install Skykeep anew"):
        gazetteer._data("no such file")
