"""A case: reports and acts of persons in a record, folded back into plain words, taken back by appending, erased."""

import hashlib

import msgspec
import pytest

from skykeep.account import naming
from skykeep.errors import Refused
from skykeep.facts import codec
from skykeep.facts.accounted import Document, Proposition
from skykeep.facts.claimed import (
    Aspect,
    Claimed,
    Mode,
    PropositionWorded,
    Resolved,
    SourceKept,
    Span,
    Stance,
    StanceTaken,
    StatementMade,
)
from skykeep.facts.personal import KeyedNames
from skykeep.ledger.tick import LeafKind
from skykeep.station import caseacts, casefile, officeacts
from skykeep.station.keys import Keys
from skykeep.station.store import Store
from skykeep.station.verify import check
from tests.facts import kinds

T0 = 1_780_000_000_000_000_000
TEXT = "The harbour master, Ines Calder, said two drones were over the pier."
DATA = TEXT.encode()
SHA = hashlib.sha256(DATA).hexdigest()
SOURCE = SourceKept(
    source_sha256=SHA, t_recorded_ns=0, frame=None, media_type="text/plain", text_sha256=SHA, label="pier.txt",
    title=None, publisher="The Invented Post", reporters=("A. Reporter",), dateline_place=None, dateline_words=None,
    dateline_day=None, language="en", doubts=(),
)  # fmt: skip
SAID = StatementMade(
    statement_id="s1", t_recorded_ns=0, source_sha256=SHA, spans=(Span(38, 67),), text=TEXT[38:67], mode=Mode.INDIRECT,
    cue="said", cue_span=Span(33, 37), speaker="Ines Calder", speaker_words="The harbour master, Ines Calder,",
    speaker_span=Span(0, 32), role="harbour master", resolved=Resolved.NAMED, candidates=(), said_words=None,
    said_at=(), audience=None, chain=("Ines Calder", "The Invented Post"), within=None, hedges=(), finder="rules/1",
)  # fmt: skip
TWO = Proposition(proposition_id="two", aspect=Aspect.HOW_MANY, wording="Two drones", worded_by=None, scope="event")


@pytest.fixture
def keys(tmp_path):
    return Keys(tmp_path / "keys")


@pytest.fixture
def case(tmp_path, keys):
    """The path of a case with one report in it."""
    path = tmp_path / "case"
    with caseacts.opening(path, keys, T0) as acting:
        assert acting.take_in(Document(source=SOURCE, text=TEXT), DATA, [SAID])
    return path


def at(seconds):
    return T0 + seconds * 1_000_000_000


def test_a_report_is_read_back_as_it_was_taken_in(case):
    with casefile.reading(case) as read:
        (document,) = read.documents.values()
        (said,) = read.standing_statements()
    assert document.text == TEXT
    assert document.source == msgspec.structs.replace(SOURCE, frame=0, t_recorded_ns=T0)
    assert said == msgspec.structs.replace(SAID, t_recorded_ns=T0)


def test_the_same_bytes_are_taken_in_once(case, keys):
    with caseacts.opening(case, keys, at(1)) as acting:
        assert not acting.take_in(Document(source=SOURCE, text=TEXT), DATA, [SAID])
        assert len(acting.statements) == 1


def test_what_is_confirmed_names_who_confirmed_it_and_takes_the_wording_over(case, keys):
    with caseacts.writing(case, keys, at(1)) as acting:
        act = acting.confirm("s1", TWO, Stance.AFFIRMS, by="Vera Lund", reason="read it twice")
    with casefile.reading(case) as read:
        worded, stance = read.standing_acts()
    assert isinstance(worded, PropositionWorded)
    assert (worded.wording, worded.aspect, worded.by) == ("Two drones", Aspect.HOW_MANY, "Vera Lund")
    assert isinstance(stance, StanceTaken)
    assert (stance.act_id, stance.statement_id, stance.by, stance.reason) == (
        act.act_id, "s1", "Vera Lund", "read it twice",
    )  # fmt: skip
    assert worded.act_id != stance.act_id


@pytest.mark.requirement("ACCOUNT-2")
def test_an_act_is_taken_back_by_appending_and_stands_in_the_record_all_the_same(case, keys):
    with caseacts.writing(case, keys, at(1)) as acting:
        act = acting.confirm("s1", TWO, Stance.AFFIRMS, by="Vera Lund")
        back = acting.retract(act.act_id, by="Tom Ray", reason="it was about the day before")
        assert act.act_id not in [each.act_id for each in acting.standing_acts()]
        with pytest.raises(Refused, match="taken back already, by Tom Ray"):
            acting.retract(act.act_id, by="Tom Ray", reason="again")
        acting.retract(back.act_id, by="Vera Lund", reason="it was not")
        assert act.act_id in [each.act_id for each in acting.standing_acts()]
    with Store.open(case, read_only=True) as store:
        facts = [codec.decode(leaf.body) for row in store.rows() for leaf in row.leaves if leaf.kind == LeafKind.FACT]
    assert sum(isinstance(fact, StanceTaken) for fact in facts) == 1
    assert check(case).n_entries == 5  # Corrupt, where it does not hold


