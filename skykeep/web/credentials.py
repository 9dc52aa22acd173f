"""Whether a permit's code that is shown holds: by the offices' keys and lists of withdrawn permits of this station."""

from __future__ import annotations

from pathlib import Path

from skykeep.errors import Malformed, Unavailable
from skykeep.station import credential
from skykeep.web.site import Site
from skykeep.wire import statuslist
from skykeep.wire.credential import S, open_envelope


def check(site: Site, text: str) -> credential.Checked:
    """Check a code by the newest list that it names; an older one must not outvote it.

    Raises Unavailable where this station knows no office's key, or cannot read a list.
    """
    vkeys = site.config.web.office_keys
    if not vkeys:
        raise Unavailable("this station knows no permit office's key; set office_keys in [web]")
    at_s = site.clock_ns() // S
    bare = credential.verify(text, vkeys, at_s, status=None)
    if bare.claims is None or bare.answer is not credential.Answer.TOO_OLD:
        return bare
    lists = [read_list(site.home.at(name)) for name in site.config.web.status_lists]
    named = [data for data in lists if _name(data) == bare.claims.status_list]
    found = [credential.verify(text, vkeys, at_s, status=data) for data in named]
    return max(found, key=lambda each: each.status_issued_s or 0, default=bare)


def read_list(path: Path) -> bytes:
    """Return a signed list of withdrawn permits; raises Unavailable where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unavailable(f"status list {path.name} cannot be read: {error.strerror}") from error


def _name(data: bytes) -> str:
    """Return the name of a status list, its signature not proved; "" where it is none."""
    try:
        return statuslist.decode(open_envelope(data).payload).name
    except Malformed:
        return ""
