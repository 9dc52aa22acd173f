"""`[notify]` and `[[cot]]` of a station's configuration: who is told, and which systems get tracks."""

from __future__ import annotations

import msgspec


class WebhookConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[notify.webhook]]`: a signed POST for each thing worth waking somebody for."""

    url: str  # https; http on this machine only
    secret_file: str  # signs each message (HMAC-SHA256); several lines: each signs, so that a key can be changed
    name: str = ""  # how it is told of; "": the host of `url`
    priority_max: int = 2  # incidents of this priority and more urgent ones
    after_escalation: int = 0  # only once an incident was escalated so often
    ca_file: str = ""  # who is trusted; "": whom the system trusts


class EmailConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[notify.email]`: messages by SMTP."""

    host: str  # of the mail server
    port: int = 587  # of the mail server
    tls: str = "starttls"  # "starttls", "tls"; "none" on this machine only
    user: str = ""  # "": nobody signs in
    password_file: str = ""  # the password of `user`
    sender: str  # address that messages come from
    to: list[str]  # addresses that they go to
    priority_max: int = 1  # incidents of this priority and more urgent ones
    after_escalation: int = 0  # only once an incident was escalated so often
    ca_file: str = ""  # who is trusted; "": whom the system trusts


class NotifyConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[notify]`: who is told of incidents."""

    public_url: str = ""  # of the station, for links in messages
    webhook: list[WebhookConfig] = []
    email: EmailConfig | None = None
    web_push: bool = False  # to browsers that officers subscribed
    web_push_contact: str = ""  # e-mail address of whoever answers for it (VAPID, RFC 8292)
    give_up_s: float = 3_600.0  # a message that nobody took for so long is given up


class CotConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[cot]]`: tracks as Cursor on Target to a TAK server. Who receives tracks may use them for engagement."""

    name: str  # how it is told of
    address: str  # host:port
    tls: bool = True  # without it everybody on the way can read and change what is sent
    ca_file: str = ""  # who is trusted; "": whom the system trusts
    certificate_file: str = ""  # ours, for mutual TLS
    key_file: str = ""  # of `certificate_file`
    server_name: str = ""  # what the server's certificate is to say, where that is not the host of `address`
    interval_s: float = 5.0  # each track again, at least so often
    pilots: bool = False  # the place that an operator claims, as a point of its own
    verdicts: tuple[str, ...] = ("not_permitted", "cannot_tell")  # which tracks leave; manned aircraft never do
    simulated: bool = False  # invented tracks too, marked as such
