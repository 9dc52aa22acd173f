"""Two units that say one thing in other words are more alike than two that share a few words."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skykeep.account import concepts, matching, stems
from tests.account.made import ALIASES

ONE = "two drones were shot down over the harbour"
SAME = "a pair of unmanned aircraft was destroyed above the port's harbour"
OTHER = "the harbour festival was put off"


def test_other_words_for_one_thing_are_alike():
    table = matching.likenesses([ONE], [OTHER, SAME], ALIASES)
    assert table[0, 1] > 2 * table[0, 0]


def test_withholding_assent_is_alike_in_other_words():
    table = matching.likenesses(
        ["the mayor denied the report of a drone over the pier"],
        ["a drone flew over the pier", "we have no knowledge of a drone over the pier"],
        ALIASES,
    )
    assert table[0, 1] > table[0, 0]


def test_forms_of_a_word_meet():
    assert stems.stem("liberated") == stems.stem("liberates") == stems.stem("liberating")
    assert stems.stem("parades") == stems.stem("parade")
    assert concepts.concepts("Retaliatory measures; they responded") == ["respond", "respond"]
    assert stems.stems("The mayor’s bridges") == ["mayor", stems.stem("bridge")]


def test_a_concept_of_several_words_is_one():
    assert concepts.concepts("an attempt on the mayor's life") == ["life"]
    assert concepts.concepts("No one was hurt") == ["nobody", "hurt"]
    assert concepts.concepts("we have no information") == ["unknown"]


def test_a_model_is_mixed_in():
    class Model:
        def alike(self, ones, others):
            return np.array([[1.0, -1.0]])

    rules = matching.likenesses([ONE], [OTHER, SAME], ALIASES)
    both = matching.likenesses([ONE], [OTHER, SAME], ALIASES, Model())
    assert both[0, 0] > rules[0, 0]
    assert both[0, 1] < rules[0, 1]


@given(st.lists(st.text(max_size=40), max_size=4), st.lists(st.text(max_size=40), max_size=4))
def test_likeness_is_bounded_and_the_same_both_ways(ones, others):
    table = matching.likenesses(ones, others, ALIASES)
    assert table.shape == (len(ones), len(others))
    assert ((table >= 0) & (table <= 1 + 1e-9)).all()
    assert np.allclose(table.T, matching.likenesses(others, ones, ALIASES))


def test_right_partners_of_two_reports_are_among_the_three_likeliest(shared):
    gold = json.loads((shared / "data" / "statements" / "seeds_gold.json").read_bytes())
    of = {
        name: {key: unit["text"] for key, unit in gold["units"].items() if unit["article"] == f"article_{name}.txt"}
        for name in ("000", "004")
    }
    pairs = [(one, other) for one, other in gold["same_proposition_pairs"]]
    result = matching.pairs_in_top(of["000"], of["004"], pairs, 3, aliases=ALIASES)
    assert len(result.found) == 11
    assert result.missed == ()
