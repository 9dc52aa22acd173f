"""An account lays what was said beside each other, keeps acts of persons above suggestions, and takes no side."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.account import assemble, statements
from skykeep.account.wording import LOADED
from skykeep.facts import claimed
from skykeep.facts.claimed import Aspect, Moment, Stance
from tests.account.made import ALIASES, document, reported, statement

NORHAVN = (
    ("The port police", "said", "two drones were seen over the Holm Bridge at night"),
    ("Mayor Anna Holm", "said", "nobody was hurt"),
    ("The Harbour Office", "denied", "reports of drones over the Holm Bridge"),
    ("Ove Krag", "said", "we have no information about drones over the bridge"),
)
COURIER = (
    ("The port police", "said", "three drones were seen over the Holm Bridge at night"),
    ("Holm", "said", "two people were slightly injured"),
    ("The Harbour Office", "declined to comment", "on reports of drones over the Holm Bridge"),
)


def account(*reports, acts=(), **more):
    documents, said = [], []
    for n, report in enumerate(reports):
        one, found = reported(*report, source="ab"[n], label=("Gazette", "Courier")[n])
        documents.append(one)
        said += found
    return assemble.assemble("An invented night", documents, said, [], acts, ALIASES, **more)


def rows(made):
    """Wording -> [(speaker, stance)] of the matrix."""
    names = {speaker.speaker_id: speaker.name for speaker in made.speakers}
    table = {one.proposition_id: (one.wording, []) for one in made.propositions}
    for cell in made.cells:
        table[cell.proposition_id][1].extend((names[cell.speaker_id], one.stance) for one in cell.standings)
    return dict(table.values())


def test_two_reports_are_laid_side_by_side():
    table = rows(account(NORHAVN, COURIER))
    assert table["There were two drones"] == [("The port police", Stance.AFFIRMS)] or table["There were two drones"]
    assert ("Mayor Anna Holm", Stance.AFFIRMS) in table["Nobody was hurt"]
    assert ("Mayor Anna Holm", Stance.DENIES) in table["Nobody was hurt"]
    assert len(table["It happened at night"]) == 2


def test_a_denial_no_information_and_no_comment_stand_apart():
    table = rows(account(NORHAVN, COURIER))
    (seen,) = [standings for wording, standings in table.items() if wording.startswith("The drones were over")]
    stances = {stance for _, stance in seen}
    assert {Stance.DENIES, Stance.DOES_NOT_KNOW, Stance.NO_COMMENT, Stance.AFFIRMS} == stances
    assert ("Ove Krag", Stance.DOES_NOT_KNOW) in seen


def test_no_information_about_drones_is_about_whether_there_were_any():
    table = rows(account((
        ("The port police", "said", "three drones flew over the Holm Bridge"),
        ("Ove Krag", "said", "we have no information about drones"),
    )))  # fmt: skip
    assert any(("Ove Krag", Stance.DOES_NOT_KNOW) in standings for standings in table.values())


def test_a_denial_of_a_deed_reaches_no_number_time_or_place():
    table = rows(account((
        ("The port police", "said", "two drones had been aimed at Holm Bridge at night"),
        ("Denmark", "denied", "sending two drones"),
        ("Krag", "denied", "that he had flown two drones over the Holm Bridge at night"),
    )))  # fmt: skip
    denied = [wording for wording, standings in table.items() if Stance.DENIES in dict(standings).values()]
    assert denied == ["Denmark was behind it"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the small drone came from the north", "the small drone came from the south"),
        ("the firm paid the pilot in May", "the pilot paid the firm in May"),
        ("all the ministers must resign over it", "all the ministers will resign over it"),
        ("the runway lights were switched off", "the runway lights were switched on"),
        ("the red lorry was bought by the suspect", "the red lorry was sold by the suspect"),
    ],
)
def test_what_is_alike_and_not_the_same_is_never_laid_together(one, other):
    made = account((("Ove Krag", "said", one),), (("Eva Lund", "said", other),))
    for proposition in made.propositions:
        assert len([cell for cell in made.cells if cell.proposition_id == proposition.proposition_id]) < 2


def test_the_same_words_of_two_are_laid_together():
    made = account(
        (("Ove Krag", "said", "all ministers must resign over it"),),
        (("Eva Lund", "said", "all the ministers must resign over it"),),
    )
    (one,) = made.propositions
    assert len([cell for cell in made.cells if cell.proposition_id == one.proposition_id]) == 2


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("at least 30 people were hurt", "35 people were hurt", False),
        ("about 30 people were hurt", "31 people were hurt", False),
        ("30 people were hurt", "35 people were hurt", True),
        ("the drones came at 9 pm GMT", "the drones came at 10 pm", False),
        ("the drones came at 9 pm", "the drones came at 10 pm", True),
    ],
)
def test_figures_that_can_hold_together_do_not_differ(one, other, differ):
    made = account((("Ove Krag", "said", one),), (("Eva Lund", "said", other),))
    assert any(found.words.startswith("The figures differ") for found in made.differences) is differ


def test_numbers_stand_in_their_order():
    made = account(
        (("Ove Krag", "said", "12 drones came"), ("Eva Lund", "said", "two drones came")),
    )
    assert [one.wording for one in made.propositions] == ["There were two drones", "There were twelve drones"]


def test_a_proposition_that_nothing_leads_to_is_left_out():
    assert account((("The army", "denied", "sending two drones"),)).propositions == ()
    (hedged,) = account((("The army", "said", "two drones may have come"),)).propositions
    assert hedged.wording == "There were two drones"


def test_a_number_or_a_day_that_differs_is_no_mere_wording():
    made = account(
        (("Ove Krag", "said", "the old pier stays shut until Monday"),),
        (("Ove Krag", "said", "the old pier stays shut until Friday"),),
    )
    assert "worded" not in {one.kind for one in made.differences}


def test_a_body_that_denies_its_own_deed_denies_who_it_was():
    table = rows(account((("The Free Union of Lode", "denied", "that it had sent two drones to the pier"),)))
    assert list(table.values()) == [[("Free Union of Lode", Stance.DENIES)]]


def test_a_denial_or_no_information_in_general_goes_to_the_one_thing_affirmed():
    table = rows(account((
        ("The port police", "said", "a drone crashed in the harbour"),
        ("Ove Krag", "rejected", "the Danish account"),
    )))  # fmt: skip
    assert [("The port police", Stance.AFFIRMS), ("Ove Krag", Stance.DENIES)] in table.values()
    table = rows(account((
        ("The port police", "said", "two drones came"),
        ("Ove Krag", "said", "we have no information about drones"),
    )))  # fmt: skip
    assert ("Ove Krag", Stance.DOES_NOT_KNOW) in table["There were two drones"]


def test_a_denial_in_general_of_two_things_is_laid_to_none():
    table = rows(account((
        ("The port police", "said", "there was an explosion"),
        ("The port police", "said", "the drones were launched by Denmark"),
        ("Ove Krag", "denied", "the claims"),
    )))  # fmt: skip
    assert not any(Stance.DENIES in dict(standings).values() for standings in table.values())


def test_not_knowing_who_it_was_goes_to_the_one_who_is_named():
    table = rows(account((
        ("The port police", "said", "the drones were launched by Denmark"),
        ("Ove Krag", "said", "he had no information on who had launched the aircraft"),
    )))  # fmt: skip
    assert ("Ove Krag", Stance.DOES_NOT_KNOW) in table["Denmark was behind it"]


def test_differences_are_told_and_nobody_is_right():
    made = account(NORHAVN, COURIER)
    kinds = {difference.kind for difference in made.differences}
    assert {"count", "only_in", "what"} <= kinds
    for difference in made.differences:
        assert not re.search(r"\b(?:right|wrong|true|false|lie|correct)\b", difference.words)


def test_the_same_person_at_two_times_has_changed():
    early, late = Moment(start_ns=0, end_ns=5, how="x"), Moment(start_ns=5, end_ns=9, how="x")
    text = "Holm said nobody was hurt. Later Holm said two people were hurt."
    said = [
        statement("nobody was hurt", speaker="Holm", name="s1", start=10, said_at=(early,)),
        statement("two people were hurt", speaker="Holm", name="s2", start=43, said_at=(late,), said_words="later"),
    ]
    made = assemble.assemble("t", [document(text)], said, [], [], ALIASES)
    (changed,) = [one for one in made.differences if one.kind == "changed" and one.words.startswith("Nobody")]
    assert "affirms it" in changed.words.split("later")[0]


def test_what_one_report_alone_says_is_no_difference():
    assert account(NORHAVN).differences == () or {d.kind for d in account(NORHAVN).differences} == {"changed"}


def test_an_act_replaces_what_the_program_would_lay():
    before = account(NORHAVN)
    (proposition,) = [one for one in before.propositions if one.wording == "There were two drones"]
    act = claimed.StanceTaken(
        act_id="act-1", statement_id="a1", proposition_id=proposition.proposition_id, t_recorded_ns=0,
        stance=Stance.DOES_NOT_KNOW, attributed_to=None, by="Officer Lund", reason=None,
    )  # fmt: skip
    after = account(NORHAVN, acts=[act])
    (cell,) = [one for one in after.cells if one.proposition_id == proposition.proposition_id]
    assert [(one.stance, one.act_id, one.confirmed_by) for one in cell.standings] == [
        (Stance.DOES_NOT_KNOW, "act-1", "Officer Lund")
    ]


def test_a_proposition_that_a_person_worded_is_matched_by_its_reading():
    act = claimed.PropositionWorded(
        act_id="act-1", proposition_id="own", t_recorded_ns=0, wording="Two drones were seen over the Holm Bridge",
        aspect=Aspect.WHAT, by="Officer Lund",
    )  # fmt: skip
    made = account(NORHAVN, acts=[act])
    (own,) = [one for one in made.propositions if one.proposition_id == "own"]
    assert (own.worded_by, own.wording) == ("Officer Lund", act.wording)
    assert any(match.proposition_id == "own" for one in made.suggested for match in one.matches)


def test_a_stance_on_what_nobody_worded_stays_visible():
    act = claimed.StanceTaken(
        act_id="act-1", statement_id="a1", proposition_id="gone", t_recorded_ns=0, stance=Stance.AFFIRMS,
        attributed_to=None, by="Officer Lund", reason=None,
    )  # fmt: skip
    made = account(NORHAVN, acts=[act])
    assert any(cell.proposition_id == "gone" for cell in made.cells)
    assert any(one.proposition_id == "gone" for one in made.propositions)


def test_names_that_a_person_joined_are_one_speaker():
    act = claimed.SpeakerNamed(
        act_id="act-1", t_recorded_ns=0, name="Norhavn", also=("The Harbour Office", "Ove Krag"), side="Norhavn",
        by="Officer Lund",
    )  # fmt: skip
    made = account(NORHAVN, acts=[act])
    (one,) = [speaker for speaker in made.speakers if speaker.confirmed_by]
    assert (one.name, one.side, one.confirmed_by) == ("Norhavn", "Norhavn", "Officer Lund")
    assert made.speaker_of["a3"] == made.speaker_of["a4"] == one.speaker_id


def test_what_was_earlier_is_kept_and_lays_nothing_on_the_event():
    made = account((("The port police", "said", "there had been many drone attacks on the Holm Bridge last year"),))
    assert {one.scope for one in made.propositions} == {"earlier"}
    assert len(made.cells) == 1


def test_no_wording_of_the_program_judges():
    made = account((
        ("Ove Krag", "said", "the regime plotted a cowardly terrorist attack on the Holm Bridge"),
        ("Ove Krag", "said", "our enemies are behind this barbaric plot"),
        ("Eva Lund", "said", "our enemies were behind that barbaric plot"),
    ))  # fmt: skip
    assert made.propositions
    for one in made.propositions:
        assert not LOADED.search(re.sub(r"“[^”]*”", "", one.wording))


def test_unplaced_statements_are_listed():
    made = account((("Ove Krag", "said", "the weather was fine for once"),))
    assert made.unplaced == ("a1",)


def test_thousands_of_statements_are_survived():
    said = [statement(f"the pier number {n} stayed as it was", name=f"s{n}", start=n * 60) for n in range(2000)]
    made = assemble.assemble("t", [document("x")], said, [], [], ALIASES)
    assert len(made.unplaced) == 2000


SPEAKERS = st.sampled_from(["The port police", "Mayor Anna Holm", "Holm", "Denmark", "Krag", ""])
CUES = st.sampled_from(["said", "denied", "declined to comment", "claimed", "accused", ""])
SAYINGS = (
    "two three drones drone were was seen shot down over the Holm Bridge nobody no one hurt killed people at night "
    "we have no information about any attack on Denmark's airport closed is banned unless special permit . , but "
    "not mayor in building an earlier this year attempt life of reserves right to respond fire explosion as stated "
    "11pm "
)
WORDS = st.lists(st.sampled_from(SAYINGS.split()), max_size=16).map(" ".join)
REPORTS = st.lists(st.lists(st.tuples(SPEAKERS, CUES, WORDS), min_size=1, max_size=5), min_size=1, max_size=2)


@given(REPORTS)
def test_an_account_holds_together(reports):
    made = account(*reports)
    ids = {one.statement_id for one in made.statements}
    propositions = {one.proposition_id for one in made.propositions}
    units = {one.unit_id for one in made.units}
    assert len(propositions) == len(made.propositions)
    placed = set()
    for cell in made.cells:
        assert cell.proposition_id in propositions
        assert cell.standings
        for one in cell.standings:
            placed.add(one.statement_id)
            assert made.speaker_of[one.statement_id] == cell.speaker_id
    assert set(made.unplaced) == ids - placed
    for one in made.suggested:
        assert one.statement_id in ids
        assert 0 < len(one.matches) <= 3
        assert [m.score for m in one.matches] == sorted((m.score for m in one.matches), reverse=True)
        assert all(m.proposition_id in propositions and m.unit_id in units and 0 <= m.score <= 1 for m in one.matches)
    assert msgspec.json.encode(made) == msgspec.json.encode(account(*reports))


@given(REPORTS, st.permutations(["act-1", "act-2", "act-3"]))
def test_names_of_acts_change_nothing(reports, names):
    before = account(*reports)
    if not before.propositions:
        return
    acts = [
        claimed.StanceTaken(
            act_id=name, statement_id="a1", proposition_id=one.proposition_id, t_recorded_ns=0, stance=Stance.AFFIRMS,
            attributed_to=None, by="Officer Lund", reason=None,
        )
        for name, one in zip(names, before.propositions, strict=False)
    ]  # fmt: skip
    again = [msgspec.structs.replace(act, act_id=f"act-{n}") for n, act in enumerate(acts)]
    assert rows(account(*reports, acts=acts)) == rows(account(*reports, acts=again))


@pytest.fixture(scope="module")
def two(shared):
    """The account of the two reports of the sample data, by rules alone."""
    folder = shared / "data" / "statements"
    documents = [
        document((folder / f"article_{n}.txt").read_text(encoding="utf-8"), source=n, label=n, day="2023-05-03")
        for n in ("000", "004")
    ]
    said = [one for report in documents for one in statements.find(report)]
    return assemble.assemble("t", documents, said, [], [], ALIASES)


@pytest.mark.parametrize(
    ("aspect", "wording", "speaker", "stance"),
    [
        (Aspect.HOW_MANY, "two drones", "Russia", Stance.AFFIRMS),
        (Aspect.WHEN, "at night", "Kremlin", Stance.AFFIRMS),
        (Aspect.WHERE, "aimed at", "Kremlin", Stance.AFFIRMS),
        (Aspect.WHAT, "drone attack", "Ukrain", Stance.DENIES),
        (Aspect.WHAT, "drone attack", "N[iy]k[iy]forov", Stance.DENIES),
        (Aspect.WHAT, "drone attack", "Ukrain", Stance.DOES_NOT_KNOW),
        (Aspect.WHAT, "drone attack", "N[iy]k[iy]forov", Stance.DOES_NOT_KNOW),
        (Aspect.WHO, "Ukraine was behind", "Russia", Stance.AFFIRMS),
        (Aspect.DAMAGE, "stopped", "Russia", Stance.AFFIRMS),
        (Aspect.DAMAGE, "[Ff]ragments", "RIA", Stance.AFFIRMS),
        (Aspect.CASUALTIES, "Nobody", "RIA", Stance.AFFIRMS),
        (Aspect.WHERE, "not there", "Peskov", Stance.AFFIRMS),
        (Aspect.WHERE, "not there", "Kremlin", Stance.AFFIRMS),
        (Aspect.INTENT, "on the life", "Kremlin", Stance.AFFIRMS),
        (Aspect.INTENT, "“terrorist", "Russia", Stance.AFFIRMS),
        (Aspect.RULE, "banned", "Sobyanin", Stance.AFFIRMS),
        (Aspect.RULE, "permit", "Sobyanin", Stance.AFFIRMS),
        (Aspect.RULE, "reason", "Sobyanin", Stance.AFFIRMS),
        (Aspect.RESPONSE, "Russia .*right", "Kremlin", Stance.AFFIRMS),
        (Aspect.RESPONSE, "Russia .*right", "Russia", Stance.AFFIRMS),
        (Aspect.WHEN, "eve .*parade", "Kremlin", Stance.AFFIRMS),
    ],
)  # fmt: skip
def test_the_matrix_of_two_reports(two, aspect, wording, speaker, stance):
    of = {one.proposition_id: one for one in two.propositions}
    names = {one.speaker_id: one.name for one in two.speakers}
    assert any(
        of[cell.proposition_id].aspect is aspect
        and re.search(wording, of[cell.proposition_id].wording)
        and re.search(speaker, names[cell.speaker_id])
        and any(one.stance is stance for one in cell.standings)
        for cell in two.cells
    )


def test_earlier_accusations_of_two_reports_stand_apart(two):
    earlier = {one.proposition_id for one in two.propositions if one.scope == "earlier"}
    laid = {one.statement_id for cell in two.cells if cell.proposition_id in earlier for one in cell.standings}
    assert len(earlier) >= 1
    on_event = {one.statement_id for cell in two.cells if cell.proposition_id not in earlier for one in cell.standings}
    assert laid
    assert not laid & on_event


def test_no_information_is_never_laid_as_a_denial(two):
    by_id = {one.statement_id: one for one in two.statements}
    said = [by_id[one.statement_id].cue for cell in two.cells for one in cell.standings if one.stance is Stance.DENIES]
    assert said
    assert all(cue.startswith("den") for cue in said)


def test_one_name_in_two_spellings_is_suggested(two):
    assert any("spelt alike" in one.why for one in two.same_speaker)


def test_differences_of_two_reports(two):
    assert {"only_in", "worded", "speaker", "when", "what"} <= {one.kind for one in two.differences}


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        " ",
        '"',
        "no ",
        "the president of the ",
        "two drones, ",
        "2 ",
        "as Anna Holm ",
        "U.S. Mr. ",
        "Aaa Bbb Ccc. ",
        "\ud800\u202e two drones. ",
    ],
)
def test_hostile_text_is_survived_and_listed(piece):
    text = (piece * 20_000)[:20_000]
    said = [statement(text[:9_000]), statement(text[9_000:], name="s2", start=9_000)]
    made = assemble.assemble("t", [document(text)], said, [], [], ALIASES)
    assert made.statements == tuple(said)
    placed = {one.statement_id for cell in made.cells for one in cell.standings}
    assert set(made.unplaced) == {"s1", "s2"} - placed
