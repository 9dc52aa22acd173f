"""Checks the types of the console's modules: TypeScript reads their JSDoc; nothing is built.

    python scripts/check_types_js.py

TypeScript comes by `npm pack`, as requirements/vendor.lock pins it, into build/; it is part of nothing that is shipped.
Exit 1 where a type is wrong, 3 where the tools are not here.
"""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from scripts import refresh_vendored

ROOT = pathlib.Path(__file__).resolve().parents[1]
CONSOLE = ROOT / "skykeep" / "web" / "static" / "console"
MISSING = 3


def compiler() -> pathlib.Path | None:
    """Return where TypeScript is, fetched if need be; None where it cannot be had."""
    (tool,) = refresh_vendored.packages("tool")
    place = ROOT / "build" / f"{tool.name}-{tool.version}"
    found = place / "package" / "lib" / "tsc.js"
    if found.exists():
        return found
    if shutil.which("npm") is None or shutil.which("node") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        try:
            archive, integrity = refresh_vendored.fetch(tool, pathlib.Path(folder))
        except subprocess.CalledProcessError:
            return None
        if integrity != tool.integrity:
            raise SystemExit(f"{tool.name} {tool.version}: the archive is {integrity}, not {tool.integrity}")
        with tarfile.open(archive) as tar:
            tar.extractall(place, filter="data")
    return found


def main() -> int:
    """Check; what is wrong goes to stdout."""
    found = compiler()
    if found is None:
        print("TypeScript is not here, and npm cannot fetch it", file=sys.stderr)
        return MISSING
    return subprocess.run(["node", found, "--project", CONSOLE / "jsconfig.json"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
