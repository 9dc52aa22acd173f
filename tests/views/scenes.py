"""Records made by hand: facts as the watch would tell them, for the views to fold."""

import math

from skykeep.facts import columns
from skykeep.facts.concluded import (
    AlarmChanged,
    FactRef,
    LateIgnored,
    Phase,
    TrackEstimated,
    TrackIdentified,
    TrackLost,
    TrackMerged,
    Trust,
    Verdict,
    VerdictReached,
)
from skykeep.facts.enacted import (
    Began,
    Circle,
    Finished,
    Interval,
    LawDeclared,
    PermitEnacted,
    PermitRevoked,
    PermitVolume,
    Polygon,
    Rule,
    Volume,
    ZoneEnacted,
    plain_sensor,
)
from skykeep.facts.observed import BasicIdHeard, FlightStatus, IdKind, LinkTrust, LocationHeard, Unreadable
from skykeep.facts.personal import Name, NameKind
from skykeep.geo.altitude import Altitude, Datum
from skykeep.views.picture import SeenTick

S = 1_000_000_000
T0 = 1_795_536_000 * S  # 24 November 2026, 16:00:00 UTC
LAT, LON = -34.8960, -56.1820
SERIALS = {track: f"1581F5BK{track}000{track}LEAK{track}Q" for track in range(1, 9)}
OPERATOR = "FIN87astrdge12k8"


def place(east_m, north_m):
    lat = LAT + north_m / 110_950
    return lat, LON + east_m / (111_320 * math.cos(math.radians(LAT)))


def e7(east_m, north_m):
    return tuple(round(value * 1e7) for value in place(east_m, north_m))


def polygon(*corners):
    ring = [e7(*corner) for corner in corners]
    return Polygon(rings=((*ring, ring[0]),))


def zone(zone_id, name, outline, rule=Rule.PROHIBITED, ceiling="unlimited", version=1, applicability=(), **changes):
    floor = Altitude(0, Datum.AGL)
    fields = {
        "zone_id": zone_id, "version": version, "name": name, "rule": rule,
        "volumes": (Volume(outline=outline, floor=floor, ceiling=ceiling),), "announced_at_ns": None,
        "applicability": applicability or None, "supersedes": None, "exemptions": (), "buffer_mm": None, "severity": None,
        "effective_from_ns": None, "end_ns": None, "periods": (), "applicability_span": None, "appeal_contact": None,
        "authorities": (), "texts": (), "carried": (), "hours_unread": None, "issuing_body": "City of Example", "legal_basis": "Decree 7",
        "reason": "SENSITIVE", "conditions": None, "contact": "uas@example.org", "country": "URY", "source_format": "ed269",
        "source_sha256": "00" * 32, "native": "{}", "doubts": (),
    }  # fmt: skip
    return ZoneEnacted(**(fields | changes))


def permit(permit_id, outline, aircraft=(), *, state_flight=False, ceiling=120_000, start=0, end=3600):
    volume = Volume(outline=outline, floor=None, ceiling=Altitude(ceiling, Datum.AGL))
    return PermitEnacted(
        permit_id=permit_id, version=1, granted_at_ns=T0 - 3600 * S, holder="person:h", pilots=(), aircraft=aircraft, operators=(),
        sessions=(), thresholds=None, consents=(), standing=False, priority=0, purpose=None, category=None,
        operation=None, condition_codes=(), contact=None, application_sha256=None, volumes=(PermitVolume(volume=volume, start_ns=T0 + start * S, end_ns=T0 + end * S),), zones=(),
        state_flight=state_flight, conditions=(), issuer="City of Example",
    )  # fmt: skip


def estimated(track, second, east_m, north_m, vel=(0.0, 0.0), *, height=60.0, simulated=True, sigma_mm=4000, at_ns=None,
              datum=Datum.AGL, assumed=False):  # fmt: skip
    lat_e7, lon_e7 = e7(east_m, north_m)
    return TrackEstimated(
        track_id=track, t_ns=T0 + round(second * S) if at_ns is None else at_ns, phase=Phase.ESTABLISHED, lat_e7=lat_e7,
        lon_e7=lon_e7, pos_sigma_mm=sigma_mm, pos_assumed=assumed, altitude=None,
        height=None if height is None else Altitude(round(height * 1000), datum), alt_sigma_mm=None,
        vel_east_mmps=round(vel[0] * 1000), vel_north_mmps=round(vel[1] * 1000), reports=int(second) + 1,
        simulated=simulated, evidence=FactRef(int(second) + 1, 0),
    )  # fmt: skip


def point(*arguments, **changes):
    """The same, as views fold it."""
    (one,) = columns.estimates(estimated(*arguments, **changes))
    return one


