"""Whatever the text, statements point at what stands there, and come out the same again."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from skykeep.account import statements
from tests.account.documents import document

PIECES = st.sampled_from(
    """he she it they said says say that told added adding denied claim Moscow's Ada Lund the mayor , , . . : ; — - ( )
    " " “ ” „ « » ‘ ’ ' `` '' ’s's according to as what who called it a lie accused of was were reported by on Wednesday
    in statement CNN Mr. U.S. × … \u202e \u2066 \u0000 \ud800 3 2031-05-07 ? !""".split(" ")  # noqa: SIM905 - read as a sentence
)
TEXTS = st.lists(st.tuples(PIECES, st.sampled_from([" ", " ", "", "\n", "\n\n", "\u00a0"])), max_size=60).map(
    lambda pairs: "".join(piece + gap for piece, gap in pairs)
)


@given(TEXTS)
@example('"')
@example("“It is so")
@example("‘a’ ‘b said")
def test_statements_point_at_what_stands_there(text):
    found = statements.find(document(text))
    names = [made.statement_id for made in found]
    assert len(set(names)) == len(names)
    for made in found:
        assert all(0 <= span.start < span.end <= len(text) for span in made.spans)
        assert made.text == " … ".join(text[span.start : span.end] for span in made.spans)
        assert made.within is None or (made.within in names and made.within != made.statement_id)
        for span, words in ((made.cue_span, made.cue), (made.speaker_span, made.speaker_words)):
            assert span is None or text[span.start : span.end] == words
    assert statements.find(document(text)) == found


@pytest.mark.parametrize(
    "piece", ["he said ", "he said “no ", "“a “ ", "‘a’ ", "Moscow's claim that ", "\ud800\u202e", "\n", "a, "]
)
def test_long_hostile_text_is_survived(piece):
    text = piece * (20_000 // len(piece))
    assert statements.find(document(text)) == statements.find(document(text))
