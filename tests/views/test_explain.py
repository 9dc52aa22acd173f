import dataclasses
import json

import pytest

from skykeep.errors import Refused
from skykeep.facts.concluded import FactRef, Verdict
from skykeep.views.explain import explain, to_json, to_text
from skykeep.views.picture import SeenTick
from tests.rules import levels
from tests.views import scenes


def told(track_id, **changes):
    return to_text(explain(scenes.story(), track_id, **changes))


@pytest.mark.capability("Explain a verdict: the facts, the clause, the permits there were, what was missing")
def test_it_tells_identity_verdicts_permits_law_and_how_to_check():
    text = told(5)
    headings = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert headings == [
        "Track 5", "Why it exists", "What fed it", "How its identity was bound", "Verdicts, in order", "Permits in the record",
        "Law in force", "Alarms", "Check it yourself",
    ]  # fmt: skip
    assert "SIMULATED: an invented flight" in text
    assert text.index("PERMITTED [permitted]") < text.index("NOT PERMITTED [permit_revoked]")
    assert "margin in time: 1 h until" in text
    assert "P-2240 version 1: names an identity that this track gave" in text
    assert "REVOKED 2026-11-24 16:01:35 UTC (fire brigade at work)" in text
    assert "PERMIT ONLY City centre (URY-2 version 1): from 0 m AGL, no upper limit; permanent" in text
    assert "skykeep replay RECORD" in text
    assert "probability of being inside: 99.4 %" in text


def test_it_names_the_facts_behind_and_what_they_said():
    text = told(1)
    assert "by tick 1, fact 1: basic_id/1 from sensor sim-rid at 2026-11-24 16:00:00 UTC: gives id 1581…1Q" in text
    assert "moved by tick 1, fact 0: location/1 from sensor sim-rid" in text
    assert "±10 m" in text
    found = explain(scenes.story(), 1)
    assert {ref for ref, _ in found.facts} == {FactRef(1, 0), FactRef(1, 1)}


def test_persons_are_masked_unless_revealed():
    assert scenes.SERIALS[1] not in told(1)
    assert scenes.SERIALS[1] not in to_json(explain(scenes.story(), 1)).decode()
    assert scenes.SERIALS[1] in told(1, reveal=True)


def test_it_can_be_asked_how_things_stood_at_a_time():
    text = told(5, at_ns=scenes.T0 + 60 * scenes.S)
    assert "permit_revoked" not in text
    assert "REVOKED" not in text
    assert text.splitlines()[2].strip().startswith("PERMITTED")


def test_a_track_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(Refused, match=r"no track 99 .*there are 1, 2, 3, 4, 5, 6, 7$"):
        told(99)
    with pytest.raises(Refused, match="holds no tracks"):
        explain(scenes.quiet(), 1)
    with pytest.raises(Refused, match=r"no track 7 .* up to 2026-11-24 16:00:10 UTC"):
        told(7, at_ns=scenes.T0 + 10 * scenes.S)
    many = [SeenTick(1, 0, (), (), tuple(scenes.estimated(track, 0, 0, 0) for track in range(50)))]
    with pytest.raises(Refused, match="and 30 more"):
        explain(many, 99)


def test_as_json_it_holds_the_same():
    plain = json.loads(to_json(explain(scenes.story(), 5)))
    assert plain["track_id"] == 5
    assert [verdict["clause"] for verdict in plain["verdicts"]] == ["permitted", "permit_revoked"]
    assert plain["sections"][0]["heading"] == "Track 5"
    assert plain["summary"]["verdict"] == "not_permitted"


def test_a_merged_track_points_to_the_one_it_became():
    ticks = [
        SeenTick(1, scenes.T0, (), (), (scenes.estimated(1, 0, 0, 0), scenes.estimated(2, 0, 0, 0))),
        SeenTick(2, scenes.T0 + scenes.S, (), (), (scenes.merged(1, 2, 1),)),
    ]
    with pytest.raises(Refused, match="same aircraft as track 1: explain that one"):
        explain(ticks, 2)
    assert "Told together with track 2" in to_text(explain(ticks, 1))


