"""What the web process may ask of the station: the arguments of each act as JSON, and what is answered.

`link.Ask` carries an action of `rules.powers.TABLE`, what it is done to (`subject`), the words of the person (`reason`)
and one of the structs below as JSON; `link.Answer.result` is the struct beside it in `ASKED`. Unknown keys are refused.

    subject          of
    "alarm:17"       alarm.*
    "incident:3"     incident.*, but "" of incident.open
    "track:4711"     identity.reveal
    "draft:<id>"     zone.propose, zone.publish, zone.discard
    "zone:<id>"      zone.withdraw, zone.confirm, zone.lift
    ""               zone.draft, zone.emergency, zone.read (drafts), permit.apply, permit.read, backup.make,
                     record.verify
    "permit:<id>"    permit.ask, offer, recommend, grant, refuse, revoke, code
    "sensor:<id>"    sensor.*
    "sighting:<id>"  sighting.report
    "person:<name>", "token:<id>", "device:<id>"   acts on accounts, which the station only notes in the record

`seen_ns` is when the thing last moved as far as the person saw it: the station refuses an act on what has moved since,
so that nobody acknowledges an alarm that they have not seen. Places are 1e-7 degree, lengths millimetres, times Unix
nanoseconds (UTC).
"""

from __future__ import annotations

import msgspec

from skykeep.errors import Malformed
from skykeep.facts.enacted import PermitEnacted, ZoneEnacted
from skykeep.facts.explained import Explanation
from skykeep.geo.altitude import Altitude


