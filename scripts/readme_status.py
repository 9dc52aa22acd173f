"""Writes what works today, and what not yet, into the README: from the tests and docs/not-yet.md."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scripts import markers  # noqa: E402  # the path above leads to it

BEGIN = "<!-- status: made by `make status` from the tests; edit those -->\n"
END = "<!-- end of status -->\n"


def capabilities() -> dict[str, list[str]]:
    """What a test shows that a user can do, with the test files that show it."""
    found: dict[str, list[str]] = {}
    for each in markers.marked("capability"):
        path = each.test.split("::")[0]
        files = found.setdefault(each.value, [])
        if path not in files:
            files.append(path)
    return found


def not_yet() -> list[str]:
    """The lines of docs/not-yet.md: what is planned and does not exist."""
    text = (ROOT / "docs" / "not-yet.md").read_text(encoding="utf-8")
    return re.findall(r"^- (.+)$", text, re.MULTILINE)


def table(able: dict[str, list[str]], missing: list[str]) -> str:
    """The text between the two comments."""
    rows = [f"| {what} | [yes]({paths[0]}) |" for what, paths in sorted(able.items())]
    rows += [f"| {what} | not yet |" for what in missing]
    return "\n".join(["| | Works today |", "| --- | --- |", *rows, ""])


def written(readme: str) -> str:
    """The README with its table made again."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"README.md: the comments {BEGIN.strip()!r} and {END.strip()!r} are gone; put them back")
    return f"{before}{begin}\n{table(capabilities(), not_yet())}\n{end}{after}"


if __name__ == "__main__":
    path = ROOT / "README.md"
    path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")
