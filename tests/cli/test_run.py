"""`skykeep run` as a person meets it: what it prints, what it refuses, and what it leaves."""

import contextlib
import gzip
import itertools
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skykeep.cli import interrupting
from skykeep.facts import codec
from skykeep.facts.enacted import Finished
from skykeep.facts.observed import ClockStepped, Unreadable
from skykeep.ledger.tick import LeafKind
from skykeep.sim import scale
from skykeep.sim.radio import pcap
from skykeep.station.keys import Keys
from skykeep.station.run import bodies
from skykeep.station.store import Store
from skykeep.wire.remote_id_air import on_air
from tests.cli.calling import ANAFI, REGA, ROOT, SERIAL, ZONES, call, command, process, rows, ticks, vkey_in
from tests.cli.conftest import capture

HEADER = ANAFI.read_bytes()[:24]
START_NS = 1_780_000_000_000_000_000


def run(record, *rest, **options):
    return call("run", "--record", record, "--record-id", "same", *rest, **options)


def facts(record):
    with Store.open(record, read_only=True) as store:
        return [codec.decode_trusted(body) for row in store.rows() for body in bodies(row, LeafKind.FACT)]


@pytest.mark.capability(
    "Run recordings against zones and permits, into a record that says which flight is not permitted"
)
def test_the_main_job_in_a_process_of_its_own(tmp_path):
    record = tmp_path / "record"
    done = process("run", "--zones", ZONES, "--record", record, ANAFI, REGA, check=0)
    out = done.stdout.decode()
    assert "NOT PERMITTED" in out
    assert "EXEMPT" in out
    assert SERIAL not in out
    assert b"\x1b" not in done.stdout + done.stderr, "no colours and no bar where nobody looks"
    vkey = vkey_in(done.stderr.decode())
    assert process("verify", record, "--key", vkey, check=0).stdout.startswith(b"verified: unchanged")
    assert process("replay", record, check=0).stdout.startswith(b"identical sha256:")
    revealed = process("run", "--zones", ZONES, "--record", record, ANAFI, REGA, "--reveal", check=0)
    assert SERIAL in revealed.stdout.decode()
    assert b"is complete already: nothing was added" in revealed.stderr


def test_json_lines_keep_to_the_published_schema(record):
    schema = json.loads(call("schema", "run-output").stdout)
    result = run_again(record, "--json")
    assert result.exit_code == 0
    assert rows(result)
    for row in rows(result):
        jsonschema.validate(row, schema)
    assert SERIAL not in result.stdout


def run_again(record, *rest):
    """The run that made `record`, once more."""
    return call("run", "--zones", ZONES, "--record", record, record.parent / "small.pcap", *rest)


@pytest.mark.parametrize("verdict", ["not-permitted", "cannot-tell"])
def test_fail_on_asks_about_every_zone(record, verdict):
    assert run_again(record).exit_code == 0
    assert run_again(record, "--fail-on", verdict).exit_code == 1


def test_fail_on_is_0_where_no_flight_got_that_verdict(small, tmp_path):
    assert run(tmp_path / "record", small, "--fail-on", "not-permitted", "--fail-on", "cannot-tell").exit_code == 0


@pytest.mark.parametrize("way", ["packed", "standard input", "standard input packed", "forced", "named", "pipe"])
def test_every_way_to_give_an_input_gives_the_same_ticks(small, tmp_path, way):
    data = small.read_bytes()
    run(tmp_path / "expected", f"@{'roof' if way == 'named' else 'remote-id'}:{small}")
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(data))
    record = tmp_path / "record"
    match way:
        case "packed":
            result = run(record, packed)
        case "standard input":
            result = process("run", "--record", record, "--record-id", "same", "-", stdin=data)
        case "standard input packed":
            result = process("run", "--record", record, "--record-id", "same", "-", stdin=packed.read_bytes())
        case "forced":
            result = run(record, f"remote-id:{small}")
        case "named":
            result = run(record, f"remote-id@roof:{small}")
        case "pipe":
            if sys.platform == "win32":
                pytest.skip("Windows has no named pipes in directories")
            pipe = tmp_path / "pipe"
            os.mkfifo(pipe)
            with subprocess.Popen(["cp", small, pipe]):
                result = run(record, pipe)
    assert getattr(result, "exit_code", getattr(result, "returncode", 0)) == 0
    assert said(record) == said(tmp_path / "expected")


