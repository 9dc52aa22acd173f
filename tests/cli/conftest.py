"""A place with keys for each test, and one finished record that all may read."""

import shutil

import pytest

from tests.cli.calling import ANAFI, ZONES, call, vkey_in


@pytest.fixture(autouse=True)
def keys(tmp_path_factory, monkeypatch):
    """Keys in a place of their own, never the tester's."""
    monkeypatch.setenv("SKYKEEP_KEYS", str(tmp_path_factory.mktemp("keys")))


@pytest.fixture
def small(tmp_path):
    """The first 320 frames of the real capture: a serial number, positions, a few seconds."""
    path = tmp_path / "small.pcap"
    path.write_bytes(capture(320))
    return path


def capture(n, first=0):
    """Cut `n` frames out of the real capture."""
    data, at = ANAFI.read_bytes(), 24
    starts = [at]
    while at < len(data):
        at += 16 + int.from_bytes(data[at + 8 : at + 12], "little")
        starts.append(at)
    n = min(n, len(starts) - 1 - first)
    return data[:24] + data[starts[first] : starts[first + n]]


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A record of the small capture with its keys and verification key; do not change it, see `record`."""
    place = tmp_path_factory.mktemp("finished")
    (place / "small.pcap").write_bytes(capture(320))
    result = call("run", "--zones", ZONES, "--record", place / "record", "--keys", place / "keys", place / "small.pcap")
    assert result.exit_code == 0, result.stderr
    return place, vkey_in(result.stderr)


@pytest.fixture
def record(finished, tmp_path, monkeypatch):
    """A copy of the finished record that a test may spoil, its keys being the ones in force."""
    place, _ = finished
    monkeypatch.setenv("SKYKEEP_KEYS", str(place / "keys"))
    shutil.copyfile(place / "small.pcap", tmp_path / "small.pcap")
    return shutil.copytree(place / "record", tmp_path / "record")


@pytest.fixture
def vkey(finished):
    """The verification key of `record`."""
    return finished[1]
