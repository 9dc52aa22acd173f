"""Permits: kept whole or refused by name and place; identities as their standards write them."""

import contextlib
import copy
import json
import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.facts import codec
from skykeep.facts.enacted import Circle, PermitRevoked
from skykeep.facts.personal import KeyedNames, NameKind, PlainNames
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import identity, permits

FILE = pathlib.Path(__file__).parents[1] / "vectors/permits/permits.json"


def sample():
    return json.loads(FILE.read_text())


def read(document, names=None):
    done = permits.read(json.dumps(document).encode(), names or PlainNames())
    for fact in (*done.permits, *done.revocations):
        assert codec.decode(codec.encode(fact)) == fact
    return done


def test_the_sample_whole():
    done = read(sample())
    assert (done.refused, done.doubted) == ([], [])
    bridge, police = done.permits
    assert (bridge.permit_id, bridge.version, bridge.aircraft) == ("P-2026-017", 2, ("1581F4BRDGE000000001",))
    assert bridge.operators == ("FIN87astrdge12k8",)  # the secret part is gone
    assert tuple(pin.zone_id for pin in bridge.zones) == ("CITY1",)
    assert (bridge.conditions, bridge.state_flight) == (("Not above the crowd",), False)
    [part] = bridge.volumes
    assert part.volume.outline == Circle(lat_e7=504500000, lon_e7=305200000, radius_mm=400_000)
    assert (part.volume.floor, part.volume.ceiling) == (Altitude(0, Datum.AGL), Altitude(120_000, Datum.AGL))
    assert part.end_ns - part.start_ns == 2 * 3600 * 10**9
    assert (police.version, police.aircraft, police.state_flight) == (1, ("UP-001",), True)
    assert (police.volumes[0].volume.floor, police.volumes[0].volume.ceiling) == (None, "unlimited")
    assert police.volumes[0].volume.outline.rings[0][0] == (504000000, 304000000)
    assert done.revocations == [
        PermitRevoked(
            permit_id="S-POLICE", t_ns=1780272000 * 10**9, reason="Replaced by S-POLICE-2", officer="M. Example"
        )
    ]


def test_names_stand_as_pseudonyms_that_other_formats_agree_with():
    names = KeyedNames(b"k" * 32)
    done = read(sample(), names)
    assert done.permits[0].aircraft == (names.pseudonym(NameKind.UAS_ID, "1581f4brdge000000001"),)
    assert done.permits[0].operators == (names.pseudonym(NameKind.OPERATOR_ID, "FIN87astrdge12k8"),)
    assert done.permits[0].holder.startswith("person:")
    assert done.revocations[0].officer.startswith("person:")
    assert not [name for name in names.take_new() if "xyz" in name.value]


def at(document, path):
    for step in path[:-1]:
        document = document[step]
    return document, path[-1]


ONE = ["permits", 0]
PART = [*ONE, "volumes", 0]
DELETED = object()