def said(record):
    """What a record says, salts aside: they are chance."""
    return [
        (tick, now_ns, [(leaf.kind, leaf.body) for leaf in leaves], state)
        for tick, now_ns, leaves, state in ticks(record)
    ]


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.sets(st.integers(1, 319), max_size=4), order=st.randoms(use_true_random=False))
def test_however_the_input_is_cut_into_files_the_ticks_are_the_same(finished, tmp_path_factory, cuts, order):
    place, _ = finished
    folder = tmp_path_factory.mktemp("pieces")
    borders = [0, *sorted(cuts), 320]
    pieces = []
    for first, after in itertools.pairwise(borders):
        piece = folder / f"{first}.pcap"
        piece.write_bytes(gzip.compress(capture(after - first, first)) if first % 2 else capture(after - first, first))
        pieces.append(piece)
    order.shuffle(pieces)
    result = call("run", "--zones", ZONES, "--record", folder / "record", "--record-id", whole_id(place),
                  "--keys", place / "keys", *pieces)  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert said(folder / "record") == said(place / "record")


def whole_id(place):
    with Store.open(place / "record", read_only=True) as store:
        return store.meta["record_id"]


def test_standard_input_is_given_once(tmp_path):
    done = process("run", "--record", tmp_path / "record", "-", "-", stdin=ANAFI.read_bytes(), check=2)
    assert b"standard input, which can be given once" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pty")
def test_a_bar_on_a_terminal(small, tmp_path):
    import pty

    leader, follower = pty.openpty()
    with subprocess.Popen(
        command("run", "--record", tmp_path / "record", small), stdout=subprocess.DEVNULL, stderr=follower,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    ) as child:  # fmt: skip
        os.close(follower)
        shown = b""
        try:
            while data := os.read(leader, 4096):
                shown += data
        except OSError:  # Linux says so when the other end is closed
            pass
    os.close(leader)
    assert child.returncode == 0
    assert b"reading" in shown
    assert b"entries recorded" in shown


def test_acknowledged_entries_are_noted_as_they_become_durable(small, tmp_path):
    notes = tmp_path / "notes"
    run(tmp_path / "record", small, "--acknowledged", notes)
    noted = [int(line) for line in notes.read_text().splitlines()]
    with Store.open(tmp_path / "record", read_only=True) as store:
        assert noted == sorted(noted)
        assert noted[-1] == store.entries_count


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
def test_what_cannot_be_noted_or_printed_is_said_and_the_record_is_whole(small, tmp_path):
    done = process("run", "--record", tmp_path / "record", "--acknowledged", "/dev/full", small, check=3)
    assert b"/dev/full cannot be written: No space left on device; it lacks lines" in done.stderr
    assert call("verify", tmp_path / "record").exit_code == 0
    with Path("/dev/full").open("wb") as full:
        printed = subprocess.run(
            command("run", "--record", tmp_path / "record", small),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            cwd=ROOT,
        )
    assert (printed.returncode, b"No space left" in printed.stderr, b"Traceback" in printed.stderr) == (3, True, False)


def test_a_name_that_a_record_cannot_have(tmp_path, small):
    assert_refused(call("run", "--record", tmp_path / "r", "--record-id", "a b", small), "'a b' cannot name a record")


def test_stations_that_start_together_agree_on_their_keys(tmp_path, small):
    runs = [
        subprocess.Popen(command("run", "--keys", tmp_path / "keys", "--record", tmp_path / f"record-{n}", small),
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT)
        for n in range(3)
    ]  # fmt: skip
    said = [each.communicate()[1].decode() for each in runs]
    assert [each.returncode for each in runs] == [0, 0, 0], said
    assert len({vkey_in(text).rpartition("+")[2] for text in said}) == 1
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == ["pseudonyms.key", "signing.key"]


