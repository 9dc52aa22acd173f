"""Examples of accounts, tokens, devices, sessions, sensor keys and revealing, for the description of the interface.

Secrets in them are none: they are cut off, or made of nothing.
"""

from __future__ import annotations

from typing import Any

from skykeep.rules.powers import Role
from skykeep.station.people import Person
from skykeep.station.peopledevices import Device
from skykeep.station.peoplesensors import SensorKey
from skykeep.station.peoplesessions import Session
from skykeep.station.peopletokens import Token
from skykeep.views.livemodels import TrackNow
from skykeep.web import people_routes as people
from skykeep.web import reveal_routes as reveal
from skykeep.web import second_factor_routes as factor
from skykeep.web.second_factor import Offer

T_NS = 1_767_225_600_000_000_000
DAY_NS = 86_400 * 10**9
ENTRY = 48_212
_HELD, _OTHER, _ONCE = "(the one that holds)", "(fifteen characters or more)", "(shown this once)"
_ROLES = (Role.DUTY_OFFICER,)
_PERSON = Person(
    name="silva", roles=_ROLES, made_ns=T_NS, changed_ns=T_NS, dismissed_ns=None, has_password=True, must_change=False,
    issuer=None, second_factor=True,
)  # fmt: skip
_TOKEN = Token(
    id="t4f1c2a", person="silva", label="night script", roles=_ROLES, allowed=_ROLES, made_ns=T_NS,
    expires_ns=T_NS + 90 * DAY_NS, used_ns=None,
)  # fmt: skip
_DEVICE = Device(
    id="d4f1c2a", person="silva", label="patrol 12", roles=(Role.FIELD_OFFICER,), made_by="root", made_ns=T_NS,
    enrolled_ns=T_NS, expires_ns=T_NS + 30 * DAY_NS,
)  # fmt: skip
_SESSION = Session(
    id="s4f1c2a", person="silva", kind="password", device=None, roles=_ROLES, made_ns=T_NS, used_ns=T_NS,
    agent="Firefox", must_change=False, second_factor=True,
)  # fmt: skip
_KEY = SensorKey(id="k4f1c2a", sensor_id="rid-north", made_ns=T_NS, expires_ns=None)
_ENDED = people.Ended(entry_index=ENTRY)
_REASON = people.Reason(reason="Left the service.")
PATHS: dict[str, object] = {"device_id": "d4f1c2a", "session_id": "s4f1c2a", "token_id": "t4f1c2a"}
PERSON = "silva"
"""The name in the addresses of accounts."""
BODIES: dict[str, Any] = {
    "enrol_person": people.Enrol(name="silva", roles=_ROLES),
    "change_person": people.Change(reason="Promoted.", roles=(Role.DUTY_OFFICER, Role.PUBLISHER)),
    "dismiss_person": _REASON,
    "make_token": people.MakeToken(label="night script", roles=_ROLES, days=30.0),
    "enrol_device": people.EnrolDevice(person="silva", label="patrol 12"),
    "make_sensor_key": people.MakeSensorKey(overlap_hours=24.0),
    "withdraw_sensor_keys": people.Reason(reason="It was stolen."),
    "new_password": people.NewPassword(current=_HELD, password=_OTHER),
    "offer_second_factor": factor.Proof(password=_HELD),
    "confirm_second_factor": factor.FactorCode(code="000000"),
    "remove_second_factor": factor.Proof(password=_HELD, code="000000"),
    "reset_second_factor": factor.ResetReason(reason="The phone is lost; I spoke to her."),
    "reveal_identity": reveal.Reveal(incident_id=3, reason="The patrol needs to know whom to ask for."),
}
ANSWERS: dict[str, Any] = {
    "list_people": [_PERSON],
    "enrol_person": people.Invited(
        person=_PERSON, invitation=_ONCE, entry_index=ENTRY
    ),
    "read_person": _PERSON,
    "change_person": people.Invited(person=_PERSON, invitation=None, entry_index=ENTRY),
    "dismiss_person": _ENDED,
    "list_tokens": [_TOKEN],
    "make_token": people.TokenMade(id="t4f1c2a", token=_ONCE, expires_ns=T_NS + 30 * DAY_NS, entry_index=ENTRY),
    "withdraw_token": _ENDED,
    "list_devices": [_DEVICE],
    "enrol_device": people.DeviceMade(
        id="d4f1c2a", link=_ONCE, qr_svg="<svg>…</svg>", expires_ns=T_NS,
        entry_index=ENTRY,
    ),
    "withdraw_device": _ENDED,
    "list_sessions": [_SESSION],
    "end_session": people.Ended(entry_index=None),
    "list_sensor_keys": [_KEY],
    "make_sensor_key": people.SensorKeyMade(id="k4f1c2a", sensor_id="rid-north", key=_ONCE, entry_index=ENTRY),
    "withdraw_sensor_keys": people.SensorKeysEnded(ended=1, entry_index=ENTRY),
    "new_password": people.Ended(entry_index=None),
    "read_second_factor": factor.FactorState(required=True, made_ns=T_NS, recovery_left=9),
    "offer_second_factor": Offer(secret=_ONCE, address=_ONCE, qr_svg="<svg>…</svg>", expires_ns=T_NS),
    "confirm_second_factor": factor.RecoveryCodes(recovery_codes=["…"], entry_index=ENTRY),
    "remove_second_factor": factor.FactorEnded(entry_index=ENTRY),
    "reset_second_factor": factor.FactorEnded(entry_index=ENTRY),
    "reveal_identity": reveal.RevealedTrack(
        track=TrackNow(track_id=417), until_ns=T_NS + 3_600 * 10**9, entry_index=ENTRY
    ),
}  # fmt: skip
