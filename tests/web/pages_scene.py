"""A station with four sensors, three incidents and a day of acts: what the pages of the console are shown of."""

import contextlib
import threading

import msgspec
import uvicorn

from skykeep.facts.personal import Name, NameKind
from skykeep.rules.powers import Role
from skykeep.station.config import Config, Home
from skykeep.station.link import SensorStatus, Status
from skykeep.views import livemodels as models
from skykeep.web import app as apps
from skykeep.web import audit_rows, examples, headers
from skykeep.web.masking import Masking
from skykeep.web.sensor_hour import EVERY_NS, HOUR_NS, SensorHour
from skykeep.web.site import Site
from skykeep.web.viewsdb import Page
from tests.web import doubles
from tests.web.standing import until

T_NS = examples.T_NS
NS = 10**9
SERIAL = "1588E040445AC004418"
NAMES = {
    "uas:bbbb": SERIAL, "tx:aaaa": "02:53:49:4D:1B:F1", "opr:cccc": "FIN87ASTRDGE12K8", "person:anna": "anna",
    "person:silva": "silva", "person:perez": "perez", "text:palace": "Fire at the palace; helicopters are coming.",
    "text:crane": "The crane carries a beacon.", "text:moved": "Moved to the watch.", "text:patrol": "Patrol 12 is there.",
    "text:landed": "The pilot landed and was spoken to.", "text:evil": '=HYPERLINK("http://evil.example","x")',
}  # fmt: skip


def names(pseudonyms):
    return {each: Name(each, NameKind(each.partition(":")[0]), NAMES[each]) for each in pseudonyms if each in NAMES}


def status(now_ns=T_NS, **of_north):
    north = SensorStatus(
        sensor_id="rid-north", feed="north", format="remote-id", keyed=True, connected=True, frames=120_345,
        facts=98_120, unreadable=3, dropped=0, last_ns=now_ns - 400_000_000, rate_hz=34.2, latency_ns=48_000_000,
    )  # fmt: skip
    radar = msgspec.structs.replace(
        north, sensor_id="radar-c", feed="tower", format="asterix", frames=9_412, unreadable=0, dropped=12, rate_hz=2.1,
        latency_ns=310_000_000,
    )  # fmt: skip
    silent = msgspec.structs.replace(
        north, sensor_id="rf-west", feed="west", format="plots", keyed=False, connected=False, frames=801, unreadable=0,
        last_ns=now_ns - 242 * NS, rate_hz=0.0, latency_ns=None,
    )  # fmt: skip
    return Status(
        now_ns=now_ns, recorded=True, durable=48_211, ticks=91_207, step_p99_us=8_100, overruns=0, waiting_ticks=0,
        tracks=24, facts=1_204_331, disk_free_bytes=48 * 10**9, rss_bytes=2 * 10**8, clock_offset_ns=0,
        sensors=[msgspec.structs.replace(north, **of_north), radar, silent], ill=[],
    )  # fmt: skip


def _sensors():
    round_ = models.CoverageNow(
        range_min_mm=0, range_max_mm=5_000_000, azimuth_from_urad=0, azimuth_to_urad=6_283_185, elevation_min_urad=0,
        elevation_max_urad=1_570_796, floor_mm=None, ceiling_mm=None, horizon_urad=(),
    )  # fmt: skip
    part = msgspec.structs.replace(
        round_, range_min_mm=200_000, range_max_mm=12_000_000, azimuth_from_urad=5_235_988, azimuth_to_urad=8_377_580,
        horizon_urad=(0, 34_907, 52_360, 0),
    )  # fmt: skip
    bias = models.BiasNow(
        t_ns=T_NS - 600 * NS, range_mm=-12_400, range_sigma_mm=3_100, azimuth_urad=4_363, azimuth_sigma_urad=900,
        elevation_urad=0, elevation_sigma_urad=2_000, pairs=412, applied=True,
    )  # fmt: skip
    place = {"lat_e7": -348_905_120, "lon_e7": -561_861_340, "alt_mm": 61_000, "period_ms": 1_000, "clock": "gps"}
    return [
        models.SensorNow(sensor_id="rid-north", modality="remote_id", coverage=round_, pos_accuracy_mm=10_000, **place),
        models.SensorNow(
            sensor_id="radar-c", modality="radar", coverage=part, bias=bias, range_sigma_mm=8_000,
            azimuth_sigma_urad=5_000, detection_ppm=900_000, latency_ms=300, late=7, **place,
        ),
        models.SensorNow(sensor_id="rf-west", modality="rf", azimuth_sigma_urad=35_000, **place),
        models.SensorNow(sensor_id="mic-<b>yard</b>", modality="acoustic", simulated=True),
    ]  # fmt: skip


