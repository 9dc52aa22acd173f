"""The second factor of a password: a secret that a phone's authenticator app shares, and codes to get in without it.

    offered    a secret that was shown to one session, ten minutes long, and proves nothing yet
    held       the same once its person typed a code of it; one for each person
    recovery   eight codes of 118 bits, shown once, each used once, kept as their hash

A code of the app counts once: the step of the last one is kept, and only later ones are taken. Where this machine's
clock is set back, no code is taken until it is where it was; recovery codes are. The secret itself must be readable to
whoever checks codes. It stands where the hashes of passwords stand, in a file that only its owner may read, and nowhere
else; whoever gets that file has the second factor of all, and still needs a password of each.
"""

from __future__ import annotations

import re
import secrets

import msgspec

from skykeep.station import totp
from skykeep.station.peopledb import PeopleDb, digest

OFFER_S = 600
RECOVERY_CODES = 8
RECOVERY_LENGTH = 24  # of 31 letters and digits: 118 bits, so that a plain hash will do (OWASP ASVS 5.0, 6.5.2)
NS = 1_000_000_000
CODE, RECOVERY = "code", "recovery code"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # neither i, l, o nor 0, 1
_GAPS = re.compile(r"[\s-]+")


class Factor(msgspec.Struct, frozen=True, kw_only=True):
    """The second factor of a person, as its owner sees it: never the secret."""

    made_ns: int
    recovery_left: int  # codes that were not used yet


class Factors:
    """The tables of second factors."""

    def __init__(self, db: PeopleDb) -> None:
        self._db = db

    def held(self, person: str) -> Factor | None:
        """Return somebody's second factor; None where there is none, or none that was proved yet."""
        row = self._db.row(
            "SELECT made_ns, (SELECT count(*) FROM recovery_codes r WHERE r.person = f.person) FROM factors f "
            "WHERE person = ?", person,
        )  # fmt: skip
        return None if row is None else Factor(made_ns=row[0], recovery_left=row[1])

    def offer(self, person: str, session_id: str, now_ns: int) -> bytes:
        """Return a new secret for an app, which this session may prove within ten minutes; any older one is void."""
        secret = totp.new_secret()
        with self._db.writing() as db:
            row = (person, secret, session_id, now_ns + OFFER_S * NS)
            db.execute("INSERT OR REPLACE INTO factor_offers VALUES (?, ?, ?, ?)", row)
        return secret

    def proves(self, person: str, session_id: str, said: str, now_ns: int) -> bool:
        """Whether a code is one of the secret that was offered to this session: asked before the act is recorded."""
        return self._proved(person, session_id, said, now_ns) is not None

    def enrol(self, person: str, session_id: str, said: str, now_ns: int) -> list[str] | None:
        """Keep the secret that was offered to a session, in place of any other, where the code is one of it.

        Returns the recovery codes, which nobody can read again; None where the code is none, or the offer is over.
        """
        with self._db.writing() as db:
            proved = self._proved(person, session_id, said, now_ns)
            if proved is None:
                return None
            secret, step = proved
            self.remove(person)
            db.execute("INSERT INTO factors VALUES (?, ?, ?, ?)", (person, secret, now_ns, step))
            made = [recovery_code() for _ in range(RECOVERY_CODES)]
            db.executemany(
                "INSERT INTO recovery_codes VALUES (?, ?)", [(digest(_plain(code)), person) for code in made]
            )
        return made

    def use(self, person: str, said: str, now_ns: int) -> str | None:
        """Use a code up, of two who come at once for one of them; says which kind it was, None where it is none."""
        plain = _plain(said)
        with self._db.writing() as db:
            row = db.execute("SELECT secret, used_step FROM factors WHERE person = ?", (person,)).fetchone()
            if row is None:
                return None
            step = totp.matching(row[0], plain, now_ns)
            if step is not None and step > row[1]:
                db.execute("UPDATE factors SET used_step = ? WHERE person = ?", (step, person))
                return CODE
            gone = "DELETE FROM recovery_codes WHERE secret = ? AND person = ?"
            return RECOVERY if db.execute(gone, (digest(plain), person)).rowcount > 0 else None

    def remove(self, person: str) -> bool:
        """Forget somebody's second factor, what was offered and the recovery codes; says whether there was one."""
        with self._db.writing() as db:
            for table in ("factor_offers", "recovery_codes"):
                db.execute(f"DELETE FROM {table} WHERE person = ?", (person,))  # noqa: S608  # names of our own
            return db.execute("DELETE FROM factors WHERE person = ?", (person,)).rowcount > 0

    def prune(self, now_ns: int) -> None:
        """Remove what was offered and not proved in time."""
        with self._db.writing() as db:
            db.execute("DELETE FROM factor_offers WHERE expires_ns <= ?", (now_ns,))

    def _proved(self, person: str, session_id: str, said: str, now_ns: int) -> tuple[bytes, int] | None:
        """Return the secret that was offered to a session, and the step of the code that proves it."""
        sql = "SELECT secret FROM factor_offers WHERE person = ? AND session = ? AND expires_ns > ?"
        row = self._db.row(sql, person, session_id, now_ns)
        step = None if row is None else totp.matching(row[0], _plain(said), now_ns)
        return None if row is None or step is None else (row[0], step)


def recovery_code() -> str:
    """Return a code to write down: 24 letters and digits in groups of four."""
    letters = [secrets.choice(_LETTERS) for _ in range(RECOVERY_LENGTH)]
    return "-".join("".join(letters[at : at + 4]) for at in range(0, RECOVERY_LENGTH, 4))


def _plain(said: str) -> str:
    """Return a code without what people put between its parts."""
    return _GAPS.sub("", said).casefold()
