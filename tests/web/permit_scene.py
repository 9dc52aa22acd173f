"""A web process whose station holds a real permit office over the town's zones; there is no watch behind it."""

import json
import types

import msgspec

from skykeep.errors import SkykeepError
from skykeep.facts.enacted import LawDeclared
from skykeep.rules.law import Law, enact
from skykeep.station import hours, officeacts, zonefiles
from skykeep.station.config import Config, Home, OfficeConfig
from skykeep.station.keys import Keys
from skykeep.station.link import Answer
from skykeep.station.linkserver import problem_of
from skykeep.station.office import reading
from skykeep.station.officedesk import ACTIONS, OfficeDesk
from skykeep.views.livelaw import Law as Kept
from skykeep.views.livelaw import PermitKept, ZoneKept
from skykeep.web import app as apps
from skykeep.web import headers, lawstate
from skykeep.web.site import Site
from tests.station import offices
from tests.station.offices import AUTHORITY, HOUR, T0
from tests.web import doubles

NOW_NS = T0 - 10 * HOUR
ANNA, BORIS, CLARA = ({"X-As": f"{name} permit_officer"} for name in ("anna", "boris", "clara"))
PILOT, DUTY = {"X-As": "pia pilot"}, {"X-As": "silva duty_officer"}


class Mirror(doubles.Mirror):
    """Hands acts of permits to the office, as the station does; of everything else it says that it is done."""

    def __init__(self):
        super().__init__()
        self.now_ns, self.desk, self.seen = NOW_NS, None, None

    async def ask(self, ask):
        self.asks.append(ask)
        self.now_ns += 10**9
        if ask.action not in ACTIONS:
            return Answer(ask.number, 7, b"{}")
        try:
            handled = self.desk.handle(ask, self.now_ns)
        except SkykeepError as error:
            return Answer(ask.number, None, problem=problem_of(error), detail=str(error))
        self.seen.follow()
        return Answer(ask.number, 7 if handled.acted else None, msgspec.json.encode(handled.result))

    def acts(self):
        """What was asked that changes something."""
        return [(ask.action, ask.person, ask.subject, ask.reason) for ask in self.asks if ask.action != "permit.read"]


class Seen(doubles.Seen):
    """The town's zones, and what the office granted."""

    def __init__(self, enacted):
        super().__init__()
        self._enacted, self._law = enacted, enact(Law(), enacted)

    def renew(self, office):
        self._office, self.kept = office, Kept()
        self.state = types.SimpleNamespace(enacted=list(self._enacted), law=self._law)
        for zone in self._enacted:
            if not isinstance(zone, LawDeclared):
                self.kept.zones.setdefault(zone.zone_id, {})[zone.version] = ZoneKept(entry_index=1, fact=zone)

    def zones(self, now_ns, zone_id=None):
        return lawstate.zones(self.kept, now_ns, zone_id)

    def permits(self, now_ns, permit_id=None):
        return [*super().permits(now_ns, permit_id), *lawstate.permits(self.kept, now_ns, permit_id)]

    def follow(self):
        """Take over what the office granted and took back, as the watch does."""
        with reading(self._office) as office:
            granted = [case.granted for case in office.cases.values() if case.granted is not None]
        for permit in granted:
            if permit.permit_id not in self.kept.permits:
                self.kept.permits[permit.permit_id] = {permit.version: PermitKept(entry_index=9, fact=permit)}
                self.state.law = enact(self.state.law, [permit])


def made(path):
    """Return the application, and the mirror behind it; `renew` gives it an office."""
    config = Config(name="Invented town", office=OfficeConfig(record="office", keys="office-keys"))
    mirror = Mirror()
    mirror.seen = Seen(enacted(path))
    site = Site(Home(path), config, mirror, mirror.seen, clock_ns=lambda: mirror.now_ns)
    app = apps.make(site, middleware=[doubles.Signs()], before_send=[headers.hook(tls=False)])
    mirror.config = config
    return app, mirror


def enacted(path):
    """Return the town's law as facts."""
    read = zonefiles.read_file(offices.zones(path / "zones.json"))
    zones = [hours.publish(zone, from_ns=T0 - 48 * HOUR) for zone in read.zones]
    return [*zones, LawDeclared(complete=True, t_ns=T0 - 48 * HOUR)]


def renew(mirror, path):
    """Begin anew with an office in a directory that is empty: making an application takes longer than most tests."""
    home = Home(path)
    officeacts.found(home.at("office"), Keys(home.at("office-keys")), T0 - 48 * HOUR, name="town", authority=AUTHORITY)
    mirror.asks.clear()
    mirror.now_ns = NOW_NS
    mirror.seen.renew(home.at("office"))
    mirror.desk = OfficeDesk(home, mirror.config, station="skykeep.local/watch", watched=lambda: mirror.seen.state)


def body(start_h=1, end_h=3, **changed):
    """Return an application as the interface takes it."""
    told = json.loads(offices.application(offices.volume(start_h=start_h, end_h=end_h), **changed))
    return {"application": told["application"]}
