"""The page on the live stream lists the columns as the program sends them."""

import pathlib
import re

import pytest

from skykeep.web import streamrows

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "reference" / "live-stream.md"
KINDS = {
    "tracks": streamrows.TRACK,
    "about": streamrows.ABOUT,
    "alarms": streamrows.ALARM,
    "incidents": streamrows.INCIDENT,
    "presences": streamrows.PRESENCE,
    "health": streamrows.HEALTH,
    "zones": streamrows.ZONE,
    "sensors": streamrows.SENSOR,
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_lists_the_columns_in_their_order(kind):
    text = PAGE.read_text(encoding="utf-8")
    listed = re.search(rf"^`{kind}`\n: (.*?)\n\n", text, re.MULTILINE | re.DOTALL)
    assert listed is not None
    assert tuple(re.split(r",\s+", listed[1])) == KINDS[kind]
