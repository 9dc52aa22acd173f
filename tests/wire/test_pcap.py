"""Captures: both containers, both byte orders, exact time, and every way to end too early."""

import io
import itertools
import struct

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.wire import pcap
from tests.wire import odid

FRAMES = [b"", b"a", b"some bytes", bytes(300)]


def classic(frames=FRAMES, *, order="<", nano=False, link=105, link_high=0):
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    data = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65535, link | link_high)
    for n, frame in enumerate(frames):
        data += struct.pack(f"{order}IIII", 1_700_000_000 + n, 999_999 - n, len(frame), len(frame) + 9) + frame
    return data


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    length = len(body) + 12
    return struct.pack(f"{order}II", kind, length) + body + struct.pack(f"{order}I", length)


def option(order, code, value):
    return struct.pack(f"{order}HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order="<"):
    return block(order, 0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1) + option(order, 4, b"test"))


def interface(link, order="<", resolution=None, offset_s=None):
    options = b"" if resolution is None else option(order, 9, bytes((resolution,)))
    options += b"" if offset_s is None else option(order, 14, struct.pack(f"{order}q", offset_s))
    return block(order, 1, struct.pack(f"{order}HHI", link, 0, 0) + (options + option(order, 0, b"") if options else b""))


def packet(which, ticks, frame, order="<", *, kind=6, options=b""):
    numbers = struct.pack(f"{order}I", which) if kind == 6 else struct.pack(f"{order}HH", which, 7)
    body = numbers + struct.pack(f"{order}IIII", ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
    return block(order, kind, body + frame + bytes(-len(frame) % 4) + options)


NG = (
    section()
    + interface(105)
    + packet(0, 1_700_000_000_000_001, b"one")
    + interface(272, resolution=9, offset_s=-3600)
    + packet(1, 1_700_000_000_000_000_001, b"four")
    + block("<", 0x0BAD, b"unknown kinds are stepped over")
    + packet(0, 5, b"", options=option("<", 1, b"\xff not UTF-8"))
    + section(">")
    + interface(127, ">", resolution=0x80 | 10)
    + packet(0, 1024 * 3 + 1, b"three", ">", kind=2)
)
NG_RECORDS = [
    (1_700_000_000_000_001_000, 105, b"one"),
    (1_700_000_000_000_000_001 - 3_600_000_000_000, 272, b"four"),
    (5_000, 105, b""),
    (3_000_976_562, 127, b"three"),
]


def read(data):
    return list(pcap.records(io.BytesIO(data)))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_pcap_in_either_byte_order_and_resolution(order, nano):
    expected = [
        ((1_700_000_000 + n) * 10**9 + (999_999 - n) * (1 if nano else 1000), 105, frame) for n, frame in enumerate(FRAMES)
    ]
    assert read(classic(order=order, nano=nano)) == expected
    assert read(classic(order=order, nano=nano, link_high=0x44000000)) == expected  # the FCS length stands above


def test_pcapng_with_interfaces_sections_resolutions_and_offsets():
    assert read(NG) == NG_RECORDS


def test_the_library_reads_the_same_frames():
    for path in (odid.ANAFI, *odid.VECTORS.glob("*.pcap*")):
        with path.open("rb") as stream, path.open("rb") as again:
            theirs = [(round(t * 10**6), data) for t, data in dpkt.pcap.UniversalReader(again)]
            assert [(record.t_ns // 1000, record.data) for record in pcap.records(stream)] == theirs


@pytest.mark.parametrize("whole", [classic(), NG], ids=["pcap", "pcapng"])
def test_a_capture_cut_anywhere_yields_its_whole_records_and_says_where_it_ends(whole):
    records = read(whole)
    clean = []
    for size in range(len(whole)):
        got, fault = [], None
        try:
            got.extend(pcap.records(io.BytesIO(whole[:size])))
        except Malformed as error:
            fault = str(error)
            got = partial(whole[:size])
        assert got == records[: len(got)]
        if fault is None:
            clean.append(size)
        else:
            assert f"truncated at byte {size}; {len(got)} records before it were read" in fault
    if whole == NG:
        assert len(clean) == 9  # at the end of a block, nothing shows that more was to come
    else:
        assert len(clean) == 4


def partial(data):
    got = []
    try:
        for record in pcap.records(io.BytesIO(data)):
            got.append(record)  # noqa: PERF402  # what came before the failure is the point
    except Malformed:
        pass
    return got


@given(st.sampled_from([classic(), NG, classic(order=">", nano=True)]), st.lists(st.integers(0, 800), max_size=12))
def test_cutting_the_stream_elsewhere_changes_nothing(whole, cuts):
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    chunks = [whole[a:b] for a, b in itertools.pairwise(edges)]
    assert list(pcap.records(chunks)) == read(whole)
    assert list(pcap.records(Drip(whole, chunks))) == read(whole)


class Drip:
    """A stream that gives less than it is asked for, as sockets do."""

    def __init__(self, whole, chunks):
        self.left = [chunk for chunk in chunks if chunk]

    def read(self, size):
        assert size > 0
        return self.left.pop(0) if self.left else b""


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "truncated at byte 0; 0 records"),
        (b"\x1f\x8b\x08\x00rest", "not a capture: begins 1f8b0800"),
        (classic([])[:23], "truncated at byte 23"),
        (classic([b"x"]) + struct.pack("<IIII", 1, 2, 1 << 21, 1 << 21), "claims 2097152 bytes.*1 records before"),
        (section()[:8] + b"\x11\x22\x33\x44" + bytes(12), "byte order mark is 11223344"),
        (section() + struct.pack("<II", 6, 1 << 30), "a block claims 1073741824 bytes"),
        (section() + struct.pack("<II", 6, 8), "a block claims 8 bytes"),
        (section() + struct.pack("<II", 6, 33), "a block claims 33 bytes"),
        (section() + struct.pack("<III", 9, 12, 16), "two lengths differ"),
        (section() + packet(0, 1, b"x"), "interface 0, 0 are described"),
        (section() + interface(1) + block("<", 3, bytes(8)), "says no time"),
        (section() + interface(1) + block("<", 6, bytes(8)), "cannot be read|claims"),
        (section() + interface(1) + block("<", 6, struct.pack("<IIIII", 0, 0, 0, 900, 900)), "claims 900 bytes in a block"),
        (section() + block("<", 1, b"\0\0"), "interface description cannot be read"),
    ],
)
def test_what_is_no_capture_is_malformed(data, words):
    with pytest.raises(Malformed, match=words):
        read(data)


def test_a_huge_capture_is_read_with_little_memory():
    def chunks():
        yield classic([])
        for _ in range(2000):
            yield struct.pack("<IIII", 1, 2, 50_000, 50_000) + bytes(50_000)

    assert sum(len(record.data) for record in pcap.records(chunks())) == 100_000_000


@given(st.sampled_from([classic(), NG]), st.data())
def test_any_damage_is_read_past_or_malformed(whole, data):
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(4, len(whole) - 1))] = data.draw(st.integers(0, 255))
    for record in partial(bytes(damaged)):
        assert isinstance(record.t_ns, int)


@given(st.sampled_from([classic()[:24], section(), section(">"), section() + interface(1)]), st.binary(max_size=300))
def test_any_bytes_after_a_good_beginning(begin, rest):
    partial(begin + rest)
