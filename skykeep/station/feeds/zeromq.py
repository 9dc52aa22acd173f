"""ZeroMQ (ZMTP 3): what publishers send; we connect to them, or they to us."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import zmq
from zmq.utils.monitor import parse_monitor_message

from skykeep.errors import Refused, Unavailable
from skykeep.station.feeds import cutting
from skykeep.station.feeds.door import Door
from skykeep.station.feeds.threads import in_thread

_WAIT_MS = 200
_HEARTBEAT_MS, _HEARTBEAT_LOST_MS = 10_000, 30_000
_RECONNECT_MS = 500
_WAITING_MAX = 1_000  # messages within the library; beyond it the publisher drops, and does not say how many


class ZeroMq:
    """One SUB socket; the library does not say that it is connected unless it is watched."""

    def __init__(self, door: Door) -> None:
        self._door, config = door, door.config
        self._form = door.form
        if not config.address.startswith(("tcp://", "ipc://")):
            raise Refused(f"feed {config.name}: address {config.address!r}: write tcp://host:port or ipc://file")
        if config.bind and not config.anonymous:
            raise Refused(
                f"feed {config.name}: whoever reaches the socket can publish there: write anonymous = true, or let us "
                "connect to the publisher"
            )

    async def run(self) -> None:
        """Hear until cancelled; raises Unavailable where the socket cannot be had."""
        await in_thread(f"feed {self._door.config.name}", self._read)

    def _read(self, stop: threading.Event) -> None:
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        heard = context.socket(zmq.SUB)
        monitor = heard.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED)
        try:
            self._prepare(heard)
            self._open(heard)
            ready = zmq.Poller()
            ready.register(heard, zmq.POLLIN)
            ready.register(monitor, zmq.POLLIN)
            begun_s = time.monotonic()
            while not stop.is_set():
                which = dict(ready.poll(_WAIT_MS))
                if heard in which:
                    self._take(heard, stop)
                elif monitor in which:  # only once all is read that came before
                    self._watch(monitor)
                elif not self._door.counts.connected and time.monotonic() - begun_s > self._door.config.connect_s:
                    raise Unavailable("no publisher is there")
        finally:
            heard.disable_monitor()
            monitor.close(linger=0)
            heard.close(linger=0)
            context.term()

    def _take(self, heard: zmq.Socket[bytes], stop: threading.Event) -> None:
        payload = self._payload(heard.recv_multipart())
        pieces = cutting.of_message(self._form, payload, self._door.config.link)
        self._door.take_blocking(self._door.arrivals(pieces), stop)

    def _prepare(self, heard: zmq.Socket[bytes]) -> None:
        config = self._door.config
        for option, value in (
            (zmq.LINGER, 0),
            (zmq.RCVHWM, _WAITING_MAX),
            (zmq.MAXMSGSIZE, cutting.FRAME_MAX),
            (zmq.TCP_KEEPALIVE, 1),
            (zmq.HEARTBEAT_IVL, _HEARTBEAT_MS),
            (zmq.HEARTBEAT_TIMEOUT, _HEARTBEAT_LOST_MS),
            (zmq.CONNECT_TIMEOUT, round(config.connect_s * 1e3)),
            (zmq.RECONNECT_IVL, min(_RECONNECT_MS, round(config.backoff_max_s * 1e3))),
            (zmq.RECONNECT_IVL_MAX, round(config.backoff_max_s * 1e3)),
        ):
            heard.setsockopt(option, value)
        for topic in config.topics or [""]:
            heard.setsockopt(zmq.SUBSCRIBE, topic.encode())

    def _open(self, heard: zmq.Socket[bytes]) -> None:
        config = self._door.config
        try:
            if not config.bind:
                heard.connect(config.address)
                return
            heard.bind(config.address)
        except zmq.ZMQError as error:
            raise Unavailable(f"zmq {config.address}: {error}") from error
        host, _, port = heard.getsockopt_string(zmq.LAST_ENDPOINT).removeprefix("tcp://").rpartition(":")
        if port.isdigit():
            self._door.bound = host, int(port)
        self._door.connected()

    def _payload(self, parts: Sequence[bytes]) -> bytes:
        """Return the last part of a message; of a message of one part, what follows the topic and a space."""
        if len(parts) > 1:
            return parts[-1]
        for topic in self._door.config.topics:
            begin = topic.encode() + b" "
            if topic and parts[0].startswith(begin):
                return parts[0][len(begin) :]
        return parts[0]

    def _watch(self, monitor: zmq.Socket[bytes]) -> None:
        """Follow how the connection to the publisher comes and goes; publishers that come to us may come and go."""
        event = parse_monitor_message(monitor.recv_multipart())
        if self._door.config.bind:
            return
        if event["event"] == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            self._door.connected()
        else:  # the library would connect again, but not after a message that was too long
            raise Unavailable("the publisher is lost")
