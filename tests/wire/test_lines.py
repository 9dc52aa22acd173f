"""Line formats alike: vectors, totality, and streams that may be cut anywhere."""

import gzip
import itertools
import json
import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.facts import codec
from skykeep.facts.frame import Frame
from skykeep.facts.observed import AircraftHeard, LinkTrust, Unreadable
from skykeep.facts.personal import KeyedNames, PlainNames
from skykeep.wire import adsb_rows, lines, plots, readsb, reportline, sbs, tracks

ROOT = pathlib.Path(__file__).parents[2]
VECTORS = ROOT / "tests/vectors"
DEMO = ROOT / "skykeep/demo_data"
FORMATS = {"readsb": readsb, "adsb-rows": adsb_rows, "sbs": sbs, "tracks": tracks}
ROW = '{"t": 1558732719.0, "icao24": "4b43ac", "lat": 47.3, "lon": 8.5, "on_ground": false, "squawk": null}'


def vectors():
    for name in ("readsb", "sbs", "tracks"):
        for vector in json.loads((VECTORS / name / "vectors.json").read_text()):
            yield pytest.param(FORMATS[name], vector, id=f"{name}: {vector['note']}")


SEEDS = {
    name: [v["data"].encode() for v in json.loads((VECTORS / name / "vectors.json").read_text())]
    for name in ("readsb", "sbs", "tracks")
} | {"adsb-rows": [ROW.encode()]}


def frame(data, t_ns=1_777_000_000_000_000_000, sensor_id="sensor-1"):
    return Frame("any", None, sensor_id, t_ns, t_ns, LinkTrust.OPEN, data)


def decode(module, data, names=None):
    """Decode, and hold the result to what the record asks of every fact."""
    sensor_id = (module is tracks and tracks.sensor_of(data)) or "sensor-1"  # as whoever cuts frames asks
    facts = module.decode(frame(data, sensor_id=sensor_id), 3, names or PlainNames())
    for fact in facts:
        assert codec.decode(codec.encode(fact)) == fact
        assert fact.frame == 3
    return facts


@pytest.mark.parametrize(("module", "vector"), list(vectors()))
def test_vector(module, vector):
    got = [codec.to_plain(fact) for fact in decode(module, vector["data"].encode())]
    assert [{key: plain[key] for key in want} for plain, want in zip(got, vector["facts"], strict=True)] == vector[
        "facts"
    ]


@pytest.mark.parametrize(
    ("module", "name"), [(adsb_rows, "heli_rega_zurich"), (readsb, "readsb_snapshots_rega_zurich")]
)
def test_every_row_of_the_helicopter(module, name):
    with gzip.open(DEMO / f"{name}.jsonl.gz") as stream:
        rows = list(module.records(stream))
    with gzip.open(DEMO / f"{name}.jsonl.gz", "rt") as stream:
        said = [json.loads(line) for line in stream]
    assert len(rows) == len(said) == 339
    for (t_ns, data), row in zip(rows, said, strict=True):
        [fact] = decode(module, data)
        assert isinstance(fact, AircraftHeard)
        one = row["aircraft"][0] if "aircraft" in row else row
        assert t_ns == int(row.get("now", row.get("t"))) * 10**9
        assert t_ns - fact.t_event_ns == (200_000_000 if "aircraft" in row else 0)
        assert fact.lat_e7 == pytest.approx(one["lat"] * 1e7, abs=0.51)
        assert fact.lon_e7 == pytest.approx(one["lon"] * 1e7, abs=0.51)
        alt_ft = one.get("baro_alt_ft", one.get("alt_baro"))
        assert fact.pressure_altitude.value_mm == pytest.approx(alt_ft * 304.8, abs=0.51)


def test_every_row_of_the_busy_sky(shared):
    with gzip.open(shared / "data/sensors/adsb/traffic_zurich_20180801.jsonl.gz") as stream:
        facts = [
            fact for _, data in adsb_rows.records(stream) for fact in adsb_rows.decode(frame(data), 0, PlainNames())
        ]
    assert len(facts) == 5667
    assert not [fact for fact in facts if isinstance(fact, Unreadable)]


@pytest.mark.parametrize("data", [
    b'{"t": 1, "icao24": "4b43ac", "altitude": 3}', b'{"icao24": "4b43ac"}', b'{"t": 1}', b"[]", b"\xff", b"{",
    b'{"t": 1, "icao24": "4b43ac", "on_ground": "no"}', b'{"t": true, "icao24": "4b43ac"}', b"[" * 100_000,
    b'{"t": 1e400, "icao24": "4b43ac"}', b'{"t": 1e-999999999, "icao24": "4b43ac", "lat": 1e999999999, "lon": 1}',
    b'{"t": 1, "icao24": "4b43ac", "callsign": "\\ud800"}', b'{"t": 1e99999999999999999999, "icao24": "4b43ac"}',
    b'{"t": ' + b"1" * 5000 + b', "icao24": "4b43ac"}', b'{"t": 1.' + b"1" * 5000 + b', "icao24": "4b43ac"}',
])  # fmt: skip
def test_bad_rows(data):
    [fact] = decode(adsb_rows, data)
    assert isinstance(fact, Unreadable)
    assert fact.reason
    assert len(fact.reason) < 400