def identified(track, second, *, manned=False, trust=Trust.SELF_DECLARED, flags=(), uas_id=None, evidence=()):
    return TrackIdentified(
        track_id=track, t_ns=T0 + second * S, transmitter=f"tx:{track}", uas_id=uas_id or f"uas:{track}",
        id_kind="callsign" if manned else "serial", operator_id="opr:1", session_id=None, trust=trust, manned=manned,
        flags=flags, evidence=evidence,
    )  # fmt: skip


def reached(track, second, verdict, clause, zone_id=None, permit_id=None, **changes):
    fields = {
        "track_id": track, "t_ns": T0 + second * S, "verdict": verdict, "clause": clause, "zone_id": zone_id,
        "zone_version": None if zone_id is None else 1, "permit_id": permit_id,
        "permit_version": None if permit_id is None else 1, "trust": Trust.SELF_DECLARED, "law_complete": True,
        "probability_inside_ppm": None if zone_id is None else 994_000, "margin_mm": None if zone_id is None else 31_400,
        "margin_height_mm": None, "margin_time_ns": None, "missing": (), "coming_zone_id": None, "coming_from_ns": None,
        "evidence": FactRef(second + 1, 0),
    }  # fmt: skip
    return VerdictReached(**(fields | changes))


def heard(track, second, sensor_id="sim-rid", trust=LinkTrust.SIMULATED):
    lat_e7, lon_e7 = e7(0, 0)
    at = {"t_event_ns": T0 + second * S, "t_arrival_ns": T0 + second * S, "link_trust": trust, "frame": 0}
    place = LocationHeard(
        sensor_id=sensor_id, transmitter=f"tx:{track}", **at, status=FlightStatus.AIRBORNE, lat_e7=lat_e7, lon_e7=lon_e7,
        altitude=None, pressure_altitude=None, height=Altitude(60_000, Datum.AGL), speed_mmps=None, vspeed_mmps=None,
        heading_mdeg=None, pos_accuracy_mm=10_000, alt_accuracy_mm=None, pressure_accuracy_mm=None,
        speed_accuracy_mmps=None, t_claimed_ds=None, t_accuracy_ds=None,
    )  # fmt: skip
    name = BasicIdHeard(
        sensor_id=sensor_id, transmitter=f"tx:{track}", **at, id_kind=IdKind.SERIAL, ua_type=2, uas_id=f"uas:{track}"
    )
    return [place, name]


def unreadable(second):
    return Unreadable(
        sensor_id="sim-rid", transmitter="", t_event_ns=T0 + second * S, t_arrival_ns=T0 + second * S,
        link_trust=LinkTrust.SIMULATED, frame=0, reason="length 3 is too short",
    )  # fmt: skip


def began():
    fact = Began(
        record_id="0123456789abcdef", program_version="0.1.0", program_sha256="ab" * 32, settings="{}",
        settings_sha256="cd" * 32, inputs=(("tracks", "ef" * 32),), resumed_after_tick=None,
    )  # fmt: skip
    return SeenTick(0, 0, (), (fact,), ())


def names():
    found = [Name(f"uas:{track}", NameKind.UAS_ID, serial) for track, serial in SERIALS.items()]
    return (*found, Name("opr:1", NameKind.OPERATOR_ID, OPERATOR), Name("person:h", NameKind.PERSON, "Ana Pereira"))


PALACE = polygon((-1150, 350), (-900, 620), (-560, 560), (-480, 250), (-700, 20), (-1050, 80))
CENTRE = polygon((-1500, -1300), (1500, -1300), (1750, 200), (1300, 1250), (-400, 1500), (-1600, 900))
P2231 = polygon((250, 250), (900, 330), (830, 830), (180, 760))
P2240 = polygon((150, -900), (900, -960), (980, -330), (220, -280))


def law():
    return [
        LawDeclared(complete=True, t_ns=T0),
        plain_sensor(
            sensor_id="sim-rid", modality="remote_id", pos_accuracy_mm=30_000, alt_accuracy_mm=30_000, simulated=True
        ),
        zone("URY-1", "Legislative Palace", PALACE, ceiling=Altitude(500_000, Datum.AGL)),
        zone("URY-2", "City centre", CENTRE, Rule.NEEDS_PERMIT),
        zone(
            "URY-3",
            "Estadio",
            Circle(lat_e7=e7(1300, -1500)[0], lon_e7=e7(1300, -1500)[1], radius_mm=420_000),
            applicability=(Interval(start_ns=T0 + 7200 * S, end_ns=T0 + 14_400 * S),),
        ),
        permit("P-2231", P2231, ("uas:1",)),
        permit("P-2240", P2240, ("uas:5",)),
        permit("POL-STANDING", CENTRE, ("uas:6",), state_flight=True),
    ]


