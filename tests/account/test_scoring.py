"""Scoring agrees with counts made by hand on small invented texts."""

import msgspec
import pytest

from skykeep.account import gold, scoring
from skykeep.errors import Malformed
from skykeep.facts.claimed import Mode, Resolved, Span, StatementMade

TEXT = 'The mayor said the bridge was shut. "It will open at noon," Ada Lund told the Courier. "We promise."'
SEEDS = {
    "attributions": [
        {
            "id": "M1", "article": "a.txt", "cue": "say", "speaker_regex": "mayor$",
            "content": "the bridge was shut", "start": None, "end": None,
        },
        {
            "id": "M2", "article": "a.txt", "cue": "tell", "speaker_regex": "Lund",
            "content": "It will open at noon", "start": 0, "end": 3,
        },
    ]
}  # fmt: skip
BRAT = """T1\tSource 0 9\tThe mayor
T2\tCue 10 14\tsaid
T3\tContent 15 34\tthe bridge was shut
E1\tAttribution:T9 Content:T3 Cue:T2 Source:T1
T4\tContent 36 59;87 100\t"It will open at noon," "We promise."
T5\tCue 69 73\ttold
T6\tSource 60 68\tAda Lund
E2\tAttribution:T8 Content:T4 Cue:T5 Source:T6
"""


def _made(words, speaker, cue="said", name="s1"):
    start = TEXT.index(words)
    who = TEXT.find(speaker)
    at = TEXT.index(cue) if cue else 0
    return StatementMade(
        statement_id=name, t_recorded_ns=0, source_sha256=None, spans=(Span(start, start + len(words)),), text=words,
        mode=Mode.INDIRECT, cue=cue, cue_span=Span(at, at + len(cue)) if cue else None, speaker=speaker,
        speaker_words=speaker, speaker_span=Span(who, who + len(speaker)), role=None, resolved=Resolved.NAMED,
        candidates=(), said_words=None, said_at=(), audience=None, chain=(), within=None, hedges=(), finder="rules/1",
    )  # fmt: skip


MAYOR = _made("the bridge was shut", "The mayor")
LUND = _made("It will open at noon", "Ada Lund", "told", "s2")
MORE = _made("We promise", "Ada Lund", "", "s3")


def _seeds():
    return gold.of_seeds(msgspec.json.encode(SEEDS), "a.txt", TEXT)


def test_marked_contents_are_found_in_the_text_where_their_places_are_wrong_or_missing():
    marked = _seeds()
    assert [TEXT[one.contents[0].start : one.contents[0].end] for one in marked] == [
        "the bridge was shut",
        "It will open at noon",
    ]
    assert [one.quoted for one in marked] == [False, True]


def test_a_content_whose_words_are_apart_is_found_in_pieces():
    seeds = msgspec.json.decode(msgspec.json.encode(SEEDS))
    seeds["attributions"][0]["content"] = "the bridge open at noon"
    (first, _) = gold.of_seeds(msgspec.json.encode(seeds), "a.txt", TEXT)
    assert [TEXT[span.start : span.end] for span in first.contents] == ["the bridge", "open at noon"]


def test_all_right_counts_as_right():
    made = scoring.score(TEXT, [MAYOR, LUND], _seeds())
    assert (made.precision, made.recall, made.both_precision, made.both_recall) == (1.0, 1.0, 1.0, 1.0)
    assert made.missed == made.spurious == made.content_wrong == made.speaker_wrong == ()


def test_what_is_missed_and_what_nobody_marked_is_named():
    made = scoring.score(TEXT, [LUND, MORE], _seeds())
    assert (made.missed, made.spurious) == (("M1",), ("s3",))
    assert (made.precision, made.recall) == (0.5, 0.5)


def test_one_found_statement_stands_for_one_marked_one_only():
    twice = [MAYOR, msgspec.structs.replace(MAYOR, statement_id="s9")]
    made = scoring.score(TEXT, twice, _seeds())
    assert (made.detected, made.spurious) == (1, ("s9",))


def test_a_wrong_speaker_and_a_content_too_long_are_detected_and_not_right():
    wrong = _made("the bridge was shut", "Ada Lund")
    long = _made(TEXT[36:-1], "Ada Lund", "told", "s2")
    made = scoring.score(TEXT, [wrong, long], _seeds())
    assert (made.detected, made.both_right) == (2, 0)
    assert (made.speaker_wrong, made.content_wrong) == (("M1",), ("M2",))


def test_brat_spans_are_read_and_goes_on_is_joined_first():
    marked = gold.of_brat(BRAT, TEXT)
    apart = scoring.score(TEXT, [MAYOR, LUND, MORE], marked)
    together = scoring.score(TEXT, scoring.joined(TEXT, [MAYOR, LUND, MORE]), marked)
    assert (apart.spurious, together.spurious) == (("s3",), ())
    assert (apart.content_right, together.content_right, together.both_right) == (2, 2, 2)
    assert together.quoted_recall == 1.0


def test_totals_are_sums():
    one = scoring.score(TEXT, [MAYOR], _seeds())
    both = scoring.total([one, one])
    assert (both.marked, both.detected, both.missed) == (4, 2, ("M2", "M2"))


@pytest.mark.parametrize("data", [b"", b"[]", b'{"attributions": [{}]}', b"\xff"])
def test_what_is_no_seeds_file_is_malformed(data):
    with pytest.raises(Malformed):
        gold.articles_of_seeds(data)


def test_a_broken_brat_span_is_malformed():
    with pytest.raises(Malformed, match="should read"):
        gold.of_brat("T1\tSource x y\tThe", TEXT)