class _Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Encoding shared by all arguments: named fields, nothing besides."""


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """Encoding shared by all answers."""


class Nothing(_Asked, frozen=True, kw_only=True):
    """No arguments."""


class Done(_Told, frozen=True, kw_only=True):
    """It is done, and durable; where it stands is `Answer.entry_index`."""


# ---- alarms and incidents ------------------------------------------------------------------------------------


class Seen(_Asked, frozen=True, kw_only=True):
    """An act on what the person saw; None: whatever it is now."""

    seen_ns: int | None = None


class AlarmShelve(_Asked, frozen=True, kw_only=True):
    """`alarm.shelve`: when it comes back."""

    until_ns: int
    seen_ns: int | None = None


class IncidentOpen(_Asked, frozen=True, kw_only=True):
    """`incident.open`: something that no alarm told of; what it is stands in the reason."""

    track_id: int | None = None


class IncidentOpened(_Told, frozen=True, kw_only=True):
    """The number of the incident that was opened; it is known once the tick is concluded."""

    incident_id: int


class IncidentNote(_Asked, frozen=True, kw_only=True):
    """`incident.note`."""

    words: str


class IncidentMerge(_Asked, frozen=True, kw_only=True):
    """`incident.merge`: the other becomes part of the subject."""

    other_id: int
    seen_ns: int | None = None


class HandOver(_Asked, frozen=True, kw_only=True):
    """`incident.hand_over`: to an account, by its name."""

    to_person: str
    seen_ns: int | None = None


class Reveal(_Asked, frozen=True, kw_only=True):
    """`identity.reveal`: which open incident asks for it; the station notes it before anything is shown."""

    incident_id: int


SIGHTING_WORDS_MAX, SIGHTING_LINE_MAX = 1_000, 200
"""Characters of what somebody reports, and of its place and contact; the rest is cut off."""


class SightingReport(_Asked, frozen=True, kw_only=True):
    """`sighting.report`: what somebody says to have seen; the station makes pseudonyms of all words."""

    what: str
    ago_ns: int | None = None  # how long before now, as they say; the same when a form is sent twice
    place: tuple[int, int] | None = None  # lat_e7, lon_e7
    place_words: str = ""
    heading_mdeg: int | None = None
    hovering: bool | None = None
    contact: str = ""


# ---- zones ---------------------------------------------------------------------------------------------------


class ZonesRead(_Asked, frozen=True, kw_only=True):
    """`zone.read`: the drafts that wait; or one of them, with what it would touch as things are now."""

    draft_id: str = ""


class Faults(_Told, frozen=True, kw_only=True):
    """What an import has to say of one feature of a file."""

    index: int
    zone_id: str | None
    used: bool  # False: it was left out
    what: list[str]
    line: int | None = None  # of the file, from 1, where the feature begins; None: it cannot be told
    outline: list[tuple[int, int]] = []  # (lat_e7, lon_e7) of what was left out, as far as it can be read; for a map


class Hits(_Told, frozen=True, kw_only=True):
    """What a zone would touch if it ruled now, whatever its dates and hours."""

    track_ids: list[int]  # those inside, or not surely outside
    not_permitted: list[int]  # of these, whom it would make unlawful
    permit_ids: list[str]  # whose volumes it reaches
    cannot_tell: list[int] = []  # of the tracks, those of which it could not be told


class HitsTold(_Told, frozen=True, kw_only=True):
    """What a zone would touch, as far as somebody may see it: numbers are for all, which ones for some (None)."""

    track_ids: list[int] | None
    not_permitted: list[int] | None
    cannot_tell: list[int] | None
    permit_ids: list[str] | None
    tracks: int
    tracks_not_permitted: int
    tracks_cannot_tell: int
    permits: int


class ZoneDraft(_Asked, frozen=True, kw_only=True):
    """`zone.draft`: `Ask.data` is a zone file; `format` "": by its content; not `keep`: only read it."""

    name: str  # of the file, for people
    format: str = ""
    keep: bool = True
    propose: bool = True  # False: it waits for its author's word, `zone.propose`, before anybody may publish it
    base_versions: dict[str, int] | None = None  # by zone: the last version when it was begun, 0: none; None: as of now


class ZoneWithdraw(_Asked, frozen=True, kw_only=True):
    """`zone.withdraw`, `zone.lift`: one version of a zone, or all that are in force or announced."""

    version: int | None = None  # None: all of them, so that the zone is no longer law
    seen_version: int | None = None  # the last version that the person saw; refused where there is a later one


class Draft(_Told, frozen=True, kw_only=True):
    """Zones that one person put forward and that another may publish."""

    draft_id: str  # "" where it was only read
    name: str
    format: str
    sha256: str
    drafted_by: str
    t_ns: int
    zones: list[ZoneEnacted]
    faults: list[Faults]
    hits: Hits
    proposed: bool = True  # False: nobody may publish it yet
    base_versions: dict[str, int] = {}  # by zone: the last version when it was begun; another by now: not published


class DraftHead(_Told, frozen=True, kw_only=True):
    """What a list says of a draft; the draft itself is asked for by its number."""

    draft_id: str
    name: str
    format: str
    sha256: str
    drafted_by: str
    t_ns: int
    proposed: bool
    first: str  # the name of its first zone
    zones: int
    left_out: int  # features that could not be used
    doubted: int


class Drafts(_Told, frozen=True, kw_only=True):
    """All that wait, or the one that was asked for by its number."""

    heads: list[DraftHead] = []
    drafts: list[Draft] = []


class Published(_Told, frozen=True, kw_only=True):
    """Which zones became law."""

    zones: list[tuple[str, int]]  # (id, version)


class ZoneEmergency(_Asked, frozen=True, kw_only=True):
    """`zone.emergency`: a circle or a polygon, for at most 60 minutes unless a second officer confirms it."""

    circle: tuple[int, int, int] | None = None  # lat_e7, lon_e7, radius_mm
    ring: list[tuple[int, int]] = []  # (lat_e7, lon_e7), closed or not; exactly one of the two is given
    floor: Altitude | None = None  # None: from the ground
    ceiling: Altitude | None = None  # None: unlimited
    minutes: int = 60
    name: str = ""
    preview: bool = False  # tells what it would hit, and does nothing


class EmergencyMade(_Told, frozen=True, kw_only=True):
    """An emergency zone as it was enacted, or would be."""

    zone_id: str  # "" of a preview
    version: int
    end_ns: int
    hits: Hits


class ZoneConfirm(_Asked, frozen=True, kw_only=True):
    """`zone.confirm`: by a second officer; until when it holds then."""

    until_ns: int


# ---- permits -------------------------------------------------------------------------------------------------


class PermitApply(_Asked, frozen=True, kw_only=True):
    """`permit.apply`: `Ask.data` is an application, as docs/reference/formats/permits.md has it."""

    permit_id: str | None = None  # that this answers; None: a new one, the office gives it a number
    preview: bool = False  # says what stands in its way, and keeps nothing


class Received(_Told, frozen=True, kw_only=True):
    """What the office says at once of an application."""

    permit_id: str  # "" of a preview
    version: int
    weighed: Explanation
    lacking: list[str]  # what EU 2021/664 Annex IV asks for and it does not say
    doubts: list[str]


class CasesRead(_Asked, frozen=True, kw_only=True):
    """`permit.read`: all applications of the office, or one with its document; `permit.own`: one's own of them."""

    permit_id: str | None = None


