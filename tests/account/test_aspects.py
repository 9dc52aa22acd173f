"""Each reader reads its one thing in several wordings, and says nothing where it is not sure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.account import aspects
from skykeep.account.persons import people_in
from skykeep.account.reading import LIKELY, reading
from skykeep.account.units import LONGEST_READ
from tests.account.made import ALIASES

REPORT = "Mayor Anna Holm spoke. Danish Minister Ove Krag was silent, and Swedish Minister Eva Lund too."
PEOPLE = people_in([REPORT], ALIASES)


def read(text, *, cue="said", side=""):
    """Keys that are read for sure in a text; "-" before the reader's name: negated."""
    found = aspects.parts(reading(text, PEOPLE, cue=cue, speaker_side=side))
    return [(part.key if part.holds else (f"-{part.key[0]}", *part.key[1:])) for part in found if part.score >= LIKELY]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("two drones were seen", ("how_many", "drone", "2")),
        ("a pair of small quadcopters came in", ("how_many", "drone", "2")),
        ("at least 12 unmanned aircraft were launched", ("how_many", "drone", "at least 12")),
        ("several unidentified drones hovered there", ("how_many", "drone", "several")),
        ("14 flights were cancelled", ("flights", "14", "cancelled")),
        ("a drone attack overnight", ("when", "night")),
        ("so-called night strikes on the pier", ("when", "night")),
        ("drones were seen before dawn", ("when", "early morning")),
        ("the explosion was heard at about 2.40 am", ("clock", "02:40")),
        ("a drone was spotted at around 11pm", ("clock", "23:00")),
        ("it was done on the eve of Harbour Day", ("eve", "harbour", "day")),
        ("the drone flew towards the Holm Bridge", ("aimed", "drone", "holm", "bridge")),
        ("a strike on the oil depot", ("aimed", "", "oil", "depot")),
        ("drones hovered over Norhavn harbour", ("over", "drone", "norhavn", "harbour")),
        ("Denmark launched the drones", ("who", "Denmark")),
        ("a Danish-backed drone strike", ("who", "Denmark")),
        ("the attack was carried out by Denmark", ("who", "Denmark")),
        ("Denmark did not attack anybody with drones", ("-who", "Denmark")),
        ("two Danish drones came over the sea", ("whose", "drone", "Denmark")),
        ("it was an attempt on the mayor's life", ("life", "holm")),
        ("they tried to kill Mayor Anna Holm", ("life", "holm")),
        ("we call this an act of terrorism", ("terror",)),
        ("it was an accident", ("accident",)),
        ("the drone crash was no accident", ("-accident",)),
        ("both drones were shot down", ("stopped", "shot down")),
        ("air defences intercepted the missiles", ("stopped", "intercepted")),
        ("debris fell on the quay", ("fragments",)),
        ("there was no damage", ("-damage",)),
        ("the roof was badly damaged", ("damage",)),
        ("no one was injured", ("nobody", "hurt")),
        ("there were no casualties", ("nobody", "hurt")),
        ("nobody was killed", ("nobody", "killed")),
        ("three dock workers were slightly injured", ("hurt", "hurt", "3")),
        ("at least two people were killed", ("hurt", "killed", "at least 2")),
        ("a woman was hurt", ("hurt", "hurt", "1")),
        ("the mayor was not in the building", ("absent", "holm")),
        ("Holm was in the building when it came down", ("-absent", "holm")),
        ("Denmark reserves the right to respond", ("right", "Denmark")),
        ("the airport was closed for two hours", ("closed", "airport")),
        ("the airport remained open", ("-closed", "airport")),
        ("police are investigating", ("doing", "investigation")),
        ("residents were evacuated", ("doing", "evacuation")),
        ("drone flights are banned over Norhavn", ("ban", "norhavn")),
        ("all drones are forbidden unless the police give a special permit", ("except",)),
        ("an explosion at the Holm Bridge", ("what", "explosion", "holm", "bridge")),
        ("there was no explosion", ("-what", "explosion")),
        ("a fire broke out", ("what", "fire")),
        ("a drone crashed in the harbour", ("what", "crash")),
        ("flights were halted for an hour", ("halted",)),
        ("seventeen flights were diverted", ("flights", "17", "diverted")),
        ("drones were seen on Sunday night", ("when", "night")),
        ("any drone was there", ("what", "sighting")),
        ("witnesses saw a large drone", ("what", "sighting")),
        ("they tried a drone strike against the pier", ("what", "attack", "drone")),
        ("there was no attack", ("-what", "attack", "")),
    ],
)  # fmt: skip
def test_readers_read(text, key):
    assert key in read(text)


def test_a_threat_is_read_as_an_answer_of_the_speakers_side():
    assert ("right", "Denmark") in read("Sweden with reprisals", cue="threatened", side="Denmark")
    assert read("the case of reprisals", cue="discussed", side="Denmark") == []


def test_a_denial_of_ones_own_deed_is_laid_to_who_did_it():
    assert ("-who", "Denmark") in read("our forces did not attack the bridge", side="Denmark")
    assert ("who", "Denmark") in read("any involvement", cue="denied", side="Denmark")
    assert ("who", "Denmark") in read("its army had played a part in it", cue="rejected", side="Denmark")
    assert read("our forces did not attack the bridge") == []


