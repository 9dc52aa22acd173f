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

import contextlib
import functools
import hashlib
import inspect
import os
import pathlib
import re
import sys
import types
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from numba.core import caching

PLAIN = "SKYKEEP_PLAIN_KERNELS"
"""Set in the environment: kernels stay the functions that they are, and numba is not even loaded."""

_Function = TypeVar("_Function", bound=Callable[..., Any])
_ROOT = pathlib.Path(__file__).resolve().parents[2]  # the folder that holds the package


def kernel(function: _Function) -> _Function:
    """Compile `function` at its first call; with NUMBA_DISABLE_JIT=1 it stays the function that it is.

    `fastmath` stays off and nothing is fused, so each operation rounds as IEEE 754 says; division follows
    NumPy's rules; the GIL is released. The type is kept: mypy checks calls as if there were no decorator.
    """
    if PLAIN in os.environ:
        return function
    numba = _numba()
    compiled: Any = numba.njit(error_model="numpy", nogil=True, fastmath=False)(function)
    if compiled is not function and _optimisation() > 0:  # unoptimised code cannot be cached
        with contextlib.suppress(RuntimeError, OSError):  # no folder to write, no source: compile once a process
            compiled._cache = _cache(function)  # noqa: SLF001 - what `cache=True` does, with our stamp
    return cast("_Function", compiled)


@functools.cache
def _numba() -> types.ModuleType:
    """Return numba, loaded without the linear algebra of scipy, which is 30 MB and which no kernel may call.

    numba asks for it once, where its `arraymath` is imported, and does without it where there is none. Others may
    import it afterwards.
    """
    keep = "scipy.linalg" in sys.modules
    if not keep:
        sys.modules["scipy.linalg"] = cast("types.ModuleType", None)  # importing this raises ImportError
    try:
        import numba
        import numba.np.arraymath
    finally:
        if not keep:
            del sys.modules["scipy.linalg"]
    return numba


def _cache(function: Callable[..., Any]) -> caching.FunctionCache:
    """Return numba's own cache on disk, made stale by a change in any module the kernel could have inlined."""
    from numba.core import caching

    made = caching.FunctionCache(function)  # type: ignore[no-untyped-call]  # numba's caching is untyped
    # numba offers no setting for it; tests/geo/test_kernel.py sees that it takes effect.
    made._cache_file._source_stamp = _stamped(pathlib.Path(inspect.getfile(function)))  # noqa: SLF001
    return made


def stamp(source: pathlib.Path) -> str:
    """Name what may be inside a compiled kernel of `source`: our modules, and how far it was optimised."""
    digest = hashlib.sha256(str(_optimisation()).encode())
    for path in sorted(_closure(source.resolve())):
        digest.update(path.read_bytes())
    return digest.hexdigest()


# For the life of a process: a module holds many kernels, and a file that changes later is not what was imported.
_stamped = functools.cache(stamp)


def _optimisation() -> int:
    return int(getattr(_numba().config, "OPT"))  # noqa: B009 - numba sets it at run time, unseen by mypy


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
    """Return the modules of the package that a file imports, and perhaps some that it only speaks of.

    Read by pattern: to parse a hundred files takes half a second of every start. tests/geo/test_kernel.py sees that
    none is missed.
    """
    candidates = (_ROOT.joinpath(*name.split(".")) for name in _names(source.read_text("utf-8")))
    files = {path for name in candidates for path in (name.with_suffix(".py"), name / "__init__.py")}
    return frozenset(path for path in files if path.is_file())


_IMPORT = re.compile(r"^[ \t]*import[ \t]+(.*)", re.MULTILINE)
_FROM = re.compile(r"^[ \t]*from[ \t]+(skykeep[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|.*)", re.MULTILINE)


def _names(text: str) -> Iterator[str]:
    """Yield what may be modules: the imported ones, and each name that is imported from one."""
    for found in _IMPORT.finditer(text):
        yield from re.findall(r"skykeep[\w.]*", found[1])
    for found in _FROM.finditer(text):
        yield found[1]
        yield from (f"{found[1]}.{name}" for name in re.findall(r"\w+", found[2]))
