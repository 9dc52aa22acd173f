"""What an input may be called, what it may hold, and what is left of it when it breaks off."""

import gzip
import io
import random
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Refused
from skykeep.station.gunzip import unpacked
from skykeep.station.inputs import NO_TIME, Arrived, frames, in_order, merged, open_source, require_readable
from tests.cli.calling import ANAFI, REGA
from tests.cli.conftest import capture

HEADER = ANAFI.read_bytes()[:24]


def packet(t_s, data=b"\x80frame", micro=0):
    return struct.pack("<IIII", t_s, micro, len(data), len(data)) + data


def times(path):
    return [arrived.t_arrival_ns for arrived in frames(open_source(str(path)))]


@pytest.mark.parametrize(
    ("prefix", "form", "sensor"),
    [
        ("", "remote-id", "remote-id"),
        ("remote-id:", "remote-id", "remote-id"),
        ("@roof:", "remote-id", "roof"),
        ("remote-id@roof.north-2:", "remote-id", "roof.north-2"),
        (":", "remote-id", "remote-id"),
    ],
)
def test_an_input_may_name_its_format_and_its_sensor(prefix, form, sensor):
    source = open_source(f"{prefix}{ANAFI}")
    assert (source.format.name, source.sensor_id, source.shown) == (form, sensor, str(ANAFI))


@pytest.mark.parametrize("name", [r"C:\flight.pcap", "C:/flight.pcap"])
def test_a_drive_letter_is_no_format(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refused, match=r"there is no such file$"):
        open_source(name)
    with pytest.raises(Refused, match=r"there is no such file$") as found:
        open_source(f"remote-id@roof:{name}")
    assert str(found.value).startswith(name)


def test_a_colon_in_a_file_name_is_no_format(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "12:30.pcap").write_bytes(capture(3))
    assert open_source("12:30.pcap").shown == "12:30.pcap"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("", "empty name"),
        ("nothing-here", "there is no such file"),
        ("pcap:flight", "no format 'pcap'; the formats are remote-id"),
        (".", "is a directory: name the files"),
        (f"{ANAFI}/inside", "there is no such file"),
        ("/dev/null", "is a device, not a recording"),
    ],
)
def test_what_cannot_be_an_input_is_refused_in_words(spec, words):
    with pytest.raises(Refused, match=words):
        open_source(spec)


def test_formats_are_known_by_content_packed_or_not(tmp_path):
    assert open_source(str(REGA)).format.name == "readsb"
    (tmp_path / "x.txt").write_bytes(gzip.compress(ANAFI.read_bytes()))
    assert open_source(str(tmp_path / "x.txt")).format.name == "remote-id"
    assert times(tmp_path / "x.txt") == times(ANAFI)


@given(cut=st.integers(30, 40_000), members=st.integers(1, 3))
def test_a_gzip_cut_anywhere_gives_every_byte_before_the_cut(cut, members):
    parts = [random.Random(part).randbytes(9_000) + b"again and again " * 500 for part in range(members)]
    packed = b"".join(map(gzip.compress, parts))[:cut]
    got, complaint = taken(packed)
    assert b"".join(parts).startswith(got)
    # An oracle that goes byte by byte: nothing that zlib would have given is missing.
    assert len(got) == len(slowly(packed))
    assert complaint == (
        None if packed == b"".join(map(gzip.compress, parts)) or at_border(packed, parts) else "EOFError"
    )


def at_border(packed, parts):
    sizes = [len(gzip.compress(part)) for part in parts]
    return len(packed) in {sum(sizes[:count]) for count in range(1, len(sizes) + 1)}


def taken(packed):
    got = b""
    try:
        for piece in unpacked(io.BytesIO(packed)):
            got += piece
    except (EOFError, zlib.error) as error:
        return got, type(error).__name__
    return got, None


def slowly(packed):
    got, member = b"", zlib.decompressobj(31)
    for at in range(len(packed)):
        if member.eof:
            member = zlib.decompressobj(31)
        got += member.decompress(packed[at : at + 1])
    return got


def test_a_damaged_gzip_gives_what_came_before_the_damage():
    plain = random.Random(1).randbytes(60_000)
    packed = bytearray(gzip.compress(plain))
    packed[40_000] ^= 0xFF
    got, complaint = taken(bytes(packed))
    assert complaint is None or len(got) > 30_000
    assert got[:30_000] == plain[:30_000]


def test_zeros_between_and_after_gzip_members_are_padding():
    packed = gzip.compress(b"one") + bytes(600) + gzip.compress(b"two") + bytes(40_000)
    assert taken(packed) == (b"onetwo", None)


def test_a_bomb_is_unpacked_in_bounded_pieces():
    pieces = unpacked(io.BytesIO(gzip.compress(bytes(50_000_000))))
    assert max(map(len, pieces)) <= 1 << 18