def test_a_reason_of_a_ban_is_its_own_words():
    (key,) = read("the ban is meant to keep the harbour free of drones")
    assert key[0] == "reason"
    assert key != read("the ban is meant to help the police find drones")[0]


@pytest.mark.parametrize(
    "text",
    [
        "the two officers who saw drones were tired",  # not two drones
        "the mayor met two Danish ministers",
        "a terror attack is something else",  # what it would be, not what this was
        "he attacked the budget in the council",
        "the match ended 2-1",
        "the airport is large",
        "she called the police at 2.40 am about the drone",  # when they were called
        "drone flights over Norhavn are popular",
        "the mayor was not in danger",
        "unless it rains",
        "the army does not fly two drones over Varlund at night",  # of what is under a "not" nothing is sure
        "Denmark attempted to win the boat race",
        "",
    ],
)
def test_readers_say_nothing_where_they_are_not_sure(text):
    assert [key for key in read(text) if key[0] not in {"what", "over"}] == []


def test_what_is_taken_for_granted_is_not_laid():
    assert ("what", "attack", "") not in read("the mayor was asleep when the supposed attack came")


def test_a_unit_that_is_too_long_is_not_read():
    assert read("two drones " * LONGEST_READ) == []


def test_every_key_can_be_worded():
    for name in aspects.WORDINGS:
        key = (name, "attack" if name == "what" else "night" if name == "when" else "Hurt", "drone")
        if name == "doing":
            key = (name, "search")
        words = aspects.worded(aspects.Told(key, (key,), "the Holm bridge", "the pier", PEOPLE))
        assert words[:1].isupper()
        assert "regime" not in words


@pytest.mark.parametrize("name", ["terror", "provocation", "staged"])
def test_words_that_judge_stand_in_quotation_marks(name):
    words = aspects.worded(aspects.Told((name,), ((name,),), "", "", PEOPLE))
    assert "“" in words


def test_names_of_different_length_meet():
    keys = [
        ("aimed", "drone", "old", "holm", "bridge"),
        ("aimed", "", "holm", "bridge"),
        ("over", "", "holm", "bridge"),
    ]
    merging = aspects.merging(keys)
    assert merging.key(keys[0]) == merging.key(keys[1]) == ("aimed", "drone", "holm", "bridge")
    assert merging.key(keys[2]) == ("over", "drone", "holm", "bridge")
    for word in ("region", "bridge"):
        apart = [("aimed", "drone", "holm", word), ("aimed", "drone", "holm")]
        assert aspects.merging(apart).key(apart[0]) == apart[0]


@given(st.text(max_size=200))
def test_any_text_can_be_read(text):
    for part in aspects.parts(reading(text, PEOPLE)):
        assert 0 <= part.start <= part.end <= len(text)
        assert aspects.worded(aspects.Told(part.key, (part.key,), "x", "", PEOPLE))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("nobody has been arrested", ("-doing", "arrest")),
        ("no one was evacuated", ("-doing", "evacuation")),
        ("nothing was damaged", ("-damage",)),
        ("no windows were broken", ("-damage",)),
        ("the roof was not damaged", ("-damage",)),
        ("the drones were not sent by Denmark", ("-who", "Denmark")),
        ("no ban on drones is in force", ("-ban",)),
        ("the airspace will not be closed", ("-closed", "airspace")),
        ("there was only one drone", ("how_many", "drone", "1")),
        ("there was one drone, not three", ("how_many", "drone", "1")),
        ("on Sunday 5 October two drones were seen", ("how_many", "drone", "2")),
    ],
)
def test_a_not_is_found_wherever_it_stands(text, key):
    assert key in read(text)


def test_a_denied_deed_is_laid_to_who_did_it():
    assert ("who", "Denmark") in read("sending two drones", cue="denied", side="Denmark")
    assert ("who", "Denmark") in read("that it had fired at the pier", cue="denied", side="Denmark")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("the crew had seen no drone", "what"),
        ("one man was not hurt", "nobody"),
        ("neither pilot was hurt", "nobody"),
        ("nobody was seriously hurt", "nobody"),
        ("the ban does not apply to drones", "ban"),
        ("no ban on drones is planned", "ban"),
        ("the pilots' strike grounded 40 flights", "ban"),
        ("two flights were not cancelled", "flights"),
        ("ten were killed and 14 injured after drones hit the port", "how_many"),
        ("the army has 300 drones", "how_many"),
        ("the plane took off after two drones left", "stopped"),
        ("it was hardly an accident", "accident"),
        ("nobody thinks that the drones were sent by Denmark", "who"),
        ("what we see now is theatre on the eve of Harbour Day", "eve"),
    ],
)
def test_what_is_left_open_is_not_laid(text, name):
    assert name not in [key[0] for key in read(text)]


def test_about_is_no_bound_after_words_of_talking():
    assert ("how_many", "drone", "2") in read("she was asked about two drones")
    assert ("how_many", "drone", "about 2") in read("police saw about two drones")
