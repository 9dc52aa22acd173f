"""Files that browsers are given: styles, scripts, what others wrote, and maps in pieces.

    /static/...     out of this package; a name that is not there is not there, whatever it spells
    /map/city       the station's own map where it has one, else the demo city; in ranges (RFC 9110, 14)

A browser asks each time whether it still has the newest (ETag), so that a station never gives out old scripts after an
update. Text goes out compressed; nothing in it is secret.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import re
from http import HTTPStatus
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

from litestar import Controller, Request, Response, get
from litestar.params import FromPath

from skykeep.web.problems import Failed, not_there
from skykeep.web.site import Site, site_of

ASKS = Request[Any, Any, Any]
TYPES = {
    ".css": "text/css", ".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json",
    ".woff2": "font/woff2",
}  # fmt: skip
PRESSED = frozenset({".css", ".js", ".mjs", ".json"})
OWN_MAP = "map.pmtiles"
CITY = "montevideo.pmtiles"
TOWN = "/static/map/town.json"
RANGE_MAX_BYTES = 4 << 20
_RANGE = re.compile(r"bytes=([0-9]{1,15})-([0-9]{1,15})")


class Asset(NamedTuple):
    """One file of ours as it is sent."""

    data: bytes
    pressed: bytes | None  # the same, compressed; None: it would not gain
    type: str
    tag: str


class Assets(Controller):
    """Files for browsers."""

    path = "/"
    include_in_schema = False

    @get("/static/{path:path}", opt={"action": "time.read"}, sync_to_thread=True)
    def static(self, request: ASKS, path: FromPath[str]) -> Response[bytes]:
        """Give a style sheet, a script or a font."""
        name = path.lstrip("/")
        if name not in names():
            raise not_there(name)
        asset = _read(name)
        headers = {"Cache-Control": "no-cache", "ETag": asset.tag, "Vary": "Accept-Encoding"}
        if request.headers.get("if-none-match") == asset.tag:
            return Response(b"", status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        if asset.pressed is None or "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(asset.data, media_type=asset.type, headers=headers)
        return Response(asset.pressed, media_type=asset.type, headers=headers | {"Content-Encoding": "gzip"})

    @get("/map/city", opt={"action": "law.read"}, sync_to_thread=True)
    def city(self, request: ASKS) -> Response[bytes]:
        """Give a piece of the map; the whole is never asked for."""
        path = own_map(site_of(request)) or Path(str(_folder().joinpath("map").joinpath(CITY)))
        first, last = _range(request.headers.get("range", ""))
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if first >= size:
                headers = {"Content-Range": f"bytes */{size}"}
                return Response(b"", status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
            file.seek(first)
            data = file.read(min(last, first + RANGE_MAX_BYTES - 1) - first + 1)
            changed_ns = path.stat().st_mtime_ns
        headers = {
            "Content-Range": f"bytes {first}-{first + len(data) - 1}/{size}",
            "ETag": f'"{size:x}-{changed_ns:x}"',
            "Accept-Ranges": "bytes",
            "Cache-Control": "no-cache",
        }
        return Response(
            data, status_code=HTTPStatus.PARTIAL_CONTENT, media_type="application/octet-stream", headers=headers
        )


def own_map(site: Site) -> Path | None:
    """Return the station's own map, `map.pmtiles` in its directory, if it has one."""
    path = site.home.at(OWN_MAP)
    return path if path.is_file() else None


def town_map(site: Site) -> str | None:
    """Return the address of the invented town's streets, where flights are invented too; None: this is a real place."""
    return TOWN if any(each.kind == "simulator" for each in site.config.feed) else None


@functools.cache
def names() -> frozenset[str]:
    """Return all there is under `/static/`."""
    return frozenset(_names(_folder(), ""))


def _names(folder: Traversable, before: str) -> list[str]:
    found = []
    for each in folder.iterdir():
        if each.is_dir():
            found += _names(each, f"{before}{each.name}/")
        elif Path(each.name).suffix in TYPES:
            found.append(before + each.name)
    return found


def _folder() -> Traversable:
    return resources.files("skykeep.web").joinpath("static")


@functools.lru_cache(maxsize=256)
def _read(name: str) -> Asset:
    data, suffix = _folder().joinpath(name).read_bytes(), Path(name).suffix
    pressed = gzip.compress(data, 6, mtime=0) if suffix in PRESSED else None
    return Asset(data, pressed, TYPES[suffix], f'"{hashlib.sha256(data).hexdigest()[:32]}"')


def _range(said: str) -> tuple[int, int]:
    """Return the first and last byte that are asked for; a problem where that is not one range."""
    found = _RANGE.fullmatch(said.strip())
    if found is None or int(found[2]) < int(found[1]):
        raise Failed("malformed", "the map is given in single ranges of bytes", "Ask with Range: bytes=0-16383.")
    return int(found[1]), int(found[2])
