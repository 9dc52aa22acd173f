"""`[web]`, `[people]` and `[oidc]` of a station's configuration: where the web listens, and how people sign in."""

from __future__ import annotations

import enum

import msgspec


class SecondFactor(enum.Enum):
    """Who must have a second factor to sign in with a password; whoever has one is always asked for it."""

    OPTIONAL = "optional"  # nobody
    REQUIRED = "required"  # everybody but pilots, and accounts of machines


class PeopleConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[people]`: what is asked of the passwords of this station; a provider asks for what it likes."""

    second_factor: SecondFactor = SecondFactor.OPTIONAL  # "required": officers, auditors and admins need one
    breached_passwords: str = ""  # file of SHA-1 hashes in hex, sorted, one a line: what stands there is no password


class WebConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[web]`: where people and machines reach the station."""

    host: str = "127.0.0.1"  # address to listen at; "0.0.0.0" is all of this machine
    port: int = 8740  # 0 takes a free one
    certificate_file: str = ""  # TLS; "" is plain HTTP, which is for this machine only
    key_file: str = ""  # of `certificate_file`
    public_url: str = ""  # as browsers see it, where a proxy stands before it
    trust_proxy: bool = False  # take the client's address from X-Forwarded-For
    session_idle_s: float = 1_800.0  # a session ends when nothing was done in it for so long
    session_max_s: float = 43_200.0  # and after this in any case
    sign_in_tries: int = 5  # wrong passwords in `lock_out_s` before an account waits that long
    lock_out_s: float = 300.0  # how long
    requests_per_minute: int = 600  # of one address or token
    body_max_bytes: int = 16_000_000  # of one request
    header_s: float = 10.0  # a request whose headers are not complete by then is cut off
    body_s: float = 60.0  # ... and one whose body is not
    keep_alive_s: float = 20.0  # an idle connection is closed after so long
    connections_max: int = 1_000  # at once
    connections_each_max: int = 0  # of one address; 0: a quarter of connections_max; not counted behind a proxy
    desk_phone: str = ""  # whom to call where the console is not connected
    office_keys: list[str] = []  # verification keys of permit offices, whose credentials are checked
    status_lists: list[str] = []  # files of what those offices withdrew, signed


class OidcConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[oidc]`: sign-in by an OpenID Connect provider; local accounts go on working."""

    issuer: str  # its URL, as it calls itself
    client_id: str  # what this station is called there
    client_secret_file: str  # the secret that goes with it
    name: str = "Single sign-on"  # on the button
    hosts: list[str] = []  # of the provider, besides the one of `issuer`, that its own description may name
    role_claim: str = "roles"  # which claim names powers
    roles: dict[str, list[str]] = {}  # value of that claim -> powers; what is not here gives none
