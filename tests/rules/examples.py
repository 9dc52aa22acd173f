"""Zones, permits and flights for the tests: a square of 2 km at 50 N 30 E, a permit inside it, a flight in the middle."""

from skykeep.facts.concluded import Trust
from skykeep.facts.enacted import (
    Circle,
    Interval,
    LawDeclared,
    PermitEnacted,
    PermitRevoked,
    PermitVolume,
    Polygon,
    Rule,
    Volume,
    ZoneEnacted,
    ZoneOverridden,
    ZonePin,
    ZoneWithdrawn,
)
from skykeep.geo.altitude import Altitude, Datum
from skykeep.geo.frames import metres_per_e7
from skykeep.rules.flight import Flight, Height
from skykeep.rules.law import Law, enact

S = 1_000_000_000
T0 = 1_800_000_000 * S
LAT, LON = 500_000_000, 300_000_000
NORTH_M, EAST_M = metres_per_e7(LAT / 1e7)
SIGMA = 1.6448536269514722


def place(east_m=0.0, north_m=0.0):
    """Return lat_e7, lon_e7 of a place near the middle."""
    return LAT + round(north_m / NORTH_M), LON + round(east_m / EAST_M)


def square(half_m=1000.0, east_m=0.0, north_m=0.0, holes=()):
    ring = tuple(place(east_m + x, north_m + y) for x, y in _corners(half_m))
    return Polygon(rings=(ring, *(hole.rings[0] for hole in holes)))


def _corners(half_m):
    return ((-half_m, -half_m), (half_m, -half_m), (half_m, half_m), (-half_m, half_m))


def circle(radius_m, east_m=0.0, north_m=0.0):
    lat_e7, lon_e7 = place(east_m, north_m)
    return Circle(lat_e7=lat_e7, lon_e7=lon_e7, radius_mm=round(radius_m * 1000))


def metres(value_m, datum=Datum.AGL):
    return Altitude(round(value_m * 1000), datum)


def volume(outline=None, floor=None, ceiling=None):
    return Volume(outline=outline or square(), floor=floor, ceiling=ceiling)


def zone(zone_id="Z", *volumes, rule=Rule.NEEDS_PERMIT, version=1, announced=None, times=(), hours_unread=None,
         exemptions=(), effective=None, end=None, span=None):  # fmt: skip
    return ZoneEnacted(
        zone_id=zone_id, version=version, supersedes=None, name=zone_id, rule=rule, exemptions=exemptions,
        volumes=volumes or (volume(),), buffer_mm=None, severity=None, announced_at_ns=announced,
        effective_from_ns=effective, end_ns=end, periods=(), applicability_span=span,
        applicability=tuple(Interval(start_ns=a, end_ns=b) for a, b in times) or None,
        hours_unread=hours_unread, issuing_body=None, legal_basis=None, reason=None, conditions=None, contact=None,
        appeal_contact=None, authorities=(), texts=(), country=None, carried=(), source_format="test",
        source_sha256="", native="", doubts=(),
    )  # fmt: skip


def overridden(zone_id="Z", *, active, start, end=None, said=None):
    return ZoneOverridden(
        zone_id=zone_id, active=active, start_ns=start, end_ns=end, t_ns=start if said is None else said, reason="",
        officer=None,
    )  # fmt: skip


def withdrawn(zone_id="Z", version=1, t_ns=T0):
    return ZoneWithdrawn(zone_id=zone_id, version=version, t_ns=t_ns, reason="")


def permit(
    permit_id="P", *volumes, start=T0 - 100 * S, end=T0 + 100 * S, granted=T0 - 200 * S, version=1, aircraft=("uas:a",),
    operators=(), sessions=(), zones=(), state=False, conditions=(),
    thresholds=None, priority=0,
):  # fmt: skip
    parts = tuple(
        part if isinstance(part, PermitVolume) else PermitVolume(volume=part, start_ns=start, end_ns=end)
        for part in volumes or (volume(),)
    )
    return PermitEnacted(
        permit_id=permit_id, version=version, granted_at_ns=granted, holder=None, pilots=(), aircraft=aircraft,
        operators=operators, sessions=sessions, volumes=parts, thresholds=thresholds,
        zones=tuple(ZonePin(zone_id=zone_id, version=None) for zone_id in zones), consents=(), state_flight=state,
        standing=False, priority=priority, purpose=None, category=None, operation=None, conditions=conditions,
        condition_codes=(), contact=None, issuer=None, application_sha256=None,
    )  # fmt: skip


def revoked(permit_id="P", t_ns=T0):
    return PermitRevoked(permit_id=permit_id, t_ns=t_ns, reason="", officer=None)


def declared(complete):
    return LawDeclared(complete=complete, t_ns=T0)


def law(*facts):
    return enact(Law(), facts)


def flight(
    east_m=0.0, north_m=0.0, *, t_ns=T0, sigma_m=5.0, heights=(), uas_id=None, session_id=None, operator_id=None,
    trust=None, manned=False, other_ids=(),
):  # fmt: skip
    lat_e7, lon_e7 = place(east_m, north_m)
    named = uas_id or session_id or operator_id
    return Flight(
        t_ns=t_ns, lat_e7=lat_e7, lon_e7=lon_e7, pos_sigma_m=sigma_m, heights=tuple(heights), uas_id=uas_id,
        session_id=session_id, operator_id=operator_id,
        trust=trust or (Trust.SELF_DECLARED if named else Trust.NONE), manned=manned, other_ids=other_ids,
    )  # fmt: skip


def height(value_m, datum=Datum.AGL, sigma_m=1.0):
    return Height(metres(value_m, datum), round(sigma_m * 1000))
