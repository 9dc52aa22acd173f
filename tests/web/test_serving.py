"""The web process as it runs: where it listens, whom it cuts off, how it ends."""

import contextlib
import socket
import ssl
import threading
import time
from urllib.parse import urlsplit

import httpx
import pytest
import trustme

from skykeep.client import Station
from skykeep.web import serving
from tests.waiting import PATIENCE_S, until
from tests.web.standing import Socket, directory, ready, sensor_key, web

HEADER_S, BODY_S = 0.5, 0.6


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    path = tmp_path_factory.mktemp("station")
    token = directory(path, header_s=HEADER_S, body_s=BODY_S, keep_alive_s=1.0)
    key = sensor_key(path, "rid-north")
    station = Socket(path / "run" / "station.sock")
    with web(path) as (url, process):
        ready(url)
        yield url, token, key, station, process
    station.close()


def raw(url, address="127.0.0.1"):
    there = urlsplit(url)
    return socket.create_connection((there.hostname, there.port), timeout=PATIENCE_S, source_address=(address, 0))


def answered(connection):
    """Return all that comes until the other side closes."""
    data = b""
    while some := connection.recv(65_536):
        data += some
    return data


@pytest.mark.requirement("SERVE-1")
def test_officers_and_sensors_work_through_the_whole_process(standing):
    url, token, key, station, _ = standing
    with Station(url, token=token) as duty:
        assert {track.track_id for track in duty.tracks()} == {1, 2, 3}
        assert duty.alarm(17).state == "unacknowledged"
        (alarm,) = duty.alarms()
        assert duty.ack(alarm).entry_index
        assert [incident.incident_id for incident in duty.incidents("open")] == [3]
        assert {zone.zone_id for zone in duty.zones()} == {"KEEP-OUT", "PARADE"}
    with Station(url, token=key) as sensor:
        assert sensor.push("rid-north", {"time": 1}, sequence=1).frames == 1
    assert [(ask.action, ask.person) for ask in station.asks[-2:]] == [
        ("alarm.ack", "everybody"),
        ("sensor.push", "sensor:rid-north"),
    ]


@pytest.mark.requirement("SERVE-1")
def test_the_stream_flows_through_the_whole_process(standing):
    url, token, *_ = standing
    with Station(url, token=token) as duty:
        stream = duty.stream()
        first = next(stream)
        assert first.event == "snapshot"
        assert {row[0] for row in first.data["tracks"]} == {1, 2, 3}
        second = next(stream)
        assert second.event == "frame"
        assert second.data["now_ms"] >= first.data["now_ms"]
    with Station(url) as anybody:
        assert "tracks" not in next(anybody.stream()).data


@pytest.mark.requirement("SERVE-2")
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", b"408"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", b"408"),
        (b"POST /api/v1/incidents HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc", b""),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"a" * 40_000 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"a" * 40_000 + b"\r\n\r\n", b"431"),
        (b"nonsense\r\n\r\n", b"400"),
    ],
    ids=["silent", "half headers", "half a body", "huge headers", "whole huge headers", "nonsense"],
)
def test_who_sends_too_slowly_or_too_much_is_cut_off(standing, sent, status):
    url = standing[0]
    with raw(url) as connection:
        connection.sendall(sent)
        told = answered(connection)
    assert told == b"" if not status and not told else status in told.split(b"\r\n")[0] or status == b""


@pytest.mark.requirement("SERVE-2")
def test_a_header_a_moment_does_not_hold_a_connection(standing):
    with raw(standing[0]) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        sent = 0
        with contextlib.suppress(OSError):  # reset, or broken: as the system says it
            while sent < 1_000:
                connection.sendall(b"X-%d: a\r\n" % sent)
                sent += 1
                time.sleep(0.05)
    assert sent < 1_000


