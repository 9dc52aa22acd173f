"""May I fly here: what the answer is, from which zone, and when it must be "cannot tell"."""

import itertools

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skykeep.facts.enacted import Rule, ZoneWithdrawn
from skykeep.geo.altitude import Altitude, Datum
from skykeep.rules.law import enact
from skykeep.views.live import At
from skykeep.web import mayfly
from skykeep.web.guard import too_many
from skykeep.web.lawbook import LawBook, acts
from skykeep.web.mayfly import GRAVITY, Question
from tests.web.law_of_a_city import BAN, CENTRE, FAIR, HOUR_NS, PALACE, PARK, T_NS, city, light, live, zone

HERE = {"lat_deg": -34.89, "lon_deg": -56.18}
IN_PARK = {"lat_deg": -34.89, "lon_deg": -56.18 + 6_000 / 91_000}
IN_FAIR = {"lat_deg": -34.89 + 6_000 / 111_000, "lon_deg": -56.18}
NOWHERE = {"lat_deg": -34.80, "lon_deg": -56.18}


def answer(client, place=HERE, **said):
    told = client.get("/api/v1/law/at", params=place | said)
    assert told.status_code == 200, told.text
    return told.json()


def said(told, mass="from_250_g"):
    found = next(one for one in told["answers"] if one["mass"] == mass)
    return [(one["from_mm"] // 1000, one["answer"]) for one in found["stretches"]]


@pytest.mark.requirement("PUBLIC-1")
def test_a_zone_says_no_by_its_own_words(tmp_path):
    with city(tmp_path, PALACE, PARK, FAIR) as (client, _, _):
        told = answer(client)
    assert said(told) == said(told, "under_250_g") == [(0, "prohibited")]
    (named,) = told["zones"]
    assert (named["zone_id"], named["version"], named["clause"]) == ("PALACE", 1, "no_permit")
    assert named["legal_basis"] == "Decree 314/2026"
    assert named["inside_m"] == 1000


@pytest.mark.requirement("PUBLIC-1")
def test_heights_below_a_zone_are_free_and_weight_decides_where_a_zone_exempts(tmp_path):
    with city(tmp_path, PALACE, PARK, FAIR) as (client, _, _):
        park, fair = answer(client, IN_PARK), answer(client, IN_FAIR)
        heavier = answer(client, IN_FAIR, mass_g=251)
        free = answer(client, NOWHERE)
    assert said(park) == [(0, "no_zone_forbids"), (60, "needs_permit")]
    assert park["answers"][0]["stretches"][0]["sharp"]
    assert said(fair) == [(0, "needs_permit")]
    assert said(fair, "under_250_g") == [(0, "no_zone_forbids")]
    assert said(heavier, "as_given") == [(0, "needs_permit")]
    assert said(free) == [(0, "no_zone_forbids")]
    assert free["zones"] == []


@pytest.mark.requirement("PUBLIC-2")
def test_it_cannot_tell_where_nobody_declared_the_law_complete(tmp_path):
    for complete in (None, False):
        with city(tmp_path, PALACE, complete=complete) as (client, _, _):
            told = answer(client, NOWHERE)
            assert said(told) == [(0, "cannot_tell")]
            assert told["answers"][0]["stretches"][0]["missing"] == [mayfly.LAW_MAY_LACK]
            assert said(answer(client)) == [(0, "prohibited")]


@pytest.mark.requirement("PUBLIC-2")
def test_it_cannot_tell_from_an_old_picture(tmp_path):
    with city(tmp_path, PALACE) as (client, mirror, _):
        for station_up, now_ns in ((False, T_NS), (True, T_NS - 6 * 10**9), (True, 0)):
            mirror.station_up, mirror.now_ns = station_up, now_ns
            told = answer(client)
            assert not told["fresh"]
            assert {one["answer"] for each in told["answers"] for one in each["stretches"]} == {"cannot_tell"}


@pytest.mark.requirement("PUBLIC-2")
def test_it_cannot_tell_so_near_to_a_border_nor_a_height_of_another_kind(tmp_path):
    with city(tmp_path, PALACE) as (client, _, _):
        edge = {"lat_deg": -34.89 + 1_020 / 111_000, "lon_deg": -56.18}
        assert said(answer(client, edge)) == [(0, "no_zone_forbids")]
        assert said(answer(client, edge, accuracy_m=200)) == [(0, "cannot_tell")]
    amsl = zone("HIGH", ceiling=Altitude(100_000, Datum.AMSL))
    with city(tmp_path, amsl) as (client, _, _):
        told = answer(client)
        assert said(told) == [(0, "cannot_tell")]
        assert "terrain" in told["answers"][0]["stretches"][0]["missing"]


@pytest.mark.requirement("PUBLIC-2")
def test_an_exemption_for_a_part_of_a_weight_class_is_told_as_such(tmp_path):
    tiny = msgspec.structs.replace(FAIR, exemptions=(light(100),))
    with city(tmp_path, tiny) as (client, _, _):
        told = answer(client, IN_FAIR)
        assert said(told, "under_250_g") == [(0, "cannot_tell")]
        assert said(told) == [(0, "needs_permit")]
        assert said(answer(client, IN_FAIR, mass_g=90), "as_given") == [(0, "no_zone_forbids")]


@pytest.mark.requirement("PUBLIC-1")
def test_the_gravest_of_two_zones_is_told(tmp_path):
    asks = zone("ASKS", rule=Rule.NEEDS_PERMIT)
    with city(tmp_path, asks, PALACE) as (client, _, _):
        told = answer(client)
    assert said(told) == [(0, "prohibited")]
    assert [one["zone_id"] for one in told["zones"]] == ["ASKS", "PALACE"]


@pytest.mark.requirement("PUBLIC-1")
def test_what_is_announced_is_told_and_what_was_withdrawn_is_not(tmp_path):
    later = zone("LATER", effective_from_ns=T_NS + HOUR_NS, name="Match")
    with city(tmp_path, PALACE, later) as (client, _, seen):
        gone = ZoneWithdrawn(zone_id="PALACE", version=1, t_ns=T_NS - 10, reason="over")
        assert said(answer(client)) == [(0, "prohibited")]
        seen.view.take(At(2, 2, T_NS), [], [(0, gone)], [])
        told = answer(client)
    assert said(told) == [(0, "no_zone_forbids")]
    assert (told["coming_zone_name"], told["coming_from_ns"]) == ("Match", T_NS + HOUR_NS)


@pytest.mark.requirement("PUBLIC-3")
@pytest.mark.parametrize(
    "wrong",
    [
        {"lat_deg": 91}, {"lon_deg": 181}, {"lat_deg": "nan"}, {"lon_deg": "inf"}, {"lat_deg": "<b>"}, {"height_m": -1},
        {"height_m": 10**9}, {"accuracy_m": -1}, {"accuracy_m": "nan"}, {"mass_g": 0}, {"mass_g": "9" * 400},
    ],
)  # fmt: skip
def test_a_question_about_no_place_is_malformed(tmp_path, wrong):
    with city(tmp_path, PALACE) as (client, _, _):
        assert client.get("/api/v1/law/at", params=HERE | wrong).status_code == 400


@pytest.mark.requirement("PUBLIC-3")
def test_an_answer_counts_as_several_requests_of_whoever_asks(tmp_path):
    class Guard:
        counted = ()

        def count(self, key, *, times):
            self.counted += ((key, times),)
            if len(self.counted) > 2:
                raise too_many(9.0, "too much")

    with city(tmp_path, PALACE) as (client, _, _):
        guard = client.app.state["guard"] = Guard()
        asked = {"/api/v1/law/at": HERE, "/": {"place": "-34.89, -56.18"}}
        for path, params in asked.items():
            assert client.get(path, params=params).status_code == 200
        for path, params in asked.items():
            refused = client.get(path, params=params)
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "9")
        assert client.get("/").status_code == 200
    assert {times for _, times in guard.counted} == {4.0}


def test_a_book_of_law_follows_each_change_and_begins_anew_with_another_record():
    book, view = LawBook(), live(PALACE, PARK)
    law = book.take(view.law, view.law.changed, acts(view.law))
    assert book.current(view.law) is law
    view.take(At(2, 2, T_NS), [], [(0, BAN)], [])
    assert book.current(view.law) is None
    law = book.take(view.law, view.law.changed, acts(view.law))
    assert [one.fact.zone_id for one in law.zones] == ["BAN", "PALACE", "PARK"]
    other = live(FAIR)
    law = book.take(other.law, other.law.changed, acts(other.law))
    assert [one.fact.zone_id for one in law.zones] == ["FAIR"]


LIMITS = st.one_of(st.integers(0, 150), st.sampled_from([None, "unlimited"]))
ZONES = st.lists(st.tuples(LIMITS, LIMITS, st.sampled_from(list(Rule)), st.sampled_from([(), (light(),)])), max_size=4)


@settings(max_examples=60, deadline=None)
@given(ZONES, st.integers(0, 130), st.booleans())
def test_no_height_is_told_better_than_the_rules_tell_it(described, at_m, complete):
    """Asked height by height, the rules give the stretch's answer or a milder one; stretches leave nothing out."""
    facts = [
        zone(f"Z{place}", floor=low, ceiling=high, rule=rule, exemptions=exemptions)
        for place, (low, high, rule, exemptions) in enumerate(described)
    ]
    view = live(*facts, complete=complete)
    law = enact(LawBook().take(view.law, 0, acts(view.law)), [])

    def asked(height_m):
        return mayfly.ask(
            Question(*CENTRE, 0.0, height_m, 500), law, now_ns=T_NS, fresh=True, with_levels=lambda known: known
        )

    whole, alone = asked(130).answers[0].stretches, asked(at_m).answers[0].stretches[-1]
    assert whole[0].from_mm == 0
    assert whole[-1].to_mm == 130_000
    assert all(one.to_mm < other.from_mm for one, other in itertools.pairwise(whole))
    holding = [one for one in whole if one.from_mm <= at_m * 1000 <= one.to_mm]
    assert [one.answer for one in holding] == [alone.answer]
    assert alone.answer in GRAVITY
