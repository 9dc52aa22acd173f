"""No button for an act without a test that presses it: pages and scripts are read, and held against the table of acts."""

import re

from skykeep.rules.powers import TABLE
from skykeep.station import asked
from tests.console import pressing
from tests.console.acts import ACTS, ON_NO_PAGE
from tests.house import checks

WEB = checks.ROOT / "skykeep" / "web"
THEIR_OWN = {
    ("entrance.html", "{}"),  # every page of the entrance: `Page(action=...)`, below
    ("console/acts.js", "path"),  # how all scripts of the console send
    ("unsent.html", "{}"),  # what a form of another page would have sent, sent again
    ("console/zonepages.js", "form.action"),  # a form of the page, sent by its script
    ("console/zonefile.js", "form.action"),
}
"""What sends something that stands elsewhere."""
READS = {"zone.read", "permit.read", "permit.own"}
FORM = re.compile(r'<form\b[^>]*\bmethod="post" action="([^"]*)"')
TEXT = r"(`[^`]*`|\"[^\"]*\")"
SENDS = re.compile(rf"acts\.send\([^,]+, {TEXT}|acts\.post\({TEXT}")
POSTS = re.compile(r"fetch\(([^,]+), \{\s*method: \"POST\"|open\(\"POST\", ([^)]+)\)")
PAGE = re.compile(r'^\s+action="(/[^"]*)",$', re.MULTILINE)
TOP = "${V1}"


def of_template(text):
    """Return where forms of a template lead that change something; what differs is {}."""
    named = dict(re.findall(r'\{% set (\w+) = "([^"]*)"', text))
    for address in FORM.findall(text):
        whole = re.sub(r"\{\{ (\w+) \}\}", lambda found: named.get(found[1], "{}") + ("{}" if found[1] in named else ""), address)
        yield re.sub(r"\{\{.*?\}\}", "{}", whole)


def of_script(text):
    """Return where a script sends something."""
    for one, other in SENDS.findall(text) + POSTS.findall(text):
        said = (one or other).removeprefix("V1 + ").strip('`"').removeprefix(TOP)
        yield re.sub(r"\$\{(?:[^{}]|\{[^{}]*\})*\}", "{}", said)


def offered():
    """Return every (file, address) that the pages can send to."""
    for path in sorted((WEB / "templates").glob("*.html")):
        yield from ((path.name, each) for each in of_template(path.read_text("utf-8")))
    scripts = [each for each in sorted((WEB / "static").rglob("*.js")) if "vendor" not in each.parts]
    for path in scripts:
        name = path.relative_to(WEB / "static").as_posix()
        yield from ((name, each) for each in of_script(path.read_text("utf-8")))
    for path in sorted(WEB.glob("*.py")):
        yield from ((path.name, each) for each in PAGE.findall(path.read_text("utf-8")))


def test_every_button_for_an_act_stands_in_the_table():
    assert {*offered()} - THEIR_OWN == {(act.where, act.address) for act in ACTS}


def test_every_act_of_the_table_is_pressed_by_a_function_of_its_own():
    assert [act.press for act in ACTS if not callable(getattr(pressing, act.press, None))] == []
    assert len({act.press for act in ACTS}) == len(ACTS)


def test_every_power_to_do_something_is_a_button_or_named_as_none():
    done = {action for action in TABLE if action in asked.ASKED} - READS
    pressed = {act.action for act in ACTS}
    assert pressed <= {*TABLE}
    assert done - pressed == {*ON_NO_PAGE}


def test_the_check_can_fail():
    page = '<form method="post" action="/i/{{ page.incident_id }}/eat">{% set address = "/users/people/" ~ x %}'
    page += '<form method="post" action="{{ address }}/eat"><form method="get" action="/find">'
    assert [*of_template(page)] == ["/i/{}/eat", "/users/people/{}/eat"]
    script = 'app.acts.send(about, `/eat/${a.b({ c: 1 })}`, null); fetch("/eat", { method: "POST" }); acts.post("/eat/x", {})'
    assert sorted(of_script(script)) == ["/eat", "/eat/x", "/eat/{}"]
