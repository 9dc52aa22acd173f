"""ED-318 out: valid against the official schema, the same again when read, what it cannot carry named and never freed."""

import json
import pathlib

import jsonschema
import msgspec
import pytest
import referencing
from hypothesis import given
from hypothesis import strategies as st

from skykeep.facts.enacted import ClockTime, Daily, Exemption, Period, Text, Volume
from skykeep.geo.altitude import Altitude, Datum
from skykeep.rules.law import Force, Zone
from skykeep.station import hours
from skykeep.wire import ed269, ed269_write, ed318, ed318_write, ed_kept, ed_write
from tests.wire.edzones import CARRIED, JUDGED, NS, any_zones, differing, files

VECTORS = pathlib.Path(__file__).parents[1] / "vectors/zones"
AT = "https://skykeep.invalid/"
DATUMS = (Datum.AGL, Datum.AMSL, Datum.HAE)
STATES = ["fi_ed269_reshaped.json", "fi_traficom_flattened.geojson", "lu_dac_flattened.geojson", "shapes/ed269-ch.json",
          "shapes/ed269-lu.json", "shapes/eans-ee.json", "shapes/es_enaire_0006-4.json", "shapes/es_enaire_GCPU0.json"]  # fmt: skip
OFFICIAL = ["Example_Collection.json", "Example_GeoZone_2_Layers.json", "Example_GeoZone_Circle.json"]


def _validator():
    resources = [
        (AT + path.name, referencing.Resource.from_contents(json.loads(path.read_text())))
        for path in (VECTORS / "ed318_schema").glob("*.json")
    ]
    registry = referencing.Registry().with_resources(resources)
    checker = jsonschema.Draft7Validator.FORMAT_CHECKER
    return jsonschema.Draft7Validator({"$ref": AT + "Schema_GeoZones.json"}, registry=registry, format_checker=checker)


VALIDATOR = _validator()


def read(data):
    return ed318.read(data, source_sha256="ab" * 32)


def written(zones):
    """Write zones, insist that the file is valid and all of it is read again, and return both."""
    exported = ed318_write.write(zones)
    VALIDATOR.validate(json.loads(exported.data))
    back = read(exported.data)
    assert back.refused == []
    return exported, back.zones


def sample(name):
    data = (VECTORS / name).read_bytes()
    module = ed318 if ed318.sniff(data) else ed269
    return module.read(data, source_sha256="x").zones


@pytest.mark.parametrize("name", OFFICIAL)
def test_the_official_examples_are_valid_and_so_is_what_we_make_of_them(name):
    VALIDATOR.validate(json.loads((VECTORS / name).read_text()))
    zones = sample(name)
    exported, back = written(zones)
    assert exported.lost == []
    assert differing(zones, back, JUDGED + CARRIED) == []


def test_the_schema_can_refuse():
    feature = json.loads((VECTORS / OFFICIAL[0]).read_text())
    feature["features"][0]["properties"]["identifier"] = "EIGHTEEN"
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(feature)


@pytest.mark.parametrize("name", ["ch_cis_sample_ed269.json", "ch_cis_sample_ed318.json"])
def test_published_samples_come_back_the_same(name):
    zones = sample(name)
    exported, back = written(zones)
    assert differing(zones, back, JUDGED + CARRIED) == []
    assert exported.lost == []


@pytest.mark.parametrize("name", STATES)
def test_files_of_states_come_back_the_same(shared, name):
    data = (shared / "data/zones" / name).read_bytes()
    module = ed318 if ed318.sniff(data) else ed269
    zones = module.read(data, source_sha256="x").zones
    _, back = written(zones)
    assert differing(zones, back, JUDGED + CARRIED) == []
    once_more, _ = written(back)
    assert json.loads(once_more.data) == json.loads(ed318_write.write(zones).data)
    again = ed269.read(ed269_write.write(zones).data, source_sha256="x")
    assert again.refused == []
    dated = [field for zone, field in differing(zones, again.zones, JUDGED + CARRIED)]
    assert dated == []


@given(files(datums=DATUMS, shared_dates=True))
@pytest.mark.requirement("LAW-5")
def test_import_export_import_loses_nothing(zones):
    _, back = written(zones)
    assert differing(zones, back, JUDGED + CARRIED) == []


def forces(zone, times):
    return [Zone(zone, ()).force(t) for t in times]


