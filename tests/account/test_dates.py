"""Days and weekdays as reports word them: readings, and what fits."""

import calendar
import datetime as dt

import hypothesis
import hypothesis.strategies as st
import pytest

from skykeep.account import dates, days
from tests.account.invented import document

DATELINE = "2023-05-03"  # a Wednesday


def check(text, dateline=DATELINE):
    return dates.check(document(text, dateline_day=dateline))


@pytest.mark.parametrize(
    "words",
    [
        "3 May 2023", "the 3rd of May 2023"[4:], "May 3, 2023", "May 3rd 2023", "3 May, 2023", "2023-05-03", "2023/05/03", "MAY 3 2023",
        "Wednesday, 3 May 2023", "Wed. May 3, 2023", "May 3, 2023, a Wednesday", "2023-05-03T08:00"[:10],
    ],
)  # fmt: skip
def test_a_day_is_read_however_it_is_worded(words):
    (day,) = days.find(f"It was on {words} that they came.")
    assert day.readings == (dt.date(2023, 5, 3),)
    assert day.words == words


@pytest.mark.parametrize(
    "text", ["may 3 people", "May 30%", "version 1.2.2023.4", "in May 2023", "3 Mayors", "2023-05-031", "Marching 3"]
)
def test_what_is_no_day_is_left_alone(text):
    assert days.find(text) == []


def test_a_day_of_two_readings_keeps_both():
    (day,) = days.find("on 03/05/2023")
    assert day.readings == (dt.date(2023, 5, 3), dt.date(2023, 3, 5))


@hypothesis.given(st.dates(dt.date(1000, 1, 1), dt.date(2999, 12, 31)), st.integers(0, 6))
def test_a_weekday_agrees_exactly_where_the_calendar_does(day, weekday):
    (made,) = check(f"{days.WEEKDAYS[weekday]}, {day.day} {days.MONTHS[day.month - 1]} {day.year}")
    assert (made.outcome == "agrees") == (calendar.weekday(day.year, day.month, day.day) == weekday)
    assert made.outcome != "cannot_check"


@pytest.mark.parametrize(
    ("text", "outcome", "words"),
    [
        ("On Tuesday, May 9, it was.", "agrees", "of 2023, the year nearest to the dateline"),
        ("On Monday, December 26, it was.", "agrees", "of 2022, the year nearest"),
        ("On Monday, May 9, it was.", "cannot_check", "Monday 9 May 2022 fits the weekday"),
        ("On Friday, May 4, it was.", "differs", "Thursday 4 May 2023; Wednesday 4 May 2022; Saturday 4 May 2024"),
        ("On 30 February 2023 it was.", "differs", "no such day"),
        ("On Feb 30 it was.", "differs", "no such day"),
        ("On Sunday 03/05/2023 it was.", "agrees", "Sunday 5 March 2023"),
        ("On Friday 03/05/2023 it was.", "differs", "Wednesday 3 May 2023; Sunday 5 March 2023"),
        ("On Wednesday it was.", "agrees", "“Wednesday” agrees with that day"),
        ("Since Tuesday's attack.", "cannot_check", "“Tuesday” may be 2 May before it or 9 May after it"),
        ("He came yesterday (Tuesday).", "agrees", "“yesterday” from the dateline is Tuesday 2 May 2023"),
        ("Tomorrow, Monday, he comes.", "differs", "Thursday 4 May 2023, and the report names a Monday"),
    ],
)
def test_days_beside_the_dateline(text, outcome, words):
    (made,) = check(text)
    assert (made.kind, made.outcome) == ("date", outcome), made.words
    assert words in made.words


@pytest.mark.parametrize("text", ["On Tuesday, May 9, it was.", "On Tuesday it was."])
def test_without_a_dateline_a_day_without_a_year_cannot_be_checked(text):
    (made,) = check(text, None)
    assert made.outcome == "cannot_check"


@pytest.mark.parametrize("text", ["On May 9 it was.", "On 9 May 2023 it was.", "Sun and Sat, Wed and Mon."])
def test_a_day_without_a_weekday_has_nothing_to_check(text):
    assert check(text) == []


@pytest.mark.parametrize(
    "text",
    ["On Tuesday two drones came.", "The mayor said on Tuesday that nobody was hurt.", "Two drones landed on Tuesday."],
)
def test_a_weekday_told_in_the_past_tense_is_the_last_one(text):
    (made,) = check(text)
    assert made.outcome == "cannot_check"
    assert made.words == (
        "The report is dated Wednesday 3 May 2023: “Tuesday” is read as 2 May, since it is told in the past tense."
    )


@pytest.mark.parametrize(
    "text",
    [
        "They meet on Tuesday.",
        "He said that they will meet on Tuesday.",
        "The vote planned for Tuesday was told of.",
        "A meeting due on Tuesday was moved.",
        "On Tuesday they came. They meet on Tuesday.",
        "They need it on Tuesday.",
    ],
)
def test_a_weekday_that_may_lie_ahead_keeps_both_readings(text):
    (made,) = check(text)
    assert "“Tuesday” may be 2 May before it or 9 May after it" in made.words


def test_one_weekday_is_told_once_with_all_its_places():
    text = "On Tuesday they came, and since Tuesday they stay."
    (made,) = check(text)
    assert [text[one.span.start : one.span.end] for one in made.figures] == ["Tuesday", "Tuesday"]


def test_the_ends_of_the_calendar_are_survived():
    assert check("On Monday. On Tuesday, 29 February.", "9999-12-31")
    assert check("On Monday. On Sunday, 1 January.", "0001-01-01")
    assert check("On Monday.", "no day")[0].outcome == "cannot_check"
