"""One canonical encoding for each fact, nothing else accepted, nothing unknown lost, nothing read crashes."""

import enum
import json
import re
import sys

import msgspec
import pytest
from hypothesis import example as also
from hypothesis import given, settings
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.facts import codec
from skykeep.facts.acted import Acted, KeyRotated
from skykeep.facts.claimed import Claimed, DroneSighted
from skykeep.facts.codec import Unknown
from skykeep.facts.concluded import Concluded, FactRef, TrackLost
from skykeep.facts.enacted import Enacted
from skykeep.facts.frame import Frame
from skykeep.facts.granting import Granting
from skykeep.facts.observed import Observed
from skykeep.facts.personal import Name
from tests.facts import kinds

LOST = TrackLost(track_id=1, t_ns=2, last_heard_ns=3)
BODY = codec.encode(LOST)
TAG = b"\xb4concluded.track_lost"


@pytest.mark.requirement("FACT-1")
@pytest.mark.parametrize("kind", codec.KINDS, ids=kinds.tag)
@given(data=st.data())
@settings(max_examples=40)
def test_every_kind_comes_back_as_it_was(kind, data):
    fact = data.draw(kinds.struct(kind))
    body = codec.encode(fact)
    assert codec.decode(body) == codec.decode_trusted(body) == fact
    assert type(codec.decode(body)) is kind
    assert codec.encode(codec.decode(body)) == body


@pytest.mark.requirement("FACT-2")
@pytest.mark.parametrize("kind", codec.KINDS, ids=kinds.tag)
def test_the_bytes_of_every_kind_are_the_committed_ones(kind):
    golden = json.loads(kinds.GOLDEN.read_text(encoding="ascii"))
    body = bytes.fromhex(golden[kinds.tag(kind)])
    assert codec.decode(body) == kinds.example(kind)
    assert codec.encode(kinds.example(kind)) == body


def test_no_committed_kind_has_vanished():
    assert list(json.loads(kinds.GOLDEN.read_text(encoding="ascii"))) == [kinds.tag(kind) for kind in codec.KINDS]


def test_every_kind_of_every_room_is_decoded_and_has_a_tag_of_its_own():
    rooms = [
        *Observed.__args__,
        *Enacted.__args__,
        *Granting.__args__,
        *Claimed.__args__,
        DroneSighted,
        *Acted.__args__,
        KeyRotated,
        *Concluded.__args__,
        Frame,
        Name,
    ]
    assert set(codec.KINDS) == set(rooms)
    assert len({kinds.tag(kind) for kind in codec.KINDS}) == len(codec.KINDS)


# ---- only the canonical form ---------------------------------------------------------------------


NOT_CANONICAL = {
    "an integer in more bytes than it needs": BODY[:-3] + b"\xcc\x01\x02\x03",
    "a signed form of a positive integer": BODY[:-3] + b"\xd0\x01\x02\x03",
    "a float for an integer": BODY[:-3] + b"\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00\x02\x03",
    "a longer array head": b"\xdc\x00" + bytes([BODY[0] & 15]) + BODY[1:],
    "a longer text head": BODY[:1] + b"\xd9" + bytes([BODY[1] & 31]) + BODY[2:],
    "an element too many": bytes([BODY[0] + 1]) + BODY[1:] + b"\x00",
    "an element too few": bytes([BODY[0] - 1]) + BODY[1:-1],
    "bytes behind it": BODY + b"\x00",
    "cut off": BODY[:-1],
    "a map": msgspec.msgpack.encode({"type": "concluded.track_lost/1", "track_id": 1, "t_ns": 2, "last_heard_ns": 3}),
    "a text for an integer": BODY[:-1] + b"\xa13",
    "nothing": b"",
    "no tag": b"\x93\x01\x02\x03",
    "an empty array": b"\x90",
    "a tag in bytes": b"\x92\xc4\x03x/1\x01",
    "a tag that is no text": b"\x91\xa3\xff\xfe\xfd",
    "a text that is none": b"\x92\xa3x/1\xa3\xff\xfe\xfd",
    "a length beyond the end": b"\xdd\xff\xff\xff\xffa",
    "a map as the key of a map": b"\x92\xa3x/1\x81\x80\x01",
    "an impossible time stamp": b"\x92\xa3x/1\xc7\x0c\xff" + b"\xff" * 12,
}


@pytest.mark.requirement("FACT-1")
@pytest.mark.parametrize("why", NOT_CANONICAL)
def test_what_is_not_canonical_is_refused(why):
    with pytest.raises(Malformed):
        codec.decode(NOT_CANONICAL[why])


