"""A real TAK server (taky) on loopback, in an environment of its own, and clients of it that only read."""

import contextlib
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import xml.etree.ElementTree as ET

import pytest
import trustme

from tests.house import checks
from tests.waiting import PATIENCE_S, until

TAKY = checks.ROOT / "build" / "tak" / "bin" / "taky"
needs_taky = pytest.mark.skipif(not TAKY.exists(), reason="no taky in build/tak: `make test` puts it there")
SERVER = """
[taky]
hostname = 127.0.0.1
bind_ip = 127.0.0.1
root_dir = {place}

[cot_server]
port = {port}

[ssl]
enabled = {tls}
client_cert_required = true
ca = {place}/ca.pem
cert = {place}/server.pem
key = {place}/server.key
key_pw =
cert_db = {place}/cert-db.txt
"""


class Certificates:
    """An authority, a certificate for the server and one for a client, as PEM files."""

    def __init__(self, place: pathlib.Path):
        self.authority = trustme.CA()
        self.authority.cert_pem.write_to_path(place / "ca.pem")
        server, client = self.authority.issue_cert("127.0.0.1"), self.authority.issue_cert("station@skykeep.test")
        server.cert_chain_pems[0].write_to_path(place / "server.pem")
        server.private_key_pem.write_to_path(place / "server.key")
        client.cert_chain_pems[0].write_to_path(place / "client.pem")
        client.private_key_pem.write_to_path(place / "client.key")


@contextlib.contextmanager
def running(place, port, *, tls=False):
    """Run taky on a port until the block ends; it is ended by its process id."""
    place.mkdir(exist_ok=True)
    (place / "taky.conf").write_text(SERVER.format(place=place, port=port, tls=str(tls).lower()))
    command = [TAKY, "-c", place / "taky.conf", "-l", "info"]
    with (place / "taky.log").open("a") as log, subprocess.Popen(command, stdout=log, stderr=log, cwd=place) as process:
        try:
            until(lambda: process.poll() is not None or _listens(port), "taky listens")
            assert process.poll() is None, (place / "taky.log").read_text()
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
            process.wait()
            (place / "taky-mgmt.sock").unlink(missing_ok=True)


def _listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), PATIENCE_S):
        return True
    return False


class Reader:
    """Another client of the server: what it was sent."""

    def __init__(self, port, place=None):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        if place is not None:
            context = ssl.create_default_context(cafile=str(place / "ca.pem"))
            context.load_cert_chain(place / "client.pem", place / "client.key")
            self.socket = context.wrap_socket(self.socket, server_hostname="127.0.0.1")
        self.socket.settimeout(0.1)
        self.parser = ET.XMLPullParser(["end"])
        self.parser.feed("<stream>")
        self.events = []

    def read(self):
        with contextlib.suppress(TimeoutError):
            self.parser.feed(self.socket.recv(65_536))
        self.events += [found for _, found in self.parser.read_events() if found.tag == "event"]
        return self.events

    def until(self, wanted, what):
        """Return the first event for which `wanted` holds."""
        return until(lambda: next((event for event in self.read() if wanted(event)), None), what)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
