"""What every answer tells the browser to keep to, whoever made it: the security headers.

    Content-Security-Policy    only our own files; scripts and styles in a page only with the nonce of this answer
    Strict-Transport-Security  two years, where people come by TLS
    Cache-Control              no-store, unless the handler knows better
    others                     no frame, no sniffing of types, no referrer to others, no camera, no microphone

Source: OWASP ASVS 5.0, V3.4; OWASP HTTP Headers Cheat Sheet.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

from litestar.types import Message, Scope

HSTS = "max-age=63072000; includeSubDomains"
PERMISSIONS = "accelerometer=(), camera=(), display-capture=(), geolocation=(self), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"  # noqa: E501  # one header
WITH_CAMERA = PERMISSIONS.replace("camera=()", "camera=(self)")
"""Of the one page that reads a code with the camera."""
FIXED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": PERMISSIONS,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",  # for browsers that know no frame-ancestors
}
Hook = Callable[[Message, Scope], Awaitable[None]]


def nonce(scope: Scope) -> str:
    """Return the nonce of this answer's scripts and styles; templates put it on each of their tags."""
    found: str = scope["state"].setdefault("csp_nonce", secrets.token_urlsafe(16))
    return found


def policy(csp_nonce: str | None) -> str:
    """Return a Content-Security-Policy; without a nonce the answer has no tags of scripts or styles."""
    own = "'self'" if csp_nonce is None else f"'self' 'nonce-{csp_nonce}'"
    return (
        f"default-src 'none'; script-src {own}; style-src {own}; img-src 'self' data: blob:; connect-src 'self'; "
        "font-src 'self'; manifest-src 'self'; worker-src 'self' blob:; form-action 'self'; frame-ancestors 'none'; "
        "object-src 'none'; base-uri 'none'"
    )


def hook(*, tls: bool) -> Hook:
    """Return what is called before each message is sent, also of answers that no handler made."""
    fixed = {**FIXED, **({"strict-transport-security": HSTS} if tls else {})}

    async def add(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        headers = list(message.get("headers", ()))
        present = {name.lower() for name, _ in headers}
        state = scope.get("state") or {}
        wanted = {
            **fixed,
            "content-security-policy": policy(state.get("csp_nonce")),
            "cache-control": "no-store",
        }
        headers += [(name.encode(), text.encode()) for name, text in wanted.items() if name.encode() not in present]
        message["headers"] = headers

    return add
