"""The other sides of feeds, real ones on loopback: each sends lines, can be killed, and can come back where it was."""

import contextlib
import http.server
import json
import socket
import subprocess
import threading
from pathlib import Path
from types import MappingProxyType

import paho.mqtt.client as paho
import pytest
import websockets.sync.client
import websockets.sync.server
import zmq

from tests.ports import free_port
from tests.waiting import PATIENCE_S, until

MOSQUITTO = Path("/usr/sbin/mosquitto")


class Accepting:
    """A server that we connect to: it sends to whoever is connected."""

    settings = MappingProxyType({"kind": "tcp_client"})

    def __init__(self, folder):
        self.port = free_port()
        self.begin()

    def address(self):
        return f"127.0.0.1:{self.port}"

    def begin(self):
        self._server = socket.create_server(("127.0.0.1", self.port))
        self._connected = []
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def _accept(self, server):
        with contextlib.suppress(OSError):
            while True:
                self._connected.append(server.accept()[0])

    def send(self, lines):
        self.raw(b"".join(line + b"\n" for line in lines))

    def raw(self, data):
        until(lambda: self._connected)[-1].sendall(data)

    def kill(self):
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for one in self._connected:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            one.close()


class WebSocketAccepting:
    settings = MappingProxyType({"kind": "websocket"})

    def __init__(self, folder):
        self.port = free_port()
        self.begin()

    def address(self):
        return f"ws://127.0.0.1:{self.port}/"

    def begin(self):
        self._connected = []
        self._server = websockets.sync.server.serve(self._hold, "127.0.0.1", self.port)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _hold(self, connection):
        self._connected.append(connection)
        with contextlib.suppress(websockets.exceptions.ConnectionClosed):
            connection.recv()

    def send(self, lines):
        for line in lines:
            self.raw(line)

    def raw(self, data):
        until(lambda: self._connected)[-1].send(data)

    def kill(self):
        self._server.shutdown()
        for one in self._connected:
            one.socket.close()


class Serving:
    """A web server with one document, as readsb's."""

    settings = MappingProxyType({"kind": "http_poll", "period_s": 0.01})

    def __init__(self, folder):
        self.port = free_port()
        self._body, self._asked, self._sent = b"", 0, 0
        self.begin()

    def address(self):
        return f"http://127.0.0.1:{self.port}/data/aircraft.json"

    def begin(self):
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(peer._body)))
                self.end_headers()
                self.wfile.write(peer._body)
                peer._asked += 1

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def send(self, lines):
        for line in lines:
            self.raw(line)

    def raw(self, data):
        self._body = data
        before = self._asked
        until(lambda: self._asked > before + 1)

    def kill(self):
        self._server.shutdown()
        self._server.server_close()


class Publishing:
    settings = MappingProxyType({"kind": "zmq"})

    def __init__(self, folder):
        self.port = free_port()
        self.begin()

    def address(self):
        return f"tcp://127.0.0.1:{self.port}"

    def begin(self):
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.XPUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.bind(self.address())
        self._subscribed = False

    def send(self, lines):
        for line in lines:
            self.raw(line)

    def raw(self, data):
        if not self._subscribed:
            assert self._socket.poll(int(PATIENCE_S * 1000))
            self._socket.recv()
            self._subscribed = True
        self._socket.send(data)

    def kill(self):
        self._context.destroy(linger=0)


class Broker:
    settings = MappingProxyType({"kind": "mqtt", "topics": ["drones/#"]})

    def __init__(self, folder):
        if not MOSQUITTO.exists():
            pytest.skip("mosquitto is not installed here: apt-get install mosquitto")
        self.port, self.folder = free_port(), folder
        self.begin()

    def address(self):
        return f"mqtt://127.0.0.1:{self.port}"

    def begin(self, more=""):
        file = self.folder / "mosquitto.conf"
        file.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n{more}")
        self._process = subprocess.Popen([MOSQUITTO, "-c", file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2)
        until(self._connects)
        self._client.loop_start()

    def _connects(self):
        with contextlib.suppress(OSError):
            return self._client.connect("127.0.0.1", self.port) == 0

    def send(self, lines):
        for line in lines:
            self.raw(line)

    def raw(self, data):
        self._client.publish("drones/one", data, qos=1).wait_for_publish(PATIENCE_S)

    def kill(self):
        self._client.disconnect()
        self._client.loop_stop()
        self._process.kill()
        self._process.wait()


class Connecting:
    """A sensor that connects to us."""

    settings = MappingProxyType({"kind": "tcp_server", "anonymous": True})

    def __init__(self, folder):
        self.port = free_port()
        self._socket = None

    def address(self):
        return f"127.0.0.1:{self.port}"

    def begin(self):
        self._socket = None

    def send(self, lines):
        self.raw(b"".join(line + b"\n" for line in lines))

    def raw(self, data):
        if self._socket is None:
            self._socket = until(self._connects)
        try:
            self._socket.sendall(data)
        except OSError:  # we hung up, as is right for what it sent before
            self._socket = until(self._connects)
            self._socket.sendall(data)

    def _connects(self):
        with contextlib.suppress(OSError):
            return socket.create_connection(("127.0.0.1", self.port))

    def kill(self):
        if self._socket is not None:
            self._socket.close()


class WebSocketConnecting(Connecting):
    settings = MappingProxyType({"kind": "websocket_server", "anonymous": True})

    def __init__(self, folder):
        super().__init__(folder)
        self._held = contextlib.ExitStack()

    def send(self, lines):
        for line in lines:
            self.raw(line)

    def raw(self, data):
        if self._socket is None:
            self._socket = until(self._connects)
        try:
            self._socket.send(data)
        except websockets.exceptions.ConnectionClosed:
            self._socket = until(self._connects)
            self._socket.send(data)

    def _connects(self):
        with contextlib.suppress(OSError):
            return self._held.enter_context(websockets.sync.client.connect(f"ws://127.0.0.1:{self.port}/", proxy=None))

    def kill(self):
        self._held.close()


class Datagrams(Connecting):
    settings = MappingProxyType({"kind": "udp", "anonymous": True})

    def __init__(self, folder):
        self.port = free_port(socket.SOCK_DGRAM)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", self.port))

    def begin(self):
        self.__init__(None)

    def raw(self, data):
        for start in range(0, len(data), 8_192):
            with contextlib.suppress(ConnectionRefusedError):
                self._socket.send(data[start : start + 8_192])


class PublishingToUs(Connecting):
    settings = MappingProxyType({"kind": "zmq", "anonymous": True, "bind": True})

    def __init__(self, folder):
        self.port = free_port()
        self.begin()

    def address(self):
        return f"tcp://127.0.0.1:{self.port}"

    def begin(self):
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.XPUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.RECONNECT_IVL, 20)
        self._socket.connect(self.address())
        self._subscribed = False

    send, raw, kill = Publishing.send, Publishing.raw, Publishing.kill


CONNECTED_TO = [Accepting, WebSocketAccepting, Serving, Publishing, Broker]
CONNECTING = [Connecting, WebSocketConnecting, Datagrams, PublishingToUs]


def numbered(count, first=0):
    return [json.dumps({"number": first + number}).encode() for number in range(count)]
