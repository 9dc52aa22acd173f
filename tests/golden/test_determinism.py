"""The golden story yields the same bytes whatever the processor, the compiler and the libraries do."""

import os
import platform
import subprocess
import sys

import pytest

from tests.circumstances import apart
from tests.golden import story

multiarray = pytest.importorskip("numpy._core._multiarray_umath", reason="NumPy keeps its list of features elsewhere")

# Only features that NumPy looks for at run time and that are there can be switched off; others it warns of.
FEATURES = [name for name in multiarray.__cpu_dispatch__ if multiarray.__cpu_features__.get(name)]
GLIBC = "glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-FMA,-FMA4,-AVX_Fast_Unaligned_Load,-ERMS"

CIRCUMSTANCES = {
    "without JIT": {"NUMBA_DISABLE_JIT": "1"},
    "compiled for any processor": {"NUMBA_CPU_NAME": "generic"},
    "compiled without optimisation": {"NUMBA_OPT": "0"},
    "NumPy without vector units": {"NPY_DISABLE_CPU_FEATURES": " ".join(FEATURES)},
    "glibc without vector units": {"GLIBC_TUNABLES": GLIBC},
    "nothing but the plainest": {
        "NUMBA_DISABLE_JIT": "1",
        "NPY_DISABLE_CPU_FEATURES": " ".join(FEATURES),
        "GLIBC_TUNABLES": GLIBC,
    },
    "another hash seed and one thread": {"PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"},
    "another language and time zone": {"LC_ALL": "C", "TZ": "Pacific/Chatham"},
}


@pytest.mark.slow
@pytest.mark.parametrize("circumstance", apart(CIRCUMSTANCES))
def test_the_conclusions_are_the_same_in_other_circumstances(circumstance, root):
    changed = CIRCUMSTANCES[circumstance]
    if "glibc" in circumstance and platform.libc_ver()[0] != "glibc":
        pytest.skip("the C library here is not glibc")
    command = [sys.executable, "-m", "tests.golden"]
    result = subprocess.run(
        command, cwd=root, env={**os.environ, **changed}, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == story.SHA256.read_text("ascii").strip()


@pytest.mark.skipif(not FEATURES, reason="NumPy finds no feature here that it could do without")
def test_numpy_really_does_without():
    """Make sure that the name in the environment has its effect, or the test above would show nothing."""
    ask = (
        "import numpy._core._multiarray_umath as m; print(sum(bool(m.__cpu_features__[n]) for n in m.__cpu_dispatch__))"
    )
    environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": " ".join(FEATURES)}
    result = subprocess.run([sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "0"
