"""WebSockets (RFC 6455), by us or to us: a message is a frame, or several lines."""

from __future__ import annotations

import asyncio
import http
import logging
from collections.abc import Sequence

from websockets.asyncio.client import connect
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from skykeep.errors import Refused, Unavailable
from skykeep.station.feeds import address, cutting, tls
from skykeep.station.feeds.admitting import Admission
from skykeep.station.feeds.door import NOBODY, Door, Who

PROTOCOL = "skykeep.feed"
KEY_PROTOCOL = "skykeep.key."
"""Where a program cannot set headers, it offers the subprotocols `skykeep.feed` and `skykeep.key.<its key>`."""
_QUEUE = 16
_PING_S = 20.0
_silent = logging.getLogger("skykeep.feeds.websocket")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False  # what strangers send is counted by us, and not told a second time with a trace


class WebSocketClient:
    """We connect to a server that sends frames."""

    def __init__(self, door: Door) -> None:
        self._door, config = door, door.config
        if not config.address.startswith(("ws://", "wss://")):
            raise Refused(f"feed {config.name}: address {config.address!r}: write ws://… or wss://…")
        encrypted = config.address.startswith("wss://")
        if config.ca_file and not encrypted:
            raise Refused(f"feed {config.name}: with ca_file the address begins with wss://")
        self._tls = tls.for_client(config, door.home, asked=encrypted)
        self._key = door.home.secret(config.password_file) if config.password_file else ""
        self._proves = bool(self._tls and config.ca_file and config.sensor_id)

    async def run(self) -> None:
        """Connect and hear until cancelled; raises Unavailable where the connection is lost."""
        config = self._door.config
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else None
        try:
            async with connect(
                config.address,
                ssl=self._tls,
                additional_headers=headers,
                open_timeout=config.connect_s,
                ping_interval=_PING_S,
                ping_timeout=_PING_S,
                max_size=cutting.FRAME_MAX,
                max_queue=_QUEUE,
                proxy=None,
                logger=_silent,
            ) as connection:
                self._door.connected()
                who = self._door.proved(config.sensor_id) if self._proves else NOBODY
                raise Unavailable(await _hear(self._door, connection, who))
        except (InvalidHandshake, InvalidURI) as error:
            raise Unavailable(f"{config.address}: {error}") from error


class WebSocketServer:
    """Sensors connect to us; each proves who it is by a certificate, a bearer token or a subprotocol."""

    def __init__(self, door: Door) -> None:
        self._door, config = door, door.config
        self._where = address.parsed(config.address)
        self._admission = Admission(config)
        self._tls = tls.for_server(config, door.home)
        self._door.warn_of_open_keys(self._where.host, encrypted=self._tls is not None)

    async def run(self) -> None:
        """Listen until cancelled; raises Unavailable where it cannot."""
        config = self._door.config
        try:
            server = await serve(
                self._heard,
                self._where.host or None,
                self._where.port,
                ssl=self._tls,
                origins=[None],  # no page of a browser is a sensor
                process_request=self._greeted,
                select_subprotocol=_chosen,
                open_timeout=config.line_s,
                ping_interval=_PING_S,
                ping_timeout=_PING_S,
                max_size=cutting.FRAME_MAX,
                max_queue=_QUEUE,
                logger=_silent,
            )
        except OSError as error:
            raise Unavailable(f"cannot listen on {config.address}: {error}") from error
        async with server:
            self._door.bound = next(iter(server.sockets)).getsockname()[:2]
            self._door.connected()
            await server.serve_forever()

    async def _greeted(self, connection: ServerConnection, request: Request) -> Response | None:
        """Admit a connection, or answer why not."""
        peer = str(connection.remote_address[0]) if connection.remote_address else ""
        if why := self._admission.why_not(peer):
            self._door.turned_away(why)
            return connection.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, "too many connections\n")
        who = await self._who(connection, request)
        if who is None:
            self._door.turned_away(f"{peer} did not prove who it is")
            return connection.respond(http.HTTPStatus.UNAUTHORIZED, "a sensor key is needed\n")
        connection.who = who  # type: ignore[attr-defined]  # carried from the handshake to the handler
        return None

    async def _who(self, connection: ServerConnection, request: Request) -> Who | None:
        if self._door.config.client_ca_file:
            name = tls.common_name(connection.transport.get_extra_info("ssl_object").getpeercert())
            return self._door.proved(name) if name else None
        if self._door.config.anonymous:
            return NOBODY
        kind, _, key = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            offered = ",".join(request.headers.get_all("Sec-WebSocket-Protocol")).split(",")
            keys = [name.strip() for name in offered if name.strip().startswith(KEY_PROTOCOL)]
            key = keys[0].removeprefix(KEY_PROTOCOL) if keys else ""
        return await self._door.known(key.strip()) if key else None

    async def _heard(self, connection: ServerConnection) -> None:
        peer = str(connection.remote_address[0]) if connection.remote_address else ""
        with self._admission.entered(peer):
            try:
                why = await _hear(self._door, connection, connection.who)  # type: ignore[attr-defined]
            except Exception as error:  # noqa: BLE001  # a format of another package may raise anything
                why = f"it failed: {type(error).__name__}: {error}"
            self._door.note(f"{peer}: {why}")


def _chosen(_connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Return our own subprotocol where it is offered; a key is never sent back."""
    return Subprotocol(PROTOCOL) if PROTOCOL in offered else None


async def _hear(door: Door, connection: Connection, who: Who) -> str:
    """Take in messages until the connection ends, and return why it ended."""
    config, form = door.config, door.form
    try:
        while True:
            async with asyncio.timeout(config.idle_s):
                message = await connection.recv(decode=False)
            await door.take_in(cutting.of_message(form, message, config.link), who)
    except TimeoutError:
        return "nothing came for too long"
    except ConnectionClosed as error:
        return f"the connection is closed: {error}"
