"""JSON lines by a mapping: what it takes, what it refuses by name, and lines of every kind."""

import copy
import json
import pathlib
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.facts import codec
from skykeep.facts.frame import Frame
from skykeep.facts.observed import LinkTrust, PositionReported, PresenceReported, Unreadable
from skykeep.facts.personal import KeyedNames, PlainNames
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import mapped
from tests.fuzz.damage import damaged

EXAMPLE = pathlib.Path(__file__).parents[1] / "vectors/mapped/acme.toml"
TABLE = tomllib.loads(EXAMPLE.read_text())
T_NS = 1_777_629_600_500_000_000
REPORT = {
    "kind": "drone", "t": 1_777_629_600_500, "id": 17, "pos": [504_501_000, 305_234_000], "alt": 1000, "agl": "50.5",
    "kt": 36, "hdg": 27_100, "sigma95": 25.5, "sn": "1581F4BRDGE01",
}  # fmt: skip
LINE = {"device": {"id": "roof"}, "detections": [REPORT | {"kind": "bird"}, REPORT]}


def read(line, table=TABLE, names=None):
    reader = mapped.Reader(mapped.checked(table))
    data = line if isinstance(line, bytes) else json.dumps(line).encode()
    facts = reader.decode(
        Frame("mapped-acme", None, "roof", T_NS, T_NS, LinkTrust.OPEN, data), 3, names or PlainNames()
    )
    for fact in facts:
        assert codec.decode(codec.encode(fact)) == fact
        assert (fact.frame, fact.sensor_id, fact.t_arrival_ns) == (3, "roof", T_NS)
    return facts


@pytest.mark.requirement("CODEC-8")
def test_everything_that_can_be_mapped():
    [fact] = read(LINE)
    assert isinstance(fact, PositionReported)
    assert (fact.t_event_ns, fact.transmitter, fact.modality) == (T_NS, "roof:17", "radar")
    assert (fact.lat_e7, fact.lon_e7) == (504_501_000, 305_234_000)
    assert fact.altitude == Altitude(304_800, Datum.AMSL)
    assert fact.height == Altitude(50_500, Datum.AGL)
    assert (fact.speed_mmps, fact.heading_mdeg, fact.pos_accuracy_mm) == (18_520, 271_000, 25_500)
    assert (fact.uas_id, fact.id_kind.value, fact.manned) == ("1581F4BRDGE01", "serial", False)
    reader = mapped.Reader(mapped.checked(TABLE))
    assert next(reader.records([json.dumps(LINE).encode()]))[0] == T_NS
    assert reader.sniff(json.dumps(LINE).encode())
    assert not reader.sniff(b'{"detections": []}')


def with_report(**said):
    return {"detections": [REPORT | said]}


@pytest.mark.requirement("CODEC-8")
@pytest.mark.parametrize(("said", "field", "value"), [
    ({"alt": -9999}, "altitude", None), ({"alt": None}, "altitude", None), ({"alt": "1000"}, "altitude", Altitude(304_800, Datum.AMSL)),
    ({"kt": 0}, "speed_mmps", 0), ({"kt": 0.5}, "speed_mmps", 257), ({"hdg": 36_000}, "heading_mdeg", 0),
    ({"sn": ""}, "uas_id", None), ({"id": "a"}, "transmitter", "roof:a"), ({"id": 0}, "transmitter", "roof:0"),
])  # fmt: skip
def test_values(said, field, value):
    [fact] = read(with_report(**said))
    assert getattr(fact, field) == value


@pytest.mark.parametrize("pos", [[0, 0], [0, 305_234_000], [None, None]])
def test_an_unknown_place_is_a_presence(pos):
    [fact] = read(with_report(pos=pos))
    assert isinstance(fact, PresenceReported)
    assert fact.uas_id == "1581F4BRDGE01"


@pytest.mark.requirement("CODEC-8")
@pytest.mark.parametrize(("said", "reason"), [
    ({"pos": [1]}, "lon: nothing stands at /pos/1; if that may be, map it with optional = true"),
    ({"t": "soon"}, 'time: text ("soon") where a number belongs'), ({"t": 1_777_629_600_500_000}, "is no Unix time in seconds"),
    ({"pos": [910_000_000, 1]}, "lat: 91"), ({"alt": True}, "alt_amsl_m: true or false"), ({"alt": [1]}, "alt_amsl_m: a list"),
    ({"kt": -1}, "speed_mps: "), ({"hdg": 36_001}, "heading_deg: "), ({"sigma95": 0}, "accuracy_m: 0"), ({"sn": {}}, "serial: an object"),
    ({"alt": 1 << 300}, "alt_amsl_m: "),
])  # fmt: skip
def test_a_report_that_cannot_be_read_is_told_alone(said, reason):
    bad, good = read({"detections": [REPORT | said, REPORT]})
    assert isinstance(bad, Unreadable)
    assert bad.reason.startswith("[0]: ")
    assert reason in bad.reason
    assert isinstance(good, PositionReported)


def test_what_is_missing_and_may_be():
    report = {key: value for key, value in REPORT.items() if key not in {"agl", "sn"}}
    [fact] = read({"detections": [report]})
    assert (fact.height, fact.uas_id) == (None, None)
    assert read({"detections": []}) == []
    [fact] = read({"detection": []})
    assert fact.reason == "/detections: nothing where a list of at most 10000 reports belongs"
    [fact] = read(b"{")
    assert "not JSON" in fact.reason


