"""What a station takes over from its files when it begins again."""

import msgspec

from skykeep.facts.enacted import LawDeclared, PressureSet, ZoneWithdrawn, plain_sensor
from skykeep.rules.law import FOREVER_NS
from skykeep.station import livelaw, zonedesk, zonefiles
from skykeep.watch.settings import WatchSettings
from skykeep.watch.state import State
from tests.station.living import ZONES


def enacted(*facts):
    return State(WatchSettings(), enacted=list(facts))


def complete(value, t_ns=1):
    return LawDeclared(complete=value, t_ns=t_ns)


def pressure(qnh_pa, t_ns=1):
    return PressureSet(place="", qnh_pa=qnh_pa, sigma_pa=100, t_ns=t_ns, until_ns=FOREVER_NS)


def radar(lat_e7):
    plain = plain_sensor(sensor_id="radar", modality="radar", pos_accuracy_mm=1, alt_accuracy_mm=1, simulated=False)
    return msgspec.structs.replace(plain, lat_e7=lat_e7, lon_e7=0)


def zone(version):
    found = zonefiles.read_data(ZONES.read_bytes(), "zones.json").found
    return msgspec.structs.replace(found.zones[0], version=version)


def withdrawn(version):
    return ZoneWithdrawn(zone_id=zone(1).zone_id, version=version, t_ns=5, reason="over")


def test_what_is_as_it_was_said_last_is_not_said_again():
    for said in (complete(True), pressure(101_325), radar(1), zone(1)):
        assert livelaw.news([said], enacted(said)) == ([], [])
    assert livelaw.news([complete(True, 9), pressure(101_325, 9)], enacted(complete(True), pressure(101_325)))[0] == []


def test_what_changes_and_changes_back_is_said_each_time():
    for one, other in ((complete(False), complete(True)), (pressure(99_000), pressure(101_325)), (radar(1), radar(2))):
        assert livelaw.news([one], enacted(one, other)) == ([one], [])


def test_a_withdrawn_zone_is_law_again_by_a_later_version_only():
    fresh, notes = livelaw.news([zone(2)], enacted(zone(3), withdrawn(3)))
    assert fresh == []
    assert "not in force" in notes[0]
    assert livelaw.news([zone(4)], enacted(zone(3), withdrawn(3))) == ([zone(4)], [])


def test_a_zone_that_was_published_again_can_be_withdrawn_again():
    state = enacted(zone(1), withdrawn(1))
    assert zonedesk.in_force(state, zone(1).zone_id, 10**18)[1] == "over"
    state = enacted(zone(1), withdrawn(1), zone(2))
    found, stands = zonedesk.in_force(state, zone(1).zone_id, (zone(2).effective_from_ns or 0) + 1)
    assert (found.version, stands) == (2, "in_force")
