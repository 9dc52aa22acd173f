"""The rules on invented sentences: content, cue, speaker, when, to whom, and what is uncertain."""

import pytest

from skykeep.account import statements
from skykeep.facts.claimed import Mode, Resolved
from tests.account.documents import document


def _found(text):
    return [(made.speaker, made.cue, made.text) for made in statements.find(document(text))]


@pytest.mark.parametrize(
    ("text", "speaker", "cue", "content"),
    [
        ("The harbour office said the crane was shut.", "harbour office", "said", "the crane was shut"),
        ("The crane was shut, the harbour office said.", "harbour office", "said", "The crane was shut"),
        ("The crane, Ada Lund said, was shut.", "Ada Lund", "said", "The crane … was shut"),
        ("“The crane is shut,” said Ada Lund, a pilot.", "Ada Lund", "said", "The crane is shut"),
        ('“The crane is shut," Ada Lund told reporters.', "Ada Lund", "told", "The crane is shut"),
        ("‘The crane is shut,’ Ada Lund said.", "Ada Lund", "said", "The crane is shut"),
        ("„The crane is shut“, said Ada Lund.", "Ada Lund", "said", "The crane is shut"),
        ("According to Ada Lund, the crane is shut.", "Ada Lund", "According to", "the crane is shut"),
        ("The crane is shut, according to Ada Lund.", "Ada Lund", "according to", "The crane is shut"),
        ("Norland accused Southland of sending two drones.", "Norland", "accused", "Southland of sending two drones"),
        ("Norland called the flight a “provocation”.", "Norland", "called", "the flight a “provocation”"),
        ("Norland has denied the charge.", "Norland", "denied", "the charge"),
        ("Norland threatened to close the strait.", "Norland", "threatened", "to close the strait"),
        ("Ada Lund, the mayor, who was away, said the crane was shut.", "Ada Lund", "said", "the crane was shut"),
        ("The firm declined to comment.", "firm", "declined to", "comment"),
        ("The papers carried Norland's claim that it had shot down a drone.", "Norland", "claim",
         "it had shot down a drone"),
        ("It was reported that two drones fell.", None, "reported", "two drones fell"),
        ("The pilot is said to have left.", None, "said", "The pilot … to have left"),
        ("Bo Berg, the aide added, will attend the parade.", "aide", "added", "Bo Berg … will attend the parade"),
        ("The army neither confirmed nor denied involvement.", "army", "neither confirmed nor denied", "involvement"),
        ("The port would not say who flew it.", "port", "would not say", "who flew it"),
        ("An officer who asked not to be named said the raid had failed.", "officer", "said", "the raid had failed"),
        ("The paper reported, citing two pilots, that the drones fell.", "paper", "reported", "the drones fell"),
        ("PORT TARN, 7 May (Vesper) — Two drones fell, the coast guard said.", "coast guard", "said",
         "Two drones fell"),
        ("Not so, says the mother: “We got a letter.”", "mother", "says", "We got a letter."),
        ("Said fire chief Bo Berg: “It was a toy.”", "Bo Berg", "Said", "It was a toy."),
        ("The banner read: “Stop.”", None, "", "Stop."),
        ("But her deputy, Bo Berg, said it fell.", "Bo Berg", "said", "it fell"),
        ("While the mayor, Una Frey, said three had been seen, the police put it at one.", "Una Frey", "said",
         "three had been seen"),
        ("On Monday Ada Lund, the mayor, had said two fell.", "Ada Lund", "said", "two fell"),
        ("According to Ada Lund, the mayor of Tarn, two fell.", "Ada Lund", "According to", "two fell"),
        ("Ada Lund said reports that two drones hit it were false.", "Ada Lund", "said",
         "reports that two drones hit it were false"),
        ("The mayor, Ada Lund, and the governor, Bo Berg, said two fell.",
         "mayor, Ada Lund, and the governor, Bo Berg", "said", "two fell"),
        ("Mayor Ada Lund and governor Bo Berg said two fell.", "Mayor Ada Lund and governor Bo Berg", "said",
         "two fell"),
        ("Will Grey said two fell.", "Will Grey", "said", "two fell"),
        ("May Lund said two fell.", "May Lund", "said", "two fell"),
        ("In May Norland said two fell.", "Norland", "said", "two fell"),
        ("Ada Lund told Per Aas that two fell.", "Ada Lund", "told", "two fell"),
        ("Sundport claims that three drones flew over its pier.", "Sundport", "claims",
         "three drones flew over its pier"),
        ("It fell at night, harbour master Ines Calder said on Thursday.", "Ines Calder", "said", "It fell at night"),
        ("He was joined by former general Max Rohde, who said it fell.", "Max Rohde", "said", "it fell"),
        ("The Prison Officers' Association said it fell.", "Prison Officers' Association", "said", "it fell"),
        ("Residents reported hearing three bangs.", "Residents", "reported", "hearing three bangs"),
        ("Ada Lund was quoted by Orla as saying it fell.", "Ada Lund", "saying", "it fell"),
        ("The claim was dismissed by the opposition leader, Arno Feld.", "Arno Feld", "dismissed", "The claim"),
        ("The army was accused by opposition leader Arno Feld of hiding losses.", "Arno Feld", "accused",
         "The army … of hiding losses"),
        ("We heard nothing, said Tom Riley, 54, a docker.", "Tom Riley", "said", "We heard nothing"),
        ("“Two fell,” read a statement from the ministry.", "ministry", "read", "Two fell"),
        ("It was empty, according to her spokesperson, Bo Berg.", "Bo Berg", "according to", "It was empty"),
        ("“It fell,” Ada Lund, press secretary to Tarn's President Bo Berg, told the Echo.", "Ada Lund", "told",
         "It fell"),
        ("“It fell,” said Tom Riley, 54, a docker, “and then it rang.”", "Tom Riley", "said",
         "It fell … and then it rang."),
        ("The agency quoted a source in the ministry as saying it fell.", "source in the ministry", "saying", "it fell"),
        ("Norland has promised Southland “a measured answer”.", "Norland", "promised",
         "Southland “a measured answer”"),
        ("Ada Lund never said it fell.", "Ada Lund", "never said", "it fell"),
        ("“We saw it,” Rep. Bo Berg, R-Va., said on air.", "Bo Berg", "said", "We saw it"),
    ],
)  # fmt: skip
def test_one_statement_in_one_sentence(text, speaker, cue, content):
    assert _found(text) == [(speaker, cue, content)]


