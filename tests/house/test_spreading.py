"""Tests are spread over processes file by file, what takes longest first."""

import pathlib
import re

import pytest

pytest.importorskip("xdist")

from tests import spreading

MARKED = re.compile(r'xdist_group\("([^"{]+)"\)|xdist_group\(f"([^"{]+)\{')


def test_the_list_of_the_longest_names_what_is_there_longest_first(root):
    named = spreading.lengths(spreading.LONGEST.read_text("utf-8"))
    marked = [a or b for file in (root / "tests").rglob("*.py") for a, b in MARKED.findall(file.read_text("utf-8"))]
    gone = [name for name in named if not (root / name).is_file() and not any(map(name.startswith, marked))]
    assert named
    assert gone == []
    assert list(named.values()) == sorted(named.values(), reverse=True)


class Node:
    """A process that keeps what it is told to run."""

    shutting_down, gateway = False, None

    def __init__(self):
        self.told = []

    def send_runtest_some(self, indices):
        self.told += indices

    def shutdown(self):
        self.shutting_down = True


SEVERAL = [
    "tests/a.py::test_one", "tests/a.py::test_two[x@y]", "tests/b.py::test_one@together", "tests/c.py::test_one",
    "tests/c.py::test_two@together", "tests/d.py::test_one", "tests/d.py::test_two", "tests/d.py::test_three",
]  # fmt: skip


def test_a_file_stays_together_and_the_longest_goes_first(pytestconfig, monkeypatch, tmp_path):
    listed = pathlib.Path(tmp_path / "longest.txt")
    listed.write_text("9 tests/c.py\n5.5 together\n", "utf-8")
    monkeypatch.setattr(spreading, "LONGEST", listed)
    monkeypatch.setattr(pytestconfig.option, "tx", ["popen"], raising=False)
    made, node = spreading.Spreading(pytestconfig), Node()
    made.add_node(node)
    made.add_node_collection(node, SEVERAL)
    made.schedule()
    while len(made.assigned_work[node]) < 4:
        made.mark_test_complete(node, next(n for n in node.told if not done(made, node, n)))
    assert node.told == [3, 2, 4, 5, 6, 7, 0, 1]


def done(made, node, number):
    return made.assigned_work[node][made._split_scope(SEVERAL[number])][SEVERAL[number]]
