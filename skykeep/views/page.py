"""The shell of an offline page: head with its content security policy, top line, style and script by their hash.

A page may load nothing and run nothing but the one script whose hash its policy names.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from skykeep.views.markup import Html, tag


def whole(
    body: Sequence[Html],
    *,
    title: str,
    css: str,
    script: str,
    brand: str,
    pill: str = "",
    skip: str = "",
    skip_words: str = "Skip to the verdicts",
) -> str:
    """Return the page: `body` inside the shell; `skip` is the id that a keyboard jumps to first."""
    jump = [tag("a", skip_words, class_="skip", href=f"#{skip}")] if skip else []
    inside = tag("div", _top(brand, pill), *body, class_="page")
    page = tag(
        "html",
        _head(title, css, script),
        tag("body", *jump, inside, tag("script", Html(script))),
        lang="en",
        dir="ltr",
    )
    return f"<!DOCTYPE html>\n{page}\n"


def _head(title: str, css: str, script: str) -> Html:
    policy = (
        f"default-src 'none'; style-src {_hash(css)}; script-src {_hash(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="robots", content="noindex"),
        tag("title", title),
        tag("link", rel="icon", href="data:,"),
        tag("style", Html(css)),
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _top(brand: str, pill: str) -> Html:
    logo = Html(
        '<svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 1.5l9 3.5v6.5c0 5.6-3.8 '
        '9.3-9 11-5.2-1.7-9-5.4-9-11V5z" fill="none" stroke="currentColor" stroke-width="1.8"/><path d="M6.5 14a6 '
        '6 0 0 1 11 0" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/>'
        '<circle cx="12" cy="14" r="1.6" fill="currentColor"/></svg>'
    )
    named = tag("span", logo, brand, class_="brand")
    pills = [tag("span", pill, class_="pill rec")] if pill else []
    return tag("div", named, tag("span", class_="sp"), *pills, class_="top")
