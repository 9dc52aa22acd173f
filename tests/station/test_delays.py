"""Delays of single reasons: those that make no sense are refused with the name of what is wrong."""

import pytest

from skykeep.errors import Refused
from skykeep.facts.alarms import PRIORITY
from skykeep.station import settings
from skykeep.watch.step import alarm_terms


def loaded(tmp_path, text):
    file = tmp_path / "settings.toml"
    file.write_text(f"[watch]\n{text}\n")
    return settings.load(file)


def test_a_reason_gets_its_own_delays_and_they_reach_the_watch(tmp_path):
    found = loaded(tmp_path, "alarm_off_delays_s = { site_approach = 9.5 }\nalarm_on_delays_s = { group = 0 }")
    terms = alarm_terms(settings.parse(found.canonical()).watch)
    assert (dict(terms.off_delays_s), dict(terms.on_delays_s)) == ({"site_approach": 9.5}, {"group": 0.0})
    assert set(settings.DELAYED) < set(PRIORITY)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("alarm_on_delays_s = { site_aproach = 2.0 }", r"alarm_on_delays_s: no alarm has the reason 'site_aproach'"),
        ("alarm_off_delays_s = { group = -1.0 }", r"alarm_off_delays_s.group = -1.0 makes no sense"),
        ("alarm_off_delays_s = { group = nan }", r"alarm_off_delays_s.group = nan makes no sense"),
        ("incident_flood = 0", r"watch.incident_flood = 0 makes no sense"),
        ("escalate_priority_1_s = -1.0", r"give a number 0 or more"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path, text, told):
    with pytest.raises(Refused, match=told):
        loaded(tmp_path, text)


def test_never_to_escalate_can_be_said(tmp_path):
    assert loaded(tmp_path, "escalate_priority_1_s = 0").watch.escalate_priority_1_s == 0
