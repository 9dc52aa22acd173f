"""A certificate authority of a station's own: TLS for the web, for sensors and for TAK, without asking anybody.

    DIR/tls/ca.pem, ca.key.pem              the authority, ten years
    DIR/tls/server.pem, server.key.pem      the station's, for its host names, 398 days
    DIR/tls/clients/NAME.pem, NAME.key.pem  a sensor's or a device's, 398 days; its common name is the sensor's id

EC P-256, SHA-256 (RFC 5280). A server certificate ends when browsers want it to: no later than after 398 days.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from skykeep.errors import Refused, Unavailable
from skykeep.station.config import Home

AUTHORITY_DAYS, LEAF_DAYS = 3_650, 398
BEFORE = dt.timedelta(minutes=5)  # clocks of others may lag
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}$)(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")
_CLIENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


class Pair(NamedTuple):
    """A certificate and its key, as files."""

    certificate: Path
    key: Path

    @property
    def there(self) -> bool:
        return self.certificate.exists() and self.key.exists()


def authority(home: Home) -> Pair:
    """Where the authority lies."""
    return Pair(home.tls / "ca.pem", home.tls / "ca.key.pem")


def server(home: Home) -> Pair:
    """Where the station's own certificate lies."""
    return Pair(home.tls / "server.pem", home.tls / "server.key.pem")


def client(home: Home, name: str) -> Pair:
    """Where a client's certificate lies; raises Refused where nobody can be named so."""
    if not _CLIENT.fullmatch(name):
        raise Refused(f"{name!r} cannot name a client: letters, digits, dots, dashes, up to 63")
    return Pair(home.tls / "clients" / f"{name}.pem", home.tls / "clients" / f"{name}.key.pem")


def make_authority(home: Home, station: str, now: dt.datetime) -> bool:
    """Make the authority unless it is there; returns whether it was made."""
    pair = authority(home)
    if pair.there:
        return False
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{station[:40]} authority {secrets.token_hex(3)}")])
    builder = _builder(name, name, key.public_key(), now, AUTHORITY_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs=True), critical=True)
    _write(pair, key, builder.sign(key, hashes.SHA256()))
    return True


def require_server(home: Home, hosts: Sequence[str], *, renew: bool) -> list[x509.GeneralName]:
    """Return the names that a server's certificate is to have; raises Refused where it cannot be made."""
    pair = server(home)
    if pair.there and not renew:
        raise Refused(f"{pair.certificate} is there already: make a new one with --renew")
    return _names(hosts) if hosts else _names_of(pair.certificate)


def make_server(home: Home, hosts: Sequence[str], now: dt.datetime, *, renew: bool) -> Pair:
    """Make the station's certificate; with `renew` anew, for the hosts it has if none are named."""
    pair, names = server(home), require_server(home, hosts, renew=renew)
    first = str(names[0].value)
    _issue(home, pair, first, x509.SubjectAlternativeName(names), ExtendedKeyUsageOID.SERVER_AUTH, now)
    return pair


def make_client(home: Home, name: str, now: dt.datetime, *, renew: bool) -> Pair:
    """Make a client's certificate: who bears it is the sensor, or the device, of this name."""
    pair = client(home, name)
    if pair.there and not renew:
        raise Refused(f"{pair.certificate} is there already: make a new one with --renew")
    alternative = x509.SubjectAlternativeName([x509.DNSName(name)])
    _issue(home, pair, name, alternative, ExtendedKeyUsageOID.CLIENT_AUTH, now)
    return pair


def pack(home: Home, name: str, password: str) -> Path:
    """Write a client's certificate, key and authority as one PKCS #12 file, which phones and ATAK take."""
    pair = client(home, name)
    key = serialization.load_pem_private_key(pair.key.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    encryption = serialization.BestAvailableEncryption(password.encode())
    certificates = [
        x509.load_pem_x509_certificate(path.read_bytes()) for path in (pair.certificate, authority(home)[0])
    ]
    packed = pkcs12.serialize_key_and_certificates(name.encode(), key, certificates[0], certificates[1:], encryption)
    path = pair.certificate.with_suffix(".p12")
    _write_file(path, packed)
    return path


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a certificate, in pairs of digits, as browsers show it."""
    digest = _read(path).fingerprint(hashes.SHA256()).hex().upper()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def _issue(
    home: Home, pair: Pair, name: str, names: x509.SubjectAlternativeName, use: x509.ObjectIdentifier, now: dt.datetime
) -> None:
    files = authority(home)
    if not files.there:
        raise Refused(f"{files.key} is not there: the authority's key was put elsewhere; put it back for this")
    issuer = _read(files.certificate)
    signing = serialization.load_pem_private_key(files.key.read_bytes(), None)
    assert isinstance(signing, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    builder = _builder(subject, issuer.subject, key.public_key(), now, LEAF_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
    builder = builder.add_extension(names, critical=False)
    by = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
    builder = builder.add_extension(by, critical=False)
    _write(pair, key, builder.sign(signing, hashes.SHA256()))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: dt.datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEFORE)
        .not_valid_after(now - BEFORE + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=signs, crl_sign=signs, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _names(hosts: Sequence[str]) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = []
    for host in dict.fromkeys(hosts):
        with contextlib.suppress(ValueError):
            names.append(x509.IPAddress(ipaddress.ip_address(host)))
            continue
        if not _HOST.fullmatch(host):
            raise Refused(f"{host!r} is no host name and no address")
        names.append(x509.DNSName(host.lower()))
    return names


def _names_of(path: Path) -> list[x509.GeneralName]:
    if not path.exists():
        raise Refused("name the hosts as browsers and sensors know this machine: --host NAME, repeatable")
    return list(_read(path).extensions.get_extension_for_class(x509.SubjectAlternativeName).value)


def _read(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise Refused(f"{path} is no certificate that can be read: {error}") from error


def _write(pair: Pair, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    """Write the key first: a certificate without one is of no use."""
    form = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    _write_file(pair.key, secret)
    _write_file(pair.certificate, certificate.public_bytes(serialization.Encoding.PEM))


def _write_file(path: Path, data: bytes) -> None:
    """Write a file whole, readable by its owner only."""
    whole = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        whole.replace(path)
    except OSError as error:
        whole.unlink(missing_ok=True)
        raise Unavailable(f"{path} cannot be written: {error.strerror}") from error
