"""Lock files say what pyproject.toml asks for, and what is light stays light."""

import importlib.metadata
import importlib.util
import re
import subprocess
import sys
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tests.house import checks

LOCK = checks.ROOT / "requirements"
PROJECT = tomllib.loads((checks.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
WANTED = {"run": PROJECT["project"]["dependencies"], **EXTRAS, **PROJECT["dependency-groups"]}
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(.*)$", re.MULTILINE)

# Copyleft and source-available licences that must not come in at run time.
ALONE = {"tak"}  # in an environment of its own
UNWANTED = re.compile(r"\b(A?GPL|GNU (Affero )?General|BUSL|BSL-1\.1|Business Source|SSPL)\b", re.IGNORECASE)


def pins(name):
    text = (LOCK / f"{name}.txt").read_text(encoding="utf-8")
    return {found[0].lower().replace("_", "-"): found[1] for found in PINNED.findall(text)}


@pytest.mark.parametrize("name", WANTED)
def test_the_lock_answers_pyproject(name):
    locked = pins(name) | (pins("run") | pins("build") | pins("dev") if name != "run" else {})
    for text in WANTED[name]:
        requirement = Requirement(text)
        version = locked.get(requirement.name.lower().replace("_", "-"))
        assert version, f"{text}: not in requirements/{name}.txt; run `make lock`"
        assert version in SpecifierSet(str(requirement.specifier)), f"{text}: locked at {version}; run `make lock`"


@pytest.mark.requirement("SUPPLY-1")
@pytest.mark.parametrize("name", WANTED)
def test_every_pin_has_a_hash(name):
    text = (LOCK / f"{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert lines
    assert [line for line in lines if "--hash=sha256:" not in line] == []


def test_the_locks_install_together():
    seen = {}
    for name in WANTED.keys() - ALONE:
        for package, version in pins(name).items():
            assert seen.setdefault(package, version) == version, f"{package}: two versions; run `make lock`"


@pytest.mark.requirement("SUPPLY-2")
def test_no_copyleft_at_run_time():
    for package in pins("run") | pins("nlp"):
        try:
            meta = importlib.metadata.metadata(package)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another system
        said = [*(meta.get("License-Expression") or "").split(" OR "), "\n".join(meta.get_all("Classifier") or [])]
        choices = [one for one in said[:-1] if one and not UNWANTED.search(one)]  # of several licences one is chosen
        assert choices or not UNWANTED.search("\n".join(said)), f"{package}: {said}"


LIGHT = {
    "--version": "main(['--version'], standalone_mode=False)",
    "verify --help": "main(['verify', '--help'], standalone_mode=False)",
}


@pytest.mark.parametrize("command", LIGHT)
def test_light_commands_never_import_numba(command):
    program = (
        f"import sys\nfrom skykeep.cli import main\n{LIGHT[command]}\nprint(*sorted(sys.modules), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(ended.stderr.split())
    assert "skykeep.cli" in loaded
    assert loaded.isdisjoint({"numba", "llvmlite"})
