"""What the web does to accounts by itself stands in the record before it is done: the asking for that."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from skykeep.errors import Unavailable
from skykeep.rules.powers import Role
from skykeep.station import asked
from skykeep.station.link import Ask
from skykeep.web.asking import FAMILIES
from skykeep.web.site import Site


async def note(
    site: Site,
    action: str,
    person: str,
    roles: Iterable[Role],
    subject: str,
    *,
    reason: str = "",
    arguments: msgspec.Struct | None = None,
) -> int | None:
    """Have the station record an act; returns its entry. Raises an error where it does not: then nothing is done."""
    answer = await site.mirror.ask(
        Ask(
            number=0,  # the mirror numbers what goes over its connection
            action=action,
            person=person,
            roles=[role.value for role in roles],
            subject=subject,
            reason=reason,
            arguments=msgspec.json.encode(arguments or asked.ASKED[action][0]()),
            key="",
        )
    )
    if answer.problem:
        raise FAMILIES.get(answer.problem, Unavailable)(answer.detail)
    return answer.entry_index
