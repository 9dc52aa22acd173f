"""How many requests one address, token or session may send: so many a minute, none of them hoarded.

The generic cell rate algorithm (ITU-T I.371, 5.4): of each key only the time is kept at which it would be idle again. A
whole minute's worth may come at once. Keys that were not heard of for longest are forgotten when there are too many.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict

KEYS_MAX = 20_000
_NETWORK_V6 = 64  # bits: one customer has at least such a network, so that its addresses count as one


class Limits:
    """A limit for each key; for one thread."""

    def __init__(self, per_minute: float, *, keys_max: int = KEYS_MAX) -> None:
        self._interval_s = 60.0 / per_minute
        self._burst_s = 60.0
        self._keys_max = keys_max
        self._idle_s: OrderedDict[str, float] = OrderedDict()

    def take(self, key: str, now_s: float, *, times: float = 1.0) -> float:
        """Count a request, or one as dear as several; returns how many seconds it must wait, 0 where it may go on.

        What must wait is not counted.
        """
        idle_s = max(self._idle_s.get(key, 0.0), now_s) + self._interval_s * times
        if idle_s - now_s > self._burst_s:
            return idle_s - now_s - self._burst_s
        self._idle_s[key] = idle_s
        self._idle_s.move_to_end(key)
        while len(self._idle_s) > self._keys_max:
            self._idle_s.popitem(last=False)
        return 0.0


def address_key(address: str) -> str:
    """Return what an address counts as: itself, or its network of IPv6."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "?"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.IPv6Network((found, _NETWORK_V6), strict=False))
    return str(found)


def client_address(peer: str, forwarded: str, *, trust_proxy: bool) -> str:
    """Return who sends a request: the peer, or what our own proxy says it heard it from: the last word, its own."""
    if not trust_proxy or not forwarded:
        return peer
    return forwarded.rpartition(",")[2].strip() or peer
