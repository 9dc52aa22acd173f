"""A station that is not there: views made of the examples, and a mirror whose answers a test scripts."""

import contextlib

import httpx
import msgspec
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.testing import TestClient

from skykeep.errors import Unavailable
from skykeep.rules.powers import Role
from skykeep.station import asked
from skykeep.station.config import Config, Home
from skykeep.station.link import Answer
from skykeep.views import livemodels as models
from skykeep.views.livelaw import Law
from skykeep.web import app, examples
from skykeep.web.caller import PUBLIC, Caller
from skykeep.web.site import Site
from skykeep.web.viewsdb import Page

T_NS = examples.T_NS
HITS = asked.Hits(track_ids=[417], not_permitted=[417], permit_ids=[])
TOLD = {
    asked.Done: asked.Done(),
    asked.IncidentOpened: asked.IncidentOpened(incident_id=9),
    asked.Drafts: asked.Drafts(drafts=[]),
    asked.Draft: asked.Draft(
        draft_id="d1", name="n", format="ed318", sha256="00", drafted_by="p", t_ns=T_NS, zones=[], faults=[], hits=HITS
    ),
    asked.Published: asked.Published(zones=[("A", 1)]),
    asked.EmergencyMade: asked.EmergencyMade(zone_id="E-1", version=1, end_ns=T_NS, hits=HITS),
    asked.Verified: asked.Verified(holds=True, entries=7, said=["7 entries", "the record holds"]),
    asked.Erased: asked.Erased(leaves=2, names=1, frames=1),
    asked.BackupMade: asked.BackupMade(path="/copies/1", entries=7),
    asked.Pushed: asked.Pushed(frames=1, facts=1, unreadable=0, again=False),
}


class Mirror:
    """Remembers what it was asked; answers what it is told to, or what the act usually gives."""

    def __init__(self):
        self.asks, self.next, self.station_up = [], None, True
        self.hello = self.status = None
        self.now_ns = T_NS

    async def ask(self, ask):
        self.asks.append(ask)
        if not self.station_up:
            raise Unavailable("the station is not there; try again")
        if self.next is not None:
            return self.next
        told = TOLD[asked.ASKED[ask.action][1]]
        return Answer(ask.number, 7, msgspec.json.encode(told))


class Seen:
    """A few of each."""

    def __init__(self):
        def some(name, kind):
            return msgspec.convert(examples.ANSWERS[name], kind)

        self._tracks = [msgspec.structs.replace(some("read_track", models.TrackNow), track_id=n) for n in range(1, 8)]
        self._alarm = some("read_alarm", models.AlarmNow)
        self._incident = some("read_incident", models.IncidentNow)
        self._zones = [some("read_version", models.ZoneNow)]
        self._permits = [some("read_permit", models.PermitNow)]
        self._sightings = []
        self._acts = some("list_acts", list[models.ActNow])

    def tracks(self):
        return list(self._tracks)

    def track(self, track_id):
        return next((track for track in self._tracks if track.track_id == track_id), None)

    def pilot(self, track_id):
        return None

    def presences(self):
        return []

    def alarms(self):
        return [self._alarm]

    def alarm(self, alarm_id):
        return self._alarm if alarm_id == self._alarm.alarm_id else None

    def incident(self, incident_id):
        return self._incident if incident_id == self._incident.incident_id else None

    def zones(self, now_ns, zone_id=None):
        return [zone for zone in self._zones if zone_id in {None, zone.zone_id}]

    def permits(self, now_ns, permit_id=None):
        return [permit for permit in self._permits if permit_id in {None, permit.permit_id}]

    def sensors(self):
        return []

    def page(self, kind, after, limit, filters):
        items = {"act": self._acts, "incident": [self._incident], "alarm": [self._alarm], "track": [],
                 "sighting": self._sightings}[kind]  # fmt: skip
        return Page(items[:limit], "more" if after is None else None)

    def first_ns(self):
        return None

    def pseudonym(self, kind, value):
        return None

    def health(self):
        return []

    def law(self):
        return models.LawNow(complete=True)

    def enacted(self):
        return Law()


class Signs(ASGIMiddleware):
    """Believes a header: "person role role", or "sensor:<id>"."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope, receive, send, next_app):
        said = dict(scope["headers"]).get(b"x-as", b"").decode().split()
        scope["user"] = PUBLIC
        if said and said[0].startswith("sensor:"):
            scope["user"] = Caller(person=said[0][7:], roles=(Role.SENSOR,), kind="sensor")
        elif said:
            scope["user"] = Caller(person=said[0], roles=tuple(map(Role, said[1:])), kind="session")
        await next_app(scope, receive, send)


DUTY = {"X-As": "silva duty_officer"}
PUBLISHER = {"X-As": "perez publisher"}
AUDITOR = {"X-As": "audit auditor"}
SENSOR = {"X-As": "sensor:rid-north"}


@contextlib.contextmanager
def serving(path, config=None, seen=None, **hooks):
    """Give a client, the mirror behind it and the views."""
    mirror, seen = Mirror(), seen or Seen()
    site = Site(Home(path), config or Config(), mirror, seen, clock_ns=lambda: T_NS)
    made = app.make(site, middleware=[Signs()], **hooks)
    with TestClient(made, raise_server_exceptions=False) as client:
        yield client, mirror, seen


class Through(httpx.BaseTransport):
    """Sends requests to an application, as somebody."""

    def __init__(self, client, said):
        self.client, self.said = client, said

    def handle_request(self, request):
        headers = {**dict(request.headers), **self.said}
        body = request.read()
        answer = self.client.request(request.method, str(request.url.raw_path, "ascii"), content=body, headers=headers)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
