"""Names are one speaker where it is sure, a suggestion where it is likely, and apart where they may be two."""

import pytest

from skykeep.account import aliases, learnt
from skykeep.account.persons import people_in
from skykeep.account.voices import gather
from skykeep.facts import claimed
from skykeep.facts.claimed import Resolved
from tests.account.made import ALIASES, statement

EMPTY = people_in([], ALIASES)


def speakers(*names, people=EMPTY, acts=(), table=ALIASES, **more):
    said = [statement("x", speaker=name, name=f"s{n}", start=n, **more) for n, name in enumerate(names)]
    return gather(said, acts, table, people).speakers


@pytest.mark.parametrize(
    "names",
    [
        ("The Harbour Office", "the harbour office"),
        ("Mayor Anna Holm", "Anna Holm"),
        ("Anna Holm", "Holm"),
        ("Mr Ove Krag", "Krag"),
        ("Denmark", "Copenhagen"),
        ("Denmark", "the Danish side"),
        ("Kyiv", "Kiev"),
    ],
)
def test_names_that_are_one_for_sure(names):
    assert len(speakers(*names)) == 1


@pytest.mark.parametrize(
    "names",
    [
        ("Anna Holm", "Ove Holm"),
        ("Harbour Office", "Harbour Police"),
        ("Denmark", "Sweden"),
        ("White House", "United States"),
        ("Nikiforenko", "Nykyforenko"),
    ],
)
def test_names_that_are_not_one_for_sure_stay_apart(names):
    assert len(speakers(*names)) == 2


def test_a_last_name_that_two_have_is_neither():
    assert len(speakers("Anna Holm", "Ove Holm", "Holm")) == 3


def test_nobody_is_no_speaker():
    assert speakers("unnamed sources", resolved=Resolved.NOBODY) == ()
    assert speakers(None) == ()


def test_the_side_is_where_the_text_says_so():
    (one,) = speakers("Eva Lund", role="the spokeswoman for Danish Minister Ove Krag")
    assert one.side == "Denmark"
    (mayor,) = speakers("Mayor of Copenhagen")
    assert mayor.side is None
    report = "Danish Minister Ove Krag’s Press Secretary Lund denied it."
    (said,) = speakers("Lund", people=people_in([report], ALIASES))
    assert said.side == "Denmark"


@pytest.mark.parametrize(
    ("one", "other"), [("Nikolaenko", "Nykolayenko"), ("Sergei Petrov", "Serhiy Petrov"), ("Mueller", "Müller")]
)
def test_names_spelt_alike_are_suggested(one, other):
    made = speakers(one, other)
    if len(made) == 2:
        (suggested,) = aliases.suggest_same(made, ALIASES)
        assert "spelt alike" in suggested.why


@pytest.mark.parametrize(
    ("one", "other"),
    [("Orlov", "Pavlov"), ("Holm", "Holt"), ("Harbour Police", "River Police"), ("Anna Holm", "Anna Krag")],
)
def test_names_spelt_otherwise_are_not_suggested(one, other):
    assert aliases.suggest_same(speakers(one, other), ALIASES) == ()


def test_those_who_speak_for_two_sides_are_never_suggested_as_one():
    one, other = speakers("Danish spokesman Petrov", "Swedish spokesman Petrow")
    assert (one.side, other.side) == ("Denmark", "Sweden")
    assert aliases.suggest_same((one, other), ALIASES) == ()


