"""The station's own authority: what it signs is believed by real TLS, and by nobody who does not trust it."""

import datetime as dt
import socket
import ssl
import stat
import subprocess
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

from skykeep.errors import Refused
from skykeep.station.config import Home
from skykeep.station.keeping import authority, initial
from tests.cli.calling import call
from tests.waiting import PATIENCE_S

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def home(tmp_path):
    made = initial.make(tmp_path / "station", initial.Asked(), 0)
    authority.make_authority(made.home, "Sky", NOW)
    return made.home


def shake_hands(home, host, *, trusted, client=None, ask_client=False):
    """A real handshake over loopback; returns the common name that the server sees."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(*authority.server(home))
    if ask_client:
        serving.load_verify_locations(authority.authority(home).certificate)
        serving.verify_mode = ssl.CERT_REQUIRED
    calling = ssl.create_default_context(cafile=str(trusted))
    if client is not None:
        calling.load_cert_chain(*client)
    seen = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(PATIENCE_S)

        def serve():
            accepted, _ = listening.accept()
            try:
                with serving.wrap_socket(accepted, server_side=True) as wrapped:
                    seen.append(wrapped.getpeercert())
                    wrapped.sendall(b"x")
            except (ssl.SSLError, ConnectionError):
                accepted.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            with (
                socket.create_connection(listening.getsockname(), timeout=PATIENCE_S) as raw,
                calling.wrap_socket(raw, server_hostname=host) as wrapped,
            ):
                assert wrapped.recv(1) == b"x"
        finally:
            thread.join(PATIENCE_S)
    return seen[0]


@pytest.mark.requirement("STATION-TLS-1")
@pytest.mark.parametrize("host", ["sky.example", "127.0.0.1", "::1"])
def test_whoever_trusts_the_authority_believes_the_station(home, host):
    authority.make_server(home, ["sky.example", "127.0.0.1", "::1"], NOW, renew=False)
    shake_hands(home, host, trusted=authority.authority(home).certificate)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(home, "other.example", trusted=authority.authority(home).certificate)


@pytest.mark.requirement("STATION-TLS-2")
def test_a_client_is_known_by_its_name_and_another_authority_is_not_believed(home, tmp_path):
    authority.make_server(home, ["sky.example"], NOW, renew=False)
    client = authority.make_client(home, "roof-1", NOW, renew=False)
    trusted = authority.authority(home).certificate
    seen = shake_hands(home, "sky.example", trusted=trusted, client=client, ask_client=True)
    assert ((("commonName", "roof-1"),)) in seen["subject"]
    other = initial.make(tmp_path / "other", initial.Asked(), 0).home
    authority.make_authority(other, "Sky", NOW)
    foreign = authority.make_client(other, "roof-1", NOW, renew=False)
    with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
        shake_hands(home, "sky.example", trusted=trusted, client=foreign, ask_client=True)
    with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
        shake_hands(home, "sky.example", trusted=trusted, ask_client=True)


def test_openssl_finds_nothing_wrong_with_the_chain(home):
    authority.make_server(home, ["sky.example"], NOW, renew=False)
    authority.make_client(home, "roof", NOW, renew=False)
    for purpose, pair in (("sslserver", authority.server(home)), ("sslclient", authority.client(home, "roof"))):
        asked = [
            "openssl",
            "verify",
            "-x509_strict",
            "-CAfile",
            authority.authority(home).certificate,
            "-purpose",
            purpose,
        ]
        done = subprocess.run([*asked, pair.certificate], capture_output=True, check=False, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_certificates_end_when_browsers_want_it_and_keys_are_their_owners(home):
    pair = authority.make_server(home, ["sky.example"], NOW, renew=False)
    read = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    assert read.not_valid_after_utc - read.not_valid_before_utc == dt.timedelta(days=398)
    for path in home.tls.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_renewing_keeps_the_names_and_the_authority(home):
    authority.make_server(home, ["sky.example", "10.0.0.1"], NOW, renew=False)
    before = x509.load_pem_x509_certificate(authority.server(home).certificate.read_bytes())
    with pytest.raises(Refused, match="--renew"):
        authority.make_server(home, [], NOW, renew=False)
    authority.make_server(home, [], NOW, renew=True)
    after = x509.load_pem_x509_certificate(authority.server(home).certificate.read_bytes())
    alternative = x509.SubjectAlternativeName
    assert after.serial_number != before.serial_number
    assert after.issuer == before.issuer
    assert after.extensions.get_extension_for_class(alternative) == before.extensions.get_extension_for_class(
        alternative
    )


@pytest.mark.parametrize("host", ["", "a b", "-x", "http://a", "a/b", "x" * 300])
def test_what_is_no_host_is_refused(home, host):
    with pytest.raises(Refused):
        authority.make_server(home, [host], NOW, renew=False)


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".x", "x" * 64, "a b"])
def test_what_names_no_client_is_refused(home, name):
    with pytest.raises(Refused):
        authority.make_client(home, name, NOW, renew=False)


def test_without_the_authoritys_key_nothing_is_signed(home):
    authority.authority(home).key.unlink()
    with pytest.raises(Refused, match="put it back"):
        authority.make_server(home, ["sky.example"], NOW, renew=False)


def test_one_command_makes_all_and_says_how_to_trust_it(tmp_path):
    home = Home(tmp_path / "s")
    assert call("init", home.path).exit_code == 0
    assert call("tls", home.path).exit_code == 2
    assert not authority.authority(home).there
    result = call("tls", home.path, "--host", "sky.example", "--client", "phone", "--p12")
    assert result.exit_code == 0
    for words in ('certificate_file = "tls/server.pem"', "SHA-256", "update-ca-certificates"):
        assert words in result.output
    password = result.output.split("shown once): ")[1].split()[0]
    key, certificate, more = pkcs12.load_key_and_certificates(
        authority.client(home, "phone").certificate.with_suffix(".p12").read_bytes(), password.encode()
    )
    assert key is not None
    assert certificate.subject.rfc4514_string() == "CN=phone"
    assert len(more) == 1
    assert call("tls", home.path, "--host", "sky.example").exit_code == 2
    assert call("tls", home.path, "--renew").exit_code == 0
