"""Accounts in words: people with their powers, and what is signed in as them; names of things, never a secret."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from skykeep.rules.powers import Role
from skykeep.station.people import Person
from skykeep.station.peopledevices import Device
from skykeep.station.peoplesensors import SensorKey
from skykeep.station.peoplesessions import Session
from skykeep.station.peopletokens import Token
from skykeep.views import words
from skykeep.web.sensor_rows import DOUBT, OFF, WELL, Stand
from skykeep.web.shell import ROLE
from skykeep.web.words import say

AGENT_MAX = 120
KIND = {"password": "password", "oidc": "another system", "device": "enrolled device"}


class PersonRow(msgspec.Struct, frozen=True, kw_only=True):
    """One account."""

    name: str
    roles: tuple[Role, ...]
    powers: str
    stand: Stand
    enters: str
    factor: str
    factored: bool
    made: str
    changed: str
    gone: bool
    here: bool  # has a password of this station


class TokenRow(msgspec.Struct, frozen=True, kw_only=True):
    """One token."""

    id: str
    label: str
    powers: str
    made: str
    expires: str
    used: str


class DeviceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One phone."""

    id: str
    person: str
    label: str
    powers: str
    stand: Stand
    made: str  # and by whom
    expires: str


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One browser that is signed in."""

    id: str
    kind: str
    agent: str
    powers: str
    made: str
    used: str
    this: bool  # the one that asks


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One key of a sensor."""

    id: str
    sensor_id: str
    made: str
    expires: str


def person(of: Person, *, factor_ns: int | None) -> PersonRow:
    """Return an account in words; `factor_ns`: since when it has a second factor, None where it has none."""
    return PersonRow(
        name=of.name,
        roles=of.roles,
        powers=powers(of.roles),
        stand=_stand(of),
        enters=say("by {name}", name=words.shown(of.issuer, 60)) if of.issuer else say("by password"),
        factor=say("none") if factor_ns is None else say("since {time}", time=words.utc(factor_ns)),
        factored=factor_ns is not None,
        made=words.utc(of.made_ns),
        changed=words.utc(of.changed_ns),
        gone=of.dismissed_ns is not None,
        here=of.issuer is None,
    )


def _stand(of: Person) -> Stand:
    if of.dismissed_ns is not None:
        return Stand(OFF, say("Dismissed"))
    if of.issuer is None and not of.has_password:
        return Stand(DOUBT, say("Invited"))
    return Stand(DOUBT, say("Must choose a password")) if of.must_change else Stand(WELL, say("May sign in"))


def powers(roles: Iterable[Role]) -> str:
    """Return powers in words."""
    return ", ".join(say(ROLE[role]) for role in roles) or say("none")


def token(of: Token) -> TokenRow:
    """Return a token in words, with the powers that its person still has."""
    return TokenRow(
        id=of.id,
        label=words.shown(of.label, 80) or say("(no name)"),
        powers=powers(of.allowed),
        made=words.utc(of.made_ns),
        expires=words.utc(of.expires_ns),
        used=say("never") if of.used_ns is None else words.utc(of.used_ns),
    )


def device(of: Device, now_ns: int) -> DeviceRow:
    """Return a device in words."""
    waits = of.enrolled_ns is None
    over = of.expires_ns <= now_ns
    kind, said = (OFF, say("Over")) if over else (DOUBT, say("Not enrolled")) if waits else (WELL, say("Enrolled"))
    return DeviceRow(
        id=of.id,
        person=of.person,
        label=words.shown(of.label, 80) or say("(no name)"),
        powers=powers(of.roles),
        stand=Stand(kind, said),
        made=say("{time} by {who}", time=words.utc(of.made_ns), who=words.shown(of.made_by, 64)),
        expires=words.utc(of.expires_ns),
    )


def session(of: Session, this: str) -> SessionRow:
    """Return a session in words; `this` is the one that asks."""
    return SessionRow(
        id=of.id,
        kind=say(KIND[of.kind]) if of.kind in KIND else words.shown(of.kind, 20),
        agent=words.shown(of.agent, AGENT_MAX) or say("says nothing of itself"),
        powers=powers(of.roles),
        made=words.utc(of.made_ns),
        used=words.utc(of.used_ns),
        this=of.id == this,
    )


def key(of: SensorKey) -> KeyRow:
    """Return a sensor's key in words."""
    return KeyRow(
        id=of.id,
        sensor_id=words.shown(of.sensor_id, 80),
        made=words.utc(of.made_ns),
        expires="–" if of.expires_ns is None else words.utc(of.expires_ns),
    )
