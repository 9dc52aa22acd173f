"""How many may be connected at a time, in all and from one address."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from skykeep.station.feeds import address
from skykeep.station.feeds.config import FeedConfig


class Admission:
    """Counts the open connections of one server."""

    def __init__(self, config: FeedConfig) -> None:
        self._config = config
        self._admits = address.admitted(config.allow)
        self._open: dict[str, int] = {}

    def why_not(self, peer: str) -> str:
        """Return why an address may not connect now; "" where it may."""
        config = self._config
        if not self._admits(peer):
            return f"{peer} is in none of the networks of `allow`"
        if sum(self._open.values()) >= config.connections_max:
            return f"{config.connections_max} connections are open, which is the most"
        if self._open.get(peer, 0) >= config.connections_per_address_max:
            return f"{peer} has {config.connections_per_address_max} connections open, which is the most"
        return ""

    @contextlib.contextmanager
    def entered(self, peer: str) -> Iterator[None]:
        """Count a connection while it lasts."""
        self._open[peer] = self._open.get(peer, 0) + 1
        try:
            yield
        finally:
            self._open[peer] -= 1
            if not self._open[peer]:
                del self._open[peer]
