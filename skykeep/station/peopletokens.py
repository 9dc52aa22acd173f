"""Tokens: how a program signs in as a person, with no more powers than it needs and no longer than it needs them.

A token is shown once, when it is made; `skt_` lets scanners of sources find one that leaked. What it may do is what
both it and its person may do at that moment. A token that is told of in a list, made or withdrawn by another token is
never greater than that other one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from skykeep.errors import Refused
from skykeep.rules.powers import Role
from skykeep.station.peopledb import PeopleDb, digest, new_id, secret

PREFIX = "skt_"
NS = 1_000_000_000
DAYS_MAX = 366
OF_PERSON_MAX = 100
LABEL_MAX = 80
TOUCH_S = 3600.0  # a use is written down at most so often
_ROW = """SELECT t.id, t.person, t.label, t.roles, t.made_ns, t.expires_ns, t.used_ns, p.roles FROM tokens t
    JOIN persons p ON p.name = t.person AND p.dismissed_ns IS NULL AND p.must_change = 0"""


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token as its owner sees it: never the secret."""

    id: str
    person: str
    label: str
    roles: tuple[Role, ...]  # as it was made
    allowed: tuple[Role, ...]  # of these, what its person still has
    made_ns: int
    expires_ns: int
    used_ns: int | None


class Tokens:
    """The table of tokens."""

    def __init__(self, db: PeopleDb) -> None:
        self._db = db

    def make(
        self, person: str, label: str, roles: Iterable[Role], now_ns: int, *, expires_ns: int, token_id: str = ""
    ) -> tuple[str, str]:
        """Make one; returns its id and the secret, which nobody can read again."""
        made, token_id = secret(PREFIX), token_id or new_id()
        held = " ".join(sorted({role.value for role in roles}))
        row = (token_id, digest(made), person, label.strip()[:LABEL_MAX], held, now_ns, expires_ns, None)
        with self._db.writing() as db:
            db.execute("INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        return token_id, made

    def find(self, presented: str, now_ns: int) -> Token | None:
        """Return the token that a program presents, and note its use; None where there is none, or it is over."""
        row = self._db.row(f"{_ROW} WHERE t.secret = ? AND t.expires_ns > ?", digest(presented), now_ns)
        if row is None:
            return None
        token = _token(row)
        if token.used_ns is None or now_ns - token.used_ns > TOUCH_S * NS:
            with self._db.writing() as db:
                db.execute("UPDATE tokens SET used_ns = ? WHERE id = ?", (now_ns, token.id))
        return token

    def get(self, token_id: str) -> Token | None:
        """Return a token by its id, expired or not; None where there is none."""
        row = self._db.row(f"{_ROW} WHERE t.id = ?", token_id)
        return None if row is None else _token(row)

    def of(self, person: str, roles: Iterable[Role]) -> list[Token]:
        """Return somebody's tokens that have none but these powers: a lesser token never sees a greater one."""
        held = frozenset(roles)
        rows = self._db.rows(f"{_ROW} WHERE t.person = ? ORDER BY t.made_ns, t.id", person)
        return [token for token in map(_token, rows) if held.issuperset(token.roles)]

    def withdraw(self, token_id: str) -> bool:
        """End a token; says whether there was such a one."""
        with self._db.writing() as db:
            return db.execute("DELETE FROM tokens WHERE id = ?", (token_id,)).rowcount > 0

    def require_lesser(self, person: str, held: Iterable[Role], wanted: Iterable[Role], *, count_now: int) -> None:
        """Refuse a token with a power that its maker does not have in this request, without any, or one too many."""
        wanted = tuple(wanted)
        beyond = sorted(role.value for role in frozenset(wanted) - frozenset(held))
        if beyond:
            raise Refused(f"a token has no more powers than who makes it: not {', '.join(beyond)}; leave that out")
        if not wanted:
            raise Refused("a token needs a power, or it can do nothing; name one of yours")
        if count_now >= OF_PERSON_MAX:
            raise Refused(f"{person} has {count_now} tokens, and no more are kept; withdraw one")

    def require_time(self, now_ns: int, expires_ns: int, *, maker_expires_ns: int | None) -> None:
        """Refuse a token that is over already, lives longer than a year, or longer than the token that makes it."""
        last_ns = now_ns + DAYS_MAX * 86_400 * NS
        if maker_expires_ns is not None:
            last_ns = min(last_ns, maker_expires_ns)
        if not now_ns < expires_ns <= last_ns:
            raise Refused(f"a token ends within {DAYS_MAX} days, and not after the token that makes it; name an "
                          "earlier time to come")  # fmt: skip


def _token(row: tuple[Any, ...]) -> Token:
    token_id, person, label, roles, made_ns, expires_ns, used_ns, held = row
    named = tuple(Role(role) for role in roles.split())
    return Token(
        id=token_id,
        person=person,
        label=label,
        roles=named,
        allowed=tuple(role for role in named if role.value in held.split()),
        made_ns=made_ns,
        expires_ns=expires_ns,
        used_ns=used_ns,
    )
