"""Examples for the description of the interface: a body, an answer, a name in a path for each operation.

Answers are made of the very structs that handlers answer with, so that an example cannot go stale.
"""

from __future__ import annotations

from typing import Any

import msgspec

from skykeep.station import asked
from skykeep.station.link import SensorStatus, Status
from skykeep.views import livemodels as models
from skykeep.web import cases, mayfly, people_examples
from skykeep.web.api import (
    applications,
    bodies,
    drafts,
    health,
    incidents,
    keeping,
    law,
    moment,
    permits,
    record,
    sensors,
)
from skykeep.web.api.acting import Acted
from skykeep.web.positions import PastPosition
from skykeep.web.replaying import PastFrame, Replayed

T_NS = 1_767_225_600_000_000_000
"""2026-01-01T00:00:00Z"""
MINUTE_NS = 60 * 10**9

PATHS: dict[str, object] = {
    "alarm_id": 17,
    **people_examples.PATHS,
    "draft_id": "d-4f1c2a",
    "entry_index": 48_211,
    "fact": 0,
    "incident_id": 3,
    "name": "refused",
    "number": 0,
    "permit_id": "P-2026-0007",
    "place": "0/000",
    "sensor_id": "rid-north",
    "track_id": 417,
    "version": 1,
    "zone_id": "KEEP-OUT",
}
DETECTION: dict[str, object] = {
    "time": "2026-01-01T00:00:00Z",
    "sensor": "rid-north",
    "track": "A7",
    "lat": -34.8905,
    "lon": -56.1861,
}
_REASON = bodies.Reason(reason="Sensor north is being repaired.")
_AREA = bodies.Circle(lat_deg=-34.8911, lon_deg=-56.1872, radius_m=800.0)
_APPLICATION: dict[str, object] = {
    "holder": "Bridge inspection office",
    "pilots": ["A. Example"],
    "aircraft": ["1581F4BRDGE000000001"],
    "operators": ["FIN87astrdge12k8-xyz"],
    "purpose": "survey",
    "mode": "vlos",
    "volumes": [
        {
            "area": {"center": [-56.1861, -34.8905], "radius_m": 300},
            "floor": {"value_m": 0, "datum": "agl"},
            "ceiling": {"value_m": 60, "datum": "agl"},
            "from": "2099-05-01T08:00:00Z",
            "until": "2099-05-01T12:00:00Z",
        }
    ],
}
_BODIES: dict[str, msgspec.Struct] = {
    "shelve_alarm": bodies.Shelve(reason="The crane carries a beacon; asked them to take it off.", minutes=15),
    "remove_alarm": _REASON,
    "open_incident": bodies.IncidentOpen(reason="A guard saw a drone over the north gate.", track_id=417),
    "note_incident": bodies.Note(words="Patrol 12 is on its way."),
    "merge_incident": bodies.Merge(other_id=4),
    "hand_over_incident": bodies.HandOver(to_person="silva"),
    "escalate_incident": bodies.Reason(reason="It comes back every ten minutes."),
    "close_incident": bodies.Reason(reason="The pilot landed and was spoken to."),
    "reopen_incident": bodies.Reason(reason="It is back."),
    "release_incident": bodies.Reason(reason="The court has decided; nobody needs it any more."),
    "make_emergency": bodies.Emergency(
        reason="Fire at the palace, helicopters on their way.", circle=_AREA, minutes=30
    ),
    "confirm_zone": bodies.Confirm(hours=4.0),
    "lift_zone": bodies.Reason(reason="The fire is out."),
    "discard_draft": bodies.Reason(reason="The street is on the wrong side."),
    "withdraw_zone": bodies.Reason(reason="The event is over."),
    "revoke_permit": bodies.Reason(reason="The operator's insurance ended."),
    "preview_application": bodies.Application(application=_APPLICATION),
    "apply_for_permit": bodies.Application(application=_APPLICATION),
    "ask_applicant": bodies.Decision(reason="Which of the two pilots flies?", seen_ns=T_NS),
    "offer_other": bodies.Decision(reason="From 16:00 to 17:30 the air is free.", seen_ns=T_NS),
    "recommend_permit": bodies.Decision(reason="Crew known, insurance seen.", seen_ns=T_NS),
    "grant_permit": bodies.Decision(reason="Agreed.", seen_ns=T_NS),
    "refuse_permit": bodies.Decision(reason="Above the stadium while there is a match.", seen_ns=T_NS),
    "show_code": bodies.Reason(reason="The applicant asked for it."),
    "erase_value": keeping.Erase(value="1588E040445AC004418", reason="Asked for by the owner of the drone."),
    "check_credential": bodies.Credential(credential="SKP1:6BF+70V…"),
}
BODIES: dict[str, object] = {
    name: msgspec.to_builtins(body) for name, body in {**_BODIES, **people_examples.BODIES}.items()
}

