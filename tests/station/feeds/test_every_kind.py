"""What every kind of feed must do, whatever carries its frames; the other side is a real one."""

import contextlib
import dataclasses
import random
import time

import pytest
from websockets.exceptions import ConnectionClosed

from skykeep.facts.acted import Health
from skykeep.facts.frame import Frame
from skykeep.facts.observed import LinkTrust
from skykeep.facts.personal import PlainNames
from skykeep.station.formats import FORMATS
from tests.station.feeds import peers

ALL = [*peers.CONNECTED_TO, *peers.CONNECTING]


def _name(kind):
    return kind.settings["kind"] + ("_bound" if kind.settings.get("bind") else "")


@pytest.fixture
def made(tmp_path):
    """Begin the other side; it is ended whatever happens."""
    begun = []

    def make(kind):
        begun.append(kind(tmp_path))
        return begun[-1]

    yield make
    for peer in begun:
        peer.kill()


def _sent(peer, one, lines):
    peer.send(lines)
    one.until(lambda: {arrived.data for arrived in one.take()} >= set(lines))


def _sent_again(peer, one, lines):
    """Send until all have come, for what may have hung up on us, rightly."""

    def come():
        with contextlib.suppress(OSError, ConnectionClosed):
            peer.send(lines)
        end = time.monotonic() + 0.5
        while time.monotonic() < end and not {arrived.data for arrived in one.take()} >= set(lines):
            time.sleep(0.01)
        return {arrived.data for arrived in one.take()} >= set(lines)

    one.until(come)


@pytest.mark.requirement("STATION-FEEDS-1")
@pytest.mark.parametrize("kind", ALL, ids=_name)
def test_what_is_sent_comes_in_once_in_order_with_its_sensor_and_the_time_it_came(kind, made, station):
    peer = made(kind)
    one = station(format="tracks", sensor_id="radar", address=peer.address(), **kind.settings)
    one.connected()
    lines = peers.numbered(20)
    _sent(peer, one, lines)
    assert [arrived.data for arrived in one.taken] == lines
    assert {(arrived.sensor_id, arrived.format, arrived.keyed) for arrived in one.taken} == {("radar", "tracks", False)}
    assert one.counts().frames == 20
    assert one.counts().last_ns == one.taken[-1].t_arrival_ns


@pytest.mark.requirement("STATION-FEEDS-2")
@pytest.mark.parametrize("kind", peers.CONNECTED_TO, ids=_name)
def test_a_peer_that_is_killed_is_told_of_and_found_again(kind, made, station):
    peer = made(kind)
    one = station(format="tracks", address=peer.address(), **kind.settings)
    one.connected()
    _sent(peer, one, peers.numbered(3))
    peer.kill()
    one.until(lambda: not one.counts().connected)
    one.until(lambda: one.health(Health.FEED))
    assert not one.health(Health.FEED)[0].well
    assert peer.address() in one.health(Health.FEED)[0].unseen
    peer.begin()
    one.connected()
    one.until(lambda: one.health(Health.FEED)[-1].well)
    assert one.counts().reconnects >= 1
    _sent(peer, one, peers.numbered(3, first=100))


@pytest.mark.requirement("STATION-FEEDS-3")
@pytest.mark.parametrize("kind", ALL, ids=_name)
def test_random_bytes_never_end_a_feed_and_what_comes_after_is_heard(kind, made, station):
    seed = 20_261_122
    chance = random.Random(seed)
    peer = made(kind)
    one = station(format="tracks", address=peer.address(), **kind.settings)
    one.connected()
    for size in (1, 7, 300, 5_000, 60_000):
        peer.raw(chance.randbytes(size) + b"\n")
        one.take()
    _sent_again(peer, one, peers.numbered(3))
    names = PlainNames()
    for arrived in one.taken:
        frame = Frame("tracks", None, "s", 0, 0, LinkTrust.OPEN, arrived.data)
        assert FORMATS["tracks"].decode(frame, 0, names)


@pytest.mark.parametrize("kind", ALL, ids=_name)
def test_a_format_that_fails_is_told_of_whatever_carries_it(kind, made, station, monkeypatch):
    def failing(_frame):
        raise ArithmeticError("no licence")

    peer = made(kind)
    broken = dataclasses.replace(FORMATS["tracks"], sensor_of=failing)
    monkeypatch.setattr("skykeep.station.feeds.door.FORMATS", FORMATS | {"tracks": broken})
    one = station(format="tracks", address=peer.address(), **kind.settings)
    one.connected()
    with contextlib.suppress(OSError, ConnectionClosed):
        peer.send(peers.numbered(3))
    one.until(lambda: any("it failed: ArithmeticError: no licence" in note for note in one.notes))


@pytest.mark.requirement("STATION-FEEDS-4")
@pytest.mark.parametrize(
    "kind", [peers.Accepting, peers.Connecting, peers.WebSocketConnecting, peers.Broker], ids=_name
)
def test_who_can_wait_waits_and_nothing_is_lost_where_there_is_no_room(kind, made, station):
    peer = made(kind)
    one = station(format="tracks", address=peer.address(), buffer_frames=10, **kind.settings)
    one.connected()
    peer.send(peers.numbered(200))
    one.until(lambda: one.counts().waiting == 10)
    assert one.until_frames(200) == peers.numbered(200)
    assert (one.counts().refused, one.counts().dropped) == (0, 0)
    assert one.health(Health.DROPPED) == []


@pytest.mark.parametrize("kind", ALL, ids=_name)
def test_a_frame_of_all_sizes_is_bounded(kind, made, station):
    peer = made(kind)
    one = station(format="tracks", address=peer.address(), **kind.settings)
    one.connected()
    with contextlib.suppress(OSError, ConnectionClosed):  # to be hung up on is an answer
        peer.raw(b"x" * 3_000_000 + b"\n")
    _sent_again(peer, one, peers.numbered(2))
    assert max(len(arrived.data) for arrived in one.taken) <= (1 << 20) + 1