def test_a_statement_that_is_none_is_kept_apart(case, keys):
    with caseacts.writing(case, keys, at(1)) as acting:
        acting.retract("s1", by="Vera Lund", reason="the headline, not a statement")
        assert acting.standing_statements() == []
        assert [one.statement_id for one in acting.retracted_statements()] == ["s1"]
        with pytest.raises(Refused, match="taken back by Vera Lund"):
            acting.confirm("s1", TWO, Stance.AFFIRMS, by="Vera Lund")


def test_names_that_are_one_speaker_and_new_words_for_a_proposition(case, keys):
    with caseacts.writing(case, keys, at(1)) as acting:
        acting.name("Ines Calder", ["Inés Calder"], side="Port of Sund", by="Vera Lund")
        acting.word("two", "At least two drones", Aspect.HOW_MANY, by="Vera Lund")
        acting.word("two", "Two drones over the pier", Aspect.HOW_MANY, by="Tom Ray")
        named, worded = acting.standing_acts()
    assert (named.name, named.also, named.side) == ("Ines Calder", ("Inés Calder",), "Port of Sund")
    assert worded.wording == "Two drones over the pier"


@pytest.mark.parametrize(
    ("act", "match"),
    [
        (lambda case: case.confirm("s9", TWO, Stance.DENIES, by="V"), "no statement s9"),
        (lambda case: case.confirm("s1", TWO, Stance.DENIES, by="  "), "who confirms is empty"),
        (lambda case: case.retract("a9.9", by="V", reason="r"), "no act and no statement a9.9"),
        (lambda case: case.retract("s1", by="V", reason=""), "the reason is empty"),
        (lambda case: case.word("two", "x" * 401, Aspect.WHAT, by="V"), "401 characters"),
        (lambda case: case.word("<b>", "Two", Aspect.WHAT, by="V"), "is no id"),
        (lambda case: case.confirm("s1", TWO, Stance.ATTRIBUTES, by="V"), "says to whom"),
        (lambda case: case.confirm("s1", TWO, Stance.DENIES, by="V", attributed_to="W"), "says to whom"),
        (lambda case: case.name("Ines", [], side=None, by="V"), "at least one other"),
        (lambda case: case.name("Ines", ["Ines"], side=None, by="V"), "at least one other"),
        (lambda case: case.name("A\u202eB", ["C"], side=None, by="V"), "cannot be shown"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(case, keys, act, match):
    with caseacts.writing(case, keys, at(1)) as acting:
        before = acting.tick
        with pytest.raises(Refused, match=match):
            act(acting)
        assert acting.tick == before
        assert acting.standing_acts() == []


def test_time_never_runs_backwards_in_a_case(case, keys):
    with pytest.raises(Refused, match="never runs backwards"), caseacts.writing(case, keys, T0 - 1):
        pass


def test_another_key_is_refused_before_anything_is_written(case, tmp_path):
    with Store.open(case, read_only=True) as store:
        before = store.entries_count
    others = Keys(tmp_path / "others")
    others.begun("another")
    for opened in (caseacts.opening, caseacts.writing):
        with pytest.raises(Refused, match="another key"), opened(case, others, at(1)):
            pass
    with Store.open(case, read_only=True) as store:
        assert store.entries_count == before


def test_the_record_of_an_office_takes_no_reports(tmp_path, keys):
    officeacts.found(tmp_path / "office", keys, T0, name="town", authority=None)
    with pytest.raises(Refused, match="not a case"), caseacts.opening(tmp_path / "office", keys, at(1)):
        pass
    with pytest.raises(Refused, match="not a case"), casefile.reading(tmp_path / "office"):
        pass


def test_what_is_no_case_is_refused(tmp_path, keys):
    with pytest.raises(Refused, match="is no case"), casefile.reading(tmp_path / "nowhere"):
        pass
    with caseacts.opening(tmp_path / "empty", keys, T0):
        pass
    with pytest.raises(Refused, match="no case with reports"), casefile.reading(tmp_path / "empty"):
        pass


@pytest.mark.requirement("ACCOUNT-3")
def test_no_name_and_no_word_of_a_person_stands_in_a_fact():
    assert set(naming.PERSONAL) == set(Claimed.__args__)
    for kind in Claimed.__args__:
        fact, names = kinds.example(kind), KeyedNames(b"k" * 32)
        hidden = naming.put_away(fact, names)
        values = {name.pseudonym: name.value for name in names.take_new()}
        assert naming.plain(hidden, values) == fact
        for field in naming.PERSONAL[kind]:
            assert getattr(hidden, field) != getattr(fact, field), (kind, field)
        assert naming.ERASED in str(naming.plain(hidden, {}))


def test_who_found_a_statement_is_a_name_only_where_it_is_a_person():
    names = KeyedNames(b"k" * 32)
    assert naming.put_away(SAID, names).finder == "rules/1"
    assert naming.put_away(msgspec.structs.replace(SAID, finder="Vera Lund"), names).finder.startswith("person:")


def test_an_erased_report_leaves_its_statements_without_places(case):
    with Store.open(case) as store:
        assert store.erase(lambda _entry, _index, leaf: leaf.kind == LeafKind.FRAME) == 2
    with casefile.reading(case) as read:
        (document,) = read.documents.values()
        (said,) = read.standing_statements()
    assert document.text == naming.ERASED
    assert (said.spans, said.speaker_span, said.cue_span) == ((), None, None)
    assert said.text == SAID.text