@pytest.mark.parametrize(
    "text",
    [
        "The crane was shut on Tuesday.",
        "The report runs to forty pages.",
        "The council called an urgent meeting.",
        "Two drones fell near the United States embassy.",
        'The so-called "night crane" stood still.',
        "By Ada Lund and Bo Berg, The Harbour Courier",
        "No official said that two fell.",
        "Nobody said that two fell.",
        "Neither Lund nor Berg said where it fell.",
        "It is unclear who said that two fell.",
        "It was not clear whether police had said that two fell.",
        "If Ada Lund said two fell, she was wrong.",
        "Ada Lund may have said that two fell.",
        "",
        " \n\n ",
    ],
)
def test_no_statement_where_nobody_says_anything(text):
    assert _found(text) == []


def test_what_is_denied_after_it_was_said_is_a_statement_of_its_own():
    assert _found("Norland has accused its neighbour of two raids, something Southland denies.") == [
        ("Southland", "denies", "Norland has accused its neighbour of two raids"),
        ("Norland", "accused", "its neighbour of two raids"),
    ]


def test_a_participle_has_the_speaker_before_it_and_parts_the_content():
    assert _found("Norland says it saw nothing, adding that its radar was off.") == [
        ("Norland", "says", "it saw nothing"),
        ("Norland", "adding", "its radar was off"),
    ]


def test_a_quotation_goes_on_in_its_paragraph_and_in_the_next():
    text = "“It fell,” said Ada Lund. “We saw it.”\n\n“Nobody was hurt.”"
    found = statements.find(document(text))
    assert [(made.speaker, made.cue, made.resolved) for made in found] == [
        ("Ada Lund", "said", Resolved.NAMED),
        ("Ada Lund", "", Resolved.CONTINUED),
        ("Ada Lund", "", Resolved.CONTINUED),
    ]


