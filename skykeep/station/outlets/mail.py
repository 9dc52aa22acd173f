"""Messages by e-mail: plain text over SMTP, in a thread of its own so that a slow server makes nobody wait."""

from __future__ import annotations

import asyncio
import email.message
import email.utils
import smtplib
from collections.abc import Callable

from skykeep.errors import Refused, Unavailable
from skykeep.station.config import Home
from skykeep.station.outlets.config import EmailConfig
from skykeep.station.outlets.notices import Notice, text
from skykeep.station.outlets.webhook import on_this_machine, trusting

TRY_S = 20.0  # for each thing that is said to the server
WAYS = ("starttls", "tls", "none")


class Mail:
    """The people who are told by e-mail."""

    name = "email"

    def __init__(self, config: EmailConfig, home: Home, note: Callable[[str], None]) -> None:
        if config.tls not in WAYS:
            raise Refused(f"[notify.email] tls {config.tls!r}: it is one of {', '.join(WAYS)}")
        if config.tls == "none" and (config.user or not on_this_machine(config.host)):
            raise Refused("[notify.email] tls none: only to this machine itself, and without a password")
        if not config.to or any(not _plain(each) for each in (config.sender, *config.to)):
            raise Refused("[notify.email] sender and to: addresses are wanted, such as duty@example.org")
        self.priority_max, self.after_escalation = config.priority_max, config.after_escalation
        self._config, self._note = config, note
        self._password = home.secret(config.password_file) if config.user else ""
        self._tls = trusting(config.ca_file, home)
        self.try_s = TRY_S

    async def send(self, notice: Notice) -> None:
        """Send one message; raises Unavailable with the reason, where the server did not take it."""
        await asyncio.to_thread(self._send, self.message(notice))

    def message(self, notice: Notice) -> email.message.EmailMessage:
        """Return what is sent; all messages of an incident are one thread."""
        domain = self._config.sender.rpartition("@")[2]
        made = email.message.EmailMessage()
        made["Subject"] = f"[{notice.station}] {notice.title}".replace("\n", " ").replace("\r", " ")
        made["From"], made["To"] = self._config.sender, ", ".join(self._config.to)
        made["Date"] = email.utils.formatdate(notice.t_ns / 1e9)
        made["Message-ID"] = f"<{notice.id}@{domain}>"
        if notice.incident_id is not None:
            made["References"] = f"<incident-{notice.incident_id}-{notice.since_ns}@{domain}>"
        made["Auto-Submitted"] = "auto-generated"
        made["X-Priority"] = "1" if notice.priority <= 1 else "3"
        made.set_content(text(notice))
        return made

    def _send(self, message: email.message.EmailMessage) -> None:
        config = self._config
        try:
            with self._connected() as server:
                if config.tls == "starttls":
                    server.starttls(context=self._tls)
                if config.user:
                    server.login(config.user, self._password)
                refused = server.send_message(message)
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            raise Unavailable(f"{config.host}:{config.port}: {type(error).__name__} {error}") from error
        if refused:  # the others have it: to send it again would tell them twice
            self._note(f"e-mail: {len(refused)} of {len(config.to)} receivers were refused by {config.host}")

    def _connected(self) -> smtplib.SMTP:
        config = self._config
        if config.tls == "tls":
            return smtplib.SMTP_SSL(config.host, config.port, timeout=self.try_s, context=self._tls)
        return smtplib.SMTP(config.host, config.port, timeout=self.try_s)


def _plain(address: str) -> bool:
    name, at, domain = address.rpartition("@")
    return bool(name and at and domain) and address.isprintable() and not set(address) & set(" ,;<>\"'()[]\\:")
