"""People on the command line: what is printed once, what is refused, and what the running station is told."""

import threading
import time

import pytest

from skykeep.rules.powers import Role
from skykeep.station import peopledesk
from skykeep.station.config import Home
from skykeep.station.link import Answer, Ask, packed
from skykeep.station.people import People
from skykeep.station.peopledevices import INVITATION
from tests.cli.calling import call, rows


@pytest.fixture(name="home")
def _home(tmp_path):
    home = Home(tmp_path)
    home.file.write_text('name = "Test"\n', "utf-8")
    people = People(home.people)
    people.enrol("root-admin", [Role.ADMIN], 1)
    people.close()
    return home


def ask_file(home, question):
    people = People(home.people)
    try:
        return question(people)
    finally:
        people.close()


class Answering(threading.Thread):
    """A station that answers each ask once."""

    def __init__(self, home, problem=""):
        import socket

        super().__init__(daemon=True)
        home.socket.parent.mkdir()
        self.asks, self.problem, self.server = [], problem, socket.socket(socket.AF_UNIX)
        self.server.bind(str(home.socket))
        self.server.listen()

    def run(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            with connection:
                ask = next(peopledesk._messages(connection))
                assert isinstance(ask, Ask)
                self.asks.append(ask)
                connection.sendall(packed(Answer(ask.number, 7, b"{}", self.problem, "because it must not be")))


@pytest.fixture(name="station")
def _station(home):
    station = Answering(home)
    station.start()
    yield station
    station.server.shutdown(2)
    station.server.close()


def test_somebody_is_added_listed_changed_and_dismissed(home, station):
    invitation = call("people", "add", home.path, "anna", "duty_officer", "publisher").stdout.strip()
    page, code = invitation.split("#")
    assert page == "/welcome"
    assert ask_file(home, lambda people: people.devices.about(INVITATION, code, 0)) == "anna"
    assert "anna        duty_officer publisher  invited" in call("people", "list", home.path).stdout
    call("people", "roles", home.path, "anna", "auditor", "--reason", "moved")
    assert rows(call("people", "list", home.path, "--json"))[0]["roles"] == ["auditor"]
    token = call("people", "token", home.path, "anna", "auditor", "--label", "export").stdout.strip()
    assert ask_file(home, lambda people: people.tokens.find(token, 0)).label == "export"
    assert call("people", "invite", home.path, "anna", "--reason", "lost").stdout.startswith("/welcome#ski_")
    assert ask_file(home, lambda people: people.tokens.find(token, 0)) is None
    call("people", "dismiss", home.path, "anna", "--reason", "left")
    assert "dismissed" in call("people", "list", home.path).stdout
    acts = [ask.action for ask in station.asks]
    assert acts == ["person.enrol", "person.change", "token.make", "person.change", "person.dismiss"]
    assert all(ask.person.endswith("at the station's machine") for ask in station.asks)


def test_a_sensor_gets_a_key_and_loses_it(home, station):
    key = call("people", "key", home.path, "north").stdout.strip()
    assert ask_file(home, lambda people: people.sensors.verify(key, 0)) == "north"
    assert "1 keys of north ended" in call("people", "key", home.path, "north", "--withdraw").stderr
    assert ask_file(home, lambda people: people.sensors.verify(key, 0)) is None
    assert [ask.action for ask in station.asks] == ["sensor.key", "sensor.withdraw"]
    assert key not in repr(station.asks)


@pytest.mark.requirement("STATION-PEOPLE-12")
def test_a_second_factor_is_enrolled_at_the_machine_and_reset(home, station, monkeypatch):
    import click

    from skykeep.station import totp

    def typed(_words, *, err):
        assert err
        (secret,) = ask_file(home, lambda people: people.db.row("SELECT secret FROM factor_offers"))
        return totp.code(secret, totp.step(time.time_ns()))

    monkeypatch.setattr(click, "prompt", typed)
    shown = call("people", "factor", home.path, "root-admin")
    codes = shown.stdout.split()
    assert len(codes) == 8
    assert "otpauth://totp/Test:root-admin?secret=" in shown.stderr
    assert "▀" in shown.stderr
    assert "root-admin  admin  invited, second factor" in call("people", "list", home.path).stdout
    assert ask_file(home, lambda people: people.factors.use("root-admin", codes[7], time.time_ns())) == "recovery code"
    call("people", "reset-factor", home.path, "root-admin", "--reason", "lost")
    assert ask_file(home, lambda people: people.factors.held("root-admin")) is None
    assert [(ask.action, ask.reason) for ask in station.asks] == [("factor.enrol", ""), ("factor.reset", "lost")]
    assert "otpauth" not in repr(station.asks)


def test_a_wrong_code_enrols_nothing_at_the_machine(home, monkeypatch):
    import click

    monkeypatch.setattr(click, "prompt", lambda _words, *, err: "no code")
    result = call("people", "factor", home.path, "root-admin")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert ask_file(home, lambda people: people.factors.held("root-admin")) is None


def test_where_no_station_runs_it_is_said_that_nothing_is_recorded(home):
    assert "not recorded" in call("people", "add", home.path, "anna", "pilot").stderr


def test_what_the_station_refuses_is_not_done(home):
    station = Answering(home, "refused")
    station.start()
    result = call("people", "add", home.path, "anna", "pilot")
    station.server.shutdown(2)
    station.server.close()
    assert result.exit_code == 2
    assert "because it must not be" in result.stderr
    assert ask_file(home, lambda people: people.find("anna")) is None


@pytest.mark.parametrize(
    "words",
    [
        ("add", "DIR", "anna", "king"),
        ("add", "DIR", "Anna", "pilot"),
        ("add", "DIR", "root-admin", "admin"),
        ("roles", "DIR", "root-admin", "pilot", "--reason", "x"),
        ("dismiss", "DIR", "root-admin", "--reason", "x"),
        ("token", "DIR", "root-admin", "auditor"),
        ("token", "DIR", "root-admin", "admin", "--days", "9999"),
        ("token", "DIR", "nobody", "admin"),
        ("key", "DIR", "no such name"),
        ("factor", "DIR", "nobody"),
        ("reset-factor", "DIR", "root-admin", "--reason", "x"),
        ("list", "DIR/none"),
    ],
)
def test_what_must_not_be_is_refused_with_a_reason(home, words):
    result = call("people", *(word.replace("DIR", str(home.path)) for word in words))
    assert result.exit_code == 2
    assert result.stderr.startswith("skykeep: ")
    assert [person.name for person in ask_file(home, lambda people: people.all())] == ["root-admin"]
