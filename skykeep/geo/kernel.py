"""The one door to numba: `kernel` compiles a scalar loop so that it yields the bytes plain Python yields.

A kernel is a function of floats, integers and arrays with scalar loops only: no `**`, no reductions, no
`prange`, no libm. It begins with `float(x)` or `int(x)` on what it is given, because with the JIT off the
elements of an array are NumPy scalars, which warn where Python floats do not. Nothing in it divides by zero
(Python raises, machine code answers infinity) or lets an integer leave int64 (Python's grow).

numba keeps compiled kernels on disk, but asks only whether the file of the kernel itself has changed; a
kernel that called an old `exact.exp` would go on calling it. Ours are stamped with every Skykeep module that
they import, however indirectly. See docs/decisions/0005-numba.md.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import inspect
import pathlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

import numba
from numba.core import caching

_Function = TypeVar("_Function", bound=Callable[..., Any])
_ROOT = pathlib.Path(__file__).resolve().parents[2]  # the folder that holds the package


class _Cache(caching.FunctionCache):
    """numba's own cache on disk, made stale by a change in any module the kernel could have inlined."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]  # numba's caching is untyped
        # numba offers no setting for it; tests/geo/test_kernel.py sees that it takes effect.
        self._cache_file._source_stamp = _stamped(pathlib.Path(inspect.getfile(function)))  # noqa: SLF001


def kernel(function: _Function) -> _Function:
    """Compile `function` at its first call; with NUMBA_DISABLE_JIT=1 it stays the function that it is.

    `fastmath` stays off and nothing is fused, so each operation rounds as IEEE 754 says; division follows
    NumPy's rules; the GIL is released. The type is kept: mypy checks calls as if there were no decorator.
    """
    compiled: Any = numba.njit(error_model="numpy", nogil=True, fastmath=False)(function)
    if compiled is not function and _optimisation() > 0:  # unoptimised code cannot be cached
        with contextlib.suppress(RuntimeError, OSError):  # no folder to write, no source: compile once a process
            compiled._cache = _Cache(function)  # noqa: SLF001 - what `cache=True` does, with our stamp
    return cast("_Function", compiled)


def stamp(source: pathlib.Path) -> str:
    """Name what may be inside a compiled kernel of `source`: our modules, and how far it was optimised."""
    digest = hashlib.sha256(str(_optimisation()).encode())
    for path in sorted(_closure(source.resolve())):
        digest.update(path.read_bytes())
    return digest.hexdigest()


# For the life of a process: a module holds many kernels, and a file that changes later is not what was imported.
_stamped = functools.cache(stamp)


def _optimisation() -> int:
    return int(getattr(numba.config, "OPT"))  # noqa: B009 - numba sets it at run time, unseen by mypy


def _closure(source: pathlib.Path) -> set[pathlib.Path]:
    """Return `source` with every module of the package that it imports, directly or through others."""
    found, waiting = {source}, [source]
    while waiting:
        new = _imports(waiting.pop()) - found
        found |= new
        waiting += new
    return found


@functools.cache
def _imports(source: pathlib.Path) -> frozenset[pathlib.Path]:
    tree = ast.parse(source.read_bytes())
    candidates = (_ROOT.joinpath(*name.split(".")) for node in _statements(tree) for name in _names(node))
    files = {path for name in candidates for path in (name.with_suffix(".py"), name / "__init__.py")}
    return frozenset(path for path in files if path.is_file())


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield every statement in `node`, however deep; expressions, which are most of a tree, are not entered."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        within = getattr(node, field, ())
        for each in within if isinstance(within, list) else ():
            yield each
            yield from _statements(each)


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name.startswith("skykeep"))
    elif isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").startswith("skykeep"):
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
        yield str(node.module)