@pytest.mark.parametrize("name", FORMATS)
@given(st.binary(max_size=300))
def test_random_bytes_never_raise(name, data):
    decode(FORMATS[name], data)
    list(FORMATS[name].records([data]))
    FORMATS[name].sniff(data)
    reportline.sensor_of(data)


@pytest.mark.parametrize("name", FORMATS)
@given(st.data())
def test_mutated_lines_never_raise(name, data):
    line = bytearray(data.draw(st.sampled_from(SEEDS[name])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(line)))
        junk = data.draw(
            st.sampled_from(
                [b"", b"-", b"9" * 30, b"e9", b"null", b"[", b'"', b",", b"{}", b"\\u0000", b"\xc3\xa9", b"0.5"]
            )
        )
        line[at : at + data.draw(st.integers(0, 5))] = junk
    decode(FORMATS[name], bytes(line), KeyedNames(b"k" * 32))


@given(
    st.dictionaries(
        st.sampled_from([*readsb.__doc__.split(), "hex", "lat", "lon", "nac_p", "flight", "mlat", "rc"]),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats(allow_nan=False, allow_infinity=False)
            | st.text(max_size=8),
            lambda inner: st.lists(inner, max_size=3),
            max_leaves=4,
        ),
    )
)
def test_an_aircraft_of_anything_never_raises(one):
    document = json.dumps({"now": 100, "aircraft": [{"hex": "4b1621"} | one]}).encode()
    assert len(decode(readsb, document)) == 1


STREAM = b"\xef\xbb\xbf" + b"\n".join(
    [b'{"now": 5, "aircraft": []}\r', b"", b"  ", b"junk", b'{"now": 6, "aircraft": [', b'{"now": 7.000000001, "messages": 1, "aircraft": [',
     b'{"hex": "4b1621", "flight": "}]\\"["},', b'{"hex": "4b1622"}', b"]", b"}", b'{"now": 8, "aircraft": []}']
)  # fmt: skip


def test_documents_laid_out_over_lines_and_broken_ones():
    got = list(readsb.records([STREAM]))
    assert [t_ns for t_ns, _ in got] == [5 * 10**9, 5 * 10**9, 5 * 10**9, 7 * 10**9 + 1, 8 * 10**9]
    assert [len(readsb.decode(frame(data), 0, PlainNames())) for _, data in got] == [0, 1, 1, 2, 0]


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_cutting_the_stream_elsewhere_changes_nothing(cuts):
    edges = [0, *sorted(cuts), len(STREAM)]
    chunks = [STREAM[a:b] for a, b in itertools.pairwise(edges)]
    for module in FORMATS.values():
        assert list(module.records(chunks)) == list(module.records([STREAM]))


def test_a_line_without_end_is_bounded_and_the_next_one_is_read():
    chunks = [b'{"time": 5, "sensor": "', *[b"x" * 65_536] * 40, b'"}\n{"time": 6}\n']
    (first_ns, first), (second_ns, second) = reportline.records(chunks)
    assert len(first) == lines.LINE_MAX + 1
    assert (first_ns, second_ns, second) == (6 * 10**9, 6 * 10**9, b'{"time": 6}')
    [fact] = decode(tracks, first)
    assert fact.reason == "longer than 1048576 bytes; only the beginning was kept"
    document = [b'{"now": 5, "aircraft": [\n', *[b'{"hex": "4b1621"},\n' * 1000] * 60, b'{"now": 6, "aircraft": []}\n']
    (_, first), (_, second) = readsb.records(document)
    assert len(first) == lines.LINE_MAX + 1
    assert readsb.decode(frame(second), 0, PlainNames()) == []


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("depth", [*range(1, 1200, 97), *range(850, 1000, 7)])
def test_any_depth_is_read_or_unreadable(name, depth):
    deep = "[" * depth + "]" * depth
    for line in (
        deep,
        f'{{"time": {deep}}}',
        f'{{"now": {deep}}}',
        f'{{"now": 1, "hex": {deep}}}',
        f'{{"t": {deep}}}',
        f'{{"t": 1, "icao24": {deep}}}',
    ):
        assert [type(fact) for fact in decode(FORMATS[name], line.encode())] == [Unreadable]
        list(FORMATS[name].records([line.encode()]))


