"""What every format must do, ours and another package's: live and recorded, whole and damaged, in order and out of it."""

import gzip
import itertools
import json
import pathlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.facts import codec
from skykeep.facts.frame import Frame
from skykeep.facts.observed import LinkTrust, Unreadable
from skykeep.facts.personal import KeyedNames, PlainNames
from skykeep.station import mappings
from skykeep.station.formats import OURS, recognise
from skykeep.wire import ieee80211, mapped
from tests.example_plugin import acme_skykeep
from tests.fuzz.damage import damaged

VECTORS = pathlib.Path(__file__).parents[1] / "vectors"
ARRIVED_NS = 1_777_629_600_000_000_000
PIECES = (
    b"",
    b"0",
    b"-",
    b"null",
    b"NaN",
    b"1e9",
    b"9" * 40,
    b"\0",
    b"\xff",
    b'"',
    b"{",
    b"}",
    b"[",
    b",",
    b"\n",
    b"\\u0000",
    b"\xf2\x19",
)


def _lines(path):
    data = (VECTORS / path).read_bytes()
    return (gzip.decompress(data) if path.endswith(".gz") else data).splitlines()


def _vectors(name):
    said = [vector["data"].strip() for vector in json.loads((VECTORS / name / "vectors.json").read_text())]
    return [data.encode() for data in said if "\n" not in data]


PACK = bytes.fromhex(json.loads(_lines("remote_id/parrot_anafi_flight_part1.expected.jsonl.gz")[0])["payload_hex"])
MAC = bytes.fromhex("c0601f0b001b")
MAVLINK = [bytes.fromhex(one["hex"]) for one in json.loads((VECTORS / "mavlink/telemetry.json").read_text())["vectors"]]
ROW = b'{"t": 1777629599.5, "icao24": "4b43ac", "lat": 47.3, "lon": 8.5, "on_ground": false, "squawk": null}'
READSB = b'{"now": 1777629599.5, "aircraft": [{"hex": "4b43ac", "type": "adsb_icao", "lat": 47.3, "lon": 8.5, "seen_pos": 0.5}]}'
SBS = b"MSG,3,1,1,4B43AC,1,2026/05/01,09:59:59.500,2026/05/01,09:59:59.500,,1950,,,47.3665,8.50067,,,0,0,0,0"
PLOT = b'{"time": 1777629599.5, "sensor": "s", "modality": "radar", "plots": [{"range_m": 900, "azimuth_deg": 20.5}]}'
TRACK = b'{"time": 1777629599.5, "sensor": "s", "track": "17", "lat": 50.45, "lon": 30.52, "height_agl_m": 60}'
MAPPED = b'{"detections": [{"kind": "drone", "t": 1777629599500, "id": 1, "pos": [504501000, 305234000], "alt": 9, "kt": 3, "hdg": 5, "sigma95": 2}]}'

SEEDS = {  # frames of each format; the first is sound and holds a fact
    "remote-id": [ieee80211.beacon(MAC, 1, PACK, "x")],
    "odid-hex": [b"c0:60:1f:0b:00:1b " + PACK.hex().encode(), b"# a remark"],
    "mavlink": MAVLINK, "mavlink-raw": MAVLINK,
    "dronescout": _lines("dronescout/ble_legacy.jsonl"),
    "wardragon": [json.dumps(json.loads(line)["msg"]).encode() for line in _lines("wardragon/dragonsync_generator_denver.jsonl.gz")],
    "wardragon-log": _lines("wardragon/droneid_zmq_anafi_part1.jsonl.gz")[:20],
    "readsb": [READSB, *_vectors("readsb")], "adsb-rows": [ROW], "sbs": [SBS, *_vectors("sbs")],
    "plots": [PLOT, *_vectors("plots")], "tracks": [TRACK, *_vectors("tracks")],
    "acme": [b"ACME;1777629599.5;17;50.4501;30.5234;210"],
    "mapped-acme": [MAPPED],
}  # fmt: skip
LINKS = {"remote-id": 105}
TELL_TIMES = {"dronescout", "readsb", "adsb-rows", "sbs", "plots", "tracks", "acme", "mapped-acme"}
"""Whose frames say by the sensor's clock when it was; of all others that is when they arrive."""

_MAPPING = mapped.checked(mappings.tomllib.loads((VECTORS / "mapped/acme.toml").read_text()))
FORMATS = (*OURS, acme_skykeep.FORMAT, mappings.described(_MAPPING))
each = pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)