_AT = models.FactAt(tick=91_207, index=2)
_CIRCLE = models.CircleNow(lat_e7=-348_911_000, lon_e7=-561_872_000, radius_mm=800_000)
_VOLUME = models.VolumeNow(
    outline=_CIRCLE,
    floor=models.HeightNow(value_mm=0, datum="agl"),
    ceiling=models.HeightNow(value_mm=500_000, datum="agl"),
)
_VERDICT = models.VerdictNow(
    t_ns=T_NS, verdict="not_permitted", clause="no_permit_reaches", zone_id="KEEP-OUT", zone_version=1, permit_id=None,
    permit_version=None, law_complete=True, probability_inside_ppm=998_000, margin_mm=212_000, margin_height_mm=None,
    margin_time_ns=None, missing=(), coming_zone_id=None, coming_from_ns=None, evidence=_AT,
)  # fmt: skip
_POSITION = models.PositionNow(
    t_ns=T_NS, phase="established", existence_ppm=999_000, lat_e7=-348_905_120, lon_e7=-561_861_340, alt_hae_mm=131_000,
    pos_sigma_mm=6_000, pos_assumed=False, up_sigma_mm=9_000, vel_east_mmps=-7_300, vel_north_mmps=8_200,
    vel_up_mmps=800, altitude=models.HeightNow(value_mm=131_000, datum="hae"),
    height=models.HeightNow(value_mm=118_000, datum="agl"), said_sigma_mm=10_000, reports=92, simulated=True,
    manned=False, mode="smooth", evidence=_AT,
)  # fmt: skip
_TRACK = models.TrackNow(
    track_id=417, entry_index=91_207, began_ns=T_NS - MINUTE_NS, t_ns=T_NS, position=_POSITION,
    likely=(models.ClassNow(name="multirotor", ppm=970_000),), verdicts=(_VERDICT,), verdict="not_permitted",
    worst=_VERDICT, alarm_ids=(17,), incident_ids=(3,),
)  # fmt: skip
_ALARM = models.AlarmNow(
    alarm_id=17, entry_index=91_207, began_ns=T_NS, t_ns=T_NS, track_id=417, reason="not_permitted",
    state="unacknowledged", priority=1, incident_id=3,
)  # fmt: skip
_INCIDENT = models.IncidentNow(
    incident_id=3, entry_index=91_207, opened_ns=T_NS, t_ns=T_NS, state="open", alarm_state="unacknowledged",
    priority=1,
    about="not_permitted", alarm_ids=(17,), track_ids=(417,), events=1,
    escalates_ns=T_NS + MINUTE_NS, rung="confirmed",
)  # fmt: skip
_ZONE = models.ZoneNow(
    zone_id="KEEP-OUT", version=1, entry_index=3, supersedes=None, state="in_force", rules="yes", changes_ns=None,
    emergency=False, confirmed=True, name="Legislative Palace", rule="needs_permit", volumes=(_VOLUME,), severity=None,
    buffer_mm=None, announced_at_ns=T_NS, effective_from_ns=T_NS, end_ns=None, applicability=None, hours_unread=None,
    withdrawn_ns=None, withdrawn_reason=None, withdrawn_entry=None, superseded_ns=None, superseded_entry=None,
    overrides=(), issuing_body="Invented Authority",
    legal_basis="Invented Act, section 1", reason="Protection of the palace", conditions=None, contact="Tel. 4410",
    appeal_contact="Administrative court", authorities=(), texts=(), country="URY", source_format="ed318",
    source_sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", doubts=(),
)  # fmt: skip
_PERMIT = models.PermitNow(
    permit_id="P-2026-0007", version=1, entry_index=5, state="in_force", granted_at_ns=T_NS, holder=None, pilots=(),
    aircraft=("8f14e45f",), operators=(), sessions=(),
    volumes=(models.PermitVolumeNow(volume=_VOLUME, start_ns=T_NS, end_ns=T_NS + 60 * MINUTE_NS),), zones=(),
    state_flight=False, standing=False, priority=0, purpose="survey", category="open", operation=None, conditions=(),
    condition_codes=(), contact=None, issuer="Invented Office", revoked_ns=None, revoked_reason=None,
)  # fmt: skip
_ADVICE = cases.Advice(
    t_ns=T_NS, verdict="not_permitted", clause="no_permit", free=False, law_complete=True,
    zones=[cases.ZoneMet(zone_id="KEEP-OUT", version=1, name=_ZONE.name, rule="needs_permit", clause="no_permit",
                         issuing_body=_ZONE.issuing_body, consent_of=["Invented Authority"])],
    conflicts=[cases.ConflictMet(permit_id="P-2026-0003", version=1, start_ns=T_NS, end_ns=T_NS + 30 * MINUTE_NS,
                                 gap_mm=0, heights="overlap", stands=True, because="granted_first")],
    instead=[cases.FreeInstead(kind="time", shift_ns=30 * MINUTE_NS, shift_mm=0, start_ns=T_NS + 30 * MINUTE_NS,
                               end_ns=T_NS + 90 * MINUTE_NS)],
    missing=[],
)  # fmt: skip
_APPLIED = cases.ApplicationNow(
    permit_id="P-2026-0007", version=1, handed_in=1, state="submitted",
    versions=[cases.VersionNow(version=1, state="submitted")], applied_ns=T_NS, moved_ns=T_NS,
    end_ns=T_NS + 60 * MINUTE_NS, holder="Bridge inspection office", contact=None, pilots=["A. Example"],
    aircraft=["1581F4BRDGE000000001"],
    operators=["FIN87astrdge12k8"], sessions=[], volumes=list(_PERMIT.volumes), zones=[], purpose="survey",
    category=None, operation="vlos", conditions=[], condition_codes=[], state_flight=False, standing=False, priority=0,
    advice=_ADVICE, doubts=[], lacking=["endurance"], consents=[],
    steps=[cases.StepNow(step="submit", before="draft", after="submitted", t_ns=T_NS, role="applicant", person="ortega",
                         key="9f86d081", attested=False, by_office=True, reason="")],
    possible=["ask", "offer", "consent", "recommend", "refuse"], document_sha256=_ZONE.source_sha256,
    granted_entry=None, credential="",
)  # fmt: skip
_OWN = msgspec.structs.replace(
    _APPLIED, state="needs_info", advice=None, possible=[], steps=[
        *_APPLIED.steps,
        cases.StepNow(step="ask", before="submitted", after="needs_info", t_ns=T_NS, role="permit_officer", person=None,
                      key="", attested=True, by_office=False, reason="Which camera?"),
    ],
)  # fmt: skip
_STATUS = SensorStatus(
    sensor_id="rid-north", feed="north", format="remote-id", keyed=True, connected=True, frames=120_345, facts=98_120,
    unreadable=3, dropped=0, last_ns=T_NS, rate_hz=34.2, latency_ns=48_000_000,
)  # fmt: skip
_SENSOR = sensors.SensorShown(
    sensor_id="rid-north", declared=models.SensorNow(sensor_id="rid-north", modality="remote_id"), status=_STATUS
)
_HITS = asked.HitsTold(
    track_ids=[417], not_permitted=[417], cannot_tell=[], permit_ids=["P-2026-0007"], tracks=1, tracks_not_permitted=1,
    tracks_cannot_tell=0, permits=1,
)  # fmt: skip
_DRAFT = drafts.DraftTold(
    draft_id="d-4f1c2a", name="parade.json", format="ed318", sha256=_ZONE.source_sha256, drafted_by="perez", t_ns=T_NS,
    proposed=True,
    zones=[drafts.DraftZone(zone_id="PARADE", name="Parade", rule="prohibited", volumes=1, effective_from_ns=T_NS,
                            end_ns=T_NS + 600 * MINUTE_NS, doubts=[])],
    faults=[asked.Faults(index=1, zone_id=None, used=False, what=["a ring that crosses itself"], line=14,
                        outline=[(-348_911_000, -561_872_000), (-348_921_000, -561_862_000)])], hits=_HITS,
)  # fmt: skip
_DRAFT_HEAD = asked.DraftHead(
    draft_id="d-4f1c2a", name="parade.json", format="ed318", sha256=_ZONE.source_sha256, drafted_by="perez", t_ns=T_NS,
    proposed=True, first="Parade", zones=1, left_out=1, doubted=0,
)  # fmt: skip
_EMERGENCY = drafts.EmergencyTold(
    zone_id="EMERGENCY-1", version=1, end_ns=T_NS + 30 * MINUTE_NS, hits=_HITS, entry_index=48_212
)
_COUNTS = law.Counts(
    complete=True, zones_in_force=4, zones_announced=1, zones_past=7, emergency_zones=1, emergency_unconfirmed=1,
    permits_in_force=12, permits_revoked=1, state_flights=2, bans_ever=12,
)  # fmt: skip
_BAN = law.Ban(
    t_ns=T_NS, what="published", zone_id="KEEP-OUT", version=1, name=_ZONE.name, rule=_ZONE.rule, emergency=False,
    reason=_ZONE.reason, issuing_body=_ZONE.issuing_body, legal_basis=_ZONE.legal_basis,
    appeal_contact=_ZONE.appeal_contact, effective_from_ns=T_NS, end_ns=None, entry_index=3,
)  # fmt: skip
_SAYS = mayfly.ZoneSays(
    zone_id="KEEP-OUT", version=1, name=_ZONE.name, rule="needs_permit", clause="no_permit",
    floor=models.HeightNow(value_mm=60_000, datum="agl"),
    ceiling=models.HeightNow(value_mm=500_000, datum="agl"), issuing_body=_ZONE.issuing_body,
    legal_basis=_ZONE.legal_basis, reason=_ZONE.reason, conditions=None, contact=None,
    appeal_contact=_ZONE.appeal_contact, changes_ns=None, inside_m=230,
)  # fmt: skip
_STRETCHES = (
    mayfly.Stretch(from_mm=0, to_mm=59_999, sharp=True, answer="no_zone_forbids", zones=(), missing=()),
    mayfly.Stretch(
        from_mm=60_000, to_mm=120_000, sharp=False, answer="needs_permit", zones=(("KEEP-OUT", 1),), missing=()
    ),
)
_MAY_FLY = mayfly.MayFly(
    lat_e7=-348_905_100, lon_e7=-561_870_000, accuracy_m=0.0, height_m=120, t_ns=T_NS, fresh=True, law_complete=True,
    answers=(
        mayfly.ForMass(mass="under_250_g", stretches=_STRETCHES),
        mayfly.ForMass(mass="from_250_g", stretches=_STRETCHES),
    ),
    zones=(_SAYS,), coming_zone_id=None, coming_zone_name=None, coming_from_ns=None,
)  # fmt: skip
_HEALTH = health.Health(
    connected=True, record_id="5f0c5f0e", vkey="station+1b7c4f3c+A…", program_version="0.1.0",
    status=Status(
        now_ns=T_NS, recorded=True, durable=48_211, ticks=91_207, step_p99_us=8_100, overruns=0, waiting_ticks=0,
        tracks=24, facts=1_204_331, disk_free_bytes=48_000_000_000, rss_bytes=210_000_000, clock_offset_ns=1_000,
        sensors=[_STATUS], ill=[],
    ),
    ill=[],
)  # fmt: skip
_ENTRY = record.EntrySummary(
    entry_index=48_211, tick=91_207, now_ns=T_NS, frames=31, names=4, facts=29, concluded=18, erased=0,
    facts_sha256=_ZONE.source_sha256, state_sha256=None,
)  # fmt: skip
_ACT = models.ActNow(
    act_id="48212.3", entry_index=48_212, t_ns=T_NS, action="alarm.ack", role="duty_officer", person="c4ca4238",
    subject="alarm:17", incident_id=None, reason="", before_sha256=None, after_sha256=None,
)  # fmt: skip
_SIGHTING = models.SightingNow(
    sighting_id="S-7K3MQ2ZC4A", entry_index=48_212, t_ns=T_NS, t_claimed_ns=T_NS - 5 * MINUTE_NS,
    what="A drone with four lights hovers over the school.", place="-34.8905000,-56.1861000", place_words="the school",
    heading_mdeg=None, hovering=True, contact=None,
)  # fmt: skip
_CHECKED = permits.CredentialChecked(
    answer="signed", sentence="signed · not withdrawn as of 15:46 UTC", said=["permit P-2026-0007, version 1"],
    permit_id="P-2026-0007", status_issued_s=T_NS // 10**9,
)  # fmt: skip
_ACTED = Acted(entry_index=48_212)
_ACTS = (
    "ack_alarm shelve_alarm unshelve_alarm remove_alarm restore_alarm ack_incident note_incident merge_incident "
    "hand_over_incident escalate_incident close_incident reopen_incident propose_draft discard_draft confirm_zone "
    "lift_zone release_incident withdraw_zone revoke_permit ask_applicant offer_other recommend_permit grant_permit "
    "refuse_permit"
)
_T_MS = T_NS // 10**6
_PILOT = models.PilotNow(
    transmitter="tx:9f86d081", place="place:7d865e95", kind="live", t_ns=T_NS, entry_index=91_100, fact_index=2
)
_STANDS = {"recorded": True, "station": "replay", "last_ms": _T_MS}
_ROW = [
    417, _T_MS, -348_905_120, -561_861_340, 131_000, 6_000, 9_000, -7_300, 8_200, 800, 131_000, 0, 118_000, 0, 999_000,
    92, 1, 2, 1,
]  # fmt: skip
_SNAPSHOT: dict[str, list[Any]] = {
    name: [] for name in ("zones", "health", "presences", "about", "alarms", "incidents")
}
_FRAMES = [
    PastFrame(event="snapshot", data={"now_ms": _T_MS, **_STANDS, "tracks": [_ROW], **_SNAPSHOT}),
    PastFrame(event="frame", data={"now_ms": _T_MS + 1000, **_STANDS}),
]
_COLLECTION = {"type": "FeatureCollection", "features": []}
_CHECKPOINT = "station\n48211\n2jmj7l5rSw0yVb/vlWAYkK/YBwk=\n\n— station GxfPPA…\n"
_ANSWERS: dict[str, Any] = {
    **dict.fromkeys(_ACTS.split(), _ACTED),
    "read_time": moment.Time(now_ns=T_NS, step_ns=T_NS - 60_000_000),
    "count_law": _COUNTS,
    "read_history": [_BAN],
    "ask_law": _MAY_FLY,
    "list_zones": [_ZONE],
    "map_zones": _COLLECTION,
    "read_zone": [_ZONE],
    "read_version": _ZONE,
    "list_drafts": [_DRAFT_HEAD],
    "read_draft": _DRAFT,
    "make_draft": _DRAFT,
    "publish_draft": drafts.PublishedTold(zones=[("PARADE", 1)], entry_index=48_213),
    "make_emergency": _EMERGENCY,
    "list_permits": [_PERMIT],
    "read_permit": _PERMIT,
    "check_credential": _CHECKED,
    "list_applications": [_APPLIED],
    "read_application": _APPLIED,
    "list_own_applications": [_OWN],
    "read_own_application": _OWN,
    "preview_application": applications.Weighed(advice=_ADVICE, lacking=["endurance"], doubts=[]),
    "apply_for_permit": applications.Applied(
        permit_id="P-2026-0007", version=1, advice=_ADVICE, lacking=["endurance"], doubts=[], entry_index=48_212
    ),
    "show_code": applications.PermitCode(text="SKP1:6BF+70V…", svg="<svg xmlns=…"),
    "read_status_list": "(CBOR)",
    "list_tracks": [_TRACK],
    "map_tracks": _COLLECTION,
    "list_past": [_TRACK],
    "read_track": _TRACK,
    "list_positions": [PastPosition(seen_ns=T_NS, entry_index=91_207, position=_POSITION, pilot=_PILOT)],
    "replay_sky": Replayed(from_ms=_T_MS, until_ms=_T_MS + 1000, step_ms=1000, next_ms=None, frames=_FRAMES),
    "list_presences": [models.PresenceNow(presence_id=2, modality="acoustic", sensors=("mic-1",))],
    "list_alarms": [_ALARM],
    "read_alarm": _ALARM,
    "list_incidents": [_INCIDENT],
    "read_incident": _INCIDENT,
    "open_incident": incidents.IncidentOpened(incident_id=3, entry_index=48_212),
    "list_sightings": [_SIGHTING],
    "list_sensors": [_SENSOR],
    "read_sensor": _SENSOR,
    "push_observations": asked.Pushed(frames=1, facts=1, unreadable=0, again=False),
    "read_checkpoint": _CHECKPOINT,
    "read_tile": "(32 bytes a hash)",
    "read_consistency": "2jmj7l5rSw0yVb/vlWAYkK/YBwk=\n\n" + _CHECKPOINT,
    "read_entry": _ENTRY,
    "prove_fact": "c2sp.org/tlog-proof@v1\nextra …\nindex 48211\n…\n\n" + _CHECKPOINT,
    "verify_record": keeping.RecordVerified(
        holds=True, entries=48_212, said=["verified: unchanged since it was signed, and signed by this key"],
        entry_index=48_212,
    ),
    "erase_value": keeping.RecordErased(leaves=12, names=1, frames=11, entry_index=48_212),
    "make_backup": keeping.BackedUp(
        path="/var/backups/skykeep/2026-01-01T000000Z", entries=48_212, entry_index=48_212
    ),
    "read_live": health.Living(live=True, version="0.1.0"),
    "read_ready": health.Ready(ready=True, step_ns=T_NS, recorded=True),
    "read_health": _HEALTH,
    "read_metrics": "skykeep_tracks 24\n",
    "list_acts": [_ACT],
    "read_problem": {
        "type": "/api/v1/problems/refused", "title": "The rules forbid it", "status": 409,
        "meaning": "It was understood, and must not be done as things stand.",
        "remedy": "Do what the detail says, then try again.",
    },
}  # fmt: skip
ANSWERS: dict[str, object] = {
    name: msgspec.to_builtins(answer) for name, answer in {**_ANSWERS, **people_examples.ANSWERS}.items()
}