def test_a_string_without_end_is_passed_over_once():
    line = b'{"now": "' + b'\\"' * 500_000
    assert len(list(readsb.records([line]))) == 1


def test_a_document_as_readsb_lays_out_its_file():
    laid_out = b'{ "now" : 1609275898.5,\n  "messages" : 3,\n  "aircraft" : [\n{"hex":"4b1621","lat":47.1,"lon":8.1},\n{"hex":"4b1622"}\n  ]\n}\n'
    assert readsb.sniff(laid_out.splitlines()[0])
    [(t_ns, data)] = readsb.records([laid_out])
    assert t_ns == 1_609_275_898_500_000_000
    assert [type(fact) for fact in decode(readsb, data)] == [AircraftHeard] * 2


def test_times_of_unreadable_lines():
    assert list(reportline.records([b'a\nb\n{"time": 5}\nc\n'])) == [
        (5 * 10**9, b) for b in (b"a", b"b", b'{"time": 5}', b"c")
    ]
    assert list(reportline.records([b"a\nb"])) == [(0, b"a"), (0, b"b")]
    many = list(reportline.records([b"x\n" * 1500 + b'{"time": 5}']))
    assert len(many) == 1501
    assert [t_ns for t_ns, _ in many[-2:]] == [0, 5 * 10**9]
    assert next(reportline.records([b'{"time": 5, "arrival": "1970-01-01T00:00:09Z"}']))[0] == 9 * 10**9
    assert next(sbs.records([SEEDS["sbs"][0]]))[0] == 1_227_916_399_161_000_000


def test_each_format_knows_its_own_first_line():
    firsts = {name: seeds[0] for name, seeds in SEEDS.items()}
    for name, module in FORMATS.items():
        assert {other: module.sniff(line) for other, line in firsts.items()} == {
            other: other == name for other in firsts
        }
        assert module.sniff(b"\xef\xbb\xbf" + firsts[name])


@pytest.mark.requirement("CODEC-7")
@pytest.mark.parametrize(
    "line", [b'{"time": 1, "sensor": "b"}', rb'{"time": 1, "\u0073ensor": "b"}', b'{"time": 1, "sensor": "b", "x": 1}']
)
def test_a_line_never_speaks_for_another_sensor_than_its_frame(line):
    t_ns = 1_777_000_000_000_000_000
    for module in (tracks, plots):
        [fact] = module.decode(frame(line, sensor_id="a"), 0, PlainNames())
        assert (fact.sensor_id, fact.t_arrival_ns) == ("a", t_ns)
    [fact] = tracks.decode(frame(line, sensor_id="a"), 0, PlainNames())
    assert fact.t_event_ns == (t_ns if isinstance(fact, Unreadable) else 10**9)


def test_link_trust_and_sensor_of_tracks():
    simulated = Frame("tracks", None, "s", 1, 1, LinkTrust.SIMULATED, b'{"time": 1, "simulated": false}')
    [fact] = tracks.decode(simulated, 0, PlainNames())
    assert fact.link_trust is LinkTrust.SIMULATED  # a line cannot make a simulation real
    assert reportline.sensor_of(b'{"time": 1, "sensor": "a"}') == "a"
    assert reportline.sensor_of(b'{"time": 1}') is None
    assert reportline.sensor_of(b"{") is None


def test_pseudonyms_are_used_and_secrets_cut():
    names = KeyedNames(b"k" * 32)
    line = b'{"time": 1, "track": "t", "serial": "1581F", "operator": "FIN87astrdge12k8-xyz"}'
    [fact] = decode(tracks, line, names)
    assert fact.uas_id.startswith("uas:")
    assert fact.operator_id.startswith("opr:")
    assert fact.transmitter.startswith("tx:")
    assert [name.value for name in names.take_new()] == ["1581F", "sensor-1:t", "FIN87astrdge12k8"]


@pytest.mark.parametrize("year", ["0001", "1969", "2201", "9999"])
def test_a_year_in_which_nothing_was_heard_is_unreadable_and_cannot_stop_the_record(year):
    said = f"{year}-05-01T10:00:00Z"
    line = f"MSG,3,1,1,4B43AC,1,{year}/05/01,10:00:00.0,{year}/05/01,10:00:00.0,,1950,,,47.3,8.5,,,0,0,0,0"
    for module, data in (
        (sbs, line),
        (tracks, json.dumps({"time": said})),
        (readsb, json.dumps({"now": said, "aircraft": []})),
        (adsb_rows, json.dumps({"t": said, "icao24": "4b43ac"})),
    ):
        [fact] = decode(module, data.encode())
        assert "not within the years 1970 to 2200" in fact.reason
