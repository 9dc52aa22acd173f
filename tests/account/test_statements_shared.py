"""On marked news texts the rules reach their goals; the texts stay beside the repository."""

import pytest

from skykeep.account import gold, scoring, statements
from tests.account.documents import document

LOOKED_AT = ("nyt_2016-09-12", "politico_2016-09-12", "usa-today_2016-09-08_lawmaker", "wash-post_2016-09-10")


@pytest.fixture(scope="module")
def reports(shared):
    folder = shared / "data" / "statements"
    seeds = (folder / "seeds_gold.json").read_bytes()
    scores = []
    for article in gold.articles_of_seeds(seeds):
        text = (folder / article).read_text(encoding="utf-8")
        found = statements.find(document(text, day="2023-05-03"))
        scores.append(scoring.score(text, found, gold.of_seeds(seeds, article, text)))
    return scoring.total(scores)


def _polnear(shared, *, looked_at):
    scores = []
    for path in sorted((shared / "data" / "statements" / "polnear_dev").glob("*.txt")):
        if path.name.startswith(LOOKED_AT) is looked_at:
            text = path.read_text(encoding="utf-8")
            marked = gold.of_brat(path.with_suffix(".ann").read_text(encoding="utf-8"), text)
            found = scoring.joined(text, statements.find(document(text, day="2016-09-12")))
            scores.append(scoring.score(text, found, marked))
    return scoring.total(scores)


def test_the_reports_are_read(reports):
    assert reports.marked == 34
    assert reports.precision >= 0.90
    assert reports.recall >= 0.90
    assert reports.both_precision >= 0.85
    assert reports.both_recall >= 0.80


@pytest.mark.parametrize(("looked_at", "marked"), [(True, 138), (False, 171)])
def test_polnear_is_read(shared, looked_at, marked):
    made = _polnear(shared, looked_at=looked_at)
    assert made.marked == marked
    assert made.precision >= 0.70
    assert made.quoted_recall >= 0.80
