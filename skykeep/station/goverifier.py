"""An independent witness to our proofs: a small Go program on golang.org/x/mod/sumdb, built where Go is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib import resources
from pathlib import Path

GOPATH = Path("/usr/share/gocode")  # where Debian's golang-golang-x-mod-dev lies
WANTED = "it needs Go and golang.org/x/mod (Debian: golang-go golang-golang-x-mod-dev)"


def build(directory: Path) -> Path | None:
    """Build the program into a directory; None where Go or the library is not installed."""
    go = shutil.which("go")
    if go is None or not (GOPATH / "src/golang.org/x/mod/sumdb").is_dir():
        return None
    source = resources.files("skykeep").joinpath("ledger", "oracle.go")
    program = (directory / "go-verifier").resolve()
    with resources.as_file(source) as path:
        subprocess.run([go, "build", "-o", program, path], env=_environment(directory), check=True, capture_output=True)  # noqa: S603 - our own source
    return program


def _environment(directory: Path) -> dict[str, str]:
    cache = str(directory.resolve() / "cache")
    return {**os.environ, "GO111MODULE": "off", "GOFLAGS": "", "GOPATH": str(GOPATH), "GOCACHE": cache}


def verify(program: Path, record: Path, vkey: str) -> subprocess.CompletedProcess[str]:
    """Let it read a record's log: exit code 0 and a line on stdout, or 1 and the reason on stderr."""
    return subprocess.run([program, "log", record, vkey], capture_output=True, text=True, check=False)  # noqa: S603 - built above
