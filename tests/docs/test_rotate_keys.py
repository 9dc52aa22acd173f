"""The table of keys: each row names commands that there are, and a test that there is."""

import re

import pytest

from skykeep.cli import main
from tests.house import checks

PAGE = checks.ROOT / "docs" / "how-to" / "rotate-keys.md"
UNTESTED = {"The authority of these", "Passwords for mail, MQTT, feeds and TAK"}
"""What is done by hand, and what the other side decides."""


def rows():
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def of_command(words):
    """The options of a command by its words; KeyError where there is none."""
    found = main
    for word in words:
        found = found.commands[word]
    return {name for parameter in found.params for name in parameter.opts}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_each_key_has_a_way_and_a_test(row):
    key, where, way, overlap, shown = row
    assert where
    assert way
    assert overlap
    for words in re.findall(r"`skykeep ([a-z -]+)", way):
        of_command(words.split(" --")[0].split())
    for words, option in re.findall(r"`skykeep ([a-z ]+?) (--[a-z-]+)", way):
        assert option in of_command(words.split())
    if key in UNTESTED:
        assert shown == "–"
        return
    file, name = shown.strip("`").split("::")
    assert f"def {name}(" in (checks.ROOT / file).read_text("utf-8")


def test_the_table_is_about_all_secret_files_of_a_station():
    text = " ".join(cell for row in rows() for cell in row)
    for name in (
        "signing.key",
        "pseudonyms.key",
        "vapid.pem",
        "people.db",
        "secret_file",
        "client_secret_file",
        "tls/",
    ):
        assert name in text
