"""Who lost a phone, or was put out, is told of incidents no more: the browsers that were to be told are forgotten."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Request

from skykeep.station.outlets.subscriptions import FILE, Subscriptions
from skykeep.web.site import site_of


async def untold(request: Request[Any, Any, Any], person: str) -> None:
    """Forget the browsers in which a person is told of incidents: a phone that was lost is among them."""
    path = site_of(request).home.path / FILE
    if await asyncio.to_thread(path.exists):
        await asyncio.to_thread(lambda: Subscriptions(path).remove_person(person))
