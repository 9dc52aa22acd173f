"""The first people, made known to a station before it runs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence

from skykeep.rules.powers import Role
from skykeep.station.config import Home
from skykeep.station.people import People
from skykeep.station.peoplepasswords import require_good


def require_admin(name: str, password: str | None, context: Sequence[str]) -> None:
    """Refuse a password that is too easy, before anything is made. `context`: names of station and place."""
    if password is not None:
        require_good(password, [name, *context])


def enrol(home: Home, name: str, roles: Sequence[Role], password: str) -> None:
    """Make an account with these powers; one that an interrupted `init` left gets the new password."""
    with contextlib.closing(People(home.people)) as people:
        now_ns = time.time_ns()
        if people.find(name) is None:
            people.enrol(name, roles, now_ns, password=password)
            return
        people.set_password(name, people.passwords.hash(password).result(), now_ns)
