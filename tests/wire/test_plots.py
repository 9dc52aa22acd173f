"""Plot lines: vectors, totality, the way there and back, the published schema, and how a station knows them."""

import json
import pathlib
import re

import jsonschema
import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.facts import codec
from skykeep.facts.frame import Frame
from skykeep.facts.observed import LinkTrust, ScanReported, Unreadable
from skykeep.facts.personal import KeyedNames, PlainNames
from skykeep.station.formats import FORMATS, recognise
from skykeep.wire import lines, plots, reportline

ROOT = pathlib.Path(__file__).parents[2]
VECTORS = json.loads((ROOT / "tests/vectors/plots/vectors.json").read_text())
SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "skykeep/schemas/plot-line.schema.json").read_text()))
COLUMNS = ("before_us", "range_mm", "azimuth_urad", "elevation_urad", "lat_e7", "lon_e7", "alt_mm", "doppler_mmps", "rcs_mdbsm")  # fmt: skip
T_NS = 1_777_000_000_000_000_000


def decode(data, names=None):
    """Decode, and hold the result to what the record asks of every fact."""
    sensor_id = plots.sensor_of(data) or "sensor-1"  # as whoever cuts frames asks
    [fact] = plots.decode(Frame("plots", None, sensor_id, T_NS, T_NS, LinkTrust.OPEN, data), 3, names or PlainNames())
    assert codec.decode(codec.encode(fact)) == fact
    assert (fact.frame, fact.t_arrival_ns) == (3, T_NS)
    assert len(getattr(fact, "reason", "")) < 400
    return fact


def column(fact, name):
    values = np.frombuffer(getattr(fact, name), "<i4").tolist()
    return [None if value == -(2**31) else value for value in values]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["note"] for vector in VECTORS])
def test_vector(vector):
    fact = decode(vector["data"].encode())
    if "reason" in vector:
        assert isinstance(fact, Unreadable)
        assert vector["reason"] in fact.reason
        return
    plain = codec.to_plain(fact)
    assert {key: plain[key] for key in vector["fact"]} == vector["fact"]
    assert {name: column(fact, name) for name in vector["columns"]} == vector["columns"]


def test_what_is_read_validates_and_the_schema_names_the_keys_of_the_decoder():
    properties = SCHEMA.schema["properties"]
    assert sorted(properties) == sorted(plots.KEYS)
    assert sorted(SCHEMA.schema["$defs"]["plot"]["properties"]) == sorted(plots.PLOT_KEYS)
    assert properties["modality"]["enum"] == [*plots.MODALITIES, None]
    SCHEMA.check_schema(SCHEMA.schema)
    for vector in VECTORS:
        if "fact" in vector:
            SCHEMA.validate(json.loads(vector["data"]))
    for data in ({"time": 5, "azimuth_deg": 361}, {"time": 5, "range_m": 0}, {"plots": []}, {"time": 5, "x": 1}):
        assert not SCHEMA.is_valid(data)


