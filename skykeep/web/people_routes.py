"""/api/v1/people, tokens, devices, sessions, password, sensor keys: who may sign in, and with what.

Each act is recorded by the station first and done when that is durable; where the station is not there, nothing is
done. What is shown once (invitations, codes, tokens, keys) stands in that one answer and nowhere else: neither in the
record nor in a log nor in an answer that is kept for an Idempotency-Key.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from skykeep.errors import Refused
from skykeep.rules.powers import Role
from skykeep.station import asked, peopledevices, peopletokens, qr
from skykeep.station.people import People, Person
from skykeep.station.peopledb import new_id
from skykeep.station.peopledevices import Device
from skykeep.station.peoplesensors import SensorKey
from skykeep.station.peoplesessions import Session, is_fresh
from skykeep.station.peopletokens import Token
from skykeep.web.entering import guard_of
from skykeep.web.noting import note
from skykeep.web.problems import not_there
from skykeep.web.sign_in import change_password
from skykeep.web.site import site_of
from skykeep.web.untelling import untold

log = logging.getLogger("skykeep.web.people")
ASKS = Request[Any, Any, Any]
NS = 1_000_000_000
NAME_MAX = 64
Words = Annotated[str, Meta(min_length=1, max_length=2_000)]
Name = Annotated[str, Meta(min_length=1, max_length=NAME_MAX)]
Label = Annotated[str, Meta(max_length=80)]
Secret = Annotated[str, Meta(max_length=512)]
Roles = Annotated[tuple[Role, ...], Meta(max_length=len(Role))]


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Encoding shared by all bodies."""


class Enrol(_Body, frozen=True, kw_only=True):
    """A new account; its person chooses the password, by an invitation."""

    name: Name
    roles: Roles


class Change(_Body, frozen=True, kw_only=True):
    """Other powers of a person, a new invitation, or an end to all that is signed in."""

    reason: Words
    roles: Roles | None = None  # None: as they are
    invite: bool = False  # the password is forgotten, and another one chosen by an invitation
    sign_out: bool = False  # ends sessions, tokens and devices


class Reason(_Body, frozen=True, kw_only=True):
    """Why; it stands in the record."""

    reason: Words


class MakeToken(_Body, frozen=True, kw_only=True):
    """A token of one's own."""

    label: Label
    roles: Roles
    days: Annotated[float, Meta(gt=0, le=peopletokens.DAYS_MAX)] = 90.0


class EnrolDevice(_Body, frozen=True, kw_only=True):
    """A phone of a person."""

    person: Name
    label: Label
    roles: Roles = (Role.FIELD_OFFICER,)
    days: Annotated[float, Meta(gt=0, le=peopledevices.DAYS_MAX)] = peopledevices.DAYS_DEFAULT


class NewPassword(_Body, frozen=True, kw_only=True):
    """Another password; all other sessions end."""

    current: Secret
    password: Secret
    keep_tokens: bool = False  # and devices; else they end too


class MakeSensorKey(_Body, frozen=True, kw_only=True):
    """A key of a sensor; the one before holds on for a while."""

    overlap_hours: Annotated[float, Meta(ge=0, le=24 * 31)] = 24 * 7


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """An account, and the link by which its person chooses a password; it is shown this once and holds three days."""

    person: Person
    invitation: str | None  # None: none was asked for
    entry_index: int | None


class TokenMade(msgspec.Struct, frozen=True, kw_only=True):
    """A token, shown this once."""

    id: str
    token: str
    expires_ns: int
    entry_index: int | None


class DeviceMade(msgspec.Struct, frozen=True, kw_only=True):
    """A device, and the link that enrols it: once, within ten minutes; also as a QR code to be scanned."""

    id: str
    link: str
    qr_svg: str
    expires_ns: int
    entry_index: int | None


class SensorKeyMade(msgspec.Struct, frozen=True, kw_only=True):
    """A sensor's key, shown this once."""

    id: str
    sensor_id: str
    key: str
    entry_index: int | None


class SensorKeysEnded(msgspec.Struct, frozen=True, kw_only=True):
    """How many keys of a sensor ended."""

    ended: int
    entry_index: int | None


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """It is over."""

    entry_index: int | None


