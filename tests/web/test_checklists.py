"""Checklists: what fits every city, and what a station says instead."""

from skykeep.station.checklistconfig import ChecklistConfig, StepConfig
from skykeep.views.words import ALARM
from skykeep.web.checklists import checklists, told


def test_every_kind_of_alarm_about_flights_has_steps_and_the_rest_has_plain_ones():
    found = checklists([])
    assert set(found) - {""} <= set(ALARM)
    assert {"not_permitted", "site_approach", "identity_contradicted", "group", "remote_id_flood", ""} == set(found)
    for each in found.values():
        assert len({step.words for step in each.step}) == len(each.step) >= 3
        assert max(len(step.words) for step in each.step) < 80


def test_what_a_station_says_goes_before_what_fits_every_city():
    own = ChecklistConfig(
        about=["site_approach"], name="Hospital", step=[StepConfig(words="Call the porter", detail="4410")]
    )
    found = checklists([own])
    assert found["site_approach"] is own
    assert found["not_permitted"] == checklists([])["not_permitted"]


def test_the_record_has_one_wording_whatever_language_it_is_shown_in():
    found = told([])
    for about, each in checklists([]).items():
        assert [step.words for step in found[about].step] == [step.words for step in each.step]
        assert all(step.said for step in found[about].step)
