"""The web process: one application on one socket, until it is told to end or its supervisor is gone.

`python -m skykeep.web DIR` runs it; `skykeep serve` starts it beside the station. Where it listens stands in
`DIR/run/web.url`, also where the configuration names port 0.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from litestar import Litestar

from skykeep.errors import Refused, SkykeepError, Unavailable
from skykeep.station import logs
from skykeep.station.config import Config, Home, load
from skykeep.station.ending import told_to_end
from skykeep.station.webconfig import WebConfig
from skykeep.web.assembling import assemble
from skykeep.web.patience import patient

REFUSED, FAILED = 2, 3
BACKLOG = 1_024
GRACE_S = 5
SHARES = 4  # of all connections, one address has one
URL = "web.url"


def main(arguments: list[str]) -> int:
    """Serve the station in a directory; returns an exit code: 2 where it cannot run as it is configured."""
    if len(arguments) != 1:
        print("usage: python -m skykeep.web DIR", file=sys.stderr)  # noqa: T201  # a program's own words
        return REFUSED
    note = logs.configure("web")
    try:
        home = Home(Path(arguments[0]))
        serve(home, load(home), told_to_end(), note=note)
    except SkykeepError as error:
        note(f"error: {error}")
        return REFUSED if isinstance(error, Refused) else FAILED
    return 0


def serve(home: Home, config: Config, ended: threading.Event, *, note: Callable[[str], None]) -> None:
    """Serve until `ended`; raises Refused or Unavailable where that cannot begin."""
    tls = _tls(home, config.web, note) if config.web.certificate_file else None
    listening = _listen(config.web)
    url = _url(config.web, listening)
    server = uvicorn.Server(_settings(assemble(home, config), config.web, tls))
    threading.Thread(target=_end, args=(ended, server), name="ending", daemon=True).start()
    told = home.run / URL
    try:
        told.parent.mkdir(parents=True, exist_ok=True)
        told.write_text(f"{url}\n", "utf-8")
        note(f"serving {url}")
        with asyncio.Runner(loop_factory=_loop(config.web.header_s)) as runner:
            runner.run(server.serve(sockets=[listening]))
    finally:
        listening.close()
        with contextlib.suppress(OSError):
            told.unlink(missing_ok=True)


def _end(ended: threading.Event, server: uvicorn.Server) -> None:
    ended.wait()
    server.should_exit = True


def _each_max(config: WebConfig) -> int:
    """Return how many connections one address may hold; 0 where a proxy is the address of all."""
    if config.trust_proxy:
        return 0
    return config.connections_each_max or max(1, config.connections_max // SHARES)


def _loop(handshake_s: float) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return what makes the loop: one in which who begins TLS and does not go on is cut off like all others."""
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415  # not made for Windows

    class Loop(uvloop.Loop):
        async def create_server(  # type: ignore[override]  # what it takes, it passes on
            self,
            *arguments: Any,  # noqa: ANN401  # as uvloop has it
            ssl: ssl.SSLContext | None = None,
            **more: Any,  # noqa: ANN401  # as uvloop has it
        ) -> asyncio.AbstractServer:
            if ssl is not None:  # the server above has no setting for it, and a minute is the loop's own patience
                more["ssl_handshake_timeout"] = handshake_s
            return await super().create_server(*arguments, ssl=ssl, **more)

    return Loop


def _listen(config: WebConfig) -> socket.socket:
    """Return the socket; raises Unavailable where it cannot be had."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM)[0]
        with contextlib.ExitStack() as ending:
            listening = ending.enter_context(socket.socket(family, kind))
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(BACKLOG)
            ending.pop_all()
    except OSError as error:
        raise Unavailable(
            f"{config.host}:{config.port} cannot be listened at: {error.strerror or error}; set host and port in [web]"
        ) from error
    return listening


def _url(config: WebConfig, listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    scheme = "https" if config.certificate_file else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _settings(app: Litestar, config: WebConfig, tls: ssl.SSLContext | None) -> uvicorn.Config:
    settings = uvicorn.Config(
        app,
        http=patient(header_s=config.header_s, body_s=config.body_s, each_max=_each_max(config)),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # whom to believe is the guard's to decide
        timeout_keep_alive=int(max(1.0, config.keep_alive_s)),
        timeout_graceful_shutdown=GRACE_S,
        limit_concurrency=config.connections_max,
        backlog=BACKLOG,
    )
    settings.load()
    settings.ssl = tls
    return settings


def _tls(home: Home, config: WebConfig, note: Callable[[str], None]) -> ssl.SSLContext:
    """Return TLS 1.2 and newer with the station's certificate; raises Refused where that cannot be used.

    One that is renewed later is taken up by itself.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    files = home.at(config.certificate_file), home.at(config.key_file or config.certificate_file)
    try:
        context.load_cert_chain(*files)
    except (OSError, ssl.SSLError) as error:
        raise Refused(f"[web] certificate_file, key_file: {error}; make them with `skykeep tls`") from error
    context.sni_callback = _Renewing(files, note)
    return context


class _Renewing:
    """Takes a renewed certificate up: looks at its files whenever somebody connects, for whoever connects next."""

    def __init__(self, files: tuple[Path, Path], note: Callable[[str], None]) -> None:
        self._files, self._note = files, note
        self._held = self._tried = self._stamps()

    def __call__(self, _of: object, _name: str | None, context: ssl.SSLContext) -> None:
        stamps = self._stamps()
        if stamps in {self._held, self._tried}:
            return
        self._tried = stamps
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*self._files)  # aside: half of a pair spoils it
            context.load_cert_chain(*self._files)
        except (OSError, ssl.SSLError) as error:
            self._note(f"[web] the certificate was changed and cannot be used, so the one before stays: {error}")
        else:
            self._held = stamps
            self._note("[web] a renewed certificate is in use")

    def _stamps(self) -> tuple[int, ...]:
        try:
            return tuple(number for file in self._files for number in (file.stat().st_mtime_ns, file.stat().st_ino))
        except OSError:  # it is being replaced
            return ()
