"""Area and heights of an emergency zone: what encloses nothing, or crosses itself, is none that anybody meant."""

import pytest

from skykeep.errors import Refused
from skykeep.geo.altitude import Altitude, Datum
from skykeep.station import asked, zonedesk
from skykeep.station.config import LawConfig

A, B, C, D = (470_000_000, 80_000_000), (470_000_000, 80_100_000), (470_100_000, 80_100_000), (470_100_000, 80_000_000)


def zone(ring, floor=None, ceiling=None):
    wanted = asked.ZoneEmergency(circle=None, ring=ring, floor=floor, ceiling=ceiling, minutes=30, name="", preview=True)
    return zonedesk.emergency_zone(wanted, LawConfig(), authority="Test", person="ada", reason="Fire", now_ns=10**18)


@pytest.mark.requirement("CONSOLE-14")
@pytest.mark.parametrize("ring", [[A, B, C, D], [A, B, C, D, A], [A, B, B, C, D]])
def test_a_ring_is_taken_closed_or_not(ring):
    assert zone(ring).volumes[0].outline.rings == ((A, B, C, D, A),)


@pytest.mark.requirement("CONSOLE-14")
@pytest.mark.parametrize(("ring", "why"), [([A, C, B, D], "crosses itself"), ([A, B, A], "fewer than three"), ([A, B], "fewer than three")])
def test_what_crosses_itself_or_encloses_nothing_is_refused_in_words(ring, why):
    with pytest.raises(Refused, match=why):
        zone(ring)


def metres(value_m, datum):
    return Altitude(value_m * 1000, Datum(datum))


@pytest.mark.requirement("STATION-2")
@pytest.mark.parametrize(
    ("floor", "ceiling", "why"),
    [
        (metres(200, "amsl"), metres(100, "amsl"), "not above the floor"),
        (metres(100, "agl"), metres(100, "agl"), "not above the floor"),
        (None, metres(0, "agl"), "not above the ground"),
        (metres(500, "amsl"), metres(-1, "agl"), "not above the ground"),
        (None, metres(100, "takeoff"), "above take-off"),
        (metres(1, "takeoff"), None, "above take-off"),
    ],
)
def test_heights_between_which_nobody_can_be_are_refused_in_words(floor, ceiling, why):
    with pytest.raises(Refused, match=why):
        zone([A, B, C, D], floor, ceiling)


@pytest.mark.requirement("STATION-2")
@pytest.mark.parametrize(
    ("floor", "ceiling"),
    [(metres(100, "amsl"), metres(200, "amsl")), (metres(200, "amsl"), metres(100, "agl")), (None, None)],
)
def test_heights_that_leave_room_or_cannot_be_compared_are_taken_as_they_are(floor, ceiling):
    volume = zone([A, B, C, D], floor, ceiling).volumes[0]
    assert (volume.floor, volume.ceiling) == (floor, ceiling or "unlimited")
