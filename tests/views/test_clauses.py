import re

import pytest

from skykeep.facts.concluded import FactRef, Trust, Verdict, VerdictReached
from skykeep.rules import verdict as table
from skykeep.views.clauses import CLAUSES, sentence
from skykeep.watch import judge
from tests.house.checks import ROOT

ROW = re.compile(r"^    ([a-z_]+) +(EXEMPT|NO_RULE|CANNOT_TELL|PERMITTED|NOT_PERMITTED)\b", re.MULTILINE)


def in_the_table():
    found = dict(ROW.findall(table.__doc__))
    assert len(found) > 15
    return found | {judge.LEFT: "NO_RULE"}


def reached(clause, verdict, **changes):
    fields = {
        "track_id": 1, "t_ns": 0, "verdict": verdict, "clause": clause, "zone_id": "Z1", "zone_version": 1,
        "permit_id": "P1", "permit_version": 1, "trust": Trust.NONE, "law_complete": False,
        "probability_inside_ppm": None, "margin_mm": None, "margin_height_mm": None, "margin_time_ns": None,
        "missing": (), "coming_zone_id": None, "coming_from_ns": None, "evidence": FactRef(1, 0),
    }  # fmt: skip
    return VerdictReached(**(fields | changes))


def test_every_clause_of_the_table_has_a_sentence_and_no_other():
    assert {name: clause.verdict.name for name, clause in CLAUSES.items()} == in_the_table()


@pytest.mark.parametrize("name", CLAUSES)
def test_a_sentence_is_plain_and_whole(name):
    said = sentence(reached(name, CLAUSES[name].verdict), "Legislative Palace")
    assert said[0].isupper()
    assert said.endswith(".")
    assert "{" not in said
    assert not re.search(r"\b(illegal|guilty|criminal|certainly|proves?|safe)\b", said, re.IGNORECASE)


def test_no_permit_reads_as_people_speak():
    said = sentence(reached("no_permit", Verdict.NOT_PERMITTED), "Legislative Palace")
    assert said == "No permit covers this flight in zone Legislative Palace."


def test_what_cannot_be_told_is_not_told_as_found():
    for name, clause in CLAUSES.items():
        if clause.verdict is Verdict.CANNOT_TELL:
            said = sentence(reached(name, clause.verdict), "Z")
            assert re.search(r"too near|cannot|could not|but it gave no|no program can", said), said


def test_no_rule_says_whether_the_law_is_complete():
    assert "not declared" in sentence(reached("no_zone_here", Verdict.NO_RULE), None)
    assert "not declared" not in sentence(reached("no_zone_here", Verdict.NO_RULE, law_complete=True), None)


def test_a_clause_of_a_newer_program_is_named_and_not_guessed():
    said = sentence(reached("quantum_zone", Verdict.CANNOT_TELL), "Z")
    assert "quantum_zone" in said
    assert "no words" in said


def test_the_reference_page_tells_every_clause_as_the_program_does():
    page = (ROOT / "docs/reference/verdicts.md").read_text("utf-8")
    rows = {}
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0].startswith("`"):
            rows[cells[0].strip("`")] = cells[1:]
    assert rows == {
        name: [
            clause.verdict.name,
            clause.sentence.format(zone="*zone*", permit="*permit*", law="*Law complete or not.*"),
            clause.remedy,
        ]
        for name, clause in CLAUSES.items()
    }
