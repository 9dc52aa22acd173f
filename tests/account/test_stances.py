"""To have no information is not to deny; what is asked or supposed is nobody's claim."""

import pytest

from skykeep.account.stances import read, towards
from skykeep.facts.claimed import Stance

AFFIRMS, DENIES, DOES_NOT_KNOW, NO_COMMENT, ATTRIBUTES = Stance


@pytest.mark.parametrize(
    "text",
    [
        "we have no information about any drone over the harbour",
        "it has no knowledge of any raid",
        "I do not have any information on that",
        "we don’t know who flew it",
        "the office is not aware of a drone",
        "we were not informed of any flight",
        "she was unaware of the flight",
        "it is too early to say what caused the fire",
        "the cause of the fire is not yet known",
        "it was unclear who had flown it",
        "there was no evidence of a second drone",
        "there were no reports of injuries",
        "we cannot confirm that there was a drone",
    ],
)
def test_not_knowing_is_never_a_denial(text):
    assert read(text, "said").stance is DOES_NOT_KNOW


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("the claims of the harbour office", "denied"),
        ("having flown it", "has denied"),
        ("as nonsense that a drone had been seen", "dismissed"),
        ("the report of a second drone", "rejected"),
        ("we deny any involvement", "said"),
        ("these reports are untrue", "said"),
        ("that is a false accusation", "said"),
    ],
)
def test_denials(text, cue):
    assert read(text, cue).stance is DENIES


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("to comment on the reports", "declined"),
        ("on the reports", "declined to comment"),
        ("no comment", "said"),
        ("we will not comment on this", "said"),
        ("we can neither confirm nor deny that", "said"),
    ],
)
def test_no_comment(text, cue):
    assert read(text, cue).stance is NO_COMMENT


def test_could_not_confirm_as_a_cue_is_not_knowing():
    assert read("the number of drones", "could not confirm").stance is DOES_NOT_KNOW


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("was it a drone?", "asked"),
        ("if it was a drone, it was a small one", "said"),
        ("whether there had been a second drone", "asked"),
        ("having flown it", "did not deny"),
    ],
)
def test_what_is_asked_or_supposed_lays_nothing(text, cue):
    assert read(text, cue).stance is None


def test_what_is_told_as_anothers_words_is_attributed():
    found = read("as Mayor Holm has repeatedly stated, the pier stays open", "said")
    assert (found.stance, found.attributed_to) == (ATTRIBUTES, "Mayor Holm")
    found = read("the pier stays open, according to the port police", "said")
    assert (found.stance, found.attributed_to) == (ATTRIBUTES, "the port police")


def test_a_hedge_is_kept_as_doubt():
    assert read("it may have been a drone").doubt_at == 3
    assert read("it was a drone, seen on May 9").doubt_at is None


def test_every_stance_names_the_words_it_was_read_from():
    assert read("we have no information about it").words == "no information"
    assert read("the claims", "flatly denied").words == "denied"


def test_words_that_say_the_contrary_turn_a_stance_round():
    assert towards(DENIES, holds=False) is AFFIRMS
    assert towards(AFFIRMS, holds=False) is DENIES
    assert towards(DOES_NOT_KNOW, holds=False) is DOES_NOT_KNOW


@pytest.mark.parametrize(
    ("text", "cue", "lead"),
    [
        ("she doubted that two drones were seen", "said", ""),
        ("it is unlikely that two drones were seen", "said", ""),
        ("it was wrong to say that two drones were seen", "said", ""),
        ("two drones will be found", "hopes", ""),
        ("it was hardly an accident", "said", ""),
        ("Lund of lying about two drones", "accused", ""),
        ("that her office had invented the two drones", "denied", ""),
        ("two drones came", "never said", ""),
        ("two drones came", "statement", "Krag retracted his statement that "),
        ("two drones came", "said", "If Anna Holm said "),
        ("two drones came", "said", "It was not clear whether the police had said that "),
    ],
)
def test_what_is_doubted_hoped_or_taken_back_lays_nothing(text, cue, lead):
    assert read(text, cue, lead).stance is None


@pytest.mark.parametrize(
    ("text", "cue", "deed"),
    [
        ("sending two drones", "denied", True),
        ("that it had sent two drones to the pier", "denied", True),
        ("it sent two drones", "denial", True),
        ("reports of drones over the pier", "denied", False),
        ("that there were two drones", "denied", False),
        ("sending two drones", "said", False),
    ],
)
def test_a_denial_of_a_deed_is_told_from_one_of_a_fact(text, cue, deed):
    assert read(text, cue).deed is deed
