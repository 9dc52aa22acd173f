"""Acts on accounts from the machine itself: noted in the record where the station runs, else said not to be.

Whoever can write the file of accounts can do all this; that it is noted is for the honest, who are most.
"""

from __future__ import annotations

import contextlib
import getpass
import socket
from collections.abc import Callable, Iterator, Sequence

import msgspec

from skykeep.errors import Corrupt, Malformed, Refused, SkykeepError, Unavailable
from skykeep.rules.powers import Role
from skykeep.station import asked, totp
from skykeep.station.config import Home, load
from skykeep.station.link import Answer, Ask, Reader, packed
from skykeep.station.people import People, Person
from skykeep.station.peopledb import digest, new_id

WAIT_S = 10.0
_READ_BYTES = 1 << 16
_FAMILIES: dict[str, type[SkykeepError]] = {"refused": Refused, "malformed": Malformed, "corrupt": Corrupt}
Say = Callable[[str], None]


def role(name: str) -> Role:
    """Return a power by its name; raises Refused naming those there are."""
    try:
        return Role(name)
    except ValueError as error:
        known = ", ".join(each.value for each in Role if each not in {Role.PUBLIC, Role.SENSOR})
        raise Refused(f"{name!r} is no power; a person can have {known}") from error


class PeopleDesk:
    """The accounts of one station, as its machine's owner acts on them."""

    def __init__(self, home: Home, say: Say) -> None:
        """Open the accounts; raises Refused where this is no directory of a station."""
        if not home.file.exists():
            raise Refused(f"{home.path} is no station, it has no {home.file.name}: make one with `skykeep init`")
        self.home, self._say, self.people = home, say, People(home.people)

    def close(self) -> None:
        self.people.close()

    def add(self, name: str, roles: Sequence[Role], now_ns: int) -> str:
        """Add an account; returns the invitation by which its person chooses a password."""
        self.people.require_enrollable(name, roles)
        self.note("person.enrol", f"person:{name}")
        self.people.enrol(name, roles, now_ns)
        return self.people.devices.invite(name, now_ns)

    def invite(self, name: str, now_ns: int, reason: str) -> str:
        """Forget a password and all that is signed in; returns an invitation to choose another one."""
        if self.people.get(name).issuer is not None:
            raise Refused(f"{name} signs in by a provider; a password is chosen there")
        self.note("person.change", f"person:{name}", reason)
        self.people.sign_out(name)
        return self.people.reinvite(name, now_ns)

    def set_roles(self, name: str, roles: Sequence[Role], now_ns: int, reason: str) -> Person:
        """Give a person other powers."""
        self.people.require_changeable(name, roles)
        self.note("person.change", f"person:{name}", reason)
        return self.people.set_roles(name, roles, now_ns)

    def offer_factor(self, name: str, now_ns: int) -> tuple[str, str]:
        """Offer a second factor; returns under what it is offered, and the address that an app scans."""
        if self.people.get(name).issuer is not None:
            raise Refused(f"{name} signs in by a provider; a second factor is its business")
        offered_to = new_id()
        secret = self.people.factors.offer(name, offered_to, now_ns)
        return offered_to, totp.address(secret, station=load(self.home).name, person=name)

    def enrol_factor(self, name: str, offered_to: str, code: str, now_ns: int) -> list[str]:
        """Let hold what was offered, where a code proves it; returns the recovery codes. Sessions of before end."""
        if not self.people.factors.proves(name, offered_to, code, now_ns):
            raise Refused("this code is none of what was shown; begin again, and see that both clocks are right")
        self.note("factor.enrol", f"person:{name}")
        made = self.people.factors.enrol(name, offered_to, code, now_ns)
        if made is None:
            raise Refused("another second factor was offered meanwhile; begin again")
        self.people.sessions.end_all(name, of_devices=False)
        self.people.devices.void(name)
        return made

    def reset_factor(self, name: str, reason: str) -> None:
        """Forget a second factor, and end all that its person holds."""
        if self.people.factors.held(name) is None:
            raise Refused(f"{name} has no second factor; `skykeep people list` says who has")
        self.note("factor.reset", f"person:{name}", reason)
        self.people.reset_factor(name)

    def dismiss(self, name: str, now_ns: int, reason: str) -> None:
        """Let a person sign in no more."""
        self.people.get(name)
        self.people.require_admin_left(name, ())
        self.note("person.dismiss", f"person:{name}", reason)
        self.people.dismiss(name, now_ns)

    def token(self, name: str, roles: Sequence[Role], now_ns: int, *, label: str, days: float) -> str:
        """Return a new token of a person, with no powers that this person lacks."""
        held = self.people.get(name).roles
        count = len(self.people.tokens.of(name, list(Role)))
        self.people.tokens.require_lesser(name, held, roles, count_now=count)
        expires_ns = now_ns + int(days * 86_400 * 1_000_000_000)
        self.people.tokens.require_time(now_ns, expires_ns, maker_expires_ns=None)
        self.note("token.make", f"person:{name}")
        return self.people.tokens.make(name, label, roles, now_ns, expires_ns=expires_ns)[1]

    def key(self, sensor_id: str, now_ns: int, *, overlap_s: float) -> str:
        """Return a new key of a sensor; the one before holds on for a while."""
        self.people.sensors.require_name(sensor_id)
        key = self.people.sensors.new()
        arguments = asked.SensorKey(key_sha256=digest(key).hex(), until_ns=now_ns + int(overlap_s * 1_000_000_000))
        self.note("sensor.key", f"sensor:{sensor_id}", arguments=arguments)
        return self.people.sensors.make(sensor_id, now_ns, overlap_s=overlap_s, key=key)[1]

    def withdraw(self, sensor_id: str) -> int:
        """End all keys of a sensor; returns how many."""
        self.note("sensor.withdraw", f"sensor:{sensor_id}", "on the command line")
        return self.people.sensors.withdraw(sensor_id)

    def note(self, action: str, subject: str, reason: str = "", *, arguments: msgspec.Struct | None = None) -> None:
        """Have the running station record an act; say so where none runs, for then it is done all the same."""
        said = msgspec.json.encode(arguments or asked.ASKED[action][0]())
        person = f"{getpass.getuser()} at the station's machine"
        ask = Ask(1, action, person, [Role.ADMIN.value], subject, reason, said, "")
        try:
            connection = _connected(self.home)
        except OSError:
            self._say("the station does not run: this is done, and not recorded")
            return
        with connection:
            answer = _answer(connection, ask)
        if answer.problem:
            raise _FAMILIES.get(answer.problem, Unavailable)(answer.detail)


def _connected(home: Home) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(WAIT_S)
    try:
        connection.connect(str(home.socket))
    except OSError:
        connection.close()
        raise
    return connection


def _answer(connection: socket.socket, ask: Ask) -> Answer:
    try:
        connection.sendall(packed(ask))
        return next(message for message in _messages(connection) if isinstance(message, Answer))
    except (OSError, StopIteration) as error:
        raise Unavailable("the station runs, but did not record it; nothing is done, try again") from error


def _messages(connection: socket.socket) -> Iterator[object]:
    reader = Reader()
    while data := connection.recv(_READ_BYTES):
        yield from reader.feed(data)


@contextlib.contextmanager
def opened(home: Home, say: Say) -> Iterator[PeopleDesk]:
    """Open the accounts of a station for as long as the block lasts."""
    desk = PeopleDesk(home, say)
    try:
        yield desk
    finally:
        desk.close()