def decode(form, data, names=None, trust=LinkTrust.OPEN):
    """Decode a frame as it comes live, and hold its facts to what holds of all."""
    frame = Frame(form.name, LINKS.get(form.name), "s", ARRIVED_NS, ARRIVED_NS, trust, data)
    facts = form.decode(frame, 7, names or PlainNames())
    for fact in facts:
        assert codec.decode(codec.encode(fact)) == fact
        assert (fact.sensor_id, fact.t_arrival_ns, fact.frame) == ("s", ARRIVED_NS, 7)
    return facts


def test_there_are_seeds_for_every_format():
    assert {form.name for form in FORMATS} == set(SEEDS)


@pytest.mark.requirement("CODEC-10")
@each
def test_a_live_frame_arrives_now_and_was_when_its_sensor_says(form):
    facts = decode(form, SEEDS[form.name][0])
    assert facts
    assert not any(isinstance(fact, Unreadable) for fact in facts)
    own = {fact.t_event_ns for fact in facts} != {ARRIVED_NS}
    assert own == (form.name in TELL_TIMES)


@each
def test_a_simulated_or_keyed_frame_stays_that(form):
    for trust in (LinkTrust.SIMULATED, LinkTrust.KEYED):
        assert {fact.link_trust for fact in decode(form, SEEDS[form.name][0], trust=trust)} == {trust}


@each
def test_names_are_pseudonyms(form):
    plain = PlainNames()
    asked = []

    class Asked:
        def pseudonym(self, kind, value):
            asked.append(value)
            return plain.pseudonym(kind, value)

    decode(form, SEEDS[form.name][0], Asked())
    names = KeyedNames(b"k" * 32)
    facts = decode(form, SEEDS[form.name][0], names)
    assert form.name == "plots" or asked  # a plot names nobody
    said = b"".join(map(codec.encode, facts)).decode("utf-8", "replace")
    assert [value for value in asked if len(value) > 3 and value in said] == []
    assert {name.value for name in names.take_new()} == set(asked)


CUT = [form for form in FORMATS if form.cutter is not None]


@pytest.mark.requirement("CODEC-10")
@pytest.mark.parametrize("form", CUT, ids=lambda form: form.name)
@given(st.data())
def test_a_live_stream_may_come_in_any_pieces(form, data):
    end = b"" if form.name.startswith("mavlink") else b"\n"
    frames = [frame for frame in SEEDS[form.name][:6] if frame.strip()]
    stream = b"".join(frame + end for frame in frames)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
    cutter = form.cutter()
    pieces = [stream[a:b] for a, b in itertools.pairwise([0, *cuts, len(stream)])]
    got = [frame for piece in pieces for frame in cutter.feed(piece)] + list(cutter.close())
    assert got == frames
    if not form.whole:
        assert list(form.in_message(stream)) == frames


@each
def test_one_message_that_holds_one_frame_is_that(form):
    first = SEEDS[form.name][0]
    assert list(form.in_message(first)) == [first]


@pytest.mark.requirement("CODEC-10")
@each
@given(st.randoms(use_true_random=False), st.data())
def test_damage_becomes_unreadable_or_facts_and_never_an_error(form, rng, data):
    hurt = damaged(data.draw(st.sampled_from(SEEDS[form.name])), rng, PIECES, again_max=3)
    for frame in form.in_message(hurt):
        for fact in decode(form, frame, KeyedNames(b"k" * 32)):
            assert not isinstance(fact, Unreadable) or (fact.reason and len(fact.reason) < 1_000)
    if form.sensor_of is not None:
        form.sensor_of(hurt)
    form.sniff(hurt)


@each
@given(st.lists(st.binary(max_size=60), max_size=4))
def test_a_stream_of_anything_is_cut_and_read(form, chunks):
    for source in ([*chunks], [SEEDS[form.name][0], b"\n", *chunks]):
        try:
            found = list(form.records(source))
        except Malformed:
            continue
        assert all(isinstance(t_ns, int) and isinstance(data, bytes) for t_ns, _, data in found)
    if form.cutter is not None:
        cutter = form.cutter()
        cut = [frame for chunk in chunks for frame in cutter.feed(chunk)]
        assert sum(map(len, cut)) <= sum(map(len, chunks))


@pytest.mark.parametrize("form", [form for form in OURS if form.cutter is not None], ids=lambda form: form.name)
def test_a_recording_is_known_by_its_beginning(form):
    end = b"" if form.name.startswith("mavlink") else b"\n"
    assert recognise(end.join(SEEDS[form.name][:3]), "x").name == form.name


@pytest.mark.soak
@each
def test_damage_by_the_hundred_thousand(form):
    for seed in range(100_000):
        rng = random.Random(seed)
        decode(form, damaged(rng.choice(SEEDS[form.name]), rng, PIECES, again_max=3))