def test_a_line_that_is_the_report_and_times_of_every_form():
    for form, value in {
        "unix_s": 1_777_629_600.5, "unix_ms": 1_777_629_600_500, "unix_us": 1_777_629_600_500_000, "unix_ns": T_NS,
        "iso8601": "2026-05-01T12:00:00.5+02:00", "iso8601_utc": "2026-05-01 10:00:00.5",
    }.items():  # fmt: skip
        [fact] = read({"a/b": {"~": value}}, {"name": "x", "time": {"at": "/a~1b/~0", "form": form}})
        assert fact.t_event_ns == T_NS
    [fact] = read({"t": 5}, {"name": "x", "time": {"at": "/t", "form": "iso8601"}})
    assert "where a moment such as" in fact.reason


def test_constants_and_units_are_exact():
    table = {
        "name": "x", "simulated": True, "time": {"at": "/t", "form": "unix_s"}, "lat": {"value": 50.5, "unit": "deg"},
        "lon": {"value": 30, "unit": "deg"}, "speed": {"at": "/v", "unit": "km/h"}, "vspeed": {"at": "/c", "unit": "ft/min"},
        "manned": {"at": "/m"}, "operator": {"value": "FIN87astrdge12k8-xyz"},
    }  # fmt: skip
    [fact] = read({"t": 1, "v": 1, "c": -100, "m": True}, table)
    assert (fact.lat_e7, fact.speed_mmps, fact.vspeed_mmps, fact.manned) == (505_000_000, 278, -508, True)
    assert fact.link_trust is LinkTrust.SIMULATED
    assert fact.operator_id == "FIN87astrdge12k8"


def test_the_sensor_that_a_line_names():
    reader = mapped.Reader(mapped.checked(TABLE | {"each": "", "only": [], "sensor": {"at": "/device/id"}}))
    assert reader.sensor_of(json.dumps(LINE).encode()) == "roof"
    assert reader.sensor_of(b"{}") is None
    assert reader.sensor_of(b"{") is None
    assert mapped.Reader(mapped.checked(TABLE)).sensor_of(b"{}") is None


@pytest.mark.requirement("CODEC-9")
@pytest.mark.parametrize(("change", "reason"), [
    ({"name": "Ac me"}, 'name: "Ac me" is not made of'), ({"name": 5}, "name: Expected `str`, got `int`"), ({"time": None}, "missing: `time`"),
    ({"latt": {}}, "there is no key `latt`"), ({"lat": {"at": "/a", "unit": "deg", "x": 1}}, "lat: there is no key `x`"),
    ({"lat": None}, "lat and lon: only one"), ({"modality": "smell"}, 'modality: "smell" is none of radar'),
    ({"each": "detections"}, 'each: "detections" is no JSON Pointer'), ({"each": "/a~2"}, "~ stands for itself"),
    ({"altitude": {"at": "/a", "unit": "m"}}, "altitude.datum: missing; it is one of hae, amsl, std"),
    ({"altitude": {"at": "/a", "datum": "hae"}}, "altitude.unit: missing; the units are m, mm"),
    ({"height": {"at": "/a", "unit": "m", "datum": "hae"}}, 'height.datum: "hae" is not known; it is one of agl, takeoff'),
    ({"speed": {"at": "/a", "unit": "furlong"}}, 'speed.unit: "furlong" is not known'), ({"speed": {"unit": "m/s"}}, "speed: give either at"),
    ({"speed": {"at": "/a", "value": 1, "unit": "m/s"}}, "speed: give either at"), ({"track": {"at": "/a", "unit": "m"}}, "track has no unit"),
    ({"track": {"at": "/a", "datum": "m"}}, "track has no datum"), ({"time": {"at": "/t", "form": "stardate"}}, 'time.form: "stardate"'),
    ({"time": {"value": 5, "form": "unix_s"}}, "time: a time is not the same"), ({"uas_id": {"at": "/a"}}, "uas_id.kind: missing"),
    ({"only": [{"at": "kind", "equals": 1}]}, "only[0].at: "), ({"only": [{"at": "/kind"}]}, "missing: `equals`"),
])  # fmt: skip
def test_a_mapping_with_a_fault_is_refused_by_its_key(change, reason):
    table = copy.deepcopy(TABLE) | change
    with pytest.raises(Malformed) as refused:
        mapped.checked({key: value for key, value in table.items() if value is not None})
    assert reason in str(refused.value)


def test_true_is_not_one():
    table = {"name": "x", "time": {"at": "/t", "form": "unix_s"}, "only": [{"at": "/a", "equals": True}]}
    assert read({"t": 1, "a": 1}, table) == []
    assert len(read({"t": 1, "a": True}, table)) == 1


@given(st.randoms(use_true_random=False))
def test_damage_never_raises(rng):
    hurt = damaged(
        json.dumps(LINE).encode(),
        rng,
        [b'"', b"null", b"-", b"1e9", b"[", b"{", b"true", b"\xff", b"9" * 70, b"1e999999999"],
    )
    read(hurt, names=KeyedNames(b"k" * 32))


@given(
    st.dictionaries(
        st.sampled_from(sorted(REPORT)),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats(allow_nan=False, allow_infinity=False)
            | st.text(max_size=8),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
            max_leaves=4,
        ),
    )
)
def test_reports_of_anything_never_raise(said):
    assert len(read(with_report(**(said | {"kind": "drone"})))) == 1


@given(st.recursive(st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5) | st.sampled_from(["/a", "m", "hae", "unix_s"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "time", "at", "unit", "value", "lat", "form", "only"]), inner, max_size=4), max_leaves=8))  # fmt: skip
def test_mappings_of_anything_are_read_or_refused(value):
    try:
        mapping = mapped.checked(value)
    except Malformed:
        return
    assert isinstance(mapping, mapped.Mapping)
    assert len(read({"t": 1}, value)) <= 1