class PeopleRoutes(Controller):
    """Accounts."""

    path = "/people"
    tags = ("people",)

    @get(opt={"action": "person.read"})
    async def list_people(self, request: ASKS) -> list[Person]:
        """List all accounts, dismissed ones too."""
        return await asyncio.to_thread(people_of(request).all)

    @post(opt={"action": "person.enrol", "shown_once": True})
    async def enrol_person(self, request: ASKS, data: JSONBody[Enrol]) -> Response[Invited]:
        """Add an account. The answer holds an invitation, once."""
        people, now_ns = people_of(request), guard_of(request).now_ns()
        await asyncio.to_thread(people.require_enrollable, data.name, data.roles)
        after = asked.Noted(after_sha256=_digest(data.roles))
        entry_index = await _note(request, "person.enrol", f"person:{data.name}", arguments=after)
        person = await asyncio.to_thread(people.enrol, data.name, data.roles, now_ns)
        code = await asyncio.to_thread(people.devices.invite, data.name, now_ns)
        invited = Invited(person=person, invitation=_link(request, "welcome", code), entry_index=entry_index)
        return Response(invited, status_code=201, headers={"Location": f"/api/v1/people/{data.name}"})

    @get("/{name:str}", opt={"action": "person.read"})
    async def read_person(self, request: ASKS, name: FromPath[str]) -> Person:
        """Read one account."""
        return await _person(request, name)

    @post("/{name:str}/change", opt={"action": "person.change", "shown_once": True}, status_code=200)
    async def change_person(self, request: ASKS, name: FromPath[str], data: JSONBody[Change]) -> Invited:
        """Give a person other powers, a new invitation, or end all that they have signed in."""
        people, now_ns, before = people_of(request), guard_of(request).now_ns(), await _person(request, name)
        roles = before.roles if data.roles is None else tuple(data.roles)
        await asyncio.to_thread(people.require_changeable, name, roles)
        if data.invite and before.issuer is not None:
            raise Refused(f"{name} signs in by {before.issuer}; a password is chosen there")
        digests = asked.Noted(before_sha256=_digest(before.roles), after_sha256=_digest(roles))
        entry_index = await _note(request, "person.change", f"person:{name}", reason=data.reason, arguments=digests)
        await asyncio.to_thread(people.set_roles, name, roles, now_ns)
        if data.sign_out or data.invite:
            await asyncio.to_thread(people.sign_out, name)
            await untold(request, name)
        code = await asyncio.to_thread(people.reinvite, name, now_ns) if data.invite else None
        invitation = None if code is None else _link(request, "welcome", code)
        return Invited(person=await _person(request, name), invitation=invitation, entry_index=entry_index)

    @post("/{name:str}/dismiss", opt={"action": "person.dismiss"}, status_code=200)
    async def dismiss_person(self, request: ASKS, name: FromPath[str], data: JSONBody[Reason]) -> Ended:
        """Let a person sign in no more; sessions, tokens and devices end."""
        people = people_of(request)
        await _person(request, name)
        await asyncio.to_thread(people.require_admin_left, name, ())
        entry_index = await _note(request, "person.dismiss", f"person:{name}", reason=data.reason)
        await asyncio.to_thread(people.dismiss, name, guard_of(request).now_ns())
        await untold(request, name)
        return Ended(entry_index=entry_index)


class TokenRoutes(Controller):
    """Tokens of whoever asks."""

    path = "/tokens"
    tags = ("people",)

    @get(opt={"action": "token.read"})
    async def list_tokens(self, request: ASKS) -> list[Token]:
        """List one's own tokens that have no more powers than this request."""
        return await asyncio.to_thread(people_of(request).tokens.of, request.user.person, _held(request))

    @post(opt={"action": "token.make", "shown_once": True})
    async def make_token(self, request: ASKS, data: JSONBody[MakeToken]) -> Response[TokenMade]:
        """Make a token of one's own; it is shown once."""
        people, guard, caller = people_of(request), guard_of(request), request.user
        if caller.kind == "device":
            raise Refused("a device makes no token, which would outlive it; sign in with your password")
        count = len(await asyncio.to_thread(people.tokens.of, caller.person, list(Role)))
        people.tokens.require_lesser(caller.person, _held(request), data.roles, count_now=count)
        now_ns = guard.now_ns()
        expires_ns = now_ns + int(data.days * 86_400 * NS)
        people.tokens.require_time(now_ns, expires_ns, maker_expires_ns=await self._maker_expires_ns(request))
        token_id = new_id()
        after = asked.Noted(after_sha256=_digest(data.roles))
        entry_index = await _note(request, "token.make", f"token:{token_id}", arguments=after)
        _, token = await asyncio.to_thread(
            people.tokens.make, caller.person, data.label, data.roles, now_ns, expires_ns=expires_ns, token_id=token_id
        )
        made = TokenMade(id=token_id, token=token, expires_ns=expires_ns, entry_index=entry_index)
        return Response(made, status_code=201, headers={"Location": f"/api/v1/tokens/{token_id}"})

    @delete("/{token_id:str}", opt={"action": "token.withdraw"}, status_code=200)
    async def withdraw_token(self, request: ASKS, token_id: FromPath[str]) -> Ended:
        """Withdraw one of one's own tokens that has no more powers than this request."""
        people = people_of(request)
        own = await asyncio.to_thread(people.tokens.of, request.user.person, _held(request))
        if token_id not in {token.id for token in own}:
            raise not_there(f"token {token_id[:40]}")
        entry_index = await _note(request, "token.withdraw", f"token:{token_id}")
        await asyncio.to_thread(people.tokens.withdraw, token_id)
        return Ended(entry_index=entry_index)

    async def _maker_expires_ns(self, request: ASKS) -> int | None:
        """Return when the token ends that makes another one; None of people who are signed in."""
        if request.user.kind != "token":
            return None
        maker = await asyncio.to_thread(people_of(request).tokens.get, request.user.session_id)
        return None if maker is None else maker.expires_ns


