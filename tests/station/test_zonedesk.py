"""The area of an emergency zone: what encloses nothing, or crosses itself, is no area that anybody meant."""

import pytest

from skykeep.errors import Refused
from skykeep.station import asked, zonedesk
from skykeep.station.config import LawConfig

A, B, C, D = (470_000_000, 80_000_000), (470_000_000, 80_100_000), (470_100_000, 80_100_000), (470_100_000, 80_000_000)


def zone(ring):
    wanted = asked.ZoneEmergency(circle=None, ring=ring, floor=None, ceiling=None, minutes=30, name="", preview=True)
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
