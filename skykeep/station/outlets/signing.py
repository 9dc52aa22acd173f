"""Signatures of webhooks, as Standard Webhooks has them (standardwebhooks.com, version 1).

    webhook-id           of the message: the same however often it is sent
    webhook-timestamp    Unix seconds, of this try
    webhook-signature    "v1," and base64 of HMAC-SHA256(secret, "<id>.<timestamp>.<body>"); several, parted by spaces

A secret is `whsec_` and base64, or any words of 24 bytes and more. Several secrets sign side by side, so that a key can
be changed without a message that nobody can verify.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from skykeep.errors import Refused

SECRET_MIN_BYTES = 24
_PREFIX = "whsec_"


def secrets_of(text: str) -> list[bytes]:
    """Return the secrets in a file's text, one a line; raises Refused where one is too short or is not base64."""
    found = [_secret(line.strip()) for line in text.splitlines() if line.strip()]
    if not found:
        raise Refused("a webhook's secret file is empty: write `whsec_` and 32 random bytes in base64 into it")
    return found


def _secret(line: str) -> bytes:
    try:
        raw = base64.b64decode(line.removeprefix(_PREFIX), validate=True) if line.startswith(_PREFIX) else line.encode()
    except binascii.Error as error:
        raise Refused("a webhook's secret begins with whsec_, but no base64 follows") from error
    if len(raw) < SECRET_MIN_BYTES:
        raise Refused(f"a webhook's secret has {len(raw)} bytes: {SECRET_MIN_BYTES} at least, or it can be guessed")
    return raw


def headers(secrets: list[bytes], message_id: str, now_s: int, body: bytes) -> dict[str, str]:
    """Return the three headers of one try."""
    said = f"{message_id}.{now_s}.".encode() + body
    signed = (base64.b64encode(hmac.digest(secret, said, hashlib.sha256)).decode() for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(now_s),
        "webhook-signature": " ".join(f"v1,{each}" for each in signed),
    }
