"""The one guard before every handler: who may ask for it at all, by the table of powers, in which content type.

A handler names its act in `opt={"action": ...}`; one that names none is refused to everybody, and a test finds it. The
guard admits by role. State, reason, incident and four eyes are the station's to check, which knows how things stand.
"""

from __future__ import annotations

from http import HTTPMethod
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from skykeep.errors import Refused
from skykeep.rules import powers
from skykeep.web.caller import PUBLIC, Caller
from skykeep.web.problems import Failed

JSON = ("application/json",)
Connection = ASGIConnection[Any, Any, Any, Any]


def caller_of(connection: Connection) -> Caller:
    """Return who is asking, as the guard before this one found out."""
    found = connection.scope.get("user")
    return found if isinstance(found, Caller) else PUBLIC


def admitted(connection: Connection, handler: BaseRouteHandler) -> None:
    """Refuse whoever lacks the power that the handler names, and every handler that names none."""
    action = handler.opt.get("action", "")
    if action not in powers.TABLE:
        raise Failed("not-admitted", f"{handler} names no act of the table of powers")
    caller = caller_of(connection)
    try:
        _admit(caller, action)
    except Refused as error:
        name = "not-signed-in" if caller.kind == "public" else "not-admitted"
        raise Failed(name, str(error), action=action) from error


def may(caller: Caller, action: str) -> bool:
    """Whether somebody has the power for an act, whatever else it asks for."""
    try:
        _admit(caller, action)
    except Refused:
        return False
    return True


def _admit(caller: Caller, action: str) -> None:
    """Admit by role alone: everything else that the act asks for is given."""
    states = powers.TABLE[action].states
    powers.admit(
        caller.roles,
        action,
        state=min(states) if states else None,
        reason="-",
        incident_open=True,
        before="somebody",
        person="somebody else",
    )


def typed(connection: Connection, handler: BaseRouteHandler) -> None:
    """Refuse a body of another content type than `opt["takes"]`, JSON unless it says so."""
    if connection.scope.get("method") not in {HTTPMethod.POST, HTTPMethod.PUT, HTTPMethod.PATCH}:
        return
    takes = handler.opt.get("takes", JSON)
    given = connection.headers.get("content-type", "").split(";")[0].strip().lower()
    bare = connection.headers.get("content-length", "0") == "0" and "transfer-encoding" not in connection.headers
    if given not in takes and not (bare and not given):
        raise Failed("wrong-type", f"a body of type {given or 'unknown'}; this takes {' or '.join(takes)}")