class StepTold(_Told, frozen=True, kw_only=True):
    """One signed step in the life of an application."""

    step: str
    before: str
    after: str
    t_ns: int
    role: str
    person: str | None  # who took it, or brought it; by name
    key: str  # a short name of the key that signed
    attested: bool  # the station holds that key and says that this person asked
    by_office: bool  # the office signed, for somebody who has no key
    reason: str


class CaseTold(_Told, frozen=True, kw_only=True):
    """One version of an application, or of the permit that it became; persons by their values: the web masks them."""

    permit_id: str
    version: int  # of the permit once it is granted
    handed_in: int  # the version as which it was handed in: the same, unless it was resumed or one before it was
    state: str  # of facts.granting.State; "superseded" where a newer version was granted
    end_ns: int  # of its last volume
    applied_ns: int
    moved_ns: int  # its last step
    permit: PermitEnacted  # as it is asked for, or was granted
    weighed: Explanation | None  # what the law says now; None once it is decided
    doubts: list[str]
    lacking: list[str]
    document: str  # as it was handed in last; "" in a list, or where it was erased
    document_sha256: str
    steps: list[StepTold]
    possible: list[str]  # steps that an officer may take now
    granted_entry: int | None  # of the office's record
    credential: str


class Cases(_Told, frozen=True, kw_only=True):
    """What an office has."""

    office: str
    authority: str | None
    t_ns: int  # of its last act
    cases: list[CaseTold]


class PermitCode(_Told, frozen=True, kw_only=True):
    """`permit.code`: the credential, which holds every identity whole."""

    text: str  # SKP1:...
    svg: str


# ---- sensors, the record -------------------------------------------------------------------------------------


class Push(_Asked, frozen=True, kw_only=True):
    """`sensor.push`: `Ask.data` is what a sensor sent by HTTP."""

    format: str  # codec by name; "": the one that the feed names, else known by the content
    sequence: int | None = None  # of the sensor: what was taken is not taken again
    t_sent_ns: int | None = None  # by the sensor's clock, where it said


class Pushed(_Told, frozen=True, kw_only=True):
    """What became of it, as far as that is known when it is answered; 0 frames where `again`."""

    frames: int
    facts: int  # all that was made of them, also what counts for nothing below
    unreadable: int
    again: bool  # this sequence number was taken before
    late: int = 0  # too far from the station's clock, either way: recorded, and not used
    why: str = ""  # of the first that was unreadable, or else late


class SensorKey(_Asked, frozen=True, kw_only=True):
    """`sensor.key`: the digest of a new key is noted; the key itself is made and shown by the web."""

    key_sha256: str
    until_ns: int | None = None  # of the key before: rotation with overlap


class RecordErase(_Asked, frozen=True, kw_only=True):
    """`record.erase`: a personal value, destroyed wherever it stands."""

    value: str
    kind: str = ""  # facts.personal.NameKind; "": any
    preview: bool = False  # tells how much would go, and does nothing


