"""A document fetched over HTTP again and again, such as readsb's aircraft.json; the same one twice is taken once."""

from __future__ import annotations

import asyncio
import ssl

import httpx

from skykeep.errors import Refused, Unavailable
from skykeep.station.feeds import cutting, tls
from skykeep.station.feeds.door import NOBODY, Door

_NOT_MODIFIED = 304


class HttpPoll:
    """We ask each `period_s`; no redirect is followed, so what is configured is what is asked."""

    def __init__(self, door: Door) -> None:
        self._door, config = door, door.config
        if not config.address.startswith(("http://", "https://")):
            raise Refused(f"feed {config.name}: address {config.address!r}: write http://… or https://…")
        encrypted = config.address.startswith("https://")
        self._tls = tls.for_client(config, door.home, asked=encrypted) or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._form = door.form
        self._proves = bool(encrypted and config.ca_file and config.sensor_id)
        self._secret = door.home.secret(config.password_file) if config.password_file else ""
        self._before = b""
        self._tag = ""

    async def run(self) -> None:
        """Ask until cancelled; raises Unavailable where there is no good answer."""
        config, loop = self._door.config, asyncio.get_running_loop()
        who = self._door.proved(config.sensor_id) if self._proves else NOBODY
        async with httpx.AsyncClient(verify=self._tls, timeout=config.connect_s, trust_env=False) as client:
            while True:
                begun_s = loop.time()
                body = await self._asked(client)
                if not self._door.counts.connected:
                    self._door.connected()
                if body and body != self._before:
                    self._before = body
                    await self._door.take_in(cutting.of_message(self._form, body, config.link), who)
                await asyncio.sleep(max(0.0, begun_s + config.period_s - loop.time()))

    async def _asked(self, client: httpx.AsyncClient) -> bytes:
        """Return the document, b"" where it has not changed."""
        config = self._door.config
        headers = {"Accept-Encoding": "identity", "User-Agent": "skykeep"}
        if self._tag:
            headers["If-None-Match"] = self._tag
        if self._secret and not config.user:
            headers["Authorization"] = f"Bearer {self._secret}"
        basic = httpx.BasicAuth(config.user, self._secret) if config.user else None
        try:
            async with (
                asyncio.timeout(config.connect_s),
                client.stream("GET", config.address, headers=headers, auth=basic) as answer,
            ):
                return await self._read(answer)
        except httpx.HTTPError as error:
            raise Unavailable(f"{config.address}: {str(error) or type(error).__name__}") from error

    async def _read(self, answer: httpx.Response) -> bytes:
        where = self._door.config.address
        if answer.status_code == _NOT_MODIFIED:
            return b""
        if answer.status_code != httpx.codes.OK:
            raise Unavailable(f"{where} answers {answer.status_code}")
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise Unavailable(f"{where} answers packed ({answer.headers['Content-Encoding']}), which was not asked for")
        body = bytearray()
        async for chunk in answer.aiter_raw():
            body += chunk
            if len(body) > cutting.FRAME_MAX:
                raise Unavailable(f"{where} answers more than {cutting.FRAME_MAX} bytes")
        self._tag = answer.headers.get("ETag", "")
        return bytes(body)