def lines():
    """Each flight as (start east, north, velocity, height, first second, last second)."""
    return {
        1: ((250, 500), (3.1, 0.9), 60.0, 0, 178),
        2: ((150, -700), (-5.2, 7.3), 118.0, 12, 170),
        3: ((-2450, -1250), (6.2, 2.1), 45.0, 5, 120),
        4: ((-1250, -900), (3.4, 1.8), None, 20, 178),
        5: ((250, -850), (3.2, 2.6), 80.0, 0, 178),
        6: ((-350, 1350), (3.5, -6.0), 90.0, 30, 178),
        7: ((-2500, 1500), (38.0, -9.0), 300.0, 60, 178),
    }


def where(track, second):
    (east, north), (ve, vn), *_ = lines()[track]
    bend = math.sin(second / 28 + track) * 60
    return east + ve * second + bend * (vn != 0) * 0.5, north + vn * second + bend * 0.4


def story():
    """Seven moving flights over a town, with every verdict; all of them invented, and said to be."""
    for_second = {
        0: [
            reached(1, 0, Verdict.PERMITTED, "permitted", "URY-2", "P-2231", margin_height_mm=60_000),
            reached(5, 0, Verdict.PERMITTED, "permitted", "URY-2", "P-2240", margin_time_ns=3600 * S),
            identified(1, 0, evidence=(FactRef(1, 1),)),
            identified(5, 0),
        ],
        5: [reached(3, 5, Verdict.NO_RULE, "no_zone_here"), identified(3, 5)],
        12: [reached(2, 12, Verdict.NOT_PERMITTED, "no_permit", "URY-2"), identified(2, 12)],
        14: [AlarmChanged(alarm_id=1, track_id=2, reason="not_permitted", state="unacknowledged", priority=1, t_ns=T0 + 14 * S)],
        20: [reached(4, 20, Verdict.CANNOT_TELL, "identity_absent", "URY-2", "P-2231", missing=("identity",), trust=Trust.NONE)],
        30: [reached(6, 30, Verdict.EXEMPT, "state_flight", "URY-2", "POL-STANDING"), identified(6, 30)],
        60: [reached(7, 60, Verdict.NO_RULE, "no_zone_here"), identified(7, 60, manned=True)],
        95: [
            reached(5, 95, Verdict.NOT_PERMITTED, "permit_revoked", "URY-2", "P-2240"),
            AlarmChanged(alarm_id=2, track_id=5, reason="not_permitted", state="unacknowledged", priority=1, t_ns=T0 + 95 * S),
        ],
        100: [reached(3, 100, Verdict.CANNOT_TELL, "zone_border", "URY-2", missing=("a better position",))],
        118: [
            reached(3, 118, Verdict.NO_RULE, "no_zone_here"),
            reached(3, 118, Verdict.NO_RULE, "left_zone", "URY-2"),
            reached(7, 118, Verdict.EXEMPT, "manned_aircraft", "URY-2"),
        ],
        125: [reached(2, 125, Verdict.NOT_PERMITTED, "no_permit", "URY-1", margin_height_mm=118_000)],
        131: [TrackLost(track_id=3, t_ns=T0 + 131 * S, last_heard_ns=T0 + 120 * S)],
    }  # fmt: skip
    yield began()
    for second in range(181):
        facts = law() if second == 0 else []
        facts = heard(1, second) + facts if second == 0 else heard(1, second)
        if second == 95:
            facts.append(
                PermitRevoked(permit_id="P-2240", t_ns=T0 + 95 * S, reason="fire brigade at work", officer=None)
            )
        if second == 50:
            facts.append(unreadable(50))
        told = list(for_second.get(second, []))
        for track, (_, vel, height, first, last) in lines().items():
            if first <= second <= last:
                told.insert(0, estimated(track, second, *where(track, second), vel, height=height))
        if second == 70:
            told.append(LateIgnored(sensor_id="sim-rid", t_ns=T0 + 70 * S, late_ns=4 * S, evidence=FactRef(71, 0)))
        yield SeenTick(second + 1, T0 + second * S, names() if second == 0 else (), tuple(facts), tuple(told))
    yield SeenTick(182, T0 + 181 * S, (), (Finished(t_ns=T0 + 181 * S, frames=200, frames_not_ours=3),), ())


def quiet():
    """Two sensors that heard something, and nothing in the air."""
    facts = (unreadable(0), *heard(1, 0, "roof-2", LinkTrust.OPEN)[1:])
    yield began()
    yield SeenTick(1, T0, (), (LawDeclared(complete=False, t_ns=T0), *facts), ())


def merged(into, track, second):
    return TrackMerged(track_id=track, into_track_id=into, t_ns=T0 + second * S, evidence=FactRef(second, 0))