class Erased(_Told, frozen=True, kw_only=True):
    """How many leaves were destroyed, or of a preview would be."""

    leaves: int
    names: int
    frames: int


class Verified(_Told, frozen=True, kw_only=True):
    """What verification found."""

    holds: bool
    entries: int
    said: list[str]


class BackupMade(_Told, frozen=True, kw_only=True):
    """Where the copy lies, and how far it goes."""

    path: str
    entries: int


class Noted(_Asked, frozen=True, kw_only=True):
    """An act that the web does itself, and that stands in the record before it is done (`ActDone`)."""

    incident_id: int | None = None
    before_sha256: str | None = None
    after_sha256: str | None = None


ASKED: dict[str, tuple[type[msgspec.Struct], type[msgspec.Struct]]] = {
    "alarm.ack": (Seen, Done),
    "alarm.shelve": (AlarmShelve, Done),
    "alarm.unshelve": (Seen, Done),
    "alarm.remove": (Seen, Done),
    "alarm.restore": (Seen, Done),
    "incident.open": (IncidentOpen, IncidentOpened),
    "incident.ack": (Seen, Done),
    "incident.note": (IncidentNote, Done),
    "incident.merge": (IncidentMerge, Done),
    "incident.hand_over": (HandOver, Done),
    "incident.escalate": (Seen, Done),
    "incident.close": (Seen, Done),
    "incident.reopen": (Seen, Done),
    "incident.release": (Seen, Done),
    "identity.reveal": (Reveal, Done),
    "sighting.report": (SightingReport, Done),
    "zone.read": (ZonesRead, Drafts),
    "zone.draft": (ZoneDraft, Draft),
    "zone.propose": (Nothing, Done),
    "zone.publish": (Nothing, Published),
    "zone.discard": (Nothing, Done),
    "zone.withdraw": (ZoneWithdraw, Done),
    "zone.emergency": (ZoneEmergency, EmergencyMade),
    "zone.confirm": (ZoneConfirm, Done),
    "zone.lift": (ZoneWithdraw, Done),
    "permit.apply": (PermitApply, Received),
    "permit.read": (CasesRead, Cases),
    "permit.own": (CasesRead, Cases),
    **dict.fromkeys(("permit.ask", "permit.offer", "permit.recommend", "permit.grant", "permit.refuse"), (Seen, Done)),
    "permit.revoke": (Nothing, Done),
    "permit.code": (Nothing, PermitCode),
    "sensor.push": (Push, Pushed),
    "sensor.key": (SensorKey, Done),
    "sensor.withdraw": (Nothing, Done),
    "record.verify": (Nothing, Verified),
    "record.erase": (RecordErase, Erased),
    "backup.make": (Nothing, BackupMade),
    "person.enrol": (Noted, Done),
    "person.change": (Noted, Done),
    "person.dismiss": (Noted, Done),
    "device.enrol": (Noted, Done),
    "device.withdraw": (Noted, Done),
    "token.make": (Noted, Done),
    "token.withdraw": (Noted, Done),
    "password.change": (Noted, Done),
    "factor.enrol": (Noted, Done),
    "factor.remove": (Noted, Done),
    "factor.reset": (Noted, Done),
    "session.end": (Noted, Done),
    "session.lock": (Noted, Done),
    "notify.subscribe": (Noted, Done),
}
"""Action -> (its arguments, what is answered); what is not here the web answers from its views."""


def arguments(action: str, data: bytes) -> msgspec.Struct:
    """Return the arguments of an act; raises Malformed with the key that is wrong, or where nobody asks for it."""
    if action not in ASKED:
        raise Malformed(f"{action} is not asked of the station; skykeep.station.asked.ASKED lists what is")
    try:
        return msgspec.json.decode(data or b"{}", type=ASKED[action][0])
    except msgspec.MsgspecError as error:
        raise Malformed(f"{action}: {error}") from error
