"""A web process with accounts and no station: what it asks is written down, and answered as the test wants."""

import contextlib
import dataclasses
from unittest import mock

import argon2
import msgspec
from litestar.testing import TestClient

from skykeep.rules.powers import Role
from skykeep.station import peoplepasswords
from skykeep.station.config import Config, Home
from skykeep.station.link import Answer
from skykeep.station.webconfig import PeopleConfig, WebConfig
from skykeep.views import livemodels as models
from skykeep.web import app as apps
from skykeep.web.entrance import entrance
from skykeep.web.site import Site

NS = 1_000_000_000
T0 = 1_790_000_000 * NS
GOOD = "kettle orbit mustard fjord"
OTHER = "lantern gravel pickle swan"
ORIGIN = "http://testserver.local"
SAME = {"Origin": ORIGIN}


_DEAR = peoplepasswords._hasher
_CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Clock:
    def __init__(self):
        self.now_ns = T0

    def __call__(self):
        return self.now_ns

    def forward(self, seconds):
        self.now_ns += int(seconds * NS)


class Mirror:
    """Answers every ask with `problem`, and keeps it."""

    station_up, hello, status, now_ns = True, None, None, 0

    def __init__(self):
        self.asks, self.problem = [], ""

    async def ask(self, ask):
        self.asks.append(ask)
        if self.problem:
            return Answer(ask.number, None, b"null", self.problem, "the station said no; try later")
        return Answer(ask.number, len(self.asks), b"{}")

    def actions(self):
        return [ask.action for ask in self.asks]


class Seen:
    """One open incident of track 7, and a track 8 that is part of none."""

    def __init__(self):
        said = models.IdentityNow(
            t_ns=1, transmitter="tx:aaaa", uas_id="uas:bbbb", id_kind="serial", operator_id="opr:cccc",
            session_id=None, trust="self_declared", manned=False, flags=(),
        )  # fmt: skip
        self.held = {number: models.TrackNow(track_id=number, identity=said) for number in (7, 8)}
        self.open = models.IncidentNow(incident_id=3, state="open", track_ids=(7,), holder="person:dddd")

    def track(self, track_id):
        return self.held.get(track_id)

    def tracks(self):
        return list(self.held.values())

    def incident(self, incident_id):
        return self.open if incident_id == 3 else None

    def incidents(self):
        return [self.open]


NAMES = {
    "tx:aaaa": "02:53:49:4D:1B:F1",
    "uas:bbbb": "1588E040445AC004418",
    "opr:cccc": "FIN87ASTRDGE12K8",
    "person:dddd": "anna",
}


def names(pseudonyms):
    from skykeep.facts.personal import Name, NameKind

    return {each: Name(each, NameKind(each.partition(":")[0]), NAMES[each]) for each in pseudonyms if each in NAMES}


@dataclasses.dataclass
class House:
    client: TestClient
    guard: object
    mirror: Mirror
    clock: Clock
    seen: Seen
    site: Site

    @property
    def people(self):
        return self.guard.people

    def enrol(self, name, *roles, password=GOOD):
        return self.people.enrol(name, [Role(role) for role in roles], self.clock(), password=password)

    def sign_in(self, name, password=GOOD, client=None, **more):
        form = {"name": name, "password": password, **more}
        return (client or self.client).post("/sign-in", data=form, headers=SAME, follow_redirects=False)

    def token(self, name, *roles):
        expires_ns = self.clock() + 86_400 * NS
        _, token = self.people.tokens.make(
            name, "test", [Role(role) for role in roles], self.clock(), expires_ns=expires_ns
        )
        return {"Authorization": f"Bearer {token}"}

    def renew(self):
        """Begin anew, as if nobody had ever been here: making an application takes longer than most tests."""
        with self.people.db.writing() as db:
            for table in ("persons", "sessions", "tokens", "devices", "codes", "sensor_keys", "browsers", "failures",
                          "factors", "factor_offers", "recovery_codes"):  # fmt: skip
                db.execute(f"DELETE FROM {table}")  # noqa: S608  # names of our own
        self.mirror.__init__()
        self.seen.__init__()
        self.clock.__init__()
        self.guard.limits.__init__(self.site.config.web.requests_per_minute)
        self.guard.revealed._until_ns.clear()
        self.client.cookies.clear()
        return self

    def other_browser(self):
        """Another browser at the same station."""
        browser = TestClient(self.client.app, base_url=ORIGIN)
        browser.follow_redirects = False
        return browser


@contextlib.contextmanager
def house(directory, *, web=None, oidc=None, people=None, dear=False):
    """A web process in a directory; ends with the block. `dear`: passwords cost what they cost in earnest."""
    clock, mirror, seen = Clock(), Mirror(), Seen()
    config = Config(
        name="Test Station", place="Nowhere", web=web or WebConfig(), oidc=oidc, people=people or PeopleConfig()
    )
    site = Site(Home(directory), config, mirror, seen, clock)
    made = entrance(site, names, now_ns=clock)
    app = apps.make(site, routers=made.routers, middleware=made.middleware, before_send=made.before_send, mask=made.mask,
                    lifespan=[made.lifespan])  # fmt: skip
    hasher = mock.patch.object(peoplepasswords, "_hasher", _DEAR if dear else _CHEAP)
    with hasher, TestClient(app, base_url=ORIGIN) as client:
        client.follow_redirects = False
        yield House(client, made.guard, mirror, clock, seen, site)


def arguments(ask):
    return msgspec.json.decode(ask.arguments)