def test_a_quotation_parted_by_its_speaker_is_one_statement():
    assert _found("“It fell,” Ada Lund said, “into the sea.”") == [("Ada Lund", "said", "It fell … into the sea.")]


def test_the_sentences_of_a_quotation_stay_together():
    assert _found("“It fell. We saw it,” Ada Lund said.") == [("Ada Lund", "said", "It fell. We saw it")]


def test_single_marks_close_before_the_next_sentence():
    text = (
        "Ada Lund said Bo Berg 'was right', and left. Ola Dahl said it was 'a mess'. Una Frey said: 'I saw the drones.'"
    )
    assert _found(text) == [
        ("Ada Lund", "said", "Bo Berg 'was right', and left"),
        ("Ola Dahl", "said", "it was 'a mess'"),
        ("Una Frey", "said", "I saw the drones."),
    ]
    assert _found("‘The boys’ coats fell,’ Ada Lund said.") == [("Ada Lund", "said", "The boys’ coats fell")]


def test_an_unclosed_quotation_over_paragraphs_goes_on():
    text = "Ada Lund said: “It fell. We saw it.\n\n“Nobody was hurt.”"
    assert _found(text) == [("Ada Lund", "said", "It fell. We saw it."), ("Ada Lund", "", "Nobody was hurt.")]


def test_an_unclosed_mark_does_not_swallow_the_paragraph():
    assert _found("“The crane fell, Ada Lund said. The sun shone.") == [("Ada Lund", "said", "The crane fell")]


def test_a_statement_in_a_quotation_is_nested():
    outer, inner = statements.find(document("“As Mayor Bo Berg has said, the crane is safe,” Ada Lund said."))
    assert (inner.speaker, inner.text, inner.within) == ("Bo Berg", "the crane is safe", outer.statement_id)
    assert inner.chain == ("Bo Berg", "Ada Lund", "The Harbour Courier")


def test_short_names_and_pronouns_are_resolved_to_the_fullest_name():
    text = "Mayor Ada Lund said the crane fell. Lund said it was old. “It creaked,” she said."
    found = statements.find(document(text))
    assert [(made.speaker, made.speaker_words, made.resolved) for made in found] == [
        ("Ada Lund", "Mayor Ada Lund", Resolved.NAMED),
        ("Ada Lund", "Lund", Resolved.REFERRED),
        ("Ada Lund", "she", Resolved.REFERRED),
    ]
    assert found[0].role == "Mayor"


def test_a_pronoun_that_two_can_be_is_uncertain_with_both():
    text = "Mayor Bo Berg said the crane fell. The governor was away. He further stated that it was old."
    last = statements.find(document(text))[-1]
    assert (last.resolved, last.candidates) == (Resolved.UNCERTAIN, ("Bo Berg", "governor"))
    assert last.speaker == "Bo Berg"


def test_a_role_before_a_name_between_commas():
    (made,) = statements.find(document("“It fell,” the spokesman for the port, Bo Berg, told the Echo on Tuesday."))
    assert (made.speaker, made.role, made.audience) == ("Bo Berg", "the spokesman for the port", "the Echo")
    assert made.chain == ("Bo Berg", "the Echo", "The Harbour Courier")


def test_when_it_was_said_is_read_against_the_dateline():
    (made,) = statements.find(document("Ada Lund said on Tuesday that the crane fell."))
    (moment,) = made.said_at
    assert made.said_words == "on Tuesday"
    assert (moment.end_ns - moment.start_ns) == 86_400_000_000_000
    assert "not known" in moment.how


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("“It fell,” Ada Lund said.", Mode.DIRECT),
        ("Ada Lund said it fell.", Mode.INDIRECT),
        ("Ada Lund said it fell “like a stone”.", Mode.MIXED),
    ],
)
def test_modes(text, mode):
    assert [made.mode for made in statements.find(document(text))] == [mode]


def test_the_sources_own_reserve_is_kept():
    (made,) = statements.find(document("Ada Lund said the alleged attack reportedly failed."))
    assert made.hedges == ("alleged", "reportedly")


def test_a_heading_with_a_date_is_no_speaker():
    assert _found(" date 2031-05-07 Norland said on Wednesday that two drones fell.")[0][0] == "Norland"


