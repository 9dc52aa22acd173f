"""/users: one's own account, and for those who may, everybody's: read here, changed by `skykeep.web.users_acts`."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from litestar import Controller, MediaType, Request, Response, get
from litestar.params import FromPath, FromQuery

from skykeep.errors import SkykeepError
from skykeep.rules.powers import Role
from skykeep.station import peopledevices
from skykeep.station.people import People, Person
from skykeep.station.peoplesessions import is_fresh
from skykeep.web import problems, shell, users_rows
from skykeep.web.admitting import caller_of, may
from skykeep.web.entering import guard_of, sentence
from skykeep.web.problems import Failed, not_there
from skykeep.web.words import say

ASKS = Request[Any, Any, Any]
DONE = {
    "changed": "The powers were changed. It stands in the record.",
    "signed-out": "Sessions, tokens and devices ended. It stands in the record.",
    "dismissed": "The account was dismissed. It stands in the record.",
    "factor-reset": "The second factor was forgotten. It stands in the record.",
    "token-withdrawn": "The token was withdrawn. It stands in the record.",
    "device-withdrawn": "The device was withdrawn. It stands in the record.",
    "session-ended": "The session ended.",
    "keys-withdrawn": "The sensor's keys ended. It stands in the record.",
}
GIVEN = tuple(role for role in Role if role not in {Role.PUBLIC, Role.SENSOR})
"""Powers that an account can have."""
OF_DEVICES = (Role.FIELD_OFFICER, Role.SITE_SECURITY, Role.PILOT)


class UsersPages(Controller):
    """Accounts as pages."""

    path = "/users"
    include_in_schema = False
    exception_handlers = shell.FAILED

    @get("/", opt={"action": "session.read"}, media_type=MediaType.HTML)
    async def list_users(self, request: ASKS, done: FromQuery[str] = "") -> Response[str]:
        """Show one's own account; and all accounts, devices and keys, each to those who may."""
        return await users(request, said=say(DONE.get(done, "")))

    @get("/people/{name:str}", opt={"action": "person.read"}, media_type=MediaType.HTML)
    async def show_person(self, request: ASKS, name: FromPath[str], done: FromQuery[str] = "") -> Response[str]:
        """Show one account, with what is signed in as it."""
        return await one(request, name, said=say(DONE.get(done, "")))


async def users(
    request: ASKS,
    *,
    said: str = "",
    good: bool = True,
    status: int = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
) -> Response[str]:
    """Return the page of all that whoever asks may see of accounts; `said`: what became of an act."""
    known = await asyncio.to_thread(_known, request)
    return shell.page(request, "users.html", status=status, headers=headers, said=said, good=good, **known)


async def one(
    request: ASKS,
    name: str,
    *,
    said: str = "",
    good: bool = True,
    status: int = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
) -> Response[str]:
    """Return the page of one account; raises Failed where there is none of this name."""
    people = guard_of(request).people
    found = await asyncio.to_thread(people.find, name)
    if found is None:
        raise not_there(f"account {name[:64]}")
    known = await asyncio.to_thread(_known_of, request, found)
    return shell.page(request, "user.html", status=status, headers=headers, said=said, good=good, **known)


async def again(request: ASKS, name: str | None, error: Failed | SkykeepError) -> Response[str]:
    """Return the page that a form was on, with why nothing was done; of an account, or of all of them."""
    failed = error if isinstance(error, Failed) else problems.of_error(error)
    why = f"{failed.detail}. {failed.remedy}".strip() if isinstance(error, Failed) else sentence(error)
    said = say("Not done: {why}", why=why)
    status = problems.KINDS[failed.name].status
    if name is not None and may(caller_of(request), "person.read"):
        return await one(request, name, said=said, good=False, status=status, headers=failed.headers)
    return await users(request, said=said, good=False, status=status, headers=failed.headers)


def _known(request: ASKS) -> dict[str, Any]:
    guard, caller = guard_of(request), caller_of(request)
    people, now_ns = guard.people, guard.now_ns()
    held = [role for role in caller.roles if role is not Role.PUBLIC]
    times = {"idle_s": guard.config.session_idle_s, "max_s": guard.config.session_max_s}
    sessions = people.sessions.of(caller.person, now_ns, **times)
    this = next((each for each in sessions if each.id == caller.session_id), None)
    factor = people.factors.held(caller.person)
    devices = people.devices.all() if may(caller, "device.read") else []
    return {
        "people": [_person(people, each) for each in people.all()] if may(caller, "person.read") else [],
        "devices": [users_rows.device(each, now_ns) for each in devices],
        "keys": [users_rows.key(each) for each in people.sensors.all()] if may(caller, "sensor.key") else [],
        "tokens": [users_rows.token(each) for each in people.tokens.of(caller.person, held)],
        "sessions": [users_rows.session(each, caller.session_id) for each in sessions if {*each.roles} <= {*held}],
        "fresh": is_fresh(this, now_ns),
        "factor": "none" if factor is None else "on",
        "kind": caller.kind,
        "held": held,
        "given": GIVEN,
        "of_devices": OF_DEVICES,
        "device_days": f"{peopledevices.DAYS_DEFAULT:g}",
        "device_days_max": f"{peopledevices.DAYS_MAX:g}",
    }


def _known_of(request: ASKS, found: Person) -> dict[str, Any]:
    guard = guard_of(request)
    people, now_ns = guard.people, guard.now_ns()
    times = {"idle_s": guard.config.session_idle_s, "max_s": guard.config.session_max_s}
    return {
        "of": _person(people, found),
        "tokens": [users_rows.token(each) for each in people.tokens.of(found.name, list(Role))],
        "devices": [users_rows.device(each, now_ns) for each in people.devices.all() if each.person == found.name],
        "sessions": [users_rows.session(each, "") for each in people.sessions.of(found.name, now_ns, **times)],
        "given": GIVEN,
        "of_devices": [role for role in OF_DEVICES if role in found.roles],
        "device_days": f"{peopledevices.DAYS_DEFAULT:g}",
        "device_days_max": f"{peopledevices.DAYS_MAX:g}",
    }


def _person(people: People, of: Person) -> users_rows.PersonRow:
    held = people.factors.held(of.name)
    return users_rows.person(of, factor_ns=None if held is None else held.made_ns)
