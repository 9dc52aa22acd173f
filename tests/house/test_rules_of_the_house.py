"""Every module keeps the rules of the house, and every check can fail."""

import subprocess

import pytest

from tests.house import checks

MODULES = dict(checks.modules())


@pytest.mark.requirement("WAIST-1")
@pytest.mark.parametrize("module", MODULES)
def test_imports_point_downward(module):
    assert checks.direction_faults(module, MODULES[module]) == []


@pytest.mark.requirement("PURE-1")
@pytest.mark.parametrize("module", MODULES)
def test_no_clock_disk_network_or_chance_below_the_line(module):
    assert checks.purity_faults(module, MODULES[module]) == []


@pytest.mark.requirement("PURE-2")
@pytest.mark.parametrize("module", MODULES)
def test_sets_are_asked_never_gone_through(module):
    assert checks.set_faults(module, MODULES[module]) == []


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_a_caption(module):
    assert checks.caption_faults(module, MODULES[module]) == []


def test_no_file_names_a_registry():
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=checks.ROOT, capture_output=True, check=False,
    ).stdout.decode().split("\0")  # fmt: skip
    if names == [""]:  # an unpacked archive rather than a clone
        names = [str(p.relative_to(checks.ROOT)) for p in checks.ROOT.rglob("*") if not _made(p)]
    files = [checks.ROOT / name for name in names if name and (checks.ROOT / name).is_file()]
    assert files
    faults = []
    for path in files:
        text = path.read_bytes().decode("utf-8", errors="replace")
        faults += checks.host_faults(str(path.relative_to(checks.ROOT)), text)
    assert faults == []


def _made(path):
    return any(part.startswith(".venv") or part in {"build", "dist", "_build"} for part in path.parts)


# ---- each check, fed what it must refuse and what it must let pass -------------------------------


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("skykeep.geo.units", "from skykeep.facts import observed"),
        ("skykeep.geo.units", "import skykeep.facts.observed"),
        ("skykeep.facts.codec", "from skykeep import rules"),
        ("skykeep.facts.codec", "from ..rules import zones"),
        ("skykeep.facts.__init__", "from ..rules import zones"),
        ("skykeep.rules.zones", "def f():\n    from skykeep.watch import step"),
        ("skykeep.watch.step", "if True:\n    import skykeep.wire.adsb as adsb"),
        ("skykeep.wire.adsb", "from skykeep.rules import zones"),
        ("skykeep.views.picture", "from skykeep.watch.step import step"),
        ("skykeep.sim.city", "from skykeep.wire.remote_id import encode"),
        ("skykeep.ledger.tree", "from skykeep.errors import Corrupt"),
        ("skykeep.ledger.tree", "import msgspec"),
        ("skykeep.ledger.tree", "import skykeep"),
        ("skykeep.watch.step", "from skykeep import __version__"),
        ("skykeep.station.loop", "from skykeep import cli"),
        ("skykeep.watch.estimate", "import numba"),
        ("skykeep.cli", "from numba import njit"),
        ("skykeep.rules.zones", "import scipy.spatial"),
        ("skykeep.facts.codec", "import importlib\nimportlib.import_module('skykeep.watch')"),
        ("skykeep.helpers", ""),
    ],
)
def test_the_direction_check_refuses(module, text):
    assert checks.direction_faults(module, text)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("skykeep.facts.codec", "from skykeep.geo.altitude import Altitude\nfrom skykeep.errors import Malformed"),
        ("skykeep.facts.codec", "from . import observed"),
        ("skykeep.watch.step", "from skykeep.rules import zones\nimport numpy as np"),
        ("skykeep.geo.kernel", "import numba"),
        ("skykeep.ledger.tree", "import hashlib\nfrom cryptography.hazmat.primitives import hashes"),
        ("skykeep.cli", "from skykeep import __version__\nfrom skykeep.station import loop"),
        ("skykeep.station.store", "import sqlite3\nfrom skykeep.ledger import tree"),
    ],
)
def test_the_direction_check_lets_pass(module, text):
    assert checks.direction_faults(module, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "from time import monotonic_ns",
        "import random",
        "from os import urandom",
        "def f():\n    import socket",
        "from datetime import datetime\ndatetime.now()",
        "import datetime\ndatetime.datetime.utcnow()",
        "from datetime import date\ndate.today()",
        "open('x')",
        "print(1)",
        "import numpy as np\nnp.random.default_rng(1)",
        "import numpy as np\nnp.load('x')",
        "from pathlib import Path",
        "import uuid",
        "import threading",
        "import subprocess",
        "import secrets",
        "hash('x')",
    ],
)
def test_the_purity_check_refuses(text):
    assert checks.purity_faults("skykeep.watch.step", text)
    assert checks.purity_faults("skykeep.ledger.tree", text)
    assert checks.purity_faults("skykeep.station.loop", text) == []


def test_the_purity_check_lets_pass():
    text = "import datetime, hashlib, math, struct\nx = datetime.datetime.fromtimestamp(0, datetime.UTC)\nnow = x.now_ns"
    assert checks.purity_faults("skykeep.watch.step", text) == []


@pytest.mark.parametrize(
    "text",
    [
        "for x in {1, 2}: pass",
        "for x in set(a): pass",
        "[x for x in {y for y in a}]",
        "list({1, 2})",
        "names = {a for a in b}\nfor name in names: pass",
        "def f():\n    seen = set()\n    return [x for x in seen]",
        "def f(seen: set[int]):\n    for x in seen: pass",
        "def f(a: frozenset[int], b):\n    for x in a - b: pass",
        "IDS = frozenset({1})\ndef f():\n    return tuple(IDS)",
        "seen: set[int] = set()\nseen.pop()",
        "','.join({'a', 'b'})",
        "[*{1, 2}]",
        "for i, x in enumerate({1, 2} | other): pass",
    ],
)
def test_the_set_check_refuses(text):
    assert checks.set_faults("skykeep.watch.step", text)


@pytest.mark.parametrize(
    "text",
    [
        "for x in sorted({1, 2}): pass",
        "1 in {1, 2}",
        "sorted(x + 1 for x in {1, 2})",
        "len({1, 2})",
        "any(x > 1 for x in {1, 2})",
        "for x in {'a': 1}: pass",
        "def f(seen: list[int]):\n    for x in seen: pass",
        "seen = set()\nseen.add(1)\nseen = sorted(seen)\nfor x in seen: pass",
        "def f():\n    x = {1}\ndef g(x: list):\n    for y in x: pass",
        "a = 5 - 3\nfor x in range(a): pass",
    ],
)
def test_the_set_check_lets_pass(text):
    assert checks.set_faults("skykeep.watch.step", text) == []


@pytest.mark.parametrize(
    "text",
    ["", "x = 1", '"""No full stop"""', '"""' + "Far too long " * 12 + '."""', '"""Two things. In one."""'],
)
def test_the_caption_check_refuses(text):
    assert checks.caption_faults("skykeep.geo.units", text)


def test_the_host_check_refuses():
    assert checks.host_faults("README.md", "see https://" + "pypi." + "org/simple")
    assert checks.host_faults("requirements/run.txt", "x @ https:" + "//example.org/x.whl")
    assert checks.host_faults("README.md", "https://example.org") == []