@given(any_zones(), st.lists(st.integers(0, 7_000_000_000), min_size=3, max_size=10))
@pytest.mark.requirement("LAW-5")
def test_whatever_is_not_in_the_file_is_named_and_frees_nobody(zones, times_s):
    exported, back = written(zones)
    absent = [number for number, zone in enumerate(zones) if any(
        line.startswith(f"{zone.zone_id}: it is never in force") for line in exported.lost)]  # fmt: skip
    kept = [zone for number, zone in enumerate(zones) if number not in absent]
    assert len(back) >= len(zones) - len(absent)
    if len({zone.zone_id for zone in zones}) < len(zones):
        return  # one identifier twice: each has become a zone of its own, and nothing tells which
    for zone, other in zip(kept, back, strict=True):
        named = [line for line in exported.lost if line.startswith(f"{zone.zone_id}: ")]
        # Hours that no periods were given for come back with periods that say them: the same law, in more words.
        told = [field for _, field in differing([zone], [other], [*JUDGED, "version"])]
        if told != ["periods"] or zone.periods or zone.applicability != other.applicability:
            assert not told or named or zone.applicability_span is not None
        for before, after in zip(forces(zone, [t * NS for t in times_s]), forces(other, [t * NS for t in times_s]), strict=True):
            assert before is Force.NO or after is not Force.NO
        for volume, again in zip(zone.volumes, other.volumes, strict=True):
            assert volume.outline == again.outline
            for edge in ("floor", "ceiling"):
                assert getattr(again, edge) in (getattr(volume, edge), None)
    assert all(line.partition(": ")[2] for line in exported.lost)


def one(**changes):
    return msgspec.structs.replace(sample("Example_GeoZone_Circle.json")[0], effective_from_ns=None, **changes)


def lost(**changes):
    zone = one(**changes)
    return [line.removeprefix(f"{zone.zone_id}: ") for line in written([zone])[0].lost]


def test_each_thing_that_the_format_cannot_carry_is_named():
    zone = one()
    assert lost() == []
    [volume] = zone.volumes
    for datum in (Datum.STD, Datum.TAKEOFF):
        flight_level = Volume(outline=volume.outline, floor=None, ceiling=Altitude(2_895_600, datum))
        assert lost(volumes=(flight_level,)) == [f"volume 0: ceiling 2895.6 m {datum.name} is not stated in the file"]
    exempt = Exemption(mass_max_g=250, height_max=None, categories=(), missions=(), words=None)
    assert lost(exemptions=(exempt,)) == ["exemptions are not in the file: there it binds everyone"]
    assert lost(announced_at_ns=NS) == ["its announcement at 1970-01-01T00:00:01Z is not in the file"]
    assert lost(version=2, supersedes=1) == ["version 2 is not in the file"]
    assert lost(hours_unread="by NOTAM") == ["hours in words (by NOTAM) are not in the file: there it is in force at any hour"]
    assert lost(applicability=()) == ["it is never in force, so it is not in the file"]
    aside = "the format has no room for it; kept under extendedProperties.skykeep"
    assert lost(severity=3, buffer_mm=5, legal_basis="Act 1") == [f"legal basis, severity, buffer: {aside}"]
    assert lost(name="n" * 201, texts=()) == [f"name: {aside}"]
    by_name = Daily(days=(0,), start=ClockTime(second=0), end=None, time_zone="Europe/Helsinki")
    assert lost(periods=(Period(start_ns=None, end_ns=None, daily=(by_name,)),), hours_unread="hours: x") == [
        "hours (Mon 00:00-24:00 Europe/Helsinki) are not in the file as they are: there it is in force longer"
    ]


def test_an_outline_that_cannot_be_written_is_named_and_the_others_are_written():
    [volume] = one().volumes
    flat = msgspec.structs.replace(volume.outline, radius_mm=0)
    bad = one(zone_id="BAD", volumes=(msgspec.structs.replace(volume, outline=flat),))
    exported, back = written([bad, one()])
    assert [zone.zone_id for zone in back] == [one().zone_id]
    assert exported.lost[0].startswith("BAD: it cannot be written, so it is not in the file: geometry: radius: 0")


