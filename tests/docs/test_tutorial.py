"""The tutorial is run as it is printed: every command works in its order, and what is shown is what comes out.

A block that is marked `console` is run, in one shell for the whole page. A line that begins with `$ ` is a command; it
goes on after a backslash, or up to the END of a file that it holds. The others are what it prints, where a `…` stands for
anything: within a line for some signs, alone for some lines.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from tests.docs import forking
from tests.house import checks

PAGES = [
    checks.ROOT / "docs" / name
    for name in (
        "tutorial/first-evening.md", "how-to/run-your-own.md", "how-to/check-a-record.md", "how-to/erase-a-person.md",
        "how-to/ask-the-law.md", "how-to/explain-a-track.md",
        "how-to/grant-a-permit.md", "how-to/make-an-account.md",
    )
]  # fmt: skip
PLAIN = {"run-your-own", "make-an-account"}
"""Pages whose commands are loaded anew each, as in a person's shell; those of the others are forked (see `forking`)."""
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "@@ end of command, exit"


def commands(text):
    """Pairs of a command and the lines that it is said to print, in the order of the page."""
    found = []
    for block in BLOCK.findall(text):
        lines = iter(block.splitlines())
        for line in lines:
            if line.startswith("$ "):
                command = line[2:]
                while command.endswith("\\") or ("<<'END'" in command and not command.endswith("\nEND")):
                    command += "\n" + next(lines)
                found.append((command, []))
            elif found:
                found[-1][1].append(line)
    return found


def as_pattern(shown):
    """A pattern for what was printed: exact but for `…`, blanks at the ends of lines and empty lines at the end."""
    while shown and not shown[-1].strip():
        shown = shown[:-1]
    parts = [
        r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line.rstrip()).replace("…", ".*") + r" *\n"
        for line in shown
    ]
    return re.compile("".join(parts) + r"\s*")


def played(script, folder, *programs):
    """What one shell prints for all commands, cut after each; standard error goes where standard output goes.

    `programs`: folders in which programs are looked for first.
    """
    environment = {
        **os.environ,
        "PATH": os.pathsep.join(map(str, [*programs, pathlib.Path(sys.executable).parent, os.environ["PATH"]])),
        "SKYKEEP_KEYS": str(folder / "keys"),
        "COLUMNS": "100",
        "PYTHONUTF8": "1",
    }
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=900,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return re.split(rf"{MARK} (\d+)\n", done.stdout)


@pytest.fixture(scope="module")
def programs():
    with forking.programs() as folder:
        yield folder


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash, in which the pages are written")
@pytest.mark.capability("A tutorial and how-to pages whose every command and answer is run by a test")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_shows_is_what_comes_out(page, tmp_path, programs):
    told = commands(page.read_text(encoding="utf-8"))
    assert told
    came = played(
        "\n".join(f"{command}\necho '{MARK}' $?" for command, _ in told),
        tmp_path,
        *(() if page.stem in PLAIN else [programs]),
    )
    for (command, shown), printed, code in zip(told, came[::2], came[1::2], strict=False):
        assert code == "0", f"{command}\nends with {code}:\n{printed}"
        assert not shown or as_pattern(shown).fullmatch(printed), f"{command}\nprints:\n{printed}"
    assert len(came) == 2 * len(told) + 1
