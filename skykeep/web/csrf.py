"""Requests that another site makes a browser send are refused, by what browsers say of where they come from.

An unsafe request that is signed in by a cookie must come from our own pages: `Sec-Fetch-Site: same-origin`, or, from
browsers that do not say so, an `Origin` that is ours (OWASP Cross-Site Request Forgery Prevention, "Fetch Metadata",
"Verifying Origin"). A request that bears a token needs none of it: no browser sends that by itself. A form of ours that
is sent without a cookie, such as signing in, is refused where a browser says that it comes from elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def fault(method: str, headers: Mapping[str, str], origins: Collection[str], *, by_cookie: bool) -> str | None:
    """Return what is wrong with where a request comes from; None where nothing is. `origins`: ours, such as https://a.b."""
    if method in SAFE:
        return None
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site != "same-origin":
        return f"it was sent by a page of another origin (Sec-Fetch-Site: {site[:20]})"
    if origin is not None and origin not in origins:
        return f"it was sent by a page of {origin[:80]}"
    if site is None and origin is None and by_cookie:
        return "the browser does not say which page sent it (neither Sec-Fetch-Site nor Origin)"
    return None
