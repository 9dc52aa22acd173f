"""Claims and bytes are one to one: everything comes back, and nothing that could be said otherwise is read."""

import random

import cbor2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.facts.conditions import CONDITIONS
from skykeep.facts.enacted import Circle, PermitVolume, Polygon, Volume
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import cbor, credential, statuslist
from skykeep.wire.credential import PURPOSES, Claims, S

NBF_S = 1_780_000_000

steps = st.integers(-90_00000, 90_00000)
lons = st.integers(-180_00000, 180_00000)
rings = st.lists(st.tuples(steps, lons), min_size=3, max_size=6).map(
    lambda ring: tuple((lat * 100, lon * 100) for lat, lon in ring)
)
outlines = st.one_of(
    st.lists(rings, min_size=1, max_size=2).map(lambda found: Polygon(rings=tuple(found))),
    st.builds(
        lambda lat, lon, dm: Circle(lat_e7=lat * 100, lon_e7=lon * 100, radius_mm=dm * 100),
        steps, lons, st.integers(1, 100_000),
    ),
)  # fmt: skip
limits = st.one_of(
    st.none(),
    st.just("unlimited"),
    st.builds(lambda dm, datum: Altitude(dm * 100, datum), st.integers(-5000, 50_000), st.sampled_from(Datum)),
)
volumes = st.builds(
    lambda outline, floor, ceiling, start, length: PermitVolume(
        volume=Volume(outline=outline, floor=floor, ceiling=ceiling),
        start_ns=(NBF_S + start) * S,
        end_ns=(NBF_S + start + length) * S,
    ),
    outlines, limits, limits, st.integers(0, 10**6), st.integers(1, 10**6),
)  # fmt: skip
texts = st.text(max_size=20)
lists = st.lists(texts, max_size=3).map(tuple)
numbers = st.integers(0, 2**40)


def _codes(chosen):
    return tuple(code for code in CONDITIONS if code in chosen)


claims = st.builds(
    Claims,
    issuer=texts, permit_id=texts, version=numbers, expires_s=numbers, not_before_s=st.just(NBF_S), issued_s=numbers,
    holder_key=st.none() | st.binary(min_size=32, max_size=32), status_index=numbers, status_list=texts,
    operators=lists, pilots=lists, aircraft=lists, sessions=lists, holder=st.none() | texts,
    volumes=st.lists(volumes, min_size=1, max_size=3).map(tuple), volumes_left_out=st.just(0), volumes_sha256=st.none(),
    zones=st.lists(st.tuples(texts, st.none() | numbers), max_size=3).map(tuple),
    purpose=st.none() | st.sampled_from(PURPOSES) | texts,
    condition_codes=st.sets(st.sampled_from(sorted(CONDITIONS))).map(_codes),
    conditions_in_words=numbers, state_flight=st.booleans(), contact=st.none() | texts, log_index=numbers,
)  # fmt: skip


@given(claims)
def test_claims_come_back_as_they_were(of):
    assert credential.decode(credential.encode(of)) == of


@given(claims)
def test_claims_whose_volumes_were_left_out_come_back_too(of):
    short = msgspec.structs.replace(of, volumes=(), volumes_left_out=len(of.volumes), volumes_sha256=bytes(range(32)))
    assert credential.decode(credential.encode(short)) == short


@given(claims)
def test_an_independent_reader_finds_the_same_numbers(of):
    read = cbor2.loads(credential.encode(of))
    assert read[1] == of.issuer
    assert [read[key] for key in (2, 4, 5, 6)] == [of.permit_id, of.expires_s, of.not_before_s, of.issued_s]
    assert read[65_535] == {"status_list": {"idx": of.status_index, "uri": of.status_list}}
    assert read[-65_537][0] == of.version
    assert len(read[-65_537][4]) == len(of.volumes)


plains = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**64), 2**64 - 1), st.binary(max_size=30), st.text(max_size=30)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.integers(-99999, 99999) | st.text(max_size=5), inner, max_size=4),
    ),
    max_leaves=20,
)


@given(plains)
def test_cbor_is_what_another_library_calls_canonical(value):
    mine = cbor.encode(value)
    assert cbor2.loads(mine) == value
    assert cbor.decode(mine) == value
    if not isinstance(value, dict | list):  # cbor2's canonical maps go by the older order, by length first
        assert cbor2.dumps(value, canonical=True) == mine


@given(st.binary(max_size=40))
def test_bytes_that_are_read_have_one_form(data):
    try:
        value = cbor.decode(data)
    except Malformed:
        return
    assert cbor.encode(value) == data


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("1817", "shortest form"), ("190017", "shortest form"), ("1b00000000ffffffff", "shortest form"),
        ("9f01ff", "indefinite"), ("5f4101ff", "indefinite"), ("a201010101", "one twice"), ("a202010101", "out of order"),
        ("f97e00", "begins nothing"), ("f7", "begins nothing"), ("c001", "begins nothing"), ("f818", "begins nothing"),
        ("0100", "follow the value"), ("62c328", "not UTF-8"), ("a1f501", "neither a number nor text"),
        ("5a7fffffff00", "are left"), ("9a7fffffff00", "an array of"), ("ba7fffffff00", "a map of"), ("", "too early"),
        ("18", "too early"), ("81" * 40 + "01", "nested deeper"),
    ],
)  # fmt: skip
def test_other_forms_of_cbor_are_refused(data, words):
    with pytest.raises(Malformed, match=words):
        cbor.decode(bytes.fromhex(data))