class Seen(doubles.Seen):
    """What the pages ask."""

    def __init__(self):
        super().__init__()
        self._health = [
            models.HealthNow(what="sensor_silent", subject="rf-west", entry_index=9, well=False, value=242, unit="s",
                             unseen="rf-west is silent: what only it covers is not being seen", since_ns=T_NS - 212 * NS),
            models.HealthNow(what="disk", subject="/r", entry_index=9, well=True, value=9, unit="bytes", unseen="",
                             since_ns=T_NS),
        ]  # fmt: skip
        self._acts = _acts()
        self._incidents = _incidents(self._incident)
        self._tracks = [msgspec.structs.replace(each, identity=SAID) for each in self._tracks]
        self.asked = []

    def incident(self, incident_id):
        return next((each for each in self._incidents if each.incident_id == incident_id), None)

    def page(self, kind, after, limit, filters):
        """Pages as the database of views gives them, of what is narrowed by person, act, thing and time."""
        self.asked.append((kind, filters))
        items = {"act": self._acts, "incident": self._incidents}[kind]
        wanted = [each for each in items if _meets(each, filters)]
        begin = int(after or 0)
        more = len(wanted) > begin + limit
        return Page(wanted[begin : begin + limit], str(begin + limit) if more else None)

    def pseudonym(self, kind, value):
        return next((each for each, known in NAMES.items() if known == value and each.startswith(kind.value)), None)

    def sensors(self):
        return _sensors()

    def health(self):
        return self._health


def _meets(item, filters):
    if isinstance(item, models.ActNow):
        held = item.action, item.person, item.subject
        wanted = filters.state, filters.person, filters.subject
        same = all(want in {None, have} for want, have in zip(wanted, held, strict=True))
        return same and (filters.since_ns or 0) <= item.t_ns < (filters.until_ns or 2**63)
    return filters.state in {None, item.state} and item.opened_ns < (filters.until_ns or 2**63)


SAID = models.IdentityNow(
    t_ns=T_NS, transmitter="tx:aaaa", uas_id="uas:bbbb", id_kind="serial", operator_id="opr:cccc", session_id=None,
    trust="self_declared", manned=False, flags=(),
)  # fmt: skip


def _incidents(first):
    def done(deed, minutes, **more):
        given = {"words": "", "other_id": None, "to_person": None, "person": "person:silva", "entry_index": 1, **more}
        return models.IncidentActNow(deed=deed, t_ns=T_NS + minutes * 60 * NS, **given)

    acts = (
        done("ack", 1), done("note", 3, words="text:patrol"), done("hand_over", 5, to_person="person:perez"),
        done("close", 9, person="person:perez", words="text:landed"),
    )  # fmt: skip
    closed = msgspec.structs.replace(
        first, track_ids=(4, 5, 99), acts=acts, state="closed", alarm_state="normal", holder="person:perez",
        escalates_ns=None,
    )  # fmt: skip
    day = 86_400 * NS
    return [
        msgspec.structs.replace(first, incident_id=5, track_ids=(), about="health:sensor_silent", priority=3),
        msgspec.structs.replace(closed, incident_id=4, opened_ns=T_NS - NS),
        msgspec.structs.replace(closed, incident_id=3, opened_ns=T_NS - 2 * NS, priority=2),
        msgspec.structs.replace(closed, incident_id=2, opened_ns=T_NS - 2 * day, state="merged", merged_into=3),
        msgspec.structs.replace(closed, incident_id=1, opened_ns=T_NS - 20 * day),
    ]


def _acts():
    roles = audit_rows.digest
    said = [
        ("zone.emergency", "duty_officer", "person:silva", "zone:E-1", "text:palace", None, None),
        ("alarm.ack", "", "person:silva", "alarm:17", "", None, None),
        ("alarm.shelve", "", "person:silva", "alarm:18", "text:crane", None, None),
        ("person.change", "admin", "person:anna", "person:silva", "text:moved", roles([Role.PILOT]),
         roles([Role.DUTY_OFFICER, Role.FIELD_OFFICER])),
        ("zone.publish", "publisher", "person:perez", "draft:d1", "", None, "9f" * 32),
        ("incident.note", "", "person:gone", "incident:3", "text:evil", None, None),
        ("session.lock", "public", "", "person:anna", "", None, None),
    ]  # fmt: skip
    names = ("action", "role", "person", "subject", "reason", "before_sha256", "after_sha256")
    return [
        models.ActNow(act_id=f"{900 - at}.0", entry_index=900 - at, t_ns=T_NS - at * 60 * NS, incident_id=None,
                      **dict(zip(names, row, strict=True)))
        for at, row in enumerate(said)
    ]  # fmt: skip


class Mirror(doubles.Mirror):
    """A station that told how its sensors do, for an hour with a gap in it."""

    def __init__(self):
        super().__init__()
        self.listeners, self.status = [], status()


def _hour(mirror):
    hour = SensorHour(mirror)
    for number in range(int(HOUR_NS // EVERY_NS)):
        if 120 <= number < 170:
            continue
        now_ns = T_NS - HOUR_NS + number * EVERY_NS
        wave = (number * 37) % 23
        mirror.status = status(now_ns, rate_hz=30.0 + wave / 3, latency_ns=(40 + wave) * 10**6)
        hour.beat(now_ns, recorded=True)
    mirror.status = status()
    return hour


def made(path, **hooks):
    """Return the application, the mirror behind it and the views."""
    mirror, seen = Mirror(), Seen()
    config = Config(name="Montevideo", place="Montevideo")
    site = Site(Home(path), config, mirror, seen, clock_ns=lambda: T_NS)
    app = apps.make(
        site, middleware=[doubles.Signs()], before_send=[headers.hook(tls=False)], mask=Masking(names), **hooks
    )
    app.state["sensor_hour"] = _hour(mirror)
    return app, mirror, seen


@contextlib.contextmanager
def listening(app, lifespan="on"):
    """Serve an application on loopback, and give its URL; ends with the block."""
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, ws="none", lifespan=lifespan)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        until(lambda: server.started)
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
