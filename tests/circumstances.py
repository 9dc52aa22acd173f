"""Where a test says the same in other circumstances: those that compile for any processor run in one process."""

import pytest


def apart(circumstances):
    """Parameters for these names; those "for any processor" share what they compile, instead of compiling at once."""
    return [
        pytest.param(name, marks=pytest.mark.xdist_group("generic")) if "any processor" in name else name
        for name in circumstances
    ]


PLAIN_OR_GENERIC = {"without JIT": {"NUMBA_DISABLE_JIT": "1"}, "any processor": {"NUMBA_CPU_NAME": "generic"}}
