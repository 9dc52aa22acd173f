"""Who may do what in a station, as one table.

`TABLE` names every act there is; docs/explanation/powers.md shows the same table, and a test goes through it role by
role, act by act, state by state. Permits, watch and audit are separate powers: no role but `admin` has acts of two of
them, and an admin, who enrols people and looks after the machine, has none of the three. Rules about persons:

    four eyes     who did the act before (drafted a zone, called an emergency zone) is not who confirms it
    a reason      is asked for, in words, and stands in the record
    an incident   must be open, for the act is about it
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import NamedTuple

from skykeep.errors import Refused


class Role(enum.Enum):
    """A power that a person or a machine has; one may have several."""

    PUBLISHER = "publisher"  # of zones
    PERMIT_OFFICER = "permit_officer"
    DUTY_OFFICER = "duty_officer"
    FIELD_OFFICER = "field_officer"
    PILOT = "pilot"
    SITE_SECURITY = "site_security"
    AUDITOR = "auditor"
    SENSOR = "sensor"  # a machine that sends what it hears
    INTEGRATOR = "integrator"  # a machine that reads tracks and alarms
    ADMIN = "admin"
    PUBLIC = "public"  # everybody, signed in or not


class Power(NamedTuple):
    """Who may do an act, and what it asks for."""

    roles: frozenset[Role]
    reason: bool = False
    incident: bool = False
    four_eyes: bool = False
    states: frozenset[str] | None = None  # of what it is done to; None: it has none, or any will do


def _power(
    roles: str, *, reason: bool = False, incident: bool = False, four_eyes: bool = False, states: str = ""
) -> Power:
    named = frozenset(Role(name) for name in roles.split())
    return Power(named, reason, incident, four_eyes, frozenset(states.split()) if states else None)


_WATCH = "duty_officer field_officer"
_SEES = "duty_officer field_officer site_security integrator auditor"
_STAFF = "publisher permit_officer duty_officer field_officer site_security auditor admin"
_ACCOUNTS = _STAFF + " pilot integrator"  # whoever can have an account: all but sensors, which have keys

TABLE: dict[str, Power] = {
    # what everybody may ask
    "time.read": _power("public"),
    "law.read": _power("public"),  # zones in force, announced and past; the history of bans; counts of permits
    "checkpoint.read": _power("public"),  # checkpoint, tiles, proofs of the log: hashes only
    "credential.check": _power("public"),
    "sighting.report": _power("public"),  # a drone, by whoever saw one: anonymous, unverified
    "session.begin": _power("public"),  # sign in; also with an invitation or the code of a device
    "session.lock": _power("public"),  # what wrong passwords do to an account; noted, nobody asks for it
    # the watch
    "track.read": _power(_SEES),
    "alarm.read": _power(_SEES),
    "alarm.ack": _power(_WATCH, states="unacknowledged returned_unacknowledged"),
    "alarm.shelve": _power("duty_officer", reason=True, states="unacknowledged acknowledged returned_unacknowledged"),
    "alarm.unshelve": _power("duty_officer", states="shelved"),
    "alarm.remove": _power(
        "duty_officer",
        reason=True,
        states="normal unacknowledged acknowledged returned_unacknowledged suppressed_by_design shelved",
    ),
    "alarm.restore": _power("duty_officer", states="out_of_service"),
    "incident.read": _power(_SEES),
    "sighting.read": _power("duty_officer field_officer auditor"),
    "incident.open": _power(_WATCH, reason=True),
    "incident.ack": _power(_WATCH, states="open"),
    "incident.note": _power(_WATCH, states="open closed"),
    "incident.merge": _power("duty_officer", states="open"),
    "incident.hand_over": _power(_WATCH, states="open"),
    "incident.escalate": _power(_WATCH, reason=True, states="open"),
    "incident.close": _power("duty_officer", reason=True, states="open"),
    "incident.reopen": _power("duty_officer", reason=True, states="closed"),
    "incident.release": _power("auditor", reason=True, states="closed"),  # what was kept for it may be erased
    "identity.reveal": _power("duty_officer field_officer auditor", reason=True, incident=True),
    "notify.subscribe": _power(_WATCH),
    # the law
    "zone.read": _power(_STAFF + " pilot integrator"),  # drafts too
    "zone.draft": _power("publisher"),
    "zone.propose": _power("publisher", states="unproposed"),  # one's own draft, to whoever may publish it
    "zone.publish": _power("publisher", four_eyes=True, states="draft"),
    "zone.discard": _power("publisher", reason=True, states="draft unproposed"),
    "zone.withdraw": _power("publisher", reason=True, states="in_force announced"),
    "zone.emergency": _power("publisher duty_officer", reason=True),
    "zone.confirm": _power("publisher duty_officer", four_eyes=True, states="in_force"),
    "zone.lift": _power("publisher duty_officer", reason=True, states="in_force"),
    # permits
    "permit.read": _power("permit_officer duty_officer field_officer auditor"),
    "permit.apply": _power("pilot permit_officer"),
    "permit.own": _power("pilot permit_officer"),  # what one handed in oneself, and what became of it
    "permit.ask": _power("permit_officer", reason=True, states="submitted recommended"),
    "permit.offer": _power("permit_officer", reason=True, states="submitted recommended"),
    "permit.recommend": _power("permit_officer", reason=True, states="submitted"),
    "permit.grant": _power("permit_officer", reason=True, four_eyes=True, states="recommended"),
    "permit.refuse": _power(
        "permit_officer", reason=True, states="submitted needs_info offered_alternative recommended"
    ),
    "permit.revoke": _power("permit_officer", reason=True, states="in_force"),
    "permit.code": _power("permit_officer", reason=True, states="in_force"),  # it holds every identity whole
    # sensors
    "sensor.read": _power("duty_officer field_officer auditor integrator admin"),
    "sensor.push": _power("sensor"),
    "sensor.key": _power("admin"),  # made, shown once
    "sensor.withdraw": _power("admin", reason=True),
    # audit
    "record.read": _power("auditor"),
    "record.verify": _power("auditor"),
    "record.erase": _power("auditor", reason=True),
    "audit.read": _power("auditor"),
    # people and the machine
    "person.read": _power("admin auditor"),
    "person.enrol": _power("admin"),
    "person.change": _power("admin", reason=True),
    "person.dismiss": _power("admin", reason=True),
    "device.read": _power("admin duty_officer auditor"),
    "device.enrol": _power("admin duty_officer"),
    "device.withdraw": _power("admin duty_officer"),
    "token.read": _power(_ACCOUNTS),  # one's own, and none greater than the one that asks
    "token.make": _power(_ACCOUNTS),  # for oneself, of powers one has
    "token.withdraw": _power(_ACCOUNTS),
    "password.change": _power(_ACCOUNTS),
    "factor.enrol": _power(_ACCOUNTS),  # one's own second factor
    "factor.remove": _power(_ACCOUNTS),
    "factor.reset": _power("admin", reason=True),  # somebody else's, whose phone is lost
    "session.read": _power(_ACCOUNTS),  # one's own
    "session.end": _power(_ACCOUNTS),
    "health.read": _power("duty_officer auditor integrator admin"),
    "metrics.read": _power("integrator admin"),
    "config.read": _power("admin auditor"),
    "backup.make": _power("admin"),
}


def able(roles: Iterable[Role], action: str) -> Role:
    """Return the role that has the power of an act, whatever else it needs; raises Refused where none has."""
    power = TABLE[action]
    held = sorted({Role.PUBLIC, *roles}, key=lambda role: role.value)
    role = next((role for role in held if role in power.roles), None)
    if role is None:
        who = " or ".join(sorted(role.value for role in power.roles))
        raise Refused(f"{action} needs the power of {who}; ask an admin for it")
    return role


def admit(
    roles: Iterable[Role],
    action: str,
    *,
    state: str | None = None,
    reason: str = "",
    incident_open: bool = False,
    before: str | None = None,
    person: str | None = None,
) -> Role:
    """Return the role in which somebody may do an act; raises Refused naming what is missing and who can help.

    `state`: of what it is done to. `before`: who did the act that this one confirms; `person`: who wants to do this.
    """
    power = TABLE[action]
    role = able(roles, action)
    if power.states is not None and state not in power.states:
        wanted, stands = " or ".join(sorted(power.states)), f"in state {state}" if state else "not there"
        raise Refused(f"{action} can be done in state {wanted}, and this is {stands}; look at it as it stands now")
    if power.reason and not reason.strip():
        raise Refused(f"{action} needs a reason in words; give one")
    if power.incident and not incident_open:
        raise Refused(f"{action} needs an open incident that it belongs to; name one, or open one")
    if power.four_eyes and (before is None or person is None or before == person):
        raise Refused(f"{action} needs a second person: whoever began it cannot confirm it too; ask a colleague")
    return role
