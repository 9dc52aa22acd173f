"""People are told once of what is worth it, whoever sleeps, fails, crawls or restarts in between."""

import base64
import contextlib
import hashlib
import hmac
import json
import sqlite3
import threading

import httpx
import msgspec
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Refused, Unavailable
from skykeep.facts.acted import Health, HealthObserved
from skykeep.facts.concluded import AlarmChanged, Rung, Verdict
from skykeep.station.config import Config, Home
from skykeep.station.outlets import calling, notices, signing, webhook
from skykeep.station.outlets.config import EmailConfig, NotifyConfig, WebhookConfig
from skykeep.station.outlets.notifying import Notifying, Pace
from skykeep.station.outlets.outbox import Outbox
from skykeep.station.outlets.sky import Sky
from tests.station.outlets import skies
from tests.station.outlets.hooks import a_hook
from tests.station.outlets.looped import a_loop
from tests.waiting import until

QUICK = Pace(retry_min_s=0.02, retry_max_s=0.1, look_s=0.05, stop_s=0.3)
SECRET = b"a secret of at least twenty-four bytes"


def hook_of(hook, name="duty", **settings):
    scheme = settings.pop("scheme", "http")
    return WebhookConfig(
        url=f"{scheme}://127.0.0.1:{hook.port}/told", secret_file="secrets/hook", name=name, **settings
    )


def station_of(*hooks, **settings):
    return Config(
        name="Harbour station",
        place="Montevideo",
        notify=NotifyConfig(webhook=list(hooks), public_url="https://sky.example.org/", **settings),
    )


class Told:
    """A running Notifying, fed with ticks."""

    def __init__(self, loop, config, home, record="town"):
        self.loop, self.health, self.notes = loop, [], []
        self.sky = Sky()
        self.sky.record_id = record
        self.one = loop.call(
            Notifying, config, home, self.sky, self.notes.append, lambda *said: self.health.append(said), pace=QUICK
        )
        loop.call(self.one.start, loop.loop, record)

    def take(self, *concluded, **named):
        self.loop.call(lambda: self.one.take(self.sky.take(skies.ticked(*concluded, **named))))

    @property
    def ill(self):
        """What was told not to be well."""
        return [said for said in self.health if not said[2]]

    def waiting(self):
        return self.loop.run(self.one._ask(self.one._outbox.receivers))

    def stop(self):
        self.loop.run(self.one.stop())


@pytest.fixture
def home(tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "hook").write_bytes(SECRET)
    (tmp_path / "secrets" / "hook").chmod(0o600)
    return Home(tmp_path)


@contextlib.contextmanager
def telling(config, home, **named):
    with a_loop() as loop:
        told = Told(loop, config, home, **named)
        try:
            yield told
        finally:
            told.stop()


def bodies(hook):
    return [json.loads(body) for _, _, body in hook.requests]


def kinds(hook):
    return [body["type"] for body in bodies(hook)]


# ---- webhooks ------------------------------------------------------------------------------------


@pytest.mark.capability(
    "People told of incidents once, by signed webhook, e-mail or Web Push; the next ones when nobody answers"
)
@pytest.mark.requirement("OUT-5")
def test_an_incident_is_told_with_what_where_since_when_and_why(home):
    with a_hook() as hook, telling(station_of(hook_of(hook)), home) as told:
        told.take(skies.track(), skies.verdict(), skies.classified(), skies.incident())
        until(lambda: hook.requests, "a message")
    (path, _, _), (body,) = hook.requests[0], bodies(hook)
    data = body["data"]
    assert (path, body["type"]) == ("/told", "incident.opened")
    assert data["title"] == "NOT PERMITTED · HARBOUR"
    assert data["what"] == "1 flight, corroborated, likely multirotor"
    assert "-34.90000, -56.20000" in data["where"]
    assert data["why"].startswith(
        "No permit covers this flight in zone HARBOUR. Clause no_permit, zone HARBOUR version 1"
    )
    assert data["since_ns"] == skies.OPENED.opened_ns
    assert data["link"] == "https://sky.example.org/i/7"
    assert data["decides"] == "A machine's verdict; a person decides."