def test_zones_that_are_law_at_different_times_carry_it_in_their_own_dates():
    first, second = one(zone_id="A"), msgspec.structs.replace(one(zone_id="B"), effective_from_ns=5 * NS, end_ns=9 * NS)
    exported, back = written([first, second])
    assert exported.lost == [
        "B: law from 1970-01-01T00:00:05Z: in the file its hours are cut to it",
        "B: law until 1970-01-01T00:00:09Z: in the file its hours are cut to it",
    ]
    times = [t * NS for t in range(12)]
    assert [forces(zone, times) for zone in back] == [forces(zone, times) for zone in (first, second)]


def test_long_identifiers_are_shortened_each_to_another_one_and_kept_whole():
    whole = ["EFHEL001A", "EFHEL001B", "SHORT", "", " pad", "SHORT", "EFHEL001A~2"]
    short = ed_write.identifiers(whole)
    assert len(set(short)) == len(whole)
    assert all(0 < len(one) <= 7 for one in short)
    assert (short[2], short[0][:3], short[4][:3]) == ("SHORT", "EFH", "pad")
    assert ed_write.identifiers(whole) == short
    zones = [one(zone_id=name) for name in ("EFHEL001A", "EFHEL001B", "SHORT")]
    exported, back = written(zones)
    assert [zone.zone_id for zone in back] == ["EFHEL001A", "EFHEL001B", "SHORT"]
    assert [feature["properties"]["identifier"] for feature in json.loads(exported.data)["features"]] == [short[0], short[1], "SHORT"]


def test_a_shortened_identifier_stands_beside_the_name_that_people_know():
    exported, [back] = written([one(zone_id="X01-Flims", name="X01-Flims", texts=())])
    assert json.loads(exported.data)["features"][0]["properties"]["name"] == [{"text": "X01-Flims", "lang": ""}]
    assert (back.zone_id, back.name) == ("X01-Flims", "X01-Flims")


def test_a_published_zone_is_written_with_the_hours_of_its_source():
    zone = msgspec.structs.replace(sample("Example_Collection.json")[0])
    span = {"from_ns": 1_546_300_800 * NS, "until_ns": 1_548_979_200 * NS}
    published = hours.publish(zone, **span)
    exported, [back] = written([published])
    assert exported.lost == []
    assert back.hours_unread == zone.hours_unread
    assert differing([published], [hours.publish(back, **span)], JUDGED + CARRIED) == []


@given(st.lists(st.text(max_size=9), unique=True, max_size=50))
def test_shortened_identifiers_never_meet(whole):
    short = ed_write.identifiers(whole)
    assert len(set(short)) == len(whole)
    assert all(a == b for a, b in zip(whole, short, strict=True) if 0 < len(a) <= 7 and a == a.strip())


def test_words_over_200_characters_are_cut_for_others_and_whole_for_us():
    zone = one(texts=(Text(about="message", lang="en-GB", text="m" * 500), Text(about="name", lang="sr-Latn", text="Z")))
    exported, [back] = written([zone])
    properties = json.loads(exported.data)["features"][0]["properties"]
    assert len(properties["message"][0]["text"]) == 200
    assert properties["name"] == [{"text": "Z", "lang": "sr"}]
    assert back.texts == zone.texts
    assert "words in full" in exported.lost[0]


@pytest.mark.parametrize("kept", [7, [], {"volumes": []}, {"zone_id": ""}, {"zone_id": 5}, {"severity": 9}, {"buffer_mm": -1},
                                  {"carried": [["a", "{"]]}, {"rule": "allowed"}, {"texts": "x"}, {"zone_id": "Z" * 201}])  # fmt: skip
def test_what_we_cannot_have_kept_changes_nothing(kept):
    file = json.loads((VECTORS / "Example_GeoZone_Circle.json").read_text())
    plain = read(json.dumps(file).encode()).zones[0]
    file["features"][0]["properties"]["extendedProperties"] = {ed_kept.KEY: kept}
    [zone] = read(json.dumps(file).encode()).zones
    assert differing([plain], [zone], JUDGED + CARRIED) == []
    assert any("was not understood and changes nothing" in doubt for doubt in zone.doubts)


def test_nothing_kept_aside_can_change_a_verdict():
    assert not set(ed_kept.Kept.__struct_fields__) & {*JUDGED, "version", "supersedes"}


def test_no_zones_make_a_valid_empty_file():
    assert written([])[1] == []
