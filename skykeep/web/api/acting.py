"""What acts answer with: where they stand in the record."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request

from skykeep.station import asked
from skykeep.web.asking import ask
from skykeep.web.site import site_of


class Acted(msgspec.Struct, frozen=True, kw_only=True):
    """It is done, and durable."""

    entry_index: int | None  # where it stands in the record


async def act(
    request: Request[Any, Any, Any],
    action: str,
    subject: str,
    *,
    reason: str = "",
    arguments: msgspec.Struct | None = None,
    key: str = "",
) -> Acted:
    """Ask the station for an act that is answered by nothing but where it stands."""
    _, entry_index = await ask(
        site_of(request), request, action, asked.Done, subject=subject, reason=reason, arguments=arguments, key=key
    )
    return Acted(entry_index=entry_index)