@pytest.mark.requirement("OUT-6")
def test_whoever_has_the_secret_can_tell_that_we_said_it(home):
    with a_hook() as hook, telling(station_of(hook_of(hook)), home) as told:
        told.take(skies.track(), skies.verdict(), skies.incident())
        until(lambda: hook.requests, "a message")
    _, headers, body = hook.requests[0]
    named = {name.lower(): value for name, value in headers.items()}
    signed = f"{named['webhook-id']}.{named['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    assert named["webhook-signature"] == f"v1,{wanted}"


@given(st.binary(max_size=300), st.binary(max_size=300), st.binary(min_size=24, max_size=60))
def test_another_body_or_secret_has_another_signature(first, second, secret):
    one = signing.headers([secret], "id", 1, first)["webhook-signature"]
    assert (one == signing.headers([secret], "id", 1, second)["webhook-signature"]) is (first == second)
    assert one != signing.headers([secret + b"x"], "id", 1, first)["webhook-signature"]


def test_the_vector_of_standard_webhooks():
    # https://github.com/standard-webhooks/standard-webhooks, spec: the example of a signature
    secrets = signing.secrets_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = signing.headers(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_two_secrets_sign_side_by_side():
    secrets = signing.secrets_of("whsec_" + base64.b64encode(b"n" * 32).decode() + "\n" + SECRET.decode() + "\n")
    said = signing.headers(secrets, "id", 1, b"{}")["webhook-signature"].split(" ")
    assert said[0] == signing.headers(secrets[:1], "id", 1, b"{}")["webhook-signature"]
    assert said[1] == signing.headers([SECRET], "id", 1, b"{}")["webhook-signature"]


def a_notice():
    sky = Sky()
    sky.take(skies.ticked(skies.track()))
    return notices.of_incident(
        notices.Sender("Harbour station", "Montevideo", ""), sky, skies.incident(), notices.OPENED
    )


def test_a_secret_is_changed_without_a_gap_and_without_a_restart(home):
    """Old and new sign side by side, then the new one alone; while the file holds none, nothing is sent or lost."""
    file, new = home.path / "secrets" / "hook", b"new" * 12
    with a_hook() as hook, a_loop() as loop:
        sender = webhook.Webhook(hook_of(hook), home)
        for text in (SECRET, SECRET + b"\n" + new, new):
            file.write_bytes(text)
            loop.run(sender.send(a_notice()))
        file.write_bytes(b"")
        with pytest.raises(Unavailable, match="empty"):
            loop.run(sender.send(a_notice()))
    signed = [{name.lower(): value for name, value in headers.items()} for _, headers, _ in hook.requests]
    assert [named["webhook-signature"].count("v1,") for named in signed] == [1, 2, 1]


@pytest.mark.parametrize("text", ["", "\n", "short", "whsec_???", "whsec_c2hvcnQ="])
def test_a_secret_that_is_none_is_refused(text):
    with pytest.raises(Refused, match="secret"):
        signing.secrets_of(text)


@pytest.mark.requirement("OUT-6")
def test_a_server_that_fails_is_asked_again_with_the_same_id_and_told_of(home):
    with a_hook([500, 503, 500, 200]) as hook, telling(station_of(hook_of(hook)), home) as told:
        told.take(skies.track(), skies.verdict(), skies.incident())
        until(lambda: len(hook.requests) == 4 and told.waiting() == [], "the fourth try")
        until(lambda: told.ill and told.health[-1][2], "that it is well again")
    ids = {headers["webhook-id"] for _, headers, _ in hook.requests}
    assert len(ids) == 1
    assert [each[:3] for each in told.health if each[1] != "outbox"] == [
        (Health.NOTIFYING, "webhook:duty", False),
        (Health.NOTIFYING, "webhook:duty", True),
    ]


@pytest.mark.requirement("OUT-6")
def test_what_nobody_takes_in_time_is_given_up_and_told_of(home):
    with a_hook([500]) as hook, telling(station_of(hook_of(hook), give_up_s=0.2), home) as told:
        told.take(skies.track(), skies.verdict(), skies.incident())
        until(told.one._outbox.given_up, "that it is given up")
        assert told.waiting() == []
        until(lambda: told.ill, "that it is told")
    assert told.ill[0][:3] == (Health.NOTIFYING, "webhook:duty", False)
    assert "answers 500" in told.ill[0][3]


@pytest.mark.requirement("OUT-6")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_answer_can_send_us_elsewhere(home, status):
    with a_hook() as elsewhere:
        there = (("location", f"http://127.0.0.1:{elsewhere.port}/"),)
        with a_hook([status], headers=there) as hook, telling(station_of(hook_of(hook)), home) as told:
            told.take(skies.track(), skies.verdict(), skies.incident())
            until(lambda: told.ill, "that it does not get out")
        assert elsewhere.requests == []
        assert "elsewhere" in told.ill[0][3]


def test_a_server_that_hangs_holds_nobody_else(home):
    with a_hook(hang=threading.Event()) as slow, a_hook() as quick:
        config = station_of(hook_of(slow, "slow"), hook_of(quick, "quick"))
        with telling(config, home) as told:
            told.one.receivers["webhook:slow"].try_s = 0.2
            told.take(skies.track(), skies.verdict(), skies.incident())
            until(lambda: quick.requests, "the other one's message")
            until(lambda: told.ill, "that the slow one is told of")
        assert told.ill[0][1] == "webhook:slow"
        assert len(quick.requests) == 1


def test_a_webhook_is_asked_over_tls_that_is_verified(home):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(home.path / "ca.pem")
    with a_hook(certificate=authority.issue_cert("127.0.0.1")) as hook:
        known = hook_of(hook, "known", scheme="https", ca_file="ca.pem")
        stranger = hook_of(hook, "stranger", scheme="https")
        with telling(station_of(known, stranger), home) as told:
            told.take(skies.track(), skies.verdict(), skies.incident())
            until(lambda: told.ill and hook.requests, "one message, and one that is refused")
        assert len(hook.requests) == 1
        assert told.ill[0][1] == "webhook:stranger"


@pytest.mark.parametrize(
    "url", ["http://example.org/", "ftp://example.org/", "example.org", "https://", "http://10.0.0.1/"]
)
def test_an_address_that_is_not_guarded_is_refused(home, url):
    with pytest.raises(Refused, match="https is wanted"):
        webhook.Webhook(WebhookConfig(url=url, secret_file="secrets/hook"), home)


def test_two_receivers_of_one_name_are_refused(home):
    twice = WebhookConfig(url="https://example.org/", secret_file="secrets/hook")
    with pytest.raises(Refused, match="two receivers"):
        Notifying(station_of(twice, twice), home, Sky(), print, lambda *_: None)


def test_a_secret_that_is_missing_is_refused(tmp_path):
    with pytest.raises(Refused, match="secret"):
        webhook.Webhook(WebhookConfig(url="https://example.org/", secret_file="none"), Home(tmp_path))


def test_an_answer_is_not_read(home):
    async def asked(port):
        context = webhook.trusting("", home)
        return await webhook.post(httpx.URL(f"http://127.0.0.1:{port}/"), b"{}", {}, tls=context)

    with a_hook([204]) as hook, a_loop() as loop:
        assert loop.run(asked(hook.port)) == 204
    with a_loop() as loop, pytest.raises(Unavailable, match="127"):
        loop.run(asked(hook.port))


# ---- who is told of what -------------------------------------------------------------------------


@pytest.mark.requirement("OUT-5")
def test_an_incident_is_told_once_for_each_thing_that_is_worth_it(home):
    with a_hook() as hook, telling(station_of(hook_of(hook)), home) as told:
        told.take(skies.track(), skies.verdict(), skies.incident())
        told.take(skies.incident(t_ns=1, notes=1))  # a note wakes nobody
        told.take(skies.incident(t_ns=2, rung=Rung.CONFIRMED))
        told.take(skies.incident(t_ns=3, alarm_state="acknowledged"))
        told.take(skies.incident(t_ns=4, alarm_state="unacknowledged", events=2))
        told.take(skies.incident(t_ns=5, events=2, escalation=1))
        told.take(skies.incident(t_ns=6, events=2, escalation=1, state="closed", alarm_state="normal"))
        told.take(skies.incident(t_ns=7, events=2, escalation=1, state="closed", alarm_state="normal", notes=2))
        until(lambda: len(hook.requests) >= 4 and told.waiting() == [], "four messages")
    assert kinds(hook) == ["incident.opened", "incident.again", "incident.escalated", "incident.closed"]


@pytest.mark.requirement("OUT-6")
def test_a_number_that_was_lost_with_what_it_stood_for_is_told_as_another_incident(home):
    with a_hook() as hook, telling(station_of(hook_of(hook)), home) as told:
        told.take(skies.track(), skies.verdict(), skies.incident())
        until(lambda: len(hook.requests) == 1, "the first")
        told.take(skies.incident(opened_ns=skies.OPENED.opened_ns + 5, t_ns=skies.OPENED.t_ns + 5))
        until(lambda: len(hook.requests) >= 2 and told.waiting() == [], "the second")
    assert kinds(hook) == ["incident.opened", "incident.opened"]


@pytest.mark.requirement("OUT-5")
@pytest.mark.parametrize("state", ["suppressed_by_design", "shelved", "out_of_service", "normal", "acknowledged"])
def test_what_does_not_sound_wakes_nobody(state):
    assert calling.kind_of(None, skies.incident(alarm_state=state)) is None


@pytest.mark.requirement("OUT-7")
def test_escalation_tells_the_next_ones_too(home):
    with a_hook() as first, a_hook() as second, a_hook() as picky:
        config = station_of(
            hook_of(first), hook_of(second, "chief", after_escalation=1), hook_of(picky, "picky", priority_max=1)
        )
        with telling(config, home) as told:
            told.take(skies.track(), skies.verdict(), skies.incident(priority=2))
            until(lambda: first.requests, "the first message")
            told.take(skies.incident(t_ns=1, priority=2, escalation=1))
            until(lambda: second.requests, "the next one's")
            told.take(skies.incident(t_ns=2, priority=2, escalation=1, state="closed", alarm_state="normal"))
            until(lambda: len(second.requests) == 2 and len(first.requests) == 3, "that it is closed")
    assert kinds(first) == ["incident.opened", "incident.escalated", "incident.closed"]
    assert kinds(second) == ["incident.escalated", "incident.closed"]
    assert picky.requests == []


MOVES = st.builds(
    skies.incident,
    t_ns=st.integers(0, 50),
    state=st.sampled_from(["open", "open", "open", "closed", "merged"]),
    alarm_state=st.sampled_from(["unacknowledged", "acknowledged", "normal", "suppressed_by_design"]),
    priority=st.integers(1, 3),
    escalation=st.integers(0, 3),
    notes=st.integers(0, 3),
)


@given(st.lists(MOVES, max_size=30))
def test_nobody_is_told_twice_of_the_same_and_closed_only_what_was_opened(moves):
    before = None
    for moved in moves:
        kind = calling.kind_of(before, moved)
        assert calling.kind_of(calling.Known(moved, ["duty"]), moved) is None  # the same once more
        if kind in {notices.CLOSED, notices.MERGED}:
            assert before.told == ["duty"]
            assert before.moved.state == "open"
        to = [] if kind is None else ["duty"]
        before = calling.Known(moved, list(dict.fromkeys([*([] if before is None else before.told), *to])))


@pytest.mark.requirement("OUT-7")
def test_the_watch_that_is_ill_is_told_of_and_that_it_is_well_again(home):
    ill = HealthObserved(
        what=Health.SENSOR_SILENT, subject="roof", well=False, unseen="Nothing is heard west of the harbour.",
        value=None, unit="", t_ns=5,
    )  # fmt: skip
    alarm = AlarmChanged(
        alarm_id=3, track_id=0, reason="health:sensor_silent:roof", state="unacknowledged", priority=2, t_ns=6
    )
    with a_hook() as hook, telling(station_of(hook_of(hook)), home) as told:
        told.take(alarm, facts=[ill])
        told.take(msgspec.structs.replace(alarm, state="acknowledged", t_ns=7))
        told.take(msgspec.structs.replace(alarm, state="normal", t_ns=8))
        told.take(msgspec.structs.replace(alarm, state="normal", t_ns=9))
        until(lambda: len(hook.requests) >= 2 and told.waiting() == [], "two messages")
    assert kinds(hook) == ["watch.ill", "watch.well"]
    first = bodies(hook)[0]["data"]
    assert first["title"] == "A sensor is silent: roof"
    assert first["why"] == "Nothing is heard west of the harbour."


# ---- restarts ------------------------------------------------------------------------------------


@pytest.mark.requirement("OUT-6")
def test_a_restart_repeats_nothing_and_loses_nothing(home):
    with a_hook([500]) as hook:
        config = station_of(hook_of(hook))
        with telling(config, home) as told:
            told.take(skies.track(), skies.verdict(), skies.incident())
            until(lambda: hook.requests, "a try")
        hook.answers = [200]
        before = len(hook.requests)
        with telling(config, home) as told:
            until(lambda: len(hook.requests) > before and told.waiting() == [], "the message of before")
            told.take(skies.incident())  # the record says again how it is
            told.take(skies.incident(t_ns=2, state="closed", alarm_state="normal"))
            until(lambda: "incident.closed" in kinds(hook), "that it is closed")
        assert kinds(hook)[before:] == ["incident.opened", "incident.closed"]


def test_another_record_begins_anew(home):
    with a_hook() as hook:
        for record in ("town", "other"):
            with telling(station_of(hook_of(hook)), home, record=record) as told:
                told.take(skies.incident())
                until(lambda: told.waiting() == [] and hook.requests, "a message")
        until(lambda: len(hook.requests) == 2, "one of each record")
    assert len({headers["webhook-id"] for _, headers, _ in hook.requests}) == 2


def test_a_disk_that_takes_nothing_does_not_silence_it(home):
    with a_hook() as hook, telling(station_of(hook_of(hook)), home) as told:
        told.loop.run(told.one._ask(told.one._outbox._database.execute, "DROP TABLE incidents"))
        told.take(skies.incident())
        until(lambda: hook.requests, "the message all the same")
        until(lambda: told.ill, "that the disk is told of")
    assert told.ill[0][:3] == (Health.NOTIFYING, "outbox", False)


def test_a_disk_that_cannot_strike_a_message_off_does_not_have_it_sent_again(home, monkeypatch):
    with a_hook() as hook, telling(station_of(hook_of(hook)), home) as told:
        sent, failed = told.one._outbox.sent, []

        def failing(number):
            if len(failed) < 3:
                failed.append(number)
                raise sqlite3.OperationalError("disk I/O error")
            sent(number)

        monkeypatch.setattr(told.one._outbox, "sent", failing)
        told.take(skies.track(), skies.verdict(), skies.incident())
        until(lambda: ("outbox", False) in [(each[1], each[2]) for each in told.health], "that the disk is told of")
        until(lambda: not told.waiting(), "that it is struck off")
        until(lambda: told.health[-1][1:3] == ("outbox", True), "that the disk is well again")
    assert len(failed) == 3
    assert kinds(hook) == ["incident.opened"]


def test_a_message_of_another_version_is_given_up_and_holds_up_no_other(home):
    outbox = Outbox(home.path / "outlets.db")
    outbox.put_ill("town", 1, ["webhook:duty"], "old", b'{"form": 0}', 0.0, ["webhook:duty"])
    outbox.close()
    with a_hook() as hook, telling(station_of(hook_of(hook)), home) as told:
        until(told.one._outbox.given_up, "that it is given up")
        told.take(skies.track(), skies.verdict(), skies.incident())
        until(lambda: hook.requests, "a message")
    assert kinds(hook) == ["incident.opened"]
    assert any("another version" in note for note in told.notes)


def test_the_file_is_for_its_owner_alone(tmp_path):
    Outbox(tmp_path / "outlets.db").close()
    assert (tmp_path / "outlets.db").stat().st_mode & 0o077 == 0


def test_a_file_that_is_none_is_told(tmp_path):
    (tmp_path / "outlets.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(Unavailable, match="nobody would be told"):
        Outbox(tmp_path / "outlets.db")


def test_what_is_given_up_does_not_grow_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr("skykeep.station.outlets.outbox.GIVEN_UP_MAX", 5)
    outbox = Outbox(tmp_path / "outlets.db")
    for number in range(20):
        outbox.put_ill("town", number, [], f"m{number}", b"{}", 0.0, ["duty"])
        outbox.give_up(outbox.due("duty", 1.0).number, "nobody")
    assert [message for message, _, _ in outbox.given_up()] == [f"m{number}" for number in range(15, 20)]
    outbox.close()
    with contextlib.suppress(sqlite3.ProgrammingError):
        outbox.given_up()


# ---- what is said --------------------------------------------------------------------------------

SENDER = notices.Sender("Harbour station", "Montevideo", "https://sky.example.org")


@pytest.mark.requirement("OUT-5")
@pytest.mark.parametrize("about", ["not_permitted", "identity_contradicted", "group:4", "by_hand", "no such reason"])
@pytest.mark.parametrize("said", Verdict)
def test_no_message_holds_a_personal_value(about, said):
    sky = Sky(pilots=True)
    names = [*skies.PLACES]
    told = [skies.track(), skies.verdict(said=said), skies.identified(operator_id="opr:dddd"), skies.existence()]
    sky.take(skies.ticked(*told, facts=[skies.operator_at("place:cccc")], names=names))
    notice = notices.of_incident(SENDER, sky, skies.incident(about=about, holder="person:eeee"), notices.OPENED)
    whole = notices.text(notice) + msgspec.json.encode(notice).decode()
    for secret in ("uas:", "opr:", "place:", "person:", "tx:", "-34.95", "-56.25"):
        assert secret not in whole


def test_an_invented_flight_is_told_as_one():
    sky = Sky()
    sky.take(skies.ticked(skies.track(simulated=True), skies.verdict()))
    notice = notices.of_incident(SENDER, sky, skies.incident(), notices.ESCALATED)
    assert notice.title == "SIMULATED · Escalated · NOT PERMITTED · HARBOUR"


def test_an_incident_whose_flight_is_gone_is_told_all_the_same():
    notice = notices.of_incident(SENDER, Sky(), skies.incident(state="merged", merged_into=3), notices.MERGED)
    assert notice.title == "Merged · Not permitted"
    assert notice.why == "It became part of incident 3."
    assert "No place known" in notices.text(notice)


def test_text_from_outside_cannot_steer_a_message():
    sky = Sky()
    sky.take(skies.ticked(skies.track(), skies.verdict(zone_id="A\r\nBcc: x@y\u202e")))
    notice = notices.of_incident(SENDER, sky, skies.incident(), notices.OPENED)
    assert "\r" not in notices.text(notice)
    assert "\u202e" not in notices.text(notice)
    assert "\nBcc" not in notices.text(notice)


def test_mail_alone_makes_it_active(home):
    config = Config(notify=NotifyConfig(email=EmailConfig(host="localhost", sender="a@b.c", to=["d@e.f"])))
    assert Notifying(config, home, Sky(), print, lambda *_: None).active
    assert not Notifying(Config(), home, Sky(), print, lambda *_: None).active
