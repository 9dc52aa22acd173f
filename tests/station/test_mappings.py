"""Mapping files: known under their own name, refused with their fault, and read from the command line."""

import json
import os
import pathlib
import subprocess
import sys
import types

import pytest

from skykeep.errors import Refused
from skykeep.station import formats, mappings
from skykeep.station.formats import named, recognise
from tests.waiting import PATIENCE_S

EXAMPLE = pathlib.Path(__file__).parents[1] / "vectors/mapped/acme.toml"
REPORT = {
    "kind": "drone", "t": 1_777_629_600_500, "id": 17, "pos": [504_501_000, 305_234_000], "alt": 1000, "kt": 36, "hdg": 0,
    "sigma95": 25.5,
}  # fmt: skip
LINE = json.dumps({"detections": [REPORT]}).encode()


@pytest.fixture
def alone(monkeypatch):
    """Formats as they are without the mappings that other tests of this process made known."""
    ours = {name: form for name, form in formats._known.items() if not name.startswith("mapped-")}
    monkeypatch.setattr(formats, "_known", ours)
    monkeypatch.setattr(formats, "FORMATS", types.MappingProxyType(ours))


def test_a_file_is_a_format_under_its_own_name(tmp_path, alone):
    path = tmp_path / "radar.toml"
    path.write_text(EXAMPLE.read_text().replace('"acme"', '"one"'))
    form = mappings.load(path)
    assert form.name == "mapped-one"
    assert mappings.load(path) is named("mapped-one") is form
    assert recognise(LINE, "x") is form
    assert list(form.in_message(LINE + b"\n" + LINE)) == [LINE, LINE]
    path.write_text(path.read_text().replace('"ft"', '"m"'))
    with pytest.raises(Refused, match="there is a format 'mapped-one' already"):
        mappings.load(path)


@pytest.mark.parametrize(("text", "reason"), [
    ("name = 5", "missing: `time`|name"), ("name =", "Invalid value"), ("\xff", "mapping"), ('name = "x"', "missing: `time`"),
])  # fmt: skip
def test_a_fault_is_told_with_the_file(tmp_path, text, reason):
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(Refused, match=reason) as refused:
        mappings.load(path)
    assert str(path) in str(refused.value)
    with pytest.raises(Refused, match="there is no such file"):
        mappings.load(tmp_path / "none.toml")


def test_the_command_line_takes_it(tmp_path):
    path = tmp_path / "lines.jsonl"
    path.write_bytes(LINE)
    command = [sys.executable, "-m", "skykeep.cli", "decode", "--mapping", str(EXAMPLE), "mapped-acme", str(path)]
    environment = os.environ | {"PYTHONPATH": str(pathlib.Path.cwd())}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=PATIENCE_S)
    assert "altitude=304.8m/amsl" in done.stdout
    assert done.stderr == ""
