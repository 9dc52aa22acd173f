"""What stations are run with: unit, container file, scripts, the list of what we depend on, and what is known of it."""

import configparser
import json
import os
import re
import shutil
import subprocess

import pytest

from scripts import audited
from tests.house import checks
from tests.house.test_dependencies import pins

DEPLOY = checks.ROOT / "deploy"
UNIT = DEPLOY / "skykeep.service"
CONTAINER = DEPLOY / "Containerfile"
BIN = checks.ROOT / ".venv" / "bin"


def unit():
    read = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes="#", delimiters="=")
    read.optionxform = str
    read.read_string(UNIT.read_text())
    return read


@pytest.mark.requirement("STATION-UNIT-1")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not on this machine")
    there = tmp_path / "skykeep.service"
    there.write_text(UNIT.read_text().replace("/opt/skykeep/bin/skykeep", shutil.which("true")))
    done = subprocess.run(["systemd-analyze", "verify", there], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_is_as_closed_as_it_says():
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not on this machine")
    asked = ["systemd-analyze", "security", "--offline=yes", "--no-pager", UNIT]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    found = re.search(r"exposure level for skykeep.service: (\d+\.\d)", done.stdout)
    if found is None:
        pytest.skip(f"this systemd cannot look at a unit offline: {done.stderr.strip()[:200]}")
    assert float(found[1]) <= 2.0


def test_the_unit_starts_again_for_ever_but_not_what_is_configured_wrongly():
    service = unit()["Service"]
    assert service["ExecStart"].endswith("skykeep serve /var/lib/skykeep")
    assert (service["Restart"], service["RestartPreventExitStatus"]) == ("on-failure", "2")
    assert unit()["Unit"]["StartLimitIntervalSec"] == "0"
    assert (service["Type"], service["NotifyAccess"], service["WatchdogSec"]) == ("notify", "main", "60")
    assert (service["User"], service["UMask"], service["ProtectSystem"]) == ("skykeep", "0077", "strict")


def tool(name):
    found = BIN / name
    if not found.exists():
        pytest.skip(f"{name} is not installed")
    return found


@pytest.mark.requirement("STATION-CONTAINER-1")
def test_the_container_file_is_without_fault():
    done = subprocess.run([tool("hadolint"), "--no-color", CONTAINER], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_container_runs_without_root_and_installs_by_hash():
    text = CONTAINER.read_text()
    last = text.rsplit("\nFROM ", 1)[1]
    assert re.search(r"^USER \d+:\d+$", last, re.MULTILINE)
    assert "pip install" not in last
    assert "--require-hashes -r requirements/run.txt" in text
    assert all(":" in image for image in re.findall(r"^FROM (\S+)", text, re.MULTILINE))
    assert all((checks.ROOT / name).exists() for name in ("requirements/run.txt", "requirements/build.txt", "LICENSE"))


@pytest.mark.parametrize("script", ["sbom", "audit", "set-up", "lock", "system-packages"])
def test_scripts_are_without_fault(script):
    path = checks.ROOT / "scripts" / script
    done = subprocess.run([tool("shellcheck"), path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.requirement("SUPPLY-3")
def test_the_list_of_what_we_depend_on_names_every_locked_package(tmp_path):
    tool("cyclonedx-py")
    script = checks.ROOT / "scripts" / "sbom"
    subprocess.run(
        [script, tmp_path / "sbom.json"], check=True, capture_output=True, env={**os.environ, "BIN": str(BIN)}
    )
    made = json.loads((tmp_path / "sbom.json").read_text())
    listed = {each["name"].lower().replace("_", "-"): each["version"] for each in made["components"]}
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    assert made["metadata"]["component"]["name"] == "skykeep"
    assert listed == pins("run")
    assert all(each["purl"].startswith("pkg:pypi/") for each in made["components"])


PACKAGES = {"dependencies": [{"name": "a", "version": "1", "vulns": []}, {"name": "b", "version": "2", "vulns": []}]}
HOLE = {"id": "GHSA-1", "fix_versions": ["2.1"]}


def test_an_audit_does_not_take_silence_for_an_answer():
    assert audited.said(json.dumps(PACKAGES)) == (0, ["2 of 2 packages were looked at, 0 holes are known"])
    unknown = {"dependencies": [*PACKAGES["dependencies"], {"name": "c", "skip_reason": "not found"}]}
    code, lines = audited.said(json.dumps(unknown))
    assert code == 2
    assert "not looked at: c" in lines
    assert audited.said('{"dependencies": []}')[0] == 2
    holed = {"dependencies": [*unknown["dependencies"], {"name": "d", "version": "1", "vulns": [HOLE]}]}
    code, lines = audited.said(json.dumps(holed))
    assert code == 1
    assert lines[-1] == "d 1: GHSA-1, mended in 2.1"


@pytest.mark.requirement("SUPPLY-4")
def test_nothing_is_known_against_what_we_depend_on():
    tool("pip-audit")
    script = checks.ROOT / "scripts" / "audit"
    done = subprocess.run(
        [script], capture_output=True, text=True, check=False, timeout=300, env={**os.environ, "BIN": str(BIN)}
    )
    if done.returncode == 2:
        pytest.skip("what is known of packages cannot be asked from here")
    assert done.returncode == 0, done.stdout
