"""The client, against the interface itself and against answers that a test scripts."""

import itertools

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.client import Problem, Station, models
from skykeep.client.events import Events, Sent
from skykeep.errors import Unavailable
from skykeep.station.link import Answer
from tests.web.doubles import DUTY, SENSOR, Through, serving


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("station")) as found:
        yield found


def station(served, said, **how):
    return Station("http://station.test", transport=Through(served[0], said), sleep=lambda _s: None, **how)


@pytest.mark.requirement("CLIENT-1")
def test_the_client_reads_and_acts(served):
    with station(served, DUTY) as duty:
        assert [track.track_id for track in duty.tracks("not_permitted")] == [1, 2, 3, 4, 5, 6, 7]
        (alarm,) = duty.alarms()
        assert (alarm.alarm_id, alarm.state) == (17, "unacknowledged")
        assert duty.ack(alarm).entry_index == 7
        assert duty.shelve(alarm, minutes=5, reason="x").entry_index == 7
        assert duty.open_incident("seen").incident_id == 9
        assert duty.note(3, "x").entry_index == duty.close_incident(3, "over").entry_index == 7
        assert [zone.zone_id for zone in duty.zones()] == ["KEEP-OUT"]
        assert duty.emergency(lat_deg=1, lon_deg=2, radius_m=3, reason="x", preview=True).hits.track_ids == [417]
        assert duty.time().now_ns > 0
        assert duty.track(3).position.lat_e7 < 0
        assert duty.alarm(17) == alarm


@pytest.mark.requirement("CLIENT-1")
def test_the_client_looks_after_the_record(served):
    with station(served, {"X-As": "ann auditor admin"}) as both:
        assert both.verify().holds
        assert both.erase("1588E", "asked for", kind="uas").leaves == 2
        assert both.back_up().entries == 7


@pytest.mark.requirement("CLIENT-1")
def test_the_client_pushes(served):
    with station(served, SENSOR) as sensor:
        assert sensor.push("rid-north", {"time": 1}).frames == 1
        assert sensor.push("rid-north", [{"time": 1}, {"time": 2}], sequence=4).frames == 1
        assert sensor.push_frame("rid-north", b"\x00", "odid-hex").frames == 1
    assert [ask.data for ask in served[1].asks[-3:]] == [b'{"time":1}', b'{"time":1}\n{"time":2}', b"\x00"]


@pytest.mark.requirement("CLIENT-1")
def test_a_problem_is_an_exception_with_its_words(served):
    with station(served, DUTY) as duty, pytest.raises(Problem, match="track 999 is not there") as found:
        duty.track(999)
    assert (found.value.name, found.value.status) == ("not-there", 404)
    with station(served, DUTY) as duty:
        alarm = msgspec.structs.replace(duty.alarm(17), t_ns=1)
        with pytest.raises(Problem) as found:
            duty.ack(alarm)
    assert found.value.name == "changed"


@pytest.mark.requirement("CLIENT-2")
def test_an_act_is_sent_again_with_the_same_key(served):
    _, mirror, _ = served
    mirror.asks.clear()
    mirror.next = Answer(0, None, problem="unavailable", detail="no disk")
    with station(served, DUTY) as duty, pytest.raises(Problem, match="no disk"):
        duty.open_incident("seen")
    mirror.next = None
    assert len(mirror.asks) == 3
    assert len({ask.key for ask in mirror.asks}) == 1


@pytest.mark.parametrize(
    ("said", "remedy"), [("[SSL: CERTIFICATE_VERIFY_FAILED] unable to get local issuer", "authority"), ("refused", "running")]
)
def test_what_is_not_there_or_not_trusted_says_what_to_do(said, remedy):
    def broken(request):
        raise httpx.ConnectError(said)

    at = Station("https://s.test", transport=httpx.MockTransport(broken), sleep=lambda _s: None)
    with at, pytest.raises(Unavailable, match=remedy):
        at.time()


@pytest.mark.requirement("CLIENT-2")
def test_a_push_without_a_number_is_never_sent_again():
    asked = []

    def broken(request):
        asked.append(request)
        raise httpx.ReadError("gone")

    with Station("http://s.test", transport=httpx.MockTransport(broken), sleep=lambda _s: None) as sensor:
        with pytest.raises(Unavailable):
            sensor.push("s", {"time": 1})
        assert len(asked) == 1
        with pytest.raises(Unavailable):
            sensor.push("s", {"time": 1}, sequence=1)
        assert len(asked) == 4


def test_a_next_page_elsewhere_is_not_asked_for_with_our_token():
    asked = []

    def answer(request):
        asked.append(str(request.url))
        return httpx.Response(200, json=[], headers={"Link": '<https://elsewhere.example/x>; rel="next"'})

    with Station("http://s.test", token="t", transport=httpx.MockTransport(answer)) as client:
        assert list(client.tracks()) == []
    assert asked == ["http://s.test/api/v1/tracks"]


@pytest.mark.requirement("CLIENT-3")
def test_a_stream_goes_on_where_it_was():
    heads = []

    def answer(request):
        heads.append(request.headers.get("last-event-id"))
        if len(heads) == 3:
            return httpx.Response(401, content=b"{}")
        number = len(heads)
        return httpx.Response(
            200,
            content=f'retry: 5\n\nid: e-{number}\nevent: frame\ndata: {{"n": {number}}}\n\nid: e-9\ndata: lost'.encode(),
        )

    slept = []
    with Station("http://s.test", transport=httpx.MockTransport(answer), sleep=slept.append) as client:
        stream = client.stream()
        assert next(stream) == models.Event(id="e-1", event="frame", data={"n": 1})
        assert next(stream).data == {"n": 2}
        with pytest.raises(Problem):
            next(stream)
    assert heads == [None, "e-1", "e-2"]
    assert slept == [0.005, 0.005]


SENT = b": hello\nretry: 20\n\nid: 1\nevent: frame\ndata: a\ndata: b\n\ndata: c\r\n\r\nid: 2\n\ndata\n\n"


@given(st.lists(st.integers(0, len(SENT)), max_size=8))
def test_events_do_not_depend_on_where_the_bytes_are_cut(cuts):
    events, found, edges = Events(), [], [0, *sorted(cuts), len(SENT)]
    for start, stop in itertools.pairwise(edges):
        found += events.feed(SENT[start:stop])
    assert found == [Sent("1", "frame", b"a\nb"), Sent("1", "message", b"c"), Sent("2", "message", b"")]
    assert events.retry_ms == 20


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader_of_events(data):
    events = Events()
    assert all(isinstance(sent, Sent) for sent in events.feed(data + b"\n\n"))


@pytest.mark.parametrize("data", [b"", b"{", b"<html>", b"[]", b'{"status": "x"}'])
def test_an_answer_that_is_no_problem_is_told_as_that(data):
    assert Problem(502, data).status == 502