def test_every_example_on_the_page_validates_and_decodes():
    page = (ROOT / "docs/reference/formats/plots.md").read_text()
    shown = [line for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    assert len(shown) >= 3
    for line in shown:
        SCHEMA.validate(json.loads(line))
        assert isinstance(decode(line.encode()), ScanReported)


def test_a_transmitter_is_a_pseudonym_that_sensors_share():
    names = KeyedNames(b"k" * 32)
    line = b'{"time": 1, "sensor": "%s", "azimuth_deg": 3, "transmitter": "60:60:1f:00:00:01"}'
    heard = [decode(line % sensor, names) for sensor in (b"df-1", b"df-2")]
    assert heard[0].transmitter == heard[1].transmitter
    assert heard[0].transmitter.startswith("tx:")


def test_a_station_knows_them_and_their_times_and_sensors():
    line = b'{"time": 5, "arrival": 9, "sensor": "df-1", "azimuth_deg": 3}'
    assert recognise(line + b"\n", "x").name == "plots"
    assert recognise(b'{"time": 5, "plots": []}', "x").name == "plots"
    assert recognise(b'{"time": 5, "lat": 3, "lon": 4}', "x").name == "tracks"
    assert recognise(b'{"time": 5, "serial": "plots"}', "x").name == "tracks"
    form = FORMATS["plots"]
    assert form.sensor_of(line) == "df-1"
    assert form.sensor_of(b"{") is None
    assert list(form.records([b'a\n{"time": 5, "arrival": 9, "azimuth_deg": 3}\nb'])) == [
        (9 * 10**9, None, b"a"), (9 * 10**9, None, b'{"time": 5, "arrival": 9, "azimuth_deg": 3}'), (9 * 10**9, None, b"b"),
    ]  # fmt: skip


def test_a_simulated_feed_stays_so():
    frame = Frame("plots", None, "s", 1, 1, LinkTrust.SIMULATED, b'{"time": 1, "azimuth_deg": 3, "simulated": false}')
    [fact] = plots.decode(frame, 0, PlainNames())
    assert fact.link_trust is LinkTrust.SIMULATED


def test_a_line_that_was_cut_says_so_and_names_no_sensor():
    long = b'{"time": 5, "sensor": "a", "plots": [' + b" " * lines.LINE_MAX
    assert "longer than 1048576 bytes" in decode(long).reason
    assert decode(b'{"time": 5, "sensor": "a", "x": 1}').sensor_id == "a"


# ---- whatever comes ------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_random_bytes_never_raise(data):
    decode(data)
    list(reportline.records([data]))
    plots.sniff(data)
    reportline.sensor_of(data)


JUNK = (
    b"",
    b"-",
    b"9" * 30,
    b"e9",
    b"1e999999999",
    b"null",
    b"[",
    b'"',
    b",",
    b"{}",
    b"\\u0000",
    b"\xc3\xa9",
    b"0.5",
    b"NaN",
)


@given(st.data())
def test_mutated_lines_never_raise(data):
    line = bytearray(data.draw(st.sampled_from([vector["data"].encode() for vector in VECTORS])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(line)))
        line[at : at + data.draw(st.integers(0, 5))] = data.draw(st.sampled_from(JUNK))
    decode(bytes(line), KeyedNames(b"k" * 32))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(plots.PLOT_KEYS), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(plots.KEYS), anything))
def test_a_line_of_anything_never_raises_and_what_is_read_validates(line):
    fact = decode(json.dumps(line).encode())
    if isinstance(fact, ScanReported):
        SCHEMA.validate(line)


@pytest.mark.parametrize("depth", [*range(1, 1200, 97), *range(850, 1000, 7)])
def test_any_depth_is_read_or_unreadable(depth):
    deep = "[" * depth + "]" * depth
    for line in (
        deep,
        f'{{"time": {deep}}}',
        f'{{"time": 1, "plots": [{deep}]}}',
        f'{{"time": 1, "azimuth_deg": {deep}}}',
    ):
        assert isinstance(decode(line.encode()), Unreadable)


# ---- there and back ------------------------------------------------------------------------------


def packed(values):
    return (
        b""
        if all(value is None for value in values)
        else np.array([plots.MISSING if v is None else v for v in values], "<i4").tobytes()
    )


polar = st.tuples(
    st.none() | st.integers(1, 2_000_000_000), st.integers(0, 6_283_184), st.none() | st.integers(-1_570_796, 1_570_796),
    st.none(), st.none(), st.none(), st.none() | st.integers(-2_000_000, 2_000_000), st.none() | st.integers(-100_000, 100_000),
)  # fmt: skip
placed = st.tuples(
    st.none(), st.none(), st.none(), st.integers(-900_000_000, 900_000_000), st.integers(1, 1_800_000_000),
    st.none() | st.integers(-999_000, 100_000_000), st.none(), st.none(),
)  # fmt: skip


@given(
    st.lists(polar | placed, max_size=5), st.lists(st.integers(0, 600_000_000), min_size=5, max_size=5),
    st.integers(0, 7_000_000_000 * 10**9), st.sampled_from(plots.MODALITIES), st.none() | st.integers(1, 10**9), st.booleans(),
)  # fmt: skip
def test_what_is_written_is_read_again(measured, before_us, t_ns, modality, accuracy_mm, simulated):
    before = before_us[: len(measured)]
    if before:
        before[0] = 0
    columns = {name: packed([plot[k] for plot in measured]) for k, name in enumerate(COLUMNS[1:])}
    scan = ScanReported(
        sensor_id="radar-a", transmitter="tx", t_event_ns=t_ns, t_arrival_ns=T_NS,
        link_trust=LinkTrust.SIMULATED if simulated else LinkTrust.OPEN, frame=3, modality=modality,
        plots=len(measured), before_us=packed(before) if any(before) else b"", **columns,
        pos_accuracy_mm=accuracy_mm, alt_accuracy_mm=accuracy_mm,
    )  # fmt: skip
    line = plots.encode(scan)
    assert decode(line) == scan
    SCHEMA.validate(msgspec.json.decode(line))
