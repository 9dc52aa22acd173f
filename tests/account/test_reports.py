"""What is marked in the invented reports is there: places hold their words, patterns compile, every name leads somewhere."""

import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GOLD = {
    "held-out": ROOT / "tests" / "account" / "reports" / "gold.json",
    "demo": ROOT / "skykeep" / "demo_data" / "account_gold.json",
}
CLOSING = {"“": "”", "«": "»", "‘": "’"}


def marked(which):
    return json.loads(GOLD[which].read_text(encoding="utf-8"))


def text_of(which, article):
    return (GOLD[which].parent / article).read_bytes().decode("utf-8")


def attributions():
    return [pytest.param(which, a, id=f"{which}-{a['id']}") for which in GOLD for a in marked(which)["attributions"]]


@pytest.mark.parametrize(("which", "attribution"), attributions())
def test_a_marked_statement_stands_where_it_says(which, attribution):
    text, content = text_of(which, attribution["article"]), attribution["content"]
    start, end = attribution["start"], attribution["end"]
    if start is None:
        assert end is None
        assert content not in text
        assert all(word.strip(",;") in text for word in content.split())
    else:
        assert text[start:end] == content
    assert content == content.strip().rstrip(".,")
    for opening, closing in CLOSING.items():
        assert content.count(opening) <= content.count(closing)  # ’ is an apostrophe too
    assert content.count('"') % 2 == 0


@pytest.mark.parametrize(("which", "attribution"), attributions())
def test_the_speaker_that_is_asked_for_is_named_in_the_text(which, attribution):
    pattern = attribution["speaker_regex"]
    re.compile(pattern)
    assert re.search(pattern.replace("^", r"\b").replace("$", r"\b"), text_of(which, attribution["article"]))


@pytest.mark.parametrize(("which", "attribution"), attributions())
def test_a_mark_has_its_fields_and_no_others(which, attribution):
    assert list(attribution) == ["id", "article", "cue", "speaker_regex", "content", "start", "end", "nested"]
    assert isinstance(attribution["nested"], bool)


@pytest.mark.parametrize("which", GOLD)
def test_every_report_is_marked_and_every_marked_report_exists(which):
    pattern = {"held-out": "*.txt", "demo": "account_*.txt"}[which]
    there = {path.name for path in GOLD[which].parent.glob(pattern)}
    assert {a["article"] for a in marked(which)["attributions"]} == there


@pytest.mark.parametrize("which", GOLD)
def test_ids_are_unique_and_pairs_lead_from_one_report_to_another(which):
    gold = marked(which)
    ids = Counter(a["id"] for a in gold["attributions"])
    assert set(ids.values()) == {1}
    units = gold["units"]
    assert all(unit.split(".")[0] in ids for unit in units)
    for name in ("same_proposition_pairs", "near_paraphrase_pairs", "opposed_pairs"):
        pairs = [tuple(pair) for pair in gold[name]]
        assert pairs
        assert len(set(pairs)) == len(pairs)
        assert all(units[one]["article"] != units[other]["article"] for one, other in pairs)
    assert {*map(tuple, gold["near_paraphrase_pairs"])} <= {*map(tuple, gold["same_proposition_pairs"])}


def test_a_place_that_is_not_nested_overlaps_no_other():
    for which in GOLD:
        by_article = {}
        for a in marked(which)["attributions"]:
            if a["start"] is not None and not a["nested"]:
                by_article.setdefault(a["article"], []).append((a["start"], a["end"]))
        for places in by_article.values():
            places.sort()
            assert all(one[1] <= other[0] for one, other in pairwise(places))
