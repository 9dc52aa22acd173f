"""Notes about a moment of the past: what is written is read again, and every other note is left as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.views import livemodels as models
from skykeep.web import marks

AT_MS = 1_795_435_205_000


@pytest.mark.requirement("REPLAY-3")
@given(st.integers(0, 253_402_300_799_000), st.text(min_size=1, max_size=60))
def test_what_is_written_is_read_again_to_the_second(t_ms, words):
    assert marks.read(marks.written(t_ms, words)) == (t_ms - t_ms % 1_000, words)


@pytest.mark.parametrize(
    "note",
    [
        "", "patrol 12 is there", "[x] Look whether a second sensor sees it", "text:a1b2", "[2026-02-30 12:00:05 UTC] it turns",
        "[2026-11-23 12:00:05 UTC]", "[2026-11-23 12:00:05 UTC] ", " [2026-11-23 12:00:05 UTC] it turns",
        "[2026-11-23 25:00:05 UTC] it turns", "[２０26-11-23 12:00:05 UTC] it turns",
    ],
)  # fmt: skip
def test_any_other_note_is_of_no_moment(note):
    assert marks.read(note) is None


@pytest.mark.requirement("REPLAY-3")
def test_of_an_incident_they_are_its_notes_that_can_be_read():
    said = [("note", marks.written(AT_MS, "it turns"), "anna"), ("note", "seen", "anna"), ("close", marks.written(AT_MS, "over"), "anna"),
            ("note", "text:erased", "person:b"), ("note", marks.written(AT_MS, "so do I see it"), "person:b")]  # fmt: skip
    acts = tuple(
        models.IncidentActNow(deed=deed, words=words, person=who, other_id=None, to_person=None, t_ns=AT_MS * 10**6 + n, entry_index=n)
        for n, (deed, words, who) in enumerate(said)
    )
    found = marks.of_incident(models.IncidentNow(incident_id=3, acts=acts))
    assert [(each.t_ms, each.words, each.person) for each in found] == [(AT_MS, "it turns", "anna"), (AT_MS, "so do I see it", "")]