def test_bodies_and_titles_are_learnt_from_the_reports():
    report = (
        "Norland accused Sudmark. The Sudmark authorities denied it. A Norlandic ship stopped. First Warden Ida Moe had left, "
        "and the First Warden will stay away."
    )
    said = [statement("x", speaker=name) for name in ("Norland", "Sudmark", "Ida Moe")]
    table = learnt.grown(ALIASES, [report], said)
    assert [side.name for side in table.side[len(ALIASES.side) :]] == ["Norland", "Sudmark"]
    people = people_in([report], table)
    assert people.resolve("the First Warden") == people.resolve("Moe")
    assert people.titled(people.resolve("Moe")) == "First Warden Ida Moe"
    assert learnt.grown(ALIASES, ["Nothing here."], []) is ALIASES
    sides = [statement("x", speaker=name) for name in ("Sudland’s army", "the Sudlandian side")]
    (one,) = learnt.grown(ALIASES, ["Sudland’s army and the Sudlandian side"], sides).side[len(ALIASES.side) :]
    assert one.name == "Sudland"


def test_an_office_means_a_person_only_where_one_fits():
    both = people_in(["Danish Minister Ove Krag and Swedish Minister Eva Lund met."], ALIASES)
    assert both.resolve("the Danish minister") == both.resolve("Krag")
    assert both.resolve("the minister") is None
    assert both.titled(both.resolve("the Polish minister")) == "the minister of Poland"
    alone = people_in(["President Anna Holm spoke."], ALIASES)
    assert alone.resolve("the president") == alone.resolve("Holm")
    assert alone.resolve("the Polish president") != alone.resolve("Holm")


def test_a_side_is_not_taken_from_what_somebody_says():
    report = "The mayor of Varlund, Lise Aune, blamed Norway. The minister for Varlund, Ove Krag, blamed Sweden."
    people = people_in([report], ALIASES)
    assert [(person.name, person.side) for person in people.persons] == [("Lise Aune", ""), ("Ove Krag", "")]


def test_edits_count_letters():
    assert aliases.edits("kyiv", "kiev") == 2
    assert aliases.edits("", "abc") == 3
    assert aliases.edits("same", "same") == 0


def of_two_sources(one, other, **more):
    said = [
        statement("x", speaker=one, name="s1", source="a"),
        statement("x", speaker=other, name="s2", source="b", **more),
    ]
    return gather(said, (), ALIASES, EMPTY).speakers


@pytest.mark.parametrize("name", ["a witness", "the minister", "the airport", "Police", "the port police"])
def test_common_nouns_of_two_sources_are_two_until_a_person_joins_them(name):
    made = of_two_sources(name, name)
    assert len(made) == 2
    (suggested,) = aliases.suggest_same(made, ALIASES)
    assert "two sources" in suggested.why
    act = claimed.SpeakerNamed(act_id="act-1", t_recorded_ns=0, name=name, also=(name,), side=None, by="Officer Lund")
    said = [statement("x", speaker=name, name=f"s{source}", source=source) for source in "ab"]
    assert len(gather(said, (act,), ALIASES, EMPTY).speakers) == 1


def test_names_of_two_sources_are_one():
    assert len(of_two_sources("Harbour Office", "the harbour office")) == 1
    assert len(of_two_sources("Anna Holm", "Holm")) == 1


def test_a_last_name_with_another_office_is_somebody_else():
    assert len(of_two_sources("Mayor Holm", "Eva Holm", role="a nurse")) == 2
    assert len(of_two_sources("Mayor Holm", "Eva Holm", role="mayor")) == 1


def test_a_body_of_a_country_is_not_the_country():
    assert len(of_two_sources("Veldania", "The defence ministry of Veldania")) == 2


@pytest.mark.parametrize("name", ["Nobody", "No official", "None of the officials", "nobody"])
def test_who_is_nobody_is_no_speaker(name):
    assert speakers(name) == ()


@pytest.mark.parametrize(
    ("role", "side"),
    [
        ("the spokeswoman of the Free Union of Lode", "Free Union of Lode"),
        ("press secretary of Lissmark's president", "Lissmark"),
        ("a spokesman for the Pilot House", "Pilot House"),
        ("the mayor of Varlund", None),
        ("a docker", None),
    ],
)
def test_whom_somebody_speaks_for_is_read_from_the_words(role, side):
    (one,) = speakers("Mara Vinter", role=role)
    assert one.side == side
