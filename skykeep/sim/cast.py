"""Who flies in the story of the town: each flight's route, voice and the verdicts that it must get.

Heights are metres above the ellipsoid; the plain lies at 20 m. `seed` moves everybody a little and changes nobody's
verdicts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from skykeep.facts.concluded import Trust, Verdict
from skykeep.geo.altitude import Datum
from skykeep.sim.chance import Chance
from skykeep.sim.flight import Point, Route, lawn_mower, orbit
from skykeep.sim.radio import Voice
from skykeep.sim.town import CITADEL, HARBOUR, HILL, MEADOWS, PARADE, Aircraft

STORY_S = 180.0
COPIED_S, REKEYED_S, REVOKED_S, PARADE_S, LANDED_S = 70.0, 80.0, 90.0, 100.0, 150.0

FLEET = {
    "survey": Aircraft("S1M08SURVEY01", "XSMsurvey000001l-s1m"),
    "mapper": Aircraft("S1M08MAPPER02", "XSMmapper000002w-s2m"),
    "delivery": Aircraft("S1M08PARCEL03", "XSMparcel0000033-s3m"),
    "hilltop": Aircraft("S1M08SUMMT004", "XSMhilltp000004e-s4m"),
    "courier": Aircraft("S1M08RUNNER05", "XSMrunner0000052-s5m"),
    "visitor": Aircraft("S1M08SXRAGR06", "XSMnobody000006x-s6m"),
    "parkflyer": Aircraft("S1M07PARKER7", "XSMflyer0000007j-s7m"),
    "filmer": Aircraft("S1M08CAMERA08", "XSMcamera000008c-s8m"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Expected:
    """One verdict that a flight must get, as the table of the law names it."""

    zone_id: str | None
    verdict: Verdict
    clause: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One flight of the story. `expected` holds its verdicts in the order told, the same one told again left out."""

    name: str
    what: str
    serial: str | None
    operator: str | None  # as broadcast, without its secret part
    transmitters: tuple[str, ...]  # radio addresses in the order used
    expected: tuple[Expected, ...]
    trust: Trust  # in the end
    flags: tuple[str, ...] = ()  # in the end
    manned: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A role with what it takes to play it; `voice` None: it speaks ADS-B."""

    role: Role
    route: Route
    voice: Voice | None
    first_s: float
    last_s: float = STORY_S


NOWHERE = Expected(None, Verdict.NO_RULE, "no_zone_here")


def left(zone_id: str) -> Expected:
    """Return what is told when a flight has left a zone."""
    return Expected(zone_id, Verdict.NO_RULE, "left_zone")


def parts(seed: int) -> tuple[Part, ...]:
    """Return the parts of the story, moved a little by `seed`."""
    chance = Chance(seed, "cast")
    macs = addresses(chance)
    return (
        _survey(chance, macs), _mapper(chance, macs), _copy(chance, macs), _courier(chance, macs),
        _delivery(chance, macs), _hilltop(chance, macs), _silent(chance, macs), _visitor(chance, macs),
        _filmer(chance, macs), _parkflyer(chance, macs), _helicopter(chance),
    )  # fmt: skip


def addresses(chance: Chance) -> list[bytes]:
    """Return radio addresses of the locally administered kind, 02:53:49:4d ("SIM") and two octets of chance."""
    begin = chance.below(60_000)
    return [b"\x02SIM" + (begin + 61 * number).to_bytes(2, "big") for number in range(12)]


def _near(chance: Chance, east_m: float, north_m: float, up_m: float, by_m: float = 20.0) -> Point:
    return Point(
        east_m + chance.between(-by_m, by_m), north_m + chance.between(-by_m, by_m), up_m + chance.between(-3.0, 3.0)
    )


def _role(name: str, what: str, expected: tuple[Expected, ...], *macs: bytes, flags: tuple[str, ...] = ()) -> Role:
    who = FLEET.get("mapper" if name == "copy" else name)
    lies = "serial_in_two_places" in flags
    return Role(
        name=name,
        what=what,
        serial=who.serial if who else None,
        operator=who.operator[:16] if who else None,
        transmitters=tuple(mac.hex(":") for mac in macs),
        expected=expected,
        trust=Trust.CONTRADICTED if lies else Trust.SELF_DECLARED if who else Trust.NONE,
        flags=flags,
    )


def _survey(chance: Chance, macs: list[bytes]) -> Part:
    lanes = lawn_mower(_near(chance, -2330.0, -330.0, 80.0), along_m=400.0, lanes=8, spacing_m=100.0)
    expected = (Expected(HARBOUR, Verdict.PERMITTED, "permitted"),)
    return Part(
        role=_role("survey", "surveys the harbour lane by lane, with a permit", expected, macs[0]),
        route=Route(lanes, cruise_mps=chance.between(14.0, 16.0), corner_mps=6.0, rolling=True),
        voice=Voice(aircraft=FLEET["survey"], mac=macs[0], height=Datum.AGL),
        first_s=0.0,
    )


def _mapper(chance: Chance, macs: list[bytes]) -> Part:
    circle = orbit(_near(chance, -1500.0, 880.0, 95.0), radius_m=140.0, laps=4, from_deg=chance.between(0.0, 359.0))
    expected = (
        Expected(HARBOUR, Verdict.PERMITTED, "permitted"),
        Expected(HARBOUR, Verdict.CANNOT_TELL, "identity_contradicted"),
    )
    what = "maps the quays, with a permit, until another sender gives its serial number too"
    return Part(
        role=_role("mapper", what, expected, macs[1], flags=("serial_in_two_places",)),
        route=Route(circle, cruise_mps=11.0, corner_mps=11.0, capture_m=15.0, rolling=True),
        voice=Voice(aircraft=FLEET["mapper"], mac=macs[1], height=Datum.AGL, pos_accuracy_mm=10_000),
        first_s=chance.between(1.0, 4.0),
    )


def _copy(chance: Chance, macs: list[bytes]) -> Part:
    begin = _near(chance, -1450.0, -1000.0, 70.0)
    points = (begin, _near(chance, -1380.0, -620.0, 85.0), _near(chance, -1650.0, -560.0, 85.0))
    expected = (Expected(HARBOUR, Verdict.CANNOT_TELL, "identity_contradicted"),)
    what = "gives the mapper's serial number and operator, 1.5 km away from it: one of the two lies"
    return Part(
        role=_role("copy", what, expected, macs[2], flags=("serial_in_two_places",)),
        route=Route(points, cruise_mps=9.0),
        voice=Voice(aircraft=FLEET["mapper"], mac=macs[2], height=Datum.AGL, pos_accuracy_mm=10_000),
        first_s=COPIED_S,
    )


def _courier(chance: Chance, macs: list[bytes]) -> Part:
    south, north = _near(chance, -930.0, -1000.0, 105.0), _near(chance, -960.0, 930.0, 105.0)
    expected = (Expected(HARBOUR, Verdict.PERMITTED, "permitted"),)
    what = "carries post along the harbour with a permit; changes its radio address under way, and lands"
    return Part(
        role=_role("courier", what, expected, macs[3], macs[4], flags=("rekeyed",)),
        route=Route((south, _near(chance, -880.0, 0.0, 105.0), north), cruise_mps=chance.between(14.5, 15.5)),
        voice=Voice(
            aircraft=FLEET["courier"], mac=macs[3], later_mac=macs[4], later_s=REKEYED_S, period_s=0.5,
            alt_accuracy_mm=10_000,
        ),
        first_s=chance.between(4.0, 7.0),
        last_s=LANDED_S,
    )  # fmt: skip


def _delivery(chance: Chance, macs: list[bytes]) -> Part:
    middle = Point(1350.0, 150.0, 90.0)
    points = (
        _near(chance, 1250.0, 50.0, 40.0), _near(chance, 1480.0, 180.0, 90.0),
        *orbit(middle, radius_m=160.0, laps=3, from_deg=90.0), _near(chance, 1340.0, 130.0, 60.0),
    )  # fmt: skip
    expected = (
        Expected(MEADOWS, Verdict.CANNOT_TELL, "identity_absent"),
        Expected(MEADOWS, Verdict.PERMITTED, "permitted"),
        Expected(MEADOWS, Verdict.NOT_PERMITTED, "permit_revoked"),
    )
    what = "delivers parcels: first without a name, then permitted, until its permit is taken back in mid-flight"
    return Part(
        role=_role("delivery", what, expected, macs[5]),
        route=Route(points, cruise_mps=12.0, corner_mps=11.0, capture_m=15.0),
        voice=Voice(aircraft=FLEET["delivery"], mac=macs[5], packs=False, first_static_s=2.3, static_s=0.6),
        first_s=chance.between(6.0, 9.0),
    )


def _hilltop(chance: Chance, macs: list[bytes]) -> Part:
    top = _near(chance, HILL.east_m, HILL.north_m, 81.0, 10.0)
    points = (top, top._replace(up_m=150.0), *orbit(top._replace(up_m=155.0), radius_m=230.0, laps=3))
    expected = (Expected(MEADOWS, Verdict.CANNOT_TELL, "permit_height_unknown"),)
    what = "films around a hill with a permit up to 120 m above ground, but tells only its height above take-off"
    return Part(
        role=_role("hilltop", what, expected, macs[6]),
        route=Route(points, cruise_mps=9.0, corner_mps=9.0, capture_m=15.0),
        voice=Voice(aircraft=FLEET["hilltop"], mac=macs[6], hae=False, height=Datum.TAKEOFF),
        first_s=chance.between(8.0, 12.0),
    )


def _silent(chance: Chance, macs: list[bytes]) -> Part:
    points = tuple(
        _near(chance, east_m, north_m, 75.0) for east_m, north_m in ((1750, -760), (1850, -640), (1950, -660))
    )
    expected = (Expected(MEADOWS, Verdict.CANNOT_TELL, "identity_absent"),)
    return Part(
        role=_role("silent", "hovers where somebody has a permit, and does not say who it is", expected, macs[7]),
        route=Route(points, cruise_mps=3.0),
        voice=Voice(
            aircraft=None, mac=macs[7], packs=False, height=Datum.TAKEOFF, first_static_s=1.2, static_s=2.8,
            pos_accuracy_mm=None, alt_accuracy_mm=None,
        ),
        first_s=chance.between(10.0, 14.0),
    )  # fmt: skip


def _visitor(chance: Chance, macs: list[bytes]) -> Part:
    points = (
        _near(chance, 420.0, -1430.0, 70.0),
        _near(chance, 250.0, -700.0, 110.0),
        _near(chance, 30.0, -60.0, 95.0),
    )
    expected = (
        NOWHERE,
        Expected(CITADEL, Verdict.CANNOT_TELL, "zone_border"),
        Expected(CITADEL, Verdict.NOT_PERMITTED, "no_permit"),
    )
    what = "has no permit, flies towards the citadel and hovers over it"
    return Part(
        role=_role("visitor", what, expected, macs[8]),
        route=Route(points, cruise_mps=chance.between(12.5, 14.0), corner_mps=12.0),
        voice=Voice(aircraft=FLEET["visitor"], mac=macs[8], packs=False, height=Datum.TAKEOFF, pos_accuracy_mm=None),
        first_s=chance.between(4.0, 6.0),
    )


def _filmer(chance: Chance, macs: list[bytes]) -> Part:
    points = (_near(chance, 150.0, 1250.0, 60.0), *orbit(_near(chance, 500.0, 1430.0, 85.0), radius_m=180.0, laps=3))
    expected = (NOWHERE, Expected(PARADE, Verdict.NOT_PERMITTED, "no_permit"))
    what = "waits where a parade will pass: free until the announced ban is in force, not permitted from then on"
    return Part(
        role=_role("filmer", what, expected, macs[9]),
        route=Route(points, cruise_mps=8.0, corner_mps=8.0, capture_m=15.0),
        voice=Voice(aircraft=FLEET["filmer"], mac=macs[9], packs=False, static_s=0.9, pos_accuracy_mm=10_000),
        first_s=chance.between(15.0, 20.0),
    )


def _parkflyer(chance: Chance, macs: list[bytes]) -> Part:
    middle = _near(chance, 250.0, -2150.0, 60.0)
    return Part(
        role=_role("parkflyer", "plays over the beach, outside every zone", (NOWHERE,), macs[10]),
        route=Route(
            orbit(middle, radius_m=120.0, laps=4), cruise_mps=10.0, corner_mps=10.0, capture_m=15.0, rolling=True
        ),
        voice=Voice(aircraft=FLEET["parkflyer"], mac=macs[10], packs=False, period_s=1.8, height=Datum.TAKEOFF),
        first_s=chance.between(1.0, 3.0),
    )


def _helicopter(chance: Chance) -> Part:
    points = (
        _near(chance, -4300.0, 330.0, 240.0),
        _near(chance, 0.0, 60.0, 250.0),
        _near(chance, 4300.0, -60.0, 260.0),
    )
    expected = (
        NOWHERE,
        Expected(HARBOUR, Verdict.EXEMPT, "manned_aircraft"),
        NOWHERE,
        left(HARBOUR),
        Expected(CITADEL, Verdict.EXEMPT, "manned_aircraft"),
        NOWHERE,
        left(CITADEL),
        Expected(MEADOWS, Verdict.EXEMPT, "manned_aircraft"),
        NOWHERE,
        left(MEADOWS),
    )
    role = Role(
        name="helicopter",
        what="a rescue helicopter crosses the town; the zones are for unmanned aircraft",
        serial=None,
        operator=None,
        transmitters=(HELICOPTER_HEX,),
        expected=expected,
        trust=Trust.SELF_DECLARED,
        manned=True,
    )
    route = Route(points, cruise_mps=60.0, corner_mps=60.0, capture_m=60.0, rolling=True)
    return Part(role=role, route=route, voice=None, first_s=35.0)


PLAYERS: dict[str, Callable[[Chance, list[bytes]], Part]] = {
    "survey": _survey, "mapper": _mapper, "copy": _copy, "courier": _courier, "delivery": _delivery,
    "hilltop": _hilltop, "silent": _silent, "visitor": _visitor, "parkflyer": _parkflyer,
    "helicopter": lambda chance, _macs: _helicopter(chance),
}  # fmt: skip
"""What makes a part of the story by its name, for those who play it more than once."""

HELICOPTER_HEX = "~51f0de"  # "~": no address of ICAO's
