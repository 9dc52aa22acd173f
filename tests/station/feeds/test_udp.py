import socket

import pytest

from skykeep.errors import Refused
from skykeep.facts.acted import Health
from skykeep.station.feeds.config import FeedConfig
from skykeep.station.feeds.udp import BATCH

HEX = b"f0190100"


def _sender():
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def test_datagrams_become_frames_and_several_lines_in_one_are_several(station):
    one = station(kind="udp", format="tracks", address="127.0.0.1:0", anonymous=True, sensor_id="radar")
    with _sender() as sender:
        sender.sendto(b'{"a": 1}\n{"a": 2}\r\n', one.bound())
        sender.sendto(b'{"a": 3}', one.bound())
        assert one.until_frames(3) == [b'{"a": 1}', b'{"a": 2}', b'{"a": 3}']
    assert {(each.sensor_id, each.format, each.keyed) for each in one.taken} == {("radar", "tracks", False)}
    assert one.counts().connected


def test_who_sends_a_datagram_cannot_be_proved_so_it_must_be_said_that_anybody_may():
    with pytest.raises(Refused, match="anonymous = true"):
        _made(kind="udp", format="tracks", address="127.0.0.1:0")


def _made(**settings):
    import time
    from pathlib import Path

    from skykeep.station.config import Home
    from skykeep.station.feeds.inbox import Inbox
    from skykeep.station.feeds.running import Feeds

    return Feeds([FeedConfig(name="f", **settings)], Home(Path()), Inbox(), time.time_ns, print)


def test_senders_outside_the_networks_are_turned_away_and_counted(station):
    one = station(kind="udp", format="tracks", address="127.0.0.1:0", anonymous=True, allow=["192.0.2.0/24"])
    with _sender() as sender:
        sender.sendto(b"{}", one.bound())
        one.until(lambda: one.counts().turned_away)
    assert one.take() == []


@pytest.mark.requirement("STATION-FEEDS-5")
def test_what_the_kernel_threw_away_is_counted_to_the_packet_and_told(station):
    one = station(kind="udp", format="odid-hex", address="127.0.0.1:0", anonymous=True, receive_buffer_bytes=1)
    sent = 0
    with _sender() as sender:
        sender.connect(one.bound())
        while not one.counts().dropped and sent < 200_000:
            for _ in range(1_000):
                sender.send(HEX * 60)
            sent += 1_000
            one.take()
        one.until(lambda: len(one.take()) + one.counts().dropped == sent)
    assert one.counts().dropped > 0
    one.until(lambda: one.health(Health.DROPPED))
    (told,) = one.health(Health.DROPPED)[:1]
    assert not told.well
    assert 0 < told.value <= one.counts().dropped
    assert told.unit == "packets"
    assert "may be missing" in told.unseen


@pytest.mark.requirement("STATION-FEEDS-5")
def test_what_does_not_fit_is_refused_counted_and_told(station):
    one = station(kind="udp", format="odid-hex", address="127.0.0.1:0", anonymous=True, buffer_frames=10)
    with _sender() as sender:
        for _ in range(BATCH):
            sender.sendto(HEX, one.bound())
    one.until(lambda: one.counts().refused == BATCH - 10)
    one.until(lambda: one.health(Health.DROPPED))
    assert len(one.take()) == 10


def test_a_port_that_is_taken_is_told_and_tried_again(station):
    with _sender() as other:
        other.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{other.getsockname()[1]}"
        one = station(kind="udp", format="tracks", address=where, anonymous=True)
        one.until(lambda: one.health(Health.FEED))
        assert "in use" in one.health(Health.FEED)[0].unseen
    one.connected()
    one.until(lambda: one.health(Health.FEED)[-1].well)
