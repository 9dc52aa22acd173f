"""The words of alarms and incidents, and the one table by which an alarm moves (ISA-18.2).

Watch, station, API, views and documentation read it here. An incident has one alarm, and it moves by the same table.
"""

from __future__ import annotations

from skykeep.facts.acted import AlarmDeed, Health
from skykeep.facts.concluded import IncidentMoved

NORMAL, UNACKNOWLEDGED, ACKNOWLEDGED, RETURNED_UNACKNOWLEDGED, SUPPRESSED, SHELVED, OUT_OF_SERVICE = STATES = (
    "normal",
    "unacknowledged",
    "acknowledged",
    "returned_unacknowledged",
    "suppressed_by_design",
    "shelved",
    "out_of_service",
)
ONSET, RETURN, SUPPRESS, REALARM, ACK, SHELVE, UNSHELVE, REMOVE, RESTORE = EVENTS = (
    "onset",
    "return",
    "suppress",
    "realarm",  # of an incident's alarm alone: it became worse, or a person says that it is
    *(deed.value for deed in AlarmDeed),
)
NEXT = {
    (NORMAL, ONSET): UNACKNOWLEDGED,
    (NORMAL, SUPPRESS): SUPPRESSED,
    (UNACKNOWLEDGED, ACK): ACKNOWLEDGED,
    (UNACKNOWLEDGED, RETURN): RETURNED_UNACKNOWLEDGED,
    (ACKNOWLEDGED, RETURN): NORMAL,
    (ACKNOWLEDGED, REALARM): UNACKNOWLEDGED,
    (RETURNED_UNACKNOWLEDGED, ONSET): UNACKNOWLEDGED,
    (RETURNED_UNACKNOWLEDGED, ACK): NORMAL,
    (SUPPRESSED, ONSET): UNACKNOWLEDGED,
    (SUPPRESSED, RETURN): NORMAL,
    (UNACKNOWLEDGED, SHELVE): SHELVED,
    (ACKNOWLEDGED, SHELVE): SHELVED,
    (RETURNED_UNACKNOWLEDGED, SHELVE): SHELVED,
    (SHELVED, UNSHELVE): NORMAL,  # and on from there, where its condition holds
    (NORMAL, REMOVE): OUT_OF_SERVICE,
    (UNACKNOWLEDGED, REMOVE): OUT_OF_SERVICE,
    (ACKNOWLEDGED, REMOVE): OUT_OF_SERVICE,
    (RETURNED_UNACKNOWLEDGED, REMOVE): OUT_OF_SERVICE,
    (SUPPRESSED, REMOVE): OUT_OF_SERVICE,
    (SHELVED, REMOVE): OUT_OF_SERVICE,
    (OUT_OF_SERVICE, RESTORE): NORMAL,  # the same
}
"""The state table: what is not in it changes nothing."""

ASIDE: dict[str, frozenset[int]] = {SHELVE: frozenset({2, 3}), REMOVE: frozenset({2, 3})}
"""By deed that silences: the priorities that it may be done to. What is as urgent as 1 nobody can put aside."""

WAITING = frozenset({UNACKNOWLEDGED, RETURNED_UNACKNOWLEDGED})  # for an answer
STANDING = frozenset({UNACKNOWLEDGED, ACKNOWLEDGED})  # its condition holds, and nobody has silenced it

TRACK_REASONS = NOT_PERMITTED, CONTRADICTED, SITE = "not_permitted", "identity_contradicted", "site_approach"
GROUP, FLOOD, HEALTH, BY_HAND = "group", "remote_id_flood", "health", "by_hand"
PRIORITY: dict[str, int] = {NOT_PERMITTED: 1, CONTRADICTED: 2, SITE: 1, GROUP: 1, FLOOD: 2} | {
    f"{HEALTH}:{what.value}": priority
    for what, priority in {
        Health.BLIND: 1,
        Health.NOT_RECORDED: 1,
        Health.RECORD: 1,
        Health.WEB: 1,
        Health.UNSTEPPED: 1,
        Health.TICK_OVERRUN: 2,
        Health.DISK: 2,
        Health.CLOCK: 2,
        Health.SENSOR_SILENT: 2,
        Health.FEED: 2,
        Health.DROPPED: 2,
        Health.CODEC: 2,
        Health.NOTIFYING: 2,
        Health.TERRAIN: 3,
        Health.GEOID: 3,
        Health.OUTLET: 3,
    }.items()
}
"""By reason, 1 the most urgent: not to be able to trust the picture at all is as urgent as a flight that is refused."""
BY_HAND_PRIORITY = 3  # of an incident that a person opened, until an alarm joins it
NO_TRACK = 0  # what an alarm names that is of no track

OPEN, CLOSED, MERGED = INCIDENT_STATES = "open", "closed", "merged"


def reason_of(text: str) -> tuple[str, str]:
    """Return an alarm's reason and its detail: the group's number, how many had come, or the subject of its health."""
    name, _, detail = text.partition(":")
    if name != HEALTH:
        return name, detail
    what, _, subject = detail.partition(":")
    return f"{HEALTH}:{what}", subject


def sounds(before: IncidentMoved | None, after: IncidentMoved) -> bool:
    """Return whether people must be called when an incident went on from `before` (None: it is new) to `after`.

    They are when its alarm begins to sound, when it sounds and got more urgent, and when it was escalated.
    """
    if after.state != OPEN:
        return False
    if before is not None and after.escalation > before.escalation:
        return True
    new = before is None or before.alarm_state != UNACKNOWLEDGED or after.priority < before.priority
    return new and after.alarm_state == UNACKNOWLEDGED