@pytest.mark.parametrize(
    ("path", "value", "where", "words"),
    [
        ([*PART, "until"], "2026-05-01T07:00:00Z", "permits[0].volumes[0].until", "is not after"),
        ([*PART, "until"], "2026-05-01T12:00:00", "permits[0].volumes[0].until", "names no time zone"),
        ([*PART, "from"], 1777629600, "permits[0].volumes[0]", "from: a number (1777629600) where text belongs"),
        ([*PART, "from"], DELETED, "permits[0].volumes[0].from", "missing"),
        ([*PART, "ceilling"], None, "permits[0].volumes[0]", 'did you mean "ceiling"?'),
        ([*PART, "ceiling"], {"value_m": -1, "datum": "agl"}, "permits[0].volumes[0].ceiling", "not above the floor"),
        ([*PART, "ceiling"], {"value_m": 9}, "permits[0].volumes[0].ceiling.datum", "say above what"),
        ([*PART, "ceiling"], {"value_m": "9", "datum": "agl"}, "permits[0].volumes[0].ceiling", "text"),
        ([*PART, "ceiling"], 120, "permits[0].volumes[0].ceiling", "where an object belongs"),
        ([*PART, "ceiling", "value_m"], None, "permits[0].volumes[0].ceiling.value_m", "missing"),
        ([*PART, "area", "radius_m"], 0, "permits[0].volumes[0].area", "radius: 0"),
        ([*PART, "area", "center"], [200, 1], "permits[0].volumes[0].area", "longitude 200"),
        ([*PART, "area", "type"], "Polygon", "permits[0].volumes[0].area", 'unknown key "type"'),
        ([*PART, "area"], {"type": "Point"}, "permits[0].volumes[0].area.type", "Polygon"),
        ([*PART, "area"], None, "permits[0].volumes[0].area", "null where an object belongs"),
        ([*ONE, "volumes"], [], "permits[0].volumes", "at least one"),
        ([*ONE, "volumes"], DELETED, "permits[0].volumes", "null"),
        ([*ONE, "id"], DELETED, "permits[0].id", "missing"),
        ([*ONE, "granted_at"], "soon", "permits[0].granted_at", "no moment"),
        ([*ONE, "version"], 0, "permits[0].version", "outside 1 to"),
        ([*ONE, "version"], True, "permits[0].version", "true or false"),
        ([*ONE, "serial"], "x", "permits[0]", 'write "aircraft", a list'),
        ([*ONE, "aircraft"], "x", "permits[0].aircraft", "text where a list of texts belongs"),
        ([*ONE, "aircraft"], [7], "permits[0].aircraft", "[0]: a number"),
        ([*ONE, "aircraft"], [""], "permits[0].aircraft.[0]", "missing"),
        ([*ONE, "state_flight"], "yes", "permits[0].state_flight", "true or false"),
        ([*ONE, "revoked"], {"at": "2026-05-01T10:00:00Z"}, "permits[0].revoked.reason", "missing"),
        ([*ONE, "revoked"], {"when": 1}, "permits[0].revoked", "unknown key"),
        ([*ONE, "thresholds"], 7, "permits[0].thresholds", "an object belongs"),
        ([*ONE, "zones"], [{"id": "A", "version": 1.5}], "permits[0].zones[0].version", "whole number"),
        ([*ONE, "consents"], [{"zone": "A"}], "permits[0].consents[0].zone_version", "one version of its zone"),
        ([*ONE, "condition_codes"], ["daylight"], "permits[0].condition_codes[0]", 'did you mean "daylight_only"'),
        ([*ONE, "application_sha256"], "ff", "permits[0].application_sha256", "64 digits"),
        ([*ONE, "priority"], -1, "permits[0].priority", "outside 0 to"),
        ([*ONE, "mode"], "evlos", "permits[0].mode", "vlos, bvlos"),
        (ONE, 7, "permits[0]", "a number where an object belongs"),
    ],
)
def test_one_bad_permit_is_refused_by_name_and_the_others_are_kept(path, value, where, words):
    document = sample()
    holder, last = at(document, path)
    if value is DELETED:
        del holder[last]
    else:
        holder[last] = value
    done = read(document)
    assert [permit.permit_id for permit in done.permits] == ["S-POLICE"]
    [report] = done.refused
    assert report.where == where
    assert words in report.what
    assert report.permit_id in ("P-2026-017", None)


def test_consents_and_annex_iv_in_a_permit_file():
    document = sample()
    consent = {"zone": "CITY1", "zone_version": 3, "authority": "City", "officer": "O. Example", "at": "2026-04-28T09:00:00Z"}
    document["permits"][0] |= {"consents": [consent], "endurance_min": 30, "uas_class": "C3", "application_sha256": "0" * 64}
    permit = read(document).permits[0]
    assert permit.application_sha256 == "0" * 64
    (agreed,) = permit.consents
    assert (agreed.zone_id, agreed.zone_version, agreed.authority, agreed.officer) == ("CITY1", 3, "City", "O. Example")


def test_a_permit_for_nobody():
    document = sample()
    document["permits"][0] |= {"aircraft": [], "operators": []}
    assert "a permit for nobody permits nothing" in read(document).refused[0].what


