"""Who is asking: set on each request by the guard that signs people and machines in, asked by every handler."""

from __future__ import annotations

import msgspec

from skykeep.rules.powers import Role


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """A person, a machine or the public, as `request.user`."""

    person: str = ""  # account name; the sensor's id of a sensor; "" of the public
    roles: tuple[Role, ...] = (Role.PUBLIC,)
    kind: str = "public"  # "session", "token", "sensor", "public"
    session_id: str = ""  # of a session or token: what the guard knows it by, never the secret
    unmasked: frozenset[int] = frozenset()  # tracks that this person may see unmasked: revealed, and still allowed


PUBLIC = Caller()