class DeviceRoutes(Controller):
    """Phones of people in the field."""

    path = "/devices"
    tags = ("people",)

    @get(opt={"action": "device.read"})
    async def list_devices(self, request: ASKS) -> list[Device]:
        """List all devices."""
        return await asyncio.to_thread(people_of(request).devices.all)

    @post(opt={"action": "device.enrol", "shown_once": True})
    async def enrol_device(self, request: ASKS, data: JSONBody[EnrolDevice]) -> Response[DeviceMade]:
        """Prepare a device; the code in the answer enrols it, once, within ten minutes."""
        people, guard = people_of(request), guard_of(request)
        owner = await _person(request, data.person)
        peopledevices.require_lesser(owner.roles, data.roles, data.days)
        device_id, now_ns = new_id(), guard.now_ns()
        after = asked.Noted(after_sha256=_digest(data.roles))
        entry_index = await _note(
            request, "device.enrol", f"device:{device_id}", reason=f"of {owner.name}", arguments=after
        )
        _, code = await asyncio.to_thread(
            people.devices.make, data.person, data.label, data.roles, now_ns,
            made_by=request.user.person, days=data.days, device_id=device_id,
        )  # fmt: skip
        link = _link(request, "enrol", code)
        expires_ns = now_ns + peopledevices.ENROLMENT_S * NS
        drawn = qr.svg(qr.make(link)).decode()
        made = DeviceMade(id=device_id, link=link, qr_svg=drawn, expires_ns=expires_ns, entry_index=entry_index)
        return Response(made, status_code=201, headers={"Location": f"/api/v1/devices/{device_id}"})

    @delete("/{device_id:str}", opt={"action": "device.withdraw"}, status_code=200)
    async def withdraw_device(self, request: ASKS, device_id: FromPath[str]) -> Ended:
        """End a device and its session; no browser of its person is told of incidents until it subscribes again."""
        people = people_of(request)
        device = await asyncio.to_thread(people.devices.get, device_id)
        if device is None:
            raise not_there(f"device {device_id[:40]}")
        entry_index = await _note(request, "device.withdraw", f"device:{device_id}")
        await asyncio.to_thread(people.devices.withdraw, device_id)
        await untold(request, device.person)
        return Ended(entry_index=entry_index)


class SessionRoutes(Controller):
    """Sessions of whoever asks."""

    path = "/sessions"
    tags = ("people",)

    @get(opt={"action": "session.read"})
    async def list_sessions(self, request: ASKS) -> list[Session]:
        """List one's own sessions that have no more powers than this request, those used last first."""
        return await self._own(request)

    @delete("/{session_id:str}", opt={"action": "session.end"}, status_code=200)
    async def end_session(self, request: ASKS, session_id: FromPath[str]) -> Ended:
        """End one of one's own sessions, also when the station is not there to note it.

        One that has more powers than this request is not there. Another one than this needs to have signed in within
        the last ten minutes; a token does not do.
        """
        people, now_ns = people_of(request), guard_of(request).now_ns()
        own = {session.id: session for session in await self._own(request)}
        this = request.user.session_id
        if session_id in own and session_id != this and not is_fresh(own.get(this), now_ns):
            raise Refused("sign in once more with your password, then end your other sessions within ten minutes")
        if session_id not in own or not await asyncio.to_thread(people.sessions.end, request.user.person, session_id):
            raise not_there(f"session {session_id[:40]}")
        log.info("session ended: %s of %s, by its person", session_id, request.user.person)
        return Ended(entry_index=None)

    async def _own(self, request: ASKS) -> list[Session]:
        guard, config, held = guard_of(request), guard_of(request).config, frozenset(_held(request))
        found = await asyncio.to_thread(
            guard.people.sessions.of, request.user.person, guard.now_ns(),
            idle_s=config.session_idle_s, max_s=config.session_max_s,
        )  # fmt: skip
        return [session for session in found if held.issuperset(session.roles)]