# Going on


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (["--law-complete"], r"other settings \(law_complete\)"),
        (["--settings", "settings.toml"], r"other settings \(tick_ms\)"),
        (["--simulated", "roof"], "other simulated sensors"),
        (["--permits", "permits.json"], "other permits"),
        (["--zones", "more.json"], "other zones"),
        (["other.pcap"], "other inputs"),
        (["--record-id", "another"], "not another"),
    ],
)
def test_a_record_of_another_run_is_not_continued(record, tmp_path, monkeypatch, changed, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "settings.toml").write_text("tick_ms = 50\n")
    (tmp_path / "permits.json").write_text('{"permits": []}')
    more = ZONES.read_text().replace("DEMO-", "MORE-")
    (tmp_path / "more.json").write_text(more)
    (tmp_path / "other.pcap").write_bytes(capture(3))
    before = (record / "record.sqlite").read_bytes()
    result = run_again(record, *changed)
    assert result.exit_code == 2
    assert words.replace("\\", "") in result.stderr
    assert (record / "record.sqlite").read_bytes() == before


def test_another_sensor_name_and_other_keys_are_another_run(record, tmp_path):
    named = call("run", "--zones", ZONES, "--record", record, f"@roof:{tmp_path / 'small.pcap'}")
    assert (named.exit_code, "other inputs" in named.stderr) == (2, True)
    Keys(tmp_path / "other-keys").begun("another record")
    keyed = run_again(record, "--keys", tmp_path / "other-keys")
    assert (keyed.exit_code, "is not the key that" in keyed.stderr) == (2, True)


def test_a_complete_record_gets_nothing_more(record):
    before = ticks(record)
    result = run_again(record)
    assert result.exit_code == 0
    assert "is complete already: nothing was added" in result.stderr
    assert ticks(record) == before


def test_a_second_writer_is_refused(record):
    with Store.open(record):
        result = run_again(record)
    assert result.exit_code == 2
    assert f"is being written by process {os.getpid()}" in result.stderr


