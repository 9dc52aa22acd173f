"""Formats of other packages: one that works, and every way in which one can be broken."""

import dataclasses
import os
import pathlib
import subprocess
import sys
import tomllib

import msgspec
import pytest

from skykeep.errors import Malformed, Refused
from skykeep.facts.acted import Health
from skykeep.facts.concluded import AlarmChanged
from skykeep.facts.frame import Frame
from skykeep.facts.observed import ClockStepped, LinkTrust, PositionReported, Unreadable
from skykeep.facts.personal import PlainNames
from skykeep.station import codecwatch, formats, plugins
from skykeep.station.formats import FORMATS, OURS, Format
from skykeep.station.healthwatch import HealthWatch
from tests.station.living import INSIDE, home, living
from tests.waiting import PATIENCE_S, until

EXAMPLE = pathlib.Path(__file__).parents[1] / "example_plugin"
LINE = b"ACME;1777629600.5;17;50.4501;30.5234;210"
BROKEN = """
from skykeep.station.formats import OURS
import dataclasses
shadow = OURS[0]
nameless = dataclasses.replace(OURS[0], name="Not a name!")
number = 5
def raising():
    raise RuntimeError("no licence")
def leaving():
    raise SystemExit(3)
def sniffing():
    return dataclasses.replace(OURS[-1], name="sniffing", sniff=lambda head: 1 / 0)
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The example package and a broken one, as if they were installed."""

    def install(**broken):
        points = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]["entry-points"][plugins.GROUP]
        put(tmp_path, "acme_skykeep", points)
        put(tmp_path, "broken_skykeep", broken)
        (tmp_path / "broken_skykeep.py").write_text(BROKEN)
        monkeypatch.syspath_prepend(str(EXAMPLE))
        monkeypatch.syspath_prepend(str(tmp_path))
        return tmp_path

    return install


def put(where, package, points):
    info = where / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    lines = [f"{name} = {value}" for name, value in points.items()]
    (info / "entry_points.txt").write_text("\n".join([f"[{plugins.GROUP}]", *lines, ""]))


def frame(data=LINE):
    return Frame("acme", None, "radar-1", 5, 5, LinkTrust.OPEN, data)


@pytest.mark.requirement("CODEC-5")
def test_a_format_of_another_package_reads_its_lines(installed):
    installed()
    [form], faults = plugins.found(FORMATS)
    assert faults == []
    [fact] = form.decode(frame(), 3, PlainNames())
    assert isinstance(fact, PositionReported)
    assert (fact.lat_e7, fact.t_event_ns, fact.transmitter) == (504_501_000, 1_777_629_600_500_000_000, "radar-1:17")
    assert list(form.in_message(LINE + b"\n" + LINE)) == [LINE, LINE]
    assert list(form.records([LINE])) == [(1_777_629_600_500_000_000, None, LINE)]


@pytest.mark.requirement("CODEC-6")
def test_a_broken_one_is_told_of_and_left_out(installed):
    installed(
        shadow="broken_skykeep:shadow", nameless="broken_skykeep:nameless", number="broken_skykeep:number",
        raising="broken_skykeep:raising", leaving="broken_skykeep:leaving", missing="not_there:FORMAT",
        empty="broken_skykeep:nothing", twice="acme_skykeep:FORMAT",
    )  # fmt: skip
    forms, faults = plugins.found(FORMATS)
    assert [form.name for form in forms] == ["acme"]
    told = {fault.split()[1]: fault for fault in faults}
    assert set(told) == {"shadow", "nameless", "number", "raising", "leaving", "missing", "empty", "twice"}
    assert "there is a format remote-id already, and none is replaced" in told["shadow"]
    assert "broken_skykeep" in told["shadow"]
    assert "its name 'Not a name!' is not made of" in told["nameless"]
    assert "it gives int, not" in told["number"]
    assert "RuntimeError: no licence" in told["raising"]
    assert "SystemExit: 3" in told["leaving"]
    assert "ModuleNotFoundError" in told["missing"]
    assert "there is a format acme already" in told["twice"]


def guarded(**said):
    """A format whose functions are these, behind the guard."""
    base = next(form for form in OURS if form.name == "tracks")
    values = {name: getattr(base, name) for name in base.__slots__} | {"name": "theirs"} | said
    return plugins._guarded(Format(**values))


def raise_it(*_):
    raise ZeroDivisionError


TRACK = b'{"time": 1777629600, "lat": 50, "lon": 30}'


@pytest.mark.requirement("CODEC-6")
@pytest.mark.parametrize(("gives", "reason"), [
    (lambda _facts: raise_it(), "the codec theirs failed: ZeroDivisionError"), (lambda _facts: None, "failed: TypeError"),
    (lambda _facts: [5], "gave int that is no sound observation"),
    (lambda _facts: [ClockStepped(sensor_id="s", t_arrival_ns=1, t_source_ns=2)], "gave ClockStepped"),
    (lambda facts: [msgspec.structs.replace(facts[0], frame=9)], "gave PositionReported"),
    (lambda facts: [msgspec.structs.replace(facts[0], lat_e7=50.5)], "failed: "),
    (lambda facts: [msgspec.structs.replace(facts[0], lat_e7=1 << 80)], "failed: OverflowError"),
])  # fmt: skip
def test_what_its_decoder_does_wrong_becomes_unreadable(gives, reason):
    ours = next(form for form in OURS if form.name == "tracks").decode
    form = guarded(decode=lambda *asked: gives(ours(*asked)))
    [fact] = form.decode(frame(TRACK), 3, PlainNames())
    assert isinstance(fact, Unreadable)
    assert reason in fact.reason
    assert fact.frame == 3


