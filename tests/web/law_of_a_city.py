"""A station whose law is a few zones over an invented city, folded as the record would fold it."""

import contextlib
import threading

import uvicorn

from skykeep.facts.enacted import Circle, Exemption, LawDeclared, Polygon, Rule, Volume
from skykeep.geo.altitude import Altitude, Datum
from skykeep.station.config import Config, Home, LawConfig, OfficeConfig
from skykeep.station.publicconfig import PublicConfig
from skykeep.views.live import At, Live
from skykeep.web import app, headers, lawstate
from skykeep.web.site import Site
from tests.views import livefacts
from tests.waiting import PATIENCE_S, until
from tests.web import doubles

T_NS = doubles.T_NS
CENTRE = (-348_900_000, -561_800_000)
CITY = {"lat_deg": -34.89, "lon_deg": -56.18, "radius_km": 5.0, "emergency_phone": "112"}
HOUR_NS = 3_600_000_000_000


def height(metres, datum=Datum.AGL):
    return Altitude(metres * 1000, datum)


def circle(north_m=0, east_m=0, radius_m=1_000):
    lat, lon = CENTRE[0] + round(north_m / 111_000 * 1e7), CENTRE[1] + round(east_m / 91_000 * 1e7)
    return Circle(lat_e7=lat, lon_e7=lon, radius_mm=radius_m * 1000)


def polygon(corners, size_m):
    """An area by corners to the east and north of the middle, in parts of a size."""
    places = [circle(north_m=north * size_m, east_m=east * size_m) for east, north in corners]
    return Polygon(rings=(tuple((each.lat_e7, each.lon_e7) for each in places),))


def zone(zone_id, outline=None, floor=0, ceiling=500, **said):
    limits = [height(each) if isinstance(each, int) else each for each in (floor, ceiling)]
    volume = Volume(outline=outline or circle(), floor=limits[0], ceiling=limits[1])
    given = {"announced_at_ns": T_NS - HOUR_NS, "effective_from_ns": T_NS - HOUR_NS, "volumes": (volume,)}
    return livefacts.zone(zone_id, **(given | said))


def light(grams=250):
    return Exemption(mass_max_g=grams, height_max=None, categories=(), missions=(), words=None)


PALACE = zone("PALACE", name="Legislative Palace", legal_basis="Decree 314/2026", appeal_contact="appeal@city.example")
PARK = zone("PARK", circle(east_m=6_000), floor=60, name="Park", rule=Rule.NEEDS_PERMIT)
FAIR = zone("FAIR", circle(north_m=6_000), rule=Rule.NEEDS_PERMIT, exemptions=(light(),), name="Fair")
BAN = zone("BAN", circle(radius_m=20_000), ceiling="unlimited", name="Closed sky", reason="The parade")


def live(*facts, complete=True):
    made = Live()
    declared = [] if complete is None else [LawDeclared(complete=complete, t_ns=T_NS - HOUR_NS)]
    made.take(At(1, 1, T_NS - HOUR_NS), [], list(enumerate([*declared, *facts])), [])
    return made


class Seen(doubles.Seen):
    """The views of a station with this law."""

    def __init__(self, view):
        super().__init__()
        self.view = view

    def zones(self, now_ns, zone_id=None):
        return lawstate.zones(self.view.law, now_ns, zone_id)

    def law(self):
        return self.view.law.declared

    def enacted(self):
        return self.view.law


@contextlib.contextmanager
def at_a_port(path, *facts, complete=True, config=None, seen=None, **public):
    """Give the URL of a web process's application at a port of this machine, the mirror behind it and the views."""
    config = config or Config(name="Test", place="Montevideo", public=PublicConfig(**(CITY | public)))
    seen, mirror = seen or Seen(live(*facts, complete=complete)), doubles.Mirror()
    site = Site(Home(path), config, mirror, seen, clock_ns=lambda: T_NS)
    made = app.make(site, middleware=[doubles.Signs()], before_send=[headers.hook(tls=False)])
    server = uvicorn.Server(uvicorn.Config(made, port=0, log_level="error", lifespan="on", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        until(lambda: server.started and server.servers)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://localhost:{port}", mirror, seen
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)


@contextlib.contextmanager
def city(path, *facts, complete=True, law=None, office=None, **public):
    """Give a client of a station over this city, and the mirror behind it."""
    config = Config(name="Test", place="Montevideo", public=PublicConfig(**(CITY | public)), law=law or LawConfig(),
                    office=office or OfficeConfig())  # fmt: skip
    seen = Seen(live(*facts, complete=complete))
    with doubles.serving(path, config, seen=seen) as (client, mirror, _):
        yield client, mirror, seen
