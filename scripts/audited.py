"""Says what pip-audit found; what it could not look at is told, and is not taken for good."""

from __future__ import annotations

import json
import sys
from pathlib import Path

NOTHING, SOMETHING, CANNOT_TELL = 0, 1, 2


def said(answer: str) -> tuple[int, list[str]]:
    """Return (exit code, lines) for pip-audit's JSON."""
    packages = json.loads(answer)["dependencies"]
    unknown = [each["name"] for each in packages if "skip_reason" in each]
    holes = [
        f"{each['name']} {each['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no version'}"
        for each in packages
        for hole in each.get("vulns", ())
    ]
    lines = [f"{len(packages) - len(unknown)} of {len(packages)} packages were looked at, {len(holes)} holes are known"]
    if unknown:
        lines.append(f"not looked at: {', '.join(unknown)}")
    return SOMETHING if holes else CANNOT_TELL if unknown or not packages else NOTHING, lines + holes


def main(arguments: list[str]) -> int:
    """Print what was found; return the exit code."""
    code, lines = said(Path(arguments[0]).read_text("utf-8"))
    for line in lines:
        print(f"audit: {line}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
