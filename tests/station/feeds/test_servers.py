"""Sensors that connect to us: who they are, how many, how slowly."""

import contextlib
import socket
import ssl

import pytest
import trustme
import websockets.sync.client
from websockets.exceptions import InvalidStatus

from skykeep.errors import Refused
from tests.station.feeds import peers
from tests.waiting import PATIENCE_S

KEYS = {"key-of-radar": "radar", "key-of-roof": "roof"}
LINE = b'{"number": 1}'


def _connected(one):
    return socket.create_connection(one.bound(), timeout=PATIENCE_S)


def _ended(connection):
    """Say whether the other side hangs up."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.requirement("STATION-FEEDS-6")
def test_a_key_in_the_first_line_says_who_it_is_and_another_one_ends_it(station):
    one = station(kind="tcp_server", format="tracks", address="127.0.0.1:0", more={"verify": KEYS.get})
    with _connected(one) as good, _connected(one) as bad:
        good.sendall(b"key-of-radar\n" + LINE + b"\n")
        bad.sendall(b"key-of-nobody\n" + LINE + b"\n")
        assert _ended(bad)
        one.until_frames(1)
    assert [(each.sensor_id, each.keyed, each.data) for each in one.taken] == [("radar", True, LINE)]
    assert one.counts().turned_away == 1
    assert "key-of-nobody" not in " ".join(one.notes)


@pytest.mark.requirement("STATION-FEEDS-6")
def test_who_proved_to_be_one_sensor_cannot_speak_for_another_and_nobody_for_it(station):
    one = station(kind="tcp_server", format="tracks", address="127.0.0.1:0", more={"verify": KEYS.get})
    named = b'{"sensor": "roof"}'
    with _connected(one) as radar:
        radar.sendall(b"key-of-radar\n" + named + b"\n")
        one.until_frames(1)
    assert one.taken[0].sensor_id == "radar"
    assert "proved to be radar" in one.taken[0].fault


def test_no_page_of_a_browser_is_a_sensor(station):
    one = station(kind="websocket_server", format="tracks", address="127.0.0.1:0", more={"verify": KEYS.get})
    host, port = one.bound()
    where, header = f"ws://{host}:{port}/", {"Authorization": "Bearer key-of-radar"}
    with websockets.sync.client.connect(where, additional_headers=header, proxy=None):
        pass
    for origin in ("https://elsewhere.example", "null", f"http://{host}:{port}"):
        with (
            pytest.raises(InvalidStatus, match="403"),
            websockets.sync.client.connect(where, additional_headers=header, origin=origin, proxy=None),
        ):
            pass


@pytest.mark.requirement("STATION-FEEDS-6")
def test_a_websocket_gives_its_key_in_a_header_or_as_a_subprotocol(station):
    one = station(kind="websocket_server", format="tracks", address="127.0.0.1:0", more={"verify": KEYS.get})
    host, port = one.bound()
    where = f"ws://{host}:{port}/"
    header = {"Authorization": "Bearer key-of-radar"}
    offered = ["skykeep.feed", "skykeep.key.key-of-roof"]
    with (
        websockets.sync.client.connect(where, additional_headers=header, proxy=None) as first,
        websockets.sync.client.connect(where, subprotocols=offered, proxy=None) as second,
    ):
        assert second.subprotocol == "skykeep.feed"
        first.send(LINE)
        second.send(LINE)
        one.until_frames(2)
    assert sorted((each.sensor_id, each.keyed) for each in one.taken) == [("radar", True), ("roof", True)]
    for wrong in ({}, {"Authorization": "Bearer wrong"}):
        with (
            pytest.raises(InvalidStatus, match="401"),
            websockets.sync.client.connect(where, additional_headers=wrong, proxy=None),
        ):
            pass
    assert one.counts().turned_away == 2


@pytest.fixture
def authority(tmp_path):
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    server = made.issue_cert("127.0.0.1", "localhost")
    server.cert_chain_pems[0].write_to_path(tmp_path / "server.pem")
    server.private_key_pem.write_to_path(tmp_path / "server.key")
    return made


def _tls(authority, name=None, of=None):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    if name:
        (of or authority).issue_cert("x.invalid", common_name=name).configure_cert(context)
    return context


SERVER = {"certificate_file": "server.pem", "key_file": "server.key"}


@pytest.mark.requirement("STATION-FEEDS-6")
@pytest.mark.parametrize("kind", ["tcp_server", "websocket_server"])
def test_a_certificate_of_our_authority_says_who_it_is_and_none_or_anothers_does_not(kind, station, authority):
    one = station(kind=kind, format="tracks", address="127.0.0.1:0", client_ca_file="ca.pem", **SERVER)
    for context in (_tls(authority), _tls(authority, "radar", of=trustme.CA())):
        with contextlib.suppress(OSError, EOFError, websockets.exceptions.WebSocketException):
            _send(kind, one, context)
    _send(kind, one, _tls(authority, "radar"))
    one.until_frames(1)
    assert [(each.sensor_id, each.keyed, each.data) for each in one.taken] == [("radar", True, LINE)]


def _send(kind, one, context):
    host, port = one.bound()
    if kind == "websocket_server":
        with websockets.sync.client.connect(f"wss://127.0.0.1:{port}/", ssl=context, proxy=None) as connection:
            connection.send(LINE)
        return
    with (
        socket.create_connection((host, port), PATIENCE_S) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as wrapped,
    ):
        wrapped.sendall(LINE + b"\n")
        wrapped.settimeout(0.2)
        with contextlib.suppress(TimeoutError):
            wrapped.recv(1)  # where our certificate is refused it is said now


@pytest.mark.requirement("STATION-FEEDS-6")
def test_a_sensor_that_we_connect_to_proves_by_its_certificate_who_it_is(station, authority, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    context.load_verify_locations(tmp_path / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    mine = authority.issue_cert("station.invalid")
    mine.cert_chain_pems[0].write_to_path(tmp_path / "mine.pem")
    mine.private_key_pem.write_to_path(tmp_path / "mine.key")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE_S)
        where = f"tls://localhost:{server.getsockname()[1]}"
        files = {"ca_file": "ca.pem", "certificate_file": "mine.pem", "key_file": "mine.key"}
        one = station(kind="tcp_client", format="tracks", sensor_id="radar", address=where, **files)
        with context.wrap_socket(server.accept()[0], server_side=True) as wrapped:
            wrapped.sendall(LINE + b"\n")
            one.until_frames(1)
    assert [(each.sensor_id, each.keyed) for each in one.taken] == [("radar", True)]


def test_certificates_that_cannot_be_used_are_refused_when_the_station_begins(station, tmp_path):
    (tmp_path / "ca.pem").write_text("this is no certificate")
    for more in ({"certificate_file": "not-there.pem"}, {"client_ca_file": "ca.pem"}):
        with pytest.raises(Refused, match="certificate"):
            station(kind="tcp_server", format="tracks", address="127.0.0.1:0", **more)


@pytest.mark.requirement("STATION-FEEDS-7")
def test_what_begins_and_does_not_end_in_time_is_hung_up_on(station):
    """A slow loris: a key, or a line, that comes a byte at a time."""
    one = station(kind="tcp_server", format="tracks", address="127.0.0.1:0", line_s=0.3, more={"verify": KEYS.get})
    with _connected(one) as mute, _connected(one) as slow:
        slow.sendall(b"key-of-radar\n" + LINE + b"\n")
        one.until_frames(1)
        assert _ended(mute)
        slow.settimeout(0.02)
        assert _drips(slow)
    assert any("did not end in time" in note for note in one.notes)
    assert len(one.take()) == 1


def _drips(connection):
    """Send a byte every now and then until we are hung up on."""
    while True:
        try:
            connection.sendall(b"{")
            if not connection.recv(1):
                return True
        except TimeoutError:
            continue
        except OSError:
            return True


@pytest.mark.requirement("STATION-FEEDS-7")
def test_a_connection_whose_other_end_is_gone_is_given_up(station):
    one = station(kind="tcp_server", format="tracks", address="127.0.0.1:0", anonymous=True, idle_s=0.2)
    with _connected(one) as half_open:
        assert _ended(half_open)
    assert any("nothing came" in note for note in one.notes)


@pytest.mark.requirement("STATION-FEEDS-7")
def test_a_server_that_says_nothing_is_given_up_and_tried_again(station, tmp_path):
    peer = peers.Accepting(tmp_path)
    one = station(kind="tcp_client", format="tracks", address=peer.address(), idle_s=0.1)
    one.until(lambda: one.counts().reconnects >= 1)
    peer.kill()


@pytest.mark.requirement("STATION-FEEDS-7")
def test_no_address_can_take_all_connections(station):
    one = station(
        kind="tcp_server", format="tracks", address="127.0.0.1:0", anonymous=True, connections_per_address_max=2
    )
    with _connected(one) as first, _connected(one) as second:
        for number, connection in enumerate((first, second), start=1):
            connection.sendall(LINE + b"\n")
            one.until_frames(number)
        with _connected(one) as third:
            assert _ended(third)
        first.close()
        one.until(lambda: _heard(one))


def _heard(one):
    """Say whether a new connection is heard now."""
    before = len(one.take())
    with _connected(one) as again, contextlib.suppress(OSError):
        again.sendall(LINE + b"\n")
        again.shutdown(socket.SHUT_WR)
        _ended(again)
    return len(one.take()) > before


def test_networks_that_are_not_allowed_are_turned_away(station):
    one = station(kind="tcp_server", format="tracks", address="127.0.0.1:0", anonymous=True, allow=["192.0.2.0/24"])
    with _connected(one) as connection:
        assert _ended(connection)
    assert one.counts().turned_away == 1
    with pytest.raises(Refused, match="allow"):
        station(kind="tcp_server", format="tracks", address="127.0.0.1:0", allow=["everywhere"])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kind": "teleprinter", "format": "tracks"}, "the kinds are udp"),
        ({"kind": "tcp_server", "format": "smoke"}, "there is no format"),
        ({"kind": "tcp_server", "format": "tracks", "address": "nowhere"}, "host:port"),
        ({"kind": "tcp_client", "format": "mavlink", "address": "a:1"}, "messages"),
        ({"kind": "websocket", "format": "tracks", "address": "http://a"}, "ws://"),
        ({"kind": "websocket", "format": "tracks", "address": "ws://a", "ca_file": "ca.pem"}, "wss://"),
        ({"kind": "http_poll", "format": "readsb", "address": "file:///etc/passwd"}, "http://"),
        ({"kind": "mqtt", "format": "tracks", "address": "smtp://a"}, "mqtt://"),
        ({"kind": "mqtt", "format": "tracks", "address": "mqtt://a"}, "topics"),
        ({"kind": "zmq", "format": "tracks", "address": "a:1"}, "tcp://"),
        ({"kind": "zmq", "format": "tracks", "address": "tcp://127.0.0.1:1", "bind": True}, "anonymous"),
        ({"kind": "replay"}, "address"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(settings, words, station):
    with pytest.raises(Refused, match=words):
        station(**settings)


def test_two_feeds_of_one_name_are_refused(station):
    from skykeep.station.feeds.config import FeedConfig

    with pytest.raises(Refused, match="twice"):
        station(FeedConfig(name="f", kind="push"), kind="push")