@pytest.mark.parametrize("packed", [False, True])
def test_a_capture_that_breaks_off_gives_its_whole_frames_and_says_so(tmp_path, packed):
    data = capture(200)[:-5]
    path = tmp_path / "broken"
    path.write_bytes(gzip.compress(data) if packed else data)
    told = []
    got = list(frames(open_source(str(path)), note=told.append))
    assert len(got) == 200
    assert [arrived.fault != "" for arrived in got] == [False] * 199 + [True]
    assert told == [f"warning: {path}: {got[-1].fault}; what came before is used"]


@pytest.mark.parametrize(
    "data",
    [HEADER[:10], HEADER + packet(5)[:-1], HEADER + bytes(5_000), gzip.compress(HEADER + packet(9))[:12]],
    ids=["in its header", "in its first frame", "a hole", "packed"],
)
def test_an_input_that_breaks_off_before_its_first_frame_is_refused(tmp_path, data):
    path = tmp_path / "broken.pcap"
    path.write_bytes(data)
    with pytest.raises(Refused, match=str(path)):
        list(frames(open_source(f"remote-id:{path}")))


def test_lines_of_another_format_are_refused_and_a_bad_first_line_is_not(tmp_path):
    good = gzip.decompress(REGA.read_bytes()).splitlines(keepends=True)[:5]
    path = tmp_path / "lines"
    path.write_bytes(b"".join([b"{broken\n", *good]))
    require_readable(open_source(f"readsb:{path}"))
    with pytest.raises(Refused, match=r"can be read as sbs .*name its right format"):
        require_readable(open_source(f"sbs:{path}"))


def test_hex_lines_tell_no_time_so_they_are_not_run(tmp_path):
    path = tmp_path / "hex"
    path.write_text("00" * 25 + "\n")
    with pytest.raises(Refused, match="tells no times, so it cannot be run"):
        require_readable(open_source(str(path)))


def pcapng(stamps):
    """Frames at (offset_s of the interface, seconds)."""

    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))

    out = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    for offset_s, _ in stamps:
        out += block(1, struct.pack("<HHI", 127, 0, 0) + struct.pack("<HHq", 14, 8, offset_s) + bytes(4))
    for number, (_, t_s) in enumerate(stamps):
        ticks = t_s * 1_000_000
        out += block(6, struct.pack("<IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, 4, 4) + b"\x80\0\0\0")
    return out


def test_times_before_1970_and_after_2100_are_times(tmp_path):
    path = tmp_path / "old.pcapng"
    path.write_bytes(pcapng([(-631_152_000, 5), (0, 0), (4_102_444_800, 5)]))  # 1950, 1970, 2100
    assert [t_ns // 10**9 for t_ns in times(path)] == [-631_151_995, 0, 4_102_444_805]


def test_frames_out_of_all_bounds_wait_for_the_first_time_that_is_one(tmp_path):
    path = tmp_path / "far.pcapng"
    path.write_bytes(pcapng([(2**62, 5), (0, 7), (-(2**62), 5)]))
    got = list(frames(open_source(str(path))))
    assert [(arrived.t_arrival_ns // 10**9, arrived.fault != "") for arrived in got] == [
        (7, True), (7, False), (7, True),
    ]  # fmt: skip
    path.write_bytes(pcapng([(2**62, 5)]))
    with pytest.raises(Refused, match="out of bounds"):
        list(frames(open_source(str(path))))


@given(st.lists(st.integers(0, 200), max_size=60), st.integers(1, 50))
def test_order_is_made_within_the_window_and_what_is_older_keeps_its_own_time(stamps, window):
    got = list(in_order((Arrived(t, "s", bytes([n])) for n, t in enumerate(stamps)), window))
    assert [arrived.t_arrival_ns for arrived in got] == sorted(arrived.t_arrival_ns for arrived in got)
    assert sorted(arrived.data for arrived in got) == [bytes([n]) for n in range(len(stamps))]
    for arrived in got:
        own = arrived.t_arrival_ns if arrived.t_source_ns == NO_TIME else arrived.t_source_ns
        assert own == stamps[arrived.data[0]]


def test_inputs_are_merged_by_time_sensor_and_bytes(tmp_path):
    one, two = tmp_path / "one.pcap", tmp_path / "two.pcap"
    one.write_bytes(HEADER + packet(5, b"b") + packet(7, b"z"))
    two.write_bytes(HEADER + packet(5, b"a") + packet(6, b"a"))
    sources = [open_source(f"@b:{one}"), open_source(f"@a:{two}")]
    got = [(a.t_arrival_ns // 10**9, a.sensor_id, a.data) for a in merged(sources, 10**9)]
    assert got == [(5, "a", b"a"), (5, "b", b"b"), (6, "a", b"a"), (7, "b", b"z")]
    assert [tuple(a) for a in merged(sources[::-1], 10**9)] == [tuple(a) for a in merged(sources, 10**9)]
    assert len(list(merged([*sources, *sources], 10**9))) == 4  # the same file twice is the same frames once
