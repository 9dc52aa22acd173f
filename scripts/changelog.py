"""Moves the fragments in changes/ into CHANGELOG.md, under a version and a date."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
KINDS = ("added", "changed", "deprecated", "removed", "fixed", "security")
MARK = "<!-- releases: newest first -->\n"


def fragments(folder: pathlib.Path) -> dict[str, list[pathlib.Path]]:
    """Kind to the files of that kind, by name; a file of no kind is an error."""
    found: dict[str, list[pathlib.Path]] = {kind: [] for kind in KINDS}
    for path in sorted(folder.glob("*.md")):
        if path.name == "README.md":
            continue
        kind = path.name.split(".")[-2]
        if kind not in found or path.name.count(".") != 2:  # noqa: PLR2004  # name, kind, md
            raise SystemExit(f"changes/{path.name}: must be named <words>.<kind>.md, kind one of {', '.join(KINDS)}")
        found[kind].append(path)
    return found


def release(found: dict[str, list[pathlib.Path]], version: str, date: str) -> str:
    """The text of one release."""
    lines = [f"## {version} – {date}", ""]
    for kind, paths in found.items():
        if paths:
            lines += [f"### {kind.capitalize()}", ""]
            lines += ["- " + path.read_text(encoding="utf-8").strip().replace("\n", "\n  ") for path in paths]
            lines += [""]
    return "\n".join(lines)


def main(version: str, date: str) -> None:
    """Write the release and remove its fragments."""
    found = fragments(ROOT / "changes")
    changelog = ROOT / "CHANGELOG.md"
    before, mark, after = changelog.read_text(encoding="utf-8").partition(MARK)
    if not mark:
        raise SystemExit(f"CHANGELOG.md: the line {MARK.strip()!r} is gone; put it above the newest release")
    changelog.write_text(f"{before}{mark}\n{release(found, version, date)}{after}", encoding="utf-8")
    for path in (path for paths in found.values() for path in paths):
        path.unlink()


if __name__ == "__main__":
    main(*sys.argv[1:])
