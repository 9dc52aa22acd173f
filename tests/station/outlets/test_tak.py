"""Tracks to TAK servers: to a real one over TCP and mutual TLS, and to ones that are deaf, slow or gone."""

import contextlib
import datetime as dt
import socket
import threading

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Refused
from skykeep.facts.acted import Health
from skykeep.facts.concluded import CLASSES, Phase, Rung, Verdict
from skykeep.station.config import Config, Home
from skykeep.station.outlets import cotlink, marking, tak
from skykeep.station.outlets.config import CotConfig, NotifyConfig, WebhookConfig
from skykeep.station.outlets.cotlink import CotLink, Pace
from skykeep.station.outlets.outlets import Outlets
from skykeep.station.outlets.sky import Sky
from skykeep.station.outlets.tak import Tak
from skykeep.wire import cot
from tests.ports import free_port
from tests.station.outlets import skies, takserver
from tests.station.outlets.hooks import a_hook
from tests.station.outlets.looped import a_loop
from tests.views import livefacts
from tests.waiting import PATIENCE_S, until

QUICK = Pace(retry_min_s=0.05, retry_max_s=0.2, ping_s=0.1, tell_s=0.1, steady_s=0.05)
ALL = tuple(each.value for each in Verdict)


def config_of(port, **settings):
    return CotConfig(name="ops", address=f"127.0.0.1:{port}", **({"tls": False, "interval_s": 0.2} | settings))


@contextlib.contextmanager
def an_outlet(config, home, pace=QUICK):
    """A Tak on a running loop, its sky, and what it told of its health."""
    told = []
    with a_loop() as loop:
        sky = Sky(pilots=config.pilots)
        sky.record_id = "town"
        one = loop.call(Tak, config, home, sky, lambda *said: told.append(said), pace=pace)
        loop.call(one.start, loop.loop)

        def take(*concluded, **named):
            loop.call(lambda: one.take(sky.take(skies.ticked(*concluded, **named))))

        one.take_in, one.told_of = take, told
        try:
            yield one
        finally:
            loop.run(one.stop())


def of_track(event, track_id=1):
    return event.get("uid") == f"skykeep-town-track-{track_id}"


# ---- a real server -------------------------------------------------------------------------------


@takserver.needs_taky
@pytest.mark.capability(
    "Tracks handed on to a TAK server that is named in the configuration: never as hostile, never a manned one"
)
@pytest.mark.requirement("OUT-1")
@pytest.mark.parametrize("tls", [False, True], ids=["tcp", "mutual-tls"])
def test_another_client_of_a_real_server_gets_the_track(tmp_path, tls):
    takserver.Certificates(tmp_path)
    port = free_port()
    files = {"ca_file": "ca.pem", "certificate_file": "client.pem", "key_file": "client.key"} if tls else {}
    with (
        takserver.running(tmp_path, port, tls=tls),
        takserver.Reader(port, tmp_path if tls else None) as reader,
        an_outlet(config_of(port, tls=tls, **files), Home(tmp_path)) as outlet,
    ):
        outlet.take_in(skies.track(), skies.verdict(), skies.existence(), skies.classified())
        event = reader.until(of_track, "the track")
        outlet.take_in(skies.verdict(said=Verdict.CANNOT_TELL, clause="identity_absent"))
        reader.until(lambda told: of_track(told) and "CANNOT TELL" in _remarks(told), "the other verdict")
        outlet.take_in(skies.lost())
        over = reader.until(lambda told: of_track(told) and "No longer told" in _remarks(told), "its end")
    assert (event.get("type"), event.get("how")) == ("a-u-A-M-H-Q", "m-f")
    point = event.find("point")
    assert [float(point.get(name)) for name in ("lat", "lon", "hae")] == [-34.9, -56.2, 80.0]
    assert float(event.find("detail/track").get("speed")) == 5.0
    assert "NOT PERMITTED by rule no_permit in HARBOUR (machine verdict, a person decides)" in _remarks(event)
    assert _moment(over.get("stale")) <= _moment(over.get("time"))


@takserver.needs_taky
@pytest.mark.requirement("OUT-3")
def test_a_server_that_comes_back_gets_what_is_there_then(tmp_path):
    port = free_port()
    with an_outlet(config_of(port), Home(tmp_path)) as outlet:
        outlet.take_in(skies.track(), skies.verdict())
        until(lambda: outlet.told_of, "that nobody gets tracks")
        for _ in range(2):  # the server starts, is killed and starts again
            with takserver.running(tmp_path, port), takserver.Reader(port) as reader:
                reader.until(of_track, "the track")
                until(lambda: outlet.told_of[-1][2], "that it is well")
            until(lambda: not outlet.told_of[-1][2], "that it is not")
    assert [told[:3] for told in outlet.told_of[:2]] == [
        (Health.OUTLET, "cot:ops", False),
        (Health.OUTLET, "cot:ops", True),
    ]
    assert "gets no tracks" in outlet.told_of[0][3]


