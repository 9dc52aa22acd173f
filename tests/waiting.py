"""Waiting for what other threads and processes do: asked again and again until it is so, or the test has failed."""

import time

PATIENCE_S = 180.0
"""A failure takes so long; nothing else does, so it is meant for the slowest machine under the greatest load."""


def until(found, what="what the test waits for", patience_s=PATIENCE_S):
    """Return what `found` gives as soon as it is true; `what`, or what it gives, says in vain for what."""
    end_s = time.monotonic() + patience_s
    while not (answer := found()):
        said = what() if callable(what) else what
        assert time.monotonic() < end_s, f"waited {patience_s:g} s in vain for {said}"
        time.sleep(0.01)
    return answer
