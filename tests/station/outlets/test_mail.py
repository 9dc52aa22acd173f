"""Messages by e-mail arrive at a real mail server, over TLS that is verified, as plain text and once."""

import contextlib
import email
import email.policy
import ssl

import msgspec
import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from skykeep.errors import Refused, Unavailable
from skykeep.station.config import Home
from skykeep.station.outlets import notices
from skykeep.station.outlets.config import EmailConfig
from skykeep.station.outlets.mail import Mail
from skykeep.station.outlets.sky import Sky
from tests.ports import free_port
from tests.station.outlets import skies
from tests.station.outlets.looped import a_loop
from tests.waiting import PATIENCE_S

SENDER = notices.Sender("Harbour station", "Montevideo", "https://sky.example.org")


class Box:
    """What arrived."""

    def __init__(self, refuse=()):
        self.messages, self.refuse, self.signed_in = [], refuse, []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  # as aiosmtpd calls it
        if address in self.refuse:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  # as aiosmtpd calls it
        read = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.messages.append((list(envelope.rcpt_tos), read, server.transport.get_extra_info("ssl_object") is not None))
        return "250 taken"

    def authenticate(self, server, session, envelope, mechanism, data):
        self.signed_in.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)


@contextlib.contextmanager
def a_server(box, certificate=None, *, implicit=False):
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
    settings = {"ssl_context": context} if implicit else {"tls_context": context, "require_starttls": bool(context)}
    if context is not None and not implicit:
        settings |= {"authenticator": box.authenticate, "auth_required": True}
    server = Controller(box, hostname="127.0.0.1", port=free_port(), ready_timeout=PATIENCE_S, **settings)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


@pytest.fixture
def home(tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    (tmp_path / "password").write_text("right\n")
    (tmp_path / "password").chmod(0o600)
    made = Home(tmp_path)
    made.certificate = authority.issue_cert("127.0.0.1")
    return made


def config_of(port, **settings):
    usual = {"user": "station", "password_file": "password", "ca_file": "ca.pem", "to": ["duty@example.org"]}
    return EmailConfig(host="127.0.0.1", port=port, sender="skykeep@example.org", **(usual | settings))


def a_notice(**changed):
    sky = Sky()
    sky.record_id = "town"
    sky.take(skies.ticked(skies.track(), skies.verdict(zone_id="Puerto Süd")))
    return msgspec.structs.replace(notices.of_incident(SENDER, sky, skies.incident(), notices.OPENED), **changed)


def send(config, home, notice, notes=None):
    mail = Mail(config, home, (notes if notes is not None else []).append)
    with a_loop() as loop:
        loop.run(mail.send(notice))


@pytest.mark.requirement("OUT-5")
def test_a_real_mail_server_gets_what_where_since_when_and_why(home):
    box = Box()
    with a_server(box, home.certificate) as port:
        send(config_of(port), home, a_notice())
    ((to, message, guarded),) = box.messages
    assert (to, guarded) == (["duty@example.org"], True)
    assert box.signed_in == [(b"station", b"right")]
    assert message["Subject"] == "[Harbour station] NOT PERMITTED · Puerto Süd"
    assert message.get_content_type() == "text/plain"
    assert message["Auto-Submitted"] == "auto-generated"
    said = message.get_content()
    for words in (
        "What:  1 flight",
        "Where: Zone Puerto Süd",
        "Since: ",
        "Why:   No permit covers",
        "a person decides",
    ):
        assert words in said
    assert "https://sky.example.org/i/7" in said


def test_tls_from_the_beginning_and_none_on_this_machine(home):
    box = Box()
    with a_server(box, home.certificate, implicit=True) as port:
        send(config_of(port, tls="tls", user=""), home, a_notice())
    with a_server(box) as port:
        send(config_of(port, tls="none", user=""), home, a_notice())
    assert [guarded for _, _, guarded in box.messages] == [True, False]


@pytest.mark.requirement("OUT-6")
def test_a_certificate_that_nobody_vouches_for_gets_nothing(home):
    box = Box()
    with a_server(box, home.certificate) as port, pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
        send(config_of(port, ca_file=""), home, a_notice())
    assert box.messages == box.signed_in == []


def test_a_wrong_password_and_a_server_that_is_gone_are_told(home):
    (home.path / "password").write_text("wrong")
    with a_server(Box(), home.certificate) as port, pytest.raises(Unavailable, match="535"):
        send(config_of(port), home, a_notice())
    with pytest.raises(Unavailable, match="refused"):
        send(config_of(port), home, a_notice())


def test_one_receiver_that_is_refused_does_not_tell_the_others_twice(home):
    box, notes = Box(refuse=("gone@example.org",)), []
    with a_server(box, home.certificate) as port:
        send(config_of(port, to=["gone@example.org", "duty@example.org"]), home, a_notice(), notes)
    assert [to for to, _, _ in box.messages] == [["duty@example.org"]]
    assert "1 of 2 receivers were refused" in notes[0]
    with a_server(Box(refuse=("duty@example.org",)), home.certificate) as port, pytest.raises(Unavailable, match="550"):
        send(config_of(port), home, a_notice())


def test_a_title_cannot_add_a_header(home):
    mail = Mail(config_of(25), home, print)
    message = mail.message(a_notice(title="x\r\nBcc: all@example.org"))
    assert message["Bcc"] is None
    assert message["Subject"].endswith("x  Bcc: all@example.org")


def test_messages_of_one_incident_are_one_thread_each_with_its_own_id(home):
    mail = Mail(config_of(25), home, print)
    first, second = mail.message(a_notice(id="msg_1")), mail.message(a_notice(id="msg_2"))
    assert first["References"] == second["References"]
    assert first["Message-ID"] == "<msg_1@example.org>" != second["Message-ID"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"tls": "maybe"}, "one of"),
        ({"tls": "none"}, "without a password"),
        ({"to": []}, "addresses are wanted"),
        ({"to": ["duty"]}, "addresses are wanted"),
        ({"to": ["a@b.c, d@e.f"]}, "addresses are wanted"),
        ({"to": ["a@b.c\nBcc: d@e.f"]}, "addresses are wanted"),
        ({"password_file": "missing"}, "secret"),
    ],
)
def test_a_configuration_that_would_not_do_is_refused(home, settings, words):
    with pytest.raises(Refused, match=words):
        Mail(config_of(25, **settings), home, print)


def test_without_tls_it_goes_to_this_machine_only(home):
    far = msgspec.structs.replace(config_of(25, tls="none", user=""), host="mail.example.org")
    with pytest.raises(Refused, match="this machine"):
        Mail(far, home, print)
