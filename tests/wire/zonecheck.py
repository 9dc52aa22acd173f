"""What holds for every zone that any importer makes."""

from skykeep.facts import codec
from skykeep.facts.enacted import Altitude, Circle


def read(module, data):
    """Import, and check what must hold whatever the file says."""
    done = module.read(data, source_sha256="ab" * 32)
    assert done.source_format == module.SOURCE_FORMAT
    for zone in done.zones:
        assert codec.decode(codec.encode(zone)) == zone
        assert zone.volumes
        assert zone.native
        for volume in zone.volumes:
            check_volume(volume)
    assert {zone.zone_id: zone.doubts for zone in done.zones if zone.doubts} == {
        report.zone_id: report.what for report in done.doubted
    }
    assert len({zone.zone_id for zone in done.zones}) == len(done.zones)
    for report in (*done.refused, *done.doubted):
        assert report.what
        assert all(words.strip() for words in report.what)
    assert done.zones or done.refused or done.doubts
    return done


def check_volume(volume):
    if isinstance(volume.outline, Circle):
        assert abs(volume.outline.lat_e7) <= 900_000_000
        assert abs(volume.outline.lon_e7) <= 1_800_000_000
        assert 0 < volume.outline.radius_mm <= 1_000_000_000
    else:
        for ring in volume.outline.rings:
            assert len(ring) >= 4
            assert ring[0] == ring[-1]
            assert all(abs(lat) <= 900_000_000 for lat, _ in ring)
    for limit in (volume.floor, volume.ceiling):
        assert limit is None or limit == "unlimited" or isinstance(limit, Altitude)
    assert volume.floor != "unlimited"
