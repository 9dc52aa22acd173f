"""Wrong passwords and codes: after a few of them an account waits, in a way by which nobody can lock others out.

Guessing is counted by account, whether there is one of that name or not. After `tries` wrong passwords within `lock_s`
the account waits `lock_s`, then twice as long, at most eight times; while it waits nothing is tried and nothing is
counted, so that no lock is prolonged. A browser that signed in before as this person holds a mark of its own and is
counted by itself: whoever guesses elsewhere cannot lock it out, and has no more tries with it than anybody ("device
cookies", OWASP, Slow Down Online Guessing Attacks). Sessions, tokens and devices that are signed in go on.
"""

from __future__ import annotations

from skykeep.station.peopledb import PeopleDb, digest, secret

BROWSER_PREFIX = "skb_"
NS = 1_000_000_000
DOUBLINGS_MAX = 3
FORGOTTEN_S = 86_400.0  # a day without a wrong password, and the next lock is a short one again
BROWSERS_MAX = 20  # marks of one person; the oldest goes


class Locks:
    """The tables of wrong passwords and of known browsers."""

    def __init__(self, db: PeopleDb) -> None:
        self._db = db

    def bucket(self, name: str, browser: str) -> bytes:
        """Return where the tries of this browser for this name are counted."""
        if browser:
            row = self._db.row("SELECT person FROM browsers WHERE secret = ?", digest(browser))
            if row is not None and row[0] == name:
                return digest(f"browser {browser}")
        return digest(f"account {name}")

    @staticmethod
    def own(what: str, person: str) -> bytes:
        """Return where tries of somebody who is signed in are counted: no name that is typed leads there."""
        return digest(f"signed in, {what}: {person}")

    def wait_s(self, bucket: bytes, now_ns: int) -> float:
        """Return how long nothing may be tried; 0 where one may."""
        row = self._db.row("SELECT until_ns FROM failures WHERE bucket = ?", bucket)
        return 0.0 if row is None else max(0.0, (row[0] - now_ns) / NS)

    def attempt(self, bucket: bytes, now_ns: int, *, tries: int, lock_s: float) -> tuple[float, float]:
        """Count a try before it is made, so that many at once are not more than one after the other.

        Returns how long it must wait instead (nothing is counted then), and how long the account waits if it is wrong.
        """
        with self._db.writing():
            waiting_s = self.wait_s(bucket, now_ns)
            return (waiting_s, 0.0) if waiting_s > 0 else (0.0, self.failed(bucket, now_ns, tries=tries, lock_s=lock_s))

    def failed(self, bucket: bytes, now_ns: int, *, tries: int, lock_s: float) -> float:
        """Count a wrong password; returns how long the account waits now, 0 where it does not."""
        with self._db.writing() as db:
            sql = "SELECT count, locks, began_ns, until_ns FROM failures WHERE bucket = ?"
            count, locks, began_ns, until_ns = db.execute(sql, (bucket,)).fetchone() or (0, 0, now_ns, 0)
            if now_ns - max(began_ns, until_ns) > FORGOTTEN_S * NS:
                locks = 0
            if now_ns - began_ns > lock_s * NS:
                count, began_ns = 0, now_ns
            count += 1
            wait_s = 0.0
            if count >= tries:
                wait_s = lock_s * 2 ** min(locks, DOUBLINGS_MAX)
                count, locks, until_ns = 0, locks + 1, now_ns + int(wait_s * NS)
            row = (bucket, count, locks, began_ns, until_ns)
            db.execute("INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?, ?)", row)
        return wait_s

    def give_back(self, bucket: bytes, *, tries: int, locked: bool) -> None:
        """Take back the count of one try that was right, and is half of signing in: the wrong ones before it stay.

        `locked`: that it was the one with which the account would have begun to wait.
        """
        with self._db.writing() as db:
            if locked:
                sql = "UPDATE failures SET count = ?, locks = locks - 1, until_ns = 0 WHERE bucket = ?"
                db.execute(sql, (tries - 1, bucket))
            else:
                db.execute("UPDATE failures SET count = max(0, count - 1) WHERE bucket = ?", (bucket,))

    def succeeded(self, bucket: bytes, name: str, browser: str, now_ns: int) -> str:
        """Forget the wrong passwords, and return the mark by which this browser is known from now on."""
        known = bucket == digest(f"browser {browser}")
        made = browser if known else secret(BROWSER_PREFIX)
        with self._db.writing() as db:
            db.execute("DELETE FROM failures WHERE bucket = ?", (bucket,))
            if not known:
                db.execute("INSERT INTO browsers VALUES (?, ?, ?)", (digest(made), name, now_ns))
                db.execute(
                    "DELETE FROM browsers WHERE person = ?1 AND secret NOT IN (SELECT secret FROM browsers "
                    "WHERE person = ?1 ORDER BY made_ns DESC, secret LIMIT ?2)", (name, BROWSERS_MAX),
                )  # fmt: skip
        return made

    def forget_browsers(self, person: str, *, spare: str) -> None:
        """Forget the browsers that signed in as somebody but one: a thief's may be among them."""
        with self._db.writing() as db:
            db.execute("DELETE FROM browsers WHERE person = ? AND secret <> ?", (person, digest(spare)))

    def forget(self, bucket: bytes) -> None:
        """Forget the wrong passwords of one."""
        with self._db.writing() as db:
            db.execute("DELETE FROM failures WHERE bucket = ?", (bucket,))

    def prune(self, now_ns: int) -> None:
        """Remove what is forgotten."""
        with self._db.writing() as db:
            before_ns = now_ns - int(FORGOTTEN_S * NS)
            db.execute("DELETE FROM failures WHERE max(began_ns, until_ns) < ?", (before_ns,))
