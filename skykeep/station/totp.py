"""Codes of six digits that change every thirty seconds (TOTP, RFC 6238), as authenticator apps on phones make them.

    counter  Unix time / 30 s, eight bytes, big-endian                                      RFC 6238, 4.2
    mac      HMAC-SHA-1 of the counter under the secret, 20 bytes                           RFC 4226, 5.3
    code     31 bits of it, from where its last four bits point, as a decimal of six digits RFC 4226, 5.3

SHA-1, six digits and thirty seconds are what every app understands; many take nothing else. What HMAC needs of its hash
does not suffer from the collisions of SHA-1 (RFC 6194, 3.3).
"""

from __future__ import annotations

import base64
import hmac
import secrets
from urllib.parse import quote

DIGITS, STEP_S = 6, 30
SECRET_BYTES = 20  # RFC 4226, 4, R6: 160 bits are recommended
DRIFT_STEPS = 1  # before and after: for a clock that differs, and for the time that typing takes (RFC 6238, 5.2)
NS = 1_000_000_000


def new_secret() -> bytes:
    """Return a secret of 160 bits."""
    return secrets.token_bytes(SECRET_BYTES)


def step(now_ns: int) -> int:
    """Return the number of the thirty seconds in which a moment lies."""
    return now_ns // (STEP_S * NS)


def code(secret: bytes, counter: int, digits: int = DIGITS) -> str:
    """Return the code of one step."""
    mac = hmac.digest(secret, counter.to_bytes(8, "big"), "sha1")
    at = mac[-1] & 0x0F
    number = int.from_bytes(mac[at : at + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}}"


def matching(secret: bytes, said: str, now_ns: int) -> int | None:
    """Return the step whose code was said, of those around a moment; None where it is none of theirs.

    All of them are looked at, whichever it is: the time this takes says nothing.
    """
    asked, found = said.encode("utf-8", "surrogatepass"), None
    around = range(max(0, step(now_ns) - DRIFT_STEPS), step(now_ns) + DRIFT_STEPS + 1)
    for counter in around:
        if hmac.compare_digest(code(secret, counter).encode(), asked):
            found = counter
    return found


def written(secret: bytes) -> str:
    """Return a secret as one types it into an app that cannot scan: base32 (RFC 4648, 6), without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def address(secret: bytes, *, station: str, person: str) -> str:
    """Return what an app scans: the address of the scheme otpauth, as Google Authenticator defined it."""
    issuer = quote(station.replace(":", " ").strip() or "Skykeep", safe="")
    return (
        f"otpauth://totp/{issuer}:{quote(person, safe='')}?secret={written(secret)}&issuer={issuer}"
        f"&algorithm=SHA1&digits={DIGITS}&period={STEP_S}"
    )
