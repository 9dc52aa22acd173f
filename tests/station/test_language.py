"""Which language is spoken: the argument first, then the environment as POSIX has it, then English."""

import pytest

from skykeep.errors import Refused
from skykeep.station.language import languages, translator

ENGLISH, GERMAN = "no drones", "keine Drohnen"


def test_english_german_and_spanish_are_there():
    assert languages() == ["de", "en", "es"]


@pytest.mark.parametrize(
    ("argument", "environment", "said"),
    [
        ("de", {}, GERMAN), ("de_AT", {}, GERMAN), ("de-CH.UTF-8", {}, GERMAN), ("DE", {}, GERMAN), ("en", {"LANG": "de_DE"}, ENGLISH),
        (None, {}, ENGLISH), (None, {"LANG": "de_DE.UTF-8"}, GERMAN), (None, {"LANG": "de_DE", "LC_ALL": "en_GB"}, ENGLISH),
        (None, {"LANG": "en_US", "LC_MESSAGES": "de_DE@euro"}, GERMAN), (None, {"LANG": "C.UTF-8"}, ENGLISH),
        (None, {"LANG": "fi_FI.UTF-8"}, ENGLISH), (None, {"LANG": "", "LC_ALL": ""}, ENGLISH), ("C", {}, ENGLISH),
        (None, {"LANG": "../../etc"}, ENGLISH),
    ],
)  # fmt: skip
def test_which_language(argument, environment, said):
    assert translator(argument, environment)("no drones") == said


def test_a_language_that_was_asked_for_and_is_not_there():
    with pytest.raises(Refused, match="no catalogue for language 'fi'; there are de, en"):
        translator("fi", {})


def test_what_is_in_no_catalogue_stays_as_it_is():
    assert translator("de", {})("a tarot card") == "a tarot card"
