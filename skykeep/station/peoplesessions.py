"""Sessions: a signed-in browser or device, known by a secret of 256 bits that only its cookie holds.

A session ends when it was not used for `idle_s`, when it is `max_s` old whatever it did, when its person signs out,
changes the password or is dismissed, and when somebody ends it. A device's session has its own times (`peopledevices`).
"""

from __future__ import annotations

from typing import Any

import msgspec

from skykeep.rules.powers import Role
from skykeep.station.peopledb import PeopleDb, digest, new_id, secret

PREFIX = "skw_"
NS = 1_000_000_000
DEVICE_IDLE_S = 12 * 3600.0  # a phone that nobody looked at for a shift must be enrolled again
FRESH_S = 600.0  # so long after signing in somebody may end their other sessions: nobody who only found a browser may
TOUCH_S = 30.0  # a use is written down at most so often
AGENT_MAX = 120
_SESSION = """SELECT s.id, s.person, s.kind, s.device, s.roles, s.made_ns, s.used_ns, s.agent, p.roles, p.must_change,
    d.expires_ns, f.made_ns FROM sessions s JOIN persons p ON p.name = s.person AND p.dismissed_ns IS NULL
    LEFT JOIN devices d ON d.id = s.device LEFT JOIN factors f ON f.person = s.person"""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session as its owner sees it."""

    id: str
    person: str
    kind: str  # "password", "oidc", "device"
    device: str | None
    roles: tuple[Role, ...]  # those of the person now, and no more than those of the device
    made_ns: int
    used_ns: int
    agent: str  # what the browser calls itself
    must_change: bool  # can choose a password, and nothing else
    second_factor: bool  # its person has one; then a session that a password began was asked for it


def is_fresh(session: Session | None, now_ns: int) -> bool:
    """Whether its person proved just now who they are; a device never does."""
    return session is not None and session.kind != "device" and now_ns - session.made_ns <= FRESH_S * NS


class Sessions:
    """The table of sessions."""

    def __init__(self, db: PeopleDb) -> None:
        self._db = db

    def begin(
        self, person: str, kind: str, now_ns: int, *, agent: str, device: str | None = None, roles: str | None = None
    ) -> tuple[str, str]:
        """Begin one; returns its id and the secret of its cookie. `roles`: no more than these, by name."""
        made, session_id = secret(PREFIX), new_id()
        row = (session_id, digest(made), person, kind, device, roles, now_ns, now_ns, agent[:AGENT_MAX])
        with self._db.writing() as db:
            db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        return session_id, made

    def find(self, cookie: str, now_ns: int, *, idle_s: float, max_s: float) -> Session | None:
        """Return the session of a cookie and note that it was used; None where there is none, or it is over."""
        row = self._db.row(f"{_SESSION} WHERE s.secret = ?", digest(cookie))
        if row is None or _over(row, now_ns, idle_s=idle_s, max_s=max_s):
            return None
        session = _session(row)
        if now_ns - session.used_ns > TOUCH_S * NS:
            with self._db.writing() as db:
                db.execute("UPDATE sessions SET used_ns = ? WHERE id = ?", (now_ns, session.id))
        return session

    def of(self, person: str, now_ns: int, *, idle_s: float, max_s: float) -> list[Session]:
        """Return somebody's sessions, those used last first."""
        rows = self._db.rows(f"{_SESSION} WHERE s.person = ? ORDER BY s.used_ns DESC", person)
        return [_session(row) for row in rows if not _over(row, now_ns, idle_s=idle_s, max_s=max_s)]

    def end(self, person: str, session_id: str) -> bool:
        """End one of somebody's sessions; says whether there was such a one."""
        with self._db.writing() as db:
            return db.execute("DELETE FROM sessions WHERE person = ? AND id = ?", (person, session_id)).rowcount > 0

    def end_all(self, person: str, *, spare: str = "", of_devices: bool = True) -> int:
        """End somebody's sessions but one, those of devices too unless they are left; returns how many."""
        which = "" if of_devices else " AND device IS NULL"
        with self._db.writing() as db:
            return db.execute(f"DELETE FROM sessions WHERE person = ? AND id <> ?{which}", (person, spare)).rowcount  # noqa: S608  # words of our own

    def prune(self, now_ns: int, *, idle_s: float, max_s: float) -> None:
        """Remove the rows of sessions that are over."""
        longest_ns = int(max(idle_s, DEVICE_IDLE_S) * NS)
        with self._db.writing() as db:
            db.execute("DELETE FROM sessions WHERE used_ns < ?", (now_ns - longest_ns,))
            db.execute("DELETE FROM sessions WHERE device IS NULL AND made_ns < ?", (now_ns - int(max_s * NS),))


def _over(row: tuple[Any, ...], now_ns: int, *, idle_s: float, max_s: float) -> bool:
    kind, made_ns, used_ns, device_expires_ns = row[2], row[5], row[6], row[10]
    if kind == "device":
        return device_expires_ns is None or now_ns >= device_expires_ns or now_ns - used_ns > DEVICE_IDLE_S * NS
    return bool(now_ns - used_ns > idle_s * NS or now_ns - made_ns > max_s * NS)


def _session(row: tuple[Any, ...]) -> Session:
    session_id, person, kind, device, limit, made_ns, used_ns, agent, roles, must_change, _, factor_ns = row
    held = [Role(role) for role in roles.split()]
    return Session(
        id=session_id,
        person=person,
        kind=kind,
        device=device,
        roles=tuple(role for role in held if limit is None or role.value in limit.split()),
        made_ns=made_ns,
        used_ns=used_ns,
        agent=agent,
        must_change=bool(must_change) and kind == "password",
        second_factor=factor_ns is not None,
    )
