"""Every screen that there is, as a table: where it is, which power it asks for, and what stands on it for whom.

A new screen is a new row, and a button for an act is a new pair in its row: tests/console/test_every_screen.py walks all
of them as every role, in both languages, by keyboard, on a phone, on paper and with other colours.
"""

import contextlib
import time
from typing import NamedTuple

from skykeep.rules.powers import Role
from skykeep.station.people import People
from skykeep.web.console_page import ACTS
from tests.console import scripted
from tests.web.standing import directory, ready, web

ROLES = [role for role in Role if role not in {Role.SENSOR, Role.PUBLIC}]
"""Who can have an account; PUBLIC is whoever is not signed in, and a sensor has a key."""
EVERYBODY = "todas"


class Screen(NamedTuple):
    """One screen."""

    name: str
    path: str
    action: str  # the power that it asks for
    acts: tuple[tuple[str, str], ...] = ()  # (markup, power): stands there for whom the power is, and for nobody else
    ready: str = "body"  # a selector that stands there when the page is
    stands_alone: bool = False  # has no tabs: a page for phones, or for everybody


SCREENS = (
    Screen("public", "/", "law.read", stands_alone=True),
    Screen("public-report", "/report-a-drone", "law.read", stands_alone=True),
    Screen("live", "/live", "track.read", tuple((f'"{act}": true', act) for act in ACTS), ready="#pill.live"),
    Screen("replay", "/replay", "track.read", ready="#scrubber"),
    Screen("incident", "/i/3", "incident.read", (('action="/i/3/ack"', "incident.ack"),
           ('action="/i/3/note"', "incident.note")), stands_alone=True),
    Screen("zones", "/zones", "session.read"),
    Screen("permits", "/permits", "permit.read"),
    Screen("reports", "/reports", "incident.read"),
    Screen("report", "/reports/3", "incident.read"),
    Screen("sightings", "/reports/sightings", "sighting.read"),
    Screen("sensors", "/sensors", "sensor.read"),
    Screen("audit", "/audit", "audit.read", (('action="/audit/verify"', "record.verify"),)),
    Screen("users", "/users", "session.read", (('action="/users/people"', "person.enrol"),
           ('action="/users/devices"', "device.enrol"), ('action="/users/sensor-keys"', "sensor.key"))),
    Screen("notify", "/notify", "notify.subscribe", stands_alone=True),
)  # fmt: skip


@contextlib.contextmanager
def standing(path, more=""):
    """Give a station before a web process, with a session for each role, for one person of all roles, and for nobody.

    `more`: of its settings.
    """
    directory(path, desk_phone="ext. 4400")
    with (path / "skykeep.toml").open("a", encoding="utf-8") as settings:
        settings.write(more)
    station = scripted.Station(path / "run" / "station.sock")
    now_ns, station.cookies = time.time_ns(), {Role.PUBLIC.value: None}
    with contextlib.closing(People(path / "people.db")) as people:
        for name, roles in [(role.value, [role]) for role in ROLES] + [(EVERYBODY, ROLES)]:
            people.enrol(name, roles, now_ns)
            station.cookies[name] = people.sessions.begin(name, "password", now_ns, agent="a test")[1]
    try:
        with web(path) as (url, process):
            scripted.begin(station)
            ready(url)
            station.url, station.process = url, process
            yield station
    finally:
        station.close()
