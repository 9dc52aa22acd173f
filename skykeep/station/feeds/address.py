"""Addresses as the configuration writes them: `host:port`, `[::1]:port`, with a scheme before it or without."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import NamedTuple

from skykeep.errors import Refused

PORT_MAX = 65_535
_KNOWN_MAX = 4_096


class Address(NamedTuple):
    """Where something is, or listens."""

    scheme: str
    host: str
    port: int


def parsed(text: str, *, port: int | None = None) -> Address:
    """Return an address; `port` is taken where it gives none. Raises Refused for what is none."""
    scheme, found, rest = text.rpartition("://")
    host, colon, digits = rest.rpartition(":")
    if (not colon or digits.endswith("]")) and port is not None:
        host, digits = rest, str(port)
    host = host.removeprefix("[").removesuffix("]")
    if not (digits.isascii() and digits.isdigit() and int(digits) <= PORT_MAX) or (scheme and not found):
        raise Refused(f"address {text!r}: write host:port, such as 192.0.2.7:30003 or [::1]:30003")
    return Address(scheme.lower(), host, int(digits))


def admitted(networks: list[str]) -> Callable[[str], bool]:
    """Return what says whether an address lies in one of the networks; with none all are admitted."""
    try:
        allowed = [ipaddress.ip_network(network, strict=False) for network in networks]
    except ValueError as error:
        raise Refused(f"allow: {error}; write networks such as 192.0.2.0/24") from error
    known: dict[str, bool] = {}

    def admits(host: str) -> bool:
        if not allowed:
            return True
        if host not in known:
            if len(known) >= _KNOWN_MAX:
                known.clear()
            known[host] = _within(host, allowed)
        return known[host]

    return admits


def _within(host: str, allowed: list[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    address = ipaddress.ip_address(host.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in allowed)