@pytest.mark.requirement("STATION-PEOPLE-14", "ASVS-15")
def test_one_address_does_not_take_all_connections(tmp_path):
    directory(tmp_path, connections_each_max=5)

    def asked(address):
        with raw(url, address) as connection:
            connection.sendall(b"GET /api/v1/time HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return answered(connection).split(b"\r\n")[0]

    with web(tmp_path) as (url, _), contextlib.ExitStack() as holding:
        held = [holding.enter_context(raw(url, "127.0.0.2")) for _ in range(5)]
        with raw(url, "127.0.0.2") as sixth:
            assert answered(sixth).startswith(b"HTTP/1.1 503 ")
        assert asked("127.0.0.3") == b"HTTP/1.1 200 OK"
        held[0].close()
        until(lambda: asked("127.0.0.2") == b"HTTP/1.1 200 OK")


@pytest.mark.requirement("SERVE-2")
def test_an_idle_connection_ends_and_others_are_served_meanwhile(standing):
    url = standing[0]
    slow = [raw(url) for _ in range(50)]
    assert httpx.get(f"{url}/api/v1/time", timeout=PATIENCE_S).status_code == 200
    with raw(url) as connection:
        connection.sendall(b"GET /api/v1/time HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answered(connection).startswith(b"HTTP/1.1 200")
    for connection in slow:
        connection.close()


@pytest.mark.requirement("SERVE-3")
def test_it_ends_with_its_supervisor_and_leaves_no_address(tmp_path):
    directory(tmp_path)
    with web(tmp_path) as (url, process):
        assert httpx.get(f"{url}/api/v1/health/live", timeout=PATIENCE_S).status_code == 200
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 0
    assert not (tmp_path / "run" / "web.url").exists()


@pytest.mark.requirement("SERVE-3")
def test_what_cannot_be_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(serving, "told_to_end", threading.Event)

    def ended():
        return serving.main([str(tmp_path)]), capsys.readouterr().err

    code, said = ended()
    assert (code, "is no station" in said) == (2, True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        directory(tmp_path, port=taken.getsockname()[1])
        code, said = ended()
    assert (code, "set host and port" in said) == (3, True)
    (tmp_path / "skykeep.toml").write_text('[web]\nport = 0\ncertificate_file = "none.pem"\n')
    code, said = ended()
    assert (code, "certificate_file" in said) == (2, True)
    assert serving.main([]) == 2


@pytest.mark.requirement("SERVE-4")
def test_a_renewed_certificate_is_taken_up_without_a_restart(tmp_path):
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "station.pem"))
    directory(tmp_path, certificate_file="station.pem")
    with web(tmp_path) as (url, _):
        first = certificate_of(url)
        (tmp_path / "station.pem").write_text("half of one")
        assert [certificate_of(url) for _ in range(3)] == [first] * 3
        renewed = authority.issue_cert("127.0.0.1")
        renewed.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "station.pem"))
        now = until(lambda: (served := certificate_of(url)) != first and served, "the new one to be served")
        assert now == renewed.cert_chain_pems[0].bytes().decode()


def certificate_of(url):
    host, port = url.removeprefix("https://").split(":")
    return ssl.get_server_certificate((host, int(port)), timeout=PATIENCE_S)


@pytest.mark.requirement("SERVE-4")
def test_it_serves_by_tls_and_nothing_older_than_1_2(tmp_path):
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "station.pem"))
    directory(tmp_path, certificate_file="station.pem", header_s=HEADER_S)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with web(tmp_path) as (url, _):
        assert url.startswith("https://")
        with Station(url, verify=trusting) as station:
            assert station.time().now_ns
        answer = httpx.get(f"{url}/api/v1/time", verify=trusting, timeout=PATIENCE_S)
        assert "max-age" in answer.headers["strict-transport-security"]
        with pytest.raises(httpx.ConnectError, match="certificate"):
            httpx.get(url, timeout=PATIENCE_S)
        older = ssl.create_default_context()
        authority.configure_trust(older)
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            older.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(httpx.ConnectError):
            httpx.get(url, verify=older, timeout=PATIENCE_S)
        with raw(url) as silent:  # the half of a TLS handshake is nobody's right
            silent.sendall(b"\x16\x03\x01")
            assert answered(silent) == b""


def test_many_ask_at_once_and_each_is_answered(standing):
    url = standing[0]
    connections = [raw(url) for _ in range(30)]
    for connection in connections:
        connection.sendall(b"GET /api/v1/time HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert all(answered(connection).startswith(b"HTTP/1.1 200") for connection in connections)
    for connection in connections:
        connection.close()


def test_it_says_when_the_station_has_gone(standing):
    url, _, _, station, _ = standing
    station.close()
    until(lambda: httpx.get(f"{url}/api/v1/health/ready", timeout=PATIENCE_S).status_code == 503)
    assert httpx.get(f"{url}/api/v1/zones", timeout=PATIENCE_S).status_code == 200
    assert "NOT LIVE: " in httpx.get(f"{url}/", timeout=PATIENCE_S).text
