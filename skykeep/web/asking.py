"""Acts of people as asks to the station, and its answers as structs or problems."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from litestar import Request

from skykeep.errors import Corrupt, Malformed, Refused, SkykeepError, Unavailable
from skykeep.station import asked
from skykeep.station.link import Ask
from skykeep.web.admitting import caller_of
from skykeep.web.site import Site

FAMILIES: dict[str, type[SkykeepError]] = {
    "refused": Refused,
    "malformed": Malformed,
    "unavailable": Unavailable,
    "corrupt": Corrupt,
}
Told = TypeVar("Told", bound=msgspec.Struct)


async def ask(  # noqa: PLR0913  # what an Ask holds
    site: Site,
    request: Request[Any, Any, Any],
    action: str,
    told: type[Told],
    *,
    subject: str = "",
    reason: str = "",
    arguments: msgspec.Struct | None = None,
    data: bytes = b"",
    key: str = "",
) -> tuple[Told, int | None]:
    """Ask the station for an act of whoever sent this request; returns its result, and its entry in the record.

    Raises the family of error that the station names, and Unavailable where it is not there.
    """
    expected_arguments, expected_told = asked.ASKED[action]
    assert expected_told is told, f"{action} is answered by {expected_told.__name__}"
    given = expected_arguments() if arguments is None else arguments
    assert isinstance(given, expected_arguments), f"{action} takes {expected_arguments.__name__}"
    caller = caller_of(request)
    answer = await site.mirror.ask(
        Ask(
            number=0,  # the mirror numbers what goes over its connection
            action=action,
            person=f"sensor:{caller.person}" if caller.kind == "sensor" else caller.person,
            roles=[role.value for role in caller.roles],
            subject=subject,
            reason=reason.strip(),
            arguments=msgspec.json.encode(given),
            key=key or _key(request),
            data=data,
        )
    )
    if answer.problem:
        raise FAMILIES.get(answer.problem, Unavailable)(answer.detail)
    return msgspec.json.decode(answer.result if answer.result != b"null" else b"{}", type=told), answer.entry_index


def _key(request: Request[Any, Any, Any]) -> str:
    """Return the request's key as the station knows it: of this person, for this address."""
    said = request.headers.get("idempotency-key", "")
    caller = caller_of(request)
    return f"{caller.kind}:{caller.person}:{request.url.path}:{said}" if said else ""
