import json
import re

import jsonschema
import msgspec
import pytest

from skykeep.facts.concluded import Trust, Verdict
from skykeep.facts.personal import masked
from skykeep.views import table
from skykeep.views.picture import SeenTick, fold
from skykeep.views.summary import TrackSummary, json_schema, rows
from tests.house.checks import ROOT
from tests.views import scenes


@pytest.fixture(scope="module")
def picture():
    return fold(scenes.story())


def by_id(found):
    return {row.track_id: row for row in found}


def test_the_gravest_come_first(picture):
    assert [(row.track_id, row.verdict) for row in rows(picture)] == [
        (2, "not_permitted"), (5, "not_permitted"), (3, "cannot_tell"), (4, "cannot_tell"), (1, "permitted"),
        (6, "exempt"), (7, "exempt"),
    ]  # fmt: skip


def test_a_row_tells_the_gravest_and_the_last(picture):
    row = by_id(rows(picture))[3]
    assert (row.verdict, row.clause, row.verdict_last) == ("cannot_tell", "zone_border", "no_rule")
    assert row.missing == ("a better position",)
    assert row.lost
    five = by_id(rows(picture))[5]
    assert (five.clause, five.permit_id, five.zone_name) == ("permit_revoked", "P-2240", "City centre")
    assert five.sentence == "Its permit P-2240 was taken back, and no other covers it in zone City centre."
    assert five.alarms == 1


def test_every_zone_that_it_may_have_been_in_has_an_answer(picture):
    row = by_id(rows(picture))[2]
    assert [(zone.zone_id, zone.verdict) for zone in row.zones] == [
        ("URY-1", "not_permitted"),
        ("URY-2", "not_permitted"),
    ]
    assert (row.margin_m, row.margin_height_m, row.margin_time_s) == (31.4, 118.0, None)


def test_identities_are_masked_unless_revealed(picture):
    hidden, shown = by_id(rows(picture)), by_id(rows(picture, reveal=True))
    assert hidden[1].identity == masked(scenes.SERIALS[1])
    assert (hidden[1].identity_state, hidden[1].operator) == ("masked", masked(scenes.OPERATOR))
    assert (shown[1].identity, shown[1].identity_state) == (scenes.SERIALS[1], "revealed")
    assert (hidden[4].identity, hidden[4].identity_state) == ("no identity heard", "none_heard")
    assert all(serial not in str(hidden) for serial in scenes.SERIALS.values())


def test_an_erased_name_is_erased_even_when_revealing():
    picture = fold(SeenTick(t.tick, t.now_ns, (), t.facts, t.concluded) for t in scenes.story())
    row = by_id(rows(picture, reveal=True))[1]
    assert (row.identity, row.identity_state, row.operator) == ("erased", "erased", "erased")
    assert row.verdict == "permitted"


def test_a_session_id_is_an_identity_too():
    told = msgspec.structs.replace(scenes.identified(1, 0), uas_id=None, session_id="uas:1", id_kind="none")
    picture = fold([SeenTick(1, scenes.T0, scenes.names(), (), (scenes.estimated(1, 0, 0, 0), told))])
    (row,) = rows(picture)
    assert (row.id_kind, row.identity) == ("session id", masked(scenes.SERIALS[1]))


def test_what_speaks_against_an_identity_is_said():
    told = scenes.identified(1, 0, trust=Trust.CONTRADICTED, flags=("serial_in_two_places", "new_flag"))
    (row,) = rows(fold([SeenTick(1, scenes.T0, (), (), (told,))]))
    assert row.trust_words == "contradicted"
    assert "lying" in row.flags_words[0]
    assert row.flags_words[1] == "new_flag"


def test_a_track_without_a_verdict_is_not_called_anything_but_unknown():
    (row,) = rows(fold([SeenTick(1, scenes.T0, (), (), (scenes.estimated(1, 0, 0, 0),))]))
    assert (row.verdict, row.clause) == ("cannot_tell", "not_judged")


def test_the_published_schema_is_current():
    assert json.loads((ROOT / "skykeep/schemas/run-output.schema.json").read_text("utf-8")) == json_schema()


def test_every_row_keeps_to_the_schema(picture):
    validator = jsonschema.Draft202012Validator(json_schema())
    for reveal in (False, True):
        for row in rows(picture, reveal=reveal):
            line = msgspec.json.encode(row)
            validator.validate(json.loads(line))
            assert msgspec.json.decode(line, type=TrackSummary) == row


def test_cells_say_it_all_in_plain_text(picture):
    lines = table.lines(rows(picture))
    assert {len(cells) for cells in lines} == {len(table.HEADINGS)}
    first = lines[0]
    assert first[0] == "2\nSIMULATED"
    assert first[1] == "NOT PERMITTED"
    assert "(clause no_permit)" in first[2]
    assert "31 m inside the border" in first[5]
    assert "at the end: no rule" in lines[2][1]


def test_a_hostile_name_cannot_steer_the_terminal():
    zone = scenes.zone("Z\x1b[2J", "\x1b]0;title\x07\u202eevil\nnew line", scenes.PALACE)
    told = scenes.reached(1, 0, Verdict.NOT_PERMITTED, "no_permit", "Z\x1b[2J")
    (cells,) = table.lines(rows(fold([SeenTick(1, scenes.T0, (), (zone,), (told,))])))
    text = "".join(cells)
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert "evil\nnew" not in text


def test_the_reference_page_names_every_field():
    page = (ROOT / "docs/reference/run-output.md").read_text("utf-8")
    named = {
        name
        for line in page.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert named == set(TrackSummary.__struct_fields__)
