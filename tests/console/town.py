"""A station that really runs, with people of every power, an office, law, sensors and flights: for a whole console."""

import contextlib
import datetime as dt
import json
import math
import threading
import time

import httpx

from skykeep.rules.powers import Role
from skykeep.station import officeacts
from skykeep.station.keys import Keys
from tests.station.living import INSIDE, OUTSIDE
from tests.waiting import PATIENCE_S, until
from tests.web import zone_scene
from tests.web.standing import sensor_key

PASSWORD = "correct horse battery staple"
EACH_S = 0.4
CONFIG = zone_scene.WEB.replace("[web]\n", '[web]\ndesk_phone = "ext. 4400"\n') + """
[[feed]]
name = "kit"
kind = "push"
format = "wardragon"
anonymous = true
[office]
record = "office"
keys = "office-keys"
[notify]
web_push = true
web_push_contact = "duty@example.org"
[health]
terrain_expected = true
silent_s = 3600.0
"""
EVERYBODY = "todas"
ROLES = [role for role in Role if role not in {Role.SENSOR, Role.PUBLIC}]
"""Who can have an account; PUBLIC is whoever is not signed in, and a sensor has a key."""
PEOPLE = {
    **{role.value: [role] for role in ROLES}, EVERYBODY: ROLES,
    "silva": [Role.DUTY_OFFICER], "paul": [Role.PUBLISHER], "anna": [Role.PERMIT_OFFICER], "boris": [Role.PERMIT_OFFICER],
}  # fmt: skip
"""One of each power, one of all of them, and seconds where four eyes are asked for."""
HARBOUR, MEADOW, HILL = (47.2005, 8.733), OUTSIDE, (47.32, 8.62)
SERIAL = "1588E040445AC004418"
QUIET = """() => { const alarmed = new Set([...skykeep.sky.incidents.values()].flatMap(each => each.tracks));
  return [...skykeep.sky.about.keys()].find(id => skykeep.sky.tracks.has(id) && !alarmed.has(id)) ?? null; }"""
"""A flight that is judged, and part of no incident."""


class Town(zone_scene.Scene):
    """A scene of zones, and flights over it."""

    def __init__(self, scene):
        self.applied, self.incident_id, self.by_hand, self.declared, self.pushed = [], 0, 0, {}, {}
        super().__init__(scene.one, scene.home, scene.url, scene.cookies)
        self.cookies[Role.PUBLIC.value] = None
        self._ended = threading.Event()
        self._flying = threading.Thread(target=self._fly, daemon=True)

    # ---- what flies ----------------------------------------------------------------------------------------

    def begin(self):
        """Let three fly until the console has an incident of the first."""
        self._flying.start()
        with self.as_("duty_officer") as client:
            until(lambda: len(self._incidents(client)) > 1, "incidents of two flights")
            one, other = sorted(self._incidents(client), key=lambda each: each["incident_id"])[:2]
            tracks = [client.get(f"/api/v1/tracks/{each['track_ids'][0]}").json() for each in (one, other)]
        self.declared, plain = (one, other) if tracks[0]["identity"]["uas_id"] else (other, one)
        self.incident_id = plain["incident_id"]

    def _incidents(self, client):
        return [each for each in client.get("/api/v1/incidents").json() if each["track_ids"]]

    def _fly(self):
        keys = {name: {"Authorization": f"Bearer {sensor_key(self.home.path, name)}"} for name in ("radar-1", "kit-1")}
        with httpx.Client(base_url=self.url, timeout=PATIENCE_S) as client:
            while not self._ended.wait(EACH_S):
                plots, heard = _plot("1", INSIDE) + _plot("9", MEADOW) + _plot("10", HILL), _heard()
                for name, data, form in (("radar-1", plots, "tracks"), ("kit-1", heard, "wardragon")):
                    sent = client.post(
                        f"/api/v1/sensors/{name}/observations?format={form}", content=data,
                        headers={**keys[name], "Content-Type": "application/octet-stream"},
                    )  # fmt: skip
                    self.pushed[name] = sent.text

    def end(self):
        self._ended.set()
        self._flying.join(PATIENCE_S)


def _plot(track, place):
    lat, lon = place
    line = {
        "time": dt.datetime.now(dt.UTC).isoformat(), "sensor": "radar-1", "track": track, "modality": "radar", "lat": lat,
        "lon": lon + 1e-4 * math.sin(time.monotonic()), "alt_amsl_m": 700, "accuracy_m": 10,
    }  # fmt: skip
    return json.dumps(line).encode() + b"\n"


def _heard():
    """Return a drone that says who it is, and where its operator stands."""
    lat, lon = HARBOUR
    place = {"latitude": lat, "longitude": lon + 1e-4 * math.sin(time.monotonic()), "speed": 1.0, "vert_speed": 0.0}
    told = [
        {"Basic ID": {"id_type": "Serial Number (ANSI/CTA-2063-A)", "id": SERIAL, "MAC": "aa:bb:cc:dd:ee:ff"}},
        {"Location/Vector Message": place | {"geodetic_altitude": 700.0}},
        {"System Message": {"operator_lat": lat - 0.004, "operator_lon": lon + 0.004}},
    ]
    return json.dumps(told).encode()


def founded(at):
    """Lay an office into the directory of a station."""
    founded_ns = time.time_ns() - 60 * 10**9
    keys = Keys(at.path / "office-keys")
    officeacts.found(at.path / "office", keys, founded_ns, name="town", authority="Nobody: invented")


@contextlib.contextmanager
def town():
    with zone_scene.scene(CONFIG, PEOPLE, prepared=founded) as scene:
        made = Town(scene)
        try:
            made.begin()
            yield made
        finally:
            made.end()
