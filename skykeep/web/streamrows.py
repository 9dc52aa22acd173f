"""Rows of the live stream: each kind's columns in their fixed order, as docs/reference/live-stream.md lists them.

Times are Unix milliseconds, so that a browser's numbers hold them; `seen` is the exact nanoseconds as text, for acts
that say what the person saw. Serials and operator ids are masked here, whoever looks; colleagues have their names,
manned aircraft their callsigns. Without `names` all of these are the pseudonyms of the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from skykeep.facts.personal import Name, masked
from skykeep.station.link import Status
from skykeep.views import livepositions
from skykeep.views.livemodels import AlarmNow, HealthNow, IdentityNow, IncidentNow, PresenceNow, TrackNow
from skykeep.views.livepositions import AT, NOT_KNOWN, Ints
from skykeep.views.words import shown
from skykeep.web.lawstate import Standing
from skykeep.web.masking import is_public

Names = Callable[[Iterable[str]], dict[str, Name]]
Row = list[Any]

TRACK = (
    "track_id", "t_ms", "lat_e7", "lon_e7", "alt_mm", "pos_sigma_mm", "up_sigma_mm", "vel_east_mmps", "vel_north_mmps",
    "vel_up_mmps", "said_mm", "said_datum", "above_mm", "above_datum", "existence_ppm", "reports", "phase", "marks",
    "mode",
)  # fmt: skip
"""Numbers as in `concluded.tracks/1` (docs/reference/record-format.md)."""
ABOUT = (
    "track_id", "began_ms", "lost_ms", "identity", "id_kind", "trust", "manned", "verdict", "clause", "zone_id",
    "zone_version", "permit_id", "margin_mm", "margin_height_mm", "missing", "entry_zone_id", "entry_ms", "rung",
    "class", "class_ppm", "flags", "group_id", "alarm_ids", "incident_ids", "site",
    "judged_ms",
)  # fmt: skip
ALARM = (
    "alarm_id", "t_ms", "seen", "began_ms", "track_id", "reason", "state", "priority", "incident_id",
    "shelved_until_ms", "acknowledged_by", "acknowledged_ms", "zone_id", "site_id",
)  # fmt: skip
INCIDENT = (
    "incident_id", "t_ms", "seen", "opened_ms", "state", "alarm_state", "priority", "about", "alarm_ids", "track_ids",
    "events", "grouped", "escalation", "escalates_ms", "merged_into", "holder", "rung", "notes",
)  # fmt: skip
HEALTH = ("what", "subject", "well", "unseen", "value", "unit", "since_ms")
PRESENCE = (
    "presence_id", "t_ms", "holds", "modality", "sensors", "lat_e7", "lon_e7", "radius_mm", "bearing_urad",
    "bearing_sigma_urad", "rung",
)  # fmt: skip
ZONE = ("zone_id", "version", "state", "rules", "changes_ms", "emergency", "confirmed")
SENSOR = ("sensor_id", "feed", "format", "keyed", "connected", "last_ms", "rate_hz", "dropped", "unreadable")

CALLSIGN_MAX = 12
_FROM = [AT["t_ns" if name == "t_ms" else name] for name in TRACK]
_MS = 1_000_000


def ms(t_ns: int | None) -> int | None:
    return None if t_ns is None else t_ns // _MS


def tracks(positions: Ints) -> list[Row]:
    """Return rows (n, livepositions.COLUMNS) as rows of TRACK."""
    shown = positions[:, _FROM]
    shown[:, 1] //= _MS
    unknown = shown == NOT_KNOWN
    if unknown.any():
        boxed = shown.astype(object)
        boxed[unknown] = None
        return boxed.tolist()  # type: ignore[no-any-return]  # numpy does not say
    return shown.tolist()  # type: ignore[no-any-return]


def last(left: Iterable[TrackNow]) -> list[Row]:
    """Return rows of TRACK of flights that left: where they were last."""
    rows = [livepositions.row(each.track_id, each.position) for each in left if each.position is not None]
    return tracks(np.array(rows, np.int64)) if rows else []


def about(track: TrackNow, names: Names | None) -> Row:
    """Return a row of ABOUT; the verdict is the gravest that stands."""
    who, likely = track.identity, track.likely[0] if track.likely else None
    stands = next((each for each in reversed(track.verdicts) if each.verdict == track.verdict), None)
    entry = min(track.entries, key=lambda each: each.entry_ns, default=None)
    site = track.approaches[-1] if track.approaches else None
    return [
        track.track_id,
        ms(track.began_ns),
        ms(track.lost_ns),
        None if who is None else _called(who, names),
        None if who is None else who.id_kind,
        "none" if who is None else who.trust,
        who is not None and who.manned,
        track.verdict,
        *((None,) * 6 if stands is None else (
            stands.clause, stands.zone_id, stands.zone_version, stands.permit_id, stands.margin_mm,
            stands.margin_height_mm,
        )),
        () if stands is None else stands.missing,
        *((None, None) if entry is None else (entry.zone_id, ms(entry.entry_ns))),
        None if track.rung is None else track.rung.rung,
        *((None, None) if likely is None else (likely.name, likely.ppm)),
        [each.flag for each in track.flags] + list(who.flags if who is not None else ()),
        track.group_id,
        track.alarm_ids,
        track.incident_ids,
        None if site is None else [site.site_id, site.kind, site.distance_mm],
        None if stands is None else ms(stands.t_ns),
    ]  # fmt: skip


def alarm(now: AlarmNow, names: Names | None) -> Row:
    acknowledged = next((each for each in reversed(now.acts) if each.deed == "ack"), None)
    return [
        now.alarm_id,
        ms(now.t_ns),
        str(now.t_ns),
        ms(now.began_ns),
        now.track_id,
        now.reason,
        now.state,
        now.priority,
        now.incident_id,
        ms(now.shelved_until_ns),
        None if acknowledged is None else _colleague(acknowledged.person, names),
        None if acknowledged is None else ms(acknowledged.t_ns),
        now.zone_id,
        now.site_id,
    ]


def incident(now: IncidentNow, names: Names | None) -> Row:
    return [
        now.incident_id,
        ms(now.t_ns),
        str(now.t_ns),
        ms(now.opened_ns),
        now.state,
        now.alarm_state,
        now.priority,
        now.about,
        now.alarm_ids,
        now.track_ids,
        now.events,
        now.grouped,
        now.escalation,
        ms(now.escalates_ns),
        now.merged_into,
        _colleague(now.holder, names),
        now.rung,
        now.notes,
    ]


def health(now: HealthNow) -> Row:
    return [now.what, now.subject, now.well, now.unseen, now.value, now.unit, ms(now.since_ns)]


def presence(now: PresenceNow) -> Row:
    rung = None if now.rung is None else now.rung.rung
    where = [now.lat_e7, now.lon_e7, now.radius_mm, now.bearing_urad, now.bearing_sigma_urad]
    return [now.presence_id, ms(now.t_ns), now.holds, now.modality, now.sensors, *where, rung]


def zone(now: Standing) -> Row:
    return [now.zone_id, now.version, now.state, now.rules, ms(now.changes_ns), now.emergency, now.confirmed]


def sensors(status: Status) -> list[Row]:
    return [
        [
            each.sensor_id, each.feed, each.format, each.keyed, each.connected, ms(each.last_ns), each.rate_hz,
            each.dropped, each.unreadable,
        ]
        for each in status.sensors
    ]  # fmt: skip


def _called(who: IdentityNow, names: Names | None) -> str | None:
    pseudonym = who.uas_id or who.operator_id
    if pseudonym is None or names is None:
        return pseudonym
    found = names([pseudonym]).get(pseudonym)
    if found is None:
        return ""  # it was erased
    return shown(found.value, CALLSIGN_MAX) if is_public(who) else masked(found.value)


def _colleague(pseudonym: str | None, names: Names | None) -> str | None:
    if not pseudonym or names is None:
        return pseudonym or None
    found = names([pseudonym]).get(pseudonym)
    return "" if found is None else found.value


def ids_of(blocks: Iterable[Ints]) -> list[int]:
    """Return the tracks that moved, each once, in the order in which they did first."""
    found: dict[int, None] = {}
    for block in blocks:
        found |= dict.fromkeys(block[:, 0].tolist())
    return list(found)
