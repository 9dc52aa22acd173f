"""The cookies of a signed-in browser: the session's, and the mark by which a browser is known that signed in before.

With TLS both are named `__Host-`: bound to this very host, sent by TLS only, set by nobody else (RFC 6265bis, 4.1.3.2).
Without TLS, which is for one's own machine, they go without. No script can read them; a link from elsewhere brings the
session along (SameSite=Lax), a form from elsewhere does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Literal

from litestar.datastructures import Cookie

from skykeep.station.webconfig import WebConfig

BROWSER_DAYS = 180
LENGTH_MAX = 128


def by_tls(config: WebConfig) -> bool:
    """Whether people come by TLS: ours, or that of a proxy before us."""
    return config.public_url.startswith("https://") if config.public_url else bool(config.certificate_file)


@dataclass(frozen=True, slots=True)
class Cookies:
    """How the cookies of a station are named and set."""

    tls: bool

    @property
    def session(self) -> str:
        return "__Host-skykeep" if self.tls else "skykeep"

    @property
    def browser(self) -> str:
        return "__Host-skykeep-browser" if self.tls else "skykeep-browser"

    @property
    def pending(self) -> str:
        """Of a sign-in by OpenID Connect that is under way."""
        return "__Host-skykeep-oidc" if self.tls else "skykeep-oidc"

    @property
    def half_way(self) -> str:
        """Of a sign-in whose password was right, and which owes a code."""
        return "__Host-skykeep-half-way" if self.tls else "skykeep-half-way"

    def set(
        self, name: str, value: str, *, max_age_s: int | None = None, same_site: Literal["lax", "strict"] = "lax"
    ) -> Cookie:
        """Return a cookie; without an age it ends with the browser."""
        return Cookie(
            key=name, value=value, path="/", httponly=True, secure=self.tls, samesite=same_site, max_age=max_age_s
        )

    def clear(self, name: str) -> Cookie:
        """Return what makes a browser forget a cookie."""
        return Cookie(key=name, value="", path="/", httponly=True, secure=self.tls, samesite="lax", max_age=0)


def read(header: str, name: str) -> str:
    """Return a cookie of a request; "" where there is none, or it cannot be ours."""
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return found.value if found is not None and len(found.value) <= LENGTH_MAX else ""
