"""TLS of feeds: whom we trust, who we are, and whose certificate a sensor has."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any

from skykeep.errors import Refused
from skykeep.station.config import Home
from skykeep.station.feeds.config import FeedConfig


def for_client(config: FeedConfig, home: Home, *, asked: bool) -> ssl.SSLContext | None:
    """Return how to connect; None without TLS, which is where neither the address asks for it nor a file is given."""
    if not (asked or config.ca_file or config.certificate_file):
        return None
    with _told(config):
        context = ssl.create_default_context(cafile=str(home.at(config.ca_file)) if config.ca_file else None)
        if config.certificate_file:
            context.load_cert_chain(home.at(config.certificate_file), _key(config, home))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def for_server(config: FeedConfig, home: Home) -> ssl.SSLContext | None:
    """Return how to be connected to; None without TLS."""
    if not config.certificate_file:
        if config.client_ca_file:
            raise Refused(f"feed {config.name}: client_ca_file needs certificate_file and key_file: who we are")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with _told(config):
        context.load_cert_chain(home.at(config.certificate_file), _key(config, home))
        if config.client_ca_file:
            context.load_verify_locations(home.at(config.client_ca_file))
            context.verify_mode = ssl.CERT_REQUIRED
    return context


def _key(config: FeedConfig, home: Home) -> str | None:
    return str(home.at(config.key_file)) if config.key_file else None


class _told:  # noqa: N801  # reads as a word of the with statement
    """Turns what ssl says of files into words for whoever configured them."""

    def __init__(self, config: FeedConfig) -> None:
        self._name = config.name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):  # ssl.SSLError is one
            raise Refused(f"feed {self._name}: its certificate, key or authority cannot be used: {error}") from error


def common_name(certificate: Mapping[str, Any] | None) -> str | None:
    """Return the common name of a client's certificate, which is the sensor's; None where it has none."""
    for part in (certificate or {}).get("subject", ()):
        for key, value in part:
            if key == "commonName":
                return str(value)
    return None
