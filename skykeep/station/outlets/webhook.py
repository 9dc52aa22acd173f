"""Webhooks: each message as a signed POST of JSON to an address that the operator configured.

The address may be a private one, because whoever configures it decides that; but no answer can send us elsewhere:
redirects are refused, proxies of the environment are not asked, and of an answer only its status is read.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
import time

import httpx
import msgspec

from skykeep.errors import Refused, Unavailable
from skykeep.station.config import Home
from skykeep.station.outlets import signing
from skykeep.station.outlets.config import WebhookConfig
from skykeep.station.outlets.notices import Notice
from skykeep.views.words import moment

TRY_S = 15.0  # for all of it: a server that answers drop by drop gets no more
CONNECT_S = 5.0


class Webhook:
    """One address that is told."""

    def __init__(self, config: WebhookConfig, home: Home) -> None:
        url = httpx.URL(config.url)
        if not url.host or not (url.scheme == "https" or (url.scheme == "http" and on_this_machine(url.host))):
            raise Refused(f"[[notify.webhook]] url {config.url!r}: https is wanted; http only to this machine itself")
        self.name = f"webhook:{config.name or url.host}"
        self.priority_max, self.after_escalation = config.priority_max, config.after_escalation
        self._url = url
        self._home, self._secret_file = home, config.secret_file
        signing.secrets_of(home.secret(config.secret_file))  # what is wrong with it is said when the station begins
        self._tls = trusting(config.ca_file, home)
        self.try_s = TRY_S

    async def send(self, notice: Notice) -> None:
        """Send one message; raises Unavailable with the reason, where it was not taken."""
        body = body_of(notice)
        headers = signing.headers(self._secrets(), notice.id, int(time.time()), body)
        headers |= {"content-type": "application/json", "user-agent": "Skykeep-Webhook/1"}
        await post(self._url, body, headers, tls=self._tls, try_s=self.try_s)

    def _secrets(self) -> list[bytes]:
        """Return the secrets as they are now: who changes one need not start the station anew."""
        try:
            return signing.secrets_of(self._home.secret(self._secret_file))
        except Refused as error:  # it is being changed, perhaps: the message waits
            raise Unavailable(str(error)) from error


def body_of(notice: Notice) -> bytes:
    """Return the JSON of a message: `type`, `timestamp` (ISO 8601) and `data`, as Standard Webhooks has it."""
    at = moment(notice.t_ns) or dt.datetime.fromtimestamp(0, dt.UTC)
    said = {"type": notice.type, "timestamp": at.isoformat().replace("+00:00", "Z"), "data": notice}
    return msgspec.json.encode(said)


async def post(  # what a request has
    url: httpx.URL,
    body: bytes,
    headers: dict[str, str],
    *,
    tls: ssl.SSLContext,
    try_s: float = TRY_S,
    extensions: dict[str, str] | None = None,
) -> int:
    """Return the status of an answer that took the message (200 to 299); else raises Unavailable with the reason."""
    try:
        async with (
            asyncio.timeout(try_s),
            httpx.AsyncClient(verify=tls, trust_env=False, timeout=httpx.Timeout(try_s, connect=CONNECT_S)) as client,
            client.stream("POST", url, content=body, headers=headers, extensions=extensions or {}) as answer,
        ):
            status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise Unavailable(f"{url.host}: {type(error).__name__} {error}".strip()) from error
    if 300 <= status < 400:  # noqa: PLR2004  # RFC 9110
        raise Unavailable(f"{url.host} answers {status}: it wants us elsewhere, and we do not go")
    if not 200 <= status < 300:  # noqa: PLR2004
        raise Rejected(status, f"{url.host} answers {status}")
    return status


class Rejected(Unavailable):
    """An answer that is no success."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def on_this_machine(host: str) -> bool:
    """Return whether a host is this machine and cannot be another."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def trusting(ca_file: str, home: Home) -> ssl.SSLContext:
    """Return TLS that trusts a file of authorities, or those of the system; raises Refused where it cannot be read."""
    try:
        context = ssl.create_default_context(cafile=str(home.at(ca_file)) if ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise Refused(f"ca_file {ca_file} cannot be read: {error}; a PEM file is wanted") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