def test_a_cross_between_a_caption_and_a_quotation_parts_them():
    assert _found('The film shows the sea. × "It fell," Ada Lund said.') == [("Ada Lund", "said", "It fell")]


@pytest.mark.parametrize(
    ("text", "resolved", "among"),
    [
        ("Ada Lund said two came. Bo Berg shook his head. “Only one,” he said.", Resolved.UNCERTAIN,
         ("Bo Berg", "Ada Lund")),
        ("“Two came,” Ada Lund said. Bo Berg disagreed. “There was only one.”", Resolved.UNCERTAIN,
         ("Bo Berg", "Ada Lund")),
        ("Prosecutors accused Bo Berg of it. He denied it.", Resolved.REFERRED, ("Bo Berg",)),
        ("Two suspects were held, prosecutors said. They deny the charge.", Resolved.UNCERTAIN,
         ("Two suspects", "prosecutors")),
        ("Minister Ada Lund summoned the ambassador. He said it was late.", Resolved.UNCERTAIN,
         ("Ada Lund", "ambassador")),
        ("Mayor Ada Lund and police chief Bo Berg met. She said two came.", Resolved.UNCERTAIN,
         ("Ada Lund", "Bo Berg")),
        ("Ada Lund said it was well. The firm denied it all. “It is not true,” she said.", Resolved.REFERRED,
         ("Ada Lund",)),
        ("Tarn's traffic stopped after an officer claimed a drone fell, police chief Bo Berg said. He said it was two.",
         Resolved.REFERRED, ("Bo Berg",)),
        ("Bo Berg said he saw one. His wife, Ann, said she saw two. She said they were red.", Resolved.REFERRED,
         ("Ann",)),
        ("Berg told Aas that drones had come nine times. He replied that it was six.", Resolved.UNCERTAIN,
         ("Aas", "Berg")),
        ("Mayor Ada Lund said it fell. But her deputy, Bo Berg, said it flew. She said it was late.",
         Resolved.UNCERTAIN, ("Ada Lund", "Bo Berg")),
        ("Mayor Ada Lund said it fell. But her deputy, Bo Berg, said it flew. He said it was late.",
         Resolved.REFERRED, ("Bo Berg",)),
        ("Mayor Ada Lund and police chief Bo Berg met. She said two came. He said one fell.", Resolved.UNCERTAIN,
         ("Bo Berg", "Ada Lund")),
        ("Nurse Ada Lund said it fell. Sergeant Lund said it flew.", Resolved.UNCERTAIN, ("Sergeant Lund", "Ada Lund")),
        ("Mayor Ada Lund said it fell. Mayor Lund said it was late.", Resolved.REFERRED, ("Ada Lund",)),
        ("She said two came. He said one came.", Resolved.UNCERTAIN, ()),
    ],
)  # fmt: skip
def test_whoever_was_named_since_is_a_candidate(text, resolved, among):
    last = statements.find(document(text))[-1]
    assert last.resolved is resolved
    assert last.candidates == (among if resolved is Resolved.UNCERTAIN else ())
    assert last.speaker == (among[0] if among else last.speaker_words)


def test_two_speakers_of_one_sentence_have_each_their_own_words():
    assert _found("Ada Lund said two came but Bo Berg said he saw three.") == [
        ("Ada Lund", "said", "two came"),
        ("Bo Berg", "said", "he saw three"),
    ]


def test_who_reports_it_stands_around_who_said_it_and_never_the_other_way():
    outer, inner = statements.find(document("Lund said two drones came, Orla reported."))
    assert (outer.speaker, outer.text, outer.within) == ("Orla", "Lund said two drones came", None)
    assert (inner.speaker, inner.text, inner.within) == ("Lund", "two drones came", outer.statement_id)


def test_who_says_something_of_himself_and_of_another_is_himself():
    last = statements.find(document("A man who said he was Bo Berg's brother said two drones came."))[-1]
    assert (last.speaker, last.text) == ("man", "two drones came")


def test_what_somebody_claimed_of_one_thing_among_others_is_no_more_than_that():
    text = "Norland accused Southland of raids, among them one in April that, the port master of Tarn claimed, failed."
    assert ("port master of Tarn", "claimed", "among them one in April that … failed") in _found(text)
