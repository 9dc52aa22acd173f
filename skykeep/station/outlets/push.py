"""Web Push to the browsers of officers: encrypted for the browser, signed by the station (RFC 8030, 8291, 8292).

The push service, which is another company's, learns that there is a message and how urgent it is, and nothing else.
"""

from __future__ import annotations

import base64
import io
import ssl
from pathlib import Path

import httpx
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from skykeep.errors import Malformed, Refused, Unavailable
from skykeep.station.config import Home
from skykeep.station.outlets import publicly, webhook
from skykeep.station.outlets.config import NotifyConfig
from skykeep.station.outlets.notices import Notice
from skykeep.station.outlets.subscriptions import Subscription, Subscriptions
from skykeep.views.words import shown

KEY_FILE = "vapid.pem"
OLD_KEY_FILE = "vapid.old.pem"
"""The key of before, where there is one: it signs for the browsers that subscribed with it."""
TTL_S = 3_600
BODY_MAX = 2_000  # what is shown; RFC 8291 allows 3,993 bytes
PREFIX = "push:"
GONE = frozenset((404, 410))  # RFC 8030, section 7.3: the subscription is no more


class WebPush:
    """The station's side of Web Push: its keys, and how one message goes to one browser."""

    def __init__(self, config: NotifyConfig, home: Home, subscriptions: Subscriptions) -> None:
        from webpush import WebPush as Maker  # type: ignore[import-untyped]  # it has annotations, but no marker

        keys, before = [key_in(home.secrets / KEY_FILE)], home.secrets / OLD_KEY_FILE
        keys += [key_in(before)] if before.exists() else []
        if "@" not in config.web_push_contact:
            raise Refused("[notify] web_push_contact: the e-mail address of whoever answers for what is pushed")
        contact = config.web_push_contact.removeprefix("mailto:")
        self._makers = {
            public_text(key): Maker(io.BytesIO(_pem(key)), io.BytesIO(_public(key)), subscriber=contact, ttl=TTL_S)
            for key in keys
        }
        self._subscriptions = subscriptions
        self._tls: ssl.SSLContext = webhook.trusting("", home)
        self.private = False  # whether push services may be in private networks
        self.lookup: publicly.Lookup = publicly.addresses
        self.try_s = webhook.TRY_S
        subscriptions.set_public_key(*self._makers)

    async def send(self, subscription: Subscription, notice: Notice) -> None:
        """Send one message to one browser; one that is no more is forgotten. Raises Unavailable or Refused."""
        url, host = await publicly.pinned(httpx.URL(subscription.endpoint), private=self.private, lookup=self.lookup)
        sealed, headers = self._sealed(subscription, payload(notice))
        headers |= {"urgency": "high" if notice.priority <= 1 else "normal", "topic": topic(notice)}
        headers |= {"content-type": "application/octet-stream", "host": _host(url, host)}
        try:
            await webhook.post(url, sealed, headers, tls=self._tls, try_s=self.try_s, extensions={"sni_hostname": host})
        except webhook.Rejected as answer:
            if answer.status not in GONE:
                raise
            self._subscriptions.remove(subscription.id)

    def _sealed(self, subscription: Subscription, said: bytes) -> tuple[bytes, dict[str, str]]:
        from webpush import WebPushSubscription

        maker = self._makers.get(subscription.server_key or "")
        if maker is None:
            raise Refused(f"subscription {subscription.id} was made with a key that is gone; subscribe it again")
        keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
        try:
            to = WebPushSubscription.model_validate({"endpoint": subscription.endpoint, "keys": keys})
            made = maker.get(said, to)
        except ValueError as error:
            raise Malformed(f"the keys of subscription {subscription.id} are no keys") from error
        return made.encrypted, {str(name): str(value) for name, value in made.headers.items()}


def payload(notice: Notice) -> bytes:
    """Return what the browser's service worker shows: title, body, page, and a tag that replaces older ones."""
    body = "\n".join(part for part in (notice.what, notice.where, f"Since {notice.since}", notice.why) if part)
    return msgspec.json.encode(
        {
            "title": shown(notice.title, 200),
            "body": "\n".join(shown(line, 400) for line in body.splitlines())[:BODY_MAX],
            "url": "/" if notice.incident_id is None else f"/i/{notice.incident_id}",
            "tag": topic(notice),
            "type": notice.type,
            "priority": notice.priority,
        }
    )


def topic(notice: Notice) -> str:
    """Return what a later message replaces while the browser is away: 32 letters of base64url (RFC 8030, 5.4)."""
    return "station" if notice.incident_id is None else f"incident-{notice.incident_id}"[:32]


def key_in(path: Path) -> ec.EllipticCurvePrivateKey:
    """Return the station's key for Web Push, made at first use; raises Refused where the file holds another."""
    try:
        if not path.exists():
            made = ec.generate_private_key(ec.SECP256R1())
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(0o600)
            path.write_bytes(_pem(made))
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise Unavailable(f"{path} cannot be read or made: {error}") from error
    except ValueError as error:
        raise Refused(f"{path} is no private key in PEM; take it away, and a new one is made") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Refused(f"{path}: Web Push wants a key on the curve P-256")
    return key


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    how = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(*how)


def _public(key: ec.EllipticCurvePrivateKey) -> bytes:
    how = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(*how)


def public_text(key: ec.EllipticCurvePrivateKey) -> str:
    """Return what a browser subscribes with: the public point in base64url."""
    point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")


def _host(url: httpx.URL, host: str) -> str:
    named = f"[{host}]" if ":" in host else host
    return named if url.port is None else f"{named}:{url.port}"