@contextlib.contextmanager
def heeding_control_c():
    """What is started meanwhile heeds Control-C; it would not where a shell runs the tests behind itself."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_control_c_says_one_sentence_and_the_record_goes_on(tmp_path):
    expected, record, notes = tmp_path / "expected", tmp_path / "record", tmp_path / "notes"
    much = tmp_path / "much.pcap"  # more than is watched before anybody can press a key
    much.write_bytes(pcap(list(scale.frames(1, START_NS, on_air, drones=100, seconds=120))))
    arguments = ["--zones", ZONES, "--record-id", "same", much]
    call("run", "--record", expected, *arguments)
    with heeding_control_c(), subprocess.Popen(
        command("run", "--record", record, "--acknowledged", notes, *arguments),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        while child.poll() is None and not (notes.exists() and notes.read_bytes()):
            time.sleep(0.005)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate()
    assert (child.returncode, out) == (130, b"")
    assert err == b"skykeep: interrupted; what is recorded is safe, the same command goes on from there\n"
    assert call("verify", record).exit_code == 0
    went_on = call("run", "--record", record, *arguments)
    assert went_on.exit_code == 0
    assert said(record) == said(expected)
    assert call("replay", record).exit_code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_control_c_is_obeyed_between_two_steps_and_a_second_one_at_once():
    done = []

    def stepping(presses, *, looks):
        with interrupting.held():
            for _ in range(presses):
                signal.raise_signal(signal.SIGINT)
            done.append(presses)
            if looks:
                interrupting.look()
                done.append("another step")

    with heeding_control_c():
        stepping(0, looks=True)
        for presses, looks in ((1, True), (1, False), (2, True)):
            with pytest.raises(KeyboardInterrupt):
                stepping(presses, looks=looks)
            assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        stepping(0, looks=True)  # nothing is left of it
    assert done == [0, "another step", 1, 1, 0, "another step"]


class HalfMade:
    """What a library makes in two steps, and undoes as if both had been done."""

    def __init__(self):
        raise KeyboardInterrupt

    def __del__(self):
        del self.handle


def test_what_control_c_cut_short_does_not_complain_when_it_is_thrown_away(monkeypatch, small, tmp_path):
    complaints = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    monkeypatch.setattr("skykeep.station.run.run", lambda *_, **__: HalfMade())
    result = call("run", "--record", tmp_path / "record", "--zones", ZONES, small)
    assert (result.exit_code, result.stderr.count("\n")) == (130, 1)
    assert result.stderr.startswith("skykeep: interrupted; ")
    assert complaints == []
    assert sys.unraisablehook == complaints.append, "what comes after is heard again"


# Bad input


def assert_refused(result, words, code=2):
    assert result.exit_code == code, result.stderr
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1, "one sentence"
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty", b"", "is empty: nothing was recorded in it"),
        ("chance", bytes(range(128, 256)), "none of the formats"),
        ("sbs:lines", b"MSG,nonsense\n", "can be read as sbs"),
        ("remote-id:text", b"hello", "not a capture"),
        ("header", HEADER, "there is not one frame in the inputs"),
        ("packed", b"\x1f\x8b\x08nonsense", "gzip"),
    ],
)
@pytest.mark.capability("Bad input of every kind: a sentence that says what and where, and nothing left behind")
def test_an_input_that_cannot_be_used_is_refused_and_leaves_nothing(tmp_path, name, data, words):
    prefix, _, file = name.rpartition(":")
    (tmp_path / file).write_bytes(data)
    result = run(tmp_path / "record", f"{prefix}:{tmp_path / file}")
    assert_refused(result, words)
    assert not (tmp_path / "record").exists()
    assert run(tmp_path / "record", tmp_path / "nowhere").exit_code == 2


def test_a_file_of_4_gigabytes_of_nothing_ends_soon(tmp_path, small):
    hole = tmp_path / "hole.pcap"
    for begin, words, code in ((b"", "none of the formats", 2), (HEADER, "nothing but zeros", 2),
                               (small.read_bytes(), "nothing but zeros", 0)):  # fmt: skip
        hole.write_bytes(begin)
        os.truncate(hole, 4 << 30)
        result = run(tmp_path / f"record-{len(begin)}", hole)
        assert result.exit_code == code
        assert words in result.stderr


@pytest.mark.parametrize("packed", [False, True])
def test_a_truncated_capture_is_used_as_far_as_it_goes_and_the_record_says_so(tmp_path, packed):
    data = capture(320)[:-7]
    path = tmp_path / "cut.pcap"
    path.write_bytes(gzip.compress(data)[:-9] if packed else data)
    result = run(tmp_path / "record", "--zones", ZONES, path)
    assert result.exit_code == 0
    assert f"warning: {path}: " in result.stderr
    assert "NOT PERMITTED" in result.stdout
    found = facts(tmp_path / "record")
    assert any(isinstance(fact, Unreadable) and re.search("truncated|ends before", fact.reason) for fact in found[-4:])
    assert isinstance(found[-1], Finished)
    assert found[-1].frames == 320
    assert call("verify", tmp_path / "record").exit_code == 0


def test_a_record_that_cannot_be_there(tmp_path, small):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter").write_text("dear")
    assert_refused(run(small, small), "is a file: name a directory")
    assert_refused(run(tmp_path / "full", small), "is not empty, and no record")
    assert_refused(run(small / "below", small), str(small / "below"), code=3)
    assert (tmp_path / "full" / "letter").read_text() == "dear"


WITHOUT_POWERS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
"""Root like anybody else: what its modes forbid is forbidden."""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_places_that_one_may_not_read_or_write(tmp_path, small):
    before = [] if os.geteuid() else WITHOUT_POWERS
    if before and not shutil.which("setpriv"):
        pytest.skip("root may read everything, and setpriv, which takes that away, is not here")
    locked, secret, listed = tmp_path / "locked", tmp_path / "secret.pcap", tmp_path / "listed"
    secret.write_bytes(b"")
    (tmp_path / "zones.json").touch(mode=0)
    listed.mkdir(mode=0o500)
    locked.mkdir(mode=0)
    secret.chmod(0)

    def asked(*args):
        done = subprocess.run([*before, *command("run", "--record", *args)], capture_output=True, check=False, cwd=ROOT)
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return done.returncode, done.stderr.decode()

    record = tmp_path / "record"
    assert asked(record, secret) == (3, f"skykeep: {secret} cannot be read: Permission denied\n")
    for args, words in (
        ((record, locked / "x.pcap"), "x.pcap cannot be read: Permission denied"),
        ((locked / "record", small), "Permission denied"),
        ((locked, small), "is not readable"),
        ((listed, small), "is the disk there"),
        ((record, "--keys", listed / "keys", small), "key file"),
        ((record, "--keys", locked, small), "is not readable"),
        ((record, "--zones", tmp_path / "zones.json", small), "is not readable"),
        ((record, "--permits", locked / "permits.json", small), "permits.json cannot be read: Permission denied"),
        ((record, "--acknowledged", listed / "notes", small), "notes cannot be written"),
    ):
        code, said = asked(*args)
        # Click looks at what exists before we do, and calls it wrong usage.
        assert (code, words in said) == (2 if words == "is not readable" else 3, True), said
    locked.chmod(0o700)
    assert not record.exists()


def test_one_bad_zone_among_good_ones_is_named_and_the_others_are_used(tmp_path, small):
    law = json.loads(ZONES.read_text())
    law["UASZoneList"][1]["geometry"][0]["horizontalProjection"]["coordinates"][0][0] = [8.7, "here"]
    bad = tmp_path / "zones.json"
    bad.write_text(json.dumps(law))
    result = run(tmp_path / "record", "--zones", bad, small)
    assert result.exit_code == 0
    assert f"{bad}, feature 1 ({law['UASZoneList'][1]['identifier']})" in result.stderr
    assert "NOT PERMITTED" in result.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no zone file that is known here"),
        ("hello", "no zone file that is known here"),
        ("[" * 1_000_000, "no zone file that is known here"),
        ('{"UASZoneList":' + "[" * 1_000_000, "zones.json"),
        ('{"UASZoneList": []}', "zones.json"),
        (
            json.dumps({"UASZoneList": json.loads(ZONES.read_text())["UASZoneList"][::2]}).replace('us": ', 'us": -'),
            "not one zone in it can be used",
        ),
        (ZONES.read_text().replace('"radius": ', '"radius": NaN, "x": '), "not a zone file"),
    ],
    ids=["empty", "no JSON", "brackets", "brackets inside", "no zones", "all bad", "NaN"],
)
def test_zones_that_cannot_be_used(tmp_path, small, text, words):
    (tmp_path / "zones.json").write_text(text)
    result = run(tmp_path / "record", "--zones", tmp_path / "zones.json", small)
    assert result.exit_code == 2
    assert words in result.stderr
    assert not (tmp_path / "record").exists()


def test_files_of_law_that_are_none(tmp_path, small):
    assert_refused(run(tmp_path / "r", "--zones", tmp_path, small), "is a directory")
    assert_refused(run(tmp_path / "r", "--permits", tmp_path / "x", small), "there is no such file")
    huge = tmp_path / "huge.json"
    huge.touch()
    os.truncate(huge, 4 << 30)
    assert_refused(run(tmp_path / "r", "--zones", huge, small), "split it")


def permit(name, **changes):
    volume = {"area": {"center": [8.731, 47.199], "radius_m": 9_000}, "floor": {"value_m": 0, "datum": "agl"},
              "from": "2023-01-02T00:00:00Z", "until": "2023-12-03T00:00:00Z"}  # fmt: skip
    volume |= changes.pop("volume", {})
    whole = {"id": name, "granted_at": "2023-01-01T00:00:00Z", "holder": "Invented", "aircraft": [SERIAL]}
    return {key: value for key, value in (whole | {"volumes": [volume]} | changes).items() if value is not None}


def test_bad_permits_are_named_and_the_good_one_is_used(tmp_path, small):
    swapped = {"from": "2023-12-02T00:00:00Z", "until": "2023-01-02T00:00:00Z"}
    permits = [
        permit("KEY", color="red"),
        permit("SWAPPED", volume=swapped),
        permit("NOBODY", aircraft=None),
        permit("GOOD"),
    ]
    (tmp_path / "permits.json").write_text(json.dumps({"permits": permits}))
    result = run(tmp_path / "record", "--zones", ZONES, "--permits", tmp_path / "permits.json", small)
    assert result.exit_code == 0
    warned = [line for line in result.stderr.splitlines() if "warning" in line]
    for line, words in zip(
        warned,
        ['permits[0]: unknown key "color"', "permit SWAPPED: permits[1].volumes[0].until", "permit NOBODY"],
        strict=True,
    ):
        assert words in line
    assert "Permit GOOD reaches this flight" in result.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nope = 1", "unknown field `nope`"),
        ("[watch]\nnope = 1", "unknown field `nope`"),
        ('tick_ms = "soon"', "tick_ms"),
        ("tick_ms = -1", "tick_ms = -1 makes no sense; give a number above 0"),
        ("tick_ms = 3_000", "give a shorter tick or a longer lag"),
        ("reorder_window_s = nan", "makes no sense"),
        ("[watch]\nlag_s = inf", "watch.lag_s = inf makes no sense"),
        ("[watch]\nalarm_on_delay_s = -1.0", "watch.alarm_on_delay_s = -1.0 makes no sense; give a number 0 or more"),
        ("[watch]\nalarm_existence = 1.5", "watch.alarm_existence = 1.5 makes no sense; give a probability below 1"),
        ("tick_ms =", "settings.toml"),
    ],
)
@pytest.mark.parametrize("command_", ["run", "config explain"])
def test_settings_that_are_none(tmp_path, small, text, words, command_):
    path = tmp_path / "settings.toml"
    path.write_text(text)
    rest = ["--record", tmp_path / "record", small] if command_ == "run" else []
    assert_refused(call(*command_.split(), "--settings", path, *rest), words)


def test_keys_that_are_none(tmp_path, small):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "signing.key").write_text("secret")
    assert_refused(run(tmp_path / "record", "--keys", tmp_path / "keys", small), "is no key of 32 bytes in hexadecimal")
    assert_refused(run(tmp_path / "record", "--keys", small, small), "key file", code=3)
    assert not (tmp_path / "record").exists()


def test_letters_that_a_terminal_lacks_become_question_marks(record):
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = process("run", "--zones", ZONES, "--record", record, record.parent / "small.pcap", env=ascii_only, check=0)
    assert b"in ?Invented no-drone zone" in done.stdout


# Times


def stamped(frames):
    """A capture of frames of the real one at other times (seconds)."""
    out, at, data = HEADER, 24, ANAFI.read_bytes()
    ours = []
    while at < len(data):
        size = int.from_bytes(data[at + 8 : at + 12], "little")
        frame = data[at + 16 : at + 16 + size]
        if b"\xfa\x0b\xbc\x0d" in frame:  # Open Drone ID in a Wi-Fi beacon
            ours.append(frame)
        at += 16 + size
    for number, t_s in enumerate(frames):
        frame = ours[number % len(ours)]
        out += struct.pack("<IIII", int(t_s), int(t_s % 1 * 1e6), len(frame), len(frame)) + frame
    return out


def told(tmp_path, frames, *rest):
    (tmp_path / "times.pcap").write_bytes(stamped(frames))
    result = run(tmp_path / "record", "--zones", ZONES, tmp_path / "times.pcap", "--json", *rest)
    assert result.exit_code == 0, result.stderr
    assert call("replay", tmp_path / "record").exit_code == 0
    assert call("verify", tmp_path / "record").exit_code == 0
    assert call("report", tmp_path / "record", "-o", tmp_path / "report.html").exit_code == 0
    return rows(result)


def test_a_clock_that_is_set_back_is_a_fact(tmp_path):
    told(tmp_path, [1_000_000_000 + n / 10 for n in range(300)] + [999_990_000 + n / 10 for n in range(20)])
    stepped = [fact for fact in facts(tmp_path / "record") if isinstance(fact, ClockStepped)]
    assert len(stepped) == 20
    assert {fact.t_source_ns // 10**12 for fact in stepped} == {999_990}


def test_two_frames_fifty_years_apart_and_the_edges_of_time(tmp_path):
    found = told(tmp_path, [0, 0.2, 0.4, 1_600_000_000, 1_600_000_000.2, 4_102_444_800])
    assert len(found) == 3, "three flights: what is silent for years is lost"
    with Store.open(tmp_path / "record", read_only=True) as store:
        assert store.entries_count < 30, "silent ticks with nothing due are not written"


def test_a_storm_of_frames_at_one_instant_closes_ticks_by_size(tmp_path):
    (tmp_path / "settings.toml").write_text("tick_bytes_max = 20_000\n")
    told(tmp_path, [1_600_000_000] * 400, "--settings", tmp_path / "settings.toml")
    sizes = [
        sum(len(leaf.body) for leaf in leaves if leaf.kind == LeafKind.FRAME)
        for _, _, leaves, _ in ticks(tmp_path / "record")
    ]
    assert max(sizes) < 40_000
    assert len(sizes) >= 2