def plain(**changed):
    said = {
        1: "o", 2: "P", 4: 20, 5: 10, 6: 5, 65_535: {"status_list": {"idx": 0, "uri": "u"}},
        -65_537: {0: 1, 3: ["S"], 4: [[[1, 2, 300], None, True, 0, 10]], 9: 4},
    }  # fmt: skip
    said[-65_537] = said[-65_537] | changed.pop("permit", {})
    return cbor.encode(said | changed.pop("claims", {}))


def test_the_plain_example_is_read():
    of = credential.decode(plain())
    assert of.volumes[0].volume.outline == Circle(lat_e7=100, lon_e7=200, radius_mm=30_000)
    assert (of.volumes[0].volume.floor, of.volumes[0].volume.ceiling) == (None, "unlimited")


@pytest.mark.parametrize(
    ("permit", "claims", "words"),
    [
        ({}, {1: 7}, "claims 1"), ({}, {4: "x"}, "claims 4"), ({}, {4: True}, "claims 4"), ({}, {7: 1}, "one form"),
        ({}, {8: {1: {1: 1, -1: 6, -2: b"x"}}}, "32"), ({}, {8: {1: {1: 1, -1: 6, -2: bytes(32), 3: 1}}}, "one form"),
        ({0: None}, {}, "permit 0"), ({1: []}, {}, "one form"), ({3: [1]}, {}, "permit 3"), ({6: 99}, {}, "purpose 99"),
        ({6: "survey"}, {}, "one form"), ({6: True}, {}, "purpose"), ({7: 1 << 40}, {}, "condition bits"),
        ({7: 0}, {}, "one form"), ({13: False}, {}, "one form"), ({99: 1}, {}, "one form"),
        ({4: [[[1, 2, 300], None, True, 0]]}, {}, "a volume is"), ({4: [[[[1, 2, 3]], None, True, 0, 1]]}, {}, "three pairs"),
        ({4: [[[], None, True, 0, 1]]}, {}, "without a ring"), ({4: [[0, None, True, 0, 1]]}, {}, "area"),
        ({4: [[[1, 2, 300], [9, 1], True, 0, 1]]}, {}, "datum 9"), ({4: [[[1, 2, 300], [1], True, 0, 1]]}, {}, "a height is"),
        ({4: [[[1, 2, 300], False, True, 0, 1]]}, {}, "height"), ({5: [["Z"]]}, {}, "its id and its version"),
        ({4: [[[1, 2, 3], None, None, 0, 1], [[1, 2, 3], None, None, 0, 1]]}, {}, "one form"), ({14: [3]}, {}, "one form"),
        ({14: []}, {}, "one form"), ({14: ["x", b"y"]}, {}, "permit 14"), ({4: "x"}, {}, "permit 4"),
    ],
)  # fmt: skip
def test_a_claim_of_another_type_or_form_is_refused(permit, claims, words):
    data = plain(permit=permit, claims=claims)
    with pytest.raises(Malformed, match=words):
        credential.decode(data)


def test_chance_bytes_are_refused_never_crash():
    seed = 20_261_122
    chance = random.Random(seed)
    good = plain()
    for _ in range(20_000):
        data = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            of = credential.decode(bytes(data))
        except Malformed:
            continue
        assert credential.encode(of) == bytes(data), f"seed {seed}"


def test_heights_and_times_are_rounded_inwards_and_places_to_a_metre():
    part = PermitVolume(
        volume=Volume(
            outline=Polygon(rings=(((1_049, -1_051), (2_000, 3_000), (9_999, 1)),)),
            floor=Altitude(-1_050, Datum.AGL), ceiling=Altitude(120_099, Datum.AGL),
        ),
        start_ns=10 * S + 1, end_ns=20 * S - 1,
    )  # fmt: skip
    got = credential.shown(part)
    assert got.volume.outline.rings == (((1_000, -1_100), (2_000, 3_000), (10_000, 0)),)
    assert (got.volume.floor.value_mm, got.volume.ceiling.value_mm) == (-1_000, 120_000)
    assert (got.start_ns, got.end_ns) == (11 * S, 19 * S)
    assert credential.shown(got) == got


# ---- status lists --------------------------------------------------------------------------------------------


@given(st.lists(st.booleans(), max_size=100))
def test_a_list_says_of_each_whether_it_was_withdrawn(flags):
    of = statuslist.StatusList(name="n", issued_s=7, bits=statuslist.packed(flags))
    again = statuslist.decode(statuslist.encode(of))
    assert again == of
    assert [again.withdrawn(index) for index in range(len(flags))] == flags
    assert again.withdrawn(8 * len(of.bits)) is None
    assert again.withdrawn(-1) is None


def test_the_bits_are_those_of_the_draft():
    # Token Status List, section 4.1: the example with one bit for each of sixteen tokens.
    flags = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
    assert statuslist.packed([bool(flag) for flag in flags]) == bytes([0xB9, 0xA3])


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({2: "n", 6: 1}, "claims"), ({2: "n", 6: 1, 65_533: {"bits": 2, "lst": b""}}, "2 bits"),
        ({2: "n", 6: 1, 65_533: {"bits": 1, "lst": b"xx"}}, "unpacked"), ({2: 1, 6: 1, 65_533: {"bits": 1, "lst": b"x"}}, "str"),
        ({2: "n", 6: 1, 65_533: {"bits": 1}}, "lst"), ({2: "n", 6: 1, 65_533: []}, "claims"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused(said, words):
    with pytest.raises(Malformed, match=words):
        statuslist.decode(cbor.encode(said))


def test_a_bomb_is_not_unpacked():
    bomb = statuslist.encode(statuslist.StatusList(name="n", issued_s=1, bits=bytes(statuslist.BYTES_MAX + 1)))
    with pytest.raises(Malformed, match="more than"):
        statuslist.decode(bomb)