def test_the_same_version_twice():
    document = sample()
    document["permits"].append(document["permits"][0])
    document["permits"].append(document["permits"][0] | {"version": 3})
    done = read(document)
    assert [permit.version for permit in done.permits] == [2, 1, 3]
    assert done.refused[0].where == "permits[2].version"


def test_doubts_do_not_refuse():
    document = sample()
    document["permits"][0] |= {"aircraft": ["OH-XYZ"], "operators": ["FIN87astrdge12k9-xyz", "me"]}
    del document["permits"][1]["volumes"][0]["area"]["coordinates"][0][-1]
    done = read(document)
    assert len(done.permits) == 2
    assert [(report.permit_id, report.where) for report in done.doubted] == [
        ("P-2026-017", "permits[0].aircraft[0]"),
        ("P-2026-017", "permits[0].operators[0]"),
        ("P-2026-017", "permits[0].operators[1]"),
        ("S-POLICE", "permits[1].volumes[0].area"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"permits": 7}',
        b'{"permits": [], "zones": []}',
        b"\xff",
        b'{"permits": ' * 9999,
        b'{"permits": [}',
    ],
)
def test_what_is_no_permit_file(data):
    with pytest.raises(Malformed) as caught:
        permits.read(data, PlainNames())
    assert len(str(caught.value)) < 200


def test_a_key_that_stands_twice():
    done = permits.read(b'{"permits": [{"id": "a", "id": "b"}]}', PlainNames())
    assert done.refused[0].what == '"id" stands twice in one object; keep one'
    assert permits.read(b"\xef\xbb\xbf" + FILE.read_bytes(), PlainNames()).refused == []


@pytest.mark.parametrize(
    ("serial", "good"),
    [("1581F4BRDGE000000001", True), ("ABCD1X", True), ("abcd1x", True), ("ABCD2X", False), ("ABCO1X", False), ("ABCD0", False),
     ("ABCDG1234567890123456", False), ("ABCD1I", False), ("OH-XYZ", False), ("", False)],
)  # fmt: skip
def test_serials(serial, good):
    assert (identity.serial_doubt(serial) is None) == good


def test_operator_ids():
    assert identity.luhn_mod_36("87astrdge12kxyz") == "8"  # the example of EN 4709-002
    assert identity.operator_doubt("FIN87astrdge12k8-xyz") is None
    assert identity.operator_doubt("fin87ASTRDGE12K8") is None  # without the secret nobody can check it
    assert "8 was expected" in identity.operator_doubt("FIN87astrdge12k7-xyz")
    assert "form" in identity.operator_doubt("FIN87astrdge12k")
    assert identity.without_secret("FIN87astrdge12k8-xyz") == "FIN87astrdge12k8"
    assert identity.without_secret("ours-17") == "ours-17"


@given(
    st.text("0123456789abcdefghijklmnopqrstuvwxyz", min_size=15, max_size=15), st.integers(0, 14), st.integers(1, 35)
)
def test_the_check_character_finds_every_single_error(text, place, by):
    base = "0123456789abcdefghijklmnopqrstuvwxyz"
    wrong = text[:place] + base[(base.index(text[place]) + by) % 36] + text[place + 1 :]
    assert identity.luhn_mod_36(text) != identity.luhn_mod_36(wrong)


JUNK = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.just([[[1, 2]]])
    | st.just({"a": 1})
)


@given(st.data())
def test_spoiled_files_never_raise(data):
    document = sample()
    part = document["permits"][0]
    while isinstance(part, dict | list) and part:
        key = data.draw(st.sampled_from(sorted(part) if isinstance(part, dict) else range(len(part))))
        if data.draw(st.integers(0, 2)) == 0 or not isinstance(part[key], dict | list):
            part[key] = copy.deepcopy(data.draw(JUNK))
            break
        part = part[key]
    with contextlib.suppress(Malformed):  # Infinity is no JSON, so the file as a whole is none
        assert len(read(document).permits) >= 1


@given(st.binary(max_size=200))
def test_random_bytes_are_read_or_refused(data):
    with contextlib.suppress(Malformed):
        permits.read(data, PlainNames())
