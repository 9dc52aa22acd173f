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
from skykeep.facts import codec
from skykeep.ledger import factproof
from skykeep.ledger.note import Signer
from skykeep.ledger.tick import Leaf, LeafKind
from skykeep.station.link import Answer
from skykeep.station.store import Store
from skykeep.views.livemodels import SensorNow
from skykeep.web import examples
from skykeep.web.api.health import Health
from tests.views.livefacts import T0_NS, zone
from tests.waiting import PATIENCE_S
from tests.web.doubles import AUDITOR, DUTY, PUBLISHER, SENSOR, Through, serving


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
def test_the_client_confirms_and_lifts_a_zone(served):
    _, mirror, _ = served
    mirror.asks.clear()
    with station(served, DUTY) as duty:
        assert duty.confirm("KEEP-OUT", hours=1.5).entry_index == 7
        assert duty.lift("KEEP-OUT", "The fire is out").entry_index == 7
        with pytest.raises(Problem, match="hours"):
            duty.confirm("KEEP-OUT", hours=25)
        with pytest.raises(Problem, match=r"zone A/b\?c is not there|not there"):
            duty.lift("A/b?c", "x")
    assert [(ask.action, ask.subject) for ask in mirror.asks] == [
        ("zone.confirm", "zone:KEEP-OUT"),
        ("zone.lift", "zone:KEEP-OUT"),
    ]


@pytest.mark.requirement("CLIENT-1")
def test_whoever_may_not_see_flights_is_told_how_many_an_emergency_zone_hits(served):
    with station(served, PUBLISHER) as publisher:
        hits = publisher.emergency(lat_deg=1, lon_deg=2, radius_m=3, reason="x", preview=True).hits
    assert (hits.track_ids, hits.tracks, hits.tracks_not_permitted) == (None, 1, 1)


@pytest.mark.requirement("CLIENT-1")
def test_the_client_reads_permits_sensors_and_health(served, monkeypatch):
    _, mirror, seen = served
    monkeypatch.setattr(seen, "sensors", lambda: [SensorNow(sensor_id="rid-north", modality="remote_id", late=3)])
    monkeypatch.setattr(mirror, "status", msgspec.convert(examples.ANSWERS["read_health"], Health).status)
    with station(served, {"X-As": "ann auditor"}) as ann:
        assert [(each.permit_id, each.state) for each in ann.permits("in_force")] == [("P-2026-0007", "in_force")]
        assert list(ann.permits("revoked")) == []
        (sensor,) = ann.sensors()
        assert (sensor.sensor_id, sensor.declared.late, sensor.status.unreadable) == ("rid-north", 3, 3)
        health = ann.health()
        assert (health.status.recorded, health.status.tracks) == (True, 24)
        mirror.status = None
        assert ann.health().status is None


@pytest.mark.requirement("CLIENT-1", "API-11")
def test_the_client_follows_the_record_and_gets_a_proof(tmp_path):
    signer = Signer.from_seed("record.test", bytes(32))
    with Store.create(tmp_path / "record", meta={"record_id": "r"}) as store:
        leaf = Leaf(LeafKind.FACT, codec.encode(zone("Z")))
        for tick in range(2):
            store.append(1, tick, T0_NS + tick, [leaf], bytes(32), bytes(32))
        store.wait_durable(2, PATIENCE_S)
        store.seal(signer)
    with serving(tmp_path) as made, station(made, AUDITOR) as auditor:
        checkpoint = auditor.checkpoint()
        assert checkpoint.splitlines()[:2] == [b"record.test", b"2"]
        assert len(auditor.tile("0/000.p/2")) == 64
        assert auditor.consistency(1).endswith(checkpoint)
        proved = factproof.parse(auditor.prove(1, 0)).verify(signer.verifier.vkey)
        assert codec.decode(proved.body).zone_id == "Z"
        with pytest.raises(Problem, match="not there"):
            auditor.tile("0/999")


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
