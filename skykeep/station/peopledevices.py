"""Devices: a field officer's phone, enrolled by a code that is shown once, used once, good for ten minutes.

Also the invitations by which people choose their first password, and what a browser holds between the two steps of
signing in with a second factor. A device has at most the powers of a person in the
field, whatever else its owner may do: a phone is lost more easily than a desk.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from skykeep.errors import Refused
from skykeep.rules.powers import Role
from skykeep.station.peopledb import PeopleDb, digest, new_id, secret

ENROLMENT, INVITATION, SECOND_STEP = "enrolment", "invitation", "second_step"
PREFIX = {ENROLMENT: "ske_", INVITATION: "ski_", SECOND_STEP: "skc_"}
NS = 1_000_000_000
ENROLMENT_S, INVITATION_S, SECOND_STEP_S = 600, 3 * 86_400, 300
DAYS_DEFAULT, DAYS_MAX = 7.0, 30.0
ALLOWED = (Role.FIELD_OFFICER, Role.PILOT, Role.SITE_SECURITY)
LABEL_MAX = 80
_DEVICE = "SELECT id, person, label, roles, made_by, made_ns, enrolled_ns, expires_ns FROM devices"


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """An enrolled phone, or one whose code was not used yet."""

    id: str
    person: str
    label: str
    roles: tuple[Role, ...]
    made_by: str
    made_ns: int
    enrolled_ns: int | None
    expires_ns: int


class Devices:
    """The tables of devices and of codes that are used once."""

    def __init__(self, db: PeopleDb) -> None:
        self._db = db

    def make(
        self,
        person: str,
        label: str,
        roles: Iterable[Role],
        now_ns: int,
        *,
        made_by: str,
        days: float = DAYS_DEFAULT,
        device_id: str = "",
    ) -> tuple[str, str]:
        """Prepare a device; returns its id and the code that enrols it."""
        device_id = device_id or new_id()
        held = " ".join(sorted({role.value for role in roles}))
        expires_ns = now_ns + int(days * 86_400 * NS)
        row = (device_id, person, label.strip()[:LABEL_MAX], held, made_by, now_ns, None, expires_ns)
        with self._db.writing() as db:
            db.execute("INSERT INTO devices VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            code = self.code(ENROLMENT, device_id, now_ns + ENROLMENT_S * NS)
        return device_id, code

    def enrol(self, code: str, now_ns: int) -> Device | None:
        """Use a code up; None where there is none such, or its time is over."""
        with self._db.writing() as db:
            device_id = self.use(ENROLMENT, code, now_ns)
            if device_id is None:
                return None
            db.execute("UPDATE devices SET enrolled_ns = ? WHERE id = ?", (now_ns, device_id))
            row = db.execute(f"{_DEVICE} WHERE id = ?", (device_id,)).fetchone()
        return None if row is None else _device(row)

    def get(self, device_id: str) -> Device | None:
        """Return a device; None where there is none."""
        row = self._db.row(f"{_DEVICE} WHERE id = ?", device_id)
        return None if row is None else _device(row)

    def all(self) -> list[Device]:
        """Return every device, by person."""
        return [_device(row) for row in self._db.rows(f"{_DEVICE} ORDER BY person, made_ns, id")]

    def withdraw(self, device_id: str) -> bool:
        """End a device with its session and its code; says whether there was such a one."""
        with self._db.writing() as db:
            db.execute("DELETE FROM sessions WHERE device = ?", (device_id,))
            db.execute("DELETE FROM codes WHERE purpose = ? AND about = ?", (ENROLMENT, device_id))
            return db.execute("DELETE FROM devices WHERE id = ?", (device_id,)).rowcount > 0

    def end_all(self, person: str) -> None:
        """End all devices of a person, and what was sent to them to sign in with."""
        with self._db.writing() as db:
            for (device_id,) in db.execute("SELECT id FROM devices WHERE person = ?", (person,)).fetchall():
                self.withdraw(device_id)
            self.void(person)

    def void(self, person: str) -> None:
        """End a person's invitation, and every sign-in of theirs that is half done."""
        with self._db.writing() as db:
            db.execute("DELETE FROM codes WHERE purpose IN (?, ?) AND about = ?", (INVITATION, SECOND_STEP, person))

    def half_way(self, person: str, now_ns: int) -> str:
        """Return what a browser holds whose person gave the right password, and owes a code: five minutes long."""
        with self._db.writing() as db:
            db.execute("DELETE FROM codes WHERE expires_ns <= ?", (now_ns,))
            return self.code(SECOND_STEP, person, now_ns + SECOND_STEP_S * NS)

    def invite(self, person: str, now_ns: int) -> str:
        """Return a code by which a person chooses a password within three days; any older one is void."""
        with self._db.writing() as db:
            db.execute("DELETE FROM codes WHERE purpose = ? AND about = ?", (INVITATION, person))
            return self.code(INVITATION, person, now_ns + INVITATION_S * NS)

    def code(self, purpose: str, about: str, expires_ns: int) -> str:
        """Make a code that is used once."""
        made = secret(PREFIX[purpose])
        with self._db.writing() as db:
            db.execute("INSERT INTO codes VALUES (?, ?, ?, ?)", (digest(made), purpose, about, expires_ns))
        return made

    def about(self, purpose: str, code: str, now_ns: int) -> str | None:
        """Return what a code is about without using it up; None where it does not hold."""
        sql = "SELECT about FROM codes WHERE secret = ? AND purpose = ? AND expires_ns > ?"
        row = self._db.row(sql, digest(code), purpose, now_ns)
        return None if row is None else str(row[0])

    def use(self, purpose: str, code: str, now_ns: int) -> str | None:
        """Use a code up, of two who come at once for one of them; returns what it is about."""
        with self._db.writing() as db:
            db.execute("DELETE FROM codes WHERE expires_ns <= ?", (now_ns,))
            row = db.execute(
                "DELETE FROM codes WHERE secret = ? AND purpose = ? RETURNING about", (digest(code), purpose)
            ).fetchone()
        return None if row is None else str(row[0])


def require_lesser(owner: Iterable[Role], wanted: Iterable[Role], days: float) -> None:
    """Refuse a device with powers that its owner does not have, or that no phone should have; or for too long."""
    may = frozenset(owner) & frozenset(ALLOWED)
    wanted = frozenset(wanted)
    beyond = sorted(role.value for role in wanted - may)
    if beyond or not wanted:
        named = ", ".join(sorted(role.value for role in may)) or "none"
        raise Refused(
            f"a device of this person can have these powers: {named}; not {', '.join(beyond) or 'none at all'}"
        )
    if not 0 < days <= DAYS_MAX:
        raise Refused(f"a device is enrolled for at most {DAYS_MAX:.0f} days; enrol it again after that")


def _device(row: tuple[Any, ...]) -> Device:
    device_id, person, label, roles, made_by, made_ns, enrolled_ns, expires_ns = row
    return Device(
        id=device_id,
        person=person,
        label=label,
        roles=tuple(Role(role) for role in roles.split()),
        made_by=made_by,
        made_ns=made_ns,
        enrolled_ns=enrolled_ns,
        expires_ns=expires_ns,
    )
