"""Nothing a user meets is without words: commands, options, settings, facts, clauses, capabilities."""

import importlib.util
import re
import sys

import click
import msgspec
import pytest

from scripts import changelog, draw_architecture, markers, readme_status
from tests.house import checks


def _load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


generate = _load("skykeep_docs_generate", checks.ROOT / "docs" / "_generate.py")
PAGES = generate.pages()
CLAUSE = re.compile(r"^#{2,4} ([A-Z0-9]+(?:-[A-Z0-9]+)+)\b", re.MULTILINE)


@pytest.mark.parametrize("kind", generate.kinds(), ids=generate.tag)
def test_every_fact_is_documented(kind):
    assert f"### `{generate.tag(kind)}`" in PAGES["reference/facts.md"]
    assert wordless_fact(kind) == []


def wordless_fact(kind):
    faults = [] if kind.__dict__.get("__doc__") else ["no docstring"]
    if not re.fullmatch(r"[a-z_.]+/[0-9]+", generate.tag(kind)):
        faults.append(f"tag {generate.tag(kind)!r} is not <name>/<version>")
    return faults


def test_every_setting_is_documented():
    struct = generate.settings()
    assert struct is not None
    names = list(generate.setting_names(struct))
    assert names
    assert [name for name, *_ in names if f"| `{name}` |" not in PAGES["reference/settings.md"]] == []
    assert wordless_settings(struct) == []


def test_every_key_of_a_station_is_documented():
    from skykeep.station.keeping.reference import tables

    page = PAGES["reference/station-settings.md"]
    assert [key.name for table in tables() for key in table.keys if f"| `{key.name}` |" not in page] == []
    assert [table.head for table in tables() if table.head and f"## `{table.head}`" not in page] == []
    assert [(table.name, key.name) for table in tables() for key in table.keys if not key.meaning] == []


def wordless_settings(struct):
    return [name for name, _, _, meaning in generate.setting_names(struct) if not meaning]


def test_every_command_is_documented():
    commands = list(generate.walk_commands())
    assert len(commands) > 1
    for path, command in commands:
        assert f"## `{path}`" in PAGES["reference/cli.md"]
        assert wordless_command(path, command) == []


def wordless_command(path, command):
    context = generate.click_context(path, command)
    faults = [] if (command.help or "").strip() else [f"{path}: no help"]
    for parameter in command.get_params(context):
        names, words = generate.parameter_words(parameter, context)
        # An argument has no help of its own: the command's help must name it.
        if parameter.param_type_name == "argument":
            named = (parameter.metavar or parameter.human_readable_name).strip("[].").upper()
            if named not in (command.help or "").upper():
                faults.append(f"{path}: the help does not name the argument {named}")
        elif not words.strip():
            faults.append(f"{path} {names}: no help")
    return faults


def test_every_command_has_a_page_even_when_named_in_the_reference_only():
    assert set(PAGES) == {
        "reference/facts.md", "reference/settings.md", "reference/station-settings.md", "reference/cli.md"
    }  # fmt: skip


# ---- clauses and capabilities --------------------------------------------------------------------


def clauses():
    pages = sorted((checks.ROOT / "docs" / "requirements").glob("*.md"))
    return [clause for page in pages for clause in CLAUSE.findall(page.read_text(encoding="utf-8"))]


def clause_faults(claimed, shown):
    twice = [f"{clause}: claimed twice" for clause in sorted(set(claimed)) if claimed.count(clause) > 1]
    untested = [f"{clause}: claimed, but no test shows it" for clause in sorted(set(claimed) - set(shown))]
    unclaimed = [
        f"{clause}: a test shows it, but docs/requirements does not claim it" for clause in set(shown) - set(claimed)
    ]
    return twice + untested + sorted(unclaimed)


def test_every_clause_has_a_test_and_every_marker_a_clause():
    assert clauses()
    assert clause_faults(clauses(), [found.value for found in markers.marked("requirement")]) == []


def test_the_readme_says_what_the_tests_show():
    readme = (checks.ROOT / "README.md").read_text(encoding="utf-8")
    assert readme_status.written(readme) == readme, "run `make status`"


def test_nothing_is_both_there_and_missing():
    assert set(readme_status.capabilities()).isdisjoint(readme_status.not_yet())


def test_the_readme_says_what_skykeep_is_not():
    readme = (checks.ROOT / "README.md").read_text(encoding="utf-8").replace("*", "")
    for words in ("cannot tell when it can't", "never fires, jams or takes control", "not certified, a person decides"):
        assert words in readme


@pytest.mark.parametrize("page", sorted(p.name for p in checks.ROOT.glob("*.md")))
def test_links_in_the_pages_at_the_top_lead_somewhere(page):
    text = re.sub(r"<!--.*?-->", "", (checks.ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in link]
    assert [link for link in links if not (checks.ROOT / link).exists()] == []


def test_the_picture_shows_the_house_as_it_is():
    drawn = (checks.ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8")
    assert drawn == draw_architecture.svg(), "run `make status`"


def test_the_fragments_of_the_changelog_have_a_kind():
    changelog.fragments(checks.ROOT / "changes")


# ---- the checks can fail -------------------------------------------------------------------------


class Wordless(msgspec.Struct, tag="Wordless"):
    name: str


class _Table(msgspec.Struct):
    silence_max_s: int = 30  # how long a sensor may be silent
    depth: int = 3


class _Settings(msgspec.Struct):
    radar: _Table
    zone: str = "x"  # which


Wordless.__doc__ = None


def test_the_checks_of_words_can_fail():
    assert len(wordless_fact(Wordless)) == 2
    assert wordless_settings(_Settings) == ["radar.depth"]
    bare = click.Command("bare", params=[click.Option(["--loud"]), click.Argument(["path"])])
    assert len(wordless_command("bare", bare)) == 3
    fine = click.Command("fine", help="Read PATH.", params=[click.Argument(["path"])])
    assert wordless_command("fine", fine) == []


def test_the_checks_of_clauses_can_fail():
    assert clause_faults(["A-1"], ["A-1"]) == []
    assert clause_faults(["A-1"], [])
    assert clause_faults([], ["A-1"])
    assert clause_faults(["A-1", "A-1"], ["A-1"])
    text = "@pytest.mark.requirement('A-1', 'A-2')\ndef test_x(): pass\n"
    assert [found.value for found in markers.in_text("requirement", text, "t.py")] == ["A-1", "A-2"]


def test_a_changelog_fragment_without_a_kind_is_refused(tmp_path):
    (tmp_path / "thing.md").write_text("x")
    with pytest.raises(SystemExit, match="must be named"):
        changelog.fragments(tmp_path)


def test_a_release_lists_its_fragments_by_kind(tmp_path):
    (tmp_path / "a.fixed.md").write_text("Fixed a.\n")
    (tmp_path / "b.added.md").write_text("Added b.\n")
    text = changelog.release(changelog.fragments(tmp_path), "1.0.0", "2026-01-01")
    assert text == "## 1.0.0 – 2026-01-01\n\n### Added\n\n- Added b.\n\n### Fixed\n\n- Fixed a.\n"
