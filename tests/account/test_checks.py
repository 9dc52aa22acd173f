"""All checks of several sources together: what they never say, and the bounds that they keep."""

import re

import hypothesis
import hypothesis.strategies as st
import pytest

from skykeep.account import checks
from tests.account.invented import Gazetteer, document

NEVER = re.compile(
    r"\b(wrong\w*|false\w*|lie|lies|lied|lying|incorrect\w*|untrue|mistake\w*|error\w*|inaccura\w*|true|truth)\b",
    re.IGNORECASE,
)
PARTS = [
    "Westport ", "Eastham ", "is ", "862 km ", "(about 535 miles) ", "from ", "to ", "between ", "and ", "Wednesday ",
    "Tuesday, ", "3 May 2023 ", "May 9 ", "30 February 2023 ", "two drones ", "three drones ", "no one was injured ",
    "at least five injured ", ". ", "\n", "by road ", "Norland ", "100 mph (200 km/h) ", "tons ", "“", "”", "\u202e", "12 km south of ",
]  # fmt: skip


@hypothesis.given(st.lists(st.lists(st.sampled_from(PARTS), max_size=30), min_size=1, max_size=3))
def test_figures_are_verbatim_and_nothing_is_called_names(texts):
    documents = tuple(
        document("".join(parts), f"source {number}", "2023-05-03") for number, parts in enumerate(texts, 1)
    )
    by_hash = {one.source.source_sha256: one.text for one in documents}
    made = checks.check(documents, Gazetteer())
    for one in made:
        assert not NEVER.search(one.words), one.words
        assert not NEVER.search(one.basis)
        assert one.words.endswith(".")
        assert one.figures
        for figure in one.figures:
            assert by_hash[figure.source_sha256][figure.span.start : figure.span.end] == figure.words
            assert figure.words.strip()
    assert made == checks.check(documents, Gazetteer())


def test_what_is_said_twice_is_told_once():
    made = checks.check((document("Westport is 150 km from Eastham. " * 3),), Gazetteer())
    assert [one.kind for one in made] == ["distance"]
    assert len(made[0].figures) == 9


def test_a_flood_of_checks_is_bounded_and_says_so():
    text = "".join(f"{number} km (1 mile). " for number in range(1_000, 1_300))
    made = checks.check((document(text, "flood"),), Gazetteer())
    assert len(made) == checks.CHECKS_MAX + 1
    assert made[-1].words == "flood: 100 more of this kind are not shown."


@pytest.mark.parametrize(
    "part", ["two ", "Westport ", "5 km (", "May 9, ", "at least ", "a-", "\n", "from A to ", "killed "]
)
def test_a_megabyte_of_anything_is_survived(part):
    made = checks.check((document(part * (1_100_000 // len(part)), "long"),), Gazetteer())
    assert made[-1].outcome == "cannot_check"
    assert made[-1].words.startswith("long: its first 1,000,000 characters were checked, the ")


def test_the_model_case(shared):
    from skykeep.station import gazetteer, sources

    folder = shared / "data" / "statements"
    documents = tuple(
        sources.read((folder / name).read_bytes(), name, 0) for name in ("article_000.txt", "article_004.txt")
    )
    made = checks.check(documents, gazetteer.GeoNames())
    (distance,) = (one for one in made if one.kind == "distance")
    assert distance.outcome == "differs"
    assert distance.stated == 862.0
    assert round(distance.computed) == 756
    for words in ("862 km", "756 km", "differs by 106 km", "Kyiv (Ukraine)", "Moscow (Russia; 1 more of that name)"):
        assert words in distance.words
    assert distance.words.endswith("the report does not give its route or end points.")
    (unit,) = (one for one in made if one.kind == "unit")
    assert (unit.outcome, unit.unit, unit.stated) == ("agrees", "mi", 535.0)
    (count,) = (one for one in made if one.kind == "count")
    assert (count.outcome, len(count.figures)) == ("agrees", 2)
    assert {one.outcome for one in made if one.kind == "date"} == {"agrees", "cannot_check"}
