import threading

from skykeep.station.feeds.inbox import OTHERS, SENSORS_MAX, Inbox
from skykeep.station.inputs import Arrived


def _arrived(t_ns, sensor_id="s", data=b"x"):
    return Arrived(t_ns, sensor_id, data, -1, "tracks")


def test_frames_come_out_in_order_of_arrival_whoever_put_them():
    inbox = Inbox()
    inbox.open("a")
    inbox.open("b")
    assert inbox.put("a", _arrived(20))
    assert inbox.put("b", _arrived(10))
    assert inbox.put("a", _arrived(30))
    assert [one.t_arrival_ns for one in inbox.take(100)] == [10, 20, 30]
    assert inbox.take(100) == []


def test_no_frame_is_older_than_the_last_one_taken_before():
    inbox = Inbox()
    inbox.open("a")
    inbox.put("a", _arrived(50))
    inbox.take(100)
    inbox.put_all("a", [_arrived(49), _arrived(60)])
    assert [one.t_arrival_ns for one in inbox.take(100)] == [50, 60]


def test_a_feed_that_floods_is_refused_alone_and_counted():
    inbox = Inbox()
    flooding = inbox.open("flood", frames_max=3)
    inbox.open("calm")
    assert inbox.put_all("flood", [_arrived(number) for number in range(10)]) == 3
    assert inbox.room("flood") == 0
    assert inbox.put("calm", _arrived(11))
    assert (flooding.frames, flooding.waiting, flooding.refused) == (3, 3, 7)
    assert len(inbox.take(100)) == 4
    assert inbox.room("flood") == 3
    assert inbox.put("flood", _arrived(12))


def test_bytes_are_bounded_too():
    inbox = Inbox()
    inbox.open("a", bytes_max=10)
    assert inbox.put("a", _arrived(1, data=b"x" * 20))
    assert not inbox.put("a", _arrived(2))


def test_a_tick_takes_about_as_many_bytes_as_it_asks_for_and_nothing_of_the_next_one():
    inbox = Inbox()
    inbox.open("a")
    inbox.put_all("a", [_arrived(number, data=b"x" * 10) for number in range(10)])
    assert len(inbox.take(25)) == 3
    assert [one.t_arrival_ns for one in inbox.take(1_000, until_ns=5)] == [3, 4]
    assert inbox.waiting() == 5


def test_sensors_are_counted_each_and_names_do_not_grow_without_end():
    inbox = Inbox()
    inbox.open("a", frames_max=10_000)
    second = 1_000_000_000
    inbox.put_all("a", [_arrived(number * second // 10, "radar")._replace(keyed=True) for number in range(200)])
    (radar,) = inbox.sensors()
    assert (radar.sensor_id, radar.feed, radar.format, radar.keyed, radar.frames) == ("radar", "a", "tracks", True, 200)
    assert radar.last_ns == 199 * second // 10
    assert radar.rate_hz(20 * second) == 10.0
    assert radar.rate_hz(25 * second) == 5.0
    assert radar.rate_hz(60 * second) == 0.0
    inbox.put_all("a", [_arrived(20 * second, f"invented-{number}") for number in range(SENSORS_MAX + 10)])
    sensors = {each.sensor_id: each.frames for each in inbox.sensors()}
    assert len(sensors) == SENSORS_MAX + 1
    assert sensors[OTHERS] == 11


def test_threads_put_at_the_same_time_and_every_frame_is_counted_once():
    inbox = Inbox()
    names = ["a", "b", "c", "d"]
    for name in names:
        inbox.open(name, frames_max=5_000)

    def put(name):
        for number in range(1_000):
            inbox.put(name, _arrived(number, name))

    threads = [threading.Thread(target=put, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = inbox.take(1 << 30)
    assert len(taken) == sum(counts.frames for counts in inbox.feeds()) == 4_000
    assert [one.t_arrival_ns for one in taken] == sorted(one.t_arrival_ns for one in taken)
    assert all(counts.waiting == counts.waiting_bytes == 0 for counts in inbox.feeds())
