"""Who may sign in to a station: accounts, and with them factors, tokens, sessions, devices, sensor keys and locks.

`People` opens the file and holds its parts; each part is a module of its own. Nothing here asks for the time: `now_ns`
is an argument. What a person does to accounts is asked of the station first, which records it (`facts.acted.ActDone`),
and done here when that is durable.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from skykeep.errors import Refused
from skykeep.rules.powers import Role
from skykeep.station import peoplepasswords
from skykeep.station.peopledb import PeopleDb
from skykeep.station.peopledevices import Devices
from skykeep.station.peoplefactors import Factors
from skykeep.station.peoplelocks import Locks
from skykeep.station.peoplepasswords import Passwords
from skykeep.station.peoplesensors import SensorKeys
from skykeep.station.peoplesessions import Sessions
from skykeep.station.peopletokens import Tokens

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}[a-z0-9]")
MACHINES = frozenset({Role.SENSOR, Role.PUBLIC})  # what no account can have
_PERSON = (
    "SELECT name, roles, password, must_change, issuer, made_ns, changed_ns, dismissed_ns, "
    "EXISTS (SELECT 1 FROM factors f WHERE f.person = name) FROM persons"
)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """One account."""

    name: str
    roles: tuple[Role, ...]
    made_ns: int
    changed_ns: int
    dismissed_ns: int | None  # None: may sign in
    has_password: bool
    must_change: bool  # the password was chosen by somebody else: it is good for choosing another one
    issuer: str | None  # of OpenID Connect; None: an account of this station
    second_factor: bool = False  # of the password


class People:
    """All accounts of a station, in one file that the web process, the station process and the command line open."""

    def __init__(self, path: Path, passwords: Passwords | None = None) -> None:
        """Open the file, or make it; raises Refused where others than its owner may read it."""
        self.db = PeopleDb(path)
        self.passwords = passwords or Passwords()
        self.sessions = Sessions(self.db)
        self.tokens = Tokens(self.db)
        self.devices = Devices(self.db)
        self.factors = Factors(self.db)
        self.locks = Locks(self.db)
        self.sensors = SensorKeys(self.db)

    def close(self) -> None:
        """Close the file."""
        self.passwords.close()
        self.db.close()

    def all(self) -> list[Person]:
        """Return every account by name, dismissed ones too."""
        return [_person(row) for row in self.db.rows(f"{_PERSON} ORDER BY name")]

    def find(self, name: str) -> Person | None:
        """Return an account; None where there is none of this name."""
        row = self.db.row(f"{_PERSON} WHERE name = ?", name)
        return None if row is None else _person(row)

    def get(self, name: str) -> Person:
        """Return an account that is not dismissed; raises Refused where there is none."""
        found = self.find(name)
        if found is None or found.dismissed_ns is not None:
            raise Refused(f"there is no account {name!r}; `skykeep people list` names them")
        return found

    def kept(self, name: str) -> str | None:
        """Return the hash of somebody's password; None where there is no such account, or it has none."""
        row = self.db.row("SELECT password FROM persons WHERE name = ? AND dismissed_ns IS NULL", name)
        return None if row is None else row[0]

    def enrol(
        self, name: str, roles: Iterable[Role], now_ns: int, *, password: str | None = None, must_change: bool = False
    ) -> Person:
        """Add an account; without a password it needs an invitation. Raises Refused where the name cannot be had."""
        self.require_free(name)
        held = _roles(roles)
        hashed = None
        if password is not None:
            peoplepasswords.require_good(password, [name])
            hashed = self.passwords.hash(password).result()
        with self.db.writing() as db:
            try:
                db.execute(
                    "INSERT INTO persons VALUES (?, ?, ?, ?, NULL, NULL, ?, ?, NULL)",
                    (name, held, hashed, must_change, now_ns, now_ns),
                )
            except sqlite3.IntegrityError as error:
                raise Refused(f"there is an account {name} already; take another name") from error
        return self.get(name)

    def require_free(self, name: str) -> None:
        """Refuse a name that cannot be an account's, or was given before: in the record it is one person for ever."""
        if not NAME.fullmatch(name):
            raise Refused(f"{name!r} cannot name an account: 2 to 64 small letters, digits, dots, dashes")
        if self.find(name) is not None:
            raise Refused(f"there is, or was, an account {name}; a name is given once: take another one")

    def require_enrollable(self, name: str, roles: Iterable[Role]) -> None:
        """Refuse what `enrol` would refuse: asked before the act is recorded."""
        self.require_free(name)
        _roles(roles)

    def require_changeable(self, name: str, roles: Iterable[Role]) -> None:
        """Refuse what `set_roles` would refuse: asked before the act is recorded."""
        self.get(name)
        held = tuple(roles)
        _roles(held)
        self.require_admin_left(name, held)

    def reinvite(self, name: str, now_ns: int) -> str:
        """Forget somebody's password and return an invitation to choose another one."""
        with self.db.writing() as db:
            db.execute("UPDATE persons SET password = NULL, changed_ns = ? WHERE name = ?", (now_ns, name))
            return self.devices.invite(name, now_ns)

    def federate(self, name: str, roles: Iterable[Role], now_ns: int, *, issuer: str, subject: str) -> Person:
        """Add an account that a provider of OpenID Connect vouches for, or give it the powers it has there now."""
        held = _roles(roles)
        with self.db.writing() as db:
            known = db.execute(
                "SELECT name FROM persons WHERE (issuer, subject) = (?, ?)", (issuer, subject)
            ).fetchone()
            if known is not None:
                name = known[0]
                db.execute("UPDATE persons SET roles = ?, changed_ns = ? WHERE name = ?", (held, now_ns, name))
            else:
                db.execute(
                    "INSERT INTO persons VALUES (?, ?, NULL, 0, ?, ?, ?, ?, NULL)",
                    (name, held, issuer, subject, now_ns, now_ns),
                )
        return self.get(name)

    def vouched(self, issuer: str, subject: str) -> Person | None:
        """Return the account of somebody that a provider vouches for, dismissed or not; None where there is none."""
        row = self.db.row(f"{_PERSON} WHERE (issuer, subject) = (?, ?)", issuer, subject)
        return None if row is None else _person(row)

    def set_roles(self, name: str, roles: Iterable[Role], now_ns: int) -> Person:
        """Give an account other powers; they hold at its next request. Raises Refused where no admin would be left."""
        held = tuple(roles)
        self.get(name)
        self.require_admin_left(name, held)
        with self.db.writing() as db:
            db.execute("UPDATE persons SET roles = ?, changed_ns = ? WHERE name = ?", (_roles(held), now_ns, name))
        return self.get(name)

    def dismiss(self, name: str, now_ns: int) -> None:
        """Let nobody sign in as this person any more, and end all that they hold: sessions, tokens, devices."""
        self.get(name)
        self.require_admin_left(name, ())
        with self.db.writing() as db:
            db.execute("UPDATE persons SET dismissed_ns = ?, password = NULL WHERE name = ?", (now_ns, name))
            self.factors.remove(name)
            self.sign_out(name)

    def sign_out(self, name: str) -> None:
        """End all sessions, tokens, devices and open codes of a person; the account stays."""
        with self.db.writing() as db:
            for table in ("sessions", "tokens", "browsers"):
                db.execute(f"DELETE FROM {table} WHERE person = ?", (name,))  # noqa: S608  # names of our own
            self.devices.end_all(name)

    def reset_factor(self, name: str) -> None:
        """Forget somebody's second factor and end all that they hold, for a phone that is lost may hold some."""
        with self.db.writing():
            self.factors.remove(name)
            self.sign_out(name)

    def set_password(
        self, name: str, hashed: str, now_ns: int, *, spare_session: str = "", keep_tokens: bool = False
    ) -> None:
        """Keep a hash that `passwords.hash` made; all sessions of the person end but the one to be spared.

        Tokens and devices end too: whoever knew the password before may have made some. `keep_tokens` leaves them.
        """
        with self.db.writing() as db:
            db.execute(
                "UPDATE persons SET password = ?, must_change = 0, changed_ns = ? WHERE name = ?",
                (hashed, now_ns, name),
            )
            self.devices.void(name)
            if keep_tokens:
                self.sessions.end_all(name, spare=spare_session, of_devices=False)
                return
            self.sessions.end_all(name, spare=spare_session)
            db.execute("DELETE FROM tokens WHERE person = ?", (name,))
            self.devices.end_all(name)

    def renew_hash(self, name: str, before: str, hashed: str) -> None:
        """Keep the same password under today's parameters, unless it was changed meanwhile."""
        with self.db.writing() as db:
            db.execute("UPDATE persons SET password = ? WHERE name = ? AND password = ?", (hashed, name, before))

    def require_admin_left(self, name: str, roles: Iterable[Role]) -> None:
        """Refuse what would leave the station without a person who can enrol people."""
        others = [each for each in self.all() if each.name != name and each.dismissed_ns is None]
        if Role.ADMIN not in tuple(roles) and not any(Role.ADMIN in each.roles for each in others):
            raise Refused(f"{name} is the only admin; enrol another one first")


def _roles(roles: Iterable[Role]) -> str:
    """Return powers as they are kept: by name, each once; raises Refused for what only machines have, or none."""
    held = sorted({role.value for role in roles})
    machines = [name for name in held if Role(name) in MACHINES]
    if machines:
        raise Refused(f"{machines[0]} is no power of a person; a sensor gets a key: `skykeep people key`")
    if not held:
        raise Refused("an account needs a power, or it can do nothing; to end one, dismiss the person")
    return " ".join(held)


def _person(row: tuple[Any, ...]) -> Person:
    name, roles, password, must_change, issuer, made_ns, changed_ns, dismissed_ns, second_factor = row
    return Person(
        name=name,
        roles=tuple(Role(role) for role in roles.split()),
        made_ns=made_ns,
        changed_ns=changed_ns,
        dismissed_ns=dismissed_ns,
        has_password=password is not None,
        must_change=bool(must_change),
        issuer=issuer,
        second_factor=bool(second_factor),
    )
