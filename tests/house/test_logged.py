"""The inventory of what is logged is the program's: each line of the web, each act, no more and no less."""

import ast
import re

import pytest

from skykeep.rules.powers import TABLE
from skykeep.station import asked
from tests.house import checks

PAGE = (checks.ROOT / "docs" / "reference" / "what-is-logged.md").read_text("utf-8")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
# asked of the station, no act of the trail
ELSEWHERE = {"zone.read", "permit.read", "permit.own", "sensor.push", "session.end"}


def part(name):
    return PAGE.partition(f"<!-- {name} -->")[2].partition("<!-- end -->")[0]


def logger_of(tree):
    """Return what a module calls its logger, and the logger's name."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    for node in calls:
        if node.func.attr == "getLogger" and node.args and isinstance(node.args[0], ast.Constant):
            yield node.args[0].value


def lines(source):
    """Return (logger, level, line) of each call that writes one, or what it says instead of a plain text."""
    tree = ast.parse(source)
    (name, *_) = [*logger_of(tree), ""]
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS):
            continue
        of = ast.unparse(node.func.value)
        if of == "log" or "getLogger" in of:
            said = node.args[0] if node.args else None
            yield name, node.func.attr, said.value if isinstance(said, ast.Constant) else f"NO TEXT {ast.unparse(node)}"


def written():
    return {
        line
        for path in sorted((checks.ROOT / "skykeep" / "web").rglob("*.py"))
        for line in lines(path.read_text("utf-8"))
    }


def told(logger):
    return {
        (logger, level, line)
        for level, line in re.findall(r"^\| (\w+) \| `(.*?)` \| \S", part(f"lines {logger}"), re.MULTILINE)
    }


@pytest.mark.requirement("ASVS-16")
def test_every_line_of_the_web_stands_in_the_inventory():
    loggers = re.findall(r"<!-- lines (\S+) -->", PAGE)
    assert len(loggers) > 1
    assert written() == {line for logger in loggers for line in told(logger)}


@pytest.mark.requirement("ASVS-16")
def test_every_act_stands_in_the_inventory():
    recorded = {action for action in TABLE if action in asked.ASKED} - ELSEWHERE
    assert set(re.findall(r"`([a-z_.]+)`", part("recorded"))) == recorded
    assert set(re.findall(r"`([a-z_.]+)`", part("not recorded"))) == set(TABLE) - recorded


def test_the_station_logs_by_its_note_alone():
    """What a room of the station has to say goes through `note`, which the operator's log gets; no other logger."""
    named = {
        (path.name, name)
        for path in (checks.ROOT / "skykeep" / "station").rglob("*.py")
        for name in logger_of(ast.parse(path.read_text("utf-8")))
    }
    assert named == {("websocket.py", "skykeep.feeds.websocket"), ("pdftext.py", "pypdf")}  # both are silenced there


def test_the_check_of_lines_can_fail():
    source = 'import logging\nlog = logging.getLogger("a.b")\nlog.info("x %s", 1)\nlog.warning(f"{y}")\n'
    found = list(lines(source))
    assert found[0] == ("a.b", "info", "x %s")
    assert found[1][2].startswith("NO TEXT")
