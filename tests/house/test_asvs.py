"""Every test that the table of OWASP ASVS names is there."""

import re

import pytest

from tests.house import checks

PAGE = (checks.ROOT / "docs" / "requirements" / "security.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.partition("## OWASP")[2].splitlines() if re.match(r"\| [0-9]", line)]
CHAPTERS = {1, 2, 3, 4, 6, 7, 8, 9, 12, 13, 14, 15, 16}


def functions():
    found = set()
    for path in (checks.ROOT / "tests").rglob("test_*.py"):
        found |= set(re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))
    return found


@pytest.mark.requirement("ASVS-4", "ASVS-12", "ASVS-14", "ASVS-15")
def test_every_test_that_the_table_names_is_there():
    known = functions()
    named = {word for row in ROWS for word in re.findall(r"`(test_\w+)`", row)}
    assert len(named) > 40
    assert named - known == set()
    paths = {word for row in ROWS for word in re.findall(r"\btests/[\w/.]+", row)}
    assert [path for path in sorted(paths) if not (checks.ROOT / path.rstrip(".")).exists()] == []


def test_every_chapter_has_its_rows():
    assert {int(re.match(r"\| ([0-9]+)", row)[1]) for row in ROWS} >= CHAPTERS


def test_what_is_not_met_is_said():
    assert [re.match(r"\| ([0-9.]+)", row)[1] for row in ROWS if "**Not met**" in row] == []
    partly = [re.match(r"\| ([0-9.]+)", row)[1] for row in ROWS if "**In part**" in row]
    assert partly == ["6.2.4", "6.2.12", "6.3.3", "6.5.5"]
