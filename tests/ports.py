"""Ports on loopback that nobody else takes between asking and binding."""

import itertools
import os
import socket

FIRST, LAST = 10_000, 32_000
"""Below those which systems give to whoever asks for none, so that no connection of another test gets one of them."""
NO_BROWSER = {10080}
"""Those of them to which no browser connects (Fetch, "port blocking")."""
_NEXT = itertools.count(FIRST + os.getpid() * 7919 % (LAST - FIRST))


def free_port(kind=socket.SOCK_STREAM):
    """Return a port that nobody holds, another one at each call."""
    for number in _NEXT:
        port = FIRST + (number - FIRST) % (LAST - FIRST)
        if port in NO_BROWSER:
            continue
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("counting ends nowhere")
