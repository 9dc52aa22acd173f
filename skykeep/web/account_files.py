"""/reports/accounts: accounts and reports that somebody put into the station's folder `accounts`, to be taken along.

They are pages complete in themselves (`skykeep account`, `skykeep report`), which may tell more of people than the
console does; so they are for those who may read the record, and are given as files, never opened as a page of ours.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from litestar import Controller, Request, Response, get
from litestar.params import FromPath

from skykeep.errors import Unavailable
from skykeep.views import words
from skykeep.web import shell
from skykeep.web.problems import not_there
from skykeep.web.site import Site, site_of

FOLDER = "accounts"
END = ".html"
READ = {"action": "record.read"}
SHOWN_MAX = 200
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Whatever opens the file in a browser all the same: it is nobody's page, and asks nobody."""


class File(NamedTuple):
    """One account."""

    name: str
    address: str
    changed: str
    size: str


class AccountFiles(Controller):
    """Accounts."""

    path = "/reports/accounts"
    include_in_schema = False
    exception_handlers = shell.FAILED

    @get("/{name:str}", opt=READ)
    async def give(self, request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
        """Give an account as a file."""
        site = site_of(request)
        if name not in {path.name for path in await asyncio.to_thread(_paths, site)}:
            raise not_there(f"account {name[:80]}")
        try:
            data = await asyncio.to_thread((_folder(site) / name).read_bytes)
        except OSError as error:
            raise Unavailable(f"{name} cannot be read: {error.strerror}") from error
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": SANDBOX,
            "Cache-Control": "no-store",
        }
        return Response(data, media_type="text/html; charset=utf-8", headers=headers)


def files(site: Site) -> list[File]:
    """Return the accounts that lie there, the newest first; none where there is no folder."""
    found = sorted(((path.stat().st_mtime_ns, path) for path in _paths(site)), reverse=True)
    return [
        File(path.name, f"/reports/accounts/{quote(path.name, safe='')}", words.utc(t_ns), _size(path.stat().st_size))
        for t_ns, path in found[:SHOWN_MAX]
    ]


def _folder(site: Site) -> Path:
    return site.home.at(FOLDER)


def _paths(site: Site) -> list[Path]:
    """Return the files themselves; a link might lead to any file of the machine."""
    try:
        return [each for each in _folder(site).iterdir() if each.name.endswith(END) and _is_plain(each)]
    except OSError:
        return []


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 100_000 else f"{max(1, size_bytes // 1000)} kB"  # noqa: PLR2004  # as people say it
