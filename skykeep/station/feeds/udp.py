"""Datagrams: one thread reads them in batches, and asks the kernel how many it threw away."""

from __future__ import annotations

import ipaddress
import select
import socket
import struct
import threading

from skykeep.errors import Refused, Unavailable
from skykeep.station.feeds import address, cutting
from skykeep.station.feeds.door import Door
from skykeep.station.feeds.threads import in_thread

BATCH = 256
_DATAGRAM_MAX = 65_535
_WAIT_MS = 500
_SO_MEMINFO, _MEMINFO, _DROPS = 55, struct.Struct("9I"), 8  # Linux: linux/sock_diag.h, SK_MEMINFO_DROPS
_SO_RCVBUFFORCE = 33  # Linux: beyond net.core.rmem_max, for root
_TURN = 1 << 32


class Udp:
    """Frames that anybody can send: a datagram proves nothing, so the feed must be configured as anonymous."""

    def __init__(self, door: Door) -> None:
        self._door, config = door, door.config
        if not config.anonymous:
            raise Refused(
                f"feed {config.name}: nobody can prove who sends a datagram: write anonymous = true, "
                "and in `allow` the networks that senders have"
            )
        self._form = door.form
        self._where = address.parsed(config.address)
        self._admits = address.admitted(config.allow)
        self._dropped = 0

    async def run(self) -> None:
        """Hear until cancelled; raises Unavailable where it cannot listen."""
        with self._opened() as heard:
            self._door.bound = heard.getsockname()[:2]
            self._door.connected()
            await in_thread(f"feed {self._door.config.name}", lambda stop: self._read(heard, stop))

    def _opened(self) -> socket.socket:
        _, host, port = self._where
        try:
            kind, *_, where = socket.getaddrinfo(host or None, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)[0]
            heard = socket.socket(kind, socket.SOCK_DGRAM)
        except OSError as error:
            raise Unavailable(f"udp {self._door.config.address}: {error}") from error
        try:
            self._prepare(heard, host)
            heard.bind(where)
        except OSError as error:
            heard.close()
            raise Unavailable(f"udp {self._door.config.address}: {error}") from error
        heard.setblocking(False)
        return heard

    def _prepare(self, heard: socket.socket, host: str) -> None:
        wanted = self._door.config.receive_buffer_bytes
        heard.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, wanted)
        if heard.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) < wanted:
            self._force(heard, wanted)
        if _is_multicast(host):
            heard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            group = socket.inet_aton(host) + socket.inet_aton("0.0.0.0")  # noqa: S104  # on whichever interface leads there
            heard.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)

    def _force(self, heard: socket.socket, wanted: int) -> None:
        try:
            heard.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, wanted)
        except OSError:
            got = heard.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
            self._door.note(
                f"the kernel keeps only {got} bytes for it, not {wanted}: allow more with "
                f"sysctl net.core.rmem_max={wanted}, or packets are lost in bursts"
            )

    def _read(self, heard: socket.socket, stop: threading.Event) -> None:
        ready = select.poll()
        ready.register(heard, select.POLLIN)
        self._dropped = 0
        while not stop.is_set():
            if ready.poll(_WAIT_MS):
                self._batch(heard)
            self._count_drops(heard)

    def _batch(self, heard: socket.socket) -> None:
        door, config, form = self._door, self._door.config, self._form
        arrivals = []
        for _ in range(BATCH):
            try:
                data, sender = heard.recvfrom(_DATAGRAM_MAX)
            except BlockingIOError:
                break
            except OSError as error:  # what another socket answered to us, or an interface that is down
                door.note(f"udp: {error}")
                break
            if config.allow and not self._admits(sender[0]):
                door.counts.turned_away += 1
                continue
            arrivals += door.arrivals(cutting.of_message(form, data, config.link))
        if arrivals:
            door.put(arrivals)

    def _count_drops(self, heard: socket.socket) -> None:
        """Count what the kernel threw away since the last look; where it does not say, nothing can be counted."""
        try:
            told = heard.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
        except OSError:
            return
        drops = _MEMINFO.unpack(told)[_DROPS]
        if drops != self._dropped:
            self._door.outside.inbox.dropped(self._door.config.name, (drops - self._dropped) % _TURN)
            self._dropped = drops


def _is_multicast(host: str) -> bool:
    try:
        return ipaddress.IPv4Address(host).is_multicast
    except ValueError:
        return False
