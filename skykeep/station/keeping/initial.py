"""A station's directory, made in one go: configuration, keys, secrets, first people.

What is there already is kept, and the configuration is written last: an interrupted `skykeep init` is just asked again.
The record itself is made when the station first runs.
"""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

import msgspec

from skykeep.errors import Refused, Unavailable
from skykeep.rules.powers import Role
from skykeep.station.config import FILE, Config, Home, load
from skykeep.station.keeping import demotown, enrolling
from skykeep.station.keys import Keys
from skykeep.station.logfiles import sync_directory
from skykeep.station.peoplepasswords import generated

_PIECES = frozenset({
    "keys", "secrets", "tls", "run", "law", "office", "office-keys", "people.db", "people.db-wal", "people.db-shm",
})  # fmt: skip


class Person(msgspec.Struct, frozen=True):
    """Somebody who can sign in; the password is told once and kept nowhere."""

    name: str
    roles: list[str]
    password: str | None  # None: it was given, or the account was there already


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """What `skykeep init` is asked for."""

    name: str = "Skykeep"
    place: str = ""
    admin: str = "admin"
    password: str | None = None  # of the admin; None: one is made
    demo: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Made:
    """What came of it."""

    home: Home
    config: Config
    people: tuple[Person, ...]

    @property
    def secret(self) -> tuple[Path, ...]:
        """Directories of keys, the office's too where there is one: no backup holds them."""
        office = self.config.office
        return (self.home.keys, *((self.home.at(office.keys),) if office.record else ()))

    @property
    def url(self) -> str:
        """Where people reach the station."""
        web = self.config.web
        return web.public_url or f"{'https' if web.certificate_file else 'http'}://{web.host}:{web.port}"


def make(path: Path, asked: Asked, now_ns: int) -> Made:
    """Make a station in `path`, new or empty; raises Refused where something else lies there."""
    home = Home(path)
    text = _configuration(asked)
    enrolling.require_admin(asked.admin, asked.password, (asked.name, asked.place))
    _require_ours(home)
    for directory in (path, home.keys, home.secrets, home.run, home.tls):
        _owned_directory(directory)
    _make_keys(home)
    if asked.demo:
        text = text.replace("{office_vkey}", demotown.lay_out(path, now_ns))
    people = tuple(_enrolled(home, name, roles, given) for name, roles, given in _people(asked))
    _write_last(home, text)
    return Made(home, load(home), people)


def _people(asked: Asked) -> list[tuple[str, Sequence[Role], str | None]]:
    first: list[tuple[str, Sequence[Role], str | None]] = [(asked.admin, (Role.ADMIN,), asked.password)]
    if not asked.demo:
        return first
    return first + [(name, roles, None) for name, roles in demotown.PEOPLE if name != asked.admin]


def _enrolled(home: Home, name: str, roles: Sequence[Role], given: str | None) -> Person:
    password = given or generated()
    enrolling.enrol(home, name, roles, password)
    return Person(name, [role.value for role in roles], None if given else password)


def _require_ours(home: Home) -> None:
    """Refuse a directory that holds a station, or anything that an interrupted `init` did not leave."""
    try:
        found = sorted(each.name for each in home.path.iterdir()) if home.path.exists() else []
    except NotADirectoryError as error:
        raise Refused(f"{home.path} is a file: name a directory, new or empty") from error
    except OSError as error:
        raise Unavailable(f"{home.path} cannot be read: {error.strerror}") from error
    if FILE in found:
        raise Refused(f"{home.path} is a station already: start it with `skykeep serve {home.path}`")
    if others := [name for name in found if name not in _PIECES and not name.startswith(f".{FILE}")]:
        raise Refused(f"{home.path} is not empty, it holds {others[0]}: name a directory that is new or empty")


def _owned_directory(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
    except OSError as error:
        raise Unavailable(f"{path} cannot be made: {error.strerror}; name a place that can be written") from error


def _make_keys(home: Home) -> None:
    """Make both keys, or read those that are there: a file that is no key is told now."""
    Keys(home.keys).begun("first")
    Keys(home.keys).signer("first")


def _write_last(home: Home, text: str) -> None:
    """Give the configuration its name when it is whole and on disk."""
    whole = home.path / f".{FILE}.{secrets.token_hex(4)}"
    try:
        with whole.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        whole.replace(home.file)
        sync_directory(home.path)
    except OSError as error:
        raise Unavailable(f"{home.file} cannot be written: {error.strerror}") from error


def _configuration(asked: Asked) -> str:
    for what, words in (("name", asked.name), ("place", asked.place)):
        if not words.isprintable():
            raise Refused(f"the {what} {words!r} holds letters that cannot be shown; give it in plain letters")
    head = _HEAD.format(name=_quoted(asked.name), place=_quoted(asked.place))
    return head + (demotown.tables() if asked.demo else _TABLES)


def _quoted(words: str) -> str:
    """Return words as TOML writes them; printable ones are quoted there as in JSON."""
    return json.dumps(words, ensure_ascii=False)


_HEAD = """\
# A Skykeep station. Every key there is, with its meaning: `skykeep config reference`.
# What holds now and why: `skykeep config explain DIR`. What is wrong: `skykeep doctor DIR`.
# Paths are relative to this directory. Secrets never stand here, only the names of their files.

name = {name}
place = {place}
"""

_TABLES = """
[law]
# What is in force when the station begins: zone files of any known format, permit files, sensor files, ground heights
# (GeoTIFF, HGT). Without these most flights cannot be held against limits above the ground, which is an alarm.
zones = []
permits = []
sensors = []
terrain = []
# What each emergency zone says in public: by which words of which law, whom to ask, where to appeal.
# emergency_legal_basis = "Aviation Act, section 12"
# contact = "duty room, tel. ..."
# appeal_contact = "administrative court of ..."

[watch]
# Say true only if the zones above are all the law there is here. Else "nothing forbids it" is not claimed.
law_complete = false

[web]
# Plain HTTP is for this machine only. For others: `skykeep tls DIR --host NAME`, then host = "0.0.0.0".
host = "127.0.0.1"
port = 8740

[retention]
# Flights that are part of no incident are forgotten after this; hashes, and proofs of the rest, always stay.
ordinary_h = 24.0

[backup]
# Where copies go, best another disk. "": none are made.
directory = ""

# One table a receiver; docs/how-to/connect-a-receiver.md shows each kind.
# [[feed]]
# name = "roof"
# kind = "udp"
# format = "odid-hex"
# address = "0.0.0.0:9800"
# sensor_id = "roof"
"""