def test_an_erased_fact_is_said_to_be_gone_and_moves_no_index():
    ticks = [
        SeenTick(t.tick, t.now_ns, t.names, (None, *t.facts[1:]) if t.tick == 1 else t.facts, t.concluded)
        for t in scenes.story()
    ]
    text = to_text(explain(ticks, 1))
    assert "moved by tick 1, fact 0 (not held any more" in text
    assert "by tick 1, fact 1: basic_id/1" in text


def test_it_goes_through_a_record_once():
    ticks = scenes.story()
    explain(ticks, 1)
    assert next(ticks, None) is None


def test_a_coming_rule_is_named_and_judges_nothing():
    reached = scenes.reached(
        1, 0, Verdict.NO_RULE, "no_zone_here", coming_zone_id="Z", coming_from_ns=scenes.T0 + 3600 * scenes.S
    )
    zone = scenes.zone("Z", "Estadio", scenes.PALACE)
    text = to_text(explain([SeenTick(1, scenes.T0, (), (zone,), (reached,))], 1))
    assert "coming, not yet in force: zone Estadio, in force from 2026-11-24 17:00:00 UTC" in text


def test_what_heights_are_compared_by_is_told_with_its_error():
    surfaces = [levels.geoid(), levels.surface(source="hill.tif", sigma_m=6.0), levels.surface(source="\x1b[2J.tif")]
    law = [*surfaces, levels.pressure(1021.5)]
    ticks = list(scenes.story())
    ticks[0] = dataclasses.replace(ticks[0], facts=(*ticks[0].facts, *law))
    (lines,) = [section.lines for section in explain(ticks, 5).sections if section.heading == "Law in force"]
    assert "Heights are compared by geoid test, ±1.0 m." in lines
    assert "Heights are compared by terrain hill.tif, ±12 m." in lines
    assert "Heights are compared by air pressure (QNH) 1021.5 hPa." in lines
    assert not any("\x1b" in line for line in lines)


def test_who_else_gives_the_same_identity_is_named():
    told = [scenes.estimated(track, 0, 0, 0) for track in (1, 2, 3)]
    names = [scenes.identified(1, 0), scenes.identified(2, 0, uas_id="uas:1"), scenes.identified(3, 0)]
    text = to_text(explain([SeenTick(1, scenes.T0, scenes.names(), (), (*told, *names))], 1))
    assert "The same identity is given by track 2 too." in text


def test_a_verdict_that_is_told_again_takes_one_line():
    again = [
        scenes.reached(1, second, Verdict.NOT_PERMITTED, "no_permit", zone, margin_mm=1000 * second)
        for second in range(40)
        for zone in ("A", "B")
    ]
    again.append(scenes.reached(1, 50, Verdict.NO_RULE, "no_zone_here"))
    again.append(scenes.reached(1, 51, Verdict.NOT_PERMITTED, "no_permit", "A"))
    text = to_text(explain([SeenTick(1, scenes.T0, (), (), tuple(again))], 1))
    assert text.count("NOT PERMITTED [no_permit]") == 3
    assert text.count("told again 39 times, last 2026-11-24 16:00:39 UTC; margin across: 39 m inside") == 2


def test_permits_that_have_nothing_to_do_with_it_are_counted():
    permits = [scenes.permit(f"P-{number:02}", scenes.P2231, (f"uas:{number}",)) for number in range(1, 31)]
    told = (scenes.estimated(1, 0, 0, 0), scenes.identified(1, 0))
    text = to_text(explain([SeenTick(1, scenes.T0, (), tuple(permits), told)], 1))
    assert "P-01 version 1: names an identity that this track gave" in text
    assert "24 permits more have nothing to do with it." in text
