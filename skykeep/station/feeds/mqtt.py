"""MQTT 3.1.1: what a broker passes on, acknowledged once it is taken in, so that it keeps what we cannot take."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from skykeep.errors import Refused, Unavailable
from skykeep.station.feeds import address, cutting, tls
from skykeep.station.feeds.door import FULL_PAUSE_S, Door

_KEEPALIVE_S = 30
_ROOM_WAIT_S = 15.0  # half of it: a broker must hear of us within one and a half keep-alives
_PORTS = {"mqtt": 1883, "mqtts": 8883, "": 1883}
_QOS = 1


class Mqtt:
    """We subscribe at a broker under a name that stays, so that it keeps for us what comes while we are away."""

    def __init__(self, door: Door) -> None:
        self._door, config = door, door.config
        scheme = config.address.partition("://")[0] if "://" in config.address else ""
        if scheme not in _PORTS:
            raise Refused(
                f"feed {config.name}: address {config.address!r}: write mqtt://host:1883 or mqtts://host:8883"
            )
        self._where = address.parsed(config.address, port=_PORTS[scheme])
        self._tls = tls.for_client(config, door.home, asked=scheme == "mqtts")
        self._password = door.home.secret(config.password_file) if config.password_file else None
        self._form = door.form
        if not config.topics:
            raise Refused(f'feed {config.name}: name the topics that are subscribed to, such as topics = ["drone/#"]')

    async def run(self) -> None:
        """Hear until cancelled; raises Unavailable where the broker is lost."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[str] = loop.create_future()
        session = _Session(self._door, ended, loop)
        client = self._client(session)
        try:
            await asyncio.to_thread(client.connect, self._where.host, self._where.port, _KEEPALIVE_S)
            client.loop_start()
            raise Unavailable(await ended)
        except ValueError as error:  # paho's word for a host that is none
            raise Unavailable(f"mqtt: {error}") from error
        finally:
            session.stop.set()
            await asyncio.to_thread(_close, client)

    def _client(self, session: _Session) -> paho.Client:
        config = self._door.config
        client = _Client(
            CallbackAPIVersion.VERSION2,
            client_id=config.client_id or f"skykeep-{config.name}",
            clean_session=False,
            reconnect_on_failure=False,  # the pauses between tries are our own
            manual_ack=True,
        )
        client.connect_timeout = config.connect_s
        if config.user:
            client.username_pw_set(config.user, self._password)
        if self._tls is not None:
            client.tls_set_context(self._tls)
        client.on_connect, client.on_subscribe = session.on_connect, session.on_subscribe
        client.on_message, client.on_disconnect = session.on_message, session.on_disconnect
        return client


class _Client(paho.Client):
    """paho's, which would leave the socket open where the other side turns out not to be whom we want."""

    def _ssl_wrap_socket(self, tcp_sock: socket.socket) -> ssl.SSLSocket:
        context = self._ssl_context
        assert context is not None, "only asked where TLS is set"
        wrapped = context.wrap_socket(tcp_sock, server_hostname=self._host, do_handshake_on_connect=False)
        try:
            wrapped.settimeout(self.connect_timeout)
            wrapped.do_handshake()
        except BaseException:
            wrapped.close()
            raise
        return wrapped


def _close(client: paho.Client) -> None:
    client.disconnect()
    client.loop_stop()


class _Session:
    """One connection to the broker; its methods run on paho's thread."""

    def __init__(self, door: Door, ended: asyncio.Future[str], loop: asyncio.AbstractEventLoop) -> None:
        self._door, self._ended, self._loop = door, ended, loop
        self._form = door.form
        self._welcome = False
        self.stop = threading.Event()

    def _end(self, why: str) -> None:
        def tell() -> None:
            if not self._ended.done():
                self._ended.set_result(why)

        if not self.stop.is_set():
            self._loop.call_soon_threadsafe(tell)

    def on_connect(
        self, client: paho.Client, _data: object, _flags: paho.ConnectFlags, code: ReasonCode, _more: Properties | None
    ) -> None:
        """Subscribe; or say why the broker does not want us."""
        if code.is_failure:
            self._end(f"the broker says: {code}")
            return
        self._welcome = True
        client.subscribe([(topic, _QOS) for topic in self._door.config.topics])

    def on_subscribe(
        self, _client: paho.Client, _data: object, _number: int, codes: list[ReasonCode], _more: Properties | None
    ) -> None:
        """Say that all is well, once every topic is granted."""
        refused = [code for code in codes if code.is_failure]
        if refused:
            self._end(f"the broker does not let us subscribe: {refused[0]}")
        else:
            self._door.connected()

    def on_disconnect(
        self,
        _client: paho.Client,
        _data: object,
        _flags: paho.DisconnectFlags,
        code: ReasonCode,
        _more: Properties | None,
    ) -> None:
        """Say that the broker is lost."""
        config = self._door.config
        unproved = config.address.startswith("mqtts://") and not config.certificate_file and not self._welcome
        hint = "; it may want a certificate of ours: give certificate_file and key_file" if unproved else ""
        self._end(f"the broker is lost: {code}{hint}")

    def on_message(self, client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        """Take a message in and acknowledge it; where there is no room for long, leave it with the broker."""
        try:
            self._take(client, message)
        except Exception as error:  # noqa: BLE001  # paho's thread would end unseen, and the feed be deaf
            self._end(f"it failed: {type(error).__name__}: {error}")

    def _take(self, client: paho.Client, message: paho.MQTTMessage) -> None:
        if message.retain:
            self._door.note(f"what the broker retained under {message.topic} is of the past, and left out")
        elif len(message.payload) > cutting.FRAME_MAX:
            self._door.outside.inbox.refused(self._door.config.name, 1)
        elif not self._taken(message):
            return
        client.ack(message.mid, message.qos)

    def _taken(self, message: paho.MQTTMessage) -> bool:
        inbox, name = self._door.outside.inbox, self._door.config.name
        arrivals = self._door.arrivals(cutting.of_message(self._form, bytes(message.payload), self._door.config.link))
        until_s = time.monotonic() + _ROOM_WAIT_S
        needed = min(len(arrivals), self._door.config.buffer_frames)  # a message of more than that never fits
        while inbox.room(name) < needed and not self.stop.is_set() and time.monotonic() < until_s:
            time.sleep(FULL_PAUSE_S)
        if inbox.room(name) < needed:
            if message.qos == 0:  # the broker will not send it again
                inbox.refused(name, len(arrivals))
            self._end("there was no room for too long; the broker keeps what it sent with QoS 1")
            return False
        self._door.put(arrivals)
        return True
