"""MQTT over TLS at a real broker: its certificate is looked at, and ours says who we are."""

import contextlib
import socket
import subprocess

import paho.mqtt.client as paho
import pytest
import trustme

from skykeep.facts.acted import Health
from tests.ports import free_port
from tests.station.feeds import peers
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.requirement("STATION-FEEDS-13")
LINE = b'{"number": 1}'


@pytest.fixture
def authority(tmp_path):
    """Two authorities: one that signs, and another's; certificates of a broker, of us, and of nobody we know."""
    made, other = trustme.CA(), trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    other.cert_pem.write_to_path(tmp_path / "other-ca.pem")
    issued = {
        "broker": made.issue_cert("127.0.0.1", "localhost"), "elsewhere": made.issue_cert("broker.example"),
        "skykeep": made.issue_cert("x.invalid", common_name="skykeep"),
        "stranger": other.issue_cert("x.invalid", common_name="skykeep"),
    }  # fmt: skip
    for name, each in issued.items():
        each.cert_chain_pems[0].write_to_path(tmp_path / f"{name}.pem")
        each.private_key_pem.write_to_path(tmp_path / f"{name}.key")
    return made


@pytest.fixture
def broker(tmp_path, authority):
    """Begin a broker that speaks TLS; it ends with the test."""
    begun = []

    def begin(certificate="broker", *, mutual=False):
        if not peers.MOSQUITTO.exists():
            pytest.skip("mosquitto is not installed here: apt-get install mosquitto")
        port = free_port()
        more = "require_certificate true\nuse_identity_as_username true\n" if mutual else "allow_anonymous true\n"
        file = tmp_path / "mosquitto.conf"
        file.write_text(
            f"user root\nlistener {port} 127.0.0.1\npersistence false\ncafile {tmp_path / 'ca.pem'}\n"
            f"certfile {tmp_path / f'{certificate}.pem'}\nkeyfile {tmp_path / f'{certificate}.key'}\n{more}"
        )
        process = subprocess.Popen([peers.MOSQUITTO, "-c", file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        begun.append(process)
        until(lambda: listens(port))
        return port

    yield begin
    for process in begun:
        process.kill()
        process.wait()


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True


def publish(port, folder, *, mutual):
    """Publish one message, as a receiver of the same authority does."""
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    own = (folder / "skykeep.pem", folder / "skykeep.key") if mutual else (None, None)
    client.tls_set(folder / "ca.pem", *own)
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.publish("drones/one", LINE, qos=1).wait_for_publish(PATIENCE_S)
    client.disconnect()
    client.loop_stop()


def feed(station, port, **more):
    settings = {"kind": "mqtt", "format": "tracks", "topics": ["drones/#"], "anonymous": True, "ca_file": "ca.pem"}
    return station(**{**settings, "address": f"mqtts://127.0.0.1:{port}", **more})


OURS = {"certificate_file": "skykeep.pem", "key_file": "skykeep.key"}


@pytest.mark.parametrize("mutual", [False, True])
def test_what_a_broker_passes_on_over_tls_is_heard(station, broker, tmp_path, mutual):
    port = broker(mutual=mutual)
    one = feed(station, port, **(OURS if mutual else {}))
    one.connected()
    publish(port, tmp_path, mutual=mutual)
    assert one.until_frames(1) == [LINE]
    assert [fact for fact in one.health(Health.FEED) if not fact.well] == []


@pytest.mark.parametrize(
    ("certificate", "mutual", "more", "said"),
    [
        ("broker", False, {"ca_file": "other-ca.pem"}, "CERTIFICATE_VERIFY_FAILED"),
        ("broker", False, {"ca_file": ""}, "CERTIFICATE_VERIFY_FAILED"),
        ("elsewhere", False, {}, "IP address mismatch"),
        ("broker", True, {}, "it may want a certificate of ours"),
        ("broker", True, {"certificate_file": "stranger.pem", "key_file": "stranger.key"}, "the broker is lost"),
    ],
    ids=["another-authority", "no-authority", "another-broker", "no-certificate", "anothers-certificate"],
)
def test_who_does_not_prove_who_they_are_is_not_connected_to(station, broker, certificate, mutual, more, said):
    one = feed(station, broker(certificate, mutual=mutual), **more)
    ill = one.until(lambda: one.health(Health.FEED))[0]
    assert not ill.well
    assert said in ill.unseen
    assert not one.counts().connected
    assert one.take() == []


def test_a_broker_without_tls_is_not_spoken_to_where_tls_is_asked_for(station, tmp_path):
    plain = peers.Broker(tmp_path)
    try:
        one = feed(station, plain.port, ca_file="")
        one.until(lambda: one.health(Health.FEED))
        plain.send([LINE])
        assert not one.counts().connected
        assert one.take() == []
    finally:
        plain.kill()
