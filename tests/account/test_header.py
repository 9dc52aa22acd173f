"""Heads of invented reports: what is stated, what is in doubt, what is left alone."""

import hypothesis
import hypothesis.strategies as st
import pytest

from skykeep.account import header


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" date 2024-02-07 Officials said on Wednesday that …", {"day": "2024-02-07", "date_words": "2024-02-07", "end": 17}),
        (
            " date 2024-02-07 By Ann Bell and Bo Carr, IPN\n\nOfficials said.",
            {"day": "2024-02-07", "reporters": ("Ann Bell", "Bo Carr"), "publisher": "IPN"},
        ),
        ("WESTPORT, Feb 7, 2024 (IPN) — Two", {"place": "WESTPORT", "day": "2024-02-07", "publisher": "IPN"}),
        ("By Ann Bell\nWESTPORT, Norland, Feb 7 (Post) - Ever", {"place": "WESTPORT, Norland", "date_words": "Feb 7", "day": None}),
        ("7 February 2024\nWESTPORT, Feb 7 - Ever", {"place": "WESTPORT", "day": "2024-02-07"}),
        ("WESTPORT. February 7 (IPN) - The", {"place": "WESTPORT", "publisher": "IPN"}),
        ("NEW WESTPORT, Va. - In a hall", {"place": "NEW WESTPORT, Va.", "date_words": None}),
        ("Westport, Norland — The mayor", {"place": "Westport, Norland"}),
        ("WESTPORT (IPN) - The mayor", {"publisher": "IPN", "place": "WESTPORT"}),
        ("(IPN) — The mayor", {"publisher": "IPN", "place": None}),
        ("Ann Bell, IPNews.example\nThe mayor said.", {"reporters": ("Ann Bell",), "publisher": "IPNews.example"}),
        ("Two drones over Westport\n\nThe mayor said.", {"title": "Two drones over Westport", "end": 25}),
        ("Title: Two drones\nSource: The Post\nAuthor: Ann Bell\nDate: Feb. 7, 2024\nText.", {"title": "Two drones", "publisher": "The Post", "reporters": ("Ann Bell",), "day": "2024-02-07"}),
        ("Head\nBy Ann Bell for The Post\nPublished Wednesday, 7 February 2024 at 10:15 AM GMT\nUpdated 9 February 2024\nText here.", {"title": "Head", "publisher": "The Post", "day": "2024-02-07", "doubts": ()}),
        ("Wed 07/02/2024\nText.", {"day": "2024-02-07", "doubts": ()}),
        ("31/01/2024\nText.", {"day": "2024-01-31", "doubts": ()}),
        ("By A. B. Bell, Bo Carr and Cy Dunn\nText.", {"reporters": ("A. B. Bell", "Bo Carr", "Cy Dunn"), "publisher": None}),
    ],
)  # fmt: skip
def test_a_head_is_read(text, expected):
    found = header.read(text)
    assert {key: getattr(found, key) for key in expected} == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "The mayor - a tall man - said that two drones came.",
        "By evening two drones were over the harbour.",
        "Two drones came. Nobody was hurt.",
        "“No,” he said.\nThen he left.",
        "Date palms grow there.\nMore text.",
    ],
)
def test_what_is_no_head_is_left_to_the_text(text):
    found = header.read(text)
    assert found[:7] == header.Header()[:7]
    assert found.end <= len(text) - len(text.strip())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("03/05/2023\nText.", ("2023-05-03", "2023-03-05")),
        ("30 February 2024\nText.", ("no day that the calendar has",)),
        ("Tuesday, 7 February 2024\nText.", ("2024-02-07 is a Wednesday",)),
        ("By Ann Bell, Carr\nText.", ("'Carr'", "may be a name")),
        ("7 February 2024\nWESTPORT, 9 February 2024 (IPN) — Two", ("two days",)),
    ],
)
def test_what_can_be_read_in_two_ways_is_told(text, words):
    doubts = " ".join(header.read(text).doubts)
    assert [word for word in words if word not in doubts] == []


def test_an_ambiguous_date_is_not_taken():
    assert header.read("03/05/2023\nText.").day is None
    assert header.read("03/05/2023\nText.").date_words == "03/05/2023"


@hypothesis.given(st.lists(st.sampled_from(["By ", "date ", "2024-02-07", " ", "\n", "KYIV", ", ", "(", ")", "—", " - ", "May 3", "Ann", "Bell", "and", "."]), max_size=60))  # fmt: skip
def test_a_head_lies_within_its_text(parts):
    text = "".join(parts)
    found = header.read(text)
    assert 0 <= found.end <= len(text)
    for words in (found.date_words, *found.reporters):
        assert words is None or words in text


def test_a_head_that_never_ends_is_bounded():
    for part in ("By ", "A, ", "(", "KYIV ", "May 3 ", "date 2024-02-07 ", "Published: ", "— ", "A.", "\n"):
        assert header.read(part * 300_000).end <= header.HEAD_CHARS + 1


@pytest.mark.parametrize(
    ("line", "publisher", "day", "reporters"),
    [
        ("Sund Evening Post | 2025-09-11 | By Ada Quill", "Sund Evening Post", "2025-09-11", ("Ada Quill",)),
        ("The Sund Observer, 11 September 2025. By A. Reed and Ines Holt", "The Sund Observer", "2025-09-11",
         ("A. Reed", "Ines Holt")),
        ("Radio Sund, 29 May 2026", "Radio Sund", "2026-05-29", ()),
        ("Sund · 29 May 2026", "Sund", "2026-05-29", ()),
        ("The attack of 3 May 2023 was seen in the Daily Post.", None, None, ()),
        ("In the Daily Post, 3 May 2023 was a quiet day.", None, None, ()),
    ],
)  # fmt: skip
def test_a_masthead_names_outlet_and_day_and_perhaps_who_wrote(line, publisher, day, reporters):
    head = header.read(f"{line}\n\nThe mayor said that all is well.\n")
    assert (head.publisher, head.day, head.reporters) == (publisher, day, reporters)
    assert (head.title is None) or publisher is None
