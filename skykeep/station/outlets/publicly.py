"""Addresses that we are told from outside must be public ones, and what was looked up is what is connected to.

A browser says where its push service is: an address that a person could choose. It must not make the station ask
machines behind its own walls (server-side request forgery), so every address that the name has must be a public one,
and the connection goes to one of those and does not look the name up again.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable

import httpx

from skykeep.errors import Refused, Unavailable

Lookup = Callable[[str, int], Awaitable[list[str]]]
PORT = 443


async def addresses(host: str, port: int) -> list[str]:
    """Return the addresses of a host; raises Unavailable where it has none."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unavailable(f"{host} has no address: {error}") from error
    return [str(where[0]) for *_, where in found]


async def pinned(url: httpx.URL, *, private: bool = False, lookup: Lookup = addresses) -> tuple[httpx.URL, str]:
    """Return `url` with an address in the place of its host, and the host; raises Refused where one is not public.

    `private`: for tests and closed networks, whose push service is their own.
    """
    check(url)
    found = await lookup(url.host, url.port or PORT)
    if not found:
        raise Unavailable(f"{url.host} has no address")
    inside = [each for each in found if not is_public(each)]
    if inside and not private:
        raise Refused(f"{url.host} is {inside[0]}, which is no public address: nothing is sent there")
    return url.copy_with(host=found[0]), url.host


def check(url: httpx.URL) -> None:
    """Raise Refused where an address is not plain https to a named host."""
    if url.scheme != "https" or not url.host or url.userinfo:
        raise Refused("an endpoint of Web Push is https, and names its host and no user")


def is_public(address: str) -> bool:
    """Return whether everybody can reach an address; a mapped or translated one counts as what it stands for."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
