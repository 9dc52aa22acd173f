"""The door to numba: types kept, caches that notice a change elsewhere."""

import ast
import pathlib
import subprocess
import sys

import skykeep
from skykeep.geo import exact, kernel

ROOT = pathlib.Path(skykeep.__file__).parent


def test_a_cache_is_stale_when_a_module_it_inlines_changes(monkeypatch, tmp_path):
    package = tmp_path / "skykeep"
    package.mkdir()
    (package / "law.py").write_text("from skykeep import deep\n")
    (package / "deep.py").write_text("from skykeep.far import LIMIT\n")
    (package / "far.py").write_text("LIMIT = 1\n")
    (package / "apart.py").write_text("LIMIT = 1\n")
    monkeypatch.setattr(kernel, "_ROOT", tmp_path)
    before = kernel.stamp(package / "law.py")
    (package / "apart.py").write_text("LIMIT = 2\n")
    assert kernel.stamp(package / "law.py") == before
    (package / "far.py").write_text("LIMIT = 2\n")
    assert kernel.stamp(package / "law.py") != before


def test_the_stamp_of_a_real_kernel_names_its_modules():
    assert kernel._closure(ROOT / "geo" / "exact.py") >= {
        ROOT / "geo" / "exact.py",
        ROOT / "geo" / "kernel.py",
    }


def test_the_stamp_is_in_the_cache(monkeypatch):
    if hasattr(exact.exp, "py_func"):
        assert exact.exp._cache._cache_file._source_stamp == kernel.stamp(ROOT / "geo" / "exact.py")


def test_without_jit_a_kernel_is_its_function():
    code = "from skykeep.geo import exact; import types; assert type(exact.exp) is types.FunctionType"
    subprocess.run([sys.executable, "-c", code], env={"NUMBA_DISABLE_JIT": "1"}, check=True)


def test_numba_is_imported_in_one_place():
    importers = [path for path in ROOT.rglob("*.py") if "import numba" in path.read_text(encoding="utf-8")]
    assert importers == [ROOT / "geo" / "kernel.py"]


def test_no_import_is_missed_by_the_pattern():
    for path in ROOT.rglob("*.py"):
        text = path.read_text("utf-8")
        assert {name for node in ast.walk(ast.parse(text)) for name in imported(node)} <= set(kernel._names(text)), path


def imported(node):
    """Return what a statement imports of the package, as the compiler reads it."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if alias.name.startswith("skykeep")]
    if isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").startswith("skykeep"):
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def test_linear_algebra_is_not_loaded_for_kernels_and_can_be_afterwards():
    code = (
        "import sys; from skykeep.geo import exact; exact.exp(1.0); assert 'scipy.linalg' not in sys.modules; "
        "import scipy.linalg; assert scipy.linalg.norm([3.0, 4.0]) == 5.0"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
