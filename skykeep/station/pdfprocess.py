"""A PDF read in a process of its own, which is ended when it takes too long.

A few bytes of a PDF can keep its reader busy for minutes in ways that no count of what is drawn sees. The bytes go to
the process on its standard input, behind a line that says how to read them; what it found comes back as one JSON
object. Where Skykeep is packed as one program, which cannot start Python anew, the file is read in place, within the
limits of `pdftext` alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from skykeep.errors import Malformed, Refused
from skykeep.station import pdftext

SECONDS_MAX = 20.0  # by the clock, the start of the process with it
_ROOT = Path(__file__).resolve().parents[2]


def read(data: bytes, label: str, chars_max: int) -> pdftext.Pages:
    """Return the text of a PDF as `pdftext.read` does; raises as it does, and Malformed where it takes too long."""
    if getattr(sys, "frozen", False):
        return pdftext.read(data, label, chars_max)
    order = json.dumps({"label": label, "chars_max": chars_max}).encode("ascii")
    return _pages(_answer(order + b"\n" + data, label), label)


def _answer(given: bytes, label: str) -> dict[str, Any]:
    command = [sys.executable, "-P", "-m", "skykeep.station.pdfprocess"]  # -P: nothing is imported from where we stand
    here = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))}
    try:
        done = subprocess.run(command, input=given, env=here, capture_output=True, timeout=SECONDS_MAX, check=True)  # noqa: S603  # our own module
        answer: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise Malformed(
            f"{label}: the PDF takes more than {SECONDS_MAX:g} seconds to read; {pdftext.REMEDY}"
        ) from error
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        raise Malformed(f"{label}: the PDF cannot be read (its reader broke off); {pdftext.REMEDY}") from error
    return answer


def _pages(answer: dict[str, Any], label: str) -> pdftext.Pages:
    if refused := answer.get("refused"):
        raise Refused(refused)
    if malformed := answer.get("malformed"):
        raise Malformed(malformed)
    if not isinstance(answer.get("text"), str):
        raise Malformed(f"{label}: the PDF cannot be read (its reader gave no text); {pdftext.REMEDY}")
    return pdftext.Pages(answer["text"], answer["title"], tuple(answer["doubts"]))


def answer(given: bytes) -> bytes:
    """Return what is found in a PDF behind the line that says how to read it, as JSON."""
    order, _, data = given.partition(b"\n")
    how = json.loads(order)
    try:
        found: dict[str, Any] = pdftext.read(data, how["label"], how["chars_max"])._asdict()
    except Refused as error:
        found = {"refused": str(error)}
    except Malformed as error:
        found = {"malformed": str(error)}
    return json.dumps(found).encode("ascii")  # halves of a sign as escapes


if __name__ == "__main__":
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read()))
