"""Words and authorities as ED-269 and ED-318 write them: plain text, or the same text in several languages.

Nothing here refuses: what no verdict rests on is taken as far as it can be read, and stays whole in `native`.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from skykeep.facts.enacted import Authority, Text
from skykeep.wire.jsontext import Json

PURPOSES = {"AUTHORISATION": "AUTHORIZATION"}


def texts(said: Json, about: str) -> tuple[Text, ...]:
    """Return plain text, a text with its language, or a list of either; empty ones vanish."""
    if isinstance(said, str):
        return (Text(about=about, lang="", text=said.strip()),) if said.strip() else ()
    if isinstance(said, dict):
        text, lang = said.get("text"), said.get("lang")
        if not isinstance(text, str) or not text.strip():
            return ()
        return (Text(about=about, lang=lang if isinstance(lang, str) else "", text=text.strip()),)
    if isinstance(said, list):
        return tuple(text for one in said if not isinstance(one, list) for text in texts(one, about))
    return ()


def best(of: Iterable[Text], about: str | None = None) -> str | None:
    """Return the English text, else the first one; texts without a language belong together."""
    found = [text for text in of if about is None or text.about == about]
    english = [text for text in found if text.lang.lower().startswith("en")]
    if english or not found or found[0].lang:
        return (english or found)[0].text if found else None
    return ", ".join(text.text for text in found if not text.lang)


def authorities(said: Json) -> tuple[Authority, ...]:
    """Return `zoneAuthority`; one that names nobody is left out."""
    listed = said if isinstance(said, list) else [said]
    found = (
        _authority({"name": one} if isinstance(one, str) else one) for one in listed if isinstance(one, dict | str)
    )
    return tuple(one for one in found if names_somebody(one))


def _authority(said: dict[str, Json]) -> Authority:
    purpose = (_plain(said.get("purpose")) or "").upper()
    interval = said.get("intervalBefore")
    return Authority(
        name=texts(said.get("name"), "authority_name"),
        service=texts(said.get("service"), "authority_service"),
        contact_name=texts(said.get("contactName"), "authority_contact_name"),
        site_url=_plain(said.get("siteURL")) or _plain(said.get("siteUrl")),
        email=_plain(said.get("email")),
        phone=_plain(said.get("phone")),
        purpose=PURPOSES.get(purpose, purpose) or None,
        interval_before=_plain(interval) if interval != 0 else None,
    )


def names_somebody(authority: Authority) -> bool:
    """Say whether it gives a name or a way to be reached."""
    named = authority.name or authority.service or authority.contact_name
    return bool(named or authority.site_url or authority.email or authority.phone)


def _plain(said: Json) -> str | None:
    if isinstance(said, bool) or not isinstance(said, str | int | Decimal):
        return None
    return str(said).strip() or None


def contact(of: tuple[Authority, ...]) -> tuple[str | None, str | None]:
    """Return (issuing body, contact line) of the first authority; the names of people stay out of the line."""
    if not of:
        return None, None
    first = of[0]
    line = [best(first.service), first.email, first.phone, first.site_url]
    return best(first.name), " · ".join(one for one in line if one) or None