class SensorKeyRoutes(Controller):
    """Keys of sensors."""

    path = "/sensor-keys"
    tags = ("people",)

    @get(opt={"action": "sensor.key"})
    async def list_sensor_keys(self, request: ASKS) -> list[SensorKey]:
        """List the keys of all sensors, never the secrets."""
        return await asyncio.to_thread(people_of(request).sensors.all)

    @post("/{sensor_id:str}", opt={"action": "sensor.key", "shown_once": True})
    async def make_sensor_key(
        self, request: ASKS, sensor_id: FromPath[str], data: JSONBody[MakeSensorKey]
    ) -> Response[SensorKeyMade]:
        """Make a key of a sensor; it is shown once. The one before holds on for `overlap_hours`, older ones no more."""
        people, now_ns = people_of(request), guard_of(request).now_ns()
        people.sensors.require_name(sensor_id)
        key = people.sensors.new()
        overlap_s = data.overlap_hours * 3600
        arguments = asked.SensorKey(
            key_sha256=hashlib.sha256(key.encode()).hexdigest(), until_ns=now_ns + int(overlap_s * NS)
        )
        entry_index = await _note(request, "sensor.key", f"sensor:{sensor_id}", arguments=arguments)
        key_id, _ = await asyncio.to_thread(people.sensors.make, sensor_id, now_ns, overlap_s=overlap_s, key=key)
        return Response(
            SensorKeyMade(id=key_id, sensor_id=sensor_id, key=key, entry_index=entry_index), status_code=201
        )

    @post("/{sensor_id:str}/withdraw", opt={"action": "sensor.withdraw"}, status_code=200)
    async def withdraw_sensor_keys(
        self, request: ASKS, sensor_id: FromPath[str], data: JSONBody[Reason]
    ) -> SensorKeysEnded:
        """End all keys of a sensor at once."""
        people = people_of(request)
        if sensor_id not in {key.sensor_id for key in await asyncio.to_thread(people.sensors.all)}:
            raise not_there(f"a key of sensor {sensor_id[:64]}")
        entry_index = await _note(request, "sensor.withdraw", f"sensor:{sensor_id}", reason=data.reason)
        ended = await asyncio.to_thread(people.sensors.withdraw, sensor_id)
        return SensorKeysEnded(ended=ended, entry_index=entry_index)


@post("/password", opt={"action": "password.change", "shown_once": True}, tags=["people"], status_code=200)
async def new_password(request: ASKS, data: JSONBody[NewPassword]) -> Ended:
    """Change one's own password, signed in as a person; all else that one has signed in ends."""
    if request.user.kind != "session":
        raise Refused("a password is changed by its person, signed in with it; sign in")
    await change_password(request, data.current, data.password, keep_tokens=data.keep_tokens)
    return Ended(entry_index=None)


ROUTES: tuple[ControllerRouterHandler, ...] = (
    PeopleRoutes,
    TokenRoutes,
    DeviceRoutes,
    SessionRoutes,
    SensorKeyRoutes,
    new_password,
)
"""What goes below /api/v1."""


def people_of(request: ASKS) -> People:
    """Return the accounts of the station."""
    return guard_of(request).people


async def _person(request: ASKS, name: str) -> Person:
    found = await asyncio.to_thread(people_of(request).find, name)
    if found is None:
        raise not_there(f"account {name[:NAME_MAX]}")
    return found


async def _note(
    request: ASKS, action: str, subject: str, *, reason: str = "", arguments: msgspec.Struct | None = None
) -> int | None:
    """Have the station record an act of whoever asks; each one is an act of its own, whatever its Idempotency-Key."""
    caller = request.user
    return await note(
        site_of(request), action, caller.person, caller.roles, subject, reason=reason, arguments=arguments
    )


def _held(request: ASKS) -> tuple[Role, ...]:
    """Return the powers that this request has, but what everybody has."""
    return tuple(role for role in request.user.roles if role is not Role.PUBLIC)


def _digest(roles: tuple[Role, ...]) -> str:
    """Return what stands in the record for a set of powers: it can be compared with a set one knows."""
    return hashlib.sha256(" ".join(sorted({role.value for role in roles})).encode()).hexdigest()


def _link(request: ASKS, page: str, code: str) -> str:
    """Return a link that bears a code behind its #, which browsers never send."""
    guard = guard_of(request)
    base = guard.config.public_url.rstrip("/") or guard.origins({"host": request.headers.get("host", "")})[0]
    return f"{base}/{page}#{code}"