def test_what_its_other_functions_do_wrong_harms_nobody():
    form = guarded(sniff=raise_it, sensor_of=raise_it, records=raise_it)
    assert form.sniff(b"x") is False
    assert form.sensor_of(b"x") is None
    with pytest.raises(Malformed, match="the codec theirs failed: ZeroDivisionError"):
        list(form.records([b"x"]))


@pytest.fixture
def tally(monkeypatch):
    """A tally of this test alone."""
    fresh = plugins.Tally()
    for module in (plugins, codecwatch, formats.plugins):
        monkeypatch.setattr(module, "TALLY", fresh)
    return fresh


@pytest.mark.requirement("CODEC-11")
def test_each_failure_is_counted_by_its_function(tally):
    form = guarded(sniff=raise_it, sensor_of=raise_it, records=raise_it, decode=raise_it)
    for _ in range(3):
        form.sniff(b"x")
    form.sensor_of(b"x")
    form.decode(frame(TRACK), 3, PlainNames())
    with pytest.raises(Malformed):
        list(form.records([b"x"]))
    guarded(decode=lambda *_: [5]).decode(frame(TRACK), 3, PlainNames())
    assert {each.function: each.count for each in tally.all()} == {
        "sniff": 3, "sensor_of": 1, "decode": 2, "records": 1,
    }  # fmt: skip
    assert tally.all()[0].words == "the codec theirs failed 3 times in sniff: ZeroDivisionError"


@pytest.mark.requirement("CODEC-11")
def test_a_recording_that_nobody_knows_names_the_sniff_that_failed(tally, monkeypatch):
    monkeypatch.setitem(formats._known, "theirs", guarded(sniff=raise_it))
    with pytest.raises(Refused, match="the codec theirs failed once in sniff: ZeroDivisionError"):
        formats.recognise(b"?????", "what.bin")


@pytest.mark.requirement("CODEC-11")
def test_the_station_tells_of_a_codec_that_fails_and_of_its_recovery(tally):
    health, notes = HealthWatch(), []
    watch = codecwatch.CodecWatch(health, notes.append, tally=tally)
    watch.look(1)
    assert health.take() == []
    for _ in range(25):
        tally.count("theirs", "decode", "ZeroDivisionError")
        watch.look(2)
    [ill] = health.take()
    assert (ill.what, ill.subject, ill.well) == (Health.CODEC, "theirs", False)
    assert "theirs failed once in decode: ZeroDivisionError" in ill.unseen
    assert len(notes) == 2  # the first, and the tenth
    watch.look(3 + codecwatch.QUIET_NS)
    assert [fact.well for fact in health.take()] == [True]


@pytest.mark.requirement("CODEC-11")
@pytest.mark.parametrize("ours", [True, False])
def test_a_codec_that_raises_in_a_running_station_is_an_alarm_and_no_end(tally, monkeypatch, ours):
    from skykeep.station import ticks

    monkeypatch.setattr(ticks, "TALLY", tally)
    tracks = FORMATS["tracks"]
    broken = guarded(name="tracks", decode=raise_it)
    if ours:  # not behind the guard: a mistake of ours
        broken = dataclasses.replace(tracks, decode=raise_it)
    monkeypatch.setitem(formats._known, "tracks", broken)
    with home() as at, living(at) as one:
        one.see(INSIDE)
        alarms = until(lambda: [a for a in one.facts(AlarmChanged) if a.reason == "health:codec:tracks"], "the alarm")
        assert alarms[0].state == "unacknowledged"
        until(lambda: [note for note in one.notes if "tracks failed once in decode" in note], "the note")
        assert one.thread.is_alive()


def test_the_command_line_knows_it_and_tells_of_the_broken(installed, tmp_path):
    where = installed(missing="not_there:FORMAT")
    path = tmp_path / "plots.txt"
    path.write_bytes(LINE)
    done = subprocess.run(
        [sys.executable, "-m", "skykeep.cli", "decode", "acme", str(path)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(where), str(EXAMPLE), str(pathlib.Path.cwd())])},
        capture_output=True, text=True, check=True, timeout=PATIENCE_S,
    )  # fmt: skip
    assert "position radar" not in done.stderr
    assert "lat_e7=504501000" in done.stdout
    assert (
        "warning: format missing of broken_skykeep (not_there:FORMAT) is left out: ModuleNotFoundError" in done.stderr
    )


@pytest.mark.requirement("CODEC-11")
def test_the_command_line_tells_of_a_sniff_that_fails(installed, tmp_path):
    where = installed(sniffing="broken_skykeep:sniffing")
    path = tmp_path / "unknown.bin"
    path.write_bytes(b"?????")
    done = subprocess.run(
        [sys.executable, "-m", "skykeep.cli", "run", str(path), "--record", str(tmp_path / "record"), "--keys",
         str(tmp_path / "keys")],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(where), str(EXAMPLE), str(pathlib.Path.cwd())])},
        capture_output=True, text=True, check=False, timeout=PATIENCE_S,
    )  # fmt: skip
    assert done.returncode == 2
    assert "warning: the codec sniffing failed once in sniff: ZeroDivisionError" in done.stderr