@takserver.needs_taky
@pytest.mark.requirement("OUT-3")
def test_a_server_that_refuses_our_certificate_is_not_called_well(tmp_path):
    takserver.Certificates(tmp_path)
    port = free_port()
    with (
        takserver.running(tmp_path, port, tls=True),
        an_outlet(config_of(port, tls=True, ca_file="ca.pem"), Home(tmp_path)) as outlet,
    ):
        until(lambda: outlet.told_of, "that nobody gets tracks")
        assert outlet.told_of[0][2] is False


@takserver.needs_taky
def test_a_real_server_answers_pings(tmp_path):
    port = free_port()
    with takserver.running(tmp_path, port), an_outlet(config_of(port), Home(tmp_path)) as outlet:
        until(lambda: outlet.link._answers and outlet.told_of, "a pong")
        assert outlet.told_of == [(Health.OUTLET, "cot:ops", True, "")]


def _remarks(event):
    return event.findtext("detail/remarks") or ""


def _moment(text):
    return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=dt.UTC)


# ---- servers that are no good --------------------------------------------------------------------


class Half:
    """A server that answers pings at first and then is deaf, without closing: a half-open connection."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.connections = []
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.server.accept()
                connection.sendall(b'<event type="t-x-c-')
                connection.sendall(b't-r"/>')
                self.connections.append(connection)

    def close(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        for connection in self.connections:
            connection.close()
        self.thread.join(PATIENCE_S)


@pytest.mark.requirement("OUT-3")
def test_a_connection_that_is_only_half_there_is_given_up(tmp_path):
    half = Half()
    try:
        with an_outlet(config_of(half.port), Home(tmp_path)):
            until(lambda: len(half.connections) >= 2, "a second connection")
    finally:
        half.close()


def test_a_line_that_is_full_loses_the_oldest_but_nothing_that_is_over(tmp_path, monkeypatch):
    monkeypatch.setattr(cotlink, "WAITING_MAX", 10)
    with a_loop() as loop:
        link = loop.call(CotLink, config_of(1), Home(tmp_path), lambda *_: None)
        link.put("over", b"x", final=True)
        for number in range(30):
            link.put(f"track-{number}", b"y")
        assert link.waiting == 10
        assert link._waiting["over"] == (b"x", True)
        assert "track-20" not in link._waiting
        assert "track-21" in link._waiting
        assert link.dropped == 30 + 1 - 10
        link.put("track-29", b"newer")
        assert link.waiting == 10
        assert link._waiting["track-29"] == (b"newer", False)


def test_a_server_that_does_not_read_makes_nobody_wait(tmp_path):
    with (
        socket.create_server(("127.0.0.1", 0)) as deaf,
        an_outlet(config_of(deaf.getsockname()[1]), Home(tmp_path)) as outlet,
    ):
        for number in range(100):
            outlet.take_in(*(skies.track(each) for each in range(1, 40)), skies.verdict(1 + number % 39))
        assert outlet.link.waiting <= cotlink.WAITING_MAX


# ---- what leaves ---------------------------------------------------------------------------------


def a_sky(*concluded, pilots=False, facts=(), names=()):
    sky = Sky(pilots=pilots)
    sky.record_id = "town"
    sky.take(skies.ticked(*concluded, facts=facts, names=names))
    return sky


@pytest.mark.requirement("OUT-2")
@given(
    st.sampled_from(Verdict),
    st.sampled_from((*CLASSES, None)),
    st.sampled_from(Rung),
    st.sampled_from(Phase),
    st.booleans(),
    st.booleans(),
)
def test_nothing_that_may_be_manned_leaves_and_nothing_is_called_hostile(said, kind, rung, phase, manned, simulated):
    told = [skies.track(phase=phase, simulated=simulated), skies.verdict(said=said), skies.existence(rung=rung)]
    told += [skies.identified(manned=manned), *([skies.classified(kind=kind)] if kind else [])]
    sky = a_sky(*told)
    flight = sky.flights[1]
    leaves = marking.leaves(flight, config_of(1, verdicts=ALL, simulated=True))
    held = manned or kind in {"manned_aircraft", "bird"} or rung is Rung.REFUTED or phase is not Phase.ESTABLISHED
    assert leaves is not held
    assert not (marking.leaves(flight, config_of(1, verdicts=ALL)) and simulated)
    event = marking.event(sky, flight, skies.NOW_NS)
    neutral = said in {Verdict.PERMITTED, Verdict.EXEMPT}
    assert event.kind.value.startswith("a-n-" if neutral else "a-u-")
    assert b"a-h" not in cot.encode(event)
    assert b"a-s" not in cot.encode(event)


def test_only_the_verdicts_that_are_asked_for_leave():
    flight = a_sky(skies.track(), skies.verdict(said=Verdict.PERMITTED, clause="permitted")).flights[1]
    assert not marking.leaves(flight, config_of(1))
    assert marking.leaves(flight, config_of(1, verdicts=("permitted",)))


def test_what_turns_out_to_be_manned_is_ended_where_it_was_told_last(tmp_path):
    sky = a_sky()
    one = Tak(config_of(1), Home(tmp_path), sky, lambda *_: None)
    one.take(sky.take(skies.ticked(skies.track(), skies.verdict())))
    one.take(sky.take(skies.ticked(skies.track(lat_e7=-348_000_000), skies.identified(manned=True))))
    (told,) = one.link._waiting.values()
    assert told[1]
    assert b'lat="-34.9000000"' in told[0]
    assert b"No longer told here" in told[0]


@pytest.mark.requirement("OUT-1")
def test_sent_again_it_does_not_look_younger():
    sky = a_sky(skies.track(t_ns=1_000_000_000_000), skies.verdict())
    early, late = (marking.event(sky, sky.flights[1], now_ns) for now_ns in (1_001 * 10**9, 1_020 * 10**9))
    assert early.stale_ns == late.stale_ns == 1_030 * 10**9
    assert early.uid == late.uid == "skykeep-town-track-1"


@pytest.mark.requirement("OUT-2")
@pytest.mark.parametrize("pilots", [False, True])
def test_the_pilot_leaves_only_where_that_is_configured_and_as_claimed(tmp_path, pilots):
    told = [skies.track(), skies.verdict(), skies.identified()]
    sky = Sky(pilots=pilots)
    one = Tak(config_of(1, pilots=pilots), Home(tmp_path), sky, lambda *_: None)
    one.take(sky.take(skies.ticked(*told, facts=[skies.operator_at("place:cccc")], names=skies.PLACES)))
    sent = b"".join(event for event, _ in one.link._waiting.values())
    assert (b"-34.9500000" in sent) is pilots
    assert (b"self-declared, unverified. Send nobody" in sent) is pilots
    assert sent.count(b"<event ") == 1 + pilots


@pytest.mark.parametrize("place", ["", "north", "91.0,0.0", "0,181", "nan,nan", "inf,1", "1"])
def test_a_place_that_is_none_is_not_told(place):
    assert marking._read(place) is None


def test_a_track_that_falls_silent_without_a_word_is_ended_and_forgotten():
    sky = a_sky(skies.track(), skies.verdict())
    change = sky.take(skies.ticked(skies.track(2), now_ns=skies.NOW_NS + 400 * 10**9))
    assert [flight.track_id for flight in change.ended] == [1]
    assert list(sky.flights) == [2]


# ---- configuration -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["tak.example", "tak.example:", ":8089", "tak.example:0", "tak.example:99999", "a:b", "tak..example:8089"],
)
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(Refused, match="no host:port"):
        cotlink.address(CotConfig(name="ops", address=address))


def test_an_address_may_be_ipv6():
    assert cotlink.address(CotConfig(name="ops", address="[::1]:8089")) == ("::1", 8089)


def test_a_verdict_that_there_is_not_is_refused():
    with pytest.raises(Refused, match="hostile"):
        tak.check(config_of(1, verdicts=("hostile",)))


def test_a_certificate_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(Refused, match="certificate or key"):
        cotlink.tls(config_of(1, tls=True, ca_file="missing.pem"), Home(tmp_path))


def test_after_a_restart_people_are_told_of_what_they_were_not_told_of(tmp_path):
    (tmp_path / "hook").write_text("a secret of at least twenty-four bytes")
    (tmp_path / "hook").chmod(0o600)
    with a_hook() as hook, a_loop() as loop:
        one = WebhookConfig(url=f"http://127.0.0.1:{hook.port}/", secret_file="hook")
        for _ in range(2):
            config = Config(notify=NotifyConfig(webhook=[one]))
            outlets = loop.call(Outlets, config, Home(tmp_path), lambda _: None, lambda *_: None)
            outlets.recall([livefacts.zone("HARBOUR", name="The harbour"), skies.incident()])
            loop.call(outlets.start, loop.loop, "town")
            until(lambda: hook.requests, "the message")
            loop.run(outlets.stop())
    assert len(hook.requests) == 1
    assert outlets.sky.zone_name("HARBOUR") == "The harbour"


@pytest.mark.requirement("OUT-4")
def test_nothing_leaves_unless_it_is_configured(tmp_path):
    outlets = Outlets(Config(), Home(tmp_path), lambda _: None, lambda *_: None)
    assert outlets._taks == []


def test_a_tick_that_cannot_be_read_is_told_and_breaks_nothing(tmp_path):
    told = []
    outlets = Outlets(Config(cot=[config_of(1)]), Home(tmp_path), lambda _: None, lambda *said: told.append(said))
    outlets.take(msgspec.structs.replace(skies.ticked(), concluded=[b"\xc1"]))
    assert [each[:3] for each in told] == [(Health.OUTLET, "", False)]
