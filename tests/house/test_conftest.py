"""Skips that hide material, and failures that are asked about once more."""

import types

import pytest

from tests import conftest

SKIPPED = ("tests/x.py", 1, "Skipped: needs ../shared, which is not beside this clone")


def report(longrepr, *, skipped=True):
    return types.SimpleNamespace(skipped=skipped, longrepr=longrepr, outcome="skipped" if skipped else "passed")


@pytest.mark.parametrize(
    ("asked", "there", "one", "outcome"),
    [
        ("1", True, report(SKIPPED), "failed"),
        ("1", False, report(SKIPPED), "skipped"),
        ("", True, report(SKIPPED), "skipped"),
        ("1", True, report(("tests/x.py", 1, "Skipped: Go is not here")), "skipped"),
        ("1", True, report(None, skipped=False), "passed"),
    ],
)
def test_a_needless_skip_fails(monkeypatch, tmp_path, asked, there, one, outcome):
    monkeypatch.setenv("SKYKEEP_SHARED_REQUIRED", asked)
    monkeypatch.setattr(conftest, "SHARED", tmp_path if there else tmp_path / "missing")
    conftest._refuse_skip(one)
    assert one.outcome == outcome


@pytest.mark.parametrize(
    ("where", "marked"),
    [("tests/console/test_x.py::test_y", 1), ("tests/web/test_x.py::test_y[1]", 1), ("tests/watch/test_x.py::test_y", 0)],
)
def test_only_what_waits_for_other_processes_is_asked_once_more(where, marked):
    made = []
    item = types.SimpleNamespace(nodeid=where, add_marker=made.append)
    there = types.SimpleNamespace(pluginmanager=types.SimpleNamespace(hasplugin=lambda name: name == "rerunfailures"))
    conftest.pytest_collection_modifyitems(there, [item])
    assert [mark.kwargs for mark in made] == [{"reruns": 1}] * marked
