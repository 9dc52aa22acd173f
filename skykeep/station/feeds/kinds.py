"""The kinds of feed by name: ours, and those that other packages add by entry points of the group `skykeep.feeds`."""

from __future__ import annotations

import functools
import importlib.metadata
from collections.abc import Callable
from typing import Protocol, cast

from skykeep.errors import Refused
from skykeep.station.feeds.config import FeedConfig
from skykeep.station.feeds.door import Door

GROUP = "skykeep.feeds"


class Feed(Protocol):
    """One feed. Made from its door; raises Refused there where its configuration makes no sense."""

    async def run(self) -> None:
        """Hear until cancelled, or until all was told; raises Unavailable or OSError where it is to be tried again."""


Maker = Callable[[Door], Feed]

OURS = (
    "udp", "tcp_client", "tcp_server", "websocket", "websocket_server", "http_poll", "mqtt", "zmq", "replay",
    "simulator", "push",
)  # fmt: skip


def _ours(kind: str) -> Maker:
    """Return one of our own; what it needs of other people's is imported only where it is configured."""
    match kind:
        case "udp":
            from skykeep.station.feeds.udp import Udp

            return Udp
        case "tcp_client" | "tcp_server":
            from skykeep.station.feeds import tcp

            return tcp.TcpClient if kind == "tcp_client" else tcp.TcpServer
        case "websocket" | "websocket_server":
            from skykeep.station.feeds import websocket

            return websocket.WebSocketClient if kind == "websocket" else websocket.WebSocketServer
        case "http_poll":
            from skykeep.station.feeds.polled import HttpPoll

            return HttpPoll
        case "mqtt":
            from skykeep.station.feeds.mqtt import Mqtt

            return Mqtt
        case "zmq":
            from skykeep.station.feeds.zeromq import ZeroMq

            return ZeroMq
        case "replay":
            from skykeep.station.feeds.recorded import Replay

            return Replay
        case "push":
            from skykeep.station.feeds.pushed import Push

            return Push
        case "simulator":
            from skykeep.station.feeds.simulator import Simulator

            return Simulator
        case _:
            raise Refused(f"kind {kind!r} is not there yet")


@functools.cache
def _others() -> dict[str, importlib.metadata.EntryPoint]:
    return {point.name: point for point in importlib.metadata.entry_points(group=GROUP)}


def maker(config: FeedConfig) -> Maker:
    """Return what makes a feed of this kind; raises Refused with the kinds that there are."""
    if config.kind in OURS:
        return _ours(config.kind)
    point = _others().get(config.kind)
    if point is None:
        kinds = ", ".join([*OURS, *sorted(_others())])
        raise Refused(f"feed {config.name}: there is no kind {config.kind!r}; the kinds are {kinds}")
    try:
        return cast("Maker", point.load())
    except (ImportError, AttributeError) as error:
        raise Refused(f"feed {config.name}: kind {config.kind} of {point.value} cannot be loaded: {error}") from error
