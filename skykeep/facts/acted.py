"""What people of the station did, and what the station observed of itself.

The watch takes in what moves its alarms and incidents (`AlarmActed`, `IncidentActed`, `HealthObserved`). `ActDone` is
the trail of everything else that a person did, and changes no conclusion. Persons stand as pseudonyms; words that a
person wrote are of kind TEXT and may name people, so they stand as pseudonyms too, beside them the name as a leaf that
can be erased. Times are Unix nanoseconds (UTC).
"""

from __future__ import annotations

import enum

import msgspec


class _Acted(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """Encoding shared by all of them."""


class AlarmDeed(enum.Enum):
    """What a person does to an alarm: the events of ISA-18.2 that are a person's."""

    ACK = "ack"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    REMOVE = "remove"  # out of service, for maintenance
    RESTORE = "restore"


class AlarmActed(_Acted, frozen=True, kw_only=True, tag="acted.alarm/1"):
    """A person did something to one alarm."""

    alarm_id: int
    deed: AlarmDeed
    until_ns: int | None  # of shelving: when it comes back
    reason: str  # pseudonym of the words; "" where none are asked for
    person: str  # pseudonym
    t_ns: int


class IncidentDeed(enum.Enum):
    """What a person does to an incident."""

    OPEN = "open"  # by hand: something that no alarm told of
    ACK = "ack"  # acknowledges all its alarms as they are now
    NOTE = "note"
    MERGE = "merge"  # `other_id` becomes part of `incident_id`
    HAND_OVER = "hand_over"  # to `to_person`
    ESCALATE = "escalate"
    CLOSE = "close"
    REOPEN = "reopen"


class IncidentActed(_Acted, frozen=True, kw_only=True, tag="acted.incident/1"):
    """A person did something to one incident."""

    incident_id: int  # 0: the one that this opens
    deed: IncidentDeed
    other_id: int | None  # of MERGE
    track_id: int | None  # of OPEN: what it is about, where that is a track
    to_person: str | None  # pseudonym; of HAND_OVER
    words: str  # pseudonym of what was written; "" where nothing was
    person: str  # pseudonym
    t_ns: int


class Health(enum.Enum):
    """What the station observes of itself; each is an alarm while it does not hold."""

    TICK_OVERRUN = "tick_overrun"  # ticks close later than they should: what is shown is late
    DISK = "disk"  # the record's disk is nearly full
    BLIND = "blind"  # no sensor is heard at all: the watch sees nothing
    NOT_RECORDED = "not_recorded"  # what is shown was not durable for more than a second
    CLOCK = "clock"  # the system's clock was stepped
    SENSOR_SILENT = "sensor_silent"
    FEED = "feed"  # a connection that should be there is not
    DROPPED = "dropped"  # the kernel threw packets away before we could read them
    RECORD = "record"  # the record does not verify
    TERRAIN = "terrain"  # heights above ground cannot be told
    GEOID = "geoid"
    WEB = "web"  # nobody can see what the watch says
    NOTIFYING = "notifying"  # messages to people do not get out
    OUTLET = "outlet"  # what is sent to other systems does not get there
    UNSTEPPED = "unstepped"  # something was heard, or enacted, that the watch could not take in
    CODEC = "codec"  # a codec that another package brings fails: what it should read is not understood


class HealthObserved(_Acted, frozen=True, kw_only=True, tag="acted.health/1"):
    """A part of the station is well, or is not; told when that changes, and not again meanwhile."""

    what: Health
    subject: str  # the sensor, the feed, the disk's path ...; "" where there is but one
    well: bool
    unseen: str  # what is now not being seen, in words for a duty officer; "" while well
    value: int | None  # a number that says how bad, where there is one
    unit: str  # of `value`: "bytes", "ns", "packets" ...; "" where there is none
    t_ns: int


class ActDone(_Acted, frozen=True, kw_only=True, tag="acted.act/1"):
    """A person did something: the trail of who did what, when, to what, why. Changes no conclusion."""

    action: str  # a row of rules.powers.TABLE, such as "zone.emergency", "person.enrol", "identity.reveal"
    role: str  # of the person, in this act
    person: str  # pseudonym
    subject: str  # what it was done to: "zone:KEEP-OUT", "person:<pseudonym>", "track:17" ...
    incident_id: int | None
    reason: str  # pseudonym of the words; "" where none are asked for
    before_sha256: str | None  # of what was there before, and after; None where that means nothing
    after_sha256: str | None
    t_ns: int


class KeyRotated(_Acted, frozen=True, kw_only=True, tag="acted.key/1"):
    """From here on the record is signed with another key.

    It stands alone in an entry of its own kind (`EntryKind.ROTATED`), which the watch never steps; the checkpoint that
    ends with this entry is signed with both keys. `ledger/rotation.py` reads these bytes too, without this struct.
    """

    old_vkey: str  # C2SP signed-note verification keys, both under the record's origin
    new_vkey: str
    t_ns: int  # from when, by the station's clock


Acted = AlarmActed | IncidentActed | HealthObserved | ActDone