@pytest.mark.parametrize("head", [b"", b"\x92\xa3x/1", BODY[:-1], b"\x9f" + TAG + b"/1"])
@pytest.mark.parametrize("nest", [b"\x91", b"\x81\xa1k", b"\x81"])
@pytest.mark.parametrize("depth", [sys.getrecursionlimit() - 5, 100_000])
def test_what_is_nested_too_deeply_is_refused_not_a_crash(head, nest, depth):
    for read in (codec.decode, codec.decode_trusted):
        with pytest.raises(Malformed):
            read(head + nest * depth)


@pytest.mark.parametrize("depth", [100, 100_000])
def test_a_deep_nest_that_is_whole_is_carried_or_refused_in_few_words(depth):
    body = b"\x92\xa3x/1" + b"\x91" * depth + b"\x01"
    if depth == 100:
        assert codec.decode(body) == Unknown("x/1", body)
        return
    with pytest.raises(Malformed) as refused:
        codec.decode(body)
    assert len(str(refused.value)) < 300


@given(kinds.facts, st.data())
def test_a_changed_byte_is_another_fact_or_refused(fact, data):
    body = bytearray(codec.encode(fact))
    at = data.draw(st.integers(0, len(body) - 1))
    body[at] ^= data.draw(st.integers(1, 255))
    try:
        read = codec.decode(bytes(body))
    except Malformed:
        return
    assert read != fact
    assert codec.encode(read) == bytes(body)


@given(st.binary(max_size=60))
@also(b"\x92" + BODY[1:24] + b"\xa3\xff\xfe\xfd")
def test_no_bytes_crash(body):
    for read in (codec.decode, codec.decode_trusted):
        try:
            fact = read(body)
        except Malformed:
            continue
        if isinstance(fact, Unknown):
            assert fact.body == body


@given(st.lists(st.binary(max_size=30) | kinds.facts.map(codec.encode), max_size=6))
@also([BODY, b"\x92\xa3x/1\x01", BODY])
@also([BODY, BODY[:-1]])
@also([BODY, BODY[:20], BODY[20:]])
@also([BODY, codec.encode(kinds.example(codec.OLDER[0]))])
def test_many_at_once_are_read_as_one_by_one(bodies):
    try:
        singly = [codec.decode_trusted(body) for body in bodies]
    except Malformed as refused:
        with pytest.raises(Malformed, match=re.escape(str(refused))):
            codec.decode_all_trusted(bodies)
        return
    assert codec.decode_all_trusted(bodies) == singly
    assert list(map(type, codec.decode_all_trusted(bodies))) == list(map(type, singly))


# ---- unknown kinds -------------------------------------------------------------------------------

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(kinds.INT_MIN, kinds.INT_MAX)
    | st.text(max_size=8)
    | st.binary(max_size=8)
    | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)


@pytest.mark.requirement("FACT-3")
@given(
    st.text(max_size=12).filter(lambda name: name not in {kinds.tag(kind) for kind in codec.KINDS}),
    st.lists(anything, max_size=4),
)
def test_a_kind_from_the_future_is_carried_as_it_is(name, fields):
    body = msgspec.msgpack.encode([name, *fields])
    fact = codec.decode(body)
    assert fact == Unknown(name, body) == codec.decode_trusted(body)
    assert codec.encode(fact) == body
    assert json.loads(codec.to_json(fact)) == {"fact": name, "body_hex": body.hex()}


@pytest.mark.requirement("FACT-3")
def test_a_next_version_of_a_kind_is_unknown_not_malformed():
    body = msgspec.msgpack.encode(["concluded.track_lost/2", 1, 2, 3, 4])
    assert codec.decode(body) == Unknown("concluded.track_lost/2", body)


# ---- for people ----------------------------------------------------------------------------------


def flat(value):
    """Return what must be findable in the JSON: every field by name, every leaf by value."""
    if isinstance(value, msgspec.Struct):
        return {name: flat(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, tuple):
        return [flat(item) for item in value]
    if isinstance(value, enum.Enum):
        return value.value
    return value.hex() if isinstance(value, bytes) else value


def untagged(value):
    if isinstance(value, dict):
        return {name: untagged(item) for name, item in value.items() if name != "fact"}
    return [untagged(item) for item in value] if isinstance(value, list) else value


@given(kinds.facts)
def test_json_loses_no_field_and_is_one_line(fact):
    line = codec.to_json(fact)
    assert b"\n" not in line
    said = json.loads(line)
    assert next(iter(said)) == "fact"
    assert said["fact"] == kinds.tag(type(fact))
    assert untagged(said) == flat(fact)


def test_parts_have_names_too():
    assert codec.to_plain(FactRef(3, 4)) == {"tick": 3, "index": 4}
