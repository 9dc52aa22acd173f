"""What browsers are given that others wrote is what the lock says, under licences that we can pass on."""

import pathlib
import re

import pytest

from scripts import draw_town, refresh_vendored
from tests.house import checks

PACKAGES = refresh_vendored.packages()
SHIPPED = frozenset({"BSD-3-Clause", "MIT", "Apache-2.0", "ISC", "OFL-1.1"})
FOR_TESTS = SHIPPED | {"MPL-2.0"}


@pytest.mark.requirement("SUPPLY-1")
def test_every_file_is_the_one_of_the_lock():
    assert refresh_vendored.wrong() == []


def test_a_changed_file_and_one_too_many_are_found(tmp_path, monkeypatch):
    package = PACKAGES[0]._replace(into=tmp_path / "vendor" / "one", files={"dist/a.js": "00"}, ours={})
    monkeypatch.setattr(refresh_vendored, "packages", lambda: [package])
    assert [line.rpartition(": ")[2] for line in refresh_vendored.wrong()] == ["is not there"]
    package.into.mkdir(parents=True)
    (package.into / "a.js").write_text("changed")
    (package.into / "b.js").write_text("too many")
    assert [pathlib.Path(line.partition(": ")[0]).name for line in refresh_vendored.wrong()] == ["a.js", "b.js"]


@pytest.mark.requirement("SUPPLY-2")
@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_each_has_its_licence_beside_it(package):
    shipped = checks.ROOT / "skykeep" in package.into.parents
    assert package.licence in (SHIPPED if shipped else FOR_TESTS)
    assert [path.name for path in package.kept() if path.name.startswith("LICENSE")]
    assert package.integrity.startswith("sha512-")
    assert all(re.fullmatch("[0-9a-f]{64}", sha256) for sha256 in package.kept().values())


def test_an_archive_with_another_hash_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(refresh_vendored, "fetch", lambda package, folder: (tmp_path / "x.tgz", "sha512-other"))
    with pytest.raises(SystemExit, match="the archive is sha512-other"):
        refresh_vendored.refresh(PACKAGES[0], tmp_path, accept=False)


def test_the_map_of_the_invented_town_is_as_it_is_drawn():
    assert draw_town.main(["--check"]) == 0
