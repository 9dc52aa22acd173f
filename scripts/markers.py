"""Which tests carry `requirement` and `capability` markers, read from their source."""

import ast
import pathlib
from collections.abc import Iterator
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[1]


class Marked(NamedTuple):
    """One value of one marker on one test: what is shown, where."""

    value: str
    test: str


def marked(marker: str, tests: pathlib.Path = ROOT / "tests") -> list[Marked]:
    """Every value given to `pytest.mark.<marker>` under `tests`, by file, then line."""
    return [
        found
        for path in sorted(tests.rglob("test_*.py"))
        for found in in_text(marker, path.read_text(encoding="utf-8"), path.relative_to(tests.parent).as_posix())
    ]


def in_text(marker: str, text: str, name: str) -> list[Marked]:
    """The same for one file; a marker on a module or class stands for that module or class."""
    return list(_walk(ast.parse(text), marker, name))


def _walk(node: ast.AST, marker: str, where: str) -> Iterator[Marked]:
    for child in ast.iter_child_nodes(node):
        inner = where
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = f"{where}::{child.name}"
        if isinstance(child, ast.Call) and ast.unparse(child.func) in (f"pytest.mark.{marker}", f"mark.{marker}"):
            for value in child.args:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield Marked(value.value, where)
        yield from _walk(child, marker, inner)
